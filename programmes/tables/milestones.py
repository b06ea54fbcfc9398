"""The tables of milestones."""

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    reference_column,
    slug_column,
    text_column,
    written_column,
    yes_no_column,
)
from programmes.models import (
    Milestone,
    MilestoneDate,
)
from programmes.tables.programmes import programme_column


class MilestoneTable(Table):
    name = "milestones"
    title = "Milestones"
    means = "The points that programmes mean to reach."
    model = Milestone
    key = ("slug",)
    columns = (
        slug_column(),
        programme_column(),
    )


class MilestoneDateTable(Table):
    name = "milestone_dates"
    title = "What is said of milestones"
    means = "The words, date and state of each milestone, every version."
    model = MilestoneDate
    key = ("milestone",)
    columns = (
        reference_column("milestone", Milestone, "slug of the milestone"),
        text_column("title", "the milestone in a few words", required=True),
        text_column("description", "more about it"),
        choice_column("state", MilestoneDate.State, "whether it is done"),
        written_column("due", "when it is due"),
        written_column("done", "when it was done"),
        yes_no_column("is_critical", "whether the programme depends on it"),
    )

    def errors_across(self, cleaned):
        if cleaned["state"] == MilestoneDate.State.DONE and not cleaned["done"]:
            yield "done", "A milestone that is done needs the day it was done."
        if cleaned["state"] != MilestoneDate.State.DONE and cleaned["done"]:
            yield "state", "It has a day it was done, so its state must be done."


TABLES = (
    MilestoneTable(),
    MilestoneDateTable(),
)
