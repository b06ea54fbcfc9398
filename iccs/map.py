"""A map with points and names alone, as numbers; ``templates/iccs/_map.html`` draws it.

The projection is equirectangular: degrees of longitude are shortened by the cosine of the middle
latitude, so that north is up and one scale holds in every direction. There is no outline, as no
source gives one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, cos, hypot, radians
from typing import NamedTuple

KM_IN_A_DEGREE = 111.2
KM_IN_A_MILE = 1.609344

# Lengths in units of the drawing. It is as wide as the column of a small phone, where one unit is
# about one pixel.
WIDTH = 320
SIDE = 40  # room left and right of the outermost points, for names
EDGE = 6
DOT = 6
GAP = 4
LABEL_HEIGHT = 28  # wide enough for a finger, even if the drawing is shown a little smaller
FONT = 14
STRIP = 44  # height below the points, for the scale and the north arrow
SMALLEST_KM = 5
SEEN_THROUGH = 100  # after so many tries for a name, a line may cross a name
BARS = (1, 2, 5, 10, 20, 50, 100)

# Widths of letters in Arial, as shares of the font size. All other letters count as LETTER.
NARROW = dict.fromkeys("ijlI.,:;|!'’", 0.3) | dict.fromkeys(" ftr-()", 0.35)
BROAD = dict.fromkeys("mwMW@&", 0.9) | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.75)
LETTER = 0.57


@dataclass(frozen=True, slots=True)
class Place:
    """A thing with its name and its position in degrees."""

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
        """Whether a line (x1, y1, x2, y2) runs through the box, checked about every two units."""
        x1, y1, x2, y2 = line
        steps = max(1, ceil(max(abs(x2 - x1), abs(y2 - y1)) / 2))
        return any(
            self.left < x1 + (x2 - x1) * i / steps < self.right
            and self.top < y1 + (y2 - y1) * i / steps < self.bottom
            for i in range(steps + 1)
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A point with its name, in units of the drawing.

    ``box``: the room for the name. ``anchor``: the part of the name that stays in place if it is
    drawn smaller, as SVG's ``text-anchor``. ``line``: from the point to a name that has no room
    beside it, as (x1, y1, x2, y2); else ``None``.
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
    """The drawing: labels from north to south, and a scale bar.

    ``top``, ``height``, ``width`` and the length ``bar`` are in units of the drawing. The bar
    stands for so many ``miles``.
    """

    labels: list[Label]
    top: float
    height: float
    miles: int
    bar: float
    width: float = WIDTH

    @property
    def bar_y(self):
        """The vertical position of the scale bar."""
        return self.top + self.height - STRIP / 2


def draw(places: Iterable[Place]) -> Map | None:
    """The map of some places; ``None`` if there are no places."""
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
    """A label for each place, whose name meets no other name, point or line.

    The tries are, in order: right of the point, left, above, below; then further and further up and
    down, with a line to the name. After ``SEEN_THROUGH`` tries the line may cross others.
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
                # A point almost on top of this one does not block a name at its left or right.
                if _has_room(box, labels, dots if anchor != "middle" else dots + twins)
                and (number >= SEEN_THROUGH or not _is_crossed(box, line, labels))
            )
        )
    return labels


def _tries(width, x, y):
    """Where a name may stand, best first. It never ends, so that room is always found."""
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
    """Where a line meets a name: the nearer end or, from above or below, the nearer side."""
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
    """The width of a name in units of the drawing, rather too big than too small.

    It is at most what fits in the drawing.
    """
    letters = sum(NARROW.get(c, BROAD.get(c, LETTER)) for c in text)
    return min(letters * FONT + 2 * GAP, WIDTH - 2 * EDGE)
