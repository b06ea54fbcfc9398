from partners.models.organisation import (
    Membership,
    Partner,
    PartnerCount,
    PartnerName,
    PartnerProfile,
    Succession,
)
from partners.models.person import Invitation, RoleGrant, User

__all__ = [
    "Invitation",
    "Membership",
    "Partner",
    "PartnerCount",
    "PartnerName",
    "PartnerProfile",
    "RoleGrant",
    "Succession",
    "User",
]
