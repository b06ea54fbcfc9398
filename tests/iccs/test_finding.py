import pytest

from iccs.finding import Name, find, fold, trigrams

NAMES = [
    Name("Bay", 1),
    Name("Heysham", 2),
    Name("Grange-over-Sands", 3),
    Name("Grange & Lakes", 4),
    Name("Bay Medical Group", 5, "Morecambe"),
    Name("Duke Street", 6, "Barrow-in-Furness"),
    Name("Barrow-in-Furness", 7),
    Name("Kendal", 8),
    Name("Dr Johnston’s practice", 9, "Ulverston"),
    Name("Llanfairpwll Café", 10),
]


def found(typed):
    return [name.of for name in find(typed, NAMES).names]


@pytest.mark.parametrize(
    "typed",
    ["heysham", "HEYSHAM", "  Heysham ", "Heÿsham", "heys", "Heysham!", "‘Heysham’"],
)
def test_case_accents_spaces_and_half_typed_names_do_not_matter(typed):
    assert found(typed) == [2]
    assert not find(typed, NAMES).is_close


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("grange over sands", [3]),
        ("Grange-Over-Sands", [3]),
        ("grange and lakes", [4]),
        ("Grange & Lakes", [4]),
        ("dr johnstons", [9]),
        ("cafe", [10]),
        ("medical bay", [5]),
        ("duke street barrow", [6]),
    ],
)
def test_hyphens_ampersands_apostrophes_and_order_do_not_matter(typed, wanted):
    assert found(typed) == wanted


def test_a_whole_name_comes_before_those_that_only_begin_so():
    assert found("bay") == [1, 5]


def test_the_town_of_a_practice_alone_does_not_find_the_practice():
    assert found("barrow") == [7]


def test_a_misspelt_name_gives_close_matches_and_says_so():
    close = find("kendel", NAMES)
    assert close.is_close
    assert [name.of for name in close.names] == [8]


def test_a_misspelt_practice_with_its_town_is_close():
    assert found("duk steet barrow")[0] == 6


@pytest.mark.parametrize("typed", ["zzz", "LA1 4XX", "", "   ", "!!!", "%", "_", "漢字"])
def test_what_is_like_nothing_finds_nothing(typed):
    assert found(typed) == []


def test_folding_keeps_letters_and_figures_alone():
    assert (
        fold("Barrow-in-Furness: Dr O’Neill & Sons, No. 2")
        == "barrow in furness dr oneill and sons no 2"
    )


def test_trigrams_are_those_of_pg_trgm():
    # The example of PostgreSQL's manual.
    assert trigrams("cat") == {"  c", " ca", "cat", "at "}
