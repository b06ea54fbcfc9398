"""The staff pages on which communities become one, or one becomes several."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import ActionError, seen_token
from bhcp_portal.kit.dates import Present, day_in_words
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.proposal import Why, grounds_for
from bhcp_portal.kit.editor.sources import ground
from bhcp_portal.kit.editor.views.guards import linked, proposal_or_404, refusal_words, sent_of
from bhcp_portal.kit.editor.views.sources import ask_source, choose_again, has_ground
from bhcp_portal.kit.editor.words import ThingNames, names_to_choose
from iccs.changing import (
    changes_in,
    current,
    feeding,
    left_behind,
    listed,
    moving_rows,
    near_names,
    require_it_fits,
    to_end,
    words_of,
)
from iccs.editing import new_community
from iccs.forms import MergeForm, MovesForm, SplitForm
from iccs.models import ClinicalNetwork, IccProfile
from partners.roles import KEEP_RECORD

MERGE, SPLIT = "Communities become one", "A community becomes several"


@staff_only(KEEP_RECORD, for_all=True)
def community_merge(request):
    """Several communities become one: a few questions, then what moves."""
    return _change(request, MergeForm, MERGE)


@staff_only(KEEP_RECORD, for_all=True)
def community_split(request):
    """One community becomes several: a few questions, then who takes what."""
    return _change(request, SplitForm, SPLIT)


def _change(request, form_class, title):
    names = ThingNames(Present.now(request.moment.at.tzinfo))
    if len(current(names.at, request.moment.today)) < form_class.fewest:
        messages.info(request, form_class.TOO_FEW)
        return redirect("staff:record")
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=title, choices=grounds_for())
    given = request.POST or request.GET
    why = given.get("why") if given.get("why") in grounds_for() else Why.NOW
    form = form_class(
        request.POST if request.method == "POST" else None,
        names=names,
        day=request.moment.today,
        initial={"why": why, "source": given.get("source", ""), **form_class.begun_of(request.GET)},
    )
    context = {"title": title, "form": form, "choose_again": choose_again(request, request.GET)}
    context |= ground(why, given.get("source", ""), names)
    context["to_end"] = [
        (each.words, each.proposal and linked(request, each.proposal))
        for each in to_end(request.moment.today, names.at)
    ]
    if not form.is_valid() or request.POST.get("step") == "back":
        return render(request, "iccs/staff/change.html", context)
    return _what_moves(request, form, names, context)


def _what_moves(request, form, names, context):
    """The page of what moves; sent, it becomes one proposal."""
    change = form.change()
    found = moving_rows(change.ended, change.day, names)
    networks = sorted(names_to_choose(ClinicalNetwork, names.at).items(), key=lambda each: each[1])
    moves = MovesForm(
        request.POST if request.POST.get("step") == "send" else None,
        change=change,
        found=found,
        networks=networks,
        profiles=form.profiles.values(),
    )
    if moves.is_valid():
        try:
            for icc in change.ended:
                for part in change.parts:
                    require_it_fits(icc, part.icc, change.day, names.at)
            proposal = actions.begin(
                rows=moves.proposed(),
                title=_title(change, form)[:300],
                by=request.user,
                at=request.moment.at,
                make=new_community if moves.new else None,
            )
            return redirect(proposal)
        except ActionError as refused:
            moves.add_error(None, refusal_words(request, refused))
    context |= {
        "change": change,
        "form": moves,
        "answers": form,
        "becomes": _title(change, form),
        "day": day_in_words(change.day),
        "ended": [form.profiles[icc.code] for icc in change.ended],
        "record": reverse("staff:record_add", args=["populations"]),
        "near": near_names(change, names.at),
        "words": [words for words, _ in words_of(change, names.at)],
        "others": _others(request, change, names.at),
    }
    return render(request, "iccs/staff/moves.html", context)


def _others(request, change, now):
    """The approved changes to come that this one meets: a line, its proposal, and what to do."""
    going = [*change.ended, *(part.icc for part in change.parts if part.icc)]
    found = []
    for each in feeding(going, min(change.day, request.moment.today), now):
        end = each.end
        if end.successor not in change.ended:
            effect = f"What both bring comes to {end.successor_name} on the earlier day."
        elif end.ended_on < change.day:
            effect = f"What {end.successor_name} has with it by then moves too."
        else:
            effect = (
                f"{end.successor_name} would have ended by then. Choose a day after "
                f"{day_in_words(end.ended_on)}, or take that change back first."
            )
        found.append((each.words, each.proposal and linked(request, each.proposal), effect))
    return found


@staff_only(KEEP_RECORD, for_all=True)
def community_left(request, pk):
    """What a proposal in which communities end would leave behind: asked, and added to it."""
    found = proposal_or_404(request, pk)
    names = ThingNames(request.moment.at)
    rows = found.proposed if found.is_open else []
    try:
        actions.left_out(found)
    except ActionError as refused:
        messages.info(request, refusal_words(request, refused))
        return redirect(found)
    left = [(each, left_behind(each, rows, names)) for each in changes_in(rows, names)]
    change, moving = next(((c, m) for c, m in left if any(m.values())), (None, {}))
    if change is None:
        messages.info(request, "Nothing is left behind.")
        return redirect(found)
    moves = MovesForm(
        sent_of(request),
        change=change,
        found=moving,
        profiles=IccProfile.objects.live(names.at).filter(icc__in=change.ended),
        initial={"seen": seen_token(found)},
    )
    if request.method == "POST" and moves.is_valid():
        try:
            actions.edit(
                proposal=found,
                rows=rows + moves.added(rows),
                title=found.title,
                seen=moves.cleaned_data["seen"],
                by=request.user,
                at=request.moment.at,
            )
            messages.success(request, "It is added. Send the proposal for approval.")
        except ActionError as refused:
            messages.info(request, f"{refused} Nothing was added.")
        return redirect(found)
    context = {"proposal": found, "form": moves, "day": day_in_words(change.day)}
    return render(request, "iccs/staff/left.html", context)


def _title(change, form):
    """``Castle and Bay become Lancaster``."""
    ended = listed(form.profiles[icc.code].name for icc in change.ended)
    verb = "become part of" if len(change.ended) > 1 else "becomes part of"
    if change.kind == SplitForm.kind:
        verb = "is split into"
    return f"{ended} {verb} {listed(part.name for part in change.parts)}"
