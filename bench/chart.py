"""How long one core takes to draw a chart of 60 months with every feature.

Processor time, the best of seven rounds. A page of sixty charts that keep within the bar takes well
under a tenth of a second. A chart as a file takes longer, because its words are broken into lines.
"""

import random
import time
from collections.abc import Callable, Iterator

from bench.run import Figure
from metrics.spc.analysis import analyse
from metrics.spc.chart import Break, Drawn, Note, TargetLine, chart, sparkline
from metrics.spc.rules import PORTAL

ROUNDS = 7
CHARTS = 50
POINTS = 60


def figures() -> Iterator[Figure]:
    charts = [five_years(seed) for seed in range(CHARTS)]
    for what, draw, bar in [
        ("a chart on a page", chart, 1.0),
        ("a chart as a file", lambda drawn: chart(drawn, alone=True), 2.0),
        ("a sparkline", sparkline_of, 0.1),
    ]:
        seconds = min(seconds_to_draw(charts, draw) for _ in range(ROUNDS))
        yield Figure(
            what=f"Pictures, {what}; {POINTS} points",
            value=1000 * seconds / CHARTS,
            unit="ms",
            at_most=bar,
        )


def five_years(seed: int) -> Drawn:
    """A percentage with gaps, a re-base, targets and notes. Seeded: every run draws the same."""
    rng = random.Random(seed)
    values = [None if at % 12 == 7 else 100 * rng.uniform(0.6, 0.9) for at in range(POINTS)]
    last = POINTS - 1
    return Drawn(
        title=f"Measure {seed}",
        description="Measure was 72% in the last month. This is within what is usual.",
        periods=tuple(f"Apr {2021 + at // 12}" for at in range(POINTS)),
        values=tuple("" if value is None else f"{value:.1f}%" for value in values),
        analysis=analyse(values, improvement="increase", rebase_at=[30], rules=PORTAL),
        unit="Percentage of patients",
        is_percentage=True,
        floor=0.0,
        provisional=frozenset({last}),
        hidden=frozenset({7}),
        targets=(
            TargetLine("National standard", ((0, 95.0), (last, 95.0)), "standard"),
            TargetLine("Plan", ((0, 70.0), (last, 90.0)), "trajectory"),
        ),
        breaks=(Break(30, "Another way of counting"),),
        notes=tuple(Note(at, "What happened", number) for number, at in enumerate((5, 6, 40), 1)),
        foot=("Source: a publisher, open licence", "Drawn from what was published by then"),
    )


def sparkline_of(drawn: Drawn) -> str:
    points = drawn.analysis.points
    return sparkline(
        [point.value for point in points],
        kind=points[-1].kind,
        words=drawn.description,
    )


def seconds_to_draw(charts: list[Drawn], draw: Callable[[Drawn], str]) -> float:
    start = time.process_time()
    for drawn in charts:
        draw(drawn)
    return time.process_time() - start
