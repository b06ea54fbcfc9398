from datetime import date, timedelta
from random import Random

import pytest
from django import forms

from bhcp_portal.kit.dates import span
from bhcp_portal.kit.fields import date_field
from bhcp_portal.kit.written_dates import read_date


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        (
            "2027-06-03",
            "3 June 2027|3rd of June 2027|the 3rd June, 2027|3 JUN 2027|03/06/2027|3.6.2027|3-6-2027"
            "|3 6 2027|2027-06-03|June 3, 2027| 3  june  2027 |Thursday 3 June 2027|Thu. 3rd June 2027",
        ),
        ("2027-09", "September 2027|Sept 2027|sep. 2027|9/2027|09/2027|2027-09"),
        ("2027", "2027"),
        ("2017-04/2018-03", "2017/18|2017-18|2017–18|2017/2018|financial year 2017/18|FY 2017/18"),
        ("2011-04/2012-03", "2011/12"),
        (
            "2027-06/2027-08",
            "June to August 2027|June 2027 to August 2027|between June and August 2027"
            "|from June until August 2027|June–August 2027|Jun - Aug 2027|2027-06/2027-08",
        ),
        ("2027-06-03/2027-06-05", "3 to 5 June 2027|3rd–5th June 2027|3/6/2027 - 5/6/2027"),
        ("2017/2019", "2017 to 2019|2017–2019|2017/2019"),
        ("2017-04/2019-03", "2017/18 to 2018/19"),
    ],
)
def test_a_date_is_read_as_people_write_it(text, ways):
    assert {way: read_date(way).text for way in ways.split("|")} == dict.fromkeys(
        ways.split("|"), text
    )


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("soon", "“soon” is not a date. Write it like 3 June 2027, June 2027"),
        ("31 June 2027", "“31 June 2027” is not a real date. June 2027 has 30 days"),
        ("Monday 3 June 2027", "3 June 2027 is a Thursday"),
        ("29/2/2027", "February 2027 has 28 days"),
        ("13/2027", "There is no month 13"),
        ("6/13/2027", "There is no month 13: write the day first"),
        (
            "3 June 27",
            "“3 June 27” has two digits of its year. Write the year with four digits: 2027",
        ),
        ("3/6/27", "Write the year with four digits: 2027"),
        ("6/27", "Write the year with four digits: 2027"),
        ("0027", "Check the year, 0027"),
        ("3 June", "“3 June” has no year"),
        ("2011-12", "Write December 2011, or 2011/12"),
        ("2017/20", "neither a month nor a financial year"),
        ("August to June 2027", "Put the earlier date first, each with its year"),
        ("June to soon", "is not a date. Write a range like"),
        ("٣ June 2027", "is not a date"),
    ],
)
def test_what_is_no_date_is_refused_in_a_sentence_that_names_it(written, sentence):
    with pytest.raises(ValueError, match="“") as refused:
        read_date(written)
    assert sentence in str(refused.value)


def test_a_date_in_words_can_be_read_again():
    chance = Random(8)

    def part():
        day = date(1900, 1, 1) + timedelta(chance.randrange(100_000))
        return day.isoformat()[: chance.choice((4, 7, 10))]

    for _ in range(2000):
        parts = [part(), part()] if chance.random() < 0.5 else [part()]
        try:
            written = span("/".join(parts))
        except ValueError:
            continue
        assert read_date(written.in_words()) == written


class Asked(forms.Form):
    said = date_field("When was it said?", "As the source has it", needed="Write when it was said")
    due = date_field("Due", exact=True)


def test_a_date_field_gives_a_span_or_a_day_and_shows_what_it_has_in_words():
    form = Asked({"said": "June 2027", "due": "3/6/2027"})
    assert form.is_valid()
    assert form.cleaned_data == {"said": span("2027-06"), "due": date(2027, 6, 3)}

    form = Asked(initial={"said": span("2027-06"), "due": date(2027, 6, 3)})
    assert [form["said"].value(), form["due"].value()] == ["June 2027", "3 June 2027"]
    assert (
        form["said"].help_text
        == "As the source has it. Such as 3 June 2027, June 2027, 2027 or 2027/28"
    )


def test_a_date_field_says_what_to_do():
    form = Asked({"said": " ", "due": "June 2027"})
    assert form.errors == {
        "said": ["Write when it was said"],
        "due": ["“June 2027” is more than one day. Write one, like 3 June 2027"],
    }
