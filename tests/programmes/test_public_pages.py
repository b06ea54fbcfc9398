"""The public pages of programmes and goals, as a visitor reads them."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.utils.html import strip_tags

from bhcp_portal.kit.dates import london_day, months_later
from iccs.models import Icc, IccProfile
from partners.models import PartnerProfile
from programmes.models import (
    Goal,
    GoalProfile,
    MetricGoal,
    MetricProgramme,
    ObjectiveMeaning,
    Programme,
)
from programmes.models.status import open_period
from tests.factories.kit import on_record, source
from tests.factories.metrics import metric, readings
from tests.factories.newsroom import news
from tests.factories.partners import partner
from tests.factories.programmes import (
    figure,
    milestone,
    money,
    moved,
    partner_role,
    placed_in,
    programme,
    stage,
    status_update,
)

pytestmark = pytest.mark.django_db


def answer(client, path, **asked):
    asked = {name.replace("_", "-"): value for name, value in asked.items()}
    return client.get(path, asked)


def read(client, path, **asked):
    """The words of a page's main part, on one line."""
    html = answer(client, path, **asked).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    parted = re.sub(r"<(?=br|li|p|dd|dt|td|th|h\d|sup|summary)", " <", main)
    return " ".join(unescape(strip_tags(parted)).split())


def listed(client, **asked):
    """The programmes that the list names, in its order."""
    return names_on(answer(client, "/programmes/", **asked))


def names_on(page):
    return [row.profile.name for group in page.context["groups"] for row, _, _ in group.rows]


def known_partner(code, name, slug):
    made = partner(code, name, slug=slug)
    on_record(PartnerProfile, partner=made, kind="acute_trust", published_as="2015")
    return made


def known_icc(code, name):
    made = Icc.objects.create(code=code, slug=name.lower())
    on_record(IccProfile, icc=made, name=name, published_as="2016")
    return made


def at(year, month, day):
    return datetime(year, month, day, 12, tzinfo=UTC)


# -- the list -------------------------------------------------------------------------------------


def test_the_list_says_what_each_programme_is_for_how_it_stands_and_when_that_was_said(client):
    eyes = programme(name="Community eye care", purpose="Opticians see people in town.")
    status_update(eyes, source_words="Embedded", published="2019-11")
    page = read(client, "/programmes/")
    assert "1 programme " in page
    assert "Community eye care Opticians see people in town." in page
    assert (
        "Described in 2019 as “Embedded”. No report says if it is on track. Last reported in"
        in page
    )
    assert "Last reported in November 2019." in page


def test_a_part_stands_under_its_whole_and_says_so_where_it_stands_alone(client):
    whole = programme("planned", name="Planned care", purpose="Fewer trips.")
    programme("eyes", name="Eye care", parent=whole)
    programme("advice", name="Advice", parent=whole)
    programme("zebra", name="A programme")
    assert listed(client) == ["A programme", "Planned care", "Advice", "Eye care"]
    assert listed(client, q="eye") == ["Eye care"]
    assert "Part of Planned care." in read(client, "/programmes/", q="eye")


def test_two_programmes_that_name_each_other_as_parent_are_both_listed(client):
    one, other = programme("one"), programme("other")
    programme("one", parent=other, published="2016")
    programme("other", parent=one, published="2016")
    assert sorted(listed(client)) == ["One", "Other"]


def test_each_filter_leaves_what_fits(client):
    trust, kendal = known_partner("RTX", "The trust", "trust"), known_icc("KEN", "Kendal")
    eyes = programme("eyes", name="Eye care", objectives=["better_care"])
    status_update(eyes, "complete")
    partner_role(eyes, trust)
    other = programme("other", name="Stroke", purpose="People recover.")
    status_update(other, source_words="Pilot")
    placed_in(other, kendal)
    programme("third", name="Workforce")
    assert listed(client, status="complete") == ["Eye care"]
    assert listed(client, status="none") == ["Stroke", "Workforce"]
    assert listed(client, objective="better_care") == ["Eye care"]
    assert listed(client, partner="trust") == listed(client, partner="rtx") == ["Eye care"]
    assert listed(client, icc="kendal") == listed(client, icc="KEN") == ["Stroke"]
    assert listed(client, q="RECOVER people") == ["Stroke"]
    assert listed(client, q="recover nobody") == []
    assert listed(client, q="recovers") == listed(client, q="recovered") == ["Stroke"]
    assert listed(client, status="none", icc="kendal", q="stroke") == ["Stroke"]


def test_a_filter_by_status_asks_for_the_last_one_reported_confirmed_or_not(client):
    status_update(programme(name="Telehealth"), "on_track", published="2017")
    assert listed(client, status="on_track") == ["Telehealth"]
    assert listed(client, status="none") == []


def test_a_filter_reads_the_record_as_it_stood(client):
    eyes = programme(name="Eye care")
    status_update(eyes, "not_started", published="2016")
    status_update(eyes, "complete", published="2018")
    assert listed(client, status="complete", as_at="2017-06-30") == []
    assert listed(client, status="not_started", as_at="2017-06-30") == ["Eye care"]


def test_the_list_counts_what_was_found_and_says_what_to_do_where_that_is_nothing(client):
    programme(name="Eye care")
    programme(name="Stroke")
    assert "1 of 2 programmes" in read(client, "/programmes/", q="eye")
    page = read(client, "/programmes/", q="nothing like it")
    assert "0 of 2 programmes" in page
    assert "Change a filter, or use other words." in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"status": "green"},
            "There is no “green” under “Last status”, so that choice was left out.",
        ),
        ({"objective": "<b>"}, "There is no “<b>” under “Objective”, so that choice was left out."),
        ({"partner": "x" * 900}, f"There is no “{'x' * 40}” under “Partner”"),
        ({"icc": "Atlantis\x00"}, "There is no “AtlantisU+0000” under “Community”"),
        ({"q": "a\x00b"}, "The words could not be read, so they were left out."),
    ],
)
def test_what_cannot_be_read_is_left_out_and_said_so(client, asked, sentence):
    programme(name="Eye care")
    assert answer(client, "/programmes/", **asked).status_code == 200
    assert listed(client, **asked) == ["Eye care"]
    assert sentence in read(client, "/programmes/", **asked)


def test_the_filters_keep_what_was_chosen_and_the_day(client):
    programme(objectives=["better_care"])
    html = answer(
        client, "/programmes/", objective="better_care", q='"><i>', as_at="2019-12-31"
    ).content.decode()
    assert '<option value="better_care" selected>' in html
    assert 'value="&quot;&gt;&lt;i&gt;"' in html
    assert '<input type="hidden" name="as-at" value="2019-12-31">' in html


def test_more_than_thirty_programmes_come_on_pages_that_keep_filter_and_day(client):
    for number in range(33):
        programme(name=f"Programme {number:02}")
    assert len(listed(client)) == 30
    html = answer(client, "/programmes/", q="Programme", as_at="2019-12-31").content.decode()
    link = unescape(re.search(r'href="([^"]+)"[^>]*rel="next"', html)[1])
    assert names_on(client.get(link)) == [
        "Programme 30",
        "Programme 31",
        "Programme 32",
    ]
    assert "as-at=2019-12-31" in link
    assert listed(client, page="nine") == listed(client)


def test_a_past_day_lists_what_was_known_then(client):
    programme(name="Eye care", published="2016-09")
    assert listed(client, as_at="2016-09-29") == []
    assert "Nothing had been published about any programme by this day." in read(
        client, "/programmes/", as_at="2016-09-29"
    )
    assert listed(client, as_at="2016-09-30") == ["Eye care"]


# -- one programme --------------------------------------------------------------------------------


def test_a_status_too_old_to_stand_is_withdrawn_and_the_old_one_stands_in_grey_beside_it(client):
    status_update(programme("telehealth"), "on_track", published="2017-01-31")
    html = answer(client, "/programmes/telehealth/").content.decode()
    assert "bhcp-status--stale" in html
    assert "bhcp-status--on_track" not in html
    page = read(client, "/programmes/telehealth/")
    assert "On track, 31 January 2017 (no status since then)." in page
    fresh = answer(client, "/programmes/telehealth/", as_at="2017-02-28").content.decode()
    assert "bhcp-status--on_track" in fresh
    assert "not confirmed" not in fresh


def test_a_missed_month_is_said(client):
    status_update(
        programme("telehealth"), "on_track", period=date(2019, 8, 1), published=at(2019, 9, 4)
    )
    assert "No update for September 2019." in read(
        client, "/programmes/telehealth/", as_at="2019-10-31"
    )


def test_what_was_said_after_the_last_update_is_told_as_what_it_was(client):
    advice = programme("advice", name="Advice", published="2015")
    for address in ("/programmes/", "/programmes/advice/"):
        assert "Last written about in 2015" in read(client, address)
    status_update(advice, source_words="Embedded", published="2019-03")
    figure(advice, 11000, counts="questions", published="2020-08")
    for address in ("/programmes/", "/programmes/advice/"):
        page = read(client, address)
        assert "A figure was last given in August 2020" in page
        assert "Last reported" not in page
        assert "Last reported in March 2019" in read(client, address, as_at="2019-12-31")


def test_of_what_was_said_at_once_the_update_is_told(client):
    advice = programme("advice", name="Advice", published="2019-03")
    figure(advice, 11000, counts="questions", published="2019-03")
    status_update(advice, source_words="Embedded", published="2019-03")
    assert "Last reported in March 2019" in read(client, "/programmes/advice/")


def test_a_documents_own_word_is_quoted_beside_no_status(client):
    status_update(programme("advice"), source_words="Embedded", published="2019-11")
    page = read(client, "/programmes/advice/")
    assert "Described in 2019 as “Embedded”. No report says if it is on track." in page
    assert "Last reported in November 2019" in page


def test_what_was_said_is_shown_with_reason_next_step_and_source(client):
    paper = source("paper", title="The paper", published_as="2019-10")
    status_update(
        programme("telehealth"),
        "at_risk",
        published="2019-10",
        source=paper,
        summary="Two nurses left.",
        status_reason="Nobody applied.",
        what_was_done="Ten clinics\nOne school",
        what_is_next="Ask again",
        next_step="Ask the college",
        next_step_owner="Ward manager",
        next_step_on=date(2019, 12, 1),
        internal_note="Not for the public",
    )
    page = read(client, "/programmes/telehealth/")
    for words in ("Two nurses left.", "Nobody applied.", "Ten clinics One school", "Ask again"):
        assert words in page
    assert "Ask the college (Ward manager, by 1 December 2019)" in page
    assert "Not for the public" not in page
    html = answer(client, "/programmes/telehealth/").content.decode()
    assert '<a href="/sources/paper/">The paper</a>' in html


def test_partners_stand_with_their_roles_and_one_leads(client):
    made = programme("mental-health")
    partner_role(made, partner(name="The old trust"), ends="2019-10-01")
    partner_role(made, partner(name="The new trust"), starts="2019-10-01")
    partner_role(made, partner(name="The council"), "funder", certainty="inferred")
    then = read(client, "/programmes/mental-health/", as_at="2019-09-30")
    assert "Lead The old trust [Source" in then
    now = read(client, "/programmes/mental-health/")
    assert "Lead The new trust [Source" in now
    assert "The old trust: Lead, until 1 October 2019" in now
    assert re.search(r"The council: Pays for it \[Source \d+, our reading", now)


def test_where_no_partner_leads_the_source_says_who_does_and_where_none_does_nobody_is_known(
    client,
):
    made = programme("iccs", lead_words="all partners")
    assert re.search(r"Lead all partners \[Source \d", read(client, "/programmes/iccs/"))
    partner_role(made, partner(name="The trust"))
    page = read(client, "/programmes/iccs/")
    assert "Lead The trust (the source says: “all partners”) [Source" in page
    programme("eyes")
    assert "Lead Not known" in read(client, "/programmes/eyes/")


def test_a_body_stands_once_whatever_its_roles_and_names(client):
    made = programme("bones", lead_words="Bay Hospitals, Old Care and the people of the bay")
    trust = known_partner("RTX", "Bay Hospitals NHS Foundation Trust", "bay-hospitals")
    partner_role(made, trust, "delivery")
    partner_role(
        made, known_partner("RNN", "Old Care NHS Trust", "old-care"), "delivery", ends="2018-04-01"
    )
    page = answer(client, "/programmes/bones/").text
    assert '<a href="/partners/bay-hospitals/">Bay Hospitals</a>' in page
    words = read(client, "/programmes/bones/")
    assert re.search(
        r"Lead Bay Hospitals, Old Care \(until 1 April 2018\) and the people of the bay \[Source",
        words,
    )
    assert "Other partners" not in words
    partner_role(made, trust, published="2019")
    words = read(client, "/programmes/bones/")
    assert re.search(r"Lead Bay Hospitals NHS Foundation Trust\. Delivers it \[", words)
    assert "Other partners Old Care NHS Trust: Delivers it, until 1 April 2018" in words


def test_where_it_is_offered_stands_in_the_sources_words_before_the_places_named_with_it(client):
    advice, garstang = (
        programme("advice", where_words="Across the bay"),
        known_icc("GAR", "Garstang"),
    )
    placed_in(advice, garstang, words="First pilot, in 2014.")
    page = read(client, "/programmes/advice/")
    assert "Where Across the bay [Source" in page
    assert "Garstang: First pilot, in 2014." in page
    programme("eyes")
    assert "Lead Not known Where Not known Began Not known" in read(client, "/programmes/eyes/")


def test_what_was_done_says_when_it_was_promised_for(client):
    made = programme("eyes")
    for slug, done in (("kept", "2019-03"), ("late", "2019-06")):
        moved(
            milestone(made, slug, due="2019-03", published="2018"), done=done, published="2019-07"
        )
    page = read(client, "/programmes/eyes/")
    assert "Done March 2019, as promised" in page
    assert "Done June 2019, late. Promised for March 2019" in page


def test_of_many_milestones_the_first_are_folded_and_numbers_go_on(client):
    made = programme("eyes")
    for year in range(2005, 2015):
        milestone(made, f"step-{year}", title=f"Step {year}", done=str(year), published="2019")
    html = answer(client, "/programmes/eyes/").content.decode()
    assert "Milestones 1 to 2</span>" in html
    folded, shown = (
        html.index('id="step-2006"'),
        html.index('<ol class="bhcp-milestones" start="3">'),
    )
    assert folded < html.index("</details>", folded) < shown < html.index('id="step-2007"')


def test_a_programme_that_goes_badly_says_first_why(client):
    made = programme("cancer")
    status_update(made, "off_track", published="2019-09", summary="77 in 100 are treated in time.")
    page = read(client, "/programmes/cancer/")
    # What the page holds is said first of all.
    assert (
        page.rindex("Why it was off track")
        < page.index("77 in 100")
        < page.rindex("What people got")
    )
    assert "Why it is off track" in read(client, "/programmes/cancer/", as_at="2019-10-31")
    assert "Is it working? There is no measure for this programme yet." in page
    assert "No result was reported." in page
    assert "No promise with a number or a date was found." in page
    status_update(made, "on_track", published="2020")
    page = read(client, "/programmes/cancer/")
    assert page.rindex("What people got") < page.rindex("Last progress report")


def test_all_updates_say_how_far_it_had_come_by_the_same_document(client):
    made, paper = programme("advice"), source("paper", published_as="2019-03")
    status_update(made, source_words="Introduced", published="2017-03")
    status_update(made, source_words="Embedded", published="2019-03", source=paper)
    stage(
        made,
        "everyday",
        source_words="Embedded",
        published="2019-03",
        source=paper,
        is_our_reading=True,
    )
    page = read(client, "/programmes/advice/updates/")
    assert "Part of everyday care (our reading of “Embedded”)" in page
    assert "In the source’s words: Introduced" in page
    assert "No status was reported" not in page


def test_a_programme_links_its_communities_objectives_and_family(client):
    whole = programme("planned", name="Planned care")
    made = programme("eyes", name="Eye care", parent=whole, objectives=["better_care"])
    programme("part", name="Eye vans", parent=made)
    programme("old", name="Old eye clinics", merged_into=made)
    placed_in(made, known_icc("KEN", "Kendal"), words="in the high street")
    page = read(client, "/programmes/eyes/")
    assert re.search(r"Where Kendal \[Source \d", page)
    assert "In each community Kendal: in the high street" in page
    assert "Objectives Better Care" in page
    assert "Part of Planned care" in page
    assert "Its parts Eye vans" in page
    assert "Brought in Old eye clinics" in page
    assert "Became part of Eye care" in read(client, "/programmes/old/")


def test_merged_says_into_which_programme(client):
    into = programme("planned", name="Planned care")
    status_update(programme("eyes"), "merged", merged_into=into, published="2017")
    page = read(client, "/programmes/eyes/")
    assert "Merged into Planned care" in page
    assert "Became part of Planned care" in page


def test_milestones_show_both_dates_the_slip_and_no_outcome_instead_of_years_of_delay(client):
    made = programme("telehealth")
    opening = milestone(made, "opening", title="Clinic opens", due="2019-03", published="2018-06")
    moved(opening, due="2019-06", published="2019-02", reason="building works")
    page = read(client, "/programmes/telehealth/")
    assert re.search(r"Clinic opens \[Source \d\] No outcome was reported Was due June 2019", page)
    assert "Moved from March to June 2019, three months later: building works" in page
    assert "March 2019 was the first date, given June 2018." in page
    assert "Overdue" not in page
    then = read(client, "/programmes/telehealth/", as_at="2019-07-10")
    assert "Overdue by 10 days Due June 2019" in then


def test_figures_stand_with_what_they_count_when_and_where_from_and_are_kept_apart(client):
    made = programme("eyes")
    of_group = {"group": "People seen", "keep_apart": "People and appointments are not the same."}
    figure(made, 1000, qualifier="almost", unit="patients", counts="seen", period="two months",
           published="2017", **of_group)  # fmt: skip
    figure(made, 5950, unit="appointments", counts="given", published="2017-12-05", **of_group)
    figure(made, -40, unit="%", counts="GP referrals", is_aim=True, published="2018")
    page = read(client, "/programmes/eyes/")
    assert "Why these can’t be compared People and appointments are not the same." in page
    assert "almost 1,000 patients" in page
    assert "5,950 appointments" in page
    assert page.count("People and appointments are not the same.") == 1
    assert re.search(r"−40% \[Source \d\] Aim", page)
    then = read(client, "/programmes/eyes/", as_at="2017-12-04")
    assert "5,950" not in then


def test_figures_that_each_have_a_reason_of_their_own_show_it_beside_them(client):
    made = programme("eyes")
    for value, reason in ((118, ""), (119, "The same number told again.")):
        figure(made, value, unit="hours", counts="saved", group="Hours", keep_apart=reason)
    page = read(client, "/programmes/eyes/")
    assert "Why these can’t be compared 119 hours: The same number told again." in page


def test_what_bears_on_a_large_figure_stands_beside_it(client):
    made = programme("lungs")
    figure(made, 69, unit="%", counts="fewer referrals", kind="result", period="2020/21", group="R",
           keep_apart="Fewer were referred anyway. The text calls it more.")  # fmt: skip
    figure(made, 35, unit="%", counts="avoided", kind="result", period="2016", published="2017",
           note="We worked out the share. From two numbers.", certainty="inferred")  # fmt: skip
    got = read(client, "/programmes/lungs/")
    assert re.search(r"69% \[.*\] fewer referrals ?2020/21 Fewer were referred anyway\.", got)
    assert re.search(r"35% \[.*\] avoided ?2016 We worked out the share\.", got)


def test_a_number_told_again_has_the_time_of_its_first_telling(client):
    made = programme("clinic")
    again = {"unit": "hours", "counts": "saved", "kind": "result", "group": "Hours"}
    figure(made, 118, period="to September 2017", period_as="2017-02/2017-09", **again)
    figure(made, 118, period="late 2017 or 2018", period_as="2017-09/2018-12", **again,
           keep_apart="The same number, told again.")  # fmt: skip
    html = answer(client, "/programmes/clinic/").text
    got = html.partition('id="got"')[2].partition("</section>")[0]
    assert "to September 2017" in got
    assert "late 2017 or 2018" not in got


def test_a_word_that_is_our_reading_is_not_put_into_the_sources_mouth(client):
    staff = programme("staff")
    status_update(staff, source_words="Running", certainty="inferred", published="2019")
    for path in ("/programmes/", "/programmes/staff/"):
        assert "Described in 2019 as “Running”, in our words." in read(client, path)
    # Where the stage alone is our reading, the word is the source's.
    for certainty, words in (
        ("inferred", "Part of everyday care (“Running” in our words)"),
        ("sourced", "Part of everyday care (our reading of “Running”)"),
    ):
        stage(staff, "everyday", source_words="Running", is_our_reading=True, certainty=certainty)
        for path in ("/programmes/staff/", "/programmes/staff/updates/"):
            assert words in read(client, path)


def test_sources_that_disagree_on_money_stand_side_by_side(client):
    made = programme("vanguard")
    money(made, 4_290_000, year="2015/16", published="2015-10")
    money(made, 4_590_000, year="2015/16", published="2016")
    money(
        made, 439_450, year="2015/16", published="2015-10", kind="spent", what_for="Out of hospital"
    )
    page = read(client, "/programmes/vanguard/")
    assert "Awarded: the vanguard programme Amount The sources disagree. £4.29 million" in page
    assert "£4.59 million" in page
    assert "Set aside to spend: Out of hospital Amount £439,450" in page
    assert page.count("The sources disagree") == 1


def test_news_that_names_it_is_listed_by_the_day_it_was_first_said(client):
    made = programme("eyes")
    for title, when in (("Eye care begins", "2016-10"), ("Eye care grows", "2017-12-05")):
        news(title, published_as=when, programmes=[made])
    page = read(client, "/programmes/eyes/")
    assert "Eye care grows 5 December 2017 Eye care begins October 2016" in page
    assert "Eye care grows" not in read(client, "/programmes/eyes/", as_at="2017-12-04")


def test_links_of_a_past_page_keep_its_day(client):
    made = programme("eyes", parent=programme("planned"))
    partner_role(made, partner("RTX"))
    html = answer(client, "/programmes/eyes/", as_at="2019-12-31").content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    ours = re.findall(r'href="(/[^"#]*)', main)
    assert ours
    assert all("as-at=2019-12-31" in link for link in ours)


def test_a_past_day_that_knew_nothing_of_it_says_so_and_leads_to_today(client):
    programme("eyes", name="Eye care", published="2016-09")
    for path in ("/programmes/eyes/", "/programmes/eyes/updates/"):
        gone = answer(client, path, as_at="2016-09-29")
        assert gone.status_code == 404
        page = read(client, path, as_at="2016-09-29")
        assert "by 29 September 2016" in page
        assert f'href="{path}"' in gone.content.decode()
        assert "Eye care" not in page


def test_a_programme_that_nobody_knows_is_not_found(client):
    for path in ("/programmes/nothing/", "/programmes/nothing/updates/"):
        for day in ({}, {"as_at": "2016-09-29"}):
            gone = answer(client, path, **day)
            assert gone.status_code == 404
            assert "Nothing had been published" not in gone.content.decode()


# -- all updates ----------------------------------------------------------------------------------


def test_all_updates_stay_readable_and_the_replaced_one_says_when_and_why(client):
    made = programme("telehealth", name="Telehealth")
    august = date(2019, 8, 1)
    status_update(made, "on_track", published="2018", summary="Begun.")
    status_update(made, "on_track", period=august, published=at(2019, 9, 4), summary="Ten clinics.")
    status_update(
        made, "on_track", period=august, published=at(2019, 9, 20), summary="Nine clinics.",
        reason="One was counted twice.",
    )  # fmt: skip
    page = read(client, "/programmes/telehealth/updates/")
    assert page.index("Nine clinics.") < page.index("Ten clinics.") < page.index("Begun.")
    assert "Replaced on 20 September 2019 because: One was counted twice." in page
    assert "This is a correction: One was counted twice." in page
    then = read(client, "/programmes/telehealth/updates/", as_at="2019-09-10")
    assert "Ten clinics." in then
    assert "Replaced" not in then
    assert "Nine clinics." not in then


def test_the_newest_of_all_updates_loses_its_colour_with_its_programme(client):
    status_update(programme("telehealth"), "on_track", published="2017-01-31")
    html = answer(client, "/programmes/telehealth/updates/").content.decode()
    assert "bhcp-status--stale" in html
    assert "On track, 31 January 2017" in html
    assert "bhcp-status--on_track" not in html


def test_a_programme_without_updates_says_so(client):
    programme("telehealth")
    assert "No status had been reported." in read(client, "/programmes/telehealth/updates/")


def test_a_copying_slip_that_was_mended_shows_only_as_mended(client):
    made, paper = programme("telehealth"), source(published_as="2019-10")
    for words in ("Embeded", "Embedded"):
        status_update(
            made, source_words=words, published="2019-10", source=paper, note="Spelling mended."
        )
    assert "Embedded" in read(client, "/programmes/telehealth/updates/")


# -- goals ----------------------------------------------------------------------------------------


def test_goals_say_which_way_and_which_number_and_where_from(client):
    paper = source("paper", title="The paper", published_as="2019-01/2019-03")
    on_record(
        ObjectiveMeaning, objective="better_care", meaning="People fare better.", source=paper
    )
    for slug, name, direction, target in (
        ("follow-ups", "Fewer follow-ups", "decrease", ""),
        ("admissions", "Fewer admissions", "decrease", "9,000 fewer in five years"),
    ):
        goal = Goal.objects.create(slug=slug)
        on_record(GoalProfile, goal=goal, name=name, direction=direction, target_words=target,
             position=1, source=paper)  # fmt: skip
    programme("eyes", name="Eye care", objectives=["better_care"])
    waits = metric("waits")
    on_record(MetricGoal, metric=waits, goal=goal, source=paper)
    on_record(MetricProgramme, metric=waits, programme=Programme.objects.get(), source=paper)
    page = read(client, "/goals/")
    assert "Better Care “People fare better.” [Source 1]" in page
    assert "Sources for this page The paper" in page
    assert "1 programme under Better Care" in page
    assert "no source names a programme" in page
    assert "Fewer follow-ups [Source 1] What this means" in page
    assert "It should go down. No number was set." in page
    assert "Fewer admissions [Source 1] The number that was set: 9,000 fewer" in page
    html = answer(client, "/goals/").content.decode()
    assert 'id="admissions"' in html
    assert 'id="better_care"' in html
    # A goal leads to its programmes and measures; those without any stand in a list below.
    admissions = html.split('id="admissions"')[1].partition("</li>\n")[0]
    assert '<a href="/programmes/eyes/">Eye care</a>' in admissions
    assert 'href="/metrics/waits/' in admissions
    assert html.count('class="bhcp-goals__row"') == 1
    assert "/programmes/?objective=better_care" in html


def test_goals_of_a_past_day_know_nothing_that_was_set_later(client):
    paper = source(published_as="2019-01/2019-03")
    on_record(
        ObjectiveMeaning, objective="better_care", meaning="People fare better.", source=paper
    )
    page = read(client, "/goals/", as_at="2019-03-30")
    assert "People fare better." not in page
    assert "No goal had been published by this day." in page


# -- every page -----------------------------------------------------------------------------------


def test_the_pages_set_no_cookie_and_do_not_vary_by_one(client):
    made = programme("telehealth")
    status_update(made, "on_track")
    for path in (
        "/programmes/",
        "/programmes/telehealth/",
        "/programmes/telehealth/updates/",
        "/goals/",
    ):
        found = client.get(path)
        assert found.status_code == 200
        assert not found.cookies
        assert "Cookie" not in found.get("Vary", "")
        assert client.post(path).status_code == 405


def test_the_list_is_grouped_by_when_a_programme_was_last_heard_of(client):
    today = london_day(datetime.now(UTC))
    last_month = months_later(open_period(today), -1)
    going = programme("going", name="Zebra crossings")
    for period, status in ((open_period(today), "at_risk"), (last_month, "on_track")):
        status_update(going, status, period=period, published=datetime.now(UTC) - timedelta(days=1))
    programme("part", name="A part of it", parent=going)
    quiet, done, ended = programme("quiet"), programme("done"), programme("ended", ends="2018")
    status_update(quiet, published="2017-06")
    status_update(done, "complete", published="2020-01")
    status_update(ended, published="2021")
    page = answer(client, "/programmes/")
    shown = [
        (group.words, [(row.slug, p) for row, p, _ in group.rows])
        for group in page.context["groups"]
    ]
    assert shown == [
        ("Heard of in the last 12 months", [("going", False), ("part", True)]),
        ("Last heard of in 2017", [("quiet", False)]),
        ("Ended", [("done", False), ("ended", False)]),
    ]
    words = read(client, "/programmes/")
    assert "Heard of in the last 12 months (2)" in words
    assert "Of the last 24 months: on track in 1, at risk in 1, no report for 22." in words
    # One old report is told by the status alone.
    assert page.content.count(b'<svg class="bhcp-months') == 1
    # A document's status counts for its month, and one report makes a picture.
    papers = programme("papers")
    said = months_later(open_period(today), -2)
    status_update(papers, "off_track", published=said.isoformat())
    assert "off track in 1, no report for 23." in read(client, "/programmes/")
    # On a past day, by what was known then.
    then = read(client, "/programmes/", as_at="2017-12-31")
    assert "Heard of in the last 12 months (1) Quiet" in then
    assert "months:" not in then


def test_a_group_names_one_year_only_where_the_last_year_is_certain(client):
    programme("eyes", published="2019/2021")
    programme("plan", published="2019-04/2020-03")
    programme("sure", published="2021-05/2021-09")
    shown = [group.words for group in answer(client, "/programmes/").context["groups"]]
    assert shown == [
        "Last heard of in 2021",
        "Last heard of between 2019 and 2021",
        "Last heard of in 2019/20",
    ]


def test_the_picture_of_months_goes_up_to_the_newest_report_and_shows_a_range_as_one(client):
    one = programme("one")
    status_update(one, "on_track", published="2017-11-03")
    status_update(one, "off_track", published="2019-05/2019-09")
    programme("silent")
    page, words = answer(client, "/programmes/").text, read(client, "/programmes/")
    told = (
        "Of the 24 months to September 2019: on track in 1, "
        "off track, said once between May and September 2019."
    )
    assert told in words
    assert page.count('<svg class="bhcp-months') == 1
    assert '<rect class="bhcp-months__on_track" x="10" y="1" width="8" height="12"/>' in page
    assert '<rect class="bhcp-months__off_track" x="190" y="4" width="48" height="6"/>' in page


def test_the_end_of_a_range_stands_nowhere_as_a_date(client):
    """A source dated "May to September 2019" is no source of September 2019."""
    here, lead = known_icc("BAY", "Bay"), known_partner("RTX", "The Trust", "trust")
    known = {"published": "2018-05/2019-09"}
    telehealth = programme("telehealth", name="Telehealth", **known)
    stage(telehealth, "pilot", **known)
    status_update(telehealth, "off_track", status_reason="It is late.", **known)
    placed_in(telehealth, here, **known)
    partner_role(telehealth, lead, **known)
    for path in (
        "/",
        "/programmes/",
        "/programmes/telehealth/",
        "/programmes/telehealth/updates/",
        here.get_absolute_url(),
        lead.get_absolute_url(),
    ):
        words = read(client, path)
        assert "Telehealth" in words
        for before in re.findall(r"(.{0,13})September 2019", words):
            assert re.search(r"May 2018 (?:to|and) $|24 months to $|\.to $", before), (path, words)
        assert not re.search(r"[,(] 2019|\bin 2019", words), (path, words)


def test_the_list_is_filtered_by_stage_and_counts_what_fits(client):
    stage(programme("trial"), "pilot", published="2019")
    stage(programme("common"), "everyday", published="2019")
    assert listed(client, stage="pilot") == ["Trial"]
    assert "1 of 2 programmes" in read(client, "/programmes/", stage="pilot")


@pytest.mark.parametrize(
    ("wanted", "numbers", "words"),
    [
        (
            "decrease",
            [630, 631] * 10 + [590] * 8,
            "From 630 in May 2024 to 590 in April 2026: fewer, as the goal asks.",
        ),
        (
            "increase",
            [630, 631] * 10 + [590] * 8,
            "From 630 in May 2024 to 590 in April 2026: fewer; the goal asks for more.",
        ),
        (
            "decrease",
            [630, 631] * 14,
            "From 630 in May 2024 to 631 in April 2026: within its usual ups and downs; "
            "the goal asks for fewer.",
        ),
    ],
)
def test_a_goal_has_an_answer_of_its_own_where_its_measure_has_no_better_way(
    client, wanted, numbers, words
):
    goal = Goal.objects.create(slug="beds")
    on_record(GoalProfile, goal=goal, name="Beds", direction=wanted, position=1,
              target_words="9,000 fewer")  # fmt: skip
    made = metric("beds", direction="neutral")
    readings(made, numbers)
    on_record(MetricGoal, metric=made, goal=goal, words="A part only. Nothing counts the rest.")
    page = read(client, "/goals/")
    assert words in page
    assert "neither direction is better" not in page
    assert "No programme is linked to it." in page
    assert "A part only. Nothing counts the rest." in page.split("What this means")[0]
