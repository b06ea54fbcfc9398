"""Roles are held for a partner or for all, between two days (CONTRACT 3)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bhcp_portal.kit.dates import london_day
from partners.forms import ROLE_HINTS
from partners.models import User
from partners.roles import (
    DECIDE_NEWS,
    DECIDE_STATUS,
    MANAGE_PEOPLE,
    PERMISSIONS,
    REDACT,
    SEE_HISTORY,
    WRITE_NEWS,
    WRITE_STATUS,
    Role,
    roles_with,
)
from tests.factories.partners import give, partner, person

TODAY = london_day(timezone.now())


def test_the_roles_are_those_of_the_contract():
    assert set(Role) == set(PERMISSIONS)
    assert [role.value for role in Role] == [
        "programme_editor",
        "programme_approver",
        "data_steward",
        "news_editor",
        "news_publisher",
        "engagement_officer",
        "committee_officer",
        "record_keeper",
        "auditor",
        "administrator",
    ]


def test_an_auditor_may_change_nothing():
    changes = {"add_", "change_", "approve_", "publish_", "load_", "manage_", "redact"}
    may = {permission.partition(".")[2] for permission in PERMISSIONS[Role.AUDITOR]}
    assert not [name for name in may if name.startswith(tuple(changes))]


def test_who_writes_does_not_approve():
    assert not {WRITE_STATUS, DECIDE_STATUS} <= PERMISSIONS[Role.PROGRAMME_EDITOR]
    assert WRITE_STATUS not in PERMISSIONS[Role.PROGRAMME_APPROVER]
    assert DECIDE_NEWS not in PERMISSIONS[Role.NEWS_EDITOR]


def test_administrators_alone_look_after_people_and_remove_words():
    assert roles_with(MANAGE_PEOPLE) == roles_with(REDACT) == [Role.ADMINISTRATOR]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts", "ends", "held"),
    [(0, None, True), (-1, 1, True), (-1, 0, False), (1, None, False), (0, 0, False)],
)
def test_a_role_counts_from_its_first_day_to_the_day_before_its_end(starts, ends, held):
    ann = person()
    give(
        ann,
        Role.NEWS_EDITOR,
        starts_on=TODAY + timedelta(days=starts),
        ends_on=None if ends is None else TODAY + timedelta(days=ends),
    )
    assert ann.has_perm(WRITE_NEWS) is held
    assert ann.has_any_role() is held


@pytest.mark.django_db
def test_a_role_reaches_the_partners_it_is_held_for():
    one, other = partner(), partner()
    ann = person(roles=[(Role.PROGRAMME_EDITOR, one), (Role.PROGRAMME_APPROVER, None)])
    assert ann.partner_scope(WRITE_STATUS) == {one.pk}
    assert ann.partner_scope(DECIDE_STATUS) is None
    assert ann.partner_scope(SEE_HISTORY) == set()
    assert other.pk not in ann.partner_scope(WRITE_STATUS)


@pytest.mark.django_db
def test_somebody_whose_account_is_closed_may_do_nothing():
    assert not person(roles=[Role.ADMINISTRATOR], is_active=False).has_perm(MANAGE_PEOPLE)


@pytest.mark.django_db
def test_who_can_run_the_portal_on_a_day():
    held = person(roles=[Role.ADMINISTRATOR])
    person(roles=[(Role.ADMINISTRATOR, partner())])
    person(roles=[Role.ADMINISTRATOR], is_active=False)
    give(person(), Role.ADMINISTRATOR, ends_on=TODAY)
    assert list(User.objects.administrators(TODAY)) == [held]


def test_each_role_is_described_where_one_is_given():
    assert set(ROLE_HINTS) == set(Role)
    assert all(ROLE_HINTS.values())
