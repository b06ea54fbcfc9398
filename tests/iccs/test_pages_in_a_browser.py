"""What only a browser knows: how wide names are drawn, where the keyboard goes, how many sheets are printed."""

import re
from itertools import combinations, product

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.steps import PAINTED, enter, follow
from tests.factories.iccs import activity, icc, named, network, place, population, practice
from tests.factories.programmes import figure, placed_in, programme
from tests.iccs.test_map import BAY

pytestmark = pytest.mark.django_db(transaction=True)

BOXES = """() => [...document.querySelectorAll('.bhcp-map__label')].map(label => {
  const {left, top, right, bottom} = label.getBoundingClientRect();
  return {name: label.textContent, left, top, right, bottom,
          size: label.getBoundingClientRect().height};
})"""


@pytest.fixture
def twelve():
    made = network(name="The bay")
    return [
        icc(
            slug=name.lower().replace(" & ", "-and-").replace(" ", "-"),
            name=name,
            network=made,
            latitude=str(latitude),
            longitude=str(longitude),
        )
        for name, latitude, longitude in BAY
    ]


DRAWN = """() => {
  const box = (e) => {
    const {left, top, right, bottom} = e.getBoundingClientRect();
    return {name: e.textContent, left, top, right, bottom};
  };
  const all = (selector) => [...document.querySelectorAll(selector)].map(box);
  return {names: all(".bhcp-map__label, .bhcp-map__small:not([aria-hidden] *)"),
          dots: all(".bhcp-map .bhcp-map__sign, .bhcp-map__town, .bhcp-map__ring")};
}"""


def are_apart(a, b):
    """Whether two boxes have nothing in common, but an edge of two pixels that the letters leave free."""
    return (
        a["right"] <= b["left"] + 2
        or b["right"] <= a["left"] + 2
        or a["bottom"] <= b["top"] + 2
        or b["bottom"] <= a["top"] + 2
    )


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_name_on_any_map_covers_a_name_or_a_dot(live_server, page, twelve, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/iccs/", *(f"/iccs/{each.slug}/" for each in twelve)):
        page.goto(f"{live_server.url}{path}")
        found = page.evaluate(DRAWN)
        assert found["names"], path
        for a, b in combinations(found["names"], 2):
            assert are_apart(a, b), (path, a, b)
        for a, b in product(found["names"], found["dots"]):
            assert are_apart(a, b), (path, a, b)
        assert all(each["bottom"] - each["top"] >= 12 for each in found["names"]), path


@pytest.mark.parametrize("width", [320, 1280])
def test_names_on_the_map_are_legible_and_none_covers_another(live_server, page, twelve, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/iccs/")
    labels = page.evaluate(BOXES)
    assert len(labels) == len(BAY)
    for a, b in combinations(labels, 2):
        apart = (
            a["right"] <= b["left"]
            or b["right"] <= a["left"]
            or a["bottom"] <= b["top"]
            or b["bottom"] <= a["top"]
        )
        assert apart, (a, b)
    assert all(label["size"] >= 12 for label in labels)
    drawing = page.locator(".bhcp-map").bounding_box()
    for label in labels:
        assert label["left"] >= drawing["x"]
        assert label["right"] <= drawing["x"] + drawing["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_map_works_by_keyboard_and_shows_where_it_is(live_server, page, twelve):
    page.goto(f"{live_server.url}/iccs/")
    page.evaluate(PAINTED)
    page.locator("#id_q").focus()
    reached = []
    for _ in range(len(BAY) + 1):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert reached[0] == "Find"
    assert sorted(reached[1:]) == sorted(name for name, *_ in BAY)
    box = ".bhcp-map__link:focus .bhcp-map__box"
    assert page.eval_on_selector(box, "e => getComputedStyle(e).fill") == "rgb(255, 235, 59)"
    enter(page)
    expect(page).to_have_url(re.compile("/iccs/[a-z-]+/$"))


def test_a_community_is_found_without_scripts(live_server, browser, twelve):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/iccs/")
    page.get_by_label("Your GP practice, town or village").fill("garstan")
    follow(page.get_by_role("button", name="Find"))
    follow(page.get_by_role("link", name="Garstang"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Garstang$"))
    context.close()


def test_the_page_of_a_community_is_printed_on_one_sheet(live_server, page):
    bay = icc("BAY", network=network(), latitude="54.073", longitude="-2.866")
    for number in range(5):
        made = programme(name=f"Programme {number}", purpose="To care for people at home. " * 12)
        placed_in(made, bay, words="A clinic is held here each week.")
    for number in range(6):
        activity(bay, f"Something of note happens here for the {number + 1}. time.", when="2017")
        place(bay, f"Village {number}", published=f"{2016 + number}", certainty="unchecked")
        practice(bay, f"Practice {number}", certainty="inferred", note="A long note. " * 9)
        named(bay, "Bay", published=f"{2016 + number}")
    figure(None, 200, icc=bay, unit="volunteers", counts="helped", period="2020")
    population(bay, 31000)
    page.goto(f"{live_server.url}/iccs/bay/")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    # The numbers at facts lead to the sources below them.
    assert page.get_by_text("means that this is how we read the source").is_visible()
    assert page.locator(".bhcp-sources__list").is_visible()
    assert page.locator(".bhcp-map").is_visible()
    assert page.get_by_text(f"at {settings.SITE_URL}/iccs/bay/").is_visible()
    assert not page.get_by_role("navigation", name="Menu").is_visible()
