"""Files that ask for more than a machine has, or say things in an unusual way (TOOLS: one reader)."""

import io
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bhcp_portal.kit.spreadsheets.bounds import (
    ERROR,
    FORMULA,
    LARGEST_MB,
    MEGABYTE,
    MOST_ROWS,
    UNSEEN,
    SheetError,
)
from bhcp_portal.kit.spreadsheets.child import MOST_MEMORY, MOST_SECONDS, open_sheet
from bhcp_portal.kit.spreadsheets.formats import NumberFormat
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from bhcp_portal.kit.spreadsheets.writing import saved
from tests.kit.workbooks import HEADER, MAIN, STRICT, packed, sheet

ROOT = Path(__file__).parents[2]
SHEET = "readings"


def nested(depth):
    return sheet(HEADER + '<row r="2"><c r="B2">' + "<x>" * depth + "</x>" * depth + "</c></row>")


def entities():
    begun = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        begun += f'<!ENTITY {name} "{f"&{before};" * 10}">'
    return begun + "]>"


def words(place):
    return f'<c r="{place}" t="inlineStr"><is><t>x</t></is></c>'


def strings(of, times=1):
    return f'<sst xmlns="{MAIN}">' + f"<si><t>{of}</t></si>" * times + "</sst>"


NEWER_OR_OLDER = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def truncated():
    return packed(sheet(HEADER))[:-40]


def broken_within():
    whole = bytearray(packed(sheet(HEADER + "<row/>" * 50_000)))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    return bytes(whole)


def encrypted_part():
    whole = packed(sheet(HEADER))
    # The first bit of a part's flags says that it is encrypted.
    central = whole.replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    )
    return central.replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00")


def bomb():
    out = io.BytesIO(packed(sheet(HEADER)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as more:
        more.writestr("x/large.bin", bytes(201 * MEGABYTE))
    return out.getvalue()


FAR = "is beyond the 60,000 rows"
REFUSED = {
    "a far row": (
        lambda: packed(sheet(HEADER + f'<row r="1048576">{words("A1048576")}</row>')),
        FAR,
    ),
    "a far column": (lambda: packed(sheet(HEADER + f'<row r="2">{words("XFD2")}</row>')), FAR),
    "a far cell that no program has": (
        lambda: packed(sheet(HEADER + f'<row r="4294967295">{words("ZZZZZZ4294967295")}</row>')),
        FAR,
    ),
    "a column beyond all counting": (
        lambda: packed(sheet(HEADER + f'<row r="2">{words("Z" * 5000 + "2")}</row>')),
        FAR,
    ),
    "rows without numbers, far down": (
        lambda: packed(sheet(HEADER + "<row/>" * 60_010 + f"<row>{words('A60012')}</row>")),
        FAR,
    ),
    "a far row in single quotes": (
        lambda: packed(
            sheet(
                HEADER + "<row r='70000'><c t='inlineStr'\n r='A70000'><is><t>x</t></is></c></row>"
            )
        ),
        FAR,
    ),
    "a cell that is not in its row": (
        lambda: packed(sheet(HEADER + f'<row r="2">{words("A3")}</row>')),
        "not a workbook",
    ),
    "a cell twice": (
        lambda: packed(sheet(HEADER + f'<row r="2">{words("A2")}{words("A2")}</row>')),
        "not a workbook",
    ),
    "a row twice": (
        lambda: packed(
            sheet(HEADER + f'<row r="2">{words("A2")}</row><row r="2">{words("B2")}</row>')
        ),
        "not a workbook",
    ),
    "nested entities": (lambda: packed(sheet(HEADER, before=entities())), "DOCTYPE"),
    "an entity from a file": (
        lambda: packed(
            sheet(HEADER, before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
        ),
        "DOCTYPE",
    ),
    "a DOCTYPE in the shared words": (
        lambda: packed(sheet(HEADER), strings=entities() + strings("&j;")),
        "DOCTYPE",
    ),
    "millions of shared words": (
        lambda: packed(sheet(HEADER), strings=strings("", 1_100_000)),
        "more than we read at once",
    ),
    "a shared word of many megabytes": (
        lambda: packed(
            sheet(HEADER + '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'),
            strings=strings("x" * 20 * MEGABYTE),
        ),
        "more than",
    ),
    "a shared word named a million times": (
        lambda: packed(
            sheet(HEADER + '<row><c t="s"><v>0</v></c></row>' * 59_000),
            strings=strings("x" * 32_000),
        ),
        "more than we read at once",
    ),
    "a cell of many megabytes": (
        lambda: packed(
            sheet(f'{HEADER}<row r="2"><c r="A2" t="str"><v>{"x" * 90 * MEGABYTE}</v></c></row>')
        ),
        "more than",
    ),
    "full columns": (
        lambda: packed(sheet(("<row>" + '<c t="str"><v>1</v></c>' * 700 + "</row>") * 2_900)),
        "more than we read at once",
    ),
    "a packed bomb": (bomb, "unpacks to more"),
    "a truncated workbook": (truncated, "not a workbook"),
    "a workbook broken within": (broken_within, "not a workbook"),
    "a part with a password": (encrypted_part, "not a workbook"),
    "another way of packing": (
        lambda: packed(sheet(HEADER), method=zipfile.ZIP_LZMA),
        "not a workbook",
    ),
    "a workbook with a password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "has a password",
    ),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
    "a shared word that is not there": (
        lambda: packed(sheet(HEADER + '<row r="2"><c r="A2" t="s"><v>7</v></c></row>')),
        "not a workbook",
    ),
    "a huge CSV line": (lambda: b"metric,value\n" + b"x," * 2_100_000, "more than we read at once"),
    "a huge CSV cell": (
        lambda: b"metric,value\n" + b"x" * 9 * MEGABYTE,
        "a cell in it is too long",
    ),
    "a sheet that a person does not see": (
        lambda: packed(sheet(HEADER), state="veryHidden"),
        "The sheet “readings” is hidden",
    ),
    "cells merged downwards": (
        lambda: packed(
            sheet(HEADER + f'<row r="2">{words("B2")}</row>').replace(
                "</sheetData>", '</sheetData><mergeCells><mergeCell ref="B2:B3"/></mergeCells>'
            )
        ),
        "The cells B2:B3 are merged",
    ),
    "rows for newer programs and for older ones": (
        lambda: packed(
            sheet(
                f'{HEADER}<mc:AlternateContent xmlns:mc="{NEWER_OR_OLDER}"><mc:Choice Requires="x">'
                f'<row r="2">{words("A2")}</row></mc:Choice><mc:Fallback>'
                f'<row r="3">{words("A3")}</row></mc:Fallback></mc:AlternateContent>'
            )
        ),
        "not a workbook",
    ),
    "rows in two places": (
        lambda: packed(sheet(f'{HEADER}</sheetData><sheetData><row r="2">{words("A2")}</row>')),
        "not a workbook",
    ),
    "a cell with two values": (
        lambda: packed(sheet(f'{HEADER}<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>')),
        "not a workbook",
    ),
    "an open quotation mark": (
        lambda: b'metric,value\n"' + b"x\n" * 4_000_000,
        "a cell in it is too long",
    ),
    "a CSV of many columns": (
        lambda: b"a," * 2_000_000 + b"b\n" + b"1\n" * 1_000_000,
        "more than 702 columns|more than we read",
    ),
}
READ = {
    "an attribute of many megabytes": lambda: packed(
        sheet(f'{HEADER}<row r="2" x="{"x" * 60 * MEGABYTE}"/>')
    ),
    "empty rows by the million": lambda: packed(sheet(HEADER + "<row/>" * 500_000)),
    "empty rows with a format by the million": lambda: packed(
        sheet(HEADER + '<row s="1" customFormat="1" ht="15"/>' * 500_000)
    ),
    "hidden rows without a value": lambda: packed(
        sheet(HEADER + '<row hidden="1"><c s="1"/></row>' * 3)
    ),
    "a merged title over the table": lambda: packed(
        sheet(HEADER).replace(
            "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
        )
    ),
    "empty cells with a format by the million": lambda: packed(
        sheet(HEADER + '<row><c s="1"/><c s="1"/></row>' * 350_000)
    ),
    "an empty cell with a format, far away": lambda: packed(
        sheet(HEADER + '<row r="1048576"><c r="XFD1048576" s="1"/></row>')
    ),
    "XML of a million floors": lambda: packed(nested(300_000)),
    "blank lines of CSV by the million": lambda: b"metric,value\n" + b"\n" * 3_000_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_asks_for_too_much_or_is_broken_is_refused_in_a_sentence(name):
    make, sentence = REFUSED[name]
    with pytest.raises(SheetError, match=sentence) as refused:
        list(measured(make()).rows())
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", READ)
def test_what_holds_nothing_costs_little_and_is_passed_over(name):
    assert list(measured(READ[name]()).rows()) == []


def measured(content):
    """The sheet, read in the child, which never takes more time than it may."""
    began = time.monotonic()
    try:
        return open_sheet(content, SHEET)
    finally:
        assert time.monotonic() - began < 60


def test_the_process_that_reads_gets_no_more_memory_than_it_may():
    asks = (
        f"child._bind()\ntry:\n    bytes({MOST_MEMORY})\nexcept MemoryError:\n    print('refused')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", f"from bhcp_portal.kit.spreadsheets import child\n{asks}"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert ended.stdout == b"refused\n"


CELLS = {
    "as most write it": '<c r="B2" s="1"><v>0.5</v></c><c r="C2"><f>1+1</f><v>2</v></c>',
    "in single quotes": "<c r='B2' s='1'><v>0.5</v></c><c r='C2'><f>1+1</f><v>2</v></c>",
    "in another order": '<c s="1" r="B2"><v>0.5</v></c><c t="n" r="C2"><f>1+1</f><v>2</v></c>',
    "over several lines": '<c\n\tr="B2"\r\n s="1"\n>\n<v\n>0.5</v></c><c r="C2">\n<f\n>1+1</f><v\n>2</v></c>',
    "with a prefix": '<m:c r="B2" s="1"><m:v>0.5</m:v></m:c><m:c r="C2"><m:f>1+1</m:f><m:v>2</m:v></m:c>',
    "by numbers": '<c r="&#66;2" s="&#49;"><v>&#48;.5</v></c><c r="C&#x32;"><f>1+1</f><v>2</v></c>',
    "without places": '<c/><c s="1"><v>0.5</v></c><c><f/><v>2</v></c>',
    "with a remark": '<c r="B2" s="1"><!-- <f/> --><v>0<!-- x -->.5</v></c><c r="C2"><!-- --><f/><v>2</v></c>',
    "as CDATA": '<c r="B2" s="1"><v><![CDATA[0.5]]></v></c><c r="C2"><f><![CDATA[1+1]]></f><v>2</v></c>',
    "value before formula": '<c r="B2" s="1"><v>0.5</v></c><c r="C2"><v>2</v><f>1+1</f></c>',
    "beside another's words": '<x xmlns="urn:x"><c r="B2"/></x><c r="B2" s="1"><v>0.5</v></c><c r="C2"><f/><v>2</v></c>',
}
HEAD = '<row r="1"><c t="str"><v>metric</v></c><c t="str"><v>value</v></c><c t="str"><v>note</v></c></row>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("space", [MAIN, STRICT])
@pytest.mark.parametrize("name", CELLS)
def test_formulas_and_percentages_are_seen_in_every_legal_spelling(name, space, encoding):
    given = (
        f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{space}" xmlns:m="{space}">'
        f'<sheetData>{HEAD}<row r="2">{CELLS[name]}</row></sheetData></worksheet>'
    )
    read = read_sheet(packed(given.encode(encoding)), SHEET, ["metric", "value", "note"])
    assert list(read.rows()) == [(2, {"metric": "", "value": "50%", "note": "2"})]
    assert read.remarks == {
        "In note a formula: the value that the file keeps of it was read. We work nothing out.": [2]
    }


def test_the_style_of_a_cell_that_names_none_is_the_first():
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="9"/></cellXfs></styleSheet>'
    given = packed(sheet(HEADER + "<row><c/><c><v>0.5</v></c></row>"), styles=styles)
    [(_, cells)] = read_sheet(given, SHEET).rows()
    assert cells["value"] == "50%"


def test_errors_days_choices_and_rich_words_are_read_as_a_person_sees_them():
    head = "".join(f'<c t="str"><v>{name}</v></c>' for name in "abcdef")
    row = (
        '<c t="e"><v>#DIV/0!</v></c><c s="2"><v>45292</v></c><c t="b"><v>1</v></c>'
        '<c t="s"><v>0</v></c><c t="d"><v>2024-02-01T00:00:00</v></c><c t="str"><v>a_x000A_b_x0000_</v></c>'
    )
    rich = (
        "<r><t>Ken</t></r><r><t xml:space='preserve'>dal </t></r><rPh sb='0' eb='1'><t>x</t></rPh>"
    )
    given = packed(
        sheet(f"<row>{head}</row><row>{row}</row>"),
        strings=f'<sst xmlns="{MAIN}"><si>{rich}</si></sst>',
    )
    [(_, cells)] = read_sheet(given, SHEET).rows()
    assert list(cells.values()) == [ERROR, "2024-01-01", "yes", "Kendal ", "2024-02-01", "a\nb"]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("<c><v>54</v><is><t>0</t></is></c>", "54"),
        ('<c t="inlineStr"><is><t>5</t></is><v>0</v></c>', "5"),
        ("<c><v>1E-5</v></c>", "0.00001"),
        ("<c><v>1.5E+20</v></c>", "150000000000000000000"),
        ("<c><f>1+1</f></c>", FORMULA),
        ("<c><f>1+1</f><v/></c>", FORMULA),
    ],
)
def test_a_cell_is_read_as_its_kind_says_and_a_number_without_powers_of_ten(cell, read):
    given = packed(sheet(f"{HEADER}<row><c/>{cell}</row>"))
    assert [cells["value"] for _, cells in read_sheet(given, SHEET).rows()] == [read]


@pytest.mark.parametrize(
    ("code", "number", "seen"),
    [
        ("General", "3", "3"),
        ("@", "3", "3"),
        ("#,##0", "12345", "12345"),
        ('"£"#,##0.00 "a visit"', "3", "3"),
        ("0%", "0.035", "3.5%"),
        ('0"%"', "35", "35"),
        ('[<5]"<5";0', "3", UNSEEN),
        ('[<5]"<5";0', "5", "5"),
        ('[>=5]0;"fewer than 5"', "4", UNSEEN),
        ('[=0]0;[<5]"*";#,##0', "4", UNSEEN),
        ('[=0]0;[<5]"*";#,##0', "0", "0"),
        ('"suppressed"', "3", UNSEEN),
        (";;;", "3", UNSEEN),
        ("#", "0", UNSEEN),
        ('0;-0;"-"', "0", UNSEEN),
        ('_-* #,##0_-;\\-* #,##0_-;_-* "-"??_-;_-@_-', "0", "0"),
        ('0.0,"k"', "12345", UNSEEN),
        ("[Red][<0]-0\\;;General", "-7", "-7"),
    ],
)
def test_a_number_is_read_only_as_a_person_sees_it_through_its_format(code, number, seen):
    code = code.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    given = packed(sheet(f"{HEADER}<row><c/><c><v>{number}</v></c></row>"), styles=styles)
    [(_, cells)] = read_sheet(given, SHEET).rows()
    assert cells["value"] == seen


@settings(max_examples=300, deadline=None)
@given(
    code=st.text('0#?.,;"[]<>=5%@_*\\ -GeneralE+dmy', max_size=20),
    number=st.sampled_from(["0", "3", "-7", "0.5", "NaN", "1" * 60]),
)
def test_any_format_at_all_shows_a_number_its_percentage_or_nothing(code, number):
    seen = NumberFormat(170, code).seen(number)
    assert seen in ("", number) or seen.endswith("%")


@pytest.mark.parametrize(
    ("code", "is_read"), [("&quot;*&quot;", False), (";;;", False), ("0.0", True)]
)
def test_a_conditional_format_that_may_hide_a_number_is_asked_about(code, is_read):
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/></cellXfs><dxfs><dxf/><dxf>'
        f'<numFmt numFmtId="0" formatCode="{code}"/></dxf></dxfs></styleSheet>'
    )
    rule = (
        '</sheetData><conditionalFormatting sqref="B2:B9"><cfRule type="cellIs" dxfId="1" '
        'operator="lessThan"><formula>5</formula></cfRule></conditionalFormatting>'
    )
    rows = f"{HEADER}<row><c/><c><v>3</v></c></row>"
    given = packed(sheet(rows).replace("</sheetData>", rule), styles=styles)
    if is_read:
        [(_, cells)] = open_sheet(given, SHEET).rows()
        assert cells["value"] == "3"
    else:
        with pytest.raises(SheetError, match="A conditional format of the cells B2:B9 shows"):
            open_sheet(given, SHEET)


def test_hidden_rows_are_left_out_and_named_and_titles_may_be_merged():
    title = f'<row r="1">{words("A1")}</row><row r="2">{words("A2")}</row>'
    table = HEADER.replace('r="1"', 'r="3"').replace('"A1"', '"A3"').replace('"B1"', '"B3"')
    rows = "".join(
        f'<row r="{n}"{mark}>{words(f"A{n}")}</row>'
        for n, mark in ((4, ""), (5, ' hidden="1"'), (6, ' hidden="true"'), (7, ""))
    )
    merged = '</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
    given = packed(sheet(title + table + rows).replace("</sheetData>", merged))
    read = open_sheet(given, SHEET, ["metric", "value"])
    assert [number for number, _ in read.rows()] == [4, 7]
    assert read.header_row == 3
    assert list(read.remarks.values()) == [[1, 2], [5, 6]]


NAMES = ["metric", "value"]


def book_of(**sheets):
    """A workbook of these sheets; a name that begins with ``hidden`` hides one."""
    book = Workbook()
    book.remove(book.active)
    for name, header in sheets.items():
        made = book.create_sheet(name)
        made.append(header)
        made.append(["x", 1])
        made.sheet_state = "hidden" if name.startswith("hidden") else "visible"
    return saved(book)


def test_of_several_sheets_the_one_with_our_columns_is_read_and_said():
    read = open_sheet(book_of(July=NAMES, Notes=["a", "b"], hidden_lists=["c"]), SHEET, NAMES)
    assert (read.name, list(read.rows())) == ("July", [(2, {"metric": "x", "value": "1"})])
    assert list(read.remarks) == [
        "Read from the sheet “July”, the only one with columns of ours.",
        "The sheet “hidden_lists” is hidden, so it was left out.",
    ]
    with pytest.raises(SheetError, match="The sheets are “July”, “August”"):
        open_sheet(book_of(July=NAMES, August=NAMES), SHEET, NAMES)
    # A hidden table beside one that is seen may be the one that is meant, or the one before.
    with pytest.raises(SheetError, match=r"The sheets are “July”, “hidden_june” \(hidden\)"):
        open_sheet(book_of(July=NAMES, hidden_june=NAMES), SHEET, NAMES)
    with pytest.raises(SheetError, match="The sheet “hidden_june” is hidden"):
        open_sheet(book_of(Notes=["a"], hidden_june=NAMES), SHEET, NAMES)


def test_words_beside_the_table_are_left_out_and_named_and_empty_cells_are_nothing():
    given = sheet(
        HEADER + f'<row r="2">{words("A2")}{words("D2")}</row><row r="3">{words("A3")}</row>'
    )
    read = open_sheet(packed(given), SHEET, NAMES)
    assert [cells for _, cells in read.rows()] == [{"metric": "x", "value": ""}] * 2
    assert list(read.remarks.values()) == [[2]]
    read = open_sheet(b"metric,,value,,\nx,,1,,\n", SHEET, NAMES)
    assert list(read.rows()) == [(2, {"metric": "x", "value": "1"})]


def test_a_column_of_ours_that_is_hidden_and_not_empty_is_asked_about():
    given = sheet(HEADER + "<row><c><v>5</v></c><c/></row>").replace(
        "<sheetData>", '<cols><col min="1" max="1" hidden="1"/></cols><sheetData>'
    )
    with pytest.raises(SheetError, match=r"Columns are hidden .* not empty: “metric”"):
        open_sheet(packed(given), SHEET, NAMES)
    empty = given.replace('min="1" max="1"', 'min="2" max="16384"')
    assert len(list(open_sheet(packed(empty), SHEET, NAMES).rows())) == 1


def test_a_formula_for_the_name_of_a_column_is_told():
    head = '<row><c t="str"><v>metric</v></c><c><f>A1</f></c></row>'
    with pytest.raises(SheetError, match="Column B of the header holds a formula"):
        read_sheet(packed(sheet(head)), SHEET)


def test_the_rows_may_be_taken_again():
    given = open_sheet(b"metric,value\nWAITS,5\n", SHEET)
    assert list(given.rows()) == list(given.rows()) == [(2, {"metric": "WAITS", "value": "5"})]


def test_the_child_gets_no_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    # A module of this name is read first by every Python that keeps the environment.
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert open_sheet(b"metric,value\n", SHEET).header == ["metric", "value"]


# -- what is promised ---------------------------------------------------------------------------------


def test_the_web_servers_example_and_the_guides_promise_the_same_size_as_the_portal():
    operating = (ROOT / "docs/operating.md").read_text()
    [passed_on] = re.findall(r"client_max_body_size (\d+)m;.*may have (\d+) MB", operating)
    assert int(passed_on[1]) == LARGEST_MB < int(passed_on[0])
    assert f"A file may have {LARGEST_MB} MB" in operating
    assert (
        f"up to {LARGEST_MB} MB and {MOST_ROWS:,} rows" in (ROOT / "docs/importing.md").read_text()
    )
    assert f"at most {MOST_MEMORY // MEGABYTE} MB and {MOST_SECONDS} seconds" in operating


def test_strangers_files_are_read_in_the_child_by_the_queue_the_commands_or_one_at_a_time():
    users = {"open_sheet": set(), "read_sheet": set()}
    for path in ROOT.glob("*/**/*.py"):
        name = str(path.relative_to(ROOT))
        if not name.startswith((".", "node_modules", "tests/", "bench/")):
            for function, found in users.items():
                if f"{function}(" in path.read_text():
                    found.add(name.removeprefix("bhcp_portal/kit/spreadsheets/"))
    assert users == {
        "open_sheet": {
            "child.py",
            "bhcp_portal/kit/editor/files.py",
            "metrics/tasks.py",
            "metrics/management/commands/import_readings.py",
        },
        # The view reads the one line that the form for one number made.
        "read_sheet": {"child.py", "reading.py", "metrics/views/imports.py"},
    }
