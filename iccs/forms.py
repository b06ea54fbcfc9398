"""The forms in which people look for their community, and in which staff merge and split them."""

from django import forms

from bhcp_portal.kit.editor.forms import NOTE_LENGTH, require_newer, require_source
from bhcp_portal.kit.editor.proposal import Why
from bhcp_portal.kit.editor.sources import source_date
from bhcp_portal.kit.fields import SeenField, choice_field, date_field, several_field, text_field
from bhcp_portal.kit.finding import reads_like
from bhcp_portal.kit.tables import to_text
from iccs.changing import (
    Change,
    NewProfile,
    Successor,
    corrected,
    current,
    is_there_already,
    moved_rows,
    new_parts,
    proposed_rows,
)
from iccs.models import IccSuccession

LONGEST = 100


# What is asked of the rows of a kind that one community takes.
WHICH_GO = {
    "": "Which {kinds} of {old} go to {new}?",
    "icc-trusts": "Which hospital trusts of {old} will serve {new}?",
    "programme-iccs": "Which programmes in {old} go to {new}?",
    "done": "Of what programmes did in {old}, what goes on in {new}?",
}


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


class ChangeForm(forms.Form):
    """What the two changes of communities ask alike, and what they rest on.

    ``fewest``: so many communities it takes; ``TOO_FEW`` says that there are fewer.
    """

    kind = ""
    why = forms.ChoiceField(
        choices=[(each.value, each.label) for each in (Why.DOCUMENT, Why.NOW)],
        widget=forms.HiddenInput,
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, names, day, **kwargs):
        super().__init__(*args, **kwargs)
        self.names = names
        self.profiles = {each.icc.code: each for each in current(names.at, day)}
        self.choices = [(code, each.name) for code, each in self.profiles.items()]
        self.ask()
        self.fields["day"] = date_field(
            "On which day?",
            "The first day on which it is so. It may be still to come",
            needed="Say on which day",
            exact=True,
        )
        self.fields["reason"] = text_field(
            "Why?", "Readers see this", needed="Say why", rows=2, length=NOTE_LENGTH
        )

    def clean(self):
        cleaned = super().clean()
        require_source(self, cleaned)
        taken = {reads_like(each.name): each.name for each in self.profiles.values()}
        for name in self.new_names():
            if called := taken.get(reads_like(name)):
                self.add_error(
                    self.asks_names, f"There is a community called {called}. Choose it above"
                )
            if len(name) > LONGEST:
                sentence = f"A name must be {LONGEST} characters or fewer"
                self.add_error(self.asks_names, sentence)
        return cleaned

    def parts(self) -> list[Successor]:
        """The communities that follow: those that there are first, then new ones."""
        standing = [
            Successor(code, self.profiles[code].name, self.profiles[code].icc)
            for code in self.standing_codes()
        ]
        return [*standing, *new_parts(self.new_names())]

    def change(self) -> Change:
        """The change that was asked for."""
        given = self.cleaned_data
        source = given["source"] if given["why"] == Why.DOCUMENT else ""
        return Change(
            kind=self.kind,
            ended=[self.profiles[code].icc for code in self.ended_codes()],
            parts=self.parts(),
            day=given["day"],
            reason=given["reason"],
            why=given["why"],
            source=source,
            dated=source_date(source, self.names.at) if source else "",
        )


class MergeForm(ChangeForm):
    """Several communities become one."""

    kind = IccSuccession.Kind.MERGED

    @staticmethod
    def begun_of(given):
        """What is chosen already, where the page was come to from that of a community (``?of=``)."""
        return {"ended": [given["of"]]} if given.get("of") else {}

    asks_names = "name"
    fewest = 2
    TOO_FEW = "There are no two communities yet that could become one."

    def ask(self):
        self.fields["ended"] = several_field(
            "Which communities end?",
            self.choices,
            "Leave out the one that goes on, if there is one",
            needed="Choose the communities that end",
        )
        self.fields["into"] = choice_field(
            "Which community do they become part of?",
            self.choices,
            empty="A new one",
            widget=forms.Select,
        )
        self.fields["name"] = text_field(
            "Name of the new one (optional)", "Only if it is a new one", length=LONGEST
        )

    def clean(self):
        cleaned = super().clean()
        ended, into, name = cleaned.get("ended", []), cleaned.get("into"), cleaned.get("name")
        if into and into in ended:
            self.add_error("into", "This one ends. Choose another, or a new one")
        if into and name:
            self.add_error("name", "Leave this empty, or choose “A new one” above")
        if "into" in cleaned and not into and not name:
            self.add_error("name", "Write the name of the new one, or choose one above")
        if not into and len(ended) == 1:
            sentence = "Choose two or more. If one only gets another name, correct its name instead"
            self.add_error("ended", sentence)
        return cleaned

    def ended_codes(self):
        return self.cleaned_data["ended"]

    def standing_codes(self):
        return [self.cleaned_data["into"]] if self.cleaned_data["into"] else []

    def new_names(self):
        name = self.cleaned_data.get("name", "")
        return [name] if name and not self.cleaned_data.get("into") else []


class SplitForm(ChangeForm):
    """One community becomes several."""

    kind = IccSuccession.Kind.SPLIT

    @staticmethod
    def begun_of(given):
        """As that of a merge."""
        return {"ended": given["of"]} if given.get("of") else {}

    asks_names = "new"
    fewest = 1
    TOO_FEW = "There is no community yet that could become several."

    def ask(self):
        self.fields["ended"] = choice_field(
            "Which community is split?",
            [("", "Choose one"), *self.choices],
            needed="Choose the community that is split",
            widget=forms.Select,
        )
        self.fields["new"] = text_field(
            "Names of the new communities (optional)", "One on each line", rows=3, length=1000
        )
        self.fields["into"] = several_field(
            "Which communities that there are take a part? (optional)", self.choices
        )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("ended") in cleaned.get("into", []):
            self.add_error("into", "This one is split. Leave it out")
        names = self.new_names()
        if len({name.lower() for name in names}) < len(names):
            self.add_error("new", "A name is here twice. Give each its own")
        if not self.errors and len(names) + len(cleaned["into"]) < 2:
            self.add_error("new", "A community is split into two or more. Name them")
        return cleaned

    def ended_codes(self):
        return [self.cleaned_data["ended"]]

    def standing_codes(self):
        return self.cleaned_data.get("into", [])

    def new_names(self):
        lines = self.cleaned_data.get("new", "").splitlines()
        return [line.strip() for line in lines if line.strip()]


ALL, NONE = "all", "none"
# What a community gives up to one of those that follow; other kinds may go to each.
GOES_TO_ONE = ("icc-places", "icc-practices")
# Their words say what was done in a place, which did not happen in those that follow.
DONE_THERE = ("programme-iccs",)
STAYS = (
    "Tick only what goes on. What was done and is over stays in the past of the old page. "
    "What is not ticked ends on the day, and goes nowhere"
)


class MovesForm(forms.Form):
    """What moves to whom, asked of every row that ends with its community.

    ``profiles``: those of the communities that end. ``seen``: the version of the proposal to which
    it is added, if there is one already.
    """

    seen = SeenField()

    def __init__(self, *args, change, found, profiles, networks=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.change, self.found = change, found
        self.profiles = {each.icc_id: each for each in profiles}
        self.groups = []
        for icc, kinds in found.items():
            asked = [name for slug, rows in kinds.items() for name in self._ask(icc, slug, rows)]
            self.groups.append((self._name(icc), asked))
        self.new = [part for part in change.parts if part.icc is None]
        for number, part in enumerate(self.new):
            self._ask_of_new(number, part, networks)

    def _name(self, icc):
        return self.profiles[icc.pk].name if icc.pk in self.profiles else icc.code

    def _ask(self, icc, slug, rows):
        there = {
            (each.key, part.key)
            for each in rows
            for part in self.change.parts
            if is_there_already(self.change, each, part)
        }
        if len(self.change.parts) == 1:
            done = [each for each in rows if self._tells_what_was_done(slug, each)]
            others = [each for each in rows if each not in done]
            asked = [self._ask_of_one(icc, slug, others, there)] if others else []
            return asked + (
                [self._ask_of_one(icc, slug, done, there, is_done=True)] if done else []
            )
        for each in rows:
            parts = [
                (
                    part.key,
                    f"{part.name} (already there)" if (each.key, part.key) in there else part.name,
                )
                for part in self.change.parts
            ]
            label = f"{each.editor.kind.one}: {each.words}"
            if slug in GOES_TO_ONE:
                choices = [("", "Choose one"), *parts, (NONE, "None of them")]
                needed = f"Say which community takes it: {each.words}"
                field = choice_field(label, choices, needed=needed, widget=forms.Select)
            else:
                choices = [(ALL, "All of them"), *parts, (NONE, "None of them")]
                is_done = self._tells_what_was_done(slug, each)
                field = choice_field(
                    label,
                    [("", "Choose one")] * is_done + choices,
                    "Say where it goes on. If it is over, choose “None of them”" * is_done,
                    needed=f"Say where it goes on: {each.words}" if is_done else "Choose one",
                    widget=forms.Select,
                )
                field.initial = "" if is_done else ALL
            self.fields[each.key] = field
        return [each.key for each in rows]

    def _tells_what_was_done(self, slug, moving):
        return slug in DONE_THERE and bool(moving.row.words)

    def _ask_of_one(self, icc, slug, rows, there, *, is_done=False):
        """A question on rows of a kind that one community takes; ``is_done``: they say what was done."""
        [part] = self.change.parts
        moving = [each for each in rows if (each.key, part.key) not in there]
        hint = STAYS if is_done else "What is not ticked ends on the day, and goes nowhere"
        if already := [each.words.rstrip(".") for each in rows if each not in moving]:
            hint = f"Already there: {'; '.join(already)}" + (f". {hint}" if moving else "")
        asked = WHICH_GO.get("done" if is_done else slug, WHICH_GO[""]).format(
            kinds=rows[0].editor.kind.many_within, old=self._name(icc), new=part.name
        )
        field = several_field(
            asked,
            [(each.key, each.words) for each in moving],
            hint,
        )
        field.initial = [] if is_done else [each.key for each in moving]
        name = f"{icc.code}-{slug}" + ("-done" if is_done else "")
        self.fields[name] = field
        return name

    def _ask_of_new(self, number, part, networks):
        ended = [self.profiles[icc.pk] for icc in self.change.ended]
        of_ended = {each.network.slug if each.network else "" for each in ended}
        network = choice_field(
            f"Clinical network of {part.name}", networks, empty="Not known", widget=forms.Select
        )
        network.initial = of_ended.pop() if len(of_ended) == 1 else ""
        self.fields[f"network-{number}"] = network
        on_map = [(each.icc.code, f"As {each.name}") for each in ended if each.latitude is not None]
        self.fields[f"position-{number}"] = choice_field(
            f"Where does {part.name} stand on the map?",
            on_map,
            empty="Not yet",
            widget=forms.Select,
        )

    def clean(self):
        cleaned = super().clean()
        rows = [
            each.row for kinds in self.found.values() for some in kinds.values() for each in some
        ]
        taking = [
            standing
            for kinds in self.found.values()
            for some in kinds.values()
            for each in some
            for part in self.change.parts
            if (standing := corrected(each, part)) and not is_there_already(self.change, each, part)
        ]
        require_newer(self, self.change.dated, rows + taking)
        return cleaned

    @property
    def sections(self):
        """The questions on each community that ends: its name and its bound fields."""
        return [(name, [self[each] for each in asked]) for name, asked in self.groups]

    @property
    def of_new(self):
        """The questions on the new communities, as bound fields."""
        each = range(len(self.new))
        return [self[f"{what}-{number}"] for number in each for what in ("network", "position")]

    def _moves(self):
        """The rows that end, and the keys of the parts that take each."""
        goes_to, moving = {}, []
        keys = [part.key for part in self.change.parts]
        for icc, kinds in self.found.items():
            for slug, rows in kinds.items():
                moving += rows
                name = f"{icc.code}-{slug}"
                ticked = [
                    *self.cleaned_data.get(name, []),
                    *self.cleaned_data.get(f"{name}-done", []),
                ]
                for each in rows:
                    chosen = self.cleaned_data.get(each.key, "")
                    if chosen == ALL or each.key in ticked:
                        goes_to[each.key] = keys
                    else:
                        goes_to[each.key] = [chosen] if chosen in keys else []
        return moving, goes_to

    def added(self, rows):
        """What is added to the rows of a proposal that has left these behind."""
        return moved_rows(self.change, *self._moves(), others=rows)

    def proposed(self):
        """The rows of the proposal."""
        codes = {each.icc.code: each for each in self.profiles.values()}
        profiles = {}
        for number, part in enumerate(self.new):
            at = codes.get(self.cleaned_data[f"position-{number}"])
            where = (to_text(at.latitude), to_text(at.longitude)) if at else ("", "")
            network = self.cleaned_data[f"network-{number}"]
            profiles[part.key] = NewProfile(network, *where)
        return proposed_rows(self.change, *self._moves(), profiles)
