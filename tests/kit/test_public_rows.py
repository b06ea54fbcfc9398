"""The row store against the statements themselves, after whatever happened to them."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from bhcp_portal.kit.dates import end_of, months_later
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.launch import Launch, forget
from bhcp_portal.kit.public_rows import PublicRow, label_of
from metrics.models import Reading
from partners.models import PartnerProfile
from partners.roles import Role
from tests.clock import clock, present
from tests.factories.metrics import metric, reading
from tests.factories.partners import partner, person
from tests.kit.test_addresses_change import move
from tests.kit.test_two_times import LAUNCH, document, own, take_back
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

ALL = [field.attname for field in PublicRow._meta.fields if field.name != "id"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["own", "document", "mend", "take back", "reading", "mended reading"]),
        st.integers(0, 30),
        st.integers(0, 9),
        st.sampled_from([0, 1, 90_000]),
    ),
    max_size=8,
)


def stored():
    """Every row of the store, without its key."""
    return Counter(map(repr, PublicRow.objects.values_list(*ALL)))


def rebuild():
    with as_owner() as cursor:
        cursor.execute("SELECT kit_rebuild_rows()")


def worked_out(model, at):
    """What lists of a kind tell at a moment, asked of its statements."""
    rows = model.objects.versions(at)
    back = model.objects.taken_back_by(at)
    return {
        "listed": listed(rows.with_listed_at(at)) + listed(back.with_listed_at(at)),
        "taken back": listed(back.annotate(listed_at=F("taken_back_at"))),
        "first": listed(rows.with_first_listed_at(at)),
        "mends": listed(
            rows.filter(pk__in=model.objects.mending(at).values("pk")).with_listed_at(at)
        ),
        "resting": listed(model.objects.published_by(at).with_listed_at(at)),
    }


def listed(rows):
    return Counter(rows.order_by().values_list("published_at", "listed_at"))


def in_store(model, at):
    rows = PublicRow.objects.filter(kind=label_of(kind_of(model)))
    is_then = at < LAUNCH
    listed, first = ("published_at",) * 2 if is_then else ("listed_at", "first_listed_at")
    on_record = rows.on_record(at)
    return {
        "listed": numbers(on_record.filter(is_taking_back=False), listed),
        "taken back": numbers(on_record.filter(is_taking_back=True), "taken_back_at"),
        "first": numbers(on_record.not_taken_back_by(at), first),
        "mends": numbers(on_record.not_taken_back_by(at).mends(), listed),
        "resting": numbers(rows.published_by(at), listed),
    }


def numbers(rows, moment):
    found = Counter()
    for said, at, number in rows.values_list("published_at", moment, "number_of"):
        found[said, at] += number
    return found


@settings(max_examples=30, deadline=None)
@given(loaded=st.lists(st.integers(1, 30), max_size=3), steps=STEPS)
def test_the_store_tells_what_the_statements_tell_on_any_day(loaded, steps):
    with transaction.atomic():
        forget()
        with clock(LAUNCH):
            Launch.objects.create(launched_at=LAUNCH)
            body, author, waits = partner("RTX"), person(), metric("waits", name="Waits")
        for number, months in enumerate(loaded):
            document(body, f"load {number}", said=months_ago(months), recorded=LAUNCH)
        now, moments = LAUNCH, []
        for number, (step, months, which, seconds) in enumerate(steps):
            now += timedelta(seconds=seconds + 5)
            rows = list(body.profiles.order_by("pk"))
            standing = [row for row in rows if row.taken_back_at is None]
            if step == "own":
                own(body, f"own {number}", at=now, author=author)
            elif step == "document" or (step == "mend" and not rows):
                document(body, f"document {number}", said=months_ago(months), recorded=now)
            elif step == "mend":
                said = rows[which % len(rows)].published_at.date().isoformat()
                document(body, f"mend {number}", said=said, recorded=now)
            elif step == "take back" and standing:
                take_back(standing[which % len(standing)], at=now)
            elif step.endswith("reading"):
                add_readings(waits, which, months_ago(months), now, is_mend=step != "reading")
            moments.append(now)
        moments += [end_of(date(2026, 9, 1)), end_of(date(2025, 1, 31)), end_of(date(2024, 3, 31))]
        for at in (*moments, present()):
            for model in (PartnerProfile, Reading):
                assert in_store(model, at) == worked_out(model, at), (model, at)
        kept = stored()
        rebuild()
        assert stored() == kept
        transaction.set_rollback(True)


def add_readings(waits, which, said, now, *, is_mend):
    with transaction.atomic(), clock(now):
        months = range(1, 3 if is_mend else which % 4 + 2)
        for month in months:
            reading(waits, which, period=date(2023, month, 1), published=said)


def months_ago(months):
    return months_later(date(2026, 9, 1), -months).isoformat()[:7]


def test_nobody_but_the_database_writes_the_store():
    partner("RTX")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        PublicRow.objects.update(words="Another")
    assert not PublicRow.objects.filter(words="Another").exists()


def test_rows_go_by_the_slug_that_a_thing_has_now(client):
    ann, bob = (person(name=name, roles=[Role.RECORD_KEEPER]) for name in ("Ann", "Bob"))
    body, waits = partner("RTX", "Hospitals", slug="hospitals"), metric("waits", name="Waits")
    reading(waits, 3, scope=body)
    move(client, body, "bay-hospitals", ann, bob)
    assert set(
        PublicRow.objects.filter(thing=body.pk, kind__startswith="partners.partner").values_list(
            "slug"
        )
    ) == {("bay-hospitals",)}
    kept = stored()
    rebuild()
    assert stored() == kept
