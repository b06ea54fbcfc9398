"""What a reader sends about a figure that looks wrong."""

from django import forms

from bhcp_portal.kit.fields import text_field
from bhcp_portal.kit.open_forms import OpenForm


class FigureQuestionForm(OpenForm):
    """What is wrong, and where to answer. ``arguments`` are those of the action."""

    words = text_field(
        "What is wrong?",
        "Say what you think is right and, if you can, where it stands. "
        "Write nothing about anybody’s health. At most 1,000 characters.",
        needed="Say what is wrong with the figure",
        rows=5,
        length=1000,
    )
    reply_to = forms.EmailField(
        label="Your email address (if you want an answer)",
        help_text="We use it for nothing else.",
        required=False,
        max_length=254,
        error_messages={
            "invalid": "Enter an email address like name@example.com, or leave it empty",
            "max_length": "Enter an email address of 254 characters or fewer",
        },
    )

    @property
    def arguments(self):
        return {name: self.cleaned_data[name] for name in ("words", "reply_to")}
