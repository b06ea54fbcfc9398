"""The editor that every kind of statement has (HOUSE 9): propose, decide, carry out, take back."""

from datetime import UTC

import pytest
from django.urls import reverse

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.proposal import Proposal, State
from iccs.models import IccPlace
from partners.roles import Role
from tests.factories.iccs import icc
from tests.factories.partners import person, signed_in

pytestmark = pytest.mark.django_db

SAID = {"why": "now", "source": "", "seen": ""}


@pytest.fixture
def ann(db):
    return person(name="Ann", roles=[Role.RECORD_KEEPER])


@pytest.fixture
def bob(db):
    return person(name="Bob", roles=[Role.RECORD_KEEPER])


def live(model):
    return model.objects.live(Present.now(UTC))


def send(client_of, who, address, words):
    """What a form's sending leads to: the page of its proposal."""
    page = client_of(who)
    answer = page.post(address, words)
    assert answer.status_code == 302, errors(answer)
    return Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))


def errors(answer):
    return answer.context and "form" in answer.context and answer.context["form"].errors.as_text()


@pytest.fixture
def client_of(client):
    def sign_in(who):
        client.logout()
        return signed_in(client, who)

    return sign_in


def press(client_of, who, proposal, decision, **more):
    page = client_of(who)
    found = page.get(proposal.get_absolute_url())
    seen = found.context["form"].initial["seen"]
    return page.post(
        proposal.get_absolute_url(), {"decision": decision, "seen": seen, **more}, follow=True
    )


def add(kind, **query):
    return reverse("staff:record_add", args=[kind])


def test_a_place_is_added_by_one_and_approved_by_another(client_of, ann, bob):
    kendal = icc("KEN", name="Kendal")
    words = SAID | {"icc": kendal.code, "name": "Burneside", "is_main": "no"}
    proposal = send(client_of, ann, add("icc-places"), words)
    assert not live(IccPlace).filter(name="Burneside").exists()
    press(client_of, ann, proposal, "send")
    own = press(client_of, ann, proposal, "approve")
    assert own.status_code == 200
    assert not live(IccPlace).filter(name="Burneside").exists()
    press(client_of, bob, proposal, "approve")
    [row] = live(IccPlace).filter(name="Burneside")
    assert (row.author, row.origin) == (ann, "portal")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == (State.PUBLISHED, bob)
