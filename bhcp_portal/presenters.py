"""Shapes of the pages that draw on several apps."""

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
    """How the programmes are going at a moment, in numbers that stand for today and not for years ago."""

    total: int
    confirmed: list[tuple[str, int]]
    ended: list[tuple[str, int]]
    unconfirmed: int
    silent: int
    last: StatusUpdate | None


def going(at) -> Going:
    """Counts the programmes known at a moment by what was last said of them; two queries.

    ``confirmed`` and ``ended``: pairs of a status and a number, in the order of ``Status``.
    ``unconfirmed``: last said too long ago to stand. ``silent``: no status was ever reported.
    ``last``: the newest report of them all.
    """
    programmes = list(Programme.objects.known_at(at).with_status(at))
    updates = StatusUpdate.objects.in_bulk([p.status_pk for p in programmes if p.status_pk])
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
        last=max(updates.values(), key=lambda update: update.published_at, default=None),
    )


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """What was said of one thing on one day: the statement that is shown, and whether there are more."""

    shown: ChangeRow
    has_more: bool


def by_thing_and_day(rows, *, number) -> list[DayOfChanges]:
    """The first so many things of the change log, one day of each once.

    Shown is the word for how it is going where there is one, or else what comes first.
    """
    days = {}
    for row in rows:
        # What is said of no thing of its own stands by itself.
        days.setdefault((row.when, row.get_absolute_url()) if row.about else row, []).append(row)
    return [
        DayOfChanges(max(same, key=_has_status), len(same) > 1)
        for same in islice(days.values(), number)
    ]


def _has_status(row):
    return row.kind.model is StatusUpdate and row.code != ""


@dataclass(frozen=True, slots=True)
class NewestFigures:
    """The period that the newest figures of the measures are for, and how many measures have any."""

    measures: int
    words: str


def newest_figures(verdicts) -> NewestFigures | None:
    """``None`` where no measure has a figure; no query."""
    reported = [(v.last_reported, v.profile.frequency) for v in verdicts if v.last_reported]
    if not reported:
        return None
    newest, _ = max(reported, key=_ends)
    return NewestFigures(len(reported), newest.words)


def _ends(reported) -> date:
    point, frequency = reported
    return last_day(point.period, frequency)
