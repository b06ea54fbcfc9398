"""What a row of a list says of a programme, whoever's page the list stands on."""

from datetime import UTC, date, datetime

import pytest

from bhcp_portal.kit.dates import end_of
from iccs.models import Icc
from programmes.models import Programme
from tests.factories.iccs import icc
from tests.factories.partners import partner
from tests.factories.programmes import (
    figure,
    milestone,
    moved,
    partner_role,
    placed_in,
    programme,
    status_update,
)

TODAY = date(2026, 11, 22)
OCTOBER = date(2026, 10, 1)

pytestmark = pytest.mark.django_db


def rows(day=TODAY):
    return list(Programme.objects.with_rows(end_of(day), day))


def standing(day=TODAY):
    (row,) = rows(day)
    return row.standing


def at(year, month, day):
    return datetime(year, month, day, 12, tzinfo=UTC)


def test_a_programme_of_which_no_status_was_said_has_none():
    programme()
    assert standing().status == ""


def test_a_documents_own_word_stands_beside_no_status():
    status_update(programme(), source_words="Embedded", published="2026-11-01")
    assert (standing().status, standing().source_words) == ("", "Embedded")


def test_a_status_counts_for_ninety_days_and_is_then_withdrawn():
    status_update(programme(), "on_track", published="2019-01-01")
    assert standing(date(2019, 4, 1)).stale_since == ""
    assert standing(date(2019, 4, 2)).stale_since == "1 January 2019"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2019-03", "March 2019"),
        ("2018-10/2019-03", "between October 2018 and March 2019"),
        ("2019-05/2019-09", "between May and September 2019"),
        ("2019-04/2020-03", "in 2019/20"),
        ("2016/2018", "between 2016 and 2018"),
    ],
)
def test_a_status_has_the_whole_range_of_its_source_beside_it(written, words):
    status_update(programme(), "on_track", published=written)
    assert standing().stale_since == words


def test_work_that_has_ended_keeps_its_status_however_old():
    status_update(programme(), "complete", published="2019-10")
    assert standing().stale_since == ""


def test_a_past_day_knows_only_the_status_said_by_then():
    telehealth = programme()
    status_update(telehealth, "not_started", published="2018-05")
    status_update(telehealth, "complete", published="2019-10")
    assert standing(date(2019, 10, 30)).status == "not_started"
    assert standing(date(2019, 10, 31)).status == "complete"


def test_merged_names_the_programme_it_went_to():
    into = programme("eye-care", name="Community eye care", published="2019-11")
    status_update(programme("eyes"), "merged", merged_into=into, published="2019-11")
    eyes = next(row for row in rows() if row.slug == "eyes")
    assert eyes.standing.into == "Community eye care"


def test_a_missed_month_is_named_once_its_report_was_due():
    status_update(programme(), "on_track", period=OCTOBER, published=at(2026, 11, 5))
    # The fifth working day of December 2026 is the 7th.
    assert standing(date(2026, 12, 7)).missed == ""
    assert standing(date(2026, 12, 8)).missed == "November 2026"


def test_several_missed_months_are_named_as_a_range():
    status_update(programme(), "on_track", period=OCTOBER, published=at(2026, 11, 5))
    assert standing(date(2027, 2, 20)).missed == "November 2026 to January 2027"


def test_work_that_has_ended_misses_no_month():
    status_update(programme(), "complete", period=OCTOBER, published=at(2026, 11, 5))
    assert standing(date(2027, 6, 1)).missed == ""


def test_nobody_promised_more_reports_where_a_document_gave_the_status():
    status_update(programme(), "on_track", published="2026-10-01")
    assert standing().missed == ""


def test_correcting_an_old_month_does_not_change_how_things_are_now():
    telehealth = programme()
    status_update(telehealth, "on_track", period=date(2026, 9, 1), published=at(2026, 10, 5))
    status_update(telehealth, "on_track", period=OCTOBER, published=at(2026, 11, 5))
    status_update(
        telehealth, "at_risk", period=date(2026, 9, 1), published=at(2026, 11, 20), reason="A slip."
    )
    assert standing().status == "on_track"


def test_what_was_last_reported_is_the_newest_statement_of_any_kind_and_says_which():
    telehealth = programme(published="2015")
    assert rows()[0].last_report == "Last written about in 2015"
    figure(telehealth, published="2016-11/2017-03")
    assert rows()[0].last_report == ("A figure was last given between November 2016 and March 2017")
    opening = milestone(telehealth, due="2019-06", published="2018-06")
    assert rows()[0].last_report == "A plan for a milestone was last published in June 2018"
    moved(opening, due="2019-09", published="2019-11-20")
    moved(opening, state="done", done="2020-02", published="2020-02")
    assert rows()[0].last_report == "A milestone was last reported in February 2020"
    day = date(2020, 2, 1)
    assert rows(day)[0].last_report == "A plan for a milestone was last published in November 2019"
    assert (
        rows(date(2019, 11, 19))[0].last_report
        == "A plan for a milestone was last published in June 2018"
    )


def test_a_link_that_ends_with_another_act_is_no_news_of_its_programme():
    telehealth, kendal, trust = programme(published="2015"), icc("KEN"), partner("RTX")
    placed_in(telehealth, kendal, published="2016")
    partner_role(telehealth, trust, published="2016")
    ends = {"ends": "2020-04-01", "reason": "It became part of another.", "published": "2020-03"}
    placed_in(telehealth, kendal, **ends)
    partner_role(telehealth, trust, **ends)
    assert rows()[0].last_report == "Last written about in 2016"


def test_a_row_names_its_parent_as_it_was_called_then():
    parent = programme("digital", name="Digital", published="2016")
    part = programme("record", parent=parent, published="2017")
    programme("digital", name="Digital and data", published="2018")
    names = {
        day: next(r for r in rows(day) if r == part).profile.parent_name
        for day in (date(2017, 12, 31), date(2018, 12, 31))
    }
    assert list(names.values()) == ["Digital", "Digital and data"]


def test_rows_take_three_queries_however_many(django_assert_num_queries):
    for _ in range(5):
        made = programme()
        status_update(made, "on_track")
        figure(made)
    with django_assert_num_queries(3):
        assert len([(r.profile.name, r.standing, r.last_report) for r in rows()]) == 5


def test_partners_and_iccs_reach_the_rows_by_their_own_relation(django_assert_num_queries):
    trust, kendal = partner(), Icc.objects.create(slug="kendal", code="KEN")
    for name in ("Telehealth", "Eye care"):
        made = programme(name=name)
        status_update(made, "on_track")
        partner_role(made, trust)
        placed_in(made, kendal)
    for links in (trust.programme_links, kendal.programme_links):
        with django_assert_num_queries(4):
            found = list(links.live(end_of(TODAY)).with_programme_rows(end_of(TODAY), TODAY))
            assert [link.programme.profile.name for link in found] == ["Eye care", "Telehealth"]
            assert all(link.programme.standing.stale_since for link in found)
