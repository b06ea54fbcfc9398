"""Forms that filter a list. A value that can't be read is left out, and the page says so."""

from django import forms
from django.core.exceptions import ValidationError

from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.unseen import visible

ANY = ("", "Any")
LONGEST_WORDS = 100


class ThingField(forms.Field):
    """A choice of one thing by its slug or its code, in capitals or not, or by one that it had once.

    ``names``: pairs of a thing known on the day and its name. The choices are sorted by name.
    """

    def __init__(self, names, **kwargs):
        super().__init__(required=False, **kwargs)
        names = sorted(names, key=lambda pair: pair[1])
        self.items = [ANY, *((thing.slug, name) for thing, name in names)]
        self.model = type(names[0][0]) if names else None
        # Programmes and goals have no code, only a slug.
        self.things = {
            key.lower(): thing
            for thing, _ in names
            for key in (thing.slug, getattr(thing, "code", thing.slug))
        }

    def to_python(self, value):
        asked = (value or "").strip().lower()
        if asked and asked not in self.things:
            moved = self.model and (
                thing_once_at(self.model, asked)
                or thing_once_at(self.model, asked.upper(), by="code")
            )
            if moved is None or moved.slug.lower() not in self.things:
                raise ValidationError("unknown")
            asked = moved.slug.lower()
        return self.things.get(asked)


class WordField(forms.ChoiceField):
    """One of a closed list of words."""

    def __init__(self, choices, **kwargs):
        super().__init__(choices=[ANY, *choices], required=False, **kwargs)
        self.items = self.choices


class WordsField(forms.CharField):
    """Words to look for; more than anybody looks for are cut off."""

    def clean(self, value):
        return super().clean(value).strip()[:LONGEST_WORDS]


class Filters(forms.Form):
    """The filters of a list, as its address asks for them."""

    def chosen(self):
        """The filters that were given and could be read, as a dict of names and values."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def asked(self):
        """What the form shows as chosen: for each filter in ``chosen``, the text for its field."""
        return {name: getattr(value, "slug", value) for name, value in self.chosen().items()}

    @property
    def refusals(self):
        """A sentence for each value that could not be read, for programs."""
        sentences = []
        for name in self.errors:
            if name == "q":
                sentences.append("The words in q could not be read.")
                continue
            words = ", ".join(word for word, _ in self.fields[name].items if word)
            ways = f" Write one of: {words}." if words else ""
            sentences.append(f"There is no {name} “{self._asked(name)}”.{ways}")
        return sentences

    def _asked(self, name):
        return visible(self.data.get(name, "")[:40])

    @property
    def left_out(self):
        """A sentence for each value that could not be read."""
        sentences = []
        for name in self.errors:
            label = self.fields[name].label
            sentences.append(
                f"There is no “{self._asked(name)}” under “{label}”, so that choice was left out."
                if name != "q"
                else "The words could not be read, so they were left out."
            )
        return sentences
