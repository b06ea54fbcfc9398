"""Shapes of the pages that draw on several apps."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import islice

from programmes.models import Programme, Status, StatusUpdate
from programmes.models.period import last_day
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
class Change:
    """What was said of one thing on one day: the part that is told, and whether there is more."""

    told: object
    has_more: bool


def by_thing_and_day(said, *, number) -> list[Change]:
    """The first so many things of the record, one day of each told once.

    Told is the word for how it is going where there is one, or else what comes first.
    """
    days = {}
    for item in said:
        # What is said of no thing of its own stands by itself.
        days.setdefault((item.when, item.get_absolute_url()) if item.about else item, []).append(
            item
        )
    return [
        Change(max(same, key=_has_status), len(same) > 1) for same in islice(days.values(), number)
    ]


def _has_status(item):
    return item.kind == "Status" and item.code != ""


@dataclass(frozen=True, slots=True)
class NewestFigures:
    """The period that the newest figures of the metrics are for, and how many metrics have any."""

    metrics: int
    words: str


def newest_figures(verdicts) -> NewestFigures | None:
    """``None`` where no metric has a figure; no query."""
    told = [(v.last_told, v.profile.frequency) for v in verdicts if v.last_told]
    if not told:
        return None
    newest, _ = max(told, key=_ends)
    return NewestFigures(len(told), newest.words)


def _ends(told) -> date:
    point, frequency = told
    return last_day(point.period, frequency)
