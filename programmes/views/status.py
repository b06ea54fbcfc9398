"""Pages of status updates: the public list, and the staff pages from draft to publication."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from bhcp_portal.kit.access import public, recently_confirmed, staff_only
from bhcp_portal.kit.actions import (
    IncompleteError,
    StaleError,
    TransitionError,
    had_hand_in,
    says_the_same,
    seen_token,
)
from bhcp_portal.kit.decisions import DecisionForm, decided_before, say_decided
from bhcp_portal.kit.editor.reach import may_take_back
from bhcp_portal.kit.fields import SeenForm
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.last_steps import last_step
from bhcp_portal.kit.pages import page_of
from bhcp_portal.kit.staff_views import CONFLICT, gone, not_sent, say_public
from bhcp_portal.kit.waiting import next_step
from partners.roles import DECIDE_STATUS, SEE_PROGRAMMES, WRITE_PROGRAMMES, WRITE_STATUS
from programmes import actions, staff_presenters
from programmes.forms.status import DeleteDraftForm, StatusForm
from programmes.models import Programme, StatusUpdate
from programmes.models.status import UpdateState, month_to_report
from programmes.presenters.status import update_history
from programmes.views.programmes import (
    accessible_programme,
    is_accessible,
    programme_not_yet_known,
    with_record_link,
)

ON_A_PAGE = 15


@public(takes=("page",))
@require_safe
def programme_updates(request, slug):
    moment = request.moment
    programme = (
        Programme.objects.known_at(moment.at).with_profile(moment.at).filter(slug=slug).first()
    )
    if programme is None:
        return programme_not_yet_known(request, slug)
    updates = programme.updates.every_version(moment.at)
    page = page_of(request, updates, ON_A_PAGE)
    newest = programme.updates.live(moment.at).newest_first().first()
    stages = (
        programme.stages.published_by(moment.at).with_sources(moment.at).order_by("recorded_at")
    )
    history = update_history(page, stages=stages, newest=newest, at=moment.at, day=moment.today)
    taken_back = programme.updates.taken_back_by(moment.at).order_by("-taken_back_at", "-pk")
    context = {
        "programme": programme,
        "page": page,
        "history": history,
        "taken_back": taken_back if page.number == 1 else (),
    }
    return render(request, "programmes/updates.html", context)


# -- writing --------------------------------------------------------------------------------------


@staff_only(WRITE_STATUS)
def status_add(request, slug):
    """Write the open month's update. ``?from=``: the key of an earlier update to begin with."""
    at = request.moment.at
    programme = accessible_programme(request, slug, WRITE_STATUS)
    period = month_to_report(programme, at)
    if request.method != "POST":
        for begun in programme.updates.in_work().order_by("-period"):
            if not begun.corrects(at):
                return redirect("staff:status_edit", begun.pk)
        if there := StatusUpdate.objects.of_month(programme, period, at):
            messages.info(request, _stands(there))
            return redirect("staff:status", there.pk)
        if refusal := StatusUpdate(programme=programme, period=period).refusal(at):
            messages.info(request, with_record_link(request, programme, refusal))
            return redirect("staff:programme", programme.slug)
    page = _FormPage(request, programme, period, copied=_copied(request, programme))
    form = page.form()
    if not page.is_sent(form):
        return page.show(form)
    try:
        saved = actions.start_status(
            programme=programme, values=form.values, by=request.user, at=at
        )
    except actions.ExistsError as refused:
        return page.show_conflict(form, refused.row)
    except actions.EndedError as refused:
        return page.show_refused(form, refused)
    return page.after_saving(form, saved)


@staff_only(WRITE_STATUS)
def status_edit(request, pk):
    """Change a draft or a returned update. One from a closed month becomes the open month's."""
    at = request.moment.at
    if answer := _gone(request, pk):
        return answer
    row = _update(request, pk, WRITE_STATUS)
    if request.method != "POST" and not row.may_become(row.state):
        messages.info(request, _stands(row))
        return redirect("staff:status", row.pk)
    corrects = row.corrects(at)
    period = row.period if corrects else month_to_report(row.programme, at)
    page = _FormPage(request, row.programme, period, row=row, corrects=corrects)
    form = page.form()
    if not page.is_sent(form):
        return page.show(form)
    try:
        saved = actions.save_status(
            update=row,
            seen=form.cleaned_data["seen"],
            values=form.values,
            by=request.user,
            at=at,
        )
    except (StaleError, TransitionError, actions.ExistsError) as refused:
        return page.show_conflict(form, refused.row)
    except actions.EndedError as refused:
        return page.show_refused(form, refused)
    return page.after_saving(form, saved)


@staff_only(WRITE_STATUS)
def status_correct(request, pk):
    """Begin the correction of a published update."""
    at = request.moment.at
    published = _update(request, pk, WRITE_STATUS)
    if not (published.period and published.stands(at)):
        raise Http404
    if request.method != "POST":
        begun = StatusUpdate.objects.drafts().filter(
            programme=published.programme, period=published.period
        )
        if begun := begun.first():
            return redirect("staff:status", begun.pk)
    page = _FormPage(request, published.programme, published.period, corrects=published)
    form = page.form()
    if not page.is_sent(form):
        return page.show(form)
    try:
        saved = actions.correct_status(update=published, values=form.values, by=request.user, at=at)
    except (TransitionError, actions.ExistsError) as refused:
        return page.show_conflict(form, refused.row)
    except actions.EndedError as refused:
        return page.show_refused(form, refused)
    return page.after_saving(form, saved)


@dataclass
class _FormPage:
    """The page with the form of a status update.

    ``row``: the draft that is edited. ``corrects``: the published update that it would supersede.
    ``copied``: the earlier update whose words a new one begins with.
    """

    request: object
    programme: Programme
    period: object
    row: StatusUpdate | None = None
    corrects: StatusUpdate | None = None
    copied: StatusUpdate | None = None
    facts: object = field(init=False)
    others: object = field(init=False)

    def __post_init__(self):
        at = self.request.moment.at
        self.facts = StatusUpdate.objects.facts(self.programme, self.period, at)
        self.others = Programme.objects.known_at(at).with_profile(at).exclude(pk=self.programme.pk)

    def form(self):
        """The form with what was sent or, before that, with its initial values."""
        initial = StatusForm.initial_from(self.row, correcting=self.corrects, copying=self.copied)
        sent = self.request.POST if self.request.method == "POST" else None
        return self._form(sent, initial=initial, whole=bool(sent and "check" in sent))

    def _form(self, sent=None, **options):
        return StatusForm(
            sent,
            programmes=self.others,
            facts=self.facts,
            period=self.period,
            corrects=self.corrects,
            **options,
        )

    def is_sent(self, form):
        return self.request.method == "POST" and form.is_valid()

    def after_saving(self, form, saved):
        """Redirect to the page for submitting; after saving only a draft, back to the form."""
        if form.whole:
            return redirect("staff:status", saved.pk)
        words = "Your draft is saved. You can come back to it."
        say_public(self.request, words, self.programme)
        return redirect("staff:status_edit", saved.pk)

    def show_refused(self, form, refused):
        """Show the form again with what is wrong in it; the person's words stay."""
        form.add_error(None, with_record_link(self.request, self.programme, str(refused)))
        return self.show(form)

    def show_conflict(self, form, row):
        """Show the form again after somebody else changed the update first.

        Their words stand beside; the person's own words stay in the form.
        """
        if not StatusUpdate.objects.filter(pk=row.pk).exists():
            return _refused(self.request, row)
        if says_the_same(row, form.values):
            messages.info(self.request, "This was saved already, so nothing was saved twice.")
            return redirect("staff:status" if form.whole else "staff:status_edit", row.pk)
        before = self.row.version_seen(form.cleaned_data["seen"]) if self.row else None
        names = {each.pk: each.profile.name for each in self.others}
        conflict, merged = staff_presenters.conflict(
            row, form.values, before=before, names=names, sentence=_stands(row)
        )
        self.row = row
        initial = StatusForm.initial_from(merged, seen=seen_token(row))
        return self.show(self._form(initial=initial), conflict)

    def show(self, form, conflict=None):
        last = self.corrects or self.facts.before
        context = {
            "form": form,
            "programme": self.programme,
            "period": self.period,
            "update": self.row,
            "corrects": self.corrects,
            "copied": self.copied,
            "facts": self.facts,
            "may_end": is_accessible(self.request, self.programme, WRITE_PROGRAMMES),
            "last": last,
            "last_words": staff_presenters.month_of(last),
            "was": staff_presenters.words(last),
            "conflict": conflict,
            "month": staff_presenters.month_words(self.period),
            "due": staff_presenters.due_words(self.period, self.request.moment.today)[0],
            "is_left_over": bool(self.row and self.row.period != self.period),
        }
        return render(
            self.request,
            "programmes/staff/status_form.html",
            context,
            status=CONFLICT if conflict else 200,
        )


# -- from draft to public -------------------------------------------------------------------------


@staff_only(SEE_PROGRAMMES)
def status(request, pk):
    """Show one update. Those who may write it also see what keeps it from being submitted."""
    at = request.moment.at
    row = _update(request, pk, SEE_PROGRAMMES)
    shown = staff_presenters.beside_another(row, at)
    overtaken = actions.overtaken_by(row, at) if row.state == UpdateState.SUBMITTED else ""
    is_mine = row.may_become(UpdateState.SUBMITTED) and is_accessible(
        request, row.programme, WRITE_STATUS
    )
    context = shown | {
        "stands": _stands(row),
        "is_mine": is_mine,
        "overtaken": _linked(request, row, overtaken),
        "seen_form": SeenForm(initial={"seen": seen_token(row)}),
        "errors": [
            (name, _linked(request, row, words))
            for name, words in (actions.submission_errors(row, at) if is_mine else [])
        ],
        "is_closed": is_mine
        and not shown["corrects"]
        and row.period != month_to_report(row.programme, at),
        "approvers": staff_presenters.approvers(row.programme, at=at, but=request.user)
        if is_mine
        else [],
        "may_correct": row.period
        and row.stands(at)
        and is_accessible(request, row.programme, WRITE_STATUS),
        "may_take_back": row.is_published
        and not row.taken_back_at
        and may_take_back(request.user, kind_of(StatusUpdate), row.programme, at),
        "may_recall": row.state == UpdateState.SUBMITTED
        and is_accessible(request, row.programme, WRITE_STATUS),
        "may_decide": row.state == UpdateState.SUBMITTED
        and not had_hand_in(row, request.user)
        and is_accessible(request, row.programme, DECIDE_STATUS),
    }
    return render(request, "programmes/staff/status.html", context)


def _linked(request, row, words):
    """What refuses an update, with a link where it is that the programme has ended."""
    is_end = words and words == row.refusal(request.moment.at)
    return with_record_link(request, row.programme, words) if is_end else words


@staff_only(WRITE_STATUS)
def status_submit(request, pk):
    """Submit an update, so that another person can decide on it."""
    row = _update(request, pk, WRITE_STATUS)
    form = SeenForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return redirect("staff:status", row.pk)
    try:
        actions.submit_status(
            update=row, seen=form.cleaned_data["seen"], by=request.user, at=request.moment.at
        )
    except (TransitionError, StaleError) as refused:
        return _refused(request, refused.row)
    except (IncompleteError, actions.ClosedPeriodError) as refused:
        messages.error(request, f"It was not submitted. {refused}")
        return redirect("staff:status_edit", row.pk)
    words = next_step(row, request.moment.at, "Another person now decides on it.")
    say_public(request, f"{_named(row)} was submitted. {words}", row.programme)
    return redirect("staff:home")


@require_POST
@staff_only(WRITE_STATUS)
def status_recall(request, pk):
    """Take an update back that nobody decided on yet, to change or delete it."""
    row = _update(request, pk, WRITE_STATUS)
    form = SeenForm(request.POST)
    if not form.is_valid():
        return redirect("staff:status", row.pk)
    seen = form.cleaned_data["seen"]
    try:
        actions.recall_status(update=row, seen=seen, by=request.user, at=request.moment.at)
    except (TransitionError, StaleError) as refused:
        return _refused(request, refused.row)
    messages.success(request, f"{_named(row)} is taken back. What you wrote is kept as a draft.")
    return redirect("staff:status", row.pk)


@staff_only(DECIDE_STATUS)
@recently_confirmed
def status_decide(request, pk):
    """Approve an update, which publishes it at once, or return it with remarks."""
    at = request.moment.at
    if not StatusUpdate.objects.filter(pk=pk).exists():
        within = Programme.objects.accessible_to(request.user, DECIDE_STATUS, at)
        return decided_before(request, kind_of(StatusUpdate), pk, within)
    row = _update(request, pk, DECIDE_STATUS)
    if row.state != UpdateState.SUBMITTED:
        return _refused(request, row, request.POST.get("remarks", ""))
    is_own = had_hand_in(row, request.user)
    overtaken = actions.overtaken_by(row, at)
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        initial={"seen": seen_token(row)},
        offered=("return",) if overtaken else None,
    )
    if request.method == "POST" and form.is_valid() and not is_own:
        try:
            return _decide(request, row, form.cleaned_data)
        except (TransitionError, StaleError) as refused:
            return _refused(request, refused.row, form.cleaned_data["remarks"])
        except IncompleteError as refused:
            sentence = str(refused).removesuffix(".")
            form.add_error(None, f"It can’t be published: {sentence}. Return it to its author.")
        except actions.LaterPeriodPublishedError:
            form.add_error(
                None, "A later month was published meanwhile. Return this one to its author."
            )
    others = staff_presenters.approvers(row.programme, at=at, but=request.user) if is_own else []
    context = staff_presenters.beside_another(row, at) | {
        "form": form,
        "is_own": is_own,
        "overtaken": _linked(request, row, overtaken),
        "approvers": others,
    }
    return render(request, "programmes/staff/status_decide.html", context)


def _decide(request, row, cleaned):
    """Carry out the decision that the form gives, and redirect."""
    decided = {
        "update": row,
        "seen": cleaned["seen"],
        "remarks": cleaned["remarks"],
        "by": request.user,
        "at": request.moment.at,
    }
    if cleaned["decision"] == "approve":
        published = actions.approve_status(**decided)
        say_decided(request, f"{_named(row)} is published.", published)
    else:
        actions.return_status(**decided)
        say_decided(request, f"{_named(row)} went back to its author.", row.programme)
    return redirect("staff:home")


@staff_only(WRITE_STATUS)
def status_discard(request, pk):
    """Ask whether to delete a draft, and delete it."""
    row = _update(request, pk, WRITE_STATUS)
    if not row.may_become(row.state):
        return _refused(request, row)
    form = DeleteDraftForm(
        request.POST if request.method == "POST" else None,
        initial={"seen": seen_token(row)},
        is_own=row.author == request.user,
    )
    if request.method == "POST" and form.is_valid():
        words = _named(row)
        try:
            actions.discard_status(
                update=row, **form.cleaned_data, by=request.user, at=request.moment.at
            )
        except (TransitionError, StaleError) as refused:
            return _refused(request, refused.row)
        say_public(
            request, f"{words}: the draft was deleted. Nothing public changed.", row.programme
        )
        return redirect("staff:programme", row.programme.slug)
    context = {"update": row, "programme": row.programme, "form": form}
    return render(request, "programmes/staff/status_discard.html", context)


def _update(request, pk, permission):
    """The update with a primary key, if the person has a permission for it; else a 404."""
    at = request.moment.at
    row = get_object_or_404(
        StatusUpdate.objects.accessible_to(request.user, permission, at)
        .with_names(at)
        .select_related("programme", "author", "submitted_by", "decided_by", "source"),
        pk=pk,
    )
    row.programme = accessible_programme(request, row.programme.slug, permission)
    return row


def _copied(request, programme):
    """The earlier update that ``?from=`` names, whose words the form begins with; or ``None``."""
    asked = request.GET.get("from", "")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return programme.updates.published_by(request.moment.at).filter(pk=asked).first()


def _gone(request, pk):
    """What was sent for an update that somebody deleted; ``None`` if it is there still."""
    if request.method != "POST" or StatusUpdate.objects.filter(pk=pk).exists():
        return None
    sentence = "Somebody deleted this draft while you were writing."
    return gone(request, StatusForm, sentence, reverse("staff:programmes"))


def _refused(request, row, words=""):
    """Redirect with a message that somebody else changed or deleted the update first.

    ``words``: what the person wrote and was not sent.
    """
    if not StatusUpdate.objects.filter(pk=row.pk).exists():
        messages.info(request, f"Nothing was changed. {last_step(row)}{not_sent(words)}")
        return redirect("staff:programme", row.programme.slug)
    was = "Nothing was changed. " if request.method == "POST" else ""
    messages.info(request, f"{was}{_stands(row)}{not_sent(words)}")
    return redirect("staff:status", row.pk)


def _stands(row):
    """A sentence that says who changed an update last, how and when."""
    match row.state:
        case UpdateState.SUBMITTED:
            return (
                f"{row.submitted_by} submitted it {_when(row.submitted_at)}. It waits for approval."
            )
        case UpdateState.RETURNED:
            return f"{row.decided_by} returned it {_when(row.decided_at)}."
        case UpdateState.PUBLISHED if row.taken_back_at:
            return f"It was taken back {_when(row.taken_back_at)}: {row.taken_back_because}"
        case UpdateState.PUBLISHED if row.decided_by:
            return f"It is public: {row.decided_by} approved it {_when(row.decided_at)}."
        case UpdateState.PUBLISHED:
            return "It is public."
    return f"{row.author} changed it {_when(row.edited_at)}. This is what it says now."


def _when(moment):
    return localtime(moment).strftime("on %-d %B %Y at %H:%M")


def _named(row):
    return f"{row.programme.profile.name}, {row.period_words},"
