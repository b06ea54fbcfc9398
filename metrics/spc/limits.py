"""The mean and the limits of one segment (SPEC 2 and 4).

Values are in time order; None is a missing one. Nothing is rounded or clipped: a lower limit may
be negative and an upper limit of a percentage above 100.
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
    """What the points of a segment are judged by, in the unit of the values.

    The four limits are None together where no moving range is left to compute them from; the mean
    is None where there is no value at all. The near limits lie two thirds of the way out.
    """

    mean: float | None
    lower: float | None = None
    near_lower: float | None = None
    near_upper: float | None = None
    upper: float | None = None


def exact_mean(numbers: Sequence[float]) -> float | None:
    """The exact arithmetic mean, rounded once to the nearest double; None for no numbers (SPEC 2).

    A rounded sum would put a constant series a hair off its own mean and flag every point of it.
    `fsum` rounds correctly, so taking its result away again and again leaves a few doubles that
    add up to the sum without error; over one common power of two they are integers, and Python
    rounds the quotient of two integers correctly too.
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
    """The distances between neighbours; a missing value takes two with it, the gap is not bridged."""
    return [
        abs(value - before)
        for before, value in pairwise(values)
        if before is not None and value is not None
    ]


def limits_of(baseline: Sequence[float | None], *, screen_outliers: bool) -> Limits:
    """The limits that the values of a baseline set (SPEC 4).

    With screening, moving ranges that are not below 3.267 times their mean are left out, once. All
    ranges of a constant baseline are zero and leave, so its limits are undefined; without screening
    they lie on the mean.
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
