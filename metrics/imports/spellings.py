"""Days, numbers and words as people of the trade write them, put into the form of our columns (BEHAVIOUR V).

Each function gives the text that our columns ask for, and what to say of the reading where it is
another than most would expect. What it can't read it gives back as it is, for the columns to refuse.
What can be read in two ways raises ``AmbiguousError``.
"""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from bhcp_portal.kit.dates import MONTHS, span
from bhcp_portal.kit.tables import MOMENT
from metrics.models.frequency import DAYS_LONG, Frequency
from metrics.models.reading import DIGITS, PLACES

DAY_FIRST = "A day such as 01/09/2025 was read day first, as 1 September 2025."
SHORT_YEAR = "A month such as Sep-25 was read as September 2025."
SERIAL = (
    "A number such as 45901 was read as the day that spreadsheets mean by it, 1 September 2025."
)
ROUNDED = f"More than {PLACES} decimals, so rounded as the measure shows its numbers."
FINAL = "Nothing in provisional, so taken as final."

COMMA = "A number such as 91,4 was read as 91.4."

# What stands where there is no number.
MARKS = ("*", "-", "–", "—", ".", "..", "…", ":", "n/a", "na", "[c]", "[x]", "[z]", "c", "x", "z")
NO_WORDS = ("-", "–", "—", "n/a")
YES_NO = {"y": "yes", "true": "yes", "n": "no", "false": "no"}
MONTH_NUMBERS = {"sept": 9} | {
    name: number
    for number, month in enumerate(MONTHS, start=1)
    for name in (month.lower(), month[:3].lower())
}
# Two figures of a year below it are of this century.
CENTURY = 50
# The days from 1954 to 2064, as spreadsheets count them.
SERIALS = range(20_000, 60_001)

_MIDNIGHT = r"(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?"
_YEAR = r"(\d{4}|\d{2})"
_ISO = re.compile(rf"(\d{{4}})[-/](\d\d?)[-/](\d\d?){_MIDNIGHT}")
_UK = re.compile(rf"(\d\d?)[-/.](\d\d?)[-/.]{_YEAR}{_MIDNIGHT}")
_UK_IN_WORDS = re.compile(rf"(\d\d?)(?:st|nd|rd|th)?[- /]+([a-z]+)\.?[- /,]+{_YEAR}", re.IGNORECASE)
_MONTH_IN_WORDS = re.compile(r"([a-z]+)\.?[-/'’ ,]*(\d{4})", re.IGNORECASE)
_SHORT_MONTH = re.compile(r"([a-z]+)[-/'’](\d\d)", re.IGNORECASE)
_YEAR_AND_WORD = re.compile(r"(\d{4})[-/ ]+([a-z]+)", re.IGNORECASE)
_YEAR_AND_MONTH = re.compile(r"(\d{4})[-/]?(\d\d)")
_MONTH_AND_YEAR = re.compile(r"(\d\d?)[/.-](\d{4})")
_FINANCIAL_YEAR = re.compile(r"(\d{4})[-/]?(\d\d|\d{4})")
_SHORT_MONTH_OR_DAY = re.compile(r"([a-z]+) +(\d\d)", re.IGNORECASE)
_QUARTER = re.compile(r"q[1-4][- /]*\d{4}|\d{4}(?:[-/]\d\d)?[- /]*q[1-4]", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:(,\d{3})+|(?:[\s’']\d{3})+)(?:\.\d+)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class AmbiguousError(ValueError):
    """A cell can be read in two ways. The message shows both and says what to write."""


def period(text: str, frequency: str, *, from_1904: bool = False) -> tuple[str, str]:
    """The first day of a period, in ISO 8601."""
    if frequency == Frequency.YEAR and (found := _year(text)):
        return found, ""
    if frequency not in DAYS_LONG and (found := _month(text)):
        (year, month), remark = found
        return f"{year}-{month:02}-01", remark
    if _QUARTER.fullmatch(text):
        raise AmbiguousError(
            "Is it a quarter of the calendar year, or of the financial year? Write its first day, like "
            "2025-07-01."
        )
    if (match := _SHORT_MONTH_OR_DAY.fullmatch(text)) and match[1].lower() in MONTH_NUMBERS:
        month = MONTHS[MONTH_NUMBERS[match[1].lower()] - 1]
        raise AmbiguousError(
            f"Is it {month} {_full(match[2])}, or {match[2]} {month}? Write the month like 2025-09."
        )
    return _day(text, from_1904) or (text, "")


def published(text: str, *, from_1904: bool = False) -> tuple[str, str]:
    """A written date: a day or a month, in ISO 8601."""
    if MOMENT.match(text) or _is_span(text):
        return text, ""
    if found := _month(text):
        (year, month), remark = found
        return f"{year}-{month:02}", remark
    return _day(text, from_1904) or (text, "")


def _is_span(text):
    try:
        span(text)
    except ValueError:
        return False
    return True


def _day(text, from_1904):
    if match := _ISO.fullmatch(text):
        return _iso(*match.groups(), "")
    if match := _UK.fullmatch(text):
        day, month, year = match.groups()
        return _iso(_full(year), month, day, DAY_FIRST)
    if match := _UK_IN_WORDS.fullmatch(text):
        day, word, year = match.groups()
        return _iso(_full(year), MONTH_NUMBERS.get(word.lower(), 0), day, "")
    if len(text) == 5 and text.isascii() and text.isdigit() and int(text) in SERIALS:
        epoch = CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900
        return from_excel(int(text), epoch).date().isoformat(), SERIAL
    return None


def _iso(year, month, day, remark):
    try:
        return date(int(year), int(month), int(day)).isoformat(), remark
    except ValueError:
        return None


def _month(text):
    """The pair (year, number of the month) and what to say of it, or ``None``."""
    remark = ""
    if match := _MONTH_IN_WORDS.fullmatch(text):
        word, year = match.groups()
    elif match := _YEAR_AND_WORD.fullmatch(text):
        year, word = match.groups()
    elif match := _SHORT_MONTH.fullmatch(text):
        (word, year), remark = match.groups(), SHORT_YEAR
    elif match := _YEAR_AND_MONTH.fullmatch(text):
        year, word = match.groups()
    elif match := _MONTH_AND_YEAR.fullmatch(text):
        word, year = match.groups()
    else:
        return None
    month = int(word) if word.isdigit() else MONTH_NUMBERS.get(word.lower(), 0)
    return ((int(_full(year)), month), remark) if 1 <= month <= 12 else None


def _year(text):
    """The first day of a year: 2019/20 begins in April, 2019 in January."""
    if text.isascii() and text.isdigit() and len(text) == 4:
        return f"{text}-01-01"
    if match := _FINANCIAL_YEAR.fullmatch(text):
        first, last = match.groups()
        if (int(first) + 1) % 100 == int(last) % 100 and len(last) in (2, 4):
            return f"{first}-04-01"
    return ""


def _full(year):
    if len(year) == 4:
        return year
    return f"{20 if int(year) < CENTURY else 19}{year}"


def count(
    text: str, *, decimals: int, is_percentage: bool, points_are_commas: bool
) -> tuple[str, str]:
    """A number without signs for thousands or percentages.

    ``is_percentage``: whether the cell may hold one. ``points_are_commas``: whether whoever made the
    file may write 1,5 for one and a half.
    """
    text = text.replace("−", "-")
    if is_percentage:
        text = text.removesuffix("%").rstrip()
    if match := _THOUSANDS.fullmatch(text):
        plain = re.sub(r"[,\s’']", "", text)
        if points_are_commas and match[1] and text.count(",") == 1 and "." not in text:
            raise AmbiguousError(
                f"Is it {plain}, or {text.replace(',', '.')}? The file parts its cells by semicolons, as is "
                "done where a comma is a decimal point. Write it without a comma."
            )
        text = plain
    elif points_are_commas and _DECIMAL_COMMA.fullmatch(text):
        return text.replace(",", "."), COMMA
    whole, _, places = text.partition(".")
    if _NUMBER.fullmatch(text) and len(whole) <= DIGITS and len(places.rstrip("0")) > PLACES:
        return _rounded(text, decimals)
    return text, ""


def _rounded(text, decimals):
    number = Decimal(text).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{number:f}", ROUNDED


def is_mark(text: str) -> bool:
    """Whether a sign stands where there is no number: ``*``, ``n/a``, ``<5``."""
    return text.lower() in MARKS or text.startswith(("<", "≤"))


def words(text: str) -> str:
    """Words, none where a dash stands for them."""
    return "" if text.lower() in NO_WORDS else text


def yes_no(text: str) -> str:
    """``yes`` or ``no``, whatever its capitals; none where a dash stands for it."""
    text = words(text.lower())
    return YES_NO.get(text, text)
