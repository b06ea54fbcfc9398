"""Readings: the numbers of a metric, and the files they come in."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.db.models import Exists, OuterRef, Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, StatementQuerySet, one_live
from metrics.models.series import Series

DIGITS = 18
PLACES = 6


def worked_out(numerator, denominator, value, multiplier):
    """A reading's number as an exact fraction; ``None`` where it has none (hidden, withdrawn, 0 of 0)."""
    if value is not None:
        return Fraction(value)
    if numerator is None or not denominator:
        return None
    return Fraction(numerator) * multiplier / Fraction(denominator)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a metric has come from its baseline to its target.

    ``share`` 0 at the baseline, 1 at the target, beyond either where it is beyond; ``None`` with ``keep_at``
    where the two are equal.
    """

    share: Fraction | None
    keep_at: Decimal | None = None


def progress(baseline, value, target) -> Progress | None:
    """One formula, whichever way is better: (v - b) / (t - b). ``None``, never 0 %, where one is missing."""
    if baseline is None or value is None or target is None:
        return None
    if baseline == target:
        return Progress(None, target)
    baseline, value, target = Fraction(baseline), Fraction(value), Fraction(target)
    return Progress((value - baseline) / (target - baseline))


class ReadingQuerySet(StatementQuerySet):
    def in_turn(self):
        """By period."""
        return self.order_by("series", "period")

    def with_scope(self):
        return self.select_related("series__metric", "series__icc", "series__partner")

    def of_the_same(self, readings):
        """Those of the same series and period as any of some readings."""
        same = readings.filter(series=OuterRef("series"), period=OuterRef("period"))
        return self.filter(Exists(same.order_by()))

    def in_place_of(self, batch):
        """Those that were recorded after a batch and take the place of some of its own."""
        newest = batch.readings.aggregate(newest=models.Max("pk"))["newest"] or 0
        later = self.filter(pk__gt=newest).of_the_same(batch.readings.all())
        return later.with_scope().order_by("period", "pk")


@tracked(in_bulk=True)
@kind("Reading", "Readings", thing="series__metric", comes_in_bulk=True)
class Reading(Statement):
    """The number of one series in one period, as it was said at a moment.

    Two counts, whose share is worked out, or one value. ``is_hidden``: too small to publish, so the numbers
    are not kept at all. One with no number that is not hidden was withdrawn. ``is_estimated``: when its
    publisher first gave it is not known, so ``published_at`` is the period's end and the usual lag.
    """

    identity_fields = ("series", "period")

    series = models.ForeignKey(Series, models.PROTECT, related_name="readings")
    period = models.DateField("first day of the period")
    numerator = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True)
    denominator = models.DecimalField(
        max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True
    )
    value = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True)
    is_provisional = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    is_estimated = models.BooleanField(default=False)
    batch = models.ForeignKey(
        "ReadingBatch", models.PROTECT, null=True, blank=True, related_name="readings"
    )

    objects = ReadingQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("series", "period"),
            models.CheckConstraint(
                name="metrics_reading_hidden_keeps_no_number",
                condition=Q(is_hidden=False)
                | Q(numerator__isnull=True, denominator__isnull=True, value__isnull=True),
            ),
            models.CheckConstraint(
                name="metrics_reading_parts_or_value",
                condition=Q(denominator__isnull=True, numerator__isnull=True)
                | Q(denominator__isnull=False, numerator__isnull=False, value__isnull=True),
            ),
            models.CheckConstraint(
                name="metrics_reading_denominator_not_negative",
                condition=Q(denominator__isnull=True) | Q(denominator__gte=0),
            ),
        ]

    @property
    def is_withdrawn(self):
        return not self.is_hidden and self.numerator is None and self.value is None

    def number(self, multiplier):
        """Its number as an exact fraction; ``None`` where there is none to show."""
        return worked_out(self.numerator, self.denominator, self.value, multiplier)
