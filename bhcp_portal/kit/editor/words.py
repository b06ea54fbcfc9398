"""The cells of a row in words: names in place of codes, dates as people write them."""

from collections.abc import Mapping
from textwrap import shorten

from django import forms
from django.utils.html import strip_tags

from bhcp_portal.kit.addresses import OldName, thing_once_at
from bhcp_portal.kit.dates import span
from bhcp_portal.kit.editor.editors import Editor, line_of
from bhcp_portal.kit.editor.proposal import NEW_THING
from bhcp_portal.kit.kinds import Kind, value_at
from bhcp_portal.kit.numbers import number, quantity
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import (
    Column,
    ExactDecimalField,
    ListField,
    ReferenceField,
    WrittenDateField,
    YesNoField,
)
from bhcp_portal.kit.things import Thing

# Longer words of a row are cut off in its title.
LONGEST_TITLE = 80


def names_of(model: type[Thing], at, *, by: str = "slug") -> dict[str, str]:
    """The name of each thing of a model at a moment, by its natural key; unnamed ones by that key.

    Where all that named it was taken back, its last name says so: ``Eye care (taken back)``.
    """
    named = list(
        model.objects.annotate(called=model.name_at("pk", at)).values_list("pk", by, "called")
    )
    last = names_taken_back(model, [pk for pk, _, called in named if not called])
    return {key: called or last.get(pk, key) for pk, key, called in named}


def names_to_choose(model: type[Thing], at, *, by: str = "slug") -> dict[str, str]:
    """The name of each thing that is known at a moment, by its natural key: what a form or file may name."""
    known = model.objects.known_at(at).annotate(called=model.called_at("pk", at))
    return dict(known.values_list(by, "called"))


def names_taken_back(model: type[Thing], keys: list[int]) -> dict[int, str]:
    """What things were called whose name was taken back, by primary key; one query, or none."""
    if not keys:
        return {}
    of = f"{model.naming_field()}_id"
    named = model.naming_model().objects.filter(**{f"{of}__in": keys})
    gone = named.exclude(taken_back_at=None).order_by("taken_back_at", "pk")
    names = gone.values_list(of, model.NAME_FIELD)
    return {key: f"{name} (taken back)" for key, name in names}


class ThingNames:
    """The names of things at a moment, read once for each model."""

    def __init__(self, at):
        self.at = at
        self._found: dict[tuple[type[Thing], str], dict[str, str]] = {}
        self._profiles: dict[type[Thing], dict[int, Statement]] = {}
        self._offered: dict[tuple[type[Thing], str], set[str]] = {}

    def propose(self, rows) -> None:
        """Call things that have no name yet as rows of a proposal (``ProposedRow``) do."""
        for row in rows:
            editor = row.editor
            for column, model in editor.references[:1]:
                key, by = row.cells.get(column, ""), editor.column(column).field.by
                name = row.cells.get(editor.named_by, "")
                if key and name and self.of(model, key, by=by) == key:
                    self._found[model, by][key] = name

    def offer(self, rows) -> None:
        """Let what rows of a proposal name be chosen, though nothing that stands names it yet."""
        self.propose(rows)
        for row in rows:
            for column, model in row.editor.references:
                by = row.editor.column(column).field.by
                self._offered.setdefault((model, by), set()).add(row.cells.get(column, ""))

    def to_choose(self, model: type[Thing], *, by: str = "slug", kept: str = "") -> dict[str, str]:
        """The things that may be chosen, by name: what stands, what was offered, and what is ``kept``."""
        found = names_to_choose(model, self.at, by=by)
        more = self._offered.get((model, by), set()) | {kept}
        there = model.objects.filter(**{f"{by}__in": more - set(found) - {""}})
        return found | {key: self.of(model, key, by=by) for key in there.values_list(by, flat=True)}

    def of(self, model: type[Thing], key: str, *, by: str = "slug") -> str:
        """The name of the thing with a natural key, or with one that it had once."""
        if (model, by) not in self._found:
            self._found[model, by] = names_of(model, self.at, by=by)
        found = self._found[model, by]
        if key not in found and (moved := thing_once_at(model, key, by=by)):
            found[key] = found[getattr(moved, by)]
        return found.get(key, key)

    def profile_of(self, thing: Thing) -> Statement | None:
        """What stands of a thing."""
        model = type(thing)
        if model not in self._profiles:
            things = model.objects.with_profile(self.at)
            self._profiles[model] = {each.pk: each.profile for each in things}
        return self._profiles[model].get(thing.pk)


def cell_words(column: Column, text: str, names: ThingNames) -> str:
    """A cell in words; empty text if there is nothing in it."""
    inner = column.field
    if not text:
        return ""
    if isinstance(inner, ReferenceField):
        return names.of(inner.model, text, by=inner.by)
    if isinstance(inner, ListField):
        each = dict(getattr(inner.each, "choices", ()))
        return ", ".join(str(each.get(part, part)) for part in text.split(";"))
    if isinstance(inner, YesNoField):
        return text.capitalize()
    if isinstance(inner, forms.ChoiceField):
        return _label(column, dict(inner.choices).get(text, text))
    if isinstance(inner, WrittenDateField | forms.DateField):
        return _date_words(text)
    if isinstance(inner, ExactDecimalField | forms.IntegerField):
        return _number_words(text)
    return text


def _label(column, label):
    label = strip_tags(str(label))
    return label[:1].upper() + label[1:]


def _date_words(text):
    try:
        return span(text).in_words()
    except ValueError:
        return text


def _number_words(text):
    try:
        return number(ExactDecimalField().clean(text))
    except forms.ValidationError:
        return text


def row_words(
    row: Statement, editor: Editor | None, kind: Kind, names: ThingNames, *, of: Thing | None = None
) -> str:
    """What a row says, on one short line, as lists of staff name it.

    ``of``: the thing whose page shows it, which needs not be named. A thing's own profile is called
    by its name.
    """
    own = _own_words(row, kind, names)
    words = short(own)
    if editor is None:
        things = [each for each in things_of_row(row, kind) if each != of]
        about = [names.of(type(each), each.slug) for each in things]
        words = words or str(row)
    else:
        about = [
            names.of(model, key, by=editor.column(name).field.by)
            for name, model in _about(editor)
            if (key := editor.column(name).text(row))
            and not _is(of, model, editor.column(name), key)
        ]
    of_things = ", ".join(about)
    in_words = ": ".join(part for part in (of_things, "" if own == of_things else words) if part)
    if editor is not None and name_field(kind) and of not in (None, value_at(row, kind.thing)):
        in_words += _why_here(row, editor, of)
    return in_words or _first_answer(row, editor, names)


def _why_here(row, editor, of):
    """Why the profile of one thing stands on the page of another: ``(part of: this one)``."""
    named = [
        question.label
        for question in editor.questions
        if question.column in dict(editor.references)
        and _is(of, type(of), column := editor.column(question.column), column.text(row))
    ]
    return f" ({named[0][:1].lower()}{named[0][1:]}: this one)" if named else ""


def things_of_row(row: Statement, kind: Kind) -> list[Thing]:
    """The things that a row of a kind with pages of its own speaks of, its place among them."""
    if isinstance(row, OldName):
        return list(filter(None, [row.thing]))
    return list(dict.fromkeys(filter(None, (value_at(row, path) for path in ways(kind)))))


def ways(kind: Kind) -> list[str]:
    """The paths from a row of a kind to the things that it speaks of, its place among them."""
    places = (path.rpartition("__")[0] for path in kind.places)
    return list(filter(None, (kind.thing, kind.other, *places)))


def _own_words(row, kind, names):
    if isinstance(row, OldName):
        return row.words
    if (line := line_of(kind.model)) and (profile := names.profile_of(value_at(row, kind.thing))):
        return line(row, profile)
    if field := name_field(kind):
        return str(getattr(row, field))
    parts = []
    if kind.number:
        amount = getattr(row, kind.number)
        unit = getattr(row, kind.unit_field) if kind.unit_field else kind.unit
        qualifier = getattr(row, kind.qualifier) if kind.qualifier else ""
        parts.append(quantity(amount, unit, qualifier) if amount is not None else "")
    code = str(getattr(row, kind.code)) if kind.code else ""
    parts.append(kind.code_words(code) if code not in ("True", "False") else "")
    parts.append(str(getattr(row, kind.words)) if kind.words else "")
    return ": ".join(part for part in parts if part)


def _about(editor):
    """The columns with the things that a title names; of a thing's own profile only that thing."""
    if not name_field(editor.kind):
        return editor.references
    return [
        (column, model)
        for column, model in editor.references
        if editor.table.attribute(column) == editor.kind.thing
    ]


def name_field(kind: Kind) -> str:
    """The field with the name of a thing, of the kind that gives it; else empty."""
    model = kind.thing_model
    is_profile = model and kind.model is model.profile_model()
    return model.NAME_FIELD if is_profile and hasattr(kind.model, model.NAME_FIELD) else ""


def short(words: str) -> str:
    """The first words of a row, as many as a title has."""
    return shorten(words, LONGEST_TITLE, placeholder=" …")


def _first_answer(row, editor, names):
    """The first answer of a row that says nothing in words, but for the things that it names."""
    columns = [editor.column(question.column) for question in editor.questions]
    answers = [
        cell_words(column, column.text(row), names)
        for column in columns
        if not isinstance(column.field, ReferenceField)
    ]
    return next(filter(None, answers), editor.kind.one)


def cells_in_short(editor: Editor, cells: Mapping[str, str], names: ThingNames) -> str:
    """What a row that is not saved yet is of, and its first words, on one line."""
    about = [
        cell_words(editor.column(column), cells.get(column, ""), names)
        for column, _ in _about(editor)
        if cells.get(column) != NEW_THING
    ]
    asked = [question.column for question in editor.questions]
    own = [name for name in asked if name not in dict(editor.references)]
    # What a kind says in words comes before what goes with a number.
    first = name_field(editor.kind) or editor.kind.words
    own.sort(key=lambda name: editor.table.attribute(name) != first)
    texts = [cell_words(editor.column(name), cells.get(name, ""), names) for name in own]
    parts = [", ".join(filter(None, about)), *[each for each in texts if each][:1]]
    words = ": ".join(dict.fromkeys(map(short, parts)))
    return words.strip(": ")


def _is(thing, model, column, key):
    return isinstance(thing, model) and getattr(thing, column.field.by) == key


def lines(
    editor: Editor, cells: Mapping[str, str], names: ThingNames
) -> list[tuple[str, str, str]]:
    """The columns of a row with their questions and cells in words: (column, label, words).

    Last comes what each statement says of itself: certainty, note and reason. A reason that
    only says the note again is left out.
    """
    asked = [(question.column, question.label) for question in editor.questions]
    asked += [(name, label) for name, label in OWN_WORDS if name in cells]
    if cells.get("note") and cells["note"] == cells.get("reason"):
        asked = [each for each in asked if each[0] != "reason"]
    return [
        (name, label, cell_words(editor.column(name), cells.get(name, ""), names))
        for name, label in asked
    ]


def column_words(editor: Editor, name: str) -> str:
    """What is asked in a column of a file, with the name that its header has: ``Title (title)``."""
    labels = {question.column: question.label for question in editor.questions}
    label = (labels | dict(OWN_WORDS) | {"published_at": "When it was said"}).get(name, "")
    return f"{label} ({name})" if label else name


OWN_WORDS = (
    ("certainty", "How sure it is"),
    ("note", "Note for the reader"),
    ("reason", "Why it changes"),
)
