"""What has ended is no longer shown, wherever it was: on pages, in filters and in the API."""

import pytest

from tests.factories.iccs import icc, place
from tests.factories.partners import member, partner, profiled
from tests.factories.programmes import partner_role, placed_in, programme

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("ends", "is_shown"), [("2020-01-01", False), ("2099-01-01", True)])
def test_a_link_and_a_place_that_ended_are_shown_nowhere(client, ends, is_shown):
    kendal = icc("KEN", name="Kendal", slug="kendal")
    trust = partner("RTX", "The trust", slug="trust")
    profiled(trust)
    member(trust)
    work = programme("telehealth", name="Telehealth")
    partner_role(work, trust, "lead")
    placed_in(work, kendal, words="A clinic by the river", ends=ends)
    place(kendal, "Burneside", ends_as=ends, ends_on=ends)
    shown = {
        "programme": "A clinic by the river" in client.get("/programmes/telehealth/").text,
        "filter": "Telehealth" in client.get("/programmes/?icc=KEN").text,
        "partner": "Kendal" in client.get("/partners/trust/").text,
        "API of the programme": "KEN" in client.get("/api/v1/programmes/telehealth").text,
        "API of the community": "Burneside" in client.get("/api/v1/iccs/kendal").text,
        "community": "Burneside" in client.get("/iccs/kendal/").text,
    }
    assert shown == dict.fromkeys(shown, is_shown)
