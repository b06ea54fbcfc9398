"""Staff pages of the programmes: the list, status updates from draft to public, milestones."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.timezone import localtime

from bhcp_portal.kit.access import recently_confirmed, staff_only
from partners.roles import DECIDE_STATUS, MOVE_MILESTONE, SEE_PROGRAMMES, WRITE_STATUS
from programmes import actions, desk
from programmes.forms import (
    Change,
    DecisionForm,
    MilestoneChangeForm,
    MilestoneForm,
    StatusForm,
    VersionForm,
)
from programmes.models import Milestone, Programme, StatusUpdate
from programmes.models.status import State, is_better, open_period

CONFLICT = 409


# -- programmes -----------------------------------------------------------------------------------


@staff_only(SEE_PROGRAMMES)
def programmes(request):
    """Every programme within the person's reach: how it stands and what is due."""
    at = request.moment.at
    within = Programme.objects.within_reach(request.user, SEE_PROGRAMMES, at)
    return render(request, "programmes/staff/list.html", {"desks": desk.desks(within, at=at)})


@staff_only(SEE_PROGRAMMES)
def programme(request, slug):
    """One programme: what to do, its milestones, and every update with its state."""
    at = request.moment.at
    found = _programme(request, slug, SEE_PROGRAMMES)
    context = {
        "desk": desk.desks(Programme.objects.filter(pk=found.pk), at=at)[0],
        "updates": found.updates.said_by(at).newest_first().select_related("source"),
        "may_write": _reaches(request, found, WRITE_STATUS),
        "may_decide": _reaches(request, found, DECIDE_STATUS),
        "may_move": _reaches(request, found, MOVE_MILESTONE),
    }
    return render(request, "programmes/staff/programme.html", context)


# -- status updates -------------------------------------------------------------------------------


@staff_only(WRITE_STATUS)
def status_add(request, slug):
    """Write the open month's update; ``?from=`` begins with the words of an earlier one."""
    at = request.moment.at
    found = _programme(request, slug, WRITE_STATUS)
    period = open_period(request.moment.today)
    if request.method != "POST":
        for begun in found.updates.in_work().order_by("-period"):
            if not begun.corrects(at):
                return redirect("staff:status_edit", begun.pk)
        if there := StatusUpdate.objects.of_month(found, period, at):
            messages.info(request, _stands(there))
            return redirect("staff:status", there.pk)
    act = partial(actions.start_status, programme=found)
    return _write(request, found, period, act, copied=_copied(request, found))


@staff_only(WRITE_STATUS)
def status_edit(request, pk):
    """Change a draft or a returned update. One left over from a closed month becomes the open month's."""
    at = request.moment.at
    row = _update(request, pk, WRITE_STATUS)
    if request.method != "POST" and not row.may_become(row.state):
        messages.info(request, _stands(row))
        return redirect("staff:status", row.pk)
    corrects = row.corrects(at)
    period = row.period if corrects else open_period(request.moment.today)
    act = partial(actions.save_status, update=row)
    return _write(request, row.programme, period, act, row=row, corrects=corrects)


@staff_only(WRITE_STATUS)
def status_correct(request, pk):
    """Begin the correction of a published update."""
    at = request.moment.at
    row = _update(request, pk, WRITE_STATUS)
    if not (row.period and row.stands(at)):
        raise Http404
    if request.method != "POST":
        begun = StatusUpdate.objects.drafts().filter(programme=row.programme, period=row.period)
        if begun := begun.first():
            return redirect("staff:status", begun.pk)
    act = partial(actions.correct_status, update=row)
    return _write(request, row.programme, row.period, act, corrects=row)


@staff_only(SEE_PROGRAMMES)
def status(request, pk):
    """One update: to its author what will happen when it is submitted, to others what it says."""
    at = request.moment.at
    row = _update(request, pk, SEE_PROGRAMMES)
    told = _told(row, at)
    is_mine = row.may_become(State.SUBMITTED) and _reaches(request, row.programme, WRITE_STATUS)
    context = told | {
        "is_mine": is_mine,
        "faults": actions.faults_of(row, at) if is_mine else [],
        "is_closed": is_mine
        and not told["corrects"]
        and row.period != open_period(request.moment.today),
        "approvers": desk.approvers(row.programme, at=at, but=request.user) if is_mine else [],
        "may_correct": row.period
        and row.stands(at)
        and _reaches(request, row.programme, WRITE_STATUS),
        "may_decide": row.state == State.SUBMITTED
        and row.submitted_by_id != request.user.pk
        and _reaches(request, row.programme, DECIDE_STATUS),
    }
    return render(request, "programmes/staff/status.html", context)


@staff_only(WRITE_STATUS)
def status_submit(request, pk):
    """Hand an update to another person."""
    row = _update(request, pk, WRITE_STATUS)
    form = VersionForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return redirect("staff:status", row.pk)
    try:
        actions.submit_status(
            update=row, version=form.cleaned_data["version"], by=request.user, at=request.moment.at
        )
    except (actions.MoveError, actions.StaleError) as refused:
        return _refused(request, refused.row)
    except (actions.IncompleteError, actions.ClosedPeriodError) as refused:
        messages.error(request, f"It was not submitted. {refused}")
        return redirect("staff:status_edit", row.pk)
    _tell(request, f"{_named(row)} was submitted. Another person now decides on it.", row.programme)
    return redirect("staff:home")


@staff_only(DECIDE_STATUS)
@recently_confirmed
def status_decide(request, pk):
    """Approve an update, which publishes it at once, or return it with remarks."""
    at = request.moment.at
    row = _update(request, pk, DECIDE_STATUS)
    if row.state != State.SUBMITTED:
        return _refused(request, row)
    is_own = row.submitted_by_id == request.user.pk
    form = DecisionForm(
        request.POST if request.method == "POST" else None, initial={"version": row.version}
    )
    if request.method == "POST" and form.is_valid() and not is_own:
        try:
            return _decide(request, row, form.cleaned_data)
        except (actions.MoveError, actions.StaleError) as refused:
            return _refused(request, refused.row)
        except actions.IncompleteError as refused:
            form.add_error(None, f"It can’t be published: {refused}. Return it to its author.")
        except actions.OvertakenError:
            form.add_error(
                None, "A later month was published meanwhile. Return this one to its author."
            )
    others = desk.approvers(row.programme, at=at, but=request.user) if is_own else []
    context = _told(row, at) | {"form": form, "is_own": is_own, "approvers": others}
    return render(request, "programmes/staff/status_decide.html", context)


def _decide(request, row, cleaned):
    """One decision as the form gives it, and where to go on."""
    decided = {
        "update": row,
        "version": cleaned["version"],
        "remarks": cleaned["remarks"],
        "by": request.user,
        "at": request.moment.at,
    }
    if cleaned["decision"] == "approve":
        published = actions.approve_status(**decided)
        _tell(request, f"{_named(row)} is published.", row.programme, public=published)
    else:
        actions.return_status(**decided)
        _tell(request, f"{_named(row)} went back to its author.", row.programme)
    return redirect("staff:home")


@staff_only(WRITE_STATUS)
def status_discard(request, pk):
    """Throw a draft away, after asking."""
    row = _update(request, pk, WRITE_STATUS)
    if not row.may_become(row.state):
        return _refused(request, row)
    form = VersionForm(
        request.POST if request.method == "POST" else None, initial={"version": row.version}
    )
    if request.method == "POST" and form.is_valid():
        version, words = form.cleaned_data["version"], _named(row)
        try:
            actions.discard_status(
                update=row, version=version, by=request.user, at=request.moment.at
            )
        except (actions.MoveError, actions.StaleError) as refused:
            return _refused(request, refused.row)
        _tell(request, f"{words} was thrown away. Nothing public changed.", row.programme)
        return redirect("staff:programme", row.programme.slug)
    context = {"update": row, "programme": row.programme, "form": form}
    return render(request, "programmes/staff/status_discard.html", context)


# -- milestones -----------------------------------------------------------------------------------


@staff_only(MOVE_MILESTONE)
@recently_confirmed
def milestone_add(request, slug):
    """Add a milestone; it is public at once."""
    found = _programme(request, slug, MOVE_MILESTONE)
    form = MilestoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        milestone = actions.add_milestone(
            programme=found,
            title=said["title"],
            description=said["description"],
            due_as=said["due"],
            is_critical=said["is_critical"],
            by=request.user,
            at=request.moment.at,
        )
        _tell(request, f"“{said['title']}” was added and is public.", found, public=milestone)
        return redirect("staff:programme", found.slug)
    return render(
        request, "programmes/staff/milestone_add.html", {"form": form, "programme": found}
    )


@staff_only(MOVE_MILESTONE)
@recently_confirmed
def milestone(request, slug):
    """Say what became of a milestone; it is public at once."""
    at = request.moment.at
    found = get_object_or_404(
        Milestone.objects.known_at(at)
        .with_dates(at)
        .within_reach(request.user, MOVE_MILESTONE, at)
        .select_related("programme"),
        slug=slug,
    )
    owner = _programme(request, found.programme.slug, MOVE_MILESTONE)
    # Checked against what the person had before them; whether that still stands the action asks.
    seen = {str(each.pk): each for each in found.said}.get(request.POST.get("seen"), found.current)
    form = MilestoneChangeForm(
        request.POST if request.method == "POST" else None,
        now=seen,
        today=request.moment.today,
    )
    meanwhile = None
    if request.method == "POST" and form.is_valid():
        try:
            new = _change(found, form.cleaned_data, by=request.user, at=at)
        except actions.StaleError as refused:
            if desk.says_change(refused.row, form.cleaned_data, by=request.user):
                messages.info(request, "This was saved already, so nothing was saved twice.")
                return redirect("staff:programme", owner.slug)
            meanwhile = refused.row
        else:
            words = (
                f"“{new.title}”: {Change(form.cleaned_data['change']).label.lower()}. It is public."
            )
            _tell(request, words, owner, public=found)
            return redirect("staff:programme", owner.slug)
    context = {"form": form, "milestone": found, "programme": owner, "meanwhile": meanwhile}
    return render(
        request, "programmes/staff/milestone.html", context, status=CONFLICT if meanwhile else 200
    )


def _change(milestone, said, *, by, at):
    """What became of a milestone, by the action it means."""
    common = {"milestone": milestone, "seen": said["seen"], "by": by, "at": at}
    match said["change"]:
        case Change.DONE:
            return actions.finish_milestone(done_as=said["done"], **common)
        case Change.MOVED:
            return actions.move_milestone(due_as=said["due"], reason=said["because"], **common)
        case Change.DROPPED:
            return actions.drop_milestone(reason=said["because"], **common)
        case _:
            return actions.start_milestone(reason=said["because"], **common)


# -- what the views share -------------------------------------------------------------------------


def _programme(request, slug, permission):
    """A programme within the person's reach, with its name."""
    at = request.moment.at
    return get_object_or_404(
        Programme.objects.known_at(at).with_profile(at).within_reach(request.user, permission, at),
        slug=slug,
    )


def _update(request, pk, permission):
    """An update of a programme within the person's reach, with the programme's name."""
    at = request.moment.at
    row = get_object_or_404(
        StatusUpdate.objects.within_reach(request.user, permission, at)
        .with_names(at)
        .select_related("programme", "author", "submitted_by", "decided_by", "source"),
        pk=pk,
    )
    row.programme = _programme(request, row.programme.slug, permission)
    return row


def _reaches(request, programme, permission):
    """Whether the person may do a thing to a programme."""
    if not request.user.has_perm(permission):
        return False
    programmes = Programme.objects.filter(pk=programme.pk)
    return programmes.within_reach(request.user, permission, request.moment.at).exists()


def _copied(request, programme):
    """The earlier update whose words the form begins with, where the address names one."""
    asked = request.GET.get("from", "")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return programme.updates.said_by(request.moment.at).filter(pk=asked).first()


def _told(row, at):
    """What a page says of an update: its words beside those it follows or corrects, and the facts."""
    corrects = row.corrects(at)
    facts = StatusUpdate.objects.facts(row.programme, row.period, at) if row.period else None
    beside = corrects or (facts.before if facts else None)
    return {
        "update": row,
        "programme": row.programme,
        "corrects": corrects,
        "beside": beside,
        "heads": _heads(corrects, beside),
        "lines": desk.lines(row, beside),
        "facts": facts,
        "differs": bool(facts) and is_better(row.status, facts.suggested),
        "stands": _stands(row),
        "month": _month_of(row),
    }


def _heads(corrects, beside):
    """The headings of the table that shows an update beside another."""
    then = "What was published" if corrects else _month_of(beside)
    return {"caption": "What it says", "columns": ["About", "This update", then]}


def _month_of(update):
    """The month an update is for; of a document's, when it was published."""
    return (update.period_words or update.published_words) if update else ""


def _write(request, programme, period, act, *, row=None, corrects=None, copied=None):
    """The one page on which an update is written: begun, changed or corrected by an action."""
    at = request.moment.at
    facts = StatusUpdate.objects.facts(programme, period, at)
    others = Programme.objects.known_at(at).with_profile(at).exclude(pk=programme.pk)
    options = {"programmes": others, "facts": facts, "period": period, "corrects": corrects}
    asked = request.POST if request.method == "POST" else None
    form = StatusForm(
        asked,
        initial=StatusForm.initial_from(row, correcting=corrects, copying=copied),
        whole=bool(asked and "check" in asked),
        **options,
    )
    conflict = None
    if asked and form.is_valid():
        version = {"version": form.cleaned_data["version"]} if row else {}
        try:
            saved = act(values=form.values, by=request.user, at=at, **version)
        except (actions.StaleError, actions.ExistsError, actions.MoveError) as refused:
            if not StatusUpdate.objects.filter(pk=refused.row.pk).exists():
                return _refused(request, refused.row)
            if desk.says_the_same(refused.row, form.values):
                messages.info(request, "This was saved already, so nothing was saved twice.")
                return _after_saving(refused.row, form)
            base = row.written_as(form.cleaned_data["version"]) if row else None
            row = refused.row
            names = {each.pk: each.profile.name for each in others}
            conflict = desk.conflict(refused.row, form.values, base, names)
            form = StatusForm(
                initial=StatusForm.initial_from(conflict.merged, version=row.version),
                **options,
            )
        else:
            if not form.whole:
                _tell(request, "Your draft is saved. You can come back to it.", programme)
            return _after_saving(saved, form)
    context = {
        "form": form,
        "programme": programme,
        "period": period,
        "update": row,
        "corrects": corrects,
        "copied": copied,
        "facts": facts,
        "last": corrects or facts.before,
        "last_words": _month_of(corrects or facts.before),
        "was": desk.words(corrects or facts.before),
        "conflict": conflict,
        "stands": _stands(row) if conflict else "",
        "month": desk.month_words(period),
        "due": desk.due_words(period, request.moment.today)[0],
        "is_left_over": bool(row and row.period != period),
    }
    return render(
        request,
        "programmes/staff/status_form.html",
        context,
        status=CONFLICT if conflict else 200,
    )


def _after_saving(row, form):
    """On to the page that submits it; a draft stays where it is written."""
    return redirect("staff:status" if form.whole else "staff:status_edit", row.pk)


def _refused(request, row):
    """Somebody was quicker: say who and what, and show what stands now."""
    if not StatusUpdate.objects.filter(pk=row.pk).exists():
        messages.info(request, "Somebody threw this draft away meanwhile.")
        return redirect("staff:programme", row.programme.slug)
    messages.info(request, _stands(row))
    return redirect("staff:status", row.pk)


def _stands(row):
    """Who did what with an update last, in a sentence."""
    match row.state:
        case State.SUBMITTED:
            return (
                f"{row.submitted_by} submitted it {_when(row.submitted_at)}. It waits for approval."
            )
        case State.RETURNED:
            return f"{row.decided_by} returned it {_when(row.decided_at)}."
        case State.PUBLISHED if row.decided_by:
            return f"It is public: {row.decided_by} approved it {_when(row.decided_at)}."
        case State.PUBLISHED:
            return "It is public."
    return f"{row.author} changed it {_when(row.edited_at)}. This is what it says now."


def _when(moment):
    return localtime(moment).strftime("on %-d %B %Y at %H:%M")


def _named(row):
    return f"{row.programme.profile.name}, {row.period_words},"


def _tell(request, words, programme, *, public=None):
    """Say what happened, with a way to the public page of it."""
    address = (public or programme).get_absolute_url()
    messages.success(
        request,
        format_html(
            '{} <a class="nhsuk-notification-banner__link" href="{}">See the public page</a>',
            words,
            address,
        ),
    )
