from iccs.models.community import (
    ClinicalNetwork,
    Icc,
    IccCount,
    IccMailbox,
    IccMention,
    IccProfile,
    IccSuccession,
    NetworkProfile,
    joined,
)
from iccs.models.people import (
    Activity,
    IccPlace,
    IccPractice,
    IccTrust,
    Population,
    Priority,
)

__all__ = [
    "Activity",
    "ClinicalNetwork",
    "Icc",
    "IccCount",
    "IccMailbox",
    "IccMention",
    "IccPlace",
    "IccPractice",
    "IccProfile",
    "IccSuccession",
    "IccTrust",
    "NetworkProfile",
    "Population",
    "Priority",
    "joined",
]
