"""The one builder of the rows of verdicts (``metrics.verdict_rows``).

The database notes what no longer counts by itself (``metrics/guards.sql``), so a row is never stale, and where one
is missing pages work the verdict out. To fill them is no change of the record: it has no person and no history.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from bhcp_portal.kit.locks import lock, try_lock
from bhcp_portal.kit.statements import stretches
from metrics.models import (
    KeptReading,
    MetricProfile,
    Reading,
    Rebase,
    Series,
    Target,
    VerdictRow,
    VerdictsDue,
)
from metrics.models.verdict_row import JUDGED_BY
from metrics.verdict import Verdict, judged
from metrics.verdict_rows import MADE_BY, facts_of

# Of measures with more readings than these nothing is worked out while somebody waits: the worker does it.
AT_ONCE = 5_000
READ = ("pk", "period", "numerator", "denominator", "value", "is_provisional", "is_hidden")
# After every moment.
NEVER = datetime.max.replace(tzinfo=UTC)


class Stretch(NamedTuple):
    """The moments, the last excluded, at which the verdict on a series stays as it is.

    ``series`` is ``None`` where a measure has no figures.
    """

    begins_at: datetime
    ends_at: datetime
    is_main: bool
    series: Series | None
    card: MetricProfile


class Made(NamedTuple):
    """A row that was worked out. ``reading``: the key of the latest figure."""

    begins_at: datetime
    ends_at: datetime
    is_main: bool
    series: int | None
    reading: int | None
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "series": self.series,
            "begins_at": self.begins_at.isoformat(),
            "ends_at": None if self.ends_at == NEVER else self.ends_at.isoformat(),
            "is_main": self.is_main,
            "newest_reading": self.reading,
            "made_by": MADE_BY,
            "facts": self.facts,
        }


def keep_verdicts_due(*, at_once: bool = False) -> bool:
    """Fill the rows of all measures of which some are due; gives whether any are left.

    ``at_once``: only those of the present, and only if they are few.
    """
    due = set(VerdictsDue.objects.values_list("metric", flat=True))
    if at_once:
        readings = Reading.objects.filter(series__metric__in=due)
        if due and readings[: AT_ONCE + 1].count() > AT_ONCE:
            return True
    else:
        rows = VerdictRow.objects.filter(metric=OuterRef("metric"))
        cards = MetricProfile.objects.published().filter(~Exists(rows))
        due |= set(cards.values_list("metric", flat=True))
        due |= set(VerdictRow.objects.exclude(made_by=MADE_BY).values_list("metric", flat=True))
    for metric in sorted(due):
        keep_verdicts(metric=metric, at_once=at_once)
    return bool(due) and VerdictsDue.objects.exists()


def rebuild_verdicts(progress: Callable[[str], None]) -> int:
    """Make the rows of all measures anew; gives how many there are."""
    every = sorted(set(MetricProfile.objects.published().values_list("metric", flat=True)))
    for number, metric in enumerate(every, 1):
        keep_verdicts(metric=metric, anew=True)
        if number % 20 == 0:
            progress(f"verdicts of {number:,} of {len(every):,} measures")
    return VerdictRow.objects.count()


def keep_verdicts(*, metric: int, at_once: bool = False, anew: bool = False) -> None:
    """Work out the rows of a measure, by key, that are missing.

    It waits for who is publishing figures of the measure, and they for it. ``at_once``: only those of the
    present, and none if it would have to wait.
    """
    name = f"verdicts of {metric}"
    with transaction.atomic(), connection.cursor() as cursor:
        if not at_once:
            lock(name)
        elif not try_lock(name):
            return
        cursor.execute("SELECT metrics_clear_verdicts(%s)", [metric])
        there = VerdictRow.objects.filter(metric=metric)
        anew = anew or there.exclude(made_by=MADE_BY).exists()
        published = PublishedFigures(metric)
        missing = list(published.missing([] if anew else there))
        chosen = missing
        if at_once:
            chosen = [] if anew else [each for each in missing if each.ends_at == NEVER]
        made = [row.as_json() for row in _joined(map(published.work_out, chosen))]
        cursor.execute(
            "SELECT metrics_keep_verdicts(%s, %s, %s, %s)",
            [metric, json.dumps(made), anew and not at_once, len(chosen) == len(missing)],
        )


class PublishedFigures:
    """All that was published of a measure, by the moments at which it stood; six queries."""

    def __init__(self, metric: int) -> None:
        cards = MetricProfile.objects.with_moments().filter(metric=metric)
        self.cards = [(*when, card) for card in cards for when in _moments(card.moments)]
        of_metric = Series.objects.filter(metric=metric).order_by(
            F("icc__code").asc(nulls_first=True), F("partner__code").asc(nulls_first=True)
        )
        self.series = {each.pk: each for each in of_metric}
        self.turn = {key: number for number, key in enumerate(self.series)}
        self.readings = defaultdict(list)
        readings = Reading.objects.with_moments().filter(series__in=self.series)
        for series, moments, *values in readings.values_list("series", "moments", *READ):
            for when in _moments(moments):
                self.readings[series].append((*when, KeptReading(*values)))
        self.targets = self._by_series(Target.objects.order_by("starts_on"))
        self.rebases = self._by_series(Rebase.objects.filter(applies=True).order_by("starts_on"))

    def _by_series(self, statements):
        found = defaultdict(list)
        for each in statements.with_moments().filter(series__in=self.series):
            found[each.series_id] += [(*when, each) for when in _moments(each.moments)]
        return found

    def missing(self, there: Iterable[VerdictRow]) -> Iterator[Stretch]:
        """The stretches without a row among those that are there: of the main series all, of others the present."""
        covered = sorted((row.begins_at, row.ends_at or NEVER) for row in there if row.is_main)
        main = None
        for begins, ends, card, series in self._main():
            parts = [(begins, ends)]
            if series is not None:
                parts = self._parts(series, begins, ends)
            for begin, end in parts:
                for gap in _gaps(begin, end, covered):
                    yield Stretch(*gap, True, series and self.series[series], card)
            if ends == NEVER:
                main = series
        open_rows = {row.series_id for row in there if row.ends_at is None and not row.is_main}
        for begins, ends, card in self.cards:
            if ends == NEVER:
                for key, series in self.series.items():
                    is_there = any(end == NEVER for _, end, _ in self.readings[key])
                    if is_there and key != main and key not in open_rows:
                        yield Stretch(*self._parts(key, begins, ends)[-1], False, series, card)

    def work_out(self, stretch: Stretch) -> Made:
        begins, ends, is_main, series, card = stretch
        if series is None:
            return Made(begins, ends, is_main, None, None, {})
        verdict: Verdict = judged(
            series,
            card,
            *(
                [each for begin, end, each in of[series.pk] if begin <= begins < end]
                for of in (self.readings, self.targets, self.rebases)
            ),
        )
        latest = verdict.latest.reading.pk if verdict.latest else None
        return Made(begins, ends, is_main, series.pk, latest, facts_of(verdict))

    def _parts(self, series, begins, ends):
        """The stretches between two moments at which nothing changes of what a series is judged by."""
        moments = {
            moment
            for of in (self.readings, self.targets, self.rebases)
            for begin, end, _ in of[series]
            for moment in (begin, end)
            if begins < moment < ends
        }
        cuts = [begins, *sorted(moments), ends]
        return list(pairwise(cuts))

    def _main(self):
        """Yields (from, to, card, key of the main series or ``None``) for all moments with a card."""
        changes = defaultdict(list)
        for begin, end, card in self.cards:
            changes[begin].append((None, card))
            # Another card may begin where this one ends.
            changes[end].insert(0, (None, None))
        for key in self.series:
            for moment, period in _newest_over_time(self.readings[key]):
                changes[moment].append((key, period))
        card, newest, since, main = None, {}, None, None
        for moment in sorted(changes):
            before = card
            for key, value in changes[moment]:
                if key is None:
                    card = value
                else:
                    newest[key] = value
            follows = card and self._main_of(card, newest)
            if before and (follows != main or _judges(before) != _judges(card)):
                yield since, moment, before, main
                since = moment
            elif not before:
                since = moment
            main = follows

    def _main_of(self, card, newest):
        """The main series by what stands at a moment, as ``SeriesQuerySet.main_first`` says."""

        def turn(key):
            place = self.series[key].place
            is_elsewhere, is_part = place != card.main_place, place != (None, None)
            return is_elsewhere, is_part, -newest[key].toordinal(), self.turn[key]

        return min((key for key, period in newest.items() if period), key=turn, default=None)


def _judges(card):
    return card and [getattr(card, name) for name in JUDGED_BY]


def _moments(text):
    return [(begin, end or NEVER) for begin, end in stretches(text)]


def _gaps(begin, end, covered):
    """The parts of a stretch that none of others covers; these are in turn and apart."""
    for there_begin, there_end in covered:
        if there_end <= begin or there_begin >= end:
            continue
        if begin < there_begin:
            yield begin, there_begin
        begin = there_end
    if begin < end:
        yield begin, end


def _newest_over_time(readings):
    """Yields (moment, last period with a reading or ``None``) for each moment at which that changes."""
    coming, leaving = defaultdict(list), defaultdict(list)
    for begin, end, reading in readings:
        coming[begin].append(reading.period)
        leaving[end].append(reading.period)
    standing: Counter[date] = Counter()
    newest = None
    for moment in sorted({*coming, *leaving} - {NEVER}):
        standing.update(coming[moment])
        standing.subtract(leaving[moment])
        found = max([newest, *coming[moment]] if newest else coming[moment], default=None)
        if found and not standing[found]:
            found = max((period for period, number in standing.items() if number), default=None)
        if found != newest:
            yield moment, found
        newest = found


def _joined(rows):
    """Rows of which one goes on where the one before ends, and says the same, as one."""
    last = None
    for row in rows:
        if (
            last
            and last.is_main
            and row == last._replace(begins_at=last.ends_at, ends_at=row.ends_at)
        ):
            last = last._replace(ends_at=row.ends_at)
            continue
        if last:
            yield last
        last = row
    if last:
        yield last
