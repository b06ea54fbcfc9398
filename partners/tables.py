"""The tables of the partners (CONTRACT 4)."""

from django import forms

from bhcp_portal.kit.shapes import LATITUDES, LONGITUDES, between, partner_code, web_address
from bhcp_portal.kit.sources import Source
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
from partners.models import (
    GlossaryTerm,
    Membership,
    Partner,
    PartnerCount,
    PartnerMailbox,
    PartnerName,
    PartnerProfile,
    PartnershipName,
    PartnerSite,
    SourceProfile,
    Succession,
    TermMeaning,
)
from partners.models.glossary import MEANING_LENGTH, WORD_LENGTH


def partner_column(name="partner", means="code of the partner", **kwargs):
    return reference_column(name, Partner, means, by="code", **kwargs)


class PartnerTable(Table):
    name = "partners"
    title = "Partners"
    means = "The organisations of the partnership, by code."
    model = Partner
    key = ("code",)
    columns = (
        text_column(
            "code",
            "ODS or GSS code, else a short name in capitals",
            required=True,
            validators=[partner_code],
        ),
        slug_column(),
    )


class PartnerNameTable(Table):
    name = "partner_names"
    title = "Names of partners"
    means = "The name each partner carried from a day on."
    model = PartnerName
    key = ("partner", "name")
    columns = (
        partner_column(),
        text_column("name", "the name", required=True),
        text_column("short_name", "a shorter name"),
        written_column("valid_from", "first day of the name, where it is known"),
        text_column("area", "the area it covered under that name"),
    )


class PartnerProfileTable(Table):
    name = "partner_profiles"
    title = "What is said of partners"
    means = "What kind of body each partner is."
    model = PartnerProfile
    key = ("partner",)
    columns = (
        partner_column(),
        choice_column("kind", PartnerProfile.Kind, "what kind of body it is"),
        yes_no_column("is_statutory", "whether it is a statutory body", required=False),
        text_column("website", "its website", validators=[web_address]),
        text_column("about", "what it does, in plain words"),
    )


class MembershipTable(Table):
    name = "memberships"
    title = "Membership of the partnership"
    means = "From when to when each partner belonged to the partnership."
    model = Membership
    key = ("partner",)
    columns = (
        partner_column(),
        written_column("joined", "the day it joined", required=True),
        yes_no_column(
            "is_joined_by", "yes: it joined on or before that day, when a document first names it"
        ),
        written_column("left", "the first day it no longer belonged"),
        text_column("left_reason", "why it left"),
    )


class SuccessionTable(Table):
    name = "successions"
    title = "Changes of partners"
    means = "Services moved, names changed, bodies closed, and who followed."
    model = Succession
    key = ("partner", "words")
    columns = (
        partner_column(),
        partner_column("successor", "code of the partner that followed", required=False),
        text_column("successor_name", "name of the body that followed, where it is no partner"),
        text_column("words", "what happened", required=True),
        written_column("happened", "when it happened"),
        yes_no_column("is_end", "yes: the partner itself ended with it"),
    )


class PartnerCountTable(Table):
    name = "partner_counts"
    title = "Numbers of partners that sources state"
    means = "How many partners each text says there are, and in what sense."
    model = PartnerCount
    key = ("source", "number")
    columns = (
        whole_column("number", "the number"),
        text_column("says", "what the source says, in our words", required=True),
    )


class PartnershipNameTable(Table):
    name = "partnership_names"
    title = "Names of the partnership"
    means = "What the partnership as a whole was called, and when."
    model = PartnershipName
    key = ("name", "source")
    columns = (
        text_column("name", "the name", required=True),
        text_column("used", "from when to when, in words", required=True),
        choice_column(
            "heads_pages_as",
            PartnershipName.Place,
            "what the name is at the head of pages: “partnership” for who publishes the portal, "
            "“portal” for the portal itself, “area” for the area that it serves, empty for none"
            " of them",
            required=False,
        ),
    )


class SourceProfileTable(Table):
    name = "source_profiles"
    title = "What is said of sources"
    means = "The title, publisher, date and licence of each source."
    model = SourceProfile
    key = ("cited",)
    columns = (
        reference_column("cited", Source, "slug of the source that this describes"),
        text_column("title", "its title", required=True),
        text_column("publisher", "who published it", required=True),
        choice_column("kind", Source.Kind, "what kind of source it is"),
        written_column(
            "published",
            "its own date, as far as it is known; empty if it has none",
            attribute="dated",
        ),
        text_column("address", "where it is or was on the web", validators=[web_address]),
        text_column("licence", "the licence it was published under"),
    )


class GlossaryTermTable(Table):
    name = "glossary_terms"
    title = "Glossary terms"
    means = "The words that the glossary explains, by slug."
    model = GlossaryTerm
    key = ("slug",)
    columns = (text_column("slug", "its place in the glossary’s address", required=True),)


class TermMeaningTable(Table):
    name = "term_meanings"
    title = "Meanings of glossary terms"
    means = "What each term of the glossary means, every version."
    model = TermMeaning
    key = ("term",)
    columns = (
        reference_column("term", GlossaryTerm, "slug of the term"),
        text_column(
            "name", "the term as the glossary writes it", length=WORD_LENGTH, required=True
        ),
        list_column(
            "other_names",
            forms.CharField(max_length=WORD_LENGTH),
            "its short forms and other spellings, parted by semicolons",
        ),
        text_column(
            "meaning", "what it means, in plain words", length=MEANING_LENGTH, required=True
        ),
    )


class PartnerMailboxTable(Table):
    name = "partner_mailboxes"
    title = "Contact mailboxes of partners"
    means = "Where each partner is written to, and what each address is for."
    model = PartnerMailbox
    key = ("partner", "used_for")
    columns = (partner_column(), *mailbox_columns())


class PartnerSiteTable(Table):
    name = "partner_sites"
    title = "Sites of partners"
    means = "The hospitals and other places at which each partner gives care."
    model = PartnerSite
    key = ("partner", "name")
    columns = (
        partner_column(),
        text_column("name", "name of the site", required=True),
        choice_column("kind", PartnerSite.Kind, "what kind of site it is"),
        text_column("town", "where it is"),
        decimal_column("latitude", "its latitude", required=False, validators=between(*LATITUDES)),
        decimal_column(
            "longitude", "its longitude", required=False, validators=between(*LONGITUDES)
        ),
        written_column("starts", "the first day it is the partner’s, where it is known"),
        written_column("ends", "the first day it no longer is the partner’s"),
    )

    def errors_across(self, cleaned):
        if (cleaned["latitude"] is None) != (cleaned["longitude"] is None):
            yield "latitude", "Give both its latitude and its longitude, or neither."


TABLES = (
    SourceProfileTable(),
    PartnerTable(),
    PartnerNameTable(),
    PartnerProfileTable(),
    MembershipTable(),
    SuccessionTable(),
    PartnerCountTable(),
    PartnershipNameTable(),
    GlossaryTermTable(),
    TermMeaningTable(),
    PartnerMailboxTable(),
    PartnerSiteTable(),
)
