"""Counts failed attempts in a table that all server processes share, and makes the next ones wait.

After five failures each attempt has to wait, first one minute, then twice as long each time, up to
fifteen minutes. Fifteen quiet minutes after a wait all is forgotten, so that nobody is ever locked
out for good.
"""

import hashlib
from datetime import datetime, timedelta

from django.db import models, transaction

from bhcp_portal.kit.locks import lock

FREE_ATTEMPTS = 5
FORGOTTEN_AFTER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=15)


class FailedAttempt(models.Model):
    """An attempt that has not succeeded. ``subject`` is a hash, so that no address is kept here."""

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
    """How long the next attempt has to wait after this number of failures."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    # Past a dozen the doubling itself would overflow; it reached the longest wait long before.
    doublings = min(failures - FREE_ATTEMPTS, 12)
    return min(timedelta(minutes=2**doublings), LONGEST_WAIT)


def begin_attempt(subject: str, *, at: datetime) -> timedelta:
    """Count an attempt as failed until ``cancel_failure``; gives the wait, zero if it may go on.

    It is counted before the password is checked, so that none of many attempts at once slips
    through. An attempt that has to wait is not counted.
    """
    key = _hash(subject)
    with transaction.atomic():
        lock(key)
        forget_old(at=at)
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
    """Remove the failure that ``begin_attempt`` counted at moment ``at``: the attempt succeeded."""
    FailedAttempt.objects.filter(subject=_hash(subject), at=at).delete()


def forget_old(*, at: datetime) -> None:
    """Remove all failures that no longer make anybody wait."""
    FailedAttempt.objects.filter(at__lt=at - LONGEST_WAIT - FORGOTTEN_AFTER).delete()


def forget_failures(subject: str) -> None:
    """Remove all failures of a subject."""
    FailedAttempt.objects.filter(subject=_hash(subject)).delete()


def _hash(subject):
    return hashlib.sha256(subject.encode()).hexdigest()
