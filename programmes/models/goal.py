"""The objectives and outcome goals that the partners agreed for the whole system."""

from django.db import models

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.moments import Statement, Thing, one_live
from programmes.models.programme import Objective


class Direction(models.TextChoices):
    INCREASE = "increase", "Go up"
    DECREASE = "decrease", "Go down"
    NEUTRAL = "neutral", "No direction was set"


@tracked()
class Goal(Thing):
    """Something that the whole system set out to change."""

    class Meta(Thing.Meta):
        pass


@tracked()
class GoalProfile(Statement):
    """What a goal is, which way it should move and, where a source sets one, the number."""

    same = ("goal",)
    PROFILE_RELATED = ("source",)

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=150)
    direction = models.CharField(max_length=10, choices=Direction)
    target_words = models.CharField("the number that was set", max_length=200, blank=True)
    about = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("goal")]


@tracked()
class ObjectiveMeaning(Statement):
    """What the partners say that one of their three objectives means."""

    same = ("objective",)

    objective = models.CharField(max_length=30, choices=Objective)
    meaning = models.TextField()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("objective")]
