-- How the database itself protects the record. The owner runs this after each migrate (guards.py).
-- Everything may be run again. No function here obeys a setting that the web's role can make.

-- The moment of a change, to the second. Tests replace this function.
CREATE OR REPLACE FUNCTION public.kit_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT date_trunc('second', clock_timestamp())
$$;

-- The launch is one row. Of a load it keeps the transaction, in which alone given moments are believed.
CREATE OR REPLACE FUNCTION public.kit_launch_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.loaded_in <> '' THEN
        NEW.loaded_in := pg_current_xact_id()::text;
        NEW.launched_at := least(NEW.launched_at, public.kit_clock());
    ELSE
        NEW.launched_at := public.kit_clock();
    END IF;
    RETURN NEW;
END $$;

-- All moments at which a published statement stands on a page (BEHAVIOUR R): before the launch by when it was said,
-- and since then by when it was here. What the search path of its callers is, it has no say in: it names all.
CREATE OR REPLACE FUNCTION public.kit_stands(
    published_at timestamptz, superseded_at timestamptz, taken_back_at timestamptz, here tstzmultirange
) RETURNS tstzmultirange LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT here * tstzmultirange(tstzrange(launched_at, NULL)) + CASE
            WHEN taken_back_at IS NULL AND published_at < launched_at
            THEN tstzmultirange(tstzrange(published_at, least(superseded_at, launched_at))) ELSE '{}' END
        FROM public.kit_launch WHERE published_at IS NOT NULL
    ), '{}')
$$;

-- Notes that this transaction publishes. Of statements it asks, since a draft is not public.
CREATE OR REPLACE FUNCTION public.kit_note_publication() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE is_public boolean := true;
BEGIN
    IF TG_ARGV[0] = 'statements' THEN
        SELECT EXISTS (SELECT FROM fresh WHERE published_at IS NOT NULL) INTO is_public;
    END IF;
    IF is_public THEN
        INSERT INTO kit_publication (transaction) VALUES (pg_current_xact_id()::text::bigint)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

-- Moves the revision by one, at the commit of a transaction that published.
CREATE OR REPLACE FUNCTION public.kit_move_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO kit_revision AS kept (is_the_only_one, number) VALUES (true, 1)
    ON CONFLICT (is_the_only_one) DO UPDATE SET number = kept.number + 1;
    DELETE FROM kit_publication WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;

-- Whether this transaction is the load at the launch. Where a backup was put back, transactions are counted
-- anew, so the row must be this one's own too.
CREATE OR REPLACE FUNCTION public.kit_is_loading() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT loaded_in = pg_current_xact_id()::text AND age(xmin) <= 0 FROM public.kit_launch
    ), false)
$$;

-- Before a statement is written: the database says when it came on the record, nobody else.
-- The arguments: the first column of its matter, and “here” where even what a document said counts from
-- its recording; the document's date then stands in given_as.
CREATE OR REPLACE FUNCTION public.kit_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    launch public.kit_launch;
    is_loading boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.here := '{}';
        NEW.superseded_at := NULL;
    END IF;
    IF NEW.published_at IS NULL THEN
        NEW.recorded_at := NULL;
        NEW.taken_back_at := NULL;
        NEW.taken_back_because := '';
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL AND NEW.taken_back_at IS NOT DISTINCT FROM OLD.taken_back_at THEN
        RETURN NEW;  -- kit_guard judges it
    END IF;
    -- Who publishes on the same matter waits for the other, and takes the moment after that.
    IF TG_NARGS > 0 THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended(TG_TABLE_NAME || ':' || coalesce(public.kit_first_of_matter(NEW), ''), 0));
    END IF;
    SELECT * INTO launch FROM public.kit_launch;
    IF NOT FOUND THEN
        -- Of two first publications at once, the second waits here for the first.
        INSERT INTO public.kit_launch (is_the_only_one, launched_at, loaded_in)
            VALUES (true, public.kit_clock(), '') ON CONFLICT DO NOTHING;
        SELECT * INTO launch FROM public.kit_launch;
    END IF;
    is_loading := launch.loaded_in = pg_current_xact_id()::text AND public.kit_is_loading();
    IF TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL THEN
        IF NEW.taken_back_at IS NOT NULL AND OLD.taken_back_at IS NULL AND NOT is_loading THEN
            NEW.taken_back_at := greatest(public.kit_clock(), OLD.recorded_at + interval '1 second');
        END IF;
    ELSIF is_loading THEN
        NEW.recorded_at := coalesce(NEW.recorded_at, launch.launched_at);
    ELSE
        NEW.recorded_at := public.kit_clock();
        NEW.taken_back_at := NULL;
        NEW.taken_back_because := '';
        IF NEW.origin = 'restored' THEN
            RAISE EXCEPTION 'Only an empty record is filled from an export: %.', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF TG_ARGV[1] = 'here' THEN
            NEW.given_as := coalesce(nullif(NEW.published_as, ''), NEW.given_as);
        END IF;
        IF NEW.origin = 'portal' OR TG_ARGV[1] = 'here' THEN
            NEW.published_at := NEW.recorded_at;
            NEW.published_as := '';
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR OLD.published_at IS NULL THEN
        -- Right where it is the first on its matter; else kit_place puts it right.
        NEW.here := tstzmultirange(tstzrange(NEW.recorded_at, NULL));
    END IF;
    RETURN NEW;
END $$;

-- After a command on a table of statements: from when to when each counts, for every matter that the
-- command touched, from three facts alone: when it was said (p), recorded (q) and taken back (x).
-- The arguments are the columns of the matter. A row with one of them empty is a matter of its own.
CREATE OR REPLACE FUNCTION public.kit_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    matter text := array_to_string(ARRAY(SELECT quote_ident(a) FROM unnest(TG_ARGV) a), ', ');
    is_whole text := coalesce((SELECT string_agg(format('s.%I IS NOT NULL', a), ' AND ') FROM unnest(TG_ARGV) a), 'false');
    is_bulk boolean;
    is_to_place boolean;
    -- Of readings even what a document said counts from its recording, but in the load at the launch.
    counts_from_here text := CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = TG_RELID AND attname = 'given_as')
        AND NOT public.kit_is_loading()
        THEN 'true' ELSE '%s.origin = ''portal''' END;
    is_same text := (SELECT string_agg(format('s.%1$I = f.%1$I', a), ' AND ') FROM unnest(TG_ARGV) a);
BEGIN
    IF pg_trigger_depth() > 1 OR NOT EXISTS (SELECT 1 FROM fresh WHERE published_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    -- The planner does not know yet how many rows have just come, and would compare each with each.
    is_bulk := (SELECT count(*) > 500 FROM fresh);
    IF is_bulk THEN
        PERFORM set_config('enable_nestloop', 'off', true);
    END IF;
    -- Of the first on its matter, kit_stamp has said already from when it counts.
    EXECUTE format($q$
        SELECT EXISTS (SELECT FROM fresh WHERE taken_back_at IS NOT NULL)
            OR EXISTS (SELECT FROM fresh f JOIN public.%I s ON %s WHERE s.id <> f.id AND s.published_at IS NOT NULL)
    $q$, TG_TABLE_NAME, coalesce(is_same, 'false')) INTO is_to_place;
    IF is_to_place AND TG_NARGS > 0 THEN
        -- Of two on one matter in one second, the second counts from the next.
        EXECUTE format($q$
            UPDATE public.%1$I s SET recorded_at = late.q,
                published_at = CASE WHEN %4$s THEN late.q ELSE s.published_at END
            FROM (
                SELECT f.id, max(s.recorded_at) + count(*) * interval '1 second' AS q
                FROM fresh f %3$s JOIN public.%1$I s ON %2$s LEFT JOIN fresh g ON g.id = s.id
                WHERE f.published_at IS NOT NULL AND s.published_at IS NOT NULL
                    AND (s.id < f.id OR g.id IS NULL)
                    AND s.recorded_at >= f.recorded_at AND (%5$s OR s.published_at = f.published_at)
                GROUP BY f.id
            ) late WHERE s.id = late.id
        $q$, TG_TABLE_NAME, is_same,
        CASE TG_OP WHEN 'UPDATE' THEN 'JOIN former o ON o.id = f.id AND o.published_at IS NULL' ELSE '' END,
        format(counts_from_here, 's'), format(counts_from_here, 'f'));
    END IF;
    IF is_to_place THEN
        EXECUTE format($q$
            WITH r AS MATERIALIZED (
                SELECT s.id, ROW(%1$sCASE WHEN %3$s THEN NULL ELSE s.id END) AS m,
                    s.published_at AS p, s.recorded_at AS q, s.taken_back_at AS x, s.superseded_at, s.here
                FROM public.%2$I s
                WHERE s.published_at IS NOT NULL AND %4$s
            ),
            said AS (
                SELECT id, lead(p) OVER (PARTITION BY m ORDER BY p, q) AS until FROM r WHERE x IS NULL
                UNION ALL SELECT id, p FROM r WHERE x IS NOT NULL
            ),
            ranked AS (
                SELECT *, ARRAY[least(p, q), q, p] AS rank, bool_or(x IS NOT NULL) OVER (PARTITION BY m) AS has_taken_back
                FROM r
            ),
            -- Where nothing was taken back, who outranks all that came before stands until the next who does.
            firsts AS (
                SELECT id, m, q, rank, max(rank) OVER (
                    PARTITION BY m ORDER BY q, rank ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS best
                FROM ranked WHERE NOT has_taken_back
            ),
            plain AS (
                SELECT id, tstzrange(q, lead(q) OVER (PARTITION BY m ORDER BY q, rank)) AS stretch
                FROM firsts WHERE best IS NULL OR rank > best
            ),
            turns AS (SELECT DISTINCT m, unnest(ARRAY[q, x]) AS at FROM ranked WHERE has_taken_back),
            stretches AS (
                SELECT m, at, lead(at) OVER (PARTITION BY m ORDER BY at) AS until FROM turns WHERE at IS NOT NULL
            ),
            won AS (
                SELECT DISTINCT ON (t.m, t.at) k.id, tstzrange(t.at, t.until) AS stretch
                FROM stretches t JOIN ranked k
                    ON k.m = t.m AND k.has_taken_back AND k.q <= t.at AND (k.x IS NULL OR k.x > t.at)
                ORDER BY t.m, t.at, rank DESC
            ),
            stood AS (
                SELECT id, range_agg(stretch) AS here
                FROM (SELECT * FROM plain UNION ALL SELECT * FROM won) each GROUP BY id
            )
            UPDATE public.%2$I s SET superseded_at = said.until, here = coalesce(stood.here, '{}')
            FROM said LEFT JOIN stood USING (id)
            WHERE s.id = said.id
                AND (s.superseded_at IS DISTINCT FROM said.until OR s.here IS DISTINCT FROM coalesce(stood.here, '{}'))
        $q$,
            CASE WHEN TG_NARGS = 0 THEN '' ELSE 's.' || replace(matter, ', ', ', s.') || ', ' END,
            TG_TABLE_NAME,
            is_whole,
            CASE WHEN TG_NARGS = 0 THEN 's.id IN (SELECT id FROM fresh)' ELSE format(
                's.id IN (SELECT id FROM fresh UNION SELECT s.id FROM fresh f JOIN public.%I s ON %s '
                'WHERE f.published_at IS NOT NULL)', TG_TABLE_NAME, is_same)
            END);
    END IF;
    IF is_bulk THEN
        PERFORM set_config('enable_nestloop', 'on', true);
    END IF;
    RETURN NULL;
END $$;

-- After a row of a statement was changed or deleted: only spans may change, and only by kit_place; words
-- only under the slip of a redaction; what was published may be taken back once. The arguments are the
-- fields that hold words.
CREATE OR REPLACE FUNCTION public.kit_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    may_change text[] := '{}';
    before jsonb;
    after jsonb;
BEGIN
    IF OLD.published_at IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A published statement is never deleted: %.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        may_change := ARRAY['superseded_at', 'here', 'recorded_at', 'published_at'];
    END IF;
    IF OLD.taken_back_at IS NULL AND NEW.taken_back_at IS NOT NULL THEN
        may_change := may_change || ARRAY['taken_back_at', 'taken_back_because'];
    END IF;
    before := to_jsonb(OLD) - may_change;
    after := to_jsonb(NEW) - may_change;
    IF before IS DISTINCT FROM after AND NOT EXISTS (
        SELECT 1 FROM public.kit_redaction
        WHERE open_in = pg_current_xact_id()::text AND ("table" = '*'
            OR "table" = TG_TABLE_NAME AND row_id = OLD.id AND before - fields = after - fields)
    ) THEN
        RAISE EXCEPTION 'A published statement is never edited: %. Publish a newer one.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- The day in London on which a transaction ends. Tests, whose one transaction holds years, replace it.
CREATE OR REPLACE FUNCTION public.kit_day_of_commit() RETURNS date
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (public.kit_clock() AT TIME ZONE 'Europe/London')::date
$$;

-- At the end of a transaction that recorded something or took it back after 23:00 in London: if the day is
-- over by then, nothing of it counts, since a finished day's page does not change.
CREATE OR REPLACE FUNCTION public.kit_midnight() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day date := (coalesce(NEW.taken_back_at, NEW.recorded_at) AT TIME ZONE 'Europe/London')::date;
BEGIN
    IF public.kit_day_of_commit() > day AND NOT public.kit_is_loading() THEN
        RAISE EXCEPTION 'It turned midnight before this was saved: %.', TG_TABLE_NAME
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;

-- For rows that belong to a statement: once it is published, they can't change.
-- The arguments: the statement's table, and the row's column that refers to it.
CREATE OR REPLACE FUNCTION public.kit_part_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owners bigint[];
    is_published boolean;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        owners := owners || (to_jsonb(OLD) ->> TG_ARGV[1])::bigint;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        owners := owners || (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
    END IF;
    -- Who publishes it at the same time is waited for, and no older view of it counts.
    EXECUTE format(
        'SELECT coalesce(bool_or(published_at IS NOT NULL), false) '
        'FROM (SELECT published_at FROM public.%I WHERE id = ANY($1) ORDER BY id FOR SHARE) statement', TG_ARGV[0])
        INTO is_published USING owners;
    IF is_published AND NOT (TG_OP = 'UPDATE' AND EXISTS (
        SELECT 1 FROM public.kit_redaction WHERE open_in = pg_current_xact_id()::text AND "table" = '*'
    )) THEN
        RAISE EXCEPTION 'What belongs to a published statement is never edited: %.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- For what is only added to: history, slips of redactions, sign-ins; for what a series or a milestone is of,
-- which never changes; and against TRUNCATE.
-- The arguments, where there are any: a column that may be emptied, the moment it counts from, after how long.
CREATE OR REPLACE FUNCTION public.kit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM public.kit_redaction WHERE open_in = pg_current_xact_id()::text) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        IF to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object(TG_ARGV[0], NULL)
            AND (to_jsonb(OLD) ->> TG_ARGV[1])::timestamptz < public.kit_clock() - TG_ARGV[2]::interval
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of % is refused: it is only added to.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The name that a thing had once leads to the one that it has now. One that it came back to leads to itself, so
-- each step is younger than the one before. kept_in: the table of such steps; field: the column of the name.
CREATE OR REPLACE FUNCTION public.kit_name_now(kept_in text, field text, of_table text, was text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present text := was;
    step record;
    since timestamptz := '-infinity';
    latest bigint := 0;
BEGIN
    LOOP
        EXECUTE format(
            'SELECT moved_to, recorded_at, id FROM public.%I
                WHERE "table" = $1 AND %I = $2 AND upper_inf(here) AND (recorded_at, id) > ($3, $4)', kept_in, field
        ) INTO step USING of_table, present, since, latest;
        EXIT WHEN step.id IS NULL;
        present := step.moved_to;
        since := step.recorded_at;
        latest := step.id;
    END LOOP;
    RETURN present;
END $$;

-- Before a thing is made or its name changed: the old name must be kept as leading on to the new one, and no
-- thing may have what was once another's. The arguments: as of kit_name_now.
CREATE OR REPLACE FUNCTION public.kit_keeps_name() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named text := to_jsonb(NEW) ->> TG_ARGV[1];
    was text;
    what text := CASE TG_ARGV[1] WHEN 'slug' THEN 'address' ELSE 'code' END;
BEGIN
    -- A migration back takes the table of the steps away, and leaves this.
    IF to_regclass(format('public.%I', TG_ARGV[0])) IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        was := to_jsonb(OLD) ->> TG_ARGV[1];
        IF named = was OR EXISTS (
            SELECT 1 FROM public.kit_redaction WHERE open_in = pg_current_xact_id()::text AND "table" = '*'
        ) THEN
            RETURN NEW;
        END IF;
        IF public.kit_name_now(TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], was) <> named THEN
            RAISE EXCEPTION 'Change the % on the record’s page of it, so that the old one leads on.',
                CASE what WHEN 'address' THEN 'web address' ELSE what END
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF public.kit_name_now(TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], named) <> named THEN
        RAISE EXCEPTION '“%” was once the % of another, to which it leads on. Choose another.', named, what
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- The one lawful exception: words are replaced by a sentence that says when and why, in a statement, in its
-- history, and where they are the reason of one of its changes. Gives the sentence.
CREATE OR REPLACE FUNCTION public.kit_redact(changed regclass, row_id bigint, fields text[], by_whom text, why text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = changed);
    sentence text := format(
        'removed on %s: %s', to_char(public.kit_clock() AT TIME ZONE 'Europe/London', 'FMDD FMMonth YYYY'), why);
    slip bigint;
    field text;
    removed text[] := '{}';
    found text[];
    contexts uuid[];
    history text;
    key text;
    width int;
    is_list boolean;
    is_replacing boolean;
BEGIN
    IF why !~ '\S' OR by_whom !~ '\S' THEN
        RAISE EXCEPTION 'Say why, and who removes it.' USING ERRCODE = 'check_violation';
    END IF;
    -- The guard of a table names its fields that hold words.
    IF fields = '{}' OR NOT fields <@ coalesce((
        SELECT string_to_array(encode(tgargs, 'escape'), '\000') FROM pg_trigger
        WHERE tgrelid = changed AND tgname = 'kit_guard'
    ), '{}') THEN
        RAISE EXCEPTION 'Not words of a statement: % of %.', fields, name USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.kit_redaction ("at", "table", row_id, fields, gone, by_whom, reason, open_in)
        VALUES (public.kit_clock(), name, kit_redact.row_id, kit_redact.fields, '{}', by_whom, why, pg_current_xact_id()::text)
        RETURNING id INTO slip;
    -- First all words that go are gathered, then they are replaced, which writes history itself.
    FOREACH is_replacing IN ARRAY ARRAY[false, true] LOOP
        FOREACH field IN ARRAY fields LOOP
            SELECT format_type(atttypid, NULL) LIKE '%[]', nullif(atttypmod, -1) - 4 INTO is_list, width
                FROM pg_attribute WHERE attrelid = changed AND attname = field;
            FOREACH history IN ARRAY ARRAY[name, name || 'event'] LOOP
                key := CASE WHEN history = name THEN 'id' ELSE 'pgh_obj_id' END;
                IF is_replacing THEN
                    EXECUTE format(
                        CASE WHEN is_list
                            THEN 'UPDATE public.%1$I SET %2$I = ARRAY[rtrim(left($1, $3))] WHERE %3$I = $2 AND %2$I <> ''{}'''
                            ELSE 'UPDATE public.%1$I SET %2$I = rtrim(left($1, $3)) WHERE %3$I = $2 AND %2$I <> ''''' END,
                        history, field, key
                    ) USING sentence, kit_redact.row_id, coalesce(width, length(sentence));
                ELSE
                    EXECUTE format(
                        CASE WHEN is_list
                            THEN 'SELECT array_agg(words) FROM public.%1$I, unnest(%2$I) words WHERE %3$I = $1'
                            ELSE 'SELECT array_agg(%2$I::text) FROM public.%1$I WHERE %3$I = $1' END,
                        history, field, key
                    ) INTO found USING kit_redact.row_id;
                    removed := removed || coalesce(found, '{}');
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    -- An earlier redaction wrote its day in front of the sentence, but not in front of the reason.
    removed := removed || ARRAY(SELECT substring(words FROM '^removed on [^:]*: (.*)$') FROM unnest(removed) words);
    removed := array_remove(array_remove(removed, NULL), '');
    EXECUTE format('SELECT array_agg(DISTINCT pgh_context_id) FROM public.%I WHERE pgh_obj_id = $1', name || 'event')
        INTO contexts USING kit_redact.row_id;
    FOR history IN SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = 'pgh_context' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format(
            'UPDATE public.%I SET pgh_context = jsonb_set(pgh_context, ''{reason}'', to_jsonb($1)) '
            'WHERE pgh_context_id = ANY($2) AND pgh_context ->> ''reason'' = ANY($3)', history
        ) USING sentence, contexts, removed;
    END LOOP;
    -- The words as somebody proposed them: each is the whole of a cell.
    FOREACH field IN ARRAY removed LOOP
        FOREACH history IN ARRAY ARRAY['kit_proposal', 'kit_proposalevent'] LOOP
            EXECUTE format(
                'UPDATE public.%I SET rows = replace(rows::text, '': '' || to_jsonb($1)::text, '': '' || to_jsonb($2)::text)::jsonb, '
                'title = left(replace(title, $1, $2), 300) WHERE %I IN '
                '(SELECT id FROM public.kit_proposal WHERE rows @> $3 OR rows @> $4)',
                history, CASE WHEN history = 'kit_proposal' THEN 'id' ELSE 'pgh_obj_id' END
            ) USING field, sentence,
                jsonb_build_array(jsonb_build_object('result', kit_redact.row_id)),
                jsonb_build_array(jsonb_build_object('replaces', kit_redact.row_id));
        END LOOP;
    END LOOP;
    UPDATE public.kit_redaction r SET reason = sentence WHERE r.id <> slip AND r.reason = ANY(removed);
    UPDATE public.kit_redaction SET open_in = '' WHERE id = slip;
    -- Some constraints are checked when the transaction ends. Checked here, their error can be put into words.
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN sentence;
END $$;
REVOKE EXECUTE ON FUNCTION public.kit_redact FROM PUBLIC;

-- A pattern that finds words however they are spaced or cased, also as a slug, in an address and inside JSON.
CREATE OR REPLACE FUNCTION public.kit_pattern(words text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(DISTINCT regexp_replace(
        regexp_replace(btrim(written), '([][^$*+?(){}|\\.])', '\\\1', 'g'),
        '[\s_-]+', '(?:[\\s+_-]|%20|\\\\[nrt])+', 'g'
    ), '|')
    FROM (VALUES
        (words),
        (substr(to_jsonb(words)::text, 2, length(to_jsonb(words)::text) - 2)),
        (regexp_replace(normalize(lower(words), NFKD), '[^a-z0-9_\s-]', '', 'g'))
    ) form (written) WHERE length(btrim(written)) >= 4
$$;

-- Replaces words in every text of every table, whatever row they stand in; gives each table and how many rows.
-- A slug is replaced by another; a file that holds them, or whose row does, is emptied. ``files`` are the rows
-- whose packed files hold them, as {"table": [ids]}, since the database can't unpack. Tables and columns come
-- from the catalogue, so that a new one can't be forgotten. No role but the owner's may run it.
CREATE OR REPLACE FUNCTION public.kit_redact_words(words text, by_whom text, why text, files jsonb DEFAULT '{}')
RETURNS TABLE (reached text, how_many bigint) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pattern text := public.kit_pattern(words);
    sentence text := format(
        'removed on %s: %s', to_char(public.kit_clock() AT TIME ZONE 'Europe/London', 'FMDD FMMonth YYYY'), why);
    in_json text := substr(to_jsonb(sentence)::text, 2, length(to_jsonb(sentence)::text) - 2);
    slip bigint;
    place record;
BEGIN
    IF why !~ '\S' OR by_whom !~ '\S' THEN
        RAISE EXCEPTION 'Say why, and who removes it.' USING ERRCODE = 'check_violation';
    END IF;
    IF length(btrim(words)) < 4 OR pattern IS NULL OR sentence ~* pattern OR by_whom ~* pattern THEN
        RAISE EXCEPTION 'Give at least four characters that stand neither in the reason nor in the name of who removes them.'
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.kit_redaction ("at", "table", row_id, fields, gone, by_whom, reason, open_in)
        VALUES (public.kit_clock(), '*', 0, '{}', '{}', by_whom, why, pg_current_xact_id()::text)
        RETURNING id INTO slip;
    FOR place IN
        SELECT c.relname AS name, bool_or(a.attname = 'slug') AS has_slug,
            coalesce((SELECT k.attname FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary), 'ctid') AS key,
            string_agg(CASE WHEN a.atttypid = 'bytea'::regtype
                THEN format('position(convert_to($3, ''UTF8'') IN %I) > 0', a.attname)
                ELSE format('%I::text ~* $1', a.attname) END, ' OR ') AS stands,
            string_agg(CASE
                WHEN a.atttypid = 'bytea'::regtype THEN format($f$%I = ''::bytea$f$, a.attname)
                WHEN a.attname IN ('slug', 'moved_to') OR c.relname LIKE 'kit\_oldcode%' AND a.attname = 'code' OR EXISTS (
                    SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1
                        AND i.indkey[0] = a.attnum
                ) THEN format(
                    $f$%1$I = CASE WHEN %1$I ~* $1 THEN left('removed-' || md5($2 || %1$I), %2$s) ELSE %1$I END$f$,
                    a.attname, least(24, CASE WHEN a.atttypmod > 4 THEN a.atttypmod - 4 END))
                WHEN t.typcategory = 'A' THEN format(
                    $f$%1$I = ARRAY(SELECT rtrim(left(regexp_replace(w, $1, $2, 'gi'), %2$s)) FROM unnest(%1$I) w)$f$,
                    a.attname, coalesce(nullif(a.atttypmod, -1) - 4, 1000000000))
                WHEN t.typname IN ('json', 'jsonb') THEN format(
                    $f$%1$I = regexp_replace(%1$I::text, $1, $5, 'gi')::%2$s$f$, a.attname, t.typname)
                ELSE format(
                    $f$%1$I = rtrim(left(regexp_replace(%1$I, $1, $2, 'gi'), %2$s))$f$,
                    a.attname, coalesce(nullif(a.atttypmod, -1) - 4, 1000000000))
            END, ', ') AS changes
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            -- A read model may hold digits that look like the words, and nothing that anybody wrote.
            AND col_description(c.oid, a.attnum) IS DISTINCT FROM 'codes and numbers'
            AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
            AND (t.typcategory = 'S' OR e.typcategory = 'S' OR t.typname IN ('json', 'jsonb', 'bytea'))
        GROUP BY c.oid, c.relname
        -- A change of a row writes its history, so histories come last.
        ORDER BY EXISTS (SELECT 1 FROM pg_attribute h WHERE h.attrelid = c.oid AND h.attname = 'pgh_obj_id'), c.relname
    LOOP
        -- Addresses that go are kept as hashes, so that their pages can say that something was removed.
        IF place.has_slug THEN
            EXECUTE format($q$
                UPDATE public.kit_redaction SET gone = gone || ARRAY(
                    SELECT DISTINCT encode(sha256(convert_to(slug, 'UTF8')), 'hex') FROM public.%I WHERE slug ~* $1
                ) WHERE id = $2
            $q$, place.name) USING pattern, slip;
        END IF;
        EXECUTE format(
            'UPDATE public.%I SET %s WHERE %s OR %I::text IN (SELECT jsonb_array_elements_text($4 -> %L))',
            place.name, place.changes, place.stands, place.key, place.name
        ) USING pattern, replace(sentence, '\', '\\'), words, files, replace(in_json, '\', '\\');
        GET DIAGNOSTICS how_many = ROW_COUNT;
        reached := place.name;
        IF how_many > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    UPDATE public.kit_redaction SET open_in = '' WHERE id = slip;
END $$;
REVOKE EXECUTE ON FUNCTION public.kit_redact_words, public.kit_pattern FROM PUBLIC;
