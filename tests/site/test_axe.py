"""CONTRACT 7 in a browser, at 320 and 1280 pixels: axe finds nothing, nothing sticks out, nothing is fetched from
elsewhere, and the policy stops nothing.

Of each address, one page of each shape is looked at: one that has an element in a place where no page before it had.
"""

import pytest

from tests.browser.looking import AXE, HEIGHT, WIDTHS, faults_at
from tests.site.visits import A_STRANGER, every_address, other_visits, telling, visits_to

# A browser says these of itself: that the page asked for is an error, and advice on forms of passwords.
OF_NO_CONCERN = ("Failed to load resource: the server responded with a status of 40", "[DOM]")


@pytest.fixture
def faults(context, site):
    """What is wrong with a visit, as the visitor was shown it; on public pages, as the server sends it."""
    context.add_init_script(path=AXE)
    page = context.new_page()
    heard = []
    page.on("console", lambda published: heard.append(f"says: {published.text}"))
    page.on("pageerror", lambda error: heard.append(f"says: {error}"))
    page.on(
        "request",
        lambda asked: (
            heard.append(f"fetches {asked.url}")
            if not asked.url.startswith((site, "data:"))
            else None
        ),
    )

    def found(visit):
        heard.clear()
        address = site + visit.path
        shown = {
            "status": visit.status,
            "body": visit.html,
            "content_type": "text/html; charset=utf-8",
            "headers": {"Content-Security-Policy": visit.policy},
        }
        is_ours_to_show = visit.who != A_STRANGER or visit.sent
        if is_ours_to_show:
            page.route(address, lambda route: route.fulfill(**shown))
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        page.goto(address)
        for width in WIDTHS:
            heard.extend(faults_at(page, width))
        if is_ours_to_show:
            page.unroute(address)
        return [
            f"{visit}: {published}"
            for published in heard
            if not any(w in published for w in OF_NO_CONCERN)
        ]

    return found


@pytest.mark.parametrize("address", every_address(), ids=str)
def test_every_page_is_for_everybody_on_every_screen(address, faults):
    found = [fault for visit in telling(visits_to(address)) for fault in faults(visit)]
    assert not found, "\n".join(found)


def test_pages_that_say_no_and_past_days_are_for_everybody_on_every_screen(faults):
    found = [fault for visit in telling(other_visits()) for fault in faults(visit)]
    assert not found, "\n".join(found)
