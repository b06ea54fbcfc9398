"""The history for people to read: who changed what, when, in which action, why, and from what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Value
from django.utils.timezone import localtime

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import to_text
from bhcp_portal.kit.things import Thing

# A row is named by the first of these fields that is not empty.
NAMES = ("title", "name", "email", "words", "slug", "code")
# Relations to rows that this row does not belong to, so that they don't name it.
ABOUT_ROW = ("source", "author")
SHOWN_LENGTH = 80
AT_A_TIME = 500
DONE = {"insert": "added", "update": "changed", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a row: its text before and after the change; empty text if it had no value."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one row."""

    at: datetime
    model: type[models.Model]
    pk: int
    name: str
    done: str
    by: str
    action: str
    reason: str
    changes: list[FieldChange]

    @property
    def kind(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def action_words(self) -> str:
        """The action in words: ``metric.target_set`` gives ``measure: target set``."""
        words = self.action.replace(".", ": ").replace("_", " ")
        return words.replace("metric", "measure")

    @property
    def is_statement(self) -> bool:
        return issubclass(self.model, Statement)


@cache
def tracked_models() -> dict[str, type[models.Model]]:
    """Every model with a history, by its label (``partners.partner``), ordered by its name."""
    tracked = [model for model in apps.get_models() if hasattr(model, "pgh_event_model")]
    tracked.sort(key=lambda model: str(model._meta.verbose_name))
    return {model._meta.label_lower: model for model in tracked}


def events(
    labels: Iterable[str],
    *,
    pk: int | None = None,
    by: str = "",
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
):
    """The changes of rows of some models, newest first: a queryset of (label, event id, moment).

    ``labels``: at least one of ``tracked_models``. ``pk``, ``by`` (an email address), ``action`` and
    the moments ``since`` and ``until`` narrow them down.
    """
    wanted: dict[str, Any] = {}
    if pk is not None:
        wanted["pgh_obj_id"] = pk
    if by:
        wanted["pgh_context__by"] = by
    if action:
        wanted["pgh_context__action"] = action
    if since:
        wanted["pgh_created_at__gte"] = since
    if until:
        wanted["pgh_created_at__lte"] = until
    return _newest_first((label, wanted) for label in labels)


def events_about(thing: Thing, kinds: Iterable[Kind]):
    """The changes of what is said of a thing in some kinds, newest first, as ``events`` gives them.

    ``kinds``: at least one, each of which speaks of such a thing by a field of its own.
    """
    return _newest_first((kind.model._meta.label_lower, {kind.thing: thing.pk}) for kind in kinds)


def _newest_first(wanted: Iterable[tuple[str, dict[str, Any]]]):
    """The changes of models, newest first: pairs of a model's label and what narrows its down."""
    each = [
        tracked_models()[label]
        .pgh_event_model.objects.filter(**conditions)
        .order_by()
        .annotate(label=Value(label, output_field=models.CharField()))
        .values_list("label", "pgh_id", "pgh_created_at")
        for label, conditions in wanted
    ]
    found = each[0].union(*each[1:], all=True) if len(each) > 1 else each[0]
    return found.order_by("-pgh_created_at", "label", "-pgh_id")


HEADER = ("at", "kind", "row", "name", "done", "by", "action", "reason", "field", "before", "after")


def table(rows: Iterable[tuple[str, int, datetime]]) -> Iterator[tuple]:
    """The rows of ``events`` as the lines of a file: its header, then one for each field changed.

    Rows are read some hundreds at a time, so that a long history fits.
    """
    yield HEADER
    rows = iter(rows)
    while some := list(islice(rows, AT_A_TIME)):
        for entry in entries(some):
            about = (
                to_text(entry.at),
                entry.kind,
                entry.pk,
                entry.name,
                entry.done,
                entry.by,
                entry.action,
                entry.reason,
            )
            for change in entry.changes or [FieldChange("", "", "")]:
                yield (*about, change.field, change.before, change.after)


def entries(rows: Iterable[tuple[str, int, datetime]]) -> list[HistoryEntry]:
    """The rows of ``events`` as entries for people to read, in the same order.

    The number of queries grows with the number of models, not of rows.
    """
    rows = list(rows)
    by_event: dict[tuple[str, int], HistoryEntry] = {}
    for label in {label for label, _, _ in rows}:
        by_event |= _entries_of(label, [pgh_id for of, pgh_id, _ in rows if of == label])
    return [by_event[label, pgh_id] for label, pgh_id, _ in rows]


def _entries_of(label, ids):
    model = tracked_models()[label]
    event_model = model.pgh_event_model
    newest = list(event_model.objects.filter(pk__in=ids))
    whole = event_model.objects.filter(pgh_obj_id__in={event.pgh_obj_id for event in newest})
    before: dict[int, Any] = {}
    last: dict[int, Any] = {}
    for event in whole.order_by("pgh_id"):
        before[event.pgh_id] = last.get(event.pgh_obj_id)
        last[event.pgh_obj_id] = event
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and hasattr(newest[0], field.attname)
    ]
    pairs = [(event, before[event.pgh_id]) for event in newest]
    others = _others(fields, [event for pair in pairs for event in pair if event])
    return {
        (label, event.pgh_id): _entry(model, fields, event, earlier, others)
        for event, earlier in pairs
    }


def _entry(model, fields, event, earlier, others):
    context = event.pgh_context or {}
    gone = event.pgh_label == "delete"
    changes = []
    for field in fields:
        now = _words(field, event, others)
        then = _words(field, earlier, others) if earlier else ""
        if gone:
            then, now = now, ""
        if then != now:
            changes.append(FieldChange(str(field.verbose_name), then, now))
    return HistoryEntry(
        at=event.pgh_created_at,
        model=model,
        pk=event.pgh_obj_id,
        name=_name(fields, event, others),
        done=DONE.get(event.pgh_label, event.pgh_label),
        by=context.get("by", ""),
        action=context.get("action", ""),
        reason=context.get("reason", ""),
        changes=changes,
    )


def _name(fields, event, others):
    """A name for a row: its own words and those of the row it belongs to, as they were then."""
    by_name = {field.name: field for field in fields}
    own = [_words(by_name[name], event, others) for name in NAMES if name in by_name]
    on = [_words(f, event, others) for f in fields if f.is_relation and f.name not in ABOUT_ROW]
    parts = next(filter(None, own), ""), next(filter(None, on), "")
    return ", ".join(part[:SHOWN_LENGTH] for part in parts if part) or f"number {event.pgh_obj_id}"


def _others(fields, events):
    """The rows that events point at, by model: one query each."""
    wanted: dict[Any, set] = {}
    for field in fields:
        if field.is_relation:
            keys = {getattr(event, field.attname) for event in events}
            wanted.setdefault(field.related_model, set()).update(keys - {None})
    return {model: model._default_manager.in_bulk(keys) for model, keys in wanted.items()}


def _words(field, event, others):
    value = getattr(event, field.attname)
    if value is None or value == "":
        return ""
    if field.is_relation:
        return str(others[field.related_model].get(value, f"number {value}"))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{day_in_words(london_day(value))}, {localtime(value):%H:%M:%S}"
    if hasattr(value, "year"):
        return day_in_words(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
