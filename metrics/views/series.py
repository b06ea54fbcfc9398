"""Staff pages of a measure in one scope: targets, re-bases and notes on the chart."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import GoneError, SamePersonError, StaleError, had_hand_in
from bhcp_portal.kit.staff_views import CONFLICT, conflict_of, perform, say_public
from metrics import actions, staff_presenters
from metrics.forms.cards import CardDecisionForm
from metrics.forms.series import ChartNoteForm, RebaseForm, TargetForm
from metrics.models import Metric, Rebase
from metrics.views.cards import FORM, accessible_metric, form_page
from partners.roles import CHANGE_METRICS


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_target(request, slug):
    """Set a target of a metric. It is public at once."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    form = _of_series(TargetForm, request, found, at=request.moment.at)
    try:
        if perform(request, form, actions.set_target):
            say_public(request, "The target is set and public.", found)
            return redirect("staff:metric", found.slug)
    except StaleError as refused:
        initial = staff_presenters.target_initial(refused.row)
        sentence = staff_presenters.target_stands(refused.row)
        conflict = conflict_of(form, refused.row, initial, sentence)
        context = form_page(found, form, "Set a target", "Set and publish")
        return render(request, FORM, context | {"conflict": conflict}, status=CONFLICT)
    return render(request, FORM, form_page(found, form, "Set a target", "Set and publish"))


@staff_only(CHANGE_METRICS)
def metric_rebase(request, slug):
    """Propose that limits start anew; another person approves it."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    form = _of_series(RebaseForm, request, found)
    if perform(request, form, actions.propose_rebase):
        messages.success(request, "The re-base is proposed. Another person now approves it.")
        return redirect("staff:metric", found.slug)
    return render(request, FORM, form_page(found, form, "Propose a re-base", "Propose"))


@staff_only(CHANGE_METRICS)
@recently_confirmed
def rebase_decide(request, pk):
    """Approve a re-base that another person proposed, or throw the proposal away."""
    within = Metric.objects.accessible_to(request.user, CHANGE_METRICS, request.moment.at)
    draft = get_object_or_404(
        Rebase.objects.drafts()
        .filter(series__metric__in=within)
        .select_related("author", "series__metric", "series__icc", "series__partner"),
        pk=pk,
    )
    found = accessible_metric(request, draft.series.metric.slug, CHANGE_METRICS)
    form = CardDecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at, by = request.moment.at, request.user
        try:
            if form.cleaned_data["decision"] == "publish":
                actions.approve_rebase(rebase=draft, by=by, at=at)
                say_public(request, "The re-base is approved and public.", found)
            else:
                reason = form.cleaned_data["reason"]
                actions.refuse_rebase(rebase=draft, reason=reason, by=by, at=at)
                messages.success(request, "The proposal was thrown away. Nothing public changed.")
            return redirect("staff:metric", found.slug)
        except SamePersonError:
            form.add_error(None, "You proposed it, so another person approves it.")
        except GoneError as refused:
            messages.info(request, str(refused))
            return redirect("staff:metric", found.slug)
    context = {
        "metric": found,
        "form": form,
        "rebase": draft,
        "is_own": had_hand_in(draft, request.user),
    }
    return render(request, "metrics/staff/rebase_decide.html", context)


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_note(request, slug):
    """Add a note on what happened in a period. It is public at once."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    form = _of_series(ChartNoteForm, request, found)
    if perform(request, form, actions.note_chart):
        say_public(request, "The note is on the chart.", found)
        return redirect("staff:metric", found.slug)
    return render(
        request, FORM, form_page(found, form, "Add a note to the chart", "Add and publish")
    )


def _of_series(form, request, found, **options):
    """A ``SeriesForm`` of this class, with the scopes of a metric as choices."""
    scopes = staff_presenters.scopes_of(found, at=request.moment.at, day=request.moment.today)
    data = request.POST if request.method == "POST" else None
    return form(data, metric=found, scopes=scopes, **options)
