"""What every app's actions share: why a change is not made, going on the record, redaction, a new thing's slug.

Every change of data is a function in an app's ``actions``: keyword-only, ``by=`` and ``at=``, one transaction.
"""

import pgtrigger
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.text import slugify

from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words, last_second, london_day, span
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

# A field must have room for the sentence that takes the place of its words.
SHORTEST_FOR_WORDS = 60
# What is kept free at the end of a slug, for the number of one that is taken: "-999".
ROOM_FOR_NUMBER = 4


# -- why a change is not made ---------------------------------------------------------------------


class ActionError(Exception):
    """The change was not made; the message says why in a sentence for the person."""


class StaleError(ActionError):
    """Somebody else changed the row since the person last saw it. ``row`` is what it says now."""

    def __init__(self, row):
        super().__init__("Somebody changed this in between.")
        self.row = row


class TransitionError(ActionError):
    """The row is not in a state from which it may go there. ``row`` is what it says now."""

    def __init__(self, row, message=""):
        super().__init__(message or f"It is “{row.get_state_display()}” now.")
        self.row = row


class GoneError(ActionError):
    """The draft that was to be decided on is public already, or was deleted."""

    def __init__(self):
        super().__init__("Somebody decided on this before you did.")


class IncompleteError(ActionError):
    """Something is missing: ``errors`` are pairs of a field and what to do."""

    def __init__(self, errors):
        super().__init__("; ".join(sentence for _, sentence in errors))
        self.errors = errors


class SamePersonError(ActionError):
    """Who wrote it does not decide on it."""

    def __init__(self, message="You wrote it, so another person decides on it."):
        super().__init__(message)


def seen_token(row) -> str:
    """What a form carries so that its action knows what the person had before them; empty for nothing.

    It is another one as soon as another row stands there, or the draft has another ``version``.
    """
    return "" if row is None else f"{row.pk}-{getattr(row, 'version', 0)}"


def require_seen(row, seen: str) -> None:
    """``StaleError`` where a row is not what the person had before them."""
    if seen_token(row) != seen:
        raise StaleError(row)


def require_other_person(writer_id: int | None, by) -> None:
    """``SamePersonError`` where the person who decides is the one who wrote."""
    if writer_id == by.pk:
        raise SamePersonError


def require_reason(reason: str) -> None:
    """``IncompleteError`` where no reason was given."""
    if not reason.strip():
        raise IncompleteError([("reason", "Say why")])


def locked_draft(model: type[Statement], row: Statement) -> Statement:
    """The draft as it stands, locked until the transaction ends. ``GoneError`` where it is gone or public."""
    draft = model.objects.drafts().select_for_update().filter(pk=row.pk).first()
    if draft is None:
        raise GoneError
    return draft


# -- going on the record --------------------------------------------------------------------------


def publish(statement: Statement, *, at, published_as: str = "") -> Statement:
    """Put a saved draft on the record, at a moment (kept to the second).

    With ``published_as`` (a day, month, year or range, as a source writes it) it counts from that span's
    last second and ``at`` is not looked at. The row it follows is closed at that moment, and it is itself
    closed where a later one already stands: statements may be recorded in any order. One with the very
    moment of another mends it. Call inside a transaction.
    """
    when = last_second(span(published_as).last) if published_as else at.replace(microsecond=0)
    model = type(statement)
    siblings = model.objects.none()
    if model.identity_fields and all(
        getattr(statement, name) is not None for name in model.identity_fields
    ):
        matter = {name: getattr(statement, name) for name in model.identity_fields}
        _lock(model, matter)
        siblings = model.objects.published().filter(**matter).exclude(pk=statement.pk)
        follower = siblings.filter(published_at__gt=when).order_by("published_at").first()
        statement.superseded_at = follower.published_at if follower else None
    statement.published_at = when
    statement.published_as = published_as
    statement.save()
    siblings.live(when).exclude(pk=statement.pk).update(superseded_at=when)
    return statement


def _lock(model, matter):
    """Hold back, until this transaction ends, whoever else would publish on the same matter."""
    key = ":".join([model._meta.label, *(str(getattr(v, "pk", v)) for v in matter.values())])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def word_fields(model: type[Statement]) -> list[str]:
    """The fields of a statement that hold words somebody wrote, and so may have to be removed."""
    return [field.name for field in model._meta.concrete_fields if _holds_words(field)]


def _holds_words(field):
    text = getattr(field, "base_field", field)
    if not isinstance(text, models.CharField | models.TextField) or text.choices:
        return False
    # A code, an address or a written date is read by programs; and it is too short for the sentence.
    is_read = isinstance(text, models.SlugField | models.URLField) or field.name.endswith("_as")
    return not is_read and (text.max_length is None or text.max_length >= SHORTEST_FOR_WORDS)


def redact(statement: Statement, *, fields: list[str], by, at, reason: str) -> Statement:
    """Replace words in a statement, in its history and so on every past day.

    The one lawful exception to "never edited" (HOUSE 1): the words are gone for good and the sentence in
    their place says when and why. Where they stand as the reason of any change they are replaced too.
    ``ValueError`` with a sentence for a field without words, and where no reason is given.
    """
    reason = reason.strip()
    if not reason:
        raise ValueError("Say why the words are removed.")
    model = type(statement)
    wrong = set(fields) - set(word_fields(model))
    if wrong or not fields:
        raise ValueError(f"Choose words to remove; {', '.join(wrong) or 'nothing'} holds none.")
    sentence = f"removed on {day_in_words(london_day(at))}: {reason}"
    histories = [m.pgh_event_model for m in apps.get_models() if hasattr(m, "pgh_event_model")]
    with (
        action(f"{model._meta.label_lower}.redacted", by=by, reason=reason),
        pgtrigger.ignore(f"{model._meta.label}:immutable"),
        pgtrigger.ignore(*(f"{history._meta.label}:append_only" for history in histories)),
    ):
        try:
            with transaction.atomic():
                _replace(statement, fields, sentence, histories)
        except IntegrityError:
            raise ValueError(
                "These words stand in place of others there already. Word the reason differently."
            ) from None
    statement.refresh_from_db()
    return statement


def _replace(statement, fields, sentence, histories):
    model = type(statement)
    past = model.pgh_event_model.objects.filter(pgh_obj_id=statement.pk)
    both = (model.objects.filter(pk=statement.pk), past)
    removed = {
        text
        for name in fields
        for rows in both
        for value in rows.values_list(name, flat=True)
        for text in (value if isinstance(value, list) else [value])
    }
    for name in fields:
        field = model._meta.get_field(name)
        is_list = hasattr(field, "base_field")
        words = sentence[: (field.base_field if is_list else field).max_length]
        for rows in both:
            spoken = rows.exclude(**{name: [] if is_list else ""})
            spoken.update(**{name: [words] if is_list else words})
    _replace_reasons(past, histories, removed, sentence)
    with connection.cursor() as cursor:
        # What must be unique is looked at when a transaction ends; here, to say it in words.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _replace_reasons(past, histories, removed, sentence):
    """What a person gave as a reason stands beside each row that changed in the same action, too."""
    actions = list(past.values_list("pgh_context_id", flat=True).distinct())
    # What replaced words before was written with its day in front, and as a reason without.
    removed |= {text.partition(": ")[2] for text in removed if text.startswith("removed on ")}
    with connection.cursor() as cursor:
        for history in histories:
            table = connection.ops.quote_name(history._meta.db_table)
            cursor.execute(
                f"UPDATE {table} SET pgh_context = "  # noqa: S608  a table of ours
                "jsonb_set(pgh_context, '{reason}', to_jsonb(%s::text)) "
                "WHERE pgh_context_id = ANY(%s::uuid[]) AND pgh_context ->> 'reason' = ANY(%s)",
                [sentence, actions, sorted(removed - {""})],
            )


def free_slug(model: type[Thing], words: str) -> str:
    """A slug made of words that no thing of this kind has yet: ``open-day``, ``open-day-2``."""
    longest = model._meta.get_field("slug").max_length - ROOM_FOR_NUMBER
    stem = slugify(words)[:longest].strip("-") or slugify(model._meta.verbose_name)
    taken = set(model.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number, slug = 2, stem
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
