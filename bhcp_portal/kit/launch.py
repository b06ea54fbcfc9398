"""The launch of this portal, and the slips of redactions: two tables that the database's guards keep."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bhcp_portal.kit.dates import Present


class Launch(models.Model):
    """The moment at which the first statement came on this portal's record (BEHAVIOUR R); one row.

    It is the first load or, where nothing was loaded, the first publication. ``loaded_in`` is the
    transaction of that load, in which alone the database believes when statements were recorded.
    """

    IS_APPEND_ONLY: ClassVar[bool] = True
    IS_PUBLIC: ClassVar[bool] = True

    is_the_only_one = models.BooleanField(primary_key=True, default=True, editable=False)
    launched_at = models.DateTimeField()
    loaded_in = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kit_launch_only_one",
                condition=Q(is_the_only_one=True),
                violation_error_message="The portal was launched already, and once only.",
            )
        ]

    def __str__(self):
        return f"launched at {self.launched_at}"


_launched_at: datetime | None = None
# Whether this thread was answered during one request that nothing is on the record.
_nothing_yet: ContextVar[bool | None] = ContextVar("nothing_yet", default=None)


def launched_at() -> datetime | None:
    """The moment of the launch; ``None`` while nothing is on the record.

    It never changes, so it is read once.
    """
    global _launched_at
    if _launched_at is None and not _nothing_yet.get():
        _launched_at = Launch.objects.values_list("launched_at", flat=True).first()
        if _nothing_yet.get() is False:
            _nothing_yet.set(_launched_at is None)
    return _launched_at


@contextmanager
def asked_once():
    """A context manager in which it is read once too that nothing is on the record yet.

    For pages that are only read: what is published meanwhile is not noticed.
    """
    token = _nothing_yet.set(False)
    try:
        yield
    finally:
        _nothing_yet.reset(token)


def is_before_launch(at: datetime) -> bool:
    """Whether a moment is before the launch; every past one is while there was none."""
    if isinstance(at, Present):
        return False
    launch = launched_at()
    return launch is None or at < launch


def forget() -> None:
    """Read the launch anew, as it may have been undone or made by another."""
    global _launched_at
    _launched_at = None


class Redaction(models.Model):
    """That words were removed: when, by whom and why. The database writes it.

    ``table`` is ``*`` where they were removed from everywhere. ``gone`` are the hashes of the slugs
    that held them, whose addresses say that something was removed.
    """

    IS_APPEND_ONLY: ClassVar[bool] = True

    at = models.DateTimeField()
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    fields = ArrayField(models.TextField())
    gone = ArrayField(models.TextField(), default=list, blank=True)
    by_whom = models.TextField()
    reason = models.TextField()
    open_in = models.CharField("the transaction that is doing it", max_length=20, blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self):
        return f"{', '.join(self.fields) or 'words'} of {self.table} {self.row_id}"

    @classmethod
    def took(cls, slugs) -> bool:
        """Whether one of the slugs went with words that were removed."""
        hashes = [sha256(slug.encode()).hexdigest() for slug in slugs]
        return bool(hashes) and cls.objects.filter(gone__overlap=hashes).exists()
