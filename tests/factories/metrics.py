"""Metrics and their numbers: statements copied from a document unless they say otherwise.

waits = metric("waits", unit="%", multiplier=100, denominator_words="all who came")
readings(waits, [90, 91, None, 88], first=date(2024, 1, 1))          # of the whole bay, month by month
readings(waits, [(9, 10), (8, 10)], scope=kendal)                    # an ICC or a partner
target(waits, 95); rebase(waits, date(2024, 3, 1)); chart_note(waits, date(2024, 2, 1), "A new ward")
"""

from datetime import date, datetime
from itertools import count

from iccs.models import Icc
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
from metrics.models.frequency import next_period
from tests.factories.kit import on_record as put_on_record

LONG_AGO = "2015"
FIRST = date(2024, 1, 1)
_numbers = count(1)


def metric(slug=None, *, code=None, published=LONG_AGO, **profile):
    """A metric and its card: a count every month where lower is better, unless it says otherwise."""
    slug = slug or f"metric-{next(_numbers)}"
    made, _ = Metric.objects.get_or_create(
        slug=slug, defaults={"code": code or slug.upper().replace("-", "_")}
    )
    words = {
        "name": slug.replace("-", " ").capitalize(),
        "short_name": slug.replace("-", " ").capitalize(),
        "why": "It shows how well care works.",
        "method": "Counted once a month.",
        "unit": "patients",
        "direction": "decrease",
        "frequency": "month",
        "lag_days": 45,
        "small_numbers": "official",
    }
    _record(MetricProfile, published, metric=made, **words | profile)
    return made


def on_home(metric, position=1, *, words="", published=LONG_AGO, **fields):
    """The place of a metric on the home page, and what it is called there."""
    words = words or metric.slug.replace("-", " ").capitalize()
    return _record(HomeMetric, published, metric=metric, position=position, words=words, **fields)


def series(metric, scope=None):
    """The metric in a scope: an ICC, a partner, or the whole bay."""
    place = {"icc": None, "partner": None}
    if scope:
        place["icc" if isinstance(scope, Icc) else "partner"] = scope
    made, _ = Series.objects.get_or_create(metric=metric, **place)
    return made


def reading(metric, number, *, period=FIRST, scope=None, published=None, **fields):
    """One reading: a number, a pair of counts, or ``None`` with ``is_hidden=True``."""
    if isinstance(number, tuple):
        fields |= {"numerator": number[0], "denominator": number[1]}
    elif number is not None:
        fields["value"] = number
    published = published or next_period(period, "month", 2).isoformat()
    return _record(Reading, published, series=series(metric, scope), period=period, **fields)


def readings(metric, numbers, *, first=FIRST, frequency="month", **fields):
    """Readings of one period after the other; ``None`` leaves the period out."""
    return [
        reading(metric, number, period=next_period(first, frequency, index), **fields)
        for index, number in enumerate(numbers)
        if number is not None
    ]


def target(metric, value, *, scope=None, published=LONG_AGO, **fields):
    """A national standard that holds from long ago on."""
    words = {"kind": "standard", "starts_on": date(2015, 1, 1), "words": f"{value} or better"}
    return _record(Target, published, series=series(metric, scope), value=value, **words | fields)


def rebase(metric, starts_on, *, scope=None, published="2016", **fields):
    """Limits start anew from a period, as a document says."""
    words = {"why": "The count changed.", "what_changed": "The form.", "decided_by": "The board"}
    place = series(metric, scope)
    return _record(Rebase, published, series=place, starts_on=starts_on, **words | fields)


def chart_note(metric, period, words, *, scope=None, published="2016", **fields):
    return _record(
        ChartNote, published, series=series(metric, scope), period=period, words=words, **fields
    )


def _record(model, published, **fields):
    when = {"at": published} if isinstance(published, datetime) else {"published_as": published}
    return put_on_record(model, **when, **fields)
