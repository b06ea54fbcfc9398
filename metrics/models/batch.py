"""Files of readings that staff sent, with the result of their check and what became of them."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.reviews import DoneAtOnce
from bhcp_portal.kit.statements import time_and_person
from metrics.models.metric import Metric
from partners.roles import CONFIRM_READINGS

UNDONE_WITHIN = timedelta(days=30)


class BatchState(models.TextChoices):
    WAITING = "waiting", "Waiting to be checked"
    CHECKING = "checking", "Being checked"
    REFUSED = "refused", "Has errors"
    CHECKED = "checked", "Waiting for another person"
    APPLIED = "applied", "Published"
    DISCARDED = "discarded", "Not published"
    UNDONE = "undone", "Undone"


class ReadingBatchQuerySet(models.QuerySet):
    def accessible_to(self, user, permission, at):
        """Batches that a person may act on with this permission.

        If the permission is held for some partners only, these are the batches whose metrics are
        all accessible to them and, but to decide on what is public, those that they sent.
        """
        if user.partner_scope(permission) is None:
            return self
        reached = Metric.objects.accessible_to(user, permission, at).values_list("pk", flat=True)
        all_reached = Q(report__metrics__contained_by=list(reached)) & ~Q(report__metrics=[])
        own = Q() if permission == CONFIRM_READINGS else Q(sent_by=user)
        return self.filter(own | all_reached)

    def newest_of_each_name(self):
        """For each file name the batch that was sent last, without its report.

        A file that is sent again replaces the earlier one of that name, so nobody waits for that
        one.
        """
        newest = self.order_by("file_name", "-sent_at", "-pk").distinct("file_name")
        return newest.listed().defer("report")

    def unchecked(self):
        """Batches whose check waits to start or is still running."""
        return self.filter(state__in=(BatchState.WAITING, BatchState.CHECKING))

    def listed(self):
        """Batches for a list: with their people, without the contents of the files."""
        return self.defer("content", "checked_rows", "copy_to_mend").select_related(
            "sent_by", "decided_by"
        )


@tracked(exclude=("content", "checked_rows", "copy_to_mend"))
class ReadingBatch(models.Model):
    """A file of readings that somebody sent, with the result of its check and what became of it.

    ``content`` is the file as sent, ``checked_rows`` are the packed rows that passed, and
    ``report`` is what the preview shows. ``copy_to_mend`` is a copy of a file with errors that says
    in each row what to change. ``basis_hash`` is the hash of what the check rested on: if
    that has changed, the batch cannot be published.
    """

    IN_HISTORY: ClassVar = ("File of figures", "Files of figures")
    MOVES: ClassVar = {
        BatchState.WAITING: {BatchState.CHECKING, BatchState.REFUSED},
        BatchState.CHECKING: {BatchState.CHECKING, BatchState.REFUSED, BatchState.CHECKED},
        BatchState.REFUSED: set(),
        BatchState.CHECKED: {BatchState.APPLIED, BatchState.DISCARDED},
        BatchState.APPLIED: {BatchState.UNDONE},
        BatchState.DISCARDED: set(),
        # Where the second review of an undoing disagrees.
        BatchState.UNDONE: {BatchState.APPLIED},
    }

    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.WAITING)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)
    checked_rows = models.BinaryField(default=b"", blank=True)
    copy_to_mend = models.BinaryField(default=b"", blank=True)
    basis_hash = models.CharField(max_length=64, blank=True)
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
                name="metrics_readingbatch_applied_by_another",
                condition=~Q(state__in=["applied", "undone"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("sent_by"))),
                violation_error_message="Another person than who sent it has to publish it.",
            ),
            time_and_person("decided"),
            models.CheckConstraint(
                name="metrics_readingbatch_undone_pair",
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | (Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undo_reason="")),
                violation_error_message="Say why it is undone.",
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
        """Whether its check is waiting to start or still running."""
        return self.state in (BatchState.WAITING, BatchState.CHECKING)

    @property
    def done_at_once(self):
        """The undoing that another person looks at; ``None`` if it is not undone."""
        if self.state != BatchState.UNDONE:
            return None
        return DoneAtOnce(self, self.undone_by, self.undone_at, self.undo_reason)

    def may_be_undone(self, at):
        """Whether it is published and was approved at most 30 days before ``at``."""
        return self.state == BatchState.APPLIED and at - self.decided_at <= UNDONE_WITHIN
