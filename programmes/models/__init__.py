from programmes.models.figure import Figure, Money
from programmes.models.goal import Goal, GoalProfile, ObjectiveMeaning
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
    "ObjectiveMeaning",
    "Programme",
    "ProgrammeIcc",
    "ProgrammePartner",
    "ProgrammeProfile",
    "Status",
    "StatusUpdate",
]
