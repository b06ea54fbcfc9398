"""A news item from the writer's draft over the publisher to the public and the feed, in a browser.

Sign-in and second factor are real. With scripts and without; and by keyboard alone.
"""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from newsroom import actions
from newsroom.models import NewsItem
from newsroom.models.news import NewsState
from partners.models import PartnerProfile
from partners.roles import Role
from tests.browser.steps import enter, follow, go_to, sign_in
from tests.clock import OnTime
from tests.factories.kit import on_record
from tests.factories.partners import browser_signed_in, partner, person
from tests.factories.programmes import programme

actions = OnTime(actions)

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "A clinic opens in Millom"
BODY = "The clinic is open on **Mondays**.\n\n- It is small.\n- It is near.\n\n<script>alert(1)</script>"


@pytest.fixture
def hospitals():
    made = partner("RTX", "Hospitals")
    on_record(PartnerProfile, partner=made, kind="acute_trust", published_as="2015")
    return made


@pytest.fixture
def wendy():
    return person("wendy@example.org", name="Wendy", roles=[Role.NEWS_EDITOR])


@pytest.fixture
def paul():
    return person("paul@example.org", name="Paul", roles=[Role.NEWS_PUBLISHER])


def test_news_goes_from_the_writer_over_the_publisher_to_the_public_and_the_feed(
    live_server, open_browser, hospitals, wendy, paul
):
    programme("telehealth", name="Telehealth")
    writer = open_browser()
    sign_in(writer, live_server.url, wendy)
    follow(writer.get_by_role("link", name="News", exact=True))
    follow(writer.get_by_role("button", name="Write a news item"))
    writer.get_by_label("Headline").fill("x" * 71)
    follow(writer.get_by_role("button", name="Save as draft"))
    problem = writer.get_by_role("alert").filter(has_text="There is a problem")
    expect(problem).to_contain_text("Headline must be 70 characters or fewer; it has 71")
    writer.get_by_label("Headline").fill(TITLE)
    writer.get_by_label("Summary").fill("It opened on Monday.")
    writer.get_by_label("Text", exact=True).fill(BODY)
    writer.get_by_role("checkbox", name="Hospitals").check()
    writer.get_by_role("checkbox", name="Telehealth").check()
    follow(writer.get_by_role("button", name="Save as draft"))
    expect(writer.get_by_text("The draft is saved")).to_be_visible()
    follow(writer.get_by_role("button", name="Send for approval"))
    expect(writer.get_by_text("Sent for approval")).to_be_visible()

    item = NewsItem.objects.get()
    visitor = open_browser()
    visitor.goto(live_server.url + reverse("news:list"))
    expect(visitor.get_by_text(TITLE)).to_have_count(0)

    publisher = open_browser()
    sign_in(publisher, live_server.url, paul)
    follow(publisher.get_by_role("link", name=f"Approve news: {TITLE}"))
    follow(publisher.get_by_role("button", name="Approve"))
    expect(publisher.get_by_text("Approved. You can publish it now.")).to_be_visible()
    follow(publisher.get_by_role("button", name="Publish now"))
    expect(publisher.get_by_text("Published. Everybody can read it now.")).to_be_visible()

    visitor.reload()
    follow(visitor.get_by_role("link", name=TITLE))
    main = visitor.get_by_role("main")
    expect(main.locator("strong")).to_have_text("Mondays")
    expect(main.get_by_role("link", name="Hospitals")).to_be_visible()
    assert main.locator("script").count() == 0
    feed = visitor.request.get(live_server.url + reverse("news:feed"))
    assert TITLE in feed.text()

    follow(publisher.get_by_role("button", name="Withdraw this news item"))
    publisher.get_by_label("Why is it withdrawn?").fill("The clinic opens later.")
    follow(publisher.get_by_role("button", name="Withdraw this news item"))
    visitor.reload()
    expect(visitor.get_by_role("main")).to_contain_text("The clinic opens later.")
    expect(visitor.get_by_role("heading", level=1)).to_contain_text(TITLE)
    assert item.versions.count() == 2


def test_news_can_be_written_and_sent_by_keyboard_alone(page, live_server, hospitals, wendy):
    browser_signed_in(page.context, live_server.url, wendy)
    page.goto(live_server.url + reverse("staff:news"))
    keys = page.keyboard
    go_to(page, "Write a news item")
    enter(page)
    for label, words in (("Headline", TITLE), ("Summary", "It opened."), ("Text", "Come in.")):
        go_to(page, label)
        keys.type(words)
    go_to(page, "Save as draft")
    enter(page)
    expect(page.get_by_text("The draft is saved")).to_be_visible()
    go_to(page, "Send for approval")
    enter(page)
    expect(page.get_by_text("Sent for approval")).to_be_visible()
    assert NewsItem.objects.get().versions.get().state == NewsState.SUBMITTED


def test_the_second_of_two_writers_sees_both_texts(live_server, open_browser, hospitals, wendy):
    other = person("rob@example.org", name="Rob", roles=[Role.NEWS_EDITOR])
    page = open_browser()
    browser_signed_in(page.context, live_server.url, wendy)
    page.goto(live_server.url + reverse("staff:news_add"))
    for label, words in (("Headline", TITLE), ("Summary", "It opened."), ("Text", "Come in.")):
        page.get_by_label(label, exact=label == "Text").fill(words)
    follow(page.get_by_role("button", name="Save as draft"))
    follow(page.get_by_role("button", name="Edit"))
    version = NewsItem.objects.get().versions.get()
    actions.edit(
        version=version,
        by=other,
        at=version.edited_at,
        seen=f"{version.pk}-1",
        title="Rob wrote this",
    )
    page.get_by_label("Headline").fill("Wendy wrote this")
    follow(page.get_by_role("button", name="Save as draft"))
    expect(page.get_by_role("main")).to_contain_text("Rob saved it on")
    expect(page.get_by_role("main")).to_contain_text("Rob wrote this")
    expect(page.get_by_label("Headline")).to_have_value("Wendy wrote this")
    version.refresh_from_db()
    assert version.title == "Rob wrote this"
