"""The forms in which staff add a milestone or report a change of one."""

from django import forms
from django.db.models import TextChoices

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.fields import (
    SeenField,
    ask_if_past,
    choices_with_fields,
    date_field,
    forget_unasked_errors,
    text_field,
)
from programmes.forms.status import TEXT_LENGTH
from programmes.models import MilestoneDate


class MilestoneForm(forms.Form):
    """A new milestone. ``today``: the day on which it is written."""

    title = forms.CharField(
        label="What will be reached?",
        help_text="For example, the new unit opens",
        max_length=150,
        error_messages={
            "required": "Say what will be reached",
            "max_length": "Use 150 characters or fewer",
        },
    )
    description = text_field("More about it", "Leave empty if the title says it all", length=400)
    due = date_field("When is it due?", needed="Enter when it is due")
    is_critical = forms.BooleanField(
        label="The programme depends on it",
        help_text="If it is more than 60 days late, the dates suggest “off track”",
        required=False,
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self):
        cleaned = super().clean()
        ask_if_past(self, "due", self.today)
        return cleaned


class MilestoneChange(TextChoices):
    """The changes of a milestone that staff can report."""

    DONE = "done", "It is done"
    MOVED = "moved", "The date moves"
    STARTED = "started", "Work on it has started"
    DROPPED = "dropped", "It is dropped"
    REOPENED = "reopened", "It is not done or dropped after all"


class MilestoneChangeForm(forms.Form):
    """One change of a milestone.

    ``now``: the statement that the person had before them. ``today``: the day on which they write.
    ``end``: how its programme has ended, if it has.
    The reason is in ``cleaned_data["because"]``, whichever box it was written in.
    """

    seen = SeenField()
    change = forms.ChoiceField(
        label="What happened?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what happened",
            "invalid_choice": "Choose what happened",
        },
    )
    done = date_field("When was it done?")
    due = date_field("New date")
    moved_because = text_field(
        "Why does it move?", "The public reads it", length=TEXT_LENGTH, rows=3
    )
    dropped_because = text_field(
        "Why is it dropped?", "The public reads it", length=TEXT_LENGTH, rows=3
    )
    reopened_because = text_field(
        "What was wrong?", "The public reads it", length=TEXT_LENGTH, rows=3
    )

    BECAUSE = {
        MilestoneChange.MOVED: "moved_because",
        MilestoneChange.DROPPED: "dropped_because",
        MilestoneChange.REOPENED: "reopened_because",
    }

    REQUIRED_BY_CHANGE = {
        MilestoneChange.DONE: ("done",),
        MilestoneChange.MOVED: ("due", "moved_because"),
        MilestoneChange.DROPPED: ("dropped_because",),
        MilestoneChange.REOPENED: ("reopened_because",),
    }

    def __init__(self, *args, now, today, end=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.now, self.today = now, today
        self.initial.setdefault("seen", seen_token(now))
        possible = self.open_to(now, has_ended=end is not None)
        self.fields["change"].choices = [(each.value, each.label) for each in possible]
        if end:
            self.fields["change"].error_messages["invalid_choice"] = end.for_milestones

    def changes(self):
        """The changes to choose from, each as a pair with the fields that it asks for."""
        asked = dict(self.REQUIRED_BY_CHANGE)
        if "due_is_right" in self.fields:
            asked[MilestoneChange.MOVED] = ("due", "due_is_right", "moved_because")
        return choices_with_fields(self["change"], asked)

    @staticmethod
    def open_to(now, *, has_ended=False):
        """The changes that are possible from a milestone's current statement.

        ``has_ended``: its programme has.
        """
        if has_ended:
            return [MilestoneChange.DONE, MilestoneChange.DROPPED] if now.is_open else []
        if not now.is_open:
            return [MilestoneChange.REOPENED]
        started = now.state == MilestoneDate.State.IN_PROGRESS
        return [
            each
            for each in MilestoneChange
            if each != MilestoneChange.REOPENED
            and not (each == MilestoneChange.STARTED and started)
        ]

    def clean(self):
        cleaned = super().clean()
        change = cleaned.get("change")
        forget_unasked_errors(self, change, self.REQUIRED_BY_CHANGE)
        if change == MilestoneChange.DONE and "done" not in self.errors:
            if not cleaned.get("done"):
                self.add_error("done", "Enter when it was done")
            elif cleaned["done"].first > self.today:
                self.add_error("done", "The day it was done must be today or earlier")
        if change == MilestoneChange.MOVED and "due" not in self.errors:
            if not cleaned.get("due"):
                self.add_error("due", "Enter the new date")
            elif cleaned["due"].text == self.now.due_as:
                self.add_error("due", "Enter another date than the one it has")
            else:
                ask_if_past(self, "due", self.today)
        box = self.BECAUSE.get(change)
        if box and not cleaned.get(box) and box not in self.errors:
            self.add_error(box, "Say why, so that the public can understand it")
        cleaned["because"] = cleaned.get(box, "") if box else ""
        return cleaned
