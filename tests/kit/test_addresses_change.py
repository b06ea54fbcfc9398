"""A slug is changed by two people, and the old address leads on for ever (kit/addresses.py)."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from bhcp_portal import package
from bhcp_portal.changelog import change_rows, statements
from bhcp_portal.kit.actions import free_slug
from bhcp_portal.kit.addresses import OldAddress, addressed
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.launch import forget
from bhcp_portal.kit.redaction import redact_words
from partners.models import GlossaryTerm, TermMeaning
from partners.roles import Role
from programmes.models import Figure, Programme
from programmes.tables.programmes import ProgrammeTable
from tests.clock import clock, present
from tests.factories.iccs import icc
from tests.factories.kit import PAPERS, on_record, source
from tests.factories.metrics import metric, readings
from tests.factories.newsroom import news
from tests.factories.partners import give, partner, person, signed_in
from tests.factories.programmes import figure, partner_role, placed_in, programme
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


def page_of(thing):
    return reverse("staff:record_address", args=[thing._meta.model_name, thing.slug])


def propose(client, who, thing, slug):
    words = {"moved_to": slug, "reason": "The name was changed", "seen": ""}
    return signed_in(client, who).post(page_of(thing), words)


def decide(client, who, proposal, decision):
    page = signed_in(client, who)
    seen = page.get(proposal.get_absolute_url()).context["form"].initial["seen"]
    answer = page.post(proposal.get_absolute_url(), {"decision": decision, "seen": seen})
    proposal.refresh_from_db()
    return answer


def move(client, thing, slug, ann, bob):
    """A change of address by two people, in the browser."""
    answer = propose(client, ann, thing, slug)
    assert answer.status_code == 302, answer.context["form"].errors
    proposal = Proposal.objects.latest("pk")
    decide(client, ann, proposal, "send")
    decide(client, bob, proposal, "approve")
    assert proposal.state == State.PUBLISHED
    thing.refresh_from_db()
    client.logout()
    return proposal


def test_another_person_approves_a_new_address_after_seeing_the_page_there(client, ann, bob):
    care = programme("care", name="Care at home")
    page = signed_in(client, ann).get(page_of(care)).content.decode()
    assert "http://testserver/programmes/care/" in page or "/programmes/care/" in page
    propose(client, ann, care, "care-at-home")
    proposal = Proposal.objects.get()
    assert proposal.title == "Care at home: web address care becomes care-at-home"
    assert b"Care at home" in client.get(proposal.get_absolute_url() + "preview/").content
    assert Programme.objects.get().slug == "care"
    decide(client, ann, proposal, "send")
    decide(client, ann, proposal, "approve")
    assert Programme.objects.get().slug == "care"
    decide(client, bob, proposal, "approve")
    assert Programme.objects.get().slug == "care-at-home"
    [old] = OldAddress.objects.all()
    assert (old.table, old.slug, old.moved_to) == ("programmes", "care", "care-at-home")
    assert (old.author, old.reason) == (ann, "The name was changed")


def test_an_old_address_leads_on_whatever_is_asked_of_it(client, ann, bob):
    care = programme("care")
    waits = metric("waits", name="Waits")
    readings(waits, [1, 2, 3])
    move(client, care, "care-at-home", ann, bob)
    move(client, waits, "waiting", ann, bob)
    for old, new in {
        "/programmes/care/?as-at=2019-06-30": "/programmes/care-at-home/?as-at=2019-06-30",
        "/programmes/care/updates/": "/programmes/care-at-home/updates/",
        "/metrics/waits/readings.csv?as-at=2019-06-30": "/metrics/waiting/readings.csv?as-at=2019-06-30",
        "/metrics/waits/chart.svg": "/metrics/waiting/chart.svg",
        "/api/v1/programmes/care": "/api/v1/programmes/care-at-home",
        "/api/v1/metrics/waits/readings?limit=2": "/api/v1/metrics/waiting/readings?limit=2",
    }.items():
        answer = client.get(old)
        assert (answer.status_code, answer.get("Location")) == (301, new)
        assert not answer.cookies
        assert client.get(new).status_code == 200
    # A page of staff too, and what was sent to it goes with it.
    page = signed_in(client, bob)
    assert page.get("/staff/programmes/care/").url == "/staff/programmes/care-at-home/"
    sent = page.post("/staff/record/of/programme/care/address/", {"moved_to": "x"})
    assert sent.status_code == 308
    assert client.get("/programmes/never-was/").status_code == 404


def test_an_entry_of_a_feed_comes_once_though_the_address_of_its_thing_changes(client, ann, bob):
    care, item, paper = programme("care"), news("Clinic opens"), source("paper")
    placed = {"source": paper, "published": "2016"}
    placed_in(care, kendal := icc("KEN"), **placed)
    readings(waits := metric("waits", name="Waits"), [1, 2], source=paper)

    def entries():
        found = {}
        for feed in ("/changes/feed/", "/news/feed/"):
            text = client.get(feed).text
            found |= dict.fromkeys(re.findall(r"<id>(tag:[^<]+)", text), feed)
        return found

    before = entries()
    for thing, slug in (
        (care, "care-at-home"), (care, "care-again"), (care, "care"), (care, "care-anew"),
        (item, "clinic"), (paper, "the-paper"), (kendal, "kendal-and-villages"), (waits, "waiting"),
    ):  # fmt: skip
        move(client, thing, slug, ann, bob)
        new = {name for name in entries() if name not in before}
        assert all("changes/oldaddress-" in name for name in new), slug
        assert before.items() <= entries().items()


def test_every_kind_of_thing_with_an_address_can_move(client, ann, bob):
    rule = GlossaryTerm.objects.create(slug="old-name")
    on_record(TermMeaning, term=rule, name="ICC", meaning="A team", at=present())
    things = {
        "programmes": programme("old-name"),
        "iccs": icc("MIL", slug="old-name"),
        "partners": partner("RTX", "Hospitals", slug="old-name"),
        "metrics": metric("old-name"),
        "sources": source("old-name"),
        "news_items": news(slug="old-name"),
        "glossary_terms": rule,
    }
    assert set(addressed()) == {*things, "goals", "standing_pages"}
    for thing in things.values():
        move(client, thing, "new-name", ann, bob)
    for thing in things.values():
        old = type(thing).page_of("old-name").partition("#")[0]
        answer = client.get(old, follow=True)
        assert answer.status_code == 200, old
        assert not answer.redirect_chain or answer.redirect_chain == [
            (type(thing).page_of("new-name"), 301)
        ]
    # A term has no page of its own, so its old place in the page stays.
    assert '<span id="old-name">' in client.get("/glossary/").content.decode()


def test_addresses_that_are_taken_or_were_are_refused_with_what_to_do(client, ann, bob):
    care, falls = programme("care"), programme("falls")
    move(client, care, "care-at-home", ann, bob)
    for written, wanted in {
        "care": "once the address of something else",
        "care-at-home": "Something else is at",
        "falls": "its address already",
        "Safe & Well": "Write “safe-well”",
        "feed": "be an address",
        "x" * 80: "has other characters",
        "": "Write the new address",
    }.items():
        form = propose(client, ann, falls, written).context["form"]
        assert wanted in form.errors["moved_to"][0]
    # The whole new address does as well.
    propose(client, ann, falls, "http://localhost:8000/programmes/fewer-falls/")
    assert Proposal.objects.latest("pk").proposed[0].cells["moved_to"] == "fewer-falls"
    # Nor does a new programme get it, by whatever door.
    assert free_slug(Programme, "Care") == "care-2"
    for forged in (
        lambda: Programme.objects.create(slug="care"),
        lambda: Programme.objects.filter(pk=falls.pk).update(slug="care"),
        lambda: Programme.objects.filter(pk=falls.pk).update(slug="anything"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forged()


def test_it_may_come_back_to_an_address_and_go_on_from_there(client, ann, bob):
    care = programme("care")
    for slug in ("care-at-home", "care", "home-care"):
        move(client, care, slug, ann, bob)
        for old in {"care", "care-at-home"} - {slug}:
            answer = client.get(f"/programmes/{old}/", follow=True)
            assert answer.redirect_chain == [(f"/programmes/{slug}/", 301)]
        assert client.get(f"/programmes/{slug}/").status_code == 200


def test_it_takes_the_reach_of_the_thing(client, ann):
    care, other = programme("care"), programme("falls")
    own = partner("RTX", "Hospitals")
    partner_role(care, own)
    keeper, editor = person(), person(roles=[Role.PROGRAMME_EDITOR])
    give(keeper, Role.RECORD_KEEPER, own)
    page = signed_in(client, keeper)
    assert [page.get(page_of(each)).status_code for each in (care, own, other, source("x"))] == [
        200,
        200,
        404,
        404,
    ]
    assert signed_in(client, editor).get(page_of(care)).status_code == 403


def test_one_change_of_an_address_is_in_work_at_a_time(client, ann, bob):
    care = programme("care")
    propose(client, ann, care, "care-at-home")
    first = Proposal.objects.get()
    # Who comes later goes on with it, and is told if they had not seen it.
    late = propose(client, bob, care, "home-care")
    assert "Nothing was lost" in str(late.context["form"].non_field_errors())
    words = {"moved_to": "home-care", "reason": "Better", "seen": late.context["form"].data["seen"]}
    assert client.post(page_of(care), words).url == first.get_absolute_url()
    first.refresh_from_db()
    assert first.proposed[0].cells["moved_to"] == "home-care"
    edit = reverse("staff:proposal_edit", args=[first.pk])
    assert client.get(edit).url == page_of(care)


def test_what_names_a_thing_by_its_old_slug_is_understood(client, ann, bob):
    care, paper = programme("care", name="Care at home"), source("leaflet", published_as="2019")
    words = {
        "why": "document",
        "source": "leaflet",
        "seen": "",
        "programme": "care",
        "counts": "visits",
        "value": "12",
        "is_aim": "no",
        "certainty": "sourced",
    }
    answer = signed_in(client, ann).post(reverse("staff:record_add", args=["figures"]), words)
    assert answer.status_code == 302, answer.context["form"].errors
    waiting = Proposal.objects.get()
    decide(client, ann, waiting, "send")
    move(client, care, "home-care", ann, bob)
    move(client, paper, "the-leaflet", ann, bob)
    # What waits still says what it said, and can be changed and approved.
    page = signed_in(client, bob).get(waiting.get_absolute_url()).content.decode()
    assert "Care at home" in page
    assert "The paper leaflet" in page
    edit = client.get(reverse("staff:proposal_edit", args=[waiting.pk]))
    assert edit.context["form"].initial["programme"] == "home-care"
    decide(client, bob, waiting, "approve")
    [row] = Figure.objects.all()
    assert (row.programme, row.source) == (care, paper)
    # Links that people kept: filters of lists, sources for the next row.
    for asked in ("/metrics/?programme=care", "/api/v1/metrics?programme=care"):
        answer = client.get(asked)
        assert answer.status_code == 200
        assert b"left out" not in answer.content
    page = signed_in(client, ann).get(
        reverse("staff:record_add", args=["figures"]) + "?why=now&programme=care"
    )
    assert page.context["form"].initial["programme"] == "home-care"


def test_a_file_of_before_the_change_changes_nothing(client, ann, bob):
    care = programme("care")
    table = ProgrammeTable()
    before = list(table.rows())
    move(client, care, "home-care", ann, bob)
    checked = table.check([(2, before[0])], list(before[0]))
    assert [row.outcome for row in checked.rows] == ["unchanged"]
    assert not checked.errors


def test_an_empty_portal_filled_from_an_export_leads_on_as_well(client, ann, bob, tmp_path):
    before = transaction.savepoint()
    care = programme("care", name="Care at home")
    figure(care, 12)
    now = timezone.now()
    for hours, slug in enumerate(("home", "care", "home-care")):
        with clock(now + timedelta(hours=hours)):
            move(client, care, slug, ann, bob)
    package.export(tmp_path / "first")
    assert "home-care" in (tmp_path / "first" / "figures.csv").read_text()
    transaction.savepoint_rollback(before)
    PAPERS.clear()
    forget()
    assert not Programme.objects.exists()
    package.load(tmp_path / "first", at=now + timedelta(days=1))
    for slug in ("care", "home"):
        assert client.get(f"/programmes/{slug}/").url == "/programmes/home-care/"
    package.export(tmp_path / "second")
    for name in ("old_addresses.csv", "programmes.csv", "figures.csv"):
        assert (tmp_path / "first" / name).read_text() == (tmp_path / "second" / name).read_text()
    with pytest.raises(IntegrityError), transaction.atomic():
        Programme.objects.create(slug="care")


def test_a_superuser_changes_no_address_and_gives_no_old_one_away(client, ann, bob):
    body = partner("RTX", "Hospitals", slug="hospitals")
    move(client, body, "bay-hospitals", ann, bob)
    boss = signed_in(client, person(is_staff=True, is_superuser=True))
    page = boss.get(reverse("admin:partners_partner_change", args=[body.pk])).content.decode()
    assert 'name="slug"' not in page
    answer = boss.post(reverse("admin:partners_partner_add"), {"slug": "hospitals", "code": "RTY"})
    assert "was once the address of another" in answer.content.decode()


def test_words_removed_from_an_address_are_gone_from_the_old_ones_too(client, ann, bob):
    care = programme("care")
    for slug in ("quixworth-care", "home-care"):
        move(client, care, slug, ann, bob)
    with as_owner():
        redact_words("quixworth", by="boss@example.org", reason="It names a patient")
    assert client.get("/programmes/quixworth-care/").status_code == 410
    assert client.get("/programmes/care/").url == "/programmes/home-care/"


def test_a_changed_address_goes_by_one_name_alone_and_among_others(client, ann, bob):
    body = partner("RTX", "Hospitals", slug="hospitals")
    move(client, body, "bay-hospitals", ann, bob)
    now = present()
    [alone] = change_rows(statements(now, only=[OldAddress]), now)
    [among] = [row for row in change_rows(statements(now), now) if row.kind == alone.kind]
    assert alone.key == among.key
    assert "hospitals" in alone.key
    assert "bay-hospitals" not in alone.key
