"""What staff are asked about the home page, and where the card of a measure and its readings are written."""

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.editor.editors import Editor, OwnPage, Question, RowLine, WrittenAt
from metrics.models import ChartNote, Metric, MetricProfile, Reading, Rebase, Target
from metrics.models.frequency import period_words
from metrics.tables.cards import HomeMetricTable
from metrics.verdict import WHOLE_BAY_NAME, value_words
from partners.roles import SEE_METRICS

OWN_PAGES = (
    OwnPage(
        Metric,
        "Its card, targets and readings",
        lambda metric: reverse("staff:metric", args=[metric.slug]),
        SEE_METRICS,
    ),
)

WRITTEN_AT = (
    WrittenAt(MetricProfile, lambda row: reverse("staff:metric_card", args=[row.metric.slug])),
    *(
        WrittenAt(model, lambda row, page=page: reverse(page, args=[row.series.metric.slug]))
        for model, page in (
            (Target, "staff:metric_target"),
            (Rebase, "staff:metric_rebase"),
            (ChartNote, "staff:metric_note"),
        )
    ),
)

EDITORS = (
    Editor(
        HomeMetricTable(),
        (
            Question("metric", "Measure"),
            Question(
                "words",
                "What should the home page call it?",
                "In as few plain words as you can, such as Waiting list",
                needed="Enter what the home page calls it",
            ),
            Question(
                "position",
                "Its place on the home page",
                "A number from 1. The page shows the first six",
            ),
            Question(
                "applies",
                "Should the home page show it?",
                "No takes it off the page",
                needed="Say whether the home page shows it",
            ),
        ),
        fixed=("metric",),
    ),
)


def _reading(row, card):
    """``May 2026: 71.0%, 24,802 of 34,920``."""
    number = row.number(card.multiplier)
    if number is None:
        figure = row.counts_words or row.state_words
    else:
        figure = value_words(number, card)
        if row.denominator is not None:
            figure += f", {row.counts_words}"
    return _of_place(row, f"{period_words(row.period, card.frequency)}: {figure}")


def _target(row, card):
    words = f"{row.get_kind_display()} of {value_words(row.value, card)} from {day_in_words(row.starts_on)}"
    return _of_place(row, f"{words}: {row.words}")


def _rebase(row, card):
    return _of_place(row, f"from {period_words(row.starts_on, card.frequency)}: {row.what_changed}")


def _chart_note(row, card):
    return _of_place(row, f"{period_words(row.period, card.frequency)}: {row.words}")


def _of_place(row, words):
    """Places are named as things; the whole area is none."""
    return f"{WHOLE_BAY_NAME.lower()}, {words}" if row.series.place == (None, None) else words


LINES = (
    RowLine(Reading, _reading),
    RowLine(Target, _target),
    RowLine(Rebase, _rebase),
    RowLine(ChartNote, _chart_note),
)
