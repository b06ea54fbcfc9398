"""Standing pages: their words, the day to read them again by, and their table."""

import re
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bhcp_portal.kit.markdown import MOST_BYTES
from newsroom.inbox import waiting_for
from newsroom.models import PageVersion, StandingPage
from newsroom.tables import PageVersionTable
from partners.roles import Role
from programmes.models import ObjectiveMeaning
from tests.factories.kit import on_record, source
from tests.factories.partners import partner, person, signed_in

pytestmark = pytest.mark.django_db


def page(slug="working-here", *, published_as="2017", review_on=date(2100, 1, 31), **fields):
    made, _ = StandingPage.objects.get_or_create(slug=slug)
    words = {"title": "Working here", "body": "Come [here](/iccs/).", "responsible": "The office"}
    return on_record(
        PageVersion, published_as=published_as, page=made, review_on=review_on, **words | fields
    )


def test_a_page_says_by_when_it_is_read_again_and_who_is_responsible(client):
    page()
    html = client.get("/pages/working-here/").text
    assert "Next review: 31 January 2100. Responsible: The office." in html
    assert "Nobody has checked" not in html


def test_past_its_day_a_page_says_since_when_nobody_has_checked_it(client):
    page(published_as="2017-06-30", review_on=date(2018, 1, 31))
    html = client.get("/pages/working-here/").text
    assert "Nobody has checked this page since 30 June 2017." in html
    assert "It was due for review on 31 January 2018." in html
    on_its_day = client.get("/pages/working-here/?as-at=2018-01-31").text
    assert "Next review: 31 January 2018. Responsible" in on_its_day
    assert "Nobody has checked" not in on_its_day
    assert "Nobody has checked" in client.get("/pages/working-here/?as-at=2018-02-01").text


def test_who_reads_a_page_again_and_changes_nothing_says_so_by_a_newer_version(client):
    page(published_as="2017-06-30", review_on=date(2018, 1, 31))
    page(published_as="2018-02-03", reason="Read again. Nothing had changed.")
    html = client.get("/pages/working-here/").text
    assert "Nobody has checked" not in html
    assert "Changed 3 February 2018: Read again. Nothing had changed." in html


def test_a_past_day_has_the_words_of_that_day_and_links_stay_on_it(client):
    page(published_as="2017")
    page(published_as="2019", title="Work with us", body="Newer words.")
    then = client.get("/pages/working-here/?as-at=2018-06-30").text
    assert '<a href="/iccs/?as-at=2018-06-30"' in then
    assert "Newer words" not in then
    assert "Work with us" in client.get("/pages/").text
    assert "Work with us" not in client.get("/pages/?as-at=2018-06-30").text
    before = client.get("/pages/working-here/?as-at=2016-06-30")
    assert before.status_code == 404
    assert "This page had not been published by 30 June 2016" in before.text
    assert "No guide had been published by this day" in client.get("/pages/?as-at=2016-06-30").text


def test_a_whole_page_has_room_to_be_written_in_and_is_read_before_it_is_public(client):
    keeper = person("ann@example.org", roles=[Role.RECORD_KEEPER])
    add = f"{reverse('staff:record_add', args=['page-versions'])}?why=now"
    html = signed_in(client, keeper).get(add).text
    assert re.search(r'<textarea name="body"[^>]* rows="16"', html)
    words = {
        "why": "now",
        "page": "",
        "title": "Work with us",
        "body": "## Who we seek\n\n[Places](/iccs/)",
        "review_on": "31 January 2100",
        "responsible": "The office",
    }
    written = client.post(add, words)
    html = client.get(f"{written.url}preview/").text
    assert "Who we seek</h2>" in html
    assert '<a href="/iccs/"' in html
    assert "Preview" in html


def test_the_database_holds_no_page_that_is_too_long():
    with pytest.raises(IntegrityError, match="body_fits"), transaction.atomic():
        page(body="é" * (MOST_BYTES // 2 + 1))


def test_a_file_with_a_link_that_leads_nowhere_safe_is_refused_by_row_and_column():
    StandingPage.objects.create(slug="self-care")
    source("s1")
    row = {
        "page": "self-care",
        "title": "Self-care",
        "body": "[a](javascript:alert(1))",
        "review_on": "",
        "responsible": "The office",
        "published_at": "2017",
        "made": "document",
        "certainty": "sourced",
        "note": "",
        "reason": "",
        "source": "s1",
    }
    checked = PageVersionTable().check([(2, row)], list(row))
    assert [str(error)[:60] for error in checked.errors] == [
        "page_versions, row 2, body: A link can’t lead to “javascript",
        "page_versions, row 2, review_on: This is empty. Fill in the ",
    ]


def test_pages_and_words_are_in_the_sitemap_and_at_the_foot_of_every_page(client):
    page()
    found = client.get("/sitemap.xml").text
    for path in ("/pages/", "/pages/working-here/", "/glossary/"):
        assert f"{path}</loc>" in found
    foot = client.get("/contact/").text.partition("<footer")[2]
    assert 'href="/glossary/"' in foot
    assert 'href="/pages/"' in foot


def test_who_keeps_the_record_for_all_is_told_thirty_days_before_a_page_is_due():
    soon = page("due-soon", title="Due soon", review_on=date(2018, 7, 1))
    late = page("late", title="Late", review_on=date(2018, 5, 31))
    page("not-yet", title="Not yet", review_on=date(2018, 7, 2))
    keeper = person("ann@example.org", roles=[(Role.RECORD_KEEPER, None)])
    entries = list(waiting_for(keeper, datetime(2018, 6, 1, 12, tzinfo=UTC)))
    assert [(e.text, e.tag, e.href) for e in entries] == [
        ("Read again: Late", "Late by 1 day", f"/staff/record/in/page-versions/{late.pk}/"),
        ("Read again: Due soon", "Due in 30 days", f"/staff/record/in/page-versions/{soon.pk}/"),
    ]
    of_one = person("bob@example.org", roles=[(Role.RECORD_KEEPER, partner("RTX", "Hospitals"))])
    assert not list(waiting_for(of_one, datetime(2018, 6, 1, 12, tzinfo=UTC)))


def test_goals_lead_to_the_guides_that_speak_of_them_and_about_to_all(client):
    page("plan", title="The plan", body="See the [goals](/goals/).\n\n## What the plan answered to")
    page("places", title="The places", body="See [all](/iccs/).")
    on_record(ObjectiveMeaning, objective="better_care", meaning="Safe care.", published_as="2017")
    goals, about = client.get("/goals/").text, client.get("/about/").text
    assert "The plan</a>: What the plan answered to" in goals
    assert "The places" not in goals
    assert "The plan</a>: What the plan answered to" in about
    assert "The places</a>" in about
    assert "The plan" not in client.get("/goals/", {"as-at": "2016-01-01"}).text
