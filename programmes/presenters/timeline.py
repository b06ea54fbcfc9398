"""A programme's milestones across the years, as numbers; ``programmes/_timeline.html`` draws them.

A mark for each milestone that has a date, with its number in the list beside it, and an arrow from
its first date where the date moved. A date known to the month or year alone is marked in the
middle of it: the list says how exact it is. Marks that would touch stand one above the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bhcp_portal.kit.dates import span

# Lengths in units of the drawing, as wide as the column of a small phone.
WIDTH = 320
SIDE = 12
TOP = 30  # from the upper edge to the middle of the first row of marks; the years stand above
ROW = 24
RADIUS = 9
YEAR_ROOM = 38  # that a year's number needs
FEWEST = 2  # milestones with a date that make a picture


@dataclass(frozen=True, slots=True)
class MilestoneMark:
    """One milestone, by its number. ``x``, ``y``: the middle of its mark. ``moved_from``: the middle
    of its first date, if the date moved; else ``None``.
    """

    number: int
    x: float
    y: float
    moved_from: float | None
    is_done: bool
    is_late: bool

    @property
    def arrow_end(self):
        """Where an arrow from the first date ends, just before the mark."""
        return self.x - RADIUS - 2 if self.moved_from < self.x else self.x + RADIUS + 2

    @property
    def arrow_back(self):
        """How far the arrow's head reaches back: to the left of an arrow to the right."""
        return -5 if self.moved_from < self.x else 5

    @property
    def number_y(self):
        """The line on which the number stands."""
        return self.y + 4


@dataclass(frozen=True, slots=True)
class Timeline:
    """``years``: pairs of a place and a year's number. ``today``: the place of the day, if on it.
    ``without_date``: how many milestones could not be drawn.
    """

    marks: list[MilestoneMark]
    years: list[tuple[float, int]]
    today: float | None
    height: float
    without_date: int
    width: float = WIDTH
    radius: float = RADIUS

    @property
    def has_open(self):
        return not all(mark.is_done for mark in self.marks)

    @property
    def has_moves(self):
        return any(mark.moved_from is not None for mark in self.marks)


def timeline(plans: Iterable, day: date) -> Timeline | None:
    """The timeline on a day of milestones (``MilestonePlan``) in order.

    ``None`` unless at least two have a date: one alone makes no picture.
    """
    plans = list(plans)
    dated = [(plan, span(plan.shown_as)) for plan in plans if plan.shown_as]
    if len(dated) < FEWEST:
        return None
    firsts = [span(plan.first_as) for plan, _ in dated if plan.first_as]
    spans = [*firsts, *(shown for _, shown in dated)]
    begin = date(min(each.first for each in spans).year, 1, 1)
    end = date(max(each.last for each in spans).year + 1, 1, 1)
    unit = (WIDTH - 2 * SIDE) / (end - begin).days

    def place(on):
        return SIDE + (on - begin).days * unit

    def middle(shown):
        found = (place(shown.first) + place(shown.last)) / 2
        return min(max(found, SIDE + RADIUS), WIDTH - SIDE - RADIUS)

    marks, free_from = [], []
    for plan, shown in dated:
        x = middle(shown)
        first = middle(span(plan.first_as)) if plan.moves and plan.first_as else x
        row = _row(free_from, min(first, x), max(first, x))
        marks.append(
            MilestoneMark(
                number=plan.number,
                x=x,
                y=TOP + row * ROW,
                moved_from=None if abs(first - x) < 2 * RADIUS else first,
                is_done=bool(plan.done),
                is_late=plan.is_late,
            )
        )
    years = range(begin.year, end.year)
    every = max(1, -(-int(YEAR_ROOM * len(years)) // int(WIDTH - 2 * SIDE)))
    # The last year has its number, since most is told of it; the line behind it has none.
    lined = [*years[::-1][::every][::-1], end.year]
    return Timeline(
        marks=marks,
        years=[(place(date(year, 1, 1)), year) for year in lined],
        today=place(day) if begin <= day < end else None,
        height=TOP + (len(free_from) - 1) * ROW + RADIUS + 5,
        without_date=len(plans) - len(dated),
    )


def _row(free_from, left, right):
    """The first row with room between two places; ``free_from``, by row, is where room begins."""
    row = next(
        (n for n, taken in enumerate(free_from) if left - RADIUS > taken),
        len(free_from),
    )
    if row == len(free_from):
        free_from.append(0.0)
    free_from[row] = right + RADIUS + 2
    return row
