"""The page on which several proposals of one kind are decided, each by itself."""

import re
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.html import format_html

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError, seen_token
from bhcp_portal.kit.decisions import say_decided
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.forms import OneOfSeveralForm
from bhcp_portal.kit.editor.presenters import ShownRow, shown_rows
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.editor.reach import Reach
from bhcp_portal.kit.editor.views.guards import SEE, editor_or_404, of_kind, refusal_words
from bhcp_portal.kit.editor.words import ThingNames
from bhcp_portal.kit.staff_views import not_sent

ON_A_PAGE = 20
NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class OneOfSeveral:
    """A proposal on the page, its rows beside what stands, and the form that decides on it."""

    proposal: Proposal
    rows: list[ShownRow]
    form: OneOfSeveralForm

    @property
    def errors(self):
        """Pairs of a sentence that names the proposal, and the field that it is about."""
        return [
            (f"{self.proposal.title}: {error}", field)
            for field in self.form
            for error in field.errors
        ]


@staff_only(SEE)
@of_kind("approver")
def record_decide(request, of):
    """What waits of a kind, each with its differences and decided by itself, with one button.

    One whose decision lacks its words stays on the page with what was written; the others are
    carried out.
    """
    editor_or_404(of)
    reach = Reach(request.user, request.moment.at)
    listed = Proposal.objects.of_kind(of.slug).select_related("author", "submitted_by")
    if request.method == "POST":
        sent = _shown(request, _sent(request, listed, reach))
        kept = [each for each in sent if not each.form.is_valid()]
        if len(kept) < len(sent):
            _decide(request, [each for each in sent if each not in kept], kept=len(kept))
        if not kept:
            return redirect("staff:record_decide", of.slug)
        context = {"shown": kept, "errors": [line for each in kept for line in each.errors]}
    else:
        waiting = listed.filter(state=State.SUBMITTED).order_by("submitted_at", "pk")
        own = set(waiting.written_by(request.user).values_list("pk", flat=True))
        waiting = [each for each in waiting if reach.may_all("approver", each)]
        decided = [each for each in waiting if each.takes_one or each.pk not in own]
        page = Paginator(decided, ON_A_PAGE).get_page(request.GET.get("page"))
        shown = _shown(request, page)
        context = {"shown": shown, "page": page, "own": len(waiting) - len(decided)}
    return render(request, "kit/editor/decide.html", {"kind": of, **context})


def _sent(request, listed, reach):
    """The proposals of a sent form that the person decides on, whatever became of them since."""
    numbers = [int(each) for each in request.POST.getlist("proposal") if NUMBER.fullmatch(each)]
    found = listed.exclude(state=State.AT_ONCE).in_bulk(numbers[:ON_A_PAGE])
    sent = [found[number] for number in dict.fromkeys(numbers) if number in found]
    return [each for each in sent if reach.may_all("approver", each)]


def _shown(request, proposals):
    names = ThingNames(request.moment.at)
    sent = request.POST if request.method == "POST" else None
    return [
        OneOfSeveral(
            each,
            shown_rows(each, names),
            OneOfSeveralForm(
                sent,
                prefix=f"of-{each.pk}",
                title=each.title,
                initial={"seen": seen_token(each), "decision": "leave"},
            ),
        )
        for each in proposals
    ]


@recently_confirmed
def _decide(request, shown, *, kept):
    """Carry out each decision in a transaction of its own, and say what became of them.

    ``kept``: how many more stay on the page.
    """
    public = returned = 0
    for each in shown:
        chosen = each.form.cleaned_data
        how = {"seen": chosen["seen"], "by": request.user, "at": request.moment.at}
        try:
            if chosen["decision"] == "approve":
                actions.approve(proposal=each.proposal, **how)
                public += 1
            elif chosen["decision"] == "return":
                actions.send_back(proposal=each.proposal, remarks=chosen["remarks"], **how)
                returned += 1
        except ActionError as refused:
            why = refusal_words(request, refused), not_sent(chosen["remarks"])
            words = format_html("“{}” stays as it is. {}{}", each.proposal.title, *why)
            messages.warning(request, words)
    done = f"Public now: {public}. Returned: {returned}."
    if kept:
        messages.info(request, f"{done} Not decided yet: {kept}. See below what is missing.")
    elif public or returned:
        say_decided(request, done)
    elif not any(each.form.cleaned_data["decision"] != "leave" for each in shown):
        messages.info(request, "You left all of them as they are.")
