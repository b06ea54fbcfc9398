"""What waits for a person in news."""

from datetime import timedelta

from django.urls import reverse

from bhcp_portal.kit.inbox import Box, Entry
from engagement.models import NewsItem
from engagement.models.news import State
from partners.roles import DECIDE_NEWS, WRITE_NEWS

LATELY = timedelta(days=7)


def waiting_for(user, at) -> list[Entry]:
    """The news that a person is to approve, publish or go on with, and what came of theirs."""
    if not (user.has_perm(WRITE_NEWS) or user.has_perm(DECIDE_NEWS)):
        return []
    deciding = set()
    if user.has_perm(DECIDE_NEWS):
        deciding = set(
            NewsItem.objects.within_reach(user, DECIDE_NEWS).values_list("pk", flat=True)
        )
    items = (
        NewsItem.objects.within_reach(user, WRITE_NEWS).with_versions().open_or_lately(at - LATELY)
    )
    entries = (_entry(item, user, item.pk in deciding) for item in items)
    return [entry for entry in entries if entry]


def _entry(item, user, may_decide):
    version = item.draft or item.latest
    href = reverse("staff:news_item", args=[item.slug])
    mine = version.edited_by_id == user.pk
    who = f"Last edited by {version.edited_by}" if version.edited_by else ""
    match version.state:
        case State.SUBMITTED if may_decide and not mine:
            return Entry(Box.DECIDE, f"Approve news: {version.title}", href, meta=who)
        case State.APPROVED if may_decide:
            return Entry(Box.DECIDE, f"Publish news: {version.title}", href, meta=who)
        case State.RETURNED if mine:
            return Entry(
                Box.RETURNED, f"Change news: {version.title}", href, meta=version.decision_remarks
            )
        case State.DRAFT if mine:
            return Entry(Box.DUE, f"Go on with news: {version.title}", href, tag="Draft")
        case State.SUBMITTED | State.APPROVED if mine:
            return Entry(Box.SENT, f"News: {version.title}", href, tag=version.get_state_display())
        case State.PUBLISHED if not version.source_id:
            return Entry(Box.PUBLISHED, f"News: {version.title}", href)
    return None
