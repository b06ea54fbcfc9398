"""The scales of a chart: which values its height spans, and which periods get a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, log10

STEPS_WANTED = 5
FLAT = 1e-9  # a span smaller than this part of the values is drawn as none
WORD, APART = 7.5, 16  # the width of a letter, and the room between the words of two periods
# Each divides the next, so that the words of a narrow chart are among those of a wide one. Twelve
# months are a year.
EVERY = (1, 2, 4, 12, 24, 48, 96, 192, 384, 768, 1536, 3072)


@dataclass(frozen=True, slots=True)
class Axis:
    """What the height of a chart spans, and its ticks with their words, from the lowest up."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def down(self, value: float, height: int) -> int:
        """How far below the top a value lies, in a chart so many pixels high."""
        return round((self.high - value) / (self.high - self.low) * height)


def axis_of(
    values: Sequence[float],
    *,
    lowest: float = -inf,
    highest: float = inf,
    is_percentage: bool = False,
) -> Axis:
    """A scale with round ticks that shows all the values, with a little air, and need not hold 0.

    The air stays within `lowest` and `highest`; values beyond them are shown all the same.
    """
    bottom, top = min(values), max(values)
    size = max(abs(bottom), abs(top))
    if top - bottom <= max(size * FLAT, 1e-290):
        air = size / 10 if size > 1e-280 else 1.0
    else:
        air = (top - bottom) / 20
    bottom = min(bottom, max(bottom - air, lowest))
    top = max(top, min(top + air, highest))
    if bottom == top:  # flat between bounds that leave no air
        bottom, top = bottom - air, top + air

    rough = (top - bottom) / STEPS_WANTED
    power = floor(log10(rough))
    decade = 10.0**power
    times = next(times for times in (1, 2, 5, 10) if times * decade >= rough or times == 10)
    step = times * decade
    if times == 10:
        power += 1
    places = range(floor(bottom / step), ceil(top / step) + 1)
    numbers = [place * step for place in places]
    return Axis(
        low=numbers[0],
        high=numbers[-1],
        ticks=tuple(zip(numbers, tick_words(numbers, step, power, is_percentage), strict=True)),
    )


def tick_words(numbers: Sequence[float], step: float, power: int, is_percentage: bool) -> list[str]:
    """Ticks in words, short where the numbers are large: "1,500", "−0.5", "1.2m", "3bn", "80%"."""
    size = max(map(abs, numbers))
    if size >= 1e15 or power < -9:
        digits = max(1, ceil(log10(size / step)) + 1)
        words = [f"{number:.{digits}g}" for number in numbers]
    else:
        unit, name, tens = 1.0, "", 0
        if size >= 1e9 and power >= 7:
            unit, name, tens = 1e9, "bn", 9
        elif size >= 1e6 and power >= 4:
            unit, name, tens = 1e6, "m", 6
        decimals = max(0, tens - power)
        if all(number % unit == 0 for number in numbers):
            decimals = 0
        words = [f"{number / unit:,.{decimals}f}{name}" for number in numbers]
    sign = "%" if is_percentage else ""
    return [f"{word.replace('-', '−')}{sign}" for word in words]


def every(words: Sequence[str], width: int) -> int:
    """Every how manyeth period gets its word so that none meets its neighbour in such a width."""
    needed = (max(map(len, words), default=0) * WORD + APART) * len(words) / width
    return next((step for step in EVERY if step >= needed), max(len(words), 1))
