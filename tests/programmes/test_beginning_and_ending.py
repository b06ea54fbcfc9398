"""A programme begins with its first milestones, and ends or pauses: by one person and another."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.dates import (
    Present,
    day_in_words,
    first_second,
    london_day,
    months_later,
    span,
)
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor import inbox as record_inbox
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.files import Ground, check_file
from bhcp_portal.kit.editor.proposal import Proposal, Why
from bhcp_portal.kit.editor.reach import Reach
from bhcp_portal.kit.editor.tasks import carry_out_due
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposals import approve_proposal, decision_token
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from partners.roles import Role
from programmes import actions, inbox, staff_presenters
from programmes.actions.endings import EndRestsOn, Outcome
from programmes.models import Milestone, MilestoneDate, Programme, ProgrammeStage, StatusUpdate
from programmes.models.status import due_on, open_period
from tests.at_once import at_once
from tests.clock import clock, present
from tests.factories.kit import source
from tests.factories.partners import became, give, partner, person, signed_in
from tests.factories.programmes import (
    milestone,
    moved,
    partner_role,
    programme,
    stage,
    status_update,
)
from tests.programmes.proposing import errors, press, proposed, published

pytestmark = pytest.mark.django_db

WHY = "The money for it ran out in the spring."
HELD_FOR_ONE = (Role.PROGRAMME_APPROVER, Role.RECORD_KEEPER, Role.AUDITOR)
STAFF_LINK = re.compile(r'<a [^>]*href="(/staff/[^"]+)')
ENDED = "The programme ended on 1 June 2026"
NOW = {"why": "now", "source": ""}
STEP = {
    "next_step": "Patients are told where to go",
    "next_step_owner": "The programme office",
    "next_step_on": "3 June 2030",
}


@pytest.fixture
def eyes(db):
    made = programme("eyes", name="Eye care")
    partner_role(made, partner("RTX", "The trust"))
    milestone(made, "clinic", title="Clinic opens", due="2026-01", published="2025-12")
    return made


def end(work):
    return reverse("staff:programme_end", args=[work.slug])


def stopped(**words):
    return NOW | {"outcome": "stopped", "ends": "1 June 2026", "words": WHY} | STEP | words


def shown(work):
    [found] = staff_presenters.staff_programmes(Programme.objects.filter(pk=work.pk), at=present())
    return found


# -- beginning ------------------------------------------------------------------------------------


BEGIN = "/staff/record/begin/programme/"
FIVE_ANSWERS = NOW | {
    "programme-profiles-name": "Falls at home",
    "programme-profiles-purpose": "Fewer people fall at home.",
    "programme-profiles-objectives": ["better_health"],
    "milestone-1-title": "First visits",
    "milestone-1-due": "June 2030",
    "milestone-3-title": "Everywhere",
    "milestone-3-due": "2031",
}


def test_a_programme_begins_with_its_first_milestones(client, ann, bob):
    trust = partner("RTX", "The trust")
    words = FIVE_ANSWERS | {"programme-partners-partner": trust.code}
    proposal = proposed(client, ann, BEGIN, words)
    press(client, ann, proposal, "send")
    approved = press(client, bob, proposal, "approve")
    work = Programme.objects.get()
    page = client.get(work.get_absolute_url()).text
    for said in ("Fewer people fall at home.", "The trust", "First visits", "June 2030", "2031"):
        assert said in page
    assert [each.programme for each in Milestone.objects.all()] == [work, work]
    assert not MilestoneDate.objects.drafts().exists()
    # First what was done, then what comes next, and what was published is folded under it.
    assert f'href="{work.get_absolute_url()}">See the public page</a>' in approved.text
    order = [
        approved.text.index(each) for each in ("What is still missing of", "What was published")
    ]
    assert order == sorted(order)
    # A row is called by its thing, however much it says.
    row = reverse("staff:record_row", args=["programme-profiles", work.profiles.get().pk])
    titles = [client.get(row).context["words"], approved.context["rows"][0].words]
    assert titles == ["Falls at home"] * 2
    empty = approved.context["things"][0][2]
    words = [words for words, *_ in empty]
    assert "When did it start?" in words
    assert "Programmes in communities" in words
    assert "Its status: how it is going" in words
    assert not {"Milestones", "When did it end, or is it meant to?"} & set(words)
    signed_in(client, ann)
    for _, address, who in empty:
        assert bool(address) != bool(who)
        assert not address or client.get(address).status_code == 200, address
    # It has just begun, so its first update is for this month, at the ordinary day.
    month = date(london_day(present()).year, london_day(present()).month, 1)
    assert (shown(work).period, shown(work).due.is_due) == (month, False)
    assert shown(work).due.words == f"First update due by {day_in_words(due_on(month))}"


def test_the_first_update_is_for_the_month_in_which_a_programme_began(client, ann, bob):
    trust, today = partner("RTX", "The trust"), london_day(present())
    proposal = proposed(
        client, ann, BEGIN, FIVE_ANSWERS | {"programme-partners-partner": trust.code}
    )
    press(client, ann, proposal, "send")
    press(client, bob, proposal, "approve")
    work, month = Programme.objects.get(), date(today.year, today.month, 1)
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    page = signed_in(client, editor).get(reverse("staff:status_add", args=[work.slug])).text
    assert staff_presenters.month_words(month) in page
    assert "Late" not in page
    assert not [each for each in inbox.waiting_for(editor, present()) if work.slug in each.href]
    words = {"status": "on_track", "summary": "The first visits are planned."}
    row = actions.start_status(programme=work, values=words, by=editor, at=present())
    assert row.period == month
    # Once the month is over it is owed like any other.
    later = first_second(months_later(month, 1)) + timedelta(days=1)
    [then] = staff_presenters.staff_programmes(Programme.objects.filter(pk=work.pk), at=later)
    assert (then.period, then.due.is_due) == (month, True)


def test_each_row_of_a_beginning_is_changed_before_it_is_sent_and_once_returned(client, ann, bob):
    trust, other = partner("RTX", "The trust"), partner("RTY", "The council")
    words = FIVE_ANSWERS | {"programme-partners-partner": trust.code}
    proposal = proposed(client, ann, BEGIN, words)
    begun = set(Programme.objects.values_list("slug")) | set(Milestone.objects.values_list("slug"))

    def changed(number, words):
        address = reverse("staff:proposal_row", args=[proposal.pk, number])
        page = signed_in(client, ann).get(address)
        assert not {"programme", "milestone"} & set(page.context["form"].fields)
        answer = client.post(
            address, {"seen": page.context["form"].initial["seen"], **NOW, **words}
        )
        assert answer.status_code == 302, errors(answer)

    assert "Change this row" in client.get(proposal.get_absolute_url()).text
    changed(1, {"name": "Falls", "purpose": "Fewer fall.", "objectives": ["better_care"]})
    changed(2, {"partner": other.code, "role": "lead"})
    milestone = {"state": "planned", "is_critical": "yes"}
    changed(3, milestone | {"title": "First homes", "due": "July 2030"})
    press(client, ann, proposal, "send")
    press(client, bob, proposal, "return", remarks="Later")
    changed(4, milestone | {"title": "Everywhere", "due": "2032"})
    press(client, ann, proposal, "send")
    press(client, bob, proposal, "approve")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.title) == ("published", "Begin a programme: Falls")
    now = set(Programme.objects.values_list("slug")) | set(Milestone.objects.values_list("slug"))
    assert now == begun
    page = client.get(Programme.objects.get().get_absolute_url()).text
    for words in ("Falls", "Fewer fall.", "The council", "First homes", "July 2030", "2032"):
        assert words in page


def test_who_writes_for_a_partner_begins_a_programme_that_it_leads(client):
    trust, other = partner("RTX", "The trust"), partner("RTY", "The council")
    eve = person(name="Eve", roles=[(Role.PROGRAMME_EDITOR, trust)])
    home = signed_in(client, eve).get("/staff/record/").text
    assert BEGIN in home
    page = client.get(f"{BEGIN}?why=now")
    offered = [key for key, _ in page.context["form"].fields["programme-partners-partner"].choices]
    assert offered == ["", "RTX"]
    # Her only partner is chosen already; who writes for two chooses.
    assert '<option value="RTX" selected>' in page.text
    two = person(roles=[(Role.PROGRAMME_EDITOR, trust), (Role.PROGRAMME_EDITOR, other)])
    client.logout()
    assert (
        '<option value="RTX" selected>' not in signed_in(client, two).get(f"{BEGIN}?why=now").text
    )
    client.logout()
    signed_in(client, eve)
    refused = client.post(BEGIN, FIVE_ANSWERS)
    assert refused.context["form"].errors["programme-partners-partner"] == [
        "Choose the partner that leads it"
    ]
    refused = client.post(BEGIN, FIVE_ANSWERS | {"programme-partners-partner": other.code})
    assert not Programme.objects.exists()
    words = FIVE_ANSWERS | {"programme-partners-partner": trust.code}
    proposal = proposed(client, eve, BEGIN, words)
    # Nobody gives it away before it is sent.
    row = reverse("staff:proposal_row", args=[proposal.pk, 2])
    seen = client.get(row).context["form"].initial["seen"]
    away = NOW | {"seen": seen, "partner": other.code, "role": "lead"}
    assert "not of a partner that you write for" in client.post(row, away).text
    press(client, eve, proposal, "send")
    elsewhere = person(name="Una", roles=[(Role.PROGRAMME_APPROVER, other)])
    assert signed_in(client, elsewhere).get(proposal.get_absolute_url()).status_code == 404
    abe = person(name="Abe", roles=[(Role.PROGRAMME_APPROVER, trust)])
    waits = [each.href for each in record_inbox.waiting_for(abe, present())]
    assert proposal.get_absolute_url() in waits
    approved = press(client, abe, proposal, "approve")
    assert Programme.objects.known_at(present()).get().profiles.get().name == "Falls at home"
    assert approved.status_code == 200
    # What follows is theirs as well.
    work = Programme.objects.get()
    assert signed_in(client, eve).get(f"/staff/programmes/{work.slug}/").status_code == 200
    assert client.get(proposal.get_absolute_url()).status_code == 200


def test_no_body_that_has_ended_leads_what_begins(client, ann):
    old, trust = partner("01K", "The old group"), partner("RTX", "The trust")
    became(old, "Its work moved.", when="2019-04", successor=trust, is_end=True)
    page = signed_in(client, ann).get(f"{BEGIN}?why=now")
    offered = [key for key, _ in page.context["form"].fields["programme-partners-partner"].choices]
    assert "RTX" in offered
    assert "01K" not in offered


def test_a_first_milestone_that_is_past_is_asked_about(client, ann):
    words = FIVE_ANSWERS | {"milestone-1-due": "3 June 2016"}
    page = signed_in(client, ann).post(BEGIN, words)
    assert page.context["form"].errors == {
        "milestone-1-due": ["3 June 2016 has passed. Correct it, or tick below that it is right"]
    }
    assert 'name="milestone-1-due_is_right"' in page.text
    answer = client.post(BEGIN, words | {"milestone-1-due_is_right": "on"})
    assert answer.status_code == 302
    assert Milestone.objects.count() == 2


def test_half_a_milestone_is_asked_for_the_other_half(client, ann):
    answer = signed_in(client, ann).post(BEGIN, FIVE_ANSWERS | {"milestone-3-due": ""})
    assert answer.context["form"].errors["milestone-3-due"] == [
        "Enter by when milestone 3 is due, or leave the rest of it empty"
    ]
    assert not Programme.objects.exists()


def test_a_beginning_that_is_deleted_leaves_no_milestone(client, ann):
    proposal = proposed(client, ann, BEGIN, FIVE_ANSWERS)
    assert Milestone.objects.count() == 2
    press(client, ann, proposal, "drop", sure="yes")
    assert not Milestone.objects.exists()
    assert not Programme.objects.exists()


def test_what_is_carried_has_no_door_of_its_own(client, ann):
    signed_in(client, ann)
    for kind in ("milestone-dates", "status-updates"):
        assert client.get(f"/staff/record/in/{kind}/add/?why=now").status_code in (403, 404)


# -- ending ---------------------------------------------------------------------------------------


def test_what_is_stopped_owes_nothing_and_its_page_says_so(client, eyes, ann, bob):
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    assert shown(eyes).late
    assert [entry.box for entry in inbox.waiting_for(editor, present())] != []
    published(client, ann, bob, end(eyes), stopped())
    assert (shown(eyes).late, shown(eyes).is_over, shown(eyes).due.is_due) == ([], True, False)
    assert not [each for each in inbox.waiting_for(editor, present()) if "Write" in each.text]
    page = client.get(eyes.get_absolute_url()).text
    assert "Stopped" in page
    assert "The work stopped on 1 June 2026." in page
    assert page.count(WHY) == 1
    assert page.index("Why it is stopped</h2>") < page.index(WHY)
    assert page.index(WHY) < page.index("The work stopped on 1 June 2026.")
    assert ">Outcome<" not in page
    assert "Ended with the programme" in page
    assert "Overdue" not in page
    assert "Ended</dt>" in " ".join(page.split())
    update = StatusUpdate.objects.live(present()).get(programme=eyes)
    assert (update.author, update.submitted_by, update.decided_by) == (ann, ann, bob)
    assert eyes.stages.live(present()).get().stage == "ended"


def test_a_day_to_come_counts_from_that_day(client, eyes, ann, bob):
    day = london_day(present()) + timedelta(days=40)
    proposal = published(client, ann, bob, end(eyes), stopped(ends=day_in_words(day)))
    assert shown(eyes).late
    page = client.get(eyes.get_absolute_url()).text
    assert "Meant to end" in page
    assert "Stopped" not in page
    carry_out_due.call()
    assert not StatusUpdate.objects.filter(programme=eyes).exists()
    assert proposal in Proposal.objects.waiting_for_a_day()
    moment = first_second(day)
    with clock(moment):
        for _ in range(2):
            record.carry_out_on_its_day(proposal=proposal, at=moment)
        assert StatusUpdate.objects.filter(programme=eyes, status="stopped").count() == 1
    [then] = staff_presenters.staff_programmes(Programme.objects.filter(pk=eyes.pk), at=moment)
    assert (then.late, then.is_over) == ([], True)
    assert not Proposal.objects.waiting_for_a_day()


def test_what_was_returned_once_comes_on_its_day_too(client, eyes, ann, bob):
    day = london_day(present()) + timedelta(days=40)
    proposal = proposed(client, ann, end(eyes), stopped(ends=day_in_words(day)))
    sent = record.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=present())
    how = {"by": bob, "at": present()}
    back = record.send_back(proposal=sent, seen=seen_token(sent), remarks="Ask the board", **how)
    sent = record.send(proposal=back, seen=seen_token(back), by=ann, at=present())
    record.approve(proposal=sent, seen=seen_token(sent), **how)
    assert proposal in Proposal.objects.waiting_for_a_day()
    assert (
        "Ask the board"
        not in signed_in(client, bob).get(proposal.get_absolute_url()).context["proposal"].remarks
    )


def test_an_end_that_waits_is_named_with_its_day_and_is_moved_not_ended_again(
    client, eyes, ann, bob
):
    """One end, from each page on which somebody meets it."""
    day = london_day(present()) + timedelta(days=40)
    proposal = proposed(client, ann, end(eyes), stopped(ends=day_in_words(day)))
    press(client, ann, proposal, "send")
    answer = press(client, bob, proposal, "approve")
    said = " ".join(answer.text.split())
    assert "It is public now" not in said
    assert f"The rest goes on the record on {day_in_words(day)}." in said
    assert f"Approved for {day_in_words(day)}" in said
    assert f"These wait for {day_in_words(day)}" in said
    assert "Stage: Eye" in said
    public = " ".join(client.get(eyes.get_absolute_url()).text.split())
    assert f"It is to end on {day_in_words(day)}: {WHY}" in public
    words = f"It is approved that the programme is stopped on {day_in_words(day)}."
    own = client.get("/staff/programmes/eyes/").text
    assert words in own
    assert f'href="{end(eyes)}"' not in own
    assert f'href="{profile_page(eyes)}"' in own
    assert f'href="{proposal.get_absolute_url()}"' in own
    assert f'href="{end(eyes)}"' not in client.get("/staff/record/of/programme/eyes/").text
    again = client.get(end(eyes), follow=True).text
    assert (
        f'{words} Move or call off that end instead: <a href="{proposal.get_absolute_url()}"'
        in again
    )
    with pytest.raises(record.BlockedError, match="Move or call off that end"):
        actions.propose_end(
            programmes=[Programme.objects.with_profile(present()).get()],
            outcome=Outcome.STOPPED,
            ends=span("2030-01-01"),
            words=WHY,
            ground=EndRestsOn(Why.NOW),
            by=ann,
            at=present(),
        )
    assert not [each for each in inbox.waiting_for(ann, present()) if "End it" in each.text]


def test_an_end_that_waits_for_approval_is_named_before_another_is_written(client, eyes, ann, bob):
    proposal = proposed(client, ann, end(eyes), stopped(ends="1 March 2026"))
    link = f'<a href="{proposal.get_absolute_url()}">'
    for who, words in (
        (ann, "You have a draft of this already"),
        (bob, "is changing this already"),
    ):
        client.logout()
        answer = signed_in(client, who).get(end(eyes), {"why": "now"}, follow=True)
        said = " ".join(answer.text.split())
        assert words in said
        assert link in said
        assert "Back, without changing anything" not in said


def profile_page(work):
    profile = work.profiles.live(Present.now(UTC)).get()
    return reverse("staff:record_correct", args=["programme-profiles", profile.pk])


def ending_on(ends, **words):
    words = {"name": "Eye care", "purpose": "Eyes.", "reason": "The board moved it", **words}
    return NOW | words | {"ends": ends}


def said_on(day, *proposals):
    """The last status of the eyes, once what waits was carried out on a day."""
    with clock(first_second(day)):
        for each in proposals:
            record.carry_out_on_its_day(proposal=each, at=first_second(day))
    last = StatusUpdate.objects.filter(programme__slug="eyes").not_taken_back().last()
    return last and last.summary


def test_an_end_that_was_called_off_does_not_come(client, eyes, ann, bob):
    day = london_day(present()) + timedelta(days=40)
    proposal = published(client, ann, bob, end(eyes), stopped(ends=day_in_words(day)))
    called_off = published(client, ann, bob, profile_page(eyes), ending_on(""))
    assert said_on(day, proposal) is None
    page = signed_in(client, ann).get(proposal.get_absolute_url()).text
    assert f"did not go on the record: “{called_off.title}” took its place." in page


def test_nothing_says_that_it_has_ended_before_the_day_of_its_approved_end(client, eyes, ann, bob):
    """Its stage by the form, to add and to correct, and by a file; its status by its own page."""
    standing = stage(eyes, "pilot")
    day = london_day(present()) + timedelta(days=40)
    published(client, ann, bob, end(eyes), stopped(ends=day_in_words(day)))
    signed_in(client, ann)
    instead = f'href="{end(eyes)}"'
    words = NOW | {"programme": "eyes", "stage": "ended", "is_our_reading": "no", "reason": WHY}
    page = reverse("staff:record_correct", args=["programme-stages", standing.pk])
    answer = client.post(page, words)
    assert answer.status_code == 200
    assert "say so on the page that ends it" in answer.text
    assert instead in answer.text
    record.take_back_at_once(
        kind=kind_of(ProgrammeStage), row=standing, reason=WHY, by=bob, at=present()
    )
    answer = client.post(reverse("staff:record_add", args=["programme-stages"]), words)
    assert answer.status_code == 200
    assert "say so on the page that ends it" in answer.text
    editor = editor_called("programme-stages")
    names = [column.name for column in editor.table.all_columns]
    rows = "programme,stage,source_words,is_our_reading,certainty\neyes,ended,,no,sourced\n"
    sheet = read_sheet(rows.encode(), "programme_stages", names)
    found = check_file(
        sheet, editor, ground=Ground(Why.NOW, reason=WHY), by=ann, at=Present.now(UTC)
    )
    assert any("say so on the page that ends it" in error.message for error in found.errors)
    # The page that ends it leads on to the end that is approved.
    assert "Move or call off that end instead" in client.get(end(eyes), follow=True).text
    editor = person(roles=[Role.PROGRAMME_EDITOR])
    for status in ("stopped", "complete"):
        values = {"status": status, "summary": "All of it.", "explanation": WHY}
        with pytest.raises(actions.EndedError, match="move or call off that end"):
            actions.start_status(programme=eyes, values=values, by=editor, at=present())
    assert eyes.end_at(Present.now(UTC)) is None


def test_an_end_moves_with_all_that_rests_on_it(client, eyes, ann, bob):
    today = london_day(present())
    first, then, last = (today + timedelta(days=number) for number in (40, 50, 60))
    old = published(client, ann, bob, end(eyes), stopped(ends=day_in_words(first)))
    new = proposed(client, ann, profile_page(eyes), ending_on(day_in_words(then)))
    edit = reverse("staff:proposal_edit", args=[new.pk])
    words = ending_on(day_in_words(last), seen=seen_token(new))
    assert client.post(edit, words).status_code == 302
    new.refresh_from_db()
    assert [(row.kind, row.counts_from) for row in new.proposed] == [
        ("programme-profiles", ""),
        ("programme-stages", last.isoformat()),
        ("status-updates", last.isoformat()),
    ]
    assert new.proposed[2].cells["summary"] == f"The work stopped on {day_in_words(last)}."
    assert f"goes on the record on {day_in_words(last)}" in client.get(new.get_absolute_url()).text
    assert old in Proposal.objects.waiting_for_a_day()
    press(client, ann, new, "send")
    press(client, bob, new, "approve")
    assert list(Proposal.objects.waiting_for_a_day()) == [new]
    # Taken back, the first end waits for its day again, and can be moved anew.
    new.refresh_from_db()
    record.take_back_all(proposal=new, reason="Not decided yet", by=bob, at=present())
    assert list(Proposal.objects.waiting_for_a_day()) == [old]
    again = published(client, ann, bob, profile_page(eyes), ending_on(day_in_words(last)))
    assert said_on(first, old, again) is None
    assert said_on(last, old, again) == f"The work stopped on {day_in_words(last)}."
    signed_in(client, ann)
    assert "Put on the record on" in client.get(again.get_absolute_url()).text
    assert "took its place" in client.get(old.get_absolute_url()).text
    assert eyes.stages.get(superseded_at=None, taken_back_at=None).stage == "ended"


def test_an_end_moved_to_a_day_that_was_is_said_at_once_and_corrected(client, eyes, ann, bob):
    day = day_in_words(london_day(present()) + timedelta(days=40))
    published(client, ann, bob, end(eyes), stopped(ends=day))
    published(client, ann, bob, profile_page(eyes), ending_on("2 June 2026"))
    assert (said_on(london_day(present())), shown(eyes).is_over) == (
        "The work stopped on 2 June 2026.",
        True,
    )
    published(client, ann, bob, profile_page(eyes), ending_on("May 2026"))
    page = client.get(eyes.get_absolute_url()).text
    assert "The work stopped in May 2026." in page
    assert "2 June 2026" not in page
    refused = signed_in(client, ann).post(profile_page(eyes), ending_on(day))
    assert "It has ended, and its last status says so" in errors(refused)


def test_a_draft_of_an_end_follows_its_day(client, eyes, ann):
    proposal = proposed(client, ann, end(eyes), stopped())
    day = london_day(present()) + timedelta(days=40)
    words = ending_on(day_in_words(day), seen=seen_token(proposal))
    client.post(reverse("staff:proposal_row", args=[proposal.pk, 1]), words)
    proposal.refresh_from_db()
    profile, stage, status = proposal.proposed
    assert (profile.counts_from, stage.counts_from, status.counts_from) == (
        "",
        *[day.isoformat()] * 2,
    )
    assert status.cells["summary"] == f"The work stopped on {day_in_words(day)}."


def test_what_is_refused_on_its_day_is_a_duty_and_tried_again(client, ann, bob):
    work, day = programme("eyes", name="Sight"), london_day(present()) + timedelta(days=40)
    finished = NOW | {"outcome": "complete", "ends": day_in_words(day), "words": WHY}
    proposal = published(client, ann, bob, end(work), finished)
    late = milestone(work, "clinic", title="Clinic opens", due="2026-01", published="2025-12")
    assert said_on(day, proposal) is None
    [duty] = [each for each in record_inbox.waiting_for(ann, present()) if "Not on" in each.text]
    assert "Mark every milestone as done or dropped first" in duty.meta
    take_back = reverse("staff:proposal_take_back", args=["programme-profiles", proposal.pk])
    assert "not gone on the record yet is called off" in signed_in(client, bob).get(take_back).text
    moved(late, state="dropped", published="2026-02")
    assert said_on(day, proposal).startswith("The work finished")
    assert not [each for each in record_inbox.waiting_for(ann, present()) if "Not on" in each.text]


def test_what_waits_is_called_off_with_what_is_taken_back(client, eyes, ann, bob):
    day = london_day(present()) + timedelta(days=40)
    proposal = published(client, ann, bob, end(eyes), stopped(ends=day_in_words(day)))
    assert Proposal.objects.waiting_for_a_day().exists()
    end_date = eyes.profiles.live(present()).get()
    with pytest.raises(record.BlockedError, match="Take that back as a whole"):
        record.take_back_at_once(
            kind=kind_of(type(end_date)), row=end_date, reason="Not decided", by=bob, at=present()
        )
    done = record.take_back_all(
        proposal=proposal, reason="It goes on after all", by=bob, at=present()
    )
    assert not Proposal.objects.waiting_for_a_day().exists()
    carol = person(name="Carol", roles=[Role.RECORD_KEEPER])
    assert Reach(carol, present()).may_review(done)


def test_another_record_keeper_looks_at_an_end_that_was_taken_back(client, eyes, ann, bob):
    proposal = published(client, ann, bob, end(eyes), stopped())
    done = record.take_back_all(
        proposal=proposal, reason="It goes on after all", by=bob, at=present()
    )
    assert "status-updates" in {row.kind for row in done.proposed}
    carol = person(name="Carol", roles=[Role.RECORD_KEEPER])
    assert Reach(carol, present()).may_review(done)


def test_what_has_finished_without_a_milestone_says_why(client, ann, bob):
    work = programme("sight", name="Sight")
    finished = NOW | {
        "outcome": "finished",
        "ends": "1 June 2026",
        "words": "All of it is done now.",
    }
    published(client, ann, bob, end(work), finished | {"outcome": "complete"})
    [update] = work.updates.live(present())
    assert (update.status, update.status_reason) == ("complete", "All of it is done now.")


def test_what_has_finished_has_no_milestone_open(client, eyes, ann):
    words = NOW | {"outcome": "complete", "ends": "1 June 2026", "words": WHY}
    answer = signed_in(client, ann).post(end(eyes), words)
    assert "Mark every milestone as done or dropped first: 1 is still open" in errors(answer)
    # Which one is said there, with its own page for who may change it.
    assert '<li><a href="/staff/programmes/eyes/">Clinic opens</a></li>' in answer.text
    give(ann, Role.PROGRAMME_EDITOR)
    page = client.get(end(eyes), NOW).text
    assert '<li><a href="/staff/milestones/clinic/">Clinic opens</a></li>' in page


def test_what_merged_leads_on_from_its_day(client, eyes, ann, bob):
    sight = programme("sight", name="Sight for all")
    words = NOW | {
        "outcome": "merged",
        "ends": "1 June 2026",
        "words": WHY,
        "merged_into": str(sight.pk),
    }
    published(client, ann, bob, end(eyes), words)
    page = " ".join(client.get(eyes.get_absolute_url()).text.split())
    assert "Merged into Sight for all" in page
    assert "Eye care" in client.get(sight.get_absolute_url()).text
    # Its own page for staff says which of the two programmes is there, and why.
    page = signed_in(client, ann).get(reverse("staff:record_thing", args=["programme", "sight"]))
    assert "Eye care (programme that it went to: this one)" in page.text


def test_a_merge_to_come_is_named_on_the_pages_of_both(client, eyes, ann, bob):
    sight = programme("sight", name="Sight for all")
    when = day_in_words(london_day(present()) + timedelta(days=40))
    words = NOW | {"outcome": "merged", "ends": when, "words": WHY, "merged_into": str(sight.pk)}
    published(client, ann, bob, end(eyes), words)

    def page_of(address):
        return " ".join(client.get(address).text.split())

    other = f'<a href="{sight.get_absolute_url()}">Sight for all</a>'
    assert f"It is to become part of {other} on {when}: " in page_of(eyes.get_absolute_url())
    taking = page_of(sight.get_absolute_url())
    own = f'<a href="{eyes.get_absolute_url()}">Eye care</a>'
    assert (
        f'To become part of it</dt><dd><ul class="bhcp-side-facts__list"><li>{own} on {when}<'
        in taking
    )
    assert "Brought in" not in taking
    give(ann, Role.PROGRAMME_EDITOR)
    signed_in(client, ann)
    staff = page_of(reverse("staff:programme", args=["eyes"]))
    assert f"becomes part of “Sight for all” on {when}." in staff
    assert sight.get_absolute_url() in staff
    staff = page_of(reverse("staff:programme", args=["sight"]))
    assert f"It is approved that {own} becomes part of this programme on {when}." in staff


def test_no_part_of_an_end_is_changed_by_itself(client, eyes, ann, bob):
    sight, ears = programme("sight", name="Sight for all"), programme("ears", name="Ears")
    merging = NOW | {"outcome": "merged", "words": WHY, "merged_into": str(sight.pk)}
    first = published(client, ann, bob, end(eyes), merging | {"ends": "1 June 2026"})
    take_it_back = f'take the whole end back: <a href="{first.get_absolute_url()}">'

    def refused(address, words):
        answer = signed_in(client, ann).post(address, words)
        assert answer.status_code == 200
        return answer.text

    # Where it went moves with what its last status says, and can't be left empty alone.
    elsewhere = ending_on("1 June 2026", merged_into=ears.slug)
    published(client, ann, bob, profile_page(eyes), elsewhere)
    assert eyes.updates.live(present()).get().merged_into == ears
    assert "Merged into Ears" in " ".join(client.get(eyes.get_absolute_url()).text.split())
    nowhere = refused(profile_page(eyes), ending_on("1 June 2026"))
    assert "Choose which one" in nowhere
    # What moved since is taken back first; then its end goes as a whole, and no part of it alone.
    assert take_it_back not in refused(profile_page(eyes), ending_on(""))
    moved = Proposal.objects.published().latest("decided_at")
    assert (
        f'take the whole end back: <a href="{moved.get_absolute_url()}">'
        in client.post(profile_page(eyes), ending_on("")).text
    )
    stage_page = reverse("staff:record_correct", args=["programme-stages", eyes.stages.get().pk])
    goes_on = NOW | {"stage": "pilot", "is_our_reading": "no", "reason": "It goes on"}
    assert take_it_back in refused(stage_page, goes_on)
    with pytest.raises(record.BlockedError, match="Take that back first"):
        record.take_back_all(proposal=first, reason="Not decided", by=bob, at=present())
    # What waits for a day moves on with it too.
    day = day_in_words(london_day(present()) + timedelta(days=40))
    waits = published(client, ann, bob, end(ears), merging | {"ends": day})
    elsewhere = ending_on(day, name="Ears", purpose="Ears.")
    assert "Choose which one" in refused(profile_page(ears), elsewhere)
    feet = programme("feet", name="Feet")
    new = published(client, ann, bob, profile_page(ears), elsewhere | {"merged_into": feet.slug})
    assert list(Proposal.objects.waiting_for_a_day()) == [new]
    assert {row.cells["merged_into"] for row in new.proposed if row.kind == "status-updates"} == {
        feet.slug
    }
    assert waits not in Proposal.objects.unfinished()
    # A status says nothing else either.
    last = eyes.updates.live(present()).get()
    values = {"status": "stopped", "summary": "It stopped.", "explanation": WHY}
    values |= {"status_reason": WHY}
    with pytest.raises(actions.EndedError, match="says that it became part of another"):
        actions.correct_status(update=last, values=values, by=ann, at=present())


def test_nothing_becomes_part_of_what_has_ended_meanwhile_or_ends_before(client, eyes, ann, bob):
    sight = programme("sight", name="Sight for all")
    today = london_day(present())
    days = [day_in_words(today + timedelta(days=number)) for number in (20, 40)]
    merging = NOW | {"outcome": "merged", "words": WHY, "merged_into": str(sight.pk)}
    later = proposed(client, ann, end(eyes), merging | {"ends": days[1]})
    press(client, ann, later, "send")
    over = published(client, ann, bob, end(sight), stopped(ends=days[0]))
    assert "That one has ended by then" in press(client, bob, later, "approve").text
    record.take_back_all(proposal=over, reason="It goes on", by=bob, at=present())
    press(client, bob, later, "approve")
    too_soon = proposed(client, ann, end(sight), stopped(ends=days[0]))
    refused = press(client, ann, too_soon, "send").text
    assert f"“Eye care” becomes part of it on {days[1]}. Choose a later day" in refused
    assert f'href="{later.get_absolute_url()}"' in refused


@pytest.mark.django_db(transaction=True)
def test_of_two_programmes_that_become_part_of_each_other_at_once_one_does(ann, bob):
    made = [programme("eyes", name="Eye care"), programme("sight", name="Sight for all")]
    now, sent = present(), []
    for work, into in zip(made, reversed(made), strict=True):
        found = Programme.objects.with_profile(now)
        proposal = actions.propose_end(
            programmes=[found.get(pk=work.pk)],
            outcome=Outcome.MERGED,
            ends=span("2026-06-01"),
            words=WHY,
            ground=EndRestsOn(Why.NOW),
            merged_into=found.get(pk=into.pk),
            by=ann,
            at=now,
        )
        sent.append(record.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=now))
    outcomes = at_once(
        lambda each: record.approve(proposal=each, seen=seen_token(each), by=bob, at=present()),
        sent,
    )
    [refused] = [each for each in outcomes if isinstance(each, IncompleteError)]
    assert "is itself part of this one" in str(refused)
    assert len(outcomes) == 2
    assert StatusUpdate.objects.filter(status="merged").count() == 1


def test_what_has_ended_is_not_ended_again_and_nothing_merges_into_it(client, eyes, ann, bob):
    sight = programme("sight", name="Sight for all")
    partner_role(sight, partner("RTX2", "Another trust"))
    merging = NOW | {"outcome": "merged", "ends": "1 June 2026", "words": WHY}
    back = proposed(client, ann, end(sight), merging | {"merged_into": str(eyes.pk)})
    published(client, ann, bob, end(eyes), merging | {"merged_into": str(sight.pk)})
    # The other way round waited meanwhile.
    press(client, ann, back, "send")
    press(client, bob, back, "approve")
    assert sight.profiles.live(present()).get().merged_into is None
    text = " ".join(client.get(eyes.get_absolute_url()).text.split())
    assert "<strong>Ended</strong> on 1 June 2026" in text
    assert "Ended with the programme" in text
    keeper = signed_in(client, ann)
    page = keeper.get("/staff/record/of/programme/eyes/").text
    assert end(eyes) not in page
    assert end(sight) in keeper.get("/staff/record/of/programme/sight/").text
    again = keeper.post(end(eyes), stopped(ends="1 July 2026"), follow=True).text
    assert f'{ENDED}. <a href="/staff/record/of/programme/eyes/">Correct that end</a>' in again
    refused = keeper.post(end(sight), merging | {"merged_into": str(eyes.pk)})
    assert "Choose a programme from the list" in errors(refused)
    last = eyes.updates.live(present()).get()
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    values = {"status": "on_track", "summary": "All is well.", "status_reason": WHY}
    with pytest.raises(actions.EndedError, match="correct its end date first"):
        actions.correct_status(update=last, values=values, by=editor, at=present())


def test_a_document_says_so_from_its_own_day_and_an_older_one_is_refused(client, eyes, ann, bob):
    source("paper", published_as="2026-02")
    source("older", published_as="2014")
    words = {"why": "document", "outcome": "complete", "ends": "January 2026", "words": WHY}
    refused = signed_in(client, ann).post(end(eyes), words | {"source": "older"})
    assert "Something newer than this source stands of Eye care" in errors(refused)
    published(client, ann, bob, end(eyes), words | {"source": "paper"})
    update = StatusUpdate.objects.live(present()).get(programme=eyes)
    assert (update.status, update.period, update.published_as) == ("complete", None, "2026-02")
    assert update.decided_by == bob
    page = " ".join(client.get(eyes.get_absolute_url()).text.split())
    assert "<strong>Ended</strong> in January 2026" in page


def test_the_last_status_takes_the_place_of_this_months(client, eyes, ann, bob):
    period = open_period(london_day(present()))
    status_update(eyes, "on_track", period=period, published=present() - timedelta(hours=2))
    published(client, ann, bob, end(eyes), stopped())
    [update] = StatusUpdate.objects.live(present()).filter(programme=eyes)
    assert (update.status, update.period) == ("stopped", period)


def test_an_update_that_waits_does_not_undo_the_end(client, eyes, ann, bob):
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    values = {"status": "on_track", "summary": "All is well.", "status_reason": WHY}
    at = present()
    waits = actions.start_status(programme=eyes, values=values, by=editor, at=at)
    waits = actions.submit_status(update=waits, seen=seen_token(waits), by=editor, at=at)
    published(client, ann, bob, end(eyes), stopped())
    with pytest.raises(IncompleteError, match="so it has no new status"):
        actions.approve_status(update=waits, seen=seen_token(waits), by=bob, at=present())


def test_what_has_ended_takes_no_new_status_and_no_new_milestone(client, eyes, ann, bob):
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    values = {"status": "on_track", "summary": "All is well.", "status_reason": WHY}
    old = status_update(
        eyes, "on_track", period=date(2026, 4, 1), published=datetime(2026, 5, 4, tzinfo=UTC)
    )
    by = {"by": editor, "at": present()}
    waits = actions.propose_milestone(programme=eyes, title="Another", due_as="2027", **by)
    draft = actions.start_status(programme=eyes, values=values, **by)
    sent = actions.submit_status(update=draft, seen=seen_token(draft), **by)
    # A profile alone said so, as records from before may.
    programme("eyes", name="Eye care", published="2026-06", ends="2026-06-01")
    so, at = pytest.raises(IncompleteError, match=ENDED), present()
    by = {"by": editor, "at": at}
    with so:
        actions.approve_status(update=sent, seen=seen_token(sent), by=bob, at=at)
    back = {"seen": seen_token(sent), "remarks": "It ended.", "by": bob, "at": at}
    back = actions.return_status(update=sent, **back)
    with so:
        actions.submit_status(update=back, seen=seen_token(back), **by)
    with so:
        actions.save_status(
            update=back, seen=seen_token(back), values=values | {"summary": "Well."}, **by
        )
    actions.discard_status(update=back, seen=seen_token(back), **by)
    with so:
        actions.start_status(programme=eyes, values=values, **by)
    # What was said of a month before the end can be put right.
    actions.correct_status(update=old, values=values, **by)
    with so:
        approve_proposal(proposal=waits, seen=decision_token(waits), by=bob, at=at)
    signed_in(client, person(roles=[Role.PROGRAMME_APPROVER]))
    page = client.get(reverse("staff:milestone_proposal", args=[waits.pk]))
    assert "It can only be deleted" in page.text
    assert "everybody reads it at once" not in page.text
    assert [value for value, _ in page.context["form"].buttons] == ["discard"]
    with so:
        actions.propose_milestone(programme=eyes, title="A third", due_as="2027", **by)
    [clinic] = Milestone.objects.known_at(at).with_dates(at)
    change = {"milestone": clinic, "seen": seen_token(clinic.current), **by}
    with so:
        actions.propose_start(**change)
    with so:
        actions.propose_finish(done_as="2026-06-02", **change)
    actions.propose_finish(done_as="2026-05-01", **change)


@pytest.mark.parametrize("says", ["status", "stage"])
def test_what_its_last_status_or_its_stage_alone_says_is_over_takes_nothing_new(client, eyes, says):
    at, values = present(), {"status": "on_track", "summary": "All is well."}
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    month = months_later(open_period(london_day(at)), -1)
    done = milestone(eyes, "ward", title="Ward opens", done="2025-11", published="2025-12")
    old = status_update(eyes, "stopped" if says == "status" else "on_track", period=month)
    stage(eyes, "ended" if says == "stage" else "pilot")
    words = f"The programme’s {'last status' if says == 'status' else 'stage'} is “"
    with pytest.raises(actions.EndedError, match=words):
        actions.start_status(programme=eyes, values=values, by=editor, at=at)
    assert shown(eyes).due.words == "No update due"
    # If that is wrong, it can be put right.
    actions.correct_status(update=old, values=values | {"status_reason": WHY}, by=editor, at=at)
    signed_in(client, editor)
    assert words in client.get("/staff/programmes/eyes/milestone/", follow=True).text
    # An open milestone is called so as the public reads it.
    page = client.get("/staff/programmes/eyes/")
    assert "Ended with the programme" in page.text
    assert "Planned" not in page.text
    page = client.get("/staff/milestones/clinic/")
    assert "Ended with the programme" in page.text
    assert "its milestones can only be said to be done or dropped" in page.text
    assert [each.data["label"] for each, _ in page.context["form"].changes()] == [
        "It is done",
        "It is dropped",
    ]
    move = {"change": "moved", "due": "2030", "moved_because": WHY}
    move["seen"] = page.context["form"]["seen"].value()
    assert "can only be said" in errors(client.post("/staff/milestones/clinic/", move))
    page = client.get(f"/staff/milestones/{done.slug}/")
    assert "Propose</button>" not in page.text
    assert not MilestoneDate.objects.drafts().exists()
    keeper = signed_in(client, person(name="Kay", roles=[Role.RECORD_KEEPER]))
    said = keeper.get("/staff/record/of/programme/eyes/")
    counted = {kind.many: count for kind, count, *_ in said.context["counted"]}
    assert (counted["Milestones"], counted["Status updates"]) == (2, 1)
    assert "2 public now" in said.text


def test_a_month_before_the_end_is_reported_until_the_last_status_stands(client, ann, bob):
    work, day = programme("eyes", ends=london_day(present()).isoformat()), present()
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    values = {"status": "on_track", "summary": "All is well.", "status_reason": WHY}
    draft = actions.start_status(programme=work, values=values, by=editor, at=day)
    actions.discard_status(update=draft, seen=seen_token(draft), by=editor, at=day)
    status_update(work, "complete", published="2020")
    with pytest.raises(actions.EndedError):
        actions.start_status(programme=work, values=values, by=editor, at=present())


def test_the_pages_of_what_has_ended_offer_no_new_status(client):
    programme("eyes", name="Eye care", ends="2026-06-01")
    signed_in(client, person(name="Eve", roles=[Role.PROGRAMME_EDITOR]))
    what_is_said = '<a href="/staff/record/of/programme/eyes/">See what is said of it</a>'
    page = client.get("/staff/programmes/eyes/")
    assert page.text.count(ENDED) == page.text.count(what_is_said) == 2
    assert "Write the update" not in page.text
    assert "Add a milestone" not in page.text
    words = {"status": "on_track", "summary": "All is well.", "status_reason": WHY}
    for address, sent in (
        ("/staff/programmes/eyes/update/", words),
        ("/staff/programmes/eyes/milestone/", {"title": "Another", "due": "2027"}),
    ):
        refused = client.post(address, sent).text
        assert ENDED in refused
        assert what_is_said in refused
    sent_on = client.get("/staff/programmes/eyes/update/?from=1", follow=True).text
    assert ENDED in sent_on
    assert sent_on.count(what_is_said) == 3
    assert not StatusUpdate.objects.exists()
    assert not Milestone.objects.exists()


def test_who_proposed_an_end_does_not_approve_it(client, eyes, ann):
    proposal = proposed(client, ann, end(eyes), stopped())
    press(client, ann, proposal, "send")
    assert press(client, ann, proposal, "approve").status_code == 200
    assert not StatusUpdate.objects.filter(programme=eyes).exists()


# -- the first day --------------------------------------------------------------------------------


def test_those_that_nobody_ever_reported_on_are_ended_together(client, ann, bob, eyes):
    ears, feet = programme("ears", name="Ears"), programme("feet", name="Feet")
    status_update(feet, "on_track", period=date(2020, 1, 1), published="2020-02-03")
    status_update(ears, source_words="Pilot", published="2019")
    page = signed_in(client, ann).get("/staff/never-reported/")
    assert [each.name for each, _ in page.context["programmes"]] == ["Ears", "Eye care"]
    chosen = client.get("/staff/never-reported/?programme=ears&programme=eyes&choose=1")
    assert chosen.url == "/staff/never-reported/end/?programmes=ears%2Ceyes"
    assert "What does it rest on?" in client.get(chosen.url).text
    published(client, ann, bob, chosen.url, stopped())
    assert Proposal.objects.get().title == "End 2 programmes: Ears, Eye care"
    assert not signed_in(client, ann).get("/staff/never-reported/").context["programmes"]
    assert all(shown(each).is_over for each in (ears, eyes))


def test_who_writes_status_may_pause_them_by_the_rules_of_status(client, eyes):
    editor = person(name="Eve", roles=[Role.PROGRAMME_EDITOR])
    approver = person(name="Pat", roles=[Role.PROGRAMME_APPROVER])
    address = "/staff/never-reported/end/?programmes=eyes"
    words = NOW | {"outcome": "paused", "words": WHY}
    refused = signed_in(client, editor).post(address, words)
    assert "Say who decides whether it goes on" in errors(refused)
    words |= {"pause_owner": "The board", "next_decision_on": "3 June 2030"}
    published(client, editor, approver, address, words)
    update = StatusUpdate.objects.live(present()).get(programme=eyes)
    assert (update.status, update.next_decision_on) == ("paused", date(2030, 6, 3))


def test_links_lead_only_where_their_reader_may_go(client, eyes):
    trust = eyes.partner_links.get().partner
    editor = person(name="Eve", roles=[(Role.PROGRAMME_EDITOR, trust)])
    address = "/staff/never-reported/end/?programmes=eyes"
    words = NOW | {"outcome": "paused", "words": WHY, "pause_owner": "The board"}
    page = proposed(client, editor, address, words | {"next_decision_on": "3 June 2030"})
    partner_role(programme("ears", name="Ears"), trust)
    partner_role(programme("feet", name="Feet"), trust)
    assert "/staff/never-reported/" in client.get("/staff/").text
    readers = [editor, *(person(roles=[(role, trust)]) for role in HELD_FOR_ONE)]
    for reader in readers:
        client.logout()
        signed_in(client, reader)
        shown = [
            client.get(each) for each in ("/staff/", "/staff/record/", "/staff/never-reported/")
        ]
        shown += [client.get(page.get_absolute_url()), client.get("/staff/programmes/eyes/")]
        links = {link for each in shown for link in STAFF_LINK.findall(each.text)}
        refused = [each for each in links if client.get(unescape(each)).status_code in (403, 404)]
        assert not refused, reader.current_grants()


def test_no_file_takes_the_place_of_what_has_rules_of_its_own(client, eyes):
    editor, other = person(name="Eve", roles=[Role.PROGRAMME_EDITOR]), programme("ears")
    words = NOW | {"outcome": "paused", "words": WHY, "pause_owner": "The board"}
    words |= {"next_decision_on": "3 June 2030"}
    address = f"/staff/never-reported/end/?programmes=eyes,{other.slug}"
    assert signed_in(client, editor).post(address, words).status_code == 302
    proposal = Proposal.objects.get()
    assert len(proposal.rows) == 2
    by_file = reverse("staff:proposal_file", args=[proposal.pk])
    assert client.get(by_file).url == proposal.get_absolute_url()
    assert client.post(by_file, {}).url == proposal.get_absolute_url()


def test_a_record_keeper_can_not_pause_and_another_partners_is_not_found(client, eyes, ann):
    address = "/staff/never-reported/end/?programmes=eyes"
    page = signed_in(client, ann).get(f"{address}&why=now")
    assert "paused" not in dict(page.context["form"].fields["outcome"].choices)
    both = [page, client.get("/staff/never-reported/")]
    for words in ("pause", "on hold"):
        assert not [each for each in both if words in each.text.partition("<main")[2]]
    other = person(roles=[(Role.RECORD_KEEPER, partner("OTH"))])
    client.logout()
    assert signed_in(client, other).get(f"{address}&why=now").status_code == 404
    for nothing in ("", "%00", ","):
        sent_on = client.get(f"/staff/never-reported/end/?programmes={nothing}")
        assert sent_on.url == "/staff/never-reported/"


@pytest.mark.parametrize("said_by", ["status", "stage", "both"])
def test_what_a_status_or_a_stage_alone_says_is_over_is_ended_whole(client, ann, bob, said_by):
    work = programme("eyes", name="Eye care")
    if said_by in ("status", "both"):
        status_update(work, "stopped", published="2020", explanation="The money went.")
    if said_by in ("stage", "both"):
        stage(work, "ended")
    signed_in(client, ann)
    assert f'href="{end(work)}"' in client.get("/staff/programmes/eyes/").text
    assert f'href="{end(work)}"' in client.get("/staff/record/of/programme/eyes/").text
    page = client.get(end(work), {"why": "now"})
    offered = [key for key, _ in page.context["form"].fields["outcome"].choices]
    assert offered == (["complete", "stopped", "merged"] if said_by == "stage" else ["stopped"])
    proposal = published(client, ann, bob, end(work), stopped())
    profile = work.profiles.live(present()).get()
    assert profile.ends_as == "2026-06-01"
    assert work.stages.live(present()).get().stage == "ended"
    assert work.updates.live(present()).newest_first().first().status == "stopped"
    assert len(proposal.proposed) == {"status": 2, "stage": 2, "both": 1}[said_by]
    # An end is listed once among what is done, and not its status besides.
    home = client.get("/staff/").text
    assert "End a programme: Eye care" in home
    assert "Status: Eye care" not in home
    client.logout()
    assert "1 June 2026" in client.get("/programmes/eyes/").text


def test_an_end_before_the_beginning_and_a_missing_day_are_said_at_once(client, ann):
    work = programme("eyes", name="Eye care", starts="2020-05")
    signed_in(client, ann)
    answer = client.post(end(work), stopped(ends="1 March 2019"))
    assert "Eye care began in May 2020. Write a later day" in answer.text
    answer = client.post(end(work), NOW | {"words": WHY})
    assert "Say from which day it is over" in answer.text


def test_a_day_after_the_beginning_that_is_on_record_is_not_asked_about(client, ann):
    source("plan", published_as="2026")
    asked = []
    for slug, begun in (("eyes", {"starts": "2010"}), ("ears", {})):
        work = programme(slug, published="2020", **begun)
        words = {"why": "document", "source": "plan"}
        whole = proposed(client, ann, end(work), stopped(ends="1 June 2015", **words))
        asked.append("Is that day right?" in client.get(whole.get_absolute_url()).text)
    assert asked == [False, True]


def test_the_list_of_staff_folds_what_is_over_and_is_filtered_by_words(client, ann):
    programme("eyes", name="Eye care")
    programme("ears", name="Ear care")
    programme("old", name="Old clinics", ends="2020")
    signed_in(client, ann)
    page = client.get("/staff/programmes/")
    assert [each.name for each in page.context["found"]] == ["Ear care", "Eye care"]
    assert "Over: 1 programme" in page.text
    page = client.get("/staff/programmes/", {"q": "eye"})
    assert [each.name for each in page.context["found"]] == ["Eye care"]
    assert "No programme has these words" in client.get("/staff/programmes/?q=teeth").text
