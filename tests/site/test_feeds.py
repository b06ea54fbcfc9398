"""What machines read: feeds, the sitemap, robots, health."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.changelog import ChangesAsked, change_rows, changes, statements
from bhcp_portal.feeds import _sentence
from bhcp_portal.kit.actions import publish, take_back
from bhcp_portal.kit.as_at import read_day
from bhcp_portal.kit.dates import Present, end_of
from bhcp_portal.kit.editor.editors import editor_carrying
from bhcp_portal.kit.kinds import kinds
from bhcp_portal.kit.statements import Origin
from tests.addresses import PUBLIC, walked
from tests.site.content import somebody
from tests.site.crawling import PAST_DAYS, crawled, each_past_day, of_today
from tests.site.examples import paths
from tests.site.test_public_bounds import FOR_MACHINES

FEEDS = ("news:feed", "changes_feed")
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

pytestmark = pytest.mark.usefixtures("content")
each_feed = pytest.mark.parametrize("name", FEEDS)


def read(name, day=None):
    """A feed as its element, with its entries."""
    answer = Client().get(reverse(name), {"as-at": day} if day else {})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    return feed, feed.findall(f"{ATOM}entry")


def published(element, name):
    return element.findtext(f"{ATOM}{name}") or ""


def links(element):
    return [link.get("href") for link in element.findall(f"{ATOM}link")]


@each_feed
def test_a_feed_is_the_same_whatever_host_was_asked(name):
    one, other = (
        Client().get(reverse(name), headers={"host": host}) for host in ("localhost", "[::1]")
    )
    assert one.content == other.content


@each_feed
def test_a_feed_names_itself_and_its_entries_once_with_dates(name):
    feed, entries = read(name)
    assert len(entries) > 10
    ids = [published(each, "id") for each in entries]
    assert len(set(ids)) == len(ids)
    assert published(feed, "id")
    assert published(feed, "id") not in ids
    # RFC 4287: an id is a whole IRI, and the feed or each entry has an author.
    whole = urlsplit(published(feed, "id"))
    assert whole.scheme in ("http", "https"), whole
    assert whole.netloc, whole
    assert [each for each in ids if not re.fullmatch(r"tag:[a-z.-]+,[0-9]{4}:[!-~]+", each)] == []
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Bay Health and Care Partners"
    assert [each for each in ids if re.search(r"/[a-z]+-[0-9]+$", each)] == [], "A key of ours."
    for each in (feed, *entries):
        assert published(each, "title").strip()
        assert datetime.fromisoformat(published(each, "updated")).tzinfo
    updated = [published(each, "updated") for each in entries]
    assert updated == sorted(updated, reverse=True)
    assert published(feed, "updated") == updated[0]


def test_what_ended_or_was_taken_back_is_listed_as_such_whatever_kind_it_is_of():
    day, now = date(2026, 10, 1), Present.now(UTC)
    standing = {kind: kind.model.objects.live(now).last() for kind in kinds()}
    for kind, row in standing.items():
        editor = editor_carrying(kind.slug)
        if editor and editor.ends:
            column = editor.table.attribute(editor.ends)
            assert kind.ends.removesuffix("_as") == column.removesuffix("_as"), kind
        if row and kind.ends:
            row.pk, row.origin, row.author = None, Origin.PORTAL, somebody("superuser")
            row.published_at = row.recorded_at = row.superseded_at = None
            row.published_as, row.here, row._state.adding = "", "{}", True
            setattr(row, kind.ends, day.isoformat())
            setattr(row, kind.ends.replace("_as", "_on"), day)
            publish(row, at=now)
    just_now = now - timedelta(minutes=1)
    # The newest come first; what the content said within the minute is not meant.
    newest = reversed(list(change_rows(statements(now, since=just_now), now)))
    said = {row.kind: row for row in newest}
    ended = {kind for kind, row in standing.items() if row and kind.ends}
    assert said.keys() >= ended
    for kind in ended:
        assert said[kind].text.lower().endswith("ended on 1 october 2026"), kind
        before = replace(said[kind], on_day=day - timedelta(days=1))
        assert before.text.lower().endswith("ends on 1 october 2026"), kind

    some = {kind: row for kind, row in standing.items() if row and kind.takes_back}
    for kind, row in some.items():
        take_back(kind.model.objects.filter(pk=row.pk), reason="It was a slip")
    rows = change_rows(changes(ChangesAsked(Present.now(UTC), since=just_now)), now)
    slips = [row for row in rows if row.taken_back_because == "It was a slip"]
    assert {row.kind for row in slips if row.is_taking_back} == some.keys()


def test_no_two_statements_of_the_record_go_by_the_same_name_and_each_may_be_an_id():
    keys = [item.key for item in change_rows(statements(timezone.now()), timezone.now())]
    assert [key for key, number in Counter(keys).items() if number > 1] == []
    assert [key for key in keys if not re.fullmatch(r"[a-z][a-z0-9TZ-]{1,120}", key)] == []


@each_feed
def test_every_link_of_a_feed_is_whole_and_leads_to_a_page(name):
    feed, entries = read(name)
    client, answers = Client(), {}
    for each in (feed, *entries):
        assert links(each)
        for address in links(each):
            parts = urlsplit(address)
            assert parts.scheme in ("http", "https"), address
            assert parts.netloc, address
            # Many entries speak of the same page.
            if parts.path not in answers:
                answers[parts.path] = client.get(parts.path, query_params=_asked(parts)).status_code
    assert set(answers.values()) == {200}


@each_feed
@pytest.mark.parametrize("day", PAST_DAYS)
def test_a_feed_of_a_past_day_holds_what_had_been_said_and_keeps_the_day(name, day):
    feed, entries = read(name, day)
    end = end_of(read_day(day))
    assert entries
    assert all(datetime.fromisoformat(published(each, "updated")) <= end for each in entries)
    for each in (feed, *entries):
        assert [address for address in links(each) if f"as-at={day}" not in address] == []


def _asked(parts):
    return dict(part.split("=") for part in parts.query.split("&") if part)


@each_feed
def test_words_in_a_feed_are_words(name):
    _, entries = read(name)
    for each in entries:
        for word in ("title", "summary", "content"):
            element = each.find(f"{ATOM}{word}")
            if element is not None:
                assert not list(element), "Markup of ours became part of the feed."


# Words of drafts, of what was withdrawn or removed, and of notes among staff, as the content has them.
HIDDEN = ("Ask the estates team again", "Only begun.", "@example.org")
NOT_PUBLIC = [f"/news/example-{state}/" for state in ("draft", "submitted", "returned", "approved")]


@pytest.mark.parametrize("name", [*FEEDS, "sitemap"])
def test_nothing_that_is_hidden_is_told_to_machines(name):
    text = Client().get(reverse(name)).text
    never = (*HIDDEN, *NOT_PUBLIC, "/staff/", "/admin/")
    assert [words for words in never if words in text] == []


@of_today
def test_nothing_that_is_hidden_is_on_a_public_page(day):
    crawl, client = crawled(day), Client()
    assert crawl.linked & set(NOT_PUBLIC) == set()
    assert [client.get(path).status_code for path in NOT_PUBLIC] == [404] * len(NOT_PUBLIC)
    pages = crawl.pages.values()
    assert [(page.url, words) for page in pages for words in HIDDEN if words in page.text] == []


def test_of_a_withdrawn_item_the_feed_tells_that_it_was_withdrawn_and_why_alone():
    _, entries = read("news:feed")
    [withdrawn] = [each for each in entries if "/example-withdrawn/" in links(each)[0]][:1]
    assert published(withdrawn, "title").startswith("Withdrawn: ")
    assert published(withdrawn, "summary") == "This item was withdrawn: It was not true."
    assert len([each for each in entries if "/example-withdrawn/" in links(each)[0]]) == 1


# -- the sitemap --------------------------------------------------------------------------------------


@of_today
def test_the_sitemap_names_every_page_that_is_linked_and_no_other(day):
    answer = Client().get(reverse("sitemap"))
    sitemap = ElementTree.fromstring(answer.content)
    found = [each.text for each in sitemap.iter(f"{SITEMAP}loc")]
    assert len(set(found)) == len(found)
    assert all(address.startswith("http") for address in found)
    paths_found = {urlsplit(address).path for address in found}
    pages = crawled(day).pages
    for_machines = {reverse(name) for name in FEEDS}
    missing = {
        path
        for path, page in pages.items()
        # Files and the API are no pages.
        if page.status == 200 and page.html and path not in for_machines
    }
    assert missing - paths_found == set()
    client = Client()
    unread = sorted(paths_found - set(pages))
    # The crawl answered for the others; of these hundreds, made by few views, some are asked.
    assert {path: client.get(path).status_code for path in unread[::27]} == dict.fromkeys(
        unread[::27], 200
    )


@each_past_day
def test_the_sitemap_of_a_past_day_knows_no_more_than_that_day(day):
    client = Client()
    sitemap = ElementTree.fromstring(client.get(reverse("sitemap"), {"as-at": day}).content)
    found = [urlsplit(each.text).path for each in sitemap.iter(f"{SITEMAP}loc")]
    assert found
    # Those that the crawl of the day has not read are all made by few views; some are asked.
    read_already = {path for path, page in crawled(day).pages.items() if page.status == 200}
    asked = sorted(set(found) - read_already)[::9]
    assert {path: client.get(path, {"as-at": day}).status_code for path in asked} == dict.fromkeys(
        asked, 200
    )


# -- for the server's keepers -------------------------------------------------------------------------


def test_robots_are_kept_from_staff_and_shown_the_sitemap():
    text = Client().get(reverse("robots")).text
    assert "Disallow: /staff/" in text
    assert "Disallow: /admin/" in text
    assert text.splitlines()[-1].startswith("Sitemap: http")


def test_health_says_so():
    client = Client()
    assert client.get(reverse("health_live")).json() == {"status": "ok"}
    assert client.get(reverse("health_ready")).json()["status"] == "ok"


def test_security_txt_names_whom_to_tell_where_somebody_is_named(settings):
    client = Client()
    assert client.get(reverse("security_txt")).status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    text = client.get(reverse("security_txt")).text
    assert "Contact: mailto:security@example.org" in text
    assert "Expires: " in text


def test_no_address_for_machines_sets_a_cookie_even_when_asked_wrongly():
    client = Client()
    for address in walked(PUBLIC):
        if address.name in FOR_MACHINES:
            assert not client.get(paths(address)[0], {"as-at": "yesterday"}).cookies


def test_a_kind_without_words_has_no_colon():
    row = SimpleNamespace(name="Community", text="", places="")
    assert _sentence(row, names_kind=True) == "Community."
    row.text, row.places = "Kendal", "Kendal"
    assert _sentence(row, names_kind=True) == "Community: Kendal. For Kendal."
    assert _sentence(row, names_kind=False) == "Kendal. For Kendal."
