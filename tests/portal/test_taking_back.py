"""What was published by mistake: each page on which it stands leads to where it is taken back."""

import re
from datetime import date

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import SAY_MORE, IncompleteError, seen_token
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.reach import NOBODY_LOOKS
from bhcp_portal.kit.inbox import Box
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.waiting import NOBODY_ELSE
from newsroom import actions as newsroom
from partners.roles import Role
from programmes import actions, staff_presenters
from programmes.models import MetricProgramme, MilestoneDate, ProgrammePartner
from tests.clock import OnTime, present
from tests.factories.kit import on_record
from tests.factories.metrics import chart_note, metric, readings, rebase, target
from tests.factories.newsroom import draft
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import (
    milestone,
    money,
    money_proposed,
    partner_role,
    programme,
    status_update,
)

actions, record, newsroom = OnTime(actions), OnTime(record), OnTime(newsroom)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


def way(row):
    return f'href="/staff/record/in/{kind_of(type(row)).slug}/{row.pk}/take-back/"'


def proposed(client, sent):
    return client.post("/staff/programmes/eyes/milestone/", sent, follow=True).text


def home(client, who):
    return signed_in(client, who).get("/staff/").context["boxes"]


def test_each_page_where_it_stands_leads_there_for_who_may_and_for_nobody_else(client, hospitals):
    eyes, other = programme("eyes", name="Eye care"), programme("ears", name="Ear care")
    partner_role(eyes, hospitals)
    waits = metric("waits", name="Waits", owner=hospitals)
    readings(waits, [5, 6, 7])
    ward = milestone(eyes, "ward", title="Ward opens", due="2031")
    milestone(other, "clinic", title="Clinic opens", due="2031")
    link = on_record(
        MetricProgramme, published_as="2018", metric=waits, programme=eyes, words="Fewer wait."
    )
    said = MilestoneDate.objects.get(milestone=ward)
    update = status_update(eyes, "on_track", period=date(2026, 9, 1), published="2026-10-07")
    of_series = [
        target(waits, 95),
        rebase(waits, date(2024, 2, 1)),
        chart_note(waits, date(2024, 2, 1), "The count changed."),
    ]
    cost = money(eyes)
    thing, measure = "/staff/record/of/programme/eyes/", "/staff/metrics/waits/"
    listed = "/staff/record/in/milestone-dates/?of=eyes"
    pages = {
        "/staff/programmes/eyes/": [said],
        f"/staff/updates/{update.pk}/": [update],
        listed: [said],
        thing: [cost, eyes.profiles.get(), ProgrammePartner.objects.get()],
        measure: [waits.profiles.get(), *of_series],
        f"{measure}links/": [link],
    }
    approver, steward, editor = (
        person(f"{role}@example.org", roles=[(role, hospitals)])
        for role in (Role.PROGRAMME_APPROVER, Role.DATA_STEWARD, Role.PROGRAMME_EDITOR)
    )
    for who, shown in ((approver, list(pages)[:4]), (steward, list(pages)[4:])):
        signed_in(client, who)
        for page in shown:
            html = client.get(page).text
            assert all(way(row) in html for row in pages[page]), page
    signed_in(client, editor)
    assert not [page for page in list(pages)[:5] if "/take-back/" in client.get(page).text]
    # The count of a kind leads to the rows that it counts.
    assert f'href="{listed}">1 public now' in client.get(thing).text
    rows = client.get(listed).context["rows"]
    assert [each.row for each in rows] == [said]
    assert f'href="{thing}"' in client.get("/staff/programmes/eyes/").text


def test_where_nobody_else_may_look_or_approve_it_is_said_and_stands_on_the_administrators_list(
    client, hospitals
):
    eyes = programme("eyes", name="Eye care")
    partner_role(eyes, hospitals)
    wrong = status_update(eyes, "on_track", period=date(2026, 9, 1), published="2026-10-07")
    approver = person("pat@example.org", name="Pat", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    editor = person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    chief = person("dan@example.org", name="Dan", roles=[Role.ADMINISTRATOR])
    page = signed_in(client, approver)
    address = f"/staff/record/in/status-updates/{wrong.pk}/take-back/"
    assert NOBODY_LOOKS in page.get(address).text
    assert NOBODY_LOOKS in page.post(address, {"reason": "It was another’s"}, follow=True).text
    listed = [entry.text for box in home(client, chief) for entry in box.entries]
    assert [text.partition(":")[0] for text in listed] == ["Nobody else may look at"]
    sent = {"title": "Ward opens", "due_0": "2031", "due": "2031"}
    assert "Another person now publishes it." in proposed(signed_in(client, editor), sent)
    approver.is_active = False
    approver.save()
    assert [*listed, "Nobody may approve: Milestone: Eye care: Ward opens"] == sorted(
        entry.text for box in home(client, chief) for entry in box.entries
    )
    assert NOBODY_ELSE in proposed(signed_in(client, editor), {**sent, "title": "Beds"})
    person("sam@example.org", name="Sam", roles=[Role.PROGRAMME_APPROVER])
    assert home(client, chief) == []


def test_what_waits_is_taken_back_by_who_sent_it_and_its_words_are_kept(client, hospitals):
    at = present()
    eyes = programme("eyes", name="Eye care")
    partner_role(eyes, hospitals)
    ann = person(
        "ann@example.org",
        name="Ann",
        roles=[(Role.PROGRAMME_EDITOR, hospitals), Role.RECORD_KEEPER, Role.NEWS_EDITOR],
    )
    bob = person(
        "bob@example.org",
        name="Bob",
        roles=[Role.PROGRAMME_APPROVER, Role.RECORD_KEEPER, Role.NEWS_PUBLISHER],
    )
    words = {"status": "on_track", "summary": "All is well."}
    update = actions.start_status(programme=eyes, values=words, by=ann, at=at)
    update = actions.submit_status(update=update, seen=seen_token(update), by=ann, at=at)
    proposal = money_proposed(eyes, by=ann, at=present())
    proposal = record.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=at)
    item = draft(by=ann, at=at)
    newsroom.submit(version=item, seen=seen_token(item), by=ann, at=at)
    news = reverse("staff:news_item", args=[item.item.slug])
    for row, page, address, decision in (
        (update, f"/staff/updates/{update.pk}/", f"/staff/updates/{update.pk}/recall/", {}),
        (
            proposal,
            proposal.get_absolute_url(),
            proposal.get_absolute_url(),
            {"decision": "recall"},
        ),
        (item, news, f"{news}recall/", {}),
    ):
        old = seen_token(row)
        assert ">Take it back<" in tight(signed_in(client, ann).get(page).text)
        client.post(address, {"seen": f"{row.pk}-999", **decision})
        row.refresh_from_db()
        assert row.state == "submitted"
        answer = client.post(address, {"seen": old, **decision}, follow=True)
        row.refresh_from_db()
        assert row.state == "draft"
        assert ">Take it back<" not in tight(answer.text)
        # Whoever had it before them to decide on can't approve it any more.
        signed_in(client, bob)
        for decide in (address.replace("recall", "decide"), page):
            client.post(decide, {"seen": old, "decision": "approve"})
        row.refresh_from_db()
        assert row.state == "draft"
    assert update.summary == "All is well."
    assert proposal.proposed[0].cells["what_for"] == "Rooms"


def test_who_sent_what_another_deleted_reads_by_whom_and_why(client, hospitals):
    at = present()
    eyes = programme("eyes", name="Eye care")
    partner_role(eyes, hospitals)
    roles = [(Role.PROGRAMME_EDITOR, hospitals)]
    ann, eve = (person(f"{name}@example.org", name=name, roles=roles) for name in ("Ann", "Eve"))
    words = {"status": "on_track", "summary": "All is well."}
    update = actions.start_status(programme=eyes, values=words, by=eve, at=at)
    update = actions.submit_status(update=update, seen=seen_token(update), by=ann, at=at)
    update = actions.recall_status(update=update, seen=seen_token(update), by=eve, at=at)
    proposal = money_proposed(eyes, by=eve, at=present())
    proposal = record.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=at)
    [waits] = [each for each in home(client, ann) if each.box == Box.SENT]
    assert "Money: Rooms" in [entry.text for entry in waits.entries]
    pat = person("pat@example.org", name="Pat", roles=roles)
    signed_in(client, pat)
    for row, page, decision in (
        (update, f"/staff/updates/{update.pk}/discard/", {}),
        (proposal, proposal.get_absolute_url(), {"decision": "drop", "sure": "yes"}),
    ):
        name = "remarks" if decision else "reason"
        sent = {"seen": seen_token(row), **decision}
        assert "Why is it deleted?" in client.get(page).text or decision
        assert "Say why it is deleted" in client.post(page, {**sent, name: " "}).text
        client.post(page, {**sent, name: "It was of another one."})
    for who in (ann, eve):
        [box] = [each for each in home(client, who) if each.box == Box.RETURNED]
        found = {entry.text: entry.meta for entry in box.entries}
        month = staff_presenters.month_words(update.period)
        assert found == dict.fromkeys(
            (f"Draft deleted: Eye care, {month}", "Draft deleted: Money: Rooms"),
            "Pat: It was of another one.",
        )
        assert {client.get(entry.href).status_code for entry in box.entries} == {200}
    assert Box.RETURNED not in [each.box for each in home(client, pat)]


def tight(html):
    return re.sub(r"\s*([<>])\s*", r"\1", html)


def test_a_letter_is_no_reason_for_readers(client, hospitals):
    eyes = programme("eyes", name="Eye care")
    wrong = money(eyes, published="2019")
    keeper = person("pat@example.org", name="Pat", roles=[Role.RECORD_KEEPER])
    page = signed_in(client, keeper)
    address = f"/staff/record/in/money/{wrong.pk}/take-back/"
    for reason in ("x", "  a slip      "):
        assert SAY_MORE in page.post(address, {"reason": reason}).text
        with pytest.raises(IncompleteError, match=SAY_MORE):
            record.take_back_at_once(
                kind=kind_of(type(wrong)), row=wrong, reason=reason, by=keeper, at=present()
            )
    page.post(address, {"reason": "It was of another programme"})
    wrong.refresh_from_db()
    assert wrong.taken_back_because == "It was of another programme"
