import re

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from bhcp_portal.kit.constraints import refused_because
from bhcp_portal.kit.shapes import (
    community_code,
    in_the_database,
    partner_code,
    practice_code,
    web_address,
    written_date,
    year,
)
from bhcp_portal.kit.tables import read_csv
from iccs.models import IccPlace
from partners.models import Partner
from partners.tables import PartnerTable
from tests.clock import present
from tests.factories.iccs import icc, place
from tests.factories.newsroom import draft
from tests.factories.partners import partner, person

OURS = ("kit", "partners", "iccs", "metrics", "programmes", "newsroom")
SHAPES = [
    (web_address, "https://www.england.nhs.uk/a?b=1#c", "http://uhmb.nhs.uk:8080"),
    (web_address, "", ""),
    (year, "2017", "2017/18", "1999/00", "2015–18"),
    (practice_code, "A82010", "A82010001"),
    (partner_code, "RTX", "01K", "E10000017"),
    (
        community_code,
        "MIL",
    ),
    (written_date, "2017", "2017-06", "2017-06-30", "2016-12/2017-03"),
]
# What a removal of words leaves (kit_redact_words).
REMOVED = [
    (
        web_address,
        "removed on 3 June 2027: private",
        "https://a.uk/removed on 3 June 2027: private",
    ),
    (partner_code, "removed-0123456789ab"),
    (community_code, "rem"),
    (practice_code, "removed on"),
]
MISSHAPEN = [
    (web_address, "javascript:alert(1)", "ftp://a.nhs.uk", "https://", "https://nhs", "www.nhs.uk"),
    (
        web_address,
        "https://me:secret@nhs.uk/",
        "https://nhs.uk@evil.org",
        "https://a.uk/\n",
        "//a.uk",
    ),
    (web_address, "https://a.uk/ b", 'https://a.uk/"x', "https://a\\b.uk", " https://a.uk"),
    (year, "2017/19", "17/18", "2017-18", "2017/18\n", "next year"),
    (practice_code, "82010", "A8201", "a82010", "A82010\n"),
    (partner_code, "rtx", "R T", "R" * 21),
    (community_code, "mil", "MI", "MILL", "M1L"),
    (written_date, "June 2017", "2017-6", "17", "2017/", "2017-06-30\n"),
]


def fits(shape, text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s = '' OR %s ~ %s", [text, text, in_the_database(shape)])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_text_is_taken_if_it_has_the_shape_alike_by_forms_and_by_the_database():
    for shape, *texts in SHAPES:
        for text in texts:
            shape(text)
            assert fits(shape, text), text
    for shape, *texts in MISSHAPEN:
        for text in texts:
            with pytest.raises(ValidationError, match="” is not"):
                shape(text)
            assert not fits(shape, text), text


@pytest.mark.django_db
def test_what_a_removal_of_words_leaves_stands_in_the_database_and_can_not_be_typed():
    for shape, *texts in REMOVED:
        for text in texts:
            assert fits(shape, text), text
            with pytest.raises(ValidationError):
                shape(text)
    assert not fits(web_address, "javascript:removed on 3 June 2027: private")


def test_every_constraint_says_what_to_do():
    constraints = {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for constraint in model._meta.constraints
    }
    assert len(constraints) > 300
    default = models.CheckConstraint.default_violation_error_message
    silent = [
        name
        for name, sentence in constraints.items()
        if sentence == default or sentence[0] != sentence[0].upper() or len(sentence) > 160
    ]
    assert silent == [], "Give each a violation_error_message: a sentence that says what to do."


def refused(table, text):
    header, rows = read_csv(text)
    return [error.message for error in table.apply(table.check(rows, header), at=present())]


@pytest.mark.django_db
def test_what_the_database_refuses_is_said_in_words():
    partner("RTX", slug="hospitals")
    assert refused(PartnerTable(), "code,slug\nRX7,hospitals\n") == [
        "Another partner has this slug already. Choose another."
    ]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Partner.objects.create(code="rx7", slug="ambulances")
    assert "Use capital letters and digits alone" in refused_because(error.value)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Partner.objects.create(code="RX7", slug=None)
    assert refused_because(error.value) == "Slug is empty. Fill it in."
    for half in ({"latitude": "54.073"}, {"longitude": "-2.866"}):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            icc(**half)
        assert "or neither" in refused_because(error.value)


@pytest.mark.django_db
def test_a_sentence_of_a_trigger_is_shown_alone():
    heysham = place(icc("BAY"), "Heysham")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        IccPlace.objects.filter(pk=heysham.pk).delete()
    assert refused_because(error.value) == "A published statement is never deleted: iccs_iccplace."


CHECKS = """
    SELECT k.conname, pg_get_expr(k.conbin, k.conrelid),
        array_agg(a.attname::text), array_agg(format_type(a.atttypid, a.atttypmod)),
        array_agg(a.attnotnull)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
    WHERE k.contype = 'c' AND t.relname ~ %s
    GROUP BY k.oid, t.oid
"""
SAMPLES = {
    "timestamp with time zone": ("2020-01-01", "2021-06-02"),
    "date": ("2020-01-01", "2021-06-02"),
    "boolean": ("true", "false"),
}


@pytest.mark.django_db
def test_no_rule_of_the_database_is_passed_by_leaving_a_part_of_it_empty():
    """A check that is neither true nor false passes, so with every empty field it must be one of them."""
    passed, seen = set(), set()
    with connection.cursor() as cursor:
        cursor.execute(CHECKS, [f"^({'|'.join(OURS)})_"])
        for name, rule, columns, types, filled in cursor.fetchall():
            # A number that may be empty needs no rule for that.
            if all(filled) or (rule, *types) in seen or re.fullmatch(r"\(\w+ >= 0\)", rule):
                continue
            seen.add((rule, *types))
            words = {"", "x", *re.findall(r"'([^']{0,30})'::", rule)}
            tables = []
            for column, kind, is_filled in zip(columns, types, filled, strict=True):
                is_text = kind.startswith(("character", "text"))
                values = words if is_text else SAMPLES.get(kind, ("0", "1", "60"))
                rows = [cursor.mogrify(f"(%s::{kind})", [each]).decode() for each in values]
                rows += [] if is_filled else [f"(NULL::{kind})"]
                tables.append(f'(VALUES {", ".join(rows)}) AS "{column}" ("{column}")')
            cursor.execute(f"SELECT 1 FROM {', '.join(tables)} WHERE ({rule}) IS NULL LIMIT 1")
            if cursor.fetchone():
                passed.add(name.partition("_")[2].partition("_")[2])
    assert len(seen) > 30
    # In a draft the database empties these itself (kit_stamp).
    assert passed == {"taken_back_with_reason"}
    version = draft(by=person(), at=present())
    type(version).objects.update(taken_back_at=present(), taken_back_because="A slip")
    version.refresh_from_db()
    assert (version.taken_back_at, version.taken_back_because) == (None, "")
