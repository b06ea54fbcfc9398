"""The change log: every public statement, newest first, in one query over all kinds.

The page of changes, its feed, the pages of sources and the home page read it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from itertools import pairwise

from django.conf import settings
from django.contrib.postgres.aggregates import BoolOr, StringAgg
from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    Func,
    Max,
    Min,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.urls import reverse

from bhcp_portal.kit.addresses import OldName, first_slugs
from bhcp_portal.kit.dates import day_in_words, in_month, london_day, on_or_in, span
from bhcp_portal.kit.kinds import Kind, field_at, kinds
from bhcp_portal.kit.launch import launched_at
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import LOADED_WITHIN, Certainty
from bhcp_portal.kit.things import Thing
from iccs.models import Icc
from metrics.models import WHOLE_BAY
from partners.models import Partner

# So many hexadecimal digits are enough to tell statements of one thing and moment apart.
MARK_LENGTH = 8
# What stands between the texts of several statements in one row.
BETWEEN = "\x1f"
# What stands between the parts of one of them.
WITHIN = "\x1e"
# How what was taken back is listed: as published, and as taken back.
AS_PUBLISHED, AS_TAKEN_BACK = "published", "taken back"
EXACT = DecimalField(max_digits=18, decimal_places=4)


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
            return f"{reverse('changes')}#{self.key}"
        if self.slug and self.thing_model and self.thing_model.PAGE:
            return self.thing_model.page_of(self.slug)
        return reverse(self.kind.page)

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

    @property
    def parts(self):
        """The kinds to be asked, each with its number and how what was taken back is listed; one query.

        What was taken back stays listed where it came on the record, and its taking back is a row
        of its own, listed at that moment (BEHAVIOUR R).
        """
        every = kinds()
        wanted = [(n, kind) for n, kind in enumerate(every) if not self.only or kind in self.only]
        found = [(number, kind, None) for number, kind in wanted]
        if self.corrections is not Corrections.ALONE:
            back = _kinds_with(taken_back_at__isnull=False)
            found += [
                (number, kind, listed)
                for number, kind in wanted
                if number in back
                for listed in (AS_PUBLISHED, AS_TAKEN_BACK)
            ]
        return found


def changes(asked: ChangesAsked) -> QuerySet:
    """As ``statements``, with what was taken back by then; two queries."""
    return _newest_first(
        *(_rows(number, kind, asked, listed=listed) for number, kind, listed in asked.parts)
    )


def things_changed(asked: ChangesAsked, parts) -> list[tuple[Kind, str, int, datetime]]:
    """What changed, as (kind, slug of the thing, how many, the newest); one query.

    ``parts``: those of ``asked``. The slug is empty for what is of no thing.
    """
    every = kinds()
    first, *others = (
        _listed(kind, asked, listed=listed)
        .order_by()
        .values_list(Value(number), _slug(kind))
        .annotate(Count("pk"), Max("listed_at"))
        for number, kind, listed in parts
    )
    rows = first.union(*others, all=True)
    # A kind of no thing is counted though there is nothing of it.
    return [(every[number], slug, count, newest) for number, slug, count, newest in rows if count]


def rows_of(asked: ChangesAsked, parts, slugs, names) -> list[ChangeRow]:
    """The rows of some things with what each took the place of, newest first; two queries.

    ``slugs``: those of the things by kind, with an empty one for what is of no thing. What comes in
    bulk is left out, but for what was taken back of it. ``names``: those of ``place_names``.
    """
    wanted = [
        (number, kind, listed)
        for number, kind, listed in parts
        if kind in slugs and (listed or not kind.comes_in_bulk)
    ]
    if not wanted:
        return []
    whole = replace(asked, since=None)
    found = _newest_first(
        *(
            _rows(number, kind, asked if listed else whole, listed=listed, slugs=slugs[kind])
            for number, kind, listed in wanted
        )
    )
    rows = with_before(change_rows(found, asked.at, names))
    return [row for row in rows if asked.since is None or row.listed_at > asked.since]


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


def bulk_of(asked: ChangesAsked, kind, slugs, names) -> dict[str, Bulk]:
    """What came in bulk of some things of a kind, by slug; one query.

    ``names``: those of ``place_names``.
    """
    rows = (
        _listed(kind, asked, slugs=slugs)
        .order_by()
        .with_sources(asked.at)
        .select_related(None)
        .values_list(_slug(kind), _name(kind, kind.thing, asked.at))
        .annotate(
            row_count=Count("pk"),
            row_months=_months(Min("period"), Max("period")),
            row_places=_each(_place(kind)),
            row_reasons=_each(F("reason")),
            row_sources=_each(_source_of_row()),
            row_is_read=BoolOr(Q(certainty=Certainty.INFERRED)),
        )
    )
    return {
        slug: Bulk(
            about,
            f"{count:,} {(kind.one if count == 1 else kind.many).lower()}: {months}",
            ", ".join(names.get(code, code) for code in _parted(places)),
            _parted(reasons),
            tuple(tuple(each.split(WITHIN)) for each in _parted(sources)),
            is_our_reading,
        )
        for slug, about, count, months, places, reasons, sources, is_our_reading in rows
    }


def _kinds_with(**condition):
    """The numbers of the kinds of which some row meets a condition; one query."""
    first, *others = (
        kind.model.objects.filter(**condition).order_by().values_list(Value(number))[:1]
        for number, kind in enumerate(kinds())
    )
    return sorted(number for [number] in first.union(*others))


def statements(at, *, since=None, until=None, source=None, only=()) -> QuerySet:
    """The statements on the record at moment ``at``, newest first, as tuples for ``change_rows``.

    What is newest goes by ``listed_at``. ``since``, ``until``: only those listed after the
    one moment and not after the other.
    ``source``: only those from this source. ``only``: only those of these models. Statements that
    were never live are left out. One query, and one before it for a ``source``, as few kinds rest
    on it.
    """
    every, asked = kinds(), ChangesAsked(at, since, until)
    numbers = range(len(every)) if source is None else _kinds_with(source=source) or [0]
    return _newest_first(
        *(
            _rows(number, every[number], asked, source=source)
            for number in numbers
            if not only or every[number].model in only
        )
    )


def _newest_first(first, *others):
    return first.union(*others, all=True).order_by(*NEWEST_FIRST)


# The query holds a kind as a number; lists are ordered by its name, and never by keys of the database,
# which an export does not keep.
AMONG_EQUALS = ("row_words", "row_identity", "-published_at", "row_number")
NEWEST_FIRST = ("-listed_at", "row_about", "row_kind_name", *AMONG_EQUALS)
BY_KIND = ("row_kind_name", "row_about", "-listed_at", *AMONG_EQUALS)


def change_rows(rows, at, names=None) -> list[ChangeRow]:
    """The tuples of ``statements`` as ``ChangeRow`` objects, in the same order.

    One query more, for addresses that were changed. Places go by their ``names``; without these it
    asks for ``place_names`` if a row has a place.
    """
    every, rows, day = kinds(), list(rows), london_day(at)
    first = first_slugs()
    if names is None:
        names = place_names(at) if any(places for *_, places, _, _ in rows) else {}
    found = []
    for number, _, identity, table, slug, *cells, reasons, places, taken_back_at, because in rows:
        kind = every[number]
        model = kind.model.models().get(table) if table else kind.thing_model
        found.append(
            ChangeRow(
                kind,
                model,
                _lasting(kind, identity, first),
                first.get((model, slug), slug),
                slug,
                *cells,
                _parted(reasons),
                ", ".join(names.get(code, code) for code in _parted(places)),
                taken_back_at,
                because,
                day,
            )
        )
    return found


def _lasting(kind, identity, first):
    """What tells a statement from others, with the first slug of each thing in place of today's."""
    models = [model for _, model in _identity_paths(kind)]
    parts = zip(models, identity.split(BETWEEN), strict=True)
    return "|".join(first.get((model, part), part) for model, part in parts)


def _parted(text):
    return tuple(text.split(BETWEEN)) if text else ()


def place_names(at):
    """The names at a moment of the places that readings are of, by code; one query."""
    iccs, partners = (
        model.objects.known_at(at)
        .order_by()
        .annotate(name_then=model.name_at("pk", at))
        .values_list("code", "name_then")
        for model in (Icc, Partner)
    )
    return {WHOLE_BAY: "the whole area", **dict(iccs.union(partners, all=True))}


def _slug(kind):
    """The slug of the thing that a statement is of; empty if it is of none."""
    return _text(f"{kind.thing}__slug" if kind.thing else "")


def _listed(kind, asked, *, source=None, listed=None, slugs=None):
    """The statements of a kind that are asked for, with ``listed_at``."""
    of, at = kind.model.objects, asked.at
    rows = of.taken_back_by(at) if listed else of.versions(at)
    if asked.corrections is Corrections.ALONE:
        rows = rows.filter(pk__in=of.mending(at).values("pk"))
    if listed == AS_TAKEN_BACK:
        rows = rows.annotate(listed_at=F("taken_back_at"))
    elif asked.corrections is Corrections.IN_PLACE:
        rows = rows.with_first_listed_at(at)
    else:
        rows = rows.with_listed_at(at)
    if kind.is_listed_once_corrected and listed != AS_TAKEN_BACK:
        rows = rows.exclude(reason="")
    if asked.since is not None:
        rows = rows.filter(listed_at__gt=asked.since)
    if asked.until is not None:
        rows = rows.filter(listed_at__lte=asked.until)
    if source is not None:
        rows = rows.filter(source=source)
    if slugs is not None and kind.thing:
        of_none = Q(**{f"{kind.thing}__isnull": True}) if "" in slugs else Q()
        rows = rows.filter(Q(**{f"{kind.thing}__slug__in": slugs}) | of_none)
    return rows


def _rows(number, kind, asked, *, source=None, listed=None, slugs=None):
    at = asked.at
    rows = _listed(kind, asked, source=source, listed=listed, slugs=slugs)
    is_old_name = issubclass(kind.model, OldName)
    if is_old_name:
        rows = rows.with_words(at)
    rows = (
        rows.order_by()
        .with_sources(at)
        .select_related(None)
        .annotate(
            row_kind=Value(number),
            row_kind_name=Value(kind.name, TextField()),
            row_identity=_identity(kind),
            row_table=_text("table" if is_old_name else ""),
            row_slug=F("thing_slug") if is_old_name else _slug(kind),
            row_about=F("thing_name") if is_old_name else _name(kind, kind.thing, at),
            row_code=_text(kind.code),
            row_unit=_text(kind.unit_field) if kind.unit_field else Value(kind.unit, TextField()),
            row_qualifier=_text(kind.qualifier),
            row_day=_first_given(kind.days),
            row_starts=_text(kind.starts),
            row_ends=_text(kind.ends),
            row_other=_name(kind, kind.other, at),
            row_source=_of_source("cited__slug"),
            row_source_title=_of_source("title"),
        )
    )
    if kind.comes_in_bulk:
        one, many = (f" {words.lower()}: " for words in (kind.one, kind.many))
        rows = rows.values(*ALIKE).annotate(
            row_number=Value(None, EXACT),
            row_count=Count("pk"),
            row_words=Concat(
                Cast("row_count", TextField()),
                Case(
                    When(row_count=1, then=Value(one, TextField())),
                    default=Value(many, TextField()),
                ),
                _months(Min("period"), Max("period")),
                output_field=TextField(),
            ),
            row_certainty=Max("certainty"),
            row_reason=_each(F("reason")),
            row_places=_each(_place(kind)) if kind.places else Value("", TextField()),
        )
    else:
        rows = rows.annotate(
            row_number=Cast(F(kind.number) if kind.number else Value(None), EXACT),
            row_words=F("in_words") if is_old_name else _text(kind.words),
            row_certainty=F("certainty"),
            row_reason=F("reason"),
            row_places=Value("", TextField()),
        )
    return rows.values_list(
        "row_kind",
        "row_kind_name",
        "row_identity",
        "row_table",
        "row_slug",
        "row_about",
        "row_code",
        "row_number",
        "row_unit",
        "row_qualifier",
        "row_words",
        "row_day",
        "row_starts",
        "row_ends",
        "row_other",
        "published_at",
        "published_as",
        "listed_at",
        "row_source",
        "row_source_title",
        "row_certainty",
        "row_reason",
        "row_places",
        "taken_back_at",
        "taken_back_because",
    )


# The columns that are the same in all statements of a bulk kind that share a row.
ALIKE = (
    "row_kind",
    "row_kind_name",
    "row_identity",
    "row_table",
    "row_slug",
    "row_about",
    "row_code",
    "row_unit",
    "row_qualifier",
    "row_day",
    "row_starts",
    "row_ends",
    "row_other",
    "row_source",
    "row_source_title",
    "published_at",
    "published_as",
    "listed_at",
    "taken_back_at",
    "taken_back_because",
)


def _identity(kind):
    """What tells a statement from others of its thing and moment. An export keeps it."""
    first, *others = (_text(path) for path, _ in _identity_paths(kind))
    for other in others:
        first = Concat(first, Value(BETWEEN), other, output_field=TextField())
    return first


def _identity_paths(kind):
    """The paths to what tells a statement apart; of slugs with the model of their thing, or ``None``."""
    # In a bulk kind the source is enough. A kind without identity fields adds what it says.
    own = kind.model.identity_fields or (kind.words, kind.number, kind.code)
    if kind.comes_in_bulk:
        own = ()
    return [("source__slug", Source), *(pair for name in own if name for pair in _open(kind, name))]


def _open(kind, name):
    """The paths to a field's public value, which is a slug in place of a key.

    A relation leads to the slug of a thing, or of every thing that the related row belongs to.
    """
    field = kind.model._meta.get_field(name)
    if not field.is_relation:
        return [(name, None)]
    related = field.related_model
    if issubclass(related, Thing):
        return [(f"{name}__slug", related)]
    things = [f for f in related._meta.fields if f.is_relation]
    return [(f"{name}__{f.name}__slug", f.related_model) for f in things]


def _months(first, last):
    """``June 2026``, ``April 2026 to June 2026``."""
    words = Value("FMMonth YYYY", TextField())
    begins, ends = (
        Func(day, words, function="to_char", output_field=TextField()) for day in (first, last)
    )
    until_same = Func(begins, ends, function="NULLIF", output_field=TextField())
    until = Concat(Value(" to "), ends, output_field=TextField())
    # In SQL, text joined to NULL is NULL: if both months are the same, only one is shown.
    joined = Func(until_same, until, template="(%(expressions)s)", arg_joiner=" || ")
    return Coalesce(joined, ends, output_field=TextField())


def _source_of_row():
    """The slug and the title of its source in one text; empty without one."""
    slug = _of_source("cited__slug")
    named = Concat(slug, Value(WITHIN), _of_source("title"), output_field=TextField())
    return Case(When(source_profile__isnull=False, then=named), default=Value("", TextField()))


def _each(expression):
    """Every different text among the statements of a row that is not empty, in one text."""
    texts = NullIf(Cast(expression, TextField()), Value(""))
    joined = StringAgg(texts, BETWEEN, distinct=True)
    return Coalesce(joined, Value(""), output_field=TextField())


def _place(kind):
    """The code of the place that a statement is of."""
    return Coalesce(*map(F, kind.places), Value(WHOLE_BAY), output_field=TextField())


def _text(path):
    return (
        Coalesce(Cast(F(path), TextField()), Value(""), output_field=TextField())
        if path
        else Value("", TextField())
    )


def _first_given(paths):
    texts = (NullIf(_text(path), Value("")) for path in paths)
    return Coalesce(*texts, Value(""), output_field=TextField()) if paths else _text("")


def _of_source(path):
    """A field of the source's profile; empty if the source was not out by the moment."""
    return Coalesce(F(f"source_profile__{path}"), Value(""), output_field=TextField())


def _name(kind, path, at):
    """The name of the thing at the end of a path; empty without a path."""
    if not path:
        return Value("", TextField())
    name = Cast(field_at(kind.model, path).related_model.name_at(path, at), TextField())
    return Coalesce(name, Value(""), output_field=TextField())


def resting_on(sources, at) -> dict[int, Counter[Kind]]:
    """How many statements of each kind rest on each of some sources at moment ``at``; one query.

    ``sources``: their keys, which are those of the answer too.
    """
    every, found = kinds(), {source: Counter() for source in sources}
    first, *others = (
        kind.model.objects.published_by(at)
        .filter(source__in=found)
        .order_by()
        .values_list("source", Value(number))
        .annotate(Count("pk"))
        for number, kind in enumerate(every)
        if not kind.is_listed_once_corrected
    )
    for source, number, count in first.union(*others, all=True):
        found[source][every[number]] += count
    return found


def years_of_statements(at) -> tuple[int, int] | None:
    """The first and the last year in which something was published by moment ``at``; one query.

    Kinds that come in bulk don't count. ``None`` if there was nothing.
    """
    first, *others = (
        kind.model.objects.published_by(at)
        .order_by()
        .annotate(row_kind=Value(number))
        .values_list("row_kind")
        .annotate(Min("published_at"), Max("published_at"))
        for number, kind in enumerate(kinds())
        if not kind.comes_in_bulk and not kind.is_listed_once_corrected
    )
    found = [
        moment for _, *moments in first.union(*others, all=True) for moment in moments if moment
    ]
    if not found:
        return None
    return london_day(min(found)).year, london_day(max(found)).year
