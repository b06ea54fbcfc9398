"""What was published by mistake: each page on which it stands leads to where it is taken back."""

from datetime import date

import pytest

from bhcp_portal.kit.editor.reach import NOBODY_LOOKS
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.waiting import NOBODY_ELSE
from partners.roles import Role
from programmes.models import MetricProgramme, MilestoneDate, ProgrammePartner
from tests.factories.kit import on_record
from tests.factories.metrics import chart_note, metric, readings, rebase, target
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import (
    milestone,
    money,
    partner_role,
    programme,
    status_update,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


def way(row):
    return f'href="/staff/record/in/{kind_of(type(row)).slug}/{row.pk}/take-back/"'


def proposed(client, sent):
    return client.post("/staff/programmes/eyes/milestone/", sent, follow=True).text


def home(client, who):
    return signed_in(client, who).get("/staff/").context["boxes"]


def test_each_page_where_it_stands_leads_there_for_who_may_and_for_nobody_else(client, hospitals):
    eyes, other = programme("eyes", name="Eye care"), programme("ears", name="Ear care")
    partner_role(eyes, hospitals)
    waits = metric("waits", name="Waits", owner=hospitals)
    readings(waits, [5, 6, 7])
    ward = milestone(eyes, "ward", title="Ward opens", due="2031")
    milestone(other, "clinic", title="Clinic opens", due="2031")
    link = on_record(
        MetricProgramme, published_as="2018", metric=waits, programme=eyes, words="Fewer wait."
    )
    said = MilestoneDate.objects.get(milestone=ward)
    update = status_update(eyes, "on_track", period=date(2026, 9, 1), published="2026-10-07")
    of_series = [
        target(waits, 95),
        rebase(waits, date(2024, 2, 1)),
        chart_note(waits, date(2024, 2, 1), "The count changed."),
    ]
    cost = money(eyes)
    thing, measure = "/staff/record/of/programme/eyes/", "/staff/metrics/waits/"
    listed = "/staff/record/in/milestone-dates/?of=eyes"
    pages = {
        "/staff/programmes/eyes/": [said],
        f"/staff/updates/{update.pk}/": [update],
        listed: [said],
        thing: [cost, eyes.profiles.get(), ProgrammePartner.objects.get()],
        measure: [waits.profiles.get(), *of_series],
        f"{measure}links/": [link],
    }
    approver, steward, editor = (
        person(f"{role}@example.org", roles=[(role, hospitals)])
        for role in (Role.PROGRAMME_APPROVER, Role.DATA_STEWARD, Role.PROGRAMME_EDITOR)
    )
    for who, shown in ((approver, list(pages)[:4]), (steward, list(pages)[4:])):
        signed_in(client, who)
        for page in shown:
            html = client.get(page).text
            assert all(way(row) in html for row in pages[page]), page
    signed_in(client, editor)
    assert not [page for page in list(pages)[:5] if "/take-back/" in client.get(page).text]
    # The count of a kind leads to the rows that it counts.
    assert f'href="{listed}">1 public now' in client.get(thing).text
    rows = client.get(listed).context["rows"]
    assert [each.row for each in rows] == [said]
    assert f'href="{thing}"' in client.get("/staff/programmes/eyes/").text


def test_where_nobody_else_may_look_or_approve_it_is_said_and_stands_on_the_administrators_list(
    client, hospitals
):
    eyes = programme("eyes", name="Eye care")
    partner_role(eyes, hospitals)
    wrong = status_update(eyes, "on_track", period=date(2026, 9, 1), published="2026-10-07")
    approver = person("pat@example.org", name="Pat", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    editor = person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    chief = person("dan@example.org", name="Dan", roles=[Role.ADMINISTRATOR])
    page = signed_in(client, approver)
    address = f"/staff/record/in/status-updates/{wrong.pk}/take-back/"
    assert NOBODY_LOOKS in page.get(address).text
    assert NOBODY_LOOKS in page.post(address, {"reason": "Another’s"}, follow=True).text
    listed = [entry.text for box in home(client, chief) for entry in box.entries]
    assert [text.partition(":")[0] for text in listed] == ["Nobody else may look at"]
    sent = {"title": "Ward opens", "due_0": "2031", "due": "2031"}
    assert "Another person now publishes it." in proposed(signed_in(client, editor), sent)
    approver.is_active = False
    approver.save()
    assert listed + ["Nobody may approve: Milestone: Eye care: Ward opens"] == sorted(
        entry.text for box in home(client, chief) for entry in box.entries
    )
    assert NOBODY_ELSE in proposed(signed_in(client, editor), {**sent, "title": "Beds"})
    person("sam@example.org", name="Sam", roles=[Role.PROGRAMME_APPROVER])
    assert home(client, chief) == []
