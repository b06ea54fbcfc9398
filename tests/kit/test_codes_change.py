"""A code is changed by two people, and the old one still names its thing (kit/addresses.py)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from bhcp_portal import package
from bhcp_portal.changelog import ChangesAsked, change_rows, changes
from bhcp_portal.kit.actions import ActionError, seen_token
from bhcp_portal.kit.addresses import OldCode, coded
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.files import Ground, check_file
from bhcp_portal.kit.editor.proposal import Act, Proposal
from bhcp_portal.kit.editor.template import lines_standing
from bhcp_portal.kit.launch import forget
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from bhcp_portal.kit.spreadsheets.writing import csv_file
from iccs.editing import new_community
from iccs.models import IccPlace
from iccs.tables import IccPlaceTable, IccTable
from metrics.imports.as_sent import COLUMNS
from metrics.imports.check import check_sheet
from metrics.imports.presenters import preview
from metrics.imports.versions import NEW
from metrics.models import ReadingBatch
from metrics.tables.readings import ReadingTable
from partners.editing import new_partner
from partners.models import Partner
from partners.roles import Role
from tests.at_once import at_once
from tests.clock import clock, present
from tests.factories.iccs import icc, place
from tests.factories.kit import PAPERS, source
from tests.factories.metrics import metric, readings
from tests.factories.partners import give, partner, person, signed_in
from tests.kit.test_addresses_change import decide

pytestmark = pytest.mark.django_db


def page_of(thing):
    return reverse("staff:record_code", args=[thing._meta.model_name, thing.slug])


def propose(client, who, thing, code):
    words = {"moved_to": code, "reason": "It was miswritten", "seen": ""}
    return signed_in(client, who).post(page_of(thing), words)


def change(client, thing, code, ann, bob):
    """A change of code by two people, in the browser."""
    answer = propose(client, ann, thing, code)
    assert answer.status_code == 302, answer.context["form"].errors
    proposal = Proposal.objects.latest("pk")
    decide(client, ann, proposal, "send")
    decide(client, ann, proposal, "approve")
    thing.refresh_from_db()
    assert thing.code != code
    decide(client, bob, proposal, "approve")
    thing.refresh_from_db()
    client.logout()
    return proposal


def test_another_person_approves_a_new_code_and_what_is_given_out_has_it(client, ann, bob):
    body, kendal, waits = partner("RTX", "Hospitals"), icc("KEM", name="Kendal"), metric("waits")
    place(kendal, "Burneside")
    shown = signed_in(client, ann).get(page_of(body)).content.decode()
    assert "Its code is RTX" in shown
    thing = reverse("staff:record_thing", args=["partner", body.slug])
    assert f'{page_of(body)}">Change its code, RTX' in client.get(thing).content.decode()
    for thing, code in ((body, "rxx"), (kendal, "KEN"), (waits, "WAITS_4H")):
        proposal = change(client, thing, code, ann, bob)
        assert thing.code == code.upper()
        assert proposal.title.endswith(f" becomes {code.upper()}")
    [old] = OldCode.objects.filter(table="partners")
    assert (old.code, old.moved_to, old.author, old.reason) == (
        "RTX",
        "RXX",
        ann,
        "It was miswritten",
    )
    assert set(coded()) == {"partners", "iccs", "metrics"}
    # Also on days past: a code says what is called so in files, and none of what was said then.
    for at in ("", "?as-at=2019-06-30"):
        assert client.get(f"/api/v1/partners/{body.slug}{at}").json()["code"] == "RXX"
    assert [row["icc"] for row in IccPlaceTable().rows()] == ["KEN"]
    history = signed_in(client, bob).get(reverse("staff:record_row", args=["old-codes", old.pk]))
    assert "Hospitals: code RTX is now RXX" in history.content.decode()
    listed = client.get(reverse("staff:record_kind", args=["old-codes"])).content.decode()
    assert "Kendal: code KEM is now KEN" in listed
    home = signed_in(client, ann).get("/staff/").content.decode()
    assert "Kendal: code KEM becomes KEN" in home
    client.logout()
    # Readers see of what it is, and are led there.
    [row] = [
        each
        for each in change_rows(changes(ChangesAsked(present())), present())
        if each.kind.model is OldCode and each.slug == kendal.slug
    ]
    assert (row.about, row.text) == ("Kendal", "KEM is now KEN")
    assert row.get_absolute_url() == kendal.get_absolute_url()
    page = client.get("/changes/").content.decode()
    for words in ("Hospitals: RTX is now RXX", "Kendal: KEM is now KEN"):
        assert words in page
    assert "Changed code, Kendal: KEM is now KEN" in page
    history = reverse("staff:record_history", args=["icc", kendal.slug])
    assert "Kendal: code KEM is now KEN" in signed_in(client, ann).get(history).content.decode()


def test_a_file_a_link_and_a_draft_with_the_old_code_still_name_it(client, ann, bob):
    kendal, waits = icc("KEM", name="Kendal"), metric("waits", name="Waits")
    paper = source("paper", published_as="2016")
    place(kendal, "Burneside")
    readings(waits, [5, 6], scope=kendal, source=paper)
    tables = {table: next(iter(table.rows())) for table in (IccPlaceTable(), IccTable())}
    exported = list(ReadingTable().rows())
    draft = {
        "icc": "KEM",
        "name": "Sedgwick",
        "is_main": "no",
        "why": "now",
        "source": "",
        "seen": "",
    }
    answer = signed_in(client, ann).post(reverse("staff:record_add", args=["icc-places"]), draft)
    waiting = Proposal.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))
    decide(client, ann, waiting, "send")
    merge = {"icc": "KEM", "successor": icc("MIL").code, "kind": "merged", "happened": "2026-12-28"}
    answer = client.post(
        reverse("staff:record_add", args=["icc-successions"]),
        merge | {"why": "now", "source": "", "seen": "", "note": ""},
    )
    change(client, kendal, "KEN", ann, bob)
    change(client, waits, "WAITS_4H", ann, bob)

    # Exports of before, by whatever door, change nothing and create nothing.
    for table, row in tables.items():
        checked = table.check([(2, row)], list(row))
        assert [each.outcome for each in checked.rows] == ["unchanged"], checked.errors
    assert [(row["metric"], row["scope"]) for row in exported] == [("WAITS", "KEM")] * 2
    checked = ReadingTable().check(list(enumerate(exported, 2)), list(exported[0]), at=present())
    assert [each.outcome for each in checked.rows] == ["unchanged"] * 2, checked.errors
    # What staff send now is read, and what was read as what is told.
    steward = person(roles=[Role.DATA_STEWARD])
    sheet = read_sheet(b"metric,scope,period,value\nWAITS,KEM,2024-03-01,7\n", "sent.csv", COLUMNS)
    checked, report, _ = check_sheet(sheet, by=steward, at=present())
    assert [each.scope for each in checked.rows] == ["KEN"], checked.errors
    assert "“KEM” was read as KEN" in str(report)
    editor = editor_called("icc-places")
    names = [column.name for column in editor.table.all_columns]
    sheet = read_sheet(
        b"icc,name,is_main,starts,ends,certainty,source,published_at,note,reason\nKEM,Natland,no,,,,,,,\n"
        b"KEM,Burneside,yes,,,,,,,It is the largest\n",
        "icc_places",
        names,
    )
    found = check_file(sheet, editor, ground=Ground(), by=ann, at=present())
    assert found.errors == []
    assert [(row.act, row.cells["icc"]) for row in found.rows] == [
        (Act.ADD, "KEN"),
        (Act.CORRECT, "KEN"),
    ]
    # A file of readings that waits was checked under the codes of its day.
    batch = ReadingBatch(
        report={"counts": {NEW: 1}, "groups": {NEW: [{"metric": "WAITS", "scope": "KEM"}]}}
    )
    [(*_, [row])] = preview(batch, present())
    assert (row["metric"], row["scope"], row["place_name"]) == ("WAITS_4H", "KEN", "Kendal")
    assert row["measure_name"]
    twice = b"icc,name,is_main,starts,ends,certainty,source,published_at,note,reason\n" + b"".join(
        b"%s,Natland,no,,,,,,,\n" % code for code in (b"KEM", b"KEN")
    )
    sheet = read_sheet(twice, "icc_places", names)
    found = check_file(sheet, editor, ground=Ground(), by=ann, at=present())
    [error] = found.errors
    assert (error.row, error.message) == (
        3,
        "Row 2 of the file is about the same. Leave one of them out.",
    )
    # The search of the record finds it by either, and none by a word spelt alike.
    for code in ("kem", "KEN", "WAITS", "WAITS_4H"):
        page = signed_in(client, ann).get(reverse("staff:record"), {"q": code})
        assert page.context["things"][0][0] == ("Waits" if "WAITS" in code else "Kendal")
        assert not page.context["is_close"]

    # Links that people kept.
    for asked in (
        "/programmes/?icc=KEM", "/api/v1/programmes?icc=KEM", "/metrics/waits/?scope=KEM",
        "/metrics/waits/readings.csv?scope=KEM", "/api/v1/metrics/waits/readings?scope=KEM",
    ):  # fmt: skip
        answer = client.get(asked)
        assert answer.status_code == 200, asked
        assert b"left out" not in answer.content, asked

    # What waits says what it said, and can be changed and approved.
    shown = signed_in(client, bob).get(waiting.get_absolute_url()).content.decode()
    assert "Kendal" in shown
    edit = client.get(reverse("staff:proposal_edit", args=[waiting.pk]))
    assert edit.context["form"].initial["icc"] == "KEN"
    decide(client, bob, waiting, "approve")
    assert IccPlace.objects.get(name="Sedgwick").icc == kendal
    merging = Proposal.objects.open().get()
    assert client.get(reverse("staff:community_left", args=[merging.pk])).status_code == 200


def test_a_code_that_is_or_was_of_another_is_refused_with_what_to_do(client, ann, bob):
    body, other, kendal = partner("RTX", "Hospitals"), partner("RW5", "Care"), icc("KEN")
    change(client, body, "RXX", ann, bob)
    for written_code, wanted in {
        "RTX": "“RTX” was once the code of Hospitals. Write another",
        "RXX": "“RXX” is the code of Hospitals. Write another",
        "ken": "“KEN” is the code of Community KEN. Write another",
        "BHCP": "“BHCP” stands for the whole area. Write another",
        "RW5": "its code already",
        "R X": "Use capital letters and digits alone",
        "R\u200bX": "cannot be seen",
        "R" * 30: "at most 20",
        "": "Write the new code",
    }.items():
        form = propose(client, ann, other, written_code).context["form"]
        assert wanted in form.errors["moved_to"][0]
    assert "not a community’s code" in str(
        propose(client, ann, kendal, "K1N").context["form"].errors
    )
    for forged in (
        lambda: Partner.objects.create(slug="new", code="RTX"),
        lambda: Partner.objects.filter(pk=other.pk).update(code="RTX"),
        lambda: Partner.objects.filter(pk=other.pk).update(code="ANY"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forged()
    # Nor do codes that are made of names, or written with a new partner or measure.
    change(client, kendal, "KEM", ann, bob)
    assert new_community({"name": "Ken"}).code not in ("KEN", "KEM")
    with pytest.raises(Exception, match="was once the code of Hospitals"):
        new_partner({"name": "New", "short_name": "", "code": "rtx"})
    boss = signed_in(client, person(is_staff=True, is_superuser=True))
    answer = boss.post(reverse("admin:partners_partner_add"), {"slug": "hosp", "code": "RTX"})
    assert "was once the code of another" in answer.content.decode()
    edit = boss.get(reverse("admin:partners_partner_change", args=[body.pk])).content.decode()
    assert 'name="code"' not in edit
    # It may come back to a code that it had.
    change(client, body, "RTX", ann, bob)
    keeper = person()
    give(keeper, Role.RECORD_KEEPER, other)
    page = signed_in(client, keeper)
    assert [page.get(page_of(each)).status_code for each in (other, body)] == [200, 404]
    # A template taken under the old code is still of a partner that its keeper writes for.
    editor = editor_called("partner-names")
    content = csv_file(lines_standing(editor, keeper, present()))
    change(client, other, "RW6", ann, bob)
    sheet = read_sheet(content, "names", [column.name for column in editor.table.all_columns])
    found = check_file(sheet, editor, ground=Ground(), by=keeper, at=present())
    assert (found.rows, found.errors, found.unchanged) == ([], [], 1)


def test_an_empty_portal_filled_from_an_export_knows_old_codes_as_well(client, ann, bob, tmp_path):
    before = transaction.savepoint()
    kendal = icc("KEM", name="Kendal")
    place(kendal, "Burneside")
    now = timezone.now()
    for hours, code in enumerate(("KEN", "KEM", "KND")):
        with clock(now.replace(microsecond=0) + (timedelta(hours=hours + 1))):
            change(client, kendal, code, ann, bob)
    package.export(tmp_path / "first")
    transaction.savepoint_rollback(before)
    PAPERS.clear()
    forget()
    package.load(tmp_path / "first", at=now + timedelta(days=1))
    package.export(tmp_path / "second")
    for name in ("old_codes.csv", "iccs.csv", "icc_places.csv"):
        assert (tmp_path / "first" / name).read_text() == (tmp_path / "second" / name).read_text()
    with pytest.raises(IntegrityError), transaction.atomic():
        icc("KEM")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["slug", "code"])
def test_of_two_who_want_one_name_at_once_one_gets_it_and_the_other_is_told(name):
    keepers = [person(roles=[Role.RECORD_KEEPER]) for _ in range(3)]
    bodies = [partner("RTX", "Hospitals", slug="rtx"), partner("RW5", "Care", slug="rw5")]
    kind = {"slug": "old-addresses", "code": "old-codes"}[name]
    new = {"slug": "trust", "code": "RXX"}[name]
    sent = []
    for body in bodies:
        cells = {"table": "partners", name: getattr(body, name), "moved_to": new}
        cells |= {"certainty": "sourced", "note": "", "reason": "Better"}
        row = actions.ProposedRow(kind, actions.Act.MOVE, cells, actions.Why.NOW)
        draft = actions.begin(rows=[row], title=body.slug, by=keepers[2], at=present())
        sent.append(
            actions.send(proposal=draft, seen=seen_token(draft), by=keepers[2], at=present())
        )

    def approve(number):
        proposal = sent[number]
        return actions.approve(
            proposal=proposal, seen=seen_token(proposal), by=keepers[number], at=present()
        )

    outcomes = at_once(approve, range(2))
    [refused] = [each for each in outcomes if isinstance(each, ActionError)]
    assert "already" in str(refused)
    assert len(outcomes) == 2
    assert Partner.objects.filter(**{name: new}).count() == 1
