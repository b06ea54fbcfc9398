"""The editor that every kind of statement has (HOUSE 9): propose, decide, carry out, take back."""

import re
from datetime import UTC, date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.actions import ActionError, action, redact, seen_token, take_back
from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.editor import actions, forms
from bhcp_portal.kit.editor.editors import editor_called, editors
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Proposal, ProposedRow, State
from bhcp_portal.kit.history import entries, events
from bhcp_portal.kit.kinds import kind_of, kinds
from bhcp_portal.kit.launch import launched_at
from bhcp_portal.kit.reviews import Review
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import AsWrittenField, Statement
from bhcp_portal.kit.tables import WrittenDateField
from iccs.models import Icc, IccPlace, IccProfile, Population
from partners.models import Membership, Partner, SourceProfile
from partners.roles import Role
from programmes.models import Programme, StatusUpdate
from tests.at_once import at_once
from tests.clock import clock, present
from tests.factories.iccs import icc, place, population, profiled
from tests.factories.kit import source
from tests.factories.metrics import metric, reading, rebase, target
from tests.factories.partners import member, partner, person, signed_in
from tests.factories.programmes import milestone, partner_role, programme, status_update

pytestmark = pytest.mark.django_db

SAID = {"why": "now", "source": "", "seen": ""}


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
    # Said again, it leads to what stands before anybody has sent it.
    again = client_of(ann).post(add("icc-places"), words | {"is_main": "yes"}).content.decode()
    assert "This is on the record already." in again
    page = reverse("staff:record_row", args=["icc-places", row.pk])
    assert f'<a href="{page}">Correct that one instead</a>' in again
    assert Proposal.objects.count() == 1


def correction(row, **words):
    """What a correction's form would send: the row as it stands, with other words."""
    editor = editor_called(kind_of(type(row)).slug)
    cells = {
        name: text
        for name, text in row_cells(editor, row).items()
        if name in {question.column for question in editor.questions} and name not in editor.fixed
    }
    return SAID | cells | {"reason": "It was wrong"} | words


def correct(row):
    return reverse("staff:record_correct", args=[kind_of(type(row)).slug, row.pk])


def published(client_of, one, other, address, words):
    """A proposal that one wrote and sent, and the other approved; gives its first row."""
    proposal = send(client_of, one, address, words)
    press(client_of, one, proposal, "send")
    answer = press(client_of, other, proposal, "approve")
    proposal.refresh_from_db()
    assert proposal.state == State.PUBLISHED, errors(answer)
    [row] = proposal.proposed
    return row.of_kind.model.objects.get(pk=row.result)


def test_a_slip_in_copying_is_mended_at_the_date_of_the_document(client_of, ann, bob):
    burneside = place(icc("KEN"), "Burnside", published="2017-06")
    words = correction(burneside, why="slip", name="Burneside", certainty="sourced")
    mended = published(client_of, ann, bob, correct(burneside), words)
    burneside.refresh_from_db()
    # The name is what it is about, so nothing supersedes: the old row is taken back.
    assert burneside.taken_back_because == "It was wrong"
    assert (mended.published_as, mended.source) == ("2017-06", burneside.source)
    assert [row.name for row in live(IccPlace)] == ["Burneside"]
    [looked_at] = Review.objects.filter(table="iccs_iccplace", row_id=burneside.pk)
    assert looked_at.agrees
    assert looked_at.by_whom == bob.email
    reason, now = "It was wrong", Present.now(UTC)
    actions.take_back_at_once(kind=kind_of(IccPlace), row=mended, reason=reason, by=bob, at=now)
    for row in (burneside, mended):
        page = client_of(ann).get(reverse("staff:record_row", args=["icc-places", row.pk]))
        assert page.content.decode().count("It was wrong") == 1


def test_a_newer_document_supersedes_from_its_own_date(client_of, ann, bob):
    old = population(icc("KEN"), 15_000, published="2016")
    census = source("census", published_as="2021-06")
    words = correction(old, why="document", source="census", people="16,500", certainty="sourced")
    new = published(client_of, ann, bob, correct(old), words)
    assert (new.people, new.published_as, new.source) == (16_500, "2021-06", census)
    assert [row.people for row in live(Population)] == [16_500]


def test_a_correction_that_changes_what_it_is_about_is_refused_unless_it_was_a_slip(client_of, ann):
    burneside = place(icc("KEN"), "Burneside")
    proposal = send(client_of, ann, correct(burneside), correction(burneside, name="Staveley"))
    answer = press(client_of, ann, proposal, "send")
    assert "End this one, and add the other as a new one" in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == State.DRAFT


def test_what_ended_stands_with_its_last_day(client_of, ann, bob):
    stands = member(partner("RTX"))
    end = reverse("staff:record_end", args=["memberships", stands.pk])
    words = SAID | {"left": "1 April 2027", "reason": "It closed"}
    ended = published(client_of, ann, bob, end, words)
    assert (ended.left_as, ended.joined_as) == ("2027-04-01", stands.joined_as)
    assert list(live(Membership)) == [ended]


def test_a_source_is_added_beside_and_used_before_it_is_checked_but_not_published(
    client_of, ann, bob
):
    icc("KEN")
    page = client_of(ann)
    chooser = page.get(add("icc-places") + "?why=document&icc=KEN")
    add_source = chooser.context["add_source"]
    beside = page.get(add_source)
    then = beside.context["then"]
    # It is a new one: nobody asks which, and what becomes of it is said before.
    assert beside.context["form"].visible_fields()[0].label == "Title"
    assert "can be approved once the source is" in beside.text
    words = SAID | {
        "then": then,
        "title": "The plan of 2027",
        "publisher": "The partnership",
        "kind": "document",
        "published": "June 2026",
    }
    ahead = page.post(add("source-profiles"), words | {"published": "June 2100"})
    assert "This day is still to come" in errors(ahead)
    assert not Source.objects.filter(slug="the-plan-of-2027").exists()
    answer = page.post(add("source-profiles"), words)
    assert answer.status_code == 302, errors(answer)
    [plan] = Source.objects.filter(slug="the-plan-of-2027")
    assert answer.url == f"{then}&source=the-plan-of-2027"
    form = page.get(answer.url)
    assert form.context["source"] == "The plan of 2027"
    assert "This source still waits to be checked" in form.text
    sent = {"why": "document", "source": plan.slug, "seen": "", "certainty": "sourced"}
    place_words = sent | {"icc": "KEN", "name": "Burneside", "is_main": "no"}
    waiting = send(client_of, ann, add("icc-places"), place_words)
    assert waiting.proposed[0].cells["published_at"] == "2026-06"
    press(client_of, ann, waiting, "send")
    checked = Proposal.objects.of_kind("source-profiles").get()
    named = f'<a href="{checked.get_absolute_url()}">Source: The plan of 2027</a>'
    blocked = f"Its source is not public yet: {named}. That has to be approved first."
    for reader, buttons in ((ann, ["recall", "drop"]), (bob, ["return"])):
        page = client_of(reader).get(waiting.get_absolute_url())
        assert blocked in page.text
        assert [value for value, _ in page.context["form"].buttons] == buttons
    assert blocked in press(client_of, bob, waiting, "approve").content.decode()
    waiting.refresh_from_db()
    page = reverse("staff:record_decide", args=["icc-places"])
    seen, of = seen_token(waiting), f"proposal-{waiting.pk}"
    several = {"proposal": waiting.pk, f"{of}-seen": seen, f"{of}-decision": "approve"}
    assert named in client_of(bob).post(page, several, follow=True).text
    press(client_of, bob, checked, "approve")
    assert live(SourceProfile).get(cited=plan).title == "The plan of 2027"
    press(client_of, bob, waiting, "approve")
    assert live(IccPlace).get().source == plan


def test_a_source_that_something_needs_is_not_deleted_under_it(client_of, ann):
    words = SAID | {"title": "A plan", "publisher": "Us", "kind": "document", "published": "2026"}
    plan = send(client_of, ann, add("source-profiles"), words)
    used = {"why": "document", "source": "a-plan", "certainty": "sourced", "seen": ""}
    icc("KEN")
    used = send(
        client_of, ann, add("icc-places"), used | {"icc": "KEN", "name": "X", "is_main": "no"}
    )
    refused = press(client_of, ann, plan, "drop", sure="yes").content.decode()
    assert f'<a href="{used.get_absolute_url()}">{used}</a> needs it' in refused
    assert Source.objects.filter(slug="a-plan").exists()
    # Its address is a word that stands in another column of that row.
    other = send(client_of, ann, add("source-profiles"), words | {"title": "Sourced"})
    press(client_of, ann, other, "drop", sure="yes")
    assert not Source.objects.filter(slug="sourced").exists()
    press(client_of, ann, used, "drop", sure="yes")
    press(client_of, ann, plan, "drop", sure="yes")
    assert not Source.objects.filter(slug="a-plan").exists()


def test_sources_are_found_by_words_twelve_to_a_page(client_of, ann):
    for number in range(15):
        source(f"minutes-{number:02}", title=f"Minutes of the board, part {number:02}")
    source("else", title="Something else")
    page = client_of(ann)
    first = page.get(add("icc-places") + "?why=document&words=board+minutes")
    assert len(first.context["sources"]) == 12
    second = page.get(add("icc-places") + "?why=document&words=board+minutes&page=2")
    assert [title[-2:] for title, _ in second.context["sources"]] == ["12", "13", "14"]


def test_who_approves_wrote_none_of_it(client_of, ann, bob):
    icc("KEN")
    words = SAID | {"icc": "KEN", "name": "Burneside", "is_main": "no"}
    proposal = send(client_of, ann, add("icc-places"), words)
    edit = reverse("staff:proposal_edit", args=[proposal.pk])
    # Bob saves it unchanged, which is no hand; then changes a word, which is.
    client_of(bob).post(edit, words | {"seen": f"{proposal.pk}-1"})
    assert not Proposal.objects.written_by(bob).exists()
    client_of(bob).post(edit, words | {"seen": f"{proposal.pk}-1", "name": "Burneside Village"})
    assert Proposal.objects.written_by(bob).exists()
    press(client_of, ann, proposal, "send")
    for who in (ann, bob):
        press(client_of, who, proposal, "approve")
        assert not live(IccPlace).exists()
    eve = person(name="Eve", roles=[Role.RECORD_KEEPER])
    press(client_of, eve, proposal, "approve")
    assert live(IccPlace).get().name == "Burneside Village"


def test_two_who_correct_the_same_row_are_told(client_of, ann, bob):
    burneside = place(icc("KEN"), "Burneside")
    first = send(client_of, ann, correct(burneside), correction(burneside, is_main="yes"))
    answer = client_of(bob).post(correct(burneside), correction(burneside, is_main="yes"))
    link = f'<a href="{first.get_absolute_url()}">{first}</a>'
    assert f"Ann is changing this already: {link}." in answer.content.decode()
    assert Proposal.objects.count() == 1
    row = client_of(bob).get(reverse("staff:record_row", args=["icc-places", burneside.pk]))
    assert row.context["waiting"] == first


def test_who_wrote_from_an_older_version_is_told_and_loses_nothing(client_of, ann, bob):
    icc("KEN")
    words = SAID | {"icc": "KEN", "name": "Burneside", "is_main": "no"}
    proposal = send(client_of, ann, add("icc-places"), words)
    edit = reverse("staff:proposal_edit", args=[proposal.pk])
    seen = f"{proposal.pk}-1"
    client_of(ann).post(edit, words | {"seen": seen, "name": "Staveley"})
    answer = client_of(bob).post(edit, words | {"seen": seen, "name": "Natland"})
    shown = answer.content.decode()
    assert "Somebody changed this while you wrote" in shown
    assert "Natland" in shown
    proposal.refresh_from_db()
    assert proposal.proposed[0].cells["name"] == "Staveley"


def test_a_form_sent_twice_is_one_proposal_and_one_thing(client_of, ann):
    words = SAID | {"title": "A plan", "publisher": "Us", "kind": "document", "published": "2026"}
    first = send(client_of, ann, add("source-profiles"), words)
    second = send(client_of, ann, add("source-profiles"), words)
    assert first == second
    assert Source.objects.filter(slug__startswith="a-plan").count() == 1


def test_returned_with_remarks_it_goes_back_to_its_author(client_of, ann, bob):
    icc("KEN")
    words = SAID | {"icc": "KEN", "name": "Burneside", "is_main": "no"}
    proposal = send(client_of, ann, add("icc-places"), words)
    press(client_of, ann, proposal, "send")
    without = press(client_of, bob, proposal, "return").content.decode()
    assert "Say what should change" in without
    press(client_of, bob, proposal, "return", remarks="Which one?")
    home = client_of(ann).get(reverse("staff:home")).content.decode()
    assert "Which one?" in home
    assert "Returned to you" in home


def test_a_source_may_have_no_date(client_of, ann, bob):
    words = SAID | {"title": "What we do", "publisher": "The council", "kind": "page"}
    proposal = send(client_of, ann, add("source-profiles"), words | {"published": ""})
    press(client_of, ann, proposal, "send")
    press(client_of, bob, proposal, "approve")
    known = live(SourceProfile).get(title="What we do")
    page = client_of(ann).get(known.get_absolute_url()).text
    assert "by The council, no date given." in page
    assert "no date given" in client_of(ann).get("/sources/").text
    # What rests on it says so from the day on which it was read.
    icc("KEN", name="Kendal")
    resting = {"why": "document", "source": known.cited.slug, "seen": ""}
    form = client_of(ann).get(add("icc-places"), {"why": "document", "source": known.cited.slug})
    assert "Leave this empty if the source has no date" in form.text
    place = {"icc": "KEN", "name": "Burneside", "is_main": "no", "certainty": "sourced"}
    proposal = send(client_of, ann, add("icc-places"), resting | place)
    press(client_of, ann, proposal, "send")
    press(client_of, bob, proposal, "approve")
    row = live(IccPlace).get(name="Burneside")
    assert row.published_as == london_day(Present.now(UTC)).isoformat()
    assert "no date given" in client_of(ann).get(row.icc.get_absolute_url()).text


def test_people_of_one_partner_keep_its_own_record_and_no_other(client_of):
    ours, theirs = partner("RTX"), partner("01K")
    keeper = person(name="Kit", roles=[(Role.RECORD_KEEPER, ours)])
    page = client_of(keeper)
    words = SAID | {"name": "The new name", "valid_from": "1 April 2027"}
    own = page.post(add("partner-names"), words | {"partner": ours.code})
    assert own.status_code == 302
    other = page.post(add("partner-names"), words | {"partner": theirs.code})
    assert "not of a partner that you write for" in other.content.decode()
    name = theirs.names.get()
    assert (
        page.get(reverse("staff:record_correct", args=["partner-names", name.pk])).status_code
        == 404
    )
    # What is of no partner is kept for all.
    icc("KEN")
    bay = page.post(add("icc-places"), SAID | {"icc": "KEN", "name": "X", "is_main": "no"})
    assert bay.status_code == 403
    assert "added by people who write for all of them" in bay.content.decode()


def test_an_editor_of_programmes_writes_of_those_that_their_partner_leads(client_of):
    ours = partner("RTX")
    led, other = programme("led", name="Led"), programme("other", name="Other")
    partner_role(led, ours, "lead")
    editor = person(name="Ed", roles=[(Role.PROGRAMME_EDITOR, ours)])
    page = client_of(editor)
    words = SAID | {"year": "2027/28", "kind": "spent", "amount": "£1,000", "what_for": "Kit"}
    assert page.post(add("money"), words | {"programme": "led"}).status_code == 302
    assert page.post(add("money"), words | {"programme": "other"}).status_code == 200
    assert page.get(add("icc-places")).status_code == 403
    # Sources are added by who keeps the record for all.
    assert page.get(add("money") + "?why=document").context["add_source"] == ""
    profile = other.profiles.get()
    assert page.get(correct(profile)).status_code == 404


def test_one_partner_leads_at_a_time_and_numbers_fit(client_of, ann, bob):
    first, second = partner("RTX"), partner("RNN")
    made = programme("led", name="Led")
    stands = partner_role(made, first, "lead")
    words = SAID | {"programme": "led", "partner": second.code, "role": "lead"}
    proposal = send(client_of, ann, add("programme-partners"), words | {"starts": "1 May 2026"})
    refused = press(client_of, ann, proposal, "send").content.decode()
    assert (
        "Another partner leads it at that time. Say first from when it no longer does." in refused
    )
    end = reverse("staff:record_end", args=["programme-partners", stands.pk])
    published(client_of, ann, bob, end, SAID | {"ends": "1 May 2026", "reason": "It moved"})
    answer = press(client_of, ann, proposal, "send").content.decode()
    assert "It is sent." in answer

    many = {"programme": "led", "value": "9" * 20, "counts": "people", "is_aim": "no"}
    refused = client_of(ann).post(add("figures"), SAID | many)
    assert "This number is too long. Write at most 12 digits" in errors(refused)


def test_a_kind_with_pages_of_its_own_is_not_written_by_the_general_door(client_of):
    superuser = person(name="Root", is_superuser=True)
    page = client_of(superuser)
    own = [kind for kind in kinds() if kind.has_own_pages]
    assert len(own) > 5
    for kind in own:
        assert page.get(add(kind.slug)).status_code == 404
        assert page.post(add(kind.slug), SAID).status_code == 404


def test_a_status_published_by_mistake_is_taken_back_and_the_one_before_counts(client_of):
    work = programme("telehealth", name="Telehealth")
    status_update(work, "on_track", period=date(2026, 8, 1), published="2026-09-07")
    wrong = status_update(work, "off_track", period=date(2026, 9, 1), published="2026-10-07")
    approver, other = (
        person(name=name, roles=[Role.PROGRAMME_APPROVER]) for name in ("Pat", "Sam")
    )
    address = reverse("staff:record_take_back", args=["status-updates", wrong.pk])
    page = client_of(approver)
    assert "Say why it is taken back" in page.post(address, {"reason": " "}).content.decode()
    page.post(address, {"reason": "It was of another programme"})
    public = page.get(work.get_absolute_url()).content.decode()
    assert "Off track" not in public
    [done] = Proposal.objects.done_at_once()
    assert done.title.startswith("Status taken back: Telehealth: Off track")
    review = reverse("staff:proposal_review", args=["status-updates", done.pk])
    assert review in client_of(other).get(reverse("staff:home")).content.decode()
    seen = client_of(other).get(review).context["form"].initial["seen"]
    client_of(other).post(
        review, {"seen": seen, "decision": "disagree", "remarks": "It was of this one"}
    )
    [status] = live(StatusUpdate).filter(period=date(2026, 9, 1))
    assert status.status == "off_track"
    assert status.pk != wrong.pk
    assert review not in client_of(other).get(reverse("staff:home")).content.decode()


def test_a_preview_shows_the_public_page_and_leaves_nothing(
    client_of, ann, django_capture_on_commit_callbacks
):
    kendal = icc("KEN", name="Kendal", slug="kendal")
    words = SAID | {"icc": kendal.code, "name": "Burneside", "is_main": "yes"}
    proposal = send(client_of, ann, add("icc-places"), words)
    before = {
        model: model.objects.count() for model in (IccPlace, Proposal, IccPlace.pgh_event_model)
    }
    with django_capture_on_commit_callbacks() as later:
        answer = client_of(ann).get(reverse("staff:proposal_preview", args=[proposal.pk]))
    shown = answer.content.decode()
    assert "Burneside" in shown
    assert "Preview" in shown
    assert f'<a href="{proposal.get_absolute_url()}">Back to the proposal</a>' in shown
    assert later == []
    assert before == {model: model.objects.count() for model in before}
    assert "Burneside" not in client_of(ann).get(kendal.get_absolute_url()).content.decode()


def test_what_is_tried_out_before_anything_is_on_the_record_launches_nothing(client_of, ann):
    words = SAID | {"name": "Dale Partners", "used": "Since 2015", "heads_pages_as": "partnership"}
    proposal = send(client_of, ann, add("partnership-names"), words)
    with actions.carried_out(proposal):
        assert launched_at() is not None
    assert launched_at() is None


@pytest.mark.django_db(transaction=True)
def test_three_who_approve_at_once_publish_it_once(ann):
    icc("KEN")
    row = ProposedRow(
        "icc-places",
        "add",
        {"icc": "KEN", "name": "Burneside", "is_main": "no", "certainty": "sourced"}
        | dict.fromkeys(("note", "reason", "source"), ""),
        "now",
    )
    now = present()
    proposal = actions.begin(rows=[row], title="A place", by=ann, at=now)
    proposal = actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=now)
    people = [person(name=name, roles=[Role.RECORD_KEEPER]) for name in ("B", "C", "D")]
    outcomes = at_once(
        lambda who: actions.approve(
            proposal=proposal, seen=seen_token(proposal), by=who, at=present()
        ),
        people,
    )
    assert sum(isinstance(each, ActionError) for each in outcomes) == 2
    assert live(IccPlace).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_to_correct_one_row_at_once_are_told(ann, bob):
    burneside = place(icc("KEN"), "Burneside")
    editor = editor_called("icc-places")

    def begin(who):
        row = ProposedRow(
            "icc-places", "correct", row_cells(editor, burneside), "now", burneside.pk
        )
        return actions.begin(rows=[row], title=who.name, by=who, at=present())

    outcomes = at_once(begin, [ann, bob])
    assert sorted(type(each).__name__ for each in outcomes) == ["InWorkError", "Proposal"]


def test_words_written_while_a_colleague_s_were_published_are_kept(client_of, ann, bob):
    cara = person(name="Cara", roles=[Role.RECORD_KEEPER])
    burneside = place(icc("KEN"), "Burneside")
    begun = correct(burneside)
    newer = published(client_of, bob, cara, begun, correction(burneside, note="From Bob"))
    page = client_of(ann)
    answer = page.post(begun, correction(burneside, note="From Ann"))
    assert answer.status_code == 200
    assert "Nothing was lost: your words are below" in answer.text
    assert "From Ann" in answer.text
    assert f'action="{correct(newer)}"' in answer.text
    again = send(client_of, ann, correct(newer), correction(newer, note="From Ann"))
    assert again.proposed[0].replaces == newer.pk
    led = page.get(begun, follow=True)
    assert "no longer" in led.text
    # Where nothing stands there is nothing to go on from; the words stand there to be copied.
    for _ in ("newer", "what stood again"):
        take_back(live(IccPlace), reason="Not a place")
    answer = page.post(correct(newer), correction(newer, note="From Ann"))
    assert "From Ann" in answer.text
    assert "so it can’t be changed" in answer.text


def test_questions_have_no_words_of_programmers():
    found = [
        (editor.slug, question)
        for editor in editors()
        for question in editor.questions
        if re.search(
            r"slug|\bcode\b|semicolon|boolean|null", f"{question.label} {question.hint}".lower()
        )
        and question.column != "ods_code"
    ]
    assert found == []


def test_each_written_date_is_asked_as_one():
    own = {field.name for field in Statement._meta.get_fields()}
    for editor in editors():
        fields = editor.table.model._meta.get_fields()
        kept = {each.name for each in fields if isinstance(each, AsWrittenField)} - own
        asked = [each for each in editor.table.columns if isinstance(each.field, WrittenDateField)]
        names = {(each.attribute or each.name).removesuffix("_as") + "_as" for each in asked}
        assert names == kept, editor.slug


def begun(client_of, one, other, name, words):
    """A thing that one person began, sent twice, and another approved; gives its proposal."""
    address = reverse("staff:record_begin", args=[name])
    first = send(client_of, one, address, SAID | words)
    assert send(client_of, one, address, SAID | words) == first
    press(client_of, one, first, "send")
    answer = press(client_of, other, first, "approve")
    first.refresh_from_db()
    assert first.state == State.PUBLISHED, errors(answer)
    return first


def test_a_programme_begins_with_a_few_questions_and_says_what_is_still_empty(client_of, ann, bob):
    trust = partner("RTX", "The trust")
    words = {
        "programme-profiles-name": "Falls at home",
        "programme-profiles-purpose": "Fewer people fall at home.",
        "programme-profiles-objectives": ["better_health", "better_care"],
        "programme-profiles-starts": "June 2026",
        "programme-partners-partner": trust.code,
    }
    proposal = begun(client_of, ann, bob, "programme", words)
    [made] = Programme.objects.filter(slug__startswith="falls")
    page = client_of(ann).get(made.get_absolute_url()).content.decode()
    assert "Fewer people fall at home." in page
    assert "The trust" in page
    after = client_of(ann).get(proposal.get_absolute_url())
    [(name, address, _)] = after.context["things"]
    assert name == "Falls at home"
    empty = client_of(ann).get(address)
    assert [group.kind.slug for group in empty.context["groups"] if not group.rows] == [
        "programme-iccs",
        "figures",
        "money",
        "programme-stages",
    ]
    # Of one profile there is nothing to add, and its status is kept on a page of its own.
    assert [group.kind.slug for group in empty.context["groups"] if not group.may_add] == [
        "programme-profiles"
    ]
    assert reverse("staff:programme", args=[made.slug]) in dict(empty.context["own_pages"]).values()


def test_a_partner_and_a_community_begin_and_count(client_of, ann, bob):
    words = {
        "partner-names-name": "Lune Valley Federation",
        "partner-names-short_name": "Lune",
        "partner-profiles-kind": "gp_federation",
        "memberships-joined": "1 April 2020",
    }
    proposal = begun(client_of, ann, bob, "partner", words)
    [(_, _, empty)] = client_of(ann).get(proposal.get_absolute_url()).context["things"]
    lines = [words for words, *_ in empty]
    assert "Mailboxes of partners" in lines
    assert "Changes of partners" not in lines
    for name in (
        "Lune Valley Federation",
        "lune valley  federation",
        "Lu\u200dne-Valley Federation",
    ):
        again = SAID | words | {"partner-names-name": name}
        called_so = client_of(ann).post(reverse("staff:record_begin", args=["partner"]), again)
        assert "Something is called “Lune Valley Federation” already" in errors(called_so)
        page = reverse("staff:record_thing", args=["partner", "lune"])
        assert f'<a href="{page}">Lune Valley Federation</a>' in called_so.text
    lune = Partner.objects.get()
    assert (lune.code, lune.slug) == ("LUNE", "lune")
    now = Present.now(UTC)
    assert lune in Partner.objects.members(now, london_day(now))
    icc("KEN", name="Kendal")
    begun(client_of, ann, bob, "community", {"icc-profiles-name": "Kenwick"})
    assert sorted(Icc.objects.values_list("code", flat=True)) == ["KEN", "KEW"]


def test_a_first_day_in_a_year_that_is_not_over_says_from_when_it_holds(client_of, ann):
    year = london_day(Present.now(UTC)).year
    words = SAID | {"icc": icc("KEN").code, "name": "Burneside", "is_main": "no"}
    proposal = send(client_of, ann, add("icc-places"), words | {"starts": f"{year} to {year + 1}"})
    page = client_of(ann).get(proposal.get_absolute_url()).content.decode()
    words = f"{year} to {year + 1} is not over yet, so this holds from its last day, 31 December"
    assert f"{words} {year + 1}." in page
    ends = {"starts": "June 2026", "ends": "May 2026"}
    wrong = client_of(ann).post(add("icc-places"), SAID | proposal.proposed[0].cells | ends)
    assert "It can’t end before it starts." in errors(wrong)


def test_what_was_begun_and_deleted_leaves_nothing(client_of, ann):
    address = reverse("staff:record_begin", args=["programme"])
    words = SAID | {"programme-profiles-name": "Falls", "programme-profiles-purpose": "Fewer."}
    proposal = send(client_of, ann, address, words)
    assert Programme.objects.count() == 1
    press(client_of, ann, proposal, "drop", sure="yes")
    assert Programme.objects.count() == 0


def test_who_keeps_the_record_of_one_partner_begins_nothing(client_of):
    keeper = person(roles=[(Role.RECORD_KEEPER, partner("RTX"))])
    assert client_of(keeper).get(reverse("staff:record_begin", args=["partner"])).status_code == 403
    editor = person(roles=[Role.PROGRAMME_EDITOR])
    page = client_of(editor)
    assert page.get(reverse("staff:record_begin", args=["programme"])).status_code == 200
    assert page.get(reverse("staff:record_begin", args=["partner"])).status_code == 403


@pytest.mark.parametrize(
    "words",
    [
        {"why": "slip"},
        {"why": "document", "source": "\x00"},
        {"why": "document", "source": "no-such-source"},
        {"why": "nonsense"},
        {"icc": "(new)"},
        {"icc": "ZZZ"},
        {"name": "x" * 5000},
        {"name": " "},
        {"is_main": "perhaps"},
        {"ends": "31 June 2026"},
        {"seen": "x" * 3000},
        {"note": "x" * 100_000},
    ],
    ids=str,
)
def test_what_was_tampered_with_is_answered_with_a_sentence(client_of, ann, words):
    icc("KEN")
    sent = SAID | {"icc": "KEN", "name": "Burneside", "is_main": "no"} | words
    answer = client_of(ann).post(add("icc-places"), sent)
    assert answer.status_code in (200, 302, 400)
    assert Proposal.objects.count() == (answer.status_code == 302)


def test_words_that_stand_for_a_new_thing_elsewhere_stay_as_they_were_written(client_of, ann):
    words = {"programme-profiles-name": "(new)", "programme-profiles-purpose": "(new)"}
    address = reverse("staff:record_begin", args=["programme"])
    proposal = send(client_of, ann, address, SAID | words)
    [row] = proposal.proposed
    assert (row.cells["name"], row.cells["programme"]) == ("(new)", "new")


@pytest.mark.parametrize("code", ["RTX", "not a code!", "x" * 200])
def test_a_code_that_is_taken_or_none_is_answered_with_what_to_do(client_of, ann, code):
    partner("RTX")
    words = {
        "partner-names-name": "Lune Valley Federation",
        "partner-profiles-kind": "gp_federation",
        "memberships-joined": "1 April 2020",
        "code": code,
    }
    answer = client_of(ann).post(reverse("staff:record_begin", args=["partner"]), SAID | words)
    assert answer.status_code == 200
    assert "code" in answer.context["form"].errors
    assert Partner.objects.count() == 1
    assert not Proposal.objects.exists()


def test_a_document_of_a_day_to_come_is_refused(client_of, ann):
    icc("KEN")
    source("plan", published_as="2016")
    sent = {"why": "document", "source": "plan", "seen": "", "certainty": "sourced"}
    words = sent | {"icc": "KEN", "name": "X", "is_main": "no", "published_at": "3 June 2099"}
    proposal = send(client_of, ann, add("icc-places"), words)
    assert "still to come" in press(client_of, ann, proposal, "send").content.decode()


@pytest.mark.parametrize(
    "query", ["?icc=(new)", "?ends=x", "?why=x", "?page=x", "?words=%00", "?then=//evil.example"]
)
def test_an_address_that_asks_for_nonsense_is_answered(client_of, ann, query):
    icc("KEN")
    answer = client_of(ann).get(add("icc-places") + query)
    assert answer.status_code in (200, 400)
    assert 'href="//evil' not in answer.content.decode()


def test_the_history_of_a_row_is_read_by_who_may_change_it(client_of):
    ours, theirs = partner("RTX"), partner("01K")
    editor = person(roles=[(Role.PROGRAMME_EDITOR, ours)])
    for lead, shown in ((ours, True), (theirs, False)):
        work = programme()
        partner_role(work, lead, "lead")
        row = work.profiles.get()
        page = client_of(editor).get(
            reverse("staff:record_row", args=["programme-profiles", row.pk])
        )
        assert (page.context["history"] is not None) == shown


def test_the_history_of_a_row_is_the_chain_from_what_was_first_said(client_of, ann, bob):
    old = population(icc("KEN"), 15_000, published="2016")
    source("census", published_as="2021-06")
    more = {"why": "document", "source": "census", "people": "16,500", "certainty": "sourced"}
    new = published(client_of, ann, bob, correct(old), correction(old, **more))
    with clock(timezone.now() + timedelta(seconds=5)):
        now = correction(new, people="17,000", reason="We counted again")
        last = published(client_of, ann, bob, correct(new), now)
    for row in (old, new, last):
        text = read_row(client_of(bob), row)
        assert "First said</a> 2016" in text or "First said 2016" in text
        assert "Reason: It was wrong" in text
        assert "Number of people: from 15,000 to 16,500" in text
        assert "by Ann (Record keeper). Reason: We counted again" in text
        assert "Number of people: from 16,500 to 17,000" in text

    # A slip in what it is about is taken back, and leads on to the right one.
    burneside = place(icc("EAS"), "Burnside", published="2017-06")
    slip = correction(burneside, why="slip", name="Burneside", certainty="sourced")
    mended = published(client_of, ann, bob, correct(burneside), slip)
    for row in (burneside, mended):
        text = read_row(client_of(bob), row)
        assert "from Burnside to Burneside" in text
        assert "Taken back" in text
    with clock(timezone.now() + timedelta(seconds=10)):
        ends = {"ends": "1 April 2024", "reason": "It is another’s"}
        address = reverse("staff:record_end", args=["icc-places", mended.pk])
        ended = published(client_of, ann, bob, address, SAID | ends)
    assert "from nothing to 1 April 2024" in read_row(client_of(bob), ended)


def read_row(page, row):
    found = page.get(reverse("staff:record_row", args=[kind_of(type(row)).slug, row.pk]))
    return " ".join(found.text.split())


def test_words_that_are_removed_are_gone_from_what_was_proposed_too(client_of, ann, bob):
    icc("KEN")
    secret = "Mrs Smith of “Elm” Street"
    words = SAID | {"icc": "KEN", "name": secret, "is_main": "no", "note": secret}
    row = published(client_of, ann, bob, add("icc-places"), words)
    mend = correction(row, why="now", is_main="yes", note=secret)
    send(client_of, ann, correct(row), mend)
    redact(row, fields=["name", "note"], by=bob, reason="A patient is named")
    kept = [
        *Proposal.objects.values_list("rows", "title"),
        *Proposal.pgh_event_model.objects.values_list("rows", "title"),
    ]
    assert len(kept) > 4
    assert [each for each in kept if "Smith" in str(each)] == []
    assert "removed on" in str(kept)


def test_rows_of_kinds_with_pages_of_their_own_are_found_by_their_words(client_of, ann):
    milestone(programme("frailty"), title="Two weak spots mended", published="2018")
    page = client_of(ann).get(reverse("staff:record"), {"q": "weak"})
    [(row, _, words)] = page.context["saying"]
    assert "Two weak spots mended" in words
    found = client_of(ann).get(reverse("staff:record_row", args=["milestone-dates", row.pk]))
    assert found.status_code == 200


def test_a_name_among_many_is_found_by_its_words(client_of, ann, monkeypatch):
    monkeypatch.setattr(forms, "LONGEST_LIST", 2)
    for code, name in (("KEN", "Kendal"), ("KES", "Kendal South"), ("MIL", "Millom")):
        icc(code, name=name)
    page = client_of(ann)

    def sent(words):
        return page.post(add("icc-places"), SAID | {"icc": words, "name": "X", "is_main": "no"})

    assert "Nothing is called “Carnforth”" in sent("Carnforth").content.decode()
    slip = sent("Kendl Suoth").content.decode()
    assert "Choose one that is spelt alike" in slip
    assert 'value="KES"' in slip
    assert 'value="MIL"' not in slip
    several = sent("kend").content.decode()
    assert "2 names have “kend” in them. Choose one" in several
    assert 'value="KES"' in several
    for words, code in (("kendal", "KEN"), ("south", "KES"), ("MIL", "MIL")):
        Proposal.objects.all().delete()
        assert sent(words).status_code == 302
        assert Proposal.objects.get().proposed[0].cells["icc"] == code
    shown = page.get(add("icc-places") + "?why=now&icc=KES").content.decode()
    assert 'value="Kendal South"' in shown


def test_a_thing_is_found_before_rows_and_sources_also_by_a_name_spelt_alike(client_of, ann):
    millom = icc("MIL", name="Millom", slug="millom")
    source("map", title="A map of Millom")
    for name in ("Millom Without", "Haverigg"):
        place(millom, name)
    population(millom, 8500)
    home = client_of(ann)
    page = home.get(reverse("staff:record"), {"q": "millom"})
    assert [name for name, *_ in page.context["things"]] == ["Millom"]
    assert [words for *_, words in page.context["saying"]] == ["Millom: Millom Without"]
    assert [name for name, *_ in page.context["sources"]] == ["A map of Millom"]
    near = home.get(reverse("staff:record"), {"q": "milom"})
    assert near.context["is_close"]
    assert [name for name, *_ in near.context["things"]] == ["Millom"]
    listed = [kind for _, under in page.context["kinds"] for kind in under]
    assert sorted(kind.slug for kind in listed) == sorted(editor.slug for editor in editors())
    # Its page says each kind on one line, what stands of it behind a disclosure if it is more than one.
    of = home.get(reverse("staff:record_thing", args=["icc", "millom"])).content.decode()
    assert "Haverigg; Millom Without" in of or "Millom Without; Haverigg" in of
    assert of.count("See all of them") == 1
    assert "to: Places</span></a>" in of


def test_what_changed_of_a_thing_is_read_by_who_may_change_it_and_by_nobody_else(client_of):
    lead, other = partner("RTX", "Hospitals"), partner("OTH", "Council")
    made = programme("frailty", name="Frailty")
    partner_role(made, lead)
    status_update(made, "on_track", published="2018")
    partner_role(programme("elsewhere", name="Elsewhere"), other)
    address = reverse("staff:record_history", args=["programme", "frailty"])
    for who, answer in (
        ((Role.PROGRAMME_EDITOR, lead), 200),
        ((Role.PROGRAMME_EDITOR, other), 404),
        ((Role.AUDITOR, lead), 200),
        ((Role.AUDITOR, other), 404),
        (Role.NEWS_EDITOR, 403),
    ):
        page = client_of(person(roles=[who])).get(address)
        assert page.status_code == answer, who
        if answer == 200:
            # Status holds drafts too, so who writes it reads its history.
            assert {entry.label for entry in page.context["entries"]} == {
                "programmes.programmepartner",
                "programmes.programmeprofile",
                *(["programmes.statusupdate"] if Role.PROGRAMME_EDITOR in who else []),
            }
            assert "Elsewhere" not in page.text
            assert "Left out, as you neither write nor approve it: " in page.text
    # Who reads all history reads all of it here.
    page = client_of(person(roles=[Role.AUDITOR])).get(address)
    assert page.context["left_out"] == []
    assert "Left out" not in page.text
    assert "programmes.statusupdate" in {entry.label for entry in page.context["entries"]}
    thing = client_of(person(roles=[(Role.PROGRAMME_EDITOR, other)]))
    found = thing.get(reverse("staff:record_thing", args=["programme", "frailty"]))
    assert "See what changed" not in found.text


def test_a_proposal_tells_who_did_what_and_which_answers_changed(client_of, ann, bob):
    place(icc("MIL", name="Millom"), "Haverigg")
    found = live(IccPlace).get()
    cells = row_cells(editor_called("icc-places"), found)
    row = ProposedRow("icc-places", "correct", cells | {"note": "One"}, "now", replaces=found.pk)
    at = timezone.now()
    made = actions.begin(rows=[row], title="Haverigg", by=ann, at=at)
    row.cells["note"] = "Two"
    made = actions.edit(
        proposal=made, rows=[row], title="Haverigg", seen=seen_token(made), by=ann, at=at
    )
    made = actions.send(proposal=made, seen=seen_token(made), by=ann, at=at)
    actions.send_back(proposal=made, seen=seen_token(made), remarks="Which?", by=bob, at=at)
    page = client_of(bob).get(made.get_absolute_url())
    steps = [(step.words, step.by, step.reason) for step in page.context["steps"]]
    assert steps == [
        ("Written", str(ann), ""),
        ("Changed", str(ann), ""),
        ("Sent", str(ann), ""),
        ("Returned", str(bob), "Which?"),
    ]
    [line] = page.context["steps"][1].changed
    assert (line.before, line.now) == ("One", "Two")
    assert "<del>One</del>" in page.text


def test_rows_of_kinds_with_pages_of_their_own_name_their_thing(client, ann):
    eyes, waits, kendal = (
        programme("eyes", name="Eye care"),
        metric("waits", name="Waits", unit="%", multiplier=100),
        icc("KEN", name="Kendal"),
    )
    milestone(eyes, "ward", title="Ward opens")
    status_update(eyes, "on_track")
    target(waits, 95, scope=kendal)
    rebase(waits, date(2024, 2, 1))
    reading(waits, (45, 60), scope=kendal)
    signed_in(client, ann)
    for kind, words in (
        ("status-updates", "Eye care: On track"),
        ("milestone-dates", "Eye care: "),
        ("targets", "Waits, Kendal: National standard of 95% from 1 January 2015: 95"),
        ("rebases", "Waits: the whole area, from February 2024: "),
        ("readings", "Waits, Kendal: January 2024: 75%, 45 / 60"),
    ):
        listed = client.get(reverse("staff:record_kind", args=[kind]))
        [row] = listed.context["rows"]
        assert row.words.startswith(words)
        page = client.get(reverse("staff:record_row", args=[kind, row.row.pk])).content.decode()
        assert f"<title>{words}" in page
        assert "All that is said of " in page
        [entry] = entries(events([row.row._meta.label_lower]))
        assert words in entry.in_short


def test_a_correction_to_the_name_or_matter_of_another_says_so_on_the_form(client_of, ann):
    kendal, millom = icc("KEN", name="Kendal"), icc("MIL", name="Millom")
    row = live(IccProfile).get(icc=millom)
    correct = reverse("staff:record_correct", args=["icc-profiles", row.pk])
    form = client_of(ann).get(correct + "?why=now").context["form"]
    words = {name: form[name].value() or "" for name in form.fields}
    words |= {"name": "KENDAL", "reason": "A new name"}
    refused = client_of(ann).post(correct, words)
    assert "Something is called “Kendal” already" in errors(refused)
    assert reverse("staff:record_thing", args=["icc", kendal.slug]) in refused.text
    one, other = place(kendal, "Burneside"), place(kendal, "Staveley")
    correct = reverse("staff:record_correct", args=["icc-places", other.pk])
    form = client_of(ann).get(correct + "?why=now").context["form"]
    words = {name: form[name].value() or "" for name in form.fields}
    words |= {"name": "Burneside", "is_main": "no", "reason": "Its name"}
    refused = client_of(ann).post(correct, words)
    assert "This is on the record already" in errors(refused)
    assert reverse("staff:record_row", args=["icc-places", one.pk]) in refused.text


def test_a_form_of_what_was_taken_back_meanwhile_says_so(client_of, ann):
    kendal = icc("KEN", name="Kendal")
    profiled(kendal, name="Kendal and the dales", published="2019")
    for stands_again in (True, False):
        row = live(IccProfile).get(icc=kendal)
        words = correction(row, name="Kendal town")
        with action("test.taken_back", reason="A slip"):
            take_back(IccProfile.objects.filter(pk=row.pk), reason="A slip")
        assert live(IccProfile).filter(icc=kendal).exists() is stands_again
        answer = client_of(ann).post(correct(row), words)
        said = answer.content.decode()
        assert "This was taken back while you wrote" in said
        assert "was published while" not in said
        assert ("Send them again" in said) is stands_again
        assert "Kendal town" in said


def test_a_row_in_work_says_so_before_anything_is_written(client_of, ann, bob):
    burneside = place(icc("KEN"), "Burneside")
    end = reverse("staff:record_end", args=["icc-places", burneside.pk])
    first = send(client_of, ann, correct(burneside), correction(burneside, is_main="yes"))
    link = f'<a href="{first.get_absolute_url()}">{first}</a>'
    for who, words in ((bob, "Ann is changing this already"), (ann, "You have a draft of this")):
        for form in (correct(burneside), end):
            answer = client_of(who).get(form, {"why": "now"}, follow=True)
            assert "form" not in answer.context
            assert words in answer.text
            assert link in answer.text


def test_each_change_has_its_own_reason_beside_the_one_that_is_public(client_of, ann, bob):
    burneside = place(icc("KEN"), "Burneside", reason="The old reason")
    form = client_of(ann).get(correct(burneside), {"why": "now"}).context["form"]
    assert not form["reason"].value()
    sent = correction(burneside, is_main="yes", reason="The new reason")
    proposal = send(client_of, ann, correct(burneside), sent)
    page = client_of(ann).get(proposal.get_absolute_url())
    [row] = page.context["rows"]
    why = {line.label: (line.now, line.before) for line in row.changed}["Why it changes"]
    assert why == ("The new reason", "The old reason")
