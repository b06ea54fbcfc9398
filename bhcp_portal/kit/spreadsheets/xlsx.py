"""Reading a sheet of an Excel workbook (ISO/IEC 29500), part by part and row by row.

One reader, expat, reads all parts, so that no two readers can understand a file differently. It
knows namespaces, refuses documents that declare entities, and holds one piece of a part at a time.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from itertools import islice
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
from openpyxl.utils.escape import unescape

from bhcp_portal.kit.spreadsheets.bounds import (
    BROKEN,
    ERROR,
    EXAMPLE,
    FORMULA,
    LARGEST_UNPACKED,
    MOST_ABOVE,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_MERGED,
    MOST_ROWS,
    MOST_SHARED,
    TOO_MUCH,
    UNSEEN,
    SheetError,
)
from bhcp_portal.kit.spreadsheets.formats import NumberFormat
from bhcp_portal.kit.spreadsheets.lines import Lines, Worked

# The same names stand in the transitional and in the strict form of the standard.
SHEETS = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
# Where a part says one thing to newer programs and another to older ones.
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
RELATIONSHIPS = ("http://schemas.openxmlformats.org/package/2006/relationships",)
IDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
PIECE = 1024 * 1024
FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
LONGEST_CODE = 1000  # of a number format; Excel takes 255 characters
YES = ("1", "true", "on")
# So many sheets are looked at for the one with the table.
MOST_LOOKED_AT = 20


def read_workbook(content: bytes, sheet_name: str, is_header: Callable[[list[str]], bool]) -> Lines:
    """The lines of the sheet with the table, without rows that hold no value or are hidden.

    It is the sheet with this name, the only one that is not hidden, or the only one of those that
    has a header, as ``is_header`` says of the texts of a line. Raises ``SheetError`` at once
    or while the lines are taken.
    """
    try:
        book = _Workbook(content)
        name, part = book.sheet(sheet_name, is_header)
    except (SheetError, MemoryError):
        raise
    except Exception:  # a broken file may raise any error in the readers of zip files and XML
        raise SheetError(BROKEN) from None
    sheet = _SheetPart(book)
    return Lines(
        name,
        _lines(sheet, part),
        from_1904=book.book.epoch == CALENDAR_MAC_1904,
        left_out=tuple(book.hidden),
        is_chosen=len(book.sheets) - len(book.hidden) > 1 and name.strip().casefold() != sheet_name,
        hidden_columns=sheet.hidden_columns,
        hidden_rows=sheet.hidden_rows,
        merged=sheet.merged,
        hiding=sheet.hiding,
    )


def _lines(sheet, part):
    try:
        yield from sheet.rows(part)
    except (SheetError, MemoryError):
        raise
    except Exception:  # as above
        raise SheetError(BROKEN) from None


class _Part:
    """What reads one part: ``start`` gets each element's name and attributes, ``end`` its name.

    Only elements of the namespaces ``own`` are passed on. While ``text`` is a list, it gathers the
    text within elements.
    """

    own = SHEETS
    text = None

    def read(self, book, part):
        """Read the part to its end; a generator, so that what has been read can be taken away."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        for piece in book.pieces(part):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield

    def read_all(self, book, part):
        for _ in self.read(book, part):
            pass
        return self

    def _start(self, tag, attributes):
        space, _, name = tag.rpartition(" ")
        if space in self.own:
            self.start(name, attributes)

    def _end(self, tag):
        space, _, name = tag.rpartition(" ")
        if space in self.own:
            self.end(name)

    def _characters(self, text):
        if self.text is not None:
            self.text.append(text)

    def taken(self):
        text, self.text = "".join(self.text or ()), None
        return text

    def start(self, name, attributes):
        """An element of ours begins."""

    def end(self, name):
        """An element of ours ends."""


def _refuse_doctype(*_):
    raise SheetError(
        "The workbook declares words of its own (a DOCTYPE), which no spreadsheet program writes. "
        "Open it in one, save it again and send that."
    )


class _Relationships(_Part):
    own = RELATIONSHIPS

    def __init__(self):
        self.found = {}

    def start(self, name, attributes):
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))


class _BookPart(_Part):
    """The names of the sheets, which are hidden, and whether days are counted from 1904.

    Each sheet is the name, the id of its relationship, and whether it is hidden.
    """

    def __init__(self):
        self.sheets = []
        self.epoch = CALENDAR_WINDOWS_1900

    def start(self, name, attributes):
        if name == "sheet":
            key = next((attributes[key] for key in IDS if key in attributes), "")
            is_hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), key, is_hidden))
        elif name == "workbookPr" and attributes.get("date1904", "") in YES:
            self.epoch = CALENDAR_MAC_1904


class _Strings(_Part):
    """The texts that cells share. Of Japanese words, how they are spoken (rPh) is left out."""

    def __init__(self):
        self.found, self.length, self.parts, self.spoken = [], 0, [], False

    def start(self, name, attributes):
        if name == "si":
            self.parts = []
        elif name == "rPh":
            self.spoken = True
        elif name == "t" and not self.spoken:
            self.text = []

    def end(self, name):
        if name == "t" and not self.spoken:
            self.parts.append(self.taken())
        elif name == "rPh":
            self.spoken = False
        elif name == "si":
            self.found.append(_unescaped("".join(self.parts)))
            self.length += len(self.found[-1])
            if len(self.found) > MOST_SHARED or self.length > MOST_CHARACTERS:
                raise SheetError(TOO_MUCH)


class _Styles(_Part):
    """The number format of each cell style, and which formats on conditions may hide a number."""

    def __init__(self):
        self.codes, self.numbers, self.in_cells = dict(BUILTIN_FORMATS), [], False
        self.may_hide, self.is_conditional = [], False

    def start(self, name, attributes):
        if name == "numFmt":
            number, code = _whole(attributes.get("numFmtId", "")), attributes.get("formatCode", "")
            if len(code) > LONGEST_CODE:
                raise SheetError(BROKEN)
            if self.is_conditional:
                self.may_hide[-1] = NumberFormat(number, code).may_hide
            else:
                self.codes[number] = code
        elif name == "dxf":
            self.may_hide.append(False)
            self.is_conditional = True
        elif name == "cellXfs":
            self.in_cells = True
        elif name == "xf" and self.in_cells:
            self.numbers.append(_whole(attributes.get("numFmtId", "0")))

    def end(self, name):
        if name == "cellXfs":
            self.in_cells = False
        elif name == "dxf":
            self.is_conditional = False

    def formats(self):
        """The number format of each style; cells of one format share it."""
        known = {
            number: NumberFormat(number, self.codes.get(number, "")) for number in self.numbers
        }
        return [known[number] for number in self.numbers]


def _whole(text):
    if not (text.isascii() and text.isdigit()):
        raise SheetError(BROKEN)
    return int(text)


def _unescaped(text):
    """A text in which ``_x000D_`` is the character that it stands for, if XML allows that one."""
    return FORBIDDEN.sub("", unescape(text)) if "_x" in text else text


class _Workbook:
    """The parts of a workbook, and what of them all sheets share."""

    def __init__(self, content):
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        # Spreadsheet programs find parts whatever their capitals.
        self.parts = {info.filename.lower(): info for info in self.zip.infolist()}
        if "mimetype" in self.parts:
            raise SheetError("This is an OpenDocument file. Save it as .xlsx or CSV.")
        self.left = LARGEST_UNPACKED
        if sum(info.file_size for info in self.zip.infolist()) > self.left:
            raise SheetError(
                "The workbook unpacks to more than we read. Send the one sheet alone, as CSV."
            )
        [main] = self._related("").get("officeDocument", []) or [("", "")]
        self.main = main[1]
        self.related = self._related(self.main)
        self.book = _BookPart().read_all(self, self.main)
        self.strings = [
            text
            for _, part in self.related.get("sharedStrings", [])[:1]
            for text in _Strings().read_all(self, part).found
        ]
        self.formats, self.may_hide = [], []
        for _, part in self.related.get("styles", [])[:1]:
            styles = _Styles().read_all(self, part)
            self.formats, self.may_hide = styles.formats(), styles.may_hide
        parts = dict(self.related.get("worksheet", []))
        self.sheets = [each for each in self.book.sheets if each[1] in parts]
        self.hidden = [name for name, _, is_hidden in self.sheets if is_hidden]

    def pieces(self, part):
        """The bytes of a part, piece by piece."""
        info = self.parts.get(part.lower())
        if info is None or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SheetError(BROKEN)
        with self.zip.open(info) as file:
            while piece := file.read(PIECE):
                self.left -= len(piece)
                if self.left < 0:
                    raise SheetError(TOO_MUCH)
                yield piece

    def _related(self, part):
        """The parts that a part names, by the kind of relationship: pairs of its id and the part."""
        folder, name = posixpath.split(part)
        found = (
            _Relationships().read_all(self, posixpath.join(folder, "_rels", f"{name}.rels")).found
        )
        related = {}
        for key, (kind, target) in found.items():
            place = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            related.setdefault(kind, []).append((key, place))
        return related

    def sheet(self, wanted, is_header):
        """The name and the part of the sheet with this name, or of the only one it can be."""
        if not self.sheets:
            raise SheetError(f"The workbook has no sheet with cells. {EXAMPLE}")
        parts = dict(self.related["worksheet"])
        found = [each for each in self.sheets if each[0].strip().casefold() == wanted]
        if found:
            found = [each for each in found if not each[2]] or found
        elif len(self.sheets) > 1:
            looked_at = self.sheets[:MOST_LOOKED_AT]
            found = [each for each in looked_at if self._has_header(parts[each[1]], is_header)]
            found = found or [each for each in self.sheets if not each[2]]
            if len(found) > 1:
                names = ", ".join(
                    f"“{name}”{' (hidden)' if is_hidden else ''}"
                    for name, _, is_hidden in found[:10]
                )
                raise SheetError(
                    f"No sheet is called “{wanted}”. The sheets are {names}. Rename the right one."
                )
        name, key, is_hidden = (found or self.sheets)[0]
        if is_hidden:
            raise SheetError(
                f"The sheet “{name}” is hidden. Show it if it is the right one, or delete it."
            )
        return name, parts[key]

    def _has_header(self, part, is_header):
        first = islice(_SheetPart(self).rows(part), MOST_ABOVE + 1)
        return any(is_header(texts) for _, texts in first)


BEYOND = 18_278  # the column ZZZ, the last that has a name


class _SheetPart(_Part):
    """The rows of a sheet that a person sees, each as its number and its cells' texts.

    ``hidden_rows`` are the numbers of those that hold a value and are not seen. ``merged`` are the
    ranges of cells merged over several rows, each after its last row. ``hidden_columns`` are the
    first and the last of columns that are not seen. ``hiding``: the first cells of which a format on
    conditions may hide the numbers.
    """

    own = (*SHEETS, COMPATIBILITY)

    def __init__(self, book):
        self.book = book
        self.done = []
        self.number, self.column, self.cells = 0, 0, {}
        self.kind, self.style, self.value, self.is_formula, self.in_row = "", 0, None, False, False
        self.in_cell, self.spoken = False, False
        self.in_data, self.had_data, self.is_hidden = False, False, False
        self.hidden_rows, self.hidden_columns, self.merged = [], [], []
        self.place, self.hiding = "", []

    def rows(self, part):
        for _ in self.read(self.book, part):
            yield from self.done
            self.done.clear()

    def start(self, name, attributes):
        if name == "c" and self.in_row:
            self._start_cell(attributes)
        elif self.in_cell:
            if name == "f":
                self.is_formula = True
            elif name == "rPh":
                self.spoken = True
            elif name == self._holder() and not self.spoken:
                if name == "v" and self.value is not None:
                    raise SheetError(BROKEN)
                self.text = []
        elif name == "row" and self.in_data:
            number = _whole(attributes["r"]) if "r" in attributes else self.number + 1
            if number <= self.number:
                raise SheetError(BROKEN)
            self.number, self.column, self.cells, self.in_row = number, 0, {}, True
            self.is_hidden = attributes.get("hidden", "") in YES
        elif name == "col" and not self.had_data and attributes.get("hidden", "") in YES:
            ends = (_whole(attributes.get(end, "")) for end in ("min", "max"))
            self.hidden_columns.append(tuple(ends))
            if len(self.hidden_columns) > MOST_COLUMNS:
                raise SheetError(BROKEN)
        elif name == "sheetData":
            if self.had_data:
                raise SheetError(BROKEN)
            self.in_data = self.had_data = True
        elif name == "AlternateContent" and self.in_data:
            raise SheetError(BROKEN)
        elif name == "conditionalFormatting":
            self.place = attributes.get("sqref", "")
        elif name == "cfRule" and "dxfId" in attributes:
            number = _whole(attributes["dxfId"])
            if not self.hiding and number < len(self.book.may_hide) and self.book.may_hide[number]:
                self.hiding.append(self.place)
        elif name == "mergeCell":
            self._note_merged(attributes.get("ref", ""))

    def _holder(self):
        """The element that holds the text of a cell of this kind."""
        return "t" if self.kind == "inlineStr" else "v"

    def _start_cell(self, attributes):
        self.column += 1
        if "r" in attributes:
            self.column = self._column(attributes["r"])
        self.kind, self.style = attributes.get("t", "n"), _whole(attributes.get("s", "0"))
        self.value, self.is_formula, self.in_cell = None, False, True

    def _column(self, place):
        """The column, from 1, of a cell like B12, which must stand in this row."""
        letters = place.rstrip("0123456789")
        column = 0
        for letter in letters.upper():
            if not "A" <= letter <= "Z":
                raise SheetError(BROKEN)
            # Columns beyond all that a program has count as one: they are refused alike.
            column = min(column * 26 + ord(letter) - ord("A") + 1, BEYOND)
        if not column or place[len(letters) :].lstrip("0") != str(self.number):
            raise SheetError(BROKEN)
        return column

    def end(self, name):
        if name in ("v", "t") and self.text is not None:
            self.value = (self.value or "") + self.taken()
        elif name == "rPh":
            self.spoken = False
        elif name == "c" and self.in_cell:
            self.in_cell = False
            self._keep(self._text())
        elif name == "sheetData":
            self.in_data = False
        elif name == "row":
            self.in_row = False
            if self.cells and self.is_hidden:
                self.hidden_rows.append(self.number)
            elif self.cells:
                last = max(self.cells)
                texts = [self.cells.get(column, "") for column in range(1, last + 1)]
                self.done.append((self.number, texts))

    def _keep(self, text):
        if not text:
            return
        if self.number > MOST_ROWS + 1 or self.column > MOST_COLUMNS:
            raise SheetError(
                f"Cell {get_column_letter(self.column)}{self.number} is beyond the {MOST_ROWS:,} rows or the "
                "columns that we read. Remove what stands there, or send the rows in parts."
            )
        if self.column in self.cells:
            raise SheetError(BROKEN)
        self.cells[self.column] = text

    def _note_merged(self, place):
        first, _, last = place.partition(":")
        first_row, last_row = (
            _whole(each.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for each in (first, last or first)
        )
        if first_row != last_row:
            self.merged.append((last_row, place))
            if len(self.merged) > MOST_MERGED:
                raise SheetError("The sheet has more merged cells than we read. Part them.")

    def _text(self):
        """The cell as a person would write it in a CSV file; a mark for what holds no such value."""
        if self.kind == "e":
            return ERROR
        # A program that works nothing out leaves the number of a formula open.
        if self.is_formula and (
            self.value is None or (self.kind == "n" and not self.value.strip())
        ):
            return FORMULA
        if self.value is None:
            return ""
        formats = self.book.formats
        shown_as = formats[self.style] if self.style < len(formats) else None
        text = self._plain(shown_as)
        if self.kind == "n" and shown_as and text and not shown_as.is_date:
            text = shown_as.seen(text) or UNSEEN
        return Worked(text) if self.is_formula else text

    def _plain(self, shown_as):
        match self.kind:
            case "s":
                return self.book.strings[_whole(self.value.strip())]
            case "b":
                return "yes" if self.value.strip() in YES else "no"
            case "n":
                is_date = shown_as is not None and shown_as.is_date
                return _number_text(self.value.strip(), is_date, self.book.book.epoch)
            case "d":
                return _moment_text(self.value.strip())
        return _unescaped(self.value)


def _number_text(text, is_date, epoch):
    """A number with as many digits as a spreadsheet shows, or the day that it stands for."""
    try:
        number = float(text)
    except ValueError:
        return text
    if "_" in text:
        return text
    if is_date:
        try:
            return _day_text(from_excel(number, epoch))
        except (ValueError, OverflowError):
            return text
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return format(Decimal(f"{number:.15g}"), "f")


def _moment_text(text):
    """A date in ISO 8601, which some programs write in place of a number."""
    try:
        return _day_text(datetime.fromisoformat(text))
    except ValueError:
        return text


def _day_text(value):
    if not isinstance(value, datetime):
        return str(value)
    return value.date().isoformat() if value.time() == time() else f"{value:%Y-%m-%dT%H:%M:%SZ}"
