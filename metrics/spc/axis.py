"""The axes of a chart: the range of values and its ticks, and which periods get a label."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, log10

STEPS_WANTED = 5
FLAT = 1e-9  # a span smaller than this share of the values counts as no span
WORD, APART = 7.5, 16  # pixels: the width of a letter, and the gap between two labels
# Each step divides the next, so that a wide chart keeps the labels that a narrow one shows. Twelve
# months are a year.
EVERY = (1, 2, 4, 12, 24, 48, 96, 192, 384, 768, 1536, 3072)


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of values that the height of a chart spans, and its ticks.

    `ticks` are pairs of a value and its label, from the lowest up.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def down(self, value: float, height: int) -> int:
        """The distance from the top of the chart down to a value; like `height`, in pixels."""
        return round((self.high - value) / (self.high - self.low) * height)


def axis_of(
    values: Sequence[float],
    *,
    lowest: float = -inf,
    highest: float = inf,
    is_percentage: bool = False,
) -> Axis:
    """A scale with round ticks that shows all the values with a small margin; it may leave out 0.

    The margin stays within `lowest` and `highest`. Values beyond these bounds are shown all the
    same. `is_percentage` adds a % sign to the labels.
    """
    bottom, top = min(values), max(values)
    size = max(abs(bottom), abs(top))
    if top - bottom <= max(size * FLAT, 1e-290):
        air = size / 10 if size > 1e-280 else 1.0
    else:
        air = (top - bottom) / 20
    bottom = min(bottom, max(bottom - air, lowest))
    top = max(top, min(top + air, highest))
    if bottom == top:  # all values are equal, and the bounds leave no margin
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
    """Labels of ticks, short where the numbers are large: "1,500", "−0.5", "1.2m", "3bn", "80%".

    `step` is the distance between two ticks, and `power` its power of ten.
    """
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
    """The step between labelled periods at which no two labels touch: 2 labels every second period.

    `words` are the labels of all periods, and `width` is the chart's width in pixels.
    """
    needed = (max(map(len, words), default=0) * WORD + APART) * len(words) / width
    return next((step for step in EVERY if step >= needed), max(len(words), 1))
