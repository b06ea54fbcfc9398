"""The rules of a row of readings (CONTRACT 4, BEHAVIOUR B, M), the same at every door."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from bhcp_portal.kit.spreadsheets.reading import Sheet, read_sheet
from bhcp_portal.kit.tables import Loading, read_csv, to_text, write_csv
from metrics.imports.as_sent import COLUMNS
from metrics.imports.check import check_rows, check_sheet
from metrics.imports.versions import plain
from metrics.models import Reading
from metrics.tables.readings import ReadingTable
from partners.roles import Role
from tests.clock import clock, present
from tests.factories import kit, partners
from tests.factories.iccs import icc, merged
from tests.factories.metrics import metric, reading
from tests.roles import as_owner

NOW = datetime(2024, 6, 20, 9, 0, tzinfo=UTC)
TWELVE = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"
ALL = f"{TWELVE},made,certainty,estimated"
FOUR = "metric,scope,period,value"

pytestmark = pytest.mark.django_db


def line(text, header=TWELVE):
    """A row written as ``value=5 reason="why"`` would be too long: pairs of name and cell, by a semicolon."""
    cells = {"metric": "WAITS", "scope": "BHCP", "period": "2024-01-01", "provisional": "no"}
    for pair in filter(None, text.split(";")):
        name, _, cell = pair.partition("=")
        cells[name.strip()] = cell.strip()
    return ",".join(f'"{cells.get(name, "")}"' for name in header.split(","))


def check(*rows, header=TWELVE, **options):
    names, body = read_csv("\n".join([header, *(line(row, header) for row in rows)]))
    return check_rows(body, names, **({"at": NOW} | options))


def put(*rows, header=TWELVE, at=NOW):
    checked = check(*rows, header=header, at=at)
    assert checked.errors == []
    with transaction.atomic(), clock(at):
        assert ReadingTable().apply(checked, at=at, by=partners.person()) == []
    return checked


def first(*rows):
    """What the check of a first load gives, whose documents say when they said it."""
    return check(*rows, loading=Loading.FIRST)


def cell_error(*rows, **options):
    (error,) = check(*rows, **options).errors
    return error


def outcomes(*rows, **options):
    checked = check(*rows, **options)
    assert checked.errors == []
    return [published.outcome for published in checked.rows]


@pytest.fixture(autouse=True)
def waits():
    return metric("waits")


@pytest.fixture
def share():
    return metric("share", unit="%", multiplier=100, decimals=1, denominator_words="all who came")


# -- what a row may say ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("=A1+1", "not a formula"),
        ("1,204", "without commas"),
        ("95%", "without the % sign"),
        ("NaN", "in figures"),
        ("inf", "in figures"),
        ("1e400", "in figures"),
        ("many", "in figures"),
        ("٣", "in figures"),
        ("0.1234567", "at most 6 decimals"),
        ("1234567890123", "at most 12 figures"),
    ],
)
def test_what_is_not_a_number_is_told_with_what_was_found_and_what_is_wanted(cell, wanted):
    error = cell_error(f"value={cell}")
    assert (error.row, error.column, error.found) == (2, "value", cell)
    assert wanted in error.wanted
    assert f"Found: “{cell}”. Wanted: " in error.message


@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        ("1066-10-01", "5 July 1948"),
        ("2024-01-02", "A month starts on its first day"),
        ("2024-06-01", "A period that has ended"),
        ("2024-13-01", "Write the day like"),
        ("", "Fill in first day of the period"),
    ],
)
def test_a_period_is_a_whole_one_that_has_ended(period, wanted):
    error = cell_error(f"period={period}; value=5")
    assert error.column == "period"
    assert wanted in error.wanted


def test_a_metric_of_one_number_takes_no_parts():
    assert cell_error("numerator=9; value=5").column == "numerator"


def test_a_share_takes_its_two_parts_and_no_typed_value(share):
    assert outcomes("metric=SHARE; numerator=9; denominator=10") == ["new"]
    assert "worked out" in cell_error("metric=SHARE; value=90").wanted
    assert cell_error("metric=SHARE; numerator=9").column == "denominator"


def test_a_percentage_has_a_numerator_within_its_denominator(share):
    error = cell_error("metric=SHARE; numerator=11; denominator=10")
    assert (error.column, error.found) == ("numerator", "11")
    assert "At most the denominator, 10" in error.wanted


def test_counts_are_not_negative(share):
    assert check("metric=SHARE; numerator=0; denominator=0").errors == []
    assert cell_error("metric=SHARE; numerator=-1; denominator=10").column == "numerator"


def test_a_hidden_row_holds_no_number():
    assert outcomes("hidden=yes") == ["new"]
    assert "hidden says yes" in cell_error("hidden=yes; value=50").wanted


def test_every_error_is_told_at_once():
    errors = check("value=many; provisional=maybe", "metric=NONE; scope=MOON; value=5").errors
    assert [(e.row, e.column) for e in errors] == [
        (2, "value"),
        (2, "provisional"),
        (3, "metric"),
        (3, "scope"),
    ]


def test_the_contracts_columns_are_asked_for_and_those_of_an_export_are_not():
    assert outcomes("value=5") == ["new"]
    (error,) = check("value=5", header=TWELVE.replace(",hidden", "")).errors
    assert (error.row, error.column) == (1, "hidden")
    assert "column is missing" in error.message


def test_nobody_sends_for_a_metric_outside_their_reach(waits):
    assert "of your partner" in cell_error("value=5", accessible=set()).wanted
    assert check("value=5", accessible={waits.pk}).errors == []


def test_a_reading_copied_from_a_document_names_its_source():
    assert cell_error("value=5; made=document; certainty=sourced", header=ALL).column == "source"


def test_a_day_within_a_month_is_asked_about_and_two_numbers_of_one_month_are_both_shown():
    assert "Is May 2024 meant? Then write 2024-05-01." in cell_error("period=2024-05-31").wanted
    error = cell_error("value=5", "value=7")
    assert (error.row, error.column) == (3, "period")
    assert "Row 2 has the same metric, scope and period and says 5, this row 7." in error.wanted


# -- names and places, as people send them --------------------------------------------------------


def sent(*rows, header=FOUR):
    """What becomes of a steward's file, and what is said of it."""
    text = "\n".join([header, *rows])
    sheet = read_sheet(text.encode(), "readings", COLUMNS)
    steward = partners.person(roles=[Role.DATA_STEWARD])
    checked, report, _ = check_sheet(sheet, by=steward, at=NOW)
    return checked, [remark["sentence"] for remark in report["remarks"]]


def test_a_name_that_two_things_have_is_asked_about_and_a_total_of_places_too():
    for code in ("KEN", "EAS"):
        icc(code, name="Lakes")
    checked, _ = sent("WAITS,Lakes,2024-01-01,5", "WAITS,Total,2024-01-01,9")
    assert [(error.row, error.column, error.found) for error in checked.errors] == [
        (2, "scope", "Lakes"),
        (3, "scope", "Total"),
    ]
    assert "so: EAS, KEN." in checked.errors[0].wanted
    assert "Is it the whole area?" in checked.errors[1].wanted


def test_a_column_that_is_nearly_ours_is_asked_about_and_no_other():
    checked, said = sent("WAITS,BHCP,2024-01-01,5,yes,x", header=f"{FOUR},hiden,RAG")
    [error] = checked.errors
    assert (error.column, error.row) == ("hiden", 1)
    assert "Is it our column “hidden”?" in error.wanted
    assert said == ["We have no column “rag”, so it was left out."]


def test_rows_of_places_elsewhere_are_left_out_only_where_they_are_most_of_many():
    ours, others = "WAITS,BHCP,2024-01-01,5", [f"WAITS,R{n},2024-01-01,5" for n in range(10, 21)]
    checked, said = sent(ours, *others)
    assert (len(checked.rows), checked.errors) == (1, [])
    assert "11 rows of other places, left out: R10, R11" in said[-1]
    checked, _ = sent(ours, *others[:10])
    assert len(checked.errors) == 10
    # With none of ours there is nothing to read.
    assert len(sent(*others)[0].errors) == 11


def test_a_staff_file_with_the_columns_of_an_export_is_judged_like_any_other():
    """Only what was exported may hold figures of a body from after its end."""
    merged(icc("KEN"), into=icc("EAS"), when="2024-02-01", published="2024-02")
    checked, _ = sent("WAITS,KEN,2024-03-01,5,portal", header=f"{FOUR},made")
    [error] = checked.errors
    assert error.column == "period"
    assert "KEN ended" in error.wanted


# -- when it counts from --------------------------------------------------------------------------


def test_in_the_first_load_one_without_a_moment_counts_from_its_periods_end_and_the_usual_lag():
    [row] = first("value=5").rows
    assert row.published_at == datetime(2024, 3, 16, 23, 59, 59, tzinfo=UTC)
    assert row.is_estimated
    [row] = first("period=2024-05-01; value=5").rows
    assert (row.published_at, row.is_estimated) == (None, False)


@pytest.mark.parametrize("given", ["", "2024-03-14", "2024-03", "2024-03-14T09:30:00Z"])
def test_after_the_launch_every_reading_counts_from_its_approval_here(given):
    put(f"value=5; published_at={given}")
    published = Reading.objects.get()
    assert (published.published_at, published.published_as) == (NOW, "")
    assert published.given_as == ("2024-03-14" if "T" in given else given)
    assert not published.is_estimated
    assert not Reading.objects.live(NOW - timedelta(days=1)).exists()


def test_a_reading_is_not_published_in_the_future_nor_before_its_period_ends():
    assert "has been" in cell_error("value=5; published_at=2025-01-01").wanted
    assert "end of the period" in cell_error("value=5; published_at=2024-01-15").wanted


# -- beside what stands ---------------------------------------------------------------------------


def test_the_same_again_is_unchanged():
    put("value=5")
    assert outcomes("value=5.0") == ["unchanged"]
    assert outcomes("value=5; published_at=2024-04-01") == ["unchanged"]


def test_what_differs_needs_a_reason_and_says_what_stands():
    put("value=912")
    error = cell_error("value=934")
    assert (error.column, error.found) == ("reason", "912 is public, 934 here")
    assert "Why it changed" in error.wanted


def test_a_restated_reading_replaces_from_now_on_and_both_stay_readable():
    put("value=912")
    later = NOW + timedelta(hours=1)
    checked = put("value=934; reason=Late forms came", at=later)
    before, after = Reading.objects.order_by("pk")
    assert checked.rows[0].before.words() == "912"
    assert (before.value, before.superseded_at) == (912, later)
    assert (after.value, after.published_at, after.superseded_at) == (934, later, None)


def test_our_own_download_with_another_number_restates_from_now_and_not_from_the_day_in_it():
    put("value=912; published_at=2024-04-01; note=Two wards", at=NOW - timedelta(hours=1))
    [stands] = Reading.objects.all()
    moment = to_text(stands.published_at)
    changed = f"value=934; published_at={moment}; note=Two wards; given_on=2024-04-01"
    header = f"{TWELVE},given_on"
    assert cell_error(changed, header=header).column == "reason"
    put(f"{changed}; reason=Late forms came", header=header)
    _, second = Reading.objects.order_by("pk")
    assert (second.published_at, second.given_as, second.superseded_at) == (NOW, "", None)


def test_a_reading_that_becomes_final_is_a_change_that_says_why():
    put("value=912; provisional=yes")
    assert cell_error("value=912").column == "reason"


def test_a_row_without_a_number_takes_a_public_one_back_and_no_other():
    assert "Only one that is public" in cell_error("reason=It was wrong").wanted
    put("value=912")
    assert cell_error("value=").column == "reason"
    put("reason=It was wrong")
    assert Reading.objects.live(present()).get().is_withdrawn
    assert outcomes("reason=It was wrong") == ["unchanged"]


def test_the_same_reading_twice_in_a_file_names_both_rows():
    error = cell_error("value=5", "scope=BHCP; value=5")
    assert error.row == 3
    assert "Row 2 has the same" in error.wanted


def test_a_file_holds_no_more_than_a_handful_of_versions_of_one_reading(waits):
    """Each is judged beside all the others, so sixty thousand of them kept the queue for hours."""
    sheet = Sheet(
        "readings",
        TWELVE.split(","),
        "csv",
        lambda: read_csv(
            "\n".join(
                [TWELVE, *(line(f"value={n};published_at=2024-03-{n:02d}") for n in range(1, 24))]
            )
        )[1],
    )
    steward = partners.person(roles=[Role.DATA_STEWARD])
    checked, _, _ = check_sheet(sheet, by=steward, at=NOW)
    wanted = "At most 20 rows of the same metric, scope and period in one file."
    assert [each.row for each in checked.errors if each.wanted == wanted] == [22, 23, 24]
    # What was exported may hold more.
    everything = check_rows(sheet.rows(), sheet.header, at=NOW)
    assert wanted not in {each.wanted for each in everything.errors}


def test_what_its_publisher_gave_before_what_stands_is_no_news():
    put("value=5; published_at=2024-04-01")
    error = cell_error("value=7; published_at=2024-03-01; reason=Older")
    assert error.column == "published_at"
    assert "1 April 2024 or later" in error.wanted
    assert outcomes("value=5; published_at=2024-03-01") == ["unchanged"]
    assert outcomes("value=7; published_at=2024-04-01; reason=A slip of ours") == ["restated"]
    assert outcomes("value=7; reason=A slip of ours") == ["restated"]


def test_where_nobody_said_when_a_number_was_given_any_day_may_follow():
    put("value=5")
    assert outcomes("value=7; published_at=2024-03-20; reason=Restated") == ["restated"]


def test_after_the_launch_one_file_says_one_thing_of_a_reading():
    error = cell_error(
        "value=5; published_at=2024-03-01", "value=7; published_at=2024-04-01; reason=Final"
    )
    assert (error.row, error.column) == (3, "period")


def test_when_a_row_was_recorded_is_believed_of_no_file_but_an_export():
    put("value=5")
    moment = "2024-06-01T09:00:00Z"
    for name in ("recorded_at", "taken_back_at"):
        header = f"{TWELVE},{name}"
        changed = f"value=7; reason=Final; {name}={moment}"
        error = cell_error(changed, header=header, whole=True)
        assert error.column == name
        assert "filled from an export" in error.wanted
        # In our own download, which somebody changed, it is of the number before.
        [row] = check(changed, header=header).rows
        assert (row.outcome, row.recorded_at, row.taken_back_at) == ("restated", None, None)


def test_in_the_first_load_each_of_several_versions_stands_until_the_next():
    paper = kit.source("paper")
    checked = first(
        f"value=7; published_at=2024-04-01; reason=Final; source={paper.slug}",
        f"value=5; published_at=2024-03-01; source={paper.slug}",
    )
    assert checked.errors == []
    assert [(row.value, row.published_as) for row in checked.rows] == [
        (7, "2024-04-01"),
        (5, "2024-03-01"),
    ]
    [error] = first(
        "value=7; published_at=2024-04-01; reason=Final", "value=5; published_at=2024-04-01"
    ).errors
    assert "Row 2 has the same" in error.wanted


# -- small numbers (BEHAVIOUR B-4) ----------------------------------------------------------------


@pytest.fixture
def falls():
    return metric("falls", small_numbers="hide")


@pytest.fixture
def teams():
    return [icc(code) for code in ("KEN", "EAS", "GRL")]


def falls_of(**numbers):
    return [f"metric=FALLS; scope={scope}; value={number}" for scope, number in numbers.items()]


def hidden(checked):
    return [published.scope for published in checked.rows if published.is_hidden]


@pytest.mark.parametrize(("count", "is_hidden"), [(0, False), (1, True), (4, True), (5, False)])
def test_counts_of_1_to_4_are_hidden_and_not_kept(falls, teams, count, is_hidden):
    put(*falls_of(KEN=count))
    published = Reading.objects.get()
    assert published.is_hidden == is_hidden
    assert (published.value is None) == is_hidden


def test_official_statistics_are_not_hidden(teams):
    assert hidden(check("scope=KEN; value=3")) == []


def test_a_small_part_of_a_share_hides_the_reading(teams):
    metric("rare", unit="%", multiplier=100, denominator_words="all", small_numbers="hide")
    assert hidden(check("metric=RARE; scope=KEN; numerator=2; denominator=80")) == ["KEN"]
    assert hidden(check("metric=RARE; scope=KEN; numerator=0; denominator=80")) == []


def test_the_smallest_other_is_hidden_where_subtraction_would_give_the_small_one(falls, teams):
    checked = put(*falls_of(BHCP=40, KEN=3, EAS=20, GRL=17))
    assert hidden(checked) == ["KEN", "GRL"]
    assert not Reading.objects.filter(value=17).exists()


def test_two_small_ones_hide_each_other(falls, teams):
    assert hidden(check(*falls_of(BHCP=40, KEN=3, EAS=2, GRL=35))) == ["KEN", "EAS"]


def test_without_the_whole_bays_number_there_is_nothing_to_subtract_from(falls, teams):
    assert hidden(check(*falls_of(KEN=3, EAS=20))) == ["KEN"]


def test_a_total_that_comes_alone_is_hidden_itself(falls, teams):
    put(*falls_of(KEN=3, EAS=20))
    assert hidden(check(*falls_of(BHCP=23))) == ["BHCP"]


def test_a_small_number_that_comes_after_all_others_are_public_is_refused(falls, teams):
    put(*falls_of(BHCP=40, EAS=20))
    assert "worked out" in cell_error(*falls_of(KEN=3)).wanted


def test_the_same_file_again_hides_the_same_and_changes_nothing(falls, teams):
    rows = falls_of(BHCP=40, KEN=3, EAS=20, GRL=17)
    put(*rows)
    assert set(outcomes(*rows)) == {"unchanged"}
    assert outcomes(*falls_of(GRL=17)) == ["unchanged"]


def test_no_number_of_a_hidden_reading_stands_in_what_the_check_gives(falls, teams):
    for published in check(*falls_of(BHCP=40, KEN=3, EAS=20, GRL=17)).rows:
        if published.is_hidden:
            assert published.has_no_number


# -- out and in again -----------------------------------------------------------------------------


def test_what_was_exported_is_all_unchanged_and_loads_into_an_empty_copy_byte_for_byte(share):
    kendal = icc("KEN")
    hospital = partners.partner("RTX")
    reading(share, (9, 10), scope=kendal)
    put("value=912; provisional=yes", "value=5; period=2024-02-01; scope=RTX")
    put("value=934; reason=Late forms; note=With three wards", at=NOW.replace(day=21))
    put("reason=It was wrong", at=NOW.replace(day=22))
    put("hidden=yes; period=2024-03-01")
    assert hospital.series.count() == 1
    text = write_csv(ReadingTable())
    header, rows = read_csv(text)
    checked = ReadingTable().check(rows, header, at=NOW.replace(day=23))
    assert checked.errors == []
    assert {published.outcome for published in checked.rows} == {"unchanged"}
    with transaction.atomic(), kit_emptied():
        checked = ReadingTable().check(
            rows, header, at=NOW.replace(day=23), loading=Loading.RESTORING
        )
        assert checked.errors == []
        assert ReadingTable().apply(checked, at=NOW.replace(day=23)) == []
        assert checked.count("new") == len(rows)
        assert write_csv(ReadingTable()) == text


class kit_emptied:  # noqa: N801  read as a phrase
    """Readings as in an empty copy: what stood is taken out from under the rule that keeps it."""

    def __enter__(self):
        with as_owner() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM metrics_reading")
            cursor.execute("UPDATE kit_launch SET loaded_in = pg_current_xact_id()::text")
            cursor.execute("SET LOCAL session_replication_role = origin")

    def __exit__(self, *_):
        pass


def test_the_history_of_readings_says_who_and_which_action():
    from bhcp_portal.kit.audit import action

    steward = partners.person()
    with action("readings.tried", by=steward, reason="A test"):
        checked = check("value=5")
        ReadingTable().apply(checked, at=NOW, by=steward)
    event = Reading.pgh_event_model.objects.get()
    assert event.pgh_context["action"] == "readings.tried"
    assert event.pgh_context["by"] == steward.email
    assert event.value == Decimal(5)


def test_a_number_is_written_as_people_write_it():
    assert [plain(Decimal(n)) for n in ("1200", "0.50", "12.000000")] == ["1200", "0.5", "12"]
