"""Numbers that partners reported about a programme, an ICC or the whole area."""

import re
from dataclasses import dataclass
from itertools import groupby

from django.db import models
from django.db.models import Q

from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import london_day, span
from bhcp_portal.kit.kinds import kind
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.shapes import shape_of, written_date
from bhcp_portal.kit.statements import AsWrittenField, Statement, StatementQuerySet, one_live
from iccs.models import Icc
from partners.roles import DECIDE_PROGRAMMES, WRITE_PROGRAMMES
from programmes.models.programme import Programme

# Units that are written with the number.
SIGNS = ("%", "£")


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures about the same matter.

    ``is_apart``: at least one must not be joined with the others in one line. ``keep_apart``: why,
    if all figures give the same reason; if it is empty, each figure shows its own.
    """

    title: str
    keep_apart: str
    is_apart: bool
    figures: list

    def newest_result(self, unit=None):
        """The newest result among them, or ``None``; with ``unit``, of those in that unit.

        A number that a later text tells again, as its reason to be kept apart says, is that of
        its first telling.
        """
        found = [f for f in self.figures if f.is_result and unit in (None, f.unit)]
        found.sort(key=lambda figure: figure.last_day)
        newest = found[-1] if found else None
        if newest and newest.keep_apart:
            return next(f for f in found if f.number_key == newest.number_key)
        return newest


class FigureQuerySet(StatementQuerySet):
    def of_the_whole_bay(self, at):
        """The figures live at a moment that belong to no programme and no ICC."""
        return self.live(at).filter(programme__isnull=True, icc__isnull=True)

    def in_groups(self):
        """A list of ``FigureGroup`` for ``programmes/_figures.html``; one query. Load sources before.

        Other apps reach it by relation: ``icc.figures.live(at).with_sources(at).in_groups()``.
        Figures without a group come last.
        """
        rows = self.order_by("group", "published_at", "code")
        groups = [
            FigureGroup(title, _shared_reason(figures), any(f.keep_apart for f in figures), figures)
            for title, figures in (
                (title, list(found)) for title, found in groupby(rows, lambda f: f.group)
            )
        ]
        return [g for g in groups if g.title] + [g for g in groups if not g.title]


def _shared_reason(figures):
    reasons = {figure.keep_apart for figure in figures}
    return reasons.pop() if len(reasons) == 1 else ""


@tracked()
@kind(
    "Figure",
    "Figures",
    thing="programme",
    page="about_figures",
    words="counts",
    number="value",
    unit_field="unit",
    qualifier="qualifier",
    reads_on=True,
    is_work=True,
    writer=WRITE_PROGRAMMES,
    approver=DECIDE_PROGRAMMES,
    reach="programme",
)
class Figure(Statement):
    """A number as a source reports it, with its wording, what it counts and for when.

    Figures of one ``group`` are about the same matter but must not be joined in one line;
    ``keep_apart`` says why. A figure without programme and ICC is about the whole area. ``kind``:
    what it tells of, which is our reading of the source's words; empty where nobody has said.
    """

    identity_fields = ("code",)

    class Kind(models.TextChoices):
        RESULT = "result", "Result"
        ACTIVITY = "activity", "Work done"
        NEED = "need", "Need or background"
        PLAN = "plan", "Aim or plan"

    code = models.SlugField(max_length=80)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="figures"
    )
    icc = models.ForeignKey(Icc, models.PROTECT, null=True, blank=True, related_name="figures")
    group = models.CharField("what the group of figures is about", max_length=120, blank=True)
    qualifier = models.CharField("about, almost, more than", max_length=30, blank=True)
    value = models.DecimalField(max_digits=16, decimal_places=4)
    unit = models.CharField(max_length=60, blank=True)
    counts = models.CharField("what it counts", max_length=300)
    period = models.CharField("for when, in words", max_length=120, blank=True)
    period_as = AsWrittenField(blank=True)
    keep_apart = models.CharField("why it is not joined with others", max_length=400, blank=True)
    kind = models.CharField(
        "what it tells of", max_length=8, choices=Kind, blank=True, default="", db_default=""
    )
    is_aim = models.BooleanField("an aim, not a result", default=False)

    objects = FigureQuerySet.as_manager()

    class Meta(Statement.Meta):
        ordering = ("group", "published_at", "code")
        constraints = [
            *Statement.Meta.constraints,
            *one_live("code"),
            models.CheckConstraint(
                name="programmes_figure_has_code",
                condition=~Q(code=""),
                violation_error_message="Give it a name in the table.",
            ),
            models.CheckConstraint(
                name="programmes_figure_aim_is_a_plan",
                condition=Q(kind="")
                | Q(kind="plan", is_aim=True)
                | (~Q(kind="plan") & Q(is_aim=False)),
                violation_error_message="An aim is of the kind “Aim or plan”, and nothing else is.",
            ),
            *shape_of(written_date, "period_as"),
        ]

    @property
    def last_day(self):
        """The last day it speaks of: the end of its period, else the day it was published."""
        written = self.period_as or self.published_as
        return span(written).last if written else london_day(self.published_at)

    @property
    def number_key(self):
        """What two figures have in common that tell one number."""
        return self.qualifier, self.value, self.unit, self.counts

    @property
    def caveat(self):
        """What to know beside a large number: the first sentence of why it is kept apart, or of its
        note; empty where there is neither.
        """
        return re.split(r"(?<=[.!?])\s", self.keep_apart or self.note, maxsplit=1)[0]

    @property
    def is_result(self):
        """Whether it tells what people got, or what changed for them."""
        return self.kind == self.Kind.RESULT

    @property
    def is_plan(self):
        """Whether it tells what was to be."""
        return self.is_aim or self.kind == self.Kind.PLAN

    @property
    def number_words(self):
        """The number without its unit: ``almost 1,000``; percentages and pounds keep their sign."""
        unit = self.unit if self.unit in SIGNS else ""
        return quantity(self.value, unit, self.qualifier).replace("-", "−")

    @property
    def unit_words(self):
        """The unit, where it doesn't stand with the number."""
        return "" if self.unit in SIGNS else self.unit

    @property
    def value_words(self):
        """The number in words: ``almost 1,000 patients``, ``about £15 million``, ``−40%``."""
        return quantity(self.value, self.unit, self.qualifier).replace("-", "−")
