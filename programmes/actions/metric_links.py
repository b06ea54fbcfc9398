"""Every way in which programmes and goals are linked to metrics. A link is public at once."""

from datetime import datetime

from bhcp_portal.kit.actions import (
    IncompleteError,
    StaleError,
    publish,
    require_reason,
    says_the_same,
)
from bhcp_portal.kit.audit import action
from metrics.models import Metric
from partners.models import User
from programmes.models import Goal, MetricGoal, MetricProgramme, Programme


def link_metric(
    *,
    metric: Metric,
    to: Programme | Goal,
    words: str,
    by: User,
    at: datetime,
    reason: str = "",
) -> MetricProgramme | MetricGoal:
    """Publish that a metric belongs to a programme or a goal, and in ``words`` how.

    ``reason``: why it is linked again, if the link was taken back before. ``IncompleteError`` if
    the link exists already, or if that reason is missing. Sent twice, it is published once.
    """
    with action("metric.linked", by=by, reason=reason):
        Metric.objects.select_for_update().get(pk=metric.pk)
        links = metric.goal_links if isinstance(to, Goal) else metric.programme_links
        other = {"goal": to} if isinstance(to, Goal) else {"programme": to}
        standing = links.live(at).filter(**other).first()
        if says_the_same(standing, {"words": words, "applies": True, "author_id": by.pk}):
            return standing
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
    """Publish that a link no longer applies, and why.

    ``IncompleteError`` without a reason; ``StaleError`` if the link is no longer the current one.
    """
    with action("metric.link_taken_back", by=by, reason=reason):
        require_reason(reason)
        Metric.objects.select_for_update().get(pk=link.metric_id)
        model = type(link)
        standing = model.objects.applying(at).filter(pk=link.pk).first()
        if standing is None:
            raise StaleError(link)
        carried_over = {name: getattr(standing, name) for name in (*model.identity_fields, "words")}
        return publish(model(applies=False, reason=reason, author=by, **carried_over), at=at)
