"""Every public field of every public model is in an export column (decidim #13250)."""

import pytest
from django.apps import apps

from bhcp_portal.kit.kinds import tables
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

# What the open data leave out, and why.
OF_EVERY_STATEMENT = {
    "id": "keys of the database mean nothing elsewhere",
    "superseded_at": "follows from the rows: the next one on the same matter closes it",
    "recorded_at": "no page reads by it yet",
    "taken_back_at": "no action takes back yet",
    "taken_back_because": "no action takes back yet",
    "here": "follows from when each row was said, recorded and taken back",
    "author": "names a person; statements are the partners’",
    # The pair of a written date: the column says it as it was written, the day follows from it.
}
LEFT_OUT = {
    "MetricProfile.checked_by": "names a person",
    "MetricProfile.version": "how often a draft was saved",
    "Rebase.approved_by": "names a person",
    "Reading.batch": "which file of ours it came in",
    "StatusUpdate.internal_note": "for staff alone",
    "StatusUpdate.state": "of what is published always the same",
    "StatusUpdate.version": "how often a draft was saved",
    "StatusUpdate.edited_at": "about the draft",
    "StatusUpdate.submitted_at": "about the draft",
    "StatusUpdate.submitted_by": "names a person",
    "StatusUpdate.decided_at": "the moment of publication says it",
    "StatusUpdate.decided_by": "names a person",
    "StatusUpdate.decision_remarks": "between author and approver",
    "NewsVersion.state": "of what is published always the same",
    "NewsVersion.version": "how often a draft was saved",
    "NewsVersion.edited_at": "about the draft",
    "NewsVersion.edited_by": "names a person",
    "NewsVersion.approved_at": "the moment of publication says it",
    "NewsVersion.approved_by": "names a person",
    "NewsVersion.decision_remarks": "between author and approver",
    "Source.id": "keys of the database mean nothing elsewhere",
}
# The same fact in a column of another name.
ELSEWHERE = {
    "published_as": "published_at",
    "series": "scope",
    "origin": "made",
    "main_icc": "main_scope",
    "main_partner": "main_scope",
}


def public_models():
    return [
        model
        for model in apps.get_models()
        if (issubclass(model, Thing | Statement) or model is Source)
        and not hasattr(model, "pgh_tracked_model")
    ]


def columns_of(table):
    """The fields of the model that columns of a table are filled from."""
    for column in table.all_columns:
        yield column.attribute or column.name
        yield f"{column.attribute or column.name}_as"


@pytest.mark.parametrize("model", public_models(), ids=lambda model: model.__name__)
def test_every_public_field_is_in_a_column_of_the_open_data(model):
    own = [table for table in tables() if table.model is model]
    assert len(own) == 1, "Add a table for the model to its app’s tables.py."
    filled = set(columns_of(own[0]))
    forgotten = []
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        name = field.name
        is_day_of_a_pair = name.endswith("_on") and f"{name[:-3]}_as" in filled
        is_moment_of_a_pair = model is Source and name == "published_at"
        found = ELSEWHERE.get(name, name) in filled or name in filled
        left_out = f"{model.__name__}.{name}" in LEFT_OUT or name in OF_EVERY_STATEMENT
        if not (found or left_out or is_day_of_a_pair or is_moment_of_a_pair):
            forgotten.append(name)
    assert forgotten == [], "Add a column to the table, or say in LEFT_OUT why it is not public."


def test_nothing_is_excused_that_is_not_there():
    names = {
        f"{model.__name__}.{field.name}"
        for model in public_models()
        for field in model._meta.concrete_fields
    }
    assert set(LEFT_OUT) - names == set()
