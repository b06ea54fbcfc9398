"""Every public answer carries an ETag, and who has it already is sent nothing (README)."""

import re

import pytest
from django.test import Client

from tests.addresses import PUBLIC, walked
from tests.site.examples import paths

pytestmark = pytest.mark.usefixtures("content")


@pytest.mark.parametrize("address", walked(PUBLIC), ids=str)
def test_who_has_a_public_answer_already_is_sent_nothing(address, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    for path in paths(address):
        first = Client().get(path)
        assert first.status_code == 200, path
        assert first["ETag"], path
        again = Client().get(path, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again["ETag"] == first["ETag"]
        head = Client().head(path)
        assert (head.status_code, head["ETag"]) == (200, first["ETag"]), path
        packed = Client().get(
            path, headers={"if-none-match": f"W/{first['ETag']}", "accept-encoding": "gzip"}
        )
        assert (packed.status_code, packed.content) == (304, b""), path


@pytest.mark.parametrize("address", walked(PUBLIC), ids=str)
def test_an_empty_day_is_today(address):
    asked = Client().get(f"{paths(address)[0]}?as-at=")
    today = Client().get(paths(address)[0])
    assert asked.status_code == today.status_code
    assert asked.get("X-Robots-Tag") == today.get("X-Robots-Tag")
    if asked["Content-Type"].startswith(("application/json", "application/atom", "text/csv")):
        cut = [re.sub(rb"as-at=[^&]*&", b"", answer.content) for answer in (asked, today)]
        assert cut[0] == cut[1]
