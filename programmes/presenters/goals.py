"""Objectives and goals, in their order."""

from programmes.models import (
    Objective,
)


def objectives(meanings):
    """What had been said of the objectives, in their own order."""
    order = list(Objective)
    return sorted(
        meanings.select_related("source"), key=lambda statement: order.index(statement.objective)
    )


def in_order(known):
    """The goals in the order their source gives them."""
    return sorted(known, key=lambda goal: (goal.profile.position, goal.profile.name))
