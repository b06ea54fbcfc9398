"""Staff pages on which programmes end or pause: one by itself, or several that nobody ever reported on."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import IncompleteError
from bhcp_portal.kit.editor.actions import BlockedError, InWorkError
from bhcp_portal.kit.editor.proposal import Why, grounds_for
from bhcp_portal.kit.editor.sources import ground
from bhcp_portal.kit.editor.views.guards import refusal_words
from bhcp_portal.kit.editor.views.sources import ask_source, choose_again, has_ground
from bhcp_portal.kit.editor.words import ThingNames
from partners.roles import MOVE_MILESTONE, SEE_PROGRAMMES, WRITE_PROGRAMMES, WRITE_STATUS
from programmes import actions
from programmes.actions.endings import (
    EndRestsOn,
    Outcome,
    end_in_work,
    ends_to_come,
    is_half_ended,
    last_end,
    says_an_end,
)
from programmes.forms.endings import PAUSE, STEP, EndingForm
from programmes.models import Programme
from programmes.staff_presenters import never_reported, staff_programmes
from programmes.views.programmes import accessible_programme, is_accessible


@staff_only(WRITE_PROGRAMMES)
def programme_end(request, slug):
    """Say that a programme has finished, was stopped or became part of another, and from when."""
    found = accessible_programme(request, slug, WRITE_PROGRAMMES)
    last = last_end(found, request.moment.at)
    # Of what its last status says already only the rest is asked.
    outcomes = (
        [Outcome(last.status)] if last else [Outcome.FINISHED, Outcome.STOPPED, Outcome.MERGED]
    )
    return _end(request, [found], outcomes, back=reverse("staff:programme", args=[slug]))


@require_safe
@staff_only(SEE_PROGRAMMES)
def programmes_never_reported(request):
    """The programmes that are late because nobody ever reported on them, to end or pause together."""
    at = request.moment.at
    within = Programme.objects.accessible_to(request.user, SEE_PROGRAMMES, at)
    chosen = request.GET.getlist("programme")
    if chosen:
        query = urlencode({"programmes": ",".join(chosen)})
        return redirect(f"{reverse('staff:programmes_end')}?{query}")
    found = never_reported(within, at=at)
    may_end, may_pause = (
        _accessible(request.user, permission, [each.programme for each in found], at)
        for permission in (WRITE_PROGRAMMES, WRITE_STATUS)
    )
    context = {
        "programmes": [(each, each.programme.pk in may_end) for each in found],
        "may_end": bool(may_end),
        "may_pause": bool(may_end & may_pause),
        "none_chosen": "choose" in request.GET,
    }
    return render(request, "programmes/staff/never_reported.html", context)


@staff_only(WRITE_PROGRAMMES)
def programmes_end(request):
    """End or pause several programmes, named in the address, by one proposal."""
    at, named = (
        request.moment.at,
        [*filter(None, request.GET.get("programmes", "").replace("\x00", "").split(","))],
    )
    if not named:
        messages.info(request, "Choose one or more programmes first.")
        return redirect("staff:programmes_never_reported")
    programmes = Programme.objects.filter(slug__in=named).known_at(at).with_profile(at)
    found = list(programmes.accessible_to(request.user, WRITE_PROGRAMMES, at).order_by("slug"))
    if len(found) != len(set(named)):
        raise Http404
    outcomes = [Outcome.FINISHED, Outcome.STOPPED]
    if len(_accessible(request.user, WRITE_STATUS, found, at)) == len(found):
        outcomes.append(Outcome.PAUSED)
    return _end(request, found, outcomes, back=reverse("staff:programmes_never_reported"))


def _accessible(person, permission, programmes, at):
    """The keys of those programmes for which a person has a permission."""
    if not person.has_perm(permission):
        return set()
    within = Programme.objects.accessible_to(person, permission, at)
    return set(within.filter(pk__in=[each.pk for each in programmes]).values_list("pk", flat=True))


def _end(request, programmes, outcomes, *, back):
    at, names = request.moment.at, [each.profile.name for each in programmes]
    for programme in programmes:
        if (end := programme.end_at(at)) and not is_half_ended(programme, at):
            page = reverse("staff:record_thing", args=["programme", programme.slug])
            words = format_html('{}. <a href="{}">Correct that end</a>.', end.words, page)
            messages.error(request, words)
            return redirect(back)
    to_come = ends_to_come()
    for programme in programmes:
        if end := to_come.get(programme.slug):
            refused = BlockedError(
                f"{end.words} Move or call off that end instead: {{it}}.", end.proposal
            )
            messages.error(request, refusal_words(request, refused))
            return redirect(back)
    # What is paused changes none of it, but nobody pauses what is to end.
    other = end_in_work(programmes, at) if request.method == "GET" else None
    if other and (Outcome.PAUSED not in outcomes or says_an_end(other)):
        messages.error(request, refusal_words(request, InWorkError(other, request.user)))
        return redirect(back)
    act = "End or pause" if Outcome.PAUSED in outcomes else "End"
    title = f"{act} {names[0] if len(names) == 1 else f'{len(names)} programmes'}"
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=title, choices=grounds_for())
    sent = request.POST if request.method == "POST" else None
    given = sent or request.GET
    why = Why.DOCUMENT if given.get("why") == Why.DOCUMENT else Why.NOW
    rests_on = {"why": why, "source": given.get("source", "")}
    still_open = _still_open(request, programmes)
    form = EndingForm(
        sent,
        initial=rests_on,
        programmes=programmes,
        others=_others(programmes, at),
        outcomes=outcomes,
        open_milestones=len(still_open),
        at=at,
    )
    if sent and form.is_valid():
        try:
            return redirect(_propose(form, by=request.user, at=at))
        except BlockedError as refused:
            form.add_error(None, refusal_words(request, refused))
        except IncompleteError as refused:
            for field, sentence in refused.errors:
                form.add_error(field, sentence)
    context = {
        "title": title,
        "names": names,
        "still_open": still_open,
        "may_pause": Outcome.PAUSED in outcomes,
        "form": form,
        **ground(why, rests_on["source"], ThingNames(at)),
        "choose_again": choose_again(request, given),
        "back": back,
    }
    return render(request, "programmes/staff/end.html", context)


def _still_open(request, programmes):
    """The milestones of programmes that are still open: each with the page on which it is changed or,
    for who may not change it, that of its programme.
    """
    found, at = [], request.moment.at
    for programme in programmes:
        may_move = is_accessible(request, programme, MOVE_MILESTONE)
        for each in programme.milestones.known_at(at).with_dates(at):
            if each.current.is_open:
                own = reverse("staff:milestone", args=[each.slug])
                page = own if may_move else reverse("staff:programme", args=[programme.slug])
                found.append((each.current.title, page))
    return found


def _others(programmes, at):
    """The programmes that those may become part of: of one whose last status names it, that one."""
    found = _going_on(at).order_by(Programme.name_at("pk", at), "pk")
    last = last_end(programmes[0], at) if len(programmes) == 1 else None
    if last and last.merged_into_id:
        found = Programme.objects.known_at(at).with_profile(at).filter(pk=last.merged_into_id)
    return found.exclude(pk__in=[each.pk for each in programmes])


def _going_on(at):
    """The programmes that another may become part of: those that have not ended."""
    known = Programme.objects.known_at(at)
    goes_on = [each.programme.pk for each in staff_programmes(known, at=at) if not each.is_over]
    return known.with_profile(at).filter(pk__in=goes_on)


def _propose(form, *, by, at):
    cleaned = form.cleaned_data
    common = {
        "programmes": form.programmes,
        "words": cleaned["words"],
        "ground": EndRestsOn(Why(cleaned["why"]), cleaned["source"]),
        "by": by,
        "at": at,
    }
    asked = form.asks.get(cleaned["outcome"], ())
    if cleaned["outcome"] == Outcome.PAUSED:
        owner, day = (cleaned[name] if name in asked else None for name in PAUSE)
        return actions.propose_pause(owner=owner or "", decided_on=day, **common)
    step = {name: str(cleaned[name]) for name in STEP if name in asked}
    return actions.propose_end(
        outcome=Outcome(cleaned["outcome"]),
        ends=cleaned["ends"],
        merged_into=cleaned["merged_into"] if "merged_into" in asked else None,
        step=step,
        **common,
    )
