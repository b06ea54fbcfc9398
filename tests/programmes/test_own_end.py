"""No row ends a programme by itself: its page for that does, with a reason and a last status."""

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.template import lines_standing
from tests.clock import present
from tests.factories.kit import source
from tests.factories.partners import signed_in
from tests.factories.programmes import programme, stage
from tests.kit.test_editor_files import checked
from tests.programmes.proposing import errors

pytestmark = pytest.mark.django_db

PROFILES, STAGES = "programme-profiles", "programme-stages"
INSTEAD = "say so on the page that ends it"
REASON = "The board said so"


@pytest.fixture
def eyes(db):
    made = programme("eyes", name="Eye care")
    stage(made, "pilot")
    programme("ears", name="Ears")
    return made


def rows_of(work):
    return [work.profiles.live(present()).get(), work.stages.live(present()).get()]


SAYS = [
    (PROFILES, 0, {"ends": "2026-06-01"}),
    (PROFILES, 0, {"ends": "2040"}),
    (PROFILES, 0, {"merged_into": "ears"}),
    (STAGES, 1, {"stage": "ended"}),
]


def ending(kind, row, says):
    """The row that would end it by itself, as an older form could propose it."""
    cells = row_cells(editor_called(kind), row) | says
    for name in ("made", "recorded_at", "taken_back_at", "taken_back_because"):
        del cells[name]
    cells |= {"reason": REASON, "source": "", "published_at": ""}
    return ProposedRow(kind, Act.CORRECT, cells, Why.NOW, row.pk)


@pytest.mark.parametrize("why", ["now", "document"])
def test_the_general_form_leads_to_the_page_that_ends_it(client, ann, eyes, why):
    source("plan")
    end = reverse("staff:programme_end", args=["eyes"])
    given = f"?why={why}" + ("&source=plan" if why == "document" else "")
    signed_in(client, ann)
    for kind, row in zip((PROFILES, STAGES), rows_of(eyes), strict=True):
        page = client.get(reverse("staff:record_correct", args=[kind, row.pk]) + given)
        assert f'<a href="{end}">end it</a>' in page.text
        form = page.context["form"]
        assert not {"ends", "merged_into"} & set(form.fields)
        if kind == STAGES:
            assert "ended" not in dict(form.fields["stage"].choices)
    profile, its_stage = rows_of(eyes)
    words = {"why": "now", "source": "", "reason": REASON}
    sent = words | {"name": "Eye care", "purpose": "Eyes.", "ends": "1 June 2026"}
    client.post(reverse("staff:record_correct", args=[PROFILES, profile.pk]), sent)
    assert all(
        not row.cells.get("ends") for each in Proposal.objects.all() for row in each.proposed
    )
    sent = words | {"stage": "ended", "is_our_reading": "no"}
    answer = client.post(reverse("staff:record_correct", args=[STAGES, its_stage.pk]), sent)
    assert INSTEAD in errors(answer)


@pytest.mark.parametrize(("kind", "place", "says"), SAYS)
def test_no_file_and_no_action_ends_it(ann, bob, eyes, kind, place, says):
    row = rows_of(eyes)[place]
    header, *lines = lines_standing(editor_called(kind), ann, present())
    [line] = [each for each in lines if each[header.index("programme")] == "eyes"]
    for name, text in says.items():
        line[header.index(name)] = text
    found = checked(kind, [header, *lines], ann, why="now", reason=REASON)
    assert [INSTEAD in error.message for error in found.errors] == [True]
    proposed = ending(kind, row, says)
    with pytest.raises(IncompleteError, match=INSTEAD):
        record.begin(rows=[proposed], title="An end", by=ann, at=present())
    # What was proposed before this rule is refused when it is sent.
    old = Proposal(title="An end", author=ann, edited_at=present())
    old.proposed = [proposed]
    old.save()
    with pytest.raises(IncompleteError, match=INSTEAD):
        record.send(proposal=old, seen=seen_token(old), by=ann, at=present())
    # And what was sent before it when it is approved.
    old.state, old.submitted_by, old.submitted_at = "submitted", ann, present()
    old.save()
    with pytest.raises(IncompleteError, match=INSTEAD):
        record.approve(proposal=old, seen=seen_token(old), by=bob, at=present())
