"""What readers ask about a figure that looks wrong to them."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from bhcp_portal.kit.audit import tracked
from partners.models import Partner

# What somebody wrote, and their address, are deleted so long after they were sent (the privacy page).
WORDS_KEPT = timedelta(days=180)


class FigureQuestionQuerySet(models.QuerySet):
    def accessible_to(self, user, permission):
        """Questions about figures of the partners for which a person holds a permission."""
        partners = user.partner_scope(permission)
        return self if partners is None else self.filter(owner__in=partners)

    def open(self):
        """Those that nobody has answered and that can still be read."""
        return self.filter(answered_at__isnull=True, emptied_at__isnull=True)

    def counts(self, at):
        """How many were open at a moment, answered by then, and deleted without an answer."""
        before = self.filter(sent_at__lte=at)
        answered, emptied = Q(answered_at__lte=at), Q(emptied_at__lte=at)
        return before.aggregate(
            open=models.Count("pk", filter=~answered & ~emptied),
            answered=models.Count("pk", filter=answered),
            unanswered=models.Count("pk", filter=~answered & emptied),
        )


@tracked(exclude=("words", "reply_to", "content_hash"))
class FigureQuestion(models.Model):
    """What a reader wrote about a figure, to those who are responsible for it.

    ``about``: the figure, as in the address of the form. ``figure``: how it read then. ``owner``:
    the partner responsible for it, if one is. No history keeps the reader's words or address; both
    are emptied after ``WORDS_KEPT``, and the row stays to be counted.
    """

    IS_PUBLIC: ClassVar = True
    FIXED: ClassVar = ("about", "figure", "page", "owner", "sent_at")

    about = models.CharField(max_length=200)
    figure = models.CharField(max_length=600)
    page = models.CharField("the page it stands on", max_length=300)
    owner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="figure_questions"
    )
    words = models.TextField(blank=True)
    reply_to = models.EmailField("email address", blank=True)
    # Of figure, words and address, so that what is sent twice is kept once.
    content_hash = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    emptied_at = models.DateTimeField(null=True, blank=True)

    objects = FigureQuestionQuerySet.as_manager()

    class Meta:
        ordering = ("-sent_at", "-pk")
        verbose_name = "question about a figure"
        verbose_name_plural = "questions about figures"
        indexes = [models.Index("owner", "sent_at", name="figurequestion_of_owner")]
        constraints = [
            models.CheckConstraint(
                name="metrics_figurequestion_answered_by_somebody",
                violation_error_message="Say who answered it, and when.",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="metrics_figurequestion_emptied_whole",
                violation_error_message="Delete the words and the address together.",
                condition=Q(emptied_at__isnull=True)
                | Q(emptied_at__isnull=False, words="", reply_to="", content_hash=""),
            ),
            models.UniqueConstraint(
                "content_hash",
                name="metrics_figurequestion_kept_once",
                violation_error_message="The same question about this figure waits already.",
                condition=~Q(content_hash=""),
            ),
        ]

    def __str__(self):
        return self.figure

    @property
    def empties_on(self):
        """The moment at which its words and the address are deleted."""
        return self.sent_at + WORDS_KEPT
