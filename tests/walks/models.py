from django.db import models

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import Statement, one_live
from bhcp_portal.kit.things import Thing


@tracked()
class Walk(Thing):
    """A walk that people take together."""

    class Meta(Thing.Meta):
        pass


@tracked()
@kind(
    "Walk",
    "Walks",
    thing="walk",
    page="about",
    words="name",
    code="pace",
    number="length",
    unit="km",
    is_work=True,
)
class WalkProfile(Statement):
    """What a walk is called, how long it is and how fast."""

    identity_fields = ("walk",)

    class Pace(models.TextChoices):
        SLOW = "slow", "At an easy pace"
        FAST = "fast", "At a brisk pace"

    walk = models.ForeignKey(Walk, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=100)
    length = models.DecimalField(max_digits=6, decimal_places=1)
    pace = models.CharField(max_length=4, choices=Pace)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, *one_live("walk")]
