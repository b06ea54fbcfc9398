"""The glossary: words from A to Z, each with a place of its own, as they were explained on a day."""

import re

import pytest

from bhcp_portal.kit.kinds import kind_of
from partners.models import GlossaryTerm, TermMeaning
from partners.tables import TermMeaningTable
from tests.factories.kit import on_record

pytestmark = pytest.mark.django_db


def term(slug, name=None, *, published_as="2017", **fields):
    made, _ = GlossaryTerm.objects.get_or_create(slug=slug)
    fields = {"name": name or slug, "meaning": f"What {slug} means.", **fields}
    return on_record(TermMeaning, published_as=published_as, term=made, **fields)


def test_words_stand_from_a_to_z_whatever_their_case_and_accents(client):
    term("icc", "Integrated Care Community", other_names=["ICC"])
    term("imsk", "iMSK")
    term("echo", "Écho")
    term("days", "18 weeks")
    html = client.get("/glossary/").text
    assert re.findall(r'id="letter-([^"]*)"', html) == ["09", "e", "i"]
    assert re.findall(r'entry" id="([^"]*)"', html) == ["days", "echo", "imsk", "icc"]
    assert '<a class="bhcp-letters__link" href="#letter-e">E</a>' in html
    assert "or ICC" in html


def test_a_word_says_how_sure_its_meaning_is_and_where_it_comes_from(client):
    term("baseline", certainty="inferred", note="Of measures.")
    term("ccg", certainty="unchecked")
    html = client.get("/glossary/").text
    signs = re.findall(r'class="nhsuk-u-visually-hidden">(, [^<]*)</span>', html)
    assert signs == [", our reading", ", not checked against a source"]
    ending = html[html.index('id="sources"') :]
    assert re.search(r'<a href="/sources/paper-\d+/">[^<]*</a>, A council, 2017', ending)
    assert "(our reading). Of measures." in ending


def test_a_past_day_explains_words_as_they_were_explained_then(client):
    term("icc", meaning="A team.", published_as="2017")
    term("icc", meaning="A place and its team.", published_as="2019")
    term("vanguard", published_as="2019")
    then = client.get("/glossary/?as-at=2018-06-30").text
    assert "A team." in then
    assert "A place and its team." not in then
    assert "vanguard" not in then
    assert (
        "No word had been explained by this day" in client.get("/glossary/?as-at=2016-01-01").text
    )


def test_other_pages_link_to_the_place_of_one_word(client):
    made = term("icc")
    assert kind_of(TermMeaning).address("icc") == "/glossary/#icc"
    assert made.term.get_absolute_url() == "/glossary/#icc"
    assert "/glossary/#icc" in client.get("/changes/").text


def test_short_forms_are_one_cell_of_the_table():
    term("icc", other_names=["ICC", "community"])
    assert [row["other_names"] for row in TermMeaningTable().rows()] == ["ICC;community"]
