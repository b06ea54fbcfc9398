"""Answers kept in front of Django: never older than the record, and the same for everybody."""

import gzip
from datetime import date
from io import BytesIO
from threading import Barrier, Event, Thread

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory

from bhcp_portal.kit import kept
from bhcp_portal.kit.actions import publish
from bhcp_portal.kit.bounds import Bounds, BoundsMiddleware
from bhcp_portal.kit.kept import Keeper
from bhcp_portal.kit.revision import ReadOnce, as_of_revision, read_revision
from partners.models import PartnerProfile
from tests.clock import present
from tests.factories.partners import partner, person

PAGE = b"<p>What stands.</p>" * 50


class Application:
    """A WSGI application that counts how often it is asked."""

    def __init__(self, body=PAGE, status="200 OK", **headers):
        self.body, self.status, self.asked = body, status, 0
        self.headers = {"ETag": '"of-the-content"', "Content-Type": "text/html"} | headers

    def __call__(self, environ, start_response):
        self.asked += 1
        self.environ = environ
        start_response(self.status, list(self.headers.items()))
        return [self.body]


def asked(application, path="/programmes/", method="GET", query="", **more):
    """Status, headers and body of the answer to one request."""
    began = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }
    body = application(environ | more, lambda *told: began.append(told))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    status, headers = began[0]
    return status, dict(headers), content


@pytest.fixture
def number(monkeypatch):
    """The revision, to be set by the test."""
    at = [1]
    monkeypatch.setattr(kept, "_revision", lambda: at[0])
    return at


def keeper(application, rate=None):
    return Keeper(application, Bounds(rate))


def test_an_answer_is_made_once_for_a_revision_and_a_day(number, monkeypatch):
    django, day = Application(), [date(2026, 7, 1)]
    monkeypatch.setattr(kept, "london_day", lambda moment: day[0])
    portal = keeper(django)
    first, second = asked(portal), asked(portal)
    assert first == second == ("200 OK", first[1], PAGE)
    assert django.asked == 1
    asked(portal, query="as-at=2019-01-01")
    asked(portal, HTTP_HOST="localhost")
    assert django.asked == 3
    day[0] = date(2026, 7, 2)
    asked(portal)
    assert django.asked == 4
    number[0] = 2
    asked(portal)
    assert django.asked == 5


@pytest.mark.parametrize(
    "more",
    [
        {"method": "POST"},
        {"HTTP_COOKIE": "session=1"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_IF_MATCH": '"x"'},
        {"HTTP_HOST": "elsewhere.example"},
        {"query": "q=" + "x" * 400},
        {"path": "/staff/"},
        {"path": "/health/live"},
    ],
    ids=str,
)
def test_what_depends_on_more_than_its_address_goes_by(number, more):
    django = Application()
    portal = keeper(django)
    asked(portal, **more)
    asked(portal, **more)
    assert django.asked == 2
    assert django.environ["REQUEST_METHOD"] == more.get("method", "GET")


@pytest.mark.parametrize(
    "given",
    [
        {"Set-Cookie": "a=b"},
        {"Cache-Control": "no-store"},
        {"Cache-Control": "private"},
        {"Vary": "Accept-Language"},
        {"status": "404 Not Found"},
        {"status": "500 Oh"},
        {"body": b"x" * (kept.LONGEST_ANSWER + 1)},
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_is_not_for_everybody_and_what_is_too_long_is_not_kept(number, given):
    django = Application(**given)
    portal = keeper(django)
    assert asked(portal) == asked(portal)
    assert asked(portal)[2] == django.body
    assert django.asked == 3


def test_who_has_it_already_is_told_so_after_another_publication_too(number):
    portal = keeper(Application(Vary="Cookie"))
    _, headers, _ = asked(portal)
    assert headers["ETag"] == 'W/"of-the-content"'
    assert headers["Vary"] == "Cookie, Accept-Encoding"
    number[0] = 2
    for has in ('W/"of-the-content"', '"x", "of-the-content"', "*"):
        status, told, body = asked(portal, HTTP_IF_NONE_MATCH=has)
        assert (status, body) == ("304 Not Modified", b"")
        assert told["ETag"] == headers["ETag"]
    assert asked(portal, HTTP_IF_NONE_MATCH='"another"')[0] == "200 OK"


def test_it_is_compressed_once_and_plain_to_who_wants_it_plain(number):
    django = Application()
    portal = keeper(django)
    _, packed_headers, packed = asked(portal, HTTP_ACCEPT_ENCODING="gzip, br")
    _, plain_headers, plain = asked(portal)
    assert (gzip.decompress(packed), plain) == (PAGE, PAGE)
    assert packed_headers["Content-Encoding"] == "gzip"
    assert packed_headers["Content-Length"] == str(len(packed))
    assert "Content-Encoding" not in plain_headers
    assert plain_headers["Content-Length"] == str(len(PAGE))
    assert django.asked == 1
    assert "HTTP_ACCEPT_ENCODING" not in django.environ


def test_a_head_request_is_told_what_get_would_be(number):
    django = Application()
    portal = keeper(django)
    status, headers, _ = asked(portal, method="HEAD")
    assert django.environ["REQUEST_METHOD"] == "GET"
    assert (status, headers) == asked(portal)[:2]
    assert django.asked == 1


def test_memory_is_bounded_and_what_is_asked_for_stays():
    answers = kept.KeptAnswers(most_bytes=10_000)
    answer = kept.Answer("200 OK", (), b"x" * 500, False, "")
    for number in range(100):
        answers.put(("page", number), (1,), answer)
        answers.put(("home",), (1,), answer)
        assert answers.get(("home",), (1,)) is answer
    assert answers.bytes <= 10_000
    assert answers.get(("page", 0), (1,)) is None
    assert answers.get(("home",), (2,)) is None


def test_who_asks_for_the_same_page_meanwhile_waits_for_it(number):
    begun, go_on, refused = Event(), Event(), []

    class Slow(Application):
        def __call__(self, environ, start_response):
            if "bhcp_portal.refused" in environ:
                refused.append(environ["bhcp_portal.refused"])
            else:
                begun.set()
                go_on.wait(10)
            return super().__call__(environ, start_response)

    django, found = Slow(), []
    portal = keeper(django, rate=15)
    threads = [
        Thread(target=lambda n=n: found.append(asked(portal, REMOTE_ADDR=f"192.0.2.{n}")))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    begun.wait(10)
    while sum(portal.bounds._asking.values()) < 3:
        pass
    asked(portal, REMOTE_ADDR="192.0.2.9")
    go_on.set()
    for thread in threads:
        thread.join()
    assert [each[2] for each in found] == [PAGE] * 3
    assert ["Many people" in each for each in refused] == [True]
    assert django.asked == 2


@pytest.fixture
def seconds(monkeypatch):
    at = [1_000.0]
    monkeypatch.setattr("bhcp_portal.kit.bounds.monotonic", lambda: at[0])
    monkeypatch.setattr("bhcp_portal.kit.kept.monotonic", lambda: at[0])
    return at


def test_an_address_that_causes_much_work_is_held_back_and_no_other(number, seconds):
    class Work(Application):
        def __call__(self, environ, start_response):
            if "bhcp_portal.refused" not in environ:
                seconds[0] += 2
            return super().__call__(environ, start_response)

    django = Work(**{"Cache-Control": "no-store"})
    portal = keeper(django, rate=15)

    def is_refused(**more):
        asked(portal, **more)
        return "bhcp_portal.refused" in django.environ

    assert [is_refused() for _ in range(5)] == [False, False, False, True, True]
    assert not is_refused(REMOTE_ADDR="192.0.2.2")
    # A quarter of a second of work is given anew each second.
    seconds[0] += 20
    assert not is_refused()
    portal.bounds.seconds_a_minute = None
    assert not any(is_refused() for _ in range(20))


def test_the_visitor_is_found_behind_the_servers_in_front(number, settings):
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7"}
    for proxies, address in ((0, "10.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")):
        settings.PROXIES = proxies
        assert kept._visitor(environ) == address


def test_who_is_refused_reads_when_to_ask_again(client):
    told = "You asked for many pages at once. Wait a moment and ask again."
    answer = client.get("/", **{"bhcp_portal.refused": told})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert told in answer.text
    assert "Content-Security-Policy" in answer
    answer = client.get("/api/v1/programmes", **{"bhcp_portal.refused": told})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert answer.json()["error"]["message"] == told


@pytest.mark.django_db
def test_a_page_for_which_the_database_takes_too_long_is_no_error_of_ours():
    with (
        pytest.raises(OperationalError) as raised,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL statement_timeout = 10; SELECT pg_sleep(5)")
    middleware = BoundsMiddleware(lambda request: None)
    answer = middleware.process_exception(RequestFactory().get("/"), raised.value)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert middleware.process_exception(None, OperationalError("gone")) is None


# -- the record --------------------------------------------------------------------------------------


def profile(body, about):
    return PartnerProfile(partner=body, kind="ccg", about=about, author=person())


@pytest.mark.django_db(transaction=True)
def test_each_publication_moves_the_revision_by_one_when_it_is_committed():
    body, other = partner("RTX"), partner("RXL")
    before = read_revision()
    draft = profile(body, "A draft.")
    draft.save()
    assert read_revision() == before
    with transaction.atomic():
        publish(draft, at=present())
        publish(profile(other, "Another in the same transaction."), at=present())
        assert read_revision() == before
    assert read_revision() == before + 1
    with transaction.atomic():
        publish(profile(body, "Shown to one person, and rolled back."), at=present())
        transaction.set_rollback(True)
    assert read_revision() == before + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kit_publication")
        assert cursor.fetchone() == (0,)
        for table in ("kit_revision", "kit_publication"):
            with pytest.raises(Exception, match="permission denied"):
                cursor.execute(f"DELETE FROM {table}")


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_end_of_a_long_publication_and_nobody_reads_what_is_over():
    """One publishes for long, two others publish meanwhile, and each reads its own words at once."""
    bodies = [partner(code) for code in ("RTX", "RXL", "RW5")]
    for body in bodies:
        publish(profile(body, "At first."), at=present())
    portal, stale = keeper(WSGIHandler()), []
    started, ended = Barrier(3), Event()

    def publisher(body):
        started.wait(10)
        for number in range(8):
            words = f"Words number {number} of {body.code}."
            publish(profile(body, words), at=present())
            if words not in asked(portal, body.get_absolute_url())[2].decode():
                stale.append(words)
        connection.close()

    def long():
        with transaction.atomic():
            publish(profile(bodies[2], "It takes long."), at=present())
            started.wait(10)
            ended.wait(60)
        connection.close()

    threads = [Thread(target=publisher, args=[body]) for body in bodies[:2]]
    slow = Thread(target=long)
    for thread in (slow, *threads):
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    ended.set()
    slow.join()
    assert stale == []
    assert "It takes long." in asked(portal, bodies[2].get_absolute_url())[2].decode()


def test_what_is_read_once_is_read_anew_for_each_revision(db):
    read = []
    names = ReadOnce(lambda: read.append(1) or len(read))
    with as_of_revision(1):
        # A preview publishes and takes it back: within its transaction nothing is kept.
        assert [names(), names()] == [1, 2]
        names.keep()
        assert [names(), names()] == [3, 3]
    with as_of_revision(2):
        names.keep()
        assert names() == 4
    with as_of_revision(1):
        assert names() == 5
