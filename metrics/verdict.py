"""The verdict on a series, which page, chart, table, sentence and API share."""

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
# A gap of more empty periods than this is not filled period by period.
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
    """One period of a series, as page, chart, table, file and API show it.

    ``value`` is the number in the metric's unit that the analysis uses; ``None`` if hidden,
    withdrawn or missing. ``text`` is the number in words, or says why there is none. ``label`` and
    ``kind`` are the codes of ``metrics.spc.Point``.
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
        """The two counts of a share, ``7,949 of 9,854``; empty if the reading has none."""
        if self.reading is None or self.reading.denominator is None:
            return ""
        return f"{plain(self.reading.numerator)} of {plain(self.reading.denominator)}"


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


@dataclass(frozen=True)
class Verdict:
    """A series as it stood at a moment: its points, its analysis and what they mean in words.

    ``analysis`` is ``None`` if no point has a number. ``targets`` are all live targets; ``target``
    is the one that the verdict uses, or ``None``.
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
        """The last segment, on which the verdict rests. It needs an ``analysis``."""
        return self.analysis.segments[-1]

    @property
    def points_needed(self):
        """How many more points are needed for limits; 0 if there are limits, or never will be."""
        if not (self.analysis and self.profile.uses_spc):
            return 0
        return self.segment.points_needed

    @property
    def points_wanted(self):
        """How many points in all the last segment needs for limits, while it has too few."""
        return self.segment.n + self.segment.points_needed

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
        """A number as the metric writes it: ``83.6%``, ``1,234 attendances``."""
        return value_words(number, self.profile)

    @property
    def target_text(self):
        """The target that the verdict uses, as the metric writes it; empty without one."""
        return self.says(self.target.value) if self.target else ""

    @cached_property
    def progress(self) -> Progress | None:
        """The progress from baseline to target; ``None`` if one of the numbers is missing."""
        if self.latest is None:
            return None
        target = self.target.value if self.target else None
        number = self.latest.reading.number(self.profile.multiplier)
        return progress(self.profile.baseline_value, number, target)

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

        Nothing is expected of a paused or retired metric, or before the first reading.
        """
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
        """Yields (label, kind) of the label shown and of one with the opposite kind (BEHAVIOUR B)."""
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
        """The number of points in the run or trend that ends at the latest point."""
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
    """A number as the metric writes it: ``83.6%``, ``1,234 attendances``.

    ``number`` may be a fraction. It is rounded to the decimals of the card, halves away from 0.
    """
    exact = Fraction(number)
    places = Decimal(1).scaleb(-profile.decimals)
    # A division keeps more figures than a reading can hold, so that only the last step rounds.
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    text = f"{decimal.quantize(places, ROUND_HALF_UP):,f}".replace("-", "−")
    return f"{text}%" if profile.is_percentage else f"{text} {profile.unit}"


def freshness_of(profile, last, day) -> Freshness | None:
    """What is expected after ``last``, the first day of the last period with a reading.

    ``None`` if nothing is expected: ``last`` is ``None``, or the metric is paused or retired.
    ``day`` is the day on which the days late are counted.
    """
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
    """The main series of each metric at a moment, as a dict by the metric's key.

    The main series is that of the first scope with a reading; a metric without readings is left
    out.
    """
    found = Series.objects.filter(metric__in=metrics).with_readings(at).with_scope().main_first()
    main = {}
    for series in found:
        main.setdefault(series.metric_id, series)
    return main


def verdicts(series, *, at, day, with_sources=True):
    """The verdict on each of several series as they stood at a moment; at most three queries.

    ``series`` is a list, whose order is kept, or a queryset, whose order is not. A queryset, or
    series loaded ``with_scope``, saves one query, and ``with_sources=False`` saves one. ``day`` is
    the day being read, for names and days late. Series whose metric had no card at the moment are
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
    """Yields the words of each point's label; for a segment that is too short, that it is."""
    # A segment starts with a number, so points without one before the first segment join it.
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
    """All periods from the first to the last of ``reported``, with or without a reading.

    ``reported`` are the first days of the periods with a reading, in order. A gap of more than
    ``LONGEST_GAP`` periods is not filled.
    """
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
    """The target for the verdict on a period: the latest that covers it (SPEC 10, Q10).

    ``period`` is a first day. ``None`` if no target marked ``for_verdict`` covers it.
    """
    covering = [
        target
        for target in targets
        if target.for_verdict
        and target.starts_on <= period
        and (target.ends_on is None or target.ends_on >= period)
    ]
    return max(covering, key=lambda target: target.starts_on, default=None)
