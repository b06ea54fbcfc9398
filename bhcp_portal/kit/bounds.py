"""Bounds for strangers: how much of what is not kept one address, and all together, may ask for.

Who asks for more is answered at once with 429, so that everybody else's pages go on.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from time import monotonic

from django.db import OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

# Of pages that are not kept, in one process.
MOST_BUILT_AT_ONCE = 2
MOST_ASKED_AT_ONCE = 3
MOST_OF_ONE_ADDRESS = 2
# Seconds of work that an address has at once.
MOST_SAVED_UP = 4.0
MOST_ADDRESSES = 10_000
SECONDS_TO_WAIT = 5
# Where a request says why it is refused.
REFUSED = "bhcp_portal.refused"
# PostgreSQL ended a query after ``statement_timeout``.
QUERY_CANCELED = "57014"
TOO_LONG = "This page takes too long at the moment. Nothing was saved. Wait a moment and ask again."


class BoundsMiddleware:
    """Answers 429 to who asks for too much, and 503 where the database took too long."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        message = request.META.get(REFUSED)
        return _busy(request, message, 429) if message else self.get_response(request)

    def process_exception(self, request, exception):
        """503 in place of 500, as nothing is broken."""
        is_canceled = getattr(exception.__cause__, "pgcode", "") == QUERY_CANCELED
        if isinstance(exception, OperationalError) and is_canceled:
            return _busy(request, TOO_LONG, 503)
        return None


def _busy(request, message, status):
    # The API puts the same sentence into its own shape.
    request.refusal = message
    response = HttpResponse(render_to_string("busy.html", {"message": message}), status=status)
    response["Retry-After"] = str(SECONDS_TO_WAIT)
    response["Cache-Control"] = "no-store"
    return response


class TooMuchError(Exception):
    """An address asks for too much. Its text is a sentence that says what to do."""


class Bounds:
    """The work of one process for strangers. ``seconds_a_minute``: the work that an address is given anew.

    ``None``: there are no bounds.
    """

    def __init__(self, seconds_a_minute: float | None) -> None:
        self.seconds_a_minute = seconds_a_minute
        self._lock = Lock()
        self._building = BoundedSemaphore(MOST_BUILT_AT_ONCE)
        self._asking: Counter[str] = Counter()
        self._saved_up: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def enter(self, address: str) -> None:
        """Count a request of an address until ``leave``. Raises ``TooMuchError``."""
        if self.seconds_a_minute is None:
            return
        with self._lock:
            if self._left(address) <= 0:
                raise TooMuchError(
                    "You asked for many pages in a short time. Wait a moment and ask again."
                )
            if self._asking[address] >= MOST_OF_ONE_ADDRESS:
                raise TooMuchError("You asked for many pages at once. Wait a moment and ask again.")
            if self._asking.total() >= MOST_ASKED_AT_ONCE:
                raise TooMuchError(
                    "Many people ask for pages at once. Wait a moment and ask again."
                )
            self._asking[address] += 1

    def leave(self, address: str, seconds: float) -> None:
        """End what ``enter`` began, and count the seconds that it took."""
        if self.seconds_a_minute is None:
            return
        with self._lock:
            self._asking[address] -= 1
            if not self._asking[address]:
                del self._asking[address]
            left = self._left(address) - seconds
            self._saved_up.pop(address, None)
            self._saved_up[address] = left, monotonic()
            if len(self._saved_up) > MOST_ADDRESSES:
                self._saved_up.popitem(last=False)

    @contextmanager
    def building(self) -> Iterator[None]:
        """A context manager in which a page is built; one of too many waits for it."""
        if self.seconds_a_minute is None:
            yield
        else:
            with self._building:
                yield

    def _left(self, address):
        left, at = self._saved_up.get(address, (MOST_SAVED_UP, 0.0))
        return min(MOST_SAVED_UP, left + (monotonic() - at) * self.seconds_a_minute / 60)
