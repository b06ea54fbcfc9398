"""What staff write of metrics: a card, a target, a re-base, a note on a chart, a link."""

import re

from django import forms

from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.fields import DayField
from bhcp_portal.kit.sources import Source
from partners.models import Partner
from programmes.forms.work import TextField
from programmes.models import Goal, Metric, MetricProfile, Programme, Series, Target
from programmes.models.goal import Direction
from programmes.models.metric import SHORTEST_BASELINE, WHOLE_BAY
from programmes.models.period import MUST_START, Frequency, starts_period

MOST_WORDS = 80
PARTS = ("numerator_words", "denominator_words")


def _text(label, hint="", *, needed="", rows=None, length=None):
    """A text; ``needed`` is the sentence for where it is left empty."""
    subject = "Your answer" if label.endswith("?") else label
    return TextField(
        label=label,
        help_text=hint,
        required=bool(needed),
        max_length=length,
        widget=forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput(),
        error_messages={
            "required": needed,
            "max_length": f"{subject} must be {length} characters or fewer",
        },
    )


def _pick(label, choices, needed, hint="", *, widget=forms.RadioSelect):
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        choices=choices,
        widget=widget,
        error_messages={"required": needed, "invalid_choice": "Choose one from the list"},
    )


def _whole(label, hint="", *, needed="", least=0, most=None):
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=bool(needed),
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": needed,
            "invalid": f"{label} must be a whole number, like 12",
            "min_value": f"{label} must be {least} or more",
            "max_value": f"{label} must be {most} or less",
        },
    )


def _decimal(label, hint="", *, needed=""):
    return forms.DecimalField(
        label=label,
        help_text=hint,
        required=bool(needed),
        max_digits=18,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "required": needed,
            "invalid": f"{label} must be a number, like 12.5",
            "max_digits": f"{label} must have 18 digits or fewer",
            "max_whole_digits": f"{label} must have 12 digits or fewer before the point",
            "max_decimal_places": f"{label} must have 6 decimals or fewer",
        },
    )


class Named(forms.ModelChoiceField):
    """One of several rows, by a name that the form gives."""

    def __init__(self, queryset, *, named, needed="", **options):
        super().__init__(
            queryset,
            required=bool(needed),
            empty_label="Choose one" if needed else "None",
            error_messages={"required": needed, "invalid_choice": "Choose one from the list"},
            **options,
        )
        self.named = named

    def label_from_instance(self, row):
        return self.named(row)


class CardForm(forms.Form):
    """The card of a metric (BEHAVIOUR B). Gives ``said``: what the action is called with."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    name = _text(
        "Full name",
        "For example, people seen in A&E within 4 hours",
        needed="Enter the full name",
        length=150,
    )
    short_name = _text(
        "Short name",
        "For tables. For example, seen within 4 hours",
        needed="Enter a short name",
        length=60,
    )
    why = _text(
        "Why it matters",
        f"Plain words for the public, {MOST_WORDS} words or fewer",
        needed="Say why it matters",
        rows=4,
        length=1000,
    )
    method = _text("How it is worked out", needed="Say how it is worked out", rows=4, length=2000)
    numerator_words = _text(
        "What the top number counts",
        "Only for a share. For example, people seen within 4 hours",
        length=200,
    )
    denominator_words = _text(
        "Out of what", "Only for a share. For example, all people who came to A&E", length=200
    )
    unit = _text(
        "Unit",
        "Write % for a percentage. Or, for example: attendances",
        needed="Enter the unit",
        length=40,
    )
    multiplier = _whole(
        "What a share is multiplied by",
        "100 for a percentage, 1,000 for a number per 1,000. Else 1",
        needed="Enter a number; 1 if it is no share",
        least=1,
        most=1_000_000,
    )
    decimals = _whole(
        "Decimals shown", needed="Enter how many decimals are shown; 0 for whole numbers", most=6
    )
    direction = _pick("Which way is better?", Direction.choices, "Choose which way is better")
    frequency = _pick(
        "How often is it counted?", Frequency.choices, "Choose how often it is counted"
    )
    lag_days = _whole(
        "Days from the end of a period to its number",
        "The freshness page says what is late from this",
        needed="Enter how many days it usually takes",
        most=1000,
    )
    data_source = Named(Source.objects.none(), named=str, label="Source of the numbers")
    owner = Named(
        Partner.objects.none(),
        named=lambda partner: partner.name,
        needed="Choose the partner that owns it",
        label="Partner that owns it",
    )
    owner_role = _text(
        "Who answers for it there",
        "A role, not a name. For example, chief operating officer",
        length=120,
    )
    baseline_value = _decimal(
        "Baseline", "The number that progress counts from. Leave empty if there is none"
    )
    baseline_period = DayField(
        label="First day of the baseline’s period",
        help_text="For example, 1 4 2024",
        required=False,
    )
    baseline_note = _text("Words on the baseline", length=300)
    uses_spc = forms.BooleanField(
        label="Work out limits, and tell a change from chance", required=False
    )
    limits_from = _whole(
        "Limits from the first so many points",
        f"{SHORTEST_BASELINE} or more. Leave empty to use all",
        least=SHORTEST_BASELINE,
        most=1000,
    )
    small_numbers = _pick(
        "Counts of 1 to 4",
        MetricProfile.SmallNumbers.choices,
        "Choose what happens with counts of 1 to 4",
    )
    state = _pick(
        "Where it is in its life", MetricProfile.State.choices, "Choose where it is in its life"
    )
    retired_reason = _text("Why it was retired", "Only for a retired metric", length=300)
    successor = Named(
        Metric.objects.none(), named=lambda metric: metric.profile.name, label="What took its place"
    )
    review_on = DayField(
        label="Next review", help_text="Usually 12 months from now", required=False
    )
    reason = _text("Why the card changes", "The public reads it", rows=2, length=1000)

    def __init__(self, *args, at, owners, metric=None, standing=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.standing = standing
        day = london_day(at)
        partners = Partner.objects.known_at(at).with_name(at, day)
        self.fields["owner"].queryset = (
            partners if owners is None else partners.filter(pk__in=owners)
        )
        self.fields["data_source"].queryset = Source.objects.said_by(at).order_by("title")
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
        if cleaned.get("state") == MetricProfile.State.RETIRED and not cleaned.get(
            "retired_reason"
        ):
            self.add_error("retired_reason", "Say why it was retired")
        if self.standing and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why the card changes")
        return cleaned

    @property
    def said(self):
        values = dict(self.cleaned_data)
        return {"seen": values.pop("seen"), "values": values}


class NewCardForm(CardForm):
    """The card of a metric that is not there yet."""

    code = _text(
        "Code",
        "Short, for tables. Capital letters, numbers and _. For example, AE_4H",
        needed="Enter a code",
        length=40,
    )
    field_order = ("code", *CardForm.base_fields)

    def clean_code(self):
        code = self.cleaned_data["code"].upper()
        if not re.fullmatch(r"[A-Z0-9_]+", code):
            raise forms.ValidationError("Use capital letters, numbers and _ only, like AE_4H")
        if Metric.objects.filter(code=code).exists():
            raise forms.ValidationError("Another metric has this code already. Use another one")
        return code

    @property
    def said(self):
        values = super().said["values"]
        return {"code": values.pop("code"), "values": values}


class SeriesForm(forms.Form):
    """What is said of a metric in one scope. Gives ``said``: what the action is called with.

    ``scopes`` are choices of places, of which those are offered that it is counted in, and the whole bay.
    """

    scope = forms.ChoiceField(
        label="Where",
        error_messages={"required": "Choose where", "invalid_choice": "Choose one from the list"},
    )

    def __init__(self, *args, metric, scopes, **kwargs):
        super().__init__(*args, **kwargs)
        self.metric = metric
        self.series = {each.scope: each for each in metric.series.with_scope().main_first()}
        offered = {WHOLE_BAY, *self.series}
        self.fields["scope"].choices = [pair for pair in scopes if pair[0] in offered]
        self.initial["scope"] = next(iter(self.series), None)

    @property
    def said(self):
        said = dict(self.cleaned_data)
        # The whole bay's series is made when it is first spoken of.
        said["series"] = self.series.get(said.pop("scope")) or Series(metric=self.metric)
        return said

    def _first_day(self, name):
        day, frequency = self.cleaned_data[name], self.metric.card.frequency
        if day and not starts_period(day, frequency):
            raise forms.ValidationError(f"Enter the first day of a period. {MUST_START[frequency]}")
        return day


class TargetForm(SeriesForm):
    """What a metric should reach, from a day on."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = _pick("Whose target is it?", Target.Kind.choices, "Choose whose target it is")
    value = _decimal("Target", "In the metric’s unit", needed="Enter the target")
    starts_on = DayField(
        label="First day it holds",
        help_text="For example, 1 4 2025",
        error_messages={"required": "Enter the first day it holds"},
    )
    ends_on = DayField(
        label="Last day it holds", help_text="Leave empty if it has no end", required=False
    )
    words = _text(
        "The target in words",
        "For example, 78% by March 2025, from the planning guidance",
        needed="Say what the target is",
        length=300,
    )
    source = Named(Source.objects.none(), named=str, label="Source")
    for_verdict = forms.BooleanField(
        label="The verdict is by this target",
        help_text="Never by a trajectory, which is only drawn",
        required=False,
        initial=True,
    )
    reason = _text(
        "Why the target changes",
        "Only if it takes the place of one with the same kind and first day",
        length=1000,
    )

    def __init__(self, *args, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Source.objects.said_by(at).order_by("title")

    def clean(self):
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "The last day must be after the first")
        if cleaned.get("kind") == Target.Kind.TRAJECTORY:
            cleaned["for_verdict"] = False
        return cleaned

    @property
    def said(self):
        values = super().said
        return {
            "series": values.pop("series"),
            "seen": values.pop("seen") or 0,
            "values": values,
        }

    def now_seen(self, standing):
        """The same form, sent knowing of the target that stands now: sent again it replaces that one."""
        self.data = self.data.copy()
        self.data["seen"] = standing.pk if standing else 0


class RebaseForm(SeriesForm):
    """From when limits start anew, or no longer do."""

    starts_on = DayField(
        label="First day of the period from which limits start anew",
        help_text="For example, 1 11 2025",
        error_messages={"required": "Enter the first day of a period"},
    )
    what_changed = _text(
        "What changed?",
        "For example, the numbers come from another system",
        needed="Say what changed",
        length=300,
    )
    why = _text(
        "Why must the limits start anew?",
        "The public reads it",
        needed="Say why",
        rows=3,
        length=300,
    )
    decided_by = _text(
        "Who decided it?",
        "For example, the quality committee",
        needed="Say who decided it",
        length=200,
    )
    taken_back = forms.BooleanField(
        label="Take back a re-base: limits no longer start anew here", required=False
    )

    def clean_starts_on(self):
        return self._first_day("starts_on")

    @property
    def said(self):
        said = super().said
        said["applies"] = not said.pop("taken_back")
        return said


class ChartNoteForm(SeriesForm):
    """What happened in a period."""

    period = DayField(
        label="First day of the period",
        help_text="For example, 1 3 2025",
        error_messages={"required": "Enter the first day of a period"},
    )
    words = _text(
        "What happened?",
        "A few words. The chart shows them by a number",
        needed="Say what happened",
        length=200,
    )
    reason = _text("Why the note changes", "Only if something is noted there already", length=1000)

    def clean_period(self):
        return self._first_day("period")


class LinkForm(forms.Form):
    """A programme or a goal, and how a metric belongs to it. Gives ``said``: what the action is called with."""

    to = _pick("Programme or goal", (), "Choose a programme or a goal", widget=forms.Select)
    words = _text(
        "How is this metric meant to show whether the programme or goal works?",
        "Plain words for the public",
        needed="Say how it is meant to show it",
        rows=3,
        length=300,
    )
    reason = _text(
        "Why it is linked again", "Only if the same link was taken back before", length=1000
    )

    def __init__(self, *args, at, **kwargs):
        super().__init__(*args, **kwargs)
        programmes = Programme.objects.known_at(at).with_profile(at)
        goals = Goal.objects.known_at(at).with_profile(at)
        self.offered = {
            f"{kind}:{thing.slug}": (thing, f"{thing.profile.name} ({kind})")
            for kind, things in (
                ("programme", sorted(programmes, key=lambda programme: programme.profile.name)),
                ("goal", sorted(goals, key=lambda goal: goal.profile.position)),
            )
            for thing in things
        }
        names = [(code, words) for code, (_, words) in self.offered.items()]
        self.fields["to"].choices = [("", "Choose one"), *names]

    @property
    def said(self):
        thing, _ = self.offered[self.cleaned_data["to"]]
        return self.cleaned_data | {"to": thing}


class TakeBackForm(forms.Form):
    """Why a link no longer applies. Gives ``said``: what the action is called with."""

    reason = _text(
        "Why is it taken back?",
        "The public reads it. Pages of earlier days keep the link",
        needed="Say why it is taken back",
        rows=3,
        length=1000,
    )

    @property
    def said(self):
        return self.cleaned_data


class CheckForm(forms.Form):
    """Publish what another person wrote, or throw it away and say why."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        choices=[("publish", ""), ("discard", "")],
        error_messages={
            "required": "Press one of the buttons",
            "invalid_choice": "Press one of the buttons",
        },
        widget=forms.HiddenInput,
    )
    reason = _text(
        "Why not?", "Needed if you throw it away. It is kept in the history", rows=3, length=1000
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "discard" and not cleaned.get("reason"):
            self.add_error("reason", "Say why it is thrown away")
        return cleaned
