import re
from xml.etree import ElementTree

import pytest

from tests.factories.newsroom import news

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/?as-at=2017-06-30%00", 400),
        ("/changes/?since=2017%01%02", 400),
        ("/programmes/?q=a%00b", 200),
        ("/iccs/find/?q=%00", 200),
        ("/iccs/find/?q=%01%02zz%0b%7f%c2%80%c2%9f%ef%bf%be", 200),
    ],
)
def test_no_control_character_of_an_address_comes_into_a_page(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert CONTROLS.findall(answer.content.decode()) == []
    assert answer.headers.get("Content-Length") in (None, str(len(answer.content)))


@pytest.mark.django_db
def test_other_characters_come_into_a_page_as_they_were_typed(client):
    page = client.get("/iccs/find/", {"q": "Zürich 漢字"}).content.decode()
    assert "Zürich 漢字" in page


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/news/feed/", "/changes/feed/"])
def test_a_feed_can_be_read_whatever_characters_its_words_hold(client, address):
    news("A\x0bnew\ufffe clinic", summary="It\x1f opened.")
    entry = ElementTree.fromstring(client.get(address).content).find("{*}entry")
    assert "Anew clinic" in "".join(entry.itertext())
