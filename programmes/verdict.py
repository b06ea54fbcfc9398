"""The one verdict on a series of a metric that page, chart, table, sentence and API share."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from django.db.models import Exists, OuterRef, Prefetch

from iccs.models import IccProfile
from partners.models import PartnerName
from programmes.models import (
    ChartNote,
    MetricProfile,
    Reading,
    Rebase,
    Series,
    Target,
)
from programmes.models.period import Frequency, last_day, next_period, period_mark, period_words
from programmes.models.reading import Progress, progress
from programmes.spc import PORTAL, Analysis, analyse
from programmes.spc.chart import ASSURANCE_WORDS, LABEL_WORDS, VARIATION_WORDS

WHOLE_BAY_NAME = "The whole of Morecambe Bay"
# Beyond so many empty periods a gap is not drawn period by period.
LONGEST_GAP = 400
NEVER_LIMITS = replace(PORTAL, min_points_for_limits=10**9)
PERIODS = {
    Frequency.DAY: ("day", "days"),
    Frequency.WEEK: ("week", "weeks"),
    Frequency.MONTH: ("month", "months"),
    Frequency.QUARTER: ("quarter", "quarters"),
    Frequency.YEAR: ("year", "years"),
}
IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series as every door shows it.

    ``value`` in the metric's unit as SPC takes it; ``None`` where hidden, withdrawn or missing. ``text``
    says it, or why there is none. ``label`` and ``kind`` are the codes of ``programmes.spc``.
    """

    period: date
    words: str
    mark: str
    value: float | None
    text: str
    label: str
    kind: str
    label_words: str
    reading: Reading | None

    @property
    def is_provisional(self):
        return self.value is not None and self.reading.is_provisional

    @property
    def is_hidden(self):
        return self.reading is not None and self.reading.is_hidden


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is expected when: the next period, the day its number should be there, and how late it is."""

    last_words: str
    next_words: str
    expected_on: date
    days_late: int


@dataclass(frozen=True)
class Verdict:
    """A series as it stood at a moment: its points, its analysis and what they mean in words.

    ``analysis`` is ``None`` where no point has a number. ``target``: the one the verdict is by.
    """

    series: Series
    profile: MetricProfile
    scope_name: str
    day: date
    points: tuple[Point, ...]
    analysis: Analysis | None
    targets: tuple[Target, ...]
    target: Target | None
    rebases: tuple[Rebase, ...]
    notes: tuple[ChartNote, ...]

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
        return ASSURANCE_WORDS[self.assurance]

    @property
    def segment(self):
        """The last segment, which the verdict is by."""
        return self.analysis.segments[-1]

    @property
    def points_needed(self):
        """How many more points until limits are shown; 0 where they are or never will be."""
        if not (self.analysis and self.profile.uses_spc):
            return 0
        return self.segment.points_needed

    @cached_property
    def latest_index(self):
        """The place of the last point that has a number; ``None`` where none has."""
        numbered = (i for i, p in enumerate(self.points) if p.value is not None)
        return max(numbered, default=None)

    @property
    def latest(self):
        """The last point that has a number; ``None`` where none has."""
        return None if self.latest_index is None else self.points[self.latest_index]

    def start_of(self, segment):
        """The point that a segment starts with."""
        return self.points[segment.start]

    def says(self, number):
        """A number as the metric writes it: ``83.6%``, ``1,234 attendances``."""
        return value_words(number, self.profile)

    @cached_property
    def progress(self) -> Progress | None:
        """How far from the baseline to the target; ``None`` where one of the three is missing."""
        if self.latest is None:
            return None
        target = self.target.value if self.target else None
        number = self.latest.reading.number(self.profile.multiplier)
        return progress(self.profile.baseline_value, number, target)

    @cached_property
    def freshness(self) -> Freshness | None:
        """``None`` where nothing is expected: paused, retired, or no reading yet."""
        told = [p for p in self.points if p.reading and not p.reading.is_withdrawn]
        if self.profile.state not in (MetricProfile.State.LIVE, MetricProfile.State.PREVIEW):
            return None
        if not told:
            return None
        last, frequency = told[-1].period, self.profile.frequency
        following = next_period(last, frequency)
        expected = last_day(following, frequency) + timedelta(days=self.profile.lag_days)
        return Freshness(
            told[-1].words,
            period_words(following, frequency),
            expected,
            max(0, (self.day - expected).days),
        )

    @cached_property
    def sentence(self):
        """What the numbers say, in plain text (BEHAVIOUR B)."""
        name = self.profile.name
        if self.latest is None:
            return f"{name}: no figures have been published."
        provisional = " (provisional)" if self.latest.is_provisional else ""
        said = [f"{name} was {self.latest.text} in {self.latest.words}{provisional}."]
        if self.profile.uses_spc:
            said.append(self._variation_sentence())
        said.append(self._target_sentence())
        return " ".join(part for part in said if part)

    def _variation_sentence(self):
        segment, (one, many) = self.segment, PERIODS[self.profile.frequency]
        if segment.points_needed:
            return (
                f"There are {segment.n} of the {segment.n + segment.points_needed} {many} needed "
                "to tell a change from chance."
            )
        point = self.analysis.points[self.latest_index]
        average = self.says(segment.mean)
        if point.label == ".":
            if segment.constant:
                return f"It has not varied: it was {average} every {one}."
            return f"This is within the usual range, around an average of {average}."
        return " ".join(
            f"This is {CHANGES[kind]}: {self._why(label, many, average)}."
            for label, kind in self._both_ways(point)
        )

    def _both_ways(self, point):
        """The label shown, and one that speaks the other way where a rule does (BEHAVIOUR B)."""
        yield point.label, point.kind
        opposite = {"+": "-", "-": "+"}.get(point.kind)
        if opposite:
            high = opposite == ("+" if self.profile.direction == "increase" else "-")
            other = next((f for f in point.flags if f in ("UIha" if high else "LDlb")), None)
            if other:
                yield other, opposite

    def _why(self, label, many, average):
        segment = self.segment
        if label == "U":
            return f"it is above the upper limit of {self.says(segment.upper)}"
        if label == "L":
            return f"it is below the lower limit of {self.says(segment.lower)}"
        if label in "hl":
            limit, way = (segment.upper, "upper") if label == "h" else (segment.lower, "lower")
            return f"two of three {many} are close to the {way} limit of {self.says(limit)}"
        run = self._run(label)
        count = IN_WORDS[run] if run < len(IN_WORDS) else str(run)
        if label in "ID":
            return f"{count} {many} in a row {'going up' if label == 'I' else 'going down'}"
        return f"{count} {many} in a row {'above' if label == 'a' else 'below'} the average of {average}"

    def _run(self, label):
        """How many points the run or trend that the latest point ends has."""
        values = [p.value for p in self.points[self.segment.start :] if p.value is not None]
        mean = self.segment.mean
        if label in "ab":
            holds = (lambda v: v > mean) if label == "a" else (lambda v: v < mean)
            return _count_while(holds(value) for value in reversed(values))
        steps = [(b > a) if label == "I" else (b < a) for a, b in pairwise(values)]
        return 1 + _count_while(reversed(steps))

    def _target_sentence(self):
        if self.target is None:
            return ""
        target = self.says(self.target.value)
        return {
            "pass": f"The system can be expected to meet the target of {target} every time.",
            "fail": f"The system cannot be expected to meet the target of {target} unless something changes.",
            "inconsistent": f"The system is not yet sure to meet the target of {target}.",
        }.get(self.assurance, f"The target is {target}.")


CHANGES = {
    "+": "a change for the better",
    "-": "a change for the worse",
    "H": "an unusual change",
    "L": "an unusual change",
}


def _count_while(truths):
    count = 0
    for truth in truths:
        if not truth:
            break
        count += 1
    return count


def value_words(number, profile):
    """A number as the metric writes it, rounded half away from nought: ``83.6%``, ``1,234 attendances``."""
    exact = Fraction(number)
    places = Decimal(1).scaleb(-profile.decimals)
    # More figures than a reading can hold, so that only the last step rounds.
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    text = f"{decimal.quantize(places, ROUND_HALF_UP):,f}".replace("-", "−")
    return f"{text}%" if profile.is_percentage else f"{text} {profile.unit}"


# -- from the database -------------------------------------------------------------------------------


def main_series(metrics, at):
    """The main series of each metric at a moment, by metric: the first scope that has a reading."""
    spoken = Reading.objects.live(at).filter(series=OuterRef("pk"))
    found = Series.objects.filter(Exists(spoken), metric__in=metrics).with_scope().main_first()
    main = {}
    for series in found:
        main.setdefault(series.metric_id, series)
    return main


def verdicts(series, *, at, day):
    """The verdict on each of several series as they stood at a moment; eight queries, however many.

    Those whose metric had no card by then are left out. In the order given.
    """
    wanted = [each.pk for each in series]
    loaded = {
        each.pk: each
        for each in Series.objects.filter(pk__in=wanted)
        .with_scope()
        .prefetch_related(
            Prefetch(
                "metric__profiles",
                MetricProfile.objects.live(at).select_related(*MetricProfile.PROFILE_RELATED),
                to_attr="live_profiles",
            ),
            Prefetch("icc__profiles", IccProfile.objects.live(at), to_attr="live_profiles"),
            Prefetch(
                "partner__names", PartnerName.objects.live(at).in_turn(), to_attr="names_said"
            ),
        )
    }
    readings = _by_series(Reading.objects.live(at).select_related("source"), wanted, "period")
    targets = _by_series(Target.objects.live(at).select_related("source"), wanted, "starts_on")
    rebases = _by_series(
        Rebase.objects.live(at).filter(applies=True).select_related("source"), wanted, "starts_on"
    )
    notes = _by_series(ChartNote.objects.live(at).select_related("source"), wanted, "period")
    return [
        _verdict(loaded[pk], readings[pk], targets[pk], rebases[pk], notes[pk], day)
        for pk in wanted
        if loaded[pk].metric.profile
    ]


def _by_series(rows, wanted, order):
    found = defaultdict(list)
    for row in rows.filter(series__in=wanted).order_by("series", order):
        found[row.series_id].append(row)
    return found


def _verdict(series, readings, targets, rebases, notes, day):
    profile = series.metric.profile
    told = {reading.period: reading for reading in readings}
    periods = every_period(sorted(told), profile.frequency)
    numbers = [_float(told.get(period), profile.multiplier) for period in periods]
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
    points = tuple(
        _point(
            period, told.get(period), number, analysis.points[index] if analysis else None, profile
        )
        for index, (period, number) in enumerate(zip(periods, numbers, strict=True))
    )
    return Verdict(
        series,
        profile,
        scope_name(series, day),
        day,
        points,
        analysis,
        tuple(targets),
        target,
        tuple(rebases),
        tuple(notes),
    )


def _float(reading, multiplier):
    number = reading.number(multiplier) if reading else None
    return None if number is None else float(number)


def _point(period, reading, number, judged, profile):
    if number is not None:
        text = value_words(reading.number(profile.multiplier), profile)
    elif reading is None:
        text = "No figure"
    elif reading.is_hidden:
        text = "Hidden: too small to publish"
    else:
        text = "Withdrawn" if reading.is_withdrawn else "None: nothing to count"
    label, kind = (judged.label, judged.kind) if judged else (".", ".")
    return Point(
        period,
        period_words(period, profile.frequency),
        period_mark(period, profile.frequency),
        number,
        text,
        label,
        kind,
        LABEL_WORDS[label] if number is not None else "",
        reading,
    )


def every_period(told, frequency):
    """The periods from the first to the last told, those without a reading too, unless a gap is very long."""
    periods = []
    for period in told:
        if periods:
            gap, step = [], next_period(periods[-1], frequency)
            while step < period and len(gap) <= LONGEST_GAP:
                gap.append(step)
                step = next_period(step, frequency)
            if len(gap) <= LONGEST_GAP:
                periods += gap
        periods.append(period)
    return periods


def target_for(period, targets):
    """The target that the verdict on a period is by: the latest that covers it (SPEC 10, Q10)."""
    covering = [
        target
        for target in targets
        if target.for_verdict
        and target.starts_on <= period
        and (target.ends_on is None or target.ends_on >= period)
    ]
    return max(covering, key=lambda target: target.starts_on, default=None)


def scope_name(series, day):
    """The name of a series' scope on a day, from what ``verdicts`` loads."""
    if series.icc:
        profiles = series.icc.live_profiles
        return profiles[0].name if profiles else series.icc.code
    if series.partner:
        name = series.partner.name_on(day)
        return name.name if name else series.partner.code
    return WHOLE_BAY_NAME
