"""What waits for a person, in the one shape that every app tells it in.

An app's ``waiting_for(user, at)`` gives entries; the staff home page groups those of all apps
by box. Each is one click from being acted on, so that what the page counts can be worked off.
"""

from dataclasses import dataclass
from enum import StrEnum


class Box(StrEnum):
    """Where on the staff home page an entry lies, in the page's order."""

    DECIDE = "Waiting for you to approve"
    RETURNED = "Returned to you"
    DUE = "Due from you"
    SENT = "Sent, waiting for somebody else"
    PUBLISHED = "Published in the last 7 days"


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One thing that waits: what to do is the link's text (``Approve: Frailty, October 2026``).

    ``meta`` says who and when; ``tag`` is a word or two such as ``due in 3 days``, in a colour of the
    design system's tag. Entries of a box are shown by ``rank``, the lowest first.
    """

    box: Box
    text: str
    href: str
    meta: str = ""
    tag: str = ""
    colour: str = "grey"
    rank: int = 0
