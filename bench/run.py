"""`make bench`: runs every benchmark in this folder and prints one table of figures and bars.

A benchmark is a module in this folder with a function `figures()` that yields a `Figure` for each
thing it measured. There is no list to add it to. With names, only those run: `bench/run.py spc`.
"""

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement and the bar it has to keep: `at_least` or `at_most` so much.

    `beside` is another measurement in the same unit to compare with, and `beside_name` its name.
    """

    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    beside: float | None = None
    beside_name: str = ""

    @property
    def room(self) -> float | None:
        """How many times better than its bar it is; below 1 the bar is missed. None without one."""
        if self.at_least is not None:
            return self.value / self.at_least
        if self.at_most is not None:
            return self.at_most / self.value if self.value else float("inf")
        return None

    @property
    def is_held(self) -> bool:
        return self.room is None or self.room >= 1

    def cells(self) -> list[str]:
        bar = "none"
        if self.at_least is not None:
            bar = f"at least {shown(self.at_least)}"
        elif self.at_most is not None:
            bar = f"at most {shown(self.at_most)}"
        return [
            self.what,
            f"{shown(self.value)} {self.unit}",
            bar,
            "" if self.room is None else f"{shown(self.room)} ×",
            f"{shown(self.value / self.beside)} × {self.beside_name} ({shown(self.beside)})"
            if self.beside
            else "",
            "held" if self.is_held else "MISSED",
        ]


HEADINGS = ["measured", "figure", "bar", "against the bar", "ratio", ""]


def shown(number: float) -> str:
    """A number as text: three significant figures, thousands separated by commas."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def table(figures: list[Figure]) -> str:
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def main(names: list[str]) -> int:
    known = sorted(path.stem for path in HERE.glob("[!_]*.py") if path.stem != "run")
    if unknown := set(names) - set(known):
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}.",
            file=sys.stderr,
        )
        return 2
    figures = []
    for name in names or known:
        print(f"measuring {name} …", file=sys.stderr)
        for figure in import_module(f"bench.{name}").figures():
            figures.append(figure)
            # Some take a quarter of an hour, and what was measured is not lost if one breaks off.
            print(f"  {'; '.join(filter(None, figure.cells()))}", file=sys.stderr, flush=True)
    print(table(figures))
    return 0 if all(figure.is_held for figure in figures) else 1


if __name__ == "__main__":
    sys.path[0] = str(HERE.parent)  # started as a file, Python would look for `bench` inside bench
    from bench.run import main

    sys.exit(main(sys.argv[1:]))
