"""BEHAVIOUR B: a metric's card names the programmes and goals it serves; staff link them and take links back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils.html import strip_tags

from bhcp_portal.changelog import change_rows, statements
from bhcp_portal.kit.actions import IncompleteError, StaleError
from metrics.actions.cards import add_metric
from partners.roles import Role
from programmes import actions
from programmes.models import Goal, GoalProfile, MetricGoal, MetricProgramme
from programmes.tables.metric_links import MetricGoalTable, MetricProgrammeTable
from tests.clock import OnTime, present
from tests.factories.kit import approved, on_record
from tests.factories.metrics import metric, readings
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import programme

actions = OnTime(actions)

pytestmark = pytest.mark.django_db
LINKS = "/staff/metrics/waits/links/"
HOW = "Fewer should wait."


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


@pytest.fixture
def ann(hospitals):
    return person("ann@example.org", name="Ann", roles=[(Role.DATA_STEWARD, hospitals)])


@pytest.fixture
def waits(hospitals):
    made = metric("waits", name="Waits", owner=hospitals)
    readings(made, [5, 6, 7])
    return made


@pytest.fixture
def frailty():
    return programme("frailty", name="Frailty")


@pytest.fixture
def fewer():
    made = Goal.objects.create(slug="fewer")
    on_record(GoalProfile, published_as="2016", goal=made, name="Fewer waits", direction="decrease")
    return made


def linked(waits, to, by, *, ago=0, **words):
    """A link that a person proposed and another published some days ago."""
    at = present() - timedelta(days=ago)
    link = actions.propose_link(metric=waits, to=to, by=by, at=at, **{"words": HOW} | words)
    return approved(link, by=person(), at=at)


def taken_back(link, by):
    end = actions.propose_link_end(link=link, reason="A slip.", by=by, at=present())
    return approved(end, by=person())


def published(model):
    """What waits of a kind of link, once another person published it."""
    return approved(model.objects.drafts().get(), by=person())


def read(client, path):
    """The words of a page's main part, on one line."""
    html = client.get(path).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(unescape(strip_tags(main.replace("<", " <"))).split())


def tells(client, **asked):
    """Whether each page, and the API, tells that the metric is linked."""
    pages = ("/metrics/waits/", "/programmes/frailty/", "/goals/")
    shown = {path: HOW in client.get(path, asked).content.decode() for path in pages}
    for choice in ({"programme": "frailty"}, {"goal": "fewer"}):
        page = client.get("/metrics/", asked | choice).content.decode()
        shown[str(choice)] = 'href="/metrics/waits/' in page
    of_metric = client.get("/api/v1/metrics/waits", asked).json()
    of_programme = client.get("/api/v1/programmes/frailty", asked).json()
    return shown | {
        "programmes of the metric": of_metric["programmes"] != [],
        "goals of the metric": of_metric["goals"] != [],
        "metrics of the programme": of_programme["metrics"] != [],
    }


def test_a_metric_is_linked_to_a_programme_in_the_browser_by_two_people(
    client, ann, waits, frailty
):
    signed_in(client, ann)
    assert "It is linked to no programme and no goal." in read(client, LINKS)
    sent = client.post(LINKS, {"to": "programme:frailty", "words": HOW})
    assert (sent.status_code, sent.url) == (302, LINKS)
    assert HOW not in client.get("/metrics/waits/").content.decode()
    link = published(MetricProgramme)
    assert (link.programme, link.words, link.author) == (frailty, HOW, ann)
    page = read(client, LINKS)
    assert f"Frailty (programme) {HOW} Linked by Ann," in page
    assert re.search(rf"Frailty .*{HOW}", read(client, "/metrics/waits/"))


def test_a_metric_is_linked_to_a_goal_in_the_browser(client, ann, waits, fewer):
    signed_in(client, ann)
    client.post(LINKS, {"to": "goal:fewer", "words": HOW})
    assert published(MetricGoal).goal == fewer
    assert re.search(rf"Fewer waits .*{HOW}", read(client, "/metrics/waits/"))


def test_what_a_source_links_stands_beside_with_its_source(client, ann, waits, frailty):
    on_record(MetricProgramme, published_as="2019", metric=waits, programme=frailty, words=HOW)
    [link] = MetricProgramme.objects.all()
    signed_in(client, ann)
    assert f"Frailty (programme) {HOW} 2019 {link.source.profiles.get().title}" in read(
        client, LINKS
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"to": ""}, "Choose a programme or a goal"),
        ({"to": "programme:nothing"}, "Choose one from the list"),
        ({"to": "goal:frailty"}, "Choose one from the list"),
        ({"words": " "}, "Say how it is meant to show it"),
        ({"words": "x" * 301}, "Your answer must be 300 characters or fewer"),
    ],
)
def test_what_is_wrong_in_a_link_is_said_and_nothing_is_saved(
    client, ann, waits, frailty, changes, sentence
):
    signed_in(client, ann)
    page = client.post(LINKS, {"to": "programme:frailty", "words": HOW} | changes)
    assert sentence in page.content.decode()
    assert not MetricProgramme.objects.exists()


def test_a_metric_is_not_linked_twice_to_the_same(client, ann, waits, frailty):
    linked(waits, frailty, ann)
    signed_in(client, ann)
    page = client.post(LINKS, {"to": "programme:frailty", "words": "Other words"})
    assert "It is linked to this already" in page.content.decode()
    assert MetricProgramme.objects.get().words == HOW


def test_a_link_is_taken_back_with_a_reason_by_a_newer_statement(client, ann, waits, frailty):
    link = linked(waits, frailty, ann, ago=3)
    signed_in(client, ann)
    address = f"{LINKS}programme/{link.pk}/"
    assert "Say why it is taken back" in client.post(address).content.decode()
    assert MetricProgramme.objects.count() == 1
    sent = client.post(address, {"reason": "A slip."})
    assert (sent.status_code, sent.url) == (302, LINKS)
    newer = published(MetricProgramme)
    assert (newer.applies, newer.reason, newer.words) == (False, "A slip.", HOW)
    link.refresh_from_db()
    assert (link.applies, link.superseded_at) == (True, newer.published_at)
    assert "It is linked to no programme and no goal." in read(client, LINKS)


def test_a_link_taken_back_is_on_no_page_and_still_on_those_of_earlier_days(
    client, ann, waits, frailty, fewer
):
    links = [linked(waits, thing, ann, ago=3) for thing in (frailty, fewer)]
    assert set(tells(client).values()) == {True}
    for link in links:
        taken_back(link, ann)
    assert set(tells(client).values()) == {False}
    before = (present() - timedelta(days=2)).date().isoformat()
    assert set(tells(client, **{"as-at": before}).values()) == {True}


def test_a_link_taken_back_is_made_again_for_a_reason_only(client, ann, waits, frailty):
    taken_back(linked(waits, frailty, ann, ago=3), ann)
    words = {"to": "programme:frailty", "words": "Now it does."}
    signed_in(client, ann)
    page = client.post(LINKS, words)
    assert "This link was taken back before. Say why it is made again" in page.content.decode()
    client.post(LINKS, words | {"reason": "The plan names it now."})
    published(MetricProgramme)
    link = MetricProgramme.objects.applying(present()).get()
    assert (link.words, link.reason) == ("Now it does.", "The plan names it now.")


def test_a_link_that_somebody_else_took_back_is_not_taken_back_again(client, ann, waits, frailty):
    link = linked(waits, frailty, ann, ago=3)
    taken_back(link, ann)
    with pytest.raises(StaleError):
        taken_back(link, ann)
    signed_in(client, ann)
    for method in (client.get, client.post):
        sent = method(f"{LINKS}programme/{link.pk}/", {"reason": "Late."}, follow=True)
        assert "taken back or changed meanwhile" in sent.content.decode()
    assert MetricProgramme.objects.count() == 2


def test_a_link_is_not_taken_back_without_a_reason(ann, waits, fewer):
    link = linked(waits, fewer, ann)
    with pytest.raises(IncompleteError):
        actions.propose_link_end(link=link, reason=" ", by=ann, at=present())
    assert MetricGoal.objects.applying(present()).get() == link


def test_the_record_says_that_a_link_was_taken_back_and_why(ann, waits, frailty):
    taken_back(linked(waits, frailty, ann, ago=3), ann)
    shown = change_rows(statements(present(), only=(MetricProgramme,)), present())
    assert [(each.about, each.text, "".join(each.reasons)) for each in shown] == [
        ("Frailty", f"Taken back: Waits: {HOW}", "A slip."),
        ("Frailty", f"Waits: {HOW}", ""),
    ]


def test_the_tables_keep_every_link_and_say_which_was_taken_back(ann, waits, frailty, fewer):
    for table, thing in ((MetricProgrammeTable(), frailty), (MetricGoalTable(), fewer)):
        taken_back(linked(waits, thing, ann, ago=3), ann)
        assert [row["applies"] for row in table.rows()] == ["yes", "no"]


def test_a_metric_whose_card_is_not_public_is_linked_to_nothing(client, ann, hospitals, frailty):
    values = {
        "name": "New",
        "short_name": "New",
        "why": "x",
        "method": "x",
        "unit": "people",
        "direction": "decrease",
        "frequency": "month",
        "lag_days": 1,
        "owner": hospitals,
    }
    add_metric(code="NEW", values=values, by=ann, at=present())
    signed_in(client, ann)
    sent = client.post(
        "/staff/metrics/new/links/", {"to": "programme:frailty", "words": HOW}, follow=True
    )
    assert "Its card is not public yet" in sent.content.decode()
    assert not MetricProgramme.objects.exists()


def test_links_are_for_those_who_may_change_the_metric(client, ann, waits, frailty):
    other = metric("other", name="Other metric")
    link = linked(other, frailty, ann)
    own = linked(waits, frailty, ann)
    signed_in(client, ann)
    assert "Link it to programmes and goals" in read(client, "/staff/metrics/waits/")
    for address in ("", f"programme/{link.pk}/"):
        assert client.get(f"/staff/metrics/other/links/{address}").status_code == 404
    client.post(f"{LINKS}programme/{link.pk}/", {"reason": "Not mine."})
    assert MetricProgramme.objects.applying(present()).count() == 2
    signed_in(client, person("eve@example.org", roles=[(Role.AUDITOR, None)]))
    for address in ("", f"programme/{own.pk}/"):
        assert client.post(f"{LINKS}{address}", {"reason": "x"}).status_code == 403


def test_the_page_takes_as_many_queries_for_many_links_as_for_few(
    client, ann, waits, django_assert_max_num_queries
):
    for number in range(20):
        linked(waits, programme(f"work-{number}"), ann)
    signed_in(client, ann)
    with django_assert_max_num_queries(24):
        assert client.get(LINKS).status_code == 200
