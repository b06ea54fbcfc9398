"""What a person sees of a number through the number format of its cell (ISO/IEC 29500, 18.8.31)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from openpyxl.styles.numbers import is_date_format

# Formats of dates in Chinese, Japanese and Korean, which have no code of their own.
EASTERN_DATES = (*range(27, 37), *range(50, 59))
COMPARED = {
    "<=": lambda number, other: number <= other,
    ">=": lambda number, other: number >= other,
    "<>": lambda number, other: number != other,
    "<": lambda number, other: number < other,
    ">": lambda number, other: number > other,
    "=": lambda number, other: number == other,
}
# How many sections a format has; the fourth is for words.
MOST_SECTIONS = 4


@dataclass(slots=True)
class _Section:
    """A part of a format: for which numbers it is, and the characters that stand for digits."""

    condition: tuple | None = None
    places: str = ""
    is_percentage: bool = False
    is_general: bool = False

    @property
    def is_scaled(self):
        """Whether it shows thousands or millions in place of the number: a comma ends its digits."""
        return self.places.partition(".")[0].endswith(",") or self.places.endswith(",")

    def shows(self, number):
        if self.is_general:
            return True
        if self.is_scaled or not self.places.strip(",."):
            return False
        # A place that is “#” stays empty where there is nothing to show.
        return "0" in self.places or "?" in self.places or abs(number) >= Decimal("0.5")


@dataclass(slots=True)
class NumberFormat:
    """A number format, by its number and code; ``is_date`` if it shows days or times."""

    number: int
    code: str
    is_date: bool = False
    sections: list[_Section] = field(default_factory=list)

    def __post_init__(self):
        self.is_date = self.number in EASTERN_DATES or is_date_format(self.code)
        if not self.is_date and self.code not in ("", "General"):
            self.sections = [_section(part) for part in _parts(self.code)][:MOST_SECTIONS]

    @property
    def may_hide(self) -> bool:
        """Whether there are numbers that a person would not read in the cell."""
        return not all(section.shows(Decimal(0)) for section in self.sections[:3])

    def seen(self, text: str) -> str:
        """The number that a person reads in the cell: 0.914 as ``91.4%``.

        It is empty if the person reads other words, another number or nothing.
        """
        if not self.sections:
            return text
        number = _decimal(text)
        if number is None:
            return text
        sections = self._for(number)
        shares = {section.is_percentage for section in sections}
        if not all(section.shows(number) for section in sections) or len(shares) > 1:
            return ""
        return f"{(number * 100).normalize():f}%" if True in shares else text

    def _for(self, number):
        """The sections by which the number may be shown."""
        with_conditions = [section for section in self.sections if section.condition]
        for section in with_conditions:
            how, other = section.condition
            if COMPARED[how](number, other):
                return [section]
        if with_conditions:
            return [section for section in self.sections[:3] if not section.condition]
        place = 0 if number > 0 else 1 if number < 0 else 2
        # The first section is for all numbers for which there is none.
        return [self.sections[place if place < min(len(self.sections), 3) else 0]]


def _parts(code: str) -> Iterator[list[str]]:
    """The sections of a code, each as its signs; ``"words"`` and ``[marks]`` are one sign each."""
    part, place = [], 0
    while place < len(code):
        sign = code[place]
        end = place + 1
        if sign in '"[':
            end = code.find('"' if sign == '"' else "]", end) + 1 or len(code)
        elif sign in "\\_*":
            end += 1
        if sign == ";":
            yield part
            part = []
        else:
            part.append(code[place:end])
        place = end
    yield part


def _section(signs):
    section = _Section()
    for sign in signs:
        if sign.startswith("["):
            section.condition = section.condition or _condition(sign.strip("[]"))
        elif sign in "0#?,.":
            section.places += sign
        elif sign == "%":
            section.is_percentage = True
    bare = "".join(sign for sign in signs if len(sign) == 1).lower()
    section.is_general = "general" in bare or "@" in bare
    return section


def _condition(mark):
    for how in COMPARED:
        if mark.startswith(how):
            other = _decimal(mark[len(how) :].strip())
            return None if other is None else (how, other)
    return None


def _decimal(text):
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
