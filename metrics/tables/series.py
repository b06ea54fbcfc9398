"""The tables of statements about a series: targets, re-bases and notes on charts."""

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    day_column,
    decimal_column,
    text_column,
    yes_no_column,
)
from iccs.models import Icc
from metrics.imports.columns import SERIES_COLUMNS
from metrics.models import (
    ChartNote,
    Metric,
    Rebase,
    Series,
    Target,
)
from partners.models import Partner


class SeriesTable(Table):
    """A table of statements about a series, which is saved with the first of them if it is new."""

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


class TargetTable(SeriesTable):
    name = "targets"
    title = "Targets"
    means = "What each measure should reach, where and between which days."
    model = Target
    key = ("metric", "scope", "kind", "starts_on")
    columns = (
        *SERIES_COLUMNS,
        choice_column("kind", Target.Kind, "whose target it is"),
        decimal_column("value", "the number, in the measure's unit"),
        day_column("starts_on", "first day it holds", required=True),
        day_column("ends_on", "last day it holds; empty: it still does"),
        text_column("words", "the target in words", required=True),
        yes_no_column("for_verdict", "whether we judge against this target"),
    )


class RebaseTable(SeriesTable):
    name = "rebases"
    title = "Re-bases"
    means = "Where counting changed, so that limits begin again, and why."
    model = Rebase
    key = ("metric", "scope", "starts_on")
    columns = (
        *SERIES_COLUMNS,
        day_column("starts_on", "first day of the period it starts with", required=True),
        text_column("why", "how counting changed", required=True),
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


TABLES = (TargetTable(), RebaseTable(), ChartNoteTable())
