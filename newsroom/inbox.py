"""What the staff home page shows a person about news."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.inbox import Box, InboxEntry
from bhcp_portal.kit.reviews import not_reviewed, review_entry
from newsroom.models import NewsItem, NewsVersion
from newsroom.models.news import NewsState
from partners.roles import DECIDE_NEWS, WRITE_NEWS

LATELY = timedelta(days=7)


def waiting_for(user, at) -> Iterator[InboxEntry]:
    """The inbox entries of a person about news, each with a link to the item.

    They are the withdrawals to look at, the news to approve, publish or go on writing, the person's
    own news that waits for somebody else, and what was published lately.
    """
    if not (user.has_perm(WRITE_NEWS) or user.has_perm(DECIDE_NEWS)):
        return
    deciding = set()
    if user.has_perm(DECIDE_NEWS):
        deciding = set(
            NewsItem.objects.accessible_to(user, DECIDE_NEWS).values_list("pk", flat=True)
        )
    items = (
        NewsItem.objects.accessible_to(user, WRITE_NEWS).with_versions().open_or_lately(at - LATELY)
    )
    if deciding:
        yield from _withdrawals(deciding, user, at)
    own = set(NewsVersion.objects.drafts().written_by(user).values_list("pk", flat=True))
    entries = (_entry(item, user, item.pk in deciding, own) for item in items)
    yield from (entry for entry in entries if entry)


def _withdrawals(deciding, user, at):
    live = NewsVersion.objects.live(Present.now(UTC)).exclude(withdrawn_because="")
    withdrawn = live.filter(item__in=deciding, author__isnull=False)
    for version in not_reviewed(withdrawn, "published_at").select_related("author", "item"):
        yield review_entry(
            version.done_at_once,
            user,
            about=f"Withdrawn news: {version.title}",
            href=reverse("staff:news_review", args=[version.item.slug]),
            day=london_day(at),
        )


def _entry(item, user, may_decide, own):
    version = item.draft or item.latest
    has_hand = version.pk in own
    href = reverse("staff:news_item", args=[item.slug])
    mine = version.edited_by_id == user.pk
    who = f"Last edited by {version.edited_by}" if version.edited_by else ""
    match version.state:
        case NewsState.SUBMITTED if may_decide and not has_hand:
            return InboxEntry(Box.DECIDE, f"Approve news: {version.title}", href, meta=who)
        case NewsState.APPROVED if may_decide:
            return InboxEntry(Box.DECIDE, f"Publish news: {version.title}", href, meta=who)
        case NewsState.RETURNED if mine:
            return InboxEntry(
                Box.RETURNED, f"Change news: {version.title}", href, meta=version.decision_remarks
            )
        case NewsState.DRAFT if mine:
            return InboxEntry(Box.DUE, f"Go on with news: {version.title}", href, tag="Draft")
        case NewsState.SUBMITTED | NewsState.APPROVED if has_hand:
            return InboxEntry(
                Box.SENT, f"News: {version.title}", href, tag=version.get_state_display()
            )
        case NewsState.PUBLISHED if not version.source_id:
            tag = "Withdrawn" if version.is_withdrawn else ""
            return InboxEntry(Box.PUBLISHED, f"News: {version.title}", href, tag=tag)
    return None
