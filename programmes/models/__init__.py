from programmes.models.figure import Figure
from programmes.models.goal import Goal, GoalProfile, ObjectiveMeaning
from programmes.models.metric_link import MetricGoal, MetricProgramme
from programmes.models.milestone import Milestone, MilestoneDate
from programmes.models.money import Money
from programmes.models.programme import (
    Objective,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
)
from programmes.models.stage import ProgrammeStage, Stage
from programmes.models.status import Status, StatusUpdate

__all__ = [
    "Figure",
    "Goal",
    "GoalProfile",
    "MetricGoal",
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
    "ProgrammeStage",
    "Stage",
    "Status",
    "StatusUpdate",
]
