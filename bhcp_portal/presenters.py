"""What the pages that draw on several apps show."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db.models import OuterRef, Subquery

from bhcp_portal.changelog import ChangeRow
from metrics.models.frequency import last_day
from programmes.models import Programme, ProgrammeStage, Stage, Status, StatusUpdate
from programmes.models.status import ENDED

# The states of programmes that are no status, as the icons of states are called.
STALE, SILENT = "stale", "none"
STATES = {
    **dict(Status.choices),
    STALE: "Not confirmed for 90 days",
    SILENT: "No status was reported",
}
ALL = "All"
# So many squares of one stage can be taken in at a look; of more, a square stands for several.
MOST_SQUARES = 40


@dataclass(frozen=True, slots=True)
class StageOfWork:
    """The programmes that have come to one stage: how many are in each state, in their order.

    ``stage``: its code, empty if no stage is known. ``squares``: a state for each square.
    """

    stage: str
    words: str
    total: int
    states: list[tuple[str, str, int]]
    squares: list[str]


@dataclass(frozen=True, slots=True)
class Work:
    """What the partners set out to do at a moment: all programmes by stage and state.

    ``states``: (state, words, how many), in the order of ``STATES``. ``each``: how many programmes
    a square stands for. ``last``: the newest status update of all programmes, or ``None``.
    """

    total: int
    stages: list[StageOfWork]
    states: list[tuple[str, str, int]]
    each: int
    last: StatusUpdate | None

    @property
    def table(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """The words of each stage, with the words of each of ``states`` and a number for it."""
        rows = []
        for stage in self.stages:
            numbers = {state: number for state, _, number in stage.states}
            row = [(words, numbers.get(state, 0)) for state, words, _ in self.states]
            rows.append((stage.words, [*row, (ALL, stage.total)]))
        return rows

    @property
    def columns(self) -> str:
        """The heads of the columns of ``table``."""
        return "|".join(["Stage", *(words for _, words, _ in self.states), ALL])

    @property
    def is_reported_lately(self):
        """Whether the status of any programme that goes on holds now."""
        return any(state not in (STALE, SILENT, *ENDED) for state, _, _ in self.states)


def work(at) -> Work:
    """Count the programmes known at moment ``at`` by how far each has come and how it goes; two queries.

    The state is the status of the latest update, ``STALE`` if that is too old to rely on, and
    ``SILENT`` if no status was ever reported.
    """
    stages = ProgrammeStage.objects.live(at).filter(programme=OuterRef("pk")).values("stage")
    known = Programme.objects.known_at(at).with_status(at).annotate(stage_then=Subquery(stages[:1]))
    pairs = known.order_by("slug").values_list("stage_then", "status_pk")
    pairs = [(stage or "", key) for stage, key in pairs]
    updates = StatusUpdate.objects.in_bulk([key for _, key in pairs if key])
    counts = Counter((stage, _state(updates.get(key), at)) for stage, key in pairs)
    by_stage, by_state = Counter(), Counter()
    for (stage, state), number in counts.items():
        by_stage[stage] += number
        by_state[state] += number
    each = -(-max(by_stage.values(), default=0) // MOST_SQUARES) or 1
    found = []
    for stage, words in [*Stage.choices, ("", "Stage not known")]:
        if by_stage[stage]:
            states = _counted({state: counts[stage, state] for state in STATES})
            squares = [state for state, _, number in states for _ in range(-(-number // each))]
            found.append(StageOfWork(stage, words, by_stage[stage], states, squares))
    last = max(updates.values(), key=lambda update: update.published_at, default=None)
    return Work(len(pairs), found, _counted(by_state), each, last)


def _state(update, at):
    if update is None or not update.status:
        return SILENT
    return STALE if update.is_stale(at) else update.status


def _counted(numbers):
    return [(state, words, numbers[state]) for state, words in STATES.items() if numbers[state]]


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """The changes of one thing on one day: the row that is shown, and how many more there are."""

    shown: ChangeRow
    more: int


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
