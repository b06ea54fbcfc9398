"""Every way in which milestones change. Each is a proposal that another person publishes.

The actions that change a milestone take ``seen``, the ``seen_token`` of the statement that the
person had before them. They raise ``WaitingError`` if another change waits already, ``StaleError``
if another statement is current now, ``TransitionError`` if the new state may not follow the old
one, and ``IncompleteError`` if a reason is needed and missing, or if the programme has ended.
"""

from datetime import date, datetime

from bhcp_portal.kit.actions import (
    IncompleteError,
    TransitionError,
    free_slug,
    require_reason,
    require_seen,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day, span
from bhcp_portal.kit.proposals import propose
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


def propose_milestone(
    *,
    programme: Programme,
    title: str,
    due_as: str,
    by: User,
    at: datetime,
    description: str = "",
    is_critical: bool = False,
    milestone: Milestone | None = None,
) -> MilestoneDate:
    """Create a milestone with its first statement, which waits. Sent twice, it is created once.

    ``milestone``: one of which nothing stands any more, to be said again in place of a new one.
    ``due_as``: a day, month or year, as ``span`` reads it; ``ValueError`` if it is none.
    ``IncompleteError`` if the programme has ended.
    """
    with action("programme.milestone_proposed", by=by):
        Programme.objects.select_for_update().get(pk=programme.pk)
        fields = {"title": title, "description": description, "is_critical": is_critical}
        fields |= {"state": MilestoneDate.State.PLANNED, "author": by, **_pair("due", due_as)}
        waiting = MilestoneDate.objects.drafts().filter(milestone__programme=programme, **fields)
        if begun := waiting.first():
            return begun
        alike = MilestoneDate.objects.filter(
            milestone__programme=programme, title__iexact=title.strip()
        )
        if other := alike.drafts().first():
            raise IncompleteError([("title", f"{other.author} proposed this milestone already.")])
        if alike.live(at).exists():
            raise IncompleteError([("title", MilestoneDate.ON_RECORD.format(title))])
        if milestone is None:
            slug = free_slug(Milestone, f"{programme.slug} {title}")
            milestone = Milestone.objects.create(slug=slug, programme=programme)
        elif (standing := milestone.dates.live(at).first()) or milestone.dates.drafts().exists():
            words = standing.title if standing else title
            raise IncompleteError([("title", MilestoneDate.ON_RECORD.format(words))])
        return _propose(MilestoneDate(milestone=milestone, **fields), at)


def propose_start(
    *, milestone: Milestone, seen: str, by: User, at: datetime, reason: str = ""
) -> MilestoneDate:
    """Propose to say that work on a milestone is in progress.

    If it was done or dropped, this takes that back and needs a reason.
    """
    state = MilestoneDate.State.IN_PROGRESS
    changes = {"state": state, **_pair("done", "")}
    return _propose_change("started", milestone, seen, changes, by=by, at=at, reason=reason)


def propose_finish(
    *, milestone: Milestone, seen: str, done_as: str, by: User, at: datetime
) -> MilestoneDate:
    """Propose to say that a milestone was reached. ``done_as``: when, as a day, month or year.

    ``IncompleteError`` if that lies in the future.
    """
    changes = {"state": MilestoneDate.State.DONE, **_pair("done", done_as)}
    if span(done_as).first > london_day(at):
        raise IncompleteError([("done", "The day it was done must be today or earlier")])
    return _propose_change("finished", milestone, seen, changes, by=by, at=at)


def propose_move(
    *, milestone: Milestone, seen: str, due_as: str, reason: str, by: User, at: datetime
) -> MilestoneDate:
    """Propose a new due date and why it changed. ``due_as``: a day, month or year."""
    return _propose_change(
        "moved", milestone, seen, _pair("due", due_as), by=by, at=at, reason=reason
    )


def propose_drop(
    *, milestone: Milestone, seen: str, reason: str, by: User, at: datetime
) -> MilestoneDate:
    """Propose to say that a milestone will not be reached, and why."""
    changes = {"state": MilestoneDate.State.DROPPED}
    return _propose_change("dropped", milestone, seen, changes, by=by, at=at, reason=reason)


def _propose_change(what, milestone, seen, changes, *, by, at, reason=""):
    """Propose a newer statement of a milestone: the older one's fields with some changes."""
    with action(f"programme.milestone_{what}_proposed", by=by, reason=reason):
        Milestone.objects.select_for_update().get(pk=milestone.pk)
        old = milestone.dates.live(at).get()
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
        return _propose(new, at)


def _propose(new, at):
    if refusal := new.refusal(at):
        raise IncompleteError([(None, refusal)])
    return propose(new)


def _pair(name, text) -> dict[str, str | date | None]:
    """The two fields that a written date fills: its text in ``…_as``, its last day in ``…_on``."""
    return {f"{name}_as": text, f"{name}_on": span(text).last if text else None}
