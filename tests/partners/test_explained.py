"""Hard words explained where they stand, once a page, from the glossary."""

from datetime import UTC, datetime

import pytest
from django.template import engines
from django.test import RequestFactory

from bhcp_portal.kit.as_at import Moment
from tests.partners.test_glossary import term

TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def shown(*texts, at=TODAY):
    request = RequestFactory().get("/")
    request.moment = Moment(at, None if at == TODAY else at.date())
    page = engines["django"].from_string(
        "{% load glossary %}{% for text in texts %}{% explain text %}|{% endfor %}"
    )
    return page.render({"texts": texts}, request)


def test_a_hard_word_opens_its_meaning_where_the_page_first_has_it(django_assert_num_queries):
    term("limits", "Limits", other_names=["process limits"], meaning="From <low> to high.")
    # They are kept for some seconds, as every page needs them.
    with django_assert_num_queries(0):
        first, second, _ = shown("Needed for process limits & more", "The limits").split("|")
    button, meaning = first.split("</button>")
    assert button == (
        'Needed for <button type="button" class="bhcp-word" popovertarget="word-limits">'
        "process limits"
    )
    assert meaning.startswith('<span class="bhcp-meaning" id="word-limits" popover>')
    assert "<strong>Limits: </strong>From &lt;low&gt; to high.<a " in meaning
    assert 'href="/glossary/#limits"' in meaning
    assert meaning.endswith("</span> &amp; more")
    assert second == "The limits"


def test_a_word_is_known_in_its_plural_and_not_as_a_part_of_another():
    term("icc", "Integrated Care Community")
    term("care", "Care")
    page = shown("An icc in careful Integrated care communities")
    assert page.count("<button") == 1
    assert ">Integrated care communities</button>" in page


def test_a_past_day_and_a_portal_without_glossary_show_the_text_as_it_is():
    texts = "A vanguard & more", ""
    assert shown(*texts) == "A vanguard &amp; more||"
    term("vanguard", published_as="2015")
    assert shown(*texts, at=datetime(2016, 1, 1, tzinfo=UTC)) == "A vanguard &amp; more||"
    assert "<button" in shown(*texts)
