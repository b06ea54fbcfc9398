"""The work programmes: what each is for, who runs it and where."""

from datetime import datetime
from itertools import groupby

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import JSONObject

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import in_month, london_day, span
from bhcp_portal.kit.kinds import field_at, kind
from bhcp_portal.kit.statements import WRITTEN_DATE_LENGTH, Statement, StatementQuerySet, one_live
from bhcp_portal.kit.things import Thing, ThingQuerySet
from iccs.models import Icc, IccProfile
from partners.models import Partner, PartnerName


class Objective(models.TextChoices):
    HEALTH = "better_health", "Better Health"
    CARE = "better_care", "Better Care"
    SUSTAINABLE = "delivered_sustainably", "Delivered Sustainably"


WRITTEN_ABOUT = "Last written about"
# Every kind of statement that speaks of a programme, its way to the programme and what it did; of several of
# one moment, the later in this list counts.
SPEAK_OF_IT = (
    ("profiles", "programme", WRITTEN_ABOUT),
    ("partner_links", "programme", WRITTEN_ABOUT),
    ("icc_links", "programme", WRITTEN_ABOUT),
    ("news_versions", "programmes", "News of it was last published"),
    ("money", "programme", "An amount of money was last given"),
    ("figures", "programme", "A figure was last given"),
    ("milestones__dates", "milestone__programme", "A milestone was last reported"),
    ("updates", "programme", "Last reported"),
)


def _published(relation, at):
    """The statements of one kind, reached by its relation, that were published by a moment."""
    return field_at(Programme, relation).related_model.objects.published_by(at)


def _newest_annotation(relation):
    return f"newest_of_{relation}"


def newest_of_each_kind(key, at):
    """Annotations, one for each kind of statement: the newest by a moment on the programme whose key stands in
    a field, as a pair of its ``published_at`` and its ``published_as``. ``report_words`` reads them."""
    pair = JSONObject(at="published_at", written="published_as")
    return {
        _newest_annotation(relation): Subquery(
            _published(relation, at)
            .filter(**{way: OuterRef(key)})
            .order_by("-published_at")
            .annotate(pair=pair)
            .values("pair")[:1]
        )
        for relation, way, _ in SPEAK_OF_IT
    }


def report_words(row):
    """What was last said and when, of a row with ``newest_of_each_kind``: ``Last reported in November 2019``."""
    newest = (
        (datetime.fromisoformat(pair["at"]), number, pair["written"])
        for number, (relation, _, _) in enumerate(SPEAK_OF_IT)
        if (pair := getattr(row, _newest_annotation(relation)))
    )
    moment, number, written = max(newest)
    return f"{SPEAK_OF_IT[number][-1]} {in_month(written or london_day(moment).isoformat())}"


class ProgrammeQuerySet(ThingQuerySet):
    def with_status(self, at):
        """Adds the primary key of each one's newest status at a moment, as ``status_pk``."""
        updates = _published("updates", at).live(at)
        newest = updates.filter(programme=OuterRef("pk")).newest_first()
        return self.annotate(status_pk=Subquery(newest.values("pk")[:1]))

    def with_last_report(self, at):
        """Adds when anything was last said of each by a moment: read ``programme.last_report``."""
        return self.annotate(**newest_of_each_kind("pk", at))

    def with_rows(self, at, day):
        """Loads what a row of a list says of each, in three queries (``programmes/_row.html``).

        Read ``profile`` (with ``parent_name``), ``standing`` and ``last_report``. By name.
        """
        updates = self.model._meta.get_field("updates").related_model
        name = ProgrammeProfile.objects.live(at).filter(programme=OuterRef("pk")).values("name")
        return (
            self.known_at(at)
            .with_last_report(at)
            .annotate(
                read_at=Value(at, output_field=models.DateTimeField()),
                on_day=Value(day, output_field=models.DateField()),
                name_then=Subquery(name[:1]),
            )
            .prefetch_related(
                Prefetch(
                    "profiles",
                    queryset=ProgrammeProfile.objects.live(at)
                    .with_names(at)
                    .select_related("parent", "merged_into"),
                    to_attr="live_profiles",
                ),
                Prefetch(
                    "updates",
                    queryset=updates.objects.one_each(at).with_names(at),
                    to_attr="newest_updates",
                ),
            )
            .order_by("name_then", "slug")
        )

    def in_the_tree(self, at):
        """Those known at a moment as (key, slug, name, parent's key), by name; two light queries.

        Two, as one would nest a question in a question in a question: where the database has not measured
        its tables yet, it answers that row by row by row.
        """
        chosen = list(self.values_list("pk", flat=True))
        return (
            ProgrammeProfile.objects.live(at)
            .filter(programme__in=chosen)
            .order_by("name", "programme__slug")
            .values_list("programme", "programme__slug", "name", "parent")
        )

    def last_reported_as(self, status, at):
        """Those whose newest status at a moment is this one; ``none``: whose status was not reported."""
        updates = _published("updates", at).live(at).filter(programme=OuterRef("pk"))
        newest = Subquery(updates.newest_first().values("status")[:1])
        # One row looked up for each programme: quick whatever the database believes of its tables.
        found = self.annotate(status_then=newest)
        if status == "none":
            return found.filter(Q(status_then__isnull=True) | Q(status_then=""))
        return found.filter(status_then=status)

    def serving(self, objective, at):
        """Those that a source had put under an objective by a moment."""
        profiles = ProgrammeProfile.objects.live(at).filter(objectives__contains=[objective])
        return self.filter(pk__in=profiles.values("programme"))

    def with_partner(self, partner, at):
        """Those that a partner has, or had, a role on, as far as had been said by a moment."""
        return self.filter(
            pk__in=ProgrammePartner.objects.live(at).filter(partner=partner).values("programme")
        )

    def in_icc(self, icc, at):
        """Those that a source places in an ICC."""
        return self.filter(pk__in=ProgrammeIcc.objects.live(at).filter(icc=icc).values("programme"))

    def chosen_by(self, *, at, status="", objective="", partner=None, icc=None, q=""):
        """Those known at a moment that the filters of the list leave (CONTRACT 2)."""
        found = self.known_at(at)
        if status:
            found = found.last_reported_as(status, at)
        if objective:
            found = found.serving(objective, at)
        if partner:
            found = found.with_partner(partner, at)
        if icc:
            found = found.in_icc(icc, at)
        return found.naming(q, at) if q else found

    def naming(self, words, at):
        """Those whose name or purpose holds every one of the words."""
        profiles = ProgrammeProfile.objects.live(at)
        for word in words.split():
            profiles = profiles.filter(Q(name__icontains=word) | Q(purpose__icontains=word))
        return self.filter(pk__in=profiles.values("programme"))

    def led_by(self, partners, at):
        """Those whose lead at a moment is one of the partners."""
        links = (
            ProgrammePartner.objects.live(at)
            .on(london_day(at))
            .filter(role=ProgrammePartner.Role.LEAD, partner__in=partners)
        )
        return self.filter(pk__in=links.values("programme"))

    def accessible_to(self, user, permission, at):
        """Those that a person may do a thing to: all, or those their partner leads.

        A programme with no single lead is reached only by people whose role is held for all.
        """
        partners = user.partner_scope(permission)
        return self if partners is None else self.led_by(partners, at)


@tracked()
class Programme(Thing):
    """One of the partnership's work programmes."""

    PAGE = "programmes:detail"

    objects = ProgrammeQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return self.page_of(self.slug)

    @property
    def newest_update(self):
        """The update that says how it stands, from ``with_rows``; ``None`` where there is none."""
        return self.newest_updates[0] if self.newest_updates else None

    @property
    def standing(self):
        """How it stands at the moment and on the day given to ``with_rows``."""
        return self.updates.model.standing_of(self.newest_update, self.read_at, self.on_day)

    @property
    def last_report(self):
        """What was last said of it and when, from ``with_last_report``: see ``report_words``."""
        return report_words(self)


class ProgrammeProfileQuerySet(StatementQuerySet):
    def with_names(self, at):
        """Adds ``parent_name`` and ``merged_into_name``, as they were at a moment."""
        return self.annotate(
            parent_name=Programme.name_at("parent", at),
            merged_into_name=Programme.name_at("merged_into", at),
        )

    def family_of(self, slug, at):
        """What stood at a moment of a programme and of those next to it in the tree, in one query:
        its parent and parts, what it merged into and what merged into it.

        Adds ``newest_of_each_kind``, which ``report_words`` puts into words.
        """
        live = self.live(at)
        own = live.filter(programme__slug=slug)
        updates = _published("updates", at).live(at).filter(programme__slug=slug)
        return (
            live.filter(
                Q(programme__slug=slug)
                | Q(parent__slug=slug)
                | Q(merged_into__slug=slug)
                | Q(programme__in=own.values("parent"))
                | Q(programme__in=own.values("merged_into"))
                | Q(programme__in=updates.values("merged_into"))
            )
            .annotate(**newest_of_each_kind("programme", at))
            .select_related("programme", "source")
        )


@tracked()
@kind("Programme", "Programmes", thing="programme", words="purpose", is_work=True)
class ProgrammeProfile(Statement):
    """What a programme is called and for, when it ran, and its place in the tree."""

    identity_fields = ("programme",)
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

    objects = ProgrammeProfileQuerySet.as_manager()

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
    def with_programme_rows(self, at, day):
        """Loads each link's ``programme`` as ``programmes/_row.html`` shows it; four queries in all.

        For the pages of partners and ICCs: ``icc.programme_links.live(at).with_programme_rows(at, day)``.
        In the order of the programmes' names; a programme of which nothing had been said is left out.
        """
        return (
            self.filter(programme__in=Programme.objects.known_at(at))
            .annotate(programme_name=Programme.name_at("programme", at))
            .select_related("source")
            .prefetch_related(Prefetch("programme", queryset=Programme.objects.with_rows(at, day)))
            .order_by("programme_name", "pk")
        )

    def by_programme(self):
        """Reads them ``with_programme_rows`` as pairs of a programme and its links."""
        return [
            (links[0].programme, links)
            for links in (list(same) for _, same in groupby(self, lambda link: link.programme_id))
        ]


class ProgrammeIccQuerySet(ProgrammeLinkQuerySet):
    def by_icc_name(self, at):
        """Those of which the ICC is known at a moment, with ``icc_name``, by it."""
        return (
            self.select_related("icc", "source")
            .annotate(icc_name=Icc.name_at("icc", at))
            .exclude(icc_name=None)
            .order_by("icc_name", "pk")
        )


class ProgrammePartnerQuerySet(ProgrammeLinkQuerySet):
    def iccs(self, at):
        """What was said at a moment of the ICCs that a source places these links' programmes in, by name."""
        placed = ProgrammeIcc.objects.live(at).filter(programme__in=self.values("programme"))
        return (
            IccProfile.objects.live(at)
            .filter(icc__in=placed.values("icc"))
            .select_related("icc")
            .order_by("name")
        )

    def with_partner_names(self, at):
        """Loads each link's partner with the names said by a moment: ``partner.name_on(day)``."""
        return self.select_related("partner", "source").prefetch_related(
            Prefetch(
                "partner__names",
                queryset=PartnerName.objects.live(at).in_turn(),
                to_attr="live_names",
            )
        )

    def on(self, day):
        """Those in force on a day, as far as their dates are known."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gt=day),
        )


@tracked()
@kind("Partner on a programme", "Partners on programmes", thing="programme", code="role")
class ProgrammePartner(Statement):
    """What a partner does on a programme, between two days where they are known.

    At most one leads at a time: where a source names several, or the whole partnership, none does.
    """

    identity_fields = ("programme", "partner", "role")

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

    objects = ProgrammePartnerQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            one_live("programme", "partner", "role"),
        ]

    @property
    def words(self):
        """``Lead``, ``Delivers it, from April 2018``."""
        since = f", from {span(self.starts_as).in_words()}" if self.starts_as else ""
        until = f", until {span(self.ends_as).in_words()}" if self.ends_as else ""
        return f"{self.get_role_display()}{since}{until}"

    def is_on(self, day):
        """Whether it is in force on a day, as far as its dates are known."""
        begun = self.starts_on is None or self.starts_on <= day
        return begun and (self.ends_on is None or self.ends_on > day)


@tracked()
@kind("Programme in a community", "Programmes in communities", thing="programme", words="words")
class ProgrammeIcc(Statement):
    """That a source places a programme's work in an ICC."""

    identity_fields = ("programme", "icc")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="icc_links")
    icc = models.ForeignKey(Icc, models.PROTECT, related_name="programme_links")
    words = models.CharField("what is done there", max_length=300, blank=True)

    objects = ProgrammeIccQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [*Statement.Meta.constraints, one_live("programme", "icc")]
