"""All updates of a programme, each with what became of it."""

from dataclasses import dataclass
from datetime import date

from bhcp_portal.kit.dates import london_day
from programmes.models import (
    StatusUpdate,
)
from programmes.models.status import Standing


@dataclass(frozen=True, slots=True)
class PublishedUpdate:
    """An update as the list of all of them shows it.

    ``replaced_on``: the day it was replaced, empty while it stands; ``standing`` is what it said of how
    things were, and of the newest one what that is worth now.
    """

    update: StatusUpdate
    standing: Standing
    replaced_on: date | None
    replaced_because: str


def update_history(updates, *, newest, at, day):
    """The updates of a page of ``every_version``, each with what became of it by a moment.

    ``newest``: the one that says how the programme stands; if it is too old, its status is withdrawn.
    """
    return [_published(update, update == newest, at, day) for update in updates]


def _published(update, is_newest, at, day):
    then = update.published_at, london_day(update.published_at)
    is_replaced = update.superseded_at is not None and update.superseded_at <= at
    return PublishedUpdate(
        update=update,
        standing=StatusUpdate.standing_of(update, *((at, day) if is_newest else then)),
        replaced_on=london_day(update.superseded_at) if is_replaced else None,
        replaced_because=(update.replaced_because or "") if is_replaced else "",
    )
