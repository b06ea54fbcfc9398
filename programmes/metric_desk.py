"""The metrics as those who work on them see them: what is late, what waits to be checked."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.inbox import Box, Entry
from bhcp_portal.kit.numbers import number
from partners.roles import CHANGE_METRICS
from programmes.models import Metric, MetricGoal, MetricProfile, MetricProgramme, Rebase
from programmes.models.metric import ON_THE_CARD
from programmes.verdict import Verdict, main_series, verdicts

# For so long a person is told that a draft was thrown away.
TOLD_FOR = timedelta(days=14)
NEW_CARD = {
    "multiplier": 1,
    "decimals": 0,
    "frequency": "month",
    "uses_spc": True,
    "small_numbers": MetricProfile.SmallNumbers.HIDE,
    "state": MetricProfile.State.PREVIEW,
}


def reached(user, permission, at):
    """The metrics within a person's reach, those of which only a draft is written yet too."""
    within = Metric.objects.within_reach(user, permission, at)
    partners = user.partners_with(permission)
    if partners is None:
        return within
    drafts = MetricProfile.objects.drafts().filter(owner__in=partners)
    new = Q(pk__in=drafts.values("metric")) & ~Q(pk__in=Metric.objects.known_at(at))
    return Metric.objects.filter(Q(pk__in=within) | new)


@dataclass(frozen=True, slots=True)
class Row:
    """A metric in the list: its card, how it stands, and whether a draft waits."""

    metric: Metric
    card: MetricProfile
    verdict: Verdict | None
    waits: bool


def rows(user, permission, moment):
    """The metrics within a person's reach, by name; what is late first."""
    at = moment.at
    found = list(reached(user, permission, at).with_profile(at))
    drafts = {
        draft.metric_id: draft for draft in MetricProfile.objects.drafts().filter(metric__in=found)
    }
    main = main_series([metric.pk for metric in found], at)
    told = {each.metric.pk: each for each in verdicts(main.values(), at=at, day=moment.today)}
    made = [
        Row(metric, metric.profile or drafts[metric.pk], told.get(metric.pk), metric.pk in drafts)
        for metric in found
        if metric.profile or metric.pk in drafts
    ]
    return sorted(made, key=lambda row: (-_late(row), row.card.name))


def _late(row):
    fresh = row.verdict.freshness if row.verdict else None
    return fresh.days_late if fresh else 0


def desk(metric, moment):
    """What the staff page of a metric shows."""
    at = moment.at
    series = list(metric.series.with_scope().main_first())
    return {
        "metric": metric,
        "draft": metric.profiles.drafts().select_related("author").first(),
        "verdicts": verdicts(series, at=at, day=moment.today),
        "proposed": Rebase.objects.drafts()
        .filter(series__in=series)
        .select_related("author", "series__metric", "series__icc", "series__partner"),
    }


@dataclass(frozen=True, slots=True)
class Link:
    """What a metric is linked to: ``programme`` or ``goal``, its name, and the statement that says so."""

    kind: str
    name: str
    said: MetricProgramme | MetricGoal


def links(metric, at):
    """What a metric is linked to at a moment: programmes by name, then goals in their order; two queries."""
    programmes = metric.programme_links.applying(at).by_programme(at).select_related("author")
    goals = metric.goal_links.applying(at).by_goal(at).select_related("author")
    return [
        *(Link("programme", said.programme_name, said) for said in programmes),
        *(Link("goal", said.goal_name, said) for said in goals),
    ]


def on_the_card(card):
    """What a card says, as the form begins with; the reason is for this change alone."""
    said = {name.removesuffix("_id"): getattr(card, name) for name in ON_THE_CARD}
    return said | {"reason": ""}


@dataclass(frozen=True, slots=True)
class Line:
    """A field of a card in words, beside what the public card says there."""

    label: str
    now: str
    before: str


def compared(draft, standing):
    """A draft field by field beside the public card: what it changes, and what stays as it is.

    What neither says is left out.
    """
    changed, same = [], []
    for name in ON_THE_CARD:
        field = MetricProfile._meta.get_field(name.removesuffix("_id"))
        now, before = _in_words(draft, field.name), _in_words(standing, field.name)
        if field.name == "reason":
            before = ""
        if now or before:
            line = Line(field.verbose_name.capitalize(), now, before)
            (same if now == before else changed).append(line)
    return changed, same


def _in_words(card, name):
    if card is None:
        return ""
    value = getattr(card, name)
    if name == "owner":
        return value.code if value else ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if hasattr(value, "year"):
        return day_in_words(value)
    if hasattr(value, "as_tuple"):
        return number(value)
    shown = getattr(card, f"get_{name}_display", None)
    return str(shown() if shown and value else "" if value is None else value)


def target_stands(target):
    """What to do where a target of this kind and first day stands already."""
    if target is None:
        return "The target you wanted to replace is gone. Check what stands now"
    return (
        f"A target of {number(target.value)} of this kind holds from {day_in_words(target.starts_on)} "
        "already. To replace it, say why, and send this again"
    )


def waiting_for(user, at):
    """What waits for a person about metrics, for the staff home page; each entry acts in one click."""
    if not user.has_perm(CHANGE_METRICS):
        return
    metrics = {metric.pk: metric for metric in reached(user, CHANGE_METRICS, at).with_profile(at)}
    for draft in MetricProfile.objects.drafts().filter(metric__in=metrics).select_related("author"):
        yield _entry(
            user,
            draft,
            f"metric card: {draft.name}",
            reverse("staff:metric_check", args=[metrics[draft.metric_id].slug]),
        )
    proposed = Rebase.objects.drafts().filter(series__metric__in=metrics)
    for draft in proposed.select_related("author", "series"):
        name = metrics[draft.series.metric_id].profile.name
        address = reverse("staff:rebase_decide", args=[draft.pk])
        yield _entry(user, draft, f"re-base: {name} from {day_in_words(draft.starts_on)}", address)
    yield from _thrown_away(user, at, metrics)


def _thrown_away(user, at, metrics):
    """The drafts of a person that somebody else threw away lately, with the reason, from the history."""
    lately = {"pgh_label": "delete", "author": user, "pgh_created_at__gte": at - TOLD_FOR}
    cards, rebases = (
        model.pgh_event_model.objects.filter(**lately).exclude(pgh_context__by=user.email)
        for model in (MetricProfile, Rebase)
    )
    found = [(card.metric_id, f"metric card: {card.name}", card) for card in cards]
    for rebase in rebases.select_related("series__metric"):
        metric = rebase.series.metric
        words = f"re-base: {metric.code} from {day_in_words(rebase.starts_on)}"
        found.append((metric.pk, words, rebase))
    for key, what, event in found:
        metric = metrics.get(key)
        yield Entry(
            Box.RETURNED,
            f"Thrown away: {what}",
            reverse("staff:metric", args=[metric.slug]) if metric else reverse("staff:metrics"),
            meta=f"{event.pgh_context['by']}: {event.pgh_context['reason']}",
        )


def _entry(user, draft, what, address):
    if draft.author_id == user.pk:
        return Entry(
            Box.SENT,
            what[0].upper() + what[1:],
            address,
            meta="You wrote it. Another person checks it",
        )
    return Entry(Box.DECIDE, f"Check {what}", address, meta=f"Written by {draft.author}")
