"""The measures that programmes and goals mean to move."""

from metrics.models import Series
from metrics.presenters.list import in_turn, main_verdicts, shown
from metrics.verdict import verdicts


def measures_of(programme, *, at, day):
    """The metrics that a programme means to move, as a list of ``Shown``, by name; two queries.

    Each metric is shown once, in its main scope.
    """
    main = {}
    for series in Series.objects.linked_by(programme.metric_links.applying(at), at).with_scope():
        main.setdefault(series.metric_id, series)
    found = verdicts(main.values(), at=at, day=day, with_sources=False)
    return [shown(verdict) for verdict in in_turn(found)]


def by_goal(links, *, at, day):
    """The metrics of goals: a dict from a goal's primary key to pairs of ``Shown`` and link.

    ``links``: a queryset of ``MetricGoal``. Three queries.
    """
    links = list(links.with_metric(at))
    found = main_verdicts({link.metric for link in links}, at=at, day=day)
    of = {verdict.series.metric_id: shown(verdict) for verdict in found}
    goals = {}
    for link in links:
        if link.metric_id in of:
            goals.setdefault(link.goal_id, []).append((of[link.metric_id], link))
    return goals


def programmes_by_metric(links):
    """``MetricProgramme`` links, from ``by_programme``, in lists by the primary key of their metric."""
    found = {}
    for link in links:
        found.setdefault(link.metric_id, []).append(link)
    return found
