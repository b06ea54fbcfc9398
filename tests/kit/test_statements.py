"""What was said at a moment is a row that is never edited (HOUSE 1, PATTERNS 1 and 3)."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from bhcp_portal.kit.actions import publish
from bhcp_portal.kit.as_at import Moment, MomentMiddleware
from bhcp_portal.kit.dates import end_of, london_day
from bhcp_portal.kit.statements import Origin, Statement
from iccs.models import Icc, IccProfile
from partners.models import PartnerName, PartnerProfile
from tests.clock import clock
from tests.factories.kit import on_record, source
from tests.factories.partners import partner, person

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def profile(body, about="Words", **fields):
    return on_record(PartnerProfile, partner=body, kind="ccg", about=about, **fields)


def draft(body, about="Draft", **fields):
    fields.setdefault("author", person())
    return PartnerProfile.objects.create(partner=body, kind="ccg", about=about, **fields)


# -- a published statement is never edited ----------------------------------------------------------


def change(row, way):
    rows = PartnerProfile.objects.filter(pk=row.pk)
    if way == "save":
        row.about = "Forged"
        row.save()
    elif way == "update()":
        rows.update(about="Forged")
    elif way == "bulk_update":
        row.about = "Forged"
        PartnerProfile.objects.bulk_update([row], ["about"])
    elif way == "upsert":
        row.about = "Forged"
        PartnerProfile.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["about"]
        )
    elif way == "raw SQL":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE partners_partnerprofile SET about = 'Forged'")
    elif way == "delete()":
        row.delete()
    elif way == "queryset delete":
        rows.delete()
    elif way == "raw delete":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM partners_partnerprofile")
    elif way == "unpublish":
        rows.update(published_at=None, superseded_at=None)
    elif way == "another date":
        rows.update(published_at=AT)
    elif way == "another source":
        rows.update(source=source())


@pytest.mark.parametrize(
    "way",
    [
        "save",
        "update()",
        "bulk_update",
        "upsert",
        "raw SQL",
        "delete()",
        "queryset delete",
        "raw delete",
        "unpublish",
        "another date",
        "another source",
    ],
)
def test_a_published_statement_refuses(way):
    row = profile(partner())
    with pytest.raises(DatabaseError, match=r"never (edited|deleted)"), transaction.atomic():
        change(row, way)
    assert PartnerProfile.objects.get().about == "Words"


@pytest.mark.parametrize("way", ["save", "update()", "raw SQL"])
def test_a_draft_may_change(way):
    row = draft(partner())
    change(row, way)
    assert PartnerProfile.objects.get().about == "Forged"


def test_a_draft_may_be_deleted():
    draft(partner()).delete()
    assert not PartnerProfile.objects.exists()


@pytest.mark.parametrize("later", [None, timedelta(days=1)])
def test_the_end_of_a_statement_is_never_put_off_or_taken_back(later):
    body = partner()
    row = profile(body, published_as="2016")
    profile(body, published_as="2017")
    row.refresh_from_db()
    end = row.superseded_at + later if later else None
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        PartnerProfile.objects.filter(pk=row.pk).update(superseded_at=end)


def test_the_end_of_a_statement_may_come_earlier_where_one_in_between_turns_up():
    body = partner()
    first, last = (
        profile(body, "2015", published_as="2015"),
        profile(body, "2019", published_as="2019"),
    )
    between = profile(body, "2017", published_as="2017")
    for row in (first, between, last):
        row.refresh_from_db()
    assert first.superseded_at == between.published_at
    assert between.superseded_at == last.published_at
    assert last.superseded_at is None


def test_a_slip_in_an_older_row_is_mended_by_a_row_of_the_same_moment():
    body = partner()
    slip = profile(body, "A slip", published_as="2015")
    later = profile(body, "Later", published_as="2019")
    mended = profile(body, "Mended", published_as="2015", note="We copied it wrongly.")
    slip.refresh_from_db()
    mended.refresh_from_db()
    assert slip.superseded_at == slip.published_at == mended.published_at
    assert mended.superseded_at == later.published_at
    live = PartnerProfile.objects.live(end_of(date(2016, 1, 1)))
    assert [row.about for row in live] == ["Mended"]


def test_a_draft_is_not_superseded_whatever_is_written():
    row = draft(partner(), superseded_at=AT)
    row.refresh_from_db()
    assert row.superseded_at is None
    with pytest.raises(IntegrityError, match="superseded_after_published"), transaction.atomic():
        PartnerProfile.objects.filter(pk=row.pk).update(superseded_at=AT)


def test_nothing_is_superseded_before_it_was_published():
    row = profile(partner())
    with pytest.raises(IntegrityError, match="superseded_after"), transaction.atomic():
        PartnerProfile.objects.filter(pk=row.pk).update(
            superseded_at=row.published_at - timedelta(1)
        )


def test_what_was_copied_from_a_document_names_it():
    with pytest.raises(IntegrityError, match="document_has_source"), transaction.atomic():
        on_record(
            PartnerProfile,
            partner=partner(),
            kind="ccg",
            source=None,
            origin=Origin.DOCUMENT,
            at=AT,
        )


def test_what_was_written_here_names_its_author():
    with pytest.raises(IntegrityError, match="portal_has_author"), transaction.atomic():
        on_record(PartnerProfile, partner=partner(), kind="ccg", origin=Origin.PORTAL, at=AT)


# -- one stands at a time ---------------------------------------------------------------------------


def put_beside(body, **dates):
    """A row written past ``publish``, and what the database says when the transaction ends."""
    row = PartnerProfile.objects.create(
        partner=body, kind="ccg", source=source(), origin=Origin.DOCUMENT, **dates
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    row.refresh_from_db()
    return row


def test_of_one_matter_one_statement_stands_at_a_time_by_whatever_way_it_comes():
    body = partner()
    first = profile(body, published_as="2016")
    second = put_beside(body, published_at=datetime(2018, 1, 1, tzinfo=UTC))
    first.refresh_from_db()
    assert first.superseded_at == second.published_at
    assert second.superseded_at is None


def test_from_when_to_when_a_statement_counts_is_not_believed_but_worked_out():
    body = partner()
    profile(body, published_as="2016")
    last = profile(body, published_as="2018")
    between = put_beside(
        body,
        published_at=datetime(2017, 6, 1, tzinfo=UTC),
        superseded_at=datetime(2018, 6, 1, tzinfo=UTC),
        recorded_at=datetime(2017, 6, 1, tzinfo=UTC),
    )
    assert between.superseded_at == last.published_at
    assert between.recorded_at > datetime(2026, 1, 1, tzinfo=UTC)


def test_statements_of_other_matters_stand_side_by_side():
    one, other = partner(), partner()
    profile(one)
    profile(other)
    assert PartnerProfile.objects.live(AT).count() == 2
    on_record(PartnerName, partner=one, name="Another name", published_as="2015")
    assert one.names.live(AT).count() == 2


def test_a_newer_statement_supersedes_in_one_transaction():
    body = partner()
    old = profile(body)
    row = draft(body)
    with transaction.atomic():
        publish(row, at=AT)
        transaction.set_rollback(True)
    old.refresh_from_db()
    row.refresh_from_db()
    assert old.superseded_at is None
    assert not row.is_published
    with clock(AT):
        publish(row, at=AT)
    old.refresh_from_db()
    assert old.superseded_at == row.published_at == AT


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_the_second_supersedes_the_first():
    body = partner()
    rows = [draft(body, f"Number {n}") for n in range(2)]
    ready, failed = Barrier(2), []

    def put(row, at):
        ready.wait()
        try:
            with transaction.atomic():
                publish(row, at=at)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=put, args=(r, AT + timedelta(seconds=n))) for n, r in enumerate(rows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    first, second = PartnerProfile.objects.order_by("published_at")
    assert {first.about, second.about} == {"Number 0", "Number 1"}
    assert first.superseded_at == second.published_at
    assert second.superseded_at is None


def test_of_two_in_one_second_the_first_counted_for_that_second():
    body = partner()
    with clock(AT):
        first, second = (publish(draft(body, words), at=AT) for words in ("First", "Second"))
    first.refresh_from_db()
    assert second.recorded_at - first.recorded_at == timedelta(seconds=1)
    assert list(PartnerProfile.objects.live(AT)) == [first]
    assert list(PartnerProfile.objects.live(second.recorded_at)) == [second]


# -- reading at a moment ----------------------------------------------------------------------------


def test_what_stood_at_a_moment_was_said_by_then_and_not_replaced_by_then():
    body = partner()
    for year in ("2015", "2017", "2019"):
        profile(body, year, published_as=year)
    stood = {
        day: [row.about for row in PartnerProfile.objects.live(end_of(date.fromisoformat(day)))]
        for day in ("2015-12-30", "2015-12-31", "2017-12-30", "2017-12-31", "2026-01-01")
    }
    assert stood == {
        "2015-12-30": [],
        "2015-12-31": ["2015"],
        "2017-12-30": ["2015"],
        "2017-12-31": ["2017"],
        "2026-01-01": ["2019"],
    }


def test_a_draft_stands_at_no_moment():
    row = draft(partner())
    assert not PartnerProfile.objects.live(AT).exists()
    assert not PartnerProfile.objects.published_by(AT).exists()
    assert list(PartnerProfile.objects.drafts()) == [row]
    assert not row.stands(AT)


def test_a_thing_is_known_from_the_moment_something_was_said_of_it():
    icc = Icc.objects.create(code="EAS", slug="east")
    on_record(IccProfile, icc=icc, name="East", published_as="2016-03-01")
    assert not Icc.objects.known_at(end_of(date(2016, 2, 29))).exists()
    assert Icc.objects.known_at(AT).with_profile(AT).get().profile.name == "East"


def asked(query):
    seen = {}

    def page(request):
        seen["moment"] = request.moment
        return HttpResponse()

    response = MomentMiddleware(page)(RequestFactory().get(f"/programmes/{query}"))
    return seen.get("moment"), response


def test_without_a_day_a_page_is_read_now():
    moment, response = asked("?q=x")
    assert not moment.is_past
    assert moment.keep("/iccs/") == "/iccs/"
    assert "X-Robots-Tag" not in response


def test_a_past_day_is_read_to_its_very_end_in_london_and_links_keep_it():
    moment, response = asked("?as-at=2017-06-30&q=x")
    assert moment.read_on == london_day(datetime.now(UTC))
    assert moment.address.endswith("?q=x&as-at=2017-06-30")
    assert moment.at == datetime(2017, 6, 30, 22, 59, 59, 999999, tzinfo=UTC)
    assert moment.today == date(2017, 6, 30)
    assert moment.keep("/iccs/?q=y#z") == "/iccs/?q=y&as-at=2017-06-30#z"
    assert moment.today_url == "/programmes/?q=x"
    assert response["X-Robots-Tag"] == "noindex"


def test_a_future_day_answers_as_now():
    moment, _ = asked("?as-at=2999-01-01")
    assert not moment.is_past


@pytest.mark.parametrize(
    "text", ["yesterday", "2017-02-30", "30/06/2017", "2017-6-3", "٢٠١٧-٠٦-٣٠"]
)
def test_what_is_not_a_date_is_a_400_with_a_sentence(client, text):
    response = client.get("/about/", {"as-at": text})
    assert response.status_code == 400
    assert "is not a date" in response.content.decode()


def test_staff_pages_are_always_read_now():
    request = RequestFactory().get("/staff/?as-at=2017-06-30")
    MomentMiddleware(lambda request: HttpResponse())(request)
    assert not request.moment.is_past


def test_a_moment_of_now_speaks_of_the_day_in_london():
    assert Moment(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)).today == date(2026, 7, 1)


# -- a child that forgets ---------------------------------------------------------------------------


def test_a_child_with_a_plain_meta_is_found_by_the_house_test():
    from tests import test_house

    class Forgetful(Statement):
        same = ("words",)
        words = models.CharField(max_length=10)

        class Meta:
            app_label = "kit"

    try:
        Forgetful.__module__ = "partners.models"
        assert Forgetful._meta.constraints == []
        assert Forgetful in test_house.our_models()
        with pytest.raises(AssertionError, match="Forgetful"):
            test_house.test_every_statement_keeps_its_constraints()
    finally:
        del apps.all_models["kit"]["forgetful"]
        apps.clear_cache()
