"""About: four short pages, each of which leads to the others."""

import re

import pytest

from tests.factories.kit import source
from tests.factories.programmes import figure, money

pytestmark = pytest.mark.django_db
PAGES = ("/about/", "/about/names/", "/about/money/", "/about/figures/")


@pytest.mark.parametrize("path", PAGES)
def test_each_page_leads_to_the_others_on_the_day_being_read(client, path):
    page = client.get(path, {"as-at": "2017-06-30"}).text
    nav = re.search(r'<nav [^>]*aria-label="About">.*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r'href="([^"?]*)\?as-at=2017-06-30"', nav) == list(PAGES)
    assert re.findall(r'href="([^"?]*)[^>]*aria-current="page"', nav) == [path]


def test_amounts_of_the_newest_years_stand_open_and_no_year_is_lost(client):
    for year in ("2015/16", "2016/17", "2017/18", "2018/19"):
        money(None, year=year)
    page = client.get("/about/money/").text
    assert re.findall(r'fold"( open)?>.*?title">([^<]*)', page, re.DOTALL) == [
        (" open", "2018/19"),
        (" open", "2017/18"),
        (" open", "2016/17"),
        ("", "2015/16"),
    ]


def test_a_figure_of_the_whole_bay_says_what_it_counts_and_when_and_if_it_is_an_aim(client):
    paper = source("paper", title="The paper")
    figure(None, value=200_000_000, unit="£", counts="for the bay", period="2015", source=paper)
    figure(None, value=9000, unit="stays", counts="fewer", period="2019", is_aim=True, source=paper)
    page = re.sub(r"<sup.*?</sup>|<[^>]*>", "", client.get("/about/figures/").text)
    assert re.search(r"£200 million\s+for the bay\s*2015", page)
    assert re.search(r"9,000 stays\s+fewer\s*An aim, 2019", page)
    assert "The paper" in page
