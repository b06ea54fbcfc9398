"""The page on which another person looks at what somebody did at once (``kit.reviews``)."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.html import format_html

from bhcp_portal.kit.actions import ActionError, StaleError
from bhcp_portal.kit.decisions import ReviewForm, say_decided
from bhcp_portal.kit.staff_views import not_sent


def look_at(request, done, act, *, about, title, if_not, trail, back, refusal=None, facts=()):
    """The page on which another person looks at what somebody did, and the answer to its form.

    ``act(seen=, agrees=, remarks=, by=, at=)`` records it; it may give words on what that came to. ``about``: the name of what it was done
    to. ``title`` says what was done, ``if_not`` what disagreeing does. ``trail``: pairs of a name
    and an address. ``back``: the address to go on to. ``refusal(request, refused)``: an ``ActionError``
    in words, with links. ``facts``: sentences on how things stand now.
    """
    waits = done is not None and done.review is None
    form = ReviewForm(request.POST or None, initial={"seen": done.seen if waits else ""})
    if request.method == "POST" and form.is_valid():
        agrees, remarks = form.cleaned_data["decision"] == "agree", form.cleaned_data["remarks"]
        try:
            words = act(
                seen=form.cleaned_data["seen"],
                agrees=agrees,
                remarks=remarks,
                by=request.user,
                at=request.moment.at,
            )
        except StaleError:
            words = "Somebody looked at this, or changed it, before you did."
            messages.info(request, f"{words}{not_sent(remarks)}")
        except ActionError as refused:
            words = refusal(request, refused) if refusal else str(refused)
            messages.error(request, format_html("{}{}", words, not_sent(remarks)))
        else:
            agreed = "You agreed, so it stays as it was decided."
            say_decided(request, words or (agreed if agrees else "It stands again."))
        return redirect(back)
    if not waits:
        messages.info(request, "Nothing waits to be looked at here.")
        return redirect(back)
    context = {
        "done": done,
        "is_own": done.by == request.user,
        "about": about,
        "title": title,
        "if_not": if_not,
        "facts": facts,
        "trail": trail,
        "form": form,
    }
    return render(request, "staff/review.html", context)
