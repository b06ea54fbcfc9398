"""Two people for what goes on the record, in every kind that has drafts (CONTRACT 3), and what is sent twice."""

from datetime import date
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

import metrics.actions
import newsroom.actions
import programmes.actions
from bhcp_portal.kit.actions import ActionError, SamePersonError, seen_token
from bhcp_portal.kit.kinds import kinds
from bhcp_portal.kit.proposals import (
    approve_proposal,
    compared,
    decision_token,
    proposals,
    refuse_proposal,
    standing_beside,
    thing_of,
)
from metrics.models import ChartNote, Metric, ReadingBatch, Rebase, Target
from newsroom.models import NewsItem
from partners.roles import Role, roles_with
from programmes.models import (
    Goal,
    GoalProfile,
    MetricGoal,
    MetricProgramme,
    Milestone,
    MilestoneDate,
)
from tests.at_once import at_once
from tests.clock import present
from tests.factories.kit import approved, on_record
from tests.factories.metrics import metric, series
from tests.factories.newsroom import draft, news
from tests.factories.partners import person, signed_in
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["target", "milestone", "news", "status", "card"])
def test_of_many_who_decide_at_once_one_does_and_the_others_are_told(kind):
    ann, others = person(name="Ann"), [person() for _ in range(4)]
    if kind in KINDS:
        flow = KINDS[kind]()
        row = flow.submit(flow.begin(ann), ann)
        outcomes = at_once(lambda by: flow.approve(row, by), others)
    else:
        row = PROPOSED[Target if kind == "target" else MilestoneDate](ann)
        how = {"proposal": row, "seen": decision_token(row), "at": present()}
        outcomes = at_once(lambda by: approve_proposal(by=by, **how), others)
    told = [each for each in outcomes if isinstance(each, ActionError)]
    assert len(told) == 3
    row.refresh_from_db()
    assert row.is_published or row.state == "approved"


@pytest.mark.django_db(transaction=True)
def test_a_proposal_is_published_or_thrown_away_and_never_both():
    ann, bob, eve = (person(name=name) for name in ("Ann", "Bob", "Eve"))
    row = PROPOSED[MilestoneDate](ann)
    seen = decision_token(row)

    def decide(by):
        how = {"proposal": row, "by": by, "at": present()}
        if by == bob:
            return approve_proposal(seen=seen, **how)
        return refuse_proposal(reason="Not ours.", **how)

    outcomes = at_once(decide, [bob, eve])
    assert len([each for each in outcomes if isinstance(each, ActionError)]) == 1
    is_public = MilestoneDate.objects.published().exists()
    assert Milestone.objects.exists() == is_public
    assert not MilestoneDate.objects.drafts().exists()


# -- the table ------------------------------------------------------------------------------------

# CONTRACT 3, of what is written in the browser so far.
WHO = {
    "status updates": (Role.PROGRAMME_EDITOR, Role.PROGRAMME_APPROVER),
    "milestones": (Role.PROGRAMME_EDITOR, Role.PROGRAMME_APPROVER),
    "measures": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "measured figures": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "targets": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "changes in counting": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "notes on charts": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "measures of programmes": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "measures of goals": (Role.DATA_STEWARD, Role.DATA_STEWARD),
    "news items": (Role.NEWS_EDITOR, Role.NEWS_PUBLISHER),
}


def test_the_kinds_say_who_writes_and_who_publishes_them_and_the_page_shows_it(client, db):
    page = signed_in(client, person(roles=[(Role.AUDITOR, None)])).get(reverse("staff:who_may"))
    shown = {
        words.lower(): (whose, who, then)
        for many, whose, who, then in page.context["two_people"]
        for words in many
    }
    by_name = {kind.many.lower(): kind for kind in kinds()}
    assert shown.keys() == {name for name, kind in by_name.items() if not kind.takes_one}
    for name, (writer, approver) in WHO.items():
        kind = by_name[name]
        assert writer in roles_with(kind.writer), name
        assert roles_with(kind.approver) == [approver], name
        assert writer.label.lower() in shown[name][1]
        assert shown[name][2] == approver.label.lower()
    assert shown["amounts of money"][1:] == (
        "programme editor, record keeper",
        "programme approver, record keeper",
    )
    assert shown["memberships"] == ("that partner", "record keeper", "record keeper")
    assert shown["places"] == ("all partners", "record keeper", "record keeper")
    listed = {route for route, _, _ in page.context["addresses"]}
    assert "/staff/milestones/proposals/<pk>/" in listed


@pytest.mark.parametrize(
    "kind", [kind for kind in kinds() if kind.is_proposed], ids=lambda kind: kind.one
)
def test_every_kind_that_is_proposed_is_reached_decided_and_compared(kind, ann, bob):
    """One thing of each is proposed, compared with nothing, published, and compared with itself."""
    proposal = PROPOSED[kind.model](ann)
    things = type(thing_of(proposal)).objects.all()
    assert list(proposals(kind, things)) == [proposal]
    changed, same = compared(proposal, standing_beside(proposal))
    assert changed
    assert same == []
    with pytest.raises(SamePersonError):
        approved(proposal, by=ann)
    standing = approved(proposal, by=bob)
    assert standing_beside(standing) == standing
    assert compared(standing, standing)[0] == []
    with pytest.raises(ActionError):
        approved(proposal, by=bob)


def _of_series(propose, **words):
    return lambda by: propose(series=series(metric("waits")), by=by, at=present(), **words)


PROPOSED = {
    Target: _of_series(
        metrics.actions.propose_target,
        seen="",
        values={"kind": "standard", "starts_on": date(2020, 1, 1), "value": 9, "words": "9"},
    ),
    ChartNote: _of_series(
        metrics.actions.propose_note, period=date(2024, 1, 1), words="A new ward"
    ),
    Rebase: _of_series(
        metrics.actions.propose_rebase,
        starts_on=date(2024, 1, 1),
        why="It is counted anew.",
        what_changed="Another form",
        decided_by="The board",
    ),
    MetricGoal: lambda by: programmes.actions.propose_link(
        metric=metric("waits"), to=goal(), words="How long", by=by, at=present()
    ),
    MetricProgramme: lambda by: programmes.actions.propose_link(
        metric=metric("waits"), to=programme(), words="How long", by=by, at=present()
    ),
    MilestoneDate: lambda by: programmes.actions.propose_milestone(
        programme=programme(), title="Ward opens", due_as="2029", by=by, at=present()
    ),
}
