"""What is said of the people an ICC serves: places, practices, trusts, numbers, priorities, activities."""

from django.db import models
from django.db.models import Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.shapes import practice_code, shape_of, written_date
from bhcp_portal.kit.statements import AsWrittenField, Ending, Statement, one_live
from iccs.models.community import Icc
from partners.models import Partner
from partners.roles import KEEP_RECORD


@tracked()
@kind("Place", "Places", thing="icc", words="name", writer=KEEP_RECORD, approver=KEEP_RECORD)
class IccPlace(Ending):
    """A town, village or district that an ICC serves."""

    identity_fields = ("icc", "name")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="places")
    name = models.CharField(max_length=100)
    is_main = models.BooleanField("a main place", default=False)

    class Meta(Ending.Meta):
        verbose_name = "ICC place"
        constraints = [*Ending.Meta.constraints, *one_live("icc", "name")]


@tracked()
@kind(
    "GP practice",
    "GP practices",
    thing="icc",
    words="name",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class IccPractice(Ending):
    """A GP practice belongs to an ICC. ``certainty`` says how sure that is."""

    identity_fields = ("icc", "name")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="practices")
    name = models.CharField(max_length=150)
    town = models.CharField(max_length=100, blank=True)
    ods_code = models.CharField("ODS code", max_length=10, blank=True, validators=[practice_code])

    class Meta(Ending.Meta):
        verbose_name = "ICC practice"
        constraints = [
            *Ending.Meta.constraints,
            *one_live("icc", "name"),
            *shape_of(practice_code, "ods_code"),
        ]


@tracked()
@kind(
    "Hospital trust of a community",
    "Hospital trusts of communities",
    thing="icc",
    other="partner",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class IccTrust(Ending):
    """A hospital trust serves the people of an ICC."""

    identity_fields = ("icc", "partner")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="trusts")
    partner = models.ForeignKey(
        Partner, models.PROTECT, verbose_name="hospital trust", related_name="iccs_served"
    )

    class Meta(Ending.Meta):
        verbose_name = "ICC trust"
        constraints = [*Ending.Meta.constraints, *one_live("icc", "partner")]


@tracked()
@kind(
    "Population",
    "Populations",
    thing="icc",
    page="about_figures",
    words="counts",
    number="people",
    unit="people",
    qualifier="qualifier",
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class Population(Statement):
    """A number of people, and what exactly it counts. Without an ICC it is about the whole area."""

    identity_fields = ("code",)

    code = models.SlugField(max_length=60)
    icc = models.ForeignKey(Icc, models.PROTECT, null=True, blank=True, related_name="populations")
    people = models.PositiveIntegerField()
    qualifier = models.CharField(max_length=30, blank=True)
    counts = models.CharField("what it counts", max_length=300)
    counted_as = AsWrittenField("when it was counted", blank=True)

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            *one_live("code"),
            models.CheckConstraint(
                name="iccs_population_has_code",
                condition=~Q(code=""),
                violation_error_message="Give it a name in the table.",
            ),
            *shape_of(written_date, "counted_as"),
        ]

    @property
    def number_words(self):
        """The number without ``people``: ``about 15,000``."""
        return quantity(self.people, "", self.qualifier)


@tracked()
@kind(
    "Priority", "Priorities", thing="icc", words="words", writer=KEEP_RECORD, approver=KEEP_RECORD
)
class Priority(Ending):
    """Something an ICC set out to work on."""

    identity_fields = ("icc", "words")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="priorities")
    words = models.CharField(max_length=300)

    class Meta(Ending.Meta):
        verbose_name_plural = "priorities"
        constraints = [*Ending.Meta.constraints, *one_live("icc", "words")]


@tracked()
@kind(
    "Activity",
    "Activities",
    thing="icc",
    words="words",
    is_work=True,
    writer=KEEP_RECORD,
    approver=KEEP_RECORD,
)
class Activity(Statement):
    """Something that happened in an ICC."""

    identity_fields = ("icc", "words")

    icc = models.ForeignKey(Icc, models.PROTECT, related_name="activities")
    words = models.CharField(max_length=300)
    happened_as = AsWrittenField(blank=True)
    happened_on = models.DateField("last day it may have happened", null=True, blank=True)

    class Meta(Statement.Meta):
        verbose_name_plural = "activities"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("icc", "words"),
            *shape_of(written_date, "happened_as"),
        ]
