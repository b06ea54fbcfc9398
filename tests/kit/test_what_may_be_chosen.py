"""Forms and files offer what stands, by its name, and what one's own drafts begin; nothing else."""

from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import beginnings, editor_called, editors
from bhcp_portal.kit.editor.presenters import things_of_record
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.editor.template import lines_standing, workbook
from bhcp_portal.kit.editor.words import names_to_choose
from partners.roles import Role
from tests.clock import present
from tests.factories.iccs import icc, network
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db

UNAPPROVED = "left-in-a-draft"


@pytest.fixture
def drafted(db):
    """One of each thing that somebody's draft made and of which nothing is published."""
    partner("RTX", "University Hospitals")
    icc("KEN", name="Kendal", network=network("bay", name="Bay network"))
    programme("eyes", name="Eye care")
    for model in things_of_record():
        more = {"code": "ZZZ"} if hasattr(model, "code") else {}
        model.objects.create(slug=UNAPPROVED, **more)


@pytest.mark.parametrize("editor", editors(), ids=lambda editor: editor.slug)
def test_a_form_offers_nothing_that_only_a_draft_began(drafted, client, editor):
    signed_in(client, person(roles=list(Role)))
    answer = client.get(reverse("staff:record_add", args=[editor.slug]), {"why": "now"})
    if answer.status_code != 200 or "form" not in answer.context:
        pytest.skip("It has no form of its own here.")
    for name, field in answer.context["form"].fields.items():
        offered = [*map(str, dict(getattr(field, "choices", ()))), *getattr(field, "names", ())]
        assert not {UNAPPROVED, "ZZZ"} & set(offered), name
    assert UNAPPROVED not in answer.text


@pytest.mark.parametrize("beginning", beginnings(), ids=lambda each: each.name)
def test_a_beginning_offers_nothing_that_only_a_draft_began(drafted, client, beginning):
    signed_in(client, person(roles=list(Role)))
    answer = client.get(reverse("staff:record_begin", args=[beginning.name]), {"why": "now"})
    assert answer.status_code == 200
    assert UNAPPROVED not in answer.text
    assert "ZZZ" not in answer.text


@pytest.mark.parametrize("editor", editors(), ids=lambda editor: editor.slug)
def test_a_file_to_fill_in_names_nothing_that_only_a_draft_began(drafted, editor):
    lines = lines_standing(editor, person(roles=list(Role)), present())
    book = openpyxl.load_workbook(BytesIO(workbook(editor, lines, present())))
    cells = {str(cell.value) for sheet in book for line in sheet for cell in line}
    assert not {UNAPPROVED, "ZZZ"} & cells


def test_what_ones_own_draft_begins_may_be_chosen_by_its_name(drafted, client):
    ann, bob = (person(name=name, roles=[Role.RECORD_KEEPER]) for name in ("Ann", "Bob"))
    signed_in(client, ann)
    words = {"why": "now", "source": "", "seen": "", "name": "Fells network"}
    answer = client.post(reverse("staff:record_add", args=["network-profiles"]), words)
    assert answer.status_code == 302
    assert Proposal.objects.get().begun
    for who, is_offered in ((ann, True), (bob, False)):
        client.logout()
        signed_in(client, who)
        page = client.get(reverse("staff:record_add", args=["icc-profiles"]), {"why": "now"})
        [asked] = [
            field for name, field in page.context["form"].fields.items() if name == "network"
        ]
        assert ("Fells network" in dict(asked.choices).values()) == is_offered
        assert "Bay network" in dict(asked.choices).values()


def test_a_wrong_code_in_a_file_is_not_answered_with_one_that_only_a_draft_began(drafted):
    editor = editor_called("icc-places")
    now = Present.now(present().tzinfo)
    check = editor.table.checker(lambda model, by: names_to_choose(model, now, by=by))
    for wrong, near in (("ZZX", "ZZZ"), ("KEM", "KEN")):
        cells = {"icc": wrong, "name": "Burneside", "made": "portal", "published_at": "2000"}
        _, errors = check(cells)
        [message] = [error.message for error in errors if error.column == "icc"]
        assert (near in message) == (near == "KEN")
