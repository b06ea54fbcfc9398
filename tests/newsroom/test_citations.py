"""A source that a text names in brackets is a number, and stands once among the sources of the page."""

import re
from datetime import date

import pytest

from newsroom.models import PageVersion, StandingPage
from tests.factories.kit import on_record, source
from tests.factories.newsroom import news

pytestmark = pytest.mark.django_db

LINK = "([paper of early 2019](/sources/paper/))"
BODY = f"One fact {LINK}. Another {LINK}, and see [it](/sources/gone/)."


def standing_page():
    made = StandingPage.objects.create(slug="guide")
    on_record(
        PageVersion,
        published_as="2020",
        page=made,
        title="Guide",
        body=BODY,
        responsible="The office",
        review_on=date(2100, 1, 31),
    )
    return "/pages/guide/"


def news_item():
    return news("Clinic opens", body=BODY, published_as="2020").get_absolute_url()


@pytest.mark.parametrize("made", [standing_page, news_item])
def test_a_source_in_the_text_is_a_number_and_stands_among_the_sources_once(client, made):
    source("paper", title="Paper of the committee", published_as="2019-01")
    html = client.get(made()).text
    assert "paper of early 2019" not in html
    [listed] = re.findall(
        r'<li id="source-([0-9]+)">\s*<a href="/sources/paper/">Paper of the', html
    )
    assert html.count(f'<a href="#source-{listed}">') == 2
    assert 'href="/sources/gone/"' in html


def test_a_source_that_was_not_out_on_a_past_day_stays_a_link(client):
    source("paper", title="Paper of the committee", published_as="2021-01")
    html = client.get(standing_page() + "?as-at=2020-12-31").text
    assert "paper of early 2019" in html
    assert "Paper of the committee" not in html


def test_a_source_that_a_sentence_names_keeps_its_words_and_gets_its_number(client):
    source("paper", title="Paper of the committee", published_as="2019-01")
    body = "The [final report](/sources/paper/) of 2019 tells it."
    html = client.get(news("Report is out", body=body, published_as="2020").get_absolute_url()).text
    assert re.search(
        r'<a href="/sources/paper/"[^>]*>final report</a><sup class="bhcp-note">\[<a href="#source-',
        html,
    )
