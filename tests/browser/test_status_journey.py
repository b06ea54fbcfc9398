"""A status update from the editor's draft over the approver to the public, in a browser.

Sign-in and second factor are real. With scripts and without; by keyboard alone; and counted: the
monthly update takes few steps (BEHAVIOUR P-1).
"""

from datetime import datetime, time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bhcp_portal.kit.dates import LONDON, london_day, months_later
from partners.roles import Role
from programmes import actions
from programmes.models import StatusUpdate
from programmes.models.status import UpdateState
from tests.browser.looking import look
from tests.browser.steps import button, enter, follow, go_to, sign_in
from tests.clock import OnTime
from tests.factories.partners import browser_signed_in, partner, person
from tests.factories.programmes import milestone, partner_role, programme

actions = OnTime(actions)

pytestmark = pytest.mark.django_db(transaction=True)

SUMMARY = "Six beds are open again. Two teams now share one list of patients."
REASON = "Two nurses have left and are not replaced yet."


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


@pytest.fixture
def ann(hospitals):
    return person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, hospitals)])


@pytest.fixture
def bob(hospitals):
    return person("bob@example.org", name="Bob", roles=[(Role.PROGRAMME_APPROVER, hospitals)])


@pytest.fixture
def telehealth(hospitals, ann, bob):
    """A programme that was on track last month, with a milestone to come."""
    made = programme("telehealth", name="Telehealth")
    partner_role(made, hospitals)
    milestone(made, "ward", title="Ward opens", due="2040-06", published="2018")
    month = months_later(london_day(timezone.now()).replace(day=1), -1)
    at = datetime.combine(month.replace(day=4), time(10), LONDON)
    words = {"status": "on_track", "summary": "All is well."}
    row = actions.start_status(programme=made, values=words, by=ann, at=at)
    row = actions.submit_status(update=row, seen=f"{row.pk}-1", by=ann, at=at)
    actions.approve_status(update=row, seen=f"{row.pk}-1", by=bob, at=at)
    return made


def test_status_goes_from_the_editor_over_the_approver_to_the_public(
    live_server, open_browser, telehealth, ann, bob
):
    editor = open_browser()
    sign_in(editor, live_server.url, ann)
    follow(editor.get_by_role("link", name="Write status: Telehealth"))
    editor.get_by_role("radio", name="At risk").check()
    editor.get_by_label("Summary", exact=True).fill(SUMMARY)
    follow(editor.get_by_role("button", name="Check and submit"))
    # What the rules ask is said, beside the box and above, and nothing is lost.
    summary = editor.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_contain_text("Give a reason of at least 20 characters")
    expect(editor.get_by_label("Summary", exact=True)).to_have_value(SUMMARY)
    editor.get_by_label("Reason for the status").fill(REASON)
    editor.get_by_label("The next step").fill("Recruit two nurses")
    editor.get_by_label("Who takes it").fill("Ward manager")
    editor.get_by_label("By when").fill("31 January 2040")
    follow(editor.get_by_role("button", name="Check and submit"))
    expect(editor.get_by_role("heading", level=1)).to_contain_text("Check before you submit")
    expect(editor.get_by_text("Bob can approve it or return it to you")).to_be_visible()
    follow(editor.get_by_role("button", name="Submit", exact=True))
    expect(editor.get_by_text("was submitted")).to_be_visible()

    # Not public yet.
    visitor = open_browser()
    visitor.goto(live_server.url + telehealth.get_absolute_url())
    expect(visitor.get_by_text(SUMMARY)).to_have_count(0)

    approver = open_browser()
    sign_in(approver, live_server.url, bob)
    follow(approver.get_by_role("link", name="Approve status: Telehealth"))
    expect(approver.get_by_role("row", name="Summary")).to_contain_text("All is well.")
    expect(approver.get_by_role("row", name="Summary")).to_contain_text(SUMMARY)
    follow(approver.get_by_role("button", name="Approve: make it public"))
    expect(approver.get_by_text("is published")).to_be_visible()
    follow(approver.get_by_role("link", name="See the public page"))
    expect(approver.get_by_text(SUMMARY, exact=True)).to_be_visible()

    visitor.reload()
    expect(visitor.get_by_text(SUMMARY, exact=True)).to_be_visible()
    expect(visitor.get_by_role("main")).to_contain_text("At risk")
    assert StatusUpdate.objects.waiting().count() == 0


def test_a_milestone_moves_by_two_people_and_the_public_reads_it(
    live_server, open_browser, telehealth, ann, bob
):
    page = open_browser()
    browser_signed_in(page.context, live_server.url, ann)
    page.goto(f"{live_server.url}/staff/programmes/telehealth/")
    follow(page.get_by_role("link", name="Ward opens"))
    page.get_by_role("radio", name="The date moves").check()
    page.get_by_label("New date").fill("Sept 2040")
    page.get_by_label("Why does it move?").fill("Building works")
    follow(page.get_by_role("button", name="Propose"))
    expect(page.get_by_text("“Ward opens”: the date moves. This is proposed.")).to_be_visible()
    page = open_browser()
    browser_signed_in(page.context, live_server.url, bob)
    page.goto(f"{live_server.url}/staff/")
    follow(page.get_by_role("link", name="Decide on a milestone: Telehealth: Ward opens"))
    expect(page.get_by_role("main")).to_contain_text("September 2040")
    expect(page.get_by_role("main")).to_contain_text("June 2040")
    follow(button(page, "Publish"))
    follow(page.get_by_role("link", name="See the public page").first)
    expect(page.get_by_role("main")).to_contain_text("Building works")
    expect(page.get_by_role("main")).to_contain_text("September 2040")


def test_two_editors_at_once(live_server, open_browser, telehealth, ann, hospitals):
    eve = person("eve@example.org", name="Eve", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    pages = []
    for who in (ann, eve):
        page = open_browser()
        browser_signed_in(page.context, live_server.url, who)
        page.goto(f"{live_server.url}/staff/programmes/telehealth/update/")
        page.get_by_label("Summary", exact=True).fill(f"{who.name} wrote this.")
        pages.append(page)
    first, second = pages
    follow(first.get_by_role("button", name="Save draft"))
    expect(first.get_by_text("Your draft is saved")).to_be_visible()
    follow(second.get_by_role("button", name="Save draft"))
    shown = second.get_by_role("main")
    expect(shown).to_contain_text("Ann changed it on")
    expect(shown).to_contain_text("Ann wrote this.")
    expect(second.get_by_label("Summary", exact=True)).to_have_value("Eve wrote this.")
    assert StatusUpdate.objects.drafts().get().summary == "Ann wrote this."


def test_what_another_status_asks_is_out_of_the_way(live_server, open_browser, telehealth, ann):
    page = open_browser()
    browser_signed_in(page.context, live_server.url, ann)
    page.goto(f"{live_server.url}/staff/programmes/telehealth/update/")
    end_date = page.get_by_role("group", name="Does the end date change?")
    expect(end_date).to_be_hidden()
    page.get_by_role("radio", name="Off track").check()
    expect(end_date).to_be_visible()
    page.get_by_role("radio", name="On track").check()
    expect(end_date).to_be_hidden()


# -- with scripts -------------------------------------------------------------------------------------


@pytest.fixture
def as_ann(page, live_server, telehealth, ann):
    """The page of an editor who is signed in."""
    browser_signed_in(page.context, live_server.url, ann)
    page.goto(f"{live_server.url}/staff/")
    return page


def test_the_monthly_update_takes_six_steps(as_ann):
    """From the home page: open, copy forward, choose a status, write the summary, check, submit."""
    steps = 0

    def step(act, *words):
        nonlocal steps
        steps += 1
        act(*words)

    step(follow, as_ann.get_by_role("link", name="Write status: Telehealth"))
    step(follow, as_ann.get_by_role("button", name="Start from the last update"))
    step(as_ann.get_by_role("radio", name="On track").check)
    step(as_ann.get_by_label("Summary", exact=True).fill, SUMMARY)
    step(follow, as_ann.get_by_role("button", name="Check and submit"))
    changed = as_ann.get_by_role("row").filter(has_text="Changed")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text(SUMMARY)
    step(follow, as_ann.get_by_role("button", name="Submit", exact=True))
    expect(as_ann.get_by_text("was submitted")).to_be_visible()
    assert StatusUpdate.objects.get(state=UpdateState.SUBMITTED).summary == SUMMARY
    assert steps == 6


def test_the_update_can_be_written_and_sent_by_keyboard_alone(as_ann):
    keys = as_ann.keyboard
    go_to(as_ann, "Write status: Telehealth")
    enter(as_ann)
    go_to(as_ann, "Not started")  # the first of the radios: the arrows choose among them
    keys.press("ArrowDown")
    go_to(as_ann, "Summary")
    keys.type("All is well.")
    go_to(as_ann, "Check and submit")
    enter(as_ann)
    expect(as_ann.get_by_role("heading", level=1)).to_contain_text("Check before you submit")
    go_to(as_ann, "Submit")
    enter(as_ann)
    expect(as_ann.get_by_text("was submitted")).to_be_visible()
    row = StatusUpdate.objects.get(state=UpdateState.SUBMITTED)
    assert (row.status, row.summary) == ("on_track", "All is well.")


def test_errors_take_the_focus_and_lead_to_their_boxes(as_ann):
    follow(as_ann.get_by_role("link", name="Write status: Telehealth"))
    as_ann.get_by_role("radio", name="Off track").check()
    follow(as_ann.get_by_role("button", name="Check and submit"))
    summary = as_ann.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    links = summary.get_by_role("link")
    assert links.count() == 6
    for number in range(6):
        target = links.nth(number).get_attribute("href")
        expect(as_ann.locator(target)).to_be_visible()
    links.filter(has_text="Enter the day the next step").click()
    expect(as_ann.get_by_label("By when")).to_be_focused()


def test_the_pages_have_no_fault_that_axe_finds_and_fit_the_window(
    page, live_server, telehealth, ann, bob, hospitals
):
    eve = person("eve@example.org", name="Eve", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    browser_signed_in(page.context, live_server.url, ann)

    def visit(path):
        page.goto(live_server.url + path)
        look(page)

    visit("/staff/")
    visit("/staff/programmes/")
    visit("/staff/programmes/telehealth/")
    visit("/staff/programmes/telehealth/milestone/")
    follow(page.get_by_role("button", name="Propose"))
    look(page)
    visit("/staff/milestones/ward/")
    page.get_by_role("radio", name="The date moves").check()
    look(page)
    visit("/staff/programmes/telehealth/update/")
    page.get_by_role("radio", name="Off track").check()
    follow(page.get_by_role("button", name="Check and submit"))
    look(page)
    page.get_by_role("radio", name="On track").check()
    page.get_by_label("Summary", exact=True).fill(SUMMARY)
    follow(page.get_by_role("button", name="Check and submit"))
    look(page)
    row = StatusUpdate.objects.drafts().get()
    visit(f"/staff/updates/{row.pk}/edit/")
    page.get_by_label("Summary", exact=True).fill("Other words.")
    actions.save_status(
        update=row, seen=f"{row.pk}-1", values={"summary": "Hers."}, by=eve, at=timezone.now()
    )
    follow(page.get_by_role("button", name="Save draft"))
    expect(page.get_by_text("Eve changed it on")).to_be_visible()
    look(page)
    visit(f"/staff/updates/{row.pk}/discard/")
    sent = actions.submit_status(update=row, seen=f"{row.pk}-2", by=ann, at=timezone.now())
    page.context.clear_cookies()
    browser_signed_in(page.context, live_server.url, bob)
    visit(f"/staff/updates/{sent.pk}/decide/")
    follow(page.get_by_role("button", name="Return"))
    look(page)
    actions.approve_status(update=sent, seen=f"{sent.pk}-2", by=bob, at=timezone.now())
    visit(f"/staff/updates/{sent.pk}/")
