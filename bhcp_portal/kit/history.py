"""The history for people to read: who changed what, when, in which action, why, and from what."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, Value
from django.utils.text import capfirst
from django.utils.timezone import localtime

from bhcp_portal.kit.addresses import OldName
from bhcp_portal.kit.dates import Present, day_in_words, london_day, span
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.presenters import rows_in_words
from bhcp_portal.kit.editor.proposal import Proposal, ProposedRow
from bhcp_portal.kit.editor.words import ThingNames, row_words, short, ways
from bhcp_portal.kit.kinds import Kind, kind_of
from bhcp_portal.kit.last_steps import person_names
from bhcp_portal.kit.numbers import number
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import to_text
from bhcp_portal.kit.things import Thing

# A row is named by the first of these fields that is not empty.
NAMES = ("title", "name", "email", "file_name", "words", "slug", "code")
# Relations to rows that this row does not belong to, so that they don't name it.
ABOUT_ROW = ("source", "author")
AT_A_TIME = 500
# So many changes of one entry are on a page; a file proposed has a thousand.
MOST_SHOWN = 30
DONE = {"insert": "added", "update": "changed", "delete": "deleted"}
# What is done to a proposal, and by it.
ACTIONS = {
    "record.drafted": "proposed",
    "record.edited": "changed before approval",
    "record.submitted": "sent for approval",
    "record.recalled": "taken back before approval",
    "record.returned": "returned",
    "record.approved": "approved",
    "record.carried_out": "put on the record on its day",
    "record.dropped": "deleted before approval",
    "record.taken_back": "taken back",
    "record.reviewed": "looked at after it was taken back",
}
# What is done to rows that take steps of their own, by the last word of the action.
STEPS = {
    "drafted": "written",
    "submitted": "sent for approval",
    "sent": "sent for approval",
    "returned": "returned",
    "recalled": "taken back before approval",
    "refused": "refused",
    "approved": "approved",
    "published": "approved and published",
    "discarded": "deleted before approval",
    "withdrawn": "taken back",
    "undone": "taken back",
    "proposed": "proposed",
}
# The fields of a proposal that are shown row by row.
IN_ROWS = ("rows", "begun")
# What a field is called for people, where its own name is for engineers.
FIELD_WORDS = {
    "slug": "name in the web address",
    "published_at": "counts from",
    "published_as": "said",
    "recorded_at": "on the record here since",
    "origin": "where it comes from",
    "edited_at": "last written on",
    "submitted_by": "sent by",
    "submitted_at": "sent on",
    "takes_one": "one person is enough",
    "version": "which version",
}


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
    by_name: str
    written_by: str
    written_by_name: str
    action: str
    reason: str
    changes: list[FieldChange]
    was_public: bool

    @property
    def kind(self) -> str:
        return called(self.model)[0]

    @property
    def day(self) -> date:
        return london_day(self.at)

    @property
    def in_short(self) -> str:
        """What was done to what, when and by whom: ``09:30 Place: Burneside: approved by …``."""
        who = f" by {self.by_name}" if self.by else ""
        return f"{localtime(self.at):%H:%M} {self.kind}: {self.name}: {self.step}{who}"

    @property
    def step(self) -> str:
        """What was done, as the people who did it say: ``approved``, not ``changed``."""
        last = self.action.rpartition(".")[2].rpartition("_")[2]
        step = ACTIONS.get(self.action) or STEPS.get(last, self.done)
        # What gave way to another was not approved with it.
        return step if step == "taken back" or not self.was_public else self.done

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def action_words(self) -> str:
        """The action in words: ``metric.target_set`` gives ``measure: target set``."""
        if self.action in ACTIONS:
            return ACTIONS[self.action]
        label, _, done = self.action.rpartition(".")
        if label in tracked_models():
            return f"{called(tracked_models()[label])[0]}: {done}"
        words = self.action.replace(".", ": ").replace("_", " ")
        return words.replace("metric", "measure")

    @property
    def first_changes(self) -> list[FieldChange]:
        return self.changes[:MOST_SHOWN]

    @property
    def further_changes(self) -> int:
        return max(0, len(self.changes) - MOST_SHOWN)

    @property
    def is_statement(self) -> bool:
        return issubclass(self.model, Statement)


def called(model: type[models.Model]) -> tuple[str, str]:
    """What staff call a row of a model, and several: a statement as The record does.

    A model whose own name is for engineers gives one for people, as ``IN_HISTORY``. Of a thing, whose name is that of what is said of it, the row itself holds its address and its code alone.
    """
    if issubclass(model, Statement):
        return kind_of(model).one, kind_of(model).many
    if issubclass(model, Thing):
        profile = kind_of(model.profile_model())
        if hasattr(model, "code"):
            return f"{profile.one}: address and code", f"{profile.many}: addresses and codes"
        return f"{profile.one}: web address", f"{profile.many}: web addresses"
    if hasattr(model, "IN_HISTORY"):
        return model.IN_HISTORY
    return capfirst(str(model._meta.verbose_name)), capfirst(str(model._meta.verbose_name_plural))


@cache
def tracked_models() -> dict[str, type[models.Model]]:
    """Every model with a history, by its label (``partners.partner``), ordered by its name."""
    tracked = [model for model in apps.get_models() if hasattr(model, "pgh_event_model")]
    tracked.sort(key=lambda model: called(model)[1].lower())
    return {model._meta.label_lower: model for model in tracked}


def events(
    labels: Iterable[str],
    *,
    pk: int | None = None,
    by: Collection[str] = (),
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    with_proposals: bool = False,
):
    """The changes of rows of some models, newest first: a queryset of (label, event id, moment).

    ``labels``: at least one of ``tracked_models``. ``pk``, ``by`` (the email addresses of who acted
    or wrote what was put on record), ``action`` and the moments ``since`` and ``until`` narrow them
    down. ``with_proposals``: what was done to the proposals of these statements too.
    """
    labels, narrowed = list(labels), Q()
    if action:
        narrowed &= Q(pgh_context__action=action)
    if since:
        narrowed &= Q(pgh_created_at__gte=since)
    if until:
        narrowed &= Q(pgh_created_at__lte=until)
    own = Q() if pk is None else Q(pgh_obj_id=pk)
    wanted = [(label, narrowed & own & _done_by(by, label)) for label in labels]
    proposals = Proposal._meta.label_lower
    for label in labels if with_proposals and proposals not in labels else ():
        model = tracked_models()[label]
        if issubclass(model, Statement):
            kind = kind_of(model).slug
            of_it = (
                Proposal.objects.of_kind(kind) if pk is None else Proposal.objects.about(kind, pk)
            )
            chosen = Q(pgh_obj_id__in=of_it.order_by().values("pk"))
            wanted.append((proposals, narrowed & chosen & _done_by(by, proposals)))
    return _newest_first(wanted)


def _done_by(emails, label):
    """What narrows changes down to those of people; what they wrote is put on record by others."""
    if not emails:
        return Q()
    acted = Q(pgh_context__by__in=emails)
    if issubclass(tracked_models()[label], Statement):
        acted |= Q(pgh_label="insert", author__email__in=emails)
    return acted


def events_about(thing: Thing, kinds: Iterable[Kind]):
    """The changes of what is said of a thing in some kinds, newest first, as ``events`` gives them.

    ``kinds``: at least one, each of which speaks of such a thing by a field of its own, or keeps
    what it was called in addresses and files.
    """
    return _newest_first((kind.model._meta.label_lower, _about(kind, thing)) for kind in kinds)


def _about(kind, thing):
    if issubclass(kind.model, OldName):
        return Q(pgh_obj_id__in=kind.model.objects.of(thing).order_by().values("pk"))
    return Q(**{kind.thing: thing.pk})


def _newest_first(wanted: Iterable[tuple[str, Q]]):
    """The changes of models, newest first: pairs of a model's label and what narrows its down."""
    each = [
        tracked_models()[label]
        .pgh_event_model.objects.filter(conditions)
        .order_by()
        .annotate(label=Value(label, output_field=models.CharField()))
        .values_list("label", "pgh_id", "pgh_created_at")
        for label, conditions in wanted
    ]
    found = each[0].union(*each[1:], all=True) if len(each) > 1 else each[0]
    return found.order_by("-pgh_created_at", "label", "-pgh_id")


HEADER = (
    *("at", "kind", "row", "name", "done", "by", "written by", "action", "reason"),
    *("what", "before", "after"),
)


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
                _on_one_line(entry.name),
                entry.done,
                entry.by,
                entry.written_by,
                entry.action_words,
                _on_one_line(entry.reason),
            )
            for change in entry.changes or [FieldChange("", "", "")]:
                yield (*about, *map(_on_one_line, (change.field, change.before, change.after)))


def _on_one_line(text):
    return " / ".join(filter(None, map(str.strip, text.splitlines())))


def entries(rows: Iterable[tuple[str, int, datetime]]) -> list[HistoryEntry]:
    """The rows of ``events`` as entries for people to read, in the same order.

    The number of queries grows with the number of models, not of rows.
    """
    rows, names = list(rows), ThingNames(Present.now(UTC))
    by_event: dict[tuple[str, int], HistoryEntry] = {}
    for label in {label for label, _, _ in rows}:
        by_event |= _entries_of(label, [pgh_id for of, pgh_id, _ in rows if of == label], names)
    return [by_event[label, pgh_id] for label, pgh_id, _ in rows]


def _entries_of(label, ids, names):
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
        if not field.primary_key and hasattr(newest[0], field.attname) and field.name not in IN_ROWS
    ]
    pairs = [(event, before[event.pgh_id]) for event in newest]
    others = _others(fields, [event for pair in pairs for event in pair if event], _further(model))
    people = person_names((event.pgh_context or {}).get("by", "") for event in newest)
    return {
        (label, event.pgh_id): _entry(model, fields, event, earlier, others, names, people)
        for event, earlier in pairs
    }


def _entry(model, fields, event, earlier, others, names, people):
    context = event.pgh_context or {}
    gone = event.pgh_label == "delete"
    changes = []
    for field in fields:
        now = _words(field, event, others, names)
        then = _words(field, earlier, others, names) if earlier else ""
        if gone:
            then, now = now, ""
        if then != now:
            changes.append(FieldChange(_label(field), then, now))
    if model is Proposal:
        changes += [
            FieldChange(line.label, line.before, line.now)
            for line in rows_in_words(_rows_of(earlier), _rows_of(event), names)
        ]
    by = context.get("by", "")
    author = others[get_user_model()].get(event.author_id) if hasattr(event, "author_id") else None
    if author and (event.pgh_label != "insert" or author.email == by):
        author = None
    return HistoryEntry(
        at=event.pgh_created_at,
        model=model,
        pk=event.pgh_obj_id,
        name=_name(model, fields, event, others, names),
        done=DONE.get(event.pgh_label, event.pgh_label),
        by=by,
        by_name=people.get(by, by),
        written_by=author.email if author else "",
        written_by_name=str(author or ""),
        action=context.get("action", ""),
        reason=context.get("reason", ""),
        changes=changes,
        was_public=bool(earlier and getattr(earlier, "published_at", None)),
    )


def _rows_of(event):
    return [ProposedRow(**row) for row in event.rows] if event else []


def _name(model, fields, event, others, names):
    """A name for a row: its own words as they were then, and the names of what it belongs to."""
    if _is_worded(model):
        return _statement_words(_row_of(model, fields, event, others), names)
    by_name = {field.name: field for field in fields}
    if issubclass(model, OldName):
        thing, new = model.models()[event.table], event.moved_to
        named = names.of(thing, new, by=model.FIELD)
        return f"{short(named)}: {model.CALLED} {getattr(event, model.FIELD)} is now {new}"
    if issubclass(model, Thing):
        return short(names.of(model, event.slug))
    own = [_words(by_name[name], event, others, names) for name in NAMES if name in by_name]
    on = [
        _words(f, event, others, names)
        for f in fields
        if f.is_relation and f.name not in ABOUT_ROW and not f.name.endswith("_by")
        if getattr(event, f.attname) in others[f.related_model]
    ]
    parts = dict.fromkeys(short(part) for part in (next(filter(None, own), ""), *on[:2]) if part)
    return ", ".join(parts) or f"number {event.pgh_obj_id}"


def _statement_words(row, names):
    kind = kind_of(type(row))
    return row_words(row, editor_called(kind.slug), kind, names)


def _row_of(model, fields, event, others):
    """A statement as it was then, with what it points at."""
    row = model(pk=event.pgh_obj_id)
    for field in fields:
        key = getattr(event, field.attname)
        setattr(row, field.attname, key)
        if field.is_relation and key in others[field.related_model]:
            setattr(row, field.name, others[field.related_model][key])
    return row


def _further(model):
    """What rows at the end of each relation of a statement need beside them, to name its things."""
    found: dict[str, list[str]] = {}
    for way in ways(kind_of(model)) if _is_worded(model) else ():
        first, _, further = way.partition("__")
        if further:
            found.setdefault(first, []).append(further)
    return found


def _is_worded(model):
    return issubclass(model, Statement) and not issubclass(model, OldName)


def _others(fields, events, further):
    """The rows that events point at, by model: one query each.

    ``further``: of a relation by its name, the paths from the rows at its end that are needed too.
    """
    wanted: dict[Any, set] = {}
    beside: dict[Any, set] = {}
    for field in fields:
        if field.is_relation:
            keys = {getattr(event, field.attname) for event in events}
            wanted.setdefault(field.related_model, set()).update(keys - {None})
            paths = further.get(field.name) or _joined(field.related_model)
            beside.setdefault(field.related_model, set()).update(paths)
    return {
        model: model._default_manager.select_related(*beside[model] or [None]).in_bulk(keys)
        for model, keys in wanted.items()
    }


@cache
def _joined(model):
    """The relations of a model that only joins things: a measure and a place."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    are_things = all(
        field.is_relation and issubclass(field.related_model, Thing) for field in fields
    )
    return [field.name for field in fields] if are_things else []


def _label(field):
    """What people call a field; one that only has the name of the thing it leads to, as that thing."""
    model = field.related_model if field.is_relation else None
    is_named = field.verbose_name != field.name.replace("_", " ")
    if not is_named and field.name in FIELD_WORDS:
        return FIELD_WORDS[field.name]
    if model and issubclass(model, Thing) and not is_named and field.name == model._meta.model_name:
        return model.called()[0]
    if not is_named and (field.name.endswith("_as") or field.name.startswith("is_")):
        # ``starts_as`` is how a date was written, ``is_critical`` a question with yes or no.
        return field.name.removesuffix("_as").removeprefix("is_").replace("_", " ")
    return str(field.verbose_name)


def _words(field, event, others, names):
    value = getattr(event, field.attname)
    if value is None or value == "":
        return ""
    if field.is_relation:
        found = others[field.related_model].get(value, f"number {value}")
        return _called(found, names)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, datetime):
        return f"{day_in_words(london_day(value))}, {localtime(value):%H:%M:%S}"
    if hasattr(value, "year"):
        return day_in_words(value)
    if field.name.endswith("_as"):
        return _date_words(value)
    return _plain(value)


def _date_words(text):
    """A date that a column keeps as a range, ``2016-12/2017-03``, in words."""
    try:
        return span(text).in_words()
    except ValueError:
        return text


def _called(found, names):
    """What a row that another points at is called; a number, if it is gone."""
    if isinstance(found, Thing):
        return names.of(type(found), found.slug)
    if isinstance(found, Statement):
        return _statement_words(found, names)
    if joined := _joined(type(found)) if isinstance(found, models.Model) else ():
        things = filter(None, (getattr(found, name) for name in joined))
        return ", ".join(_called(thing, names) for thing in things)
    return str(found)


def _plain(value):
    """A value of the database as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(each)}".replace("_", " ") for key, each in value.items())
    return str(value)
