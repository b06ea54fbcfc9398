"""Two people for what goes on the record, in every kind that has drafts (CONTRACT 3), and what is sent twice."""

from datetime import date
from functools import partial

import pytest
from django.utils import timezone

import metrics.actions
import newsroom.actions
import programmes.actions
from bhcp_portal.kit.actions import ActionError, SamePersonError, seen_token
from metrics.models import ChartNote, Metric, ReadingBatch, Target
from newsroom.models import NewsItem
from programmes.models import Goal, GoalProfile, MetricGoal, Milestone
from tests.at_once import at_once
from tests.clock import present
from tests.factories.kit import on_record
from tests.factories.metrics import metric, series
from tests.factories.newsroom import draft, news
from tests.factories.partners import person
from tests.factories.programmes import programme

each_kind = pytest.mark.parametrize("kind", ["news", "status", "card"])


@pytest.fixture
def ann(db):
    return person(name="Ann")


@pytest.fixture
def bob(db):
    return person(name="Bob")


@pytest.fixture
def eve(db):
    return person(name="Eve")


def card(metric):
    """The values of a metric's card, as its form gives them."""
    names = ("name", "short_name", "why", "method", "unit", "direction", "frequency", "lag_days")
    return {name: getattr(metric.profiles.published().get(), name) for name in names}


class News:
    words = "title"

    def begin(self, by):
        return draft(by=by, at=present(), title="Clinic opens")

    def save(self, row, by, words):
        return newsroom.actions.edit(
            version=row, seen=seen_token(row), by=by, at=present(), title=words
        )

    def submit(self, row, by):
        return newsroom.actions.submit(version=row, seen=seen_token(row), by=by, at=present())

    def approve(self, row, by):
        return newsroom.actions.approve(version=row, seen=seen_token(row), by=by, at=present())


class Status:
    words = "summary"

    def begin(self, by):
        values = {"status": "on_track", "summary": "All is well."}
        return programmes.actions.start_status(
            programme=programme(), values=values, by=by, at=timezone.now()
        )

    def save(self, row, by, words):
        return programmes.actions.save_status(
            update=row, seen=seen_token(row), values={"summary": words}, by=by, at=timezone.now()
        )

    def submit(self, row, by):
        return programmes.actions.submit_status(
            update=row, seen=seen_token(row), by=by, at=timezone.now()
        )

    def approve(self, row, by):
        return programmes.actions.approve_status(
            update=row, seen=seen_token(row), by=by, at=timezone.now()
        )


class Card:
    words = "why"

    def begin(self, by):
        self.metric = metric("waits")
        return self.save(self.metric.profiles.get(), by, "It shows how long people wait.")

    def save(self, row, by, words):
        return metrics.actions.write_card(
            metric=self.metric,
            values=card(self.metric) | {"why": words},
            seen=seen_token(row),
            by=by,
            at=present(),
        )

    def submit(self, row, by):
        return row

    def approve(self, row, by):
        return metrics.actions.publish_card(card=row, seen=seen_token(row), by=by, at=present())


KINDS = {"news": News, "status": Status, "card": Card}


@each_kind
def test_a_save_that_changes_nothing_and_a_submit_make_nobody_an_author(kind, ann, bob):
    flow = KINDS[kind]()
    row = flow.begin(ann)
    before = seen_token(row)
    row = flow.save(row, bob, getattr(row, flow.words))
    assert seen_token(row) == before
    row = flow.submit(row, bob)
    with pytest.raises(SamePersonError):
        flow.approve(row, ann)
    flow.approve(row, bob)


@each_kind
def test_nobody_who_wrote_in_it_approves_it_whoever_wrote_last(kind, ann, bob, eve):
    flow = KINDS[kind]()
    row = flow.begin(ann)
    row = flow.submit(flow.save(row, bob, "Other words"), eve)
    for writer in (ann, bob):
        with pytest.raises(SamePersonError):
            flow.approve(row, writer)
    flow.approve(row, eve)


def test_a_copy_to_correct_needs_new_words_and_its_copier_may_approve_those_of_others(ann, bob):
    item = news("Clinic opens")
    row = newsroom.actions.revise(item=item, by=ann, at=present())
    with pytest.raises(ActionError, match="Nothing is changed yet"):
        News().submit(row, ann)
    row = News().submit(News().save(row, bob, "Clinic opened"), bob)
    assert News().approve(row, ann).approved_by == ann


def test_withdrawing_leaves_a_colleagues_draft_that_has_to_be_approved_anew(ann, bob):
    item = news("Clinic opens")
    row = newsroom.actions.revise(item=item, by=ann, at=present())
    row = News().submit(News().save(row, ann, "Clinic opened"), ann)
    old = seen_token(News().approve(row, bob))
    newsroom.actions.withdraw(item=item, by=bob, at=present(), reason="It never opened.")
    row.refresh_from_db()
    assert (row.state, row.title, row.approved_by) == ("draft", "Clinic opened", None)
    assert "It never opened." in row.decision_remarks
    with pytest.raises(ActionError):
        newsroom.actions.publish_news(version=row, seen=old, by=bob, at=present())


# -- sent twice in the same second ----------------------------------------------------------------


def goal():
    made = Goal.objects.create(slug="goal")
    on_record(GoalProfile, goal=made, name="Better health", position=1)
    return made


def twice():
    """For each thing that can be sent twice: what sends it, and the model of which one row is made."""
    waits, work, aim = metric("waits"), programme(), goal()
    place = series(waits)
    said = {"at": present()}
    words = {"summary": "A clinic.", "body": "It opened.", "title": "Clinic opens"}
    named = {"lead_partner": None, "partners": [], "programmes": [], "iccs": []}
    target = {"kind": "standard", "starts_on": date(2020, 1, 1), "value": 92, "words": "92 or more"}
    return {
        "news": (partial(newsroom.actions.add_news, **words, **named, **said), NewsItem),
        "card": (
            partial(metrics.actions.add_metric, code="NEW", values=card(waits), **said),
            Metric,
        ),
        "target": (
            partial(metrics.actions.propose_target, series=place, values=target, seen="", **said),
            Target,
        ),
        "note": (
            partial(
                metrics.actions.propose_note,
                series=place,
                period=date(2024, 1, 1),
                words="A new ward",
                **said,
            ),
            ChartNote,
        ),
        "link": (
            partial(
                programmes.actions.propose_link, metric=waits, to=aim, words="How long", **said
            ),
            MetricGoal,
        ),
        "milestone": (
            partial(
                programmes.actions.propose_milestone,
                programme=work,
                title="Ward opens",
                due_as="2029",
                **said,
            ),
            Milestone,
        ),
        "readings": (
            partial(
                metrics.actions.send_readings, file_name="a.csv", content=b"metric,value\n", **said
            ),
            ReadingBatch,
        ),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "what", ["news", "card", "target", "note", "link", "milestone", "readings"]
)
def test_what_is_sent_several_times_at_once_is_made_once(what):
    act, model = twice()[what]
    who, before = person(), model.objects.count()
    outcomes = at_once(lambda by: act(by=by), [who] * 4)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert len({each.pk for each in outcomes}) == 1
    assert model.objects.count() == before + 1
