"""Verdicts that a resident would sign: trend, a year before, the target, main places and ends (BEHAVIOUR S)."""

import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import end_of
from metrics.imports.check import check_rows
from metrics.imports.columns import OPTIONAL, READING_COLUMNS
from metrics.imports.template import rows_due
from metrics.imports.versions import basis_hash, check_basis
from metrics.models import Metric
from metrics.models.frequency import next_period, steps_between
from metrics.presenters.chart import drawing, latest_part
from metrics.presenters.list import Order, arranged, main_verdicts, shown, tally
from metrics.presenters.page import progress_words
from metrics.spc import PORTAL, analyse
from metrics.spc.chart import chart
from metrics.verdict import Trend, main_series, verdicts
from partners.roles import Role
from programmes.models import MetricProgramme
from tests.factories.iccs import icc, merged
from tests.factories.kit import on_record
from tests.factories.metrics import metric, reading, readings, rebase, series, target
from tests.factories.partners import became, partner, person, signed_in
from tests.factories.partners import profiled as partner_profiled
from tests.factories.programmes import programme
from tests.metrics.test_public_pages import listed, read
from tests.metrics.test_staff_pages import card

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)

STEADY = [10, 11, 12, 11] * 4
LOW = [4, 5, 6, 5] * 6
# Wide limits, so that a run on one side of the average is no more than that.
WIDE = [8.5, 11.5, 8.5, 11.5, 10, 8.5, 11.5, 10] * 3


def verdict(made, scope=None, day=TODAY):
    [found] = verdicts([series(made, scope)], at=end_of(day), day=day)
    return found


def of(numbers, **card):
    made = metric(name="Long waits", **card)
    readings(made, numbers, first=date(2020, 1, 1))
    return verdict(made)


# -- the trend ------------------------------------------------------------------------------------


# Years of many, then few, and at last a rise that is still below what was usual.
FELL_THEN_ROSE = [100, 102, 98, 101, 99, 103] * 5 + [30, 31, 29, 30, 28, 29] * 3 + [60, 61, 62]
ROSE_THEN_FELL = [200 - number for number in FELL_THEN_ROSE]


@pytest.mark.parametrize(
    ("numbers", "better", "worse_first"),
    [
        (FELL_THEN_ROSE, "decrease", True),
        (FELL_THEN_ROSE, "increase", True),
        (ROSE_THEN_FELL, "decrease", True),
    ],
)
def test_one_way_in_the_whole_and_the_other_way_lately_is_mixed(numbers, better, worse_first):
    found = of(numbers, direction=better)
    assert {found.variation.split("_")[0], found.recent.variation.split("_")[0]} == {
        "improvement",
        "concern",
    }
    assert found.trend == Trend.MIXED


def test_mixed_is_said_in_two_sentences_with_the_turn_and_what_was_usual():
    assert of(FELL_THEN_ROSE).sentence == (
        "Long waits: 62 in March 2024, up from 28 in November 2023. "
        "Still below what was usual from 2020 to 2024."
    )
    assert of(ROSE_THEN_FELL).sentence == (
        "Long waits: 138 in March 2024, down from 172 in November 2023. "
        "Still above what was usual from 2020 to 2024."
    )


def test_a_change_by_both_or_by_one_with_nothing_in_the_other_is_better_or_worse():
    both = [*STEADY, *STEADY, 30, 31, 32]
    assert of(both).trend == Trend.WORSE
    assert of(both, direction="increase").trend == Trend.BETTER
    # Unusual among the last 24 alone: over the whole, with its wider limits, it is not.
    lately = [10, 40] * 12 + [20, 21] * 12 + [24]
    found = of(lately)
    assert (found.variation, found.recent.variation) == ("common_cause", "concern_high")
    assert found.trend == Trend.WORSE
    assert "This is a change for the worse, judged by the last 24 figures alone:" in found.sentence
    assert of(lately, direction="increase").trend == Trend.BETTER


def test_a_neutral_measure_changed_or_did_not_and_is_neither_better_nor_worse():
    assert of([*STEADY, 30], direction="neutral").trend == Trend.CHANGED
    assert of(FELL_THEN_ROSE, direction="neutral").trend == Trend.CHANGED
    assert of(STEADY, direction="neutral").trend == Trend.NONE
    assert of([*STEADY, 30], direction="neutral").trend_words == (
        "Unusual change; neither direction is better"
    )


@pytest.mark.parametrize("length", [13, 23, 24, 25, 40])
def test_the_recent_direction_is_that_of_the_last_24_figures_of_the_last_segment_alone(length):
    made = metric()
    numbers = [(7 * place) % 11 + place % 3 for place in range(length)]
    readings(made, [500] * 13 + numbers, first=date(2018, 1, 1))
    rebase(made, next_period(date(2018, 1, 1), "month", 13))
    own = analyse(numbers[-24:], improvement="decrease", rules=PORTAL)
    assert verdict(made).recent == own


def test_what_the_card_does_not_judge_has_no_trend_and_counts_for_none():
    found = of([*STEADY, 30], uses_spc=False)
    assert (found.trend, found.trend_words) == (None, "")
    counted = tally([found])
    counts = [("better", 0, "better"), ("worse", 0, "worse"), (None, 1, "not judged")]
    assert (counted.total, counted.counts) == (1, counts)
    assert not arranged([found], variation="unsaid")


# -- too early to say: the facts lead ---------------------------------------------------------------


@pytest.fixture
def early():
    """A count that changed, with 8 figures since."""
    made = metric("ae", name="Seen in time", unit="%", decimals=1, direction="increase")
    readings(made, [92, 90, 91] * 5 + [65] * 8)
    rebase(made, date(2025, 4, 1))
    target(made, 95)
    return made


def test_while_it_is_too_early_the_average_before_the_change_and_the_target_lead(client, early):
    on_record(MetricProgramme, published_as="2018", metric=early, programme=programme("urgent"))
    found = verdict(early)
    assert found.trend == Trend.EARLY
    assert found.sentence == (
        "Seen in time was 65.0% in November 2025. "
        "Before the count changed in April 2025, the average was 91.0%. "
        "The target of 95.0% was not met in November 2025, and was met in 0 of the last 12 months. "
        "There are 8 of the 13 months needed to tell a change from chance."
    )
    for path in ("/metrics/", "/metrics/ae/"):
        assert "Too early to say" in read(client, path)
    for path in ("/metrics/", "/programmes/urgent/"):
        words = read(client, path)
        assert "Average before April 2025: 91.0%" in words
        assert (
            "Target 95.0%: not met in any of the 8 months since counting changed, from April 2025"
            in words
        )


def test_a_year_before_is_told_and_that_something_else_was_counted_then(client, early):
    found = verdict(early)
    assert (found.year_before.period, found.year_before.value) == (date(2024, 11, 1), 90.0)
    assert (
        "Against a year before Can’t be compared "
        "It was 90.0% in November 2024, counted differently then"
    ) in read(client, "/metrics/ae/")


@pytest.mark.parametrize(
    ("frequency", "first", "before"),
    [
        ("day", date(2024, 2, 29), date(2023, 2, 28)),
        ("week", date(2024, 1, 1), date(2023, 1, 2)),
        ("quarter", date(2024, 1, 1), date(2023, 1, 1)),
        ("year", date(2024, 4, 1), date(2023, 4, 1)),
    ],
)
def test_a_year_before_is_the_same_period_of_any_length_and_none_where_it_has_no_figure(
    frequency, first, before
):
    made = metric(frequency=frequency)
    reading(made, 5, period=first)
    assert verdict(made).year_before is None
    reading(made, 4, period=before)
    assert verdict(made).year_before.value == 4


# -- the target -------------------------------------------------------------------------------------


def test_nought_against_a_target_of_nought_is_met_whatever_the_icon_says(client):
    made = metric("waits", name="Waits")
    readings(made, [90, 91, 92, 90] * 6 + [0])
    target(made, 0)
    found = verdict(made)
    assert found.assurance == "fail"
    assert (
        "The target of 0 patients was met in January 2026, and was met in 1 of the last 12 months."
        in (found.sentence)
    )
    assert "cannot be expected" not in found.sentence
    for path in ("/metrics/", "/metrics/waits/"):
        words = read(client, path)
        assert "Met in January 2026, though expected to miss the target" in words
        assert "Expected to miss the target every time" not in words


def test_a_miss_now_is_said_whatever_the_icon_says():
    made = metric()
    readings(made, [10, 11] * 8 + [60])
    target(made, 50)
    found = verdict(made)
    assert (found.assurance, found.against_target.is_met) == ("pass", False)
    assert "every time" not in found.sentence
    assert found.assurance_words == "Not met in May 2025, though expected to meet the target"


@pytest.mark.parametrize(("better", "times"), [("decrease", 4), ("increase", 12)])
def test_how_often_it_was_met_counts_the_last_twelve_figures_in_the_better_direction(better, times):
    made = metric(direction=better)
    readings(made, [0] * 3 + [5, 6, 7] * 4)
    target(made, 5)
    found = verdict(made).against_target
    assert (found.times_met, found.of) == (times, 12)


def test_with_a_month_missing_the_last_twelve_are_figures_and_not_months():
    made = metric()
    readings(made, [5] * 8 + [None] + [5] * 6)
    target(made, 5)
    assert verdict(made).met_words == (
        "met in March 2025, and was met in 12 of the last 12 figures"
    )


def test_months_before_a_target_held_would_have_met_it():
    made = metric()
    readings(made, [5] * 14)
    target(made, 5, starts_on=date(2025, 2, 1))
    assert verdict(made).met_words == (
        "met in February 2025, and would have been met in 12 of the last 12 months"
    )


def test_no_target_that_ended_is_called_never_set(client):
    made = metric("waits", baseline_value=9, baseline_period=date(2024, 1, 1))
    readings(made, [5] * 14)
    assert "Against the target No target was set" in read(client, "/metrics/waits/")
    target(made, 5, ends_on=date(2024, 12, 31))
    assert "Against the target No target now" in read(client, "/metrics/waits/")
    assert "No target now, so progress" in progress_words(verdict(made))


def test_of_a_retired_measure_nothing_is_said_of_now():
    made = metric(state="retired", retired_reason="It ended.")
    readings(made, [90, 91, 92, 90] * 6 + [0])
    target(made, 0)
    found = verdict(made)
    assert found.sentence.endswith(
        "The target of 0 patients was met at the end, and was met in 1 of the last 12 months."
    )
    assert found.assurance_words == "Met at the end, though expected to miss the target"


def test_limits_that_do_not_describe_the_series_foretell_nothing_of_the_target():
    made = metric()
    readings(made, [100, 101] * 20 + LOW, first=date(2015, 1, 1))
    target(made, 4)
    found = verdict(made)
    assert (found.assurance, found.limits_may_not_fit) == ("fail", True)
    assert found.sentence.endswith(
        " The target of 4 patients was not met in April 2020, and was met in 3 of the last 12 months."
    )


def test_a_missed_target_comes_first_though_it_is_too_early_for_the_icon(early):
    met, none = metric("met"), metric("none")
    readings(met, [5] * 14)
    readings(none, [5] * 14)
    target(met, 5)
    found = main_verdicts([none, met, early], at=end_of(TODAY), day=TODAY)
    in_turn = [each.metric.slug for each in arranged(found, sort=Order.ASSURANCE)]
    assert in_turn == ["ae", "met", "none"]


SHARE = {"unit": "%", "decimals": 1, "direction": "increase"}


@pytest.mark.parametrize(
    ("numbers", "aim", "card", "words"),
    [
        ([94, 96] * 8 + [94.96], 95, SHARE, "not met in May 2025 (the figure is 94.96%), and"),
        ([94, 96] * 8 + [94.94], 95, SHARE, "not met in May 2025, and"),
        ([94, 96] * 8 + [95], 95, SHARE, "met in May 2025, and"),
        ([94, 96] * 8 + [95], 92.25, SHARE, "the target of 92.25%"),
        ([3, 5, 4, 6, 3, 4, 5, 6, 4, 5, 3, 4, 5, 4, 6, 5, 4, 3, 5, 4, 6, 4, 0, 0, 0], 0, {},
         "0 patients in January 2026. This is a change for the better: "
         "it is below the lower limit of 0.04 patients."),
        ([0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1, {},
         "eight months in a row below the average of 0.2 patients."),
        ([95.2, 94.8] * 7 + [95.04] * 7, 99, SHARE, "95.01"),
    ],
)  # fmt: skip
def test_what_differs_never_looks_the_same(numbers, aim, card, words):
    made = metric(name="Waits", **card)
    readings(made, numbers)
    target(made, aim)
    assert words in verdict(made).sentence


def test_a_neutral_measure_meets_and_misses_no_target():
    made = metric(direction="neutral")
    readings(made, STEADY)
    target(made, 5)
    found = verdict(made)
    assert (found.against_target.is_met, found.met_words) == (None, "")
    assert found.sentence.endswith("The target is 5 patients.")


def test_a_baseline_is_one_of_the_main_place_and_of_no_other():
    kendal = icc("KEN")
    made = metric(main_icc=kendal, baseline_value=10, baseline_period=date(2023, 1, 1))
    for scope in (kendal, None):
        readings(made, [8], scope=scope)
        target(made, 2, scope=scope)
    assert verdict(made, kendal).progress.share == 0.25
    assert verdict(made).progress is None
    assert "The baseline is of the measure’s main place" in progress_words(verdict(made))


# -- in a row ---------------------------------------------------------------------------------------


def test_in_a_row_is_said_of_neighbouring_months_only(client):
    made = metric("beds", name="Beds")
    readings(made, [*WIDE, *[9.5, 9.4] * 3, None, None, 9.5], first=date(2020, 1, 1))
    found = verdict(made)
    assert "seven months below the average of" in found.sentence
    assert "with two months missing between them" in found.sentence
    assert "in a row" not in found.sentence
    last = found.points[-1]
    assert last.label_words == "7 or more below the average, with missing periods between them"
    assert last.label_words in chart(drawing(found))
    assert last.label_words in read(client, "/metrics/beds/").lower()


def test_two_of_three_in_a_row_are_neighbours_too():
    numbers = [10, 12, 11, 13, 10, 12, 11, 13, 12, 10, 13, 11, 10, 12, 12, 15.5, None, None, 15.5]
    found = of(numbers)
    assert found.points[-1].label == "h"
    assert "two of three figures are close to the upper limit" in found.sentence
    assert "with two months missing between them" in found.sentence
    assert found.points[-1].label_words == (
        "2 of 3 close to the upper limit, with missing periods between them"
    )


def test_a_run_that_is_long_enough_after_the_gap_is_counted_from_the_gap():
    found = of([*WIDE, 9.5, 9.4, None, *[9.5, 9.4] * 4])
    assert "eight months in a row below the average" in found.sentence


def test_months_missing_just_before_the_latest_figure_are_said_of_any_verdict():
    assert of([*STEADY, None, None, 11]).sentence.endswith(
        "The two months before have no figures: they are missing."
    )
    assert "The month before has no figure" in of([*STEADY, None, 11]).sentence
    assert "missing" not in of([*STEADY, 11]).sentence


@pytest.mark.parametrize(
    ("hidden", "between", "before"),
    [
        ([28, 29], "two months hidden between them", "they are hidden."),
        ([28], "two months hidden or missing between them", "they are hidden or missing."),
        ([2], "two months missing between them", "they are missing."),
    ],
)
def test_what_is_hidden_is_not_called_missing(hidden, between, before):
    def with_hidden(numbers):
        made = metric()
        numbers = [None if at in hidden else number for at, number in enumerate(numbers)]
        readings(made, numbers, first=date(2020, 1, 1))
        for at in hidden:
            when = next_period(date(2020, 1, 1), "month", at)
            reading(made, None, period=when, is_hidden=True)
        return verdict(made).sentence

    run = [*WIDE, *[9.5, 9.4] * 2, None, None, *[9.5, 9.4] * 2]
    assert between in with_hidden(run)
    assert before in with_hidden([*STEADY, *STEADY[:12], None, None, 11])


def test_of_two_targets_from_one_day_the_standard_is_judged_by():
    for kinds in (("standard", "local_aim"), ("local_aim", "standard")):
        made = metric()
        reading(made, 5)
        for kind in kinds:
            target(made, 9 if kind == "standard" else 3, kind=kind)
        assert verdict(made).target.value == 9


@pytest.mark.parametrize("label", "IDhlab")
def test_every_label_of_several_points_knows_whether_they_are_neighbours(label):
    runs = {
        "I": [5, 6, 7, 8, 9, 10, 11], "D": [15, 14, 13, 12, 11, 10, 9],
        "h": [12, 15, 15], "l": [8, 5, 5],
        "a": [10.5] * 7, "b": [9.5] * 7,
    }[label]  # fmt: skip
    before = WIDE
    if label in "ID":
        before = [9, 12, 8, 12, 9, 13] * 4
    values = [*before, *runs]
    joined = analyse(values, improvement="decrease", rules=PORTAL).points[-1]
    parted = analyse([*values[:-1], None, values[-1]], improvement="decrease", rules=PORTAL)
    assert (joined.label, joined.in_a_row) == (label, True)
    assert (parted.points[-1].label, parted.points[-1].in_a_row) == (label, False)


# -- one word in every place ------------------------------------------------------------------------


def test_page_list_home_filter_spark_and_api_tell_the_same_trend(client):
    kinds = {
        "better": "+",
        "worse": "-",
        "mixed": "mixed",
        "changed": "H",
        "none": ".",
        "early": ".",
    }
    for slug, numbers, better in (
        ("better", [*STEADY, 30], "increase"), ("worse", [*STEADY, 30], "decrease"),
        ("mixed", FELL_THEN_ROSE, "decrease"), ("changed", [*STEADY, 30], "neutral"),
        ("none", STEADY, "decrease"), ("early", STEADY[:12], "decrease"),
    ):  # fmt: skip
        readings(metric(slug, direction=better), numbers, first=date(2020, 1, 1))
    retired = metric("gone", direction="increase", state="retired", retired_reason="It ended.")
    readings(retired, [*STEADY, 30], first=date(2020, 1, 1))
    assert verdict(retired).trend == "better"
    home = read(client, "/")
    assert "Of 6 measures, 1 changed for the better and 1 for the worse. For 1 it is too" in home
    others = "Of the others: 1 mixed, 1 changed (neither way is better), 1 with no unusual change."
    assert others in home
    for trend in Trend:
        assert listed(client, trend=trend.value) == [trend.value]
        answer = client.get("/api/v1/metrics", {"trend": trend.value}).json()
        assert [each["slug"] for each in answer["results"]] == [trend.value]
        shown_by_api = client.get(f"/api/v1/metrics/{trend}/analysis").json()
        assert shown_by_api["trend"] == trend.value
        assert trend.label in read(client, f"/metrics/{trend}/")
        found = verdict(Metric.objects.get(slug=trend.value))
        assert found.trend_kind == kinds[trend]
        assert shown_by_api["sentence"] == found.sentence
        assert found.sentence in read(client, f"/metrics/{trend}/")
        link = f"trend={trend.value}"
        assert link in client.get("/").content.decode()
    assert client.get("/api/v1/metrics", {"trend": "up"}).status_code == 400


def test_home_links_to_each_trend_on_the_day_that_is_read(client):
    readings(metric("worse"), [*STEADY, 30], first=date(2020, 1, 1))
    page = client.get("/", {"as-at": "2024-06-30"}).content.decode()
    [link] = re.findall(r'href="([^"]*trend=worse)"', page)
    assert link == "/metrics/?as-at=2024-06-30&amp;trend=worse"
    assert "1 measure" in read(client, link.replace("&amp;", "&"))


def test_the_analysis_gives_the_three_facts(client, early):
    shown_by_api = client.get("/api/v1/metrics/ae/analysis").json()
    assert shown_by_api["year_before"] == {"period": "2024-11-01", "value": 90.0}
    assert shown_by_api["target"] == {"value": 95.0, "met": False, "met_in_last_12": 0}
    assert shown_by_api["progress"] is None
    metric("silent")
    nothing = client.get("/api/v1/metrics/silent/analysis").json()
    assert (nothing["trend"], nothing["year_before"], nothing["target"]) == ("early", None, None)


def test_a_sparkline_is_broken_where_counting_changed(early):
    spark = shown(verdict(early)).spark
    assert spark.count("bhcp-spark__break") == 1
    assert "with a break where counting changed" in spark
    line = re.search(r'bhcp-spark__line" d="([^"]*)"', spark)[1]
    assert line.count("M") == 2


# -- staff are told -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([100, 101] * 20 + LOW, True),
        ([95, 105] * 15 + [101] * 18 + [99] * 6, True),
        ([95, 105] * 15 + [101] * 17 + [99] * 7, False),
        ([5] * 30, False),
    ],
    ids=["outside", "18 on one side", "17 on one side", "constant"],
)
def test_staff_are_told_where_the_limits_may_no_longer_describe_the_series(numbers, told):
    made = metric("waits")
    readings(made, numbers, first=date(2015, 1, 1))
    assert verdict(made).limits_may_not_fit is told
    staff = signed_in(Client(), person(roles=[(Role.DATA_STEWARD, None)]))
    words = "The limits may no longer describe the series"
    assert (words in staff.get("/staff/metrics/waits/").content.decode()) is told
    assert ("Check the limits" in staff.get("/staff/metrics/").content.decode()) is told
    assert words not in Client().get("/metrics/waits/").content.decode()
    assert len(verdict(made).analysis.segments) == 1


# -- the main place ---------------------------------------------------------------------------------


def test_the_main_place_is_the_one_on_the_card_in_every_place(client):
    hospitals, kendal = partner("RTX", "The trust"), icc("KEN", name="Kendal")
    made = metric("waits", main_icc=kendal)
    readings(made, [1] * 14)
    readings(made, [2] * 14, scope=hospitals)
    readings(made, [3] * 14, scope=kendal)
    at = end_of(TODAY)
    assert main_series([made.pk], at)[made.pk].scope == "KEN"
    [main] = main_verdicts([made], at=at, day=TODAY)
    assert main.scope == "KEN"
    assert client.get("/api/v1/metrics/waits").json()["scopes"] == ["KEN", "BHCP", "RTX"]
    assert client.get("/api/v1/metrics/waits").json()["profile"]["main_scope"] == "KEN"
    assert client.get("/api/v1/metrics/waits/analysis").json()["scope"] == "KEN"
    assert "3 patients" in client.get("/metrics/waits/chart.svg").content.decode()
    words = read(client, "/metrics/waits/")
    assert "3 patients in February 2025" in words
    assert "Main place Kendal" in words


def test_a_past_day_has_the_main_place_of_its_card():
    kendal = icc("KEN")
    made = metric("waits", published="2015")
    for scope in (None, kendal):
        readings(made, [1, 2], scope=scope, published="2016")
    metric("waits", published="2020", main_icc=kendal, reason="Kendal leads.")
    assert main_series([made.pk], end_of(date(2018, 1, 1)))[made.pk].scope == "BHCP"
    assert main_series([made.pk], end_of(date(2021, 1, 1)))[made.pk].scope == "KEN"


def test_old_figures_of_one_body_do_not_become_the_main_place_by_the_order_of_codes():
    closed, hospitals = partner("01K"), partner("RTX")
    made = metric()
    readings(made, [1, 2], scope=closed, first=date(2020, 1, 1))
    readings(made, [3, 4], scope=hospitals)
    assert main_series([made.pk], end_of(TODAY))[made.pk].scope == "RTX"


def test_staff_choose_the_main_place_on_the_card(client):
    hospitals, kendal = partner("RTX", "The trust"), icc("KEN", name="Kendal")
    made = metric("waits", owner=hospitals)
    readings(made, [1])
    signed_in(client, person(roles=[(Role.DATA_STEWARD, None)]))
    assert client.get("/staff/metrics/waits/card/").context["form"]["main_scope"].value() == "BHCP"
    seen = seen_token(made.profiles.get())
    sent = card(hospitals, seen=seen, main_scope="KEN", reason="Kendal leads.")
    assert client.post("/staff/metrics/waits/card/", sent).status_code == 302
    draft = made.profiles.drafts().get()
    assert (draft.main_icc, draft.main_scope) == (kendal, "KEN")
    words = client.get("/staff/metrics/waits/check/").content.decode()
    assert re.search(r"Main place.*?KEN.*?BHCP", words, re.DOTALL)


# -- a body that has ended --------------------------------------------------------------------------


@pytest.fixture(params=["partner", "community"])
def ended(request):
    """A body that ended on 1 July 2022, and its code."""
    if request.param == "partner":
        body = partner("01K", "The group")
        became(body, "Groups end.", when="2022-07-01", published="2022-07", is_end=True)
        return body
    body = icc("KEN", name="The group")
    merged(body, into=icc("EAS"), when="2022-07-01", published="2022-07")
    return body


def test_nothing_is_due_of_a_body_after_its_end_and_its_page_says_that_the_series_ended(
    client, ended
):
    made = metric("waits")
    readings(made, [1, 2], scope=ended, first=date(2022, 3, 1))
    target(made, 1, scope=ended, starts_on=date(2022, 1, 1))
    assert verdict(made, ended).freshness is None
    assert (
        "The target of 1 patients was not met at the end, and was met in 1 of the last 2 months."
        in verdict(made, ended).sentence
    )
    board = read(client, "/freshness/")
    assert "Late by" not in board
    assert "Ended with The group, on 1 July 2022" in board
    words = read(client, "/metrics/waits/")
    assert "This series ended with The group, on 1 July 2022." in words
    assert "None expected: the series ended with The group" in words
    staff = signed_in(Client(), person(roles=[(Role.DATA_STEWARD, None)]))
    assert "the series ended with The group" in staff.get("/staff/metrics/waits/").content.decode()
    scopes = {scope for scope, _ in rows_due(made, made.profiles.get(), day=TODAY)}
    assert ended.code not in scopes


def test_before_its_end_a_body_owes_what_it_owed(ended):
    made = metric()
    readings(made, [1], scope=ended, first=date(2022, 1, 1))
    late = verdict(made, ended, day=date(2022, 6, 1)).freshness
    assert (late.next_words, late.days_late) == ("February 2022", 48)
    readings(made, [2] * 5, scope=ended, first=date(2022, 2, 1), published="2022-06-20")
    assert verdict(made, ended, day=date(2022, 8, 20)).freshness is None


def test_nothing_is_taken_of_a_body_after_its_end(client, ended):
    made = metric("waits")
    names = [column.name for column in READING_COLUMNS if column.name not in OPTIONAL]
    rows = [
        (number, dict.fromkeys(names, "") | {"metric": made.code, "scope": ended.code, "value": "5"}
         | {"provisional": "no", "period": period})
        for number, period in ((2, "2022-06-01"), (3, "2022-07-01"), (4, "2024-01-01"))
    ]  # fmt: skip
    checked = check_rows(rows, names, at=timezone.now())
    assert [row.row for row in checked.rows] == [2]
    assert [(error.row, error.column) for error in checked.errors] == [(3, "period"), (4, "period")]
    assert f"A period before 1 July 2022, when {ended.code} ended." in checked.errors[0].message


# -- the chart --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["standard", "local_aim", "trajectory"])
def test_a_target_without_an_end_is_drawn_to_the_last_period(kind):
    made = metric()
    readings(made, [5, 6] * 7)
    target(made, 4, kind=kind, starts_on=date(2024, 4, 1), for_verdict=kind != "trajectory")
    [line] = drawing(verdict(made)).targets
    assert line.points == ((3, 4.0), (13, 4.0))


def test_a_trajectory_goes_straight_from_step_to_step_and_on_to_the_end_of_the_last():
    made = metric()
    readings(made, [5, 6] * 7)
    plan = {"kind": "trajectory", "for_verdict": False, "words": "The plan"}
    target(made, 9, starts_on=date(2023, 1, 1), ends_on=date(2023, 3, 31), **plan)
    target(made, 8, starts_on=date(2024, 1, 1), **plan)
    target(made, 6, starts_on=date(2024, 5, 1), ends_on=date(2024, 8, 31), **plan)
    target(made, 4, starts_on=date(2024, 11, 1), **plan)
    [line] = drawing(verdict(made)).targets
    assert line.points == ((0, 8.0), (4, 6.0), (7, 6.0), (10, 4.0), (13, 4.0))


def test_a_line_that_began_before_the_latest_part_goes_on_in_it():
    made = metric()
    readings(made, [5, 6] * 7)
    plan = {"kind": "trajectory", "for_verdict": False, "words": "The plan"}
    target(made, 10, starts_on=date(2024, 1, 1), **plan)
    target(made, 0, starts_on=date(2024, 11, 1), **plan)
    [line] = latest_part(drawing(verdict(made)), 6).targets
    assert line.points == ((0, 2.0), (2, 0.0), (5, 0.0))


def test_a_gap_too_long_to_be_filled_still_parts_what_lies_on_both_sides():
    made = metric(frequency="day")
    readings(made, [5, 6] * 7, first=date(2020, 1, 1), frequency="day", published="2025")
    readings(made, [5, 6] * 7, first=date(2024, 1, 1), frequency="day", published="2025")
    found = verdict(made)
    assert [point.value for point in found.points].count(None) == 1
    assert found.points[14].text == "No figure"


def test_missing_periods_are_counted_by_the_calendar_however_long_the_gap():
    made = metric(frequency="day")
    readings(made, STEADY, first=date(2020, 1, 1), frequency="day", published="2025")
    reading(made, 11, period=date(2024, 1, 1), published="2025")
    assert "The 1445 days before have no figures: they are missing." in verdict(made).sentence


@pytest.mark.parametrize(
    ("frequency", "steps"),
    [("day", 731), ("week", 104), ("month", 24), ("quarter", 8), ("year", 2)],
)
def test_steps_between_periods_take_back_what_next_period_goes(frequency, steps):
    first = date(2024, 1, 1)
    assert steps_between(first, next_period(first, frequency, steps), frequency) == steps


def test_a_file_is_refused_where_a_body_ended_after_it_was_checked():
    made = metric()
    before = basis_hash(check_basis(), [made.pk])
    became(partner("01K"), "Groups end.", when="2022-07-01", published="2022-07", is_end=True)
    assert basis_hash(check_basis(), [made.pk]) != before


def test_the_page_of_a_body_says_that_its_series_ended_with_it(client, ended):
    profiled = {"published": "2015"}
    if hasattr(ended, "memberships"):
        partner_profiled(ended, **profiled)
    readings(metric("waits"), [1, 2], scope=ended, first=date(2022, 3, 1))
    words = read(client, ended.get_absolute_url())
    assert "nded with The group, on 1 July 2022" in words
