"""The queue: what a killed worker leaves behind, what is tried again and what failed for good."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django_tasks_db.models import DBTaskResult

from bhcp_portal.kit import queue
from bhcp_portal.kit.actions import ActionError
from bhcp_portal.schedule import JOBS
from metrics.actions import send_readings
from metrics.models import BatchState
from metrics.tasks import check_readings
from partners import tasks
from tests.at_once import at_once
from tests.factories.kit import run_queue
from tests.factories.partners import person
from tests.kit.slow_task import slow

pytestmark = pytest.mark.django_db
NOTICE = ("Your password was changed", "10:00 on 27 November 2026")


def now():
    return datetime.now(UTC)


@contextmanager
def living(worker_id):
    """A worker that lives, as the others see it."""
    own = connection.copy()
    # The lock is taken by the connection of who asks; here it is another one's.
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock_shared(%s, %s)", [queue.WORKERS, queue._number(worker_id)]
        )
    yield
    own.close()
    while queue._number(worker_id) in queue._living_workers():
        time.sleep(0.01)


def enqueued(**fields):
    """A notice to somebody, as a row of the queue."""
    made = tasks.send_account_notice.enqueue(person().pk, *NOTICE)
    DBTaskResult.objects.filter(pk=made.id).update(**fields)
    return DBTaskResult.objects.get(pk=made.id)


def taken_again(task):
    queue.take_again(now())
    task.refresh_from_db()
    return task.status == "READY"


def test_a_task_is_taken_again_once_its_worker_lives_no_longer():
    task = enqueued()
    with living("ann"):
        task.claim("ann")
        assert not taken_again(task)
        assert queue.queue_state(now()).workers == 1
    assert taken_again(task)
    assert task.started_at is None
    run_queue()
    assert len(mail.outbox) == 1
    assert not taken_again(task)


def test_a_task_that_outlives_all_its_workers_has_failed_for_good():
    task = enqueued()
    for number in range(queue.TRIES):
        task.claim(f"worker {number}")
        assert taken_again(task) == (number < queue.TRIES - 1)
    assert task.status == "FAILED"
    assert task.exception_class_path.endswith("WorkerLostError")


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), True),
        (ConnectionRefusedError(111, "Connection refused"), True),
        (ValueError("no such thing"), False),
    ],
    ids=["mail", "refused", "fault"],
)
def test_what_failed_for_a_passing_reason_is_tried_again_a_while_later(error, again):
    task = enqueued()
    for wait in queue.WAITS:
        task.claim("ann")
        task.set_failed(error)
        before = now()
        assert taken_again(task) is again
        if again:
            assert before + wait <= task.run_after <= now() + wait
            assert queue.queue_state(now()).later == 1
    task.claim("ann")
    task.set_failed(error)
    assert not taken_again(task)
    assert list(queue.failed_tasks()) == [task]


def test_staff_put_a_failed_task_back_with_new_tries_or_remove_it():
    task, other = enqueued(), enqueued()
    for each in (task, other):
        each.worker_ids = ["ann"] * queue.TRIES
        each.save()
        each.set_failed(ValueError("no such thing"))
    queue.try_again(task.pk)
    task.refresh_from_db()
    assert (task.status, task.worker_ids) == ("READY", [])
    for decide in (queue.try_again, queue.remove_failed):
        with pytest.raises(ActionError, match="before you did"):
            decide(task.pk)
    queue.remove_failed(other.pk)
    assert list(DBTaskResult.objects.all()) == [task]


def test_the_age_is_that_of_the_task_that_waits_longest():
    assert queue.queue_state(now()).age(now()) == timedelta(0)
    enqueued(enqueued_at=now() - timedelta(hours=3))
    enqueued(run_after=now() + timedelta(hours=1))
    state = queue.queue_state(now())
    assert (state.waiting, state.later) == (1, 1)
    assert timedelta(hours=3) <= state.age(now()) < timedelta(hours=3, minutes=1)


def test_a_password_link_is_not_sent_to_a_closed_account_whose_task_was_taken_again():
    closed = person(is_active=False)
    tasks.send_password_link.enqueue(closed.pk)
    run_queue()
    assert mail.outbox == []


# -- processes --------------------------------------------------------------------------------------


@contextmanager
def worker(*options):
    """The real worker on the database of this test."""
    given = connection.settings_dict
    host, port = given.get("HOST") or "", given.get("PORT") or ""
    address = (
        f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={host}&port={port}"
    )
    process = subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--no-reload", "--interval", "0.1", *options],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": address, "DATABASE_OWNER_URL": ""},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It never came to be."
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_the_task_of_a_killed_worker_is_done_by_the_next_one():
    made = slow.enqueue()
    rows = DBTaskResult.objects.filter(pk=made.id)
    with worker() as first:
        wait_until(lambda: rows.filter(status="RUNNING").exists())
        first.send_signal(signal.SIGKILL)
        first.wait()
    with worker() as second:
        wait_until(lambda: rows.filter(status="SUCCESSFUL").exists())
        assert len(rows.get().worker_ids) == 2
        # Both workers asked for the jobs of the night, and each was done once.
        jobs = DBTaskResult.objects.filter(task_path__in=[j.task.module_path for j in JOBS])
        wait_until(lambda: not jobs.exclude(status="SUCCESSFUL").exists())
        assert jobs.count() == len(JOBS)
        second.terminate()
        assert second.wait(10) == 0


def children():
    """The processes that this one started; a browser of another test may be among them."""
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


def stop_the_reader(others):
    """Tell the process that reads a file to stop, as systemd tells all that a service started."""
    wait_until(lambda: children() - others)
    os.kill(int((children() - others).pop()), signal.SIGTERM)


def test_a_file_whose_reader_was_told_to_stop_is_read_again_and_not_refused():
    batch = send_readings(file_name="a.csv", content=b"metric\n", by=person(), at=now())
    for state, has_stopped in ((BatchState.CHECKING, True), (BatchState.REFUSED, False)):
        if has_stopped:
            with ThreadPoolExecutor() as pool:
                stopping = pool.submit(stop_the_reader, children())
                with pytest.raises(queue.PASSING):
                    check_readings.call(batch.pk)
                stopping.result()
        else:
            check_readings.call(batch.pk)
        batch.refresh_from_db()
        assert batch.state == state


@pytest.mark.django_db(transaction=True)
def test_of_two_that_take_up_what_is_left_over_one_does():
    task = enqueued()
    task.claim("ann")
    at_once(lambda _: queue.take_again(now()), range(4))
    task.refresh_from_db()
    assert (task.status, task.worker_ids) == ("READY", ["ann"])
