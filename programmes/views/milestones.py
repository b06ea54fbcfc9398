"""Staff pages of milestones: add one, or report a change of one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import StaleError, seen_token
from bhcp_portal.kit.staff_views import CONFLICT, Conflict, say_public
from partners.roles import MOVE_MILESTONE
from programmes import actions, staff_presenters
from programmes.forms.milestones import MilestoneChange, MilestoneChangeForm, MilestoneForm
from programmes.models import Milestone
from programmes.views.programmes import accessible_programme


@staff_only(MOVE_MILESTONE)
@recently_confirmed
def milestone_add(request, slug):
    """Add a milestone; it is public at once."""
    found = accessible_programme(request, slug, MOVE_MILESTONE)
    form = MilestoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        milestone = actions.add_milestone(
            programme=found,
            title=cleaned["title"],
            description=cleaned["description"],
            due_as=cleaned["due"],
            is_critical=cleaned["is_critical"],
            by=request.user,
            at=request.moment.at,
        )
        say_public(request, f"“{cleaned['title']}” was added and is public.", milestone)
        return redirect("staff:programme", found.slug)
    return render(
        request, "programmes/staff/milestone_add.html", {"form": form, "programme": found}
    )


@staff_only(MOVE_MILESTONE)
@recently_confirmed
def milestone(request, slug):
    """Report a change of a milestone, such as done, moved or dropped; it is public at once."""
    at = request.moment.at
    found = get_object_or_404(
        Milestone.objects.known_at(at)
        .with_dates(at)
        .accessible_to(request.user, MOVE_MILESTONE, at)
        .select_related("programme"),
        slug=slug,
    )
    owner = accessible_programme(request, found.programme.slug, MOVE_MILESTONE)
    # The form is checked against the statement that this person had before them. The action
    # then checks that this is still the current one.
    versions = {seen_token(each): each for each in found.statements}
    seen = versions.get(request.POST.get("seen"), found.current)
    form = MilestoneChangeForm(
        request.POST if request.method == "POST" else None,
        now=seen,
        today=request.moment.today,
    )
    conflict = None
    if request.method == "POST" and form.is_valid():
        try:
            new = _change(found, form.cleaned_data, by=request.user, at=at)
        except StaleError as refused:
            if staff_presenters.says_change(refused.row, form.cleaned_data, by=request.user):
                messages.info(request, "This was saved already, so nothing was saved twice.")
                return redirect("staff:programme", owner.slug)
            form, conflict = _again(request, form, refused.row)
        else:
            words = f"“{new.title}”: {MilestoneChange(form.cleaned_data['change']).label.lower()}. It is public."
            say_public(request, words, found)
            return redirect("staff:programme", owner.slug)
    context = {"form": form, "milestone": found, "programme": owner, "conflict": conflict}
    return render(
        request, "programmes/staff/milestone.html", context, status=CONFLICT if conflict else 200
    )


def _again(request, form, row):
    """A pair: the form with the person's words, checked anew, and the ``Conflict`` to show."""
    data = request.POST.copy()
    data["seen"] = seen_token(row)
    again = MilestoneChangeForm(data, now=row, today=request.moment.today)
    return again, Conflict(staff_presenters.milestone_stands(row), lines=[])


def _change(milestone, cleaned, *, by, at):
    """Carry out the change that the form asks for, and give the new statement."""
    common = {"milestone": milestone, "seen": cleaned["seen"], "by": by, "at": at}
    match cleaned["change"]:
        case MilestoneChange.DONE:
            return actions.finish_milestone(done_as=cleaned["done"], **common)
        case MilestoneChange.MOVED:
            return actions.move_milestone(
                due_as=cleaned["due"], reason=cleaned["because"], **common
            )
        case MilestoneChange.DROPPED:
            return actions.drop_milestone(reason=cleaned["because"], **common)
        case _:
            return actions.start_milestone(reason=cleaned["because"], **common)
