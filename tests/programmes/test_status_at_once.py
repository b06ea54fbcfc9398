"""Two people in the very same second: one is first, the other is told, and one row is made."""

from datetime import UTC
from threading import Event
from time import sleep

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.actions import StaleError, TransitionError, seen_token
from bhcp_portal.kit.dates import Present, span
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.proposal import Why
from partners.roles import Role
from programmes import actions
from programmes.actions.endings import EndRestsOn, Outcome
from programmes.models import Programme, StatusUpdate
from tests.at_once import at_once
from tests.clock import OnTime
from tests.factories.partners import person, signed_in
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


def test_a_status_approved_while_an_end_is_approved_waits_and_is_refused(people, client):
    made, now, is_ended = programme(), timezone.now(), Event()
    author, keeper, approver, _ = people
    row = actions.start_status(programme=made, values=WORDS, by=author, at=now)
    row = actions.submit_status(update=row, seen=seen_token(row), by=author, at=now)
    [named] = Programme.objects.with_profile(Present.now(UTC))
    ended = actions.propose_end(
        programmes=[named],
        outcome=Outcome.STOPPED,
        ends=span("2026-06-01"),
        words="The money for it ran out in the spring.",
        ground=EndRestsOn(Why.NOW),
        by=author,
        at=Present.now(UTC),
        step={
            "next_step": "Patients are told",
            "next_step_owner": "The programme office",
            "next_step_on": "2030-06-03",
        },
    )
    ended = record.send(proposal=ended, seen=seen_token(ended), by=author, at=Present.now(UTC))

    def decide(who):
        if who == keeper:
            with transaction.atomic():
                how = {"seen": seen_token(ended), "by": keeper, "at": Present.now(UTC)}
                record.approve(proposal=ended, **how)
                is_ended.set()
                sleep(0.5)
            return "ended"
        at = Present.now(UTC)
        assert is_ended.wait(20)
        how = {"seen": seen_token(row), "by": approver, "at": at}
        return actions.approve_status(update=row, **how)

    outcomes = at_once(decide, [keeper, approver])
    assert "ended" in outcomes
    assert [type(each) for each in outcomes if each != "ended"] == [actions.EndedError]
    assert StatusUpdate.objects.published().get().status == "stopped"
    # It can only be returned, and all who see it read why.
    page = signed_in(client, approver).get(reverse("staff:status_decide", args=[row.pk]))
    assert "It can only be returned" in page.text
    assert "so it has no new status" in page.text
    assert [value for value, _ in page.context["form"].buttons] == ["return"]
    assert "orrection" not in page.text
    page = client.get(reverse("staff:record_decide", args=["status-updates"]))
    assert "so it has no new status" in page.text
    assert 'value="return"' in page.text
    assert 'value="approve"' not in page.text
    assert "It corrects what is public" not in page.text
    assert "a correction" not in client.get(reverse("staff:programme", args=[made.slug])).text
    page = signed_in(client, author).get(reverse("staff:status", args=[row.pk]))
    assert "can’t be published any more" in page.text
    assert "so it has no new status" in page.text
    assert f'/staff/record/of/programme/{made.slug}/">See what is said of it</a>' in page.text
    # Returned, it still is the first of its month that was sent, and no correction.
    how = {"seen": seen_token(row), "by": approver, "at": Present.now(UTC)}
    actions.return_status(update=row, remarks="It has ended.", **how)
    for name in ("staff:status", "staff:status_edit"):
        page = client.get(reverse(name, args=[row.pk])).text
        assert "a correction" not in page
        assert "Correct the update" not in page
    assert "Another update for" in page
