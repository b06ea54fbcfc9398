"""Dates as people write them: ``3rd of June 2027``, ``6/2027``, ``2017/18``, ``June to August 2027``.

What is read is a ``Span`` of kit/dates.py, whose ``in_words`` can be typed and read again. A day in
numbers is read day first, and two years that follow each other are a financial year.
"""

import re
from calendar import monthrange

from bhcp_portal.kit.dates import MONTHS, span
from bhcp_portal.kit.unseen import visible

_MONTHS = {
    name[:length].lower(): number
    for number, name in enumerate(MONTHS, start=1)
    for length in range(3, len(name) + 1)
}
_DAY, _MONTH, _YEAR = r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})", r"(?P<year>\d{4}|\d{2})"
_NAME = rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_FULL_YEAR = r"(?P<year>\d{4})"
_SHAPES = [
    re.compile(shape, re.ASCII)
    for shape in (
        _FULL_YEAR,
        f"{_NAME} {_YEAR}",
        f"{_MONTH} {_FULL_YEAR}",
        f"{_FULL_YEAR} {_MONTH}",
        # No day of a month: 6/27 lacks two digits of its year, and 3/6 may be either.
        r"(?P<month>0?[1-9]|1[0-2]) (?P<year>1[3-9]|[2-9]\d)",
        f"{_DAY} {_NAME} {_YEAR}",
        f"{_NAME} {_DAY} {_FULL_YEAR}",
        f"{_DAY} {_MONTH} {_YEAR}",
        f"{_FULL_YEAR} {_MONTH} {_DAY}",
        # Without its year, as the start of a range may be.
        f"{_DAY} {_NAME}",
        _NAME,
        _DAY,
    )
]
_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?")
_TWO_YEARS = re.compile(r"(?:(?:financial year|fy) ?)?(\d{4}) ?([/-]) ?(\d{4}|\d{2})", re.ASCII)
_ISO = r"\d{4}(?:-\d\d){0,2}"
_RANGES = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"between (.+) and (.+)",
        r"(?:from )?(.+) (?:to|until) (.+)",
        r"(.+) - (.+)",
        r"([^-]+)-([^-]+)",
        rf"({_ISO})/({_ISO})",
    )
]


def read_date(written):
    """Read a date as a person writes it, as a ``Span``; ``ValueError`` with a sentence if it is none."""
    plain = _plain(written)
    try:
        text = _canonical(plain)
    except _ShapeError:
        text = _canonical_range(plain, written.strip())
    except ValueError as error:
        raise ValueError(f"“{visible(written.strip())}” {error}") from None
    found = span(text)
    _require_weekday(written, found)
    return found


def _require_weekday(written, found):
    """Of a single day, a weekday that was written is its own."""
    weekday = _WEEKDAY.search(written.lower())
    if weekday and found.first == found.last and weekday[0][:3] != f"{found.first:%a}".lower():
        raise ValueError(
            f"“{visible(written.strip())}” is not a real date. {found.in_words()} is a {found.first:%A}"
        )


class _ShapeError(ValueError):
    """The words have none of the shapes of a date."""


def _plain(written):
    """What was written, in small letters, without commas, ordinals, weekdays, “of” and blanks beyond one."""
    plain = re.sub("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]", "-", written.lower())
    plain = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1", _WEEKDAY.sub(" ", plain))
    return " ".join(re.sub(r",|\b(?:the|of)\b", " ", plain).split())


def _canonical(plain, end=""):
    """The text, as ``span`` reads it, of one day, month, year or financial year.

    ``end``: the text of the end of a range; what the start leaves out is taken from it.
    """
    if years := _TWO_YEARS.fullmatch(plain):
        return _two_years(*years.groups())
    tokens = " ".join(re.split(r"[ ./-]+", plain))
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(tokens))), None)
    if not found:
        raise _ShapeError
    parts = found.groupdict()
    year, month, day = parts.get("year"), parts.get("month"), parts.get("day")
    if "name" in parts:
        month = _MONTHS[parts["name"]]
    end_year, *rest = end.split("-")
    if not year and not month and rest:
        month = rest[0]
    year = year or end_year
    if not month and day:
        raise _ShapeError
    if not year:
        raise ValueError("has no year. Write it too, like 3 June 2027 or June 2027")
    return _real(year, month, day)


def _real(year, month, day):
    if len(year) == 2:
        raise ValueError(f"has two digits of its year. Write the year with four digits: 20{year}")
    if not 1800 <= int(year) < 2200:
        raise ValueError(f"is not a real date. Check the year, {year}")
    if not month:
        return year
    month = int(month)
    if not 1 <= month <= 12:
        raise ValueError(
            f"is not a real date. There is no month {month}: write the day first, like 3/6/2027"
        )
    if not day:
        return f"{year}-{month:02}"
    length = monthrange(int(year), month)[1]
    if not 1 <= int(day) <= length:
        raise ValueError(f"is not a real date. {MONTHS[month - 1]} {year} has {length} days")
    return f"{year}-{month:02}-{int(day):02}"


def _two_years(first, sign, second):
    year = int(first)
    follows = second in (str(year + 1), f"{(year + 1) % 100:02}")
    is_month = sign == "-" and len(second) == 2 and 1 <= int(second) <= 12
    if follows and is_month:
        raise ValueError(
            f"may be a month or a financial year. Write {MONTHS[int(second) - 1]} {first}, "
            f"or {first}/{second}"
        )
    if is_month:
        return _real(first, second, None)
    if len(second) == 4 and not follows:
        raise _ShapeError  # a range of years
    if not follows:
        raise ValueError(
            f"is neither a month nor a financial year. Write it like June {first} or "
            f"{first}/{(year + 1) % 100:02}"
        )
    return f"{_real(first, '4', None)}/{_real(str(year + 1), '3', None)}"


def _canonical_range(plain, written):
    for pattern in _RANGES:
        if match := pattern.fullmatch(plain):
            break
    else:
        raise ValueError(
            f"“{visible(written)}” is not a date. Write it like 3 June 2027, June 2027, 2027 or "
            "June to August 2027"
        )
    start, end = match.groups()
    try:
        last = _canonical(end).rpartition("/")[2]
        first = _canonical(start, last).partition("/")[0]
    except _ShapeError:
        raise ValueError(
            f"“{visible(written)}” is not a date. Write a range like June to August 2027"
        ) from None
    except ValueError as error:
        raise ValueError(f"“{visible(written)}” {error}") from None
    if span(first).first > span(last).last:
        raise ValueError(
            f"“{visible(written)}” ends before it starts. Put the earlier date first, each with its year"
        )
    return f"{first}/{last}"
