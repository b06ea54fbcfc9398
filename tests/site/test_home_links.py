"""The staff home page of every role: each link opens, and each number is that of the rows behind it."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from partners.roles import Role
from tests.site.content import client_of, somebody

pytestmark = pytest.mark.usefixtures("content")


@pytest.mark.parametrize("held_for", ["all", "owner"])
def test_each_link_of_the_home_page_opens_and_each_number_is_true(held_for):
    counted = 0
    for role in Role:
        client = client_of(somebody(role, held_for))
        home = client.get("/staff/")
        html = home.text.partition("<main")[2].partition("</main>")[0]
        links = dict.fromkeys(unescape(link) for link in re.findall(r'href="(/[^"]*)"', html))
        # Links that go to the same kind of page differ in the row alone, so that one of each is opened.
        of_each = {resolve(urlsplit(link).path).view_name: link for link in links}
        for link in of_each.values():
            assert client.get(link).status_code == 200, (role, link)
        for box in home.context["boxes"]:
            folded = [entry for fold in box.folds for entry in fold.entries]
            assert len(box.shown) + len(folded) == len(box.entries), (role, box.box)
            for many, address, number in box.together:
                behind = client.get(address).context
                rows = (
                    behind["page"].paginator.count
                    if "page" in behind
                    else sum(may_end for _, may_end in behind["programmes"])
                )
                assert rows == number, (role, many)
                counted += 1
    assert counted
