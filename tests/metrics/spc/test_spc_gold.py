"""What the R package NHSRplotthedots 0.2.2 printed, and what we give for the same input.

gold_sample.jsonl has one record a line. Dates are the caller's affair, so this test does here what
a page does: sort by date, and turn rebase dates into indexes. R ignores a rebase date that has no
observation; so does the adapter. Strings and means match exactly, limits within 1e-9.
"""

import json
from pathlib import Path

import pytest

from metrics.spc.analysis import Analysis, analyse
from metrics.spc.rules import Rules

RECORDS = [
    json.loads(line)
    for line in (Path(__file__).parent / "gold_sample.jsonl").read_text("utf-8").splitlines()
]

# What is said of each point, by our name and by theirs.
POINT = {"label": "special_cause", "kind": "point_type", "side": "side", "band": "band"}


def dates_and_analysis(given: dict) -> tuple[list[str], Analysis]:
    observations = sorted(
        zip(given["dates"], given["values"], strict=True), key=lambda pair: pair[0]
    )
    dates = [date for date, _ in observations]
    analysis = analyse(
        [value for _, value in observations],
        improvement=given["improvement_direction"],
        target=given["target"],
        rebase_at=[dates.index(date) for date in given["rebase"] or [] if date in dates],
        fix_after=given["fix_after_n_points"],
        rules=Rules(screen_outliers=given["screen_outliers"]),
    )
    return dates, analysis


def within_a_billionth(limit: float | None):
    return None if limit is None else pytest.approx(limit, rel=1e-9, abs=0)


def found_and_expected(record: dict):
    """What we give for a record and what the R package printed, in one shape."""
    expected = record["expect"]
    if "error" in expected:
        with pytest.raises(ValueError):
            dates_and_analysis(record["input"])
        return None, None

    dates, analysis = dates_and_analysis(record["input"])
    points = analysis.points
    found = (
        dates,
        *("".join(getattr(point, name) for point in points) for name in POINT),
        (analysis.variation, analysis.assurance, analysis.short),
        [(dates[s.start], s.n, s.short, s.mean, s.lower, s.upper) for s in analysis.segments],
    )
    return found, (
        expected.get("dates", record["input"]["dates"]),
        *(expected[name] for name in POINT.values()),
        tuple(expected[name] for name in ("variation_icon", "assurance_icon", "short_warning")),
        [
            (
                *(wanted[name] for name in ("start", "n", "short", "mean")),
                within_a_billionth(wanted["lpl"]),
                within_a_billionth(wanted["upl"]),
            )
            for wanted in expected["segments"]
        ],
    )


def test_analysis_matches_every_gold_record():
    for record in RECORDS:
        found, expected = found_and_expected(record)
        assert found == expected, record["id"]


def test_the_sample_is_whole():
    assert len(RECORDS) == 201
    assert len({record["id"] for record in RECORDS}) == 201
