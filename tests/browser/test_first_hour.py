"""The first person's first hour: from an installation without any record to public pages that make sense.

An administrator invites two people of each role that is needed; they put the partnership, its partners,
communities, a programme, a measure and a news item on the record, each written by one and approved by
another, on a phone without scripts.
"""

import re
from datetime import date

import pytest
from django.core import mail
from playwright.sync_api import expect

from bhcp_portal.kit.dates import months_later
from partners.models.partnership import site_name
from partners.roles import Role
from tests.browser.steps import PHONE, button, fits, follow, give_password, join, link, set_up_app
from tests.factories.kit import run_queue
from tests.factories.partners import browser_signed_in, person

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"
KINDS = {
    "Dale Council": "County council",
    "Dale Hospitals": "Hospital trust",
    "Dale GP Federation": "GP federation",
}

PUBLIC = {
    "/": ("Dale Partners", "Falls at home", "A new team visits people who fell"),
    "/programmes/": ("Falls at home",),
    "/programmes/falls-at-home/": ("Dale Council", "The first home is checked", "June 2027"),
    "/iccs/": ("Upper Dale", "Lower Dale"),
    "/partners/": ("3 partners", "Dale Council", "Dale Hospitals", "Dale GP Federation"),
    "/metrics/": ("Visits",),
    "/metrics/visits/": ("Visits to people who fell", "877"),
    "/news/": ("A new team visits people who fell",),
    "/changes/": ("Falls at home", "Upper Dale"),
    "/about/": ("Dale Partners",),
    "/freshness/": ("Visits",),
    "/goals/": (),
    "/sources/": (),
    "/open-data/": (),
}
OTHERS = ("Morecambe", "Lancashire", "Cumbria", "Better Care Together")


class Team:
    """The people of the first hour, each with a browser of their own."""

    def __init__(self, address, browser):
        self.address, self.browser = address, browser
        self.boss = self.open()
        administrator = person("boss@example.org", name="Boss", roles=[Role.ADMINISTRATOR])
        browser_signed_in(self.boss.context, address, administrator)

    def open(self):
        context = self.browser.new_context(
            viewport=PHONE, java_script_enabled=False, locale="en-GB", timezone_id="Europe/London"
        )
        return context.new_page()

    def invite(self, name, role):
        """Somebody with a role for all partners, who has followed the invitation and signed in."""
        email = f"{name.lower()}@example.org"
        self.boss.goto(f"{self.address}/staff/people/invite/")
        self.boss.get_by_label("Full name").fill(name)
        self.boss.get_by_label("Email address").fill(email)
        self.boss.get_by_label(role).check()
        self.boss.get_by_label("Held for").select_option("all")
        mail.outbox.clear()
        follow(button(self.boss, "Send the invitation"))
        run_queue()
        way_in = re.search(r"/staff/invitation/\S+", mail.outbox[-1].body)[0]
        page = self.open()
        join(page, self.address, way_in)
        give_password(page, email)
        set_up_app(page)
        follow(button(page, "I have kept them"))
        fits(page)
        return page

    def public(self, path):
        page = self.open()
        page.goto(self.address + path)
        fits(page)
        return page


def answer(page, answers):
    """Fill in a form: text in boxes, a label of a list, and anything for what is ticked."""
    for label, words in answers.items():
        field = page.get_by_label(re.compile(f"^{re.escape(label)}")).first
        kind = field.evaluate("element => element.type")
        if kind in ("radio", "checkbox"):
            field.check()
        elif kind == "select-one":
            field.select_option(label=words)
        else:
            field.fill(words)
    fits(page)


def say(page, address, title, answers, by):
    """Write what the partners say themselves, send it, and let another person approve it."""
    page.goto(address)
    page.get_by_label("We say so ourselves, from the day it is approved").check()
    follow(button(page, "Continue"))
    answer(page, answers)
    follow(button(page, "Continue"))
    fits(page)
    follow(button(page, "Send for approval"))
    expect(page.get_by_text("It is sent. Another person approves it.")).to_be_visible()
    home(by)
    follow(link(by, f"Approve: {title}"))
    fits(by)
    follow(button(by, "Approve: make it public"))
    expect(by.get_by_text("It is public now.")).to_be_visible()


def home(page):
    page.goto(page.url.split("/staff/")[0] + "/staff/")
    fits(page)


def readings(number):
    """A file with a number for each of so many months before this one."""
    first = date.today().replace(day=1)
    months = [months_later(first, back - number) for back in range(number)]
    rows = [f"VISITS,BHCP,{month},,,{800 + 7 * n},no,,,,," for n, month in enumerate(months)]
    return {
        "name": "visits.csv",
        "mimeType": "text/csv",
        "buffer": "\n".join([HEADER, *rows]).encode(),
    }


def test_an_empty_installation_becomes_a_full_portal_in_a_browser(live_server, browser):
    site_name.forget()
    team = Team(live_server.url, browser)
    record = f"{live_server.url}/staff/record/"
    ann, bob = (team.invite(name, "Record keeper") for name in ("Ann", "Bob"))
    say(
        ann,
        f"{record}in/partnership-names/add/",
        "The partnership’s name: Dale Partners",
        {
            "Name of the partnership": "Dale Partners",
            "From when to when?": "Since 2026",
            "The partnership’s name": "",
        },
        bob,
    )
    for name in ("Dale Council", "Dale Hospitals", "Dale GP Federation"):
        say(
            ann,
            f"{record}begin/partner/",
            f"Add a partner: {name}",
            {
                "Full name": name,
                "Short name": name,
                "When did it join the partnership?": "1 April 2026",
                KINDS[name]: "",
            },
            bob,
        )
    for name in ("Upper Dale", "Lower Dale"):
        say(ann, f"{record}begin/community/", f"Add a community: {name}", {"Name": name}, bob)
    say(
        ann,
        f"{record}begin/programme/",
        "Begin a programme: Falls at home",
        {
            "Name": "Falls at home",
            "What is it for?": "Fewer people fall at home.",
            "Better Care": "",
            "Which partner leads it?": "Dale Council",
            "Milestone 1: what will be reached?": "The first home is checked",
            "Milestone 1: by when?": "June 2027",
            "Milestone 2: what will be reached?": "All homes are checked",
            "Milestone 2: by when?": "2028",
        },
        bob,
    )

    stella, colin = (team.invite(name, "Data steward") for name in ("Stella", "Colin"))
    home(stella)
    follow(link(stella, "Look after measures, their readings and targets"))
    follow(link(stella, "Add a measure"))
    answer(
        stella,
        {
            "Code": "VISITS",
            "Full name": "Visits to people who fell",
            "Short name": "Visits",
            "Why it matters": "A visit prevents the next fall.",
            "How it is worked out": "Counted by the teams.",
            "Unit": "visits",
            "Every month": "",
            "Days from the end": "10",
            "Work out limits": "",
            "Go up": "",
            "Partner that owns it": "Dale Hospitals",
        },
    )
    follow(button(stella, "Save the card"))
    home(colin)
    follow(link(colin, re.compile("^Check measure card")))
    fits(colin)
    follow(button(colin, "Publish"))
    stella.goto(f"{live_server.url}/staff/readings/send/")
    stella.get_by_label("Your file").set_input_files(readings(12))
    follow(button(stella, "Send and check"))
    run_queue()
    home(colin)
    follow(link(colin, "Approve readings: visits.csv, 12 rows"))
    fits(colin)
    follow(button(colin, "Approve and publish"))

    wendy = team.invite("Wendy", "News editor")
    paul = team.invite("Paul", "News publisher")
    wendy.goto(f"{live_server.url}/staff/news/add/")
    answer(
        wendy,
        {
            "Headline": "A new team visits people who fell",
            "Summary": "It began this week.",
            "Text": "Ask your surgery for a visit.",
            "Dale Council": "",
        },
    )
    follow(button(wendy, "Save as draft"))
    follow(button(wendy, "Send for approval"))
    home(paul)
    follow(link(paul, "Approve news: A new team visits people who fell"))
    follow(button(paul, "Approve"))
    follow(button(paul, "Publish now"))
    expect(paul.get_by_text("Published. Everybody can read it now.")).to_be_visible()

    for path, words in PUBLIC.items():
        page = team.public(path)
        for each in words:
            expect(page.locator("body"), path).to_contain_text(each)
        for other in OTHERS:
            expect(page.locator("body"), path).not_to_contain_text(other)
