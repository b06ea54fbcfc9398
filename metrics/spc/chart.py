"""Numbers to pictures: the chart of a metric, its sparkline and its icons, as SVG.

Pictures on a page take their colours from the classes of `static/app/chart.css`; the chart as a
file of its own carries the same colours as attributes. Nothing is shown by colour alone: kinds of
points differ in shape, lines in dashes.

A chart on a page fills the width of its container, and its text keeps its size. Positions along the
width are therefore percentages, and lines are stretched without their strokes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from math import inf
from operator import itemgetter
from textwrap import wrap
from typing import Literal
from zlib import crc32

from metrics.spc.analysis import Analysis, Point, Segment
from metrics.spc.axis import WORD, Axis, axis_of, every

# --- Words for the codes of an analysis ------------------------------------------------------------

VARIATION_WORDS: dict[str | None, str] = {
    "common_cause": "No unusual change",
    "improvement_high": "Change for the better: high or rising",
    "improvement_low": "Change for the better: low or falling",
    "concern_high": "Change for the worse: high or rising",
    "concern_low": "Change for the worse: low or falling",
    "neutral_high": "Unusual: high or rising",
    "neutral_low": "Unusual: low or falling",
    None: "Too early to say",
}
ASSURANCE_WORDS: dict[str | None, str] = {
    "pass": "Expected to meet the target every time",
    "fail": "Expected to miss the target every time",
    "inconsistent": "Expected to meet the target some of the time",
    None: "Not judged against a target",
}
LABEL_WORDS: dict[str, str] = {
    ".": "no unusual change",
    "U": "above the upper limit",
    "L": "below the lower limit",
    "I": "rising: 7 or more in a row going up",
    "D": "falling: 7 or more in a row going down",
    "h": "2 of 3 in a row close to the upper limit",
    "l": "2 of 3 in a row close to the lower limit",
    "a": "7 or more in a row above the average",
    "b": "7 or more in a row below the average",
}
# What the same labels say where a missing period lies between the figures that make them.
GAP_WORDS: dict[str, str] = {
    "I": "rising: 7 or more going up, with missing periods between them",
    "D": "falling: 7 or more going down, with missing periods between them",
    "h": "2 of 3 close to the upper limit, with missing periods between them",
    "l": "2 of 3 close to the lower limit, with missing periods between them",
    "a": "7 or more above the average, with missing periods between them",
    "b": "7 or more below the average, with missing periods between them",
}
KIND_WORDS: dict[str, str] = {
    ".": "No unusual change",
    "+": "Change for the better",
    "-": "Change for the worse",
    "H": "Unusual: high or rising",
    "L": "Unusual: low or falling",
}

# What the key says of the dots of a kind, by their labels: where they lie, or which way they go.
MARK_WORDS: dict[str, str] = {
    "Uha": "above what was usual",
    "Llb": "below what was usual",
    "I": "rising",
    "D": "falling",
}
GOOD_OR_BAD: dict[str, str] = {"+": ": better", "-": ": worse"}


def label_words(point: Point) -> str:
    """What a point shows, in words; "in a row" is said of neighbouring periods only."""
    return LABEL_WORDS[point.label] if point.in_a_row else GAP_WORDS[point.label]


# --- What is drawn ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target over time.

    points  (index of a period, value) in order. In a "standard" or "local_aim" each value holds from
            its index up to the next one given, and the last value for its own period only: give every
            period that the target covers, or the first and the last of each level. A "trajectory"
            is a straight line from each point to the next
    label   what stands on the line, in a few letters
    """

    words: str
    points: tuple[tuple[int, float], ...]
    kind: Literal["standard", "local_aim", "trajectory"]
    label: str = "Target"


@dataclass(frozen=True, slots=True)
class Break:
    """A re-base: the lines end before the point at `index` and begin again at it."""

    index: int
    words: str


def letter_of(place: int) -> str:
    """The letter of a re-base: the first of all, drawn or not, is A, so that each keeps its own."""
    return chr(ord("A") + place % 26)


@dataclass(frozen=True, slots=True)
class Note:
    """What happened in a period: the chart shows the number, the page lists number and words."""

    index: int
    words: str
    number: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """Everything that a chart shows, in ready-made words.

    title           "Emergency admissions through A&E, Morecambe Bay hospitals"
    description     the verdict and what the chart shows, for readers who cannot see it
    periods         a label for each point, "Apr 2021"
    values          the value of each point as the page writes it, "83.6%"; "" if there is none
    analysis        its points, with value None if missing or hidden, and its segments; all values may
                    be missing, and there may be no segments
    unit            what the axis measures
    is_percentage   draw limits and axis within 0 to 100; the analysis does not change
    floor           the lowest possible value, 0 for counts: draw limits and axis no lower; the
                    analysis does not change
    provisional     indexes of points that may still change
    hidden          indexes of periods whose number is too small to publish: each is a mark in a
                    strip of its own below the axis, as it has no place on it
    foot            lines written inside the file: source, licence, date, citation
    number_words    how the page writes a number of this measure without its unit: "83.6%", "1,234"
    """

    title: str
    description: str
    periods: tuple[str, ...]
    values: tuple[str, ...]
    analysis: Analysis
    unit: str
    is_percentage: bool
    floor: float | None
    provisional: frozenset[int]
    hidden: frozenset[int]
    targets: tuple[TargetLine, ...]
    breaks: tuple[Break, ...]
    notes: tuple[Note, ...]
    foot: tuple[str, ...] = ()
    number_words: Callable[[float], str] = "{:g}".format


# --- Looks -----------------------------------------------------------------------------------------

INK = "#212b32"
GREY = "#4c6272"
SHAPES = {
    ".": '<circle id="{}" r="3.5"/>',
    "early": '<path id="{}" d="M-2-4.5h4v9h-4z"/>',
    "+": '<path id="{}" d="M0-6.5 6.5 0 0 6.5-6.5 0z"/>',
    "-": '<path id="{}" d="M-4.5-4.5h9v9h-9z"/>',
    "H": '<path id="{}" d="M0-6.5 6.5 5h-13z"/>',
    "L": '<path id="{}" d="M0 6.5 6.5-5h-13z"/>',
    "hidden": '<path id="{}" d="M-4-4 4 4M-4 4 4-4"/>',
    "drop": '<circle id="{}" r="9.5"/>',
    "break": '<path id="{}" d="M-9-9H9V9H-9z"/>',
}
# The last letter of each shape's id. One letter keeps the file small, as every dot repeats it.
IDS = {
    ".": "c", "early": "e", "+": "d", "-": "s", "H": "u", "L": "v",
    "hidden": "x", "drop": "n", "break": "b",
}  # fmt: skip
# What the signs of the key look like, in words.
SIGN_WORDS = {
    ".": "Dot", "early": "Bar", "+": "Diamond", "-": "Square",
    "H": "Triangle", "L": "Triangle on its point", "hidden": "Cross",
    "mean": "Plain line", "limit": "Broken line", "target": "Line of dots and dashes",
    "aim": "Dotted line", "trajectory": "Line of long dashes",
}  # fmt: skip
KIND_LOOKS = {".": "usual", "+": "better", "-": "worse", "H": "unusual", "L": "unusual"}
COLOURS = {"usual": GREY, "better": "#005eb8", "worse": "#b84700", "unusual": "#490092"}
TARGET_LOOKS = {"standard": "target", "local_aim": "aim", "trajectory": "trajectory"}

# The attributes of a file that stand for each class of a page; chart.css has the same values.
LOOKS: dict[str, dict[str, str]] = {
    "text": {"fill": INK, "font-size": "14", "font-family": "Arial, sans-serif"},
    "end": {"text-anchor": "end"},
    "middle": {"text-anchor": "middle"},
    "start": {"text-anchor": "start"},
    "grid": {"stroke": "#d8dde0"},
    "axis": {"stroke": GREY},
    "value": {"stroke": GREY, "stroke-width": "1.5"},
    "mean": {"stroke": INK, "stroke-width": "1.5"},
    "limit": {"stroke": GREY, "stroke-width": "1.5", "stroke-dasharray": "6 4"},
    "target": {"stroke": "#d5281b", "stroke-width": "2", "stroke-dasharray": "12 3 2 3"},
    "aim": {"stroke": "#7c2855", "stroke-width": "2", "stroke-dasharray": "2 3"},
    "trajectory": {"stroke": "#490092", "stroke-width": "2", "stroke-dasharray": "14 5"},
    "break": {"stroke": INK, "stroke-dasharray": "2 2"},
    "drop": {"stroke": GREY, "stroke-dasharray": "1 3"},
    "mark": {"fill": "#fff", "stroke": INK},
    "hidden": {"fill": "none", "stroke": INK, "stroke-width": "2"},
    **{look: {"fill": colour, "stroke": "#fff"} for look, colour in COLOURS.items()},
    **{
        f"{look}-open": {"fill": "#fff", "stroke": colour, "stroke-width": "2"}
        for look, colour in COLOURS.items()
    },
}
BY_CLASS = {look: f' class="bhcp-chart__{look}"' for look in LOOKS}
BY_ATTRIBUTE = {
    look: "".join(f' {name}="{value}"' for name, value in attributes.items())
    for look, attributes in LOOKS.items()
}
MARKS = ("break", "drop")

HEIGHT = 280
LANE = 22  # the height of a row of marks, and the width that a mark needs
BELOW = 30  # the room for the labels of the periods
STRIP = 20  # the room below the axis for the marks of hidden figures
SLOT = 10  # the width of a period in the lines that are stretched
# Chart widths, in pixels, for which the labels of periods are thinned out: on a phone, on a phone
# with long labels on the axis, and where chart.css shows more labels.
NARROW, NARROWEST, WIDE = 158, 108, 445
LONG = 7  # a label of a tick with more letters needs more room
LEFT_ROOM = 56  # the room for the label of a period to the left of the axis
# The names of the lines stand alone at the right edge, so that they cover no figure. chart.css keeps
# room for so many letters; longer names have several lines.
NAME_LETTERS = 8
SPILL = 40  # how far the label of a period may reach into it

ALONE = 960  # the file's width
MARGIN = 24
LEFT, RIGHT = 88, 20
LINE = 20
SIGN = 40  # the room for a sign of the key before its words
NAME_LINE, NAME_GAP = 15, 5  # the height of a line of a name, and the least room below it
LETTER = 7.0  # about the width of a letter at a font size of 13.5


def chart(drawn: Drawn, *, alone: bool = False, name: str = "") -> str:
    """The chart: an HTML element with picture and key for a page, or an SVG file if `alone`.

    name    the start of the ids inside. By default it is computed from title and description, so
            two charts with the same words on one page need names
    """
    name = name or f"c{crc32(f'{drawn.title}{drawn.description}'.encode(errors='replace')):x}"
    if alone:
        return Alone(drawn, name).file()
    return OnPage(drawn, name).element()


class Picture:
    """The parts that the chart on a page and the chart as a file have in common."""

    looks: Mapping[str, str]
    slot: float

    def __init__(self, drawn: Drawn, name: str) -> None:
        self.drawn = drawn
        self.name = name
        self.points = drawn.analysis.points
        self.n = len(self.points)
        self.lowest, self.highest = bounds_of(drawn)
        self.targets = [t for t in drawn.targets if any(index < self.n for index, _ in t.points)]
        self.is_empty = all(point.value is None for point in self.points)
        self.axis = self.scale()
        self.has_limits = any(part.upper is not None for part in drawn.analysis.segments)
        # Where no segment has limits, no figure is judged, and none needs a sign of its own.
        self.early = {
            index
            for segment, end in self.stretches()
            if self.has_limits and segment.points_needed
            for index in range(segment.start, end)
        }
        inside = range(self.n)
        self.breaks = [
            (letter_of(place), change)
            for place, change in enumerate(drawn.breaks)
            if change.index in inside
        ]
        self.notes = [note for note in drawn.notes if note.index in inside]
        is_long = max(len(words) for _, words in self.axis.ticks) > LONG
        self.narrow = NARROWEST if is_long else NARROW
        self.lanes = lanes_of(
            [
                *((change.index - 0.5, letter, "break") for letter, change in self.breaks),
                *((float(note.index), str(note.number), "drop") for note in self.notes),
            ],
            apart=LANE * self.n / self.narrow,
        )
        self.top = LANE * len(self.lanes) + 8
        hidden = any(
            index in drawn.hidden and p.value is None for index, p in enumerate(self.points)
        )
        self.strip = STRIP if hidden else 0

    def scale(self) -> Axis:
        """The axis that has room for the values, the lines of the segments and the targets."""
        shown = [point.value for point in self.points if point.value is not None]
        for segment in self.drawn.analysis.segments:
            shown += [
                self.clipped(line)
                for line in (segment.lower, segment.mean, segment.upper)
                if line is not None
            ]
        shown += [value for target in self.targets for at, value in target.points if at < self.n]
        return axis_of(
            shown or [0.0],
            lowest=self.lowest,
            highest=self.highest,
            is_percentage=self.drawn.is_percentage,
        )

    def clipped(self, limit: float) -> float:
        return min(max(limit, self.lowest), self.highest)

    # Positions. Lines are drawn in slots of one period; marks and words are put at places.

    def across(self, slots: float) -> str:
        """The x coordinate of a point on a line, `slots` periods from the left."""
        return f"{slots * self.slot:.1f}".removesuffix(".0")

    def place(self, slots: float) -> str:
        """The x coordinate of a mark or a word, `slots` periods from the left."""
        raise NotImplementedError

    def down(self, value: float) -> int:
        return self.axis.down(value, HEIGHT)

    # Parts of the picture.

    def titled(self) -> str:
        return (
            f'<title id="{self.name}-t">{escaped(self.drawn.title)}</title>'
            f'<desc id="{self.name}-d">{escaped(self.drawn.description)}</desc>'
        )

    @property
    def labelled(self) -> str:
        return f'role="img" aria-labelledby="{self.name}-t" aria-describedby="{self.name}-d"'

    def shapes(self) -> str:
        used = [shape for shape, _, _ in [*self.dots(), *self.key()] if shape in SHAPES]
        used += [look for row in self.lanes for _, _, look in row]
        shapes = [SHAPES[shape].format(f"{self.name}{IDS[shape]}") for shape in dict.fromkeys(used)]
        return f"<defs>{''.join(shapes)}</defs>"

    def dots(self) -> Iterator[tuple[str, str, int]]:
        """(shape, look, index) of every dot and of every mark below the axis."""
        for index, point in enumerate(self.points):
            if point.value is not None:
                is_open = "-open" if index in self.drawn.provisional else ""
                shape = "early" if index in self.early else point.kind
                yield shape, KIND_LOOKS[point.kind] + is_open, index
            elif index in self.drawn.hidden:
                yield "hidden", "hidden", index

    def lines(self) -> str:
        """Everything that is drawn as a line along or across the whole picture."""
        right = self.across(self.n)
        if self.is_empty:
            return self.line("axis", f"M0 {HEIGHT}H{right}")
        drawn = [
            self.line("grid", "".join(f"M0 {self.down(v)}H{right}" for v, _ in self.axis.ticks)),
            self.line("axis", f"M0 {HEIGHT}H{right}"),
        ]
        means: list[str] = []
        limits: list[str] = []
        for segment, end in self.stretches():
            ends = self.across(segment.start), self.across(end)
            for level, into in (
                (segment.mean, means),
                (segment.upper, limits),
                (segment.lower, limits),
            ):
                if level is not None:
                    into.append(f"M{ends[0]} {self.down(self.clipped(level))}H{ends[1]}")
        drawn += [self.line("limit", "".join(limits)), self.line("mean", "".join(means))]
        drawn += [
            self.line(TARGET_LOOKS[target.kind], self.target_path(target))
            for target in self.targets
        ]
        drawn.append(self.line("value", self.value_path()))
        return "".join(drawn)

    def line(self, look: str, path: str) -> str:
        return f'<path{self.looks[look]} d="{path}"/>' if path else ""

    def stretches(self) -> Iterator[tuple[Segment, int]]:
        """Yields each segment with the index at which its lines end."""
        segments = self.drawn.analysis.segments
        for segment, following in pairwise(segments):
            numbered = (at for at in range(following.start) if self.points[at].value is not None)
            yield segment, max(numbered, default=segment.start) + 1
        if segments:
            yield segments[-1], self.n

    def value_path(self) -> str:
        cuts = {segment.start for segment in self.drawn.analysis.segments}
        cuts.update(change.index for _, change in self.breaks)
        path: list[str] = []
        is_down = False
        for index, point in enumerate(self.points):
            if point.value is None:
                is_down = False
                continue
            pen = " " if is_down and index not in cuts else "M"
            path.append(f"{pen}{self.across(index + 0.5)} {self.down(point.value)}")
            is_down = True
        return "".join(path)

    def target_path(self, target: TargetLine) -> str:
        points = [(index, value) for index, value in target.points if index < self.n]
        if target.kind == "trajectory" and len(points) > 1:
            return "M" + " ".join(
                f"{self.across(index + 0.5)} {self.down(value)}" for index, value in points
            )
        ends = [index for index, _ in target.points[1:]] + [points[-1][0] + 1]
        levels = [
            f"{self.down(value)}H{self.across(min(end, self.n))}"
            for (_, value), end in zip(points, ends, strict=False)
        ]
        return f"M{self.across(points[0][0])} {'V'.join(levels)}"

    def dotted(self) -> str:
        by_look: dict[str, list[str]] = {}
        for shape, look, index in self.dots():
            value = self.points[index].value
            y = HEIGHT + STRIP // 2 + 2 if value is None else self.down(value)
            by_look.setdefault(look, []).append(
                f'<use href="#{self.name}{IDS[shape]}" x="{self.place(index + 0.5)}" y="{y}"/>'
            )
        return "".join(
            f"<g{self.looks[look]}>{''.join(uses)}</g>" for look, uses in by_look.items()
        )

    def ticks(self) -> str:
        if self.is_empty:
            return ""
        words = "".join(
            f'<text x="-8" y="{self.down(value) + 5}">{word}</text>'
            for value, word in self.axis.ticks
        )
        return f"<g{self.looks['end']}>{words}</g>"

    def marked(self) -> str:
        """The marks of notes and re-bases above the picture, each with a line down."""
        lines, marks = [], []
        for lane, row in enumerate(self.lanes):
            y = LANE * lane - self.top + 10
            for at, words, look in row:
                x = self.place(at + 0.5)
                lines.append(f'<line{self.looks[look]} x1="{x}" x2="{x}" y1="{y}" y2="{HEIGHT}"/>')
                marks.append(self.mark(look, words, x, y))
        return "".join(lines + marks)

    def mark(self, look: str, words: str, x: str, y: int) -> str:
        return (
            f'<use{self.looks["mark"]} href="#{self.name}{IDS[look]}" x="{x}" y="{y}"/>'
            f'<text{self.looks["middle"]} x="{x}" y="{y + 5}">{escaped(words)}</text>'
        )

    def every(self, width: int) -> int:
        return every(self.drawn.periods, width)

    def dated(self, indexes: Iterable[int], width: int) -> str:
        """The labels of some periods below the axis; `width` is the picture's width in pixels."""
        periods = self.drawn.periods
        longest = max(map(len, periods), default=0) * WORD
        # A centred label that is too long would be cut off on the left, so it begins at its period.
        look, right = ("middle", longest / 2) if longest / 2 < LEFT_ROOM else ("start", longest)
        words = "".join(
            f'<text x="{self.place(index + 0.5)}" y="{HEIGHT + self.strip + 22}">{escaped(periods[index])}</text>'
            for index in indexes
            if index == 0 or right <= width * (1 - (index + 0.5) / self.n) + SPILL
        )
        return f"<g{self.looks[look]}>{words}</g>" if words else ""

    def nothing(self) -> str:
        """The words shown in place of the lines if there are no figures; else empty."""
        if not self.is_empty:
            return ""
        words = f'x="{self.place(self.n / 2)}" y="{HEIGHT // 2}">There are no figures to show yet'
        return f"<text{self.looks['middle']} {words}</text>"

    # The key, which explains only what this chart shows.

    def key(self) -> Iterator[tuple[str, str, str]]:
        """Yields (shape, look, words) for each sign; the look of a mark is the text inside it."""
        segments = self.drawn.analysis.segments
        seen = {shape for shape, _, _ in self.dots()}
        for kind in KIND_WORDS:
            if kind in seen:
                yield kind, KIND_LOOKS[kind], self.kind_words(kind)
        if "early" in seen:
            yield "early", "usual", "Too early to say"
        if any(self.points[i].value is not None for i in self.drawn.provisional if i < self.n):
            yield ".", "usual-open", "May still change"
        if "hidden" in seen:
            yield "hidden", "hidden", "Too small to publish"
        if any(
            point.value is None and index not in self.drawn.hidden
            for index, point in enumerate(self.points)
        ):
            yield "none", "", "No figure where the line is broken"
        if not self.is_empty:
            if any(segment.mean is not None for segment in segments):
                yield "line", "mean", "Average"
            if self.has_limits:
                yield "line", "limit", "Limits of what is usual"
            for words, kind in dict.fromkeys((t.words, t.kind) for t in self.targets):
                yield "line", TARGET_LOOKS[kind], words
        for letter, change in self.breaks:
            yield "break", letter, change.words

    def kind_words(self, kind: str) -> str:
        """What the dots of a kind say in this chart."""
        if kind == ".":
            return KIND_WORDS[kind] if self.has_limits else "Figure"
        labels = {self.points[index].label for shape, _, index in self.dots() if shape == kind}
        found = [words for those, words in MARK_WORDS.items() if labels & set(those)]
        return " or ".join(found).capitalize() + GOOD_OR_BAD.get(kind, "")

    def sign(self, shape: str, look: str, x: int, y: int) -> str:
        """The sign in front of a line of the key, 28 pixels wide, with its middle at x and y."""
        if shape == "none":
            return ""
        if shape == "line":
            return self.line(look, f"M{x - 14} {y}h28")
        if shape in MARKS:
            return self.mark(shape, look, str(x), y)
        looks = self.looks[look]
        return f'<use{looks} href="#{self.name}{IDS[shape]}" x="{x}" y="{y}"/>'


@dataclass(frozen=True, slots=True)
class LineName:
    """The name of a line, at the right of the picture: its lines of words, and where they begin."""

    words: tuple[str, ...]
    look: str
    top: float

    @property
    def bottom(self) -> float:
        return self.top + NAME_LINE * len(self.words) + NAME_GAP


class OnPage(Picture):
    """The chart on a page: as wide as its container, coloured by classes, with its key below."""

    looks = BY_CLASS
    slot = SLOT

    def place(self, slots: float) -> str:
        return f"{100 * slots / self.n:.2f}".rstrip("0").rstrip(".") + "%" if self.n else "50%"

    def element(self) -> str:
        long = " bhcp-chart--long" if self.narrow == NARROWEST else ""
        key = "".join(
            f"<li>{self.key_sign(shape, look)}<span>{self.sign_words(shape, look)}{escaped(words)}</span></li>"
            for shape, look, words in self.key()
        )
        return (
            f'<div class="bhcp-chart{long}" data-read="{self.read_outs()}">'
            f'<p class="bhcp-chart__unit">{escaped(self.drawn.unit)}</p>'
            f'<svg class="bhcp-chart__picture" width="100%" height="{self.top + HEIGHT + self.strip + BELOW}" '
            f"{self.labelled}>{self.titled()}{self.shapes()}"
            f'<g aria-hidden="true" transform="translate(0 {self.top})">'
            f'<svg class="bhcp-chart__lines" width="100%" height="{HEIGHT}" '
            f'viewBox="0 0 {SLOT * self.n or SLOT} {HEIGHT}" preserveAspectRatio="none">'
            f"{self.lines()}</svg>"
            f"{self.ticks()}{self.all_dates()}{self.dotted()}{self.marked()}{self.labels()}{self.nothing()}"
            f'</g></svg><ul class="bhcp-chart__key">{key}</ul></div>'
        )

    def sign_words(self, shape: str, look: str) -> str:
        """What a sign of the key looks like, for readers who cannot see it."""
        words = SIGN_WORDS.get(look if shape == "line" else shape)
        return f'<span class="nhsuk-u-visually-hidden">{words}: </span>' if words else ""

    def key_sign(self, shape: str, look: str) -> str:
        sign = self.sign(shape, look, 14, 10)
        return f'<svg width="28" height="20" aria-hidden="true">{sign}</svg>' if sign else ""

    def labels(self) -> str:
        """The names of the lines and the latest figure, right of the picture, each at its height."""
        return "".join(
            f'<text class="bhcp-chart__label bhcp-chart__{name.look}" x="100%" dx="8" '
            f'y="{round(name.top) + NAME_LINE - 3}">{self.name_lines(name)}</text>'
            for name in apart(self.to_label(), bottom=HEIGHT + NAME_LINE // 2)
        )

    def name_lines(self, name: LineName) -> str:
        first, *others = map(escaped, name.words)
        down = "".join(
            f'<tspan x="100%" dx="8" dy="{NAME_LINE}">{words}</tspan>' for words in others
        )
        return first + down

    def to_label(self) -> Iterator[tuple[str, str, int]]:
        """(words, look, distance from the top) of each name, the most wanted first.

        Each ends with a number of its own, and the latest figure begins with its period, so that none
        is read as that of another.
        """
        if self.is_empty:
            return
        latest = max(at for at, point in enumerate(self.points) if point.value is not None)
        # A name stands at the right edge, so what ends long before it has none.
        near = self.n - 1 - self.n // 4
        if latest >= near:
            value = self.points[latest].value or 0.0
            words = f"{self.drawn.periods[latest]} {self.drawn.values[latest].partition(' ')[0]}"
            yield words, "label-value", self.down(value)
        for target in self.targets:
            index, value = [point for point in target.points if point[0] < self.n][-1]
            if index >= near:
                yield target.label, f"label-{TARGET_LOOKS[target.kind]}", self.down(value)
        last = self.drawn.analysis.segments[-1]
        for level, words in (
            (last.mean, "Average"),
            (last.upper, "Upper limit"),
            (last.lower, "Lower limit"),
        ):
            if level is not None and (words == "Average" or last.upper != last.lower):
                drawn_at = self.clipped(level)
                words = f"{words} {self.drawn.number_words(drawn_at)}"
                yield words, "label-line", self.down(drawn_at)

    def all_dates(self) -> str:
        """The labels of the periods: some are always shown, more only where the chart is wide."""
        few, more = self.every(self.narrow), self.every(WIDE)
        always = self.dated(range(0, self.n, few), self.narrow)
        wide = self.dated((at for at in range(0, self.n, more) if at % few), WIDE)
        return always + (f'<g class="bhcp-chart__wide">{wide}</g>' if wide else "")

    def read_outs(self) -> str:
        """A line for each point, for the script that reads them out."""
        return escaped("\n".join(" ".join(line.split()) for line in self.read_out_lines()))

    def read_out_lines(self) -> Iterator[str]:
        for index, (period, point) in enumerate(zip(self.drawn.periods, self.points, strict=True)):
            if point.value is None:
                what = "too small to publish" if index in self.drawn.hidden else "no figure"
                yield f"{period}: {what}"
                continue
            more = f", {label_words(point)}" if point.label != "." else ""
            last = ", may still change" if index in self.drawn.provisional else ""
            yield f"{period}: {self.drawn.values[index]}{more}{last}"


class Alone(Picture):
    """The chart as a file, which itself says what it shows and where the figures come from."""

    looks = BY_ATTRIBUTE

    def __init__(self, drawn: Drawn, name: str) -> None:
        super().__init__(drawn, name)
        self.slot = (ALONE - LEFT - RIGHT) / max(self.n, 1)
        self.parts: list[str] = []
        self.y = MARGIN  # the y coordinate down to which the file is filled

    def place(self, slots: float) -> str:
        return self.across(slots)

    def file(self) -> str:
        drawn = self.drawn
        self.write(drawn.title, 20, ' font-weight="bold"')
        self.y += 6
        self.write(drawn.description, 15)
        self.y += 10
        self.write(drawn.unit, 14)
        self.draw()
        self.write_key()
        self.y += LINE
        for words in drawn.foot:
            self.write(words, 13)
        height = self.y + MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{ALONE}" height="{height}" '
            f'viewBox="0 0 {ALONE} {height}" {self.labelled}{self.looks["text"]}>{self.titled()}'
            f'<rect width="{ALONE}" height="{height}" fill="#fff"/>{self.shapes()}'
            f"{''.join(self.parts)}</svg>"
        )

    def write(self, words: str, size: int, more: str = "") -> None:
        for line in lined(words, ALONE - 2 * MARGIN, size):
            self.y += size + 6
            self.put(line, MARGIN, f' font-size="{size}"{more}')

    def put(self, words: str, x: int, more: str = "") -> None:
        self.parts.append(f'<text x="{x}" y="{self.y}"{more}>{escaped(words)}</text>')

    def draw(self) -> None:
        width = ALONE - LEFT - RIGHT
        self.y += 10 + self.top
        self.parts.append(
            f'<g transform="translate({LEFT} {self.y})"><g fill="none">{self.lines()}</g>'
            f"{self.ticks()}{self.dated(range(0, self.n, self.every(width)), width)}"
            f"{self.dotted()}{self.marked()}{self.nothing()}</g>"
        )
        self.y += HEIGHT + self.strip + BELOW + 15

    def write_key(self) -> None:
        """The key in rows, then what the marks of re-bases and notes stand for, a row each."""
        x = MARGIN
        notes = [("drop", str(note.number), note.words) for note in self.notes]
        for shape, look, words in [*self.key(), *notes]:
            first, *others = lined(words, ALONE - 2 * MARGIN - SIGN, 14)
            width = SIGN + round(len(first) * LETTER) + 24
            if x > MARGIN and (shape in MARKS or x + width > ALONE - MARGIN):
                x = MARGIN
                self.y += LINE + 2
            self.parts.append(self.sign(shape, look, x + 14, self.y - 5))
            self.put(first, x + SIGN)
            for line in others:
                self.y += LINE
                self.put(line, x + SIGN)
            x = ALONE if others else x + width


def bounds_of(drawn: Drawn) -> tuple[float, float]:
    """The lowest and highest value to which limits and margin are drawn; infinite if unbounded.

    Values that lie beyond widen these bounds.
    """
    lowest, highest = -inf, inf
    if drawn.is_percentage:
        lowest, highest = 0.0, 100.0
    if drawn.floor is not None:
        lowest = max(lowest, drawn.floor)
    values = [point.value for point in drawn.analysis.points if point.value is not None]
    return min([lowest, *values]), max([highest, *values])


def lanes_of(
    marks: Iterable[tuple[float, str, str]], *, apart: float
) -> list[list[tuple[float, str, str]]]:
    """Marks, as (place, words, look), in as few rows as keep them from covering each other.

    `apart` is the least distance between two marks of one row, in periods.
    """
    lanes: list[list[tuple[float, str, str]]] = []
    for mark in sorted(marks):
        row = next((row for row in lanes if mark[0] - row[-1][0] >= apart), None)
        if row is None:
            row = []
            lanes.append(row)
        row.append(mark)
    return lanes


def apart(names: Iterable[tuple[str, str, int]], *, bottom: float) -> list[LineName]:
    """Names, as (words, look, height wanted), from the top down, so that none covers another.

    Each stands beside its height, or as near as the others and the bottom allow.
    """
    placed: list[LineName] = []
    for words, look, level in sorted(names, key=itemgetter(2)):
        lines = tuple(wrap(words, NAME_LETTERS, break_long_words=False))
        top = level - NAME_LINE * len(lines) / 2
        placed.append(LineName(lines, look, max([top, *(name.bottom for name in placed[-1:])])))
    for at in reversed(range(len(placed))):
        below = placed[at + 1].top if at + 1 < len(placed) else bottom
        spare = min(0.0, below - placed[at].bottom)
        placed[at] = replace(placed[at], top=placed[at].top + spare)
    return placed


def lined(words: str, width: int, size: int) -> list[str]:
    """Words broken into lines of at most `width` pixels at this font size; at least one line."""
    return wrap(words, int(width / (LETTER * size / 13.5))) or [""]


# --- Small pictures --------------------------------------------------------------------------------

SPARK_POINTS = 24
SPARK_STEP, SPARK_HEIGHT = 4, 24
SPARK_SHAPES = {
    ".": "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
    "+": "M0-5 5 0 0 5-5 0z",
    "-": "M-4-4h8v8h-8z",
    "H": "M0-5 5 4H-5z",
    "L": "M0 5 5-4H-5z",
    "mixed": "M-5-5 5 5V-5L-5 5z",
}
SPARK_LOOKS = {**KIND_LOOKS, "mixed": "unusual"}


def sparkline(
    values: Sequence[float | None],
    *,
    kind: str,
    words: str,
    starts: Collection[int] = (),
) -> str:
    """The last 24 values as a line, the latest with the shape and colour of its kind.

    kind    as `Point.kind`, or "mixed"
    words   what the line shows, for readers who cannot see it
    starts  indexes at which counting changed: the line is broken there and a dotted line stands
    """
    before = max(0, len(values) - SPARK_POINTS)
    values = values[before:]
    shown = [value for value in values if value is not None]
    head = (
        f'<svg class="bhcp-spark" width="108" height="36" viewBox="-6 -6 108 36" role="img" '
        f'aria-label="{escaped(words)}">'
    )
    if not shown:
        return f"{head}</svg>"
    low, span = min(shown), max(shown) - min(shown)
    path, latest, is_down = [], "", False
    breaks = "".join(
        f"M{SPARK_STEP * (start - before + SPARK_POINTS - len(values)) - SPARK_STEP // 2} -4v32"
        for start in sorted(starts)
        if before < start < before + len(values)
    )
    for index, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        x = SPARK_STEP * (index + SPARK_POINTS - len(values))
        is_down = is_down and index + before not in starts
        y = round(SPARK_HEIGHT * (1 - (value - low) / span)) if span else SPARK_HEIGHT // 2
        path.append(f"{' ' if is_down else 'M'}{x} {y}")
        is_down = True
        latest = (
            f'<path class="bhcp-spark__{SPARK_LOOKS[kind]}" transform="translate({x} {y})" '
            f'd="{SPARK_SHAPES[kind]}"/>'
        )
    if breaks:
        head += f'<path class="bhcp-spark__break" d="{breaks}"/>'
    return f'{head}<path class="bhcp-spark__line" d="{"".join(path)}"/>{latest}</svg>'


def sign(kind: str) -> str:
    """The shape that ends the line of a `sparkline`, to stand beside its words."""
    return (
        '<svg class="bhcp-spark bhcp-spark--sign" width="20" height="20" viewBox="-6 -6 12 12" '
        f'aria-hidden="true" focusable="false"><path class="bhcp-spark__{SPARK_LOOKS[kind]}" '
        f'd="{SPARK_SHAPES[kind]}"/></svg>'
    )


# Icons are drawn in a square of 32: the shape shows the kind, as the dots do, with a sign inside.
ICON_SHAPES = {
    "usual": '<circle cx="16" cy="16" r="14"/>',
    "better": '<path d="M16 0 32 16 16 32 0 16z"/>',
    "worse": '<path d="M3 3h26v26H3z"/>',
    "unusual_high": '<path d="M16 2 31 29H1z"/>',
    "unusual_low": '<path d="M16 30 31 3H1z"/>',
    "unsaid": '<circle cx="16" cy="16" r="14"/>',
}
ICON_SIGNS = {
    "high": "M16 22.5v-10M11.5 16.5 16 12l4.5 4.5",
    "low": "M16 9.5v10M11.5 15.5 16 20l4.5-4.5",
    "wave": "M7 17q3-7 6 0t6 0 6 0",
    "dots": "M10 16h0M16 16h0M22 16h0",
    "tick": "M10 16.5l4 4 8-9",
    "cross": "M11 11l10 10M21 11 11 21",
    "both": "M6 16.5l2.5 2.5 5-6M18.5 13l6 6M24.5 13l-6 6",
}
VARIATION_ICONS = {
    "common_cause": ("usual", "wave"),
    "improvement_high": ("better", "high"),
    "improvement_low": ("better", "low"),
    "concern_high": ("worse", "high"),
    "concern_low": ("worse", "low"),
    "neutral_high": ("unusual_high", "high"),
    "neutral_low": ("unusual_low", "low"),
    None: ("unsaid", "dots"),
}
ASSURANCE_ICONS = {
    "pass": ("better", "tick"),
    "fail": ("worse", "cross"),
    "inconsistent": ("usual", "both"),
}


def variation_icon(variation: str | None) -> str:
    """The icon of an `Analysis.variation` as SVG; the page writes its words beside it."""
    return icon(*VARIATION_ICONS[variation])


def assurance_icon(assurance: str | None) -> str:
    """The icon of an `Analysis.assurance` as SVG; empty if it is None."""
    return icon(*ASSURANCE_ICONS[assurance]) if assurance else ""


def icon(shape: str, sign: str) -> str:
    look = shape.partition("_")[0]
    return (
        f'<svg class="bhcp-spc bhcp-spc--{look}" width="32" height="32" viewBox="0 0 32 32" '
        f'aria-hidden="true" focusable="false">{ICON_SHAPES[shape]}'
        f'<path class="bhcp-spc__sign" d="{ICON_SIGNS[sign]}"/></svg>'
    )


FACT_SIGNS = {
    "up": "M10 17V3M4 9l6-6 6 6",
    "down": "M10 3v14M4 11l6 6 6-6",
    "same": "M3 7h14M3 13h14",
    "tick": "M3 11l5 5 9-12",
    "cross": "M4 4l12 12M16 4 4 16",
    "none": "M3 10h14",
}


def fact_sign(sign: str, *, is_good: bool | None) -> str:
    """The sign of a plain fact as SVG: an arrow, a tick, a cross. The page writes words beside it."""
    look = {True: "better", False: "worse", None: "usual"}[is_good]
    return (
        f'<svg class="bhcp-fact-sign bhcp-fact-sign--{look}" width="20" height="20" '
        f'viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{FACT_SIGNS[sign]}"/></svg>'
    )


# Characters that may not stand in XML or in HTML.
FORBIDDEN = re.compile(
    "[^\\t\\n\\r -~\\x85\\xa0-\\ud7ff\\ue000-\\ufdcf\\ufdf0-\\ufffd\\U00010000-\\U0010ffff]"
)


def escaped(words: str) -> str:
    """Words made safe to stand in an element or in a quoted attribute, of HTML and of XML."""
    return escape(FORBIDDEN.sub("", words))
