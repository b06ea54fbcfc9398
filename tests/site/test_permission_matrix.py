"""Every staff address × every role, held for all, for the partner whose row it is and for another.

That strangers are sent to sign in, and that who has no role is refused, is held in tests/test_house.py. Whatever is
answered, no browser keeps it; and an address that only takes forms says so to who opens it.
"""

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import resolve, reverse

from bhcp_portal.kit.kinds import kind_called
from partners.roles import PERMISSIONS, Role
from tests import permission_table
from tests.addresses import ADMIN, DOOR, PUBLIC, STAFF, walked
from tests.site.content import client_of, somebody
from tests.site.examples import paths
from tests.site.reading import read
from tests.site.test_methods import assert_says_what_to_do

HELD_FOR = ("all", "owner", "other")
SIGN_IN = "/staff/sign-in/"
# What they show is public, or they name no row yet: they open whatever partner a role is held for.
OF_NO_PARTNER = {
    "staff:record_kind",
    "staff:record_thing",
    "staff:record_row",
    "staff:record_begin",
    "staff:partner_change",
    "staff:record_decide",
    "staff:record_template",
}
# Who writes for a partner that has nothing to add to is told who can.
NEEDS_SOMETHING_TO_ADD_TO = {"staff:record_add", "staff:record_file"}
# Where a person is sent who has to show once more who they are.
DOORS = (SIGN_IN, "/staff/confirm/", "/staff/second-step/")

pytestmark = pytest.mark.usefixtures("content")


def answer_to(client, method, path):
    """The answer to a request whose changes are taken back; a refusal to hear the method is none."""
    with transaction.atomic():
        answer = getattr(client, method)(path)
        transaction.set_rollback(True)
    return answer


def expected(address, path, role, held_for):
    """What a person with a role must be answered: 403, 404, or (200) what the page has to say."""
    view = address.view
    needed = {view.permission} - {"any role"}
    if of_kind := getattr(view, "permission_of_kind", None):
        needed.add(getattr(kind_called(resolve(path).kwargs["kind"]), of_kind))
    if needed - PERMISSIONS[role]:
        return 403
    if view.for_all and held_for != "all":
        return 403
    if held_for == "other" and address.name in NEEDS_SOMETHING_TO_ADD_TO:
        return 403
    is_others = held_for == "other" and address.variables and address.name not in OF_NO_PARTNER
    return 404 if is_others else 200


def _asked(address, role):
    """For whom a role is held makes no difference where any role will do; and who is refused what is
    their own partner's, or everybody's, is refused what is another's."""
    if address.view.permission == "any role":
        return ("all",)
    return HELD_FOR if address.view.permission in PERMISSIONS[role] else ("all", "owner")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", walked(STAFF), ids=str)
def test_every_role_reaches_what_it_may_and_nothing_else(address, method):
    path = paths(address)[0]
    as_superuser = answer_to(client_of(somebody("superuser")), method, path)
    is_heard = as_superuser.status_code != 405
    if method == "get" and not is_heard:
        assert_says_what_to_do(as_superuser, path)
        assert "only takes what a form sends" in as_superuser.text
        assert reverse("staff:home") in read(path, 405, as_superuser.text).addresses()
    faults = [] if is_kept_by_nobody(as_superuser) else ["may be kept by a browser"]
    for role in Role:
        for held_for in _asked(address, role):
            answer = answer_to(client_of(somebody(role, held_for)), method, path)
            due, status = expected(address, path, role, held_for), answer.status_code
            if not is_heard:
                right = status == 405 or status == due == 403
            elif due == 200:
                right = status in (200, 302, 400, 409) and not _is_sent_away(answer)
            else:
                right = status == due
            if not right:
                faults.append(f"{role} for {held_for}: {status} in place of {due}")
            if not is_kept_by_nobody(answer):
                faults.append(f"{role} for {held_for}: may be kept by a browser")
    assert faults == []


def is_kept_by_nobody(answer):
    return answer["Cache-Control"] == "no-store"


def _is_sent_away(answer):
    return answer.get("Location", "").startswith(DOORS)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", walked(DOOR), ids=str)
def test_a_way_in_is_open_or_sends_a_stranger_to_sign_in(address, method):
    answer = answer_to(client_of(None), method, paths(address)[0])
    assert is_kept_by_nobody(answer)
    if getattr(address.view, "login_required", True):
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, SIGN_IN)
    else:
        assert answer.status_code in ((200, 302) if method == "get" else (200, 302, 400, 405))


@pytest.mark.parametrize("address", walked(DOOR), ids=str)
def test_a_way_in_opens_to_every_account_whatever_its_role(address):
    path, faults = paths(address)[0], []
    for method in ("get", "post"):
        without = answer_to(client_of(somebody("nobody")), method, path).status_code
        assert without < 500
        for role in Role:
            answer = answer_to(client_of(somebody(role, "all")), method, path)
            if answer.status_code != without:
                faults.append(f"{method} as {role}: {answer.status_code} in place of {without}")
            if not is_kept_by_nobody(answer):
                faults.append(f"{method} as {role}: may be kept by a browser")
    assert faults == []


@pytest.mark.parametrize("address", walked(PUBLIC), ids=str)
def test_a_public_page_takes_nothing_from_anybody(address):
    """Not even from the person who may do everything; what they read is held in test_etags.py.

    An open form takes nothing that doesn't come from its own page.
    """
    answer = client_of(somebody("superuser")).post(paths(address)[-1])
    assert answer.status_code == (403 if address.is_open_form else 405)
    assert not answer.cookies


# -- the admin ----------------------------------------------------------------------------------------


def test_the_admin_sends_strangers_to_sign_in_and_refuses_all_but_superusers():
    stranger, faults = client_of(None), []
    administrator = client_of(somebody(Role.ADMINISTRATOR, "all"))
    for address in walked(ADMIN):
        answer = answer_to(stranger, "get", address.path)
        if not (answer.status_code == 302 and answer.url.startswith((SIGN_IN, "/admin/login/"))):
            faults.append(f"{address} answers a stranger {answer.status_code}")
        answer = answer_to(administrator, "get", address.path)
        if answer.status_code != 403:
            faults.append(f"{address} answers an administrator {answer.status_code}")
    assert faults == []


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_a_superuser_reads_every_kind_of_row_in_the_admin(model):
    client = client_of(somebody("superuser"))
    stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = reverse(f"{stem}_changelist")
    answers = {"list": client.get(rows), "search": client.get(rows, {"q": "x"})}
    if row := model._default_manager.first():
        answers["row"] = client.get(reverse(f"{stem}_change", args=[row.pk]))
        answers["history"] = client.get(reverse(f"{stem}_history", args=[row.pk]))
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 200
    )


# -- the table ----------------------------------------------------------------------------------------


def test_the_table_of_permissions_is_up_to_date():
    assert permission_table.FILE.read_text() == permission_table.table(), (
        "Run `.venv/bin/python -m tests.permission_table`."
    )
