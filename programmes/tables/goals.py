"""The tables of objectives and goals."""

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    reference_column,
    slug_column,
    text_column,
    whole_column,
)
from metrics.models import Direction
from programmes.models import (
    Goal,
    GoalProfile,
    Objective,
    ObjectiveMeaning,
)


class GoalTable(Table):
    name = "goals"
    title = "Goals"
    means = "The outcome goals of the whole system."
    model = Goal
    key = ("slug",)
    columns = (slug_column(),)


class GoalProfileTable(Table):
    name = "goal_profiles"
    title = "What is said of goals"
    means = "What each goal is, its direction and the number that was set, if any."
    model = GoalProfile
    key = ("goal",)
    columns = (
        reference_column("goal", Goal, "slug of the goal"),
        text_column("name", "the goal in a few words", required=True),
        choice_column("direction", Direction, "which way it should move"),
        text_column("target_words", "the number that was set; empty: none was"),
        text_column("about", "more about it"),
        whole_column("position", "its place in the list"),
    )


class ObjectiveMeaningTable(Table):
    name = "objective_meanings"
    title = "What the objectives mean"
    means = "What the partners say that each of their three objectives means."
    model = ObjectiveMeaning
    key = ("objective",)
    columns = (
        choice_column("objective", Objective, "the objective"),
        text_column("meaning", "what it means", required=True),
    )


TABLES = (
    GoalTable(),
    GoalProfileTable(),
    ObjectiveMeaningTable(),
)
