"""The last period that each measure has a reading for, when it came, and what is expected next."""

from dataclasses import dataclass
from datetime import date

from bhcp_portal.kit.dates import london_day, span
from iccs.models import IccSuccession
from metrics.models import Metric, MetricProfile, Series
from metrics.models.frequency import period_words
from metrics.models.series import ends_of
from metrics.presenters.list import address_of
from metrics.verdict import Freshness, freshness_of, give_sources, read_together
from partners.models import Succession


@dataclass(frozen=True, slots=True)
class Fresh:
    """The last period with a reading of a series, when it came, and what is expected next.

    ``expected`` is ``None`` if nothing is: the metric is paused or retired, the body has ended, or
    no reading came yet. ``ended_on`` is the body's first day no more, if it has ended.
    """

    series: Series
    profile: MetricProfile
    scope_name: str
    last_words: str
    came_words: str
    is_estimated: bool
    expected: Freshness | None
    ended_on: date | None

    @property
    def address(self):
        return address_of(self.series) if self.last_words else self.series.metric.get_absolute_url()

    @property
    def days_late(self):
        return self.expected.days_late if self.expected else 0

    @property
    def publisher(self):
        """Who publishes its figures; empty where the card names no source that is known by then."""
        source = self.profile.data_source_profile
        return source.publisher if source else ""


@dataclass(frozen=True, slots=True)
class FreshGroup:
    """Series of one subject of which the same came, the same is due and the same body publishes."""

    subject: str
    series: list[Fresh]

    @property
    def first(self):
        """The one whose facts are those of all of them."""
        return self.series[0]


def grouped(found) -> list[FreshGroup]:
    """``Fresh`` in groups that a page tells together, in the order of the first of each."""
    groups = {}
    for fresh in found:
        card = fresh.profile
        facts = (
            *(card.subject, card.state, card.owner_id, card.owner_role, fresh.publisher),
            *(fresh.scope_name, fresh.ended_on, fresh.expected),
            *(fresh.last_words, fresh.came_words, fresh.is_estimated),
        )
        groups.setdefault(facts, []).append(fresh)
    return [FreshGroup(each[0].profile.subject, each) for each in groups.values()]


def missing_words(groups) -> str:
    """What is missing since when: ``Hospital beds since August 2025; waits since May 2026``.

    The longest late first; empty if nothing is late, or where a late measure has no subject.
    """
    late = [group for group in groups if group.first.days_late]
    if not all(group.subject for group in late):
        return ""
    words = dict.fromkeys(f"{group.subject} since {group.first.last_words}" for group in late)
    return "; ".join(words)


def freshness(*, at, day):
    """The freshness of every series with readings and of every metric without; four queries.

    The longest late come first, then by short name. ``at`` is the moment, ``day`` its day.
    """
    series = list(
        Series.objects.with_readings(at).with_last_reading(at).with_scope().main_first(at)
    )
    have = {each.metric_id for each in series}
    series += [Series(metric=m) for m in Metric.objects.known_at(at) if m.pk not in have]
    series, rows_of, cards, places = read_together(series, at=at, day=day)
    give_sources(rows_of, at)
    ended = ends_of([*rows_of[IccSuccession], *rows_of[Succession]])
    found = [
        _fresh(each, place, day, ended.get(each.place))
        for each, place in zip(series, places, strict=True)
        if each.metric_id in cards
    ]
    return sorted(found, key=lambda fresh: (-fresh.days_late, fresh.profile.short_name.lower()))


def _fresh(series, place, day, ended_on):
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
        expected=freshness_of(profile, last, day, ended_on),
        ended_on=ended_on if ended_on and ended_on <= day else None,
    )
