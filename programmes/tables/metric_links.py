"""The tables of which metrics programmes and goals mean to move."""

from bhcp_portal.kit.tables import (
    Table,
    reference_column,
    text_column,
    yes_no_column,
)
from metrics.imports.columns import metric_column
from programmes.models import Goal, MetricGoal, MetricProgramme
from programmes.tables.programmes import programme_column


class MetricProgrammeTable(Table):
    name = "metric_programmes"
    title = "Measures of programmes"
    means = "Which measures tell how well a programme works."
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
    title = "Measures of goals"
    means = "Which measure tells something of which goal."
    model = MetricGoal
    key = ("metric", "goal")
    columns = (
        metric_column(),
        reference_column("goal", Goal, "slug of the goal"),
        text_column("words", "how they belong together"),
        yes_no_column("applies", "no: it was taken back"),
    )


TABLES = (
    MetricProgrammeTable(),
    MetricGoalTable(),
)
