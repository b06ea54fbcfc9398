"""Shapes of the pages of metrics: the one verdict drawn, listed and told of its past."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import F

from bhcp_portal.kit.dates import day_in_words, london_day, on_or_in, span
from bhcp_portal.kit.sources import OURSELVES, credit
from programmes.models import Metric, MetricProfile, Reading, Series, Target
from programmes.models.period import in_period, period_words
from programmes.spc import Analysis
from programmes.spc.analysis import MISSING
from programmes.spc.chart import (
    Break,
    Drawn,
    Note,
    TargetLine,
    assurance_icon,
    sparkline,
    variation_icon,
)
from programmes.verdict import (
    Freshness,
    Verdict,
    freshness_of,
    main_series,
    told_together,
    value_words,
    verdicts,
)

OGL = "Open Government Licence"
# A page stays light however long a series is: what is older stands in the files and on further pages.
MOST_DRAWN = 400
ROWS_ON_A_PAGE = 132
FEW_ROWS = 24


class Change(models.TextChoices):
    """What a reader may look for in the latest figure of each metric."""

    WORSE = "worse", "Change for the worse"
    BETTER = "better", "Change for the better"
    UNUSUAL = "unusual", "Unusual"
    USUAL = "usual", "No unusual change"
    UNSAID = "unsaid", "Too few points to say"


class Order(models.TextChoices):
    """The orders of the list of metrics."""

    NAME = "name", "Name"
    VARIATION = "variation", "Change: worse first"
    ASSURANCE = "target", "Target: missed first"
    FRESHNESS = "late", "Latest figure: longest late first"


CHANGES = {
    "concern": Change.WORSE,
    "improvement": Change.BETTER,
    "neutral": Change.UNUSUAL,
    "common": Change.USUAL,
}
ASSURANCES = ("fail", "inconsistent", "pass", None)


# -- one verdict ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A verdict in a list or at the head of a page: its pictures, beside which its words stand."""

    verdict: Verdict
    spark: str
    variation_icon: str
    assurance_icon: str

    @property
    def address(self):
        """The address of its page, of this scope."""
        return address_of(self.verdict.series)


def address_of(series):
    """The address of a metric's page, of one scope."""
    return f"{series.metric.get_absolute_url()}?scope={series.scope}"


def shown(verdict) -> Shown:
    numbers = [point.value for point in verdict.points]
    kinds = [point.kind for point in verdict.points]
    words = f"{verdict.profile.short_name}, the latest {min(len(numbers), 24)} figures"
    return Shown(
        verdict,
        sparkline(numbers, kinds=kinds, words=words),
        variation_icon(verdict.variation),
        assurance_icon(verdict.assurance),
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A re-base or a note, with the letter or number that the chart shows; empty where it shows none."""

    sign: str
    when: str
    said: object


def marks_of(verdict):
    """The re-bases and the notes, each signed as the chart signs it: A, B …, and 1, 2 …"""
    periods = [point.period for point in verdict.points]
    drawn = [r for r in verdict.rebases if bisect_left(periods, r.starts_on) < len(periods)]
    letters = {rebase.pk: chr(ord("A") + n % 26) for n, rebase in enumerate(drawn)}
    frequency = verdict.profile.frequency
    return (
        [Mark(letters.get(r.pk, ""), day_in_words(r.starts_on), r) for r in verdict.rebases],
        [
            Mark(str(number), period_words(note.period, frequency), note)
            for number, note in enumerate(verdict.notes, 1)
        ],
    )


def drawing(verdict, foot=()) -> Drawn:
    """Everything the chart shows. ``foot``: what the chart as a file says below."""
    periods = [point.period for point in verdict.points]
    if verdict.analysis:
        analysis = verdict.analysis
    else:
        analysis = Analysis((), (MISSING,) * len(periods), None)
    what = ""
    if periods:
        what = f" The chart shows {verdict.points[0].words} to {verdict.points[-1].words}."
    return Drawn(
        title=f"{verdict.profile.name}: {verdict.scope_name}",
        description=verdict.sentence + what,
        periods=tuple(point.mark for point in verdict.points),
        values=tuple(p.text if p.value is not None else "" for p in verdict.points),
        analysis=analysis,
        unit="Per cent" if verdict.profile.is_percentage else verdict.profile.unit.capitalize(),
        is_percentage=verdict.profile.is_percentage,
        floor=0.0,
        provisional=frozenset(i for i, p in enumerate(verdict.points) if p.is_provisional),
        hidden=frozenset(i for i, p in enumerate(verdict.points) if p.is_hidden),
        targets=tuple(_target_lines(verdict.targets, periods)),
        breaks=tuple(
            Break(bisect_left(periods, r.starts_on), "Limits start anew") for r in verdict.rebases
        ),
        notes=tuple(
            Note(bisect_left(periods, note.period), note.words, number)
            for number, note in enumerate(verdict.notes, 1)
        ),
        foot=tuple(foot),
    )


def latest_part(drawn, most=MOST_DRAWN) -> Drawn:
    """The same drawing, of the latest so many periods."""
    cut = len(drawn.periods) - most
    if cut <= 0:
        return drawn
    segments = drawn.analysis.segments
    kept = [
        replace(segment, start=max(0, segment.start - cut))
        for segment, following in zip(segments, [*segments[1:], None], strict=True)
        if following is None or following.start > cut
    ]
    return replace(
        drawn,
        periods=drawn.periods[cut:],
        values=drawn.values[cut:],
        analysis=replace(drawn.analysis, segments=tuple(kept), points=drawn.analysis.points[cut:]),
        # A place before the first would count from the end.
        provisional=frozenset(index - cut for index in drawn.provisional if index >= cut),
        hidden=frozenset(index - cut for index in drawn.hidden if index >= cut),
        targets=tuple(_shifted(target, cut) for target in drawn.targets),
        breaks=tuple(replace(change, index=change.index - cut) for change in drawn.breaks),
        notes=tuple(replace(note, index=note.index - cut) for note in drawn.notes),
    )


def _shifted(target, cut):
    """A target as it holds from a later period on; a level that began before begins with it."""
    points = [(index - cut, value) for index, value in target.points]
    before = [value for index, value in points if index < 0]
    after = [point for point in points if point[0] >= 0]
    if target.kind != Target.Kind.TRAJECTORY and before and after and after[0][0] > 0:
        after.insert(0, (0, before[-1]))
    return replace(target, points=tuple(after))


def _target_lines(targets, periods):
    """A line for each standard or aim, up to the next of its kind; one for all steps of a trajectory."""
    for kind, same in groupby(sorted(targets, key=_kind_and_start), lambda target: target.kind):
        same = list(same)
        if kind == Target.Kind.TRAJECTORY:
            steps = [(bisect_left(periods, t.starts_on), float(t.value)) for t in same]
            points = tuple(step for step in steps if step[0] < len(periods))
            words = {target.words for target in same}
            if points:
                name = words.pop() if len(words) == 1 else "Planned steps (trajectory)"
                yield TargetLine(name, points, kind)
            continue
        for target, following in zip(same, [*same[1:], None], strict=True):
            end = target.ends_on or date.max
            covered = [
                index
                for index, period in enumerate(periods)
                if target.starts_on <= period <= end
                and not (following and following.starts_on <= period)
            ]
            if covered:
                value = float(target.value)
                ends = dict.fromkeys((covered[0], covered[-1]))
                yield TargetLine(target.words, tuple((index, value) for index in ends), kind)


def _kind_and_start(target):
    return target.kind, target.starts_on


def progress_words(verdict):
    """How far from baseline to target in words; what is missing, never 0 %, where it can't be said."""
    profile, target = verdict.profile, verdict.target
    if profile.baseline_value is None:
        return "No baseline was set, so progress cannot be worked out."
    when = in_period(profile.baseline_period, profile.frequency)
    start = f"{verdict.says(profile.baseline_value)} {when}"
    if verdict.latest is None:
        return f"It started from {start}. There is no data yet to show how far it has come."
    if target is None:
        return f"It started from {start}. No target was set, so progress cannot be worked out."
    made = verdict.progress
    if made.keep_at is not None:
        return (
            f"It started from {start}, which is the target: keep at {verdict.says(made.keep_at)}."
        )
    goal = verdict.says(target.value)
    if made.share < 0:
        return f"It started from {start} and is now further from the target of {goal}."
    if made.share > 1:
        return f"It started from {start} and is now past the target of {goal}."
    share = int(made.share * 100 + 0.5)
    return f"It started from {start} and has come {share}% of the way to the target of {goal}."


# -- several metrics -------------------------------------------------------------------------------


def main_verdicts(metrics, *, at, day):
    """The verdict on each metric in its main scope, by name; two queries besides the metrics' own."""
    metrics = list(metrics)
    main = main_series(metrics, at)
    series = [main.get(metric.pk) or Series(metric=metric) for metric in metrics]
    return sorted(verdicts(series, at=at, day=day, with_sources=False), key=_name)


def _name(verdict):
    return verdict.profile.short_name.lower()


def kind_of(verdict):
    """Which of ``Change`` the latest figure of a verdict shows."""
    first = (verdict.variation or "").partition("_")[0]
    return CHANGES.get(first, Change.UNSAID)


def arranged(found, *, variation="", sort=""):
    """Those of the verdicts that show what was asked for, in the order asked for."""
    if variation:
        found = [verdict for verdict in found if kind_of(verdict) == variation]
    return sorted(found, key=ORDER_KEYS.get(sort or Order.NAME))


def _days_late(verdict):
    return verdict.freshness.days_late if verdict.freshness else -1


ORDER_KEYS = {
    Order.NAME: _name,
    Order.VARIATION: lambda v: (Change.values.index(kind_of(v)), _name(v)),
    Order.ASSURANCE: lambda v: (ASSURANCES.index(v.assurance), _name(v)),
    Order.FRESHNESS: lambda v: (-_days_late(v), _name(v)),
}


def shown_of(series, *, at, day):
    """The verdicts on series as a list shows them, by name; one query, where ``verdicts`` needs no more."""
    found = verdicts(series, at=at, day=day, with_sources=False)
    return [shown(verdict) for verdict in sorted(found, key=_name)]


def of_programme(programme, *, at, day):
    """The metrics that a programme means to move, each in its main scope; two queries."""
    main = {}
    for series in Series.objects.of_programme(programme, at).with_scope():
        main.setdefault(series.metric_id, series)
    return shown_of(main.values(), at=at, day=day)


def by_goal(links, *, at, day):
    """The metrics of each goal, by its key: pairs of what a list shows and the link; three queries."""
    links = list(links.with_metric())
    found = main_verdicts({link.metric for link in links}, at=at, day=day)
    of = {verdict.series.metric_id: shown(verdict) for verdict in found}
    goals = {}
    for link in links:
        if link.metric_id in of:
            goals.setdefault(link.goal_id, []).append((of[link.metric_id], link))
    return goals


@dataclass(frozen=True, slots=True)
class Tally:
    """How many metrics there are, and how many of them the latest figure shows a change in."""

    total: int
    better: int
    worse: int


def tally(found) -> Tally:
    kinds = Counter(map(kind_of, found))
    return Tally(len(found), kinds[Change.BETTER], kinds[Change.WORSE])


# -- how fresh ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fresh:
    """Which period a metric has come to in one place, when that came, and what is expected next.

    ``expected`` is ``None`` where nothing is: paused, retired, or nothing came yet.
    """

    series: Series
    profile: MetricProfile
    scope_name: str
    last_words: str
    came_words: str
    is_estimated: bool
    expected: Freshness | None

    @property
    def address(self):
        return address_of(self.series) if self.last_words else self.series.metric.get_absolute_url()

    @property
    def days_late(self):
        return self.expected.days_late if self.expected else 0


def freshness(*, at, day):
    """Every metric in every place it is told of, the latest first, then by name; three queries."""
    told = list(Series.objects.told(at).with_last_told(at).with_scope().main_first())
    have = {series.metric_id for series in told}
    told += [Series(metric=m) for m in Metric.objects.known_at(at) if m.pk not in have]
    told, _, cards, places = told_together(told, at=at, day=day)
    found = [
        _fresh(series, place, day)
        for series, place in zip(told, places, strict=True)
        if series.metric_id in cards
    ]
    return sorted(found, key=lambda fresh: (-fresh.days_late, fresh.profile.short_name.lower()))


def _fresh(series, place, day):
    profile = series.metric.profile
    last = getattr(series, "last_period", None)
    came = ""
    if last:
        written = series.last_published_as or london_day(series.last_published_at).isoformat()
        came = span(written).in_words()
    return Fresh(
        series=series,
        profile=profile,
        scope_name=place,
        last_words=period_words(last, profile.frequency) if last else "",
        came_words=came,
        is_estimated=bool(last) and series.last_is_estimated,
        expected=freshness_of(profile, last, day),
    )


# -- what was published before --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restatement:
    """One period whose published figure changed, told in a sentence each time it did."""

    period: date
    words: str
    sentence: str


def restatements(series, profile, at):
    """The periods of a series whose figures changed after they were published, the newest change first.

    Where a period is hidden now, none of its figures is told. One query.
    """
    replaced = Reading.objects.said_by(at).filter(series=series, superseded_at__lte=at)
    said = (
        Reading.objects.said_by(at)
        .filter(series=series, period__in=replaced.values("period"))
        .exclude(superseded_at=F("published_at"))
        .order_by("period", "published_at", "pk")
    )
    found = []
    for period, same in groupby(said, lambda reading: reading.period):
        versions = list(same)
        if len(versions) > 1:
            words = period_words(period, profile.frequency)
            sentence = ", ".join(_steps(versions, profile)) + "."
            found.append((versions[-1].published_at, Restatement(period, words, sentence)))
    found.sort(key=lambda pair: (pair[0], pair[1].period), reverse=True)
    return [restatement for _, restatement in found]


def _steps(versions, profile):
    is_secret = versions[-1].is_hidden
    for number, version in enumerate(versions):
        when = on_or_in(version.published_as or london_day(version.published_at).isoformat())
        when += " (estimated)" if version.is_estimated else ""
        why = f", because: {version.reason.rstrip('.')}" if number and version.reason else ""
        yield f"{_verb(version, number, is_secret, profile)} {when}{why}"


def _verb(version, number, is_secret, profile):
    if version.is_hidden:
        return "hidden, as too small to publish," if number else "first held back as too small"
    if version.is_withdrawn:
        return "withdrawn"
    if is_secret:
        return "restated" if number else "first published"
    figure = value_words(version.number(profile.multiplier), profile)
    return f"restated to {figure}" if number else f"first published as {figure}"


# -- one metric -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """A page of the table of figures: ``page`` 1 holds the latest; each is read in the chart's order."""

    page: Page
    caption: str
    summary: str
    are_few: bool
    is_asked_for: bool

    @property
    def in_turn(self):
        return reversed(self.page.object_list)


def figures_of(verdict, asked) -> Figures:
    points = verdict.points
    page = Paginator(points[::-1], ROWS_ON_A_PAGE).get_page(asked)
    caption = "The chart as a table"
    if page.has_other_pages():
        caption += f", {page.object_list[-1].words} to {page.object_list[0].words}"
    return Figures(
        page=page,
        caption=caption,
        summary=f"Show the figures as a table ({len(page.object_list)} rows)",
        are_few=len(points) <= FEW_ROWS,
        is_asked_for=bool(asked),
    )


@dataclass(frozen=True, slots=True)
class MetricPage:
    """All that a metric's page shows of it in one scope, as it had been said by a moment."""

    shown: Shown
    drawn: Drawn
    figures: Figures
    others: list[Shown]
    has_scopes: bool
    rebases: list[Mark]
    notes: list[Mark]
    progress: str
    targets: list
    sources: list
    restated: list[Restatement]
    programmes: list
    goals: list
    successor: MetricProfile | None

    @property
    def verdict(self):
        return self.shown.verdict

    @property
    def is_cut(self):
        """Whether the chart leaves out periods long ago."""
        return len(self.drawn.periods) < len(self.verdict.points)

    @property
    def chart_title(self):
        points = self.verdict.points[-len(self.drawn.periods) :]
        return f"{self.verdict.profile.name}, {points[0].words} to {points[-1].words}"

    @property
    def columns(self):
        """The heads of the table of figures."""
        profile = self.verdict.profile
        return [
            "Period",
            "Figure",
            *(["Counts"] if profile.has_parts else []),
            *(["What it says"] if profile.uses_spc else []),
            "Published",
        ]

    @property
    def attributions(self):
        """What the licences of the figures ask to be said."""
        return attributions(self.sources, self.verdict)

    @property
    def source(self):
        """The one source of all its figures; ``None`` where there are several, or none."""
        return self.sources[0] if len(self.sources) == 1 else None


def scopes_of(slug, *, at, day):
    """The verdict on a metric in each of its scopes, the main one first; none: no such metric.

    A metric without a figure has one verdict, which says so. Four queries.
    """
    metric = Metric.objects.known_at(at).filter(slug=slug).first()
    if metric is None:
        return []
    all_series = metric.series.with_scope().main_first()
    told = list(all_series.told(at)) or list(all_series[:1]) or [Series(metric=metric)]
    return verdicts(told, at=at, day=day)


def in_scope(found, code):
    """The verdict in the scope of a code, the main one where none is asked for; ``None``: no such scope."""
    asked = code.strip().upper()
    if not asked:
        return found[0]
    return next((verdict for verdict in found if verdict.scope == asked), None)


def metric_page(found, verdict, *, at, rows=None) -> MetricPage:
    """The page of a verdict, one of those ``found`` for its metric; at most four queries more.

    ``rows``: which page of its table was asked for.
    """
    metric, profile = verdict.metric, verdict.profile
    rebases, notes = marks_of(verdict)
    successor = None
    if profile.successor_id:
        successor = MetricProfile.objects.live(at).filter(metric=profile.successor_id).first()
    restated = []
    if verdict.series.pk:
        restated = restatements(verdict.series, profile, at)
    return MetricPage(
        shown=shown(verdict),
        drawn=latest_part(drawing(verdict)),
        figures=figures_of(verdict, rows),
        others=[shown(other) for other in found if other is not verdict],
        has_scopes=len(found) > 1,
        rebases=rebases,
        notes=notes,
        progress=progress_words(verdict),
        targets=[_told_target(target, verdict) for target in reversed(verdict.targets)],
        sources=sources_of(verdict),
        restated=restated,
        programmes=list(metric.programme_links.applying(at).by_programme(at)),
        goals=list(metric.goal_links.applying(at).by_goal(at)),
        successor=successor,
    )


@dataclass(frozen=True, slots=True)
class ToldTarget:
    """A target in words. ``is_used``: the verdict is by this one."""

    words: str
    is_used: bool
    said: Target


def _told_target(target, verdict):
    until = f" to {day_in_words(target.ends_on)}" if target.ends_on else ""
    held = f"from {day_in_words(target.starts_on)}{until}"
    words = f"{target.get_kind_display()}: {verdict.says(target.value)}, {held}. {target.words}"
    return ToldTarget(words.rstrip(".") + ".", target is verdict.target, target)


def sources_of(verdict):
    """The sources of the figures, the newest first."""
    found = {p.reading.source_id: p.reading.source for p in verdict.points if p.reading}
    found.pop(None, None)
    return sorted(found.values(), key=lambda source: source.published_at, reverse=True)


def attributions(sources, verdict):
    """What is to be said of some sources, each once, and of the figures that staff sent without one."""
    said = dict.fromkeys(map(attribution, sources))
    told = [p.reading for p in verdict.points if p.reading and not p.reading.is_withdrawn]
    own = [reading for reading in told if reading.source_id is None]
    if own:
        which = "These figures" if len(own) == len(told) else "Some of these figures"
        owner, licence = credit(None)
        said[f"{which} are {owner}’ own, licensed under the {licence}."] = None
    return list(said)


def attribution(source):
    """The words that a source's licence asks to be shown with its figures."""
    if OGL in source.licence:
        return (
            "Contains public sector information licensed under the "
            f"{source.licence}. Source: {source.publisher}."
        )
    licence = source.licence or "not stated"
    return f"Source: {source.title}, {source.publisher}. Licence: {licence}."


def foot_of(verdict, address):
    """The lines inside the chart as a file: whose figures, under which licence, as of when, where from."""
    sources = sources_of(verdict)
    lines = [f"Figures: {source.title}, {source.publisher}." for source in sources]
    data = verdict.profile.data_source
    if data and data not in sources:
        sources.append(data)
        lines.append(f"Where the data come from: {data.title}, {data.publisher}.")
    return [
        *lines,
        *attributions(sources, verdict),
        f"As published by {day_in_words(verdict.day)}. {OURSELVES}.",
        address,
    ]
