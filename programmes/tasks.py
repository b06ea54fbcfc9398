"""Checking a file of readings, which may take a while. Safe to run twice."""

import logging

from django.utils import timezone
from django_tasks import task

from partners.roles import SEND_READINGS
from programmes import actions, intake
from programmes.models import Metric, ReadingBatch
from programmes.readings import NOTHING, cards, digest, facts
from programmes.tables.files import SheetError, open_sheet
from programmes.tables.readings import ReadingTable

logger = logging.getLogger(__name__)


@task
def check_readings(batch_id: int) -> None:
    """Check a file that was sent and say what would come of it; nothing where that was done already."""
    batch = ReadingBatch.objects.select_related("sent_by").get(pk=batch_id)
    if not actions.begin_check(batch=batch):
        return
    at = timezone.now()

    def tell(done):
        actions.say_progress(batch=batch, rows_done=done)

    try:
        checked, report, ground = check(
            open_sheet(bytes(batch.content)), by=batch.sent_by, at=at, tell=tell
        )
    except SheetError as error:
        actions.refuse_batch(batch=batch, report={"sentence": str(error)})
    except Exception:
        logger.exception("The check of readings %s broke off.", batch_id)
        sentence = "The check broke off by a fault of ours. Tell us, and keep the file."
        actions.refuse_batch(batch=batch, report={"sentence": sentence})
        raise
    else:
        if checked.errors:
            actions.refuse_batch(batch=batch, report=report)
        else:
            fresh = [said for said in checked.rows if said.outcome != NOTHING]
            actions.hand_on_batch(batch=batch, rows=fresh, report=report, ground=ground)


def check(sheet, *, by, at, tell=lambda _: None):
    """Check a sheet as somebody's; gives what was checked, the report, and what it rested on."""
    before = facts()
    codes = dict(Metric.objects.values_list("pk", "code"))
    reach = set(Metric.objects.within_reach(by, SEND_READINGS, at).values_list("pk", flat=True))
    checked = ReadingTable().check(sheet.rows(), sheet.header, at=at, reach=reach, tell=tell)
    report = intake.report_of(checked, cards(at), codes) | {"sheet": sheet.name}
    return checked, report, digest(before, report["metrics"])
