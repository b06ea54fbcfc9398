"""Where a second person disagrees with a taking back: the rules of an approval hold, and what was approved since stays."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, publish, seen_token
from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.proposal import Proposal, ProposedRow
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.reviews import Review
from iccs.models import IccPlace, IccProfile, IccSuccession
from partners.roles import Role
from programmes.models import Programme, ProgrammeProfile
from tests.clock import clock, present
from tests.factories.iccs import icc, merged, place, priority
from tests.factories.kit import source
from tests.factories.metrics import metric, target
from tests.factories.partners import called, member, partner, person, profiled, signed_in
from tests.factories.programmes import milestone, money, partner_role, programme, stage
from tests.iccs.test_merging import MERGE, approved, asked, merging, sent, written

pytestmark = pytest.mark.django_db

WHY = "It was of another place."


@pytest.fixture(autouse=True)
def _moments():
    """Of each test its own: those of the file would be past by the time that its turn comes."""
    global NOW, SINCE, LOOKED
    NOW = datetime.now(UTC).replace(microsecond=0)
    SINCE, LOOKED = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)


def taken_back(row, by):
    with clock(NOW):
        return record.take_back_at_once(kind=kind_of(type(row)), row=row, reason=WHY, by=by, at=NOW)


def disagreed(proposal, by):
    with clock(LOOKED):
        seen = proposal.done_at_once.seen
        how = {"agrees": False, "remarks": "It was right", "by": by, "at": LOOKED}
        return record.review(proposal=proposal, seen=seen, **how)


def refused(proposal, by):
    with pytest.raises(IncompleteError) as error:
        disagreed(proposal, by)
    assert not Review.objects.exists()
    return str(error.value)


def again(row, **changed):
    """A row that says the same, published since."""
    newer = type(row).objects.get(pk=row.pk)
    newer.pk, newer._state.adding = None, True
    for name in ("published_at", "superseded_at", "recorded_at", "taken_back_at"):
        setattr(newer, name, None)
    newer.here, newer.taken_back_because = "{}", ""
    for name, value in {"note": "Said since", **changed}.items():
        setattr(newer, name, value)
    with clock(SINCE):
        return publish(newer, at=SINCE, published_as=newer.published_as)


def live(row):
    return type(row).objects.live(LOOKED + timedelta(seconds=1))


def test_what_was_approved_since_of_the_same_stays_of_every_kind(ann, bob):
    hospitals, eyes = partner("RTX", "Hospitals"), programme("eyes", name="Eye care")
    profiled(hospitals)
    kendal = icc("KEN", name="Kendal")
    rows = [
        milestone(eyes, "ward").dates.get(),
        money(eyes),
        target(metric("waits", name="Waits", owner=hospitals), 95),
        stage(eyes, "pilot"),
        partner_role(eyes, hospitals),
        eyes.profiles.get(),
        hospitals.profiles.get(),
        member(hospitals),
        kendal.profiles.get(),
        place(kendal, "Burneside"),
        priority(kendal, "Fewer falls"),
        merged(icc("OLD"), into=icc("NEW"), when="2018", published="2018"),
        source("a-paper").profiles.get(),
    ]
    done = [taken_back(row, ann) for row in rows]
    newer = [again(row) for row in rows]
    for row, act, stays in zip(rows, done, newer, strict=True):
        assert record.published_since(act) == [stays], row
        assert disagreed(act, bob) == [stays], row
        matter = {name: getattr(row, name) for name in row.identity_fields}
        assert live(row).get(**matter) == stays, row
    assert set(Review.objects.values_list("agrees", flat=True)) == {False}


def test_the_page_says_that_what_was_approved_since_stays(client, ann, bob):
    row = place(icc("KEN", name="Kendal"), "Burneside")
    done = taken_back(row, ann)
    again(row)
    page = reverse("staff:proposal_review", args=["icc-places", done.pk])
    shown = signed_in(client, bob).get(page)
    assert "was published of the same since, and stays: “Kendal: Burneside”" in shown.text
    seen = shown.context["form"].initial["seen"]
    sent = {"seen": seen, "decision": "disagree", "remarks": "It was right"}
    answer = client.post(page, sent, follow=True)
    assert "Your words are kept. This was published since, and stays:" in answer.text
    assert "It stands again" not in answer.text
    assert Review.objects.get().remarks == "It was right"


def test_nothing_comes_back_beside_what_its_rules_do_not_let_stand_with_it(ann, bob):
    kendal, millom = icc("KEN", name="Kendal"), icc("MIL", name="Millom")
    eyes = programme("eyes", name="Eye care")
    hospitals, surgery = partner("RTX", "Hospitals"), partner("SUR", "Surgery")
    for each in (hospitals, surgery):
        profiled(each)
    lead = partner_role(eyes, hospitals)
    was = place(kendal, "Burneside")
    end = merged(icc("OLD", name="Old"), into=kendal, when="2018", published="2018")
    profile, name = eyes.profiles.get(), called(partner("DAL", ""), "Dale Trust")
    acts = [taken_back(row, ann) for row in (was, end, profile, name, lead)]
    with clock(SINCE):
        place(millom, "Burneside", published="2019")
        merged(end.icc, into=millom, when="2019", published="2019")
        programme("sight", name="Eye-care", published="2019")
        called(surgery, "Dale trust", begins="2019", published="2019")
        partner_role(eyes, surgery, published="2019")
    words = [refused(each, bob) for each in acts]
    assert words[0] == "Burneside is in Millom. End it there first, or write other days here."
    assert "A community ends only once" in words[1]
    assert "Something is called “Eye-care” already" in words[2]
    assert "Something is called “Dale trust” already" in words[3]
    assert "Another partner leads it at that time" in words[4]
    assert IccPlace.objects.live(LOOKED).get().icc == millom
    assert IccSuccession.objects.live(LOOKED).get().successor == millom
    assert ProgrammeProfile.objects.live(LOOKED).get().name == "Eye-care"
    # What stands in its way is taken back: it comes back then.
    for row in IccPlace.objects.live(LOOKED):
        record.take_back_at_once(
            kind=kind_of(IccPlace), row=row, reason=WHY, by=ann, at=datetime.now(UTC)
        )
    disagreed(acts[0], bob)
    assert IccPlace.objects.live(LOOKED + timedelta(seconds=1)).get().icc == kendal


def test_a_merge_comes_back_as_a_whole_with_what_was_added_meanwhile(client, ann, bob):
    bay, castle = icc("BAY", name="Bay"), icc("LCA", name="Castle")
    place(castle, "Skerton")
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    proposal = sent(client, MERGE, words)
    approved(proposal, ann, bob)
    done = record.take_back_all(proposal=proposal, reason=WHY, by=ann, at=NOW)
    added = place(castle, "Newland", published="2019")
    assert "Say first what becomes of these" in refused(done, bob)
    assert IccProfile.objects.filter(icc=castle).count() == 1
    assert not IccSuccession.objects.live(LOOKED).exists()
    record.take_back_at_once(
        kind=kind_of(IccPlace), row=added, reason=WHY, by=ann, at=datetime.now(UTC)
    )
    disagreed(done, bob)
    assert IccSuccession.objects.live(LOOKED + timedelta(seconds=1)).get().icc == castle
    places = IccPlace.objects.live(LOOKED + timedelta(seconds=1)).on(london_day(NOW))
    assert {(each.icc, each.name) for each in places} == {(bay, "Skerton")}


def test_half_of_a_merge_does_not_come_back(client, ann, bob):
    icc("BAY", name="Bay")
    castle = icc("LCA", name="Castle")
    was = place(castle, "Skerton")
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    proposal = sent(client, MERGE, words)
    approved(proposal, ann, bob)
    with clock(NOW + timedelta(minutes=1)):
        done = record.take_back_all(proposal=proposal, reason=WHY, by=ann, at=NOW)
    again(was)
    sentence = refused(done, bob)
    assert sentence.startswith("This was published since: Castle: Skerton. What ends together")
    assert not IccSuccession.objects.live(LOOKED).exists()


def test_two_drafts_of_one_name_are_not_both_approved(ann, bob):
    """Each was written while nothing was called so."""
    first, second = programme("eyes", name="Eye care"), programme("ears", name="Ear care")
    drafts = []
    for thing in (first, second):
        [row] = thing.profiles.all()
        editor = editor_called("programme-profiles")
        own = ("made", "recorded_at", "taken_back_at", "taken_back_because")
        cells = {
            column.name: str(column.text(row))
            for column in editor.table.all_columns
            if column.name not in own
        }
        cells |= {"name": "Eyes and ears", "source": "", "published_at": "", "reason": WHY}
        proposed = ProposedRow("programme-profiles", "correct", cells, "now", row.pk)
        draft = record.begin(rows=[proposed], title=thing.slug, by=ann, at=NOW)
        drafts.append(record.send(proposal=draft, seen=seen_token(draft), by=ann, at=NOW))
    record.approve(proposal=drafts[0], seen=seen_token(drafts[0]), by=bob, at=NOW)
    with pytest.raises(IncompleteError, match="Something is called “Eyes and ears” already"):
        record.approve(proposal=drafts[1], seen=seen_token(drafts[1]), by=bob, at=NOW)
    assert Proposal.objects.open().get() == drafts[1]
    assert Programme.objects.count() == 2


def test_the_history_names_who_published_it_again_and_why(client, ann, bob):
    row = place(icc("KEN", name="Kendal"), "Burneside")
    disagreed(taken_back(row, ann), bob)
    [again] = IccPlace.objects.live(LOOKED + timedelta(seconds=1))
    boss = person(name="Boss", roles=[Role.RECORD_KEEPER, Role.AUDITOR])
    page = reverse("staff:record_row", args=["icc-places", again.pk])
    first, *_ = signed_in(client, boss).get(page).context["history"]
    assert (first.done, first.by, first.reason) == ("Published again", "Bob", "It was right")


def test_a_draft_on_what_was_taken_back_since_says_so_and_leads_on(client, ann, bob):
    row = place(icc("KEN", name="Kendal"), "Burneside")
    draft = written(
        client,
        ann,
        "icc-places",
        row=row,
        icc="KEN",
        name="Burneside",
        is_main="yes",
        why="slip",
        certainty="sourced",
    )
    record.take_back_at_once(kind=kind_of(IccPlace), row=row, reason=WHY, by=bob, at=NOW)
    client.logout()
    page = signed_in(client, ann).get(draft.get_absolute_url())
    there = reverse("staff:record_row", args=["icc-places", row.pk])
    assert "What this changes was taken back since" in page.text
    assert f'href="{there}"' in page.text
    assert "Public now: " not in page.text
    assert "somebody published another since" not in page.text
    assert client.get(there).status_code == 200


def test_what_is_still_to_come_is_not_said_as_past(client):
    later = london_day(present()) + timedelta(days=200)
    made = programme("eyes", name="Eye care", starts_as=later.isoformat(), starts_on=later)
    assert "<dt>Is to begin</dt>" in client.get(made.get_absolute_url()).text
    board = partner("QE1", "The board", slug="board")
    member(board, joined=later.isoformat(), published="2019")
    listed = " ".join(client.get("/partners/").text.split())
    assert f"Partner on {day_in_words(later)}" not in listed
    page = " ".join(client.get("/partners/board/").text.split())
    assert f"It is to join on {day_in_words(later)}." in page
    assert "It is first named as a partner" not in page
