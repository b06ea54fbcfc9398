"""Dates as documents write them: a day, a month, a year, or a range.

The text is ``2017-06-30``, ``2017-06``, ``2017`` or ``2016-12/2017-03`` (CONTRACT 4). What was
published on such a date counts from its last second, so that nothing appears before it was
certainly public.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from bhcp_portal.kit.unseen import visible

LONDON = ZoneInfo("Europe/London")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


class Present(datetime):
    """The present moment, made by ``Present.now(UTC)``.

    What stands at it is asked of the database without a clock: clocks of two machines differ, and
    of two statements made in one second the second counts from the next. What is worked out from it
    is a plain moment again.
    """

    def __add__(self, other):
        return self._plain() + other

    __radd__ = __add__

    def __sub__(self, other):
        return self._plain() - other

    def replace(self, *args, **kwargs):
        return self._plain().replace(*args, **kwargs)

    def astimezone(self, tz=None):
        return self._plain().astimezone(tz)

    def _plain(self):
        return datetime.combine(self.date(), self.timetz())


_PART = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """A written date: its ``text``, and the ``first`` and the ``last`` day that it may mean."""

    text: str
    first: date
    last: date

    def in_words(self):
        """The span in plain English: ``30 June 2017``, ``June 2017``, ``2017``, ``… to …``."""
        if "/" in self.text:
            start, end = (span(part) for part in self.text.split("/"))
            return f"{start.in_words()} to {end.in_words()}"
        year, *rest = self.text.split("-")
        if not rest:
            return year
        month = f"{MONTHS[int(rest[0]) - 1]} {year}"
        return f"{int(rest[1])} {month}" if len(rest) == 2 else month


def span(text):
    """Read a written date as a ``Span``; ``ValueError`` with a sentence if it is none."""
    text = text.strip()
    first, slash, last = text.partition("/")
    try:
        start, end = _part(first), _part(last if slash else first)
    except ValueError:
        raise ValueError(
            f"“{visible(text)}” is not a date. Write it like 2017-06-30, 2017-06, 2017 or 2016-12/2017-03."
        ) from None
    if start[0] > end[1]:
        raise ValueError(f"“{visible(text)}” ends before it starts. Put the earlier date first.")
    return Span(text, start[0], end[1])


def _part(text):
    match = _PART.match(text)
    if not match:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)


def in_month(text):
    """A written date in words, no finer than a month: ``in June 2017``, ``between … and …``.

    A range of all months of a year from April is ``in 2019/20``.
    """
    first, last = (_month_words(part) for part in _ends(text))
    if first == last:
        return f"in {last}"
    if year := _whole_year(text):
        return f"in {year}"
    return f"between {first.removesuffix(last[-5:])} and {last}"


def years(text):
    """The year of a written date: ``2019``; of a range over two ``2019/20``, if it lies within a year
    from April to March, else ``2019 to 2021``.
    """
    return _joined_years(text, " to ")


def in_years(text):
    """As ``years``, in a sentence: ``in 2019``, ``in 2019/20``, ``between 2019 and 2021``."""
    words = _joined_years(text, " and ")
    return f"between {words}" if " " in words else f"in {words}"


def _joined_years(text, between):
    when = span(text)
    first, last = when.first.year, when.last.year
    if first == last:
        return str(last)
    begins = date(last - 1, 4, 1)
    is_within = begins <= when.first and when.last < begins.replace(year=last)
    return f"{first}/{last % 100:02}" if is_within else f"{first}{between}{last}"


def _whole_year(text):
    """``2019/20`` for ``2019-04/2020-03``; empty for any other."""
    first, last = _ends(text)
    is_whole = first[4:] == "-04" and last[4:] == "-03" and int(last[:4]) - int(first[:4]) == 1
    return years(text) if is_whole else ""


def on_or_in(text):
    """A written date in words: ``on 30 June 2017``, ``in June 2017``, ``between … and …``."""
    return (
        f"on {span(text).in_words()}" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else in_month(text)
    )


def dated(text):
    """A written date as it stands beside a word: ``30 June 2017``, ``June 2017``; a range whole, as
    ``in 2019/20`` or ``between May and September 2019``, since its end is no date of its own.
    """
    first, last = _ends(text)
    return span(last).in_words() if first == last else in_month(text)


def _ends(text):
    first, slash, last = text.partition("/")
    return first, last if slash else first


def _month_words(text):
    return span(text[:7]).in_words()


def last_second(day):
    """The last second of a day in London, as an aware moment in UTC."""
    return datetime.combine(day, time(23, 59, 59), LONDON).astimezone(UTC)


def end_of(day):
    """The very end of a day in London, in UTC: all that was published that day is before it."""
    return datetime.combine(day, time.max, LONDON).astimezone(UTC)


def first_second(day):
    """The first second of a day in London, as an aware moment in UTC."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def london_day(moment):
    """The day that a moment falls on in London."""
    return moment.astimezone(LONDON).date()


def day_in_words(day):
    """A day in words: ``30 June 2017``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def ago(day, today):
    """How long before today a day was: ``40 days ago``, ``15 months ago``, ``3 years ago``."""
    days, months = (today - day).days, 12 * (today.year - day.year) + today.month - day.month
    if days < 60:
        return f"{days} day{'' if days == 1 else 's'} ago"
    return f"{months} months ago" if months < 24 else f"{months // 12} years ago"


def months_later(day, months):
    """The same day ``months`` later, or the last day of that month if it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year += day.year
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def working_day(first, number):
    """The ``number``-th working day from ``first`` on; ``first`` is number 1 if it is one itself.

    Working days are Monday to Friday, without the bank holidays of England.
    """
    day = first
    while True:
        if day.weekday() < 5 and day not in _bank_holidays(day.year):
            number -= 1
            if number == 0:
                return day
        day += timedelta(days=1)


@cache
def _bank_holidays(year):
    return frozenset(country_holidays("GB", subdiv="ENG", years=year))
