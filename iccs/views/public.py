"""The public pages of the Integrated Care Communities."""

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_known
from iccs import presenters
from iccs.forms import FindForm
from iccs.models import Icc, IccProfile

NEWEST_NEWS = 10


@public(takes=("q",))
@require_safe
def icc_list(request):
    """The communities. Who asks this page for a place is led to where places are found."""
    if asked := request.GET.get("q"):
        found = f"{reverse('iccs:find')}?{urlencode({'q': asked})}"
        return HttpResponseRedirect(request.moment.keep(found))
    at, day = request.moment.at, request.moment.today
    communities = presenters.communities(at, day)
    found = presenters.on_day(communities, day)
    networks = presenters.by_network(found.now, at)
    return render(
        request,
        "iccs/list.html",
        {
            "communities": communities,
            "found": found,
            "networks": networks,
            "notes": presenters.notes_on(networks),
            "map": presenters.drawn(community.profile for community in found.now),
            "how_many": presenters.how_many(communities, at),
        },
    )


@public(takes=("q",))
@require_safe
def icc_find(request):
    """Find a community. What is typed goes to no log, no session and no other host."""
    at, day = request.moment.at, request.moment.today
    form = FindForm(request.GET if "q" in request.GET else None)
    communities = presenters.communities(at, day, with_practices=True)
    found = presenters.find(form.cleaned_data["q"], communities, day) if form.is_valid() else None
    there = presenters.on_day(communities, day).now
    return render(
        request,
        "iccs/find.html",
        {"form": form, "found": found, "networks": presenters.by_network(there, at)},
    )


@public
@require_safe
def icc_detail(request, slug):
    moment = request.moment
    at, day = moment.at, moment.today
    versions = IccProfile.objects.versions(at).filter(icc__slug=slug).with_network(at)
    versions = list(versions.order_by("published_at", "pk"))
    profile = next((each for each in versions if each.stands(at)), None)
    if profile is None:
        known_later = Icc.objects.ever_known().filter(slug=slug)
        return not_known(request, known_later, "iccs/not_yet.html")
    icc = profile.icc
    page = presenters.community_page(profile, versions, at, day)
    links = icc.programme_links.live(at).on(day).with_programme_rows(at, day)
    programmes = links.most_local_first(at, day).by_programme()
    news = icc.news_versions.newest_first(at)[:NEWEST_NEWS]
    return render(
        request,
        "iccs/detail.html",
        {
            "icc": icc,
            "profile": profile,
            "page": page,
            "near": presenters.near_you(page, programmes, news, day),
            "map": presenters.map_with(profile, at, day, page.place_names),
            "programmes": programmes,
            "figures": icc.figures.live(at).with_sources(at).in_groups(),
            "news": news,
        },
    )
