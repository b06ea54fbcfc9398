from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, InternalError, transaction

from bhcp_portal.kit.actions import ActionError, StaleError, seen_token
from newsroom import actions
from newsroom.models import NewsPartner, NewsVersion
from newsroom.models.news import MOVES, NewsState
from tests.clock import OnTime
from tests.factories.newsroom import draft, news
from tests.factories.partners import partner, person

actions = OnTime(actions)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer():
    return person("writer@example.org")


@pytest.fixture
def publisher():
    return person("publisher@example.org")


def approved(writer, publisher, **fields):
    version = draft(by=writer, at=NOW, **fields)
    actions.submit(version=version, seen=seen_token(version), by=writer, at=NOW)
    return actions.approve(version=version, by=publisher, at=NOW, seen=f"{version.pk}-1")


def published(writer, publisher, **fields):
    version = approved(writer, publisher, **fields)
    return actions.publish_news(version=version, seen=seen_token(version), by=publisher, at=NOW)


def test_every_state_has_its_moves():
    assert set(MOVES) == set(NewsState)


def test_a_draft_is_not_public_until_it_was_submitted_approved_and_published(writer, publisher):
    version = draft(by=writer, at=NOW)
    item = version.item
    for step in (
        lambda: actions.submit(version=version, seen=seen_token(version), by=writer, at=NOW),
        lambda: actions.approve(version=version, by=publisher, at=NOW, seen=f"{version.pk}-1"),
    ):
        assert not item.versions.live(LATER).exists()
        step()
    assert not item.versions.live(LATER).exists()
    actions.publish_news(version=version, seen=seen_token(version), by=publisher, at=NOW)
    assert item.versions.live(LATER).get().title == version.title


def test_the_last_editor_cannot_approve(writer):
    version = draft(by=writer, at=NOW)
    actions.submit(version=version, seen=seen_token(version), by=writer, at=NOW)
    with pytest.raises(ActionError, match="another person"):
        actions.approve(version=version, by=writer, at=NOW, seen=f"{version.pk}-1")


def test_the_last_editor_cannot_approve_by_the_database_either(writer):
    version = draft(by=writer, at=NOW)
    with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
        NewsVersion.objects.filter(pk=version.pk).update(
            state="approved", approved_by=writer, approved_at=NOW
        )


def test_after_any_edit_approval_falls(writer, publisher):
    version = approved(writer, publisher)
    edited = actions.edit(
        version=version, by=writer, at=NOW, seen=f"{version.pk}-1", title="Another headline"
    )
    assert (edited.state, edited.approved_by) == (NewsState.DRAFT, None)
    with pytest.raises(ActionError):
        actions.publish_news(version=edited, seen=seen_token(edited), by=publisher, at=NOW)


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(writer, publisher):
    version = draft(by=writer, at=NOW)
    actions.edit(
        version=version, by=publisher, at=NOW, seen=f"{version.pk}-1", title="The first saved"
    )
    with pytest.raises(StaleError) as stale:
        actions.edit(
            version=version, by=writer, at=NOW, seen=f"{version.pk}-1", title="The second saved"
        )
    assert stale.value.row.title == "The first saved"
    version.refresh_from_db()
    assert version.title == "The first saved"


def test_what_was_changed_after_it_was_read_cannot_be_approved_unread(writer, publisher):
    version = draft(by=writer, at=NOW)
    version = actions.edit(
        version=version, by=writer, at=NOW, seen=f"{version.pk}-1", title="Changed"
    )
    actions.submit(version=version, seen=seen_token(version), by=writer, at=NOW)
    with pytest.raises(StaleError):
        actions.approve(version=version, by=publisher, at=NOW, seen=f"{version.pk}-1")


def test_an_item_is_returned_with_remarks_and_may_be_sent_again(writer, publisher):
    version = draft(by=writer, at=NOW)
    actions.submit(version=version, seen=seen_token(version), by=writer, at=NOW)
    back = actions.send_back(
        version=version, seen=seen_token(version), by=publisher, at=NOW, remarks="Say where."
    )
    assert (back.state, back.decision_remarks) == (NewsState.RETURNED, "Say where.")
    assert (
        actions.submit(version=version, seen=seen_token(back), by=writer, at=NOW).state
        == NewsState.SUBMITTED
    )


def test_a_correction_supersedes_and_the_earlier_words_stay(writer, publisher):
    item = published(writer, publisher, title="First words").item
    new = actions.revise(item=item, by=writer, at=LATER)
    new = actions.edit(version=new, by=writer, at=LATER, seen=f"{new.pk}-1", title="Better words")
    actions.submit(version=new, seen=seen_token(new), by=writer, at=LATER)
    actions.approve(version=new, by=publisher, at=LATER, seen=f"{new.pk}-2")
    actions.publish_news(version=new, seen=seen_token(new), by=publisher, at=LATER)
    assert item.versions.live(NOW).get().title == "First words"
    assert item.versions.live(LATER).get().title == "Better words"


def test_there_is_one_draft_of_an_item_at_a_time(writer, publisher):
    item = published(writer, publisher).item
    actions.revise(item=item, by=writer, at=LATER)
    with pytest.raises(ActionError, match="a draft of this item already"):
        actions.revise(item=item, by=publisher, at=LATER)


def test_a_withdrawn_item_stays_with_its_reason_and_is_whole_on_the_day_before(writer, publisher):
    item = published(writer, publisher).item
    actions.withdraw(item=item, by=publisher, at=LATER, reason="The figure was wrong.")
    assert item.versions.live(LATER).get().withdrawn_because == "The figure was wrong."
    assert not item.versions.live(NOW).get().is_withdrawn


def test_what_is_not_published_cannot_be_withdrawn(writer, publisher):
    version = draft(by=writer, at=NOW)
    with pytest.raises(ActionError):
        actions.withdraw(item=version.item, by=publisher, at=NOW, reason="No longer true.")


def test_a_published_version_and_what_it_names_are_never_edited(writer, publisher):
    bay = partner("RTX")
    version = published(writer, publisher, partners=[bay])
    with pytest.raises((IntegrityError, InternalError), match="never edited"), transaction.atomic():
        NewsVersion.objects.filter(pk=version.pk).update(title="Rewritten")
    for change in (
        lambda: NewsPartner.objects.filter(version=version).delete(),
        lambda: NewsPartner.objects.create(version=version, partner=partner()),
        lambda: NewsPartner.objects.filter(version=version).update(partner=partner()),
    ):
        with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
            change()


def test_two_items_of_one_headline_get_addresses_of_their_own(writer):
    slugs = [draft(by=writer, at=NOW, title="Open day", summary=words).item.slug for words in "abc"]
    assert slugs == ["open-day", "open-day-2", "open-day-3"]


def test_a_headline_of_no_letters_gets_an_address_too(writer):
    assert draft(by=writer, at=NOW, title="!!!").item.slug == "news-item"


def test_the_feed_tells_new_items_noted_changes_and_withdrawals_but_not_small_slips(
    writer, publisher
):
    item = published(writer, publisher, title="Clinic opens").item
    for number, (note, title) in enumerate(
        [("", "Clinic opens!"), ("The day was wrong", "Clinic")]
    ):
        at = LATER + timedelta(hours=number)
        new = actions.revise(item=item, by=writer, at=at)
        new = actions.edit(
            version=new, by=writer, at=at, seen=f"{new.pk}-1", title=title, update_note=note
        )
        actions.submit(version=new, seen=seen_token(new), by=writer, at=at)
        actions.approve(version=new, by=publisher, at=at, seen=f"{new.pk}-2")
        actions.publish_news(version=new, seen=seen_token(new), by=publisher, at=at)
    end = LATER + timedelta(days=1)
    assert [v.title for v in NewsVersion.objects.for_feed(end)] == ["Clinic", "Clinic opens"]
    actions.withdraw(item=item, by=publisher, at=end, reason="It never opened.")
    assert [v.is_withdrawn for v in NewsVersion.objects.for_feed(end)] == [True]
    assert len(NewsVersion.objects.for_feed(end - timedelta(hours=1))) == 2


def test_history_says_who_did_what_to_news(writer, publisher):
    version = published(writer, publisher)
    events = NewsVersion.pgh_event_model.objects.filter(pgh_obj_id=version.pk).order_by("pk")
    shown = [(e.pgh_context["action"], e.pgh_context["by"]) for e in events]
    assert shown == [
        ("news.drafted", writer.email),
        ("news.submitted", writer.email),
        ("news.approved", publisher.email),
        ("news.published", publisher.email),
    ]


def test_news_from_a_document_needs_no_people():
    item = news("Vanguard chosen", published_as="2015-03-10")
    assert item.versions.live(NOW).get().source is not None


def test_a_headline_makes_no_slug_that_is_an_address_of_ours(writer):
    assert draft(by=writer, at=NOW, title="Feed").item.slug == "feed-2"
