"""Files that are no tables: a sentence each, and nothing saved."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bhcp_portal.kit.spreadsheets.bounds import FORMULA, SheetError
from bhcp_portal.kit.spreadsheets.reading import Sheet, read_sheet
from bhcp_portal.kit.spreadsheets.writing import add_line, csv_file, saved
from metrics.imports.as_sent import TOTAL, SentRows
from metrics.imports.check import check_rows
from metrics.imports.columns import SHEET
from metrics.imports.versions import cards
from metrics.models import BatchState, Metric, Reading, ReadingBatch
from partners.roles import Role
from tests.factories import kit, partners
from tests.factories.metrics import metric

TWELVE = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"
ROW = "WAITS,BHCP,2024-01-01,,,5,no,,,,,"
GOOD = f"{TWELVE}\n{ROW}\n"


def workbook(*lines, titles=("readings",), merge="", percent=""):
    book = Workbook()
    book.remove(book.active)
    for title in titles:
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
        if merge:
            sheet.merge_cells(merge)
        if percent:
            sheet[percent].number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bomb():
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(201):
            part.write(b"0" * 1024 * 1024)
    return out.getvalue()


def entities():
    """A workbook that a careless reader would unfold to gigabytes."""
    begun = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        begun += f'<!ENTITY {name} "{f"&{before};" * 10}">'
    sheet = f'<?xml version="1.0"?>{begun}]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["x"]))) as given,
        zipfile.ZipFile(out, "w") as made,
    ):
        for part in given.namelist():
            is_sheet = part == "xl/worksheets/sheet1.xml"
            made.writestr(part, sheet if is_sheet else given.read(part))
    return out.getvalue()


UNREADABLE = {
    "nothing": (b"", "empty"),
    "blanks": (b"  \n \n", "empty"),
    "two encodings": (f"{GOOD}é".encode() + "ä".encode("latin-1"), "row 3 has a letter"),
    "half of a UTF-16 letter": (GOOD.encode("utf-16") + b"x", "not a table"),
    "another table by semicolons": (b"name;slug\nx;y\n", "not parted by commas"),
    "bytes of a program": (b"\x7fELF\0\0\0\0", "not a table"),
    "a PDF": (b"%PDF-1.7\n", "PDF"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
    "a broken workbook": (b"PK\x03\x04 and then nothing", "not a workbook"),
    "another packed file": (None, "not a workbook"),
    "a packed bomb": (None, "unpacks to more"),
    "merged header": (None, "Row 2 has a cell in column B, which has no name"),
    "two other sheets": (None, "No sheet is called “readings”"),
    "another table": (b"name,slug\nx,y\n", "This column is missing"),
    "a column twice": (GOOD.replace("note", "value", 1).encode(), "there twice"),
    "a quotation mark that stays open": (f'"{TWELVE}'.encode(), "can’t be read as CSV"),
    "fifty megabytes": (None, "larger than 10 MB"),
}


def made(name):
    content, sentence = UNREADABLE[name]
    if content is not None:
        return content, sentence
    match name:
        case "another packed file":
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as packed:
                packed.writestr("letter.txt", "Dear reader")
            return out.getvalue(), sentence
        case "a packed bomb":
            return bomb(), sentence
        case "merged header":
            return workbook(TWELVE.split(","), ROW.split(","), merge="A1:B1"), sentence
        case "two other sheets":
            return workbook(TWELVE.split(","), titles=("One", "Two")), sentence
    return b"x" * 50 * 1024 * 1024, sentence


@pytest.mark.django_db
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_told_in_a_sentence_and_nothing_is_saved(client, name):
    metric("waits")
    content, sentence = made(name)
    steward = partners.person(roles=[Role.DATA_STEWARD])
    file = SimpleUploadedFile("readings.csv", content)
    answer = partners.signed_in(client, steward).post(
        reverse("staff:readings_send"), {"file": file}
    )
    kit.run_queue()
    if name == "fifty megabytes":
        assert not ReadingBatch.objects.exists()
    else:
        answer = client.get(answer.url)
        assert ReadingBatch.objects.get().state == BatchState.REFUSED
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Reading.objects.exists()


CELLS = {
    "a formula": ("=A1+1", "not a formula"),
    "a command in a formula": ("=HYPERLINK(1)", "not a formula"),
    "a comma for a point": ("1,5", "without commas"),
    "NaN": ("NaN", "in figures"),
    "a huge number": ("1e400", "in figures"),
    "many figures": ("9" * 400, "at most 12 figures"),
    "words": ("about five", "in figures"),
    "an error of the spreadsheet": ("#DIV/0!", "in figures"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", CELLS)
def test_what_is_no_number_is_told_with_its_cell_and_nothing_is_public(client, name, kind):
    metric("waits")
    cell, sentence = CELLS[name]
    row = ["WAITS", "BHCP", "2024-01-01", "", "", cell, "no", "", "", "", "", ""]
    quoted = ",".join(f'"{each}"' for each in row)
    content = f"{TWELVE}\n{quoted}".encode() if kind == "csv" else workbook(TWELVE.split(","), row)
    steward = partners.person(roles=[Role.DATA_STEWARD])
    file = SimpleUploadedFile("readings.csv", content)
    partners.signed_in(client, steward).post(reverse("staff:readings_send"), {"file": file})
    kit.run_queue()
    (error,) = ReadingBatch.objects.get().report["errors"]
    assert (error["column"], error["ranges"]) == ("value", [[2, 2]])
    assert sentence in error["wanted"]
    assert not Reading.objects.exists()


def cell_of(name, **options):
    header = TWELVE.split(",")
    row = ["WAITS", "BHCP", date(2024, 1, 1), None, None, 0.1 + 0.2, False] + [None] * 5
    sheet = read_sheet(workbook(header, row, **options), SHEET)
    ((_, cells),) = sheet.rows()
    return cells[name]


def test_a_workbooks_cells_are_read_as_a_person_sees_them():
    assert cell_of("period") == "2024-01-01"
    assert cell_of("value") == "0.3"
    assert cell_of("provisional") == "no"
    assert cell_of("value", percent="F2") == "30%"


def test_a_formula_is_seen_though_nothing_was_worked_out_and_nothing_follows():
    header = TWELVE.split(",")
    rows = read_sheet(
        workbook(header, ["WAITS"], [None, None, None, None, None, "=A1"]), SHEET
    ).rows()
    assert [(number, cells["value"]) for number, cells in rows] == [(2, ""), (3, FORMULA)]


@pytest.mark.parametrize("far", ["A1048576", "XFD2"])
def test_a_cell_far_from_all_others_is_told_and_takes_no_memory(far):
    book = Workbook()
    book.active.title = "readings"
    book.active.append(TWELVE.split(","))
    book.active[far] = "x"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetError, match=f"Cell {far} is beyond"):
        list(read_sheet(out.getvalue(), SHEET).rows())


WORDS = ['=CONCATENATE("a","b")', "=", "#", "+1", "-1", "@SUM(1)", "'=1", "''+44", "-", "''"]


@pytest.mark.django_db
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("column", ["note", "reason"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_words_that_a_spreadsheet_would_work_out_are_taken_as_they_are(words, column, kind):
    metric("waits")
    header = TWELVE.split(",")
    line = ROW.split(",")
    line[header.index(column)] = words
    if kind == "csv":
        content = csv_file([header, line])
    else:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("readings")
        for each in (header, line):
            add_line(sheet, each)
        content = saved(book)
    sheet = read_sheet(content, SHEET)
    found = check_rows(sheet.rows(), sheet.header, at=timezone.now())
    assert not found.errors
    assert getattr(found.rows[0], column) == words


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["note", "reason", "scope", "period", "source"])
def test_a_formula_among_the_words_of_a_workbook_is_told(column):
    metric("waits")
    header = TWELVE.split(",")
    line = ROW.split(",")
    line[header.index(column)] = "=HYPERLINK(1)"
    sheet = read_sheet(workbook(header, line), SHEET)
    [error] = check_rows(sheet.rows(), sheet.header, at=timezone.now()).errors
    assert (error.column, error.found) == (column, "a formula")
    assert "not a formula" in error.wanted


@pytest.mark.django_db
@pytest.mark.parametrize("period", ["9999-12-01", "2100-01-01"])
def test_a_period_that_is_far_ahead_is_told(period):
    metric("waits")
    sheet = read_sheet(GOOD.replace("2024-01-01", period).encode(), SHEET)
    [error] = check_rows(sheet.rows(), sheet.header, at=timezone.now()).errors
    assert (error.column, error.wanted) == ("period", "A period that has ended.")


@pytest.mark.django_db
def test_years_of_a_series_start_in_one_month():
    metric("waits", frequency="year")
    rows = [ROW.replace("2024-01-01", day) for day in ("2022-01-01", "2022-04-01", "2023-01-01")]
    sheet = read_sheet("\n".join([TWELVE, *rows]).encode(), SHEET)
    [error] = check_rows(sheet.rows(), sheet.header, at=timezone.now()).errors
    assert (error.row, error.found) == (3, "2022-04-01")
    assert "starts in January" in error.wanted


def test_a_sheet_called_readings_is_found_among_others():
    sheet = read_sheet(workbook(TWELVE.split(","), titles=("Notes", "Readings ")), SHEET)
    assert sheet.name == "Readings "


def test_a_file_is_known_by_what_is_in_it():
    assert read_sheet(workbook(TWELVE.split(",")), SHEET).kind == "xlsx"
    assert read_sheet(GOOD.encode("utf-8-sig"), SHEET).header == TWELVE.split(",")


def test_a_workbook_that_would_unfold_in_memory_is_refused():
    with pytest.raises(SheetError):
        list(read_sheet(entities(), SHEET).rows())


def test_more_cells_than_the_header_has_are_told():
    with pytest.raises(SheetError, match="Row 2 has a cell beyond the last column"):
        list(read_sheet(f"{TWELVE}\n{ROW},more".encode(), SHEET).rows())


def test_rows_are_numbered_as_a_spreadsheet_shows_them_and_empty_ones_are_passed_over():
    rows = read_sheet(f"{TWELVE}\n\n,,,,,,,,,,,\n{ROW}\n".encode(), SHEET).rows()
    assert [number for number, _ in rows] == [4]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=400).map(lambda tail: b"PK\x03\x04" + tail),
        st.binary(max_size=200).map(lambda tail: GOOD.encode() + tail),
    )
)
def test_any_bytes_at_all_are_a_table_or_a_sentence(content):
    shown = ""
    try:
        cells = [cell for _, cells in read_sheet(content, SHEET).rows() for cell in cells.values()]
    except SheetError as error:
        cells, shown = [], str(error)
    assert all(isinstance(cell, str) for cell in cells)
    assert not shown or shown.endswith(".")


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    cells=st.lists(
        st.one_of(st.text(max_size=30), st.text("0123456789-/.,%' JanSept", max_size=12)),
        min_size=12,
        max_size=12,
    )
)
@pytest.mark.django_db
def test_any_cells_at_all_are_read_or_told(cells):
    metric("waits")
    at = datetime(2024, 6, 1, tzinfo=UTC)
    row = dict(zip(TWELVE.split(","), cells, strict=True))
    for kept in (
        {},
        {"metric": "WAITS", "scope": "BHCP", "period": "2024-01-01", "provisional": "no"},
    ):
        # As a table that must be ours to the letter, and as people send it.
        checked = check_rows([(2, row | kept)], TWELVE.split(","), at=at)
        assert len(checked.rows) + len({error.row for error in checked.errors}) == 1
        sheet = Sheet("readings", TWELVE.split(","), "csv", lambda: [(2, row | kept)])  # noqa: B023
        sent = SentRows(sheet, cards(at), dict(Metric.objects.values_list("pk", "code")))
        checked = check_rows(sent.rows(), sent.columns, at=at)
        errors = {error.row for error in sent.settled(checked.errors)}
        assert len(checked.rows) + len(errors) + (TOTAL in sheet.remarks) == 1
