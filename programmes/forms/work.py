"""What staff write: a status update, a decision on it, a milestone and what became of it."""

from django import forms
from django.db.models import TextChoices

from bhcp_portal.kit.dates import span
from bhcp_portal.kit.fields import DayField
from programmes.models import MilestoneDate, Programme, Status, StatusUpdate
from programmes.models.status import (
    ENDED,
    MOST_LINES,
    REASON_LENGTH,
    SUMMARY_LENGTH,
    WHEN_RIGHT,
    WRITTEN,
)

LINES = f"At most {MOST_LINES} lines"
TEXT_LENGTH = 1000
# The words that go with a status that ends the work are one fact, asked under that status.
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
# What a status asks besides, shown under it.
ASKED = {
    Status.OFF_TRACK: ("end_date_changes", "new_end_on", "end_reason", "end_reason_words"),
    Status.PAUSED: ("next_decision_on",),
    Status.COMPLETE: ("closing_summary",),
    Status.STOPPED: ("stopped_because",),
    Status.MERGED: ("merged_into", "merged_because"),
}


class TextField(forms.CharField):
    """Words whose line ends are one character each, as in what documents gave."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


def _words(label, hint="", *, rows=None, length=None, **options):
    """A text that may be left out. Django's own sentences say which length is too long."""
    too_long = {"max_length": f"{label} must be {length} characters or fewer"}
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return TextField(
        label=label,
        help_text=hint,
        required=False,
        max_length=length,
        widget=widget,
        error_messages=too_long,
        **options,
    )


def _choice(label, choices, hint="", *, widget=forms.Select, empty="", **options):
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        required=False,
        widget=widget,
        choices=[*([("", empty)] if widget is forms.Select else []), *choices],
        error_messages={"invalid_choice": "Choose one from the list"},
        **options,
    )


def _forget_unasked(form, chosen, asked):
    """Take back what is wrong in boxes that belong to another choice: they are neither seen nor kept."""
    for choice, names in asked.items():
        for name in names:
            if chosen and choice != chosen:
                form.errors.pop(name, None)


def _with_asked(field, asked):
    """The choices of a field, each with the fields that it asks besides."""
    form = field.form
    return [
        (option, [form[name] for name in asked.get(option.data["value"], ())]) for option in field
    ]


class ProgrammeChoice(forms.ModelChoiceField):
    """A programme by its name; the queryset comes ``with_profile``."""

    def label_from_instance(self, programme):
        return programme.profile.name


class StatusForm(forms.Form):
    """One month's update of a programme.

    A draft may be anything. With ``whole`` it must keep the rules that ``facts`` are for. ``corrects``
    says that it takes the place of a published one. Gives ``values`` for the actions.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    period = forms.DateField(required=False, widget=forms.HiddenInput)

    status = _choice("Status", Status.choices, widget=forms.RadioSelect)
    end_date_changes = _choice(
        "Does the end date change?", [("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect
    )
    new_end_on = DayField(
        label="New end date", help_text="If it changes. For example, 30 6 2027", required=False
    )
    end_reason = _choice(
        "Why it changes", StatusUpdate.EndReason.choices, "If it changes", empty="Choose a reason"
    )
    end_reason_words = _words("Why it changes, in a few words", "If it changes", length=300)
    next_decision_on = DayField(
        label="When will this be decided again?",
        help_text="For example, 30 6 2027",
        required=False,
    )
    closing_summary = _words(
        "Closing summary", "What was reached. The public reads it", rows=4, length=TEXT_LENGTH
    )
    stopped_because = _words(
        "Why did the work stop?", "The public reads it", rows=4, length=TEXT_LENGTH
    )
    merged_into = ProgrammeChoice(
        Programme.objects.none(),
        label="Which programme is it part of now?",
        required=False,
        empty_label="Choose a programme",
        error_messages={"invalid_choice": "Choose a programme from the list"},
    )
    merged_because = _words(
        "Why did it become part of it?", "The public reads it", rows=4, length=TEXT_LENGTH
    )
    summary = _words(
        "Summary", "How is it going? Plain words for the public", rows=5, length=SUMMARY_LENGTH
    )
    status_reason = _words(
        "Reason for the status",
        "Needed if it is at risk, off track, paused or stopped, if it got better by two steps, or if "
        f"it is better than the dates suggest. At least {REASON_LENGTH} characters",
        rows=3,
        length=TEXT_LENGTH,
    )
    what_was_done = _words("What was done", LINES, rows=3, length=TEXT_LENGTH)
    what_is_next = _words("What is next", LINES, rows=3, length=TEXT_LENGTH)
    next_step = _words("The next step", "For example, recruit two nurses", length=200)
    next_step_owner = _words("Who takes it", "A role or team, not a person’s name", length=100)
    next_step_on = DayField(label="By when", help_text="For example, 30 6 2027", required=False)
    help_needed = _words("Help needed", "Leave empty if none is", length=300)
    confidence = _choice(
        "How sure are you of this status?", StatusUpdate.Confidence.choices, empty="Not said"
    )
    internal_note = _words(
        "Note for staff only", "Never shown to the public", rows=3, length=TEXT_LENGTH
    )
    reason = _words(
        "What was wrong in the published update?",
        "The public reads it beside the corrected update",
        rows=3,
        length=TEXT_LENGTH,
    )

    def __init__(self, *args, programmes, facts, period, corrects=None, whole=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.facts, self.now_open, self.corrects, self.whole = facts, period, corrects, whole
        self.fields["merged_into"].queryset = programmes
        self.fields["status"].choice_hints = WHEN_RIGHT
        self.initial.setdefault("period", period)
        if not corrects:
            del self.fields["reason"]

    @staticmethod
    def initial_from(row=None, *, correcting=None, copying=None, version=None):
        """What the form begins with: a row's words, or those of one that is corrected or copied.

        What was wrong is never copied, nor is a note for staff to the next month.
        """
        update = row or correcting or copying
        if update is None:
            return {}
        initial = {name: getattr(update, name) for name in WRITTEN}
        initial["end_date_changes"] = {True: "yes", False: "no", None: ""}[update.end_date_changes]
        initial["version"] = version or update.version
        if update is not row:
            initial |= {"reason": "", "version": None}
        if update is copying:
            initial["internal_note"] = ""
        # A draft without a status keeps such words too; they then stand in the first box.
        box = EXPLAINED_IN.get(update.status, "closing_summary")
        return {**initial, box: update.explanation}

    def says_more(self):
        """Whether something stands, or is wrong, in the boxes that may be left out."""
        return any(self[name].value() or self[name].errors for name in MAY_BE_LEFT_OUT)

    def statuses(self):
        """The statuses to choose from, each with the fields that it asks besides."""
        return _with_asked(self["status"], ASKED)

    def clean(self):
        cleaned = super().clean()
        _forget_unasked(self, cleaned.get("status"), ASKED)
        shown = self.cleaned_data.get("period")
        if shown and shown != self.now_open:
            now = span(self.now_open.isoformat()[:7]).in_words()
            then = span(shown.isoformat()[:7]).in_words()
            # What comes back to the person is then the update of the month that is open.
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
            for name, sentence in self.facts.faults_of(update):
                box = EXPLAINED_IN[update.status] if name == "explanation" else name
                if box not in self.errors:
                    self.add_error(box, sentence)
            if self.corrects and not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error("reason", "Say what was wrong in the published update")
        return cleaned

    def _values(self, cleaned):
        """The update's fields. What belongs to another status than the one chosen is left out."""
        values = {name: cleaned.get(name) for name in WRITTEN if name in self.fields}
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


class DecisionForm(forms.Form):
    """Approve an update, or return it with remarks."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        choices=[("approve", ""), ("return", "")],
        error_messages={
            "required": "Press “Approve and publish” or “Return”",
            "invalid_choice": "Press “Approve and publish” or “Return”",
        },
        widget=forms.HiddenInput,
    )
    remarks = _words(
        "Remarks",
        "Needed if you return it: say what to change. Staff can read them, the public can not",
        rows=4,
        length=TEXT_LENGTH,
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "return" and not cleaned.get("remarks"):
            self.add_error("remarks", "Say what to change, so that the author knows")
        return cleaned


class VersionForm(forms.Form):
    """That a person means the text they had before them."""

    version = forms.IntegerField(widget=forms.HiddenInput)


# -- milestones -----------------------------------------------------------------------------------


class RoughDayField(DayField):
    """A date in three boxes of which the day, or day and month, may stay empty. Gives its text.

    ``2027-06-30``, ``2027-06`` or ``2027``, as ``span`` reads it.
    """

    def clean(self, value):
        day, month, year = (str(part or "").strip() for part in value or ("", "", ""))
        if not (day or month or year):
            return super().clean(["", "", ""]) or ""
        if not year or (day and not month):
            return super().clean([day or "1", month, year])
        when = super().clean([day or "1", month or "1", year])
        return when.isoformat()[: 10 if day else 7 if month else 4]


class MilestoneForm(forms.Form):
    """A new milestone."""

    title = forms.CharField(
        label="What will be reached?",
        help_text="For example, new unit opens in Kendal",
        max_length=150,
        error_messages={
            "required": "Say what will be reached",
            "max_length": "Use 150 characters or fewer",
        },
    )
    description = _words("More about it", "Leave empty if the title says it all", length=400)
    due = RoughDayField(
        label="When is it due?",
        help_text="Leave the day empty if only the month is known. For example, 6 2027",
        error_messages={"required": "Enter when it is due"},
    )
    is_critical = forms.BooleanField(
        label="The programme depends on it",
        help_text="If it is more than 60 days late, the dates suggest “off track”",
        required=False,
    )


class Change(TextChoices):
    """What may become of a milestone."""

    DONE = "done", "It is done"
    MOVED = "moved", "The date moves"
    STARTED = "started", "Work on it has started"
    DROPPED = "dropped", "It is dropped"
    REOPENED = "reopened", "It is not done or dropped after all"


class MilestoneChangeForm(forms.Form):
    """What became of a milestone. ``now`` is what stands of it, ``today`` the day it is written on."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    change = forms.ChoiceField(
        label="What happened?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what happened",
            "invalid_choice": "Choose what happened",
        },
    )
    done = RoughDayField(
        label="When was it done?",
        help_text="Leave the day empty if only the month is known",
        required=False,
    )
    due = RoughDayField(
        label="New date",
        help_text="Leave the day empty if only the month is known",
        required=False,
    )
    moved_because = _words("Why does it move?", "The public reads it", length=TEXT_LENGTH, rows=3)
    dropped_because = _words(
        "Why is it dropped?", "The public reads it", length=TEXT_LENGTH, rows=3
    )
    reopened_because = _words("What was wrong?", "The public reads it", length=TEXT_LENGTH, rows=3)

    BECAUSE = {
        Change.MOVED: "moved_because",
        Change.DROPPED: "dropped_because",
        Change.REOPENED: "reopened_because",
    }

    ASKED = {
        Change.DONE: ("done",),
        Change.MOVED: ("due", "moved_because"),
        Change.DROPPED: ("dropped_because",),
        Change.REOPENED: ("reopened_because",),
    }

    def __init__(self, *args, now, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.now, self.today = now, today
        self.initial.setdefault("seen", now.pk)
        self.fields["change"].choices = [(each.value, each.label) for each in self.open_to(now)]

    def changes(self):
        """What may have happened, each with the fields that it asks besides."""
        return _with_asked(self["change"], self.ASKED)

    @staticmethod
    def open_to(now):
        """What may become of a milestone of which this stands."""
        if not now.is_open:
            return [Change.REOPENED]
        started = now.state == MilestoneDate.State.IN_PROGRESS
        return [
            each
            for each in Change
            if each != Change.REOPENED and not (each == Change.STARTED and started)
        ]

    def clean(self):
        cleaned = super().clean()
        change = cleaned.get("change")
        _forget_unasked(self, change, self.ASKED)
        if change == Change.DONE and "done" not in self.errors:
            if not cleaned.get("done"):
                self.add_error("done", "Enter the day it was done")
            elif span(cleaned["done"]).first > self.today:
                self.add_error("done", "The day it was done must be today or earlier")
        if change == Change.MOVED and "due" not in self.errors:
            if not cleaned.get("due"):
                self.add_error("due", "Enter the new date")
            elif cleaned["due"] == self.now.due_as:
                self.add_error("due", "Enter another date than the one it has")
        box = self.BECAUSE.get(change)
        if box and not cleaned.get(box) and box not in self.errors:
            self.add_error(box, "Say why, so that the public can understand it")
        cleaned["because"] = cleaned.get(box, "") if box else ""
        return cleaned
