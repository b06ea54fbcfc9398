"""The four rules on strings of facts, and each setting of Rules on a series that shows it."""

from dataclasses import replace

import pytest

from metrics.spc.analysis import analyse
from metrics.spc.rules import PORTAL, Rules, outside, shift, trend, two_in_three


def marks(flagged, length):
    row = ["."] * length
    for index, label in flagged:
        row[index] = label
    return "".join(row)


def labels(values, **options):
    return "".join(point.label for point in analyse(values, **options).points)


# --- O: outside -----------------------------------------------------------------------------------


def test_a_point_outside_is_high_only_above_the_mean():
    assert marks(outside("><=?", "oo.?"), 4) == "UL.."


# --- T: trend -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("+++++", "......"),
        ("++++++", "IIIIIII"),
        ("++++++++", "IIIIIIIII"),
        ("------", "DDDDDDD"),
        ("+++0+++", "........"),
        # A shared peak or trough takes the direction of the later trend …
        ("++++++------", "IIIIIIDDDDDDD"),
        ("------++++++", "DDDDDDIIIIIII"),
        # … and the last point before another trend the direction of the step between them (Q1).
        ("++++++-++++++", "IIIIIIDIIIIIII"),
        ("++++++0++++++", "IIIIIIDIIIIIII"),
        ("------+------", "DDDDDDIDDDDDDD"),
        ("------0------", "DDDDDDDDDDDDDD"),
    ],
)
def test_seven_points_one_way_are_a_trend(steps, expected):
    assert marks(trend(steps, 7), len(steps) + 1) == expected


@pytest.mark.parametrize("steps", ["+++??++", "??-----", "??????", "++++++++??---", "+++-??????"])
def test_a_missing_value_that_leaves_a_trend_in_doubt_is_refused(steps):
    with pytest.raises(ValueError, match="drop_missing"):
        list(trend(steps, 7))


@pytest.mark.parametrize("steps", ["+++??", "+-+??-+", "++0??0+++", "+-??-"])
def test_a_missing_value_that_leaves_no_doubt_is_not(steps):
    assert marks(trend(steps, 7), len(steps) + 1) == "." * (len(steps) + 1)


# --- W: two in three ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "band", "expected"),
    [
        (">>>", "cc.", "hh."),
        (">>>", "c.c", "h.h"),
        ("<<<", ".cc", ".ll"),
        (">>>", "ccc", "hhh"),
        (">>>", "..c", "..."),
        (">><", "cc.", "..."),
        (">>=", "cc.", "..."),
        (">>?", "cc?", "..."),
        (">>", "cc", ".."),
        ("<>>>", "ccc.", ".hh."),
        (">>>>", "c..c", "...."),
        (">>>", "oc.", "..."),
        (">>>", "coc", "h.h"),
    ],
)
def test_two_in_three_close_on_one_side_are_flagged_and_the_third_is_not(side, band, expected):
    assert marks(two_in_three(side, band, counted="c"), len(side)) == expected


def test_a_point_outside_counts_as_one_of_the_two_where_the_rules_say_so():
    assert marks(two_in_three(">>>", "oc.", counted="co"), 3) == "hh."
    values = [0.0, 4.0] * 12 + [15.0, 12.0, 4.0]
    assert labels(values, improvement="increase")[-3:] == "U.."
    rules = Rules(two_in_three_counts_outside=True)
    assert labels(values, improvement="increase", rules=rules)[-3:] == "Uh."


# --- S: shift -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (">" * 6, "." * 6),
        (">" * 7, "a" * 7),
        ("<" * 9 + ">" * 7, "b" * 9 + "a" * 7),
        (">>>=>>>>", "." * 8),
        (">>>?>>>>", "." * 8),
    ],
)
def test_seven_points_on_one_side_are_a_shift(side, expected):
    assert marks(shift(side, 7), len(side)) == expected


# --- Settings -------------------------------------------------------------------------------------


def test_runs_of_six_are_flagged_where_the_rules_say_so():
    six = Rules(run_length=6)
    rising = [*[5.0, 6, 5, 6, 5, 7] * 3, *[4.0, 5, 6, 7, 8, 9], *[5.0, 6, 5]]
    assert labels(rising, improvement="increase") == "." * 27
    assert labels(rising, improvement="increase", rules=six) == "." * 18 + "I" * 6 + "." * 3
    above = [*[5.0, 6, 5, 6, 5, 6] * 3, *[5.0, 7, 6, 7, 6, 7, 6], *[5.0, 6, 5]]
    assert "a" not in labels(above, improvement="increase")
    assert "aaaaaa" in labels(above, improvement="increase", rules=six)


def test_a_point_good_by_one_rule_and_bad_by_another_follows_the_setting():
    # A fall that has not yet left the high side: the trend is a concern, the shift an improvement.
    values = [*[0.0, 10.0] * 10, *[9.0, 8.5, 8, 7.5, 7, 6.5, 6.2], *[0.0, 10.0] * 5]
    series = analyse(values, improvement="increase")
    conflicted = [point for point in series.points if point.flags == "Da"]
    assert conflicted
    assert {(point.label, point.kind) for point in conflicted} == {("D", "-")}

    kinder = analyse(values, improvement="increase", rules=Rules(conflict="improvement"))
    chosen = [point for point in kinder.points if point.flags == "Da"]
    assert {(point.label, point.kind) for point in chosen} == {("a", "+")}


def test_flags_name_every_rule_that_holds_in_order_of_precedence():
    values = [1.0, 2.0] * 10 + [3.0, 4, 5, 6, 7, 8, 9]
    last = analyse(values, improvement="increase").points[-1]
    assert (last.flags, last.label) == ("UIa", "U")


def test_a_target_on_a_limit_counts_as_beyond_it_where_the_rules_say_so():
    values = [1.0, 3.0] * 10
    limit = analyse(values, improvement="increase").segments[0]
    rules = Rules(target_at_limit_counts=True)
    for target, improvement, expected in [
        (limit.upper, "increase", "fail"),
        (limit.upper, "decrease", "pass"),
        (limit.lower, "increase", "pass"),
        (limit.lower, "decrease", "fail"),
    ]:
        given = {"improvement": improvement, "target": target}
        assert analyse(values, **given).assurance == "inconsistent"
        assert analyse(values, **given, rules=rules).assurance == expected


def test_limits_of_no_width_on_the_target_are_met():
    rules = Rules(screen_outliers=False, target_at_limit_counts=True)
    for improvement in ("increase", "decrease"):
        series = analyse([5.0] * 20, improvement=improvement, target=5.0, rules=rules)
        assert series.assurance == "pass"


@pytest.mark.parametrize(
    "setting",
    [{"conflict": "concern"}, {"run_length": 8}, {"run_length": 5}, {"min_points_for_limits": 0}],
)
def test_a_setting_that_no_tool_has_is_refused(setting):
    with pytest.raises(ValueError, match=f"Set {next(iter(setting))} to"):
        Rules(**setting)


def test_the_portal_differs_from_r_in_three_ways_only():
    same_as_r = replace(
        PORTAL, min_points_for_limits=1, drop_missing=False, judge_constant_by_value=False
    )
    assert same_as_r == Rules()
