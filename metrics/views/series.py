"""Staff pages of a measure in one scope: targets, re-bases and notes on the chart."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import StaleError
from bhcp_portal.kit.decisions import decided_before
from bhcp_portal.kit.proposal_views import decide
from bhcp_portal.kit.proposals import kinds_decided_by, proposals, thing_of
from bhcp_portal.kit.staff_views import CONFLICT, conflict_of, perform
from bhcp_portal.kit.waiting import next_step
from metrics import actions, staff_presenters
from metrics.forms.series import ChartNoteForm, RebaseForm, TargetForm
from metrics.models import Metric
from metrics.verdict import value_words
from metrics.views.cards import FORM, accessible_metric, form_page
from partners.roles import CHANGE_METRICS


@staff_only(CHANGE_METRICS)
def metric_target(request, slug):
    """Propose a target of a metric; another person publishes it."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    form = _of_series(TargetForm, request, found, at=request.moment.at)
    try:
        if draft := perform(request, form, actions.propose_target):
            words = f"The target is proposed. {next_step(draft, request.moment.at)}"
            messages.success(request, words)
            return redirect("staff:metric", found.slug)
    except StaleError as refused:
        initial = staff_presenters.target_initial(refused.row)
        sentence = staff_presenters.target_stands(refused.row)
        conflict = conflict_of(form, refused.row, initial, sentence)
        context = form_page(found, form, "Set a target", "Propose")
        return render(request, FORM, context | {"conflict": conflict}, status=CONFLICT)
    return render(request, FORM, form_page(found, form, "Set a target", "Propose"))


@staff_only(CHANGE_METRICS)
def metric_rebase(request, slug):
    """Propose that limits start anew; another person approves it."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    form = _of_series(RebaseForm, request, found)
    if draft := perform(request, form, actions.propose_rebase):
        words = f"The re-base is proposed. {next_step(draft, request.moment.at)}"
        messages.success(request, words)
        return redirect("staff:metric", found.slug)
    return render(request, FORM, form_page(found, form, "Propose a re-base", "Propose"))


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_proposal(request, kind, pk):
    """Publish what another person proposed to say of a measure, or delete it."""
    of = _kind_or_404(kind)
    within = Metric.objects.accessible_to(request.user, CHANGE_METRICS, request.moment.at)
    if answer := decided_before(request, of, pk, within):
        return answer
    found = get_object_or_404(proposals(of, within), pk=pk)
    own = accessible_metric(request, thing_of(found).slug, CHANGE_METRICS)
    back = reverse("staff:metric", args=[own.slug])
    trail = [("Measures", reverse("staff:metrics")), (own.card.name, back)]
    facts = staff_presenters.facts_beside(
        found, own, at=request.moment.at, day=request.moment.today
    )
    return decide(
        request,
        found,
        about=own.card.name,
        back=back,
        trail=trail,
        facts=facts,
        number_words=partial(value_words, profile=own.card),
    )


def _kind_or_404(name):
    """The kind that is proposed of a measure, by its model's name."""
    for kind in kinds_decided_by(CHANGE_METRICS):
        if kind.model._meta.model_name == name:
            return kind
    raise Http404


@staff_only(CHANGE_METRICS)
def metric_note(request, slug):
    """Propose a note on what happened in a period; another person publishes it."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    form = _of_series(ChartNoteForm, request, found)
    if draft := perform(request, form, actions.propose_note):
        words = f"The note is proposed. {next_step(draft, request.moment.at)}"
        messages.success(request, words)
        return redirect("staff:metric", found.slug)
    return render(request, FORM, form_page(found, form, "Add a note to the chart", "Propose"))


def _of_series(form, request, found, **options):
    """A ``SeriesForm`` of this class, with the scopes of a metric as choices."""
    scopes = staff_presenters.scopes_of(found, at=request.moment.at, day=request.moment.today)
    data = request.POST if request.method == "POST" else None
    return form(data, metric=found, scopes=scopes, **options)
