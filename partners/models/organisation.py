"""The organisations of the partnership: their dated names, membership, sites and succession."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Least

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day, on_or_in, span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.shapes import (
    LATITUDES,
    LONGITUDES,
    between,
    partner_code,
    shape_of,
    web_address,
    written_date,
)
from bhcp_portal.kit.statements import (
    AsWrittenField,
    Ending,
    Mailbox,
    StatedCount,
    Statement,
    StatementQuerySet,
    apart,
    one_live,
)
from bhcp_portal.kit.things import Thing, ThingQuerySet
from partners.roles import KEEP_RECORD


class PartnerQuerySet(ThingQuerySet):
    def with_name(self, at, day):
        """Loads each partner's names at a moment as ``live_names``.

        Read ``partner.name`` and ``partner.short_name``, those in use on ``day``.
        """
        return self.prefetch_related(
            Prefetch(
                "names",
                queryset=PartnerName.objects.live(at).in_turn().with_sources(at),
                to_attr="live_names",
            )
        ).annotate_day(day)

    def annotate_day(self, day):
        return self.annotate(on_day=models.Value(day, output_field=models.DateField()))

    def accessible_to(self, user, permission, at):
        """The partners for which a person has a permission."""
        partners = user.partner_scope(permission)
        return self if partners is None else self.filter(pk__in=partners)

    def partner_names(self, at):
        named = self.annotate(called=Partner.name_at("pk", at)).exclude(called=None)
        return dict(named.values_list("pk", "called"))

    def going_on(self, at):
        """The partners that have not ended by a moment, whether or not they belong to it."""
        ended = Succession.objects.live(at).endings()
        ended = ended.filter(Q(happened_on__isnull=True) | Q(happened_on__lte=london_day(at)))
        return self.exclude(pk__in=ended.values("partner"))

    def members(self, at, day):
        """The partners that belong to the partnership on a day, as published by a moment."""
        return self.filter(pk__in=Membership.objects.stays(at).on(day).values("partner"))


@tracked()
class Partner(Thing):
    """An organisation.

    ``code``: its ODS or GSS code, else a short name in capitals (CONTRACT 3).
    """

    PAGE = "partners:detail"
    NAMES = "names"

    code = models.CharField(max_length=20, unique=True, validators=[partner_code])

    objects = PartnerQuerySet.as_manager()

    class Meta(Thing.Meta):
        constraints = [*Thing.Meta.constraints, *shape_of(partner_code, "code")]

    def get_absolute_url(self):
        return self.page_of(self.slug)

    @classmethod
    def name_model(cls):
        return PartnerName

    @classmethod
    def name_at(cls, key, at):
        """An annotation: the name in use at a moment of the partner whose key a field holds."""
        names = PartnerName.objects.live(at).filter(partner=OuterRef(key))
        return Subquery(names.in_use_first(london_day(at)).values("name")[:1])

    def name_on(self, day):
        """The ``PartnerName`` in use on a day, from ``with_name``; ``None`` without any name.

        If no name had begun by that day, the first one.
        """
        begun = [n for n in self.live_names if n.valid_from_on is None or n.valid_from_on <= day]
        return (begun or self.live_names[:1] or [None])[-1]

    @property
    def name(self):
        """The name on the day given to ``with_name``; the code if there is no name."""
        name = self.name_on(self.on_day)
        return name.name if name else self.code

    def name_then(self, day):
        """The name in use on another day and, if it differs, the name now: ``A (now B)``."""
        then = self.name_on(day)
        return f"{then.name} (now {self.name})" if then and then.name != self.name else self.name

    @property
    def short_name(self):
        """The short name on the day given to ``with_name``; without one, the name or the code."""
        name = self.name_on(self.on_day)
        return (name.short_name or name.name) if name else self.code


@tracked()
@kind(
    "Partner",
    "Partners",
    thing="partner",
    words="about",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    reach="partner",
)
class PartnerProfile(Statement):
    """What kind of body a partner is, and what it does."""

    identity_fields = ("partner",)

    class Kind(models.TextChoices):
        ACUTE = "acute_trust", "Hospital trust"
        COMMUNITY = "community_trust", "Community and mental health trust"
        AMBULANCE = "ambulance_trust", "Ambulance trust"
        CCG = "ccg", "Clinical commissioning group"
        ICB = "icb", "Integrated care board"
        COUNCIL = "council", "County council"
        DISTRICT = "district_council", "District council"
        UNITARY = "unitary_council", "Unitary council"
        FEDERATION = "gp_federation", "GP federation"
        NETWORK = "primary_care_network", "Primary care network"
        VOLUNTARY = "voluntary", "Voluntary organisation"
        OTHER = "other", "Another kind of body"

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="profiles")
    kind = models.CharField(max_length=20, choices=Kind)
    is_statutory = models.BooleanField(null=True, blank=True)
    website = models.URLField(max_length=200, blank=True, validators=[web_address])
    about = models.TextField(blank=True)

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("partner"),
            *shape_of(web_address, "website"),
        ]


class PartnerNameQuerySet(StatementQuerySet):
    def in_turn(self):
        """Sorts names by their first day; names without one come first, by date of publication."""
        begun = F("valid_from_on").asc(nulls_first=True)
        return self.order_by(begun, "published_at", "name")

    def in_use_first(self, day):
        """Sorts one partner's names, first the one in use on a day, as ``name_on`` chooses it."""
        to_come = models.Case(models.When(valid_from_on__gt=day, then=F("valid_from_on")))
        begun = F("valid_from_on").desc(nulls_last=True)
        return self.order_by(to_come.asc(nulls_first=True), begun, "-published_at", "-name")


@tracked()
@kind(
    "Partner’s name",
    "Names of partners",
    thing="partner",
    words="name",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    reach="partner",
)
class PartnerName(Statement):
    """A name that a partner has from a day on, and the area it then covers."""

    identity_fields = ("partner", "name")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="names")
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    valid_from_as = AsWrittenField(blank=True)
    valid_from_on = models.DateField(null=True, blank=True)
    area = models.CharField("area it covered", max_length=300, blank=True)

    objects = PartnerNameQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("partner", "name"),
            *apart(
                "one_first_day",
                "partner",
                "valid_from_on",
                condition=Q(valid_from_on__isnull=False),
                sentence="Two names of one partner can’t begin on the same day. Write another first "
                "day, or correct the name that is there.",
            ),
            *shape_of(written_date, "valid_from_as"),
        ]

    @property
    def valid_from_words(self):
        """The first day in words: ``1 April 2017``, ``2019``; empty if no source says."""
        return span(self.valid_from_as).in_words() if self.valid_from_as else ""


class MembershipQuerySet(StatementQuerySet):
    def stays(self, at):
        """Each stay in the partnership that is known at a moment.

        That is what stands of a partner and, where it left and joined again, each stay that was
        over by then. What was said anew of the same days is left out.
        """
        turn = Least("published_at", "recorded_at")
        newer = Q(turn__gt=OuterRef("turn")) | Q(
            turn=OuterRef("turn"), recorded_at__gt=OuterRef("recorded_at")
        )
        later = self.model.objects.versions(at).annotate(turn=turn).order_by()
        later = later.filter(newer, partner=OuterRef("partner"))
        is_over = Q(left_on__isnull=False) & ~Exists(
            later.filter(joined_on__lt=OuterRef("left_on"))
        )
        return self.versions(at).annotate(turn=turn).filter(~Exists(later) | is_over)

    def on(self, day):
        """The memberships in force on a day."""
        return self.filter(Q(joined_on__lte=day), Q(left_on__isnull=True) | Q(left_on__gt=day))


@tracked()
@kind(
    "Membership",
    "Memberships",
    thing="partner",
    words="left_reason",
    ends="left_as",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    reach="partner",
)
class Membership(Statement):
    """A partner belongs to the partnership between two days.

    ``left_on``: the first day it no longer belongs. ``is_joined_by``: ``joined_on`` is the day of
    the first document that names the partner, so it joined on or before that day.
    """

    identity_fields = ("partner",)

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="memberships")
    joined_as = AsWrittenField()
    joined_on = models.DateField()
    is_joined_by = models.BooleanField("joined on or before that day", default=False)
    left_as = AsWrittenField(blank=True)
    left_on = models.DateField(null=True, blank=True)
    left_reason = models.CharField(max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("partner"),
            models.CheckConstraint(
                name="partners_membership_left_after_joined",
                condition=Q(left_on__isnull=True) | Q(left_on__gte=models.F("joined_on")),
                violation_error_message="It can’t leave before it joined. Check both dates.",
            ),
            *shape_of(written_date, "joined_as", "left_as"),
        ]

    @staticmethod
    def stays_among(versions):
        """As ``stays``, of one partner's versions that are loaded already, oldest first."""
        return [
            each
            for number, each in enumerate(versions, start=1)
            if number == len(versions)
            or (each.left_on and all(new.joined_on >= each.left_on for new in versions[number:]))
        ]

    @classmethod
    def of_day(cls, stays, day):
        """Of a partner's stays, the one that it is in on a day, else the last one before it.

        Else it is the first to come; ``None`` without any stay.
        """
        stays = sorted(stays, key=lambda stay: stay.joined_on)
        begun = [stay for stay in stays if stay.joined_on <= day]
        return (begun or stays[:1] or [None])[-1]

    def is_on(self, day):
        """Whether the membership is in force on a day."""
        return self.joined_on <= day and (self.left_on is None or self.left_on > day)

    def has_ended(self, day):
        """Whether the membership has ended by a day."""
        return self.left_on is not None and self.left_on <= day

    @property
    def joined_words(self):
        """When it joined: ``since 31 March 2017 or before``, ``on 1 April 2017``, ``in 2017``."""
        if self.is_joined_by:
            return f"since {span(self.joined_as).in_words()} or before"
        return on_or_in(self.joined_as)

    @property
    def left_words(self):
        """The day it left in words: ``on 1 April 2017``, ``in 2017``; empty if unknown."""
        return on_or_in(self.left_as) if self.left_as else ""

    @property
    def left_because(self):
        """Why it left, as part of a sentence: without the full stop that may end it."""
        return self.left_reason.rstrip(". ")


@tracked()
@kind(
    "Site of a partner",
    "Sites of partners",
    thing="partner",
    words="name",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    reach="partner",
)
class PartnerSite(Ending):
    """A place at which a partner gives care, such as a hospital."""

    identity_fields = ("partner", "name")

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", "Hospital"
        COMMUNITY_HOSPITAL = "community_hospital", "Community hospital"
        HEALTH_CENTRE = "health_centre", "Health centre"
        OTHER = "other", "Another kind of site"

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="sites")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=Kind)
    town = models.CharField(max_length=100, blank=True)
    latitude = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, validators=between(*LATITUDES)
    )
    longitude = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, validators=between(*LONGITUDES)
    )

    class Meta(Ending.Meta):
        constraints = [
            *Ending.Meta.constraints,
            *one_live("partner", "name"),
            models.CheckConstraint(
                name="partners_partnersite_on_the_map",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    latitude__range=LATITUDES,
                    longitude__isnull=False,
                    longitude__range=LONGITUDES,
                ),
                violation_error_message="Give both the latitude (−90 to 90) and the longitude "
                "(−180 to 180) of the site, or neither.",
            ),
        ]


class SuccessionQuerySet(StatementQuerySet):
    def endings(self):
        """The successions with which a partner ended."""
        return self.filter(is_end=True)

    def touching(self, slug):
        """What became of the partner with a slug and what came to it, oldest event first."""
        return self.filter(Q(partner__slug=slug) | Q(successor__slug=slug)).order_by(
            F("happened_on").asc(nulls_last=True), "published_at", "words"
        )


@tracked()
@kind(
    "Change of a partner",
    "Changes of partners",
    thing="partner",
    words="words",
    days=("happened_as",),
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    reach="partner",
)
class Succession(Statement):
    """What became of a partner: services moved, a new name, a merger, its end.

    ``successor``: the partner that followed. A body outside the partnership is named in
    ``successor_name`` instead. ``is_end``: the partner itself ended with it, so that nothing is due
    of it any more.
    """

    identity_fields = ("partner", "words")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="predecessions"
    )
    successor_name = models.CharField(max_length=200, blank=True)
    words = models.CharField("what happened", max_length=400)
    happened_as = AsWrittenField(blank=True)
    happened_on = models.DateField(null=True, blank=True)
    is_end = models.BooleanField("whether the partner ended with it", default=False)

    objects = SuccessionQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("partner", "words"),
            *shape_of(written_date, "happened_as"),
        ]

    @property
    def ended_on(self):
        """The first day on which an ended partner was no more; without one, the day it was said."""
        return self.happened_on or london_day(self.published_at)

    @property
    def when_words(self):
        """When it happened, in words: ``1 April 2017``, ``2019``, ``Date not known``."""
        return span(self.happened_as).in_words() if self.happened_as else "Date not known"


@tracked()
@kind(
    "Number of partners",
    "Numbers of partners",
    page="partners:list",
    words="says",
    number="number",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class PartnerCount(StatedCount):
    """How many partners a source says there are, however the source counts them."""

    class Meta(StatedCount.Meta):
        pass


@tracked()
@kind(
    "Mailbox of a partner",
    "Mailboxes of partners",
    is_housekeeping=True,
    thing="partner",
    words="address",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    reach="partner",
    takes_one=True,
)
class PartnerMailbox(Mailbox):
    """An email address at which a partner is written to."""

    identity_fields = ("partner", "used_for")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="mailboxes")

    class Meta(Mailbox.Meta):
        verbose_name_plural = "partner mailboxes"
        constraints = [*Mailbox.Meta.constraints, *one_live("partner", "used_for")]
