import csv
import re
from collections import Counter
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.db import transaction
from django.utils.html import strip_tags

from bhcp_portal.changelog import (
    ChangesAsked,
    change_rows,
    changes,
    resting_on,
    statements,
    years_of_statements,
)
from bhcp_portal.kit.actions import take_back
from bhcp_portal.kit.kinds import kind_of, kinds
from bhcp_portal.kit.statements import Statement
from bhcp_portal.presenters import MOST_TILES, SILENT, STALE, work
from bhcp_portal.what_changed import MOST_THINGS
from metrics.models import Reading, Rebase
from newsroom import actions
from partners.models import Partner, PartnerName
from programmes.models import MilestoneDate, Programme
from tests.clock import clock, present
from tests.factories.iccs import icc
from tests.factories.kit import PAPERS, all_recorded, on_record, source
from tests.factories.metrics import metric, on_home, reading, rebase, target
from tests.factories.newsroom import news
from tests.factories.partners import called, partner, person
from tests.factories.programmes import (
    figure,
    milestone,
    moved,
    programme,
    stage,
    status_update,
)
from tests.test_house import our_models

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_every_kind_of_statement_is_in_the_record():
    shown = {kind.model for kind in kinds()}
    assert shown == {model for model in our_models() if issubclass(model, Statement)}


def test_the_record_is_two_queries_newest_first(django_assert_num_queries):
    eyes = programme("eye-care", name="Eye care", published="2016-10")
    figure(eyes, 1000, counts="seen by opticians", unit="patients", published="2017-03")
    news("Clinic opens", published_as="2019-01-05")
    with django_assert_num_queries(2):  # For rows, and for names and changed addresses.
        shown = change_rows(statements(NOW), NOW)
    assert [(item.kind.name, item.about, item.when) for item in shown][:3] == [
        ("News", "Clinic opens", "5 January 2019"),
        ("Figure", "Eye care", "March 2017"),
        ("Programme", "Eye care", "October 2016"),
    ]
    assert shown[1].text == "1,000 patients seen by opticians"


def test_the_numbers_of_a_metric_that_came_together_are_told_as_one():
    waits, paper = metric("waits", name="Waits"), source(published_as="2024-05-09")
    for month in (2, 3):
        period = date(2024, month, 1)
        reading(waits, 5, period=period, published="2024-05-09", source=paper)
    reading(waits, 7, period=date(2024, 4, 1), published="2024-06-13", source=paper)
    shown = change_rows(statements(NOW, source=paper), NOW)
    assert [(item.kind.name, item.about, item.text) for item in shown] == [
        ("Measured figures", "Waits", "1 measured figure: April 2024"),
        ("Measured figures", "Waits", "2 measured figures: February 2024 to March 2024"),
    ]
    assert resting_on([paper.pk], NOW)[paper.pk].total() == 3


def test_a_rebase_that_no_longer_applies_is_told_as_taken_back():
    waits = metric("waits", name="Waits")
    rebase(waits, date(2024, 2, 1), published="2024")
    rebase(waits, date(2024, 2, 1), published="2025", applies=False)
    shown = change_rows(statements(NOW, only=(Rebase,)), NOW)
    assert [item.text for item in shown] == ["Taken back: The form.", "The form."]


def test_a_milestone_is_told_with_the_day_it_was_reached_or_is_due():
    eyes = programme("eye-care", name="Eye care")
    opening = milestone(eyes, "opening", title="Clinic opens", due="2019-03", published="2018-06")
    moved(opening, done="2019-04-02", published="2019-05")
    shown = change_rows(statements(NOW, only=(MilestoneDate,)), NOW)
    assert [item.text for item in shown] == [
        "Done: Clinic opens, 2 April 2019",
        "Planned: Clinic opens, March 2019",
    ]


def test_a_statement_keeps_its_key_though_its_row_has_another_number():
    def keys():
        eyes, paper = programme("eye-care", name="Eye care", published="2016-10"), source("paper")
        figure(
            eyes,
            1000,
            counts="patients",
            unit="patients",
            published="2017-03",
            source=paper,
            code="e",
        )
        waits = metric("waits", name="Waits")
        reading(waits, 5, period=date(2024, 2, 1), published="2024-05-09", source=paper)
        return {item.key for item in change_rows(statements(NOW, source=paper), NOW)}

    undone = transaction.savepoint()
    first = keys()
    transaction.savepoint_rollback(undone)
    PAPERS.clear()
    assert keys() == first
    assert len(first) == 2
    assert {key.rpartition("-")[0] for key in first} == {
        "figure-eye-care-20170331T225959Z",
        "reading-waits-20240509T225959Z",
    }


def test_what_was_said_of_a_thing_that_nothing_had_named_yet_has_no_link_to_its_page(client):
    target(
        metric("waits", name="Waits", published="2019"),
        95,
        published="2015",
        words="Within 4 hours.",
    )
    for address in ("/changes/", "/changes/feed/"):
        then = client.get(address, {"as-at": "2015-12-31"}).content.decode()
        assert "Within 4 hours." in then
        assert "/metrics/waits/" not in then
        assert "/metrics/waits/" in client.get(address).content.decode()


def test_a_past_record_knows_nothing_said_later():
    news("Clinic opens", published_as="2019-01-05")
    assert not statements(datetime(2019, 1, 5, 12, 0, tzinfo=UTC)).exists()
    assert statements(datetime(2019, 1, 6, 0, 0, tzinfo=UTC)).count() == 1


def test_what_was_mended_was_never_said():
    paper = source("paper", published_as="2015")
    bay = partner("RTX")
    for short, note in (("UHBM", ""), ("UHMB", "We had misspelt it.")):
        on_record(
            PartnerName, partner=bay, name="Hospitals", short_name=short, note=note, source=paper
        )
    shown = change_rows(statements(NOW, source=paper), NOW)
    assert len(shown) == 1


def test_a_source_counts_what_rests_on_it_by_then():
    paper = source("paper", published_as="2015")
    bay = partner("RTX")
    on_record(PartnerName, partner=bay, name="Hospitals", source=paper)
    on_record(PartnerName, partner=bay, name="Other", source=paper, published_as="2019")
    names = Counter({kind_of(PartnerName): 2})
    assert resting_on([paper.pk], NOW) == {paper.pk: names}
    then = resting_on([paper.pk], datetime(2016, 6, 1, tzinfo=UTC))
    assert then[paper.pk].total() == 1


def test_a_partner_goes_by_its_newest_name_though_the_first_has_no_beginning():
    ccg = partner("01K", "NHS Lancashire North CCG")
    called(ccg, "NHS Morecambe Bay CCG", begins="2017-04-01", published="2017-04-01")
    about = {row.about for row in change_rows(statements(NOW), NOW)}
    assert about == {"NHS Morecambe Bay CCG"}


def test_a_name_that_was_announced_counts_from_its_day():
    ccg = partner("01K", "NHS Lancashire North CCG")
    called(ccg, "NHS Morecambe Bay CCG", begins="2017-04-01", published="2016-12-01")
    for at, name in (
        (datetime(2017, 3, 31, 22, 59, tzinfo=UTC), "NHS Lancashire North CCG"),
        (datetime(2017, 3, 31, 23, 0, tzinfo=UTC), "NHS Morecambe Bay CCG"),  # midnight in London
    ):
        assert {row.about for row in change_rows(statements(at), at)} == {name}


def test_of_names_that_are_all_to_come_the_first_is_used():
    new = Partner.objects.create(code="NEW", slug="new")
    for name, begins in (("Later name", "2018-04-01"), ("Sooner name", "2017-04-01")):
        called(new, name, begins=begins, published="2016-12-01")
    at = datetime(2017, 1, 1, tzinfo=UTC)
    assert {row.about for row in change_rows(statements(at), at)} == {"Sooner name"}
    assert Partner.objects.with_name(at, date(2017, 1, 1)).get().name == "Sooner name"


def test_the_record_spans_the_years_that_were_known():
    assert years_of_statements(NOW) is None
    for day in ("2016-03-01", "2017-03-01", "2017-04-01", "2026-02-01"):
        news(published_as=day)
    assert years_of_statements(NOW) == (2016, 2026)
    assert years_of_statements(datetime(2017, 3, 15, tzinfo=UTC)) == (2016, 2017)


def test_how_it_is_going_never_counts_a_status_of_years_ago_as_today():
    status_update(programme("old"), "on_track", published="2019-11")
    status_update(programme("fresh"), "at_risk", published="2026-11-01")
    status_update(programme("done"), "complete", published="2018-04")
    programme("silent")

    def states(at):
        found = work(at)
        return {tile.slug: tile.state for stage in found.stages for tile in stage.tiles}

    assert states(NOW) == {"old": STALE, "fresh": "at_risk", "done": "complete", "silent": SILENT}
    assert work(NOW).last_status == [
        ("at_risk", "At risk", 1),
        ("on_track", "On track", 1),
        ("complete", "Complete", 1),
        (SILENT, "No status was reported", 1),
    ]
    assert (work(NOW).not_confirmed, work(NOW).is_reported_lately) == (1, True)
    then = states(datetime(2019, 12, 1, tzinfo=UTC))
    assert then == {"old": "on_track", "fresh": SILENT, "done": "complete", "silent": SILENT}


def test_the_programmes_stand_by_how_far_each_has_come_with_what_was_last_said(
    django_assert_num_queries,
):
    for slug, told in (("eyes", "pilot"), ("beds", "pilot"), ("town", "everyday"), ("new", "")):
        made = programme(slug)
        if told:
            stage(made, told)
    status_update(Programme.objects.get(slug="eyes"), "at_risk", published="2026-11-01")
    with django_assert_num_queries(2):
        found = work(NOW)
    assert [(each.words, [tile.slug for tile in each.tiles]) for each in found.stages] == [
        ("Pilot", ["eyes", "beds"]),
        ("Part of everyday care", ["town"]),
        ("Stage not known", ["new"]),
    ]
    assert found.stages[0].tiles[0].words == "at risk, 2026"
    assert found.table[0] == ("Pilot", [("At risk", 1), ("No status was reported", 1), ("All", 2)])
    assert found.columns == "Stage|At risk|No status was reported|All"


def test_of_very_many_programmes_of_a_stage_the_first_are_named_and_the_others_counted():
    for number in range(MOST_TILES + 2):
        programme(f"work-{number}")
    [found] = work(NOW).stages
    assert (found.total, len(found.tiles), found.more) == (MOST_TILES + 2, MOST_TILES, 2)


def test_readings_that_came_together_are_a_line_a_measure_with_their_places_and_every_reason(
    client,
):
    waits, falls, paper = metric("waits", name="Waits"), metric("falls", name="Falls"), source()
    kendal, hospitals = icc("KEN"), partner("RTX", "Hospitals")
    common = {"published": "2024-05-09", "source": paper}
    for scope, reason in ((None, "Late forms"), (kendal, "Counted twice"), (hospitals, "")):
        reading(waits, 5, scope=scope, reason=reason, **common)
    reading(waits, 6, period=date(2024, 2, 1), reason="Late forms", **common)
    reading(falls, 5, **common)
    rows = {row.about: row for row in change_rows(statements(NOW, source=paper), NOW) if row.places}
    kendal_name = kendal.profiles.get().name
    assert rows["Falls"].places == "the whole area"
    assert set(rows["Waits"].places.split(", ")) == {"the whole area", kendal_name, "Hospitals"}
    assert set(rows["Waits"].reasons) == {"Late forms", "Counted twice"}
    for address in ("/changes/", "/changes/feed/", paper.get_absolute_url()):
        shown = client.get(address).text
        assert all(words in shown for words in ("Late forms", "Counted twice", kendal_name)), (
            address
        )


def test_a_taking_back_is_a_change_of_its_own_and_what_was_taken_back_stays_listed(client):
    waits = metric("waits", name="Waits")
    for month in (2, 3):
        reading(waits, 5, period=date(2024, month, 1), published="2024-05-09")
    with clock(datetime(2024, 6, 1, 9, 0, tzinfo=UTC)):
        take_back(Reading.objects.all(), reason="It was another clinic")
    for at in (NOW, present()):
        back, said, _ = change_rows(changes(ChangesAsked(at)), at)
        assert (back.is_taking_back, said.is_taking_back) == (True, False)
        assert back.text == said.text == "2 measured figures: February 2024 to March 2024"
        assert back.key != said.key
    before = datetime(2024, 5, 31, tzinfo=UTC)
    assert [row.is_taking_back for row in change_rows(changes(ChangesAsked(before)), before)] == [
        False,
        False,
    ]
    page = client.get("/changes/", {"from": "2024-05-31", "to": "2024-06-01"}).text
    assert "1 thing changed" in page
    for text in (page, client.get("/changes/feed/").text):
        assert "Taken back: Measured figures" in text
        assert "It was another clinic" in text
    then = client.get("/changes/", {"from": "2024-04-30", "to": "2024-05-31"}).text
    assert "Taken back on 1 June 2024: It was another clinic" in then


def test_the_feed_of_changes_is_of_those_since_a_day_and_refuses_what_is_none(client):
    news("Clinic opens", published_as="2019-01-05")
    news("Clinic moves", published_as="2020-01-05")
    shown = client.get("/changes/feed/", {"since": "2019-06-01"}).text
    assert "Clinic moves" in shown
    assert "Clinic opens" not in shown
    for day in ("zzz", "2019-02-30", "2019"):
        page, feed = (client.get(f"/changes/{path}", {"since": day}) for path in ("", "feed/"))
        assert (page.status_code, feed.status_code) == (400, 400)
        assert f"“{day}” is not a date" in feed.text
        assert f"“{day}” is not a date" in page.text
    ahead, now = (
        client.get("/changes/feed/", asked).content for asked in ({"as-at": "2999-01-01"}, {})
    )
    assert ahead == now


def test_changes_are_shown_from_one_day_to_another(client):
    for day in ("2019-01-05", "2019-06-01", "2020-01-05"):
        news(f"Clinic of {day}", published_as=day)

    def shown(**asked):
        text = client.get("/changes/", asked).text
        return [day for day in ("2019-01-05", "2019-06-01", "2020-01-05") if f"of {day}" in text]

    assert shown(**{"from": "2019-01-04", "to": "2019-06-01"}) == ["2019-01-05", "2019-06-01"]
    assert shown(**{"from": "2019-01-05"}) == ["2019-06-01", "2020-01-05"]
    assert shown(to="2019-05-31") == ["2019-01-05"]
    assert shown(since="2019-06-01", to="2020-12-31") == ["2020-01-05"]
    for day in ("0001-01-01", "9999-12-31"):
        assert client.get("/changes/", {"from": day, "to": day, "since": day}).status_code == 200
    backwards = client.get("/changes/", {"from": "2020-01-01", "to": "2019-01-01"}).text
    assert "The last day is before the first. Change one of them." in backwards
    one_day = client.get("/changes/", {"from": "2019-06-01", "to": "2019-06-01"}).text
    assert "These are the same day. Choose an earlier first day." in one_day


@pytest.mark.parametrize("key", ["from", "since"])
@pytest.mark.parametrize(
    "written", ["2019-03-31", "2019-03", "2018-04/2019-03", "2019-01-15/2019-03-31", "2018"]
)
def test_what_changed_since_a_day_is_what_the_page_of_that_day_did_not_know(client, written, key):
    """The page counts to the end of the day in London, and so does the list."""
    programme("town", name="Old work", published=written)
    programme("eyes", name="New work", published="2019-04-01")
    then = client.get("/programmes/", {"as-at": "2019-03-31"}).text
    assert ("Old work" in then, "New work" in then) == (True, False)
    assert [each[0] for each in entries(client, **{key: "2019-03-31"})[1:]] == ["New work"]
    assert summary(client, **{key: "2019-03-31"}) == ["1 programme new on the record: New work"]
    assert [each[0] for each in entries(client, to="2019-03-31")[1:]] == ["Old work"]


def test_a_withdrawn_item_says_so_wherever_its_title_stands(client):
    work, place, hospitals, paper = programme(), icc("KEN"), partner("RTX", "Hospitals"), source()
    item = news("Clinic opens", source=paper, programmes=[work], iccs=[place], partners=[hospitals])
    pages = ["/", "/news/", "/news/feed/", "/changes/", "/changes/feed/"]
    pages += [each.get_absolute_url() for each in (item, work, place, hospitals, paper)]
    assert all("Clinic opens" in client.get(page).text for page in pages)
    assert not any("withdrawn" in client.get(page).text.lower() for page in pages)
    at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    actions.withdraw(item=item, by=person(), at=at, reason="It never opened.")
    standing = [client.get(page).text for page in pages]
    for page, text in zip(pages, standing, strict=True):
        for place_of_title in text.split("Clinic opens")[1:2]:
            assert "withdrawn" in text.lower(), (page, place_of_title[:80])
    assert sum("Clinic opens" in text for text in standing) >= 7
    past = client.get("/changes/", {"as-at": "2019-12-31"}).text
    assert "Clinic opens" in past
    assert "withdrawn" not in past.lower()


def entries(client, **asked):
    """What the page of changes lists: subjects, and of each thing its title and what stands folded."""
    html = client.get("/changes/", asked).text
    found = re.findall(
        r'<h2 class="bhcp-changes__subject">(.*?)</h2>|<h3 [^>]*>(.*?)</h3>\s*<div>(.*?)</summary>',
        html,
        re.DOTALL,
    )
    return [
        strip_tags(subject) or (strip_tags(thing), _in_a_line(words))
        for subject, thing, words in found
    ]


def _in_a_line(words):
    """The facts of a thing, and what is said of the others, in one line, without their days."""
    words = re.sub(r' <span class="bhcp-change__when">.*?</span>', "", words)
    text = unescape(strip_tags(words.replace("</li>", "; "))).strip()
    return " ".join(text.split()).removesuffix("Details and sources").strip("; ")


def summary(client, **asked):
    """What the page of changes says first."""
    html = client.get("/changes/", asked).text
    listed = html.partition('<ul class="bhcp-changes__summary">')[2].partition("</ul>")[0]
    return [" ".join(strip_tags(each).split()) for each in listed.split("</li>")[:-1]]


def test_changes_stand_by_subject_and_thing_as_they_were_and_are(client):
    icc("KEN", published="2019-05-01")
    news("Clinic opens", published_as="2019-06-01")
    eyes = programme("eyes", name="Eye care", published="2015")
    figure(eyes, 1000, counts="seen", unit="people", code="seen", published="2018-03-01")
    figure(eyes, 1100, counts="seen", unit="people", code="seen", published="2019-03-01")
    stage(eyes, "pilot", published="2018")
    stage(eyes, "everyday", published="2019")
    beds = programme("beds", published="2015")
    status_update(beds, "at_risk", published="2018-02")
    status_update(beds, "off_track", published="2019-02")
    programmes, eye_care, the_beds, news_head, opening, places, _ = entries(
        client, **{"from": "2019-01-01"}
    )
    assert (programmes, news_head, places) == (
        "Programmes and goals (2)",
        "News (1)",
        "Communities (1)",
    )
    assert opening == ("Clinic opens", "New")
    assert eye_care == (
        "Eye care",
        "Stage: pilot → part of everyday care; Figure: 1,000 people → 1,100 people seen",
    )
    assert the_beds == ("Beds", "Status: at risk → off track")
    page = client.get("/changes/", {"from": "2019-01-01"}).text
    assert "Before: 1,000 people seen (1 March 2018)" in page
    assert 'New <span class="bhcp-change__when">· 1 June 2019</span></summary>' in page


def test_a_day_stands_beside_what_it_is_of_and_new_only_after_a_first_day(client):
    waits = metric("waits", name="Number of waits", short_name="Waits", published="2018-03-01")
    reading(waits, 5, published="2019-05-09", period=date(2019, 4, 1))
    target(waits, 3, words="No more than so many of them" * 3, published="2019-01-30")
    eyes = programme("eyes", name="Eye care", published="2015")
    stage(eyes, "everyday", published="2019-02-03")
    status_update(eyes, "at_risk", published="2019-06-04")
    words = dict(filter(_is_thing, entries(client)))
    assert words["Waits"] == "5 patients in April 2019; Target"
    assert words["Eye care"] == "Status: at risk; Stage: part of everyday care"
    html = client.get("/changes/").text
    assert "<li>5 patients in April 2019</li>" in html
    assert re.search(
        r'Target <span class="bhcp-change__when">· 30 January 2019</span></summary>', html
    )
    assert re.search(r'care <span class="bhcp-change__when">· 3 February 2019</span></li>', html)
    assert re.search(r'risk <span class="bhcp-change__when">· 4 June 2019</span></li>', html)
    assert "Number of waits" not in html.split("<summary>")[0]
    later = dict(filter(_is_thing, entries(client, since="2018-01-01")))
    assert later["Waits"].startswith("5 patients in April 2019; New")


def _is_thing(entry):
    return isinstance(entry, tuple)


def test_changes_begin_with_what_can_be_counted_of_the_time_that_is_asked_for(client):
    for slug in ("eyes", "beds", "town"):
        stage(programme(slug, published="2015"), "pilot", published="2016")
    stage(Programme.objects.get(slug="eyes"), "everyday", published="2019-02")
    status_update(Programme.objects.get(slug="beds"), "complete", published="2019-03")
    programme("new", published="2019-04")
    news("Clinic opens", published_as="2019-06-01")
    reading(metric("waits", name="Waits"), 5, published="2019-05-09", period=date(2019, 4, 1))
    assert summary(client, since="2018-12-31") == [
        "New figures of 1 measure",
        "1 programme ended: Beds",
        "1 programme moved to another stage: Eyes",
        "1 programme new on the record: New",
        "1 piece of news",
    ]
    assert summary(client, since="2018-12-31", to="2019-02-28") == [
        "1 programme moved to another stage: Eyes"
    ]
    assert summary(client, since="2018-12-31", kind="news") == ["1 piece of news"]
    assert summary(client, since="2019-06-01") == []


def test_what_was_said_to_be_off_track_between_two_days_is_named_first(client):
    beds = programme("beds", published="2015")
    status_update(beds, "on_track", published="2018-02")
    status_update(beds, "off_track", published="2019-02")
    status_update(beds, "on_track", published="2019-09")
    status_update(programme("town", published="2015"), "off_track", published="2017-02")
    off_track = "1 programme said to be off track: Beds"
    assert summary(client, since="2018-12-31")[0] == off_track
    assert summary(client, since="2018-12-31", to="2019-02-28")[0] == off_track
    assert off_track not in summary(client, since="2019-02-28")
    assert off_track not in summary(client, since="2018-12-31", kind="news")


def test_what_happened_in_care_comes_first_and_in_full_and_housekeeping_last_and_folded(client):
    words = " ".join(["Beds that were never counted before"] * 6)
    eyes = programme("eyes", name="Eye care", published="2015")
    figure(eyes, 1000, counts=words, unit="people", published="2019-03-01")
    status_update(eyes, "", source_words="Under way", summary="All clinics run. More is planned.",
                  published="2019-04")  # fmt: skip
    programme("town", name="Town", published="2019-05")
    waits = metric("waits", name="Waits", published="2015")
    on_home(waits, published="2019-06-01")
    beds = metric("beds", name="Beds", published="2015")
    reading(beds, 4, published="2018-05-09", period=date(2018, 4, 1))
    reading(beds, 5, published="2019-05-09", period=date(2019, 4, 1))
    listed = entries(client, since="2018-12-31")
    assert listed[:5] == [
        "Measures (1)",
        ("Beds", "4 patients in April 2018 → 5 patients in April 2019"),
        "Programmes and goals (2)",
        ("Eye care", f"Progress report: All clinics run; Figure: 1,000 people {words}"),
        ("Town", "New"),
    ]
    assert listed[5].startswith("Words and housekeeping (")
    assert listed[6][0] == "Waits"
    page = client.get("/changes/", {"since": "2018-12-31"}).text
    assert "…" not in page.partition("<main")[2].partition("</main>")[0]
    folded = page.partition("Words and housekeeping")[2].partition("<ul")[0]
    assert '<details class="bhcp-more">' in folded
    chosen = client.get("/changes/", {"since": "2018-12-31", "kind": "measures"}).text
    assert "Words and housekeeping" not in chosen


def test_the_page_of_changes_says_what_its_file_has_and_the_file_has_its_order(client):
    eyes = programme("eyes", name="Eye care", published="2015")
    figure(eyes, 1000, counts="seen", published="2019-03-01")
    waits = metric("waits", name="Waits")
    for month in (2, 3):
        reading(waits, 5, published=f"2019-0{month + 1}-09", period=date(2019, month, 1))
    on_home(waits, published="2019-06-01")
    with clock(datetime(2024, 6, 1, 9, 0, tzinfo=UTC)):
        take_back(Reading.objects.all(), reason="It was another clinic")
    rows = list(csv.DictReader(client.get("/changes/changes.csv").text.splitlines()))
    page = client.get("/changes/").text
    # Each reading came, and was taken back; the file has both of them in one row.
    readings = [row for row in rows if row["kind"] == "Measured figures"]
    changes = len(rows) - len(readings) + 4
    assert f"The file has all {changes} changes: a row for each, or for all readings" in page
    kinds_listed = [row["kind"] for row in rows]
    assert kinds_listed[0] == "Measured figures"
    assert "Figure" in kinds_listed[: kinds_listed.index("Measure on the home page")]


def test_a_reader_chooses_the_changes_of_one_subject_on_the_page_and_in_the_file(client):
    news("Clinic opens", published_as="2019-06-01")
    programme("eyes", name="Eye care", published="2019")
    heads = ("Programmes and goals (1)", "News (1)")
    assert [each for each in entries(client) if isinstance(each, str)] == list(heads)
    assert [each for each in entries(client, kind="news") if isinstance(each, str)] == ["News (1)"]
    assert entries(client, kind="no-such") == entries(client)
    rows = list(csv.DictReader(client.get("/changes/changes.csv?kind=news").text.splitlines()))
    assert [row["name"] for row in rows] == ["Clinic opens"]


def test_no_thing_is_on_two_pages_of_changes(client):
    for number in range(MOST_THINGS + 1):
        made = programme(f"work-{number:02}", published="2019")
        figure(made, 1000, published="2019-02")
    first, second = ([each[0] for each in entries(client, page=page)[1:]] for page in ("1", "2"))
    assert (len(first), len(second)) == (MOST_THINGS, 1)
    assert not {*first} & {*second}


def test_new_figures_are_one_line_a_measure_as_they_were_and_are(client):
    waits = metric("waits", name="Waits", unit="%", decimals=1, multiplier=100,
                   denominator_words="all")  # fmt: skip
    paper, kendal = source(title="Monthly figures"), icc("KEN", published="2015")
    for year, month, parts in ((2023, 2, (9, 10)), (2024, 3, (3, 4)), (2024, 4, (1, 2))):
        given = f"{year}-{month + 1:02}-09"
        reading(waits, parts, period=date(year, month, 1), source=paper, published=given)
    reading(
        waits, (1, 10), scope=kendal, period=date(2024, 3, 1), source=paper, published="2024-04-09"
    )
    calls = metric("calls", name="Calls")
    reading(calls, None, is_hidden=True, source=paper, published="2024-05-09")
    asked = {"since": "2023-12-31", "kind": "measures"}
    shown = dict(each for each in entries(client, **asked) if each[0] in ("Waits", "Calls"))
    assert shown["Waits"].startswith("90.0% in February 2023 → 50.0% in April 2024")
    assert shown["Calls"].startswith("1 measured figure: January 2024")
    page = " ".join(strip_tags(client.get("/changes/", asked).text).split())
    assert "3 measured figures: March 2024 to April 2024. For the whole area" in page
    assert "The figure above is for the whole area" in page.replace("The whole", "the whole")
    assert "Source: Monthly figures" in page


def test_every_row_of_a_thing_is_on_the_page_under_its_key(client):
    for code in ("KEN", "BAY", "MIL"):
        icc(code, published="2019")
    news("Clinic opens", published_as="2019")
    page = client.get("/changes/").text
    assert all(f'id="{row.key}"' in page for row in change_rows(statements(NOW), NOW))


def test_a_slip_that_was_mended_is_a_change_of_its_own_in_its_own_list_alone(client):
    assert entries(client, corrections="only") == []
    eyes, paper = programme("eyes", published="2015"), source("paper", published_as="2017-03-01")
    said = {"counts": "seen", "code": "eyes-seen", "source": paper, "published": "2017-03-01"}
    figure(eyes, 1000, **said)
    with all_recorded(datetime(2026, 6, 1, 9, 0, tzinfo=UTC)):
        figure(eyes, 1100, reason="A slip in copying.", **said)
    [_, (_, words)] = entries(client, **{"from": "2015-12-31", "to": "2017-12-31"})
    assert words == "Figure: 1,100 seen"
    assert entries(client, **{"from": "2026-05-31", "to": "2026-06-01"}) == []
    for asked in ({"corrections": "only"}, {"kind": "corrections"}):
        assert entries(client, **asked)[1:] == [("Eyes", "Figure: 1,100 seen")]
        assert "A slip in copying." in client.get("/changes/", asked).text
    assert "1 June 2026" in client.get("/changes/feed/").text


def test_a_row_of_changes_says_what_it_took_the_place_of(client):
    eyes = programme("eyes", name="Eye care", published="2015")
    figure(eyes, 1000, counts="seen", code="seen", published="2018-03-01")
    figure(eyes, 2000, counts="seen", code="seen", published="2019-03-01")
    figure(eyes, 7, counts="clinics", code="clinics", published="2019-03-01")
    rows = csv.DictReader(client.get("/changes/changes.csv?since=2018-12-31").text.splitlines())
    assert {row["says"]: row["before"] for row in rows} == {
        "2,000 seen": "1,000 seen",
        "7 clinics": "",
    }


def test_what_the_page_of_changes_lists_is_a_file_too(client):
    eyes = programme("eyes", name="Eye care", published="2015")
    figure(eyes, 1000, counts="seen", published="2019-03-01", certainty="inferred")
    figure(eyes, 2000, counts="seen", published="2020-03-01")
    asked = {"from": "2019-01-01", "to": "2019-12-31"}
    assert (
        "/changes/changes.csv?from=2019-01-01&amp;to=2019-12-31"
        in client.get("/changes/", asked).text
    )
    [row] = csv.DictReader(client.get("/changes/changes.csv", asked).text.splitlines())
    assert (row["listed_on"], row["kind"], row["name"], row["says"], row["certainty"]) == (
        "2019-03-01",
        "Figure",
        "Eye care",
        "1,000 seen",
        "inferred",
    )
    assert row["url"].endswith("/programmes/eyes/")
    assert client.get("/changes/changes.csv", {"to": "soon"}).status_code == 400
