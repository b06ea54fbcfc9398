"""What the staff home page shows a person about programmes."""

from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.urls import reverse

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.inbox import Box, InboxEntry
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposals import approved_lately, deleted_lately, proposals
from bhcp_portal.kit.waiting import Waiting, WaitingRow, sent_by, together
from partners.models import Membership, Partner, PartnerName
from partners.roles import (
    DECIDE_STATUS,
    KEEP_RECORD,
    MOVE_MILESTONE,
    WRITE_PROGRAMMES,
    WRITE_STATUS,
)
from programmes import actions, staff_presenters
from programmes.actions.endings import ends_to_come
from programmes.models import Milestone, MilestoneDate, Programme, ProgrammePartner, StatusUpdate
from programmes.models.status import (
    UpdateState,
)
from programmes.staff_presenters import due_words, never_reported, staff_programmes

WEEK = timedelta(days=7)
NEVER_REPORTED = "Programmes that nobody ever reported on"


def waiting_for(user, at):
    """The inbox entries of a person about programmes, each with a link to the page where they act.

    They are updates to approve, updates to write, what the person wrote or approved in the last week
    and, for record keepers, programmes without a lead and those that nobody ever reported on.
    """
    entries = []
    if user.has_perm(DECIDE_STATUS):
        entries += _to_decide(user, at)
        entries += _proposals_to_decide(user, at)
    silent = _never_reported(user, at)
    if user.has_perm(WRITE_STATUS):
        entries += _to_write(user, at, silent)
        entries += _deleted_updates(user, at)
    if user.has_perm(KEEP_RECORD) and user.partner_scope(KEEP_RECORD) is None:
        entries += _without_lead(at)
    entries += _to_end(user, silent, at)
    if user.has_perm(MOVE_MILESTONE):
        entries += _own_proposals(user, at)
        entries += _deleted_proposals(user, at)
    if user.has_perm(DECIDE_STATUS) or user.has_perm(WRITE_STATUS):
        entries += _just_published(user, at)
        entries += _milestones_just_published(user, at)
    return entries


def _to_decide(user, at):
    rows = StatusUpdate.objects.accessible_to(user, DECIDE_STATUS, at).waiting()
    own = StatusUpdate.objects.drafts().written_by(user)
    leads = Programme.objects.partner_names(at)
    for row in _named(rows.exclude(pk__in=own.values("pk")), at):
        yield InboxEntry(
            Box.DECIDE,
            f"Approve status: {row.name}, {row.period_words}",
            reverse("staff:status_decide", args=[row.pk]),
            day=london_day(row.submitted_at),
            partner=leads.get(row.programme_id, ""),
            meta=f"Sent by {row.submitted_by} on {day_in_words(london_day(row.submitted_at))}",
            tag=row.get_status_display(),
            together=together(kind_of(StatusUpdate)),
            refusal=partial(actions.overtaken_by, row, at),
        )


def _proposals_to_decide(user, at):
    within = Programme.objects.accessible_to(user, DECIDE_STATUS, at)
    leads, names = within.partner_names(at), _names(at)
    own = MilestoneDate.objects.drafts().written_by(user)
    for draft in proposals(kind_of(MilestoneDate), within).exclude(pk__in=own.values("pk")):
        yield InboxEntry(
            Box.DECIDE,
            f"Decide on a milestone: {names[draft.milestone.programme_id]}: {draft.title}",
            reverse("staff:milestone_proposal", args=[draft.pk]),
            meta=f"Proposed by {draft.author}",
            tag=draft.get_state_display(),
            partner=leads.get(draft.milestone.programme_id, ""),
            together=together(kind_of(MilestoneDate)),
            refusal=partial(draft.refusal, at),
        )


def _never_reported(user, at):
    """The programmes that nobody ever reported on, of those that the person may end; by their keys."""
    if not user.has_perm(WRITE_PROGRAMMES):
        return {}
    within = Programme.objects.accessible_to(user, WRITE_PROGRAMMES, at)
    silent = {each.programme.pk: each for each in never_reported(within, at=at)}
    to_come = ends_to_come() if silent else {}
    return {key: each for key, each in silent.items() if each.programme.slug not in to_come}


def _to_end(user, silent, at):
    """An entry for each that nobody ever reported on, but for those that the person may report on."""
    if silent and user.has_perm(WRITE_STATUS):
        own = Programme.objects.accessible_to(user, WRITE_STATUS, at)
        written = set(own.filter(pk__in=silent).values_list("pk", flat=True))
        silent = {key: each for key, each in silent.items() if key not in written}
    leads = Programme.objects.filter(pk__in=silent).partner_names(at) if silent else {}
    for key, each in silent.items():
        yield InboxEntry(
            Box.DUE,
            f"End it if it is over: {each.name}",
            reverse("staff:programme_end", args=[each.programme.slug]),
            meta="Nobody ever reported on it",
            partner=leads.get(key, ""),
            duty=NEVER_REPORTED,
            together=_never_reported_page(user),
        )


def _never_reported_page(user):
    """The page on which several of them are ended, as ``InboxEntry.together``."""
    act = "End or pause" if user.has_perm(WRITE_STATUS) else "End"
    words = f"{act} several at once: {NEVER_REPORTED[0].lower()}{NEVER_REPORTED[1:]}"
    return words, reverse("staff:programmes_never_reported")


def _own_proposals(user, at):
    within, names = Programme.objects.accessible_to(user, MOVE_MILESTONE, at), _names(at)
    for draft in proposals(kind_of(MilestoneDate), within).filter(author=user):
        yield InboxEntry(
            Box.SENT,
            f"Milestone: {names[draft.milestone.programme_id]}: {draft.title}",
            reverse("staff:programme", args=[draft.milestone.programme.slug]),
            meta="You proposed it. Another person decides",
        )


def _deleted_proposals(user, at):
    """What the person proposed of milestones and somebody else deleted lately, with the reason."""
    found = deleted_lately(kind_of(MilestoneDate), user, at - WEEK)
    there = Milestone.objects.select_related("programme")
    there = there.in_bulk([event.milestone_id for event, _ in found]) if found else {}
    for event, why in found:
        milestone = there.get(event.milestone_id)
        yield InboxEntry(
            Box.RETURNED,
            f"Proposal deleted: {event.title}",
            reverse("staff:programme", args=[milestone.programme.slug])
            if milestone
            else reverse("staff:programmes"),
            meta=why,
            day=london_day(event.pgh_created_at),
        )


def _deleted_updates(user, at):
    """Updates that the person wrote in or sent and somebody else deleted lately, with the reason."""
    found, names = deleted_lately(kind_of(StatusUpdate), user, at - WEEK), _names(at)
    programmes = Programme.objects.in_bulk([event.programme_id for event, _ in found])
    for event, why in found:
        month = staff_presenters.month_words(event.period)
        yield InboxEntry(
            Box.RETURNED,
            f"Draft deleted: {names[event.programme_id]}, {month}",
            reverse("staff:programme", args=[programmes[event.programme_id].slug]),
            meta=why,
            day=london_day(event.pgh_created_at),
        )


def _to_write(user, at, silent):
    within = Programme.objects.accessible_to(user, WRITE_STATUS, at)
    leads = within.partner_names(at)
    for each in staff_programmes(within, at=at):
        lead = leads.get(each.programme.pk, "")
        for row in each.work:
            what = f"{each.name}, {row.period_words}"
            if row.state == UpdateState.SUBMITTED:
                yield InboxEntry(
                    Box.SENT,
                    f"Status: {what}",
                    reverse("staff:status", args=[row.pk]),
                    meta=f"Sent by {row.submitted_by} on {day_in_words(london_day(row.submitted_at))}",
                    day=london_day(row.submitted_at),
                    partner=lead,
                )
            elif row.state == UpdateState.RETURNED:
                yield InboxEntry(
                    Box.RETURNED,
                    f"Change status: {what}",
                    reverse("staff:status_edit", args=[row.pk]),
                    meta=f"{row.decided_by}: {row.decision_remarks}",
                    day=london_day(row.decided_at),
                    partner=lead,
                )
            elif not each.is_over or row in each.corrections:
                due, colour = due_words(each.period, each.day)
                corrects = row in each.corrections
                yield InboxEntry(
                    Box.DUE,
                    f"Finish status: {what}",
                    reverse("staff:status_edit", args=[row.pk]),
                    meta=f"Draft of {row.author}, {day_in_words(london_day(row.edited_at))}",
                    tag="Correction" if corrects else due,
                    colour="grey" if corrects else colour,
                    day=each.due_on,
                    partner=lead,
                )
        if each.due.is_due and not any(_stands_for_month(row, each) for row in each.work):
            yield InboxEntry(
                Box.DUE,
                f"Write status: {each.name}, {each.period_words}",
                reverse("staff:status_add", args=[each.programme.slug]),
                meta=_late_words(each.late),
                tag=each.due.words,
                colour=each.due.colour,
                day=each.due_on,
                partner=lead,
                together=_never_reported_page(user) if each.programme.pk in silent else None,
            )


def _without_lead(at):
    """Programmes that go on and have no lead, or one that has left the partnership.

    A source may say in its own words who leads one: several, the whole partnership, or somebody else
    than a partner. Then there is nobody to choose, unless one partner alone is called so.
    """
    left = Membership.objects.live(at).filter(left_on__lte=london_day(at))
    gone = ProgrammePartner.objects.leads(at).filter(partner__in=left.values("partner"))
    led = ProgrammePartner.objects.leads(at).exclude(pk__in=gone.values("pk")).values("programme")
    leads = dict(
        gone.annotate(called=Partner.called_at("partner", at)).values_list("programme", "called")
    )
    add = reverse("staff:record_add", args=[kind_of(ProgrammePartner).slug])
    names = set(PartnerName.objects.live(at).values_list("partner", "name"))
    for each in staff_programmes(Programme.objects.exclude(pk__in=led), at=at):
        words = each.programme.profile.lead_words
        called = {partner for partner, name in names if name.lower().startswith(words.lower())}
        was_led_by = leads.get(each.programme.pk, "")
        if each.is_over or (words and len(called) != 1 and not was_led_by):
            continue
        source_words = f"Its source says: {words}" if words else ""
        yield InboxEntry(
            Box.DUE,
            f"Say who leads {each.name}",
            f"{add}?programme={each.programme.slug}",
            meta=f"{was_led_by} led it, and has left" if was_led_by else source_words,
            duty="Programmes without a lead",
        )


def _stands_for_month(row, each):
    """Whether an unpublished update will become the open month's.

    It is that month's own, or a draft left over from a closed month, which moves to the open one.
    """
    is_left_over = row.state != UpdateState.SUBMITTED and row not in each.corrections
    return row.period == each.period or is_left_over


def _late_words(late):
    if not late:
        return ""
    return "1 milestone is late" if len(late) == 1 else f"{len(late)} milestones are late"


def _just_published(user, at):
    """What the person wrote or approved in the last week."""
    rows = StatusUpdate.objects.live(at).filter(published_at__gt=at - WEEK)
    written = StatusUpdate.objects.written_by(user).values("pk")
    rows = rows.filter(Q(pk__in=written) | Q(decided_by=user), decided_by__isnull=False)
    leads = Programme.objects.partner_names(at)
    for row in _named(rows.exclude(pk__in=_made_by_proposals(at)), at):
        yield InboxEntry(
            Box.PUBLISHED,
            f"Status: {row.name}, {row.period_words}",
            reverse("staff:status", args=[row.pk]),
            meta=f"Approved by {row.decided_by} on {day_in_words(london_day(row.published_at))}",
            tag=row.get_status_display(),
            day=london_day(row.published_at),
            at=row.published_at,
            partner=leads.get(row.programme_id, ""),
        )


def _made_by_proposals(at):
    """The updates that came with a proposal of the last week, such as an end, which is listed itself."""
    slug = kind_of(StatusUpdate).slug
    decided = Proposal.objects.published().of_kind(slug).filter(decided_at__gt=at - WEEK)
    return [row.result for each in decided for row in each.proposed if row.kind == slug]


def _milestones_just_published(user, at):
    """Dates of milestones that the person proposed or approved in the last week."""
    leads, names = Programme.objects.partner_names(at), _names(at)
    for row in approved_lately(kind_of(MilestoneDate), user, at - WEEK):
        yield InboxEntry(
            Box.PUBLISHED,
            f"Milestone: {names[row.milestone.programme_id]}: {row.title}",
            row.milestone.get_absolute_url(),
            meta=f"Proposed by {row.author}",
            tag=row.get_state_display(),
            day=london_day(row.recorded_at),
            at=row.recorded_at,
            partner=leads.get(row.milestone.programme_id, ""),
        )


def _named(rows, at):
    """Updates with their programme's name as ``name``, sorted by it."""
    return (
        rows.annotate(name=Programme.called_at("programme", at))
        .select_related("submitted_by", "decided_by")
        .order_by("name", "period")
    )


class WaitingUpdates(Waiting):
    """Status updates that were sent."""

    returns = True

    def drafts(self):
        return super().drafts().waiting().order_by("submitted_at", "pk")

    def title(self, row, at):
        return f"{_name_of(row.programme, at)}, {row.period_words}"

    def seen(self, row):
        return seen_token(row)

    def shown(self, row, moment):
        row = StatusUpdate.objects.with_names(moment.at).get(pk=row.pk)
        about = staff_presenters.beside_another(row, moment.at)
        facts = ["It corrects what is public."] if about["is_correction"] else []
        return WaitingRow(
            reverse("staff:status_decide", args=[row.pk]),
            sent_by(row.submitted_by, row.submitted_at),
            "programmes/staff/_changed_status.html",
            about,
            facts,
            actions.overtaken_by(row, moment.at),
        )

    def approve(self, row, *, seen, by, at):
        return actions.approve_status(update=row, seen=seen, by=by, at=at).get_absolute_url()

    def refuse(self, row, *, seen, remarks, by, at):
        actions.return_status(update=row, seen=seen, remarks=remarks, by=by, at=at)


class WaitingMilestones(Waiting):
    """What is proposed to say of milestones."""

    def title(self, row, at):
        # A milestone that was never public went with its draft.
        programme = Programme.objects.filter(milestones=row.milestone_id).first()
        name = programme and _name_of(programme, at)
        return ": ".join(filter(None, ("Milestone", name, row.title)))

    def shown(self, row, moment):
        return WaitingRow(
            reverse("staff:milestone_proposal", args=[row.pk]),
            f"Proposed by {row.author}.",
            "staff/_changed_draft.html",
            self.compared(row),
            [f"Programme: {_name_of(row.milestone.programme, moment.at)}."],
            row.refusal(moment.at),
        )


def _names(at):
    """The name of each programme by its key."""
    named = Programme.objects.annotate(called=Programme.called_at("pk", at))
    return dict(named.values_list("pk", "called"))


def _name_of(programme, at):
    name = programme.profiles.live(at).values_list("name", flat=True).first()
    return name or programme.slug


def _waiting(kind):
    made = {StatusUpdate: WaitingUpdates, MilestoneDate: WaitingMilestones}.get(kind.model)
    return made(kind) if made else None


INBOXES = (waiting_for,)
WAITING = (_waiting,)
