"""Every way in which readings come in: files sent, checked, applied, thrown away and undone."""

import io
from datetime import datetime

from django.db import connection

from partners.models import User
from programmes.models import ReadingBatch, Series
from programmes.readings import Said

COLUMNS = (
    "ord, series_id, period, numerator, denominator, value, is_provisional, is_hidden, is_estimated, "
    "published_at, published_as, reason, note, source_id, origin, certainty"
)
PUT = """
CREATE TEMPORARY TABLE sent_readings (
    ord integer, series_id bigint, period date, numerator numeric, denominator numeric, value numeric,
    is_provisional boolean, is_hidden boolean, is_estimated boolean, published_at timestamptz,
    published_as text, reason text, note text, source_id bigint, origin text, certainty text
) ON COMMIT DROP
"""
# What stands is closed from the moment of the first new version on.
CLOSE = """
UPDATE programmes_reading AS standing SET superseded_at = newer.from_then
FROM (
    SELECT r.id, min(s.published_at) AS from_then
    FROM programmes_reading r JOIN sent_readings s USING (series_id, period)
    WHERE r.published_at <= s.published_at
      AND (r.superseded_at IS NULL OR r.superseded_at > s.published_at)
    GROUP BY r.id
) AS newer
WHERE standing.id = newer.id
"""
# And each new version until the next one, in the file or on the record.
RECORD = """
INSERT INTO programmes_reading (
    series_id, period, numerator, denominator, value, is_provisional, is_hidden, is_estimated,
    published_at, published_as, reason, note, source_id, origin, certainty, superseded_at,
    author_id, batch_id
)
SELECT s.series_id, s.period, s.numerator, s.denominator, s.value, s.is_provisional, s.is_hidden,
    s.is_estimated, s.published_at, s.published_as, s.reason, s.note, s.source_id, s.origin, s.certainty,
    least(
        lead(s.published_at) OVER (PARTITION BY s.series_id, s.period ORDER BY s.published_at, s.ord),
        (SELECT min(r.published_at) FROM programmes_reading r
         WHERE r.series_id = s.series_id AND r.period = s.period AND r.published_at > s.published_at)
    ),
    %s, %s
FROM sent_readings s ORDER BY s.ord
"""


def record_readings(
    *, rows: list[Said], by: User | None, at: datetime, batch: ReadingBatch | None = None
) -> int:
    """Put checked rows on the record, all at once; gives how many. Call inside a transaction.

    Rows without a moment count from ``at``, to the second. What they replace is closed. By statements of
    whole sets: one by one, as other statements are published, thirty thousand would take minutes.
    """
    if not rows:
        return 0
    lock_metrics({said.metric_id for said in rows})
    series = _series(rows)
    now = at.replace(microsecond=0).isoformat()
    lines = io.StringIO()
    for number, said in enumerate(rows):
        cells = (
            number,
            series[said.metric_id, said.place],
            said.period,
            said.numerator,
            said.denominator,
            said.value,
            said.is_provisional,
            said.is_hidden,
            said.is_estimated,
            said.published_at.isoformat() if said.published_at else now,
            said.published_as,
            said.reason,
            said.note,
            said.source_id,
            said.origin,
            said.certainty,
        )
        lines.write("\t".join(map(_cell, cells)))
        lines.write("\n")
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(PUT)
        cursor.cursor.copy_expert(f"COPY sent_readings ({COLUMNS}) FROM STDIN", lines)
        cursor.execute("ANALYZE sent_readings")
        cursor.execute(CLOSE)
        cursor.execute(RECORD, [by and by.pk, batch and batch.pk])
        cursor.execute("DROP TABLE sent_readings")
        # Said here, so that a refusal is an error of these rows and not of the whole transaction's end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return len(rows)


def lock_metrics(metrics: set[int]) -> None:
    """Hold back, until this transaction ends, whoever else would record readings of these metrics."""
    with connection.cursor() as cursor:
        for metric in sorted(metrics):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"readings of {metric}"]
            )


def _series(rows):
    """The key of each row's series, made where it is spoken of for the first time."""
    wanted = {(said.metric_id, said.place) for said in rows}
    metrics = {metric for metric, _ in wanted}

    def known():
        found = Series.objects.filter(metric__in=metrics).values_list(
            "metric", "icc", "partner", "pk"
        )
        return {(metric, (icc, partner)): pk for metric, icc, partner, pk in found}

    missing = wanted - known().keys()
    Series.objects.bulk_create(
        (
            Series(metric_id=metric, icc_id=icc, partner_id=partner)
            for metric, (icc, partner) in sorted(missing, key=str)
        ),
        ignore_conflicts=True,
    )
    return known()


_SPECIAL = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _cell(value):
    """A value as COPY's text format has it."""
    if value is None:
        return r"\N"
    return value.translate(_SPECIAL) if isinstance(value, str) else str(value)
