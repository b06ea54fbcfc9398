"""What a programme's page says first: purpose, how it stands, what people got, money as bars."""

from datetime import UTC, datetime
from html import unescape

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.html import strip_tags

from bhcp_portal.kit.dates import end_of, london_day
from programmes.models import Money, ProgrammeStage, Stage, Status
from programmes.models.status import Standing
from programmes.presenters.money import money_by_year
from programmes.presenters.programmes import first_sentences, programme_page
from tests.factories.programmes import figure, money, programme

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


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
    return made


def sentence(stage, standing):
    """How it stands as one line of words, and its HTML."""
    html = render_to_string(
        "programmes/_standing.html",
        {"stage": stage, "standing": standing, "with_word": True, "request": RequestFactory().get("/")},
    )  # fmt: skip
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
                assert (f"Then: {word.lower()} " if stale_since else word) in said, said


def test_a_stage_alone_says_when_it_was_described_and_that_nothing_followed():
    said, _ = sentence(staged(Stage.EVERYDAY), Standing())
    assert said == (
        "Part of everyday care, as described in 2019 [Source 1]. No status report since then."
    )
    here, _ = sentence(staged(Stage.PILOT, source_id=None, origin="portal"), Standing())
    assert here.startswith("Pilot, since March 2019 [Source 1].")


def test_a_word_that_the_stage_says_already_is_not_said_again():
    same = Standing(source_words="Embedded", reported_at=datetime(2019, 3, 31, tzinfo=UTC))
    said, _ = sentence(staged(Stage.EVERYDAY, "Embedded"), same)
    assert said.count("Embedded") == 1
    assert "No status report since then." in said


def test_a_word_said_after_the_stage_is_kept():
    later = Standing(source_words="Under review", reported_at=datetime(2020, 1, 1, tzinfo=UTC))
    said, _ = sentence(staged(Stage.EVERYDAY, "Embedded"), later)
    assert "No status was reported since then. The source says: “Under review”." in said


def test_a_status_keeps_the_word_of_its_source_once():
    off = Standing(
        Status.COMPLETE, source_words="Done", reported_at=NOW, reported="reported in 2019"
    )
    assert sentence(None, off)[0] == "Complete reported in 2019 (“Done”)."
    assert sentence(staged(Stage.ENDED, "Done"), off)[0].count("Done") == 1
    same = Standing(Status.OFF_TRACK, source_words="Off track", reported="reported in 2019")
    assert sentence(None, same)[0] == "Off track reported in 2019."


# -- what people got ------------------------------------------------------------------------------


def page_of(made):
    return programme_page(made.slug, at=end_of(london_day(NOW)), day=london_day(NOW))


@pytest.mark.django_db
def test_the_newest_result_of_each_group_leads_and_never_an_aim():
    made = programme("eyes")
    figure(made, 100, group="People", published="2017")
    figure(made, 200, group="People", published="2016", period="2018", period_as="2018")
    figure(made, 300, group="People", published="2019", is_aim=True)
    figure(made, 400, group="Trips", published="2019")
    figure(made, 500, group="Aims", published="2019", is_aim=True)
    assert [int(each.value) for each in page_of(made).headlines] == [400, 200]


@pytest.mark.django_db
def test_at_most_three_figures_lead_those_of_the_newest_groups():
    made = programme("eyes")
    for year in (2015, 2018, 2016, 2017):
        figure(made, year, group=f"Group {year}", published=str(year))
    assert [int(each.value) for each in page_of(made).headlines] == [2018, 2017, 2016]
    assert page_of(made).figures_summary == "All 4 reported figures"


# -- money ----------------------------------------------------------------------------------------


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_where_every_amount_is_nothing_the_bars_are_empty():
    made = programme("eyes")
    money(made, 0)
    assert money_by_year(Money.objects.filter(programme=made))[0].shares == [0]
