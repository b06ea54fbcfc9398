"""Closed by default (HOUSE 7, habits 8 and 9)."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from bhcp_portal.kit.access import is_public, public, recently_confirmed, staff_only
from partners.roles import SEE_HISTORY, SEE_PEOPLE, Role
from tests.factories.partners import partner, person, signed_in

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def request_of(who, method="get", *, factor_given=None):
    request = getattr(RequestFactory(), method)("/staff/somewhere/")
    request.user, request.moment = who, SimpleNamespace(at=NOW)
    request.session = {}
    if factor_given is not None:
        request.session = {
            "account_authentication_methods": [
                {"method": "mfa", "at": NOW.timestamp() - factor_given}
            ],
            "account_authentication_methods_user": str(who.pk),
        }
    return request


def answer(guard, request):
    return guard(lambda request: HttpResponse("done"))(request)


def test_a_view_is_closed_unless_it_says_that_it_is_public():
    def view(request):
        return HttpResponse()

    assert not is_public(view)
    assert is_public(public(view))


def test_a_permission_lets_its_holder_in_and_nobody_else():
    guard = staff_only(SEE_PEOPLE)
    assert answer(guard, request_of(person(roles=[Role.AUDITOR]))).content == b"done"
    for other in (person(roles=[Role.NEWS_EDITOR]), person()):
        with pytest.raises(PermissionDenied):
            answer(guard, request_of(other))


def test_without_a_permission_any_current_role_will_do():
    assert answer(staff_only(), request_of(person(roles=[Role.NEWS_EDITOR]))).content == b"done"
    with pytest.raises(PermissionDenied):
        answer(staff_only(), request_of(person()))


def test_what_spans_all_partners_asks_for_a_role_held_for_all():
    guard = staff_only(SEE_HISTORY, for_all=True)
    with pytest.raises(PermissionDenied):
        answer(guard, request_of(person(roles=[(Role.AUDITOR, partner())])))
    assert answer(guard, request_of(person(roles=[Role.AUDITOR]))).content == b"done"


def test_a_guarded_view_says_what_it_asks_for():
    guarded = staff_only(SEE_PEOPLE)(recently_confirmed(lambda request: None))
    assert guarded.permission == SEE_PEOPLE
    assert guarded.is_recently_confirmed


@pytest.mark.parametrize(
    ("seconds", "asked"), [(0, False), (899, False), (900, True), (None, True)]
)
def test_a_second_step_counts_for_fifteen_minutes(seconds, asked):
    request = request_of(person(), "post", factor_given=seconds)
    if asked:
        with pytest.raises(ReauthenticationRequired):
            answer(recently_confirmed, request)
    else:
        assert answer(recently_confirmed, request).content == b"done"


def test_reading_asks_nothing_again():
    assert answer(recently_confirmed, request_of(person())).content == b"done"


def test_a_second_step_of_somebody_else_in_the_same_session_does_not_count():
    request = request_of(person(), "post", factor_given=0)
    request.user = person()
    with pytest.raises(ReauthenticationRequired):
        answer(recently_confirmed, request)


def test_a_public_page_does_not_ask_who_reads_it(client):
    signed_in(client, person(roles=[Role.AUDITOR]))
    response = client.get("/about/")
    assert response.status_code == 200
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


def test_nobody_is_nobody():
    with pytest.raises(PermissionDenied):
        answer(staff_only(SEE_PEOPLE), request_of(SimpleNamespace(has_perm=lambda p: False)))
    assert not AnonymousUser().is_authenticated
