"""Verdicts as rows of a table: what of one is kept for lists, and verdicts made of it again (HOUSE 10).

A row holds what follows from the figures: the last points, and the answers that need more of them. Names,
words, ends of bodies and days late are those of the day asked, and are read with the page.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

from django.db.models import Q

from bhcp_portal.kit.dates import Present
from metrics.models import HomeMetric, KeptReading, Series, Target, VerdictRow
from metrics.spc.analysis import Analysis, Segment
from metrics.spc.analysis import Point as Judged
from metrics.spc.chart import SPARK_POINTS
from metrics.verdict import (
    RECENT,
    OnRecord,
    Run,
    Verdict,
    VerdictPoint,
    ended_on_of,
    every_period,
    main_series,
    read_together,
    verdicts,
    without_figures,
)

PROVISIONAL, HIDDEN = 1, 2
HERE = Path(__file__).parent
# A row that other code worked out counts as none.
MADE_BY = crc32(
    b"".join(
        path.read_bytes()
        for path in (
            HERE / "verdict.py",
            HERE / "verdict_rows.py",
            *sorted(HERE.glob("models/[fr]*.py")),
            *(HERE / "spc" / f"{name}.py" for name in ("analysis", "limits", "rules")),
        )
    )
)


# -- what is kept ------------------------------------------------------------------------------------


def facts_of(verdict: Verdict) -> dict[str, Any]:
    """What is kept of a verdict: codes and numbers, which do not depend on the day asked."""
    begin = _tail_begins(verdict)
    tail = [point for point in verdict.points[begin:] if point.reading is not None]
    facts = {
        "points": [_point(point) for point in tail],
        "labels": "".join(point.label for point in tail),
        "kinds": "".join(point.kind for point in tail),
        "targets": [
            [
                each.kind,
                str(each.value),
                *map(_day, (each.starts_on, each.ends_on)),
                each.for_verdict,
            ]
            for each in verdict.targets
        ],
        "target": verdict.targets.index(verdict.target) if verdict.target else None,
        "year": verdict.year_before and _point(verdict.year_before),
        "record": _record(verdict.on_record),
    }
    if verdict.analysis is None:
        return facts
    latest, segments = verdict.whole.latest, verdict.analysis.segments
    labels = [label for label, _ in verdict.both_ways(latest) if label in "IDab"]
    runs = {label: verdict.run(verdict.whole, label) for label in labels}
    return facts | {
        "assurance": verdict.analysis.assurance,
        "segments": [
            [max(0, each.start - begin), *_numbers(each)]
            for at, each in enumerate(segments)
            if each.start >= begin or at >= len(segments) - 2
        ],
        "begins": _day(verdict.segment_begins),
        "latest": _judged(latest),
        "runs": {label: [run.figures, run.missing, run.hidden] for label, run in runs.items()},
        "misfit": verdict.limits_may_not_fit,
        "recent": verdict.recent
        and [
            _numbers(verdict.recent.segments[-1]),
            len(verdict.recent.points),
            _judged(verdict.recent.points[-1]),
        ],
    }


def _tail_begins(verdict):
    """The index of the first point that is kept: all 24 that a line draws, the last 24 figures, the last reading."""
    points = verdict.points
    numbered = [at for at, point in enumerate(points) if point.value is not None][-RECENT:]
    wanted = [len(points) - SPARK_POINTS, *numbered[:1]]
    if verdict.last_reported:
        wanted.append(points.index(verdict.last_reported))
    begin = max(0, min(wanted))
    # Periods without a reading are counted from one that has one.
    while begin and points[begin].reading is None:
        begin -= 1
    return begin


def _point(point):
    reading = point.reading
    texts = (
        None if number is None else str(number)
        for number in (reading.numerator, reading.denominator, reading.value)
    )
    marks = PROVISIONAL * reading.is_provisional + HIDDEN * reading.is_hidden
    return [_day(point.period), point.value, *texts, marks]


def _day(day):
    return day and day.isoformat()


def _record(record):
    if record is None:
        return None
    days = map(_day, (record.first, record.last, record.last_met))
    return [record.figures, record.met, *days, record.is_all]


def _judged(point):
    return [point.label, point.kind, point.flags]


def _numbers(segment):
    """What a ``Segment`` says, but where it starts."""
    return [getattr(segment, name) for name in SEGMENT_FIELDS[1:]]


SEGMENT_FIELDS = tuple(Segment.__dataclass_fields__)


# -- verdicts made of it -----------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptVerdict(Verdict):
    """A verdict that was kept: its last points alone, and what follows from all of them.

    It has no re-bases and no notes, and its targets have no words.
    """

    facts: dict[str, Any]

    @cached_property
    def segment_begins(self):
        return date.fromisoformat(self.facts["begins"])

    @cached_property
    def limits_may_not_fit(self):
        return self.facts.get("misfit", False)

    @cached_property
    def on_record(self):
        if not (kept := self.facts["record"]):
            return None
        figures, met, first, last, last_met, is_all = kept
        return OnRecord(
            figures,
            met,
            date.fromisoformat(first),
            date.fromisoformat(last),
            last_met and date.fromisoformat(last_met),
            is_all,
        )

    @cached_property
    def year_before(self):
        kept = self.facts["year"]
        return kept and _made_point(kept, ".", ".", self.profile)

    def run(self, window, label):
        if window.segment is self.segment:
            return Run(*self.facts["runs"][label])
        return super().run(window, label)


def _made(row, series, profile, place, day, ended_on):
    """The verdict that a row holds, for a day."""
    facts = row.facts
    by_period = {}
    for values in zip(facts["points"], facts["labels"], facts["kinds"], strict=True):
        point = _made_point(*values, profile)
        by_period[point.period] = point
    points = tuple(
        by_period.get(period) or VerdictPoint(period, None, ".", ".", "", None, profile)
        for period in every_period(list(by_period), profile.frequency)
    )
    targets = tuple(map(_made_target, facts["targets"]))
    return KeptVerdict(
        series,
        profile,
        place,
        day,
        points,
        _made_analysis(points, facts),
        _made_recent(points, facts),
        targets,
        None if facts["target"] is None else targets[facts["target"]],
        (),
        (),
        ended_on,
        facts,
    )


def _made_point(kept, label, kind, profile):
    period, value, *numbers, marks = kept
    day = date.fromisoformat(period)
    texts = (number and Decimal(number) for number in numbers)
    reading = KeptReading(None, day, *texts, bool(marks & PROVISIONAL), bool(marks & HIDDEN))
    return VerdictPoint(day, value, label, kind, "", reading, profile)


def _made_target(kept):
    kind, value, starts_on, ends_on, for_verdict = kept
    return Target(
        kind=kind,
        value=Decimal(value),
        starts_on=date.fromisoformat(starts_on),
        ends_on=ends_on and date.fromisoformat(ends_on),
        for_verdict=for_verdict,
    )


def _made_analysis(points, facts):
    if "segments" not in facts:
        return None
    judged = [Judged(point.value, point.label, point.kind, "?", "?", "") for point in points]
    _judge_latest(judged, facts["latest"])
    segments = tuple(Segment(*kept) for kept in facts["segments"])
    return Analysis(segments, tuple(judged), facts["assurance"])


def _made_recent(points, facts):
    if not facts.get("recent"):
        return None
    numbers, length, latest = facts["recent"]
    ends = 1 + max(at for at, point in enumerate(points) if point.value is not None)
    judged = [Judged(p.value, ".", ".", "?", "?", "") for p in points[ends - length : ends]]
    _judge_latest(judged, latest)
    return Analysis((Segment(0, *numbers),), tuple(judged), None)


def _judge_latest(judged, latest):
    """Put the label, the kind and the flags that were kept on the last point with a number."""
    at = max(at for at, point in enumerate(judged) if point.value is not None)
    label, kind, flags = latest
    judged[at] = judged[at]._replace(label=label, kind=kind, flags=flags)


# -- from the database -------------------------------------------------------------------------------


def main_verdicts(metrics, *, at, day) -> list[Verdict]:
    """The verdict on each metric in its main scope: from rows, and worked out where there is none yet.

    Two queries, besides that of ``metrics`` if it is a queryset, and two more where rows are missing.
    """
    metrics = list(metrics)
    rows = VerdictRow.objects.main(at).filter(metric__in=metrics, made_by=MADE_BY)
    found = {row.metric_id: row for row in rows.select_related("series__icc", "series__partner")}
    kept, missing = [], []
    for metric in metrics:
        if row := found.get(metric.pk):
            row.series = row.series or Series(metric=metric)
            row.series.metric = metric
            kept.append(row)
        else:
            missing.append(metric)
    judged = _of_rows(kept, at=at, day=day) if kept else []
    if missing:
        judged += worked_out(missing, at=at, day=day)
    return judged


def worked_out(metrics, *, at, day) -> list[Verdict]:
    """The verdict on each metric in its main scope, worked out anew; two queries."""
    main = main_series(metrics, at)
    series = [main.get(metric.pk) or Series(metric=metric) for metric in metrics]
    return verdicts(series, at=at, day=day, with_sources=False)


def _of_rows(rows, *, at, day):
    series = [row.series for row in rows]
    homes = HomeMetric.objects.applying(at).filter(metric__in={each.metric_id for each in series})
    _, rows_of, cards, places = read_together(series, homes, at=at, day=day)
    return _joined(rows, rows_of, cards, places, day)


def _joined(rows, rows_of, cards, places, day):
    home = {row.metric_id: row.position for row in rows_of[HomeMetric]}
    ended = ended_on_of(rows_of)
    judged = []
    for row, place in zip(rows, places, strict=True):
        series = row.series
        series.home_place = home.get(series.metric_id)
        if series.metric_id in cards:
            of = series, series.metric.profile, place, day, ended.get(series.place)
            judged.append(_made(row, *of) if series.pk else without_figures(*of))
    return judged


def verdicts_of(series, *, at, day) -> list[Verdict]:
    """The verdicts on those of some series, a queryset, that have readings, as ``verdicts``.

    Of the present they come from rows, by one query, and one more where rows are missing; of the past they are
    worked out, by one.
    """
    if not isinstance(at, Present):
        return verdicts(series.with_readings(at), at=at, day=day, with_sources=False)
    keys, metrics = (series.order_by().values(name) for name in ("pk", "metric"))
    main = VerdictRow.objects.main(at).filter(metric__in=metrics, made_by=MADE_BY)
    # The main row of a measure counts only while none of its series lacks one.
    whole = VerdictRow.objects.holding(at).filter(metric__in=main.values("metric"))
    rows = whole.filter(Q(series__in=keys) | Q(is_main=True))
    homes = HomeMetric.objects.applying(at).filter(metric__in=metrics)
    found, rows_of, cards, places = read_together(series, rows, homes, at=at, day=day)
    of_series = {row.series_id: row for row in rows_of[VerdictRow]}
    complete = {row.metric_id for row in rows_of[VerdictRow]}
    kept, whose = [], []
    for each, place in zip(found, places, strict=True):
        if row := of_series.get(each.pk):
            row.series = each
            kept.append(row)
            whose.append(place)
    judged = _joined(kept, rows_of, cards, whose, day)
    if missing := [each.pk for each in found if each.metric_id not in complete]:
        rest = series.filter(pk__in=missing).with_readings(at)
        judged += verdicts(rest, at=at, day=day, with_sources=False)
    return judged
