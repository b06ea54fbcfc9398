"""A partner leaves, gets another name or is succeeded; the count on any day, and its people."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, seen_token, take_back
from bhcp_portal.kit.dates import Present, day_in_words, end_of, london_day
from bhcp_portal.kit.editor import actions as editor_actions
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.files import Ground, check_file
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.editor.template import columns_to_fill
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from partners import actions
from partners.models import AccessEnd, Membership, RoleGrant
from partners.roles import Role
from tests.factories.kit import run_queue
from tests.factories.partners import (
    called,
    give,
    member,
    partner,
    person,
    profiled,
    signed_in,
    site,
)
from tests.factories.programmes import partner_role, programme

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
TODAY = london_day(NOW)
LATER = TODAY + timedelta(days=40)


@pytest.fixture
def trust(db):
    made = partner("RTX", "The trust", slug="trust")
    profiled(made)
    member(made)
    return made


def read(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().partition("<main")[2].split())


def words(day=LATER, **more):
    return {"why": "now", "source": "", "partner": "RTX", "day": day_in_words(day), **more}


def published(client, what, form, ann, bob, **more):
    """The proposal of what a form says, sent by one and approved by another."""
    signed_in(client, ann)
    address = reverse("staff:partner_change", args=[what])
    answer = client.post(address, form)
    assert "answers" in answer.context, answer.context["form"].errors.as_text()
    initial = {name: field.initial for name, field in answer.context["form"].fields.items()}
    answer = client.post(address, form | initial | {"step": "send"} | more)
    assert answer.status_code == 302, answer.context["form"].errors.as_text()
    proposal = Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))
    sent = editor_actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=NOW)
    editor_actions.approve(proposal=sent, seen=seen_token(sent), by=bob, at=NOW)
    client.logout()
    proposal.refresh_from_db()
    assert proposal.state == State.PUBLISHED
    return proposal


def shown(client, **query):
    found = re.search(r"(\d+) partners?[,<]", read(client, "/partners/", **query))
    return int(found[1])


def count_is_explained(client, days):
    """On each past day the number is that of the memberships that the record then held."""
    for day in days:
        held = Membership.objects.live(end_of(day)).on(day).count()
        assert shown(client, **{"as-at": day}) == held, day


def present_on(monkeypatch, day):
    """Lets the pages be read on another day as their present."""
    noon = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)

    class Then(Present):
        @classmethod
        def now(cls, tz=None):
            return Present.combine(noon.date(), noon.timetz())

    monkeypatch.setattr("bhcp_portal.kit.as_at.Present", Then)


def test_a_partner_leaves_on_a_day_to_come_and_the_count_follows(
    client, trust, ann, bob, monkeypatch
):
    member(partner("RW5", "The other trust"), joined="2018-04-01", published="2018-03")
    past = [TODAY - timedelta(days=1), TODAY.replace(year=2017), TODAY.replace(year=2019)]
    signed_in(client, ann)
    address = reverse("staff:partner_change", args=["leave"])
    late = words(TODAY, reason="So", last_day=day_in_words(past[0]))
    errors = client.post(address, late).context["form"].errors
    assert errors["last_day"] == ["Enter today or a later day, or leave this empty"]
    form = client.post(address, late | {"last_day": ""}).context["answers"]
    assert form.cleaned_data["last_day"] == TODAY
    client.logout()
    before = {day: shown(client, **{"as-at": day}) for day in past}
    published(client, "leave", words(reason="It joined another partnership"), ann, bob)
    assert {day: shown(client, **{"as-at": day}) for day in past} == before
    count_is_explained(client, past)
    assert shown(client) == 2
    assert f"is to leave on {day_in_words(LATER)}" in read(client, "/partners/trust/")
    for day, number in ((LATER - timedelta(days=1), 2), (LATER, 1)):
        present_on(monkeypatch, day)
        assert shown(client) == number
        assert Membership.objects.live(Present.now(UTC)).on(day).count() == number
    assert "It joined another partnership" in read(client, "/partners/trust/")


def test_a_partner_that_left_joins_again_and_the_count_is_right_on_every_day(
    client, trust, ann, bob, monkeypatch
):
    member(partner("RW5", "The other trust"), joined="2016-04-01", published="2016-03")
    signed_in(client, ann)
    address = reverse("staff:partner_change", args=["rejoin"])
    assert "No partner has left that could join again" in client.get(address, follow=True).text
    member(trust, left="2018-04-01", published="2018-03", reason="It left.")
    asked = client.get(address, {"why": "now"}).context["form"].fields["partner"].choices
    assert [code for code, _ in asked] == ["", "RTX"]
    early = client.post(address, words(date(2018, 3, 31), reason="It came back"))
    assert "Choose that day or a later one" in early.context["form"].errors["day"][0]
    anew = {"partner-names-name": "the trust", "partner-profiles-kind": "acute_trust"}
    anew |= {"why": "now", "source": "", "memberships-joined": "1 April 2020", "code": ""}
    refused = client.post(reverse("staff:record_begin", args=["partner"]), anew)
    errors = refused.context["form"].errors
    assert "choose “A partner that left joins again”" in errors["partner-names-name"][0]
    anew |= {"partner-names-name": "The trust anew", "code": "RTX"}
    refused = client.post(reverse("staff:record_begin", args=["partner"]), anew)
    assert "Choose “A partner that left joins again”" in refused.context["form"].errors["code"][0]
    days = [date(2017, 1, 1), date(2018, 3, 31), date(2018, 4, 1), TODAY - timedelta(days=1)]
    before = {day: shown(client, **{"as-at": day}) for day in days}
    assert list(before.values()) == [2, 2, 1, 1]
    made = published(client, "rejoin", words(reason="It came back"), ann, bob)
    # Who approves reads that nothing of the stay before goes.
    stays = "It belonged before: it joined on 10 March 2015 and left on 1 April 2018. That stays on"
    page = signed_in(client, bob).get(made.get_absolute_url())
    assert stays in page.text
    assert page.context["rows"][0].title == "New: membership"
    assert "Public now" not in page.text
    row = reverse("staff:record_row", args=["memberships", made.proposed[0].result])
    assert "Begun again" in client.get(row).text
    client.logout()
    # What is said now of the days before, between and after; and what past days said stays as it was.
    assert {day: shown(client, **{"as-at": day}) for day in days} == before
    stays = Membership.objects.stays(Present.now(UTC))
    held = {day: stays.on(day).count() for day in (*days, TODAY, LATER - timedelta(days=1), LATER)}
    assert list(held.values()) == [2, 2, 1, 1, 1, 1, 2]
    assert shown(client) == 1
    listed = read(client, "/partners/").partition("Partners that left")[2]
    assert "left on 1 April 2018" in listed
    assert f"It is to join again on {day_in_words(LATER)}." in listed
    assert client.get("/api/v1/partners/trust").json()["is_member"] is False
    present_on(monkeypatch, LATER)
    assert shown(client) == 2
    for page in ("/partners/", "/partners/trust/"):
        text = read(client, page)
        assert f"ince {day_in_words(LATER)}" in text
        assert "It was a partner before: joined on 10 March 2015, left on 1 April 2018." in text
    out = client.get("/api/v1/partners/trust").json()
    assert (out["is_member"], out["membership"]["joined"]) == (True, LATER.isoformat())


def test_who_follows_a_partner_and_belonged_once_joins_again_by_itself(client, trust, ann, bob):
    board = partner("QE1", "The board", slug="board")
    member(board, joined="2015-04-01", left="2017-04-01", published="2017-03")
    form = words(TODAY, successor="QE1", successor_name="", words="It closed")
    published(client, "succeed", form, ann, bob)
    assert shown(client) == 1
    assert "It was a partner before: joined on 1 April 2015" in read(client, "/partners/board/")


def test_who_follows_and_joins_only_later_is_said_to(client, trust, ann):
    later = LATER + timedelta(days=60)
    member(partner("QE1", "The board"), joined=later.isoformat(), published="2018")
    form = words(successor="QE1", successor_name="", words="It closed")
    page = signed_in(client, ann).post(reverse("staff:partner_change", args=["succeed"]), form)
    assert "It belongs already" not in page.text
    assert f"It joins only on {day_in_words(later)}. From {day_in_words(LATER)} until then" in (
        " ".join(page.text.split())
    )


def test_a_new_name_counts_from_its_day_and_past_days_keep_the_old_one(
    client, trust, ann, bob, monkeypatch
):
    published(client, "rename", words(name="The bay trust", short_name="BT"), ann, bob)
    assert "<h1" in (page := read(client, "/partners/trust/"))
    assert page.partition("</h1>")[0].endswith("The trust")
    present_on(monkeypatch, LATER)
    assert read(client, "/partners/trust/").partition("</h1>")[0].endswith("The bay trust")
    yesterday = {"as-at": TODAY - timedelta(days=1)}
    assert "The bay trust" not in read(client, "/partners/trust/", **yesterday)


def test_who_follows_joins_and_takes_what_was_chosen_in_one_proposal(
    client, trust, ann, bob, monkeypatch
):
    board = partner("QE1", "The board", slug="board")
    falls, sight = programme(name="Falls", slug="falls"), programme(name="Sight", slug="sight")
    partner_role(falls, trust)
    kept = partner_role(sight, trust, role="delivery")
    form = words(
        successor="QE1", successor_name="", words="It closed, and the board took on its work"
    )
    [lead] = trust.programme_links.exclude(pk=kept.pk)
    proposal = published(client, "succeed", form, ann, bob, moved=[str(lead.pk)])
    kinds = [(row.kind, row.act) for row in proposal.proposed]
    assert kinds == [
        ("successions", "add"), ("memberships", "end"), ("memberships", "add"),
        ("programme-partners", "end"), ("programme-partners", "add"), ("programme-partners", "end"),
    ]  # fmt: skip
    assert shown(client) == 1
    assert "The trust" in read(client, "/programmes/falls/")
    present_on(monkeypatch, LATER)
    assert shown(client) == 1
    assert "The board" in read(client, "/partners/").partition("Partners that left")[0]
    assert "See <a" in read(client, "/partners/trust/")
    lead = read(client, "/programmes/falls/").partition("Lead")[2].partition("</dd>")[0]
    assert "The board" in lead
    assert "The board" not in read(client, "/programmes/sight/")
    assert [link.programme for link in board.programme_links.all()] == [falls]


def test_the_people_of_a_body_that_ends_keep_their_roles_until_an_administrator_ends_them(
    client, trust, ann, bob, django_capture_on_commit_callbacks
):
    chief = person(name="Chief", roles=[Role.ADMINISTRATOR])
    cara, dan = person(name="Cara"), person(name="Dan")
    until = LATER + timedelta(days=9)
    give(cara, Role.PROGRAMME_EDITOR, trust)
    give(cara, Role.DATA_STEWARD, trust)
    give(dan, Role.PROGRAMME_APPROVER, trust, ends_on=TODAY + timedelta(days=5))
    give(dan, Role.NEWS_EDITOR, partner("RW5", "The other trust"))
    form = words(reason="It closed", last_day=day_in_words(until))
    signed_in(client, ann)
    asked = client.post(reverse("staff:partner_change", args=["leave"]), form)
    text = " ".join(asked.content.decode().split())
    assert "1 person holds a role for it after" in text
    assert "<li>Cara: Programme editor, Data steward</li>" in text
    published(client, "leave", form, ann, bob)
    assert not RoleGrant.objects.filter(ends_on=until + timedelta(days=1)).exists()

    run_queue()
    mail.outbox.clear()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            actions.tell_of_access_ends(at=NOW)
    run_queue()
    [notice] = mail.outbox
    assert notice.to == [chief.email]
    assert f"1 person of The trust may sign in until {day_in_words(until)}" in notice.subject
    end = AccessEnd.objects.get()
    assert end.notified_at == NOW
    signed_in(client, chief)
    duty = f"1 person holds a role for The trust beyond {day_in_words(until)}"
    assert duty in read(client, reverse("staff:home"))
    assert "the partner leaves on" in read(client, end.get_absolute_url())
    with transaction.atomic():
        take_back(Membership.objects.filter(left_on__isnull=False), reason="Called off")
        assert duty not in read(client, reverse("staff:home"))
        assert client.get(end.get_absolute_url()).status_code == 302
        transaction.set_rollback(True)
    client.post(end.get_absolute_url(), {"reason": "The body has closed"})
    ended = RoleGrant.objects.filter(ends_on=until + timedelta(days=1))
    assert {(grant.person, grant.role) for grant in ended} == {
        (cara, Role.PROGRAMME_EDITOR),
        (cara, Role.DATA_STEWARD),
    }
    assert dan.grants.get(role=Role.NEWS_EDITOR).ends_on is None
    assert duty not in read(client, reverse("staff:home"))
    assert cara.grants.held_on(until).count() == 2
    assert not cara.grants.held_on(until + timedelta(days=1)).exists()


def test_a_partner_that_follows_itself_or_nobody_is_refused_with_what_to_do(client, trust, ann):
    signed_in(client, ann)
    address = reverse("staff:partner_change", args=["succeed"])
    for successor, name, sentence in (
        ("RTX", "", "no partner follows itself"),
        ("", "", "one of the two"),
    ):
        form = words(successor=successor, successor_name=name, words="It closed")
        assert sentence in client.post(address, form).content.decode()
    assert not Proposal.objects.exists()


def test_a_keeper_of_one_partner_changes_that_one_alone(client, trust):
    other = partner("RW5", "The other trust")
    member(other)
    keeper = person(name="Eve")
    give(keeper, Role.RECORD_KEEPER, other)
    signed_in(client, keeper)
    address = reverse("staff:partner_change", args=["leave"])
    answer = client.post(address, words(reason="It closed"))
    assert answer.context["form"].errors["partner"]
    assert client.get(reverse("staff:partner_change", args=["succeed"])).status_code == 403


def test_none_follows_a_partner_that_has_ended_by_then_and_none_ends_before_it_follows(
    client, trust, ann, bob
):
    board, council = partner("QE1", "The board"), partner("E07", "The council")
    hospice = partner("HOS", "The hospice")
    member(board)
    member(hospice)
    address = reverse("staff:partner_change", args=["succeed"])
    late = LATER + timedelta(days=9)

    def form(code, into, day):
        names = {"partner": code, "successor": into.code, "successor_name": ""}
        return words(day, words=f"{code} became part of it") | names

    def asked(words):
        signed_in(client, ann)
        moves = client.post(address, words).context["form"]
        initial = {name: field.initial or "" for name, field in moves.fields.items()}
        answer = client.post(address, words | initial | {"step": "send"})
        client.logout()
        return answer

    # Proposed first, and overtaken by the end of the one that follows.
    waits = int(asked(form("RTX", board, late)).url.rstrip("/").split("/")[-1])
    waits = Proposal.objects.get(pk=waits)
    published(client, "succeed", form("QE1", council, LATER), ann, bob)
    with pytest.raises(IncompleteError, match="has itself ended by that day"):
        editor_actions.send(proposal=waits, seen=seen_token(waits), by=ann, at=NOW)
    editor_actions.drop(proposal=waits, by=ann, at=NOW)
    assert "has itself ended by that day" in asked(form("RTX", board, LATER)).text
    refused = " ".join(asked(form("QE1", hospice, late)).text.split())
    assert "It has ended already: QE1 became part of it" in refused
    [ends] = board.successions.all()
    moved = {"words": ends.words, "happened": "1 January 2026", "successor": "E07", "is_end": "yes"}
    moved |= {"why": "now", "source": "", "seen": "", "note": "", "reason": "Sooner"}
    signed_in(client, ann)
    client.post(reverse("staff:record_correct", args=["successions", ends.pk]), moved)
    moved = Proposal.objects.first()
    with pytest.raises(editor_actions.BlockedError, match="This day is that of the whole change"):
        editor_actions.send(proposal=moved, seen=seen_token(moved), by=ann, at=NOW)
    editor_actions.drop(proposal=moved, by=ann, at=NOW)
    client.logout()
    last = published(client, "succeed", form("RTX", hospice, late), ann, bob)
    refused = " ".join(asked(form("HOS", council, LATER)).text.split())
    assert f"This one follows The trust on {day_in_words(late)}. Choose a day after that" in refused
    assert f'take that change back first: <a href="{last.get_absolute_url()}">' in refused


def written(client, who, of, *, row=None, **cells):
    """The proposal of what a person writes in the general form."""
    name, args = ("record_correct", [of, row.pk]) if row else ("record_add", [of])
    own = {"why": "now", "source": "", "seen": "", "note": "", "reason": "So it is"}
    answer = signed_in(client, who).post(reverse(f"staff:{name}", args=args), own | cells)
    assert answer.status_code == 302, answer.context["form"].errors.as_text()
    client.logout()
    return Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))


def leaving_cells(day):
    cells = {"joined": "10 March 2015", "is_joined_by": "no", "left_reason": "It left"}
    return cells | {"left": day_in_words(day) if day else ""}


def sent(proposal, ann):
    proposal.refresh_from_db()
    return editor_actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=NOW)


def approved(proposal, ann, bob):
    waiting = sent(proposal, ann)
    editor_actions.approve(proposal=waiting, seen=seen_token(waiting), by=bob, at=NOW)


def asked_of_people(client, who, proposal, **days):
    """What a person says on the page that a proposal leads to; gives the page as it was."""
    signed_in(client, who)
    address = reverse("staff:partner_left", args=[proposal.pk])
    assert f'href="{address}"' in client.get(proposal.get_absolute_url()).text
    page = client.get(address)
    text = " ".join(page.text.split())
    empty = dict.fromkeys(page.context["form"].fields, "")
    answer = client.post(address, empty | page.context["form"].initial | days)
    assert answer.status_code == 302, answer.context["form"].errors.as_text()
    client.logout()
    return text


def test_the_page_on_which_a_partner_leaves_names_what_goes_on_without_it(client, trust, ann):
    for name in ("Falls", "Sight"):
        partner_role(programme(name=name), trust)
    partner_role(programme(name="Speech"), trust, role="delivery")
    site(trust, "The infirmary")
    signed_in(client, ann)
    asked = client.post(reverse("staff:partner_change", args=["leave"]), words(reason="So it is"))
    resting = {title: len(rows) for title, rows in asked.context["resting"]}
    assert resting == {
        "Sites of partners": 1,
        "Partners on programmes: Lead": 2,
        "Partners on programmes: Delivers it": 1,
    }
    text = " ".join(asked.text.split())
    assert "2 go on after that day, unless you end or correct them" in text
    for name in ("Falls", "Sight", "Speech", "The infirmary"):
        assert name in text


def test_by_every_door_by_which_a_partner_leaves_it_is_asked_about_its_people(
    client, trust, ann, bob
):
    cara = person(name="Cara")
    give(cara, Role.PROGRAMME_EDITOR, trust)
    [membership] = trust.memberships.all()
    # Corrected in the general form, ...
    by_form = written(client, ann, "memberships", row=membership, **leaving_cells(LATER))
    with pytest.raises(IncompleteError, match="1 person of The trust with a role for it"):
        sent(by_form, ann)
    text = asked_of_people(client, ann, by_form)
    assert "Cara: Programme editor" in text
    end = by_form.access_ends.get()
    assert (end.leaves_on, end.last_day) == (LATER, LATER - timedelta(days=1))
    # ... moved while it is a draft, ...
    later = LATER + timedelta(days=30)
    rows = by_form.proposed
    rows[0].cells["left"] = later.isoformat()
    by_form.refresh_from_db()
    moved = {"rows": rows, "title": by_form.title, "seen": seen_token(by_form)}
    editor_actions.edit(proposal=by_form, **moved, by=ann, at=NOW)
    with pytest.raises(IncompleteError, match="1 person of The trust"):
        sent(by_form, ann)
    editor_actions.drop(proposal=by_form, by=ann, at=NOW)
    # ... in a file, ...
    editor = editor_called("memberships")
    row = row_cells(editor, membership)
    row |= {"left": LATER.isoformat(), "left_reason": "It left", "reason": "So it is"}
    names = [column.name for column in columns_to_fill(editor)]
    lines = [",".join(names), ",".join(row[name] for name in names)]
    sheet = read_sheet("\n".join(lines).encode(), "memberships", names)
    check = check_file(sheet, editor, ground=Ground(why="now"), by=ann, at=Present.now(UTC))
    assert not check.errors
    by_file = editor_actions.begin(rows=check.rows, title="A file", by=ann, at=NOW)
    with pytest.raises(IncompleteError, match="1 person of The trust"):
        sent(by_file, ann)
    editor_actions.drop(proposal=by_file, by=ann, at=NOW)
    # ... and as the end of the body itself, with which its membership goes.
    ended = {"partner": "RTX", "words": "It closed", "happened": day_in_words(LATER)}
    ended |= {"successor": "", "successor_name": "A board", "is_end": "yes"}
    by_end = written(client, ann, "successions", **ended)
    with pytest.raises(IncompleteError, match="The membership of The trust, which ends on"):
        sent(by_end, ann)
    last = LATER + timedelta(days=4)
    asked_of_people(client, ann, by_end, RTX=day_in_words(last))
    approved(by_end, ann, bob)
    assert AccessEnd.objects.in_force().get().last_day == last
    assert Membership.objects.live(Present.now(UTC)).get().left_on == LATER


def test_where_nobody_holds_a_role_nothing_is_asked_about_people(client, trust, ann, bob):
    [membership] = trust.memberships.all()
    approved(written(client, ann, "memberships", row=membership, **leaving_cells(LATER)), ann, bob)
    assert not AccessEnd.objects.exists()


def test_a_leaving_that_moves_or_is_called_off_takes_the_last_day_of_its_people_along(
    client, trust, ann, bob
):
    chief, cara = person(name="Chief", roles=[Role.ADMINISTRATOR]), person(name="Cara")
    give(cara, Role.PROGRAMME_EDITOR, trust)
    published(client, "leave", words(reason="It closed"), ann, bob)
    first = AccessEnd.objects.in_force().get()
    actions.tell_of_access_ends(at=NOW)
    actions.end_roles_of_body(end=first, reason="The body closes", by=chief, at=NOW)
    home = reverse("staff:home")
    # Moved: asked again, though the roles have a last day already.
    later = LATER + timedelta(days=30)
    now = Present.now(UTC)
    membership = Membership.objects.live(now).get()
    moved = written(client, ann, "memberships", row=membership, **leaving_cells(later))
    asked_of_people(client, ann, moved)
    approved(moved, ann, bob)
    end = AccessEnd.objects.in_force().get()
    assert end.last_day == later - timedelta(days=1)
    signed_in(client, chief)
    duty = f"The roles of 1 person of The trust end after {day_in_words(first.last_day)}"
    assert duty in read(client, home)
    assert f"may sign in until {day_in_words(end.last_day)}" in read(client, home)
    client.logout()
    # Taken back: the day before stands again.
    with transaction.atomic():
        take_back(Membership.objects.filter(left_on=later), reason="A slip of ours")
        assert AccessEnd.objects.in_force().get() == first
        transaction.set_rollback(True)
    # Called off: no day, and who lost a role is named.
    membership = Membership.objects.live(Present.now(UTC)).get()
    off = written(client, ann, "memberships", row=membership, **leaving_cells(None))
    approved(off, ann, bob)
    assert not AccessEnd.objects.in_force().exists()
    signed_in(client, chief)
    assert duty in read(client, home)
    assert "It stays a partner" in read(client, home)


def test_two_names_of_a_partner_never_begin_on_one_day(client, trust, ann, bob):
    named = called(trust, "The bay trust", begins="2019-04-01", published="2019")
    sentence = "The name The bay trust begins on 1 April 2019 too. Write another first day"
    # On its own page, ...
    signed_in(client, ann)
    address = reverse("staff:partner_change", args=["rename"])
    form = words(date(2019, 4, 1), name="The lake trust", short_name="")
    refused = client.post(address, form | {"step": "send"})
    assert sentence in " ".join(refused.text.split())
    again = form | {"name": "the bay trust", "day": day_in_words(LATER), "step": "send"}
    assert "It has the name the bay trust already" in client.post(address, again).text
    # ... in the general form, ...
    given = {"partner": "RTX", "name": "The lake trust", "valid_from": "1 April 2019"}
    own = {"why": "now", "source": "", "seen": "", "certainty": "sourced", "note": ""}
    general = client.post(reverse("staff:record_add", args=["partner-names"]), given | own)
    assert sentence in general.context["form"].errors["valid_from"][0]
    # ... in a file, ...
    editor = editor_called("partner-names")
    names = [column.name for column in editor.table.all_columns]
    lines = (
        "partner,name,short_name,valid_from,area,certainty\nRTX,The lake trust,,2019-04-01,,sourced"
    )
    sheet = read_sheet(lines.encode(), "partner_names", names)
    check = check_file(sheet, editor, ground=Ground(why="now"), by=ann, at=Present.now(UTC))
    assert [error.column for error in check.errors] == ["valid_from"]
    # ... and in the database.
    with transaction.atomic():
        called(trust, "The lake trust", begins="2019-04-01", published="2020")
        with pytest.raises(IntegrityError, match="one_first_day"):
            connection.check_constraints()
        transaction.set_rollback(True)
    # The name itself can be mended, and keeps its day.
    mended = {"partner": "RTX", "name": "The bay trust", "valid_from": "1 April 2019"}
    mended |= {"short_name": "BT", "area": ""}
    approved(written(client, ann, "partner-names", row=named, **mended), ann, bob)
    assert trust.names.live(Present.now(UTC)).get(name="The bay trust").short_name == "BT"


def test_one_new_fact_of_a_partner_leaves_the_warning_of_the_others(client, trust, ann):
    other = partner("RW5", "The other trust")
    member(other)
    signed_in(client, ann)
    home = reverse("staff:home")
    both = read(client, home)
    assert "Say whether it is still right: The trust" in both
    assert "Say whether it is still right: The other trust" in both
    site(trust, "The infirmary", published=TODAY.isoformat())
    text = read(client, home)
    assert "Say whether it is still right: The other trust" in text
    assert "Say whether it is still right: The trust" not in text


def test_a_programme_whose_lead_has_left_is_named_among_those_without_one(client, trust, ann):
    partner_role(programme(name="Falls"), trust)
    signed_in(client, ann)
    assert "Say who leads Falls" not in read(client, reverse("staff:home"))
    member(trust, left="2020-04-01", published="2020-04", reason="It closed")
    text = read(client, reverse("staff:home"))
    assert "Say who leads Falls" in text
    assert "The trust led it, and has left" in text
