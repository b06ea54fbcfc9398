"""What changed between two days is the difference of what the pages of the two days know, for every kind."""

import csv
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from django.test import Client

from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.kinds import kinds

pytestmark = pytest.mark.usefixtures("content")

# Ends of months and years, of which documents are dated, and days on which the clocks change.
DAYS = [
    date(2014, 12, 31),
    date(2017, 3, 31),
    date(2017, 6, 30),
    date(2018, 10, 28),
    date(2018, 12, 31),
    date(2019, 3, 31),
    date(2020, 2, 29),
]


def _known(kind, day):
    return set(kind.model.objects.versions(end_of(day)).values_list("pk", flat=True))


@pytest.mark.parametrize(("first", "last"), list(pairwise(DAYS)), ids=str)
def test_the_changes_between_two_days_are_what_the_pages_of_the_two_days_differ_by(first, last):
    single = [kind for kind in kinds() if not (kind.comes_in_bulk or kind.is_listed_once_corrected)]
    came = {kind.name: len(_known(kind, last) - _known(kind, first)) for kind in single}
    answer = Client().get(
        "/changes/changes.csv", {"from": first, "to": last, "as-at": last.isoformat()}
    )
    named = {kind.without_code: kind.name for kind in single if kind.without_code}
    kinds_listed = (row["kind"] for row in csv.DictReader(answer.text.splitlines()))
    listed = Counter(named.get(name, name) for name in kinds_listed)
    assert {name: listed[name] for name in came} == came
    assert sum(came.values()) > 0
