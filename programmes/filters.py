"""What a reader may choose from the lists. What can't be read is left out, and said so."""

from django import forms
from django.core.exceptions import ValidationError

from iccs.models import Icc
from partners.models import Partner
from programmes.metric_presenters import Change, Order
from programmes.models import Goal, MetricProfile, Objective, Programme, Status

LONGEST_WORDS = 100
ANY = ("", "Any")
NONE = ("none", "No status was reported")


class ThingField(forms.Field):
    """One of the things known on the day, by its slug or its code; gives the thing.

    ``names``: the things, each with the name it is listed by.
    """

    def __init__(self, names, **kwargs):
        super().__init__(required=False, **kwargs)
        self.items = [ANY, *((thing.slug, name) for thing, name in names)]
        # Programmes and goals go by their slug alone.
        self.things = {
            key.lower(): thing
            for thing, _ in names
            for key in (thing.slug, getattr(thing, "code", thing.slug))
        }

    def to_python(self, value):
        asked = (value or "").strip().lower()
        if asked and asked not in self.things:
            raise ValidationError("unknown")
        return self.things.get(asked)


class WordField(forms.ChoiceField):
    """One of a closed list of words."""

    def __init__(self, choices, **kwargs):
        super().__init__(choices=[ANY, *choices], required=False, **kwargs)
        self.items = self.choices


class Filters(forms.Form):
    """What was asked of a list by its address."""

    def chosen(self):
        """What was chosen and could be read: a dict of filters and values."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def asked(self):
        """What the form shows as chosen: for each filter the text that its field takes."""
        return {name: getattr(value, "slug", value) for name, value in self.chosen().items()}

    @property
    def left_out(self):
        """A sentence for each value that could not be read."""
        sentences = []
        for name in self.errors:
            label = self.fields[name].label
            asked = self.data.get(name, "").replace("\x00", "")[:40]
            sentences.append(
                f"There is no “{asked}” under “{label}”, so that choice was left out."
                if name != "q"
                else "The words could not be read, so they were left out."
            )
        return sentences


class ProgrammeFilters(Filters):
    """The five filters of CONTRACT 2, read from an address; four queries for their choices."""

    q = forms.CharField(label="Words", required=False)
    status = WordField([*Status.choices, NONE], label="Last status")
    objective = WordField(Objective.choices, label="Objective")

    def __init__(self, asked, *, at, day):
        super().__init__(asked)
        partners = Partner.objects.known_at(at).with_name(at, day)
        iccs = Icc.objects.known_at(at).with_profile(at)
        self.fields["partner"] = ThingField(
            _by_name((partner, partner.name) for partner in partners), label="Partner"
        )
        self.fields["icc"] = ThingField(
            _by_name((icc, icc.profile.name) for icc in iccs), label="Community"
        )

    def clean_q(self):
        return self.cleaned_data["q"].strip()[:LONGEST_WORDS]


class MetricFilters(Filters):
    """The filters of the list of metrics, and its order; six queries for their choices."""

    variation = WordField(Change.choices, label="Change")
    state = WordField(MetricProfile.State.choices, label="State")
    sort = WordField(Order.choices, label="Order")

    @property
    def order(self):
        return self.chosen().get("sort", Order.NAME)

    def __init__(self, asked, *, at, day):
        super().__init__(asked)
        self.fields["sort"].items = Order.choices
        goals = Goal.objects.known_at(at).with_profile(at)
        programmes = Programme.objects.known_at(at).with_profile(at)
        partners = Partner.objects.known_at(at).with_name(at, day)
        for name, things in (
            ("goal", [(goal, goal.profile.name) for goal in goals]),
            ("programme", [(programme, programme.profile.name) for programme in programmes]),
            ("partner", [(partner, partner.name) for partner in partners]),
        ):
            self.fields[name] = ThingField(_by_name(things), label=name.capitalize())


def _by_name(pairs):
    return sorted(pairs, key=lambda pair: pair[1])
