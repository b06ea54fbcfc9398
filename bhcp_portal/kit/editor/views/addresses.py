"""The page on which the web address of a thing is changed: proposed by one, approved by another."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import ActionError, StaleError, seen_token
from bhcp_portal.kit.addresses import OldAddress, addressed, reached_with
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.actions import InWorkError
from bhcp_portal.kit.editor.forms import AddressForm
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.reach import may
from bhcp_portal.kit.editor.views.guards import refusal_words, sent_of
from bhcp_portal.kit.editor.words import ThingNames
from bhcp_portal.kit.kinds import kind_of, table_of

KIND = kind_of(OldAddress)


@staff_only(KIND.writer)
def record_address(request, model, slug):
    """Change the address of a thing. What is in work already goes on here."""
    at, by = request.moment.at, request.user
    models = {each._meta.model_name: each for each in addressed().values()}
    if model not in models:
        raise Http404
    thing = get_object_or_404(models[model].objects.ever_known(), slug=slug)
    if not address_to_change(by, thing, at):
        raise Http404
    table = table_of(models[model]).name
    proposal = Proposal.objects.open().moving(table, slug).first()
    cells = proposal.proposed[0].cells if proposal else {}
    initial = {
        "moved_to": cells.get("moved_to", slug),
        "reason": cells.get("reason", ""),
        "seen": seen_token(proposal),
    }
    form = AddressForm(thing, sent_of(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        moved = _propose(request, thing, table, form, proposal)
        if moved is not None:
            return redirect(moved)
    before, after = _around(thing)
    context = {
        "thing": thing,
        "name": ThingNames(at).of(type(thing), slug),
        "of": reverse("staff:record_thing", args=[model, slug]),
        "form": form,
        "before": before,
        "after": after,
        "now": f"{before}{slug}{after}",
        "proposal": proposal,
    }
    return render(request, "kit/editor/address.html", context)


def address_to_change(person, thing, at) -> str:
    """The page on which a person changes the address of a thing; empty text if they may not."""
    if not type(thing).PAGE or not may(person, KIND.writer, KIND, reached_with(thing), at):
        return ""
    return reverse("staff:record_address", args=[thing._meta.model_name, thing.slug])


def moving_address(row):
    """The page on which a change of address is gone on with."""
    model = addressed()[row.cells["table"]]
    return reverse("staff:record_address", args=[model._meta.model_name, row.cells["slug"]])


def _around(thing):
    """What stands before and after its slug in the whole address."""
    before, _, after = f"{settings.SITE_URL}{type(thing).page_of(thing.slug)}".rpartition(
        thing.slug
    )
    return before, after


def _propose(request, thing, table, form, proposal):
    """The proposal of the new address; ``None`` if the form now has errors."""
    by, at = request.user, request.moment.at
    new, kind = form.cleaned_data["moved_to"], KIND.slug
    cells = {"table": table, "slug": thing.slug, "moved_to": new, "certainty": "sourced"}
    cells |= {"note": "", "reason": form.cleaned_data["reason"]}
    # It may come back to where it was once.
    before = OldAddress.objects.live(Present.now(at.tzinfo)).filter(table=table, slug=thing.slug)
    replaces = before.values_list("pk", flat=True).first()
    rows = [ProposedRow(kind, Act.MOVE, cells, Why.NOW, replaces)]
    page_of = type(thing).page_of
    title = f"Web address: {page_of(thing.slug)} becomes {page_of(new)}"
    try:
        if proposal is None:
            return actions.begin(rows=rows, title=title, by=by, at=at)
        seen = form.cleaned_data["seen"]
        return actions.edit(proposal=proposal, rows=rows, title=title, seen=seen, by=by, at=at)
    except (InWorkError, StaleError) as refused:
        other = getattr(refused, "proposal", None) or refused.row
        form.data = form.data.copy()
        form.data["seen"] = seen_token(other)
        form.add_error(
            None,
            f"{other.author} proposed a new address meanwhile. Nothing was lost: yours is below. "
            "Send it again to put it in place of theirs.",
        )
    except ActionError as refused:
        form.add_error(None, refusal_words(request, refused))
    return None
