"""The form in which people look for their community."""

from django import forms

LONGEST = 100


class FindForm(forms.Form):
    """One box: a practice, a town, a village or the name of a community."""

    q = forms.CharField(
        label="Your GP practice, town or village",
        max_length=LONGEST,
        error_messages={
            "required": "Type the name of a GP practice, town or village",
            "max_length": f"Type a shorter name, of {LONGEST} characters or fewer",
            "null_characters_not_allowed": "Type the name in letters and figures only",
        },
    )
