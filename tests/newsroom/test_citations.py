"""A source that a text names in brackets is a number, and stands once among the sources of the page."""

import re

import pytest

from tests.factories.kit import source

pytestmark = pytest.mark.django_db


def test_a_source_in_the_text_is_a_number_and_stands_among_the_sources_once(client, standing_page):
    source("paper", title="Paper of the committee", published_as="2019-01")
    link = "([paper of early 2019](/sources/paper/))"
    page = standing_page(f"One fact {link}. Another {link}, and see [it](/sources/gone/).")
    html = client.get(page.get_absolute_url()).text
    assert "paper of early 2019" not in html
    [listed] = re.findall(r'<li id="source-(\d+)">\s*<a href="/sources/paper/">Paper of the', html)
    assert html.count(f'<a href="#source-{listed}">') == 2
    assert "See you" not in html
