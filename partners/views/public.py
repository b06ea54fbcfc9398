"""The public pages of the partners."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_known
from partners import presenters
from partners.models import Partner

NEWEST_NEWS = 10


@public
@require_safe
def partner_list(request):
    moment = request.moment
    partners = presenters.partners_on(moment.at, moment.today)
    return render(request, "partners/list.html", {"partners": partners})


@public
@require_safe
def partner_detail(request, slug):
    moment = request.moment
    at, day = moment.at, moment.today
    page = presenters.partner_page(slug, at=at, day=day)
    if page is None:
        known_later = Partner.objects.ever_known().filter(slug=slug)
        return not_known(request, known_later, "partners/not_yet.html")
    partner = page.partner
    links = partner.programme_links.live(at)
    programmes = links.with_programme_rows(at, day).with_late_milestones(at, day).by_programme()
    led, others = presenters.led_and_others(programmes, day)
    news = partner.news_versions.newest_first(at) | partner.news_led.newest_first(at)
    return render(
        request,
        "partners/detail.html",
        {
            "page": page,
            "partner": partner,
            "led": led,
            "others": others,
            "badly": presenters.going_badly(led),
            "late": presenters.late_milestones(led),
            "iccs": links.iccs(at),
            "news": news.distinct()[:NEWEST_NEWS],
        },
    )
