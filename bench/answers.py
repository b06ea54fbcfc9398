"""How fast the portal answers, beside a hello-world view of Django in the same kind of server.

Both run as in production: gunicorn, two processes, PostgreSQL beside them, on a copy of the first data. A
ratio is answers a second over those of hello world in a slice of the same seconds; slices alternate and
the median of their ratios counts, so that what else the machine does falls on both. Who asks runs on the
same cores. All of it takes about a quarter of an hour.
"""

import contextlib
import itertools
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench._page_kinds import kinds
from bench._portal import (
    SITE,
    Owner,
    Visitor,
    Web,
    first_data,
    fresh_address,
    hello_world,
    megabytes,
    per_second,
    portal,
    settings_for,
    visitors,
)
from bench.run import Figure
from bhcp_portal import database, env
from tests.processes import environment, free_port

SLICES = 3
SECONDS_OF_A_PAGE, SECONDS_OF_HELLO = 0.8, 0.3
SLICES_OF_KEPT, SECONDS_OF_KEPT = 5, 1.5
YEARS = range(2017, date.today().year)  # noqa: DTZ011  any day will do
PUBLICATIONS, READERS_OF_EACH_PROCESS = 10_000, 2
# Of what the two publishers publish by turns; each has so many pages.
PAGES = 60
ADDRESSES, SECONDS_OF_ADDRESSES = 100_000, 120
FLOOD_A_SECOND, SECONDS_OF_FLOOD = 50, 60
SECONDS_TO_ANSWER = 60
COSTLIEST = 8


def figures():
    load = []
    with database.throw_away(first_data()) as server, hello_world() as hello:
        with portal(server) as web:
            bench = _Bench(server, web, hello)
            yield from bench.pages_not_kept()
            load.append(os.getloadavg()[0])
            yield from bench.past_days()
            load.append(os.getloadavg()[0])
            yield from bench.kept()
            yield from _stale_answers(server, web)
            load.append(os.getloadavg()[0])
        # Anew, so that its memory is of these addresses alone.
        with portal(server) as web:
            yield _memory(web, bench.kinds, bench.by_cost()[-COSTLIEST:])
        with portal(server) as web:
            yield from _flood(web, bench.by_cost()[:COSTLIEST])
            load.append(os.getloadavg()[0])
    yield _second_start()
    yield Figure(
        what="hello world, median of its slices", value=median(bench.of_hello), unit="a second"
    )
    yield Figure(
        what="load average of the machine meanwhile, other work included",
        value=max(load),
        unit="processes",
    )


# --- Ratios ---------------------------------------------------------------------------------------


class _Bench:
    """The kinds of pages of one server, and how long each took beside hello world."""

    def __init__(self, server: database.Server, web: Web, hello: Web) -> None:
        self.owner = Owner(server)
        self.web, self.hello = web, hello
        with Visitor(web.port) as visitor:
            self.kinds = kinds(server, lambda path: visitor.ask(path, fresh_address()))
        self.pages = [kind for kind in self.kinds if kind.is_page]
        self.files = [kind for kind in self.kinds if not kind.is_page]
        self.of_hello: list[float] = []
        self.ratios: dict = {}

    def pages_not_kept(self):
        """Each request comes after a publication, so each is built."""

        def asked(kind):
            def ask(visitor):
                self.owner.move_revision()
                _expect(visitor.ask(kind.path, fresh_address()), kind.path)

            return ask

        found = self._ratios({kind: asked(kind) for kind in self.pages})
        # No bar is set for these.
        found |= self._ratios({kind: asked(kind) for kind in self.files}, slices=1)
        self.ratios = found
        words = "first visit after a publication"
        for kind in self.pages:
            bar = 0.06 if kind.name == "changes" else 0.02
            yield _ratio(f"{words}, {kind}", found[kind], bar)
        yield _ratio(
            f"{words}, median of {len(self.pages)} kinds of pages",
            _median([found[kind] for kind in self.pages]),
            0.04,
        )
        for kind in self.files:
            yield _ratio(f"{words}, {kind}", found[kind])

    def past_days(self):
        """Each request is of another day, which nobody asked for before."""
        whole = {kind: days for kind in self.pages if (days := self._days(kind))}

        def asked(kind, days):
            turns = itertools.cycle(days)

            def ask(visitor):
                path = f"{kind.path}?as-at={next(turns)}"
                _expect(visitor.ask(path, fresh_address()), path)

            return ask

        found = self._ratios({kind: asked(kind, days) for kind, days in whole.items()})
        for kind, ratio in found.items():
            yield _ratio(f"a past day never asked, {kind}", ratio, 0.01)
        yield _ratio(
            f"a past day never asked, median of {len(found)} kinds of pages",
            _median(found.values()),
            0.02,
        )

    def _days(self, kind):
        """The days of past years, in any order, from the first year at whose start there was such a page.

        None of a page that is there no more at the end of last year.
        """
        with Visitor(self.web.port) as visitor:

            def is_there(day):
                return visitor.ask(f"{kind.path}?as-at={day}", fresh_address()).status == 200

            first = next((year for year in YEARS if is_there(date(year, 1, 1))), None)
            last = date(YEARS[-1], 12, 31)
            if first is None or not is_there(last):
                return []
        days = [
            date(first, 1, 2) + timedelta(days=n) for n in range((last - date(first, 1, 2)).days)
        ]
        random.Random(kind.name).shuffle(days)
        return days

    def kept(self):
        """All kinds of pages by turns: compressed and whole, and 304 to who has them already."""
        tags: dict = {}
        # Each process builds each page once.
        with visitors(self.web, 1, "/health/live") as those:
            for visitor, kind in itertools.product(those, self.pages):
                visitor.host = SITE
                reply = visitor.ask(kind.path, fresh_address())
                _expect(reply, kind.path)
                # A page with an open form is never kept, and has none.
                if tag := reply.header("ETag"):
                    tags[kind.path] = f"If-None-Match: {tag}\r\n"
        paths = list(tags)
        turns = itertools.cycle(paths)

        def whole(visitor):
            visitor.host = SITE
            _expect(visitor.ask(next(turns), fresh_address()), "a kept page")

        def unchanged(visitor):
            path = next(turns)
            visitor.host = SITE
            _expect(visitor.ask(path, fresh_address(), tags[path]), path, 304)

        found = self._ratios(
            {"kept": whole, "304": unchanged}, SLICES_OF_KEPT, SECONDS_OF_KEPT, SECONDS_OF_KEPT
        )
        those_kept = f"by turns the {len(paths)} of {len(self.pages)} kinds of pages that are kept"
        yield _ratio(f"kept and compressed, {those_kept}", found["kept"], 0.7)
        yield _ratio(f"304, {those_kept}", found["304"], 0.8)

    def by_cost(self):
        """The kinds, those that took longest first."""
        return sorted(self.ratios, key=self.ratios.get)

    def _ratios(self, asked, slices=SLICES, seconds=SECONDS_OF_A_PAGE, of_hello=SECONDS_OF_HELLO):
        """For each of some ways to ask: the medians of its slices over those of hello world."""
        found: dict = {each: [] for each in asked}
        for _ in range(slices):
            for each, ask in asked.items():
                rate = per_second(self.web, seconds, ask)
                beside = per_second(self.hello, of_hello, lambda visitor: visitor.ask("/"))
                self.of_hello.append(beside.a_second)
                found[each].append(
                    (
                        rate.a_second / beside.a_second,
                        # Where it is too little to be counted, nothing can be compared.
                        beside.seconds_of_work / max(rate.seconds_of_work, 1e-6),
                    )
                )
        return {each: _median(both) for each, both in found.items()}


class _Ratio(NamedTuple):
    """Answers a second over those of hello world, and the same by the processor time of an answer.

    The second hardly changes with what else the machine does, and leaves out what an answer waits for.
    """

    by_answers: float
    by_work: float


def _ratio(what, ratio, bar=None):
    return Figure(
        what=what,
        value=ratio.by_answers,
        unit="of hello world",
        at_least=bar,
        beside=ratio.by_work,
        beside_name="that by processor time",
    )


def _median(ratios):
    return _Ratio(*map(median, zip(*ratios, strict=True)))


def _expect(reply, path, status=200):
    if reply.status != status:
        raise RuntimeError(f"{path} answers {reply.status}: {reply.body[:200]!r}")


# --- Nothing stale --------------------------------------------------------------------------------


def _stale_answers(server, web):
    """Two publishers, each in a process of its own, and readers on both processes of the web.

    A publisher gives one page after the other a title with the number of the publication, and notes the
    number when its transaction has ended. A reader notes what is public before it asks. It asks for the list
    of pages, which each publication changes, and for one of the pages, which is mostly the same as
    before: so that about half of the answers are 304. Each names the ETag that it had last.
    """
    context = multiprocessing.get_context("spawn")
    floors = context.Array("q", [0, 0, 0])
    each = PUBLICATIONS // 2
    publishers = [
        context.Process(target=_publish, args=(settings_for(server), number, each, floors))
        for number in (0, 1)
    ]
    counts: Counter = Counter()
    is_over = threading.Event()
    failures: list[Exception] = []
    for publisher in publishers:
        publisher.start()
    while min(floors[:2]) < 1 and all(publisher.is_alive() for publisher in publishers):
        time.sleep(0.05)
    began = time.perf_counter()
    with visitors(web, READERS_OF_EACH_PROCESS, "/health/live") as those:
        readers = [
            threading.Thread(target=_read, args=(visitor, floors, counts, is_over, failures))
            for visitor in those
        ]
        for reader in readers:
            reader.start()
        while floors[:2] != [each, each] and any(those.is_alive() for those in publishers):
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        is_over.set()
        for reader in readers:
            reader.join()
    for publisher in publishers:
        publisher.join()
    if failures:
        raise failures[0]
    if any(publisher.exitcode for publisher in publishers) or floors[:2] != [each, each]:
        raise RuntimeError("A publisher ended early; it says why above.")
    asked = counts[200] + counts[304]
    yield Figure(
        what=f"stale among {asked:,} answers ({counts[304] / asked:.0%} of them 304) of two processes while two "
        f"publishers publish {PUBLICATIONS:,} times in {seconds:.0f} s",
        value=counts["stale"],
        unit="answers",
        at_most=0,
    )
    yield Figure(
        what="other answers than 200 and 304 meanwhile",
        value=counts.total() - asked - counts["stale"],
        unit="answers",
        at_most=0,
    )


def _publish(given, number, times, floors):
    """In a process of its own: publish so many times. ``floors`` holds what is public since."""
    os.environ.update(given)
    import django

    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from bhcp_portal.kit.actions import publish
    from bhcp_portal.kit.sources import Source
    from newsroom.models import PageVersion, StandingPage

    words = {
        "body": "Words.",
        "review_on": date(2099, 1, 1),
        "responsible": "The office",
        "origin": "document",
        "source": Source.objects.order_by("pk")[0],
    }
    pages = [StandingPage.objects.create(slug=f"bench-{number}-{index}") for index in range(PAGES)]
    for turn in range(1, times + 1):
        index = turn % PAGES
        with transaction.atomic():
            version = PageVersion(page=pages[index], title=f"Bench {number} {turn}.", **words)
            publish(version, at=timezone.now())
        # Each of the first two has one writer; the third is of the page that readers ask for too.
        floors[number] = turn
        if (number, index) == (0, 0):
            floors[2] = turn


TITLE = re.compile(rb"Bench ([01]) (\d+)\.")
PAGE_ASKED = "/pages/bench-0-0/"


def _read(visitor, floors, counts, is_over, failures):
    known: dict = {}
    try:
        for path in itertools.cycle(("/pages/", PAGE_ASKED)):
            if is_over.is_set():
                return
            of_all, of_page = floors[:2], floors[2]
            tag, newest = known.get(path, ("", None))
            headers = f"If-None-Match: {tag}\r\n" if tag else ""
            reply = visitor.ask(path, fresh_address(), headers)
            if path == PAGE_ASKED and not of_page and reply.status == 404:
                continue
            counts[reply.status] += 1
            if reply.status == 200:
                newest = _newest(reply.body)
                known[path] = reply.header("ETag"), newest
            elif reply.status != 304:
                continue
            if path == PAGE_ASKED:
                counts["stale"] += newest[0] < of_page
            else:
                counts["stale"] += any(newest[n] < of_all[n] for n in (0, 1))
    except Exception as error:
        failures.append(error)


def _newest(body):
    """The highest number of each publisher on a page."""
    import gzip

    newest = [0, 0]
    for number, turn in TITLE.findall(gzip.decompress(body)):
        newest[int(number)] = max(newest[int(number)], int(turn))
    return newest


# --- Memory ---------------------------------------------------------------------------------------


def _memory(web, found, quickest):
    """Every kind of page and file on one past day after the other; for the second half of the time the
    quickest alone, so that there are many more of them."""
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011
    asked: Counter = Counter()
    for those in (found, quickest):
        of_those = (
            f"{kind.path}?as-at={yesterday - timedelta(days=back)}"
            for back in range(300_000)
            for kind in those
        )
        lock = threading.Lock()

        def ask(visitor, of_those=of_those, lock=lock):
            with lock:
                path = next(of_those)
                asked[path] += 1
            visitor.ask(path, fresh_address())

        per_second(web, SECONDS_OF_ADDRESSES / 2, ask)
    number = len(asked)
    return Figure(
        what=f"most memory of a web process after {number:,} different addresses, past days of all kinds and then of the "
        f"quickest (not {ADDRESSES:,}: as many as it answers in {SECONDS_OF_ADDRESSES} s)",
        value=max(map(megabytes, web.workers)),
        unit="MB",
        at_most=300,
    )


# --- A flood --------------------------------------------------------------------------------------


def _flood(web, costliest):
    """One address asks for the costliest kinds, today's and past days', and a person reads elsewhere."""
    rng = random.Random(5)
    counts: Counter = Counter()
    waits: dict[str, list[float]] = {"health": [], "person": []}
    of_person: Counter = Counter()
    pages = ["/", "/programmes/", "/metrics/", "/metrics/ae-four-hours/", "/iccs/", "/news/"]

    def flood():
        kind = rng.choice(costliest)
        day = date(2017, 1, 1) + timedelta(days=rng.randrange(2500))
        path = rng.choice([kind.path, f"{kind.path}?as-at={day}"])
        counts[_answer(web, path, "10.200.0.1")] += 1

    def health():
        began = time.monotonic()
        _answer(web, "/health/live", "10.200.0.3")
        waits["health"].append(time.monotonic() - began)

    def person():
        began = time.monotonic()
        of_person[_answer(web, rng.choice(pages), "10.200.0.2")] += 1
        waits["person"].append(time.monotonic() - began)

    threads = []
    began = time.monotonic()
    for number in range(FLOOD_A_SECOND * SECONDS_OF_FLOOD):
        asked = [flood]
        if number % FLOOD_A_SECOND == 0:
            asked += [health, person]
        for ask in asked:
            thread = threading.Thread(target=ask)
            thread.start()
            threads.append(thread)
        time.sleep(max(0, began + (number + 1) / FLOOD_A_SECOND - time.monotonic()))
    for thread in threads:
        thread.join()
    refused = counts[429] + counts["503 with Retry-After"]
    told = f"{FLOOD_A_SECOND} requests a second of the costliest addresses for {SECONDS_OF_FLOOD} s, by one address"
    bad = counts.total() - sum(counts[status] for status in (200, 304, 404)) - refused
    yield Figure(
        what=f"{told}: answers that are none, or 5xx other than 503 with Retry-After "
        f"({counts[200]:,} were 200, {refused:,} were told to wait)",
        value=bad,
        unit="answers",
        at_most=0,
    )
    yield Figure(
        what="health meanwhile, the longest of one request a second",
        value=max(waits["health"]),
        unit="s",
        at_most=1,
    )
    yield Figure(
        what=f"a person at another address meanwhile, answers other than 200 among {of_person.total()}",
        value=of_person.total() - of_person[200],
        unit="answers",
        at_most=0,
    )
    yield Figure(
        what="a person at another address meanwhile, the longest wait",
        value=max(waits["person"]),
        unit="s",
        at_most=3,
    )


def _answer(web, path, address):
    """The status, and of 503 whether it says when to come again; the error where no answer came."""
    try:
        with Visitor(web.port, timeout=SECONDS_TO_ANSWER) as visitor:
            reply = visitor.ask(path, address, "Connection: close\r\n")
    except OSError as error:
        return type(error).__name__
    if reply.status == 503 and reply.header("Retry-After"):
        return "503 with Retry-After"
    return reply.status


# --- A start --------------------------------------------------------------------------------------

SERVE = (
    "import pathlib, sys; from bhcp_portal import database; "
    "database.FOLDER = pathlib.Path(sys.argv.pop(1)); import manage; manage.main()"
)


def _second_start():
    """`manage.py serve` on its own embedded database, where all is prepared: until the first page."""
    folder = Path(tempfile.mkdtemp(prefix=database.THROW_AWAY))
    folder.chmod(0o755)
    shutil.copytree(first_data(), folder / str(database.major_version(database.programs())))
    port = free_port()
    try:
        for _ in range(2):
            began = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(folder), "serve"],
                cwd=env.BASE_DIR,
                env=environment(PORT=str(port), FIRST_DATA="none"),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                seconds = _seconds_to_first_page(process, port, began)
            finally:
                process.terminate()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Figure(
        what="second start of manage.py serve, to the first page",
        value=seconds,
        unit="s",
        at_most=4,
    )


def _seconds_to_first_page(process, port, began):
    while process.poll() is None and time.monotonic() < began + 120:
        with contextlib.suppress(OSError):
            asked = HTTPConnection("localhost", port, timeout=30)
            asked.request("GET", "/")
            if asked.getresponse().status == 200:
                return time.monotonic() - began
        time.sleep(0.02)
    raise RuntimeError("The portal did not start.")
