"""The auditor's history of what was proposed: everybody who acted, in words, on the page and in the file."""

import csv

import pytest

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.history import tracked_models
from bhcp_portal.kit.kinds import kinds
from partners.forms import HistoryForm
from partners.roles import Role
from tests.clock import present
from tests.factories.iccs import icc
from tests.factories.partners import person, signed_in

pytestmark = pytest.mark.django_db
PLACES = "iccs.iccplace"


def keeper(name):
    return person(f"{name}@example.org", name=name.capitalize(), roles=[Role.RECORD_KEEPER])


@pytest.fixture
def place():
    """A place that Ann proposed, Cat returned, Ann changed and sent again, Bob approved and Dan took back."""
    ann, bob, cat, dan = map(keeper, ("ann", "bob", "cat", "dan"))
    icc("KEN", name="Kendal")
    cells = {"icc": "KEN", "name": "Burnside", "is_main": "no", "certainty": "sourced"}
    cells |= dict.fromkeys(("starts", "ends", "note", "reason", "source", "published_at"), "")
    row = ProposedRow("icc-places", Act.ADD, cells, Why.NOW)
    mended = ProposedRow("icc-places", Act.ADD, cells | {"name": "Burneside"}, Why.NOW)

    def now(proposal, by):
        return {"proposal": proposal, "seen": seen_token(proposal), "by": by, "at": present()}

    made = actions.begin(rows=[row], title="A place", by=ann, at=present())
    made = actions.send(**now(made, ann))
    made = actions.send_back(**now(made, cat), remarks="=The spelling\nis wrong")
    made = actions.edit(**now(made, ann), rows=[mended], title="A place")
    made = actions.send(**now(made, ann))
    [statement] = actions.approve(**now(made, bob))
    kind = mended.of_kind
    actions.take_back_at_once(kind=kind, row=statement, reason="Not decided", by=dan, at=present())
    return statement


def shown(client, **asked):
    page = client.get("/staff/history/", {"what": PLACES, **asked})
    # All of a test has one moment, so that nothing is newer than another.
    return sorted(
        (each.by.partition("@")[0], each.action_words) for each in page.context["entries"]
    )


def test_everybody_who_acted_is_found_with_what_they_did(client, place):
    signed_in(client, person("eve@example.org", roles=[Role.AUDITOR]))
    by_bob = [("bob", "approved"), ("bob", "approved")]
    assert shown(client) == [
        ("ann", "changed before approval"),
        ("ann", "proposed"),
        *[("ann", "sent for approval")] * 2,
        *by_bob,
        ("cat", "returned"),
        *[("dan", "taken back")] * 2,
    ]
    assert shown(client, row=place.pk) == shown(client)
    assert shown(client, who="bob@example.org") == by_bob
    assert shown(client, who="bob") == by_bob
    assert "Nobody here has this name" in client.get("/staff/history/", {"who": "zed"}).text
    assert shown(client, who="cat@example.org") == [("cat", "returned")]
    # What Ann wrote was put on record by Bob.
    assert ("bob", "approved") in shown(client, who="ann@example.org")
    page = client.get("/staff/history/", {"what": PLACES}).text
    assert "(bob@example.org); written by Ann (ann@example.org)" in page
    # Where it is not the whole record that is read, names are enough.
    own = client.get(Proposal.objects.earliest("pk").get_absolute_url()).text
    assert "by Ann" in own
    assert "ann@example.org" not in own
    assert "<del>Town, village or district: Burnside</del>" in page
    assert page.count("<details") < 2 * 9


def test_the_file_has_each_change_on_a_line_in_words(client, place):
    signed_in(client, person("eve@example.org", roles=[Role.AUDITOR]))
    sent = client.post("/staff/history/download/", {"what": PLACES})
    text = b"".join(sent).decode("utf-8-sig")
    lines = list(csv.DictReader(text.splitlines()))
    assert len(lines) == text.count("\n") - 1
    assert "{" not in text
    assert "icc-places" not in text
    assert {each["name"] for each in lines if each["kind"] == "Place"} == {"Kendal: Burneside"}
    [changed] = [
        each
        for each in lines
        if each["action"] == "changed before approval" and each["what"].startswith("Row")
    ]
    assert changed["what"] == "Row 1: add place"
    assert changed["before"] == "Town, village or district: Burnside"
    assert changed["after"] == "Town, village or district: Burneside"
    assert "'=The spelling / is wrong" in [each["after"] for each in lines]


def test_a_kind_has_one_name_in_the_history_and_in_the_record():
    listed = dict(HistoryForm(models=tracked_models()).fields["what"].choices)
    assert {each.many for each in kinds()} <= set(listed.values())
    assert len(set(listed.values())) == len(listed)
