"""The open data seeds an empty copy (CONTRACT 4): first data, what was written here, corrections, hidden numbers."""

import json
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from bhcp_portal import package
from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.launch import forget
from bhcp_portal.kit.sources import Source
from iccs.models import Icc
from metrics.models import Metric, Reading
from newsroom.models import NewsItem
from programmes.models import StatusUpdate
from tests.factories.metrics import chart_note, metric, reading, readings, rebase, target
from tests.factories.programmes import figure, programme, status_update
from tests.roles import as_owner

pytestmark = pytest.mark.usefixtures("content", "more")
LATER = datetime(2126, 1, 1, tzinfo=UTC)


@pytest.fixture
def more(content):
    """What a table finds hard: hidden and withdrawn numbers, corrections, line ends, quotes, marks, other scripts."""
    waits = metric("hard-waits", unit="%", multiplier=100, denominator_words="all who came")
    place = Icc.objects.first()
    readings(waits, [(1, 3), (2, 7), (0, 0)], scope=place)
    reading(waits, None, period=date(2024, 4, 1), scope=place, is_hidden=True)
    beds, month = metric("hard-beds"), date(2024, 5, 1)
    reading(beds, "1234567.654321", period=month, is_provisional=True, is_estimated=True)
    at = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    reading(beds, "0.1", period=month, published=at, reason="It was counted twice.")
    reading(beds, None, period=month, published="2025-02", reason="Taken back.")
    target(waits, "95.5", scope=place)
    rebase(waits, date(2024, 3, 1))
    chart_note(waits, date(2024, 2, 1), '=SUM(A1), “a new” "ward"; ערב', note="'=1+1")
    made = programme(
        "hard", name='Hard; words, "quoted"', purpose="One line.\r\nAnother.\n\n\tA third."
    )
    programme(
        "hard", name="Hard", published="2016", note="We had misread it.", certainty="inferred"
    )
    status_update(made, "on_track", published="2016", summary="\ufeffIt goes\u2028on")
    figure(made, "-0.0001", unit="%", published="2016")


def empty_the_portal():
    """Everything is gone, until the test's own transaction is taken back."""
    tables = {
        connection.ops.quote_name(model._meta.db_table)
        for model in apps.get_models()
        if model.__module__.split(".")[0]
        in ("bhcp_portal", "partners", "iccs", "metrics", "programmes", "engagement", "newsroom")
    }
    with as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("; ".join(f"DELETE FROM {table}" for table in sorted(tables)))
        cursor.execute("SET LOCAL session_replication_role = origin")
    forget()
    assert not Source.objects.exists()
    assert not StatusUpdate.objects.exists()


def unpacked(content, folder):
    with ZipFile(BytesIO(content)) as file:
        assert file.testzip() is None
        file.extractall(folder)
    return folder


@pytest.fixture(autouse=True)
def examples_of_any_moment(monkeypatch):
    """The examples were recorded at their own moments, some before the content was loaded."""
    monkeypatch.setattr("bhcp_portal.kit.tables.launched_at", lambda: None)


def load(folder):
    """Load a package, telling every error where there is one."""
    try:
        package.load(folder, at=timezone.now())
    except package.PackageError as refused:
        pytest.fail("\n".join(map(str, refused.errors[:20])))


def texts(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_zip_loads_into_an_empty_copy_and_gives_the_same_tables_byte_for_byte(tmp_path):
    made = Reading.objects.published()
    assert made.filter(is_hidden=True).exists()
    assert made.filter(superseded_at__isnull=False).exists()
    assert StatusUpdate.objects.filter(origin="portal").published().exists()
    before = package.zipped(LATER)
    empty_the_portal()
    load(unpacked(before, tmp_path / "zip"))
    assert package.zipped(LATER) == before


def test_what_is_exported_loads_into_an_empty_copy_and_is_exported_the_same(tmp_path):
    call_command("export_data", str(tmp_path / "first"), verbosity=0)
    empty_the_portal()
    call_command("load_data", str(tmp_path / "first"), verbosity=0)
    call_command("export_data", str(tmp_path / "second"), verbosity=0)
    first = texts(tmp_path / "first")
    assert len(first["readings.csv"].splitlines()) > 10
    assert texts(tmp_path / "second") == first


@pytest.mark.parametrize("day", [date(2015, 12, 31), date(2018, 6, 30)])
def test_the_package_of_a_past_day_loads_into_an_empty_copy(day, tmp_path):
    before = package.zipped(end_of(day), day)
    empty_the_portal()
    load(unpacked(before, tmp_path))
    assert package.zipped(end_of(day), day) == before


def test_the_package_fits_its_own_description(tmp_path):
    folder = unpacked(package.zipped(LATER), tmp_path)
    described = json.loads((folder / "datapackage.json").read_text())
    named = {resource["path"] for resource in described["resources"]}
    assert {file.name for file in folder.iterdir()} == {*named, "datapackage.json", "LICENCE.txt"}
    for resource in described["resources"]:
        header, rows = package.read_csv((folder / resource["path"]).read_text())
        assert header == [field["name"] for field in resource["schema"]["fields"]]
        keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for _, row in rows]
        assert len(keys) == len(set(keys)), resource["name"]


def test_nothing_that_was_not_published_is_in_the_package():
    with ZipFile(BytesIO(package.zipped(LATER))) as file:
        everything = b"\n".join(file.read(name) for name in file.namelist()).decode()
        items = file.read("news_items.csv").decode().split()
    drafts = NewsItem.objects.exclude(pk__in=NewsItem.objects.ever_known())
    assert drafts.count() >= 3
    assert [item.slug for item in drafts if item.slug in items] == []
    assert "Ask the estates team again." not in everything
    assert "It named a patient." in everything
    assert "@example.org" not in everything


def test_a_metric_that_was_never_shown_is_not_named():
    Metric.objects.create(slug="still-a-secret", code="SECRET")
    assert "still-a-secret" not in _table("metrics")
    assert "hard-waits" in _table("metrics")
    assert "hard-waits" not in _table("metrics", **{"as-at": "2014-12-31"})


def _table(name, **asked):
    return Client().get(f"/open-data/{name}.csv", asked).text


def test_the_rows_that_the_page_counts_are_those_of_the_files():
    counts = package.counts(timezone.now())
    for table in tables():
        _, rows = package.read_csv(_table(table.name))
        assert len(rows) == counts.get(table.name, 0), table.name
