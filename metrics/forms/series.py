"""Forms about a metric in one scope: a target, a re-base, a note on the chart."""

from operator import attrgetter

from django import forms

from bhcp_portal.kit.fields import (
    NamedChoiceField,
    SeenField,
    choice_field,
    date_field,
    decimal_field,
    text_field,
)
from bhcp_portal.kit.sources import Source
from metrics.models import WHOLE_BAY, Series, Target
from metrics.models.frequency import MUST_START, starts_period


class SeriesForm(forms.Form):
    """A form about a metric in one scope. ``arguments`` are those of the action.

    ``scopes`` are choices of (code, name). Those that have a series are offered, and the whole area.
    """

    scope = forms.ChoiceField(
        label="Where",
        error_messages={"required": "Choose where", "invalid_choice": "Choose one from the list"},
    )

    def __init__(self, *args, metric, scopes, **kwargs):
        super().__init__(*args, **kwargs)
        self.metric = metric
        self.series = {each.scope: each for each in metric.series.with_scope()}
        offered = {WHOLE_BAY, *self.series}
        self.fields["scope"].choices = [pair for pair in scopes if pair[0] in offered]
        main = metric.card.main_scope
        self.initial["scope"] = main if main in self.series else next(iter(self.series), None)

    @property
    def arguments(self):
        arguments = dict(self.cleaned_data)
        # The series of the whole area may be new: the action then saves it.
        arguments["series"] = self.series.get(arguments.pop("scope")) or Series(metric=self.metric)
        return arguments

    def _first_day(self, name):
        day, frequency = self.cleaned_data[name], self.metric.card.frequency
        if day and not starts_period(day, frequency):
            raise forms.ValidationError(f"Enter the first day of a period. {MUST_START[frequency]}")
        return day


class TargetForm(SeriesForm):
    """What a metric should reach, from a day on."""

    seen = SeenField()
    kind = choice_field(
        "Whose target is it?", Target.Kind.choices, needed="Choose whose target it is"
    )
    value = decimal_field("Target", "In the measure’s unit", needed="Enter the target")
    starts_on = date_field("First day it holds", needed="Enter the first day it holds", exact=True)
    ends_on = date_field("Last day it holds", "Leave empty if it has no end", exact=True)
    words = text_field(
        "The target in words",
        "For example, 78% by March 2025, from the planning guidance",
        needed="Say what the target is",
        length=300,
    )
    source = NamedChoiceField(Source.objects.none(), named=attrgetter("title"), label="Source")
    for_verdict = forms.BooleanField(
        label="We judge against this target",
        help_text="Never by a trajectory, which is only drawn",
        required=False,
        initial=True,
    )
    reason = text_field(
        "Why the target changes",
        "Only if it takes the place of one with the same kind and first day",
        length=1000,
    )

    def __init__(self, *args, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Source.objects.by_title(at)

    def clean(self):
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "The last day must be after the first")
        if cleaned.get("kind") == Target.Kind.TRAJECTORY:
            cleaned["for_verdict"] = False
        return cleaned

    @property
    def arguments(self):
        values = super().arguments
        return {
            "series": values.pop("series"),
            "seen": values.pop("seen"),
            "values": values,
        }


class RebaseForm(SeriesForm):
    """The period in which counting changed, or from which it is taken back that it did."""

    starts_on = date_field(
        "First day of the period in which counting changed",
        needed="Enter the first day of a period",
        exact=True,
    )
    what_changed = text_field(
        "What changed?",
        "For example, the numbers come from another system",
        needed="Say what changed",
        length=300,
    )
    why = text_field(
        "Why does that change how to read the figures?",
        "The public reads it",
        needed="Say why",
        rows=3,
        length=300,
    )
    decided_by = text_field(
        "Who decided it?",
        "For example, the quality committee",
        needed="Say who decided it",
        length=200,
    )
    taken_back = forms.BooleanField(
        label="Take it back: counting did not change here", required=False
    )

    def clean_starts_on(self):
        return self._first_day("starts_on")

    @property
    def arguments(self):
        arguments = super().arguments
        arguments["applies"] = not arguments.pop("taken_back")
        return arguments


class ChartNoteForm(SeriesForm):
    """A note on what happened in a period."""

    period = date_field(
        "First day of the period", needed="Enter the first day of a period", exact=True
    )
    words = text_field(
        "What happened?",
        "A few words. The chart shows them by a number",
        needed="Say what happened",
        length=200,
    )
    reason = text_field(
        "Why the note changes", "Only if something is noted there already", length=1000
    )

    def clean_period(self):
        return self._first_day("period")
