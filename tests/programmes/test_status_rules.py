"""BEHAVIOUR A, rules 1 to 7: each as a check of the form and of the database, or of form and action."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from bhcp_portal.kit.actions import IncompleteError, SamePersonError, seen_token
from bhcp_portal.kit.dates import LONDON, london_day
from partners.roles import Role
from programmes import actions
from programmes.forms.status import StatusForm
from programmes.models import Programme, StatusUpdate
from programmes.models.status import MOVES, NEEDS_REASON, Status, UpdateState, open_period
from tests.clock import OnTime
from tests.factories.partners import person
from tests.factories.programmes import milestone, programme, status_update

actions = OnTime(actions)

pytestmark = pytest.mark.django_db

OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
NOW = datetime(2026, 11, 4, 10, 0, tzinfo=LONDON)
REASON = "Two nurses have left and are not replaced yet."
STEP = {
    "next_step": "Recruit two nurses",
    "next_step_owner": "Ward manager",
    "next_step_on": "31 January 2027",
}
WITH_REASON = {"status_reason": REASON, **STEP}
ON_TRACK = {"status": "on_track", "summary": "All is well."}


@pytest.fixture
def telehealth():
    """A programme that is said to end, so that its update may say it too."""
    return programme("telehealth", name="Telehealth", ends="2027-12-31")


@pytest.fixture
def editor():
    return person("ann@example.org", name="Ann", roles=[Role.PROGRAMME_EDITOR])


@pytest.fixture
def approver():
    return person("bob@example.org", name="Bob", roles=[Role.PROGRAMME_APPROVER])


def form_of(programme, data, *, at=NOW, period=OCTOBER, whole=True, **options):
    """The form as the page binds it."""
    return StatusForm(
        data,
        programmes=Programme.objects.known_at(at).with_profile(at).exclude(pk=programme.pk),
        facts=StatusUpdate.objects.facts(programme, period, at),
        period=period,
        whole=whole,
        **options,
    )


def errors(programme, **data):
    """What the form finds missing, by field."""
    form = form_of(programme, {"summary": "How it is going.", **data})
    return {field: list(errors) for field, errors in form.errors.items()}


def refused_by_database(programme, editor, rule, **fields):
    """Whether the database refuses to have the row submitted, round every form and action."""
    words = {
        "summary": "How it is going.",
        "status_reason": REASON,
        "next_step": "Recruit two nurses",
        "next_step_owner": "Ward manager",
        "next_step_on": date(2027, 1, 31),
        "end_date_changes": False,
        "next_decision_on": date(2027, 1, 31),
        "explanation": "The work is over.",
        **fields,
    }
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        StatusUpdate.objects.create(
            programme=programme,
            period=OCTOBER,
            author=editor,
            state=UpdateState.SUBMITTED,
            submitted_by=editor,
            submitted_at=NOW,
            **words,
        )
    return f"programmes_status_{rule}" in str(refused.value)


def submitted(programme, editor, *, at=NOW, **values):
    """An update on its way, written and submitted by the actions."""
    draft = actions.start_status(
        programme=programme,
        values={"status": "on_track", "summary": "All is well.", **values},
        by=editor,
        at=at,
    )
    return actions.submit_status(update=draft, seen=seen_token(draft), by=editor, at=at)


# -- 1: at risk, off track, paused, stopped need a reason and a next step with owner and date ---------


@pytest.mark.parametrize("status", NEEDS_REASON)
def test_rule_1_form_asks_reason_and_next_step_with_owner_and_date(telehealth, status):
    found = errors(telehealth, status=status)
    assert {"status_reason", "next_step", "next_step_owner", "next_step_on"} <= set(found)
    assert found["next_step"] == ["Write the next step"]


@pytest.mark.parametrize("status", NEEDS_REASON)
@pytest.mark.parametrize(
    "missing",
    [
        {"status_reason": "x" * 19},
        {"next_step": ""},
        {"next_step_owner": ""},
        {"next_step_on": None},
    ],
)
def test_rule_1_database_refuses_one_without(telehealth, editor, status, missing):
    fields = {"status": status, **missing}
    assert refused_by_database(telehealth, editor, "needs_reason_and_step", **fields)


def test_rule_1_a_reason_of_19_characters_is_too_short_and_one_of_20_is_not(telehealth):
    assert "status_reason" in errors(telehealth, status="at_risk", **STEP, status_reason="x" * 19)
    assert errors(telehealth, status="at_risk", **STEP, status_reason="x" * 20) == {}


# -- 2: off track asks whether the end date changes ---------------------------------------------------


def test_rule_2_form_asks_whether_the_end_date_changes(telehealth):
    found = errors(telehealth, status="off_track", **WITH_REASON)
    assert found == {"end_date_changes": ["Say whether the end date changes"]}


def test_rule_2_form_asks_new_date_and_reason_where_it_does(telehealth):
    found = errors(telehealth, status="off_track", **WITH_REASON, end_date_changes="yes")
    assert set(found) == {"new_end_on", "end_reason", "end_reason_words"}
    assert errors(telehealth, status="off_track", **WITH_REASON, end_date_changes="no") == {}


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("off_track_says_whether_end_moves", {"end_date_changes": None}),
        ("moved_end_has_date_and_reason", {"end_date_changes": True}),
        (
            "moved_end_has_date_and_reason",
            {"end_date_changes": True, "new_end_on": date(2027, 6, 30), "end_reason": "money"},
        ),
    ],
)
def test_rule_2_database_refuses_one_without(telehealth, editor, rule, fields):
    assert refused_by_database(telehealth, editor, rule, status="off_track", **fields)


# -- 3: paused, stopped and merged --------------------------------------------------------------------


def test_rule_3_form_asks_paused_for_the_date_of_the_next_decision(telehealth):
    found = errors(telehealth, status="paused", **WITH_REASON)
    assert found == {"next_decision_on": ["Enter the day when this is decided again"]}
    month, before = date(2026, 9, 1), date(2026, 8, 31)
    asked = StatusUpdate(period=month, status="paused", next_decision_on=before)
    assert "Enter a day after the month of this update began" in dict(asked.errors()).values()


def test_rule_3_form_asks_stopped_and_merged_for_an_explanation(telehealth):
    found = errors(telehealth, status="stopped", **WITH_REASON)
    assert found == {"stopped_because": ["Say how it ended: why the work stopped"]}
    assert set(errors(telehealth, status="merged")) == {"merged_into", "merged_because"}


def test_rule_3_form_offers_every_programme_but_itself_to_merge_into(telehealth):
    other = programme("frailty", name="Frailty")
    published = {"status": "merged", "merged_because": "One team does both."}
    assert errors(telehealth, **published, merged_into=other.pk) == {}
    assert errors(telehealth, **published, merged_into=telehealth.pk) == {
        "merged_into": ["Choose a programme from the list"]
    }


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("paused_has_next_decision", {"status": "paused", "next_decision_on": None}),
        ("ended_is_explained", {"status": "stopped", "explanation": ""}),
        ("ended_is_explained", {"status": "merged", "explanation": ""}),
        ("merged_says_into_what", {"status": "merged"}),
    ],
)
def test_rule_3_database_refuses_one_without(telehealth, editor, rule, fields):
    assert refused_by_database(telehealth, editor, rule, **fields)


@pytest.mark.parametrize("status", ["complete", "stopped", "merged"])
def test_what_goes_on_is_ended_on_its_own_page_and_by_no_update(editor, status):
    eyes = programme("eyes", name="Eye care")
    instead = "end the programme on its own page"
    form = form_of(eyes, {"status": status, "summary": "It is over.", **WITH_REASON})
    assert (
        not {*Status} - {*dict(form.fields["status"].choices)} - {"complete", "stopped", "merged"}
    )
    assert status not in dict(form.fields["status"].choices)
    assert instead in form.errors["status"][0]
    into = {"merged_into": programme("ears")} if status == "merged" else {}
    with pytest.raises(IncompleteError, match=instead):
        submitted(
            eyes, editor, status=status, explanation="It is over.", status_reason=REASON, **into
        )


# -- 4: complete needs every milestone done or dropped, and the closing summary -----------------------


def test_rule_4_form_asks_complete_for_the_closing_summary(telehealth):
    assert errors(telehealth, status="complete", status_reason=REASON) == {
        "closing_summary": ["Say how it ended: what was reached"]
    }


def test_rule_4_form_refuses_complete_while_a_milestone_is_open(telehealth):
    milestone(telehealth, due="2027-03")
    milestone(telehealth, due="2025", done="2025")
    found = errors(telehealth, status="complete", closing_summary="Done.", status_reason=REASON)
    assert found == {"status": ["Mark every milestone as done or dropped first: 1 is still open"]}


def test_rule_4_database_refuses_complete_without_a_closing_summary(telehealth, editor):
    assert refused_by_database(
        telehealth, editor, "ended_is_explained", status="complete", explanation=""
    )


def test_rule_4_action_refuses_complete_while_a_milestone_is_open(telehealth, editor):
    milestone(telehealth, due="2027-03")
    words = {"status": "complete", "explanation": "Done.", "status_reason": REASON}
    with pytest.raises(IncompleteError, match="1 is still open"):
        submitted(telehealth, editor, **words)


def test_rule_4_action_refuses_to_publish_complete_where_a_milestone_was_opened_since(
    telehealth, editor, approver
):
    sent = submitted(
        telehealth, editor, status="complete", explanation="Done.", status_reason=REASON
    )
    milestone(telehealth, due="2027-03")
    with pytest.raises(IncompleteError, match="1 is still open"):
        actions.approve_status(update=sent, seen=seen_token(sent), by=approver, at=NOW)


# -- 5: better by two steps in one period needs a reason ----------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        ("off_track", "on_track", True),
        ("at_risk", "complete", True),
        ("at_risk", "on_track", False),
        ("paused", "on_track", False),
    ],
)
def test_rule_5_form_asks_a_reason_for_better_by_two_steps(telehealth, before, after, asks):
    status_update(
        telehealth, before, period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON)
    )
    milestone(telehealth, due="2025", done="2025")  # the dates suggest complete
    found = errors(telehealth, status=after, closing_summary="Done.")
    assert ("status_reason" in found) is asks
    if asks:
        assert "two or more steps worse" in found["status_reason"][0]


def test_rule_5_action_refuses_better_by_two_steps_without_a_reason(telehealth, editor):
    status_update(
        telehealth, "off_track", period=SEPTEMBER, published=datetime(2026, 10, 5, tzinfo=LONDON)
    )
    with pytest.raises(IncompleteError, match="two or more steps worse"):
        submitted(telehealth, editor)
    assert StatusUpdate.objects.waiting().count() == 0


# -- 6: the one who submits does not approve ----------------------------------------------------------


def test_rule_6_action_refuses_that_the_submitter_decides(telehealth, editor, approver):
    sent = submitted(telehealth, editor)
    common = {"update": sent, "seen": seen_token(sent), "at": NOW}
    with pytest.raises(SamePersonError):
        actions.approve_status(by=editor, **common)
    with pytest.raises(SamePersonError):
        actions.return_status(by=editor, remarks="No.", **common)
    assert actions.approve_status(by=approver, **common).is_published


def test_rule_6_database_refuses_an_approval_by_the_submitter(telehealth, editor):
    sent = submitted(telehealth, editor)
    with (
        pytest.raises(IntegrityError, match="programmes_status_approved_by_another"),
        transaction.atomic(),
    ):
        StatusUpdate.objects.filter(pk=sent.pk).update(
            state=UpdateState.PUBLISHED, published_at=NOW, decided_by=editor, decided_at=NOW
        )


def test_rule_6_database_refuses_one_published_that_nobody_approved(telehealth, editor):
    sent = submitted(telehealth, editor)
    with (
        pytest.raises(IntegrityError, match="programmes_status_approved_by_another"),
        transaction.atomic(),
    ):
        StatusUpdate.objects.filter(pk=sent.pk).update(
            state=UpdateState.PUBLISHED, published_at=NOW
        )


# -- 7: nothing may be back-dated into a closed period ------------------------------------------------


def test_rule_7_form_tells_when_the_month_closed_while_it_was_open(telehealth):
    form = form_of(telehealth, {**ON_TRACK, "period": "2026-09-01"})
    assert "September 2026 closed while this page was open" in str(form.non_field_errors())
    # What goes back to the person is the open month's, so that saving it again works.
    again = form_of(telehealth, form.data)
    assert again.is_valid()


def test_rule_7_action_starts_none_but_the_open_months_update(telehealth, editor):
    draft = actions.start_status(programme=telehealth, values=ON_TRACK, by=editor, at=NOW)
    assert draft.period == OCTOBER


def test_rule_7_action_refuses_to_submit_for_a_closed_month(telehealth, editor):
    draft = actions.start_status(programme=telehealth, values=ON_TRACK, by=editor, at=NOW)
    later = datetime(2026, 12, 1, 0, 0, tzinfo=LONDON)
    with pytest.raises(actions.ClosedPeriodError) as refused:
        actions.submit_status(update=draft, seen=seen_token(draft), by=editor, at=later)
    assert refused.value.period == date(2026, 11, 1)


def test_rule_7_the_month_closes_at_midnight_in_london(telehealth, editor):
    draft = actions.start_status(programme=telehealth, values=ON_TRACK, by=editor, at=NOW)
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=LONDON)
    assert (
        actions.submit_status(update=draft, seen=f"{draft.pk}-1", by=editor, at=last).submitted_at
        == last
    )


def test_rule_7_a_draft_left_over_from_a_closed_month_becomes_the_open_months(telehealth, editor):
    draft = actions.start_status(programme=telehealth, values=ON_TRACK, by=editor, at=NOW)
    later = datetime(2026, 12, 2, tzinfo=LONDON)
    saved = actions.save_status(
        update=draft, seen=f"{draft.pk}-1", values=ON_TRACK, by=editor, at=later
    )
    assert (saved.pk, saved.period, saved.version) == (draft.pk, date(2026, 11, 1), 2)


def test_rule_7_one_submitted_in_time_may_be_approved_after_the_month_closed(
    telehealth, editor, approver
):
    sent = submitted(telehealth, editor)
    later = datetime(2026, 12, 1, 9, tzinfo=LONDON)
    assert actions.approve_status(
        update=sent, seen=f"{sent.pk}-1", by=approver, at=later
    ).is_published


def test_rule_7_but_not_after_a_later_month_was_published(telehealth, editor, approver):
    sent = submitted(telehealth, editor)
    december = datetime(2026, 12, 2, tzinfo=LONDON)
    newer = submitted(telehealth, editor, at=december)
    actions.approve_status(update=newer, seen=f"{newer.pk}-1", by=approver, at=december)
    with pytest.raises(actions.LaterPeriodPublishedError):
        actions.approve_status(update=sent, seen=f"{sent.pk}-1", by=approver, at=december)


# -- the database: one row a month, only what was said of a whole -------------------------------------


def test_two_drafts_for_one_month_are_refused_by_the_database(telehealth, editor):
    StatusUpdate.objects.create(programme=telehealth, period=OCTOBER, author=editor)
    with pytest.raises(IntegrityError, match="one_draft"), transaction.atomic():
        StatusUpdate.objects.create(programme=telehealth, period=OCTOBER, author=editor)


def test_a_period_that_does_not_begin_a_month_is_refused_by_the_database(telehealth, editor):
    with pytest.raises(IntegrityError, match="period_first_of_month"), transaction.atomic():
        StatusUpdate.objects.create(programme=telehealth, period=date(2026, 10, 2), author=editor)


def test_a_statement_copied_from_a_document_is_not_bound_by_the_rules(telehealth):
    published = status_update(telehealth, "off_track", published="2019-11")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert published.is_published


# -- drafts and the words of another status -----------------------------------------------------------


def test_a_draft_needs_nothing_complete(telehealth, editor):
    form = form_of(telehealth, {}, whole=False)
    assert form.is_valid()
    assert actions.start_status(programme=telehealth, values=form.values, by=editor, at=NOW).pk


def test_a_draft_without_a_status_keeps_the_words_of_every_status(telehealth, editor):
    data = {
        "stopped_because": "No money.",
        "next_decision_on": "1 February 2027",
    }
    form = form_of(telehealth, data, whole=False)
    assert form.is_valid()
    draft = actions.start_status(programme=telehealth, values=form.values, by=editor, at=NOW)
    assert (draft.explanation, draft.next_decision_on) == ("No money.", date(2027, 2, 1))
    assert StatusForm.initial_from(draft)["closing_summary"] == "No money."


def test_words_asked_under_another_status_are_left_out(telehealth):
    data = {**ON_TRACK, "stopped_because": "No money.", "end_date_changes": "yes"}
    form = form_of(telehealth, data)
    assert form.is_valid()
    assert (form.values["explanation"], form.values["end_date_changes"]) == ("", None)


def test_a_wrong_date_under_another_status_is_no_error(telehealth):
    wrong = {"next_decision_on": "31 February 2027"}
    assert errors(telehealth, status="on_track", **wrong) == {}
    assert "next_decision_on" in errors(telehealth, status="paused", **wrong)


def test_more_than_three_lines_of_what_was_done_are_too_many(telehealth):
    assert errors(telehealth, status="on_track", what_was_done="a\r\nb\r\nc") == {}
    assert errors(telehealth, status="on_track", what_was_done="a\r\nb\r\nc\r\nd") == {
        "what_was_done": ["Use at most 3 lines"]
    }


def test_a_summary_of_600_characters_fits_line_ends_counted_once(telehealth):
    assert errors(telehealth, status="on_track", summary="a\r\n" * 299 + "ab") == {}
    found = errors(telehealth, status="on_track", summary="a" * 601)
    assert found["summary"] == ["Summary must be 600 characters or fewer"]


def test_every_state_says_where_it_may_go():
    assert set(MOVES) == set(UpdateState)


def test_every_status_says_beside_it_when_it_is_right(telehealth):
    hints = form_of(telehealth, {}).fields["status"].choice_hints
    assert set(hints) == set(Status)


@pytest.mark.parametrize(
    ("period", "closes"),
    [
        (date(2015, 6, 1), datetime(2015, 7, 31, 23, tzinfo=UTC)),
        (date(2015, 11, 1), datetime(2016, 1, 1, tzinfo=UTC)),
    ],
    ids=["summer", "winter"],
)
def test_a_month_closes_at_midnight_in_london_wherever_it_is_asked(telehealth, period, closes):
    row = status_update(telehealth, "on_track", period=period, published="2017")
    counts_from = StatusUpdate.objects.values_list(
        StatusUpdate.objects.all().COUNTS_FROM, flat=True
    )
    assert counts_from.get(pk=row.pk) == closes
    just_before = closes - timedelta(seconds=1)
    assert open_period(london_day(just_before)) == period
    assert open_period(london_day(closes)) > period
