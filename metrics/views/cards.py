"""Staff pages of measures: the list, one measure, its card and who checks it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import (
    GoneError,
    SamePersonError,
    StaleError,
    had_hand_in,
    seen_token,
)
from bhcp_portal.kit.decisions import DiscardForm, decided_before, say_decided
from bhcp_portal.kit.editor.reach import may_take_back
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.staff_views import CONFLICT, conflict_of, gone, not_sent, perform
from bhcp_portal.kit.waiting import next_step
from metrics import actions, staff_presenters
from metrics.forms.cards import CardForm, NewCardForm
from metrics.models import Metric, MetricProfile
from partners.roles import CHANGE_METRICS, SEE_METRICS

FORM = "metrics/staff/metric_form.html"
LONGEST_KEY = 18


@staff_only(SEE_METRICS)
def metrics(request):
    """Every metric accessible to the person: its last number, what is expected, what waits."""
    rows = staff_presenters.rows(request.user, SEE_METRICS, request.moment)
    context = {"rows": rows, "may_change": request.user.has_perm(CHANGE_METRICS)}
    return render(request, "metrics/staff/metrics.html", context)


@staff_only(SEE_METRICS)
def metric(request, slug):
    """One metric: what to do, its card, targets, re-bases and notes."""
    found = accessible_metric(request, slug, SEE_METRICS)
    context = staff_presenters.metric_context(found, request.moment) | {
        "may_change": is_accessible(request, found, CHANGE_METRICS),
        "may_take_back": may_take_back(
            request.user, kind_of(MetricProfile), found, request.moment.at
        ),
        "record": reverse("staff:record_thing", args=["metric", found.slug]),
    }
    return render(request, "metrics/staff/metric.html", context)


@staff_only(CHANGE_METRICS)
def metric_add(request):
    """Add a metric: its code and the draft of its card."""
    form = NewCardForm(
        request.POST if request.method == "POST" else None,
        at=request.moment.at,
        owners=request.user.partner_scope(CHANGE_METRICS),
        initial=staff_presenters.NEW_CARD,
    )
    if draft := perform(request, form, actions.add_metric):
        messages.success(request, _saved(draft, request.moment.at))
        return redirect("staff:metric", draft.metric.slug)
    context = {"form": form, "title": "Add a measure", "button": "Save the card"}
    return render(request, FORM, context)


def _saved(draft, at):
    return f"The card is saved. {next_step(draft, at, 'Another person now checks it.')}"


@staff_only(CHANGE_METRICS)
def metric_card(request, slug):
    """Write the draft of a metric's next card."""
    at = request.moment.at
    found = accessible_metric(request, slug, CHANGE_METRICS)
    standing = found.profiles.live(at).first()
    before = found.profiles.drafts().first() or standing
    form = CardForm(
        request.POST if request.method == "POST" else None,
        at=at,
        owners=request.user.partner_scope(CHANGE_METRICS),
        metric=found,
        standing=standing,
        initial=staff_presenters.card_initial(before),
    )
    try:
        if draft := perform(request, form, actions.write_card, metric=found):
            messages.success(request, _saved(draft, request.moment.at))
            return redirect("staff:metric", found.slug)
    except StaleError as refused:
        if refused.row is None:
            sentence = "The draft was deleted while you were writing."
            return gone(request, CardForm, sentence, reverse("staff:metric", args=[found.slug]))
        initial = staff_presenters.card_initial(refused.row)
        sentence = (
            "The draft that you had before you is gone. This is the public card."
            if refused.row.is_published
            else f"{refused.row.author or 'Somebody'} wrote on this card before you did."
        )
        conflict = conflict_of(form, refused.row, initial, sentence)
        context = form_page(found, form, "Change the card", "Save the card")
        return render(request, FORM, context | {"conflict": conflict}, status=CONFLICT)
    return render(request, FORM, form_page(found, form, "Change the card", "Save the card"))


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_check(request, slug):
    """Publish the card that another person wrote, or delete it."""
    sent = request.POST.get("seen", "").partition("-")[0]
    if sent.isdecimal() and len(sent) <= LONGEST_KEY:
        within = Metric.objects.accessible_with_drafts(
            request.user, CHANGE_METRICS, request.moment.at
        )
        if answer := decided_before(request, kind_of(MetricProfile), int(sent), within):
            return answer
    found = accessible_metric(request, slug, CHANGE_METRICS)
    draft = found.profiles.drafts().select_related("author").first()
    if draft is None:
        messages.info(request, "No card waits to be checked.")
        return redirect("staff:metric", found.slug)
    is_own = had_hand_in(draft, request.user)
    form = DiscardForm(
        request.POST if request.method == "POST" else None,
        initial={"seen": seen_token(draft)},
        is_own=is_own,
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _decide(request, found, draft, form.cleaned_data)
        except SamePersonError:
            form.add_error(None, "You wrote in this card, so another person publishes it.")
        except StaleError:
            words = not_sent(form.cleaned_data["remarks"])
            messages.info(
                request, f"The card changed meanwhile. Read it again, then decide.{words}"
            )
            return redirect("staff:metric_check", found.slug)
        except GoneError as refused:
            messages.info(request, f"{refused}{not_sent(form.cleaned_data['remarks'])}")
            return redirect("staff:metric", found.slug)
    standing = found.profiles.live(request.moment.at).first()
    changed, same = staff_presenters.compared(draft, standing)
    context = {
        "metric": found,
        "form": form,
        "draft": draft,
        "standing": standing,
        "changed": changed,
        "same": same,
        "is_own": is_own,
    }
    return render(request, "metrics/staff/metric_check.html", context)


def _decide(request, found, draft, cleaned):
    how = {"card": draft, "seen": cleaned["seen"], "by": request.user, "at": request.moment.at}
    if cleaned["decision"] == "publish":
        actions.publish_card(**how)
        say_decided(request, "The card is published.", found)
        return redirect("staff:metric", found.slug)
    actions.discard_card(reason=cleaned["remarks"], **how)
    say_decided(request, "The draft was deleted. Nothing public changed.")
    return redirect("staff:metrics")


# -- shared with the other staff views of a measure -------------------------------------------------


def accessible_metric(request, slug, permission):
    """A metric accessible to the person, with ``card``: its live card, or else the draft.

    Raises ``Http404`` if it is not accessible with this permission.
    """
    at = request.moment.at
    metrics = Metric.objects.accessible_with_drafts(request.user, permission, at)
    found = get_object_or_404(metrics.with_profile(at), slug=slug)
    found.card = found.profile or found.profiles.drafts().first()
    return found


def is_accessible(request, found, permission):
    """Whether a metric is accessible to the person with this permission."""
    if not request.user.has_perm(permission):
        return False
    metrics = Metric.objects.accessible_with_drafts(request.user, permission, request.moment.at)
    return metrics.filter(pk=found.pk).exists()


def form_page(found, form, title, button):
    """The context of a page with a form about a metric."""
    return {"metric": found, "form": form, "title": title, "button": button}
