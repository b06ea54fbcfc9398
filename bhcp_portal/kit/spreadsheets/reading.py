"""Reading a table from the bytes of a CSV file or a workbook, told apart by content and not by name.

Files of strangers are read by ``child.open_sheet``, which does this in a process with bounds.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice

from bhcp_portal.kit.spreadsheets.bounds import (
    ERROR,
    EXAMPLE,
    FORMULA,
    LARGEST,
    MOST_ABOVE,
    MOST_CELLS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_IN_A_CELL,
    MOST_ROWS,
    TOO_LARGE,
    TOO_MUCH,
    UNSEEN,
    SheetError,
)
from bhcp_portal.kit.spreadsheets.inert import without_mark
from bhcp_portal.kit.spreadsheets.lines import Lines, Worked

OLE = b"\xd0\xcf\x11\xe0"
# The name of the part in which Office keeps a workbook with a password.
WITH_PASSWORD = "EncryptedPackage".encode("utf-16-le")
OTHER_KINDS = (
    (OLE, "This is an old Excel workbook (.xls). Save it as .xlsx and send that."),
    (b"%PDF", f"This is a PDF. {EXAMPLE}"),
)
NOT_A_TABLE = f"This is not a table. {EXAMPLE}"

# By so many of our names at least a row is known as the one that names the columns.
FEWEST_NAMES = 2
SEPARATORS = ",;\t|"
# So many rows and characters of a CSV file show by what its cells are parted.
MOST_PROBED = 100
PROBED = 100_000

WINDOWS = (
    "The file is not in UTF-8, so its letters were read as Windows writes them. Look at signs such as "
    "£ and é."
)
ABOVE = "Above the names of the columns, so left out."
BEYOND_HEADER = "Beyond the last column that has a name, so left out."
HIDDEN_ROWS = "Hidden in the sheet, so left out. Show them if they are to be read."


@dataclass(frozen=True)
class Sheet:
    """A table in a file: the name of its sheet, its header, and where its rows come from.

    ``kind``: ``csv`` or ``xlsx``. ``rows()`` yields the rows that are not empty: their number in a
    spreadsheet, and a dict of cells by column. It may raise ``SheetError``. ``remarks`` says what was
    left out or read otherwise than it stands: the rows, by a sentence, none where it is about the
    whole file. It is complete when the rows have been taken.
    """

    name: str
    header: list[str]
    kind: str
    rows: Callable[[], Iterator[tuple[int, dict[str, str]]]]
    header_row: int = 1
    separator: str = ""
    from_1904: bool = False
    remarks: dict[str, list[int]] = field(default_factory=dict)


def read_sheet(content: bytes, sheet_name: str, names: Collection[str] = ()) -> Sheet:
    """The table in a file. Of a workbook it is the sheet with this name, or the only one seen.

    ``names`` are the names of columns by which the header is found below other words; without them
    it is the first row. Raises ``SheetError`` if there is no table that can be read. The rows are
    read as they are taken, and only once.
    """
    if len(content) > LARGEST:
        raise SheetError(TOO_LARGE)
    if not content.strip():
        raise SheetError("The file is empty. Its first row must name the columns.")
    if content.startswith(OLE) and WITH_PASSWORD in content:
        raise SheetError("The workbook has a password. Save it without one and send that.")
    for mark, sentence in OTHER_KINDS:
        if content.startswith(mark):
            raise SheetError(sentence)
    remarks: dict[str, list[int]] = {}
    if content.startswith(b"PK"):
        # Its parts are only needed, and only loaded, for workbooks.
        from bhcp_portal.kit.spreadsheets.xlsx import read_workbook

        def is_header(cells):
            return _names_in(cells, names) >= FEWEST_NAMES

        kind, lines = "xlsx", read_workbook(content, sheet_name, is_header)
    else:
        text, is_windows = _text(content)
        if is_windows:
            remarks[WINDOWS] = []
        separator = _separator(text, names)
        kind, lines = "csv", Lines(sheet_name, _csv_lines(text, separator), separator)
    if lines.is_chosen:
        remarks[f"Read from the sheet “{lines.name}”, the only one with columns of ours."] = []
    for name in lines.left_out:
        remarks[f"The sheet “{name}” is hidden, so it was left out."] = []
    above, (number, first), below = _below_titles(_bounded(lines.lines), names)
    if above:
        remarks[ABOVE] = above
    columns = _header(first, names)
    unseen = [
        name
        for place, name in enumerate(columns, start=1)
        if name in names and any(a <= place <= b for a, b in lines.hidden_columns)
    ]

    def rows():
        filled = set()
        for row_number, cells in _rows(below, columns, len(first), kind, names, remarks):
            filled.update(name for name in unseen if cells[name].strip())
            yield row_number, cells
        if filled:
            raise SheetError(_unseen(filled))
        if lines.hidden_rows:
            remarks[HIDDEN_ROWS] = lines.hidden_rows
        _refuse_merged(lines.merged, number)
        for place in lines.hiding:
            raise SheetError(
                f"A conditional format of the cells {place[:60]} shows something else than the number in them, or "
                "nothing. Remove it. If a number is too small to publish, write yes in hidden and empty its cell."
            )

    header = [name for name in columns if name]
    return Sheet(lines.name, header, kind, rows, number, lines.separator, lines.from_1904, remarks)


def _below_titles(lines, names):
    """The numbers of the rows above the header, the header with its number, and the lines below it.

    The header is the row that has the most of the names, among the first rows.
    """
    first = list(islice(lines, MOST_ABOVE + 1))
    if not first:
        return [], (1, []), lines
    found = [_names_in(cells, names) for _, cells in first]
    place = found.index(max(found)) if max(found) >= FEWEST_NAMES else 0
    return [number for number, _ in first[:place]], first[place], chain(first[place + 1 :], lines)


def _names_in(cells, names):
    return len({name for cell in cells if (name := _name(cell, names)) in names})


def _name(cell, names):
    """The name of a column as we write it, whatever its capitals and blanks."""
    name = " ".join(cell.split()).lower()
    ours = re.sub(r"[ \-]+", "_", name)
    return ours if ours in names else name


def _unseen(names):
    found = ", ".join(f"“{name}”" for name in sorted(names))
    return (
        f"Columns are hidden in the sheet and are not empty: {found}. Show them if they are to be read, or "
        "delete them."
    )


def _refuse_merged(merged, header_row):
    """Ask about cells merged over rows below the header: only the first of them holds a value."""
    for last_row, place in merged:
        if last_row > header_row:
            first = place.partition(":")[0]
            raise SheetError(
                f"The cells {place} are merged. Do all of them say what {first} says, or is only {first} "
                "filled in? Part them, and write in each what it is to say."
            )


def _bounded(lines):
    """The lines that are not empty; their texts without the mark of inert words."""
    cells = characters = width = 0
    for number, texts in lines:
        if not any(map(str.strip, texts)):
            continue
        if max(map(len, texts)) > MOST_IN_A_CELL:
            raise SheetError(
                f"Row {number} has a cell of more than {MOST_IN_A_CELL:,} characters. Shorten it."
            )
        width = width or len(texts)
        cells += max(width, len(texts))
        characters += sum(map(len, texts))
        if cells > MOST_CELLS or characters > MOST_CHARACTERS:
            raise SheetError(TOO_MUCH)
        yield number, [without_mark(text) for text in texts]


def _rows(lines, columns, first_width, kind, names, remarks):
    width = len(columns)
    nameless = [place for place, name in enumerate(columns) if not name]
    for count, (number, cells) in enumerate(lines, start=1):
        if count > MOST_ROWS:
            raise SheetError(f"There are more than {MOST_ROWS:,} rows. Send them in parts.")
        is_beyond = any(map(str.strip, cells[width:]))
        # A cell too many means that a comma inside a cell was taken for the cell's end.
        if kind == "csv" and (is_beyond or len(cells) > first_width):
            raise SheetError(
                f"Row {number} has a cell beyond the last column of the header. Write numbers without "
                "commas, and put words with a comma in quotation marks."
            )
        if is_beyond:
            remarks.setdefault(BEYOND_HEADER, []).append(number)
        cells = [*cells[:width], *[""] * (width - len(cells))]
        for place in nameless:
            if cells[place].strip():
                raise SheetError(_nameless(number, place))
        for name, cell in zip(columns, cells, strict=True) if kind == "xlsx" else ():
            if isinstance(cell, Worked) and name in names:
                remarks.setdefault(_worked_out(name), []).append(number)
        row = dict(zip(columns, cells, strict=True))
        row.pop("", None)
        yield number, row


def _worked_out(name):
    return (
        f"In {name} a formula: the value that the file keeps of it was read. We work nothing out."
    )


def _nameless(number, place):
    return (
        f"Row {number} has a cell in column {_letter(place)}, which has no name. If cells of the header "
        "are merged, part them: each column has its own name."
    )


def _letter(place):
    from openpyxl.utils import get_column_letter

    return get_column_letter(place + 1)


def _header(cells, names):
    """The name of each column, empty where there is none."""
    columns = [_name(cell, names) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise SheetError("There is nothing in the file. Its first row must name the columns.")
    if len(columns) == 1 and any(mark in columns[0] for mark in SEPARATORS):
        raise SheetError(
            "The columns are not parted by commas, or have other names than ours. Begin with the names "
            "of the columns."
        )
    if len(columns) > MOST_COLUMNS:
        raise SheetError(f"The header has more than {MOST_COLUMNS} columns. Send those we ask for.")
    for place, name in enumerate(columns):
        if name in (FORMULA, ERROR, UNSEEN):
            raise SheetError(
                f"Column {_letter(place)} of the header holds a formula. Write its name as words."
            )
        # Of columns that are not ours, each keeps its cells in a copy of the file.
        if names and name and name not in names and name in columns[:place]:
            columns[place] = f"{name} ({_letter(place)})"
    return columns


def _separator(text, names):
    """The sign that parts the cells: the one by which a row names the most of the columns."""

    def found(separator):
        reader = csv.reader(io.StringIO(text[:PROBED], newline=""), delimiter=separator)
        with suppress(csv.Error):
            return max(
                (_names_in(cells, names) for cells in islice(reader, MOST_PROBED)), default=0
            )
        return 0

    most, best = max(((found(each), each) for each in SEPARATORS), key=lambda pair: pair[0])
    return best if most >= FEWEST_NAMES else ","


def _csv_lines(text, separator):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            is_long = "field limit" in str(error)
            why = "a cell in it is too long. Shorten it, or look" if is_long else f"{error}. Look"
            raise SheetError(
                f"Row {number} can’t be read as CSV: {why} for a quotation mark that is never closed."
            ) from None


# Letters beyond ASCII in UTF-8. Who mixes them with others leaves open how a letter is meant.
UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def _text(content):
    """The text of a CSV file, and whether its letters were read as Windows writes them."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if content.startswith(mark):
            return _utf_16(content, "utf-16"), False
    if b"\0" in content:
        # In UTF-16 every other byte of our words is 0: the second, or else the first.
        halves = content[:PROBED:2], content[1:PROBED:2]
        empty = [half.count(0) > len(half) / 2 for half in halves]
        if empty.count(True) != 1:
            raise SheetError(NOT_A_TABLE)
        return _utf_16(content, "utf-16-be" if empty[0] else "utf-16-le"), False
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
    try:
        if UTF_8.search(content) is None:
            return content.decode("cp1252"), True
    except UnicodeDecodeError:
        pass
    raise SheetError(
        f"The file is not in UTF-8: row {row} has a letter that can’t be read. Save it as “CSV UTF-8”."
    )


def _utf_16(content, encoding):
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise SheetError(NOT_A_TABLE) from None
    if "\0" in text:
        raise SheetError(NOT_A_TABLE)
    return text
