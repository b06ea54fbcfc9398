"""Form fields that the design system has and Django has not."""

from datetime import date

from django import forms


class DayInput(forms.MultiWidget):
    """Three boxes for day, month and year: easier to fill in from memory than a calendar."""

    def __init__(self, attrs=None):
        super().__init__(
            {part: forms.TextInput() for part in ("day", "month", "year")},
            attrs,
        )

    def decompress(self, value):
        parts = (value.day, value.month, value.year) if value else ("", "", "")
        return [str(part) for part in parts]


class DayField(forms.MultiValueField):
    """A date in three boxes. Its errors say which box is empty or what a real date looks like."""

    widget = DayInput
    default_error_messages = {
        "required": "Enter a date",
        "part": "The date must include a %(part)s",
        "real": "The date must be a real one, like 30 6 2017",
    }

    def __init__(self, **options):
        parts = tuple(forms.CharField(required=False) for _ in range(3))
        super().__init__(parts, require_all_fields=False, **options)

    def clean(self, value):
        day, month, year = (str(part or "").strip() for part in value or ("", "", ""))
        if not day and not month and not year:
            return super().clean(["", "", ""])
        for part, given in (("day", day), ("month", month), ("year", year)):
            if not given:
                raise forms.ValidationError(
                    self.error_messages["part"], code="part", params={"part": part}
                )
        try:
            when = date(int(year), int(month), int(day))
            if when.year < 1900:  # "17" is not the year 17
                raise ValueError
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["real"], code="real") from None
        self.run_validators(when)
        return when

    def compress(self, data_list):
        return None  # asked only when all three boxes are empty
