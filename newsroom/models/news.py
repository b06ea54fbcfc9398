"""News: an item, its versions, and the partners, programmes and ICCs that each version names."""

from datetime import UTC
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Concat

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present, london_day, span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.reviews import DoneAtOnce
from bhcp_portal.kit.statements import (
    Origin,
    Statement,
    StatementQuerySet,
    one_live,
    time_and_person,
)
from bhcp_portal.kit.things import Thing, ThingQuerySet
from iccs.models import Icc
from partners.models import Partner
from partners.roles import DECIDE_NEWS, WRITE_NEWS
from programmes.models import Programme

TITLE_LENGTH = 70
SUMMARY_LENGTH = 160


class NewsState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for approval"
    RETURNED = "returned", "Returned with remarks"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"


MOVES = {
    NewsState.DRAFT: {NewsState.DRAFT, NewsState.SUBMITTED},
    NewsState.SUBMITTED: {NewsState.DRAFT, NewsState.RETURNED, NewsState.APPROVED},
    NewsState.RETURNED: {NewsState.DRAFT, NewsState.SUBMITTED},
    NewsState.APPROVED: {NewsState.DRAFT, NewsState.PUBLISHED},
    NewsState.PUBLISHED: set(),
}


def _first_published(at, item):
    """Annotations that ``FirstPublished`` reads: when an item was first published.

    ``item``: the field that holds the item's primary key. Later publications than ``at`` do not
    count.
    """
    first = (
        NewsVersion.objects.published_by(at)
        .filter(item=OuterRef(item))
        .order_by("published_at", "pk")
    )
    return {
        "first_published_at": Subquery(first.values("published_at")[:1]),
        "first_published_as": Subquery(first.values("published_as")[:1]),
    }


class FirstPublished:
    """When an item was first published, in words; for rows from ``newest_first``."""

    @property
    def first_published_words(self):
        return span(self.first_published_written).in_words()

    @property
    def first_published_written(self):
        return self.first_published_as or london_day(self.first_published_at).isoformat()


class NewsItemQuerySet(ThingQuerySet):
    def newest_first(self, at):
        """The items known at a moment; the one first published last comes first.

        Read ``first_published_words``.
        """
        return (
            self.known_at(at)
            .annotate(**_first_published(at, "pk"))
            .order_by("-first_published_at", "slug")
        )

    def accessible_to(self, user, permission, at=None):
        """The items for which a person has a permission, the same at every moment (``at``).

        That is all of them if the permission is held for all partners, else those led by one of the
        partners that it is held for. Who leads is what the public reads; a draft alone moves no
        item that is public.
        """
        partners = user.partner_scope(permission)
        if partners is None:
            return self
        versions = NewsVersion.objects.filter(item=OuterRef("pk"))
        standing_first = versions.alias(stands=Q(here__is_open=True)).order_by("-stands", "-pk")
        return self.annotate(lead=Subquery(standing_first.values("lead_partner")[:1])).filter(
            lead__in=partners
        )

    def open_or_lately(self, since):
        """The items that have a draft or were published after a moment, newest first."""
        return (
            self.filter(
                Q(versions__published_at__isnull=True) | Q(versions__published_at__gt=since)
            )
            .distinct()
            .order_by("-pk")
        )

    def with_versions(self):
        """Loads all versions of each, newest first, as ``item.all_versions``."""
        return self.prefetch_related(
            Prefetch(
                "versions",
                queryset=NewsVersion.objects.select_related(
                    "author", "edited_by", "approved_by", "source", "lead_partner"
                ).order_by("-pk"),
                to_attr="all_versions",
            )
        )


@tracked()
class NewsItem(FirstPublished, Thing):
    """A piece of news. Its words are in its versions."""

    PROFILES = "versions"
    NAME_FIELD = "title"
    PAGE = "news:detail"

    objects = NewsItemQuerySet.as_manager()

    class Meta(Thing.Meta):
        pass

    def get_absolute_url(self):
        return self.page_of(self.slug)

    @classmethod
    def name_at(cls, key, at):
        """As of every thing; the title of a withdrawn item says so."""
        title = Case(
            When(withdrawn_because="", then=F("title")),
            default=Concat("title", Value(" (withdrawn)")),
            output_field=models.TextField(),
        )
        live = NewsVersion.objects.live(at).filter(item=OuterRef(key))
        return Subquery(live.order_by("-published_at").values_list(title)[:1])

    @property
    def draft(self):
        """The version that is not published yet, from ``with_versions``, or ``None``."""
        return next((v for v in self.all_versions if not v.is_published), None)

    @property
    def latest(self):
        """The newest published version, or ``None``; from ``with_versions``.

        One that was taken back is it only if all were.
        """
        published = [v for v in self.all_versions if v.is_published]
        last = published[0] if published else None
        return next((v for v in published if not v.taken_back_at), last)


class NewsVersionQuerySet(StatementQuerySet):
    def newest_first(self, at):
        """The versions live at a moment and not withdrawn, by when their item was first published.

        For the pages of what they name: ``icc.news_versions.newest_first(at)``. Loads ``item``;
        read ``first_published_words``.
        """
        return (
            self.live(at)
            .filter(withdrawn_because="")
            .select_related("item")
            .annotate(**_first_published(at, "item"))
            .order_by("-first_published_at", "item__slug")
        )

    def for_feed(self, at):
        """The versions that are entries of the feed, newest first.

        They are the first version of each item, changes with a note for the reader, and
        withdrawals. Of an item withdrawn at the moment, only the withdrawal is kept.
        """
        before = NewsVersion.objects.published().filter(
            item=OuterRef("item"), published_at__lt=OuterRef("published_at")
        )
        withdrawn = self.live(at).exclude(withdrawn_because="").values("item")
        return (
            self.versions(at)
            .filter(~Exists(before) | ~Q(update_note="") | ~Q(withdrawn_because=""))
            .exclude(item__in=withdrawn, withdrawn_because="")
            .select_related("item")
            .order_by("-published_at", "-pk")
        )

    def with_named(self, at, day):
        """Loads the lead and the partners, programmes and ICCs that versions name, with names."""
        return self.prefetch_related(
            Prefetch("lead_partner", queryset=Partner.objects.with_name(at, day)),
            Prefetch("partners", queryset=Partner.objects.with_name(at, day)),
            Prefetch("programmes", queryset=Programme.objects.with_profile(at)),
            Prefetch("iccs", queryset=Icc.objects.with_profile(at)),
        )


@tracked()
@kind(
    "News",
    "News items",
    thing="item",
    words="title",
    writer=WRITE_NEWS,
    approver=DECIDE_NEWS,
    has_own_pages=True,
    takes_back=False,
)
class NewsVersion(FirstPublished, Statement):
    """The words of a news item, from one moment to the next.

    A withdrawn item stays readable: ``withdrawn_because`` of its last version says why.
    """

    identity_fields = ("item",)
    writer_fields = ("edited_by",)
    PROFILE_RELATED = ("lead_partner",)

    item = models.ForeignKey(NewsItem, models.PROTECT, related_name="versions")
    title = models.CharField(max_length=TITLE_LENGTH)
    summary = models.CharField(max_length=SUMMARY_LENGTH)
    body = models.TextField()
    lead_partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="news_led"
    )
    partners = models.ManyToManyField(Partner, through="NewsPartner", related_name="news_versions")
    programmes = models.ManyToManyField(
        Programme, through="NewsProgramme", related_name="news_versions"
    )
    iccs = models.ManyToManyField(Icc, through="NewsIcc", related_name="news_versions")
    update_note = models.CharField("what changed, for the reader", max_length=300, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    state = models.CharField(max_length=10, choices=NewsState, default=NewsState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_remarks = models.TextField(blank=True)

    objects = NewsVersionQuerySet.as_manager()

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("item"),
            # A withdrawal is published at once, beside a draft that somebody writes.
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(published_at__isnull=True, withdrawn_because=""),
                name="newsroom_newsversion_one_draft",
                violation_error_message="Somebody is changing this news already. Finish that first.",
            ),
            models.CheckConstraint(
                name="newsroom_newsversion_published_state",
                condition=Q(published_at__isnull=True) & ~Q(state="published")
                | Q(published_at__isnull=False, state="published"),
                violation_error_message="Publish it in the usual way, after its approval.",
            ),
            time_and_person("edited"),
            time_and_person("approved"),
            models.CheckConstraint(
                name="newsroom_newsversion_approved_by_another",
                condition=~Q(
                    origin=Origin.PORTAL, state__in=(NewsState.APPROVED, NewsState.PUBLISHED)
                )
                # Taking words back must not wait for a second person.
                | ~Q(withdrawn_because="")
                | Q(edited_by__isnull=False, approved_by__isnull=False)
                & ~Q(edited_by=F("approved_by")),
                violation_error_message="Another person than who wrote it has to approve it.",
            ),
        ]

    def get_absolute_url(self):
        return self.item.get_absolute_url()

    def may_become(self, state):
        """Whether the version may move to a state."""
        return state in MOVES[self.state]

    @property
    def lead_named(self):
        """The lead partner's name as it was when this was published, from ``with_named``."""
        return self._named(self.lead_partner)

    @property
    def other_partners_named(self):
        """The partners but the lead, each with its name at the time of publication, from ``with_named``."""
        others = [each for each in self.partners.all() if each.pk != self.lead_partner_id]
        return [(partner, self._named(partner)) for partner in others]

    def _named(self, partner):
        if not self.is_published:
            return partner.name
        return partner.name_then(london_day(self.published_at))

    @property
    def is_withdrawn(self):
        return bool(self.withdrawn_because)

    @property
    def done_at_once(self):
        """The withdrawal that another person looks at; ``None`` if it is none, or stands no more."""
        if not (self.is_withdrawn and self.author and self.stands(Present.now(UTC))):
            return None
        return DoneAtOnce(self, self.author, self.published_at, self.withdrawn_because)


class NewsLink(models.Model):
    """A link from a news version to what it names; fixed once the version is published."""

    version = models.ForeignKey(NewsVersion, models.CASCADE, related_name="%(class)s_set")

    # The database fixes it with its statement (kit/guards.py).
    PART_OF: ClassVar[str] = "version"
    IS_PUBLIC: ClassVar = True

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self._meta.verbose_name} of version {self.version_id}"


@tracked()
class NewsPartner(NewsLink):
    IN_HISTORY: ClassVar = ("Partner in news", "Partners in news")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")

    class Meta(NewsLink.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version", "partner"],
                name="news_names_partner_once",
                violation_error_message="Name each partner once.",
            )
        ]


@tracked()
class NewsProgramme(NewsLink):
    IN_HISTORY: ClassVar = ("Programme in news", "Programmes in news")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")

    class Meta(NewsLink.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version", "programme"],
                name="news_names_programme_once",
                violation_error_message="Name each programme once.",
            )
        ]


@tracked()
class NewsIcc(NewsLink):
    IN_HISTORY: ClassVar = ("Community in news", "Communities in news")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="+")

    class Meta(NewsLink.Meta):
        verbose_name = "news ICC"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "icc"],
                name="news_names_icc_once",
                violation_error_message="Name each community once.",
            )
        ]
