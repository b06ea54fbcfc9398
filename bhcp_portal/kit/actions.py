"""What the actions of all apps share: errors, publishing, redaction and free slugs.

An action is a function in an app's ``actions``, and the only way to change data. It takes its
arguments by name, among them ``by=`` (the person) and ``at=`` (the moment), and is one transaction.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now
from django.utils.text import slugify

from bhcp_portal.kit.addresses import OldAddress
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import last_second, span
from bhcp_portal.kit.kinds import table_of
from bhcp_portal.kit.last_steps import is_deleted, last_step
from bhcp_portal.kit.locks import lock
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

# A shorter field has no room for the sentence that takes the place of removed words.
SHORTEST_FOR_WORDS = 60
# Characters kept free at the end of a slug for a number, such as "-999", if the slug is taken.
ROOM_FOR_NUMBER = 4
# Of a statement that is published, the database has the last word on these.
SET_BY_THE_DATABASE = ("published_at", "recorded_at", "superseded_at", "here")
# What stands in an address of ours where others have a slug, as in /news/feed/: no slug may be it.
NO_SLUGS = {"add", "feed", "find"}


# -- why a change is not made ---------------------------------------------------------------------


class ActionError(Exception):
    """The change was not made. The message is a sentence that tells the person why."""


class StaleError(ActionError):
    """Somebody else changed the row since the person saw it. ``row`` is the row as it is now."""

    def __init__(self, row):
        super().__init__("Somebody changed this in between.")
        self.row = row


class TransitionError(ActionError):
    """The row's state does not allow this change. ``row`` is the row as it is now.

    The message says who brought it there, and when.
    """

    def __init__(self, row, message=""):
        super().__init__(message or _stands_now(row))
        self.row = row


def _stands_now(row):
    now = "" if is_deleted(row) else f"It is “{row.get_state_display()}” now. "
    return f"{now}{last_step(row)}".strip()


class GoneError(ActionError):
    """The draft that the person decided on was already published or deleted: by whom, and when."""

    def __init__(self, row):
        super().__init__(last_step(row) or "Somebody decided on this before you did.")


class IncompleteError(ActionError):
    """Something is missing. ``errors``: pairs of a field's name and a sentence on what to do."""

    def __init__(self, errors):
        super().__init__("; ".join(sentence for _, sentence in errors))
        self.errors = errors


class SamePersonError(ActionError):
    """The person would decide on something that they wrote themselves."""

    def __init__(self, message="You wrote it, so another person decides on it."):
        super().__init__(message)


def seen_token(row) -> str:
    """The version of a row as text, for a form to carry; empty text if there is no row.

    It changes when another row takes this one's place or when the draft's ``version`` changes. With
    it an action can tell whether the person had the present row before them (``require_seen``).
    """
    return "" if row is None else f"{row.pk}-{getattr(row, 'version', 0)}"


def require_seen(row, seen: str) -> None:
    """Raise ``StaleError`` unless ``seen`` is the token of the row as it is now."""
    if seen_token(row) != seen:
        raise StaleError(row)


def require_other_person(draft: Statement, by) -> None:
    """Raise ``SamePersonError`` if the person who decides had a hand in the draft."""
    if had_hand_in(draft, by):
        raise SamePersonError


def had_hand_in(draft: Statement, person) -> bool:
    """Whether a person wrote any words of a draft, even if others wrote in it since."""
    return type(draft).objects.written_by(person).filter(pk=draft.pk).exists()


def require_reason(reason: str) -> None:
    """Raise ``IncompleteError`` if the reason is empty."""
    if not reason.strip():
        raise IncompleteError([("reason", "Say why")])


LEAST_REASON = 10
SAY_MORE = f"Say why in at least {LEAST_REASON} characters: readers see it"


def require_public_reason(reason: str) -> None:
    """Raise ``IncompleteError`` if a reason that readers see is too short to say why."""
    if len(reason.strip()) < LEAST_REASON:
        raise IncompleteError([("reason", SAY_MORE)])


def locked_draft(model: type[Statement], row: Statement) -> Statement:
    """The draft as it is now, locked until the transaction ends.

    Raises ``GoneError`` if it was published or deleted.
    """
    draft = model.objects.drafts().select_for_update().filter(pk=row.pk).first()
    if draft is None:
        raise GoneError(row)
    return draft


# -- going on the record --------------------------------------------------------------------------


def publish(statement: Statement, *, at, published_as: str = "") -> Statement:
    """Publish a saved draft; gives the statement with the moments that the database set.

    What is written here counts from the moment at which the database takes it. What a document said
    counts from the last second of ``published_as`` (a day, month, year or range, as its source
    writes it), or without one from ``at``, kept to the second. Statements may be published in any order: the database
    works out which counts when. Where two on the same matter have the very same moment, the one
    that came later mends the other. Call it inside a transaction.
    """
    _date(statement, at, published_as)
    statement.save()
    statement.refresh_from_db(fields=SET_BY_THE_DATABASE)
    return statement


def publish_all(statements: Iterable[tuple[Statement, datetime, str]]) -> list[Statement]:
    """Publish new statements of one model as ``publish`` does, in the same few queries for any number.

    Each comes with the ``at`` and the ``published_as`` that ``publish`` takes.
    """
    made = [_date(*each) for each in statements]
    if not made:
        return []
    model = type(made[0])
    model.objects.bulk_create(made)
    rows = model.objects.filter(pk__in=[each.pk for each in made])
    found = {pk: texts for pk, *texts in rows.values_list("pk", *SET_BY_THE_DATABASE)}
    for each in made:
        for name, value in zip(SET_BY_THE_DATABASE, found[each.pk], strict=True):
            setattr(each, name, value)
    return made


def _date(statement, at, published_as):
    when = last_second(span(published_as).last) if published_as else at.replace(microsecond=0)
    statement.published_at = when
    statement.published_as = published_as
    return statement


def take_back(statements, *, reason: str) -> None:
    """Take published statements (a queryset) back, as published by mistake.

    What stood before each stands again from now on, which the database works out. Days that showed
    them go on showing them (BEHAVIOUR R). What was taken back already stays as it is.
    """
    statements.not_taken_back().update(taken_back_at=Now(), taken_back_because=reason)


def lock_names(model: type[models.Model]) -> None:
    """Make whoever else names a new row of a model wait until the transaction ends."""
    lock(f"names of {model._meta.label}")


def says_the_same(row, values: dict) -> bool:
    """Whether a row is there and already has exactly these values."""
    return row is not None and all(getattr(row, name) == value for name, value in values.items())


def word_fields(model: type[Statement]) -> list[str]:
    """The names of a model's fields that hold free text, which may have to be removed."""
    return [field.name for field in model._meta.concrete_fields if _holds_words(field)]


def _holds_words(field):
    text = getattr(field, "base_field", field)
    if not isinstance(text, models.CharField | models.TextField) or text.choices:
        return False
    # Programs read codes, addresses and written dates, and short fields can't hold the sentence.
    is_read = isinstance(text, models.SlugField | models.URLField) or field.name.endswith("_as")
    return not is_read and (text.max_length is None or text.max_length >= SHORTEST_FOR_WORDS)


def redact(statement: Statement, *, fields: list[str], by, reason: str) -> Statement:
    """Replace words in a statement and in its history, and so on every past day's page.

    This is the one lawful exception to "never edited" (HOUSE 1). The words are gone for good; a
    sentence in their place says when and why. They are also replaced where they are the reason of a
    change. Raises ``ValueError`` with a sentence if a field holds no words, if there is no reason,
    or if the result would be the same as another statement.
    """
    reason = reason.strip()
    if not reason:
        raise ValueError("Say why the words are removed.")
    model = type(statement)
    wrong = set(fields) - set(word_fields(model))
    if wrong or not fields:
        raise ValueError(f"Choose words to remove; {', '.join(wrong) or 'nothing'} holds none.")
    table = model._meta.db_table
    with action(f"{model._meta.label_lower}.redacted", by=by, reason=reason):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT kit_redact(%s::regclass, %s, %s, %s, %s)",
                    [table, statement.pk, fields, by.email, reason],
                )
        except IntegrityError:
            raise ValueError(
                "These words stand in place of others there already. Word the reason differently."
            ) from None
    statement.refresh_from_db()
    return statement


def free_slug(model: type[Thing], words: str) -> str:
    """A slug made from words that no thing of this model has or had: ``open-day``, ``open-day-2``.

    Whoever else asks for one of this model waits until the transaction ends, so that a form sent
    twice at once is seen to be so.
    """
    lock_names(model)
    longest = model._meta.get_field("slug").max_length - ROOM_FOR_NUMBER
    stem = slugify(words)[:longest].strip("-") or slugify(model._meta.verbose_name)
    taken = set(NO_SLUGS)
    for slugs in (model.objects, OldAddress.objects.filter(table=table_of(model).name)):
        taken |= set(slugs.filter(slug__startswith=stem).values_list("slug", flat=True))
    return _first_free(stem, taken)


def free_code(model: type[Statement], words: str) -> str:
    """A code made from words that no statement of this model has, as ``free_slug`` makes a slug."""
    longest = model._meta.get_field("code").max_length - ROOM_FOR_NUMBER
    stem = slugify(words)[:longest].strip("-") or slugify(model._meta.verbose_name)
    return _first_free(
        stem, set(model.objects.filter(code__startswith=stem).values_list("code", flat=True))
    )


def _first_free(stem, taken):
    number, name = 2, stem
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name
