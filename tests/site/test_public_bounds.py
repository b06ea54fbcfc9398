"""CONTRACT 2 and 7 on every public address: what it answers, what it may cost, what a past day may know."""

import gzip
import re
from datetime import date
from functools import cache

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.db import models
from django.test import Client
from django.urls import reverse

from bhcp_portal.kit import guards
from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.statements import Statement
from bhcp_portal.package import described
from partners.models import TermMeaning, site_name
from tests.addresses import PUBLIC, walked
from tests.site.crawling import (
    ELSEWHERE,
    crawled,
    each_past_day,
    of_today,
    today_and_each_past_day,
)
from tests.site.examples import paths
from tests.site.reading import query, read
from tests.site.visits import answers_at

MOST_QUERIES = 12
MOST_BYTES = 60_000
# These take no day (CONTRACT 2).
FOR_MACHINES = {"health_live", "health_ready", "robots", "security_txt"}
# The API's page tells of all of its addresses and leads to its lists.
OF_ONE_IN_THE_API = {
    f"api:{name}"
    for name in ("programme", "icc", "partner", "metric", "readings", "analysis", "news_item")
}
NOT_LINKED = (FOR_MACHINES - {"robots"}) | OF_ONE_IN_THE_API
# A file, not a page: it asks a query a table, once for each state of the data (bhcp_portal/open_data.py).
ASKS_MORE = {"portal_zip"}
# Words that no public page shows as they stand.
NOT_SHOWN = {"internal_note", "decision_remarks", "body", "code"}
# A period that a source counted may have been looked forward to by another.
NOT_TELLING = {"publisher", "period"}
ON_EVERY_PAGE = ("Bay Health and Care Partners", "Better Care Together")
NO_DATES = (
    "2017-02-30",
    "yesterday",
    "2017-6-1",
    "2017-06-30T00:00",
    "0000-01-01",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "2" * 5000,
    "2017-06-30\x00",
    "٢٠١٧-٠٦-٣٠",
)

pytestmark = pytest.mark.usefixtures("content")
every_public_address = pytest.mark.parametrize("address", walked(PUBLIC), ids=str)
with_a_day = pytest.mark.parametrize(
    "address", [a for a in walked(PUBLIC) if a.name not in FOR_MACHINES], ids=str
)


# -- every address ------------------------------------------------------------------------------------


def test_each_table_that_a_public_page_reads_moves_the_revision(content):
    """Else an answer that was kept would go on saying what no longer stands."""
    public = [model for model in apps.get_models() if guards.is_public(model)]
    # What the history tells of a row changes with it.
    named = {
        each._meta.db_table
        for model in public
        for each in (model, getattr(model, "pgh_event_model", model))
    }
    # What was worked out of them says the same as they do, whether it is there or not.
    named |= {
        each._meta.db_table for each in apps.get_models() if getattr(each, "IS_READ_MODEL", False)
    }
    read = {
        (table, str(address))
        for address in walked(PUBLIC)
        if address.name not in FOR_MACHINES
        for answer in answers_at(address)
        for table in answer.tables - named
    }
    assert not read


@every_public_address
def test_every_public_address_answers_within_its_bounds(address):
    faults = []
    for answer in answers_at(address):
        path = answer.path
        if answer.status != (404 if address.name == "security_txt" else 200):
            faults.append(f"{path} answers {answer.status}")
        if answer.cookies:
            faults.append(f"{path} sets a cookie")
        if "Cookie" in answer.headers.get("Vary", ""):
            faults.append(f"{path} varies by cookie: something read the session")
        if not answer.policy.startswith("default-src 'none'"):
            faults.append(f"{path} sends no policy")
        if answer.queries > MOST_QUERIES and address.name not in ASKS_MORE:
            faults.append(f"{path} asks the database {answer.queries} times")
        if answer.is_html:
            faults += _of_the_page(read(path, answer.status, answer.text))
    assert faults == []


def _of_the_page(page):
    """What a page fetches must be ours, and little."""
    for address in page.fetched:
        if not address.startswith("/static/"):
            yield f"{page.url} fetches {address}"
    weight = _zipped(page.html.encode()) + sum(map(_weight, set(page.fetched)))
    if weight > MOST_BYTES:
        yield f"{page.url} weighs {weight} bytes at the first visit"
    if page.html.count("<h1") != 1:
        yield f"{page.url} has {page.html.count('<h1')} headings of the first level"


@cache
def _weight(address):
    """The bytes of a static file over the wire; photographs do not count."""
    if re.search(r"\.(jpe?g|webp|avif)$", address):
        return 0
    found = finders.find(address.removeprefix("/static/"))
    assert found, f"{address} is no static file."
    with open(found, "rb") as file:
        return _zipped(file.read())


def _zipped(content):
    return len(gzip.compress(content, 6))


@every_public_address
def test_every_public_address_answers_head(address):
    """That they refuse to be written to is held in test_methods.py and test_permission_matrix.py."""
    there = answers_at(address)[0]
    head = Client().head(there.path)
    assert (head.status_code, head.content) == (there.status, b"")
    # The health of the worker is of the second.
    if address.name != "health_ready":
        assert head.get("ETag") == there.headers.get("ETag")


# -- any day ------------------------------------------------------------------------------------------


@with_a_day
def test_the_first_day_that_can_be_written_is_answered(address):
    path = answers_at(address)[0].path
    assert Client().get(path, {"as-at": "0001-01-01"}).status_code in (200, 404)


@with_a_day
def test_a_future_day_is_answered_as_now(address):
    now = answers_at(address)[0]
    later = Client().get(now.path, {"as-at": "2126-01-01"})
    assert (later.status_code, later.get("X-Robots-Tag")) == (200, None)
    if now.is_html:
        assert _shown(later) == _shown(now)


def _shown(answer):
    """What a page says, without the address that it says on paper."""
    return read("/", 200, answer.text).text.replace("?as-at=2126-01-01", "")


@pytest.mark.parametrize("text", NO_DATES, ids=lambda text: repr(text[:20]))
def test_what_is_no_date_is_refused_with_a_sentence_everywhere(text):
    client, faults = Client(), []
    for address in walked(PUBLIC):
        answer = client.get(paths(address)[0], {"as-at": text})
        if address.name in FOR_MACHINES:
            if answer.status_code not in (200, 404):
                faults.append(f"{address} answers {answer.status_code}")
        elif answer.status_code != 400 or "is not a date" not in answer.text:
            faults.append(f"{address} answers {answer.status_code}")
        if "<script>alert" in answer.text:
            faults.append(f"{address} says it as it came")
    assert faults == []


@pytest.mark.parametrize("text", NO_DATES, ids=lambda text: repr(text[:20]))
def test_what_is_no_date_is_refused_of_changes_too(text):
    for name in ("since", "from", "to"):
        answer = Client().get(reverse("changes"), {name: text})
        assert answer.status_code == 400
        assert "is not a date" in answer.text


# -- from page to page --------------------------------------------------------------------------------


@of_today
def test_every_public_page_is_reached_from_home_by_links_without_a_question(day):
    found = crawled(day).linked
    missed = [
        address.route
        for address in walked(PUBLIC)
        if address.name not in NOT_LINKED
        if paths(address)[0] not in found
    ]
    assert missed == []


@today_and_each_past_day
def test_no_link_leads_to_nothing(day):
    assert [page.url for page in crawled(day).pages.values() if page.status != 200] == []


@today_and_each_past_day
def test_a_link_within_a_page_has_its_target_and_opens_what_is_folded_round_it(day):
    """A browser opens a fold round what a link leads to, but not one that has the name itself."""
    faults = []
    for page in crawled(day).pages.values():
        names = set(re.findall(r'\sid="([^"]+)"', page.html))
        folds = set(re.findall(r'<(?:details|summary)\b[^>]*\sid="([^"]+)"', page.html))
        for link in {link[1:] for link in page.links if len(link) > 1 and link[0] == "#"}:
            if link not in names:
                faults.append(f"{page.url}: nothing is #{link}")
            elif link in folds:
                faults.append(f"{page.url}: #{link} is a fold and stays closed")
    assert sorted(set(faults)) == []


@of_today
def test_every_source_that_a_page_names_is_out_today(day):
    later = "A source that was published later"
    assert [page.url for page in crawled(day).pages.values() if later in page.text] == []


@each_past_day
def test_links_on_a_past_page_keep_the_day(day):
    faults = []
    for page in crawled(day).pages.values():
        back = _back_to_today(page)
        for link in page.addresses():
            there = link.partition("?")[0]
            if there.startswith(ELSEWHERE) or link == back:
                continue
            if query(link).get("as-at") != day and not _names_its_own_day(link, day):
                faults.append(f"{page.url}: {link}")
        faults += [
            f"{page.url}: the form for {form.action} forgets the day"
            for form in page.forms
            if form.untouched().get("as-at") != [day]
        ]
    assert sorted(set(faults)) == []


def _back_to_today(page):
    found = re.search(r'class="bhcp-past__link" href="([^"]*)"', page.html)
    return found and found[1]


def _names_its_own_day(link, day):
    """The home page offers other days on which the record is full, none of them later."""
    return "as-at" in query(link) and query(link)["as-at"] <= day


@each_past_day
def test_a_past_page_says_which_day_it_is_and_stays_out_of_search_engines(day):
    written = f"as it stood on {int(day[8:])} December {day[:4]}"
    faults = []
    for page in crawled(day).pages.values():
        if page.html and written not in page.text:
            faults.append(f"{page.url} does not say the day")
        if page.html and '<meta name="robots" content="noindex">' not in page.html:
            faults.append(f"{page.url} may be indexed")
        if page.headers.get("X-Robots-Tag") != "noindex":
            faults.append(f"{page.url} may be indexed, by its header")
    assert faults == []


@each_past_day
def test_a_past_page_knows_nothing_that_was_said_later(day):
    at = end_of(date.fromisoformat(day))
    later = _said_later(at)
    assert len(later) > 50, "The check would find nothing."
    pages = crawled(day).pages
    everything = " ".join(page.text for page in pages.values())
    leaks = [
        f"{page.url} says “{text[:80]}” ({where})"
        for text, where in later.items()
        if text in everything
        for page in pages.values()
        if text in page.text
    ]
    assert leaks == []


def _said_later(at):
    """Texts that were first said after a moment, and where; none that was part of anything said before."""
    before, after = [], {}
    for model in apps.get_models():
        if not issubclass(model, Statement) or model._meta.abstract:
            continue
        fields = [f.name for f in model._meta.fields if _holds_words(f)]
        if model is TermMeaning:
            # A word was in use before anybody explained it.
            fields.remove("name")
        published = model.objects.filter(published_at__isnull=False)
        for row in published.values("published_at", *fields):
            moment = row.pop("published_at")
            for name, text in row.items():
                text = re.sub(r"\s+", " ", text).strip()
                if moment <= at:
                    before.append(text)
                elif len(text) > 12:
                    after[text] = f"{model.__name__}.{name}"
    # The page of open data describes every table in our own words, on any day.
    known = " ".join([*before, *ON_EVERY_PAGE, described(site_name()).lower()])
    return {text: where for text, where in after.items() if text not in known}


def _holds_words(field):
    texts = isinstance(field, models.CharField | models.TextField) and not field.choices
    return texts and field.name not in NOT_SHOWN | NOT_TELLING
