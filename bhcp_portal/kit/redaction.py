"""Removing words from everywhere: rows, histories, files, sessions and the cache."""

import json
import re
import zlib
from contextlib import suppress
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, connection, models, transaction


def redact_words(words: str, *, by: str, reason: str, is_rehearsal: bool = False):
    """Replace words in every table by a sentence with day and reason; gives pairs (table, rows).

    Only the owner of the database may. Sessions and the cache are packed, so both are emptied.
    ``is_rehearsal``: say where the words are, and change nothing. Raises ``ValueError`` with a
    sentence if it is refused.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM kit_redact_words(%s, %s, %s, %s)",
                [words, by, reason, json.dumps(_packed(cursor, words))],
            )
            reached = cursor.fetchall()
            if is_rehearsal:
                transaction.set_rollback(True)
                return reached
            Session.objects.all().delete()
            cache.clear()
    except IntegrityError as error:
        raise ValueError(error.__cause__.diag.message_primary) from None
    except DatabaseError as error:
        if error.__cause__.pgcode == "42501":
            raise ValueError(
                "Run it as the owner of the database: set DATABASE_OWNER_URL."
            ) from None
        raise
    return reached


def _packed(cursor, words):
    """The rows whose files hold the words once unpacked: lists of ids by table."""
    cursor.execute("SELECT kit_pattern(%s)", [words])
    [written] = cursor.fetchone()
    if not written:
        return {}
    pattern = re.compile(written, re.IGNORECASE)
    found = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.BinaryField):
                files = model.objects.values_list("pk", field.name).iterator(chunk_size=1)
                keys = [
                    key
                    for key, content in files
                    if pattern.search(_unpacked(bytes(content or b"")))
                ]
                found.setdefault(model._meta.db_table, []).extend(keys)
    return found


def _unpacked(content):
    try:
        with ZipFile(BytesIO(content)) as parts:
            content = b"\n".join(parts.read(name) for name in parts.namelist())
    except BadZipFile:
        with suppress(zlib.error):
            content = zlib.decompress(content)
    text = content.decode(
        "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace"
    )
    # In a workbook a sentence may be cut into runs of letters.
    return f"{text}\n{re.sub('<[^>]*>', '', text)}"
