"""The filters of the public list of programmes, and of that for staff."""

from django import forms

from bhcp_portal.kit.fields import text_field
from bhcp_portal.kit.filters import Filters, ThingField, WordField, WordsField
from iccs.models import Icc
from partners.models import Partner
from programmes.models import Objective, Stage, Status

NONE = ("none", "No status was reported")


class ProgrammeFilters(Filters):
    """The filters of the list of programmes, read from the query string.

    Four queries read their choices: the partners and communities that are known at a moment.
    """

    q = WordsField(label="Search", required=False)
    status = WordField([*Status.choices, NONE], label="Last status")
    stage = WordField(Stage.choices, label="Stage")
    objective = WordField(Objective.choices, label="Objective")

    def __init__(self, asked, *, at, day):
        super().__init__(asked)
        partners = Partner.objects.known_at(at).with_name(at, day)
        iccs = Icc.objects.known_at(at).with_profile(at)
        self.fields["partner"] = ThingField(
            ((partner, partner.name) for partner in partners), label="Partner"
        )
        self.fields["icc"] = ThingField(
            ((icc, icc.profile.name) for icc in iccs), label="Community"
        )


class NameForm(forms.Form):
    """Words of the name of a programme, for the list of staff."""

    q = text_field("Words of the name", length=100)
