"""The change log: every public statement, newest first, in one query over all kinds.

The page of changes, its feed, the pages of sources and the home page read it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from operator import add

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear, NullIf
from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day, span
from bhcp_portal.kit.kinds import Kind, kinds
from bhcp_portal.kit.numbers import quantity
from iccs.models import Icc
from metrics.models import WHOLE_BAY
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
    ``identity`` tells the row from others of its kind, thing and moment. ``about`` is the thing's
    name.
    """

    kind: Kind
    identity: str
    slug: str
    about: str
    code: str
    number: Decimal | None
    unit: str
    qualifier: str
    words: str
    day: str
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

    @property
    def is_taking_back(self):
        """Whether the row tells that something was taken back, and not that it was said."""
        return self.listed_at == self.taken_back_at

    @property
    def key(self):
        """An identifier that no other row has: the same on every page and after an export."""
        model, identity = self.kind.model._meta.model_name, self.identity
        when = self.published_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        if self.taken_back_at:
            listed = AS_TAKEN_BACK if self.is_taking_back else AS_PUBLISHED
            identity += f"|{self.taken_back_at.astimezone(UTC):%Y%m%dT%H%M%SZ}|{listed}"
        mark = sha256(identity.encode()).hexdigest()[:MARK_LENGTH]
        return "-".join(part for part in (model, self.slug, when, mark) if part)

    @property
    def has_page(self):
        """Whether a page shows it: a thing has a page once a profile has named it."""
        return bool(self.about) or not self.slug

    def get_absolute_url(self):
        if not self.has_page:
            return f"{reverse('changes')}#{self.key}"
        return self.kind.address(self.slug)

    @property
    def when(self):
        """The date of publication in words, as exactly as it is known."""
        if self.published_as:
            return span(self.published_as).in_words()
        return day_in_words(london_day(self.published_at))

    @property
    def recorded_on(self):
        """The day it came on the record here, in words; empty if that is the day it was said."""
        if self.is_taking_back:
            return ""
        day = london_day(self.listed_at)
        return day_in_words(day) if day > london_day(self.published_at) else ""

    @property
    def text(self):
        """What the statement says, on one line."""
        words = f"{self.words}, {span(self.day).in_words()}" if self.day else self.words
        number = ""
        if self.number is not None:
            number = quantity(self.number, self.unit, self.qualifier)
        if self.kind.reads_on:
            return f"{number} {words}"
        return ": ".join(part for part in (self.kind.code_words(self.code), number, words) if part)


def changes(at, *, since=None, until=None) -> QuerySet:
    """As ``statements``, with what was taken back by then; two queries.

    That stays listed where it came on the record, and its taking back is a row of its own, listed
    at that moment (BEHAVIOUR R).
    """
    every = kinds()
    return _newest_first(
        *(_rows(number, kind, at, since, until) for number, kind in enumerate(every)),
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
NEWEST_FIRST = ("-listed_at", "row_kind_name", "row_about", *AMONG_EQUALS)
BY_KIND = ("row_kind_name", "row_about", "-listed_at", *AMONG_EQUALS)


def change_rows(rows, at) -> list[ChangeRow]:
    """The tuples of ``statements`` as ``ChangeRow`` objects, in the same order.

    Places go by their names at moment ``at``, which takes three queries if a row has any.
    """
    every, rows = kinds(), list(rows)
    names = _place_names(at) if any(places for *_, places, _, _ in rows) else {}
    found = []
    for number, _, *cells, reasons, places, taken_back_at, because in rows:
        named = ", ".join(names.get(code, code) for code in _parted(places))
        found.append(
            ChangeRow(every[number], *cells, _parted(reasons), named, taken_back_at, because)
        )
    return found


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


def _rows(number, kind, at, since, until, source=None, listed=None):
    of = kind.model.objects
    rows = of.taken_back_by(at) if listed else of.versions(at)
    if listed == AS_TAKEN_BACK:
        rows = rows.annotate(listed_at=F("taken_back_at"))
    else:
        rows = rows.with_listed_at(at)
    if kind.is_listed_once_corrected:
        rows = rows.exclude(reason="")
    if since is not None:
        rows = rows.filter(listed_at__gt=since)
    if until is not None:
        rows = rows.filter(listed_at__lte=until)
    if source is not None:
        rows = rows.filter(source=source)
    rows = (
        rows.order_by()
        .with_sources(at)
        .select_related(None)
        .annotate(
            row_kind=Value(number),
            row_kind_name=Value(kind.name, TextField()),
            row_identity=_identity(kind),
            row_slug=_text(f"{kind.thing}__slug" if kind.thing else ""),
            row_about=_name(kind, at),
            row_code=_text(kind.code),
            row_unit=_text(kind.unit_field) if kind.unit_field else Value(kind.unit, TextField()),
            row_qualifier=_text(kind.qualifier),
            row_day=_first_given(kind.days),
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
            row_words=_text(kind.words),
            row_certainty=F("certainty"),
            row_reason=F("reason"),
            row_places=Value("", TextField()),
        )
    return rows.values_list(
        "row_kind",
        "row_kind_name",
        "row_identity",
        "row_slug",
        "row_about",
        "row_code",
        "row_number",
        "row_unit",
        "row_qualifier",
        "row_words",
        "row_day",
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
    "row_slug",
    "row_about",
    "row_code",
    "row_unit",
    "row_qualifier",
    "row_day",
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
    # In a bulk kind the source is enough. A kind without identity fields adds what it says.
    own = kind.model.identity_fields or (kind.words, kind.number, kind.code)
    if kind.comes_in_bulk:
        own = ()
    paths = ["source__slug", *(path for name in own if name for path in _open(kind.model, name))]
    first, *others = (_text(path) for path in paths)
    for other in others:
        first = Concat(first, Value("|"), other, output_field=TextField())
    return first


def _open(model, name):
    """The paths to a field's public value, which is a slug in place of a key.

    A relation leads to the slug of a thing, or of every thing that the related row belongs to.
    """
    field = model._meta.get_field(name)
    if not field.is_relation:
        return (name,)
    related = field.related_model
    if any(f.name == "slug" for f in related._meta.fields):
        return (f"{name}__slug",)
    return tuple(f"{name}__{f.name}__slug" for f in related._meta.fields if f.is_relation)


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


def _name(kind, at):
    if not kind.thing:
        return Value("", TextField())
    name = Cast(kind.thing_model.name_at(kind.thing, at), TextField())
    return Coalesce(name, Value(""), output_field=TextField())


def with_statements(profiles, at):
    """Profiles of sources, each with ``statements``: how many published by moment ``at`` rest on it."""
    counts = (
        Coalesce(
            Subquery(
                kind.model.objects.published_by(at)
                .filter(source=OuterRef("cited"))
                .order_by()
                .values("source")
                .annotate(number=Count("pk"))
                .values("number")
            ),
            0,
        )
        for kind in kinds()
        if not kind.is_listed_once_corrected
    )
    return profiles.annotate(statements=reduce(add, counts))


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
