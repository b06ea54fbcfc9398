"""The pages on which staff add, correct, end and begin: what is sent becomes a proposal."""

from datetime import UTC
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import ActionError, IncompleteError, StaleError, seen_token
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.actions import BlockedError, InWorkError, in_work
from bhcp_portal.kit.editor.editors import beginnings
from bhcp_portal.kit.editor.forms import (
    NOT_YOURS,
    BeginningForm,
    RecordForm,
    row_cells,
)
from bhcp_portal.kit.editor.proposal import Act, Proposal, Why, changed_rows, grounds_for
from bhcp_portal.kit.editor.reach import Reach, may, thing_reached
from bhcp_portal.kit.editor.sources import ground
from bhcp_portal.kit.editor.views.addresses import moving_page
from bhcp_portal.kit.editor.views.guards import (
    WRITE,
    editor_or_404,
    may_begin,
    of_kind,
    proposal_or_404,
    refusal_words,
    require_may_add,
    row_to_change,
    sent_of,
)
from bhcp_portal.kit.editor.views.sources import ask_source, choose_again, has_ground
from bhcp_portal.kit.editor.words import ThingNames, cells_in_short

LONGEST_KEY = 18
CHANGED_AROUND = (
    "Somebody changed the proposal while you wrote. Your words are below: copy them, open the row "
    "again and write them there."
)


OVERTAKEN = (
    "A colleague’s change to this was published while you wrote. Nothing was lost: your words are "
    'below. <a href="{}">See what stands now</a>. Send them again to change that.'
)
STANDS_AGAIN = (
    "This was taken back while you wrote. Nothing was lost: your words are below. "
    '<a href="{}">See what stands now</a>. Send them again to change that.'
)
TAKEN_BACK = (
    "This was taken back while you wrote, so it can’t be changed. Your words are below: copy what you "
    'need. <a href="{}">See when and why</a>.'
)
OVER = (
    "This was ended or replaced while you wrote, so it can’t be changed. Your words are below: copy "
    'what you need. <a href="{}">See what happened to it</a>.'
)


@staff_only(WRITE)
@of_kind("writer")
def record_add(request, kind):
    """Add a statement of a kind; asked first is what it rests on."""
    editor = editor_or_404(kind)
    require_may_add(request.user, editor, request.moment.at)
    cells = {name: request.GET.get(name, "") for name, _ in editor.references}
    cells = editor.table.led_on(cells) | _as_it_was(request, editor)
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=f"Add: {editor.kind.one.lower()}", choices=grounds_for())
    return _write(request, editor, act=Act.ADD, cells=cells)


def _names(request, proposal=None):
    """The names to choose from: what stands, what one's own open proposals begin, and what ``proposal`` names."""
    names = ThingNames(request.moment.at)
    for own in Proposal.objects.open().written_by(request.user).exclude(begun=[]):
        names.offer(own.proposed)
    if proposal:
        names.offer(proposal.proposed)
    return names


def _as_it_was(request, editor):
    """The cells of a row that was taken back and is to be said again; none without one."""
    pk = request.GET.get("like", "")
    rows = editor.table.model.objects.exclude(taken_back_at=None)
    row = rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < LONGEST_KEY else None
    if row is None or not may(
        request.user,
        editor.kind.writer,
        editor.kind,
        thing_reached(editor.kind, row),
        request.moment.at,
    ):
        return {}
    return row_cells(editor, row) | {"note": ""}


@staff_only(WRITE)
def record_begin(request, name):
    """Begin a thing: a few questions, and then what is still empty of it."""
    beginning = next((each for each in beginnings() if each.name == name), None)
    if beginning is None:
        raise Http404
    if not may_begin(request.user, beginning):
        raise PermissionDenied
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=beginning.title, choices=grounds_for())
    given = request.POST or request.GET
    names = _names(request)
    why = given.get("why") if given.get("why") in grounds_for() else Why.NOW
    rests_on = {"why": why, "source": given.get("source", "")}
    form = BeginningForm(
        beginning, sent_of(request), person=request.user, names=names, initial=rests_on
    )
    if request.method == "POST" and form.is_valid():
        begun = _begin(request, beginning, form)
        if begun is not None:
            return redirect(begun)
    context = {
        "title": beginning.title,
        "form": form,
        **ground(why, rests_on["source"], names),
        "choose_again": request.path,
    }
    return render(request, "kit/editor/begin.html", context)


def _begin(request, beginning, form):
    """The proposal with which a thing begins; ``None`` if the form now has errors."""
    rows, code = form.proposed(), form.cleaned_data.get("code", "")
    try:
        return actions.begin(
            rows=rows,
            title=f"{beginning.title}: {rows[0].cells['name']}"[:300],
            by=request.user,
            at=request.moment.at,
            make=lambda cells: beginning.make(cells | {"code": code}),
        )
    except IncompleteError as refused:
        for _, sentence in refused.errors:
            form.add_error("code" if "code" in form.fields else None, sentence)
        return None


@staff_only(WRITE)
@of_kind("writer")
def record_correct(request, kind, pk):
    """Correct a statement; asked first is which of three corrections it is."""
    editor, row = row_to_change(request, kind, pk)
    if not row.stands(Present.now(UTC)):
        return _overtaken(request, editor, Act.CORRECT, row)
    if found := _in_work(request, kind, row):
        return found
    if request.method == "GET" and not has_ground(request):
        choices = grounds_for(row)
        if not choices:
            messages.info(request, "Take this back, and add the right one.")
            return redirect("staff:record_row", kind.slug, pk)
        return ask_source(request, title=f"Correct: {editor.kind.one.lower()}", choices=choices)
    return _write(request, editor, act=Act.CORRECT, row=row, cells=_as_it_stands(editor, row))


@staff_only(WRITE)
@of_kind("writer")
def record_end(request, kind, pk):
    """Say from which day a statement no longer holds."""
    editor, row = row_to_change(request, kind, pk)
    if not editor.ends:
        raise Http404
    if not row.stands(Present.now(UTC)):
        return _overtaken(request, editor, Act.END, row)
    if found := _in_work(request, kind, row):
        return found
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=f"End: {editor.kind.one.lower()}", choices=grounds_for())
    return _write(request, editor, act=Act.END, row=row, cells=_as_it_stands(editor, row))


def _as_it_stands(editor, row):
    """The cells of a row to change, without why that row itself changed: each change has its own reason."""
    return row_cells(editor, row) | {"reason": ""}


def _in_work(request, kind, row):
    """The answer to who would begin to change a row that is being changed already; ``None`` otherwise."""
    other = in_work([(kind.slug, row.pk)]) if request.method == "GET" else None
    if other is None:
        return None
    messages.info(request, refusal_words(request, InWorkError(other, request.user)))
    return redirect("staff:record_row", kind.slug, row.pk)


def _overtaken(request, editor, act, row):
    """The answer where a row stands no longer: its page, or the form again with what was written.

    The form is then of the row that took its place, if one did.
    """
    page = reverse("staff:record_row", args=[editor.kind.slug, row.pk])
    if request.method == "GET":
        messages.info(request, "This stands no longer. Here you see what happened to it.")
        return redirect(page)
    matter = {name: getattr(row, name) for name in row.identity_fields}
    standing = editor.table.model.objects.live(Present.now(UTC)).filter(**matter).exclude(pk=row.pk)
    newer = standing.first() if matter else None
    if newer:
        page = reverse("staff:record_row", args=[editor.kind.slug, newer.pk])
        words = STANDS_AGAIN if row.taken_back_at else OVERTAKEN
    else:
        words = TAKEN_BACK if row.taken_back_at else OVER
    return _write(
        request,
        editor,
        act=act,
        row=newer or row,
        cells=_as_it_stands(editor, newer or row),
        overtaken=format_html(words, page),
    )


def _write(
    request, editor, *, act, row=None, cells, proposal=None, number=1, rests_on=None, overtaken=""
):
    """The form of one statement; what was sent becomes a proposal, or the row of one.

    ``number``: which row of the proposal. ``rests_on``: what an earlier version of it rested on.
    ``overtaken``: why what was sent was for another row, so that it is only shown again.
    """
    data = sent_of(request)
    given = data or rests_on or request.GET
    why = given.get("why", "")
    if why not in Why.values:
        why = Why.NOW
    names = _names(request, proposal)
    form = RecordForm(
        editor,
        data,
        act=act,
        row=row,
        why=why,
        source=given.get("source", ""),
        cells=cells,
        person=request.user,
        names=names,
        begun=proposal.naming_begun(proposal.proposed[number - 1]) if proposal else frozenset(),
        initial={"seen": seen_token(proposal)},
    )
    if overtaken:
        form.add_error(None, overtaken)
    elif data and form.is_valid():
        answer = _propose(request, editor, form, proposal, number)
        if answer is not None:
            return answer
    context = {
        "editor": editor,
        "kind": editor.kind,
        "act": Act(act),
        "send_to": reverse(f"staff:record_{act}", args=[editor.kind.slug, row.pk])
        if overtaken
        else request.path,
        "row": row,
        "form": form,
        **ground(why, given.get("source", ""), names),
        "proposal": proposal,
        "then": _own_address(request, given.get("then", "")),
        "choose_again": "" if proposal else choose_again(request, given),
    }
    return render(request, "kit/editor/form.html", context)


def _propose(request, editor, form, proposal, number):
    """Save what a form says as a proposal; ``None`` if the form now has errors."""
    row, names = form.proposed(), form.names
    by, at = request.user, request.moment.at
    rows = proposal.proposed if proposal else [row]
    rows[number - 1] = row
    if not Reach(by, at).may_rows("writer", rows, proposal.begun if proposal else ()):
        form.add_error(None, NOT_YOURS)
        return None
    title = f"{editor.kind.one}: {cells_in_short(editor, row.cells, names)}"[:300]
    try:
        if proposal is None:
            proposal = actions.begin(rows=[row], title=title, by=by, at=at)
        else:
            seen, rows = form.cleaned_data["seen"], proposal.proposed
            if len(rows) > 1:
                title = _renamed(proposal.title, rows[number - 1], row)
            rows = changed_rows(rows, number, row)
            proposal = actions.edit(
                proposal=proposal, rows=rows, title=title, seen=seen, by=by, at=at
            )
    except InWorkError as refused:
        form.add_error(None, refusal_words(request, refused))
        messages.info(request, "Your words are still in the form below.")
        return None
    except StaleError as refused:
        if len(refused.row.rows) > 1 or len(proposal.rows) > 1:
            # Its rows may have others in their place, so this one is not sent again as it is.
            form.add_error(None, CHANGED_AROUND)
            return None
        form.data = form.data.copy()
        form.data["seen"] = seen_token(refused.row)
        form.add_error(
            None,
            "Somebody changed this while you wrote. Nothing was lost: your words are below. "
            "Send them again to put them in place of theirs.",
        )
        return None
    except BlockedError as refused:
        # Of a field's own error the summary makes a link, so one in it has no place there.
        form.add_error(None, refusal_words(request, refused))
        return None
    except IncompleteError as refused:
        for field, sentence in refused.errors:
            form.add_error(field if field in form.fields else None, sentence)
        return None
    except ActionError as refused:
        form.add_error(None, refusal_words(request, refused))
        return None
    if then := _own_address(request, request.POST.get("then", "")):
        try:
            actions.send(proposal=proposal, seen=seen_token(proposal), by=by, at=at)
        except ActionError as refused:
            messages.info(request, str(refused))
            return redirect(proposal)
        [begun] = proposal.proposed
        messages.success(request, "The source was sent to be checked. You can use it already.")
        return redirect(f"{then}&{urlencode({'source': begun.cells[editor.begins]})}")
    return redirect(proposal)


def _renamed(title, old, new):
    """The title of a proposal that names a thing, once a row of it gives that another name."""
    was, now = (row.cells.get(row.editor.named_by, "") for row in (old, new))
    return title.replace(was, now)[:300] if was and title.endswith(f": {was}") else title


@staff_only(WRITE)
def proposal_edit(request, pk, number=1):
    """Change one row of a proposal; ``number``: which of them, from 1."""
    found = proposal_or_404(request, pk)
    if not 1 <= number <= len(found.proposed):
        raise Http404
    row = found.proposed[number - 1]
    if not Reach(request.user, request.moment.at).may_all("writer", found):
        raise PermissionDenied
    if found.is_open and row.act == Act.MOVE:
        return redirect(moving_page(row))
    if not found.is_open or not row.has_form:
        messages.info(request, "This can no longer be changed.")
        return redirect(found)
    row.cells = row.editor.table.led_on(row.cells)
    rests_on = {"why": row.why, "source": row.cells.get("source", "")}
    return _write(
        request,
        row.editor,
        act=row.act,
        row=row.replaced(),
        cells=row.cells,
        proposal=found,
        number=number,
        rests_on=rests_on,
    )


def _own_address(request, address):
    """An address of ours to go on to, or empty text."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if address and is_ours and address.startswith("/staff/record/") else ""
