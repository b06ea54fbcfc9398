"""CSV files and workbooks that we give out. No words in them are worked out by a spreadsheet."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.workbook.child import INVALID_TITLE_REGEX

from bhcp_portal.kit.spreadsheets.bounds import ERROR, FORMULA
from bhcp_portal.kit.spreadsheets.inert import Number, with_mark
from bhcp_portal.kit.spreadsheets.reading import Sheet

LONGEST_TITLE = 31
LINES_AT_A_TIME = 500
# The column that ``annotated`` adds; it may be sent back, and is not read.
ADVICE = "what_to_change"
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_text(lines: Iterable[Iterable], line_end: str = "\n") -> str:
    """Lines of cells as CSV text. Every file of ours is written by it.

    Words that a spreadsheet would work out are made inert. A ``Number``, and all that is no text, is
    written as it is.
    """
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end).writerows(map(_inert, line) for line in lines)
    return out.getvalue()


def csv_file(lines: Iterable[Iterable]) -> bytes:
    """Lines of cells as a CSV file, in UTF-8 with a mark by which spreadsheets know it."""
    return csv_text(lines, "\r\n").encode("utf-8-sig")


def csv_stream(lines: Iterable[Iterable]) -> Iterator[bytes]:
    """As ``csv_file``, piece by piece, so that a long file is never whole in memory."""
    yield codecs.BOM_UTF8
    lines = iter(lines)
    while some := list(islice(lines, LINES_AT_A_TIME)):
        yield csv_text(some, "\r\n").encode()


def add_line(to, line: Iterable) -> None:
    """Add a line of cells to a sheet of a workbook; words are made inert as in ``csv_text``."""
    to.append([_without_control(cell) for cell in map(_inert, line)])


def _inert(cell):
    return with_mark(cell) if isinstance(cell, str) and not isinstance(cell, Number) else cell


def _without_control(cell):
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


def annotated(sheet: Sheet, advice: dict[int, str], column: str) -> bytes:
    """The same file with a first column, named ``column``, that says what to change in each row.

    ``advice``: the words for a row, by its number.
    """
    header = [name for name in sheet.header if name != column]

    def lines():
        yield [column, *header]
        for number, cells in sheet.rows():
            yield [advice.get(number, ""), *(_as_sent(cells[name]) for name in header)]

    if sheet.kind == "csv":
        return csv_file(lines())
    book = Workbook(write_only=True)
    to = book.create_sheet(_title(sheet.name))
    to.freeze_panes = "A2"
    to.column_dimensions["A"].width = 60
    for line in lines():
        add_line(to, line)
    return saved(book)


def _title(name):
    """A sheet's name without what spreadsheet programs take in none, though a file may hold it."""
    return INVALID_TITLE_REGEX.sub("", _without_control(name)).strip("'")[:LONGEST_TITLE]


def _as_sent(text):
    """A cell that was read: a number stays one, and a formula's sign says that one stood there."""
    if text in (FORMULA, ERROR):
        return text.removeprefix("\0")
    return Number(text) if NUMBER.fullmatch(text) else text


def saved(book) -> bytes:
    """A workbook as the bytes of its file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
