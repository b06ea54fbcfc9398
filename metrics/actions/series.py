"""All actions that change what is said about a series: targets, re-bases and notes on charts.

A re-base is published by a person who did not propose it. A target or a note is public at once.
"""

from datetime import date, datetime

from bhcp_portal.kit.actions import (
    IncompleteError,
    locked_draft,
    publish,
    require_other_person,
    require_reason,
    require_seen,
    says_the_same,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day
from metrics.models import ChartNote, Rebase, Series, Target
from partners.models import User


class WaitingError(IncompleteError):
    """A re-base from the same day is proposed already and waits for another person."""

    def __init__(self):
        sentence = "This is proposed already and waits for another person."
        super().__init__([("starts_on", sentence)])


def propose_rebase(
    *,
    series: Series,
    starts_on: date,
    why: str,
    what_changed: str,
    decided_by: str,
    by: User,
    at: datetime,
    applies: bool = True,
) -> Rebase:
    """Propose that limits start anew from a period or, without ``applies``, that they no longer do.

    Another person approves it. Raises ``WaitingError`` if a proposal for that day waits already,
    and ``IncompleteError`` if ``starts_on`` is in the future or nothing would change.
    """
    with action("metric.rebase_proposed", by=by, reason=why):
        _lock(series)
        if starts_on > london_day(at):
            raise IncompleteError([("starts_on", "Enter a day that has been")])
        if series.rebases.drafts().filter(starts_on=starts_on).exists():
            raise WaitingError
        standing = series.rebases.live(at).filter(starts_on=starts_on).first()
        if applies == bool(standing and standing.applies):
            raise IncompleteError(
                [
                    (
                        "starts_on",
                        "Limits start anew there already"
                        if applies
                        else "They do not start anew there",
                    )
                ]
            )
        return Rebase.objects.create(
            series=series,
            starts_on=starts_on,
            why=why,
            what_changed=what_changed,
            decided_by=decided_by,
            applies=applies,
            reason=why if standing else "",
            author=by,
        )


def approve_rebase(*, rebase: Rebase, by: User, at: datetime) -> Rebase:
    """Publish a re-base that another person proposed. It is public at once.

    Raises ``GoneError`` if the draft is published or deleted, ``SamePersonError`` for its author.
    """
    with action("metric.rebase_approved", by=by):
        draft = locked_draft(Rebase, rebase)
        require_other_person(draft, by)
        draft.approved_by = by
        return publish(draft, at=at)


def refuse_rebase(*, rebase: Rebase, reason: str, by: User, at: datetime) -> None:
    """Delete a proposed re-base, with a reason. Its author may take it back in the same way.

    Raises ``GoneError`` if the draft is published or deleted, ``IncompleteError`` without a reason.
    """
    with action("metric.rebase_refused", by=by, reason=reason):
        draft = locked_draft(Rebase, rebase)
        require_reason(reason)
        draft.delete()


def set_target(*, series: Series, values: dict, seen: str, by: User, at: datetime) -> Target:
    """Publish a target of a series. It supersedes the live target of the same kind and first day.

    ``values`` are the fields of the target. ``seen`` is the token of the live target that the
    person had before them. Raises ``StaleError`` if that target changed, ``IncompleteError`` if it
    would be replaced without a reason. Sent twice, it is published once.
    """
    with action("metric.target_set", by=by, reason=values.get("reason", "")):
        _lock(series)
        there = series.targets.live(at).filter(kind=values["kind"], starts_on=values["starts_on"])
        standing = there.first()
        if says_the_same(standing, values | {"author_id": by.pk}):
            return standing
        require_seen(standing, seen)
        if standing and not values.get("reason", "").strip():
            raise IncompleteError([("reason", "Say why the target changes")])
        return publish(Target(series=series, author=by, **values), at=at)


def note_chart(
    *, series: Series, period: date, words: str, by: User, at: datetime, reason: str = ""
) -> ChartNote:
    """Publish a note on what happened in a period. It supersedes the live note on that period.

    Raises ``IncompleteError`` if a note would be replaced without a reason. Sent twice, it is
    published once.
    """
    with action("metric.chart_noted", by=by, reason=reason):
        _lock(series)
        standing = series.chart_notes.live(at).filter(period=period).first()
        said = {"words": words, "reason": reason, "author_id": by.pk}
        if says_the_same(standing, said):
            return standing
        if standing and not reason.strip():
            raise IncompleteError(
                [("reason", "Something is noted there already. Say why it changes")]
            )
        note = ChartNote(series=series, period=period, words=words, reason=reason, author=by)
        return publish(note, at=at)


def _lock(series):
    """Lock a series against other changes until the transaction ends; a new one is saved first."""
    if series.pk is None:
        series.save()
    Series.objects.select_for_update().get(pk=series.pk)
