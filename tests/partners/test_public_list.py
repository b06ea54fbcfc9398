import pytest
from django.utils import timezone

from bhcp_portal.kit.dates import london_day
from tests.factories.partners import called, member, partner, profiled, stated

pytestmark = pytest.mark.django_db


def known(code, name, **membership):
    """A partner that has a page, with its membership unless none is given."""
    made = partner(code, name, published_as="2014")
    profiled(made, published="2014")
    if membership:
        member(made, **membership)
    return made


def page(client, day=None):
    answer = client.get("/partners/", {"as-at": day} if day else {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_count_of_partners_is_that_of_the_memberships_on_the_day(client):
    known("A", "Trust A", joined="2015-03-10", published="2015-03-10")
    known("B", "Trust B", joined="2017-03-31", published="2017-03-31")
    known("C", "Trust C", joined="2015-03-10", left="2017-04-01", published="2017-03-31")
    assert "On 9 March 2015: 0 partners" in page(client, "2015-03-09")
    assert "On 10 March 2015: 1 partner</h2>" in page(client, "2015-03-10")
    assert "On 31 March 2017: 3 partners" in page(client, "2017-03-31")
    assert "On 1 April 2017: 2 partners" in page(client, "2017-04-01")


def test_a_partner_that_left_is_listed_apart_with_the_day_and_the_reason(client):
    known("C", "Trust C", left="2017-04-01", left_reason="It was divided", published="2017-04-02")
    words = page(client)
    assert "Partners that left" in words
    assert ", left on 1 April 2017: It was divided." in words


def test_a_leaving_that_was_announced_is_not_told_as_done_before_its_day(client):
    known("C", "Trust C", left="2017-04-01", published="2017-03-06")
    words = page(client, "2017-03-31")
    assert ", is to leave on 1 April 2017." in words
    assert "Partners that left" not in words


def test_joined_by_a_day_is_told_as_by(client):
    known("A", "Trust A", joined="2017-03-31", is_joined_by=True, published="2017-03-31")
    known("B", "Trust B", joined="2017-03", published="2017-03-31")
    words = page(client)
    assert "Partner since 31 March 2017 or before." in words
    assert "Partner since March 2017." in words


def test_the_day_it_joined_has_the_source_that_gave_it_and_the_newest_its_own(client):
    made = known("A", "Trust A", joined="2015-03-10", published="2015-03-10")
    member(made, joined="2015-03-10", published="2019-03-01")
    for path in ("/partners/", made.get_absolute_url()):
        words = client.get(path).content.decode()
        kept = words.partition('id="sources"')[2]
        assert kept.count("<li>Membership") == 2, path


def test_today_the_page_says_until_when_partners_are_attested(client):
    known("A", "Trust A", published="2019-01/2019-03")
    words = page(client)
    assert "1 partner, last named between January and March 2019</h2>" in words
    assert "The newest text that names any of these is from January 2019 to March 2019." in words
    assert words.index("The newest text") < words.index("Trust A</a>")
    assert "Some may have left since then." in words
    # What is said of one partner leaves the warning of the others.
    today = london_day(timezone.now())
    member(partner("NEW", "New trust"), joined=today.isoformat(), published=today.isoformat())
    words = page(client)
    assert "2 partners</h2>" in words
    assert "No text has named 1 of them since" in words
    assert "it may have left" in words


def test_on_the_day_of_the_newest_text_nobody_can_have_left_since(client):
    known("A", "Trust A", published="2019-03-31", joined="2015-03-10")
    assert "Some may have left" not in page(client, "2019-03-31")


def test_partners_are_called_as_they_were_on_the_day(client):
    made = partner("01K", "NHS Lancashire North CCG")
    profiled(made)
    called(made, "NHS Morecambe Bay CCG", begins="2017-04-01", published="2017-03")
    member(made)
    assert "NHS Lancashire North CCG" in page(client, "2017-03-31")
    assert "NHS Morecambe Bay CCG" not in page(client, "2017-03-31")
    assert "NHS Morecambe Bay CCG" in page(client, "2017-04-01")
    assert "NHS Lancashire North CCG" not in page(client, "2017-04-01")


def test_a_body_of_which_no_membership_is_said_is_not_counted(client):
    known("A", "Trust A")
    words = page(client)
    assert "0 partners" in words
    assert "Named, but not as partners on this day" in words


def test_the_numbers_that_texts_give_stand_with_our_reading(client):
    stated(10, published="2017-03-31", says="Lists ten.", note="It leaves out one.")
    stated(11, published="2017-03", says="Speaks of eleven.")
    words = page(client)
    assert "Texts give different numbers." in words
    assert "Lists ten." in words
    assert "It leaves out one." in words
    assert "Speaks of eleven." in words


def test_how_many_there_were_is_a_picture_of_the_stays_with_its_words(client):
    known("A", "Trust A", joined="2015-03-10", published="2015-03-10")
    known("B", "Trust B", joined="2017-03-31", published="2017-03-31")
    known("C", "Trust C", joined="2015-03-10", left="2017-04-01", published="2017-03-31")
    words = page(client, "2018-12-31")
    assert "Number of partners: 2 in 2015–17, 3 in 2017, 2 from 2017.</title>" in words
    assert words.partition('<svg class="bhcp-family"')[2].count("<circle") == 2 + 3 + 2
    # Nothing of it is known before it is said, and one number alone is no picture.
    assert '<svg class="bhcp-family"' not in page(client, "2016-12-31")


def test_the_picture_begins_when_texts_had_named_all_partners(client):
    known("A", "Trust A", joined="2015", is_joined_by=True, published="2015")
    known("B", "Trust B", joined="2017-03-31", is_joined_by=True, published="2017-03-31")
    known("C", "Trust C", joined="2015", left="2018-04-01", published="2017-03-31")
    assert "Number of partners: 3 in 2017–18, 2 from 2018.</title>" in page(client)


def test_a_past_page_knows_no_number_given_later(client):
    stated(11, published="2017-03", says="Speaks of eleven.")
    stated(8, published="2018", says="Speaks of eight.")
    words = page(client, "2017-12-31")
    assert "Speaks of eleven." in words
    assert "Speaks of eight." not in words
    assert "Texts give different numbers." not in words


def test_before_anything_was_said_the_page_says_so(client):
    known("A", "Trust A", published="2015-03-10")
    words = page(client, "2013-01-01")
    assert "No source names a partner by this day." in words
    assert "Trust A" not in words


def test_links_of_a_past_page_keep_the_day(client):
    known("A", "Trust A")
    known("B", "Trust B", published="2015-03-10")
    words = page(client, "2016-06-30")
    assert 'href="/partners/a/?as-at=2016-06-30"' in words
    assert 'href="/partners/a/"' not in words


def test_the_list_takes_few_queries_however_many_partners(client, django_assert_max_num_queries):
    for number in range(40):
        made = known(f"P{number}X", f"Trust {number}", left="2018-01-01", published="2018-01-02")
        called(made, f"Trust {number} renamed", begins="2016", published="2016")
        stated(number, published="2017")
    with django_assert_max_num_queries(12):
        page(client)
