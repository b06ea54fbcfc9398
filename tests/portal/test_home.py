"""The home page: whether care gets better, what is done, and what is new, on every day and of an empty record."""

import re
from datetime import date

import pytest
from django.test import Client
from django.utils.html import strip_tags

from metrics.models import Metric
from partners.models import PartnershipName
from partners.models.partnership import site_name
from tests.factories.iccs import icc
from tests.factories.kit import on_record, source
from tests.factories.metrics import metric, on_home, reading, readings, rebase, target
from tests.factories.newsroom import news
from tests.factories.programmes import figure, milestone, money, programme, stage, status_update

pytestmark = pytest.mark.django_db


def home(day=None):
    return Client().get("/", {"as-at": day} if day else {}).text


def main(html):
    """What is the page's own."""
    return html.partition("<main")[2].partition("</main>")[0]


def words(html):
    """What the page itself says, on one line."""
    return " ".join(strip_tags(main(html)).split())


def named(place, heads_pages_as):
    """The record names the area or the portal."""
    on_record(
        PartnershipName, published_as="2015", name=place, used="Now", heads_pages_as=heads_pages_as
    )
    site_name.keep()


@pytest.fixture(autouse=True)
def names_are_read_anew():
    yield
    site_name.forget()


def card(slug):
    """What the card of a measure says."""
    html = home().partition(f'href="/metrics/{slug}/"')[2].partition("</li>\n</ul>")[0]
    return " ".join(strip_tags(html.partition('class="bhcp-answer"')[0]).split())


def test_the_answers_stand_in_the_order_a_reader_needs_them():
    news("Clinic opens")
    icc("KEN")
    waits = metric("waits")
    readings(waits, [5])
    on_home(waits)
    headings = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", main(home()))
    assert [strip_tags(heading) for heading in headings] == [
        "Is care getting better?",
        "Waits",
        "What the partners set out to do",
        "Find your community",
        "What changed lately",
        "News",
        "This page as it stood at the end of",
        "Sources for this page",
    ]


def test_the_question_names_the_area_that_the_record_names_and_needs_an_answer():
    named("Dale Partners", "partnership")
    named("the Dale", "area")
    assert '<h1 class="nhsuk-heading-xl">Dale Partners</h1>' in home()
    waits = metric("waits")
    readings(waits, [5])
    on_home(waits)
    assert "Is care round the Dale getting better?</h1>" in home()
    assert "the Dale" not in words(Client().get("/about/").text)


def test_the_home_page_of_an_empty_record_makes_sense():
    page = words(home())
    assert "This is the public record of what was promised" in page
    assert "How each programme is going will stand here" in page
    assert "Nothing has been said yet." in page
    assert "No news has been published yet." in page
    assert "by then" not in page
    assert "measure" not in page
    assert "at the end of" not in page


@pytest.mark.parametrize(
    ("direction", "then", "words_of_it"),
    [
        ("decrease", 8, "Worse than in January 2024 (8)"),
        ("decrease", 10, "Better than in January 2024 (10)"),
        ("increase", 8, "Better than in January 2024 (8)"),
        ("neutral", 8, "Higher than in January 2024 (8)"),
        ("neutral", 10, "Lower than in January 2024 (10)"),
        ("decrease", 9, "The same as in January 2024"),
    ],
)
def test_a_card_compares_the_latest_figure_with_that_of_a_year_before(direction, then, words_of_it):
    waits = metric("waits", direction=direction)
    readings(waits, [then, *[9] * 12])
    on_home(waits)
    assert words_of_it in card("waits")


def test_a_card_says_what_the_measure_says_now_and_whether_its_target_is_met():
    waits, calls, beds = (metric(slug, decimals=1) for slug in ("waits", "calls", "beds"))
    for position, (each, number) in enumerate(((waits, 9), (calls, 4), (beds, 5))):
        readings(each, [number])
        on_home(each, position, words=f"All {each.slug}")
    target(waits, 5)
    target(calls, 5)
    assert "Waits 9.0 patients, January 2024" in card("waits")
    assert "Too early to say" in card("waits")
    assert "Target missed: 5.0 patients" in card("waits")
    assert "Target met: 5.0 patients" in card("calls")
    assert "No target was set" in card("beds")
    assert "than in January" not in home()


def test_a_figure_of_a_year_ago_that_was_counted_differently_is_not_called_better_or_worse():
    waits = metric("waits")
    readings(waits, [8, *[9] * 12])
    rebase(waits, date(2024, 3, 1))
    on_home(waits)
    assert "8 patients in January 2024, counted differently then" in card("waits")


def test_staff_say_which_six_measures_stand_on_the_home_page_and_in_what_order():
    for number in range(9, 0, -1):
        made = metric(f"measure-{number}")
        if number != 2:
            readings(made, [number])
        on_home(made, number, published="2024-05-01")
    gone = Metric.objects.get(slug="measure-1")
    on_home(gone, 1, published="2025-01-01", applies=False)
    shown = re.findall(r'bhcp-answer__name"><a href="/metrics/([^/]+)/', home())
    assert shown == [f"measure-{number}" for number in (3, 4, 5, 6, 7, 8)]
    assert 'href="/metrics/measure-1/?as-at=2024-12-31"' in home("2024-12-31")
    assert "bhcp-answer" not in home("2024-04-30")


def test_every_programme_is_in_the_strip_of_stages_and_in_its_table():
    status_update(programme("beds", published="2015"), "complete", published="2018-06")
    stage(programme("town", published="2015"), "pilot", published="2017")
    html = home()
    page = words(html)
    assert "1 Pilot Town 2017 1 Stage not known Beds complete, 2018" in page
    assert 'href="/programmes/beds/"' in main(html)
    assert "Last said to be: complete 1, never reported 1." in page
    assert "Stage PilotComplete 0No status was reported 1All 1" in page
    assert "The newest status of all is from June 2018." in page


def test_home_leads_to_all_that_was_last_said_to_be_off_track_and_names_what_is_late():
    beds = programme("beds", published="2015")
    status_update(beds, "off_track", published="2019-06")
    milestone(beds, "ward", title="Ward opens", due="2019-03", published="2018-06")
    milestone(beds, "roof", title="Roof is mended", due="2030-03", published="2018-06")
    html = home()
    assert "Beds off track, 2019" in words(html)
    for page in (html, Client().get("/programmes/").text):
        listed = words(page)
        assert "Last said to be off track: 1. Beds, 2019" in listed
        after = "Stage not known" if page == html else "The year beside a stage"
        assert listed.index("Last said to be off track: 1.") < listed.index(after)
    assert 'href="/programmes/?status=off_track">off track</a> 1' in html
    assert "Milestones whose day has passed: 1 Beds: Ward opens, due March 2019" in words(html)
    assert "Roof is mended" not in words(html).partition("What changed lately")[0]
    then = home("2019-02-28")
    assert "off track" not in words(then)
    assert "day has passed" not in words(then)


def test_the_answer_stands_under_the_question_and_counts_every_measure():
    for slug in ("waits", "calls"):
        made = metric(slug)
        readings(made, [5])
        on_home(made)
    page = words(home())
    assert "Of 2 measures, none changed for the better and none for the worse." in page
    assert "For 2 it is too early to say." in page
    assert page.index("For 2 it is") < page.index("Waits")


def test_home_says_from_when_to_when_its_record_runs_and_when_programmes_were_last_heard_of():
    money(amount=4_700_000, what_for="the vanguard programme", published="2020")
    programme("beds", published="2015-03")
    page = words(home())
    assert "It holds what was said from 2015 to 2020." in page
    assert "A programme was last heard of in March 2015." in page


def test_home_says_between_which_months_a_programme_was_last_heard_of():
    programme("beds", published="2015-03/2015-05")
    money(amount=4_700_000, what_for="the vanguard programme", published="2014")
    assert "A programme was last heard of between March and May 2015." in words(home())


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
    assert (
        "Eye care On track: All is well. Status, 1 March 2019. 2 more changes at the time Beds"
        in page
    )


def test_what_is_said_of_no_programme_is_its_own_link():
    figure(None, 4000, unit="people", counts="asked what they need", published="2017")
    assert "4,000 people asked what they need</a>" in home()


def test_what_is_our_reading_of_a_source_says_so():
    milestone(programme("beds", published="2015"), published="2018", certainty="inferred")
    assert "Milestone, 2018. This is our reading of it" in words(home())


def test_home_says_how_far_the_figures_of_measures_run_on_the_day_that_is_read():
    waits, calls = metric("waits", name="Waits"), metric("calls", name="Calls")
    reading(waits, 5, period=date(2024, 4, 1), published="2024-05-09")
    reading(calls, 5, period=date(2024, 5, 1), published="2024-06-13")
    metric("silent", name="Silent")
    assert "New figures: 2 measures, up to May 2024" in words(home())
    assert "New figures: 1 measure, up to April 2024" in words(home("2024-05-31"))
    assert "up to" not in words(home("2024-05-01"))


def test_every_past_year_since_the_record_begins_is_offered():
    news(published_as="2016-03-01")
    news(published_as="2018-03-01")
    assert "at the end of 2016 2017 2018 As it stood on" in words(home("2019-12-31"))
    assert "at the end of 2016 2017 As it stood on" in words(home("2018-12-31"))
    assert "at the end of" not in words(home("2016-12-31"))


def test_the_large_numbers_name_who_published_them_and_each_count_is_a_link_that_says_of_what():
    paper = source(title="Waits", publisher="NHS England")
    made = metric("waits", data_source=paper)
    readings(made, [10, 11] * 6 + [1] * 8)
    on_home(made)
    html = home()
    assert "Figures: NHS England. Each measure’s page says from which data." in words(html)
    links = re.findall(r"<a [^>]*>(.*?)</a>", main(html))
    named_as = [" ".join(strip_tags(link).split()) for link in links]
    assert "1 changed for the better" in named_as
    assert not [name for name in named_as if name.isdigit() and len(name) < 4]


def test_home_says_what_happened_lately_in_whole_sentences_and_leaves_amounts_of_money_out():
    eyes = programme("eyes", name="Eye care", published="2015")
    long = " ".join(["seen by an optician in the town where they live"] * 4)
    figure(eyes, 1000, counts=long, published="2020-03-01")
    money(eyes, what_for="the vanguard programme", published="2020-06")
    lately = words(home()).partition("What changed lately")[2].partition("See everything")[0]
    assert f"1,000 {long}" in lately
    assert "vanguard" not in lately
    assert "…" not in lately
