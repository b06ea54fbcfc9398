"""Which published figures were changed later, and why."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from bhcp_portal.kit.dates import Present, day_in_words, london_day, on_or_in
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

    What was taken back is named without its figure, with what stands instead. If a period is hidden
    now, the sentence gives none of its figures. One query.
    """
    of_series = Reading.objects.filter(series=series)
    readings = of_series.versions(at) | of_series.taken_back_by(at)
    replaced = readings.filter(superseded_at__isnull=False)
    rows = readings.filter(period__in=replaced.values("period"))
    in_turn = rows.order_by("period", "published_at", "recorded_at")
    found = []
    for period, same in groupby(in_turn, attrgetter("period")):
        versions = list(same)
        back = [version.taken_back_at for version in versions if _is_taken_back(version, at)]
        if len(versions) > 1 or back:
            words = period_words(period, profile.frequency)
            sentence = _sentence(versions, profile, at)
            newest = max([versions[-1].published_at, *back])
            found.append((newest, Restatement(period, words, sentence)))
    found.sort(key=lambda pair: (pair[0], pair[1].period), reverse=True)
    return [restatement for _, restatement in found]


def _is_taken_back(version, at):
    return version.taken_back_at is not None and (
        isinstance(at, Present) or version.taken_back_at <= at
    )


def _sentence(versions, profile, at):
    standing = [version for version in versions if not _is_taken_back(version, at)]
    is_secret = (standing or versions)[-1].is_hidden
    steps, before = [], None
    for number, version in enumerate(versions):
        when = on_or_in(version.published_as or london_day(version.published_at).isoformat())
        when += " (estimated)" if version.is_estimated else ""
        if version in standing:
            verb = _verb(version, before, is_secret, profile)
            why = _because(version.reason if before else "")
            before = version
        else:
            verb, why = "published", ""
            day = day_in_words(london_day(version.taken_back_at))
            when += f", taken back on {day}{_because(version.taken_back_because)}"
        steps.append(f"{verb if number == 0 else verb.removeprefix('first ')} {when}{why}")
    sentence = ", ".join(steps) + "."
    if versions[-1] in standing:
        return sentence
    if not standing:
        return f"{sentence} No figure stands."
    last = standing[-1]
    if last.is_hidden or last.is_withdrawn:
        return f"{sentence} What was said before stands again."
    return f"{sentence} It is {value_words(last.number(profile.multiplier), profile)} again."


def _because(reason):
    return f", because: {reason.rstrip('.')}" if reason else ""


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
