"""Clearing what the kit and its packages leave behind. Safe to run twice."""

from datetime import UTC, datetime

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django_tasks import task

from bhcp_portal.kit import throttling

# Tasks hold what they were given, such as the reason in an email, so none is kept for long.
DONE_KEPT_DAYS = 7
FAILED_KEPT_DAYS = 30


@task
def clear_tasks() -> None:
    """Delete tasks that ended long ago."""
    call_command(
        "prune_db_task_results",
        queue_name="*",
        min_age_days=DONE_KEPT_DAYS,
        failed_min_age_days=FAILED_KEPT_DAYS,
        verbosity=0,
    )


@task
def clear_counts() -> None:
    """Delete what the cache no longer gives, and failed attempts that no longer count.

    Django clears its cache only once it is full, and counts all its rows at every write.
    """
    now = datetime.now(UTC)
    throttling.forget_old(at=now)
    table = connection.ops.quote_name(settings.CACHES["default"]["LOCATION"])
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608
