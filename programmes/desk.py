"""The programmes as those who work on them see them: what is due, what waits, what differs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day, span
from bhcp_portal.kit.inbox import Box, Entry
from partners.models import RoleGrant, User
from partners.roles import DECIDE_STATUS, SEE_PROGRAMMES, WRITE_STATUS
from programmes.models import Milestone, Programme, ProgrammePartner, StatusUpdate
from programmes.models.programme import programme_name
from programmes.models.status import (
    ENDED,
    State,
    due_on,
    is_better,
    open_period,
    suggested_status,
)

WEEK = timedelta(days=7)
SOON = timedelta(days=30)
LABELS = {
    "status": "Status",
    "summary": "Summary",
    "status_reason": "Reason for the status",
    "end_date_changes": "Does the end date change?",
    "new_end_on": "New end date",
    "end_reason": "Why the end date changes",
    "end_reason_words": "Why it changes, in words",
    "next_decision_on": "Decided again on",
    "explanation": "Closing words",
    "merged_into": "Now part of",
    "what_was_done": "What was done",
    "what_is_next": "What is next",
    "next_step": "The next step",
    "next_step_owner": "Who takes it",
    "next_step_on": "By when",
    "help_needed": "Help needed",
    "confidence": "How sure the author is",
    "internal_note": "Note for staff only",
    "reason": "What was wrong before",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of an update in words, beside what another text says there."""

    field: str
    label: str
    now: str
    other: str = ""
    status: str = ""
    other_status: str = ""

    @property
    def is_changed(self):
        return self.now != self.other


def in_words(update, field, names=None):
    """What an update says in a field. ``names``: of programmes, by key, where it is not saved yet."""
    value = getattr(update, field)
    if field == "merged_into":
        known = getattr(update, "merged_into_name", None) or (names or {}).get(
            update.merged_into_id
        )
        return known or ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return day_in_words(value)
    shown = getattr(update, f"get_{field}_display", None)
    return str(shown() if shown and value else value or "")


def words(update):
    """What an update says in each field, by the field's name; empty where there is none."""
    return {field: in_words(update, field) for field in LABELS} if update else {}


def lines(update, other=None, names=None):
    """An update field by field beside another (the one before it, or the one it corrects).

    What neither says is left out; so is the reason for a correction, which the other can't have.
    """
    return [
        Line(
            field=field,
            label=label,
            now=in_words(update, field, names),
            other=in_words(other, field, names) if other and field != "reason" else "",
            status=update.status if field == "status" else "",
            other_status=other.status if other and field == "status" else "",
        )
        for field, label in LABELS.items()
        if getattr(update, field) not in (None, "")
        or (other and getattr(other, field) not in (None, "") and field != "reason")
    ]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two people wrote at once. ``lines``: what the other one wrote, beside the words of this one.

    ``merged`` is where to go on from: a field that this person left alone says what the other one wrote,
    all others their own words. ``is_locked``: it can no longer be written on at all.
    """

    row: StatusUpdate
    lines: list[Line]
    merged: StatusUpdate
    is_locked: bool


def conflict(row, values, base=None, names=None):
    """What stands between a row that somebody changed and the words another person sends in.

    ``base``: what the second person had before them, ``None`` where they began with nothing.
    """
    mine = StatusUpdate(**values)
    before = base or StatusUpdate()
    merged = StatusUpdate()
    for field in values:
        said = mine if _plain(mine, field) != _plain(before, field) else row
        setattr(merged, field, getattr(said, field))
    both = [
        Line(field, label, now=in_words(row, field, names), other=in_words(mine, field, names))
        for field, label in LABELS.items()
        if field in values
        and _plain(row, field) != _plain(before, field)
        and _plain(row, field) != _plain(mine, field)
    ]
    return Conflict(row, both, merged, is_locked=not row.may_become(row.state))


def says_the_same(row, values):
    """Whether a row says just what a person sends in: then it was sent twice."""
    return all(getattr(row, field) == value for field, value in values.items())


def says_change(row, said, *, by):
    """Whether what stands of a milestone is just what a person sends in: then it was sent twice."""
    written = {"done": "done_as", "due": "due_as", "because": "reason"}
    same = all(getattr(row, written[name]) == said[name] for name in written if said.get(name))
    return same and row.author_id == by.pk


def _plain(row, field):
    """A field's value for comparing, also of a row of the history."""
    value = getattr(row, "merged_into_id" if field == "merged_into" else field)
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class Due:
    """Where a programme stands in the month that is open: a word or two, and a colour for the tag."""

    words: str
    colour: str
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A programme as those who work on it see it.

    ``update`` is the newest published, ``work`` what is being written or waits, ``facts`` what the dates
    say, ``is_due`` whether the open month has to be reported at all.
    """

    programme: object
    update: object
    work: list
    milestones: list
    period: date
    day: date
    at: datetime

    @property
    def name(self):
        return self.programme.profile.name

    @property
    def is_over(self):
        """Whether no more updates are expected: it ended, by its status or by the date that was said."""
        profile = self.programme.profile
        ended = profile.ends_on is not None and profile.ends_on < self.period
        return bool(
            profile.merged_into_id or ended or (self.update and self.update.status in ENDED)
        )

    @property
    def is_published(self):
        """Whether the open month's update is public."""
        return bool(self.update and self.update.period == self.period)

    @property
    def of_month(self):
        """The open month's update that is not published yet, if somebody began it."""
        return next((each for each in self.work if each.period == self.period), None)

    @property
    def corrections(self):
        """What is being written in place of something published."""
        newest = self.update.period if self.update else None
        return [each for each in self.work if newest and each.period <= newest]

    @property
    def period_words(self):
        return month_words(self.period)

    @property
    def due_on(self):
        return due_on(self.period)

    @property
    def due_soon(self):
        """The milestones that fall due within thirty days."""
        end = self.day + SOON
        return [
            m for m in self.milestones if m.is_open and m.due_on and self.day <= m.due_on <= end
        ]

    @property
    def suggested(self):
        return suggested_status(self.milestones, self.day)

    @property
    def late(self):
        return [each for each in self.milestones if each.is_late(self.day)]

    @property
    def is_stale(self):
        return bool(self.update and self.update.status and self.update.is_stale(self.at))

    @property
    def differs_from_facts(self):
        """Whether the published status is better than the dates suggest, where there are dates."""
        if not (self.update and self.milestones) or self.is_stale:
            return False
        return is_better(self.update.status, self.suggested)

    @property
    def due(self):
        work = self.of_month
        if self.is_published:
            return Due("Published", "green")
        if work and work.state == State.SUBMITTED:
            return Due("Sent", "blue")
        if self.is_over:
            return Due("No update due", "grey")
        words, colour = due_words(self.period, self.day)
        return Due(words, colour, is_due=True)


def month_words(period):
    """``October 2026`` for its first day."""
    return span(period.isoformat()[:7]).in_words()


def due_words(period, day):
    """``Due in 3 days``, ``Due today``, ``Late by 1 day``, and a colour for it."""
    days = (due_on(period) - day).days
    if days == 0:
        return "Due today", "orange"
    count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return (f"Due in {count}", "yellow") if days > 0 else (f"Late by {count}", "red")


def desks(programmes, *, at):
    """The programmes as those who work on them see them, by name; six queries, however many."""
    day = london_day(at)
    found = list(programmes.known_at(at).with_profile(at).with_status(at))
    updates = StatusUpdate.objects.with_names(at).in_bulk(
        [programme.status_pk for programme in found if programme.status_pk]
    )
    work, milestones = defaultdict(list), defaultdict(list)
    for each in (
        StatusUpdate.objects.drafts()
        .filter(programme__in=found)
        .select_related("author", "submitted_by", "decided_by")
    ):
        work[each.programme_id].append(each)
    for each in Milestone.objects.filter(programme__in=found).known_at(at).with_dates(at):
        each.current.milestone = each
        milestones[each.programme_id].append(each.current)
    for said in milestones.values():
        said.sort(key=lambda each: (not each.is_open, each.due_on or date.max))
    made = [
        Desk(
            programme=programme,
            update=updates.get(programme.status_pk),
            work=work[programme.pk],
            milestones=milestones[programme.pk],
            period=open_period(day),
            day=day,
            at=at,
        )
        for programme in found
    ]
    return sorted(made, key=lambda desk: desk.name.casefold())


def approvers(programme, *, at, but):
    """The people who may decide on a programme's updates, by name, but for the one who submits."""
    day = london_day(at)
    leads = (
        ProgrammePartner.objects.live(at)
        .on(day)
        .filter(programme=programme, role=ProgrammePartner.Role.LEAD)
    )
    grants = RoleGrant.objects.held_on(day).carrying(DECIDE_STATUS, leads.values("partner"))
    people = User.objects.filter(pk__in=grants.values("person"), is_active=True)
    return list(people.exclude(pk=but.pk))


def waiting_for(user, at):
    """What waits for a person in the programmes, for the staff home page; each entry acts in one click."""
    entries = []
    if user.has_perm(DECIDE_STATUS):
        entries += _to_decide(user, at)
    if user.has_perm(WRITE_STATUS):
        entries += _to_write(user, at)
    if user.has_perm(DECIDE_STATUS) or user.has_perm(WRITE_STATUS):
        entries += _just_published(user, at)
    return entries


def _to_decide(user, at):
    rows = StatusUpdate.objects.within_reach(user, DECIDE_STATUS, at).waiting()
    for row in _named(rows.exclude(submitted_by=user), at):
        yield Entry(
            Box.DECIDE,
            f"Approve status: {row.name}, {row.period_words}",
            reverse("staff:status_decide", args=[row.pk]),
            meta=f"Sent by {row.submitted_by} on {day_in_words(london_day(row.submitted_at))}",
            tag=row.get_status_display(),
        )


def _to_write(user, at):
    for desk in desks(Programme.objects.within_reach(user, WRITE_STATUS, at), at=at):
        for row in desk.work:
            what = f"{desk.name}, {row.period_words}"
            if row.state == State.SUBMITTED:
                yield Entry(
                    Box.SENT,
                    f"Status: {what}",
                    reverse("staff:status", args=[row.pk]),
                    meta=f"Sent by {row.submitted_by} on {day_in_words(london_day(row.submitted_at))}",
                )
            elif row.state == State.RETURNED:
                yield Entry(
                    Box.RETURNED,
                    f"Change status: {what}",
                    reverse("staff:status_edit", args=[row.pk]),
                    meta=f"{row.decided_by}: {row.decision_remarks}",
                )
            else:
                due, colour = due_words(desk.period, desk.day)
                corrects = row in desk.corrections
                yield Entry(
                    Box.DUE,
                    f"Finish status: {what}",
                    reverse("staff:status_edit", args=[row.pk]),
                    meta=f"Draft of {row.author}, {day_in_words(london_day(row.edited_at))}",
                    tag="Correction" if corrects else due,
                    colour="grey" if corrects else colour,
                )
        if desk.due.is_due and not any(_stands_for_month(row, desk) for row in desk.work):
            yield Entry(
                Box.DUE,
                f"Write status: {desk.name}, {desk.period_words}",
                reverse("staff:status_add", args=[desk.programme.slug]),
                meta=_late_words(desk.late),
                tag=desk.due.words,
                colour=desk.due.colour,
            )


def _stands_for_month(row, desk):
    """Whether a row being written will be the open month's update: its own, or one left over."""
    is_left_over = row.state != State.SUBMITTED and row not in desk.corrections
    return row.period == desk.period or is_left_over


def _late_words(late):
    if not late:
        return ""
    return "1 milestone is late" if len(late) == 1 else f"{len(late)} milestones are late"


def _just_published(user, at):
    rows = StatusUpdate.objects.within_reach(user, SEE_PROGRAMMES, at).live(at)
    rows = rows.filter(published_at__gt=at - WEEK, decided_by__isnull=False)
    for row in _named(rows, at):
        yield Entry(
            Box.PUBLISHED,
            f"Status: {row.name}, {row.period_words}",
            reverse("staff:status", args=[row.pk]),
            meta=f"Approved by {row.decided_by} on {day_in_words(london_day(row.published_at))}",
            tag=row.get_status_display(),
        )


def _named(rows, at):
    """Updates with their programme's name, by that name."""
    return (
        rows.annotate(name=programme_name("programme", at))
        .select_related("submitted_by", "decided_by")
        .order_by("name", "period")
    )
