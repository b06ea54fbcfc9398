-- Rows of verdicts (metrics/models/verdict_row.py): when they are forgotten, and how they are written. The owner
-- runs this after each migrate (kit/guards.py). Everything may be run again.

-- After a command on a table that verdicts are worked out from: forgets the rows of all moments at which something
-- else stands than before, and notes that they are due. Those who write share the lock of a measure; who fills its
-- rows takes it alone, so that it waits for their commits and reads after them (metrics/actions/verdicts.py).
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
    -- Each of these commands sees what was committed before it got the lock.
    DELETE FROM metrics_verdictrow k
        USING unnest(of_metrics, of_series, moments::tstzmultirange[]) touched (metric, series, moments)
        WHERE NOT k.is_main AND k.metric_id = touched.metric
            AND (touched.series IS NULL OR k.series_id = touched.series)
            AND tstzrange(k.begins_at, k.ends_at) && touched.moments;
    -- Which series is the main one may follow from the figures of another. Up to the first change a row holds on.
    WITH touched AS (
        SELECT metric, range_agg(each) AS moments
        FROM unnest(of_metrics, moments::tstzmultirange[]) parts (metric, part), unnest(part) each GROUP BY metric
    ), gone AS (
        DELETE FROM metrics_verdictrow k USING touched t
            WHERE k.is_main AND k.metric_id = t.metric AND k.begins_at <@ t.moments
    )
    UPDATE metrics_verdictrow k
        SET ends_at = (SELECT min(lower(each)) FROM unnest(t.moments) each WHERE lower(each) > k.begins_at)
        FROM touched t
        WHERE k.is_main AND k.metric_id = t.metric AND NOT k.begins_at <@ t.moments
            AND tstzrange(k.begins_at, k.ends_at) && t.moments;
    INSERT INTO metrics_verdictsdue (metric_id) SELECT DISTINCT unnest(of_metrics) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- Writes rows of one measure, in the transaction that locked its verdicts and worked them out. anew: in place of all
-- that there were. is_all: nothing of it is due any more.
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
    IF is_all THEN
        DELETE FROM metrics_verdictsdue d WHERE d.metric_id = metric;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION public.metrics_keep_verdicts FROM PUBLIC;
