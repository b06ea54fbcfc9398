"""Periods: the days, weeks, months, quarters and years that metrics are counted in."""

from datetime import date, timedelta

from django.db import models

from bhcp_portal.kit.dates import MONTHS, day_in_words, months_later


class Frequency(models.TextChoices):
    DAY = "day", "Every day"
    WEEK = "week", "Every week"
    MONTH = "month", "Every month"
    QUARTER = "quarter", "Every quarter"
    YEAR = "year", "Every year"


MONTHS_LONG = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}
DAYS_LONG = {Frequency.DAY: 1, Frequency.WEEK: 7}
MUST_START = {
    Frequency.DAY: "",
    Frequency.WEEK: "A week starts on a Monday",
    Frequency.MONTH: "A month starts on its first day",
    Frequency.QUARTER: "A quarter starts on 1 January, 1 April, 1 July or 1 October",
    Frequency.YEAR: "A year starts on 1 January, a financial year on 1 April",
}


def next_period(start: date, frequency: str, steps: int = 1) -> date:
    """The first day of the period ``steps`` periods after the one that starts on ``start``.

    A negative ``steps`` gives an earlier period.
    """
    if frequency in DAYS_LONG:
        return start + timedelta(days=DAYS_LONG[frequency] * steps)
    return months_later(start, MONTHS_LONG[frequency] * steps)


def steps_between(first: date, last: date, frequency: str) -> int:
    """How many periods the one that starts on ``last`` comes after that which starts on ``first``."""
    if frequency in DAYS_LONG:
        return (last - first).days // DAYS_LONG[frequency]
    return (12 * (last.year - first.year) + last.month - first.month) // MONTHS_LONG[frequency]


def last_day(start: date, frequency: str) -> date:
    """The last day of the period that starts on ``start``."""
    return next_period(start, frequency) - timedelta(days=1)


def starts_period(day: date, frequency: str) -> bool:
    """Whether a period of this frequency may start on ``day``; a year on 1 January or 1 April."""
    if frequency == Frequency.DAY:
        return True
    if frequency == Frequency.WEEK:
        return day.weekday() == 0
    if frequency == Frequency.MONTH:
        return day.day == 1
    months = (1, 4) if frequency == Frequency.YEAR else (1, 4, 7, 10)
    return day.day == 1 and day.month in months


def period_words(start: date, frequency: str) -> str:
    """A period in words, by its first day.

    ``30 June 2017``, ``the week of 26 June 2017``, ``June 2017``, ``April to June 2017``,
    ``2017/18``.
    """
    if frequency == Frequency.DAY:
        return day_in_words(start)
    if frequency == Frequency.WEEK:
        return f"the week of {day_in_words(start)}"
    if frequency == Frequency.MONTH:
        return f"{MONTHS[start.month - 1]} {start.year}"
    if frequency == Frequency.QUARTER:
        return f"{MONTHS[start.month - 1]} to {MONTHS[start.month + 1]} {start.year}"
    return str(start.year) if start.month == 1 else f"{start.year}/{(start.year + 1) % 100:02d}"


def in_period(start: date, frequency: str) -> str:
    """A period with ``on`` or ``in``: ``on 30 June 2017``, ``in the week of 26 June 2017``."""
    return f"{'on' if frequency == Frequency.DAY else 'in'} {period_words(start, frequency)}"


def period_mark(start: date, frequency: str) -> str:
    """A label of a period, short enough for a chart's axis: ``Jun 2017``, ``30 Jun 2017``."""
    month = MONTHS[start.month - 1][:3]
    if frequency in DAYS_LONG:
        return f"{start.day} {month} {start.year}"
    if frequency == Frequency.YEAR:
        return period_words(start, frequency)
    return f"{month} {start.year}"


def year_before(start: date, frequency: str) -> date:
    """The first day of the same period a year earlier; of a week, the one 52 weeks earlier."""
    if frequency == Frequency.WEEK:
        return next_period(start, frequency, -52)
    return months_later(start, -12)
