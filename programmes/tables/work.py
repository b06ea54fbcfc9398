"""The tables of the programmes (CONTRACT 4)."""

from django import forms

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    day_column,
    decimal_column,
    list_column,
    reference_column,
    text_column,
    whole_column,
    written_column,
    yes_no_column,
)
from iccs.tables import icc_column
from partners.tables import partner_column
from programmes.models import (
    Figure,
    Goal,
    GoalProfile,
    Milestone,
    MilestoneDate,
    Money,
    Objective,
    ObjectiveMeaning,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
    Status,
    StatusUpdate,
)
from programmes.models.goal import Direction
from programmes.models.status import State


def programme_column(name="programme", means="slug of the programme", **kwargs):
    return reference_column(name, Programme, means, **kwargs)


class GoalTable(Table):
    name = "goals"
    title = "Goals"
    means = "The outcome goals of the whole system."
    model = Goal
    key = ("slug",)
    columns = (text_column("slug", "its name in addresses", required=True),)


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


class ProgrammeTable(Table):
    name = "programmes"
    title = "Programmes"
    means = "The work programmes."
    model = Programme
    key = ("slug",)
    columns = (text_column("slug", "its name in addresses", required=True),)


class ProgrammeProfileTable(Table):
    name = "programme_profiles"
    title = "What is said of programmes"
    means = "What each programme is called and for, when it ran and its place in the tree."
    model = ProgrammeProfile
    key = ("programme",)
    columns = (
        programme_column(),
        text_column("name", "its name", required=True),
        text_column("purpose", "what it is for, in plain words", required=True),
        list_column(
            "objectives",
            forms.ChoiceField(choices=Objective.choices),
            "the objectives that a source says it serves, parted by semicolons",
        ),
        text_column("strand", "the strand of the plan that a source puts it in"),
        text_column("lead_words", "who leads, in the source's words"),
        written_column("starts", "when it started"),
        written_column("ends", "when it ended or is meant to end"),
        programme_column("parent", "slug of the programme it is part of", required=False),
        programme_column("merged_into", "slug of the programme it went to", required=False),
    )


class ProgrammePartnerTable(Table):
    name = "programme_partners"
    title = "Partners of programmes"
    means = "What each partner does on a programme."
    model = ProgrammePartner
    key = ("programme", "partner", "role")
    columns = (
        programme_column(),
        partner_column(),
        choice_column("role", ProgrammePartner.Role, "what the partner does"),
        written_column("starts", "from when"),
        written_column("ends", "the first day it no longer does"),
    )


class ProgrammeIccTable(Table):
    name = "programme_iccs"
    title = "ICCs of programmes"
    means = "Where a source places a programme's work."
    model = ProgrammeIcc
    key = ("programme", "icc")
    columns = (programme_column(), icc_column(), text_column("words", "what is done there"))


class StatusUpdateTable(Table):
    name = "status_updates"
    title = "Status updates"
    means = "What was said of how each programme is going."
    model = StatusUpdate
    key = ("programme", "period", "source")
    columns = (
        programme_column(),
        day_column("period", "month reported, by its first day; empty in a document"),
        choice_column("status", Status, "the status; empty: none was reported", required=False),
        text_column("source_words", "the source's own word"),
        text_column("summary", "the update in plain words"),
        text_column("what_was_done", "what was done"),
        text_column("what_is_next", "what is next"),
        text_column("next_step", "the next step"),
        text_column("next_step_owner", "who takes it"),
        day_column("next_step_on", "by when"),
        text_column("help_needed", "the help that is needed"),
        text_column("status_reason", "why this status"),
        choice_column(
            "confidence", StatusUpdate.Confidence, "how confident the author is", required=False
        ),
        yes_no_column("end_date_changes", "whether the end date moves", required=False),
        day_column("new_end_on", "the new end date"),
        choice_column("end_reason", StatusUpdate.EndReason, "why it moves", required=False),
        text_column("end_reason_words", "why it moves, in words"),
        day_column("next_decision_on", "when a paused programme is decided again"),
        text_column("explanation", "the closing summary, or why it stopped or merged"),
        programme_column("merged_into", "slug of the programme it went to", required=False),
    )

    def before_publication(self, statement):
        statement.state = State.PUBLISHED


class MilestoneTable(Table):
    name = "milestones"
    title = "Milestones"
    means = "The points that programmes mean to reach."
    model = Milestone
    key = ("slug",)
    columns = (
        text_column("slug", "its name in addresses", required=True),
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

    def faults(self, cleaned):
        if cleaned["state"] == MilestoneDate.State.DONE and not cleaned["done"]:
            yield "done", "A milestone that is done needs the day it was done."
        if cleaned["state"] != MilestoneDate.State.DONE and cleaned["done"]:
            yield "state", "It has a day it was done, so its state must be done."


class FigureTable(Table):
    name = "figures"
    title = "Reported figures"
    means = "Numbers that partners reported, with what each counts."
    model = Figure
    key = ("code",)
    columns = (
        text_column("code", "its name in this table", required=True),
        programme_column(required=False),
        icc_column(required=False),
        text_column("group", "figures about the same matter carry the same words here"),
        text_column("qualifier", "about, almost, more than"),
        decimal_column("value", "the number"),
        text_column("unit", "its unit; £ and % are written as such"),
        text_column("counts", "what it counts", required=True),
        text_column("period", "for when, in words"),
        text_column("period_as", "for when, as a date"),
        text_column("keep_apart", "why it is not joined with others"),
        yes_no_column("is_aim", "whether it is an aim, not a result"),
    )


class MoneyTable(Table):
    name = "money"
    title = "Money"
    means = "Amounts by year as sources give them; those that disagree stand side by side."
    model = Money
    key = ("code",)
    columns = (
        text_column("code", "its name in this table", required=True),
        programme_column(required=False),
        text_column(
            "year", "financial year such as 2017/18, or the year of the text", required=True
        ),
        choice_column("kind", Money.Kind, "what kind of amount it is"),
        text_column("qualifier", "about, almost, up to"),
        decimal_column("amount", "pounds"),
        text_column("what_for", "what it is for", required=True),
    )


TABLES = (
    GoalTable(),
    GoalProfileTable(),
    ObjectiveMeaningTable(),
    ProgrammeTable(),
    ProgrammeProfileTable(),
    ProgrammePartnerTable(),
    ProgrammeIccTable(),
    StatusUpdateTable(),
    MilestoneTable(),
    MilestoneDateTable(),
    FigureTable(),
    MoneyTable(),
)
