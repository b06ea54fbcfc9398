"""Until which day the people of a body that ends or leaves may sign in."""

from datetime import UTC, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.proposal import Proposal, State
from partners.models.organisation import Membership, Partner
from partners.models.person import RoleGrant


class AccessEndQuerySet(models.QuerySet):
    def in_force(self) -> Self:
        """Those of the day on which a partner is to leave or left, as the record has it now.

        Of a body the one that was approved last.
        """
        leaving = Membership.objects.live(Present.now(UTC)).filter(
            partner=OuterRef("partner"), left_on=Coalesce(OuterRef("leaves_on"), F("left_on"))
        )
        approved = self.filter(Exists(leaving.order_by()), proposal__state=State.PUBLISHED)
        later = AccessEnd.objects.filter(
            Exists(leaving.order_by()), proposal__state=State.PUBLISHED
        )
        later = later.filter(
            partner=OuterRef("partner"), proposal__decided_at__gt=OuterRef("proposal__decided_at")
        )
        return approved.exclude(Exists(later.order_by()))

    def overtaken(self, day) -> Self:
        """Those to come whose leaving moved or was called off since they were approved."""
        still = self.in_force()
        to_come = self.filter(proposal__state=State.PUBLISHED, last_day__gte=day)
        return to_come.exclude(pk__in=still.values("pk")).exclude(
            Exists(still.filter(partner=OuterRef("partner"), last_day=OuterRef("last_day")))
        )

    def with_names(self) -> Self:
        """Adds the name of the partner now as ``partner_name``."""
        return self.annotate(partner_name=Partner.called_at("partner", Present.now(UTC)))

    def with_roles_left(self) -> list["AccessEnd"]:
        """Those after whose day somebody still holds a role of the partner."""
        return [each for each in self if each.roles_left().exists()]


@tracked(exclude=("notified_at",))
class AccessEnd(models.Model):
    """A day after which the people of a partner hold no role for it, as a proposal says.

    ``leaves_on``: the first day on which the partner no longer belongs, of which it is said; ``None``
    if it was said before that was kept. An administrator ends or moves the roles: who keeps the record may not change them.
    """

    IN_HISTORY: ClassVar = ("Last day of a partner’s people", "Last days of a partner’s people")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="access_ends")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="access_ends")
    leaves_on = models.DateField("first day on which it no longer belongs", null=True, blank=True)
    last_day = models.DateField("last day on which its people may sign in")
    notified_at = models.DateTimeField("when the administrators were told", null=True, blank=True)

    objects = AccessEndQuerySet.as_manager()

    class Meta:
        ordering = ("last_day", "pk")
        constraints = [
            models.UniqueConstraint(
                name="partners_accessend_one_a_proposal",
                fields=("proposal", "partner"),
                violation_error_message="The last day of its people is said here already.",
            )
        ]

    def __str__(self):
        return f"Access of {self.partner} until {self.last_day}"

    def get_absolute_url(self):
        return reverse("staff:access_end", args=[self.pk])

    @property
    def ends_on(self):
        """The first day on which the roles are no longer held."""
        return self.last_day + timedelta(days=1)

    def roles_left(self):
        """The roles held for the partner that go on after its day."""
        return RoleGrant.objects.filter(partner=self.partner).overlapping(self.ends_on, None)

    def cut_short(self):
        """The roles held for the partner that end with its day and that nobody gave the person again.

        Where the leaving moved or was called off since, that is sooner than the record asks for.
        """
        grants = RoleGrant.objects.filter(partner=self.partner)
        again = grants.overlapping(self.ends_on, None)
        again = again.filter(person=OuterRef("person"), role=OuterRef("role"))
        return grants.filter(ends_on=self.ends_on).exclude(Exists(again.order_by()))
