"""The record kept in a browser: a fact added beside its new source, corrected, ended; a programme begun.

With scripts and without, on a phone; and by keyboard alone.
"""

import pytest
from playwright.sync_api import expect

from partners.roles import Role
from tests.browser import steps
from tests.browser.steps import PHONE, button, fits, follow, link
from tests.factories.iccs import icc, place
from tests.factories.kit import source
from tests.factories.partners import browser_signed_in, partner, person

pytestmark = pytest.mark.django_db(transaction=True)


def approve_on(page, title):
    follow(page.get_by_role("link", name=f"Approve: {title}"))
    fits(page)
    follow(button(page, "Approve: make it public"))
    expect(page.get_by_text("It is public now.")).to_be_visible()
    follow(page.get_by_role("link", name="Home").first)


def mend_by_keyboard(page):
    steps.press(page, "Burneside", exact=True)
    steps.press(page, "Correct it")
    steps.choose(page, "We copied it wrongly", "We copied it wrongly from the source")
    steps.press(page, "Continue")
    steps.write(page, "Town, village or district", "Burneside Village")
    steps.write(page, "What was wrong?", "The name was cut short")
    steps.press(page, "Continue")
    steps.press(page, "Send for approval")


def send_file_by_keyboard(page, file):
    steps.attach(page, "Your file", file)
    steps.press(page, "Send and check")
    fits(page)


def test_a_place_is_added_with_a_new_source_then_corrected_and_ended(
    live_server, open_browser, people
):
    kendal = icc("KEN", name="Kendal", slug="kendal")
    source("map", title="Map of the communities, 2016")
    ann, bob = people("Ann"), people("Bob")
    follow(link(ann, "Add, correct and end what the portal says"))
    ann.get_by_label("Name of a programme").fill("kend")
    follow(button(ann, "Find"))
    follow(link(ann, "Kendal", exact=True))
    fits(ann)
    follow(link(ann, "Add to: Places"))
    ann.get_by_label("A document or data set says so").check()
    follow(button(ann, "Continue"))
    ann.get_by_label("Find it by words of its title").fill("plan")
    follow(button(ann, "Find"))
    follow(link(ann, "It is not in the list: add a new source"))
    ann.get_by_label("Title", exact=True).fill("The plan of 2026")
    ann.get_by_label("Who published it?").fill("The partnership")
    ann.get_by_label("Document", exact=True).check()
    ann.get_by_label("When was it published?").fill("3rd of June 2026")
    follow(button(ann, "Continue"))
    expect(ann.get_by_text("Source: The plan of 2026")).to_be_visible()
    follow(button(ann, "Continue"))
    expect(ann.get_by_role("alert")).to_contain_text("Enter the town, village or district")
    ann.get_by_label("Town, village or district").fill("Burneside")
    ann.get_by_label("No", exact=True).check()
    fits(ann)
    follow(button(ann, "Continue"))
    fits(ann)
    follow(button(ann, "Send for approval"))
    expect(ann.get_by_text("It is sent. Another person approves it.")).to_be_visible()

    bob.reload()
    approve_on(bob, "Source: The plan of 2026")
    approve_on(bob, "Place: Kendal: Burneside")
    public = open_browser()
    public.goto(live_server.url + kendal.get_absolute_url())
    expect(public.get_by_role("main")).to_contain_text("Burneside")

    ann.goto(f"{live_server.url}/staff/record/of/icc/kendal/")
    mend_by_keyboard(ann)
    bob.reload()
    approve_on(bob, "Place: Kendal: Burneside Village")
    public.reload()
    expect(public.get_by_role("main")).to_contain_text("Burneside Village")

    ann.goto(f"{live_server.url}/staff/record/of/icc/kendal/")
    follow(link(ann, "Burneside Village", exact=True))
    follow(link(ann, "It has ended: say when"))
    ann.get_by_label("We say so ourselves, from the day it is approved").check()
    follow(button(ann, "Continue"))
    ann.get_by_label("First day on which it is no longer so").fill("1 January 2026")
    ann.get_by_label("Why does it change?").fill("It is served from elsewhere")
    follow(button(ann, "Continue"))
    follow(button(ann, "Send for approval"))
    bob.reload()
    approve_on(bob, "Place: Kendal: Burneside Village")
    public.reload()
    expect(public.get_by_role("main")).not_to_contain_text("Burneside Village")


def test_a_programme_is_begun_by_keyboard_alone(live_server, page):
    partner("RTX", "The trust")
    keeper = person(name="Ann", roles=[Role.RECORD_KEEPER])
    person(name="Bob", roles=[Role.RECORD_KEEPER])
    browser_signed_in(page.context, live_server.url, keeper)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/staff/record/")
    steps.press(page, "Begin a programme")
    steps.says_so_ourselves(page)
    steps.write(page, "Name", "Falls at home")
    steps.write(page, "What is it for?", "Fewer people fall at home.")
    steps.press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Falls at home")
    steps.press(page, "Send for approval")
    expect(page.get_by_text("It is sent. Another person approves it.")).to_be_visible()


def test_the_rows_of_a_kind_are_sent_back_as_a_file_mended_and_taken_back(people, tmp_path):
    kendal = icc("KEN", name="Kendal", slug="kendal")
    for name in ("Burneside", "Staveley"):
        place(kendal, name)
    ann, bob = people("Ann"), people("Bob")
    follow(link(ann, "Add, correct and end what the portal says"))
    ann.locator("summary", has_text="Communities").click()
    expect(link(ann, "Places", exact=True)).to_be_visible()
    follow(link(ann, "Places", exact=True))
    with ann.expect_download() as taken:
        link(ann, "CSV of the rows that stand").click()
    file = tmp_path / "places.csv"
    taken.value.save_as(file)
    words = file.read_text("utf-8-sig")
    assert "KEN,Burneside,no" in words
    file.write_text(words.replace("Staveley,no", "Staveley,perhaps"))
    steps.press(ann, "Send a file")
    steps.says_so_ourselves(ann)
    send_file_by_keyboard(ann, file)
    expect(ann.get_by_text("“perhaps” is neither yes nor no.")).to_be_visible()
    file.write_text(words.replace("Staveley,no", "Staveley,yes") + "KEN,Natland,no,,,,,,\n")
    steps.write(ann, "Why do the rows change?", "They grew")
    send_file_by_keyboard(ann, file)
    steps.press(ann, "Natland")
    steps.write(ann, "Town, village or district", "Oxenholme")
    steps.press(ann, "Continue")
    steps.press(ann, "Send for approval")
    bob.reload()
    approve_on(bob, "Places: 1 new, 1 changed, 1 as they stand")
    ann.reload()
    follow(link(ann, "It was published by mistake: take all of it back"))
    ann.get_by_label("Why is it taken back?").fill("The wrong file")
    fits(ann)
    follow(button(ann, "Take it back"))
    expect(ann.get_by_text("Ann took 2 rows of it back")).to_be_visible()
    fits(ann)
