"""The review of access: each quarter somebody confirms each person, or they are suspended (BEHAVIOUR K-1)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.dates import day_in_words, london_day
from partners import actions
from partners.models import AccessReview, RoleGrant, SecurityEvent, User
from partners.models.review import first_day_of_quarter
from partners.roles import Role
from tests.at_once import at_once
from tests.factories.kit import run_queue
from tests.factories.partners import partner, person, signed_in

pytestmark = pytest.mark.django_db
REVIEW = "/staff/people/review/"
NEW_YEAR = datetime(2027, 1, 1, 6, 30, tzinfo=UTC)
JOINED = {"date_joined": datetime(2026, 12, 31, 12, tzinfo=UTC)}


def on(day):
    """The worker's morning of a day of January 2027."""
    at = NEW_YEAR.replace(day=day)
    for _ in range(2):
        actions.suspend_unconfirmed(at=at)
        actions.remind_of_review(at=at)
        actions.begin_review(at=at)
    sent = len(mail.outbox)
    run_queue()
    return sorted((each.to[0], each.subject) for each in mail.outbox[sent:])


@pytest.fixture
def hospitals():
    return partner("RTX", "The hospitals")


@pytest.fixture
def boss():
    return person("boss@example.org", roles=[Role.ADMINISTRATOR], **JOINED)


@pytest.fixture
def lead(hospitals):
    made = person("lead@example.org", partner=hospitals, **JOINED)
    RoleGrant.objects.create(
        person=made, role=Role.AUDITOR, partner=hospitals, starts_on="2015-01-01", is_lead=True
    )
    return made


@pytest.fixture
def ann(hospitals):
    return person(
        "ann@example.org", partner=hospitals, roles=[(Role.NEWS_EDITOR, hospitals)], **JOINED
    )


@pytest.fixture
def zoe():
    """She works for none of the partners."""
    return person("zoe@example.org", roles=[Role.AUDITOR], **JOINED)


def waiting_for(user):
    return {each.person for each in AccessReview.objects.waiting().asked_of(user, date(2027, 1, 2))}


def test_a_quarter_begins_in_january_april_july_and_october():
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 5, 31), date(2027, 9, 30)]
    assert [first_day_of_quarter(day).isoformat() for day in days] == [
        "2026-10-01",
        "2027-01-01",
        "2027-04-01",
        "2027-07-01",
    ]


def test_the_lead_is_asked_about_their_partner_and_administrators_about_the_others(
    boss, lead, ann, zoe, hospitals
):
    person("new@example.org", roles=[Role.AUDITOR], date_joined=NEW_YEAR)
    person("roleless@example.org", **JOINED)
    person("closed@example.org", roles=[Role.AUDITOR], is_active=False, **JOINED)
    second = person("second@example.org", roles=[Role.ADMINISTRATOR], **JOINED)
    ask = "Confirm by 22 January 2027 who still needs an account: "
    assert on(1) == [
        ("boss@example.org", f"{ask}3 people"),
        ("lead@example.org", f"{ask}1 person"),
        ("second@example.org", f"{ask}3 people"),
    ]
    assert waiting_for(lead) == {ann}
    assert waiting_for(boss) == {lead, zoe, second}
    # Asked once in a quarter, and again in the next.
    assert on(2) == []
    assert AccessReview.objects.count() == 5


def test_who_is_asked_is_reminded_seven_days_and_one_before_a_suspension(boss, lead, ann, zoe):
    second = person("second@example.org", roles=[Role.ADMINISTRATOR], **JOINED)
    on(1)
    for each in AccessReview.objects.exclude(person__in=[ann, zoe]):
        by = second if each.person == boss else boss
        actions.confirm_access(review=each, by=by, at=NEW_YEAR)
    reminded = "Reminder: confirm by 22 January 2027 who still needs an account: 1 person"
    everybody = [(name, reminded) for name in (boss.email, lead.email, second.email)]
    assert on(15) == []
    # The worker stood still on the sixteenth: it is made good, once.
    assert on(17) == everybody
    assert on(21) == []
    [review] = AccessReview.objects.filter(person=ann)
    actions.confirm_access(review=review, by=lead, at=NEW_YEAR)
    assert on(22) == [each for each in everybody if each[0] != lead.email]


def test_whom_nobody_confirmed_is_suspended_after_21_days_with_notice(boss, lead, ann, zoe):
    second = person("second@example.org", roles=[Role.ADMINISTRATOR], **JOINED)
    on(1)
    for each in AccessReview.objects.exclude(person__in=[ann, zoe]):
        by = second if each.person == boss else boss
        actions.confirm_access(review=each, by=by, at=NEW_YEAR)
    on(22)
    gone = "1 person suspended, as nobody confirmed them"
    assert on(23) == [
        ("ann@example.org", actions.SUSPENDED),
        ("boss@example.org", gone),
        ("lead@example.org", gone),
        ("second@example.org", gone),
        ("zoe@example.org", actions.SUSPENDED),
    ]
    closed = User.objects.filter(is_active=False)
    assert set(closed) == {ann, zoe}
    assert all(each.sessions_ended_at == NEW_YEAR.replace(day=23) for each in closed)
    logged = SecurityEvent.objects.filter(details="Account suspended: nobody confirmed it")
    assert {event.person for event in logged} == {ann, zoe}
    # Opened again, she is confirmed by that.
    actions.reactivate(person=ann, reason="She is back", by=boss, at=NEW_YEAR.replace(day=24))
    assert on(25) == []
    assert User.objects.get(pk=ann.pk).is_active


def test_the_last_administrator_is_not_suspended(boss):
    on(1)
    assert on(30) == []
    assert User.objects.get(pk=boss.pk).is_active


def test_the_lead_confirms_one_and_closes_another_and_sees_no_other_partners(
    client, lead, ann, zoe, hospitals
):
    held = [(Role.AUDITOR, hospitals)]
    left = person("left@example.org", partner=hospitals, roles=held, **JOINED)
    at = datetime.now(UTC)
    reviews = {
        each: AccessReview.objects.create(person=each, quarter="2026-10-01", asked_at=at)
        for each in (ann, left, zoe, lead)
    }
    signed_in(client, lead)
    assert "Confirm who still needs an account: 2" in client.get("/staff/").text
    page = client.get(REVIEW).text
    assert "ann@example.org" in page
    assert "zoe@example.org" not in page
    for other in (zoe, lead):
        address = f"{REVIEW}{reviews[other].pk}/"
        assert client.post(address, {"decision": "confirm"}).status_code == 404
    address = f"{REVIEW}{reviews[ann].pk}/"
    assert "Choose whether" in client.post(address, {}, follow=True).text
    assert "keeps their account" in client.post(address, {"decision": "confirm"}, follow=True).text
    assert "before you did" in client.post(address, {"decision": "confirm"}, follow=True).text
    closing = client.post(f"{REVIEW}{reviews[left].pk}/", {"decision": "close"}, follow=True)
    assert "is closed" in closing.text
    assert "You have nobody to confirm" in closing.text
    confirmed = AccessReview.objects.get(person=ann)
    assert confirmed.confirmed_by == lead
    assert not User.objects.get(pk=left.pk).is_active
    without = signed_in(Client(), ann)
    assert without.get(REVIEW).status_code == 403
    assert client.get("/staff/people/invite/").status_code == 403


def test_the_lead_does_not_close_the_account_of_who_works_for_others_too(client, lead, hospitals):
    boss = person(partner=hospitals, roles=[Role.ADMINISTRATOR])
    review = AccessReview.objects.create(
        person=boss, quarter="2026-10-01", asked_at=datetime.now(UTC)
    )
    signed_in(client, lead)
    answer = client.post(f"{REVIEW}{review.pk}/", {"decision": "close"}, follow=True)
    assert "Ask an administrator to close the account" in answer.text
    assert User.objects.get(pk=boss.pk).is_active


def test_nobody_confirms_their_own_account(boss):
    review = AccessReview.objects.create(person=boss, quarter="2026-10-01", asked_at=NEW_YEAR)
    with pytest.raises(ActionError, match="Another person"):
        actions.confirm_access(review=review, by=boss, at=NEW_YEAR)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessReview.objects.update(confirmed_by=boss, confirmed_at=NEW_YEAR)


def test_a_partner_has_one_lead_at_a_time(client, boss, lead, ann, hospitals):
    signed_in(client, boss)
    today = london_day(datetime.now(UTC))
    starts_on = day_in_words(today)
    asked = {"role": Role.DATA_STEWARD, "is_lead": "on", "starts_on": starts_on}
    address = f"/staff/people/{ann.pk}/roles/give/"
    page = client.post(address, asked | {"held_for": hospitals.pk}).text
    assert "Lead is the lead at that time already. End that role first." in page
    page = client.post(address, asked | {"held_for": "all"}).text
    assert "Choose the partner" in page
    with pytest.raises(IntegrityError), transaction.atomic():
        ann.grants.update(is_lead=True)
    actions.end_role(grant=lead.grants.get(), reason="She left", by=boss, at=datetime.now(UTC))
    assert client.post(address, asked | {"held_for": hospitals.pk}).status_code == 302
    assert "They lead for this partner" in client.get(f"/staff/people/{ann.pk}/").text


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_that_confirm_one_does(hospitals):
    people = [person(roles=[Role.ADMINISTRATOR]) for _ in range(2)]
    review = AccessReview.objects.create(
        person=person(partner=hospitals), quarter="2026-10-01", asked_at=NEW_YEAR
    )
    done = at_once(
        lambda who: actions.confirm_access(review=review, by=who, at=NEW_YEAR + timedelta(days=1)),
        people,
    )
    assert sorted(type(each).__name__ for each in done) == ["AccessReview", "ActionError"]
