"""The forms to link a metric to a programme or a goal, and to take a link back."""

from django import forms

from bhcp_portal.kit.fields import choice_field, text_field
from programmes.models import Goal, Programme


class LinkForm(forms.Form):
    """A programme or goal, and how the metric shows whether it works.

    ``arguments`` gives the keyword arguments for ``link_metric``.
    """

    to = choice_field(
        "Programme or goal", (), needed="Choose a programme or a goal", widget=forms.Select
    )
    words = text_field(
        "How is this measure meant to show whether the programme or goal works?",
        "Plain words for the public",
        needed="Say how it is meant to show it",
        rows=3,
        length=300,
    )
    reason = text_field(
        "Why it is linked again", "Only if the same link was taken back before", length=1000
    )

    def __init__(self, *args, at, **kwargs):
        super().__init__(*args, **kwargs)
        programmes = Programme.objects.known_at(at).with_profile(at)
        goals = Goal.objects.known_at(at).with_profile(at)
        self.offered = {
            f"{kind}:{thing.slug}": (thing, f"{thing.profile.name} ({kind})")
            for kind, things in (
                ("programme", sorted(programmes, key=lambda programme: programme.profile.name)),
                ("goal", sorted(goals, key=lambda goal: goal.profile.position)),
            )
            for thing in things
        }
        names = [(code, words) for code, (_, words) in self.offered.items()]
        self.fields["to"].choices = [("", "Choose one"), *names]

    @property
    def arguments(self):
        thing, _ = self.offered[self.cleaned_data["to"]]
        return self.cleaned_data | {"to": thing}


class TakeBackForm(forms.Form):
    """Why a link no longer applies. ``arguments`` gives those for ``take_back_link``."""

    reason = text_field(
        "Why is it taken back?",
        "The public reads it. Pages of earlier days keep the link",
        needed="Say why it is taken back",
        rows=3,
        length=1000,
    )

    @property
    def arguments(self):
        return self.cleaned_data
