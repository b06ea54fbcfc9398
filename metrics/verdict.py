"""The one verdict on a series of a metric that page, chart, table, sentence and API share."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, repeat
from operator import attrgetter

from django.db.models import Q, QuerySet

from bhcp_portal.kit.bulk_read import bulk_read
from bhcp_portal.kit.numbers import number as plain
from bhcp_portal.kit.sources import Source
from iccs.models import Icc, IccProfile
from metrics.models import ChartNote, Metric, MetricProfile, Reading, Rebase, Series, Target
from metrics.models.frequency import (
    Frequency,
    in_period,
    last_day,
    next_period,
    period_mark,
    period_words,
)
from metrics.models.reading import Progress, progress
from metrics.spc.analysis import Analysis, analyse
from metrics.spc.chart import ASSURANCE_WORDS, LABEL_WORDS, VARIATION_WORDS
from metrics.spc.rules import PORTAL
from partners.models import Partner, PartnerName

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
TOO_FEW = "too few points to say"
IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class VerdictPoint:
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

    @property
    def parts(self):
        """The two counts of a share, ``7,949 of 9,854``; empty where it has none to show."""
        if self.reading is None or self.reading.denominator is None:
            return ""
        return f"{plain(self.reading.numerator)} of {plain(self.reading.denominator)}"


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
    points: tuple[VerdictPoint, ...]
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

    @property
    def points_wanted(self):
        """From how many points on limits are shown."""
        return self.segment.n + self.segment.points_needed

    @cached_property
    def latest_index(self):
        """The place of the last point that has a number; ``None`` where none has."""
        numbered = (i for i, p in enumerate(self.points) if p.value is not None)
        return max(numbered, default=None)

    @property
    def latest(self):
        """The last point that has a number; ``None`` where none has."""
        return None if self.latest_index is None else self.points[self.latest_index]

    def says(self, number):
        """A number as the metric writes it: ``83.6%``, ``1,234 attendances``."""
        return value_words(number, self.profile)

    @property
    def target_text(self):
        """The target that the verdict is by, as the metric writes it; empty where there is none."""
        return self.says(self.target.value) if self.target else ""

    @cached_property
    def progress(self) -> Progress | None:
        """How far from the baseline to the target; ``None`` where one of the three is missing."""
        if self.latest is None:
            return None
        target = self.target.value if self.target else None
        number = self.latest.reading.number(self.profile.multiplier)
        return progress(self.profile.baseline_value, number, target)

    @property
    def has_flat_limits(self):
        """Whether limits have no width though the numbers differ: one step makes every point unusual."""
        return bool(self.analysis) and any(
            part.lower is not None and part.lower == part.upper and not part.constant
            for part in self.analysis.segments
        )

    @cached_property
    def last_reported(self):
        """The last period that has a reading, hidden ones too; ``None`` where none has."""
        reported = (p for p in reversed(self.points) if p.reading and not p.reading.is_withdrawn)
        return next(reported, None)

    @cached_property
    def freshness(self) -> Freshness | None:
        """``None`` where nothing is expected: paused, retired, or no reading yet."""
        last = self.last_reported
        return freshness_of(self.profile, last.period if last else None, self.day)

    @cached_property
    def sentence(self):
        """What the numbers say, in plain text (BEHAVIOUR B)."""
        name = self.profile.name
        if self.latest is None:
            return f"{name}: no figures have been published."
        provisional = " (provisional)" if self.latest.is_provisional else ""
        when = in_period(self.latest.period, self.profile.frequency)
        sentences = [f"{name} was {self.latest.text} {when}{provisional}."]
        if self.profile.uses_spc:
            sentences.append(self._variation_sentence())
        sentences.append(self._target_sentence())
        return " ".join(part for part in sentences if part)

    def _variation_sentence(self):
        segment, (one, many) = self.segment, PERIODS[self.profile.frequency]
        if segment.points_needed:
            are = "is" if segment.n == 1 else "are"
            return (
                f"There {are} {segment.n} of the {self.points_wanted} {many} needed "
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


def freshness_of(profile, last, day) -> Freshness | None:
    """What is expected after the last period with a reading; ``None`` where nothing is, or none has one."""
    expects = profile.state in (MetricProfile.State.LIVE, MetricProfile.State.PREVIEW)
    if not (expects and last):
        return None
    following = next_period(last, profile.frequency)
    expected = last_day(following, profile.frequency) + timedelta(days=profile.lag_days)
    return Freshness(
        period_words(last, profile.frequency),
        period_words(following, profile.frequency),
        expected,
        max(0, (day - expected).days),
    )


# -- from the database -------------------------------------------------------------------------------


def main_series(metrics, at):
    """The main series of each metric at a moment, by metric: the first scope that has a reading."""
    found = Series.objects.filter(metric__in=metrics).with_readings(at).with_scope().main_first()
    main = {}
    for series in found:
        main.setdefault(series.metric_id, series)
    return main


def verdicts(series, *, at, day, with_sources=True):
    """The verdict on each of several series as they stood at a moment; three queries, however many.

    ``series``: a list, in whose order they come, or a queryset, read in no order. One query fewer for a
    queryset or for those loaded ``with_scope``, one fewer without the sources. Those whose metric had no card
    by then are left out.
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
        at=at,
        day=day,
    )
    if with_sources:
        _give_sources(rows_of)
    of = [
        _by_series(rows_of[model], order)
        for model, order in (
            (Reading, "period"),
            (Target, "starts_on"),
            (Rebase, "starts_on"),
            (ChartNote, "period"),
        )
    ]
    return [
        _verdict(each, each.metric.profile, place, *(rows[each.pk] for rows in of), day)
        for each, place in zip(series, places, strict=True)
        if each.metric_id in cards
    ]


def read_together(series, *more, at, day):
    """What is said of series' metrics and places, and of whatever else is asked for, in one query.

    The series as a list, the rows by model, the cards by metric, and the name of each series' place.
    ``metric.profile``, its ``owner`` and its ``successor`` are loaded.
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
    """The keys of series, or of what they belong to: a set, or of a queryset the question for them."""
    if isinstance(series, QuerySet):
        return series.order_by().values(name)
    return {getattr(each, name) for each in series}


def _give_scopes(rows_of):
    """The series that were read together with their metrics and places, each with its own."""
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


def _give_sources(rows_of):
    statements = [row for rows in rows_of.values() for row in rows if hasattr(row, "source_id")]
    wanted = {row.source_id for row in statements}
    wanted |= {card.data_source_id for card in rows_of[MetricProfile]}
    sources = Source.objects.in_bulk(wanted - {None})
    for row in statements:
        if row.source_id:
            row.source = sources[row.source_id]
    for card in rows_of[MetricProfile]:
        if card.data_source_id:
            card.data_source = sources[card.data_source_id]


def _give_owners(rows_of, day):
    """The cards by metric, with owner and successor; partners get the name they had on the day."""
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


def _verdict(series, profile, place, readings, targets, rebases, notes, day):
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
        tuple(targets),
        target,
        tuple(rebases),
        tuple(notes),
    )


def _float(reading, multiplier):
    number = reading.number(multiplier) if reading else None
    return None if number is None else float(number)


def _words_of(analysis):
    """What each point says, in words; of a stretch too short to judge, that it is."""
    # A segment starts with a number: points without one before the first go with it.
    starts = [0, *(part.start for part in analysis.segments[1:]), len(analysis.points)]
    for part, (start, end) in zip(analysis.segments, pairwise(starts), strict=True):
        for point in analysis.points[start:end]:
            yield TOO_FEW if part.points_needed else LABEL_WORDS[point.label]


def _point(period, reading, number, judgement, profile):
    if number is not None:
        text = value_words(reading.number(profile.multiplier), profile)
    elif reading is None:
        text = "No figure"
    elif reading.is_hidden:
        text = "Hidden: too small to publish"
    else:
        text = "Withdrawn" if reading.is_withdrawn else "None: nothing to count"
    label, kind, words = ".", ".", ""
    if number is not None:
        judged, words = judgement
        label, kind = judged.label, judged.kind
    return VerdictPoint(
        period,
        period_words(period, profile.frequency),
        period_mark(period, profile.frequency),
        number,
        text,
        label,
        kind,
        words if profile.uses_spc else "",
        reading,
    )


def every_period(reported, frequency):
    """The periods from the first to the last with a reading, those between without one too, unless a gap is very long."""
    periods = []
    for period in reported:
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
