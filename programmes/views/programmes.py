"""Pages of programmes: the public list and page, and those for staff."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import opens, public, staff_only
from bhcp_portal.kit.as_at import not_known
from bhcp_portal.kit.editor.reach import may_take_back
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.pages import page_of
from bhcp_portal.kit.proposals import proposals
from iccs.models import joined
from partners.roles import (
    DECIDE_STATUS,
    MOVE_MILESTONE,
    SEE_PROGRAMMES,
    WRITE_PROGRAMMES,
    WRITE_STATUS,
)
from programmes.actions.endings import ends_to_come, is_half_ended
from programmes.editing import corrects_profile
from programmes.filters import NameForm, ProgrammeFilters
from programmes.models import Milestone, MilestoneDate, Programme, StatusUpdate
from programmes.models.status import WHEN_RIGHT, Status
from programmes.presenters.list import grouped, groups_of
from programmes.presenters.milestones import ENDED_WITH_IT
from programmes.presenters.programmes import programme_page
from programmes.staff_presenters import staff_programmes

ON_A_PAGE = 30


def _followed(icc, at, day):
    """What became of a community that had ended by a day, in lists of which one sentence tells each."""
    if icc is None:
        return []
    return joined(icc.successions.live(at).endings_by(day).with_names(at, day))


@public(takes=("page", "q", "status", "stage", "objective", "partner", "icc"))
@require_safe
def programme_list(request):
    moment = request.moment
    at, day = moment.at, moment.today
    filters = ProgrammeFilters(request.GET, at=at, day=day)
    chosen = filters.chosen()
    programmes = Programme.objects.chosen_by(**chosen, at=at)
    ordered, concerns = grouped(programmes, at=at, day=day)
    page = page_of(request, ordered, ON_A_PAGE)
    return render(
        request,
        "programmes/list.html",
        {
            "filters": filters,
            "is_filtered": bool(chosen),
            "has_filters": bool(chosen.keys() - {"q"}),
            "concerns": concerns,
            "page": page,
            "groups": groups_of(page, ordered, at=at, day=day),
            "total": Programme.objects.known_at(at).count() if chosen else len(ordered),
            "followed": _followed(chosen.get("icc"), at, day),
            "when_right": [(status, WHEN_RIGHT[status]) for status in Status],
        },
    )


@public
@require_safe
def programme_detail(request, slug):
    moment = request.moment
    page = programme_page(slug, at=moment.at, day=moment.today)
    if page is None:
        return programme_not_yet_known(request, slug)
    return render(request, "programmes/detail.html", {"page": page, "metrics": page.measures})


def programme_not_yet_known(request, slug):
    """The 404 page of a programme that is known today but was not at the moment.

    ``Http404`` if it is not known today either.
    """
    known_later = Programme.objects.ever_known().filter(slug=slug)
    return not_known(request, known_later, "programmes/not_yet.html")


@staff_only(SEE_PROGRAMMES)
def programmes(request):
    """Every programme that the person may see: how it stands and what is due. ``?q=``: by its name."""
    at = request.moment.at
    within = Programme.objects.accessible_to(request.user, SEE_PROGRAMMES, at)
    every, form = staff_programmes(within, at=at), NameForm(request.GET)
    words = form.cleaned_data["q"].lower().split() if form.is_valid() else []
    found = [each for each in every if all(word in each.name.lower() for word in words)]
    # Of those that are over nothing is due, so they are folded.
    over = [each for each in found if each.is_over]
    context = {
        "form": form,
        "is_any": bool(every),
        "words": words,
        "found": [each for each in found if not each.is_over],
        "over": over,
        "over_words": f"Over: {len(over)} programme{'s'[: len(over) != 1]}",
    }
    return render(request, "programmes/staff/list.html", context)


@staff_only(SEE_PROGRAMMES)
def programme(request, slug):
    """One programme: what to do, its milestones, and every update with its state."""
    at = request.moment.at
    found = accessible_programme(request, slug, SEE_PROGRAMMES)
    [shown] = staff_programmes(Programme.objects.filter(pk=found.pk), at=at)
    end = found.end_at(at)
    writes = is_accessible(request, found, WRITE_PROGRAMMES)
    ends = ends_to_come()
    to_come = ends.get(slug)
    context = {
        "staff_programme": shown,
        "updates": found.updates.published_by(at).newest_first().with_sources(at),
        "may_write": is_accessible(request, found, WRITE_STATUS),
        "refusal": with_record_link(
            request, found, StatusUpdate(programme=found, period=shown.period).refusal(at)
        ),
        "end": end,
        "only_closes": with_record_link(request, found, end.for_milestones if end else ""),
        "ended_with_it": ENDED_WITH_IT,
        "gone": _taken_back(found, at),
        "may_decide": is_accessible(request, found, DECIDE_STATUS),
        "may_end": writes and not to_come and (not shown.is_over or is_half_ended(found, at)),
        "to_come": to_come,
        "to_take_over": [(other, end) for other, end in ends.items() if end.into == slug],
        "moves_end": writes and to_come and corrects_profile(found),
        "may_move": is_accessible(request, found, MOVE_MILESTONE),
        "may_take_back": may_take_back(request.user, kind_of(MilestoneDate), found, at),
        "record": reverse("staff:record_thing", args=["programme", found.slug]),
        "proposals": proposals(kind_of(MilestoneDate), Programme.objects.filter(pk=found.pk)),
    }
    return render(request, "programmes/staff/programme.html", context)


def _taken_back(programme, at):
    """What was said last of each milestone of a programme of which nothing stands any more."""
    known = Milestone.objects.known_at(at)
    rows = MilestoneDate.objects.filter(milestone__programme=programme)
    rows = rows.exclude(taken_back_at=None).exclude(milestone__in=known)
    rows = rows.order_by("milestone_id", "-taken_back_at", "-pk").distinct("milestone")
    return rows.select_related("milestone")


# -- shared by the staff views ----------------------------------------------------------------------


def accessible_programme(request, slug, permission):
    """The programme with a slug, loaded ``with_profile``, if the person has a permission for it.

    ``Http404`` if there is none, or if it is another partner's.
    """
    at = request.moment.at
    programmes = Programme.objects.known_at(at).with_profile(at)
    return get_object_or_404(programmes.accessible_to(request.user, permission, at), slug=slug)


def with_record_link(request, programme, words):
    """A sentence on an end, with a link to what is said of the programme, if its reader may go there."""
    page = reverse("staff:record_thing", args=["programme", programme.slug])
    if not (words and opens(request.user, page)):
        return words
    return format_html('{} <a href="{}">See what is said of it</a>.', words, page)


def is_accessible(request, programme, permission):
    """Whether the person has a permission for a programme."""
    if not request.user.has_perm(permission):
        return False
    programmes = Programme.objects.filter(pk=programme.pk)
    return programmes.accessible_to(request.user, permission, request.moment.at).exists()
