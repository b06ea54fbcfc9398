"""The change log: every public statement, newest first, read from the row store.

The page of changes, its feed, the pages of sources and the home page read it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, F, Func, Max, Min, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast

from bhcp_portal.kit.addresses import OldName, first_of, moves
from bhcp_portal.kit.dates import Present, day_in_words, in_month, london_day, on_or_in, span
from bhcp_portal.kit.kinds import Kind, field_at, kind_of, kinds
from bhcp_portal.kit.launch import is_before_launch, launched_at
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.public_rows import BETWEEN, PublicRow, identity_paths, label_of
from bhcp_portal.kit.reversing import address_of
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import LOADED_WITHIN, Certainty
from bhcp_portal.kit.things import Thing
from iccs.models import Icc
from partners.models import Partner

# So many hexadecimal digits are enough to tell statements of one thing and moment apart.
MARK_LENGTH = 8
# How what was taken back is listed: as published, and as taken back.
AS_PUBLISHED, AS_TAKEN_BACK = "published", "taken back"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row of the change log: a statement, or several of a kind that comes in bulk.

    Statements of such a kind share a row if they have the same thing, moment and source.
    ``thing_model``: the model of the thing that it speaks of, ``None`` if it speaks of none.
    ``identity`` tells the row from others of its kind, thing and moment. ``first_slug`` is the slug
    that the thing had first, and ``about`` its name. ``other`` is the name of another thing that it
    links to. ``starts`` and ``ends`` are written dates, and ``on_day`` is the day of reading.
    """

    kind: Kind
    thing_model: type[Thing] | None
    identity: str
    first_slug: str
    slug: str
    about: str
    code: str
    number: Decimal | None
    unit: str
    qualifier: str
    words: str
    day: str
    starts: str
    ends: str
    other: str
    published_at: datetime
    published_as: str
    listed_at: datetime
    # Empty for a statement written in the portal, and if the source was published after the day.
    source_slug: str
    source_title: str
    certainty: str
    # Of several statements in one row: each reason that is among them, and every place.
    reasons: tuple[str, ...]
    places: str
    # Of what was taken back: when that was, and why.
    taken_back_at: datetime | None
    taken_back_because: str
    on_day: date
    # What it took the place of, if that is known: see ``with_before``.
    before: "ChangeRow | None" = None

    @property
    def is_taking_back(self):
        """Whether the row tells that something was taken back, and not that it was said."""
        return self.listed_at == self.taken_back_at

    @property
    def key(self):
        """An identifier that no other row has: the same on every page and after an export.

        It stays when the address of a thing changes.
        """
        model, identity = self.kind.model._meta.model_name, self.identity
        when = self.published_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        if self.taken_back_at:
            listed = AS_TAKEN_BACK if self.is_taking_back else AS_PUBLISHED
            identity += f"|{self.taken_back_at.astimezone(UTC):%Y%m%dT%H%M%SZ}|{listed}"
        mark = sha256(identity.encode()).hexdigest()[:MARK_LENGTH]
        return "-".join(part for part in (model, self.first_slug, when, mark) if part)

    @property
    def name(self):
        """What lists call it: a report in words, without a status, is called that."""
        return (
            self.kind.without_code if self.kind.without_code and not self.code else self.kind.name
        )

    @property
    def matter(self):
        """What two rows share of which one took the place of the other; ``None`` if it is unknown."""
        if self.is_taking_back or self.kind.comes_in_bulk:
            return None
        if self.kind.is_state:
            return self.kind, self.slug
        _, _, named = self.identity.partition("|")
        is_named = self.kind.model.identity_fields and named.strip("|")
        return (self.kind, named) if is_named else None

    @property
    def has_page(self):
        """Whether a page shows it: a thing has a page once a profile has named it."""
        return bool(self.about) or not self.slug

    def get_absolute_url(self):
        if not self.has_page:
            return f"{address_of('changes')}#{self.key}"
        if self.slug and self.thing_model and self.thing_model.PAGE:
            return self.thing_model.page_of(self.slug)
        return address_of(self.kind.page)

    @property
    def when(self):
        """The date of publication in words, as exactly as it is known."""
        if self.published_as:
            return span(self.published_as).in_words()
        return day_in_words(london_day(self.published_at))

    @property
    def published_in(self):
        """The month or year of publication in words: ``in October 2022``, ``between … and …``."""
        return in_month(self.published_as or london_day(self.published_at).isoformat())

    @property
    def listed_when(self):
        """The day under which lists name it, in words: as exactly as ``when`` where it is that day."""
        day = london_day(self.listed_at)
        is_then = not self.is_taking_back and day == london_day(self.published_at)
        return self.when if is_then else day_in_words(day)

    @property
    def recorded_on(self):
        """The day it came on the record here, in words; empty if that is the day it was said."""
        if self.is_taking_back:
            return ""
        day = london_day(self.listed_at)
        return day_in_words(day) if day > london_day(self.published_at) else ""

    @property
    def ending(self):
        """``ended``, before its last day is over ``ends``; empty if it goes on."""
        if not self.ends:
            return ""
        return "ended" if span(self.ends).last <= self.on_day else "ends"

    @property
    def ends_in(self):
        """The day on which it no longer holds: ``on 1 June 2026``; empty if it goes on."""
        return on_or_in(self.ends) if self.ends else ""

    @property
    def text(self):
        """What the statement says, on one line."""
        number = ""
        if self.number is not None:
            number = quantity(self.number, self.unit, self.qualifier)
        parts = (self._code_words, self.other, number, self.words)
        text = (" " if self.kind.reads_on else ": ").join(filter(None, parts))
        if self.day:
            text = ", ".join(filter(None, (text.removesuffix("."), span(self.day).in_words())))
        if not (self.starts or self.ends):
            return text
        return ". ".join(filter(None, (text.removesuffix("."), self._days)))

    @property
    def _code_words(self):
        is_to_come = bool(self.day) and span(self.day).last > self.on_day
        words = self.kind.announced.get(self.code) if is_to_come else None
        return words or self.kind.code_words(self.code)

    @property
    def _days(self):
        """From when and until when it holds: ``From 1 April 2017, ended on 30 June 2019``."""
        begins = f"from {span(self.starts).in_words()}" if self.starts else ""
        ends = f"{self.ending} {on_or_in(self.ends)}" if self.ends else ""
        words = ", ".join(filter(None, (begins, ends)))
        return words[:1].upper() + words[1:]


# Rows of one change come on the record one by one, within so long.
TOGETHER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """What came on the record at once of one thing, such as all that a merge ends in a community.

    ``rows``: at least one, in the order of the list.
    """

    rows: list[ChangeRow]

    @property
    def first(self):
        return self.rows[0]

    @property
    def is_several(self):
        return len(self.rows) > 1

    @property
    def key(self):
        """An identifier that no other change has: that of its least row, which no order moves."""
        return min(row.key for row in self.rows)

    @property
    def reasons(self):
        """Each different reason among the rows."""
        return tuple(dict.fromkeys(reason for row in self.rows for reason in row.reasons))

    @property
    def summary(self):
        """What came of each kind, the most first: ``Places: 9 ended; GP practices: 2; Goal``."""
        counts = Counter((row.kind, row.ending) for row in self.rows)
        parts = []
        for (kind, ending), number in counts.items():
            name = kind.one if number == 1 else f"{kind.many}: {number}"
            parts.append((-number, f"{name} {ending}".rstrip()))
        return "; ".join(part for _, part in sorted(parts))


def together(rows) -> list[ChangeGroup]:
    """Rows of the change log, those of one change of one thing as one; the order is kept.

    What the launch brought, and what was said before it, is documents, which stand row by row.
    """
    launch, found, open_ones = launched_at(), [], {}
    for row in rows:
        key = (
            row.thing_model,
            row.slug,
            row.is_taking_back,
            row.when,
            row.source_slug,
            row.taken_back_because,
        )
        change = open_ones.get(key)
        came_here = launch is not None and row.listed_at > launch + LOADED_WITHIN
        is_alone = not (came_here and row.slug) or row.kind.comes_in_bulk
        if is_alone or change is None or change.first.listed_at - row.listed_at > TOGETHER:
            change = ChangeGroup([])
            found.append(change)
            if not is_alone:
                open_ones[key] = change
        change.rows.append(row)
    return found


COLUMNS = (
    "listed_on",
    "change",
    "kind",
    "thing",
    "name",
    "says",
    "places",
    "said",
    "source",
    "certainty",
    "why",
    "taken_back_on",
    "url",
    "before",
)


def lines(rows) -> Iterator[tuple]:
    """Rows of the change log as lines of a file, the heads of its columns first."""
    yield COLUMNS
    for row in rows:
        back = row.taken_back_at
        yield (
            london_day(row.listed_at).isoformat(),
            AS_TAKEN_BACK if row.is_taking_back else AS_PUBLISHED,
            row.name,
            row.slug,
            row.about,
            row.text,
            row.places,
            row.published_as or london_day(row.published_at).isoformat(),
            row.source_slug,
            row.certainty,
            "; ".join([*row.reasons, *([row.taken_back_because] if back else [])]),
            london_day(back).isoformat() if back else "",
            settings.SITE_URL + row.get_absolute_url(),
            row.before.text if row.before else "",
        )


def whole(rows, limit) -> list[ChangeGroup]:
    """As ``together``, without a last change of which the ``limit`` may have cut rows off."""
    found = together(rows)
    return found[:-1] if len(rows) == limit and len(found) > 1 else found


class Corrections(Enum):
    """What lists do with the mending of a slip that we made in copying a document."""

    LISTED = "listed where it came on the record"
    IN_PLACE = "in the place of what it mends, and nothing of its own"
    ALONE = "listed, and nothing else"


@dataclass(frozen=True, slots=True)
class ChangesAsked:
    """Which changes are asked for: those listed after ``since`` and until ``until``, at ``at``.

    ``only``: those of some kinds; empty for all.
    """

    at: datetime
    since: datetime | None = None
    until: datetime | None = None
    corrections: Corrections = Corrections.LISTED
    only: tuple[Kind, ...] = ()


def changes(asked: ChangesAsked) -> QuerySet:
    """What is asked for, newest first, with what was taken back by then, for ``change_rows``.

    What was taken back stays listed where it came on the record, and its taking back is a row of its
    own, listed at that moment (BEHAVIOUR R).
    """
    return _listed(asked).order_by(*NEWEST_FIRST)


def statements(at, *, since=None, until=None, source=None, only=()) -> QuerySet:
    """What counted at moment ``at``, newest first, for ``change_rows``.

    ``since``, ``until``: only what is listed after the one moment and not after the other.
    ``source``: only what rests on this source. ``only``: only statements of these models. Statements
    that never counted are left out, and so is what was taken back.
    """
    kinds_asked = tuple(kind_of(model) for model in only)
    rows = _listed(ChangesAsked(at, since, until, only=kinds_asked)).not_taken_back_by(at)
    if source is not None:
        rows = rows.filter(source=source)
    return rows.order_by(*NEWEST_FIRST)


# What is listed at one moment is ordered by what it says, and never by keys of the database, which an
# export does not keep.
AMONG_EQUALS = (
    "words",
    "identity",
    "-published_at",
    "number",
    "is_taking_back",
    "published_as",
    "first",
    "statement",
)
NEWEST_FIRST = ("-shown_at", "slug", "kind", *AMONG_EQUALS)
BY_KIND = ("kind", "slug", "-shown_at", *AMONG_EQUALS)


def _listed(asked):
    """The rows that are asked for, with ``shown_at``, the moment at which lists name them."""
    at, rows = asked.at, PublicRow.objects.on_record(asked.at)
    moment = "listed_at"
    if launched_at() is None or is_before_launch(at):
        moment = "published_at"
    elif asked.corrections is Corrections.IN_PLACE:
        moment = "first_listed_at"
    if asked.corrections is Corrections.ALONE:
        rows = rows.not_taken_back_by(at).mends()
    rows = rows.annotate(shown_at=F(moment))
    if asked.since is not None:
        rows = rows.filter(shown_at__gt=asked.since)
    if asked.until is not None:
        rows = rows.filter(shown_at__lte=asked.until)
    if asked.only:
        rows = rows.filter(kind__in=map(label_of, asked.only))
    once_corrected = [label_of(kind) for kind in kinds() if kind.is_listed_once_corrected]
    return rows.exclude(kind__in=once_corrected, reasons=[], is_taking_back=False)


def things_changed(asked: ChangesAsked) -> list[tuple[Kind, str, int, datetime]]:
    """What changed, as (kind, slug of the thing, how many rows, the newest); one query.

    The slug is empty for what is of no thing. Of a kind that comes in bulk, what is alike is one row.
    """
    of_label = _by_label()
    rows = _listed(asked).order_by().values_list("kind", "slug")
    row = Func(*ALIKE, function="ROW", output_field=TextField())
    counted = rows.annotate(number=Count(row, distinct=True), newest=Max("shown_at"))
    return [(of_label[label], slug, count, newest) for label, slug, count, newest in counted]


def rows_of(asked: ChangesAsked, slugs, names) -> list[ChangeRow]:
    """The rows of some things with what each took the place of, newest first.

    ``slugs``: those of the things by kind, with an empty one for what is of no thing. What comes in
    bulk is left out, but for what was taken back of it. ``names``: those of ``place_names``.
    """
    if not slugs:
        return []
    # What came before is asked for too, since it may be what one of them took the place of.
    rows = _of_things(replace(asked, since=None), slugs).order_by(*NEWEST_FIRST)
    # What that was and has been taken back is told of what comes in bulk, too.
    bulk = [label_of(kind) for kind in slugs if kind.comes_in_bulk]
    found = rows.exclude(kind__in=bulk) | rows.taken_back_by(asked.at)
    shown = with_before(change_rows(found, asked.at, names))
    return [row for row in shown if asked.since is None or row.listed_at > asked.since]


def _of_things(asked, slugs):
    """The rows that are asked for of some things: their slugs by kind, an empty one for none."""
    of_things, of_none = Q(), [label_of(kind) for kind in slugs if "" in slugs[kind]]
    by_model = defaultdict(list)
    for kind in slugs:
        by_model[kind.thing_model].append(kind)
    for some in by_model.values():
        named = set().union(*(slugs[kind] for kind in some)) - {""}
        of_things |= Q(kind__in=map(label_of, some), slug__in=named)
    return _listed(asked).filter(of_things | Q(kind__in=of_none, slug=""))


def _by_label():
    return {label_of(kind): kind for kind in kinds()}


def with_before(rows) -> list[ChangeRow]:
    """The rows, each with the one among them whose place it took (``before``)."""
    matters = defaultdict(list)
    for row in rows:
        if row.matter and not row.taken_back_at:
            matters[row.matter].append(row)
    before = {}
    for same in matters.values():
        same.sort(key=lambda row: (row.published_at, row.listed_at))
        before |= {id(row): earlier for earlier, row in pairwise(same)}
    return [replace(row, before=before.get(id(row))) for row in rows]


def with_replaced(rows, asked: ChangesAsked) -> list[ChangeRow]:
    """As ``with_before``, with what stood before any of the rows too; two queries."""
    if asked.since is None or asked.corrections is Corrections.ALONE:
        return with_before(rows)
    single = {kind.model for kind in asked.only or kinds() if not kind.comes_in_bulk}
    earlier = change_rows(statements(asked.at, until=asked.since, only=single), asked.at)
    return with_before([*rows, *earlier])[: len(rows)]


@dataclass(frozen=True, slots=True)
class Bulk:
    """All that came in bulk of one thing: how many and of when in ``words``, and what they rest on.

    ``about``: the name of the thing. ``sources``: pairs of slug and title.
    """

    about: str
    words: str
    places: str
    reasons: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    is_our_reading: bool


class BulkRow(NamedTuple):
    """Rows of the store of one thing that share source, places and reasons."""

    kind: str
    slug: str
    thing: int
    other: int | None
    statement: None
    source_id: int | None
    places: list[str]
    reasons: list[str]
    certainty: str
    number_of: int
    first: date
    last: date


def bulk_of(asked: ChangesAsked, kind, slugs, names) -> dict[str, Bulk]:
    """What came in bulk of some things of a kind and counts, by slug.

    ``names``: those of ``place_names``.
    """
    # One row for each source and list of places, and not one for each publication.
    rows = [
        BulkRow(*values)
        for values in _of_things(asked, {kind: slugs})
        .not_taken_back_by(asked.at)
        .order_by("slug")
        .values_list(*BulkRow._fields[:-3])
        .annotate(Sum("number_of"), Min("first"), Max("last"))
    ]
    called = _Names(rows, asked.at)
    found = {}
    for slug, same in groupby(rows, attrgetter("slug")):
        same = list(same)
        sources = {called.source(row) for row in same} - {NO_SOURCE}
        found[slug] = Bulk(
            called.thing(same[0]),
            _number_and_months(kind, same),
            _places(same, names),
            _each(row.reasons for row in same),
            tuple(sorted(sources)),
            any(row.certainty == Certainty.INFERRED for row in same),
        )
    return found


def _number_and_months(kind, rows):
    """How many statements some rows are and of which months: ``3 measured figures: April to …``."""
    number = sum(row.number_of for row in rows)
    first, last = min(row.first for row in rows), max(row.last for row in rows)
    months = dict.fromkeys(f"{day:%B %Y}" for day in (first, last))
    return f"{number:,} {(kind.one if number == 1 else kind.many).lower()}: {' to '.join(months)}"


def _places(rows, names):
    codes = sorted({code for row in rows for code in row.places})
    return ", ".join(names.get(code, code) for code in codes)


def _each(lists):
    """Every different text of some lists, sorted."""
    return tuple(sorted({text for texts in lists for text in texts}))


def change_rows(rows, at, names=None) -> list[ChangeRow]:
    """Rows of the store as ``ChangeRow`` objects, in the same order; those of bulk that are alike as one.

    At most three queries more: for names, titles and addresses that were changed, and for places,
    where a row has some and ``names`` of them are not given.
    """
    rows, of_label, day = list(rows), _by_label(), london_day(at)
    is_present = isinstance(at, Present)
    called = _Names(rows, at)
    if names is None:
        names = place_names(at) if any(row.places for row in rows) else {}
    found = []
    for _, alike in groupby(rows, attrgetter(*ALIKE)):
        alike = list(alike)
        row, kind = alike[0], of_label[alike[0].kind]
        model, slug, about = called.subject(row)
        source_slug, source_title = called.source(row)
        is_taken_back = row.taken_back_at and (is_present or row.taken_back_at <= at)
        found.append(
            ChangeRow(
                kind,
                model,
                _lasting(kind, row.identity, called.first),
                called.first.get((model, slug), slug),
                slug,
                about,
                row.code,
                row.number,
                row.unit,
                row.qualifier,
                _number_and_months(kind, alike) if kind.comes_in_bulk else called.words(row),
                row.day,
                row.starts,
                row.ends,
                called.other(row),
                row.published_at,
                row.published_as,
                row.shown_at,
                source_slug,
                source_title,
                max(each.certainty for each in alike),
                _each(each.reasons for each in alike),
                _places(alike, names),
                row.taken_back_at if is_taken_back else None,
                row.taken_back_because if is_taken_back else "",
                day,
            )
        )
    return found


# What rows share that are shown as one: of a kind that comes in bulk, and of no other.
ALIKE = (
    "kind",
    "statement",
    "thing",
    "identity",
    "published_at",
    "published_as",
    "shown_at",
    "taken_back_at",
    "taken_back_because",
)
NO_SOURCE = ("", "")


class _Names:
    """What things and sources of some rows are called at a moment, empty where nothing named them.

    ``first``: of things that have moved, the slug that each had first. One query, and one more for
    each kind of changed name among the rows.
    """

    def __init__(self, rows, at):
        self._kinds, wanted, old = _by_label(), defaultdict(set), defaultdict(list)
        for row in rows:
            kind = self._kinds[row.kind]
            wanted[kind.thing_model].add(row.thing)
            wanted[_other_model(kind)].add(row.other)
            wanted[Source].add(row.source_id)
            if issubclass(kind.model, OldName):
                old[kind.model].append(row.statement)
        self._called, self.first = _called(wanted, at)
        self._old = {
            (label_of(kind_of(model)), each.pk): each
            for model, keys in old.items()
            for each in model.objects.filter(pk__in=keys).with_words(at)
        }

    def subject(self, row):
        """The model of the thing of a row, its slug and its name."""
        if old := self._old.get((row.kind, row.statement)):
            return old.models().get(old.table), old.thing_slug, old.thing_name
        return self._kinds[row.kind].thing_model, row.slug, self.thing(row)

    def thing(self, row):
        return self._name(self._kinds[row.kind].thing_model, row.thing)

    def other(self, row):
        return self._name(_other_model(self._kinds[row.kind]), row.other)

    def words(self, row):
        old = self._old.get((row.kind, row.statement))
        return old.in_words if old else row.words

    def source(self, row) -> tuple[str, str]:
        """The slug and the title of the source of a row; both empty if it was not out by the moment."""
        return self._called.get((Source, row.source_id), NO_SOURCE)

    def _name(self, model, key):
        _, name = self._called.get((model, key), NO_SOURCE)
        return name


def _other_model(kind):
    return field_at(kind.model, kind.other).related_model if kind.other else None


def _called(wanted, at):
    """What some things were called at a moment, and which had another slug first; one query.

    The one as slug and name by model and key, of those that had a name; the other as ``first_of``.
    """
    if not wanted:
        return {}, {}
    models = [model for model in wanted if model and wanted[model] - {None}]
    named = [
        model.objects.filter(pk__in=wanted[model] - {None})
        .order_by()
        .values_list(Value(number), "pk", "slug", Cast(model.name_at("pk", at), TextField()))
        for number, model in enumerate(models)
    ]
    rows = list(moves().union(*named, all=True) if named else moves())
    return (
        {(models[n], key): (slug, name) for n, key, slug, name in rows if n >= 0 and name},
        first_of(row for row in rows if row[0] < 0),
    )


def _lasting(kind, identity, first):
    """What tells a statement from others, with the first slug of each thing in place of today's."""
    models = [model for _, model in identity_paths(kind)]
    parts = zip(models, identity.split(BETWEEN), strict=True)
    return "|".join(first.get((model, part), part) for model, part in parts)


def place_names(at):
    """The names at a moment of the places that readings are of, by code; one query."""
    iccs, partners = (
        model.objects.known_at(at)
        .order_by()
        .annotate(name_then=model.name_at("pk", at))
        .values_list("code", "name_then")
        for model in (Icc, Partner)
    )
    return {"": "the whole area", **dict(iccs.union(partners, all=True))}


def resting_on(sources, at) -> dict[int, Counter[Kind]]:
    """How many statements of each kind rest on each of some sources at moment ``at``; one query.

    ``sources``: their keys, which are those of the answer too.
    """
    of_label, found = _by_label(), {source: Counter() for source in sources}
    resting = PublicRow.objects.published_by(at).filter(source__in=found).order_by("source", "kind")
    for source, label, count in resting.values_list("source", "kind").annotate(Sum("number_of")):
        if not of_label[label].is_listed_once_corrected:
            found[source][of_label[label]] += count
    return found


def years_of_statements(at) -> tuple[int, int] | None:
    """The first and the last year in which something was published by moment ``at``; one query.

    Kinds that come in bulk don't count. ``None`` if there was nothing.
    """
    counted = [
        label_of(kind)
        for kind in kinds()
        if not kind.comes_in_bulk and not kind.is_listed_once_corrected
    ]
    rows = PublicRow.objects.published_by(at).filter(kind__in=counted)
    first, last = rows.aggregate(first=Min("published_at"), last=Max("published_at")).values()
    return (london_day(first).year, london_day(last).year) if first else None
