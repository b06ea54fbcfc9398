"""The verdict on a series, which page, chart, table, sentence and API share."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, repeat
from math import ceil
from operator import attrgetter

from django.db import models
from django.db.models import Q, QuerySet

from bhcp_portal.kit.bulk_read import bulk_read
from bhcp_portal.kit.dates import ago, day_in_words
from bhcp_portal.kit.numbers import number as plain
from bhcp_portal.kit.sources import Source
from iccs.models import Icc, IccProfile, IccSuccession
from metrics.models import (
    ChartNote,
    HomeMetric,
    Metric,
    MetricProfile,
    Reading,
    Rebase,
    Series,
    Target,
)
from metrics.models.frequency import (
    Frequency,
    in_period,
    last_day,
    next_period,
    period_mark,
    period_words,
    steps_between,
    year_before,
)
from metrics.models.reading import Progress, meets, progress
from metrics.models.series import ends_of
from metrics.spc.analysis import HIGH_LABELS, Analysis, Point, Segment, analyse
from metrics.spc.chart import ASSURANCE_WORDS, VARIATION_WORDS, label_words
from metrics.spc.rules import PORTAL
from partners.models import Partner, PartnerName, SourceProfile, Succession

WHOLE_BAY_NAME = "The whole area"
# A gap of more empty periods than this is shown as one.
LONGEST_GAP = 400
# The recent direction is that of so many last figures; a year of months is so many (BEHAVIOUR S).
RECENT = 24
LATELY = 12
# Limits that so many of the last 24 figures do not fit may no longer describe the series.
MISFITS = 18
# How many decimals more than on its card a figure gets, to be told apart from a number beside it.
MOST_FINER = 4
NEVER_LIMITS = replace(PORTAL, min_points_for_limits=10**9)
PERIODS = {
    Frequency.DAY: ("day", "days"),
    Frequency.WEEK: ("week", "weeks"),
    Frequency.MONTH: ("month", "months"),
    Frequency.QUARTER: ("quarter", "quarters"),
    Frequency.YEAR: ("year", "years"),
}
TOO_FEW = "too early to say"
IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Trend(models.TextChoices):
    """What became of a series, by its whole last segment and by its recent figures (BEHAVIOUR S)."""

    WORSE = "worse", "Change for the worse"
    MIXED = "mixed", "Mixed"
    BETTER = "better", "Change for the better"
    CHANGED = "changed", "Unusual change; neither direction is better"
    NONE = "none", "No unusual change"
    EARLY = "early", "Too early to say"


@dataclass(frozen=True, slots=True)
class VerdictPoint:
    """One period of a series, as page, chart, table, file and API show it.

    ``value`` is the number in the metric's unit that the analysis uses; ``None`` if hidden,
    withdrawn or missing. ``label`` and ``kind`` are the codes of ``metrics.spc.Point``. ``reading``
    may be a ``KeptReading``.
    """

    period: date
    value: float | None
    label: str
    kind: str
    label_words: str
    reading: Reading | None
    profile: MetricProfile

    @property
    def words(self):
        return period_words(self.period, self.profile.frequency)

    @property
    def mark(self):
        return period_mark(self.period, self.profile.frequency)

    @property
    def text(self):
        """The number in words, or why there is none."""
        if self.value is not None:
            return value_words(self.reading.number(self.profile.multiplier), self.profile)
        if self.reading is None:
            return "No figure"
        if self.reading.is_hidden:
            return "Hidden: too small to publish"
        return "Withdrawn" if self.reading.is_withdrawn else "None: nothing to count"

    @property
    def is_provisional(self):
        return self.value is not None and self.reading.is_provisional

    @property
    def is_hidden(self):
        return self.reading is not None and self.reading.is_hidden

    @property
    def parts(self):
        """Its two counts, ``7,949 of 9,854`` or ``6,413 over 31 days``; empty without them.

        Only in a share are they a part and its whole.
        """
        if self.reading is None or self.reading.denominator is None:
            return ""
        numerator, denominator = plain(self.reading.numerator), plain(self.reading.denominator)
        if self.profile.is_percentage:
            return f"{numerator} of {denominator}"
        return f"{numerator} over {denominator} {self.profile.denominator_words}"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is expected after the last period with a reading.

    ``expected_on`` is the day on which the next period's number should be there, and ``days_late``
    is how many days have passed since then, or 0.
    """

    last_words: str
    next_words: str
    expected_on: date
    days_late: int

    @property
    def due_words(self):
        """What is missing here: ``no figure here for July 2026, due by 14 August 2026``."""
        return f"no figure here for {self.next_words}, due by {day_in_words(self.expected_on)}"


@dataclass(frozen=True, slots=True)
class AgainstTarget:
    """How a series does against the target of its verdict.

    ``is_met`` is of the latest figure, and ``times_met`` says how many of the last ``of`` figures
    (twelve, or as many as there are) are at this target or better. Both are ``None`` where neither
    direction is better.
    """

    value: Decimal
    is_met: bool | None
    times_met: int | None
    of: int


@dataclass(frozen=True, slots=True)
class AgainstYear:
    """How the latest figure compares with that of the same period a year before.

    ``way`` is 1 where it is higher, -1 lower, 0 the same. ``is_better`` is ``None`` where it is the
    same, or where neither direction is better.
    """

    point: VerdictPoint
    way: int
    is_better: bool | None

    @property
    def words(self):
        """One word for it: ``Better``, ``Lower``, ``The same``."""
        if self.is_better is None:
            return ("The same", "Higher", "Lower")[self.way]
        return "Better" if self.is_better else "Worse"


@dataclass(frozen=True, slots=True)
class Run:
    """How many figures make a run, how many periods between them have none, how many of these are hidden."""

    figures: int
    missing: int
    hidden: int


@dataclass(frozen=True, slots=True)
class OnRecord:
    """How often the target was met in all figures that count: those counted as the latest is, since it began.

    ``first`` and ``last`` are the periods of the first and last of these figures, ``last_met`` that
    of the last that met it, or ``None``. ``is_all``: no figure is older than the first.
    """

    figures: int
    met: int
    first: date
    last: date
    last_met: date | None
    is_all: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of figures that is judged together: its segment, and its points up to the latest.

    The latest point has a number; others may have none. ``places`` says of each point how many
    periods it comes after the first.
    """

    segment: Segment
    points: tuple[Point, ...]
    places: tuple[int, ...]

    @property
    def latest(self):
        return self.points[-1]

    @property
    def numbered(self):
        """The (place, value) of the points with a number."""
        pairs = zip(self.places, self.points, strict=True)
        return [(place, point.value) for place, point in pairs if point.value is not None]

    def run(self, label):
        """How many figures make a run or a trend that ends at the latest, and how many are missing.

        Of neighbours alone, if these are enough to make it: then no period between them is missing.
        """
        goes_on = {
            "a": lambda before, _: before > self.segment.mean,
            "b": lambda before, _: before < self.segment.mean,
            "I": lambda before, after: after > before,
            "D": lambda before, after: after < before,
        }[label]
        numbered = self.numbered[::-1]
        first, joined = 0, None
        for at, ((place, after), (earlier, before)) in enumerate(pairwise(numbered)):
            if not goes_on(before, after):
                break
            if joined is None and place - earlier > 1:
                joined = at + 1
            first = at + 1
        if joined is None or joined >= PORTAL.run_length:
            return joined or first + 1, 0
        return first + 1, numbered[0][0] - numbered[first][0] - first

    @property
    def missing_of_three(self):
        """How many periods are missing between the last three figures."""
        places = [place for place, _ in self.numbered[-3:]]
        return places[-1] - places[0] + 1 - len(places)

    @property
    def missing_before(self):
        """How many periods are missing between the latest figure and the one before it."""
        places = [place for place, _ in self.numbered[-2:]]
        return places[-1] - places[0] - 1 if len(places) > 1 else 0


@dataclass(frozen=True)
class Verdict:
    """A series as it stood at a moment: its points, its analysis and what they mean in words.

    ``analysis`` is ``None`` if no point has a number. ``recent`` is the analysis of the last 24
    figures of the last segment alone; ``None`` if that has too few for limits. ``targets`` are all
    live targets; ``target`` is the one that the verdict uses, or ``None``. ``ended_on`` is the first
    day on which the body of the scope was no more, ``None`` if it goes on.
    """

    series: Series
    profile: MetricProfile
    scope_name: str
    day: date
    points: tuple[VerdictPoint, ...]
    analysis: Analysis | None
    recent: Analysis | None
    targets: tuple[Target, ...]
    target: Target | None
    rebases: tuple[Rebase, ...]
    notes: tuple[ChartNote, ...]
    ended_on: date | None

    @property
    def metric(self):
        return self.series.metric

    @property
    def scope(self):
        return self.series.scope

    @property
    def variation(self):
        return self.analysis.variation if self.analysis else None

    @property
    def assurance(self):
        return self.analysis.assurance if self.analysis else None

    @property
    def variation_words(self):
        if self.analysis and self.segment.constant and self.variation:
            return "No variation"
        return VARIATION_WORDS[self.variation]

    @property
    def assurance_words(self):
        """What the icon means; where the latest figure belies it, that it does (BEHAVIOUR S)."""
        words = ASSURANCE_WORDS[self.assurance]
        if self.assurance == "fail" and self.against_target.is_met:
            return f"Met {self._now}, though expected to miss the target"
        if self.assurance == "pass" and not self.against_target.is_met:
            return f"Not met {self._now}, though expected to meet the target"
        return words

    @cached_property
    def trend(self) -> Trend | None:
        """What became of it; ``None`` where the card says that changes are not judged."""
        if not self.profile.uses_spc:
            return None
        if self.recent is None:
            return Trend.EARLY
        kinds = {each.partition("_")[0] for each in (self.variation, self.recent.variation)}
        if {"improvement", "concern"} <= kinds:
            return Trend.MIXED
        trends = {
            "improvement": Trend.BETTER,
            "concern": Trend.WORSE,
            "neutral": Trend.CHANGED,
        }
        return next((trends[kind] for kind in kinds if kind in trends), Trend.NONE)

    @property
    def trend_words(self):
        """The trend as lists and pages say it; empty without one."""
        if self.trend == Trend.NONE and self.segment.constant:
            return self.variation_words
        return self.trend.label if self.trend else ""

    @property
    def trend_more(self):
        """What the icon adds to the trend's words where both agree: ``: high or rising``.

        ``None`` where the icon says something else.
        """
        begins = self.variation_words.startswith(self.trend_words)
        return self.variation_words.removeprefix(self.trend_words) if begins else None

    @property
    def trend_facts(self):
        """What lists say beside a trend that does not speak for itself: sentences, or nothing."""
        if self.trend == Trend.MIXED:
            return " ".join(self._mixed_sentences())
        if self.is_by_level:
            sentence = self.level_sentence
            return sentence[:1].upper() + sentence[1:]
        if self.trend == Trend.EARLY and self._average_before:
            when, average = self._average_before
            return f"Average before {when}: {average}"
        return ""

    @property
    def trend_kind(self):
        """The trend as the kind of a point, or ``mixed``, for a picture of it."""
        signs = {Trend.BETTER: "+", Trend.WORSE: "-", Trend.MIXED: "mixed"}
        if self.trend == Trend.CHANGED:
            kinds = (self.whole.latest.kind, self.recent.points[-1].kind)
            return next(kind for kind in kinds if kind != ".")
        return signs.get(self.trend, ".")

    @property
    def whole(self) -> Window:
        """The last segment as a whole. It needs an ``analysis``."""
        return self._window(self.segment, self.analysis.points[: self.latest_index + 1])

    @cached_property
    def segment_begins(self) -> date:
        """The first period of the last segment. It needs an ``analysis``."""
        return self.points[self.segment.start].period

    def _window(self, segment, points):
        """The window of a segment whose points, up to the latest, are the last of ``points``."""
        points = points[segment.start :]
        own = self.points[self.latest_index + 1 - len(points) : self.latest_index + 1]
        first, frequency = own[0].period, self.profile.frequency
        places = tuple(steps_between(first, point.period, frequency) for point in own)
        return Window(segment, points, places)

    @property
    def whole_words(self):
        """What the icon says, and by which figures, where it stands beside another trend."""
        since = " since counting changed" if len(self.analysis.segments) > 1 else ""
        return f"{self.variation_words}, by all figures{since}"

    @property
    def _recent_n(self):
        return self.recent.segments[-1].n

    @cached_property
    def limits_may_not_fit(self):
        """Whether 18 of the last 24 figures lie outside the limits, or on one side of the average.

        The limits then may no longer describe the series. People decide what to do (BEHAVIOUR S).
        """
        if self.recent is None:
            return False
        last = [point for point in self.whole.points if point.value is not None][-RECENT:]
        counts = (
            sum(point.band == "o" for point in last),
            *(sum(point.side == side for point in last) for side in "<>"),
        )
        return max(counts) >= MISFITS

    @cached_property
    def year_before(self) -> VerdictPoint | None:
        """The point of the same period a year before the latest; ``None`` if it has no number."""
        if self.latest is None:
            return None
        period = year_before(self.latest.period, self.profile.frequency)
        found = (p for p in self.points if p.period == period and p.value is not None)
        return next(found, None)

    @property
    def against_year_words(self):
        """How the latest figure compares with it: ``Worse than in May 2025 (34,700)``.

        Without anything to compare with, the figure alone; empty without one.
        """
        point, found = self.year_before, self.against_year
        if found is None:
            return self.year_before_words[:1].upper() + self.year_before_words[1:]
        when = in_period(point.period, self.profile.frequency)
        if not found.way:
            return f"The same as {when}"
        was = number_words(point.reading.number(self.profile.multiplier), self.profile)
        return f"{found.words} than {when} ({was})"

    @property
    def year_before_words(self):
        """That figure in words, and whether something else was counted then; empty without one."""
        point = self.year_before
        if point is None:
            return ""
        changed = ", counted differently then" if self._is_before_change(point) else ""
        return f"{point.text} {in_period(point.period, self.profile.frequency)}{changed}"

    def _is_before_change(self, point):
        return point.period < self.segment_begins

    @cached_property
    def against_year(self) -> AgainstYear | None:
        """The latest figure against that of a year before, as the page writes them.

        ``None`` where there is none, or where something else was counted then.
        """
        point = self.year_before
        if point is None or self._is_before_change(point):
            return None
        latest, then = (
            rounded(p.reading.number(self.profile.multiplier), self.profile)
            for p in (self.latest, point)
        )
        way = (latest > then) - (latest < then)
        better = {"increase": way > 0, "decrease": way < 0}.get(self.profile.direction)
        return AgainstYear(point, way, better if way else None)

    @cached_property
    def against_target(self) -> AgainstTarget | None:
        """How the latest figures do against the target; ``None`` without a target or a figure."""
        if self.target is None or self.latest is None:
            return None
        last = self.numbered[-LATELY:]
        met = [self._meets_target(point) for point in last]
        times = None if met[-1] is None else sum(met)
        return AgainstTarget(self.target.value, met[-1], times, len(last))

    @property
    def met_words(self):
        """Whether the target is met and how often it was: ``met now, and in 3 of the last 12 months``.

        Empty where neither direction is better.
        """
        found = self.against_target
        if found is None or found.is_met is None:
            return ""
        now = f"{'met' if found.is_met else 'not met'} {self._now}"
        if not found.is_met:
            now += self._finer(found.value)
        if found.of == 1:
            return now
        first = next_period(self.latest.period, self.profile.frequency, 1 - found.of)
        earliest = self.numbered[-found.of].period
        each = self.periods if earliest == first else "figures"
        # All of them are held against this target, which may be younger than they are.
        was = "was" if self.target.starts_on <= earliest else "would have been"
        return f"{now}, and {was} met in {found.times_met} of the last {found.of} {each}"

    @cached_property
    def met_on_record(self):
        """How often the target was met in all figures on record, as words after it.

        ``not met in any of the 62 months on record``, ``met in 3 of the 24 months on record, last in
        May 2024``. Only figures that were counted as the latest is, and since the target began; the
        words say which of the two it is. Empty where neither direction is better.
        """
        found, record = self.against_target, self.on_record
        if record is None:
            return ""
        if record.figures < 2:
            return f"{'met' if found.is_met else 'not met'} {self._now}"
        frequency, periods = self.profile.frequency, self.periods
        if next_period(record.first, frequency, record.figures - 1) != record.last:
            periods = "figures"
        of = "on record"
        if not record.is_all:
            is_younger = self.target.starts_on > self.segment_begins
            why = "this target began" if is_younger else "counting changed"
            of = f"since {why}, from {period_words(record.first, frequency)}"
        if not record.met:
            return f"not met in any of the {record.figures} {periods} {of}"
        if record.met == record.figures:
            return f"met in every one of the {record.figures} {periods} {of}"
        last = "" if found.is_met else f", last {in_period(record.last_met, frequency)}"
        return f"met in {record.met} of the {record.figures} {periods} {of}{last}"

    @cached_property
    def on_record(self) -> OnRecord | None:
        """How often the target was met in all figures; ``None`` where neither direction is better."""
        found = self.against_target
        if found is None or found.is_met is None:
            return None
        begins = max(self.segment_begins, self.target.starts_on)
        held = [point for point in self.numbered if point.period >= begins]
        met = [point.period for point in held if self._meets_target(point)]
        return OnRecord(
            len(held),
            len(met),
            held[0].period,
            held[-1].period,
            met[-1] if met else None,
            held[0].period == self.numbered[0].period,
        )

    @cached_property
    def gap(self) -> int | None:
        """How many more or fewer would have met the target, where counts tell it; else ``None``."""
        found = self.against_target
        if found is None or found.is_met is not False:
            return None
        reading, wanted = self.latest.reading, Fraction(found.value)
        if not self.profile.has_parts:
            if self.profile.is_percentage:
                return None
            return ceil(abs(Fraction(reading.value) - wanted))
        if not (self.profile.is_percentage and reading.denominator):
            return None
        enough = wanted / self.profile.multiplier * Fraction(reading.denominator)
        return ceil(abs(enough - Fraction(reading.numerator)))

    @property
    def gap_words(self):
        """The gap in a sentence: how many more of how many had to be what; empty without one."""
        if self.gap is None:
            return ""
        more = "more" if self.profile.direction == "increase" else "fewer"
        if not self.profile.has_parts:
            return (
                f"To meet it {self._when}, there had to be {self.gap:,} {more} {self.profile.unit}."
            )
        whole = plain(self.latest.reading.denominator)
        what = self.profile.numerator_words
        return f"To meet it {self._when}, {self.gap:,} {more} of the {whole} had to be {what}."

    def _meets_target(self, point):
        number = point.reading.number(self.profile.multiplier)
        return meets(number, Fraction(self.target.value), self.profile.direction)

    @property
    def latest_number(self):
        """The latest figure without its unit, for large letters: ``83.6%``, ``1,234``."""
        return number_words(self._latest_number, self.profile)

    @property
    def unit_words(self):
        return "" if self.profile.is_percentage else self.profile.unit

    @property
    def segment(self):
        """The last segment, on which the verdict rests. It needs an ``analysis``."""
        return self.analysis.segments[-1]

    @property
    def points_needed(self):
        """How many more points are needed for limits; 0 if there are limits, or never will be."""
        if not (self.analysis and self.profile.uses_spc):
            return 0
        return self.segment.points_needed

    @property
    def periods(self):
        """What its periods are called: ``months``."""
        return PERIODS[self.profile.frequency][1]

    @property
    def points_wanted(self):
        """How many points in all the last segment needs for limits, while it has too few."""
        return self.segment.n + self.segment.points_needed

    @cached_property
    def numbered(self):
        """The points that have a number."""
        return [point for point in self.points if point.value is not None]

    @cached_property
    def latest_index(self):
        """The index in ``points`` of the last point that has a number; ``None`` without one."""
        numbered = (i for i, p in enumerate(self.points) if p.value is not None)
        return max(numbered, default=None)

    @property
    def latest(self):
        """The last point that has a number; ``None`` without one."""
        return None if self.latest_index is None else self.points[self.latest_index]

    def says(self, number):
        """A number as the metric writes it: ``83.6%``, ``1,234 attendances``.

        One that people set, a ``Decimal``, keeps all its decimals.
        """
        return value_words(number, self.profile)

    @property
    def _latest_number(self):
        return self.latest.reading.number(self.profile.multiplier)

    def _finer(self, number):
        """The latest figure once more, where the card's decimals do not tell it from a number."""
        latest, _ = distinct_words(self._latest_number, number, self.profile)
        return "" if latest == self.latest.text else f" (the figure is {latest})"

    def _beside(self, number):
        """A number that the latest figure is said to be above or below, told apart from it."""
        _, text = distinct_words(self._latest_number, number, self.profile)
        return text + self._finer(number)

    @property
    def target_text(self):
        """The target that the verdict uses, as the metric writes it.

        Without one, whether there ever was one.
        """
        if self.target:
            return self.says(self.target.value)
        return "No target now" if self.targets else "No target was set"

    @property
    def has_baseline(self):
        """Whether the baseline of the card is one of this place: it is the main place's."""
        is_here = self.series.place == self.profile.main_place
        return is_here and self.profile.baseline_value is not None

    @cached_property
    def progress(self) -> Progress | None:
        """The progress from baseline to target; ``None`` if one of the numbers is missing."""
        if self.latest is None or not self.has_baseline:
            return None
        target = self.target.value if self.target else None
        number = self.latest.reading.number(self.profile.multiplier)
        return progress(self.profile.baseline_value, number, target, self.profile.direction)

    @property
    def has_flat_limits(self):
        """Whether the limits of a segment have no width although its numbers differ.

        A series that steps once between two constants has such limits, and every point is then
        unusual.
        """
        return bool(self.analysis) and any(
            part.lower is not None and part.lower == part.upper and not part.constant
            for part in self.analysis.segments
        )

    @cached_property
    def last_reported(self):
        """The last point with a reading, hidden or not, that is not withdrawn; or ``None``."""
        reported = (p for p in reversed(self.points) if p.reading and not p.reading.is_withdrawn)
        return next(reported, None)

    @cached_property
    def freshness(self) -> Freshness | None:
        """The last and the next period and how late the next is; ``None`` if nothing is expected.

        Nothing is expected of a paused or retired metric, of a body that has ended, or before the
        first reading.
        """
        last = self.last_reported
        return freshness_of(self.profile, last.period if last else None, self.day, self.ended_on)

    @property
    def has_ended(self):
        """Whether the body of the scope has ended by the day being read, and its series with it."""
        return self.ended_on is not None and self.ended_on <= self.day

    @property
    def is_over(self):
        """Whether nothing of it is now: the body has ended, or the measure is retired."""
        return self.has_ended or self.profile.state == MetricProfile.State.RETIRED

    @property
    def is_late(self):
        """Whether a newer figure than the latest should be here by now."""
        return bool(self.freshness and self.freshness.days_late)

    @property
    def latest_words(self):
        """The period of the latest figure, with its age where it is late, and if it may change.

        ``August 2025 (15 months ago)``, ``June 2026, provisional``.
        """
        words = self.latest.words
        if self.is_late:
            end = last_day(self.latest.period, self.profile.frequency)
            words += f" ({ago(end, self.day)})"
        return f"{words}, provisional" if self.latest.is_provisional else words

    @property
    def _now(self):
        if self.is_over:
            return "at the end"
        return self._when if self.is_late else "now"

    @cached_property
    def sentence(self):
        """What the numbers say, in plain text (BEHAVIOUR B and S)."""
        name = self.profile.name
        if self.latest is None:
            return f"{name}: no figures have been published."
        target = self._target_sentence()
        if self.trend == Trend.MIXED:
            first, second = self._mixed_sentences()
            sentences = [f"{name}: {first}", second, self._missing_sentence(), target]
        elif self.trend == Trend.EARLY:
            sentences = [
                self._number_sentence(),
                self.before_sentence,
                target,
                self.needed_sentence,
            ]
        else:
            sentences = [self._number_sentence(), self._change_sentences(), target]
        return " ".join(part for part in sentences if part)

    @property
    def facts_sentence(self):
        """The plain facts in short, which lead while it is too early to say more (BEHAVIOUR S)."""
        found = self.against_target
        facts = [f"{self.latest.text} {self._when}{self._provisional}.", self.before_sentence]
        if found:
            tense = "was" if self.is_over else "is"
            how = {True: "met", False: "not met"}.get(found.is_met, "")
            facts.append(f"The target {tense} {self.target_text}{how and f': {how}'}.")
        if len(facts) == 2 and not self.before_sentence:
            facts.append("It is too early to say whether it is changing.")
        return " ".join(filter(None, facts))

    def _number_sentence(self):
        return f"{self.profile.name} was {self.latest.text} {self._when}{self._provisional}."

    @property
    def _when(self):
        return in_period(self.latest.period, self.profile.frequency)

    @property
    def _provisional(self):
        return " (provisional)" if self.latest.is_provisional else ""

    @property
    def year_sentence(self):
        """The latest figure and that of a year before: ``590 beds in May 2026, down from 630 a year before.``

        The latest alone where the two can't be compared. It needs a ``latest``.
        """
        now = f"{self.latest.text} {self._when}{self._provisional}"
        found = self.against_year
        if found is None:
            return f"{now}."
        if not found.way:
            return f"{now}, the same as a year before."
        was = number_words(found.point.reading.number(self.profile.multiplier), self.profile)
        return f"{now}, {'up' if found.way > 0 else 'down'} from {was} a year before."

    @property
    def mixed_words(self):
        """Why a mixed trend is mixed: which way it went lately, and what all figures together say."""
        now, still = ("worse", "better") if self.whole.latest.kind == "+" else ("better", "worse")
        if self.whole.latest.label in "ID":
            return f"lately it got {now}, but all figures together show a change for the {still}"
        return f"lately it got {now}, but it is still {still} than was usual {self._span}"

    def _mixed_sentences(self):
        """How it moved lately, and how it still compares with the whole segment."""
        frequency = self.profile.frequency
        is_up = self.recent.points[-1].label in HIGH_LABELS
        first = self.latest_index + 1 - len(self.recent.points)
        earlier = [p for p in self.points[first : self.latest_index] if p.value is not None][::-1]
        turn = (min if is_up else max)(earlier, key=attrgetter("value"))
        before = turn.reading.number(self.profile.multiplier)
        latest, before = distinct_words(self._latest_number, before, self.profile, number_words)
        moved = (
            f"{latest} {self._when}{self._provisional}, "
            f"{'up' if is_up else 'down'} from {before} {in_period(turn.period, frequency)}."
        )
        label = self.whole.latest.label
        if label in "ID":
            return moved, f"Lately there were {self._why(self.whole, label)}."
        return moved, f"Still {self._level_words}."

    @property
    def _level_words(self):
        """How the latest figure lies to the whole segment: ``far below what was usual from 2021 to 2026``.

        Far is more than twice as far from the average as the limit is.
        """
        segment, is_high = self.segment, self.whole.latest.label in HIGH_LABELS
        usual = (segment.upper if is_high else segment.lower) - segment.mean
        away = self.whole.latest.value - segment.mean
        far = "far " if abs(away) > 2 * abs(usual) else ""
        return f"{far}{'above' if is_high else 'below'} what was usual {self._span}"

    @property
    def is_by_level(self):
        """Whether it is better or worse by where the figures lie alone, and lately nothing changed."""
        is_judged = self.trend in (Trend.BETTER, Trend.WORSE)
        return (
            is_judged
            and self.whole.latest.label not in ".ID"
            and self.recent.points[-1].label == "."
        )

    @property
    def level_sentence(self):
        """What such a trend rests on: ``it is still below what was usual from 2021 to 2026.``"""
        is_or_was = "was" if self.is_over else "is"
        return f"it {is_or_was} still {self._level_words}."

    @property
    def mixed_reasons(self):
        """What the statistics say of a mixed trend: how it moved, and what each window rests on."""
        lately = self._window(self.recent.segments[-1], self.recent.points)
        since = " since counting changed" if len(self.analysis.segments) > 1 else ""
        parts = (
            f"{self.profile.name}: {self._mixed_sentences()[0]}",
            f"By the last {self._recent_n} figures alone, {self._finding(lately)}.",
            f"By all figures{since}, {self._finding(self.whole)}.",
            self._missing_sentence(),
            self._target_sentence(),
        )
        return " ".join(filter(None, parts))

    def _finding(self, window):
        label = window.latest.label
        there = "there were " if label in "IDab" else ""
        return there + self._why(window, label)

    @property
    def _span(self):
        """The years of the last segment: ``from 2021 to 2026``."""
        first, last = self.segment_begins.year, self.latest.period.year
        return f"from {first} to {last}" if first < last else f"in {first}"

    @property
    def _average_before(self):
        """When counting changed last, and the average up to then, in words; ``None`` if it never did."""
        if not self.analysis or len(self.analysis.segments) < 2:
            return None
        when = period_words(self.segment_begins, self.profile.frequency)
        return when, self.says(self.analysis.segments[-2].mean)

    @property
    def before_sentence(self):
        """The average before the count changed; empty if it never did."""
        if self._average_before is None:
            return ""
        when, average = self._average_before
        on = "on" if self.profile.frequency == Frequency.DAY else "in"
        return f"Before the count changed {on} {when}, the average was {average}."

    @property
    def needed_sentence(self):
        """How many of the figures that are needed there are, while it is too early to say more."""
        are = "is" if self.segment.n == 1 else "are"
        return (
            f"There {are} {self.segment.n} of the {self.points_wanted} {self.periods} needed "
            "to tell a change from chance."
        )

    def _change_sentences(self):
        if self.trend is None:
            return ""
        whole, average = self.whole, self.says(self.segment.mean)
        if whole.latest.label != ".":
            words = " ".join(
                f"This is {CHANGES[kind]}: {self._why(whole, label)}."
                for label, kind in self.both_ways(whole.latest)
            )
        elif self.recent.points[-1].label != ".":
            window = self._window(self.recent.segments[-1], self.recent.points)
            words = (
                f"This is {CHANGES[window.latest.kind]}, judged by the last {self._recent_n} figures "
                f"alone: {self._why(window, window.latest.label)}."
            )
        elif self.segment.constant:
            words = (
                f"It has not varied: it was {average} every {PERIODS[self.profile.frequency][0]}."
            )
        else:
            words = f"This is within the usual range, around an average of {average}."
        missing = "" if " between them" in words else self._missing_sentence()
        return f"{words} {missing}".strip()

    def _missing_sentence(self):
        """That the periods just before the latest figure have none; empty if they have."""
        missing = self.whole.missing_before
        if not missing:
            return ""
        how = self._how_missing(missing, self._hidden_in(2))
        if missing == 1:
            return f"The {PERIODS[self.profile.frequency][0]} before has no figure: it is {how}."
        return f"The {self._counted(missing)} before have no figures: they are {how}."

    @staticmethod
    def _how_missing(missing, hidden):
        """Why so many periods have no figure: not all need be missing."""
        if not hidden:
            return "missing"
        return "hidden" if hidden == missing else "hidden or missing"

    def _hidden_in(self, figures):
        """How many periods between the last ``figures`` are hidden."""
        first = self.numbered[-figures].period
        return sum(p.is_hidden for p in self.points if first < p.period < self.latest.period)

    def run(self, window, label) -> Run:
        """The run or the trend by which the latest figure of a window has a label."""
        figures, missing = window.run(label)
        return Run(figures, missing, self._hidden_in(figures) if missing else 0)

    def both_ways(self, point):
        """Yields (label, kind) of the label shown and of one with the opposite kind (BEHAVIOUR B)."""
        yield point.label, point.kind
        opposite = {"+": "-", "-": "+"}.get(point.kind)
        if opposite:
            high = opposite == ("+" if self.profile.direction == "increase" else "-")
            other = next((f for f in point.flags if f in ("UIha" if high else "LDlb")), None)
            if other:
                yield other, opposite

    def _why(self, window, label):
        """Why the latest figure of a window has a label, by the limits of that window."""
        segment = window.segment
        if label == "U":
            return f"it is above the upper limit of {self._beside(segment.upper)}"
        if label == "L":
            return f"it is below the lower limit of {self._beside(segment.lower)}"
        if label in "hl":
            limit, way = (segment.upper, "upper") if label == "h" else (segment.lower, "lower")
            close = f"close to the {way} limit of {self.says(limit)}"
            if missing := window.missing_of_three:
                how = self._how_missing(missing, self._hidden_in(3))
                return f"two of three figures are {close}, with {self._counted(missing)} {how} between them"
            return f"two of three {self.periods} are {close}"
        run = self.run(window, label)
        what = {
            "I": "going up",
            "D": "going down",
            "a": f"above the average of {self._beside(segment.mean)}",
            "b": f"below the average of {self._beside(segment.mean)}",
        }[label]
        if run.missing:
            how = self._how_missing(run.missing, run.hidden)
            gap = f"with {self._counted(run.missing)} {how} between them"
            return f"{self._counted(run.figures)} {what}, {gap}"
        return f"{self._counted(run.figures)} in a row {what}"

    def _counted(self, number):
        """A number of periods in words: ``one month``, ``seven months``, ``12 weeks``."""
        words = IN_WORDS[number] if number < len(IN_WORDS) else str(number)
        return f"{words} {PERIODS[self.profile.frequency][number != 1]}"

    def _target_sentence(self):
        """Whether the target will be met, where figures and limits bear that out, and was met."""
        if self.target is None:
            return ""
        found, target = self.against_target, self.target_text
        is_or_was = "was" if self.is_over or self.is_late else "is"
        if found.is_met is None:
            return f"The target {'was' if self.is_over else 'is'} {target}."
        if self.is_over or self.limits_may_not_fit:
            words = ""
        elif self.assurance == "inconsistent":
            words = f"The system is not yet sure to meet the target of {target}."
        elif self.assurance == "pass" and found.is_met:
            words = f"The system can be expected to meet the target of {target} every time."
        elif self.assurance == "fail" and not found.is_met:
            words = (
                f"The system cannot be expected to meet the target of {target} "
                "unless something changes."
            )
        else:
            words = ""
        if not words:
            return f"The target of {target} {is_or_was} {self.met_words}."
        return f"{words} It {is_or_was} {self.met_words}."


CHANGES = {
    "+": "a change for the better",
    "-": "a change for the worse",
    "H": "an unusual change",
    "L": "an unusual change",
}


def value_words(number, profile, finer=0):
    """A number as the metric writes it: ``83.6%``, ``1,234 attendances``."""
    text = number_words(number, profile, finer)
    return text if profile.is_percentage else f"{text} {profile.unit}"


def number_words(number, profile, finer=0):
    """A number as the metric writes it, without its unit: ``83.6%``, ``1,234``."""
    # Without the z, what is rounded to nought from below would be −0.
    text = f"{rounded(number, profile, finer):z,f}".replace("-", "−")
    return f"{text}%" if profile.is_percentage else text


def rounded(number, profile, finer=0) -> Decimal:
    """A number, which may be a fraction, to the decimals of the card, halves away from 0.

    To ``finer`` more where it has so many. A ``Decimal`` is one that people set: it keeps its own.
    """
    exact, decimals = Fraction(number), profile.decimals
    if isinstance(number, Decimal):
        decimals = max(decimals, -number.normalize().as_tuple().exponent)
    if (exact * 10**decimals).denominator > 1:
        decimals += finer
    # A division keeps more figures than a reading can hold, so that only the last step rounds.
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return decimal.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def distinct_words(first, second, profile, words=value_words):
    """Two numbers in words, with up to so many more decimals that they look as different as they are.

    Else a reader is told that 0 is below 0, or that 95.0% misses 95.0%.
    """
    for finer in range(MOST_FINER + 1):
        if rounded(first, profile, finer) != rounded(second, profile, finer):
            break
    else:
        finer = 0
    return words(first, profile, finer), words(second, profile, finer)


def freshness_of(profile, last, day, ended_on=None) -> Freshness | None:
    """What is expected after ``last``, the first day of the last period with a reading.

    ``None`` if nothing is expected: ``last`` is ``None``, the metric is paused or retired, or the
    body it is counted of ended by ``day`` or before the next period begins; ``ended_on`` is that
    body's first day no more. ``day`` is the day on which the days late are counted.
    """
    expects = profile.state in (MetricProfile.State.LIVE, MetricProfile.State.PREVIEW)
    if not (expects and last):
        return None
    following = next_period(last, profile.frequency)
    if ended_on and ended_on <= max(day, following):
        return None
    expected = last_day(following, profile.frequency) + timedelta(days=profile.lag_days)
    return Freshness(
        period_words(last, profile.frequency),
        period_words(following, profile.frequency),
        expected,
        max(0, (day - expected).days),
    )


# -- from the database -------------------------------------------------------------------------------


def main_series(metrics, at):
    """The main series of each metric at a moment, as a dict by the metric's key.

    It is that of the place on the card or, without readings there, as ``main_first`` says. A metric
    without readings is left out.
    """
    found = Series.objects.filter(metric__in=metrics).with_readings(at).with_scope().main_first(at)
    main = {}
    for series in found:
        main.setdefault(series.metric_id, series)
    return main


def verdicts(series, *, at, day, with_sources=True):
    """The verdict on each of several series as they stood at a moment; at most three queries.

    ``series`` is a list, whose order is kept, or a queryset, whose order is not. A queryset, or
    series loaded ``with_scope``, saves one query, and ``with_sources=False`` saves one. ``day`` is
    the day being read, for names and days late. Each series gets its ``home_place``: where its
    metric stands on the home page, or ``None``. Series whose metric had no card at the moment are
    left out.
    """
    if not isinstance(series, QuerySet):
        series = _with_scope(series)
    wanted = _keys(series, "pk")
    series, rows_of, cards, places = read_together(
        series,
        Reading.objects.live(at).filter(series__in=wanted),
        Target.objects.live(at).filter(series__in=wanted),
        Rebase.objects.live(at).filter(series__in=wanted, applies=True),
        ChartNote.objects.live(at).filter(series__in=wanted),
        HomeMetric.objects.applying(at).filter(metric__in=_keys(series, "metric_id")),
        at=at,
        day=day,
    )
    home = {row.metric_id: row.position for row in rows_of[HomeMetric]}
    for each in series:
        each.home_place = home.get(each.metric_id)
    if with_sources:
        give_sources(rows_of, at)
    of = [
        _by_series(rows_of[model], order)
        for model, order in (
            (Reading, "period"),
            (Target, "starts_on"),
            (Rebase, "starts_on"),
            (ChartNote, "period"),
        )
    ]
    ended = ended_on_of(rows_of)
    return [
        _verdict(
            each,
            each.metric.profile,
            place,
            *(rows[each.pk] for rows in of),
            day,
            ended.get(each.place),
        )
        for each, place in zip(series, places, strict=True)
        if each.metric_id in cards
    ]


def without_figures(series, profile, place, day, ended_on) -> Verdict:
    """The verdict on a series of which nothing was published."""
    return _verdict(series, profile, place, (), (), (), (), day, ended_on)


def judged(series, profile, readings, targets, rebases) -> Verdict:
    """The verdict by what stood at a moment, of no day and without a place's name."""
    return _verdict(series, profile, "", readings, targets, rebases, (), date.min, None)


def ended_on_of(rows_of):
    """The days on which the places of ``read_together`` ended, as ``ends_of``."""
    return ends_of([*rows_of[IccSuccession], *rows_of[Succession]])


def read_together(series, *more, at, day):
    """The series with the cards of their metrics and the names of their places, in one query.

    ``more`` are further querysets to read in that query. Returns the series as a list, all rows by
    model, the cards by metric key, and the place's name of each series. ``metric.profile``, its
    ``owner`` and its ``successor`` are loaded.
    """
    cards = MetricProfile.objects.live(at).filter(metric__in=_keys(series, "metric_id"))
    metrics, iccs = Q(pk__in=cards.values("successor")), _keys(series, "icc_id")
    if isinstance(series, QuerySet):
        metrics |= Q(pk__in=_keys(series, "metric_id"))
        more += (series, Icc.objects.filter(pk__in=iccs))
    wanted = Q(pk__in=_keys(series, "partner_id")) | Q(pk__in=cards.values("owner"))
    partners = Partner.objects.filter(wanted)
    rows_of = bulk_read(
        cards,
        Metric.objects.filter(metrics),
        partners,
        PartnerName.objects.live(at).filter(partner__in=partners.values("pk")),
        IccProfile.objects.live(at).filter(icc__in=iccs),
        IccSuccession.objects.live(at).endings().filter(icc__in=iccs),
        Succession.objects.live(at).endings().filter(partner__in=partners.values("pk")),
        *more,
    )
    cards = _give_owners(rows_of, day)
    if isinstance(series, QuerySet):
        series = _give_scopes(rows_of)
    iccs = {profile.icc_id: profile.name for profile in rows_of[IccProfile]}
    partners = {partner.pk: partner for partner in rows_of[Partner]}
    places = []
    for each in series:
        each.metric.live_profiles = [cards[each.metric_id]] if each.metric_id in cards else []
        place = WHOLE_BAY_NAME
        if each.icc_id:
            place = iccs.get(each.icc_id, each.icc.code)
        elif each.partner_id:
            place = partners[each.partner_id].name
        places.append(place)
    return series, rows_of, cards, places


def _keys(series, name):
    """The values of a key field of some series: a set, or for a queryset a subquery."""
    if isinstance(series, QuerySet):
        return series.order_by().values(name)
    return {getattr(each, name) for each in series}


def _give_scopes(rows_of):
    """The series among the rows that were read, each joined to its metric, ICC and partner."""
    of = {model: {row.pk: row for row in rows_of[model]} for model in (Metric, Icc, Partner)}
    for each in rows_of[Series]:
        each.metric = of[Metric][each.metric_id]
        each.icc = of[Icc].get(each.icc_id)
        each.partner = of[Partner].get(each.partner_id)
    return rows_of[Series]


def _with_scope(series):
    series = list(series)
    relations = [Series._meta.get_field(name) for name in ("metric", "icc", "partner")]
    if all(r.is_cached(each) for each in series for r in relations if getattr(each, r.attname)):
        return series
    loaded = Series.objects.with_scope().in_bulk([each.pk for each in series])
    return [loaded[each.pk] for each in series]


def give_sources(rows_of, at):
    """Give every row the profile of its source that a page of the moment may name, or ``None``."""
    statements = [row for rows in rows_of.values() for row in rows if hasattr(row, "source_id")]
    wanted = {row.source_id for row in statements}
    wanted |= {card.data_source_id for card in rows_of[MetricProfile]}
    live = SourceProfile.objects.live(at).filter(cited__in=wanted - {None}).select_related("cited")
    profiles = {profile.cited_id: profile for profile in live}
    sources = {key: profile.cited for key, profile in profiles.items()}
    if later := wanted - {None} - sources.keys():
        sources |= Source.objects.in_bulk(later)
    for row in statements:
        row.source, row.source_profile = sources.get(row.source_id), profiles.get(row.source_id)
    for card in rows_of[MetricProfile]:
        card.data_source = sources.get(card.data_source_id)
        card.data_source_profile = profiles.get(card.data_source_id)


def _give_owners(rows_of, day):
    """The cards by metric key, with owner and successor; partners get their name on ``day``."""
    names = defaultdict(list)
    for name in sorted(rows_of[PartnerName], key=_by_beginning):
        names[name.partner_id].append(name)
    partners = {partner.pk: partner for partner in rows_of[Partner]}
    for partner in partners.values():
        partner.live_names, partner.on_day = names[partner.pk], day
    metrics = {metric.pk: metric for metric in rows_of[Metric]}
    for card in rows_of[MetricProfile]:
        if card.owner_id:
            card.owner = partners[card.owner_id]
        if card.successor_id:
            card.successor = metrics[card.successor_id]
    return {card.metric_id: card for card in rows_of[MetricProfile]}


def _by_beginning(name):
    return name.valid_from_on or date.min, name.published_at, name.name


def _by_series(rows, order):
    found = defaultdict(list)
    for row in sorted(rows, key=attrgetter(order)):
        found[row.series_id].append(row)
    return found


def _verdict(series, profile, place, readings, targets, rebases, notes, day, ended_on):
    by_period = {reading.period: reading for reading in readings}
    periods = every_period(sorted(by_period), profile.frequency)
    numbers = [_float(by_period.get(period), profile.multiplier) for period in periods]
    newest = next(
        (p for p, n in zip(reversed(periods), reversed(numbers), strict=True) if n is not None),
        None,
    )
    target = target_for(newest, targets) if newest else None
    analysis = None
    if newest is not None:
        analysis = analyse(
            numbers,
            improvement=profile.direction,
            target=float(target.value) if target else None,
            rebase_at=[bisect_left(periods, rebase.starts_on) for rebase in rebases],
            fix_after=profile.limits_from,
            rules=PORTAL if profile.uses_spc else NEVER_LIMITS,
        )
    judged = zip(analysis.points, _words_of(analysis), strict=True) if analysis else repeat(None)
    points = tuple(
        _point(period, by_period.get(period), number, judgement, profile)
        for period, number, judgement in zip(periods, numbers, judged, strict=False)
    )
    return Verdict(
        series,
        profile,
        place,
        day,
        points,
        analysis,
        _recent(numbers, analysis, profile) if analysis else None,
        tuple(targets),
        target,
        tuple(rebases),
        tuple(notes),
        ended_on,
    )


def _recent(numbers, analysis, profile) -> Analysis | None:
    """The analysis of the last 24 figures of the last segment alone, by limits of their own.

    Of a segment with fewer, the whole; ``None`` if it has too few for limits.
    """
    segment = analysis.segments[-1]
    if segment.points_needed:
        return None
    places = [at for at in range(segment.start, len(numbers)) if numbers[at] is not None][-RECENT:]
    values = numbers[places[0] : places[-1] + 1]
    return analyse(values, improvement=profile.direction, rules=PORTAL)


def _float(reading, multiplier):
    number = reading.number(multiplier) if reading else None
    return None if number is None else float(number)


def _words_of(analysis):
    """Yields the words of each point's label; for a segment that is too short, that it is."""
    # A segment starts with a number, so points without one before the first segment join it.
    starts = [0, *(part.start for part in analysis.segments[1:]), len(analysis.points)]
    for part, (start, end) in zip(analysis.segments, pairwise(starts), strict=True):
        for point in analysis.points[start:end]:
            yield TOO_FEW if part.points_needed else label_words(point)


def _point(period, reading, number, judgement, profile):
    label, kind, words = ".", ".", ""
    if number is not None:
        judged, words = judgement
        label, kind = judged.label, judged.kind
    return VerdictPoint(
        period, number, label, kind, words if profile.uses_spc else "", reading, profile
    )


def every_period(reported, frequency):
    """All periods from the first to the last of ``reported``, with or without a reading.

    ``reported`` are the first days of the periods with a reading, in order. Of a gap of more than
    ``LONGEST_GAP`` periods only the first is given, so that it still parts what lies on both sides.
    """
    periods = []
    for period in reported:
        if periods:
            gap, step = [], next_period(periods[-1], frequency)
            while step < period and len(gap) <= LONGEST_GAP:
                gap.append(step)
                step = next_period(step, frequency)
            periods += gap if len(gap) <= LONGEST_GAP else gap[:1]
        periods.append(period)
    return periods


def target_for(period, targets):
    """The target for the verdict on a period: the latest that covers it (SPEC 10, Q10).

    Of two from the same day it is the standard. ``period`` is a first day. ``None`` if no target
    marked ``for_verdict`` covers it.
    """
    covering = [
        target
        for target in targets
        if target.for_verdict
        and target.starts_on <= period
        and (target.ends_on is None or target.ends_on >= period)
    ]
    return max(
        covering,
        key=lambda target: (target.starts_on, target.kind == Target.Kind.STANDARD),
        default=None,
    )
