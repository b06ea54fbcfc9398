"""What waits for a person, in the one shape that all apps use.

An app's ``waiting_for(user, at)`` gives entries; the staff home page groups those of all apps by
box. Each entry links to the page where the person can act on it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Box(StrEnum):
    """The boxes of the staff home page, in the page's order."""

    DECIDE = "Waiting for you to approve"
    RETURNED = "Returned to you"
    DUE = "Due from you"
    SENT = "Sent, waiting for somebody else"
    PUBLISHED = "Published in the last 7 days"


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One thing that waits. ``text`` says what to do and is a link to ``href``.

    It reads like ``Approve: Frailty, October 2026``. ``meta`` says who and when. ``tag`` is a word
    or two, such as ``due in 3 days``, in a ``colour`` of the design system's tag. In a box, entries
    with the lowest ``rank`` come first.
    """

    box: Box
    text: str
    href: str
    meta: str = ""
    tag: str = ""
    colour: str = "grey"
    rank: int = 0
