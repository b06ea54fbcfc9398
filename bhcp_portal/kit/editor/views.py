"""The staff pages of the editor: find, add, correct, end, take back, send, decide, preview."""

from functools import wraps
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError, IncompleteError, StaleError, seen_token
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.actions import InWorkError
from bhcp_portal.kit.editor.editors import beginnings, editor_called, editors
from bhcp_portal.kit.editor.forms import (
    MOST_FOUND,
    BeginningForm,
    MistakeForm,
    ProposalForm,
    RecordForm,
    row_cells,
)
from bhcp_portal.kit.editor.presenters import groups_of, record_rows, shown_rows, things_called
from bhcp_portal.kit.editor.preview import page_of, preview
from bhcp_portal.kit.editor.proposal import NEW_THING, Act, Proposal, State, Why, grounds_for
from bhcp_portal.kit.editor.reach import may, thing_of_cells, thing_reached
from bhcp_portal.kit.editor.words import ThingNames, cell_words, row_words
from bhcp_portal.kit.filters import LONGEST_WORDS
from bhcp_portal.kit.history import entries, events
from bhcp_portal.kit.kinds import kind_called, kinds
from bhcp_portal.kit.review_views import look_at
from bhcp_portal.kit.reviews import last_disagreement
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.staff_views import not_sent

SEE, WRITE, DECIDE = "kit.view_proposal", "kit.add_proposal", "kit.decide_proposal"
TAKE_BACK, SEE_HISTORY = "kit.take_back", "kit.view_history"
PAGE_SIZE = 50
CHANGES_SHOWN = 20
MOST_THINGS = 24


def of_kind(role):
    """A decorator: answers 404 for a kind that there is not, and 403 without its own permission.

    ``role``: which of the kind's permissions is needed, ``writer`` or ``approver``. The view takes
    the kind in place of its name.
    """

    def guard(view):
        @wraps(view)
        def guarded(request, kind, *args, **kwargs):
            of = _kind_or_404(kind)
            if not request.user.has_perm(getattr(of, role)):
                raise PermissionDenied
            return view(request, of, *args, **kwargs)

        guarded.permission_of_kind = role
        return guarded

    return guard


# -- finding ---------------------------------------------------------------------------------------


@require_safe
@staff_only(SEE)
def record_home(request):
    """What the record holds: a search for a thing, what waits, and the kinds of statement."""
    at, words = request.moment.at, _words_asked(request, "q")
    waiting = _seen_by(request.user, Proposal.objects.open(), at)
    context = {
        "words": words,
        "things": [_found(each) for each in things_called(words, at, most=MOST_THINGS)]
        if words
        else [],
        "kinds": [editor.kind for editor in editors()],
        "beginnings": [each for each in beginnings() if _may_begin(request.user, each)],
        "waiting": waiting,
    }
    return render(request, "kit/editor/home.html", context)


def _words_asked(request, name):
    """Words to look for; more than anybody looks for are cut off."""
    return request.GET.get(name, "").replace("\x00", " ").strip()[:LONGEST_WORDS]


def _found(found):
    thing, name = found
    return name, str(thing._meta.verbose_name), _thing_address(thing)


def _thing_address(thing):
    return reverse("staff:record_thing", args=[thing._meta.model_name, thing.slug])


@require_safe
@staff_only(SEE)
def record_thing(request, model, slug):
    """All that is said of a thing, each row with what may be done to it."""
    thing = _thing_or_404(model, slug)
    names = ThingNames(request.moment.at)
    context = {
        "thing": thing,
        "name": names.of(type(thing), thing.slug),
        "groups": groups_of(thing, request.user, names),
        "public": thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else "",
    }
    return render(request, "kit/editor/thing.html", context)


def _thing_or_404(model, slug):
    models = {each._meta.model_name: each for editor in editors() for _, each in editor.references}
    if model not in models:
        raise Http404
    return get_object_or_404(models[model], slug=slug)


@require_safe
@staff_only(SEE)
def record_kind(request, kind):
    """The rows of a kind: what stands, or what once did."""
    of = _kind_or_404(kind)
    now, was = Present.now(request.moment.at.tzinfo), "was" in request.GET
    rows = of.model.objects.published() if was else of.model.objects.live(now)
    if was:
        rows = rows.exclude(pk__in=of.model.objects.live(now).values("pk"))
    names = ThingNames(request.moment.at)
    editor = editor_called(kind)
    page = Paginator(rows.with_sources(now).order_by("-published_at", "-pk"), PAGE_SIZE)
    page = page.get_page(request.GET.get("page"))
    may_add = editor is not None and request.user.has_perm(of.writer)
    context = {
        "kind": of,
        "was": was,
        "page": page,
        "rows": record_rows(of, page, request.user, names),
        "waiting": _seen_by(request.user, Proposal.objects.open().of_kind(kind), names.at),
        "may_add": may_add,
    }
    return render(request, "kit/editor/kind.html", context)


@require_safe
@staff_only(SEE)
def record_row(request, kind, pk):
    """One statement: what it says, what may be done to it, and its history."""
    of = _kind_or_404(kind)
    at, person = request.moment.at, request.user
    row = get_object_or_404(
        of.model.objects.published().with_sources(Present.now(at.tzinfo)), pk=pk
    )
    editor, names = editor_called(kind), ThingNames(at)
    thing = thing_reached(of, row)
    stands = row.stands(Present.now(at.tzinfo))
    cells = row_cells(editor, row) if editor else {}
    reads_history = person.has_perm(SEE_HISTORY) or any(
        may(person, permission, of, thing, at) for permission in (of.writer, of.approver)
    )
    rows = events([of.model._meta.label_lower], pk=row.pk)[:CHANGES_SHOWN]
    context = {
        "kind": of,
        "editor": editor,
        "row": row,
        "words": row_words(row, editor, of, names),
        "lines": _row_lines(editor, cells, names),
        "stands": stands,
        "may_write": editor is not None and stands and may(person, of.writer, of, thing, at),
        "may_take_back": of.takes_back
        and not row.taken_back_at
        and may(person, of.approver, of, thing, at),
        "waiting": Proposal.objects.open().on(kind, row.pk).first(),
        "things": _things_of(editor, cells, names),
        "public": page_of(of, row),
        "history": entries(rows) if reads_history else None,
        "disagreed": last_disagreement(Proposal.objects.done_at_once().on(kind, row.pk)),
    }
    return render(request, "kit/editor/row.html", context)


def _row_lines(editor, cells, names):
    if editor is None:
        return []
    asked = [(question.label, question.column) for question in editor.questions]
    asked += [("How sure it is", "certainty"), ("Note for the reader", "note")]
    found = [(label, cell_words(editor.column(name), cells[name], names)) for label, name in asked]
    return [(label, words) for label, words in found if words]


def _things_of(editor, cells, names):
    """The things that a row names, with the pages of all that is said of them."""
    found = []
    for column, model in editor.references if editor else ():
        by = editor.column(column).field.by
        if cells[column]:
            thing = model.objects.get(**{by: cells[column]})
            found.append((names.of(model, cells[column], by=by), _thing_address(thing)))
    return found


# -- writing ---------------------------------------------------------------------------------------


@staff_only(WRITE)
@of_kind("writer")
def record_add(request, kind):
    """Add a statement of a kind; asked first is what it rests on."""
    editor = _editor_or_404(kind)
    cells = {name: request.GET.get(name, "") for name, _ in editor.references}
    if request.method == "GET" and not _rests_on(request):
        return _ask_source(request, title=f"Add: {editor.kind.one.lower()}", choices=grounds_for())
    return _write(request, editor, act=Act.ADD, cells=cells)


@staff_only(WRITE, for_all=True)
def record_begin(request, name):
    """Begin a thing: a few questions, and then what is still empty of it."""
    beginning = next((each for each in beginnings() if each.name == name), None)
    if beginning is None:
        raise Http404
    if not _may_begin(request.user, beginning):
        raise PermissionDenied
    if request.method == "GET" and not _rests_on(request):
        return _ask_source(request, title=beginning.title, choices=grounds_for())
    given = request.POST or request.GET
    names = ThingNames(request.moment.at)
    why = given.get("why") if given.get("why") in grounds_for() else Why.NOW
    rests_on = {"why": why, "source": given.get("source", "")}
    form = BeginningForm(beginning, request.POST or None, names=names, initial=rests_on)
    if request.method == "POST" and form.is_valid():
        begun = _begin(request, beginning, form)
        if begun is not None:
            return redirect(begun)
    context = {
        "title": beginning.title,
        "form": form,
        "why": Why(why),
        "source": _source_title(rests_on["source"], names) if why == Why.DOCUMENT else "",
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


def _may_begin(person, beginning):
    """Whether a person may write each of its statements, for all partners."""
    writers = {part.editor.kind.writer for part in beginning.parts}
    return all(person.has_perm(each) and person.partner_scope(each) is None for each in writers)


@staff_only(WRITE)
@of_kind("writer")
def record_correct(request, kind, pk):
    """Correct a statement; asked first is which of three corrections it is."""
    editor, row = _row_to_change(request, kind, pk)
    if request.method == "GET" and not _rests_on(request):
        choices = grounds_for(row)
        if not choices:
            messages.info(request, "Take this back, and add the right one.")
            return redirect("staff:record_row", kind.slug, pk)
        return _ask_source(request, title=f"Correct: {editor.kind.one.lower()}", choices=choices)
    return _write(request, editor, act=Act.CORRECT, row=row, cells=row_cells(editor, row))


@staff_only(WRITE)
@of_kind("writer")
def record_end(request, kind, pk):
    """Say from which day a statement no longer holds."""
    editor, row = _row_to_change(request, kind, pk)
    if not editor.ends:
        raise Http404
    if request.method == "GET" and not _rests_on(request):
        return _ask_source(request, title=f"End: {editor.kind.one.lower()}", choices=grounds_for())
    return _write(request, editor, act=Act.END, row=row, cells=row_cells(editor, row))


def _rests_on(request):
    """Whether a person has chosen what it rests on."""
    why, source = request.GET.get("why", ""), request.GET.get("source", "")
    return why in (Why.SLIP, Why.NOW) or (why == Why.DOCUMENT and bool(source))


def _ask_source(request, *, title, choices):
    """The page on which a person chooses what a statement rests on, and which source."""
    at, why = request.moment.at, request.GET.get("why", "")
    words = _words_asked(request, "words")
    kept = [(n, v) for n, v in request.GET.items() if n not in ("why", "words", "page", "source")]
    found = Source.objects.by_title(at)
    for word in words.split():
        found = found.filter(title__icontains=word)
    page = Paginator(found, MOST_FOUND).get_page(request.GET.get("page"))
    back = request.get_full_path()
    context = {
        "title": title,
        "choices": [(each.value, each.label) for each in choices],
        "why": why if why in choices else "",
        "words": words,
        "kept": kept,
        "page": page,
        "sources": [(s.title, _with(request, kept, why=why, source=s.slug)) for s in page],
        "proposed": _proposed_sources(request, kept, why, words),
        "add_source": _add_source(kept, request.path, back) if request.user.has_perm(WRITE) else "",
    }
    return render(request, "kit/editor/rests_on.html", context)


def _with(request, kept, **more):
    return f"{request.path}?{urlencode([*kept, *more.items()])}"


def _proposed_sources(request, kept, why, words):
    """The sources that wait for approval, which a person may use already."""
    found = []
    kind = _source_editor().slug
    for proposal in Proposal.objects.open().of_kind(kind):
        for row in proposal.proposed:
            title = row.cells.get("title", "")
            if row.kind == kind and all(w in title.lower() for w in words.lower().split()):
                found.append((title, _with(request, kept, why=why, source=row.cells["cited"])))
    return found


def _source_editor():
    return next(
        each for each in editors() if each.begins and each.column(each.begins).field.model is Source
    )


def _add_source(kept, path, back):
    editor = _source_editor()
    then = f"{path}?{urlencode([*kept, ('why', Why.DOCUMENT)])}"
    address = reverse("staff:record_add", args=[editor.slug])
    return f"{address}?{urlencode({'why': Why.NOW, 'then': then})}"


def _write(request, editor, *, act, row=None, cells, proposal=None, rests_on=None):
    """The form of one statement; what was sent becomes a proposal.

    ``rests_on``: what an earlier version of the proposal rested on.
    """
    data = request.POST if request.method == "POST" else None
    given = data or rests_on or request.GET
    why = given.get("why", "")
    if why not in Why.values:
        why = Why.NOW
    names = ThingNames(request.moment.at)
    form = RecordForm(
        editor,
        data,
        act=act,
        row=row,
        why=why,
        source=given.get("source", ""),
        cells=cells,
        names=names,
        initial={"seen": seen_token(proposal)},
    )
    if data and form.is_valid():
        answer = _propose(request, editor, form, proposal)
        if answer is not None:
            return answer
    context = {
        "editor": editor,
        "kind": editor.kind,
        "act": Act(act),
        "row": row,
        "form": form,
        "why": Why(why),
        "source": _source_title(given.get("source", ""), names) if why == Why.DOCUMENT else "",
        "proposal": proposal,
        "then": _own_address(request, given.get("then", "")),
        "choose_again": "" if proposal else _choose_again(request, given),
    }
    return render(request, "kit/editor/form.html", context)


def _choose_again(request, given):
    kept = [(n, v) for n, v in request.GET.items() if n not in ("why", "source")]
    return _with(request, kept)


def _source_title(slug, names):
    title = names.of(Source, slug)
    if title != slug:
        return title
    kind = _source_editor().slug
    for proposal in Proposal.objects.open().of_kind(kind):
        for row in proposal.proposed:
            if row.kind == kind and row.cells.get("cited") == slug:
                return row.cells["title"]
    return title


def _propose(request, editor, form, proposal):
    """Save what a form says as a proposal; ``None`` if the form now has errors."""
    row, names = form.proposed(), form.names
    by, at = request.user, request.moment.at
    if not may(by, editor.kind.writer, editor.kind, thing_of_cells(editor, row.cells), at):
        form.add_error(None, "This is not of a partner that you write for. Choose another.")
        return None
    title = _title(editor, row, names)
    try:
        if proposal is None:
            proposal = actions.begin(rows=[row], title=title, by=by, at=at)
        else:
            seen = form.cleaned_data["seen"]
            proposal = actions.edit(
                proposal=proposal, rows=[row], title=title, seen=seen, by=by, at=at
            )
    except InWorkError as refused:
        form.add_error(None, str(refused))
        messages.info(request, "Your words are still in the form below.")
        return None
    except StaleError as refused:
        form.data = form.data.copy()
        form.data["seen"] = seen_token(refused.row)
        form.add_error(
            None,
            "Somebody changed this while you wrote. Nothing was lost: your words are below. "
            "Send them again to put them in place of theirs.",
        )
        return None
    except ActionError as refused:
        form.add_error(None, str(refused))
        return None
    if then := _own_address(request, request.POST.get("then", "")):
        actions.send(proposal=proposal, seen=seen_token(proposal), by=by, at=at)
        [begun] = proposal.proposed
        messages.success(request, "The source was sent to be checked. You can use it already.")
        return redirect(f"{then}&{urlencode({'source': begun.cells[editor.begins]})}")
    return redirect(proposal)


def _title(editor, row, names):
    """What a proposal is called in lists: what it is of, and its first words."""
    about = [
        cell_words(editor.column(column), row.cells.get(column, ""), names)
        for column, _ in editor.references
        if row.cells.get(column) != NEW_THING
    ]
    asked = [
        cell_words(editor.column(question.column), row.cells.get(question.column, ""), names)
        for question in editor.questions
        if question.column not in dict(editor.references)
    ]
    words = ": ".join([", ".join(filter(None, about)), *[w for w in asked if w][:1]])
    return f"{editor.kind.one}: {words.strip(': ')}"[:300]


# -- proposals -------------------------------------------------------------------------------------


@staff_only(SEE)
def proposal(request, pk):
    """A proposal beside what stands, and what its reader may do with it."""
    found = _proposal_or_404(request, pk)
    writes, decides = _roles_in(request.user, found, request.moment.at)
    wrote = Proposal.objects.written_by(request.user).filter(pk=found.pk).exists()
    form = ProposalForm(request.POST or None, initial={"seen": seen_token(found)})
    if request.method == "POST" and form.is_valid():
        answer = _decide(request, found, form, writes=writes, decides=decides)
        if answer is not None:
            return answer
    names = ThingNames(request.moment.at)
    rows = shown_rows(found, names)
    context = {
        "proposal": found,
        "rows": rows,
        "form": form,
        "may_edit": writes and found.is_open and len(rows) == 1,
        "may_send": writes and found.state in (State.DRAFT, State.RETURNED),
        "may_drop": writes and found.is_open,
        "may_decide": decides and found.state == State.SUBMITTED and (found.takes_one or not wrote),
        "is_own": wrote and found.state == State.SUBMITTED and not found.takes_one,
        "next": _next_one(found),
        "things": _things_begun(found, names),
    }
    return render(request, "kit/editor/proposal.html", context)


def _things_begun(found, names):
    """The pages of all that is said of what was made with a proposal, once it is public."""
    if found.state != State.PUBLISHED:
        return []
    things = [apps.get_model(label).objects.get(slug=slug) for label, slug in found.begun]
    return [(names.of(type(thing), thing.slug), _thing_address(thing)) for thing in things]


def _next_one(found):
    """The address on which one more of the same kind and source is added."""
    first = found.proposed[0]
    if first.act != Act.ADD or found.state == State.DROPPED or first.editor.begins:
        return ""
    kept = {name: first.cells[name] for name, _ in first.editor.references[:1]}
    query = urlencode(kept | {"why": first.why, "source": first.cells.get("source", "")})
    return f"{reverse('staff:record_add', args=[first.kind])}?{query}"


@recently_confirmed
def _decide(request, found, form, *, writes, decides):
    """Carry out the button that was pressed; ``None`` if the form now has errors."""
    chosen, seen = form.cleaned_data["decision"], form.cleaned_data["seen"]
    how = {"proposal": found, "by": request.user, "at": request.moment.at}
    if not (decides if chosen in ("approve", "return") else writes):
        raise PermissionDenied
    try:
        if chosen == "send":
            sent = actions.send(seen=seen, **how)
            if sent.takes_one and decides:
                actions.approve(seen=seen_token(sent), **how)
                messages.success(request, "It is public now.")
            else:
                messages.success(request, "It is sent. Another person approves it.")
        elif chosen == "drop":
            actions.drop(**how)
            messages.success(request, "It is deleted. Nothing public changed.")
            return redirect("staff:record")
        elif chosen == "approve":
            actions.approve(seen=seen, **how)
            messages.success(request, "It is public now.")
        else:
            actions.send_back(seen=seen, remarks=form.cleaned_data["remarks"], **how)
            messages.success(request, "It is returned to its author.")
        return redirect(found)
    except IncompleteError as refused:
        for field, sentence in refused.errors:
            form.add_error(field if field in form.fields else None, sentence)
        return None
    except ActionError as refused:
        words = not_sent(form.cleaned_data["remarks"])
        messages.info(request, f"{refused} Read it again, then decide.{words}")
        return redirect(found)


@staff_only(WRITE)
def proposal_edit(request, pk):
    """Change a proposal of one statement."""
    found = _proposal_or_404(request, pk)
    writes, _ = _roles_in(request.user, found, request.moment.at)
    rows = found.proposed
    if not writes:
        raise PermissionDenied
    if not found.is_open or len(rows) != 1:
        messages.info(request, "This can no longer be changed.")
        return redirect(found)
    [row] = rows
    rests_on = {"why": row.why, "source": row.cells.get("source", "")}
    return _write(
        request,
        row.editor,
        act=row.act,
        row=row.replaced(),
        cells=row.cells,
        proposal=found,
        rests_on=rests_on,
    )


@require_safe
@staff_only(SEE)
def proposal_preview(request, pk):
    """The public page as it would be once a proposal is approved."""
    found = _proposal_or_404(request, pk)
    if not found.is_open:
        messages.info(request, "This was decided already.")
        return redirect(found)
    try:
        return preview(found, request, request.moment)
    except ActionError as refused:
        messages.info(request, f"This can’t be shown yet. {refused}")
        return redirect(found)


# -- taking back -----------------------------------------------------------------------------------


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
    form = MistakeForm(request.POST or None)
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


# -- who may ---------------------------------------------------------------------------------------


def _kind_or_404(slug):
    kind = kind_called(slug)
    if kind is None or kind not in kinds():
        raise Http404
    return kind


def _editor_or_404(kind):
    editor = editor_called(kind.slug)
    if editor is None:
        raise Http404
    return editor


def _row_to_change(request, kind, pk):
    """The editor and the row that a person may change; another's row is a 404."""
    editor = _editor_or_404(kind)
    now = Present.now(request.moment.at.tzinfo)
    row = get_object_or_404(editor.table.model.objects.live(now), pk=pk)
    if not may(request.user, editor.kind.writer, editor.kind, thing_reached(editor.kind, row), now):
        raise Http404
    return editor, row


def _proposal_or_404(request, pk):
    found = get_object_or_404(
        Proposal.objects.exclude(state=State.AT_ONCE).select_related(
            "author", "submitted_by", "decided_by"
        ),
        pk=pk,
    )
    if not _is_seen_by(request.user, found, request.moment.at):
        raise Http404
    return found


def _roles_in(person, found, at):
    """Whether a person may write a proposal, and whether they may decide on one like it."""
    writes = decides = True
    for row in found.proposed:
        kind, thing = row.of_kind, thing_of_cells(row.editor, row.cells)
        writes = writes and may(person, kind.writer, kind, thing, at)
        decides = decides and may(person, kind.approver, kind, thing, at)
    return writes, decides


def _is_seen_by(person, found, at):
    """Who reads the record of the partner of any of its rows sees it."""
    return any(
        may(person, SEE, row.of_kind, thing_of_cells(row.editor, row.cells), at)
        for row in found.proposed
    )


def _seen_by(person, proposals, at):
    return [each for each in proposals.select_related("author") if _is_seen_by(person, each, at)]


def _own_address(request, address):
    """An address of ours to go on to, or empty text."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if address and is_ours and address.startswith("/staff/record/") else ""
