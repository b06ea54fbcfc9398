"""The table of readings, which staff send most (CONTRACT 4)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from bhcp_portal.kit.dates import last_second
from bhcp_portal.kit.moments import Certainty, Origin
from bhcp_portal.kit.sources import Source, credit
from bhcp_portal.kit.tables import (
    STATEMENT_COLUMNS,
    Checked,
    Column,
    PublishedField,
    TableError,
    day_column,
    reference_column,
    text_column,
    to_text,
    yes_no_column,
)
from programmes import actions
from programmes.models import Reading
from programmes.models.reading import DIGITS, PLACES
from programmes.readings import NOTHING, Fault, Said, cards, judge
from programmes.tables.metrics import SERIES_COLUMNS, SeriesTable

STATED = {column.name: column for column in STATEMENT_COLUMNS}
# What the copy with the errors has more; it may come back with it.
ADVICE = "what_to_change"
# After so many rows whoever waits is told how far it is.
STEP = 500
LONGEST_FOUND = 60
WORDS = ("reason", "note")
# What a cell that is no value is read as, and what to call it.
NO_VALUES = {"=": "a formula", "#": "an error"}


class CountField(forms.DecimalField):
    """A number with a decimal point, as exact as we keep it; its errors say what is wanted."""

    def to_python(self, value):
        """The number, or ``None`` of an empty cell."""
        value = (value or "").strip()
        if not value:
            return None
        if value[0] in "=+@":
            raise ValidationError("The number itself, not a formula: paste it as a value.")
        if "," in value:
            raise ValidationError("A number without commas, like 1234.5.")
        if value.endswith("%"):
            raise ValidationError("The number without the % sign.")
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
            raise ValidationError("A number in figures, like 1234.5.")
        whole, _, places = value.lstrip("-").partition(".")
        places = places.rstrip("0")
        if len(places) > PLACES:
            raise ValidationError(f"A number with at most {PLACES} decimals. Round it.")
        if len(whole.lstrip("0")) > DIGITS - PLACES:
            raise ValidationError(
                f"A number with at most {DIGITS - PLACES} figures before the point."
            )
        return Decimal(value)


def count_column(name, means):
    return Column(name, CountField(required=False), means)


@dataclass(slots=True)
class CheckedReadings(Checked):
    """What checking a file of readings gave: ``metrics`` are those it speaks of, by their keys."""

    metrics: set[int] = field(default_factory=set)


class ReadingTable(SeriesTable):
    """Readings, checked and saved by the ten thousand.

    The columns after the contract's may be left out, as staff do; an export has them all.
    """

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
        count_column("numerator", "the top number of a share"),
        count_column("denominator", "the bottom number of a share"),
        count_column("value", "the number, only where there is no denominator"),
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
    may_be_left_out = ("made", "certainty", "estimated")

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
                beside = (
                    point.text,
                    point.label_words,
                    verdict.profile.name,
                    verdict.scope_name,
                    verdict.profile.unit,
                    *credit(reading.source),
                    at,
                    address,
                )
                yield [*(column.text(reading) for column in self.columns), *map(to_text, beside)]

    def check(
        self,
        rows: Iterable[tuple[int, dict[str, str]]],
        header: list[str],
        *,
        at: datetime,
        reach: set[int] | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> CheckedReadings:
        """Check every row and save nothing.

        ``reach``: the keys of the metrics that the person may send for, ``None`` for all. ``tell`` hears
        how many rows are done, now and then. Errors are ``ReadingError``s, in the order of the rows.
        """
        errors = self.check_header(header)
        if errors:
            return CheckedReadings([], errors)
        by_metric = cards(at)
        cells = self._readers(header)
        told, faults, metrics = [], [], set()
        for done, (number, texts) in enumerate(rows, start=1):
            said, wrong = self._read(number, texts, cells, by_metric, reach, metrics)
            faults += wrong
            if not wrong:
                told.append(said)
            if done % STEP == 0:
                tell(done)
        faults += judge(told, by_metric, at=at, whole="made" in header)
        refused = {fault.row for fault in faults}
        faults.sort(key=lambda fault: fault.row)
        return CheckedReadings(
            [said for said in told if said.row not in refused],
            [ReadingError.of(fault, self.name) for fault in faults],
            metrics,
        )

    def check_header(self, header: list[str]) -> list[TableError]:
        """What is wrong with the names of the columns."""
        found = self._check_header(
            [name for name in header if name not in (ADVICE, *self.said_beside)]
        )
        return [
            ReadingError(self.name, error.row, error.column, error.message, "", error.message)
            for error in found
            if error.column not in self.may_be_left_out or error.column in header
        ]

    def _readers(self, header):
        """For each column a function that reads a cell. What was read before is not read again."""
        readers = {}
        for column in self.columns:
            if column.name not in header:
                continue
            if hasattr(column.field, "prepare"):
                column.field.prepare()
            once = not isinstance(column.field, CountField) and column.name not in WORDS
            readers[column.name] = _reader(column, {} if once else None)
        return readers

    def _read(self, number, texts, readers, by_metric, reach, metrics):
        faults, cells = [], {}
        for name, read in readers.items():
            value, wanted = read(texts[name])
            if wanted is None:
                cells[name] = value
            else:
                faults.append(Fault(number, name, _found(texts[name]), wanted))
        metric = cells.get("metric")
        if metric is not None:
            metrics.add(metric.pk)
            if metric.pk not in by_metric:
                wanted = "A metric that has a card. Publish its card first."
                faults.append(Fault(number, "metric", metric.code, wanted))
            elif reach is not None and metric.pk not in reach:
                wanted = "A metric of your partner: you may not send readings of others."
                faults.append(Fault(number, "metric", metric.code, wanted))
        if faults:
            return None, faults
        source = cells["source"]
        made = cells.get("made") or (Origin.DOCUMENT if source else Origin.PORTAL)
        if made == Origin.DOCUMENT and source is None:
            wanted = "The slug of the source that the reading was copied from."
            return None, [Fault(number, "source", "", wanted)]
        icc, partner = cells["scope"]
        published_at, published_as = _moment(cells["published_at"])
        said = Said(
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
        )
        return said, []

    def apply(self, checked: Checked, *, at, by=None) -> list[TableError]:
        """Save the rows that passed and are not there yet. Gives what the database refused."""
        fresh = [said for said in checked.rows if said.outcome != NOTHING]
        for said in fresh:
            if said.origin == Origin.PORTAL:
                said.origin = Origin.RESTORED
        try:
            with transaction.atomic():
                actions.record_readings(rows=fresh, by=by, at=at)
        except DatabaseError as error:
            first = str(error).splitlines()[0]
            return [TableError(self.name, 0, "", f"The database refused it: {first}")]
        for said in fresh:
            # Each is a row more in the table, which is what a load counts.
            said.outcome = "new"
        return []


class ReadingError(TableError):
    """What was found in a cell and what is wanted there; as a sentence it says both."""

    __slots__ = ("found", "wanted")

    def __init__(self, table, row, column, message, found, wanted):
        super().__init__(table, row, column, message)
        object.__setattr__(self, "found", found)
        object.__setattr__(self, "wanted", wanted)

    @classmethod
    def of(cls, fault, table):
        found = f"“{fault.found}”" if fault.found else "nothing"
        message = f"Found: {found}. Wanted: {fault.wanted}"
        return cls(table, fault.row, fault.column, message, fault.found, fault.wanted)


def _reader(column, known):
    """A function from a cell's text to the pair of its value and, where it is wrong, what is wanted."""
    field, means = column.field, column.means

    def read(text):
        if known is not None and text in known:
            return known[text]
        # A spreadsheet that opens our own files would work it out, and of one's cell only its sign is left.
        if column.name in WORDS and (text.strip()[:1] in tuple("=+-@") or text.strip() == "#"):
            return None, "Words that begin with a letter, not a formula: paste them as a value."
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
    text = NO_VALUES.get(text.strip(), text.strip())
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}…"


def _moment(published):
    """The moment that a cell says, and as it was written where it was not known to the second."""
    if not published:
        return None, ""
    if isinstance(published, datetime):
        return published, ""
    return last_second(published.last), published.text
