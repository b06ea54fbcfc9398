"""Walking the public site by its links, as a reader does who starts at the home page."""

import re
from dataclasses import dataclass, field
from zlib import crc32

import pytest
from django.test import Client

from tests.site.once import once
from tests.site.reading import Page, query, read

PAST_DAYS = ("2015-12-31", "2017-12-31", "2019-12-31")


def _on(*days):
    """Tests that read the crawl of a day run in the worker that made it, by their names (tests/conftest.py)."""
    named = [pytest.param(day, id=f"crawl of {day or 'today'}") for day in days]
    return pytest.mark.parametrize("day", named)


of_today, each_past_day, today_and_each_past_day = _on(None), _on(*PAST_DAYS), _on(None, *PAST_DAYS)
# What is reached by links but is not for reading on a past day.
ELSEWHERE = ("/staff/", "/static/", "/admin/")
# There are many of these, all made by one view: of each, so many are read.
ONE_IN = (
    (r"/sources/.+", 36),
    (r"/news/.+", 6),
    (r"/programmes/.+/updates/", 6),
    (r"/open-data/.+\.csv", 6),
)
# On a past day of these too, each day others.
ONE_IN_ON_A_PAST_DAY = ((r"/(programmes|metrics|partners|iccs(?!/find))/[^/]+/", 3),)


@dataclass
class Crawl:
    """The pages that were read, by their paths, and every path that some link led to."""

    pages: dict[str, Page] = field(default_factory=dict)
    linked: set[str] = field(default_factory=lambda: {"/"})


@once
def crawled(day):
    """Every public page that links without a question lead to from ``/``.

    ``day``: as the site stood on it, or ``None`` for today; only the day itself is then asked for. The content does not change while the
    tests run, so this is done once.
    """
    client = Client()
    asked = {"as-at": day} if day else {}
    crawl, waiting = Crawl(), ["/"]
    while waiting:
        path = waiting.pop()
        answer = client.get(path, asked)
        is_page = answer.get("Content-Type", "").startswith("text/html")
        url = f"{path}?as-at={day}" if day else path
        page = read(url, answer.status_code, answer.text if is_page else "")
        page.headers, page.pieces = dict(answer.headers), set()
        crawl.pages[path] = page
        for link in page.addresses():
            there = link.partition("?")[0]
            if query(link) != asked or there.startswith(ELSEWHERE) or there in crawl.linked:
                continue
            crawl.linked.add(there)
            if _is_read(there, day):
                waiting.append(there)
    return crawl


def _is_read(path, day):
    if "/example-" in path:
        return True
    return all(
        crc32(f"{path}{day or ''}".encode()) % number == 0
        for pattern, number in (*ONE_IN, *(ONE_IN_ON_A_PAST_DAY if day else ()))
        if re.fullmatch(pattern, path)
    )
