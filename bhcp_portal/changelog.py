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

from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    Func,
    Max,
    Min,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear, NullIf
from django.urls import reverse

from bhcp_portal.kit.addresses import OldName, first_slugs
from bhcp_portal.kit.dates import day_in_words, london_day, on_or_in, span
from bhcp_portal.kit.kinds import Kind, field_at, kinds
from bhcp_portal.kit.launch import launched_at
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import LOADED_WITHIN
from bhcp_portal.kit.things import Thing
from iccs.models import Icc
from metrics.models import WHOLE_BAY, MetricProfile, Reading
from metrics.models.frequency import in_period
from metrics.verdict import value_words
from partners.models import Partner

# So many hexadecimal digits are enough to tell statements of one thing and moment apart.
MARK_LENGTH = 8
# What stands between the texts of several statements in one row.
BETWEEN = "\x1f"
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
    def text(self):
        """What the statement says, on one line."""
        number = ""
        if self.number is not None:
            number = quantity(self.number, self.unit, self.qualifier)
        parts = (self._code_words, self.other, number, self.words)
        text = (" " if self.kind.reads_on else ": ").join(filter(None, parts))
        text = ", ".join(filter(None, (text, span(self.day).in_words() if self.day else "")))
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


# So many kinds of change of one thing are told in full; of more it is told how many of each.
FEW = 3
# So many things of one kind on a day are told one by one; more only where they tell of the work.
MANY = 2


@dataclass(frozen=True, slots=True)
class ThingChanges:
    """What changed of one thing on a day: at least one change, in the order of the list.

    Or of several things of one kind, where a day has very many: ``is_of_many``.
    """

    changes: list[ChangeGroup]
    is_of_many: bool = False

    @property
    def rows(self):
        return [row for change in self.changes for row in change.rows]

    @property
    def first(self):
        return self.changes[0].first

    @property
    def title(self):
        """What it is of: the thing, or the kind where that is of no thing or of many."""
        row = self.first
        if self.is_of_many:
            return f"{row.kind.many}: {len(self.rows)}"
        return row.about or row.slug or row.kind.name

    @property
    def has_link(self):
        """Whether the title leads to the page of one thing."""
        return self.first.has_page and not self.is_of_many

    @property
    def words(self):
        """What changed, with its values, or where that is too much how many of each kind."""
        rows = self.rows
        if self.is_of_many:
            return "; ".join(dict.fromkeys(map(_named, rows)))
        if len(rows) > FEW:
            return self._taken_back + ChangeGroup(rows).summary
        named = bool(self.first.about or self.first.slug)
        *others, last = (_row_words(row, with_kind=named) for row in rows)
        return self._taken_back + "; ".join([*(each.removesuffix(".") for each in others), last])

    @property
    def _taken_back(self):
        return "Taken back: " if self.first.is_taking_back else ""


def _named(row):
    """A row among others of its kind: what it is of and, of figures and names, what they are."""
    in_full = row.kind.comes_in_bulk or issubclass(row.kind.model, OldName)
    return f"{row.about}: {row.text}" if in_full and row.about else row.about or row.text


def _row_words(row, *, with_kind):
    """A row on one line: ``Status: At risk``."""
    # What comes in bulk says itself what it is: “2 readings”.
    kind = row.kind.name if with_kind and not row.kind.comes_in_bulk else ""
    text = "" if kind and row.text == row.about else row.text
    return ": ".join(filter(None, (kind, text)))


@dataclass(frozen=True, slots=True)
class ChangesOfDay:
    """What lists name under one day, thing by thing. ``when``: the day, as exactly as it is known."""

    when: str
    things: list[ThingChanges]


def by_day(rows) -> list[ChangesOfDay]:
    """Rows of the change log by the day they are listed under and by thing; the order is kept."""
    days = {}
    for row in rows:
        things = days.setdefault((london_day(row.listed_at), row.listed_when), {})
        of = (row.thing_model, row.slug) if row.slug else row.kind
        things.setdefault((of, row.is_taking_back), []).append(row)
    return [
        ChangesOfDay(when, [ThingChanges(*each) for each in _few(things.values())])
        for (_, when), things in days.items()
    ]


def _few(things):
    """The changes of each thing of a day; those of many of one kind, which tell of no work, as one."""
    alone = Counter(rows[0].kind for rows in things if _is_aside(rows))
    found, of_kind = [], {}
    for rows in things:
        kind = rows[0].kind
        is_of_many = _is_aside(rows) and alone[kind] > MANY
        if is_of_many and kind in of_kind:
            of_kind[kind] += together(rows)
            continue
        found.append((together(rows), is_of_many))
        if is_of_many:
            of_kind[kind] = found[-1][0]
    return found


def _is_aside(rows):
    first = rows[0]
    kinds_of_it = {row.kind for row in rows}
    return kinds_of_it == {first.kind} and not (first.kind.is_work or first.is_taking_back)


def with_figures(rows, at) -> list[ChangeRow]:
    """The rows, where each of a few readings says its figure: ``64.8% in June 2026``; two queries.

    Rows of more than a few, of several places or of what is hidden stay as they are.
    """
    bulk = [row for row in rows if row.kind.model is Reading]
    if not bulk:
        return list(rows)
    of = {"series__metric__slug__in": {row.slug for row in bulk}}
    readings = Reading.objects.published_by(at).filter(
        **of, published_at__in={row.published_at for row in bulk}
    )
    found = defaultdict(list)
    for reading in readings.select_related("series__metric", "source").order_by("period", "pk"):
        source = reading.source.slug if reading.source else ""
        found[reading.series.metric.slug, reading.published_at, source].append(reading)
    cards = {
        card.metric.slug: card
        for card in MetricProfile.objects.live(at)
        .filter(metric__slug__in=of["series__metric__slug__in"])
        .select_related("metric")
    }
    return [_with_figures(row, found, cards) if row.kind.model is Reading else row for row in rows]


def _with_figures(row, readings, cards):
    card = cards.get(row.slug)
    own = [
        reading
        for reading in readings[row.slug, row.published_at, row.source_slug]
        if reading.taken_back_at == row.taken_back_at
    ]
    numbers = [reading.number(card.multiplier) for reading in own] if card else []
    periods = {reading.period for reading in own}
    if not 0 < len(numbers) == len(periods) <= FEW or None in numbers:
        return row
    figures = (
        f"{value_words(number, card)} {in_period(reading.period, card.frequency)}"
        for number, reading in zip(numbers, own, strict=True)
    )
    return replace(row, words=", ".join(figures))


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
)


def lines(rows) -> Iterator[tuple]:
    """Rows of the change log as lines of a file, the heads of its columns first."""
    yield COLUMNS
    for row in rows:
        back = row.taken_back_at
        yield (
            london_day(row.listed_at).isoformat(),
            AS_TAKEN_BACK if row.is_taking_back else AS_PUBLISHED,
            row.kind.name,
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


def changes(at, *, since=None, until=None, corrections=Corrections.LISTED) -> QuerySet:
    """As ``statements``, with what was taken back by then; two queries.

    That stays listed where it came on the record, and its taking back is a row of its own, listed
    at that moment (BEHAVIOUR R).
    """
    every = kinds()
    listed = [
        _rows(number, kind, at, since, until, corrections=corrections)
        for number, kind in enumerate(every)
    ]
    if corrections is Corrections.ALONE:
        return _newest_first(*listed)
    return _newest_first(
        *listed,
        *(
            _rows(number, every[number], at, since, until, listed=listed)
            for number in _kinds_with(taken_back_at__isnull=False)
            for listed in (AS_PUBLISHED, AS_TAKEN_BACK)
        ),
    )


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
    every = kinds()
    numbers = range(len(every)) if source is None else _kinds_with(source=source) or [0]
    return _newest_first(
        *(
            _rows(number, every[number], at, since, until, source)
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


def change_rows(rows, at) -> list[ChangeRow]:
    """The tuples of ``statements`` as ``ChangeRow`` objects, in the same order.

    One query more, for addresses that were changed. Places go by their names at moment ``at``, which
    takes three if a row has any.
    """
    every, rows, day = kinds(), list(rows), london_day(at)
    first = first_slugs()
    names = _place_names(at) if any(places for *_, places, _, _ in rows) else {}
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


def _place_names(at):
    """The names of the places that readings are of, by code."""
    iccs = Icc.objects.known_at(at).with_profile(at)
    partners = Partner.objects.known_at(at).with_name(at, london_day(at))
    return (
        {WHOLE_BAY: "the whole area"}
        | {icc.code: icc.profile.name for icc in iccs}
        | {partner.code: partner.name for partner in partners}
    )


def _rows(number, kind, at, since, until, source=None, listed=None, corrections=Corrections.LISTED):
    of = kind.model.objects
    rows = of.taken_back_by(at) if listed else of.versions(at)
    if corrections is Corrections.ALONE:
        rows = rows.filter(pk__in=of.mending(at).values("pk"))
    if listed == AS_TAKEN_BACK:
        rows = rows.annotate(listed_at=F("taken_back_at"))
    elif corrections is Corrections.IN_PLACE:
        rows = rows.with_first_listed_at(at)
    else:
        rows = rows.with_listed_at(at)
    if kind.is_listed_once_corrected and listed != AS_TAKEN_BACK:
        rows = rows.exclude(reason="")
    if since is not None:
        rows = rows.filter(listed_at__gt=since)
    if until is not None:
        rows = rows.filter(listed_at__lte=until)
    if source is not None:
        rows = rows.filter(source=source)
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
            row_slug=F("thing_slug")
            if is_old_name
            else _text(f"{kind.thing}__slug" if kind.thing else ""),
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


def fullest_days(at, *, number=4) -> list[tuple[date, int]]:
    """The ends of the past years with most statements by moment ``at``, oldest first; one query.

    Gives up to ``number`` pairs of 31 December and how many statements were published in that year.
    Kinds that come in bulk are not counted, and the year of ``at`` itself is left out.
    """
    first, *others = (
        kind.model.objects.published_by(at)
        .order_by()
        .values_list(ExtractYear("published_at"))
        .annotate(Count("pk"))
        for kind in kinds()
        if not kind.comes_in_bulk and not kind.is_listed_once_corrected
    )
    years = Counter()
    for year, count in first.union(*others, all=True):
        years[year] += count
    over = [year for year in years if year < london_day(at).year]
    best = sorted(over, key=lambda year: (-years[year], -year))[:number]
    return [(date(year, 12, 31), years[year]) for year in sorted(best)]
