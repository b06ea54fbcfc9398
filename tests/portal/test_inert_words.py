"""Words that a spreadsheet would work out: taken as they are, and inert in every file we give out."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bhcp_portal import package
from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.launch import forget
from bhcp_portal.kit.spreadsheets.inert import Number, with_mark, without_mark
from bhcp_portal.kit.spreadsheets.reading import Sheet, read_sheet
from bhcp_portal.kit.spreadsheets.writing import add_line, annotated, csv_file, saved
from bhcp_portal.kit.tables import Column, text_column
from partners.roles import Role
from tests.factories.kit import PAPERS, source
from tests.factories.metrics import chart_note, metric, reading, target
from tests.factories.newsroom import news
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import figure, milestone, programme

ROOT = Path(__file__).parents[2]
WORKED_OUT = ["=1+1", "+44 20 1", "-", "-5", "@SUM(1)", "'=1", "'''-x", "=cmd|'/c calc'!A1"]
LEFT_ALONE = ["", "5", "'", "'word", "word = 1", "–5", "#N/A"]


def test_one_mark_goes_before_words_that_are_worked_out_and_before_no_others():
    assert [with_mark(words) for words in WORKED_OUT] == [f"'{words}" for words in WORKED_OUT]
    assert with_mark("\t=1") == "'\t=1"
    assert [with_mark(f"{end}=1") for end in "\r\n"] == ["'\r=1", "'\n=1"]
    assert [with_mark(words) for words in LEFT_ALONE] == LEFT_ALONE


@given(st.text(alphabet="'=+-@\t\r\nx 5", max_size=6))
def test_reading_takes_off_what_writing_put_on(words):
    assert without_mark(with_mark(words)) == words
    assert with_mark(words)[:1] not in tuple("=+-@\t\r\n")


def test_every_csv_file_and_workbook_of_ours_is_written_in_one_place():
    """Whoever writes another file of tables goes through ``writing``, which makes words inert."""
    found = set()
    for path in ROOT.glob("*/**/*.py"):
        name = str(path.relative_to(ROOT))
        if name.startswith((".", "node_modules", "tests/", "bench/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and (
                node.attr in ("DictWriter", "writerow") or ast.unparse(node) == "csv.writer"
            ):
                found.add(name)
            # A line added to a sheet; lists have one argument of another kind.
            if isinstance(node, ast.Attribute) and node.attr == "append":
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                if owner in ("sheet", "to", "words", "book"):
                    found.add(f"{name}: {owner}.append")
    assert found == {
        "bhcp_portal/kit/spreadsheets/writing.py",
        "bhcp_portal/kit/spreadsheets/writing.py: to.append",
        "metrics/actions/imports.py",  # what the database copies, which nobody opens
        "metrics/imports/template.py: sheet.append",  # the names of the columns
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_number_stays_a_number_in_the_copy_of_a_file_and_words_come_back(kind):
    lines = [["value", "note"], *([Number("-5"), words] for words in WORKED_OUT)]
    if kind == "csv":
        content = csv_file(lines)
    else:
        book = Workbook(write_only=True)
        to = book.create_sheet("readings")
        for line in lines:
            add_line(to, line)
        content = saved(book)
    copy = annotated(read_sheet(content, "readings"), {2: "=look"}, "what_to_change")
    back = [cells for _, cells in read_sheet(copy, "readings").rows()]
    assert back[0]["what_to_change"] == "=look"
    assert [(each["value"], each["note"]) for each in back] == [
        ("-5", words) for words in WORKED_OUT
    ]
    if kind == "xlsx":
        rows = list(load_workbook(io.BytesIO(copy))["readings"].values)
        assert [row[1] for row in rows[1:]] == ["-5"] * len(WORKED_OUT)
        assert rows[1][2] == "'=1+1"


def said_everywhere(words):
    """Statements of many kinds whose words are these."""
    paper = source("paper", title=words, publisher=words, note=words, published_as="2015")
    work = programme("work", name=words, purpose=words, note=words, source=paper)
    figure(work, 5, counts=words, unit="people", source=paper)
    milestone(work, "opening", title=words, due="2019", source=paper)
    waits = metric("waits", name=words, short_name=words, why=words, method=words, source=paper)
    reading(waits, -5, note=words, source=paper)
    target(waits, 5, words=words, source=paper)
    chart_note(waits, "2024-01-01", words, source=paper)
    news(words, slug="news", summary=words, body=words, source=paper)


@pytest.mark.django_db
@pytest.mark.parametrize("words", WORKED_OUT)
def test_in_every_table_words_are_inert_and_what_is_loaded_is_exported_byte_for_byte(
    words, tmp_path
):
    before = transaction.savepoint()
    said_everywhere(words)
    package.export(tmp_path / "first")
    transaction.savepoint_rollback(before)
    PAPERS.clear()
    forget()
    package.load(tmp_path / "first", at=timezone.now())
    package.export(tmp_path / "second")
    marked = 0
    for table in tables():
        first = (tmp_path / "first" / f"{table.name}.csv").read_bytes()
        assert (tmp_path / "second" / f"{table.name}.csv").read_bytes() == first
        columns = {column.name: column for column in table.all_columns}
        for row in csv.DictReader(io.StringIO(first.decode())):
            for name, cell in row.items():
                is_number = columns[name].schema["type"] in ("number", "integer", "datetime")
                assert is_number or cell[:1] not in tuple("=+-@\t"), (table.name, name, cell)
                marked += cell == f"'{words}"
    assert marked >= 18
    assert "-5" in (tmp_path / "first" / "readings.csv").read_text().split(",")


@pytest.mark.django_db
def test_the_files_of_a_measure_hold_no_words_that_are_worked_out(client):
    waits = metric("waits", name="=Waits", method="=1+1", small_numbers="official")
    reading(waits, 5, note="+ a few", scope=partner("RTX"))
    [line] = csv.DictReader(io.StringIO(client.get("/metrics/waits/readings.csv").text))
    assert (line["note"], line["metric_name"], line["value"]) == ("'+ a few", "'=Waits", "5")
    signed_in(client, person(roles=[Role.DATA_STEWARD]))
    address = reverse("staff:readings_template", args=["waits"])
    book = load_workbook(io.BytesIO(client.get(address).content))
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert {"'=Waits", "'=1+1"} <= {cell.value for cell in cells}


def test_a_column_of_numbers_gives_numbers_and_one_of_words_gives_words():
    assert not isinstance(text_column("note", "words").text(_Row()), Number)
    [value] = [column for column in _readings_columns() if column.name == "value"]
    assert isinstance(value.text(_Row()), Number)


class _Row:
    note = value = "-5"


def _readings_columns() -> tuple[Column, ...]:
    return next(table for table in tables() if table.name == "readings").all_columns


@pytest.mark.parametrize("name", ["a/b", "[x]", "'x'", "y" * 40])
def test_the_copy_of_a_sheet_is_made_whatever_the_sheet_is_called(name):
    sheet = Sheet(name, ["metric"], "xlsx", lambda: iter([(2, {"metric": "5"})]))
    [title] = load_workbook(io.BytesIO(annotated(sheet, {}, "what_to_change"))).sheetnames
    assert re.fullmatch(r"[^\\*?:/\[\]']{1,31}", title)
