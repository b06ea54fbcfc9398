"""The lines of a file before anybody knows which of them names the columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lines:
    """The lines of one table: pairs of a row's number and the texts of its cells.

    What else is known of a workbook's sheet is complete when the lines have been taken:
    ``hidden_rows``, ``merged``, the ranges of cells merged over several rows, each after its last row,
    and ``hiding``, cells of which a format on conditions may hide the numbers. ``left_out`` are
    the names of hidden sheets. ``from_1904``: whether the workbook counts its days from 1904.
    ``is_chosen``: whether others might have been meant. ``hidden_columns``: the first and the last
    of columns that are not seen. ``separator``: what parts the cells of a CSV file.
    """

    name: str
    lines: Iterator[tuple[int, list[str]]]
    separator: str = ""
    from_1904: bool = False
    left_out: tuple[str, ...] = ()
    is_chosen: bool = False
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    merged: list[tuple[int, str]] = field(default_factory=list)
    hiding: list[str] = field(default_factory=list)


class Worked(str):
    """The text of a cell that a formula worked out, as the program that saved the file kept it."""

    __slots__ = ()
