"""Objectives and goals, in their order."""

from collections import Counter
from dataclasses import dataclass
from itertools import chain

from metrics.models.frequency import in_period
from metrics.presenters.list import Shown
from metrics.spc.chart import SPARK_POINTS
from metrics.verdict import Trend, number_words
from programmes.models import Goal, MetricGoal, Objective


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, the programmes that mean to move what is counted for it, and what is counted.

    ``measures``: ``GoalMeasure``. ``programmes``: ``MetricProgramme`` links,
    each programme once.
    """

    goal: Goal
    programmes: list
    measures: list


@dataclass(frozen=True, slots=True)
class GoalMeasure:
    """A measure that is counted for a goal: ``shown``, its ``link``, and what came of the goal by it.

    ``came`` is a sentence, empty where it is too early to say one.
    """

    shown: Shown
    link: MetricGoal
    came: str

    @property
    def is_answered(self):
        """Whether the measure's own verdict, which calls neither direction better, is no answer."""
        return bool(self.came) and self.shown.verdict.profile.direction == "neutral"


def came_of(goal, verdict):
    """What became of a goal by a measure: ``From 635 in September 2023 to 590 in August 2025: fewer,
    as the goal asks.``

    Of the figures that a small line draws, and only of those counted as the latest is. Whether the
    goal asks for it is left out where the measure counts the other way round. Empty while it is too
    early to say; what chance explains is not called more or fewer.
    """
    if verdict.latest is None or verdict.trend == Trend.EARLY:
        return ""
    lately = verdict.numbered[-SPARK_POINTS:]
    drawn = [point for point in lately if point.period >= verdict.segment_begins]
    if len(drawn) < 2:
        return ""
    profile = verdict.profile
    first, last = (
        number_words(point.reading.number(profile.multiplier), profile)
        for point in (drawn[0], drawn[-1])
    )
    when, until = (in_period(point.period, profile.frequency) for point in (drawn[0], drawn[-1]))
    more, fewer = ("higher", "lower") if profile.is_percentage else ("more", "fewer")
    way = (drawn[-1].value > drawn[0].value) - (drawn[-1].value < drawn[0].value)
    went = "no change" if first == last else more if way > 0 else fewer
    if verdict.trend == Trend.NONE:
        went, way = "within its usual ups and downs", 0
    wanted = {"increase": 1, "decrease": -1}.get(goal.profile.direction)
    asks = ""
    if wanted and profile.direction in (goal.profile.direction, "neutral"):
        asks = (
            ", as the goal asks"
            if way == wanted
            else f"; the goal asks for {more if wanted > 0 else fewer}"
        )
    return f"From {first} {when} to {last} {until}: {went}{asks}."


def goal_row(goal, measures, working):
    """The ``GoalRow`` of a goal. ``working``: see ``programmes_by_metric``."""
    links = [link for _, of in measures for link in working.get(of.metric_id, [])]
    counted = [GoalMeasure(shown, of, came_of(goal, shown.verdict)) for shown, of in measures]
    return GoalRow(goal, list({link.programme_id: link for link in links}.values()), counted)


def objectives(meanings, served):
    """``ObjectiveMeaning`` statements in the order of ``Objective``, each with its number of programmes.

    ``served``: the objectives of each programme, as lists. Pairs (statement, number).
    """
    order, numbers = list(Objective), Counter(chain.from_iterable(served))
    ordered = sorted(meanings, key=lambda statement: order.index(statement.objective))
    return [(statement, numbers[statement.objective]) for statement in ordered]


def measures_of_goals(rows):
    """What is counted for some ``GoalRow``s, each measure once."""
    shown = [measure.shown for row in rows for measure in row.measures]
    return list({(each.verdict.metric.slug, each.verdict.scope): each for each in shown}.values())


def in_order(known):
    """Goals, loaded ``with_profile``, in the order their source gives them, then by name."""
    return sorted(known, key=lambda goal: (goal.profile.position, goal.profile.name))
