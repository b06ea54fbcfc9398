"""Which published figures were changed later, and why."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bhcp_portal.kit.dates import london_day, on_or_in
from metrics.models import Reading
from metrics.models.frequency import period_words
from metrics.verdict import distinct_words, value_words


@dataclass(frozen=True, slots=True)
class Restatement:
    """A period whose published figure changed, with a sentence that lists each change."""

    period: date
    words: str
    sentence: str


def restatements(series, profile, at):
    """The periods of a series whose figures changed after publication, the newest change first.

    If a period is hidden now, the sentence gives none of its figures. One query.
    """
    of_series = Reading.objects.versions(at).filter(series=series)
    replaced = of_series.filter(superseded_at__isnull=False)
    versions_of_replaced = of_series.filter(period__in=replaced.values("period")).order_by(
        "period", "published_at", "pk"
    )
    found = []
    for period, same in groupby(versions_of_replaced, lambda reading: reading.period):
        versions = list(same)
        if len(versions) > 1:
            words = period_words(period, profile.frequency)
            sentence = ", ".join(_steps(versions, profile)) + "."
            found.append((versions[-1].published_at, Restatement(period, words, sentence)))
    found.sort(key=lambda pair: (pair[0], pair[1].period), reverse=True)
    return [restatement for _, restatement in found]


def _steps(versions, profile):
    is_secret = versions[-1].is_hidden
    for number, version in enumerate(versions):
        when = on_or_in(version.published_as or london_day(version.published_at).isoformat())
        when += " (estimated)" if version.is_estimated else ""
        why = f", because: {version.reason.rstrip('.')}" if number and version.reason else ""
        before = versions[number - 1] if number else None
        yield f"{_verb(version, before, is_secret, profile)} {when}{why}"


def _verb(version, before, is_secret, profile):
    if version.is_hidden:
        return "hidden, as too small to publish," if before else "first held back as too small"
    if version.is_withdrawn:
        return "withdrawn"
    if is_secret:
        return "restated" if before else "first published"
    number = version.number(profile.multiplier)
    if before is None:
        return f"first published as {value_words(number, profile)}"
    was = before.number(profile.multiplier)
    figure = (
        value_words(number, profile) if was is None else distinct_words(number, was, profile)[0]
    )
    return f"restated to {figure}"
