"""Every way in which status updates change.

Who may do it is asked at the door (``staff_only`` and ``accessible_to``). Here it is checked that the row
may move so, that nobody wrote in between, and that two people decided.
"""

from datetime import datetime

from bhcp_portal.kit.actions import (
    ActionError,
    IncompleteError,
    TransitionError,
    publish,
    require_other_person,
    require_seen,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day
from partners.models import User
from programmes.models import Programme, Status, StatusUpdate
from programmes.models.status import AUTHOR_FIELDS, UpdateState, open_period


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


class LaterPeriodPublishedError(ActionError):
    """A later month was published meanwhile, so this one can only be returned."""


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
            raise TransitionError(update)
        draft = StatusUpdate(programme=update.programme, period=update.period, version=0)
        return _write(draft, values, by, at)


def save_status(
    *, update: StatusUpdate, seen: str, values: dict, by: User, at: datetime
) -> StatusUpdate:
    """New words in a draft or a returned update.

    A draft whose month has closed becomes the open month's: ``ExistsError`` where that has one.
    """
    with action("programme.status_saved", by=by):
        _lock(update.programme)
        row = _locked(update)
        if not row.may_become(row.state):
            raise TransitionError(row)
        require_seen(row, seen)
        current = open_period(london_day(at))
        closed = row.period != current and not row.corrects(at)
        if closed:
            if other := StatusUpdate.objects.of_month(row.programme, current, at):
                raise ExistsError(other)
            row.period = current
        return _write(row, values, by, at, anyway=closed)


def submit_status(*, update: StatusUpdate, seen: str, by: User, at: datetime) -> StatusUpdate:
    """Hand a draft to another person. Only what keeps every rule goes; a closed month does not."""
    with action("programme.status_submitted", by=by):
        row = _locked(update)
        if not row.may_become(UpdateState.SUBMITTED):
            raise TransitionError(row)
        require_seen(row, seen)
        current = open_period(london_day(at))
        if row.period != current and not row.corrects(at):
            raise ClosedPeriodError(current)
        if errors := submission_errors(row, at):
            raise IncompleteError(errors)
        row.state = UpdateState.SUBMITTED
        row.submitted_by, row.submitted_at = by, at
        row.decided_by = row.decided_at = None
        row.save()
        return row


def return_status(
    *, update: StatusUpdate, seen: str, remarks: str, by: User, at: datetime
) -> StatusUpdate:
    """Give a submitted update back to its author, with remarks."""
    with action("programme.status_returned", by=by, reason=remarks):
        row = _to_decide(update, UpdateState.RETURNED, seen, by)
        if not remarks.strip():
            raise IncompleteError([("remarks", "Say what to change")])
        row.state = UpdateState.RETURNED
        row.decided_by, row.decided_at, row.decision_remarks = by, at, remarks.strip()
        row.save()
        return row


def approve_status(
    *, update: StatusUpdate, seen: str, by: User, at: datetime, remarks: str = ""
) -> StatusUpdate:
    """Publish a submitted update at once. A correction takes the place of what it corrects."""
    with action("programme.status_published", by=by, reason=remarks):
        row = _to_decide(update, UpdateState.PUBLISHED, seen, by)
        standing = StatusUpdate.objects.live(at).filter(programme=row.programme)
        if not row.corrects(at) and standing.filter(period__gt=row.period).exists():
            raise LaterPeriodPublishedError
        facts = StatusUpdate.objects.facts(row.programme, row.period, at)
        if row.status == Status.COMPLETE and facts.milestones_open:
            raise IncompleteError(facts.errors_of(row))
        row.state = UpdateState.PUBLISHED
        row.decided_by, row.decided_at, row.decision_remarks = by, at, remarks.strip()
        return publish(row, at=at)


def discard_status(*, update: StatusUpdate, seen: str, by: User, at: datetime) -> None:
    """Throw a draft or a returned update away. Its history stays."""
    with action("programme.status_discarded", by=by):
        row = _locked(update)
        if row.state not in (UpdateState.DRAFT, UpdateState.RETURNED):
            raise TransitionError(row)
        require_seen(row, seen)
        row.delete()


def submission_errors(update: StatusUpdate, at: datetime) -> list[tuple[str, str]]:
    """What still keeps an update from being submitted: pairs of a field and what to do."""
    errors = StatusUpdate.objects.facts(update.programme, update.period, at).errors_of(update)
    if not update.reason and update.corrects(at):
        errors.append(("reason", "Say what was wrong in the published update"))
    return errors


def _write(row, values, by, at, *, anyway=False):
    """Set the words and count the version; where nothing changed nothing is saved, unless ``anyway``."""
    new = {name: value for name, value in values.items() if getattr(row, name) != value}
    unknown = set(values) - set(AUTHOR_FIELDS)
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


def _to_decide(update, state, seen, by):
    row = _locked(update)
    if not row.may_become(state):
        raise TransitionError(row)
    require_seen(row, seen)
    require_other_person(row.submitted_by_id, by)
    return row


def _locked(update):
    """The row as it stands, held until the transaction ends. ``MoveError`` where it is gone."""
    row = StatusUpdate.objects.select_for_update().filter(pk=update.pk).first()
    if row is None:
        raise TransitionError(update)
    return row


def _lock(programme):
    """Hold back whoever else would begin an update of the programme."""
    Programme.objects.select_for_update().get(pk=programme.pk)
