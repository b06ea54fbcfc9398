"""BEHAVIOUR T: how far a programme has come, beside how it is going."""

import json

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from bhcp_portal.kit.tables import read_csv
from programmes.models import Stage, Status
from tests.factories.programmes import programme, stage

pytestmark = pytest.mark.django_db

FIRST_DATA = settings.BASE_DIR / "bhcp_portal" / "first_data"
# The words of the sources and the stages that they mean (BEHAVIOUR T).
MEANS = {
    "idea": {"Bid", "Draft priorities"},
    "planned": {"Approved", "Planned"},
    "developing": {"In development", "Talks with staff"},
    "pilot": {"Pilot", "Trial", "Pilot grown"},
    "rolling_out": {"Rolling out", "Expanding", "Open for members"},
    "everyday": {"Embedded", "Core model", "Running"},
    "ended": {"Done"},
}


def first_rows(name):
    _, rows = read_csv((FIRST_DATA / f"{name}.csv").read_text(encoding="utf-8"))
    return [row for _, row in rows]


def test_the_first_data_have_each_word_with_the_source_and_date_of_its_status():
    told = {
        (row["programme"], row["source_words"], row["published_at"], row["source"])
        for row in first_rows("status_updates")
    }
    stages = first_rows("programme_stages")
    words = set().union(*MEANS.values())
    assert {
        tuple(row[name] for name in ("programme", "source_words", "published_at", "source"))
        for row in stages
    } == {row for row in told if row[1] in words}
    assert all(row["source_words"] in MEANS[row["stage"]] for row in stages)


def test_of_the_words_of_the_sources_three_are_statuses():
    status_of = {row["source_words"]: row["status"] for row in first_rows("status_updates")}
    assert {word: status for word, status in status_of.items() if status} == {
        "Done": Status.COMPLETE,
        "Planned": Status.NOT_STARTED,
        "Off target": Status.OFF_TRACK,
    }


def test_the_newest_stage_stands_with_the_word_of_its_source(client):
    work = programme("eyes")
    stage(work, Stage.PILOT, published="2016", source_words="Pilot")
    stage(work, Stage.EVERYDAY, published="2019-03", source_words="Embedded", is_our_reading=True)
    page = client.get(work.get_absolute_url()).content.decode()
    words = (
        "<strong>Part of everyday care</strong> (our reading of “Embedded”), as described in 2019"
    )
    assert words in page
    assert "March 2019" in page[page.index("Sources for this page") :]
    then = client.get(f"{work.get_absolute_url()}?as-at=2017-06-30").content.decode()
    assert "<strong>Pilot</strong>, as described in 2016" in then
    assert "Embedded" not in then
    # What has ended is no description: it is said plainly.
    stage(work, Stage.ENDED, published="2020", source_words="Done", is_our_reading=True)
    page = client.get(work.get_absolute_url()).content.decode()
    assert "<strong>Ended</strong> (our reading of “Done”), said in 2020" in page


def test_the_api_gives_the_stage_and_filters_by_it(client):
    stage(programme("eyes"), Stage.EVERYDAY)
    programme("ears")

    def asked(query):
        return json.loads(client.get(f"/api/v1/programmes{query}").content)

    assert [each["slug"] for each in asked("?stage=everyday")["results"]] == ["eyes"]
    assert asked("?stage=pilot")["count"] == 0
    assert [each["stage"] and each["stage"]["stage"] for each in asked("")["results"]] == [
        None,
        "everyday",
    ]
    assert client.get("/api/v1/programmes?stage=nearly").status_code == 400


def test_a_reading_without_a_word_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="reading_of_a_word"), transaction.atomic():
        stage(programme(), Stage.PILOT, is_our_reading=True)
