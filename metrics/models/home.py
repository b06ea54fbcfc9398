"""Which measures answer on the home page whether care is getting better, and in what order."""

from django.db import models
from django.db.models import OuterRef, Subquery

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, StatementQuerySet, one_live
from metrics.models.metric import Metric, MetricProfile
from partners.models import SourceProfile
from partners.roles import KEEP_RECORD


class HomeMetricQuerySet(StatementQuerySet):
    def applying(self, at):
        """The places that are live at a moment and not given up."""
        return self.live(at).filter(applies=True)

    def in_order(self, at):
        """The places on the home page at a moment, in their order, with their sources.

        ``publisher``: who publishes the figures of each, as its card says; ``None`` if that names none.
        """
        card = MetricProfile.objects.live(at).filter(metric=OuterRef(OuterRef("metric")))
        published = SourceProfile.objects.live(at).filter(cited__in=card.values("data_source"))
        places = self.applying(at).with_sources(at).order_by("position", "metric__slug")
        return places.annotate(publisher=Subquery(published.values("publisher")[:1]))


@tracked()
@kind(
    "Measure on the home page",
    "Measures on the home page",
    is_housekeeping=True,
    thing="metric",
    words="words",
    code="applies",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class HomeMetric(Statement):
    """The place of a measure on the home page, and what it is called there.

    A newer statement with ``applies`` false takes it off the page.
    """

    identity_fields = ("metric",)

    metric = models.ForeignKey(
        Metric, models.PROTECT, verbose_name="measure", related_name="home_places"
    )
    words = models.CharField("what the home page calls it", max_length=60)
    position = models.PositiveSmallIntegerField("its place on the home page")
    applies = models.BooleanField("whether it stands on the home page", default=True)

    objects = HomeMetricQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = "measure on the home page"
        verbose_name_plural = "measures on the home page"
        constraints = [*Statement.Meta.constraints, *one_live("metric")]
