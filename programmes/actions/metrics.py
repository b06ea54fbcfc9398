"""Every way in which what is said of metrics changes: cards, targets, re-bases, notes on charts and links.

Who may do it is asked at the door (``staff_only`` and ``within_reach``). A card and a re-base are published by
another person than the one who wrote them; a target, a note and a link are public at once.
"""

from datetime import date, datetime
from hashlib import sha256

from bhcp_portal.kit.actions import free_slug, publish
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import london_day
from partners.models import User
from programmes.actions.work import (
    ActionError,
    IncompleteError,
    SamePersonError,
    StaleError,
)
from programmes.models import (
    ChartNote,
    Goal,
    Metric,
    MetricGoal,
    MetricProfile,
    MetricProgramme,
    Programme,
    Rebase,
    Series,
    Target,
)
from programmes.models.metric import ON_THE_CARD


class GoneError(ActionError):
    """What was to be decided on is public already, or was thrown away."""

    def __init__(self):
        super().__init__("Somebody decided on this before you did.")


class WaitingError(IncompleteError):
    """The same is proposed already and waits for another person."""

    def __init__(self):
        sentence = "This is proposed already and waits for another person."
        super().__init__([("starts_on", sentence)])


def fingerprint(card: MetricProfile | None) -> str:
    """What a card says, in few letters: two that say the same have the same. Empty for none."""
    if card is None:
        return ""
    said = [card.pk, *(getattr(card, name) for name in ON_THE_CARD)]
    return sha256(repr(said).encode()).hexdigest()[:16]


# -- cards ----------------------------------------------------------------------------------------


def add_metric(*, code: str, values: dict, by: User, at: datetime) -> MetricProfile:
    """A new metric with the draft of its card. It is public once another person has checked it."""
    with action("metric.added", by=by):
        if Metric.objects.filter(code=code).exists():
            raise IncompleteError([("code", "Another metric has this code already")])
        slug = free_slug(Metric, values["short_name"])
        metric = Metric.objects.create(code=code, slug=slug)
        return MetricProfile.objects.create(metric=metric, author=by, **values)


def write_card(*, metric: Metric, values: dict, seen: str, by: User, at: datetime) -> MetricProfile:
    """The draft of a newer card, begun or changed. ``StaleError`` where somebody changed it in between."""
    with action("metric.card_written", by=by):
        Metric.objects.select_for_update().get(pk=metric.pk)
        draft = metric.profiles.drafts().first()
        standing = metric.profiles.live(at).first()
        if fingerprint(draft or standing) != seen:
            raise StaleError(draft or standing)
        draft = draft or MetricProfile(metric=metric)
        for name, value in values.items():
            setattr(draft, name, value)
        draft.author = by
        draft.save()
        return draft


def publish_card(*, card: MetricProfile, seen: str, by: User, at: datetime) -> MetricProfile:
    """Publish a card that another person wrote."""
    with action("metric.card_published", by=by):
        draft = _held(MetricProfile, card)
        if fingerprint(draft) != seen:
            raise StaleError(draft)
        _another(draft, by)
        draft.checked_by = by
        return publish(draft, at=at)


def discard_card(*, card: MetricProfile, reason: str, by: User, at: datetime) -> None:
    """Throw the draft of a card away and say why. A metric that never had another goes with it."""
    with action("metric.card_discarded", by=by, reason=reason):
        draft = _held(MetricProfile, card)
        _because(reason)
        metric = draft.metric
        draft.delete()
        if not metric.profiles.exists() and not metric.series.exists():
            metric.delete()


# -- re-bases -------------------------------------------------------------------------------------


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
    """Propose that limits start anew from a period, or no longer do. Another person approves it."""
    with action("metric.rebase_proposed", by=by, reason=why):
        _hold(series)
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
    """Let limits start anew as another person proposed. Public at once."""
    with action("metric.rebase_approved", by=by):
        draft = _held(Rebase, rebase)
        _another(draft, by)
        draft.approved_by = by
        return publish(draft, at=at)


def refuse_rebase(*, rebase: Rebase, reason: str, by: User, at: datetime) -> None:
    """Throw a proposal away and say why. The one who made it may take it back so."""
    with action("metric.rebase_refused", by=by, reason=reason):
        draft = _held(Rebase, rebase)
        _because(reason)
        draft.delete()


# -- targets and notes ----------------------------------------------------------------------------


def set_target(*, series: Series, values: dict, seen: int, by: User, at: datetime) -> Target:
    """Say what a series should reach. It takes the place of one of the same kind and first day.

    ``seen``: the key of that one as the person had it before them, 0 for none.
    """
    with action("metric.target_set", by=by, reason=values.get("reason", "")):
        _hold(series)
        there = series.targets.live(at).filter(kind=values["kind"], starts_on=values["starts_on"])
        standing = there.first()
        if (standing.pk if standing else 0) != seen:
            raise StaleError(standing)
        if standing and not values.get("reason", "").strip():
            raise IncompleteError([("reason", "Say why the target changes")])
        return publish(Target(series=series, author=by, **values), at=at)


def note_chart(
    *, series: Series, period: date, words: str, by: User, at: datetime, reason: str = ""
) -> ChartNote:
    """Say what happened in a period. It takes the place of what was noted there, for a reason."""
    with action("metric.chart_noted", by=by, reason=reason):
        _hold(series)
        if series.chart_notes.live(at).filter(period=period).exists() and not reason.strip():
            raise IncompleteError(
                [("reason", "Something is noted there already. Say why it changes")]
            )
        note = ChartNote(series=series, period=period, words=words, reason=reason, author=by)
        return publish(note, at=at)


# -- what a metric is linked to --------------------------------------------------------------------


def link_metric(
    *,
    metric: Metric,
    to: Programme | Goal,
    words: str,
    by: User,
    at: datetime,
    reason: str = "",
) -> MetricProgramme | MetricGoal:
    """Say that a metric belongs to a programme or a goal, and how; for a reason, where that was taken back."""
    with action("metric.linked", by=by, reason=reason):
        Metric.objects.select_for_update().get(pk=metric.pk)
        links = metric.goal_links if isinstance(to, Goal) else metric.programme_links
        other = {"goal": to} if isinstance(to, Goal) else {"programme": to}
        standing = links.live(at).filter(**other).first()
        if standing and standing.applies:
            raise IncompleteError(
                [("to", "It is linked to this already. To change how, take that link back first")]
            )
        if standing and not reason.strip():
            raise IncompleteError(
                [("reason", "This link was taken back before. Say why it is made again")]
            )
        link = links.model(metric=metric, words=words, reason=reason, author=by, **other)
        return publish(link, at=at)


def take_back_link(
    *, link: MetricProgramme | MetricGoal, reason: str, by: User, at: datetime
) -> MetricProgramme | MetricGoal:
    """Say that a link no longer applies, and why. ``StaleError`` where it is not what stands."""
    with action("metric.link_taken_back", by=by, reason=reason):
        _because(reason)
        Metric.objects.select_for_update().get(pk=link.metric_id)
        model = type(link)
        standing = model.objects.applying(at).filter(pk=link.pk).first()
        if standing is None:
            raise StaleError(link)
        said = {name: getattr(standing, name) for name in (*model.same, "words")}
        return publish(model(applies=False, reason=reason, author=by, **said), at=at)


# -- what they share ------------------------------------------------------------------------------


def _hold(series):
    """Hold back whoever else would change what is said of the series, which may be a new one."""
    if series.pk is None:
        series.save()
    Series.objects.select_for_update().get(pk=series.pk)


def _held(model, row):
    """The draft as it stands, held until the transaction ends. ``GoneError`` where it is gone or public."""
    draft = model.objects.drafts().select_for_update().filter(pk=row.pk).first()
    if draft is None:
        raise GoneError
    return draft


def _another(draft, by):
    if draft.author_id == by.pk:
        raise SamePersonError


def _because(reason):
    if not reason.strip():
        raise IncompleteError([("reason", "Say why")])
