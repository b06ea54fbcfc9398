"""The rows of a file as people send it, turned into rows of our columns (BEHAVIOUR V).

What has one reading is read. What was left out, or read otherwise than it stands, is said in the
sheet's remarks. What can be read in two ways is refused with the question, and never guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from hashlib import blake2b

from bhcp_portal.kit.spreadsheets.bounds import ERROR, FORMULA, UNSEEN
from bhcp_portal.kit.spreadsheets.reading import Sheet
from bhcp_portal.kit.spreadsheets.writing import ADVICE
from bhcp_portal.kit.statements import Certainty, Origin
from metrics.imports import names, spellings
from metrics.imports.columns import DOWNLOAD_COLUMNS, OPTIONAL, READING_COLUMNS
from metrics.imports.spellings import AmbiguousError
from metrics.imports.versions import CellError
from metrics.models import WHOLE_BAY, MetricProfile
from metrics.models.frequency import Frequency

COLUMNS = [column.name for column in READING_COLUMNS]
KEYS = ("metric", "scope", "period")
NUMBERS = ("numerator", "denominator", "value")
WORDS = ("reason", "note", "source", "certainty", "made")
CHOICES = ("provisional", "hidden", "estimated")
TOTALS = ("total", "totals", "grand total", "sub-total", "subtotal", "sum")
# From so many places on that are not ours it is a file of the whole country, and not a slip.
MOST_SLIPS = 10
# Longer texts are no name, day or number.
LONGEST = 200
MOST_NAMED = 20
# For so many different names that nothing is called by, names spelt alike are looked for.
MOST_OFFERS = 30
NO_MEASURE = (
    "The name or the code of a measure. None is called so: look it up in the list of measures. A "
    "measure that we don’t show yet is added there before its readings."
)

TOTAL = "A total or a remark, which names no measure, place and period, so left out."
REPEATED = "Says the same as an earlier row, so left out."


def header_errors(sheet: Sheet) -> list[CellError]:
    """What is wrong in the names of the columns. Others than ours are left out, and that is said."""
    header = sheet.header
    found = [(name, "This column is missing. Add it.") for name in KEYS if name not in header]
    if not any(name in header for name in (*NUMBERS, "hidden")):
        found.append(("value", "There is no column with a number. Add value, or both counts."))
    found += [
        (name, "This column is there twice. Keep one.")
        for name in COLUMNS
        if header.count(name) > 1
    ]
    missing = [name for name in COLUMNS if name not in header]
    for name in header:
        if name in (*COLUMNS, *DOWNLOAD_COLUMNS, ADVICE):
            continue
        if close := get_close_matches(name, missing, n=1, cutoff=0.8):
            wanted = f"Is it our column “{close[0]}”? Then name it so. If not, remove the column."
            found.append((name, wanted))
        else:
            sheet.remarks[f"We have no column “{name}”, so it was left out."] = []
    return [CellError(sheet.header_row, name, "", wanted, True) for name, wanted in found]


class UnknownNameError(ValueError):
    """Nothing is called so. The message says what to write."""


@dataclass(slots=True)
class SentRows:
    """Turns the rows of a sheet into rows of our columns.

    ``cards`` are the cards and ``codes`` the codes of the measures, both by metric key.
    ``columns`` are those that the rows have: ours, without those of an export that the file has not.
    ``elsewhere`` are the codes of places that are not ours, by row.
    """

    sheet: Sheet
    cards: dict[int, MetricProfile]
    codes: dict[int, str]
    columns: list[str] = field(init=False)
    elsewhere: dict[int, str] = field(init=False, default_factory=dict)
    _measures: names.Names = field(init=False)
    _places: names.Names = field(init=False)
    _by_code: dict[str, MetricProfile] = field(init=False)
    _questions: dict[tuple[int, str], str] = field(init=False, default_factory=dict)
    _known: dict = field(init=False, default_factory=dict)
    _count: int = field(init=False, default=0)
    _offers: int = field(init=False, default=0)

    def __post_init__(self):
        header = self.sheet.header
        self.columns = [name for name in COLUMNS if name in header or name not in OPTIONAL]
        self._measures = names.measures(self.cards)
        self._places = names.places()
        self._by_code = {self.codes[metric]: card for metric, card in self.cards.items()}

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with these columns, but for totals and what a row before them says."""
        seen = set()
        for number, sent in self.sheet.rows():
            cells = {name: sent.get(name, "").strip() for name in self.columns}
            if self._is_total(cells):
                self._remark(TOTAL, number)
                continue
            cells = self._read(number, cells)
            key = blake2b("\0".join(cells.values()).encode(), digest_size=16).digest()
            if key in seen:
                self._remark(REPEATED, number)
                continue
            seen.add(key)
            self._count += 1
            scope = cells["scope"].upper()
            if names.NATIONAL_CODE.fullmatch(scope) and not self._code(self._places, scope):
                self.elsewhere[number] = scope
            yield number, cells

    def settled(self, errors: Iterable[CellError]) -> list[CellError]:
        """The errors of the check, with our questions in them. Call it when the rows have been read.

        Of a file of many places elsewhere, those rows are left out, and that is said.
        """
        errors = [
            replace(error, wanted=self._questions.get((error.row, error.column), error.wanted))
            for error in errors
        ]
        others = len(self.elsewhere)
        if not max(MOST_SLIPS, self._count - others) < others < self._count:
            return errors
        codes = list(dict.fromkeys(self.elsewhere.values()))
        shown = ", ".join(codes[:MOST_NAMED])
        more = f" and {len(codes) - MOST_NAMED:,} more" if len(codes) > MOST_NAMED else ""
        sentence = f"{others:,} rows of other places, left out: {shown}{more}."
        self.sheet.remarks[sentence] = list(self.elsewhere)
        return [error for error in errors if error.row not in self.elsewhere]

    def _remark(self, sentence, number):
        if sentence:
            self.sheet.remarks.setdefault(sentence, []).append(number)

    def _is_total(self, cells):
        """Whether a row tells of no reading: a total, or words below the table."""
        metric, scope, period = (cells[name] for name in KEYS)
        if period.lower() in TOTALS:
            return True
        if metric in (FORMULA, ERROR, UNSEEN) or self._code(self._measures, metric[:LONGEST]):
            return False
        return metric.lower() in TOTALS or not (scope or period)

    def _code(self, known, text):
        try:
            return known.code(text)
        except AmbiguousError:
            return text

    def _read(self, number, cells):
        metric = self._cell(number, "metric", cells["metric"], None)
        card = self._by_code.get(metric)
        read = {"metric": metric} | {
            name: self._cell(number, name, text, card)
            for name, text in cells.items()
            if name != "metric"
        }
        if read["hidden"] == "yes":
            # A mark for “too small” beside it says the same again.
            read |= {name: "" for name in NUMBERS if spellings.is_mark(read[name])}
        if not read["provisional"]:
            read["provisional"] = "no"
            self._remark(spellings.FINAL, number)
        if read.get("made") == "":
            read["made"] = Origin.DOCUMENT if read["source"] else Origin.PORTAL
        if read.get("certainty") == "":
            read["certainty"] = Certainty.SOURCED
        return read

    def _cell(self, number, name, text, card):
        """A cell as our column asks for it. Codes, days and choices repeat: each is read only once."""
        if not text or text.startswith("\0") or (len(text) > LONGEST and name not in WORDS):
            return text
        key = name, text, card and card.pk
        found = self._known.get(key)
        if found is None:
            try:
                found = *self._reading(name, text, card), ""
            except (AmbiguousError, UnknownNameError) as question:
                found = text, "", str(question)
            if name not in (*NUMBERS, "reason", "note"):
                self._known[key] = found
        read, remark, question = found
        self._remark(remark, number)
        if question:
            self._questions[number, name] = question
        return read

    def _reading(self, name, text, card):
        match name:
            case "metric":
                return self._called(self._measures, text, NO_MEASURE)
            case "scope":
                if text.lower() in TOTALS:
                    wanted = (
                        f"Is it the whole area? Then write {WHOLE_BAY}. If not, remove the row."
                    )
                    raise AmbiguousError(wanted)
                return self._called(self._places, text)
            case "period":
                frequency = card.frequency if card else Frequency.MONTH
                return spellings.period(text, frequency, from_1904=self.sheet.from_1904)
            case "published_at":
                text = spellings.words(text)
                return spellings.published(text, from_1904=self.sheet.from_1904)
            case _ if name in CHOICES:
                return spellings.yes_no(text), ""
            case _ if name in WORDS:
                return spellings.words(text), ""
            case _ if name in NUMBERS and card:
                return spellings.count(
                    text,
                    decimals=card.decimals if name == "value" else 0,
                    is_percentage=name == "value" and card.is_percentage,
                    points_are_commas=self.sheet.separator == ";",
                )
        return text, ""

    def _called(self, known, text, otherwise=""):
        code = known.code(text)
        if not code and (question := self._offer(known, text) or otherwise):
            raise UnknownNameError(question)
        if not code or code.casefold() == text.casefold():
            return code or text, ""
        return code, f"“{text}” was read as {code}."

    def _offer(self, known, text):
        self._offers += 1
        return known.offer(text) if self._offers <= MOST_OFFERS else ""
