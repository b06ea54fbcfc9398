"""What the pages that draw on several apps show."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import islice

from bhcp_portal.changelog import ChangeRow
from bhcp_portal.kit.dates import in_years, london_day, span, years
from metrics.models.frequency import last_day
from metrics.verdict import Trend
from programmes.models import MilestoneDate, Programme, Stage, Status, StatusUpdate
from programmes.models.programme import first_clause, newest_report
from programmes.models.status import ENDED
from programmes.presenters.concerns import Concern, concerns

# The states of programmes that are no status, as the icons of states are called.
STALE, SILENT = "stale", "none"
# What was last said of programmes, what needs a look first.
LAST_STATUS = {
    **{
        status: status.label
        for status in (
            Status.OFF_TRACK,
            Status.AT_RISK,
            Status.PAUSED,
            Status.STOPPED,
            Status.ON_TRACK,
            Status.NOT_STARTED,
            Status.COMPLETE,
            Status.MERGED,
        )
    },
    SILENT: "No status was reported",
}
ALL = "All"
# So many programmes of one stage are named; the list of programmes has the others.
MOST_TILES = 10
MOST_LATE = 10


@dataclass(frozen=True, slots=True)
class Tile:
    """A programme by its name, with when it was last heard of and what was last said of it.

    ``last_status``: a key of ``LAST_STATUS``; ``state``: the same, or ``STALE`` if nobody confirmed it
    for too long. ``status_as``, ``heard_as``: the written dates of both.
    """

    slug: str
    name: str
    stage: str
    last_status: str
    state: str
    status_as: str
    heard_as: str

    def get_absolute_url(self):
        return Programme.page_of(self.slug)

    @property
    def words(self):
        """When it was last heard of, and as what: ``off track, 2019``."""
        if self.last_status == SILENT:
            return years(self.heard_as)
        status, when = LAST_STATUS[self.last_status].lower(), years(self.status_as)
        if when == years(self.heard_as):
            return f"{status}, {when}"
        return f"{status} {in_years(self.status_as)}, heard of {in_years(self.heard_as)}"


@dataclass(frozen=True, slots=True)
class StageOfWork:
    """The programmes that have come to one stage, the one heard of last first.

    ``stage``: its code, empty if no stage is known. ``counts``: how many were last said to be what.
    """

    stage: str
    words: str
    total: int
    tiles: list[Tile]
    counts: Counter[str]

    @property
    def more(self):
        """How many are not among the tiles."""
        return self.total - len(self.tiles)


@dataclass(frozen=True, slots=True)
class Work:
    """What the partners set out to do at a moment: all programmes by stage and state.

    ``last_status``: (a key of ``LAST_STATUS``, its words, how many). ``not_confirmed``: how many
    statuses are too old to count. ``last``: the newest update of all with a status, or ``None``: a
    progress report in words alone is none. ``concerns``: what was last said to go badly. ``late``:
    the statements of open milestones whose day has passed, the longest ago first.
    """

    total: int
    stages: list[StageOfWork]
    last_status: list[tuple[str, str, int]]
    not_confirmed: int
    is_reported_lately: bool
    last: StatusUpdate | None
    concerns: list[Concern]
    late: list[MilestoneDate]

    @property
    def late_words(self):
        return f"Milestones whose day has passed: {len(self.late):,}"

    @property
    def late_named(self):
        return self.late[:MOST_LATE]

    @property
    def late_more(self):
        """How many milestones are late beyond those that are named."""
        return len(self.late) - len(self.late_named)

    @property
    def table(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """The words of each stage, with those of each column and a number for it."""
        return [
            (
                stage.words,
                [
                    *((words, stage.counts[status]) for status, words, _ in self.last_status),
                    (ALL, stage.total),
                ],
            )
            for stage in self.stages
        ]

    @property
    def columns(self) -> str:
        """The heads of the columns of ``table``."""
        return "|".join(["Stage", *(words for _, words, _ in self.last_status), ALL])


def work(at) -> Work:
    """The programmes known at moment ``at``, by how far each has come and how it goes; two queries.

    A status of long ago is named as what was last said, with its year, and never counts as today's.
    """
    known = Programme.objects.known_at(at).with_states(at).with_last_report(at)
    rows = list(known.annotate(name_then=Programme.name_at("pk", at)).order_by("name_then", "slug"))
    updates = {row.slug: row.last_update for row in rows if row.last_update}
    tiles = [_tile(row, updates.get(row.slug), at) for row in rows]
    tiles.sort(key=lambda tile: -span(tile.heard_as).last.year)
    counts = Counter(tile.last_status for tile in tiles)
    late = MilestoneDate.objects.live(at).late_on(london_day(at))
    return Work(
        len(tiles),
        [
            _stage(stage, words, own)
            for stage, words in [*Stage.choices, ("", "Stage not known")]
            if (own := [tile for tile in tiles if tile.stage == stage])
        ],
        [
            (status, words, counts[status])
            for status, words in LAST_STATUS.items()
            if counts[status]
        ],
        sum(tile.state == STALE for tile in tiles),
        any(tile.state not in (STALE, SILENT, *ENDED) for tile in tiles),
        max(
            (update for update in updates.values() if update.status),
            key=lambda update: update.published_at,
            default=None,
        ),
        concerns(rows, at=at, day=london_day(at)),
        list(
            late.annotate(programme_name=Programme.name_at("milestone__programme", at))
            .select_related("milestone__programme")
            .order_by("due_on", "programme_name", "title")
        ),
    )


def _tile(row, update, at):
    _, heard_as = newest_report(row)
    status = update.status if update else ""
    return Tile(
        row.slug,
        row.name_then,
        row.stage_code or "",
        status or SILENT,
        STALE if status and update.is_stale(at) else status or SILENT,
        update.written_date if update else heard_as,
        heard_as,
    )


def _stage(stage, words, tiles):
    counts = Counter(tile.last_status for tile in tiles)
    return StageOfWork(stage, words, len(tiles), tiles[:MOST_TILES], counts)


@dataclass(frozen=True, slots=True)
class HomeAnswer:
    """How many measures changed for the better, for the worse and otherwise.

    ``rest``: (trend, how many, in words) of those that did neither and for which it is not too
    early to say.
    """

    total: int
    better: int
    worse: int
    early: int
    rest: list[tuple[Trend | None, int, str]]


def answer(measures) -> HomeAnswer:
    """The answer to the question of the home page, from a ``Tally``."""
    numbers = Counter({trend: number for trend, number, _ in measures.counts})
    named = (Trend.BETTER, Trend.WORSE, Trend.EARLY)
    return HomeAnswer(
        measures.total,
        *(numbers[trend] for trend in named),
        [row for row in measures.counts if row[0] not in named],
    )


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """The changes of one thing on one day: the row that is shown, and how many more there are."""

    shown: ChangeRow
    more: int

    @property
    def text(self):
        """What it says, to the end of its first sentence: nothing is cut off within one."""
        return first_clause(self.shown.text)


def by_thing_and_day(rows, *, number) -> list[DayOfChanges]:
    """Group rows of the change log by thing and day; gives the first ``number`` groups.

    A group shows its first row with a status, or else its first row.
    """
    days = {}
    for row in rows:
        # A row without a thing makes a group of its own.
        days.setdefault((row.when, row.get_absolute_url()) if row.about else row, []).append(row)
    return [
        DayOfChanges(max(same, key=_has_status), len(same) - 1)
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
