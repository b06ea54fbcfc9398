"""BEHAVIOUR A, milestones: what staff say of them waits for another person, and what was said stays."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from bhcp_portal.kit.actions import IncompleteError, TransitionError, publish, seen_token
from bhcp_portal.kit.dates import LONDON, day_in_words, london_day
from bhcp_portal.kit.proposals import refuse_proposal
from partners.roles import Role
from programmes import actions, staff_presenters
from programmes.forms.milestones import MilestoneChange, MilestoneChangeForm
from programmes.models import Milestone, MilestoneDate, Programme
from tests.clock import OnTime, clock, present
from tests.factories.kit import approved
from tests.factories.partners import give, partner, person, signed_in
from tests.factories.programmes import milestone, partner_role, programme
from tests.programmes.proposing import press, proposed

actions = OnTime(actions)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def hospitals():
    return partner("RTX", "Hospitals")


@pytest.fixture
def telehealth(hospitals):
    made = programme("telehealth", name="Telehealth")
    partner_role(made, hospitals)
    return made


@pytest.fixture
def ann(hospitals):
    return person("ann@example.org", name="Ann", roles=[(Role.PROGRAMME_EDITOR, hospitals)])


@pytest.fixture
def opening(telehealth):
    return milestone(
        telehealth, "opening", title="Ward opens", due="2029-06", published="2018", is_critical=True
    )


PATH = "/staff/milestones/opening/"
ADD = "/staff/programmes/telehealth/milestone/"


def standing(found):
    return found.dates.published().get(superseded_at=None)


def published(found, by=None):
    """What waits of a milestone, once another person published it."""
    return approved(found.dates.drafts().get(), by=by or person())


def send(client, found, change, **data):
    words = {"seen": seen_token(standing(found)), "change": change, **data}
    return client.post(PATH, words, follow=True)


# -- what may be said ---------------------------------------------------------------------------------


def test_done_needs_a_date_and_another_person(client, telehealth, opening, ann):
    person("pat@example.org", roles=[Role.PROGRAMME_APPROVER])
    signed_in(client, ann)
    assert b"Enter when it was done" in send(client, opening, MilestoneChange.DONE).content
    answer = send(client, opening, MilestoneChange.DONE, done="3 May 2019")
    message = " ".join(str(each) for each in answer.context["messages"])
    assert "“Ward opens”: it is done. This is proposed. Another person now publishes it." in message
    assert standing(opening).state == "planned"
    assert b"3 May 2019" not in client.get(telehealth.get_absolute_url()).content
    done = published(opening)
    assert (done.state, done.done_on, done.author) == ("done", date(2019, 5, 3), ann)
    assert (done.title, done.due_as, done.is_critical) == (
        "Ward opens",
        "2029-06",
        True,
    )
    assert b"3 May 2019" in client.get(telehealth.get_absolute_url()).content


def test_done_on_a_day_to_come_is_refused(client, opening, ann, now):
    day = london_day(now) + timedelta(days=1)
    answer = send(
        signed_in(client, ann),
        opening,
        MilestoneChange.DONE,
        done=day_in_words(day),
    )
    assert "must be today or earlier" in answer.content.decode()
    with pytest.raises(IncompleteError):
        actions.propose_finish(
            milestone=opening,
            seen=seen_token(standing(opening)),
            done_as=day.isoformat(),
            by=ann,
            at=now,
        )
    assert standing(opening).state == "planned"


def test_done_in_the_month_that_runs_is_no_day_to_come(opening, ann):
    at = datetime(2026, 11, 4, tzinfo=LONDON)
    proposed = actions.propose_finish(
        milestone=opening, seen=seen_token(standing(opening)), done_as="2026-11", by=ann, at=at
    )
    assert proposed.done_words == "November 2026"


def test_the_database_holds_that_done_and_done_date_go_together(opening, ann):
    for state, done_on in (("done", None), ("planned", date(2020, 1, 1))):
        with (
            pytest.raises(IntegrityError, match="done_has_date"),
            transaction.atomic(),
        ):
            MilestoneDate.objects.create(
                milestone=opening, title="x", state=state, done_on=done_on, author=ann
            )


def test_a_move_needs_a_new_date_and_a_reason_and_keeps_the_first_date(client, opening, ann):
    signed_in(client, ann)
    page = send(client, opening, MilestoneChange.MOVED).content.decode()
    assert "Enter the new date" in page
    assert "Say why, so that the public can understand it" in page
    send(
        client,
        opening,
        MilestoneChange.MOVED,
        due="September 2029",
        moved_because="Building works",
    )
    published(opening)
    found = Milestone.objects.with_dates(timezone.now()).get()
    assert (found.first.due_as, found.current.due_as) == ("2029-06", "2029-09")
    assert (found.current.reason, found.current.author) == ("Building works", ann)
    assert found.slip_in_days == 92


def test_a_move_to_the_date_it_has_is_refused(client, opening, ann):
    page = send(
        signed_in(client, ann),
        opening,
        MilestoneChange.MOVED,
        due="6/2029",
        moved_because="Building works",
    )
    assert "Enter another date than the one it has" in page.content.decode()
    assert opening.dates.count() == 1


def test_work_starts_without_a_reason(client, opening, ann):
    send(signed_in(client, ann), opening, MilestoneChange.STARTED)
    assert published(opening).state == "in_progress"


def test_what_a_document_of_this_year_said_stands_in_the_way_of_no_later_change(
    client, opening, ann
):
    """Dated by its year, it was surely said on 31 December; what is said here before that follows it."""
    paper = standing(opening)
    paper.pk, paper.title = None, "The ward opens"
    with transaction.atomic(), clock(timezone.now() - timedelta(hours=1)):
        publish(paper, at=None, published_as=str(timezone.now().year))
    for change in ("started", "dropped"):
        [stands] = opening.dates.live(present())
        words = {"seen": seen_token(stands), "change": change, "dropped_because": "No money."}
        signed_in(client, ann).post(PATH, words)
        published(opening)
    assert opening.dates.live(present()).get().state == "dropped"


def test_dropped_needs_a_reason(client, opening, ann):
    signed_in(client, ann)
    assert b"Say why" in send(client, opening, MilestoneChange.DROPPED).content
    send(client, opening, MilestoneChange.DROPPED, dropped_because="No money was found.")
    dropped = published(opening)
    assert (dropped.state, dropped.reason) == ("dropped", "No money was found.")


def test_what_was_done_too_soon_is_taken_back_with_a_reason(client, opening, ann, now):
    before = now - timedelta(hours=1)
    actions.propose_finish(
        milestone=opening, seen=seen_token(standing(opening)), done_as="2019", by=ann, at=before
    )
    published(opening)
    signed_in(client, ann)
    assert b"Say why" in send(client, opening, MilestoneChange.REOPENED).content
    send(client, opening, MilestoneChange.REOPENED, reopened_because="One room is not ready.")
    again = published(opening)
    assert (again.state, again.done_on, again.reason) == (
        "in_progress",
        None,
        "One room is not ready.",
    )


@pytest.mark.parametrize("state", list(MilestoneDate.State))
def test_every_state_says_where_it_may_go_and_the_form_offers_no_more(state):
    now = MilestoneDate(state=state)
    assert state in MilestoneDate.MOVES
    becomes = {
        MilestoneChange.DONE: "done",
        MilestoneChange.MOVED: state,
        MilestoneChange.STARTED: "in_progress",
        MilestoneChange.DROPPED: "dropped",
        MilestoneChange.REOPENED: "in_progress",
    }
    for change in MilestoneChangeForm.open_to(now):
        assert now.may_become(becomes[change]), change


def test_an_action_refuses_a_move_that_the_state_does_not_allow(opening, ann, now):
    actions.propose_finish(
        milestone=opening, seen=seen_token(standing(opening)), done_as="2019", by=ann, at=now
    )
    with pytest.raises(TransitionError):
        actions.propose_drop(
            milestone=opening,
            seen=seen_token(published(opening)),
            reason="No.",
            by=ann,
            at=now + timedelta(hours=1),
        )


@pytest.mark.parametrize("act", ["propose_move", "propose_drop"])
def test_an_action_refuses_a_change_without_its_reason(opening, ann, now, act):
    more = {"due_as": "2030"} if act == "propose_move" else {}
    with pytest.raises(IncompleteError, match="Say why"):
        getattr(actions, act)(
            milestone=opening,
            seen=seen_token(standing(opening)),
            reason=" ",
            by=ann,
            at=now,
            **more,
        )
    assert opening.dates.count() == 1


# -- two at once --------------------------------------------------------------------------------------


def test_the_second_of_two_is_told_what_the_first_published_and_nothing_is_overwritten(
    client, opening, ann, hospitals, now
):
    seen = seen_token(standing(opening))
    eve = person(name="Eve", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    actions.propose_move(
        milestone=opening, seen=seen, due_as="2030", reason="No builder yet", by=eve, at=now
    )
    published(opening)
    words = {"seen": seen, "change": MilestoneChange.DROPPED, "dropped_because": "No money."}
    answer = signed_in(client, ann).post(PATH, words)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Eve changed this milestone before you did" in page
    assert "No builder yet" in page
    assert "No money." in page
    assert standing(opening).due_as == "2030"


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (MilestoneChange.STARTED, {}),
        (MilestoneChange.DONE, {"done": "2019"}),
        (
            MilestoneChange.MOVED,
            {"due": "2030", "moved_because": "Building works"},
        ),
        (MilestoneChange.DROPPED, {"dropped_because": "No money."}),
    ],
)
def test_a_change_sent_twice_is_said_once_with_a_friendly_sentence(
    client, opening, ann, change, more
):
    words = {"seen": seen_token(standing(opening)), "change": change, **more}
    signed_in(client, ann)
    for _ in range(2):
        answer = client.post(PATH, words, follow=True)
        assert "This is proposed" in " ".join(str(each) for each in answer.context["messages"])
    assert opening.dates.count() == 2
    published(opening)
    answer = client.post(PATH, words, follow=True)
    assert opening.dates.count() == 2
    shown = " ".join(str(each) for each in answer.context["messages"])
    assert "nothing was saved twice" in shown


def test_while_a_change_waits_another_is_refused_and_its_author_may_take_it_back(
    client, opening, ann, hospitals
):
    eve = person(name="Eve", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    send(signed_in(client, eve), opening, MilestoneChange.STARTED)
    page = send(signed_in(client, ann), opening, MilestoneChange.DROPPED, dropped_because="None.")
    assert "Eve proposed this already, and it waits for another person." in page.content.decode()
    waiting = opening.dates.drafts().get()
    address = reverse("staff:milestone_take_back", args=[waiting.pk])
    assert "Eve proposed it" in client.post(address, follow=True).content.decode()
    assert opening.dates.drafts().exists()
    asked = signed_in(client, eve).post(address)
    assert "Keep it</a>" in asked.text
    assert opening.dates.drafts().exists()
    client.post(address, {"sure": "yes"})
    assert not opening.dates.drafts().exists()


def test_the_approver_sees_what_would_change_and_its_writer_may_not_publish_it(
    client, telehealth, opening, ann, hospitals
):
    send(signed_in(client, ann), opening, MilestoneChange.STARTED)
    address = reverse("staff:milestone_proposal", args=[opening.dates.drafts().get().pk])
    assert client.get(address).status_code == 403
    give(ann, Role.PROGRAMME_APPROVER, hospitals)
    bob = person(name="Bob", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    seen = client.get(address).context["form"]["seen"].value()
    sent = client.post(address, {"seen": seen, "decision": "publish"}).content.decode()
    assert "another person publishes it" in sent
    signed_in(client, bob)
    page = client.get(address).content.decode()
    assert "In progress" in page
    assert "Planned" in page
    home = client.get("/staff/").content.decode()
    assert "Decide on a milestone: Telehealth: Ward opens" in home
    client.post(address, {"seen": "1-0/", "decision": "publish"})
    assert standing(opening).state == "planned"
    client.post(address, {"seen": seen, "decision": "publish"})
    assert standing(opening).state == "in_progress"
    assert "Bob approved it on" in client.get(address, follow=True).text


def test_a_proposed_milestone_that_is_thrown_away_leaves_nothing(client, telehealth, ann):
    client_of_ann = signed_in(client, ann)
    client_of_ann.post(ADD, {"title": "Second clinic", "due": "June 2029"})
    waiting = MilestoneDate.objects.drafts().get()
    refuse_proposal(proposal=waiting, reason="Not ours.", by=person(), at=timezone.now())
    assert not Milestone.objects.exists()


@pytest.mark.parametrize("seen", ["", "x", "9" * 25])
def test_a_form_that_does_not_say_what_was_seen_changes_nothing(client, opening, ann, seen):
    words = {"seen": seen, "change": MilestoneChange.STARTED}
    assert signed_in(client, ann).post(PATH, words).status_code in (200, 409)
    assert opening.dates.count() == 1


# -- a new one ----------------------------------------------------------------------------------------


def test_a_new_milestone_waits_for_another_person_and_its_first_date_is_kept(
    client, telehealth, ann
):
    person("pat@example.org", roles=[Role.PROGRAMME_APPROVER])
    signed_in(client, ann)
    words = {"title": "Second clinic opens", "due": "June 2029", "is_critical": "on"}
    answer = client.post(ADD, words, follow=True)
    made = Milestone.objects.get()
    assert made.slug == "telehealth-second-clinic-opens"
    assert "is proposed. Another person" in " ".join(str(m) for m in answer.context["messages"])
    for path in (telehealth.get_absolute_url(), "/changes/", "/api/v1/programmes/telehealth"):
        assert b"Second clinic" not in client.get(path).content
    first = published(made)
    assert (first.due_as, first.is_critical, first.state, first.author) == (
        "2029-06",
        True,
        "planned",
        ann,
    )
    assert b"Second clinic opens" in client.get(telehealth.get_absolute_url()).content


def test_two_of_almost_one_name_get_addresses_of_their_own(telehealth, ann, now):
    made = [
        actions.propose_milestone(
            programme=telehealth, title="Ward " * 25 + year, due_as=year, by=ann, at=now
        )
        for year in ("2029", "2030", "2031")
    ]
    assert len({each.milestone.slug for each in made}) == 3
    assert all(len(each.milestone.slug) <= 60 for each in made)


def test_two_milestones_of_a_programme_never_have_the_same_words(client, telehealth, opening, ann):
    signed_in(client, ann)
    taken = "This programme has a milestone “ward opens” already."
    assert taken in client.post(ADD, {"title": "ward opens", "due": "2030"}).text
    client.post(ADD, {"title": "Clinic opens", "due": "2030"})
    again = client.post(ADD, {"title": "clinic opens", "due": "2031"})
    assert "Ann proposed this milestone already." in again.text
    clinic = published(Milestone.objects.exclude(pk=opening.pk).get())
    # Nor does a mended word become another’s, while what is said anew of one keeps its words.
    words = {"title": "ward opens", "due": "2030", "state": "planned", "is_critical": "no"}
    words |= {"why": "mistake", "reason": "A slip", "seen": "", "source": ""}
    address = reverse("staff:milestone_mend", args=[clinic.milestone.slug, clinic.pk])
    made = proposed(client, ann, address, words | {"certainty": "sourced"})
    assert taken in press(client, ann, made, "send").text
    answer = send(client, opening, "moved", due="2031", moved_because="Snow")
    assert "is proposed" in " ".join(str(each) for each in answer.context["messages"])


def test_a_new_milestone_needs_a_title_and_a_date(client, telehealth, ann):
    page = signed_in(client, ann).post(ADD, {}).content.decode()
    assert "Say what will be reached" in page
    assert "Enter when it is due" in page
    assert not Milestone.objects.exists()


# -- how they are shown to staff ----------------------------------------------------------------------


def test_a_milestone_is_warned_of_30_days_before_and_late_from_the_day_after(telehealth):
    at = datetime(2026, 11, 4, 12, tzinfo=LONDON)
    for title, due in (
        ("Yesterday", "2026-11-03"),
        ("Today", "2026-11-04"),
        ("In 30 days", "2026-12-04"),
        ("In 31 days", "2026-12-05"),
    ):
        milestone(telehealth, title=title, due=due, published="2018")
    found = staff_presenters.staff_programmes(Programme.objects.all(), at=at)[0]
    assert [each.title for each in found.late] == ["Yesterday"]
    assert [each.title for each in found.due_soon] == ["Today", "In 30 days"]
