"""A programme's milestones across the years, as numbers; ``programmes/_timeline.html`` draws them.

One row for each milestone, in the order of their days: a sign where it is due or was done, and an
arrow from its first date to its last where the date moved. A date that is known to the month or
year alone is as wide as that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bhcp_portal.kit.dates import span

# Lengths in units of the drawing, as wide as the column of a small phone.
WIDTH = 320
SIDE = 8
TOP = 22  # for the years
ROW = 40
LABEL = 14  # from the top of a row to the middle of its words
LINE = 28  # and to its line
NARROWEST = 8
LETTERS = 46  # of a title that fit
YEAR_ROOM = 34  # that a year's number needs


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One milestone. ``left``, ``right``: the ends of its sign. ``moved_from``: the middle of its
    first date, if the date moved; else ``None``. ``y``: the top of its row.
    """

    slug: str
    title: str
    y: float
    left: float
    right: float
    moved_from: float | None
    is_done: bool
    is_late: bool

    @property
    def label_y(self):
        return self.y + LABEL

    @property
    def line_y(self):
        return self.y + LINE

    @property
    def top(self):
        return self.line_y - NARROWEST / 2

    @property
    def width(self):
        return self.right - self.left

    @property
    def middle(self):
        return (self.left + self.right) / 2

    @property
    def arrow_end(self):
        """Where an arrow from the first date ends, just before the sign."""
        return self.left - 2 if self.moved_from < self.left else self.right + 2

    @property
    def arrow_back(self):
        """How far the arrow's head reaches back: to the left of an arrow to the right."""
        return -5 if self.moved_from < self.left else 5


@dataclass(frozen=True, slots=True)
class Timeline:
    """``years``: pairs of a place and a year's number. ``today``: the place of the day, if on it."""

    steps: list[TimelineRow]
    years: list[tuple[float, int]]
    today: float | None
    height: float
    width: float = WIDTH
    sign: float = NARROWEST


def timeline(plans: Iterable, day: date) -> Timeline | None:
    """The timeline on a day of milestones (``MilestonePlan``) that have dates; ``None`` if none has."""
    dated = sorted(
        ((plan, span(plan.shown_as)) for plan in plans if plan.shown_as),
        key=lambda pair: (pair[1].last, pair[1].first),
    )
    if not dated:
        return None
    firsts = [span(plan.first_as) for plan, _ in dated if plan.first_as]
    days = [
        each
        for spans in (firsts, [s for _, s in dated])
        for s in spans
        for each in (s.first, s.last)
    ]
    begin, end = date(min(days).year, 1, 1), date(max(days).year + 1, 1, 1)
    unit = (WIDTH - 2 * SIDE) / (end - begin).days

    def place(on):
        return SIDE + (on - begin).days * unit

    steps = []
    for number, (plan, shown) in enumerate(dated):
        left, right = place(shown.first), place(shown.last)
        if right - left < NARROWEST:
            middle = min(
                max((left + right) / 2, SIDE + NARROWEST / 2), WIDTH - SIDE - NARROWEST / 2
            )
            left, right = middle - NARROWEST / 2, middle + NARROWEST / 2
        first = span(plan.first_as) if plan.moves and plan.first_as else None
        moved_from = (place(first.first) + place(first.last)) / 2 if first else None
        if moved_from is not None and left - 4 <= moved_from <= right + 4:
            moved_from = None
        steps.append(
            TimelineRow(
                slug=plan.slug,
                title=_shortened(plan.statement.title),
                y=TOP + number * ROW,
                left=left,
                right=right,
                moved_from=moved_from,
                is_done=bool(plan.done),
                is_late=plan.is_late,
            )
        )
    years = range(begin.year, end.year + 1)
    every = max(1, -(-int(YEAR_ROOM * len(years)) // int(WIDTH - 2 * SIDE)))
    return Timeline(
        steps=steps,
        years=[(place(date(year, 1, 1)), year) for year in years[::every]],
        today=place(day) if begin <= day < end else None,
        height=TOP + len(steps) * ROW,
    )


def _shortened(title):
    if len(title) <= LETTERS:
        return title
    return title[: LETTERS - 2].rsplit(" ", 1)[0] + " …"
