"""What waits for approval, of each kind: decided by another meanwhile, and several on one page."""

from datetime import date
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

import metrics.actions
import programmes.actions
from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import london_day, span
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, State, Why
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposals import approve_proposal, decision_token, refuse_proposal
from metrics import tasks
from metrics.models import MetricProfile, ReadingBatch, Target
from partners.roles import Role
from programmes.actions.endings import EndRestsOn, Outcome
from programmes.models import MilestoneDate, Programme, StatusUpdate
from programmes.models.status import UpdateState
from tests.clock import present
from tests.factories.metrics import metric, series
from tests.factories.partners import partner, person, signed_in
from tests.factories.programmes import milestone, money_proposed, partner_role, programme
from tests.portal.test_two_people import card

pytestmark = pytest.mark.django_db

WHY = "The money for it ran out in the spring."
READING = b"metric,scope,period,value,published_at\nWAITS,BHCP,2024-01-01,5,2024-03-01\n"
DECIDES = [Role.PROGRAMME_APPROVER, Role.DATA_STEWARD, Role.RECORD_KEEPER]


@pytest.fixture
def ann(db):
    return person(name="Ann", roles=[Role.PROGRAMME_EDITOR, *DECIDES])


@pytest.fixture
def bob(db):
    return person(name="Bob", roles=DECIDES)


@pytest.fixture
def eve(db):
    return person(name="Eve", roles=DECIDES)


def how(by, row=None):
    return {"by": by, "at": present(), **({"seen": seen_token(row)} if row else {})}


class OneStatus:
    """A status update that Ann sent; what is returned is thrown away by her."""

    approves, refuses = "approve", "return"

    def __init__(self, ann, name="Telehealth", words="All is well."):
        values, self.ann = {"status": "on_track", "summary": words}, ann
        start = partial(programmes.actions.start_status, programme=programme(name=name))
        row = start(values=values, **how(ann))
        self.row = programmes.actions.submit_status(update=row, **how(ann, row))
        self.page = reverse("staff:status_decide", args=[row.pk])

    def approve(self, by):
        programmes.actions.approve_status(update=self.row, **how(by, self.row))

    def refuse(self, by):
        back = programmes.actions.return_status(
            update=self.row, remarks="Not ours.", **how(by, self.row)
        )
        programmes.actions.discard_status(update=back, reason="Not ours.", **how(by, back))


class OneProposed:
    """A change that Ann proposed and another publishes."""

    approves, refuses = "publish", "discard"

    def __init__(self, ann, name="Ward opens"):
        self.row = self.propose(ann, name)
        self.seen = decision_token(self.row)

    def approve(self, by):
        approve_proposal(proposal=self.row, **how(by) | {"seen": self.seen})

    def refuse(self, by):
        refuse_proposal(proposal=self.row, reason="Not ours.", **how(by))


class OneMilestone(OneProposed):
    def propose(self, ann, name):
        add = partial(programmes.actions.propose_milestone, programme=programme())
        return add(title=name, due_as="2029", **how(ann))

    @property
    def page(self):
        return reverse("staff:milestone_proposal", args=[self.row.pk])


class OneTarget(OneProposed):
    def propose(self, ann, name):
        values = {"kind": "standard", "starts_on": date(2020, 1, 1), "value": 92, "words": name}
        add = partial(metrics.actions.propose_target, series=series(metric()))
        return add(values=values, **how(ann) | {"seen": ""})

    @property
    def page(self):
        return reverse("staff:metric_proposal", args=["target", self.row.pk])


class OneCard:
    """The card of a new measure, which goes with it where it is thrown away."""

    approves, refuses = "publish", "discard"

    def __init__(self, ann, name="Waits"):
        values = card(metric()) | {"name": name, "short_name": name}
        self.row = metrics.actions.add_metric(code=name.upper(), values=values, **how(ann))
        self.page = reverse("staff:metric_check", args=[self.row.metric.slug])

    def approve(self, by):
        metrics.actions.publish_card(card=self.row, **how(by, self.row))

    def refuse(self, by):
        metrics.actions.discard_card(card=self.row, reason="Not ours.", **how(by, self.row))


class OneFile:
    """A file of readings."""

    approves = refuses = ""

    def __init__(self, ann):
        metric("waits")
        batch = metrics.actions.send_readings(file_name="a.csv", content=READING, **how(ann))
        tasks.check_readings.call(batch.pk)
        self.row = ReadingBatch.objects.get(pk=batch.pk)
        self.page = reverse("staff:readings_confirm", args=[batch.pk])

    def approve(self, by):
        metrics.actions.import_readings(batch=self.row, **how(by))

    def refuse(self, by):
        metrics.actions.discard_readings(batch=self.row, reason="Not ours.", **how(by))


class OneProposal:
    """A proposal to the record."""

    approves, refuses = "approve", "return"

    def __init__(self, ann):
        draft = self.begin(ann)
        self.row = record.send(proposal=draft, **how(ann, draft))
        self.page = self.row.get_absolute_url()

    def begin(self, ann):
        return money_proposed(programme(), **how(ann))

    def approve(self, by):
        record.approve(proposal=self.row, **how(by, self.row))

    def refuse(self, by):
        record.drop(proposal=self.row, reason="Not ours.", **how(by))


class OneEnd(OneProposal):
    def begin(self, ann):
        programme("eyes", name="Eye care")
        return programmes.actions.propose_end(
            programmes=list(Programme.objects.with_profile(present())),
            outcome=Outcome.FINISHED,
            ends=span("2026-06-01"),
            words=WHY,
            ground=EndRestsOn(Why.NOW),
            **how(ann),
        )


@pytest.mark.parametrize("done", ["approve", "refuse"])
@pytest.mark.parametrize(
    "kind", [OneStatus, OneMilestone, OneTarget, OneCard, OneFile, OneProposal, OneEnd]
)
def test_who_decides_too_late_reads_who_decided_and_when(client, ann, bob, eve, kind, done):
    one = kind(ann)
    signed_in(client, bob)
    form = client.get(one.page).context["form"] if one.approves else None
    getattr(one, done)(eve)
    words = {"decision": one.approves, "seen": form["seen"].value()} if form else {}
    answer = client.post(one.page, words, follow=True)
    assert answer.status_code == 200
    verb = "approved it" if done == "approve" else "deleted it"
    day = f"{london_day(timezone.now()):%-d %B %Y}"
    assert f"Eve {verb} on {day} at " in answer.text
    if one.refuses:
        late = {"decision": one.refuses, "remarks": "Which ward?", "seen": words["seen"]}
        assert "Which ward?" in client.post(one.page, late, follow=True).text


def decisions(name, *chosen):
    """The form of the page as it is sent: rows with their token, the decision and its words."""
    form = {name: [row.pk for row, *_ in chosen]}
    for row, seen, decision, *remarks in chosen:
        form |= {
            f"{name}-{row.pk}-seen": seen,
            f"{name}-{row.pk}-decision": decision,
            f"{name}-{row.pk}-remarks": "".join(remarks),
        }
    return form


@pytest.mark.parametrize(
    ("kind", "model", "differs"),
    [
        (OneStatus, StatusUpdate, "The dates suggest"),
        (OneMilestone, MilestoneDate, "bhcp-diff--lines"),
        (OneTarget, Target, "Where: "),
        (OneCard, MetricProfile, "bhcp-diff--lines"),
    ],
)
def test_several_of_each_kind_are_decided_on_one_page(client, ann, bob, eve, kind, model, differs):
    good, bad, late, left = (kind(ann, name) for name in ("One", "Two", "Three", "Four"))
    of = kind_of(model)
    page = reverse("staff:record_decide", args=[of.slug])
    home = signed_in(client, bob).get("/staff/").text
    assert f'<a href="{page}">Decide on several on one page: {of.many} (4)</a>' in home
    shown = client.get(page)
    assert shown.text.count(differs) == 4
    seen = {each.row.pk: each.form["seen"].value() for each in shown.context["shown"]}
    for each in (good, bad, late, left):
        assert f'href="{each.page}"' in shown.text
    late.refuse(eve)
    chosen = [
        (good.row, seen[good.row.pk], "approve"),
        (bad.row, seen[bad.row.pk], "return", "Which ward?"),
        (late.row, seen[late.row.pk], "return", "Not now."),
        (left.row, seen[left.row.pk], "leave"),
    ]
    answer = client.post(page, decisions("draft", *chosen), follow=True)
    assert "stays as it is. Eve deleted it on" in answer.text
    assert "What you wrote was not sent: “Not now.”" in answer.text
    refused = "Returned: 1." if model is StatusUpdate else "Deleted: 1."
    assert "Public now: 1. <a " in answer.text
    assert refused in answer.text
    good.row.refresh_from_db()
    assert good.row.is_published
    back = model.objects.drafts().filter(pk=bad.row.pk)
    assert [each.state for each in back if model is StatusUpdate] == (
        [UpdateState.RETURNED] if model is StatusUpdate else []
    )
    assert back.exists() == (model is StatusUpdate)
    assert model.objects.drafts().filter(pk=left.row.pk).exists()
    # Who wrote them is neither offered them nor heard.
    client.logout()
    assert signed_in(client, ann).get(page).context["own"] >= 1
    client.post(page, decisions("draft", (left.row, seen[left.row.pk], "approve")), follow=True)
    assert model.objects.drafts().filter(pk=left.row.pk).exists()


def test_another_partners_are_neither_listed_nor_decided(client, ann):
    update, opening = OneStatus(ann), OneMilestone(ann)
    trust = partner("RTX")
    for row in (update.row.programme, opening.row.milestone.programme):
        partner_role(row, trust)
    stranger = person(roles=[(Role.PROGRAMME_APPROVER, partner("OTH"))])
    signed_in(client, stranger)
    for one in (update, opening):
        page = reverse("staff:record_decide", args=[kind_of(type(one.row)).slug])
        assert client.get(page).context["shown"] == []
        seen = getattr(one, "seen", seen_token(one.row))
        client.post(page, decisions("draft", (one.row, seen, "approve")))
        assert type(one.row).objects.drafts().filter(pk=one.row.pk).exists()
        one.refuse(ann if one is opening else person())
        assert client.post(one.page, {"decision": "approve"}).status_code == 404


def test_a_mend_of_a_milestone_is_decided_beside_what_is_proposed_of_others(client, ann, bob):
    opening, waits = milestone(programme(), title="Ward opens", due="2029"), OneMilestone(ann)
    [row] = opening.dates.all()
    editor = {"by": ann, "at": present()}
    cells = {
        **dict.fromkeys(("description", "done", "note", "source"), ""),
        "milestone": opening.slug,
        "title": "The ward opens",
        "state": "planned",
        "due": "2029",
        "is_critical": "no",
        "published_at": "",
        "certainty": "sourced",
        "reason": "A slip.",
    }
    mend = ProposedRow("milestone-dates", Act.CORRECT, cells, Why.NOW, row.pk)
    draft = record.begin(rows=[mend], title="Mend a milestone: Ward opens", **editor)
    sent = record.send(proposal=draft, seen=seen_token(draft), **editor)
    page = reverse("staff:record_decide", args=["milestone-dates"])
    shown = signed_in(client, bob).get(page).context["shown"]
    first, second = (each.title for each in shown)
    assert first == "Mend a milestone: Ward opens"
    assert second.startswith("Milestone: ")
    assert second.endswith(": Ward opens")
    both = decisions("proposal", (sent, seen_token(sent), "approve"))
    both |= decisions("draft", (waits.row, waits.seen, "approve"))
    assert "Public now: 2." in client.post(page, both, follow=True).text
    assert Proposal.objects.get().state == State.PUBLISHED


class OneRecalledStatus(OneStatus):
    name, kind = "draft", "status-updates"

    def recall(self, ann):
        self.row.refresh_from_db()
        programmes.actions.recall_status(update=self.row, **how(ann, self.row))


class OneRecalledEnd(OneEnd):
    name, kind = "proposal", "programme-profiles"

    def __init__(self, ann, name="Eyes"):
        super().__init__(ann)

    def begin(self, ann):
        self.programme = programme(name=f"Eye care {Programme.objects.count()}")
        ended = Programme.objects.with_profile(present()).filter(pk=self.programme.pk)
        return programmes.actions.propose_end(
            programmes=list(ended),
            outcome=Outcome.FINISHED,
            ends=span("2026-06-01"),
            words=WHY,
            ground=EndRestsOn(Why.NOW),
            **how(ann),
        )

    def recall(self, ann):
        record.recall(proposal=self.row, **how(ann, self.row))


@pytest.mark.parametrize("decided", ["approve", "return", "leave"])
@pytest.mark.parametrize("one", [OneRecalledStatus, OneRecalledEnd])
def test_what_its_author_took_back_meanwhile_is_said_and_the_others_go_through(
    client, ann, bob, one, decided
):
    taken, other = one(ann, "One"), one(ann, "Two")
    page = reverse("staff:record_decide", args=[one.kind])
    shown = signed_in(client, bob).get(page).context["shown"]
    seen = {each.row.pk: each.form["seen"].value() for each in shown}
    taken.recall(ann)
    chosen = decisions(
        one.name,
        (taken.row, seen[taken.row.pk], decided, "Which ward?" if decided == "return" else ""),
        (other.row, seen[other.row.pk], "approve"),
    )
    answer = client.post(page, chosen, follow=True)
    assert answer.status_code == 200
    assert "Public now: 1." in answer.text
    taken.row.refresh_from_db()
    assert taken.row.state == "draft"
    if decided != "leave":
        assert "stays as it is. It is “Draft” now. Ann " in answer.text
    # Without words for its author it stays on the page, which says the same.
    chosen = decisions(one.name, (taken.row, seen[taken.row.pk], "return"))
    assert "It was taken back since" in client.post(page, chosen).text
