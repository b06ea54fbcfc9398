"""Checking files of readings, which may take a while. Safe to run twice."""

import logging
from datetime import UTC

from django_tasks import task

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.queue import PASSING
from bhcp_portal.kit.spreadsheets.bounds import SheetError
from bhcp_portal.kit.spreadsheets.child import open_sheet
from bhcp_portal.kit.spreadsheets.writing import ADVICE, annotated
from metrics import actions
from metrics.imports.as_sent import COLUMNS
from metrics.imports.check import check_sheet
from metrics.imports.columns import SHEET
from metrics.imports.presenters import advice
from metrics.imports.versions import NOTHING
from metrics.models import ReadingBatch

logger = logging.getLogger(__name__)


@task
def check_readings(batch_id: int) -> None:
    """Check the file of a batch and keep the report; nothing happens if it was checked already."""
    batch = ReadingBatch.objects.select_related("sent_by").get(pk=batch_id)
    if not actions.begin_check(batch=batch):
        return
    at = Present.now(UTC)

    def progress(done):
        actions.update_progress(batch=batch, rows_done=done)

    try:
        sheet = open_sheet(bytes(batch.content), SHEET, COLUMNS)
        checked, report, basis_hash = check_sheet(sheet, by=batch.sent_by, at=at, progress=progress)
        copy_to_mend = annotated(sheet, advice(checked.errors), ADVICE) if checked.errors else b""
    except SheetError as error:
        actions.refuse_batch(batch=batch, report={"sentence": str(error)})
    except PASSING:
        # The queue tries it again, and the batch goes on being checked.
        raise
    except Exception:
        logger.exception("The check of readings %s broke off.", batch_id)
        sentence = "The check broke off by a fault of ours. Tell us, and keep the file."
        actions.refuse_batch(batch=batch, report={"sentence": sentence})
        raise
    else:
        if checked.errors:
            actions.refuse_batch(batch=batch, report=report, copy_to_mend=copy_to_mend)
        else:
            fresh = [row for row in checked.rows if row.outcome != NOTHING]
            actions.finish_check(batch=batch, rows=fresh, report=report, basis_hash=basis_hash)


@task
def refuse_unchecked() -> None:
    """Refuse the files whose check did not end in time."""
    actions.refuse_unchecked(at=Present.now(UTC))


@task
def empty_questions() -> None:
    """Delete what readers wrote about figures, and their addresses, when their time is over."""
    actions.empty_questions(at=Present.now(UTC))


@task
def keep_verdicts() -> None:
    """Work out the rows of verdicts that are missing."""
    actions.keep_verdicts_due()


def keep_verdicts_soon() -> None:
    """Work out those of the present if they are few, and leave the others to the worker."""
    if actions.keep_verdicts_due(at_once=True):
        keep_verdicts.enqueue()
