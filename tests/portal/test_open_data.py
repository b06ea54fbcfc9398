"""The open data (CONTRACT 2 and 4): a page that explains, a file for each table, all of them in one."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from bhcp_portal import open_data, package
from bhcp_portal.kit.kinds import kinds, table_of, tables
from bhcp_portal.kit.tables import read_csv
from partners.models.partnership import SiteName
from tests.factories.kit import source
from tests.factories.newsroom import draft
from tests.factories.partners import partner, person
from tests.factories.programmes import partner_role, programme, status_update
from tests.portal.test_api_answers import NOON, fill

pytestmark = pytest.mark.django_db


def rows(client, name, **asked):
    answer = client.get(
        f"/open-data/{name}.csv", {n.replace("_", "-"): v for n, v in asked.items()}
    )
    assert answer.status_code == 200
    return [row for _, row in read_csv(answer.text)[1]]


def test_the_page_tells_of_every_table_and_every_column(client):
    fill(1)
    page = client.get("/open-data/").text
    for table in tables():
        assert f'href="/open-data/{table.name}.csv"' in page
        assert escape(table.means) in page
        for column in table.all_columns:
            assert f"<code>{column.name}</code>" in page
    assert 'href="/open-data/portal.zip"' in page
    assert 'href="/api/v1/docs"' in page
    assert "open-government-licence" in page


def test_a_table_is_listed_where_its_kind_is(client):
    groups = client.get("/open-data/").context["groups"]
    under = {each["table"].name: group["title"] for group in groups for each in group["tables"]}
    for kind in kinds():
        assert under[table_of(kind.model).name] == kind.heading
    assert under["sources"] == under["source_profiles"] != under["partners"]


def test_a_table_is_there_as_it_stood_on_any_day(client):
    made = programme("telehealth", name="Telecare", published="2015")
    programme("telehealth", name="Telehealth", published="2018", reason="It was renamed.")
    programme("later", published="2019")
    status_update(made, "on_track", published="2019")
    assert [row["name"] for row in rows(client, "programme_profiles")] == [
        "Later",
        "Telecare",
        "Telehealth",
    ]
    then = rows(client, "programme_profiles", as_at="2017-12-31")
    assert [row["name"] for row in then] == ["Telecare"]
    assert [row["slug"] for row in rows(client, "programmes", as_at="2017-12-31")] == ["telehealth"]
    assert rows(client, "status_updates", as_at="2017-12-31") == []


def test_a_thing_that_something_spoke_of_by_then_is_there_though_not_yet_named(client):
    later = partner("NEW", slug="new-trust", published_as="2019")
    made = programme("telehealth", published="2015")
    notes = source("our-notes", published_as="2026", kind="notes")
    status_update(made, published="2016", source=notes)
    partner_role(made, later, published="2017")
    assert [row["slug"] for row in rows(client, "partners", as_at="2016-12-31")] == []
    assert [row["slug"] for row in rows(client, "partners", as_at="2017-12-31")] == ["new-trust"]
    assert "our-notes" in [row["slug"] for row in rows(client, "sources", as_at="2016-12-31")]
    assert "our-notes" not in [row["slug"] for row in rows(client, "sources", as_at="2015-12-31")]


def test_a_draft_is_in_no_table_not_even_by_its_slug(client):
    draft(by=person(), at=NOON, title="Still a secret")
    assert rows(client, "news_items") == []
    assert rows(client, "news_versions") == []


def test_what_was_mended_at_once_never_stood_and_is_left_out(client):
    programme("telehealth", name="Telehaelth", published="2015")
    programme("telehealth", name="Telehealth", published="2015", note="We had misspelt it.")
    assert [row["name"] for row in rows(client, "programme_profiles")] == ["Telehealth"]


def test_a_table_that_is_none_is_not_there(client):
    assert client.get("/open-data/users.csv").status_code == 404


@pytest.mark.parametrize("name", ["portal.zip", "programmes.csv"])
def test_who_has_a_file_already_is_sent_it_again_only_when_it_changed(client, name):
    programme("telehealth")
    first = client.get(f"/open-data/{name}")
    assert first["Access-Control-Allow-Origin"] == "*"
    assert not first.cookies
    again = client.get(f"/open-data/{name}", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    past = client.get(f"/open-data/{name}?as-at=2019-12-31")
    assert past["ETag"] != first["ETag"]
    assert 'filename="' + name.replace(".", "-2019-12-31.") in past["Content-Disposition"]
    programme("another")
    changed = client.get(f"/open-data/{name}", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed.content != first.content


def test_the_zip_has_the_same_bytes_for_the_same_data_and_the_licence(client):
    fill(2)
    first = client.get("/open-data/portal.zip").content
    open_data.MADE_PACKAGES.clear()
    assert client.get("/open-data/portal.zip").content == first
    with ZipFile(BytesIO(first)) as file:
        assert "Open Government Licence" in file.read("LICENCE.txt").decode()
        for table in tables():
            alone = client.get(f"/open-data/{table.name}.csv").content
            assert file.read(f"{table.name}.csv") == alone


def test_the_description_names_where_the_sources_of_the_rows_stand(client):
    [named] = json.loads(package.described(SiteName()))["sources"]
    assert "source" in named["title"]
    with ZipFile(BytesIO(client.get("/open-data/portal.zip").content)) as file:
        assert json.loads(file.read("datapackage.json"))["sources"] == [named]
        assert file.read(named["path"]).startswith(b"cited,title,")


def test_the_zip_is_made_once_for_each_state_of_the_data(client):
    fill(1)
    with CaptureQueriesContext(connection) as making:
        client.get("/open-data/portal.zip")
    # A query a table, and a few for what news name.
    assert len(making) <= len(tables()) + 9
    for path in ("portal.zip", "news_versions.csv", "sources.csv", ""):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/open-data/{path}")
        assert len(asked) <= 7, path


def test_only_a_few_packages_are_kept_in_memory(client):
    for year in range(2010, 2012 + open_data.MOST_KEPT):
        client.get(f"/open-data/portal.zip?as-at={year}-12-31")
    assert len(open_data.MADE_PACKAGES) == open_data.MOST_KEPT
