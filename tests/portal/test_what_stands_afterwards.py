"""Before something is taken back the page says what stands afterwards: the very row, or nothing."""

from datetime import date

import pytest
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.afterwards import afterwards, standing_after
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.words import ThingNames
from bhcp_portal.kit.kinds import kind_of
from iccs.models import Icc
from metrics.models import Metric
from partners.models import Partner
from partners.roles import Role
from programmes.models import Milestone, MilestoneDate, Money, Programme, ProgrammeProfile
from tests.clock import OnTime, present
from tests.factories.iccs import icc, merged
from tests.factories.kit import on_record, source
from tests.factories.metrics import chart_note, metric, rebase, target
from tests.factories.partners import became, partner, person, profiled, signed_in
from tests.factories.programmes import (
    milestone,
    money,
    moved,
    partner_role,
    programme,
    status_update,
)
from tests.programmes.proposing import published

record = OnTime(record)

pytestmark = pytest.mark.django_db

NOTHING = "Nothing will stand in its place."


@pytest.fixture
def hospitals(db):
    return partner("RTX", "Hospitals")


@pytest.fixture
def eyes(hospitals):
    made = programme("eyes", name="Eye care")
    partner_role(made, hospitals)
    return made


@pytest.fixture
def keeper(db):
    return person("kim@example.org", name="Kim", roles=[Role.RECORD_KEEPER])


def page_of(row):
    return reverse("staff:record_take_back", args=[kind_of(type(row)).slug, row.pk])


def text(answer):
    return " ".join(answer.text.split())


def taken_back(row, by, reason="It was of another."):
    return record.take_back_at_once(
        kind=kind_of(type(row)), row=row, reason=reason, by=by, at=present()
    )


def test_the_row_before_stands_again_and_what_changes_is_named(client, eyes, keeper):
    first = eyes.profiles.get()
    second = on_record(
        ProgrammeProfile,
        published_as="2019",
        programme=eyes,
        name="Eyes and ears",
        purpose=first.purpose,
    )
    said = text(signed_in(client, keeper).get(page_of(second)))
    assert f'/staff/record/in/programme-profiles/{first.pk}/">' in said
    assert "Eye care</a> stands again." in said
    assert "Name: from Eyes and ears to Eye care" in said
    assert NOTHING not in said
    answer = client.post(page_of(second), {"reason": "Wrong name."}, follow=True)
    assert "It is taken back. “Eye care” stands in its place." in text(answer)
    assert ProgrammeProfile.objects.live(present()).get() == first


def test_nothing_stands_where_the_row_before_was_taken_back_itself(client, eyes, hospitals):
    ann = person("ann@example.org", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    bob = person("bob@example.org", name="Bob", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    clinic = milestone(
        eyes, "clinic", title="Clinc opens", due="2030-03", published=present(), author=bob
    )
    wrong = clinic.dates.get()
    sent = {
        "title": "Clinic opens",
        "state": "planned",
        "due": "June 2030",
        "is_critical": "no",
        "why": "mistake",
        "reason": "A letter was missing.",
    }
    mend = reverse("staff:milestone_mend", args=["clinic", wrong.pk])
    published(client, ann, bob, mend, sent)
    mended = MilestoneDate.objects.live(present()).get()
    client.logout()
    said = text(signed_in(client, bob).get(page_of(mended)))
    assert NOTHING in said
    assert "Clinc opens</a>, was itself taken back on" in said
    assert "A letter was missing." in said
    assert "stands again" not in said
    answer = text(client.post(page_of(mended), {"reason": "It is not ours."}, follow=True))
    assert "It is taken back. Nothing stands in its place." in answer
    # What the second person looks at says so too.
    done = Proposal.objects.done_at_once().get()
    cat = person("cat@example.org", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    client.logout()
    review = reverse("staff:proposal_review", args=["milestone-dates", done.pk])
    assert "Nothing stands in its place." in text(signed_in(client, cat).get(review))


def test_an_older_row_changes_nothing_of_today(client, eyes, keeper):
    first = eyes.profiles.get()
    on_record(
        ProgrammeProfile, published_as="2019", programme=eyes, name="Eyes", purpose=first.purpose
    )
    client = signed_in(client, keeper)
    said = text(client.get(page_of(first)))
    assert "This row stands no longer: <a" in said
    assert ">Eyes</a> took its place, and stays." in said
    # Lists lead to its page, which says so, and don't offer to take it back.
    was = client.get(f"{reverse('staff:record_kind', args=['programme-profiles'])}?was").text
    assert f"/{first.pk}/" in was
    assert "take-back" not in was
    assert "/correct/" not in was


def test_of_every_kind_the_page_says_what_then_stands(client, eyes, keeper, hospitals):
    """Each kind with two rows, of which the newer is taken back, and then the older."""
    waits = metric("waits", name="Waits", owner=hospitals)
    profiled(hospitals)
    rows = [
        status_update(eyes, "on_track"),
        milestone(eyes, "ward").dates.get(),
        money(eyes),
        target(waits, 95),
        rebase(waits, "2024-02-01"),
        chart_note(waits, "2024-02-01", "The count changed."),
        waits.profiles.get(),
        eyes.profiles.get(),
        hospitals.profiles.get(),
        icc("KEN", name="Kendal").profiles.get(),
        source("a-paper").profiles.get(),
    ]
    boss = person(
        "boss@example.org", roles=[Role.RECORD_KEEPER, Role.DATA_STEWARD, Role.PROGRAMME_APPROVER]
    )
    names = ThingNames(Present.now(present().tzinfo))
    for row in rows:
        kind = kind_of(type(row))
        said = afterwards(kind, row, names)
        page = text(signed_in(client, boss).get(page_of(row)))
        assert (NOTHING in page) == (said.stands is None), row
        assert "stood before it stands again" not in page
        taken_back(row, boss)
        matter = {name: getattr(row, name) for name in row.identity_fields}
        live = type(row).objects.live(Present.now(present().tzinfo)).filter(**matter)
        assert (live.first() if matter else None) == said.stands, row


def test_what_is_said_to_stand_is_what_the_database_lets_stand(eyes, keeper):
    """Mends, late documents and taken back rows of one matter, each taken back in turn."""
    clinic = milestone(eyes, "clinic", due="2019", published="2018")
    moved(clinic, due="2020", published="2019")
    moved(clinic, due="2021", published="2017")
    moved(clinic, due="2022", published="2019")
    moved(clinic, due="2023", published=present(), author=keeper)
    kind = kind_of(MilestoneDate)
    for row in MilestoneDate.objects.order_by("due_on")[1:]:
        then = standing_after(kind, [row]).get(row.pk)
        taken_back(row, keeper)
        assert clinic.dates.live(present()).get() == then
    last = clinic.dates.live(present()).get()
    assert standing_after(kind, [last]) == {}


def test_a_file_taken_back_says_for_how_many_rows_something_stands(client, eyes, keeper):
    old = money(eyes, 5, what_for="Beds")
    editor = editor_called("money")
    cells = {
        name: cell
        for name, cell in row_cells(editor, old).items()
        if name not in ("made", "recorded_at", "taken_back_at", "taken_back_because")
    }
    cells |= {"source": "", "published_at": "", "reason": "A newer number"}
    new = cells | {"code": "another", "what_for": "Chairs", "reason": ""}
    proposal = record.begin(
        rows=[
            ProposedRow("money", Act.CORRECT, cells | {"amount": "6"}, Why.NOW, old.pk),
            ProposedRow("money", Act.ADD, new, Why.NOW),
        ],
        title="Two rows",
        by=keeper,
        at=present(),
    )
    proposal = record.send(proposal=proposal, seen=seen_token(proposal), by=keeper, at=present())
    other = person(roles=[Role.RECORD_KEEPER])
    record.approve(proposal=proposal, seen=seen_token(proposal), by=other, at=present())
    address = reverse("staff:proposal_take_back", args=["money", proposal.pk])
    said = text(signed_in(client, keeper).get(address))
    sentence = "1 row is as it was before. 1 row is gone."
    assert sentence in said
    assert "nothing stands in its place" in said
    answer = client.post(address, {"reason": "It is not ours."}, follow=True)
    assert sentence in text(answer)
    assert Money.objects.live(present()).get() == old


def test_a_milestone_of_which_nothing_stands_has_a_page_and_can_be_said_again(
    client, eyes, hospitals
):
    ann = person("ann@example.org", roles=[(Role.PROGRAMME_EDITOR, hospitals)])
    bob = person("bob@example.org", name="Bob", roles=[(Role.PROGRAMME_APPROVER, hospitals)])
    row = milestone(eyes, "clinic", title="Clinic opens", due="2030-03").dates.get()
    taken_back(row, bob, "It is of ear care.")
    address = reverse("staff:milestone", args=["clinic"])
    listed = signed_in(client, ann).get("/staff/programmes/eyes/").text
    assert f'href="{address}">Clinic opens</a>' in listed
    page = client.get(address)
    assert page.status_code == 200
    assert "by Bob: It is of ear care." in text(page)
    assert 'value="Clinic opens"' in page.text
    # Who wrote meanwhile how it changed keeps those words.
    late = {"change": "dropped", "dropped_because": "No rooms were found.", "seen": "1-0"}
    answer = client.post(address, late)
    assert answer.status_code == 409
    assert "No rooms were found." in answer.text
    sent = {"title": "Clinic opens", "due": "May 2030"}
    client.post(address, sent)
    draft = MilestoneDate.objects.drafts().get()
    assert (draft.milestone.slug, draft.due_as) == ("clinic", "2030-05")
    assert "proposes to say it again" in client.get(address).text
    client.post(address, {**sent, "title": "The clinic opens"})
    assert MilestoneDate.objects.drafts().count() == 1
    assert Milestone.objects.count() == 1


def test_a_thing_of_which_nothing_stands_has_a_page_to_go_on_from(client, hospitals):
    """A programme, a community, a partner, a measure, a source: each by its only row."""
    boss = person(
        "boss@example.org",
        name="Dan",
        roles=[Role.RECORD_KEEPER, Role.DATA_STEWARD, Role.PROGRAMME_EDITOR],
    )
    metric("waits", name="Waits", owner=hospitals)
    eyes, kendal = programme("eyes", name="Eye care"), icc("KEN", name="Kendal", slug="kendal")
    profiled(hospitals)
    for thing, model, own in (
        (eyes, Programme, "/staff/programmes/eyes/"),
        (kendal, Icc, ""),
        (hospitals, Partner, ""),
        (Metric.objects.get(), Metric, "/staff/metrics/waits/"),
    ):
        row = getattr(thing, thing.NAMES or thing.PROFILES).get()
        taken_back(row, boss, "It is of another bay.")
        page = reverse("staff:record_thing", args=[model._meta.model_name, thing.slug])
        answer = signed_in(client, boss).get(page)
        assert "by Dan: It is of another bay." in text(answer), thing
        again = answer.context["again"]
        assert f'href="{again}">Say it again' in answer.text.replace("&amp;", "&"), thing
        assert client.get(again, follow=True).status_code == 200
        if own:
            assert client.get(own, follow=True).status_code == 200
        row_page = reverse("staff:record_row", args=[kind_of(type(row)).slug, row.pk])
        assert "Nothing stands in its place." in client.get(row_page).text
        if name := getattr(row, model.NAME_FIELD, ""):
            found = client.get("/staff/record/", {"q": name}).text
            assert f'href="{page}">{name} (taken back)</a>' in found, thing
    assert (
        "What is said of Eye care (taken back)"
        in client.get("/staff/record/of/programme/eyes/").text
    )
    assert client.get("/staff/programmes/eyes/").url == "/staff/record/of/programme/eyes/"


def test_what_was_taken_back_is_said_again_from_its_own_words(client, eyes, keeper):
    row = eyes.profiles.get()
    taken_back(row, keeper)
    add = reverse("staff:record_add", args=["programme-profiles"])
    asked = {"like": row.pk, "why": "now"}
    form = signed_in(client, keeper).get(add, asked).context["form"]
    assert form["name"].value() == "Eye care"
    assert form["programme"].value() == "eyes"
    sent = {
        "why": "now",
        "programme": "eyes",
        "name": "Eye care",
        "purpose": "To see well.",
        "objectives": ["better_health"],
        "starts": "2015",
    }
    client.post(f"{add}?like={row.pk}&why=now", sent)
    proposal = Proposal.objects.open().get()
    assert proposal.proposed[0].cells["programme"] == "eyes"
    proposal = record.send(proposal=proposal, seen=seen_token(proposal), by=keeper, at=present())
    other = person(roles=[Role.RECORD_KEEPER])
    record.approve(proposal=proposal, seen=seen_token(proposal), by=other, at=present())
    assert Programme.objects.known_at(present()).get() == eyes
    # Nobody begins from the words of what stands, or of nothing.
    for like in (Programme.objects.get().profiles.live(present()).get().pk, "x", "9" * 30):
        assert client.get(add, {"like": like, "why": "now"}).context["form"]["name"].value() in (
            "",
            None,
        )


def test_nothing_is_left_that_leads_to_what_is_no_more(client, keeper):
    """A programme that another became part of, a community and a partner that followed another."""
    eyes = programme("eyes", name="Eye care")
    programme("ears", name="Ear care", merged_into=eyes, ends_as="2018", ends_on=date(2018, 12, 31))
    bay, trust = icc("BAY", name="Bay"), partner("RTX", "Hospitals")
    led = merged(icc("OLD", name="Old"), into=bay, when="2018", published="2018")
    became(partner("ELD", "Elder"), "became Hospitals", when="2018", successor=trust, is_end=True)
    client = signed_in(client, keeper)
    for thing, words in (
        (eyes, ("Nothing would stand of Eye care, and this leads to it: ", "Ear care")),
        (bay, ("Nothing would stand of Bay, and this leads to it: ", "Old")),
        (trust, ("Nothing would stand of Hospitals, and this leads to it: ", "Elder")),
    ):
        row = getattr(thing, thing.NAMES or thing.PROFILES).get()
        answer = client.get(page_of(row), follow=True)
        for each in words:
            assert each in text(answer)
        assert "Take that back first" in text(answer)
        with pytest.raises(IncompleteError, match="Take that back first"):
            taken_back(row, keeper)
        assert type(thing).objects.known_at(present()).filter(pk=thing.pk).exists()
    taken_back(led, keeper)
    taken_back(bay.profiles.get(), keeper)
    assert not Icc.objects.known_at(present()).filter(pk=bay.pk).exists()
