"""All proposals on what is said about a series: targets, re-bases and notes on charts.

Another person publishes each of them (``kit.proposals``).
"""

from datetime import date, datetime

from bhcp_portal.kit.actions import IncompleteError, require_seen
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.proposals import propose
from metrics.models import ChartNote, Rebase, Series, Target
from partners.models import User


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
        series = _locked(series)
        if starts_on > london_day(at):
            raise IncompleteError([("starts_on", "Enter a day that has been")])
        standing = series.rebases.live(at).filter(starts_on=starts_on).first()
        if applies == bool(standing and standing.applies):
            raise IncompleteError(
                [
                    (
                        "starts_on",
                        "Counting changed there already"
                        if applies
                        else "Counting did not change there",
                    )
                ]
            )
        rebase = Rebase(
            series=series,
            starts_on=starts_on,
            why=why,
            what_changed=what_changed,
            decided_by=decided_by,
            applies=applies,
            reason=why if standing else "",
            author=by,
        )
        return propose(rebase, field="starts_on")


def propose_target(*, series: Series, values: dict, seen: str, by: User, at: datetime) -> Target:
    """Propose a target of a series. It is to supersede the one of the same kind and first day.

    ``values`` are the fields of the target. ``seen`` is the token of the live target that the
    person had before them. Raises ``StaleError`` if that target changed, ``WaitingError`` if
    another proposal waits, ``IncompleteError`` if it would be replaced without a reason.
    """
    with action("metric.target_proposed", by=by, reason=values.get("reason", "")):
        series = _locked(series)
        there = series.targets.live(at).filter(kind=values["kind"], starts_on=values["starts_on"])
        standing = there.first()
        require_seen(standing, seen)
        if standing and not values.get("reason", "").strip():
            raise IncompleteError([("reason", "Say why the target changes")])
        return propose(Target(series=series, author=by, **values), field="starts_on")


def propose_note(
    *, series: Series, period: date, words: str, by: User, at: datetime, reason: str = ""
) -> ChartNote:
    """Propose a note on what happened in a period. It is to supersede the live note on that period.

    Raises ``WaitingError`` if another proposal waits, ``IncompleteError`` if a note would be
    replaced without a reason.
    """
    with action("metric.note_proposed", by=by, reason=reason):
        series = _locked(series)
        if series.chart_notes.live(at).filter(period=period).exists() and not reason.strip():
            raise IncompleteError(
                [("reason", "Something is noted there already. Say why it changes")]
            )
        note = ChartNote(series=series, period=period, words=words, reason=reason, author=by)
        return propose(note, field="period")


def _locked(series: Series) -> Series:
    """A series, locked until the transaction ends; a new one is saved first, once of several."""
    if series.pk is None:
        series, _ = Series.objects.get_or_create(
            metric=series.metric, icc=series.icc, partner=series.partner
        )
    return Series.objects.select_for_update().get(pk=series.pk)
