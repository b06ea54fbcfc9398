"""What waits for a person, in the one shape that all apps use.

An app's ``waiting_for(user, at)`` gives entries; the staff home page groups those of all apps by
box. Each entry links to the page where the person can act on it.
"""

from dataclasses import dataclass
from datetime import date
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


def due_tag(due_on: date, day: date) -> tuple[str, str]:
    """How far a due day is from a day, as words and a colour for an entry's tag.

    The words are ``Due in 3 days``, ``Due today`` or ``Late by 1 day``.
    """
    days = (due_on - day).days
    if days == 0:
        return "Due today", "orange"
    count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return (f"Due in {count}", "yellow") if days > 0 else (f"Late by {count}", "red")
