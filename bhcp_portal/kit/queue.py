"""The queue of background tasks: what is taken up again, what failed for good, and how it stands.

A worker holds a lock in the database for as long as it lives. A task that is running by a worker
without that lock was left over by one that was killed. Each task must be safe to run twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zlib import crc32

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, Count, Min, Q, When
from django.utils.module_loading import import_string
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from bhcp_portal.kit.actions import ActionError

# The locks of workers are pairs of this number and one made from the worker's name.
WORKERS = 0x62686370
# A server that did not answer may do so later. Of mail's errors each is an OSError.
PASSING = (OSError, OperationalError, InterfaceError)
# How long a task that failed for a passing reason waits before its second try, its third and so on.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
TRIES = len(WAITS) + 1


class WorkerLostError(Exception):
    """The worker ended before the task did, each time it was tried."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue stands.

    ``waiting``: tasks that could run now, the oldest of them ``waiting_since`` (``None`` for none).
    ``later``: tasks that wait for a moment to come, as those do that are tried again.
    """

    workers: int
    waiting: int
    waiting_since: datetime | None
    later: int
    running: int
    failed: int

    def age(self, at: datetime) -> timedelta:
        """How long the oldest task that could run has waited at a moment."""
        return at - self.waiting_since if self.waiting_since else timedelta(0)


def queue_state(at: datetime) -> QueueState:
    """How the queue stands at a moment, which is the present one."""
    due_at = Case(When(run_after=get_date_max(), then="enqueued_at"), default="run_after")
    ready = Q(status=TaskResultStatus.READY)
    found = DBTaskResult.objects.annotate(due_at=due_at).aggregate(
        waiting=Count("pk", filter=ready & Q(due_at__lte=at)),
        waiting_since=Min("due_at", filter=ready & Q(due_at__lte=at)),
        later=Count("pk", filter=ready & Q(due_at__gt=at)),
        running=Count("pk", filter=Q(status=TaskResultStatus.RUNNING)),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
    )
    return QueueState(workers=len(_living_workers()), **found)


def hold_as_worker(worker_id: str) -> None:
    """Show that a worker lives, until this connection ends, however it ends."""
    with connection.cursor() as cursor:
        # Of a machine that lost its power the server hears nothing; it asks after a minute.
        cursor.execute("SET tcp_keepalives_idle = 60")
        cursor.execute("SELECT pg_advisory_lock_shared(%s, %s)", [WORKERS, _number(worker_id)])


def take_again(at: datetime) -> None:
    """Put tasks back in the queue: those left over, and those that failed for a passing reason.

    After so many ``TRIES`` a task has failed for good.
    """
    with transaction.atomic():
        rows = DBTaskResult.objects.select_for_update(skip_locked=True)
        # In this order: who takes a task up holds its lock already.
        running, living = list(rows.running()), _living_workers()
        for task in running:
            if _number(task.worker_ids[-1]) not in living:
                if len(task.worker_ids) < TRIES:
                    _put_back(task, run_after=get_date_max())
                else:
                    task.set_failed(WorkerLostError(f"Tried {TRIES} times."))
        for task in rows.failed().filter(**{f"worker_ids__{TRIES - 1}__isnull": True}):
            if _failed_in_passing(task):
                _put_back(task, run_after=at + WAITS[len(task.worker_ids) - 1])


def failed_tasks():
    """The tasks that failed for good, the newest first."""
    return DBTaskResult.objects.failed().order_by("-finished_at")


def tried_again():
    """The tasks that failed and wait for another try, the next one first."""
    return DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, run_after__lt=get_date_max()
    ).order_by("run_after")


def try_again(pk: UUID) -> DBTaskResult:
    """Put a task that failed for good back in the queue, with as many tries as a new one."""
    with transaction.atomic():
        task = _locked_failed(pk)
        task.worker_ids = []
        _put_back(task, run_after=get_date_max())
        return task


def remove_failed(pk: UUID) -> DBTaskResult:
    """Remove a task that failed for good; it is never done."""
    with transaction.atomic():
        task = _locked_failed(pk)
        DBTaskResult.objects.filter(pk=pk).delete()
        return task


def _locked_failed(pk):
    task = failed_tasks().select_for_update().filter(pk=pk).first()
    if task is None:
        raise ActionError("Somebody decided on this task before you did.")
    return task


def _put_back(task, *, run_after):
    task.status = TaskResultStatus.READY
    task.started_at = task.finished_at = None
    task.run_after = run_after
    task.save(update_fields=["status", "started_at", "finished_at", "run_after", "worker_ids"])


def _failed_in_passing(task):
    try:
        return issubclass(import_string(task.exception_class_path), PASSING)
    except ImportError:
        return False


def _living_workers():
    """The numbers of the workers that live."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND classid = %s AND objsubid = 2 AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())",
            [WORKERS],
        )
        return {number for (number,) in cursor.fetchall()}


def _number(worker_id):
    # The server's numbers have a sign and its list of locks has none, so one bit is left out.
    return crc32(worker_id.encode()) >> 1
