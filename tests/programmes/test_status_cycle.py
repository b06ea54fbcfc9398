"""BEHAVIOUR A: the monthly cycle, the status that the dates suggest, and what stands when."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from bhcp_portal.kit.actions import IncompleteError, publish
from bhcp_portal.kit.dates import LONDON
from partners.roles import Role
from programmes import actions, staff_presenters
from programmes.models import Programme, StatusUpdate
from programmes.models.status import (
    ENDED,
    Status,
    due_on,
    is_better,
    open_period,
)
from tests.clock import OnTime, clock
from tests.factories.kit import all_recorded, source
from tests.factories.partners import partner, person
from tests.factories.programmes import milestone, partner_role, programme, status_update

actions = OnTime(actions)

pytestmark = pytest.mark.django_db

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
NOVEMBER_4 = datetime(2026, 11, 4, 10, tzinfo=LONDON)


# -- the month ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2026, 11, 1), OCTOBER),
        (date(2026, 11, 30), OCTOBER),
        (date(2026, 12, 1), date(2026, 11, 1)),
        (date(2027, 1, 1), date(2026, 12, 1)),
    ],
)
def test_the_month_before_is_open_from_the_1st(day, period):
    assert open_period(day) == period


@pytest.mark.parametrize(
    ("period", "due"),
    [
        (OCTOBER, date(2026, 11, 6)),  # 1 November is a Sunday
        (date(2026, 12, 1), date(2027, 1, 8)),  # New Year's Day does not count
        (date(2026, 3, 1), date(2026, 4, 9)),  # nor do Good Friday and Easter Monday
        (date(2027, 4, 1), date(2027, 5, 10)),  # nor the first Monday in May
        (date(2026, 2, 1), date(2026, 3, 6)),
    ],
)
def test_due_on_the_5th_working_day_in_england(period, due):
    assert due_on(period) == due


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 1), "Due in 5 days"),
        (date(2026, 11, 5), "Due in 1 day"),
        (date(2026, 11, 6), "Due today"),
        (date(2026, 11, 7), "Late by 1 day"),
        (date(2026, 11, 30), "Late by 24 days"),
    ],
)
def test_due_is_said_as_due_in_n_days_and_then_late_by_n_days(day, words):
    assert staff_presenters.due_words(OCTOBER, day)[0] == words


# -- derived status -----------------------------------------------------------------------------------


def suggestion(*milestones, day=date(2026, 11, 4)):
    """What the dates of such milestones suggest: pairs of a due date and more."""
    made = programme()
    for due, more in milestones:
        milestone(made, due=due, published="2015", **more)
    at = datetime(day.year, day.month, day.day, 12, tzinfo=LONDON)
    return StatusUpdate.objects.facts(made, open_period(day), at).suggested


def test_suggests_on_track_while_nothing_is_late():
    assert suggestion(("2026-11-04", {}), ("2025-01", {"done": "2026-01"})) == Status.ON_TRACK


def test_suggests_nothing_where_nothing_dated_is_open():
    assert suggestion() == ""
    assert suggestion(("", {}), ("2025-01", {"done": "2026-01"})) == ""


def test_suggests_at_risk_from_the_day_after_a_date_was_missed():
    assert suggestion(("2026-11-03", {})) == Status.AT_RISK


def test_a_month_is_missed_when_its_last_day_is_over():
    assert suggestion(("2026-11", {})) == Status.ON_TRACK
    assert suggestion(("2026-10", {})) == Status.AT_RISK


def test_suggests_off_track_when_a_critical_milestone_is_more_than_60_days_late():
    critical = {"is_critical": True}
    day = date(2026, 11, 4)
    sixty = (day - timedelta(days=60)).isoformat()
    sixty_one = (day - timedelta(days=61)).isoformat()
    assert suggestion((sixty, critical)) == Status.AT_RISK
    assert suggestion((sixty_one, critical)) == Status.OFF_TRACK
    assert suggestion((sixty_one, {})) == Status.AT_RISK


def test_suggests_complete_when_all_are_done_or_dropped():
    done, dropped = {"done": "2026-01"}, {"state": "dropped"}
    assert suggestion(("2026-01", done), ("2026-02", dropped)) == Status.COMPLETE
    assert suggestion(("2026-01", done), ("2027-02", {})) == Status.ON_TRACK


def test_only_statuses_on_the_ladder_are_compared():
    assert is_better("on_track", "at_risk")
    assert not is_better("on_track", "on_track")
    assert not is_better("paused", "off_track")
    assert not is_better("on_track", "")


def test_a_status_better_than_the_dates_suggest_needs_a_reason():
    made = programme()
    milestone(made, due="2026-08", published="2015")
    editor = person(roles=[Role.PROGRAMME_EDITOR])
    words = {"status": "on_track", "summary": "All is well."}
    draft = actions.start_status(programme=made, values=words, by=editor, at=NOVEMBER_4)
    with pytest.raises(IncompleteError, match="the dates suggest “at risk”"):
        actions.submit_status(update=draft, seen=f"{draft.pk}-1", by=editor, at=NOVEMBER_4)
    words["status_reason"] = "The clinic opens next week."
    draft = actions.save_status(
        update=draft, seen=f"{draft.pk}-1", values=words, by=editor, at=NOVEMBER_4
    )
    assert actions.submit_status(
        update=draft, seen=f"{draft.pk}-2", by=editor, at=NOVEMBER_4
    ).submitted_at


def test_a_month_reported_before_is_judged_as_of_the_day_it_was():
    made = programme()
    milestone(made, due="2026-10-20", published="2015")
    status_update(
        made, "on_track", period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON)
    )
    facts = StatusUpdate.objects.facts(made, SEPTEMBER, NOVEMBER_4)
    assert (facts.day, facts.suggested) == (date(2026, 10, 5), Status.ON_TRACK)


# -- what stands --------------------------------------------------------------------------------------


def test_a_correction_of_an_old_month_does_not_stand_for_how_things_are_now():
    made = programme()
    status_update(
        made, "on_track", period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON)
    )
    now = status_update(
        made, "at_risk", period=OCTOBER, published=datetime(2026, 11, 3, tzinfo=LONDON)
    )
    late = datetime(2026, 12, 3, tzinfo=LONDON)
    corrected = status_update(made, "off_track", period=SEPTEMBER, published=late)
    assert Programme.objects.with_status(late).get().status_pk == now.pk
    facts = StatusUpdate.objects.facts(made, OCTOBER, late)
    assert facts.before == corrected  # but it is what the month after it is compared with
    assert not corrected.is_stale(corrected.reported_at + timedelta(days=90))
    assert corrected.is_stale(corrected.reported_at + timedelta(days=91))


def test_what_came_before_a_corrected_month_is_not_the_month_after_it():
    made = programme()
    status_update(
        made, "on_track", period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON)
    )
    status_update(made, "at_risk", period=OCTOBER, published=datetime(2026, 11, 3, tzinfo=LONDON))
    assert StatusUpdate.objects.facts(made, SEPTEMBER, NOVEMBER_4).before is None


# -- the list of programmes ---------------------------------------------------------------------------


def staff_programme(made, at=NOVEMBER_4):
    return staff_presenters.staff_programmes(Programme.objects.filter(pk=made.pk), at=at)[0]


def test_differs_from_the_facts_where_the_published_status_is_better_than_the_dates_suggest():
    made = programme()
    milestone(made, due="2026-08", published="2015")
    status_update(made, "at_risk", period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON))
    assert not staff_programme(made).differs_from_facts
    status_update(made, "on_track", period=OCTOBER, published=datetime(2026, 11, 3, tzinfo=LONDON))
    assert staff_programme(made).differs_from_facts


def test_a_status_that_is_no_longer_believed_does_not_differ_from_the_facts():
    made = programme()
    milestone(made, due="2018-08", published="2015")
    status_update(made, "on_track", published="2019-11")
    assert not staff_programme(made).differs_from_facts


@pytest.mark.parametrize("status", ENDED)
def test_no_update_is_due_of_what_has_ended(status):
    made = programme()
    status_update(made, status, published="2019-11")
    assert staff_programme(made).due.words == "No update due"


def test_no_update_is_due_of_what_ended_on_a_day_that_was_said_or_went_into_another():
    assert staff_programme(programme(ends="2018-03")).due.words == "No update due"
    assert staff_programme(programme(merged_into=programme())).due.words == "No update due"
    assert not staff_programme(programme(ends="2026-11-04")).due.is_due
    assert staff_programme(programme(ends="2026-11-05")).due.is_due


def test_no_update_is_due_of_a_month_before_it_began():
    began = staff_programme(programme(starts="2026-11-01"))
    assert (began.period, began.due.is_due) == (date(2026, 11, 1), False)
    assert began.due.words == "First update due by 7 December 2026"
    assert staff_programme(programme(starts="2026-12-01")).due.words == "No update due"
    assert staff_programme(programme(starts="2026-10-31")).due.is_due
    assert not staff_programme(programme(published="2026-11-02")).due.is_due
    # A document of an earlier month that came here this month makes nobody late at once.
    with all_recorded(datetime(2026, 11, 3, tzinfo=LONDON)):
        made = programme(published="2026-06")
    assert staff_programme(made).due.words == "First update due by 7 December 2026"


def test_the_lists_ask_a_fixed_number_of_questions(django_assert_max_num_queries):
    for number in range(30):
        made = programme()
        milestone(made, due="2026-08", published="2015")
        status_update(
            made, "on_track", period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON)
        )
        partner_role(made, partner(f"Q{number}"))
    with django_assert_max_num_queries(6):
        assert len(staff_presenters.staff_programmes(Programme.objects.all(), at=NOVEMBER_4)) == 30


def test_what_a_document_of_this_year_said_gives_way_to_what_was_published_since():
    """Dated by its year, it counts from 31 December on days before the launch alone."""
    made = programme()
    words = {"status": "off_track", "state": "published", "origin": "document", "source": source()}
    with transaction.atomic(), clock(datetime(2026, 10, 1, tzinfo=LONDON)):
        publish(StatusUpdate(programme=made, **words), at=None, published_as="2026")
    today = datetime(2026, 11, 3, tzinfo=LONDON)
    status_update(made, "on_track", period=OCTOBER, published=today)
    stands = StatusUpdate.objects.live(NOVEMBER_4).one_each(NOVEMBER_4).get()
    assert stands.status == "on_track"
