"""The table of readings, which staff send most (CONTRACT 4)."""

from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.tables import (
    LICENCE,
    STATEMENT_COLUMNS,
    Column,
    PublishedField,
    day_column,
    decimal_column,
    reference_column,
    text_column,
    to_text,
    yes_no_column,
)
from programmes.models import Reading
from programmes.tables.metrics import SERIES_COLUMNS, SeriesTable

STATED = {column.name: column for column in STATEMENT_COLUMNS}


class ReadingTable(SeriesTable):
    name = "readings"
    title = "Readings"
    means = "The numbers of the metrics, every version."
    model = Reading
    key = ("metric", "scope", "period")
    columns = (
        *SERIES_COLUMNS,
        day_column(
            "period", "first day of the period; the metric says how long it is", required=True
        ),
        decimal_column("numerator", "the top number of a share", required=False),
        decimal_column("denominator", "the bottom number of a share", required=False),
        decimal_column("value", "the number, only where there is no denominator", required=False),
        yes_no_column("provisional", "whether it may still change", attribute="is_provisional"),
        Column(
            "published_at",
            PublishedField(required=False),
            "when its publisher first gave it; empty: the period's end and the metric's usual lag",
            of=STATED["published_at"].of,
        ),
        text_column("reason", "why a published reading changed"),
        yes_no_column("hidden", "yes: too small to publish", required=False, attribute="is_hidden"),
        text_column("note", "words for the reader"),
        reference_column("source", Source, "slug of the source it comes from", required=False),
        # Not asked of staff: an export says them.
        STATED["made"],
        STATED["certainty"],
        yes_no_column(
            "estimated",
            "whether published_at is the period's end and the usual lag",
            required=False,
            attribute="is_estimated",
        ),
    )

    said_beside = (
        "figure",
        "point",
        "metric_name",
        "scope_name",
        "unit",
        "publisher",
        "licence",
        "as_at",
        "address",
    )

    @property
    def all_columns(self):
        return self.columns

    def download(self, verdicts, *, at, address):
        """The figures of verdicts as lines of a file, the header first, one for each period.

        The columns of the table, then ``said_beside``: what the page says of each figure, and title,
        source, licence and moment, so that a copy of the file still tells what it is.
        """
        yield [*(column.name for column in self.columns), *self.said_beside]
        for verdict in verdicts:
            for point in verdict.points:
                reading = point.reading
                if reading is None:
                    continue
                reading.series = verdict.series
                source = reading.source
                beside = (
                    point.text,
                    point.label_words,
                    verdict.profile.name,
                    verdict.scope_name,
                    verdict.profile.unit,
                    source.publisher if source else "",
                    source.licence if source else LICENCE,
                    at,
                    address,
                )
                yield [*(column.text(reading) for column in self.columns), *map(to_text, beside)]
