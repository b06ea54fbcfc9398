"""A file for every kind (HOUSE 9): a template of what stands, its check, one proposal, and its undoing."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook

from bhcp_portal.kit.actions import ActionError, seen_token
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import Editor, editor_called, editors
from bhcp_portal.kit.editor.files import Ground, check_file
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.presenters import error_lines
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, State, Why
from bhcp_portal.kit.editor.template import columns_to_fill, lines_standing, meaning, workbook
from bhcp_portal.kit.kinds import kinds
from bhcp_portal.kit.reviews import Review
from bhcp_portal.kit.spreadsheets.bounds import MEGABYTE, SheetError
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from bhcp_portal.kit.spreadsheets.writing import csv_file, saved
from bhcp_portal.kit.tables import TableError
from iccs.models import IccPlace
from partners.models import PartnerCount, PartnershipName, TermMeaning
from partners.roles import Role
from programmes.models import Money
from tests.at_once import at_once
from tests.clock import present
from tests.factories.iccs import icc, merged, place
from tests.factories.kit import on_record, source
from tests.factories.partners import became, partner, person, signed_in, stated
from tests.factories.programmes import money, partner_role, programme
from tests.kit.workbooks import HEADER, packed, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db):
    return person("ann@example.org", name="Ann", roles=[Role.RECORD_KEEPER])


@pytest.fixture
def bob(db):
    return person("bob@example.org", name="Bob", roles=[Role.RECORD_KEEPER])


@pytest.fixture
def places(db):
    """Three places of two communities that stand."""
    kendal, millom = icc("KEN", name="Kendal"), icc("MIL", name="Millom")
    named = ((kendal, "Burneside"), (kendal, "Staveley"), (millom, "Haverigg"))
    return [place(where, name, published="2017-06") for where, name in named]


def live(model):
    return model.objects.live(Present.now(UTC))


def template(slug, who):
    return lines_standing(editor_called(slug), who, Present.now(UTC))


def changed(lines, name, **cells):
    """The lines of a file with other cells in the row that has a name in it."""
    header, *rows = lines
    place = {column: number for number, column in enumerate(header)}
    for row in rows:
        if name in row:
            for column, text in cells.items():
                row[place[column]] = text
    return lines


def new(lines, **cells):
    return [*lines, [cells.get(column, "") for column in lines[0]]]


def checked(slug, lines, who, **ground):
    content = lines if isinstance(lines, bytes) else csv_file(lines)
    editor = editor_called(slug)
    names = [column.name for column in editor.table.all_columns]
    found = read_sheet(content, editor.table.name, names)
    return check_file(found, editor, ground=Ground(**ground), by=who, at=Present.now(UTC))


def wrong(found):
    return [(error.row, error.column) for error in found.errors]


def proposed(slug, lines, who, **ground):
    """What a person sends as a file, for another to approve."""
    found = checked(slug, lines, who, **ground)
    assert found.errors == []
    begun = actions.begin(rows=found.rows, title="A file", by=who, at=present())
    return actions.send(proposal=begun, seen=seen_token(begun), by=who, at=present())


def approved(slug, lines, one, other, **ground):
    sent = proposed(slug, lines, one, **ground)
    actions.approve(proposal=sent, seen=seen_token(sent), by=other, at=present())
    return Proposal.objects.get(pk=sent.pk)


def upload(client, who, address, content, name="places.csv", **words):
    file = io.BytesIO(content)
    file.name = name
    sent = {"why": "now", "source": "", "seen": "", "reason": "", "file": file} | words
    return signed_in(client, who).post(address, sent)


def file_of(slug):
    return reverse("staff:record_file", args=[slug])


# -- what a file says ------------------------------------------------------------------------------


def test_new_and_changed_rows_become_one_proposal_that_another_approves(client, ann, bob, places):
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes")
    lines = new(lines, icc="MIL", name="Silecroft", is_main="no")
    del lines[2]
    answer = upload(client, ann, file_of("icc-places"), csv_file(lines), reason="It grew")
    twice = upload(client, ann, file_of("icc-places"), csv_file(lines), reason="It grew")
    proposal = Proposal.objects.get()
    assert answer.url == twice.url == proposal.get_absolute_url()
    assert "1 new, 1 changed, 1 as they stand" in proposal.title
    other = csv_file(changed(lines, "Burneside", note="A village"))
    refused = upload(client, ann, file_of("icc-places"), other, reason="It grew")
    assert "changes some of these rows already" in refused.content.decode()
    page = client.get(answer.url).content.decode()
    assert "Kendal: Burneside" in page
    assert "Millom: Silecroft" in page
    client.post(answer.url, {"decision": "send", "seen": seen_token(proposal)})
    proposal.refresh_from_db()
    signed_in(client, bob).post(answer.url, {"decision": "approve", "seen": seen_token(proposal)})
    assert set(live(IccPlace).values_list("name", "is_main", "reason")) == {
        ("Burneside", True, "It grew"),
        # Deleted from the file, it changes nothing.
        ("Staveley", False, ""),
        ("Haverigg", False, ""),
        ("Silecroft", False, ""),
    }


def test_what_a_row_rests_on_is_its_own_source_or_else_what_was_chosen(ann, places):
    source("census", published_as="2021-06")
    source("plan", published_as="2020")
    old = places[1].source.slug
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes", source="census")
    lines = changed(lines, "Staveley", is_main="yes", source=old)
    lines = changed(lines, "Haverigg", is_main="yes")
    found = checked("icc-places", lines, ann, why=Why.DOCUMENT, source="plan", reason="Look")
    assert found.errors == []
    assert {
        row.cells["name"]: (row.why, row.cells["source"], row.cells["published_at"])
        for row in found.rows
    } == {
        "Burneside": (Why.DOCUMENT, "census", "2021-06"),
        # The source of what stands, unchanged: it was copied wrongly from it.
        "Staveley": (Why.SLIP, old, ""),
        "Haverigg": (Why.DOCUMENT, "plan", "2020"),
    }


def test_a_column_that_is_left_out_says_nothing_of_it(ann, places):
    place(places[0].icc, "Natland", certainty="inferred", note="It may be")
    full = template("icc-places", ann)
    lines = [line[:5] for line in full]
    assert lines[0] == ["icc", "name", "is_main", "starts", "ends"]
    assert checked("icc-places", lines, ann).unchanged == 4
    [row] = checked("icc-places", changed(lines, "Natland", is_main="yes"), ann, reason="X").rows
    assert (row.cells["certainty"], row.cells["note"]) == ("inferred", "It may be")
    # An empty note is one that was removed.
    assert len(checked("icc-places", changed(full, "Natland", note=""), ann, reason="X").rows) == 1


def test_the_exact_name_of_one_thing_serves_in_place_of_its_code(ann, places):
    rests = {"certainty": "sourced", "reason": "New"}
    source("plan", title="The plan", published_as="2020")
    lines = template("icc-places", ann)
    lines = new(lines, icc="Kendal", name="Natland", is_main="no", source="The plan", **rests)
    found = checked("icc-places", lines, ann)
    assert found.errors == []
    assert [(row.cells["icc"], row.cells["source"]) for row in found.rows] == [("KEN", "plan")]
    # It is the same matter as a row that gives the code.
    again = new(lines, icc="KEN", name="Natland", is_main="no", source="plan", **rests)
    [same] = checked("icc-places", again, ann).errors
    assert same.message == "Row 5 of the file is about the same. Leave one of them out."


def test_a_name_that_two_things_have_is_refused_with_both(ann, places):
    icc("KND", name="Kendal")
    lines = new(template("icc-places", ann), icc="Kendal", name="Natland", is_main="no")
    [error] = [each for each in checked("icc-places", lines, ann).errors if each.column == "icc"]
    assert "communities are called “Kendal”: “KEN” and “KND”" in error.message


def test_every_error_names_the_row_and_the_column_and_nothing_is_saved(client, ann, places):
    lines = template("icc-places", ann)
    lines = changed(lines, "Burneside", is_main="perhaps")
    lines = changed(lines, "Staveley", is_main="yes")
    lines = new(lines, icc="Millon", name="Silecroft", is_main="no")
    lines = new(lines, icc="MIL", name="Silecroft", is_main="no", source="nowhere")
    lines = new(lines, icc="MIL", name="Silecroft", is_main="no")
    lines = new(lines, icc="MIL", name="Kirksanton", is_main="no", published_at="2017")
    found = checked("icc-places", lines, ann)
    assert wrong(found) == [
        (2, "reason"),
        (2, "is_main"),
        (3, "reason"),
        (5, "icc"),
        (6, "source"),
        (7, "icc"),
        (8, "source"),
    ]
    [unknown] = [error for error in found.errors if error.row == 5]
    assert "Did you mean “MIL” (Millom)?" in unknown.message
    [again] = [error for error in found.errors if error.row == 7]
    assert again.message == "Row 6 of the file is about the same. Leave one of them out."
    older = template("icc-places", ann)
    older[0][older[0].index("is_main")] = "large"
    [renamed] = checked("icc-places", older, ann).errors
    assert "If you mean “is_main”, write that in its place." in renamed.message
    with pytest.raises(SheetError, match="has the columns of “GP practices”"):
        checked("icc-places", template("icc-practices", ann), ann)
    answer = upload(client, ann, file_of("icc-places"), csv_file(lines))
    assert "7 errors in the file" in answer.content.decode()
    copy = upload(client, ann, file_of("icc-places"), csv_file(lines), copy="yes")
    assert (
        copy.content.decode("utf-8-sig")
        .splitlines()[2]
        .startswith('"Why it changes (reason): Say why it changes')
    )
    assert wrong(checked("icc-places", copy.content, ann)) == wrong(found)
    assert not Proposal.objects.exists()


def test_a_date_is_read_as_in_a_form_and_as_excel_keeps_it(client, ann, places):
    lines = template("icc-places", ann)
    written = {
        "Silecroft": ("1/2/2024", "2024-02-01"),
        "Kirksanton": ("1st of June 2024", "2024-06-01"),
        "The Green": ("6/2024", "2024-06"),
        "The Hill": ("2023/24", "2023-04/2024-03"),
        "Whicham": (datetime(2024, 2, 1), "2024-02-01"),
    }
    book = Workbook()
    book.active.title = "icc_places"
    for name, (starts, _) in written.items():
        lines = new(lines, icc="MIL", name=name, is_main="no", starts=starts)
    for line in lines:
        book.active.append(line)
    found = checked("icc-places", saved(book), ann)
    assert found.errors == []
    read = {row.cells["name"]: row.cells["starts"] for row in found.rows}
    assert read == {name: starts for name, (_, starts) in written.items()}
    bank = {"icc": "MIL", "name": "Bank", "is_main": "no", "starts": "31/2/24"}
    lines = new(template("icc-places", ann), **bank)
    lines = new(lines, **bank | {"name": "Hall", "starts": "2020", "ends": "2019"})
    page = upload(client, ann, file_of("icc-places"), csv_file(lines)).content.decode()
    assert "(starts)" in page
    assert "“31/2/24” has two digits of its year. Write the year with four digits: 2024." in page
    assert "It can’t end before it starts" in page
    lines = changed(template("icc-profiles", ann), "Millom", latitude="54", longitude="")
    assert wrong(checked("icc-profiles", lines, ann, reason="It grew")) == [(3, "latitude")]


def test_who_recorded_it_when_is_believed_of_what_is_on_record_alone(ann, bob, places):
    exported = [[*dict(row)] for row in [next(iter(editor_called("icc-places").table.rows()))]]
    rows = [list(row.values()) for row in editor_called("icc-places").table.rows()]
    assert checked("icc-places", [*exported, *rows], ann).unchanged == 3
    lines = changed([*exported, *rows], "Burneside", is_main="yes", reason="It grew")
    assert wrong(checked("icc-places", lines, ann)) == [(2, "recorded_at")]


def test_a_new_row_gets_its_name_and_sent_again_changes_nothing(ann, bob):
    programme("falls", name="Falls")
    spent = {"programme": "falls", "year": "2026/27", "kind": "spent", "amount": "5000.00"}
    header = template("money", ann)
    lines = new(new(header, **spent, what_for="Beds"), **spent, what_for="Beds ")
    assert wrong(checked("money", lines, ann)) == [(3, "code")]
    lines = new(new(header, **spent, what_for="Beds"), **spent, what_for="beds")
    approved("money", lines, ann, bob)
    assert len(set(live(Money).values_list("code", flat=True))) == 2
    again = checked("money", lines, ann)
    assert (again.rows, again.unchanged) == ([], 2)


def test_words_begin_with_a_file_and_go_with_it(ann, bob):
    lines = new(template("term-meanings", ann), name="Bed days", meaning="Days in a bed")
    sent = proposed("term-meanings", new(lines, name="Ward", meaning="Where beds are"), ann)
    term = TermMeaning._meta.get_field("term").related_model
    assert set(term.objects.values_list("slug", flat=True)) == {"bed-days", "ward"}
    found = checked("term-meanings", lines, ann)
    sent = actions.edit(
        proposal=sent, rows=found.rows, title="Anew", seen=seen_token(sent), by=ann, at=present()
    )
    assert [row.cells["term"] for row in sent.proposed] == ["bed-days"]
    assert set(term.objects.values_list("slug", flat=True)) == {"bed-days"}
    actions.drop(proposal=sent, by=ann, at=present())
    assert not term.objects.exists()


def test_what_nothing_supersedes_is_mended_in_place_or_refused(ann, bob):
    count = stated(12, published="2017", says="It lists twelve")
    on_record(PartnershipName, name="Ours", used="Now", heads_pages_as="", author=ann, at=present())
    source("later", published_as="2019")
    lines = changed(template("partner-counts", ann), "12", says="It names twelve")
    mended = approved("partner-counts", lines, ann, bob, reason="Said wrongly")
    [row] = live(PartnerCount)
    assert (row.says, row.source, row.published_as) == ("It names twelve", count.source, "2017")
    # Nothing would stand in its place, so it is not taken back with the file.
    assert actions.still_standing(mended) == []
    lines = changed(template("partnership-names", ann), "Ours", used="For ever", reason="So")
    [error] = checked("partnership-names", lines, ann).errors
    assert "Take it back, and add the right one" in error.message


def test_a_row_of_another_partner_is_refused_and_not_in_the_template(client):
    ours, theirs = partner("RTX"), partner("01K")
    for slug, lead in (("led", ours), ("other", theirs)):
        work = programme(slug, name=slug)
        partner_role(work, lead, "lead")
        money(work, 1000, code=f"code-{slug}")
    editor = person(roles=[(Role.PROGRAMME_EDITOR, ours)])
    superuser = person(name="Root", is_superuser=True)
    assert [line[0] for line in template("money", editor)[1:]] == ["code-led"]
    lines = changed(template("money", superuser), "other", amount="2000", reason="More")
    found = checked("money", lines, editor)
    assert [(error.row, error.column) for error in found.errors] == [(3, "programme")]
    # Not by writing one's own programme over it either.
    lines = changed(lines, "other", programme="led")
    assert (3, "programme") in wrong(checked("money", lines, editor))
    assert signed_in(client, editor).get(file_of("icc-places")).status_code == 403


def bomb():
    out = io.BytesIO(packed(sheet(HEADER)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as more:
        more.writestr("x/large.bin", bytes(201 * MEGABYTE))
    return out.getvalue()


# -- files of strangers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"icc,name,is_main,ends\nKEN,Caf\xe9 \xc3\xa9,no,\n",
        b"PK\x03\x04" + b"x" * 100,
        b"%PDF-1.7",
        b"icc,name\nKEN,X\n",
        b'icc,name,is_main,ends\nKEN,"X,no,\n',
        b"x" * (10 * MEGABYTE + 1),
        bomb,
    ],
    ids=["empty", "nul", "charset", "zip", "pdf", "columns", "quote", "large", "bomb"],
)
def test_a_file_that_is_none_is_answered_with_a_sentence(client, ann, places, content):
    content = content() if callable(content) else content
    answer = upload(client, ann, file_of("icc-places"), content)
    assert answer.status_code == 200
    context = answer.context
    assert context["form"].errors.get("file") or context["errors"]
    assert not Proposal.objects.exists()


def test_a_formula_is_not_published_as_a_word(ann, places):
    from openpyxl import load_workbook

    lines = changed(template("icc-places", ann), "Haverigg", is_main="yes", reason="It grew")
    book = load_workbook(io.BytesIO(workbook(editor_called("icc-places"), lines, Present.now(UTC))))
    cells = book["icc_places"]
    assert cells["B4"].value == "Haverigg"
    cells["B4"] = "=A4"
    out = io.BytesIO()
    book.save(out)
    assert wrong(checked("icc-places", out.getvalue(), ann)) == [(4, "name")]


def test_words_that_a_spreadsheet_would_work_out_come_back_as_they_were(ann, places):
    place(places[0].icc, "=1+1")
    lines = template("icc-places", ann)
    for content in (
        csv_file(lines),
        workbook(editor_called("icc-places"), lines, Present.now(UTC)),
    ):
        assert b",=1+1" not in content
        found = checked("icc-places", content, ann)
        assert (found.rows, found.errors, found.unchanged) == ([], [], 4)


# -- deciding, and taking back ---------------------------------------------------------------------


def test_one_row_of_many_is_changed_and_the_others_stay(client, ann, places):
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes")
    lines = new(lines, icc="MIL", name="Silecroft", is_main="no")
    sent = proposed("icc-places", lines, ann, reason="It grew")
    address = reverse("staff:proposal_row", args=[sent.pk, 2])
    page = signed_in(client, ann).get(address)
    assert page.context["form"].initial["name"] == "Silecroft"
    words = {"why": "now", "source": "", "icc": "MIL", "name": "Whicham", "is_main": "no"}
    client.post(address, words | {"seen": seen_token(sent)})
    late = client.post(address, words | {"seen": seen_token(sent), "name": "Bootle"})
    assert "copy them" in late.content.decode()
    sent.refresh_from_db()
    assert [row.cells["name"] for row in sent.proposed] == ["Burneside", "Whicham"]
    assert sent.proposed[0].replaces == places[0].pk
    assert client.get(reverse("staff:proposal_row", args=[sent.pk, 3])).status_code == 404


def test_a_returned_file_is_sent_anew_in_its_place(client, ann, bob, places):
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes")
    lines = changed(lines, "Staveley", is_main="yes")
    sent = proposed("icc-places", lines, ann, reason="It grew")
    actions.send_back(
        proposal=sent, seen=seen_token(sent), remarks="Not Staveley", by=bob, at=present()
    )
    sent.refresh_from_db()
    address = reverse("staff:proposal_file", args=[sent.pk])
    lines = changed(lines, "Staveley", is_main="no")
    lines = changed(lines, "Haverigg", is_main="yes")
    answer = upload(client, ann, address, csv_file(lines), reason="Yes", seen=seen_token(sent))
    assert answer.url == sent.get_absolute_url()
    sent.refresh_from_db()
    assert [row.cells["name"] for row in sent.proposed] == ["Burneside", "Haverigg"]
    assert sent.state == State.DRAFT


def test_a_row_that_no_longer_stands_is_named_and_nothing_is_published(ann, bob, places):
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes")
    lines = changed(lines, "Staveley", is_main="yes")
    sent = proposed("icc-places", lines, ann, reason="It grew")
    kind = editor_called("icc-places").kind
    actions.take_back_at_once(kind=kind, row=places[1], reason="Not decided", by=bob, at=present())
    with pytest.raises(ActionError, match="Row 2: What this changes was taken back since"):
        actions.approve(proposal=sent, seen=seen_token(sent), by=bob, at=present())
    assert not live(IccPlace).filter(is_main=True).exists()


def test_a_longer_file_asks_no_more_of_the_database_and_a_row_that_it_refuses_is_named(
    client, ann, bob, places, monkeypatch
):
    asked = []
    for size in (3, 30):
        lines = template("icc-places", ann)[:1]
        for number in range(size):
            lines = new(lines, icc="MIL", name=f"Place {number} of {size}", is_main="no")
        with CaptureQueriesContext(connection) as queries:
            sent = proposed("icc-places", lines, ann)
            actions.approve(proposal=sent, seen=seen_token(sent), by=bob, at=present())
        asked.append([len(queries)])
        for address in (sent.get_absolute_url(), f"{sent.get_absolute_url()}preview/"):
            with CaptureQueriesContext(connection) as queries:
                signed_in(client, bob).get(address)
            asked[-1].append(len(queries))
    # What is asked only once in a process is asked for the first of them.
    assert all(longer <= shorter for shorter, longer in zip(*asked, strict=True))
    assert live(IccPlace).filter(name__startswith="Place").count() == 33
    changes = []
    for size in (3, 30):
        lines = template("icc-places", ann)
        for number in range(size):
            lines = changed(lines, f"Place {number} of {size}", is_main="yes", reason="So it is")
        with CaptureQueriesContext(connection) as queries:
            approved("icc-places", lines, ann, bob)
        changes.append(len(queries))
    # Each row that changes is locked, and nothing else is asked of it.
    assert changes[1] - changes[0] <= 30 - 3
    lines = template("memberships", ann)
    for code, left in (("ONE", "2020"), ("TWO", "2001")):
        cells = {"partner": partner(code).code, "joined": "2017", "left": left}
        lines = new(lines, is_joined_by="no", **cells)
    assert wrong(checked("memberships", lines, ann)) == [(3, "left")]
    # What no check before it caught, the database does.
    monkeypatch.setattr(Editor, "wrong_dates", lambda *of: [])
    with pytest.raises(ActionError, match="Row 2: It can’t leave before it joined"):
        proposed("memberships", lines, ann)


def test_a_published_file_is_taken_back_as_a_whole_but_for_what_was_said_since(
    client, ann, bob, places
):
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes")
    lines = changed(lines, "Staveley", is_main="yes")
    lines = new(lines, icc="MIL", name="Silecroft", is_main="no")
    sent = approved("icc-places", lines, ann, bob, reason="It grew")
    since = changed(template("icc-places", ann), "Staveley", note="In the valley")
    approved("icc-places", since, ann, bob, reason="A note")
    address = reverse("staff:proposal_take_back", args=["icc-places", sent.pk])
    page = signed_in(client, ann).get(address)
    assert page.context["left"] == ["Kendal: Staveley"]
    assert "Say why" in client.post(address, {"reason": " "}).content.decode()
    client.post(address, {"reason": "The wrong file"})
    assert set(live(IccPlace).values_list("name", "is_main")) == {
        ("Burneside", False),
        ("Staveley", True),
        ("Haverigg", False),
    }
    [done] = Proposal.objects.done_at_once()
    assert len(done.rows) == 2
    review = reverse("staff:proposal_review", args=["icc-places", done.pk])
    seen = signed_in(client, bob).get(review).context["form"].initial["seen"]
    assert review in client.get(reverse("staff:home")).content.decode()
    client.post(review, {"seen": seen, "decision": "disagree", "remarks": "It was right"})
    assert Review.objects.get().agrees is False
    assert set(live(IccPlace).filter(is_main=True).values_list("name", flat=True)) == {
        "Burneside",
        "Staveley",
    }
    assert live(IccPlace).filter(name="Silecroft").exists()


@pytest.mark.django_db(transaction=True)
def test_two_files_on_the_same_rows_at_once_are_told(ann, bob, places):
    lines = changed(template("icc-places", ann), "Burneside", is_main="yes")
    rows = checked("icc-places", changed(lines, "Staveley", is_main="yes"), ann, reason="X").rows
    turned = {ann: rows, bob: rows[::-1]}
    outcomes = at_once(
        lambda who: actions.begin(rows=turned[who], title=who.name, by=who, at=present()),
        [ann, bob],
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["InWorkError", "Proposal"]


@pytest.mark.django_db(transaction=True)
def test_a_file_is_taken_back_once_by_two_at_once(ann, bob, places):
    lines = new(template("icc-places", ann), icc="MIL", name="Silecroft", is_main="no")
    sent = approved("icc-places", new(lines, icc="MIL", name="Bootle", is_main="no"), ann, bob)
    outcomes = at_once(
        lambda who: actions.take_back_all(
            proposal=sent, reason="Not decided", by=who, at=present()
        ),
        [ann, bob],
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Proposal", "TransitionError"]


# -- the command -----------------------------------------------------------------------------------


def run(*args, **options):
    out = io.StringIO()
    people = {"by": "ann@example.org", "confirmed_by": "bob@example.org"}
    call_command("import_table", *args, stdout=out, **people | options)
    return out.getvalue()


def test_the_command_publishes_by_two_people_or_says_why_not(tmp_path, ann, bob, places):
    file = tmp_path / "places.csv"
    lines = new(template("icc-places", ann), icc="MIL", name="Silecroft", is_main="no")
    file.write_bytes(csv_file(lines))
    assert "It would be: 1 new, 3 as they stand" in run("icc_places", file, dry_run=True)
    assert not Proposal.objects.exists()
    assert "Published: 1 new, 3 as they stand." in run("icc_places", file)
    row = live(IccPlace).get(name="Silecroft")
    assert (row.author, row.origin) == (ann, "portal")
    assert "Nothing changed: 4 as they stand." in run("icc_places", file)
    file.write_bytes(csv_file(new(lines, icc="XYZ", name="Bootle", is_main="no")))
    person("eve@example.org", roles=[Role.NEWS_EDITOR])
    for args, options, sentence in (
        (("icc_places", file), {}, r"^row 6, Community \(icc\): There is no"),
        (("icc_places", file), {"confirmed_by": "ann@example.org"}, "Two different people"),
        (("icc_places", file), {"by": "eve@example.org"}, "may not send"),
        (("icc_places", file), {"by": "no@example.org"}, "Nobody here"),
        (("icc_place", file), {}, "Did you mean “icc_places”"),
        (("iccs", file), {}, "only names things"),
        (("icc_places", tmp_path / "none.csv"), {}, "can’t be read"),
    ):
        with pytest.raises(CommandError, match=sentence):
            run(*args, **options)
    for kind in kinds():
        if kind.has_own_pages:
            with pytest.raises(CommandError, match="rules of their own"):
                run(kind.slug.replace("-", "_"), file)
    assert live(IccPlace).count() == 4


def test_what_is_refused_when_it_is_carried_out_is_named_at_the_check_with_its_row(ann):
    """A second end of a community or a partner, on the record already or in the same file."""
    kendal, bay = icc("KEN", name="Kendal"), icc("BAY", name="Bay")
    icc("MIL", name="Millom")
    merged(kendal, into=bay, when="2019-04", published="2019")
    ends = template("icc-successions", ann)
    cells = {"kind": "merged", "happened": "2021"}
    for code, into in (("KEN", "MIL"), ("MIL", "BAY"), ("MIL", "KEN")):
        ends = new(ends, icc=code, successor=into, **cells)
    found = errors_of(ends, "icc-successions", ann)
    assert [(row, "ends only once" in words) for row, words in found] == [(3, True), (5, True)]
    became(partner("RTX", "Hospitals"), "It closed", when="2019", is_end=True)
    partner("OTH", "Others")
    ends, cells = template("successions", ann), {"is_end": "yes", "happened": "2021"}
    for code, words in (("RTX", "It ended"), ("OTH", "It closed"), ("OTH", "It shut")):
        ends = new(ends, partner=code, words=words, **cells)
    assert [row for row, _ in errors_of(ends, "successions", ann)] == [3, 5]


def errors_of(lines, slug, who):
    """What the check of a file finds, by row; and nothing of it stays."""
    editor, now = editor_called(slug), Present.now(UTC)
    before = editor.table.model.objects.count()
    names = [column.name for column in editor.table.all_columns]
    file = read_sheet(csv_file(lines), editor.table.name, names)
    checked = check_file(file, editor, ground=Ground(), by=who, at=now)
    assert editor.table.model.objects.count() == before
    return [(error.row, error.message) for error in checked.errors]


def test_a_name_in_a_file_that_reads_like_another_is_refused(ann, places):
    lines = template("icc-profiles", ann)
    [row] = [row for row in lines[1:] if "Millom" in row]
    row[lines[0].index("name")] = "ken-dal"
    found = checked("icc-profiles", lines, ann, why="now", reason="Its name")
    assert [(error.column, error.message) for error in found.errors] == [
        ("name", "Something is called “Kendal” already. Write another name, or correct that one.")
    ]


def test_who_is_changing_a_row_of_a_file_is_named_or_called_you(ann, bob, places):
    editor = editor_called("icc-places")
    left_out = ("recorded_at", "taken_back_at", "taken_back_because", "made")
    cells = {n: text for n, text in row_cells(editor, places[0]).items() if n not in left_out}
    row = ProposedRow("icc-places", Act.CORRECT, cells | {"reason": "X"}, Why.NOW, places[0].pk)
    draft = actions.begin(rows=[row], title="Mine", by=ann, at=present())
    actions.send(proposal=draft, seen=seen_token(draft), by=ann, at=present())
    lines = changed(template("icc-places", ann), "Burneside", note="New words")
    for person_, words in ((ann, "You sent a change of this already"), (bob, "Ann is changing")):
        found = checked("icc-places", lines, person_, why="now", reason="Its name")
        assert [error.message[: len(words)] for error in found.errors] == [words]


def test_the_workbook_and_the_page_name_the_words_that_may_be_written(client):
    keeper = signed_in(client, person(roles=[Role.RECORD_KEEPER]))
    for editor in editors():
        meanings = {c.name: meaning(c) for c in columns_to_fill(editor)}
        assert "Write one of: sourced (as the source gives it); inferred" in meanings["certainty"]
        for column in columns_to_fill(editor):
            words = meanings[column.name]
            assert "slug" not in words, (editor.slug, column.name)
            assert "last second" not in words
            keys = [key for key, _ in getattr(column.field, "choices", ()) if key]
            assert all(str(key) in words for key in keys), (editor.slug, column.name)
    page = keeper.get(reverse("staff:record_file", args=["icc-places"]), {"why": "now"})
    assert "Write one of: sourced" in page.text
    found = error_lines(
        [
            TableError(
                "icc_places",
                2,
                "icc",
                "There is no community “X”. Look it up in the table of communities.",
            )
        ],
        editor_called("icc-places"),
    )
    assert found[0].look_up == ("communities", reverse("staff:record_kind", args=["icc-profiles"]))
