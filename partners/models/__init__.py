from partners.models.organisation import (
    Membership,
    Partner,
    PartnerCount,
    PartnerName,
    PartnerProfile,
    Succession,
)
from partners.models.person import Invitation, RoleGrant, SignIn, User

__all__ = [
    "Invitation",
    "Membership",
    "Partner",
    "PartnerCount",
    "PartnerName",
    "PartnerProfile",
    "RoleGrant",
    "SignIn",
    "Succession",
    "User",
]
