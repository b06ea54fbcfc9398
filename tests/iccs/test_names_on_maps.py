"""Every map of the first data: whose name is whose, and whether each can be read."""

import csv
from itertools import combinations, pairwise
from math import hypot

import pytest
from django.conf import settings

from iccs import coast
from iccs.map import BOLD, FONT, GAP, SMALL_FONT, LabelBox, Place, draw, text_width
from tests.iccs.test_coast import holds, outline

FIRST_DATA = settings.BASE_DIR / "bhcp_portal" / "first_data"
SMALLEST_SHOWN = 288 / 320  # of the drawing in the column of a phone 320 pixels wide
INDEX = "all communities"
SITES = "sites of RTX"


def rows(table):
    with (FIRST_DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["latitude"]]


COMMUNITIES = {
    row["name"]: (float(row["latitude"]), float(row["longitude"])) for row in rows("icc_profiles")
}


def drawn_for(shown):
    if shown == SITES:
        sites = [row for row in rows("partner_sites") if row["partner"] == "RTX"]
        return draw(
            Place(row["name"], None, float(row["latitude"]), float(row["longitude"]))
            for row in sites
        )
    return draw(Place(name, None, *at, is_marked=name == shown) for name, at in COMMUNITIES.items())


@pytest.fixture(params=[INDEX, SITES, *COMMUNITIES], scope="module")
def drawn(request):
    return drawn_for(request.param)


def letters(name):
    """The box that the letters of a town's or a community's name take."""
    if hasattr(name, "place"):
        font = FONT * BOLD if name.place.is_marked else FONT
        width, text = text_width(name.place.name, font) - 2 * GAP, FONT
    else:
        width, text = text_width(name.name, SMALL_FONT) - 2 * GAP, SMALL_FONT
    left = {"start": 0, "middle": width / 2, "end": width}[name.anchor]
    x, y = name.text_x - left, name.text_y
    return LabelBox(x, y - text / 2, x + width, y + text / 2)


def is_at_sea(box, rings):
    middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return not any(holds(ring, *middle) for ring in rings)


def towns(drawn):
    return [name for name in drawn.names if not name.is_water]


def dots(drawn):
    """Whose sign or dot stands where, and how far it reaches."""
    signs = [(label, label.x, label.y, label.place.reach) for label in drawn.labels]
    return signs + [(town, town.x, town.y, 1.5) for town in towns(drawn)]


def test_no_name_meets_another_name(drawn):
    for one, other in combinations([*drawn.labels, *drawn.names], 2):
        assert not letters(one).meets(letters(other)), (one, other)


def test_no_name_covers_a_dot_or_touches_it(drawn):
    for name in (*drawn.labels, *drawn.names):
        for whose, x, y, reach in dots(drawn):
            assert letters(name).distance(x, y) >= reach - 0.5, (name, whose)


def test_no_dot_covers_another(drawn):
    for (one, x1, y1, r1), (other, x2, y2, r2) in combinations(dots(drawn), 2):
        assert hypot(x1 - x2, y1 - y2) >= r1 + r2 - 0.5, (one, other)


def test_the_name_of_a_town_is_beside_its_dot_and_nearer_to_no_other(drawn):
    for town in towns(drawn):
        own = letters(town).distance(town.x, town.y)
        assert own <= 8, town
        for whose, x, y, _ in dots(drawn):
            assert whose is town or letters(town).distance(x, y) > own, (town, whose)


def test_a_name_without_a_line_is_beside_its_own_sign(drawn):
    for label in drawn.labels:
        if not label.line:
            own = letters(label).distance(label.x, label.y)
            for whose, x, y, _ in dots(drawn):
                assert whose is label or letters(label).distance(x, y) >= own - 0.5, (label, whose)


def test_the_name_of_a_town_stands_in_the_sea_only_where_land_has_no_room(drawn):
    rings = outline(drawn)
    for town in towns(drawn):
        box = town.box
        over = LabelBox(2 * town.x - box.right, box.top, 2 * town.x - box.left, box.bottom)
        if town.anchor == "middle" or not is_at_sea(box, rings) or is_at_sea(over, rings):
            continue
        others = [letters(other) for other in (*drawn.labels, *drawn.names) if other is not town]
        around = [LabelBox(x - r, y - r, x + r, y + r) for _, x, y, r in dots(drawn)]
        lines = [label.line for label in drawn.labels if label.line]
        assert (
            any(over.meets(each) for each in (*others, *around))
            or any(over.cut_by(line) for line in lines)
            or any(over.distance(x, y) < 8 for whose, x, y, _ in dots(drawn) if whose is not town)
            or not 0 <= over.left < over.right <= drawn.width
        ), town


def test_names_are_large_enough_on_a_small_phone(drawn):
    assert SMALL_FONT * SMALLEST_SHOWN >= 11.5
    assert FONT * SMALLEST_SHOWN >= 12


def test_maps_of_one_record_are_not_without_any_town():
    assert all(towns(drawn_for(shown)) for shown in (INDEX, SITES, *COMMUNITIES))


def test_what_a_community_serves_is_named_before_other_towns_and_its_sign_says_where_it_stands():
    bay = [Place(name, None, *at, is_marked=name == "Bay") for name, at in COMMUNITIES.items()]
    drawn = draw(bay, ["Heysham", "Morecambe"])
    assert drawn.names[0].name == "Heysham"
    assert drawn.stands_at == "Morecambe"
    assert drawn_for("Kendal").stands_at == drawn_for(INDEX).stands_at == ""


def test_the_dots_of_towns_are_where_the_towns_are(drawn):
    known = {town.name: town for town in (*coast.TOWNS, *coast.VILLAGES)}
    shown = sorted((known[town.name].latitude, -town.y) for town in towns(drawn))
    assert all(a[1] <= b[1] for a, b in pairwise(shown))
