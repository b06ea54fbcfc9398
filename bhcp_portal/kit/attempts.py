"""Failed tries, counted where every server process sees them: after five, each next one has to wait.

The wait doubles from one minute to fifteen and no further, and fifteen quiet minutes after it all is
forgotten, so that nobody is ever locked out for good.
"""

import hashlib
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection, transaction

WITHOUT_WAITING = 5
FORGOTTEN_AFTER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=15)


def wait_after(failures: int) -> timedelta:
    """How long the next try has to wait after so many failures."""
    if failures < WITHOUT_WAITING:
        return timedelta(0)
    # Past a dozen the doubling itself would overflow; it reached the longest wait long before.
    doubled = min(failures - WITHOUT_WAITING, 12)
    return min(timedelta(minutes=2**doubled), LONGEST_WAIT)


def begin(what: str, *, at: datetime) -> timedelta:
    """Count a try as failed until ``take_back`` says otherwise; gives the wait, which is zero if it may go on.

    It is counted before anybody looks at the password: of many tries at once, none slips through.
    """
    key = _key(what)
    with transaction.atomic():
        _lock(key)
        failures = cache.get(key, [])
        if failures:
            wait = failures[-1] + wait_after(len(failures)) - at
            if wait > timedelta(0):
                return wait
        failures = [*failures, at]
        cache.set(key, failures, _seconds_kept(failures))
    return timedelta(0)


def take_back(what: str, *, at: datetime) -> None:
    """The try that began at a moment did not fail."""
    key = _key(what)
    with transaction.atomic():
        _lock(key)
        failures = [failure for failure in cache.get(key, []) if failure != at]
        cache.set(key, failures, _seconds_kept(failures))


def forget(what: str) -> None:
    """Nothing failed so far."""
    cache.delete(_key(what))


def _seconds_kept(failures):
    return (wait_after(len(failures)) + FORGOTTEN_AFTER).total_seconds()


def _key(what):
    return f"attempts:{hashlib.sha256(what.encode()).hexdigest()}"


def _lock(key):
    """Hold back, until this transaction ends, whoever else would count the same tries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
