"""The last period that each measure has a reading for, when it came, and what is expected next."""

from dataclasses import dataclass

from bhcp_portal.kit.dates import london_day, span
from metrics.models import Metric, MetricProfile, Series
from metrics.models.frequency import period_words
from metrics.presenters.list import address_of
from metrics.verdict import Freshness, freshness_of, read_together


@dataclass(frozen=True, slots=True)
class Fresh:
    """The last period with a reading of a series, when it came, and what is expected next.

    ``expected`` is ``None`` if nothing is: the metric is paused or retired, or no reading came yet.
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
    """The freshness of every series with readings and of every metric without; three queries.

    The longest late come first, then by short name. ``at`` is the moment, ``day`` its day.
    """
    series = list(Series.objects.with_readings(at).with_last_reading(at).with_scope().main_first())
    have = {each.metric_id for each in series}
    series += [Series(metric=m) for m in Metric.objects.known_at(at) if m.pk not in have]
    series, _, cards, places = read_together(series, at=at, day=day)
    found = [
        _fresh(each, place, day)
        for each, place in zip(series, places, strict=True)
        if each.metric_id in cards
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
