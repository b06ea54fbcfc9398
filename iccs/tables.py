"""The tables of the Integrated Care Communities (CONTRACT 4)."""

from django import forms

from bhcp_portal.kit.shapes import (
    LATITUDES,
    LONGITUDES,
    between,
    community_code,
    practice_code,
)
from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    decimal_column,
    list_column,
    mailbox_columns,
    reference_column,
    slug_column,
    text_column,
    whole_column,
    written_column,
    yes_no_column,
)
from iccs.models import (
    Activity,
    ClinicalNetwork,
    Icc,
    IccCount,
    IccMailbox,
    IccMention,
    IccPlace,
    IccPractice,
    IccProfile,
    IccSuccession,
    IccTrust,
    NetworkProfile,
    Population,
    Priority,
)
from partners.tables import partner_column


def icc_column(name="icc", means="code of the community", **kwargs):
    return reference_column(name, Icc, means, by="code", **kwargs)


class NetworkTable(Table):
    name = "networks"
    title = "Clinical networks"
    means = "The clinical networks that community teams work in."
    model = ClinicalNetwork
    key = ("slug",)
    columns = (slug_column(),)


class NetworkProfileTable(Table):
    name = "network_profiles"
    title = "Names of clinical networks"
    means = "What each clinical network is called."
    model = NetworkProfile
    key = ("network",)
    columns = (
        reference_column("network", ClinicalNetwork, "slug of the network"),
        text_column("name", "its name", required=True),
    )


class IccTable(Table):
    name = "iccs"
    title = "Integrated Care Communities"
    means = "The communities, by code."
    model = Icc
    key = ("code",)
    columns = (
        text_column("code", "three letters", required=True, validators=[community_code]),
        slug_column(),
    )


class IccProfileTable(Table):
    name = "icc_profiles"
    title = "What is said of communities"
    means = "What each community is called, where it is and which network it is in."
    model = IccProfile
    key = ("icc",)
    columns = (
        icc_column(),
        text_column("name", "its name", required=True),
        list_column("other_names", forms.CharField(), "other names in use, parted by semicolons"),
        reference_column("network", ClinicalNetwork, "slug of its network", required=False),
        text_column("network_note", "how the network is known"),
        text_column("about", "what is said of it"),
        text_column("council", "the councils of its area, then and now"),
        decimal_column(
            "latitude", "latitude of its main town", required=False, validators=between(*LATITUDES)
        ),
        decimal_column(
            "longitude",
            "longitude of its main town",
            required=False,
            validators=between(*LONGITUDES),
        ),
        written_column("began", "the first day of the community, where a source says it"),
    )

    def errors_across(self, cleaned):
        if (cleaned["latitude"] is None) != (cleaned["longitude"] is None):
            yield "latitude", "Give both its latitude and its longitude, or neither."


class IccMentionTable(Table):
    name = "icc_mentions"
    title = "Where communities are named"
    means = "Each source that names a community, and under which name."
    model = IccMention
    key = ("icc", "source")
    columns = (icc_column(), text_column("named_as", "the name the source uses", required=True))


class IccSuccessionTable(Table):
    name = "icc_successions"
    title = "Changes of communities"
    means = "Mergers, splits and new names, where a source says so."
    model = IccSuccession
    key = ("icc", "successor")
    columns = (
        icc_column(),
        icc_column("successor", "code of the community that followed"),
        choice_column("kind", IccSuccession.Kind, "what happened"),
        written_column("happened", "when it happened"),
    )


class IccCountTable(Table):
    name = "icc_counts"
    title = "Numbers of communities that sources state"
    means = "How many communities each text says there are."
    model = IccCount
    key = ("source", "number")
    columns = (
        whole_column("number", "the number"),
        text_column("says", "what the source says, in our words", required=True),
    )


class IccPlaceTable(Table):
    name = "icc_places"
    title = "Places of communities"
    means = "The towns, villages and districts that each community serves."
    model = IccPlace
    key = ("icc", "name")
    columns = (
        icc_column(),
        text_column("name", "name of the place", required=True),
        yes_no_column("is_main", "whether it is a main place"),
        written_column("starts", "the first day it is one of its places, where it is known"),
        written_column("ends", "the first day it no longer is one of its places"),
    )


class IccPracticeTable(Table):
    name = "icc_practices"
    title = "GP practices of communities"
    means = "The GP practices of each community, with how sure that is."
    model = IccPractice
    key = ("icc", "name")
    columns = (
        icc_column(),
        text_column("name", "name of the practice", required=True),
        text_column("town", "where it is"),
        text_column("ods_code", "its ODS code", validators=[practice_code]),
        written_column("starts", "the first day it belongs to the community, where it is known"),
        written_column("ends", "the first day it no longer belongs to the community"),
    )


class IccTrustTable(Table):
    name = "icc_trusts"
    title = "Hospital trusts of communities"
    means = "Which hospital trust serves the people of each community, and from when to when."
    model = IccTrust
    key = ("icc", "partner")
    columns = (
        icc_column(),
        partner_column(means="code of the trust"),
        written_column("starts", "the first day it serves the community, where it is known"),
        written_column("ends", "the first day it no longer serves the community"),
    )


class PopulationTable(Table):
    name = "populations"
    title = "Populations"
    means = "Numbers of people of a community or of the whole area, and what each counts."
    model = Population
    key = ("code",)
    columns = (
        text_column("code", "its name in this table", required=True),
        icc_column(means="code of the community; empty: the whole area", required=False),
        whole_column("people", "the number of people"),
        text_column("qualifier", "about, over, almost"),
        text_column("counts", "what it counts", required=True),
        written_column("counted_as", "when it was counted"),
    )


class PriorityTable(Table):
    name = "priorities"
    title = "Priorities of communities"
    means = "What each community set out to work on."
    model = Priority
    key = ("icc", "words")
    columns = (
        icc_column(),
        text_column("words", "the priority", required=True),
        written_column("starts", "the first day it is a priority, where it is known"),
        written_column("ends", "the first day it no longer is a priority"),
    )


class ActivityTable(Table):
    name = "activities"
    title = "What happened in communities"
    means = "Things done in each community."
    model = Activity
    key = ("icc", "words")
    columns = (
        icc_column(),
        text_column("words", "what happened", required=True),
        written_column("happened", "when it happened"),
    )


class IccMailboxTable(Table):
    name = "icc_mailboxes"
    title = "Contact mailboxes of communities"
    means = "Where the team of each community is written to, and what each address is for."
    model = IccMailbox
    key = ("icc", "used_for")
    columns = (icc_column(), *mailbox_columns())


TABLES = (
    NetworkTable(),
    NetworkProfileTable(),
    IccTable(),
    IccProfileTable(),
    IccMentionTable(),
    IccSuccessionTable(),
    IccCountTable(),
    IccPlaceTable(),
    IccPracticeTable(),
    IccTrustTable(),
    PopulationTable(),
    PriorityTable(),
    ActivityTable(),
    IccMailboxTable(),
)
