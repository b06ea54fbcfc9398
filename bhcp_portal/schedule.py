"""What the worker does by itself each day, and when each was last done.

The runs are tasks of the queue, whose rows say how the last one went.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

import bhcp_portal.kit.editor.tasks
import bhcp_portal.kit.tasks
import metrics.tasks
import partners.clearing
import partners.reviewing
from bhcp_portal.kit.dates import LONDON
from bhcp_portal.kit.locks import lock
from metrics.models import WORDS_KEPT


@dataclass(frozen=True, slots=True)
class Job:
    """A task that is done each day at an hour of London. ``what`` says it to staff."""

    task: Task
    what: str
    hour: time

    @property
    def name(self) -> str:
        return self.task.name

    def last_due(self, at: datetime) -> datetime:
        """The last moment, up to ``at``, for which a run is due."""
        here = at.astimezone(LONDON)
        due = datetime.combine(here.date(), self.hour, LONDON)
        return due if due <= at else self._day_after(due, -1)

    def next_due(self, at: datetime) -> datetime:
        """The first moment after ``at`` for which a run is due."""
        return self._day_after(self.last_due(at), 1)

    def _day_after(self, due, days):
        return datetime.combine(due.date() + timedelta(days=days), self.hour, LONDON)


@dataclass(frozen=True, slots=True)
class JobState:
    """A job with its last run that ended; ``None`` if none ever did."""

    job: Job
    last: DBTaskResult | None
    next_due: datetime

    @property
    def has_succeeded(self) -> bool:
        return self.last is not None and self.last.status == TaskResultStatus.SUCCESSFUL


# Before people come to work, and never in the hour that summer time takes away or gives twice.
JOBS = (
    Job(
        bhcp_portal.kit.editor.tasks.carry_out_due,
        "Put on the record what was approved for this day",
        time(0, 10),
    ),
    Job(
        metrics.tasks.keep_verdicts,
        "Work out what lists say of measures, where it is missing",
        time(0, 20),
    ),
    Job(
        metrics.tasks.refuse_unchecked,
        "Refuse files of readings whose check did not end within a day",
        time(2, 30),
    ),
    Job(
        partners.clearing.clear_sessions,
        "Delete sessions that have ended",
        time(3, 0),
    ),
    Job(
        partners.clearing.clear_addresses,
        "Delete the internet addresses of old sign-ins and of old lines of the security log",
        time(3, 10),
    ),
    Job(
        bhcp_portal.kit.tasks.clear_counts,
        "Delete counts of wrong passwords and codes that no longer matter",
        time(3, 20),
    ),
    Job(
        bhcp_portal.kit.tasks.clear_tasks,
        f"Delete tasks that were done {bhcp_portal.kit.tasks.DONE_KEPT_DAYS} days ago, "
        f"or failed {bhcp_portal.kit.tasks.FAILED_KEPT_DAYS} days ago",
        time(3, 30),
    ),
    Job(
        metrics.tasks.empty_questions,
        f"Delete what readers wrote about figures {WORDS_KEPT.days} days ago, and their addresses",
        time(3, 40),
    ),
    Job(
        partners.reviewing.review_access,
        "Ask each quarter who still needs an account, remind, and suspend whom nobody confirmed; "
        "tell administrators of people whose body leaves",
        time(6, 30),
    ),
)


def enqueue_due(at: datetime) -> None:
    """Put each job in the queue whose last due moment saw no run yet; once, whoever else asks.

    A job that never ran is due at once, and so is one whose hour passed while no worker ran.
    """
    with transaction.atomic():
        lock("scheduled jobs")
        newest = _newest_runs(DBTaskResult.objects.all(), "-enqueued_at")
        for job in JOBS:
            run = newest.get(job.task.module_path)
            if run is None or (run.finished_at and run.enqueued_at < job.last_due(at)):
                job.task.enqueue()


def job_states(at: datetime) -> list[JobState]:
    """Each job with its last run."""
    last = _newest_runs(DBTaskResult.objects.finished(), "-finished_at")
    return [JobState(job, last.get(job.task.module_path), job.next_due(at)) for job in JOBS]


def _newest_runs(rows, order):
    rows = rows.filter(task_path__in=[job.task.module_path for job in JOBS])
    return {run.task_path: run for run in rows.order_by("task_path", order).distinct("task_path")}
