from itertools import combinations

import pytest

from iccs.map import DOT, EDGE, LABEL_HEIGHT, WIDTH, Place, draw

BAY = [
    ("Kendal", 54.328, -2.746),
    ("East", 54.201, -2.597),
    ("Grange & Lakes", 54.192, -2.908),
    ("Alfred Barrow", 54.114, -3.229),
    ("Barrow Town", 54.111, -3.226),
    ("Dalton & Ulverston", 54.195, -3.093),
    ("Millom", 54.211, -3.271),
    ("Carnforth", 54.129, -2.769),
    ("Bay", 54.073, -2.866),
    ("Lancaster", 54.047, -2.801),
    ("Lancaster Castle", 54.045, -2.8),
    ("Garstang", 53.906, -2.774),
]


def places(rows):
    return [Place(name, None, latitude, longitude) for name, latitude, longitude in rows]


def overlaps(drawn):
    return [
        (a.place.name, b.place.name) for a, b in combinations(drawn.labels, 2) if a.box.meets(b.box)
    ]


def points(drawn):
    return {label.place.name: (label.x, label.y) for label in drawn.labels}


def test_no_name_on_the_map_covers_another():
    assert overlaps(draw(places(BAY))) == []


def test_every_name_and_point_is_inside_the_drawing():
    drawn = draw(places(BAY))
    for label in drawn.labels:
        assert label.box.left >= EDGE
        assert label.box.right <= WIDTH - EDGE
        assert label.box.top >= drawn.top
        assert label.box.bottom <= drawn.top + drawn.height


def test_no_name_covers_the_point_of_another_place():
    drawn = draw(places(BAY))
    for label in drawn.labels:
        for name, (x, y) in points(drawn).items():
            if name != label.place.name:
                inside = (
                    label.box.left < x < label.box.right and label.box.top < y < label.box.bottom
                )
                assert not inside, (label.place.name, name)


def test_a_link_of_the_map_is_as_high_as_a_finger():
    assert all(label.height >= 24 for label in draw(places(BAY)).labels)
    assert LABEL_HEIGHT >= 24


def test_the_map_is_the_same_in_whatever_order_the_places_come():
    assert draw(places(BAY)) == draw(places(BAY[::-1]))


def test_a_degree_of_longitude_is_shortened_by_the_latitude():
    # At 60 degrees north a degree of longitude is half as long as one of latitude.
    drawn = draw(places([("West", 60.0, 0.0), ("East", 60.0, 1.0), ("North", 60.25, 0.5)]))
    at = points(drawn)
    wide, high = at["East"][0] - at["West"][0], at["West"][1] - at["North"][1]
    assert wide / high == pytest.approx(2, rel=0.01)


def test_north_is_up():
    at = points(draw(places(BAY)))
    assert at["Kendal"][1] < at["Garstang"][1]
    assert at["Millom"][0] < at["East"][0]


def test_the_bar_is_true_to_the_scale():
    drawn = draw(places([("South", 54.0, -3.0), ("North", 54.3, -3.0)]))
    at = points(drawn)
    miles = 0.3 * 111.2 / 1.609344
    assert drawn.bar / drawn.miles == pytest.approx((at["South"][1] - at["North"][1]) / miles)


def test_a_map_of_one_place_can_be_drawn():
    drawn = draw(places(BAY[:1]))
    assert [label.place.name for label in drawn.labels] == ["Kendal"]
    assert drawn.height > 2 * DOT


def test_there_is_no_map_of_no_places():
    assert draw([]) is None


def test_many_places_at_one_point_still_find_room_for_their_names():
    crowd = [(f"Community number {i}", 54.1, -2.8) for i in range(40)]
    drawn = draw(places(crowd))
    assert len(drawn.labels) == 40
    assert overlaps(drawn) == []


def test_a_name_wider_than_the_drawing_is_placed_all_the_same():
    drawn = draw(places([("W" * 100, 54.1, -2.8), *BAY]))
    assert overlaps(drawn) == []
