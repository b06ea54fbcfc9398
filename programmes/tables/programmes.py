"""The tables of programmes: names and purposes, partners, places."""

from django import forms

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    list_column,
    reference_column,
    slug_column,
    text_column,
    written_column,
    yes_no_column,
)
from iccs.tables import icc_column
from partners.tables import partner_column
from programmes.models import (
    Objective,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
    ProgrammeStage,
    Stage,
)


def programme_column(name="programme", means="slug of the programme", **kwargs):
    return reference_column(name, Programme, means, **kwargs)


class ProgrammeTable(Table):
    name = "programmes"
    title = "Programmes"
    means = "The work programmes."
    model = Programme
    key = ("slug",)
    columns = (slug_column(),)


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
        text_column("where_words", "where it is offered, in the source's words"),
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
    title = "Communities of programmes"
    means = "Where a source places a programme's work."
    model = ProgrammeIcc
    key = ("programme", "icc")
    columns = (
        programme_column(),
        icc_column(),
        text_column("words", "what is done there"),
        written_column("starts", "the first day it works there, where it is known"),
        written_column("ends", "the first day it no longer works there"),
    )


class ProgrammeStageTable(Table):
    name = "programme_stages"
    title = "Stages of programmes"
    means = "How far each programme has come, every version."
    model = ProgrammeStage
    key = ("programme",)
    columns = (
        programme_column(),
        choice_column("stage", Stage, "how far it has come"),
        text_column("source_words", "the source's own word"),
        yes_no_column("is_our_reading", "whether that this word means the stage is our reading"),
    )

    def errors_across(self, cleaned):
        if cleaned["is_our_reading"] and not cleaned["source_words"]:
            yield "source_words", "Give the source’s own word that you read in this way."


TABLES = (
    ProgrammeTable(),
    ProgrammeProfileTable(),
    ProgrammePartnerTable(),
    ProgrammeIccTable(),
    ProgrammeStageTable(),
)
