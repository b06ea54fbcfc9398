"""What the staff home page shows a person about news and standing pages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import Present, day_in_words, london_day
from bhcp_portal.kit.inbox import Box, InboxEntry, due_tag
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.reviews import not_reviewed, review_entry
from newsroom.models import NewsItem, NewsVersion, PageVersion
from newsroom.models.news import NewsState
from partners.models import Partner
from partners.roles import DECIDE_NEWS, KEEP_RECORD, WRITE_NEWS

LATELY = timedelta(days=7)
DUE_WITHIN = timedelta(days=30)


def waiting_for(user, at) -> Iterator[InboxEntry]:
    """The inbox entries of a person about news and pages, each with a link to what it is about.

    They are the pages to read again, the withdrawals to look at, the news to approve, publish or go
    on writing, the person's own news that waits for somebody else, and what was published lately.
    """
    if user.has_perm(KEEP_RECORD) and user.partner_scope(KEEP_RECORD) is None:
        yield from _pages_to_read_again(london_day(at))
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
    leads = Partner.objects.partner_names(at)
    for item in items:
        if entry := _entry(item, user, item.pk in deciding, own):
            lead = (item.draft or item.latest).lead_partner_id
            yield replace(entry, partner=leads.get(lead, ""))


def _pages_to_read_again(day):
    due = PageVersion.objects.live(Present.now(UTC)).filter(review_on__lte=day + DUE_WITHIN)
    for version in due.select_related("page").order_by("review_on", "page__slug"):
        tag, colour = due_tag(version.review_on, day)
        yield InboxEntry(
            Box.DUE,
            f"Read again: {version.title}",
            reverse("staff:record_row", args=[kind_of(PageVersion).slug, version.pk]),
            meta=f"Last checked on {day_in_words(version.checked_on)}",
            tag=tag,
            colour=colour,
            day=version.review_on,
        )


def _withdrawals(deciding, user, at):
    live = NewsVersion.objects.live(Present.now(UTC)).exclude(withdrawn_because="")
    withdrawn = live.filter(item__in=deciding, author__isnull=False)
    for version in not_reviewed(withdrawn, "published_at").select_related("author", "item"):
        yield review_entry(
            version.done_at_once,
            user,
            about=f"Withdrawn: news “{version.title}”",
            href=reverse("staff:news_review", args=[version.item.slug]),
            day=london_day(at),
        )


def _entry(item, user, may_decide, own):
    version = item.draft or item.latest
    has_hand = version.pk in own
    href = reverse("staff:news_item", args=[item.slug])
    mine = version.edited_by_id == user.pk
    who = f"Last edited by {version.edited_by}" if version.edited_by else ""
    since = version.edited_at and london_day(version.edited_at)
    match version.state:
        case NewsState.SUBMITTED if may_decide and not has_hand:
            words = f"Approve news: {version.title}"
            return InboxEntry(Box.DECIDE, words, href, meta=who, day=since)
        case NewsState.APPROVED if may_decide:
            words = f"Publish news: {version.title}"
            return InboxEntry(Box.DECIDE, words, href, meta=who, day=since)
        case NewsState.RETURNED if has_hand:
            return InboxEntry(
                Box.RETURNED, f"Change news: {version.title}", href, meta=version.decision_remarks
            )
        case NewsState.DRAFT if mine:
            return InboxEntry(
                Box.DUE,
                f"Go on with news: {version.title}",
                href,
                meta=version.decision_remarks,
                tag="Draft",
            )
        case NewsState.SUBMITTED | NewsState.APPROVED if has_hand:
            return InboxEntry(
                Box.SENT, f"News: {version.title}", href, tag=version.get_state_display()
            )
        case NewsState.PUBLISHED if user in (
            version.edited_by,
            version.author,
            version.approved_by,
        ):
            return InboxEntry(
                Box.PUBLISHED,
                f"News: {version.title}",
                href,
                tag="Withdrawn" if version.is_withdrawn else "",
                day=london_day(version.published_at),
                at=version.published_at,
            )
    return None


INBOXES = (waiting_for,)
