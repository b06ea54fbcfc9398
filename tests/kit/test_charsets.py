"""Words in another code than UTF-8, asked of what gunicorn runs."""

from wsgiref.util import setup_testing_defaults

import pytest

# The check of health that answers asks the database.
pytestmark = pytest.mark.django_db


def status_of(kind):
    """The status of the answer to a request whose header names this kind of content."""
    from bhcp_portal.wsgi import application

    environ = {"PATH_INFO": "/health/live", "QUERY_STRING": "q=x", "CONTENT_TYPE": kind}
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "localhost"
    published = []
    answer = application(environ, lambda status, headers: published.append(status))
    assert b"".join(answer)
    return int(published[0][:3])


@pytest.mark.parametrize("code", ["base64", "idna", "utf-16", "klingon", '"hex"', ""])
def test_another_code_than_utf_8_is_refused_with_a_sentence(code):
    assert status_of(f"multipart/form-data; boundary=x; Charset={code}") == 400


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "text/plain; charset=UTF-8", 'a/b; charset="utf8"']
)
def test_utf_8_is_read(kind):
    assert status_of(kind) == 200
