import pytest

from bhcp_portal.kit.finding import Name, find, fold, trigrams

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


@pytest.mark.parametrize(
    "typed",
    ["LA1", "la5", "LA 9", "PR3", "L1", "LA5 9", "LA1 4XX", "LA14XX", "LA12 9A", "SW1A 1AA", "8AB"],
)
def test_a_postcode_or_its_district_is_never_guessed_at(typed):
    like = [*NAMES, Name("La", 11), Name("Lakes 5", 12), Name("LA5 Practice", 13)]
    assert find(typed, like).names == []


@pytest.mark.parametrize("typed", ["the", "and", "of", "The", "&", "of the", "in"])
def test_a_small_word_alone_finds_nothing(typed):
    assert find(typed, [*NAMES, Name("The Family Practice", 11)]).names == []


def test_a_small_word_beside_others_does_no_harm():
    assert found("the duke street") == [6]
    assert [name.of for name in find("the family", [Name("The Family Practice", 1)]).names] == [1]


LONGER = (
    Name("Bolton-le-Sands", 11),
    Name("Lunesdale practice", 12, "Kirkby Lonsdale"),
    Name("the centre of Barrow-in-Furness", 13),
)


@pytest.mark.parametrize(
    "typed", ["hey5ham", "kendal1", "kes", "ukes", "leeds", "london", "White Lund", "bare lane"]
)
def test_what_is_short_or_holds_a_figure_or_is_half_alike_is_not_called_close(typed):
    assert find(typed, [*NAMES, *LONGER]).names == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Heysam", "Heysham"),
        ("Heysahm", "Heysham"),
        ("Kendel", "Kendal"),
        ("Ulverstone", "Ulverston"),
        ("Carnforth station", "Carnforth"),
        ("Bolton le sand", "Bolton-le-Sands"),
        ("boltn le sands", "Bolton-le-Sands"),
    ],
)
def test_a_slip_of_the_keys_still_finds_the_place(typed, wanted):
    more = [Name(words, words) for words in ("Ulverston", "Carnforth", "Bolton-le-Sands")]
    assert find(typed, [*NAMES, *more]).names[0].words == wanted


def test_folding_keeps_letters_and_figures_alone():
    assert (
        fold("Barrow-in-Furness: Dr O’Neill & Sons, No. 2")
        == "barrow in furness dr oneill and sons no 2"
    )


def test_trigrams_are_those_of_pg_trgm():
    # The example of PostgreSQL's manual.
    assert trigrams("cat") == {"  c", " ca", "cat", "at "}


def test_where_no_name_has_all_the_words_those_with_most_of_them_come():
    part = find("which one is heysham in", NAMES)
    assert part.is_part
    assert [name.of for name in part.names] == [2]
    assert found("medical bay centre") == [5]
    assert found("kendel doctors") == [8]
    # A word that no name has leads to names that are spelt like it. The name of a place outranks
    # words that are in many names.
    assert found("hesham medical") == [2]


@pytest.mark.parametrize("typed", ["LA4", "la 4", "LA4 4XX", "LA44XX"])
def test_a_postcode_finds_the_name_that_is_its_district_alone(typed):
    names = [*NAMES, Name("LA4", 11), Name("LA44", 12), Name("LA4 Practice", 13)]
    assert [name.of for name in find(typed, names).names] == [11]
