import re
from datetime import date

import pytest
from django.utils.html import strip_tags

from partners.models import PartnerSite
from tests.factories.iccs import (
    activity,
    icc,
    merged,
    named,
    network,
    place,
    population,
    practice,
    priority,
    profiled,
    served_by,
)
from tests.factories.kit import source
from tests.factories.metrics import metric, readings, target
from tests.factories.newsroom import news
from tests.factories.partners import partner, site
from tests.factories.programmes import figure, placed_in, programme, status_update

pytestmark = pytest.mark.django_db


@pytest.fixture
def bay():
    return icc(
        "BAY",
        name="Bay",
        council="Lancashire County Council",
        network=network(name="North Lancashire"),
        network_note="It is our reading.",
    )


def page(client, made, day=None, status=200):
    answer = client.get(f"/iccs/{made.slug}/", {"as-at": day} if day else {})
    assert answer.status_code == status
    return answer.content.decode()


def parts(words):
    """The sections and the folded parts of a page, in their order."""
    main = words.partition("<main")[2]
    return re.findall(
        r'<(?:section[^>]*aria-labelledby|div class="nhsuk-details__text" id)="([a-z]+)"', main
    )


def test_the_answers_come_first_and_the_record_is_folded(client, bay):
    made = icc("MIL", name="Millom", latitude="54.211", longitude="-3.271")
    placed_in(programme("telehealth"), made)
    priority(made, "Fewer falls")
    figure(None, 90, icc=made)
    news("It opens", iccs=[made])
    words = page(client, made)
    answers = ["where", "near", "better", "figures", "programmes"]
    assert parts(words) == [*answers, "doing", "people", "history", "news", "sources"]
    record = words.partition("<main")[2].partition('id="sources"')[0]
    folded = re.findall(r"<details class=.nhsuk-details[^>]*>", record)
    assert len(folded) == 4
    assert not [each for each in folded if "open" in each]


def test_it_says_whose_the_community_is_and_leads_to_finding_ones_own(client, bay):
    words = page(client, bay, "2017-06-30")
    assert "Your GP practice decides." in words
    assert 'href="/iccs/find/?as-at=2017-06-30"' in words


def test_what_it_serves_comes_from_its_places_with_one_certainty_each(client, bay):
    place(bay, "Morecambe")
    place(bay, "Sandylands", is_main=False)
    place(bay, "Heysham", is_main=False, certainty="unchecked")
    lede = page(client, bay).partition("nhsuk-lede-text")[2].partition("</p>")[0]
    told = " ".join(re.sub("<sup.*?</sup>|<[^>]*>", "", lede).split())
    assert "It serves Morecambe and Sandylands, and is thought to serve Heysham." in told
    assert lede.count("<sup") == 2


def test_aims_that_were_not_the_teams_own_say_whose_they_were(client, bay):
    priority(bay, "The hospital", note="Said of the town in 2014.")
    doing = page(client, bay).partition('id="doing"')[2].partition("</details>")[0]
    assert doing.index("Said of the town in 2014.") < doing.index("The hospital")


def near(words):
    return " ".join(words.partition('id="near"')[2].partition("</section>")[0].split())


def test_near_you_now_is_what_was_reported_within_three_years(client, bay):
    activity(bay, "A fair takes place.", when="2016-07")
    activity(bay, "A class begins.", when="2018-05-01", published="2018-06")
    placed_in(programme("telehealth", name="Telehealth"), bay, published="2017")
    news("It opens", iccs=[bay], published_as="2018-01-10")
    found = near(page(client, bay, "2018-12-31"))
    order = [found.index(part) for part in ("A class begins.", "It opens", "Telehealth", "A fair")]
    assert order == sorted(order)
    assert "Nothing reported" not in page(client, bay, "2018-12-31")
    found = near(page(client, bay, "2020-08-01"))
    assert "A fair" not in found
    assert 'href="/programmes/telehealth/?as-at=2020-08-01"' in found


def test_what_a_merge_moved_or_only_ended_is_not_near_you_now(client, bay):
    castle = icc("LCA", name="Castle")
    merged(castle, into=bay, when="2018-04-01", published="2018-03")
    for slug, fields in (
        ("moved", {"starts": "2018-04-01"}),
        ("stopped", {"ends": "2019-06-01", "reason": "It ends."}),
        ("begun", {"starts": "2018-06-01"}),
    ):
        placed_in(programme(slug, name=slug.title()), bay, published="2018-06", **fields)
    found = near(page(client, bay, "2018-12-31"))
    assert "Begun" in found
    assert "Moved" not in found
    assert "Stopped" not in found


def test_where_nothing_was_reported_lately_the_page_says_when_something_last_was(client, bay):
    activity(bay, "A fair takes place.", when="2016-07")
    words = page(client, bay, "2020-08-01")
    assert "Near you now</h2> <p>Work here was last reported in July 2016.</p>" in near(words)
    assert "A fair takes place." in words


@pytest.fixture
def trust(bay):
    made = partner("RTX", "The Hospital Trust", slug="trust")
    served_by(bay, made, certainty="inferred", note="It is our reading.")
    return made


def better(words):
    return " ".join(words.partition('id="better"')[2].partition("</section>")[0].split())


def test_four_measures_of_its_hospital_trust_tell_whether_care_gets_better(client, bay, trust):
    for number in range(6):
        made = metric(f"measure-{number}", main_partner=trust)
        readings(made, range(20, 40), scope=trust)
        if number == 5:
            target(made, 10, scope=trust)
    found = better(page(client, bay))
    assert found.count('class="bhcp-measure"') == 4
    # One that is judged against a target comes before those without.
    assert found.index("Measure 5") < found.index("Measure 0")
    assert "These figures are for the whole hospital trust, not for Bay alone." in found
    assert '<a href="/partners/trust/">The Hospital Trust</a>' in found
    assert ", our reading" in found
    assert 'class="bhcp-measure"' not in better(page(client, bay, "2015-12-31", status=404))


def test_a_measure_of_its_own_comes_before_those_of_the_trust(client, bay, trust):
    readings(metric("own-one"), range(20, 40), scope=bay)
    readings(metric("of-the-trust", main_partner=trust), range(20, 40), scope=trust)
    found = better(page(client, bay))
    order = [found.index(part) for part in ("Own one", "not for Bay alone", "Of the trust")]
    assert order == sorted(order)


def test_a_trust_that_no_longer_serves_it_tells_nothing_of_it(client, bay):
    trust = partner("RTX", "The Hospital Trust")
    served_by(bay, trust, ends_as="2026-04-01", ends_on=date(2026, 4, 1))
    readings(metric("beds", main_partner=trust), range(20, 40), scope=trust)
    assert "The Hospital Trust" in page(client, bay, "2026-03-31")
    words = page(client, bay)
    assert "The Hospital Trust" not in words
    assert "No source gives a result for this community alone." in words


def test_what_the_team_does_stands_with_how_each_programme_is_going(client, bay):
    telehealth = programme("telehealth", name="Telehealth")
    status_update(telehealth, "complete", published="2018")
    placed_in(telehealth, bay, words="A link to the hospital.")
    priority(bay, "Fewer falls")
    activity(bay, "A fair takes place.", when="2016-07")
    words = page(client, bay)
    for part in (
        "Fewer falls",
        "July 2016",
        "A fair takes place.",
        'href="/programmes/telehealth/"',
        "A link to the hospital.",
        "Complete",
    ):
        assert part in words


def test_what_has_ended_is_shown_until_the_day_before_and_no_longer(client, bay):
    ends = {"ends_as": "2019-04-01", "ends_on": date(2019, 4, 1)}
    for add, name in ((place, "Heysham"), (practice, "Strand"), (priority, "Fewer falls")):
        add(bay, name, **ends)
    place(bay, "Silverdale", ends_as="2019-04-02", ends_on=date(2019, 4, 2))
    placed_in(programme("telehealth", name="Telehealth"), bay, words="A link.", **ends)
    ended = ("Heysham", "Strand", "Fewer falls", "A link.")
    before, after = page(client, bay, "2019-03-31"), page(client, bay, "2019-04-01")
    assert [name for name in ended if name not in before] == []
    assert [name for name in ended if name in after] == []
    assert "Silverdale" in after
    assert "Silverdale" not in page(client, bay)


def test_where_nothing_is_said_of_its_work_one_sentence_says_so(client, bay):
    words = page(client, bay)
    assert "No source says what this team works on." in words
    assert "No source gives a result for this community alone." in words
    assert "No source names its practices." in words
    assert "Related news" not in words


def test_activities_come_newest_first_and_undated_ones_say_when_they_were_told(client, bay):
    activity(bay, "The older one.", when="2016")
    activity(bay, "The newer one.", when="2019-05-01", published="2019-06")
    activity(bay, "The undated one.", published="2018")
    words = page(client, bay)
    order = [words.index(part) for part in ("The newer", "The undated", "The older")]
    assert order == sorted(order)
    assert "Reported in 2018" in words


def test_reported_figures_stand_with_their_source(client, bay):
    paper = source("leaflet", title="The leaflet", published_as="2018")
    figure(None, 90, icc=bay, unit="partners", counts="invited", source=paper, published=None)
    words = page(client, bay)
    assert "90 partners" in words
    assert "invited" in words
    assert 'href="/sources/leaflet/"' in words


def test_populations_say_what_they_count_and_when(client, bay):
    population(bay, 31000, qualifier="about", counts="patients of one practice", counted_as="2015")
    population(bay, 8500, counts="people of the town", published="2016", note="Not the whole ICC.")
    words = " ".join(page(client, bay).split())
    assert "<strong>about 31,000</strong> patients of one practice, 2015" in words
    assert "<strong>8,500</strong> people of the town, reported in 2016" in words
    assert "Not the whole ICC." in words


def test_practices_are_marked_with_how_sure_they_are(client, bay):
    practice(bay, "Sure Practice", town="Morecambe")
    practice(bay, "Read Practice", certainty="inferred", published="2018", note="Our guess.")
    practice(bay, "Heard Practice", certainty="unchecked", published="2019")
    words = page(client, bay)
    assert "Sure Practice (Morecambe)" in words
    assert "our reading" in words.partition("Read Practice")[2].partition("Heard")[0]
    assert "Our guess." in words
    assert (
        "not checked against a source" in words.partition("Heard Practice")[2].partition("</p>")[0]
    )


def test_facts_of_one_source_name_it_once(client, bay):
    paper = source("leaflet", title="The leaflet", published_as="2018")
    for village in ("Heysham", "Morecambe", "Torrisholme"):
        place(bay, village, source=paper, published=None)
    assert page(client, bay).count("The leaflet") == 1


def test_councils_network_and_other_names_stand_on_the_page(client, bay):
    profiled(
        bay, name="Bay", other_names=["Morecambe"], published="2018", council="The new council"
    )
    words = page(client, bay)
    assert "Also called Morecambe." in words
    assert "The new council" in words
    assert "No source names its network." in words
    words = page(client, bay, "2017-12-31")
    assert "North Lancashire" in words
    assert "It is our reading." in words
    assert "Lancashire County Council" in words
    assert "Also called" not in words


def test_every_source_that_names_it_stands_from_first_to_last(client, bay):
    named(bay, "The Bay", published="2022-10-03")
    named(bay, "Bay", published="2016")
    words = page(client, bay)
    assert words.index("as “Bay”") < words.index("as “The Bay”")
    assert "A source last named it in October 2022." in words.partition("bhcp-columns")[0]
    assert "2022" not in page(client, bay, "2021-12-31").partition("<h1")[2]


def test_a_merged_community_answers_says_what_became_of_it_and_keeps_its_numbers(client, bay):
    castle = icc("LCA", name="Castle")
    population(castle, 12345)
    merged(castle, into=bay, when="2018-04-01", published="2018-05", certainty="inferred")
    words = " ".join(page(client, castle).split())
    assert 'became part of <a href="/iccs/bay/">Bay</a> on 1 April 2018' in words
    assert "(our reading)" in words
    assert "12,345" in words
    assert 'href="/iccs/lca/">Castle</a> became part of' in page(client, bay)


def test_a_merger_without_a_date_says_that_the_date_is_not_known(client, bay):
    castle = icc("LCA", name="Castle")
    merged(castle, into=bay, published="2018-05")
    assert "(date not known)" in page(client, castle)


def test_a_past_page_knows_no_merger_told_later(client, bay):
    castle = icc("LCA", name="Castle")
    merged(castle, into=bay, when="2018-04-01", published="2018-05")
    assert "became part of" not in page(client, castle, "2018-04-30")


def test_a_merger_that_was_announced_is_not_told_as_done_before_its_day(client, bay):
    castle = icc("LCA", name="Castle")
    merged(castle, into=bay, when="2018-04-01", published="2018-01")
    assert "is to become part of" in page(client, castle, "2018-03-31")
    assert "became part of" in page(client, castle, "2018-04-01")


def test_links_of_a_past_page_keep_the_day(client, bay):
    placed_in(programme("telehealth"), bay)
    words = page(client, bay, "2017-06-30").partition("<main")[2].partition("</main>")[0]
    links = re.findall(r'href="(/[^"]*)"', words)
    assert links
    assert all("as-at=2017-06-30" in link for link in links)


def test_before_anything_was_said_of_it_the_page_leads_to_today(client, bay):
    words = page(client, bay, "2015-06-30", status=404)
    assert "Nothing had been published about this community by 30 June 2015" in words
    assert 'href="/iccs/bay/"' in words


def test_an_unknown_community_is_not_found(client):
    assert client.get("/iccs/nowhere/").status_code == 404
    assert client.get("/iccs/nowhere/?as-at=2017-01-01").status_code == 404


def test_news_that_names_it_comes_newest_first_and_withdrawn_news_not_at_all(client, bay):
    news("The older news", iccs=[bay], published_as="2016")
    news("The newer news", iccs=[bay], published_as="2018-05-01")
    news("Taken back", iccs=[bay], withdrawn_because="A mistake.")
    news("About elsewhere")
    words = page(client, bay)
    assert words.index("The newer news") < words.index("The older news")
    assert "Taken back" not in words
    assert "About elsewhere" not in words
    assert "The newer news" not in page(client, bay, "2017-06-30")


def test_a_community_page_takes_at_most_twelve_queries(client, bay, django_assert_max_num_queries):
    for number in range(100):
        made = programme(name=f"Programme {number}")
        status_update(made, "on_track")
        placed_in(made, bay)
        practice(bay, f"Practice {number}")
    for _ in range(3):
        trust = partner()
        served_by(bay, trust)
        readings(metric(main_partner=trust), range(20, 34), scope=trust)
    for number in range(200):
        news(f"News item {number}", iccs=[bay])
    for number in range(20):
        place(bay, f"Village {number}")
        population(bay, number)
        priority(bay, f"Priority {number}")
        activity(bay, f"Activity {number}")
        named(bay, "Bay", published=f"{2016 + number}")
        figure(None, number, icc=bay)
        merged(icc(), into=bay, published="2019")
    with django_assert_max_num_queries(12):
        page(client, bay)


def test_the_hospitals_of_its_trust_are_named_with_their_towns_on_the_days_they_are_open(
    client, bay, trust
):
    site(trust, "The Infirmary", town="Lancaster")
    site(trust, "The Old Hospital", ends_on=date(2018, 1, 1), ends_as="2018-01-01")
    site(trust, "The Surgery", kind=PartnerSite.Kind.HEALTH_CENTRE)
    html = page(client, bay)
    side = html[html.index('id="hospitals"') :]
    listed = strip_tags(side[side.index("<ul") : side.index("</ul>")])
    assert re.match(r"The Infirmary \(Lancaster\)\[", listed.strip())
    assert "Old Hospital" not in listed
    assert "Surgery" not in listed
