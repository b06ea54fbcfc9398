"""The one verdict on a series, and the sentence it is told in (BEHAVIOUR B, CONTRACT 5)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bhcp_portal.kit.dates import end_of
from metrics.models import Series
from metrics.presenters.page import progress_words
from metrics.verdict import main_series, value_words, verdicts
from tests.factories.iccs import icc
from tests.factories.metrics import chart_note, metric, reading, readings, rebase, series, target

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


def verdict(metric, scope=None, day=TODAY):
    [found] = verdicts([series(metric, scope)], at=end_of(day), day=day)
    return found


def test_a_sentence_says_the_number_its_period_the_change_and_the_target():
    made = metric(name="Long waits", unit="%", decimals=1, direction="decrease")
    readings(made, [5, 9] * 5 + [5] * 7)
    target(made, 4)
    assert verdict(made).sentence == (
        "Long waits was 5.0% in May 2025. This is a change for the better: seven months in a row "
        "below the average of 6.2%. The system is not yet sure to meet the target of 4.0%. "
        "It was not met in May 2025, and was met in 0 of the last 12 months."
    )


def test_fewer_than_13_points_get_no_limits_and_a_sentence_that_says_how_many_are_needed():
    made = metric(name="Waits")
    readings(made, range(1, 13))
    found = verdict(made)
    assert (found.variation, found.analysis.segments[0].upper) == (None, None)
    assert found.points_needed == 1
    assert found.sentence == (
        "Waits was 12 patients in December 2024. "
        "There are 12 of the 13 months needed to tell a change from chance."
    )


@pytest.mark.parametrize(
    ("frequency", "first", "when", "many"),
    [
        ("day", date(2022, 1, 13), "on 13 January 2022", "days"),
        ("week", date(2022, 1, 10), "in the week of 10 January 2022", "weeks"),
        ("month", date(2022, 1, 1), "in January 2022", "months"),
        ("quarter", date(2022, 1, 1), "in January to March 2022", "quarters"),
        ("year", date(2022, 4, 1), "in 2022/23", "years"),
    ],
)
def test_a_sentence_and_the_progress_say_of_a_day_on_and_of_a_longer_period_in(
    frequency, first, when, many
):
    made = metric(name="Waits", frequency=frequency, baseline_value=8, baseline_period=first)
    reading(made, 5, period=first)
    found = verdict(made)
    assert found.sentence == (
        f"Waits was 5 patients {when}. "
        f"There is 1 of the 13 {many} needed to tell a change from chance."
    )
    assert f"It started from 8 patients {when}. " in progress_words(found)


def test_a_series_that_never_varies_says_so_and_is_judged_by_its_value():
    made = metric(name="Breaches")
    readings(made, [0] * 14)
    target(made, 5)
    found = verdict(made)
    assert found.assurance == "pass"
    assert "It has not varied: it was 0 patients every month." in found.sentence
    assert found.variation_words == "No variation"


def test_a_point_both_better_and_worse_says_both():
    made = metric(name="Waits", direction="decrease")
    readings(made, [10] * 6 + [11, 9] * 5 + [60, 50, 45, 40, 35, 30, 25])
    published = verdict(made).sentence
    assert "a change for the better: seven months in a row going down" in published
    assert "a change for the worse: " in published


def test_a_period_without_a_reading_is_a_gap_and_no_number():
    made = metric()
    readings(made, [5, None, 7])
    points = verdict(made).points
    assert [(p.mark, p.value, p.text) for p in points] == [
        ("Jan 2024", 5.0, "5 patients"),
        ("Feb 2024", None, "No figure"),
        ("Mar 2024", 7.0, "7 patients"),
    ]


def test_a_hidden_reading_is_missing_for_spc_and_says_why():
    made = metric()
    readings(made, [5] * 13)
    reading(made, None, period=date(2025, 2, 1), is_hidden=True)
    found = verdict(made)
    assert found.points[-1].text == "Hidden: too small to publish"
    assert found.analysis.segments[0].mean == 5
    assert found.latest.mark == "Jan 2025"


def test_assurance_reads_the_latest_target_that_covers_the_point():
    made = metric()
    readings(made, [10, 11] * 7)
    target(made, 50, starts_on=date(2015, 1, 1))
    target(made, 2, starts_on=date(2024, 6, 1))
    target(made, 90, starts_on=date(2030, 1, 1))
    assert verdict(made).target.value == 2
    assert verdict(made).assurance == "fail"


def test_a_trajectory_is_drawn_and_never_judged_by():
    made = metric()
    readings(made, [10, 11] * 7)
    target(made, 2, kind="trajectory", for_verdict=False)
    assert verdict(made).target is None
    assert verdict(made).assurance is None


def test_a_rebase_between_two_periods_starts_with_the_next_and_one_taken_back_does_nothing():
    made = metric()
    readings(made, [10] * 13 + [20] * 13)
    rebase(made, date(2025, 1, 15))
    assert [s.start for s in verdict(made).analysis.segments] == [0, 13]
    rebase(made, date(2025, 1, 15), published="2018", applies=False)
    assert [s.start for s in verdict(made).analysis.segments] == [0]


def test_a_past_day_knows_only_what_had_been_said_by_then():
    made = metric()
    reading(made, 10, published="2024-03-10")
    reading(made, 12, published="2024-05-04", reason="Two were counted late.")
    reading(made, 7, period=date(2024, 2, 1), published="2024-04-10")
    assert [p.value for p in verdict(made).points] == [12, 7]
    assert [p.value for p in verdict(made, day=date(2024, 5, 3)).points] == [10, 7]
    assert [p.value for p in verdict(made, day=date(2024, 4, 1)).points] == [10]


def test_a_share_is_worked_out_from_its_parts_and_0_of_0_is_no_number():
    made = metric(unit="%", multiplier=100, decimals=1, denominator_words="all who came")
    readings(made, [(1, 3), (0, 0), (0, 9)])
    points = verdict(made).points
    assert [p.text for p in points] == ["33.3%", "None: nothing to count", "0.0%"]
    assert points[0].value == 100 / 3


def test_progress_counts_the_same_whichever_way_is_better_and_no_data_is_never_nought():
    up = metric(direction="increase", baseline_value=60, baseline_period=date(2023, 1, 1))
    down = metric(direction="decrease", baseline_value=10, baseline_period=date(2023, 1, 1))
    readings(up, [70])
    readings(down, [8])
    target(up, 80)
    target(down, 2)
    assert (verdict(up).progress.share, verdict(down).progress.share) == (0.5, 0.25)
    target(series_without_reading := metric(baseline_value=1, baseline_period=date(2023, 1, 1)), 2)
    assert verdict(series_without_reading).progress is None


def test_a_baseline_that_is_the_target_is_to_be_kept_and_is_no_percentage():
    made = metric(baseline_value=5, baseline_period=date(2023, 1, 1))
    readings(made, [6])
    target(made, 5)
    found = verdict(made).progress
    assert (found.share, found.keep_at) == (None, 5)


def test_the_next_number_is_late_from_the_day_after_the_lag():
    made = metric(lag_days=45)
    readings(made, [6])
    late = verdict(made, day=date(2024, 4, 15)).freshness
    assert (late.next_words, late.expected_on, late.days_late) == (
        "February 2024",
        date(2024, 4, 14),
        1,
    )
    assert verdict(made, day=date(2024, 4, 14)).freshness.days_late == 0


def test_the_main_scope_is_the_whole_bay_where_it_has_a_reading():
    kendal = icc("KEN")
    both, only = metric(), metric()
    readings(both, [1], scope=kendal)
    readings(both, [2])
    readings(only, [3], scope=kendal)
    series(only)
    main = main_series([both.pk, only.pk], end_of(TODAY))
    assert (main[both.pk].scope, main[only.pk].scope) == ("BHCP", "KEN")


def test_sixty_series_take_as_many_queries_as_one():
    made = [metric() for _ in range(60)]
    for each in made:
        readings(each, [1, 2, 3])
    chart_note(made[0], date(2024, 1, 1), "A new ward")
    found = list(Series.objects.all())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(verdicts(found, at=end_of(TODAY), day=TODAY)) == 60
    assert len(queries) <= 8


@pytest.mark.parametrize(
    ("number", "decimals", "words"),
    [
        (0.5, 0, "1 patients"),
        (-1.25, 1, "−1.3 patients"),
        (-0.01, 1, "0.0 patients"),
        (1234567, 0, "1,234,567 patients"),
    ],
)
def test_numbers_are_rounded_half_away_from_nought_and_parted_by_commas(number, decimals, words):
    made = metric(decimals=decimals)
    assert value_words(number, made.profiles.get()) == words
