import logging
from datetime import UTC, datetime
from threading import Event, Thread

from django.db import connection
from django_tasks_db.management.commands import db_worker

from bhcp_portal import schedule
from bhcp_portal.kit import queue

logger = logging.getLogger(__name__)
SECONDS_BETWEEN = 10


class Upkeep(Thread):
    """Beside the tasks: takes up again what others left over, and puts scheduled jobs in the queue.

    Its connection shows the other workers that this one lives.
    """

    def __init__(self, worker_id):
        super().__init__(daemon=True)
        self.worker_id = worker_id
        self.has_begun = Event()
        self.is_over = Event()

    def run(self):
        is_held = False
        while not self.is_over.is_set():
            try:
                if not is_held:
                    queue.hold_as_worker(self.worker_id)
                    is_held = True
                now = datetime.now(UTC)
                queue.take_again(now)
                schedule.enqueue_due(now)
            except Exception:
                logger.exception("The upkeep of the queue broke off; it goes on in a moment.")
                connection.close()
                is_held = False
            self.has_begun.set()
            self.is_over.wait(SECONDS_BETWEEN)
        connection.close()


class Command(db_worker.Command):
    help = (
        "Runs the queue: its tasks, those that a killed worker left over, and the scheduled jobs."
    )

    def handle(self, **options):
        upkeep = Upkeep(options["worker_id"])
        upkeep.start()
        # Only who is known to live may take up a task.
        upkeep.has_begun.wait()
        try:
            super().handle(**options)
        finally:
            upkeep.is_over.set()
            upkeep.join(SECONDS_BETWEEN)
