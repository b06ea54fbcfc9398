"""Kinds of statement: what each says of itself must hold, which a check at the start asks."""

from collections import Counter
from dataclasses import replace

import pytest

from bhcp_portal.kit import kinds
from partners.models import PartnerName, PartnerProfile
from programmes.models import Goal, GoalProfile, MilestoneDate, ObjectiveMeaning, StatusUpdate


def errors():
    return [error.msg for error in kinds.check_kinds(None)]


@pytest.fixture
def declare(monkeypatch):
    """Declares a kind in another way for the length of a test."""

    def change(model, **says):
        other = replace(kinds.kind_of(model), **says)
        monkeypatch.setitem(kinds._DECLARED, model, other)

    return change


def test_what_is_declared_holds():
    assert errors() == []


def test_no_two_kinds_have_one_name():
    names = Counter(name for kind in kinds.kinds() for name in (kind.one, kind.many))
    assert [name for name, count in names.items() if count > 1] == []


def test_a_statement_without_a_kind_is_an_error(monkeypatch):
    monkeypatch.delitem(kinds._DECLARED, PartnerName)
    [error] = errors()
    assert error.startswith("partners.PartnerName: Say what kind of statement it is")


@pytest.mark.parametrize("part", ["words", "code", "number", "unit_field", "qualifier", "thing"])
def test_a_field_that_is_not_there_is_an_error(declare, part):
    declare(StatusUpdate, **{part: "nowhere"})
    assert errors() == [
        "programmes.StatusUpdate: Its kind names “nowhere”, which is no field of it."
    ]


def test_a_kind_of_no_thing_names_its_page(declare):
    declare(ObjectiveMeaning, page="")
    [error] = errors()
    assert error.startswith("programmes.ObjectiveMeaning: Say on which page it is shown")


def test_a_statement_without_a_table_is_an_error(monkeypatch):
    own = [table for table in kinds.tables() if table.model is not PartnerProfile]
    monkeypatch.setattr(kinds, "tables", lambda: own)
    assert errors() == ["partners.PartnerProfile: Give it one table in its app’s tables.TABLES."]


def test_identity_fields_other_than_those_of_one_live_are_an_error(monkeypatch):
    monkeypatch.setattr(GoalProfile, "identity_fields", ("name",))
    [error] = errors()
    assert "identity_fields and the one_live constraint" in error


def test_a_kind_leads_to_the_page_of_its_thing_or_to_its_own():
    assert kinds.kind_of(StatusUpdate).address("eye-care") == "/programmes/eye-care/"
    assert kinds.kind_of(MilestoneDate).thing_model.PAGE == "programmes:detail"
    assert kinds.kind_of(GoalProfile).address("fewer-falls") == "/goals/#fewer-falls"
    assert kinds.kind_of(ObjectiveMeaning).address("") == "/goals/"
    assert kinds.table_of(Goal).name == "goals"


def test_a_code_is_said_in_the_words_of_its_own_kind():
    assert kinds.kind_of(StatusUpdate).code_words("merged") == "Merged"
    assert kinds.kind_of(StatusUpdate).code_words("") == ""
