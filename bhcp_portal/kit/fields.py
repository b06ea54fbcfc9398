"""Form fields that the design system has and Django has not."""

from datetime import date

from django import forms

from bhcp_portal.kit.dates import Span, day_in_words
from bhcp_portal.kit.written_dates import read_date


class TextField(forms.CharField):
    """Text whose line ends are one character each (LF), as in text that came from documents."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class DateInWordsField(TextField):
    """A date as a person writes it: gives a ``Span``, or with ``exact`` a day; ``None`` if empty.

    A ``Span`` or a day as initial is shown in words.
    """

    def __init__(self, *, exact=False, **options):
        super().__init__(**options)
        self.exact = exact

    def prepare_value(self, value):
        if isinstance(value, Span):
            return value.in_words()
        return day_in_words(value) if isinstance(value, date) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        written = super().clean(value)
        if not written:
            return None
        try:
            found = read_date(written)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="invalid") from None
        if not self.exact:
            return found
        if found.first != found.last:
            raise forms.ValidationError(
                f"“{written}” is more than one day. Write one, like 3 June 2027", code="exact"
            )
        return found.first


class NamedChoiceField(forms.ModelChoiceField):
    """A choice of one row of a queryset, each row shown by the name that ``named(row)`` gives.

    ``needed``: what to do if none is chosen, as a sentence; without it the choice is optional.
    """

    def __init__(self, queryset, *, named, needed="", **options):
        super().__init__(
            queryset,
            required=bool(needed),
            empty_label="Choose one" if needed else "None",
            error_messages={"required": needed, "invalid_choice": "Choose one from the list"},
            **options,
        )
        self.named = named

    def label_from_instance(self, row):
        return self.named(row)


# Each of the following makes a form field from its label and hint. The field is optional unless
# ``needed`` is given: the sentence that says what to do if it is empty.


def text_field(label, hint="", *, needed="", rows=None, length=None):
    """Text of at most ``length`` characters, in one line or in a box of ``rows`` lines."""
    subject = "Your answer" if label.endswith("?") else label
    return TextField(
        label=label,
        help_text=hint,
        required=bool(needed),
        max_length=length,
        widget=forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput(),
        error_messages={
            "required": needed,
            "max_length": f"{subject} must be {length} characters or fewer",
        },
    )


def date_field(label, hint="", *, needed="", exact=False):
    """A date as people write it, as a ``Span``; with ``exact`` a single day, as a ``date``."""
    such_as = "Such as 3 June 2027" if exact else "Such as 3 June 2027, June 2027, 2027 or 2027/28"
    return DateInWordsField(
        exact=exact,
        label=label,
        help_text=f"{hint.removesuffix('.')}. {such_as}" if hint else such_as,
        required=bool(needed),
        max_length=100,
        error_messages={
            "required": needed,
            "max_length": "Write the date in 100 characters or fewer, like 3 June 2027",
        },
    )


def ask_if_past(form, name, today):
    """Ask of a form’s cleaned date, of what is still to come, whether it is right that it is past.

    A box to tick then stands below it, under its name with ``_is_right``. For ``clean`` of a form.
    """
    day, box = form.cleaned_data.get(name), f"{name}_is_right"
    if not day or day.last >= today:
        return
    words = f"Yes, {day.in_words()} is right"
    form.fields[box] = forms.BooleanField(label=words, required=False)
    names = [each for each in form.fields if each != box]
    names.insert(names.index(name) + 1, box)
    form.order_fields(names)
    if not form.data.get(form.add_prefix(box)):
        sentence = f"{day.in_words()} has passed. Correct it, or tick below that it is right"
        form.add_error(name, sentence)


def choice_field(label, choices, hint="", *, needed="", empty="", widget=forms.RadioSelect):
    """One of a closed list. ``empty`` is the text for no choice in an optional drop-down list."""
    nothing = [("", empty)] if widget is forms.Select and not needed else []
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        required=bool(needed),
        choices=[*nothing, *choices],
        widget=widget,
        error_messages={"required": needed, "invalid_choice": "Choose one from the list"},
    )


def several_field(label, choices, hint="", *, needed=""):
    """Several of a closed list, as boxes to tick; gives a list."""
    return forms.MultipleChoiceField(
        label=label,
        help_text=hint,
        required=bool(needed),
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": needed, "invalid_choice": "Choose from the list"},
    )


def whole_field(label, hint="", *, needed="", least=0, most=None):
    """A whole number from ``least`` to ``most``; without ``most`` there is no upper limit."""
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=bool(needed),
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": needed,
            "invalid": f"{label} must be a whole number, like 12",
            "min_value": f"{label} must be {least} or more",
            "max_value": f"{label} must be {most} or less",
        },
    )


def decimal_field(label, hint="", *, needed=""):
    """A number of at most 18 digits, 6 of them decimals."""
    return forms.DecimalField(
        label=label,
        help_text=hint,
        required=bool(needed),
        max_digits=18,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "required": needed,
            "invalid": f"{label} must be a number, like 12.5",
            "max_digits": f"{label} must have 18 digits or fewer",
            "max_whole_digits": f"{label} must have 12 digits or fewer before the point",
            "max_decimal_places": f"{label} must have 6 decimals or fewer",
        },
    )


def button_field(*buttons):
    """Which of a form's buttons, named after the field, was pressed. ``buttons``: pairs of a value and words."""
    needed = "Press one of the buttons"
    return forms.ChoiceField(
        choices=buttons,
        error_messages={"required": needed, "invalid_choice": needed},
        widget=forms.HiddenInput,
    )


class SeenField(forms.CharField):
    """The version that the person saw (``seen_token``, kit/actions.py), in a hidden field.

    Whatever is sent is taken: ``require_seen`` finds what is no token out of date, and the form is
    then shown again with the present one.
    """

    widget = forms.HiddenInput

    def clean(self, value):
        return str(value or "")


class SeenForm(forms.Form):
    """Only the ``seen`` token: the person acts on the version they had before them."""

    seen = SeenField()


# -- fields that belong to one choice of another field ---------------------------------------------


def forget_unasked_errors(form, chosen, fields_by_choice):
    """Remove the errors of fields that belong to another choice than ``chosen``.

    Such fields are neither seen nor saved. ``fields_by_choice``: for each choice, its fields'
    names.
    """
    for choice, names in fields_by_choice.items():
        for name in names:
            if chosen and choice != chosen:
                form.errors.pop(name, None)


def choices_with_fields(field, fields_by_choice):
    """Pairs of a choice of a bound field and the list of bound fields that belong to the choice."""
    form = field.form
    return [
        (option, [form[name] for name in fields_by_choice.get(option.data["value"], ())])
        for option in field
    ]
