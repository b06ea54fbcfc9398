"""What the pages that draw on several apps show."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import islice

from bhcp_portal.changelog import ChangeRow
from metrics.models.frequency import last_day
from programmes.models import Programme, Status, StatusUpdate
from programmes.models.status import ENDED


@dataclass(frozen=True, slots=True)
class Going:
    """How the programmes are going at a moment, in numbers; ``going`` explains each."""

    total: int
    confirmed: list[tuple[str, int]]
    ended: list[tuple[str, int]]
    unconfirmed: int
    silent: int
    last: StatusUpdate | None


def going(at) -> Going:
    """Count the programmes known at moment ``at`` by their latest status update; two queries.

    ``confirmed`` and ``ended``: pairs of a status and a number, in the order of ``Status``.
    ``unconfirmed``: the latest update is too old to rely on. ``silent``: no status was ever
    reported. ``last``: the newest update of all programmes, or ``None``.
    """
    programmes = list(Programme.objects.known_at(at).with_status(at).order_by("slug"))
    updates = StatusUpdate.objects.in_bulk([p.status_pk for p in programmes if p.status_pk])
    reported = [updates[p.status_pk] for p in programmes if p.status_pk]
    now, over = Counter(), Counter()
    unconfirmed = silent = 0
    for programme in programmes:
        update = updates.get(programme.status_pk)
        if update is None or not update.status:
            silent += 1
        elif update.status in ENDED:
            over[update.status] += 1
        elif update.is_stale(at):
            unconfirmed += 1
        else:
            now[update.status] += 1
    return Going(
        total=len(programmes),
        confirmed=[(status, now[status]) for status in Status.values if now[status]],
        ended=[(status, over[status]) for status in Status.values if over[status]],
        unconfirmed=unconfirmed,
        silent=silent,
        last=max(reported, key=lambda update: update.published_at, default=None),
    )


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """The changes of one thing on one day: the row that is shown, and whether there are more."""

    shown: ChangeRow
    has_more: bool


def by_thing_and_day(rows, *, number) -> list[DayOfChanges]:
    """Group rows of the change log by thing and day; gives the first ``number`` groups.

    A group shows its first row with a status, or else its first row.
    """
    days = {}
    for row in rows:
        # A row without a thing makes a group of its own.
        days.setdefault((row.when, row.get_absolute_url()) if row.about else row, []).append(row)
    return [
        DayOfChanges(max(same, key=_has_status), len(same) > 1)
        for same in islice(days.values(), number)
    ]


def _has_status(row):
    return row.kind.model is StatusUpdate and row.code != ""


@dataclass(frozen=True, slots=True)
class NewestFigures:
    """The newest period that has figures, in words, and how many measures have any."""

    measures: int
    words: str


def newest_figures(verdicts) -> NewestFigures | None:
    """Which period the newest figures are for; ``None`` if no measure has a figure. No query."""
    reported = [(v.last_reported, v.profile.frequency) for v in verdicts if v.last_reported]
    if not reported:
        return None
    newest, _ = max(reported, key=_ends)
    return NewestFigures(len(reported), newest.words)


def _ends(reported) -> date:
    point, frequency = reported
    return last_day(point.period, frequency)
