"""About the portal and the partnership: what it is, its names, its money and figures of the whole area."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from iccs.models import Population
from partners.models import PartnershipName
from programmes.models import Figure, Money
from programmes.presenters.money import money_by_year

OPEN_YEARS = 3


@public
@require_safe
def about(request):
    return render(request, "about/about.html")


@public
@require_safe
def names(request):
    at = request.moment.at
    named = PartnershipName.objects.live(at).exclude(heads_pages_as=PartnershipName.Place.AREA)
    found = list(named.with_sources(at).order_by("published_at", "pk"))
    names = dict.fromkeys(each.name for each in found)
    groups = [(name, [each for each in found if each.name == name]) for name in names]
    return render(request, "about/names.html", {"names": groups})


@public
@require_safe
def money(request):
    at = request.moment.at
    amounts = Money.objects.of_the_whole_bay(at).with_sources(at)
    # Each year is a list of its own, which opens by itself; the newest stand open.
    newest_first = enumerate(reversed(money_by_year(amounts)))
    years = [([year], place < OPEN_YEARS) for place, year in newest_first]
    return render(request, "about/money.html", {"years": years})


@public
@require_safe
def figures(request):
    at = request.moment.at
    return render(
        request,
        "about/figures.html",
        {
            "people": Population.objects.live(at)
            .filter(icc__isnull=True)
            .with_sources(at)
            .order_by("-people", "counts", "published_at"),
            "groups": Figure.objects.of_the_whole_bay(at).with_sources(at).in_groups(),
        },
    )
