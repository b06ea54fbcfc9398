"""The pictures: what is drawn where, what it is called, and that nothing is told by colour alone."""

import gzip
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.spc import PORTAL, Analysis, analyse
from metrics.spc.analysis import HIGH_LABELS, LOW_LABELS, MISSING
from metrics.spc.axis import WORD, axis_of, every
from metrics.spc.chart import (
    ASSURANCE_WORDS,
    COLOURS,
    KIND_WORDS,
    LABEL_WORDS,
    LOOKS,
    SLOT,
    VARIATION_WORDS,
    Break,
    Drawn,
    Note,
    TargetLine,
    assurance_icon,
    chart,
    sparkline,
    variation_icon,
)

PROJECT = Path(__file__).parents[3]
CSS = (PROJECT / "static/app/chart.css").read_text()
SVG = "{http://www.w3.org/2000/svg}"
UPS_AND_DOWNS = [10.0, 12.0, 9.0, 11.0, 8.0, 10.0, 11.0, 9.0, 12.0, 8.0, 11.0, 10.0, 9.0, 11.0]


def drawn(values, *, improvement="increase", rebase_at=(), **others):
    if any(value is not None for value in values):
        analysis = analyse(values, improvement=improvement, rebase_at=rebase_at, rules=PORTAL)
    else:
        analysis = Analysis(segments=(), points=(MISSING,) * len(values), assurance=None)
    given = {
        "title": "Waits",
        "description": "Waits were 11 in the last month.",
        "periods": tuple(f"M{index:02}" for index in range(len(values))),
        "values": tuple("" if value is None else f"{value:g}" for value in values),
        "analysis": analysis,
        "unit": "Days",
        "is_percentage": False,
        "floor": None,
        "provisional": frozenset(),
        "hidden": frozenset(),
        "targets": (),
        "breaks": (),
        "notes": (),
    }
    return Drawn(**given | others)


def parsed(markup):
    return ElementTree.fromstring(markup)


def with_class(markup, name):
    return [
        element
        for element in parsed(markup).iter()
        if f"bhcp-chart__{name}" in element.get("class", "").split()
    ]


def picture(markup):
    """The part of the page's element that is the picture, without its key."""
    return markup[: markup.index("<ul")]


def dots(markup, look):
    """(shape, x, y) of the dots with a look, in the picture."""
    groups = with_class(picture(markup) + "</div>", look)
    return [
        (use.get("href")[-1], use.get("x"), float(use.get("y")))
        for group in groups
        for use in group
    ]


def path_of(markup, name):
    """Where the pen of a line is set down anew, each with the numbers that follow."""
    (line,) = with_class(picture(markup) + "</div>", name)
    return [re.findall(r"-?[\d.]+", stroke) for stroke in line.get("d").split("M")[1:]]


def key(markup):
    """The words of each line of the key, without those that say what its sign looks like."""
    return ["".join(item.itertext()).rpartition(": ")[2] for item in parsed(markup).iter("li")]


# --- Words ----------------------------------------------------------------------------------------


def test_the_pictures_need_neither_django_nor_anything_installed():
    subprocess.run(
        [sys.executable, "-S", "-c", "from metrics.spc.chart import chart"],
        check=True,
        cwd=PROJECT,
    )


def test_every_code_of_an_analysis_has_its_words():
    kinds = ["improvement", "concern", "neutral"]
    codes = {
        None,
        "common_cause",
        *(f"{kind}_{side}" for kind in kinds for side in ("high", "low")),
    }
    assert set(VARIATION_WORDS) == codes
    assert set(ASSURANCE_WORDS) == {"pass", "fail", "inconsistent", None}
    assert set(LABEL_WORDS) == {".", *HIGH_LABELS, *LOW_LABELS}
    assert set(KIND_WORDS) == set(".+-HL")
    for words in (VARIATION_WORDS, ASSURANCE_WORDS, LABEL_WORDS, KIND_WORDS):
        assert all(words.values())
        assert len(set(words.values())) == len(words)


# --- Points ---------------------------------------------------------------------------------------


def test_each_kind_of_point_has_a_shape_of_its_own_beside_its_colour():
    shapes = {}
    for improvement, looks in {"increase": ("better", "worse"), "neutral": ("unusual",)}.items():
        values = [*UPS_AND_DOWNS, 30.0, *UPS_AND_DOWNS, -20.0]
        html = chart(drawn(values, improvement=improvement))
        shapes["usual"] = {shape for shape, _, _ in dots(html, "usual")}
        for look in looks:
            shapes[look] = {shape for shape, _, _ in dots(html, look)}
    assert [len(shapes[look]) for look in ("usual", "better", "worse")] == [1, 1, 1]
    assert len(shapes["unusual"]) == 2, "up and down"
    assert len(set.union(*shapes.values())) == 5


def test_a_figure_that_it_is_too_early_to_judge_does_not_look_judged():
    html = chart(drawn([*UPS_AND_DOWNS, *UPS_AND_DOWNS[:5]], rebase_at=[14]))
    shapes = [shape for shape, _, _ in dots(html, "usual")]
    assert shapes == ["c"] * 14 + ["e"] * 5
    assert {"No unusual change", "Too early to say"} < set(key(html))
    alone = chart(drawn(UPS_AND_DOWNS[:5]))
    assert {shape for shape, _, _ in dots(alone, "usual")} == {"c"}
    assert "Too early to say" not in key(alone)


def test_the_average_of_a_segment_ends_with_its_last_figure():
    html = chart(drawn([*UPS_AND_DOWNS, None, None, None, *UPS_AND_DOWNS], rebase_at=[17]))
    (start, _, end), (then, *_) = path_of(html, "mean")
    assert (float(start), float(end), float(then)) == (0, 14 * SLOT, 17 * SLOT)


def test_a_provisional_point_is_hollow_and_the_key_says_so():
    html = chart(drawn(UPS_AND_DOWNS, provisional=frozenset({13})))
    assert len(dots(html, "usual-open")) == 1
    assert len(dots(html, "usual")) == 13
    assert "May still change" in key(html)
    assert "May still change" not in key(chart(drawn(UPS_AND_DOWNS)))


def test_a_missing_period_is_a_gap_in_the_line():
    html = chart(drawn([*UPS_AND_DOWNS[:5], None, *UPS_AND_DOWNS[6:]]))
    assert [len(stroke) // 2 for stroke in path_of(html, "value")] == [5, 8]
    assert "No figure where the line is broken" in key(html)


def test_the_key_has_no_sign_for_what_is_not_drawn():
    html = chart(drawn([*UPS_AND_DOWNS[:5], None, *UPS_AND_DOWNS[6:]]))
    [said] = [item for item in parsed(html).iter("li") if "No figure" in "".join(item.itertext())]
    assert list(said.iter("svg")) == []


def test_a_hidden_period_is_a_mark_below_the_chart_with_no_place_on_its_axis():
    low, high = (
        chart(drawn([*values, None], hidden=frozenset({14})))
        for values in (UPS_AND_DOWNS, [value + 1000 for value in UPS_AND_DOWNS])
    )
    assert [y for _, _, y in dots(low, "hidden")] == [292.0]
    assert 'y="322">M00' in low
    assert dots(low, "hidden") == dots(high, "hidden")
    assert "Too small to publish" in key(low)
    assert not [words for words in key(low) if "No figure" in words]
    assert "M14: too small to publish" in low


def test_higher_values_lie_higher():
    html = chart(drawn([1.0, 5.0, 3.0]))
    ((_, first, _, second, _, third),) = path_of(html, "value")
    assert float(second) < float(third) < float(first)


# --- Lines ----------------------------------------------------------------------------------------


def test_mean_and_limits_are_drawn_where_the_analysis_has_them():
    given = drawn(UPS_AND_DOWNS)
    html = chart(given)
    (segment,) = given.analysis.segments
    ((start, mean, end),) = path_of(html, "mean")
    upper, lower = path_of(html, "limit")
    assert (start, end) == ("0", "140")
    assert float(upper[1]) < float(mean) < float(lower[1])
    scale = (float(lower[1]) - float(upper[1])) / (segment.upper - segment.lower)
    assert float(lower[1]) - float(mean) == pytest.approx(
        (segment.mean - segment.lower) * scale, abs=1
    )


def test_each_name_on_a_line_ends_with_its_own_number_and_the_latest_figure_names_its_period():
    html = chart(
        drawn(
            UPS_AND_DOWNS,
            targets=(
                TargetLine("To see all in time", ((0, 14.0), (13, 14.0)), "standard", "Target 14"),
            ),
            number_words="{:.1f}".format,
        )
    )
    names = re.findall(r'<text class="bhcp-chart__label [^>]*>(.*?)</text>', html)
    last = analyse(UPS_AND_DOWNS, improvement="increase", rules=PORTAL).segments[-1]
    assert {" ".join(re.split(r"<[^>]*>+", name)).replace("  ", " ").strip() for name in names} == {
        "M13 11",
        "Target 14",
        f"Average {last.mean:.1f}",
        f"Upper limit {last.upper:.1f}",
        f"Lower limit {last.lower:.1f}",
    }


def test_below_13_points_it_is_a_run_chart_without_limits():
    html = chart(drawn(UPS_AND_DOWNS[:12]))
    assert with_class(html, "limit") == []
    assert key(html) == ["Figure", "Average"]
    assert with_class(chart(drawn(UPS_AND_DOWNS[:13])), "limit")


def test_all_lines_break_at_a_rebase_and_it_is_named():
    values = [*UPS_AND_DOWNS, *(value + 20 for value in UPS_AND_DOWNS)]
    change = Break(index=14, words="From M14: another way of counting")
    html = chart(drawn(values, rebase_at=[14], breaks=(change,)))
    assert [(start, end) for start, _, end in path_of(html, "mean")] == [
        ("0", "140"),
        ("140", "280"),
    ]
    assert len(path_of(html, "limit")) == 4
    assert [len(stroke) // 2 for stroke in path_of(html, "value")] == [14, 14]
    assert len(with_class(html, "break")) == 1
    assert "another way of counting" in key(html)


def test_a_rebase_past_the_last_point_breaks_nothing_yet():
    given = drawn(UPS_AND_DOWNS, rebase_at=[14], breaks=(Break(14, "Later"),))
    assert with_class(chart(given), "break") == []
    assert "Later" not in chart(given)


def test_a_standard_holds_until_the_next_one_and_a_trajectory_goes_straight():
    standard = TargetLine("Standard", ((0, 10.0), (4, 8.0), (5, 8.0)), "standard")
    plan = TargetLine("Plan", ((0, 10.0), (9, 8.0)), "trajectory")
    html = chart(drawn(UPS_AND_DOWNS, targets=(standard, plan)))
    ((start, high, at, low, *_, end),) = path_of(html, "target")
    assert (start, at, end) == ("0", "40", "60")
    assert float(high) < float(low)
    assert path_of(html, "trajectory") == [["5", high, "95", low]]
    assert key(html)[-2:] == ["Standard", "Plan"]


def test_a_target_far_from_the_values_is_on_the_picture():
    html = chart(
        drawn([70.0, 72.0], targets=(TargetLine("95%", ((0, 95.0), (1, 95.0)), "standard"),))
    )
    ((_, y, *_),) = path_of(html, "target")
    assert 0 <= float(y) < 100


def test_a_target_before_or_after_the_series_is_left_out():
    lines = (
        TargetLine("Later", ((2, 9e9),), "standard"),
        TargetLine("From now on", ((1, 11.0), (9, 9e9)), "local_aim"),
        TargetLine("Once", ((1, 11.0),), "trajectory"),
    )
    html = chart(drawn([10.0, 12.0], targets=lines))
    assert with_class(html, "target") == []
    assert len(path_of(html, "trajectory")) == 1
    assert [(start, end) for start, _, end in path_of(html, "aim")] == [("10", "20")]
    assert "9bn" not in html
    assert "Later" not in html


def test_limits_of_percentages_and_counts_are_clipped_in_the_drawing_only():
    values = [0.0, 100.0] * 7
    given = drawn(values, is_percentage=True)
    assert given.analysis.segments[0].lower < 0
    assert given.analysis.segments[0].upper > 100
    upper, lower = path_of(chart(given), "limit")
    assert (float(upper[1]), float(lower[1])) == (0, 280)
    _, lower = path_of(chart(drawn(values, floor=0.0)), "limit")
    assert float(lower[1]) == 280


def test_a_value_beyond_what_should_be_is_shown_all_the_same():
    html = chart(drawn([90.0, 104.0, -3.0], is_percentage=True, floor=0.0))
    assert all(0 <= float(y) <= 280 for _, _, y in dots(html, "usual"))


# --- Notes ----------------------------------------------------------------------------------------


def test_a_note_is_a_numbered_mark_whose_words_the_page_lists():
    given = drawn(UPS_AND_DOWNS, notes=(Note(3, "A ward opened", 1), Note(99, "Later", 2)))
    html = chart(given)
    assert [mark.text for mark in parsed(html).iter("text") if mark.text == "1"] == ["1"]
    assert len(with_class(html, "drop")) == 1
    assert "A ward opened" not in html
    assert "A ward opened" in chart(given, alone=True)


def test_marks_never_cover_each_other_on_a_phone():
    notes = tuple(Note(index, "x", index) for index in range(20, 26))
    given = drawn([float(i) for i in range(60)], notes=notes, breaks=(Break(23, "y"),))
    marks = with_class(picture(chart(given)) + "</div>", "mark")
    places = [(float(mark.get("x")[:-1]) * 2.15, float(mark.get("y"))) for mark in marks]
    assert len(places) == 7
    for place, (x, y) in enumerate(places):
        assert all(abs(x - a) >= 19 or abs(y - b) >= 19 for a, b in places[:place])


# --- Axes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([71.0, 88.0], ["70", "75", "80", "85", "90"]),
        ([0.0, 7.0], ["0", "2", "4", "6", "8"]),
        ([-3.0, 4.0], ["−4", "−2", "0", "2", "4", "6"]),
        ([0.011, 0.019], ["0.010", "0.012", "0.014", "0.016", "0.018", "0.020"]),
        ([1234.0, 5678.0], ["1,000", "2,000", "3,000", "4,000", "5,000", "6,000"]),
        ([1e9, 3e9], ["0.5bn", "1.0bn", "1.5bn", "2.0bn", "2.5bn", "3.0bn", "3.5bn"]),
        ([1.1e6, 1.9e6], ["1.0m", "1.2m", "1.4m", "1.6m", "1.8m", "2.0m"]),
    ],
)
def test_ticks_are_round_and_the_axis_need_not_start_at_nought(values, words):
    assert [word for _, word in axis_of(values, lowest=min(0.0, *values)).ticks] == words


def test_an_axis_of_percentages_says_so_and_ends_at_100():
    axis = axis_of([82.0, 99.5], lowest=0, highest=100, is_percentage=True)
    assert [word for _, word in axis.ticks] == ["80%", "85%", "90%", "95%", "100%"]


@pytest.mark.parametrize("values", [[0.0], [14.0] * 20, [-5.0], [1e9], [1e302], [1e-300], [100.0]])
def test_a_constant_series_lies_inside_its_axis(values):
    axis = axis_of(values, lowest=min(0.0, *values), highest=max(100.0, *values))
    assert axis.low <= values[0] <= axis.high
    assert len({word for _, word in axis.ticks}) == len(axis.ticks) >= 3


FINITE = st.floats(min_value=-1e302, max_value=1e302)


@settings(deadline=None)
@given(st.lists(FINITE, min_size=1, max_size=9), st.booleans())
def test_every_axis_holds_its_values_and_tells_its_ticks_apart(values, is_percentage):
    axis = axis_of(values, is_percentage=is_percentage)
    assert all(0 <= axis.down(value, 280) <= 280 for value in values)
    assert 2 <= len(axis.ticks) <= 14
    assert len({word for _, word in axis.ticks}) == len(axis.ticks)


@settings(deadline=None)
@given(
    st.integers(1, 400),
    st.sampled_from(["2021", "Apr 2021", "1 Apr 2021", "Week ending 28 March 2021"]),
)
def test_words_of_periods_never_meet_and_stay_beside_the_picture(n, word):
    html = chart(drawn([float(index) for index in range(n)], periods=(word,) * n))
    for shown, width in ((re.sub(r'<g class="bhcp-chart__wide">.*', "", html), 158), (html, 445)):
        places = re.findall(rf'<text x="([\d.]+)%"[^>]*>{word}</text>', shown)
        starts = sorted(float(place) / 100 * width for place in places)
        assert starts
        assert all(right - left >= len(word) * WORD for left, right in pairwise(starts))
        end = len(word) * WORD * (0.5 if "bhcp-chart__middle" in html else 1)
        assert len(starts) == 1 or starts[-1] + end <= width + 40


def test_words_for_a_narrow_chart_are_among_those_for_a_wide_one():
    for n in range(1, 200):
        words = ["Apr 2021"] * n
        assert every(words, 158) % every(words, 445) == 0 or every(words, 158) == n


# --- Whatever is given -----------------------------------------------------------------------------

WORDS = st.text(max_size=30)


@st.composite
def anything(draw):
    values = draw(
        st.lists(st.none() | FINITE | st.integers(0, 20).map(float), min_size=1, max_size=40)
    )
    n = len(values)
    places = st.integers(0, n)
    numbers = st.floats(min_value=-1e9, max_value=1e9)
    targets = st.builds(
        TargetLine,
        WORDS,
        st.dictionaries(places, numbers, max_size=4).map(lambda d: tuple(sorted(d.items()))),
        st.sampled_from(["standard", "local_aim", "trajectory"]),
    )
    rebase_at = draw(st.lists(places, max_size=2))
    return drawn(
        values,
        improvement=draw(st.sampled_from(["increase", "decrease", "neutral"])),
        rebase_at=rebase_at,
        title=draw(WORDS),
        description=draw(WORDS),
        unit=draw(WORDS),
        periods=tuple(draw(st.lists(WORDS, min_size=n, max_size=n))),
        is_percentage=draw(st.booleans()),
        floor=draw(st.none() | st.just(0.0) | numbers),
        provisional=draw(st.frozensets(places)),
        hidden=draw(st.frozensets(places)),
        targets=tuple(draw(st.lists(targets, max_size=2))),
        breaks=tuple(Break(index, draw(WORDS)) for index in rebase_at),
        notes=tuple(draw(st.lists(st.builds(Note, places, WORDS, st.integers(1, 99)), max_size=3))),
        foot=tuple(draw(st.lists(WORDS, max_size=2))),
    )


@settings(max_examples=60, deadline=None)
@given(anything())
def test_any_analysis_gives_well_formed_markup_with_numbers_in_it(given):
    for alone in (False, True):
        markup = chart(given, alone=alone)
        assert markup.encode()
        ids = [element.get("id") for element in parsed(markup).iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        shapes = [word for word in ids if not word.endswith(("-t", "-d"))]
        for element in parsed(markup).iter():
            for name in ("d", "x", "y", "x1", "x2", "y1", "y2", "height", "width", "viewBox"):
                assert re.fullmatch(r"[MHVhvmz\d\s.%-]*", element.get(name, "")), name
            if not element.tag.endswith("defs"):
                assert not [shape for shape in element if shape.get("id") in shapes], "in the open"
            if element.tag.endswith("use"):
                assert element.get("href")[1:] in ids


def test_hostile_words_stay_words():
    evil = "<script>alert('1')</script> & \"quoted\" \x00\x0b\ud800 ]]> onload=x"
    plain = drawn(
        UPS_AND_DOWNS,
        title=evil,
        description=evil,
        unit=evil,
        periods=(evil,) * 14,
        targets=(TargetLine(evil, ((0, 10.0),), "standard"),),
        breaks=(Break(3, evil),),
        notes=(Note(4, evil, 1),),
        foot=(evil,),
    )
    given = replace(plain, values=(evil,) * 14)
    safe = "<script>alert('1')</script> & \"quoted\"  ]]> onload=x"
    for markup in (
        chart(given),
        chart(given, alone=True),
        sparkline([1.0], kind=".", words=evil),
    ):
        tree = parsed(markup)
        assert not [element for element in tree.iter() if element.tag.endswith("script")]
        assert not [name for element in tree.iter() for name in element.attrib if name == "onload"]
    page = parsed(chart(given))
    assert page.find("svg/title").text == safe
    assert page.find("p").text == safe


@pytest.mark.parametrize(
    "values",
    [[None], [None] * 20, [5.0], [5.0] * 20, [-3.0, -4.0], [1e9, 1.1e9], [0.0], [1e302, -1e302]],
)
def test_odd_series_are_drawn(values):
    html = chart(drawn(values))
    shown = [value for value in values if value is not None]
    assert len(re.findall("<use", picture(html))) == len(shown)
    assert ("There are no figures to show yet" in html) == (not shown)


# --- On a page ------------------------------------------------------------------------------------


def test_on_a_page_colours_come_from_classes_alone():
    html = chart(everything())
    assert not re.search(r"<style|\s(style|fill|stroke|font-size)=", html)
    assert (
        set(re.findall(r"bhcp-chart__([\w-]+)", html))
        - {*re.findall(r"\.bhcp-chart__([\w-]+)", CSS)}
        == set()
    )


def test_the_picture_has_a_title_and_a_description_and_two_share_a_page():
    given = drawn(UPS_AND_DOWNS)
    first, second = chart(given, name="a"), chart(given, name="b")
    svg = parsed(first).find("svg")
    assert svg.get("role") == "img"
    assert svg.find("title").get("id") == svg.get("aria-labelledby") == "a-t"
    assert svg.find("desc").get("id") == svg.get("aria-describedby") == "a-d"
    assert svg.find("desc").text == "Waits were 11 in the last month."
    assert not set(re.findall(r' id="(\S+)"', first)) & set(re.findall(r' id="(\S+)"', second))


def test_without_a_name_charts_of_other_words_share_no_id():
    first, second = (chart(drawn(UPS_AND_DOWNS, title=title)) for title in ("Waits", "Beds"))
    assert not set(re.findall(r' id="(\S+)"', first)) & set(re.findall(r' id="(\S+)"', second))


def test_every_point_is_read_out_in_words():
    values = [*[10.0, 12.0] * 7, 22.0, None, None]
    given = drawn(values, provisional=frozenset({14}), hidden=frozenset({16}))
    lines = re.search('data-read="(.*?)"', chart(given), re.DOTALL)[1].split("\n")
    assert lines[0] == "M00: 10"
    assert lines[14:] == [
        "M14: 22, above the upper limit, may still change",
        "M15: no figure",
        "M16: too small to publish",
    ]


def test_a_chart_of_five_years_weighs_little():
    html = chart(everything())
    assert len(gzip.compress(html.encode())) <= 4000


def test_the_script_weighs_at_most_2_kilobytes():
    assert (PROJECT / "static/app/chart.js").stat().st_size <= 2048


def everything():
    """Five years and two months with all that a chart can have."""
    values = [float(60 + 17 * index % 23 + index // 9) for index in range(62)]
    values[20] = values[40] = None
    end = len(values) - 1
    return drawn(
        values,
        rebase_at=[48],
        periods=tuple(f"{'Apr' if i % 2 else 'May'} {2021 + i // 12}" for i in range(62)),
        is_percentage=True,
        floor=0.0,
        provisional=frozenset({60, 61}),
        hidden=frozenset({40}),
        targets=(
            TargetLine("National standard", ((0, 95.0), (end, 95.0)), "standard"),
            TargetLine("Our aim", ((0, 80.0), (end, 80.0)), "local_aim"),
            TargetLine("Our plan", ((30, 70.0), (end, 90.0)), "trajectory"),
        ),
        breaks=(Break(48, "Another way of counting"),),
        notes=(Note(5, "A ward opened", 1), Note(6, "A ward closed", 2)),
        foot=("Source: a publisher", "Licence: OGL v3.0", "22 November 2026"),
    )


# --- Alone ----------------------------------------------------------------------------------------


def test_the_file_carries_its_words_and_its_colours():
    given = everything()
    file = chart(given, alone=True)
    tree = parsed(file)
    assert tree.tag == f"{SVG}svg"
    assert "class=" not in file
    assert "style" not in file
    texts = [text.text for text in tree.iter(f"{SVG}text")]
    for words in (
        given.title,
        given.description,
        given.unit,
        *given.foot,
        "Another way of counting",
        "A ward opened",
        "National standard",
    ):
        assert words in texts
    assert COLOURS["usual"] in file


def test_long_words_in_the_file_are_broken_into_lines():
    file = chart(
        drawn(UPS_AND_DOWNS, description="word " * 100, foot=("source " * 100,)), alone=True
    )
    texts = [text.text or "" for text in parsed(file).iter(f"{SVG}text")]
    assert max(map(len, texts)) < 150
    assert sum(text.count("word") for text in texts) == 100
    assert sum(text.count("source") for text in texts) == 100


def test_everything_in_the_file_lies_inside_it():
    tree = parsed(chart(replace(everything(), foot=("word " * 99,) * 3), alone=True))
    height = float(tree.get("height"))
    direct = [float(text.get("y")) for text in tree.findall(f"{SVG}text")]
    assert max(direct) < height


# --- Colours --------------------------------------------------------------------------------------


def rule(name):
    """The declarations of chart.css for a class, outside of media queries."""
    plain = CSS[: CSS.index("@media print")]
    found = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", plain):
        if f".bhcp-chart__{name}" in [selector.strip() for selector in selectors.split(",")]:
            found.update(re.findall(r"([\w-]+):\s*([^;]+);", body))
    return found


def test_the_file_and_the_page_look_the_same():
    for look in LOOKS.keys() - {"text"}:
        page = {name: value for name, value in rule(look).items() if value != "none"}
        file = {name: value for name, value in LOOKS[look].items() if value != "none"}
        assert page == file, look


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#f0f4f5"], ids=["on white", "on the page"])
def test_what_carries_meaning_stands_out_three_to_one(ground):
    for look in LOOKS.keys() - {"grid", "text"}:
        colours = [value for value in LOOKS[look].values() if re.fullmatch("#[0-9a-f]{6}", value)]
        assert all(contrast(colour, ground) >= 3 for colour in colours), look


def test_no_two_lines_have_the_same_dashes():
    lines = ("mean", "limit", "target", "aim", "trajectory")
    dashes = [LOOKS[line].get("stroke-dasharray") for line in lines]
    assert len(set(dashes)) == len(dashes)


# --- Small pictures -------------------------------------------------------------------------------


def test_a_sparkline_shows_the_last_24_points_and_the_kind_of_the_latest():
    values = [float(index % 7) for index in range(60)]
    svg = parsed(sparkline(values, kind="-", words="Falling"))
    line, latest = svg
    assert len(re.findall(r"\d+ \d+", line.get("d"))) == 24
    assert latest.get("class") == "bhcp-spark__worse"
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Falling"


def test_a_sparkline_tells_the_kind_by_shape_and_stays_small():
    kinds = (*KIND_WORDS, "mixed")
    drawn = {kind: sparkline([1e9, -1e9] * 12, kind=kind, words="") for kind in kinds}
    assert len({parsed(svg)[1].get("d") for svg in drawn.values()}) == 6
    assert max(map(len, drawn.values())) < 450


@pytest.mark.parametrize(
    ("values", "strokes"),
    [([], 0), ([None], 0), ([1.0], 1), ([2.0] * 5, 1), ([1.0, None, 3.0], 2), ([1.0, None], 1)],
)
def test_a_sparkline_of_little_is_drawn(values, strokes):
    svg = sparkline(values, kind=".", words="x")
    assert parsed(svg).get("role") == "img"
    assert svg.count("M0 ") + len(re.findall(r"M\d\d", svg)) == strokes


def test_a_sparkline_is_broken_where_counting_changed_and_shows_where():
    svg = sparkline([1.0] * 40, kind=".", words="", starts=(3, 30))
    mark, line = (path.get("d") for path in list(parsed(svg))[:2])
    assert mark == "M54 -4v32"
    assert [len(stroke.split()) // 2 for stroke in line.split("M")[1:]] == [14, 10]


@pytest.mark.parametrize("variation", VARIATION_WORDS)
def test_every_variation_icon_is_a_picture_for_the_eye_alone(variation):
    svg = parsed(variation_icon(variation))
    assert svg.get("aria-hidden") == "true"


def test_no_two_icons_look_alike_without_colour():
    pictures = [
        *(variation_icon(code) for code in VARIATION_WORDS),
        *(assurance_icon(code) for code in ASSURANCE_WORDS if code),
    ]
    shapes = {re.sub(r' class="[^"]*"', "", svg) for svg in pictures}
    assert len(shapes) == len(pictures) == 11
    assert assurance_icon(None) == ""
