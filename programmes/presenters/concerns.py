"""The programmes that were last said to be going badly, which lists name before all others."""

from dataclasses import dataclass

from bhcp_portal.kit.dates import years
from programmes.models import Programme, Status

BAD = (Status.OFF_TRACK, Status.AT_RISK, Status.PAUSED)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ConcernNamed:
    """One programme: its name, the year or years of its status, and the icon of its state."""

    slug: str
    name: str
    years: str
    icon: str

    def get_absolute_url(self):
        return Programme.page_of(self.slug)


@dataclass(frozen=True, slots=True)
class Concern:
    """The programmes last said to be ``status``, the newest first: the first few by name."""

    status: Status
    total: int
    named: list[ConcernNamed]

    @property
    def words(self):
        return self.status.label.lower()

    @property
    def more(self):
        return self.total - len(self.named)


def concerns(programmes, *, at, day) -> list[Concern]:
    """The ``Concern``s among programmes that go on, the worst first; no query.

    ``programmes``: loaded ``with_states``, each with ``name_then``.
    """
    found = []
    for status in BAD:
        rows = [
            (row.last_update, row)
            for row in programmes
            if row.last_update and row.last_update.status == status and not row.is_over(day)
        ]
        rows.sort(key=lambda pair: pair[0].published_at, reverse=True)
        if rows:
            named = [_named(update, row, at) for update, row in rows[:MOST_NAMED]]
            found.append(Concern(status, len(rows), named))
    return found


def _named(update, row, at):
    icon = "stale" if update.is_stale(at) else update.status
    return ConcernNamed(row.slug, row.name_then, years(update.written_date), icon)
