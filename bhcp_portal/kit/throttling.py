"""Failed attempts, counted in a table that every server process sees: after five, each next one has to wait.

The wait doubles from one minute to fifteen and no further, and fifteen quiet minutes after it all is
forgotten, so that nobody is ever locked out for good.
"""

import hashlib
from datetime import datetime, timedelta

from django.db import connection, models, transaction

FREE_ATTEMPTS = 5
FORGOTTEN_AFTER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=15)


class FailedAttempt(models.Model):
    """An attempt that has not succeeded. ``subject``: a hash of whose it is, so that no address is kept here."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("subject", "at", name="kit_failedattempt_subject"),
            models.Index("at", name="kit_failedattempt_at"),
        ]

    def __str__(self):
        return f"{self.subject[:8]}, {self.at}"


def wait_after(failures: int) -> timedelta:
    """How long the next attempt has to wait after so many failures."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    # Past a dozen the doubling itself would overflow; it reached the longest wait long before.
    doublings = min(failures - FREE_ATTEMPTS, 12)
    return min(timedelta(minutes=2**doublings), LONGEST_WAIT)


def begin_attempt(subject: str, *, at: datetime) -> timedelta:
    """Count an attempt as failed until ``cancel_failure``; gives the wait, which is zero if it may go on.

    It is counted before anybody looks at the password: of many attempts at once, none slips through.
    """
    key = _hash(subject)
    with transaction.atomic():
        _lock(key)
        FailedAttempt.objects.filter(at__lt=at - LONGEST_WAIT - FORGOTTEN_AFTER).delete()
        own = FailedAttempt.objects.filter(subject=key)
        failures = list(own.order_by("at").values_list("at", flat=True))
        if failures:
            wait = wait_after(len(failures))
            if failures[-1] + wait > at:
                return failures[-1] + wait - at
            if failures[-1] + wait + FORGOTTEN_AFTER <= at:
                own.delete()
        FailedAttempt.objects.create(subject=key, at=at)
    return timedelta(0)


def cancel_failure(subject: str, *, at: datetime) -> None:
    """The attempt that began at a moment succeeded."""
    FailedAttempt.objects.filter(subject=_hash(subject), at=at).delete()


def forget_failures(subject: str) -> None:
    """Nothing failed so far."""
    FailedAttempt.objects.filter(subject=_hash(subject)).delete()


def _hash(subject):
    return hashlib.sha256(subject.encode()).hexdigest()


def _lock(key):
    """Hold back, until this transaction ends, whoever else would count attempts of the same subject."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
