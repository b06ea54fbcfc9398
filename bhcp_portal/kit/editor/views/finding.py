"""The pages on which staff find what the record says: a search, a thing, a kind, a row."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bhcp_portal.kit.access import opens, staff_only
from bhcp_portal.kit.addresses import OLD_NAMES, OldAddress, OldCode
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.afterwards import (
    afterwards,
    nothing_stands_of,
    standing_after,
    taken_back,
)
from bhcp_portal.kit.editor.editors import (
    beginnings,
    editor_called,
    ends_of,
    journeys,
    kinds_by_heading,
    own_pages,
    written_at,
)
from bhcp_portal.kit.editor.forms import (
    row_cells,
)
from bhcp_portal.kit.editor.presenters import (
    counted_kinds,
    groups_of,
    record_rows,
    resting_on,
    rows_saying,
    things_called,
    things_of_record,
)
from bhcp_portal.kit.editor.preview import page_of
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.editor.reach import may, may_take_back, thing_reached
from bhcp_portal.kit.editor.sources import source_title, withdrawn_profile
from bhcp_portal.kit.editor.versions import steps
from bhcp_portal.kit.editor.views.addresses import page_to_rename
from bhcp_portal.kit.editor.views.guards import (
    SEE,
    SEE_HISTORY,
    kind_or_404,
    linked,
    may_add,
    may_begin,
    seen_by,
)
from bhcp_portal.kit.editor.words import ThingNames, lines, row_words, things_of_row, ways
from bhcp_portal.kit.filters import LONGEST_WORDS
from bhcp_portal.kit.finding import Found
from bhcp_portal.kit.history import entries, events_about
from bhcp_portal.kit.kinds import kind_of, kinds
from bhcp_portal.kit.reviews import last_disagreement
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.waiting import to_decide_together

PAGE_SIZE = 50
CHANGES_SHOWN = 20
MOST_THINGS, MOST_ROWS = 24, 12


@require_safe
@staff_only(SEE)
def record_home(request):
    """What the record holds: a search for a thing, what waits, and the kinds of statement."""
    at, words = request.moment.at, words_asked(request, "q")
    waiting = seen_by(request.user, Proposal.objects.open(), at)
    found = things_called(words, at) if words else Found([])
    shown = found.names[:MOST_THINGS]
    context = {
        "words": words,
        "things": [_found(each) for each in shown if not isinstance(each.of, Source)],
        "sources": [_found(each) for each in shown if isinstance(each.of, Source)],
        "left_out": len(found.names) - len(shown),
        "is_close": found.is_close or found.is_part,
        "saying": rows_saying(words, ThingNames(at), most=MOST_ROWS) if words else [],
        "kinds": kinds_by_heading().items(),
        "beginnings": [each for each in beginnings() if may_begin(request.user, each)],
        "journeys": [each for each in journeys() if opens(request.user, reverse(each.address))],
        "waiting": waiting,
    }
    return render(request, "kit/editor/home.html", context)


def words_asked(request, name):
    """Words to look for; more than anybody looks for are cut off."""
    return request.GET.get(name, "").replace("\x00", " ").strip()[:LONGEST_WORDS]


def _found(name):
    return name.words, kind_of(type(name.of).profile_model()).one, thing_address(name.of)


def thing_address(thing):
    return reverse("staff:record_thing", args=[thing._meta.model_name, thing.slug])


@require_safe
@staff_only(SEE)
def record_thing(request, model, slug):
    """All that is said of a thing, each row with what may be done to it."""
    thing = _thing_or_404(model, slug)
    names = ThingNames(request.moment.at)
    is_source = isinstance(thing, Source)
    gone = None if is_source else nothing_stands_of(thing, names)
    groups = groups_of(thing, request.user, names)
    context = {
        "resting": resting_on(thing, request.user, names) if is_source else None,
        "gone": gone,
        "again": gone
        and _again(request.user, gone.kind, gone.row, thing_reached(gone.kind, gone.row), names.at),
        "withdrawn": withdrawn_profile(thing) if is_source else None,
        "address": page_to_rename(request.user, thing, OldAddress, names.at),
        "code": page_to_rename(request.user, thing, OldCode, names.at),
        "thing": thing,
        "name": source_title(thing.slug, names) if is_source else names.of(type(thing), thing.slug),
        "groups": groups,
        "to_look_through": _profile_to_confirm(groups) if "look" in request.GET else "",
        "counted": counted_kinds(thing),
        "ends": ends_of(thing, Present.now(names.at.tzinfo)),
        "own_pages": _own_pages(thing, request.user, request.moment.at),
        "public": type(thing).page_of(thing.slug) if thing.PAGE else "",
        "reads_history": bool(_kinds_with_history(thing, request.user, names.at)),
    }
    return render(request, "kit/editor/thing.html", context)


def _profile_to_confirm(groups):
    """The address on which the first row of a thing that its reader may correct is said anew."""
    rows = (each for group in groups for each in group.rows if each.may_write and not each.waiting)
    first = next(rows, None)
    return first and reverse("staff:record_correct", args=[first.kind.slug, first.row.pk])


def _own_pages(thing, person, at):
    """Pairs of words and the address of each page of its own that a person may open."""
    known = type(thing).objects.known_at(at).filter(pk=thing.pk)
    return [
        (each.words, each.page(thing))
        for each in own_pages(thing)
        if person.has_perm(each.permission)
        and known.exists()
        and (
            person.partner_scope(each.permission) is None
            or (not each.for_all and known.accessible_to(person, each.permission, at).exists())
        )
        and (each.is_offered is None or each.is_offered(thing, at))
    ]


@require_safe
@staff_only(SEE)
def record_history(request, model, slug):
    """What changed in all that is said of a thing, as far as the reader may change it."""
    thing = _thing_or_404(model, slug)
    kinds = _kinds_with_history(thing, request.user, request.moment.at)
    if not kinds:
        raise Http404
    read = {kind.model for kind in kinds}
    page = Paginator(events_about(thing, kinds), CHANGES_SHOWN).get_page(request.GET.get("page"))
    context = {
        "thing": thing,
        "name": ThingNames(request.moment.at).of(type(thing), thing.slug),
        "address": thing_address(thing),
        "page": page,
        "entries": entries(page),
        "left_out": [each.many for each in _kinds_about(thing) if each.model not in read],
    }
    return render(request, "kit/editor/history.html", context)


def _kinds_with_history(thing, person, at):
    """The kinds of what is said of a thing whose history a person reads: what they may change.

    Who reads the history of all partners reads all of it, as under History. For others, of kinds with pages of their own it holds drafts too, which are read by who writes or approves.
    """
    if person.has_perm(SEE_HISTORY) and person.partner_scope(SEE_HISTORY) is None:
        return _kinds_about(thing)
    found = [
        kind_of(each) for each in OLD_NAMES.values() if page_to_rename(person, thing, each, at)
    ]
    for kind in kinds():
        if kind.thing_model is type(thing) and kind.reach in ("", kind.thing):
            needed = () if kind.has_own_pages else (SEE_HISTORY,)
            reached = thing if kind.reach else None
            if _may_any(person, (*needed, kind.writer, kind.approver), kind, reached, at):
                found.append(kind)
    return found


def _kinds_about(thing):
    """All kinds of what is said of a thing, and of what it was called in addresses and files."""
    old = [
        each
        for each in OLD_NAMES.values()
        if hasattr(thing, each.FIELD) and each.objects.of(thing).exists()
    ]
    return [*map(kind_of, old), *(kind for kind in kinds() if kind.thing_model is type(thing))]


def _reads_history(person, kind, thing, at):
    return _may_any(person, (SEE_HISTORY, kind.writer, kind.approver), kind, thing, at)


def _may_any(person, permissions, kind, thing, at):
    return any(may(person, permission, kind, thing, at) for permission in permissions)


def _thing_or_404(model, slug):
    models = {each._meta.model_name: each for each in things_of_record()}
    if model not in models:
        raise Http404
    return get_object_or_404(models[model], slug=slug)


@require_safe
@staff_only(SEE)
def record_kind(request, kind):
    """The rows of a kind: what stands, or what once did."""
    of = kind_or_404(kind)
    now, was = Present.now(request.moment.at.tzinfo), "was" in request.GET
    rows = of.model.objects.published() if was else of.model.objects.live(now)
    if was:
        rows = rows.exclude(pk__in=of.model.objects.live(now).values("pk"))
    names = ThingNames(request.moment.at)
    editor = editor_called(kind)
    source = Source.objects.filter(slug=words_asked(request, "source")).first()
    if source:
        rows = rows.filter(source=source)
    thing = _thing_asked(request, of)
    if thing:
        rows = rows.filter(**{of.thing: thing})
    rows = rows.with_sources(now).select_related(*ways(of)).order_by("-published_at", "-pk")
    page = Paginator(rows, PAGE_SIZE)
    page = page.get_page(request.GET.get("page"))
    context = {
        "kind": of,
        "source": source and (source_title(source.slug, names), thing_address(source)),
        "thing": thing and (names.of(type(thing), thing.slug), thing_address(thing), thing.slug),
        "was": was,
        "page": page,
        "rows": record_rows(of, page, request.user, names),
        "waiting": seen_by(request.user, Proposal.objects.open().of_kind(kind), names.at),
        "may_add": editor is not None and may_add(request.user, editor, names.at),
        "together": to_decide_together(of, request.user, request.moment.at),
    }
    return render(request, "kit/editor/kind.html", context)


def _thing_asked(request, of):
    """The thing that ``?of=`` names by its slug, of which alone the rows of a kind are listed."""
    slug = words_asked(request, "of")
    return of.thing_model.objects.filter(slug=slug).first() if slug and of.thing else None


@require_safe
@staff_only(SEE)
def record_row(request, kind, pk):
    """One statement: what it says, what may be done to it, and its history."""
    of = kind_or_404(kind)
    at, person = request.moment.at, request.user
    row = get_object_or_404(
        of.model.objects.published().with_sources(Present.now(at.tzinfo)), pk=pk
    )
    editor, names = editor_called(kind), ThingNames(at)
    thing = thing_reached(of, row)
    stands = row.stands(Present.now(at.tzinfo))
    cells = row_cells(editor, row) if editor else {}
    takes_back = not row.taken_back_at and may_take_back(person, of, thing, at)
    whole = actions.decided_with(of, row) if takes_back else None
    context = {
        "kind": of,
        "editor": editor,
        "row": row,
        "words": row_words(row, editor, of, names),
        "lines": _row_lines(editor, cells, names),
        "stands": stands,
        "instead": None if stands else afterwards(of, row, names),
        "taken_back": taken_back(of, row, names) if row.taken_back_at else None,
        "again": _again(person, of, row, thing, at),
        "may_write": editor is not None and stands and may(person, of.writer, of, thing, at),
        "may_take_back": takes_back,
        "goes_with": linked(request, whole) if whole else "",
        "waiting": Proposal.objects.open().on(kind, row.pk).first(),
        "things": _things_of(editor, cells, names) if editor else _things_of_row(row, of, names),
        "public": page_of(of, row),
        "history": steps(of, row, names) if _reads_history(person, of, thing, at) else None,
        "disagreed": last_disagreement(Proposal.objects.done_at_once().on(kind, row.pk)),
    }
    return render(request, "kit/editor/row.html", context)


def _again(person, of, row, thing, at):
    """Where what a row said that was taken back is said again; empty text for who may not, or if something stands."""
    if (
        not row.taken_back_at
        or standing_after(of, [row])
        or not may(person, of.writer, of, thing, at)
    ):
        return ""
    page = written_at(row)
    return page if page and opens(person, page.partition("?")[0]) else ""


def _row_lines(editor, cells, names):
    if editor is None:
        return []
    # Why it was taken back stands above.
    return [
        (label, words)
        for name, label, words in lines(editor, cells, names)
        if words and name != "reason" and (name, words) != ("note", cells["taken_back_because"])
    ]


def _things_of(editor, cells, names):
    """The things that a row names, with the pages of all that is said of them."""
    found = []
    for column, model in editor.references:
        by = editor.column(column).field.by
        if cells[column]:
            thing = model.objects.get(**{by: cells[column]})
            found.append((names.of(model, cells[column], by=by), thing_address(thing)))
    return found


def _things_of_row(row, of, names):
    """The same of a row that pages of its own write."""
    known = things_of_record()
    return [
        (names.of(type(each), each.slug), thing_address(each))
        for each in things_of_row(row, of)
        if type(each) in known
    ]
