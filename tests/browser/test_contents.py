"""A list of what a page holds leads into parts that are folded, without any script."""

import pytest
from playwright.sync_api import expect

from tests.factories.partners import partner

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_link_to_a_folded_part_opens_it(live_server, open_browser):
    made = partner("RTX", "The trust", slug="trust")
    page = open_browser(viewport={"width": 1280, "height": 900})
    page.goto(f"{live_server.url}{made.get_absolute_url()}")
    expect(page.locator("#history")).not_to_be_visible()
    page.get_by_role("navigation", name="On this page").get_by_text("Names and history").click()
    expect(page.locator("#history")).to_be_visible()
    expect(page.locator("#history")).to_be_in_viewport()
