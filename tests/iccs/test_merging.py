"""Communities become one, or one becomes several, in one proposal; and what the public reads of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from bhcp_portal.kit import as_at
from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.dates import Present, day_in_words, london_day
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.files import Ground, check_file
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from iccs.models import Icc, IccPlace, IccPractice, IccProfile, Population
from tests.factories.iccs import (
    icc,
    merged,
    network,
    place,
    population,
    practice,
    priority,
    profiled,
    served_by,
)
from tests.factories.kit import source
from tests.factories.partners import partner, signed_in
from tests.factories.programmes import placed_in, programme

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
TODAY = london_day(NOW)
LATER = TODAY + timedelta(days=30)
MERGE, SPLIT = "staff:community_merge", "staff:community_split"


@pytest.fixture
def clock_at(monkeypatch):
    """Lets the pages be read at another moment, as their present."""

    def set_clock(moment):
        class Then(Present):
            @classmethod
            def now(cls, tz=None):
                return Present.combine(moment.date(), moment.timetz())

        monkeypatch.setattr(as_at, "Present", Then)

    return set_clock


@pytest.fixture
def bay_and_castle(db):
    north = network(name="North Lancashire")
    bay = icc("BAY", name="Bay", network=north, latitude="54.073", longitude="-2.866")
    castle = icc("LCA", name="Castle", network=north, latitude="54.047", longitude="-2.801")
    place(bay, "Heysham")
    place(castle, "Skerton", certainty="unchecked")
    practice(castle, "Queen Square", town="Lancaster")
    practice(castle, "King Street", town="Lancaster")
    priority(castle, "Fewer falls")
    population(castle, 15000)
    placed_in(programme(name="Falls at home", slug="falls"), castle)
    return bay, castle


def asked(client, name, words, **changes):
    """The page of what moves, and what its form would send with some answers changed."""
    answer = client.post(reverse(name), words)
    assert answer.status_code == 200
    assert "answers" in answer.context, answer.context["form"].errors.as_text()
    moves = answer.context["form"]
    initial = {key: field.initial or "" for key, field in moves.fields.items()}
    return answer, words | initial | changes | {"step": "send"}


def sent(client, name, words):
    answer = client.post(reverse(name), words)
    assert answer.status_code == 302, answer.context["form"].errors.as_text()
    return Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))


def approved(proposal, ann, bob):
    sent = actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=NOW)
    actions.approve(proposal=sent, seen=seen_token(sent), by=bob, at=NOW)
    proposal.refresh_from_db()
    assert proposal.state == State.PUBLISHED


def merging(day=TODAY, **words):
    return {
        "why": "now", "source": "", "ended": ["LCA"], "into": "BAY", "name": "",
        "day": day_in_words(day), "reason": "One team serves both", **words,
    }  # fmt: skip


def splitting():
    return merging(ended="LCA", into=[], new="Lune\nQuay")


def written(client, who, of, *, row=None, **cells):
    """What a person writes in the general form: the proposal, or the errors if it is refused."""
    name, args = ("record_correct", [of, row.pk]) if row else ("record_add", [of])
    own = {"why": "now", "source": "", "seen": "", "note": "", "reason": "So it is"}
    answer = signed_in(client, who).post(reverse(f"staff:{name}", args=args), own | cells)
    if answer.status_code == 200:
        return answer.context["form"].errors
    return Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))


def read(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().partition("<main")[2].split())


def test_a_merge_ends_and_begins_all_that_moves_in_one_proposal(client, ann, bob, bay_and_castle):
    bay, castle = bay_and_castle
    place(castle, "Newland", starts_as=LATER.isoformat(), starts_on=LATER)
    signed_in(client, ann)
    page, words = asked(client, MERGE, merging())
    assert "They are not added up" in page.content.decode()
    [king] = castle.practices.filter(name="King Street")
    words["LCA-icc-practices"].remove(f"icc-practices-{king.pk}")
    proposal = sent(client, MERGE, words)
    assert sent(client, MERGE, words) == proposal
    shown = read(client, proposal.get_absolute_url())
    assert "New: places</dt>" in shown
    preview = reverse("staff:proposal_preview", args=[proposal.pk])
    rows = [row.cells.get("icc") for row in proposal.proposed]
    assert "Skerton" in read(client, preview, row=rows.index("BAY"))
    approved(proposal, ann, bob)
    # Neither a row that ends nor the end itself is taken back alone: what moved would stand twice.
    signed_in(client, bob)
    for kind in ("icc-places", "icc-successions"):
        row = next(row for row in proposal.proposed if row.kind == kind)
        address = reverse("staff:record_take_back", args=[kind, row.result])
        refused = client.post(address, {"reason": "Not decided"}, follow=True)
        assert "Take that back as a whole, or correct this row" in refused.text
        assert f'href="{proposal.get_absolute_url()}"' in refused.text
        assert not row.of_kind.model.objects.get(pk=row.result).taken_back_at
    client.logout()
    # What begins after the merge never holds under the old community.
    newland = IccPlace.objects.live(Present.now(UTC)).filter(name="Newland").order_by("icc__code")
    days = [(each.icc, each.starts_on, each.ends_on) for each in newland]
    assert days == [(bay, LATER, None), (castle, LATER, LATER)]

    old = read(client, castle.get_absolute_url())
    assert f'became part of <a href="/iccs/bay/">Bay</a> on {day_in_words(TODAY)}' in old
    assert "Skerton" not in old
    assert "15,000" in old
    new = read(client, bay.get_absolute_url())
    for part in (
        "Skerton",
        "Queen Square",
        "Fewer falls",
        "Falls at home",
        "not checked against a source",
    ):
        assert part in new
    assert "King Street" not in new
    assert "15,000" not in new
    assert not Population.objects.filter(icc=bay).exists()
    assert "/iccs/bay/" in read(client, "/programmes/falls/")
    listed = read(client, "/iccs/")
    assert "The one community" in listed
    drawn = listed.partition("</svg>")[0]
    assert "/iccs/bay/" in drawn
    assert "/iccs/lca/" not in drawn
    found = read(client, "/iccs/find/", q="skerton").partition("</ul>")[0]
    assert "/iccs/bay/" in found
    assert "/iccs/lca/" not in found
    assert "Castle became part of Bay on" in read(client, "/iccs/find/", q="castle")
    before = TODAY - timedelta(days=1)
    assert "The 2 communities" in read(client, "/iccs/", **{"as-at": before})
    assert "Skerton" in read(client, castle.get_absolute_url(), **{"as-at": before})

    # What changed of one thing is one entry, with all of its rows folded.
    entries = read(client, "/changes/", **{"from": before.isoformat()}).split(
        '<li class="bhcp-change">'
    )
    [castle_entry] = [each for each in entries if ">Castle</a></h3>" in each]
    one_line = castle_entry.partition("</summary>")[0]
    assert "GP practices" not in one_line
    assert "(4 things ended with it)" in one_line
    [bay_entry] = [each for each in entries if ">Bay</a></h3>" in each]
    one_line = bay_entry.partition("</summary>")[0]
    assert f"Castle became part of Bay, {day_in_words(TODAY)} (3 things came with that)" in one_line
    assert f"became part of Bay, {day_in_words(TODAY)}" in castle_entry
    assert f"Skerton. Ended on {day_in_words(TODAY)}" in castle_entry
    assert castle_entry.count("One team serves both") == 1
    [falls] = [each for each in entries if ">Falls at home</a></h3>" in each]
    assert "Programme in a community: Castle → Bay" in falls.partition("</summary>")[0]
    assert f"Bay. From {day_in_words(TODAY)}" in falls
    assert f"Castle. Ended on {day_in_words(TODAY)}" in falls
    fed = client.get("/changes/feed/").text
    assert fed.count(f"Skerton. Ended on {day_in_words(TODAY)}") == 1
    # What ended keeps its own source, which the end itself has not.
    assert len(re.findall("<title>Castle: .*2 ended; Place ended; Place ends.*</title>", fed)) == 1


def test_the_old_page_and_the_filter_of_programmes_lead_on(client, ann, bob, bay_and_castle):
    _, castle = bay_and_castle
    over = programme(name="Old clinics", slug="old", ends="2020-01-01")
    placed_in(over, castle, words="Clinics in Castle")
    signed_in(client, ann)
    page, words = asked(client, MERGE, merging())
    assert "Old clinics" not in page.text
    approved(sent(client, MERGE, words), ann, bob)
    client.logout()
    before = TODAY - timedelta(days=1)
    old = read(client, castle.get_absolute_url())
    assert (
        f'href="/iccs/lca/?as-at={before}">this page as it stood on {day_in_words(before)}' in old
    )
    assert "Skerton" in read(client, "/iccs/lca/", **{"as-at": before})
    assert "Community changed: became part of Bay" in old
    assert "ICC succession" not in old
    listed = read(client, "/programmes/", icc="lca")
    assert "became part of" in listed
    assert '?icc=bay">See the programmes in Bay</a>' in listed
    # Where work was that is over stays as it was.
    assert "Clinics in Castle" in read(client, "/programmes/old/")
    assert "Old clinics" in listed


def test_what_was_taken_back_asks_for_nothing_more(client, ann, bob, bay_and_castle):
    signed_in(client, ann)
    page, words = asked(client, SPLIT, splitting())
    for key in page.context["form"].fields:
        if key.startswith(("icc-places", "icc-practices")):
            words[key] = "(new)"
    proposal = sent(client, SPLIT, words)
    approved(proposal, ann, bob)
    assert "What is still missing of" in client.get(proposal.get_absolute_url()).text
    actions.take_back_all(
        proposal=proposal, reason="It was not decided yet.", by=bob, at=Present.now(UTC)
    )
    shown = client.get(proposal.get_absolute_url()).text
    assert "Taken back" in shown
    assert "What is still missing of" not in shown
    assert "Words from before" not in shown


def test_the_hospital_trust_of_its_people_moves_with_a_merge(client, ann, bob, bay_and_castle):
    bay, castle = bay_and_castle
    trust = partner("RTX", "The Hospital Trust")
    served_by(castle, trust)
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    approved(sent(client, MERGE, words), ann, bob)
    now = Present.now(UTC)
    assert bay.trusts.live(now).on(TODAY).get().partner == trust
    assert not castle.trusts.live(now).on(TODAY).exists()
    assert "The Hospital Trust" in read(client, "/iccs/bay/")


def test_a_merge_to_come_counts_from_its_day_by_itself(client, ann, bob, bay_and_castle, clock_at):
    _, castle = bay_and_castle
    signed_in(client, ann)
    new = merging(LATER, ended=["BAY", "LCA"], into="", name="Lune")
    _, words = asked(client, MERGE, new, **{"position-0": "LCA"})
    proposal = sent(client, MERGE, words)
    assert "Lune" in read(client, proposal.get_absolute_url())
    approved(proposal, ann, bob)
    client.logout()
    lune = Icc.objects.get(slug="lune")
    listed = read(client, "/iccs/")
    assert "The 2 communities" in listed
    assert f"is to begin on {day_in_words(LATER)}" in listed
    assert "/iccs/lune/" not in listed.partition("</svg>")[0]
    assert "Skerton" in read(client, castle.get_absolute_url())
    assert "is to become part of" in read(client, castle.get_absolute_url())
    assert "Skerton" not in read(client, lune.get_absolute_url())
    assert "/iccs/lune/" not in read(client, "/iccs/find/", q="skerton").partition("</ul>")[
        0
    ].replace('is to become part of <a href="/iccs/lune/"', "")
    clock_at(datetime.combine(LATER, datetime.min.time(), UTC) + timedelta(hours=12))
    listed = read(client, "/iccs/")
    assert "The one community" in listed
    assert "/iccs/lune/" in listed.partition("</svg>")[0]
    assert "Skerton" in read(client, lune.get_absolute_url())
    assert "Skerton" not in read(client, castle.get_absolute_url())
    assert "/iccs/lune/" in read(client, "/iccs/find/", q="skerton")
    assert "/iccs/lune/" in read(client, "/programmes/falls/")
    assert [each.network.slug for each in lune.profiles.all()] == [
        IccProfile.objects.get(icc=castle).network.slug
    ]


def test_a_split_asks_for_each_place_and_practice_who_takes_it(client, ann, bob, bay_and_castle):
    _, castle = bay_and_castle
    source("plan", title="The plan", published_as="2019")
    source("old", title="An old plan", published_as="2014")
    signed_in(client, ann)
    words = merging(ended="LCA", into=[], new="Lune\nQuay", why="document", source="plan")
    _, words = asked(client, SPLIT, words)
    refused = client.post(reverse(SPLIT), words)
    assert "Say which community takes it: Skerton" in refused.content.decode()
    [skerton] = castle.places.all()
    queen, king = castle.practices.order_by("pk")
    words |= {
        f"icc-places-{skerton.pk}": "(new)",
        f"icc-practices-{queen.pk}": "(new 2)",
        f"icc-practices-{king.pk}": "none",
    }
    older = client.post(reverse(SPLIT), words | {"source": "old"})
    assert "This source is older than what it would change" in older.content.decode()
    proposal = sent(client, SPLIT, words)
    approved(proposal, ann, bob)
    lune, quay = (read(client, f"/iccs/{slug}/") for slug in ("lune", "quay"))
    assert "Skerton" in lune
    assert "Skerton" not in quay
    assert "Queen Square" in quay
    assert "King Street" not in lune + quay
    assert "Fewer falls" in lune
    assert "Fewer falls" in quay
    assert "was split into" in read(client, castle.get_absolute_url())
    yesterday = TODAY - timedelta(days=1)
    changed = read(client, "/changes/", **{"from": yesterday.isoformat()})
    assert f"as split into Lune and Quay, {day_in_words(TODAY)}" in changed
    rows = IccPlace.objects.live(Present.now(UTC)).filter(name="Skerton")
    assert {row.source.slug for row in rows} == {"plan"}
    assert all("This is known from “The paper" in row.note for row in rows)


def test_a_split_to_come_is_one_sentence_that_names_all_who_follow(client, ann, bay_and_castle):
    _, castle = bay_and_castle
    when = {"when": LATER.isoformat(), "published": "2019", "kind": "split"}
    for code, name in (("LUN", "Lune"), ("QUA", "Quay")):
        merged(castle, into=icc(code, name=name), **when)
    told = f"Castle is to be split into Lune and Quay on {day_in_words(LATER)}."
    signed_in(client, ann)
    for address in (castle.get_absolute_url(), "/staff/record/of/icc/lca/"):
        page = re.sub("<sup.*?</sup>|<[^>]*>", "", client.get(address, follow=True).text)
        assert told in " ".join(page.split()), address


def test_where_there_is_nothing_to_merge_or_split_the_page_says_so(client, ann):
    signed_in(client, ann)
    assert "no two communities yet" in client.get(reverse(MERGE), follow=True).text
    assert "no community yet" in client.get(reverse(SPLIT), follow=True).text


def test_a_merge_into_nothing_new_or_into_itself_is_refused_with_what_to_do(
    client, ann, bay_and_castle
):
    signed_in(client, ann)
    for words, sentence in (
        (merging(into="LCA"), "This one ends. Choose another, or a new one"),
        (merging(into=""), "Write the name of the new one, or choose one above"),
        (merging(into="", name="bay"), "There is a community called Bay. Choose it above"),
        (merging(ended=[]), "Choose the communities that end"),
        (merging(into="", name="Lune"), "correct its name instead"),
        (merging() | {"day": "2027"}, "is more than one day"),
    ):
        assert sentence in client.post(reverse(MERGE), words).content.decode()
    assert not Proposal.objects.exists()


def test_no_community_follows_one_that_has_ended_itself(client, ann, bob, bay_and_castle):
    signed_in(client, ann)
    proposals = []
    for words in (merging(), merging(ended=["BAY"], into="LCA")):
        _, words = asked(client, MERGE, words)
        proposals.append(sent(client, MERGE, words))
    first, second = (
        actions.send(proposal=each, seen=seen_token(each), by=ann, at=NOW) for each in proposals
    )
    actions.approve(proposal=first, seen=seen_token(first), by=bob, at=NOW)
    with pytest.raises(IncompleteError, match="has itself ended by that day"):
        actions.approve(proposal=second, seen=seen_token(second), by=bob, at=NOW)


def test_a_community_ends_only_once(client, ann, bob, bay_and_castle):
    east = icc("EAS", name="East")
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging(day=LATER))
    first = sent(client, MERGE, words)
    approved(first, ann, bob)
    client.logout()
    # Who would change it again reads at the start why it isn't in the list.
    signed_in(client, ann)
    link = f'<a href="{first.get_absolute_url()}">{first}</a>'
    said = f"Castle is to become part of Bay on {day_in_words(LATER)}: {link}"
    for name in (MERGE, SPLIT):
        assert said in client.get(reverse(name), {"why": "now"}).text
    client.logout()
    for kind in ("merged", "split"):
        second = written(
            client, ann, "icc-successions",
            icc="LCA", successor="EAS", kind=kind, happened=day_in_words(LATER),
        )  # fmt: skip
        with pytest.raises(
            actions.BlockedError, match="Castle is to become part of Bay"
        ) as refused:
            actions.send(proposal=second, seen=seen_token(second), by=ann, at=NOW)
        assert refused.value.proposal == first
        actions.drop(proposal=second, by=ann, at=NOW)
    assert not east.predecessions.exists()
    for slug in ("bay", "lca"):
        assert "One team serves both" in read(client, f"/iccs/{slug}/")


def test_a_merge_names_the_approved_later_ones_that_it_meets(client, ann, bob, bay_and_castle):
    bay, _ = bay_and_castle
    lune = icc("LUN", name="Lune")
    priority(lune, "Fewer falls")
    source("plan", title="The plan", published_as="2019")
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging(LATER))
    approved(first := sent(client, MERGE, words), ann, bob)
    # It can't end before the other becomes part of it: the page says so, and so does what is sent.
    page, words = asked(client, MERGE, merging(ended=["BAY"], into="LUN"), **{"BAY-priorities": []})
    shown = " ".join(page.content.decode().split())
    meets = f"Castle is to become part of Bay on {day_in_words(LATER)}"
    link = f'<a href="{first.get_absolute_url()}">Castle becomes part of Bay</a>'
    assert f"{meets}: {link}. Bay would have ended by then. Choose a day after" in shown
    refused = client.post(reverse(MERGE), words).content.decode()
    assert f"{meets}. Choose a day after {day_in_words(LATER)}, or take" in refused
    assert refused.count(link) == 2
    by_hand = {"icc": "BAY", "kind": "merged", "successor": "LUN", "happened": day_in_words(TODAY)}
    by_hand = written(client, ann, "icc-successions", **by_hand)
    with pytest.raises(IncompleteError, match=re.escape(meets)):
        actions.send(proposal=by_hand, seen=seen_token(by_hand), by=ann, at=NOW)
    # Its page gives the same answer, and doesn't ask what becomes of what it would leave behind.
    for address in (
        by_hand.get_absolute_url(),
        reverse("staff:community_left", args=[by_hand.pk]),
    ):
        shown = " ".join(client.get(address, follow=True).text.split())
        assert f"{meets}. Choose a day after {day_in_words(LATER)}, or take that" in shown
        assert link in shown
        assert "Say what becomes of them" not in shown
    actions.drop(proposal=by_hand, by=ann, at=NOW)
    # A document from before what the other brought is refused with its name.
    old = merging(
        LATER + timedelta(days=9), ended=["BAY"], into="LUN", why="document", source="plan"
    )
    _, old = asked(client, MERGE, old, **{"BAY-priorities": []})
    assert (
        "came with “Castle becomes part of Bay”"
        in client.post(reverse(MERGE), old).content.decode()
    )
    # What both bring is there from the earlier day.
    page, words = asked(client, MERGE, merging(ended=["LUN"]))
    assert "What both bring comes to Bay on the earlier day." in page.content.decode()
    approved(sent(client, MERGE, words), ann, bob)
    [falls] = bay.priorities.live(Present.now(UTC))
    assert (falls.words, falls.starts_on, falls.ends_on) == ("Fewer falls", TODAY, None)


def test_a_merge_on_which_a_later_one_builds_is_taken_back_after_it(
    client, ann, bob, bay_and_castle
):
    _, castle = bay_and_castle
    icc("LUN", name="Lune")
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    approved(first := sent(client, MERGE, words), ann, bob)
    _, words = asked(client, MERGE, merging(LATER, ended=["BAY"], into="LUN"))
    approved(second := sent(client, MERGE, words), ann, bob)
    signed_in(client, bob)
    address = reverse("staff:proposal_take_back", args=["icc-successions", first.pk])
    refused = " ".join(client.post(address, {"reason": "Not decided"}, follow=True).text.split())
    link = f'<a href="{second.get_absolute_url()}">Bay becomes part of Lune</a>'
    assert f"ends or moves with {link}. Take that back first." in refused
    # Its page says so before anybody asks, in place of the way there.
    page = " ".join(client.get(first.get_absolute_url()).text.split())
    assert f"ends or moves with {link}. Take that back first." in page
    assert f'href="{address}"' not in page
    row = first.proposed[0]
    assert client.get(reverse("staff:record_row", args=[row.kind, row.result])).status_code == 200
    with pytest.raises(actions.BlockedError, match="Take that back first"):
        actions.take_back_all(proposal=first, reason="Not decided", by=bob, at=NOW)
    assert castle.successions.live(Present.now(UTC)).exists()
    # In their order both go, and each place is where it was.
    for each in (second, first):
        actions.take_back_all(proposal=each, reason="Not decided", by=bob, at=NOW)
    places = IccPlace.objects.live(Present.now(UTC)).filter(name="Skerton")
    assert [(each.icc, each.ends_on) for each in places] == [(castle, None)]


def test_what_came_with_a_merge_keeps_its_day_and_goes_back_with_it_as_corrected(
    client, ann, bob, bay_and_castle
):
    _, castle = bay_and_castle
    source("plan", title="The plan", published_as="2019")
    signed_in(client, ann)
    rests_on = {"why": "document", "source": "plan"}
    words = merging(ended=["LCA", "BAY"], into="", name="Lune", **rests_on)
    _, words = asked(client, MERGE, words)
    approved(whole := sent(client, MERGE, words), ann, bob)
    link = f'<a href="{whole.get_absolute_url()}">'

    def live(model, **of):
        return model.objects.live(Present.now(UTC)).filter(**of)

    def corrected(row, **cells):
        """A correction that is sent, or why it can't be."""
        kind = kind_of(type(row)).slug
        kept = row_cells(editor_called(kind), row) | {"why": "slip", "reason": "A slip"}
        proposal = written(client, ann, kind, row=row, **kept | cells)
        assert isinstance(proposal, Proposal), proposal
        page = client.get(proposal.get_absolute_url()).context["form"].initial["seen"]
        words = {"decision": "send", "seen": page}
        answer = client.post(proposal.get_absolute_url(), words, follow=True)
        proposal.refresh_from_db()
        if proposal.state == State.SUBMITTED:
            actions.approve(proposal=proposal, seen=seen_token(proposal), by=bob, at=NOW)
            return None
        actions.drop(proposal=proposal, by=ann, at=NOW)
        return answer.text

    lune = live(IccProfile, name="Lune").get()

    def place_of(of):
        return live(IccPlace, icc=of, name="Skerton").get()

    # A word of it is corrected; its day is that of the merge, even once it was corrected.
    assert corrected(lune, about="It serves the Lune.") is None
    assert corrected(place_of(lune.icc), is_main="yes") is None
    lune = live(IccProfile, name="Lune").get()
    day = day_in_words(TODAY - timedelta(days=9))
    rows = ((lune, "began"), (place_of(lune.icc), "starts"), (place_of(castle), "ends"))
    for row, column in rows:
        refused = corrected(row, **{column: day})
        assert f"This day is that of the whole change: {link}" in refused, column
    assert f"This ended with {link}" in corrected(place_of(castle), name="Skerton West")
    names = [column.name for column in editor_called("icc-places").table.all_columns]
    file = f"icc,name,is_main,starts,ends\n{lune.icc.code},Skerton,yes,2019-01-01,\n"
    ground = Ground(why="slip", reason="A slip")
    file = read_sheet(file.encode(), "icc_places", names)
    now = Present.now(UTC)
    checked = check_file(file, editor_called("icc-places"), ground=ground, by=ann, at=now)
    by_file = actions.begin(rows=checked.rows, title="A file", by=ann, at=NOW)
    with pytest.raises(actions.BlockedError, match="This day is that of the whole change"):
        actions.send(proposal=by_file, seen=seen_token(by_file), by=ann, at=NOW)
    actions.drop(proposal=by_file, by=ann, at=NOW)
    # What took the place of a row that was taken back isn't taken back alone either.
    assert corrected(live(IccPractice, icc=lune.icc, name="King Street").get(), name="King") is None
    king = live(IccPractice, name="King").get()
    with pytest.raises(actions.BlockedError, match="Take that back as a whole"):
        actions.take_back_at_once(
            kind=kind_of(IccPractice), row=king, reason="Not decided", by=bob, at=NOW
        )

    address = reverse("staff:proposal_take_back", args=["icc-profiles", whole.pk])
    assert "of them are corrections made since." in signed_in(client, bob).get(address).text
    done = actions.take_back_all(proposal=whole, reason="Not decided", by=bob, at=NOW)
    assert not Icc.objects.known_at(Present.now(UTC)).filter(pk=lune.icc_id).exists()
    assert [each.icc for each in live(IccPlace, name="Skerton", ends_on=None)] == [castle]
    assert not live(IccPractice, name="King").exists()
    # Published anew is what stood last.
    how = {"agrees": False, "remarks": "It was decided", "by": ann, "at": NOW}
    actions.review(proposal=done, seen=done.done_at_once.seen, **how)
    assert live(IccProfile, icc=lune.icc).get().about == "It serves the Lune."
    assert place_of(lune.icc).is_main
    assert place_of(castle).ends_on == TODAY
    assert live(IccPractice, name__startswith="King", ends_on=None).get().name == "King"
    # It is one end as before: no row goes alone, and all of it once more.
    with pytest.raises(actions.BlockedError, match="Take that back as a whole"):
        actions.take_back_at_once(
            kind=kind_of(IccPlace), row=place_of(castle), reason="Not decided", by=bob, at=NOW
        )
    actions.take_back_all(proposal=whole, reason="Not decided", by=bob, at=NOW)
    assert [each.icc for each in live(IccPlace, name="Skerton")] == [castle]


def test_what_is_in_work_elsewhere_is_not_moved(client, ann, bob, bay_and_castle):
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    sent(client, MERGE, words)
    words["reason"] = "Another reason"
    answer = client.post(reverse(MERGE), words)
    assert "You have a draft of this already: <a href=" in answer.content.decode()
    assert Proposal.objects.count() == 1


def test_a_renamed_community_is_found_by_its_old_name(client):
    bay = icc("BAY", name="Bay", published="2016")
    profiled(bay, name="Bay and Coast", published="2019")
    assert "Formerly Bay" in read(client, "/iccs/find/", q="bay")
    assert "Formerly Bay." in read(client, bay.get_absolute_url())
    assert "Formerly" not in read(client, bay.get_absolute_url(), **{"as-at": "2018-06-30"})


def test_what_was_published_meanwhile_is_named_before_the_decision_and_taken_along(
    client, ann, bob, bay_and_castle
):
    bay, castle = bay_and_castle
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    proposal = sent(client, MERGE, words)
    waiting = actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=NOW)
    place(castle, "Moor")
    signed_in(client, bob)
    shown = read(client, proposal.get_absolute_url())
    assert "Place of Castle: Moor" in shown
    assert "return it to its author" in shown
    with pytest.raises(IncompleteError, match="of these: Place of Castle: Moor"):
        actions.approve(proposal=waiting, seen=seen_token(waiting), by=bob, at=NOW)
    left = reverse("staff:community_left", args=[proposal.pk])
    signed_in(client, ann)
    assert left in read(client, proposal.get_absolute_url())
    form = client.get(left).context["form"]
    ticked = {name: field.initial for name, field in form.fields.items() if name != "seen"}
    stale = client.post(left, ticked | {"seen": "another"}, follow=True)
    assert "Nothing was added" in stale.content.decode()
    added = client.post(left, ticked | {"seen": form.initial["seen"]}, follow=True)
    assert "Place of Castle: Moor" not in added.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == State.DRAFT
    approved(proposal, ann, bob)
    moor = IccPlace.objects.live(Present.now(UTC)).filter(name="Moor")
    assert {(row.icc, row.starts_on, row.ends_on) for row in moor} == {
        (castle, None, TODAY),
        (bay, TODAY, None),
    }
    assert "Nothing is left behind" in client.get(left, follow=True).content.decode()


def test_an_end_without_its_journey_leaves_nothing_behind(client, ann, bob, bay_and_castle):
    signed_in(client, ann)
    ends = {"icc": "LCA", "kind": "merged", "successor": "BAY", "happened": "1 January 2026"}
    answer = client.post(
        reverse("staff:record_add", args=["icc-successions"]),
        ends | {"why": "now", "source": "", "seen": "", "note": ""},
    )
    proposal = Proposal.objects.get()
    assert answer.url == proposal.get_absolute_url()
    with pytest.raises(IncompleteError, match="Place of Castle: Skerton"):
        actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=NOW)


def test_nothing_new_stands_in_a_community_beyond_its_end(client, ann, bob, bay_and_castle):
    late = written(client, ann, "icc-places", icc="LCA", name="Late", is_main="no")
    late = actions.send(proposal=late, seen=seen_token(late), by=ann, at=NOW)
    _, words = asked(client, MERGE, merging(LATER))
    approved(sent(client, MERGE, words), ann, bob)
    until = f"Write {day_in_words(LATER)} or an earlier day here"
    with pytest.raises(IncompleteError, match=until):
        actions.approve(proposal=late, seen=seen_token(late), by=bob, at=NOW)
    after = (LATER + timedelta(days=1)).isoformat()
    for kind, cells in (
        ("icc-places", {"name": "Moor", "is_main": "no"}),
        ("icc-practices", {"name": "Moor surgery"}),
        ("priorities", {"words": "Fewer falls at night"}),
        ("programme-iccs", {"programme": "falls", "ends": after}),
        ("populations", {"people": "12", "counts": "people of the moor", "counted_as": after}),
        (
            "figures",
            {"value": "1", "unit": "walks", "counts": "walks", "is_aim": "no", "period_as": after},
        ),
    ):
        answer = written(client, ann, kind, icc="LCA", **cells)
        assert "Castle is to become part of Bay" in str(answer), kind
    walk = written(client, ann, "activities", icc="LCA", words="A walk", happened=after)
    assert "This day is still to come" in str(walk)
    assert written(client, ann, "populations", icc="LCA", people="12", counts="people today").pk
    past = written(
        client, ann, "icc-places", icc="LCA", name="Moor", is_main="no", ends=LATER.isoformat()
    )
    approved(past, ann, bob)


def test_a_file_names_what_would_stand_beyond_the_end(ann, bay_and_castle):
    _, castle = bay_and_castle
    merged(castle, into=bay_and_castle[0], when="2020-04", published="2020-04")
    header = "icc,name,is_main,starts,ends,certainty,source,published_at,note,reason"
    lines = ["LCA,Moor,no,,,,,,,", "LCA,Quay,no,,2020-04-30,,,,,", "BAY,Moor,no,,,,,,,"]
    editor = editor_called("icc-places")
    names = [column.name for column in editor.table.all_columns]
    sheet = read_sheet("\n".join([header, *lines]).encode(), "icc_places", names)
    found = check_file(sheet, editor, ground=Ground(), by=ann, at=Present.now(UTC))
    assert [(error.row, error.column) for error in found.errors] == [(2, "ends")]
    assert "Castle became part of Bay in April 2020. Write 30 April 2020" in found.errors[0].message


def test_the_day_of_a_merge_changes_in_all_its_rows(client, ann, bob, bay_and_castle):
    _, castle = bay_and_castle
    signed_in(client, ann)
    _, words = asked(client, MERGE, merging())
    proposal = sent(client, MERGE, words)
    number = [row.kind for row in proposal.proposed].index("icc-places") + 1
    address = reverse("staff:proposal_row", args=[proposal.pk, number])
    given = {"why": "now", "source": "", "note": "", "reason": "It was put off"}
    given |= {"seen": seen_token(proposal), "ends": day_in_words(LATER)}
    client.post(address, given)
    proposal.refresh_from_db()
    days = {row.cells.get("happened") or row.cells.get("ends") for row in proposal.proposed}
    assert days - {""} == {LATER.isoformat()}
    empty = {"kind": "merged", "successor": "BAY", "icc": "LCA", "happened": ""}
    answer = client.post(
        reverse("staff:proposal_row", args=[proposal.pk, 1]),
        given | empty | {"seen": seen_token(proposal)},
    )
    assert "Other rows are of this day too" in answer.content.decode()
    approved(proposal, ann, bob)
    standing = castle.successions.get()
    moved = {"kind": "merged", "successor": "BAY", "happened": TODAY.isoformat()}
    moved = written(client, ann, "icc-successions", row=standing, **moved)
    with pytest.raises(IncompleteError, match="take the whole change back"):
        actions.send(proposal=moved, seen=seen_token(moved), by=ann, at=NOW)
    actions.drop(proposal=moved, by=ann, at=NOW)
    split = {"kind": "split", "successor": "BAY", "happened": LATER.isoformat()}
    split = written(client, ann, "icc-successions", row=standing, **split)
    with pytest.raises(actions.BlockedError, match="begin it again: “Castle becomes part of Bay”"):
        actions.send(proposal=split, seen=seen_token(split), by=ann, at=NOW)


def test_a_merge_says_what_is_there_already_and_which_words_stay(client, ann, bob, bay_and_castle):
    bay, castle = bay_and_castle
    profiled(castle, name="Castle", about="It may become one with Bay.", published="2019")
    placed_in(castle.programme_links.get().programme, bay)
    signed_in(client, ann)
    page, words = asked(client, MERGE, merging())
    shown = " ".join(page.content.decode().split())
    assert "Already there: Falls at home" in shown
    assert not words.pop("LCA-programme-iccs")
    assert "It may become one with Bay." in shown
    proposal = sent(client, MERGE, words)
    assert [r.act for r in proposal.proposed if r.kind == "programme-iccs"] == ["end"]
    approved(proposal, ann, bob)
    profile = castle.profiles.live(Present.now(UTC)).get()
    correct = reverse("staff:record_correct", args=["icc-profiles", profile.pk])
    assert correct in read(client, proposal.get_absolute_url())
    mended = written(
        client, ann, "icc-profiles", row=profile, name="Castle", about="It became part of Bay."
    )
    approved(mended, ann, bob)
    assert "Words from before" not in read(client, proposal.get_absolute_url())
    assert "only where a source or the partnership says so" in read(client, "/iccs/")


def test_what_was_taken_back_stands_again_after_the_community_that_it_names(client, ann, bob):
    duddon = icc("DUD", name="Duddon")
    own, of = duddon.profiles.get(), place(duddon, "Broughton")
    done = []
    for row in (of, own):
        address = reverse("staff:record_take_back", args=[kind_of(type(row)).slug, row.pk])
        signed_in(client, ann).post(address, {"reason": "It was of another place"})
        what = Proposal.objects.done_at_once().on(kind_of(type(row)).slug, row.pk).get()
        done.append(
            (what, reverse("staff:proposal_review", args=[kind_of(type(row)).slug, what.pk]))
        )
    (_, of_place), (taken, of_own) = done
    reviewer = signed_in(client, bob)

    def disagree(address):
        seen = reviewer.get(address).context["form"].initial["seen"]
        sent = {"seen": seen, "decision": "disagree", "remarks": "It was right"}
        return reviewer.post(address, sent, follow=True).content.decode()

    refused = disagree(of_place)
    assert "“Duddon” must stand again first" in refused
    assert f'href="{taken.get_absolute_url()}"' in refused
    assert not type(of).objects.live(Present.now(UTC)).exists()
    disagree(of_own)
    disagree(of_place)
    assert type(of).objects.live(Present.now(UTC)).get().icc == duddon


def test_what_was_done_in_a_place_is_not_ticked_as_if_it_moved(client, ann, bob, bay_and_castle):
    _, castle = bay_and_castle
    pilot = programme(name="Skin pictures", slug="skin")
    placed_in(pilot, castle, words="First pilot, in 2014.")
    signed_in(client, ann)
    page, words = asked(client, MERGE, merging())
    assert len(words["LCA-programme-iccs"]) == 1
    assert not words.pop("LCA-programme-iccs-done")
    assert "Tick only what goes on" in page.text
    proposal = sent(client, MERGE, words)
    moved = [r for r in proposal.proposed if r.kind == "programme-iccs" and r.act == "add"]
    assert [row.cells["programme"] for row in moved] == ["falls"]
    # On a split there is no answer before somebody gives one.
    actions.drop(proposal=proposal, by=ann, at=NOW)
    words = merging(ended="LCA", into=["BAY"], new="Lune")
    page, words = asked(client, SPLIT, words)
    [link] = pilot.icc_links.all()
    key = f"programme-iccs-{link.pk}"
    assert words[key] == ""
    errors = client.post(reverse(SPLIT), words).context["form"].errors
    assert errors[key] == ["Say where it goes on: Skin pictures: First pilot, in 2014."]


@pytest.mark.parametrize("journey", [MERGE, "by hand"])
def test_what_moves_rests_on_the_source_of_the_merge(client, ann, bob, bay_and_castle, journey):
    bay, _ = bay_and_castle
    source("plan", title="The plan", published_as="2021")
    signed_in(client, ann)
    if journey == MERGE:
        page, words = asked(client, MERGE, merging(why="document", source="plan"))
        assert "What moves rests on The plan" in " ".join(page.text.split())
        proposal = sent(client, MERGE, words)
    else:
        ends = {"icc": "LCA", "kind": "merged", "successor": "BAY", "happened": TODAY.isoformat()}
        ends |= {"why": "document", "source": "plan", "published_at": "2021"}
        ends["certainty"] = "sourced"
        proposal = written(client, ann, "icc-successions", **ends)
        assert isinstance(proposal, Proposal), proposal.as_text()
        left = reverse("staff:community_left", args=[proposal.pk])
        form = client.get(left).context["form"]
        ticked = {name: field.initial or "" for name, field in form.fields.items()}
        client.post(left, ticked | {"seen": form.initial["seen"]})
        proposal.refresh_from_db()
    approved(proposal, ann, bob)
    for row in proposal.proposed:
        made = row.of_kind.model.objects.get(pk=row.result)
        assert made.source_id, (row.kind, row.act)
        assert made.source.slug == "plan"
    client.logout()
    new = read(client, bay.get_absolute_url())
    assert "The plan" in new
    assert "Written in this portal" not in new


@pytest.mark.parametrize("name", [MERGE, SPLIT])
def test_what_moves_by_our_own_word_keeps_its_source(client, ann, bob, bay_and_castle, name):
    _, castle = bay_and_castle
    the_map = source("map", title="The map of 2016", published_as="2016")
    own = {"source": the_map, "certainty": "inferred", "note": "It is drawn with a dotted line."}
    place(castle, "Newland", **own)
    trust = partner("RTX", "The Hospital Trust")
    served_by(castle, trust, **own)
    signed_in(client, ann)
    page, words = asked(client, name, merging() if name == MERGE else splitting())
    assert "What moves keeps its own source" in " ".join(page.text.split())
    for key in page.context["form"].fields:
        if name == SPLIT and key.startswith(("icc-places", "icc-practices")):
            words[key] = "(new)"
    approved(sent(client, name, words), ann, bob)
    moved = [
        *IccPlace.objects.live(Present.now(UTC)).filter(name="Newland"),
        *trust.iccs_served.live(Present.now(UTC)),
    ]
    assert len({row.icc for row in moved}) > 1
    for row in moved:
        assert (row.source, row.certainty, row.note) == tuple(own.values()), row.icc


def test_a_place_is_in_one_community_on_each_day(client, ann, bob, bay_and_castle):
    cells = {"certainty": "sourced", "name": "skerton", "is_main": "no", "icc": "BAY"}
    errors = written(client, ann, "icc-places", **cells)
    assert errors["name"] == ["skerton is in Castle. End it there first, or write other days here."]
    practice_cells = {"certainty": "sourced", "icc": "BAY", "name": "Queen Square"}
    assert "name" in written(client, ann, "icc-practices", **practice_cells, town="Lancaster")
    # In a file too, where it may end in one and begin in the other.
    editor = editor_called("icc-places")
    names = [column.name for column in editor.table.all_columns]
    header = "icc,name,is_main,starts,ends,certainty,reason"
    for lines, wrong in (
        (["BAY,Moor,no,,,sourced,", "LCA,Moor,no,,,sourced,"], [(3, "name")]),
        (["LCA,Skerton,no,,2020-01-01,sourced,So", "BAY,Skerton,no,2020-01-01,,sourced,"], []),
        (
            ["LCA,Skerton,no,,2020-01-02,sourced,So", "BAY,Skerton,no,2020-01-01,,sourced,"],
            [(3, "name")],
        ),
    ):
        sheet = read_sheet("\n".join([header, *lines]).encode(), "icc_places", names)
        found = check_file(sheet, editor, ground=Ground(), by=ann, at=Present.now(UTC))
        assert [(error.row, error.column) for error in found.errors] == wrong, lines


def test_a_code_is_of_a_practice_in_one_community_on_each_day(client, ann, bay_and_castle):
    """Whatever it is called there; and the same words twice are one, whatever their case and spaces."""
    bay, castle = bay_and_castle
    practice(castle, "Ash Trees", town="Carnforth", ods_code="Y01008")
    cells = {"icc": "BAY", "name": "Ash", "town": "Kendal", "ods_code": "Y01008"}
    refused = written(client, ann, "icc-practices", **cells)
    assert refused["ods_code"] == [
        "Ash Trees is in Castle, with this code. End it there first, or write another code."
    ]
    assert isinstance(written(client, ann, "icc-practices", **cells | {"ods_code": ""}), Proposal)
    for name in ("heysham", "Heysham ", "HEYSHAM"):
        errors = written(client, ann, "icc-places", icc="BAY", name=name, is_main="no")
        assert "This is on the record already" in errors.as_text()
    place(bay, "Half Moon Bay")
    errors = written(client, ann, "icc-places", icc="BAY", name="Half  moon Bay", is_main="no")
    assert "This is on the record already" in errors.as_text()
    # The case alone of a row that stands is corrected.
    [row] = bay.places.filter(name="Heysham")
    mended = written(
        client,
        ann,
        "icc-places",
        row=row,
        icc="BAY",
        name="HEYSHAM",
        is_main="no",
        why="slip",
        certainty="sourced",
    )
    assert isinstance(mended, Proposal)
    actions.send(proposal=mended, seen=seen_token(mended), by=ann, at=NOW)


def test_a_community_is_not_renamed_to_another_that_there_is(client, ann, bay_and_castle):
    words = {"icc": "LCA", "kind": "renamed", "successor": "BAY", "happened": "2018"}
    proposal = written(client, ann, "icc-successions", **words)
    with pytest.raises(IncompleteError, match="Bay is a community of its own"):
        actions.send(proposal=proposal, seen=seen_token(proposal), by=ann, at=NOW)


def test_names_that_are_spelt_nearly_alike_are_named_before_a_merge(client, ann, bay_and_castle):
    bay, _ = bay_and_castle
    place(bay, "Skerten")
    practice(bay, "Queens Square")
    signed_in(client, ann)
    page, _ = asked(client, MERGE, merging())
    text = " ".join(page.text.split())
    assert "Skerten (Bay) and Skerton (Castle)" in text
    assert "Queen Square (Castle) and Queens Square (Bay)" in text
    page, _ = asked(client, SPLIT, merging(ended="LCA", into=["BAY"], new="Castel"))
    assert "Castel is new, and Castle is there already" in " ".join(page.text.split())
    page, _ = asked(client, SPLIT, merging(ended="BAY", into=["LCA"], new="Castlee"))
    assert "Castlee is new, and Castle is there already" in " ".join(page.text.split())
