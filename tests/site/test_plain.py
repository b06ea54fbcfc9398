"""Public pages are short, plain and sure: heights, reading ages and words of doubt, over every page.

Heights hold with all disclosures closed (CONTRACT 7).
"""

import pytest

from tests.addresses import PUBLIC, walked
from tests.site.plain import plain, reading_age
from tests.site.visits import answers_at

AGE, DOUBTS, WIDE, NARROW = "reading age", "words of doubt", "screens at 1280", "screens at 390"
FEWEST_SENTENCES = 5
VIEWPORTS = {WIDE: (1280, 900), NARROW: (390, 844)}
MOST = {AGE: 11, DOUBTS: 12, WIDE: 5, NARROW: 10}
MOST_OF_ONE = MOST | {WIDE: 4, NARROW: 8}
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
    hard = "Interdisciplinary rehabilitation facilitates organisational integration."
    assert reading_age([hard]) > 20
    named = "We met at University Hospitals of Morecambe Bay.", "We met at Trust Wards of Long Bay."
    assert reading_age(named[:1]) == reading_age(named[1:])


def test_what_is_hidden_or_closed_is_not_read():
    page = plain(
        "<main><p>Seen by all<br/> of us<sup><a>1*</a></sup>. <span class='nhsuk-u-visually-hidden'>Heard.</span></p>"
        "<details><summary>More</summary><p>Our reading of it is closed.</p></details>"
        "<details open><p>Open to all <b popover>What it means.</b> who read.</p></details></main><p>Below it all.</p>"
    )
    assert page.words == "Seen by all of us. More Open to all who read."
    assert page.sentences == ["Seen by all of us.", "Open to all who read."]
    assert page.doubts == []


def test_doubts_are_counted_where_they_are_seen():
    page = plain(
        "<main><table><tr><td>Our <b>reading</b></td></tr></table><p>Not checked.</p></main>"
    )
    assert len(page.doubts) == 2


@every_page
def test_every_public_page_is_short_plain_and_sure(address, shown, site):
    pages = {a.path: plain(a.text) for a in answers_at(address) if a.is_html}
    if not pages:
        return
    measured = {DOUBTS: max(len(page.doubts) for page in pages.values())}
    sentences = [sentence for page in pages.values() for sentence in page.sentences]
    if len(sentences) >= FEWEST_SENTENCES:
        measured[AGE] = reading_age(sentences)
    shown.goto(site + max(pages, key=lambda path: len(pages[path].words)))
    for name, (width, height) in VIEWPORTS.items():
        shown.set_viewport_size({"width": width, "height": height})
        measured[name] = shown.evaluate("document.documentElement.scrollHeight") / height
    bounds = MOST_OF_ONE if address.name in OF_ONE else MOST
    over = {name: round(n, 1) for name, n in measured.items() if round(n, 1) > bounds[name]}
    assert over == {}, shown.url
