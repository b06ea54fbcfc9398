"""What every answer says of itself, whatever the address and whoever asks."""

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction

from tests.addresses import DOOR, PUBLIC, STAFF, walked
from tests.site.content import client_of, somebody
from tests.site.examples import paths

pytestmark = pytest.mark.usefixtures("content")


def test_no_page_of_the_admin_or_error_under_staff_is_kept_by_anybody():
    """Of the staff’s own pages that is held in test_permission_matrix.py and tests/test_house.py."""
    boss = client_of(somebody("superuser"))
    for path in ("/admin/", "/admin/login/", "/staff/nothing-is-here/", "/staff"):
        answer = boss.get(path, follow=True)
        assert answer["Cache-Control"] == "no-store", path


def test_every_answer_forbids_the_powers_of_a_browser_that_no_page_uses():
    paths = (
        "/",
        "/about/",
        "/nothing/",
        "/health/live",
        "/api/v1/partners",
        "/staff/",
        "/robots.txt",
    )
    for path in paths:
        policy = client_of(None).get(path)["Permissions-Policy"]
        assert "camera=(), " in policy
        assert "geolocation=(), " in policy
        assert "publickey-credentials-get=(self)" in policy


def test_what_a_stranger_sends_makes_no_session():
    makes = []
    for address in (each for kind in (PUBLIC, STAFF, DOOR) for each in walked(kind)):
        # Who holds the link from their email is no stranger: the session remembers the link.
        if address.name == "account_reset_password_from_key":
            continue
        with transaction.atomic():
            before = Session.objects.count()
            answer = client_of(None).post(paths(address)[0], {"name": "x"})
            if Session.objects.count() > before or "session" in answer.cookies:
                makes.append(str(address))
            transaction.set_rollback(True)
    assert makes == []
