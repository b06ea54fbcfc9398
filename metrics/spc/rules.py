"""The rules that mark a point of a segment as special cause, and their settings (SPEC 5, 6, 11).

Facts about points are strings with one character per point, so that a regular expression finds
runs:

    side    "<" below, "=" on, ">" above the mean
    band    "o" outside the limits, "c" close to one (beyond two thirds of the way), "." neither
    steps   "+" rise, "-" fall, "0" tie, from each point to the next (so one character fewer)

In each of them "?" means unknown: the value is missing, or what it is compared with is undefined.
An unknown fact never flags a point.
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
    """The settings in which the SPC tools of the NHS differ (SPEC 11).

    The defaults are those of NHSRplotthedots 0.2.2 ("R" below). Raises ValueError for a setting
    outside the choices named here.

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
        A segment with fewer points is a run chart: it has a mean, but no limits, labels or icon. R
        gives them from 1 point on; Making Data Count from 13 (NHSRplotthedots issue 194).
    run_length
        How many points make a trend or a shift: 7 in R; 6 or 7, as the user chooses, in Making
        Data Count (NHSRplotthedots issue 202).
    target_at_limit_counts
        Treat a target equal to a limit as beyond it. R calls such a target "inconsistent"; Making
        Data Count asked for this setting (PowerBI-SPC issue 116).
    drop_missing
        Leave missing values out of the analysis: the values on both sides of a gap become
        neighbours, and counts of points do not include the gap. R keeps missing values, loses the
        moving ranges on both sides and stops where a trend might cross one (SPEC 10, Q5).
    judge_constant_by_value
        Where all values of the last segment are equal, judge assurance by that value against the
        target: on or better than the target is "pass". R screens all ranges away and calls such a
        series "inconsistent" for ever (SPEC 10, Q2; PowerBI-SPC issue 463).
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

# The public pages use R's labels and limits, with three differences: no verdict on fewer than 13
# points, no verdict that changes because a month is missing, and "pass" for a constant series that
# meets its target.
PORTAL = Rules(min_points_for_limits=13, drop_missing=True, judge_constant_by_value=True)


def sides_of(values: Sequence[float | None], mean: float | None) -> str:
    """The side of the mean on which each value lies: one "<", "=", ">" or "?" for each value."""
    if mean is None:
        return "?" * len(values)
    return "".join(
        [
            "?" if value is None else ">" if value > mean else "<" if value < mean else "="
            for value in values
        ]
    )


def bands_of(values: Sequence[float | None], limits: Limits) -> str:
    """How far out each value lies: one "o", "c", "." or "?" for each value.

    A value on a limit is not outside it, and a value on a near limit is not close to the limit.
    """
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
    """The direction from each value to the next, one character fewer: "+", "-", "0" or "?"."""
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
    """For each point the labels of all rules that flag it, in order of precedence; "" for none.

    "U" "L" outside a limit, "I" "D" trend, "h" "l" two in three, "a" "b" shift; in each pair the
    first is high and the second low (SPEC 6). Raises ValueError where a missing value leaves a
    trend in doubt.
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
    """Yields (index, label) of the points beyond a limit (SPEC 6, rule O)."""
    for match in re.finditer("o", band):
        index = match.start()
        yield index, "U" if side[index] == ">" else "L"


def trend(steps: str, run_length: int) -> Iterator[tuple[int, str]]:
    """Yields (index, label) of all points of rows that only rise or only fall (SPEC 6, rule T).

    A row has `run_length` or more points. The label is the direction of the step to the next point
    if that point is in a trend too, else of the last step; a tie counts as a fall. So a peak that
    two trends share belongs to the later one. Raises ValueError as `refuse_doubtful_trend` does.
    """
    refuse_doubtful_trend(steps, run_length)
    needed = run_length - 1
    runs = re.finditer(rf"\+{{{needed},}}|-{{{needed},}}", steps)
    flagged = {index for run in runs for index in range(run.start(), run.end() + 1)}
    for index in sorted(flagged):
        step = steps[index] if index + 1 in flagged else steps[index - 1]
        yield index, "I" if step == "+" else "D"


def refuse_doubtful_trend(steps: str, run_length: int) -> None:
    """Raises ValueError if only a missing value leaves it open whether there is a trend.

    That is so where all known steps within `run_length` points go the same way. R stops there too.
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
    """Yields (index, label) of points close to a limit, two or more within three (SPEC 6, rule W).

    `counted` holds the bands that count as close. All three points must be there and lie on the
    same side of the mean. The third point is not flagged unless it is close too.
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
    """Yields (index, label) of all points of rows on one side of the mean (SPEC 6, rule S).

    A row has `run_length` or more points.
    """
    for run in re.finditer(f"<{{{run_length},}}|>{{{run_length},}}", side):
        label = "a" if run[0][0] == ">" else "b"
        for index in range(*run.span()):
            yield index, label
