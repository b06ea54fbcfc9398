"""Amounts of money that sources give."""

from django.db import models
from django.db.models import Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.shapes import shape_of, year
from bhcp_portal.kit.statements import Statement, StatementQuerySet, one_live
from partners.roles import DECIDE_PROGRAMMES, WRITE_PROGRAMMES
from programmes.models.programme import Programme


class MoneyQuerySet(StatementQuerySet):
    def of_the_whole_bay(self, at):
        """The amounts live at a moment that belong to no programme."""
        return self.live(at).filter(programme__isnull=True)


@tracked()
@kind(
    "Money",
    "Amounts of money",
    thing="programme",
    page="about_money",
    words="what_for",
    number="amount",
    unit="£",
    qualifier="qualifier",
    is_work=True,
    writer=WRITE_PROGRAMMES,
    approver=DECIDE_PROGRAMMES,
    reach="programme",
)
class Money(Statement):
    """An amount of money in pounds for a year, as one source gives it.

    Sources may disagree. Then all their amounts are live, side by side.
    """

    identity_fields = ("code",)

    class Kind(models.TextChoices):
        HOPED = "hoped", "Hoped for"
        ASKED = "asked", "Asked for"
        AWARDED = "awarded", "Awarded"
        MATCHED = "matched", "Matched locally"
        SPENT = "spent", "Set aside to spend"
        GAP = "gap", "Gap"
        SAVING = "saving", "Saving"

    code = models.SlugField(max_length=80)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="money"
    )
    year = models.CharField(
        "financial year, or the year of the text", max_length=10, validators=[year]
    )
    kind = models.CharField(max_length=10, choices=Kind)
    qualifier = models.CharField(max_length=30, blank=True)
    amount = models.DecimalField("pounds", max_digits=14, decimal_places=2)
    what_for = models.CharField(max_length=200)

    objects = MoneyQuerySet.as_manager()

    class Meta(Statement.Meta):
        ordering = ("year", "kind", "published_at", "code")
        verbose_name_plural = "money"
        constraints = [
            *Statement.Meta.constraints,
            *one_live("code"),
            models.CheckConstraint(
                name="programmes_money_has_code",
                condition=~Q(code=""),
                violation_error_message="Give it a name in the table.",
            ),
            *shape_of(year, "year"),
        ]

    @property
    def amount_words(self):
        """The amount in words, such as ``almost £5 million``."""
        return quantity(self.amount, "£", self.qualifier)
