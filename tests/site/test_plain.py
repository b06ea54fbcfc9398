"""Public pages are short, plain and sure: heights, reading ages and words of doubt, over every page.

Heights hold with all disclosures closed (CONTRACT 7).
"""

import pytest

from tests.addresses import PUBLIC, walked
from tests.site.plain import plain, reading_age
from tests.site.visits import answers_at

OLDEST = 11
FEWEST_SENTENCES = 5
MOST_DOUBTS = 12
SCREENS = {1280: (900, 5), 390: (844, 10)}
SCREENS_OF_ONE = {1280: (900, 4), 390: (844, 8)}
OF_ONE = {"programmes:detail", "metrics:detail", "iccs:detail", "partners:detail"}
# The description of the API is for those who write programs.
FOR_PROGRAMS = {"api:docs"}

pytestmark = pytest.mark.usefixtures("content")
every_page = pytest.mark.parametrize(
    "address", [a for a in walked(PUBLIC) if a.name not in FOR_PROGRAMS], ids=str
)


@pytest.fixture(scope="module")
def shown(browser, browser_context_args):
    """A page of a browser, on which all pages are shown one after the other."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


def test_the_reading_age_of_plain_and_of_hard_words():
    assert reading_age(["The cat sat on the mat.", "We ask you what you need."]) < 8
    assert (
        reading_age(["Interdisciplinary rehabilitation facilitates organisational integration."])
        > 20
    )


def test_what_is_hidden_or_closed_is_not_read():
    page = plain(
        "<main><p>Seen by all of us. <span class='nhsuk-u-visually-hidden'>Heard.</span></p>"
        "<details><summary>More</summary><p>Our reading of it is closed.</p></details>"
        "<details open><p>Open to all who read.</p></details></main><p>Below it all.</p>"
    )
    assert page.words == "Seen by all of us. More Open to all who read."
    assert page.doubts == []


@every_page
def test_every_public_page_can_be_read_at_eleven_and_doubts_little(address):
    pages = {a.path: plain(a.text) for a in answers_at(address) if a.is_html}
    sentences = [s for page in pages.values() for s in page.sentences]
    if len(sentences) >= FEWEST_SENTENCES:
        assert round(reading_age(sentences), 1) <= OLDEST
    doubting = {path: len(page.doubts) for path, page in pages.items()}
    assert {path: n for path, n in doubting.items() if n > MOST_DOUBTS} == {}


@every_page
def test_no_public_page_is_taller_than_its_bound(address, shown, site):
    pages = [a for a in answers_at(address) if a.is_html and a.status == 200]
    if not pages:
        return
    longest = max(pages, key=lambda a: len(plain(a.text).words))
    shown.goto(site + longest.path)
    bounds = SCREENS_OF_ONE if address.name in OF_ONE else SCREENS
    found = {}
    for width, (height, most) in bounds.items():
        shown.set_viewport_size({"width": width, "height": height})
        screens = shown.evaluate("document.documentElement.scrollHeight") / height
        if screens > most:
            found[width] = f"{longest.path}: {screens:.1f} screens"
    assert found == {}
