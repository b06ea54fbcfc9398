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
    ThingOut,
    address,
    answers,
    list_schema,
    page,
    schema_for,
    serialise,
)
from bhcp_portal.kit.tables import to_text
from newsroom.models import NewsItem, NewsVersion
from newsroom.tables import NewsVersionTable

router = Router(tags=["News"])
ROUTERS = {"news": router}

# Generated clients name their calls after ``operation_id``. So these keep the name of the app that
# news was in before.

OWN = ("item",)
VERSIONS = NewsVersionTable()

NewsWordsOut = schema_for("NewsWordsOut", VERSIONS, without=OWN)


class NewsShortOut(ThingOut):
    """A news item as lists have it."""

    first_published: Annotated[str, Field(description="when it was first published")]
    words: Annotated[
        NewsWordsOut, Field(description="what it says; of a withdrawn item, what it said last")
    ]


class NewsFullOut(NewsShortOut):
    """A news item with everything it ever said."""

    versions: Annotated[list[NewsWordsOut], Field(description="every version, the oldest first")]


@router.get(
    "",
    response=answers(list_schema(NewsShortOut)),
    url_name="news",
    operation_id="engagement_api_news_list",
)
def news_list(request, asked: Query[AskedPage]):
    """The news, newest first"""
    return page(request, asked, _known(request), lambda item: _short(request, item))


@router.get(
    "/{slug:slug}",
    response=answers(NewsFullOut),
    url_name="news_item",
    operation_id="engagement_api_news_detail",
)
def news_detail(
    request,
    slug: PathEx[str, P(description="the item’s slug", example="a-news-item")],
    asked: Query[Asked],
):
    """One news item, and what it said before"""
    item = _known(request).filter(slug=slug).first()
    if item is None:
        raise Http404(f"No news “{slug}” is known. /api/v1/news lists all there are.")
    versions = item.versions.published_by(request.moment.at).order_by("published_at", "pk")
    return _short(request, item) | {
        "versions": [serialise(VERSIONS, version, without=OWN) for version in _named(versions)]
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
        "first_published": item.first_published_as or to_text(item.first_published_at),
        "words": serialise(VERSIONS, item.profile, without=OWN),
    }
