"""Every public answer carries an ETag, and who has it already is sent nothing (README)."""

import re
from itertools import cycle

import pytest
from django.test import Client

from tests.addresses import PUBLIC, walked
from tests.site.content import client_of, somebody
from tests.site.visits import answers_at

pytestmark = pytest.mark.usefixtures("content")


# It is there only where a contact is set, and then says a moment (test_feeds.py). A form that
# anybody may send is never kept.
# How long the worker's oldest job has waited is another number each second.
OF_THE_SECOND = "health_ready"
WITH_ANSWERS = [
    a
    for a in walked(PUBLIC)
    if a.name not in ("security_txt", OF_THE_SECOND) and not a.is_open_form
]


@pytest.mark.parametrize("address", WITH_ANSWERS, ids=str)
def test_who_has_a_public_answer_already_is_sent_nothing(address):
    """By turns as it was sent, and as a server asks that packs what it passes on.

    As an ETag tells of every byte, the person who may do everything is answered as a stranger is.
    """
    boss = client_of(somebody("superuser"))
    turns = cycle(((boss, False), (Client(), True)))
    for first, (client, is_packed) in zip(answers_at(address), turns, strict=False):
        assert first.status == 200, first.path
        # What was said years ago may be recorded today (README).
        assert "Last-Modified" not in first.headers, first.path
        etag = first.headers["ETag"]
        packed = {"if-none-match": f"W/{etag}", "accept-encoding": "gzip"}
        again = client.get(first.path, headers=packed if is_packed else {"if-none-match": etag})
        assert not again.cookies, first.path
        assert (again.status_code, again.content) == (304, b""), first.path
        assert is_packed or again["ETag"] == etag, first.path


@pytest.mark.parametrize("address", walked(PUBLIC), ids=str)
def test_an_empty_day_is_today(address):
    today = answers_at(address)[0]
    asked = Client().get(f"{today.path}?as-at=")
    assert asked.status_code == today.status
    assert asked.get("X-Robots-Tag") == today.headers.get("X-Robots-Tag")
    # Links to further pages take over what the address was asked.
    if asked["Content-Type"].startswith("text/html"):
        assert not re.search(r'href="[^"]*as-at=("|&)', asked.text), today.path
    is_data = asked["Content-Type"].startswith(("application/json", "application/atom", "text/csv"))
    if is_data and address.name != OF_THE_SECOND:
        cut = [re.sub(rb"as-at=[^&]*&", b"", each) for each in (asked.content, today.content)]
        assert cut[0] == cut[1]
