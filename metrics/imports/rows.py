"""Reading the rows of a file of readings: each cell by its column, each row as a version of a reading."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.core.exceptions import ValidationError

from bhcp_portal.kit.dates import last_second
from bhcp_portal.kit.spreadsheets.bounds import ERROR, FORMULA, UNSEEN
from bhcp_portal.kit.spreadsheets.writing import ADVICE
from bhcp_portal.kit.statements import Certainty, Origin
from bhcp_portal.kit.tables import RECORD_NAMES, header_errors
from metrics.imports.columns import DOWNLOAD_COLUMNS, OPTIONAL, READING_COLUMNS, CountField
from metrics.imports.versions import HEADER_ROW, CellError, ReadingVersion
from metrics.models import MetricProfile

# Progress is reported after every so many rows.
STEP = 500
LONGEST_FOUND = 60
# Whoever sent a file with so many has mixed something up; each of them takes memory.
MOST_ERRORS = 100_000
WORDS = ("reason", "note")
# What an error calls a cell without a value of its own.
NO_VALUES = {
    FORMULA: "a formula",
    ERROR: "an error",
    UNSEEN: "a number that its cell does not show",
}
SHOW_IT = (
    "What the cell shows: its number format shows something else than the number in it, or nothing. Is it "
    "too small to publish? Then write yes in hidden and empty this cell. If not, show it as a plain number."
)


def check_header(header: list[str]) -> list[CellError]:
    """The errors in the names of the columns: missing, unknown and repeated ones."""
    found = header_errors(
        READING_COLUMNS, header, optional=OPTIONAL, ignored=(ADVICE, *DOWNLOAD_COLUMNS)
    )
    return [CellError(HEADER_ROW, column, "", message, True) for column, message in found]


@dataclass(slots=True)
class RowReader:
    """Reads the rows of a file that has this header.

    ``cards`` are by metric key. ``accessible`` are the keys of the metrics that the person may send
    for, ``None`` for all. ``metrics`` collects the keys of the metrics that the rows name.
    """

    header: list[str]
    cards: dict[int, MetricProfile]
    accessible: set[int] | None = None
    metrics: set[int] = field(default_factory=set)
    cells: dict[str, Callable] = field(init=False)

    def __post_init__(self):
        # Codes, days and choices repeat, so each text is read only once. Numbers and words do not.
        self.cells = {}
        for shared in READING_COLUMNS:
            if shared.name in self.header:
                # Columns serve all threads, so what their fields read is kept in copies of them.
                column = replace(shared, field=deepcopy(shared.field))
                if hasattr(column.field, "prepare"):
                    column.field.prepare()
                is_kept = not isinstance(column.field, CountField) and column.name not in WORDS
                self.cells[column.name] = _cell_reader(column, {} if is_kept else None)

    def read(
        self,
        rows: Iterable[tuple[int, dict[str, str]]],
        *,
        progress: Callable[[int], None] = lambda _: None,
    ) -> tuple[list[ReadingVersion], list[CellError]]:
        """The rows that could be read, and every error found, until ``MOST_ERRORS`` are.

        ``progress`` is called now and then with the number of rows read.
        """
        versions, errors = [], []
        for done, (number, texts) in enumerate(rows, start=1):
            version, wrong = self._read_row(number, texts)
            errors += wrong
            if not wrong:
                versions.append(version)
            if len(errors) >= MOST_ERRORS:
                wanted = f"Fewer wrong cells than {MOST_ERRORS:,}. Correct these first: no row below was read."
                errors.append(CellError(number, "metric", _found(texts["metric"]), wanted))
                break
            if done % STEP == 0:
                progress(done)
        return versions, errors

    def _read_row(self, number, texts):
        errors, cells = [], {}
        for name, read in self.cells.items():
            value, wanted = read(texts[name])
            if wanted is None:
                cells[name] = value
            else:
                errors.append(CellError(number, name, _found(texts[name]), wanted))
        metric = cells.get("metric")
        if metric is not None:
            self.metrics.add(metric.pk)
            if metric.pk not in self.cards:
                wanted = "A measure that has a card. Publish its card first."
                errors.append(CellError(number, "metric", metric.code, wanted))
            elif self.accessible is not None and metric.pk not in self.accessible:
                wanted = "A measure of your partner: you may not send readings of others."
                errors.append(CellError(number, "metric", metric.code, wanted))
        if errors:
            return None, errors
        source = cells["source"]
        made = cells.get("made") or (Origin.DOCUMENT if source else Origin.PORTAL)
        if made == Origin.DOCUMENT and source is None:
            wanted = "The slug of the source that the reading was copied from."
            return None, [CellError(number, "source", "", wanted)]
        icc, partner = cells["scope"]
        published_at, published_as = _moment(cells["published_at"])
        version = ReadingVersion(
            row=number,
            metric_id=metric.pk,
            place=(icc and icc.pk, partner and partner.pk),
            scope=texts["scope"].strip(),
            period=cells["period"],
            numerator=cells["numerator"],
            denominator=cells["denominator"],
            value=cells["value"],
            is_provisional=cells["provisional"],
            is_hidden=bool(cells["hidden"]),
            is_estimated=bool(cells.get("estimated")),
            published_at=published_at,
            published_as=published_as,
            reason=cells["reason"],
            note=cells["note"],
            source_id=source and source.pk,
            origin=made,
            certainty=cells.get("certainty") or Certainty.SOURCED,
            given_as=given.text if (given := cells.get("given_on")) else "",
            **{name: cells.get(name) or None for name in RECORD_NAMES[:2]},
            taken_back_because=cells.get(RECORD_NAMES[2]) or "",
        )
        return version, []


def _cell_reader(column, known):
    """A function from a cell's text to (value, what is wanted); the second is ``None`` if right.

    ``known`` is a dict that keeps results by text, ``None`` to keep none.
    """
    field, means = column.field, column.means

    def read(text):
        if known is not None and text in known:
            return known[text]
        if text == UNSEEN:
            return None, SHOW_IT
        if text in NO_VALUES:
            if column.name in WORDS:
                return None, "Words, not a formula: paste them as a value."
            if not isinstance(field, CountField):
                return None, "The words or the day itself, not a formula: paste it as a value."
            text = text.removeprefix("\0")
        try:
            answer = field.clean(text.strip()), None
        except ValidationError as error:
            empty = field.required and not text.strip()
            answer = None, f"Fill in {means}." if empty else " ".join(error.messages)
        if known is not None:
            known[text] = answer
        return answer

    return read


def _found(text):
    text = NO_VALUES.get(text, text.strip())
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}…"


def _moment(published):
    """The pair (published_at, published_as) of a cell; the second is empty for an exact moment."""
    if not published:
        return None, ""
    if isinstance(published, datetime):
        return published, ""
    return last_second(published.last), published.text
