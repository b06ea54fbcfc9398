"""What the partnership as a whole was called, and when; and so what this portal calls itself."""

from dataclasses import dataclass
from datetime import UTC

from django.db import models

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.revision import ReadOnce
from bhcp_portal.kit.statements import Statement, one_live
from partners.roles import KEEP_RECORD


@tracked()
@kind(
    "The partnership’s name",
    "Names of the partnership",
    page="about_names",
    words="name",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class PartnershipName(Statement):
    """A name of the partnership, as a source uses it. Names from several sources may overlap.

    Pages also call the area that it serves by one (``heads_pages_as``).
    """

    class Place(models.TextChoices):
        PARTNERSHIP = "partnership", "the partnership’s name"
        PORTAL = "portal", "the portal’s own name"
        AREA = "area", "the name of the area that it serves"

    identity_fields = ("name", "source")

    name = models.CharField(max_length=150)
    used = models.CharField("from when to when, in words", max_length=150)
    heads_pages_as = models.CharField(
        "what it is at the head of pages", max_length=11, choices=Place, blank=True
    )

    class Meta(Statement.Meta):
        ordering = ("published_at", "pk")
        constraints = [*Statement.Meta.constraints, *one_live("name", "source")]


@dataclass(frozen=True, slots=True)
class SiteName:
    """What this portal calls itself, on past days' pages too.

    ``partnership``: who publishes it, empty until the record names the partnership.
    ``portal``: the name of the portal itself. ``area``: that of the area it serves, if it is named.
    """

    partnership: str = ""
    portal: str = ""
    area: str = ""

    @property
    def name(self):
        """The one name that titles end with."""
        return self.portal or self.partnership or UNNAMED

    @property
    def service(self):
        """What stands below the partnership's name at the head of a page."""
        return self.portal or UNNAMED

    @property
    def publisher(self):
        """Who speaks, in credits."""
        return self.partnership or self.name

    @property
    def full(self):
        """Both names, for home and credits: ``Closer to home, Partners of the Dale``."""
        return ", ".join(dict.fromkeys([self.name, self.publisher]))


UNNAMED = "Programme portal"


def site_name_at(at) -> SiteName:
    """The names that stood at a moment; one query."""
    names = PartnershipName.objects.live(at)
    newest = {name.heads_pages_as: name.name for name in names.order_by("published_at", "pk")}
    place = PartnershipName.Place
    return SiteName(
        newest.get(place.PARTNERSHIP) or newest.get("", ""),
        newest.get(place.PORTAL, ""),
        newest.get(place.AREA, ""),
    )


@ReadOnce
def site_name() -> SiteName:
    """The names that stand now: the newest that the record sets at the head of pages.

    Where it sets none there, the newest name of the partnership.
    """
    return site_name_at(Present.now(UTC))
