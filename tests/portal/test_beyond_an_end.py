"""What hangs on a thing that ends has no day after that end: in forms, in files and at the approval."""

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.proposal import Act, ProposedRow, Why
from partners.roles import Role
from tests.clock import OnTime, present
from tests.factories.iccs import icc
from tests.factories.partners import became, member, partner, person, signed_in
from tests.factories.programmes import programme
from tests.programmes.proposing import press, proposed

record = OnTime(record)

pytestmark = pytest.mark.django_db

PROGRAMME_ENDED = "“Eye care” ended on 1 June 2020. Write an earlier day, or correct that end first"
PARTNER_ENDED = "Hospitals ended on 1 June 2020. Write an earlier day, or correct that end first"
ROWS = {
    ("programme-partners", "starts"): (
        {"programme": "eyes", "partner": "OTH", "role": "delivery", "starts": "2021"},
        PROGRAMME_ENDED,
    ),
    ("programme-partners", "ends"): (
        {
            "programme": "eyes",
            "partner": "OTH",
            "role": "delivery",
            "ends": "3 June 2020",
            "starts": "2019",
        },
        PROGRAMME_ENDED,
    ),
    ("programme-iccs", "starts"): (
        {"programme": "eyes", "icc": "KEN", "words": "A clinic", "starts": "June 2021"},
        PROGRAMME_ENDED,
    ),
    ("money", "year"): (
        {
            "programme": "eyes",
            "year": "2021/22",
            "kind": "awarded",
            "amount": "5",
            "what_for": "Beds",
        },
        PROGRAMME_ENDED,
    ),
    ("programme-partners", "starts", "partner"): (
        {"programme": "ears", "partner": "RTX", "role": "delivery", "starts": "2021"},
        PARTNER_ENDED,
    ),
    ("partner-sites", "starts"): (
        {"partner": "RTX", "name": "A clinic", "kind": "hospital", "town": "Bay", "starts": "2021"},
        PARTNER_ENDED,
    ),
    ("partner-mailboxes", "ends"): (
        {"partner": "RTX", "used_for": "Enquiries", "address": "x@example.org", "ends": "2022"},
        PARTNER_ENDED,
    ),
    ("icc-trusts", "starts"): ({"icc": "KEN", "partner": "RTX", "starts": "2021"}, PARTNER_ENDED),
}


@pytest.fixture
def kim(db):
    return person(name="Kim", roles=[Role.RECORD_KEEPER])


@pytest.fixture
def ended(db):
    programme("eyes", name="Eye care", ends="2020-06-01", published="2020")
    programme("ears", name="Ear care")
    icc("KEN", name="Kendal")
    partner("OTH", "Others")
    became(partner("RTX", "Hospitals"), "It closed", when="2020-06-01", is_end=True)


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(
    ("which", "given"),
    ROWS.items(),
    ids=lambda each: "-".join(each) if isinstance(each, tuple) and isinstance(each[0], str) else "",
)
def test_a_day_after_the_end_is_refused_and_one_before_is_not(client, kim, which, given):
    (slug, column, *_), (words, sentence) = which, given
    add = f"{reverse('staff:record_add', args=[slug])}?why=now"
    signed_in(client, kim)
    answer = client.post(add, {"why": "now", **words})
    assert sentence in answer.context["form"].errors[column], answer.context["form"].errors
    before = "2018/19" if column == "year" else "2019"
    answer = client.post(add, {"why": "now", **words, column: before})
    assert answer.status_code == 302, answer.context["form"].errors


def test_an_end_that_is_approved_meanwhile_is_found_at_the_approval(kim):
    programme("eyes", name="Eye care")
    partner("OTH")
    editor = editor_called("programme-partners")
    cells = {column.name: "" for column in editor.table.all_columns}
    for name in ("made", "recorded_at", "taken_back_at", "taken_back_because"):
        del cells[name]
    cells |= {"programme": "eyes", "partner": "OTH", "role": "delivery", "starts": "2021"}
    row = ProposedRow(editor.slug, Act.ADD, cells | {"certainty": "sourced"}, Why.NOW)
    proposal = record.begin(rows=[row], title="A partner", by=kim, at=present())
    proposal = record.send(proposal=proposal, seen=seen_token(proposal), by=kim, at=present())
    programme("eyes", name="Eye care", ends="2020-06-01", published="2020")
    other = person(roles=[Role.RECORD_KEEPER])
    with pytest.raises(IncompleteError, match="“Eye care” ended on 1 June 2020"):
        record.approve(proposal=proposal, seen=seen_token(proposal), by=other, at=present())


ASKED = "Is that day right?"


def test_an_end_before_anything_is_known_is_asked_about(client, kim):
    """Of a programme, a community and a partner, and of its correction."""
    programme("eyes", name="Eye care", published="2017-03")
    icc("KEN", name="Kendal", published="2017-03")
    icc("BAY", name="Bay", published="2015")
    trust = partner("RTX", "Hospitals", published_as="2017-03")
    member(trust, joined="2014-01-01", published="2017-03")
    other = person(roles=[Role.RECORD_KEEPER])
    for early, day in ((True, "1 June 2016"), (False, "1 June 2017")):
        end = {
            "why": "now",
            "source": "",
            "outcome": "stopped",
            "ends": day,
            "words": "The money for it ran out in the spring.",
            "next_step": "Patients are told",
            "next_step_owner": "The office",
            "next_step_on": "3 June 2030",
        }
        page = reverse("staff:programme_end", args=["eyes"])
        found = proposed(client, kim, page, end)
        assert (ASKED in client.get(found.get_absolute_url()).text) == early
        press(client, kim, found, "drop", sure="yes")
        merge = {"why": "now", "ended": ["KEN"], "into": "BAY", "day": day, "reason": "One team."}
        found = proposed(client, kim, reverse("staff:community_merge"), merge | {"step": "send"})
        text = client.get(found.get_absolute_url()).text
        assert (ASKED in text) == early
        assert (
            "Kendal: 1 June 2016. Nothing is known of it before 31 March 2017." in text
        ) == early
        press(client, kim, found, "drop", sure="yes")
        leave = {"why": "now", "partner": "RTX", "day": day, "reason": "It left.", "step": "send"}
        page = reverse("staff:partner_change", args=["leave"])
        found = proposed(client, kim, page, leave)
        # It joined in 2014, as the record says, though nothing was said of it by then.
        assert ASKED not in client.get(found.get_absolute_url()).text
        press(client, kim, found, "send")
        client.logout()
        signed_in(client, other)
        assert ASKED not in client.get(found.get_absolute_url()).text
        press(client, kim, found, "drop", sure="yes")
