"""Shapes of the pages that draw on several apps."""

from collections import Counter
from dataclasses import dataclass

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
