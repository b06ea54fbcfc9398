"""Forms for the card of a metric and for the decision on a draft."""

import re
from datetime import UTC
from operator import attrgetter

from django import forms

from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.fields import (
    NamedChoiceField,
    SeenField,
    choice_field,
    date_field,
    decimal_field,
    text_field,
    whole_field,
)
from bhcp_portal.kit.sources import Source
from iccs.models import Icc
from metrics.models import WHOLE_BAY, Direction, Metric, MetricProfile
from metrics.models.frequency import Frequency
from metrics.models.metric import SHORTEST_BASELINE
from metrics.verdict import WHOLE_BAY_NAME
from partners.models import Partner

MOST_WORDS = 80
PARTS = ("numerator_words", "denominator_words")


class CardForm(forms.Form):
    """The card of a metric (BEHAVIOUR B). ``arguments`` are those of the action.

    ``owners`` are the keys of the partners that may own it, ``None`` for all. ``standing`` is the
    live card; where there is one, a reason for the change is needed.
    """

    seen = SeenField()
    name = text_field(
        "Full name",
        "For example, people seen in A&E within 4 hours",
        needed="Enter the full name",
        length=150,
    )
    short_name = text_field(
        "Short name",
        "For tables. For example, seen within 4 hours",
        needed="Enter a short name",
        length=60,
    )
    subject = text_field(
        "Subject",
        "The list of measures puts those of one subject together. Use the same words as theirs. "
        "For example, Hospital beds",
        length=60,
    )
    why = text_field(
        "Why it matters",
        f"Plain words for the public, {MOST_WORDS} words or fewer",
        needed="Say why it matters",
        rows=4,
        length=1000,
    )
    method = text_field(
        "How it is worked out", needed="Say how it is worked out", rows=4, length=2000
    )
    numerator_words = text_field(
        "What the top number counts",
        "Only for a share. For example, people seen within 4 hours",
        length=200,
    )
    denominator_words = text_field(
        "Out of what", "Only for a share. For example, all people who came to A&E", length=200
    )
    unit = text_field(
        "Unit",
        "Write % for a percentage. Or, for example: attendances",
        needed="Enter the unit",
        length=40,
    )
    multiplier = whole_field(
        "What a share is multiplied by",
        "100 for a percentage, 1,000 for a number per 1,000. Else 1",
        needed="Enter a number; 1 if it is no share",
        least=1,
        most=1_000_000,
    )
    decimals = whole_field(
        "Decimals shown", needed="Enter how many decimals are shown; 0 for whole numbers", most=6
    )
    direction = choice_field(
        "Which way is better?", Direction.choices, needed="Choose which way is better"
    )
    frequency = choice_field(
        "How often is it counted?", Frequency.choices, needed="Choose how often it is counted"
    )
    lag_days = whole_field(
        "Days from the end of a period to its number",
        "The freshness page says what is late from this",
        needed="Enter how many days it usually takes",
        most=1000,
    )
    data_source = NamedChoiceField(
        Source.objects.none(), named=attrgetter("title"), label="Source of the numbers"
    )
    owner = NamedChoiceField(
        Partner.objects.none(),
        named=lambda partner: partner.name,
        needed="Choose the partner that owns it",
        label="Partner that owns it",
    )
    owner_role = text_field(
        "Who is responsible for it there?",
        "A role, not a name. For example, chief operating officer",
        length=120,
    )
    main_scope = choice_field(
        "Main place",
        [],
        "Lists, the home page and the first chart show the measure here",
        widget=forms.Select,
    )
    baseline_value = decimal_field(
        "Baseline",
        "The number of the main place that progress counts from. Leave empty if there is none",
    )
    baseline_period = date_field("First day of the baseline’s period", exact=True)
    baseline_note = text_field("Words on the baseline", length=300)
    uses_spc = forms.BooleanField(
        label="Work out limits, and tell a change from chance", required=False
    )
    limits_from = whole_field(
        "Limits from the first so many points",
        f"{SHORTEST_BASELINE} or more. Leave empty to use all",
        least=SHORTEST_BASELINE,
        most=1000,
    )
    small_numbers = choice_field(
        "Counts of 1 to 4",
        MetricProfile.SmallNumbers.choices,
        needed="Choose what happens with counts of 1 to 4",
    )
    state = choice_field(
        "Where it is in its life",
        MetricProfile.State.choices,
        needed="Choose where it is in its life",
    )
    retired_reason = text_field("Why it was retired", "Only for a retired measure", length=300)
    successor = NamedChoiceField(
        Metric.objects.none(), named=lambda metric: metric.profile.name, label="What took its place"
    )
    review_on = date_field("Next review", "Usually 12 months from now", exact=True)
    reason = text_field("Why the card changes", "The public reads it", rows=2, length=1000)

    def __init__(self, *args, at, owners, metric=None, standing=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.standing = standing
        day = london_day(at)
        partners = Partner.objects.known_at(at).with_name(at, day)
        self.fields["owner"].queryset = (
            partners if owners is None else partners.filter(pk__in=owners)
        )
        self.fields["data_source"].queryset = Source.objects.by_title(at)
        bodies = Partner.objects.known_at(at).with_name(at, day)
        communities = Icc.objects.known_at(at).with_profile(at)
        self.places = {WHOLE_BAY: (None, None)}
        self.places |= {partner.code: (None, partner) for partner in bodies}
        self.places |= {icc.code: (icc, None) for icc in communities}
        self.fields["main_scope"].choices = [
            (WHOLE_BAY, WHOLE_BAY_NAME),
            *((partner.code, partner.name) for partner in bodies),
            *((icc.code, icc.profile.name) for icc in communities),
        ]
        others = Metric.objects.known_at(at).with_profile(at)
        self.fields["successor"].queryset = others.exclude(pk=metric.pk) if metric else others
        if not standing:
            del self.fields["reason"]

    def clean_why(self):
        words = len(self.cleaned_data["why"].split())
        if words > MOST_WORDS:
            raise forms.ValidationError(f"Use {MOST_WORDS} words or fewer: these are {words}")
        return self.cleaned_data["why"]

    def clean(self):
        cleaned = super().clean()
        top, bottom = (cleaned.get(name) for name in PARTS)
        if bool(top) != bool(bottom):
            missing = "numerator_words" if bottom else "denominator_words"
            self.add_error(
                missing, "A share needs both: what the top number counts, and out of what"
            )
        has_baseline = cleaned.get("baseline_value") is not None
        if has_baseline and cleaned.get("baseline_period", "wrong") is None:
            self.add_error("baseline_period", "Enter the period of the baseline")
        is_retired = cleaned.get("state") == MetricProfile.State.RETIRED
        if is_retired and cleaned.get("retired_reason") == "":
            self.add_error("retired_reason", "Say why it was retired")
        if self.standing and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why the card changes")
        return cleaned

    @property
    def arguments(self):
        values = dict(self.cleaned_data)
        values["main_icc"], values["main_partner"] = self.places[
            values.pop("main_scope") or WHOLE_BAY
        ]
        return {"seen": values.pop("seen"), "values": values}


class NewCardForm(CardForm):
    """The code and the first card of a new metric."""

    code = text_field(
        "Code",
        "Short, for tables. Capital letters, numbers and _. For example, AE_4H",
        needed="Enter a code",
        length=40,
    )
    field_order = ("code", *CardForm.base_fields)

    def clean_name(self):
        name = self.cleaned_data["name"]
        for other in Metric.called_like(name, Present.now(UTC)):
            sentence = f"Another measure is called “{other.called}” already. Write another name"
            raise forms.ValidationError(sentence)
        return name

    def clean_code(self):
        code = self.cleaned_data["code"].upper()
        if not re.fullmatch(r"[A-Z0-9_]+", code):
            raise forms.ValidationError("Use capital letters, numbers and _ only, like AE_4H")
        if Metric.objects.filter(code=code).exists():
            raise forms.ValidationError("Another measure has this code already. Use another one")
        if thing_once_at(Metric, code, by="code"):
            raise forms.ValidationError("Another measure had this code once. Use another one")
        return code

    @property
    def arguments(self):
        values = super().arguments["values"]
        return {"code": values.pop("code"), "values": values}
