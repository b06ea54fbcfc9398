"""Things of which nothing new was said for more than a year, for whoever keeps the record."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.urls import reverse

from bhcp_portal.kit.dates import Present, day_in_words, london_day, months_later
from bhcp_portal.kit.inbox import Box, InboxEntry, due_tag
from bhcp_portal.kit.kinds import kinds
from bhcp_portal.kit.statements import Mailbox
from bhcp_portal.kit.things import Thing, ThingQuerySet

MONTHS = 12


def newest_facts(model: type[Thing]) -> dict[int, datetime]:
    """When the newest of what stands of each thing of a model was said, by its key; one query.

    How it is written to says nothing of the thing itself, so mailboxes don't count.
    """
    now = Present.now(UTC)
    dates = [
        kind.model.objects.live(now).order_by().values_list(kind.thing, "published_at").distinct()
        for kind in kinds()
        if kind.thing_model is model and not issubclass(kind.model, Mailbox)
    ]
    newest: dict[int, datetime] = {}
    for key, moment in dates[0].union(*dates[1:]):
        newest[key] = max(moment, newest.get(key, moment))
    return newest


def aged_entries(things: ThingQuerySet, *, duty: str, at: datetime) -> Iterator[InboxEntry]:
    """An entry for each thing whose newest fact is older than a year, folded under ``duty``."""
    model, day = things.model, london_day(at)
    newest = newest_facts(model)
    for thing in things.annotate(called=model.called_at("pk", at)):
        if thing.pk not in newest:
            continue
        newest_on = london_day(newest[thing.pk])
        due_on = months_later(newest_on, MONTHS)
        if due_on < day:
            tag, colour = due_tag(due_on, day)
            yield InboxEntry(
                Box.DUE,
                f"Say whether it is still right: {thing.called}",
                f"{reverse('staff:record_thing', args=[model._meta.model_name, thing.slug])}?look=again",
                meta=f"The newest of it was said on {day_in_words(newest_on)}",
                tag=tag,
                colour=colour,
                day=due_on,
                duty=duty,
            )
