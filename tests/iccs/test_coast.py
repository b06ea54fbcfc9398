import re

import pytest

from iccs import coast
from iccs.map import WIDTH, Place, PlaceGroup, draw
from tests.iccs.test_map import BAY, places

MOST_BYTES = 15_000


def outline(drawn):
    """The rings of the land, as points in units of the drawing."""
    rings = []
    for ring in re.findall(r"M([^lz]+)l([^z]+)z", drawn.land):
        x, y = map(float, ring[0].split())
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", ring[1])]
        points = [(x, y)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        rings.append(points)
    return rings


def holds(ring, x, y):
    """Whether a ring holds a point, by how often a line to the west of it crosses."""
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x1 + (y - y1) / (y2 - y1) * (x2 - x1) < x:
            crossings += 1
    return crossings % 2 == 1


def test_towns_inland_stand_on_the_land_and_the_bay_is_water():
    drawn = draw(places(BAY))
    rings = outline(drawn)
    at = {label.place.name: (label.x, label.y) for label in drawn.labels}
    for name in ("Kendal", "East", "Carnforth", "Lancaster", "Garstang"):
        assert any(holds(ring, *at[name]) for ring in rings), name
    bay = next(name for name in drawn.names if name.is_water)
    assert not any(holds(ring, bay.x, bay.y) for ring in rings)


def test_the_land_stays_inside_the_drawing_and_is_small():
    drawn = draw(places(BAY))
    for x, y in (point for ring in outline(drawn) for point in ring):
        assert -1 <= x <= WIDTH + 1
        assert drawn.top - 1 <= y <= drawn.top + drawn.ground + 1
    assert 1_000 < len(drawn.land) < MOST_BYTES / 2


def test_no_shore_and_no_town_is_drawn_where_the_shore_is_not_known():
    drawn = draw([Place("Leeds", None, 53.8, -1.55), Place("York", None, 53.96, -1.08)])
    assert drawn.land == ""
    assert drawn.names == []


def test_a_line_is_thinned_to_what_shows():
    line = [(0, 0), (1, 0.1), (2, 0), (3, 2), (4, 0)]
    assert coast.thinned(line, 0.5) == [(0, 0), (2, 0), (3, 2), (4, 0)]


def test_a_ring_is_cut_at_the_frame():
    frame = coast.Frame(south=54, north=54.1, west=-2.5, east=-2.4)
    (ring,) = coast.land(frame)
    assert {(round(x, 6), round(y, 6)) for x, y in ring} == {
        (-2.5, 54),
        (-2.5, 54.1),
        (-2.4, 54.1),
        (-2.4, 54),
    }


@pytest.mark.parametrize("group", [None, PlaceGroup("Furness", 3)])
def test_places_of_a_group_share_a_sign(group):
    drawn = draw([Place(n, None, a, b, group) for n, a, b in BAY])
    assert len({label.sign for label in drawn.labels}) == 1
    assert drawn.groups == ([group] if group else [])


def test_points_that_would_cover_each_other_stand_side_by_side():
    drawn = draw(places(BAY))
    at = {label.place.name: (label.x, label.y) for label in drawn.labels}
    for one, other in (("Alfred Barrow", "Barrow Town"), ("Lancaster", "Lancaster Castle")):
        (x1, y1), (x2, y2) = at[one], at[other]
        assert ((x1 - x2) ** 2 + (y1 - y2) ** 2) ** 0.5 >= 11.9


def test_no_map_is_drawn_of_more_places_than_can_be_read():
    assert draw([Place(f"Place {i}", None, 54 + i / 1000, -2.8) for i in range(61)]) is None
