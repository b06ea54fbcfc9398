"""The security log: what goes into it, who reads it, and that nobody changes it (BEHAVIOUR K, L)."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from bhcp_portal.kit.dates import day_in_words, london_day
from partners import actions
from partners.models import SecurityEvent
from partners.roles import Role
from tests.factories.partners import PASSWORD, code_now, partner, person, signed_in

pytestmark = pytest.mark.django_db
What = SecurityEvent.What
LOG = "/staff/security/"
NEW_PASSWORD = "seven-otters-cross-the-estuary"
REASON = "They left the programme last week"


def logged(*what):
    return list(SecurityEvent.objects.filter(what__in=what).order_by("pk"))


def test_sign_ins_and_refused_ones_are_logged_with_their_address(client):
    editor = person()
    for password in ("wrong", PASSWORD):
        sent = {"login": editor.email, "password": password}
        client.post("/staff/sign-in/", sent, REMOTE_ADDR="203.0.113.9")
    client.post("/staff/sign-in/second-step/", {"code": code_now()}, REMOTE_ADDR="203.0.113.9")
    refused, signed = logged(What.SIGN_IN_REFUSED, What.SIGNED_IN)
    assert (refused.by, refused.person, refused.address) == (None, editor, "203.0.113.9")
    assert (signed.by, signed.details) == (editor, "Password and a code from the app")


def test_a_lock_out_is_logged_once_however_often_somebody_tries_on(client):
    editor = person()
    for _ in range(9):
        client.post("/staff/sign-in/", {"login": editor.email, "password": "wrong"})
    (event,) = logged(What.LOCKED_OUT)
    assert event.person == editor
    for _ in range(9):
        client.post("/staff/sign-in/", {"login": "nobody@example.org", "password": "wrong"})
    assert len(logged(What.LOCKED_OUT)) == 1


def test_wrong_codes_that_have_to_wait_are_a_lock_out_too(client):
    editor = person()
    client.post("/staff/sign-in/", {"login": editor.email, "password": PASSWORD})
    for number in range(6):
        client.post("/staff/sign-in/second-step/", {"code": f"00000{number}"})
    assert [event.person for event in logged(What.LOCKED_OUT)] == [editor]


def test_an_address_that_is_refused_is_logged_whatever_characters_it_holds(client):
    signed_in(client, person(roles=[Role.NEWS_EDITOR]))
    for ask in (client.get, client.post):
        assert ask("/staff/redact/\x00.x/1/").status_code == 403
    assert [event.details for event in logged(What.REFUSED)] == [
        f"{method} /staff/redact/%00.x/1/" for method in ("GET", "POST")
    ]


def test_a_page_that_is_refused_is_logged_and_a_strangers_way_to_sign_in_is_not(client):
    editor = person(roles=[Role.NEWS_EDITOR])
    assert signed_in(client, editor).get("/staff/people/").status_code == 403
    assert Client(enforce_csrf_checks=True).post("/staff/sign-in/", {}).status_code == 403
    (event,) = logged(What.REFUSED)
    assert (event.by, event.details) == (editor, "GET /staff/people/")


def test_every_change_of_a_role_or_an_account_is_logged(client):
    boss, editor = person(roles=[Role.ADMINISTRATOR]), person()
    now = timezone.now()
    given = {"role": Role.AUDITOR, "held_for": None, "by": boss, "at": now}
    ann = actions.invite(email="ann@example.org", name="Ann", partner=None, **given)
    link = actions.invite_again(person=ann, by=boss, at=now)
    actions.accept_invitation(invitation=link, password=PASSWORD, at=now)
    given_on, ends_on = now.date(), now.date() + timedelta(days=8)
    grant = actions.give_role(person=editor, starts_on=given_on, ends_on=ends_on, **given)
    actions.end_role(grant=grant, reason=REASON, by=boss, at=now)
    actions.deactivate(person=editor, reason=REASON, by=boss, at=now)
    actions.reactivate(person=editor, reason=REASON, by=boss, at=now)
    actions.reset_factor(person=editor, reason=REASON, by=boss, at=now)
    actions.end_sessions(person=editor, reason=REASON, by=boss, at=now)
    actions.create_administrator(email="root@example.org", name="Root", at=now)
    changes = [event.details for event in logged(What.ACCOUNT_CHANGED)]
    assert changes == [
        "Invited as Auditor for all partners",
        "Invited again",
        "Invitation used, and a password set",
        f"Role given: Auditor for all partners, from {day_in_words(given_on)} "
        f"until {day_in_words(ends_on - timedelta(days=1))}",
        f"Role ended: Auditor for all partners. Why: {REASON}",
        f"Account closed. Why: {REASON}",
        f"Account opened again. Why: {REASON}",
        "Made an administrator by a command on the server",
    ]
    alone = logged(What.BREAK_GLASS)
    assert len(alone) == 2
    assert all(event.by == boss and REASON in event.details for event in alone)


def test_a_password_that_its_person_changes_is_logged(client):
    editor = person()
    signed_in(client, editor).post(
        "/staff/password/",
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        REMOTE_ADDR="203.0.113.9",
    )
    (event,) = logged(What.ACCOUNT_CHANGED)
    assert (event.by, event.person, event.address) == (editor, editor, "203.0.113.9")
    assert event.details == "Password was changed"


def test_an_auditor_reads_and_filters_the_log_and_others_do_not(client):
    auditor = person(roles=[Role.AUDITOR])
    now = timezone.now()
    for who in (auditor, person("ann@example.org")):
        actions.record_security_event(what=What.REFUSED, by=who, at=now, details=f"GET {who}")
    signed_in(client, auditor)
    assert "GET Ann" in client.get(LOG).text
    assert "GET Ann" in client.get(LOG, {"what": "refused", "who": "Ann@example.org"}).text
    assert f"GET {auditor}" not in client.get(LOG, {"who": "ann@example.org"}).text
    assert "GET Ann" not in client.get(LOG, {"what": "redacted"}).text
    assert "GET Ann" in client.get(LOG, {"page": "z"}).text
    today = day_in_words(london_day(now))
    assert "GET Ann" in client.get(LOG, {"since": today, "until": today}).text
    for asked in (
        {"since": "31 December 2199"},
        {"until": "1 January 1800"},
        {"until": "2026-01-01"},
    ):
        assert "GET Ann" not in client.get(LOG, asked).text
    for role in (Role.DATA_STEWARD, Role.NEWS_PUBLISHER, (Role.AUDITOR, partner())):
        assert signed_in(Client(), person(roles=[role])).get(LOG).status_code == 403


def test_the_log_is_downloaded_as_asked_after_a_fresh_code_and_says_that_it_was(client):
    auditor = person(roles=[Role.AUDITOR])
    odd = person("=cmd@example.org")
    actions.record_security_event(what=What.REFUSED, by=odd, at=timezone.now(), details="GET /x/")
    actions.record_security_event(what=What.REDACTED, by=auditor, at=timezone.now())
    signed_in(client, auditor, confirmed_ago=16 * 60)
    address = f"{LOG}download/"
    assert client.get(address).status_code == 405
    asked = client.post(address, {"what": "refused", "who": ""})
    assert asked.url.startswith("/staff/confirm/")
    answer = client.post("/staff/confirm/code/", {"code": code_now(), "next": address})
    # A file would leave the page that asks for the code as it was.
    assert answer.url == f"{LOG}?what=refused#download"
    assert "The file is ready: download it below." in client.get(answer.url).text
    assert not logged(What.EXPORTED)
    answer = client.post(address, {"what": "refused", "who": ""})
    assert answer["Content-Type"].startswith("text/csv")
    header, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header == ["at", "what", "by", "person", "internet_address", "details"]
    assert line[1:] == ["refused", "'=cmd@example.org", "", "", "GET /x/"]
    (event,) = logged(What.EXPORTED)
    assert (event.by, event.details) == (auditor, "The security log; lines: 1")


def test_nobody_changes_or_deletes_a_line(client):
    event = actions.record_security_event(what=What.REFUSED, at=timezone.now())
    for change in (lambda: SecurityEvent.objects.update(details="x"), event.delete):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()
