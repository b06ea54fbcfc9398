"""Atom feeds that can be read as they stood at a moment."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from bhcp_portal.kit.http import allowed
from bhcp_portal.kit.launch import launched_at


class _AtomOfAnyWords(Atom1Feed):
    """Django's fails, whole, on a character in one entry that XML forbids."""

    def add_item_elements(self, handler, item):
        texts = {name: allowed(value) for name, value in item.items() if isinstance(value, str)}
        super().add_item_elements(handler, item | texts)


class MomentFeed(Feed):
    """A feed of what was public at ``request.moment``. ``page`` and ``address`` name its page's and its own view.

    Entries are pairs of an object and the moment, so that links of a past day's feed stay on that day.
    ``item_name`` gives what an entry is called for ever, whatever becomes of its address.
    Who speaks in it (``author_name``) the feed itself says. All addresses begin with ``SITE_URL``, whatever host was asked: a feed's own is its lasting name.
    """

    feed_type = _AtomOfAnyWords

    def __call__(self, request, *args, **kwargs):
        """The feed without the ``Last-Modified`` that Django gives it, the day of its newest entry.

        What is said to be older may be added, taken back or removed today: who asks by that day
        would be told that nothing has changed.
        """
        response = super().__call__(request, *args, **kwargs)
        del response["Last-Modified"]
        return response

    def get_object(self, request):
        return request.moment

    def link(self, moment):
        return settings.SITE_URL + moment.keep(reverse(self.page))

    def feed_url(self, moment):
        return settings.SITE_URL + moment.keep(reverse(self.address))

    def item_link(self, entry):
        item, moment = entry
        return settings.SITE_URL + moment.keep(item.get_absolute_url())

    def item_guid(self, entry):
        """A tag (RFC 4151) of this site: no address, since addresses change."""
        host = urlsplit(settings.SITE_URL).hostname
        return f"tag:{host},{launched_at().year}:{self.item_name(entry)}"

    def item_pubdate(self, entry):
        item, _ = entry
        return item.published_at

    item_updateddate = item_pubdate
