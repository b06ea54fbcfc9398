"""Three plain answers: now, against a year before, against the target (BEHAVIOUR S); and cards of them."""

import re
from datetime import date

import pytest

from metrics.presenters.page import answer, drawn_part, marks_of
from metrics.verdict import Trend
from tests.factories.iccs import icc
from tests.factories.kit import source
from tests.factories.metrics import chart_note, metric, reading, readings, rebase, target
from tests.metrics.test_public_pages import read, verdict_on

pytestmark = pytest.mark.django_db
SHARE = {"unit": "%", "multiplier": 100, "decimals": 1, "denominator_words": "all visits"}


@pytest.mark.parametrize(
    ("direction", "latest", "words"),
    [
        ("increase", 12, "Better"),
        ("increase", 8, "Worse"),
        ("decrease", 12, "Worse"),
        ("decrease", 8, "Better"),
        ("neutral", 12, "Higher"),
        ("neutral", 8, "Lower"),
        ("increase", 10, "The same"),
        # What the page writes alike is no change.
        ("increase", 10.4, "The same"),
    ],
)
def test_a_year_before_is_better_or_worse_in_one_word(client, direction, latest, words):
    readings(metric("waits", direction=direction), [10] * 12 + [latest])
    assert verdict_on("waits").against_year.words == words
    page = read(client, "/metrics/waits/")
    assert f"Against a year before {words} It was 10 patients in January 2024" in page


def test_what_was_counted_differently_a_year_before_is_not_compared(client):
    made = metric("waits")
    readings(made, [10] * 12 + [5] * 3)
    rebase(made, date(2025, 1, 1))
    page = read(client, "/metrics/waits/")
    assert "Can’t be compared It was 10 patients in March 2024, counted differently then" in page
    # The plain facts lead while it is too early to say more.
    assert page.index("Before the count changed in January 2025, the average was 10 patients.") < (
        page.index("Latest 5")
    )
    readings(metric("young"), [10, 11])
    assert "Against a year before No figure" in read(client, "/metrics/young/")


@pytest.mark.parametrize(
    ("card", "numbers", "words"),
    [
        ({}, [10, 11] * 6 + [20] * 8, "It is getting worse: chance alone is not likely"),
        ({}, [10, 11] * 6 + [1] * 8, "It is getting better: chance alone is not likely"),
        ({"state": "retired", "retired_reason": "It ended."}, [10, 11] * 6 + [1] * 8, "It got better"),
        ({"direction": "neutral"}, [10, 11] * 6 + [1] * 8, "Neither way is better."),
        ({}, [10, 11] * 8, "No unusual change"),
        ({}, [10, 11], "It is too early to say whether it is changing."),
        ({"uses_spc": False}, [10, 11] * 8, ""),
    ],
)  # fmt: skip
def test_what_became_of_it_is_said_first_in_a_sentence(client, card, numbers, words):
    readings(metric("waits", **card), numbers)
    sentence = answer(verdict_on("waits"))
    assert words in sentence
    assert bool(words) == bool(sentence)
    assert sentence in read(client, "/metrics/waits/")


@pytest.mark.parametrize(
    ("numbers", "starts_on", "words"),
    [
        ([9] * 30, date(2020, 1, 1), "not met in any of the 30 months on record"),
        ([3] * 30, date(2020, 1, 1), "met in every one of the 30 months on record"),
        (
            [3] * 10 + [9] * 20,
            date(2020, 1, 1),
            "met in 10 of the 30 months on record, last in October 2024",
        ),
        ([9] * 20 + [3] * 10, date(2020, 1, 1), "met in 10 of the 30 months on record"),
        (
            [9] * 29 + [3],
            date(2026, 1, 1),
            "met in 1 of the 6 months since this target began, from January 2026",
        ),
        ([9] * 30, date(2026, 6, 1), "not met in June 2026"),
        ([9] * 28 + [None, 9], date(2020, 1, 1), "not met in any of the 29 figures on record"),
    ],
)
def test_how_often_the_target_was_met_in_all_that_is_on_record(client, numbers, starts_on, words):
    made = metric("waits")
    readings(made, numbers, first=date(2024, 1, 1))
    target(made, 5, starts_on=starts_on)
    assert verdict_on("waits").met_on_record == words
    assert words.lower() in read(client, "/metrics/waits/").lower()
    assert words in read(client, "/metrics/")


def test_only_what_was_counted_alike_is_held_against_the_target(client):
    made = metric("waits")
    readings(made, [3] * 10 + [9] * 8, first=date(2024, 1, 1))
    rebase(made, date(2024, 11, 1))
    target(made, 5, starts_on=date(2020, 1, 1))
    words = "not met in any of the 8 months since counting changed, from November 2024"
    assert verdict_on("waits").met_on_record == words
    assert words in read(client, "/metrics/")


@pytest.mark.parametrize(
    ("card", "number", "aim", "words"),
    [
        (
            SHARE | {"direction": "increase", "numerator_words": "visits within four hours"},
            (81, 100),
            95,
            "To meet it in January 2024, 14 more of the 100 had to be visits within four hours.",
        ),
        # At most 20.1 of 1,000, and so 20: eleven fewer than 31.
        (
            SHARE | {"direction": "decrease", "numerator_words": "long waits"},
            (31, 1000),
            2.01,
            "To meet it in January 2024, 11 fewer of the 1,000 had to be long waits.",
        ),
        (
            {"direction": "decrease"},
            12,
            5,
            "To meet it in January 2024, there had to be 7 fewer patients.",
        ),
        ({"direction": "decrease"}, 5, 5, ""),
        ({"direction": "neutral"}, 12, 5, ""),
        # Of a share without its counts nobody knows how many it is.
        ({"direction": "increase", "unit": "%"}, 81, 95, ""),
    ],
)
def test_how_many_the_gap_is_where_the_counts_tell_it(client, card, number, aim, words):
    made = metric("waits", **card)
    reading(made, number)
    target(made, aim)
    verdict = verdict_on("waits")
    assert verdict.gap_words == words
    assert not words or words in read(client, "/metrics/waits/")


def test_the_chart_shows_two_years_and_leads_to_all(client):
    made = metric("waits")
    readings(made, [10, 11] * 15)
    rebase(made, date(2024, 3, 1), why="The first change.")
    rebase(made, date(2025, 6, 1), why="The second change.")
    chart_note(made, date(2024, 2, 1), "A new ward")
    verdict = verdict_on("waits")
    drawn = drawn_part(verdict)
    assert (len(drawn.periods), drawn.periods[0]) == (24, "Jul 2024")
    rebases, [note] = marks_of(verdict, drawn)
    # The newest first, and signed only where the chart shows it, with the sign that it keeps.
    assert [mark.sign for mark in rebases] == ["B", ""]
    assert note.sign == ""
    page = client.get("/metrics/waits/").text
    assert ">B</text>" in page
    assert ">A</text>" not in page
    assert "July 2024 to June 2026" in page
    other = read(client, "/metrics/waits/?chart=zzz")
    assert "There is no “zzz” under “chart”, so that choice was left out." in other
    assert '<a href="/metrics/waits/?chart=all">Show all from January 2024 (30 months)</a>' in page
    whole = client.get("/metrics/waits/?chart=all").text
    assert "January 2024 to June 2026" in whole
    assert '<a href="/metrics/waits/">Show the latest figures alone</a>' in whole
    rebases, [note] = marks_of(verdict, drawn_part(verdict, is_whole=True))
    assert [mark.sign for mark in rebases] == ["B", "A"]
    assert note.sign == "1"


def test_the_list_puts_measures_of_a_subject_together_and_names_the_one_place_once(client):
    for slug, subject in (("c", "Beds"), ("b", ""), ("a", "Beds"), ("d", "A&E")):
        readings(metric(slug, subject=subject), [1, 2])
    groups = client.get("/metrics/").context["groups"]
    assert [(g.subject, [m.verdict.metric.slug for m in g.metrics]) for g in groups] == [
        ("A&E", ["d"]),
        ("Beds", ["a", "c"]),
        ("", ["b"]),
    ]
    page = read(client, "/metrics/")
    assert page.count("he whole area") == 1
    assert "Beds A 2 patients, February 2024" in page
    assert "Other measures B" in page
    [group] = client.get("/metrics/?sort=late").context["groups"]
    assert len(group.metrics) == 4
    readings(metric("e", main_icc=icc("KEN")), [1], scope=icc("MIL"))
    assert "All are of" not in read(client, "/metrics/")


def test_counts_that_are_no_part_and_whole_are_not_told_as_such(client):
    a_day = {"unit": "patients a day", "denominator_words": "days with a figure"}
    reading(metric("waits", numerator_words="patients, all days added up", **a_day), (6413, 31))
    page = read(client, "/metrics/waits/")
    assert "6,413 over 31 days with a figure" in page
    assert "6,413 of 31" not in page
    assert "Patients, all days added up, divided by days with a figure" in page


@pytest.mark.parametrize(
    ("as_at", "words"),
    [
        ("2024-03-02", "Now 12 patients January 2024[Source 1] "),
        ("2024-04-20", "Latest 12 patients January 2024 (3 months ago)"),
        ("2026-03-05", "Latest 12 patients January 2024 (2 years ago)"),
    ],
)
def test_a_figure_older_than_it_should_be_is_not_called_that_of_now(client, as_at, words):
    paper = source("paper", published_as="2024-02-10")
    reading(metric("waits", lag_days=14), 12, published="2024-02-10", source=paper)
    assert words in read(client, "/metrics/waits/", as_at=as_at)


FELL_THEN_ROSE = [100, 102, 98, 101, 99, 103] * 5 + [30, 31, 29, 30, 28, 29] * 3 + [60, 61, 62]


def test_a_mixed_verdict_says_in_one_sentence_why_and_shows_no_icon_of_better(client):
    readings(metric("waits"), FELL_THEN_ROSE, first=date(2020, 1, 1))
    verdict = verdict_on("waits")
    words = "lately it got worse, but it is still better than was usual from 2020 to 2024"
    assert verdict.mixed_words == words
    assert answer(verdict).endswith(f"Mixed: {words}.")
    for path in ("/metrics/waits/", "/metrics/"):
        html = client.get(path).text
        assert (
            "Change for the better: " not in html.split("bhcp-chart__key")[0].split("<details")[0]
        )
        assert "bhcp-spc--better" not in html


@pytest.mark.parametrize(
    ("numbers", "aim", "words"),
    [
        # Far below the usual, but above the year before and the target.
        (
            [100, 102] * 14 + [10] * 13 + [12],
            5,
            "better: chance alone is not likely to explain the change. Even so, "
            "the latest figure is worse than a year before, and the target is not met.",
        ),
        (
            [100, 102] * 14 + [10] * 12 + [9],
            5,
            "better: chance alone is not likely to explain the change. Even so, "
            "the target is not met.",
        ),
        ([100, 102] * 14 + [10] * 12 + [9], 50, "is not likely to explain the change."),
        (
            [1, 2] * 14 + [30] * 13,
            50,
            "worse: chance alone is not likely to explain the change. Even so, the target is met.",
        ),
    ],
)
def test_what_speaks_against_the_verdict_is_joined_to_it(numbers, aim, words):
    made = metric("waits")
    readings(made, numbers, first=date(2020, 1, 1))
    target(made, aim)
    assert answer(verdict_on("waits")).endswith(words)


def test_what_lies_far_from_the_usual_but_moves_no_more_is_not_said_to_get_better(client):
    made = metric("waits")
    readings(made, [100, 102] * 20 + [10, 11] * 12 + [12], first=date(2020, 1, 1))
    target(made, 5)
    verdict = verdict_on("waits")
    assert (verdict.trend, verdict.is_by_level) == (Trend.BETTER, True)
    assert answer(verdict).endswith(
        ", up from 10 a year before. Change for the better: it is still far below what was usual "
        "from 2020 to 2025. Chance alone is not likely to explain that. Even so, the target is not met."
    )
    assert verdict.trend_facts == "It is still far below what was usual from 2020 to 2025."
    page = read(client, "/metrics/waits/")
    assert "getting better" not in page
    assert page.count("what was usual from 2020") == 1


def test_what_is_mixed_is_said_once_and_its_reasons_by_both_windows(client):
    readings(metric("waits"), FELL_THEN_ROSE, first=date(2020, 1, 1))
    page = read(client, "/metrics/waits/")
    assert page.count("what was usual from 2020") == 1
    assert "By the last 24 figures alone, it is above the upper limit of" in page
    assert "By all figures, there were" in page or "By all figures, it is below" in page
    # The marks are those of all figures, so the key says what they mean and not what became of it.
    assert "Below what was usual: better" in page


def test_the_lead_has_the_number_and_which_way_it_went(client):
    readings(metric("beds", direction="neutral"), [630, 631] * 10 + [590] * 8)
    assert answer(verdict_on("beds")).startswith("590 patients in April 2026, down from 631 a year")


def test_a_page_without_a_target_now_says_what_the_last_one_was(client):
    made = metric("waits")
    readings(made, [10] * 20)
    target(made, 5, ends_on=date(2024, 12, 31))
    page = read(client, "/metrics/waits/")
    assert page[page.index("No target now") :].startswith(
        "No target now The last was 5 patients, up to 31 December 2024.[Source "
    )


def test_each_source_of_the_figures_is_named_once_and_has_a_number(client):
    made = metric("waits")
    reading(made, 12, source=source("old", title="Old set", kind="data", note="A copy."))
    reading(
        made,
        13,
        period=date(2024, 2, 1),
        source=source("new", title="New set", kind="data", note="Another."),
    )
    html = client.get("/metrics/waits/").text
    said = re.search(r"Where the figures come from:.*?</p>", html)[0]
    numbers = set(re.findall(r"#source-([0-9]+)", said))
    listed = html[html.index('<ol class="bhcp-sources__list">') :]
    assert len(numbers) == 2
    assert all(f'<li id="source-{number}">' in listed for number in numbers)
    assert (listed.count("Old set</a>"), listed.count("New set</a>")) == (1, 1)


def test_the_list_answers_first_how_all_measures_go(client):
    readings(metric("waits"), [10, 11] * 6 + [1] * 8)
    page = client.get("/metrics/").text
    assert '<a href="/metrics/?trend=better"><strong>1</strong> better</a>' in page
    assert "Of 1 measure of the whole area: 1 better, none worse." in read(client, "/metrics/")


def test_a_series_of_figures_is_not_dated_like_a_paper_and_its_copy_is_described(client):
    note = "Read by 22 November 2026 in a copy: the package of somebody."
    paper = source("series", published_as="2024-02", title="Waits", kind="data", note=note)
    reading(metric("waits"), 12, source=paper)
    page = read(client, "/metrics/waits/")
    assert "Waits, A council, oldest figures published February 2024" in page
    assert f"Which copy we hold {note}" in page
    assert "A council, Waits (oldest figures published February 2024);" in page
    assert "Oldest figures published February 2024" in read(client, "/sources/series/")
