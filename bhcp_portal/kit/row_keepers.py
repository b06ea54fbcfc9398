"""What keeps the row store: SQL of functions and triggers, made from what kinds declare.

Of each kind one function writes the rows of some statements anew. Triggers call it for what was just
written, for all copies of it, and for what goes by a slug or a code that a thing has no longer.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from django.apps import apps
from django.db import connection, models
from django.db.models import BigIntegerField, BooleanField, DateField, F, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from bhcp_portal.kit.kinds import field_at, kinds
from bhcp_portal.kit.public_rows import BETWEEN, identity_paths, label_of
from bhcp_portal.kit.statements import LOADED_WITHIN
from bhcp_portal.kit.things import Thing

# So many statements at once are planned for by themselves.
MANY = 100
EXACT = models.DecimalField(max_digits=18, decimal_places=4)


class RowKeeper(NamedTuple):
    """What keeps the rows when a table is written to: SQL of functions, the last that of its triggers."""

    table: str
    functions: str
    trigger: str
    events: tuple[tuple[str, str], ...]


def keepers() -> Iterator[RowKeeper]:
    """What the owner installs after each migrate, so that no row is missing or out of date."""
    rebuild = _REBUILD.format(at_launch=_AT_LAUNCH, writes=_writes())
    at_launch = ("AFTER INSERT", "FOR EACH STATEMENT")
    yield RowKeeper("kit_launch", rebuild, "kit_rebuild_rows_at_launch", (at_launch,))
    for kind in kinds():
        table = kind.model._meta.db_table
        functions = _write(kind) + _NOTE.format(
            table=table, write=_writer(kind), ids=_copies(kind), many=MANY
        )
        yield RowKeeper(table, functions, f"kit_note_{table}", _WRITTEN)
    for model in apps.get_models():
        if issubclass(model, Thing) and (writes := _renewals(model)):
            table = model._meta.db_table
            names = [name for name in ("slug", "code") if hasattr(model, name)]
            functions = _RENAME.format(table=table, writes=writes)
            events = ((f"AFTER UPDATE OF {', '.join(names)}", "FOR EACH ROW"),)
            yield RowKeeper(table, functions, f"kit_rename_{table}", events)


def rebuilt_where_changed(kept: Iterable[RowKeeper]) -> str:
    """SQL that makes the rows anew where what keeps them is not what made those that there are."""
    made_by = sha256("".join(keeper.functions for keeper in kept).encode()).hexdigest()
    return f"""
DO $$ BEGIN
    IF obj_description('public.kit_rebuild_rows'::regproc) IS DISTINCT FROM '{made_by}' THEN
        PERFORM public.kit_rebuild_rows();
        COMMENT ON FUNCTION public.kit_rebuild_rows IS '{made_by}';
    END IF;
END $$"""


def _writer(kind):
    return f"kit_rows_of_{kind.model._meta.db_table}"


_FRESH = "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
_WRITTEN = (("AFTER INSERT", _FRESH), ("AFTER UPDATE", _FRESH))
_AT_LAUNCH = f"launch + interval '{LOADED_WITHIN.total_seconds():.0f} seconds'"
_REBUILD = """
CREATE OR REPLACE FUNCTION public.kit_listed_at(launch timestamptz, p timestamptz, q timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN launch IS NULL THEN p WHEN q <= {at_launch} THEN least(p, q) ELSE q END
$$;
CREATE OR REPLACE FUNCTION public.kit_rebuild_rows() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE one record;
BEGIN
    DELETE FROM kit_publicrow;
    {writes}
END $$;
REVOKE EXECUTE ON FUNCTION public.kit_rebuild_rows FROM PUBLIC;
CREATE OR REPLACE FUNCTION public.kit_rebuild_rows_at_launch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- From then on lists name things by when they came here.
    IF EXISTS (SELECT FROM kit_publicrow) THEN PERFORM kit_rebuild_rows(); END IF;
    RETURN NULL;
END $$;
"""
_NOTE = """
CREATE OR REPLACE FUNCTION public.kit_note_{table}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE is_bulk boolean := (SELECT count(*) > {many} FROM fresh);
BEGIN
    IF EXISTS (SELECT FROM fresh WHERE published_at IS NOT NULL) THEN
        -- The planner does not know yet how many rows have just come, and would compare each with each.
        IF is_bulk THEN PERFORM set_config('enable_nestloop', 'off', true); END IF;
        PERFORM {write}(ARRAY({ids}));
        IF is_bulk THEN PERFORM set_config('enable_nestloop', 'on', true); END IF;
    END IF;
    RETURN NULL;
END $$;
"""
_RENAME = """
CREATE OR REPLACE FUNCTION public.kit_rename_{table}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    {writes}
    RETURN NULL;
END $$;
"""
# What a row of the store is made of, besides what is counted: from the statement (c), and what it tells (t).
_OF_STATEMENT = (
    "source_id",
    "published_at",
    "published_as",
    "recorded_at",
    "taken_back_at",
    "taken_back_because",
    "mended",
    "is_outdone",
    "is_mend",
)
_CONTENT = (
    "statement",
    "thing",
    "slug",
    "other",
    "identity",
    "code",
    "number",
    "unit",
    "qualifier",
    "words",
    "day",
    "starts",
    "ends",
)
_COUNTED = {
    "number_of": "count(*)",
    "first": "min(t.period)",
    "last": "max(t.period)",
    "places": "coalesce(array_agg(DISTINCT t.place) FILTER (WHERE t.place IS NOT NULL), '{}')",
    "reasons": "coalesce(array_agg(DISTINCT c.reason) FILTER (WHERE c.reason <> ''), '{}')",
    "certainty": "max(c.certainty)",
}


def _write(kind):
    """SQL of the function that writes the rows of some statements, given with all that they share rows with."""
    table = kind.model._meta.db_table
    content = _sql(_content(kind))
    forgotten = "r.statement = ANY (ids)"
    if kind.comes_in_bulk:
        forgotten = (
            f"(r.thing, r.published_at) IN (SELECT t.thing, s.published_at FROM ({content}) t "
            f'JOIN "{table}" s ON s.id = t.pk)'
        )
    matter = [f's."{column}"' for column in _matter(kind)]
    is_whole = " AND ".join(f"{column} IS NOT NULL" for column in matter) or "false"
    alike = ", ".join([*matter, f"CASE WHEN NOT ({is_whole}) THEN s.id END"])
    keys = [*(f"t.{name}" for name in _CONTENT), *(f"c.{name}" for name in _OF_STATEMENT)]
    forget = f"DELETE FROM kit_publicrow r WHERE r.kind = '{label_of(kind)}' AND {forgotten}"
    write = f"""
    WITH listed AS MATERIALIZED (
        SELECT s.*, kit_listed_at(launch, s.published_at, s.recorded_at) AS listed_at
        FROM "{table}" s WHERE s.id = ANY (ids) AND s.published_at IS NOT NULL
    ),
    copies AS MATERIALIZED (
        SELECT s.*, coalesce(s.superseded_at = s.published_at, false) AS is_outdone,
            coalesce(range_agg(tstzrange(s.recorded_at, s.taken_back_at)) OVER later, '{{}}') AS mended,
            row_number() OVER in_turn > 1 AS is_mend,
            CASE WHEN s.recorded_at <= {_AT_LAUNCH} THEN s.listed_at
                ELSE min(s.listed_at) OVER (in_turn) END AS first_listed_at
        FROM listed s
        WINDOW in_turn AS (PARTITION BY {alike}, s.published_at ORDER BY s.recorded_at, s.id),
            later AS (in_turn ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
    ),
    rows AS (
        SELECT {", ".join(keys)}, c.listed_at, c.first_listed_at,
            {", ".join(f"{sql} AS {name}" for name, sql in _COUNTED.items())}
        FROM copies c JOIN ({content}) t ON t.pk = c.id
        GROUP BY {", ".join(keys)}, c.listed_at, c.first_listed_at
    )
    INSERT INTO kit_publicrow (kind, {", ".join([*_CONTENT, *_OF_STATEMENT, *_COUNTED])},
        listed_at, first_listed_at, is_taking_back)
    SELECT '{label_of(kind)}', {", ".join(f"r.{name}" for name in [*_CONTENT, *_OF_STATEMENT, *_COUNTED])}, event.*
    FROM rows r CROSS JOIN LATERAL (
        SELECT r.listed_at, r.first_listed_at, false
        UNION ALL SELECT r.taken_back_at, r.taken_back_at, true WHERE r.taken_back_at IS NOT NULL
    ) event"""
    # With many the plan made for a few would compare each with each, so it is made for them alone.
    for_many = [
        re.sub(r"\blaunch\b", "$2", re.sub(r"\bids\b", "$1", sql)) for sql in (forget, write)
    ]
    return f"""
CREATE OR REPLACE FUNCTION public.{_writer(kind)}(ids bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE launch timestamptz := (SELECT launched_at FROM kit_launch);
BEGIN
    IF cardinality(ids) > {MANY} THEN
        EXECUTE $q${for_many[0]}$q$ USING ids;
        EXECUTE $q${for_many[1]}$q$ USING ids, launch;
    ELSE
        {forget};
        {write};
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION public.{_writer(kind)} FROM PUBLIC;
"""


def _matter(kind):
    return [kind.model._meta.get_field(name).column for name in kind.model.identity_fields]


def _copies(kind):
    """SQL of the keys of what shares rows with the statements in ``fresh``, these among them."""
    table, is_public = kind.model._meta.db_table, "f.published_at IS NOT NULL"
    if kind.comes_in_bulk:
        part = kind.model._meta.get_field(kind.thing.split("__")[0])
        parts, part_id = part.related_model._meta.db_table, part.column
        thing_id = field_at(kind.model, kind.thing).column
        return (
            f'SELECT s.id FROM (SELECT DISTINCT p."{thing_id}", f.published_at FROM fresh f '
            f'JOIN "{parts}" p ON p.id = f."{part_id}" WHERE {is_public}) g '
            f'JOIN "{parts}" p ON p."{thing_id}" = g."{thing_id}" '
            f'JOIN "{table}" s ON s."{part_id}" = p.id AND s.published_at = g.published_at'
        )
    own = f"SELECT f.id FROM fresh f WHERE {is_public}"
    matter = [f's."{column}" = f."{column}"' for column in _matter(kind)]
    if not matter:
        return own
    same = " AND ".join([*matter, "s.published_at = f.published_at"])
    return f'{own} UNION SELECT s.id FROM fresh f JOIN "{table}" s ON {same}'


def _writes():
    """SQL that writes the rows of every statement of every kind; of one in bulk thing by thing."""
    calls = []
    for kind in kinds():
        published = kind.model.objects.published().order_by()
        if kind.comes_in_bulk:
            of_one = published.filter(**{kind.thing: RawSQL("one.id", ())})
            table = kind.thing_model._meta.db_table
            call = f"PERFORM {_writer(kind)}(ARRAY({_sql(of_one.values('pk'))}));"
            calls.append(f'FOR one IN SELECT id FROM "{table}" LOOP {call} END LOOP;')
        else:
            calls.append(f"PERFORM {_writer(kind)}(ARRAY({_sql(published.values('pk'))}));")
    return "\n    ".join(calls)


def _renewals(model):
    """SQL that writes anew the rows that go by the slug or the code of a thing of this model."""
    calls = []
    for kind in kinds():
        paths = {"source", kind.thing, *(path.rpartition("__")[0] for path in kind.places)}
        paths |= {path.rpartition("__")[0] for path, _ in identity_paths(kind) if "__" in path}
        paths = sorted(
            path for path in paths if path and field_at(kind.model, path).related_model is model
        )
        if paths:
            is_of_it = Q()
            for path in paths:
                is_of_it |= Q(**{path: RawSQL("NEW.id", ())})
            ids = _sql(kind.model.objects.published().filter(is_of_it).order_by().values("pk"))
            calls.append(f"PERFORM {_writer(kind)}(ARRAY({ids}));")
    return "\n    ".join(calls)


def _content(kind) -> models.QuerySet:
    """What each of some statements tells, by its key. ``ids``: a variable of the function around it."""
    nothing = Cast(Value(None), BigIntegerField())
    rows = kind.model.objects.order_by().filter(
        RawSQL(f'"{kind.model._meta.db_table}"."id" = ANY (ids)', (), BooleanField())
    )
    period = F("period") if kind.comes_in_bulk else Value(None)
    place = Coalesce(*map(F, kind.places), Value("")) if kind.places else Value(None)
    return rows.annotate(
        content_statement=nothing if kind.comes_in_bulk else F("pk"),
        content_thing=F(f"{kind.thing}_id") if kind.thing else nothing,
        content_slug=_text(f"{kind.thing}__slug" if kind.thing else ""),
        content_other=F(f"{kind.other}_id") if kind.other else nothing,
        content_identity=_identity(kind),
        content_code=_text(kind.code),
        content_number=Cast(F(kind.number) if kind.number else Value(None), EXACT),
        content_unit=_text(kind.unit_field) if kind.unit_field else Value(kind.unit, TextField()),
        content_qualifier=_text(kind.qualifier),
        content_words=_text(kind.words),
        content_day=_first_given(kind.days),
        content_starts=_text(kind.starts),
        content_ends=_text(kind.ends),
        content_period=Cast(period, DateField()),
        content_place=Cast(place, TextField()),
    ).values_list("pk", *(f"content_{name}" for name in (*_CONTENT, "period", "place")))


def _sql(queryset):
    """A queryset as SQL with its parameters in it, the columns without the prefix of ``_content``."""
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        text = cursor.cursor.mogrify(sql, params).decode()
    return text.replace('AS "content_', 'AS "').replace(' AS "id"', ' AS "pk"')


def _identity(kind):
    """What tells a statement from others of its thing and moment. An export keeps it."""
    first, *others = (_text(path) for path, _ in identity_paths(kind))
    for other in others:
        first = Concat(first, Value(BETWEEN), other, output_field=TextField())
    return first


def _text(path):
    text = Cast(F(path), TextField()) if path else Value("", TextField())
    return Coalesce(text, Value(""), output_field=TextField())


def _first_given(paths):
    texts = (NullIf(_text(path), Value("")) for path in paths)
    return Coalesce(*texts, Value(""), output_field=TextField()) if paths else _text("")
