"""The pages of metrics, as a visitor reads them (BEHAVIOUR B)."""

import csv
import io
import re
from datetime import date
from html import unescape

import pytest
from django.utils.html import strip_tags

from bhcp_portal.kit.dates import end_of
from programmes.metric_presenters import scopes_of
from tests.factories.iccs import icc
from tests.factories.metrics import chart_note, metric, reading, readings, rebase, target

pytestmark = pytest.mark.django_db


def read(client, path, **asked):
    """The words of a page's main part, on one line."""
    asked = {name.replace("_", "-"): value for name, value in asked.items()}
    answer = client.get(path, asked)
    html = answer.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    parted = re.sub(r"<(?=br|li|p|dd|dt|td|th|h\d)", " <", main)
    return " ".join(unescape(strip_tags(parted)).split())


def test_the_page_says_first_what_the_numbers_say(client):
    made = metric("waits", name="Long waits", unit="%", decimals=1)
    readings(made, [5, 9] * 5 + [5] * 7)
    target(made, 4)
    words = read(client, "/metrics/waits/")
    assert (
        "Long waits was 5.0% in May 2025. This is a change for the better: seven months in a row "
        "below the average of 6.2%. The system is not yet sure to meet the target of 4.0%."
    ) in words
