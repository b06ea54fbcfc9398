"""Who is at a browser in the tests of journeys."""

import pytest

from partners.roles import Role
from tests.browser.steps import PHONE
from tests.factories.partners import browser_signed_in, person


@pytest.fixture
def people(live_server, open_browser):
    """Opens a phone's browser in which a record keeper is signed in, by name."""

    def open_as(name):
        page = open_browser(viewport=PHONE)
        keeper = person(name=name, roles=[Role.RECORD_KEEPER])
        browser_signed_in(page.context, live_server.url, keeper)
        page.goto(f"{live_server.url}/staff/")
        return page

    return open_as
