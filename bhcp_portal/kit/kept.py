"""Public answers, kept in front of Django for one revision of the record and one day in London.

An answer is kept whole, by its address. It depends on nothing else: a request with a cookie and a
form that is sent pass by, and what says ``no-store`` is not kept. The revision is read for every request, and
before the page is built (``kit.revision``).
"""

import gzip
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from itertools import chain
from threading import Event, Lock
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http.request import split_domain_port, validate_host
from django.utils.http import parse_etags

from bhcp_portal.kit.bounds import REFUSED, Bounds, TooMuchError
from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.revision import as_of_revision, read_revision

# What is not public, does not depend on the record, or looks after itself.
NEVER = ("/staff/", "/admin/", "/static/", "/health/")
LONGEST_QUERY = 300
MOST_BYTES = 64_000_000
# Longer answers go on as they are made.
LONGEST_ANSWER = 2_000_000
SHORTEST_COMPRESSED = 200
KEPT_STATUSES = ("200", "301", "302", "410")
# What an answer may depend on besides its address.
DEPENDS_ON = ("HTTP_COOKIE", "HTTP_RANGE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
# What it is built without, so that it serves everybody.
NOT_ASKED = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING")
# Headers that are made anew.
NOT_KEPT = ("content-length", "etag", "vary")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept: its body as gzip where that is shorter, and an ETag of its content."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_compressed: bool
    etag: str

    @property
    def size(self) -> int:
        """Roughly how much memory it takes."""
        return len(self.body) + 1_500

    def give(self, environ, start_response) -> list[bytes]:
        """Answer a request with it, or with 304 to who has it already."""
        headers = list(self.headers)
        if self.etag and _has_it(environ.get("HTTP_IF_NONE_MATCH", ""), self.etag):
            start_response("304 Not Modified", [h for h in headers if h[0] != "Content-Type"])
            return []
        body = self.body
        if self.is_compressed:
            if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "").lower():
                headers.append(("Content-Encoding", "gzip"))
            else:
                body = gzip.decompress(body)
        start_response(self.status, [*headers, ("Content-Length", str(len(body)))])
        return [body]


def _has_it(asked: str, etag: str) -> bool:
    return asked.strip() == "*" or any(
        each.removeprefix("W/") == etag.removeprefix("W/") for each in parse_etags(asked)
    )


class KeptAnswers:
    """Answers by address, each with the state of the record it was made of, within a bound of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._answers: OrderedDict[tuple, tuple[tuple, Answer]] = OrderedDict()
        self._lock = Lock()

    def get(self, address: tuple, state: tuple) -> Answer | None:
        """The answer kept for an address, if it was made of this state of the record."""
        with self._lock:
            kept = self._answers.get(address)
            if kept is None or kept[0] != state:
                return None
            self._answers.move_to_end(address)
            return kept[1]

    def put(self, address: tuple, state: tuple, answer: Answer) -> None:
        """Keep an answer; those that were not asked for the longest time make room."""
        with self._lock:
            former = self._answers.pop(address, None)
            self.bytes += answer.size - (former[1].size if former else 0)
            self._answers[address] = state, answer
            while self.bytes > self.most_bytes:
                _, (_, oldest) = self._answers.popitem(last=False)
                self.bytes -= oldest.size


class Keeper:
    """A WSGI application around another: its public answers are kept.

    ``bounds`` hold back who asks for too much of what is not kept.
    """

    def __init__(self, application, bounds: Bounds) -> None:
        self.application = application
        self.bounds = bounds
        self.answers = KeptAnswers()
        self._building: dict[tuple, Event] = {}
        self._lock = Lock()

    def __call__(self, environ, start_response) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(NEVER):
            return self.application(environ, start_response)
        try:
            number = _revision()
        except DatabaseError:
            # Django says that the database does not answer.
            return self.application(environ, start_response)
        with as_of_revision(number):
            address = self._address(environ)
            state = number, london_day(Present.now(UTC))
            kept = self.answers.get(address, state) if address else None
            if kept:
                return kept.give(environ, start_response)
            visitor = _visitor(environ)
            try:
                self.bounds.enter(visitor)
            except TooMuchError as error:
                environ[REFUSED] = str(error)
                return self.application(environ, start_response)
            leave = partial(self._leave, visitor, monotonic())
            try:
                if address:
                    body = self._answer(address, state, environ, start_response)
                else:
                    with self.bounds.building():
                        body = self.application(environ, start_response)
            except BaseException:
                leave()
                raise
            return _Closing(body, leave)

    def _leave(self, visitor, since):
        self.bounds.leave(visitor, monotonic() - since)

    def _answer(self, address, state, environ, start_response):
        """The body of an answer that may be kept; who asks for the same one meanwhile waits for it."""
        with self._lock:
            others = self._building.get((address, state))
            if others is None:
                mine = self._building[address, state] = Event()
        if others is not None:
            others.wait()
            if kept := self.answers.get(address, state):
                return kept.give(environ, start_response)
            return self.application(environ, start_response)
        try:
            with self.bounds.building():
                return self._built(address, state, environ, start_response)
        finally:
            with self._lock:
                del self._building[address, state]
            mine.set()

    def _built(self, address, state, environ, start_response):
        status, headers, body = _asked_plainly(self.application, environ)
        answer, body = _whole(status, headers, body)
        if answer is None:
            start_response(status, headers)
            return body
        self.answers.put(address, state, answer)
        return answer.give(environ, start_response)

    @staticmethod
    def _address(environ):
        """What an answer is kept by; ``None`` if it depends on more than that."""
        query, host = environ.get("QUERY_STRING", ""), environ.get("HTTP_HOST", "")
        domain, _ = split_domain_port(host)
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or any(environ.get(name) for name in DEPENDS_ON)
            or len(query) > LONGEST_QUERY
            or not (domain and validate_host(domain, settings.ALLOWED_HOSTS))
        ):
            return None
        header, _ = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "")
        return environ.get(header), host, environ["PATH_INFO"], query


def _revision():
    try:
        return read_revision()
    except (InterfaceError, OperationalError):
        # No request looks after the connection while all that is asked for is kept.
        connection.close()
        return read_revision()


def _visitor(environ):
    """The address of who asks: that many from the end of X-Forwarded-For as proxies stand in front."""
    passed_on = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < settings.PROXIES <= len(passed_on):
        return passed_on[-settings.PROXIES].strip()
    return environ.get("REMOTE_ADDR", "")


def _asked_plainly(application, environ):
    """Status, headers and body of the plain whole answer to GET."""
    began = []

    def start_response(status, headers, exc_info=None):
        began[:] = status, headers

    plain = {name: value for name, value in environ.items() if name not in NOT_ASKED}
    body = application(plain | {"REQUEST_METHOD": "GET"}, start_response)
    return *began, body


def _whole(status, headers, body):
    """An ``Answer`` if it may be kept, and otherwise ``None`` and the body to go on with."""
    named = {name.lower(): value for name, value in headers}
    rules = named.get("cache-control", "")
    varies = {each.strip().lower() for each in named.get("vary", "").split(",")} - {""}
    if (
        not status.startswith(KEPT_STATUSES)
        or "set-cookie" in named
        or "no-store" in rules
        or "private" in rules
        or varies - {"cookie", "accept-encoding"}
    ):
        return None, body
    parts, size, rest = [], 0, iter(body)
    for part in rest:
        parts.append(part)
        size += len(part)
        if size > LONGEST_ANSWER:
            return None, _Closing(chain(parts, rest), getattr(body, "close", lambda: None))
    if hasattr(body, "close"):
        body.close()
    return _answer_of(status, headers, named.get("etag", ""), b"".join(parts)), None


def _answer_of(status, headers, etag, body):
    kept = [(name, value) for name, value in headers if name.lower() not in NOT_KEPT]
    packed = gzip.compress(body, 6, mtime=0) if len(body) >= SHORTEST_COMPRESSED else body
    is_compressed = len(packed) < len(body)
    varies = [value for name, value in headers if name.lower() == "vary"]
    if is_compressed and "accept-encoding" not in " ".join(varies).lower():
        varies.append("Accept-Encoding")
    if varies:
        kept.append(("Vary", ", ".join(varies)))
    if etag:
        # Weak, as the same content is given compressed and plain.
        etag = f"W/{etag.removeprefix('W/')}"
        kept.append(("ETag", etag))
    return Answer(status, tuple(kept), packed if is_compressed else body, is_compressed, etag)


class _Closing:
    """A body, and what is done when the server has sent it or given up."""

    def __init__(self, body, close):
        self.body, self._close = body, close

    def __iter__(self):
        return iter(self.body)

    def close(self):
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            self._close()
