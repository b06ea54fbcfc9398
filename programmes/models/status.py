"""How a programme is going: status updates, their states and the rules of BEHAVIOUR A."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import months_later, span
from bhcp_portal.kit.moments import Origin, Statement, StatementQuerySet, one_live
from programmes.models.programme import Programme

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)

SUMMARY_LENGTH = 600
REASON_LENGTH = 20
CONFIRMED_FOR = timedelta(days=90)


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
NEEDS_REASON = (Status.AT_RISK, Status.OFF_TRACK, Status.PAUSED, Status.STOPPED)
# How good a status is, for "better by two steps" and "rosier than the facts".
STEPS = {Status.OFF_TRACK: 0, Status.AT_RISK: 1, Status.ON_TRACK: 2, Status.COMPLETE: 3}


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for approval"
    RETURNED = "returned", "Returned with remarks"
    PUBLISHED = "published", "Published"


MOVES = {
    State.DRAFT: {State.DRAFT, State.SUBMITTED},
    State.SUBMITTED: {State.RETURNED, State.PUBLISHED},
    State.RETURNED: {State.RETURNED, State.SUBMITTED},
    State.PUBLISHED: set(),
}


def open_period(day):
    """The month that is reported on a day: the one before, by its first day (BEHAVIOUR A, cycle)."""
    return months_later(date(day.year, day.month, 1), -1)


def _rule(name, rule):
    """A check that binds what was written in the portal once it is submitted (BEHAVIOUR A, rules)."""
    binds = ~Q(origin=Origin.DOCUMENT) & Q(state__in=(State.SUBMITTED, State.PUBLISHED))
    return models.CheckConstraint(name=f"programmes_status_{name}", condition=~binds | rule)


class StatusUpdateQuerySet(StatementQuerySet):
    def within_reach(self, user, permission, at):
        """Those of the programmes that a person may do a thing to."""
        programmes = Programme.objects.within_reach(user, permission, at)
        return self.filter(programme__in=programmes)

    def waiting(self):
        """Those submitted and not yet decided."""
        return self.filter(state=State.SUBMITTED)


@tracked()
class StatusUpdate(Statement):
    """What was said of how a programme is going.

    Written in the portal: one a month and programme, submitted by one person, approved by another.
    Copied from a document: no period, the document in place of people; ``source_words`` keeps a word of
    the source's own that is none of ours (the status is then empty).
    """

    same = ("programme", "period")

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
    next_step = models.CharField(max_length=200, blank=True)
    next_step_owner = models.CharField(max_length=100, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    help_needed = models.CharField(max_length=300, blank=True)
    status_reason = models.TextField(blank=True)
    confidence = models.CharField(max_length=6, choices=Confidence, blank=True)
    end_date_changes = models.BooleanField(null=True, blank=True)
    new_end_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=12, choices=EndReason, blank=True)
    end_reason_words = models.CharField(max_length=300, blank=True)
    next_decision_on = models.DateField(null=True, blank=True)
    explanation = models.TextField("why it stopped or what it became", blank=True)
    merged_into = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="merging_updates"
    )
    internal_note = models.TextField("note for staff only", blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
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
            one_live("programme", "period", condition=Q(period__isnull=False)),
            models.UniqueConstraint(
                fields=["programme", "period"],
                condition=Q(published_at__isnull=True),
                name="programmes_status_one_draft",
            ),
            models.CheckConstraint(
                name="programmes_status_published_state",
                condition=Q(published_at__isnull=True) & ~Q(state="published")
                | Q(published_at__isnull=False, state="published"),
            ),
            models.CheckConstraint(
                name="programmes_status_submitted_pair",
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="programmes_status_decided_pair",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="programmes_status_approved_by_another",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | Q(submitted_by__isnull=False, decided_by__isnull=False)
                & ~Q(submitted_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="programmes_status_period_first_of_month",
                condition=Q(period__isnull=True) | Q(period__day=1),
            ),
            models.CheckConstraint(
                name="programmes_status_says_something",
                condition=Q(published_at__isnull=True) | ~Q(status="") | ~Q(source_words=""),
            ),
            _rule("has_period_and_words", ~Q(period=None) & ~Q(status="") & ~Q(summary="")),
            _rule(
                "needs_reason_and_step",
                ~Q(status__in=NEEDS_REASON)
                | Q(status_reason__length__gte=REASON_LENGTH, next_step_on__isnull=False)
                & ~Q(next_step="")
                & ~Q(next_step_owner=""),
            ),
            _rule(
                "off_track_says_whether_end_moves",
                ~Q(status=Status.OFF_TRACK) | Q(end_date_changes__isnull=False),
            ),
            _rule(
                "moved_end_has_date_and_reason",
                Q(end_date_changes__isnull=True)
                | Q(end_date_changes=False)
                | Q(new_end_on__isnull=False) & ~Q(end_reason="") & ~Q(end_reason_words=""),
            ),
            _rule(
                "paused_has_next_decision",
                ~Q(status=Status.PAUSED) | Q(next_decision_on__isnull=False),
            ),
            _rule("ended_is_explained", ~Q(status__in=ENDED) | ~Q(explanation="")),
            _rule("merged_says_into_what", ~Q(status=Status.MERGED) | Q(merged_into__isnull=False)),
        ]

    def get_absolute_url(self):
        return f"{self.programme.get_absolute_url()}updates/#update-{self.pk}"

    def may_become(self, state):
        """Whether the update may move to a state."""
        return state in MOVES[self.state]

    def is_stale(self, at):
        """Whether it is too old to stand for how things are: 90 days, unless the work has ended."""
        return self.status not in ENDED and at - self.published_at > CONFIRMED_FOR

    @property
    def period_words(self):
        """``October 2026``; empty where it was copied from a document."""
        return span(self.period.isoformat()[:7]).in_words() if self.period else ""
