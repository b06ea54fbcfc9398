"""Metrics and their cards: what each is, why it matters and how it is worked out (BEHAVIOUR B)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Origin, Statement, one_live
from bhcp_portal.kit.things import Thing, ThingQuerySet
from iccs.models import Icc
from metrics.models.frequency import Frequency
from partners.models import Partner
from partners.roles import CHANGE_METRICS


class Direction(models.TextChoices):
    INCREASE = "increase", "Go up"
    DECREASE = "decrease", "Go down"
    NEUTRAL = "neutral", "No direction was set"


WHICH_IS_BETTER = {
    Direction.INCREASE: "Higher is better",
    Direction.DECREASE: "Lower is better",
    Direction.NEUTRAL: "Neither is better by itself",
}

SHORTEST_BASELINE = 12
WHOLE_BAY = "BHCP"
# What a person writes on a card: all fields but its author, its dates and the source it came from.
CARD_FIELDS = (
    "name",
    "short_name",
    "subject",
    "why",
    "method",
    "numerator_words",
    "denominator_words",
    "unit",
    "multiplier",
    "decimals",
    "direction",
    "frequency",
    "lag_days",
    "data_source_id",
    "owner_id",
    "owner_role",
    "main_icc_id",
    "main_partner_id",
    "baseline_value",
    "baseline_period",
    "baseline_note",
    "uses_spc",
    "limits_from",
    "small_numbers",
    "state",
    "retired_reason",
    "successor_id",
    "review_on",
    "reason",
)


class MetricQuerySet(ThingQuerySet):
    def accessible_to(self, user, permission, at):
        """Metrics that a person may act on with this permission at a moment.

        If the permission is held for some partners only, these are the metrics whose live card
        names one of those partners as owner.
        """
        partners = user.partner_scope(permission)
        if partners is None:
            return self
        cards = MetricProfile.objects.live(at).filter(owner__in=partners)
        return self.filter(pk__in=cards.values("metric"))

    def partner_names(self, at):
        cards = MetricProfile.objects.live(at).filter(metric__in=self, owner__isnull=False)
        named = cards.annotate(called=Partner.called_at("owner", at))
        return dict(named.values_list("metric", "called"))

    def accessible_with_drafts(self, user, permission, at):
        """Metrics ``accessible_to`` a person, and new metrics of their partners.

        A new metric has no published card, and its draft names one of those partners as owner.
        """
        partners = user.partner_scope(permission)
        if partners is None:
            return self
        drafts = MetricProfile.objects.drafts().filter(owner__in=partners)
        new = Q(pk__in=drafts.values("metric")) & ~Q(pk__in=Metric.objects.known_at(at))
        return self.filter(Q(pk__in=self.accessible_to(user, permission, at)) | new)

    def chosen_by(self, *, at, goal=None, programme=None, partner=None, state="", q=""):
        """Metrics that were known at a moment and fit all the choices made.

        A choice that is empty leaves nothing out. ``partner`` finds the metrics that the partner
        owns and those with readings counted for the partner. ``state`` is a
        ``MetricProfile.State``. ``q`` are words, all of which stand in the name or in why it is
        counted.
        """
        cards = MetricProfile.objects.live(at)
        found = self.known_at(at)
        if goal:
            found = found.filter(pk__in=goal.metric_links.applying(at).values("metric"))
        if programme:
            found = found.filter(pk__in=programme.metric_links.applying(at).values("metric"))
        if partner:
            owned = cards.filter(owner=partner).values("metric")
            counted = partner.series.with_readings(at).values("metric")
            found = found.filter(Q(pk__in=owned) | Q(pk__in=counted))
        if state:
            found = found.filter(pk__in=cards.filter(state=state).values("metric"))
        for word in q.split():
            in_words = (
                Q(name__icontains=word) | Q(short_name__icontains=word) | Q(why__icontains=word)
            )
            found = found.filter(pk__in=cards.filter(in_words).values("metric"))
        return found


@tracked()
class Metric(Thing):
    """A measure: something that is counted again and again to see how well it goes."""

    PAGE = "metrics:detail"

    code = models.CharField(max_length=40, unique=True)

    objects = MetricQuerySet.as_manager()

    class Meta(Thing.Meta):
        verbose_name = "measure"

    def get_absolute_url(self):
        return self.page_of(self.slug)


@tracked()
@kind(
    "Measure",
    "Measures",
    is_housekeeping=True,
    thing="metric",
    words="why",
    writer=CHANGE_METRICS,
    approver=CHANGE_METRICS,
    reach="metric",
    has_own_pages=True,
)
class MetricProfile(Statement):
    """The card of a metric: what it is, why it matters and how it is worked out (BEHAVIOUR B).

    A card in preparation is a draft. ``checked_by`` is the person, other than its author, who
    published it. ``main_icc`` or ``main_partner`` is the measure's main place, both empty the whole
    area; the baseline is a number of that place.
    """

    identity_fields = ("metric",)
    SOURCE_FIELDS = ("source", "data_source")
    data_source_profile = None
    PROFILE_RELATED = ("owner", "successor", "main_icc", "main_partner")

    class State(models.TextChoices):
        PREVIEW = "preview", "Preview"
        LIVE = "live", "Live"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    class SmallNumbers(models.TextChoices):
        HIDE = "hide", "Counts of 1 to 4 are hidden"
        OFFICIAL = "official", "Published already as official statistics"

    metric = models.ForeignKey(
        Metric, models.PROTECT, verbose_name="measure", related_name="profiles"
    )
    name = models.CharField(max_length=150)
    short_name = models.CharField(max_length=60)
    # Lists put measures of one subject together.
    subject = models.CharField(max_length=60, blank=True, db_default="")
    why = models.TextField("why it matters")
    method = models.TextField("how it is worked out")
    numerator_words = models.CharField("what the top number counts", max_length=200, blank=True)
    denominator_words = models.CharField("out of what", max_length=200, blank=True)
    unit = models.CharField(max_length=40)
    multiplier = models.PositiveIntegerField(
        "what the share is multiplied by", default=1, validators=[MinValueValidator(1)]
    )
    decimals = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(6)])
    direction = models.CharField(max_length=10, choices=Direction)
    frequency = models.CharField(max_length=8, choices=Frequency)
    lag_days = models.PositiveSmallIntegerField("days from the end of a period to its number")
    data_source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="metrics"
    )
    owner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="metric_profiles"
    )
    owner_role = models.CharField("who answers for it there", max_length=120, blank=True)
    main_icc = models.ForeignKey(
        Icc, models.PROTECT, verbose_name="main place", null=True, blank=True, related_name="+"
    )
    main_partner = models.ForeignKey(
        Partner, models.PROTECT, verbose_name="main place", null=True, blank=True, related_name="+"
    )
    baseline_value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    baseline_period = models.DateField(null=True, blank=True)
    baseline_note = models.CharField(max_length=300, blank=True)
    uses_spc = models.BooleanField("limits are worked out", default=True)
    limits_from = models.PositiveSmallIntegerField(
        "limits from the first so many points",
        null=True,
        blank=True,
        validators=[MinValueValidator(SHORTEST_BASELINE)],
    )
    small_numbers = models.CharField(max_length=10, choices=SmallNumbers, default=SmallNumbers.HIDE)
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    retired_reason = models.CharField(max_length=300, blank=True)
    successor = models.ForeignKey(
        Metric, models.PROTECT, null=True, blank=True, related_name="predecessor_profiles"
    )
    review_on = models.DateField("next review", null=True, blank=True)
    # How often a draft was saved, so that its seen token changes with each change.
    version = models.PositiveIntegerField(default=0)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Statement.Meta):
        verbose_name = "measure card"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("metric"),
            models.CheckConstraint(
                name="metrics_metricprofile_checked_by_another",
                condition=~Q(origin=Origin.PORTAL, published_at__isnull=False)
                | (Q(checked_by__isnull=False) & ~Q(checked_by=F("author"))),
                violation_error_message="Another person than who wrote it has to check it.",
            ),
            models.CheckConstraint(
                name="metrics_metricprofile_retired_says_why",
                condition=~Q(state="retired") | ~Q(retired_reason=""),
                violation_error_message="Say why the measure was retired.",
            ),
            models.CheckConstraint(
                name="metrics_metricprofile_baseline_has_period",
                condition=Q(baseline_value__isnull=True) | Q(baseline_period__isnull=False),
                violation_error_message="Say which period the baseline is of.",
            ),
            models.CheckConstraint(
                name="metrics_metricprofile_one_main_place",
                condition=Q(main_icc__isnull=True) | Q(main_partner__isnull=True),
                violation_error_message="Choose one main place.",
            ),
        ]

    @property
    def main_scope(self):
        """The code of its main place: an ICC's, a partner's or ``BHCP``."""
        place = self.main_icc or self.main_partner
        return place.code if place else WHOLE_BAY

    @property
    def main_place(self):
        """The keys of the ICC and the partner of its main place, as ``Series.place``."""
        return self.main_icc_id, self.main_partner_id

    @property
    def which_is_better(self):
        return WHICH_IS_BETTER[self.direction]

    @property
    def is_percentage(self):
        return self.unit == "%"

    @property
    def has_parts(self):
        """Whether its value is worked out from two counts."""
        return bool(self.denominator_words)
