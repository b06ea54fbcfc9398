"""How many there were as time went on, as columns of dots."""

from bhcp_portal.kit.family import DOT, HEAD, MOST_COLUMNS, MOST_DOTS, WIDTH, draw


def test_the_same_number_twice_in_a_row_is_one_column():
    drawn = draw([(12, 2016, 2016), (12, 2017, 2017), (11, 2018, 2018), (12, 2019, 2020)])
    assert drawn.words == "12 in 2016–17, 11 in 2018, 12 in 2019–20"


def test_what_nothing_ended_is_said_to_go_on():
    drawn = draw([(12, 2016, 2016), (11, 2018, 2019), (11, 2020, None)])
    assert drawn.words == "12 in 2016, 11 from 2018"


def test_every_dot_and_number_is_inside_the_drawing_and_dots_stand_apart():
    drawn = draw([(MOST_DOTS, 1999, 2001), (1, 2002, 2002), (0, 2003, 2003)])
    for column in drawn.columns:
        assert len(column.dots) == column.number
        assert 0 < column.x < WIDTH
        assert column.number_y > 0 or not column.dots
        assert all(HEAD <= y + DOT <= drawn.foot for y in column.dots)
        assert all(a - b > 2 * DOT for a, b in zip(column.dots, column.dots[1:], strict=False))
    assert drawn.columns[0].years == "1999–2001"


def test_what_never_changed_or_is_too_big_to_be_read_is_not_drawn():
    assert draw([]) is None
    assert draw([(8, 2016, 2016), (8, 2020, 2020)]) is None
    assert draw([(8, 2016, 2016), (MOST_DOTS + 1, 2020, 2020)]) is None
    assert draw((number, 2000, 2000) for number in range(MOST_COLUMNS + 1)) is None
