"""Which metrics programmes and goals mean to move."""

from django.db import models
from django.db.models import OuterRef, Subquery

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, StatementQuerySet, one_live
from metrics.models import Metric
from partners.roles import CHANGE_METRICS
from programmes.models.goal import Goal, GoalProfile
from programmes.models.programme import Programme


class MetricLinkQuerySet(StatementQuerySet):
    def applying(self, at):
        """The links that are live at a moment and not taken back."""
        return self.live(at).filter(applies=True)

    def with_metric(self, at):
        return self.with_sources(at).select_related("metric")


class MetricProgrammeQuerySet(MetricLinkQuerySet):
    def by_programme(self, at):
        """The links whose programme is known at a moment, sorted by its name.

        Adds the name as ``programme_name``, and loads programme and source.
        """
        return (
            self.with_sources(at)
            .select_related("programme")
            .annotate(programme_name=Programme.name_at("programme", at))
            .exclude(programme_name=None)
            .order_by("programme_name", "pk")
        )


class MetricGoalQuerySet(MetricLinkQuerySet):
    def by_goal(self, at):
        """The links whose goal is known at a moment, in the goals' own order.

        Adds the goal's name as ``goal_name``, and loads goal and source.
        """
        names = GoalProfile.objects.live(at).filter(goal=OuterRef("goal"))
        return (
            self.with_sources(at)
            .select_related("goal")
            .annotate(
                goal_name=Subquery(names.values("name")[:1]),
                goal_position=Subquery(names.values("position")[:1]),
            )
            .exclude(goal_name=None)
            .order_by("goal_position", "goal_name", "pk")
        )


@tracked()
@kind(
    "Measure of a programme",
    "Measures of programmes",
    is_housekeeping=True,
    thing="programme",
    words="words",
    code="applies",
    other="metric",
    writer=CHANGE_METRICS,
    approver=CHANGE_METRICS,
    reach="metric",
    has_own_pages=True,
    is_proposed=True,
)
class MetricProgramme(Statement):
    """A source or a person says that a programme means to move a metric.

    A newer statement with ``applies`` false takes this back.
    """

    identity_fields = ("metric", "programme")

    metric = models.ForeignKey(
        Metric, models.PROTECT, verbose_name="measure", related_name="programme_links"
    )
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="metric_links")
    words = models.CharField("how they belong together", max_length=300, blank=True)
    applies = models.BooleanField(default=True)

    objects = MetricProgrammeQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = "measure of a programme"
        verbose_name_plural = "measures of programmes"
        constraints = [*Statement.Meta.constraints, *one_live("metric", "programme")]


@tracked()
@kind(
    "Measure of a goal",
    "Measures of goals",
    is_housekeeping=True,
    thing="goal",
    words="words",
    code="applies",
    other="metric",
    writer=CHANGE_METRICS,
    approver=CHANGE_METRICS,
    reach="metric",
    has_own_pages=True,
    is_proposed=True,
)
class MetricGoal(Statement):
    """A source or a person says that a metric tells something about a goal.

    A newer statement with ``applies`` false takes this back.
    """

    identity_fields = ("metric", "goal")

    metric = models.ForeignKey(
        Metric, models.PROTECT, verbose_name="measure", related_name="goal_links"
    )
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="metric_links")
    words = models.CharField("how they belong together", max_length=300, blank=True)
    applies = models.BooleanField(default=True)

    objects = MetricGoalQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = "measure of a goal"
        verbose_name_plural = "measures of goals"
        constraints = [*Statement.Meta.constraints, *one_live("metric", "goal")]
