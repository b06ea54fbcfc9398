"""A new kind of statement touches its own app alone (HOUSE 9).

``tests.walks`` is an app with one kind. Nothing in ``bhcp_portal`` knows it; installed, it is everywhere.
"""

import csv
import json
import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.fixture(scope="module")
def answers():
    """What the portal answers, by address, in a process of its own with the app installed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.walks.answers"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.walks.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_new_kind_is_in_the_list_of_changes_with_its_words_number_and_code(answers):
    assert "At an easy pace: 4.5 km: Along the shore" in answers["/changes/"]


def test_a_new_kind_is_in_the_feed_of_changes(answers):
    assert "<title>Walk: Along the shore</title>" in answers["/changes/feed/"]


def test_a_new_kind_that_tells_of_work_is_on_the_home_page(answers):
    assert "Along the shore" in answers["/"]


def test_a_new_kind_is_on_the_page_of_its_source(answers):
    assert "Along the shore" in answers["/sources/leaflet/"]


def test_the_table_of_a_new_kind_is_open_data_and_in_the_dictionary(answers):
    page = answers["/open-data/"]
    assert ">Walks</h4>" in page
    assert "The name, length and pace of each walk." in page
    assert "kilometres there and back" in page
    [row] = csv.DictReader(answers["/open-data/walk_profiles.csv"].splitlines())
    assert (row["walk"], row["name"], row["length"]) == ("shore", "Along the shore", "4.5")


def test_the_api_and_its_dictionary_have_a_new_kind(answers):
    [walk] = json.loads(answers["/api/v1/walks"])["results"]
    assert (walk["name"], walk["length"], walk["pace"]) == ("Along the shore", 4.5, "slow")
    schema = json.loads(answers["/api/v1/openapi.json"])["components"]["schemas"]["WalkOut"]
    assert schema["properties"]["length"]["description"] == "kilometres there and back"
