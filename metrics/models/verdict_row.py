"""Rows of verdicts: what was worked out once, for lists to read (HOUSE 10).

They can be thrown away and made anew. The database notes for which moments something changes that they were
worked out from (``metrics/guards.sql``), and nobody writes one but through its functions.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.statements import MomentsField
from metrics.models.metric import Metric
from metrics.models.reading import Reading
from metrics.models.series import Series

# What decides of a card how its figures are judged. All else of it is read with the page.
JUDGED_BY = (
    "direction",
    "multiplier",
    "frequency",
    "uses_spc",
    "limits_from",
    "main_icc_id",
    "main_partner_id",
)


class VerdictRowQuerySet(models.QuerySet):
    def main(self, at):
        """The rows of main series that hold at a moment and count: one a measure, or none."""
        if isinstance(at, Present):
            changed = {"moments__is_open": True}
        else:
            changed = {"moments__holds": at}
        due = VerdictsDue.objects.filter(metric=OuterRef("metric"), **changed)
        return self.filter(~Exists(due), is_main=True).holding(at)

    def holding(self, at):
        if isinstance(at, Present):
            return self.filter(ends_at__isnull=True)
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), begins_at__lte=at)


class VerdictRow(models.Model):
    """The verdict on a series for all moments from one to another, the last excluded.

    A measure's main series has rows for all moments, and each other series one for the present. The
    main row of moments at which a measure had no figures names no series. ``made_by`` is the code
    that worked it out (``metrics.verdict_rows.MADE_BY``).

    ``facts`` are codes and numbers, no names and no sentences: those depend on the day asked.
    """

    IS_READ_MODEL: ClassVar[bool] = True
    FORGOTTEN_BY: ClassVar[str] = "metrics_forget_verdicts"
    FILLED_BY: ClassVar[tuple[str, ...]] = ("metrics_clear_verdicts", "metrics_keep_verdicts")
    # The tables that a verdict is worked out from, and what the function is told of each.
    RESTS_ON: ClassVar[dict[str, tuple[str, ...]]] = {
        "metrics.Reading": ("series",),
        "metrics.Target": ("series",),
        "metrics.Rebase": ("series",),
        "metrics.MetricProfile": ("card", *JUDGED_BY),
        "iccs.Icc": ("place", "icc_id"),
        "partners.Partner": ("place", "partner_id"),
    }

    metric = models.ForeignKey(Metric, models.DO_NOTHING, related_name="+")
    series = models.ForeignKey(Series, models.DO_NOTHING, null=True, blank=True, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    is_main = models.BooleanField()
    newest_reading = models.ForeignKey(
        Reading, models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False
    )
    made_by = models.BigIntegerField()
    facts = models.JSONField(db_comment="codes and numbers")

    objects = VerdictRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="metrics_verdictrow_one_main_at_a_time",
                fields=["metric", "begins_at"],
                condition=Q(is_main=True),
                violation_error_message="This measure has a row from that moment already.",
            ),
            models.UniqueConstraint(
                name="metrics_verdictrow_one_open",
                fields=["series"],
                condition=Q(ends_at__isnull=True),
                violation_error_message="This series has an open row already.",
            ),
            models.CheckConstraint(
                name="metrics_verdictrow_ends_after_it_begins",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("begins_at")),
                violation_error_message="A row ends after it begins.",
            ),
            models.CheckConstraint(
                name="metrics_verdictrow_of_others_is_open",
                condition=Q(is_main=True) | Q(ends_at__isnull=True, series__isnull=False),
                violation_error_message="Of other series only the present is kept.",
            ),
        ]

    def __str__(self):
        return f"verdict on series {self.series_id} from {self.begins_at} to {self.ends_at}"


class VerdictsDue(models.Model):
    """The moments for which rows of a measure, or of one series of it, no longer count since something changed.

    No moments: rows are missing. Who publishes only adds to these notes; who fills the rows deletes them.
    """

    IS_READ_MODEL: ClassVar[bool] = True

    metric = models.ForeignKey(Metric, models.DO_NOTHING, related_name="+")
    series = models.ForeignKey(Series, models.DO_NOTHING, null=True, blank=True, related_name="+")
    moments = MomentsField()

    class Meta:
        verbose_name_plural = "verdicts due"

    def __str__(self):
        return f"verdicts on measure {self.metric_id}"
