"""The public pages of programmes and goals."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.moments import nothing_said_yet
from programmes import metric_presenters, presenters
from programmes.filters import ProgrammeFilters
from programmes.models import Goal, MetricGoal, ObjectiveMeaning, Programme
from programmes.models.status import WHEN_RIGHT, Status

ON_A_PAGE = 50


@public
@require_safe
def programme_list(request):
    moment = request.moment
    at, day = moment.at, moment.today
    filters = ProgrammeFilters(request.GET, at=at, day=day)
    chosen = filters.chosen()
    programmes = Programme.objects.chosen_by(**chosen, at=at)
    ordered = presenters.in_tree_order(list(programmes.in_the_tree(at)))
    page = Paginator(ordered, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "programmes/list.html",
        {
            "filters": filters,
            "is_filtered": bool(chosen),
            "page": page,
            "rows": presenters.rows_of(page, at=at, day=day),
            "total": Programme.objects.known_at(at).count() if chosen else len(ordered),
            "when_right": [(status, WHEN_RIGHT[status]) for status in Status],
        },
    )


@public
@require_safe
def programme_detail(request, slug):
    moment = request.moment
    page = presenters.programme_page(slug, at=moment.at, day=moment.today)
    if page is None:
        return _nothing_said_yet(request, slug)
    metrics = metric_presenters.of_programme(page.programme, at=moment.at, day=moment.today)
    return render(request, "programmes/detail.html", {"page": page, "metrics": metrics})


@public
@require_safe
def programme_updates(request, slug):
    moment = request.moment
    programme = (
        Programme.objects.known_at(moment.at).with_profile(moment.at).filter(slug=slug).first()
    )
    if programme is None:
        return _nothing_said_yet(request, slug)
    updates = programme.updates.ever_said(moment.at)
    page = Paginator(updates, ON_A_PAGE).get_page(request.GET.get("page"))
    newest = programme.updates.live(moment.at).newest_first().first()
    told = presenters.told_updates(page, newest=newest, at=moment.at, day=moment.today)
    return render(
        request,
        "programmes/updates.html",
        {"programme": programme, "page": page, "told": told},
    )


@public
@require_safe
def goals(request):
    moment = request.moment
    at, day = moment.at, moment.today
    known = presenters.goals(Goal.objects.known_at(at).with_profile(at))
    metrics = metric_presenters.by_goal(MetricGoal.objects.applying(at), at=at, day=day)
    return render(
        request,
        "programmes/goals.html",
        {
            "objectives": presenters.objectives(ObjectiveMeaning.objects.live(at)),
            "goals": [(goal, metrics.get(goal.pk, [])) for goal in known],
        },
    )


def _nothing_said_yet(request, slug):
    known_later = Programme.objects.ever_known().filter(slug=slug)
    return nothing_said_yet(request, known_later, "programmes/not_yet.html")
