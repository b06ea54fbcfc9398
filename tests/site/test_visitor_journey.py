"""A visitor from the home page to their community, to a programme there, to the source of what it says.

On the real record, today and on a past day; with scripts and without; by keyboard alone; narrow and wide.
"""

import re
from datetime import date
from itertools import product
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.looking import WIDTHS, look
from tests.browser.steps import enter, follow, go_to

PAST = date(2017, 12, 31)
SOURCE = "New telehealth link in Millom helps to keep care closer to home"
# What is not of the day that is being read.
OF_TODAY = ("/staff/", "/static/")


def day_of(address):
    return parse_qs(urlsplit(address).query).get("as-at", [None])[0]


def check_day(page, day):
    """The page, and all that it leads to, is of this day; only the banner leads back to today,
    and only the home page's line of the fullest years to others."""
    stays = day and day.isoformat()
    banner = page.get_by_text("You are reading the portal as it stood on 31 December 2017.")
    expect(banner).to_have_count(1 if day else 0)
    assert day_of(page.url) == stays, page.url
    kept = "a[href^='/']:not(.bhcp-past__link):not(.bhcp-home__days a)"
    links = page.locator(kept).evaluate_all("links => links.map(link => link.getAttribute('href'))")
    links = [link for link in links if not link.startswith(OF_TODAY)]
    assert len(links) > 5
    assert [link for link in links if day_of(link) != stays] == [], page.url


def test_a_visitor_goes_from_home_to_their_community_to_a_programme_to_a_source(site, open_browser):
    page = open_browser()
    main, title = page.get_by_role("main"), page.get_by_role("heading", level=1)
    for width, day in product(WIDTHS, (None, PAST)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(site)
        if day:
            follow(page.get_by_role("link", name="2017", exact=True))
        check_day(page, day)
        page.get_by_label("Your town, village or GP practice").fill("haverigg")
        follow(page.get_by_role("button", name="Find"))
        check_day(page, day)
        follow(main.get_by_role("link", name="Millom", exact=True))
        expect(title).to_have_text(re.compile("Millom$"))
        check_day(page, day)
        follow(main.get_by_role("link", name="Telehealth in Millom").first)
        expect(title).to_have_text("Telehealth in Millom")
        check_day(page, day)
        follow(main.get_by_role("link", name=SOURCE).first)
        expect(title).to_have_text(SOURCE)
        check_day(page, day)
        expect(main.get_by_role("link", name="https://")).to_be_visible()
        # And back to what rests on it.
        expect(main.get_by_role("link", name="Telehealth in Millom").first).to_be_visible()


def test_a_visitor_gets_there_by_keyboard_alone(page, site):
    for width, day in product(WIDTHS, (None, PAST)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(site)
        walk_by_keyboard(page, day)
        expect(page.get_by_role("heading", level=1)).to_have_text(SOURCE)
        check_day(page, day)


def walk_by_keyboard(page, day):
    if day:
        go_to(page, "2017", exact=True, most=200)
        enter(page)
    go_to(page, "Your town, village or GP practice", most=100)
    page.keyboard.type("haverigg")
    enter(page)
    go_to(page, "Skip to main content")
    enter(page)
    # The menu is passed over: what was found is a few steps away.
    go_to(page, "Millom", exact=True, most=5)
    enter(page)
    go_to(page, "Telehealth in Millom")
    enter(page)
    go_to(page, SOURCE)
    enter(page)


def test_what_is_not_found_leads_on(page, site):
    page.goto(site)
    page.get_by_label("Your town, village or GP practice").fill("Timbuktu")
    follow(page.get_by_role("button", name="Find"))
    look(page)
    follow(page.get_by_role("link", name="Kendal", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Kendal$"))
