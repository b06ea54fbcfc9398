"""Checking a file of readings: what it says, what is wrong in it and what it would change."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bhcp_portal.kit.spreadsheets.remarks import remarks_of
from bhcp_portal.kit.tables import Loading
from metrics.imports.as_sent import SentRows, header_errors
from metrics.imports.judging import judge
from metrics.imports.presenters import report_of
from metrics.imports.rows import RowReader, check_header
from metrics.imports.versions import CellError, ReadingVersion, basis_hash, cards, check_basis
from metrics.models import Metric, Series
from partners.roles import SEND_READINGS

# What sources said of one reading over the years comes to a handful.
MOST_VERSIONS = 20
NEW_PLACE = "The first figures of this place for this measure. Look whether they belong here."


@dataclass(slots=True)
class CheckedReadings:
    """The result of a check: the rows that passed, and every error in the order of the rows.

    ``metrics`` are the keys of the metrics that the file names.
    """

    rows: list[ReadingVersion]
    errors: list[CellError]
    metrics: set[int] = field(default_factory=set)

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)


def check_rows(
    rows: Iterable[tuple[int, dict[str, str]]],
    header: list[str],
    *,
    at: datetime,
    loading: Loading = Loading.LATER,
    accessible: set[int] | None = None,
    progress: Callable[[int], None] = lambda _: None,
    most_versions: int | None = None,
    whole: bool = False,
) -> CheckedReadings:
    """Check every row of a table of readings and save nothing.

    ``loading``: what is believed of when they were said; what staff send comes later than the
    launch.

    ``rows`` are pairs of a row number and the texts of its cells by column. ``accessible`` are the
    keys of the metrics that the person may send for, ``None`` for all. ``progress`` is called now
    and then with the number of rows read. ``most_versions``: how many rows may speak of the same
    reading, ``None`` for any number. ``whole``: whether the table came from an export.
    """
    if errors := check_header(header):
        return CheckedReadings([], errors)
    by_metric = cards(at)
    reader = RowReader(header, by_metric, accessible)
    versions, errors = reader.read(rows, progress=progress)
    if most_versions:
        versions, too_many = _within(versions, most_versions)
        errors += too_many
    errors += judge(versions, by_metric, at=at, loading=loading, whole=whole)
    refused = {error.row for error in errors}
    errors.sort(key=lambda error: error.row)
    passed = [version for version in versions if version.row not in refused]
    return CheckedReadings(passed, errors, reader.metrics)


def _within(versions, most):
    """The first ``most`` rows of each reading, and errors for the others.

    Each version is judged beside all others of its reading and its period, so that the work grows
    with the square of their number.
    """
    kept, errors, seen = [], [], Counter()
    for version in versions:
        key = version.metric_id, version.place, version.period
        seen[key] += 1
        if seen[key] <= most:
            kept.append(version)
        else:
            wanted = f"At most {most} rows of the same metric, scope and period in one file."
            errors.append(CellError(version.row, "period", version.period.isoformat(), wanted))
    return kept, errors


def check_sheet(sheet, *, by, at, progress=lambda _: None):
    """Check a sheet of readings on behalf of the person who sends it, and save nothing.

    Returns the ``CheckedReadings``, the report for the page of the file, and the hash of what the
    check rested on.
    """
    before = check_basis()
    codes = dict(Metric.objects.values_list("pk", "code"))
    by_metric = cards(at)
    accessible = Metric.objects.accessible_to(by, SEND_READINGS, at)
    if errors := header_errors(sheet):
        checked = CheckedReadings([], errors)
    else:
        sent = SentRows(sheet, by_metric, codes)
        checked = check_rows(
            sent.rows(),
            sent.columns,
            at=at,
            accessible=set(accessible.values_list("pk", flat=True)),
            progress=progress,
            most_versions=MOST_VERSIONS,
        )
        checked.errors = sent.settled(checked.errors)
        if new := _in_new_places(checked.rows):
            sheet.remarks[NEW_PLACE] = new
    report = report_of(checked, by_metric, codes) | {
        "sheet": sheet.name,
        "remarks": remarks_of(sheet.remarks),
    }
    return checked, report, basis_hash(before, report["metrics"])


def _in_new_places(rows):
    """The rows that would be the first of their place for a measure that has figures of others."""
    known = set(Series.objects.values_list("metric", "icc", "partner"))
    metrics = {metric for metric, *_ in known}
    return [
        version.row
        for version in rows
        if version.metric_id in metrics and (version.metric_id, *version.place) not in known
    ]
