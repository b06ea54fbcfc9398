"""The form with which a file is sent."""

from django import forms

from bhcp_portal.kit.spreadsheets.bounds import LARGEST, LARGEST_MB, TOO_LARGE


class FileForm(forms.Form):
    """A CSV file or a workbook. What it says is found out afterwards."""

    file = forms.FileField(
        label="Your file",
        help_text=f"A CSV file or an Excel workbook (.xlsx), up to {LARGEST_MB} MB.",
        allow_empty_file=True,
        max_length=200,
        error_messages={
            "required": "Choose a file",
            "missing": "Choose a file",
            "max_length": "Give the file a shorter name, of at most 200 letters",
        },
    )

    def clean_file(self):
        sent = self.cleaned_data["file"]
        if sent.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return sent
