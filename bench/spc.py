"""How many series of 60 points one core judges in a second.

Processor time, the best of seven rounds: what the machine does when nothing else disturbs it. The
bar is a hundred times the R package NHSRplotthedots 0.2.2, which judged 24 in a second.
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.run import Figure
from metrics.spc.analysis import analyse
from metrics.spc.rules import PORTAL

R_PACKAGE = 24
ROUNDS = 7
SERIES_A_FAMILY = 100
POINTS = 60


def figures() -> Iterator[Figure]:
    # Seeded: every run measures the same series. Counts, percentages, decimals, doubles, trends.
    rng = random.Random(60)
    families: list[Callable[[int], float]] = [
        lambda i: float(rng.randrange(2000)),
        lambda i: 100 * rng.randrange(700, 900) / rng.randrange(900, 1000),
        lambda i: round(rng.gauss(90, 3), 1),
        lambda i: rng.gauss(0, 1),
        lambda i: abs(i - 30) + rng.random(),
    ]
    series = [
        [value(i) for i in range(POINTS)] for value in families for _ in range(SERIES_A_FAMILY)
    ]
    with_gaps = [[None if i % 12 == 7 else x for i, x in enumerate(values)] for values in series]

    cases: list[tuple[str, list[Any], dict[str, Any]]] = [
        ("SPC, the rules of R", series, {}),
        ("SPC, a public page: gaps, a rebase", with_gaps, {"rebase_at": [30], "rules": PORTAL}),
    ]
    for what, given, options in cases:
        seconds = min(seconds_to_judge(given, options) for _ in range(ROUNDS))
        yield Figure(
            what=f"{what}; series of {POINTS} points",
            value=len(given) / seconds,
            unit="a second",
            at_least=100 * R_PACKAGE,
            beside=R_PACKAGE,
            beside_name="the R package",
        )


def seconds_to_judge(series: list[list[float | None]], options: dict[str, Any]) -> float:
    start = time.process_time()
    for values in series:
        analyse(values, improvement="decrease", target=95.0, **options)
    return time.process_time() - start
