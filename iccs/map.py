"""A map of points and names alone: numbers in, numbers out, drawn by ``templates/iccs/_map.html``.

Equirectangular: degrees of longitude are shortened by the cosine of the middle latitude, so that north is
up and one scale holds in every direction. No outline is drawn, as no source gives one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, cos, hypot, radians
from typing import NamedTuple

KM_IN_A_DEGREE = 111.2
KM_IN_A_MILE = 1.609344

# In units of the drawing, which is as wide as a small phone's column, so that a unit is about a pixel there.
WIDTH = 320
SIDE = 40  # room left and right of the outermost points, for names
EDGE = 6
DOT = 6
GAP = 4
LABEL_HEIGHT = 28  # a finger's width even where the drawing is a little smaller than a pixel a unit
FONT = 14
STRIP = 44  # below the points: scale and north
SMALLEST_KM = 5
SEEN_THROUGH = 100  # so many places are tried for a name before lines and names may cross
BARS = (1, 2, 5, 10, 20, 50, 100)

# Widths of Arial's letters, in shares of the font's size; others are as wide as most.
NARROW = dict.fromkeys("ijlI.,:;|!'’", 0.3) | dict.fromkeys(" ftr-()", 0.35)
BROAD = dict.fromkeys("mwMW@&", 0.9) | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.75)
LETTER = 0.57


@dataclass(frozen=True, slots=True)
class Place:
    """A thing with its name and where it is."""

    name: str
    thing: object
    latitude: float
    longitude: float


class LabelBox(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other):
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def cut_by(self, line):
        """Whether a straight line runs through it, looked at every few units."""
        x1, y1, x2, y2 = line
        steps = max(1, ceil(max(abs(x2 - x1), abs(y2 - y1)) / 2))
        return any(
            self.left < x1 + (x2 - x1) * i / steps < self.right
            and self.top < y1 + (y2 - y1) * i / steps < self.bottom
            for i in range(steps + 1)
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A point with its name. ``anchor``: which part of the name stays where it is, should it be drawn smaller.

    ``line`` leads from the point to a name that found no room beside it.
    """

    place: Place
    x: float
    y: float
    box: LabelBox
    anchor: str
    line: tuple[float, float, float, float] | None

    @property
    def text_x(self):
        return _text_x(self.box, self.anchor)

    @property
    def text_y(self):
        return (self.box.top + self.box.bottom) / 2

    @property
    def width(self):
        return self.box.right - self.box.left

    @property
    def height(self):
        return self.box.bottom - self.box.top


@dataclass(frozen=True, slots=True)
class Map:
    """The drawing: labels from north to south, and a bar of so many miles."""

    labels: list[Label]
    top: float
    height: float
    miles: int
    bar: float
    width: float = WIDTH

    @property
    def bar_y(self):
        """How far down the bar lies."""
        return self.top + self.height - STRIP / 2


def draw(places: Iterable[Place]) -> Map | None:
    """The map of some places; nothing for none."""
    places = sorted(places, key=lambda p: (-p.latitude, p.longitude, p.name))
    if not places:
        return None
    south, north = places[-1].latitude, places[0].latitude
    west = min(p.longitude for p in places)
    east = max(p.longitude for p in places)
    shrink = cos(radians((south + north) / 2))
    wide_km = (east - west) * shrink * KM_IN_A_DEGREE
    scale = (WIDTH - 2 * SIDE) / max(wide_km, SMALLEST_KM)
    points = [
        (
            SIDE + (p.longitude - west) * shrink * KM_IN_A_DEGREE * scale,
            (north - p.latitude) * KM_IN_A_DEGREE * scale,
        )
        for p in places
    ]
    labels = place_labels(places, points)
    top = min(min(label.box.top for label in labels), -DOT) - EDGE
    bottom = max(*(label.box.bottom for label in labels), points[-1][1] + DOT)
    miles = max(b for b in BARS if b == 1 or b * KM_IN_A_MILE * scale <= WIDTH / 3)
    return Map(labels, top, bottom - top + EDGE + STRIP, miles, miles * KM_IN_A_MILE * scale)


def place_labels(places: list[Place], points: list[tuple[float, float]]) -> list[Label]:
    """Each name beside its point, where it meets no other name, point or line.

    One after the other: right of the point, left, above, below; then ever further up and down, with a line
    that may at last run through what is in its way.
    """
    labels = []
    for place, (x, y) in zip(places, points, strict=True):
        dots, twins = [], []
        for left, top in points:
            if (left, top) != (x, y):
                box = LabelBox(left - DOT, top - DOT, left + DOT, top + DOT)
                (twins if hypot(left - x, top - y) < DOT else dots).append(box)
        labels.append(
            next(
                Label(place, x, y, box, anchor, line)
                for number, (box, anchor, line) in enumerate(_tries(text_width(place.name), x, y))
                # Left and right, a point that all but hides this one is no more in the way than this one.
                if _has_room(box, labels, dots if anchor != "middle" else dots + twins)
                and (number >= SEEN_THROUGH or not _is_crossed(box, line, labels))
            )
        )
    return labels


def _tries(width, x, y):
    """Where a name may stand, the best first; without end, so that there is always room at last."""
    half = LABEL_HEIGHT / 2
    inside = min(max(x - width / 2, EDGE), WIDTH - EDGE - width)
    sides = ((x + DOT, "start"), (x - DOT - width, "end"), (inside, "middle"))
    for left, anchor in sides[:2]:
        yield LabelBox(left, y - half, left + width, y + half), anchor, None
    for middle in (y - DOT - half, y + DOT + half):
        yield LabelBox(inside, middle - half, inside + width, middle + half), "middle", None
    step = 1
    while True:
        for shift in (step * half, -step * half):
            for left, anchor in sides:
                box = LabelBox(left, y + shift - half, left + width, y + shift + half)
                yield box, anchor, (x, y, *_end(box, anchor, shift))
        step += 1


def _end(box, anchor, shift):
    """Where a line reaches a name: its near end or, from above or below, its near side."""
    middle = (box.top + box.bottom) / 2
    if anchor == "middle":
        return (box.left + box.right) / 2, middle - (FONT / 2 if shift > 0 else -FONT / 2)
    return _text_x(box, anchor) - (2 if anchor == "start" else -2), middle


def _text_x(box, anchor):
    return {
        "start": box.left + GAP,
        "middle": (box.left + box.right) / 2,
        "end": box.right - GAP,
    }[anchor]


def _has_room(box, labels, dots):
    if box.left < EDGE or box.right > WIDTH - EDGE:
        return False
    return not any(box.meets(other) for other in (*dots, *(label.box for label in labels)))


def _is_crossed(box, line, labels):
    return any(
        (line and other.box.cut_by(line)) or (other.line and box.cut_by(other.line))
        for other in labels
    )


def text_width(text: str) -> float:
    """About how wide a name is drawn, rather too much than too little, and no wider than the drawing."""
    letters = sum(NARROW.get(c, BROAD.get(c, LETTER)) for c in text)
    return min(letters * FONT + 2 * GAP, WIDTH - 2 * EDGE)
