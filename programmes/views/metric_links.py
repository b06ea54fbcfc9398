"""Staff pages of the programmes and goals that a measure is linked to."""

from django.contrib import messages
from django.shortcuts import redirect, render

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import StaleError
from bhcp_portal.kit.staff_views import perform, say_public
from metrics.views.cards import FORM, accessible_metric, form_page
from partners.roles import CHANGE_METRICS
from programmes import actions, staff_presenters
from programmes.forms.metric_links import LinkForm, TakeBackForm


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_links(request, slug):
    """Show the links of a metric, with a form to add one; a new link is public at once."""
    at = request.moment.at
    found = accessible_metric(request, slug, CHANGE_METRICS)
    if found.profile is None:
        messages.info(request, "Its card is not public yet. Another person checks it first.")
        return redirect("staff:metric", found.slug)
    form = LinkForm(request.POST if request.method == "POST" else None, at=at)
    if perform(request, form, actions.link_metric, metric=found):
        say_public(request, "The link is public.", found)
        return redirect("staff:metric_links", found.slug)
    context = {"metric": found, "form": form, "links": staff_presenters.metric_links(found, at)}
    return render(request, "programmes/staff/metric_links.html", context)


@staff_only(CHANGE_METRICS)
@recently_confirmed
def link_take_back(request, slug, kind, pk):
    """Take back a link of a metric; that is public at once."""
    found = accessible_metric(request, slug, CHANGE_METRICS)
    links = {
        (each.kind, each.statement.pk): each
        for each in staff_presenters.metric_links(found, request.moment.at)
    }
    link = links.get((kind, pk))
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    try:
        if link and perform(request, form, actions.take_back_link, link=link.statement):
            say_public(request, "The link is taken back.", found)
            return redirect("staff:metric_links", found.slug)
    except StaleError:
        link = None
    if link is None:
        messages.info(request, "That link was taken back or changed meanwhile. Nothing was saved.")
        return redirect("staff:metric_links", found.slug)
    title = f"Take back the link to {link.name} ({kind})"
    return render(request, FORM, form_page(found, form, title, "Take it back"))
