"""What the pages of the editor show: rows of a kind, a thing with all that is said of it, a proposal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from django.db.models import Q

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import editor_called, editors
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow
from bhcp_portal.kit.editor.reach import may, thing_of_cells, thing_reached
from bhcp_portal.kit.editor.sources import source_title
from bhcp_portal.kit.editor.words import ThingNames, cells_in_short, lines, row_words
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.proposals import ProposalLine
from bhcp_portal.kit.spreadsheets.remarks import ranges, ranges_words
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import TableError
from bhcp_portal.kit.things import Thing

# So many errors of a file are shown, and so many of a row told in a copy of it.
MOST_ERRORS, MOST_ADVICE = 100, 5


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
    """A row of a proposal, for who writes it and who decides. ``number``: its place, from 1."""

    number: int
    proposed: ProposedRow
    kind: Kind
    old: Statement | None
    changed: list[ProposalLine]
    same: list[ProposalLine]
    source: str
    words: str

    @property
    def title(self) -> str:
        act = {Act.ADD: "New", Act.CORRECT: "Correct", Act.END: "End", Act.TAKE_BACK: "Taken back"}
        return f"{act[self.proposed.act]}: {self.kind.one.lower()}"


def shown_rows(rows: Iterable[tuple[int, ProposedRow]], names: ThingNames) -> list[ShownRow]:
    """Rows of a proposal with their numbers, each beside what stands."""
    found = []
    for number, row in rows:
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
        words = cells_in_short(editor, row.cells, names) if editor else ""
        found.append(ShownRow(number, row, kind, old, changed, same, title, words))
    return found


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """What is wrong in some rows of a file, which are named in words, and what to do."""

    column: str
    rows: str
    sentence: str


def error_lines(errors: list[TableError]) -> list[ErrorLine]:
    """The errors of a file, the same one in many rows as one line; the first of them."""
    found: dict[tuple[str, str], list[int]] = {}
    for error in errors:
        found.setdefault((error.column, error.message), []).append(error.row)
    return [
        ErrorLine(column, ranges_words(ranges(rows)) if any(rows) else "", sentence)
        for (column, sentence), rows in list(found.items())[:MOST_ERRORS]
    ]


def advice(errors: list[TableError]) -> dict[int, str]:
    """What to change in each row of a file, by its number."""
    found: dict[int, list[str]] = {}
    for error in errors:
        found.setdefault(error.row, []).append(f"{error.column}: {error.message}")
    return {row: " ".join(sentences[:MOST_ADVICE]) for row, sentences in found.items()}


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
