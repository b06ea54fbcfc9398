"""The forms in which staff say that programmes have ended or are paused."""

from django import forms

from bhcp_portal.kit.dates import on_or_in, span
from bhcp_portal.kit.editor.proposal import Why
from bhcp_portal.kit.editor.sources import source_date
from bhcp_portal.kit.fields import (
    choices_with_fields,
    date_field,
    forget_unasked_errors,
    text_field,
)
from programmes.actions.endings import Outcome
from programmes.forms.status import HOW_IT_ENDED, ProgrammeChoice
from programmes.models import Programme
from programmes.models.status import REASON_LENGTH, SUMMARY_LENGTH

PAUSE = ("pause_owner", "next_decision_on")
STEP = ("next_step", "next_step_owner", "next_step_on")
NEEDED = {
    "ends": "Say from which day it is over",
    "merged_into": "Choose the programme that it became part of",
    "next_step": "Say what happens next",
    "next_step_owner": "Say who does that",
    "next_step_on": "Say by when",
    "pause_owner": "Say who decides whether it goes on",
    "next_decision_on": "Say when that is decided",
}


class EndingForm(forms.Form):
    """What became of a programme or of several, from which day, and why.

    ``programmes``: those that end, loaded ``with_profile``. ``others``: the programmes that one may
    become part of. ``outcomes``: the choices. ``open_milestones``: how many of them are still open.
    ``why`` and ``source`` were chosen before, and are kept in hidden fields.
    """

    why = forms.ChoiceField(
        choices=[(each.value, each.label) for each in (Why.DOCUMENT, Why.NOW)],
        widget=forms.HiddenInput,
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="What is the outcome?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the outcome",
            "invalid_choice": "Choose the outcome",
        },
    )
    merged_into = ProgrammeChoice(
        Programme.objects.none(),
        label="Which programme is it part of now?",
        required=False,
        empty_label="Choose a programme",
        error_messages={"invalid_choice": "Choose a programme from the list"},
    )
    next_step = text_field(
        "What happens next?", "For example, patients are told where to go", length=200
    )
    next_step_owner = text_field(
        "Who does that?", "A role or team, not a person’s name", length=100
    )
    next_step_on = date_field("By when?", exact=True)
    pause_owner = text_field(
        "Who decides whether it goes on?", "A role or team, not a person’s name", length=100
    )
    next_decision_on = date_field("When is that decided?", exact=True)
    ends = date_field(
        "From which day is it over?",
        "Leave it empty if it is paused. A day to come counts from that day",
    )
    words = text_field(
        f"{HOW_IT_ENDED.removesuffix('?')}, or why is it paused?",
        f"The public reads it. At least {REASON_LENGTH} characters",
        needed="Say how it ended, or why it is paused",
        rows=4,
        length=SUMMARY_LENGTH,
    )

    def __init__(self, *args, programmes, others, outcomes, open_milestones, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.programmes, self.open_milestones, self.at = programmes, open_milestones, at
        self.fields["outcome"].choices = [(each.value, each.label) for each in outcomes]
        self.fields["merged_into"].queryset = others
        if Outcome.PAUSED not in outcomes:
            self.fields["words"].label = HOW_IT_ENDED
            self.fields["words"].error_messages["required"] = "Say how it ended"
            self.fields["ends"].help_text = date_field(
                "", "A day to come counts from that day"
            ).help_text
        is_document = self["why"].value() == Why.DOCUMENT
        self.asks = {
            Outcome.STOPPED.value: () if is_document else STEP,
            Outcome.MERGED.value: ("merged_into",),
            Outcome.PAUSED.value: () if is_document else PAUSE,
        }

    def outcomes(self):
        """The outcomes to choose from, each as a pair with the fields that it asks for."""
        return choices_with_fields(self["outcome"], self.asks)

    def clean(self):
        cleaned = super().clean()
        outcome = cleaned.get("outcome")
        forget_unasked_errors(self, outcome, self.asks)
        needed = self.asks.get(outcome, ())
        may_pause = Outcome.PAUSED in dict(self.fields["outcome"].choices)
        if outcome != Outcome.PAUSED and (outcome or not may_pause):
            needed = (*needed, "ends")
        for name in needed:
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, NEEDED[name])
        self._require_begun(cleaned.get("ends"))
        words = cleaned.get("words")
        if words and len(words) < REASON_LENGTH:
            self.add_error(
                "words", f"Write at least {REASON_LENGTH} characters, so that it can be understood"
            )
        if cleaned.get("why") == Why.DOCUMENT:
            self._require_newest_source(cleaned)
        elif outcome == Outcome.FINISHED and self.open_milestones:
            count = "1 is" if self.open_milestones == 1 else f"{self.open_milestones} are"
            self.add_error(
                "outcome", f"Mark every milestone as done or dropped first: {count} still open"
            )
        return cleaned

    def _require_begun(self, ends):
        """None ends before it begins."""
        for programme in self.programmes if ends else ():
            begun = programme.profile.starts_as
            if begun and ends.last < span(begun).first:
                self.add_error(
                    "ends", f"{programme.profile.name} began {on_or_in(begun)}. Write a later day"
                )

    def _require_newest_source(self, cleaned):
        """What an older source says changes nothing now, so its end would never come."""
        dated = source_date(cleaned.get("source", ""), self.at)
        if not dated:
            self.add_error(None, "Choose the source that says so")
            return
        for programme in self.programmes:
            stands = (
                programme.profile.published_as or programme.profile.published_at.date().isoformat()
            )
            if span(dated).last < span(stands).last:
                self.add_error(
                    None,
                    f"Something newer than this source stands of {programme.profile.name}. Choose a "
                    "newer source, or say that you say so yourselves",
                )
