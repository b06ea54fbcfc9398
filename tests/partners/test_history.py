"""The history page, and removing words from it (issue 2 “Access”, BEHAVIOUR L)."""

import csv
from datetime import timedelta

import pytest
from django.utils import timezone

from bhcp_portal.kit.actions import publish
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.history import _label, tracked_models
from partners.models import PartnerProfile, SecurityEvent
from partners.roles import PERMISSIONS, REDACT, SEE_HISTORY, Role
from programmes.models import Milestone, MilestoneDate
from tests.clock import present
from tests.factories.kit import on_record, source
from tests.factories.partners import PASSWORD, code_now, partner, person, signed_in
from tests.factories.programmes import programme

SECRET = "Mrs Example"
REASON = "It names a patient"

pytestmark = pytest.mark.django_db


def slip(body):
    """A draft whose words a test then mends."""
    return PartnerProfile.objects.create(partner=body, kind="ccg", about="SLIP")


def mend(draft):
    PartnerProfile.objects.filter(pk=draft.pk).update(about="MENDED")


@pytest.fixture
def boss(client):
    return signed_in(client, person("boss@example.org", roles=[Role.ADMINISTRATOR]))


def test_the_history_shows_who_when_what_and_why(boss):
    draft = slip(partner())
    with action("sources.mended", by=person("ann@example.org"), reason="Read anew"):
        mend(draft)
    page = boss.get("/staff/history/").content.decode()
    for words in ("<del>SLIP</del>", "<ins>MENDED</ins>", "ann@example.org", "Read anew"):
        assert words in page
    assert "sources: mended" in page


def test_the_history_names_the_step_the_thing_and_people_by_any_words(boss):
    ann = person("ann.bell@example.org", name="Ann Bell")
    bob = person("bob@example.org", name="Bob")
    opening = Milestone.objects.create(slug="opens", programme=programme("eyes", name="Eye care"))
    with action("programme.milestone_proposed", by=ann):
        draft = MilestoneDate(milestone=opening, title="Ward opens", state="planned", author=ann)
        draft.save()
    with action("programmes.milestonedate.approved", by=bob):
        publish(draft, at=present())
    page = boss.get("/staff/history/").content.decode()
    assert "Milestone: Eye care: Planned: Ward opens: approved by Bob" in page
    assert "Milestone: Eye care: Planned: Ward opens: proposed by Ann Bell" in page
    assert "Partners’ names: web addresses" not in page
    for who in ("bell ann", "bell@exam", "org ann"):
        page = boss.get("/staff/history/", {"who": who, "what": "programmes.milestonedate"})
        assert [entry.step for entry in page.context["entries"]][-1] == "proposed", who
        assert "bob@example.org" not in [entry.by for entry in page.context["entries"]]


def test_the_history_is_filtered_by_kind_person_and_row(boss):
    one, other = partner("ONE", slug="first-body"), partner("TWO", slug="other-body")
    draft = slip(one)
    with action("sources.mended", by=person("ann@example.org")):
        mend(draft)
    page = boss.get(
        "/staff/history/", {"what": "partners.partner", "row": other.pk}
    ).content.decode()
    assert "other-body" in page
    assert "first-body" not in page
    page = boss.get("/staff/history/", {"who": "ann@example.org"}).content.decode()
    assert "MENDED" in page
    assert "other-body" not in page
    page = boss.get("/staff/history/", {"what": "kit.source"}).content.decode()
    assert "first-body" not in page


def test_the_history_is_filtered_by_day_and_downloaded_as_it_is_filtered(boss):
    source("a-paper")
    today = london_day(timezone.now())
    yesterday, tomorrow = (today + timedelta(days=days) for days in (-1, 1))

    def shown(**days):
        page = boss.get("/staff/history/", {"what": "kit.source", **days})
        return [entry.name for entry in page.context["entries"]]

    assert shown(since=day_in_words(today), until=today) == ["The paper a-paper"]
    assert shown(until=yesterday) == shown(since=tomorrow) == []
    asked = {"what": "kit.source", "since": today, "until": today}
    answer = boss.post("/staff/history/download/", asked)
    assert answer["Content-Disposition"] == 'attachment; filename="history.csv"'
    [header, line] = csv.reader(b"".join(answer).decode("utf-8-sig").splitlines())
    told = dict(zip(header, line, strict=True))
    assert (told["kind"], told["name"], told["done"]) == (
        "Source: web address",
        "The paper a-paper",
        "added",
    )
    assert (told["what"], told["before"], told["after"]) == (
        "name in the web address",
        "",
        "a-paper",
    )
    taken = SecurityEvent.objects.filter(what=SecurityEvent.What.EXPORTED).latest("pk")
    assert taken.details.startswith("The history; changes: 1; what: kit.source")


def test_after_the_code_the_page_says_that_the_file_is_ready(client):
    signed_in(client, person(roles=[Role.AUDITOR]), confirmed_ago=16 * 60)
    address = "/staff/history/download/"
    assert client.post(address, {"what": "kit.source"}).url.startswith("/staff/confirm/")
    answer = client.post("/staff/confirm/code/", {"code": code_now(), "next": address})
    assert answer.url == "/staff/history/?what=kit.source#download"
    assert "The file is ready: download it below." in client.get(answer.url).text
    answer = client.post(address, {"what": "kit.source"})
    assert answer["Content-Disposition"] == 'attachment; filename="history.csv"'


def test_a_download_is_inert_and_leaves_out_people_from_who_may_not_see_them(client):
    draft = slip(partner())
    with action("sources.mended", by=person("a@example.org"), reason="=1+1"):
        mend(draft)
    signed_in(client, person("steward@example.org", roles=[Role.DATA_STEWARD]))
    text = b"".join(client.post("/staff/history/download/", {})).decode()
    assert ",'=1+1," in text
    assert "steward@example.org" not in text
    answer = client.post("/staff/history/download/", {"since": "soon"})
    assert answer.url == "/staff/history/"


@pytest.mark.parametrize(
    "query",
    [
        {"what": "no.such"},
        {"row": "abc"},
        {"since": "32/13/2026"},
        {"since": "2026-11-02", "until": "2026-11-01"},
        {"who": "zzz"},
    ],
)
def test_where_a_filter_is_wrong_nothing_is_shown_or_downloaded(boss, query):
    source()
    for kept in ("history", "security"):
        if kept == "security" and not {"since", "who"} & query.keys():
            continue
        answer = boss.get(f"/staff/{kept}/", query)
        page = answer.content.decode()
        assert "Nothing is shown" in page
        assert not answer.context["page"].paginator.count
        assert "Download these" not in page
        assert ("The last day is before the first" in page) == ("until" in query)
        asked = boss.post(f"/staff/{kept}/download/", query)
        assert asked.url == f"/staff/{kept}/"


@pytest.mark.parametrize(
    "query",
    [
        {"row": "1"},
        {"page": "abc"},
        {"page": "99"},
        {"row": "99999999999999999999", "what": "kit.source"},
    ],
)
def test_a_wrong_page_or_row_is_no_error(boss, query):
    source()
    assert boss.get("/staff/history/", query).status_code == 200


def test_a_long_history_comes_in_pages(boss):
    for number in range(26):
        source(f"number-{number}")
    page = boss.get("/staff/history/", {"what": "kit.source"}).content.decode()
    assert "?what=kit.source&amp;page=2" in page
    page = boss.get("/staff/history/", {"what": "kit.source", "page": 2}).content.decode()
    assert "number-0" in page


@pytest.mark.parametrize("role", Role)
def test_who_reads_the_history_and_who_removes_words(client, role):
    row = on_record(PartnerProfile, partner=partner(), kind="ccg", about=SECRET)
    signed_in(client, person(roles=[role]))
    may = PERMISSIONS[role]
    assert client.get("/staff/history/").status_code == (200 if SEE_HISTORY in may else 403)
    address = f"/staff/redact/partners.partnerprofile/{row.pk}/"
    assert client.get(address).status_code == (200 if REDACT in may else 403)


def test_a_role_for_one_partner_does_not_open_the_history_of_all(client):
    signed_in(client, person(roles=[(Role.ADMINISTRATOR, partner())]))
    assert client.get("/staff/history/").status_code == 403


def test_a_data_steward_sees_nothing_about_people(client):
    person("somebody@example.org", roles=[Role.NEWS_EDITOR])
    signed_in(client, person(roles=[Role.DATA_STEWARD]))
    page = client.get("/staff/history/").content.decode()
    assert "somebody@example.org" not in page
    page = client.get("/staff/history/", {"what": "partners.user"}).content.decode()
    assert "somebody@example.org" not in page


def test_words_are_removed_from_the_page_and_the_history(boss):
    row = on_record(
        PartnerProfile, partner=partner(), kind="ccg", about=f"Ask {SECRET}", note="A note"
    )
    address = f"/staff/redact/partners.partnerprofile/{row.pk}/"
    page = boss.get(address).content.decode()
    assert SECRET in page
    assert "A note" in page
    answer = boss.post(address, {"words": ["about"], "reason": REASON})
    assert answer.url == f"/staff/history/?what=partners.partnerprofile&row={row.pk}"
    page = boss.get(answer.url).content.decode()
    assert REASON in page
    assert SECRET not in page
    row.refresh_from_db()
    assert row.note == "A note"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"reason": REASON}, "Choose the words to remove"),
        ({"words": ["about"]}, "Say why"),
        ({"words": ["kind"], "reason": REASON}, "Select a valid choice"),
    ],
)
def test_a_removal_that_is_not_clear_removes_nothing(boss, sent, sentence):
    row = on_record(PartnerProfile, partner=partner(), kind="ccg", about=SECRET)
    page = boss.post(f"/staff/redact/partners.partnerprofile/{row.pk}/", sent).content.decode()
    assert sentence in page
    row.refresh_from_db()
    assert row.about == SECRET


@pytest.mark.parametrize(
    "address", ["partners.partnerprofile/99", "partners.user/1", "kit.source/1", "no.such/1", "x/1"]
)
def test_only_statements_have_words_to_remove(boss, address):
    assert boss.get(f"/staff/redact/{address}/").status_code == 404


def test_removing_words_asks_for_the_second_step_again(client):
    row = on_record(PartnerProfile, partner=partner(), kind="ccg", about=SECRET)
    signed_in(client, person(roles=[Role.ADMINISTRATOR]), confirmed_ago=16 * 60)
    address = f"/staff/redact/partners.partnerprofile/{row.pk}/"
    answer = client.post(address, {"words": ["about"], "reason": REASON})
    assert answer.url.startswith("/staff/confirm/code/")
    row.refresh_from_db()
    assert row.about == SECRET
    assert client.post(answer.url, {"password": PASSWORD}).status_code == 200
    client.post("/staff/confirm/code/", {"code": code_now(), "next": address})
    row.refresh_from_db()
    assert row.about.endswith(REASON)


def test_no_field_of_any_history_is_called_by_the_name_of_its_column():
    """Words that only engineers know, in the names of what is shown as changed."""
    odd = {"slug", "published at", "published as", "recorded at", "edited at", "takes one"}
    found = {
        (label, field.name)
        for label, model in tracked_models().items()
        for field in model._meta.concrete_fields
        if not field.primary_key
        and (_label(field) in odd or "_" in _label(field) or _label(field).endswith(" as"))
    }
    assert found == set()
