"""Every way in which programmes and goals are linked to metrics. Another person publishes each."""

from datetime import datetime

from bhcp_portal.kit.actions import IncompleteError, StaleError, require_reason
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.proposals import propose
from metrics.models import Metric
from partners.models import User
from programmes.models import Goal, MetricGoal, MetricProgramme, Programme


def propose_link(
    *,
    metric: Metric,
    to: Programme | Goal,
    words: str,
    by: User,
    at: datetime,
    reason: str = "",
) -> MetricProgramme | MetricGoal:
    """Propose that a metric belongs to a programme or a goal, and in ``words`` how.

    ``reason``: why it is linked again, if the link was taken back before. ``IncompleteError`` if
    the link exists already, or if that reason is missing; ``WaitingError`` if one waits.
    """
    with action("metric.link_proposed", by=by, reason=reason):
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
        return propose(link, field="to")


def propose_link_end(
    *, link: MetricProgramme | MetricGoal, reason: str, by: User, at: datetime
) -> MetricProgramme | MetricGoal:
    """Propose that a link no longer applies, and why.

    ``IncompleteError`` without a reason; ``StaleError`` if the link is no longer the current one;
    ``WaitingError`` if another change of it waits.
    """
    with action("metric.link_end_proposed", by=by, reason=reason):
        require_reason(reason)
        Metric.objects.select_for_update().get(pk=link.metric_id)
        model = type(link)
        standing = model.objects.applying(at).filter(pk=link.pk).first()
        if standing is None:
            raise StaleError(link)
        carried_over = {name: getattr(standing, name) for name in (*model.identity_fields, "words")}
        return propose(
            model(applies=False, reason=reason, author=by, **carried_over), field="reason"
        )
