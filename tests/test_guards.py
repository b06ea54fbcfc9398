"""What the database refuses to the role that the web and the worker connect as, however it asks."""

from contextlib import closing
from io import StringIO

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from bhcp_portal.kit import guards
from tests.clock import present
from tests.factories.kit import put_on_record
from tests.factories.metrics import metric, series
from tests.factories.newsroom import draft, news
from tests.factories.partners import called, partner, person, profiled
from tests.factories.programmes import milestone, programme
from tests.roles import as_owner

TABLE = "partners_partnername"
HISTORY = "partners_partnernameevent"
OLDEST = f"(SELECT min(id) FROM {TABLE})"
# A row like the oldest one, with other values in some columns.
LIKE = (
    f"INSERT INTO {TABLE} SELECT (jsonb_populate_record(r, jsonb_build_object("
    f"'id', (SELECT max(id) + 1000 FROM {TABLE}), 'name', 'Forged' {{}}))).* "
    f"FROM {TABLE} r WHERE id = {OLDEST}"
)
BACK_DATED = ", 'published_at', '2016-01-01', 'recorded_at', '2016-01-01'"

REFUSED = {
    "UPDATE": f"UPDATE {TABLE} SET name = 'Forged'",
    "UPDATE of a history": f"UPDATE {HISTORY} SET name = 'Forged'",
    "DELETE": f"DELETE FROM {TABLE}",
    "DELETE of a history": f"DELETE FROM {HISTORY}",
    "TRUNCATE": f"TRUNCATE {TABLE}",
    "TRUNCATE of what it refers to": "TRUNCATE partners_partner CASCADE",
    "TRUNCATE of a history": f"TRUNCATE {HISTORY}",
    "unpublishing": f"UPDATE {TABLE} SET published_at = NULL, superseded_at = NULL",
    "closing in the past": f"UPDATE {TABLE} SET superseded_at = published_at",
    "closing now": f"UPDATE {TABLE} SET superseded_at = now()",
    "hiding from every day": f"UPDATE {TABLE} SET here = '{{}}'",
    "another moment of recording": f"UPDATE {TABLE} SET recorded_at = now() - interval '1 year'",
    "words while it is taken back": (
        f"UPDATE {TABLE} SET taken_back_at = now(), taken_back_because = 'x', name = 'Forged'"
    ),
    "taking back without a reason": f"UPDATE {TABLE} SET taken_back_at = now()",
    "taking back what was never taken back": [
        f"UPDATE {TABLE} SET taken_back_at = now(), taken_back_because = 'x' WHERE id = {OLDEST}",
        f"UPDATE {TABLE} SET taken_back_at = NULL, taken_back_because = '' WHERE id = {OLDEST}",
    ],
    "another key": f"UPDATE {TABLE} SET id = id + 5000 WHERE id = {OLDEST}",
    "keys that were given before": (
        f"SELECT setval(pg_get_serial_sequence('{TABLE}', 'id'), 1, false)"
    ),
    "DISABLE TRIGGER": f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
    "DROP TRIGGER": f"DROP TRIGGER kit_guard ON {TABLE}",
    "another function in place of a guard": (
        "CREATE OR REPLACE FUNCTION public.kit_guard() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NULL; END'"
    ),
    "another clock": (
        "CREATE OR REPLACE FUNCTION public.kit_clock() RETURNS timestamptz LANGUAGE sql "
        "AS 'SELECT timestamptz ''2016-01-01'''"
    ),
    "session_replication_role": "SET session_replication_role = replica",
    "upsert": (
        f"INSERT INTO {TABLE} SELECT * FROM {TABLE} ON CONFLICT (id) DO UPDATE SET name = 'Forged'"
    ),
    "MERGE": (
        f"MERGE INTO {TABLE} a USING {TABLE} b ON a.id = b.id "
        "WHEN MATCHED THEN UPDATE SET name = 'Forged'"
    ),
    "a temporary table in the way": f"CREATE TEMPORARY TABLE {HISTORY} (LIKE public.{HISTORY})",
    "a forged row of history": f"INSERT INTO {HISTORY} SELECT * FROM {HISTORY} LIMIT 1",
    "a forged migration": "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
    "a row restored from an export": LIKE.format(
        ", 'origin', 'restored', 'published_at', '2016-01-01', 'recorded_at', '2016-01-01'"
    ),
    "a second launch": "INSERT INTO kit_launch VALUES (true, now(), 'load')",
    "another launch": "UPDATE kit_launch SET loaded_in = pg_current_xact_id()::text",
    "no launch": "DELETE FROM kit_launch",
    "a slip of its own": (
        'INSERT INTO kit_redaction (at, "table", row_id, fields, gone, by_whom, reason, open_in) '
        "VALUES (now(), 'x', 1, '{name}', '{}', 'me', 'x', pg_current_xact_id()::text)"
    ),
    "words after a redaction": [
        f"SELECT kit_redact('{TABLE}', {OLDEST}, '{{name}}', 'me', 'A slip')",
        f"UPDATE {TABLE} SET name = 'Forged' WHERE id = {OLDEST}",
    ],
    "redaction of what holds no words": (
        f"SELECT kit_redact('{TABLE}', {OLDEST}, '{{published_as}}', 'me', 'A slip')"
    ),
    "redaction without a reason": f"SELECT kit_redact('{TABLE}', {OLDEST}, '{{name}}', 'me', ' ')",
    "redaction of other tables": "SELECT kit_redact('partners_user', 1, '{name}', 'me', 'A slip')",
    "redaction of words everywhere": "SELECT kit_redact_words('The first name', 'me', 'A slip')",
    "the owner's role": (
        "DO $$ BEGIN EXECUTE format('SET ROLE %I', "
        "(SELECT tableowner FROM pg_tables WHERE tablename = 'kit_launch')); END $$"
    ),
    "a table of its own": "CREATE TABLE public.own (i int)",
    "a schema of its own": "CREATE SCHEMA own",
    "a clock of its own in the way": (
        "CREATE FUNCTION pg_temp.kit_clock() RETURNS timestamptz LANGUAGE sql "
        "AS 'SELECT timestamptz ''2016-01-01'''"
    ),
    "an extension": "CREATE EXTENSION dblink",
    "a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "a row that was changed with its published statement": (
        "UPDATE newsroom_newspartner SET partner_id = partner_id + 1"
    ),
    "a row taken from its published statement": "DELETE FROM newsroom_newspartner",
    "readings moved to another measure": "UPDATE metrics_series SET metric_id = metric_id + 1",
    "a milestone moved to another programme": (
        "UPDATE programmes_milestone SET programme_id = programme_id + 1"
    ),
    "a sign-in": "DELETE FROM partners_signin",
}


@pytest.fixture
def record(transactional_db):
    """Something on the record, that everybody sees."""
    body = partner("RTX", "The first name")
    called(body, "A second name", published="2016")
    profiled(body)
    news(partners=[body])
    series(metric())
    milestone(programme(), "opens")


@pytest.fixture
def web(record):
    """A connection as the web's: it logs in as that role, and cannot set it back."""
    with as_owner() as cursor:
        # Rights on a database are not copied with it.
        for sql in guards.grants_on_database():
            cursor.execute(sql)
    given = connection.get_connection_params() | {"user": settings.DATABASE_WEB_ROLE}
    given.pop("cursor_factory", None)
    with closing(psycopg2.connect(**given)) as as_web, as_web.cursor() as cursor:
        yield cursor


def try_it(cursor, way):
    for sql in [way] if isinstance(way, str) else way:
        cursor.execute(sql)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("has_switch", [False, True], ids=["", "with the switch of the library"])
def test_the_webs_role_is_refused(web, has_switch):
    done = []
    for way, sql in REFUSED.items():
        web.execute("SELECT string_agg(tgname, ',') FROM pg_trigger WHERE NOT tgisinternal")
        if has_switch:
            switch = f"{{{web.fetchone()[0]}}}"
            web.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [switch])
        try:
            try_it(web, sql)
        except (psycopg2.IntegrityError, psycopg2.errors.InsufficientPrivilege):
            pass
        else:
            done.append(way)
        web.connection.rollback()
    assert done == []


def test_a_row_that_claims_to_be_older_is_recorded_now(web):
    web.execute(LIKE.format(BACK_DATED))
    web.execute(
        f"SELECT recorded_at > now() - interval '1 minute' FROM {TABLE} WHERE name = 'Forged'"
    )
    assert web.fetchone() == (True,)


def test_a_row_that_is_copied_in_is_recorded_now(web):
    web.execute(f"SELECT * FROM {TABLE} WHERE id = {OLDEST}")
    names = [column.name for column in web.description]
    row = dict(zip(names, web.fetchone(), strict=True)) | {"id": 999_999, "name": "Forged"}
    line = "\t".join(r"\N" if value is None else str(value) for value in row.values())
    web.copy_expert(f"COPY {TABLE} ({', '.join(names)}) FROM STDIN", StringIO(line + "\n"))
    web.execute(f"SELECT recorded_at > now() - interval '1 minute' FROM {TABLE} WHERE id = 999999")
    assert web.fetchone() == (True,)


@pytest.mark.parametrize("name", ["statement", "draft", "thing"])
def test_no_change_is_without_a_trace_even_with_the_switch_of_the_library(web, name):
    sql, history = {
        "statement": (LIKE.format(""), HISTORY),
        "draft": (LIKE.format(", 'published_at', NULL, 'recorded_at', NULL"), HISTORY),
        "thing": (
            "INSERT INTO partners_partner (slug, code) VALUES ('new', 'NEW')",
            "partners_partnerevent",
        ),
    }[name]
    web.execute(f"SELECT count(*) FROM {history}")
    [before] = web.fetchone()
    web.execute("SELECT string_agg(tgname, ',') FROM pg_trigger WHERE NOT tgisinternal")
    web.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{web.fetchone()[0]}}}"])
    web.execute(sql)
    web.execute(f"SELECT count(*) FROM {history}")
    assert web.fetchone()[0] == before + 1


def test_what_is_published_meanwhile_takes_no_row_from_who_saw_it_as_a_draft(web):
    version = draft(by=person(), at=present())
    web.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    web.execute("SELECT count(*) FROM newsroom_newsversion")
    version.state, version.approved_by, version.approved_at = "published", person(), present()
    put_on_record(version, at=present())
    with pytest.raises(psycopg2.errors.SerializationFailure):
        web.execute(
            "INSERT INTO newsroom_newspartner (version_id, partner_id) "
            "SELECT %s, min(id) FROM partners_partner",
            [version.pk],
        )


def test_in_a_backup_put_back_no_later_transaction_passes_for_the_first_load(web):
    with as_owner() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; "
            "UPDATE kit_launch SET loaded_in = pg_current_xact_id()::text::bigint + 20 "
            "RETURNING loaded_in"
        )
        [[awaited]] = cursor.fetchall()
        cursor.execute("RESET session_replication_role")
    for _ in range(50):
        web.execute("SELECT pg_current_xact_id()::text")
        [number] = web.fetchone()
        if number == awaited:
            break
        web.connection.rollback()
    assert number == awaited
    web.execute(LIKE.format(BACK_DATED))
    web.execute(f"SELECT recorded_at > '2017-01-01' FROM {TABLE} WHERE name = 'Forged'")
    assert web.fetchone() == (True,)


@pytest.mark.django_db
def test_who_may_become_the_owner_counts_as_the_owner():
    assert not guards.owns_tables()
    with as_owner() as cursor:
        cursor.execute("SELECT quote_ident(current_user)")
        cursor.execute(f"GRANT {cursor.fetchone()[0]} TO {settings.DATABASE_WEB_ROLE}")
    assert guards.owns_tables()


def test_truncate_is_refused_to_the_owner_too(record):
    with as_owner() as cursor, pytest.raises(Exception, match="only added to"):
        cursor.execute(f"TRUNCATE {TABLE} CASCADE")


@pytest.mark.django_db
def test_every_guard_that_the_code_names_is_installed():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'kit\\_%'"
        )
        there = set(cursor.fetchall())
    assert there == set(guards.names())


@pytest.mark.django_db
def test_the_functions_of_the_library_have_their_own_right_and_are_deaf_to_its_switch():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosecdef, proconfig FROM pg_proc WHERE proname LIKE 'pgtrigger\\_%'"
        )
        found = cursor.fetchall()
    assert len(found) > 100
    for name, has_own_right, settings_of_its_own in found:
        assert has_own_right, name
        assert "pgtrigger.ignore={}" in settings_of_its_own, name
        assert "search_path=public, pg_temp" in settings_of_its_own, name
