"""The table of readings, which staff send most (CONTRACT 4)."""

from django.db import DatabaseError, transaction

from bhcp_portal.kit.constraints import refused_because
from bhcp_portal.kit.statements import Origin
from bhcp_portal.kit.tables import EARLIEST, Checked, ExportedTable, Loading, TableError, to_text
from metrics import actions
from metrics.imports.check import check_rows
from metrics.imports.columns import DOWNLOAD_COLUMNS, READING_COLUMNS
from metrics.imports.versions import NOTHING
from metrics.models import Reading
from metrics.tables.series import SeriesTable
from partners.models import credit


class ReadingTable(ExportedTable):
    """The table of readings, checked and saved in bulk; ``imports.columns`` defines its columns."""

    name = "readings"
    title = "Readings"
    means = "The numbers of the measures, every version."
    model = Reading
    key = ("metric", "scope", "period")
    columns = all_columns = READING_COLUMNS
    extra = SeriesTable.extra
    extra_references = SeriesTable.extra_references

    def queryset(self):
        return super().queryset().with_scope().select_related("source")

    def check(self, rows, header, *, at, loading=Loading.LATER) -> Checked:
        """Check every row and save nothing."""
        checked = check_rows(rows, header, at=at, loading=loading, whole="made" in header)
        errors = [
            TableError(self.name, error.row, error.column, error.message)
            for error in checked.errors
        ]
        for version in checked.rows:
            if version.outcome == NOTHING or version.origin != Origin.PORTAL:
                continue
            if loading is Loading.RESTORING:
                version.origin = Origin.RESTORED
            else:
                wanted = "Name the source that it was copied from, or send it in the browser."
                errors.append(TableError(self.name, version.row, "source", wanted))
        return Checked(checked.rows, errors)

    def apply(self, checked: Checked, *, at, by=None) -> list[TableError]:
        """Save the checked rows that change something. Returns the database's errors, if any."""
        fresh = [version for version in checked.rows if version.outcome != NOTHING]
        fresh.sort(key=lambda version: version.recorded_at or EARLIEST)
        try:
            with transaction.atomic():
                actions.record_readings(rows=fresh, by=by, at=at)
        except DatabaseError as error:
            return [TableError(self.name, 0, "", refused_because(error))]
        for version in fresh:
            # A load counts new rows of the table, and each version is one.
            version.outcome = "new"
        return []

    def download(self, verdicts, *, at, address):
        """Yields the lines of a file of figures: the header, then a line for each reading.

        After the columns of the table come ``DOWNLOAD_COLUMNS``: what the page says of each figure,
        and title, source, licence, ``at`` and ``address``, so that a copy of the file still says
        what it is.
        """
        yield [*(column.name for column in self.columns), *DOWNLOAD_COLUMNS]
        ours = credit(None)
        for verdict in verdicts:
            for point in verdict.points:
                reading = point.reading
                if reading is None:
                    continue
                reading.series = verdict.series
                beside = (
                    point.text,
                    point.label_words,
                    verdict.profile.name,
                    verdict.scope_name,
                    verdict.profile.unit,
                    *(credit(reading.source_profile) if reading.source_profile else ours),
                    at,
                    address,
                )
                yield [*(column.text(reading) for column in self.columns), *map(to_text, beside)]
