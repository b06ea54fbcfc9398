"""Every way in which the programmes' data change: status updates and milestones.

Who may do it is asked at the door (``staff_only`` and ``within_reach``). Here it is checked that the row
may move so, that nobody wrote in between, and that two people were at it.
"""

from datetime import date, datetime

from bhcp_portal.kit.actions import free_slug, publish
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day, span
from partners.models import User
from programmes.models import Milestone, MilestoneDate, Programme, StatusUpdate
from programmes.models.status import WRITTEN, State, Status, open_period

# What a newer statement of a milestone says again unless it says otherwise.
KEPT = (
    "title",
    "description",
    "state",
    "is_critical",
    "due_as",
    "due_on",
    "done_as",
    "done_on",
)


class ActionError(Exception):
    """The change was not made."""


class StaleError(ActionError):
    """Somebody changed the row in between. ``row`` is what it says now."""

    def __init__(self, row):
        super().__init__("Somebody changed this in between.")
        self.row = row


class MoveError(ActionError):
    """The row is not in a state from which it may go there. ``row`` is what it says now."""

    def __init__(self, row):
        super().__init__(f"It is “{row.get_state_display()}” now.")
        self.row = row


class ExistsError(ActionError):
    """There is a row for that month already."""

    def __init__(self, row):
        super().__init__("There is an update for this month already.")
        self.row = row


class ClosedPeriodError(ActionError):
    """The month can no longer be reported, only corrected. ``period`` is the one open now."""

    def __init__(self, period):
        super().__init__("This month is closed. Write the update for the open month instead.")
        self.period = period


class IncompleteError(ActionError):
    """Something is missing: ``faults`` are pairs of a field and what to do."""

    def __init__(self, faults):
        super().__init__("; ".join(sentence for _, sentence in faults))
        self.faults = faults


class SamePersonError(ActionError):
    """The one who submitted an update does not decide on it."""


class OvertakenError(ActionError):
    """A later month was published meanwhile, so this one can only be returned."""


# -- status updates -------------------------------------------------------------------------------


def start_status(*, programme: Programme, values: dict, by: User, at: datetime) -> StatusUpdate:
    """A draft of the open month's update. ``ExistsError`` where one was begun or published."""
    with action("programme.status_drafted", by=by):
        _lock(programme)
        period = open_period(london_day(at))
        if begun := StatusUpdate.objects.of_month(programme, period, at):
            raise ExistsError(begun)
        return _write(StatusUpdate(programme=programme, period=period, version=0), values, by, at)


def correct_status(*, update: StatusUpdate, values: dict, by: User, at: datetime) -> StatusUpdate:
    """A draft that, once approved, takes the place of a published update of the portal's own."""
    with action("programme.status_correction_drafted", by=by):
        _lock(update.programme)
        update.refresh_from_db()
        begun = StatusUpdate.objects.drafts().filter(
            programme=update.programme, period=update.period
        )
        if begun := begun.first():
            raise ExistsError(begun)
        if not (update.period and update.stands(at)):
            raise MoveError(update)
        draft = StatusUpdate(programme=update.programme, period=update.period, version=0)
        return _write(draft, values, by, at)


def save_status(
    *, update: StatusUpdate, version: int, values: dict, by: User, at: datetime
) -> StatusUpdate:
    """New words in a draft or a returned update.

    A draft whose month has closed becomes the open month's: ``ExistsError`` where that has one.
    """
    with action("programme.status_saved", by=by):
        _lock(update.programme)
        row = _locked(update)
        if not row.may_become(row.state):
            raise MoveError(row)
        if row.version != version:
            raise StaleError(row)
        current = open_period(london_day(at))
        closed = row.period != current and not row.corrects(at)
        if closed:
            if other := StatusUpdate.objects.of_month(row.programme, current, at):
                raise ExistsError(other)
            row.period = current
        return _write(row, values, by, at, anyway=closed)


def submit_status(*, update: StatusUpdate, version: int, by: User, at: datetime) -> StatusUpdate:
    """Hand a draft to another person. Only what keeps every rule goes; a closed month does not."""
    with action("programme.status_submitted", by=by):
        row = _locked(update)
        if not row.may_become(State.SUBMITTED):
            raise MoveError(row)
        if row.version != version:
            raise StaleError(row)
        current = open_period(london_day(at))
        if row.period != current and not row.corrects(at):
            raise ClosedPeriodError(current)
        if faults := faults_of(row, at):
            raise IncompleteError(faults)
        row.state = State.SUBMITTED
        row.submitted_by, row.submitted_at = by, at
        row.decided_by = row.decided_at = None
        row.save()
        return row


def return_status(
    *, update: StatusUpdate, version: int, remarks: str, by: User, at: datetime
) -> StatusUpdate:
    """Give a submitted update back to its author, with remarks."""
    with action("programme.status_returned", by=by, reason=remarks):
        row = _to_decide(update, State.RETURNED, version, by)
        if not remarks.strip():
            raise IncompleteError([("remarks", "Say what to change")])
        row.state = State.RETURNED
        row.decided_by, row.decided_at, row.decision_remarks = by, at, remarks.strip()
        row.save()
        return row


def approve_status(
    *, update: StatusUpdate, version: int, by: User, at: datetime, remarks: str = ""
) -> StatusUpdate:
    """Publish a submitted update at once. A correction takes the place of what it corrects."""
    with action("programme.status_published", by=by, reason=remarks):
        row = _to_decide(update, State.PUBLISHED, version, by)
        said = StatusUpdate.objects.live(at).filter(programme=row.programme)
        if not row.corrects(at) and said.filter(period__gt=row.period).exists():
            raise OvertakenError
        facts = StatusUpdate.objects.facts(row.programme, row.period, at)
        if row.status == Status.COMPLETE and facts.milestones_open:
            raise IncompleteError(facts.faults_of(row))
        row.state = State.PUBLISHED
        row.decided_by, row.decided_at, row.decision_remarks = by, at, remarks.strip()
        return publish(row, at=at)


def discard_status(*, update: StatusUpdate, version: int, by: User, at: datetime) -> None:
    """Throw a draft or a returned update away. Its history stays."""
    with action("programme.status_discarded", by=by):
        row = _locked(update)
        if row.state not in (State.DRAFT, State.RETURNED):
            raise MoveError(row)
        if row.version != version:
            raise StaleError(row)
        row.delete()


def faults_of(update: StatusUpdate, at: datetime) -> list[tuple[str, str]]:
    """What still keeps an update from being submitted: pairs of a field and what to do."""
    faults = StatusUpdate.objects.facts(update.programme, update.period, at).faults_of(update)
    if not update.reason and update.corrects(at):
        faults.append(("reason", "Say what was wrong in the published update"))
    return faults


def _write(row, values, by, at, *, anyway=False):
    """Set the words and count the version; where nothing changed nothing is saved, unless ``anyway``."""
    new = {name: value for name, value in values.items() if getattr(row, name) != value}
    unknown = set(values) - set(WRITTEN)
    if unknown:
        raise ValueError(f"An author does not write {', '.join(sorted(unknown))}.")
    if row.pk and not new and not anyway:
        return row
    for name, value in new.items():
        setattr(row, name, value)
    row.version += 1
    row.author, row.edited_at = by, at
    row.save()
    return row


def _to_decide(update, state, version, by):
    row = _locked(update)
    if not row.may_become(state):
        raise MoveError(row)
    if row.version != version:
        raise StaleError(row)
    if row.submitted_by_id == by.pk:
        raise SamePersonError
    return row


def _locked(update):
    """The row as it stands, held until the transaction ends. ``MoveError`` where it is gone."""
    row = StatusUpdate.objects.select_for_update().filter(pk=update.pk).first()
    if row is None:
        raise MoveError(update)
    return row


def _lock(programme):
    """Hold back whoever else would begin an update of the programme."""
    Programme.objects.select_for_update().get(pk=programme.pk)


# -- milestones -----------------------------------------------------------------------------------


def add_milestone(
    *,
    programme: Programme,
    title: str,
    due_as: str,
    by: User,
    at: datetime,
    description: str = "",
    is_critical: bool = False,
) -> Milestone:
    """A new milestone, public at once. ``due_as``: a day, month or year, as ``span`` reads it."""
    with action("programme.milestone_added", by=by):
        _lock(programme)
        slug = free_slug(Milestone, f"{programme.slug} {title}")
        milestone = Milestone.objects.create(slug=slug, programme=programme)
        first = MilestoneDate(
            milestone=milestone,
            title=title,
            description=description,
            state=MilestoneDate.State.PLANNED,
            is_critical=is_critical,
            author=by,
            **_pair("due", due_as),
        )
        publish(first, at=at)
        return milestone


def start_milestone(
    *, milestone: Milestone, seen: int, by: User, at: datetime, reason: str = ""
) -> MilestoneDate:
    """Say that work on it goes on. After done or dropped that takes back what was said too soon."""
    state = MilestoneDate.State.IN_PROGRESS
    changes = {"state": state, **_pair("done", "")}
    return _say("started", milestone, seen, changes, by=by, at=at, reason=reason)


def finish_milestone(
    *, milestone: Milestone, seen: int, done_as: str, by: User, at: datetime
) -> MilestoneDate:
    """Say that it was reached, and when (a day, month or year). Public at once."""
    changes = {"state": MilestoneDate.State.DONE, **_pair("done", done_as)}
    if span(done_as).first > london_day(at):
        raise IncompleteError([("done", "The day it was done must be today or earlier")])
    return _say("finished", milestone, seen, changes, by=by, at=at)


def move_milestone(
    *, milestone: Milestone, seen: int, due_as: str, reason: str, by: User, at: datetime
) -> MilestoneDate:
    """Say that it is now due at another time, and why. Public at once."""
    return _say("moved", milestone, seen, _pair("due", due_as), by=by, at=at, reason=reason)


def drop_milestone(
    *, milestone: Milestone, seen: int, reason: str, by: User, at: datetime
) -> MilestoneDate:
    """Say that it will not be reached, and why. Public at once."""
    changes = {"state": MilestoneDate.State.DROPPED}
    return _say("dropped", milestone, seen, changes, by=by, at=at, reason=reason)


def _say(what, milestone, seen, changes, *, by, at, reason=""):
    """Publish a newer statement of a milestone, the older one's words kept but for the changes.

    ``seen`` is the key of the statement the person had before them.
    """
    with action(f"programme.milestone_{what}", by=by, reason=reason):
        Milestone.objects.select_for_update().get(pk=milestone.pk)
        old = milestone.dates.published().get(superseded_at=None)
        if old.pk != seen:
            raise StaleError(old)
        if not old.may_become(changes.get("state", old.state)):
            raise MoveError(old)
        needs_reason = what in ("moved", "dropped") or not old.is_open
        if needs_reason and not reason.strip():
            raise IncompleteError([("reason", "Say why")])
        kept = {name: getattr(old, name) for name in KEPT}
        new = MilestoneDate(
            milestone=milestone, author=by, reason=reason.strip(), **{**kept, **changes}
        )
        return publish(new, at=at)


def _pair(name, text) -> dict[str, str | date | None]:
    """A written date as the pair of fields it fills."""
    return {f"{name}_as": text, f"{name}_on": span(text).last if text else None}
