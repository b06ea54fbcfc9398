"""BEHAVIOUR R: when something was said, when it came here, and what a page of each day shows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from bhcp_portal.changelog import change_rows, statements
from bhcp_portal.kit.actions import publish
from bhcp_portal.kit.dates import end_of, london_day, months_later, span
from bhcp_portal.kit.launch import Launch, forget
from bhcp_portal.kit.statements import Origin
from partners.models import PartnerProfile
from tests.clock import clock, present
from tests.factories.kit import source
from tests.factories.partners import partner, person
from tests.factories.programmes import programme, status_update

pytestmark = pytest.mark.django_db

LAUNCH = datetime(2026, 9, 1, 9, tzinfo=UTC)


@pytest.fixture
def launched(db):
    with clock(LAUNCH):
        Launch.objects.create(launched_at=LAUNCH)
    forget()


@pytest.fixture
def body(launched):
    with clock(LAUNCH):
        return partner("RTX")


def document(body, words, *, said, recorded):
    """What a document said, put on the record here on a later day."""
    with transaction.atomic(), clock(recorded):
        row = PartnerProfile(
            partner=body,
            kind="ccg",
            about=words,
            origin=Origin.DOCUMENT,
            source=source(published_as=said),
        )
        return publish(row, at=None, published_as=said)


def own(body, words, *, at, author=None):
    with transaction.atomic(), clock(at):
        row = PartnerProfile(partner=body, kind="ccg", about=words, author=author or person())
        return publish(row, at=at)


def shown(body, at):
    return [row.about for row in body.profiles.live(at)]


def day(month, number):
    return end_of(date(2026, month, number))


def test_a_document_found_late_is_on_days_before_the_launch_and_later_only_from_its_recording(body):
    document(body, "Found late", said="2019-03", recorded=datetime(2026, 10, 5, tzinfo=UTC))
    assert shown(body, end_of(date(2019, 3, 30))) == []
    assert shown(body, end_of(date(2019, 3, 31))) == ["Found late"]
    assert shown(body, day(8, 31)) == ["Found late"]
    assert shown(body, day(9, 2)) == []
    assert shown(body, day(10, 5)) == ["Found late"]


def test_a_document_found_late_stands_only_where_nothing_said_later_does(body):
    own(body, "Ours", at=datetime(2026, 9, 10, tzinfo=UTC))
    late = document(body, "Older", said="2019-03", recorded=datetime(2026, 10, 5, tzinfo=UTC))
    assert shown(body, present()) == ["Ours"]
    assert shown(body, day(10, 5)) == ["Ours"]
    assert shown(body, day(8, 31)) == ["Older"]
    assert late in body.profiles.versions(present())


def test_a_document_with_a_date_to_come_counts_from_its_recording(body):
    document(body, "This year", said="2026", recorded=datetime(2026, 9, 5, tzinfo=UTC))
    assert shown(body, day(9, 5)) == ["This year"]
    own(body, "Ours", at=datetime(2026, 9, 10, tzinfo=UTC))
    assert shown(body, day(9, 10)) == ["Ours"]


def test_what_is_written_here_counts_from_its_publication_whatever_moment_it_claims(body):
    with transaction.atomic(), clock(datetime(2026, 10, 5, tzinfo=UTC)):
        row = PartnerProfile(partner=body, kind="ccg", about="Ours", author=person())
        publish(row, at=datetime(2026, 9, 10, tzinfo=UTC))
    assert row.published_at == row.recorded_at == datetime(2026, 10, 5, tzinfo=UTC)
    assert shown(body, day(10, 4)) == []


def test_of_two_in_one_second_the_second_stands(body):
    at = datetime(2026, 9, 10, tzinfo=UTC)
    own(body, "First", at=at)
    second = own(body, "Second", at=at)
    assert second.recorded_at == at + timedelta(seconds=1)
    assert shown(body, present()) == ["Second"]


def test_a_slip_mended_later_shows_mended_before_the_launch_and_as_it_was_between(body):
    document(body, "A slip", said="2019", recorded=datetime(2026, 9, 5, tzinfo=UTC))
    document(body, "Mended", said="2019", recorded=datetime(2026, 10, 5, tzinfo=UTC))
    assert shown(body, end_of(date(2020, 1, 1))) == ["Mended"]
    assert shown(body, day(9, 20)) == ["A slip"]
    assert shown(body, day(10, 5)) == ["Mended"]
    assert [row.about for row in body.profiles.versions(day(9, 20))] == ["A slip"]
    assert [row.about for row in body.profiles.versions(present())] == ["Mended"]


def take_back(row, *, at):
    with clock(at):
        PartnerProfile.objects.filter(pk=row.pk).update(
            taken_back_at=at, taken_back_because="It was about another body."
        )


def test_what_was_taken_back_stays_on_the_days_that_showed_it_and_the_one_before_stands_again(body):
    own(body, "Before", at=datetime(2026, 9, 5, tzinfo=UTC))
    wrong = own(body, "Wrong", at=datetime(2026, 9, 10, tzinfo=UTC))
    take_back(wrong, at=datetime(2026, 9, 20, tzinfo=UTC))
    assert shown(body, day(9, 6)) == ["Before"]
    assert shown(body, day(9, 10)) == ["Wrong"]
    assert shown(body, day(9, 20)) == ["Before"]
    assert shown(body, present()) == ["Before"]
    assert wrong not in body.profiles.versions(present())
    assert wrong in body.profiles.versions(day(9, 10))


def test_a_thing_with_nothing_left_standing_has_none(body):
    only = own(body, "Wrong", at=datetime(2026, 9, 10, tzinfo=UTC))
    take_back(only, at=datetime(2026, 9, 20, tzinfo=UTC))
    assert shown(body, present()) == []


def test_lists_of_changes_go_by_the_recording_here_and_say_both_days(body):
    own(body, "Ours", at=datetime(2026, 9, 10, tzinfo=UTC))
    document(body, "Found late", said="2019-03", recorded=datetime(2026, 10, 5, tzinfo=UTC))
    late, ours = change_rows(statements(present(), only=(PartnerProfile,)), present())
    assert (late.when, late.recorded_on) == ("March 2019", "5 October 2026")
    assert (ours.when, ours.recorded_on) == ("10 September 2026", "")
    since = datetime(2026, 9, 20, tzinfo=UTC)
    assert (
        len(change_rows(statements(present(), since=since, only=(PartnerProfile,)), present())) == 1
    )
    [before] = change_rows(
        statements(end_of(date(2020, 1, 1)), only=(PartnerProfile,)), end_of(date(2020, 1, 1))
    )
    assert (before.when, before.recorded_on) == ("March 2019", "")


def test_a_row_with_an_empty_field_in_its_matter_is_a_matter_of_its_own(launched):
    eyes = programme("eye-care")
    for year in ("2017", "2018"):
        status_update(eyes, "on_track", published=year)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM programmes_statusupdate WHERE upper_inf(here)")
        assert cursor.fetchone() == (2,)


# -- whatever happens, a day shows what it showed ---------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["own", "document", "document", "mend", "take back", "take back any"]),
        st.integers(0, 40),  # how many months ago a document was written
        st.integers(0, 30),  # which of the rows there are
        st.sampled_from([0, 0, 1, 3600, 90_000]),  # seconds until then
    ),
    max_size=9,
)


def said_by(rows, at):
    """What a day before the launch shows: the last that was said by then and never taken back."""
    said = [row for row in rows if row.taken_back_at is None and row.published_at <= at]
    return [max(said, key=lambda row: (row.published_at, row.recorded_at)).about] if said else []


def standing_now(rows):
    """What stands now: the last that was said, as far as it had been said when it came here."""
    here = [row for row in rows if row.taken_back_at is None]

    def rank(row):
        return min(row.published_at, row.recorded_at), row.recorded_at, row.published_at

    return [max(here, key=rank).about] if here else []


@settings(max_examples=40, deadline=None)
@given(loaded=st.lists(st.integers(1, 40), max_size=4), steps=STEPS)
def test_the_page_of_a_day_after_the_launch_shows_what_it_showed_on_that_day(loaded, steps):
    with transaction.atomic():
        forget()
        with clock(LAUNCH):
            Launch.objects.create(launched_at=LAUNCH)
            body, author = partner("RTX"), person()
        for number, months in enumerate(loaded):
            document(body, f"load {number}", said=months_ago(months), recorded=LAUNCH)
        now, showed = LAUNCH, {}
        for number, (step, months, which, seconds) in enumerate(steps):
            now = _last_moment(body, now) + timedelta(seconds=seconds)
            rows = list(body.profiles.order_by("pk"))
            if step == "take back":
                rows = [row for row in rows if row.about in shown(body, present())]
            if step == "own":
                own(body, f"own {number}", at=now, author=author)
            elif step == "document":
                document(body, f"document {number}", said=months_ago(months), recorded=now)
            elif rows and step == "mend":
                mended = rows[which % len(rows)]
                said = mended.published_as or london_day(mended.published_at).isoformat()
                document(body, f"mend {number}", said=said, recorded=now)
            elif rows and rows[which % len(rows)].taken_back_at is None:
                take_back(rows[which % len(rows)], at=now)
            now = _last_moment(body, now)
            page = shown(body, present())
            assert page == standing_now(body.profiles.all())
            showed[now] = page
        for at, page in showed.items():
            assert shown(body, at) == page
        for months in range(1, 41, 3):
            at = end_of(span(months_ago(months)).last)
            assert shown(body, at) == said_by(body.profiles.all(), at)
        transaction.set_rollback(True)


def months_ago(months):
    return months_later(date(2026, 9, 1), -months).isoformat()[:7]


def _last_moment(body, now):
    """Now, or the second to which the database put the last change."""
    moments = body.profiles.values_list("recorded_at", "taken_back_at")
    return max([now, *(moment for pair in moments for moment in pair if moment)])
