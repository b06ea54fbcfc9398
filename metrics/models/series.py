"""A metric in one scope: its series, targets, re-bases and notes on the chart."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Origin, Statement, StatementQuerySet, one_live
from iccs.models import Icc, IccSuccession
from metrics.models.metric import WHOLE_BAY, Metric, MetricProfile
from partners.models import Partner, Succession
from partners.roles import CHANGE_METRICS


def ended_places(at) -> dict[tuple[int | None, int | None], date]:
    """The places that had ended or were to end, as known at a moment, and on which day each did.

    By the keys of the ICC and the partner, as a series has them; the day is the first on which the
    body was no more. Two queries.
    """
    rows = [*IccSuccession.objects.live(at).endings(), *Succession.objects.live(at).endings()]
    return ends_of(rows)


def ends_of(successions) -> dict[tuple[int | None, int | None], date]:
    """The days on which places ended by successions that are ``endings``, as ``ended_places``."""
    found = {}
    for row in successions:
        place = (row.icc_id, None) if isinstance(row, IccSuccession) else (None, row.partner_id)
        found[place] = min(row.ended_on, found.get(place, date.max))
    return found


class SeriesQuerySet(models.QuerySet):
    def with_scope(self):
        """Loads each series with its metric, ICC and partner."""
        return self.select_related("metric", "icc", "partner")

    def with_readings(self, at):
        """Series that have a reading that was live at a moment."""
        readings = self.model._meta.get_field("readings").related_model
        return self.filter(Exists(readings.objects.live(at).filter(series=OuterRef("pk"))))

    def with_last_reading(self, at):
        """Adds the last period with a reading, and when the first version of that reading came.

        It came when it was recorded here, or with the launch (``listed_at``). The fields are
        ``last_period``, ``last_published_at``, ``last_published_as`` and ``last_is_estimated``, all
        ``None`` without a reading. Hidden readings count, withdrawn ones do not.
        """
        readings = self.model._meta.get_field("readings").related_model.objects
        has_come = Q(is_hidden=True) | Q(value__isnull=False) | Q(numerator__isnull=False)
        standing = readings.live(at).filter(
            has_come, series=OuterRef("series"), period=OuterRef("period")
        )
        # A restated reading came when its first version did.
        came = (
            readings.published_by(at)
            .exclude(taken_back_at__lte=at)
            .with_listed_at(at)
            .filter(has_come, Exists(standing), series=OuterRef("pk"))
            .order_by("-period", "listed_at", "pk")
        )
        came_on_its_date = Q(listed_at=F("published_at"))
        return self.annotate(
            last_period=Subquery(came.values("period")[:1]),
            last_published_at=Subquery(came.values("listed_at")[:1]),
            last_published_as=Subquery(
                came.values(
                    written=Case(When(came_on_its_date, then=F("published_as")), default=Value(""))
                )[:1]
            ),
            last_is_estimated=Subquery(
                came.values(
                    is_guess=Case(
                        When(came_on_its_date, then=F("is_estimated")), default=Value(False)
                    )
                )[:1]
            ),
        )

    def linked_by(self, links, at):
        """Series with readings of the metrics that some links name, main series first.

        ``links`` are, for example, ``programme.metric_links.applying(at)``. Adds ``link_words`` and
        ``link_certainty``: how the link says that the two belong together, and how sure that is.
        """
        own = links.filter(metric=OuterRef("metric"))
        return (
            self.filter(metric__in=links.values("metric"))
            .with_readings(at)
            .annotate(
                link_words=Subquery(own.values("words")[:1]),
                link_certainty=Subquery(own.values("certainty")[:1]),
            )
            .main_first(at)
        )

    def main_first(self, at):
        """Series in the order of their scopes; the first series of a metric is its main one.

        First comes the place that the card names at a moment, then the whole area, then the places
        with the newest readings, and of these partners before ICCs, by code.
        """
        readings = self.model._meta.get_field("readings").related_model
        is_here = Q(main_icc=OuterRef("icc")) | Q(main_partner=OuterRef("partner"))
        cards = MetricProfile.objects.live(at).filter(is_here, metric=OuterRef("metric"))
        newest = readings.objects.live(at).filter(series=OuterRef("pk")).order_by("-period")
        is_whole_bay = Q(icc__isnull=True, partner__isnull=True)
        return self.order_by(
            Exists(cards).desc(),
            ExpressionWrapper(is_whole_bay, models.BooleanField()).desc(),
            Subquery(newest.values("period")[:1]).desc(nulls_last=True),
            F("icc__code").asc(nulls_first=True),
            F("partner__code").asc(nulls_first=True),
        )


@tracked()
class Series(models.Model):
    """A metric in one scope: the whole area, a partner or an ICC. It holds no words of its own."""

    IN_HISTORY: ClassVar = ("Measure in a place", "Measures in places")
    IS_PUBLIC: ClassVar = True

    # Else all its numbers would be of another measure or place, on every past day.
    FIXED: ClassVar[tuple[str, ...]] = ("metric", "icc", "partner")

    metric = models.ForeignKey(
        Metric, models.PROTECT, verbose_name="measure", related_name="series"
    )
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
                name="metrics_series_one_for_a_scope",
                fields=["metric", "icc", "partner"],
                nulls_distinct=False,
                violation_error_message="The measure has a series of this place already.",
            ),
            models.CheckConstraint(
                name="metrics_series_one_scope",
                condition=Q(icc__isnull=True) | Q(partner__isnull=True),
                violation_error_message="Choose a community or a partner, not both.",
            ),
        ]

    def __str__(self):
        return f"{self.metric.code} {self.scope}"

    @property
    def place(self):
        """The keys of its ICC and its partner; both ``None`` for the whole area."""
        return self.icc_id, self.partner_id

    @property
    def scope(self):
        """The code of its scope: an ICC's, a partner's or ``BHCP``. Load it ``with_scope``."""
        place = self.icc or self.partner
        return place.code if place else WHOLE_BAY


class TargetQuerySet(StatementQuerySet):
    def covering(self, day):
        """Targets that hold on ``day``, their first and last days included."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


@tracked()
@kind(
    "Target",
    "Targets",
    thing="series__metric",
    words="words",
    code="kind",
    places=("series__icc__code", "series__partner__code"),
    writer=CHANGE_METRICS,
    approver=CHANGE_METRICS,
    reach="series__metric",
    has_own_pages=True,
    is_proposed=True,
)
class Target(Statement):
    """What a series should reach between two days: a standard, a local aim or a trajectory's step.

    The verdict uses the latest standard or aim that is marked ``for_verdict`` and covers the latest
    point (SPEC 10, Q10).
    """

    identity_fields = ("series", "kind", "starts_on")

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
            *one_live("series", "kind", "starts_on"),
            models.CheckConstraint(
                name="metrics_target_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="Let the last day of the target come after the first.",
            ),
            models.CheckConstraint(
                name="metrics_target_trajectory_is_drawn_only",
                condition=~Q(kind="trajectory", for_verdict=True),
                violation_error_message="Don’t judge by a trajectory: it is only drawn.",
            ),
        ]


@tracked()
@kind(
    "Change in counting",
    "Changes in counting",
    thing="series__metric",
    words="what_changed",
    code="applies",
    places=("series__icc__code", "series__partner__code"),
    writer=CHANGE_METRICS,
    approver=CHANGE_METRICS,
    reach="series__metric",
    has_own_pages=True,
    is_proposed=True,
)
class Rebase(Statement):
    """A decision that the limits of a series start anew from a period, and why (BEHAVIOUR B).

    Limits never start anew without such a decision. A re-base from a document has a source; one
    made in the portal is approved by another person. A newer statement without ``applies`` takes a
    re-base back.
    """

    identity_fields = ("series", "starts_on")
    approver_field = "approved_by"

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
        verbose_name = "re-base"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("series", "starts_on"),
            models.CheckConstraint(
                name="metrics_rebase_approved_by_another",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("author"))),
                violation_error_message="Another person than who wrote it has to approve it.",
            ),
        ]

    def __str__(self):
        return f"re-base from {day_in_words(self.starts_on)}"


@tracked()
@kind(
    "Note on a chart",
    "Notes on charts",
    is_housekeeping=True,
    thing="series__metric",
    words="words",
    places=("series__icc__code", "series__partner__code"),
    writer=CHANGE_METRICS,
    approver=CHANGE_METRICS,
    reach="series__metric",
    has_own_pages=True,
    is_proposed=True,
)
class ChartNote(Statement):
    """What happened in a period, marked on the chart."""

    identity_fields = ("series", "period")

    series = models.ForeignKey(Series, models.PROTECT, related_name="chart_notes")
    period = models.DateField("first day of the period it is marked at")
    words = models.CharField("what happened", max_length=200)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, *one_live("series", "period")]
