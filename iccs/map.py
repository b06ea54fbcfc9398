"""A map of places on the shore of the bay, as numbers; ``templates/iccs/_map.html`` draws it.

The projection is equirectangular: degrees of longitude are shortened by the cosine of the middle
latitude, so that north is up and one scale holds in every direction. No borders are drawn, as no
source gives any; nor is a shore where it is not known (``iccs.coast``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, pairwise, product
from math import ceil, cos, dist, hypot, radians
from typing import NamedTuple

from iccs import coast

KM_IN_A_DEGREE = 111.2
KM_IN_A_MILE = 1.609344

# Lengths in units of the drawing. It is as wide as the column of a small phone, where one unit is
# about one pixel.
WIDTH = 320
SIDE = 40  # room left and right of the outermost points, for names
EDGE = 6
DOT = 6
RING = 10  # the room to each side of the sign of a marked place, which has a ring
GAP = 4
LABEL_HEIGHT = 28  # wide enough for a finger, even if the drawing is shown a little smaller
FONT = 14
STRIP = 44  # height below the points, for the scale and the north arrow
SMALLEST_KM = 5
SEEN_THROUGH = 100  # after so many tries for a name, a line may cross a name
BOLD = 1.1  # as the name of a marked place is
SMALL_FONT = 13  # of the names of towns
SMALL_HEIGHT = 16
TOWN = 3  # the room that the dot of a town takes to each side
ASIDE = 4  # so far the name of a town may move up or down beside its dot
NEARER = 3  # so much nearer to its own dot is a name than to any other sign
AIR = 2  # above and below the letters of a name
SHORE = 0.5  # how far the shore may be off, in units of the drawing
MAPS_KEPT = 100
MOST_PLACES = 60
ROUNDS = 50  # in which points may move apart
SAME_PLACE_KM = 0.5
NEAR_KM = 12  # towns so near to a place are on the map too
# How far the map of one place reaches from it.
REACH_EAST_KM, REACH_NORTH_KM = 12, 9
# The signs of the groups, about their middle; those of a fifth group look like the first's.
SIGNS = (
    "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0",
    "M-5 -5h10v10h-10z",
    "M0 -6.5l6 11h-12z",
    "M0 -6.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z",
)
BARS = (1, 2, 5, 10, 20, 50, 100)

# Widths of letters in Arial, as shares of the font size. All other letters count as LETTER.
NARROW = dict.fromkeys("ijlI.,:;|!'’", 0.3) | dict.fromkeys(" ftr-()", 0.35)
BROAD = dict.fromkeys("mwMW@&", 0.9) | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.75)
LETTER = 0.57


@dataclass(frozen=True, slots=True)
class Place:
    """A thing with its name, its position in degrees and the group it is in, if it is in one.

    ``is_marked``: the map is of this place.
    """

    name: str
    thing: object
    latitude: float
    longitude: float
    group: "PlaceGroup | None" = None
    is_marked: bool = False

    @property
    def reach(self):
        """The room that its sign takes to each side."""
        return RING if self.is_marked else DOT


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

    def distance(self, x, y):
        """How far a point is from the box; 0 within it."""
        return hypot(max(self.left - x, 0, x - self.right), max(self.top - y, 0, y - self.bottom))

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
    def group(self):
        """The number of its group; 0 for none."""
        return self.place.group.number if self.place.group else 0

    @property
    def sign(self):
        return sign(self.group)

    @property
    def letters(self):
        """The part of the box that the letters of the name take."""
        return _letters(self.box)

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


def sign(number: int) -> str:
    """The sign of a group as SVG's path data, about its middle. ``number``: from 1; 0 for no group."""
    return SIGNS[max(number - 1, 0) % len(SIGNS)]


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """A group of places, which share a sign on every map. ``number``: from 1."""

    name: str
    number: int

    @property
    def sign(self):
        return sign(self.number)


@dataclass(frozen=True, slots=True)
class SmallName:
    """The name of a town with a dot at (x, y), or of the water, without a link or a dot.

    ``anchor``: as in ``Label``. ``box``: the room for the name.
    """

    name: str
    x: float
    y: float
    box: LabelBox
    anchor: str
    is_water: bool = False

    @property
    def text_x(self):
        return _text_x(self.box, self.anchor, gap=0)

    @property
    def text_y(self):
        return (self.box.top + self.box.bottom) / 2


@dataclass(frozen=True, slots=True)
class Map:
    """The drawing: labels from north to south, and a scale bar.

    ``top``, ``height``, ``width`` and the length ``bar`` are in units of the drawing. The bar
    stands for so many ``miles``. ``ground``: the height of the part above the bar. ``land``: the
    outline of the land as SVG's path data; empty where the shore is not known. ``stands_at``: the
    town where the sign of the marked place stands, if that has another name.
    """

    labels: list[Label]
    top: float
    height: float
    miles: int
    bar: float
    land: str
    names: list[SmallName]
    groups: list[PlaceGroup]
    stands_at: str = ""
    width: float = WIDTH

    @property
    def ground(self):
        return self.height - STRIP

    @property
    def bar_y(self):
        """The vertical position of the scale bar."""
        return self.top + self.height - STRIP / 2


def draw(places: Iterable[Place], first: Iterable[str] = ()) -> Map | None:
    """The map of some places; ``None`` if there are none, or too many for their names to be read.

    Where one of them is marked, the map shows it and what lies round it. ``first``: the names of
    towns and villages that are named before others, where there is no room for all.
    """
    places = sorted(places, key=lambda p: (-p.latitude, p.longitude, p.name))
    if marked := next((place for place in places if place.is_marked), None):
        places = [place for place in places if _is_round(marked, place)]
    if not places or len(places) > MOST_PLACES:
        return None
    drawn = _drawn(tuple(replace(place, thing=None) for place in places), frozenset(first))
    labels = [
        replace(label, place=place) for label, place in zip(drawn.labels, places, strict=True)
    ]
    return replace(drawn, labels=labels)


@lru_cache(MAPS_KEPT)
def _drawn(places, first):
    """The map of places that are sorted already, without the things that they are."""
    marked = next((place for place in places if place.is_marked), None)
    towns = coast.TOWNS if marked is None else (*coast.TOWNS, *coast.VILLAGES)
    towns = sorted(towns, key=lambda town: town.name not in first)
    south, north = places[-1].latitude, places[0].latitude
    west = min(p.longitude for p in places)
    east = max(p.longitude for p in places)
    shrink = cos(radians((south + north) / 2))
    if marked:
        reach = REACH_EAST_KM / shrink / KM_IN_A_DEGREE
        west, east = marked.longitude - reach, marked.longitude + reach
    wide_km = (east - west) * shrink * KM_IN_A_DEGREE
    scale = (WIDTH - 2 * SIDE) / max(wide_km, SMALLEST_KM)
    across, down = shrink * KM_IN_A_DEGREE * scale, KM_IN_A_DEGREE * scale

    def position(longitude, latitude):
        return SIDE + (longitude - west) * across, (north - latitude) * down

    points = spread([(*position(p.longitude, p.latitude), p.reach) for p in places])
    groups = sorted({p.group for p in places if p.group}, key=lambda group: group.number)
    served = [position(town.longitude, town.latitude) for town in towns if town.name in first]
    kept_free = [point for point in served if all(dist(point, sign) > RING for sign in points)]
    labels = place_labels(places, points, kept_free)
    lines = [y for label in labels for y in (label.box.top, label.box.bottom, label.y)]
    if marked:
        middle, reach = position(marked.longitude, marked.latitude)[1], REACH_NORTH_KM * scale
        lines += [middle - reach, middle + reach]
    else:
        near = [
            town for town in towns if any(kilometres(town, place) < NEAR_KM for place in places)
        ]
        lines += [position(town.longitude, town.latitude)[1] for town in near]
    top, bottom = min(lines) - DOT - EDGE, max(lines) + DOT + EDGE
    frame = coast.Frame(
        south=north - bottom / down,
        north=north - top / down,
        west=west - SIDE / across,
        east=west + (WIDTH - SIDE) / across,
    )
    rings = [
        coast.thinned([position(*point) for point in ring], SHORE)
        for ring in (coast.land(frame) if frame.is_known else ())
    ]
    miles = max(b for b in BARS if b == 1 or b * KM_IN_A_MILE * scale <= WIDTH / 3)
    return Map(
        labels,
        top,
        bottom - top + STRIP,
        miles,
        miles * KM_IN_A_MILE * scale,
        "".join(map(_outline, rings)),
        small_names(towns, labels, frame, position, rings) if frame.is_known else [],
        groups,
        _stands_at(marked, towns) if marked else "",
    )


def _stands_at(marked, towns):
    """The town at which the sign of a marked place stands; empty if it has the name of the place."""
    near = (town.name for town in towns if kilometres(town, marked) < SAME_PLACE_KM)
    name = next(near, "")
    return "" if name in marked.name else name


def kilometres(one, other) -> float:
    """How far two things with a latitude and a longitude are apart, about."""
    shrink = cos(radians((one.latitude + other.latitude) / 2))
    east, north = (one.longitude - other.longitude) * shrink, one.latitude - other.latitude
    return hypot(east, north) * KM_IN_A_DEGREE


def _is_round(marked, place):
    """Whether a place is on the map of another."""
    shrink = cos(radians(marked.latitude))
    return (
        abs(place.longitude - marked.longitude) * shrink * KM_IN_A_DEGREE <= REACH_EAST_KM
        and abs(place.latitude - marked.latitude) * KM_IN_A_DEGREE <= REACH_NORTH_KM
    )


def spread(signs: list[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """The points of signs, (x, y, reach); those that would cover each other moved side by side."""
    points = [(x, y) for x, y, _ in signs]
    for _ in range(ROUNDS):
        is_moved = False
        for i, j in combinations(range(len(points)), 2):
            (x1, y1), (x2, y2) = points[i], points[j]
            apart, side_by_side = hypot(x2 - x1, y2 - y1), signs[i][2] + signs[j][2]
            if apart < side_by_side:
                # Two points at one place part to the east and west.
                dx, dy = ((x2 - x1) / apart, (y2 - y1) / apart) if apart else (1, 0)
                push = (side_by_side - apart) / 2 + 0.01
                points[i] = (x1 - dx * push, y1 - dy * push)
                points[j] = (x2 + dx * push, y2 + dy * push)
                is_moved = True
        if not is_moved:
            break
    return points


def _outline(points):
    """A ring as SVG's path data, in steps of a tenth of a unit, too small parts left out."""
    steps = [(round(x * 10), round(y * 10)) for x, y in points]
    if len(steps) < 4:
        return ""
    moves = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(steps) if (x1, y1) != (x2, y2)]
    numbers = " ".join(f"{dx / 10:g} {dy / 10:g}" for dx, dy in moves).replace(" -", "-")
    return f"M{steps[0][0] / 10:g} {steps[0][1] / 10:g}l{numbers}z"


def small_names(towns, labels, frame, position, land) -> list[SmallName]:
    """The names of towns and of the bay within a frame, where each can be read as the name of its dot.

    A town is left out where its dot would meet a sign or a name, or where its name would meet
    another, or be nearer to another sign. A name stands on land if there is room. A town that a
    community is named after needs no second name. ``land``: rings, in units of the drawing.
    """
    named = {label.place.name.casefold() for label in labels}
    signs = [(label.x, label.y) for label in labels]
    taken = [_room(label.x, label.y, label.place.reach) for label in labels]
    taken += [label.letters for label in labels]
    lines = [label.line for label in labels if label.line]
    corners = position(frame.west, frame.north), position(frame.east, frame.south)
    inside = LabelBox(*corners[0], *corners[1])
    found = []
    for town in (*towns, coast.BAY):
        if town.name.casefold() in named or not frame.holds(town.longitude, town.latitude):
            continue
        is_water = town is coast.BAY
        x, y = position(town.longitude, town.latitude)
        dots = [(name.x, name.y) for name in found if not name.is_water]
        width = text_width(town.name, SMALL_FONT) - 2 * GAP
        if is_water:
            tries = _water_tries(x, y, width)
        elif _has_room_for_dot(x, y, taken, lines, labels, found):
            tries = _town_tries(x, y, width)
        else:
            continue
        free = [
            (box, anchor)
            for box, anchor in tries
            if inside.left + EDGE <= box.left
            and box.right <= inside.right - EDGE
            and inside.top < box.top
            and box.bottom < inside.bottom
            and not any(box.meets(other) for other in taken)
            and not any(box.cut_by(line) for line in lines)
            and (is_water or _is_nearest(box, (x, y), signs + dots))
        ]
        at_sea = [_is_at_sea(box, land) for box, _ in free]
        if is_water:
            free = [each for each, share in zip(free, at_sea, strict=True) if share == 1]
        if free:
            best = 0 if is_water else at_sea.index(min(at_sea))
            box, anchor = free[best]
            taken += [box] if is_water else [box, _room(x, y, TOWN)]
            found.append(SmallName(town.name, x, y, box, anchor, is_water))
    return found


def _room(x, y, reach=DOT):
    """The room that a sign or a dot takes, so far to each side."""
    return LabelBox(x - reach, y - reach, x + reach, y + reach)


def _has_room_for_dot(x, y, taken, lines, labels, names):
    """Whether the dot of a town meets nothing and is not taken for that of a name beside it."""
    dot = _room(x, y, TOWN + AIR)
    return (
        not any(dot.meets(other) for other in taken)
        and not any(dot.cut_by(line) for line in lines)
        and all(
            _is_nearest(box, own, [(x, y)])
            for box, own in (
                *((name.box, (name.x, name.y)) for name in names if not name.is_water),
                *((label.letters, (label.x, label.y)) for label in labels if not label.line),
            )
        )
    )


def _is_nearest(box, own, others):
    """Whether a name is nearer to its own dot than to any other."""
    return all(box.distance(*own) + NEARER <= box.distance(*other) for other in others)


def _is_at_sea(box, land):
    """The share of a name that is not on land, by the corners and middle of its box."""
    points = list(
        product(
            (box.left, (box.left + box.right) / 2, box.right),
            (box.top + AIR, box.bottom - AIR),
        )
    )
    return sum(not any(_holds(ring, *point) for ring in land) for point in points) / len(points)


def _holds(ring, x, y):
    """Whether a ring holds a point, by how often a line to the west of it crosses."""
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > y) != (y2 > y) and x1 + (y - y1) / (y2 - y1) * (x2 - x1) < x:
            crossings += 1
    return crossings % 2 == 1


def _town_tries(x, y, width):
    """Where the name of a town may stand: beside its dot or a little aside, then over or under it."""
    half = SMALL_HEIGHT / 2
    for shift in (0, ASIDE, -ASIDE):
        for left, anchor in ((x + TOWN + AIR, "start"), (x - TOWN - AIR - width, "end")):
            yield LabelBox(left, y + shift - half, left + width, y + shift + half), anchor
    for top in (y - TOWN - SMALL_HEIGHT, y + TOWN):
        for left, anchor in (
            (x - width / 2, "middle"),
            (x - TOWN, "start"),
            (x + TOWN - width, "end"),
        ):
            yield LabelBox(left, top, left + width, top + SMALL_HEIGHT), anchor


def _water_tries(x, y, width):
    half = SMALL_HEIGHT / 2
    for shift in (0, 1, -1, 2, -2, 3, -3):
        for share in (0.5, 0.25, 0.75):
            left, middle = x - width * share, y + shift * half
            yield LabelBox(left, middle - half, left + width, middle + half), "middle"


def place_labels(places, points, kept_free=()) -> list[Label]:
    """A label for each place, whose name meets no other name, point or line.

    ``kept_free``: points of towns, which no name may cover or be nearest to.

    The tries are, in order: right of the point, left, above, below; then further and further up and
    down, with a line to the name. After ``SEEN_THROUGH`` tries the line may cross others. As each
    name takes room from the next, they are placed in several orders; the one with the shortest
    lines is taken.
    """
    orders = (
        lambda i: points[i][1],
        lambda i: -points[i][1],
        lambda i: points[i][0],
        lambda i: -points[i][0],
        lambda i: sorted(dist(points[i], other) for other in points)[1:3],
    )
    ways = [
        _in_order(sorted(range(len(places)), key=order), places, points, kept_free)
        for order in orders
    ]
    return min(ways, key=_length_of_lines)


def _length_of_lines(labels):
    return sum(dist(label.line[:2], label.line[2:]) ** 2 for label in labels if label.line)


def _in_order(order, places, points, kept_free):
    """Labels placed in an order of their indexes, given in the order of the places."""
    placed = {}
    for i in order:
        x, y = points[i]
        others = [*points[:i], *points[i + 1 :], *kept_free]
        dots = [
            _room(*point, place.reach)
            for j, (point, place) in enumerate(zip(points, places, strict=True))
            if j != i
        ]
        dots += [_room(*point, TOWN + AIR) for point in kept_free]
        labels = list(placed.values())
        font = FONT * BOLD if places[i].is_marked else FONT
        tries = enumerate(_tries(text_width(places[i].name, font), x, y, places[i].reach))
        placed[i] = next(
            Label(places[i], x, y, box, anchor, line)
            for number, (box, anchor, line) in tries
            if _has_room(box, labels, dots)
            and (line or _is_nearest(_letters(box), (x, y), others))
            and (number >= SEEN_THROUGH or not _is_crossed(box, line, labels))
        )
    return [placed[i] for i in range(len(places))]


def _tries(width, x, y, reach):
    """Where a name may stand, best first. It never ends, so that room is always found."""
    half = LABEL_HEIGHT / 2
    inside = min(max(x - width / 2, EDGE), WIDTH - EDGE - width)
    sides = ((x + reach, "start"), (x - reach - width, "end"), (inside, "middle"))
    for left, anchor in sides[:2]:
        yield LabelBox(left, y - half, left + width, y + half), anchor, None
    for middle in (y - reach - half, y + reach + half):
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


def _letters(box):
    """The part of the box of a name that its letters take."""
    middle, half = (box.top + box.bottom) / 2, FONT / 2 + AIR
    return LabelBox(box.left + GAP, middle - half, box.right - GAP, middle + half)


def _text_x(box, anchor, gap=GAP):
    return {
        "start": box.left + gap,
        "middle": (box.left + box.right) / 2,
        "end": box.right - gap,
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


def text_width(text: str, font: float = FONT) -> float:
    """The width of a name in units of the drawing, rather too big than too small.

    It is at most what fits in the drawing.
    """
    letters = sum(NARROW.get(c, BROAD.get(c, LETTER)) for c in text)
    return min(letters * font + 2 * GAP, WIDTH - 2 * EDGE)
