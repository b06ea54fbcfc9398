"""What waits for a person, in the one shape that all apps use.

An app's ``waiting_for(user, at)`` gives entries, and is listed as ``INBOXES`` of its ``inbox``; the
staff home page groups those of all apps by box. Each entry links to the page where the person can
act on it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from django.utils.html import format_html

from bhcp_portal.kit.kinds import declared

# A box with more rows than this is folded by partner; so many rows that fold by none stay open.
SHORT = 10
# From so many days on a lateness is said in months, and from so many in years.
IN_MONTHS, IN_YEARS = 61, 731
# Of so many that wait longest it is tried which can be approved, to lead on to it.
MOST_LED_TO = 10
NO_MOMENT = datetime.min.replace(tzinfo=UTC)


class Box(StrEnum):
    """The boxes of the staff home page, in the page's order."""

    RETURNED = "Returned to you"
    DUE = "To do"
    DECIDE = "To approve"
    SENT = "Sent, waiting for somebody else"
    PUBLISHED = "Done in the last 7 days"


@dataclass(frozen=True, slots=True)
class EntryPart:
    """One of the things that an entry is about, with its page."""

    text: str
    href: str
    meta: str = ""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One thing that waits. ``text`` says what to do and is a link to ``href``.

    It reads like ``Approve: Frailty, October 2026``. ``meta`` says who and when. ``tag`` is a word
    or two, such as ``due in 3 days``, in a ``colour`` of the design system's tag. ``parts`` are
    folded below it, under ``parts_named``.

    ``day``: when it is due, or when it came; the oldest comes first. ``at``: the moment of what is
    done, of which the newest comes first. ``partner``: the name of whom
    it is done for, by which long lists are folded. ``duty``: the name of a duty whose rows are
    folded always. ``together``: where several like it are done on one page, the words of the link
    and the address of that page. ``refusal``: gives why it can’t be approved as things stand, if
    that may be.
    """

    box: Box
    text: str
    href: str
    meta: str = ""
    tag: str = ""
    colour: str = "grey"
    day: date | None = None
    at: datetime | None = None
    partner: str = ""
    duty: str = ""
    together: tuple[str, str] | None = None
    parts: tuple[EntryPart, ...] = ()
    parts_named: str = ""
    refusal: Callable[[], object] | None = field(default=None, compare=False)

    @property
    def parts_words(self) -> str:
        hidden = '{} ({})<span class="nhsuk-u-visually-hidden">: {}</span>'
        return format_html(hidden, self.parts_named, len(self.parts), self.text)


@dataclass(frozen=True, slots=True)
class Fold:
    """Entries that are folded under a name."""

    name: str
    entries: list[InboxEntry]
    is_open: bool = False

    @property
    def summary(self) -> str:
        return f"{self.name} ({len(self.entries)})"


@dataclass(frozen=True, slots=True)
class FilledBox:
    """A box with its entries: those in the open and those that are folded.

    ``together``: for each page on which several can be done, the words of its link, its address and
    how many there are.
    """

    box: Box
    entries: list[InboxEntry]
    shown: list[InboxEntry] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    together: list[tuple[str, str, int]] = field(default_factory=list)


def all_waiting_for(user, at) -> list[InboxEntry]:
    """What waits for a person, from every app."""
    return [entry for inbox in declared("inbox", "INBOXES") for entry in inbox(user, at)]


@dataclass(frozen=True, slots=True)
class Next:
    """What a person decides on next: ``entry``, if there is one, of ``number`` that wait for them."""

    entry: InboxEntry | None
    number: int


def next_to_decide(user, at) -> Next:
    """Of what waits for a person, that which has waited longest and can be approved as things stand."""
    waits = [entry for entry in all_waiting_for(user, at) if entry.box == Box.DECIDE]
    tried = _in_order(Box.DECIDE, waits)[:MOST_LED_TO]
    ready = (entry for entry in tried if not (entry.refusal and entry.refusal()))
    return Next(next(ready, None), len(waits))


def filled_boxes(entries: Iterable[InboxEntry], *, own: str = "") -> list[FilledBox]:
    """The boxes that have entries, in the page's order. ``own``: the name of the person's partner."""
    by_box = defaultdict(list)
    for entry in entries:
        by_box[entry.box].append(entry)
    return [_filled(box, by_box[box], own) for box in Box if box in by_box]


def _in_order(box, entries):
    """The entries of a box, what waits longest first; what is done, the latest first."""
    by_text = sorted(entries, key=lambda entry: entry.text)
    if box == Box.PUBLISHED:
        return sorted(
            by_text,
            key=lambda entry: (entry.day or date.min, entry.at or NO_MOMENT),
            reverse=True,
        )
    return sorted(by_text, key=lambda entry: entry.day or date.max)


def _filled(box, entries, own):
    entries = _in_order(box, entries)
    shown, folds = [entry for entry in entries if not entry.duty], []
    partners = {entry.partner for entry in shown if entry.partner}
    if len(shown) > SHORT and len(partners) > 1:
        folds = [
            Fold(name, found, is_open=name == own)
            for name, found in sorted(_by(shown, "partner").items())
        ]
        shown = [entry for entry in shown if not entry.partner]
    if len(shown) > SHORT:
        folds.insert(0, Fold("More", shown[SHORT:]))
        shown = shown[:SHORT]
    folds += [Fold(name, found) for name, found in _by(entries, "duty").items()]
    together = [
        (*page, len(found)) for page, found in _by(entries, "together").items() if len(found) > 1
    ]
    return FilledBox(box, entries, shown, folds, together)


def _by(entries, name):
    """Entries by what they have under a name, in the order in which that first comes."""
    found = defaultdict(list)
    for entry in entries:
        if value := getattr(entry, name):
            found[value].append(entry)
    return found


def due_tag(due_on: date, day: date) -> tuple[str, str]:
    """How far a due day is from a day, as words and a colour for an entry's tag.

    The words are ``Due in 3 days``, ``Due today``, ``Late by 1 day`` or ``Late by 7 years``.
    """
    days = (due_on - day).days
    if days == 0:
        return "Due today", "orange"
    if days > 0:
        return f"Due in {_counted(days)}", "yellow"
    return f"Late by {_counted(-days)}", "red"


def _counted(days):
    if days >= IN_YEARS:
        return f"{days * 4 // 1461} years"
    if days >= IN_MONTHS:
        return f"{days * 48 // 1461} months"
    return f"{days} day{'s' if days > 1 else ''}"
