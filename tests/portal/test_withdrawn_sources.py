"""What rests on a source that was withdrawn is listed, until nothing that stands does."""

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import take_back
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.kinds import kind_of
from partners.models import SourceProfile
from partners.roles import Role
from programmes.models import Figure, Money
from tests.clock import present
from tests.factories.kit import source
from tests.factories.partners import give, partner, person, signed_in
from tests.factories.programmes import figure, money, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(db):
    return source("leaflet", title="The leaflet", published_as="2018")


@pytest.fixture
def resting(paper):
    """Two figures and a sum of money that rest on a source, and one that rests on another."""
    care = programme("care", name="Care at home")
    figures = [figure(care, number, source=paper) for number in (111, 222)]
    money(care, 5000, source=paper)
    figure(care, 333)
    return figures


def withdraw(paper, by):
    actions.take_back_at_once(
        kind=kind_of(SourceProfile),
        row=paper.profiles.get(),
        reason="It was a draft",
        by=by,
        at=present(),
    )


def page_of(paper):
    return reverse("staff:record_thing", args=["source", paper.slug])


def duties(client, who):
    found = signed_in(client, who).get(reverse("staff:home")).context["boxes"]
    return [e for box in found for e in box.entries if e.text == "Withdrawn source: The leaflet"]


def test_each_statement_is_listed_by_kind_with_a_link_to_its_row(client, ann, paper, resting):
    withdraw(paper, ann)
    answer = signed_in(client, ann).get(page_of(paper))
    page = answer.content.decode()
    assert "This source was withdrawn on" in page
    assert "It was a draft" in page
    counts = {each.kind.model: each.count for each in answer.context["resting"]}
    assert counts == {Figure: 2, Money: 1}
    for row in resting:
        assert reverse("staff:record_row", args=["figures", row.pk]) in page
    assert "333" not in page
    # The list of a kind has all of them, however many there are.
    listed = client.get(reverse("staff:record_kind", args=["figures"]), {"source": "leaflet"})
    assert listed.context["page"].paginator.count == 2
    assert "The leaflet" in listed.content.decode()


def test_it_is_a_duty_of_who_keeps_the_record_until_nothing_that_stands_rests_on_it(
    client, ann, paper, resting
):
    partly = person()
    give(partly, Role.RECORD_KEEPER, partner("RTX"))
    assert not duties(client, ann)
    withdraw(paper, ann)
    [duty] = duties(client, ann)
    assert (duty.href, "3 statements still rest on it" in duty.meta) == (page_of(paper), True)
    assert not duties(client, partly)
    assert not duties(client, person(roles=[Role.DATA_STEWARD]))
    for model in (Figure, Money):
        take_back(model.objects.filter(source=paper), reason="It rested on a draft")
    assert not duties(client, ann)
    assert "Nothing that stands rests on it" in client.get(page_of(paper)).content.decode()


def test_its_public_page_says_that_it_was_withdrawn_and_why(client, ann, paper, resting):
    withdraw(paper, ann)
    client.logout()
    page = client.get("/sources/leaflet/").content.decode()
    assert "taken back on" in page
    assert "It was a draft" in page
    # A day before goes on naming it.
    assert "The leaflet" in client.get("/sources/leaflet/?as-at=2019-06-30").content.decode()


def test_nothing_new_is_let_rest_on_it(client, ann, paper, resting):
    withdraw(paper, ann)
    add = reverse("staff:record_add", args=["figures"])
    page = signed_in(client, ann).get(add, {"why": "document"}).content.decode()
    assert "The leaflet" not in page
    words = {"why": "document", "source": "leaflet", "seen": "", "programme": "care"}
    words |= {"counts": "visits", "value": "1", "is_aim": "no", "certainty": "sourced"}
    answer = client.post(add, words)
    assert "This source was withdrawn. Choose another" in answer.content.decode()
