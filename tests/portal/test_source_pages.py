"""What a page of a past day tells of a source that was published later."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.statements import Certainty
from tests.factories.iccs import icc, named
from tests.factories.kit import source
from tests.factories.metrics import metric, reading
from tests.factories.partners import partner, profiled

THEN = "2015-12-31"
LISTED = re.compile(r'<li class="bhcp-list__item">\s*<a href="([^"]*)"')

pytestmark = pytest.mark.django_db


@pytest.fixture
def notes():
    return source(
        "notes", title="Notes made later", publisher="The team", published_as="2019", kind="notes"
    )


def words(client, address, day=None):
    answer = client.get(address, {"as-at": day} if day else {})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("certainty", "mark"),
    [
        (Certainty.UNCHECKED, ", not checked against a source"),
        (Certainty.INFERRED, ", our reading"),
        (Certainty.SOURCED, ""),
    ],
)
def test_a_past_page_shows_a_fact_with_its_mark_but_does_not_name_a_source_that_came_later(
    client, notes, certainty, mark
):
    trust = partner("RTX", "The trust", slug="trust")
    profiled(trust, kind="ccg", published="2015", source=notes, certainty=certainty)
    then = words(client, "/partners/trust/", THEN)
    number = r'<a href="#source-(\d)"><span [^>]*>Source </span>\1<span [^>]*>([^<]*)</span>'
    assert (source_of_it := re.search(number, then))[2] == mark
    assert re.search(
        rf'<li id="source-{source_of_it[1]}">\s*A source that was published later', then
    )
    assert [named for named in ("Notes made later", "The team", "/notes/") if named in then] == []
    assert "Notes made later" in words(client, "/partners/trust/")


def test_the_record_of_a_past_day_does_not_name_a_source_that_came_later(client, notes):
    icc("BAY", name="Bay", published="2015", source=notes, certainty=Certainty.INFERRED)
    for address in ("/changes/", "/changes/feed/"):
        then = words(client, address, THEN)
        assert "Bay" in then
        assert "Notes made later" not in then
        assert "Notes made later" in words(client, address)
    assert "This is our reading<" in words(client, "/changes/", THEN)


def test_the_page_of_a_source_that_was_not_out_yet_says_so_and_leads_to_today(client, notes):
    answer = client.get("/sources/notes/", {"as-at": THEN})
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "This source had not been published by 31 December 2015" in page
    assert 'href="/sources/notes/"' in page
    assert "Notes made later" not in page
    assert client.get("/sources/none/", {"as-at": THEN}).status_code == 404
    assert "Notes made later" in words(client, "/sources/notes/", "2019-12-31")


def test_a_source_of_today_may_be_named_today(client):
    source("fresh", title="Out today", published_as=london_day(timezone.now()).isoformat())
    assert "Out today" in words(client, "/sources/fresh/")
    assert "Out today" in words(client, "/sources/")
    assert reverse("sources:detail", args=["fresh"]) in words(client, "/sitemap.xml")


def test_sources_are_found_by_words_kind_and_year_and_say_what_rests_on_each(client):
    plan = source("plan", title="The plan", publisher="The team", published_as="2017")
    source("figures", title="The figures", publisher="The team", published_as="2019", kind="data")
    icc("BAY", name="Bay", published="2017", source=plan)
    assert len(LISTED.findall(words(client, "/sources/"))) == 2
    for asked in ("q=PLAN+team", "kind=page", "year=2017"):
        page = words(client, f"/sources/?{asked}")
        assert LISTED.findall(page) == ["/sources/plan/"], asked
        assert "1 of 2 sources" in page
    assert re.search(r"The team, 2017\. \d facts? here: communities", page)
    none = words(client, "/sources/?q=plan&kind=data")
    assert LISTED.findall(none) == []
    assert "No sources match" in none
    assert "so that choice was left out" in words(client, "/sources/?year=1066")


def test_older_years_and_long_kinds_are_folded_but_hold_every_source_and_fact(client):
    bay = icc("BAY", source=source("notes", published_as="2020", kind="notes"))
    source("unused", published_as="2021")
    for year in (2018, 2019):
        for number in range(7):
            paper = source(f"paper-{year}-{number}", published_as=str(year))
            named(bay, "Bay", published=str(year), source=paper)
    page = words(client, "/sources/")
    assert re.findall(r'fold"( open)?>.*?title">([^<]+)<', page, re.DOTALL) == [
        (" open", "2019"),
        ("", "2018"),
        ("", "No fact here comes from these"),
        ("", "Notes made for this portal"),
    ]
    assert len(LISTED.findall(page)) == 16


def test_a_day_that_is_but_estimated_is_not_given_as_certain(client):
    figures = source("figures", title="Figures", kind="data", published_as="2024-03-01")
    waits, beds = metric("waits", published="2024-03-01"), metric("beds", published="2024-03-01")
    reading(waits, 12, published="2024-04-14", source=figures, is_estimated=True)
    reading(beds, 12, published="2024-05-09", source=figures)
    page = words(client, "/sources/figures/")
    assert "about 14 April 2024" in page
    assert "9 May 2024" in page
    assert "about 9 May 2024" not in page


def test_what_a_source_says_stands_before_how_we_read_it(client):
    paper = source("paper")
    bay = icc("BAY", name="Bay", source=paper, certainty=Certainty.INFERRED)
    named(bay, "The Bay", source=paper)
    icc("KEN", name="Bayside", source=paper, certainty=Certainty.UNCHECKED)
    page = words(client, "/sources/paper/")
    order = ["What it says", "The Bay", "How we read it", "Not checked against it", "Bayside"]
    assert [page.index(each) for each in order] == sorted(page.index(each) for each in order)


def test_the_page_of_a_source_says_once_what_is_our_reading(client):
    paper = source("paper")
    for number in range(9):
        icc(name=f"Community {number}", source=paper, certainty=Certainty.INFERRED)
        icc(name=f"Other {number}", source=paper, certainty=Certainty.UNCHECKED)
    page = words(client, "/sources/paper/").lower()
    doubts = [page.count(each) for each in ("how we read it", "our reading", "not checked")]
    assert doubts == [1, 0, 1]
