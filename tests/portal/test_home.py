"""The home page: five answers on one screen, which make sense on every day and of an empty record."""

import re
from datetime import date

import pytest
from django.test import Client
from django.utils.html import strip_tags

from tests.factories.iccs import icc
from tests.factories.metrics import metric, reading
from tests.factories.newsroom import news
from tests.factories.programmes import figure, milestone, money, programme, status_update

pytestmark = pytest.mark.django_db


def home(day=None):
    return Client().get("/", {"as-at": day} if day else {}).text


def main(html):
    """What is the page's own."""
    return html.partition("<main")[2].partition("</main>")[0]


def words(html):
    """What the page itself says, on one line."""
    return " ".join(strip_tags(main(html)).split())


def test_the_answers_stand_in_the_order_a_reader_needs_them():
    news("Clinic opens")
    icc("KEN")
    headings = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", main(home()))
    assert [strip_tags(heading) for heading in headings] == [
        "Programme portal",
        "Find your community",
        "How it is going",
        "What changed lately",
        "News",
    ]


def test_the_home_page_of_an_empty_record_makes_sense():
    page = words(home())
    assert "This is their public record" in page
    assert "How each programme is going will stand here" in page
    assert "Nothing has been said yet." in page
    assert "No news has been published yet." in page
    assert "by then" not in page
    assert "measure" not in page
    assert "at the end of" not in page


def test_what_was_said_at_one_moment_is_in_the_order_of_its_names_whatever_came_first_here():
    for slug in ("town", "beds"):
        figure(programme(slug, published="2015"), 1000, counts="seen", published="2026-03-02")
    page = words(home())
    assert page.index("Beds 1,000") < page.index("Town 1,000")


def test_what_changed_lately_says_what_was_said_of_what_and_when():
    eyes, beds, town = (programme(slug, published="2015") for slug in ("eye-care", "beds", "town"))
    figure(
        eyes,
        1000,
        counts="seen by opticians",
        unit="patients",
        qualifier="almost",
        published="2019",
    )
    milestone(beds, title="Ward opens", due="2019-03", published="2018-06")
    status_update(town, "at_risk", summary="Two nurses have left.", published="2017-06")
    page = words(home())
    assert "Eye care Almost 1,000 patients seen by opticians Figure, 2019" in page
    assert "Beds Planned: Ward opens, March 2019 Milestone, June 2018" in page
    assert "Town At risk: Two nurses have left. Status, June 2017" in page


def test_what_was_said_of_one_thing_on_one_day_is_told_once_by_its_status():
    eyes = programme("eye-care", published="2015")
    for number in (1000, 2000):
        figure(eyes, number, published="2019-03-01")
    status_update(eyes, "on_track", summary="All is well.", published="2019-03-01")
    programme("beds", published="2018")
    page = words(home())
    assert "Eye care On track: All is well. Status and more, 1 March 2019 Beds" in page


def test_what_is_said_of_no_programme_is_its_own_link():
    money(amount=4_700_000, what_for="the vanguard programme", published="2017")
    assert "£4.7 million: the vanguard programme</a>" in home()


def test_what_is_our_reading_of_a_source_says_so():
    milestone(programme("beds", published="2015"), published="2018", certainty="inferred")
    assert "Milestone, 2018. This is our reading of it" in words(home())


def test_home_says_how_far_the_figures_of_measures_run_on_the_day_that_is_read():
    waits, calls = metric("waits", name="Waits"), metric("calls", name="Calls")
    reading(waits, 5, period=date(2024, 4, 1), published="2024-05-09")
    reading(calls, 5, period=date(2024, 5, 1), published="2024-06-13")
    metric("silent", name="Silent")
    assert "2 measures, up to May 2024" in words(home())
    assert "1 measure, up to April 2024" in words(home("2024-05-31"))
    assert "up to" not in words(home("2024-05-01"))


def test_only_years_in_which_a_fair_number_of_things_was_said_are_offered():
    for count, day in ((20, "2016-03-01"), (19, "2017-03-01"), (20, "2018-03-01")):
        for _ in range(count):
            news(published_as=day)
    assert "at the end of 2016 or 2018." in words(home())
    assert "at the end of 2016." in words(home("2018-12-31"))
    assert "at the end of" not in words(home("2016-12-31"))
