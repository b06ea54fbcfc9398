"""From an invitation to a second sign-in, in a browser: app, recovery code, key; with and without scripts."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import expect

from partners import actions
from partners.models import SignIn, User
from partners.roles import Role
from tests.browser.looking import look
from tests.browser.steps import enter, follow, give_password, go_to, join, set_up_app
from tests.factories.partners import PASSWORD, browser_signed_in, code_now, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann():
    """Somebody who has been invited; the link is ``ann.way_in``."""
    boss = person("boss@example.org", roles=[Role.ADMINISTRATOR])
    ann = actions.invite(
        email="ann@example.org",
        name="Ann Example",
        partner=None,
        role=Role.AUDITOR,
        held_for=None,
        by=boss,
        at=timezone.now(),
    )
    ann.way_in = ann.invitations.get().get_absolute_url()
    return ann


@pytest.fixture
def complaints(page):
    """What the browser refused or could not run."""
    heard = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "console",
        lambda published: heard.append(published.text) if published.type == "error" else None,
    )
    yield heard
    assert heard == []


def sign_out(page):
    follow(page.get_by_role("button", name="Sign out", exact=True))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def outcomes(who):
    return list(who.sign_ins.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_who_is_invited_sets_up_an_app_and_signs_in_with_it(browser, live_server, ann, scripts):
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    join(page, live_server.url, ann.way_in)
    give_password(page)
    expect(page.get_by_role("heading", name="Set up your second step")).to_be_visible()
    # Nothing else opens before.
    page.goto(live_server.url + "/staff/history/")
    expect(page.get_by_role("heading", name="Set up your second step")).to_be_visible()

    secret = set_up_app(page)
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    codes = page.locator(".bhcp-codes li").all_inner_texts()
    assert len(set(codes)) == 10
    follow(page.get_by_role("button", name="I have kept them"))
    expect(page).to_have_url(live_server.url + "/staff/")
    page.goto(live_server.url + "/staff/history/")
    expect(page.get_by_role("heading", name="History", exact=True)).to_be_visible()

    sign_out(page)
    give_password(page)
    # The code that set the app up is used up; its next one counts already.
    page.get_by_label("Code").fill(
        format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1))
    )
    follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(page).to_have_url(live_server.url + "/staff/")

    sign_out(page)
    give_password(page)
    page.get_by_label("Code").fill(codes[3])
    follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(page).to_have_url(live_server.url + "/staff/")
    assert outcomes(ann) == ["password", "app", "recovery_code"]
    context.close()


def virtual_key(page):
    """A key that answers by itself, as a finger would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def on_localhost(live_server):
    """Passkeys refuse a bare address."""
    return live_server.url.replace("127.0.0.1", "localhost")


def test_a_key_is_set_up_and_signs_in_alone_and_as_the_second_step(
    page, live_server, ann, complaints
):
    virtual_key(page)
    address = on_localhost(live_server)
    join(page, address, ann.way_in)
    give_password(page)
    follow(page.get_by_role("button", name="Use a key"))
    page.get_by_label("Name for the key").fill("Blue key")
    page.get_by_label("Sign in with this key alone").check()
    follow(page.get_by_role("button", name="Add the key"))
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    follow(page.get_by_role("button", name="I have kept them"))

    sign_out(page)
    follow(page.get_by_role("button", name="Sign in with a passkey"))
    expect(page).to_have_url(address + "/staff/")

    sign_out(page)
    give_password(page)
    follow(page.get_by_role("button", name="Use your key"))
    expect(page).to_have_url(address + "/staff/")
    assert outcomes(ann) == ["password", "passkey", "key"]

    page.goto(address + "/staff/second-step/keys/")
    expect(page.get_by_role("heading", name="Blue key")).to_be_visible()
    follow(page.get_by_role("link", name="Remove Blue key"))
    expect(page.get_by_text("you cannot be without")).to_be_visible()


def test_a_key_confirms_that_it_is_still_the_same_person(page, live_server, complaints):
    virtual_key(page)
    address = on_localhost(live_server)
    boss = person("boss@example.org", roles=[Role.ADMINISTRATOR], second_factor=False)
    page.goto(address + "/staff/")
    give_password(page, boss.email)
    follow(page.get_by_role("button", name="Use a key"))
    follow(page.get_by_role("button", name="Add the key"))
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    boss.refresh_from_db()
    browser_signed_in(page.context, address, boss, confirmed_ago=16 * 60)
    page.goto(address + "/staff/people/invite/")
    page.get_by_label("Full name").fill("Bob")
    page.get_by_label("Email address").fill("bob@example.org")
    page.get_by_label("Auditor").check()
    page.get_by_label("Held for").select_option("all")
    follow(page.get_by_role("button", name="Send the invitation"))
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    follow(page.get_by_role("link", name="Use a key"))
    follow(page.get_by_role("button", name="Use your key"))
    expect(page.get_by_role("heading", name="Bob")).to_be_visible()
    assert User.objects.filter(email="bob@example.org").exists()


def test_a_key_that_does_not_answer_is_told_in_words(page, live_server):
    person("ann@example.org")
    page.goto(on_localhost(live_server) + "/staff/sign-in/")
    # No key is there, and the browser is told not to wait for one.
    page.evaluate("() => { navigator.credentials.get = async () => { throw new Error('none') } }")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("did not get an answer")


def test_without_scripts_no_key_is_offered(browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/staff/sign-in/")
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    context.close()


def test_signing_in_by_keyboard_alone(page, live_server):
    ann = person("ann@example.org", roles=[Role.AUDITOR])
    page.goto(live_server.url + "/staff/history/")
    go_to(page, "Email address")
    page.keyboard.type(ann.email)
    go_to(page, "Password", exact=True)
    page.keyboard.type(PASSWORD)
    enter(page)
    go_to(page, "Code")
    page.keyboard.type(code_now())
    enter(page)
    expect(page.get_by_role("heading", name="History", exact=True)).to_be_visible()
    go_to(page, "Sign out")
    enter(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert outcomes(ann) == [SignIn.Outcome.APP]


def test_an_error_is_reached_by_its_link(page, live_server):
    page.goto(live_server.url + "/staff/sign-in/")
    follow(page.get_by_role("button", name="Sign in", exact=True))
    expect(page).to_have_title(re.compile("^Error: Sign in"))
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Enter your password").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()


def test_the_pages_of_signing_in_are_accessible_and_fit(page, live_server, ann, complaints):
    """Those that a walk over the addresses does not reach, as they come in between."""

    address = on_localhost(live_server)
    page.goto(address + ann.way_in)
    look(page)
    join(page, address, ann.way_in)
    look(page)
    give_password(page)
    look(page)
    follow(page.get_by_role("button", name="Use a key"))
    look(page)
    page.go_back()
    follow(page.get_by_role("button", name="Use an app"))
    look(page)
    page.get_by_label("Code that the app shows").fill("1")
    follow(page.get_by_role("button", name="Finish"))
    look(page)
    page.go_back()
    page.go_back()
    set_up_app(page)
    look(page)
    for path in ("second-step/", "second-step/keys/", "second-step/codes/new/", "account/"):
        page.goto(f"{address}/staff/{path}")
        look(page)
    sign_out(page)
    give_password(page)
    look(page)
