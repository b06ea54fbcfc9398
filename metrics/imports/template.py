"""A file to fill in: the readings of a metric that are due, and what the columns mean."""

from datetime import date

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.spreadsheets.bounds import MOST_ROWS
from bhcp_portal.kit.spreadsheets.writing import add_line, saved
from metrics.imports.columns import OPTIONAL, READING_COLUMNS, SHEET
from metrics.models import Reading, Series, ended_places
from metrics.models.frequency import last_day, next_period

# The columns that staff fill in; an export has more.
TO_FILL_IN = [column for column in READING_COLUMNS if column.name not in OPTIONAL]


def lines_due(metric, card, *, day) -> tuple[list[str], list[list[str]]]:
    """The header of a file to fill in, and a line for each reading of a metric that is due."""
    header = [column.name for column in TO_FILL_IN]
    lines = []
    for scope, period in rows_due(metric, card, day=day):
        cells = {"metric": metric.code, "scope": scope, "period": period.isoformat()}
        lines.append([(cells | {"provisional": "no"}).get(name, "") for name in header])
    return header, lines


def workbook(card, lines: list[list[str]]) -> bytes:
    """A workbook to fill in: a sheet of the lines, and one that says what the columns mean."""
    columns = [(column.name, column.means) for column in TO_FILL_IN]
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    names = [name for name, _ in columns]
    sheet.append(names)
    for line in lines:
        add_line(sheet, line)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for place, (name, _) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = max(14, len(name) + 2)
    choice = DataValidation(type="list", formula1='"yes,no"', allow_blank=True)
    sheet.add_data_validation(choice)
    for name in ("provisional", "hidden"):
        letter = get_column_letter(names.index(name) + 1)
        choice.add(f"{letter}2:{letter}{MOST_ROWS}")
    words = book.create_sheet("What the columns mean")
    for pair in [("column", "what it means"), *columns, ("", ""), *about(card)]:
        add_line(words, pair)
    for cell in words[1]:
        cell.font = Font(bold=True)
    words.freeze_panes = "A2"
    words.column_dimensions["A"].width = 24
    words.column_dimensions["B"].width = 90
    return saved(book)


DUE_AT_MOST = 12


def rows_due(metric, card, *, day):
    """The pairs (scope, period) that are due: ended periods after each scope's newest reading.

    At most 12 for each scope. A scope without such a period has the one that runs now; one whose
    body has ended has none. A metric without readings has the last ended period of its main place.
    """
    newest = {}
    readings = Reading.objects.not_taken_back().filter(series__metric=metric)
    for series, period in readings.values_list("series", "period"):
        newest[series] = max(period, newest.get(series, period))
    due, at = [], end_of(day)
    ended = ended_places(at)
    for series in Series.objects.filter(metric=metric).with_scope().main_first(at):
        if series.pk not in newest or ended.get(series.place, date.max) <= day:
            continue
        period = next_period(newest[series.pk], card.frequency)
        for _ in range(DUE_AT_MOST):
            due.append((series.scope, period))
            period = next_period(period, card.frequency)
            if last_day(period, card.frequency) >= day:
                break
    return due or [(card.main_scope, _last_ended(card.frequency, day))]


def about(card):
    """What a metric is, as pairs of words for the second sheet of a template."""
    return [
        ("metric", card.name),
        ("how it is worked out", card.method),
        *(
            [("numerator", card.numerator_words), ("denominator", card.denominator_words)]
            if card.has_parts
            else [("value", f"the number, in {card.unit}")]
        ),
        ("how often", card.get_frequency_display()),
        ("small numbers", card.get_small_numbers_display()),
    ]


def _last_ended(frequency, day):
    """The first day of the last period of a frequency that ended before a day."""
    start = date(day.year - 2, 1, 1)
    if frequency == "week":
        start = date.fromordinal(start.toordinal() - start.weekday())
    while last_day(next_period(start, frequency), frequency) < day:
        start = next_period(start, frequency)
    return start
