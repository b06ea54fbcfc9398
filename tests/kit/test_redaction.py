"""Words that are removed from everywhere: every table by the catalogue, every public address."""

import zlib
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bhcp_portal.kit.launch import Redaction
from bhcp_portal.kit.redaction import redact_words
from metrics.models import ReadingBatch
from newsroom.models import NewsVersion
from partners.models import SecurityEvent
from tests.factories.newsroom import news
from tests.factories.partners import person
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

SECRET = "Quixworth Zephyr"
SLUG = "quixworth-zephyr"
WHY = {"by": "boss@example.org", "reason": "It names a patient"}
# A value of each type that can hold words, and of each type that a key has.
PLANTED = {
    "text": f"'so {SECRET}.'",
    "character varying": f"'{SECRET}'",
    "jsonb": f"""'{{"{SECRET}": ["by {SECRET.upper()}"], "n": 1}}'""",
    "ARRAY": f"ARRAY['{SECRET}']",
    "bytea": f"'{SECRET}'",
    "bigint": "990001",
    "integer": "990001",
    "uuid": "gen_random_uuid()",
    "boolean": "true",
}
# Rows of the framework that hold names of ours, never words of people.
OF_PROGRAMS = ("auth_permission", "django_content_type", "django_migrations")


def plant(cursor):
    """One row in each table, with the secret in every column that can hold it; gives the tables."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) "
        "FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    changes = [sql for (sql,) in cursor.fetchall()]
    cursor.execute(
        "SELECT c.table_name, column_name, data_type, character_maximum_length, is_nullable, column_name = ("
        "  SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
        "  WHERE indisprimary AND indrelid = quote_ident(c.table_name)::regclass"
        "), col_description(quote_ident(c.table_name)::regclass, ordinal_position) IS NOT DISTINCT FROM "
        "'codes and numbers' FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'"
    )
    changes.append("DELETE FROM kit_launch")
    rows = {}
    # What is worked out holds no words.
    for table, column, kind, width, is_nullable, is_key, is_worked_out in cursor.fetchall():
        if table in OF_PROGRAMS:
            continue
        if is_nullable == "NO" and not is_key:
            changes.append(f'ALTER TABLE "{table}" ALTER "{column}" DROP NOT NULL')
        row = rows.setdefault(table, {})
        if column == "slug":
            row[column] = f"'the-{SLUG}-2'"
        elif column in ("published_at", "recorded_at"):
            row[column] = "timestamptz '2020-01-01'"
        elif is_key or (
            not is_worked_out
            and kind in ("text", "character varying", "jsonb", "ARRAY", "bytea")
            and (width is None or width >= len(SECRET))
        ):
            row[column] = PLANTED[kind]
    cursor.execute("; ".join(changes))
    for table, row in rows.items():
        names = ", ".join(f'"{name}"' for name in row)
        cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(row.values())})')
    cursor.execute("SET LOCAL session_replication_role = origin")
    return rows


def holding(cursor, tables):
    """The tables of which a row holds the secret in any form."""
    found = set()
    for table in tables:
        cursor.execute(
            f'SELECT count(*) FROM "{table}" t WHERE t::text ~* %s OR t::text LIKE %s',
            ["quixworth.{1,3}zephyr", f"%{SECRET.encode().hex()}%"],
        )
        if cursor.fetchone()[0]:
            found.add(table)
    return found


def test_words_are_gone_from_every_column_of_every_table():
    with as_owner() as cursor:
        tables = plant(cursor)
        before = holding(cursor, tables)
        reached = dict(redact_words(SECRET, **WHY))
        assert holding(cursor, tables) == set()
    packed = {"cache", "django_session"}
    assert len(before) > 60
    assert before - packed <= reached.keys()


def test_a_rehearsal_says_where_words_are_and_leaves_them():
    news(title=f"Thanks to {SECRET}")
    out = StringIO()
    with as_owner():
        call_command("redact_words", SECRET, **WHY, dry_run=True, stdout=out)
    assert "newsroom_newsversion: 1" in out.getvalue()
    assert NewsVersion.objects.filter(title__contains=SECRET).exists()
    assert not Redaction.objects.exists()
    assert not SecurityEvent.objects.exists()


def test_a_removed_headline_leaves_its_address_and_all_public_pages(client):
    item = news(title=f"Thanks to {SECRET}", slug=f"thanks-to-{SLUG}")
    assert client.get(f"/news/thanks-to-{SLUG}/").status_code == 200
    with as_owner():
        call_command("redact_words", SECRET, **WHY, stdout=StringIO())
    logged = SecurityEvent.objects.get(what=SecurityEvent.What.REDACTED).details
    assert "by boss@example.org on the server. Why: It names a patient" in logged
    gone = client.get(f"/news/thanks-to-{SLUG}/")
    assert gone.status_code == 410
    pages = [gone.content.decode()]
    item.refresh_from_db()
    for address in (
        *("/", "/news/", "/changes/", "/changes/feed/", "/news/feed/", "/sitemap.xml"),
        *(f"/news/{item.slug}/", "/api/v1/news", f"/api/v1/news/{item.slug}"),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        pages.append(answer.content.decode())
    with ZipFile(BytesIO(client.get("/open-data/portal.zip").content)) as package:
        pages += [package.read(name).decode() for name in package.namelist()]
    for page in pages:
        i = page.lower().find("quixworth")
        assert i < 0, page[max(i - 150, 0) : i + 50]
    assert any("It names a patient" in page for page in pages)


def test_files_that_hold_them_once_unpacked_are_emptied():
    ann, workbook = person(), BytesIO()
    with ZipFile(workbook, "w") as parts:
        parts.writestr("xl/sharedStrings.xml", "<r>Quixworth </r><r>Zephyr</r>")
    kept = {
        name: ReadingBatch.objects.create(
            file_name=name,
            content=content,
            content_hash=name,
            sent_by=ann,
            sent_at="2026-01-01T00:00Z",
        )
        for name, content in {
            "book": workbook.getvalue(),
            "rows": zlib.compress(SECRET.encode()),
            "other": b"month,value",
        }.items()
    }
    with as_owner():
        redact_words(SECRET, **WHY)
    for batch in kept.values():
        batch.refresh_from_db()
    assert {name: bytes(batch.content) for name, batch in kept.items()} == {
        "book": b"",
        "rows": b"",
        "other": b"month,value",
    }


@pytest.mark.parametrize(
    ("words", "why"),
    [("abc", WHY), (SECRET, WHY | {"reason": " "}), (SECRET, WHY | {"reason": SECRET})],
)
def test_what_cannot_be_removed_is_refused_with_a_sentence(words, why):
    with as_owner(), pytest.raises(CommandError, match=r"Say why|at least four"):
        call_command("redact_words", words, **why)


def test_the_webs_role_may_not():
    with pytest.raises(ValueError, match="as the owner"):
        redact_words(SECRET, **WHY)
    assert connection.is_usable()
