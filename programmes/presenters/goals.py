"""Objectives and goals, in their order."""

from programmes.models import (
    Objective,
)


def objectives(meanings):
    """``ObjectiveMeaning`` statements in the order of ``Objective``."""
    order = list(Objective)
    return sorted(meanings, key=lambda statement: order.index(statement.objective))


def in_order(known):
    """Goals, loaded ``with_profile``, in the order their source gives them, then by name."""
    return sorted(known, key=lambda goal: (goal.profile.position, goal.profile.name))
