"""Second reviews: what one person did at once, another looks at within three working days.

What is wrong must not stay up while somebody waits, so withdrawing and taking back count at once
and are looked at afterwards (CONTRACT 3). An app's action says what disagreeing does.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef

from bhcp_portal.kit.actions import (
    IncompleteError,
    SamePersonError,
    StaleError,
)
from bhcp_portal.kit.dates import london_day, working_day
from bhcp_portal.kit.inbox import Box, InboxEntry, due_tag

WORKING_DAYS = 3


class Review(models.Model):
    """That another person looked at what somebody did at once, and whether they agree.

    ``table`` and ``row_id`` say to which row it was done; ``done_at`` when, since it may be done to
    one row more than once.
    """

    IS_APPEND_ONLY: ClassVar[bool] = True

    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    done_at = models.DateTimeField()
    agrees = models.BooleanField()
    remarks = models.TextField(blank=True)
    by_whom = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="kit_review_once",
                fields=["table", "row_id", "done_at"],
                violation_error_message="Somebody has looked at this already.",
            ),
            models.CheckConstraint(
                name="kit_review_disagrees_with_remarks",
                condition=models.Q(agrees=True) | ~models.Q(remarks=""),
                violation_error_message="Say why you disagree.",
            ),
        ]

    def __str__(self):
        return f"{'agreed' if self.agrees else 'disagreed'}: {self.table} {self.row_id}"

    @property
    def reviewer(self) -> str:
        """The name of who looked at it; their email address where no account has it any more."""
        account = get_user_model().objects.filter(email__iexact=self.by_whom).first()
        return str(account or self.by_whom)


@dataclass(frozen=True, slots=True)
class DoneAtOnce:
    """What one person did to a row at once, with the reason that they gave."""

    row: models.Model
    by: models.Model
    at: datetime
    reason: str

    @property
    def due_on(self) -> date:
        """The third working day after the day on which it was done."""
        return working_day(london_day(self.at) + timedelta(days=1), WORKING_DAYS)

    @property
    def seen(self) -> str:
        """The token of a form: this act, and no earlier or later one on the same row."""
        return f"{self.row.pk}-{self.at.isoformat()}"

    @property
    def review(self) -> Review | None:
        """The second review of it; ``None`` while nobody has looked at it."""
        return Review.objects.filter(**self._key).first()

    @property
    def _key(self):
        table = self.row._meta.db_table
        return {"table": table, "row_id": self.row.pk, "done_at": self.at}


def not_reviewed(queryset: models.QuerySet, done_at: str) -> models.QuerySet:
    """The rows whose act, done at the moment in a field, nobody has looked at yet."""
    seen = Review.objects.filter(
        table=queryset.model._meta.db_table, row_id=OuterRef("pk"), done_at=OuterRef(done_at)
    )
    return queryset.filter(~Exists(seen))


def last_disagreement(queryset: models.QuerySet) -> Review | None:
    """The newest review that disagreed with what was done at once to one of the rows."""
    disagreed = Review.objects.filter(table=queryset.model._meta.db_table, agrees=False)
    return disagreed.filter(row_id__in=queryset.order_by().values("pk")).first()


def record_review(
    done: DoneAtOnce | None, *, seen: str, agrees: bool, remarks: str, by, at: datetime
) -> None:
    """Record what another person says of an act. Call it under a lock of the act's row.

    ``done`` is ``None`` where nothing waits to be looked at any more. Raises ``StaleError`` if that
    is so, or if it isn't what the person had before them, ``SamePersonError`` for the person who
    did it, ``IncompleteError`` where they disagree and don't say why.
    """
    if done is None or done.seen != seen or done.review:
        raise StaleError(done and done.row)
    if done.by == by:
        raise SamePersonError("You did this, so another person looks at it.")
    if not agrees and not remarks.strip():
        raise IncompleteError([("remarks", "Say why you disagree")])
    Review.objects.create(**done._key, agrees=agrees, remarks=remarks, by_whom=by.email, at=at)


def review_entry(done: DoneAtOnce, person, *, about: str, href: str, day: date) -> InboxEntry:
    """The entry in the inbox of a person who may look at it, or who did it and waits."""
    tag, colour = due_tag(done.due_on, day)
    if done.by == person:
        return InboxEntry(
            Box.SENT,
            about,
            href,
            meta="You did it at once. Another person looks at it",
            tag=tag,
            day=done.due_on,
        )
    meta = f"{done.by} did it: {done.reason}"
    return InboxEntry(
        Box.DECIDE,
        f"Was this right? {about}",
        href,
        meta=meta,
        tag=tag,
        colour=colour,
        day=done.due_on,
    )
