"""The page of one measure in one scope."""

from dataclasses import dataclass
from operator import attrgetter

from django.core.paginator import Page, Paginator

from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.sources import Source
from iccs.models import Icc
from metrics.models import Metric, MetricProfile, Series, Target
from metrics.models.frequency import Frequency, in_period, period_words
from metrics.presenters.chart import MOST_DRAWN, drawing, span_words
from metrics.presenters.list import Shown, shown
from metrics.presenters.restatements import Restatement, restatements
from metrics.spc.chart import Drawn, letter_of
from metrics.verdict import RECENT, WHOLE_BAY_NAME, Trend
from partners.models import Partner, credit, site_name

OGL = "Open Government Licence"
ROWS_ON_A_PAGE = 132
MOST_COPIES = 3
# So many periods are two years; of longer ones the chart shows the latest 24.
OF_TWO_YEARS = {Frequency.DAY: 400, Frequency.WEEK: 104}


@dataclass(frozen=True, slots=True)
class Mark:
    """A re-base or a note, with its sign on the chart.

    ``sign`` is the letter of a re-base or the number of a note; empty if the chart shows none.
    """

    sign: str
    when: str
    statement: object


def marks_of(verdict, drawn):
    """The list of re-bases and that of notes, signed as on the chart: A, B …, and 1, 2 …

    The chart may show the latest periods alone; what lies before them has no sign on it. The newest
    re-base comes first.
    """
    seen = range(len(drawn.periods))
    pairs = zip(verdict.rebases, drawn.breaks, strict=True)
    letters = {
        rebase.pk: letter_of(place)
        for place, (rebase, change) in enumerate(pairs)
        if change.index in seen
    }
    frequency = verdict.profile.frequency
    return (
        [Mark(letters.get(r.pk, ""), day_in_words(r.starts_on), r) for r in verdict.rebases[::-1]],
        [
            Mark(
                str(mark.number) if mark.index in seen else "",
                period_words(note.period, frequency),
                note,
            )
            for note, mark in zip(verdict.notes, drawn.notes, strict=True)
        ],
    )


def answer(verdict):
    """What became of it, in a sentence or two for everybody; the plain facts lead while it is too
    early to say more (BEHAVIOUR S)."""
    if verdict.latest is None:
        return verdict.sentence
    went = "It got" if verdict.is_over else "It is getting"
    if verdict.trend in (Trend.EARLY, None):
        return verdict.facts_sentence if verdict.trend else ""
    if verdict.is_by_level:
        return (
            f"{verdict.year_sentence} {verdict.trend_words}: {verdict.level_sentence} "
            f"Chance alone is not likely to explain that.{_but(verdict)}"
        )
    return (
        f"{verdict.year_sentence} "
        + {
            Trend.BETTER: f"{went} better: chance alone is not likely to explain the change.",
            Trend.WORSE: f"{went} worse: chance alone is not likely to explain the change.",
            Trend.MIXED: f"Mixed: {verdict.mixed_words}.",
            Trend.CHANGED: "It changed more than chance is likely to explain. Neither way is better.",
            Trend.NONE: "No unusual change: it goes up and down no more than chance explains.",
        }[verdict.trend]
        + _but(verdict)
    )


def _but(verdict):
    """What a year before and the target say otherwise than the trend, which judges more figures."""
    goes = {Trend.BETTER: True, Trend.WORSE: False}.get(verdict.trend)
    year, target = verdict.against_year, verdict.against_target
    otherwise = []
    if goes is not None and not verdict.is_by_level and year and year.is_better is (not goes):
        otherwise.append(f"the latest figure is {year.words.lower()} than a year before")
    if goes is not None and target and target.is_met is (not goes):
        otherwise.append(f"the target is {'met' if target.is_met else 'not met'}")
    if not otherwise:
        return ""
    return f" Even so, {', and '.join(otherwise)}."


def progress_words(verdict):
    """The progress from baseline to target as a sentence.

    If something is missing, the sentence says what, instead of 0%.
    """
    profile, target = verdict.profile, verdict.target
    if profile.baseline_value is None:
        return "No baseline was set, so progress cannot be worked out."
    if not verdict.has_baseline:
        return (
            "The baseline is of the measure’s main place, not of this one, "
            "so progress cannot be worked out here."
        )
    when = in_period(profile.baseline_period, profile.frequency)
    start = f"{verdict.says(profile.baseline_value)} {when}"
    if verdict.latest is None:
        return f"It started from {start}. There is no data yet to show how far it has come."
    if target is None:
        return f"It started from {start}. {verdict.target_text}, so progress cannot be worked out."
    made = verdict.progress
    goal, is_met = verdict.says(target.value), verdict.against_target.is_met
    if made.keep_at is not None:
        words = "which is the target: keep at"
        if made.keep_at != profile.baseline_value:
            words = "better than the target: keep at or better than"
        now = {True: " It is met now.", False: " It is not met now.", None: ""}[is_met]
        return f"It started from {start}, {words} {goal}.{now}"
    if made.share < 0:
        return f"It started from {start} and is now further from the target of {goal}."
    if made.share > 1:
        place = "past" if is_met else "on the other side of"
        return f"It started from {start} and is now {place} the target of {goal}."
    # Rounded down: who is still on the way has not come all of it.
    share = int(made.share * 100)
    return f"It started from {start} and has come {share}% of the way to the target of {goal}."


@dataclass(frozen=True, slots=True)
class Figures:
    """A page of the table of figures. Page 1 holds the latest periods.

    ``in_turn`` gives its points in the chart's order. ``is_asked_for``: the reader chose a page.
    """

    page: Page
    caption: str
    summary: str
    is_asked_for: bool

    @property
    def in_turn(self):
        return reversed(self.page.object_list)


def drawn_part(verdict, *, is_whole=False) -> Drawn:
    """The chart of the latest two years; of quarters and years, of so many figures; or of all."""
    frequency = verdict.profile.frequency
    most = MOST_DRAWN if is_whole else OF_TWO_YEARS.get(frequency, RECENT)
    return drawing(verdict, most=most)


def figures_of(verdict, asked) -> Figures:
    points = verdict.points
    page = Paginator(points[::-1], ROWS_ON_A_PAGE).get_page(asked)
    caption = "The chart as a table"
    if page.has_other_pages():
        caption += f", {page.object_list[-1].words} to {page.object_list[0].words}"
    return Figures(
        page=page,
        caption=caption,
        summary=f"The figures as a table ({len(verdict.numbered)} {verdict.periods})",
        is_asked_for=bool(asked),
    )


@dataclass(frozen=True, slots=True)
class MetricPage:
    """All that the page of a metric shows in one scope, as it was known at a moment."""

    shown: Shown
    drawn: Drawn
    figures: Figures
    others: list[Shown]
    has_scopes: bool
    rebases: list[Mark]
    notes: list[Mark]
    progress: str
    main_name: str
    targets: list
    last_target: "TargetWords | None"
    sources: list
    restated: list[Restatement]
    programmes: list
    goals: list
    successor: MetricProfile | None

    @property
    def verdict(self):
        return self.shown.verdict

    @property
    def answer(self):
        return answer(self.verdict)

    @property
    def statistics(self):
        """What the statistics say, beyond what leads the page."""
        verdict = self.verdict
        if verdict.trend == Trend.MIXED:
            return verdict.mixed_reasons
        return verdict.needed_sentence if verdict.trend == Trend.EARLY else verdict.sentence

    @property
    def is_cut(self):
        """Whether the chart leaves out the oldest periods."""
        return len(self.drawn.periods) < len(self.verdict.points)

    @property
    def span(self):
        """From when to when the chart goes, in words."""
        return span_words(self.verdict.points[-len(self.drawn.periods) :])

    @property
    def columns(self):
        """The headings of the table of figures."""
        profile = self.verdict.profile
        return [
            "Period",
            "Figure",
            *(["Counts"] if profile.has_parts else []),
            *(["What it says"] if profile.uses_spc else []),
            "Published",
        ]

    @property
    def copies(self):
        """The sources, three at most, that say which copy of a data set is held here."""
        return [s for s in self.sources if s.kind == Source.Kind.DATA and s.note][:MOST_COPIES]

    @property
    def attributions(self):
        """The sentences that the licences of the figures require."""
        return attributions(self.sources, self.verdict)

    @property
    def quote(self):
        """A sentence with the latest figure and where it came from, to be quoted."""
        verdict = self.verdict
        if verdict.latest is None:
            return f"{verdict.profile.name}, {verdict.scope_name}."
        source = verdict.latest.reading.source_profile
        when = in_period(verdict.latest.period, verdict.profile.frequency)
        counts = f" ({verdict.latest.parts})" if verdict.latest.parts else ""
        figure = (
            f"{verdict.profile.name}, {verdict.scope_name}: {verdict.latest.text} {when}{counts}."
        )
        if source is None:
            return figure
        return (
            f"{figure} Source: {source.publisher}, {source.title} ({source.issued_words}); "
            "later changes there may be missing."
        )

    @property
    def source(self):
        """The one source of all its figures; ``None`` if they have several sources, or none."""
        return self.sources[0] if len(self.sources) == 1 else None


def series_of(slug, at):
    """The series of a metric that have readings, the main one first; two queries.

    A metric without readings gives one series, which may be unsaved. An unknown slug gives an empty
    list.
    """
    metric = Metric.objects.known_at(at).filter(slug=slug).first()
    if metric is None:
        return []
    every = metric.series.with_scope().main_first(at)
    return list(every.with_readings(at)) or list(every[:1]) or [Series(metric=metric)]


def in_scope(found, code):
    """The first of ``found``, series or verdicts, whose scope has this code; ``None`` without one.

    An empty code gives the first of all. Capital and small letters are the same. A code that an
    ICC or a partner had once stands for the one that it has now.
    """
    asked = code.strip().upper()
    if not asked:
        return found[0] if found else None
    for model in (Partner, Icc) if all(each.scope != asked for each in found) else ():
        if moved := thing_once_at(model, asked, by="code"):
            asked = moved.code
    return next((each for each in found if each.scope == asked), None)


def metric_page(found, verdict, *, at, rows=None, is_whole=False) -> MetricPage:
    """The page of ``verdict``; at most four queries more.

    ``found`` are all verdicts on the same metric, one for each scope. ``rows`` is the page of the
    table of figures that was asked for; ``is_whole``: the chart shows all periods, not the latest.
    """
    metric, profile = verdict.metric, verdict.profile
    drawn = drawn_part(verdict, is_whole=is_whole)
    rebases, notes = marks_of(verdict, drawn)
    successor = None
    if profile.successor_id:
        successor = MetricProfile.objects.live(at).filter(metric=profile.successor_id).first()
    restated = []
    if verdict.series.pk:
        restated = restatements(verdict.series, profile, at)
    return MetricPage(
        shown=shown(verdict),
        drawn=drawn,
        figures=figures_of(verdict, rows),
        others=[shown(other) for other in found if other is not verdict],
        has_scopes=len(found) > 1,
        rebases=rebases,
        notes=notes,
        progress=progress_words(verdict),
        main_name=main_name(found, profile),
        targets=[_target_words(target, verdict) for target in reversed(verdict.targets)],
        last_target=last_target_words(verdict),
        sources=sources_of(verdict),
        restated=restated,
        programmes=list(metric.programme_links.applying(at).by_programme(at)),
        goals=list(metric.goal_links.applying(at).by_goal(at)),
        successor=successor,
    )


def main_name(found, profile):
    """The name of a measure's main place; its code, if it has no figures there."""
    if profile.main_place == (None, None):
        return WHOLE_BAY_NAME
    named = (v.scope_name for v in found if v.series.place == profile.main_place)
    return next(named, None) or profile.main_scope


@dataclass(frozen=True, slots=True)
class TargetWords:
    """A target in words. ``is_used``: the verdict is judged against it."""

    words: str
    is_used: bool
    statement: Target


def _target_words(target, verdict):
    until = f" to {day_in_words(target.ends_on)}" if target.ends_on else ""
    held = f"from {day_in_words(target.starts_on)}{until}"
    words = f"{target.get_kind_display()}: {verdict.says(target.value)}, {held}. {target.words}"
    return TargetWords(words.rstrip(".") + ".", target is verdict.target, target)


def last_target_words(verdict) -> TargetWords | None:
    """The last target of a measure that has none now, in a sentence; ``None`` if it has one, or had none."""
    judged = [target for target in verdict.targets if target.for_verdict]
    if verdict.target or not judged:
        return None
    last = judged[-1]
    value, words = verdict.says(last.value), ""
    if verdict.latest and last.starts_on > verdict.latest.period:
        words = f"One of {value} begins on {day_in_words(last.starts_on)}."
    elif last.ends_on:
        words = f"The last was {value}, up to {day_in_words(last.ends_on)}."
    return TargetWords(words, False, last) if words else None


def sources_of(verdict):
    """The sources of a verdict's readings, the newest first."""
    found = {p.reading.source_id: p.reading.source_profile for p in verdict.points if p.reading}
    return sorted(filter(None, found.values()), key=attrgetter("newest"), reverse=True)


def attributions(sources, verdict):
    """The attribution of each source, once, and a sentence on the figures without a source."""
    sentences = dict.fromkeys(map(attribution, sources))
    readings = [p.reading for p in verdict.points if p.reading and not p.reading.is_withdrawn]
    own = [reading for reading in readings if reading.source_id is None]
    if own:
        which = "These figures" if len(own) == len(readings) else "Some of these figures"
        owner, licence = credit(None)
        sentences[
            f"{which} are {owner}{'’' if owner.endswith('s') else '’s'} own, licensed under the {licence}."
        ] = None
    return list(sentences)


def attribution(source):
    """The sentence that a source's licence requires beside its figures."""
    if OGL in source.licence:
        return (
            "Contains public sector information licensed under the "
            f"{source.licence}. Source: {source.publisher}."
        )
    licence = source.licence or "not stated"
    return f"Source: {source.title}, {source.publisher}. Licence: {licence}."


def foot_of(verdict, address):
    """The lines below the chart in a file: sources, licences, day and address of the page."""
    sources = sources_of(verdict)
    lines = [f"Figures: {source.title}, {source.publisher}." for source in sources]
    data = verdict.profile.data_source_profile
    if data and data not in sources:
        sources.append(data)
        lines.append(f"Where the data come from: {data.title}, {data.publisher}.")
    return [
        *lines,
        *attributions(sources, verdict),
        f"As published by {day_in_words(verdict.day)}. {site_name().publisher}.",
        address,
    ]
