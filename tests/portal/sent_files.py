"""Files of readings as people of the trade send them (in ``sent_files/``), and what becomes of each.

They are small, and each stands for a kind. The figures of a1, a2 and r1 are NHS England's: contains
public sector information licensed under the Open Government Licence v3.0.
"""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).with_suffix("")
AUGUST, JULY = "AE_ALL RTX 2026-08-01", "AE_ALL RTX 2026-07-01"
BEDS = "BEDS_USED RTX 2025-"
OURS = f"{JULY} 12345"
ONE, TWO = f"{BEDS}09-01 540", f"{BEDS}10-01 541"
A_QUESTION = "A number. Is it too small to publish? Then write yes in hidden"
TITLE = "Above the names of the columns, so left out"
DAY_FIRST = "A day such as 01/09/2025 was read day first"
A_MONTH = "A month such as Sep-25 was read as September 2025"
SERIAL = "A number such as 45901 was read as the day"
FORMULA = "a formula: the value that the file keeps of it was read"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a file: the readings read, or how many of each outcome; what is said; what is asked.

    ``said`` are beginnings of sentences by rows, ``asked`` those by column and rows. ``refused`` is
    the sentence of a file that can't be read as a table.
    """

    read: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    refused: str = ""


OUTCOMES = {
    "a1-ae-2017-01-adapted": Outcome(counts={"unchanged": 6}),
    "a2-whole-national-file-header-renamed": Outcome(
        ["AE_ALL RXL 2017-01-01 15743", "AE_ALL RNN 2017-01-01 1438", "AE_ALL RTX 2017-01-01 8224"],
        {"new": 2, "unchanged": 1},
        [
            (
                "2 to 110, 112 to 120, 122 to 159 and 161 to 230",
                "226 rows of other places, left out",
            ),
            ("111 and 121", "The first figures of this place for this measure"),
        ],
    ),
    "d1-dates-as-excel-uk-saves": Outcome([ONE, TWO], said=[("2 to 3", DAY_FIRST)]),
    "d2-month-names": Outcome(
        [ONE, TWO, f"{BEDS}11-01 542", f"{BEDS}12-01 543"],
        said=[("2", A_MONTH)],
        asked=[
            ("period", "6", "The first day of a period. A month starts on its first day. Is Sept")
        ],
    ),
    "d3-serial": Outcome([ONE], said=[("2", SERIAL)]),
    "e1-semicolon": Outcome([OURS]),
    "e2-tab": Outcome([OURS]),
    "e3-utf16": Outcome([OURS]),
    "e4-cp1252-pound": Outcome([OURS], said=[("", "The file is not in UTF-8")]),
    "e5-bom-crlf": Outcome([OURS]),
    "e6-mac-cr": Outcome([OURS]),
    "e7-utf16-no-bom": Outcome([OURS]),
    "e8-lf-in-cell": Outcome([OURS], asked=[("value", "3", "A number in figures")]),
    "e9-note-begins-with-minus": Outcome([OURS, f"{AUGUST} 12345"]),
    "e10-dashes-as-missing-words": Outcome([OURS]),
    # What is told of these two is held by tests/metrics/test_trend.py.
    "k3-two-months-missing": Outcome([ONE, f"{BEDS}12-01 542"]),
    "k5-zero-meets-the-target": Outcome(["RTT_65W RTX 2026-06-01 0"]),
    "n1-thousands-quoted": Outcome([OURS]),
    "n2-thousands-unquoted": Outcome(
        refused="Row 2 has a cell beyond the last column of the header. Write numbers without commas"
    ),
    "n3-percent": Outcome(["BEDS_OCC RTX 2025-09-01 91.4"]),
    "n4-suppressed-marks": Outcome(asked=[("value", "2 to 5", A_QUESTION)]),
    "n7-blank-space-cell": Outcome(["AE_4H RTX 2026-07-01 9000 of 12000"]),
    "n8-unicode-minus-nbsp": Outcome([OURS]),
    "r1-our-own-csv-after-excel-uk": Outcome(
        counts={"unchanged": 99}, said=[("2 to 100", DAY_FIRST), ("2 to 16", A_MONTH)]
    ),
    "s1-title-rows": Outcome([OURS], said=[("1", TITLE)]),
    "s2-totals-row": Outcome([OURS, f"{AUGUST} 12345"], said=[("4", "A total or a remark")]),
    "s3-four-columns-only": Outcome([OURS], said=[("2", "Nothing in provisional")]),
    "s4-header-case-and-spaces": Outcome([OURS]),
    "s5-lower-case-codes": Outcome(
        [OURS, f"{AUGUST} 5"],
        said=[
            ("3", "“University Hospitals of Morecambe Bay” was read as RTX"),
            ("3", "Says the same as an earlier row, so left out"),
            ("4", "“Number of A&E attendances” was read as AE_ALL"),
        ],
    ),
    "s6-extra-column-status": Outcome([OURS], said=[("", "We have no column “rag”")]),
    "s7-duplicate-rows": Outcome(
        [OURS],
        asked=[
            (
                "period",
                "3",
                "Each reading once. Row 2 has the same metric, scope and period and says 12345, this row 12399",
            )
        ],
    ),
    "s8-sep-line": Outcome([OURS], said=[("1", TITLE)]),
    "x2-real-dates": Outcome([ONE, TWO]),
    "x3-1904-dates": Outcome([ONE, TWO]),
    "x4-serial-general": Outcome([ONE], said=[("2", SERIAL)]),
    "x5-formula-with-value": Outcome([ONE], said=[("2", f"In value {FORMULA}")]),
    "x6-formula-in-scope-and-period": Outcome(
        [ONE], said=[("2", f"In scope {FORMULA}"), ("2", f"In period {FORMULA}")]
    ),
    "x7-styled-empty-far-row": Outcome([ONE]),
    "x8-styled-empty-far-column": Outcome([ONE]),
    "x9-hidden-row": Outcome(
        [ONE, f"{BEDS}11-01 541"], said=[("3", "Hidden in the sheet, so left out")]
    ),
    "x10-one-visible-one-hidden-sheet": Outcome(
        [ONE], said=[("", "The sheet “Lists” is hidden, so it was left out")]
    ),
    "x11-title-row-merged": Outcome([OURS], said=[("1", TITLE)]),
    "x12-merged-cells-down": Outcome(
        refused="The cells A2:A3 are merged. Do all of them say what A2 says, or is only A2 filled in?"
    ),
    "x13-number-as-text": Outcome([ONE]),
    "x14-long-fractions": Outcome(
        [
            OURS,
            "BEDS_OCC RTX 2025-09-01 91.4",
            "BEDS_OCC RTX 2025-10-01 0.3",
            "BEDS_OCC RTX 2025-11-01 90.6",
        ],
        said=[("2 and 5", "More than 6 decimals, so rounded as the measure shows its numbers")],
    ),
    "x15-wrong-dimension": Outcome([ONE, TWO]),
}

# What is to be asked on a page of its own, where one answer is for the whole file (issue 11: a month
# of figures in five minutes). Until then such a file is refused with the question, or it is said.
WAIT_FOR_A_FORM = {
    "a2-whole-national-file-header-renamed": "whether new places belong to the measure is said, not "
    "asked; a row filter to keep comes with recipes",
    "d2-month-names": "a day within a month is refused with the question",
    "n4-suppressed-marks": "whether a mark means hidden or no figure is refused with the question",
    "x10-one-visible-one-hidden-sheet": "a hidden sheet is left out and said, and can't be chosen",
    "x12-merged-cells-down": "what merged cells say is refused with the question",
}
