"""Every way in which status updates change.

The views check permission, with ``staff_only`` and ``accessible_to``. The actions check the rest:
``TransitionError`` if the update's state does not allow the change or the update is gone,
``StaleError`` if somebody changed it since the person read it (``seen`` is the ``seen_token`` they
had), ``SamePersonError`` if a person who wrote in it decides on it, and ``EndedError`` if the
programme has ended and takes no such status any more (``StatusUpdate.refusal``).
"""

from datetime import UTC, datetime

from bhcp_portal.kit.actions import (
    ActionError,
    IncompleteError,
    TransitionError,
    publish,
    require_other_person,
    require_reason,
    require_seen,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present
from partners.models import User
from programmes.actions.endings import ends_to_come
from programmes.models import Programme, Status, StatusUpdate
from programmes.models.status import AUTHOR_FIELDS, UpdateState, month_to_report


class ExistsError(ActionError):
    """The month has an update already: ``row``."""

    def __init__(self, row):
        super().__init__("There is an update for this month already.")
        self.row = row


class ClosedPeriodError(ActionError):
    """The month can no longer be reported, only corrected. ``period``: the month that is open."""

    def __init__(self, period):
        super().__init__("This month is closed. Write the update for the open month instead.")
        self.period = period


class EndedError(IncompleteError):
    """The programme has ended."""


class LaterPeriodPublishedError(ActionError):
    """An update for a later month is public already, so this one can only be returned."""


def start_status(*, programme: Programme, values: dict, by: User, at: datetime) -> StatusUpdate:
    """Create a draft of the open month's update. ``values``: a dict of ``AUTHOR_FIELDS``.

    ``ExistsError`` if that month has a draft or a published update already.
    """
    with action("programme.status_drafted", by=by):
        _lock(programme)
        period = month_to_report(programme, at)
        if begun := StatusUpdate.objects.of_month(programme, period, at):
            raise ExistsError(begun)
        return _write(StatusUpdate(programme=programme, period=period, version=0), values, by, at)


def correct_status(*, update: StatusUpdate, values: dict, by: User, at: datetime) -> StatusUpdate:
    """Create a draft that corrects a published update and supersedes it once it is approved.

    ``ExistsError`` if the month has a draft already. ``TransitionError`` if the update is not live,
    or was copied from a document.
    """
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
    """Save new values in a draft or a returned update; gives the update.

    A draft whose month has closed becomes the open month's update. ``ExistsError`` if that month
    has one already.
    """
    with action("programme.status_saved", by=by):
        _lock(update.programme)
        row = _locked(update)
        if not row.may_become(row.state):
            raise TransitionError(row)
        require_seen(row, seen)
        current = month_to_report(row.programme, at)
        closed = row.period != current and not row.corrects(at)
        if closed:
            if other := StatusUpdate.objects.of_month(row.programme, current, at):
                raise ExistsError(other)
            row.period = current
        return _write(row, values, by, at, anyway=closed)


def submit_status(*, update: StatusUpdate, seen: str, by: User, at: datetime) -> StatusUpdate:
    """Submit a draft, so that another person can approve or return it.

    ``ClosedPeriodError`` if its month has closed. ``IncompleteError`` if it breaks a rule: see
    ``submission_errors``.
    """
    with action("programme.status_submitted", by=by):
        row = _locked(update)
        if not row.may_become(UpdateState.SUBMITTED):
            raise TransitionError(row)
        require_seen(row, seen)
        current = month_to_report(row.programme, at)
        if row.period != current and not row.corrects(at):
            raise ClosedPeriodError(current)
        if errors := submission_errors(row, at):
            raise IncompleteError(errors)
        row.state = UpdateState.SUBMITTED
        row.submitted_by, row.submitted_at = by, at
        row.decided_by = row.decided_at = None
        row.save()
        return row


def recall_status(*, update: StatusUpdate, seen: str, by: User, at: datetime) -> StatusUpdate:
    """Take a submitted update back before anybody decided on it; it is a draft again."""
    with action("programme.status_recalled", by=by):
        row = _locked(update)
        if row.state != UpdateState.SUBMITTED:
            raise TransitionError(row)
        require_seen(row, seen)
        row.state = UpdateState.DRAFT
        row.submitted_by = row.submitted_at = None
        row.version += 1
        row.save()
        return row


def return_status(
    *, update: StatusUpdate, seen: str, remarks: str, by: User, at: datetime
) -> StatusUpdate:
    """Return a submitted update to its author. ``IncompleteError`` without remarks."""
    with action("programme.status_returned", by=by, reason=remarks):
        row = _to_decide(update, UpdateState.RETURNED, seen, by)
        if not remarks.strip():
            raise IncompleteError([("remarks", "Say what to change")])
        row.state = UpdateState.RETURNED
        row.version += 1
        row.decided_by, row.decided_at, row.decision_remarks = by, at, remarks.strip()
        row.save()
        return row


def approve_status(
    *, update: StatusUpdate, seen: str, by: User, at: datetime, remarks: str = ""
) -> StatusUpdate:
    """Publish a submitted update at once. A correction supersedes the update that it corrects.

    It waits for whoever decides at the same moment that the programme has ended, and heeds it.

    ``LaterPeriodPublishedError`` if a later month is public already. ``EndedError`` if the programme
    has ended since it was written. ``IncompleteError`` if the status is complete and a milestone has
    been opened again since, or if one for the same month was published since it was written.
    """
    with action("programme.status_published", by=by, reason=remarks):
        _lock(update.programme)
        at = Present.now(UTC)
        row = _to_decide(update, UpdateState.PUBLISHED, seen, by)
        _require_timely(row, at)
        row.state = UpdateState.PUBLISHED
        row.decided_by, row.decided_at, row.decision_remarks = by, at, remarks.strip()
        return publish(row, at=at)


def overtaken_by(update: StatusUpdate, at: datetime) -> str:
    """What came before a submitted update, so that it can only be returned; empty if nothing did."""
    try:
        _require_timely(update, at)
    except (IncompleteError, LaterPeriodPublishedError) as refused:
        return str(refused).removesuffix(".") + "."
    return ""


def discard_status(
    *, update: StatusUpdate, seen: str, by: User, at: datetime, reason: str = ""
) -> None:
    """Delete a draft or a returned update. Its history stays.

    ``reason``: why, for another person's; its author reads it. ``IncompleteError`` without.
    """
    with action("programme.status_discarded", by=by, reason=reason):
        row = _locked(update)
        if row.state not in (UpdateState.DRAFT, UpdateState.RETURNED):
            raise TransitionError(row)
        require_seen(row, seen)
        if row.author != by:
            require_reason(reason)
        row.delete()


def submission_errors(update: StatusUpdate, at: datetime) -> list[tuple[str, str]]:
    """The rules that an update breaks, as pairs (field, what to do). Empty: it may be submitted."""
    errors = StatusUpdate.objects.facts(update.programme, update.period, at).errors_of(update)
    if refusal := update.refusal(at) or _refusal_before_end(update):
        errors.append(("status", refusal))
    if not update.reason and update.corrects(at):
        errors.append(("reason", "Say what was wrong in the published update"))
    return errors


def _write(row, values, by, at, *, anyway=False):
    """Save an author's values in an update, and count its version up.

    If nothing changed, nothing is saved, unless ``anyway``. ``ValueError`` for a field that authors
    do not write.
    """
    new = {name: value for name, value in values.items() if getattr(row, name) != value}
    unknown = set(values) - set(AUTHOR_FIELDS)
    if unknown:
        raise ValueError(f"An author does not write {', '.join(sorted(unknown))}.")
    if row.pk and not new and not anyway:
        return row
    for name, value in new.items():
        setattr(row, name, value)
    _require_going_on(row, at)
    row.version += 1
    if new or not row.pk:
        row.author, row.edited_at = by, at
    row.save()
    return row


def _require_going_on(row, at):
    if refusal := row.refusal(at) or _refusal_before_end(row):
        raise EndedError([("status", refusal)])


def _refusal_before_end(update):
    """That the programme is to end on a day, where an update says before it that it has; else empty."""
    end = ends_to_come().get(update.programme.slug) if update.is_end else None
    instead = "Its last status comes with that. If it ends earlier, move or call off that end."
    return f"{end.words} {instead}" if end else ""


def _require_timely(row, at):
    """Raise if, since the update was written, the programme has ended, another status was published,
    or a milestone of what it calls complete was opened again."""
    _require_going_on(row, at)
    if row.corrects(at):
        if not row.reason:
            raise IncompleteError([("reason", "Another status was published for this month")])
    elif row.programme.updates.live(at).filter(period__gt=row.period).exists():
        raise LaterPeriodPublishedError("A later month is public already")
    facts = StatusUpdate.objects.facts(row.programme, row.period, at)
    if row.status == Status.COMPLETE and facts.milestones_open:
        raise IncompleteError(facts.errors_of(row))


def _to_decide(update, state, seen, by):
    row = _locked(update)
    if not row.may_become(state):
        raise TransitionError(row)
    require_seen(row, seen)
    require_other_person(row, by)
    return row


def _locked(update):
    """The update as it is now, locked for this transaction. ``TransitionError`` if it is gone."""
    row = StatusUpdate.objects.select_for_update().filter(pk=update.pk).first()
    if row is None:
        raise TransitionError(update)
    return row


def _lock(programme):
    """Lock the programme, so that nobody else begins an update of it at the same time."""
    Programme.objects.select_for_update().get(pk=programme.pk)
