"""A kind's rows as a file: taken to be changed, and sent back as one proposal."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import ActionError, StaleError, seen_token
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.actions import InWorkError
from bhcp_portal.kit.editor.files import Ground, check_file, open_rows, title_of
from bhcp_portal.kit.editor.forms import RowsForm
from bhcp_portal.kit.editor.presenters import advice, error_lines
from bhcp_portal.kit.editor.proposal import Proposal, Why, grounds_for
from bhcp_portal.kit.editor.reach import Reach
from bhcp_portal.kit.editor.sources import source_title
from bhcp_portal.kit.editor.template import columns_to_fill, lines_standing, meaning, workbook
from bhcp_portal.kit.editor.views.guards import (
    WRITE,
    editor_or_404,
    linked,
    of_kind,
    proposal_or_404,
    refusal_words,
    require_may_add,
    sent_of,
)
from bhcp_portal.kit.editor.views.sources import ask_source, choose_again, has_ground
from bhcp_portal.kit.editor.words import ThingNames, column_words
from bhcp_portal.kit.spreadsheets.bounds import SheetError
from bhcp_portal.kit.spreadsheets.remarks import remark_words
from bhcp_portal.kit.spreadsheets.writing import ADVICE, annotated, csv_file
from bhcp_portal.kit.staff_views import CSV, XLSX, download

# What a file may rest on: as a new row, and the copying of what stands besides.
GROUNDS = [*grounds_for(), Why.SLIP]


@require_safe
@staff_only(WRITE)
@of_kind("writer")
def record_template(request, kind):
    """The rows that stand, to be changed and sent back: a workbook, or with ``?as=csv`` a plain table."""
    editor = editor_or_404(kind)
    lines = lines_standing(editor, request.user, request.moment.at)
    if request.GET.get("as") == "csv":
        return download(csv_file(lines), f"{kind.slug}.csv", CSV)
    return download(workbook(editor, lines, request.moment.at), f"{kind.slug}.xlsx", XLSX)


@staff_only(WRITE)
@of_kind("writer")
def record_file(request, kind):
    """Send a file of rows of a kind; asked first is what it rests on."""
    editor = editor_or_404(kind)
    require_may_add(request.user, editor, request.moment.at)
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=f"Send a file: {kind.many_within}", choices=GROUNDS)
    return _file(request, editor)


@staff_only(WRITE)
def proposal_file(request, pk):
    """Send a file in the place of a proposal's rows."""
    found = proposal_or_404(request, pk)
    if not Reach(request.user, request.moment.at).may_all("writer", found):
        raise PermissionDenied
    if not takes_file(found):
        messages.info(request, "This can no longer be changed by a file.")
        return redirect(found)
    first = found.proposed[0]
    if request.method == "GET" and not has_ground(request):
        title = f"Send a file: {first.of_kind.many_within}"
        return ask_source(request, title=title, choices=GROUNDS)
    return _file(request, first.editor, found)


def takes_file(proposal: Proposal) -> bool:
    """Whether a file may take the place of a proposal's rows: several of one kind, as a file has them."""
    rows = proposal.proposed
    is_one_kind = len({row.kind for row in rows}) == 1 and not rows[0].of_kind.has_own_pages
    return proposal.is_open and is_one_kind and len(rows) > 1


def _file(request, editor, proposal=None):
    data = sent_of(request)
    given = data or request.GET
    why = given.get("why") if given.get("why") in GROUNDS else Why.NOW
    source = given.get("source", "") if why == Why.DOCUMENT else ""
    names = ThingNames(request.moment.at)
    form = RowsForm(
        data,
        request.FILES if data else None,
        initial={"why": why, "source": source, "seen": seen_token(proposal)},
    )
    checked = None
    if data is not None and form.is_valid():
        checked, answer = _check(request, editor, form, proposal)
        if answer is not None:
            return answer
    context = {
        "kind": editor.kind,
        "form": form,
        "proposal": proposal,
        "checked": checked,
        "errors": error_lines(checked.errors, editor) if checked else [],
        "remarks": [remark_words(each) for each in checked.remarks] if checked else [],
        "why": Why(why),
        "source": source_title(source, names) if source else "",
        "choose_again": choose_again(request, given) if data is None else request.path,
        "known_by": [column_words(editor, name) for name in editor.table.key],
        "columns": _meanings(editor),
    }
    return render(request, "kit/editor/file.html", context)


def _meanings(editor):
    return [
        (column_words(editor, column.name), meaning(column)) for column in columns_to_fill(editor)
    ]


def _check(request, editor, form, proposal):
    """What a file says, and the way on; ``None`` for that where the page has to be shown again."""
    sent, cleaned = form.cleaned_data["file"], form.cleaned_data
    ground = Ground(cleaned["why"], cleaned["source"], cleaned["reason"])
    by, at = request.user, request.moment.at
    try:
        sheet = open_rows(sent.read(), editor)
        checked = check_file(sheet, editor, ground=ground, by=by, at=at, in_place_of=proposal)
    except SheetError as refused:
        form.add_error("file", str(refused))
        return None, None
    except InterruptedError:
        form.add_error("file", "The file was not read. Send it again")
        return None, None
    if checked.errors and "copy" in request.POST:
        stem = sent.name.rpartition(".")[0] or sent.name
        kind = XLSX if sheet.kind == "xlsx" else CSV
        content = annotated(sheet, advice(checked.errors, editor), ADVICE)
        return checked, download(content, f"{stem}-to-correct.{sheet.kind}", kind)
    if checked.errors or not checked.rows:
        return checked, None
    how = {"rows": checked.rows, "title": title_of(editor, checked, sent.name), "by": by, "at": at}
    try:
        if proposal is None:
            made = actions.begin(**how)
        else:
            made = actions.edit(proposal=proposal, seen=cleaned["seen"], **how)
    except StaleError as refused:
        form.data = form.data.copy()
        form.data["seen"] = seen_token(refused.row)
        form.add_error(
            None,
            "Somebody changed this meanwhile. Send the file again to put it in place of what is "
            "there now.",
        )
        return None, None
    except InWorkError as refused:
        form.add_error(
            None,
            format_html(
                "{} changes some of these rows already. Delete that draft on its page, or send this file "
                "in its place there.",
                linked(request, refused.proposal),
            ),
        )
        return None, None
    except ActionError as refused:
        form.add_error(None, refusal_words(request, refused))
        return None, None
    for remark in checked.remarks:
        messages.info(request, remark_words(remark))
    messages.success(
        request, f"The file was read: {checked.summary}. Look at it, then send it for approval."
    )
    return checked, redirect(made)
