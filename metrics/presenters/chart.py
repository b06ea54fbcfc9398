"""The verdict on a series as a chart: its lines, marks and words."""

from bisect import bisect_left
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby

from metrics.models import Target
from metrics.spc.analysis import MISSING, Analysis
from metrics.spc.chart import (
    Break,
    Drawn,
    Note,
    TargetLine,
)
from metrics.verdict import number_words

# A page draws no more periods, to stay light. Older ones are in the files and on further pages.
MOST_DRAWN = 400


def drawing(verdict, foot=(), most=None) -> Drawn:
    """Everything that the chart of a verdict shows, of its latest ``most`` periods if it is given.

    ``foot`` are the lines below it in a file.
    """
    periods = [point.period for point in verdict.points]
    if verdict.analysis:
        analysis = verdict.analysis
    else:
        analysis = Analysis((), (MISSING,) * len(periods), None)
    named = verdict.profile.short_name, verdict.scope_name
    what = ""
    if periods:
        what = f" The chart shows {span_words(verdict.points[-most:] if most else verdict.points)}."
    drawn = Drawn(
        title=", ".join(filter(None, (*named, verdict.trend_words.lower()))),
        description=verdict.sentence + what,
        periods=tuple(point.mark for point in verdict.points),
        values=tuple(p.text if p.value is not None else "" for p in verdict.points),
        analysis=analysis,
        unit="Per cent" if verdict.profile.is_percentage else verdict.profile.unit.capitalize(),
        is_percentage=verdict.profile.is_percentage,
        floor=0.0,
        provisional=frozenset(i for i, p in enumerate(verdict.points) if p.is_provisional),
        hidden=frozenset(i for i, p in enumerate(verdict.points) if p.is_hidden),
        targets=tuple(_target_lines(verdict, periods)),
        breaks=tuple(
            Break(bisect_left(periods, r.starts_on), "Counting changed here")
            for r in verdict.rebases
        ),
        notes=tuple(
            Note(bisect_left(periods, note.period), note.words, number)
            for number, note in enumerate(verdict.notes, 1)
        ),
        foot=tuple(foot),
        number_words=partial(number_words, profile=verdict.profile),
    )
    return latest_part(drawn, most) if most else drawn


def span_words(points):
    """From which to which period some points are: ``April 2016 to June 2026``."""
    return " to ".join(dict.fromkeys((points[0].words, points[-1].words)))


def latest_part(drawn, most) -> Drawn:
    """The same drawing with only its latest ``most`` periods."""
    cut = len(drawn.periods) - most
    if cut <= 0:
        return drawn
    segments = drawn.analysis.segments
    kept = [
        replace(segment, start=max(0, segment.start - cut))
        for segment, following in zip(segments, [*segments[1:], None], strict=True)
        if following is None or following.start > cut
    ]
    return replace(
        drawn,
        periods=drawn.periods[cut:],
        values=drawn.values[cut:],
        analysis=replace(drawn.analysis, segments=tuple(kept), points=drawn.analysis.points[cut:]),
        # A negative index would count from the end, so it is left out.
        provisional=frozenset(index - cut for index in drawn.provisional if index >= cut),
        hidden=frozenset(index - cut for index in drawn.hidden if index >= cut),
        targets=tuple(_shifted(target, cut) for target in drawn.targets),
        breaks=tuple(replace(change, index=change.index - cut) for change in drawn.breaks),
        notes=tuple(replace(note, index=note.index - cut) for note in drawn.notes),
    )


def _shifted(target, cut):
    """A target without its first ``cut`` periods; a line that began in them begins after them."""
    points = [(index - cut, value) for index, value in target.points]
    before = [point for point in points if point[0] < 0]
    after = [point for point in points if point[0] >= 0]
    if before and after and after[0][0] > 0:
        (start, value), (end, then) = before[-1], after[0]
        if target.kind == Target.Kind.TRAJECTORY:
            value += (then - value) * -start / (end - start)
        after.insert(0, (0, value))
    return replace(target, points=tuple(after))


def _target_lines(verdict, periods):
    """Yields a line for each standard or aim, up to the next of its kind; one for a trajectory."""
    for kind, same in groupby(
        sorted(verdict.targets, key=_kind_and_start), lambda target: target.kind
    ):
        same = list(same)
        levels = [
            (target, _level(target, following, periods))
            for target, following in zip(same, [*same[1:], None], strict=True)
        ]
        if kind != Target.Kind.TRAJECTORY:
            yield from (
                TargetLine(t.words, level, kind, f"Target {number_words(t.value, verdict.profile)}")
                for t, level in levels
                if level
            )
            continue
        words = {target.words for target in same}
        name = words.pop() if len(words) == 1 else "Planned steps (trajectory)"
        steps = []
        for target, level in levels:
            # From a step without an end the line goes straight on to the next step.
            goes_on = target.ends_on is None and target is not same[-1]
            steps += level[:1] if goes_on else level
        if steps:
            label = f"Plan {number_words(same[-1].value, verdict.profile)}"
            yield TargetLine(name, tuple(steps), kind, label)


def _level(target, following, periods):
    """The first and the last point of the periods that a target covers, up to the next target.

    A target without an end covers all periods to the last one.
    """
    end = target.ends_on or date.max
    covered = [
        index
        for index, period in enumerate(periods)
        if target.starts_on <= period <= end and not (following and following.starts_on <= period)
    ]
    ends = dict.fromkeys((covered[0], covered[-1])) if covered else ()
    return tuple((index, float(target.value)) for index in ends)


def _kind_and_start(target):
    return target.kind, target.starts_on
