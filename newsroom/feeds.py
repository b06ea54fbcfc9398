"""The Atom feed of news: each new or changed item is an entry of its own."""

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.sources import OURSELVES
from newsroom.models import NewsVersion

IN_FEED = 50


class NewsFeed(Feed):
    feed_type = Atom1Feed
    author_name = OURSELVES
    title = "Better Care Together: news"
    subtitle = "News of Bay Health and Care Partners that all partners have cleared."

    def get_object(self, request):
        return request.moment

    def link(self, moment):
        return moment.keep(reverse("news:list"))

    def feed_url(self, moment):
        return moment.keep(reverse("news:feed"))

    def items(self, moment):
        """Pairs of version and moment, so that the links in a past day's feed stay on that day."""
        versions = NewsVersion.objects.for_feed(moment.at)[:IN_FEED]
        return [(version, moment) for version in versions]

    def item_title(self, entry):
        version, _ = entry
        return f"Withdrawn: {version.title}" if version.is_withdrawn else version.title

    def item_description(self, entry):
        version, _ = entry
        if version.is_withdrawn:
            return f"This item was withdrawn: {version.withdrawn_because}"
        if version.update_note:
            return f"Updated: {version.update_note}"
        return version.summary

    def item_link(self, entry):
        version, moment = entry
        return moment.keep(version.get_absolute_url())

    def item_guid(self, entry):
        version, _ = entry
        page = f"{settings.SITE_URL}{version.get_absolute_url()}"
        return f"{page}#{version.published_at:%Y%m%dT%H%M%SZ}"

    def item_pubdate(self, entry):
        version, _ = entry
        return version.published_at

    item_updateddate = item_pubdate


news_feed = public(require_safe(NewsFeed()))
