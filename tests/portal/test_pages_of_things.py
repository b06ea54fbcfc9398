"""The staff page of a thing says that it has ended or is to, and leads to what may become of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from partners.roles import Role
from tests.clock import present
from tests.factories.iccs import icc, merged
from tests.factories.partners import became, member, partner, person, signed_in
from tests.factories.programmes import partner_role, programme, status_update
from tests.programmes.proposing import published

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust(db):
    made = partner("RTX", "The trust", slug="trust")
    member(made)
    return made


@pytest.fixture
def kim(db):
    return person(name="Kim", roles=[Role.RECORD_KEEPER])


def page(client, who, thing):
    client.logout()
    of = reverse("staff:record_thing", args=[thing._meta.model_name, thing.slug])
    return " ".join(signed_in(client, who).get(of).text.split())


def test_a_community_leads_to_its_merge_split_and_rename_for_who_may(client, kim, trust):
    kendal, bay = icc("KEN", name="Kendal"), icc("BAY", name="Bay")
    icc("MIL", name="Millom")
    doors = [
        f"{reverse('staff:community_merge')}?of=KEN",
        f"{reverse('staff:community_split')}?of=KEN",
    ]
    doors.append(reverse("staff:record_correct", args=["icc-profiles", kendal.profiles.get().pk]))
    own = page(client, kim, kendal)
    assert all(f'href="{door}"' in own for door in doors)
    own_keeper = person(roles=[(Role.RECORD_KEEPER, trust)])
    assert not [door for door in doors if door in page(client, own_keeper, kendal)]
    signed_in(client, kim)
    merge = client.get(doors[0] + "&why=now").context["form"]
    assert merge["ended"].value() == ["KEN"]
    assert client.get(doors[1] + "&why=now").context["form"]["ended"].value() == "KEN"
    assert client.get(doors[0]).status_code == 200
    merged(kendal, into=bay, when="2019-04", published="2019")
    ended = page(client, kim, kendal)
    assert "Kendal became part of Bay in April 2019." in ended
    assert not [door for door in doors[:2] if door in ended]
    assert "See what says so" not in page(client, kim, bay)


def test_a_partner_leads_to_what_may_become_of_it(client, kim, trust):
    doors = {
        what: f"{reverse('staff:partner_change', args=[what])}?of=RTX"
        for what in ("leave", "rename", "succeed", "rejoin")
    }

    def offered(who):
        own = page(client, who, trust)
        return {what for what, door in doors.items() if f'href="{door}"' in own}

    assert offered(kim) == {"leave", "rename", "succeed"}
    assert offered(person(roles=[(Role.RECORD_KEEPER, trust)])) == {"leave", "rename"}
    assert offered(person(roles=[(Role.RECORD_KEEPER, partner("OTH"))])) == set()
    signed_in(client, kim)
    for what in ("leave", "rename", "succeed"):
        form = client.get(f"{doors[what]}&why=now").context["form"]
        assert form["partner"].value() == "RTX"
    member(trust, left="2020-04-01", published="2020-04-01")
    assert "It left the partnership on 1 April 2020." in page(client, kim, trust)
    assert offered(kim) == {"rejoin"}
    became(trust, "It closed", when="2020-05", is_end=True)
    assert "It ended in May 2020: It closed." in page(client, kim, trust)
    assert offered(kim) == set()


def test_a_programme_says_that_it_has_ended_or_is_to(client, kim):
    ears = programme("ears", name="Ear care")
    status_update(ears, "complete", explanation="The work is over.")
    assert "The programme’s last status is “Complete”." in page(client, kim, ears)
    eyes = programme("eyes", name="Eye care")
    partner_role(eyes, partner("OTH"))
    day = london_day(present()) + timedelta(days=40)
    end = {
        "why": "now",
        "source": "",
        "outcome": "stopped",
        "ends": day_in_words(day),
        "words": "The money for it ran out in the spring.",
        "next_step": "Patients are told",
        "next_step_owner": "The office",
        "next_step_on": "3 June 2030",
    }
    other = person(roles=[Role.RECORD_KEEPER])
    published(client, kim, other, reverse("staff:programme_end", args=["eyes"]), end)
    own = page(client, kim, eyes)
    assert f"It is approved that the programme is stopped on {day_in_words(day)}." in own
    assert f"approved for {day_in_words(day)}" in own
    assert "Move or call off its end" in own
    assert reverse("staff:programme_end", args=["eyes"]) not in own
