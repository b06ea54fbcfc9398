from metrics.models.batch import BatchState, ReadingBatch
from metrics.models.home import HomeMetric
from metrics.models.metric import Direction, Metric, MetricProfile
from metrics.models.reading import Reading
from metrics.models.series import WHOLE_BAY, ChartNote, Rebase, Series, Target, ended_places

__all__ = [
    "WHOLE_BAY",
    "BatchState",
    "ChartNote",
    "Direction",
    "HomeMetric",
    "Metric",
    "MetricProfile",
    "Reading",
    "ReadingBatch",
    "Rebase",
    "Series",
    "Target",
    "ended_places",
]
