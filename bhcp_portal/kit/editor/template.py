"""The rows of a kind that stand, as a file to change and send back (``files``)."""

from datetime import UTC, datetime

from django import forms
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import Editor
from bhcp_portal.kit.editor.words import names_to_choose
from bhcp_portal.kit.spreadsheets.bounds import MOST_ROWS
from bhcp_portal.kit.spreadsheets.writing import add_line, saved
from bhcp_portal.kit.tables import RECORD_NAMES, Column, ReferenceField, YesNoField

# What a template leaves empty: it is said of the change, not of the row that stands.
OF_THE_CHANGE = ("source", "published_at", "reason")
LONGEST_LIST = 255
WIDTHS = (14, 60)
# What people are told of the columns of all kinds, in place of the words for programs.
MEANS = {
    "published_at": "when the source says so, such as 3 June 2027, June 2027 or 2027. Empty: the day of the "
    "source. Leave it empty if the partners say so themselves",
    "source": "the document or data set that says so",
}


def columns_to_fill(editor: Editor) -> list:
    """The columns of a template: those of the table that a person fills in."""
    left_out = (*RECORD_NAMES, "made")
    return [column for column in editor.table.all_columns if column.name not in left_out]


def meaning(column: Column) -> str:
    """What a column means, and which words may stand in it."""
    inner = column.field
    means = MEANS.get(column.name) or column.means.replace("slug of", "name in web addresses of")
    if isinstance(inner, ReferenceField):
        code = "code" if inner.by == "code" else "name in its web address"
        return f"{means}. Write its exact name, or its {code}; the workbook lists them"
    if isinstance(inner, YesNoField):
        return f"{means}. Write yes or no"
    choices = getattr(inner, "choices", ()) if isinstance(inner, forms.ChoiceField) else ()
    words = [f"{key} ({label})" if str(label) != key else key for key, label in choices if key]
    return f"{means}. Write one of: {'; '.join(words)}" if words else means


def lines_standing(editor: Editor, person, at: datetime) -> list[list[str]]:
    """The header of a template and a line for each row that stands and that a person may change.

    What a row rests on is left empty: it is what the person says of the change. Where a source is
    part of what a row is about, it is named.
    """
    table, kind = editor.table, editor.kind
    rows = table.model.objects.live(Present.now(UTC))
    if kind.reach and person.partner_scope(kind.writer) is not None:
        reached = editor.column(kind.reach).field.model.objects
        rows = rows.filter(**{f"{kind.reach}__in": reached.accessible_to(person, kind.writer, at)})
    names = [column.name for column in columns_to_fill(editor)]
    emptied = dict.fromkeys(set(OF_THE_CHANGE) - set(table.key), "")
    return [names, *([(texts | emptied)[name] for name in names] for texts in table.rows(rows))]


def workbook(editor: Editor, lines: list[list[str]], at: datetime) -> bytes:
    """A template as a workbook, with a sheet on what the columns mean and one of names."""
    book, columns = Workbook(), columns_to_fill(editor)
    sheet = book.active
    sheet.title = editor.table.name
    for line in lines:
        add_line(sheet, line)
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        longest = max(len(str(line[place - 1])) for line in lines)
        sheet.column_dimensions[letter].width = min(max(longest + 2, WIDTHS[0]), WIDTHS[1])
        if words := _closed_list(column.field):
            choice = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
            sheet.add_data_validation(choice)
            choice.add(f"{letter}2:{letter}{MOST_ROWS}")
    labels = {question.column: question.label for question in editor.questions}
    means = [(c.name, labels.get(c.name, ""), meaning(c)) for c in columns]
    _sheet(book, "What the columns mean", ("column", "question", "what it means"), means)
    names = [
        (column.name, key, name)
        for column in columns
        if isinstance(column.field, ReferenceField)
        for key, name in names_to_choose(column.field.model, at, by=column.field.by).items()
    ]
    if names:
        _sheet(book, "Names", ("column", "write", "what it is"), sorted(names))
    _head(sheet)
    return saved(book)


def _closed_list(of):
    """The few words that may stand in a column, or empty text."""
    if isinstance(of, YesNoField):
        return "yes,no"
    keys = [key for key, _ in getattr(of, "choices", ()) if key]
    words = ",".join(map(str, keys)) if isinstance(of, forms.ChoiceField) else ""
    return words if len(words) <= LONGEST_LIST else ""


def _sheet(book, title, header, lines):
    sheet = book.create_sheet(title)
    for line in (header, *lines):
        add_line(sheet, line)
    for letter, width in zip("ABC", (24, 40, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    _head(sheet)


def _head(sheet):
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
