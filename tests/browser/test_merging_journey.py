"""Two communities become one, a partner is renamed and succeeded: asked, previewed, approved, read."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.steps import PHONE, button, fits, follow, link
from tests.factories.iccs import icc, place, practice
from tests.factories.partners import member, partner, profiled
from tests.factories.programmes import partner_role, placed_in, programme

pytestmark = pytest.mark.django_db(transaction=True)


def say_so_ourselves(page):
    page.get_by_label("We say so ourselves, from the day it is approved").check()
    follow(button(page, "Continue"))


def send(page):
    fits(page)
    follow(button(page, "Send for approval"))
    expect(page.get_by_text("It is sent. Another person approves it.")).to_be_visible()


def approve(page, address, title):
    page.goto(f"{address}/staff/")
    follow(page.get_by_role("link", name=f"Approve: {title}"))
    fits(page)
    follow(button(page, "Approve: make it public"))
    expect(page.get_by_text("It is public now.")).to_be_visible()


def test_two_communities_become_one(live_server, open_browser, people):
    bay, castle = icc("BAY", name="Bay", slug="bay"), icc("LCA", name="Castle", slug="castle")
    place(castle, "Skerton")
    practice(castle, "Queen Square", town="Lancaster")
    placed_in(programme(name="Falls at home"), castle)
    ann, bob = people("Ann"), people("Bob")
    ann.goto(f"{live_server.url}/staff/record/")
    # Ann does all of it by keyboard.
    steps.press(ann, "Communities become one")
    steps.says_so_ourselves(ann)
    steps.press(ann, "See what moves")
    expect(ann.get_by_role("alert")).to_contain_text("Choose the communities that end")
    steps.tick(ann, "Castle")
    steps.select(ann, "Which community do they become part of?", "Bay")
    steps.write(ann, "On which day?", "1 January 2026")
    steps.write(ann, "Why?", "One team serves both")
    fits(ann)
    steps.press(ann, "See what moves")
    expect(ann.get_by_role("heading", level=1)).to_contain_text("Castle becomes part of Bay")
    expect(ann.get_by_label("Skerton")).to_be_checked()
    fits(ann)
    steps.press(ann, "Continue")
    fits(ann)
    steps.press(ann, "See the page as the public will read it: Bay")
    expect(ann.get_by_role("main")).to_contain_text("Skerton")
    ann.go_back()
    fits(ann)
    steps.press(ann, "Send for approval")
    approve(bob, live_server.url, "Castle becomes part of Bay")

    public = open_browser(viewport=PHONE)
    public.goto(live_server.url + castle.get_absolute_url())
    expect(public.get_by_role("main")).to_contain_text("became part of Bay on 1 January 2026")
    follow(link(public, "Bay", exact=True).first)
    expect(public).to_have_url(live_server.url + bay.get_absolute_url())
    expect(public.get_by_role("main")).to_contain_text("Queen Square")
    public.goto(f"{live_server.url}/iccs/find/?q=skerton")
    expect(link(public, "Bay", exact=True).first).to_be_visible()


def rename_by_keyboard(page):
    steps.press(page, "A partner joins, leaves, is renamed or is succeeded")
    steps.press(page, "A partner gets another name")
    steps.says_so_ourselves(page)
    steps.select(page, "Which partner?", "The trust")
    steps.write(page, "New name", "The hospitals")
    steps.write(page, "First day of the new name", "1 June 2030")
    steps.press(page, "See what changes")
    fits(page)
    steps.press(page, "Continue")
    expect(page.get_by_role("main")).to_contain_text("The hospitals")
    steps.press(page, "Send for approval")


def test_a_partner_is_renamed_and_succeeded(live_server, open_browser, people):
    trust = partner("RTX", "The trust", slug="trust")
    profiled(trust)
    member(trust)
    partner("QE1", "The board", slug="board")
    partner_role(programme(name="Falls at home"), trust)
    ann, bob = people("Ann"), people("Bob")
    ann.goto(f"{live_server.url}/staff/record/")
    rename_by_keyboard(ann)
    ann.goto(f"{live_server.url}/staff/record/")
    follow(link(ann, "A partner joins, leaves, is renamed or is succeeded"))
    fits(ann)
    follow(link(ann, "Another body follows a partner"))
    say_so_ourselves(ann)
    ann.get_by_label("Which partner?").select_option("The trust")
    ann.get_by_label("Which partner follows it?").select_option("The board")
    ann.get_by_label("What happens?").fill("It closed, and the board took on its work")
    ann.get_by_label("On which day?").fill("1 January 2026")
    fits(ann)
    follow(button(ann, "See what changes"))
    expect(ann.get_by_role("main")).to_contain_text("It joins on 1 January 2026.")
    fits(ann)
    follow(button(ann, "Continue"))
    send(ann)
    approve(bob, live_server.url, "Another body follows a partner: The trust")
    public = open_browser(viewport=PHONE)
    public.goto(f"{live_server.url}/partners/")
    expect(public.get_by_role("main")).to_contain_text("1 partner")
    expect(public.get_by_role("main")).to_contain_text("left on 1 January 2026")
