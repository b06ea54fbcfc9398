"""The cards of the home page: what a few measures say now, against a year ago and against the target."""

from dataclasses import dataclass
from itertools import islice

from metrics.models import HomeMetric
from metrics.presenters.list import Shown, shown
from metrics.spc.chart import fact_sign, sign

MOST_CARDS = 6
NO_SIGN = fact_sign("none", is_good=None)


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A measure on the home page, by its verdict in its main place."""

    place: HomeMetric
    shown: Shown

    @property
    def verdict(self):
        return self.shown.verdict

    @property
    def trend_sign(self):
        """The shape of the trend, as it ends the line."""
        return sign(self.verdict.trend_kind)

    @property
    def year_sign(self):
        return self.shown.year_sign or NO_SIGN

    @property
    def target_sign(self):
        return self.shown.target_sign or NO_SIGN

    @property
    def target_words(self):
        """The target and whether it is met: ``Target missed: 95%``; or that there is none."""
        found = self.verdict.against_target
        if self.verdict.target is None:
            return self.verdict.target_text
        if found is None or found.is_met is None:
            return f"Target: {self.verdict.target_text}"
        return f"Target {'met' if found.is_met else 'missed'}: {self.verdict.target_text}"


def publishers(cards):
    """Who publishes the figures on some cards, each once."""
    return sorted({card.place.publisher for card in cards} - {None})


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
