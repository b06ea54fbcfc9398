"""The tables of metrics, their cards and their places on the home page."""

from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.tables import (
    Column,
    Table,
    choice_column,
    day_column,
    decimal_column,
    reference_column,
    slug_column,
    text_column,
    whole_column,
    yes_no_column,
)
from iccs.models import Icc
from metrics.imports.columns import ScopeField, metric_column
from metrics.models import (
    WHOLE_BAY,
    Direction,
    HomeMetric,
    Metric,
    MetricProfile,
)
from metrics.models.frequency import Frequency
from partners.models import Partner


class MetricTable(Table):
    name = "metrics"
    title = "Measures"
    means = "Figures that are tracked every month, week or day."
    model = Metric
    key = ("code",)
    columns = (
        text_column("code", "its code in tables", required=True),
        slug_column(),
    )


class MainScopeColumn(Column):
    """The main place of a card: one code, which fills the pair of an ICC and a partner."""

    def fill(self, values, value):
        values["main_icc"], values["main_partner"] = value


class MetricProfileTable(Table):
    name = "metric_profiles"
    title = "What is said of measures"
    means = "The card of each measure: what it is, why it matters and how it is worked out."
    model = MetricProfile
    key = ("metric",)
    extra_references = ((Icc, "main_icc"), (Partner, "main_partner"))
    columns = (
        metric_column(),
        text_column("name", "its full name", required=True),
        text_column("short_name", "its short name", required=True),
        text_column("subject", "what lists group it under; empty: other measures"),
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
        text_column("owner_role", "who is responsible for it there"),
        MainScopeColumn(
            "main_scope",
            ScopeField(),
            f"its main place: code of a community, a partner, or {WHOLE_BAY} for the whole area",
        ),
        decimal_column(
            "baseline_value",
            "the number of its main place that progress counts from",
            required=False,
        ),
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


class HomeMetricTable(Table):
    name = "home_metrics"
    title = "Measures on the home page"
    means = "Which measures the home page shows, in what order, and what it calls them."
    model = HomeMetric
    key = ("metric",)
    columns = (
        metric_column(),
        text_column("words", "what the home page calls it", length=60, required=True),
        whole_column(
            "position", "its place on the home page, which shows the first six with figures"
        ),
        yes_no_column("applies", "no: it no longer stands there"),
    )


TABLES = (MetricTable(), MetricProfileTable(), HomeMetricTable())
