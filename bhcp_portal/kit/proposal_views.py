"""The page on which another person decides on a proposal (``kit.proposals``)."""

from django.contrib import messages
from django.shortcuts import redirect, render

from bhcp_portal.kit.actions import (
    GoneError,
    IncompleteError,
    SamePersonError,
    StaleError,
    had_hand_in,
)
from bhcp_portal.kit.decisions import DiscardForm, say_decided
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.numbers import number
from bhcp_portal.kit.proposals import (
    approve_proposal,
    compared,
    decision_token,
    refuse_proposal,
    standing_beside,
    thing_of,
)
from bhcp_portal.kit.staff_views import not_sent


def decide(request, proposal, *, about, back, trail, title="", facts=(), number_words=number):
    """Show a proposal beside what stands, and carry out what the person decides.

    ``about``: the name of its thing. ``back``: the address to go on to. ``trail``: pairs of a name
    and an address, for the way here. ``title``: what it is about, if its kind doesn't say enough.
    ``facts``: sentences that one needs beside it. ``number_words`` writes a number with its unit.
    """
    sent = request.POST if request.method == "POST" else None
    is_own = had_hand_in(proposal, request.user)
    refusal = proposal.refusal(request.moment.at)
    form = DiscardForm(
        sent,
        initial={"seen": decision_token(proposal)},
        is_own=is_own,
        offered=["discard"] if refusal else None,
    )
    if sent and form.is_valid():
        try:
            return _carry_out(request, proposal, form.cleaned_data, back)
        except SamePersonError:
            form.add_error(None, "You proposed it, so another person publishes it.")
        except IncompleteError as refused:
            form.add_error(None, f"{refused} Delete the draft, with the reason.")
        except StaleError:
            words = not_sent(form.cleaned_data["remarks"])
            messages.info(request, f"It changed meanwhile. Read it again, then decide.{words}")
            return redirect(request.path)
        except GoneError as refused:
            messages.info(request, f"{refused}{not_sent(form.cleaned_data['remarks'])}")
            return redirect(back)
    standing = standing_beside(proposal)
    changed, same = compared(proposal, standing, number_words)
    context = {
        "proposal": proposal,
        "title": title or kind_of(type(proposal)).one,
        "about": about,
        "facts": facts,
        "refusal": refusal,
        "trail": trail,
        "standing": standing,
        "changed": changed,
        "same": same,
        "form": form,
        "is_own": is_own,
    }
    return render(request, "staff/proposal.html", context)


def _carry_out(request, proposal, cleaned, back):
    how = {"proposal": proposal, "by": request.user, "at": request.moment.at}
    if cleaned["decision"] == "publish":
        approve_proposal(seen=cleaned["seen"], **how)
        say_decided(request, "It is published.", thing_of(proposal))
    else:
        refuse_proposal(reason=cleaned["remarks"], **how)
        say_decided(request, "The draft was deleted. Nothing public changed.")
    return redirect(back)
