"""The API of news (CONTRACT 5)."""

from typing import Annotated

from django.db.models import Prefetch
from django.http import Http404
from ninja import PathEx, Query, Router
from ninja.params import P
from pydantic import Field

from bhcp_portal.kit.api import (
    Asked,
    AskedPage,
    Thing,
    address,
    answers,
    described,
    listed,
    page,
    told,
)
from bhcp_portal.kit.tables import to_text
from engagement.models import NewsItem, NewsVersion
from engagement.tables import NewsVersionTable

router = Router(tags=["News"])

OWN = ("item",)
VERSIONS = NewsVersionTable()

NewsWords = described("NewsWords", VERSIONS, without=OWN)


class NewsShort(Thing):
    """A news item as lists have it."""

    first_published: Annotated[str, Field(description="when it was first published")]
    words: Annotated[
        NewsWords, Field(description="what it says; of a withdrawn item, what it said last")
    ]


class NewsFull(NewsShort):
    """A news item with everything it ever said."""

    versions: Annotated[list[NewsWords], Field(description="every version, the oldest first")]


@router.get("", response=answers(listed(NewsShort)), url_name="news")
def news_list(request, asked: Query[AskedPage]):
    """The news, newest first"""
    return page(request, asked, _known(request), lambda item: _short(request, item))


@router.get("/{slug:slug}", response=answers(NewsFull), url_name="news_item")
def news_detail(
    request,
    slug: PathEx[
        str, P(description="the item’s slug", example="alfred-barrow-health-centre-opens")
    ],
    asked: Query[Asked],
):
    """One news item, and what it said before"""
    item = _known(request).filter(slug=slug).first()
    if item is None:
        raise Http404(f"No news “{slug}” is known. /api/v1/news lists all there are.")
    versions = item.versions.said_by(request.moment.at).order_by("published_at", "pk")
    return _short(request, item) | {
        "versions": [told(VERSIONS, version, without=OWN) for version in _named(versions)]
    }


def _known(request):
    at = request.moment.at
    live = Prefetch("versions", _named(NewsVersion.objects.live(at)), to_attr="live_profiles")
    return NewsItem.objects.newest_first(at).prefetch_related(live)


def _named(versions):
    """With what each version names."""
    return versions.select_related("source", "lead_partner").prefetch_related(
        "partners", "programmes", "iccs"
    )


def _short(request, item):
    return {
        "slug": item.slug,
        "url": address(request, item),
        "first_published": item.first_said_as or to_text(item.first_said_at),
        "words": told(VERSIONS, item.profile, without=OWN),
    }
