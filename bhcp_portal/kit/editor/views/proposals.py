"""The page of a proposal: sent, approved, returned or deleted; and its preview."""

from urllib.parse import urlencode

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError, IncompleteError, seen_token
from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.decisions import say_decided
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.actions import BlockedError
from bhcp_portal.kit.editor.editors import beginnings
from bhcp_portal.kit.editor.files import counted
from bhcp_portal.kit.editor.forms import (
    ProposalForm,
)
from bhcp_portal.kit.editor.presenters import (
    early_ends,
    grouped,
    look_again,
    public_pages,
    shown_rows,
    steps_of,
    still_empty,
)
from bhcp_portal.kit.editor.preview import page_of, preview
from bhcp_portal.kit.editor.proposal import Act, Proposal, State, Why
from bhcp_portal.kit.editor.reach import TAKE_BACK, Reach
from bhcp_portal.kit.editor.views.files import takes_file
from bhcp_portal.kit.editor.views.finding import thing_address
from bhcp_portal.kit.editor.views.guards import (
    SEE,
    SEE_HISTORY,
    may_begin,
    proposal_or_404,
    refusal_words,
    sent_of,
)
from bhcp_portal.kit.editor.words import ThingNames, cells_in_short
from bhcp_portal.kit.kinds import kind_called, kind_of
from bhcp_portal.kit.staff_views import ask_to_delete, not_sent, say_public
from bhcp_portal.kit.waiting import next_step

# Of one kind, each with what changes in it; of several kinds, folded in groups.
ROWS_SHOWN, ROWS_IN_GROUPS = 20, 100
PUBLIC_NOW = "It is public now."
COMES = (
    "It is approved. Readers see from now on what is to come. The rest goes on the record on {}."
)
COMES_WHOLE = "It is approved. It goes on the record on {}, and is public then."


@staff_only(SEE)
def proposal(request, pk):
    """A proposal beside what stands, and what its reader may do with it."""
    found = proposal_or_404(request, pk)
    reach = Reach(request.user, request.moment.at)
    writes, decides = (reach.may_all(role, found) for role in ("writer", "approver"))
    wrote = Proposal.objects.written_by(request.user).filter(pk=found.pk).exists()
    # What was sent is its author's to change until it is decided on: who decides approves or returns.
    is_sent = found.state == State.SUBMITTED
    may_edit = writes and found.is_open and (wrote or not is_sent)
    may_send = may_edit and not is_sent
    may_decide = decides and is_sent and (found.takes_one or not wrote)
    makes_public = may_send and found.takes_one and decides
    may_recall = may_edit and is_sent
    refused = None
    if found.is_open and (writes or decides):
        refused = actions.refusal_of(found, at=request.moment.at)
    may_approve = may_decide and refused is None
    offered = [
        *["approve"] * may_approve,
        *["return"] * may_decide,
        *["send"] * may_send,
        *["recall"] * may_recall,
        *["drop"] * may_edit,
    ]
    form = ProposalForm(
        sent_of(request),
        initial={"seen": seen_token(found)},
        offered=offered,
        is_of_another=may_edit and found.author != request.user,
    )
    if request.method == "POST" and form.is_valid():
        answer = _decide(request, found, form, writes=writes, decides=decides)
        if answer is not None:
            return answer
    names, rows = ThingNames(request.moment.at), found.proposed
    most = ROWS_SHOWN if len({row.kind for row in rows}) == 1 else ROWS_IN_GROUPS
    page = Paginator(list(enumerate(rows, start=1)), most).get_page(request.GET.get("page"))
    shown = shown_rows(found, names, page)
    may_take_back = decides and request.user.has_perm(TAKE_BACK) and _stands(found)
    later = actions.built_on(found) if may_take_back else None
    # Nothing is to be done any more about what was taken back.
    stands = not actions.is_taken_back(found)
    context = {
        "proposal": found,
        "state": _state(found),
        "page": page,
        "is_folded": found.state == State.PUBLISHED,
        "folded_as": "What was approved" if found.waits_for else "What was published",
        "waiting": _waiting(rows, names) if found.waits_for else [],
        "rows": shown,
        "groups": grouped(shown, names),
        "pages": public_pages(shown, names),
        "counts": counted(rows) if len(rows) > 1 else [],
        "form": form,
        "may_edit": may_edit,
        "may_complete": writes and found.is_open,
        "may_decide": may_decide,
        "may_replace": may_edit and takes_file(found),
        "taken_back": _taken_back(found),
        "refusal": refusal_words(request, refused)
        if refused and (may_decide or isinstance(refused, BlockedError))
        else "",
        **_left_out(request, found),
        "early_ends": early_ends(found, names) if stands else [],
        "look_again": look_again(found, names) if writes and stands else [],
        "may_review": decides and request.user.has_perm(TAKE_BACK),
        "may_take_back": may_take_back,
        "not_before": refusal_words(request, BlockedError(actions.BUILT_ON, later))
        if later
        else "",
        "makes_public": makes_public,
        "first_button": "Make it public" if makes_public else "",
        "is_own": wrote and is_sent and not found.takes_one,
        "next": _next_one(found, request.user) if writes else "",
        "next_words": "Add another from the same source"
        if _has_source(rows[0]) and not found.begun
        else "Add another",
        "things": _things_begun(found, request.user, names) if stands else [],
        "steps": steps_of(found, names)
        if writes or decides or reach.may_any(SEE_HISTORY, found)
        else [],
    }
    return render(request, "kit/editor/proposal.html", context)


def _waiting(rows, names):
    """The rows of an approved proposal that are not on the record yet, a line each."""
    return [
        f"{row.of_kind.one}: {cells_in_short(row.editor, row.cells, names)}"
        for row in rows
        if not row.result
    ]


def _state(found):
    """Where a proposal is, as its page and readers of it call it."""
    if actions.is_taken_back(found):
        return "Taken back"
    if day := found.waits_for:
        return f"Approved for {day_in_words(day)}"
    return found.get_state_display()


def _left_out(request, found):
    """What is still to be said in a proposal, or in one sentence why it can't be as it is."""
    try:
        return {"left_out": actions.left_out(found)}
    except IncompleteError as refused:
        return {"in_the_way": refusal_words(request, refused)}


def _first(made):
    """The kind of the first statement that was put on the record, and that statement."""
    return kind_of(type(made[0])), made[0]


def _stands(found):
    """Whether something is left that may be taken back together, or called off."""
    return found.state == State.PUBLISHED and bool(
        found.is_unfinished or actions.still_standing(found)
    )


def _taken_back(found):
    """What was last taken back of a published proposal, as it was done; ``None`` if nothing was."""
    by_kind: dict[str, list[int]] = {}
    for row in found.proposed if found.state == State.PUBLISHED else ():
        by_kind.setdefault(row.kind, []).append(row.result)
    for kind, results in by_kind.items():
        ended = kind_called(kind).model.objects.filter(pk__in=results, taken_back_at__isnull=False)
        if last := ended.order_by("-taken_back_at").first():
            return Proposal.objects.done_at_once().on(kind, last.pk).first()
    return None


def _things_begun(found, person, names):
    """The thing that began with a proposal, once it is public: its name, its page, what is still empty.

    Things that belong to it, such as its milestones, are left out.
    """
    if found.state != State.PUBLISHED:
        return []
    things = [
        model.objects.filter(slug=slug).first() or thing_once_at(model, slug)
        for label, slug in found.begun[:1]
        for model in [apps.get_model(label)]
    ]
    return [
        (
            names.of(type(thing), thing.slug),
            thing_address(thing),
            still_empty(thing, person, names),
        )
        for thing in things
    ]


def _next_one(found, person):
    """The address on which one more of the same kind and source is added; empty if there is none.

    After a thing began, one more thing of its kind. A name alone is not followed by another.
    """
    first = found.proposed[0]
    if first.act != Act.ADD or found.state == State.DROPPED:
        return ""
    if found.begun:
        again = (each for each in beginnings() if each.parts[0].kind == first.kind)
        beginning = next((each for each in again if may_begin(person, each)), None)
        return reverse("staff:record_begin", args=[beginning.name]) if beginning else ""
    if first.editor.begins or first.editor.names:
        return ""
    if first.of_kind.has_own_pages:
        return ""
    kept = {name: first.cells[name] for name, _ in first.editor.references[:1]}
    query = urlencode(kept | {"why": first.why, "source": first.cells.get("source", "")})
    return f"{reverse('staff:record_add', args=[first.kind])}?{query}"


def _has_source(row):
    return row.why == Why.DOCUMENT and bool(row.cells.get("source"))


@recently_confirmed
def _decide(request, found, form, *, writes, decides):
    """Carry out the button that was pressed; ``None`` if the form now has errors."""
    chosen, seen = form.cleaned_data["decision"], form.cleaned_data["seen"]
    how = {"proposal": found, "by": request.user, "at": request.moment.at}
    if not (decides if chosen in ("approve", "return") else writes):
        raise PermissionDenied
    if chosen == "drop" and not form.cleaned_data["sure"]:
        kept = {"decision": chosen, "seen": seen, "remarks": form.cleaned_data["remarks"]}
        return ask_to_delete(request, found.title, back=found.get_absolute_url(), **kept)
    try:
        if chosen == "send":
            sent = actions.send(seen=seen, **how)
            if sent.takes_one and decides:
                made = actions.approve(seen=seen_token(sent), **how)
                say_public(request, PUBLIC_NOW, page_of(*_first(made)))
            else:
                words = next_step(sent, request.moment.at, "Another person approves it.")
                messages.success(request, f"It is sent. {words}")
        elif chosen == "recall":
            actions.recall(seen=seen, **how)
            messages.success(request, "It is taken back. What was written is kept as a draft.")
        elif chosen == "drop":
            actions.drop(reason=form.cleaned_data["remarks"], **how)
            messages.success(request, "It is deleted. Nothing public changed.")
            return redirect("staff:record")
        elif chosen == "approve":
            made = actions.approve(seen=seen, **how)
            found.refresh_from_db()
            day = found.waits_for and day_in_words(found.waits_for)
            if made:
                words = COMES.format(day) if day else PUBLIC_NOW
                say_decided(request, words, page_of(*_first(made)))
            else:
                say_decided(request, COMES_WHOLE.format(day))
        else:
            actions.send_back(seen=seen, remarks=form.cleaned_data["remarks"], **how)
            say_decided(request, "It is returned to its author.")
        return redirect(found)
    except BlockedError as refused:
        form.add_error(None, refusal_words(request, refused))
        return None
    except IncompleteError as refused:
        for field, sentence in refused.errors:
            form.add_error(field if field in form.fields else None, sentence)
        return None
    except ActionError as refused:
        words = not_sent(form.cleaned_data["remarks"])
        messages.info(request, f"{refused} Read it again, then decide.{words}")
        return redirect(found)


@require_safe
@staff_only(SEE)
def proposal_preview(request, pk):
    """The public page as it would be once a proposal is approved."""
    found = proposal_or_404(request, pk)
    if not found.is_open:
        messages.info(request, "This was decided already.")
        return redirect(found)
    try:
        row = request.GET.get("row", "")
        return preview(found, request, row=int(row) if row.isdecimal() and len(row) < 6 else 0)
    except ActionError as refused:
        messages.info(request, f"This can’t be shown yet. {refused}")
        return redirect(found)
