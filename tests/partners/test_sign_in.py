"""Signing in: by email and password, then a second step that nobody can put off (BEHAVIOUR K)."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from bhcp_portal import env
from bhcp_portal.kit import throttling
from partners import actions, encryption
from partners.models import Invitation, SignIn, User, site_name
from partners.presenters import browser_in_words
from partners.roles import Role
from tests.addresses import DOOR, walked
from tests.factories.kit import run_queue
from tests.factories.partners import PASSWORD, SECRET, code_now, person, signed_in

pytestmark = pytest.mark.django_db

SIGN_IN = "/staff/sign-in/"
SECOND_STEP = "/staff/sign-in/second-step/"
SET_UP = "/staff/second-step/"
Outcome = SignIn.Outcome


def give_password(client, who, password=PASSWORD, **headers):
    email = who if isinstance(who, str) else who.email
    return client.post(SIGN_IN, {"login": email, "password": password}, **headers)


def is_signed_in(client):
    return "_auth_user_id" in client.session


# -- the two steps ----------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_sign_in_and_then_back(client):
    answer = client.get("/staff/people/")
    assert answer.status_code == 302
    assert answer.url == "/staff/sign-in/?next=/staff/people/"


def test_the_page_to_sign_in_on_is_titled_with_the_name_of_the_portal(client):
    text = client.get("/staff/sign-in/").text
    title = " ".join(text.partition("<title>")[2].partition("</title>")[0].split())
    assert title == f"Sign in – {site_name().name}"


SENT_TO = "/staff/news/item/sample/publish/"
NOT_SAVED = "What you sent was not saved. Sign in and send it again."


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/staff/news/item/sample/", "/staff/news/item/sample/"),
        ("http://testserver/staff/history/?page=2#top", "/staff/history/?page=2"),
        ("http://testserver/about/", "/staff/"),
        ("http://testserver/nothing-is-here/", "/staff/"),
        ("http://testserver/staff/sign-in/", "/staff/"),
        ("https://evil.example/staff/people/", "/staff/"),
        ("//evil.example/staff/people/", "/staff/"),
        ("http://testserver//evil.example/staff/people/", "/staff/"),
        ("http://[", "/staff/"),
        ("", "/staff/"),
    ],
)
def test_who_sends_a_form_after_the_session_ended_is_led_back_to_its_page(client, page, back):
    answer = client.post(SENT_TO, {}, headers={"referer": page})
    assert answer.url == f"{SIGN_IN}?{urlencode({'unsent': 1, 'next': back}, safe='/')}"
    assert NOT_SAVED in client.get(answer.url).text


def test_who_sends_a_form_before_the_second_step_is_led_back_to_its_page_too(client):
    signed_in(client, person(roles=[Role.NEWS_EDITOR]))
    session = client.session
    session["account_authentication_methods"] = session["account_authentication_methods"][:1]
    session.save()
    answer = client.post(
        SENT_TO, {}, headers={"referer": "http://testserver/staff/news/item/sample/"}
    )
    assert answer.url.partition("?next=")[2] == quote("/staff/news/item/sample/", safe="")


def test_who_only_reads_hears_nothing_of_what_was_sent(client):
    answer = client.get("/staff/people/", headers={"referer": "http://testserver/staff/"})
    assert answer.url == f"{SIGN_IN}?next=/staff/people/"
    assert "not saved" not in client.get(answer.url).text


def test_who_presses_sign_out_when_signed_out_already_hears_nothing_of_it_either(client):
    answer = client.post("/staff/sign-out/", follow=True)
    assert "not saved" not in answer.text


def test_password_and_code_sign_somebody_in(client):
    editor = person(roles=[Role.NEWS_EDITOR])
    assert give_password(client, editor).url == SECOND_STEP
    assert not is_signed_in(client)
    assert client.post(SECOND_STEP, {"code": code_now()}).url == "/staff/"
    assert client.get("/staff/").status_code == 200


def test_the_address_may_be_written_in_capitals(client):
    person("ann@example.org")
    assert give_password(client, "Ann@Example.org").url == SECOND_STEP


def test_a_password_alone_opens_nothing_and_leads_to_setting_up_the_second_step(client):
    newcomer = person(roles=[Role.ADMINISTRATOR], second_factor=False)
    give_password(client, newcomer)
    for address in ("/staff/", "/staff/people/", "/staff/account/", "/admin/", "/staff/password/"):
        answer = client.get(address)
        assert (answer.status_code, answer.url) == (302, SET_UP), address
    assert client.get(SET_UP).status_code == 200


def test_somebody_without_a_second_step_may_sign_out(client):
    give_password(client, person(second_factor=False))
    client.post("/staff/sign-out/")
    assert not is_signed_in(client)


def set_up_app(client):
    page = client.get("/staff/second-step/app/").content.decode()
    secret = re.search(r'class="bhcp-key">(\w+)<', page)[1]
    return secret, client.post("/staff/second-step/app/", {"code": code_now(secret)})


def test_setting_up_an_app_right_after_signing_in_asks_no_password_again(client):
    newcomer = person(roles=[Role.NEWS_EDITOR], second_factor=False)
    give_password(client, newcomer)
    _, answer = set_up_app(client)
    assert answer.url == "/staff/second-step/codes/"
    assert client.get("/staff/").status_code == 200


def test_five_minutes_after_signing_in_the_password_is_asked_before_setting_up(client):
    newcomer = person(second_factor=False)
    give_password(client, newcomer)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 301
    session.save()
    answer = client.get("/staff/second-step/app/")
    assert answer.url == "/staff/confirm/?next=%2Fstaff%2Fsecond-step%2Fapp%2F"
    answer = client.post(answer.url, {"password": PASSWORD, "next": "/staff/second-step/app/"})
    assert answer.url == "/staff/second-step/app/"
    assert client.get(answer.url).status_code == 200


def test_ten_recovery_codes_are_shown_once_and_each_signs_in_once(client):
    newcomer = person(second_factor=False)
    give_password(client, newcomer)
    set_up_app(client)
    codes = re.findall(
        r"<li>(\w{8})</li>", client.get("/staff/second-step/codes/").content.decode()
    )
    assert len(codes) == len(set(codes)) == 10
    again = client.get("/staff/second-step/codes/").content.decode()
    assert not any(code in again for code in codes)

    for code, outcome in ((codes[0], "/staff/"), (codes[0], None), (codes[1], "/staff/")):
        other = Client()
        give_password(other, newcomer)
        answer = other.post(SECOND_STEP, {"code": code})
        assert getattr(answer, "url", None) == outcome


def test_another_browser_that_knew_the_password_before_has_to_give_the_second_step(client):
    newcomer = person(roles=[Role.NEWS_EDITOR], second_factor=False)
    thief = Client()
    give_password(thief, newcomer)
    give_password(client, newcomer)
    set_up_app(client)
    answer = thief.get("/staff/")
    assert answer.url == "/staff/confirm/code/?next=%2Fstaff%2F"
    # Nor can the thief add another second step, or take the first away.
    for address in (SET_UP, "/staff/second-step/app/remove/", "/staff/second-step/keys/add/"):
        assert thief.get(address).url.startswith("/staff/confirm/code/")


def test_a_code_works_once_even_while_it_would_still_count(client):
    editor = person()
    code = code_now()
    give_password(client, editor)
    client.post(SECOND_STEP, {"code": code})
    assert is_signed_in(client)
    # allauth itself forgets a used code after half a minute.
    cache.delete(f"allauth.mfa.totp.used?user={editor.pk}&code={code}")
    other = Client()
    give_password(other, editor)
    assert "it is not right" in other.post(SECOND_STEP, {"code": code}).content.decode()


@pytest.mark.parametrize(
    "between", ["", " ", "-", ".", "\u00a0", "\u202f", "\u2011", "\u200b", "–"]
)
@pytest.mark.parametrize("zero", ["0", "\uff10", "\u0660"], ids=["plain", "full width", "Arabic"])
def test_a_code_is_read_and_works_once_whatever_is_typed_between_its_digits(client, zero, between):
    editor = person()
    code = code_now()
    typed = between.join(chr(ord(zero) + int(digit)) for digit in code)
    give_password(client, editor)
    assert client.post(SECOND_STEP, {"code": typed}).url == "/staff/"
    for again in (code, typed, f"{code[:3]} {code[3:]}", f"{code[:3]}\u00a0{code[3:]}"):
        other = Client()
        give_password(other, editor)
        assert "it is not right" in other.post(SECOND_STEP, {"code": again}).text


def test_the_code_that_activated_the_app_does_not_sign_in(client):
    newcomer = person(roles=[Role.NEWS_EDITOR], second_factor=False)
    give_password(client, newcomer)
    secret, _ = set_up_app(client)
    used = code_now(secret)
    other = Client()
    give_password(other, newcomer)
    for typed in (used, f"{used[:3]} {used[3:]}", f"{used[:3]}-{used[3:]}"):
        assert "it is not right" in other.post(SECOND_STEP, {"code": typed}).text
    assert not is_signed_in(other)


def test_a_used_code_counts_as_a_wrong_one_and_clears_no_count(client):
    editor = person()
    code = code_now()
    give_password(client, editor)
    client.post(SECOND_STEP, {"code": code})
    other = Client()
    give_password(other, editor)
    for typed in ("000000", "111111", code, "222222", f"{code[:3]} {code[3:]}"):
        other.post(SECOND_STEP, {"code": typed})
    assert "too many wrong codes" in other.post(SECOND_STEP, {"code": "333333"}).text
    assert editor.sign_ins.filter(outcome=Outcome.WRONG_FACTOR).count() == 5


@pytest.mark.parametrize("typed", ["9" * 5000, "\u00b2" * 6, "abcdef", "--- ---"])
def test_what_is_no_code_is_wrong_and_no_error_of_ours(client, typed):
    give_password(client, person())
    assert "There is a problem" in client.post(SECOND_STEP, {"code": typed}).text


def test_the_last_second_step_cannot_be_removed(client):
    editor = person()
    signed_in(client, editor)
    page = client.post("/staff/second-step/app/remove/").content.decode()
    assert "you cannot be without" in page
    Authenticator.objects.filter(user=editor).update(
        type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}}
    )
    key = Authenticator.objects.get(user=editor)
    client.post(f"/staff/second-step/keys/{key.pk}/remove/")
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_the_square_for_the_app_needs_no_exception_from_the_policy(client):
    give_password(client, person(second_factor=False))
    answer = client.get("/staff/second-step/app/")
    page = answer.content.decode()
    assert '<svg class="bhcp-qr"' in page
    assert "data:" not in page
    assert "style=" not in page
    assert "data:" not in answer["Content-Security-Policy"]


def test_nobody_signs_up_by_themselves(client):
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    for address in (
        "/staff/signup/",
        "/staff/sign-up/",
        "/accounts/signup/",
        "/staff/sign-in/signup/",
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {"email": "a@example.org"}).status_code == 404


def test_signing_out_needs_a_post(client):
    signed_in(client, person())
    assert client.get("/staff/sign-out/").status_code == 200
    assert is_signed_in(client)
    client.post("/staff/sign-out/")
    assert not is_signed_in(client)


def test_signing_in_never_leads_to_another_site(client):
    editor = person()
    client.post(
        f"{SIGN_IN}?next=https://evil.example/", {"login": editor.email, "password": PASSWORD}
    )
    assert client.post(SECOND_STEP, {"code": code_now()}).url == "/staff/"


def test_a_form_without_its_token_is_refused():
    strict = Client(enforce_csrf_checks=True)
    editor = person()
    assert give_password(strict, editor).status_code == 403
    signed_in(strict, editor)
    assert strict.post("/staff/sign-out/").status_code == 403


# -- who has to wait --------------------------------------------------------------------------------


def test_after_five_failures_even_the_right_password_has_to_wait(client):
    editor = person()
    for _ in range(5):
        assert give_password(client, editor, "wrong").status_code == 200
    answer = give_password(client, editor)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 61
    assert "Try again in 1 minute." in answer.content.decode()
    assert SignIn.objects.count() == 5


def test_failures_count_by_account_whatever_address_or_host_they_come_from(client):
    editor = person()
    for number in range(5):
        give_password(
            client,
            editor,
            "wrong",
            REMOTE_ADDR=f"198.51.100.{number}",
            HTTP_HOST=f"localhost:{8000 + number}",
        )
    answer = give_password(
        client, editor, REMOTE_ADDR="203.0.113.9", HTTP_HOST="127.0.0.1", HTTP_X_FORWARDED_FOR="::1"
    )
    assert answer.status_code == 429


def test_an_address_without_an_account_is_treated_alike(client):
    for _ in range(5):
        page = give_password(client, "nobody@example.org", "wrong").content.decode()
    assert "one of them is not right" in page
    assert give_password(client, "nobody@example.org").status_code == 429


def test_strangers_cannot_keep_somebody_out_of_where_they_usually_sign_in(client):
    editor = person()
    give_password(client, editor, REMOTE_ADDR="203.0.113.9")
    client.post(SECOND_STEP, {"code": code_now()}, REMOTE_ADDR="203.0.113.9")
    for _ in range(6):
        give_password(Client(), editor, "wrong", REMOTE_ADDR="198.51.100.1")
    assert give_password(Client(), editor, REMOTE_ADDR="198.51.100.1").status_code == 429
    assert give_password(Client(), editor, REMOTE_ADDR="203.0.113.9").url == SECOND_STEP


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (5000, 15)]
)
def test_the_wait_doubles_and_never_passes_fifteen_minutes(failures, minutes):
    assert throttling.wait_after(failures) == timedelta(minutes=minutes)


def test_whoever_waited_may_try_again_and_success_is_not_counted(client):
    editor = person()
    start = timezone.now()
    for seconds in range(5):
        assert not throttling.begin_attempt("x", at=start + timedelta(seconds=seconds))
    last = start + timedelta(seconds=4)
    assert throttling.begin_attempt("x", at=last + timedelta(seconds=59)) == timedelta(seconds=1)
    again = last + timedelta(seconds=61)
    assert not throttling.begin_attempt("x", at=again)
    throttling.cancel_failure("x", at=again)
    assert not throttling.begin_attempt("x", at=again + timedelta(seconds=1))
    for _ in range(8):
        assert give_password(Client(), editor).url == SECOND_STEP


THREE_TRIES = """
import django
django.setup()
from django.utils import timezone
from bhcp_portal.kit import throttling
for _ in range(3):
    print(throttling.begin_attempt("somebody", at=timezone.now()).total_seconds())
"""


@pytest.mark.django_db(transaction=True)
def test_failures_are_counted_across_server_processes():
    at = connection.get_connection_params()
    who = ":".join(quote(str(at.get(name) or ""), safe="") for name in ("user", "password"))
    url = f"postgresql://{who}@/{at['dbname']}"
    query = urlencode({name: at[name] for name in ("host", "port") if name in at})
    settings = {"DATABASE_URL": f"{url}?{query}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", THREE_TRIES],
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    waits = sorted(float(word) for each in servers for word in each.communicate()[0].split())
    assert waits[:5] == [0.0] * 5
    assert 0 < waits[5] <= 60


def test_the_shared_cache_is_too_large_to_be_made_to_forget(settings):
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    assert settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] >= 1_000_000


def test_wrong_codes_have_to_wait_too(client):
    editor = person()
    give_password(client, editor)
    for _ in range(5):
        client.post(SECOND_STEP, {"code": "000000"})
    page = client.post(SECOND_STEP, {"code": code_now()}).content.decode()
    assert "too many wrong codes" in page
    assert not is_signed_in(client)
    assert SignIn.objects.filter(outcome=Outcome.WRONG_FACTOR).count() == 5


# -- sessions ---------------------------------------------------------------------------------------


def age(client, **hours):
    session = client.session
    for name, number in hours.items():
        session[name] -= number * 3600
    session.save()


def test_a_session_ends_after_eight_idle_hours(client):
    signed_in(client, person(roles=[Role.AUDITOR]))
    age(client, seen_at=7.9)
    assert client.get("/staff/").status_code == 200
    age(client, seen_at=8)
    answer = client.get("/staff/", follow=True)
    assert answer.redirect_chain == [("/staff/sign-in/?next=/staff/", 302)]
    assert "as you did nothing for 8 hours" in answer.content.decode()
    assert not is_signed_in(client)


def test_a_session_ends_twelve_hours_after_signing_in_however_busy(client):
    signed_in(client, person(roles=[Role.AUDITOR]))
    age(client, signed_in_at=11.9)
    page = client.get("/staff/").content.decode()
    assert "You will be signed out at" in page
    age(client, signed_in_at=0.1)
    page = client.get("/staff/", follow=True).content.decode()
    assert "12 hours after you signed in" in page
    assert not is_signed_in(client)


def test_a_session_that_was_not_begun_by_signing_in_ends(client):
    client.force_login(person(roles=[Role.AUDITOR]))
    assert client.get("/staff/").url == "/staff/sign-in/?next=/staff/"


def test_somebody_can_sign_out_everywhere(client):
    auditor = person(roles=[Role.AUDITOR])
    here, there = signed_in(client, auditor), signed_in(Client(), auditor)
    here.post("/staff/account/sign-out-everywhere/")
    assert here.get("/staff/").status_code == there.get("/staff/").status_code == 302


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(client):
    give_password(client, person(second_factor=False))
    cookie = client.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_person_sees_their_open_sessions_and_ends_one_of_them(client):
    editor = person(roles=[Role.NEWS_EDITOR], second_factor=False)
    give_password(client, editor, REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="Browser A")
    set_up_app(client)
    other, stranger = Client(), Client()
    give_password(other, editor, REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Browser B")
    secret = encryption.decrypt(Authenticator.objects.get(user=editor, type="totp").data["secret"])
    later = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1))
    other.post(
        SECOND_STEP, {"code": later}, REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Browser B"
    )
    page = client.get("/staff/account/").text
    assert "This browser" in page
    assert "Browser A, from internet address 203.0.113.9" in page
    assert "Browser B, from internet address 198.51.100.7" in page
    address = re.search(r"/staff/account/sessions/\d+/end/", page)[0]
    signed_in(stranger, person(roles=[Role.ADMINISTRATOR]))
    assert stranger.post(address).status_code == 404
    assert other.post(address).status_code == 404
    assert client.post(address).url == "/staff/account/"
    assert other.get("/staff/").status_code == 302
    assert "Browser B" not in client.get("/staff/account/").text


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/141.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_in_words(user_agent, words):
    assert browser_in_words(user_agent) == words


def test_a_sign_in_from_a_new_device_is_told_by_email_and_from_a_known_one_not(client):
    editor = person()

    def sign_in(browser):
        cache.clear()
        mail.outbox.clear()
        give_password(browser, editor, REMOTE_ADDR="203.0.113.9")
        browser.post(SECOND_STEP, {"code": code_now()}, REMOTE_ADDR="203.0.113.9")
        run_queue()
        assert is_signed_in(browser)
        return [(each.to, each.subject) for each in mail.outbox]

    assert sign_in(client) == []
    client.post("/staff/sign-out/")
    assert sign_in(client) == []
    told = "There was a sign-in to your account from a new device, internet address 203.0.113.9"
    assert sign_in(Client()) == [([editor.email], told)]
    cookie = client.cookies["known-device"]
    assert cookie["httponly"]
    assert cookie["path"] == "/staff/"


# -- what is kept of it -----------------------------------------------------------------------------


def test_sign_ins_are_kept_and_shown_to_their_owner(client):
    editor = person(roles=[Role.NEWS_EDITOR])
    give_password(client, editor, "wrong", REMOTE_ADDR="198.51.100.7")
    give_password(client, editor, REMOTE_ADDR="203.0.113.9")
    client.post(SECOND_STEP, {"code": code_now()}, REMOTE_ADDR="203.0.113.9")
    kept = list(editor.sign_ins.values_list("outcome", "address"))
    assert kept == [(Outcome.APP, "203.0.113.9"), (Outcome.WRONG_PASSWORD, "198.51.100.7")]
    page = client.get("/staff/account/").content.decode()
    assert "Password and a code from the app" in page
    assert "Refused: wrong password" in page
    assert "198.51.100.7" in page


def test_a_forwarded_address_is_believed_only_from_the_web_server_in_front(client, settings):
    editor = person(second_factor=False)
    headers = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9"}
    give_password(client, editor, **headers)
    assert editor.sign_ins.get().address == "10.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    give_password(Client(), editor, **headers)
    assert editor.sign_ins.first().address == "203.0.113.9"


def test_signing_in_works_where_no_address_is_known(client):
    editor = person(second_factor=False)
    assert give_password(client, editor, REMOTE_ADDR="").url == "/staff/"
    assert editor.sign_ins.get().address is None


# -- passwords --------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["short-one-1", "password1234", "123456789012"])
def test_a_password_is_long_and_not_one_that_was_found_before(client, password):
    signed_in(client, person())
    page = client.post(
        "/staff/password/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    ).content.decode()
    assert "There is a problem" in page


def test_a_new_password_signs_out_everywhere_and_is_told_by_email(client):
    editor = person(roles=[Role.NEWS_EDITOR])
    other = signed_in(Client(), editor)
    signed_in(client, editor)
    new = "another-horse-battery"
    client.post("/staff/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not is_signed_in(client)
    assert other.get("/staff/").status_code == 302
    assert give_password(Client(), editor, new).url == SECOND_STEP
    run_queue()
    assert mail.outbox[0].subject == "Your password was changed"


def link_in(message):
    return re.search(r"https?://[^/]+(/\S+)", message.body)[1]


def test_a_link_by_email_sets_a_new_password_and_still_asks_the_second_step(client):
    editor = person(roles=[Role.NEWS_EDITOR])
    answer = client.post("/staff/password/forgotten/", {"email": editor.email})
    assert answer.url == "/staff/password/forgotten/sent/"
    run_queue()
    form = client.get(link_in(mail.outbox[0])).url
    new = "another-horse-battery"
    answer = client.post(form, {"password1": new, "password2": new})
    assert answer.url == SECOND_STEP
    assert client.post(SECOND_STEP, {"code": code_now()}).url == "/staff/"
    # The link has done its work.
    assert "no longer works" in Client().get(link_in(mail.outbox[0])).content.decode()


def test_a_link_lifts_the_wait(client):
    editor = person()
    for _ in range(6):
        give_password(Client(), editor, "wrong")
    client.post("/staff/password/forgotten/", {"email": editor.email})
    run_queue()
    new = "another-horse-battery"
    client.post(client.get(link_in(mail.outbox[0])).url, {"password1": new, "password2": new})
    assert give_password(Client(), editor, new).url == SECOND_STEP


@pytest.mark.parametrize("kind", ["nobody", "invited", "closed"])
def test_asking_for_a_link_says_nothing_about_who_has_an_account(client, kind):
    if kind == "invited":
        User.objects.create_user("invited@example.org", "Invited")
    if kind == "closed":
        person("closed@example.org", is_active=False)
    answer = client.post("/staff/password/forgotten/", {"email": f"{kind}@example.org"})
    assert answer.url == "/staff/password/forgotten/sent/"
    run_queue()
    assert not mail.outbox


def test_the_link_does_not_stand_in_the_queue(client):

    editor = person()
    client.post("/staff/password/forgotten/", {"email": editor.email})
    assert json.dumps(DBTaskResult.objects.get().args_kwargs) == json.dumps(
        {"args": [editor.pk], "kwargs": {}}
    )
    assert user_pk_to_url_str(editor)


def test_a_closed_account_lets_nobody_in(client):
    give_password(client, person(is_active=False))
    assert not is_signed_in(client)


# -- asked again ------------------------------------------------------------------------------------


def test_what_matters_is_asked_again_after_fifteen_minutes_and_then_goes_on(client):
    boss = person(roles=[Role.ADMINISTRATOR])
    signed_in(client, boss, confirmed_ago=16 * 60)
    asked = {
        "name": "Ann",
        "email": "ann@example.org",
        "role": Role.NEWS_EDITOR,
        "held_for": "all",
        "partner": "",
    }
    answer = client.post("/staff/people/invite/", asked)
    assert answer.url == "/staff/confirm/code/?next=%2Fstaff%2Fpeople%2Finvite%2F"
    assert not User.objects.filter(email="ann@example.org").exists()
    answer = client.post(
        "/staff/confirm/code/", {"code": code_now(), "next": "/staff/people/invite/"}
    )
    ann = User.objects.get(email="ann@example.org")
    assert answer.url == ann.get_absolute_url()


def test_within_fifteen_minutes_nothing_is_asked_again(client):
    signed_in(client, person(roles=[Role.ADMINISTRATOR]), confirmed_ago=14 * 60)
    answer = client.post("/staff/people/invite/", {})
    assert answer.status_code == 200


def test_a_password_is_not_enough_to_confirm_where_there_is_a_second_step(client):
    signed_in(client, person(roles=[Role.ADMINISTRATOR]), confirmed_ago=16 * 60)
    answer = client.post("/staff/confirm/", {"password": PASSWORD, "next": "/staff/people/invite/"})
    assert answer.url == "/staff/confirm/code/?next=%2Fstaff%2Fpeople%2Finvite%2F"
    assert client.get("/staff/second-step/app/remove/").url.startswith("/staff/confirm/code/")


# -- secrets at rest, and links in logs ---------------------------------------------------------------


def rows_of(*tables):
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(row)::text FROM {table} row")
            yield from (text for (text,) in cursor.fetchall())


def test_the_secrets_of_app_and_recovery_codes_are_encrypted_in_the_database(client):
    newcomer = person(second_factor=False)
    give_password(client, newcomer)
    secret, _ = set_up_app(client)
    codes = RecoveryCodes.activate(newcomer)
    kept = " ".join(rows_of("mfa_authenticator"))
    assert secret not in kept
    assert encryption.decrypt(codes.instance.data["seed"]) not in kept
    assert not any(code in kept for code in codes.generate_codes())


def test_the_secret_of_an_app_being_set_up_is_encrypted_in_the_session_and_leaves_it(client):
    give_password(client, person(second_factor=False))
    page = client.get("/staff/second-step/app/").content.decode()
    secret = re.search(r'class="bhcp-key">(\w+)<', page)[1]
    assert encryption.decrypt(client.session[SECRET_SESSION_KEY]) == secret
    assert secret not in str(dict(client.session))
    page = client.post("/staff/second-step/app/", {"code": "000000"}).content.decode()
    assert secret in page
    assert secret not in str(dict(client.session))
    assert client.post("/staff/second-step/app/", {"code": code_now(secret)}).status_code == 302
    assert SECRET_SESSION_KEY not in client.session


def test_setting_up_an_app_begins_anew_where_the_secret_key_was_changed(client):
    give_password(client, person(second_factor=False))
    client.get("/staff/second-step/app/")
    session = client.session
    session[SECRET_SESSION_KEY] = SECRET
    session.save()
    answer = client.post("/staff/second-step/app/", {"code": code_now(SECRET)})
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()


def test_a_new_secret_key_reads_what_the_old_one_encrypted_and_renews_it(settings):
    kept = encryption.encrypt(SECRET)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 30 + "ewkey" * 8
    with pytest.raises(encryption.UnreadableError):
        encryption.decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert encryption.decrypt(kept) == SECRET
    renewed = encryption.renewed(kept)
    settings.SECRET_KEY_FALLBACKS = []
    assert encryption.decrypt(renewed) == SECRET


def test_renew_secrets_makes_the_old_key_needless_and_changes_nothing_where_one_is_lost(settings):
    editor = person()
    RecoveryCodes.activate(editor)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 30 + "ewkey" * 8
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("renew_secrets")
    settings.SECRET_KEY_FALLBACKS = [old]
    codes = RecoveryCodes.activate(editor).generate_codes()
    call_command("renew_secrets")
    call_command("renew_secrets")
    settings.SECRET_KEY_FALLBACKS = []
    kept = Authenticator.objects.get(user=editor, type=Authenticator.Type.TOTP).data["secret"]
    assert encryption.decrypt(kept) == SECRET
    assert RecoveryCodes.activate(editor).generate_codes() == codes


def test_a_new_secret_key_ends_no_session_and_no_invitation_while_the_old_one_is_a_fallback(
    client, settings
):
    editor = person(roles=[Role.NEWS_EDITOR])
    invitation = Invitation.objects.create(person=editor, invited_at=timezone.now())
    token = invitation.token
    signed_in(client, editor)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 30 + "ewkey" * 8
    settings.SECRET_KEY_FALLBACKS = [old]
    assert client.get("/staff/").status_code == 200
    assert token != invitation.token


def test_where_the_key_was_lost_a_person_is_told_what_to_do(client, settings):
    editor = person()
    settings.SECRET_KEY = "n" * 30 + "ewkey" * 8
    give_password(client, editor)
    page = client.post(SECOND_STEP, {"code": code_now()}).text
    assert "Ask an administrator to reset it" in page


def test_the_link_of_an_invitation_is_kept_nowhere():
    ann = actions.invite(
        email="ann@example.org",
        name="Ann",
        partner=None,
        role=Role.AUDITOR,
        held_for=None,
        by=person(),
        at=timezone.now(),
    )
    run_queue()
    token = re.search(r"/staff/invitation/([^/\s]+)/", mail.outbox[-1].body)[1]
    kept = " ".join(
        rows_of("partners_invitation", "partners_invitationevent", DBTaskResult._meta.db_table)
    )
    assert token not in kept
    assert token.rpartition(".")[2] not in kept
    invitation = ann.invitations.get()
    found = Invitation.objects.with_token
    assert found(token).get() == invitation
    other, _, signature = token.partition("-")
    for wrong in (f"{int(other) + 1}-{signature}", token[:-1], other, "", "x.y"):
        assert not found(wrong).exists()


def ways_in():
    """Each address that strangers may open and that carries more than a number, with a secret."""
    for address in walked(DOOR):
        if set(address.variables) - {"pk"}:
            yield "/" + re.split(r"\(\?P<|<", address.route)[0] + "1-AbC_d.e-0123456789abcdef/"


def test_no_line_of_our_log_holds_a_link_that_lets_somebody_in(settings):
    shape = dict(settings.LOGGING["formatters"]["line"])
    formatter = import_string(shape.pop("()"))(shape["format"], style=shape["style"])

    def line(address):
        record = logging.LogRecord("django.request", 40, "", 1, "Failed: %s", (address,), None)
        return formatter.format(record)

    addresses = list(ways_in())
    assert {"/staff/invitation/", "/staff/password/new/"} <= {
        address.rpartition("1-")[0] for address in addresses
    }
    for address in addresses:
        assert "AbC" not in line(address), f"Add {address} to LINK in kit/logs.py"
        assert "/staff/" in line(address)
    assert "/staff/password/new/done/" in line("/staff/password/new/done/")
    assert len(line("/a\r\n2026 INFO signed in").splitlines()) == 1


def test_no_line_of_the_nginx_log_in_our_guide_holds_such_a_link_or_a_question():
    guide = (env.BASE_DIR / "docs" / "operating.md").read_text()
    rule, kept = re.search(
        r"map \$uri \$logged_uri {.*?~(\S+) (\S+);\s*}", guide, re.DOTALL
    ).groups()
    assert kept == "$way_in…"
    for address in ways_in():
        found = re.match(rule.replace("(?<", "(?P<"), address)
        assert found, f"Add {address} to the map in docs/operating.md"
        assert "AbC" not in found["way_in"]
    assert re.search(r"error_log \S+ emerg;", guide)
    written = re.search(r"log_format portal '(.*)';", guide)[1]
    assert set(re.findall(r"\$\w+", written)) == {
        "$remote_addr",
        "$time_local",
        "$request_method",
        "$logged_uri",
        "$status",
        "$body_bytes_sent",
    }


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("MorecambeBay2026!", "words of this portal"),
        ("lancaster-infirmary", "words of this portal"),
        ("Better care together 1", "words of this portal"),
        ("bayhealthandcare2026", "words of this portal"),
        ("Kendal-Ulverston-Millom", "words of this portal"),
        ("Gr@nge 0ver Sands!", "words of this portal"),
        ("queen victoria hospital", "words of this portal"),
        ("EdithRigby1984!", "your name"),
        ("abcdefgh12345678", "others use"),
        ("password1234", "others use"),
    ],
)
def test_a_password_that_others_would_try_is_refused_with_what_to_do(client, password, why):
    editor = person("edith.rigby@example.org", name="Edith Rigby")
    signed_in(client, editor)
    page = client.post(
        "/staff/password/", {"oldpassword": PASSWORD, "password1": password, "password2": password}
    ).text
    assert why in page
    assert "Choose three or four words" in page


@pytest.mark.parametrize(
    "new", ["tulip anvil seventeen " * 8, "Kendal tulip anvil", "kR7!bay9xq#Lw2"]
)
def test_a_long_password_of_strange_words_is_taken(client, new):
    signed_in(client, person())
    answer = client.post(
        "/staff/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
