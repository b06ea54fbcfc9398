"""The public page of objectives and goals."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import public
from bhcp_portal.kit.addresses import note_old_slugs
from programmes.models import Goal, MetricGoal, MetricProgramme, ObjectiveMeaning, ProgrammeProfile
from programmes.presenters.goals import goal_row, in_order, measures_of_goals, objectives
from programmes.presenters.metric_links import by_goal, programmes_by_metric


@public
@require_safe
def goals(request):
    moment = request.moment
    at, day = moment.at, moment.today
    known = in_order(Goal.objects.known_at(at).with_profile(at))
    note_old_slugs(known)
    measures = by_goal(MetricGoal.objects.applying(at), at=at, day=day)
    working = programmes_by_metric(MetricProgramme.objects.applying(at).by_programme(at))
    rows = [goal_row(goal, measures.get(goal.pk, []), working) for goal in known]
    return render(
        request,
        "programmes/goals.html",
        {
            "objectives": objectives(
                ObjectiveMeaning.objects.live(at).with_sources(at),
                ProgrammeProfile.objects.live(at).values_list("objectives", flat=True),
            ),
            "goals": rows,
            "followed": [row for row in rows if row.measures],
            "measures": measures_of_goals(rows),
            "others": [row for row in rows if not row.measures],
        },
    )
