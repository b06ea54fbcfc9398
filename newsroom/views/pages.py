"""The public list of standing pages, and each of them."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_known
from newsroom.models import PageVersion, StandingPage


@public
@require_safe
def page_list(request):
    pages = PageVersion.objects.live(request.moment.at).select_related("page")
    return render(request, "newsroom/pages.html", {"pages": pages.order_by("title", "page__slug")})


@public
@require_safe
def page_detail(request, slug):
    moment = request.moment
    live = PageVersion.objects.live(moment.at).with_sources(moment.at)
    version = live.filter(page__slug=slug).first()
    if version is None:
        known = StandingPage.objects.ever_known().filter(slug=slug)
        return not_known(request, known, "newsroom/page_not_yet.html")
    return render(
        request,
        "newsroom/page.html",
        {"version": version, "is_overdue": version.is_overdue(moment.today)},
    )
