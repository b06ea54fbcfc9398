"""Staff pages of the programmes and goals that a measure is linked to."""

from django.contrib import messages
from django.shortcuts import redirect, render

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import StaleError
from bhcp_portal.kit.editor.reach import may_take_back
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.staff_views import perform
from bhcp_portal.kit.waiting import next_step
from metrics.views.cards import FORM, accessible_metric, form_page
from partners.roles import CHANGE_METRICS
from programmes import actions, staff_presenters
from programmes.forms.metric_links import LinkForm, TakeBackForm
from programmes.models import MetricProgramme


@staff_only(CHANGE_METRICS)
def metric_links(request, slug):
    """Show the links of a metric, with a form to propose one; another person publishes it."""
    at = request.moment.at
    found = accessible_metric(request, slug, CHANGE_METRICS)
    if found.profile is None:
        messages.info(request, "Its card is not public yet. Another person checks it first.")
        return redirect("staff:metric", found.slug)
    form = LinkForm(request.POST if request.method == "POST" else None, at=at)
    if draft := perform(request, form, actions.propose_link, metric=found):
        messages.success(request, f"The link is proposed. {next_step(draft, at)}")
        return redirect("staff:metric_links", found.slug)
    context = {
        "metric": found,
        "form": form,
        "links": staff_presenters.metric_links(found, at),
        "may_take_back": may_take_back(request.user, kind_of(MetricProgramme), found, at),
    }
    return render(request, "programmes/staff/metric_links.html", context)


@staff_only(CHANGE_METRICS)
def link_take_back(request, slug, kind, pk):
    """Propose to take back a link of a metric; another person publishes that."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    links = {
        (each.kind, each.statement.pk): each
        for each in staff_presenters.metric_links(found, request.moment.at)
    }
    link = links.get((kind, pk))
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    try:
        if link and (
            draft := perform(request, form, actions.propose_link_end, link=link.statement)
        ):
            words = next_step(draft, request.moment.at)
            messages.success(request, f"To take the link back is proposed. {words}")
            return redirect("staff:metric_links", found.slug)
    except StaleError:
        link = None
    if link is None:
        messages.info(request, "That link was taken back or changed meanwhile. Nothing was saved.")
        return redirect("staff:metric_links", found.slug)
    title = f"Take back the link to {link.name} ({kind})"
    return render(request, FORM, form_page(found, form, title, "Take it back"))
