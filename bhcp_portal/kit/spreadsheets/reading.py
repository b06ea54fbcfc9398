"""Reading a table from the bytes of a CSV file or a workbook, told apart by content and not by name.

Files of strangers are read by ``child.open_sheet``, which does this in a process with bounds.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bhcp_portal.kit.spreadsheets.bounds import (
    ERROR,
    EXAMPLE,
    FORMULA,
    LARGEST,
    MOST_CELLS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_IN_A_CELL,
    MOST_ROWS,
    TOO_LARGE,
    TOO_MUCH,
    SheetError,
)
from bhcp_portal.kit.spreadsheets.inert import without_mark

OLE = b"\xd0\xcf\x11\xe0"
# The name of the part in which Office keeps a workbook with a password.
WITH_PASSWORD = "EncryptedPackage".encode("utf-16-le")
OTHER_KINDS = (
    (OLE, "This is an old Excel workbook (.xls). Save it as .xlsx and send that."),
    (b"%PDF", f"This is a PDF. {EXAMPLE}"),
    (b"\xff\xfe", "This file is in UTF-16. Save it as “CSV UTF-8” and send that."),
    (b"\xfe\xff", "This file is in UTF-16. Save it as “CSV UTF-8” and send that."),
)

BEYOND_HEADER = {
    "csv": "Write numbers without commas, and put words with a comma in quotation marks.",
    "xlsx": "Name every column in row 1, with no title above them.",
}


@dataclass(frozen=True)
class Sheet:
    """A table in a file: the name of its sheet, its header, and where its rows come from.

    ``kind``: ``csv`` or ``xlsx``. ``rows()`` yields the rows that are not empty: their number in a
    spreadsheet, and a dict of cells by column. It may raise ``SheetError``.
    """

    name: str
    header: list[str]
    kind: str
    rows: Callable[[], Iterator[tuple[int, dict[str, str]]]]


def read_sheet(content: bytes, sheet_name: str) -> Sheet:
    """The table in a file. Of a workbook it is the sheet with this name, or the only sheet.

    Raises ``SheetError`` if there is none that can be read. The rows are read as they are taken, and
    only once.
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
    if content.startswith(b"PK"):
        # Its parts are only needed, and only loaded, for workbooks.
        from bhcp_portal.kit.spreadsheets.xlsx import read_workbook

        name, lines = read_workbook(content, sheet_name)
        kind = "xlsx"
    else:
        kind, name, lines = "csv", sheet_name, _csv_lines(content)
    lines = _bounded(lines)
    number, first = next(lines, (1, []))
    header = _header(first if number == 1 else [])
    return Sheet(name, header, kind, lambda: _rows(lines, header, len(first), kind))


def _bounded(lines):
    """The lines that are not empty but for the first; their texts without the mark of inert words."""
    count = cells = characters = width = 0
    for number, texts in lines:
        if number > 1 and not any(map(str.strip, texts)):
            continue
        count += number > 1
        if count > MOST_ROWS:
            raise SheetError(f"There are more than {MOST_ROWS:,} rows. Send them in parts.")
        if max(map(len, texts), default=0) > MOST_IN_A_CELL:
            raise SheetError(
                f"Row {number} has a cell of more than {MOST_IN_A_CELL:,} characters. Shorten it."
            )
        width = width or len(texts)
        cells += max(width, len(texts))
        characters += sum(map(len, texts))
        if cells > MOST_CELLS or characters > MOST_CHARACTERS:
            raise SheetError(TOO_MUCH)
        yield number, [without_mark(text) for text in texts]


def _rows(lines, header, first_width, kind):
    width = len(header)
    for number, cells in lines:
        # A cell too many means that a comma inside a cell was taken for the cell's end.
        is_longer = kind == "csv" and len(cells) > first_width
        if is_longer or any(map(str.strip, cells[width:])):
            raise SheetError(
                f"Row {number} has a cell beyond the last column of the header. {BEYOND_HEADER[kind]}"
            )
        cells += [""] * (width - len(cells))
        yield number, dict(zip(header, cells, strict=False))


def _header(cells):
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SheetError("The first row is empty. It must name the columns.")
    if len(names) == 1 and any(mark in names[0] for mark in (";", "\t", "|")):
        raise SheetError("The columns are not parted by commas. Save the file as “CSV UTF-8”.")
    if len(names) > MOST_COLUMNS:
        raise SheetError(f"The header has more than {MOST_COLUMNS} columns. Send those we ask for.")
    for place, name in enumerate(names, start=1):
        if name in ("", FORMULA, ERROR):
            raise SheetError(_wrong_name(place, name))
    return names


def _wrong_name(place, name):
    from openpyxl.utils import get_column_letter

    column = f"Column {get_column_letter(place)} of the header"
    if name:
        return f"{column} holds a formula. Write its name as words."
    return (
        f"{column} is empty. If cells of the header are merged, part them: each column has its own "
        "name in row 1."
    )


def _csv_lines(content):
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SheetError(
                f"Row {number} can’t be read as CSV ({error}). Look for a quotation mark that is never "
                "closed."
            ) from None


def _text(content):
    if b"\0" in content:
        raise SheetError(f"This is not a table. {EXAMPLE}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise SheetError(
            f"The file is not in UTF-8: row {row} has a letter that can’t be read. Save it as "
            "“CSV UTF-8”."
        ) from None
