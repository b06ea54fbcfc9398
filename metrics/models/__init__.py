from metrics.models.batch import BatchState, ReadingBatch
from metrics.models.home import HomeMetric
from metrics.models.metric import Direction, Metric, MetricProfile
from metrics.models.question import WORDS_KEPT, FigureQuestion
from metrics.models.reading import KeptReading, Reading
from metrics.models.series import WHOLE_BAY, ChartNote, Rebase, Series, Target, ended_places
from metrics.models.verdict_row import VerdictRow, VerdictsDue

__all__ = [
    "WHOLE_BAY",
    "WORDS_KEPT",
    "BatchState",
    "ChartNote",
    "Direction",
    "FigureQuestion",
    "HomeMetric",
    "KeptReading",
    "Metric",
    "MetricProfile",
    "Reading",
    "ReadingBatch",
    "Rebase",
    "Series",
    "Target",
    "VerdictRow",
    "VerdictsDue",
    "ended_places",
]
