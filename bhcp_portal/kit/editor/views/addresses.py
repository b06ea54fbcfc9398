"""The pages on which the web address or the code of a thing is changed: proposed by one, approved by another."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import ActionError, StaleError, seen_token
from bhcp_portal.kit.addresses import OldAddress, OldCode, OldName, reached_with
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.actions import InWorkError
from bhcp_portal.kit.editor.forms import AddressForm, NewCodeForm
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.reach import may
from bhcp_portal.kit.editor.views.guards import refusal_words, sent_of
from bhcp_portal.kit.editor.words import ThingNames, short
from bhcp_portal.kit.kinds import kind_of, table_of

PAGES = {OldAddress: "staff:record_address", OldCode: "staff:record_code"}


@staff_only(kind_of(OldAddress).writer)
def record_address(request, model, slug):
    """Change the address of a thing. What is in work already goes on here."""
    return _rename(request, model, slug, OldAddress, AddressForm)


@staff_only(kind_of(OldCode).writer)
def record_code(request, model, slug):
    """Change the code of a thing. What is in work already goes on here."""
    return _rename(request, model, slug, OldCode, NewCodeForm)


def _rename(request, model, slug, kept, form_class):
    at, by = request.moment.at, request.user
    models = {each._meta.model_name: each for each in kept.models().values()}
    if model not in models:
        raise Http404
    thing = get_object_or_404(models[model].objects.ever_known(), slug=slug)
    if not page_to_rename(by, thing, kept, at):
        raise Http404
    named = {"table": table_of(models[model]).name, kept.FIELD: getattr(thing, kept.FIELD)}
    proposal = Proposal.objects.open().moving(named).first()
    cells = proposal.proposed[0].cells if proposal else {}
    initial = {
        "moved_to": cells.get("moved_to", named[kept.FIELD]),
        "reason": cells.get("reason", ""),
        "seen": seen_token(proposal),
    }
    form = form_class(thing, sent_of(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        moved = _propose(request, thing, kept, named, form, proposal)
        if moved is not None:
            return redirect(moved)
    context = {
        "thing": thing,
        "name": ThingNames(at).of(type(thing), slug),
        "of": reverse("staff:record_thing", args=[model, slug]),
        "form": form,
        "proposal": proposal,
    }
    if kept is OldCode:
        return render(request, "kit/editor/code.html", context)
    before, after = _around(thing)
    context |= {"before": before, "now": f"{before}{slug}{after}"}
    return render(request, "kit/editor/address.html", context)


def page_to_rename(person, thing, kept: type[OldName], at) -> str:
    """The page on which a person changes the address or the code of a thing; empty text if they may not."""
    kind = kind_of(kept)
    if type(thing) not in kept.models().values():
        return ""
    if not may(person, kind.writer, kind, reached_with(thing), at):
        return ""
    return reverse(PAGES[kept], args=[thing._meta.model_name, thing.slug])


def moving_page(row):
    """The page on which a change of an address or a code is gone on with."""
    kept = row.of_kind.model
    model = kept.models()[row.cells["table"]]
    thing = get_object_or_404(model, **{kept.FIELD: row.cells[kept.FIELD]})
    return reverse(PAGES[kept], args=[model._meta.model_name, thing.slug])


def _around(thing):
    """What stands before and after its slug in the whole address."""
    before, _, after = f"{settings.SITE_URL}{type(thing).page_of(thing.slug)}".rpartition(
        thing.slug
    )
    return before, after


def _title(name, thing, kept, new):
    return f"{short(name)}: {kept.CALLED} {getattr(thing, kept.FIELD)} becomes {new}"


def _propose(request, thing, kept, named, form, proposal):
    """The proposal of the new name; ``None`` if the form now has errors."""
    by, at = request.user, request.moment.at
    new = form.cleaned_data["moved_to"]
    cells = named | {"moved_to": new, "certainty": "sourced"}
    cells |= {"note": "", "reason": form.cleaned_data["reason"]}
    # It may come back to what it was once.
    before = kept.objects.live(Present.now(at.tzinfo)).filter(**named)
    replaces = before.values_list("pk", flat=True).first()
    rows = [ProposedRow(kind_of(kept).slug, Act.MOVE, cells, Why.NOW, replaces)]
    title = _title(ThingNames(at).of(type(thing), thing.slug), thing, kept, new)
    try:
        if proposal is None:
            return actions.begin(rows=rows, title=title, by=by, at=at)
        seen = form.cleaned_data["seen"]
        return actions.edit(proposal=proposal, rows=rows, title=title, seen=seen, by=by, at=at)
    except (InWorkError, StaleError) as refused:
        other = getattr(refused, "proposal", None) or refused.row
        form.data = form.data.copy()
        form.data["seen"] = seen_token(other)
        who, theirs = (other.author, "theirs") if other.author != by else ("You", "the first")
        form.add_error(
            None,
            f"{who} proposed another meanwhile. Nothing was lost: yours is below. "
            f"Send it again to put it in place of {theirs}.",
        )
    except ActionError as refused:
        form.add_error(None, refusal_words(request, refused))
    return None
