"""In each state of a proposal each role is shown the buttons and links that are its own, and no others."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, State, Why
from partners.roles import Role
from programmes.models import Money
from tests.clock import OnTime
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import money, money_proposed, partner_role, programme

pytestmark = pytest.mark.django_db
actions = OnTime(actions)


@pytest.fixture
def trust():
    made = partner("RTX", "Hospitals")
    partner_role(programme("frailty", name="Frailty"), made)
    return made


@pytest.fixture
def people(trust):
    return {
        "author": person(name="Ann", roles=[(Role.PROGRAMME_EDITOR, trust)]),
        "colleague": person(name="Col", roles=[(Role.PROGRAMME_EDITOR, trust)]),
        "approver": person(name="Bob", roles=[(Role.PROGRAMME_APPROVER, trust)]),
        "keeper": person(name="Kim", roles=[Role.RECORD_KEEPER]),
        "auditor": person(name="Aud", roles=[Role.AUDITOR]),
    }


def in_state(state, people):
    """A proposal that Ann wrote, in a state."""
    how = {"by": people["author"], "at": timezone.now()}
    made = money_proposed(programme("frailty"), **how)
    if state not in (State.DRAFT, State.DROPPED):
        made = actions.send(proposal=made, seen=seen_token(made), **how)
    decided = {"proposal": made, "by": people["approver"], "at": timezone.now()}
    if state == State.RETURNED:
        actions.send_back(seen=seen_token(made), remarks="Which year?", **decided)
    elif state == State.PUBLISHED:
        actions.approve(seen=seen_token(made), **decided)
    elif state == State.DROPPED:
        actions.drop(proposal=made, **how)
    return Proposal.objects.get(pk=made.pk)


WRITES, DECIDES = {"send", "drop", "edit"}, {"approve", "return"}
SHOWN = {
    State.DRAFT: {"author": WRITES, "colleague": WRITES, "keeper": WRITES},
    State.SUBMITTED: {
        "author": {"recall", "drop", "edit"},
        "approver": DECIDES,
        "keeper": DECIDES,
    },
    State.RETURNED: {"author": WRITES, "colleague": WRITES, "keeper": WRITES},
    State.PUBLISHED: {},
    State.DROPPED: {},
}


def test_the_table_speaks_of_every_state():
    assert set(SHOWN) == set(State) - {State.AT_ONCE}


@pytest.mark.parametrize("state", SHOWN)
def test_each_role_is_shown_what_it_can_press(client, people, state):
    proposal = in_state(state, people)
    edit = reverse("staff:proposal_edit", args=[proposal.pk])
    shown = {}
    for role, reader in people.items():
        client.logout()
        page = signed_in(client, reader).get(proposal.get_absolute_url())
        buttons = re.findall(r'name="decision"[^>]*value="(\w+)"', page.text)
        buttons += re.findall(r'value="(\w+)"[^>]*name="decision"', page.text)
        links = ["edit"] * (f'href="{edit}"' in page.text)
        shown[role] = {*buttons, *links}
    assert shown == {role: SHOWN[state].get(role, set()) for role in people}


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED])
def test_who_deletes_is_asked_once_and_may_keep_it(client, people, state):
    proposal = in_state(state, people)
    address = proposal.get_absolute_url()
    page = signed_in(client, people["author"]).get(address)
    assert "Delete draft" not in page.text
    seen = page.context["form"].initial["seen"]
    asked = client.post(address, {"decision": "drop", "seen": seen, "remarks": "Twice"}).text
    assert Proposal.objects.get(pk=proposal.pk).state == state
    assert f'<a href="{address}">Keep it</a>' in asked
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked))
    assert (sent["seen"], sent["remarks"]) == (seen, "Twice")
    answer = client.post(address, {**sent, "decision": "drop"}, follow=True).text
    assert "It is deleted. Nothing public changed." in answer
    assert Proposal.objects.get(pk=proposal.pk).state == State.DROPPED


def test_another_partners_proposal_is_not_there(client, people):
    proposal = in_state(State.SUBMITTED, people)
    other = person(roles=[(Role.PROGRAMME_EDITOR, partner("OTH"))])
    assert signed_in(client, other).get(proposal.get_absolute_url()).status_code == 404


def test_who_began_the_change_is_named_or_called_you(client, people):
    row = money(programme("frailty"), what_for="Rooms")
    editor = editor_called("money")
    address = reverse("staff:record_correct", args=["money", row.pk])
    left_out = ("recorded_at", "taken_back_at", "taken_back_because", "made")
    cells = {name: text for name, text in row_cells(editor, row).items() if name not in left_out}
    change = cells | {"amount": "5", "source": "", "published_at": "", "reason": "It is less."}
    rows = [ProposedRow("money", Act.CORRECT, change, Why.NOW, row.pk)]
    own = actions.begin(rows=rows, title="Less for rooms", by=people["author"], at=timezone.now())
    words = {name: text for name, text in change.items() if name in editor_columns(editor)}
    words |= {"why": "now", "source": "", "seen": "", "amount": "7", "reason": "It is more."}
    link = f'<a href="{own.get_absolute_url()}">Less for rooms</a>'

    def refused(reader):
        client.logout()
        return signed_in(client, reader).post(address, words).text

    assert f"You have a draft of this already: {link}" in refused(people["author"])
    assert f"Ann is changing this already: {link}" in refused(people["colleague"])
    actions.send(proposal=own, seen=seen_token(own), by=people["author"], at=timezone.now())
    assert f"You sent a change of this already: {link}" in refused(people["author"])
    assert Money.objects.published().count() == 1


def editor_columns(editor):
    return {question.column for question in editor.questions}


def test_after_a_new_name_of_a_thing_no_other_name_is_offered(client):
    keeper = person(roles=[Role.RECORD_KEEPER])
    trust = partner("RTX", "The trust")
    cells = dict.fromkeys((each.column for each in editor_called("partner-names").questions), "")
    cells |= {
        "partner": trust.code,
        "name": "The new trust",
        "source": "",
        "note": "",
        "reason": "",
    }
    row = ProposedRow("partner-names", "add", cells, "now")
    draft = actions.begin(rows=[row], title="Name", by=keeper, at=timezone.now())
    page = signed_in(client, keeper).get(draft.get_absolute_url())
    assert page.context["next"] == ""


def test_another_of_the_same_source_is_offered_only_where_there_is_one(client, people):
    proposal = in_state(State.PUBLISHED, people)
    has_source = bool(proposal.proposed[0].cells["source"])
    page = signed_in(client, people["author"]).get(proposal.get_absolute_url()).text
    assert ">Add another" in page
    assert ("Add another from the same source" in page) == has_source
