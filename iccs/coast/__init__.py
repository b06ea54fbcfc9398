"""The shore of Morecambe Bay and the towns on it, as what lies within a frame of degrees.

Where the shore comes from, and its licence: ``README.md`` beside this file. The positions of towns
are general knowledge, to the nearest kilometre.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

# The shore is known between these degrees. The corners close the mainland on its eastern side.
SOUTH, NORTH, WEST, EAST = 53.8, 54.6, -3.65, -2.25
EASTERN_CORNERS = ((EAST, NORTH), (EAST, SOUTH))

Point = tuple[float, float]


class Frame(NamedTuple):
    """A part of the earth, in degrees."""

    south: float
    north: float
    west: float
    east: float

    @property
    def is_known(self):
        """Whether the shore is known in all of it."""
        return (
            self.south >= SOUTH and self.north <= NORTH and self.west >= WEST and self.east <= EAST
        )

    def holds(self, longitude, latitude):
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


class Town(NamedTuple):
    name: str
    latitude: float
    longitude: float


TOWNS = (
    Town("Barrow-in-Furness", 54.111, -3.226),
    Town("Lancaster", 54.047, -2.801),
    Town("Kendal", 54.328, -2.746),
    Town("Morecambe", 54.073, -2.866),
    Town("Ulverston", 54.195, -3.093),
    Town("Garstang", 53.906, -2.774),
    Town("Grange-over-Sands", 54.192, -2.908),
    Town("Carnforth", 54.129, -2.769),
    Town("Kirkby Lonsdale", 54.201, -2.597),
    Town("Millom", 54.211, -3.271),
    Town("Windermere", 54.380, -2.906),
    Town("Milnthorpe", 54.228, -2.771),
    Town("Heysham", 54.043, -2.893),
    Town("Dalton-in-Furness", 54.155, -3.182),
)
# Smaller places: on the map of one community, and for who looks for one that no source names.
VILLAGES = (
    Town("Ambleside", 54.432, -2.962),
    Town("Arnside", 54.202, -2.832),
    Town("Askam-in-Furness", 54.189, -3.205),
    Town("Bentham", 54.117, -2.510),
    Town("Bolton-le-Sands", 54.103, -2.793),
    Town("Bowness", 54.364, -2.921),
    Town("Broughton-in-Furness", 54.278, -3.211),
    Town("Burneside", 54.354, -2.762),
    Town("Burton-in-Kendal", 54.186, -2.720),
    Town("Cartmel", 54.201, -2.952),
    Town("Caton", 54.075, -2.720),
    Town("Cockerham", 53.965, -2.813),
    Town("Coniston", 54.369, -3.076),
    Town("Flookburgh", 54.174, -2.971),
    Town("Galgate", 53.992, -2.791),
    Town("Glasson", 53.998, -2.849),
    Town("Halton", 54.077, -2.766),
    Town("Haverigg", 54.198, -3.290),
    Town("Hawkshead", 54.374, -2.998),
    Town("Hest Bank", 54.091, -2.812),
    Town("Hornby", 54.111, -2.636),
    Town("Ingleton", 54.154, -2.469),
    Town("Kirkby-in-Furness", 54.233, -3.175),
    Town("Levens", 54.266, -2.785),
    Town("Overton", 54.017, -2.862),
    Town("Sedbergh", 54.323, -2.528),
    Town("Silverdale", 54.168, -2.826),
    Town("Staveley", 54.377, -2.816),
    Town("Walney", 54.107, -3.258),
    Town("Warton", 54.143, -2.768),
)
BAY = Town("Morecambe Bay", 54.03, -3.05)


@cache
def shore() -> tuple[tuple[Point, ...], ...]:
    """Land as closed rings of (longitude, latitude): the mainland first, then the islands."""
    features = json.loads((Path(__file__).parent / "coast.geojson").read_text("utf-8"))["features"]
    lines = [tuple(map(tuple, each["geometry"]["coordinates"])) for each in features]
    return ((*lines[0], *EASTERN_CORNERS), *lines[1:])


def land(frame: Frame) -> list[list[Point]]:
    """The land within a frame, as rings of (longitude, latitude)."""
    rings = (_cut(ring, frame) for ring in shore())
    return [ring for ring in rings if ring]


def _cut(ring, frame):
    """A ring cut off at the four edges of a frame, one after the other (Sutherland and Hodgman)."""
    for axis, edge, keeps in (
        (0, frame.west, lambda value, edge: value >= edge),
        (0, frame.east, lambda value, edge: value <= edge),
        (1, frame.south, lambda value, edge: value >= edge),
        (1, frame.north, lambda value, edge: value <= edge),
    ):
        kept, before = [], ring[-1] if ring else None
        for point in ring:
            is_in, was_in = keeps(point[axis], edge), keeps(before[axis], edge)
            if is_in != was_in:
                kept.append(_crossing(before, point, axis, edge))
            if is_in:
                kept.append(point)
            before = point
        ring = kept
    return ring


def _crossing(one, other, axis, edge):
    """Where the line between two points meets an edge."""
    share = (edge - one[axis]) / (other[axis] - one[axis])
    crossing = [one[i] + share * (other[i] - one[i]) for i in (0, 1)]
    crossing[axis] = edge
    return tuple(crossing)


def thinned(points: list[Point], tolerance: float) -> list[Point]:
    """A line without the points that lie nearer to it than a tolerance (Douglas and Peucker)."""
    kept = {0, len(points) - 1}
    parts = [(0, len(points) - 1)]
    while parts:
        first, last = parts.pop()
        far, index = max(
            (
                (_distance(points[i], points[first], points[last]), i)
                for i in range(first + 1, last)
            ),
            default=(0, None),
        )
        if far > tolerance:
            kept.add(index)
            parts += [(first, index), (index, last)]
    return [points[i] for i in sorted(kept)]


def _distance(point, start, end):
    """How far a point lies from the line between two others."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length if length else 0
    along = min(max(along, 0), 1)
    dx, dy = x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)
    return (dx * dx + dy * dy) ** 0.5
