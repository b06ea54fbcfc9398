"""What marks a point of one segment as special cause, and which rules are in force (SPEC 5, 6, 11).

Facts about points are strings, one character a point, so that a run is a match:

    side    "<" below, "=" on, ">" above the mean
    band    "o" outside the limits, "c" close to one (beyond two thirds of the way), "." neither
    steps   "+" rise, "-" fall, "0" tie to the next point (so one character fewer)

In each, "?" is unknown: the value is missing or what it is compared with is undefined. An unknown
fact never flags a point.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from metrics.spc.limits import Limits

HIGH_LABELS = "UIha"
LOW_LABELS = "LDlb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Where the tools of the NHS differ (SPEC 11). The defaults are NHSRplotthedots 0.2.2.

    screen_outliers
        Leave outlying moving ranges out of the limits. R does; the Making Data Count spreadsheet
        does not (NHSRplotthedots vignette, issues 81 and 90).
    two_in_three_counts_outside
        In "two in three", let a point outside the limits count as one of the two. R does not;
        Making Data Count has since late 2023 (NHSRplotthedots issue 194).
    conflict
        The label of a point that is an improvement by one rule and a concern by another:
        "precedence" takes the first rule in R's order; "improvement" the first rule that makes it
        an improvement, as Making Data Count does (NHSRplotthedots issues 194 and 200).
    min_points_for_limits
        A segment with fewer points is a run chart: it has a mean, and no limits, labels or icon. R
        gives all from 1 point on; Making Data Count from 13 (NHSRplotthedots issue 194).
    run_length
        Points that make a trend or a shift: 7 in R, 6 or 7 at choice in Making Data Count
        (NHSRplotthedots issue 202).
    target_at_limit_counts
        A target equal to a limit counts as beyond it. To R that is "inconsistent"; Making Data
        Count asked for the other reading (PowerBI-SPC issue 116).
    drop_missing
        Analyse as if missing values had not been asked for: neighbours across a gap become
        neighbours, and counts of points leave the gap out. R keeps them, loses the moving ranges
        on both sides and stops where a trend might lie across one (SPEC 10, Q5).
    judge_constant_by_value
        Where no two values of the last segment differ, judge assurance by the value against the
        target: on or better than it is "pass". R screens all ranges away and finds such a series
        "inconsistent" for ever (SPEC 10, Q2; PowerBI-SPC issue 463).

    ValueError for a setting outside these.
    """

    screen_outliers: bool = True
    two_in_three_counts_outside: bool = False
    conflict: Literal["precedence", "improvement"] = "precedence"
    min_points_for_limits: int = 1
    run_length: int = 7
    target_at_limit_counts: bool = False
    drop_missing: bool = False
    judge_constant_by_value: bool = False

    def __post_init__(self) -> None:
        if self.conflict not in ("precedence", "improvement"):
            raise ValueError(
                f'Set conflict to "precedence" or "improvement", not {self.conflict!r}.'
            )
        if self.min_points_for_limits < 1:
            raise ValueError(
                f"Set min_points_for_limits to 1 or more, not {self.min_points_for_limits}."
            )
        if self.run_length not in (6, 7):
            raise ValueError(f"Set run_length to 6 or 7, not {self.run_length}.")


# NHSRplotthedots 0.2.2, label for label.
PARITY = Rules()

# What the public pages use: R's labels and limits, but no verdict on fewer than 13 points, none
# that changes because a month is missing, and "pass" for a target that is always met.
PORTAL = Rules(min_points_for_limits=13, drop_missing=True, judge_constant_by_value=True)


def sides_of(values: Sequence[float | None], mean: float | None) -> str:
    """On which side of the mean each value lies: "<", "=", ">" or "?"."""
    if mean is None:
        return "?" * len(values)
    return "".join(
        [
            "?" if value is None else ">" if value > mean else "<" if value < mean else "="
            for value in values
        ]
    )


def bands_of(values: Sequence[float | None], limits: Limits) -> str:
    """How far out each value lies: "o", "c", "." or "?". On a limit is not beyond it."""
    lower, near_lower = limits.lower, limits.near_lower
    upper, near_upper = limits.upper, limits.near_upper
    if lower is None or near_lower is None or near_upper is None or upper is None:
        return "?" * len(values)
    return "".join(
        [
            "?"
            if value is None
            else "."
            if near_lower <= value <= near_upper
            else "c"
            if lower <= value <= upper
            else "o"
            for value in values
        ]
    )


def steps_of(values: Sequence[float | None]) -> str:
    """The way from each value to the next: "+", "-", "0" or "?"."""
    return "".join(
        [
            "?"
            if before is None or value is None
            else "+"
            if value > before
            else "-"
            if value < before
            else "0"
            for before, value in pairwise(values)
        ]
    )


def flags_of(values: Sequence[float | None], side: str, band: str, rules: Rules) -> list[str]:
    """The labels of every rule that flags each point, in order of precedence; "" for common cause.

    "U" "L" outside a limit, "I" "D" trend, "h" "l" two in three, "a" "b" shift; the first of each
    pair is high, the second low (SPEC 6). ValueError where a missing value leaves a trend in doubt.
    """
    flags = [""] * len(values)
    for index, label in chain(
        outside(side, band),
        trend(steps_of(values), rules.run_length),
        two_in_three(side, band, counted="co" if rules.two_in_three_counts_outside else "c"),
        shift(side, rules.run_length),
    ):
        flags[index] += label
    return flags


def outside(side: str, band: str) -> Iterator[tuple[int, str]]:
    """Points beyond a limit (SPEC 6, rule O)."""
    for match in re.finditer("o", band):
        index = match.start()
        yield index, "U" if side[index] == ">" else "L"


def trend(steps: str, run_length: int) -> Iterator[tuple[int, str]]:
    """All points of rows of `run_length` or more that only rise or only fall (SPEC 6, rule T).

    The label says which way the next step goes where the next point is in a trend too, else the
    last step; a tie counts as a fall. So a peak shared by two trends belongs to the later one.
    """
    refuse_doubtful_trend(steps, run_length)
    needed = run_length - 1
    runs = re.finditer(rf"\+{{{needed},}}|-{{{needed},}}", steps)
    flagged = {index for run in runs for index in range(run.start(), run.end() + 1)}
    for index in sorted(flagged):
        step = steps[index] if index + 1 in flagged else steps[index - 1]
        yield index, "I" if step == "+" else "D"


def refuse_doubtful_trend(steps: str, run_length: int) -> None:
    """ValueError where a missing value alone keeps a row of steps from being a trend, or none.

    R stops there too: within `run_length` points all the steps that are known go one way.
    """
    if "?" not in steps:
        return
    needed = run_length - 1
    for run in re.finditer(rf"[+?]{{{needed},}}|[-?]{{{needed},}}", steps):
        if "?" in run[0]:
            raise ValueError(
                f"A missing value leaves open whether there is a trend of {run_length} points. "
                "Leave missing values out, or analyse with Rules(drop_missing=True)."
            )


def two_in_three(side: str, band: str, *, counted: str) -> Iterator[tuple[int, str]]:
    """Points close to a limit, two or more within three on one side of the mean (SPEC 6, rule W).

    `counted` holds the bands that count as close. The third point needs to be there and on the
    same side, and is not flagged itself.
    """
    close = [index for index, code in enumerate(band) if code in counted]
    flagged: set[int] = set()
    for first, second in pairwise(close):
        windows = range(max(0, second - 2), first + 1)
        if any(side[start : start + 3] in ("<<<", ">>>") for start in windows):
            flagged.update((first, second))
    for index in sorted(flagged):
        yield index, "h" if side[index] == ">" else "l"


def shift(side: str, run_length: int) -> Iterator[tuple[int, str]]:
    """All points of rows of `run_length` or more on one side of the mean (SPEC 6, rule S)."""
    for run in re.finditer(f"<{{{run_length},}}|>{{{run_length},}}", side):
        label = "a" if run[0][0] == ">" else "b"
        for index in range(*run.span()):
            yield index, label
