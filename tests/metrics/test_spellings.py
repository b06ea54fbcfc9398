"""Days, numbers and words as people write them: read where they have one reading, else asked about."""

import pytest

from metrics.imports import spellings
from metrics.imports.spellings import (
    COMMA,
    DAY_FIRST,
    ROUNDED,
    SERIAL,
    SHORT_YEAR,
    AmbiguousError,
)


@pytest.mark.parametrize(
    ("text", "frequency", "read", "said"),
    [
        ("2025-09-01", "month", "2025-09-01", ""),
        ("2025-09-01 00:00:00", "month", "2025-09-01", ""),
        ("2025/9/1", "month", "2025-09-01", ""),
        ("01/09/2025", "month", "2025-09-01", DAY_FIRST),
        ("1.9.25", "month", "2025-09-01", DAY_FIRST),
        ("1st September 2025", "month", "2025-09-01", ""),
        ("Sep-25", "month", "2025-09-01", SHORT_YEAR),
        ("sept 2025", "month", "2025-09-01", ""),
        ("2025-Sep", "month", "2025-09-01", ""),
        ("Apr-74", "month", "1974-04-01", SHORT_YEAR),
        ("09/2025", "month", "2025-09-01", ""),
        ("202509", "quarter", "2025-09-01", ""),
        ("2019-12", "month", "2019-12-01", ""),
        ("2019/20", "year", "2019-04-01", ""),
        ("2010-11", "year", "2010-04-01", ""),
        ("2010-11", "month", "2010-11-01", ""),
        ("201920", "year", "2019-04-01", ""),
        ("2019", "year", "2019-01-01", ""),
        ("45901", "week", "2025-09-01", SERIAL),
        # What is no day stays as it is, and the column refuses it.
        ("2019/20", "month", "2019/20", ""),
        ("09/13/2025", "month", "09/13/2025", ""),
        ("31/02/2025", "month", "31/02/2025", ""),
        ("Smarch 2025", "month", "Smarch 2025", ""),
        ("September 2025", "week", "September 2025", ""),
        ("9" * 5000, "month", "9" * 5000, ""),
    ],
)
def test_a_period_is_read_as_people_write_it(text, frequency, read, said):
    assert spellings.period(text, frequency) == (read, said)


def test_a_day_counted_from_1904_is_read_as_its_workbook_counts():
    assert spellings.period("44439", "month", from_1904=True)[0] == "2025-09-01"


@pytest.mark.parametrize("text", ["Sep 25", "Q3 2025", "2025/26 Q3"])
def test_a_period_with_two_readings_is_asked_about(text):
    with pytest.raises(AmbiguousError, match=r"Is it .+ or "):
        spellings.period(text, "month")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2016-06", "2016-06"),
        ("2016-06/2016-08", "2016-06/2016-08"),
        ("2026-07-14T22:59:59Z", "2026-07-14T22:59:59Z"),
        ("Jun-16", "2016-06"),
        ("12/05/2022", "2022-05-12"),
        ("soon", "soon"),
    ],
)
def test_when_it_was_published_is_read_as_people_write_it(text, read):
    assert spellings.published(text)[0] == read


@pytest.mark.parametrize(
    ("text", "read", "said"),
    [
        ("12,345", "12345", ""),
        ("1 234 567.5", "1234567.5", ""),
        ("−5", "-5", ""),
        ("91.4 %", "91.4", ""),
        ("90.6303236797274", "90.6", ROUNDED),
        ("91.25", "91.25", ""),
        ("12,34", "12,34", ""),
        ("£5", "£5", ""),
        ("9" * 40 + ".1234567", "9" * 40 + ".1234567", ""),
    ],
)
def test_a_number_is_read_without_its_signs(text, read, said):
    found = spellings.count(text, decimals=1, is_percentage=True, points_are_commas=False)
    assert found == (read, said)


def test_a_comma_is_a_point_only_where_cells_are_parted_by_semicolons():
    options = {"decimals": 1, "is_percentage": False, "points_are_commas": True}
    assert spellings.count("91,4", **options) == ("91.4", COMMA)
    assert spellings.count("1,234,567", **options) == ("1234567", "")
    with pytest.raises(AmbiguousError, match=r"Is it 12345, or 12\.345\?"):
        spellings.count("12,345", **options)
    assert spellings.count("5%", **options) == ("5%", "")


def test_a_dash_stands_for_no_words_and_a_letter_for_yes_and_no():
    assert [spellings.words(text) for text in ("-", "–", "N/A", "-5 a day")] == [
        "",
        "",
        "",
        "-5 a day",
    ]
    assert [spellings.yes_no(text) for text in ("Y", "FALSE", "No", "-", "maybe")] == [
        "yes",
        "no",
        "no",
        "",
        "maybe",
    ]
