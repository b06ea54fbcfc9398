"""The organisations of the partnership: their dated names, membership and succession."""

from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, Subquery

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day, on_or_in, span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.statements import (
    WRITTEN_DATE_LENGTH,
    StatedCount,
    Statement,
    StatementQuerySet,
    one_live,
)
from bhcp_portal.kit.things import Thing, ThingQuerySet


class PartnerQuerySet(ThingQuerySet):
    def known_at(self, at):
        """Those that had a name by a moment."""
        return self.filter(pk__in=PartnerName.objects.live(at).values("partner"))

    def ever_known(self):
        """Those that ever had a name."""
        return self.filter(pk__in=PartnerName.objects.published().values("partner"))

    def with_name(self, at, day):
        """Loads the names that had been said of each by a moment, as ``partner.live_names``.

        Read the one in use on a day as ``partner.name`` and ``partner.short_name``.
        """
        return self.prefetch_related(
            Prefetch(
                "names",
                queryset=PartnerName.objects.live(at).in_turn().select_related("source"),
                to_attr="live_names",
            )
        ).annotate_day(day)

    def annotate_day(self, day):
        return self.annotate(on_day=models.Value(day, output_field=models.DateField()))

    def members(self, at, day):
        """The partners of the partnership on a day, as far as had been said by a moment."""
        return self.filter(pk__in=Membership.objects.live(at).on(day).values("partner"))


@tracked()
class Partner(Thing):
    """An organisation. ``code``: its ODS or GSS code, else a short name in capitals (CONTRACT 3)."""

    PAGE = "partners:detail"

    code = models.CharField(max_length=20, unique=True)

    objects = PartnerQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return self.page_of(self.slug)

    @classmethod
    def name_at(cls, key, at):
        """The one of its names that is in use on the moment's day."""
        names = PartnerName.objects.live(at).filter(partner=OuterRef(key))
        return Subquery(names.in_use_first(london_day(at)).values("name")[:1])

    def name_on(self, day):
        """The name in use on a day, from ``with_name``; the earliest said where none had begun."""
        begun = [n for n in self.live_names if n.valid_from_on is None or n.valid_from_on <= day]
        return (begun or self.live_names[:1] or [None])[-1]

    @property
    def name(self):
        """The name on the day given to ``with_name``; the code where no name had been said."""
        name = self.name_on(self.on_day)
        return name.name if name else self.code

    def name_then(self, day):
        """The name in use on an earlier day; where it is another now, that too: ``A (now B)``."""
        then = self.name_on(day)
        return f"{then.name} (now {self.name})" if then and then.name != self.name else self.name

    @property
    def short_name(self):
        """The short name on the day given to ``with_name``."""
        name = self.name_on(self.on_day)
        return (name.short_name or name.name) if name else self.code


@tracked()
@kind("Partner", "Partners", thing="partner", words="about")
class PartnerProfile(Statement):
    """What kind of body a partner is, and what is said of it."""

    identity_fields = ("partner",)
    PROFILE_RELATED = ("source",)

    class Kind(models.TextChoices):
        ACUTE = "acute_trust", "Hospital trust"
        COMMUNITY = "community_trust", "Community and mental health trust"
        AMBULANCE = "ambulance_trust", "Ambulance trust"
        CCG = "ccg", "Clinical commissioning group"
        COUNCIL = "council", "County council"
        FEDERATION = "gp_federation", "GP federation"
        VOLUNTARY = "voluntary", "Voluntary organisation"

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="profiles")
    kind = models.CharField(max_length=20, choices=Kind)
    is_statutory = models.BooleanField(null=True, blank=True)
    website = models.CharField(max_length=200, blank=True)
    about = models.TextField(blank=True)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("partner")]


class PartnerNameQuerySet(StatementQuerySet):
    def in_turn(self):
        """As they came into use: those whose beginning is not known first, then as they were said."""
        begun = F("valid_from_on").asc(nulls_first=True)
        return self.order_by(begun, "published_at", "name")

    def in_use_first(self, day):
        """Of one partner: the name in use on a day first, as ``Partner.name_on`` chooses it."""
        to_come = models.Case(models.When(valid_from_on__gt=day, then=F("valid_from_on")))
        begun = F("valid_from_on").desc(nulls_last=True)
        return self.order_by(to_come.asc(nulls_first=True), begun, "-published_at", "-name")


@tracked()
@kind("Partner’s name", "Names of partners", thing="partner", words="name")
class PartnerName(Statement):
    """A name that a partner carried from a day on, and the area it then covered."""

    identity_fields = ("partner", "name")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="names")
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    valid_from_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    valid_from_on = models.DateField(null=True, blank=True)
    area = models.CharField("area it covered", max_length=300, blank=True)

    objects = PartnerNameQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("partner", "name")]

    @property
    def valid_from_words(self):
        """``1 April 2017``, ``September 2019 to November 2019``; empty where no source says."""
        return span(self.valid_from_as).in_words() if self.valid_from_as else ""


class MembershipQuerySet(StatementQuerySet):
    def every_version(self, at):
        """All that had been said by a moment but what was mended at once, the oldest first."""
        return (
            self.published_by(at)
            .exclude(superseded_at=F("published_at"))
            .select_related("source")
            .order_by("published_at", "pk")
        )

    def on(self, day):
        """Those that had begun and not ended on a day."""
        return self.filter(Q(joined_on__lte=day), Q(left_on__isnull=True) | Q(left_on__gt=day))


@tracked()
@kind("Membership", "Memberships", thing="partner", words="left_reason")
class Membership(Statement):
    """That a partner belonged to the partnership between two days.

    ``is_joined_by``: the day is that of the first document that names it, so it joined on or before it.
    """

    identity_fields = ("partner",)

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="memberships")
    joined_as = models.CharField(max_length=WRITTEN_DATE_LENGTH)
    joined_on = models.DateField()
    is_joined_by = models.BooleanField("joined on or before that day", default=False)
    left_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    left_on = models.DateField(null=True, blank=True)
    left_reason = models.CharField(max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("partner"),
            models.CheckConstraint(
                name="partners_membership_left_after_joined",
                condition=Q(left_on__isnull=True) | Q(left_on__gte=models.F("joined_on")),
            ),
        ]

    def is_on(self, day):
        """Whether it had begun and not ended on a day."""
        return self.joined_on <= day and (self.left_on is None or self.left_on > day)

    def has_ended(self, day):
        """Whether it had ended by a day."""
        return self.left_on is not None and self.left_on <= day

    @property
    def joined_words(self):
        """``by 31 March 2017``, ``on 1 April 2017``, ``in 2017``."""
        if self.is_joined_by:
            return f"by {span(self.joined_as).in_words()}"
        return on_or_in(self.joined_as)

    @property
    def left_words(self):
        """``on 1 April 2017``, ``in 2017``; empty while no source says that it left."""
        return on_or_in(self.left_as) if self.left_as else ""


class SuccessionQuerySet(StatementQuerySet):
    def touching(self, slug):
        """Those that tell what became of a partner, or what came to it from another; oldest event first."""
        return (
            self.filter(Q(partner__slug=slug) | Q(successor__slug=slug))
            .select_related("source")
            .order_by(F("happened_on").asc(nulls_last=True), "published_at", "words")
        )


@tracked()
@kind("What became of a partner", "What became of partners", thing="partner", words="words")
class Succession(Statement):
    """What became of a partner: services moved, renamed, merged, closed. The successor may be outside."""

    identity_fields = ("partner", "words")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="predecessions"
    )
    successor_name = models.CharField(max_length=200, blank=True)
    words = models.CharField("what happened", max_length=400)
    happened_as = models.CharField(max_length=WRITTEN_DATE_LENGTH, blank=True)
    happened_on = models.DateField(null=True, blank=True)

    objects = SuccessionQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("partner", "words")]

    @property
    def when_words(self):
        """``1 April 2017``, ``2019``, ``Date not known``."""
        return span(self.happened_as).in_words() if self.happened_as else "Date not known"


@tracked()
@kind(
    "Number of partners", "Numbers of partners", page="partners:list", words="says", number="number"
)
class PartnerCount(StatedCount):
    """How many partners a source says there are, in its own sense."""

    class Meta(StatedCount.Meta):
        pass
