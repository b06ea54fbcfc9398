"""BEHAVIOUR R: a slip in a milestone is mended, which is no move of its date."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.launch import Launch
from partners.roles import Role
from programmes.models import Milestone, MilestoneDate
from tests.clock import clock, present
from tests.factories.kit import all_recorded
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import milestone, moved, partner_role, programme, status_update
from tests.programmes.proposing import published

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust(db):
    return partner("RTX", "The trust")


@pytest.fixture
def eyes(trust):
    made = programme("eyes", name="Eye care")
    partner_role(made, trust)
    return made


@pytest.fixture
def ann(trust):
    return person(name="Ann", roles=[(Role.PROGRAMME_EDITOR, trust)])


@pytest.fixture
def bob(trust):
    return person(name="Bob", roles=[(Role.PROGRAMME_APPROVER, trust)])


def mend(row):
    return reverse("staff:milestone_mend", args=[row.milestone.slug, row.pk])


def words(why, **more):
    sent = {
        "title": "Clinic opens",
        "description": "",
        "state": "planned",
        "done": "",
        "is_critical": "no",
        "certainty": "sourced",
        "seen": "",
        "source": "",
        "reason": "The month was misread.",
    }
    return sent | {"why": why} | more


def shown(at=None):
    [found] = Milestone.objects.known_at(at or present()).with_dates(at or present())
    return found


def test_a_wrong_first_date_is_mended_at_the_date_of_its_source(client, eyes, ann, bob):
    clinic = milestone(eyes, "clinic", title="Clinic opens", due="2019-03", published="2018-06")
    moved(clinic, due="2019-09", published="2019-02", reason="Building works")
    wrong = clinic.dates.earliest("published_at")
    published(client, ann, bob, mend(wrong), words("slip", due="June 2019"))
    found = shown()
    assert [each.due_as for each in found.statements] == ["2019-06", "2019-09"]
    assert len(found.moves) == 1
    assert found.first.note == "The month was misread."
    assert (found.first.published_as, found.first.source) == ("2018-06", wrong.source)
    page = client.get(eyes.get_absolute_url()).text
    assert "Building works" in page
    assert "March 2019" not in page
    # That day was here before the mend, and shows what stood then.
    assert [each.due_as for each in shown(datetime(2018, 9, 1, tzinfo=UTC)).statements] == [
        "2019-03"
    ]


def test_days_before_the_launch_show_the_mended_row_alone(client):
    launch = datetime(2026, 1, 5, tzinfo=UTC)
    ann = person(roles=[Role.PROGRAMME_EDITOR])
    bob = person(roles=[Role.PROGRAMME_APPROVER])
    with clock(launch), all_recorded(launch):
        Launch.objects.create(launched_at=launch)
        eyes = programme("eyes", name="Eye care")
        clinic = milestone(eyes, "clinic", title="Clinic opens", due="2019-03", published="2018-06")
    published(client, ann, bob, mend(clinic.dates.get()), words("slip", due="June 2019"))
    for at, due in (
        (datetime(2018, 9, 1, tzinfo=UTC), "2019-06"),
        (launch + timedelta(hours=1), "2019-03"),
    ):
        assert [each.due_as for each in shown(at).statements] == [due]


def test_a_wrong_word_of_ours_is_taken_back_and_put_right_without_a_move(client, eyes, ann, bob):
    clinic = milestone(
        eyes, "clinic", title="Clinc opens", due="2030-03", published=present(), author=bob
    )
    wrong = clinic.dates.get()
    published(client, ann, bob, mend(wrong), words("mistake", due="June 2030"))
    wrong.refresh_from_db()
    assert wrong.taken_back_because == "The month was misread."
    found = shown()
    assert [(each.title, each.due_as) for each in found.statements] == [("Clinic opens", "2030-06")]
    assert found.moves == []
    assert "Moved" not in client.get(eyes.get_absolute_url()).text


def test_who_may_not_move_it_may_not_mend_it(client, eyes, ann):
    clinic = milestone(eyes, "clinic", title="Clinic opens", due="2019-03", published="2018-06")
    keeper = person(roles=[Role.RECORD_KEEPER])
    other = person(roles=[(Role.PROGRAMME_EDITOR, partner("OTH"))])
    address = mend(clinic.dates.get())
    for who, status in ((keeper, 403), (other, 404), (ann, 200)):
        client.logout()
        assert signed_in(client, who).get(address).status_code == status
    assert "We copied it wrongly from the source" in client.get("/staff/milestones/clinic/").text


def test_a_status_that_was_taken_back_is_named_beside_the_one_that_counts(client, eyes, bob):
    status_update(eyes, "on_track", period=date(2026, 8, 1), published="2026-09-07")
    wrong = status_update(eyes, "off_track", period=date(2026, 9, 1), published="2026-10-07")
    address = reverse("staff:record_take_back", args=["status-updates", wrong.pk])
    signed_in(client, bob).post(address, {"reason": "It was of another programme."})
    page = " ".join(client.get(f"{eyes.get_absolute_url()}updates/").text.split())
    assert "The update for September 2026, “Off track”, was taken back on" in page
    assert "It was of another programme. It does not count." in page
    assert "Off track" not in client.get(eyes.get_absolute_url()).text
    listed = " ".join(client.get(reverse("staff:programme", args=["eyes"])).text.split())
    listed = listed.partition("Published updates")[2]
    assert "taken back on" in listed
    assert ": It was of another programme.</p>" in listed
    assert "corrected" not in listed
    assert MilestoneDate.objects.live(Present.now(UTC)).count() == 0
