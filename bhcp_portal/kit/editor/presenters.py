"""What the pages of the editor show: rows of a kind, a thing with all that is said of it, a proposal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import editor_called, editors
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow
from bhcp_portal.kit.editor.reach import may, thing_of_cells, thing_reached
from bhcp_portal.kit.editor.sources import source_title
from bhcp_portal.kit.editor.words import ThingNames, lines, row_words
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.proposals import ProposalLine
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A statement in a list: its words, what it rests on, and whether a person may change it."""

    kind: Kind
    row: Statement
    words: str
    may_write: bool
    waiting: Proposal | None

    @property
    def source(self) -> str:
        profile = self.row.source_profile
        return profile.title if profile else ""


def record_rows(
    kind: Kind, rows: Iterable[Statement], person, names: ThingNames, *, of: Thing | None = None
) -> list[RecordRow]:
    """Rows of a kind for a list; ``of``: the thing whose page shows them."""
    editor = editor_called(kind.slug)
    waiting = {
        row.replaces: proposal
        for proposal in Proposal.objects.open().of_kind(kind.slug)
        for row in proposal.proposed
        if row.kind == kind.slug and row.replaces
    }
    reached: dict[object, bool] = {}
    found = []
    for row in rows:
        thing = thing_reached(kind, row)
        if thing not in reached:
            reached[thing] = editor is not None and may(person, kind.writer, kind, thing, names.at)
        words = row_words(row, editor, kind, names, of=of)
        found.append(RecordRow(kind, row, words, reached[thing], waiting.get(row.pk)))
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """What is said of a thing in one kind. ``column``: the one of the kind's table that names it."""

    kind: Kind
    column: str
    key: str
    rows: list[RecordRow]
    may_add: bool


def groups_of(thing: Thing, person, names: ThingNames) -> list[Group]:
    """All that stands of a thing in kinds that have an editor, one group a kind."""
    found = []
    for editor in editors():
        columns = [column for column, model in editor.references if isinstance(thing, model)]
        if not columns:
            continue
        now = Present.now(UTC)
        named = Q()
        for column in columns:
            named |= Q(**{editor.table.attribute(column): thing})
        rows = editor.table.model.objects.live(now).filter(named).with_sources(now).order_by("pk")
        key = getattr(thing, editor.column(columns[0]).field.by)
        of = thing_of_cells(editor, {columns[0]: key})
        adds = may(person, editor.kind.writer, editor.kind, of, names.at)
        rows = record_rows(editor.kind, rows, person, names, of=thing)
        found.append(Group(editor.kind, columns[0], key, rows, adds))
    return found


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a proposal, for who writes it and who decides."""

    proposed: ProposedRow
    kind: Kind
    old: Statement | None
    changed: list[ProposalLine]
    same: list[ProposalLine]
    source: str

    @property
    def title(self) -> str:
        act = {Act.ADD: "New", Act.CORRECT: "Correct", Act.END: "End", Act.TAKE_BACK: "Taken back"}
        return f"{act[self.proposed.act]}: {self.kind.one.lower()}"


def shown_rows(proposal: Proposal, names: ThingNames) -> list[ShownRow]:
    """The rows of a proposal, each beside what stands."""
    found = []
    for row in proposal.proposed:
        old = row.replaced()
        editor, kind = row.editor, row.of_kind
        changed, same = [], []
        if row.cells:
            before = row_cells(editor, old) if old else {}
            stood = {name: words for name, _, words in lines(editor, before, names)}
            for name, label, now in lines(editor, row.cells, names):
                was = stood.get(name, "") if name != "reason" else ""
                if now or was:
                    (same if now == was else changed).append(ProposalLine(label, now, was))
        source = row.cells.get("source", "")
        title = source_title(source, names) if source else ""
        found.append(ShownRow(row, kind, old, changed, same, title))
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did with a proposal, and the answers that they changed."""

    at: datetime
    words: str
    by: str
    reason: str
    changed: list[ProposalLine]


STEPS = {
    "record.drafted": "Written",
    "record.edited": "Changed",
    "record.submitted": "Sent",
    "record.approved": "Approved",
    "record.returned": "Returned",
    "record.dropped": "Deleted",
}


def steps_of(proposal: Proposal, names: ThingNames) -> list[Step]:
    """The history of a proposal, the oldest step first; one query."""
    found, before = [], []
    history = Proposal.pgh_event_model.objects.filter(pgh_obj_id=proposal.pk)
    for event in history.order_by("pgh_id"):
        context = event.pgh_context or {}
        if words := STEPS.get(context.get("action")):
            after = [ProposedRow(**row) for row in event.rows]
            changed = _differences(before, after, names) if before else []
            by, reason = context.get("by", ""), context.get("reason", "")
            found.append(Step(event.pgh_created_at, words, by, reason, changed))
            before = after
    return found


def _differences(before, after, names):
    """The answers that differ between two versions of a proposal's rows."""
    found = []
    for old, new in zip(before, after, strict=False):
        stood = {name: words for name, _, words in lines(old.editor, old.cells, names)}
        found += [
            ProposalLine(label, words, stood.get(name, ""))
            for name, label, words in lines(new.editor, new.cells, names)
            if words != stood.get(name, "")
        ]
    return found


def things_called(words: str, at, *, most: int) -> list[tuple[Thing, str]]:
    """The things that editors speak of whose name has all these words in it, with their names."""
    wanted = words.lower().split()
    found = []
    for model in {model for editor in editors() for _, model in editor.references}:
        named = model.objects.annotate(called=model.name_at("pk", at)).exclude(called=None)
        found += [
            (thing, thing.called)
            for thing in named
            if all(word in thing.called.lower() for word in wanted)
        ]
    found.sort(key=lambda each: (each[1].lower(), each[0]._meta.label))
    return found[:most]
