"""The database after a test that committed: only what it wrote is deleted.

Django would truncate every table and make content types and permissions anew, which takes two seconds.
Here the tables that have rows are emptied, with triggers and foreign keys out of force meanwhile, in a
tenth of one. Out of force the owner puts them, who must be a superuser, as the tests' own database has,
or be let (`GRANT SET ON PARAMETER session_replication_role`).
"""

from functools import cache

from django.db import connection

from tests.roles import as_owner

# What the migrations wrote.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty(test_case):
    """Takes the place of a transactional test's end."""
    with as_owner() as cursor:
        cursor.execute("SELECT set_config('test.clock', '', false)")
        if filled := _filled_tables(cursor):
            deletes = "; ".join(f'DELETE FROM "{name}"' for name in filled)
            cursor.execute(
                f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT"
            )


def _filled_tables(cursor):
    names = [name for name in _tables() if name not in KEPT]
    cursor.execute("SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in names))
    return [name for name, is_filled in zip(names, cursor.fetchone(), strict=True) if is_filled]


@cache
def _tables():
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)
