"""What the actions of all apps share: errors, publishing, redaction and free slugs.

An action is a function in an app's ``actions``, and the only way to change data. It takes its
arguments by name, among them ``by=`` (the person) and ``at=`` (the moment), and is one transaction.
"""

import pgtrigger
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.text import slugify

from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words, last_second, london_day, span
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

# A shorter field has no room for the sentence that takes the place of removed words.
SHORTEST_FOR_WORDS = 60
# Characters kept free at the end of a slug for a number, such as "-999", if the slug is taken.
ROOM_FOR_NUMBER = 4


# -- why a change is not made ---------------------------------------------------------------------


class ActionError(Exception):
    """The change was not made. The message is a sentence that tells the person why."""


class StaleError(ActionError):
    """Somebody else changed the row since the person saw it. ``row`` is the row as it is now."""

    def __init__(self, row):
        super().__init__("Somebody changed this in between.")
        self.row = row


class TransitionError(ActionError):
    """The row's state does not allow this change. ``row`` is the row as it is now."""

    def __init__(self, row, message=""):
        super().__init__(message or f"It is “{row.get_state_display()}” now.")
        self.row = row


class GoneError(ActionError):
    """The draft that the person decided on was already published or deleted."""

    def __init__(self):
        super().__init__("Somebody decided on this before you did.")


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


def require_other_person(writer_id: int | None, by) -> None:
    """Raise ``SamePersonError`` if the person who decides is the one who wrote."""
    if writer_id == by.pk:
        raise SamePersonError


def require_reason(reason: str) -> None:
    """Raise ``IncompleteError`` if the reason is empty."""
    if not reason.strip():
        raise IncompleteError([("reason", "Say why")])


def locked_draft(model: type[Statement], row: Statement) -> Statement:
    """The draft as it is now, locked until the transaction ends.

    Raises ``GoneError`` if it was published or deleted.
    """
    draft = model.objects.drafts().select_for_update().filter(pk=row.pk).first()
    if draft is None:
        raise GoneError
    return draft


# -- going on the record --------------------------------------------------------------------------


def publish(statement: Statement, *, at, published_as: str = "") -> Statement:
    """Publish a saved draft at moment ``at``, kept to the second; gives the statement.

    With ``published_as`` (a day, month, year or range, as a source writes it) the last second of
    that span is taken instead of ``at``. Statements may be published in any order: this one
    supersedes the earlier one on the same matter, and is itself superseded where a later one stands
    already. If one has the very same moment, this one mends it. Call it inside a transaction.
    """
    when = last_second(span(published_as).last) if published_as else at.replace(microsecond=0)
    siblings = _locked_siblings(statement)
    statement.superseded_at = next((begin for _, begin, _ in siblings if begin > when), None)
    statement.published_at = when
    statement.published_as = published_as
    statement.save()
    until_now = [pk for pk, begin, end in siblings if begin <= when and (end is None or end > when)]
    if until_now:
        type(statement).objects.filter(pk__in=until_now).update(superseded_at=when)
    return statement


def _locked_siblings(statement):
    """What else was published on the same matter: tuples (id, published_at, superseded_at), in order.

    Nobody else can publish on it until this transaction ends.
    """
    model = type(statement)
    matter = {name: getattr(statement, name) for name in model.identity_fields}
    if not matter or None in matter.values():
        return []
    _lock(model, matter)
    others = model.objects.published().filter(**matter).exclude(pk=statement.pk)
    return list(others.order_by("published_at").values_list("pk", "published_at", "superseded_at"))


def _lock(model, matter):
    """Make whoever else publishes on the same matter wait until this transaction ends."""
    key = ":".join([model._meta.label, *(str(getattr(v, "pk", v)) for v in matter.values())])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


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


def redact(statement: Statement, *, fields: list[str], by, at, reason: str) -> Statement:
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
        # Some constraints are checked when the transaction ends. Checked here, their error can be
        # put into words.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _replace_reasons(past, histories, removed, sentence):
    """Replace the words where a person gave them as the reason of one of the actions, too."""
    actions = list(past.values_list("pgh_context_id", flat=True).distinct())
    # An earlier redaction wrote its day in front of the sentence, but not in front of the reason.
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
    """A slug made from words that no thing of this model has: ``open-day``, ``open-day-2``."""
    longest = model._meta.get_field("slug").max_length - ROOM_FOR_NUMBER
    stem = slugify(words)[:longest].strip("-") or slugify(model._meta.verbose_name)
    taken = set(model.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number, slug = 2, stem
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
