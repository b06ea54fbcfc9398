"""What the API gives (CONTRACT 5): the same facts as the pages, on any day, in pages of a list."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bhcp_portal.api import description
from bhcp_portal.kit.dates import end_of
from metrics import verdict
from metrics.models import Metric
from programmes.models import Goal, GoalProfile, MetricGoal, MetricProgramme, Programme
from tests.factories import kit
from tests.factories.iccs import icc, merged, place, practice
from tests.factories.kit import source
from tests.factories.metrics import chart_note, metric, reading, readings, rebase, series, target
from tests.factories.newsroom import draft, news
from tests.factories.partners import became, called, member, partner, person, profiled
from tests.factories.programmes import (
    figure,
    milestone,
    money,
    moved,
    partner_role,
    placed_in,
    programme,
    status_update,
)

DESCRIPTION = Path(__file__).parent / "openapi.json"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(client):
    """What an address below /api/v1/ answers, as read by a program."""

    def read(path, **asked):
        asked = {name.replace("_", "-"): value for name, value in asked.items()}
        answer = client.get(f"/api/v1/{path}", asked)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    return read


# -- things and statements ----------------------------------------------------------------------------


def test_a_programme_says_all_that_its_page_does(get):
    paper = source("board-paper", published_as="2017-06")
    hospitals, millom = partner("RTX"), icc("MIL", slug="millom")
    whole = programme("telehealth", name="Telehealth", objectives=["better_care"], starts="2016")
    status_update(
        whole, "at_risk", published="2017-06", source=paper, certainty="inferred", note="Read off."
    )
    partner_role(whole, hospitals)
    placed_in(whole, millom, words="A clinic")
    opening = milestone(whole, "opening", due="2018", published="2016")
    moved(opening, due="2019-03", published="2018-02", reason="Building works.")
    figure(whole, "12.5", unit="%", counts="visits saved", published="2018")
    money(whole, 5_000_000, published="2018")
    shown = get("programmes/telehealth")
    assert shown["slug"] == "telehealth"
    assert shown["url"] == f"{settings.SITE_URL}/programmes/telehealth/"
    assert shown["name"] == shown["profile"]["name"] == "Telehealth"
    assert shown["profile"]["objectives"] == ["better_care"]
    assert shown["profile"]["starts"] == "2016"
    assert shown["profile"]["ends"] is None
    status = shown["status"]
    assert (status["status"], status["is_stale"]) == ("at_risk", True)
    assert status["published_at"] == "2017-06"
    assert status["certainty"] == "inferred"
    assert status["note"] == "Read off."
    assert status["source"] == "board-paper"
    assert [(role["partner"], role["role"]) for role in shown["partners"]] == [("RTX", "lead")]
    assert [(at["icc"], at["words"]) for at in shown["iccs"]] == [("MIL", "A clinic")]
    [step] = shown["milestones"]
    assert step["url"] == f"{settings.SITE_URL}/programmes/telehealth/#opening"
    assert [published["due"] for published in step["said"]] == ["2018", "2019-03"]
    assert step["said"][1]["reason"] == "Building works."
    assert shown["figures"][0]["value"] == 12.5
    assert shown["money"][0]["amount"] == 5_000_000


def test_a_status_that_was_not_reported_is_null(get):
    published = programme("silent")
    assert get("programmes/silent")["status"] is None
    status_update(published, source_words="Embedded")
    shown = get("programmes/silent")["status"]
    assert (shown["status"], shown["source_words"], shown["is_stale"]) == (None, "Embedded", False)


def test_a_partner_carries_the_name_of_the_day(get):
    ccg = partner("01K", "NHS Lancashire North CCG", slug="ccg")
    called(ccg, "NHS Morecambe Bay CCG", begins="2017-04-01", published="2017")
    profiled(ccg, kind="ccg")
    member(ccg, left="2019-07-01", published="2019-07-01")
    became(ccg, "Its work went to the board.", published="2020")
    now, then = get("partners/ccg"), get("partners/ccg", as_at="2018-01-01")
    assert (now["code"], now["name"]) == ("01K", "NHS Morecambe Bay CCG")
    assert [name["name"] for name in now["names"]] == ["NHS Lancashire North CCG", now["name"]]
    assert (now["is_member"], now["membership"]["left"]) == (False, "2019-07-01")
    assert [each["words"] for each in now["successions"]] == ["Its work went to the board."]
    assert (then["membership"], then["successions"]) == (None, [])
    assert get("partners/ccg", as_at="2016-12-31")["name"] == "NHS Lancashire North CCG"


def test_a_community_says_what_is_in_it_and_what_became_of_it(get):
    castle, lancaster = icc("CAS", slug="castle"), icc("LAN", slug="lancaster", name="Lancaster")
    place(castle, "Skerton", is_main=True)
    practice(castle, "Owen Road Surgery", town="Lancaster", certainty="unchecked")
    merged(castle, into=lancaster, when="2019-04", published="2019-06")
    shown = get("iccs/castle")
    assert shown["code"] == "CAS"
    assert shown["places"][0]["name"] == "Skerton"
    assert shown["practices"][0]["certainty"] == "unchecked"
    assert shown["successions"][0]["successor"] == "LAN"
    assert get("iccs/castle", as_at="2018-12-31")["successions"] == []


def test_news_names_what_it_is_about_and_drafts_are_nowhere(get):
    hospitals = partner("RTX")
    news("A clinic opens", slug="clinic", partners=[hospitals], published_as="2017-06-30")
    draft(by=person(), at=NOON, title="Still a secret")
    listed = get("news")
    assert [item["slug"] for item in listed["results"]] == ["clinic"]
    shown = get("news/clinic")
    assert shown["first_published"] == "2017-06-30"
    assert shown["words"]["title"] == "A clinic opens"
    assert shown["words"]["partners"] == ["RTX"]
    assert shown["versions"] == [shown["words"]]


def test_sources_carry_their_licence(get):
    source("paper", published_as="2017", licence="OGL v3.0", address="https://example.org/a")
    [shown] = get("sources")["results"]
    assert shown["slug"] == "paper"
    assert shown["url"] == f"{settings.SITE_URL}/sources/paper/"
    assert (shown["licence"], shown["published"]) == ("OGL v3.0", "2017")


# -- any day ------------------------------------------------------------------------------------------


def test_a_past_answer_knows_nothing_that_was_said_later(get, client):
    made = programme("telehealth", name="Telecare", published="2015")
    programme("telehealth", name="Telehealth", published="2018")
    programme("later", published="2019")
    status_update(made, "complete", published="2019")
    then = get("programmes", as_at="2017-12-31")
    assert [(each["slug"], each["name"], each["status"]) for each in then["results"]] == [
        ("telehealth", "Telecare", None)
    ]
    assert then["results"][0]["url"].endswith("/programmes/telehealth/?as-at=2017-12-31")
    assert client.get("/api/v1/programmes/later?as-at=2017-12-31").status_code == 404
    assert get("programmes/telehealth", as_at="2126-01-01") == get("programmes/telehealth")


# -- lists --------------------------------------------------------------------------------------------


def test_a_list_is_read_to_its_end_and_back_by_its_links_and_keeps_the_day(get, client):
    for number in range(7):
        programme(f"work-{number}", published="2015")
    programme("later", published="2019")
    first = get("programmes", as_at="2017-12-31", limit=3)
    assert (first["count"], first["previous"]) == (7, None)
    seen, link = [], first["next"]
    seen += [each["slug"] for each in first["results"]]
    backwards = []
    while link:
        assert link.startswith(settings.SITE_URL)
        assert parse_qs(urlsplit(link).query)["as-at"] == ["2017-12-31"]
        page = json.loads(client.get(link.removeprefix(settings.SITE_URL)).content)
        seen += [each["slug"] for each in page["results"]]
        backwards.append(page["previous"])
        link = page["next"]
    assert seen == [f"work-{number}" for number in range(7)]
    back = json.loads(client.get(backwards[0].removeprefix(settings.SITE_URL)).content)
    assert back["results"] == first["results"]


def test_a_list_gives_a_hundred_unless_asked_for_up_to_a_thousand(get):
    beds = metric("beds")
    readings(beds, range(150), first=date(2000, 1, 1))
    assert len(get("metrics/beds/readings")["results"]) == 100
    everything = get("metrics/beds/readings", limit=1000)
    assert len(everything["results"]) == everything["count"] == 150
    beyond = get("metrics/beds/readings", offset=1000)
    assert (beyond["results"], beyond["next"]) == ([], None)
    assert "offset=50" in beyond["previous"]


LISTS = ("programmes", "iccs", "partners", "metrics", "news", "sources")


def test_no_address_asks_more_than_twelve_questions_however_much_there_is(client):
    fill(1)
    few = asked_by_each(client)
    fill(8)
    many = asked_by_each(client)
    assert max(many.values()) <= 12, many
    assert many == few


def fill(number):
    """So many of everything, each with several of what belongs to it."""
    for _ in range(number):
        hospitals, place_of_work = partner(), icc()
        profiled(hospitals)
        member(hospitals)
        place(place_of_work, "Millom")
        work = programme(parent=Programme.objects.first())
        status_update(work, "on_track", published="2019")
        partner_role(work, hospitals)
        placed_in(work, place_of_work)
        step = milestone(work, due="2019")
        moved(step, due="2020", published="2019")
        figure(work)
        money(work)
        beds = Metric.objects.first() or metric("beds", owner=hospitals)
        metric(owner=hospitals)
        readings(beds, range(20), scope=hospitals)
        target(beds, 5, scope=hospitals)
        rebase(beds, date(2024, 6, 1), scope=hospitals)
        chart_note(beds, date(2024, 5, 1), "A new ward", scope=hospitals)
        news(partners=[hospitals], programmes=[work], iccs=[place_of_work])


def asked_by_each(client):
    asked = {}
    first = {
        name: json.loads(client.get(f"/api/v1/{name}").content)["results"][0]["slug"]
        for name in LISTS
    }
    first["metrics"] = "beds"
    paths = [f"{name}?limit=1000" for name in LISTS]
    paths += [f"{name}/{slug}" for name, slug in first.items() if name != "sources"]
    paths += ["metrics/beds/readings?limit=1000", "metrics/beds/analysis"]
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/api/v1/{path}").status_code == 200, path
        asked[path.partition("/")[0] if path.count("/") == 1 else path] = len(queries)
    return asked


# -- metrics ------------------------------------------------------------------------------------------


def test_the_analysis_is_the_verdict_that_page_and_chart_have(get):
    waits = metric("waits", unit="%", multiplier=100, denominator_words="all", direction="increase")
    readings(waits, [(number, 100) for number in (*range(60, 75), *range(80, 96))])
    target(waits, 95)
    rebase(waits, date(2025, 4, 1))
    at = end_of(date(2027, 12, 31))
    [found] = verdict.verdicts([series(waits)], at=at, day=date(2026, 11, 1))
    shown = get("metrics/waits/analysis")
    assert (shown["slug"], shown["code"], shown["scope"]) == ("waits", "WAITS", "BHCP")
    assert shown["url"] == f"{settings.SITE_URL}/metrics/waits/"
    assert (shown["variation"], shown["assurance"]) == (found.variation, found.assurance)
    assert shown["sentence"] == found.sentence
    assert "\u00a0" not in shown["sentence"]
    assert len(shown["segments"]) == len(found.analysis.segments) == 2
    for published, segment in zip(shown["segments"], found.analysis.segments, strict=True):
        assert published == {name: getattr(segment, name) for name in published}
        assert set(published) == {"start", "n", "mean", "lower", "upper", "short"}
    for published, point in zip(shown["points"], found.points, strict=True):
        assert published == {
            "period": point.period.isoformat(),
            "value": point.value,
            "label": point.label,
            "kind": point.kind,
        }


def test_the_analysis_is_of_the_main_scope_unless_another_is_named(get, client):
    hospitals, kendal = partner("RTX"), icc("KEN")
    waits = metric("waits")
    readings(waits, [1, 2], scope=kendal)
    readings(waits, [3, 4], scope=hospitals)
    assert get("metrics/waits")["scopes"] == ["RTX", "KEN"]
    assert get("metrics/waits/analysis")["scope"] == "RTX"
    assert get("metrics/waits/analysis", scope="KEN")["points"][0]["value"] == 1
    assert get("metrics/waits/readings", scope="KEN")["count"] == 2
    for path in ("analysis", "readings"):
        answer = client.get(f"/api/v1/metrics/waits/{path}", {"scope": "MIL"})
        assert answer.status_code == 404
        message = json.loads(answer.content)["error"]["message"]
        assert message == "There are no readings of it for “MIL”. Its scopes are: RTX, KEN."
        wrong = client.get(f"/api/v1/metrics/waits/{path}", {"scope": "K\x00N"})
        assert wrong.status_code == 400


def test_a_metric_without_readings_says_that_none_were_published(get):
    metric("waits", name="Waits")
    shown = get("metrics/waits/analysis")
    assert (shown["scope"], shown["points"], shown["segments"]) == (None, [], [])
    assert shown["sentence"] == "Waits: no figures have been published."


def test_a_hidden_reading_shows_no_number_and_gives_none_away(get):
    waits = metric("waits", unit="%", multiplier=100, denominator_words="all who came")
    readings(waits, [(number, 50) for number in range(20, 34)])
    hidden = date(2025, 3, 1)
    reading(waits, None, period=hidden, is_hidden=True)
    shown = {each["period"]: each for each in get("metrics/waits/readings")["results"]}
    hidden_one = shown[hidden.isoformat()]
    assert hidden_one["hidden"] is True
    assert [hidden_one[name] for name in ("numerator", "denominator", "value", "number")] == [
        None
    ] * 4
    analysis = get("metrics/waits/analysis")
    assert analysis["points"][-1]["value"] is None
    assert analysis["segments"][0]["n"] == 14


def test_a_reading_gives_its_parts_and_the_number_worked_out(get):
    waits = metric("waits", unit="%", multiplier=100, denominator_words="all who came")
    readings(waits, [(1, 8)])
    [shown] = get("metrics/waits/readings")["results"]
    assert (shown["numerator"], shown["denominator"], shown["value"]) == (1, 8, None)
    assert shown["number"] == 12.5


def test_readings_are_those_that_stood_on_the_day(get):
    beds = metric("beds")
    reading(beds, 912, published="2024-03-01")
    reading(beds, 934, published="2024-05-04", reason="It was counted twice.")
    assert [each["value"] for each in get("metrics/beds/readings")["results"]] == [934]
    then = get("metrics/beds/readings", as_at="2024-04-01")["results"]
    assert [each["value"] for each in then] == [912]
    assert get("metrics/beds/analysis", as_at="2024-04-01")["points"][0]["value"] == 912


# -- its description ----------------------------------------------------------------------------------


def test_the_description_is_the_one_that_was_agreed(client):
    served = json.loads(client.get("/api/v1/openapi.json").content)
    assert served == json.loads(json.dumps(description()))
    assert served == json.loads(DESCRIPTION.read_text()), (
        "The API is another one than before. Where nothing is taken away from those who use it, write the "
        "description anew: curl …/api/v1/openapi.json > tests/portal/openapi.json"
    )


def test_every_address_field_and_parameter_is_explained(client):
    shown = description()
    for path, methods in shown["paths"].items():
        assert methods["get"]["summary"], path
        assert all(each["description"] for each in methods["get"]["parameters"]), path
    page = client.get("/api/v1/docs").text
    for path in shown["paths"]:
        assert f"<code>{path}</code>" in page
    for name in shown["components"]["schemas"]:
        if not name.endswith("ListOut"):
            assert f'<div class="nhsuk-details__text" id="{name}">' in page
    # All of it open at once would be dozens of screens, and so would each address in a list.
    assert page.count('class="bhcp-fold"') == len(client.get("/api/v1/docs").context["groups"]) + 1
    assert page.count('class="nhsuk-details"') >= len(shown["paths"]) + page.count('__text" id="')


# -- filters ------------------------------------------------------------------------------------------


def slugs(get, path):
    return [each["slug"] for each in get(path)["results"]]


def test_programmes_are_filtered_as_their_page_filters_them(get):
    hospitals, kendal = partner("RTX"), icc("KEN")
    eyes = programme("eyes", name="Eye care", purpose="Seen sooner", objectives=["better_care"])
    programme("feet", name="Foot care", purpose="Walk again")
    status_update(eyes, "on_track", published="2019")
    partner_role(eyes, hospitals)
    placed_in(eyes, kendal)
    asked = [
        "status=on_track",
        f"partner={hospitals.slug}",
        "partner=rtx",
        "icc=KEN",
        "q=sooner+eye",
    ]
    asked += ["objective=better_care"]
    for each in asked:
        assert slugs(get, f"programmes?{each}") == ["eyes"], each
    assert slugs(get, "programmes?status=none") == ["feet"]
    assert slugs(get, "programmes?status=on_track&q=foot") == []
    assert slugs(get, "programmes?status=&q=&as-at=") == ["eyes", "feet"]
    assert slugs(get, "programmes?status=on_track&as-at=2016-12-31") == []


def test_metrics_are_filtered_as_their_page_filters_them(get):
    hospitals = partner("RTX")
    beds = metric("beds", name="Beds in use", why="To know", owner=hospitals)
    metric("falls", name="Falls", why="They hurt")
    readings(beds, [5] * 12 + [50], first=date(2024, 1, 1))
    assert slugs(get, "metrics?partner=RTX") == ["beds"]
    assert slugs(get, "metrics?q=HURT") == ["falls"]
    assert slugs(get, "metrics?variation=unsaid") == ["falls"]
    assert slugs(get, "metrics?variation=worse") == ["beds"]
    work, care = programme("eyes"), Goal.objects.create(slug="care")
    kit.on_record(GoalProfile, goal=care, name="Care", direction="increase")
    kit.on_record(MetricProgramme, metric=beds, programme=work, words="It moves it.")
    kit.on_record(MetricGoal, metric=beds, goal=care, words="It moves it.")
    assert slugs(get, "metrics?programme=eyes") == ["beds"]
    assert slugs(get, "metrics?goal=care") == ["beds"]


def test_no_address_takes_a_parameter_or_a_value_that_it_does_not_know(client):
    fill(1)
    slug = Programme.objects.first().slug
    everywhere = [f"/api/v1/{path}" for path in (*LISTS, f"programmes/{slug}", "metrics/beds")]
    everywhere += ["/api/v1/metrics/beds/readings", "/api/v1/metrics/beds/analysis"]
    everywhere += ["/api/v1/docs", "/api/v1/openapi.json"]
    for path in everywhere:
        for query in ("nonsense=1", "nonsense=", "As-At=2017-06-30", "as-at=&x=1"):
            answer = client.get(f"{path}?{query}")
            assert answer.status_code == 400, (path, query)
            assert "knows no “" in json.loads(answer.content)["error"]["message"]
        assert client.get(f"{path}?as-at=").status_code == 200, path
    for name, filters in (
        ("programmes", "status objective partner icc"),
        ("metrics", "goal programme partner variation"),
    ):
        for each in filters.split():
            answer = client.get(f"/api/v1/{name}?{each}=zzz")
            assert answer.status_code == 400
            assert f"There is no {each} “zzz”" in json.loads(answer.content)["error"]["message"]
