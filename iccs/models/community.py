"""Clinical networks and the Integrated Care Communities (ICCs) in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Max, Q
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.moments import (
    WRITTEN_DATE_LENGTH,
    StatedCount,
    Statement,
    Thing,
    ThingQuerySet,
    one_live,
)


@tracked()
class ClinicalNetwork(Thing):
    """One of the three networks that ICC teams work in."""

    class Meta(Thing.Meta):
        pass


@tracked()
class NetworkProfile(Statement):
    """What a clinical network is called."""

    same = ("network",)
    PROFILE_RELATED = ("source",)

    network = models.ForeignKey(ClinicalNetwork, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=100)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("network")]


class IccQuerySet(ThingQuerySet):
    def with_last_attested(self, at):
        """Adds ``last_attested_at``: the newest moment by then at which a source named it."""
        return self.annotate(
            last_attested_at=Max("mentions__published_at", filter=Q(mentions__published_at__lte=at))
        )


@tracked()
class Icc(Thing):
    """An Integrated Care Community. ``code`` is one of the twelve of CONTRACT 3."""

    code = models.CharField(max_length=3, unique=True)

    objects = IccQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return reverse("iccs:detail", args=[self.slug])


@tracked()
class IccProfile(Statement):
    """What an ICC is called, where it is and which network it is in."""

    same = ("icc",)
    PROFILE_RELATED = ("source", "network")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=100)
    other_names = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    network = models.ForeignKey(
        ClinicalNetwork, models.PROTECT, null=True, blank=True, related_name="icc_profiles"
    )
    network_note = models.CharField("how the network is known", max_length=300, blank=True)
    about = models.TextField(blank=True)
    council = models.CharField("councils then and now", max_length=300, blank=True)
    latitude = models.DecimalField(
        "latitude of the main town", max_digits=6, decimal_places=3, null=True, blank=True
    )
    longitude = models.DecimalField(
        "longitude of the main town", max_digits=6, decimal_places=3, null=True, blank=True
    )

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("icc")]


@tracked()
class IccMention(Statement):
    """That a source names an ICC, and as what: the record by which it is last attested."""

    same = ("icc", "source")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="mentions")
    named_as = models.CharField(max_length=100)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("icc", "source")]


@tracked()
class IccSuccession(Statement):
    """What became of an ICC, where a source says so: merged, split or renamed."""

    same = ("icc", "successor")

    class Kind(models.TextChoices):
        MERGED = "merged", "became part of"
        SPLIT = "split", "was split into"
        RENAMED = "renamed", "was renamed"

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Icc, models.PROTECT, related_name="predecessions")
    kind = models.CharField(max_length=10, choices=Kind)
    happened_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    happened_on = models.DateField(null=True, blank=True)

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("icc", "successor"),
            models.CheckConstraint(
                name="iccs_iccsuccession_not_itself", condition=~Q(icc=models.F("successor"))
            ),
        ]


@tracked()
class IccCount(StatedCount):
    """How many ICCs a source says there are."""

    class Meta(StatedCount.Meta):
        pass
