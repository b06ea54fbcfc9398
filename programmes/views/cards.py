"""Staff pages of metrics: the list, the card and who checks it, targets, re-bases, notes on charts and links."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html

from bhcp_portal.kit.access import recently_confirmed, staff_only
from partners.roles import CHANGE_METRICS, SEE_METRICS
from programmes import intake, metric_desk
from programmes.actions import metrics as actions
from programmes.actions.work import IncompleteError, SamePersonError, StaleError
from programmes.forms.metrics import (
    CardForm,
    ChartNoteForm,
    CheckForm,
    LinkForm,
    NewCardForm,
    RebaseForm,
    TakeBackForm,
    TargetForm,
)
from programmes.models import Metric, Rebase

CONFLICT = 409
FORM = "programmes/staff/metric_form.html"


@staff_only(SEE_METRICS)
def metrics(request):
    """Every metric within the person's reach: its last number, what is expected, what waits."""
    rows = metric_desk.rows(request.user, SEE_METRICS, request.moment)
    context = {"rows": rows, "may_change": request.user.has_perm(CHANGE_METRICS)}
    return render(request, "programmes/staff/metrics.html", context)


@staff_only(SEE_METRICS)
def metric(request, slug):
    """One metric: what to do, its card, targets, re-bases and notes."""
    found = _metric(request, slug, SEE_METRICS)
    context = metric_desk.desk(found, request.moment) | {
        "may_change": _reaches(request, found, CHANGE_METRICS),
    }
    return render(request, "programmes/staff/metric.html", context)


# -- cards ----------------------------------------------------------------------------------------


@staff_only(CHANGE_METRICS)
def metric_add(request):
    """Begin a metric: its code and the draft of its card."""
    form = NewCardForm(
        request.POST if request.method == "POST" else None,
        at=request.moment.at,
        owners=request.user.partners_with(CHANGE_METRICS),
        initial=metric_desk.NEW_CARD,
    )
    if draft := _done(request, form, actions.add_metric):
        messages.success(request, "The card is saved. Another person now checks it.")
        return redirect("staff:metric", draft.metric.slug)
    context = {"form": form, "title": "Add a metric", "button": "Save the card"}
    return render(request, FORM, context)


@staff_only(CHANGE_METRICS)
def metric_card(request, slug):
    """Write the draft of a newer card."""
    at = request.moment.at
    found = _metric(request, slug, CHANGE_METRICS)
    standing = found.profiles.live(at).first()
    before = found.profiles.drafts().first() or standing
    form = CardForm(
        request.POST if request.method == "POST" else None,
        at=at,
        owners=request.user.partners_with(CHANGE_METRICS),
        metric=found,
        standing=standing,
        initial=metric_desk.on_the_card(before) | {"seen": actions.fingerprint(before)},
    )
    try:
        if _done(request, form, actions.write_card, metric=found):
            messages.success(request, "The card is saved. Another person now checks it.")
            return redirect("staff:metric", found.slug)
    except StaleError as refused:
        return _stale(request, form, found, refused.row)
    return render(request, FORM, _page(found, form, "Change the card", "Save the card"))


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_check(request, slug):
    """Publish the card that another person wrote, or throw it away."""
    found = _metric(request, slug, CHANGE_METRICS)
    draft = found.profiles.drafts().select_related("author").first()
    if draft is None:
        messages.info(request, "No card waits to be checked.")
        return redirect("staff:metric", found.slug)
    initial = {"seen": actions.fingerprint(draft)}
    form = CheckForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _check(request, found, draft, form.cleaned_data)
        except SamePersonError:
            form.add_error(None, "You wrote this card, so another person publishes it.")
        except StaleError:
            messages.info(request, "The card changed meanwhile. Read it again, then decide.")
            return redirect("staff:metric_check", found.slug)
        except actions.GoneError as refused:
            messages.info(request, str(refused))
            return redirect("staff:metric", found.slug)
    standing = found.profiles.live(request.moment.at).first()
    changed, same = metric_desk.compared(draft, standing)
    context = {
        "metric": found,
        "form": form,
        "draft": draft,
        "standing": standing,
        "changed": changed,
        "same": same,
        "is_own": draft.author_id == request.user.pk,
    }
    return render(request, "programmes/staff/metric_check.html", context)


def _check(request, found, draft, said):
    at, by = request.moment.at, request.user
    if said["decision"] == "publish":
        actions.publish_card(card=draft, seen=said["seen"], by=by, at=at)
        _tell(request, "The card is published.", found)
        return redirect("staff:metric", found.slug)
    actions.discard_card(card=draft, reason=said["reason"], by=by, at=at)
    messages.success(request, "The draft was thrown away. Nothing public changed.")
    return redirect("staff:metrics")


# -- targets, re-bases, notes ----------------------------------------------------------------------


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_target(request, slug):
    """Say what a metric should reach; public at once."""
    found = _metric(request, slug, CHANGE_METRICS)
    form = _of_series(TargetForm, request, found, at=request.moment.at)
    try:
        if _done(request, form, actions.set_target):
            _tell(request, "The target is set and public.", found)
            return redirect("staff:metric", found.slug)
    except StaleError as refused:
        form.now_seen(refused.row)
        form.add_error("reason", metric_desk.target_stands(refused.row))
    return render(request, FORM, _page(found, form, "Set a target", "Set and publish"))


@staff_only(CHANGE_METRICS)
def metric_rebase(request, slug):
    """Propose that limits start anew; another person approves it."""
    found = _metric(request, slug, CHANGE_METRICS)
    form = _of_series(RebaseForm, request, found)
    if _done(request, form, actions.propose_rebase):
        messages.success(request, "The re-base is proposed. Another person now approves it.")
        return redirect("staff:metric", found.slug)
    return render(request, FORM, _page(found, form, "Propose a re-base", "Propose"))


@staff_only(CHANGE_METRICS)
@recently_confirmed
def rebase_decide(request, pk):
    """Approve a re-base that another person proposed, or throw the proposal away."""
    within = Metric.objects.within_reach(request.user, CHANGE_METRICS, request.moment.at)
    draft = get_object_or_404(
        Rebase.objects.drafts()
        .filter(series__metric__in=within)
        .select_related("author", "series__metric", "series__icc", "series__partner"),
        pk=pk,
    )
    found = _metric(request, draft.series.metric.slug, CHANGE_METRICS)
    form = CheckForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at, by = request.moment.at, request.user
        try:
            if form.cleaned_data["decision"] == "publish":
                actions.approve_rebase(rebase=draft, by=by, at=at)
                _tell(request, "The re-base is approved and public.", found)
            else:
                reason = form.cleaned_data["reason"]
                actions.refuse_rebase(rebase=draft, reason=reason, by=by, at=at)
                messages.success(request, "The proposal was thrown away. Nothing public changed.")
            return redirect("staff:metric", found.slug)
        except SamePersonError:
            form.add_error(None, "You proposed it, so another person approves it.")
        except actions.GoneError as refused:
            messages.info(request, str(refused))
            return redirect("staff:metric", found.slug)
    context = {
        "metric": found,
        "form": form,
        "rebase": draft,
        "is_own": draft.author_id == request.user.pk,
    }
    return render(request, "programmes/staff/rebase_decide.html", context)


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_note(request, slug):
    """Say what happened in a period; public at once."""
    found = _metric(request, slug, CHANGE_METRICS)
    form = _of_series(ChartNoteForm, request, found)
    if _done(request, form, actions.note_chart):
        _tell(request, "The note is on the chart.", found)
        return redirect("staff:metric", found.slug)
    return render(request, FORM, _page(found, form, "Add a note to the chart", "Add and publish"))


# -- links ----------------------------------------------------------------------------------------


@staff_only(CHANGE_METRICS)
@recently_confirmed
def metric_links(request, slug):
    """What a metric is linked to, and a form to link it to one more; public at once."""
    at = request.moment.at
    found = _metric(request, slug, CHANGE_METRICS)
    if found.profile is None:
        messages.info(request, "Its card is not public yet. Another person checks it first.")
        return redirect("staff:metric", found.slug)
    form = LinkForm(request.POST if request.method == "POST" else None, at=at)
    if _done(request, form, actions.link_metric, metric=found):
        _tell(request, "The link is public.", found)
        return redirect("staff:metric_links", found.slug)
    context = {"metric": found, "form": form, "links": metric_desk.links(found, at)}
    return render(request, "programmes/staff/metric_links.html", context)


@staff_only(CHANGE_METRICS)
@recently_confirmed
def link_take_back(request, slug, kind, pk):
    """Say that a link of a metric no longer applies; public at once."""
    found = _metric(request, slug, CHANGE_METRICS)
    links = {
        (each.kind, each.said.pk): each for each in metric_desk.links(found, request.moment.at)
    }
    link = links.get((kind, pk))
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    try:
        if link and _done(request, form, actions.take_back_link, link=link.said):
            _tell(request, "The link is taken back.", found)
            return redirect("staff:metric_links", found.slug)
    except StaleError:
        link = None
    if link is None:
        messages.info(request, "That link was taken back or changed meanwhile. Nothing was saved.")
        return redirect("staff:metric_links", found.slug)
    title = f"Take back the link to {link.name} ({kind})"
    return render(request, FORM, _page(found, form, title, "Take it back"))


# -- what the views share -------------------------------------------------------------------------


def _metric(request, slug, permission):
    """A metric within the person's reach, with its card: the published one, else the draft."""
    at = request.moment.at
    found = get_object_or_404(
        metric_desk.reached(request.user, permission, at).with_profile(at), slug=slug
    )
    found.card = found.profile or found.profiles.drafts().first()
    return found


def _reaches(request, found, permission):
    if not request.user.has_perm(permission):
        return False
    return (
        metric_desk.reached(request.user, permission, request.moment.at)
        .filter(pk=found.pk)
        .exists()
    )


def _of_series(form, request, found, **options):
    """A form of what is said of a metric in one of its places."""
    scopes = intake.scopes_of(found, at=request.moment.at, day=request.moment.today)
    data = request.POST if request.method == "POST" else None
    return form(data, metric=found, scopes=scopes, **options)


def _done(request, form, act, **about):
    """What an action made of what a form says; ``None`` where none was sent, or something is wrong in it."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act(**form.said, **about, by=request.user, at=request.moment.at)
    except IncompleteError as refused:
        for field, sentence in refused.faults:
            form.add_error(field, sentence)
        return None


def _page(found, form, title, button):
    return {"metric": found, "form": form, "title": title, "button": button}


def _stale(request, form, found, row):
    """Somebody wrote on the card in between: their words beside, one's own still in the boxes."""
    form.add_error(None, "Somebody changed this card meanwhile. Nothing was saved.")
    context = _page(found, form, "Change the card", "Save the card")
    context |= {"meanwhile": row, "is_locked": True}
    return render(request, FORM, context, status=CONFLICT)


def _tell(request, words, found):
    """Say what happened, with a way to the public page."""
    link = '{} <a class="nhsuk-notification-banner__link" href="{}">See the public page</a>'
    messages.success(request, format_html(link, words, found.get_absolute_url()))
