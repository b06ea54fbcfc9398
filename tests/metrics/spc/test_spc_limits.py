"""Means, moving ranges and limits, by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.spc.limits import Limits, exact_mean, limits_of, moving_ranges


@given(st.lists(st.floats(-1e302, 1e302), min_size=1, max_size=80))
def test_the_mean_is_the_exact_one_rounded_once(numbers):
    assert exact_mean(numbers) == float(sum(map(Fraction, numbers)) / len(numbers))


@given(st.floats(-1e302, 1e302), st.integers(1, 100))
def test_a_constant_series_lies_on_its_own_mean(number, times):
    assert exact_mean([number] * times) == number


@pytest.mark.parametrize(
    ("numbers", "mean"),
    [
        ([0.1] * 14, 0.1),
        ([1e302, 1.0, -1e302], 1 / 3),
        ([5e-324, 0.0], 0.0),
        ([5e-324, 1e-323], 1e-323),
        ([2.0**53, 1.0, 1.0], (2**53 + 2) / 3),
    ],
)
def test_the_mean_loses_nothing_on_the_way(numbers, mean):
    assert exact_mean(numbers) == mean


def test_no_numbers_have_no_mean():
    assert exact_mean([]) is None


def test_a_missing_value_takes_both_its_moving_ranges_with_it():
    assert moving_ranges([1.0, 4.0, None, 8.0, 6.0]) == [3.0, 2.0]


def test_limits_stand_2_66_mean_ranges_from_the_mean():
    limits = limits_of([1.0, 3.0, 1.0, 3.0], screen_outliers=True)
    near = 2 * (2.66 / 3) * 2.0
    assert limits == Limits(2.0, 2.0 - 5.32, 2.0 - near, 2.0 + near, 2.0 + 5.32)


def test_screening_leaves_outlying_ranges_out_once_and_never_the_values():
    # Fifteen steps of 1 and a spike: 17 ranges that sum to 32, bound 3.267 * 32 / 17 = 6.15.
    values = [1.0, 2.0] * 7 + [1.0, 9.0, 0.0, 1.0]
    ranges = moving_ranges(values)
    assert (len(ranges), sum(ranges)) == (17, 32)

    screened = limits_of(values, screen_outliers=True)
    unscreened = limits_of(values, screen_outliers=False)

    assert screened.mean == unscreened.mean == exact_mean(values)
    assert screened.upper == screened.mean + 2.66 * 1.0
    assert unscreened.upper == unscreened.mean + 2.66 * (32 / 17)


def test_a_range_equal_to_the_bound_is_screened():
    # Ranges of 3.267, 0.733, 0 and 0 have the mean 1.
    values = [0.0, 3.267, 4.0, 4.0, 4.0]
    assert exact_mean(moving_ranges(values)) == 1
    limits = limits_of(values, screen_outliers=True)
    assert limits.upper == limits.mean + 2.66 * exact_mean([4.0 - 3.267, 0.0, 0.0])


def test_a_constant_series_without_screening_has_limits_on_its_mean():
    assert limits_of([5.0] * 20, screen_outliers=False) == Limits(5.0, 5.0, 5.0, 5.0, 5.0)


def test_one_value_has_a_mean_and_no_limits():
    assert limits_of([5.0], screen_outliers=False) == Limits(5.0)


def test_missing_values_alone_have_neither():
    assert limits_of([None, None], screen_outliers=True) == Limits(None)
