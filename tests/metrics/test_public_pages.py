"""The pages of metrics, as a visitor reads them (BEHAVIOUR B)."""

import csv
import io
import re
from datetime import UTC, date, datetime
from html import unescape
from itertools import count
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from bhcp_portal.kit.actions import take_back
from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.launch import Launch
from metrics.models import Reading
from metrics.models.frequency import next_period
from metrics.presenters.chart import drawing
from metrics.presenters.page import progress_words, series_of
from metrics.spc.chart import chart
from metrics.tables.readings import ReadingTable
from metrics.verdict import verdicts
from partners.roles import Role
from programmes.models import Goal, GoalProfile, MetricGoal, MetricProgramme
from tests.clock import clock
from tests.factories.iccs import icc
from tests.factories.kit import on_record, source
from tests.factories.metrics import chart_note, metric, reading, readings, rebase, target
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
OGL = "Open Government Licence v3.0"


def read(client, path, *, status=200, **asked):
    """The words of a page's main part, on one line."""
    asked = {name.replace("_", "-"): value for name, value in asked.items()}
    answer = client.get(path, asked)
    assert answer.status_code == status
    html = answer.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    parted = re.sub(r"<(?=br|li|p|dd|dt|td|th|h\d|text|desc)", " <", main)
    return " ".join(unescape(strip_tags(parted)).split())


def rows(client, path, **asked):
    """The lines of a CSV as dicts."""
    asked = {name.replace("_", "-"): value for name, value in asked.items()}
    return list(csv.DictReader(io.StringIO(client.get(path, asked).content.decode())))


def verdict_on(slug):
    return verdicts(series_of(slug, end_of(TODAY)), at=end_of(TODAY), day=TODAY)[0]


@pytest.fixture
def waits():
    """A share that got better, with a target, a note and a re-base."""
    made = metric(
        "waits", name="Long waits", unit="%", multiplier=100, decimals=1, denominator_words="all"
    )
    paper = source("nhs", licence=OGL, publisher="NHS England")
    readings(made, [(5, 100), (9, 100)] * 5 + [(5, 100)] * 7, source=paper)
    target(made, 4, words="At most 4%")
    return made


# -- the one verdict ------------------------------------------------------------------------------


def test_the_page_says_first_what_the_numbers_say(client, waits):
    assert (
        "Long waits was 5.0% in May 2025. This is a change for the better: seven months in a row "
        "below the average of 6.2%. The system is not yet sure to meet the target of 4.0%. "
        "It was not met in May 2025, and was met in 0 of the last 12 months."
    ) in read(client, "/metrics/waits/")


def test_the_verdict_is_the_same_in_page_table_sentence_chart_and_file(client, waits):
    verdict = verdict_on("waits")
    page = client.get("/metrics/waits/").content.decode()
    table = re.findall(r'<th class="nhsuk-table__header" scope="row">.*?</tr>', page, re.DOTALL)
    file = rows(client, "/metrics/waits/readings.csv")
    drawn = drawing(verdict)
    picture = client.get("/metrics/waits/chart.svg").content.decode()
    assert len(table) == len(file) == len(verdict.points) == 17
    for point, line, row, value in zip(verdict.points, table, file, drawn.values, strict=True):
        words = unescape(" ".join(strip_tags(line).split()))
        assert point.words in words
        assert point.text in words
        assert point.label_words in words.lower()
        assert (row["figure"], row["point"]) == (point.text, point.label_words)
        assert value == point.text
    assert drawn.analysis is verdict.analysis
    assert verdict.sentence in page
    assert verdict.sentence in unescape(picture)
    listed = read(client, "/metrics/")
    for words in (verdict.variation_words, verdict.assurance_words, verdict.met_on_record):
        assert words in listed
        assert words.lower() in read(client, "/metrics/waits/").lower()
    assert verdict.latest_number in listed
    assert verdict.latest_number in read(client, "/metrics/waits/")


def test_the_verdict_reads_the_last_stretch_and_the_target_that_holds_now(client):
    made = metric("waits", direction="decrease")
    readings(made, [50, 51] * 7 + [1, 2] * 7)
    rebase(made, date(2025, 3, 1), why="Counted anew.")
    target(made, 40, words="Fewer than 40")
    target(made, 10, starts_on=date(2025, 1, 1), words="Fewer than 10")
    words = read(client, "/metrics/waits/")
    assert "can be expected to meet the target of 10 patients every time" in words
    assert "Fewer than 10. We judge against this target." in words
    assert "Fewer than 40. We judge" not in words


def test_fewer_than_13_points_give_a_run_chart_and_say_how_many_are_needed(client):
    readings(metric("waits"), range(1, 9))
    words = read(client, "/metrics/waits/")
    assert "There are 8 of the 13 months needed to tell a change from chance." in words
    assert "Limits of what is usual" not in words
    assert "No unusual change" not in words
    assert "too early to say" in words.lower()


def test_limits_of_no_width_are_warned_of(client):
    readings(metric("waits"), [5] * 20 + [6] * 20)
    assert "the limits have no width" in read(client, "/metrics/waits/")


# -- what is missing ------------------------------------------------------------------------------


def test_a_metric_without_a_figure_says_so_and_has_no_chart(client):
    metric("waits", name="Waits")
    words = read(client, "/metrics/waits/")
    assert "Waits: no figures have been published." in words
    assert "<svg" not in client.get("/metrics/waits/").content.decode()
    assert "No figure has come yet" in words
    assert rows(client, "/metrics/waits/readings.csv") == []
    assert "no figures to show" in client.get("/metrics/waits/chart.svg").content.decode()


def test_no_data_is_never_nought_per_cent(client):
    baseline = {"baseline_value": 60, "baseline_period": date(2023, 1, 1)}
    target(metric("nothing", direction="increase", **baseline), 80)
    reading(metric("hidden", direction="increase", **baseline), None, is_hidden=True)
    for slug in ("nothing", "hidden"):
        words = read(client, f"/metrics/{slug}/")
        assert "0%" not in words
        assert "There is no data yet" in words


@pytest.mark.parametrize(
    ("better", "baseline", "value", "aim", "words"),
    [
        ("increase", 60, 70, 80, "has come 50% of the way to the target of 80 patients."),
        ("decrease", 10, 8, 2, "has come 25% of the way to the target of 2 patients."),
        ("decrease", 1000, 1, 0, "has come 99% of the way to the target of 0 patients."),
        ("increase", 60, 50, 80, "is now further from the target of 80 patients."),
        ("increase", 60, 90, 80, "is now past the target of 80 patients."),
        ("decrease", 5, 6, 5, "which is the target: keep at 5 patients. It is not met now."),
        ("decrease", 400, 465, 420, "keep at or better than 420 patients. It is not met now."),
        ("increase", 60, 55, 50, "keep at or better than 50 patients. It is met now."),
        ("neutral", 60, 90, 80, "is now on the other side of the target of 80 patients."),
        ("decrease", 60, 70, None, "No target was set, so progress cannot be worked out"),
    ],
)
def test_progress_in_words(better, baseline, value, aim, words):
    baseline = {"baseline_value": baseline, "baseline_period": date(2023, 1, 1)}
    made = metric("waits", direction=better, **baseline)
    readings(made, [value])
    if aim is not None:
        target(made, aim)
    assert words in progress_words(verdict_on("waits"))


def test_gaps_hidden_provisional_and_withdrawn_are_said_in_words(client):
    made = metric("waits")
    readings(made, [5, None, 7])
    reading(made, None, period=date(2024, 4, 1), is_hidden=True)
    reading(made, 8, period=date(2024, 5, 1), published="2024-06-10")
    reading(made, None, period=date(2024, 5, 1), published="2024-07-10", reason="It was wrong.")
    reading(made, 9, period=date(2024, 6, 1), is_provisional=True, is_estimated=True)
    words = read(client, "/metrics/waits/")
    assert "February 2024 Figure No figure" in words
    assert "April 2024 Figure Hidden: too small to publish" in words
    assert "May 2024 Figure Withdrawn" in words
    assert "June 2024 Figure 9 patients, provisional" in words
    assert "1 August 2024 (estimated)" in words


HIDDEN, NOTHING, TAKEN_BACK = "hidden", (0, 0), "withdrawn"


@pytest.mark.parametrize(
    ("numbers", "anew", "starts", "sentence"),
    [
        ([HIDDEN, *[(5, 10), (6, 10)] * 7], None, [1], "This is within the usual range"),
        ([TAKEN_BACK, *[(5, 10), (6, 10)] * 7], None, [1], "This is within the usual range"),
        ([NOTHING, *[(5, 10), (6, 10)] * 7], None, [1], "This is within the usual range"),
        ([HIDDEN, (5, 10), (6, 10)], None, [1], "of the 13 months needed"),
        ([HIDDEN, TAKEN_BACK, *[(5, 10)] * 13], 2, [2], "It has not varied"),
        ([HIDDEN, NOTHING, *[(5, 10)] * 14], 1, [2], "It has not varied"),
        ([*[(5, 10)] * 13, HIDDEN, *[(6, 10)] * 13], 13, [0, 14], "It has not varied"),
        ([HIDDEN, *[(5, 10)] * 13, HIDDEN, NOTHING], 14, [1], "It has not varied"),
        ([HIDDEN, NOTHING, TAKEN_BACK], 1, [], "no figures have been published"),
    ],
    ids=[
        "the first hidden",
        "the first withdrawn",
        "0 of 0 first",
        "too few for limits",
        "limits anew at the first number",
        "limits anew before the first number",
        "a new stretch begins without a number",
        "no number since limits began anew",
        "no number at all",
    ],
)
def test_periods_without_a_number_at_the_start_of_a_stretch_break_no_door(
    client, numbers, anew, starts, sentence
):
    kendal = icc("KEN")
    made = metric(
        "waits", unit="%", multiplier=100, decimals=1, denominator_words="all", lag_days=20
    )
    for place in (None, kendal):
        for number, period in zip(numbers, every_month(), strict=False):
            shown = {"period": period, "scope": place}
            if number == HIDDEN:
                reading(made, None, is_hidden=True, **shown)
                continue
            reading(made, (7, 10) if number == TAKEN_BACK else number, **shown)
            if number == TAKEN_BACK:
                reading(made, None, published="2026-01-05", reason="Counted wrong.", **shown)
        if anew is not None:
            rebase(made, next_period(date(2024, 1, 1), "month", anew), scope=place)
    says = {HIDDEN: "Hidden: too small to publish", TAKEN_BACK: "Withdrawn"}
    says |= {NOTHING: "None: nothing to count", (5, 10): "50.0%", (6, 10): "60.0%"}
    figures = [says[number] for number in numbers]

    shown = client.get("/api/v1/metrics/waits/analysis").json()
    assert [segment["start"] for segment in shown["segments"]] == starts
    assert [point["value"] for point in shown["points"]] == [
        float(figure.rstrip("%")) if figure.endswith("%") else None for figure in figures
    ]
    assert sentence in shown["sentence"]
    file = rows(client, "/metrics/waits/readings.csv", scope="BHCP")
    assert [row["figure"] for row in file] == figures
    page = client.get("/metrics/waits/").content.decode()
    assert re.findall(r"aria-hidden=\"true\">Figure </span><span>([^<]*)", page) == figures
    assert sentence in page
    picture = client.get("/metrics/waits/chart.svg").content.decode()
    assert sentence in " ".join("".join(ElementTree.fromstring(picture).itertext()).split())
    for path in ("/", "/freshness/"):
        assert client.get(path).status_code == 200
    staff = signed_in(Client(), person(roles=[(Role.DATA_STEWARD, None)]))
    for path in ("/staff/metrics/", "/staff/metrics/waits/"):
        assert staff.get(path).status_code == 200
    has_line = any(figure.endswith("%") for figure in figures)
    for path in ("/metrics/", kendal.get_absolute_url()):
        answer = client.get(path)
        assert answer.status_code == 200
        assert ("bhcp-spark__line" in answer.content.decode()) is has_line


def test_a_chart_of_the_latest_part_has_in_its_key_only_what_is_in_that_part(client):
    made = metric("waits")
    reading(made, None, is_hidden=True)
    reading(made, 5, period=date(2024, 2, 1), is_provisional=True)
    readings(made, [5, 6, 5, 6], first=date(2024, 3, 1))
    drawn = drawing(verdict_on("waits"))
    assert "May still change" in chart(drawn)
    assert "Too small to publish" in chart(drawn)
    late = drawing(verdict_on("waits"), most=4)
    assert late.description.endswith("The chart shows March 2024 to June 2024.")
    assert [segment.start for segment in late.analysis.segments] == [0]
    assert "May still change" not in chart(late)
    assert "Too small to publish" not in chart(late)


def every_month():
    return (next_period(date(2024, 1, 1), "month", number) for number in count())


def test_a_hidden_figure_leaks_through_no_door(client):
    kendal = icc("KEN")
    made = metric("waits")
    readings(made, [40] * 13, scope=kendal)
    reading(made, 3, scope=kendal, period=date(2025, 2, 1), published="2025-03-10")
    reading(
        made, None, scope=kendal, period=date(2025, 2, 1), published="2025-04-10", is_hidden=True,
        reason="It was too small.",
    )  # fmt: skip
    place = kendal.get_absolute_url()
    for path in ("/metrics/", "/metrics/waits/", place, "/freshness/", "/goals/", "/"):
        assert "3 patients" not in read(client, path)
    assert "hidden, as too small to publish, on 10 April 2025" in read(client, "/metrics/waits/")
    assert "3 patients" not in client.get("/metrics/waits/chart.svg").content.decode()
    last = rows(client, "/metrics/waits/readings.csv")[-1]
    assert (last["hidden"], last["value"], last["numerator"]) == ("yes", "", "")
    assert last["figure"] == "Hidden: too small to publish"


# -- what was published before ----------------------------------------------------------------------


def test_the_restatement_log_says_what_a_figure_was_when_and_why(client):
    made = metric("waits", decimals=0)
    readings(made, [900, 901])
    reading(made, 912, period=date(2024, 3, 1), published="2024-04-03")
    reading(
        made, 934, period=date(2024, 3, 1), published="2024-05-04", reason="Two clinics came late."
    )
    reading(made, 5, period=date(2024, 4, 1), published="2024-05-20")
    reading(made, None, period=date(2024, 4, 1), published="2024-06-01", reason="Counted twice.")
    words = read(client, "/metrics/waits/")
    assert (
        "March 2024: first published as 912 patients on 3 April 2024, "
        "restated to 934 patients on 4 May 2024, because: Two clinics came late."
    ) in words
    assert "April 2024: first published as 5 patients on 20 May 2024, withdrawn on 1 June" in words
    assert "January 2024: first" not in words


def test_the_restatement_log_says_what_was_taken_back_when_why_and_what_stands(client):
    made = metric("waits", decimals=0)
    march, april = date(2024, 3, 1), date(2024, 4, 1)
    reading(made, 912, period=march, published="2024-04-03")
    wrong = reading(made, 934, period=march, published="2024-05-04", reason="Two came late.")
    alone = reading(made, 7654321, period=april, published="2024-05-20")
    with clock(datetime(2024, 6, 1, 9, 0, tzinfo=UTC)):
        take_back(Reading.objects.filter(pk__in=[wrong.pk, alone.pk]), reason="The wrong file.")
    words = read(client, "/metrics/waits/")
    assert (
        "March 2024: first published as 912 patients on 3 April 2024, published on 4 May 2024, "
        "taken back on 1 June 2024, because: The wrong file. It is 912 patients again."
    ) in words
    assert (
        "April 2024: published on 20 May 2024, taken back on 1 June 2024, "
        "because: The wrong file. No figure stands."
    ) in words.replace("first published on", "published on")
    assert "7,654,321" not in words
    assert "taken back" not in read(client, "/metrics/waits/", as_at="2024-05-31")


def test_a_figure_is_never_restated_to_what_looks_the_same(client):
    made = metric("seen", unit="%", decimals=1)
    reading(made, 95.04, published="2024-04-03")
    reading(made, 94.96, published="2024-05-04", reason="Two clinics came late.")
    words = read(client, "/metrics/seen/")
    assert "first published as 95.0% on 3 April 2024, restated to 94.96% on 4 May 2024" in words


def test_a_slip_that_was_mended_was_never_published(client):
    Launch.objects.create(launched_at=timezone.now(), loaded_in="this transaction")
    made = metric("waits")
    reading(made, 1, published="2024-03-10")
    reading(made, 2, published="2024-03-10")
    assert "first published" not in read(client, "/metrics/waits/")


def test_a_past_day_knows_no_figure_target_note_or_restatement_of_later(client):
    made = metric("waits", published="2023-06-01")
    reading(made, 10, published="2024-03-10")
    reading(made, 12, published="2024-05-04", reason="Two were counted late.")
    reading(made, 7_654_321, period=date(2024, 2, 1), published="2024-06-10")
    target(made, 4, published="2024-07-01", words="Fewer than four")
    chart_note(made, date(2024, 1, 1), "A new ward", published="2024-08-01")
    words = read(client, "/metrics/waits/", as_at="2024-05-03")
    assert "10 patients in January 2024" in words
    for later in ("12 patients", "7,654,321", "Fewer than four", "A new ward", "restated"):
        assert later not in words
    assert [
        r["value"] for r in rows(client, "/metrics/waits/readings.csv", as_at="2024-05-03")
    ] == ["10"]
    now = read(client, "/metrics/waits/")
    assert all(
        w in now for w in ("7,654,321", "Fewer than four", "A new ward", "restated to 12 patients")
    )


def test_before_its_first_card_a_metric_says_that_nothing_was_published_yet(client):
    metric("waits", published="2023-06-01")
    words = read(client, "/metrics/waits/", status=404, as_at="2023-05-31")
    assert "Nothing had been published about this measure by 31 May 2023" in words
    assert client.get("/metrics/waits/readings.csv", {"as-at": "2023-05-31"}).status_code == 404
    assert "No measure had been published" in read(client, "/metrics/", as_at="2023-05-31")
    assert client.get("/metrics/never/").status_code == 404


def test_links_of_a_past_page_keep_the_day(client, waits):
    readings(waits, [(1, 9)] * 3, scope=icc("KEN"))
    html = client.get("/metrics/waits/", {"as-at": "2025-12-31"}).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    ours = re.findall(r'href="(/(?!static)[^"#]*)"', main)
    assert len(ours) > 4
    assert [link for link in ours if "as-at=2025-12-31" not in link] == []


# -- places -----------------------------------------------------------------------------------------


def test_each_scope_has_its_page_and_the_others_are_linked_with_their_words(client):
    made, kendal, trust = metric("waits"), icc("KEN", name="Kendal"), partner("RTX", "The trust")
    readings(made, [10] * 14)
    readings(made, [20] * 14, scope=kendal)
    readings(made, [30] * 14, scope=trust)
    whole = read(client, "/metrics/waits/")
    assert "The whole area" in whole
    assert "10 patients in February 2025" in whole
    assert "Kendal 20 patients, February 2025 (21 months ago) No variation" in whole
    assert "20 patients in February 2025" in read(client, "/metrics/waits/", scope="KEN")
    assert "30 patients in February 2025" in read(client, "/metrics/waits/", scope="rtx")
    assert {r["scope"] for r in rows(client, "/metrics/waits/readings.csv")} == {
        "BHCP", "KEN", "RTX",
    }  # fmt: skip
    assert {r["value"] for r in rows(client, "/metrics/waits/readings.csv", scope="KEN")} == {"20"}
    assert "Kendal" in client.get("/metrics/waits/chart.svg?scope=KEN").content.decode()


def test_an_unknown_scope_is_a_404_that_says_where_there_are_figures(client):
    readings(metric("waits"), [1, 2])
    for asked in ("EAS", "nowhere", "<b>"):
        words = read(client, "/metrics/waits/", status=404, scope=asked)
        assert f"No figures for “{asked}”" in words
        assert "The whole area" in words
    assert client.get("/metrics/waits/readings.csv?scope=EAS").status_code == 404
    assert client.get("/metrics/waits/chart.svg?scope=EAS").status_code == 404


# -- what stands on the page ------------------------------------------------------------------------


def test_the_card_says_what_it_is_how_it_is_worked_out_and_who_answers_for_it(client):
    owner = partner("RTX", "The trust")
    data = source("nhs", title="A&E statistics", publisher="NHS England", licence=OGL)
    made = metric(
        "waits",
        why="Long waits harm.",
        method="Counted at midnight.",
        direction="increase",
        lag_days=14,
        owner=owner,
        owner_role="Chief operating officer",
        data_source=data,
        review_on=date(2027, 1, 31),
    )
    readings(made, [1, 2], source=data)
    on_record(
        MetricProgramme, published_as="2019", metric=made, programme=programme(name="Frailty")
    )
    aim = Goal.objects.create(slug="fewer")
    on_record(GoalProfile, published_as="2019", goal=aim, name="Fewer waits", direction="decrease")
    on_record(MetricGoal, published_as="2019", metric=made, goal=aim, words="It tells a part.")
    words = read(client, "/metrics/waits/")
    for part in (
        "Long waits harm.",
        "Counted at midnight.",
        "Higher is better",
        "usually 14 days after the period ends",
        "The trust, Chief operating officer",
        "A&E statistics, NHS England Licence: Open Government Licence v3.0",
        "Contains public sector information licensed under the Open Government Licence v3.0. "
        "Source: NHS England.",
        "31 January 2027",
        "Frailty",
        "It tells a part.",
        "Fewer waits",
        "No target was set",
    ):
        assert part in words


def test_a_rebase_and_a_note_stand_below_the_chart_signed_as_in_it(client):
    made = metric("waits")
    readings(made, [10, 11] * 14)
    rebase(
        made, date(2025, 1, 1), why="The form changed.", what_changed="Who counts.",
        decided_by="The board",
    )  # fmt: skip
    chart_note(made, date(2024, 6, 1), "A new ward")
    words = read(client, "/metrics/waits/")
    assert "Marked A From 1 January 2025" in words
    assert "The form changed. What changed: Who counts." in words
    assert "Decided by The board." in words
    assert "Marked 1 June 2024: A new ward" in words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"state": "preview"}, "This measure is being tried out"),
        ({"state": "paused"}, "This measure is paused"),
        ({"state": "retired", "retired_reason": "The count ended."}, "retired: The count ended."),
    ],
)
def test_the_page_says_where_a_metric_is_in_its_life(client, state, words):
    readings(metric("waits", **state), [1, 2])
    assert words in read(client, "/metrics/waits/")


def test_a_retired_metric_leads_to_what_follows_it(client):
    after = metric("after", name="What came after")
    readings(metric("waits", state="retired", retired_reason="It ended.", successor=after), [1])
    page = client.get("/metrics/waits/").content.decode()
    assert '<a href="/metrics/after/">What came after</a>' in page


def test_the_citation_names_the_day_and_an_address_that_stays(client, waits):
    words = read(client, "/metrics/waits/", as_at="2026-01-31")
    figure = "“Long waits, The whole area: 5.0% in May 2025 (5 of 100). Source: NHS England,"
    assert figure in words
    assert "as read on 31 January 2026" in words
    lasting = re.search(r"http\S+/metrics/waits/\?\S+", words)[0]
    assert lasting.endswith("?scope=BHCP&as-at=2026-01-31")


# -- files ------------------------------------------------------------------------------------------


def test_a_downloaded_table_can_be_sent_back_and_changes_nothing(client, waits):
    answer = client.get("/metrics/waits/readings.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    header, *lines = list(csv.reader(io.StringIO(answer.content.decode())))
    table = ReadingTable()
    assert header[: len(table.columns)] == [column.name for column in table.columns]
    sent = [(n, dict(zip(header, line, strict=True))) for n, line in enumerate(lines, 2)]
    checked = table.check(sent, header, at=end_of(TODAY))
    assert checked.errors == []
    assert checked.count("unchanged") == len(lines) == Reading.objects.count()


def test_a_downloaded_table_says_title_source_licence_and_date(client, waits):
    row = rows(client, "/metrics/waits/readings.csv", as_at="2026-01-31")[0]
    assert row["metric_name"] == "Long waits"
    assert row["scope_name"] == "The whole area"
    assert (row["publisher"], row["licence"]) == ("NHS England", OGL)
    assert row["as_at"] == "2026-01-31"
    assert row["address"].endswith("/metrics/waits/?scope=BHCP&as-at=2026-01-31")


def test_the_chart_is_a_file_that_opens_alone_and_says_where_it_is_from(client, waits):
    answer = client.get("/metrics/waits/chart.svg", {"as-at": "2026-01-31"})
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    root = ElementTree.fromstring(answer.content)
    words = " ".join("".join(root.itertext()).split())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for part in ("Long waits", "licensed under the Open Government Licence v3.0", "NHS England"):
        assert part in words
    assert "Figures: The paper nhs, NHS England." in words
    assert "31 January 2026" in words
    assert "/metrics/waits/?scope=BHCP&as-at=2026-01-31" in words
    assert "class=" not in answer.content.decode()


def foot(client, path):
    """The words of a chart as a file, on one line."""
    return " ".join("".join(ElementTree.fromstring(client.get(path).content).itertext()).split())


def test_figures_that_staff_sent_without_a_source_are_our_own_in_every_file(client):
    ours = "are Programme portal’s own, licensed under the Open Government Licence v3.0."
    sent = {"author": person()}
    own, both = metric("own"), metric("both")
    readings(own, [5, 6], **sent)
    paper = source("nhs", licence=OGL, publisher="NHS England")
    readings(both, [5], source=paper)
    readings(both, [6], first=date(2024, 2, 1), **sent)
    readings(metric("theirs"), [5], source=paper)
    for read_it, path in ((foot, "chart.svg"), (read, "")):
        assert f"These figures {ours}" in read_it(client, f"/metrics/own/{path}")
        words = read_it(client, f"/metrics/both/{path}")
        assert f"Some of these figures {ours}" in words
        assert f"licensed under the {OGL}. Source: NHS England." in words
        assert ours not in read_it(client, f"/metrics/theirs/{path}")
    for slug in ("own", "both"):
        row = rows(client, f"/metrics/{slug}/readings.csv")[-1]
        assert (row["publisher"], row["licence"]) == ("Programme portal", OGL)


# -- the list ---------------------------------------------------------------------------------------


def listed(client, **asked):
    """The metrics that the list names, in its order."""
    answer = client.get("/metrics/", asked)
    groups = answer.context["groups"]
    return [shown.verdict.metric.slug for group in groups for shown in group.metrics]


@pytest.fixture
def four():
    """Four metrics: one got worse, one better, one is paused, one has few figures."""
    worse, better = metric("d-worse"), metric("c-better")
    readings(worse, [10, 11] * 6 + [20] * 8)
    target(worse, 1)
    readings(better, [10, 11] * 6 + [1] * 8)
    readings(metric("b-paused", state="paused", owner=partner("RTX", "The trust")), [5, 6] * 7)
    readings(metric("a-few"), [1, 2], first=date(2026, 8, 1))


def test_the_list_sorts_without_scripts(client, four):
    assert listed(client) == ["a-few", "b-paused", "c-better", "d-worse"]
    assert listed(client, sort="variation") == ["d-worse", "c-better", "b-paused", "a-few"]
    assert listed(client, sort="target")[0] == "d-worse"
    assert listed(client, sort="late")[-1] == "b-paused"


def test_the_list_filters_without_scripts(client, four):
    assert listed(client, variation="worse") == ["d-worse"]
    assert listed(client, variation="unsaid") == ["a-few"]
    assert listed(client, state="paused") == ["b-paused"]
    assert listed(client, partner="RTX") == ["b-paused"]
    aim, work = Goal.objects.create(slug="fewer"), programme("work")
    on_record(GoalProfile, published_as="2019", goal=aim, name="Fewer", direction="decrease")
    on_record(MetricGoal, published_as="2019", metric=metric_of("c-better"), goal=aim)
    on_record(MetricProgramme, published_as="2019", metric=metric_of("d-worse"), programme=work)
    assert listed(client, goal="fewer") == ["c-better"]
    assert listed(client, programme="work") == ["d-worse"]
    assert listed(client, programme="work", variation="better") == []
    assert "Change a filter" in read(client, "/metrics/", programme="work", variation="better")


def metric_of(slug):
    return verdict_on(slug).metric


def test_a_filter_that_cannot_be_read_is_left_out_and_said_so(client, four):
    labels = {"goal": "Goal", "trend": "Change", "variation": "National icon", "sort": "Order"}
    for name, label in labels.items():
        assert len(listed(client, **{name: "zzz"})) == 4
        assert f"There is no “zzz” under “{label}”" in read(client, "/metrics/", **{name: "zzz"})


# -- how fresh --------------------------------------------------------------------------------------


def test_the_freshness_board_says_what_came_what_is_due_and_what_is_late(client):
    owner = partner("RTX", "The trust")
    late = metric("late", lag_days=14, owner=owner)
    reading(late, 5, period=date(2024, 1, 1), published="2024-02-10")
    readings(metric("fresh", lag_days=40), [5], first=date(2024, 3, 1))
    readings(metric("stopped", state="paused"), [5])
    metric("none")
    words = read(client, "/freshness/", as_at="2024-05-05")
    assert "Not all: newer figures are missing for 1 of 4 measures." in words
    assert "That says nothing of the whole area" in words
    assert (
        "Late Up to date? No figure here since January 2024 "
        "Latest figure here January 2024 Came 10 February 2024 "
        "Next figure February 2024 Due by 14 March 2024 "
        "Published by Not stated Counted by The trust"
    ) in words
    assert "Fresh Up to date? Up to date Latest figure here March 2024" in words
    assert "April 2024 Due by 9 June 2024" in words
    assert "Stopped Up to date? Paused" in words
    assert "None has come" in words


def test_measures_of_which_the_same_is_missing_share_a_row_and_the_page_says_since_when(client):
    for slug in ("a", "b"):
        reading(metric(slug, subject="Beds"), 5, period=date(2024, 1, 1), published="2024-02-10")
    reading(metric("c", subject="Waits"), 5, period=date(2024, 2, 1), published="2024-03-10")
    page = read(client, "/freshness/", as_at="2024-07-05")
    assert "Beds since January 2024; Waits since February 2024." in page
    assert page.count("Up to date? No figure here since") == 2
    assert "A, B Up to date? No figure here since January 2024" in page


def test_a_restated_figure_came_on_the_day_its_first_version_was_published(client):
    waits, shares, falls = metric("waits"), metric("shares"), metric("falls")
    reading(waits, 5, published="2024-03-01")
    reading(waits, 6, published="2026-11-02", reason="Two were counted late.")
    reading(shares, 5, published="2024-03-31", is_estimated=True)
    reading(shares, 6, published="2024-05-10", reason="Two were counted late.")
    reading(shares, 7, period=date(2024, 2, 1), published="2024-06-10")
    reading(shares, None, period=date(2024, 2, 1), published="2024-07-10", reason="Counted wrong.")
    reading(falls, 5, published="2024-03-04")
    reading(falls, 6, published="2024-03-04", note="We had copied it wrongly.")
    assert "Waits Up to date?" in read(client, "/freshness/")

    def came(name, **asked):
        row = read(client, "/freshness/", **asked).split(f"{name} Up to date?")[1]
        return re.search(r"Latest figure here (\w+ \d+ Came .*?) Next figure", row)[1]

    assert came("Waits") == "January 2024 Came 1 March 2024"
    assert came("Waits", as_at="2025-01-01") == "January 2024 Came 1 March 2024"
    assert came("Shares") == "January 2024 Came about 31 March 2024"
    assert came("Shares", as_at="2024-06-30") == "February 2024 Came 10 June 2024"
    assert came("Falls") == "January 2024 Came 4 March 2024"


# -- where metrics belong ----------------------------------------------------------------------------


def test_pages_of_things_tell_how_their_metrics_go(client):
    kendal, trust, work = icc("KEN"), partner("RTX", "The trust"), programme("work")
    made = metric("waits", name="Long waits", short_name="Waits")
    readings(made, [10, 11] * 6 + [20] * 8)
    readings(made, [5] * 14, scope=kendal)
    readings(made, [6] * 14, scope=trust)
    link = {"metric": made, "published_as": "2019"}
    on_record(MetricProgramme, programme=work, words="Fewer should wait.", **link)
    aim = Goal.objects.create(slug="fewer")
    on_record(GoalProfile, published_as="2019", goal=aim, name="Fewer waits", direction="decrease")
    on_record(MetricGoal, goal=aim, **link)
    worse = (
        "Waits From 10 in January 2024 20 patients, August 2025 (15 months ago) "
        "Change for the worse: high or rising"
    )
    assert f"{worse} Fewer should wait." in read(client, "/programmes/work/")
    community = read(client, kendal.get_absolute_url())
    near = "Is care getting better? Waits 5 patients, February 2025 (21 months ago) From 5 in January 2024 No variation"
    assert near in community
    assert "Waits 6 patients, February 2025" in read(client, trust.get_absolute_url())
    goals = read(client, "/goals/")
    assert "No number was set." in goals
    assert "Long waits was 20 patients in August 2025." in goals
    assert "Of 1 measure, none changed for the better and 1 for the worse." in read(client, "/")
    for path in (
        "/programmes/work/",
        kendal.get_absolute_url(),
        trust.get_absolute_url(),
        "/goals/",
    ):
        assert 'class="bhcp-spark"' in client.get(path).content.decode()


def test_a_goal_of_which_nothing_is_counted_says_so(client):
    aim = Goal.objects.create(slug="fewer")
    on_record(GoalProfile, published_as="2019", goal=aim, name="Fewer waits", direction="decrease")
    words = read(client, "/goals/")
    assert re.search(r"Fewer waits ?\[Source 1\]", words)
    assert "No number was set." in words
    assert "For this goal, no source names a programme, and no measure here shows" in words


def test_every_page_of_metrics_is_reached_by_links_and_in_the_sitemap(client):
    readings(metric("waits"), [1, 2])
    reached, paths = set(), ["/"]
    while paths:
        path = paths.pop()
        if path in reached or (
            not path.startswith(("/metrics/", "/freshness/", "/goals/")) and path != "/"
        ):
            continue
        reached.add(path)
        if path.endswith("/"):
            paths += re.findall(r'href="(/[^"?#]*)"', client.get(path).content.decode())
    assert {
        "/metrics/", "/metrics/waits/", "/metrics/waits/readings.csv", "/metrics/waits/chart.svg",
        "/freshness/", "/goals/",
    } <= reached  # fmt: skip
    machine = client.get("/sitemap.xml").content.decode()
    for path in ("/metrics/", "/metrics/waits/", "/freshness/"):
        assert f"{path}</loc>" in machine
