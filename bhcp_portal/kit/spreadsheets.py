"""CSV and XLSX files that staff send and receive, told apart by content and not by name."""

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles.numbers import BUILTIN_FORMATS_MAX_SIZE, builtin_format_code
from openpyxl.utils import column_index_from_string, get_column_letter
from python_calamine import CalamineWorkbook

LARGEST = 10 * 1024 * 1024
MOST_ROWS = 60_000
# The most letters in a column's name: nobody fills cells beyond column ZZ on purpose.
MOST_LETTERS = 2
# A cell in a sheet's XML: its place, its other attributes, and whether a formula begins in it.
CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)([0-9]+)"([^>]*)>(<(?:\w+:)?f[ >/])?')
ERROR = b' t="e"'
STYLE = re.compile(rb' s="([0-9]+)"')
# A spreadsheet is a packed file: one of ten megabytes may unpack to more than a machine can hold.
LARGEST_UNPACKED = 200 * 1024 * 1024
EXAMPLE = "Send a CSV file, or an Excel workbook (.xlsx)."
OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook (.xls). Save it as .xlsx and send that."),
    (b"%PDF", f"This is a PDF. {EXAMPLE}"),
    (b"\xff\xfe", "This file is in UTF-16. Save it as “CSV UTF-8” and send that."),
    (b"\xfe\xff", "This file is in UTF-16. Save it as “CSV UTF-8” and send that."),
)


class SheetError(ValueError):
    """The file can't be read as a table. The message is a sentence that says what to do."""


@dataclass(frozen=True)
class Sheet:
    """A table in a file: the name of its sheet, its header, and where its rows come from.

    ``width``: how many cells its first row has, including empty ones at the end. ``kind``: ``csv``
    or ``xlsx``. ``lines()`` yields every row as its number and its cells.
    """

    name: str
    header: list[str]
    width: int
    kind: str
    lines: Callable[[], Iterator[tuple[int, list[str]]]]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows that are not empty: their number in a spreadsheet, and a dict of cells.

        Raises ``SheetError`` if a row can't be read or if there are too many.
        """
        width = len(self.header)
        count = 0
        for number, cells in self.lines():
            if number == 1 or not any(map(str.strip, cells)):
                continue
            count += 1
            if count > MOST_ROWS:
                raise SheetError(f"There are more than {MOST_ROWS:,} rows. Send them in parts.")
            # A cell too many means that a comma inside a cell was taken for the cell's end.
            is_longer = self.kind == "csv" and len(cells) > self.width
            if is_longer or any(map(str.strip, cells[width:])):
                raise SheetError(
                    f"Row {number} has a cell beyond the last column of the header. Write numbers without "
                    "commas, and put words with a comma in quotation marks."
                )
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            yield number, dict(zip(self.header, cells, strict=False))


def open_sheet(content: bytes, sheet_name: str) -> Sheet:
    """The table in a file. Of a workbook it is the sheet with this name, or the only sheet.

    Raises ``SheetError`` if there is none that can be read.
    """
    if len(content) > LARGEST:
        raise SheetError("The file is larger than 10 MB. Send it in parts.")
    if not content.strip():
        raise SheetError("The file is empty. Its first row must name the columns.")
    for mark, sentence in OTHER_KINDS:
        if content.startswith(mark):
            raise SheetError(sentence)
    if content.startswith(b"PK"):
        kind, (name, sheet_xml, percents) = "xlsx", _inside(content, sheet_name)
        lines = partial(_xlsx_lines, content, name, _odd_cells(sheet_xml, percents))
    else:
        kind, name = "csv", sheet_name
        lines = partial(_csv_lines, content)
    number, first = next(lines(), (1, []))
    header = _header(first if number == 1 else [])
    return Sheet(name, header, len(first), kind, lines)


def _header(cells):
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SheetError("The first row is empty. It must name the columns.")
    if len(names) == 1 and any(mark in names[0] for mark in (";", "\t", "|")):
        raise SheetError("The columns are not parted by commas. Save the file as “CSV UTF-8”.")
    for place, name in enumerate(names, start=1):
        if not name:
            raise SheetError(
                f"Column {get_column_letter(place)} of the header is empty. If cells of the header are "
                "merged, part them: each column has its own name in row 1."
            )
    return names


# -- CSV ------------------------------------------------------------------------------------------


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


# -- XLSX -----------------------------------------------------------------------------------------


def _wanted(names, sheet_name):
    for name in names:
        if name.strip().casefold() == sheet_name:
            return name
    if len(names) == 1:
        return names[0]
    found = ", ".join(f"“{name}”" for name in names[:10])
    raise SheetError(
        f"No sheet is called “{sheet_name}”. The sheets are {found}. Rename the right one."
    )


def _workbook(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack_versions:
            if "mimetype" in pack_versions.namelist():
                raise SheetError("This is an OpenDocument file. Save it as .xlsx or CSV.")
            if sum(part.file_size for part in pack_versions.infolist()) > LARGEST_UNPACKED:
                raise SheetError(
                    "The workbook unpacks to more than we read. Send the one sheet alone, as CSV."
                )
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        if not any(hasattr(book[name], "iter_rows") for name in book.sheetnames):
            raise SheetError(f"The workbook has no sheet with cells. {EXAMPLE}")
        return book
    except SheetError:
        raise
    except Exception:  # a broken file may raise any error in the reader
        raise SheetError(f"This is not a workbook that can be read. {EXAMPLE}") from None


def _xlsx_lines(content, name, odd):
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name)
        first_row, first_column = sheet.start or (0, 0)
        rows = sheet.iter_rows()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # the reader is Rust: a broken file may make it panic
        raise SheetError(f"This is not a workbook that can be read. {EXAMPLE}") from None
    # The reader sees no value in a formula that was never worked out. It may begin after such
    # cells or end before them, so their rows are added here.
    for number in sorted(odd):
        if number <= first_row:
            yield number, _marked([], odd[number])
    last = first_row
    for last, cells in enumerate(rows, start=first_row + 1):
        texts = [""] * first_column + [_cell_text(value) for value in cells]
        yield last, _marked(texts, odd.get(last, {}))
    for number in sorted(odd):
        if number > last:
            yield number, _marked([], odd[number])


def _marked(texts, odd):
    """A row's texts, where marks replace formulas and errors and a % follows percentages."""
    for place, mark in odd.items():
        texts += [""] * (place + 1 - len(texts))
        if mark != "%":
            texts[place] = mark
        elif texts[place]:
            # A cell that shows 95% holds 0.95: the person who sees 95% must say which was meant.
            texts[place] += mark
    return texts


def _inside(content, sheet_name):
    """The name and the XML of the sheet with the table, and which styles show a percentage."""
    book = _workbook(content)
    try:
        name = _wanted(book.sheetnames, sheet_name)
        percents = {
            place
            for place, style in enumerate(book._cell_styles)
            if "%" in _number_format(book, style.numFmtId)
        }
        return name, book._archive.read(book[name]._worksheet_path), percents
    except SheetError:
        raise
    except Exception:  # a broken file may raise any error in the reader
        raise SheetError(f"This is not a workbook that can be read. {EXAMPLE}") from None
    finally:
        book.close()


def _number_format(book, number):
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return builtin_format_code(number) or ""
    return book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE]


def _odd_cells(sheet_xml, percents):
    """Marks for cells that the row reader does not tell apart, by row and by column from 0.

    ``=`` is a formula, ``#`` an error, ``%`` a number shown as a percentage. Raises ``SheetError``
    if a cell is too far out, because the reader makes room for every cell up to the last one.
    """
    odd = defaultdict(dict)
    for letters, row, attributes, formula in CELL.findall(sheet_xml):
        number = int(row)
        if number > MOST_ROWS + 1 or len(letters) > MOST_LETTERS:
            raise SheetError(
                f"Cell {(letters + row).decode()} is beyond the {MOST_ROWS:,} rows or the columns that we "
                "read. Remove what stands there, or send the rows in parts."
            )
        style = STYLE.search(attributes) if percents else None
        mark = "=" if formula else "#" if ERROR in attributes else ""
        if not mark and style and int(style[1]) in percents:
            mark = "%"
        if mark:
            odd[number][column_index_from_string(letters.decode()) - 1] = mark
    return odd


def _cell_text(value):
    """A cell as a person would write it in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if is_day else f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        # With as many digits as a spreadsheet shows.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value)


# -- out ------------------------------------------------------------------------------------------


def inert(text: str) -> str:
    """A text that no spreadsheet works out: one that would be a formula begins with an apostrophe."""
    return f"'{text}" if text.lstrip("'").startswith(("=", "+", "-", "@", "\t")) else text


def csv_file(lines) -> bytes:
    """Lines of cells as a CSV file, in UTF-8 with a mark by which spreadsheets know it."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def annotated(sheet: Sheet, advice: dict[int, str], column: str) -> bytes:
    """The same file with a first column, named ``column``, that says what to change in each row.

    ``advice``: the words for a row, by its number.
    """
    header = [name for name in sheet.header if name != column]

    def lines():
        yield [column, *header]
        for number, cells in sheet.rows():
            yield [advice.get(number, ""), *(cells[name] for name in header)]

    if sheet.kind == "csv":
        return csv_file(lines())
    book = Workbook(write_only=True)
    to = book.create_sheet(sheet.name)
    to.freeze_panes = "A2"
    to.column_dimensions["A"].width = 60
    for line in lines():
        to.append([_words_cell(to, words) for words in line])
    return saved(book)


def _words_cell(sheet, words):
    """A cell of text, whatever it begins with, so that nothing that was sent becomes a formula."""
    cell = WriteOnlyCell(sheet, words)
    cell.data_type = "s"
    return cell


def saved(book) -> bytes:
    """A workbook as the bytes of its file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
