"""The analysis of one series: its segments, points and icons (SPEC 3, 7, 8 and 9)."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf
from typing import Literal, NamedTuple

from metrics.spc.limits import limits_of
from metrics.spc.rules import HIGH_LABELS, LOW_LABELS, PARITY, Rules, bands_of, flags_of, sides_of

SHORT_BELOW = 13
SHORTEST_BASELINE = 12
LARGEST_VALUE = 1e302  # sums and limits of larger ones could overflow to infinity

Improvement = Literal["increase", "decrease", "neutral"]
Assurance = Literal["pass", "fail", "inconsistent"]

# The kinds of points with high and with low labels, by the direction of improvement (SPEC 7).
HIGH_AND_LOW_KINDS = {"increase": ("+", "-"), "decrease": ("-", "+"), "neutral": ("H", "L")}
KINDS = {
    improvement: {
        **dict.fromkeys(HIGH_LABELS, high),
        **dict.fromkeys(LOW_LABELS, low),
        ".": ".",
    }
    for improvement, (high, low) in HIGH_AND_LOW_KINDS.items()
}
KIND_WORDS = {"+": "improvement", "-": "concern", "H": "neutral", "L": "neutral"}


class Point(NamedTuple):
    """The judgement on one value of a series. A tuple, since a page makes thousands of them.

    value   the number; None if missing
    label   "." common cause; high: "U" above the upper limit, "I" rising trend, "h" two in three,
            "a" run above the mean; low, in the same order: "L", "D", "l", "b"
    kind    "." common cause, "+" improvement, "-" concern, "H" neutral high, "L" neutral low
    side    "<" below the mean, "=" on it, ">" above it, "?" unknown
    band    "o" outside the limits, "c" close to one, "." neither, "?" unknown
    flags   the labels of all rules that hold, in R's order of precedence; `label` is one of them
    in_a_row    whether its label also holds among neighbouring periods alone. False if it needs
                values on both sides of a missing one: nothing may then be said "in a row"
    """

    value: float | None
    label: str
    kind: str
    side: str
    band: str
    flags: str
    in_a_row: bool = True


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of points judged by limits of its own, in the unit of the values.

    start           index of its first point in the series as given
    n               how many points it has (missing ones count, unless they are dropped)
    mean            None if it has no value
    lower, upper    the limits; None if undefined or withheld. Readers should be warned of limits of
                    no width (lower equals upper): a series that steps once between two constants has
                    them, and every point is then outside (SPEC 10, Q3)
    short           fewer than 13 points: a chart with limits warns of it (SPEC 9)
    points_needed   how many more points it needs for limits; 0 if it has enough
    constant        it has two or more values and all are equal: "no variation"
    common_cause, improvement, concern      how many points are of that kind
    variation       as Analysis.variation, for the last point of this segment
    """

    start: int
    n: int
    mean: float | None
    lower: float | None
    upper: float | None
    short: bool
    points_needed: int
    constant: bool
    common_cause: int
    improvement: int
    concern: int
    variation: str | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of a series, which page, chart, table, sentence and API share.

    segments    in time order, at least one
    points      one for each value given, in the same order
    assurance   whether the process will meet its target, by the limits of the last segment: "pass"
                always, "fail" never, "inconsistent" now and then. None without a target, with a
                neutral direction, or where the segment is too short for limits
    """

    segments: tuple[Segment, ...]
    points: tuple[Point, ...]
    assurance: Assurance | None

    @property
    def variation(self) -> str | None:
        """What the latest point shows; None if its segment is too short for limits.

        It is "common_cause", or "improvement", "concern" or "neutral" with "_high" or "_low" added.
        """
        return self.segments[-1].variation

    @property
    def short(self) -> bool:
        """True if any segment has fewer than 13 points."""
        return any(segment.short for segment in self.segments)


MISSING = Point(value=None, label=".", kind=".", side="?", band="?", flags="")


def analyse(
    values: Iterable[float | None],
    *,
    improvement: Improvement,
    target: float | None = None,
    rebase_at: Iterable[int] = (),
    fix_after: float | None = None,
    rules: Rules = PARITY,
) -> Analysis:
    """Judge a series as an XmR chart does.

    values       numbers in time order, None for a missing one; how far they lie apart in time does
                 not matter
    improvement  the direction that is good: "increase", "decrease" or "neutral"
    target       in the unit of the values
    rebase_at    indexes of `values` at which a new segment starts, in any order. If that value is
                 missing and dropped, the segment starts at the next value. For a date between two
                 periods, `bisect.bisect_left(periods, date)` gives the first period on or after it;
                 len(values) is allowed and starts no segment
    fix_after    12 or more: compute the limits of each segment from its first `fix_after` points
    rules        those of R by default; the public pages use PORTAL

    Raises ValueError, whose message says what to do, for a series with no points, a number that is
    not finite or beyond 1e302, an unknown direction, an index outside the series, `fix_after` below
    12, and missing values that leave a trend in doubt unless they are dropped.
    """
    values = checked_values(values)
    if improvement not in KINDS:
        raise ValueError(
            f'Set improvement to "increase", "decrease" or "neutral", not {improvement!r}.'
        )
    if target is not None:
        target = finite(target)
    if fix_after is not None:
        if not SHORTEST_BASELINE <= fix_after < inf:
            raise ValueError(
                f"Fix limits after {SHORTEST_BASELINE} points or more, not {fix_after}."
            )
        fix_after = floor(fix_after)

    places: Sequence[int] = range(len(values))
    kept = values
    if rules.drop_missing:
        places = [place for place in places if values[place] is not None]
        kept = [value for value in values if value is not None]
        if not kept:
            raise ValueError("Give at least one value that is not missing.")

    segments = []
    points = [MISSING] * len(values)
    for start, end in pairwise([*segment_starts(rebase_at, values, places), len(kept)]):
        segment, judged = judge_segment(
            kept[start:end], places[start:end], KINDS[improvement], fix_after, rules
        )
        segments.append(segment)
        for place, point in zip(places[start:end], judged, strict=True):
            points[place] = point

    return Analysis(
        segments=tuple(segments),
        points=tuple(points),
        assurance=assurance_of(segments[-1], improvement, target, rules),
    )


def checked_values(values: Iterable[float | None]) -> list[float | None]:
    """The values as doubles, None for missing ones.

    Raises ValueError if there are no values, and for the first value that `finite` refuses.
    """
    checked = [
        None if value is None else finite(value, index) for index, value in enumerate(values)
    ]
    if not checked:
        raise ValueError("Give at least one value.")
    return checked


def finite(number: float, index: int | None = None) -> float:
    """A number as a double. Raises ValueError if it is not finite or beyond 1e302.

    `index` is the value's index in the series, for the message; None for the target.
    """
    try:
        double = float(number)
    except OverflowError:
        double = inf
    if -LARGEST_VALUE <= double <= LARGEST_VALUE:
        return double
    name = "the target" if index is None else f"value {index}"
    raise ValueError(
        f"Give a finite number of at most {LARGEST_VALUE:g}, or None where there is none: "
        f"{name} is {double}."
    )


def segment_starts(
    rebase_at: Iterable[int], values: Sequence[float | None], places: Sequence[int]
) -> list[int]:
    """The positions among the kept values at which segments start; 0 is always one of them.

    `places` holds the index in `values` of each kept value. Raises ValueError for an index in
    `rebase_at` that is outside the series.
    """
    starts = {0}
    for index in rebase_at:
        if not 0 <= index <= len(values):
            raise ValueError(f"Rebase at an index from 0 to {len(values)}, not {index}.")
        starts.add(bisect_left(places, index))
    return sorted(starts - {len(places)})


def judge_segment(
    values: Sequence[float | None],
    places: Sequence[int],
    kinds: dict[str, str],
    fix_after: int | None,
    rules: Rules,
) -> tuple[Segment, list[Point]]:
    """A segment and its points; runs, trends and moving ranges never reach outside it (SPEC 3).

    `places` holds the index in the series of each value, and `kinds` gives the kind of each label.
    """
    n = len(values)
    points_needed = max(0, rules.min_points_for_limits - n)
    limits = limits_of(values[:fix_after], screen_outliers=rules.screen_outliers)
    side = sides_of(values, limits.mean)
    if points_needed:
        lower = upper = None
        band = "?" * n
        flags = [""] * n
    else:
        lower, upper = limits.lower, limits.upper
        band = bands_of(values, limits)
        flags = flags_of(values, side, band, rules)
    labels = [label_of(flag, kinds, rules.conflict) if flag else "." for flag in flags]
    kind = [kinds[label] for label in labels]
    in_a_row = [True] * n
    if not points_needed and places[-1] - places[0] >= n:
        in_a_row = holding_in_a_row(values, places, side, band, labels, rules)
    present = {value for value in values if value is not None}
    segment = Segment(
        start=places[0],
        n=n,
        mean=limits.mean,
        lower=lower,
        upper=upper,
        short=n < SHORT_BELOW,
        points_needed=points_needed,
        constant=len(present) == 1 and n - values.count(None) > 1,
        common_cause=kind.count("."),
        improvement=kind.count("+"),
        concern=kind.count("-"),
        variation=None if points_needed else variation_of(labels[-1], kind[-1]),
    )
    facts = zip(values, labels, kind, side, band, flags, in_a_row, strict=True)
    return segment, [Point._make(each) for each in facts]


def holding_in_a_row(
    values: Sequence[float | None],
    places: Sequence[int],
    side: str,
    band: str,
    labels: Sequence[str],
    rules: Rules,
) -> list[bool]:
    """For each point whether its label holds within the stretch of neighbouring periods it is in.

    The sides and bands are those of the whole segment, so only the rules are applied once more.
    """
    jumps = [at for at in range(1, len(places)) if places[at] - places[at - 1] > 1]
    found = [True] * len(labels)
    for start, end in pairwise([0, *jumps, len(places)]):
        labelled = [at for at in range(start, end) if labels[at] != "."]
        if labelled:
            alone = flags_of(values[start:end], side[start:end], band[start:end], rules)
            for at in labelled:
                found[at] = labels[at] in alone[at - start]
    return found


def label_of(flags: str, kinds: dict[str, str], conflict: str) -> str:
    """The one label shown where several rules flag a point (SPEC 6, SPEC 11)."""
    if conflict == "improvement":
        return next((flag for flag in flags if kinds[flag] == "+"), flags[0])
    return flags[0]


def variation_of(label: str, kind: str) -> str:
    """The variation icon that the label and kind of a point call for (SPEC 8)."""
    if label == ".":
        return "common_cause"
    return f"{KIND_WORDS[kind]}_{'high' if label in HIGH_LABELS else 'low'}"


def assurance_of(
    last: Segment, improvement: Improvement, target: float | None, rules: Rules
) -> Assurance | None:
    """The assurance icon, from the target and the limits of the last segment (SPEC 8)."""
    if target is None or improvement == "neutral" or last.points_needed:
        return None
    if rules.judge_constant_by_value and last.constant and last.mean is not None:
        met = target <= last.mean if improvement == "increase" else target >= last.mean
        return "pass" if met else "fail"
    if last.lower is None or last.upper is None:
        return "inconsistent"
    at_limit = rules.target_at_limit_counts
    above = target > last.upper or (at_limit and target == last.upper)
    below = target < last.lower or (at_limit and target == last.lower)
    met, missed = (below, above) if improvement == "increase" else (above, below)
    return "pass" if met else "fail" if missed else "inconsistent"
