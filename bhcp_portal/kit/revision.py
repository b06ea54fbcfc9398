"""The revision of the public record: a number that moves by one with each publication, at its commit.

What is kept of the record (answers, names) is kept for one revision. The number is read before the
record is, so what is kept may be newer than its revision, and is never older.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Generic, TypeVar

from django.db import connection, models


class Revision(models.Model):
    """The number; one row, which the database's triggers alone write (``guards.sql``)."""

    is_the_only_one = models.BooleanField(primary_key=True, default=True, editable=False)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kit_revision_only_one",
                condition=models.Q(is_the_only_one=True),
                violation_error_message="There is one revision alone.",
            )
        ]

    def __str__(self):
        return f"revision {self.number}"


class Publication(models.Model):
    """A transaction that publishes, from its first publication to its commit, which moves the number.

    So nobody waits for the number while somebody else's long publication goes on.
    """

    transaction = models.BigIntegerField(primary_key=True)

    def __str__(self):
        return f"transaction {self.transaction}"


_read: ContextVar[int | None] = ContextVar("revision", default=None)


def read_revision() -> int:
    """The number as it stands; one query. 0 where nothing was ever published."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM kit_revision")
        row = cursor.fetchone()
    return row[0] if row else 0


def revision() -> int | None:
    """The number that was read before this request; ``None`` outside of one."""
    return _read.get()


@contextmanager
def as_of_revision(number: int) -> Iterator[None]:
    """A context manager in which ``revision()`` is this number."""
    token = _read.set(number)
    try:
        yield
    finally:
        _read.reset(token)


T = TypeVar("T")


class ReadOnce(Generic[T]):
    """A function that reads something of the record as it stands, asked once for each revision.

    Where no revision was read, it is asked at most every ``SECONDS`` seconds.
    """

    SECONDS = 10

    def __init__(self, read: Callable[[], T]) -> None:
        self.read = read
        self._kept: tuple[int | None, float, T] | None = None

    def __call__(self) -> T:
        number = revision()
        if kept := self._kept:
            of_number, until, found = kept
            if of_number == number and (number is not None or monotonic() < until):
                return found
        # A preview publishes and takes it back again: others must not see what it saw.
        return self.read() if connection.in_atomic_block else self.keep()

    def keep(self) -> T:
        """Read it, and keep it."""
        found = self.read()
        self._kept = revision(), monotonic() + self.SECONDS, found
        return found

    def forget(self) -> None:
        """Read it anew the next time: for tests, whose databases come and go."""
        self._kept = None
