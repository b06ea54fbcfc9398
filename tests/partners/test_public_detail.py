import re
from datetime import date

import pytest

from tests.factories.iccs import icc
from tests.factories.metrics import metric, readings
from tests.factories.newsroom import news
from tests.factories.partners import became, called, member, partner, profiled, site
from tests.factories.programmes import partner_role, placed_in, programme, status_update

pytestmark = pytest.mark.django_db


@pytest.fixture
def ccg():
    """A CCG that was enlarged and renamed, as one partner with two dated names."""
    made = partner("01K", "NHS Lancashire North CCG", slug="ccg", area="North Lancashire")
    called(made, "NHS Morecambe Bay CCG", begins="2017-04-01", published="2017-03", area="The bay")
    profiled(made, kind="ccg", is_statutory=True, website="https://www.example.org")
    member(made, is_joined_by=True, note="Its chief officer speaks.")
    return made


def page(client, made, day=None, status=200):
    answer = client.get(f"/partners/{made.slug}/", {"as-at": day} if day else {})
    assert answer.status_code == status
    return answer.content.decode()


def heading(words):
    return words.partition("<h1")[2].partition(">")[2].partition("</h1>")[0]


def test_a_partner_is_headed_by_its_name_on_the_day_read(client, ccg):
    assert heading(page(client, ccg)) == "NHS Morecambe Bay CCG"
    assert heading(page(client, ccg, "2017-03-31")) == "NHS Lancashire North CCG"
    assert heading(page(client, ccg, "2016-12-31")) == "NHS Lancashire North CCG"


def test_earlier_names_stay_with_their_dates_and_areas(client, ccg):
    words = page(client, ccg)
    for part in ("NHS Lancashire North CCG", "North Lancashire", "1 April 2017", "The bay"):
        assert part in words


def test_a_past_page_knows_no_name_given_later(client, ccg):
    assert "NHS Morecambe Bay CCG" not in page(client, ccg, "2016-12-31")
    # Announced in March 2017, for April.
    assert "NHS Morecambe Bay CCG" in page(client, ccg, "2017-03-31")


def test_of_names_that_sources_disagree_on_the_newest_said_heads_the_page(client):
    made = partner("NLMS", "Medical Group", slug="nlms", published_as="2017")
    called(made, "Medical Services", published="2016")
    profiled(made)
    words = page(client, made)
    assert heading(words) == "Medical Group"
    assert "Medical Services" in words


def test_kind_code_website_and_membership_stand_on_the_page(client, ccg):
    words = page(client, ccg)
    assert "Clinical commissioning group, a public body" in words
    assert "01K" in words
    assert 'href="https://www.example.org"' in words
    assert "Since 10 March 2015 or before" in words
    assert "Its chief officer speaks." in words


def test_what_each_source_said_of_its_membership_stands_in_order(client, ccg):
    member(ccg, published="2017-12", reason="A case study lists it again.")
    member(ccg, left="2022-07-01", published="2022-06-09", reason="CCGs were to end.")
    words = page(client, ccg)
    history = words.partition("Sources on its membership")[2]
    first, again, end = (
        history.index(part)
        for part in ("first named as a partner", "lists it again", "were to end")
    )
    assert first < again < end
    assert "left on 1 July 2022" in words
    assert "is to leave on 1 July 2022" in page(client, ccg, "2022-06-30")
    assert "1 July 2022" not in page(client, ccg, "2022-06-08")


def test_its_role_on_each_programme_stands_with_how_the_programme_is_going(client, ccg):
    telehealth = programme("telehealth", name="Telehealth")
    status_update(telehealth, "complete", published="2018")
    partner_role(telehealth, ccg, "lead", starts="2016-04")
    partner_role(telehealth, ccg, "funder")
    words = page(client, ccg)
    assert words.count('href="/programmes/telehealth/"') == 1
    assert "Lead, from April 2016" in words
    assert "Pays for it" in words
    assert "Complete" in words


def test_communities_are_those_that_its_programmes_are_placed_in(client, ccg):
    telehealth, other = programme("telehealth"), programme("other")
    millom, bay = icc("MIL", name="Millom"), icc("BAY", name="Bay")
    partner_role(telehealth, ccg)
    placed_in(telehealth, millom, published="2017")
    placed_in(other, bay, published="2017")
    words = page(client, ccg)
    assert 'href="/iccs/mil/"' in words
    assert 'href="/iccs/bay/"' not in words
    assert "Communities" not in page(client, ccg, "2016-12-31").partition("<h1")[2]


def test_news_that_names_it_or_that_it_leads_stands_once(client, ccg):
    other = partner("X")
    news("Both name and lead", partners=[ccg, other], lead_partner=ccg)
    news("Named only", partners=[ccg])
    news("Led only", lead_partner=ccg, partners=[other])
    news("Somebody else", partners=[other])
    news("Withdrawn", partners=[ccg], withdrawn_because="A mistake.")
    words = page(client, ccg)
    for title in ("Both name and lead", "Named only", "Led only"):
        assert words.count(title) == 1
    assert "Somebody else" not in words
    assert "Withdrawn" not in words


def test_successions_are_told_on_both_pages(client, ccg):
    cumbria = partner("01H", "NHS Cumbria CCG", slug="cumbria")
    profiled(cumbria)
    became(cumbria, "Its practices move.", when="2017-04-01", published="2017-04", successor=ccg)
    became(cumbria, "It ends.", when="2022-07-01", published="2022-07", successor_name="The Board")
    there = page(client, ccg)
    assert '<a href="/partners/cumbria/">NHS Cumbria CCG</a>: Its practices move.' in there
    here = page(client, cumbria)
    assert 'See <a href="/partners/ccg/">NHS Morecambe Bay CCG</a>.' in here
    assert "What followed: The Board." in here
    assert "The Board" not in page(client, cumbria, "2019-12-31")


def test_where_nothing_is_said_of_programmes_or_news_one_sentence_says_so(client, ccg):
    words = page(client, ccg)
    assert "No source gives it a part in a programme, and there is no news of it." in words
    going = words.partition('id="going"')[2].partition("</section>")[0]
    assert "No measure here is of this partner alone." in going


def test_what_it_leads_and_how_it_goes_come_first_and_the_rest_is_folded(client, ccg):
    for number in range(8):
        partner_role(programme(f"led-{number}", name=f"Led {number}"), ccg, "lead")
    over = programme("over", name="Led once")
    partner_role(over, ccg, "lead", ends="2019-04-01")
    partner_role(programme("paid", name="Paid for"), ccg, "funder")
    for number in range(6):
        readings(metric(f"measure-{number}", main_partner=ccg), range(20, 40), scope=ccg)
    site(ccg, "The Infirmary")
    words = page(client, ccg).partition("<main")[2]
    parts = re.findall(r'<(?:section[^>]*aria-labelledby|div[^>]* id)="([a-z]+)"', words)
    assert parts == ["leads", "going", "sites", "programmes", "history", "contact", "sources"]
    shown, _, folded = (
        words.partition('id="leads"')[2].partition("</section>")[0].partition("<details")
    )
    assert ("Led 1" in shown, "Led 2" in shown, "Led 7" in folded) == (True, False, True)
    assert "6 more programmes that it leads" in folded
    others = words.partition('id="programmes">')[2]
    for name in ("Led once", "Paid for"):
        assert name in others
        assert name not in shown + folded
    going = words.partition('id="going"')[2].partition("</section>")[0]
    assert going.count('class="bhcp-measure"') == 4
    assert "All 6 measures; new figures are late for all of them" in going
    assert all(f"Measure {number}" in going for number in range(6))


def test_its_hospitals_stand_on_a_map_and_in_words_with_their_sources(client, ccg):
    site(ccg, "The Infirmary", town="Lancaster", latitude="54.042", longitude="-2.798")
    site(ccg, "The General", latitude="54.137", longitude="-3.207", certainty="inferred")
    site(ccg, "Nobody knows where")
    site(ccg, "The Old Ward", ends_as="2019-04-01", ends_on=date(2019, 4, 1))
    site(ccg, "The New Ward", published="2020")
    words = page(client, ccg)
    drawn = words.partition('<svg class="bhcp-map"')[2].partition("</svg>")[0]
    assert ">The Infirmary</text>" in drawn
    assert "Nobody" not in drawn
    assert "href" not in drawn
    told = " ".join(words.partition("<figcaption")[2].partition("</section>")[0].split())
    assert "The Infirmary, Lancaster<sup" in told
    assert "Nobody knows where<sup" in told
    assert ", our reading" in told.partition("The General")[2]
    assert ("The Old Ward" in words, "The New Ward" in words) == (False, True)
    before = page(client, ccg, "2019-03-31")
    assert ("The Old Ward" in before, "The New Ward" in before) == (True, False)
    [out] = [s for s in client.get("/api/v1/partners/ccg").json()["sites"] if s["town"]]
    assert (out["name"], out["kind"], out["latitude"]) == ("The Infirmary", "hospital", 54.042)


def test_a_body_that_has_ended_led_what_it_led(client, ccg):
    partner_role(programme("telehealth"), ccg, "lead")
    became(ccg, "It ends.", when="2022-07-01", published="2022-06", is_end=True)
    assert ">What it leads</h2>" in page(client, ccg, "2022-06-30")
    assert ">What it led</h2>" in page(client, ccg)


def test_before_anything_was_said_of_a_partner_the_page_leads_to_today(client, ccg):
    words = page(client, ccg, "2014-12-31", status=404)
    assert "Nothing had been published about this partner by 31 December 2014" in words
    assert 'href="/partners/ccg/"' in words


def test_a_partner_of_which_no_more_than_a_name_is_said_has_a_page(client):
    made = partner("X", "The Federation", slug="x")
    words = page(client, made)
    assert heading(words) == "The Federation"
    assert "No source names it as a partner." in words


def test_an_unknown_partner_is_not_found(client):
    assert client.get("/partners/nobody/").status_code == 404
    assert client.get("/partners/nobody/?as-at=2017-01-01").status_code == 404


def test_a_partner_page_sets_no_cookie_and_does_not_vary_by_one(client, ccg):
    for path in ("/partners/", "/partners/ccg/"):
        answer = client.get(path)
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_partner_page_takes_at_most_twelve_queries(client, ccg, django_assert_max_num_queries):
    place = icc("MIL", name="Millom")
    for number in range(100):
        made = programme(name=f"Programme {number}")
        status_update(made, "on_track")
        partner_role(made, ccg)
        placed_in(made, place)
    for number in range(200):
        news(f"News item {number}", partners=[ccg], lead_partner=ccg)
    for number in range(30):
        other = partner()
        became(other, f"A part of it moves, number {number}.", successor=ccg)
        member(ccg, published=f"20{number + 20}")
    with django_assert_max_num_queries(12):
        page(client, ccg)


def test_how_long_it_was_a_partner_reads_as_one_sentence(client):
    made = partner("TRI", "Trial Hospice", slug="trial")
    member(made, joined="2016-11-01", left="2016-11-28", left_reason="The trial is over.")
    words = page(client, made)
    assert "Joined on 1 November 2016, left on 28 November 2016: The trial is over" in words
    early = page(client, made, "2016-11-20")
    assert "Joined on 1 November 2016, is to leave on 28 November 2016" in early
    assert "Is to join on 1 November 2016" in page(client, made, "2016-10-20")


def test_a_partner_that_joined_again_and_is_to_leave_reads_in_whole_sentences(client):
    made = partner("TRI", "Trial Hospice", slug="trial")
    member(made, joined="2010-01-01", left="2011-06-01", published="2011-05")
    stay = {"joined": "2016-11-28", "left": "2017-01-01", "left_reason": "No longer wanted."}
    member(made, **stay, published="2016-11-01")
    words = page(client, made, "2016-12-20")
    assert (
        "Joined on 28 November 2016, is to leave on 1 January 2017: No longer wanted. "
        "It was a partner before: joined on 1 January 2010, left on 1 June 2011."
    ) in " ".join(words.split())
    assert ".." not in words
