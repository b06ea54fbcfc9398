"""The Atom feed of news: each new or changed item is an entry of its own."""

from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.addresses import first_slugs
from bhcp_portal.kit.feeds import MomentFeed
from newsroom.models import NewsItem, NewsVersion
from partners.models import site_name

IN_FEED = 50


class NewsFeed(MomentFeed):
    page, address = "news:list", "news:feed"
    subtitle = "News that all partners have cleared."

    def title(self, moment):
        return f"{site_name().name}: news"

    def author_name(self, moment):
        return site_name().publisher

    def items(self, moment):
        versions, first = NewsVersion.objects.for_feed(moment.at)[:IN_FEED], first_slugs()
        for version in versions:
            slug = version.item.slug
            version.first_slug = first.get((NewsItem, slug), slug)
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

    def item_name(self, entry):
        version, _ = entry
        return f"news/{version.first_slug}/{version.published_at:%Y%m%dT%H%M%SZ}"


news_feed = public(require_safe(NewsFeed()))
