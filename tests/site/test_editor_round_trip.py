"""Every row that stands can be corrected in the editor and in a file: sent as it is, nothing of it changes."""

from datetime import UTC, datetime

import pytest
from django import forms

from bhcp_portal.kit.addresses import OLD_NAMES
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.actions import carried_out
from bhcp_portal.kit.editor.editors import editors
from bhcp_portal.kit.editor.files import Ground, check_file
from bhcp_portal.kit.editor.forms import RecordForm, row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, Why
from bhcp_portal.kit.editor.template import lines_standing, workbook
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.kinds import value_at
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from bhcp_portal.kit.spreadsheets.writing import csv_file
from iccs.models import Icc
from partners.models import User
from partners.roles import Role
from tests.factories.iccs import merged
from tests.factories.kit import on_record
from tests.site.content import somebody

pytestmark = pytest.mark.usefixtures("content")


def as_sent(form):
    """What a browser sends of a form that nobody touched."""
    sent = {}
    for bound in form:
        value = bound.value()
        if isinstance(bound.field, forms.MultipleChoiceField):
            sent[bound.html_name] = value or []
        else:
            sent[bound.html_name] = "" if value is None else str(value)
    return sent


def in_words(cells):
    own = (
        "recorded_at",
        "taken_back_at",
        "taken_back_because",
        "made",
        "reason",
        "note",
        "published_at",
        "source",
    )
    return {name: text for name, text in cells.items() if name not in own}


@pytest.mark.parametrize("editor", editors(), ids=lambda editor: editor.slug)
def test_each_standing_row_is_corrected_unchanged(editor):
    now = Present.now(UTC)
    names, author = ThingNames(now), User.objects.first()
    rows = list(editor.table.model.objects.live(now))
    if not rows:
        rows = [
            merged(Icc.objects.get(code="CAR"), into=Icc.objects.get(code="MIL"), published="2019")
        ]
    proposed = []
    for row in rows:
        why = Why.SLIP if row.source_id and row.published_as else Why.NOW
        cells = row_cells(editor, row)
        given = {
            "act": Act.CORRECT,
            "row": row,
            "why": why,
            "cells": cells,
            "names": names,
            "person": author,
        }
        sent = as_sent(RecordForm(editor, **given)) | {"reason": "A test of the form"}
        form = RecordForm(editor, sent, **given)
        assert form.is_valid(), (str(row), cells, form.errors.as_text())
        assert row_words(row, editor, editor.kind, names, of=value_at(row, editor.kind.thing))
        proposed.append(form.proposed())
    proposal = Proposal(title="A test", author=author, edited_at=datetime.now(UTC))
    proposal.proposed = proposed
    before = [in_words(row_cells(editor, row)) for row in rows]
    with carried_out(proposal) as made:
        assert [in_words(row_cells(editor, row)) for row in made] == before
        now = Present.now(UTC)
        assert all(row.stands(now) for row in made)
        standing = editor.table.model.objects.live(now).filter(pk__in=[row.pk for row in rows])
        assert not standing.exists()


def rename(field, text):
    """Gives another slug or code to the things that a cell names by theirs."""
    field = getattr(field, "each", field)
    model, by = getattr(field, "model", None), getattr(field, "by", "")
    kept = OLD_NAMES.get(by)
    table = kept and next((name for name, of in kept.models().items() if of is model), "")
    for old in set(text.split(";")) if table and text else ():
        things = model.objects.filter(**{by: old})
        new = old[::-1] if by == "code" else f"x-{old[:50]}"
        if things.exists():
            own = {"table": table, by: old, "moved_to": new, "author": User.objects.first()}
            on_record(kept, at=datetime.now(UTC), **own)
            things.update(**{by: new})


@pytest.mark.parametrize("editor", editors(), ids=lambda editor: editor.slug)
def test_the_rows_that_stand_sent_back_as_a_file_change_nothing(editor):
    now, keeper = Present.now(UTC), somebody(Role.RECORD_KEEPER, "all")
    number = editor.table.model.objects.live(now).count()
    template = lines_standing(editor, keeper, now)
    rows = list(editor.table.rows())
    export = [list(rows[0]), *(list(row.values()) for row in rows)] if rows else template
    # The last two were taken before what their last row names was called otherwise.
    for content, unchanged in (
        (workbook(editor, template, now), number),
        (csv_file(template), number),
        (csv_file(export), len(rows)),
    ):
        names = [column.name for column in editor.table.all_columns]
        sheet = read_sheet(content, editor.table.name, names)
        checked = check_file(sheet, editor, ground=Ground(), by=keeper, at=now)
        assert (checked.rows, checked.errors[:3], checked.unchanged) == ([], [], unchanged)
        for name, text in zip(template[0], template[-1], strict=True):
            rename(editor.column(name).field, text)
