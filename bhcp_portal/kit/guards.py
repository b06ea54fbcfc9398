"""The database's own guards, which hold against whoever has the web's connection.

Two roles use the database. The owner migrates and installs these guards; the web and the worker
connect as a role that owns nothing (``settings.DATABASE_WEB_ROLE``). The owner installs them anew
after each migrate, for all models there are, so that no migration can forget one.
"""

from itertools import chain
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection

from bhcp_portal.kit.actions import word_fields
from bhcp_portal.kit.addresses import OLD_NAMES
from bhcp_portal.kit.kinds import table_of
from bhcp_portal.kit.public_rows import PublicRow
from bhcp_portal.kit.row_keepers import keepers, rebuilt_where_changed
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

# An app's own functions of the owner lie in a file of this name.
FUNCTIONS = "guards.sql"
# What no role but the owner writes, besides the histories.
READ_ONLY = ("django_migrations", "kit_redaction", "kit_revision", "kit_publication")


class Trigger(NamedTuple):
    table: str
    name: str
    sql: str


def install() -> None:
    """Install every guard and grant the web's role what it may do. Run it as the owner."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if "kit_launch" not in tables:
            return
        for path in (Path(app.path) / FUNCTIONS for app in apps.get_app_configs()):
            if path.exists():
                cursor.execute(path.read_text())
        models = [model for model in apps.get_models() if model._meta.db_table in tables]
        has_rows = PublicRow._meta.db_table in tables
        kept = list(keepers()) if has_rows else []
        cursor.execute("".join(keeper.functions for keeper in kept) or "SELECT")
        triggers = [trigger.sql for trigger in [*_triggers(models), *_of_rows(kept, tables)]]
        cursor.execute("SELECT current_user")
        # Where the web's role owns the tables it has every right, and keeps those of the owner.
        has_two_roles = cursor.fetchone() != (settings.DATABASE_WEB_ROLE,)
        grants = [*_grants(models), *grants_on_database()] if has_two_roles else []
        cursor.execute("; ".join([*triggers, *_library_functions(cursor), *grants]))
        if has_rows:
            cursor.execute(rebuilt_where_changed(kept))


def names() -> set[tuple[str, str]]:
    """The guards that there must be: pairs of a table and a trigger."""
    models = list(apps.get_models())
    kept = _of_rows(keepers(), {model._meta.db_table for model in models})
    return {(trigger.table, trigger.name) for trigger in [*_triggers(models), *kept]}


def is_public(model) -> bool:
    """Whether public pages show rows of a model, so that each change of one moves the revision."""
    return issubclass(model, Statement | Thing) or getattr(model, "IS_PUBLIC", False)


def owns_tables() -> bool:
    """Whether this process connects as one who is or may become the owner of the tables.

    No guard holds back the owner, nor a member of the owner's role, nor a superuser.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(tableowner, 'MEMBER') FROM pg_tables WHERE tablename = 'kit_launch'"
        )
        return cursor.fetchone() == (True,)


def grants_on_database() -> list[str]:
    """SQL that lets the web's role into this database alone, and make no table in it."""
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    web = connection.ops.quote_name(settings.DATABASE_WEB_ROLE)
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {web}",
    ]


def _triggers(models):
    models = list(models)
    yield _trigger("kit_launch", "once", "BEFORE INSERT", "kit_launch_once()")
    yield _at_commit("kit_publication", "move", "INSERT", "kit_move_revision()")
    for model in models:
        table = model._meta.db_table
        if is_public(model):
            yield from _of_the_revision(model)
        if hasattr(model, "pgh_tracked_model") or getattr(model, "IS_APPEND_ONLY", False):
            yield from _only_added_to(table, getattr(model, "EMPTIED_LATER", None))
        elif issubclass(model, Statement):
            yield from _of_statements(model)
        elif fixed := getattr(model, "FIXED", ()):
            columns = [model._meta.get_field(name).column for name in fixed]
            is_other = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
            each = f"FOR EACH ROW WHEN ({is_other})"
            yield _trigger(table, "fixed", "BEFORE UPDATE", "kit_refuse()", each)
        elif part_of := getattr(model, "PART_OF", ""):
            field = model._meta.get_field(part_of)
            parent = field.related_model._meta.db_table
            guard = f"kit_part_guard('{parent}', '{field.column}')"
            yield _trigger(table, "part_guard", "BEFORE INSERT OR UPDATE OR DELETE", guard)
            yield _no_truncate(table)
        if issubclass(model, Thing):
            yield from _of_names(model, models)
        yield from _of_what_is_worked_out(model)


def _of_what_is_worked_out(model):
    """Triggers that forget rows of a read model when something changes that they were worked out from.

    It names its function in ``FORGOTTEN_BY``, and in ``RESTS_ON`` each table with what the function is told.
    """
    for label, arguments in getattr(model, "RESTS_ON", {}).items():
        table = apps.get_model(label)._meta.db_table
        for event, rows in (
            ("INSERT", "NEW TABLE AS fresh"),
            ("UPDATE", "OLD TABLE AS former NEW TABLE AS fresh"),
            ("DELETE", "OLD TABLE AS former"),
        ):
            yield _trigger(
                table,
                f"forget_{model._meta.model_name}_{event.lower()}",
                f"AFTER {event}",
                f"{model.FORGOTTEN_BY}({_quoted(arguments)})",
                f"REFERENCING {rows} FOR EACH STATEMENT",
            )


def _of_names(model, models):
    """Triggers that keep what a thing goes by: its slug and, if it has one, its code."""
    for name, trigger in (("slug", "address"), ("code", "code")):
        kept = OLD_NAMES[name]
        if hasattr(model, name) and kept in models:
            arguments = _quoted((kept._meta.db_table, name, table_of(model).name))
            event = f"BEFORE INSERT OR UPDATE OF {name}"
            yield _trigger(model._meta.db_table, trigger, event, f"kit_keeps_name({arguments})")


def _of_statements(model):
    table = model._meta.db_table
    matter = [model._meta.get_field(name).column for name in model.identity_fields]
    place = f"kit_place({_quoted(matter)})"
    stamped = [*matter[:1], *(["here"] if model.COUNTS_FROM_HERE else [])]
    stamp = _trigger(table, "stamp", "BEFORE INSERT OR UPDATE", f"kit_stamp({_quoted(stamped)})")
    if matter:
        stamp = stamp._replace(sql=f"{_first_of_matter(table, matter[0])}; {stamp.sql}")
    yield stamp
    yield _trigger(
        table, "guard", "AFTER UPDATE OR DELETE", f"kit_guard({_quoted(word_fields(model))})"
    )
    for name, event, rows in (
        ("place_new", "AFTER INSERT", "NEW TABLE AS fresh"),
        ("place", "AFTER UPDATE", "OLD TABLE AS former NEW TABLE AS fresh"),
    ):
        yield _trigger(table, name, event, place, f"REFERENCING {rows} FOR EACH STATEMENT")
    yield from _midnight(table)
    yield _no_truncate(table)


def _first_of_matter(table, column):
    """SQL of the function that tells ``kit_stamp`` what to lock, as no trigger can name a column."""
    return (
        f'CREATE OR REPLACE FUNCTION public.kit_first_of_matter(public."{table}") RETURNS text '
        f'LANGUAGE sql STABLE AS $$ SELECT ($1)."{column}"::text $$'
    )


def _midnight(table):
    """Triggers for what was recorded or taken back in the last hour of a day in London."""
    late = "extract(hour FROM NEW.{} AT TIME ZONE 'Europe/London') = 23"
    recorded, taken_back = late.format("recorded_at"), late.format("taken_back_at")
    for name, event, condition in (
        ("midnight_new", "INSERT", recorded),
        (
            "midnight",
            "UPDATE",
            f"OLD.recorded_at IS NULL AND {recorded} OR OLD.taken_back_at IS NULL AND {taken_back}",
        ),
    ):
        yield _at_commit(table, name, event, "kit_midnight()", f"WHEN ({condition})")


def _of_the_revision(model):
    """Triggers by which what is publicly shown moves the revision. Published statements stay."""
    argument, events = "'rows'", ("INSERT", "UPDATE", "DELETE")
    if issubclass(model, Statement):
        argument, events = "'statements'", ("INSERT", "UPDATE")
    for event in events:
        rows = "REFERENCING NEW TABLE AS fresh " if issubclass(model, Statement) else ""
        yield _trigger(
            model._meta.db_table,
            f"revision_{event.lower()}",
            f"AFTER {event}",
            f"kit_note_publication({argument})",
            f"{rows}FOR EACH STATEMENT",
        )


def _of_rows(kept, tables):
    """The triggers by which the row store follows what is published (``public_rows``)."""
    for keeper in kept:
        for event, each in keeper.events if keeper.table in tables else ():
            name = f"rows_{event.split()[1].lower()}"
            yield _trigger(keeper.table, name, event, f"{keeper.trigger}()", each)


def _at_commit(table, name, event, function, when=""):
    return Trigger(
        table,
        f"kit_{name}",
        f'DROP TRIGGER IF EXISTS kit_{name} ON public."{table}"; '
        f'CREATE CONSTRAINT TRIGGER kit_{name} AFTER {event} ON public."{table}" '
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} EXECUTE FUNCTION public.{function}",
    )


def _only_added_to(table, emptied_later):
    """``emptied_later``: the field that is emptied, the moment it counts from, after how long."""
    arguments = ""
    if emptied_later:
        field, moment, kept = emptied_later
        arguments = _quoted((field, moment, f"{kept.days} days"))
    yield _trigger(table, "refuse", "BEFORE UPDATE OR DELETE", f"kit_refuse({arguments})")
    yield _no_truncate(table)


def _no_truncate(table):
    return _trigger(table, "truncate", "BEFORE TRUNCATE", "kit_refuse()", "FOR EACH STATEMENT")


def _trigger(table, name, event, function, each="FOR EACH ROW"):
    return Trigger(
        table,
        f"kit_{name}",
        f'CREATE OR REPLACE TRIGGER kit_{name} {event} ON public."{table}" {each} '
        f"EXECUTE FUNCTION public.{function}",
    )


def _library_functions(cursor):
    """The library that keeps the history has functions that obey a setting; these no longer do.

    With the right of their owner they write to a history that the web's role can only read.
    """
    cursor.execute(
        "SELECT oid::regprocedure FROM pg_proc "
        "WHERE proname LIKE 'pgtrigger\\_%' AND pronamespace = 'public'::regnamespace"
    )
    for (function,) in cursor.fetchall():
        yield (
            f"ALTER FUNCTION {function} SECURITY DEFINER "
            "SET search_path = public, pg_temp SET \"pgtrigger.ignore\" = '{}'"
        )
        yield f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC"


def _grants(models):
    """What the web's role may do. What it was granted before and may no longer do is taken away."""
    web = connection.ops.quote_name(settings.DATABASE_WEB_ROLE)
    histories = [m._meta.db_table for m in models if hasattr(m, "pgh_tracked_model")]
    read_models = [m._meta.db_table for m in models if getattr(m, "IS_READ_MODEL", False)]
    append_only = [m._meta.db_table for m in models if getattr(m, "IS_APPEND_ONLY", False)]
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {web}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {web}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {web}"
    # What a later migration or createcachetable makes can be used before it is run again.
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {web}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {web}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {web}"
    yield f"REVOKE INSERT, UPDATE, DELETE ON {_names((*READ_ONLY, *histories, *read_models))} FROM {web}"
    yield f"REVOKE UPDATE, DELETE ON {_names(append_only)} FROM {web}"
    for model in models:
        if emptied_later := getattr(model, "EMPTIED_LATER", None):
            yield f'GRANT UPDATE ("{emptied_later[0]}") ON public."{model._meta.db_table}" TO {web}'
    functions = ("kit_redact", *chain.from_iterable(getattr(m, "FILLED_BY", ()) for m in models))
    for function in functions:
        yield f"GRANT EXECUTE ON FUNCTION public.{function} TO {web}"


def _quoted(words):
    return ", ".join(f"'{word}'" for word in words)


def _names(tables):
    return ", ".join(f'public."{table}"' for table in tables)
