"""What the editor does by itself each day. Safe to run twice."""

from datetime import UTC, datetime

from django_tasks import task

from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.proposal import Proposal


@task
def carry_out_due() -> None:
    """Put on the record what was approved for a day that has come.

    What was refused on its day is tried again, since somebody may have put right why.
    """
    for proposal in Proposal.objects.unfinished().order_by("pk"):
        actions.carry_out_on_its_day(proposal=proposal, at=datetime.now(UTC))
