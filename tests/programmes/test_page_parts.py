"""What a programme's page says first: purpose, how it stands, what people got, money as bars."""

from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.html import strip_tags

from bhcp_portal.kit.dates import end_of, london_day
from bhcp_portal.kit.sources import Source
from programmes.editing import aim_cell
from programmes.models import (
    MetricProgramme,
    Money,
    ProgrammeProfile,
    ProgrammeStage,
    Stage,
    Status,
)
from programmes.models.status import Standing
from programmes.presenters.money import money_by_year
from programmes.presenters.programmes import first_sentences, programme_page
from tests.factories.iccs import icc
from tests.factories.kit import on_record
from tests.factories.metrics import metric, reading
from tests.factories.programmes import (
    figure,
    milestone,
    money,
    moved,
    placed_in,
    programme,
    status_update,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


# -- its purpose ----------------------------------------------------------------------------------


def test_the_first_sentences_end_once_they_have_twenty_words_and_the_rest_follows():
    short, long = "Opticians see people in town.", f"{'Word ' * 20}end."
    assert first_sentences(f"{short} {long} Then more. And more!") == (
        f"{short} {long}",
        "Then more. And more!",
    )
    assert first_sentences(short) == (short, "")
    assert first_sentences("") == ("", "")


def test_a_number_with_a_point_ends_no_sentence():
    assert first_sentences("It cost £4.5 million. Done.")[0] == "It cost £4.5 million. Done."


# -- how it stands --------------------------------------------------------------------------------


def staged(stage, words="", **fields):
    """A stage that a document of March 2019 describes; nothing is saved."""
    said = {"published_as": "2019-03", "published_at": datetime(2019, 3, 31, tzinfo=UTC)}
    made = ProgrammeStage(stage=stage, source_words=words, **{**said, "source_id": 1, **fields})
    made.source_profile = None
    if made.source_id:
        made.source = Source(pk=made.source_id, slug="paper")
    return made


def sentence(stage, standing):
    """How it stands as one line of words, and its HTML."""
    html = render_to_string(
        "programmes/_standing.html",
        {
            "stage": stage,
            "standing": standing,
            "with_word": True,
            "request": RequestFactory().get("/"),
            "moment": SimpleNamespace(at=NOW),
        },
    )
    return " ".join(unescape(strip_tags(html.replace("<sup", " <sup"))).split()), html


@pytest.mark.parametrize("stale_since", ["", "March 2019"])
def test_of_every_stage_and_status_one_sentence_with_at_most_one_chip(stale_since):
    reported = {"reported": "reported in March 2019", "stale_since": stale_since}
    for stage in (None, *map(staged, Stage)):
        for status in ("", *Status):
            said, html = sentence(stage, Standing(status, **(reported if status else {})))
            assert html.count('class="bhcp-status ') == bool(status), said
            assert said.endswith("."), said
            assert ".." not in said, said
            assert said.lower().count("since") <= 1, said
            assert ("No status" in said) is not bool(status), said
            if stage:
                assert said.startswith(stage.get_stage_display()), said
            if status:
                word = Status(status).label
                assert (f"{word}, March 2019 (" if stale_since else word) in said, said


def test_a_stage_alone_says_when_it_was_described_and_that_nothing_followed():
    said, _ = sentence(staged(Stage.EVERYDAY), Standing())
    assert said == ("Part of everyday care, as described in 2019 [Source 1]. No status since then.")
    here, _ = sentence(staged(Stage.PILOT, source_id=None, origin="portal"), Standing())
    assert here.startswith("Pilot, since March 2019 [Source 1].")


def test_a_word_that_the_stage_says_already_is_not_said_again():
    same = Standing(source_words="Embedded", reported_at=datetime(2019, 3, 31, tzinfo=UTC))
    said, _ = sentence(staged(Stage.EVERYDAY, "Embedded"), same)
    assert said.count("Embedded") == 1
    assert "No status since then." in said


def test_a_word_said_after_the_stage_is_kept():
    later = Standing(
        source_words="Under review",
        reported_at=datetime(2020, 1, 1, tzinfo=UTC),
        reported_as="2020-01-01",
    )
    said, _ = sentence(staged(Stage.EVERYDAY, "Embedded"), later)
    assert "Described in 2020 as “Under review”. No report says if it is on track." in said


def test_a_status_keeps_the_word_of_its_source_once():
    off = Standing(
        Status.COMPLETE, source_words="Done", reported_at=NOW, reported="reported in 2019"
    )
    assert (
        sentence(None, off)[0]
        == "Its stage is not known. Complete reported in 2019. The source says “Done”."
    )
    assert sentence(staged(Stage.ENDED, "Done"), off)[0].count("Done") == 1
    same = Standing(Status.OFF_TRACK, source_words="Off track", reported="reported in 2019")
    assert sentence(None, same)[0] == "Its stage is not known. Off track reported in 2019."


# -- what people got ------------------------------------------------------------------------------


def page_of(made):
    return programme_page(made.slug, at=end_of(london_day(NOW)), day=london_day(NOW))


def test_the_newest_result_of_each_group_leads_and_nothing_that_is_no_result():
    made = programme("eyes")
    figure(made, 100, group="People", published="2017", kind="result")
    figure(
        made, 200, group="People", published="2016", period="2018", period_as="2018", kind="result"
    )
    figure(made, 300, group="People", published="2019", kind="plan", is_aim=True)
    figure(made, 400, group="Trips", published="2019", kind="result")
    for value, kind in ((500, "need"), (600, "activity"), (700, "")):
        figure(made, value, group=f"Group {value}", published="2020", kind=kind)
    assert [int(each.value) for each, _ in page_of(made).headlines] == [400, 200]


def test_a_rate_held_against_an_aim_stands_beside_it_and_not_under_what_people_got(client):
    made, cancer = programme("cancer"), {"group": "Cancer", "unit": "%"}
    figure(made, 77, published="2019", kind="result", **cancer)
    figure(made, 85, published="2019", kind="plan", is_aim=True, counts="the standard", **cancer)
    figure(made, 85, published="2020", kind="plan", is_aim=True, counts="the plan", **cancer)
    page = page_of(made)
    assert page.headlines == []
    [aim] = page.aims
    assert (int(aim.result.value), [each.counts for each in aim.again]) == (77, ["the plan"])
    words = client.get(made.get_absolute_url()).text
    assert "bhcp-figure__value" not in words
    assert 'href="#aims"' in words


def test_each_large_figure_and_each_row_asks_whether_something_is_wrong(client):
    made = programme("eyes")
    figure(made, 400, published="2019", kind="result", code="eyes-seen")
    words = client.get(made.get_absolute_url()).text
    assert (
        words.count("?of=figure:eyes-seen") == words.count("Something wrong with this figure?") == 2
    )
    past = client.get(made.get_absolute_url(), {"as-at": "2020-01-01"}).text
    assert "Something wrong" not in past


def test_at_most_three_figures_lead_those_of_the_newest_groups():
    made = programme("eyes")
    for year in (2015, 2018, 2016, 2017):
        figure(made, year, group=f"Group {year}", published=str(year), kind="result")
    assert [int(each.value) for each, _ in page_of(made).headlines] == [2018, 2017, 2016]
    assert page_of(made).figures_summary == "4 reported figures"


def test_a_result_of_one_community_names_it():
    made, kendal = programme("eyes"), icc("KEN", name="Kendal")
    placed_in(made, kendal)
    figure(made, 30, kind="result", icc=kendal)
    assert [place for _, place in page_of(made).headlines] == ["Kendal"]


def test_an_aim_stands_beside_the_newest_result_on_its_subject_in_its_unit():
    made, cancer = programme("cancer"), {"group": "Cancer", "unit": "%"}
    figure(made, 85, kind="plan", is_aim=True, **cancer)
    figure(made, 70, kind="result", published="2017", **cancer)
    figure(made, 77, kind="result", published="2018", **cancer)
    figure(made, 72, kind="result", published="2019", group="Cancer", unit="people")
    figure(made, 50, kind="plan", is_aim=True, group="Stroke", unit="%")
    found = [
        (int(aim.figure.value), aim.result and int(aim.result.value)) for aim in page_of(made).aims
    ]
    assert found == [(85, 77), (50, None)]


def test_a_figure_that_is_an_aim_is_of_no_other_kind():
    for kind, is_aim in (("plan", False), ("result", True)):
        with pytest.raises(IntegrityError, match="aim_is_a_plan"), transaction.atomic():
            figure(programme("eyes"), kind=kind, is_aim=is_aim)


def test_whether_a_figure_is_an_aim_follows_its_kind_and_stays_where_none_is_chosen():
    said = [("plan", "no"), ("result", "yes"), ("", "yes"), ("", "")]
    found = [aim_cell({"kind": kind, "is_aim": is_aim}) for kind, is_aim in said]
    assert found == ["yes", "no", "yes", "no"]


# -- what it is for, in a list --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        ("To help mothers stop smoking. It is to be measured.", "To help mothers stop smoking."),
        (
            "Staff in north Lancashire are to work as one service, so that care is joined up and the same.",
            "Staff in north Lancashire are to work as one service.",
        ),
        (
            "People with a minor eye problem, such as a sore eye, can be seen by a local optician.",
            "People with a minor eye problem, such as a sore eye, can be seen by a local optician.",
        ),
    ],
)  # fmt: skip
def test_a_list_says_what_it_is_for_in_a_whole_sentence_or_clause(purpose, words):
    assert ProgrammeProfile(purpose=purpose).in_short == words


# -- money ----------------------------------------------------------------------------------------


def test_each_bar_is_a_share_of_the_highest_amount_of_all_years():
    made = programme("eyes")
    money(made, 4_000_000, year="2016/17", what_for="the year before")
    money(made, 1_000_000, year="2017/18", what_for="beds", published="2017")
    money(made, 2_000_000, year="2017/18", what_for="beds", published="2018")
    money(made, 0, year="2017/18", what_for="cars")
    years = money_by_year(Money.objects.filter(programme=made))
    assert [(y.year, [(line.what_for, share) for line, share in y.bars]) for y in years] == [
        ("2016/17", [("the year before", 100)]),
        ("2017/18", [("beds", 50), ("cars", 0)]),
    ]


def test_where_every_amount_is_nothing_the_bars_are_empty():
    made = programme("eyes")
    money(made, 0)
    assert money_by_year(Money.objects.filter(programme=made))[0].shares == [0]


# -- what comes near, and what leads the answer ----------------------------------------------------


def test_an_aim_without_a_result_says_so_with_its_year():
    made = programme("lungs")
    for number, period in ((50, "2018/19"), (40, "by 2018")):
        figure(made, number, kind="plan", is_aim=True, unit="%", counts="fewer", period=period)
    words = {int(aim.figure.value): aim.not_reported for aim in page_of(made).aims}
    assert words == {50: "Not reported for 2018/19", 40: "Not reported"}


def test_aims_lead_to_what_is_counted_now(client):
    made = programme("urgent")
    figure(
        made, 0, kind="plan", is_aim=True, unit="waits", counts="of over 12 hours", period="2019/20"
    )
    waits = metric("waits", name="Waits of 12 hours or more for a bed")
    on_record(MetricProgramme, published_as="2018", metric=waits, programme=made)
    reading(waits, 703)
    page = " ".join(strip_tags(client.get(made.get_absolute_url()).text).split())
    assert "Not reported for 2019/20. What is counted now stands under Is it working?" in page


def test_no_page_says_that_no_promise_was_found_and_then_shows_one(client):
    none, some = programme("none"), programme("some")
    milestone(some, title="More practices")
    sentence = "No promise with a number or a date was found."
    assert sentence in client.get(none.get_absolute_url()).text
    assert sentence not in client.get(some.get_absolute_url()).text


@pytest.mark.parametrize(
    ("status", "heading"),
    [("not_started", "What was last written"), ("on_track", "Last progress report")],
)
def test_a_plan_that_had_not_started_is_no_progress_report(client, status, heading):
    made = programme("eyes")
    status_update(made, status, summary="The plan has it.")
    page = client.get(made.get_absolute_url()).text
    assert page.count(heading) == 2
    assert ("Last progress report" in page) is (status == "on_track")


def test_what_came_late_leads_the_milestones(client):
    made = programme("centre")
    milestone(made, title="First talks", state="done", done="2013")
    opens = milestone(made, title="Centre opens", due="2017-11-30", published="2015-06")
    moved(opens, title="Centre opens", state="done", done="2019-11-11", published="2019-11")
    page = " ".join(strip_tags(client.get(made.get_absolute_url()).text).split())
    assert "Centre opens: nearly two years late." in page
    assert page.index("Centre opens: nearly two years late.") < page.index("First talks")
