"""Metrics as the staff who work on them see them: what is late, and what waits to be checked."""

from dataclasses import dataclass

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import day_in_words
from bhcp_portal.kit.numbers import number
from bhcp_portal.kit.proposals import kinds_decided_by, proposals
from iccs.models import Icc
from metrics.models import (
    WHOLE_BAY,
    Metric,
    MetricProfile,
    Target,
)
from metrics.models.metric import CARD_FIELDS
from metrics.verdict import WHOLE_BAY_NAME, Verdict, main_series, verdicts
from partners.models import Partner
from partners.roles import CHANGE_METRICS


def scopes_of(metric, *, at, day):
    """The scopes that a reading of a metric may have, as choices of (code, name).

    They are the whole area, every partner that has a series of the metric, and every ICC.
    """
    names = {WHOLE_BAY: WHOLE_BAY_NAME}
    partners = Partner.objects.with_name(at, day).in_bulk(
        list(metric.series.exclude(partner=None).values_list("partner", flat=True))
    )
    names |= {partner.code: partner.name for partner in partners.values()}
    for icc in Icc.objects.known_at(at).with_profile(at):
        names[icc.code] = icc.profile.name
    return list(names.items())


NEW_CARD = {
    "multiplier": 1,
    "decimals": 0,
    "frequency": "month",
    "uses_spc": True,
    "small_numbers": MetricProfile.SmallNumbers.HIDE,
    "state": MetricProfile.State.PREVIEW,
    "main_scope": WHOLE_BAY,
}


@dataclass(frozen=True, slots=True)
class StaffMetric:
    """A metric in the staff list: its card, its main verdict, and whether a draft card waits."""

    metric: Metric
    card: MetricProfile
    verdict: Verdict | None
    waits: bool


def rows(user, permission, moment):
    """Metrics accessible to a person, as ``StaffMetric``: the longest late first, then by name."""
    at = moment.at
    found = list(Metric.objects.accessible_with_drafts(user, permission, at).with_profile(at))
    drafts = {
        draft.metric_id: draft for draft in MetricProfile.objects.drafts().filter(metric__in=found)
    }
    main = main_series([metric.pk for metric in found], at)
    judged = {each.metric.pk: each for each in verdicts(main.values(), at=at, day=moment.today)}
    made = [
        StaffMetric(
            metric, metric.profile or drafts[metric.pk], judged.get(metric.pk), metric.pk in drafts
        )
        for metric in found
        if metric.profile or metric.pk in drafts
    ]
    return sorted(made, key=lambda row: (-_late(row), row.card.name))


def _late(row):
    fresh = row.verdict.freshness if row.verdict else None
    return fresh.days_late if fresh else 0


def metric_context(metric, moment):
    """The context of the staff page of a metric."""
    at = moment.at
    series = list(metric.series.with_scope().main_first(at))
    return {
        "metric": metric,
        "draft": metric.profiles.drafts().select_related("author").first(),
        "verdicts": verdicts(series, at=at, day=moment.today),
        "proposed": [
            (kind.one, kind.model._meta.model_name, draft)
            for kind in kinds_decided_by(CHANGE_METRICS)
            for draft in proposals(kind, Metric.objects.filter(pk=metric.pk))
        ],
    }


def card_initial(card):
    """The initial values of a card's form: all fields of ``card``; without one those of a new card.

    The reason of a live card is left out, because it belongs to that change alone.
    """
    if card is None:
        return NEW_CARD | {"seen": seen_token(None)}
    fields = {name.removesuffix("_id"): getattr(card, name) for name in CARD_FIELDS}
    fields["main_scope"] = card.main_scope
    if card.is_published:
        fields["reason"] = ""
    return fields | {"seen": seen_token(card)}


@dataclass(frozen=True, slots=True)
class CardLine:
    """A field of a card in words, beside what the public card says there."""

    label: str
    now: str
    before: str


def facts_beside(proposal, metric, *, at, day):
    """Sentences that one needs beside what is proposed of a metric, loaded ``with_profile``."""
    facts = []
    if hasattr(proposal, "series"):
        places = dict(scopes_of(metric, at=at, day=day))
        facts = [f"Where: {places[proposal.series.scope]}."]
    if isinstance(proposal, Target):
        facts.append(f"{metric.profile.which_is_better}.")
    return facts


def compared(draft, standing):
    """A draft beside the live card, field by field: the lines that change, and those that stay.

    Fields that are empty in both are left out. ``standing`` is ``None`` if there is no live card.
    """
    changed, same = [], []
    for name in CARD_FIELDS:
        if name == "main_partner_id":  # told with the ICC, as one place
            continue
        field = MetricProfile._meta.get_field(name.removesuffix("_id"))
        now, before = _in_words(draft, field.name), _in_words(standing, field.name)
        if field.name == "reason":
            before = ""
        if now or before:
            line = CardLine(field.verbose_name.capitalize(), now, before)
            (same if now == before else changed).append(line)
    return changed, same


def _in_words(card, name):
    if card is None:
        return ""
    if name == "main_icc":
        return card.main_scope
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


def target_initial(target):
    """The fields of a live target as the initial values of its form; empty for ``None``."""
    fields = ("kind", "value", "starts_on", "ends_on", "words", "source", "for_verdict")
    if target is None:
        return {}
    return {name: getattr(target, name) for name in fields} | {"scope": target.series.scope}


def target_stands(target):
    """A sentence that says what to do if a target of this kind and first day is live already."""
    if target is None:
        return "The target you wanted to replace is gone. Check what stands now."
    return (
        f"A target of {number(target.value)} of this kind holds from {day_in_words(target.starts_on)} "
        "already. To replace it, say why, and send this again."
    )
