"""The two changes that every kind of statement shares: going on the record, and being redacted."""

import pghistory
import pgtrigger
from django.db import connection, models

from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words, last_second, london_day, span
from bhcp_portal.kit.moments import Statement


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
    if model.same and all(getattr(statement, name) is not None for name in model.same):
        matter = {name: getattr(statement, name) for name in model.same}
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


def redact(statement: Statement, *, fields: list[str], by, at, reason: str) -> Statement:
    """Replace words in a statement, in its history and so on every past day.

    The one lawful exception to "never edited" (HOUSE 1): the words are gone for good and the sentence in
    their place says when and why. Only words can be redacted: ``ValueError`` for any other field.
    """
    if not reason.strip():
        raise ValueError("Say why the words are removed.")
    model = type(statement)
    for name in fields:
        if not isinstance(model._meta.get_field(name), models.CharField | models.TextField):
            raise ValueError(f"“{name}” holds no words, so it cannot be redacted.")
    removed = f"removed on {day_in_words(london_day(at))}: {reason.strip()}"
    words = {
        name: removed[: model._meta.get_field(name).max_length or len(removed)] for name in fields
    }
    events = pghistory.models.Events  # noqa: F841
    event_model = model.pgh_event_model
    with (
        action(f"{model._meta.label_lower}.redacted", by=by, reason=reason),
        pgtrigger.ignore(f"{model._meta.label}:immutable"),
        pgtrigger.ignore(f"{event_model._meta.label}:append_only"),
    ):
        model.objects.filter(pk=statement.pk).update(**words)
        event_model.objects.filter(pgh_obj_id=statement.pk).update(**words)
    statement.refresh_from_db()
    return statement
