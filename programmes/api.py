"""The API of programmes and of metrics, their readings and the verdict on them (CONTRACT 5)."""

from datetime import date
from typing import Annotated, Literal

from django.db.models import Exists, F, OuterRef, Prefetch
from django.http import Http404
from ninja import PathEx, Query, Router
from ninja.params import P
from pydantic import BaseModel, Field

from bhcp_portal.kit.api import (
    Asked,
    AskedPage,
    Thing,
    address,
    all_told,
    answers,
    described,
    listed,
    page,
    told,
)
from programmes import verdict
from programmes.models import (
    Metric,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    Reading,
    Series,
    StatusUpdate,
)
from programmes.models.metric import WHOLE_BAY
from programmes.spc.chart import ASSURANCE_WORDS, KIND_WORDS, LABEL_WORDS, VARIATION_WORDS
from programmes.tables.metrics import (
    ChartNoteTable,
    MetricGoalTable,
    MetricProfileTable,
    MetricProgrammeTable,
    RebaseTable,
    TargetTable,
)
from programmes.tables.readings import ReadingTable
from programmes.tables.work import (
    FigureTable,
    MilestoneDateTable,
    MoneyTable,
    ProgrammeIccTable,
    ProgrammePartnerTable,
    ProgrammeProfileTable,
    StatusUpdateTable,
)

programmes = Router(tags=["Programmes"])
metrics = Router(tags=["Metrics"])


# -- programmes -----------------------------------------------------------------------------------

OWN = ("programme",)
PROFILES, UPDATES = ProgrammeProfileTable(), StatusUpdateTable()
PARTNERS, ICCS = ProgrammePartnerTable(), ProgrammeIccTable()
MILESTONES, FIGURES, MONEY = MilestoneDateTable(), FigureTable(), MoneyTable()
LINKS, GOALS = MetricProgrammeTable(), MetricGoalTable()
# Of what a metric is linked to only that is told which was not taken back.
OF_LINK = "applies"

ProgrammeProfile = described("ProgrammeProfile", PROFILES, without=OWN)
ProgrammeRole = described("ProgrammeRole", PARTNERS, without=OWN)
ProgrammePlace = described("ProgrammePlace", ICCS, without=OWN)
ProgrammeStatus = described(
    "ProgrammeStatus",
    UPDATES,
    without=OWN,
    is_stale=(
        bool,
        Field(description="whether it is too old to stand for how things are: 90 days"),
    ),
)
MilestoneWords = described("MilestoneWords", MILESTONES, without=("milestone",))
ReportedFigure = described("ReportedFigure", FIGURES, without=OWN)
Amount = described("Amount", MONEY, without=OWN)
ProgrammeMetric = described("ProgrammeMetric", LINKS, without=(*OWN, OF_LINK))


class ProgrammeShort(Thing):
    """A programme as lists have it."""

    name: str
    profile: ProgrammeProfile
    status: Annotated[
        ProgrammeStatus | None,
        Field(description="the newest update; none where nothing was ever reported"),
    ]
    partners: Annotated[list[ProgrammeRole], Field(description="who does what")]
    iccs: Annotated[list[ProgrammePlace], Field(description="where a source places it")]


class ProgrammeMilestone(Thing):
    """A milestone. What was said first is its baseline; the last is how it stands."""

    said: Annotated[list[MilestoneWords], Field(description="all that was said, oldest first")]


class ProgrammeFull(ProgrammeShort):
    """A programme with all that its page shows."""

    milestones: list[ProgrammeMilestone]
    figures: list[ReportedFigure]
    money: list[Amount]
    metrics: Annotated[
        list[ProgrammeMetric], Field(description="the metrics that it means to move")
    ]


@programmes.get("", response=answers(listed(ProgrammeShort)), url_name="programmes")
def programme_list(request, asked: Query[AskedPage]):
    """The programmes and how each is going"""
    rows = _known_programmes(request).order_by("slug")
    return page(request, asked, rows, lambda each: _short_programme(request, each))


@programmes.get("/{slug:slug}", response=answers(ProgrammeFull), url_name="programme")
def programme_detail(
    request,
    slug: PathEx[str, P(description="the programme’s slug", example="community-eye-care")],
    asked: Query[Asked],
):
    """One programme: status, milestones, figures and money"""
    at = request.moment.at
    programme = _known_programmes(request).filter(slug=slug).first()
    if programme is None:
        raise Http404(f"No programme “{slug}” is known. /api/v1/programmes lists all there are.")
    milestones = programme.milestones.known_at(at).with_dates(at).order_by("slug")
    said = {
        "figures": (FIGURES, programme.figures.live(at), OWN),
        "money": (MONEY, programme.money.live(at), OWN),
        "metrics": (LINKS, programme.metric_links.applying(at), (*OWN, OF_LINK)),
    }
    return (
        _short_programme(request, programme)
        | {"milestones": [_milestone(request, milestone) for milestone in milestones]}
        | {
            name: all_told(table, rows.order_by("published_at", "pk"), without=without)
            for name, (table, rows, without) in said.items()
        }
    )


def _known_programmes(request):
    at = request.moment.at
    newest = StatusUpdate.objects.one_each(at).select_related("source", "merged_into")
    roles = ProgrammePartner.objects.live(at).select_related("source", "partner")
    places = ProgrammeIcc.objects.live(at).select_related("source", "icc")
    return (
        Programme.objects.known_at(at)
        .with_profile(at)
        .prefetch_related(
            Prefetch("updates", newest, to_attr="newest_updates"),
            Prefetch("partner_links", roles.order_by("role", "pk"), to_attr="live_roles"),
            Prefetch("icc_links", places.order_by("icc__code"), to_attr="live_places"),
        )
    )


def _short_programme(request, programme):
    update = programme.newest_update
    return {
        "slug": programme.slug,
        "url": address(request, programme),
        "name": programme.profile.name,
        "profile": told(PROFILES, programme.profile, without=OWN),
        "status": update
        and told(UPDATES, update, without=OWN)
        | {"is_stale": bool(update.status) and update.is_stale(request.moment.at)},
        "partners": [told(PARTNERS, role, without=OWN) for role in programme.live_roles],
        "iccs": [told(ICCS, place, without=OWN) for place in programme.live_places],
    }


def _milestone(request, milestone):
    return {
        "slug": milestone.slug,
        "url": address(request, milestone),
        "said": [told(MILESTONES, said, without=("milestone",)) for said in milestone.said],
    }


# -- metrics --------------------------------------------------------------------------------------

OF_METRIC = ("metric",)
# As the scopes of a metric are told: the whole bay, then partners, then ICCs.
BY_SCOPE = (
    F("series__icc__code").asc(nulls_first=True),
    F("series__partner__code").asc(nulls_first=True),
)
CARDS, READINGS = MetricProfileTable(), ReadingTable()
TARGETS, REBASES, NOTES = TargetTable(), RebaseTable(), ChartNoteTable()

MetricProfile = described("MetricProfile", CARDS, without=OF_METRIC)
MetricTarget = described("MetricTarget", TARGETS, without=OF_METRIC)
MetricRebase = described("MetricRebase", REBASES, without=OF_METRIC)
MetricNote = described("MetricNote", NOTES, without=OF_METRIC)
MetricGoal = described("MetricGoal", GOALS, without=(*OF_METRIC, OF_LINK))
MetricOfProgramme = described("MetricOfProgramme", LINKS, without=(*OF_METRIC, OF_LINK))
MetricReading = described(
    "MetricReading",
    READINGS,
    without=OF_METRIC,
    number=(
        float | None,
        Field(
            description="the reading in the metric’s unit, worked out; none where it is hidden, "
            "withdrawn or there is nothing to count"
        ),
    ),
)
Code = Annotated[str, Field(description="its code in tables")]


class MetricShort(Thing):
    """A metric as lists have it."""

    code: Code
    name: str
    profile: Annotated[MetricProfile, Field(description="its card")]
    scopes: Annotated[
        list[str],
        Field(description="where there are readings of it: codes, the main scope first"),
    ]


class MetricFull(MetricShort):
    """A metric with all that was said of it but its readings."""

    targets: list[MetricTarget]
    rebases: Annotated[list[MetricRebase], Field(description="from when limits start anew")]
    chart_notes: list[MetricNote]
    programmes: list[MetricOfProgramme]
    goals: list[MetricGoal]


class AnalysisSegment(BaseModel):
    """A stretch of points with one set of limits."""

    start: Annotated[int, Field(description="which of the points it starts with; the first is 0")]
    n: Annotated[int, Field(description="how many of its points have a number")]
    mean: float | None
    lower: Annotated[float | None, Field(description="lower limit; none while points are too few")]
    upper: Annotated[float | None, Field(description="upper limit; none while points are too few")]
    short: Annotated[bool, Field(description="whether it has fewer than 13 points")]


class AnalysisPoint(BaseModel):
    """One period."""

    period: Annotated[date, Field(description="its first day")]
    value: Annotated[
        float | None, Field(description="the number; none where hidden, withdrawn or missing")
    ]
    label: Annotated[
        Literal[tuple(LABEL_WORDS)],
        Field(
            description="what it shows: U above and L below a limit, I rising and D falling, a run "
            "above (a) or below (b) the mean, two of three near the upper (h) or lower (l) limit, "
            "or nothing special (.)"
        ),
    ]
    kind: Annotated[
        Literal[tuple(KIND_WORDS)],
        Field(
            description="+ for the better, - for the worse, H high, L low, or nothing special (.)"
        ),
    ]


class MetricAnalysis(Thing):
    """The verdict on one series: the same that page, chart, table and sentence give."""

    code: Code
    scope: Annotated[
        str | None, Field(description="code of the scope; none where there are no readings yet")
    ]
    segments: list[AnalysisSegment]
    points: list[AnalysisPoint]
    variation: Annotated[
        Literal[tuple(code for code in VARIATION_WORDS if code)] | None,
        Field(description="what the latest point shows; none while points are too few"),
    ]
    assurance: Annotated[
        Literal[tuple(code for code in ASSURANCE_WORDS if code)] | None,
        Field(
            description="whether the target will be met; none without a target or with too few points"
        ),
    ]
    sentence: Annotated[str, Field(description="all that in plain words")]


ScopeCode = Annotated[
    str | None,
    Field(
        pattern=r"^[A-Za-z0-9]{1,20}$",
        description=f"Code of an ICC or a partner, or {WHOLE_BAY} for the whole bay.",
    ),
]


class AskedScope(Asked):
    scope: ScopeCode = None


class AskedReadings(AskedPage):
    scope: ScopeCode = None


MetricSlug = PathEx[str, P(description="the metric’s slug")]


@metrics.get("", response=answers(listed(MetricShort)), url_name="metrics")
def metric_list(request, asked: Query[AskedPage]):
    """The outcome metrics"""
    rows = _known_metrics(request).order_by("slug")
    return page(request, asked, rows, lambda each: _short_metric(request, each))


@metrics.get("/{slug:slug}", response=answers(MetricFull), url_name="metric")
def metric_detail(request, slug: MetricSlug, asked: Query[Asked]):
    """One metric: its card, targets, re-bases and notes"""
    metric, at = _metric(request, slug), request.moment.at
    of_series = {"targets": TARGETS, "rebases": REBASES, "chart_notes": NOTES}
    links = {"programmes": (LINKS, metric.programme_links), "goals": (GOALS, metric.goal_links)}
    return (
        _short_metric(request, metric)
        | {
            name: all_told(table, _of(table, metric, at), without=OF_METRIC)
            for name, table in of_series.items()
        }
        | {
            name: all_told(
                table,
                rows.applying(at).order_by("published_at", "pk"),
                without=(*OF_METRIC, OF_LINK),
            )
            for name, (table, rows) in links.items()
        }
    )


@metrics.get("/{slug:slug}/readings", response=answers(listed(MetricReading)), url_name="readings")
def metric_readings(request, slug: MetricSlug, asked: Query[AskedReadings]):
    """The readings of a metric that stand

    What stood before a correction is in the open data, or to be asked for by `as-at`.
    """
    metric = _metric(request, slug)
    rows = Reading.objects.filter(series__metric=metric)
    if asked.scope:
        rows = rows.filter(series=_series(metric, asked.scope))
    rows = (
        rows.live(request.moment.at)
        .select_related("source", "series__metric", "series__icc", "series__partner")
        .order_by(*BY_SCOPE, "period")
    )
    multiplier = metric.profile.multiplier
    return page(request, asked, rows, lambda reading: _reading(reading, multiplier))


@metrics.get("/{slug:slug}/analysis", response=answers(MetricAnalysis), url_name="analysis")
def metric_analysis(request, slug: MetricSlug, asked: Query[AskedScope]):
    """The verdict on a metric in one scope

    Without `scope`: in its main one.
    """
    metric, moment = _metric(request, slug), request.moment
    if asked.scope:
        series = _series(metric, asked.scope)
    else:
        series = next(iter(metric.spoken_series), None)
    thing = {"slug": metric.slug, "url": address(request, metric), "code": metric.code}
    if series is None:
        return thing | {
            "scope": None,
            "segments": [],
            "points": [],
            "variation": None,
            "assurance": None,
            "sentence": f"{metric.profile.name}: no figures have been published.",
        }
    [found] = verdict.verdicts([series], at=moment.at, day=moment.today)
    return thing | {
        "scope": found.scope,
        "segments": [
            {name: getattr(segment, name) for name in AnalysisSegment.model_fields}
            for segment in (found.analysis.segments if found.analysis else ())
        ],
        "points": [
            {name: getattr(point, name) for name in AnalysisPoint.model_fields}
            for point in found.points
        ],
        "variation": found.variation,
        "assurance": found.assurance,
        "sentence": found.sentence,
    }


def _known_metrics(request):
    at = request.moment.at
    spoken = Exists(Reading.objects.live(at).filter(series=OuterRef("pk")))
    return (
        Metric.objects.known_at(at)
        .with_profile(at)
        .prefetch_related(
            Prefetch(
                "series",
                Series.objects.filter(spoken).with_scope().main_first(),
                to_attr="spoken_series",
            )
        )
    )


def _metric(request, slug):
    metric = _known_metrics(request).filter(slug=slug).first()
    if metric is None:
        raise Http404(f"No metric “{slug}” is known. /api/v1/metrics lists all there are.")
    return metric


def _series(metric, scope):
    """The series of a metric in a scope; 404 where there are no readings of it."""
    found = next((series for series in metric.spoken_series if series.scope == scope), None)
    if found is None:
        scopes = ", ".join(series.scope for series in metric.spoken_series) or "none yet"
        raise Http404(f"There are no readings of it for “{scope}”. Its scopes are: {scopes}.")
    return found


def _of(table, metric, at):
    """What stood at a moment of all series of a metric in a table."""
    return (
        table.queryset()
        .live(at)
        .filter(series__metric=metric)
        .order_by(*BY_SCOPE, "published_at", "pk")
    )


def _short_metric(request, metric):
    return {
        "slug": metric.slug,
        "url": address(request, metric),
        "code": metric.code,
        "name": metric.profile.name,
        "profile": told(CARDS, metric.profile, without=OF_METRIC),
        "scopes": [series.scope for series in metric.spoken_series],
    }


def _reading(reading, multiplier):
    number = reading.number(multiplier)
    return told(READINGS, reading, without=OF_METRIC) | {
        "number": None if number is None else float(number)
    }
