"""What the partnership as a whole was called, and when."""

from django.db import models

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, one_live
from partners.roles import KEEP_RECORD


@tracked()
@kind(
    "The partnership’s name",
    "Names of the partnership",
    page="about",
    words="name",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class PartnershipName(Statement):
    """A name of the partnership, as a source uses it. Names from several sources may overlap."""

    identity_fields = ("name", "source")

    name = models.CharField(max_length=150)
    used = models.CharField("from when to when, in words", max_length=150)

    class Meta(Statement.Meta):
        ordering = ("published_at", "pk")
        constraints = [*Statement.Meta.constraints, *one_live("name", "source")]
