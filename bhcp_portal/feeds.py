"""The Atom feed of the change log."""

from django.conf import settings
from django.urls import reverse
from django.views.decorators.http import require_safe

from bhcp_portal.changelog import change_rows, statements
from bhcp_portal.kit.access import public
from bhcp_portal.kit.feeds import MomentFeed

IN_FEED = 50


class ChangesFeed(MomentFeed):
    page, address = "changes", "changes_feed"
    title = "Better Care Together: what changed"
    subtitle = "What the partners of Bay Health and Care Partners said, newest first."

    def items(self, moment):
        return [(item, moment) for item in change_rows(statements(moment.at)[:IN_FEED])]

    def item_title(self, entry):
        item, _ = entry
        return f"{item.kind.name}: {item.about or item.text}"[:200]

    def item_description(self, entry):
        item, _ = entry
        reason = f" Replaces what was said before: {item.reason}" if item.reason else ""
        source = f" Source: {item.source_title}." if item.source_title else ""
        recorded = f", recorded here on {item.recorded_on}" if item.recorded_on else ""
        return f"{item.text}.{reason} Said {item.when}{recorded}.{source}"

    def item_pubdate(self, entry):
        item, _ = entry
        return item.listed_at

    item_updateddate = item_pubdate

    def item_guid(self, entry):
        item, _ = entry
        return f"{settings.SITE_URL}{reverse('changes')}#{item.key}"


changes_feed = public(require_safe(ChangesFeed()))
