"""Taking back what was published by mistake, and the second look at that."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.forms import (
    MistakeForm,
)
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.editor.reach import may, thing_reached
from bhcp_portal.kit.editor.views.guards import TAKE_BACK, of_kind, sent_of
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.review_views import look_at
from bhcp_portal.kit.staff_views import not_sent


@staff_only(TAKE_BACK)
@of_kind("approver")
def record_take_back(request, of, pk):
    """Take back a statement that was published by mistake."""
    row = get_object_or_404(of.model.objects.published(), pk=pk)
    if not of.takes_back or not may(
        request.user, of.approver, of, thing_reached(of, row), request.moment.at
    ):
        raise Http404
    back = reverse("staff:record_row", args=[of.slug, pk])
    if row.taken_back_at:
        messages.info(request, "It is taken back already.")
        return redirect(back)
    form = MistakeForm(sent_of(request))
    if request.method == "POST" and form.is_valid():
        return _take_back(request, of, row, form, back)
    names = ThingNames(request.moment.at)
    words = row_words(row, editor_called(of.slug), of, names)
    context = {"kind": of, "row": row, "words": words, "form": form, "back": back}
    return render(request, "kit/editor/take_back.html", context)


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
    messages.success(
        request, "It is taken back. Another person looks at it within three working days."
    )
    return redirect(back)


@staff_only(TAKE_BACK)
@of_kind("approver")
def proposal_review(request, of, pk):
    """The page on which another person looks at a taking back."""
    found = get_object_or_404(Proposal.objects.done_at_once().of_kind(of.slug), pk=pk)
    [row] = found.proposed
    old = row.replaced()
    if not may(request.user, of.approver, of, thing_reached(of, old), request.moment.at):
        raise Http404
    names = ThingNames(request.moment.at)

    def act(**how):
        actions.review(proposal=found, **how)

    return look_at(
        request,
        found.done_at_once,
        act,
        about=row_words(old, editor_called(row.kind), of, names),
        title=f"{of.one}: taken back",
        if_not="it is published anew, from now on.",
        trail=[("The record", reverse("staff:record"))],
        back=reverse("staff:record_row", args=[row.kind, old.pk]),
    )
