"""The security log: what an auditor looks through after something went wrong."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F

from bhcp_portal.kit.audit import tracked

# What is emptied, the moment that it counts from, and after how long: attacks are found late.
ADDRESS_KEPT = ("address", "at", timedelta(days=180))


class SecurityEventQuerySet(models.QuerySet):
    def about(self, emails):
        """What people with these addresses did or what was done to their accounts."""
        return self.filter(models.Q(by__email__in=emails) | models.Q(person__email__in=emails))


@tracked(exclude=("address",))
class SecurityEvent(models.Model):
    """One line of the security log. It is never changed or deleted.

    After a while the address alone is emptied, which the database guards too.

    ``by`` did it; ``person`` is whose account it was about, if it was about one.
    """

    IN_HISTORY: ClassVar = ("Line of the security log", "Lines of the security log")
    IS_APPEND_ONLY: ClassVar[bool] = True
    EMPTIED_LATER: ClassVar = ADDRESS_KEPT

    class What(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_REFUSED = "sign_in_refused", "Sign-in refused"
        LOCKED_OUT = "locked_out", "Had to wait after too many tries"
        REFUSED = "refused", "Page refused"
        ACCOUNT_CHANGED = "account_changed", "Account or role changed"
        BREAK_GLASS = "break_glass", "Done by one administrator alone"
        REDACTED = "redacted", "Words removed"
        EXPORTED = "exported", "Personal data exported"

    at = models.DateTimeField()
    what = models.CharField(max_length=20, choices=What)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    address = models.GenericIPAddressField("internet address", null=True, blank=True)
    details = models.CharField(max_length=500, blank=True)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(F("at").desc(), name="securityevent_newest"),
            models.Index("what", F("at").desc(), name="securityevent_what"),
        ]

    def __str__(self):
        return f"{self.get_what_display()}, {self.at:%Y-%m-%d %H:%M}"
