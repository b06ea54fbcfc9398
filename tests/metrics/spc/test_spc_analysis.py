"""What is refused, where segments start, and what the portal's own settings do."""

import subprocess
import sys
from bisect import bisect_left
from dataclasses import FrozenInstanceError
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pytest

from metrics.spc.analysis import analyse
from metrics.spc.rules import PORTAL, Rules

UPS_AND_DOWNS = [10.0, 12.0, 9.0, 11.0, 8.0, 10.0, 11.0, 9.0, 12.0, 8.0, 11.0, 10.0, 9.0, 14.0]


def test_the_module_needs_neither_django_nor_anything_installed():
    project = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-S", "-c", "from metrics.spc import analyse, Rules"],
        check=True,
        cwd=project,
    )


# --- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([], {}, "at least one value"),
        ([None, None], {"rules": PORTAL}, "at least one value that is not missing"),
        ([1.0, nan], {}, "finite number .* or None .*: value 1 is nan"),
        ([1.0, 2.0, -inf], {}, "value 2 is -inf"),
        ([1e303], {}, "at most 1e\\+302"),
        ([10**400], {}, "value 0 is inf"),
        ([Decimal("NaN")], {}, "value 0 is nan"),
        ([1.0], {"target": inf}, "the target is inf"),
        ([1.0], {"improvement": "up"}, '"increase", "decrease" or "neutral", not \'up\''),
        ([1.0], {"fix_after": 11}, "12 points or more, not 11"),
        ([1.0], {"fix_after": 11.99}, "12 points or more"),
        ([1.0], {"fix_after": nan}, "12 points or more"),
        ([1.0], {"fix_after": inf}, "12 points or more"),
        ([1.0, 2.0], {"rebase_at": [3]}, "index from 0 to 2, not 3"),
        ([1.0, 2.0], {"rebase_at": [-1]}, "index from 0 to 2, not -1"),
        ([1.0, None, 2.0, 3.0, 4.0, 5.0, 6.0], {}, "Leave missing values out"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_sentence(values, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        analyse(values, **{"improvement": "increase", **options})


def test_decimals_and_whole_numbers_are_brought_to_doubles_first():
    given = [Decimal("0.1"), 3, 0.25]
    assert [point.value for point in analyse(given, improvement="increase").points] == [
        0.1,
        3,
        0.25,
    ]


def test_a_verdict_cannot_be_changed():
    series = analyse([1.0], improvement="increase")
    with pytest.raises(FrozenInstanceError):
        series.assurance = "pass"
    with pytest.raises(AttributeError):
        series.points[0].label = "U"


# --- Segments -------------------------------------------------------------------------------------


def starts(values, rebase_at, **options):
    series = analyse(values, improvement="increase", rebase_at=rebase_at, **options)
    return [(segment.start, segment.n) for segment in series.segments]


def test_rebases_come_in_any_order_twice_or_on_the_first_point():
    assert starts([1.0] * 9, [6, 3, 6, 0]) == [(0, 3), (3, 3), (6, 3)]


def test_a_rebase_past_the_last_point_waits_for_its_first():
    assert starts([1.0] * 9, [9]) == [(0, 9)]


def test_a_rebase_between_two_periods_starts_at_the_next_when_found_by_bisection():
    periods = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]
    days = ["2023-06-01", "2024-02-15", "2024-04-01", "2030-01-01"]
    found = [bisect_left(periods, day) for day in days]
    assert starts([1.0] * 4, found) == [(0, 2), (2, 1), (3, 1)]


def test_a_rebase_on_a_dropped_value_starts_at_the_next_that_is_there():
    values = [None, 1.0, 2.0, None, None, 3.0, 4.0, None]
    rules = Rules(drop_missing=True)
    assert starts(values, [3], rules=rules) == [(1, 2), (5, 2)]
    assert starts(values, [3, 4, 5], rules=rules) == [(1, 2), (5, 2)]
    assert starts(values, [7], rules=rules) == [(1, 4)]


def test_no_rule_looks_across_a_rebase():
    values = [*UPS_AND_DOWNS, *[20.0, 21.0, 22.0, 23.0], *[24.0, 25.0, 26.0, 27.0]]
    whole = analyse(values, improvement="increase")
    split = analyse(values, improvement="increase", rebase_at=[18])
    assert whole.points[-2].flags.count("I") == 1
    assert not any("I" in point.flags for point in split.points)
    assert split.points[:18] == analyse(values[:18], improvement="increase").points
    assert split.points[18:] == analyse(values[18:], improvement="increase").points


def test_each_segment_counts_its_points_by_kind():
    values = [10.0, 12.0] * 10 + [19.0]
    segment = analyse(values, improvement="decrease", target=9.0).segments[0]
    assert (segment.common_cause, segment.improvement, segment.concern) == (20, 0, 1)
    assert segment.variation == "concern_high"


def test_limits_fixed_after_a_fraction_of_a_point_are_fixed_after_the_whole_points_before():
    values = [*UPS_AND_DOWNS, 30.0, 40.0]
    fixed = analyse(values, improvement="increase", fix_after=12.9)
    assert fixed == analyse(values, improvement="increase", fix_after=12)
    assert fixed.segments[0].mean == analyse(values[:12], improvement="increase").segments[0].mean


# --- The portal's settings ------------------------------------------------------------------------


def test_below_thirteen_points_the_portal_shows_a_run_chart_and_how_many_are_needed():
    values = [1.0, 2.0, 1.0, 2.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]
    series = analyse(values, improvement="increase", target=0.5, rules=PORTAL)
    segment = series.segments[0]
    assert segment.points_needed == 1
    assert segment.mean is not None
    assert (segment.lower, segment.upper) == (None, None)
    assert (series.variation, series.assurance, series.short) == (None, None, True)
    assert {(point.label, point.kind, point.band) for point in series.points} == {(".", ".", "?")}

    longer = analyse([*values, 17.0], improvement="increase", target=0.5, rules=PORTAL)
    assert longer.segments[0].points_needed == 0
    assert longer.segments[0].upper is not None
    assert longer.variation == "improvement_high"


def test_a_new_segment_has_no_icon_in_the_portal_until_it_has_thirteen_points():
    values = UPS_AND_DOWNS * 2
    series = analyse(values, improvement="increase", target=0.0, rebase_at=[20], rules=PORTAL)
    assert [segment.points_needed for segment in series.segments] == [0, 5]
    assert (series.variation, series.assurance) == (None, None)
    assert series.segments[0].variation == "common_cause"


def test_dropped_values_do_not_count_towards_the_thirteen():
    values = [*UPS_AND_DOWNS[:12], None, None]
    series = analyse(values, improvement="increase", rules=PORTAL)
    assert (series.segments[0].n, series.segments[0].points_needed) == (12, 1)


def test_a_dropped_value_keeps_its_place_and_says_nothing():
    values = [*UPS_AND_DOWNS[:7], None, *UPS_AND_DOWNS[7:], None]
    series = analyse(values, improvement="increase", rules=PORTAL)
    whole = analyse(UPS_AND_DOWNS, improvement="increase")
    assert [point.value for point in series.points] == values
    assert series.points[:7] + series.points[8:-1] == whole.points
    for place in (7, -1):
        point = series.points[place]
        assert (point.label, point.kind, point.side, point.band) == (".", ".", "?", "?")
    assert series.variation == whole.variation


@pytest.mark.parametrize(
    ("improvement", "target", "expected"),
    [
        ("decrease", 5, "pass"),
        ("decrease", 0, "pass"),
        ("decrease", -1, "fail"),
        ("increase", -1, "pass"),
        ("increase", 0, "pass"),
        ("increase", 5, "fail"),
        ("neutral", 5, None),
        ("decrease", None, None),
    ],
)
def test_a_series_without_variation_is_judged_by_its_value(improvement, target, expected):
    values = [0.0] * 14
    series = analyse(values, improvement=improvement, target=target, rules=PORTAL)
    assert series.assurance == expected
    assert series.variation == "common_cause"
    assert series.segments[0].constant
    in_r = analyse(values, improvement=improvement, target=target)
    assert in_r.assurance == (expected and "inconsistent")


def test_constant_means_that_no_two_values_differ():
    def constant(values, **options):
        return analyse(values, improvement="increase", **options).segments[-1].constant

    assert constant([5.0, None, 5.0])
    assert not constant([5.0])
    assert not constant([5.0, None])
    assert not constant([None, None])
    assert not constant([5.0] * 12 + [6.0], fix_after=12)
    assert constant([1.0, 2.0, 5.0, 5.0], rebase_at=[2])


def test_one_step_between_two_constants_has_limits_of_no_width():
    segment = analyse([5.0] * 10 + [9.0] * 10, improvement="increase").segments[0]
    assert segment.lower == segment.upper == segment.mean
    assert not segment.constant


# --- Symmetry -------------------------------------------------------------------------------------


def test_a_mirrored_series_gets_the_mirrored_verdict():
    mirrored = {"U": "L", "L": "U", "I": "D", "D": "I", "h": "l", "l": "h", "a": "b", "b": "a"}
    rise = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]
    above = [12.0, 13.0, 12.0, 13.0, 12.0, 13.0, 12.0, 13.0]
    values = [*UPS_AND_DOWNS, *rise, *above, 5.0, *UPS_AND_DOWNS, 30.0, *UPS_AND_DOWNS]
    series = analyse(values, improvement="increase", target=2.0)
    turned = analyse([-value for value in values], improvement="decrease", target=-2.0)
    assert {"U", "I", "a"} <= {point.label for point in series.points}
    for point, other in zip(series.points, turned.points, strict=True):
        assert other.label == mirrored.get(point.label, ".")
        assert other.kind == point.kind
    assert (turned.variation, turned.assurance) == ("common_cause", series.assurance)
