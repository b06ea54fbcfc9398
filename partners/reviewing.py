"""The review of access, as the worker does it each day. Safe to run twice."""

from datetime import UTC, datetime

from django_tasks import task

from partners import actions


@task
def review_access() -> None:
    """Ask at the beginning of a quarter who still needs an account, remind, suspend the unconfirmed.

    The administrators are told whose body ends.
    """
    now = datetime.now(UTC)
    actions.suspend_unconfirmed(at=now)
    actions.remind_of_review(at=now)
    actions.begin_review(at=now)
    actions.tell_of_access_ends(at=now)
