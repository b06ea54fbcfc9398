"""Editors: what a person is asked about a kind of statement, beside what its table declares.

A kind's table says what may stand in each cell. Its editor gives the questions. An app lists its
editors as ``EDITORS`` in its ``editing``. Those in ``CARRIED`` are of kinds with pages of their own:
nothing of them is written on the general pages, but a proposal that those pages, a beginning or an
ending make may carry their rows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from urllib.parse import urlencode

from django.core.checks import Error, register
from django.db import models
from django.urls import reverse

from bhcp_portal.kit.dates import london_day, on_or_in, span
from bhcp_portal.kit.kinds import Kind, declared, kind_of, kinds
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import ENDS_TOO_SOON, Column, ReferenceField, Table
from bhcp_portal.kit.things import Thing


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked for one column of a table.

    ``needed``: what to do, where an answer is needed and there is none. A label that is no question
    needs no words of its own.
    """

    column: str
    label: str
    hint: str = ""
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """What else a proposal with a row of a kind has to speak of, so that nothing is left behind.

    ``left_out(proposal, now)`` gives what it doesn't speak of, a line each, or raises
    ``IncompleteError`` where saying it would not help; ``page`` is the URL name of the page on which
    that is said, which takes the proposal's key. ``look_again(rows, names)`` gives what
    the approval leaves as it was and may no longer fit, as pairs of words and an address.
    ``ends``: its rows end something, so that others of their proposal rest on their day.
    """

    left_out: Callable[[models.Model, datetime], list[str]]
    page: str
    look_again: Callable[[list, object], list[tuple[str, str]]] | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class OwnEnd:
    """That a thing that goes on is ended on a page of its own, and by no row alone.

    ``columns``: those that say that it ended, empty till then; with ``value`` the one text that says
    so. ``thing``: the column of the thing, ``goes_on(thing, at)`` whether it still does, and ``page``
    the URL name of the page that ends it, which takes its slug. ``words``: what to do instead.
    """

    columns: tuple[str, ...]
    thing: str
    goes_on: Callable[[Thing, datetime], bool]
    page: str
    words: str
    value: str = ""

    def naming_end(self, cells: Mapping[str, str]) -> list[str]:
        """The columns of cells that say that it ended."""
        given = [(name, cells.get(name, "")) for name in self.columns]
        return [name for name, text in given if text and self.value in ("", text)]


FINANCIAL_YEAR = re.compile(r"[0-9]{4}/[0-9]{2}")
# What is wrong with the values of a row, said on a day in the place of another or of none, beside what
# stands: columns and sentences.
Bounds = Callable[[Mapping[str, object], date, Statement | None], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class EndDay:
    """The day from which a thing is no more, as it is written. ``name``: what it is called."""

    day: date
    written: str
    name: str

    def words(self, today: date) -> str:
        """That it ends, or ended: a sentence."""
        return f"{self.name} {'ends' if self.day > today else 'ended'} {on_or_in(self.written)}."


# Gives the things of a model that end, by primary key, with the day of each.
EndDays = Callable[[datetime], Mapping[int, EndDay]]


def within_ends(
    *ends: tuple[str, EndDays], columns: Mapping[str, str]
) -> Callable[[datetime], Bounds]:
    """Bounds of what hangs on things that end: none of its days lies after the end of one.

    ``ends``: pairs of a field that names a thing, and how the ends of such things are read.
    ``columns``: those with the days, each with its field. A day in a month or year is its first.
    """

    def bounds(now):
        known = [(name, ends_at(now)) for name, ends_at in ends]

        def errors(values, stated_on, old):
            found = {}
            for name, days in known:
                thing = values.get(name)
                end = days.get(thing.pk) if thing else None
                for column, attribute in columns.items() if end else ():
                    text = values.get(attribute)
                    if text and first_of(text) > end.day:
                        sentence = "Write an earlier day, or correct that end first"
                        found.setdefault(column, f"{end.words(london_day(now))} {sentence}")
            return list(found.items())

        return errors

    return bounds


def first_of(text: str) -> date:
    """The first day of a written date, or of a financial year such as ``2017/18``."""
    if FINANCIAL_YEAR.fullmatch(text):
        return date(int(text[:4]), 4, 1)
    return span(text).first


ANOTHER_NAME = "Write another name, or correct that one"


@dataclass(frozen=True, slots=True)
class Editor:
    """How staff write a kind of statement.

    ``within(now)``: as ``bounds``, by the ends of what it hangs on (``within_ends``). What moves with the
    end of something else is not asked, since nobody wrote its days.

    ``questions``: in the order of asking. ``fixed``: columns that a correction can't change, since
    they say what it is about. ``made``: columns that nobody is asked, each with a function that
    makes the cell from the others; a key is made once, what else is made follows them. ``begins``: the column of the thing that a first statement may
    bring into being, named by the cell ``named_by``. ``make(cells, thing)`` makes it where it belongs
    to the thing that a beginning began with. ``may_stay_empty``: columns of which a thing that has
    begun may well have nothing to say. ``comes_later``: nothing of this kind is said of what has
    just begun. ``past``: columns with dates that can’t be still to come; ``to_come``:
    those with dates of which it is asked, in a new row, whether it is right that they are past. ``starts``: the column with
    the first day on which it holds, ``ends``: the one with the first on which it no longer does;
    ``ends_on_own_page``: the same, where a page of its own ends it. ``ending_words``: further columns
    that tell of that end alone. ``own_end``: what only that page
    says, while the thing goes on. ``complete(values, old, author,
    approver, now, day)`` fills in what only an approval knows, and checks the kind's own rules;
    ``day`` is the one from which it is to count. ``reach``: gives the thing whose partner acts, from
    the cells of a row, where the kind has no field that leads to it. ``along(rows, at)`` gives the
    rows of a proposal that is written with those that follow from rows of this kind. ``bounds(now)``
    reads once, for one row or many, what bounds them beside what stands; forms, files and each
    carrying out ask it. ``whole``: what else has to be in a proposal of it. ``days``: columns with a
    day that is one for all rows where something ends. ``last_day``: the column with the day on which the
    thing itself ends or becomes another. ``locks``: the column of the thing that waits
    for nothing else to be decided of it meanwhile, where others rest on what its rows say.
    ``stays(old, cells)``: a sentence on the row that another replaces, where it stays beside that
    one, as a stay that was over does when a partner joins again; else empty.
    """

    table: Table
    questions: tuple[Question, ...]
    fixed: tuple[str, ...] = ()
    made: dict[str, Callable[[dict[str, str]], str]] = field(default_factory=dict)
    begins: str = ""
    named_by: str = "name"
    make: Callable[[dict[str, str], Thing], Thing] | None = None
    may_stay_empty: tuple[str, ...] = ()
    comes_later: bool = False
    past: tuple[str, ...] = ()
    to_come: tuple[str, ...] = ()
    starts: str = ""
    ends: str = ""
    ends_on_own_page: str = ""
    ending_words: tuple[str, ...] = ()
    own_end: OwnEnd | None = None
    complete: Callable[..., None] | None = None
    reach: Callable[[Mapping[str, str]], Thing | None] | None = None
    along: Callable[[list, datetime], list] | None = None
    bounds: Callable[[datetime], Bounds] | None = None
    within: Callable[[datetime], Bounds] | None = None
    whole: Whole | None = None
    days: tuple[str, ...] = ()
    last_day: str = ""
    locks: str = ""
    stays: Callable[[Statement, Mapping[str, str]], str] | None = None

    @property
    def kind(self) -> Kind:
        return kind_of(self.table.model)

    @property
    def slug(self) -> str:
        return self.kind.slug

    def column(self, name: str) -> Column:
        """The column of its table with a name."""
        return next(column for column in self.table.all_columns if column.name == name)

    def wrong_dates(self, cells: Mapping[str, str], day: date) -> list[tuple[str, str]]:
        """The columns of checked cells whose dates can’t be, each with what to do.

        What is past is not later than ``day``, and nothing ends before it starts.
        """
        sentence = "This day is still to come. Write the day on which it was"
        wrong = [
            (name, sentence)
            for name in self.past
            if (text := cells.get(name)) and span(text).first > day
        ]
        starts, ends = cells.get(self.starts), cells.get(self.ends or self.ends_on_own_page)
        if starts and ends and span(ends).last < span(starts).first:
            wrong.append((self.ends or self.ends_on_own_page, ENDS_TOO_SOON))
        return wrong

    def bounds_at(self, now: datetime, *, moves: bool = False) -> Bounds:
        """What is wrong with values beside what stands, by all its bounds, read once for many rows.

        ``moves``: they move with the end of something else.
        """
        asked = [self.bounds, None if moves else self.within]
        read = [bounds(now) for bounds in asked if bounds]

        def errors(values, stated_on, old):
            return [error for each in read for error in each(values, stated_on, old)]

        return errors

    def goes_on(self, cells: Mapping[str, str], at: datetime) -> Thing | None:
        """What cells are about, if it goes on and a page of its own ends it (``own_end``)."""
        if not self.own_end:
            return None
        field = self.column(self.own_end.thing).field
        thing = field.model.objects.filter(**{field.by: cells.get(self.own_end.thing, "")}).first()
        return thing if thing and self.own_end.goes_on(thing, at) else None

    @property
    def of_end(self) -> set[str]:
        """The columns that say that it ends and what comes of it, and nothing else."""
        named = {self.ends, self.ends_on_own_page, *self.ending_words}
        if self.own_end and not self.own_end.value:
            named |= {*self.own_end.columns}
        return named - {""}

    @property
    def names(self) -> str:
        """The column of the thing to which a row gives its ``name``; empty if it gives none."""
        columns = {column.name for column in self.table.columns}
        for column, model in self.references:
            gives = column == self.begins or model.name_model() is self.table.model
            if gives and self.named_by == "name" and "name" in columns:
                return column
        return ""

    @property
    def references(self) -> list[tuple[str, type[Thing]]]:
        """The columns that name a thing, each with its model; without its source."""
        return [
            (column.name, column.field.model)
            for column in self.table.columns
            if isinstance(column.field, ReferenceField)
        ]


# What is asked of each mailbox, beside whose it is.
MAILBOX_QUESTIONS = (
    Question("used_for", "What is it for?", "Such as Enquiries", needed="Say what it is for"),
    Question(
        "address",
        "Email address",
        "One that is read whoever is away, such as enquiries@example.org. Never a person’s own: "
        "readers see it, and so do past days for ever",
    ),
    Question("starts", "First day on which it is read"),
    Question("ends", "First day on which nobody reads it any more"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A statement of a new thing. ``column`` names the thing; ``given``: cells nobody is asked.

    Where none of its questions is answered, the statement is left out, if ``may_be_left_out``; else
    all are. ``name`` tells it from another part of the same kind. ``reach``: its column with the
    partner who acts for what begins; who writes for some partners alone chooses one of them.
    """

    kind: str
    column: str
    questions: tuple[Question, ...]
    given: dict[str, str] = field(default_factory=dict)
    may_be_left_out: bool = False
    name: str = ""
    reach: str = ""

    @property
    def editor(self) -> Editor:
        return editor_carrying(self.kind)

    def fits(self, kind: str, cells: Mapping[str, str]) -> bool:
        """Whether a row is this part’s: of its kind, with the cells that nobody is asked."""
        return kind == self.kind and self.given.items() <= cells.items()


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a new thing begins: a few questions on one page, whose statements are decided together.

    ``make(cells)`` makes the thing from the cells of the first part; ``code`` is asked too, where
    the thing has one. Who may write and approve the first part may do so with all of it.
    ``pages_of(thing)`` gives what is kept on pages of its own and still empty: words, an address, the
    kind and who writes it. ``instead``: what to do where a thing is called so already.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    make: Callable[[dict[str, str]], Thing]
    code: Question | None = None
    pages_of: Callable[[Thing], list[tuple[str, str, Kind, str]]] | None = None
    instead: str = ANOTHER_NAME

    @property
    def reaching(self) -> Part | None:
        """The part that names the partner who acts; ``None`` where all partners do."""
        return next((part for part in self.parts if part.reach), None)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page of its own for what a thing needs beyond its rows, such as its end or its status.

    ``page(thing)`` gives its address, on which ``permission`` is needed, or ``for_all`` partners.
    ``is_offered``: whether a thing has it at a moment; left out: always.
    """

    model: type[Thing]
    words: str
    page: Callable[[Thing], str]
    permission: str
    for_all: bool = False
    is_offered: Callable[[Thing, datetime], bool] | None = None


def own_pages(thing: Thing) -> list[OwnPage]:
    """The pages of their own that the installed apps have for a thing (``OWN_PAGES``)."""
    return [each for each in declared("editing", "OWN_PAGES") if isinstance(thing, each.model)]


@dataclass(frozen=True, slots=True)
class EndsOf:
    """What is said of the end of a thing of a model.

    ``lines(thing, at)`` gives a sentence each, that it has ended or is to end, with the address of the
    row or proposal that says so.
    """

    model: type[Thing]
    lines: Callable[[Thing, datetime], list[tuple[str, str]]]


def ends_of(thing: Thing, at) -> list[tuple[str, str]]:
    """Sentences on the end of a thing, past or to come (``EndsOf.lines``)."""
    found = [each for each in declared("editing", "ENDS") if isinstance(thing, each.model)]
    return [line for each in found for line in each.lines(thing, at)]


@dataclass(frozen=True, slots=True)
class WrittenAt:
    """Where a row of a kind with pages of its own is written: ``page(row)`` gives the address."""

    model: type[Statement]
    page: Callable[[Statement], str]


def written_at(row: Statement) -> str:
    """The page on which what a row says can be said again, if an app says so (``WRITTEN_AT``); else empty.

    Of a kind with an editor that is its form, filled in as the row was.
    """
    kind = kind_of(type(row))
    if not kind.has_own_pages:
        return f"{reverse('staff:record_add', args=[kind.slug])}?{urlencode({'like': row.pk})}"
    pages = [each.page for each in declared("editing", "WRITTEN_AT") if each.model is type(row)]
    return pages[0](row) if pages else ""


@dataclass(frozen=True, slots=True)
class RowLine:
    """How rows of a kind say themselves on one line, where their fields alone don’t: a reading’s value.

    ``words(row, profile)``: ``profile`` is what stands of the row’s thing.
    """

    model: type[Statement]
    words: Callable[[Statement, Statement], str]


def line_of(model: type[Statement]) -> Callable[[Statement, Statement], str] | None:
    """How rows of a model say themselves on one line, if an app says so (``LINES``)."""
    return next((each.words for each in declared("editing", "LINES") if each.model is model), None)


@dataclass(frozen=True, slots=True)
class Journey:
    """A page of an app on which several kinds change together. ``address``: its name."""

    title: str
    address: str


def journeys() -> tuple[Journey, ...]:
    """Every journey of the installed apps."""
    return declared("editing", "JOURNEYS")


def beginnings() -> tuple[Beginning, ...]:
    """Every beginning of the installed apps."""
    return declared("editing", "BEGINNINGS")


def editors() -> tuple[Editor, ...]:
    """Every editor of the installed apps, in the order of their kinds."""
    found = {each.table.model: each for each in declared("editing", "EDITORS")}
    return tuple(found[kind.model] for kind in kinds() if kind.model in found)


def kinds_by_heading() -> dict[str, list[Kind]]:
    """The kinds that have an editor by what they are about (``Kind.heading``); apps come first."""
    found = [editor.kind for editor in editors()]
    by_heading: dict[str, list[Kind]] = {}
    for kind in sorted(found, key=lambda kind: bool(kind.listed_under)):
        by_heading.setdefault(kind.heading, []).append(kind)
    return by_heading


def editor_called(slug: str) -> Editor | None:
    """The editor of the kind with a name in addresses; ``None`` if it has none."""
    return _editors_by_slug("EDITORS").get(slug)


def editor_carrying(slug: str) -> Editor | None:
    """The editor of the rows of a kind in proposals, a kind with pages of its own too."""
    return _editors_by_slug("EDITORS", "CARRIED").get(slug)


@cache
def _editors_by_slug(*lists):
    return {each.slug: each for name in lists for each in declared("editing", name)}


@register()
def check_editors(app_configs, **kwargs):
    """A system check: every kind has pages of its own or an editor, which asks for each column."""
    by_model = {each.table.model: each for each in editors()}
    errors = []
    for kind in kinds():
        editor = by_model.get(kind.model)
        if kind.has_own_pages == (editor is not None):
            sentence = (
                "Give it either pages of its own (has_own_pages) or an editor in its app’s editing."
            )
            errors.append(_error(kind, sentence))
        editor = editor or editor_carrying(kind.slug)
        if editor is None:
            continue
        if not (kind.writer and kind.approver):
            errors.append(_error(kind, "Say who writes it and who approves it."))
        asked = [question.column for question in editor.questions]
        columns = [column.name for column in editor.table.columns]
        if sorted([*asked, *editor.made]) != sorted(columns):
            wrong = ", ".join(sorted({*asked, *editor.made} ^ set(columns))) or "one twice"
            errors.append(_error(kind, f"Ask for each column once; look at {wrong}."))
        errors += [
            _error(kind, f"Say what to do where “{question.label}” has no answer.")
            for question in _needs_words(editor)
        ]
    return errors


def _needs_words(editor):
    """The questions of an editor that need an answer and have no words to ask for it."""
    parts = [part for each in beginnings() for part in each.parts if part.kind == editor.slug]
    asked = [*editor.questions, *(question for part in parts for question in part.questions)]
    left_out = {question for part in parts if part.may_be_left_out for question in part.questions}
    return [
        question
        for question in asked
        if question.label.endswith("?") and not question.needed
        if editor.column(question.column).field.required or question in left_out
    ]


def _error(kind, sentence):
    label = kind.model._meta.label
    return Error(f"{label}: {sentence}", obj=kind.model, id="kit.E002")
