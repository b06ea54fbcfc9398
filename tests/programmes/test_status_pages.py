"""The staff pages of status updates: who may open them, and what two people at once are told."""

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.actions import TransitionError, seen_token
from bhcp_portal.kit.dates import london_day, months_later
from partners.roles import Role
from programmes import actions
from programmes.models import StatusUpdate
from programmes.models.status import AUTHOR_FIELDS, UpdateState, open_period
from tests.clock import OnTime
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import milestone, partner_role, programme, status_update

actions = OnTime(actions)

pytestmark = pytest.mark.django_db

ON_TRACK = {"status": "on_track", "summary": "All is well."}
REASON = {
    "status_reason": "Two nurses have left and are not replaced yet.",
    "next_step": "Recruit two nurses",
    "next_step_owner": "Ward manager",
    "next_step_on": date(2030, 1, 31),
}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


@pytest.fixture
def telehealth(hospitals):
    made = programme("telehealth", name="Telehealth")
    partner_role(made, hospitals)
    return made


@pytest.fixture
def ann(hospitals):
    return person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, hospitals)])


@pytest.fixture
def eve(hospitals):
    return person("eve@example.org", name="Eve", roles=[(Role.PROGRAMME_EDITOR, hospitals)])


@pytest.fixture
def bob(hospitals):
    return person("bob@example.org", name="Bob", roles=[(Role.PROGRAMME_APPROVER, hospitals)])


def drafted(programme, by, at, **values):
    return actions.start_status(programme=programme, values={**ON_TRACK, **values}, by=by, at=at)


def sent(programme, by, at, **values):
    draft = drafted(programme, by, at, **values)
    return actions.submit_status(update=draft, seen=seen_token(draft), by=by, at=at)


def published(programme, by, other, at, **values):
    row = sent(programme, by, at, **values)
    return actions.approve_status(update=row, seen=seen_token(row), by=other, at=at)


def url(name, *args):
    return reverse(f"staff:{name}", args=args)


def text(answer):
    """The words of a page, one space between them."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def messages_of(answer):
    """The messages a person reads after being sent on."""
    return " ".join(str(message) for message in answer.context["messages"])


# -- who may open what --------------------------------------------------------------------------------
# That each page opens to its roles and partners alone is held in tests/site/test_permission_matrix.py.


def test_another_partners_programme_is_not_in_the_list(client, telehealth):
    signed_in(client, person(roles=[(Role.PROGRAMME_EDITOR, partner("OTH"))]))
    assert "Telehealth" not in text(client.get(url("programmes")))


def test_a_programme_with_no_single_lead_is_reached_by_roles_held_for_all_alone(client, hospitals):
    programme("shared", name="Shared work")
    signed_in(client, person(roles=[(Role.PROGRAMME_EDITOR, hospitals)]))
    assert client.get(url("status_add", "shared")).status_code == 404
    signed_in(client, person(roles=[Role.PROGRAMME_EDITOR]))
    assert client.get(url("status_add", "shared")).status_code == 200


def test_a_lead_that_has_ended_reaches_no_more(client):
    former = partner("OLD")
    partner_role(programme("moved"), former, ends="2018")
    signed_in(client, person(roles=[(Role.PROGRAMME_EDITOR, former)]))
    assert client.get(url("status_add", "moved")).status_code == 404


# -- writing ------------------------------------------------------------------------------------------


def test_the_last_update_stands_beside_and_is_copied_only_when_asked(
    client, telehealth, ann, bob, now
):
    status_update(telehealth, "at_risk", published="2019-11", **REASON, summary="Beds were closed.")
    page = signed_in(client, ann).get(url("status_add", "telehealth"))
    assert "Last time, November 2019 At risk" in text(page)
    assert page.context["form"]["summary"].value() is None
    last = StatusUpdate.objects.get()
    page = client.get(url("status_add", "telehealth"), {"from": last.pk})
    form = page.context["form"]
    assert form["summary"].value() == "Beds were closed."
    assert form["status"].value() == "at_risk"
    assert form["next_step_on"].value() == "31 January 2030"


@pytest.mark.parametrize(
    ("shown", "words"), [("2019-11", "November 2019"), ("2019-11-04", "4 November 2019")]
)
def test_what_was_written_last_time_stands_beside_under_its_day_or_month(
    client, telehealth, ann, shown, words
):
    status_update(telehealth, "at_risk", published=shown, **REASON, summary="Beds were closed.")
    page = text(signed_in(client, ann).get(url("status_add", "telehealth")))
    assert f"Summary, {words} Beds were closed." in page


@pytest.mark.parametrize("words", ["", "x", "9" * 30, "-1"])
def test_a_wrong_address_to_copy_from_begins_with_empty_boxes(client, telehealth, ann, words):
    page = signed_in(client, ann).get(url("status_add", "telehealth"), {"from": words})
    assert page.context["form"]["summary"].value() is None


def test_another_programmes_words_are_not_copied(client, telehealth, ann):
    other = status_update(programme("other"), "on_track", summary="Not yours.")
    page = signed_in(client, ann).get(url("status_add", "telehealth"), {"from": other.pk})
    assert "Not yours." not in text(page)


def test_what_changed_since_the_last_update_is_marked_before_it_is_sent(
    client, telehealth, ann, now
):
    status_update(telehealth, "on_track", published="2019-11", summary="Beds were closed.")
    row = drafted(telehealth, ann, now, summary="Beds are open.")
    page = signed_in(client, ann).get(url("status", row.pk))
    changed = {line.label for line in page.context["lines"] if line.is_changed}
    assert changed == {"Summary"}
    assert "Summary Changed" in text(page)


def test_check_and_submit_shows_who_can_approve_and_what_will_happen(client, telehealth, ann, bob):
    also = person(name="Cath", roles=[Role.PROGRAMME_APPROVER])
    person(name="Zoe", roles=[(Role.PROGRAMME_APPROVER, partner("OTH"))])
    answer = signed_in(client, ann).post(
        url("status_add", "telehealth"), {**ON_TRACK, "check": "yes"}, follow=True
    )
    row = StatusUpdate.objects.get()
    assert (row.state, answer.redirect_chain[-1][0]) == (UpdateState.DRAFT, url("status", row.pk))
    assert answer.context["approvers"] == [bob, also]
    assert "Once approved, the public reads it at once" in text(answer)


def test_submitting_hands_it_over_and_says_so(client, telehealth, ann, now):
    row = drafted(telehealth, ann, now)
    answer = signed_in(client, ann).post(
        url("status_submit", row.pk), {"seen": seen_token(row)}, follow=True
    )
    row.refresh_from_db()
    assert (row.state, row.submitted_by) == (UpdateState.SUBMITTED, ann)
    assert "was submitted" in messages_of(answer)
    assert telehealth.get_absolute_url() in messages_of(answer)


def test_what_is_missing_is_said_and_nothing_is_saved(client, telehealth, ann):
    answer = signed_in(client, ann).post(
        url("status_add", "telehealth"), {"status": "paused", "check": "yes"}
    )
    assert answer.status_code == 200
    assert "Enter the day when this is decided again" in text(answer)
    assert not StatusUpdate.objects.exists()


def test_an_empty_post_shows_no_errors_but_saves_a_draft(client, telehealth, ann):
    signed_in(client, ann).post(url("status_add", "telehealth"), {"save": "yes"})
    assert StatusUpdate.objects.get().state == UpdateState.DRAFT


def test_a_draft_that_lacks_something_can_not_be_submitted(client, telehealth, ann, now):
    row = drafted(telehealth, ann, now, summary="")
    page = signed_in(client, ann).get(url("status", row.pk))
    assert "Write a summary that the public can read" in text(page)
    answer = client.post(url("status_submit", row.pk), {"seen": f"{row.pk}-1"}, follow=True)
    assert "It was not submitted. Write a summary" in messages_of(answer)


def test_a_draft_left_over_from_a_closed_month_is_offered_to_the_open_one(
    client, telehealth, ann, now
):
    row = drafted(telehealth, ann, now)
    before = months_later(row.period, -1)
    StatusUpdate.objects.filter(pk=row.pk).update(period=before)
    signed_in(client, ann)
    assert "This month is closed" in text(client.get(url("status", row.pk)))
    assert client.get(url("status_add", "telehealth")).url == url("status_edit", row.pk)
    assert "becomes the update for" in text(client.get(url("status_edit", row.pk)))
    client.post(url("status_edit", row.pk), {**ON_TRACK, "seen": f"{row.pk}-1", "save": "yes"})
    row.refresh_from_db()
    assert row.period == open_period(london_day(now))


def test_a_draft_can_be_thrown_away_after_asking(client, telehealth, ann, now):
    row = drafted(telehealth, ann, now)
    page = signed_in(client, ann).get(url("status_discard", row.pk))
    assert "Delete what was written" in text(page)
    client.post(url("status_discard", row.pk), {"seen": seen_token(row)})
    assert not StatusUpdate.objects.exists()
    assert StatusUpdate.pgh_event_model.objects.filter(pgh_label="delete").exists()


# -- two people at once -------------------------------------------------------------------------------


def test_the_second_of_two_is_told_who_changed_what_and_nothing_is_overwritten(
    client, telehealth, ann, eve, now
):
    row = drafted(telehealth, ann, now, summary="As it was.", what_is_next="Open the ward.")
    theirs = {**ON_TRACK, "summary": "Eve's words.", "what_is_next": "Open the ward."}
    actions.save_status(update=row, seen=f"{row.pk}-1", values=theirs, by=eve, at=now)
    mine = {**ON_TRACK, "summary": "Ann's words.", "what_is_next": "Open two wards."}
    answer = signed_in(client, ann).post(
        url("status_edit", row.pk), {**mine, "seen": f"{row.pk}-1", "save": "yes"}
    )
    assert answer.status_code == 409
    row.refresh_from_db()
    assert (row.summary, row.version) == ("Eve's words.", 2)
    words = text(answer)
    assert "Eve changed it on" in words
    assert "Eve&#x27;s words." in words
    assert "Ann&#x27;s words." in words
    # What only Ann changed is no conflict and stays as she wrote it.
    assert [line.label for line in answer.context["conflict"].lines] == ["Summary"]
    form = answer.context["form"]
    assert (form["summary"].value(), form["what_is_next"].value()) == (
        "Ann's words.",
        "Open two wards.",
    )
    # Having seen both, she saves again, and hers are the words.
    again = {**mine, "seen": form["seen"].value(), "save": "yes"}
    assert client.post(url("status_edit", row.pk), again).status_code == 302
    row.refresh_from_db()
    assert (row.summary, row.version, row.author) == ("Ann's words.", 3, ann)


def test_a_box_the_second_left_alone_says_what_the_first_wrote(client, telehealth, ann, eve, now):
    row = drafted(telehealth, ann, now, summary="As it was.", help_needed="")
    theirs = {**ON_TRACK, "summary": "As it was.", "help_needed": "A van"}
    actions.save_status(update=row, seen=f"{row.pk}-1", values=theirs, by=eve, at=now)
    mine = {**ON_TRACK, "summary": "Ann's words.", "seen": f"{row.pk}-1", "save": "yes"}
    answer = signed_in(client, ann).post(url("status_edit", row.pk), mine)
    form = answer.context["form"]
    assert (form["summary"].value(), form["help_needed"].value()) == ("Ann's words.", "A van")
    assert "You did not change this, so the box holds what it says now." in text(answer)


def test_words_for_an_update_that_was_thrown_away_are_shown_to_be_copied(
    client, telehealth, ann, eve, now
):
    row = drafted(telehealth, ann, now)
    actions.discard_status(update=row, seen=seen_token(row), by=eve, at=now, reason="No")
    mine = {**ON_TRACK, "summary": "Ann's words.", "seen": "x", "save": "yes"}
    answer = signed_in(client, ann).post(url("status_edit", row.pk), mine)
    assert answer.status_code == 409
    assert "Somebody deleted this draft" in text(answer)
    assert "Summary Ann&#x27;s words." in text(answer)
    assert client.get(url("status_edit", row.pk)).status_code == 404


def test_remarks_that_came_too_late_are_not_lost(client, telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    late = {"decision": "return", "remarks": "Say where.", "seen": "x"}
    answer = signed_in(client, bob).post(url("status_decide", row.pk), late, follow=True)
    assert "Nothing was changed." in text(answer)
    assert "What you wrote was not sent: “Say where.”" in text(answer)
    row.refresh_from_db()
    assert row.state == "submitted"


def test_two_who_begin_at_once_make_one_update_and_lose_no_words(client, telehealth, ann, eve, now):
    row = drafted(telehealth, eve, now, summary="Eve's words.")
    answer = signed_in(client, ann).post(
        url("status_add", "telehealth"), {**ON_TRACK, "summary": "Ann's words.", "check": "yes"}
    )
    assert answer.status_code == 409
    assert StatusUpdate.objects.get().summary == "Eve's words."
    assert "Eve changed it on" in text(answer)
    assert answer.context["form"]["summary"].value() == "Ann's words."
    assert f'action="{url("status_edit", row.pk)}"' in answer.content.decode()


def test_words_sent_after_it_was_submitted_are_shown_so_that_they_can_be_kept(
    client, telehealth, ann, eve, now
):
    row = sent(telehealth, eve, now)
    mine = {**ON_TRACK, "summary": "Ann's words.", "seen": f"{row.pk}-1", "save": "yes"}
    answer = signed_in(client, ann).post(url("status_edit", row.pk), mine)
    assert answer.status_code == 409
    words = text(answer)
    assert "Eve submitted it" in words
    assert "It can’t be changed now" in words
    assert "Ann&#x27;s words." in words
    assert "Save draft" not in words


def test_an_update_sent_twice_is_saved_once_with_a_friendly_sentence(client, telehealth, ann):
    words = {**ON_TRACK, "check": "yes"}
    signed_in(client, ann).post(url("status_add", "telehealth"), words)
    answer = client.post(url("status_add", "telehealth"), words, follow=True)
    row = StatusUpdate.objects.get()
    assert answer.redirect_chain[-1][0] == url("status", row.pk)
    assert "nothing was saved twice" in messages_of(answer)


def test_a_change_sent_twice_is_saved_once(client, telehealth, ann, now):
    row = drafted(telehealth, ann, now)
    words = {**ON_TRACK, "summary": "New words.", "seen": f"{row.pk}-1", "save": "yes"}
    signed_in(client, ann).post(url("status_edit", row.pk), words)
    answer = client.post(url("status_edit", row.pk), words, follow=True)
    assert "nothing was saved twice" in messages_of(answer)
    row.refresh_from_db()
    assert row.version == 2


def test_submitting_twice_says_who_submitted_it(client, telehealth, ann, now):
    row = drafted(telehealth, ann, now)
    signed_in(client, ann)
    for _ in range(2):
        answer = client.post(url("status_submit", row.pk), {"seen": f"{row.pk}-1"}, follow=True)
    assert "Ann submitted it" in messages_of(answer)


def test_submitting_what_another_changed_meanwhile_submits_nothing(
    client, telehealth, ann, eve, now
):
    row = drafted(telehealth, ann, now)
    actions.save_status(
        update=row, seen=f"{row.pk}-1", values={"summary": "Eve's words."}, by=eve, at=now
    )
    answer = signed_in(client, ann).post(
        url("status_submit", row.pk), {"seen": f"{row.pk}-1"}, follow=True
    )
    row.refresh_from_db()
    assert row.state == UpdateState.DRAFT
    assert "Eve changed it" in messages_of(answer)


@pytest.mark.parametrize("seen", ["", "x", "1-999999999999999999999"])
def test_a_version_that_is_none_submits_nothing(client, telehealth, ann, now, seen):
    row = drafted(telehealth, ann, now)
    signed_in(client, ann).post(url("status_submit", row.pk), {"seen": seen})
    row.refresh_from_db()
    assert row.state == UpdateState.DRAFT


# -- deciding -----------------------------------------------------------------------------------------


def test_the_approver_sees_what_differs_from_the_last_published_update(
    client, telehealth, ann, bob, now
):
    status_update(telehealth, "on_track", published="2019-11", summary="Beds were closed.")
    row = sent(telehealth, ann, now, summary="Beds are open.")
    page = signed_in(client, bob).get(url("status_decide", row.pk))
    words = text(page)
    assert "Summary Changed" in words
    assert "Beds are open." in words
    assert "Beds were closed." in words


def test_approving_publishes_at_once(client, telehealth, ann, bob, now):
    row = sent(telehealth, ann, now, summary="Beds are open.")
    answer = signed_in(client, bob).post(
        url("status_decide", row.pk), {"seen": f"{row.pk}-1", "decision": "approve"}, follow=True
    )
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.is_published) == (UpdateState.PUBLISHED, bob, True)
    assert row.get_absolute_url() in messages_of(answer)
    public = client.get(telehealth.get_absolute_url())
    assert "Beds are open." in text(public)


def test_returning_needs_remarks_and_the_author_reads_them(client, telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    back = {"seen": f"{row.pk}-1", "decision": "return"}
    answer = signed_in(client, bob).post(url("status_decide", row.pk), back)
    assert "Say what should change" in text(answer)
    answer = client.post(url("status_decide", row.pk), {**back, "remarks": "x" * 1001})
    assert "1,000" in text(answer) or "1000" in text(answer)
    assert "Say what should change" not in text(answer)
    client.post(url("status_decide", row.pk), {**back, "remarks": "Which beds?"})
    row.refresh_from_db()
    assert (row.state, row.decision_remarks) == (UpdateState.RETURNED, "Which beds?")
    page = signed_in(client, ann).get(url("status_edit", row.pk))
    assert "Bob returned it" in text(page)
    assert "Which beds?" in text(page)


def test_what_was_returned_can_be_changed_sent_again_and_published(telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    row = actions.return_status(update=row, seen=f"{row.pk}-1", remarks="Which?", by=bob, at=now)
    row = actions.save_status(
        update=row, seen=seen_token(row), values={"summary": "Six."}, by=ann, at=now
    )
    row = actions.submit_status(update=row, seen=seen_token(row), by=ann, at=now)
    assert (row.decided_by, row.decided_at) == (None, None)
    assert actions.approve_status(update=row, seen=seen_token(row), by=bob, at=now).is_published


def test_the_submitter_is_told_that_another_person_decides(client, hospitals, telehealth, now):
    roles = [(Role.PROGRAMME_EDITOR, hospitals), (Role.PROGRAMME_APPROVER, hospitals)]
    both = person(name="Both", roles=roles)
    row = sent(telehealth, both, now)
    signed_in(client, both)
    for answer in (
        client.get(url("status_decide", row.pk)),
        client.post(url("status_decide", row.pk), {"seen": f"{row.pk}-1", "decision": "approve"}),
    ):
        assert "You wrote in it, so another person decides" in text(answer)
        assert "Approve: make it public" not in text(answer)
    row.refresh_from_db()
    assert row.state == UpdateState.SUBMITTED


def test_the_second_approver_is_told_that_it_is_public(client, telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    signed_in(client, bob)
    for _ in range(2):
        answer = client.post(
            url("status_decide", row.pk),
            {"seen": f"{row.pk}-1", "decision": "approve"},
            follow=True,
        )
    assert "It is public: Bob approved it" in messages_of(answer)


def test_a_decision_on_an_older_text_decides_nothing(client, telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    old = seen_token(row)
    for values in ({}, {"summary": "Six."}):
        row = actions.return_status(
            update=row, seen=seen_token(row), remarks="Which?", by=bob, at=now
        )
        row = actions.save_status(update=row, seen=seen_token(row), values=values, by=ann, at=now)
        row = actions.submit_status(update=row, seen=seen_token(row), by=ann, at=now)
        signed_in(client, bob).post(
            url("status_decide", row.pk), {"seen": old, "decision": "approve"}
        )
        row.refresh_from_db()
        assert row.state == UpdateState.SUBMITTED


def test_a_decision_that_is_none_decides_nothing(client, telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    answer = signed_in(client, bob).post(url("status_decide", row.pk), {"seen": f"{row.pk}-1"})
    assert "Press one of the buttons" in text(answer)


def test_a_decision_asks_for_the_second_factor_again_after_15_minutes(
    client, telehealth, ann, bob, now
):
    row = sent(telehealth, ann, now)
    signed_in(client, bob, confirmed_ago=16 * 60)
    assert client.get(url("status_decide", row.pk)).status_code == 200
    answer = client.post(
        url("status_decide", row.pk), {"seen": f"{row.pk}-1", "decision": "approve"}
    )
    row.refresh_from_db()
    assert (answer.status_code, row.state) == (302, UpdateState.SUBMITTED)


def test_every_step_is_in_the_history_with_who_and_why(telehealth, ann, bob, now):
    row = sent(telehealth, ann, now)
    actions.return_status(update=row, seen=f"{row.pk}-1", remarks="Which?", by=bob, at=now)
    events = StatusUpdate.pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
    shown = [(each.pgh_context["action"], each.pgh_context["by"]) for each in events]
    assert shown == [
        ("programme.status_drafted", "ann@example.org"),
        ("programme.status_submitted", "ann@example.org"),
        ("programme.status_returned", "bob@example.org"),
    ]
    assert events.last().pgh_context["reason"] == "Which?"


# -- corrections --------------------------------------------------------------------------------------


def test_a_correction_takes_the_place_of_what_was_published_and_that_stays_readable(
    client, telehealth, ann, bob, now
):
    old = published(telehealth, ann, bob, now - timezone.timedelta(minutes=5), summary="Six beds.")
    words = {**ON_TRACK, "summary": "Sixty beds.", "check": "yes"}
    answer = signed_in(client, ann).post(url("status_correct", old.pk), words)
    assert "Say what was wrong in the published update" in text(answer)
    client.post(url("status_correct", old.pk), {**words, "reason": "A nought was lost."})
    draft = StatusUpdate.objects.drafts().get()
    client.post(url("status_submit", draft.pk), {"seen": seen_token(draft)})
    page = signed_in(client, bob).get(url("status_decide", draft.pk))
    assert "Six beds." in text(page)
    client.post(url("status_decide", draft.pk), {"seen": f"{draft.pk}-1", "decision": "approve"})
    old.refresh_from_db()
    draft.refresh_from_db()
    assert old.superseded_at == draft.published_at
    assert draft.reason == "A nought was lost."
    public = text(client.get(f"{telehealth.get_absolute_url()}updates/"))
    assert "Sixty beds." in public
    assert "Six beds." in public


def test_a_correction_is_open_for_a_closed_month_a_new_update_is_not(telehealth, ann, bob, now):
    old = published(telehealth, ann, bob, now)
    later = now + timezone.timedelta(days=70)
    draft = actions.correct_status(
        update=old, values={**ON_TRACK, "reason": "Wrong ward."}, by=ann, at=later
    )
    row = actions.submit_status(update=draft, seen=f"{draft.pk}-1", by=ann, at=later)
    row = actions.approve_status(update=row, seen=f"{row.pk}-1", by=bob, at=later)
    old.refresh_from_db()
    assert (row.period, old.superseded_at) == (old.period, row.published_at)


def test_what_was_copied_from_a_document_is_not_corrected_here(client, telehealth, ann):
    row = status_update(telehealth, "on_track", published="2019-11")
    assert signed_in(client, ann).get(url("status_correct", row.pk)).status_code == 404
    page = client.get(url("status", row.pk))
    assert "From a document, November 2019" in text(page)


def test_a_published_update_is_not_edited(client, telehealth, ann, bob, now):
    row = published(telehealth, ann, bob, now)
    answer = signed_in(client, ann).get(url("status_edit", row.pk), follow=True)
    assert "It is public: Bob approved it" in messages_of(answer)
    with pytest.raises(TransitionError):
        actions.save_status(
            update=row, seen=f"{row.pk}-1", values={"summary": "No."}, by=ann, at=now
        )


def test_an_author_writes_only_what_authors_write(telehealth, ann, now):
    with pytest.raises(ValueError, match="published_at"):
        actions.start_status(programme=telehealth, values={"published_at": now}, by=ann, at=now)
    assert "published_at" not in AUTHOR_FIELDS


# -- bounds -------------------------------------------------------------------------------------------


def test_hostile_words_are_shown_as_words(client, telehealth, ann, now):
    row = drafted(telehealth, ann, now, summary="<script>alert(1)</script>")
    answer = signed_in(client, ann).get(url("status", row.pk))
    assert b"<script>alert" not in answer.content


def test_the_page_to_write_on_asks_a_fixed_number_of_questions(
    client, telehealth, ann, django_assert_max_num_queries
):
    for number in range(20):
        milestone(telehealth, due="2020", published="2015", title=f"Step {number}")
        programme()
    signed_in(client, ann)
    with django_assert_max_num_queries(20):
        assert client.get(url("status_add", "telehealth")).status_code == 200
