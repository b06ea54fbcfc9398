"""What a partner's page says first: how its measures and its programmes stand, or that it closed."""

from datetime import date

import pytest
from django.utils.html import strip_tags

from tests.factories.metrics import metric, reading
from tests.factories.partners import became, called, partner, profiled, site
from tests.factories.programmes import milestone, partner_role, programme, status_update

pytestmark = pytest.mark.django_db


def page(client, made):
    return " ".join(strip_tags(client.get(made.get_absolute_url()).text).split())


def test_a_partner_page_begins_with_its_measures_what_goes_badly_and_what_is_late(client):
    trust = partner("RTX")
    called(trust, "The trust")
    reading(metric("waits", name="Waits"), 5, scope=trust, period=date(2019, 4, 1))
    beds = programme("beds", name="Beds")
    partner_role(beds, trust)
    assert "Nothing that it leads was last said to be off track" in page(client, trust)
    status_update(beds, "off_track", published="2019-06")
    milestone(beds, title="Ward opens", due="2019-03", published="2018-06")
    read = page(client, trust)
    assert "Of its 1 measure here, 0 changed for the better, 0 changed for the worse" in read
    assert "Last said to be going badly, of what it leads: Beds (off track)." in read
    assert (
        "Milestones of what it leads whose day has passed (1): Ward opens, due March 2019." in read
    )
    assert read.index("Last said to be going badly") < read.rindex("What it leads")


def test_a_body_that_closed_says_so_first_and_speaks_of_itself_in_the_past(client):
    ccg = partner("01K")
    called(ccg, "The CCG")
    profiled(ccg, about="Plans and buys care.")
    site(ccg, "The office")
    reading(metric("waits", name="Waits"), 5, scope=ccg, period=date(2019, 4, 1))
    became(ccg, "It ends.", when="2022-07-01", published="2022-06", is_end=True)
    read = page(client, ccg)
    assert "Closed on 1 July 2022. What it was then: Plans and buys care." in read
    assert "How it went" in read
    for present in ("How it is going", "Where it gives care", "What it leads", "Of its 1 measure"):
        assert present not in read, present
