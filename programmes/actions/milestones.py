"""Every way in which milestones change. A change is public at once; nobody approves it.

The actions that change a milestone take ``seen``, the ``seen_token`` of the statement that the
person had before them. They raise ``StaleError`` if another statement is current now,
``TransitionError`` if the new state may not follow the old one, and ``IncompleteError`` if a reason
is needed and missing.
"""

from datetime import date, datetime

from bhcp_portal.kit.actions import (
    IncompleteError,
    TransitionError,
    free_slug,
    publish,
    require_reason,
    require_seen,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day, span
from partners.models import User
from programmes.models import Milestone, MilestoneDate, Programme

# A newer statement of a milestone copies these fields from the older one, but for the changes.
CARRIED_OVER = (
    "title",
    "description",
    "state",
    "is_critical",
    "due_as",
    "due_on",
    "done_as",
    "done_on",
)


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
    """Create a milestone and publish its first statement. Sent twice, it is created once.

    ``due_as``: a day, month or year, as ``span`` reads it; ``ValueError`` if it is none.
    """
    with action("programme.milestone_added", by=by):
        Programme.objects.select_for_update().get(pk=programme.pk)
        said = {"title": title, "description": description, "is_critical": is_critical}
        said |= {"author": by, **_pair("due", due_as)}
        first = MilestoneDate.objects.live(at).filter(
            milestone__programme=programme, state=MilestoneDate.State.PLANNED, **said
        )
        if begun := first.select_related("milestone").first():
            return begun.milestone
        slug = free_slug(Milestone, f"{programme.slug} {title}")
        milestone = Milestone.objects.create(slug=slug, programme=programme)
        first = MilestoneDate(milestone=milestone, state=MilestoneDate.State.PLANNED, **said)
        publish(first, at=at)
        return milestone


def start_milestone(
    *, milestone: Milestone, seen: str, by: User, at: datetime, reason: str = ""
) -> MilestoneDate:
    """Publish that work on a milestone is in progress.

    If it was done or dropped, this takes that back and needs a reason.
    """
    state = MilestoneDate.State.IN_PROGRESS
    changes = {"state": state, **_pair("done", "")}
    return _publish_change("started", milestone, seen, changes, by=by, at=at, reason=reason)


def finish_milestone(
    *, milestone: Milestone, seen: str, done_as: str, by: User, at: datetime
) -> MilestoneDate:
    """Publish that a milestone was reached. ``done_as``: when, as a day, month or year.

    ``IncompleteError`` if that lies in the future.
    """
    changes = {"state": MilestoneDate.State.DONE, **_pair("done", done_as)}
    if span(done_as).first > london_day(at):
        raise IncompleteError([("done", "The day it was done must be today or earlier")])
    return _publish_change("finished", milestone, seen, changes, by=by, at=at)


def move_milestone(
    *, milestone: Milestone, seen: str, due_as: str, reason: str, by: User, at: datetime
) -> MilestoneDate:
    """Publish a new due date and why it changed. ``due_as``: a day, month or year."""
    return _publish_change(
        "moved", milestone, seen, _pair("due", due_as), by=by, at=at, reason=reason
    )


def drop_milestone(
    *, milestone: Milestone, seen: str, reason: str, by: User, at: datetime
) -> MilestoneDate:
    """Publish that a milestone will not be reached, and why."""
    changes = {"state": MilestoneDate.State.DROPPED}
    return _publish_change("dropped", milestone, seen, changes, by=by, at=at, reason=reason)


def _publish_change(what, milestone, seen, changes, *, by, at, reason=""):
    """Publish a newer statement of a milestone: the older one's fields with some changes."""
    with action(f"programme.milestone_{what}", by=by, reason=reason):
        Milestone.objects.select_for_update().get(pk=milestone.pk)
        old = milestone.dates.published().get(superseded_at=None)
        require_seen(old, seen)
        if not old.may_become(changes.get("state", old.state)):
            raise TransitionError(old)
        needs_reason = what in ("moved", "dropped") or not old.is_open
        if needs_reason:
            require_reason(reason)
        carried_over = {name: getattr(old, name) for name in CARRIED_OVER}
        new = MilestoneDate(
            milestone=milestone, author=by, reason=reason.strip(), **(carried_over | changes)
        )
        return publish(new, at=at)


def _pair(name, text) -> dict[str, str | date | None]:
    """The two fields that a written date fills: its text in ``…_as``, its last day in ``…_on``."""
    return {f"{name}_as": text, f"{name}_on": span(text).last if text else None}
