from partners.models.glossary import GlossaryTerm, TermMeaning
from partners.models.leaving import AccessEnd
from partners.models.organisation import (
    Membership,
    Partner,
    PartnerCount,
    PartnerMailbox,
    PartnerName,
    PartnerProfile,
    PartnerSite,
    Succession,
)
from partners.models.partnership import PartnershipName, site_name
from partners.models.person import Invitation, RoleGrant, SignIn, User
from partners.models.review import AccessReview
from partners.models.security import SecurityEvent
from partners.models.source import SourceProfile, credit

__all__ = [
    "AccessEnd",
    "AccessReview",
    "GlossaryTerm",
    "Invitation",
    "Membership",
    "Partner",
    "PartnerCount",
    "PartnerMailbox",
    "PartnerName",
    "PartnerProfile",
    "PartnerSite",
    "PartnershipName",
    "RoleGrant",
    "SecurityEvent",
    "SignIn",
    "SourceProfile",
    "Succession",
    "TermMeaning",
    "User",
    "credit",
    "site_name",
]
