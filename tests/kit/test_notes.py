"""A small number at each fact leads to its source, which stands once at the end of the page."""

import re
from datetime import UTC, datetime

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from bhcp_portal.kit import launch
from bhcp_portal.kit.actions import action, take_back
from bhcp_portal.kit.as_at import Moment
from bhcp_portal.kit.dates import Present, day_in_words, london_day
from iccs.models import IccPlace
from partners.models import SourceProfile
from programmes.models import ProgrammeStage
from tests.factories.iccs import icc, place
from tests.factories.kit import source
from tests.factories.partners import person
from tests.factories.programmes import programme, stage

TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
THEN = datetime(2016, 12, 31, 23, 59, tzinfo=UTC)
PAGE = "{% load moments %}{% for each in facts %}{{ each.name }}{% note each %};{% endfor %}"
SOURCES = '{% include "layouts/sources.html" with notes=request.notes %}'

pytestmark = pytest.mark.django_db


@pytest.fixture
def kendal():
    return icc("KEN")


@pytest.fixture
def plan():
    return source("plan", title="The plan", publisher="The team")


def shown(template=PAGE, at=TODAY, **context):
    """What a page says of the places on the record at a moment, and the list that ends it."""
    facts = list(IccPlace.objects.live(at).with_sources(at).order_by("pk"))
    context = {"facts": facts, "moment": Moment(at), **context}
    html = (
        engines["django"]
        .from_string(template + "|" + SOURCES)
        .render(context, RequestFactory().get("/"))
    )
    page, ending = html.split("|", 1)
    return page, " ".join(ending.split())


def read(html):
    return re.sub("<[^>]*>", "", html)


def test_a_source_has_one_number_however_many_facts_rest_on_it(kendal, plan):
    place(kendal, "Burneside", source=plan)
    place(kendal, "Staveley", source=source("report", title="The report"))
    place(kendal, "Natland", source=plan)
    page, ending = shown()
    assert read(page) == "Burneside[Source 1];Staveley[Source 2];Natland[Source 1];"
    assert re.findall(r'href="(#[^"]*)"', page) == ["#source-1", "#source-2", "#source-1"]
    assert re.findall(r'<li id="([^"]*)">', ending) == ["source-1", "source-2"]
    assert re.findall(r"The plan|The report", ending) == ["The plan", "The report"]
    assert "2 facts from source 1" in read(ending)
    assert "1 fact from source 2" in read(ending)
    assert all(name in ending for name in ("Burneside", "Staveley", "Natland"))


def test_a_fact_that_is_shown_twice_is_one_fact_of_its_source(kendal, plan):
    place(kendal, "Burneside", source=plan)
    _, ending = shown(PAGE + PAGE)
    assert "1 fact from source 1" in read(ending)


def test_several_facts_at_one_place_are_noted_once_a_source(kendal, plan):
    for name in ("Burneside", "Natland"):
        place(kendal, name, source=plan)
    page, _ = shown("{% load moments %}{% note facts.0 facts.1 nothing %}")
    assert read(page) == "[Source 1]"


@pytest.mark.parametrize(
    ("certainty", "sign", "words", "meaning"),
    [
        ("inferred", "*", "our reading", "* means that this is how we read the source."),
        ("unchecked", "?", "not checked against a source", "? means not checked against a source."),
    ],
)
def test_what_is_less_than_its_source_says_has_a_sign_and_words_for_who_can_not_see_it(
    kendal, plan, certainty, sign, words, meaning
):
    place(kendal, "Burneside", source=plan)
    place(kendal, "Staveley", source=plan, certainty=certainty)
    page, ending = shown()
    sure, unsure, _ = page.split(";")
    assert read(sure) == "Burneside[Source 1]"
    assert f'<span class="nhsuk-u-visually-hidden">, {words}</span>' in unsure
    assert f'<span aria-hidden="true">{sign}</span>' in unsure
    assert read(ending).count(meaning) == 1
    assert f"Staveley ({words})" in ending
    assert "Burneside (" not in ending


def test_signs_that_no_fact_has_are_not_explained(kendal, plan):
    place(kendal, "Burneside", source=plan)
    assert " means " not in read(shown()[1])


def test_a_past_page_does_not_name_a_source_that_came_later(kendal):
    later = source("later", title="Notes made later", published_as="2019")
    place(kendal, "Burneside", source=later, published="2015")
    page, ending = shown(at=THEN)
    assert read(page) == "Burneside[Source 1];"
    assert "A source that was published later" in ending
    assert "Notes made later" not in ending
    assert "Notes made later" in shown()[1]


def test_a_source_that_was_withdrawn_is_named_with_the_day_and_stays_as_it_was_before(
    kendal, monkeypatch
):
    plan = source("plan", title="The plan")
    other = source("other", title="Another plan")
    later = source("later", title="Notes made later", published_as="2019")
    for name, given in (("Burneside", plan), ("Natland", other), ("Staveley", later)):
        place(kendal, name, source=given, published="2015")
    with action("test.withdrawn", reason="A slip"):
        take_back(SourceProfile.objects.exclude(cited=later), reason="A slip")
    day = day_in_words(london_day(timezone.now()))
    page, ending = shown(at=Present.now(UTC))
    assert read(page) == "Burneside[Source 1];Natland[Source 2];Staveley[Source 3];"
    for slug, title in (("plan", "The plan"), ("other", "Another plan")):
        assert f'<a href="/sources/{slug}/">{title}</a>, withdrawn on {day}' in ending
    assert "A source that was published later" not in ending
    # Days between the launch and the withdrawal show it as it stood.
    _, ending = shown(at=THEN)
    assert "The plan</a>, A council, 2015" in ending
    assert "withdrawn" not in ending
    # Days before the launch show the record as it is now, but nothing that came after them.
    monkeypatch.setattr(launch, "_launched_at", TODAY)
    _, ending = shown(at=THEN)
    assert f"The plan</a>, withdrawn on {day}" in ending
    assert "A source that was published later" in ending
    assert "Notes made later" not in ending


def test_what_was_written_in_the_portal_says_so_and_when(kendal):
    place(kendal, "Burneside", author=person(), published="2015-06")
    page, ending = shown()
    assert read(page) == "Burneside[Source 1];"
    assert "Written in this portal" in ending
    assert "Burneside, 30 June 2015" in ending


def test_a_note_for_the_reader_stands_with_its_fact(kendal, plan):
    place(kendal, "Burneside", source=plan, note="Also called Burnside")
    assert "Burneside. Also called Burnside" in shown()[1]


def test_where_the_stage_is_our_reading_of_a_word_its_number_has_the_sign(plan):
    made = stage(
        programme("eyes"), "everyday", source_words="Embedded", is_our_reading=True, source=plan
    )
    facts = ProgrammeStage.objects.filter(pk=made.pk).with_sources(TODAY)
    page, ending = shown(
        "{% load moments %}{% for fact in facts %}{% note fact %}{% endfor %}", facts=list(facts)
    )
    assert read(page) == "[Source 1, our reading*]"
    assert "that this is how we read the source" in ending
