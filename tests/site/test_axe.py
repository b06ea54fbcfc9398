"""CONTRACT 7 in a browser, at 320 and 1280 pixels: axe finds nothing, nothing sticks out, nothing is fetched from
elsewhere, and the policy stops nothing.

Of each address one page is looked at, and of all each that has an element in a place where no page before it had.
"""

import pytest

from tests.browser.looking import AXE, HEIGHT, WIDTHS, faults_at
from tests.site.showing import showing
from tests.site.visits import every_address, other_visits, telling, visits_to

# A browser says these of itself: that the page asked for is an error, and advice on forms of passwords.
OF_NO_CONCERN = ("Failed to load resource: the server responded with a status of 40", "[DOM]")


@pytest.fixture(scope="module")
def server():
    with showing() as server:
        yield server


@pytest.fixture(scope="module")
def shown(browser, browser_context_args):
    """A page with axe in it, on which all visits are shown one after the other: nobody is signed in."""
    context = browser.new_context(**browser_context_args)
    context.add_init_script(path=AXE)
    yield context.new_page()
    context.close()


@pytest.fixture
def faults(shown, server, content):
    """What is wrong with a visit, as the visitor was shown it."""
    page, heard = shown, []

    def fetched(asked):
        if not asked.url.startswith((server.address, "data:")):
            heard.append(f"fetches {asked.url}")

    listeners = {
        "console": lambda published: heard.append(f"says: {published.text}"),
        "pageerror": lambda error: heard.append(f"says: {error}"),
        "request": fetched,
    }
    for event, listener in listeners.items():
        page.on(event, listener)

    def found(visit):
        heard.clear()
        server.visit = visit
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        answer = page.goto(server.address + visit.path)
        assert answer.status == visit.status, visit
        for width in WIDTHS:
            heard.extend(faults_at(page, width))
        return [
            f"{visit}: {published}"
            for published in heard
            if not any(w in published for w in OF_NO_CONCERN)
        ]

    yield found
    for event, listener in listeners.items():
        page.remove_listener(event, listener)


@pytest.mark.parametrize("address", every_address(), ids=str)
def test_every_page_is_for_everybody_on_every_screen(address, faults):
    found = [fault for visit in telling(visits_to(address)) for fault in faults(visit)]
    assert not found, "\n".join(found)


def test_pages_that_say_no_and_past_days_are_for_everybody_on_every_screen(faults):
    found = [fault for visit in telling(other_visits()) for fault in faults(visit)]
    assert not found, "\n".join(found)
