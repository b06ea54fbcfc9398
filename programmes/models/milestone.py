"""Milestones: what is to be reached, by when, and each change of that date."""

from operator import attrgetter
from typing import ClassVar

from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.shapes import shape_of, written_date
from bhcp_portal.kit.statements import (
    AsWrittenField,
    Statement,
    StatementQuerySet,
    one_live,
)
from bhcp_portal.kit.things import Thing, ThingQuerySet
from partners.roles import DECIDE_STATUS, MOVE_MILESTONE
from programmes.models.programme import Programme


class MilestoneQuerySet(ThingQuerySet):
    def accessible_to(self, user, permission, at):
        """The milestones of the programmes for which a person has a permission."""
        return self.filter(programme__in=Programme.objects.accessible_to(user, permission, at))

    def with_dates(self, at):
        """Loads each milestone's statements on the record at a moment, oldest first, as ``statements``.

        A statement that another with the same ``published_at`` mended is left out: it was never
        live.
        """
        return self.prefetch_related(
            Prefetch(
                "dates",
                queryset=MilestoneDate.objects.versions(at).with_sources(at).oldest_first(at),
                to_attr="statements",
            )
        )

    def of_programme(self, programme, at):
        """The milestones of one programme that are known at a moment, as a list ``with_dates``.

        By slug, and in one query.
        """
        statements = MilestoneDate.objects.filter(milestone__programme=programme).versions(at)
        found = {}
        for each in statements.with_sources(at).select_related("milestone").oldest_first(at):
            milestone = found.setdefault(each.milestone_id, each.milestone)
            milestone.statements = [*getattr(milestone, "statements", ()), each]
        return sorted(found.values(), key=attrgetter("slug"))


@tracked()
class Milestone(Thing):
    """A point that a programme means to reach."""

    PROFILES = "dates"
    NAME_FIELD = "title"
    # Else it would have been another programme's, on every past day.
    FIXED: ClassVar[tuple[str, ...]] = ("programme",)

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="milestones")

    objects = MilestoneQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return f"{reverse('programmes:detail', args=[self.programme.slug])}#{self.slug}"

    @property
    def first(self):
        """The first statement, from ``with_dates``; its due date is the baseline."""
        return self.statements[0]

    @property
    def current(self):
        """The statement that stands, from ``with_dates``."""
        return self.statements[-1]

    @property
    def moves(self):
        """Each change of the due date, oldest first, as pairs of statements (``with_dates``)."""
        pairs = zip(self.statements, self.statements[1:], strict=False)
        return [(old, new) for old, new in pairs if old.due_as != new.due_as]

    @property
    def slip_in_days(self):
        """How many days later than at first the milestone is due now; negative if it is earlier.

        ``None`` if the first or the newest statement has no due date. From ``with_dates``.
        """
        if not (self.first.due_on and self.current.due_on):
            return None
        return (self.current.due_on - self.first.due_on).days


class MilestoneDateQuerySet(StatementQuerySet):
    def late_on(self, day):
        """The statements of milestones that were due before a day and are still open."""
        open_ones = (self.model.State.PLANNED, self.model.State.IN_PROGRESS)
        return self.filter(state__in=open_ones, due_on__lt=day)


@tracked()
@kind(
    "Milestone",
    "Milestones",
    thing="milestone__programme",
    words="title",
    code="state",
    days=("done_as", "due_as"),
    is_work=True,
    writer=MOVE_MILESTONE,
    approver=DECIDE_STATUS,
    reach="milestone__programme",
    has_own_pages=True,
    is_proposed=True,
)
class MilestoneDate(Statement):
    """What was said of a milestone at a moment: its words, its due date and whether it is done."""

    identity_fields = ("milestone",)

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        IN_PROGRESS = "in_progress", "In progress"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    ON_RECORD = (
        "This programme has a milestone “{}” already. Change that one, or use other words for this."
    )
    # A milestone comes back from done or dropped if that was said too soon; a reason is needed.
    MOVES: ClassVar = {
        State.PLANNED: {State.PLANNED, State.IN_PROGRESS, State.DONE, State.DROPPED},
        State.IN_PROGRESS: {State.IN_PROGRESS, State.DONE, State.DROPPED},
        State.DONE: {State.IN_PROGRESS},
        State.DROPPED: {State.IN_PROGRESS},
    }

    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="dates")
    title = models.CharField(max_length=150)
    description = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=12, choices=State)
    due_as = AsWrittenField(blank=True)
    due_on = models.DateField("last day it may fall due", null=True, blank=True)
    done_as = AsWrittenField(blank=True)
    done_on = models.DateField("last day it may have been done", null=True, blank=True)
    is_critical = models.BooleanField(default=False)

    objects = MilestoneDateQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("milestone"),
            models.CheckConstraint(
                name="programmes_milestonedate_done_has_date",
                condition=Q(state="done", done_on__isnull=False)
                | (~Q(state="done") & Q(done_on__isnull=True)),
                violation_error_message="Say when it was done; leave that empty if it is not done.",
            ),
            *shape_of(written_date, "due_as", "done_as"),
        ]

    def may_become(self, state):
        """Whether the next statement of the milestone may have this state."""
        return state in self.MOVES[self.state]

    def repeats(self, at):
        """Whether it gives its milestone the words that another of the programme has at a moment."""
        stands = type(self).objects.live(at).filter(title__iexact=self.title.strip())
        if stands.filter(milestone=self.milestone_id).exists():
            return False
        return stands.filter(milestone__programme=self.milestone.programme_id).exists()

    def refusal(self, at):
        """Words that another milestone of the programme has are not used twice.

        Once the programme has ended, what was done until then, or is dropped, can be said alone.
        """
        if self.repeats(at):
            return self.ON_RECORD.format(self.title)
        end = self.milestone.programme.end_at(at)
        if end is None or self.state == self.State.DROPPED:
            return ""
        if self.state == self.State.DONE:
            if not end.ends_on or span(self.done_as).first <= end.ends_on:
                return ""
            return f"{end.words}. Give a day until then on which it was done."
        return end.for_milestones

    @property
    def due_words(self):
        return span(self.due_as).in_words() if self.due_as else ""

    @property
    def done_words(self):
        return span(self.done_as).in_words() if self.done_as else ""

    def is_late(self, day):
        """Whether the milestone is still open although it was due before a day."""
        return self.is_open and self.due_on is not None and self.due_on < day

    @property
    def is_open(self):
        return self.state in (self.State.PLANNED, self.State.IN_PROGRESS)
