"""Several proposals of one kind on one page, each decided by itself."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, State, Why
from partners.roles import Role
from programmes.models import Money
from tests.clock import OnTime
from tests.factories.kit import source
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import partner_role, programme

pytestmark = pytest.mark.django_db
actions = OnTime(actions)

PAGE = "/staff/record/in/money/decide/"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def trust():
    made = partner("RTX", "Hospitals")
    partner_role(programme("frailty", name="Frailty"), made)
    return made


@pytest.fixture
def ann(trust):
    return person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, trust)])


@pytest.fixture
def bob(trust):
    return person("bob@example.org", name="Bob", roles=[(Role.PROGRAMME_APPROVER, trust)])


@pytest.fixture
def sent(ann, now):
    source("accounts")

    def row(what_for, of, **values):
        cells = {
            "programme": of,
            "year": "2018/19",
            "kind": "spent",
            "amount": "1000",
            "what_for": what_for,
            "qualifier": "",
            "code": what_for.lower().replace(" ", "-"),
            "source": "accounts",
            "published_at": "2019",
            "certainty": "sourced",
            "note": "",
            "reason": "",
        }
        return ProposedRow("money", Act.ADD, cells, Why.DOCUMENT, **values)

    def make(*what_for, by=ann, of="frailty", **values):
        rows = [row(each, of, **values) for each in what_for]
        title = f"Money: {', '.join(what_for)}"[:300]
        draft = actions.begin(rows=rows, title=title, by=by, at=now)
        return actions.send(proposal=draft, seen=seen_token(draft), by=by, at=now)

    return make


def decisions(*chosen):
    """The form as it is sent, with what a person chose of each proposal that they saw."""
    form = {"proposal": [proposal.pk for proposal, *_ in chosen]}
    for proposal, decision, *remarks in chosen:
        form[f"proposal-{proposal.pk}-seen"] = seen_token(proposal)
        form[f"proposal-{proposal.pk}-decision"] = decision
        form[f"proposal-{proposal.pk}-remarks"] = "".join(remarks)
    return form


def states():
    return dict(Proposal.objects.values_list("title", "state"))


def test_each_is_decided_by_itself_and_its_differences_are_shown(client, sent, bob):
    rooms, staff, cars = sent("Rooms"), sent("Staff"), sent("Cars")
    page = signed_in(client, bob).get(PAGE).content.decode()
    assert page.count("£1,000") + page.count("1,000") >= 3
    answer = client.post(
        PAGE,
        decisions((staff, "return", "Which year?"), (rooms, "approve"), (cars, "leave")),
        follow=True,
    )
    assert "Returned: 1. Money: Staff." in answer.text
    link = r'Public now: 1\. <a [^>]*href="([^"]+)">Money: Rooms</a>\.'
    assert client.get(re.search(link, answer.text)[1]).status_code == 200
    assert states() == {
        "Money: Rooms": State.PUBLISHED,
        "Money: Staff": State.RETURNED,
        "Money: Cars": State.SUBMITTED,
    }
    assert [row.what_for for row in Money.objects.published()] == ["Rooms"]
    approved = Proposal.pgh_event_model.objects.filter(pgh_obj_id=rooms.pk).latest("pgh_id")
    assert approved.pgh_context["action"] == "record.approved"
    assert "reason" not in approved.pgh_context


def test_one_that_changed_meanwhile_is_named_and_the_others_go_through(client, sent, bob, ann, now):
    rooms, staff, cars = sent("Rooms"), sent("Staff"), sent("Cars")
    form = decisions((rooms, "approve"), (staff, "return", "Which year?"), (cars, "approve"))
    [row] = rooms.proposed
    row.cells["amount"] = "2000"
    edited = actions.edit(
        proposal=rooms, rows=[row], title=rooms.title, seen=seen_token(rooms), by=ann, at=now
    )
    actions.send(proposal=edited, seen=seen_token(edited), by=ann, at=now)
    actions.drop(proposal=staff, by=ann, at=now)
    answer = signed_in(client, bob).post(PAGE, form, follow=True)
    assert "“Money: Rooms” stays as it is. Somebody changed this in between." in answer.text
    assert "“Money: Staff” stays as it is. It is “Deleted” now." in answer.text
    assert "Which year?" in answer.text
    assert "Public now: 1." in answer.text
    assert "Returned:" not in answer.text
    assert states()["Money: Rooms"] == State.SUBMITTED
    assert states()["Money: Cars"] == State.PUBLISHED


def test_one_that_cannot_be_carried_out_keeps_none_of_the_others_back(client, sent, bob):
    one, same, other = sent("Rooms"), sent("Rooms"), sent("Cars")
    form = decisions((one, "approve"), (same, "approve"), (other, "approve"))
    answer = signed_in(client, bob).post(PAGE, form, follow=True)
    assert "“Money: Rooms” stays as it is." in answer.text
    assert "Public now: 2." in answer.text
    assert Money.objects.published().count() == 2
    # What it adds stands by now, so that approving it is not offered, and why stands beside it.
    page = client.get(PAGE).text
    assert "this is on the record already" in page
    assert 'value="return"' in page
    assert 'value="approve"' not in page


def test_who_wrote_in_it_is_not_offered_it_and_cannot_send_it(client, sent, trust):
    both = person(roles=[(Role.PROGRAMME_EDITOR, trust), (Role.PROGRAMME_APPROVER, trust)])
    own = sent("Rooms", by=both)
    page = signed_in(client, both).get(PAGE).text
    assert "Decide on several" not in client.get(PAGE.removesuffix("decide/")).text
    assert "You have nothing of this kind to decide." in page
    assert "1 more waits for another person" in page
    answer = client.post(PAGE, decisions((own, "approve")), follow=True)
    assert "You wrote in it, so another person approves it." in answer.text
    assert states() == {"Money: Rooms": State.SUBMITTED}


def test_another_partners_are_neither_shown_nor_decided(client, sent):
    rooms = sent("Rooms")
    stranger = person(roles=[(Role.PROGRAMME_APPROVER, partner("OTH"))])
    assert "Rooms" not in signed_in(client, stranger).get(PAGE).text
    client.post(PAGE, decisions((rooms, "approve")))
    assert states() == {"Money: Rooms": State.SUBMITTED}


def test_one_without_its_words_stays_on_the_page_and_the_others_are_carried_out(client, sent, bob):
    rooms, staff, cars = sent("Rooms"), sent("Staff"), sent("Cars")
    form = decisions((rooms, "approve"), (staff, "return"), (cars, "leave", "Which car?"))
    page = signed_in(client, bob).post(PAGE, form)
    assert "Public now: 1." in page.text
    assert "Not decided yet: 2." in page.text
    assert [each.row for each in page.context["shown"]] == [staff, cars]
    assert "Money: Staff: Say what should change" in page.text
    assert "Money: Cars: You wrote what should change, so return it" in page.text
    assert "Which car?</textarea>" in page.text
    assert states() == {
        "Money: Rooms": State.PUBLISHED,
        "Money: Staff": State.SUBMITTED,
        "Money: Cars": State.SUBMITTED,
    }
    page = client.post(PAGE, decisions((staff, "return", "Which?"), (cars, "leave")), follow=True)
    assert "Returned: 1." in page.text
    assert "Public now:" not in page.text
    assert "Next: <a" in page.text


@pytest.mark.parametrize("pk", ["x", "-1", "99999999999999999999", "1"])
def test_hostile_numbers_decide_nothing(client, sent, bob, pk):
    sent("Rooms")
    form = {"proposal": [pk], f"proposal-{pk}-decision": "approve", f"proposal-{pk}-seen": "\x00"}
    assert signed_in(client, bob).post(PAGE, form).status_code in (200, 302)
    assert states() == {"Money: Rooms": State.SUBMITTED}


def test_a_long_list_comes_in_pages(client, sent, bob):
    for number in range(21):
        sent(f"Room {number}")
    page = signed_in(client, bob).get(PAGE)
    assert len(page.context["shown"]) == 10
    assert len(client.get(PAGE, {"page": 3}).context["shown"]) == 1
    [box] = client.get("/staff/").context["boxes"]
    assert [(address, number) for _, address, number in box.together] == [(PAGE, 21)]
    assert [len(box.entries), len(box.shown), len(box.folds[0].entries)] == [21, 10, 11]


def test_deciding_asks_for_the_second_step_again(client, sent, bob):
    rooms = sent("Rooms")
    signed_in(client, bob, confirmed_ago=16 * 60)
    answer = client.post(PAGE, decisions((rooms, "approve")))
    assert answer.url.startswith("/staff/confirm/code/")
    assert states() == {"Money: Rooms": State.SUBMITTED}


def test_only_who_approves_the_kind_opens_its_page(client, ann):
    assert signed_in(client, ann).get(PAGE).status_code == 403
    assert client.get("/staff/record/in/no-such/decide/").status_code == 404


def test_lists_of_proposals_ask_a_fixed_number_of_questions(client, sent, trust, bob):
    def questions(address):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    pages = ("/staff/", "/staff/record/", "/staff/record/in/money/")
    sent("Room 0")
    signed_in(client, bob)
    few = [questions(page) for page in pages]
    for number in range(1, 12):
        of = programme(f"programme-{number}")
        partner_role(of, trust)
        sent(f"Room {number}", of=of.slug)
    assert [questions(page) for page in pages] == few
    assert "See all of them" in client.get("/staff/record/").text


def test_each_row_of_a_proposal_has_its_heading_and_the_day_that_it_waits_for(client, sent, bob):
    sent("Rooms", "Cars", counts_from="2030-04-01")
    page = signed_in(client, bob).get(PAGE).text
    headings = re.findall(r"<h3[^>]*>(.*?)</h3>", page)
    assert [words[:2] for words in headings] == ["1.", "2."]
    assert "Rooms" in headings[0]
    assert "Cars" in headings[1]
    assert page.count("This goes on the record on 1 April 2030, not before.") == 2


def test_what_has_many_rows_is_named_and_decided_on_its_own_page(client, sent, bob):
    long = sent(*(f"Room {number}" for number in range(21)))
    page = signed_in(client, bob).get(PAGE)
    assert page.context["shown"] == []
    assert f'<a href="{long.get_absolute_url()}">' in page.text
    assert "(21 rows)" in page.text


def test_the_page_for_several_is_offered_where_there_are_several_alone(client, sent, bob):
    offer = f'href="{PAGE}"'
    lists = ("/staff/", PAGE.removesuffix("decide/"))
    sent("Rooms")
    signed_in(client, bob)
    assert [offer in client.get(page).text for page in lists] == [False, False]
    sent("Cars")
    assert [offer in client.get(page).text for page in lists] == [True, True]


def test_after_a_decision_next_leads_past_what_cannot_be_approved(client, sent, bob):
    one, same, cars = sent("Rooms"), sent("Rooms"), sent("Cars")
    signed_in(client, bob)

    def approve(proposal):
        form = {"decision": "approve", "seen": seen_token(proposal), "remarks": ""}
        return client.post(proposal.get_absolute_url(), form, follow=True).text

    page = approve(one)
    assert (
        f'Next: <a class="nhsuk-notification-banner__link" href="{cars.get_absolute_url()}"' in page
    )
    page = approve(cars)
    assert same.get_absolute_url() not in page
    assert "Nothing else can be approved now. 1 waits" in page
