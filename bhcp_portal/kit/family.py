"""How many members something had as time went on, as columns of dots: 12, then 11, then 9.

Numbers only; ``templates/_family.html`` draws them, and says them in words.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# In units of the drawing, which is as wide as the column of a small phone.
WIDTH = 320
DOT = 4
STEP = 11  # from dot to dot
HEAD, FOOT = 24, 20  # room for the number above a column and the years below
MOST_DOTS = 30  # in one column; taller ones say little
MOST_COLUMNS = 8
FROM = "from "  # before the first year of a number that nothing ended


@dataclass(frozen=True, slots=True)
class DotColumn:
    """A number and the years in which it held, about ``x``. ``dots``: the height of each."""

    number: int
    years: str
    x: float
    dots: list[float]

    @property
    def number_y(self):
        """The foot of the number above its dots."""
        return (self.dots[-1] if self.dots else 0) - DOT - 5


@dataclass(frozen=True, slots=True)
class Family:
    """The drawing: its columns from left to right. ``foot``: where the words of years stand."""

    columns: list[DotColumn]
    height: float
    foot: float
    width: float = WIDTH
    dot = DOT

    @property
    def words(self):
        """The same in words: ``12 in 2016–17, 11 in 2018, 9 from 2019``."""
        return ", ".join(
            f"{each.number} {'' if each.years.startswith(FROM) else 'in '}{each.years}"
            for each in self.columns
        )


def draw(numbers: Iterable[tuple[int, int, int | None]]) -> Family | None:
    """The picture of some numbers, each with its first and last year, in the order of time.

    The last year of one that nothing ended is ``None``.
    The same number twice in a row is one column. ``None`` where nothing changed, or where it would
    be too big to be read.
    """
    joined: list[tuple[int, int, int | None]] = []
    for number, first, last in numbers:
        if joined and joined[-1][0] == number:
            _, begun, ended = joined.pop()
            first, last = min(begun, first), last and max(ended or last, last)
        joined.append((number, first, last))
    most = max((number for number, *_ in joined), default=0)
    if not 1 < len(joined) <= MOST_COLUMNS or most > MOST_DOTS:
        return None
    ground = HEAD + most * STEP
    wide = WIDTH / len(joined)
    columns = [
        DotColumn(
            number,
            _years(first, last),
            wide * (place + 0.5),
            [ground - STEP * (dot + 0.5) for dot in range(number)],
        )
        for place, (number, first, last) in enumerate(joined)
    ]
    return Family(columns, ground + FOOT, ground + FOOT - 6)


def _years(first, last):
    """``2016``, ``2016–17``, ``1999–2001`` or ``from 2019``."""
    if last is None:
        return f"{FROM}{first}"
    if first == last:
        return str(first)
    return f"{first}–{last % 100:02}" if first // 100 == last // 100 else f"{first}–{last}"
