"""A file of rows of one kind: what it says of what stands, as the rows of a proposal.

The whole file is read before anything is saved. A row is compared with the one that stands under
the same natural key; what is said already is left out, and what no row speaks of stays as it is.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.editor.actions import in_work_words, refusals_of
from bhcp_portal.kit.editor.editors import ANOTHER_NAME, Editor, editors
from bhcp_portal.kit.editor.forms import row_cells, stated_from
from bhcp_portal.kit.editor.proposal import (
    NEW_THING,
    Act,
    Proposal,
    ProposedRow,
    State,
    Why,
    grounds_for,
)
from bhcp_portal.kit.editor.reach import thing_reached
from bhcp_portal.kit.editor.sources import source_date
from bhcp_portal.kit.editor.words import names_to_choose
from bhcp_portal.kit.fields import DateInWordsField
from bhcp_portal.kit.finding import reads_like
from bhcp_portal.kit.locks import lock
from bhcp_portal.kit.spreadsheets.bounds import ERROR, FORMULA, UNSEEN, SheetError
from bhcp_portal.kit.spreadsheets.child import open_sheet
from bhcp_portal.kit.spreadsheets.reading import Sheet
from bhcp_portal.kit.spreadsheets.remarks import remarks_of
from bhcp_portal.kit.spreadsheets.writing import ADVICE
from bhcp_portal.kit.statements import Certainty
from bhcp_portal.kit.tables import (
    ONLY_FROM_EXPORTS,
    RECORD_NAMES,
    STATEMENT_COLUMNS,
    ListField,
    PublishedField,
    ReferenceField,
    TableError,
    WrittenDateField,
    header_errors,
    to_text,
)
from bhcp_portal.kit.unseen import visible

# So many rows are decided on together, and read while somebody waits for the answer.
MOST_CHANGES = 1_000
MOST_READ = 10_000
COUNTED_EVERY = 500
DATES = (WrittenDateField, PublishedField, forms.DateField)
# Columns that a file may leave out.
OPTIONAL = (*RECORD_NAMES, *(column.name for column in STATEMENT_COLUMNS))
UNREAD = {
    FORMULA: "A formula stands here, and the file keeps no value of it. Write what it shows.",
    ERROR: "The cell shows an error. Write what is meant.",
    UNSEEN: "The format of the cell hides its text. Write it as it is to be read.",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a file rests on where a row of it doesn't say, and why what it changes changes."""

    why: str = Why.NOW
    source: str = ""
    reason: str = ""


@dataclass(slots=True)
class CheckedFile:
    """What a file would change: the rows of a proposal; or every error in it.

    ``unchanged``: how many rows say what stands. ``remarks``: how the file was read
    (``remarks_of``).
    """

    rows: list[ProposedRow] = field(default_factory=list)
    errors: list[TableError] = field(default_factory=list)
    unchanged: int = 0
    remarks: list[dict] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """How many rows are new, changed and as they stand, in words."""
        acts = counted(self.rows)
        return ", ".join(
            [*acts, *([f"{self.unchanged:,} as they stand"] if self.unchanged else [])]
        )


def counted(rows: list[ProposedRow]) -> list[str]:
    """How many rows do what, in words: ``12 new``, ``3 changed``."""
    words = {Act.ADD: "new", Act.CORRECT: "changed", Act.END: "ended", Act.TAKE_BACK: "taken back"}
    acts = Counter(row.act for row in rows)
    return [f"{acts[act]:,} {word}" for act, word in words.items() if acts[act]]


def open_rows(content: bytes, editor: Editor) -> Sheet:
    """The table in the bytes of a file for a kind. Raises ``SheetError`` if there is none.

    One file is read at a time, since each may ask for as much memory as its reader is given.
    """
    names = [column.name for column in editor.table.all_columns]
    with transaction.atomic():
        lock("reading a file of rows")
        return open_sheet(content, editor.table.name, names)


def title_of(editor: Editor, checked: CheckedFile, name: str) -> str:
    """What the proposal that a file becomes is called in lists."""
    return f"{editor.kind.many}: {checked.summary} ({name})"[:300]


def check_file(
    sheet: Sheet,
    editor: Editor,
    *,
    ground: Ground,
    by,
    at: datetime,
    in_place_of: Proposal | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> CheckedFile:
    """Check a file on behalf of the person who sends it, and save nothing.

    ``in_place_of``: the proposal whose rows it is to replace. ``progress`` is called now and then
    with the number of rows read. Raises ``SheetError`` if there is no table that can be read.
    """
    table = editor.table
    checked = CheckedFile()
    columns = header_errors(table.all_columns, sheet.header, optional=OPTIONAL, ignored=(ADVICE,))
    if columns and (other := _editor_of(sheet.header)):
        many, others = editor.kind.many, other.kind.many
        raise SheetError(
            f"This file has the columns of “{others}”. Send it there, or take a template of “{many}”."
        )
    checked.errors += [
        TableError(table.name, sheet.header_row, name, sentence) for name, sentence in columns
    ]
    if checked.errors:
        return checked
    rows, numbers = _Rows(editor, ground, by, at, in_place_of), []
    for count, (number, cells) in enumerate(sheet.rows(), start=1):
        if count > MOST_READ:
            raise SheetError(f"There are more than {MOST_READ:,} rows. Send them in parts.")
        found, wrong = rows.read(number, cells)
        checked.errors += [TableError(table.name, number, *each) for each in wrong]
        checked.unchanged += found is None and not wrong
        if found:
            checked.rows.append(found)
            numbers.append(number)
        if count % COUNTED_EVERY == 0:
            progress(count)
    if (
        (editor.complete or editor.own_end)
        and not checked.errors
        and len(checked.rows) <= MOST_CHANGES
    ):
        # Rules of its own look at what the row before has put on the record.
        for place, wrong in refusals_of(checked.rows, author=by).items():
            checked.errors += [
                TableError(table.name, numbers[place], column or "", sentence)
                for column, sentence in wrong
            ]
    if len(checked.rows) > MOST_CHANGES:
        sentence = f"More than {MOST_CHANGES:,} rows would change. Send them in parts."
        checked.errors.append(TableError(table.name, 0, "", sentence))
    checked.remarks = remarks_of(sheet.remarks)
    return checked


def _editor_of(header):
    """The editor of the kind whose columns a file has; ``None`` if it has those of none."""
    given = set(header) - {ADVICE}
    for editor in editors():
        names = {column.name for column in editor.table.all_columns}
        if names - set(OPTIONAL) <= given <= names:
            return editor
    return None


class _Rows:
    """Reads the rows of a file one after another, beside what stands at this moment."""

    def __init__(self, editor, ground, by, at, in_place_of):
        self.editor, self.table, self.ground, self.at = editor, editor.table, ground, at
        self.columns = {column.name: column for column in self.table.all_columns}
        self.content = [column.name for column in self.table.columns] + ["certainty", "note"]
        # What nobody has to fill in for a new row: it is made of the others.
        self.makeable = {*editor.made, *([editor.begins] if editor.begins else [])}
        self.named = {}
        self.check = self.table.checker(self._names_of)
        self.bounds = editor.bounds_at(at)
        self.known, self.present = None, present_names()
        self.seen, self.made, self.dates, self.called = {}, set(), {}, None
        self.accessible, self.by = _accessible(editor, by, at), by
        self.in_work = {
            row.replaces: proposal
            for proposal in Proposal.objects.open().of_kind(editor.slug).select_related("author")
            if proposal != in_place_of and not _is_fresh(proposal, by)
            for row in proposal.proposed
            if row.kind == editor.slug and row.replaces
        }
        self.by_key, self.by_content = {}, {}
        live = self.table.model.objects.live(Present.now(UTC))
        for row in live.select_related(*(path for _, path in self.table.references)):
            cells = row_cells(editor, row)
            self.by_key.setdefault(self._key(cells), []).append((row, cells))
            self.by_content[self._content(cells)] = row

    def _key(self, cells):
        return tuple(cells[name] for name in self.table.key)

    def _content(self, cells):
        return tuple(cells[name] for name in self.content if name not in self.makeable)

    def read(self, number, given) -> tuple[ProposedRow | None, list[tuple[str, str]]]:
        """The row as it would be proposed, ``None`` if nothing changes; and what is wrong in it."""
        unread = [(name, UNREAD[text]) for name, text in given.items() if text in UNREAD]
        if unread:
            return None, unread
        cells, misread = {}, {}
        for name, column in self.columns.items():
            try:
                cells[name] = canonical(column.field, given.get(name, ""))
            except ValidationError as error:
                cells[name], misread[name] = given[name], _sentence(error)
        # One thing is one matter, by whichever of its names a row calls it.
        cells = self.table.led_on(cells, self.present)
        for name, column in self.columns.items():
            try:
                cells[name] = self._with_keys(column.field, cells[name])
            except ValidationError as error:
                misread[name] = _sentence(error)
        # Of what a file leaves out, nothing is said: it stays as it stands.
        kept = [name for name in ("certainty", "note") if name not in given]
        kept += ["certainty"] if not cells["certainty"] else []
        cells["certainty"] = cells["certainty"] or Certainty.SOURCED
        if "source" in self.table.key:
            cells["source"] = cells["source"] or self.ground.source
        cells = self.table.led_on(cells, self.present)
        is_unnamed = any(not cells[name] for name in self.makeable)
        standing = [] if is_unnamed else self.by_key.get(self._key(cells), [])
        if (
            any(self._says_the_same(cells, before, kept) for _, before in standing)
            or (is_unnamed and self._content(cells) in self.by_content)
            or self._is_known(cells)
        ):
            return None, []
        wrong = [(name, ONLY_FROM_EXPORTS) for name in RECORD_NAMES if cells[name]]
        matter = self._content(cells) if is_unnamed else self._key(cells)
        if (first := self.seen.setdefault(matter, number)) != number:
            sentence = f"Row {first} of the file is about the same. Leave one of them out."
            wrong.append((self.table.key[0], sentence))
        if len(standing) > 1:
            sentence = "Several that stand are called so. Correct the one that is meant in a form."
            wrong.append((self.table.key[0], sentence))
        if wrong:
            return None, wrong
        old, before = standing[0] if standing else (None, {})
        cells |= {name: before[name] for name in kept if before}
        wrong = self._out_of_reach(cells, old)
        why, errors = self._rest(cells, old, before)
        wrong += errors
        if old is not None:
            wrong += self._wrong_in_change(cells, old, before, why)
        if why == Why.SLIP:
            cells["note"] = cells["note"] or cells["reason"]
        for name, make in self.editor.made.items():
            if name in self.table.key:
                cells[name] = cells[name] or self._made(name, make(cells))
            else:
                cells[name] = make(cells)
        if self.editor.begins:
            cells[self.editor.begins] = cells[self.editor.begins] or NEW_THING
        wrong += [
            (name, misread.get(name, sentence))
            for name, sentence in self._wrong_in_cells(cells, why, number, old)
        ]
        wrong += self._name_taken(cells, before, number)
        for name in ("made", *RECORD_NAMES):
            del cells[name]
        act = Act.ADD if old is None else Act.CORRECT
        row = ProposedRow(self.editor.slug, act, cells, why, old and old.pk)
        return (None, wrong) if wrong else (row, [])

    def _with_keys(self, field, text):
        """The text of a cell, with the code or slug of a thing in place of its exact name.

        Raises ``ValidationError`` where several are called so.
        """
        inner = getattr(field, "each", field)
        if not text or not isinstance(inner, ReferenceField):
            return text
        parts = [part.strip() for part in text.split(";")] if inner is not field else [text]
        return ";".join(self._key_of(inner, part) for part in parts)

    def _key_of(self, field, text):
        called = self._names_of(field.model, field.by)
        keys = [] if text in called else sorted(key for key, name in called.items() if name == text)
        if len(keys) > 1:
            several = " and ".join(f"“{key}”" for key in keys)
            raise ValidationError(
                f"{len(keys)} {field.model.called()[1]} are called “{visible(text)}”: {several}. "
                "Write the one of these that you mean in place of the name."
            )
        return keys[0] if keys else text

    def _names_of(self, model, by):
        if (model, by) not in self.named:
            self.named[model, by] = names_to_choose(model, self.at, by=by)
        return self.named[model, by]

    def _name_taken(self, cells, before, number):
        """What is wrong with a new name that a reader can’t tell from that of another thing."""
        named, name = self.editor.names, cells.get("name", "")
        if not named or not name or name == before.get("name"):
            return
        field = self.editor.column(named).field
        if self.called is None:
            self.called = {}
            things = field.model.objects.annotate(called=field.model.name_at("pk", self.at))
            for key, called in things.exclude(called=None).values_list(field.by, "called"):
                self.called.setdefault(reads_like(called), {})[key] = f"“{called}”"
        others = self.called.setdefault(reads_like(name), {})
        key = f"row {number}" if cells[named] == NEW_THING else cells[named]
        for other, words in others.items():
            if other != key:
                yield "name", f"Something is called {words} already. {ANOTHER_NAME}."
                return
        others[key] = f"“{visible(name)}” in row {number}"

    def _says_the_same(self, cells, before, kept):
        own = [name for name in ("source", "published_at") if cells[name]]
        compared = [name for name in [*self.content, *own] if name not in kept]
        return all(cells[name] == before[name] for name in compared)

    def _is_known(self, cells):
        """Whether it is a row of an export that is on record here, though another stands now."""
        if not cells["published_at"]:
            return False
        if self.known is None:
            self.known = self.table.known_rows()
        return self.known(cells)

    def _rest(self, cells, old, before):
        """Fill in what a row rests on; gives why it counts, and what is wrong in that."""
        ground, dated = self.ground, cells["published_at"]
        if old is not None and dated == before["published_at"]:
            dated = ""
        is_copy = old is not None and bool(old.source_id and old.published_as)
        if cells["source"]:
            if is_copy and cells["source"] == before["source"] and not dated:
                cells["published_at"] = ""
                return Why.SLIP, []
            why, source = Why.DOCUMENT, cells["source"]
        elif dated and ground.why != Why.DOCUMENT:
            return Why.NOW, [("source", "Name the source that said so then.")]
        else:
            why, source = ground.why, ground.source if ground.why == Why.DOCUMENT else ""
        if why == Why.SLIP and not is_copy:
            sentence = "No copy of a document stands here. Name the source that says so."
            return why, [("source", sentence)]
        if why == Why.SLIP:
            source = before["source"]
        cells["source"] = source
        cells["published_at"] = (dated or self._date_of(source)) if why == Why.DOCUMENT else ""
        return why, []

    def _date_of(self, source):
        if source not in self.dates:
            self.dates[source] = source_date(source, self.at)
        return self.dates[source]

    def _wrong_in_change(self, cells, old, before, why):
        if why not in (Why.SLIP, *grounds_for(old)):
            sentence = (
                "Nothing newer takes the place of this row. Take it back, and add the right one."
            )
            yield self.table.key[0], sentence
        for name in self.editor.fixed:
            if cells[name] != before[name]:
                yield (
                    name,
                    "This says what the row is about, so it can’t change. Add the other as a new row.",
                )
        cells["reason"] = cells["reason"] or self.ground.reason
        if not cells["reason"]:
            yield "reason", "Say why it changes: here, or once for the whole file."
        if other := self.in_work.get(old.pk):
            words = in_work_words(other, self.by)
            yield self.table.key[0], words.format(it=f"“{other}”", by=other.author)

    def _out_of_reach(self, cells, old):
        if self.accessible is None:
            return []
        reach = self.editor.column(self.editor.kind.reach)
        keys = {cells[reach.name]}
        if old is not None:
            keys.add(getattr(thing_reached(self.editor.kind, old), reach.field.by, ""))
        sentence = "This is not of a partner that you write for. Leave the row out."
        return [] if keys <= self.accessible else [(reach.name, sentence)]

    def _made(self, name, text):
        """A name that nothing has, in the table or in the file."""
        number, made = 2, text
        while made in self.made:
            made, number = f"{text}-{number}", number + 1
        self.made.add(made)
        return made

    def _wrong_in_cells(self, cells, why, number, old):
        from_document = {"made": "document"}
        here = {"made": "portal", "published_at": "2000", "source": ""}
        checked, errors = self.check(
            cells | (from_document if why == Why.DOCUMENT else here), number
        )
        begun = self.editor.begins if cells.get(self.editor.begins) == NEW_THING else ""
        wrong = [(error.column, error.message) for error in errors if error.column != begun]
        if "source" in dict(wrong):
            # Its date comes with the source.
            wrong = [each for each in wrong if each[0] != "published_at"]
        if why == Why.DOCUMENT and not wrong and checked.published.first > london_day(self.at):
            wrong.append(("published_at", "This day is still to come. Write when it was said."))
        wrong = wrong or self.editor.wrong_dates(cells, london_day(self.at))
        if not errors and not wrong:
            stated_on = stated_from(checked, why, old, self.at)
            wrong += self.bounds(checked.values, stated_on, old)
        return wrong


def _is_fresh(proposal, person):
    """Whether a person has only just begun it: the same file sent twice is one (``actions.begin``)."""
    return (proposal.state, proposal.version, proposal.author_id) == (State.DRAFT, 1, person.pk)


def _accessible(editor, person, at):
    """The keys of what a person may write of; ``None`` for all. Raises ``SheetError`` for nothing."""
    permission = editor.kind.writer
    if person.partner_scope(permission) is None:
        return None
    if not editor.kind.reach:
        raise SheetError("Only who writes for all partners may send this.")
    found = editor.column(editor.kind.reach).field
    things = found.model.objects.accessible_to(person, permission, at)
    return set(things.values_list(found.by, flat=True))


def _sentence(error):
    return f"{' '.join(error.messages).removesuffix('.')}."


def canonical(of: forms.Field, text: str) -> str:
    """A cell as we write it ourselves; what can't be read stays as it is.

    A date may be written as in a form. Raises ``ValidationError`` with a sentence where it is none.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text or isinstance(of, ReferenceField):
        return text
    if isinstance(of, ListField):
        return ";".join(part.strip() for part in text.split(";") if part.strip())
    try:
        value = of.clean(text)
    except ValidationError:
        if not isinstance(of, DATES):
            return text
        value = DateInWordsField(exact=isinstance(of, forms.DateField)).clean(text)
    return value.text if hasattr(value, "in_words") else to_text(value)
