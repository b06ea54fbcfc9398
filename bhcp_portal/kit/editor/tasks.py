"""What the editor does later. Safe to run twice."""

from datetime import UTC, datetime

from django_tasks import task


@task
def carry_out_on_its_day(proposal: int) -> None:
    """Put on the record what was approved for a day that has come."""
    # The actions enqueue it, so they are found when it runs.
    from bhcp_portal.kit.editor import actions
    from bhcp_portal.kit.editor.proposal import Proposal

    actions.carry_out_on_its_day(proposal=Proposal.objects.get(pk=proposal), at=datetime.now(UTC))
