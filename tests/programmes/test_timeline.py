"""Milestones across the years, as numbers."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest

from programmes.presenters.milestones import in_order
from programmes.presenters.timeline import RADIUS, ROW, SIDE, TOP, WIDTH, timeline

TODAY = date(2019, 7, 1)


@dataclass
class Plan:
    """What the timeline reads of a ``MilestonePlan``."""

    shown_as: str
    first_as: str = ""
    moves: tuple = ()
    done: str = ""
    is_late: bool = False
    slug: str = "opening"
    number: int = 0


def drawn(*plans, day=TODAY):
    return timeline(in_order(plans), day)


def place(found, year):
    return {number: x for x, number in found.years}[year]


def test_a_date_known_to_the_year_is_marked_in_the_middle_of_it_and_no_wider_than_a_day():
    year, one_day = drawn(Plan("2018"), Plan("2019-06-30")).marks
    found = drawn(Plan("2018"), Plan("2019-06-30"))
    assert year.x == pytest.approx((place(found, 2018) + place(found, 2019)) / 2, abs=0.5)
    assert place(found, 2019) < one_day.x < place(found, 2020)


def test_the_first_and_last_days_of_the_years_keep_their_mark_in_the_drawing():
    first, last = drawn(Plan("2018-01-01"), Plan("2019-12-31")).marks
    assert first.x == SIDE + RADIUS
    assert last.x == WIDTH - SIDE - RADIUS


def test_marks_are_numbered_from_left_to_right_as_in_the_list():
    found = in_order([Plan("2017-11", slug="b"), Plan("", slug="c"), Plan("2017", slug="a")])
    assert [(plan.slug, plan.number) for plan in found] == [("a", 1), ("b", 2), ("c", 0)]
    marks = timeline(found, TODAY).marks
    assert [mark.number for mark in marks] == [1, 2]
    assert marks[0].x < marks[1].x


def test_marks_that_would_touch_stand_one_above_the_other():
    one, other, later = drawn(Plan("2018-06"), Plan("2018-07"), Plan("2020")).marks
    assert [one.y, other.y, later.y] == [TOP, TOP + ROW, TOP]


@pytest.mark.parametrize(
    ("first", "last", "to_the_right"), [("2017", "2019-06", True), ("2019-06", "2017-01", False)]
)
def test_an_arrow_leads_from_the_first_date_to_the_last_where_it_moved(first, last, to_the_right):
    found = drawn(Plan(last, first_as=first, moves=("moved",)), Plan("2015"))
    step = next(mark for mark in found.marks if mark.moved_from is not None)
    assert found.has_moves
    assert (step.moved_from < step.x) is to_the_right
    assert step.arrow_end == step.x + (-RADIUS - 2 if to_the_right else RADIUS + 2)
    assert (step.arrow_back < 0) is to_the_right


def test_no_arrow_where_the_date_did_not_move_or_moved_within_its_own_mark():
    found = drawn(Plan("2018", first_as="2017"), Plan("2019-06", first_as="2019", moves=("moved",)))
    assert not found.has_moves


def test_the_years_reach_back_to_a_first_date_that_moved():
    found = drawn(Plan("2019", first_as="2015", moves=("moved",)), Plan("2018"))
    assert found.years[0][1] == 2015


def test_today_is_drawn_where_the_years_reach_it_alone():
    found = drawn(Plan("2018"), Plan("2019"))
    assert place(found, 2019) < found.today < place(found, 2020)
    assert drawn(Plan("2017"), Plan("2018")).today is None
    assert drawn(Plan("2020"), Plan("2021")).today is None


def test_one_milestone_alone_makes_no_picture_and_those_without_a_date_are_counted():
    assert drawn() is None
    assert drawn(Plan(""), Plan("2019")) is None
    assert drawn(Plan(""), Plan("2019"), Plan("2018")).without_date == 1


def test_what_is_not_done_is_told_apart():
    found = drawn(Plan("2018-01", done="January 2018"), Plan("2019-03", is_late=True))
    assert [(mark.is_done, mark.is_late) for mark in found.marks] == [(True, False), (False, True)]
    assert found.has_open
    assert not drawn(Plan("2018", done="2018"), Plan("2019", done="2019")).has_open


def test_many_years_are_numbered_with_room_between():
    found = drawn(Plan("1990"), Plan("2030"))
    # The line that ends the last year has no number.
    places = [x for x, _ in found.years[:-1]]
    assert min(b - a for a, b in pairwise(places)) > 30


def test_the_last_year_of_a_timeline_has_its_number():
    found = drawn(Plan("2013"), Plan("2019-11-11"))
    assert [year for _, year in found.years][-2:] == [2019, 2020]
