"""Where a partner or a community is written to: one person is enough, and it may end (CONTRACT 3)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.editor.proposal import Proposal, State
from iccs.models import IccMailbox
from partners.models import PartnerMailbox
from partners.roles import Role
from tests.clock import clock
from tests.factories.iccs import icc
from tests.factories.partners import give, partner, person, signed_in

pytestmark = pytest.mark.django_db

SAID = {"why": "now", "source": "", "seen": "", "used_for": "Enquiries"}


def write(client, who, address, words):
    """What one person wrote and sent; gives the proposal."""
    page = signed_in(client, who)
    answer = page.post(address, SAID | words)
    assert answer.status_code == 302, answer.context["form"].errors
    proposal = Proposal.objects.latest("pk")
    seen = page.get(proposal.get_absolute_url()).context["form"].initial["seen"]
    page.post(proposal.get_absolute_url(), {"decision": "send", "seen": seen})
    proposal.refresh_from_db()
    client.logout()
    return proposal


def add(kind):
    return reverse("staff:record_add", args=[kind])


@pytest.mark.parametrize(
    ("kind", "model", "body", "page"),
    [
        ("partner-mailboxes", PartnerMailbox, lambda: partner("RTX"), "/partners/{}/"),
        ("icc-mailboxes", IccMailbox, lambda: icc("MIL"), "/iccs/{}/"),
    ],
)
def test_one_person_puts_a_mailbox_on_the_public_page_and_ends_it(
    client, ann, kind, model, body, page
):
    body, of = body(), kind.split("-")[0]
    words = {of: body.code, "address": "hello@example.org"}
    proposal = write(client, ann, add(kind), words)
    assert proposal.state == State.PUBLISHED
    public = page.format(body.slug)
    link = '<a class="bhcp-break" href="mailto:hello@example.org">hello@example.org</a>'
    shown = client.get(public).content.decode()
    assert f"Enquiries: {link}" in shown
    [out] = client.get(f"/api/v1{public}".rstrip("/")).json()["mailboxes"]
    assert (out["used_for"], out["address"]) == ("Enquiries", "hello@example.org")
    assert "hello@example.org" in client.get(f"/open-data/{of}_mailboxes.csv").content.decode()
    # From the day on which nobody reads it, it is not shown; days before go on showing it.
    today = london_day(timezone.now())
    [row] = model.objects.all()
    ends = {"ends": today.isoformat(), "reason": "It moved"}
    with clock(timezone.now() + timedelta(seconds=5)):
        write(client, ann, reverse("staff:record_end", args=[kind, row.pk]), ends)
    assert "hello@example.org" not in client.get(public).content.decode()
    assert model.objects.count() == 2


@pytest.mark.parametrize(
    "written", ["hello", "hello@example", "a b@example.org", "<x>@example.org"]
)
def test_what_is_no_address_is_refused_with_how_to_write_it(client, ann, written):
    words = SAID | {"partner": partner("RTX").code, "address": written}
    answer = signed_in(client, ann).post(add("partner-mailboxes"), words)
    assert "Write it like enquiries@example.org" in answer.context["form"].errors["address"][0]
    assert "Never a person’s own" in answer.content.decode()


def test_a_partner_keeps_its_own_mailboxes_alone(client):
    own, other, keeper = partner("RTX"), partner("RRU"), person()
    give(keeper, Role.RECORD_KEEPER, own)
    write(client, keeper, add("partner-mailboxes"), {"partner": own.code, "address": "a@b.org"})
    words = SAID | {"partner": other.code, "address": "a@b.org"}
    answer = signed_in(client, keeper).post(add("partner-mailboxes"), words)
    assert "not of a partner that you write for" in answer.content.decode()
    assert PartnerMailbox.objects.get().partner == own
