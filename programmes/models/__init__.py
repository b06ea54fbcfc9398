from programmes.models.figure import Figure, Money
from programmes.models.goal import Goal, GoalProfile, ObjectiveMeaning
from programmes.models.metric import (
    ChartNote,
    Metric,
    MetricGoal,
    MetricProfile,
    MetricProgramme,
    Rebase,
    Series,
    Target,
)
from programmes.models.milestone import Milestone, MilestoneDate
from programmes.models.programme import (
    Objective,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
)
from programmes.models.reading import BatchState, Reading, ReadingBatch
from programmes.models.status import Status, StatusUpdate

__all__ = [
    "BatchState",
    "ChartNote",
    "Figure",
    "Goal",
    "GoalProfile",
    "Metric",
    "MetricGoal",
    "MetricProfile",
    "MetricProgramme",
    "Milestone",
    "MilestoneDate",
    "Money",
    "Objective",
    "ObjectiveMeaning",
    "Programme",
    "ProgrammeIcc",
    "ProgrammePartner",
    "ProgrammeProfile",
    "Reading",
    "ReadingBatch",
    "Rebase",
    "Series",
    "Status",
    "StatusUpdate",
    "Target",
]
