"""Two stewards in the very same second: neither is met by an error, and no words are lost."""

from contextlib import contextmanager
from datetime import date
from threading import Thread

import pytest
from django.db import connection, transaction

from bhcp_portal.kit.actions import seen_token
from metrics import actions
from metrics.models import Series
from tests.clock import OnTime, present
from tests.factories.metrics import metric
from tests.factories.partners import person

actions = OnTime(actions)

pytestmark = pytest.mark.django_db(transaction=True)
CARD = {"direction": "decrease", "frequency": "month", "lag_days": 45}


@contextmanager
def meanwhile(act):
    """Somebody else begins to act before what is done inside the block is there for others."""
    outcomes = []

    def run():
        try:
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    other = Thread(target=run)
    with transaction.atomic():
        yield outcomes
        other.start()
        other.join(timeout=1)
    other.join()


def test_two_who_speak_first_of_the_whole_bay_speak_of_one_series():
    waits, ann, bob = metric(), person(), person()

    def note(month, by):
        return actions.propose_note(
            series=Series(metric=waits), period=date(2024, month, 1), words="x", by=by, at=present()
        )

    with meanwhile(lambda: note(2, bob)) as outcomes:
        first = note(1, ann)
    assert [each.series for each in outcomes] == [first.series]


def test_who_writes_a_card_while_it_is_published_begins_the_next():
    waits, ann, bob = metric(), person(), person()

    def write(name, seen):
        return actions.write_card(
            metric=waits, values=CARD | {"name": name}, seen=seen, by=ann, at=present()
        )

    card = write("Long waits", seen_token(waits.profiles.get()))
    seen = seen_token(card)
    with meanwhile(lambda: write("Very long waits", seen)) as outcomes:
        actions.publish_card(card=card, seen=seen, by=bob, at=present())
    assert [each.name for each in outcomes] == ["Very long waits"]
    assert [each.name for each in waits.profiles.drafts()] == ["Very long waits"]
