"""Staff pages of milestones: add one, or report a change of one."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import GoneError, IncompleteError, StaleError, seen_token
from bhcp_portal.kit.dates import span
from bhcp_portal.kit.decisions import decided_before
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.actions import InWorkError
from bhcp_portal.kit.editor.afterwards import nothing_stands_of
from bhcp_portal.kit.editor.editors import editor_carrying
from bhcp_portal.kit.editor.forms import RecordForm, row_cells
from bhcp_portal.kit.editor.proposal import Act, Why
from bhcp_portal.kit.editor.reach import may_take_back
from bhcp_portal.kit.editor.views.guards import refusal_words
from bhcp_portal.kit.editor.words import ThingNames
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposal_views import decide
from bhcp_portal.kit.proposals import proposals, refuse_proposal
from bhcp_portal.kit.staff_views import CONFLICT, Conflict, ask_to_delete, gone
from bhcp_portal.kit.waiting import next_step
from partners.roles import DECIDE_STATUS, MOVE_MILESTONE
from programmes import actions, staff_presenters
from programmes.forms.milestones import MilestoneChange, MilestoneChangeForm, MilestoneForm
from programmes.models import Milestone, MilestoneDate, Programme
from programmes.presenters.milestones import ENDED_WITH_IT
from programmes.views.programmes import accessible_programme, with_record_link


@staff_only(MOVE_MILESTONE)
def milestone_add(request, slug):
    """Propose a milestone; another person publishes it."""
    found = accessible_programme(request, slug, MOVE_MILESTONE)
    end = found.end_at(request.moment.at)
    if end and request.method != "POST":
        messages.info(request, with_record_link(request, found, end.for_milestones))
        return redirect("staff:programme", found.slug)
    form = MilestoneForm(
        request.POST if request.method == "POST" else None, today=request.moment.today
    )
    if draft := _proposed(request, form, found):
        words = f"“{draft.title}” is proposed. {next_step(draft, request.moment.at)}"
        messages.success(request, words)
        return redirect("staff:programme", found.slug)
    return render(
        request, "programmes/staff/milestone_add.html", {"form": form, "programme": found}
    )


def _proposed(request, form, programme, milestone=None):
    """What a sent form proposes; ``None`` if nothing was sent or the form now has errors.

    ``milestone``: the one that is said again, where it is no new one.
    """
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            return actions.propose_milestone(
                programme=programme,
                milestone=milestone,
                title=cleaned["title"],
                description=cleaned["description"],
                due_as=cleaned["due"].text,
                is_critical=cleaned["is_critical"],
                by=request.user,
                at=request.moment.at,
            )
        except IncompleteError as refused:
            for field, sentence in refused.errors:
                # Without a field it is the programme's end that is in the way.
                words = sentence if field else with_record_link(request, programme, sentence)
                form.add_error(field, words)
    return None


def _accessible_milestone(request, slug):
    """A milestone that the person may change, ``with_dates``, and its programme; else a 404.

    One of which nothing stands any more has no ``statements``.
    """
    at = request.moment.at
    found = get_object_or_404(
        Milestone.objects.ever_known()
        .with_dates(at)
        .accessible_to(request.user, MOVE_MILESTONE, at)
        .select_related("programme"),
        slug=slug,
    )
    return found, accessible_programme(request, found.programme.slug, MOVE_MILESTONE)


@staff_only(MOVE_MILESTONE)
def milestone(request, slug):
    """Propose a change of a milestone, such as done, moved or dropped; another person publishes it."""
    at = request.moment.at
    found, owner = _accessible_milestone(request, slug)
    if not found.statements:
        return _milestone_again(request, found, owner)
    # The form is checked against the statement that this person had before them. The action
    # then checks that this is still the current one.
    versions = {seen_token(each): each for each in found.statements}
    seen = versions.get(request.POST.get("seen"), found.current)
    end = owner.end_at(at)
    form = MilestoneChangeForm(
        request.POST if request.method == "POST" else None,
        now=seen,
        today=request.moment.today,
        end=end,
    )
    conflict = None
    if request.method == "POST" and form.is_valid():
        try:
            new = _change(found, form.cleaned_data, by=request.user, at=at)
        except StaleError as refused:
            if staff_presenters.says_change(refused.row, form.cleaned_data, by=request.user):
                messages.info(request, "This was saved already, so nothing was saved twice.")
                return redirect("staff:programme", owner.slug)
            form, conflict = _again(request, end, refused.row)
        except IncompleteError as refused:
            for _, sentence in refused.errors:
                form.add_error(None, sentence)
        else:
            what = MilestoneChange(form.cleaned_data["change"]).label.lower()
            words = f"“{new.title}”: {what}. This is proposed. {next_step(new, at)}"
            messages.success(request, words)
            return redirect("staff:programme", owner.slug)
    mends = [(each, staff_presenters.mend_of(found, each)) for each in found.statements]
    context = {
        "form": form,
        "milestone": found,
        "programme": owner,
        "conflict": conflict,
        "end": end,
        "only_closes": with_record_link(request, owner, end.for_milestones if end else ""),
        "may_take_back": may_take_back(request.user, kind_of(MilestoneDate), owner, at),
        "ended_with_it": ENDED_WITH_IT,
        "mends": [(each, Why(why).label) for each, why in mends if why],
    }
    return render(
        request, "programmes/staff/milestone.html", context, status=CONFLICT if conflict else 200
    )


def _milestone_again(request, found, owner):
    """The page of a milestone of which nothing stands: what became of it, and the form to say it again.

    What was written to change it, before it was taken back, is shown to be copied.
    """
    end = owner.end_at(request.moment.at)
    was = nothing_stands_of(found, ThingNames(request.moment.at))
    page = reverse("staff:milestone", args=[found.slug])
    if "change" in request.POST:
        sentence = f"“{was.row.title}” was taken back while you wrote, so it can’t be changed."
        if answer := gone(request, MilestoneChangeForm, sentence, page):
            return answer
    sent = request.POST if request.method == "POST" and "change" not in request.POST else None
    initial = {
        "title": was.row.title,
        "description": was.row.description,
        "due": span(was.row.due_as) if was.row.due_as else None,
        "is_critical": was.row.is_critical,
    }
    form = MilestoneForm(sent, initial=initial, today=request.moment.today)
    if sent and (draft := _proposed(request, form, owner, found)):
        messages.success(
            request, f"“{draft.title}” is proposed. {next_step(draft, request.moment.at)}"
        )
        return redirect("staff:programme", owner.slug)
    context = {
        "form": form,
        "milestone": found,
        "programme": owner,
        "was": was,
        "waits": found.dates.drafts().first(),
        "only_closes": with_record_link(request, owner, end.for_milestones if end else ""),
    }
    return render(request, "programmes/staff/milestone_again.html", context)


@staff_only(MOVE_MILESTONE)
def milestone_mend(request, slug, pk):
    """Propose the right words of a statement of a milestone that was copied or written wrongly."""
    at = request.moment.at
    found, owner = _accessible_milestone(request, slug)
    row = next((each for each in found.statements if each.pk == pk), None)
    why = row and staff_presenters.mend_of(found, row)
    if why is None:
        raise Http404
    editor = editor_carrying(kind_of(MilestoneDate).slug)
    form = RecordForm(
        editor,
        request.POST if request.method == "POST" else None,
        act=Act.CORRECT,
        row=row,
        why=why,
        source=row.source.slug if row.source else "",
        cells=row_cells(editor, row),
        person=request.user,
        names=ThingNames(at),
        grounds=[why],
        initial={"reason": ""},
    )
    del form.fields["note"]
    if request.method == "POST" and form.is_valid():
        title = f"Correct a milestone: {row.title}"
        try:
            mended = _mended(form.proposed(), row)
            return redirect(record.begin(rows=[mended], title=title, by=request.user, at=at))
        except InWorkError as refused:
            form.add_error(None, refusal_words(request, refused))
    context = {"form": form, "milestone": found, "programme": owner, "row": row, "why": Why(why)}
    return render(request, "programmes/staff/milestone_mend.html", context)


@staff_only(DECIDE_STATUS)
@recently_confirmed
def milestone_proposal(request, pk):
    """Publish what another person proposed to say of a milestone, or delete it."""
    within = Programme.objects.accessible_to(request.user, DECIDE_STATUS, request.moment.at)
    if answer := decided_before(request, kind_of(MilestoneDate), pk, within):
        return answer
    found = get_object_or_404(proposals(kind_of(MilestoneDate), within), pk=pk)
    owner = accessible_programme(request, found.milestone.programme.slug, DECIDE_STATUS)
    back = reverse("staff:programme", args=[owner.slug])
    trail = [("Programmes", reverse("staff:programmes")), (owner.profile.name, back)]
    title = f"Milestone: {found.title}"
    return decide(request, found, about=owner.profile.name, back=back, trail=trail, title=title)


@require_POST
@staff_only(MOVE_MILESTONE)
def milestone_take_back(request, pk):
    """Delete what the person proposed to say of a milestone."""
    within = Programme.objects.accessible_to(request.user, MOVE_MILESTONE, request.moment.at)
    if answer := decided_before(request, kind_of(MilestoneDate), pk, within):
        return answer
    found = get_object_or_404(proposals(kind_of(MilestoneDate), within), pk=pk)
    slug = found.milestone.programme.slug
    if found.author != request.user:
        messages.info(request, f"{found.author} proposed it, and can delete it.")
        return redirect("staff:programme", slug)
    if not request.POST.get("sure"):
        return ask_to_delete(request, found.title, back=reverse("staff:programme", args=[slug]))
    try:
        reason = "Deleted by who proposed it"
        refuse_proposal(proposal=found, reason=reason, by=request.user, at=request.moment.at)
        messages.success(request, "The draft is deleted. Nothing public changed.")
    except GoneError as refused:
        messages.info(request, str(refused))
    return redirect("staff:programme", slug)


def _mended(proposed, row):
    """A row as it would be proposed: why its date moved stays, and a note says what was wrong."""
    note = f"{row.note} {proposed.cells['reason']}".strip()
    return replace(proposed, cells=proposed.cells | {"reason": row.reason, "note": note})


def _again(request, end, row):
    """A pair: the form with the person's words, checked anew, and the ``Conflict`` to show."""
    data = request.POST.copy()
    data["seen"] = seen_token(row)
    again = MilestoneChangeForm(data, now=row, today=request.moment.today, end=end)
    return again, Conflict(staff_presenters.milestone_stands(row), lines=[])


def _change(milestone, cleaned, *, by, at):
    """Carry out the change that the form asks for, and give the new statement."""
    common = {"milestone": milestone, "seen": cleaned["seen"], "by": by, "at": at}
    match cleaned["change"]:
        case MilestoneChange.DONE:
            return actions.propose_finish(done_as=cleaned["done"].text, **common)
        case MilestoneChange.MOVED:
            return actions.propose_move(
                due_as=cleaned["due"].text, reason=cleaned["because"], **common
            )
        case MilestoneChange.DROPPED:
            return actions.propose_drop(reason=cleaned["because"], **common)
        case _:
            return actions.propose_start(reason=cleaned["because"], **common)
