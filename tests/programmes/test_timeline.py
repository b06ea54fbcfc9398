"""Milestones across the years, as numbers."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from types import SimpleNamespace

import pytest

from programmes.presenters.timeline import LETTERS, NARROWEST, SIDE, WIDTH, timeline

TODAY = date(2019, 7, 1)


@dataclass
class Plan:
    """What the timeline reads of a ``MilestonePlan``."""

    shown_as: str
    first_as: str = ""
    title: str = "Clinic opens"
    moves: tuple = ()
    done: str = ""
    is_late: bool = False
    slug: str = "opening"

    @property
    def statement(self):
        return SimpleNamespace(title=self.title)


def drawn(*plans, day=TODAY):
    return timeline(plans, day)


def place(found, year):
    return {number: x for x, number in found.years}[year]


def test_a_date_known_to_the_year_is_as_wide_as_the_year_and_a_day_as_its_sign():
    found = drawn(Plan("2018"), Plan("2019-06-30"))
    year, one_day = found.steps
    assert year.left == place(found, 2018)
    assert year.right == pytest.approx(place(found, 2019), abs=0.5)
    assert one_day.width == NARROWEST
    assert place(found, 2019) < one_day.middle < place(found, 2020)


def test_the_first_and_last_days_of_the_years_keep_their_sign_in_the_drawing():
    first, last = drawn(Plan("2018-01-01"), Plan("2019-12-31")).steps
    assert first.left == SIDE
    assert last.right == WIDTH - SIDE


@pytest.mark.parametrize(
    ("first", "last", "to_the_right"), [("2017", "2019-06", True), ("2019-06", "2017-01", False)]
)
def test_an_arrow_leads_from_the_first_date_to_the_last_where_it_moved(first, last, to_the_right):
    (step,) = drawn(Plan(last, first_as=first, moves=("moved",))).steps
    assert (step.moved_from < step.left) is to_the_right
    assert (step.moved_from < step.arrow_end) is to_the_right
    assert step.arrow_end == (step.left - 2 if to_the_right else step.right + 2)
    assert (step.arrow_back < 0) is to_the_right


def test_no_arrow_where_the_date_did_not_move_or_moved_within_its_own_sign():
    still, exact = drawn(
        Plan("2018", first_as="2017"), Plan("2019-06", first_as="2019", moves=("moved",))
    ).steps
    assert still.moved_from is None
    assert exact.moved_from is None


def test_the_years_reach_back_to_a_first_date_that_moved():
    assert drawn(Plan("2019", first_as="2015", moves=("moved",))).years[0][1] == 2015


def test_today_is_drawn_where_the_years_reach_it_alone():
    found = drawn(Plan("2019"))
    assert place(found, 2019) < found.today < place(found, 2020)
    assert drawn(Plan("2018")).today is None
    assert drawn(Plan("2020")).today is None


def test_without_a_date_there_is_no_timeline_and_what_has_none_is_left_out():
    assert drawn() is None
    assert drawn(Plan("")) is None
    assert len(drawn(Plan(""), Plan("2019")).steps) == 1


def test_milestones_stand_in_the_order_of_their_days_done_or_late():
    steps = drawn(
        Plan("2019-08", slug="soon"),
        Plan("2018-01", slug="opened", done="January 2018"),
        Plan("2019-03", slug="missed", is_late=True),
    ).steps
    assert [(s.slug, s.is_done, s.is_late) for s in steps] == [
        ("opened", True, False),
        ("missed", False, True),
        ("soon", False, False),
    ]
    assert steps[0].y < steps[1].y < steps[2].y


def test_a_long_title_is_cut_between_words():
    long = "All eight communities have a team of nurses, doctors and social workers"
    (step,) = drawn(Plan("2019", title=long)).steps
    assert len(step.title) <= LETTERS
    assert step.title.endswith(" …")
    assert long.startswith(f"{step.title.removesuffix(' …')} ")


def test_many_years_are_numbered_with_room_between():
    found = drawn(Plan("1990"), Plan("2030"))
    places = [x for x, _ in found.years]
    assert min(b - a for a, b in pairwise(places)) > 30
