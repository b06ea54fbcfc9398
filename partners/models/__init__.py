from partners.models.organisation import (
    Membership,
    Partner,
    PartnerCount,
    PartnerName,
    PartnerProfile,
    Succession,
)
from partners.models.partnership import PartnershipName
from partners.models.person import Invitation, RoleGrant, SignIn, User

__all__ = [
    "Invitation",
    "Membership",
    "Partner",
    "PartnerCount",
    "PartnerName",
    "PartnerProfile",
    "PartnershipName",
    "RoleGrant",
    "SignIn",
    "Succession",
    "User",
]
