"""Two people in the very same second: one is first, the other is told, and one row is made."""

import pytest
from django.utils import timezone

from bhcp_portal.kit.actions import StaleError, TransitionError
from partners.roles import Role
from programmes import actions
from programmes.models import StatusUpdate
from tests.at_once import at_once
from tests.clock import OnTime
from tests.factories.partners import person
from tests.factories.programmes import programme

actions = OnTime(actions)

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {"status": "on_track", "summary": "All is well."}


@pytest.fixture
def people():
    roles = [Role.PROGRAMME_EDITOR, Role.PROGRAMME_APPROVER]
    return [person(roles=roles) for _ in range(4)]


def test_many_who_begin_at_once_make_one_draft(people):
    made, now = programme(), timezone.now()
    outcomes = at_once(
        lambda who: actions.start_status(programme=made, values=WORDS, by=who, at=now), people
    )
    refused = [each for each in outcomes if isinstance(each, actions.ExistsError)]
    assert len(refused) == len(people) - 1
    assert StatusUpdate.objects.get() == refused[0].row


def test_of_many_who_save_at_once_one_is_first_and_the_others_are_told(people):
    made, now = programme(), timezone.now()
    row = actions.start_status(programme=made, values=WORDS, by=people[0], at=now)
    outcomes = at_once(
        lambda who: actions.save_status(
            update=row, seen=f"{row.pk}-1", values={"summary": f"{who} wrote this."}, by=who, at=now
        ),
        people,
    )
    assert sum(isinstance(each, StaleError) for each in outcomes) == len(people) - 1
    row.refresh_from_db()
    assert (row.version, row.summary) == (2, f"{row.author} wrote this.")


def test_of_many_who_approve_at_once_one_publishes(people):
    made, now = programme(), timezone.now()
    author, *approvers = people
    row = actions.start_status(programme=made, values=WORDS, by=author, at=now)
    row = actions.submit_status(update=row, seen=f"{row.pk}-1", by=author, at=now)
    outcomes = at_once(
        lambda who: actions.approve_status(update=row, seen=f"{row.pk}-1", by=who, at=now),
        approvers,
    )
    assert sum(isinstance(each, TransitionError) for each in outcomes) == len(approvers) - 1
    assert StatusUpdate.objects.published().count() == 1
