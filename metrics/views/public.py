"""The public pages of metrics."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_known
from bhcp_portal.kit.pages import note_missing, page_of
from bhcp_portal.kit.spreadsheets.writing import csv_text
from bhcp_portal.kit.unseen import visible
from metrics.filters import MetricFilters
from metrics.models import FigureQuestion, Metric
from metrics.presenters import freshness as freshness_presenter
from metrics.presenters.chart import drawing
from metrics.presenters.list import arranged, in_groups, main_verdicts, one_place, tally
from metrics.presenters.page import foot_of, in_scope, metric_page, series_of
from metrics.spc.chart import chart
from metrics.tables.readings import ReadingTable
from metrics.verdict import verdicts

# So many cards, and so many rows, are what a phone shows in ten screens.
CARDS_ON_A_PAGE, ROWS_ON_A_PAGE = 20, 30
# The choice of the chart of all figures, in the address.
WHOLE = "all"
# The choices from the list that are made among verdicts, not by the database.
IN_MEMORY = ("trend", "variation", "sort")


@public(takes=("page", "q", "trend", "variation", "state", "sort", "goal", "programme", "partner"))
@require_safe
def metric_list(request):
    moment = request.moment
    at, day = moment.at, moment.today
    filters = MetricFilters(request.GET, at=at, day=day)
    chosen = filters.chosen()
    order = {name: chosen.pop(name) for name in IN_MEMORY if name in chosen}
    metrics = Metric.objects.chosen_by(**chosen, at=at)
    found = arranged(main_verdicts(metrics, at=at, day=day), **order)
    place = one_place(found)
    counted = tally(found)
    page = page_of(request, found, CARDS_ON_A_PAGE)
    return render(
        request,
        "metrics/list.html",
        {
            "filters": filters,
            "is_filtered": bool(chosen or order.keys() - {"sort"}),
            "page": page,
            "tally": counted,
            "groups": in_groups(page, filters.order),
            "place": place,
            "is_placed": not place,
        },
    )


@public(takes=("page",))
@require_safe
def freshness(request):
    """The freshness of every series: what is expected when, what came, and what is late."""
    moment = request.moment
    found = freshness_presenter.freshness(at=moment.at, day=moment.today)
    page = page_of(request, found, ROWS_ON_A_PAGE)
    late = sum(fresh.days_late > 0 for fresh in found)
    context = {
        "page": page,
        "late": late,
        "groups": freshness_presenter.grouped(page),
        "missing": freshness_presenter.missing_words(freshness_presenter.grouped(found)),
        "place": one_place(found),
        "has_estimates": any(fresh.is_estimated for fresh in found),
        "questions": FigureQuestion.objects.counts(moment.at),
    }
    return render(request, "metrics/freshness.html", context)


@public(takes=("scope", "page", "chart"))
@require_safe
def metric_detail(request, slug):
    moment = request.moment
    found = verdicts(series_of(slug, moment.at), at=moment.at, day=moment.today)
    if not found:
        known_later = Metric.objects.ever_known().filter(slug=slug)
        return not_known(request, known_later, "metrics/not_yet.html")
    asked = request.GET.get("scope", "")
    verdict = in_scope(found, asked)
    if verdict is None:
        there = {"asked": asked[:20].replace("\x00", ""), "found": found}
        return render(request, "metrics/no_scope.html", there, status=404)
    rows, drawn = request.GET.get("page"), request.GET.get("chart", "")
    is_whole = drawn == WHOLE
    page = metric_page(found, verdict, at=moment.at, rows=rows, is_whole=is_whole)
    note_missing(request, page.figures.page)
    scope = f"?scope={verdict.scope}" if verdict is not found[0] else ""
    return render(
        request,
        "metrics/detail.html",
        {
            "page": page,
            "chart": chart(page.drawn) if verdict.analysis else "",
            "csv": reverse("metrics:readings_csv", args=[slug])
            + (f"?scope={verdict.scope}" if len(found) > 1 else ""),
            "svg": reverse("metrics:chart_svg", args=[slug]) + scope,
            "here": request.path + scope,
            "whole": request.path + (f"{scope}&chart=all" if scope else "?chart=all"),
            "is_whole": is_whole,
            "no_such_chart": visible(drawn[:40]) if drawn not in ("", WHOLE) else "",
            "lasting": _lasting(verdict, moment),
        },
    )


@public(takes=("scope",))
@require_safe
def readings_csv(request, slug):
    moment = request.moment
    series = series_of(slug, moment.at)
    if request.GET.get("scope"):
        series = [each for each in [in_scope(series, request.GET["scope"])] if each]
    if not series:
        raise Http404
    found = verdicts(series, at=moment.at, day=moment.today)
    address = _lasting(found[0], moment, with_scope=len(found) == 1)
    lines = ReadingTable().download(found, at=moment.today, address=address)
    answer = HttpResponse(csv_text(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}.csv"'
    return answer


@public(takes=("scope",))
@require_safe
def chart_svg(request, slug):
    moment = request.moment
    series = in_scope(series_of(slug, moment.at), request.GET.get("scope", ""))
    if series is None:
        raise Http404
    [verdict] = verdicts([series], at=moment.at, day=moment.today)
    drawn = drawing(verdict, foot=foot_of(verdict, _lasting(verdict, moment)))
    return HttpResponse(chart(drawn, alone=True), content_type="image/svg+xml; charset=utf-8")


def _lasting(verdict, moment, *, with_scope=True):
    """The address at which a metric's page will always say what it says now."""
    asked = {"scope": verdict.scope} if with_scope else {}
    asked["as-at"] = moment.today.isoformat()
    return f"{settings.SITE_URL}{verdict.metric.get_absolute_url()}?{urlencode(asked)}"
