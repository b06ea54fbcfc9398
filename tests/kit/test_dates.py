from datetime import UTC, date, datetime

import pytest

from bhcp_portal.kit.dates import (
    dated,
    end_of,
    in_month,
    in_years,
    last_second,
    london_day,
    months_later,
    on_or_in,
    span,
    working_day,
    years,
)


@pytest.mark.parametrize(
    ("text", "as_date", "month", "in_words", "short"),
    [
        ("2017-06-30", "30 June 2017", "in June 2017", "in 2017", "2017"),
        ("2017-06", "June 2017", "in June 2017", "in 2017", "2017"),
        ("2017", "2017", "in 2017", "in 2017", "2017"),
        ("2019-05/2019-09", *["between May and September 2019"] * 2, "in 2019", "2019"),
        ("2019-04/2020-03", "in 2019/20", "in 2019/20", "in 2019/20", "2019/20"),
        ("2016-12/2017-03", *["between December 2016 and March 2017"] * 2, "in 2016/17", "2016/17"),
        ("2018-05/2019-04", *["between May 2018 and April 2019"] * 2, "between 2018 and 2019",
         "2018 to 2019"),
        ("2019/2021", *["between 2019 and 2021"] * 3, "2019 to 2021"),
    ],
)  # fmt: skip
def test_a_range_is_told_whole_in_short_words(text, as_date, month, in_words, short):
    assert (dated(text), in_month(text), in_years(text), years(text)) == (
        as_date,
        month,
        in_words,
        short,
    )


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2017-06-30", date(2017, 6, 30), date(2017, 6, 30), "30 June 2017"),
        ("2017-06", date(2017, 6, 1), date(2017, 6, 30), "June 2017"),
        ("2016-02", date(2016, 2, 1), date(2016, 2, 29), "February 2016"),
        ("2017", date(2017, 1, 1), date(2017, 12, 31), "2017"),
        (
            "2016-12/2017-03",
            date(2016, 12, 1),
            date(2017, 3, 31),
            "December 2016 to March 2017",
        ),
        ("2016/2017-03-31", date(2016, 1, 1), date(2017, 3, 31), "2016 to 31 March 2017"),
    ],
)
def test_a_written_date_spans_all_the_days_it_may_mean(text, first, last, words):
    found = span(text)
    assert (found.first, found.last, found.in_words()) == (first, last, words)


@pytest.mark.parametrize(
    "text",
    ["", "June 2017", "2017-13", "2017-02-29", "17-06-30", "2017-6", "2017/", "/2017", "1/2/3"],
)
def test_what_is_no_date_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="is not a date"):
        span(text)


def test_a_range_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="Put the earlier date first"):
        span("2018/2017")


def test_what_was_published_on_a_day_counts_from_its_last_second_in_london():
    assert last_second(date(2017, 6, 30)) == datetime(2017, 6, 30, 22, 59, 59, tzinfo=UTC)
    assert last_second(date(2017, 1, 31)) == datetime(2017, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2017, 6, 30)])
def test_the_end_of_a_day_comes_after_its_last_second_also_when_clocks_change(day):
    assert last_second(day) < end_of(day)
    assert london_day(end_of(day)) == day


def test_months_later_keeps_to_a_shorter_months_last_day():
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2026, 1, 1), -1) == date(2025, 12, 1)


def test_working_days_leave_out_weekends_and_holidays():
    assert working_day(date(2026, 11, 1), 5) == date(2026, 11, 6)
    assert working_day(date(2027, 1, 1), 5) == date(2027, 1, 8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2017-06-30", "on 30 June 2017"),
        ("2017-06", "in June 2017"),
        ("2017", "in 2017"),
        ("2016-12/2017-03", "between December 2016 and March 2017"),
        ("2017-06-01/2017-06-30", "in June 2017"),
    ],
)
def test_a_written_date_reads_on_a_day_or_in_a_month(text, words):
    assert on_or_in(text) == words
