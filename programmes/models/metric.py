"""Outcome metrics: the card of each, its targets, re-bases and notes, and what it belongs to."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.moments import (
    Origin,
    Statement,
    StatementQuerySet,
    Thing,
    ThingQuerySet,
    one_live,
)
from bhcp_portal.kit.sources import Source
from iccs.models import Icc
from partners.models import Partner
from programmes.models.goal import Direction, Goal, GoalProfile
from programmes.models.period import Frequency
from programmes.models.programme import Programme, programme_name

WHOLE_BAY = "BHCP"
SHORTEST_BASELINE = 12
# What a person writes on a card: all but who, when and where it was copied from.
ON_THE_CARD = (
    "name",
    "short_name",
    "why",
    "method",
    "numerator_words",
    "denominator_words",
    "unit",
    "multiplier",
    "decimals",
    "direction",
    "frequency",
    "lag_days",
    "data_source_id",
    "owner_id",
    "owner_role",
    "baseline_value",
    "baseline_period",
    "baseline_note",
    "uses_spc",
    "limits_from",
    "small_numbers",
    "state",
    "retired_reason",
    "successor_id",
    "review_on",
    "reason",
)


class MetricQuerySet(ThingQuerySet):
    def within_reach(self, user, permission, at):
        """Those that a person may do a thing to: all, or those whose card names their partner as owner."""
        partners = user.partners_with(permission)
        if partners is None:
            return self
        cards = MetricProfile.objects.live(at).filter(owner__in=partners)
        return self.filter(pk__in=cards.values("metric"))

    def chosen_by(self, *, at, goal=None, programme=None, partner=None, state=""):
        """Those that fit every choice made, as had been said by a moment.

        A partner's are those that it owns and those that are counted of it.
        """
        cards = MetricProfile.objects.live(at)
        found = self.known_at(at)
        if goal:
            found = found.filter(pk__in=goal.metric_links.applying(at).values("metric"))
        if programme:
            found = found.filter(pk__in=programme.metric_links.applying(at).values("metric"))
        if partner:
            owned = cards.filter(owner=partner).values("metric")
            counted = partner.series.told(at).values("metric")
            found = found.filter(Q(pk__in=owned) | Q(pk__in=counted))
        if state:
            found = found.filter(pk__in=cards.filter(state=state).values("metric"))
        return found


@tracked()
class Metric(Thing):
    """Something that is counted again and again to see how well it goes."""

    code = models.CharField(max_length=40, unique=True)

    objects = MetricQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return reverse("metrics:detail", args=[self.slug])


@tracked()
class MetricProfile(Statement):
    """The card of a metric: what it is, why it matters and how it is worked out (BEHAVIOUR B).

    One in preparation is a draft; ``checked_by`` is the other person who published it.
    """

    same = ("metric",)
    PROFILE_RELATED = ("source", "data_source", "owner", "successor")

    class State(models.TextChoices):
        PREVIEW = "preview", "Preview"
        LIVE = "live", "Live"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    class SmallNumbers(models.TextChoices):
        HIDE = "hide", "Counts of 1 to 4 are hidden"
        OFFICIAL = "official", "Published already as official statistics"

    metric = models.ForeignKey(Metric, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=150)
    short_name = models.CharField(max_length=60)
    why = models.TextField("why it matters")
    method = models.TextField("how it is worked out")
    numerator_words = models.CharField("what the top number counts", max_length=200, blank=True)
    denominator_words = models.CharField("out of what", max_length=200, blank=True)
    unit = models.CharField(max_length=40)
    multiplier = models.PositiveIntegerField(
        "what the share is multiplied by", default=1, validators=[MinValueValidator(1)]
    )
    decimals = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(6)])
    direction = models.CharField(max_length=10, choices=Direction)
    frequency = models.CharField(max_length=8, choices=Frequency)
    lag_days = models.PositiveSmallIntegerField("days from the end of a period to its number")
    data_source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="metrics"
    )
    owner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="metric_profiles"
    )
    owner_role = models.CharField("who answers for it there", max_length=120, blank=True)
    baseline_value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    baseline_period = models.DateField(null=True, blank=True)
    baseline_note = models.CharField(max_length=300, blank=True)
    uses_spc = models.BooleanField("limits are worked out", default=True)
    limits_from = models.PositiveSmallIntegerField(
        "limits from the first so many points",
        null=True,
        blank=True,
        validators=[MinValueValidator(SHORTEST_BASELINE)],
    )
    small_numbers = models.CharField(max_length=10, choices=SmallNumbers, default=SmallNumbers.HIDE)
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    retired_reason = models.CharField(max_length=300, blank=True)
    successor = models.ForeignKey(
        Metric, models.PROTECT, null=True, blank=True, related_name="predecessor_profiles"
    )
    review_on = models.DateField("next review", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("metric"),
            models.CheckConstraint(
                name="programmes_metricprofile_checked_by_another",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | (Q(checked_by__isnull=False) & ~Q(checked_by=F("author"))),
            ),
            models.CheckConstraint(
                name="programmes_metricprofile_retired_says_why",
                condition=~Q(state="retired") | ~Q(retired_reason=""),
            ),
            models.CheckConstraint(
                name="programmes_metricprofile_baseline_has_period",
                condition=Q(baseline_value__isnull=True) | Q(baseline_period__isnull=False),
            ),
        ]

    @property
    def is_percentage(self):
        return self.unit == "%"

    @property
    def has_parts(self):
        """Whether its value is worked out from two counts."""
        return bool(self.denominator_words)


class MetricLinkQuerySet(StatementQuerySet):
    def applying(self, at):
        """Those that stood at a moment and had not been taken back by then."""
        return self.live(at).filter(applies=True)

    def with_metric(self):
        return self.select_related("metric", "source")


class MetricProgrammeQuerySet(MetricLinkQuerySet):
    def by_programme(self, at):
        """Those of which the programme is known at a moment, with ``programme_name``, by it."""
        return (
            self.select_related("programme", "source")
            .annotate(programme_name=programme_name("programme", at))
            .exclude(programme_name=None)
            .order_by("programme_name", "pk")
        )


class MetricGoalQuerySet(MetricLinkQuerySet):
    def by_goal(self, at):
        """Those of which the goal is known at a moment, with ``goal_name``, in the goals' order."""
        said = GoalProfile.objects.live(at).filter(goal=OuterRef("goal"))
        return (
            self.select_related("goal", "source")
            .annotate(
                goal_name=Subquery(said.values("name")[:1]),
                goal_position=Subquery(said.values("position")[:1]),
            )
            .exclude(goal_name=None)
            .order_by("goal_position", "goal_name", "pk")
        )


@tracked()
class MetricProgramme(Statement):
    """That a programme means to move a metric, as a source or a person says.

    One that no longer ``applies`` was taken back by a newer statement.
    """

    same = ("metric", "programme")

    metric = models.ForeignKey(Metric, models.PROTECT, related_name="programme_links")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="metric_links")
    words = models.CharField("how they belong together", max_length=300, blank=True)
    applies = models.BooleanField(default=True)

    objects = MetricProgrammeQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("metric", "programme")]


@tracked()
class MetricGoal(Statement):
    """That a metric tells something of a goal, as a source or a person says.

    One that no longer ``applies`` was taken back by a newer statement.
    """

    same = ("metric", "goal")

    metric = models.ForeignKey(Metric, models.PROTECT, related_name="goal_links")
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="metric_links")
    words = models.CharField("how they belong together", max_length=300, blank=True)
    applies = models.BooleanField(default=True)

    objects = MetricGoalQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("metric", "goal")]


# -- one metric in one place -----------------------------------------------------------------------


class SeriesQuerySet(models.QuerySet):
    def with_scope(self):
        return self.select_related("metric", "icc", "partner")

    def told(self, at):
        """Those that have a reading at a moment."""
        readings = self.model._meta.get_field("readings").related_model
        return self.filter(Exists(readings.objects.live(at).filter(series=OuterRef("pk"))))

    def with_last_told(self, at):
        """Adds the last period told of each, hidden ones too, and when it first was: ``last_…``."""
        readings = self.model._meta.get_field("readings").related_model.objects
        has_come = Q(is_hidden=True) | Q(value__isnull=False) | Q(numerator__isnull=False)
        standing = readings.live(at).filter(
            has_come, series=OuterRef("series"), period=OuterRef("period")
        )
        # A restated number came when its first version did; one mended at once never stood.
        came = (
            readings.said_by(at)
            .filter(has_come, Exists(standing), series=OuterRef("pk"))
            .exclude(superseded_at=F("published_at"))
            .order_by("-period", "published_at", "pk")
        )
        return self.annotate(
            last_period=Subquery(came.values("period")[:1]),
            last_published_at=Subquery(came.values("published_at")[:1]),
            last_published_as=Subquery(came.values("published_as")[:1]),
            last_is_estimated=Subquery(came.values("is_estimated")[:1]),
        )

    def of_programme(self, programme, at):
        """The series of the metrics that a programme means to move, main ones first.

        Adds ``link_words`` and ``link_certainty``: how they belong together, and how sure that is.
        """
        links = programme.metric_links.applying(at)
        said = links.filter(metric=OuterRef("metric"))
        return (
            self.filter(metric__in=links.values("metric"))
            .told(at)
            .annotate(
                link_words=Subquery(said.values("words")[:1]),
                link_certainty=Subquery(said.values("certainty")[:1]),
            )
            .main_first()
        )

    def main_first(self):
        """The whole bay, then partners, then ICCs, by code: the first is the metric's main scope."""
        return self.order_by(
            F("icc__code").asc(nulls_first=True), F("partner__code").asc(nulls_first=True)
        )


@tracked()
class Series(models.Model):
    """A metric in one scope: the whole bay, a partner or an ICC. It says nothing by itself."""

    metric = models.ForeignKey(Metric, models.PROTECT, related_name="series")
    icc = models.ForeignKey(Icc, models.PROTECT, null=True, blank=True, related_name="series")
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="series"
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ("metric", "pk")
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(
                name="programmes_series_one_for_a_scope",
                fields=["metric", "icc", "partner"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="programmes_series_one_scope",
                condition=Q(icc__isnull=True) | Q(partner__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.metric.code} {self.scope}"

    @property
    def scope(self):
        """The code of its scope, from ``with_scope``: an ICC's, a partner's or ``BHCP``."""
        place = self.icc or self.partner
        return place.code if place else WHOLE_BAY


class TargetQuerySet(StatementQuerySet):
    def covering(self, day):
        """Those that hold on a day."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


@tracked()
class Target(Statement):
    """What a series should reach, between two days: a standard, a local aim or a step of a trajectory.

    The verdict reads the latest standard or aim ``for_verdict`` that covers the point (SPEC 10, Q10).
    """

    same = ("series", "kind", "starts_on")

    class Kind(models.TextChoices):
        STANDARD = "standard", "National standard"
        AIM = "local_aim", "Local aim"
        TRAJECTORY = "trajectory", "Trajectory"

    series = models.ForeignKey(Series, models.PROTECT, related_name="targets")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.DecimalField(max_digits=18, decimal_places=6)
    starts_on = models.DateField("first day it holds")
    ends_on = models.DateField("last day it holds", null=True, blank=True)
    words = models.CharField("the target in words", max_length=300)
    for_verdict = models.BooleanField("whether the verdict is by this one", default=True)

    objects = TargetQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("series", "kind", "starts_on"),
            models.CheckConstraint(
                name="programmes_target_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="programmes_target_trajectory_is_drawn_only",
                condition=~Q(kind="trajectory", for_verdict=True),
            ),
        ]


@tracked()
class Rebase(Statement):
    """That the limits of a series start anew from a period, and why (never by itself, BEHAVIOUR B).

    From a document it carries its source; one made here is approved by another person. One that no longer
    ``applies`` was taken back by a newer statement.
    """

    same = ("series", "starts_on")

    series = models.ForeignKey(Series, models.PROTECT, related_name="rebases")
    starts_on = models.DateField("first day of the period from which limits start anew")
    why = models.CharField("why the limits start anew", max_length=300)
    what_changed = models.CharField(max_length=300)
    decided_by = models.CharField(max_length=200)
    applies = models.BooleanField(default=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("series", "starts_on"),
            models.CheckConstraint(
                name="programmes_rebase_approved_by_another",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("author"))),
            ),
        ]

    def __str__(self):
        return f"re-base from {day_in_words(self.starts_on)}"


@tracked()
class ChartNote(Statement):
    """What happened in a period, marked on the chart."""

    same = ("series", "period")

    series = models.ForeignKey(Series, models.PROTECT, related_name="chart_notes")
    period = models.DateField("first day of the period it is marked at")
    words = models.CharField("what happened", max_length=200)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("series", "period")]
