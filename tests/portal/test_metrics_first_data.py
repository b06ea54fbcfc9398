"""The first data of metrics: real figures of the hospital trust, and what is said of them."""

import csv
import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from bhcp_portal.kit.dates import end_of, span
from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.spreadsheets.bounds import SheetError
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from bhcp_portal.kit.spreadsheets.remarks import ranges_words
from bhcp_portal.kit.tables import RECORD_NAMES, read_csv
from bhcp_portal.package import export, load
from metrics.imports.as_sent import COLUMNS
from metrics.imports.check import check_sheet
from metrics.imports.columns import SHEET
from metrics.models import Metric, Series
from metrics.presenters.page import drawn_part
from metrics.spc.chart import HEIGHT, NAME_LETTERS, OnPage, apart
from metrics.verdict import verdicts
from partners.roles import Role
from tests.factories.partners import person
from tests.portal.sent_files import FOLDER, OUTCOMES, WAIT_FOR_A_FORM

FIRST_DATA = Path(settings.BASE_DIR) / "bhcp_portal" / "first_data"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Source: NHS England."
)
# What the R package NHSRplotthedots makes of the same figures, one letter a month: of A&E April 2016
# to March 2019, before the first re-base; of the others the whole series.
LABELS = {
    "AE_TYPE1": "..........L..............aaaaaaaaa..",
    "AE_4H_TYPE1": ".hh....................L.aaaaaaa.ll.",
    "AE_OTHER": "....bbbbbbbb...............U........",
    "AE_4H": ".hh.........aaaaaaaa...L.........ll.",
    "AE_ALL": "..........L............aahahaaaaaa..",
    "RTT_LIST": "LLLLLLLLLLLLLLLLLLbbbaaUUUUUUUUUUUDDUaaaaUUUUUUUUUUUUUUUUUUUUU",
    "RTT_52W": "UUUUUUUUUUUDDDhhaUUUUUUUUUDDDDDLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL",
    "RTT_18W": "L.aUUahUhaaaaUUaabbbLLLllbbbbbblLlaaUUUaaaaaaabbbbbllbb...LUUU",
    "BEDS_OPEN": "aaahhahahUUhhaaaaahhLUU..U.....bLbbLLLLLL",
    "BEDS_USED": "aaahhhaaaUahhaaa...UL.U...bbLlllLbbblbllL",
    "BEDS_OCC": ".aaaaaaaaa..........L...LlblLLLLbbaUhhhha",
    "BEDS_OCC_ADULT": "....................L...LLblLlLLbbaUUUUUa",
    "CC_OCC": ".........................................",
    "NCTR": "..L...bbblLllllLLbUUhUhhahaU.............",
}


def rows(table):
    with (FIRST_DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SOURCES = {row["cited"]: row for row in rows("source_profiles")}


def figures():
    """The readings of each metric by period: (top, bottom), the bottom 1 where there is one number."""
    shown = defaultdict(dict)
    for row in rows("readings"):
        top = Fraction(row["numerator"] or row["value"])
        shown[row["metric"]][row["period"]] = (top, Fraction(row["denominator"] or 1))
    return shown


def values(metric):
    return {period: top / bottom for period, (top, bottom) in figures()[metric].items()}


def published_on(row):
    """The day that a row counts from: estimated ones say it to the second."""
    return span(row["published_at"].partition("T")[0]).last


def test_at_least_twelve_metrics_have_figures_enough_for_limits():
    shown = figures()
    assert {row["code"] for row in rows("metrics")} == set(shown)
    assert sum(len(periods) >= 13 for periods in shown.values()) >= 12


def test_every_reading_names_a_source_under_the_open_government_licence_and_the_attribution():
    for slug in {row["source"] for row in rows("readings")}:
        assert SOURCES[slug]["licence"] == "Open Government Licence v3.0"
        assert ATTRIBUTION in SOURCES[slug]["note"]


def test_every_target_can_be_looked_up_by_publisher_address_and_date():
    for row in rows("targets"):
        source = SOURCES[row["source"]]
        assert source["publisher"] not in ("", "Not known"), row
        assert source["address"].startswith("http"), row
        assert span(source["published"]).last <= published_on(row), row


def test_no_share_is_more_than_its_whole():
    shares = [row["code"] for row in rows("metrics") if row["code"] in {"AE_4H", "AE_4H_TYPE1"}]
    shares += ["RTT_18W", "RTT_52W_SHARE"]
    for metric in shares:
        assert all(0 <= top <= bottom for top, bottom in figures()[metric].values())


def test_shares_are_of_the_same_counts_that_are_told_by_themselves():
    shown = figures()
    for share, whole in (
        ("AE_4H", "AE_ALL"),
        ("AE_4H_TYPE1", "AE_TYPE1"),
        ("RTT_18W", "RTT_LIST"),
        ("RTT_52W_SHARE", "RTT_LIST"),
    ):
        assert {p: bottom for p, (_, bottom) in shown[share].items()} == values(whole)
    assert {p: top for p, (top, _) in shown["RTT_52W_SHARE"].items()} == values("RTT_52W")


def test_departments_make_up_all_of_ae():
    everyone, major, minor = values("AE_ALL"), values("AE_TYPE1"), values("AE_OTHER")
    rest = {p: everyone[p] - major[p] - minor[p] for p in everyone}
    assert {p for p, left in rest.items() if left} == {
        f"{year}-{month:02}-01"
        for year, months in ((2017, (10, 11, 12)), (2018, range(1, 13)), (2019, (1, 2, 3)))
        for month in months
    }
    assert all(0 <= left <= 140 for left in rest.values())


def test_longer_waits_are_fewer():
    year, longer = values("RTT_52W"), values("RTT_65W")
    assert all(longer[p] <= year[p] for p in longer)


def test_beds_in_use_give_the_share_that_is_published_as_far_as_whole_beds_can():
    opened, used = values("BEDS_OPEN"), values("BEDS_USED")
    for period, share in values("BEDS_OCC").items():
        assert abs(used[period] / opened[period] * 100 - share) < Fraction("0.2"), period


def test_a_card_is_there_by_the_first_figure_and_says_why_in_80_words():
    first = {}
    for row in rows("metric_profiles"):
        published = published_on(row)
        first[row["metric"]] = min(published, first.get(row["metric"], published))
        assert len(row["why"].split()) <= 80
    for row in rows("readings"):
        # What is known to the month counts from its end.
        assert first[row["metric"]].replace(day=1) <= published_on(row), row


def test_no_re_base_is_put_on_somebody_who_did_not_decide_it():
    shown = figures()
    for row in rows("rebases"):
        assert row["starts_on"] in shown[row["metric"]]
        assert row["decided_by"] == "the portal team"
        assert row["certainty"] == "inferred"
        assert SOURCES[row["source"]]["kind"] == "notes"


def test_a_goal_that_a_metric_tells_only_a_part_of_says_so():
    words = {row["goal"]: row["words"] for row in rows("metric_goals")}
    assert "No figures were found for all unplanned admissions" in words["non-elective-admissions"]
    assert "Delayed transfers of care were last counted" in words["delayed-transfers"]


# -- loaded --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The first data, once for all the tests below: none of them changes anything."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(FIRST_DATA, at=NOW)
        yield
        transaction.set_rollback(True)


def judged(at=NOW, day=TODAY):
    every = list(Series.objects.with_scope())
    return {verdict.metric.code: verdict for verdict in verdicts(every, at=at, day=day)}


def test_no_name_on_a_chart_meets_a_figure_or_another_name(loaded):
    for verdict in judged().values():
        picture = OnPage(drawn_part(verdict), "c")
        labels = re.findall(
            r'<text class="bhcp-chart__label[^>]*x="([^"]*)" dx="(\d+)"', picture.labels()
        )
        # All begin to the right of the picture, further than half of the widest sign reaches.
        assert labels
        assert {(across, int(right) > 6) for across, right in labels} == {("100%", True)}, (
            verdict.metric
        )
        names = apart(picture.to_label(), bottom=HEIGHT)
        written = {" ".join(name.words) for name in names}
        assert f"{verdict.latest.mark} {verdict.latest_number}" in written
        # A name without a number of its own would be read with the next one’s.
        assert all(any(map(str.isdigit, words)) for words in written), verdict.metric
        for above, below in pairwise(names):
            assert above.bottom <= below.top, verdict.metric
        assert names[-1].bottom <= HEIGHT
        assert max(len(words) for name in names for words in name.words) <= NAME_LETTERS


def test_a_measure_has_one_name_on_the_home_page_and_elsewhere():
    names = {row["metric"]: row["short_name"] for row in rows("metric_profiles")}
    assert {row["metric"]: row["words"] for row in rows("home_metrics")}.items() <= names.items()


def test_the_verdict_labels_each_month_as_the_r_package_does(loaded):
    shown = judged()
    for code, labels in LABELS.items():
        ours = "".join(point.label for point in shown[code].points)
        assert ours[: len(labels)] == labels, code
        assert code.startswith("AE_") or len(ours) == len(labels)


def test_after_the_change_of_november_2025_there_are_too_few_months_for_limits_yet(loaded):
    verdict = judged()["AE_4H"]
    assert [segment.n for segment in verdict.analysis.segments] == [36, 55, 8]
    assert verdict.points_needed == 5
    assert "There are 8 of the 13 months needed" in verdict.sentence


def test_the_verdict_is_by_the_standard_and_steps_on_the_way_are_only_drawn(loaded):
    shown = judged()
    assert shown["AE_4H"].target.value == 95
    assert shown["RTT_18W"].target.value == 92
    assert shown["RTT_18W"].assurance == "fail"
    assert {t.kind for t in shown["AE_4H"].targets} == {"standard", "trajectory"}


def test_a_past_day_knows_no_later_figure_target_or_re_base(loaded):
    day = date(2019, 6, 30)
    shown = judged(at=end_of(day), day=day)
    assert set(shown) == {"AE_ALL", "AE_TYPE1", "AE_OTHER", "AE_4H", "AE_4H_TYPE1", "EM_ADM_AE"}
    assert shown["AE_4H"].latest.period == date(2019, 3, 1)
    assert not shown["AE_4H"].rebases
    assert [target.value for target in shown["AE_4H"].targets] == [95]


def test_the_first_data_are_exported_as_they_are_and_load_twice_without_a_change(loaded, tmp_path):
    export(tmp_path)
    for table in tables():
        header, given = read_csv((FIRST_DATA / f"{table.name}.csv").read_text())
        same_header, out = read_csv((tmp_path / f"{table.name}.csv").read_text())
        assert same_header == header
        blank = dict.fromkeys(RECORD_NAMES, "") if table.is_statement else {}
        assert [row | blank for _, row in out] == [row for _, row in given], table.name
    described, ours = (
        json.loads((folder / "datapackage.json").read_text()) for folder in (tmp_path, FIRST_DATA)
    )
    # The first data have no launch: their load is the launch.
    assert described["resources"].pop(0)["name"] == "launch"
    assert described == ours
    again = load(tmp_path, at=NOW)
    assert again.total("unchanged") == sum(len(rows(table.name)) for table in tables())
    assert again.total("new") + again.total("changed") + again.total("mended") == 0


# -- files of readings as people send them, beside the first data ----------------------------------


@pytest.fixture
def sent(loaded):
    """Reads and checks a file as a data steward's; what it writes is taken back."""
    with transaction.atomic():
        steward = person(roles=[Role.DATA_STEWARD])

        def check(name):
            [path] = FOLDER.glob(f"{name}.*")
            sheet = read_sheet(path.read_bytes(), SHEET, COLUMNS)
            return check_sheet(sheet, by=steward, at=NOW)

        yield check
        transaction.set_rollback(True)


def test_each_file_has_its_outcome_and_those_that_wait_for_a_form_are_named():
    names = {path.stem for path in FOLDER.iterdir() if not path.name.startswith(".")}
    assert names == set(OUTCOMES)
    asked = {name for name, outcome in OUTCOMES.items() if outcome.asked or outcome.refused}
    # The wrong cell of e8, the slip of n2 and the repeated key of s7 are errors, and no questions.
    errors = {"e8-lf-in-cell", "n2-thousands-unquoted", "s7-duplicate-rows"}
    assert asked - errors <= set(WAIT_FOR_A_FORM) <= names


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_file_as_people_send_it_is_read_or_asked_about_and_what_was_left_out_is_said(name, sent):
    outcome = OUTCOMES[name]
    if outcome.refused:
        with pytest.raises(SheetError, match=re.escape(outcome.refused)):
            sent(name)
        return
    checked, report, _ = sent(name)
    counts = outcome.counts or ({"new": len(outcome.read)} if outcome.read else {})
    assert report["counts"] == counts
    if outcome.read:
        codes = dict(Metric.objects.values_list("pk", "code"))
        assert outcome.read == [
            f"{codes[row.metric_id]} {row.scope} {row.period} {row.words()}" for row in checked.rows
        ]
    said = [(_where(each["ranges"]), each["sentence"]) for each in report["remarks"]]
    asked = [(each["column"], _where(each["ranges"]), each["wanted"]) for each in report["errors"]]
    for found, wanted in ((said, outcome.said), (asked, outcome.asked)):
        assert [each[:-1] for each in found] == [each[:-1] for each in wanted]
        for (*_, sentence), (*_, begun) in zip(found, wanted, strict=True):
            assert sentence.startswith(begun)


def _where(ranges):
    return ranges_words(ranges) if ranges else ""
