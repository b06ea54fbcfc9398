"""The staff pages of every role: each link opens, and each number is that of the rows behind it."""

import re
from datetime import UTC
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.urls import resolve, reverse

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import editors
from bhcp_portal.kit.editor.reach import may, reach_column, thing_of_cells
from partners.roles import Role
from tests.site.content import client_of, somebody

pytestmark = pytest.mark.usefixtures("content")


# Of these the kind of row matters too, not the page alone.
BY_KIND = {"staff:record_kind", "staff:record_add", "staff:record_file", "staff:record_begin"}


def links_in(answer):
    """The links of a page, but for those around it; those that send something away are forms."""
    html = answer.text.partition("<main")[2].partition("</main>")[0]
    return dict.fromkeys(unescape(link) for link in re.findall(r'href="(/[^"]*)"', html))


def same_page(link):
    """What links that lead to pages of one make have in common."""
    found = resolve(urlsplit(link).path)
    own = (found.kwargs or found.args) if found.view_name in BY_KIND else ""
    return found.view_name, str(own)


@pytest.mark.parametrize("held_for", ["all", "owner"])
@pytest.mark.parametrize("role", Role)
def test_each_link_two_taps_from_home_opens(role, held_for):
    client = client_of(somebody(role, held_for))
    opened, refused = {same_page("/staff/")}, []
    pages = [("home", client.get("/staff/"))]
    # The record and its like are one tap away in the navigation, which is around the page.
    around = re.findall(r'href="(/staff/[^"]*)"', pages[0][1].text.partition("<main")[0])
    pages += [(link, client.get(unescape(link))) for link in dict.fromkeys(around)]
    for tap in (1, 2):
        found = []
        for before, page in pages:
            for link in links_in(page):
                key = same_page(link)
                if key in opened or not key[0].startswith("staff:"):
                    continue
                opened.add(key)
                answer = client.get(link, follow=True)
                if answer.status_code != 200:
                    refused.append((tap, before, link, answer.status_code))
                elif "text/html" in answer.headers["Content-Type"]:
                    found.append((link, answer))
        pages = found
    assert not refused, refused


@pytest.mark.parametrize("role", [Role.RECORD_KEEPER, Role.PROGRAMME_EDITOR])
def test_who_writes_for_one_partner_is_offered_only_what_is_theirs(role):
    who = somebody(role, "owner")
    client, at = client_of(who), Present.now(UTC)
    offered = 0
    for editor in editors():
        shown = client.get(reverse("staff:record_kind", args=[editor.slug])).context
        add = client.get(reverse("staff:record_add", args=[editor.slug]), {"why": "now"})
        send = client.get(reverse("staff:record_file", args=[editor.slug]), {"why": "now"})
        status = 200 if shown["may_add"] else 403
        assert (add.status_code, send.status_code) == (status, status), editor.slug
        if not shown["may_add"]:
            continue
        offered += 1
        column = reach_column(editor)
        field = add.context["form"].fields[column]
        keys = [
            key for key, _ in getattr(field, "choices", field.__dict__.get("names", {}).items())
        ]
        assert any(keys), editor.slug
        for key in filter(None, keys):
            thing = thing_of_cells(editor, {column: key})
            assert may(who, editor.kind.writer, editor.kind, thing, at), (editor.slug, key)
    assert offered


@pytest.mark.parametrize("held_for", ["all", "owner"])
def test_each_link_of_the_home_page_opens_and_each_number_is_true(held_for):
    counted = 0
    for role in Role:
        client = client_of(somebody(role, held_for))
        home = client.get("/staff/")
        links = links_in(home)
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
