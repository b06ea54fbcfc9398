"""Tests write as the role that the web runs as; only what prepares and clears away is the owner's."""

from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created


def write_as_the_web() -> None:
    """From now on each connection takes the web's role, which owns nothing."""
    connection_created.connect(_take_role, dispatch_uid="the web's role")
    connection.close()


def _take_role(connection, **_):
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.DATABASE_WEB_ROLE}")


@contextmanager
def as_owner():
    """A cursor of the role that owns the tables. What it does is in the test's own transaction."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield cursor
        _take_role(connection)
