"""The Atom feed of the change log."""

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from bhcp_portal.changelog import change_rows, statements
from bhcp_portal.kit.access import public
from bhcp_portal.kit.sources import OURSELVES

IN_FEED = 50


class ChangesFeed(Feed):
    feed_type = Atom1Feed
    author_name = OURSELVES
    title = "Better Care Together: what changed"
    subtitle = "What the partners of Bay Health and Care Partners said, newest first."

    def get_object(self, request):
        return request.moment

    def link(self, moment):
        return moment.keep(reverse("changes"))

    def feed_url(self, moment):
        return moment.keep(reverse("changes_feed"))

    def items(self, moment):
        """Pairs of a row and the moment, so that links in a past day's feed stay on that day."""
        return [(item, moment) for item in change_rows(statements(moment.at)[:IN_FEED])]

    def item_title(self, entry):
        item, _ = entry
        return f"{item.kind.name}: {item.about or item.text}"[:200]

    def item_description(self, entry):
        item, _ = entry
        reason = f" Replaces what was said before: {item.reason}" if item.reason else ""
        source = f" Source: {item.source_title}." if item.source_title else ""
        return f"{item.text}.{reason} Said {item.when}.{source}"

    def item_link(self, entry):
        item, moment = entry
        return moment.keep(item.get_absolute_url())

    def item_guid(self, entry):
        item, _ = entry
        return f"{settings.SITE_URL}{reverse('changes')}#{item.key}"

    def item_updateddate(self, entry):
        item, _ = entry
        return item.published_at

    item_pubdate = item_updateddate


changes_feed = public(require_safe(ChangesFeed()))
