"""An address that is asked in a way it does not take says so, and leads on."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.addresses import PUBLIC, walked
from tests.site.content import client_of, somebody
from tests.site.examples import paths
from tests.site.reading import read

pytestmark = pytest.mark.usefixtures("content")

each_public = pytest.mark.parametrize(
    "address",
    [a for a in walked(PUBLIC) if not (a.route.startswith("api/") or a.is_open_form)],
    ids=str,
)


def assert_says_what_to_do(answer, path):
    assert answer.status_code == 405
    assert answer["Allow"]
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert int(answer["Content-Length"]) == len(answer.content)
    page = read(path, 405, answer.text)
    assert "Nothing was saved" in page.text
    assert "/" in page.addresses()


@each_public
def test_what_is_sent_to_a_public_page_is_refused_for_its_method_not_for_a_missing_token(address):
    client = Client(enforce_csrf_checks=True)
    path = paths(address)[0]
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        answer = client.generic(method, path)
        assert_says_what_to_do(answer, path)
        assert "can only be read" in answer.text, method
        assert not answer.cookies


def test_some_staff_address_only_takes_forms():
    """Else what test_permission_matrix.py asks of these could not fail."""
    path = reverse("staff:news_publish", args=["sample"])
    assert client_of(somebody("superuser")).get(path).status_code == 405


def test_a_page_with_a_form_still_asks_for_its_token():
    client = Client(enforce_csrf_checks=True)
    for path in ("/staff/sign-in/", "/staff/people/invite/"):
        assert client.post(path, {}).status_code == 403
