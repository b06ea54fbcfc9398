"""Milestones as a programme's page shows them on a day."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from bhcp_portal.kit.dates import london_day, span
from programmes.models import (
    MilestoneDate,
)
from programmes.models.status import CONFIRMED_FOR

DUE_SOON = 30
SHORT_REASON = 60
# Up to here days are counted, then months, exact to about two days; what is longer is told in half
# years, exact to about a week.
DAYS_COUNTED, MONTHS_COUNTED, YEAR, NEAR = 60, 320, 365.25, 0.02
NEAR_A_MONTH = 0.08
IN_WORDS = dict(
    enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine"], start=2)
)
IN_ORDER = {1: "second", 2: "third", 3: "fourth"}


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """A milestone in the words that a page shows on a day.

    ``timing``: how its due date compares with the day ("Due in 12 days", "Overdue by 3 days", "No
    outcome was reported"). ``first`` and ``due``: the first and the latest due date. ``moves``:
    each change of that date as a dict for the component ``slip_strip``. ``is_ahead``: it belongs in
    the list of those still to come. ``late_words``: by how much it was done after its first date, such as
    ``three months late`` or ``done on its second date, three months after the first``; empty if it was not. ``sort_on``: the day it is sorted by. ``first_as``, ``shown_as``:
    the written dates of its first due date and of where it stands now, done or due. ``number``: of
    its mark on the timeline, which is also its place in the list; 0 without a date.
    """

    slug: str
    statement: MilestoneDate
    state: str
    due: str
    timing: str
    is_late: bool
    is_ahead: bool
    first: str
    first_published: str
    slip: str
    moves: list
    done: str
    sort_on: date | None
    first_as: str
    shown_as: str
    late_words: str
    number: int = 0


def plan_of(milestone, day, *, has_ended=False):
    """The ``MilestonePlan`` on a day of a milestone that was loaded ``with_dates``.

    ``has_ended``: its programme has, and what was open then ended with it.
    """
    now = milestone.current
    dated = [each for each in milestone.statements if each.due_as]
    first, last = (dated[0], dated[-1]) if dated else (None, None)
    moved = [(old, new) for old, new in pairwise(dated) if old.due_as != new.due_as]
    timing, is_late = _timing(now, last, day)
    if has_ended and now.is_open:
        timing, is_late = ENDED_WITH_IT, False
    is_silent = timing in (NO_OUTCOME, ENDED_WITH_IT)
    return MilestonePlan(
        slug=milestone.slug,
        statement=now,
        state=now.get_state_display(),
        due=last.due_words if last else "",
        timing=timing,
        is_late=is_late,
        is_ahead=now.is_open and not is_silent,
        first=first.due_words if first else "",
        first_published=first.published_words if first else "",
        slip=_slip(first, last, moved),
        moves=[
            {
                "date": new.due_words,
                "later": _later(old, new),
                "published": new.published_words,
                "reason": new.reason,
            }
            for old, new in moved
        ],
        done=_done(now, first, last, moved),
        late_words=_late_words(now, first, last, moved),
        sort_on=now.done_on or (last.due_on if last else None),
        first_as=first.due_as if first else "",
        shown_as=now.done_as or (last.due_as if last else ""),
    )


NO_OUTCOME = "No outcome was reported"
ENDED_WITH_IT = "Ended with the programme"


def _timing(now, dated, day):
    """A pair: the words for the timing of an open milestone on a day, and whether it is late.

    ``now``: its current statement. ``dated``: its last statement with a due date, or ``None``.
    """
    if not now.is_open:
        return "", False
    silent = day - london_day(now.published_at) > CONFIRMED_FOR
    if dated is None:
        return (NO_OUTCOME if silent else "No date was given"), False
    days = (dated.due_on - day).days
    if days < 0:
        if silent and -days > CONFIRMED_FOR.days:
            return NO_OUTCOME, False
        return f"Overdue by {_days(-days)}", True
    if days > DUE_SOON:
        return "", False
    return ("Due today" if days == 0 else f"Due in {_days(days)}"), False


def _slip(first, last, moved):
    """How the due date moved, in a sentence; empty if it never did.

    For example ``Moved from March to June 2019, three months later: building works``.
    """
    if not moved or first.due_as == last.due_as:
        return "Moved, and now back on its first date" if moved else ""
    if "/" in first.due_as + last.due_as:
        moved_to = f"First promised for {first.due_words}, then for {last.due_words}"
    else:
        moved_to = f"Moved from {_from_to(first.due_words, last.due_words)}"
    words = f"{moved_to}, {_later(first, last)}"
    # The sentence has room for one short reason. Longer or more reasons are in the list of moves.
    reason = moved[0][1].reason if len(moved) == 1 else ""
    return f"{words}: {reason}" if 0 < len(reason) <= SHORT_REASON else words


def _from_to(first, last):
    """Two dates in words: ``March to June 2019``, or with both years if they differ."""
    year = last[-5:]
    return f"{first.removesuffix(year)} to {last}"


def _later(old, new):
    """How far a due date moved, in words: ``three months later``, or that only its exactness changed."""
    before, after = span(old.due_as), span(new.due_as)
    if before.first <= after.first and after.last <= before.last:
        return "the same date said more exactly"
    if after.first <= before.first and before.last <= after.last:
        return "the same date said less exactly"
    days = (after.last - before.last).days
    return f"{_days(abs(days))} {'later' if days > 0 else 'earlier'}"


def _done(now, first, last, moved):
    """When the milestone was done, in words, and by how much that was after its first due date, or
    on which of its dates: how far that moved is told beside it.
    """
    if not now.done_as:
        return ""
    words = _kept_date(now, first, last, moved) or _late_words(now, first, last, moved)
    return ", ".join(filter(None, (now.done_words, words)))


def _late_words(now, first, last, moved):
    """By how much a milestone was done after its first due date; empty if it was not."""
    if not now.done_as or first is None:
        return ""
    done, due = span(now.done_as), span(first.due_as)
    if done.first <= due.last:
        return ""
    length = _days((done.last - due.last).days) if done.first == done.last else ""
    if kept := _kept_date(now, first, last, moved):
        return f"done {kept}, {length or 'some time'} after the first"
    return f"{length} late" if length else "late"


def _kept_date(now, first, last, moved):
    """``on its second date`` of what was done after its first date but by its last; else empty."""
    if first is None or span(now.done_as).first <= span(first.due_as).last:
        return ""
    if not moved or span(now.done_as).last > span(last.due_as).last:
        return ""
    return f"on its {IN_ORDER.get(len(moved), 'last')} date"


def _days(number):
    """A number of days in words: of two months and more in months, of about a year and more in half
    years, as one would say it.
    """
    if number < DAYS_COUNTED:
        return "1 day" if number == 1 else f"{number:,} days"
    if number < MONTHS_COUNTED:
        months = number * 12 / YEAR
        apart = months - round(months)
        about = "" if abs(apart) < NEAR_A_MONTH else "nearly " if apart < 0 else "over "
        return f"{about}{IN_WORDS.get(round(months), round(months))} months"
    years = number / YEAR
    halves = round(years * 2)
    whole = IN_WORDS.get(halves // 2, f"{halves // 2:,}")
    if halves % 2:
        length = "a year and a half" if halves == 3 else f"{whole} and a half years"
    else:
        length = "a year" if halves == 2 else f"{whole} years"
    apart = years - halves / 2
    about = "about" if abs(apart) < NEAR else "nearly" if apart < 0 else "over"
    return f"{about} {length}"


def in_order(found):
    """Plans in the order of their days, those without a date last; each with its ``number``."""
    found = list(found)
    dated = sorted((plan for plan in found if plan.shown_as), key=_middle)
    numbered = [replace(plan, number=number) for number, plan in enumerate(dated, start=1)]
    return numbered + [plan for plan in found if not plan.shown_as]


def _middle(plan):
    shown = span(plan.shown_as)
    return shown.first.toordinal() + shown.last.toordinal()
