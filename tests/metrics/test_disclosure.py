"""That no hidden number can be worked out, today or on a past day (BEHAVIOUR B-4)."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest

from metrics.imports.disclosure import hide_small
from metrics.imports.versions import ReadingVersion
from metrics.models import MetricProfile

PERIOD = date(2024, 1, 1)
MARCH, MAY, NOW = (datetime(2024, month, 1, tzinfo=UTC) for month in (3, 5, 11))
# Places by code: the whole bay, three ICCs, two partners.
PLACES = {
    "BHCP": (None, None),
    "KEN": (1, None),
    "EAS": (2, None),
    "GRL": (3, None),
    "RTX": (None, 1),
    "01K": (None, 2),
}
KINDS = (("KEN", "EAS", "GRL"), ("RTX", "01K"))


def card(**fields):
    return MetricProfile(unit="falls", decimals=0, direction="decrease", **fields)


def published(scope, number, moment=NOW):
    parts = number if isinstance(number, tuple) else (None, None)
    value = None if isinstance(number, tuple) or number is None else Decimal(number)
    return ReadingVersion(
        row=2,
        metric_id=1,
        place=PLACES[scope],
        scope=scope,
        period=PERIOD,
        numerator=parts[0] if parts[0] is None else Decimal(parts[0]),
        denominator=parts[1] if parts[1] is None else Decimal(parts[1]),
        value=value,
        is_provisional=False,
        is_hidden=number is None,
        is_estimated=False,
        published_at=moment,
        published_as="",
        reason="",
        note="",
        source_id=None,
        origin="portal",
        certainty="sourced",
    )


def sent(*rows, standing=(), of=None):
    """What is hidden of some rows, by code and month, and how many of them are refused."""
    on_record = {}
    for each in standing:
        on_record.setdefault((each.place, PERIOD), []).append(each)
    refused = list(hide_small(list(rows), of or card(), on_record, lambda row: row.published_at))
    return [(row.scope, row.published_at.month) for row in rows if row.is_hidden], len(refused)


def all_at(moment, **numbers):
    return [published(scope.replace("P_", ""), number, moment) for scope, number in numbers.items()]


def test_a_number_that_was_small_for_a_while_is_protected_on_those_days_too():
    rows = all_at(MARCH, BHCP=100, EAS=47, GRL=50, KEN=3) + all_at(MAY, KEN=6)
    hidden, refused = sent(*rows)
    assert ("KEN", 3) in hidden
    assert ("EAS", 3) in hidden
    assert not refused


def test_the_second_is_hidden_on_every_day_not_from_its_newest_version_on():
    rows = all_at(MARCH, BHCP=100, EAS=47, GRL=50, KEN=3) + all_at(MAY, EAS=48)
    hidden, _ = sent(*rows)
    assert {("KEN", 3), ("EAS", 3), ("EAS", 5)} <= set(hidden)


def test_what_was_public_before_protects_nothing_so_the_whole_bay_is_hidden():
    before = all_at(MARCH, BHCP=100, EAS=40, GRL=50, KEN=10)
    hidden, refused = sent(*all_at(MAY, BHCP=93, EAS=40, GRL=50, KEN=3), standing=before)
    assert ("BHCP", 5) in hidden
    assert not refused


def test_where_nothing_sent_can_protect_it_the_row_is_refused():
    before = all_at(MARCH, BHCP=100, EAS=40, GRL=50, KEN=10)
    _, refused = sent(*all_at(MAY, KEN=3), standing=before)
    assert refused == 1


def test_a_partners_small_number_hides_a_second_partners():
    hidden, refused = sent(*all_at(MAY, BHCP=20, RTX=17, P_01K=3))
    assert {scope for scope, _ in hidden} >= {"01K", "RTX"}
    assert not refused


def test_a_whole_bay_that_is_hidden_is_not_told_by_the_other_kind_of_place():
    hidden, _ = sent(*all_at(MAY, BHCP=23, EAS=10, GRL=10, KEN=3, RTX=13, P_01K=10))
    found = {scope for scope, _ in hidden}
    assert len(found & {"EAS", "GRL", "KEN"}) >= 2 or found >= {"BHCP", "RTX"}


def test_two_small_ones_that_could_only_be_ones_hide_a_third():
    hidden, _ = sent(*all_at(MAY, BHCP=52, EAS=50, GRL=1, KEN=1))
    assert {scope for scope, _ in hidden} >= {"GRL", "KEN", "EAS"}


def test_both_counts_of_a_share_are_protected():
    share = card(denominator_words="all", multiplier=100)
    rows = all_at(MAY, BHCP=(60, 100), EAS=(40, 50), GRL=(18, 47), KEN=(2, 3))
    hidden, _ = sent(*rows, of=share)
    assert [scope for scope, _ in hidden] == ["GRL", "KEN"]


def test_a_card_that_was_a_count_before_it_was_a_share_is_no_fault_of_ours():
    share = card(denominator_words="all", multiplier=100)
    before = all_at(MARCH, BHCP=100)
    rows = all_at(MAY, KEN=(2, 30), EAS=(3, 40), GRL=(18, 47))
    assert sent(*rows, standing=before, of=share) == ([("KEN", 5), ("EAS", 5)], 0)
    partners = all_at(MARCH, RTX=100) + all_at(MAY, P_01K=(20, 60))
    assert sent(*rows, standing=partners, of=share) == ([("KEN", 5), ("EAS", 5)], 0)


def test_rows_of_which_none_is_small_stay_as_they_are():
    assert sent(*all_at(MAY, BHCP=100, EAS=40, GRL=50, KEN=10)) == ([], 0)


def worked_out(record, true):
    """The small numbers that a reader of all days finds: by taking numbers of other days for hidden ones."""
    ever = {}
    for each in record:
        if not each.is_hidden:
            ever.setdefault(each.scope, set()).add(each.value)
    for moment in sorted({each.published_at for each in record}):
        now = {}
        for each in sorted(record, key=lambda each: each.published_at):
            if each.published_at <= moment:
                now[each.scope] = each
        shown = {scope: each.value for scope, each in now.items() if not each.is_hidden}
        wholes = [shown["BHCP"]] if "BHCP" in shown else []
        wholes += [
            sum(shown[s] for s in kind if s in now)
            for kind in KINDS
            if any(s in now for s in kind) and all(s in shown for s in kind if s in now)
        ]
        for kind, whole in product(KINDS, wholes):
            hidden = [scope for scope in kind if scope in now and scope not in shown]
            for wanted in hidden:
                others = [scope for scope in hidden if scope != wanted]
                guesses = product(*(ever.get(scope, ()) for scope in others))
                known = sum(shown[scope] for scope in kind if scope in shown)
                number = true[wanted, now[wanted].published_at]
                if 1 <= number <= 4:
                    yield from (g for g in guesses if whole - known - sum(g) == number)


@pytest.mark.parametrize("seed", range(8))
def test_no_reader_of_all_days_works_out_a_small_number(seed):
    rng = random.Random(seed)
    taken = 0
    for _ in range(150):
        record, true, iccs = [], {}, {}
        for moment in (MARCH, MAY, NOW):
            changed = {s: rng.choice((0, 1, 2, 3, 4, 6, 9, 30)) for s in KINDS[0]}
            iccs = {
                s: n if s not in iccs or rng.random() < 0.4 else iccs[s] for s, n in changed.items()
            }
            whole = sum(iccs.values())
            first = rng.randint(0, whole)
            numbers = iccs | {"BHCP": whole, "RTX": first, "01K": whole - first}
            left_out = [s for s in numbers if rng.random() < 0.15]
            rows = [published(s, n, moment) for s, n in numbers.items() if s not in left_out]
            was = {(row.scope, moment): row.value for row in rows}
            _, refused = sent(*rows, standing=record)
            if refused:
                continue
            taken += 1
            record += rows
            true |= was
            assert not list(worked_out(record, true)), (record, true)
    assert taken > 150
