"""Tasks that clear what signing in leaves behind. Safe to run twice."""

from datetime import UTC, datetime

from django_tasks import task

from partners import actions


@task
def clear_sessions() -> None:
    """Delete the sessions that have ended."""
    actions.clear_sessions(at=datetime.now(UTC))


@task
def clear_addresses() -> None:
    """Empty the internet addresses that have been kept long enough."""
    actions.clear_addresses(at=datetime.now(UTC))
