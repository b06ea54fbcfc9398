"""The API of metrics, their readings and the verdict on them (CONTRACT 5)."""

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
    ThingOut,
    address,
    answers,
    chosen,
    list_schema,
    page,
    schema_for,
    serialise,
    serialise_all,
    word_of,
)
from bhcp_portal.kit.kinds import table_of
from metrics.filters import MetricFilters
from metrics.models import WHOLE_BAY, Metric, Reading, Series
from metrics.presenters.list import Variation, arranged, main_verdicts
from metrics.presenters.page import in_scope
from metrics.spc.chart import ASSURANCE_WORDS, KIND_WORDS, LABEL_WORDS, VARIATION_WORDS
from metrics.tables.cards import HomeMetricTable, MetricProfileTable
from metrics.tables.readings import ReadingTable
from metrics.tables.series import ChartNoteTable, RebaseTable, TargetTable
from metrics.verdict import Trend, verdicts

router = Router(tags=["Metrics"])
ROUTERS = {"metrics": router}

# Generated clients name an operation by its operation_id, so these stay although the code moved.

# Only what was not taken back is given, so their column `applies` is left out.
OF_LINK = "applies"
OF_METRIC = ("metric",)
# The order of a metric's scopes: the whole area, then partners, then ICCs.
BY_SCOPE = (
    F("series__icc__code").asc(nulls_first=True),
    F("series__partner__code").asc(nulls_first=True),
)
CARDS, READINGS = MetricProfileTable(), ReadingTable()
TARGETS, REBASES, NOTES = TargetTable(), RebaseTable(), ChartNoteTable()
MetricProfileOut = schema_for("MetricProfileOut", CARDS, without=OF_METRIC)
MetricTargetOut = schema_for("MetricTargetOut", TARGETS, without=OF_METRIC)
MetricRebaseOut = schema_for("MetricRebaseOut", REBASES, without=OF_METRIC)
MetricNoteOut = schema_for("MetricNoteOut", NOTES, without=OF_METRIC)
# Programmes and goals are in an app above this one, so their links are reached by relations.
LINKS = {
    name: table_of(Metric._meta.get_field(f"{name}_links").related_model)
    for name in ("programme", "goal")
}
MetricGoalOut = schema_for("MetricGoalOut", LINKS["goal"], without=(*OF_METRIC, OF_LINK))
MetricOfProgrammeOut = schema_for(
    "MetricOfProgrammeOut", LINKS["programme"], without=(*OF_METRIC, OF_LINK)
)
HOME = HomeMetricTable()
MetricHomeOut = schema_for("MetricHomeOut", HOME, without=(*OF_METRIC, OF_LINK))
MetricReadingOut = schema_for(
    "MetricReadingOut",
    READINGS,
    without=OF_METRIC,
    number=(
        float | None,
        Field(
            description="the reading in the measure’s unit, worked out; none where it is hidden, "
            "withdrawn or there is nothing to count"
        ),
    ),
)
Code = Annotated[str, Field(description="its code in tables")]


class MetricShortOut(ThingOut):
    """A metric as lists have it."""

    code: Code
    name: str
    profile: Annotated[MetricProfileOut, Field(description="its card")]
    scopes: Annotated[
        list[str],
        Field(description="where there are readings of it: codes, the main scope first"),
    ]


class MetricFullOut(MetricShortOut):
    """A metric with all that was said of it but its readings."""

    targets: list[MetricTargetOut]
    rebases: Annotated[
        list[MetricRebaseOut],
        Field(description="where counting changed, so that limits begin again"),
    ]
    chart_notes: list[MetricNoteOut]
    programmes: list[MetricOfProgrammeOut]
    goals: list[MetricGoalOut]
    home: Annotated[
        list[MetricHomeOut], Field(description="its place on the home page, if it has one")
    ]


class AnalysisSegmentOut(BaseModel):
    """A stretch of points with one set of limits."""

    start: Annotated[int, Field(description="which of the points it starts with; the first is 0")]
    n: Annotated[int, Field(description="how many of its points have a number")]
    mean: float | None
    lower: Annotated[float | None, Field(description="lower limit; none while points are too few")]
    upper: Annotated[float | None, Field(description="upper limit; none while points are too few")]
    short: Annotated[bool, Field(description="whether it has fewer than 13 points")]


class AnalysisPointOut(BaseModel):
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


class AnalysisYearBeforeOut(BaseModel):
    """A figure to compare the latest with."""

    period: Annotated[date, Field(description="its first day")]
    value: float


class AnalysisTargetOut(BaseModel):
    """The target, and how it is met. Both answers are none where neither direction is better."""

    value: float
    met: Annotated[bool | None, Field(description="whether the latest point is at it or better")]
    met_in_last_12: Annotated[
        int | None,
        Field(description="how many of the last 12 points with a number are at it or better"),
    ]


class MetricAnalysisOut(ThingOut):
    """The verdict on one series: the same that page, chart, table and sentence give."""

    code: Code
    scope: Annotated[
        str | None, Field(description="code of the scope; none where there are no readings yet")
    ]
    segments: list[AnalysisSegmentOut]
    points: list[AnalysisPointOut]
    variation: Annotated[
        Literal[tuple(code for code in VARIATION_WORDS if code)] | None,
        Field(description="what the latest point shows; none while points are too few"),
    ]
    assurance: Annotated[
        Literal[tuple(code for code in ASSURANCE_WORDS if code)] | None,
        Field(
            description="whether the target will be met; none without a target or where it is too early to say"
        ),
    ]
    trend: Annotated[
        Literal[tuple(Trend.values)] | None,
        Field(
            description="how it goes, by the whole last segment and by its last 24 points; "
            "mixed: better by one and worse by the other; changed: neither direction is better; "
            "early: too early to say; none where its card says that changes are not judged"
        ),
    ]
    year_before: Annotated[
        AnalysisYearBeforeOut | None,
        Field(description="the same period a year before the latest; none without a number there"),
    ]
    target: Annotated[
        AnalysisTargetOut | None,
        Field(description="the target that it is judged against; none without one"),
    ]
    progress: Annotated[
        float | None,
        Field(
            description="how far it has come from the baseline, 0, to the target, 1; none without "
            "either, and where the baseline was at the target or better"
        ),
    ]
    sentence: Annotated[str, Field(description="all that in plain words")]


ScopeCode = Annotated[
    str | None,
    Field(
        pattern=r"^[A-Za-z0-9]{1,20}$",
        description=f"Code of an ICC or a partner, or {WHOLE_BAY} for the whole area.",
    ),
]


class AskedScope(Asked):
    scope: ScopeCode = None


class AskedReadings(AskedPage):
    scope: ScopeCode = None


class AskedMetrics(AskedPage):
    """The filters of the list. What they may say, ``MetricFilters`` knows."""

    goal: Annotated[str | None, Field(description="Slug of a goal that it is to move.")] = None
    programme: Annotated[
        str | None, Field(description="Slug of a programme that is to change it.")
    ] = None
    partner: Annotated[
        str | None,
        Field(description="Slug or code of a partner that owns it or that it is counted for."),
    ] = None
    trend: word_of(
        Trend.choices,
        "How it goes in its main scope, as `/analysis` gives it. Left out is what was retired, "
        "and what is counted for a body that has ended.",
    ) = None
    variation: word_of(Variation.choices, "What its latest figure shows.") = None
    q: Annotated[
        str | None, Field(description="Words of its name or of why it is counted, all of them.")
    ] = None


MetricSlug = PathEx[str, P(description="the measure’s slug")]


@router.get(
    "",
    response=answers(list_schema(MetricShortOut)),
    url_name="metrics",
    operation_id="programmes_api_metric_list",
)
def metric_list(request, asked: Query[AskedMetrics]):
    """The outcome metrics"""
    at, day = request.moment.at, request.moment.today
    found = chosen(MetricFilters(request.GET, at=at, day=day))
    shown = {name: found.pop(name, "") for name in ("trend", "variation")}
    rows = _known_metrics(request).chosen_by(**found, at=at).order_by("slug")
    if any(shown.values()):
        # What a figure shows is worked out, so the database can't be asked for it.
        judged = arranged(main_verdicts(rows, at=at, day=day), **shown)
        rows = rows.filter(pk__in=[verdict.metric.pk for verdict in judged])
    return page(request, asked, rows, lambda each: _short_metric(request, each))


@router.get(
    "/{slug:slug}",
    response=answers(MetricFullOut),
    url_name="metric",
    operation_id="programmes_api_metric_detail",
)
def metric_detail(request, slug: MetricSlug, asked: Query[Asked]):
    """One metric: its card, targets, re-bases and notes"""
    metric, at = _metric(request, slug), request.moment.at
    of_series = {"targets": TARGETS, "rebases": REBASES, "chart_notes": NOTES}
    links = {
        "programmes": (LINKS["programme"], metric.programme_links),
        "goals": (LINKS["goal"], metric.goal_links),
        "home": (HOME, metric.home_places),
    }
    return (
        _short_metric(request, metric)
        | {
            name: serialise_all(table, _of(table, metric, at), without=OF_METRIC)
            for name, table in of_series.items()
        }
        | {
            name: serialise_all(
                table,
                rows.applying(at).order_by("published_at", "pk"),
                without=(*OF_METRIC, OF_LINK),
            )
            for name, (table, rows) in links.items()
        }
    )


@router.get(
    "/{slug:slug}/readings",
    response=answers(list_schema(MetricReadingOut)),
    url_name="readings",
    operation_id="programmes_api_metric_readings",
)
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


@router.get(
    "/{slug:slug}/analysis",
    response=answers(MetricAnalysisOut),
    url_name="analysis",
    operation_id="programmes_api_metric_analysis",
)
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
            "trend": Trend.EARLY if metric.profile.uses_spc else None,
            "year_before": None,
            "target": None,
            "progress": None,
            "sentence": f"{metric.profile.name}: no figures have been published.",
        }
    [found] = verdicts([series], at=moment.at, day=moment.today)
    return thing | {
        "scope": found.scope,
        "segments": [
            {name: getattr(segment, name) for name in AnalysisSegmentOut.model_fields}
            for segment in (found.analysis.segments if found.analysis else ())
        ],
        "points": [
            {name: getattr(point, name) for name in AnalysisPointOut.model_fields}
            for point in found.points
        ],
        "variation": found.variation,
        "assurance": found.assurance,
        "trend": found.trend,
        "year_before": _year_before(found.year_before),
        "target": _target(found.against_target),
        "progress": _progress(found.progress),
        "sentence": found.sentence,
    }


def _year_before(point):
    return point and {"period": point.period, "value": point.value}


def _target(against):
    return against and {
        "value": float(against.value),
        "met": against.is_met,
        "met_in_last_12": against.times_met,
    }


def _progress(made):
    return None if made is None or made.share is None else float(made.share)


def _known_metrics(request):
    at = request.moment.at
    spoken = Exists(Reading.objects.live(at).filter(series=OuterRef("pk")))
    return (
        Metric.objects.known_at(at)
        .with_profile(at)
        .prefetch_related(
            Prefetch(
                "series",
                Series.objects.filter(spoken).with_scope().main_first(at),
                to_attr="spoken_series",
            )
        )
    )


def _metric(request, slug):
    metric = _known_metrics(request).filter(slug=slug).first()
    if metric is None:
        raise Http404(f"No measure “{slug}” is known. /api/v1/metrics lists all there are.")
    return metric


def _series(metric, scope):
    """The series of a metric in a scope. Raises ``Http404`` if it has no readings."""
    found = in_scope(metric.spoken_series, scope)
    if found is None:
        scopes = ", ".join(series.scope for series in metric.spoken_series) or "none yet"
        raise Http404(f"There are no readings of it for “{scope}”. Its scopes are: {scopes}.")
    return found


def _of(table, metric, at):
    """The rows of a table that were live at a moment, for all series of a metric."""
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
        "profile": serialise(CARDS, metric.profile, without=OF_METRIC),
        "scopes": [series.scope for series in metric.spoken_series],
    }


def _reading(reading, multiplier):
    number = reading.number(multiplier)
    return serialise(READINGS, reading, without=OF_METRIC) | {
        "number": None if number is None else float(number)
    }
