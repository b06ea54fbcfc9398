"""The work programmes: what each is for, who runs it and where."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import JSONObject

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import in_month, london_day, on_or_in, span
from bhcp_portal.kit.kinds import field_at, kind
from bhcp_portal.kit.shapes import shape_of, written_date
from bhcp_portal.kit.statements import (
    AsWrittenField,
    Ending,
    EndingQuerySet,
    Statement,
    StatementQuerySet,
    one_live,
)
from bhcp_portal.kit.things import Thing, ThingQuerySet
from iccs.models import Icc, IccProfile
from partners.models import Partner, PartnerName
from partners.roles import DECIDE_PROGRAMMES, WRITE_PROGRAMMES


class Objective(models.TextChoices):
    HEALTH = "better_health", "Better Health"
    CARE = "better_care", "Better Care"
    SUSTAINABLE = "delivered_sustainably", "Delivered Sustainably"


# So many words of a purpose fit in a list, and where a longer sentence may end before.
SHORT = 13
CLAUSE = re.compile(r"[:;] |,? so that |, (?:because|but) ")
WRITTEN_ABOUT = "Last written about"
# A link that ends only follows from another act: communities become one, or a partner leaves.
IS_ENDED_LINK = Q(ends_on__isnull=False) & ~Q(reason="")
# A milestone that is only planned is no report.
IS_PLAN = Q(state="planned")
# What a list shows of a stage.
STAGE_FIELDS = (
    "stage",
    "source_words",
    "is_our_reading",
    "published_as",
    "published_at",
    "source_id",
    "certainty",
)
# What tells how old a status is.
UPDATE_FIELDS = ("status", "published_as", "published_at", "period")
# Every kind of statement about a programme: the relation to it, its field that leads back to the
# programme, which of them count and the words for the list. Of several from one moment, the last
# in this list counts.
SPEAK_OF_IT = (
    ("profiles", "programme", Q(), WRITTEN_ABOUT),
    ("partner_links", "programme", ~IS_ENDED_LINK, WRITTEN_ABOUT),
    ("icc_links", "programme", ~IS_ENDED_LINK, WRITTEN_ABOUT),
    ("news_versions", "programmes", Q(), "News of it was last published"),
    ("stages", "programme", Q(), WRITTEN_ABOUT),
    ("money", "programme", Q(), "An amount of money was last given"),
    ("figures", "programme", Q(), "A figure was last given"),
    (
        "milestones__dates",
        "milestone__programme",
        IS_PLAN,
        "A plan for a milestone was last published",
    ),
    ("milestones__dates", "milestone__programme", ~IS_PLAN, "A milestone was last reported"),
    ("updates", "programme", Q(), "Last reported"),
)


def _published(relation, at):
    """The statements of one kind, named by its relation, that were published by a moment."""
    return field_at(Programme, relation).related_model.objects.published_by(at)


def newest_of_each_kind(key, at):
    """Annotations with the date of the newest statement of each kind about a programme.

    ``key``: the field that holds the programme's primary key. Each annotation is a dict of ``at``
    and ``written`` (the statement's ``published_at`` and ``published_as``), or ``None`` if nothing
    was published by the moment. ``report_words`` puts them into words.
    """
    pair = JSONObject(at="published_at", written="published_as")
    return {
        f"newest_{number}": Subquery(
            _published(relation, at)
            .filter(which, **{way: OuterRef(key)})
            .order_by("-published_at")
            .annotate(pair=pair)
            .values("pair")[:1]
        )
        for number, (relation, way, which, _) in enumerate(SPEAK_OF_IT)
    }


def newest_report(row):
    """Of the statements of ``newest_of_each_kind`` the last: its words and its day or period, as written."""
    newest = (
        (datetime.fromisoformat(pair["at"]), number, pair["written"])
        for number in range(len(SPEAK_OF_IT))
        if (pair := getattr(row, f"newest_{number}"))
    )
    moment, number, written = max(newest)
    return SPEAK_OF_IT[number][-1], written or london_day(moment).isoformat()


def report_words(row):
    """What was last said of a programme and when, such as ``Last reported in November 2019``.

    ``row``: any row with the annotations of ``newest_of_each_kind``.
    """
    words, written = newest_report(row)
    return f"{words} {in_month(written)}"


class ProgrammeQuerySet(ThingQuerySet):
    def with_status(self, at):
        """Adds what is live at a moment: ``status_pk``, the primary key of the newest update, and
        ``stage_code``, how far the programme has come; ``None`` where nothing is said.
        """
        updates = _published("updates", at).live(at)
        newest = updates.filter(programme=OuterRef("pk")).newest_first()
        stages = _published("stages", at).live(at).filter(programme=OuterRef("pk"))
        return self.annotate(
            status_pk=Subquery(newest.values("pk")[:1]),
            stage_code=Subquery(stages.values("stage")[:1]),
        )

    def with_states(self, at):
        """Adds what ``last_update`` and ``is_over`` read, beside what ``with_status`` does."""
        updates = _published("updates", at).live(at).filter(programme=OuterRef("pk"))
        update = updates.newest_first().values(
            fields=JSONObject(**{name: name for name in UPDATE_FIELDS})
        )
        profiles = ProgrammeProfile.objects.live(at).filter(programme=OuterRef("pk"))
        return self.with_status(at).annotate(
            update_then=Subquery(update[:1]),
            ends_then=Subquery(profiles.values("ends_on")[:1]),
            into_then=Subquery(profiles.values("merged_into")[:1]),
        )

    def with_last_report(self, at):
        """Adds what ``programme.last_report`` reads: when it was last written about by a moment."""
        return self.annotate(**newest_of_each_kind("pk", at))

    def with_rows(self, at, day):
        """The programmes known at a moment, by name, with all that ``programmes/_row.html`` shows.

        Read ``profile`` (with ``parent_name``), ``stage``, ``standing`` and ``last_report``. Three
        queries.
        ``day``: the day the page is read on, in London.
        """
        updates = self.model._meta.get_field("updates").related_model
        stages = _published("stages", at).live(at).filter(programme=OuterRef("pk"))
        stage = stages.values(fields=JSONObject(**{name: name for name in STAGE_FIELDS}))
        name = ProgrammeProfile.objects.live(at).filter(programme=OuterRef("pk")).values("name")
        return (
            self.known_at(at)
            .with_last_report(at)
            .annotate(
                read_at=Value(at, output_field=models.DateTimeField()),
                on_day=Value(day, output_field=models.DateField()),
                name_then=Subquery(name[:1]),
                stage_then=Subquery(stage[:1]),
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
        """The programmes known at a moment, as tuples (key, slug, name, parent's key), by name.

        Keys are primary keys. This takes two small queries on purpose: one would nest three
        subqueries, which the database runs row by row as long as it has no statistics on its
        tables.
        """
        chosen = list(self.values_list("pk", flat=True))
        return (
            ProgrammeProfile.objects.live(at)
            .filter(programme__in=chosen)
            .order_by("name", "programme__slug")
            .values_list("programme", "programme__slug", "name", "parent")
        )

    def last_reported_as(self, status, at):
        """The programmes whose newest update at a moment has this status.

        With ``none`` as the status, those for which no status was reported.
        """
        updates = _published("updates", at).live(at).filter(programme=OuterRef("pk"))
        newest = Subquery(updates.newest_first().values("status")[:1])
        # A subquery looks up one row per programme. That is quick even without table statistics.
        found = self.annotate(status_then=newest)
        if status == "none":
            return found.filter(Q(status_then__isnull=True) | Q(status_then=""))
        return found.filter(status_then=status)

    def at_stage(self, stage, at):
        """The programmes that had come as far as a stage, as published by a moment."""
        stages = _published("stages", at).live(at).filter(stage=stage)
        return self.filter(pk__in=stages.values("programme"))

    def serving(self, objective, at):
        """The programmes that a source has put under an objective, as published by a moment."""
        profiles = ProgrammeProfile.objects.live(at).filter(objectives__contains=[objective])
        return self.filter(pk__in=profiles.values("programme"))

    def with_partner(self, partner, at):
        """The programmes on which a partner has or had a role, as published by a moment."""
        return self.filter(
            pk__in=ProgrammePartner.objects.live(at).filter(partner=partner).values("programme")
        )

    def in_icc(self, icc, at):
        """The programmes that a source places in an ICC, as published by a moment."""
        placed = ProgrammeIcc.objects.live(at).on(london_day(at)).filter(icc=icc)
        return self.filter(pk__in=placed.values("programme"))

    def chosen_by(self, *, at, status="", stage="", objective="", partner=None, icc=None, q=""):
        """The programmes known at a moment that match the filters of the list (CONTRACT 2).

        Empty filters are ignored. ``status``: see ``last_reported_as``. ``q``: see ``naming``.
        """
        found = self.known_at(at)
        if status:
            found = found.last_reported_as(status, at)
        if stage:
            found = found.at_stage(stage, at)
        if objective:
            found = found.serving(objective, at)
        if partner:
            found = found.with_partner(partner, at)
        if icc:
            found = found.in_icc(icc, at)
        return found.naming(q, at) if q else found

    def naming(self, words, at):
        """The programmes whose name, purpose or objectives have every word of a text.

        A word matches in each of its English forms (“eye”, “eyes”), and as a part of a word of the
        name or purpose.
        """
        objectives = Func(
            Func(F("objectives"), Value(" "), function="array_to_string"),
            Value("_"),
            Value(" "),
            function="replace",
            output_field=models.TextField(),
        )
        vector = SearchVector("name", "purpose", "strand", objectives, config="english")
        profiles = ProgrammeProfile.objects.live(at).annotate(vector=vector)
        for word in words.split():
            stem = SearchQuery(word, config="english")
            profiles = profiles.filter(
                Q(vector=stem) | Q(name__icontains=word) | Q(purpose__icontains=word)
            )
        return self.filter(pk__in=profiles.values("programme"))

    def led_by(self, partners, at):
        """The programmes whose lead at a moment is one of some partners."""
        links = ProgrammePartner.objects.leads(at).filter(partner__in=partners)
        return self.filter(pk__in=links.values("programme"))

    def partner_names(self, at):
        named = ProgrammePartner.objects.leads(at).annotate(called=Partner.called_at("partner", at))
        return dict(named.filter(programme__in=self).values_list("programme", "called"))

    def accessible_to(self, user, permission, at):
        """The programmes for which a person has a permission.

        That is all of them if the permission is held for all partners, else those led by one of the
        partners that it is held for. So a programme without a single lead needs a permission for
        all.
        """
        partners = user.partner_scope(permission)
        return self if partners is None else self.led_by(partners, at)


@dataclass(frozen=True, slots=True)
class ProgrammeEnd:
    """That a programme has ended. ``words`` say so, as the beginning of a sentence; ``remedy`` says
    what to do if that is wrong. ``ends_on``: the day, if it is known. ``profile``: the one that says
    so, if one does.
    """

    words: str
    remedy: str
    ends_on: date | None = None
    is_by_status: bool = False
    profile: "ProgrammeProfile | None" = None

    @property
    def for_milestones(self) -> str:
        """What it leaves to say of its milestones."""
        return f"{self.words}, so its milestones can only be said to be done or dropped."


@tracked()
class Programme(Thing):
    """One of the partnership's work programmes."""

    PAGE = "programmes:detail"

    objects = ProgrammeQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return self.page_of(self.slug)

    def end_at(self, at):
        """The ``ProgrammeEnd`` by a moment; ``None`` if it goes on.

        It has ended from its end date on, or if its stage or its last status says so.
        """
        profile = self.profiles.live(at).first()
        if profile and profile.has_ended(london_day(at)):
            wrong = "its end date" if profile.ends_as else "what it became part of"
            remedy = f"If that is wrong, correct {wrong} first."
            return ProgrammeEnd(profile.end_words, remedy, profile.ends_on, profile=profile)
        stage = self.stages.live(at).first()
        if stage and stage.is_end:
            words = f"The programme’s stage is “{stage.get_stage_display()}”"
            return ProgrammeEnd(words, "If that is wrong, correct its stage first.")
        last = self.updates.live(at).newest_first().first()
        if last and last.is_end:
            words = f"The programme’s last status is “{last.get_status_display()}”"
            remedy = "If that is wrong, correct it or take it back."
            return ProgrammeEnd(words, remedy, is_by_status=True)
        return None

    @property
    def last_update(self):
        """The newest status update, with ``UPDATE_FIELDS`` alone, from ``with_states``; or ``None``."""
        if self.update_then is None:
            return None
        period = self.update_then["period"]
        fields = self.update_then | {
            "published_at": datetime.fromisoformat(self.update_then["published_at"]),
            "period": date.fromisoformat(period) if period else None,
        }
        return self.updates.model(**fields)

    def is_over(self, day):
        """Whether it had ended by a day: by its dates, its stage or its last status (``with_states``)."""
        profile = self.profiles.model(ends_on=self.ends_then, merged_into_id=self.into_then)
        stage = self.stages.model(stage=self.stage_code or "")
        update = self.last_update
        return profile.has_ended(day) or stage.is_end or (update is not None and update.is_end)

    @property
    def newest_update(self):
        """The update that says how the programme stands, from ``with_rows``; or ``None``."""
        return self.newest_updates[0] if self.newest_updates else None

    @property
    def stage(self):
        """How far it has come, from ``with_rows``; or ``None``."""
        if self.stage_then is None:
            return None
        fields = self.stage_then | {
            "published_at": datetime.fromisoformat(self.stage_then["published_at"])
        }
        return self.stages.model(**fields)

    @property
    def standing(self):
        """The ``Standing`` at the moment and on the day given to ``with_rows``."""
        has_ended = self.profile is not None and self.profile.has_ended(self.on_day)
        return self.updates.model.standing_of(
            self.newest_update, self.read_at, self.on_day, has_ended=has_ended
        )

    @property
    def last_report(self):
        """What was last said of it and when, from ``with_last_report``: see ``report_words``."""
        return report_words(self)


def first_clause(text):
    """The first sentence of a text; of a long one the part before its first clause ends."""
    sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    if len(sentence.split()) <= SHORT:
        return sentence
    clause = CLAUSE.split(sentence, maxsplit=1)[0]
    return sentence if clause == sentence else f"{clause}."


class ProgrammeProfileQuerySet(StatementQuerySet):
    def with_names(self, at):
        """Adds ``parent_name`` and ``merged_into_name``, the names at a moment."""
        return self.annotate(
            parent_name=Programme.name_at("parent", at),
            merged_into_name=Programme.name_at("merged_into", at),
        )

    def family_of(self, slug, at):
        """The profiles, live at a moment, of a programme and of those next to it; one query.

        Next to it are its parent, its parts, what it merged into and what merged into it. Adds the
        annotations that ``report_words`` reads, and ``end_reason``: why it was said first that it ends
        when it does.
        """
        live = self.live(at)
        own = live.filter(programme__slug=slug)
        updates = _published("updates", at).live(at).filter(programme__slug=slug)
        same_end = ProgrammeProfile.objects.versions(at).filter(
            programme=OuterRef("programme"), ends_as=OuterRef("ends_as")
        )
        first_with_end = same_end.exclude(ends_as="").oldest_first(at)
        return (
            live.filter(
                Q(programme__slug=slug)
                | Q(parent__slug=slug)
                | Q(merged_into__slug=slug)
                | Q(programme__in=own.values("parent"))
                | Q(programme__in=own.values("merged_into"))
                | Q(programme__in=updates.values("merged_into"))
            )
            .annotate(
                **newest_of_each_kind("programme", at),
                end_reason=Subquery(first_with_end.values("reason")[:1]),
            )
            .with_sources(at)
            .select_related("programme")
        )


@tracked()
@kind(
    "Programme",
    "Programmes",
    thing="programme",
    words="purpose",
    ends="ends_as",
    is_work=True,
    writer=WRITE_PROGRAMMES,
    approver=DECIDE_PROGRAMMES,
    reach="programme",
)
class ProgrammeProfile(Statement):
    """What a programme is called and for, when it ran, and its place in the tree."""

    identity_fields = ("programme",)
    PROFILE_RELATED = ("parent", "merged_into")

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
    where_words = models.CharField(
        "where it is offered, in the source's words",
        max_length=120,
        blank=True,
        default="",
        db_default="",
    )
    starts_as = AsWrittenField(blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_as = AsWrittenField(blank=True)
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
            *one_live("programme"),
            models.CheckConstraint(
                name="programmes_profile_not_its_own_parent",
                condition=(Q(parent__isnull=True) | ~Q(parent=models.F("programme")))
                & (Q(merged_into__isnull=True) | ~Q(merged_into=models.F("programme"))),
                violation_error_message="Choose another programme: none is part of itself.",
            ),
            *shape_of(written_date, "starts_as", "ends_as"),
        ]

    @property
    def in_short(self):
        """What it is for in one sentence or clause, for a list."""
        return first_clause(self.purpose)

    @property
    def first_start(self):
        """The first day on which it may have started; ``None`` if nobody says."""
        return span(self.starts_as).first if self.starts_as else None

    @property
    def end_words(self):
        """That the programme has ended, and when, as the beginning of a sentence."""
        if self.ends_as:
            return f"The programme ended {on_or_in(self.ends_as)}"
        return "The programme became part of another"

    @property
    def end_when(self):
        """When it ended or is meant to, such as ``on 1 June 2026``."""
        return on_or_in(self.ends_as)

    def has_ended(self, day):
        """Whether the programme had ended, or gone on as part of another, on a day."""
        if self.ends_on is None:
            return self.merged_into_id is not None
        return self.ends_on <= day


class ProgrammeLinkQuerySet(StatementQuerySet):
    def with_programme_rows(self, at, day):
        """The links by programme name, each ``programme`` loaded for ``programmes/_row.html``.

        For the pages of partners and ICCs: ``icc.programme_links.live(at).with_programme_rows(at,
        day)``. Links to programmes not known at the moment are left out. Three queries.
        """
        return (
            self.filter(programme__in=Programme.objects.known_at(at))
            .annotate(programme_name=Programme.name_at("programme", at))
            .with_sources(at)
            .prefetch_related(Prefetch("programme", queryset=Programme.objects.with_rows(at, day)))
            .order_by("programme_name", "pk")
        )

    def by_programme(self):
        """A list of pairs (programme, list of its links). Call it on ``with_programme_rows``."""
        return [
            (links[0].programme, links)
            for links in (list(same) for _, same in groupby(self, lambda link: link.programme_id))
        ]


class ProgrammeIccQuerySet(EndingQuerySet, ProgrammeLinkQuerySet):
    def by_icc_name(self, at):
        """The links whose ICC is known at a moment, sorted by its name.

        Adds the name as ``icc_name``, and loads ICC and source.
        """
        return (
            self.with_sources(at)
            .select_related("icc")
            .annotate(icc_name=Icc.name_at("icc", at))
            .exclude(icc_name=None)
            .order_by("icc_name", "pk")
        )

    def most_local_first(self, at, day):
        """Those of programmes in fewest communities first. Call it on ``with_programme_rows``."""
        standing = ProgrammeIcc.objects.live(at).on(day).filter(programme=OuterRef("programme"))
        counted = standing.order_by().values("programme").values(n=Count("icc", distinct=True))
        return self.annotate(communities=counted).order_by("communities", "programme_name", "pk")


class ProgrammePartnerQuerySet(ProgrammeLinkQuerySet):
    def iccs(self, at):
        """The ICC profiles, live at a moment and by name, of where these links' programmes work."""
        standing = ProgrammeIcc.objects.live(at).on(london_day(at))
        placed = standing.filter(programme__in=self.values("programme"))
        return (
            IccProfile.objects.live(at)
            .filter(icc__in=placed.values("icc"))
            .select_related("icc")
            .order_by("name")
        )

    def with_late_milestones(self, at, day):
        """Adds ``late_then``: the open milestones of its programme whose day has passed, by their day,
        as dicts of ``title`` and ``due_as``.
        """
        dates = field_at(Programme, "milestones__dates").related_model.objects.live(at)
        late = dates.late_on(day).filter(milestone__programme=OuterRef("programme"))
        found = late.order_by("due_on", "title").values(
            fields=JSONObject(title="title", due_as="due_as")
        )
        return self.annotate(late_then=ArraySubquery(found))

    def with_partner_names(self, at):
        """Loads each link's partner with its names at a moment: read ``partner.name_on(day)``."""
        return (
            self.with_sources(at)
            .select_related("partner")
            .prefetch_related(
                Prefetch(
                    "partner__names",
                    queryset=PartnerName.objects.live(at).in_turn(),
                    to_attr="live_names",
                )
            )
        )

    def leads(self, at):
        """Who leads each programme at a moment."""
        return self.live(at).on(london_day(at)).filter(role=self.model.Role.LEAD)

    def on(self, day):
        """The links in force on a day. An unknown first or last day does not exclude a link."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gt=day),
        )


@tracked()
@kind(
    "Partner on a programme",
    "Partners on programmes",
    thing="programme",
    code="role",
    starts="starts_as",
    ends="ends_as",
    other="partner",
    writer=WRITE_PROGRAMMES,
    approver=DECIDE_PROGRAMMES,
    reach="programme",
)
class ProgrammePartner(Statement):
    """What a partner does on a programme, between two days if they are known.

    ``ends_on``: the first day it no longer does so. At most one partner leads at a time; if a
    source names several, or the whole partnership, none is recorded as lead.
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
    starts_as = AsWrittenField(blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_as = AsWrittenField(blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = ProgrammePartnerQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("programme", "partner", "role"),
            *shape_of(written_date, "starts_as", "ends_as"),
        ]

    @property
    def words(self):
        """The role and its days in words: ``Lead``, ``Delivers it, from April 2018``."""
        return ", ".join(filter(None, [self.get_role_display(), self.days_words]))

    @property
    def days_words(self):
        """From when and until when in words: ``from April 2018, until 2020``; empty if nobody said."""
        since = self.starts_as and f"from {span(self.starts_as).in_words()}"
        until = self.ends_as and f"until {span(self.ends_as).in_words()}"
        return ", ".join(filter(None, [since, until]))

    def is_lead_with(self, other):
        """Whether this and another role are both that of the lead, on some day that both hold."""
        is_over = self.ends_on and other.starts_on and self.ends_on <= other.starts_on
        was_over = other.ends_on and self.starts_on and other.ends_on <= self.starts_on
        return self.role == other.role == self.Role.LEAD and not (is_over or was_over)

    def is_on(self, day):
        """Whether the role is in force on a day. An unknown first or last day does not matter."""
        begun = self.starts_on is None or self.starts_on <= day
        return begun and (self.ends_on is None or self.ends_on > day)


@tracked()
@kind(
    "Programme in a community",
    "Programmes in communities",
    thing="programme",
    words="words",
    other="icc",
    writer=WRITE_PROGRAMMES,
    approver=DECIDE_PROGRAMMES,
    reach="programme",
)
class ProgrammeIcc(Ending):
    """A source places a programme's work in an ICC."""

    identity_fields = ("programme", "icc")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="icc_links")
    icc = models.ForeignKey(Icc, models.PROTECT, related_name="programme_links")
    words = models.CharField("what is done there", max_length=300, blank=True)

    objects = ProgrammeIccQuerySet.as_manager()

    class Meta(Ending.Meta):
        verbose_name = "programme ICC"
        constraints = [*Ending.Meta.constraints, *one_live("programme", "icc")]
