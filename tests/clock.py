"""The database's clock, which says when something comes on the record (kit/guards.sql), set by tests."""

from contextlib import contextmanager
from datetime import UTC
from functools import wraps
from inspect import isfunction, signature

from django.db import connection

from bhcp_portal.kit.dates import Present

SET_BY_TESTS = """
CREATE OR REPLACE FUNCTION public.kit_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT date_trunc('second', coalesce(
        nullif(current_setting('test.clock', true), '')::timestamptz, clock_timestamp()
    ))
$$;
CREATE OR REPLACE FUNCTION public.kit_day_of_commit() RETURNS date
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT nullif(current_setting('test.day_of_commit', true), '')::date
$$
"""


@contextmanager
def clock(at):
    """Inside the block it is moment ``at`` for the database, on this connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('test.clock', true), set_config('test.clock', %s, false)",
            [at.isoformat()],
        )
        [before, _] = cursor.fetchone()
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('test.clock', %s, false)", [before or ""])


@contextmanager
def committed_on(day):
    """Inside the block the database takes it that transactions end on a day; else no day is asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('test.day_of_commit', %s, false)", [day.isoformat()])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('test.day_of_commit', '', false)")


class OnTime:
    """An app's actions, each done at its ``at`` by the database's clock too."""

    def __init__(self, actions):
        self._actions = actions

    def __getattr__(self, name):
        action = getattr(self._actions, name)
        if not isfunction(action) or "at" not in signature(action).parameters:
            return action

        @wraps(action)
        def on_time(*args, at, **kwargs):
            with clock(at):
                return action(*args, at=at, **kwargs)

        return on_time


def present():
    """The present moment, as a page of today has it."""
    return Present.now(UTC)
