"""What is read on paper: what ends a sentence and what rests on a source, and no way round the page."""

import pytest
from playwright.sync_api import expect

from programmes.models import Goal, GoalProfile
from tests.factories.kit import on_record
from tests.factories.programmes import figure, programme

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_folded_and_matters_is_printed_and_what_leads_about_is_not(live_server, page):
    figure(programme("eyes"), 400, kind="result", counts="people seen at home")
    on_record(
        GoalProfile,
        goal=Goal.objects.create(slug="falls"),
        name="Fewer falls",
        direction="decrease",
        about="Falls of older people at home.",
        published_as="2017",
    )
    page.emulate_media(media="print")
    page.goto(f"{live_server.url}/programmes/eyes/")
    expect(page.locator(".bhcp-facts-of li").first).to_be_visible()
    expect(page.locator("#figures")).not_to_be_visible()
    expect(page.locator(".bhcp-contents")).not_to_be_visible()
    expect(page.get_by_text("Something wrong with this figure?").first).not_to_be_visible()
    page.goto(f"{live_server.url}/goals/")
    expect(page.get_by_text("Falls of older people at home.")).to_be_visible()
