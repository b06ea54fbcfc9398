"""The mean and the limits of one segment (SPEC 2 and 4).

Values are in time order, and None stands for a missing one. Nothing is rounded or clipped: a lower
limit may be negative and an upper limit of a percentage above 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

LIMIT_FACTOR = 2.66  # literally, not 3 / 1.128
NEAR_FACTOR = 2 * (2.66 / 3)
SCREENING_FACTOR = 3.267


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean and the limits of a segment, in the unit of its values.

    All four limits are None if no moving range is left to compute them from. The mean is None if
    the segment has no value. The near limits lie two thirds of the way from the mean to the limits.
    """

    mean: float | None
    lower: float | None = None
    near_lower: float | None = None
    near_upper: float | None = None
    upper: float | None = None


def exact_mean(numbers: Sequence[float]) -> float | None:
    """The exact arithmetic mean, rounded once to the nearest double; None for no numbers (SPEC 2).

    With a rounded sum, a constant series would miss its own mean by a hair and every point would be
    flagged. `fsum` rounds correctly, so subtracting its result again and again leaves a few doubles
    whose sum is exact. Over a common power of two they are integers, and Python rounds the quotient
    of two integers correctly.
    """
    if not numbers:
        return None
    terms = [*numbers]
    parts = []
    while part := fsum(terms):
        parts.append(part.as_integer_ratio())
        terms.append(-part)
    common = max([denominator for _, denominator in parts], default=1)
    total = sum([numerator * (common // denominator) for numerator, denominator in parts])
    return total / (common * len(numbers))


def moving_ranges(values: Sequence[float | None]) -> list[float]:
    """The absolute differences between neighbouring values.

    A missing value removes the ranges on both its sides: the gap is not bridged.
    """
    return [
        abs(value - before)
        for before, value in pairwise(values)
        if before is not None and value is not None
    ]


def limits_of(baseline: Sequence[float | None], *, screen_outliers: bool) -> Limits:
    """The mean and the limits that the values of a baseline give (SPEC 4).

    `screen_outliers` leaves out, once, the moving ranges that are at least 3.267 times their mean.
    A constant baseline then loses all its ranges, which are zero, and has no limits. Without
    screening, its limits lie on the mean.
    """
    mean = exact_mean([value for value in baseline if value is not None])
    ranges = moving_ranges(baseline)
    mean_range = exact_mean(ranges)
    if screen_outliers and mean_range is not None:
        bound = SCREENING_FACTOR * mean_range
        kept = [size for size in ranges if size < bound]
        if len(kept) < len(ranges):
            mean_range = exact_mean(kept)
    if mean is None or mean_range is None:
        return Limits(mean)
    return Limits(
        mean=mean,
        lower=mean - LIMIT_FACTOR * mean_range,
        near_lower=mean - NEAR_FACTOR * mean_range,
        near_upper=mean + NEAR_FACTOR * mean_range,
        upper=mean + LIMIT_FACTOR * mean_range,
    )
