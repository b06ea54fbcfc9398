"""A programme begun with its first milestones, and ended by keyboard; with and without scripts."""

import pytest
from playwright.sync_api import expect

from programmes.models import Programme
from tests.browser import steps
from tests.browser.steps import PHONE, fits, follow, link
from tests.factories.kit import source
from tests.factories.partners import partner

pytestmark = pytest.mark.django_db(transaction=True)


def press(page, name):
    fits(page)
    follow(page.get_by_role("button", name=name, exact=True))
    fits(page)


def approve(page, title):
    page.reload()
    follow(page.get_by_role("link", name=f"Approve: {title}"))
    press(page, "Approve: make it public")
    expect(page.get_by_text("It is public now.")).to_be_visible()
    follow(page.get_by_role("link", name="Home").first)


def says_so_ourselves(page):
    page.get_by_label("We say so ourselves, from the day it is approved").check()
    press(page, "Continue")


def end_by_keyboard(page):
    steps.press(page, "See all that is said of Falls at home")
    steps.press(page, "It has finished, was stopped or became part of another: end it")
    steps.says_so_ourselves(page)
    steps.choose(page, "It has finished", "It was stopped")
    steps.press(page, "Continue")
    fits(page)
    expect(page.get_by_role("alert").first).to_contain_text("Say what happens next")
    steps.write(page, "What happens next?", "Patients are told")
    steps.write(page, "Who does that?", "The programme office")
    steps.write(page, "By when?", "3 June 2031")
    steps.write(page, "From which day is it over?", "1 June 2026")
    steps.write(page, "How did it end?", "The money for it ran out in the spring.")
    steps.press(page, "Continue")
    fits(page)
    steps.press(page, "Send for approval")


def test_a_programme_is_begun_with_milestones_and_ended(live_server, open_browser, people):
    source("paper", title="A paper of the board")
    partner("RTX", "The trust")
    ann, bob = people("Ann"), people("Bob")
    follow(link(ann, "Add, correct and end what the portal says"))
    follow(link(ann, "Begin a programme"))
    says_so_ourselves(ann)
    ann.get_by_label("Name", exact=True).fill("Falls at home")
    ann.get_by_label("What is it for?").fill("Fewer people fall at home.")
    ann.get_by_label("Better Health").check()
    ann.get_by_label("Which partner leads it?").select_option("The trust")
    ann.get_by_label("Milestone 1: what will be reached?").fill("First visits")
    press(ann, "Continue")
    expect(ann.get_by_role("alert").first).to_contain_text("Enter by when milestone 1 is due")
    ann.get_by_label("Milestone 1: by when?").fill("March 2031")
    press(ann, "Continue")
    press(ann, "Send for approval")
    approve(bob, "Begin a programme: Falls at home")
    ann.reload()
    expect(
        ann.get_by_role("heading", name="What is still missing of Falls at home")
    ).to_be_visible()
    public = open_browser(viewport=PHONE)
    work = Programme.objects.get()
    public.goto(live_server.url + work.get_absolute_url())
    expect(public.get_by_role("main")).to_contain_text("First visits")
    expect(public.get_by_role("main")).to_contain_text("Due March 2031")

    end_by_keyboard(ann)
    approve(bob, "End a programme: Falls at home")
    public.reload()
    expect(public.get_by_role("main")).to_contain_text("The work stopped on 1 June 2026.")
    expect(public.get_by_role("main")).to_contain_text("Ended with the programme")
    fits(public)
