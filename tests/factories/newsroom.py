"""News in any state."""

from itertools import count

from newsroom import actions
from newsroom.models import NewsItem, NewsVersion
from newsroom.models.news import NewsState
from tests.clock import OnTime
from tests.factories.kit import put_on_record, source

actions = OnTime(actions)

_numbers = count(1)
WORDS = {"summary": "A new clinic opened.", "body": "A clinic opened in Millom.\n\nIt is small."}


def news(
    title=None,
    *,
    published_as="2017-06-30",
    slug=None,
    partners=(),
    programmes=(),
    iccs=(),
    **fields,
):
    """A published item copied from a document, with what it names; gives the item."""
    number = next(_numbers)
    title = title or f"News {number}"
    item = NewsItem.objects.create(slug=slug or f"news-{number}")
    fields = {"origin": "document", "source": source(published_as=published_as), **fields}
    version = NewsVersion.objects.create(item=item, title=title, **WORDS | fields)
    # What a version names is as fixed as its words once it is published.
    version.partners.set(partners)
    version.programmes.set(programmes)
    version.iccs.set(iccs)
    version.state = NewsState.PUBLISHED
    put_on_record(version, published_as=published_as)
    return item


def draft(*, by, at, title=None, **fields):
    """A draft written in the portal; gives the version."""
    title = title or f"News {next(_numbers)}"
    named = {"partners": [], "programmes": [], "iccs": [], "lead_partner": None}
    return actions.add_news(by=by, at=at, **{"title": title, **WORDS, **named, **fields})
