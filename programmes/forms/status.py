"""The forms in which staff write a status update and decide on it."""

from django import forms

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import span
from bhcp_portal.kit.fields import (
    SeenField,
    SeenForm,
    choice_field,
    choices_with_fields,
    date_field,
    forget_unasked_errors,
    text_field,
)
from programmes.models import Programme, Status, StatusUpdate
from programmes.models.status import (
    AUTHOR_FIELDS,
    ENDED,
    ENDS_ELSEWHERE,
    MOST_LINES,
    REASON_LENGTH,
    SUMMARY_LENGTH,
    WHEN_RIGHT,
)

LINES = f"At most {MOST_LINES} lines"
TEXT_LENGTH = 1000
HOW_IT_ENDED = "How did it end?"
# The model keeps how it ended in one field, ``explanation``. The form asks for them in another
# box under each status that ends the work.
EXPLAINED_IN = {
    Status.COMPLETE: "closing_summary",
    Status.STOPPED: "stopped_because",
    Status.MERGED: "merged_because",
}


MAY_BE_LEFT_OUT = (
    "what_was_done",
    "what_is_next",
    "help_needed",
    "confidence",
    "internal_note",
)
# The further fields that a status asks for. The form shows them under that status.
REQUIRED_BY_STATUS = {
    Status.OFF_TRACK: ("end_date_changes", "new_end_on", "end_reason", "end_reason_words"),
    Status.PAUSED: ("next_decision_on",),
    Status.COMPLETE: ("closing_summary",),
    Status.STOPPED: ("stopped_because",),
    Status.MERGED: ("merged_into", "merged_because"),
}


class ProgrammeChoice(forms.ModelChoiceField):
    """A choice of programmes by name. The queryset must be loaded ``with_profile``."""

    def label_from_instance(self, programme):
        return programme.profile.name


class StatusForm(forms.Form):
    """A programme's status update for one month.

    A draft may break the rules; with ``whole`` the form checks them against ``facts``. ``period``:
    the first day of the month. ``corrects``: the published update that this one would supersede.
    Once the form is valid, ``values`` is what the actions take.
    """

    seen = SeenField()
    period = forms.DateField(required=False, widget=forms.HiddenInput)

    status = choice_field(StatusUpdate.label("status"), Status.choices)
    end_date_changes = choice_field(
        StatusUpdate.label("end_date_changes"), [("yes", "Yes"), ("no", "No")]
    )
    new_end_on = date_field(StatusUpdate.label("new_end_on"), "If it changes", exact=True)
    end_reason = choice_field(
        StatusUpdate.label("end_reason"),
        StatusUpdate.EndReason.choices,
        "If it changes",
        empty="Choose a reason",
        widget=forms.Select,
    )
    end_reason_words = text_field(
        StatusUpdate.label("end_reason_words"), "If it changes", length=300
    )
    next_decision_on = date_field(StatusUpdate.label("next_decision_on"), exact=True)
    closing_summary = text_field(
        HOW_IT_ENDED, "What was reached. The public reads it", rows=4, length=TEXT_LENGTH
    )
    stopped_because = text_field(
        HOW_IT_ENDED, "Why the work stopped. The public reads it", rows=4, length=TEXT_LENGTH
    )
    merged_into = ProgrammeChoice(
        Programme.objects.none(),
        label=StatusUpdate.label("merged_into"),
        required=False,
        empty_label="Choose a programme",
        error_messages={"invalid_choice": "Choose a programme from the list"},
    )
    merged_because = text_field(
        HOW_IT_ENDED, "Why it became part of it. The public reads it", rows=4, length=TEXT_LENGTH
    )
    summary = text_field(
        StatusUpdate.label("summary"),
        "How is it going? Plain words for the public",
        rows=5,
        length=SUMMARY_LENGTH,
    )
    status_reason = text_field(
        StatusUpdate.label("status_reason"),
        "Needed if it is at risk, off track, paused or stopped, if it got better by two steps, or if "
        f"it is better than the dates suggest. At least {REASON_LENGTH} characters",
        rows=3,
        length=TEXT_LENGTH,
    )
    what_was_done = text_field(
        StatusUpdate.label("what_was_done"), LINES, rows=3, length=TEXT_LENGTH
    )
    what_is_next = text_field(StatusUpdate.label("what_is_next"), LINES, rows=3, length=TEXT_LENGTH)
    next_step = text_field(
        StatusUpdate.label("next_step"), "For example, recruit two nurses", length=200
    )
    next_step_owner = text_field(
        StatusUpdate.label("next_step_owner"), "A role or team, not a person’s name", length=100
    )
    next_step_on = date_field(StatusUpdate.label("next_step_on"), exact=True)
    help_needed = text_field(
        StatusUpdate.label("help_needed"), "Leave empty if none is", length=300
    )
    confidence = choice_field(
        StatusUpdate.label("confidence"),
        StatusUpdate.Confidence.choices,
        empty="Not said",
        widget=forms.Select,
    )
    internal_note = text_field(
        StatusUpdate.label("internal_note"), "Never shown to the public", rows=3, length=TEXT_LENGTH
    )
    reason = text_field(
        StatusUpdate.label("reason"),
        "The public reads it beside the corrected update",
        rows=3,
        length=TEXT_LENGTH,
    )

    def __init__(self, *args, programmes, facts, period, corrects=None, whole=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.facts, self.now_open, self.corrects, self.whole = facts, period, corrects, whole
        self.fields["merged_into"].queryset = programmes
        self.fields["status"].choice_hints = WHEN_RIGHT
        if not facts.may_end:
            going_on = [each for each in Status.choices if each[0] not in ENDED]
            self.fields["status"].choices = going_on
            self.fields["status"].error_messages["invalid_choice"] = ENDS_ELSEWHERE
        self.initial.setdefault("period", period)
        if not corrects:
            del self.fields["reason"]

    @staticmethod
    def initial_from(row=None, *, correcting=None, copying=None, seen=""):
        """The initial values: those of the draft ``row``, or of an update to correct or to copy.

        The reason for a correction is never copied. The note for staff is not copied to another
        month.
        """
        update = row or correcting or copying
        if update is None:
            return {}
        initial = {name: getattr(update, name) for name in AUTHOR_FIELDS}
        initial["end_date_changes"] = {True: "yes", False: "no", None: ""}[update.end_date_changes]
        initial["seen"] = seen or seen_token(row)
        if update is not row:
            initial["reason"] = ""
        if update is copying:
            initial["internal_note"] = ""
        # A draft without a status may say how it ended too. That is shown in the first box.
        box = EXPLAINED_IN.get(update.status, "closing_summary")
        return {**initial, box: update.explanation}

    def says_more(self):
        """Whether an optional field has a value or an error, so that they all are shown open."""
        return any(self[name].value() or self[name].errors for name in MAY_BE_LEFT_OUT)

    def statuses(self):
        """The statuses to choose from, each as a pair with the fields that it asks for."""
        return choices_with_fields(self["status"], REQUIRED_BY_STATUS)

    def clean(self):
        cleaned = super().clean()
        forget_unasked_errors(self, cleaned.get("status"), REQUIRED_BY_STATUS)
        shown = self.cleaned_data.get("period")
        if shown and shown != self.now_open:
            now = span(self.now_open.isoformat()[:7]).in_words()
            then = span(shown.isoformat()[:7]).in_words()
            # The form that is shown again is for the month that is open now.
            self.data = self.data.copy()
            self.data[self.add_prefix("period")] = self.now_open.isoformat()
            self.add_error(
                None,
                f"{then} closed while this page was open. Your words are still here: check that they "
                f"are true of {now}, then save them as the update for {now}.",
            )
        self.values = self._values(cleaned)
        if self.whole:
            update = StatusUpdate(**self.values)
            for name, sentence in self.facts.errors_of(update):
                box = EXPLAINED_IN[update.status] if name == "explanation" else name
                if box not in self.errors:
                    self.add_error(box, sentence)
            if self.corrects and not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error("reason", "Say what was wrong in the published update")
        return cleaned

    def _values(self, cleaned):
        """The update's fields. Those that belong to a status that was not chosen are emptied."""
        values = {name: cleaned.get(name) for name in AUTHOR_FIELDS if name in self.fields}
        empty = StatusUpdate()
        values = {
            name: getattr(empty, name) if value in (None, "") else value
            for name, value in values.items()
        }
        status = values["status"]
        boxes = [EXPLAINED_IN[status]] if status in ENDED else EXPLAINED_IN.values()
        words = [cleaned.get(box) or "" for box in boxes if status in ENDED or not status]
        values["explanation"] = next(filter(None, words), "")
        moves = {"yes": True, "no": False}.get(cleaned.get("end_date_changes"))
        values["end_date_changes"] = moves
        if status and status != Status.OFF_TRACK:
            values["end_date_changes"] = moves = None
        if status and not moves:
            values |= {"new_end_on": None, "end_reason": "", "end_reason_words": ""}
        if status and status != Status.PAUSED:
            values["next_decision_on"] = None
        if status and status != Status.MERGED:
            values["merged_into"] = None
        return values


class DeleteDraftForm(SeenForm):
    """Delete a draft; of another person's it asks why."""

    reason = text_field(
        "Why is it deleted?",
        "Whoever wrote it reads this",
        needed="Say why it is deleted",
        length=TEXT_LENGTH,
    )

    def __init__(self, *args, is_own, **options):
        super().__init__(*args, **options)
        if is_own:
            del self.fields["reason"]
