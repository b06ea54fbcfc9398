"""Inviting people, giving and ending roles, closing accounts (issue 2 “Access”, BEHAVIOUR K)."""

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bhcp_portal.kit import history
from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.dates import london_day
from partners import actions
from partners.models import Invitation, RoleGrant, SignIn, User
from partners.roles import Role
from tests.at_once import at_once
from tests.factories.kit import run_queue
from tests.factories.partners import PASSWORD, give, partner, person, signed_in

NOW = timezone.now()
TODAY = london_day(NOW)
REASON = {"reason": "She has left the trust"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return person("boss@example.org", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def staff(client, boss):
    return signed_in(client, boss)


def invited(staff, **fields):
    asked = {"name": "Ann Example", "email": "Ann@example.org", "partner": "", "held_for": "all"}
    answer = staff.post("/staff/people/invite/", asked | {"role": Role.NEWS_EDITOR} | fields)
    assert answer.status_code == 302, answer.content.decode()
    run_queue()
    return User.objects.get(email="ann@example.org")


def link():
    return re.search(r"https?://[^/]+(/staff/invitation/\S+)", mail.outbox[-1].body)[1]


def last_entry(model, row):
    return history.entries(history.events([model._meta.label_lower], pk=row.pk))[0]


# -- inviting ---------------------------------------------------------------------------------------


def test_who_is_invited_gets_a_link_that_works_once(staff):
    hospitals = partner("RTX")
    ann = invited(staff, partner=hospitals.pk, held_for=hospitals.pk)
    assert mail.outbox[0].to == ["ann@example.org"]
    grant = ann.grants.get()
    assert (grant.role, grant.partner, grant.given_by.email) == (
        Role.NEWS_EDITOR,
        hospitals,
        "boss@example.org",
    )

    stranger = Client()
    assert "Ann Example" in stranger.get(link()).content.decode()
    new = {"password1": PASSWORD, "password2": PASSWORD}
    assert stranger.post(link(), new).url == "/staff/sign-in/"
    assert stranger.get(link()).status_code == 404
    assert stranger.post(link(), new).status_code == 404
    answer = stranger.post("/staff/sign-in/", {"login": "ann@example.org", "password": PASSWORD})
    assert answer.url == "/staff/"
    assert stranger.get("/staff/").url == "/staff/second-step/"


def test_an_invitation_is_over_after_seven_days(staff):
    invited(staff)
    Invitation.objects.update(invited_at=NOW - timedelta(days=7, minutes=1))
    answer = Client().get(link())
    assert answer.status_code == 404
    assert "no longer works" in answer.content.decode()


def test_a_second_invitation_ends_the_first(staff):
    ann = invited(staff)
    first = link()
    staff.post(f"/staff/people/{ann.pk}/invite-again/")
    run_queue()
    assert link() != first
    assert Client().get(first).status_code == 404
    assert Client().get(link()).status_code == 200


def test_the_invitation_and_its_email_are_kept_together_or_not_at_all(boss):
    asked = {"email": "ann@example.org", "name": "Ann", "partner": None}
    with transaction.atomic():
        actions.invite(**asked, role=Role.AUDITOR, held_for=None, by=boss, at=NOW)
        assert DBTaskResult.objects.count() == 1
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "no address", "Enter an email address, like name@example.org"),
        ("email", "BOSS@example.org", "There is an account with this address already"),
        ("name", "", "Enter the person’s name"),
        ("role", "emperor", "Select a valid choice"),
        ("role", "", "Choose a role"),
        ("held_for", "999", "Select a valid choice"),
        ("held_for", "", "Choose whom the role is held for"),
    ],
)
def test_a_wrong_invitation_says_what_to_do_and_invites_nobody(staff, field, value, sentence):
    asked = {
        "name": "Ann",
        "email": "ann@example.org",
        "role": Role.AUDITOR,
        "partner": "",
        "held_for": "all",
    }
    page = staff.post("/staff/people/invite/", asked | {field: value}).content.decode()
    assert sentence in page
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "second"), [("short", "short"), (PASSWORD, "something-else-1"), ("", "")]
)
def test_a_weak_or_different_password_does_not_use_up_the_invitation(staff, first, second):
    ann = invited(staff)
    page = Client().post(link(), {"password1": first, "password2": second}).content.decode()
    assert "There is a problem" in page
    ann.refresh_from_db()
    assert not ann.has_usable_password()
    assert Client().get(link()).status_code == 200


# -- roles ------------------------------------------------------------------------------------------


def asked_role(**fields):
    return {"role": Role.NEWS_EDITOR, "held_for": "all", "starts_on": TODAY} | fields


def test_a_role_is_given_for_a_partner_between_two_days(staff, boss):
    hospitals, ann = partner("RTX"), person()
    answer = staff.post(
        f"/staff/people/{ann.pk}/roles/give/",
        asked_role(held_for=hospitals.pk, last_day=TODAY + timedelta(days=30)),
    )
    assert answer.url == ann.get_absolute_url()
    grant = ann.grants.get()
    assert (grant.partner, grant.starts_on, grant.ends_on) == (
        hospitals,
        TODAY,
        TODAY + timedelta(days=31),
    )
    entry = last_entry(RoleGrant, grant)
    assert (entry.by, entry.action) == ("boss@example.org", "people.role_given")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"starts_on": TODAY - timedelta(days=1)}, "Enter today or a later day"),
        ({"last_day": TODAY - timedelta(days=1)}, "Enter the first day or a later one"),
    ],
)
def test_the_days_of_a_role_make_sense(staff, fields, sentence):
    ann = person()
    page = staff.post(f"/staff/people/{ann.pk}/roles/give/", asked_role(**fields)).content.decode()
    assert sentence in page
    assert not ann.grants.exists()


def test_nobody_holds_a_role_twice_at_a_time(staff):
    ann = person(roles=[Role.NEWS_EDITOR])
    page = staff.post(f"/staff/people/{ann.pk}/roles/give/", asked_role()).content.decode()
    assert "holds this role at that time already" in page
    with pytest.raises(IntegrityError), transaction.atomic():
        give(ann, Role.NEWS_EDITOR, starts_on=TODAY)
    give(ann, Role.NEWS_EDITOR, partner())


def test_a_role_ends_with_a_reason_and_at_once(staff):
    ann = person(roles=[Role.NEWS_EDITOR])
    grant = ann.grants.get()
    assert ann.has_perm("newsroom.change_newsversion")
    staff.post(f"/staff/people/{ann.pk}/roles/{grant.pk}/end/", REASON)
    assert not User.objects.get(pk=ann.pk).has_perm("newsroom.change_newsversion")
    entry = last_entry(RoleGrant, grant)
    assert (entry.action, entry.reason) == ("people.role_ended", REASON["reason"])


def test_a_role_that_was_to_begin_later_never_begins(staff):
    ann = person()
    grant = give(ann, Role.NEWS_EDITOR, starts_on=TODAY + timedelta(days=5))
    staff.post(f"/staff/people/{ann.pk}/roles/{grant.pk}/end/", REASON)
    assert not ann.grants.held_on(TODAY + timedelta(days=5)).exists()


def test_a_change_without_a_reason_is_not_made(staff):
    ann = person(roles=[Role.NEWS_EDITOR])
    grant = ann.grants.get()
    page = staff.post(f"/staff/people/{ann.pk}/roles/{grant.pk}/end/", {"reason": "x"}).content
    assert "Say why in at least 10 characters" in page.decode()
    grant.refresh_from_db()
    assert grant.ends_on is None


def test_nobody_changes_their_own_roles(staff, boss):
    page = staff.post(f"/staff/people/{boss.pk}/roles/give/", asked_role()).content.decode()
    assert "You cannot change your own roles" in page
    grant = boss.grants.get()
    page = staff.post(f"/staff/people/{boss.pk}/roles/{grant.pk}/end/", REASON).content.decode()
    assert "You cannot change your own roles" in page
    assert boss.grants.get().ends_on is None
    with pytest.raises(IntegrityError, match="by_another"), transaction.atomic():
        RoleGrant.objects.create(person=boss, role=Role.AUDITOR, starts_on=TODAY, given_by=boss)


def test_the_last_administrator_cannot_be_ended(boss):
    root = person("root@example.org", is_superuser=True)
    with pytest.raises(ActionError, match="last administrator"):
        actions.end_role(grant=boss.grants.get(), reason="Because", by=root, at=NOW)
    with pytest.raises(ActionError, match="last administrator"):
        actions.deactivate(person=boss, reason="Because", by=root, at=NOW)
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.grants.get().ends_on is None


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_end_each_other_at_once_leave_one():
    both = [person(f"boss-{n}@example.org", roles=[Role.ADMINISTRATOR]) for n in range(2)]
    ready, outcomes = Barrier(2), []

    def end(mine, other):
        ready.wait()
        try:
            actions.end_role(grant=other.grants.get(), reason="Because", by=mine, at=NOW)
            outcomes.append("ended")
        except ActionError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=end, args=pair) for pair in (both, both[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ended", "refused"]
    assert User.objects.administrators(TODAY).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_person_who_is_invited_twice_at_once_has_one_account_and_one_is_told():
    bosses = [person(f"boss-{n}@example.org", roles=[Role.ADMINISTRATOR]) for n in range(4)]

    def invite(boss):
        return actions.invite(
            email="new@example.org",
            name="New",
            partner=None,
            role=Role.AUDITOR,
            held_for=None,
            by=boss,
            at=NOW,
        )

    outcomes = at_once(invite, bosses)
    assert [isinstance(each, User) for each in outcomes].count(True) == 1
    refused = [str(each) for each in outcomes if isinstance(each, ActionError)]
    assert refused == ["There is an account for new@example.org already."] * 3
    assert Invitation.objects.filter(person__email="new@example.org").count() == 1


def test_ending_an_administrator_made_on_the_command_line_closes_the_admin_too(staff):
    actions.create_administrator(email="root@example.org", name="Root", at=NOW)
    root = User.objects.get(email="root@example.org")
    staff.post(f"/staff/people/{root.pk}/roles/{root.grants.get().pk}/end/", REASON)
    root.refresh_from_db()
    assert not root.is_superuser
    assert not root.is_staff


# -- accounts ---------------------------------------------------------------------------------------


def test_a_lost_second_step_is_reset_with_a_reason_and_told_by_email(staff):
    ann = person(roles=[Role.NEWS_EDITOR])
    theirs = signed_in(Client(), ann)
    staff.post(f"/staff/people/{ann.pk}/second-step/", {"reason": "Her phone fell in the bay"})
    run_queue()
    assert not Authenticator.objects.filter(user=ann).exists()
    assert theirs.get("/staff/").status_code == 302
    assert mail.outbox[0].to == [ann.email]
    assert "Her phone fell in the bay" in mail.outbox[0].body
    entry = last_entry(User, ann)
    assert (entry.action, entry.reason) == (
        "people.second_step_reset",
        "Her phone fell in the bay",
    )
    theirs.post("/staff/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert theirs.get("/staff/").url == "/staff/second-step/"


def test_a_closed_account_is_signed_out_at_once_and_can_be_opened_again(staff):
    ann = person(roles=[Role.NEWS_EDITOR])
    theirs = signed_in(Client(), ann)
    staff.post(f"/staff/people/{ann.pk}/close/", REASON)
    assert theirs.get("/staff/").status_code == 302
    theirs.post("/staff/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert theirs.get("/staff/").status_code == 302
    staff.post(f"/staff/people/{ann.pk}/open/", {"reason": "She has come back"})
    answer = theirs.post("/staff/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert answer.url == "/staff/sign-in/second-step/"
    entry = last_entry(User, ann)
    assert (entry.action, entry.reason) == ("people.reactivated", "She has come back")


@pytest.mark.parametrize("page", ["close", "second-step"])
def test_nobody_closes_or_resets_their_own_account(staff, boss, page):
    answer = staff.post(f"/staff/people/{boss.pk}/{page}/", REASON).content.decode()
    assert "There is a problem" in answer
    boss.refresh_from_db()
    assert boss.is_active
    assert Authenticator.objects.filter(user=boss).exists()


# -- who sees and does what -------------------------------------------------------------------------


def test_an_auditor_reads_about_people_and_changes_nothing(client):
    ann = person(roles=[Role.NEWS_EDITOR])
    signed_in(client, person(roles=[Role.AUDITOR]))
    page = client.get("/staff/people/").content.decode()
    assert ann.email in page
    assert "Invite somebody" not in page
    page = client.get(ann.get_absolute_url()).content.decode()
    assert "Give a role" not in page
    for address in ("invite/", f"{ann.pk}/close/", f"{ann.pk}/roles/give/"):
        assert client.get(f"/staff/people/{address}").status_code == 403
        assert client.post(f"/staff/people/{address}", REASON).status_code == 403


def test_an_editor_sees_nobody(client):
    signed_in(client, person(roles=[Role.PROGRAMME_EDITOR]))
    assert client.get("/staff/people/").status_code == 403


@pytest.fixture
def of_hospitals(client):
    """The client as an administrator for one partner alone, and that partner."""
    hospitals = partner("RTX")
    signed_in(client, person(roles=[(Role.ADMINISTRATOR, hospitals)], partner=hospitals))
    return client, hospitals


def test_a_partners_administrator_reaches_its_own_people_alone(of_hospitals):
    client, hospitals = of_hospitals
    ours, theirs = person(partner=hospitals), person(partner=partner())
    page = client.get("/staff/people/").content.decode()
    assert ours.email in page
    assert theirs.email not in page
    assert client.get(theirs.get_absolute_url()).status_code == 404
    for page in ("close", "second-step", "roles/give", "invite-again", "open"):
        assert client.post(f"/staff/people/{theirs.pk}/{page}/", REASON).status_code == 404


def test_a_partners_administrator_gives_roles_for_it_alone(of_hospitals):
    client, hospitals = of_hospitals
    ours, other = person(partner=hospitals), partner()
    address = f"/staff/people/{ours.pk}/roles/give/"
    assert "Choose a partner" in client.post(address, asked_role()).content.decode()
    page = client.post(address, asked_role(held_for=other.pk)).content.decode()
    assert "Select a valid choice" in page
    assert client.post(address, asked_role(held_for=hospitals.pk)).status_code == 302


def test_a_partners_administrator_cannot_lock_out_somebody_with_wider_roles(of_hospitals):
    client, hospitals = of_hospitals
    chief = person(partner=hospitals, roles=[Role.ADMINISTRATOR])
    root = person(partner=hospitals, is_superuser=True)
    for other in (chief, root):
        assert "Reset a lost" not in client.get(other.get_absolute_url()).content.decode()
        answer = client.post(f"/staff/people/{other.pk}/second-step/", REASON)
        assert answer.status_code == 404


def test_the_list_of_people_takes_as_many_queries_for_many_as_for_one(staff):
    person(partner=partner(), roles=[Role.AUDITOR])
    with CaptureQueriesContext(connection) as few:
        staff.get("/staff/people/")
    for _ in range(20):
        person(partner=partner(), roles=[Role.AUDITOR, (Role.NEWS_EDITOR, partner())])
    with CaptureQueriesContext(connection) as many:
        staff.get("/staff/people/")
    assert len(many) <= len(few)


# -- sign-ins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["update", "delete"])
def test_a_sign_in_is_never_changed_or_deleted(way):
    row = SignIn.objects.create(person=person(), outcome="app", at=NOW)
    rows = SignIn.objects.filter(pk=row.pk)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows.update(outcome="passkey") if way == "update" else rows.delete()


# -- the first ones ---------------------------------------------------------------------------------


def test_the_first_administrator_is_made_by_a_command_and_gets_in(client):
    published = StringIO()
    call_command(
        "create_administrator", "Root@Example.org", "--name", "Root Example", stdout=published
    )
    root = User.objects.get(email="root@example.org")
    assert root.name == "Root Example"
    assert root.is_superuser
    address = re.search(r"https?://[^/]+(/staff/invitation/\S+)", published.getvalue())[1]
    client.post(address, {"password1": PASSWORD, "password2": PASSWORD})
    client.post("/staff/sign-in/", {"login": "root@example.org", "password": PASSWORD})
    assert client.get("/admin/").url == "/staff/second-step/"


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("nobody", "“nobody” is not an email address."),
        ("boss@example.org", "There is an account for boss@example.org already."),
        ("Boss@Example.org", "There is an account for boss@example.org already."),
    ],
)
def test_the_command_refuses_in_a_sentence(boss, email, sentence):
    with pytest.raises(CommandError) as refused:
        call_command("create_administrator", email)
    assert str(refused.value) == sentence
    assert User.objects.count() == 1


def test_practice_accounts_are_two_a_role_and_made_once():
    hospitals = partner("RTX")
    made = actions.create_practice_accounts(at=NOW)
    assert len(made) == 2 * len(Role)
    assert len({password for _, _, password in made}) == len(made)
    second = User.objects.get(email="programme-editor-2@practice.invalid")
    assert second.grants.get().partner == hospitals
    first = User.objects.get(email="programme-editor-1@practice.invalid")
    assert first.grants.get().partner is None
    assert RoleGrant.objects.filter(partner__isnull=False).count() == 2
    email, _, password = made[0]
    assert User.objects.get(email=email).check_password(password)
    assert not Authenticator.objects.exists()
    assert actions.create_practice_accounts(at=NOW) == []


def test_practice_accounts_are_made_without_the_hospitals_too():
    assert len(actions.create_practice_accounts(at=datetime(2026, 1, 1, tzinfo=UTC))) == 2 * len(
        Role
    )
    assert not RoleGrant.objects.filter(partner__isnull=False).exists()


def test_practice_accounts_are_not_made_where_somebody_has_an_account(boss):
    assert actions.create_practice_accounts(at=NOW) == []
    assert User.objects.count() == 1


def test_the_invite_form_begins_with_whom_they_work_for_and_chooses_nothing_for_you(staff):
    page = staff.get("/staff/people/invite/").text
    order = [
        page.index(f'name="{name}"') for name in ("partner", "name", "email", "role", "held_for")
    ]
    assert order == sorted(order)
    assert "checked" not in page
    held_for = page.partition('name="held_for"')[2].partition("</select>")[0]
    assert re.search(r'<option value=""[^>]*>\s*Choose', held_for)
    assert re.search(r'<option value="all">\s*All partners', held_for)


def test_the_end_of_a_role_is_shown_as_its_last_day(client):
    boss = person(roles=[Role.ADMINISTRATOR])
    editor = person()
    give(editor, Role.NEWS_EDITOR, ends_on=date(2999, 3, 1))
    seen_by_boss = signed_in(client, boss).get(editor.get_absolute_url()).text
    own = signed_in(client, editor).get("/staff/account/").text
    for page in (seen_by_boss, own):
        assert "28 February 2999" in page
        assert "1 March 2999" not in page


@pytest.mark.parametrize("way", ["second-step", "sign-out"])
def test_what_one_administrator_does_alone_needs_a_reason_and_is_told_to_all_of_them(client, way):
    boss, second = (person(roles=[Role.ADMINISTRATOR]) for _ in range(2))
    person(roles=[(Role.ADMINISTRATOR, partner())])
    editor = person(roles=[Role.NEWS_EDITOR])
    address = f"/staff/people/{editor.pk}/{way}/"
    theirs = signed_in(Client(), editor)
    signed_in(client, boss)
    assert "Say why" in client.post(address, {"reason": ""}).text
    assert theirs.get("/staff/").status_code == 200
    reason = "The phone was left on a train to Barrow"
    client.post(address, {"reason": reason})
    run_queue()
    assert theirs.get("/staff/").status_code == 302
    told = {to for each in mail.outbox for to in each.to}
    assert told == {boss.email, second.email, editor.email}
    assert all(reason in each.body for each in mail.outbox)


def test_nobody_is_signed_out_by_somebody_else_without_a_reason():
    with pytest.raises(ActionError, match="Say why"):
        actions.end_sessions(person=person(), by=person(), at=NOW)
