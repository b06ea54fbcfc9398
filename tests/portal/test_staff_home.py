"""The staff home page: what waits for whom, each one click from being done, and honest counts."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import london_day, months_later
from bhcp_portal.kit.inbox import Box
from partners.roles import Role
from programmes import actions, staff_presenters
from programmes.models import StatusUpdate
from programmes.models.status import open_period
from tests.clock import OnTime
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import milestone, partner_role, programme, status_update

actions = OnTime(actions)

pytestmark = pytest.mark.django_db

WORDS = {"status": "on_track", "summary": "All is well."}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


@pytest.fixture
def ann(hospitals):
    return person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, hospitals)])


@pytest.fixture
def bob(hospitals):
    return person("bob@example.org", name="Bob", roles=[(Role.PROGRAMME_APPROVER, hospitals)])


@pytest.fixture
def led(hospitals):
    """Makes a programme that the hospitals lead."""

    def make(name, **fields):
        made = programme(name.lower(), name=name, **fields)
        partner_role(made, hospitals)
        return made

    return make


def drafted(made, by, at, **values):
    return actions.start_status(programme=made, values={**WORDS, **values}, by=by, at=at)


def sent(made, by, at):
    draft = drafted(made, by, at)
    return actions.submit_status(update=draft, seen=seen_token(draft), by=by, at=at)


def returned(made, by, other, at):
    row = sent(made, by, at)
    return actions.return_status(
        update=row, seen=f"{row.pk}-1", remarks="Which beds?", by=other, at=at
    )


def published(made, by, other, at):
    row = sent(made, by, at)
    return actions.approve_status(update=row, seen=f"{row.pk}-1", by=other, at=at)


def boxes(client, who):
    """What the page lists for a person: by box the links' words."""
    page = signed_in(client, who).get("/staff/")
    return {each.box: [entry.text for entry in each.entries] for each in page.context["boxes"]}


def month(at):
    return staff_presenters.month_words(open_period(london_day(at)))


def test_the_editor_sees_what_is_due_sent_returned_and_published(client, led, ann, bob, now):
    led("Frailty")
    drafted(led("Paediatrics"), ann, now, summary="")
    sent(led("Telehealth"), ann, now)
    returned(led("Children"), ann, bob, now)
    published(led("Hips"), ann, bob, now)
    when = month(now)
    assert boxes(client, ann) == {
        Box.RETURNED: [f"Change status: Children, {when}"],
        Box.DUE: [f"Finish status: Paediatrics, {when}", f"Write status: Frailty, {when}"],
        Box.SENT: [f"Status: Telehealth, {when}"],
        Box.PUBLISHED: [f"Status: Hips, {when}"],
    }


def test_the_approver_sees_what_waits_for_a_decision(client, led, ann, bob, now):
    sent(led("Telehealth"), ann, now)
    led("Frailty")
    assert boxes(client, bob) == {Box.DECIDE: [f"Approve status: Telehealth, {month(now)}"]}


def test_who_submitted_is_not_asked_to_approve(client, hospitals, led, now):
    both = person(roles=[(Role.PROGRAMME_EDITOR, hospitals), (Role.PROGRAMME_APPROVER, hospitals)])
    sent(led("Telehealth"), both, now)
    assert list(boxes(client, both)) == [Box.SENT]


def test_another_partners_work_does_not_wait_for_me(client, led, ann, now):
    sent(led("Telehealth"), ann, now)
    led("Frailty")
    other = partner("OTH")
    roles = [(Role.PROGRAMME_EDITOR, other), (Role.PROGRAMME_APPROVER, other)]
    assert boxes(client, person(roles=roles)) == {}


def test_due_and_late_are_said_in_days(client, led, ann, now):
    made = led("Frailty")
    milestone(made, due="2020", published="2018")
    page = signed_in(client, ann).get("/staff/").content.decode()
    words, _ = staff_presenters.due_words(open_period(london_day(now)), london_day(now))
    assert words in page
    assert "1 milestone is late" in page


def test_what_has_ended_is_not_due(client, led, ann):
    status_update(led("Frailty"), "complete", published="2019-11")
    assert boxes(client, ann) == {}


def test_a_correction_is_listed_beside_the_months_update(client, led, ann, bob, now):
    made = led("Frailty")
    old = published(made, ann, bob, now - timedelta(minutes=5))
    actions.correct_status(update=old, values=WORDS, by=ann, at=now)
    found = boxes(client, ann)
    assert found[Box.DUE] == [f"Finish status: Frailty, {month(now)}"]
    assert len(found[Box.PUBLISHED]) == 1


def test_a_draft_left_over_is_listed_once_and_not_as_a_second_task(client, led, ann, now):
    row = drafted(led("Frailty"), ann, now)
    StatusUpdate.objects.filter(pk=row.pk).update(period=months_later(row.period, -1))
    assert len(boxes(client, ann)[Box.DUE]) == 1


def test_published_a_week_ago_is_no_longer_listed(client, led, ann, bob, now):
    published(led("Frailty"), ann, bob, now - timedelta(days=8))
    assert Box.PUBLISHED not in boxes(client, ann)


def test_counts_are_honest_and_every_row_leads_to_a_page_that_acts(client, led, ann, bob, now):
    for name in ("Frailty", "Paediatrics"):
        led(name)
    returned(led("Children"), ann, bob, now)
    sent(led("Telehealth"), ann, now)
    cath = person(name="Cath", roles=[Role.PROGRAMME_EDITOR, Role.PROGRAMME_APPROVER])
    page = signed_in(client, cath).get("/staff/")
    counts = re.findall(r">([^<>(]+) \((\d+)\)</h2>", page.content.decode())
    listed = [(str(each.box), str(len(each.entries))) for each in page.context["boxes"]]
    assert counts == listed
    assert dict(counts)[str(Box.DUE)] == "2"
    for each in page.context["boxes"]:
        for entry in each.entries:
            assert client.get(entry.href).status_code == 200


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.AUDITOR, "Read how programmes stand and what is due"),
        (Role.NEWS_EDITOR, "Write news"),
        (Role.ADMINISTRATOR, "Invite people, give and end their roles"),
        (Role.DATA_STEWARD, "Read how programmes stand and what is due"),
    ],
)
def test_a_role_without_programme_work_is_told_what_it_can_do(client, hospitals, role, words):
    page = signed_in(client, person(roles=[(role, hospitals)])).get("/staff/").content.decode()
    assert "Nothing waits for you" in page
    assert words in page
    assert f"Your role is {role.label} for Hospitals." in page


def test_a_superuser_without_roles_is_let_in(client):
    boss = person()
    boss.is_superuser = True
    boss.save()
    assert signed_in(client, boss).get("/staff/").status_code == 200


def test_the_page_asks_a_fixed_number_of_questions(client, led, ann, now):
    def questions():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/staff/").status_code == 200
        return len(asked)

    def add(number):
        sent(led(f"Sent-{number}"), ann, now)
        milestone(led(f"Due-{number}"), due="2020", published="2018")

    add(1)
    signed_in(client, person(roles=[Role.PROGRAMME_EDITOR, Role.PROGRAMME_APPROVER]))
    few = questions()
    for number in range(2, 20):
        add(number)
    assert questions() == few
