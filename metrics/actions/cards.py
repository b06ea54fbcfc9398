"""All actions that change the cards of metrics.

Views check who may do it (``staff_only`` and ``accessible_to``). A card is published by a person
who did not write it.
"""

from datetime import datetime

from bhcp_portal.kit.actions import (
    IncompleteError,
    free_slug,
    locked_draft,
    publish,
    require_other_person,
    require_reason,
    require_seen,
    says_the_same,
)
from bhcp_portal.kit.audit import action
from metrics.models import Metric, MetricProfile
from partners.models import User


def add_metric(*, code: str, values: dict, by: User, at: datetime) -> MetricProfile:
    """Create a metric with the draft of its card, and return the draft.

    It is public once another person publishes the card. ``values`` are the fields of the card. Sent
    twice, it is created once. Raises ``IncompleteError`` if another metric has the code.
    """
    with action("metric.added", by=by):
        slug = free_slug(Metric, values["short_name"])
        if there := Metric.objects.filter(code=code).first():
            draft = there.profiles.drafts().filter(author=by).first()
            if says_the_same(draft, values):
                return draft
            raise IncompleteError([("code", "Another measure has this code already")])
        metric = Metric.objects.create(code=code, slug=slug)
        return MetricProfile.objects.create(metric=metric, author=by, **values)


def write_card(*, metric: Metric, values: dict, seen: str, by: User, at: datetime) -> MetricProfile:
    """Write the draft of a metric's next card, or change it, and return it.

    ``values`` are the fields of the card. ``seen`` is the token of the draft, or else of the live
    card, that the person had before them. If nothing changes, nothing is written and what was there
    is given back. Raises ``StaleError`` if somebody changed it in between.
    """
    with action("metric.card_written", by=by):
        Metric.objects.select_for_update().get(pk=metric.pk)
        draft = metric.profiles.drafts().select_for_update().first()
        standing = metric.profiles.live(at).first()
        require_seen(draft or standing, seen)
        if says_the_same(draft or standing, values):
            return draft or standing
        draft = draft or MetricProfile(metric=metric)
        for name, value in values.items():
            setattr(draft, name, value)
        draft.author = by
        draft.version += 1
        draft.save()
        return draft


def publish_card(*, card: MetricProfile, seen: str, by: User, at: datetime) -> MetricProfile:
    """Publish a card that another person wrote, and return it.

    Raises ``GoneError`` if the draft is published or deleted, ``StaleError`` if it changed since
    the person saw it, and ``SamePersonError`` for its author.
    """
    with action("metric.card_published", by=by):
        draft = locked_draft(MetricProfile, card)
        require_seen(draft, seen)
        require_other_person(draft, by)
        draft.checked_by = by
        return publish(draft, at=at)


def discard_card(*, card: MetricProfile, seen: str, reason: str, by: User, at: datetime) -> None:
    """Delete the draft of a card, with a reason. A metric with no other card or series goes too.

    Raises ``GoneError`` if the draft is published or deleted, ``IncompleteError`` without a reason.
    """
    with action("metric.card_discarded", by=by, reason=reason):
        draft = locked_draft(MetricProfile, card)
        require_seen(draft, seen)
        require_reason(reason)
        metric = draft.metric
        draft.delete()
        if not metric.profiles.exists() and not metric.series.exists():
            metric.delete()
