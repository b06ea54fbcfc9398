"""Forms about readings: one reading, and reasons."""

from django import forms

from bhcp_portal.kit.fields import TextField, date_field
from bhcp_portal.kit.spreadsheets.writing import csv_file
from metrics.models import WHOLE_BAY

COLUMNS = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"
LONGEST_REASON = 300


class BatchReasonForm(forms.Form):
    """Why a file is not published, or is undone."""

    reason = TextField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say why, in a sentence",
            "max_length": f"The reason must be {LONGEST_REASON} characters or fewer",
        },
    )


class ReadingForm(forms.Form):
    """One reading of a metric, whose numbers are checked in the same way as a row of a file."""

    scope = forms.ChoiceField(label="Where", error_messages={"required": "Choose where"})
    period = date_field(
        "First day of the period", needed="Enter the first day of the period", exact=True
    )
    numerator = TextField(required=False, max_length=40)
    denominator = TextField(required=False, max_length=40)
    value = TextField(required=False, max_length=40)
    is_provisional = forms.BooleanField(label="It may still change (provisional)", required=False)
    reason = TextField(
        label="Why it changed",
        help_text="Only where another number is public already. Readers see it.",
        required=False,
        max_length=LONGEST_REASON,
    )
    note = TextField(label="Note for readers (optional)", required=False, max_length=LONGEST_REASON)

    def __init__(self, *args, metric, card, scopes, **options):
        super().__init__(*args, **options)
        self.metric = metric
        self.fields["scope"].choices = scopes
        if card.has_parts:
            del self.fields["value"]
            self.fields["numerator"].label = card.numerator_words or "The top number"
            self.fields["denominator"].label = card.denominator_words
        else:
            del self.fields["numerator"], self.fields["denominator"]
            self.fields["value"].label = f"The number, in {card.unit}"
        for name in ("numerator", "denominator", "value"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"inputmode": "decimal"}

    def as_file(self) -> bytes:
        """The reading as a CSV file of one row, to be sent and checked like every file."""
        cleaned = self.cleaned_data
        row = {
            "metric": self.metric.code,
            "scope": cleaned["scope"] or WHOLE_BAY,
            "period": cleaned["period"].isoformat(),
            "provisional": "yes" if cleaned["is_provisional"] else "no",
        } | {name: cleaned.get(name, "") for name in ("numerator", "denominator", "value")}
        row |= {"reason": cleaned["reason"], "note": cleaned["note"]}
        columns = COLUMNS.split(",")
        return csv_file([columns, [row.get(name, "") for name in columns]])

    def add_cell_errors(self, errors):
        """Add the errors of the check to the fields that they are about."""
        for error in errors:
            field = error.column if error.column in self.fields else None
            found = f" You wrote “{error.found}”." if error.found and field != "reason" else ""
            if error.column == "reason":
                found = f" ({error.found}.)"
            self.add_error(field, f"{error.wanted}{found}")
