"""The door of the API (CONTRACT 5): one shape of errors, ETag, no cookie, open to other sites, reading only."""

import json

import pytest
from django.test import Client

from newsroom.models import NewsItem
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db
SAFE = "GET, HEAD, OPTIONS"


def error(answer):
    """The error of an answer that says no, after a look at its shape."""
    shown = json.loads(answer.content)
    assert answer["Content-Type"] == "application/json"
    assert set(shown) == {"error"}
    assert set(shown["error"]) == {"code", "message"}
    assert shown["error"]["message"].endswith(".")
    return shown["error"]


@pytest.mark.parametrize(
    ("path", "status", "code", "sentence"),
    [
        ("programmes/nothing", 404, "not_found", "No programme “nothing” is known"),
        ("metrics/nothing/readings", 404, "not_found", "No measure “nothing” is known"),
        ("nonsense", 404, "not_found", "There is nothing at this address"),
        ("programmes/a/b/c", 404, "not_found", "There is nothing at this address"),
        ("programmes?as-at=yesterday", 400, "bad_request", "“yesterday” is not a date"),
        ("programmes?sort=name", 400, "bad_request", "knows no “sort”. It takes: as-at, limit"),
        ("programmes?status=green", 400, "bad_request", "There is no status “green”. Write one of"),
        ("metrics?partner=nobody", 400, "bad_request", "There is no partner “nobody”"),
        ("metrics?q=%00", 400, "bad_request", "The words in q could not be read"),
        ("programmes?limit=0", 400, "bad_request", "Write limit as a whole number from 1 to 1000"),
        ("programmes?limit=1001", 400, "bad_request", "Write limit as"),
        ("programmes?limit=many", 400, "bad_request", "Write limit as"),
        ("programmes?offset=-1", 400, "bad_request", "Write offset as a whole number, 0 or more"),
        ("programmes?offset=99999999999999999999", 400, "bad_request", "Write offset as"),
        ("programmes?status=paused&status=complete", 400, "bad_request", "Give “status” once; it"),
        ("programmes?limit=0&offset=x", 400, "bad_request", "Write offset as"),
    ],
)
def test_every_fault_is_told_in_one_shape_with_a_sentence_that_says_what_to_do(
    client, path, status, code, sentence
):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    shown = error(answer)
    assert shown["code"] == code
    assert sentence in shown["message"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api", 404),
        ("/api/nope", 404),
        ("/api/v1/nope", 404),
        ("/api/v1/programmes/a/b/c", 404),
        ("/api/v1/programmes/nothing", 404),
        ("/api/v1/programmes?limit=0", 400),
        ("/api/v1/news", 500),
        ("/api/v1/programmes", 200),
    ],
)
def test_every_answer_is_as_long_as_its_headers_say(monkeypatch, path, status):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(type(NewsItem.objects), "newest_first", broken)
    client = Client(raise_request_exception=False)
    answer = client.get(path)
    assert answer.status_code == status
    assert int(answer["Content-Length"]) == len(answer.content)
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert int(packed["Content-Length"]) == len(packed.content)


def test_an_answer_that_says_no_to_a_write_or_a_condition_is_as_long_as_its_headers_say(client):
    for answer, status in (
        (client.post("/api/v1/nope"), 405),
        (client.get("/api/v1/programmes", headers={"if-match": '"another"'}), 412),
    ):
        assert answer.status_code == status
        assert int(answer["Content-Length"]) == len(answer.content)


def test_words_of_the_address_come_back_as_no_markup(client):
    answer = client.get("/api/v1/programmes", {"as-at": "<script>alert(1)</script>"})
    assert b"<" not in answer.content
    assert "<script>" in error(answer)["message"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", ["programmes", "programmes/x", "openapi.json", "docs", "x"])
def test_nothing_can_be_written_through_it(client, path, method):
    answer = getattr(client, method)(f"/api/v1/{path}")
    assert answer.status_code == 405
    assert answer["Allow"] == SAFE
    assert error(answer)["code"] == "method_not_allowed"


def test_a_fault_of_ours_is_told_in_the_same_shape(monkeypatch):
    def broken(*_):
        raise RuntimeError("A secret of the database")

    monkeypatch.setattr(type(NewsItem.objects), "newest_first", broken)
    answer = Client(raise_request_exception=False).get("/api/v1/news")
    assert answer.status_code == 500
    assert error(answer)["code"] == "server_error"
    assert b"secret" not in answer.content


@pytest.mark.parametrize("path", ["programmes", "openapi.json", "docs", "nonsense"])
def test_every_answer_is_open_to_scripts_of_other_sites_and_sets_no_cookie(client, path):
    answer = client.get(f"/api/v1/{path}", headers={"origin": "https://example.org"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_browser_that_asks_first_is_told_what_it_may(client):
    answer = client.options("/api/v1/programmes", headers={"origin": "https://example.org"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Methods"] == SAFE
    assert answer["Access-Control-Allow-Headers"] == "If-None-Match"


@pytest.mark.parametrize("path", ["programmes", "programmes/telehealth", "openapi.json", "docs"])
def test_who_has_an_answer_already_is_sent_nothing_until_it_changes(client, path):
    made = programme("telehealth")
    first = client.get(f"/api/v1/{path}")
    assert first.status_code == 200
    again = client.get(f"/api/v1/{path}", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Access-Control-Allow-Origin"] == "*"
    if path.startswith("programmes"):
        programme(made.slug, name="Telehealth for all", published="2018")
        changed = client.get(f"/api/v1/{path}", headers={"if-none-match": first["ETag"]})
        assert changed.status_code == 200
        assert b"Telehealth for all" in changed.content


def test_head_gives_the_headers_alone(client):
    there, head = client.get("/api/v1/programmes"), client.head("/api/v1/programmes")
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == there["ETag"]


def test_an_address_with_a_slash_at_its_end_leads_to_the_one_without(client):
    answer = client.get("/api/v1/programmes/?limit=5&as-at=2017-12-31")
    assert answer.status_code == 301
    assert answer["Location"] == "/api/v1/programmes?limit=5&as-at=2017-12-31"


def test_a_past_answer_stays_out_of_search_engines(client):
    assert client.get("/api/v1/programmes?as-at=2017-12-31")["X-Robots-Tag"] == "noindex"
