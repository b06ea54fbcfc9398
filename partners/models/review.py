"""The review of access: each quarter somebody confirms that a person still needs their account."""

from datetime import date, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import first_second, london_day
from bhcp_portal.kit.statements import time_and_person
from partners.models.person import RoleGrant, User
from partners.roles import REVIEW_PEOPLE

# A person who is not confirmed in so many days is suspended.
CONFIRMED_WITHIN = timedelta(days=21)
# Who is asked is reminded so many days before that, the first reminder first.
REMINDED_BEFORE = (timedelta(days=7), timedelta(days=1))


def first_day_of_quarter(day: date) -> date:
    """The first day of the quarter of the year that a day is in."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


class AccessReviewQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Those that nobody has decided on: neither confirmed nor the account closed."""
        return self.filter(confirmed_at__isnull=True, person__is_active=True)

    def suspended(self) -> Self:
        """Those that nobody confirmed, of people whose accounts are closed."""
        return self.filter(confirmed_at__isnull=True, person__is_active=False)

    def overdue(self, day: date) -> Self:
        """Those whose last day was before a day."""
        return self.waiting().filter(asked_at__lt=first_second(day - CONFIRMED_WITHIN))

    def accessible_to(self, user) -> Self:
        """The reviews of people whom a person may confirm, which is never oneself."""
        people = User.objects.accessible_to(user, REVIEW_PEOPLE)
        return self.filter(person__in=people).exclude(person=user)

    def asked_of(self, user, day: date) -> Self:
        """The reviews that a person is asked to decide on.

        Whoever leads for a partner is asked about its people. About the others, and about those who
        lead, the administrators for all partners are.
        """
        leads = RoleGrant.objects.held_on(day).filter(
            is_lead=True, person__is_active=True, partner=OuterRef("person__partner")
        )
        asked = Q(Exists(leads.filter(person=user)))
        if User.objects.administrators(day).contains(user):
            asked |= ~Exists(leads.exclude(person=OuterRef("person")))
        return self.filter(asked).exclude(person=user)


@tracked(exclude=("reminded_at",))
class AccessReview(models.Model):
    """That in a quarter somebody is to confirm, or did confirm, that a person needs their account."""

    IN_HISTORY: ClassVar = ("Check of an account", "Checks of accounts")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    quarter = models.DateField("first day of the quarter")
    asked_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-quarter", "person__name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("person", "quarter"),
                name="partners_accessreview_once",
                violation_error_message="This person is on the list of that quarter already.",
            ),
            time_and_person("confirmed"),
            models.CheckConstraint(
                name="partners_accessreview_by_another",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("person")),
                violation_error_message="Another person has to confirm this.",
            ),
        ]

    def __str__(self):
        return f"Access of {self.person}, quarter from {self.quarter}"

    @property
    def last_day(self):
        """The last day on which it may be confirmed."""
        return london_day(self.asked_at) + CONFIRMED_WITHIN

    def calls_for_reminder(self, day: date) -> bool:
        """Whether a day has come on which who is asked is reminded, and they were not since."""
        suspended_on = self.last_day + timedelta(days=1)
        days = [suspended_on - before for before in REMINDED_BEFORE if suspended_on - before <= day]
        return bool(days) and (self.reminded_at is None or london_day(self.reminded_at) < days[-1])
