-- Rows of verdicts (metrics/models/verdict_row.py): when they no longer count, and how they are written. The owner
-- runs this after each migrate (kit/guards.py). Everything may be run again.

-- After a command on a table that verdicts are worked out from: notes for which moments something else stands than
-- before. Rows of these moments count as none from the commit on (VerdictRowQuerySet). Nobody waits for anybody
-- here: those who publish share the lock of a measure. Who fills its rows takes it alone, and so waits for their
-- commits and reads after them (metrics/actions/verdicts.py).
-- The first argument says what the table is of, the others are columns:
--   'series': statements on a series.
--   'card': cards, and the columns that decide. A card that decides as the one before it changes nothing.
--   'place': places, and how a series names one. Their codes put series in turn.
CREATE OR REPLACE FUNCTION public.metrics_forget_verdicts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stood text := 'kit_stands(published_at, superseded_at, taken_back_at, here)';
    decides text := (SELECT format('ARRAY[%s]', string_agg(format('%I::text', name), ', ')) FROM unnest(TG_ARGV[1:]) name);
    -- What was and what is, before and after the command.
    images text := 'WITH o AS (SELECT *%2$s FROM ' || CASE TG_OP WHEN 'INSERT' THEN 'fresh WHERE false' ELSE 'former' END
        || '), n AS (SELECT *%2$s FROM ' || CASE TG_OP WHEN 'DELETE' THEN 'former WHERE false' ELSE 'fresh' END || ') ';
    otherwise text := 'coalesce(o.stood, ''{}'') + coalesce(n.stood, ''{}'') - coalesce(o.stood, ''{}'') * coalesce(n.stood, ''{}'')';
    of_metrics bigint[];
    of_series bigint[];
    moments text[];
BEGIN
    -- A migration back takes the tables away, and leaves this.
    IF to_regclass('public.metrics_verdictsdue') IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_ARGV[0] = 'series' THEN
        images := replace(images, '%2$s', format(', %s AS stood', stood)) || format($q$
            , touched AS (
                SELECT s.metric_id AS metric, s.id AS series, range_agg(each) AS moments
                FROM (
                    SELECT coalesce(n.series_id, o.series_id) AS series_id, unnest(%s) AS each FROM o FULL JOIN n USING (id)
                ) changed JOIN metrics_series s ON s.id = changed.series_id
                GROUP BY s.metric_id, s.id
            )
        $q$, otherwise);
    ELSIF TG_ARGV[0] = 'card' THEN
        images := replace(images, '%2$s', format(', %s AS stood, %s AS decides', stood, decides)) || format($q$
            , touched AS (
                SELECT metric, NULL::bigint AS series, range_agg(each) AS moments
                FROM (
                    SELECT coalesce(n.metric_id, o.metric_id) AS metric, unnest(%s - coalesce((
                        SELECT range_agg(stands) FROM metrics_metricprofile c, unnest(%s) stands
                        WHERE c.metric_id = coalesce(n.metric_id, o.metric_id) AND c.id <> coalesce(n.id, o.id)
                            AND %s = coalesce(n.decides, o.decides) AND c.id NOT IN (SELECT id FROM n)
                    ), '{}')) AS each
                    FROM o FULL JOIN n ON n.id = o.id
                ) changed GROUP BY metric
            )
        $q$, otherwise, stood, decides);
    ELSE
        images := replace(images, '%2$s', '') || format($q$
            , touched AS (
                SELECT DISTINCT s.metric_id AS metric, NULL::bigint AS series, '{(,)}'::tstzmultirange AS moments
                FROM o FULL JOIN n ON n.id = o.id JOIN metrics_series s ON s.%I = coalesce(n.id, o.id)
                WHERE n.code IS DISTINCT FROM o.code
            )
        $q$, TG_ARGV[1]);
    END IF;
    EXECUTE images || 'SELECT array_agg(metric), array_agg(series), array_agg(moments::text) FROM touched'
        INTO of_metrics, of_series, moments;
    IF of_metrics IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('verdicts of ' || metric, 0))
        FROM (SELECT DISTINCT unnest(of_metrics) AS metric ORDER BY metric) touched;
    INSERT INTO metrics_verdictsdue (metric_id, series_id, moments)
        SELECT * FROM unnest(of_metrics, of_series, moments::tstzmultirange[]);
    RETURN NULL;
END $$;

-- Deletes the rows of one measure that no longer count, and the notes of it, in the transaction that locked its
-- verdicts and is to work them out. Up to the first change a row of the main series holds on. Which series is the
-- main one may follow from the figures of another.
CREATE OR REPLACE FUNCTION public.metrics_clear_verdicts(metric bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changed tstzmultirange := (
        SELECT range_agg(each) FROM metrics_verdictsdue d, unnest(d.moments) each WHERE d.metric_id = metric);
BEGIN
    DELETE FROM metrics_verdictrow k USING metrics_verdictsdue d
        WHERE d.metric_id = metric AND k.metric_id = metric AND NOT k.is_main
            AND (d.series_id IS NULL OR d.series_id = k.series_id)
            AND tstzrange(k.begins_at, k.ends_at) && d.moments;
    DELETE FROM metrics_verdictrow k WHERE k.metric_id = metric AND k.is_main AND k.begins_at <@ changed;
    UPDATE metrics_verdictrow k
        SET ends_at = (SELECT min(lower(each)) FROM unnest(changed) each WHERE lower(each) > k.begins_at)
        WHERE k.metric_id = metric AND k.is_main AND tstzrange(k.begins_at, k.ends_at) && changed;
    DELETE FROM metrics_verdictsdue d WHERE d.metric_id = metric;
END $$;
REVOKE EXECUTE ON FUNCTION public.metrics_clear_verdicts FROM PUBLIC;

-- Writes rows of one measure, in the transaction that cleared them. anew: in place of all that there were. Where it
-- is not all that is missing, the measure stays due.
CREATE OR REPLACE FUNCTION public.metrics_keep_verdicts(metric bigint, rows jsonb, anew boolean, is_all boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM metrics_verdictrow k WHERE k.metric_id = metric AND (
        anew OR k.ends_at IS NULL AND EXISTS (
            SELECT FROM jsonb_to_recordset(rows) AS r (series bigint, ends_at timestamptz)
            WHERE r.series = k.series_id AND r.ends_at IS NULL
        )
    );
    INSERT INTO metrics_verdictrow (metric_id, series_id, begins_at, ends_at, is_main, newest_reading_id, made_by, facts)
        SELECT metric, series, begins_at, ends_at, is_main, newest_reading, made_by, facts
        FROM jsonb_to_recordset(rows) AS r (
            series bigint, begins_at timestamptz, ends_at timestamptz, is_main boolean,
            newest_reading bigint, made_by bigint, facts jsonb
        );
    IF NOT is_all THEN
        INSERT INTO metrics_verdictsdue (metric_id, moments) VALUES (metric, '{}');
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION public.metrics_keep_verdicts FROM PUBLIC;
