"""Second reviews: another person looks at what was withdrawn or undone at once (CONTRACT 3)."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.urls import reverse

import metrics.inbox
import newsroom.inbox
from bhcp_portal.kit.actions import (
    IncompleteError,
    SamePersonError,
    StaleError,
    redact,
    seen_token,
)
from bhcp_portal.kit.inbox import Box
from bhcp_portal.kit.redaction import redact_words
from bhcp_portal.kit.reviews import Review
from metrics import actions as metrics_actions
from metrics import tasks
from metrics.models import BatchState, Reading
from newsroom import actions as newsroom_actions
from newsroom.models import NewsVersion
from partners.roles import Role
from tests.at_once import at_once
from tests.clock import OnTime, present
from tests.factories.metrics import metric
from tests.factories.newsroom import news
from tests.factories.partners import person, signed_in
from tests.roles import as_owner

metrics_actions, newsroom_actions = OnTime(metrics_actions), OnTime(newsroom_actions)

DONE = datetime(2026, 11, 26, 10, tzinfo=UTC)
LATER = DONE + timedelta(hours=2)
READING = b"""metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source
WAITS,BHCP,2024-01-01,,,912,no,,,,,
"""


class Withdrawn:
    """A news item that Ann withdrew on a Thursday."""

    page = "news_review"

    def __init__(self, ann, bob):
        self.item = news("Clinic opens")
        self.row = newsroom_actions.withdraw(
            item=self.item, by=ann, at=DONE, reason="It never opened."
        )
        self.key = self.item.slug

    @property
    def done(self):
        return NewsVersion.objects.get(pk=self.row.pk).done_at_once

    def review(self, **how):
        newsroom_actions.review_withdrawal(version=self.row, **how)

    def stands(self):
        return not NewsVersion.objects.live(present()).get(item=self.item).is_withdrawn

    def waiting(self, person):
        return list(newsroom.inbox.waiting_for(person, LATER))


class Undone:
    """A file of one reading that Bob sent, Eve approved and Ann undid on a Thursday."""

    page = "readings_review"

    def __init__(self, ann, bob, content=READING):
        metric("waits")
        self.row = self.publish(content, bob, DONE - timedelta(days=1))
        metrics_actions.undo_readings(batch=self.row, reason="It never opened.", by=ann, at=DONE)
        self.key = self.row.pk

    @staticmethod
    def publish(content, by, at):
        row = metrics_actions.send_readings(file_name="a.csv", content=content, by=by, at=at)
        tasks.check_readings.call(row.pk)
        row.refresh_from_db()
        return metrics_actions.import_readings(batch=row, by=person(), at=at)

    @property
    def done(self):
        self.row.refresh_from_db()
        return self.row.done_at_once

    def review(self, **how):
        metrics_actions.review_undo(batch=self.row, **how)

    def stands(self):
        return Reading.objects.live(present()).exists()

    def waiting(self, person):
        return list(metrics.inbox.waiting_for(person, LATER))


each_act = pytest.mark.parametrize("make", [Withdrawn, Undone])


def colleague(name="Somebody"):
    return person(name=name, roles=[Role.DATA_STEWARD, Role.NEWS_PUBLISHER])


@pytest.fixture
def ann(db):
    return colleague("Ann")


@pytest.fixture
def bob(db):
    return colleague("Bob")


@pytest.fixture
def eve(db):
    return colleague("Eve")


def answer(act, by, *, agrees, remarks="It did open.", at=LATER, seen=None):
    act.review(seen=seen or act.done.seen, agrees=agrees, remarks=remarks, by=by, at=at)


@each_act
def test_it_waits_for_those_who_may_and_not_for_who_did_it(make, ann, bob, eve):
    act = make(ann, bob)
    assert not act.stands()
    assert str(act.done.due_on) == "2026-12-01"  # Friday, Monday, Tuesday
    [entry] = [each for each in act.waiting(eve) if each.box == Box.DECIDE]
    assert entry.text.startswith("Was this right? ")
    assert entry.tag == "Due in 5 days"
    assert "It never opened." in entry.meta
    assert Box.DECIDE not in [each.box for each in act.waiting(ann)]
    assert act.waiting(ann)[0].box == Box.SENT
    with pytest.raises(SamePersonError):
        answer(act, ann, agrees=True)
    assert not Review.objects.exists()


@each_act
def test_where_another_agrees_it_stays_and_nobody_is_asked_again(make, ann, bob, eve):
    act = make(ann, bob)
    answer(act, eve, agrees=True, remarks="")
    assert not act.stands()
    assert act.done.review.by_whom == eve.email
    assert [each for each in act.waiting(bob) if each.text.startswith("Was this right? ")] == []
    with pytest.raises(StaleError):
        answer(act, bob, agrees=False)


@each_act
def test_where_another_disagrees_it_stands_again_from_then_and_past_days_stay(make, ann, bob, eve):
    act = make(ann, bob)
    with pytest.raises(IncompleteError):
        answer(act, eve, agrees=False, remarks=" ")
    assert not act.stands()
    answer(act, eve, agrees=False)
    assert act.stands()
    assert act.done is None
    between = DONE + timedelta(hours=1)
    if make is Withdrawn:
        assert NewsVersion.objects.live(between).get().is_withdrawn
        assert not NewsVersion.objects.live(LATER + timedelta(seconds=1)).get().is_withdrawn
    else:
        assert not Reading.objects.live(between).exists()
        assert Reading.objects.live(LATER + timedelta(seconds=1)).get().value == 912
        assert act.row.state == BatchState.APPLIED
        assert act.row.decided_by == eve


def test_a_withdrawal_that_was_followed_by_a_new_publication_waits_for_nobody(ann, bob, eve):
    act = Withdrawn(ann, bob)
    seen, at = act.done.seen, DONE + timedelta(hours=1)
    row = newsroom_actions.revise(item=act.item, by=bob, at=at)
    for act_on, by in (
        (partial(newsroom_actions.edit, title="Clinic opened"), bob),
        (newsroom_actions.submit, bob),
        (newsroom_actions.approve, eve),
        (newsroom_actions.publish_news, eve),
    ):
        row = act_on(version=row, seen=seen_token(row), by=by, at=at)
    assert NewsVersion.objects.get(pk=act.row.pk).done_at_once is None
    assert [each for each in act.waiting(eve) if each.text.startswith("Was this right? ")] == []
    with pytest.raises(StaleError):
        answer(act, eve, agrees=False, seen=seen)


def test_who_sent_a_file_does_not_publish_it_again(ann, bob):
    act = Undone(ann, bob)
    with pytest.raises(SamePersonError):
        answer(act, bob, agrees=False)
    assert (act.stands(), Review.objects.exists()) == (False, False)


def test_what_a_later_file_said_stays_where_an_undoing_is_not_agreed_with(ann, bob, eve):
    act = Undone(ann, bob)
    seen = act.done.seen
    Undone.publish(READING.replace(b"912", b"934"), bob, DONE + timedelta(hours=1))
    answer(act, eve, agrees=False, seen=seen)
    assert Reading.objects.live(present()).get().value == 934


@pytest.mark.parametrize("everywhere", [False, True])
def test_words_removed_since_stay_removed_where_an_undoing_is_not_agreed_with(
    ann, bob, eve, everywhere
):
    act = Undone(ann, bob, READING.replace(b",,,,,\n", b",,,,Joan Quixworth,\n"))
    if everywhere:
        with as_owner():
            redact_words("Joan Quixworth", by="boss@example.org", reason="A patient")
    else:
        redact(Reading.objects.get(), fields=["note"], by=ann, reason="A patient")
    answer(act, eve, agrees=False)
    again = Reading.objects.live(present()).get()
    assert again.value == 912
    assert again.note.startswith("removed on ")
    assert again.note.endswith("A patient")


def test_what_is_published_anew_may_be_undone_and_looked_at_again(ann, bob, eve):
    act = Undone(ann, bob)
    first = act.done.seen
    answer(act, eve, agrees=False)
    again = LATER + timedelta(hours=1)
    metrics_actions.undo_readings(batch=act.row, reason="It is wrong.", by=ann, at=again)
    with pytest.raises(StaleError):
        answer(act, eve, agrees=False, seen=first, at=again + timedelta(hours=1))
    answer(act, eve, agrees=True, at=again + timedelta(hours=1))
    assert (act.stands(), Review.objects.count()) == (False, 2)


@each_act
def test_it_is_looked_at_on_a_page(client, make, ann, bob, eve):
    act = make(ann, bob)
    address = reverse(f"staff:{act.page}", args=[act.key])
    text = signed_in(client, ann).get(address).content.decode()
    assert "You did it, so another person looks at it" in text
    assert "I disagree" not in text
    client = signed_in(client, eve)
    text = client.get(address).content.decode()
    assert "It never opened." in text
    sent = {"seen": act.done.seen, "decision": "disagree", "remarks": ""}
    assert "Say why you disagree" in client.post(address, sent).content.decode()
    assert not act.stands()
    text = client.post(address, sent | {"remarks": "It did open."}, follow=True).content.decode()
    assert "It stands again" in text
    assert f"{eve.name} disagreed on" in text
    if isinstance(act, Undone):
        # Who approved it first stays named beside who published it again.
        [first] = act.row.events.filter(state=BatchState.APPLIED)[:1]
        assert f"{first.decided_by} approved it on" in text
        assert f"{eve} published it again on" in text
    assert "Withdrawn:" not in text
    assert act.stands()
    late = client.post(address, sent | {"remarks": "It did open."}, follow=True).content.decode()
    assert "What you wrote was not sent" in late


@pytest.mark.django_db(transaction=True)
@each_act
def test_of_many_who_look_at_it_at_once_one_does(make):
    act = make(colleague(), colleague())
    seen = act.done.seen

    def one(by):
        act.review(seen=seen, agrees=True, remarks="", by=by, at=LATER)

    outcomes = at_once(one, [person() for _ in range(4)])
    assert sum(isinstance(each, StaleError) for each in outcomes) == 3
    assert Review.objects.count() == 1


def test_who_wrote_what_would_stand_again_lets_another_person_decide(ann, bob, eve):
    """As who sent a file does not publish it again once another undid it."""
    version = newsroom_actions.add_news(
        by=bob, at=DONE, title="x", summary="x", body="x", lead_partner=None
    )
    steps = (("submit", bob), ("approve", eve), ("publish_news", bob))
    for step, by in steps:
        version.refresh_from_db()
        getattr(newsroom_actions, step)(version=version, seen=seen_token(version), by=by, at=DONE)
    gone = newsroom_actions.withdraw(item=version.item, by=ann, at=LATER, reason="It is wrong.")
    again = {"version": gone, "seen": gone.done_at_once.seen, "remarks": "No.", "at": LATER}
    with pytest.raises(SamePersonError):
        newsroom_actions.review_withdrawal(agrees=False, by=bob, **again)
    assert not Review.objects.exists()
    newsroom_actions.review_withdrawal(agrees=False, by=eve, **again)
    assert NewsVersion.objects.live(present()).get() == version
