"""An end is new, and what ends is not: it goes on resting on its own source, with its certainty and note."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bhcp_portal.kit.dates import london_day, on_or_in, span
from bhcp_portal.kit.editor.editors import editor_called, editors
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.statements import Origin
from iccs.models import IccMailbox
from partners.models import PartnerMailbox
from programmes.actions.endings import EndRestsOn, Outcome, propose_end
from programmes.models import Programme
from tests.clock import present
from tests.factories.iccs import icc, place, practice, priority, served_by
from tests.factories.kit import on_record, source
from tests.factories.partners import member, partner, signed_in, site
from tests.factories.programmes import partner_role, placed_in, programme, stage, status_update
from tests.programmes.proposing import press, proposed, published

pytestmark = pytest.mark.django_db

NOTE = "The map draws it with a dotted line."
REASON = "One team serves both"
LATER = (london_day(present()) + timedelta(days=40)).isoformat()


def own():
    """What each fact is said with."""
    the_map = source("map", title="The map of 2016", published_as="2016")
    return {"source": the_map, "certainty": "inferred", "note": NOTE, "published": "2016"}


def mailbox(model, **fields):
    fields["published_as"] = fields.pop("published")
    return on_record(model, used_for="Enquiries", address="team@example.org", **fields)


MADE = {
    "icc-places": lambda **own: place(icc("MIL"), "Arnside", **own),
    "icc-practices": lambda **own: practice(icc("MIL"), "Park Road", town="Milnthorpe", **own),
    "icc-trusts": lambda **own: served_by(icc("MIL"), partner("RTX"), **own),
    "priorities": lambda **own: priority(icc("MIL"), "Fewer falls", **own),
    "icc-mailboxes": lambda **own: mailbox(IccMailbox, icc=icc("MIL"), **own),
    "partner-mailboxes": lambda **own: mailbox(PartnerMailbox, partner=partner("RTX"), **own),
    "partner-sites": lambda **own: site(partner("RTX"), "The Infirmary", town="Kendal", **own),
    "programme-partners": lambda **own: partner_role(programme("eyes"), partner("RTX"), **own),
    "programme-iccs": lambda **own: placed_in(programme("eyes"), icc("MIL"), words="A van", **own),
    "programme-profiles": lambda **own: programme("eyes", name="Eye care", **own).profiles.get(),
    # Its leaving is told in words of its own, and the page names both sources.
    "memberships": lambda **own: member(partner("RTX"), **own),
}


def test_each_kind_with_an_end_is_among_them():
    assert {each.slug for each in editors() if each.of_end} == MADE.keys()


def rests_on(row):
    return (row.source and row.source.slug, row.certainty, row.note)


def standing(model, **matter):
    return model.objects.live(present()).get(**matter)


def ended(client, ann, bob, row, **ground):
    """The row with its end, which two people have put on the record."""
    kind = kind_of(type(row))
    if kind.slug == "programme-profiles":
        work = Programme.objects.with_profile(present()).get(slug="eyes")
        words = {"outcome": Outcome.STOPPED, "ends": LATER}
        return _ended_as_a_whole(client, ann, bob, work, words, ground)
    editor = editor_called(kind.slug)
    answers = {"why": "now", "source": "", "seen": "", "note": row.note, "reason": REASON} | ground
    answers |= {editor.ends: LATER, "certainty": "sourced"}
    address = reverse("staff:record_end", args=[kind.slug, row.pk])
    if kind.takes_one:
        press(client, ann, proposed(client, ann, address, answers), "send")
    else:
        published(client, ann, bob, address, answers)
    return standing(type(row))


def _ended_as_a_whole(client, ann, bob, work, words, ground):
    rests = EndRestsOn(ground.get("why", "now"), ground.get("source", ""))
    whole = propose_end(
        programmes=[work], outcome=words["outcome"], ends=span(words["ends"]), words=REASON,
        ground=rests, by=ann, at=present(), step={"next_step": "Tell people", "next_step_owner": "Ann", "next_step_on": "2030-01-01"},
    )  # fmt: skip
    press(client, ann, whole, "send")
    press(client, bob, whole, "approve")
    whole.refresh_from_db()
    assert whole.state == "published"
    return work.profiles.live(present()).get()


def corrected(client, ann, bob, row, **changes):
    """The row that takes the place of one in the general form."""
    kind, form = kind_of(type(row)), {}
    editor = editor_called(kind.slug)
    address = reverse("staff:record_correct", args=[kind.slug, row.pk])
    client.logout()
    page = signed_in(client, ann).get(address, {"why": "now"})
    for name in page.context["form"].fields:
        value = page.context["form"][name].value()
        form[name] = row_cells(editor, row).get(name, value or "")
    objectives = form.get("objectives")
    if objectives is not None:
        form["objectives"] = objectives.split(";") if objectives else []
    answers = form | {"why": "now", "source": "", "reason": "It goes on"} | changes
    if kind.takes_one:
        press(client, ann, proposed(client, ann, address, answers), "send")
    else:
        published(client, ann, bob, address, answers)
    return standing(type(row))


@pytest.mark.parametrize("slug", sorted(MADE.keys() - {"memberships"}))
def test_an_end_of_ours_leaves_what_ends_on_its_own_source(client, ann, bob, slug):
    fact = MADE[slug](**own())
    editor = editor_called(slug)
    last = ended(client, ann, bob, fact)
    end = editor.ends or editor.ends_on_own_page
    assert row_cells(editor, last)[end] == LATER
    assert rests_on(last) == ("map", "inferred", NOTE)
    assert (last.origin, last.reason) == (Origin.PORTAL, REASON)
    again = corrected(client, ann, bob, last, **{end: ""})
    assert row_cells(editor, again)[end] == ""
    assert rests_on(again) == ("map", "inferred", NOTE)


@pytest.mark.parametrize("slug", sorted(MADE.keys() - {"memberships"}))
def test_what_ends_by_a_document_names_where_it_is_from_and_is_as_before_once_called_off(
    client, ann, bob, slug
):
    source("minutes", title="The minutes", published_as="2019")
    fact = MADE[slug](**own())
    last = ended(client, ann, bob, fact, why="document", source="minutes")
    assert last.source.slug == "minutes"
    assert last.note == f"{NOTE} This is known from “The map of 2016”."
    editor = editor_called(slug)
    again = corrected(client, ann, bob, last, **{editor.ends or editor.ends_on_own_page: ""})
    assert rests_on(again) == ("map", "inferred", NOTE)


def test_a_change_of_the_fact_itself_rests_on_who_said_it(client, ann, bob):
    fact = MADE["icc-practices"](**own())
    said = corrected(client, ann, bob, fact, town="Kendal")
    assert (said.source, said.certainty) == (None, "sourced")


def test_the_public_page_says_that_the_end_alone_was_written_here(client, ann, bob):
    work = MADE["programme-profiles"](**own()).programme
    stage(work, "pilot")
    status_update(work)
    ended(client, ann, bob, work.profiles.get())
    client.logout()
    listed = " ".join(client.get("/programmes/eyes/").text.partition('id="sources"')[2].split())
    the_map, _, here = listed.partition("Written in this portal")
    assert "The map of 2016" in the_map
    assert "Programme: What eyes is for." in the_map
    assert f"End of programme: {on_or_in(LATER)}" in here
    assert "What eyes is for." not in here
