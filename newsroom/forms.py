"""The forms in which staff write, approve and withdraw news."""

from django import forms

from bhcp_portal.kit.fields import SeenField
from iccs.models import Icc
from newsroom.models.news import SUMMARY_LENGTH, TITLE_LENGTH
from partners.models import Partner
from programmes.models import Programme

NOTE_LENGTH = 10
# About 3,000 words. Marks without end in a longer text take minutes to draw, each time it is read.
BODY_LENGTH = 20_000


class NamedChoice(forms.ModelChoiceField):
    def label_from_instance(self, thing):
        return thing.name


class NamedPartners(forms.ModelMultipleChoiceField):
    def label_from_instance(self, thing):
        return thing.name


class NamedThings(forms.ModelMultipleChoiceField):
    def label_from_instance(self, thing):
        return thing.profile.name


class NewsForm(forms.Form):
    """The words of a news item and what it names. ``seen``: the version that the person had."""

    title = forms.CharField(
        label="Headline",
        help_text="Up to 65 characters. Say what happened.",
        error_messages={"required": "Enter a headline"},
    )
    summary = forms.CharField(
        label="Summary",
        help_text=f"One or two sentences, up to {SUMMARY_LENGTH} characters.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter a summary"},
    )
    body = forms.CharField(
        label="Text",
        help_text="An empty line starts a paragraph. ## starts a heading, - a list item. "
        "A link is written [words](https://address).",
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": "Enter the text"},
    )
    lead_partner = NamedChoice(
        Partner.objects.none(),
        label="Lead partner",
        required=False,
        empty_label="The whole partnership",
    )
    partners = NamedPartners(
        Partner.objects.none(),
        label="Partners it names",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    programmes = NamedThings(
        Programme.objects.none(),
        label="Programmes it names",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    iccs = NamedThings(
        Icc.objects.none(),
        label="Communities it names",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    update_note = forms.CharField(
        label="What changed, for the reader",
        required=False,
        help_text="Shown with the item. Leave empty for a small slip, such as a spelling.",
    )
    seen = SeenField()

    def __init__(self, *args, at, day, partners=None, is_correction=False, **kwargs):
        """``partners``: keys of the partners the person may choose as lead; ``None`` for all.

        ``at`` and ``day``: what is known then can be chosen. ``is_correction``: an earlier version
        is public.
        """
        super().__init__(*args, **kwargs)
        known = Partner.objects.known_at(at).with_name(at, day)
        self.fields["partners"].queryset = known
        lead = self.fields["lead_partner"]
        lead.queryset = known if partners is None else known.filter(pk__in=partners)
        lead.error_messages["invalid_choice"] = (
            "Choose the partner that leads on this from the list"
        )
        if partners is not None:
            lead.required, lead.empty_label = True, "Choose a partner"
            lead.error_messages["required"] = "Choose the partner that leads on this"
        self.fields["programmes"].queryset = Programme.objects.known_at(at).with_profile(at)
        self.fields["iccs"].queryset = Icc.objects.known_at(at).with_profile(at)
        if not is_correction:
            del self.fields["update_note"]

    def clean_title(self):
        return _short_enough(self.cleaned_data["title"], TITLE_LENGTH, "Headline")

    def clean_summary(self):
        return _short_enough(self.cleaned_data["summary"], SUMMARY_LENGTH, "Summary")

    def clean_body(self):
        return _short_enough(self.cleaned_data["body"], BODY_LENGTH, "Text")

    def clean_update_note(self):
        note = self.cleaned_data["update_note"]
        if note and len(note) < NOTE_LENGTH:
            raise forms.ValidationError(
                f"What changed must be {NOTE_LENGTH} characters or more, or empty"
            )
        return _short_enough(note, 300, "What changed")

    def words(self):
        """The fields that the actions take: all but ``seen``."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why is it withdrawn?",
        help_text="Readers see this over the item, which stays readable.",
        error_messages={"required": "Enter why the item is withdrawn"},
    )

    def clean_reason(self):
        reason = self.cleaned_data["reason"]
        if len(reason) < NOTE_LENGTH:
            raise forms.ValidationError(f"The reason must be {NOTE_LENGTH} characters or more")
        return _short_enough(reason, 300, "The reason")


def _short_enough(text, limit, name):
    if len(text) > limit:
        raise forms.ValidationError(
            f"{name} must be {limit:,} characters or fewer; it has {len(text):,}"
        )
    return text
