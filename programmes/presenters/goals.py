"""Objectives and goals, in their order."""

from collections import Counter
from dataclasses import dataclass
from itertools import chain

from programmes.models import Goal, Objective


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, the programmes that mean to move what is counted for it, and what is counted.

    ``measures``: pairs of ``Shown`` and its ``MetricGoal``. ``programmes``: ``MetricProgramme`` links,
    each programme once.
    """

    goal: Goal
    programmes: list
    measures: list


def goal_row(goal, measures, working):
    """The ``GoalRow`` of a goal. ``working``: see ``programmes_by_metric``."""
    links = [link for _, of in measures for link in working.get(of.metric_id, [])]
    return GoalRow(goal, list({link.programme_id: link for link in links}.values()), measures)


def objectives(meanings, served):
    """``ObjectiveMeaning`` statements in the order of ``Objective``, each with its number of programmes.

    ``served``: the objectives of each programme, as lists. Pairs (statement, number).
    """
    order, numbers = list(Objective), Counter(chain.from_iterable(served))
    ordered = sorted(meanings, key=lambda statement: order.index(statement.objective))
    return [(statement, numbers[statement.objective]) for statement in ordered]


def in_order(known):
    """Goals, loaded ``with_profile``, in the order their source gives them, then by name."""
    return sorted(known, key=lambda goal: (goal.profile.position, goal.profile.name))
