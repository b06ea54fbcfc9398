"""Who may open which page of the editor, and which rows and proposals they reach there."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.html import format_html

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.actions import BlockedError
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.editor.reach import Reach, may, reach_column, thing_reached, within_reach
from bhcp_portal.kit.kinds import kind_called, kinds

SEE, WRITE, DECIDE = "kit.view_proposal", "kit.add_proposal", "kit.decide_proposal"

SEE_HISTORY = "kit.view_history"


def of_kind(role):
    """A decorator: answers 404 for a kind that there is not, and 403 without its own permission.

    ``role``: which of the kind's permissions is needed, ``writer`` or ``approver``. The view takes
    the kind in place of its name.
    """

    def guard(view):
        @wraps(view)
        def guarded(request, kind, *args, **kwargs):
            of = kind_or_404(kind)
            if not request.user.has_perm(getattr(of, role)):
                raise PermissionDenied
            return view(request, of, *args, **kwargs)

        guarded.permission_of_kind = role
        return guarded

    return guard


def kind_or_404(slug):
    kind = kind_called(slug)
    if kind is None or kind not in kinds():
        raise Http404
    return kind


def editor_or_404(kind):
    editor = editor_called(kind.slug)
    if editor is None:
        raise Http404
    return editor


def row_to_change(request, kind, pk):
    """The editor and the published row that a person may change, if it still stands.

    Another's row is a 404.
    """
    editor = editor_or_404(kind)
    now = Present.now(request.moment.at.tzinfo)
    row = get_object_or_404(editor.table.model.objects.published(), pk=pk)
    if not may(request.user, editor.kind.writer, editor.kind, thing_reached(editor.kind, row), now):
        raise Http404
    return editor, row


def proposal_or_404(request, pk):
    found = get_object_or_404(
        Proposal.objects.exclude(state=State.AT_ONCE).select_related(
            "author", "submitted_by", "decided_by"
        ),
        pk=pk,
    )
    if not Reach(request.user, request.moment.at).may_any(SEE, found):
        raise Http404
    return found


def seen_by(person, proposals, at):
    """Those that a person sees: who reads the record of the partner of any row of one does."""
    reach = Reach(person, at)
    return [each for each in proposals.select_related("author") if reach.may_any(SEE, each)]


def linked(request, proposal):
    """The title of a proposal, as a link to it if the reader sees it."""
    if not Reach(request.user, request.moment.at).may_any(SEE, proposal):
        return f"“{proposal}”"
    return format_html('<a href="{}">{}</a>', proposal.get_absolute_url(), proposal)


def refusal_words(request, refused):
    """The sentence of an ``ActionError``, with a link to the proposal that stands in the way, if one does."""
    if not isinstance(refused, BlockedError):
        return str(refused)
    other = refused.proposal
    return format_html(refused.sentence, it=linked(request, other), by=other.author)


def may_begin(person, beginning):
    """Whether a person may write each of its statements: for all partners, or for one that it names.

    What it carries of kinds with pages of their own goes with the first.
    """
    kinds_begun = [part.editor.kind for part in beginning.parts]
    writers = {kind.writer for kind in kinds_begun if not kind.has_own_pages}
    return all(
        person.has_perm(each) and (beginning.reaching or person.partner_scope(each) is None)
        for each in writers
    )


def may_add(person, editor, at):
    """Whether a person may add a row of a kind to something: for all partners, or to what is theirs."""
    kind = editor.kind
    if not person.has_perm(kind.writer):
        return False
    if person.partner_scope(kind.writer) is None:
        return True
    column = reach_column(editor)
    if column in ("", editor.begins):
        return False
    return within_reach(person, editor, column, at).exists()


def require_may_add(person, editor, at):
    """``PermissionDenied`` with a sentence on who can, unless a person ``may_add``."""
    if not may_add(person, editor, at):
        words = (
            f"You write for some partners alone, and {editor.kind.many_within} are added by people "
            f"who write for all of them. Ask a record keeper of the programme office."
        )
        raise PermissionDenied(words)


def sent_of(request):
    """What was sent to a form; ``None`` if it is only read."""
    return request.POST if request.method == "POST" else None
