"""The public pages of news."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_known
from bhcp_portal.kit.pages import page_of
from newsroom.models import NewsItem, NewsVersion

ON_A_PAGE = 20


@public(takes=("page",))
@require_safe
def news_list(request):
    moment = request.moment
    items = NewsItem.objects.newest_first(moment.at).with_profile(moment.at)
    page = page_of(request, items, ON_A_PAGE)
    return render(request, "newsroom/list.html", {"page": page})


@public
@require_safe
def news_detail(request, slug):
    moment = request.moment
    item = NewsItem.objects.known_at(moment.at).filter(slug=slug).first()
    if item is None:
        known = NewsItem.objects.ever_known().filter(slug=slug)
        return not_known(request, known, "newsroom/not_yet.html")
    versions = (
        NewsVersion.objects.versions(moment.at)
        .filter(item=item)
        .with_sources(moment.at)
        .with_named(moment.at, moment.today)
        .order_by("published_at", "pk")
    )
    first, *later = versions
    # Each former version with the one that replaced it, newest first.
    earlier = list(zip([first, *later], later, strict=False))[::-1]
    return render(
        request,
        "newsroom/detail.html",
        {"item": item, "version": [first, *later][-1], "first": first, "earlier": earlier},
    )
