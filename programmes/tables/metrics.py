"""The tables of metrics: cards, what each belongs to, targets, re-bases and notes."""

from django import forms
from django.core.exceptions import ValidationError

from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.tables import (
    Column,
    Table,
    choice_column,
    day_column,
    decimal_column,
    reference_column,
    text_column,
    whole_column,
    yes_no_column,
)
from iccs.models import Icc
from partners.models import Partner
from programmes.models import (
    ChartNote,
    Goal,
    Metric,
    MetricGoal,
    MetricProfile,
    MetricProgramme,
    Rebase,
    Series,
    Target,
)
from programmes.models.goal import Direction
from programmes.models.metric import WHOLE_BAY
from programmes.models.period import Frequency
from programmes.tables.work import programme_column


class ScopeField(forms.CharField):
    """The code of an ICC, of a partner or ``BHCP``; gives the pair (ICC, partner)."""

    def prepare(self):
        self.known = {WHOLE_BAY: (None, None)}
        self.known |= {partner.code: (None, partner) for partner in Partner.objects.all()}
        self.known |= {icc.code: (icc, None) for icc in Icc.objects.all()}

    def clean(self, value):
        value = super().clean(value)
        if value not in self.known:
            raise ValidationError(
                f"“{value}” is no ICC and no partner. Write the code of one, such as KEN, "
                f"or {WHOLE_BAY} for the whole bay."
            )
        return self.known[value]


def metric_column(name="metric", **kwargs):
    return reference_column(name, Metric, "the metric's code", by="code", **kwargs)


SERIES_COLUMNS = (
    metric_column(of=lambda row: row.series.metric.code),
    Column(
        "scope",
        ScopeField(),
        f"code of an ICC, a partner, or {WHOLE_BAY} for the whole bay",
        of=lambda row: row.series.scope,
    ),
)


class SeriesTable(Table):
    """A table whose rows are said of a series, which is made when it is first spoken of."""

    extra = ("metric", "scope")
    extra_references = (
        (Metric, "series__metric"),
        (Icc, "series__icc"),
        (Partner, "series__partner"),
    )

    def queryset(self):
        return (
            super()
            .queryset()
            .select_related("series__metric", "series__icc", "series__partner", "source")
        )

    def _save(self, row, at, by):
        icc, partner = row.extra["scope"]
        row.values["series"], _ = Series.objects.get_or_create(
            metric=row.extra["metric"], icc=icc, partner=partner
        )
        super()._save(row, at, by)


class MetricTable(Table):
    name = "metrics"
    title = "Metrics"
    means = "What is counted again and again."
    model = Metric
    key = ("code",)
    columns = (
        text_column("code", "its code in tables", required=True),
        text_column("slug", "its name in addresses", required=True),
    )


class MetricProfileTable(Table):
    name = "metric_profiles"
    title = "What is said of metrics"
    means = "The card of each metric: what it is, why it matters and how it is worked out."
    model = MetricProfile
    key = ("metric",)
    columns = (
        metric_column(),
        text_column("name", "its full name", required=True),
        text_column("short_name", "its short name", required=True),
        text_column("why", "why it matters, in at most 80 words", required=True),
        text_column("method", "how it is worked out", required=True),
        text_column("numerator_words", "what the top number counts; empty: it is one value"),
        text_column("denominator_words", "out of what; empty: it is one value"),
        text_column("unit", "its unit; a percentage is written %", required=True),
        whole_column("multiplier", "what the share is multiplied by: 100 for a percentage"),
        whole_column("decimals", "how many decimals are shown"),
        choice_column("direction", Direction, "which way is better"),
        choice_column("frequency", Frequency, "how long a period is"),
        whole_column("lag_days", "days from the end of a period to its number"),
        reference_column(
            "data_source", Source, "slug of the source of the numbers", required=False
        ),
        reference_column(
            "owner", Partner, "code of the partner that owns it", by="code", required=False
        ),
        text_column("owner_role", "who answers for it there"),
        decimal_column("baseline_value", "the number that progress counts from", required=False),
        day_column("baseline_period", "the period of that number, by its first day"),
        text_column("baseline_note", "words on the baseline"),
        yes_no_column("uses_spc", "whether limits are worked out"),
        whole_column(
            "limits_from", "limits from the first so many points; empty: from all", required=False
        ),
        choice_column(
            "small_numbers", MetricProfile.SmallNumbers, "what is done with counts of 1 to 4"
        ),
        choice_column("state", MetricProfile.State, "where it is in its life"),
        text_column("retired_reason", "why it was retired"),
        metric_column("successor", required=False),
        day_column("review_on", "when it is looked at again"),
    )


class MetricProgrammeTable(Table):
    name = "metric_programmes"
    title = "Metrics of programmes"
    means = "Which programme means to move which metric."
    model = MetricProgramme
    key = ("metric", "programme")
    columns = (
        metric_column(),
        programme_column(),
        text_column("words", "how they belong together"),
        yes_no_column("applies", "no: it was taken back"),
    )


class MetricGoalTable(Table):
    name = "metric_goals"
    title = "Metrics of goals"
    means = "Which metric tells something of which goal."
    model = MetricGoal
    key = ("metric", "goal")
    columns = (
        metric_column(),
        reference_column("goal", Goal, "slug of the goal"),
        text_column("words", "how they belong together"),
        yes_no_column("applies", "no: it was taken back"),
    )


class TargetTable(SeriesTable):
    name = "targets"
    title = "Targets"
    means = "What each metric should reach, where and between which days."
    model = Target
    key = ("metric", "scope", "kind", "starts_on")
    columns = (
        *SERIES_COLUMNS,
        choice_column("kind", Target.Kind, "whose target it is"),
        decimal_column("value", "the number, in the metric's unit"),
        day_column("starts_on", "first day it holds", required=True),
        day_column("ends_on", "last day it holds; empty: it still does"),
        text_column("words", "the target in words", required=True),
        yes_no_column("for_verdict", "whether the verdict is by this one"),
    )


class RebaseTable(SeriesTable):
    name = "rebases"
    title = "Re-bases"
    means = "From when limits were worked out anew, and why."
    model = Rebase
    key = ("metric", "scope", "starts_on")
    columns = (
        *SERIES_COLUMNS,
        day_column("starts_on", "first day of the period it starts with", required=True),
        text_column("why", "why limits start anew", required=True),
        text_column("what_changed", "what changed", required=True),
        text_column("decided_by", "who decided it", required=True),
        yes_no_column("applies", "no: it was taken back"),
    )


class ChartNoteTable(SeriesTable):
    name = "chart_notes"
    title = "Notes on charts"
    means = "What happened when, as marked on charts."
    model = ChartNote
    key = ("metric", "scope", "period")
    columns = (
        *SERIES_COLUMNS,
        day_column("period", "first day of the period it is marked at", required=True),
        text_column("words", "what happened", required=True),
    )


TABLES = (
    MetricTable(),
    MetricProfileTable(),
    MetricProgrammeTable(),
    MetricGoalTable(),
    TargetTable(),
    RebaseTable(),
    ChartNoteTable(),
)
