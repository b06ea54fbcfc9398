"""A past day's page says nothing that came after its day: no later month or year stands on it (BEHAVIOUR R)."""

import re
from calendar import month_name
from datetime import date

import pytest
from django.apps import apps
from django.test import Client

from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.things import Thing
from tests.addresses import PUBLIC, walked
from tests.site.reading import read

pytestmark = pytest.mark.usefixtures("content")

DAYS = [date(2017, 6, 30), date(2019, 12, 31), date(2023, 12, 31)]
MONTHS = {name: number for number, name in enumerate(month_name) if name}
MONTH = rf"(?:{'|'.join(MONTHS)})"
WHEN = re.compile(rf"(?:({MONTH}) )?\b(20\d\d)\b(?!\d)")
A_DAY = rf"(?:\d{{1,2}} )?(?:{MONTH} )?20\d\d"
# What was known on the day of days to come, and the day on which somebody reads it.
KNOWN_THEN = re.compile(
    "|".join(
        (
            # When the page is read: the line on paper.
            rf"read on {A_DAY}",
            # What is due: the figures of a month, a milestone, a step of a plan.
            rf"(?i:due) (?:by )?{A_DAY}(?: to {A_DAY})?",
            rf"Planned: [^,]+, {A_DAY}(?: to {A_DAY})?",
            # When a programme is meant to end.
            rf"(?i:ends) (?:in|on) {A_DAY}",
            # A target says from when to when it holds, and by when it is to be met.
            rf", from {A_DAY}(?: to {A_DAY})?\.",
            rf"begins on {A_DAY}",
            rf"\bby {A_DAY}(?=[ )])",
            # What the sources themselves look ahead to.
            rf"looks ahead to {A_DAY}",
            r"An aim, 20\d\d/\d\d to 20\d\d/\d\d",
        )
    )
)


def _paths(day):
    """The public pages without a variable part, and that of every thing that was known on a day."""
    found = {a.path for a in walked(PUBLIC) if not a.variables and not a.is_open_form}
    for model in apps.get_models():
        if issubclass(model, Thing) and hasattr(model, "get_absolute_url"):
            things = model.objects.known_at(end_of(day)).exclude(slug__startswith="example-")
            found |= {thing.get_absolute_url().partition("#")[0] for thing in things}
    return sorted(found)


def _is_later(month, year, day):
    return (int(year), MONTHS.get(month, 0)) > (day.year, day.month)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_page_of_a_past_day_names_no_later_month_or_year(day):
    client, later, pages = Client(), {}, 0
    for path in _paths(day):
        answer = client.get(path, {"as-at": day.isoformat()})
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        pages += 1
        text = KNOWN_THEN.sub("", read(path, 200, answer.text).text)
        for found in WHEN.finditer(text):
            if _is_later(*found.groups(), day):
                words = text[max(0, found.start() - 90) : found.end() + 20]
                later.setdefault(words, path)
    assert pages > 100
    assert later == {}
