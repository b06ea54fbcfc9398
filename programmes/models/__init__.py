from programmes.models.figure import Figure, Money
from programmes.models.goal import Goal, GoalProfile
from programmes.models.milestone import Milestone, MilestoneDate
from programmes.models.programme import (
    Objective,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
)
from programmes.models.status import Status, StatusUpdate

__all__ = [
    "Figure",
    "Goal",
    "GoalProfile",
    "Milestone",
    "MilestoneDate",
    "Money",
    "Objective",
    "Programme",
    "ProgrammeIcc",
    "ProgrammePartner",
    "ProgrammeProfile",
    "Status",
    "StatusUpdate",
]
