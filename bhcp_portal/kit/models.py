"""The kit's own tables; the abstract models are imported from where they are written."""

from bhcp_portal.kit.addresses import OldAddress, OldCode
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.launch import Launch, Redaction
from bhcp_portal.kit.public_rows import PublicRow
from bhcp_portal.kit.reviews import Review
from bhcp_portal.kit.revision import Publication, Revision
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.throttling import FailedAttempt

__all__ = [
    "FailedAttempt",
    "Launch",
    "OldAddress",
    "OldCode",
    "Proposal",
    "PublicRow",
    "Publication",
    "Redaction",
    "Review",
    "Revision",
    "Source",
]
