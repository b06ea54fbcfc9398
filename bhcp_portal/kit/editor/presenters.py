"""What the pages of the editor show: rows of a kind, a thing with all that is said of it, a proposal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice, zip_longest

from django.db.models import Min, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import Truncator

from bhcp_portal.kit.addresses import addressed, coded, thing_once_at
from bhcp_portal.kit.dates import Present, day_in_words, london_day, span
from bhcp_portal.kit.editor.editors import Editor, beginnings, editor_called, editors
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, State, Why
from bhcp_portal.kit.editor.reach import may, may_take_back, thing_of_cells, thing_reached
from bhcp_portal.kit.editor.resting import counts_resting, standing_on
from bhcp_portal.kit.editor.sources import source_title
from bhcp_portal.kit.editor.words import (
    ThingNames,
    cell_words,
    cells_in_short,
    column_words,
    lines,
    name_field,
    names_taken_back,
    row_words,
    short,
)
from bhcp_portal.kit.finding import Found, Name, find
from bhcp_portal.kit.kinds import Kind, kind_of, kinds
from bhcp_portal.kit.last_steps import person_names
from bhcp_portal.kit.proposals import ProposalLine
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.spreadsheets.remarks import ranges, ranges_words
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import LOOK_UP, ReferenceField, TableError
from bhcp_portal.kit.things import Thing

# So many rows of a kind are listed with a source; the list of the kind has all.
MOST_RESTING = 50
# On the page of a thing, so many rows of a kind are named on one line, in so many characters each.
MOST_IN_SHORT, SHORT_WORDS = 3, 60
# So many errors of a file are shown, and so many of a row told in a copy of it.
MOST_ERRORS, MOST_ADVICE = 100, 5


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A statement in a list: its words, what it rests on, and what a person may do with it."""

    kind: Kind
    row: Statement
    words: str
    may_write: bool
    may_take_back: bool
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
    reached: dict[object, tuple[bool, bool]] = {}
    found, now = [], Present.now(UTC)
    for row in rows:
        thing = thing_reached(kind, row)
        if thing not in reached:
            reached[thing] = (
                editor is not None and may(person, kind.writer, kind, thing, names.at),
                may_take_back(person, kind, thing, names.at),
            )
        words = row_words(row, editor, kind, names, of=of)
        # What stands no longer is told on its own page, with what may be done then.
        may_write, may_end = reached[thing] if row.stands(now) else (False, False)
        found.append(RecordRow(kind, row, words, may_write, may_end, waiting.get(row.pk)))
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """What is said of a thing in one kind. ``column``: the one of the kind's table that names it.

    ``to_come``: what is approved and waits for its day, each with that day and its proposal.
    """

    kind: Kind
    column: str
    key: str
    rows: list[RecordRow]
    may_add: bool
    to_come: list[tuple[str, date, Proposal]]

    @property
    def in_short(self) -> str:
        """The first of its rows on one line."""
        words = (Truncator(row.words.rstrip(".")).chars(SHORT_WORDS) for row in self.rows)
        first = list(islice(dict.fromkeys(words), MOST_IN_SHORT))
        return "; ".join(first)

    @property
    def title(self) -> str:
        return f"{self.kind.many} ({len(self.rows)})" if self.rows else self.kind.many

    @property
    def actions(self) -> list[dict[str, str]]:
        """What may be done, as a row of a summary list has it."""
        if not self.may_add:
            return []
        address = reverse("staff:record_add", args=[self.kind.slug])
        href = f"{address}?{urlencode({self.column: self.key})}"
        return [{"text": "Add", "href": href, "visually_hidden_text": f"to: {self.kind.many}"}]


def groups_of(thing: Thing, person, names: ThingNames) -> list[Group]:
    """All that stands of a thing in kinds that have an editor, one group a kind."""
    found, waiting = [], list(Proposal.objects.waiting_for_a_day())
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
        stands = _stands_alone(editor, columns[0], thing, rows)
        adds = not stands and may(person, editor.kind.writer, editor.kind, of, names.at)
        rows = record_rows(editor.kind, rows, person, names, of=thing)
        to_come = [
            (
                cells_in_short(editor, row.cells, names),
                date.fromisoformat(row.counts_from),
                proposal,
            )
            for proposal in waiting
            for row in proposal.proposed
            if row.kind == editor.slug and not row.result and row.counts_from
            if key in {row.cells.get(column) for column in columns}
        ]
        found.append(Group(editor.kind, columns[0], key, rows, adds, to_come))
    return found


def counted_kinds(thing: Thing) -> list[tuple[Kind, int, str]]:
    """How many statements stand of a thing in each kind that pages of its own write, with the list of them."""
    now = Present.now(UTC)
    return [
        (
            kind,
            kind.model.objects.live(now).filter(**{kind.thing: thing}).count(),
            f"{reverse('staff:record_kind', args=[kind.slug])}?of={thing.slug}",
        )
        for kind in kinds()
        if kind.has_own_pages and kind.thing_model is type(thing)
    ]


def _stands_alone(editor, column, thing, rows):
    """Whether one row of a kind stands of a thing, and can be followed but not joined by another."""
    name = editor.table.attribute(column)
    is_matter = editor.table.model.identity_fields == (name,)
    return is_matter and any(getattr(row, f"{name}_id") == thing.pk for row in rows)


def still_empty(thing: Thing, person, names: ThingNames) -> list[tuple[str, str, str]]:
    """What nothing is said of yet, of a thing that has begun: words, and the address to say it.

    Of what is kept on pages of its own, for who may not write it: no address, and who does.
    """
    empty = []
    for group in groups_of(thing, person, names):
        if not group.rows and group.may_add and not editor_called(group.kind.slug).comes_later:
            empty.append((group.kind.many, group.actions[0]["href"], ""))
        for each in group.rows:
            if isinstance(each.row, type(thing).profile_model()) and each.may_write:
                address = reverse("staff:record_correct", args=[group.kind.slug, each.row.pk])
                editor = editor_called(group.kind.slug)
                cells = row_cells(editor, each.row)
                empty += [
                    (question.label, address, "")
                    for question in editor.questions
                    if not cells[question.column] and question.column not in editor.may_stay_empty
                ]
    for beginning in beginnings():
        model = beginning.parts[0].editor.column(beginning.parts[0].column).field.model
        if beginning.pages_of and isinstance(thing, model):
            empty += [
                (words, page, "")
                if may(person, kind.writer, kind, thing, names.at)
                else (words, "", who)
                for words, page, kind, who in beginning.pages_of(thing)
            ]
    return empty


@dataclass(frozen=True, slots=True)
class Resting:
    """The rows of a kind that rest on a source: how many, and the first of them."""

    kind: Kind
    count: int
    rows: list[RecordRow]

    @property
    def summary(self) -> str:
        return f"{self.kind.many} ({self.count})"


def resting_on(source: Source, person, names: ThingNames) -> list[Resting]:
    """What stands and rests on a source, one entry a kind."""
    found = []
    for kind, count in counts_resting([source]).get(source.pk, ()):
        rows = standing_on(kind, [source]).with_sources(names.at).order_by("pk")[:MOST_RESTING]
        found.append(Resting(kind, count, record_rows(kind, rows, person, names)))
    return found


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a proposal, for who writes it and who decides. ``number``: its place, from 1.

    ``stays``: that the row which it replaces stays beside it (``Editor.stays``); it has no ``old``.
    """

    number: int
    proposed: ProposedRow
    kind: Kind
    old: Statement | None
    changed: list[ProposalLine]
    same: list[ProposalLine]
    source: str
    words: str
    stays: str

    @property
    def title(self) -> str:
        if self.stays:
            return f"New: {self.kind.one.lower()}"
        act = {Act.ADD: "New", Act.CORRECT: "Correct", Act.END: "End", Act.TAKE_BACK: "Taken back"}
        if self.proposed.act == Act.MOVE:
            return self.kind.one
        return f"{act[self.proposed.act]}: {self.kind.one.lower()}"

    @property
    def may_change(self) -> bool:
        """Whether the general form writes it."""
        return self.proposed.has_form

    @property
    def not_sure_before(self) -> tuple[str, str] | None:
        """A first day that is known to a month or a year which is not over, and that one's last day.

        It holds from that last day, when it is sure. ``None`` of all other rows.
        """
        editor = self.proposed.editor
        text = self.proposed.cells.get(editor.starts, "") if editor and editor.starts else ""
        if not text or not span(text).first <= london_day(Present.now(UTC)) < span(text).last:
            return None
        return span(text).in_words(), day_in_words(span(text).last)

    @property
    def counts_from(self) -> str:
        """The day to come on which it goes on the record, in words; else empty."""
        day = self.proposed.counts_from
        return span(day).in_words() if day else ""


def shown_rows(
    proposal: Proposal, names: ThingNames, some: Iterable[tuple[int, ProposedRow]] | None = None
) -> list[ShownRow]:
    """The rows of a proposal, each beside what stands; what began with it needs not be named.

    ``some``: only these, with their numbers.
    """
    begun = {slug for _, slug in proposal.begun}
    found, rows = [], proposal.proposed
    names.propose(rows)
    for number, row in enumerate(rows, start=1) if some is None else some:
        old = row.replaced()
        editor, kind = row.editor, row.of_kind
        stays = ""
        if old and editor and editor.stays and row.why not in (Why.SLIP, Why.MISTAKE):
            stays = editor.stays(old, row.cells)
        old = None if stays else old
        changed, same = [], []
        if row.cells:
            before = row_cells(editor, old) if old else {}
            stood = {name: words for name, _, words in lines(editor, before, names)}
            for name, label, now in lines(editor, row.cells, names):
                own = name == "certainty" and row.why == Why.NOW
                if own or row.cells.get(name) in begun:
                    continue
                was = stood.get(name, "")
                if now or was:
                    # Each change has its own reason, even if it is in the same words.
                    is_same = now == was and name != "reason"
                    (same if is_same else changed).append(ProposalLine(label, now, was))
        source = row.cells.get("source", "")
        title = source_title(source, names) if source else ""
        words = cells_in_short(editor, row.cells, names) if editor else ""
        found.append(ShownRow(number, row, kind, old, changed, same, title, words, stays))
    return found


def things_of_record() -> set[type[Thing]]:
    """The models of things that editors speak of or that have an address."""
    return {model for editor in editors() for _, model in editor.references} | {
        *addressed().values()
    }


# A proposal of more rows than these is shown in groups, each row on one line. What begins with all
# that is asked of it is shown in full.
MOST_IN_FULL = 5


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows of a proposal that do the same in one kind. ``rows``: with each row its line of words."""

    title: str
    rows: list[tuple[str, ShownRow]]


def grouped(rows: list[ShownRow], names: ThingNames) -> list[RowGroup]:
    """The rows of a proposal by what they do, if there are too many to read one after another."""
    if len(rows) <= MOST_IN_FULL or len({row.kind for row in rows}) == 1:
        return []
    groups: dict[str, list[tuple[str, ShownRow]]] = {}
    for row in rows:
        act = "New" if row.proposed.act == Act.ADD else row.proposed.act_words
        title = f"{act}: {row.kind.many_within}"
        groups.setdefault(title, []).append((_on_one_line(row, names), row))
    return [RowGroup(title, found) for title, found in groups.items()]


def _on_one_line(row, names):
    editor = row.proposed.editor
    asked = [question.column for question in editor.questions]
    texts = [(name, editor.column(name), row.proposed.cells.get(name, "")) for name in asked]
    things = [
        cell_words(column, text, names) for name, column, text in texts if _names(column, text)
    ]
    words = [
        cell_words(column, text, names)
        for name, column, text in texts
        if text and not _names(column, text) and name not in ("starts", editor.ends)
    ]
    return ": ".join(part for part in (", ".join(things), *map(short, words[:1])) if part)


def _names(column, text):
    return bool(text) and isinstance(column.field, ReferenceField)


def early_ends(proposal: Proposal, names: ThingNames) -> list[str]:
    """The ends in an open proposal that lie before anything is known of what ends, a sentence each.

    A document may well tell of them later, so it is asked and not refused.
    """
    found: dict[str, None] = {}
    first_named: dict[type[Thing], dict[str, date]] = {}
    for row in proposal.proposed if proposal.is_open else ():
        editor = row.editor
        text = row.cells.get(editor.last_day, "") if editor and editor.last_day else ""
        old = row.replaced() if text else None
        if not text or (old and str(editor.column(editor.last_day).text(old)) == text):
            continue
        column, model = editor.references[0]
        key, by = row.cells[column], editor.column(column).field.by
        if model not in first_named:
            first_named[model] = _first_named(model, by)
        starts = row.cells.get(editor.starts, "")
        days = [first_named[model].get(key), span(starts).first if starts else None]
        first = min(filter(None, days), default=None)
        if first and span(text).last < first:
            name = names.of(model, key, by=by)
            known = day_in_words(first)
            found[f"{name}: {span(text).in_words()}. Nothing is known of it before {known}."] = None
    return list(found)


def _first_named(model, by):
    """The first day on which each thing of a model is known, by its natural key; one query.

    It is that on which it was first named, or an earlier one on which that says that it began.
    """
    naming = model.naming_model()
    began = [each.name for each in naming._meta.fields if each.name in ("starts_on", "began_on")]
    named = naming.objects.not_taken_back().order_by().values_list(f"{model.naming_field()}__{by}")
    found = named.annotate(Min("published_at"), *(Min(name) for name in began))
    return {key: min(filter(None, [london_day(at), *days])) for key, at, *days in found}


def public_pages(rows: list[ShownRow], names: ThingNames) -> list[tuple[int, str]]:
    """The public pages that a proposal changes: the number of a row shown there, and its name."""
    found: dict[str, int] = {}
    for row in rows:
        editor, kind = row.proposed.editor, row.kind
        named = [
            name
            for name, _ in editor.references
            if kind.thing and editor.table.attribute(name) == kind.thing
        ]
        for name in named:
            text = row.proposed.cells.get(name, "")
            if text:
                found.setdefault(cell_words(editor.column(name), text, names), row.number - 1)
    return [(number, name) for name, number in found.items()]


def look_again(proposal: Proposal, names: ThingNames) -> list[tuple[str, str]]:
    """What a published proposal left as it was and may no longer fit: words, and where it is corrected."""
    if proposal.state != State.PUBLISHED:
        return []
    rows = proposal.proposed
    wholes = dict.fromkeys(row.editor.whole for row in rows if row.editor and row.editor.whole)
    asked = [whole.look_again for whole in wholes if whole.look_again]
    return [line for look in asked for line in look(rows, names)]


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
    "record.recalled": "Taken back before approval",
    "record.approved": "Approved",
    "record.carried_out": "Put on the record",
    "record.taken_back": "Taken back",
    "record.returned": "Returned",
    "record.dropped": "Deleted",
}


def steps_of(proposal: Proposal, names: ThingNames) -> list[Step]:
    """The history of a proposal, the oldest step first; two queries."""
    found, before, was = [], [], ""
    history = Proposal.pgh_event_model.objects.filter(pgh_obj_id=proposal.pk).order_by("pgh_id")
    people = person_names((event.pgh_context or {}).get("by", "") for event in history)
    for event in history:
        context = event.pgh_context or {}
        if words := _step_words(event, context.get("action"), was):
            after = [ProposedRow(**row) for row in event.rows]
            changed = _differences(before, after, names) if before else []
            by, reason = context.get("by", ""), context.get("reason", "")
            who = people.get(by, by)
            found.append(Step(event.pgh_created_at, words, who, reason, changed))
            before = after
        was = event.state
    return found


def _step_words(event, action, was):
    """What was done to a proposal in one step; ``was``: its state before."""
    if event.state == State.PUBLISHED == was and action == "record.approved":
        # Another proposal, approved, took the place of what waited for a day.
        return event.remarks or "Changed"
    return STEPS.get(action)


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


def rows_in_words(
    before: list[ProposedRow], after: list[ProposedRow], names: ThingNames
) -> list[ProposalLine]:
    """The rows of a proposal that differ between two versions of it, with the answers that do."""
    found = []
    for number, (old, new) in enumerate(zip_longest(before, after), start=1):
        row = new or old
        if old and new and (old.kind, old.act, old.cells) == (new.kind, new.act, new.cells):
            continue
        then, now = _answers(old, names), _answers(new, names)
        differ = [label for label in {**then, **now} if then.get(label) != now.get(label)]
        of_it = f"Row {number}: {row.act_words.lower()} {row.of_kind.one.lower()}"
        found.append(ProposalLine(of_it, _joined(now, differ), _joined(then, differ)))
    return found


def _answers(row, names):
    if row is None or not row.cells:
        return {}
    return {label: words for _, label, words in lines(row.editor, row.cells, names) if words}


def _joined(answers, labels):
    return "; ".join(f"{label}: {answers[label]}" for label in labels if label in answers)


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """What is wrong in some rows of a file, which are named in words, and what to do.

    ``look_up``: the list of what a column names, where the sentence sends there: its name and address.
    """

    column: str
    rows: str
    sentence: str
    look_up: tuple[str, str] | None = None

    def __str__(self):
        where = ", ".join(filter(None, [self.rows and f"row {self.rows}", self.column]))
        return f"{where}: {self.sentence}" if where else self.sentence


def error_lines(errors: list[TableError], editor: Editor) -> list[ErrorLine]:
    """The errors of a file, the same one in many rows as one line; the first of them."""
    found: dict[tuple[str, str], list[int]] = {}
    for error in errors:
        found.setdefault((error.column, error.message), []).append(error.row)
    return [
        ErrorLine(
            column_words(editor, column),
            ranges_words(ranges(rows)) if any(rows) else "",
            sentence,
            _list_of(dict([*editor.references, ("source", Source)]).get(column))
            if LOOK_UP in sentence
            else None,
        )
        for (column, sentence), rows in list(found.items())[:MOST_ERRORS]
    ]


def _list_of(model):
    """The list in the record of what is said of things of a model: its name and address."""
    named = kind_of(model.naming_model()) if model else None
    if named is None or not editor_called(named.slug):
        return None
    return model.called()[1], reverse("staff:record_kind", args=[named.slug])


def advice(errors: list[TableError], editor: Editor) -> dict[int, str]:
    """What to change in each row of a file, by its number."""
    found: dict[int, list[str]] = {}
    for error in errors:
        found.setdefault(error.row, []).append(
            f"{column_words(editor, error.column)}: {error.message}"
        )
    return {row: " ".join(sentences[:MOST_ADVICE]) for row, sentences in found.items()}


def things_called(words: str, at) -> Found:
    """The things of the record with these words in their name, or spelt like them.

    What was called so and of which nothing stands any more is found too.
    What has these words as its code, or had, comes first. Each is the ``of`` of a ``Name``. Sources come last, since many name what they are about.
    """
    names = []
    for model in things_of_record():
        things = list(model.objects.annotate(called=model.name_at("pk", at)))
        gone = names_taken_back(model, [each.pk for each in things if each.called is None])
        called = [(each.called or gone.get(each.pk), each) for each in things]
        names += [Name(name, each) for name, each in called if name]
    code = words.strip().upper()
    holders = {
        model.objects.filter(code=code).first() or thing_once_at(model, code, by="code")
        for model in coded().values()
    }
    by_code = [name for name in names if name.of in holders]
    found = find(words, names)
    if by_code:
        others = [] if found.is_close else [each for each in found.names if each not in by_code]
        found = Found([*by_code, *others])
    found.names.sort(key=lambda name: isinstance(name.of, Source))
    return found


def rows_saying(words: str, names: ThingNames, *, most: int) -> list[tuple[Statement, Kind, str]]:
    """What stands and says these words beside the names of things; each with its kind and its words."""
    now, found = Present.now(UTC), []
    for kind in kinds():
        editor = editor_called(kind.slug)
        if not kind.words or kind.words == name_field(kind):
            continue
        rows = kind.model.objects.live(now).order_by("pk")
        for word in words.split():
            rows = rows.filter(**{f"{kind.words}__icontains": word})
        found += [(row, kind, row_words(row, editor, kind, names)) for row in rows[:most]]
    return found[:most]
