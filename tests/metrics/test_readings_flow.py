"""A file of readings from being sent to being public, and back (BEHAVIOUR M)."""

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from openpyxl import Workbook, load_workbook

from bhcp_portal.kit.actions import SamePersonError, TransitionError
from bhcp_portal.kit.inbox import Box
from bhcp_portal.kit.spreadsheets.child import open_sheet
from metrics import actions, inbox, tasks
from metrics.imports.check import check_sheet
from metrics.imports.columns import SHEET
from metrics.models import BatchState, Reading, ReadingBatch
from partners.roles import Role
from tests.clock import OnTime, present
from tests.factories import kit, partners
from tests.factories.iccs import icc
from tests.factories.metrics import metric, reading

actions = OnTime(actions)

TWELVE = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"

pytestmark = pytest.mark.django_db


def table(*rows):
    return "\n".join([TWELVE, *rows]).encode()


def row(value, period="2024-01-01", *, code="WAITS", scope="BHCP", reason=""):
    return f"{code},{scope},{period},,,{value},no,,{reason},,,"


@pytest.fixture(autouse=True)
def waits():
    return metric("waits")


@pytest.fixture
def sender():
    return partners.person("sender@example.org", roles=[Role.DATA_STEWARD])


@pytest.fixture
def other():
    return partners.person("other@example.org", roles=[Role.DATA_STEWARD])


def sent(by, content, name="readings.csv"):
    batch = actions.send_readings(file_name=name, content=content, by=by, at=timezone.now())
    tasks.check_readings.call(batch.pk)
    return ReadingBatch.objects.get(pk=batch.pk)


def published(sender, other, *rows):
    batch = sent(sender, table(*rows))
    return actions.import_readings(batch=batch, by=other, at=timezone.now())


def upload(client, content, name="readings.csv"):
    file = SimpleUploadedFile(name, content)
    answer = client.post(reverse("staff:readings_send"), {"file": file})
    kit.run_queue()
    return client.get(answer.url)


def page(client, name, *args):
    return client.get(reverse(f"staff:{name}", args=args))


# -- checked --------------------------------------------------------------------------------------


def test_what_is_checked_waits_for_another_person_and_nothing_is_public(sender):
    batch = sent(sender, table(row(5), row(6, "2024-02-01")))
    assert batch.state == BatchState.CHECKED
    assert batch.report["counts"] == {"new": 2}
    assert not Reading.objects.exists()


def test_errors_are_all_told_and_the_same_over_many_rows_as_ranges(sender):
    rows = [row("many"), row("few", "2024-02-01"), row(5, "2024-03-01"), row("none", "2024-04-01")]
    batch = sent(sender, table(*rows, row(5, "1066-10-01")))
    assert batch.state == BatchState.REFUSED
    first, second = batch.report["errors"]
    assert (first["column"], first["found"], first["count"]) == (
        "value",
        ["many", "few", "none"],
        3,
    )
    assert first["ranges"] == [[2, 3], [5, 5]]
    assert second["found"] == ["1066-10-01"]
    assert not Reading.objects.exists()


def test_a_measure_spelt_otherwise_is_answered_with_those_called_nearly_so(sender):
    metric("wards", name="Wards closed")
    near, far = (
        sent(sender, table(row(5, code=code))).report["errors"][0]["wanted"]
        for code in ("WATIS", "Swimming")
    )
    assert near == "Did you mean “Waits” (WAITS)?"
    assert "look it up in the list of measures" in far
    assert "table" not in far


def test_a_file_of_wrong_cells_is_read_until_there_are_too_many(sender, monkeypatch):
    monkeypatch.setattr("metrics.imports.rows.MOST_ERRORS", 3)
    batch = sent(sender, table(*[row("many", f"2024-0{month}-01") for month in range(1, 8)]))
    last = batch.report["errors"][-1]
    assert batch.report["error_count"] == 4
    assert "no row below was read" in last["wanted"]
    assert last["ranges"] == [[4, 4]]


def test_the_same_file_again_says_that_nothing_would_change(sender, other):
    published(sender, other, row(5))
    batch = sent(sender, table(row(5)))
    assert batch.state == BatchState.DISCARDED
    assert "nothing would change" in batch.decision_reason
    assert batch.report["counts"] == {"unchanged": 1}


def test_the_page_says_to_both_people_how_the_file_was_read(client, sender, other):
    content = b"July\nMetric;Scope;Period;Value;RAG\nWaits;BHCP;01/01/2024;1.5;Green\n"
    answer = upload(partners.signed_in(client, sender), content)
    batch = ReadingBatch.objects.get()
    assert [remark["ranges"] for remark in batch.report["remarks"]] == [
        [[1, 1]],
        [],
        [[3, 3]],
        [[3, 3]],
    ]
    for person in (sender, other):
        shown = page(partners.signed_in(client, person), "readings_batch", batch.pk)
        assert "How the file was read" in shown.content.decode()
        assert "We have no column “rag”, so it was left out." in shown.content.decode()
    assert answer.status_code == 200


def test_a_file_without_rows_says_so(sender):
    batch = sent(sender, table())
    assert batch.state == BatchState.DISCARDED
    assert batch.decision_reason.startswith("There are no rows")


def test_a_check_that_ran_already_does_nothing_when_it_runs_again(sender):
    batch = sent(sender, table(row(5)))
    tasks.check_readings.call(batch.pk)
    assert ReadingBatch.objects.get(pk=batch.pk).report == batch.report


def test_a_file_is_read_by_the_queue_and_its_page_loads_itself_until_then(client, sender):
    rows = [row(n + 10, f"{1950 + n // 12}-{n % 12 + 1:02}-01") for n in range(880)]
    file = SimpleUploadedFile("readings.csv", table(*rows))
    partners.signed_in(client, sender).post(reverse("staff:readings_send"), {"file": file})
    batch = ReadingBatch.objects.get()
    assert batch.state == BatchState.WAITING
    assert page(client, "readings_batch", batch.pk)["Refresh"] == "3"
    assert DBTaskResult.objects.count() == 1
    kit.run_queue()
    batch.refresh_from_db()
    assert (batch.state, batch.rows_done, batch.rows_total) == (BatchState.CHECKED, 880, 880)
    assert "Refresh" not in page(client, "readings_batch", batch.pk)


def test_the_check_says_how_far_it_is(sender):
    heard = []
    rows = [row(n + 10, f"{1950 + n // 12}-{n % 12 + 1:02}-01") for n in range(880)]
    batch = actions.send_readings(
        file_name="r.csv", content=table(*rows), by=sender, at=timezone.now()
    )
    assert actions.begin_check(batch=batch)
    check_sheet(
        open_sheet(table(*rows), SHEET), by=sender, at=timezone.now(), progress=heard.append
    )
    assert heard == [500]
    actions.update_progress(batch=batch, rows_done=500)
    batch.refresh_from_db()
    assert batch.rows_done == 500


def test_a_small_number_stands_in_nothing_but_the_file(client, sender, other):
    metric("falls", small_numbers="hide")
    icc("KEN")
    batch = sent(sender, table(row(3, code="FALLS", scope="KEN")))
    shown = batch.report["groups"]["hidden"][0]
    assert shown["now"] == "hidden"
    actions.import_readings(batch=batch, by=other, at=timezone.now())
    reading = Reading.objects.get()
    assert (reading.is_hidden, reading.value) == (True, None)


# -- published by another -------------------------------------------------------------------------


def test_another_person_publishes_what_was_checked(sender, other):
    batch = published(sender, other, row(5))
    reading = Reading.objects.get()
    assert (reading.value, reading.author, reading.batch) == (5, sender, batch)
    assert (batch.state, batch.decided_by) == (BatchState.APPLIED, other)


def test_who_sent_it_does_not_publish_it(sender):
    batch = sent(sender, table(row(5)))
    with pytest.raises(SamePersonError):
        actions.import_readings(batch=batch, by=sender, at=timezone.now())
    assert not Reading.objects.exists()


def test_it_is_refused_where_a_reading_came_after_the_check(waits, sender, other):
    batch = sent(sender, table(row(5)))
    reading(waits, 7, period=timezone.now().date().replace(year=2023, month=1, day=1))
    with pytest.raises(actions.ChangedError):
        actions.import_readings(batch=batch, by=other, at=timezone.now())
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED


def test_it_is_refused_where_the_card_changed_after_the_check(sender, other):
    batch = sent(sender, table(row(5)))
    metric("waits", published="2016", unit="people")
    with pytest.raises(actions.ChangedError):
        actions.import_readings(batch=batch, by=other, at=timezone.now())


def test_a_change_of_another_metric_does_not_hinder(sender, other):
    batch = sent(sender, table(row(5)))
    reading(metric("others"), 7)
    actions.import_readings(batch=batch, by=other, at=timezone.now())
    assert batch.state == BatchState.APPLIED


def test_it_is_refused_where_the_file_is_not_the_one_that_was_sent(sender, other):
    batch = sent(sender, table(row(5)))
    ReadingBatch.objects.filter(pk=batch.pk).update(content=b"another")
    with pytest.raises(actions.ChangedError):
        actions.import_readings(batch=batch, by=other, at=timezone.now())


def test_it_is_published_once(sender, other):
    batch = published(sender, other, row(5))
    with pytest.raises(TransitionError):
        actions.import_readings(batch=batch, by=other, at=timezone.now())
    assert Reading.objects.count() == 1


def test_the_history_says_who_published_it(sender, other):
    published(sender, other, row(5))
    event = Reading.pgh_event_model.objects.get()
    assert event.pgh_context["action"] == "readings.published"
    assert event.pgh_context["by"] == other.email


def test_a_discarded_file_is_never_published(sender, other):
    batch = sent(sender, table(row(5)))
    actions.discard_readings(batch=batch, reason="Wrong month", by=sender, at=timezone.now())
    with pytest.raises(TransitionError):
        actions.import_readings(batch=batch, by=other, at=timezone.now())


def test_words_of_any_characters_come_to_the_record_as_they_were_sent(sender, other):
    note = "Said “5, or 'six'”; \\N, \\. and {} \\n too"
    published(sender, other, f'WAITS,BHCP,2024-01-01,,,5,no,,,,"{note} ""so""",')
    stands = Reading.objects.get()
    assert stands.note == f'{note} "so"'
    assert (stands.reason, stands.given_as, stands.source) == ("", "", None)


def test_a_reason_may_begin_as_a_formula_does(client, sender, other):
    batch = published(sender, other, row(5))
    address = reverse("staff:readings_undo", args=[batch.pk])
    partners.signed_in(client, other).post(address, {"reason": "-5 was of another month"})
    batch.refresh_from_db()
    assert (batch.state, batch.undo_reason) == (BatchState.UNDONE, "-5 was of another month")


def test_who_sent_a_file_is_told_why_another_person_did_not_publish_it(sender, other):
    now = timezone.now()
    own = sent(sender, table(row(5)), "own.csv")
    actions.discard_readings(batch=own, reason="Wrong month", by=sender, at=now)
    batch = sent(sender, table(row(6)), "theirs.csv")
    actions.discard_readings(batch=batch, reason="Half are missing", by=other, at=now)
    [entry] = inbox.waiting_for(sender, now)
    assert (entry.box, entry.text) == (
        Box.RETURNED,
        "Not published: theirs.csv, 1 row",
    )
    assert entry.meta == f"{other}: Half are missing"
    assert not inbox.waiting_for(sender, now + timedelta(days=15))


# -- undone ---------------------------------------------------------------------------------------


def test_undoing_takes_back_what_the_file_said_and_what_stood_before_stands_again(sender, other):
    first = published(sender, other, row(912))
    later = first.decided_at + timedelta(seconds=2)
    batch = sent(sender, table(row(934, reason="Late forms"), row(5, "2024-02-01")))
    actions.import_readings(batch=batch, by=other, at=later)
    undone = later + timedelta(days=1)
    actions.undo_readings(batch=batch, reason="The wrong file", by=other, at=undone)
    [january] = Reading.objects.live(present())
    assert (january.value, january.reason) == (912, "")
    assert {each.taken_back_because for each in batch.readings.all()} == {"The wrong file"}
    assert Reading.objects.live(later).earliest("period").value == 934
    assert batch.state == BatchState.UNDONE


def test_what_was_undone_counts_as_never_published_for_a_new_file(sender, other):
    batch = published(sender, other, row(912))
    undone = batch.decided_at + timedelta(days=1)
    actions.undo_readings(batch=batch, reason="The wrong file", by=other, at=undone)
    again = sent(sender, table(row(934)))
    assert again.state == BatchState.CHECKED
    actions.import_readings(batch=again, by=other, at=undone + timedelta(days=1))
    assert Reading.objects.live(present()).get().value == 934


def test_a_file_that_was_checked_before_an_undo_is_checked_again(sender, other):
    batch = published(sender, other, row(912))
    waiting = sent(sender, table(row(934, reason="Late forms")))
    undone = batch.decided_at + timedelta(days=1)
    actions.undo_readings(batch=batch, reason="The wrong file", by=other, at=undone)
    with pytest.raises(actions.ChangedError):
        actions.import_readings(batch=waiting, by=other, at=undone)


def test_what_a_later_file_said_stays_where_an_earlier_is_undone_and_the_page_names_it(
    client, sender, other
):
    batch = published(sender, other, row(912), row(5, "2024-02-01"))
    later = batch.decided_at + timedelta(seconds=2)
    second = sent(sender, table(row(934, reason="Late forms")))
    actions.import_readings(batch=second, by=other, at=later)
    text = page(partners.signed_in(client, other), "readings_undo", batch.pk).content.decode()
    assert "January 2024" in text
    assert "February 2024" not in text
    assert second.get_absolute_url() in text
    assert "Nothing stands in its place. Where nothing stands, the figure is due again." in text
    newer = page(partners.signed_in(client, other), "readings_undo", second.pk).content.decode()
    assert "What stood before stands again. Your reason is public." in newer
    actions.undo_readings(batch=batch, reason="Wrong", by=other, at=later + timedelta(days=1))
    assert Reading.objects.live(present()).get().value == 934


def test_after_thirty_days_nothing_is_undone(sender, other):
    batch = published(sender, other, row(5))
    late = batch.decided_at + timedelta(days=31)
    with pytest.raises(actions.TooLateError):
        actions.undo_readings(batch=batch, reason="Wrong", by=other, at=late)


# -- pages ----------------------------------------------------------------------------------------


def test_a_file_goes_from_the_form_to_the_public_by_two_people(client, sender, other):
    answer = upload(partners.signed_in(client, sender), table(row(1204)))
    batch = ReadingBatch.objects.get()
    assert "another person approves it: Other" in " ".join(answer.content.decode().split())
    assert "Approve and publish" not in answer.content.decode()
    partners.signed_in(client, other)
    home = client.get(reverse("staff:home")).content.decode()
    assert "Approve readings: readings.csv, 1 row" in home
    assert "Approve and publish" in page(client, "readings_batch", batch.pk).content.decode()
    answer = client.post(reverse("staff:readings_confirm", args=[batch.pk]), follow=True)
    assert "The readings are public" in answer.content.decode()
    assert reverse("metrics:detail", args=["waits"]) in answer.content.decode()
    assert Reading.objects.get().value == 1204


def test_a_file_with_errors_is_told_to_its_sender_until_it_was_sent_again(client, sender):
    home = reverse("staff:home")
    sent(sender, table(row("many")))
    assert "Correct readings" in partners.signed_in(client, sender).get(home).content.decode()
    sent(sender, table(row(5)))
    assert "Correct readings" not in client.get(home).content.decode()


def test_a_file_with_errors_is_given_up_after_a_fortnight(client, sender):
    sent(sender, table(row("many")))
    ReadingBatch.objects.update(sent_at=timezone.now() - timedelta(days=15))
    home = partners.signed_in(client, sender).get(reverse("staff:home")).content.decode()
    assert "Correct readings" not in home


def test_approving_asks_the_second_factor_again_after_fifteen_minutes(client, sender, other):
    batch = sent(sender, table(row(5)))
    partners.signed_in(client, other, confirmed_ago=16 * 60)
    client.post(reverse("staff:readings_confirm", args=[batch.pk]))
    assert not Reading.objects.exists()


def test_a_steward_of_another_partner_sees_nothing_of_it(client, sender):
    elsewhere = partners.person(roles=[(Role.DATA_STEWARD, partners.partner())])
    batch = sent(sender, table(row(5)))
    partners.signed_in(client, elsewhere)
    assert page(client, "readings_batch", batch.pk).status_code == 404
    answer = client.post(reverse("staff:readings_confirm", args=[batch.pk]))
    assert answer.status_code == 404


def test_a_steward_of_the_owner_may_send_and_approve_its_metrics_alone(client, other):
    owner = partners.partner("RTX")
    metric("beds", owner=owner)
    steward = partners.person(roles=[(Role.DATA_STEWARD, owner)])
    assert sent(steward, table(row(5, code="BEDS"))).state == BatchState.CHECKED
    refused = sent(steward, table(row(5)))
    assert refused.state == BatchState.REFUSED
    assert "of your partner" in refused.report["errors"][0]["wanted"]
    batch = sent(other, table(row(6, code="BEDS")))
    answer = partners.signed_in(client, steward).post(
        reverse("staff:readings_confirm", args=[batch.pk])
    )
    assert answer.status_code == 302
    assert Reading.objects.get().value == 6


def test_the_copy_with_the_errors_says_in_each_row_what_to_change_and_may_come_back(client, sender):
    batch = sent(sender, table(row("many"), row(5, "2024-02-01")))
    answer = page(partners.signed_in(client, sender), "readings_errors", batch.pk)
    copy = answer.content.decode("utf-8-sig")
    assert copy.startswith("what_to_change,metric,")
    first, second = copy.splitlines()[1:]
    assert first.startswith('"value: A number in figures')
    assert second.startswith(",WAITS")
    mended = copy.replace("many", "7").encode()
    assert sent(sender, mended).report["counts"] == {"new": 2}


def test_the_copy_says_it_in_every_row_however_many_kinds_of_errors_there_are(client, sender):
    wrong = [row("many", scope=f"NOWHERE{number}") for number in range(400)]
    batch = sent(sender, table(*wrong))
    answer = page(partners.signed_in(client, sender), "readings_errors", batch.pk)
    lines = answer.content.decode("utf-8-sig").splitlines()[1:]
    assert all("“NOWHERE" in line.partition(",WAITS")[0] for line in lines)
    batch = sent(sender, table("WAITS,x,x,x,x,x,x,x,,,,"))
    assert "There is more to change." in bytes(batch.copy_to_mend).decode()


def test_the_copy_of_a_workbook_is_a_workbook_with_no_formula_in_it(client, sender):
    batch = sent(
        sender,
        workbook([*TWELVE.split(",")], ["WAITS", "BHCP", "2024-01-01", "", "", "=A1+1", "no"]),
    )
    assert "not a formula" in batch.report["errors"][0]["wanted"]
    answer = page(partners.signed_in(client, sender), "readings_errors", batch.pk)
    sheet = load_workbook(io.BytesIO(answer.content))["readings"]
    assert "not a formula" in sheet["A2"].value
    assert all(cell.data_type != "f" for line in sheet for cell in line)


def test_a_template_names_the_scopes_and_the_periods_that_are_due(client, waits, sender):
    reading(waits, 5)
    page_of = reverse("staff:readings_template", args=["waits"])
    text = partners.signed_in(client, sender).get(page_of + "?kind=csv").content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == TWELVE
    assert lines[1] == "WAITS,BHCP,2024-02-01,,,,no,,,,,"
    book = load_workbook(io.BytesIO(client.get(page_of).content))
    assert book["readings"].freeze_panes == "A2"
    assert book["readings"]["C2"].value == "2024-02-01"
    words = {line[0].value: line[1].value for line in book["What the columns mean"]}
    assert words["numerator"] == "the top number of a share"
    assert words["how it is worked out"] == "Counted once a month."


def test_a_filled_in_template_is_taken_as_it_is(client, waits, sender):
    reading(waits, 5, period=timezone.now().date().replace(year=2024, month=1, day=1))
    page_of = reverse("staff:readings_template", args=["waits"])
    book = load_workbook(io.BytesIO(partners.signed_in(client, sender).get(page_of).content))
    book["readings"]["F2"] = 912
    book["readings"].delete_rows(3, 100)
    out = io.BytesIO()
    book.save(out)
    assert sent(sender, out.getvalue(), "waits.xlsx").report["counts"] == {"new": 1}


def test_one_reading_is_sent_by_a_form_and_checked_as_a_file_is(client, sender, other):
    published(sender, other, row(912))
    address = reverse("staff:readings_add", args=["waits"])
    sent_form = {
        "scope": "BHCP",
        "period": "1/1/2024",
        "value": "934",
    }
    answer = partners.signed_in(client, sender).post(address, sent_form)
    assert "Why it changed" in answer.content.decode()
    assert "912 is public" in answer.content.decode()
    client.post(address, sent_form | {"reason": "=Late forms came"})
    kit.run_queue()
    batch = ReadingBatch.objects.latest("pk")
    assert batch.report["counts"] == {"restated": 1}
    restated = batch.report["groups"]["restated"][0]
    assert (restated["before"], restated["now"]) == ("912", "934")
    assert restated["reason"] == "=Late forms came"
    assert restated["difference"].startswith("up 22")
    assert "934 (up 22" in page(client, "readings_batch", batch.pk).content.decode()


def test_the_preview_says_by_how_much_a_share_differs_and_nothing_where_one_is_not_told(
    sender, other
):
    metric("seen", unit="%", multiplier=100, decimals=1, denominator_words="all who came")
    line = "SEEN,BHCP,{period},{parts},,no,,{reason},{hidden},,"
    months = ["2024-01-01", "2024-02-01", "2024-03-01"]
    first = [line.format(period=m, parts="900,1000", reason="", hidden="") for m in months]
    published(sender, other, *first)
    again = [
        line.format(period=months[0], parts="890,1000", reason="Counted twice", hidden=""),
        line.format(period=months[1], parts=",", reason="Too few", hidden="yes"),
        line.format(period=months[2], parts="9001,10000", reason="By hand", hidden=""),
    ]
    rows = sent(sender, table(*again)).report["groups"]["restated"]
    assert [each["difference"] for each in rows] == [
        "down 1.0 percentage points",
        "",
        "up 0.01 percentage points",
    ]


def test_the_form_of_one_reading_begins_where_and_when_the_next_is_due(client, sender):
    reading(metric("beds"), 5, period=date(2024, 3, 1), scope=icc("KEN"))
    partners.signed_in(client, sender)
    form = page(client, "readings_add", "beds").context["form"]
    assert form["scope"].value() == "KEN"
    assert form["period"].value() == "1 April 2024"


def workbook(*lines, title="readings"):
    book = Workbook()
    book.active.title = title
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_who_sent_a_file_does_not_undo_it_once_its_measure_is_out_of_their_reach(client):
    ours, theirs = partners.partner("RTX"), partners.partner("RXL")
    metric("stays", code="STAYS", owner=ours)
    sender = partners.person(roles=[(Role.DATA_STEWARD, ours), (Role.DATA_STEWARD, theirs)])
    other = partners.person(roles=[Role.DATA_STEWARD])
    batch = published(sender, other, row(5, code="STAYS"))
    partners.signed_in(client, sender)
    assert page(client, "readings_undo", batch.pk).status_code == 200
    sender.grants.filter(partner=ours).delete()
    assert page(client, "readings_batch", batch.pk).status_code == 200
    assert page(client, "readings_undo", batch.pk).status_code == 404
