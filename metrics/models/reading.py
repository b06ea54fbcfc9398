"""Readings: the numbers of a metric, and its progress from baseline to target."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.db.models import Exists, OuterRef, Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import day_in_words, span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.shapes import shape_of, written_date
from bhcp_portal.kit.statements import AsWrittenField, Statement, StatementQuerySet, one_live
from metrics.models.metric import Direction
from metrics.models.series import Series
from partners.roles import CONFIRM_READINGS, SEND_READINGS

DIGITS = 18
PLACES = 6


def worked_out(numerator, denominator, value, multiplier):
    """The number of a reading as an exact fraction: ``value``, or the share times ``multiplier``.

    ``None`` if there is no number: the reading is hidden or withdrawn, or its denominator is 0.
    """
    if value is not None:
        return Fraction(value)
    if numerator is None or not denominator:
        return None
    return Fraction(numerator) * multiplier / Fraction(denominator)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a metric has come from its baseline to its target.

    ``share`` is 0 at the baseline and 1 at the target; it is below 0 or above 1 outside the two. If
    the baseline was at the target or better, there is no way to go: ``share`` is ``None`` and
    ``keep_at`` is the target.
    """

    share: Fraction | None
    keep_at: Decimal | None = None


def meets(value, target, direction) -> bool | None:
    """Whether a number is at the target or better; ``None`` if neither direction is better."""
    if direction == Direction.NEUTRAL:
        return None
    return value >= target if direction == Direction.INCREASE else value <= target


def progress(baseline, value, target, direction) -> Progress | None:
    """The progress from baseline to target: (value - baseline) / (target - baseline).

    The formula is the same whichever direction is better. If one of the three numbers is missing
    the result is ``None``, never 0% (BEHAVIOUR B).
    """
    if baseline is None or value is None or target is None:
        return None
    if baseline == target or meets(baseline, target, direction):
        return Progress(None, target)
    baseline, value, target = Fraction(baseline), Fraction(value), Fraction(target)
    return Progress((value - baseline) / (target - baseline))


class WithNumber:
    """What has the two counts or the value of a reading."""

    __slots__ = ()

    @property
    def is_withdrawn(self):
        return not self.is_hidden and self.numerator is None and self.value is None

    def number(self, multiplier):
        """Its number as an exact fraction, or ``None``, as ``worked_out`` gives it."""
        return worked_out(self.numerator, self.denominator, self.value, multiplier)


@dataclass(slots=True)
class KeptReading(WithNumber):
    """Of a reading what a verdict is worked out from, and what a list shows of it."""

    pk: int
    period: date
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    is_provisional: bool
    is_hidden: bool


class ReadingQuerySet(StatementQuerySet):
    def in_turn(self):
        """Readings in the order of their series and periods."""
        return self.order_by("series", "period")

    def with_scope(self):
        """Loads each reading's series with its metric, ICC and partner."""
        return self.select_related("series__metric", "series__icc", "series__partner")

    def of_the_same(self, readings):
        """Readings that have the series and the period of any of ``readings``."""
        same = readings.filter(series=OuterRef("series"), period=OuterRef("period"))
        return self.filter(Exists(same.order_by()))

    def in_place_of(self, batch):
        """Readings recorded after a batch that take the place of some of its own."""
        newest = batch.readings.aggregate(newest=models.Max("pk"))["newest"] or 0
        later = self.filter(pk__gt=newest).of_the_same(batch.readings.all())
        return later.with_scope().order_by("period", "pk")


@tracked(in_bulk=True)
@kind(
    "Measured figure",
    "Measured figures",
    thing="series__metric",
    comes_in_bulk=True,
    places=("series__icc__code", "series__partner__code"),
    writer=SEND_READINGS,
    approver=CONFIRM_READINGS,
    reach="series__metric",
    has_own_pages=True,
    takes_back=False,
)
class Reading(WithNumber, Statement):
    """The number of one series in one period, as it was said at a moment.

    It holds two counts, whose share is worked out, or one value. If it is too small to publish,
    ``is_hidden`` is set and no number is kept. A reading without a number that is not hidden was
    withdrawn. ``is_estimated`` means that nobody knows when its publisher first gave it, so
    ``published_at`` is the period's end plus the metric's usual lag.

    Once the portal is launched a reading counts from its recording here; ``given_as`` is then the
    date of its publisher (BEHAVIOUR R).
    """

    identity_fields = ("series", "period")
    COUNTS_FROM_HERE = True

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
    given_as = AsWrittenField(blank=True)
    batch = models.ForeignKey(
        "ReadingBatch", models.PROTECT, null=True, blank=True, related_name="readings"
    )

    objects = ReadingQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("series", "period", last_first=True),
            models.CheckConstraint(
                name="metrics_reading_hidden_keeps_no_number",
                condition=Q(is_hidden=False)
                | Q(numerator__isnull=True, denominator__isnull=True, value__isnull=True),
                violation_error_message="Leave the numbers of a hidden reading empty.",
            ),
            models.CheckConstraint(
                name="metrics_reading_parts_or_value",
                condition=Q(denominator__isnull=True, numerator__isnull=True)
                | Q(denominator__isnull=False, numerator__isnull=False, value__isnull=True),
                violation_error_message="Give both counts, or the value alone.",
            ),
            models.CheckConstraint(
                name="metrics_reading_denominator_not_negative",
                condition=Q(denominator__isnull=True) | Q(denominator__gte=0),
                violation_error_message="Give a denominator of 0 or more.",
            ),
            *shape_of(written_date, "given_as"),
        ]

    def __str__(self):
        value = self.value is not None and quantity(self.value)
        words = self.counts_words or value or self.state_words
        return f"from {day_in_words(self.period)}: {words}"

    @property
    def counts_words(self):
        """Its counts, if it has any: ``24,802 / 34,920``."""
        parts = [quantity(each) for each in (self.numerator, self.denominator) if each is not None]
        return " / ".join(parts)

    @property
    def state_words(self):
        """Why it has no number."""
        return "hidden, too small to publish" if self.is_hidden else "withdrawn"

    @property
    def published_words(self):
        """When its publisher gave it, in words; of the portal's own, when it came here."""
        return span(self.given_as).in_words() if self.given_as else super().published_words
