"""The database after a test that committed: only what it wrote is deleted.

Django would truncate every table and make content types and permissions anew, which takes two seconds.
Here the tables that have rows are emptied, with triggers and foreign keys out of force meanwhile, in a
tenth of one. Out of force they can be put only by a superuser, as the tests' own database has, or by a
role that was let (`GRANT SET ON PARAMETER session_replication_role`); for others Django's way remains.
"""

from functools import cache

from django.db import connection
from django.test import TransactionTestCase

# What the migrations wrote.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}

_djangos_way = TransactionTestCase._fixture_teardown


def empty(test_case):
    """Takes the place of a transactional test's end."""
    if not _may_switch_triggers_off():
        _djangos_way(test_case)
        return
    with connection.cursor() as cursor:
        if filled := _filled_tables(cursor):
            deletes = "; ".join(f'DELETE FROM "{name}"' for name in filled)
            cursor.execute(
                f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT"
            )


@cache
def _may_switch_triggers_off():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_parameter_privilege(current_user, 'session_replication_role', 'SET')"
        )
        return cursor.fetchone()[0]


def _filled_tables(cursor):
    names = [name for name in _tables() if name not in KEPT]
    cursor.execute("SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in names))
    return [name for name, is_filled in zip(names, cursor.fetchone(), strict=True) if is_filled]


@cache
def _tables():
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)
