"""Measures in lists: their verdicts with pictures, filtered, sorted and counted."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from django.db import models

from metrics import verdict_rows
from metrics.models.frequency import in_period
from metrics.spc.chart import (
    SPARK_POINTS,
    assurance_icon,
    fact_sign,
    sparkline,
    variation_icon,
)
from metrics.verdict import (
    WHOLE_BAY_NAME,
    Trend,
    Verdict,
    number_words,
)


class Variation(models.TextChoices):
    """What the icon of a metric shows, as a reader may filter the list by it."""

    WORSE = "worse", "Change for the worse"
    BETTER = "better", "Change for the better"
    UNUSUAL = "unusual", "Unusual"
    USUAL = "usual", "No unusual change"
    UNSAID = "unsaid", "Too early to say"


class Order(models.TextChoices):
    """The orders of the list of metrics."""

    NAME = "name", "Subject and name"
    CHANGE = "variation", "Change: worse first"
    ASSURANCE = "target", "Target: missed first"
    FRESHNESS = "late", "Latest figure: longest late first"


VARIATIONS = {
    "concern": Variation.WORSE,
    "improvement": Variation.BETTER,
    "neutral": Variation.UNUSUAL,
    "common": Variation.USUAL,
}
MOST_CARDS = 4
TRENDS = (*Trend, None)
MET = (False, True, None)
ASSURANCES = ("fail", "inconsistent", "pass", None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A verdict with its pictures, for a list or the head of a page. Words stand beside them.

    ``began`` says where the line begins: ``From 72.1% in July 2024``; empty without two figures.
    """

    verdict: Verdict
    spark: str
    began: str
    variation_icon: str
    assurance_icon: str
    year_sign: str
    target_sign: str

    @property
    def address(self):
        """The address of the metric's page in this scope."""
        return address_of(self.verdict.series)


def address_of(series):
    """The address of the metric's page in the scope of a series."""
    return f"{series.metric.get_absolute_url()}?scope={series.scope}"


def shown(verdict) -> Shown:
    """A verdict with its sparkline and its icons."""
    numbers = [point.value for point in verdict.points]
    starts = {segment.start for segment in verdict.analysis.segments} if verdict.analysis else set()
    before = max(0, len(numbers) - SPARK_POINTS)
    drawn = [point for point in verdict.points[before:] if point.value is not None]
    words = line_words(verdict, drawn)
    if any(before < start for start in starts):
        words += ", with a break where counting changed"
    return Shown(
        verdict,
        sparkline(numbers, kind=verdict.trend_kind, words=words, starts=starts),
        f"From {_figure(drawn[0], verdict)}" if len(drawn) > 1 else "",
        variation_icon(verdict.variation),
        assurance_icon(verdict.assurance),
        _year_sign(verdict.against_year),
        _target_sign(verdict.against_target),
    )


def line_words(verdict, drawn):
    """From what to what a line of these points goes, and which way, for those who cannot see it."""
    name = verdict.profile.short_name
    if len(drawn) < 2:
        return f"{name}: {_figure(drawn[0], verdict)}" if drawn else name
    first, last = drawn[0], drawn[-1]
    way = "up" if last.value > first.value else "down" if last.value < first.value else "no change"
    return f"{name}: {way} from {_figure(first, verdict)} to {_figure(last, verdict)}"


def _figure(point, verdict):
    profile = verdict.profile
    number = number_words(point.reading.number(profile.multiplier), profile)
    return f"{number} {in_period(point.period, profile.frequency)}"


def _year_sign(found):
    if found is None:
        return ""
    return fact_sign(("same", "up", "down")[found.way], is_good=found.is_better)


def _target_sign(found):
    if found is None or found.is_met is None:
        return ""
    return fact_sign("tick" if found.is_met else "cross", is_good=found.is_met)


def main_verdicts(metrics, *, at, day):
    """The verdict on each metric in its main scope, by short name.

    Two queries, besides that of ``metrics`` if it is a queryset.
    """
    return in_turn(verdict_rows.main_verdicts(metrics, at=at, day=day))


def in_turn(found):
    """Verdicts by short name."""
    return sorted(found, key=_name)


def _name(verdict):
    return verdict.profile.short_name.lower()


def kind_of(verdict):
    """The ``Variation`` that the latest figure of a verdict shows; ``None`` if none is judged."""
    if not verdict.profile.uses_spc:
        return None
    first = (verdict.variation or "").partition("_")[0]
    return VARIATIONS.get(first, Variation.UNSAID)


def arranged(found, *, trend="", variation="", sort=""):
    """The verdicts with this ``Trend`` and ``Variation`` in this ``Order``.

    An empty choice leaves nothing out; an empty order is by subject and name. A trend is asked for what goes
    on, as ``tally`` counts it.
    """
    if trend:
        found = [v for v in found if v.trend == trend and not v.is_over]
    if variation:
        found = [verdict for verdict in found if kind_of(verdict) == variation]
    return sorted(found, key=ORDER_KEYS.get(sort or Order.NAME))


def _days_late(verdict):
    return verdict.freshness.days_late if verdict.freshness else -1


def _missed_first(verdict):
    found = verdict.against_target
    return MET.index(found and found.is_met), ASSURANCES.index(verdict.assurance)


def _by_subject(verdict):
    subject = verdict.profile.subject
    return subject == "", subject.lower(), _name(verdict)


@dataclass(frozen=True, slots=True)
class SubjectGroup:
    """Measures of one subject; ``subject`` is empty where they have none, or in another order."""

    subject: str
    metrics: list[Shown]


def in_groups(found, order) -> list[SubjectGroup]:
    """Verdicts, in an ``Order``, as groups of one subject; by other things than names, as one."""
    if order != Order.NAME:
        return [SubjectGroup("", [shown(verdict) for verdict in found])]
    groups = groupby(found, lambda verdict: verdict.profile.subject)
    return [SubjectGroup(subject, [shown(verdict) for verdict in some]) for subject, some in groups]


def one_place(found):
    """The name of the place that all verdicts are of, for a sentence; empty if there are several."""
    names = {verdict.scope_name for verdict in found}
    name = names.pop() if len(names) == 1 else ""
    return name.lower() if name == WHOLE_BAY_NAME else name


ORDER_KEYS = {
    Order.NAME: _by_subject,
    Order.CHANGE: lambda v: (TRENDS.index(v.trend), _name(v)),
    Order.ASSURANCE: lambda v: (*_missed_first(v), _name(v)),
    Order.FRESHNESS: lambda v: (-_days_late(v), _name(v)),
}


def shown_of(series, *, at, day):
    """The verdicts on those of some series, a queryset, that have readings, as a list shows them, by short name.

    One query.
    """
    found = verdict_rows.verdicts_of(series, at=at, day=day)
    return [shown(verdict) for verdict in in_turn(found)]


def foremost(found: list[Shown]) -> list[Shown]:
    """The few of some that go on and are shown as cards: those of the home page come first.

    Then come those that are judged against a target.
    """
    going = [each for each in found if each.verdict.latest and not each.verdict.is_over]

    def turn(each):
        place = each.verdict.series.home_place
        return place is None, place, each.verdict.target is None

    return sorted(going, key=turn)[:MOST_CARDS]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many metrics go on, and how many of them have each ``Trend``.

    A retired one, and one whose body has ended, is in no number. ``counts``: (trend, how many, in
    words); better and worse come first even if none is, the others without noughts. Those that are
    not judged come last and have no trend.
    """

    total: int
    counts: list[tuple[Trend | None, int, str]]


# What home calls each trend.
COUNTED = {
    Trend.BETTER: "better",
    Trend.WORSE: "worse",
    Trend.MIXED: "mixed",
    Trend.CHANGED: "changed (neither way is better)",
    Trend.NONE: "with no unusual change",
    Trend.EARLY: "too early to say",
    None: "not judged",
}
ALWAYS = (Trend.BETTER, Trend.WORSE)


def tally(found) -> Tally:
    found = [verdict for verdict in found if not verdict.is_over]
    counts = Counter(verdict.trend for verdict in found)
    return Tally(
        len(found),
        [
            (trend, counts[trend], words)
            for trend, words in COUNTED.items()
            if counts[trend] or trend in ALWAYS
        ],
    )
