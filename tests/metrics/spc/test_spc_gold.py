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


@pytest.mark.parametrize("record", RECORDS, ids=[record["id"] for record in RECORDS])
def test_analysis_matches_the_gold_record(record):
    expected = record["expect"]
    if "error" in expected:
        with pytest.raises(ValueError):
            dates_and_analysis(record["input"])
        return

    dates, analysis = dates_and_analysis(record["input"])

    assert dates == expected.get("dates", record["input"]["dates"])
    points = analysis.points
    assert "".join(point.label for point in points) == expected["special_cause"]
    assert "".join(point.kind for point in points) == expected["point_type"]
    assert "".join(point.side for point in points) == expected["side"]
    assert "".join(point.band for point in points) == expected["band"]
    assert analysis.variation == expected["variation_icon"]
    assert analysis.assurance == expected["assurance_icon"]
    assert analysis.short == expected["short_warning"]
    assert len(analysis.segments) == len(expected["segments"])
    for segment, wanted in zip(analysis.segments, expected["segments"], strict=True):
        assert dates[segment.start] == wanted["start"]
        assert segment.n == wanted["n"]
        assert segment.short == wanted["short"]
        assert segment.mean == wanted["mean"]
        assert segment.lower == within_a_billionth(wanted["lpl"])
        assert segment.upper == within_a_billionth(wanted["upl"])


def test_the_sample_is_whole():
    assert len(RECORDS) == 201
    assert len({record["id"] for record in RECORDS}) == 201
