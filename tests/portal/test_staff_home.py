"""The staff home page: what waits for whom, each one click from being done, and honest counts."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import london_day, months_later
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.proposal import Act, ProposedRow, Why
from bhcp_portal.kit.inbox import Box
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposals import approve_proposal, decision_token, refuse_proposal
from iccs.models import IccMailbox
from metrics import actions as measures
from metrics.models.metric import CARD_FIELDS
from partners.models.partnership import site_name
from partners.roles import Role
from programmes import actions, staff_presenters
from programmes.models import StatusUpdate
from programmes.models.status import open_period
from tests.clock import OnTime
from tests.factories.iccs import icc, merged, population
from tests.factories.kit import on_record, source
from tests.factories.metrics import metric, readings, series
from tests.factories.partners import called, member, partner, person, signed_in
from tests.factories.programmes import (
    milestone,
    money_proposed,
    partner_role,
    programme,
    status_update,
)

actions, record, measures = OnTime(actions), OnTime(record), OnTime(measures)

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


def test_after_each_decision_the_next_that_waits_is_one_link_away_the_oldest_first(
    client, led, ann, bob, now
):
    old = now - timedelta(days=1)
    draft = money_proposed(led("Frailty"), by=ann, at=old)
    record.send(proposal=draft, seen=seen_token(draft), by=ann, at=old)
    update = sent(led("Telehealth"), ann, now)
    actions.propose_milestone(programme=led("Hips"), title="Beds", due_as="2027", by=ann, at=now)
    address, passed = f"/staff/updates/{update.pk}/decide/", []
    signed_in(client, bob)
    while address:
        passed.append(address)
        form = client.get(address).context["form"]
        decision = {"decision": form.REFUSES, "remarks": "Why?", "seen": form["seen"].value()}
        page = client.post(address, decision, follow=True)
        found = re.search('Next: <a class="[^"]*" href="([^"]*)">', page.text)
        address = found and found[1]
    assert [each.split("/")[2] for each in passed] == ["updates", "record", "milestones"]
    assert "You have nothing else to decide." in page.text
    assert "Back to your tasks" in page.text
    # It is said once.
    assert "Nothing else waits" not in client.get(page.wsgi_request.path).text


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
    # One to write for each; several can be ended on one page.
    assert dict(counts)[str(Box.DUE)] == "2"
    assert "programmes that nobody ever reported on (2)" in page.text
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
    assert "You have no tasks" in page
    assert words in page
    assert f"Your role is {role.label} for Hospitals." in page


def test_a_superuser_without_roles_is_let_in(client):
    boss = person()
    boss.is_superuser = True
    boss.save()
    assert signed_in(client, boss).get("/staff/").status_code == 200


def test_the_page_asks_a_fixed_number_of_questions(client, led, ann, now):
    def questions():
        site_name.forget()  # Else it is asked again after some seconds.
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


# -- long lists, and the duties of stewards and record keepers -------------------------------------


def box_of(client, who, box=Box.DUE):
    """A box of the page for a person, as it is laid out."""
    page = signed_in(client, who).get("/staff/")
    return next((each for each in page.context["boxes"] if each.box == box), None)


def test_a_long_list_of_who_acts_for_all_is_folded_by_partner_their_own_open(client, now):
    own, other = partner("OWN", "Hospitals"), partner("OTH", "Council")
    for number in range(7):
        for lead in (own, other):
            partner_role(programme(f"{lead.slug}-{number}"), lead)
    programme("nobodys")
    cath = person(name="Cath", roles=[Role.PROGRAMME_EDITOR], partner=own)
    box = box_of(client, cath)
    assert [(fold.name, len(fold.entries), fold.is_open) for fold in box.folds] == [
        ("Council", 7, False),
        ("Hospitals", 7, True),
    ]
    assert [entry.text.split(",")[0] for entry in box.shown] == ["Write status: Nobodys"]
    text = client.get("/staff/").text
    assert "To do (15)" in text
    assert "programmes that nobody ever reported on (15)" in text
    assert text.count('class="bhcp-list__item bhcp-waiting"') == 15


def test_the_oldest_duty_comes_first_and_a_short_list_is_open(client, led, ann, bob, now):
    first = returned(led("Zimmer"), ann, bob, now - timedelta(minutes=2))
    returned(led("Aids"), ann, bob, now)
    StatusUpdate.objects.filter(pk=first.pk).update(decided_at=now - timedelta(days=3))
    box = box_of(client, ann, Box.RETURNED)
    assert [entry.text.split(",")[0] for entry in box.shown] == [
        "Change status: Zimmer",
        "Change status: Aids",
    ]
    assert box.folds == []


def test_a_steward_sees_what_is_due_by_data_set_cards_to_review_and_limits(client, hospitals):
    steward = person(roles=[(Role.DATA_STEWARD, hospitals)])
    returns = source("waiting-times", title="Waiting times")
    day = london_day(timezone.now())
    for slug, more in (
        ("waits", {"review_on": day}),
        ("beds", {"review_on": day + timedelta(days=90)}),
        ("fresh", {"frequency": "year", "lag_days": 365}),
    ):
        made = metric(slug, owner=hospitals, data_source=returns, **more)
        start = date(day.year, 1, 1) if slug == "fresh" else date(2024, 1, 1)
        readings(made, [5, 6, 5, 6] if slug == "beds" else [7], first=start)
    readings(metric("another-partners", data_source=returns), [1])
    # Twelve about 10, then thirty about 50 by limits of the first twelve.
    level = metric("level", owner=hospitals, state="paused", limits_from=12)
    readings(level, [10, 11] * 6 + [50, 51] * 12, first=date(2021, 1, 1))
    box = box_of(client, steward)
    rows = {entry.text: entry for entry in box.entries}
    assert set(rows) == {
        "Send readings: Waiting times",
        "Review the card: Waits",
        "Check the limits: Level",
    }
    parts = rows["Send readings: Waiting times"].parts
    assert [part.text for part in parts] == ["Beds", "Waits"]
    assert parts[0].meta == "May 2024, expected by 15 July 2024"
    assert [fold.name for fold in box.folds] == ["Limits that may no longer fit"]
    for entry in box.entries:
        assert client.get(entry.href).status_code == 200


def test_what_was_done_lately_is_listed_for_who_wrote_and_for_who_approved(
    client, hospitals, led, ann, bob, now
):
    made = led("Hips")
    draft = actions.propose_milestone(programme=made, title="Opened", due_as="2030", by=ann, at=now)
    approve_proposal(proposal=draft, seen=decision_token(draft), by=bob, at=now)
    stella, colin = (person(roles=[(Role.DATA_STEWARD, hospitals)]) for _ in range(2))
    waits = metric("waits", owner=hospitals)
    note = measures.propose_note(
        series=series(waits), period=date(2024, 1, 1), words="A new ward", by=stella, at=now
    )
    approve_proposal(proposal=note, seen=decision_token(note), by=colin, at=now)
    values = {name: getattr(waits.profiles.get(), name) for name in CARD_FIELDS}
    card = measures.add_metric(code="BEDS", values=values | {"name": "Beds"}, by=stella, at=now)
    measures.publish_card(card=card, seen=seen_token(card), by=colin, at=now)
    for who in (ann, bob, stella, colin):
        box = box_of(client, who, Box.PUBLISHED)
        assert sorted(entry.text for entry in box.entries) == (
            ["Milestone: Hips: Opened"]
            if who in (ann, bob)
            else ["Measure card: Beds", "Note on a chart: Waits, 1 January 2024"]
        )
        for entry in box.entries:
            assert client.get(entry.href).status_code == 200


def test_an_update_published_by_mistake_is_taken_back_from_its_page_which_then_says_so(
    client, led, ann, bob, now
):
    row = published(led("Hips"), ann, bob, now)
    page, words = f"/staff/updates/{row.pk}/", "published by mistake: take it back"
    assert words not in signed_in(client, ann).get(page).text
    shown = signed_in(client, bob).get(page)
    assert words in shown.text
    address = f"/staff/record/in/status-updates/{row.pk}/take-back/"
    assert address in shown.text
    assert client.get(address).status_code == 200
    record.take_back_at_once(
        kind=kind_of(StatusUpdate), row=row, reason="Not decided yet.", by=bob, at=now
    )
    shown = client.get(page)
    assert shown.context["stands"].endswith(": Not decided yet.")
    assert words not in shown.text


def test_who_wrote_and_who_approved_read_that_it_was_taken_back_by_whom_and_why(
    client, hospitals, led, ann, bob, now
):
    row = published(led("Hips"), ann, bob, now)
    cath = person(name="Cath", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    record.take_back_at_once(
        kind=kind_of(StatusUpdate), row=row, reason="Not decided yet.", by=cath, at=now
    )
    for who in (ann, bob):
        entries = box_of(client, who, Box.RETURNED).entries
        assert [entry.meta for entry in entries] == ["Taken back by Cath: Not decided yet."]
        assert client.get(entries[0].href).status_code == 200
    others = person(roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    assert Box.RETURNED not in boxes(client, others)


def test_what_was_done_on_one_day_is_listed_the_newest_first(client, led, ann, bob, now):
    for name, minutes in (("Frailty", 2), ("Hips", 1), ("Children", 3)):
        published(led(name), ann, bob, now - timedelta(minutes=minutes))
    found = box_of(client, ann, Box.PUBLISHED).entries
    moments = [entry.at for entry in found]
    assert moments == sorted(moments, reverse=True)
    assert len(set(moments)) == 3


def test_who_proposed_a_milestone_reads_that_it_was_deleted_by_whom_and_why(
    client, led, ann, bob, now
):
    draft = actions.propose_milestone(
        programme=led("Hips"), title="Opened", due_as="2030", by=ann, at=now
    )
    refuse_proposal(proposal=draft, reason="No money for it.", by=bob, at=now)
    [entry] = box_of(client, ann, Box.RETURNED).entries
    assert (entry.text, entry.meta) == ("Proposal deleted: Opened", "Bob: No money for it.")
    assert client.get(entry.href).status_code == 200
    assert Box.RETURNED not in boxes(client, bob)


def test_a_record_keeper_sees_old_facts_unchecked_sources_and_programmes_without_a_lead(
    client, hospitals, led
):
    day = london_day(timezone.now())
    old, fresh = icc("MIL", name="Millom"), icc("KEN", name="Kendal")
    population(old, 8000, published=str(day.year - 3))
    lately = (day - timedelta(days=30)).isoformat()
    population(fresh, 30_000, published=lately)
    # Where it is written to is no news of it.
    mailbox = {"used_for": "Enquiries", "address": "millom@example.org"}
    on_record(IccMailbox, icc=old, published_as=lately, **mailbox)
    merged(icc("EAS", name="East"), into=fresh, when="2020", published="2020")
    member(hospitals)
    called(hospitals, "Hospitals of the Bay", published=lately)
    member(partner("OLD", "Old council"))
    partner("NOT", "Never a member")
    source("hearsay", title="Hearsay", certainty="unchecked")
    programme("alone", name="Alone")
    programme("shared", name="Shared", lead_words="Hospitals of the Bay and Old council")
    programme("one", name="One", lead_words="Hospitals of the")
    status_update(programme("over", name="Over"), "complete", published="2019-11")
    led("Frailty")
    box = box_of(client, person(roles=[Role.RECORD_KEEPER]))
    folds = {fold.name: [entry.text for entry in fold.entries] for fold in box.folds}
    assert folds == {
        "Communities with facts older than a year": ["Say whether it is still right: Millom"],
        "Partners with facts older than a year": ["Say whether it is still right: Old council"],
        "Sources that nobody checked": ["Check the source: Hearsay"],
        "Programmes without a lead": ["Say who leads Alone", "Say who leads One"],
        "Programmes that nobody ever reported on": [
            f"End it if it is over: {name}" for name in ("Alone", "Frailty", "One", "Shared")
        ],
    }
    assert "End several at once: programmes that nobody ever reported on (4)" in (
        client.get("/staff/").text
    )
    assert f"To do ({len(box.entries)})" in client.get("/staff/").text
    for entry in box.entries:
        assert client.get(entry.href).status_code == 200


@pytest.mark.parametrize("role", [Role.RECORD_KEEPER, Role.DATA_STEWARD])
def test_duties_ask_a_fixed_number_of_questions(client, role):
    def questions():
        site_name.forget()  # Else it is asked again after some seconds.
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/staff/").status_code == 200
        return len(asked)

    def add(number):
        lead = partner(f"P{number}", f"Partner {number}")
        member(lead)
        population(icc(f"{number:03}"[:3].translate(LETTERS)), 100, published="2019")
        programme(f"alone-{number}")
        made = metric(owner=lead, review_on=date(2020, 1, 1), data_source=source())
        readings(made, [1, 2, 3], scope=lead)
        for by in (writer, other):
            proposed_name(lead, f"Name {number} by {by}", by)

    writer, other = (person(roles=[Role.RECORD_KEEPER]) for _ in range(2))
    add(1)
    signed_in(client, person(roles=[role]))
    few = questions()
    for number in range(2, 6):
        add(number)
    assert questions() == few


LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")


def proposed_name(of, name, by):
    """A new name of a partner that waits for approval."""
    cells = {
        "partner": of.code,
        "name": name,
        "short_name": "",
        "valid_from": "",
        "area": "",
        "source": "",
        "published_at": "",
        "certainty": "sourced",
        "note": "",
        "reason": "",
    }
    row = ProposedRow("partner-names", Act.ADD, cells, Why.NOW)
    draft = record.begin(rows=[row], title=name, by=by, at=timezone.now())
    return record.send(proposal=draft, seen=seen_token(draft), by=by, at=timezone.now())


def test_what_was_returned_stands_first():
    assert next(iter(Box)) == Box.RETURNED
