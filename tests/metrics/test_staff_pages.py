"""BEHAVIOUR B and K: what staff say of metrics, and that a card and a re-base take two people."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from bhcp_portal.kit.actions import (
    GoneError,
    IncompleteError,
    SamePersonError,
    StaleError,
    seen_token,
)
from bhcp_portal.kit.inbox import Box
from bhcp_portal.kit.proposals import WaitingError, decision_token, refuse_proposal
from metrics import actions, inbox
from metrics.models import ChartNote, Metric, MetricProfile, Rebase, Target
from partners.roles import Role
from tests.clock import OnTime, present
from tests.factories.iccs import icc
from tests.factories.kit import approved
from tests.factories.metrics import metric, readings, rebase, series, target
from tests.factories.partners import partner, person, signed_in

actions = OnTime(actions)

pytestmark = pytest.mark.django_db
LIST = "/staff/metrics/"
WAITS = "/staff/metrics/waits/"
CARD = {
    "name": "Long waits",
    "short_name": "Long waits",
    "why": "People should not wait.",
    "method": "Counted on the last day of the month.",
    "numerator_words": "",
    "denominator_words": "",
    "unit": "people",
    "multiplier": "1",
    "decimals": "0",
    "direction": "decrease",
    "frequency": "month",
    "lag_days": "45",
    "data_source": "",
    "owner_role": "",
    "baseline_value": "",
    "baseline_note": "",
    "uses_spc": "on",
    "limits_from": "",
    "small_numbers": "hide",
    "state": "live",
    "retired_reason": "",
    "successor": "",
}


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


@pytest.fixture
def ann(hospitals):
    return person("ann@example.org", name="Ann", roles=[(Role.DATA_STEWARD, hospitals)])


@pytest.fixture
def bob():
    return person("bob@example.org", name="Bob", roles=[(Role.DATA_STEWARD, None)])


@pytest.fixture
def waits(hospitals):
    made = metric("waits", name="Waits", owner=hospitals)
    readings(made, [5, 6, 7])
    return made


def card(owner, **changes):
    return CARD | {"owner": owner.pk} | changes


def draft_of(made):
    return MetricProfile.objects.drafts().get(metric=made)


def test_a_new_metric_is_public_only_once_another_person_has_checked_its_card(
    client, ann, bob, hospitals
):
    signed_in(client, ann)
    sent = client.post("/staff/metrics/add/", card(hospitals, code="LW_52"))
    assert sent.status_code == 302
    made = Metric.objects.get(code="LW_52")
    now = present()
    assert not Metric.objects.known_at(now).exists()
    seen = seen_token(draft_of(made))
    check = "/staff/metrics/long-waits/check/"
    own = client.post(check, {"decision": "publish", "seen": seen})
    assert "another person publishes it" in own.content.decode()
    assert not Metric.objects.known_at(present()).exists()
    signed_in(client, bob)
    assert client.post(check, {"decision": "publish", "seen": seen}).status_code == 302
    published = made.profiles.get()
    assert (published.author, published.checked_by, published.unit) == (ann, bob, "people")
    assert Metric.objects.known_at(present()).get() == made


def test_the_database_refuses_a_card_that_its_author_checked(ann, waits):
    with pytest.raises(IntegrityError), transaction.atomic():
        MetricProfile.objects.create(
            metric=metric("other", code="O"),
            name="Other",
            author=ann,
            checked_by=ann,
            origin="portal",
            published_at=present(),
            lag_days=1,
        )


def test_a_changed_card_shows_what_changes_and_asks_why(client, ann, bob, hospitals, waits):
    signed_in(client, ann)
    standing = waits.profiles.get()
    words = card(hospitals, seen=seen_token(standing), name="Waits over 52 weeks")
    refused = client.post(f"{WAITS}card/", words)
    assert "Say why the card changes" in refused.content.decode()
    assert not MetricProfile.objects.drafts().exists()
    client.post(f"{WAITS}card/", words | {"reason": "The name was not clear."})
    signed_in(client, bob)
    page = client.get(f"{WAITS}check/")
    assert "What stays as it is" in page.content.decode()
    changed = {line.label: (line.now, line.before) for line in page.context["changed"]}
    assert changed["Name"] == ("Waits over 52 weeks", standing.name)
    assert changed["Why it replaces what was said before"] == ("The name was not clear.", "")
    assert all(line.now == line.before for line in page.context["same"])
    client.post(f"{WAITS}check/", {"decision": "publish", "seen": seen_token(draft_of(waits))})
    standing.refresh_from_db()
    newer = waits.profiles.live(present()).get()
    assert (newer.name, newer.reason) == ("Waits over 52 weeks", "The name was not clear.")
    assert standing.superseded_at == newer.published_at


def test_two_people_at_one_card_the_second_is_told_and_nothing_is_lost(
    client, ann, bob, hospitals, waits
):
    seen = seen_token(waits.profiles.get())
    signed_in(client, ann)
    client.post(f"{WAITS}card/", card(hospitals, seen=seen, name="Ann’s name", reason="Clearer."))
    signed_in(client, bob)
    second = client.post(
        f"{WAITS}card/", card(hospitals, seen=seen, name="Bob’s name", reason="Clearer.")
    )
    assert second.status_code == 409
    page = second.content.decode()
    assert "Ann wrote on this card before you did" in page
    assert "Bob’s name" in page
    assert draft_of(waits).name == "Ann’s name"


def test_a_card_that_changed_under_the_checker_is_not_published(ann, bob, waits, hospitals):
    now = present()
    values = {
        name: getattr(waits.profiles.get(), name)
        for name in ("name", "short_name", "why", "method", "unit", "direction", "frequency")
    } | {"lag_days": 45, "owner": hospitals}
    seen = seen_token(waits.profiles.get())
    same = actions.write_card(metric=waits, values=values, seen=seen, by=ann, at=now)
    assert same == waits.profiles.get()
    values |= {"name": "A name"}
    draft = actions.write_card(metric=waits, values=values, seen=seen, by=ann, at=now)
    before = seen_token(draft_of(waits))
    values |= {"name": "Another"}
    actions.write_card(metric=waits, values=values, seen=before, by=ann, at=now)
    with pytest.raises(StaleError):
        actions.publish_card(card=draft, seen=before, by=bob, at=present())
    assert MetricProfile.objects.drafts().count() == 1


def test_a_draft_is_thrown_away_with_a_reason_and_a_metric_that_had_no_other_goes_with_it(
    client, ann, hospitals
):
    signed_in(client, ann)
    client.post("/staff/metrics/add/", card(hospitals, code="LW"))
    page = client.post("/staff/metrics/long-waits/check/", {"decision": "discard"})
    assert "Say why it is deleted" in page.content.decode()
    seen = seen_token(draft_of(Metric.objects.get()))
    client.post(
        "/staff/metrics/long-waits/check/",
        {"decision": "discard", "remarks": "Not wanted.", "seen": seen},
    )
    assert not Metric.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"why": "word " * 81}, "Use 80 words or fewer"),
        ({"numerator_words": "people seen"}, "A share needs both"),
        ({"baseline_value": "5"}, "Enter the period of the baseline"),
        ({"state": "retired"}, "Say why it was retired"),
        ({"lag_days": "-1"}, "must be 0 or more"),
        ({"multiplier": "lots"}, "must be a whole number"),
        ({"limits_from": "5"}, "must be 12 or more"),
        ({"code": "waits & more"}, "Use capital letters, numbers and _ only"),
        ({"code": "WAITS"}, "Another measure has this code already"),
        ({"unit": ""}, "Enter the unit"),
    ],
)
def test_what_is_wrong_on_a_card_is_said_and_nothing_is_saved(
    client, ann, hospitals, waits, changes, sentence
):
    signed_in(client, ann)
    page = client.post("/staff/metrics/add/", card(hospitals, code="NEW") | changes)
    assert sentence in page.content.decode()
    assert Metric.objects.count() == 1


def test_a_target_takes_two_people_and_another_of_its_kind_and_day_needs_a_reason(
    client, ann, bob, waits
):
    signed_in(client, bob)
    words = {
        "scope": "BHCP",
        "kind": "local_aim",
        "value": "4",
        "words": "4 or fewer",
        "for_verdict": "on",
    } | {"starts_on": "1/4/2024"}
    assert client.post(f"{WAITS}target/", words).status_code == 302
    [first] = Target.objects.all()
    assert (first.value, first.author, first.is_published) == (4, bob, False)
    asked = signed_in(client, ann).get(f"/staff/metrics/proposals/target/{first.pk}/").text
    assert "4 patients" in asked
    assert "Lower is better." in asked
    signed_in(client, bob)
    assert (
        "proposed this already"
        in client.post(f"{WAITS}target/", words | {"value": "5"}).content.decode()
    )
    first = approved(first, by=ann)
    second = client.post(f"{WAITS}target/", words | {"value": "3"})
    assert second.status_code == 409
    assert "A target of 4 of this kind holds from 1 April 2024 already" in second.content.decode()
    assert Target.objects.count() == 1
    seen = {"seen": seen_token(first)}
    client.post(f"{WAITS}target/", words | seen | {"value": "3", "reason": "The board chose it."})
    approved(Target.objects.drafts().get(), by=ann)
    assert Target.objects.live(present()).get().value == 3


def test_a_trajectory_is_never_what_the_verdict_is_by(client, bob, waits):
    signed_in(client, bob)
    words = {"scope": "BHCP", "kind": "trajectory", "value": "4", "words": "x", "for_verdict": "on"}
    client.post(f"{WAITS}target/", words | {"starts_on": "1/4/2024"})
    assert not Target.objects.get().for_verdict


def test_places_are_offered_by_name_where_the_metric_is_counted_and_the_whole_bay(
    client, bob, waits
):
    icc("GAR")
    series(waits, icc("KEN", name="Kendal"))
    form = signed_in(client, bob).get(f"{WAITS}target/").context["form"]
    places = [("BHCP", "The whole area"), ("KEN", "Kendal")]
    assert form.fields["scope"].choices == places
    assert form["scope"].value() == "BHCP"


def test_a_rebase_takes_two_people_a_reason_and_the_first_day_of_a_period(client, ann, bob, waits):
    signed_in(client, ann)
    words = {
        "scope": "BHCP",
        "what_changed": "Another form",
        "why": "The count is not the same.",
        "decided_by": "The board",
    }
    refused = client.post(f"{WAITS}re-base/", words | {"starts_on": "2/2/2024"})
    assert "A month starts on its first day" in refused.content.decode()
    ahead = client.post(f"{WAITS}re-base/", words | {"starts_on": "1/12/2199"})
    assert "Enter a day that has been" in ahead.content.decode()
    client.post(f"{WAITS}re-base/", words | {"starts_on": "1/2/2024"})
    [proposed] = Rebase.objects.all()
    assert not proposed.is_published
    address = f"/staff/metrics/proposals/rebase/{proposed.pk}/"
    decision = {"seen": decision_token(proposed), "decision": "publish"}
    own = client.post(address, decision)
    assert "another person publishes it" in own.content.decode()
    signed_in(client, bob)
    client.post(address, decision)
    proposed.refresh_from_db()
    assert (proposed.approved_by, proposed.is_published) == (bob, True)


def test_the_database_refuses_a_rebase_that_its_author_approved(ann, waits):
    with pytest.raises(IntegrityError), transaction.atomic():
        Rebase.objects.create(
            series=series(waits),
            starts_on=date(2024, 2, 1),
            author=ann,
            approved_by=ann,
            published_at=present(),
        )


def test_a_rebase_is_taken_back_by_a_newer_statement(ann, bob, waits):
    now = present()
    rebase(waits, date(2024, 2, 1))
    words = {"why": "A slip.", "what_changed": "Nothing did.", "decided_by": "The board"}
    common = {"series": series(waits), "starts_on": date(2024, 2, 1), "at": now, **words}
    with pytest.raises(IncompleteError):
        actions.propose_rebase(by=ann, **common)
    draft = actions.propose_rebase(by=ann, applies=False, **common)
    with pytest.raises(WaitingError):
        actions.propose_rebase(by=bob, applies=False, **common)
    with pytest.raises(SamePersonError):
        approved(draft, by=ann)
    approved(draft, by=bob)
    standing = Rebase.objects.live(present()).get()
    assert (standing.applies, standing.reason) == (False, "A slip.")
    with pytest.raises(GoneError):
        refuse_proposal(proposal=draft, reason="Late.", by=bob, at=present())


def test_a_note_takes_two_people_and_a_second_needs_a_reason(client, ann, bob, waits):
    signed_in(client, bob)
    words = {"scope": "BHCP", "words": "A new ward"} | {"period": "1/2/2024"}
    client.post(f"{WAITS}note/", words)
    assert "A new ward" not in client.get("/metrics/waits/").content.decode()
    approved(ChartNote.objects.get(), by=ann)
    assert "A new ward" in client.get("/metrics/waits/").content.decode()
    page = client.post(f"{WAITS}note/", words | {"words": "A new wing"})
    assert "Something is noted there already" in page.content.decode()
    assert ChartNote.objects.get().words == "A new ward"


def test_a_steward_of_a_partner_reaches_its_metrics_only(client, ann, waits):
    metric("other", name="Other metric")
    signed_in(client, ann)
    page = client.get(LIST).content.decode()
    assert "Waits" in page
    assert "Other metric" not in page
    for address in ("", "card/", "target/", "re-base/", "note/", "check/"):
        assert client.get(f"/staff/metrics/other/{address}").status_code == 404


def test_those_who_may_only_read_find_nothing_to_press(client, waits):
    signed_in(client, person("eve@example.org", roles=[(Role.AUDITOR, None)]))
    page = client.get(WAITS).content.decode()
    assert "Waits was 7 patients" in page
    assert "Set a target" not in page
    assert client.get(f"{WAITS}target/").status_code == 403


def test_what_waits_is_on_the_home_page_of_who_can_decide(client, ann, bob, waits):
    now = present()
    actions.propose_rebase(
        series=series(waits),
        starts_on=date(2024, 2, 1),
        why="x",
        what_changed="x",
        decided_by="x",
        by=ann,
        at=now,
    )
    signed_in(client, bob)
    page = client.get("/staff/").content.decode()
    assert "Check change in counting: Waits from 1 February 2024" in page
    signed_in(client, ann)
    assert "Check change in counting" not in client.get("/staff/").content.decode()


def test_who_wrote_what_another_threw_away_is_told_why_for_two_weeks(
    client, ann, bob, hospitals, waits
):
    signed_in(client, ann)
    client.post("/staff/metrics/add/", card(hospitals, code="LW"))
    proposed = actions.propose_rebase(
        series=series(waits),
        starts_on=date(2024, 2, 1),
        why="It is counted anew.",
        what_changed="Another form",
        decided_by="The board",
        by=ann,
        at=present(),
    )
    now = present()
    draft = draft_of(Metric.objects.get(code="LW"))
    actions.discard_card(card=draft, seen=seen_token(draft), reason="We count it.", by=bob, at=now)
    refuse_proposal(proposal=proposed, reason="Nothing was new.", by=bob, at=now)

    def returned(who, at):
        found = [each for each in inbox.waiting_for(who, at) if each.box == Box.RETURNED]
        return {entry.text: entry.meta for entry in found}

    assert returned(ann, now) == {
        "Draft deleted: measure card: Long waits": f"{bob.name}: We count it.",
        "Draft deleted: change in counting: Waits from 1 February 2024": f"{bob.name}: Nothing was new.",
    }
    assert not returned(ann, now + timedelta(days=15))
    assert not returned(bob, now)


def test_the_list_takes_as_many_queries_for_many_metrics_as_for_one(
    client, bob, waits, django_assert_max_num_queries
):
    target(waits, 4)
    for _ in range(20):
        readings(metric(), [1, 2])
    signed_in(client, bob)
    with django_assert_max_num_queries(24):
        assert client.get(LIST).status_code == 200
