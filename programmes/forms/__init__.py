"""What staff write about programmes and their metrics."""

from programmes.forms.work import (
    Change,
    DecisionForm,
    MilestoneChangeForm,
    MilestoneForm,
    ProgrammeChoice,
    RoughDayField,
    StatusForm,
    TextField,
    VersionForm,
)

__all__ = [
    "Change",
    "DecisionForm",
    "MilestoneChangeForm",
    "MilestoneForm",
    "ProgrammeChoice",
    "RoughDayField",
    "StatusForm",
    "TextField",
    "VersionForm",
]
