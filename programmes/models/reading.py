"""Readings: the numbers of a metric, and the files they come in."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.moments import Statement, StatementQuerySet, one_live
from programmes.models.metric import Metric, Series

DIGITS = 18
PLACES = 6
UNDONE_WITHIN = timedelta(days=30)


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
class Reading(Statement):
    """The number of one series in one period, as it was said at a moment.

    Two counts, whose share is worked out, or one value. ``is_hidden``: too small to publish, so the numbers
    are not kept at all. One with no number that is not hidden was withdrawn. ``is_estimated``: when its
    publisher first gave it is not known, so ``published_at`` is the period's end and the usual lag.
    """

    same = ("series", "period")

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
                name="programmes_reading_hidden_keeps_no_number",
                condition=Q(is_hidden=False)
                | Q(numerator__isnull=True, denominator__isnull=True, value__isnull=True),
            ),
            models.CheckConstraint(
                name="programmes_reading_parts_or_value",
                condition=Q(denominator__isnull=True, numerator__isnull=True)
                | Q(denominator__isnull=False, numerator__isnull=False, value__isnull=True),
            ),
            models.CheckConstraint(
                name="programmes_reading_denominator_not_negative",
                condition=Q(denominator__isnull=True) | Q(denominator__gte=0),
            ),
        ]

    @property
    def is_withdrawn(self):
        return not self.is_hidden and self.numerator is None and self.value is None

    def number(self, multiplier):
        """Its number as an exact fraction; ``None`` where there is none to show."""
        return worked_out(self.numerator, self.denominator, self.value, multiplier)


class BatchState(models.TextChoices):
    WAITING = "waiting", "Waiting to be checked"
    CHECKING = "checking", "Being checked"
    REFUSED = "refused", "Has errors"
    CHECKED = "checked", "Waiting for another person"
    APPLIED = "applied", "Published"
    DISCARDED = "discarded", "Not published"
    UNDONE = "undone", "Undone"


class ReadingBatchQuerySet(models.QuerySet):
    def within_reach(self, user, permission, at):
        """Those whose metrics a person may do a thing to, every one of them, and those they sent."""
        if user.partners_with(permission) is None:
            return self
        reached = Metric.objects.within_reach(user, permission, at).values_list("pk", flat=True)
        all_reached = Q(report__metrics__contained_by=list(reached)) & ~Q(report__metrics=[])
        return self.filter(Q(sent_by=user) | all_reached)

    def listed(self):
        """Without the files themselves, which a list has no use for."""
        return self.defer("content", "checked_rows").select_related("sent_by", "decided_by")


@tracked(exclude=("content", "checked_rows"))
class ReadingBatch(models.Model):
    """A file of readings that somebody sent, what checking it found, and what became of it.

    ``content`` the file as sent; ``checked_rows`` what passed, ready to be applied; ``report`` what the
    preview shows; ``ground`` what the check rested on, so that it is refused once that has changed.
    """

    MOVES: ClassVar = {
        BatchState.WAITING: {BatchState.CHECKING},
        BatchState.CHECKING: {BatchState.CHECKING, BatchState.REFUSED, BatchState.CHECKED},
        BatchState.REFUSED: set(),
        BatchState.CHECKED: {BatchState.APPLIED, BatchState.DISCARDED},
        BatchState.APPLIED: {BatchState.UNDONE},
        BatchState.DISCARDED: set(),
        BatchState.UNDONE: set(),
    }

    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.WAITING)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)
    checked_rows = models.BinaryField(default=b"", blank=True)
    ground = models.CharField(max_length=64, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField("why it was not published", blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undo_reason = models.TextField(blank=True)

    objects = ReadingBatchQuerySet.as_manager()

    class Meta:
        ordering = ("-sent_at", "-pk")
        verbose_name_plural = "reading batches"
        constraints = [
            models.CheckConstraint(
                name="programmes_readingbatch_applied_by_another",
                condition=~Q(state__in=["applied", "undone"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("sent_by"))),
            ),
            models.CheckConstraint(
                name="programmes_readingbatch_decided_pair",
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="programmes_readingbatch_undone_pair",
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | (Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undo_reason="")),
            ),
        ]

    def __str__(self):
        return f"{self.file_name}, {self.get_state_display().lower()}"

    def get_absolute_url(self):
        return reverse("staff:readings_batch", args=[self.pk])

    def may_become(self, state):
        return state in self.MOVES[self.state]

    @property
    def is_in_work(self):
        """Whether its check has not ended."""
        return self.state in (BatchState.WAITING, BatchState.CHECKING)

    def may_be_undone(self, at):
        """Whether it was published, and not too long ago to be undone."""
        return self.state == BatchState.APPLIED and at - self.decided_at <= UNDONE_WITHIN
