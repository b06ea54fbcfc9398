import re
from datetime import UTC, datetime

import pytest

from bhcp_portal.kit.tables import MOMENT, RECORD_NAMES, SourceTable, read_csv, write_csv
from partners.models import Partner, PartnerName, SourceProfile
from partners.tables import PartnerNameTable, PartnerTable, SourceProfileTable

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SOURCES = "slug\npaper\n"
PROFILES = """cited,title,publisher,kind,published,address,licence,published_at,made,certainty,note,reason,source
paper,A paper,A council,document,2019-01/2019-03,,,2019-01/2019-03,document,sourced,,,paper
"""
PARTNERS = "code,slug\nRTX,hospitals\n01K,morecambe-bay-ccg\n"
NAMES = "partner,name,short_name,valid_from,area,published_at,made,certainty,note,reason,source\n"

pytestmark = pytest.mark.django_db


def put(table, text):
    """Check and apply a table; gives what was checked and what the database refused."""
    header, rows = read_csv(text)
    checked = table.check(rows, header)
    return checked, table.apply(checked, at=NOW)


def said(table):
    """A table as it is exported, without when each row was recorded."""
    return re.sub(
        rf"(,{','.join(RECORD_NAMES)}|,{MOMENT.pattern[:-2]},,)$",
        "",
        write_csv(table),
        flags=re.MULTILINE,
    )


@pytest.fixture
def partners():
    put(SourceTable(), SOURCES)
    put(PartnerTable(), PARTNERS)


def test_a_source_counts_from_the_last_second_of_its_date():
    put(SourceTable(), SOURCES)
    put(SourceProfileTable(), PROFILES)
    [profile] = SourceProfile.objects.live(datetime(2019, 3, 31, 22, 59, 59, tzinfo=UTC))
    assert (profile.title, profile.dated_words) == ("A paper", "January 2019 to March 2019")
    assert not SourceProfile.objects.live(datetime(2019, 3, 31, 22, 59, 58, tzinfo=UTC)).exists()
    assert said(SourceProfileTable()) == PROFILES


def test_what_was_loaded_is_exported_byte_for_byte(partners):
    text = NAMES + (
        "01K,NHS Lancashire North CCG,,,,2015-03-10,document,sourced,,,paper\n"
        "01K,NHS Morecambe Bay CCG,MBCCG,2017-04-01,,2017-03-09,document,inferred,A note,,paper\n"
    )
    put(PartnerNameTable(), text)
    assert said(PartnerNameTable()) == text
    assert write_csv(SourceTable()) == SOURCES


def test_the_same_table_again_changes_nothing(partners):
    text = NAMES + "RTX,UHMBT,,,,2015,document,sourced,,,paper\n"
    put(PartnerNameTable(), text)
    checked, _ = put(PartnerNameTable(), text)
    assert checked.count("unchanged") == 1
    assert PartnerName.objects.count() == 1


def test_check_saves_nothing(partners):
    header, rows = read_csv(NAMES + "RTX,UHMBT,,,,2015,document,sourced,,,paper\n")
    PartnerNameTable().check(rows, header)
    assert not PartnerName.objects.exists()


def test_every_error_is_told_at_once_by_sheet_row_and_column(partners):
    text = NAMES + (
        "RTX,UHMBT,,,,2015,document,sourced,,,paper\n"
        "XXX,,,soon,,2015,document,sourced,,,paper\n"
        "RTX,Other,,,,never,scroll,sourced,,,\n"
        "rtx,Other,,,,2015,document,sourced,,,Papers\n"
    )
    header, rows = read_csv(text)
    checked = PartnerNameTable().check(rows, header)
    assert [(e.row, e.column) for e in checked.errors] == [
        (3, "partner"),
        (3, "name"),
        (3, "valid_from"),
        (4, "published_at"),
        (4, "made"),
        (5, "partner"),
        (5, "source"),
    ]
    assert checked.errors[0].message == (
        "There is no partner “XXX”. Look it up in the table of partners, or add it there first."
    )
    assert "Did you mean “RTX”?" in checked.errors[-2].message
    assert "Did you mean “paper”? Else add it to its own table first." in checked.errors[-1].message
    assert "Fill in the name." in checked.errors[1].message


def test_missing_unknown_and_doubled_columns_are_named():
    header, rows = read_csv("code,colour,weight,code\nRTX,red,1,RTX\n")
    messages = [str(e) for e in PartnerTable().check(rows, header).errors]
    assert any("slug: This column is missing" in m for m in messages)
    assert any("colour: No such column" in m for m in messages)
    assert any("code: This column is there twice" in m for m in messages)


def test_a_statement_from_a_document_must_name_its_source(partners):
    header, rows = read_csv(NAMES + "RTX,UHMBT,,,,2015,document,sourced,,,\n")
    (error,) = PartnerNameTable().check(rows, header).errors
    assert (error.row, error.column) == (2, "source")


def test_versions_may_come_in_any_order_and_each_stands_until_the_next(partners):
    row = "RTX,UHMBT,{short},,,{when},document,sourced,,why,paper\n"
    put(PartnerNameTable(), NAMES + row.format(short="third", when="2019"))
    put(PartnerNameTable(), NAMES + row.format(short="first", when="2015"))
    put(PartnerNameTable(), NAMES + row.format(short="second", when="2017"))
    for year, short in ((2016, "first"), (2018, "second"), (2020, "third")):
        at = datetime(year, 6, 1, tzinfo=UTC)
        assert PartnerName.objects.live(at).get().short_name == short


def test_a_slip_of_ours_is_mended_by_a_row_of_the_same_moment_with_a_note(partners):
    row = "RTX,UHMBT,{short},,,2015,document,sourced,{note},,paper\n"
    put(PartnerNameTable(), NAMES + row.format(short="UHBM", note=""))
    checked, _ = put(PartnerNameTable(), NAMES + row.format(short="UHMB", note=""))
    assert [e.column for e in checked.errors] == ["note"]
    put(PartnerNameTable(), NAMES + row.format(short="UHMB", note="We had misspelt it."))
    assert PartnerName.objects.live(NOW).get().short_name == "UHMB"
    assert PartnerName.objects.count() == 2


def test_a_mended_table_comes_back_from_its_export(partners):
    row = "RTX,UHMBT,{short},,,2015,document,sourced,{note},,paper\n"
    text = NAMES + row.format(short="UHBM", note="") + row.format(short="UHMB", note="Misspelt.")
    put(PartnerNameTable(), text)
    assert said(PartnerNameTable()) == text


def test_a_thing_under_another_slug_is_refused_since_its_address_would_lead_nowhere(partners):
    checked, _ = put(PartnerTable(), "code,slug\nRTX,bay-hospitals\n")
    [error] = checked.errors
    assert (error.row, error.column) == (2, "slug")
    assert "Its address is “hospitals”" in error.message
    assert Partner.objects.get(code="RTX").slug == "hospitals"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file is empty"),
        ("a,b\n1\n", "Row 2 has 1 cells where the header has 2"),
        ('a,b\n"1,2\n', "is not CSV"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(text, message):
    with pytest.raises(ValueError, match=message):
        read_csv(text)


def test_a_table_keeps_no_rows_that_another_thread_would_see(partners):
    table = PartnerNameTable()
    put(table, NAMES + "RTX,UHMBT,,,,2015,document,sourced,,,paper\n")
    fields = {column.name: column.field for column in table.all_columns}
    assert (fields["partner"].known, fields["source"].known) == ({}, {})
