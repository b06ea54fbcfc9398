"""Taking back what was published by mistake, and the second look at that."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError, IncompleteError
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.afterwards import afterwards, afterwards_of_all
from bhcp_portal.kit.editor.editors import editor_called, editor_carrying
from bhcp_portal.kit.editor.forms import (
    MistakeForm,
)
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.editor.reach import (
    TAKE_BACK,
    Reach,
    may_take_back,
    second_look,
    thing_reached,
)
from bhcp_portal.kit.editor.views.guards import (
    of_kind,
    proposal_or_404,
    refusal_words,
    sent_of,
)
from bhcp_portal.kit.editor.words import ThingNames, cells_in_short, row_words, short
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.review_views import look_at
from bhcp_portal.kit.staff_views import not_sent

MOST_NAMED = 50
# In a sentence.
MOST_LISTED = 5


@staff_only(TAKE_BACK)
@of_kind("approver")
def record_take_back(request, of, pk):
    """Take back a statement that was published by mistake."""
    row = get_object_or_404(of.model.objects.published(), pk=pk)
    if not may_take_back(request.user, of, thing_reached(of, row), request.moment.at):
        raise Http404
    back = reverse("staff:record_row", args=[of.slug, pk])
    if row.taken_back_at:
        messages.info(request, "It is taken back already.")
        return redirect(back)
    if whole := actions.decided_with(of, row):
        refused = actions.BlockedError(actions.PART_OF_AN_END, whole)
        messages.info(request, refusal_words(request, refused))
        return redirect(back)
    if refused := _leads_to_it([row]):
        messages.info(request, refusal_words(request, refused))
        return redirect(back)
    form = MistakeForm(sent_of(request))
    if request.method == "POST" and form.is_valid():
        return _take_back(request, of, row, form, back)
    names = ThingNames(request.moment.at)
    words = row_words(row, editor_called(of.slug), of, names)
    context = {
        "kind": of,
        "row": row,
        "words": words,
        "form": form,
        "back": back,
        "afterwards": afterwards(of, row, names),
        "second_look": _second_look(request, of, row),
    }
    return render(request, "kit/editor/take_back.html", context)


def _leads_to_it(rows):
    """Why rows are not taken back while others lead to what they name; ``None`` if none do."""
    try:
        actions.require_nothing_leads_to(rows)
    except IncompleteError as refused:
        return refused
    return None


def _second_look(request, of, row):
    """Who looks at it, once the person who asks has taken a row back."""
    at, thing = request.moment.at, thing_reached(of, row)
    return second_look(lambda person: may_take_back(person, of, thing, at), by=request.user, at=at)


@recently_confirmed
def _take_back(request, of, row, form, back):
    reason = form.cleaned_data["reason"]
    try:
        actions.take_back_at_once(
            kind=of, row=row, reason=reason, by=request.user, at=request.moment.at
        )
    except ActionError as refused:
        messages.info(request, f"{refused}{not_sent(reason)}")
        return redirect(back)
    stands = afterwards(of, row, ThingNames(request.moment.at)).sentence
    messages.success(request, f"It is taken back. {stands} {_second_look(request, of, row)}")
    return redirect(back)


@staff_only(TAKE_BACK)
@of_kind("approver")
def proposal_take_back(request, of, pk):
    """Take back all that a proposal put on the record, such as the rows of a file."""
    found = proposal_or_404(request, pk)
    if found.rows[0]["kind"] != of.slug:
        raise Http404
    if not Reach(request.user, request.moment.at).may_all("approver", found):
        raise PermissionDenied
    standing = actions.still_standing(found) if found.state == State.PUBLISHED else []
    if not (standing or found.is_unfinished):
        messages.info(request, "Nothing of it stands that could be taken back.")
        return redirect(found)
    if later := actions.built_on(found):
        refused = actions.BlockedError(actions.BUILT_ON, later)
        messages.info(request, refusal_words(request, refused))
        return redirect(found)
    if refused := _leads_to_it(actions.results_of(standing)):
        messages.info(request, refusal_words(request, refused))
        return redirect(found)
    form, names = MistakeForm(sent_of(request)), ThingNames(request.moment.at)
    then = afterwards_of_all(standing, names, most=MOST_NAMED)
    if request.method == "POST" and form.is_valid():
        return _take_back_all(request, found, form, then)
    left = [row for row in found.proposed if row.result and row not in standing]
    context = {
        "proposal": found,
        "standing": standing,
        "afterwards": then,
        "corrections": len([row for row in standing if row not in found.proposed]),
        "left": [cells_in_short(row.editor, row.cells, names) for row in left[:MOST_NAMED]],
        "left_count": len(left),
        "form": form,
        "second_look": _second_look_at_all(request, found),
    }
    return render(request, "kit/editor/take_back_all.html", context)


def _second_look_at_all(request, found):
    at = request.moment.at
    return second_look(
        lambda person: Reach(person, at).may_all("approver", found), by=request.user, at=at
    )


@recently_confirmed
def _take_back_all(request, found, form, then):
    reason = form.cleaned_data["reason"]
    try:
        done = actions.take_back_all(
            proposal=found, reason=reason, by=request.user, at=request.moment.at
        )
    except ActionError as refused:
        messages.info(request, f"{refused}{not_sent(reason)}")
        return redirect(found)
    if done == found:
        messages.success(request, "It is called off.")
        return redirect(found)
    number = len(done.rows)
    rows = f"{number:,} row{'s are' if number > 1 else ' is'} taken back."
    messages.success(request, f"{rows} {then.sentence} {_second_look_at_all(request, found)}")
    return redirect(found)


@staff_only(TAKE_BACK)
@of_kind("approver")
def proposal_review(request, of, pk):
    """The page on which another person looks at a taking back."""
    found = get_object_or_404(Proposal.objects.done_at_once().of_kind(of.slug), pk=pk)
    if not Reach(request.user, request.moment.at).may_review(found):
        raise Http404
    names, [row, *others] = ThingNames(request.moment.at), found.proposed
    old = row.replaced()
    about = row_words(old, editor_called(row.kind), row.of_kind, names)
    if others:
        about = f"{found.title.removeprefix('Taken back: ')}. The first row: {about}"

    since = [_named(each, names) for each in actions.published_since(found)]
    if_not = "it is published again, from now on."
    if since:
        if_not = "that is kept, with what you write." if not others else if_not
        if_not += f" This was published of the same since, and stays: {_listed(since)}."

    def act(**how):
        stays = [_named(each, names) for each in actions.review(proposal=found, **how)]
        if not stays or how["agrees"]:
            return ""
        again = "What nobody followed stands again. " if others else "Your words are kept. "
        return f"{again}This was published since, and stays: {_listed(stays)}."

    return look_at(
        request,
        found.done_at_once,
        act,
        about=about,
        title=f"{of.many if others else of.one}: taken back",
        if_not=if_not,
        trail=[("The record", reverse("staff:record"))],
        back=reverse("staff:record_row", args=[row.kind, old.pk]),
        refusal=refusal_words,
        facts=[] if others else [afterwards(row.of_kind, old, names).sentence],
    )


def _named(row, names):
    kind = kind_of(type(row))
    return f"“{short(row_words(row, editor_carrying(kind.slug), kind, names))}”"


def _listed(words):
    more = f" and {len(words) - MOST_LISTED} more" if len(words) > MOST_LISTED else ""
    return ", ".join(words[:MOST_LISTED]) + more
