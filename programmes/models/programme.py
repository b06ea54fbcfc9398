"""The work programmes: what each is for, who runs it and where."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.urls import reverse

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.moments import (
    WRITTEN_DATE_LENGTH,
    Statement,
    StatementQuerySet,
    Thing,
    ThingQuerySet,
    one_live,
)
from iccs.models import Icc
from partners.models import Partner


class Objective(models.TextChoices):
    HEALTH = "better_health", "Better Health"
    CARE = "better_care", "Better Care"
    SUSTAINABLE = "delivered_sustainably", "Delivered Sustainably"


class ProgrammeQuerySet(ThingQuerySet):
    def with_status(self, at):
        """Adds the primary key of each one's newest status at a moment, as ``status_pk``."""
        newest = (
            self.model._meta.get_field("updates")
            .related_model.objects.live(at)
            .filter(programme=OuterRef("pk"))
            .order_by("-published_at", "-pk")
        )
        return self.annotate(status_pk=Subquery(newest.values("pk")[:1]))

    def with_partners(self, at, day):
        """Loads who does what on each at a moment, as ``programme.partner_roles``."""
        return self.prefetch_related(
            Prefetch(
                "partner_links",
                queryset=ProgrammePartner.objects.live(at)
                .order_by("role", "partner__slug")
                .prefetch_related(Prefetch("partner", queryset=Partner.objects.with_name(at, day))),
                to_attr="partner_roles",
            )
        )

    def led_by(self, partners, at):
        """Those whose lead at a moment is one of the partners."""
        links = ProgrammePartner.objects.live(at).filter(
            role=ProgrammePartner.Role.LEAD, partner__in=partners
        )
        return self.filter(pk__in=links.values("programme"))

    def within_reach(self, user, permission, at):
        """Those that a person may do a thing to: all, or those their partner leads.

        A programme with no single lead is reached only by people whose role is held for all.
        """
        partners = user.partners_with(permission)
        return self if partners is None else self.led_by(partners, at)


@tracked()
class Programme(Thing):
    """One of the partnership's work programmes."""

    objects = ProgrammeQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return reverse("programmes:detail", args=[self.slug])


@tracked()
class ProgrammeProfile(Statement):
    """What a programme is called and for, when it ran, and its place in the tree."""

    same = ("programme",)
    PROFILE_RELATED = ("source", "parent", "merged_into")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=120)
    purpose = models.TextField()
    objectives = ArrayField(
        models.CharField(max_length=30, choices=Objective), default=list, blank=True
    )
    strand = models.CharField(
        "strand of the plan that a source puts it in", max_length=150, blank=True
    )
    lead_words = models.CharField("who leads, in the source's words", max_length=200, blank=True)
    starts_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    parent = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="child_profiles"
    )
    merged_into = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="merged_profiles"
    )

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("programme"),
            models.CheckConstraint(
                name="programmes_profile_not_its_own_parent",
                condition=(Q(parent__isnull=True) | ~Q(parent=models.F("programme")))
                & (Q(merged_into__isnull=True) | ~Q(merged_into=models.F("programme"))),
            ),
        ]


class ProgrammeLinkQuerySet(StatementQuerySet):
    def on(self, day):
        """Those in force on a day, as far as their dates are known."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gt=day),
        )


@tracked()
class ProgrammePartner(Statement):
    """What a partner does on a programme, between two days where they are known.

    At most one leads at a time: where a source names several, or the whole partnership, none does.
    """

    same = ("programme", "partner", "role")

    class Role(models.TextChoices):
        LEAD = "lead", "Lead"
        DELIVERY = "delivery", "Delivers it"
        FUNDER = "funder", "Pays for it"
        DATA_OWNER = "data_owner", "Owns its data"

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="partner_links")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="programme_links")
    role = models.CharField(max_length=10, choices=Role)
    starts_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = ProgrammeLinkQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("programme", "partner", "role"),
        ]


@tracked()
class ProgrammeIcc(Statement):
    """That a source places a programme's work in an ICC."""

    same = ("programme", "icc")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="icc_links")
    icc = models.ForeignKey(Icc, models.PROTECT, related_name="programme_links")
    words = models.CharField("what is done there", max_length=300, blank=True)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("programme", "icc")]
