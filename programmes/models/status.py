"""How a programme is going: status updates, their states and the rules of BEHAVIOUR A."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Min, OuterRef, Q, Subquery
from django.db.models.functions import Least, Length
from django.utils.text import capfirst

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import (
    dated,
    first_second,
    in_month,
    in_years,
    london_day,
    months_later,
    span,
    working_day,
)
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import (
    Certainty,
    Origin,
    Statement,
    StatementQuerySet,
    one_live,
    time_and_person,
)
from partners.roles import DECIDE_STATUS, WRITE_STATUS
from programmes.models.programme import Programme

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)

SUMMARY_LENGTH = 600
REASON_LENGTH = 20
MOST_LINES = 3
CONFIRMED_FOR = timedelta(days=90)
DUE_WORKING_DAY = 5
VERY_LATE = timedelta(days=60)
# The most digits that a version in a seen token may have. No draft is changed so often.
LONGEST_VERSION = 9


class Status(models.TextChoices):
    NOT_STARTED = "not_started", "Not started"
    ON_TRACK = "on_track", "On track"
    AT_RISK = "at_risk", "At risk"
    OFF_TRACK = "off_track", "Off track"
    PAUSED = "paused", "Paused"
    COMPLETE = "complete", "Complete"
    STOPPED = "stopped", "Stopped"
    MERGED = "merged", "Merged"


WHEN_RIGHT = {
    Status.NOT_STARTED: "Work has not begun yet.",
    Status.ON_TRACK: "Dates and results will be met as planned.",
    Status.AT_RISK: "A date or result will be missed unless something changes.",
    Status.OFF_TRACK: "A date or result will be missed.",
    Status.PAUSED: "Work is on hold, and there is a day when that is decided again.",
    Status.COMPLETE: "Every milestone is done or dropped.",
    Status.STOPPED: "The work has ended before it was complete.",
    Status.MERGED: "The work goes on as part of another programme.",
}
ENDED = (Status.COMPLETE, Status.STOPPED, Status.MERGED)
ENDS_ELSEWHERE = "A programme ends with its last day. Choose another status, or end the programme on its own page"
NEEDS_REASON = (Status.AT_RISK, Status.OFF_TRACK, Status.PAUSED, Status.STOPPED)
ASKED_AT_THE_END = {
    Status.COMPLETE: "Say how it ended: what was reached",
    Status.STOPPED: "Say how it ended: why the work stopped",
    Status.MERGED: "Say how it ended: why it became part of another programme",
}
# How good a status is, to tell whether one is two steps better, or better than the dates suggest.
STEPS = {Status.OFF_TRACK: 0, Status.AT_RISK: 1, Status.ON_TRACK: 2, Status.COMPLETE: 3}


# The fields that an author writes. The actions set the others: people, moments and the state.
AUTHOR_FIELDS = (
    "status",
    "summary",
    "status_reason",
    "what_was_done",
    "what_is_next",
    "next_step",
    "next_step_owner",
    "next_step_on",
    "help_needed",
    "confidence",
    "end_date_changes",
    "new_end_on",
    "end_reason",
    "end_reason_words",
    "next_decision_on",
    "explanation",
    "merged_into",
    "internal_note",
    "reason",
)


# Labels that are clearer for a status update than the general ones of their fields.
LABELS = {"reason": "What was wrong in the published update", "explanation": "How it ended"}


class UpdateState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for approval"
    RETURNED = "returned", "Returned with remarks"
    PUBLISHED = "published", "Published"


MOVES = {
    UpdateState.DRAFT: {UpdateState.DRAFT, UpdateState.SUBMITTED},
    UpdateState.SUBMITTED: {UpdateState.DRAFT, UpdateState.RETURNED, UpdateState.PUBLISHED},
    UpdateState.RETURNED: {UpdateState.RETURNED, UpdateState.SUBMITTED},
    UpdateState.PUBLISHED: set(),
}


def open_period(day):
    """The first day of the month reported on a day: the month before it (BEHAVIOUR A, cycle)."""
    return months_later(date(day.year, day.month, 1), -1)


def month_to_report(programme, at):
    """The first day of the month that a programme's next update is for.

    That is the ``open_period``; in the month in which a programme began or came on the record here,
    that month itself, as there was nothing to report before.
    """
    came_at = programme.profiles.published().with_listed_at(at).aggregate(at=Min("listed_at"))["at"]
    profile = programme.profiles.live(at).first()
    days = (came_at and london_day(came_at), profile and profile.starts_on)
    return reported_month(filter(None, days), london_day(at))


def reported_month(first_days, day):
    """As ``month_to_report``; ``first_days``: when it began and when it came on the record, if known."""
    began = [date(each.year, each.month, 1) for each in first_days if each <= day]
    return max(open_period(day), *began)


def due_on(period):
    """The day a month's update is due: the fifth working day, in England, of the month after it."""
    return working_day(months_later(period, 1), DUE_WORKING_DAY)


def suggested_status(milestones, day):
    """The status that a programme's dates suggest on a day; empty if there is nothing to go by.

    That is the derived status (BEHAVIOUR A).

    ``milestones``: the current statement of each of its milestones. An author may choose a better
    status, but has to give a reason.
    """
    late = [each for each in milestones if each.is_late(day)]
    if any(each.is_critical and day - each.due_on > VERY_LATE for each in late):
        return Status.OFF_TRACK
    if late:
        return Status.AT_RISK
    if milestones and not any(each.is_open for each in milestones):
        return Status.COMPLETE
    return Status.ON_TRACK if any(each.is_open and each.due_on for each in milestones) else ""


def is_better(status, than, *, steps=1):
    """Whether a status is at least so many steps better than another.

    ``False`` if either of them has no place in ``STEPS``, such as paused.
    """
    if status not in STEPS or than not in STEPS:
        return False
    return STEPS[status] - STEPS[than] >= steps


def missed_periods(last_reported, day):
    """The months whose update is overdue on a day, as a list of their first days, oldest first.

    ``last_reported``: the first day of the newest month that was reported.
    """
    newest = open_period(day)
    if day <= due_on(newest):
        newest = months_later(newest, -1)
    missed = []
    period = months_later(last_reported, 1)
    while period <= newest:
        missed.append(period)
        period = months_later(period, 1)
    return missed


@dataclass(frozen=True, slots=True)
class Standing:
    """How a programme stands when its page is read: what the status chip and its line say.

    ``status``: empty if none was reported. ``stale_since``: its date in words, if the update is too
    old to count; else empty. ``words_are_ours``: ``source_words`` is our reading of the source, not
    its own word. ``into``: the name of the programme it merged into. ``missed``: the overdue months
    in words. ``reported``: when it was, such as ``reported in June 2026``.
    ``reported_at``: the moment from which its update counts, ``None`` without one; ``reported_as``:
    the date of its update as its source writes it.
    """

    status: str = ""
    stale_since: str = ""
    source_words: str = ""
    words_are_ours: bool = False
    into: str = ""
    missed: str = ""
    reported: str = ""
    reported_at: datetime | None = None
    reported_as: str = ""

    @property
    def described_in(self) -> str:
        """The year or years of its update in a sentence, such as ``in 2019/20``."""
        return in_years(self.reported_as)

    @property
    def status_label(self) -> str:
        """The status in words; empty if none was reported."""
        return Status(self.status).label if self.status else ""

    @property
    def goes_badly(self) -> bool:
        """Whether it was last said to be off track or at risk."""
        return self.status in (Status.OFF_TRACK, Status.AT_RISK)

    @property
    def differs(self) -> bool:
        """Whether the source has another word for the status."""
        word = self.source_words.lower()
        return bool(word) and word != Status(self.status).label.lower()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a status is checked against.

    ``before``: the update before it, or ``None``. ``milestones``: the current statement of each
    milestone. ``day``: the day on which they are judged. ``may_end``: it may say that the work has
    ended, as the end date of the programme says so or an update of the same month did.
    """

    before: "StatusUpdate | None"
    milestones: tuple
    day: date
    may_end: bool = True

    @property
    def suggested(self):
        """The status that the dates suggest; empty if there is nothing to go by."""
        return suggested_status(self.milestones, self.day)

    @property
    def late(self):
        return [each for each in self.milestones if each.is_late(self.day)]

    @property
    def milestones_open(self):
        return [each for each in self.milestones if each.is_open]

    def errors_of(self, update):
        """The rules that an update breaks, as pairs (field, what to do). See ``errors``."""
        if update.status in ENDED and not self.may_end and update.origin != Origin.DOCUMENT:
            return [("status", ENDS_ELSEWHERE)]
        return list(
            update.errors(
                before=self.before.status if self.before else "",
                suggested=self.suggested,
                milestones_open=len(self.milestones_open),
            )
        )


def _rule(name, rule, sentence):
    """A constraint on updates written in the portal, from submission on (BEHAVIOUR A, rules)."""
    binds = ~Q(origin=Origin.DOCUMENT) & Q(state__in=(UpdateState.SUBMITTED, UpdateState.PUBLISHED))
    return models.CheckConstraint(
        name=f"programmes_status_{name}", condition=~binds | rule, violation_error_message=sentence
    )


class _PeriodClosed(Func):
    """The moment at which the month after a period ends. Until then the period can be reported.

    It ends at midnight in London, as ``open_period`` has it, also in summer time.
    """

    template = "((%(expressions)s + INTERVAL '2 months') AT TIME ZONE 'Europe/London')"
    output_field = models.DateTimeField()


class StatusUpdateQuerySet(StatementQuerySet):
    # A late correction of an old month says nothing of how things are now. So an update counts from
    # its publication, but at the latest from its recording, which comes before the day of a document
    # that is dated by this year, and from the end of the month after its period.
    COUNTS_FROM = Least("published_at", "recorded_at", _PeriodClosed("period"))

    def newest_first(self):
        """Sorts updates so that the first says how things are now: see ``COUNTS_FROM``."""
        return self.order_by(self.COUNTS_FROM.desc(), "-pk")

    def one_each(self, at):
        """One update for each programme: the live one that says how it stands at a moment."""
        return (
            self.live(at)
            .order_by("programme_id", self.COUNTS_FROM.desc(), "-pk")
            .distinct("programme_id")
        )

    def every_version(self, at):
        """All updates published by a moment, superseded ones too, newest first.

        Adds ``replaced_because``: the reason given by the update that superseded it, even if that
        came after the moment. An update that another with the same ``published_at`` mended is left
        out: it was never live.
        """
        follower = StatusUpdate.objects.filter(
            programme=OuterRef("programme"),
            period=OuterRef("period"),
            published_at=OuterRef("superseded_at"),
        )
        return (
            self.versions(at)
            .annotate(replaced_because=Subquery(follower.order_by("-pk").values("reason")[:1]))
            .with_names(at)
            .with_sources(at)
            .select_related("merged_into")
            .order_by("-published_at", "-pk")
        )

    def with_names(self, at):
        """Adds ``merged_into_name``, the name at a moment."""
        return self.annotate(merged_into_name=Programme.name_at("merged_into", at))

    def accessible_to(self, user, permission, at):
        """The updates of the programmes for which a person has a permission."""
        programmes = Programme.objects.accessible_to(user, permission, at)
        return self.filter(programme__in=programmes)

    def waiting(self):
        """The updates that are submitted and not yet decided on."""
        return self.filter(state=UpdateState.SUBMITTED)

    def of_month(self, programme, period, at):
        """The update that a month has already: the draft, else the live one, else ``None``."""
        rows = self.filter(programme=programme, period=period)
        return rows.drafts().first() or rows.live(at).first()

    def in_work(self):
        """The updates still being written: not submitted yet, or returned."""
        return self.filter(state__in=(UpdateState.DRAFT, UpdateState.RETURNED))

    def facts(self, programme, period, at):
        """The ``Facts`` that a status for a month is checked against; at most six queries.

        ``period``: the first day of the month. If it was published already, ``before`` and ``day``
        are those of its first publication.
        """
        own = self.filter(programme=programme)
        first = own.published_by(at).filter(period=period).aggregate(at=Min("published_at"))["at"]
        earlier = own.live(at).exclude(period=period).with_names(at).newest_first()
        if first:
            earlier = earlier.alias(counts_from=self.COUNTS_FROM).filter(counts_from__lt=first)
        milestones = programme.milestones.known_at(at).with_dates(at)
        of_month = own.live(at).filter(period=period, status__in=ENDED)
        says_so = programme.profiles.live(at).exclude(ends_as="", merged_into=None)
        return Facts(
            before=earlier.first(),
            milestones=tuple(each.current for each in milestones),
            day=london_day(first or at),
            may_end=says_so.exists() or of_month.exists(),
        )


@tracked()
@kind(
    "Status",
    "Status updates",
    thing="programme",
    words="summary",
    code="status",
    is_state=True,
    is_work=True,
    without_code="Progress report",
    writer=WRITE_STATUS,
    approver=DECIDE_STATUS,
    reach="programme",
    has_own_pages=True,
)
class StatusUpdate(Statement):
    """What was said of how a programme is going.

    Written in the portal, there is one for each programme and month; one person submits it and
    another approves it. Copied from a document, it has no period, and a source in place of people.
    If the source's own word is none of our statuses, ``source_words`` keeps it and ``status`` is
    empty.
    """

    identity_fields = ("programme", "period")

    class Confidence(models.TextChoices):
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    class EndReason(models.TextChoices):
        STAFFING = "staffing", "Not enough staff"
        MONEY = "money", "Not enough money"
        BUILDING = "building", "Building or equipment"
        DEPENDENCY = "dependency", "Waiting for other work"
        SCOPE = "scope", "The work has changed"
        OTHER = "other", "Another reason"

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="updates")
    period = models.DateField("month reported, by its first day", null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, blank=True)
    source_words = models.CharField("the source's own word", max_length=60, blank=True)
    summary = models.CharField(max_length=SUMMARY_LENGTH, blank=True)
    what_was_done = models.TextField(blank=True)
    what_is_next = models.TextField(blank=True)
    next_step = models.CharField("the next step", max_length=200, blank=True)
    next_step_owner = models.CharField("who takes it", max_length=100, blank=True)
    next_step_on = models.DateField("by when", null=True, blank=True)
    help_needed = models.CharField(max_length=300, blank=True)
    status_reason = models.TextField("reason for the status", blank=True)
    confidence = models.CharField(
        "how sure this status is", max_length=6, choices=Confidence, blank=True
    )
    end_date_changes = models.BooleanField("does the end date change?", null=True, blank=True)
    new_end_on = models.DateField("new end date", null=True, blank=True)
    end_reason = models.CharField(
        "why the end date changes", max_length=12, choices=EndReason, blank=True
    )
    end_reason_words = models.CharField(
        "why it changes, in a few words", max_length=300, blank=True
    )
    next_decision_on = models.DateField("when it is decided again", null=True, blank=True)
    explanation = models.TextField("closing words", blank=True)
    merged_into = models.ForeignKey(
        Programme,
        models.PROTECT,
        verbose_name="the programme it is now part of",
        null=True,
        blank=True,
        related_name="merging_updates",
    )
    internal_note = models.TextField("note for staff only", blank=True)

    state = models.CharField(max_length=10, choices=UpdateState, default=UpdateState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_remarks = models.TextField(blank=True)

    objects = StatusUpdateQuerySet.as_manager()

    class Meta(Statement.Meta):
        indexes = [models.Index("programme", F("published_at").desc(), name="status_newest")]
        constraints = [
            *Statement.Meta.constraints,
            *one_live("programme", "period", condition=Q(period__isnull=False)),
            models.UniqueConstraint(
                fields=["programme", "period"],
                condition=Q(published_at__isnull=True),
                name="programmes_status_one_draft",
                violation_error_message="Somebody is writing this month’s update already. Go on with that.",
            ),
            models.CheckConstraint(
                name="programmes_status_published_state",
                condition=Q(published_at__isnull=True) & ~Q(state="published")
                | Q(published_at__isnull=False, state="published"),
                violation_error_message="Publish it in the usual way, after its approval.",
            ),
            time_and_person("submitted"),
            time_and_person("decided"),
            models.CheckConstraint(
                name="programmes_status_approved_by_another",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | Q(submitted_by__isnull=False, decided_by__isnull=False)
                & ~Q(author=F("decided_by")),
                violation_error_message="Another person than who wrote it has to approve it.",
            ),
            models.CheckConstraint(
                name="programmes_status_period_first_of_month",
                condition=Q(period__isnull=True) | Q(period__day=1),
                violation_error_message="Give the first day of the month that it reports.",
            ),
            models.CheckConstraint(
                name="programmes_status_says_something",
                condition=Q(published_at__isnull=True) | ~Q(status="") | ~Q(source_words=""),
                violation_error_message="Choose a status, or give the source’s own word.",
            ),
            _rule(
                "has_period_and_words",
                ~Q(period=None) & ~Q(status="") & ~Q(summary=""),
                "Give its month, a status and a summary.",
            ),
            _rule(
                "needs_reason_and_step",
                ~Q(status__in=NEEDS_REASON)
                | Q(status_reason__length__gte=REASON_LENGTH, next_step_on__isnull=False)
                & ~Q(next_step="")
                & ~Q(next_step_owner=""),
                f"Give a reason of at least {REASON_LENGTH} characters, and the next step with its "
                "owner and day.",
            ),
            _rule(
                "off_track_says_whether_end_moves",
                ~Q(status=Status.OFF_TRACK) | Q(end_date_changes__isnull=False),
                "Say whether the end date changes.",
            ),
            _rule(
                "moved_end_has_date_and_reason",
                Q(end_date_changes__isnull=True)
                | Q(end_date_changes=False)
                | Q(new_end_on__isnull=False) & ~Q(end_reason="") & ~Q(end_reason_words=""),
                "Give the new end date, and why it changes.",
            ),
            _rule(
                "paused_has_next_decision",
                ~Q(status=Status.PAUSED) | Q(next_decision_on__isnull=False),
                "Give the day when this is decided again.",
            ),
            _rule(
                "ended_is_explained",
                ~Q(status__in=ENDED) | ~Q(explanation=""),
                "Explain to the public how the work ended.",
            ),
            _rule(
                "merged_says_into_what",
                ~Q(status=Status.MERGED) | Q(merged_into__isnull=False),
                "Choose the programme it became part of.",
            ),
        ]

    def get_absolute_url(self):
        return f"{self.programme.get_absolute_url()}updates/#{self.anchor}"

    @property
    def anchor(self) -> str:
        """Its place on the page of updates: the same after an export and in another portal."""
        about = self.period.isoformat()[:7] if self.period else self.source.slug
        return f"update-{about}-{self.published_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    @classmethod
    def label(cls, name):
        """The label of a field, as forms and pages show it."""
        return LABELS.get(name) or capfirst(cls._meta.get_field(name).verbose_name)

    def may_become(self, state):
        """Whether the update may move from its state to another."""
        return state in MOVES[self.state]

    def errors(self, *, before="", suggested="", milestones_open=0):
        """Yields the rules that the update breaks, as pairs (field, what to do) (BEHAVIOUR A).

        ``before``: the status published last. ``suggested``: the status that the dates suggest.
        ``milestones_open``: how many milestones are neither done nor dropped. The constraints in
        ``Meta`` hold the same rules in the database, as far as one row can tell.
        """
        if not self.status:
            yield "status", "Choose a status"
        if not self.summary:
            yield "summary", "Write a summary that the public can read"
        for name in ("what_was_done", "what_is_next"):
            if len(getattr(self, name).splitlines()) > MOST_LINES:
                yield name, f"Use at most {MOST_LINES} lines"
        why = self.asks_reason(before=before, suggested=suggested)
        if why and len(self.status_reason) < REASON_LENGTH:
            yield "status_reason", f"Give a reason of at least {REASON_LENGTH} characters: {why}"
        if self.status in NEEDS_REASON:
            if not self.next_step:
                yield "next_step", "Write the next step"
            if not self.next_step_owner:
                yield "next_step_owner", "Say who takes the next step"
            if not self.next_step_on:
                yield "next_step_on", "Enter the day the next step will be done by"
        if self.status == Status.OFF_TRACK and self.end_date_changes is None:
            yield "end_date_changes", "Say whether the end date changes"
        if self.end_date_changes:
            if not self.new_end_on:
                yield "new_end_on", "Enter the new end date"
            if not self.end_reason:
                yield "end_reason", "Choose why the end date changes"
            if not self.end_reason_words:
                yield "end_reason_words", "Say in a few words why the end date changes"
        if self.status == Status.PAUSED and not self.next_decision_on:
            yield "next_decision_on", "Enter the day when this is decided again"
        if self.period and self.next_decision_on and self.next_decision_on < self.period:
            yield "next_decision_on", "Enter a day after the month of this update began"
        if self.status == Status.MERGED and not self.merged_into_id:
            yield "merged_into", "Choose the programme it became part of"
        if self.status in ENDED and not self.explanation:
            yield "explanation", ASKED_AT_THE_END[self.status]
        if self.status == Status.COMPLETE and milestones_open:
            count = "1 is" if milestones_open == 1 else f"{milestones_open} are"
            yield "status", f"Mark every milestone as done or dropped first: {count} still open"

    @property
    def reasons(self):
        """What it says of why its status is as it is, each sentence once: first of its end."""
        return list(dict.fromkeys(filter(None, [self.explanation, self.status_reason])))

    def asks_reason(self, *, before="", suggested=""):
        """Why this status needs a reason, in words; empty if it needs none."""
        if self.status in NEEDS_REASON:
            return f"the status is “{self.get_status_display().lower()}”"
        if is_better(self.status, before, steps=2):
            return (
                f"the status before was “{Status(before).label.lower()}”, two or more steps worse"
            )
        if is_better(self.status, suggested):
            return f"the dates suggest “{Status(suggested).label.lower()}”"
        return ""

    def corrects(self, at):
        """The live update of the same month that this one would supersede, or ``None``."""
        same = type(self).objects.live(at).filter(programme=self.programme_id, period=self.period)
        return same.exclude(pk=self.pk).first() if self.period else None

    @property
    def was_first(self):
        """Whether it was sent as the first of its month: a correction that was sent has its reason."""
        return self.state in (UpdateState.SUBMITTED, UpdateState.RETURNED) and not self.reason

    def version_seen(self, seen):
        """The row of history for the version that a ``seen_token`` names, or ``None``."""
        version = seen.rpartition("-")[2]
        if not version.isdecimal() or len(version) > LONGEST_VERSION:
            return None
        rows = type(self).pgh_event_model.objects.filter(pgh_obj_id=self.pk, version=version)
        return rows.order_by("-pgh_id").first()

    def refusal(self, at):
        """Once the programme has ended: a last status, a month before it, or a correction alone."""
        end = self.programme.end_at(at)
        if end is None:
            return ""
        if corrects := self.corrects(at):
            # Where a status alone says that it has ended, another may be what is right.
            is_open = self.is_end or not corrects.is_end or end.is_by_status
        else:
            stands = self.programme.updates.live(at).newest_first().first()
            is_before = end.ends_on and months_later(self.period, 1) <= end.ends_on
            is_open = (self.is_end or is_before) and not (stands and stands.is_end)
        if not is_open:
            return f"{end.words}, so it has no new status. {end.remedy}"
        into = self.merged_into_id if self.status == Status.MERGED else None
        if self.is_end and end.profile and end.profile.merged_into_id != into:
            became = (
                "not that it became part of that one" if into else "that it became part of another"
            )
            return (
                f"{end.words}, and its record says {became}. Correct what it became part of first."
            )
        return ""

    @property
    def is_end(self):
        """Whether it says that the work has ended."""
        return self.status in ENDED

    @property
    def reported_at(self):
        """The moment from which the update counts as a report of how things are.

        It is that of publication, but at the latest the end of the month after the period: a late
        correction is no newer report.
        """
        if not self.period:
            return self.published_at
        return min(self.published_at, first_second(months_later(self.period, 2)))

    def is_stale(self, at):
        """Whether the update is too old to say how things are: more than 90 days.

        An update that ends the work is never too old. Whole days in London are counted, so that the
        answer is the same from morning to night.
        """
        if self.is_end:
            return False
        return london_day(at) - london_day(self.reported_at) > CONFIRMED_FOR

    @classmethod
    def standing_of(cls, update, at, day, *, has_ended=False):
        """The ``Standing`` of a programme at a moment and on a day, from its newest update.

        ``update``: loaded ``with_names``, or ``None`` if the programme has none. ``has_ended``: the
        programme is known to have ended by the day, so that no month is missed.
        """
        if update is None:
            return Standing()
        has_status = bool(update.status)
        reports = update.period is not None and not (has_ended or update.is_end)
        return Standing(
            status=update.status,
            stale_since=dated(update.written_date) if has_status and update.is_stale(at) else "",
            source_words=update.source_words,
            words_are_ours=update.certainty != Certainty.SOURCED,
            into=(update.merged_into_name or "") if update.status == Status.MERGED else "",
            missed=_months(missed_periods(update.period, day)) if reports else "",
            reported=f"reported {in_month(update.written_date)}",
            reported_at=update.reported_at,
            reported_as=update.written_date,
        )

    @property
    def period_words(self):
        """The month in words, such as ``October 2026``; empty if copied from a document."""
        return span(self.period.isoformat()[:7]).in_words() if self.period else ""


def _months(periods):
    """Months in words: ``October 2026``, ``August to October 2026``; empty for none."""
    if not periods:
        return ""
    first, last = (span(period.isoformat()[:7]).in_words() for period in (periods[0], periods[-1]))
    if first == last:
        return first
    return f"{first.removesuffix(last[-5:])} to {last}"
