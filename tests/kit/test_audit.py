"""The history catches every change, says who and why, and cannot be rewritten (BEHAVIOUR L)."""

from datetime import UTC, datetime

import pghistory
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from bhcp_portal.kit import history
from bhcp_portal.kit.actions import publish, redact, word_fields
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import day_in_words, end_of, london_day, span
from bhcp_portal.kit.statements import Statement
from partners.models import PartnerName, PartnerProfile, User
from partners.roles import Role
from tests.factories.iccs import icc, population
from tests.factories.kit import on_record
from tests.factories.newsroom import news
from tests.factories.partners import partner, person, signed_in

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ProfileEvent = PartnerProfile.pgh_event_model

pytestmark = pytest.mark.django_db


def bare(words):
    """A draft, with some words: a row that may be changed and deleted."""
    return PartnerProfile.objects.create(partner=partner(), kind="ccg", about=words)


def last_of(body):
    event = ProfileEvent.objects.filter(pgh_obj_id=body.pk).latest("pgh_id")
    return event.pgh_label, event.about, event.pgh_context


# -- every way of writing ---------------------------------------------------------------------------


def test_an_insert_is_caught():
    assert last_of(bare("NEW")) == ("insert", "NEW", None)


def test_a_save_is_caught_with_who_and_why():
    body = bare("BODY")
    body.about = "SAVED"
    with action("sources.mended", by=person("ann@example.org"), reason="A slip"):
        body.save()
    label, about, context = last_of(body)
    assert (label, about) == ("update", "SAVED")
    assert context == {"action": "sources.mended", "by": "ann@example.org", "reason": "A slip"}


def test_two_actions_of_one_request_keep_their_reasons_apart():
    bodies, ann = [bare("ONE"), bare("TWO")], person("ann@example.org")
    with pghistory.context(address="/staff/"):
        for body, reason in zip(bodies, ("A slip", ""), strict=True):
            with action("sources.mended", by=ann, reason=reason):
                PartnerProfile.objects.filter(pk=body.pk).update(about=f"{body.about}MENDED")
        PartnerProfile.objects.filter(pk=bodies[0].pk).update(about="OUTSIDE")
    about = {"address": "/staff/", "action": "sources.mended", "by": "ann@example.org"}
    assert last_of(bodies[1]) == ("update", "TWOMENDED", about)
    assert last_of(bodies[0]) == ("update", "OUTSIDE", {"address": "/staff/"})


def save_nothing_but_change(body, way):
    if way == "update()":
        PartnerProfile.objects.filter(pk=body.pk).update(about="CHANGED")
    elif way == "bulk_update":
        body.about = "CHANGED"
        PartnerProfile.objects.bulk_update([body], ["about"])
    elif way == "upsert":
        body.about = "CHANGED"
        PartnerProfile.objects.bulk_create(
            [body], update_conflicts=True, unique_fields=["id"], update_fields=["about"]
        )
    elif way == "raw SQL":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE partners_partnerprofile SET about = 'CHANGED' WHERE id = %s", [body.pk]
            )


@pytest.mark.parametrize("way", ["update()", "bulk_update", "upsert", "raw SQL"])
def test_an_update_that_goes_round_the_model_is_caught(way):
    body = bare("BODY")
    with action("sources.mended", by=person("ann@example.org")):
        save_nothing_but_change(body, way)
    label, about, context = last_of(body)
    assert (label, about) == ("update", "CHANGED")
    assert (context["action"], context["by"]) == ("sources.mended", "ann@example.org")


def test_a_bulk_insert_is_caught_row_by_row():
    own = partner()
    with action("sources.loaded"):
        made = PartnerProfile.objects.bulk_create(
            PartnerProfile(partner=own, kind="ccg", about=f"S{n}") for n in range(3)
        )
    caught = ProfileEvent.objects.filter(pgh_obj_id__in=[each.pk for each in made])
    assert [event.pgh_context["action"] for event in caught] == ["sources.loaded"] * 3


@pytest.mark.parametrize("way", ["delete()", "queryset", "raw SQL"])
def test_a_delete_is_caught_with_what_was_lost(way):
    body = bare("LOST")
    pk = body.pk
    with action("sources.removed", by=person("ann@example.org")):
        if way == "delete()":
            body.delete()
        elif way == "queryset":
            PartnerProfile.objects.filter(pk=pk).delete()
        else:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM partners_partnerprofile WHERE id = %s", [pk])
    event = ProfileEvent.objects.get(pgh_obj_id=pk, pgh_label="delete")
    assert event.about == "LOST"
    assert event.pgh_context["by"] == "ann@example.org"


def test_a_request_that_writes_says_who_and_through_which_address(client):
    boss = person("boss@example.org", roles=[Role.ADMINISTRATOR])
    signed_in(client, boss).post("/staff/account/sign-out-everywhere/")
    event = User.pgh_event_model.objects.filter(pgh_obj_id=boss.pk).latest("pgh_id")
    assert event.pgh_context == {
        "address": "/staff/account/sign-out-everywhere/",
        "action": "people.signed_out_everywhere",
        "by": "boss@example.org",
    }


def test_passwords_and_ways_in_stand_in_no_history():
    names = {field.name for field in User.pgh_event_model._meta.get_fields()}
    assert "password" not in names
    from partners.models import Invitation

    names = {field.name for field in Invitation.pgh_event_model._meta.get_fields()}
    assert "token" not in names


# -- it cannot be rewritten -------------------------------------------------------------------------


def rewrite(way, event):
    events = ProfileEvent.objects.filter(pk=event.pk)
    if way == "save":
        event.about = "FORGED"
        event.save()
    elif way == "update()":
        events.update(about="FORGED")
    elif way == "who and why":
        events.update(pgh_context={"by": "somebody-else@example.org"})
    elif way == "delete()":
        events.delete()
    elif way == "raw update":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE partners_partnerprofileevent SET about = 'FORGED'")
    elif way == "raw delete":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM partners_partnerprofileevent")


@pytest.mark.parametrize(
    "way", ["save", "update()", "who and why", "delete()", "raw update", "raw delete"]
)
def test_an_event_is_never_changed_or_deleted(way):
    body = bare("TRUE")
    event = ProfileEvent.objects.get(pgh_obj_id=body.pk)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        rewrite(way, event)
    event.refresh_from_db()
    assert event.about == "TRUE"


# -- read -------------------------------------------------------------------------------------------


def test_the_history_reads_as_before_and_after_in_words():
    body = bare("ABODY")
    with action("sources.mended", by=person("ann@example.org"), reason="A slip"):
        PartnerProfile.objects.filter(pk=body.pk).update(about="THEBODY")
    first, second = history.entries(history.events(["partners.partnerprofile"], pk=body.pk))
    assert (first.done, first.by, first.action, first.reason) == (
        "changed",
        "ann@example.org",
        "sources.mended",
        "A slip",
    )
    assert [(change.field, change.before, change.after) for change in first.changes] == [
        ("about", "ABODY", "THEBODY"),
    ]
    assert second.done == "added"
    assert ("about", "", "ABODY") in [(c.field, c.before, c.after) for c in second.changes]


def test_the_history_names_what_a_row_points_at():
    partner("RTX", "Hospitals", slug="hospitals")
    entry = history.entries(history.events(["partners.partnername"]))[0]
    assert entry.name == "Hospitals"
    assert entry.kind == "Partner’s name"
    assert ("partner", "Hospitals") in [(change.field, change.after) for change in entry.changes]
    population(icc("KEN", name="Kendal"), 15_000)
    [entry] = history.entries(history.events(["iccs.population"]))
    assert ("community", "Kendal") in [(change.field, change.after) for change in entry.changes]
    [entry] = history.entries(history.events(["partners.partner"]))
    assert entry.in_short.endswith(" Partner: address and code: Hospitals: added")


def test_the_history_of_all_models_comes_newest_first_in_few_queries(django_assert_max_num_queries):
    for number in range(30):
        partner(f"X{number}")
    labels = list(history.tracked_models())
    with django_assert_max_num_queries(20):
        shown = history.entries(history.events(labels)[:50])
    assert len(shown) == 50
    assert [entry.at for entry in shown] == sorted((e.at for e in shown), reverse=True)


# -- redaction --------------------------------------------------------------------------------------

SECRET = "Mrs Example of 1 High Street"


def removed(reason):
    """What stands in place of words removed today."""
    return f"removed on {day_in_words(london_day(timezone.now()))}: {reason}"


def everything():
    """Every text in every table, one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        whole = []
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            whole += [(table, text) for (text,) in cursor.fetchall()]
    return whole


def where(words):
    return sorted({table for table, text in everything() if words in text})


@pytest.fixture
def shown():
    """A profile that said too much, and the newer one that replaced it for that reason."""
    author = person("ann@example.org")
    body = partner("RTX")
    older = on_record(
        PartnerProfile, partner=body, kind="ccg", about=f"Ask {SECRET}.", published_as="2016-05-01"
    )
    with action("partners.corrected", by=author, reason=f"It named {SECRET}"):
        newer = PartnerProfile(
            partner=body, kind="ccg", about="Ask us.", reason=f"It named {SECRET}", author=author
        )
        newer.save()
        publish(newer, at=datetime(2017, 5, 1, tzinfo=UTC))
    return older, newer


def test_redacted_words_stand_nowhere_any_more(shown):
    older, newer = shown
    kept = ["kit_publicrow", "partners_partnerprofile", "partners_partnerprofileevent"]
    assert where(SECRET) == kept
    boss = person("boss@example.org")
    redact(older, fields=["about"], by=boss, reason="It names a patient")
    redact(newer, fields=["reason"], by=boss, reason="It names a patient")
    assert where(SECRET) == []
    older.refresh_from_db()
    assert older.about == removed("It names a patient")
    assert older.published_at < older.superseded_at == newer.published_at


def test_redacted_words_are_gone_from_every_past_day(shown):
    older, _ = shown
    on_that_day = end_of(span("2016-12-31").last)
    assert SECRET in PartnerProfile.objects.live(on_that_day).get(partner=older.partner).about
    redact(older, fields=["about"], by=person(), reason="It names a patient")
    then = PartnerProfile.objects.live(on_that_day).get(partner=older.partner)
    assert then.about == removed("It names a patient")


def test_a_redaction_leaves_all_else_and_other_rows_alone(shown):
    older, newer = shown
    redact(older, fields=["about"], by=person(), reason="It names a patient")
    newer.refresh_from_db()
    assert newer.about == "Ask us."
    assert SECRET in newer.reason
    older.refresh_from_db()
    assert older.kind == "ccg"
    assert older.note == ""


def test_a_redaction_itself_stands_in_the_history(shown):
    older, _ = shown
    redact(older, fields=["about"], by=person("boss@example.org"), reason="It names a patient")
    entry = history.entries(history.events(["partners.partnerprofile"], pk=older.pk))[0]
    assert (entry.by, entry.action, entry.reason) == (
        "boss@example.org",
        "partners.partnerprofile.redacted",
        "It names a patient",
    )


def test_a_second_redaction_takes_away_what_the_first_one_said(shown):
    older, _ = shown
    boss = person()
    redact(older, fields=["about"], by=boss, reason="It names Mr Other")
    redact(older, fields=["about", "note"], by=boss, reason="It names a patient")
    assert where("Mr Other") == []
    older.refresh_from_db()
    assert older.about == removed("It names a patient")


def test_after_a_redaction_statement_and_history_are_as_fixed_as_before(shown):
    older, _ = shown
    redact(older, fields=["about"], by=person(), reason="It names a patient")
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        PartnerProfile.objects.filter(pk=older.pk).update(about="Anything")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        PartnerProfile.pgh_event_model.objects.update(about="Anything")


@pytest.mark.parametrize("fields", [["kind"], ["published_as"], ["origin"], ["partner"], []])
def test_only_words_can_be_redacted(shown, fields):
    with pytest.raises(ValueError, match="Choose words to remove"):
        redact(shown[0], fields=fields, by=person(), reason="Because")


def test_a_redaction_needs_a_reason(shown):
    with pytest.raises(ValueError, match="Say why"):
        redact(shown[0], fields=["about"], by=person(), reason=" ")


def test_two_names_of_one_partner_can_both_be_redacted_in_other_words():
    body = partner("RTX", "One name")
    other = on_record(PartnerName, partner=body, name="Two names", published_as="2015")
    boss = person()
    redact(body.names.get(name="One name"), fields=["name"], by=boss, reason="A mistake")
    with pytest.raises(ValueError, match="Word the reason differently"):
        redact(other, fields=["name"], by=boss, reason="A mistake")
    redact(other, fields=["name"], by=boss, reason="Another mistake")
    assert where("Two names") == []


def test_lists_of_words_can_be_redacted():
    from iccs.models import Icc, IccProfile

    icc = Icc.objects.create(slug="east", code="EAS")
    made = on_record(IccProfile, icc=icc, name="East", other_names=[SECRET, "Eastern"])
    redact(made, fields=["other_names"], by=person(), reason="It names a patient")
    made.refresh_from_db()
    assert made.other_names == [removed("It names a patient")]
    assert where(SECRET) == []


def test_every_field_with_words_has_room_for_the_sentence():
    for model in history.tracked_models().values():
        if issubclass(model, Statement):
            for name in word_fields(model):
                field = model._meta.get_field(name)
                length = getattr(field, "base_field", field).max_length
                assert length is None or length >= len("removed on 22 November 2026: x")


@pytest.mark.django_db
def test_a_sentence_cut_short_ends_in_no_space_which_no_file_would_bring_back():
    """The words of a record come back from its export as they are, and a file's cells are trimmed."""
    title = news("Clinic opens").versions.get()
    for reason in ("a " * 300 + "end", "aa " + "a " * 300 + "end"):
        redact(title, fields=["title"], by=person(), reason=reason)
        assert title.title == title.title.strip()
        assert title.title.endswith(" a")
