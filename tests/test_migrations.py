"""Migrations forth and back, on a database without rows."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel

from bhcp_portal.kit.first_migration import OF_A_NEW_TABLE, FirstMigration
from tests.roles import as_owner

MADE = """
    SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
    WHERE table_schema = current_schema()
    UNION ALL
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' FROM pg_constraint
    UNION ALL
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '' FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = current_schema()
    ORDER BY 1, 2, 3
"""


def made():
    """Every column, constraint, trigger and index that there is."""
    with connection.cursor() as cursor:
        cursor.execute(MADE)
        return cursor.fetchall()


def ours(name):
    return name.startswith(("kit_", "partners_", "iccs_", "metrics_", "programmes_", "newsroom_"))


@pytest.mark.django_db
def test_all_that_is_ours_can_be_taken_back_and_made_again():
    before = made()
    assert any(ours(row[0]) for row in before)
    with as_owner():
        call_command("migrate", "kit", "zero", verbosity=0)
        assert not [row for row in made() if ours(row[0])]
        call_command("migrate", verbosity=0)
    assert made() == before


def test_a_first_migration_changes_no_table_that_was_there_before():
    loader = MigrationLoader(None)
    firsts = [each for each in loader.disk_migrations.values() if isinstance(each, FirstMigration)]
    assert len(firsts) == 6
    for migration in firsts:
        new = set()
        for operation in migration.operations:
            if isinstance(operation, CreateModel):
                new.add(operation.name_lower)
            elif isinstance(operation, OF_A_NEW_TABLE):
                assert operation.model_name_lower in new
            else:
                assert type(operation).__name__.endswith(("Extension", "AddTriggers"))
