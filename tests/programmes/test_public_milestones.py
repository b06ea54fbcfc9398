"""What a page makes of a milestone on a day: both dates, every move, and whether it is late."""

from datetime import date

import pytest

from bhcp_portal.kit.dates import end_of
from programmes.presenters.milestones import in_order, plan_of
from tests.factories.programmes import milestone, moved, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def telehealth():
    return programme("telehealth")


def plan(day, programme):
    (found,) = programme.milestones.known_at(end_of(day)).with_dates(end_of(day))
    return plan_of(found, day)


def test_a_moved_date_shows_both_dates_the_slip_and_the_reason(telehealth):
    opening = milestone(telehealth, due="2019-03", published="2018-06")
    moved(opening, due="2019-06", published="2019-02", reason="building works")
    shown = plan(date(2019, 4, 1), telehealth)
    assert (shown.first, shown.due) == ("March 2019", "June 2019")
    assert shown.slip == "Moved from March to June 2019, three months later: building works"


def test_a_long_reason_stands_in_the_strip_alone(telehealth):
    reason = (
        "The boards approved the full plan with this day; the source does not say why it is later."
    )
    opening = milestone(telehealth, due="2019-03", published="2018-06")
    moved(opening, due="2019-06", published="2019-02", reason=reason)
    shown = plan(date(2019, 4, 1), telehealth)
    assert shown.slip == "Moved from March to June 2019, three months later"
    assert shown.moves[0]["reason"] == reason


def test_every_move_is_shown_with_what_was_said_and_when(telehealth):
    opening = milestone(telehealth, due="2018-12-20", published="2018-06")
    moved(opening, due="2019-03-01", published="2018-11", reason="no staff")
    moved(opening, due="2019-02-28", published="2019-01")
    shown = plan(date(2019, 2, 1), telehealth)
    assert [move["date"] for move in shown.moves] == ["1 March 2019", "28 February 2019"]
    assert [move["later"] for move in shown.moves] == ["over two months later", "1 day earlier"]
    assert [move["published"] for move in shown.moves] == ["November 2018", "January 2019"]
    assert [move["reason"] for move in shown.moves] == ["no staff", ""]
    assert shown.slip == "Moved from 20 December 2018 to 28 February 2019, over two months later"


def test_a_past_day_knows_only_the_moves_made_by_then(telehealth):
    opening = milestone(telehealth, due="2019-03", published="2018-06")
    moved(opening, due="2019-06", published="2019-02-01")
    shown = plan(date(2019, 1, 31), telehealth)
    assert (shown.due, shown.moves, shown.slip) == ("March 2019", [], "")


def test_a_date_said_more_exactly_did_not_slip(telehealth):
    opening = milestone(telehealth, due="2019", published="2018-06")
    moved(opening, due="2019-06", published="2019-02")
    assert plan(date(2019, 4, 1), telehealth).moves[0]["later"] == "the same date said more exactly"


def test_a_date_that_came_back_says_so(telehealth):
    opening = milestone(telehealth, due="2019-03", published="2018-06")
    moved(opening, due="2019-06", published="2018-09")
    moved(opening, due="2019-03", published="2018-12")
    assert plan(date(2019, 1, 1), telehealth).slip == "Moved, and now back on its first date"


@pytest.mark.parametrize(
    ("day", "timing", "is_late"),
    [
        (date(2019, 5, 30), "", False),
        (date(2019, 5, 31), "Due in 30 days", False),
        (date(2019, 6, 29), "Due in 1 day", False),
        (date(2019, 6, 30), "Due today", False),
        (date(2019, 7, 1), "Overdue by 1 day", True),
        (date(2019, 9, 28), "Overdue by three months", True),
        (date(2019, 9, 29), "No outcome was reported", False),
        (date(2026, 9, 29), "No outcome was reported", False),
    ],
)
def test_a_date_warns_from_thirty_days_before_and_is_overdue_from_the_next_day(
    telehealth, day, timing, is_late
):
    milestone(telehealth, due="2019-06", published="2018-06")
    shown = plan(day, telehealth)
    assert (shown.timing, shown.is_late) == (timing, is_late)


def test_a_late_date_of_which_somebody_still_speaks_stays_overdue(telehealth):
    opening = milestone(telehealth, due="2019-06", published="2018-06")
    moved(opening, due="2019-06", published="2019-12-01", state="in_progress")
    shown = plan(date(2019, 12, 31), telehealth)
    assert (shown.timing, shown.is_late) == ("Overdue by six months", True)


def test_what_was_done_is_not_late_and_says_how_long_after_the_first_date(telehealth):
    opening = milestone(telehealth, due="2019-08-31", published="2018-06")
    moved(opening, done="2019-11-11", published="2019-11")
    shown = plan(date(2019, 12, 1), telehealth)
    assert (shown.timing, shown.state) == ("", "Done")
    assert shown.done == "11 November 2019, over two months late"
    assert shown.moves == []


def test_what_was_done_on_a_later_date_that_was_promised_is_told_as_both(telehealth):
    """One page must not call it late in one place and on the planned day in another."""
    opening = milestone(telehealth, due="2017-12", published="2017-07")
    moved(opening, due="2018-04-01", published="2017-12")
    moved(opening, due="2018-04-01", done="2018-04-01", published="2018-04-01")
    shown = plan(date(2019, 12, 1), telehealth)
    assert shown.done == "1 April 2018, on its second date"
    assert shown.late_words == "done on its second date, three months after the first"
    assert shown.slip.endswith("three months later")


def test_a_date_done_known_only_to_the_year_is_not_called_late(telehealth):
    opening = milestone(telehealth, due="2019-08", published="2018-06")
    moved(opening, done="2019", published="2020")
    assert plan(date(2020, 12, 31), telehealth).done == "2019"


def test_a_milestone_without_a_date_of_which_nothing_more_was_said(telehealth):
    milestone(telehealth, published="2018-06-30")
    assert plan(date(2018, 7, 31), telehealth).timing == "No date was given"
    assert plan(date(2019, 6, 30), telehealth).timing == "No outcome was reported"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2018-03-01", "2018-06-01", "Moved from 1 March to 1 June 2018, three months later"),
        ("2017-12-01", "2019-11-12", "Moved from 1 December 2017 to 12 November 2019, nearly two years later"),
        ("2017-09/2017-11", "2019-05", "First promised for September 2017 to November 2017, then for May 2019, about a year and a half later"),
    ],
)  # fmt: skip
def test_a_long_delay_is_told_in_years_and_two_ranges_are_kept_apart(
    telehealth, first, last, words
):
    opening = milestone(telehealth, due=first, published="2016-06")
    moved(opening, due=last, published="2017-02")
    assert plan(date(2017, 4, 1), telehealth).slip == words


def test_milestones_stand_in_the_order_of_their_days_those_without_one_last(telehealth):
    for slug, due in (("late", "2019-03"), ("soon", "2019-08"), ("then", "2020-01")):
        milestone(telehealth, slug, due=due, published="2019-01")
    for slug, done in (("first", "2017"), ("second", "2018")):
        milestone(telehealth, slug, done=done, published="2019-01")
    milestone(telehealth, "undated", published="2015")
    milestone(telehealth, "lost", due="2016", published="2015")
    day = date(2019, 4, 15)
    milestones = telehealth.milestones.known_at(end_of(day)).with_dates(end_of(day))
    found = in_order(plan_of(each, day) for each in milestones)
    assert [(plan.slug, plan.number) for plan in found] == [
        ("lost", 1), ("first", 2), ("second", 3), ("late", 4), ("soon", 5), ("then", 6),
        ("undated", 0),
    ]  # fmt: skip
