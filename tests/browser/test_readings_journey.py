"""Readings from a steward's file over a colleague to the public, restated and undone, in a browser.

Sign-in and second factor are real. With scripts and without; by keyboard; on a small screen.
"""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from metrics.models import ReadingBatch
from partners.roles import Role
from tests.browser.steps import enter, follow, go_to, sign_in
from tests.factories.kit import run_queue
from tests.factories.metrics import metric, reading
from tests.factories.partners import browser_signed_in, person

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"


@pytest.fixture(autouse=True)
def visits():
    made = metric(
        "visits", name="Visits to the minor injuries unit", short_name="Visits", unit="visits"
    )
    reading(made, 870)
    return made


@pytest.fixture
def stella():
    return person("stella@example.org", name="Stella Steward", roles=[Role.DATA_STEWARD])


@pytest.fixture
def colin():
    return person("colin@example.org", name="Colin Colleague", roles=[Role.DATA_STEWARD])


def file_of(*rows):
    lines = [
        HEADER,
        *(f"VISITS,BHCP,{period},,,{value},no,,{why},,," for period, value, why in rows),
    ]
    return {"name": "readings.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


def send(page, *rows):
    page.get_by_label("Your file").set_input_files(file_of(*rows))
    follow(page.get_by_role("button", name="Send and check"))
    checked(page)


def checked(page):
    """Let the queue check what was sent, and look at its page again."""
    page.wait_for_url(re.compile(r"/staff/readings/\d+/$"))
    run_queue()
    page.reload()


def test_readings_go_from_a_file_over_a_colleague_to_the_public_and_back(
    live_server, open_browser, stella, colin
):
    steward = open_browser(viewport={"width": 1100, "height": 860})
    sign_in(steward, live_server.url, stella)
    follow(steward.get_by_role("link", name="Send readings, and approve those of others"))
    follow(steward.get_by_role("button", name="Send a file"))
    send(steward, ("2024-02-01", "many", ""), ("2024-03-01", "1,204", ""), ("1066-10-01", "5", ""))
    expect(steward.get_by_role("main")).to_contain_text("Row 3 has a cell beyond the last column")
    follow(steward.get_by_role("button", name="Send a file"))
    send(steward, ("2024-02-01", "many", ""), ("2024-03-01", "904", ""), ("1066-10-01", "5", ""))
    expect(steward.get_by_role("heading", level=2).first).to_have_text("2 errors in 2 of 3 rows")
    expect(steward.get_by_role("table")).to_contain_text("“many”")
    expect(steward.get_by_role("table")).to_contain_text("A day from 5 July 1948 on.")
    with steward.expect_download() as download:
        steward.get_by_role("link", name="Download a copy with errors marked").click()
    assert "what_to_change" in Path(download.value.path()).read_text(encoding="utf-8-sig")

    follow(steward.get_by_role("button", name="Send a file"))
    send(steward, ("2024-01-01", "912", "Late forms came in"), ("2024-02-01", "904", ""))
    preview = steward.get_by_role("main")
    expect(preview).to_contain_text("another person approves it: Colin Colleague")
    expect(preview.get_by_role("table", name="Restated")).to_contain_text("870")
    expect(preview.get_by_role("table", name="New")).to_contain_text("February 2024")
    expect(preview.get_by_role("button", name="Approve and publish")).to_have_count(0)

    visitor = open_browser()
    page_of = live_server.url + reverse("metrics:detail", args=["visits"])
    visitor.goto(page_of)
    expect(visitor.get_by_role("main")).not_to_contain_text("904")

    colleague = open_browser(viewport={"width": 1100, "height": 860})
    sign_in(colleague, live_server.url, colin)
    follow(colleague.get_by_role("link", name="Approve readings: readings.csv, 2 rows"))
    follow(colleague.get_by_role("button", name="Approve and publish"))
    expect(colleague.get_by_text("The readings are public")).to_be_visible()

    visitor.reload()
    expect(visitor.get_by_role("main")).to_contain_text("904")
    expect(visitor.get_by_role("main")).to_contain_text("Late forms came in")

    follow(colleague.get_by_role("link", name="Undo it"))
    follow(colleague.get_by_role("button", name="Undo it"))
    expect(colleague.get_by_role("main")).to_contain_text("Say why, in a sentence")
    colleague.get_by_label("Why").fill("It was the file of another unit")
    follow(colleague.get_by_role("button", name="Undo it"))
    expect(
        colleague.get_by_text("It is undone. 1 row is as it was before. 1 row is gone.")
    ).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_role("main")).not_to_contain_text("Late forms came in")


def test_one_reading_is_sent_by_keyboard_alone(page, live_server, stella):
    browser_signed_in(page.context, live_server.url, stella)
    page.goto(live_server.url + reverse("staff:readings_add", args=["visits"]))
    keys = page.keyboard
    for label, words in (("First day of the period", "1 February 2024"), ("The number", "904")):
        go_to(page, label)
        keys.type(words)
    go_to(page, "Check and send")
    enter(page)
    checked(page)
    assert ReadingBatch.objects.get().report["counts"] == {"new": 1}


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_of_readings_is_wider_than_the_screen(page, live_server, stella, width):
    page.set_viewport_size({"width": width, "height": 800})
    browser_signed_in(page.context, live_server.url, stella)
    page.goto(live_server.url + reverse("staff:readings_send"))
    addresses = []
    for rows in ([("2024-02-01", "many", "")], [("2024-02-01", "904", "")]):
        page.goto(live_server.url + reverse("staff:readings_send"))
        send(page, *rows)
        addresses.append(page.url)
    addresses += [
        live_server.url + path
        for path in (
            reverse("staff:readings"),
            reverse("staff:readings_send"),
            reverse("staff:readings_add", args=["visits"]),
            reverse("staff:readings_discard", args=[ReadingBatch.objects.latest("pk").pk]),
        )
    ]
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
