import logging
from datetime import date

import pytest

from iccs.forms import LONGEST
from tests.factories.iccs import icc, merged, named, network, place, practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def twelve():
    """Three of the twelve will do."""
    north = network(name="North Lancashire")
    bay = icc("BAY", name="Bay", network=north)
    castle = icc("LCA", name="Lancaster Castle", other_names=["Queen Square"], network=north)
    east = icc("EAS", name="East", network=network(name="South Lakes"))
    place(bay, "Heysham", certainty="unchecked")
    practice(bay, "Bay Medical Group", town="Morecambe", certainty="inferred")
    named(east, "East of Cumbria", published="2017")
    practice(east, "Upper Lune Primary Care Surgery", town="Sedbergh")
    return bay, castle, east


def page(client, typed=None, **more):
    answer = client.get("/iccs/find/", ({} if typed is None else {"q": typed}) | more)
    assert answer.status_code == 200
    return answer.content.decode()


def found(client, typed, **more):
    """The codes of the communities found, in order."""
    words = page(client, typed, **more).partition("<main")[2]
    if "All communities</h2>" in words:
        return []
    return [code for code in ("bay", "lca", "eas") if f'href="/iccs/{code}/' in words]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("heysham", ["bay"]),
        ("HEYSH", ["bay"]),
        ("héysham", ["bay"]),
        ("bay medical", ["bay"]),
        ("morecambe", ["bay"]),
        ("queen square", ["lca"]),
        ("castle", ["lca"]),
        ("east of cumbria", ["eas"]),
        ("which one is heysham in", ["bay"]),
        ("castle surgery", ["lca"]),
        ("the hesham doctors", ["bay"]),
        ("Heysham Primary Care", ["bay"]),
        ("surgery in Heysham", ["bay"]),
        ("GP practice near Heysham", ["bay"]),
    ],
)
def test_a_practice_place_or_name_leads_to_its_community(client, twelve, typed, codes):
    assert found(client, typed) == codes


def test_a_place_that_no_source_names_leads_to_the_nearest_communities(client):
    for code, name, latitude in (("CAR", "Carnforth", "54.129"), ("GAR", "Garstang", "53.906")):
        icc(code, name=name, latitude=latitude, longitude="-2.770")
    for typed in ("Galgate", "galagte"):
        words = page(client, typed).partition("<main")[2]
        assert "Communities nearest to Galgate" in words
        assert words.index("Garstang</a>") < words.index("about 6 miles")
        assert words.index("about 6 miles") < words.index("Carnforth</a>") < words.index("10 miles")


def test_one_match_is_a_list_of_one_with_the_reason_and_how_sure_it_is(client, twelve):
    words = page(client, "heysham")
    assert "1 community for “heysham”" in words
    assert "Heysham is thought to be here" in words
    assert ", not checked against a source" in words.partition("<main")[2]


def test_a_place_that_ended_leads_to_its_community_on_days_before_only(client, twelve):
    place(twelve[0], "Overton", ends_as="2019-04-01", ends_on=date(2019, 4, 1))
    assert found(client, "overton", **{"as-at": "2019-03-31"}) == ["bay"]
    assert found(client, "overton") == []


def test_a_misspelt_name_shows_close_matches(client, twelve):
    words = page(client, "hesham")
    assert "Showing close matches for “hesham”" in words
    assert 'href="/iccs/bay/"' in words


@pytest.mark.parametrize("typed", ["LA5", "la1", "PR3", "LA1 4XX"])
def test_a_postcode_gets_the_sentence_about_postcodes_and_no_guess(client, twelve, typed):
    icc("GRL", name="Grange & Lakes")
    words = page(client, typed)
    assert "Postcodes do not work here" in words
    assert "close matches" not in words


def test_where_some_words_match_the_page_says_that_it_is_a_part(client, twelve):
    assert "Showing matches for part of “heysham clinic”" in page(client, "heysham clinic")


def test_a_postcode_district_is_a_hint_where_a_source_gives_it(client, twelve):
    bay, castle, _ = twelve
    place(bay, "LA4")
    place(castle, "LA1")
    for typed in ("LA4", "la4 4xx", "LA44XX"):
        assert found(client, typed) == ["bay"]
    words = page(client, "LA4")
    assert "Some homes in LA4 are in it" in words
    assert "Your GP practice decides which community you belong to" in words
    assert found(client, "LA5") == []


def test_no_match_gives_all_by_network_and_says_whom_to_ask(client, twelve):
    words = page(client, "zzzz")
    assert "Nothing found for “zzzz”" in words
    assert "ask your practice" in words
    for part in ("North Lancashire", "South Lakes", "/iccs/bay/", "/iccs/lca/", "/iccs/eas/"):
        assert part in words


def test_without_a_question_the_page_shows_the_box_and_all_communities(client, twelve):
    words = page(client)
    assert 'name="q"' in words
    assert "/iccs/eas/" in words
    assert "Nothing found" not in words
    assert "Error:" not in words


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the name of a GP practice, town or village"),
        ("   ", "Type the name of a GP practice, town or village"),
        ("x" * (LONGEST + 1), f"Type a shorter name, of {LONGEST} characters or fewer"),
        ("x" * 100_000, f"Type a shorter name, of {LONGEST} characters or fewer"),
        ("Hey\x00sham", "Type the name in letters and figures only"),
    ],
)
def test_what_cannot_be_looked_for_is_answered_with_a_sentence(client, twelve, typed, sentence):
    words = page(client, typed)
    assert sentence in words
    assert "<title>Error: " in words
    assert 'href="#id_q"' in words


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "' OR 1=1 --", "%27", "\\", "(((", "{{ x }}", "\ud800"]
)
def test_hostile_words_are_only_words(client, twelve, typed):
    if typed == "\ud800":
        answer = client.get("/iccs/find/?q=%ed%a0%80")
        assert answer.status_code == 200
        return
    words = page(client, typed)
    assert "<script>" not in words


def test_a_past_page_finds_only_what_was_known_and_keeps_the_day(client, twelve):
    bay, *_ = twelve
    place(bay, "Overton", published="2019")
    assert found(client, "overton", **{"as-at": "2018-12-31"}) == []
    words = page(client, "heysham", **{"as-at": "2018-12-31"})
    assert 'href="/iccs/bay/?as-at=2018-12-31"' in words
    assert '<input type="hidden" name="as-at" value="2018-12-31">' in words


def test_a_community_that_merged_leads_to_the_one_that_goes_on(client, twelve):
    bay, castle, _ = twelve
    merged(castle, into=bay, published="2019")
    words = page(client, "castle")
    assert "1 community for" in words
    assert "became part of" in words
    assert "(date not known)" in words
    assert found(client, "castle") == ["bay"]


def test_what_is_typed_is_never_logged(client, twelve, caplog):
    caplog.set_level(logging.DEBUG)
    page(client, "heysham")
    page(client, "x" * 200)
    assert "heysham" not in caplog.text
    assert "xxxx" not in caplog.text


def test_what_is_typed_never_reaches_the_database(client, twelve, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as asked:
        page(client, "heysham")
        page(client, "hesham")
    assert not [q for q in asked.captured_queries if "heysham" in q["sql"].lower()]
    assert not [q for q in asked.captured_queries if "hesham" in q["sql"].lower()]


def test_finding_sets_no_cookie(client, twelve):
    answer = client.get("/iccs/find/?q=heysham")
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
