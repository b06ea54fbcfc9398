"""Programmes as the staff pages show them: what is due, what changed and who may decide."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Subquery

from bhcp_portal.kit.dates import day_in_words, london_day, months_later, span
from bhcp_portal.kit.editor.proposal import Why
from bhcp_portal.kit.inbox import due_tag
from bhcp_portal.kit.staff_views import Conflict, ConflictLine
from partners.models import RoleGrant, User
from partners.roles import DECIDE_STATUS
from programmes.models import (
    MetricGoal,
    MetricProgramme,
    Milestone,
    ProgrammePartner,
    ProgrammeProfile,
    Stage,
    StatusUpdate,
)
from programmes.models.status import (
    UpdateState,
    due_on,
    is_better,
    reported_month,
    suggested_status,
)

SOON = timedelta(days=30)
# The fields of a status update, in the order in which its page shows them.
SHOWN_FIELDS = (
    "status",
    "summary",
    "status_reason",
    "end_date_changes",
    "new_end_on",
    "end_reason",
    "end_reason_words",
    "next_decision_on",
    "explanation",
    "merged_into",
    "what_was_done",
    "what_is_next",
    "next_step",
    "next_step_owner",
    "next_step_on",
    "help_needed",
    "confidence",
    "internal_note",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a status update in words (``now``), beside another update's (``other``).

    ``status`` and ``other_status`` hold the status code of each, for the field ``status`` only; the
    page draws a chip from them.
    """

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
    """One field of a status update in words; empty if the field is.

    ``names``: a dict from a programme's primary key to its name. It is needed for an update that is
    not saved yet, which has no ``merged_into_name``.
    """
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
    """A dict of the shown fields' names and values in words; empty if ``update`` is ``None``."""
    return {field: in_words(update, field) for field in SHOWN_FIELDS} if update else {}


def lines(update, other=None, names=None):
    """The fields of a status update as a list of ``Line`` objects, beside another update.

    ``other``: the update before it or the one it corrects. Fields that are empty in both are left
    out. The reason for a correction belongs to one update only, so that of ``other`` is not shown.
    """
    return [
        Line(
            field=field,
            label=StatusUpdate.label(field),
            now=in_words(update, field, names),
            other=in_words(other, field, names) if other and field != "reason" else "",
            status=update.status if field == "status" else "",
            other_status=other.status if other and field == "status" else "",
        )
        for field in SHOWN_FIELDS
        if getattr(update, field) not in (None, "")
        or (other and getattr(other, field) not in (None, "") and field != "reason")
    ]


def conflict(row, values, *, before=None, names=None, sentence=""):
    """Compare what a person sends with an update that somebody else changed in the meantime.

    ``row``: the update as it is now. ``values``: the fields this person sends. ``before``: the
    update as this person had read it, ``None`` if there was none. Returns a pair: the ``Conflict``
    to show, and an unsaved update to go on from. In that update, fields this person did not change
    have the value of ``row``; all others have this person's value.
    """
    mine = StatusUpdate(**values)
    before = before or StatusUpdate()
    merged = StatusUpdate()
    for field in values:
        wins = mine if _plain(mine, field) != _plain(before, field) else row
        setattr(merged, field, getattr(wins, field))
    lines = [
        ConflictLine(
            StatusUpdate.label(field),
            now=in_words(row, field, names),
            yours=in_words(mine, field, names)
            if _plain(mine, field) != _plain(before, field)
            else "You did not change this, so the box holds what it says now.",
        )
        for field in SHOWN_FIELDS
        if field in values
        and _plain(row, field) != _plain(before, field)
        and _plain(row, field) != _plain(mine, field)
    ]
    return Conflict(sentence, lines, is_locked=not row.may_become(row.state)), merged


def says_change(row, cleaned, *, by):
    """Whether a milestone's statement already says what this person sends; then it was sent twice.

    ``row``: the current statement. ``cleaned``: the cleaned data of ``MilestoneChangeForm``.
    """
    dates = ((row.done_as, cleaned.get("done")), (row.due_as, cleaned.get("due")))
    same = all(written == asked.text for written, asked in dates if asked)
    return same and cleaned["because"] in ("", row.reason) and row.author_id == by.pk


def milestone_stands(row):
    """Who changed a milestone and what it says now, in a sentence or two."""
    words = f"It is now: {row.get_state_display().lower()}"
    words += f", due {row.due_words}" if row.due_words else ""
    words += f", done {row.done_words}" if row.done_words else ""
    words += f" (“{row.reason}”)" if row.reason else ""
    return f"{row.author or 'Somebody'} changed this milestone before you did. {words}."


def beside_another(row, at):
    """What a page needs to show an update beside the one that it follows or corrects, with the facts."""
    corrects = row.corrects(at)
    facts = StatusUpdate.objects.facts(row.programme, row.period, at) if row.period else None
    beside = corrects or (facts.before if facts else None)
    then = "What was published" if corrects else month_of(beside)
    return {
        "update": row,
        "programme": row.programme,
        "corrects": corrects,
        "is_correction": bool(corrects) and not row.was_first,
        "beside": beside,
        "table": {"caption": "What it says", "columns": ["About", "This update", then]},
        "lines": lines(row, beside),
        "facts": facts,
        "differs": bool(facts) and is_better(row.status, facts.suggested),
        "month": month_of(row),
    }


def month_of(update):
    """The month of an update in words; of one copied from a document, its date."""
    return (update.period_words or update.published_words) if update else ""


def mend_of(milestone, row):
    """How a slip in a statement of a milestone is mended; ``None`` if it can't be.

    ``milestone``: loaded ``with_dates``. What a document said is mended at its own date, even if
    something newer stands. What was written here counts from its approval, so that only what stands
    can be mended; anything older can be taken back.
    """
    if row.source_id and row.published_as:
        return Why.SLIP
    return Why.MISTAKE if row == milestone.current else None


def _plain(row, field):
    """The value of a field, made comparable. ``row``: an update or a row of its history."""
    value = getattr(row, "merged_into_id" if field == "merged_into" else field)
    return "" if value is None else value


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a programme's update for the open month is due, as the words and colour of a tag.

    ``is_due``: somebody still has to write or submit it.
    """

    words: str
    colour: str
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class StaffProgramme:
    """A programme as the staff pages show it at a moment (``at``, on ``day``).

    ``update``: the newest published update, or ``None``. ``work``: the updates not yet published.
    ``milestones``: the current statement of each milestone. ``period``: the first day of the open
    month.
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
        """Whether no more updates are expected: the work has ended or became part of another.

        It has ended if its last status or its stage says so, or from its end date on.
        """
        ended = self.programme.profile.has_ended(self.day)
        ended = ended or self.programme.stage_code == Stage.ENDED
        return ended or bool(self.update and self.update.is_end)

    @property
    def is_still_to_begin(self):
        """Whether the month to report is over before the programme begins."""
        began_on = self.programme.profile.starts_on
        return bool(began_on) and began_on >= months_later(self.period, 1)

    @property
    def is_first_month(self):
        """Whether the month to report goes on still: the programme came on the record here in it."""
        return self.day < months_later(self.period, 1)

    @property
    def is_published(self):
        """Whether the open month's update is public."""
        return bool(self.update and self.update.period == self.period)

    @property
    def of_month(self):
        """The open month's update that is not published yet; ``None`` if nobody has begun it."""
        return next((each for each in self.work if each.period == self.period), None)

    @property
    def corrections(self):
        """The unpublished updates of a month that is not later than the newest published one.

        One that was sent without a reason was meant as the first of its month, and was overtaken.
        """
        newest = self.update.period if self.update else None
        return [
            each
            for each in self.work
            if newest
            and each.period <= newest
            and (each.reason or each.state != UpdateState.SUBMITTED)
        ]

    @property
    def period_words(self):
        return month_words(self.period)

    @property
    def due_on(self):
        return due_on(self.period)

    @property
    def due_soon(self):
        """The milestones that fall due within thirty days; none once the programme is over."""
        if self.is_over:
            return []
        end = self.day + SOON
        return [
            m for m in self.milestones if m.is_open and m.due_on and self.day <= m.due_on <= end
        ]

    @property
    def suggested(self):
        return suggested_status(self.milestones, self.day)

    @property
    def late(self):
        """The milestones that are late. What a programme that is over left open ended with it."""
        if self.is_over:
            return []
        return [each for each in self.milestones if each.is_late(self.day)]

    @property
    def is_stale(self):
        return bool(self.update and self.update.status and self.update.is_stale(self.at))

    @property
    def differs_from_facts(self):
        """Whether the published status is better than the one that the milestones' dates suggest.

        ``False`` without milestones, if the update is too old to count, and once it is over.
        """
        if not (self.update and self.milestones) or self.is_stale or self.is_over:
            return False
        return is_better(self.update.status, self.suggested)

    @property
    def due(self):
        work = self.of_month
        if self.is_published:
            return Due("Published", "green")
        if work and work.state == UpdateState.SUBMITTED:
            return Due("Sent", "blue")
        if self.is_over or self.is_still_to_begin:
            return Due("No update due", "grey")
        if self.is_first_month:
            return Due(f"First update due by {day_in_words(self.due_on)}", "grey")
        words, colour = due_words(self.period, self.day)
        return Due(words, colour, is_due=True)


def month_words(period):
    """A month in words, such as ``October 2026``, from its first day."""
    return span(period.isoformat()[:7]).in_words()


def due_words(period, day):
    """How far a month's update is from its due day, as a pair of words and a tag colour."""
    return due_tag(due_on(period), day)


def staff_programmes(programmes, *, at):
    """A list of ``StaffProgramme``, sorted by name; six queries, however many programmes there are.

    ``programmes``: a queryset. Programmes not known at the moment are left out.
    """
    day = london_day(at)
    profiles = ProgrammeProfile.objects.published().with_listed_at(at).order_by("listed_at")
    first_listed_at = profiles.filter(programme=OuterRef("pk")).values("listed_at")[:1]
    found = list(
        programmes.known_at(at)
        .with_profile(at)
        .with_status(at)
        .annotate(first_listed_at=Subquery(first_listed_at))
    )
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
    for statements in milestones.values():
        statements.sort(key=lambda each: (not each.is_open, each.due_on or date.max))
    made = [
        StaffProgramme(
            programme=programme,
            update=updates.get(programme.status_pk),
            work=work[programme.pk],
            milestones=milestones[programme.pk],
            period=reported_month(_first_days(programme), day),
            day=day,
            at=at,
        )
        for programme in found
    ]
    return sorted(made, key=lambda each: each.name.casefold())


def _first_days(programme):
    """When a programme began, if that is known, and when it came on the record."""
    days = (london_day(programme.first_listed_at), programme.profile.starts_on)
    return [day for day in days if day]


def never_reported(programmes, *, at):
    """Those of ``staff_programmes`` that owe an update and of which none was ever published here."""
    reported = StatusUpdate.objects.published().filter(period__isnull=False)
    silent = programmes.exclude(pk__in=reported.values("programme"))
    return [
        each
        for each in staff_programmes(silent, at=at)
        if each.due.is_due and each.day > each.due_on and not each.work
    ]


def approvers(programme, *, at, but):
    """A list of the people who may approve a programme's updates, sorted by name.

    ``but``: the person who submits the update, who may not approve it as well.
    """
    day = london_day(at)
    leads = (
        ProgrammePartner.objects.live(at)
        .on(day)
        .filter(programme=programme, role=ProgrammePartner.Role.LEAD)
    )
    grants = RoleGrant.objects.held_on(day).carrying(DECIDE_STATUS, leads.values("partner"))
    people = User.objects.filter(pk__in=grants.values("person"), is_active=True)
    return list(people.exclude(pk=but.pk))


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a metric to a ``programme`` or a ``goal`` (``kind``), with the name of that."""

    kind: str
    name: str
    statement: MetricProgramme | MetricGoal


def metric_links(metric, at):
    """The links of a metric that apply at a moment, as a list of ``Link``; two queries.

    Programmes come first, by name, then goals in their own order.
    """
    programmes = metric.programme_links.applying(at).by_programme(at).select_related("author")
    goals = metric.goal_links.applying(at).by_goal(at).select_related("author")
    return [
        *(Link("programme", statement.programme_name, statement) for statement in programmes),
        *(Link("goal", statement.goal_name, statement) for statement in goals),
    ]
