"""Clinical networks and the Integrated Care Communities (ICCs) in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, OuterRef, Prefetch, Q, Subquery, Value

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day, on_or_in
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.shapes import (
    LATITUDES,
    LONGITUDES,
    between,
    community_code,
    shape_of,
    written_date,
)
from bhcp_portal.kit.statements import (
    AsWrittenField,
    Mailbox,
    StatedCount,
    Statement,
    StatementQuerySet,
    one_live,
)
from bhcp_portal.kit.things import Thing
from partners.roles import KEEP_RECORD


@tracked()
class ClinicalNetwork(Thing):
    """One of the three networks that ICC teams work in."""

    class Meta(Thing.Meta):
        pass

    @classmethod
    def number_of(cls, key):
        """A subquery: the number, from 1, of the network whose id is in field ``key``; 0 for none.

        It is by the slugs of all networks, so that a network has one sign on every map and day.
        """
        before = cls.objects.filter(slug__lte=OuterRef(f"{key}__slug")).order_by()
        return Subquery(before.annotate(number=Func("pk", function="COUNT")).values("number"))


@tracked()
@kind(
    "Clinical network",
    "Clinical networks",
    page="iccs:list",
    words="name",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class NetworkProfile(Statement):
    """What a clinical network is called."""

    identity_fields = ("network",)

    network = models.ForeignKey(ClinicalNetwork, models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=100)

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, *one_live("network")]


@tracked()
class Icc(Thing):
    """An Integrated Care Community. ``code`` is one of the twelve of CONTRACT 3."""

    PAGE = "iccs:detail"
    CALLED = ("community", "communities")

    code = models.CharField(max_length=3, unique=True, validators=[community_code])

    class Meta(Thing.Meta):
        verbose_name = "ICC"
        constraints = [*Thing.Meta.constraints, *shape_of(community_code, "code")]

    def get_absolute_url(self):
        return self.page_of(self.slug)


class IccProfileQuerySet(StatementQuerySet):
    def earlier_names(self, at):
        """The names that communities have had by a moment, as a dict from primary key to a list."""
        found = {}
        versions = self.versions(at).order_by("published_at", "pk")
        for icc, name in versions.values_list("icc", "name"):
            names = found.setdefault(icc, [])
            if name not in names:
                names.append(name)
        return found

    def with_network_sign(self, at):
        """Adds what a map shows of the network: ``network_name`` at a moment and ``network_number``."""
        return self.annotate(
            network_name=ClinicalNetwork.name_at("network", at),
            network_number=ClinicalNetwork.number_of("network"),
        )

    def with_network(self, at):
        """Loads ICC and source, and the network's profile at a moment as ``network.profile``."""
        names = NetworkProfile.objects.live(at).with_sources(at)
        return (
            self.with_sources(at)
            .select_related("icc", "network")
            .prefetch_related(
                Prefetch("network__profiles", queryset=names, to_attr="live_profiles")
            )
        )


@tracked()
@kind(
    "Community", "Communities", thing="icc", words="about", writer=KEEP_RECORD, approver=KEEP_RECORD
)
class IccProfile(Statement):
    """What an ICC is called, where it is and which network it is in."""

    identity_fields = ("icc",)
    PROFILE_RELATED = ("network",)

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
        "latitude of the main town",
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=between(*LATITUDES),
    )
    longitude = models.DecimalField(
        "longitude of the main town",
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=between(*LONGITUDES),
    )
    began_as = AsWrittenField("when it began", blank=True, default="", db_default="")
    began_on = models.DateField("its first day", null=True, blank=True)

    objects = IccProfileQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = "ICC profile"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("icc"),
            models.CheckConstraint(
                name="iccs_iccprofile_on_the_map",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    latitude__range=LATITUDES,
                    longitude__isnull=False,
                    longitude__range=LONGITUDES,
                ),
                violation_error_message="Give both the latitude (−90 to 90) and the longitude "
                "(−180 to 180) of its main town, or neither.",
            ),
            *shape_of(written_date, "began_as"),
        ]

    def is_begun(self, day):
        """Whether it had begun by a day. Where no source says when, it had."""
        return self.began_on is None or self.began_on <= day

    @property
    def began_words(self):
        """When it began: ``on 1 April 2027``; empty if no source says."""
        return on_or_in(self.began_as) if self.began_as else ""


@tracked()
@kind(
    "Community named",
    "Communities named",
    is_housekeeping=True,
    thing="icc",
    words="named_as",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class IccMention(Statement):
    """A source names an ICC, by the name ``named_as``.

    The newest mention shows when a source last attests the ICC.
    """

    identity_fields = ("icc", "source")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="mentions")
    named_as = models.CharField(max_length=100)

    class Meta(Statement.Meta):
        verbose_name = "ICC mention"
        constraints = [*Statement.Meta.constraints, *one_live("icc", "source")]


class IccSuccessionQuerySet(StatementQuerySet):
    def endings(self):
        """The successions with which an ICC ended: it was merged or split, not just renamed."""
        return self.exclude(kind=self.model.Kind.RENAMED)

    def endings_by(self, day):
        """The endings that had come by a day; those without one came when they were said."""
        return self.endings().filter(Q(happened_on__isnull=True) | Q(happened_on__lte=day))

    def touching(self, icc):
        """The successions that an ICC came out of or went into."""
        return self.filter(Q(icc=icc) | Q(successor=icc))

    def with_names(self, at, day):
        """Loads both ICCs and the source, and adds ``icc_name`` and ``successor_name`` at a moment.

        ``day``: the day the page is read on, which ``words`` needs.
        """
        return (
            self.with_sources(at)
            .select_related("icc", "successor")
            .annotate(
                icc_name=Icc.called_at("icc", at),
                successor_name=Icc.called_at("successor", at),
                on_day=Value(day, models.DateField()),
            )
            .order_by("published_at", "pk")
        )


ANNOUNCED = {
    "merged": "is to become part of",
    "split": "is to be split into",
    "renamed": "is to be renamed",
}


@tracked()
@kind(
    "Community changed",
    "Communities changed",
    thing="icc",
    code="kind",
    other="successor",
    announced=ANNOUNCED,
    days=("happened_as",),
    reads_on=True,
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class IccSuccession(Statement):
    """What became of an ICC, as a source says: merged, split or renamed."""

    identity_fields = ("icc", "successor")

    class Kind(models.TextChoices):
        MERGED = "merged", "became part of"
        SPLIT = "split", "was split into"
        RENAMED = "renamed", "was renamed"

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Icc, models.PROTECT, related_name="predecessions")
    kind = models.CharField(max_length=10, choices=Kind)
    happened_as = AsWrittenField(blank=True)
    happened_on = models.DateField(null=True, blank=True)

    objects = IccSuccessionQuerySet.as_manager()

    class Meta(Statement.Meta):
        verbose_name = "ICC succession"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("icc", "successor"),
            models.CheckConstraint(
                name="iccs_iccsuccession_not_itself",
                condition=~Q(icc=models.F("successor")),
                violation_error_message="Choose another community: none follows itself.",
            ),
            *shape_of(written_date, "happened_as"),
        ]

    @property
    def is_end(self):
        """Whether the ICC ended with it: it was not just renamed."""
        return self.kind != self.Kind.RENAMED

    @property
    def ended_on(self):
        """The first day on which an ended ICC was no more; without one, the day it was said."""
        return self.happened_on or london_day(self.published_at)

    @property
    def words(self):
        """What happened: ``became part of``, or before that day ``is to become part of``."""
        if self.happened_on and self.happened_on > self.on_day:
            return ANNOUNCED[self.kind]
        return self.get_kind_display()

    @property
    def when_words(self):
        """When it happened: ``on 1 April 2018``, ``in 2018``, ``(date not known)``."""
        return on_or_in(self.happened_as) if self.happened_as else "(date not known)"


def joined(successions):
    """Successions in lists of those that one sentence tells: of one ICC, alike but for the successor."""
    found = {}
    for each in successions:
        alike = (
            each.icc_id,
            each.words,
            each.happened_as,
            each.source_id,
            each.certainty,
            each.note,
        )
        found.setdefault(alike, []).append(each)
    return list(found.values())


@tracked()
@kind(
    "Number of communities",
    "Numbers of communities",
    page="iccs:list",
    words="says",
    number="number",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class IccCount(StatedCount):
    """How many ICCs a source says there are."""

    class Meta(StatedCount.Meta):
        verbose_name = "ICC count"


@tracked()
@kind(
    "Mailbox of a community",
    "Mailboxes of communities",
    is_housekeeping=True,
    thing="icc",
    words="address",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
    takes_one=True,
)
class IccMailbox(Mailbox):
    """An email address at which the team of an ICC is written to."""

    identity_fields = ("icc", "used_for")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="mailboxes")

    class Meta(Mailbox.Meta):
        verbose_name = "ICC mailbox"
        verbose_name_plural = "ICC mailboxes"
        constraints = [*Mailbox.Meta.constraints, *one_live("icc", "used_for")]
