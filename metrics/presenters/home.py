"""The cards of the home page: what a few measures say now, against a year ago and against the target."""

from dataclasses import dataclass
from itertools import islice

from metrics.models import Direction, HomeMetric
from metrics.presenters.list import Shown, shown
from metrics.spc.chart import sign
from metrics.verdict import distinct_words, number_words

MOST_CARDS = 6
UP, DOWN, SAME = "up", "down", "same"
BETTER, WORSE, NEITHER = "better", "worse", "neither"
WORDS_OF = {BETTER: "Better", WORSE: "Worse"}
BETTER_WAY = {Direction.INCREASE: UP, Direction.DECREASE: DOWN}


@dataclass(frozen=True, slots=True)
class YearAgo:
    """The latest figure against that of a year before. ``way``: which way it went.

    ``sense``: whether that is better; ``neither`` where no way is, or where nothing moved. Where
    something else was counted then, there is no way.
    """

    words: str
    way: str
    sense: str


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A measure on the home page, by its verdict in its main place."""

    place: HomeMetric
    shown: Shown

    @property
    def verdict(self):
        return self.shown.verdict

    @property
    def number(self):
        """The latest figure without its unit: ``83.6%``, ``1,234``."""
        profile = self.verdict.profile
        return number_words(self.verdict.latest.reading.number(profile.multiplier), profile)

    @property
    def trend_sign(self):
        """The shape of the trend, as it ends the line."""
        return sign(self.verdict.trend_kind)

    @property
    def unit(self):
        """What is counted, where the number does not say it; empty for a percentage."""
        profile = self.verdict.profile
        return "" if profile.is_percentage else profile.unit

    @property
    def year_ago(self) -> YearAgo | None:
        """How the latest figure compares with a year before; ``None`` without one from then."""
        verdict, profile = self.verdict, self.verdict.profile
        before = verdict.year_before
        if before is None:
            return None
        if before.period < verdict.points[verdict.segment.start].period:
            was = number_words(before.reading.number(profile.multiplier), profile)
            return YearAgo(f"A year ago: {was}, counted differently", "", NEITHER)
        now, then = (p.reading.number(profile.multiplier) for p in (verdict.latest, before))
        if now == then:
            return YearAgo("The same as a year ago", SAME, NEITHER)
        way = UP if now > then else DOWN
        better = BETTER_WAY.get(profile.direction)
        sense = NEITHER if better is None else BETTER if way == better else WORSE
        words = WORDS_OF.get(sense) or ("Higher" if way == UP else "Lower")
        _, was = distinct_words(now, then, profile, number_words)
        return YearAgo(f"{words} than a year ago: {was}", way, sense)

    @property
    def is_met(self):
        """Whether the target is met; ``None`` without one, or where no way is better."""
        found = self.verdict.against_target
        return found.is_met if found else None

    @property
    def target_sign(self):
        return {True: "met", False: "missed"}.get(self.is_met, "")

    @property
    def target_sense(self):
        return {True: BETTER, False: WORSE}.get(self.is_met, NEITHER)

    @property
    def target_words(self):
        """The target and whether it is met: ``Target missed: 95%``; or that there is none."""
        if self.verdict.target is None:
            return "No target now" if self.verdict.targets else "No target was set"
        if self.is_met is None:
            return f"Target: {self.verdict.target_text}"
        return f"Target {'met' if self.is_met else 'missed'}: {self.verdict.target_text}"


def home_cards(places, verdicts) -> list[HomeCard]:
    """The cards of places on the home page (``HomeMetric``), in their order: at most six.

    A measure without a figure, or of which no more will come, has none. ``verdicts``: those on the
    main places of all measures (``main_verdicts``).
    """
    by_metric = {v.series.metric_id: v for v in verdicts if v.latest and not v.is_over}
    have_figures = (place for place in places if place.metric_id in by_metric)
    return [
        HomeCard(place, shown(by_metric[place.metric_id]))
        for place in islice(have_figures, MOST_CARDS)
    ]
