"""The whole record as one list: every kind of public statement, newest first, in one query.

What changed lately, what rests on a source and how full the record is on a day are all read from here.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from operator import add

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear, NullIf
from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, end_of, london_day, span
from bhcp_portal.kit.numbers import quantity
from engagement.models import NewsVersion
from iccs.models import (
    Activity,
    IccCount,
    IccMention,
    IccPlace,
    IccPractice,
    IccProfile,
    IccSuccession,
    NetworkProfile,
    Population,
    Priority,
)
from partners.models import (
    Membership,
    PartnerCount,
    PartnerName,
    PartnerProfile,
    PartnershipName,
    Succession,
)
from programmes.models import (
    ChartNote,
    Figure,
    GoalProfile,
    MetricGoal,
    MetricProfile,
    MetricProgramme,
    MilestoneDate,
    Money,
    Objective,
    ObjectiveMeaning,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
    Reading,
    Rebase,
    Status,
    StatusUpdate,
    Target,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of statement is told: its name, the page it belongs to and where its words are.

    ``days``: the dates it speaks of, as they are written; the first that it gives is told.
    ``many``: they come by the hundred, so those of one thing, moment and source are told as one.
    """

    model: type
    name: str
    place: str
    thing: str = ""
    words: str = ""
    code: str = ""
    number: str = ""
    unit: str = ""
    qualifier: str = ""
    days: tuple[str, ...] = ()
    many: bool = False


KINDS = (
    Kind(NewsVersion, "News", "news:detail", "item", "title"),
    Kind(StatusUpdate, "Status", "programmes:detail", "programme", "summary", "status"),
    Kind(
        MilestoneDate, "Milestone", "programmes:detail", "milestone__programme", "title", "state",
        days=("done_as", "due_as"),
    ),
    Kind(
        Figure, "Figure", "programmes:detail", "programme", "counts",
        number="value", unit="unit", qualifier="qualifier",
    ),
    Kind(
        Money, "Money", "programmes:detail", "programme", "what_for",
        number="amount", unit="£", qualifier="qualifier",
    ),
    Kind(ProgrammeProfile, "Programme", "programmes:detail", "programme", "purpose"),
    Kind(ProgrammePartner, "Partner on a programme", "programmes:detail", "programme", code="role"),
    Kind(ProgrammeIcc, "Programme in a community", "programmes:detail", "programme", "words"),
    Kind(GoalProfile, "Goal", "goals", "goal", "name"),
    Kind(ObjectiveMeaning, "Objective", "goals", "", "meaning", "objective"),
    Kind(MetricProfile, "Metric", "metrics:detail", "metric", "why"),
    Kind(Reading, "Readings", "metrics:detail", "series__metric", many=True),
    Kind(Target, "Target", "metrics:detail", "series__metric", "words", "kind"),
    Kind(Rebase, "Re-base", "metrics:detail", "series__metric", "what_changed", "applies"),
    Kind(ChartNote, "Note on a chart", "metrics:detail", "series__metric", "words"),
    Kind(
        MetricProgramme, "Metric of a programme", "programmes:detail", "programme", "words",
        "applies",
    ),
    Kind(MetricGoal, "Metric of a goal", "goals", "goal", "words", "applies"),
    Kind(IccProfile, "Community", "iccs:detail", "icc", "about"),
    Kind(IccMention, "Community named", "iccs:detail", "icc", "named_as"),
    Kind(IccPlace, "Place", "iccs:detail", "icc", "name"),
    Kind(IccPractice, "GP practice", "iccs:detail", "icc", "name"),
    Kind(Population, "Population", "iccs:detail", "icc", "counts", number="people", unit="people",
         qualifier="qualifier"),
    Kind(Priority, "Priority", "iccs:detail", "icc", "words"),
    Kind(Activity, "Activity", "iccs:detail", "icc", "words"),
    Kind(IccSuccession, "Community changed", "iccs:detail", "icc", code="kind"),
    Kind(IccCount, "Number of communities", "iccs:list", "", "says", number="number"),
    Kind(NetworkProfile, "Clinical network", "iccs:list", "", "name"),
    Kind(PartnerProfile, "Partner", "partners:detail", "partner", "about"),
    Kind(PartnerName, "Partner’s name", "partners:detail", "partner", "name"),
    Kind(Membership, "Membership", "partners:detail", "partner", "left_reason"),
    Kind(Succession, "What became of a partner", "partners:detail", "partner", "words"),
    Kind(PartnershipName, "The partnership’s name", "about", "", "name"),
    Kind(PartnerCount, "Number of partners", "partners:list", "", "says", number="number"),
)  # fmt: skip

# What the work brought, as against what things are called and made of.
WORK = (StatusUpdate, MilestoneDate, Figure, Money, ProgrammeProfile, GoalProfile, Activity)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of the record, as a list shows it.

    ``form``: the name of its model. ``same``: what tells it from others of its thing and moment.
    """

    form: str
    same: str
    kind: str
    place: str
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
    # Empty for what was written in the portal, and where the source was not out on the day.
    source_slug: str
    source_title: str
    certainty: str
    reason: str

    @property
    def key(self):
        """What tells it from all others: the same on every page and day, after an export too."""
        when = self.published_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        mark = sha256(self.same.encode()).hexdigest()[:MARK_LENGTH]
        return "-".join(part for part in (self.form, self.slug, when, mark) if part)

    @property
    def has_page(self):
        """Whether there is a page of what it speaks of: not before anything named that thing."""
        return bool(self.about) or not self.slug

    def get_absolute_url(self):
        if not self.has_page:
            return f"{reverse('changes')}#{self.key}"
        if self.place == "goals":
            return f"{reverse('goals')}#{self.slug}"
        if self.place == "about" or self.place.endswith(":list"):
            return reverse(self.place)
        # A figure of no programme and no community speaks of the whole partnership.
        return reverse(self.place, args=[self.slug]) if self.slug else reverse("about")

    @property
    def when(self):
        """When it was said, as exactly as is known."""
        if self.published_as:
            return span(self.published_as).in_words()
        return day_in_words(london_day(self.published_at))

    @property
    def text(self):
        """What was said, on one line."""
        words = f"{self.words}, {span(self.day).in_words()}" if self.day else self.words
        number = ""
        if self.number is not None:
            number = quantity(self.number, self.unit, self.qualifier)
        if self.kind == "Figure":
            # What a figure counts goes on from its unit.
            return f"{number} {words}"
        parts = (WORDS_OF_CODES.get(self.code, ""), number, words)
        return ": ".join(part for part in parts if part)


WORDS_OF_CODES = {
    **dict(Objective.choices),
    **dict(MilestoneDate.State.choices),
    **dict(Status.choices),
    **dict(ProgrammePartner.Role.choices),
    **dict(IccSuccession.Kind.choices),
    **dict(Target.Kind.choices),
    # What no longer ``applies``, as the database writes it.
    "false": "Taken back",
}
# Where the name of a thing is said: the statement, its link to the thing, the field.
NAMES = {
    "programme": (ProgrammeProfile, "programme", "name"),
    "milestone__programme": (ProgrammeProfile, "programme", "name"),
    "metric": (MetricProfile, "metric", "name"),
    "series__metric": (MetricProfile, "metric", "name"),
    "goal": (GoalProfile, "goal", "name"),
    "icc": (IccProfile, "icc", "name"),
    "partner": (PartnerName, "partner", "name"),
    "item": (NewsVersion, "item", "title"),
}


def said(at, *, since=None, source=None, only=()) -> QuerySet:
    """All that had been said by a moment, newest first, as rows that ``told`` reads; one query.

    ``since``: only what was said after that moment. ``source``: only what comes from it.
    ``only``: the models whose statements are wanted; all unless given.
    """
    first, *others = (
        _rows(kind, at, since, source) for kind in KINDS if not only or kind.model in only
    )
    return first.union(*others, all=True).order_by(
        "-published_at", "told_kind", "told_about", "told_words"
    )


def told(rows) -> list[Said]:
    """The rows of ``said`` as objects."""
    return [Said(*row) for row in rows]


def _rows(kind, at, since, source):
    rows = kind.model.objects.said_by(at).exclude(superseded_at=F("published_at"))
    if since is not None:
        rows = rows.filter(published_at__gt=since)
    if source is not None:
        rows = rows.filter(source=source)
    rows = rows.order_by().annotate(
        told_form=Value(kind.model._meta.model_name, TextField()),
        told_same=_same(kind),
        told_kind=Value(kind.name, TextField()),
        told_place=Value(kind.place, TextField()),
        told_slug=_text(f"{kind.thing}__slug" if kind.thing else ""),
        told_about=_name(kind, at),
        told_code=_text(kind.code),
        told_unit=_text("unit") if kind.unit == "unit" else Value(kind.unit, TextField()),
        told_qualifier=_text(kind.qualifier),
        told_day=_first_given(kind.days),
        told_source=_of_source("slug", at),
        told_source_title=_of_source("title", at),
    )
    if kind.many:
        rows = rows.values(*ALIKE).annotate(
            told_number=Value(None, EXACT),
            told_count=Count("pk"),
            told_words=Concat(
                Cast("told_count", TextField()),
                Case(
                    When(told_count=1, then=Value(" reading: ", TextField())),
                    default=Value(" readings: ", TextField()),
                ),
                _months(Min("period"), Max("period")),
                output_field=TextField(),
            ),
            told_certainty=Max("certainty"),
            told_reason=Max("reason"),
        )
    else:
        rows = rows.annotate(
            told_number=Cast(F(kind.number) if kind.number else Value(None), EXACT),
            told_words=_text(kind.words),
            told_certainty=F("certainty"),
            told_reason=F("reason"),
        )
    return rows.values_list(
        "told_form",
        "told_same",
        "told_kind",
        "told_place",
        "told_slug",
        "told_about",
        "told_code",
        "told_number",
        "told_unit",
        "told_qualifier",
        "told_words",
        "told_day",
        "published_at",
        "published_as",
        "told_source",
        "told_source_title",
        "told_certainty",
        "told_reason",
    )


EXACT = DecimalField(max_digits=18, decimal_places=4)
# Enough hexadecimal figures to tell statements of one thing and moment apart.
MARK_LENGTH = 8
# What statements told as one have in common.
ALIKE = (
    "told_form",
    "told_same",
    "told_kind",
    "told_place",
    "told_slug",
    "told_about",
    "told_code",
    "told_unit",
    "told_qualifier",
    "told_day",
    "told_source",
    "told_source_title",
    "published_at",
    "published_as",
)


def _same(kind):
    """What tells a statement from others of its thing and moment, in words that an export keeps."""
    # Of those told as one, the source does; where any number may stand, what they say does too.
    own = () if kind.many else kind.model.same or (kind.words, kind.number, kind.code)
    paths = ["source__slug", *(path for name in own if name for path in _open(kind.model, name))]
    first, *others = (_text(path) for path in paths)
    for other in others:
        first = Concat(first, Value("|"), other, output_field=TextField())
    return first


def _open(model, name):
    """The paths to what a field holds, without a key: the slug or the code of a thing."""
    if name == "series":
        return "series__metric__slug", "series__icc__slug", "series__partner__slug"
    return (f"{name}__slug",) if model._meta.get_field(name).is_relation else (name,)


def _months(first, last):
    """``June 2026``, ``April 2026 to June 2026``."""
    words = Value("FMMonth YYYY", TextField())
    begins, ends = (
        Func(day, words, function="to_char", output_field=TextField()) for day in (first, last)
    )
    same = Func(begins, ends, function="NULLIF", output_field=TextField())
    until = Concat(Value(" to "), ends, output_field=TextField())
    # In the database a text joined to nothing is nothing: then both are one month.
    joined = Func(same, until, template="(%(expressions)s)", arg_joiner=" || ")
    return Coalesce(joined, ends, output_field=TextField())


def _text(path):
    return (
        Coalesce(Cast(F(path), TextField()), Value(""), output_field=TextField())
        if path
        else Value("", TextField())
    )


def _first_given(paths):
    texts = (NullIf(_text(path), Value("")) for path in paths)
    return Coalesce(*texts, Value(""), output_field=TextField()) if paths else _text("")


def _of_source(field, at):
    """Nothing of a source that was published after the day: it is not known on that day."""
    is_out = Q(source__published_at__lte=end_of(london_day(at)))
    return Case(When(is_out, then=_text(f"source__{field}")), default=Value("", TextField()))


def _name(kind, at):
    if not kind.thing:
        return Value("", TextField())
    model, link, field = NAMES[kind.thing]
    names = model.objects.live(at).filter(**{link: OuterRef(kind.thing)})
    # A partner has several names at once, and one that was announced is not in use yet.
    names = (
        names.in_use_first(london_day(at))
        if model is PartnerName
        else names.order_by("-published_at")
    )
    name = Cast(Subquery(names.values(field)[:1]), TextField())
    return Coalesce(name, Value(""), output_field=TextField())


def with_statements(sources, at):
    """Sources with ``statements``: how many statements said by a moment rest on each."""
    counts = (
        Coalesce(
            Subquery(
                kind.model.objects.said_by(at)
                .filter(source=OuterRef("pk"))
                .order_by()
                .values("source")
                .annotate(number=Count("pk"))
                .values("number")
            ),
            0,
        )
        for kind in KINDS
    )
    return sources.annotate(statements=reduce(add, counts))


def fullest_days(at, *, number=4) -> list[tuple[date, int]]:
    """The ends of the years in which most was said, oldest first, up to a moment; one query.

    Pairs of a day and how many statements were published in its year, the numbers of metrics aside.
    """
    first, *others = (
        kind.model.objects.said_by(at)
        .order_by()
        .values_list(ExtractYear("published_at"))
        .annotate(Count("pk"))
        for kind in KINDS
        if not kind.many
    )
    years = Counter()
    for year, count in first.union(*others, all=True):
        years[year] += count
    over = [year for year in years if year < london_day(at).year]
    best = sorted(over, key=lambda year: (-years[year], -year))[:number]
    return [(date(year, 12, 31), years[year]) for year in sorted(best)]
