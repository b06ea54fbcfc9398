"""An administrator at work in a browser: people, roles, the history, and words that have to go."""

import pytest
from playwright.sync_api import expect

from partners.models import PartnerProfile
from partners.roles import Role
from tests.browser.looking import look
from tests.browser.steps import follow
from tests.factories.kit import on_record
from tests.factories.partners import browser_signed_in, partner, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss():
    return person("boss@example.org", roles=[Role.ADMINISTRATOR], is_superuser=True, is_staff=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_an_administrator_invites_gives_and_ends_a_role(browser, live_server, boss, scripts):
    hospitals = partner("RTX", "University Hospitals of Morecambe Bay NHS Foundation Trust")
    context = browser.new_context(java_script_enabled=scripts)
    page = browser_signed_in(context, live_server.url, boss).new_page()
    page.goto(live_server.url + "/staff/")
    page.goto(live_server.url + "/staff/people/")
    follow(page.get_by_role("button", name="Invite somebody"))
    page.get_by_label("Full name").fill("Ann Example")
    page.get_by_label("Email address").fill("ann.example@a-very-long-domain.example.org")
    page.get_by_label("Works for").select_option(str(hospitals.pk))
    page.get_by_label("News editor").check()
    page.get_by_label("Held for").select_option("all")
    follow(page.get_by_role("button", name="Send the invitation"))
    expect(page.get_by_role("heading", name="Ann Example")).to_be_visible()
    follow(page.get_by_role("button", name="Give a role"))
    page.get_by_label("Auditor").check()
    page.get_by_label("Held for").select_option("all")
    follow(page.get_by_role("button", name="Give the role"))
    follow(page.get_by_role("link", name="End this role of auditor"))
    page.get_by_label("Why?").fill("It was given by mistake")
    follow(page.get_by_role("button", name="End the role"))
    expect(page.get_by_text("The role of auditor has ended.")).to_be_visible()
    context.close()


def test_words_that_must_not_be_kept_are_removed(page, live_server, boss):
    row = on_record(PartnerProfile, partner=partner(), kind="ccg", about="Ask Mrs Example.")
    browser_signed_in(page.context, live_server.url, boss)
    page.goto(live_server.url + "/staff/history/?what=partners.partnerprofile")
    page.locator("main summary").first.click()
    expect(page.get_by_role("link", name="All changes of this row").first).to_be_visible()
    follow(page.get_by_role("link", name="All changes of this row").first)
    follow(page.get_by_role("link", name="Remove words from it"))
    page.get_by_label("About").check()
    page.get_by_label("Why?").fill("It named a patient")
    follow(page.get_by_role("button", name="Remove the words for good"))
    expect(page.get_by_text("The words are removed")).to_be_visible()
    assert "Mrs Example" not in page.content()
    row.refresh_from_db()
    assert "Mrs Example" not in row.about


def test_the_pages_of_an_administrator_are_accessible_and_fit(page, live_server, boss):
    ann = person(
        "ann.example@a-very-long-domain-of-a-trust.example.org",
        roles=[Role.NEWS_EDITOR, (Role.PROGRAMME_EDITOR, partner())],
    )
    ann.sign_ins.create(outcome="app", address="203.0.113.9", at=ann.date_joined)
    row = on_record(PartnerProfile, partner=partner(), kind="ccg", about="Ask Mrs Example. " * 20)
    grant = ann.grants.first()
    browser_signed_in(page.context, live_server.url, boss)
    for path in (
        "people/",
        "people/invite/",
        f"people/{ann.pk}/",
        f"people/{boss.pk}/",
        f"people/{ann.pk}/roles/give/",
        f"people/{ann.pk}/roles/{grant.pk}/end/",
        f"people/{ann.pk}/second-step/",
        f"people/{ann.pk}/close/",
        "history/",
        f"history/?what=partners.partnerprofile&row={row.pk}",
        f"redact/partners.partnerprofile/{row.pk}/",
        "account/",
        "password/",
        "sign-out/",
    ):
        page.goto(f"{live_server.url}/staff/{path}")
        look(page)
    page.goto(f"{live_server.url}/staff/people/invite/")
    follow(page.get_by_role("button", name="Send the invitation"))
    look(page)


def test_the_admin_runs_under_the_same_policy(page, live_server, boss):
    heard = []
    page.on(
        "console",
        lambda published: heard.append(published.text) if published.type == "error" else None,
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    row = on_record(PartnerProfile, partner=partner(), kind="ccg", about="About.")
    browser_signed_in(page.context, live_server.url, boss)
    for path in (
        "",
        "kit/source/",
        f"kit/source/{row.source_id}/change/",
        f"kit/source/{row.source_id}/history/",
        f"kit/source/{row.source_id}/delete/",
        f"partners/partnerprofile/{row.pk}/change/",
        "programmes/milestone/add/",
    ):
        page.goto(f"{live_server.url}/admin/{path}")
        expect(page.locator("#site-name")).to_be_visible()
    assert [words for words in heard if "favicon" not in words and "404" not in words] == []
