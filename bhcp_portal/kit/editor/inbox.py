"""What waits for a person in the editor: to decide, returned, drafts, sent, and what was published."""

from datetime import timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.editor.reach import may_all, may_review
from bhcp_portal.kit.inbox import Box, InboxEntry
from bhcp_portal.kit.reviews import not_reviewed, review_entry

SHOWN_FOR = timedelta(days=7)


def waiting_for(user, at):
    """The inbox entries of a person about proposals and takings back."""
    if not user.has_perm("kit.view_proposal"):
        return
    own = set(Proposal.objects.open().written_by(user).values_list("pk", flat=True))
    for proposal in Proposal.objects.open().select_related("author", "submitted_by", "decided_by"):
        yield from _open_entry(proposal, user, at, is_own=proposal.pk in own)
    published = Proposal.objects.filter(state=State.PUBLISHED, decided_at__gt=at - SHOWN_FOR)
    for proposal in published.written_by(user).select_related("decided_by"):
        yield InboxEntry(
            Box.PUBLISHED,
            proposal.title,
            proposal.get_absolute_url(),
            meta=f"Approved by {proposal.decided_by} on {_day(proposal.decided_at)}",
        )
    waiting = not_reviewed(Proposal.objects.done_at_once(), "decided_at")
    for proposal in waiting.select_related("author"):
        if may_review(user, proposal, at):
            yield review_entry(
                proposal.done_at_once,
                user,
                about=proposal.title,
                href=reverse("staff:proposal_review", args=[proposal.rows[0]["kind"], proposal.pk]),
                day=london_day(at),
            )


def _open_entry(proposal, user, at, *, is_own):
    href = proposal.get_absolute_url()
    if proposal.state == State.SUBMITTED and not is_own:
        if may_all(user, "approver", proposal, at):
            sent = f"Sent by {proposal.submitted_by} on {_day(proposal.submitted_at)}"
            yield InboxEntry(Box.DECIDE, f"Approve: {proposal.title}", href, meta=sent)
    elif not is_own:
        return
    elif proposal.state == State.SUBMITTED:
        meta = f"Sent on {_day(proposal.submitted_at)}. Another person approves it"
        yield InboxEntry(Box.SENT, proposal.title, href, meta=meta)
    elif proposal.state == State.RETURNED:
        meta = f"{proposal.decided_by}: {proposal.remarks}"
        yield InboxEntry(Box.RETURNED, f"Change: {proposal.title}", href, meta=meta)
    else:
        meta = f"Your draft of {_day(proposal.edited_at)}"
        yield InboxEntry(Box.DUE, f"Finish: {proposal.title}", href, meta=meta, rank=1)


def _day(moment):
    return day_in_words(london_day(moment))
