"""The measures that programmes and goals mean to move."""

from metrics.presenters.list import main_verdicts, shown


def measures_of(programme, *, at, day):
    """The metrics that a programme means to move, as a list of ``Shown``, by name; three queries.

    Each metric with readings is shown once, in its main scope. Its series says ``link_words`` and
    ``link_certainty``: how the link says that the two belong together, and how sure that is.
    """
    links = programme.metric_links.applying(at).select_related("metric")
    of = {link.metric_id: link for link in links}
    found = main_verdicts([link.metric for link in of.values()], at=at, day=day)
    measures = []
    for verdict in found:
        series = verdict.series
        if series.pk:
            link = of[series.metric_id]
            series.link_words, series.link_certainty = link.words, link.certainty
            measures.append(shown(verdict))
    return measures


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
