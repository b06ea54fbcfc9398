"""The chart in a browser: on a phone and wide, by pointer and by keyboard, with scripts and without."""

import pytest
from playwright.sync_api import expect

from partners.roles import Role
from tests.browser.looking import look
from tests.factories.partners import browser_signed_in, partner, person

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = """() => [...document.querySelectorAll(".bhcp-chart__picture text")]
    .filter(text => text.checkVisibility())
    .map(text => [text.textContent, parseFloat(getComputedStyle(text).fontSize),
                  text.getBoundingClientRect().toJSON()])"""


@pytest.fixture
def address(live_server):
    """The style guide, which has a chart with all that there can be."""
    return f"{live_server.url}/staff/style-guide/"


def opened(page, address):
    ann = person("ann@example.org", roles=[(Role.AUDITOR, partner("RTX", "Hospitals"))])
    browser_signed_in(page.context, address, ann)
    page.goto(address)
    return page


def test_words_of_the_chart_are_legible_and_never_meet_at_320_and_1280_pixels(
    open_browser, address
):
    guide = opened(open_browser(), address)
    for width in (320, 1280):
        guide.set_viewport_size({"width": width, "height": 900})
        texts = guide.evaluate(TEXTS)
        assert len(texts) > 8
        for place, (words, size, box) in enumerate(texts):
            assert size >= 11
            assert box["left"] >= 0, words
            assert box["right"] <= width, words
            for other, _, that in texts[:place]:
                apart_across = box["left"] >= that["right"] or that["left"] >= box["right"]
                apart_down = box["top"] >= that["bottom"] or that["top"] >= box["bottom"]
                assert apart_across or apart_down, (words, other)


def test_lines_and_dots_take_their_colours_from_the_styles_under_the_policy(open_browser, address):
    guide = opened(open_browser(), address)
    line = guide.locator(".bhcp-chart__lines .bhcp-chart__mean")
    expect(line).to_have_css("stroke", "rgb(33, 43, 50)")
    expect(line).to_have_css("fill", "none")
    expect(guide.locator(".bhcp-chart__better").first).to_have_css("fill", "rgb(0, 94, 184)")


def test_the_arrow_keys_and_the_pointer_read_the_points_out(page, address):
    guide = opened(page, address)
    look(guide)
    read = guide.locator(".bhcp-chart__read")
    picture = guide.get_by_role("img", name="A sample, not a real series")
    expect(read).to_have_text("Month 36: 54%, may still change")
    picture.focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        guide.keyboard.press(key)
    expect(read).to_have_text("Month 34: 38%, below the lower limit")
    guide.keyboard.press("Home")
    expect(read).to_have_text("Month 1: 70%")
    width = picture.bounding_box()["width"]
    picture.hover(position={"x": width * 18.5 / 36, "y": 150})
    expect(read).to_have_text("Month 19: too small to publish")
    expect(guide.locator(".bhcp-chart__cursor")).to_have_count(1)
    guide.mouse.move(0, 0)
    guide.keyboard.press("Tab")
    expect(guide.locator(".bhcp-chart__cursor")).to_have_count(0)


def test_forced_colours_and_print_keep_lines_and_dots_apart_from_the_ground(page, address):
    guide = opened(page, address)
    guide.emulate_media(forced_colors="active", color_scheme="dark")
    expect(guide.locator("body")).to_have_css("background-color", "rgb(0, 0, 0)")
    for look_of, paint in (("mean", "stroke"), ("better", "fill"), ("worse", "fill")):
        line = guide.locator(f".bhcp-chart__picture .bhcp-chart__{look_of}").first
        expect(line).to_have_css(paint, "rgb(255, 255, 255)")
    guide.emulate_media(media="print", forced_colors="none")
    expect(guide.locator(".bhcp-chart__read")).to_be_hidden()
    expect(guide.locator(".bhcp-chart__picture")).to_be_visible()
