"""Until which day the people of a body that ends or leaves may sign in."""

from datetime import UTC, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.proposal import Proposal, State
from partners.models.organisation import Membership, Partner, Succession
from partners.models.person import RoleGrant


class AccessEndQuerySet(models.QuerySet):
    def in_force(self) -> Self:
        """Those whose proposal is on the record, of bodies that are to leave or have left.

        Of a body the one that was proposed last.
        """
        now = Present.now(UTC)
        approved = self.filter(proposal__state=State.PUBLISHED)
        later = approved.filter(partner=OuterRef("partner"), pk__gt=OuterRef("pk"))
        leaving = Membership.objects.live(now).filter(left_on__isnull=False)
        ended = Succession.objects.live(now).filter(is_end=True)
        ends = Q(partner__in=leaving.values("partner")) | Q(partner__in=ended.values("partner"))
        return approved.filter(ends).exclude(Exists(later.order_by()))

    def with_roles_left(self) -> list["AccessEnd"]:
        """Those after whose day somebody still holds a role of the partner."""
        return [each for each in self if each.roles_left().exists()]


@tracked(exclude=("notified_at",))
class AccessEnd(models.Model):
    """A day after which the people of a partner hold no role for it, as a proposal says.

    An administrator ends or moves the roles: who keeps the record may not change them.
    """

    IN_HISTORY: ClassVar = ("Last day of a partner’s people", "Last days of a partner’s people")

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="access_end")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="access_ends")
    last_day = models.DateField("last day on which its people may sign in")
    notified_at = models.DateTimeField("when the administrators were told", null=True, blank=True)

    objects = AccessEndQuerySet.as_manager()

    class Meta:
        ordering = ("last_day", "pk")

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
