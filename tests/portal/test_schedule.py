"""What the worker does by itself each day: once, whoever else is there, and safe to repeat."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django_tasks_db.models import DBTaskResult

from bhcp_portal import schedule
from bhcp_portal.kit.throttling import FailedAttempt
from metrics import actions as metric_actions
from metrics.models import BatchState
from partners import clearing
from partners.models import SecurityEvent, SignIn
from partners.roles import Role
from tests.at_once import at_once
from tests.factories.kit import run_queue
from tests.factories.partners import person, signed_in

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
NAMES = {job.name for job in schedule.JOBS}


def waiting():
    return [task.task_name for task in DBTaskResult.objects.ready()]


def test_a_job_is_due_once_a_day_and_after_its_hour_was_missed():
    schedule.enqueue_due(NOW)
    schedule.enqueue_due(NOW)
    assert sorted(waiting()) == sorted(NAMES)
    # Those of yesterday have not ended, so no second ones come after them.
    schedule.enqueue_due(NOW + timedelta(days=1))
    assert len(waiting()) == len(NAMES)
    run_queue()
    schedule.enqueue_due(NOW)
    assert waiting() == []
    schedule.enqueue_due(NOW + timedelta(days=3))
    assert sorted(waiting()) == sorted(NAMES)


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2026-11-27T02:59:59", "2026-11-26T03:00", "2026-11-27T03:00"),
        ("2026-11-27T03:00:00", "2026-11-27T03:00", "2026-11-28T03:00"),
        # The clocks change on these days: at three it is two, and four, o'clock in UTC.
        ("2026-03-29T02:30:00", "2026-03-29T02:00", "2026-03-30T02:00"),
        ("2026-10-25T02:30:00", "2026-10-24T02:00", "2026-10-25T03:00"),
    ],
)
def test_the_hour_is_that_of_london(now, last, following):
    job = next(job for job in schedule.JOBS if job.task is clearing.clear_sessions)
    at = datetime.fromisoformat(f"{now}Z")
    assert job.last_due(at) == datetime.fromisoformat(f"{last}Z")
    assert job.next_due(at) == datetime.fromisoformat(f"{following}Z")


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_at_once_one_puts_a_job_in_the_queue():
    at_once(lambda _: schedule.enqueue_due(datetime.now(UTC)), range(4))
    assert sorted(waiting()) == sorted(NAMES)


def test_what_is_over_is_cleared_and_what_counts_stays_however_often_it_runs():
    # A failed attempt counts for minutes, and a whole run may take longer.
    now = datetime.now(UTC)
    browser, other = signed_in(Client(), person()), signed_in(Client(), person())
    for each in (browser, other):
        UserSession.objects.create(
            user_id=each.session["_auth_user_id"],
            session_key=each.session.session_key,
            ip="203.0.113.9",
            user_agent="x",
        )
    ended = other.session.session_key
    Session.objects.filter(pk=ended).update(expire_date=now - timedelta(seconds=1))
    UserSession.objects.filter(session_key=ended).update(created_at=now - timedelta(hours=13))
    cache.set("kept", 1, 600)
    cache.set("over", 1, 600)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cache SET expires = now() - interval '1 minute' WHERE cache_key LIKE '%%over'"
        )
    for ago in (timedelta(hours=2), timedelta(minutes=2)):
        FailedAttempt.objects.create(subject="x", at=now - ago)
    old_done, new_done = (clearing.clear_sessions.enqueue().id for _ in range(2))
    run_queue()
    DBTaskResult.objects.filter(pk=old_done).update(finished_at=now - timedelta(days=8))
    for _ in range(2):
        for job in schedule.JOBS:
            job.task.call()
    assert Session.objects.filter(pk=browser.session.session_key).exists()
    assert [each.session_key for each in UserSession.objects.all()] == [browser.session.session_key]
    assert not Session.objects.filter(pk=ended).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:kept"]
    assert FailedAttempt.objects.count() == 1
    assert [str(task.pk) for task in DBTaskResult.objects.all()] == [new_done]


def test_an_address_is_emptied_after_180_days_and_nothing_else_ever_is():
    editor = person()
    for model, fields in (
        (SignIn, {"person": editor, "outcome": SignIn.Outcome.APP}),
        (SecurityEvent, {"by": editor, "what": SecurityEvent.What.SIGNED_IN}),
    ):
        old, new = (
            model.objects.create(at=NOW - timedelta(days=days), address="203.0.113.9", **fields)
            for days in (181, 179)
        )
        for change in ({"address": None}, {"address": "203.0.113.1"}, {"at": NOW}):
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.filter(pk=new.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.filter(pk=old.pk).update(address="203.0.113.1")
        for _ in range(2):
            clearing.clear_addresses.call()
        assert [row.address for row in model.objects.order_by("at")] == [None, "203.0.113.9"]
        # The history holds no second copy, and no line for each that was emptied.
        assert not hasattr(model.pgh_event_model, "address")
        assert model.pgh_event_model.objects.count() == 2


def test_a_file_whose_check_never_ended_is_refused_after_a_day():
    steward = person(roles=[Role.DATA_STEWARD])
    lost, new = (
        metric_actions.send_readings(
            file_name=name, content=b"x", by=steward, at=NOW - timedelta(hours=hours)
        )
        for name, hours in (("lost.csv", 25), ("new.csv", 23))
    )
    metric_actions.begin_check(batch=lost)
    metric_actions.refuse_unchecked(at=NOW)
    for batch in (lost, new):
        batch.refresh_from_db()
    assert (lost.state, new.state) == (BatchState.REFUSED, BatchState.WAITING)
    assert "Send the file again" in lost.report["sentence"]
