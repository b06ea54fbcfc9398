import pytest

from tests.factories.iccs import icc, merged, named, network, place, stated

pytestmark = pytest.mark.django_db


def page(client, day=None):
    answer = client.get("/iccs/", {"as-at": day} if day else {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_communities_stand_under_their_clinical_network(client):
    icc("BAY", name="Bay", network=network(name="North Lancashire"))
    icc("KEN", name="Kendal", network=network(name="South Lakes"))
    icc("XXX", name="Nowhere")
    words = page(client)
    order = [
        words.index(part)
        for part in (
            ">North Lancashire",
            'href="/iccs/bay/">Bay</a>',
            ">South Lakes",
            'href="/iccs/ken/">Kendal</a>',
            ">In no network that a source names",
            'href="/iccs/xxx/">Nowhere</a>',
        )
    ]
    assert order == sorted(order)


def test_each_stands_with_its_main_places(client):
    bay = icc("BAY", name="Bay")
    place(bay, "Morecambe", is_main=True, certainty="unchecked")
    place(bay, "Heysham", is_main=False)
    words = page(client)
    assert "Morecambe" in words
    assert ", not checked against a source" in words.partition("<main")[2]
    assert "Heysham</" not in words.partition("The 1 communit")[2]


def test_the_list_repeats_no_source_that_names_a_community_and_its_page_does(client):
    bay = icc("BAY", name="Bay")
    named(bay, "Bay", published="2016")
    named(bay, "Bay", published="2022-10-03")
    assert "2022" not in page(client).partition("<h1")[2].partition("Read a past day")[2]
    assert "A source last named it in October 2022." in client.get("/iccs/bay/").content.decode()


def test_none_is_closed_or_merged_by_inference(client):
    for code in ("ABW", "BAT"):
        named(icc(code, name=code), code, published="2016")
    stated(12, published="2016")
    stated(8, published="2021")
    words = page(client)
    assert "The 2 communities" in words
    assert "became part of" not in words
    assert "Texts of different years give different numbers." in words
    assert "None says which communities were joined, or when." in words
    assert "So all 2 stay in the list." in words


def test_where_a_source_says_what_became_of_one_the_list_says_so(client):
    castle, lancaster = icc("LCA", name="Castle"), icc("LAN", name="Lancaster")
    stated(12, published="2016")
    stated(11, published="2018")
    merged(castle, into=lancaster, when="2018-04-01", published="2018-05")
    words = page(client)
    assert "became part of" in words
    assert "on 1 April 2018" in words
    assert "None says which" not in words
    assert "became part of" not in page(client, "2018-04-30")


def test_the_numbers_that_sources_give_stand_each_with_its_source(client):
    icc("BAY")
    stated(12, published="2016", says="The map names twelve.", note="Read as twelve.")
    words = page(client)
    for part in ("The map names twelve.", "Read as twelve.", 'href="/sources/paper-'):
        assert part in words
    assert "Texts give other numbers" not in words
    assert '<svg class="bhcp-family"' not in words


def test_how_many_there_are_is_a_picture_with_its_words_and_its_texts(client):
    icc("BAY")
    for number, published in ((12, "2016"), (12, "2017-12-06"), (11, "2018"), (8, "2019/2020")):
        stated(number, published=published, says=f"Speaks of {number} in {published}.")
    words = page(client)
    assert (
        '<title id="family-title">Number of communities in texts: 12 in 2016–17, 11 in 2018, 8 in 2019–20.</title>'
        in words
    )
    drawn = words.partition('<svg class="bhcp-family"')[2].partition("</svg>")[0]
    assert drawn.count("<circle") == 12 + 11 + 8
    assert "style=" not in drawn
    for text in (
        "Speaks of 12 in 2016.",
        "Speaks of 12 in 2017-12-06.",
        "Speaks of 8 in 2019/2020.",
    ):
        assert text in words
    assert (
        "8 in"
        not in page(client, "2018-12-31").partition("family-title")[2].partition("</title>")[0]
    )


def test_a_past_page_knows_nothing_said_later(client):
    icc(
        "BAY",
        name="Bay",
        network=network(name="North Lancashire", published="2017-03"),
        published="2016",
    )
    icc("LAN", name="Lancaster", published="2018")
    stated(8, published="2021", says="Speaks of eight.")
    words = page(client, "2016-12-31")
    assert "Bay" in words
    for later in ("North Lancashire", "Lancaster", "Speaks of eight."):
        assert later not in words


def test_before_the_map_the_page_says_that_nothing_was_said(client):
    icc("BAY", name="Bay", latitude="54.073", longitude="-2.866")
    words = page(client, "2014-06-30")
    assert "Nothing had been said about any community by then." in words
    assert "<svg" not in words.partition("<h1")[2].partition("Read this page")[0]


def test_the_map_leads_to_each_community_and_keeps_the_day(client):
    icc("BAY", name="Bay", latitude="54.073", longitude="-2.866")
    icc("NOP", name="No place")
    words = page(client, "2017-06-30")
    drawn = words.partition('<svg class="bhcp-map"')[2].partition("</svg>")[0]
    assert 'href="/iccs/bay/?as-at=2017-06-30"' in drawn
    assert "<title" in drawn
    assert "<desc" in drawn
    assert "No place" not in drawn
    assert "style=" not in drawn


def test_the_map_loads_nothing_from_elsewhere(client):
    icc("BAY", name="Bay", latitude="54.073", longitude="-2.866")
    drawn = page(client).partition('<svg class="bhcp-map"')[2].partition("</svg>")[0]
    assert "<image" not in drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_the_list_takes_few_queries_however_many_communities(client, django_assert_max_num_queries):
    for number in range(40):
        made = icc(network=network(), latitude=f"54.{number:03}", longitude="-2.8")
        for year in range(2016, 2022):
            named(made, made.code, published=str(year))
        for village in range(5):
            place(made, f"Village {village}")
        stated(number, published="2017")
    with django_assert_max_num_queries(12):
        page(client)


@pytest.mark.django_db
def test_a_network_has_one_sign_on_all_maps(client):
    south, north = network("south", name="Alpha"), network("north", name="Zeta")
    icc("KEN", slug="kendal", network=south, latitude="54.328", longitude="-2.746")
    far = icc("GAR", slug="garstang", network=north, latitude="53.906", longitude="-2.774")

    def signs(path):
        return [each.number for each in client.get(path).context["map"].groups]

    assert signs("/iccs/") == [1, 2]
    assert client.get("/iccs/").context["map"].groups[0].name == "Zeta"
    assert [g.name for g in client.get(far.get_absolute_url()).context["map"].groups] == ["Zeta"]
    assert signs("/iccs/garstang/") == [1]
    assert signs("/iccs/kendal/") == [2]


def test_who_asks_the_list_for_a_place_is_led_to_where_places_are_found(client):
    answer = client.get("/iccs/", {"q": "Bolton & Hest", "as-at": "2019-12-31"})
    assert answer.status_code == 302
    assert answer.url == "/iccs/find/?q=Bolton+%26+Hest&as-at=2019-12-31"
    assert client.get("/iccs/", {"q": ""}).status_code == 200
