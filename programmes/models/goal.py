"""The objectives and outcome goals that the partners agreed for the whole system."""

from django.db import models
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, one_live
from bhcp_portal.kit.things import Thing
from metrics.models import Direction
from partners.roles import KEEP_RECORD
from programmes.models.programme import Objective


@tracked()
class Goal(Thing):
    """Something that the whole system set out to change."""

    PAGE = "goals"

    class Meta(Thing.Meta):
        pass

    @classmethod
    def page_of(cls, slug):
        """The address of the goal's place on the page of all goals."""
        return f"{reverse(cls.PAGE)}#{slug}"


@tracked()
@kind(
    "Goal",
    "Goals",
    thing="goal",
    words="name",
    is_work=True,
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class GoalProfile(Statement):
    """What a goal is, which way it should move and, where a source sets one, the number."""

    identity_fields = ("goal",)

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=150)
    direction = models.CharField(max_length=10, choices=Direction)
    target_words = models.CharField("the number that was set", max_length=200, blank=True)
    about = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, *one_live("goal")]


@tracked()
@kind(
    "Objective",
    "Objectives",
    is_housekeeping=True,
    page="goals",
    words="meaning",
    code="objective",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class ObjectiveMeaning(Statement):
    """What the partners say that one of their three objectives means."""

    identity_fields = ("objective",)

    objective = models.CharField(max_length=30, choices=Objective)
    meaning = models.TextField()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, *one_live("objective")]
