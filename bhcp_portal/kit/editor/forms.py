"""One form for every kind, made of its editor's questions and its table's columns."""

from difflib import get_close_matches

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import slugify

from bhcp_portal.kit import shapes
from bhcp_portal.kit.actions import LEAST_REASON, NO_SLUGS, SAY_MORE
from bhcp_portal.kit.addresses import code_refusal, thing_once_at
from bhcp_portal.kit.dates import london_day, span
from bhcp_portal.kit.decisions import DecisionForm, DiscardForm
from bhcp_portal.kit.editor.editors import ANOTHER_NAME, Beginning, Editor, Question
from bhcp_portal.kit.editor.proposal import (
    NEW_THING,
    Act,
    Proposal,
    ProposedRow,
    Why,
    grounds_for,
    standing_alike,
)
from bhcp_portal.kit.editor.reach import reach_column, within_reach
from bhcp_portal.kit.editor.sources import own_date, source_date
from bhcp_portal.kit.editor.words import ThingNames, cell_words
from bhcp_portal.kit.fields import (
    SeenField,
    ask_if_past,
    button_field,
    choice_field,
    choices_with_fields,
    date_field,
    text_field,
)
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.markdown import validate_markdown
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.spreadsheets.forms import FileForm
from bhcp_portal.kit.statements import Certainty
from bhcp_portal.kit.tables import (
    ExactDecimalField,
    ListField,
    ReferenceField,
    WrittenDateField,
    YesNoField,
    first_day,
    to_text,
)
from bhcp_portal.kit.things import Thing
from bhcp_portal.kit.unseen import visible

# A longer list of names is searched by words, since nobody reads it.
LONGEST_LIST = 60
MOST_FOUND = 12
# How much alike two words are that may be one with a slip, from 0 to 1.
ALIKE = 0.7
NOTE_LENGTH = 1000
# The lines of a box for some sentences, and of one for the text of a page.
LONG_TEXT, WHOLE_PAGE = 4, 16
OPTIONAL = " (optional)"
NOT_YOURS = "This is not of a partner that you write for. Choose another"


class NameField(forms.CharField):
    """A thing by words of its name. Where several fit, they are offered to choose from."""

    def __init__(self, names: dict[str, str], **options):
        super().__init__(**options)
        self.names = names
        self.found: list[tuple[str, str]] = []

    def clean(self, value):
        value = super().clean(value).strip()
        if not value or value in self.names:
            return value
        exactly = [key for key, name in self.names.items() if name.lower() == value.lower()]
        if len(exactly) == 1:
            return exactly[0]
        words = value.lower().split()
        self.found = [
            (key, name)
            for key, name in sorted(self.names.items(), key=lambda each: each[1].lower())
            if all(word in name.lower() for word in words)
        ]
        if len(self.found) == 1:
            return self.found[0][0]
        if not self.found:
            self.found = self._near(words)
            to_do = "Choose one that is spelt alike, or write" if self.found else "Write"
            raise forms.ValidationError(
                f"Nothing is called “{value}”. {to_do} fewer words of its name"
            )
        if len(self.found) > MOST_FOUND:
            raise forms.ValidationError(
                f"{len(self.found)} names have “{value}” in them. Write one more word of it"
            )
        raise forms.ValidationError(f"{len(self.found)} names have “{value}” in them. Choose one")

    def _near(self, words):
        """The things whose names have words spelt nearly as these."""
        parts = {key: set(name.lower().split()) for key, name in self.names.items()}
        spelt = set().union(*parts.values())
        near = [set(get_close_matches(word, spelt, cutoff=ALIKE)) for word in words]
        found = [key for key, own in parts.items() if all(own & alike for alike in near)]
        return [(key, self.names[key]) for key in found[:MOST_FOUND]]

    def prepare_value(self, value):
        return self.names.get(value, value)


class LinesField(forms.CharField):
    """Several values, one on each line; gives them as a table's cell has them."""

    def clean(self, value):
        lines = (super().clean(value) or "").splitlines()
        return ";".join(line.strip().replace(";", ",") for line in lines if line.strip())


class ListOfChoicesField(forms.MultipleChoiceField):
    """Several of a closed list; gives them as a table's cell has them."""

    def clean(self, value):
        return ";".join(super().clean(value))


class NumberField(forms.CharField):
    """A number as people write it, with commas or a pound sign; gives it as a cell has it."""

    def clean(self, value):
        text = (super().clean(value) or "").replace(",", "").replace("£", "").replace(" ", "")
        return text.removesuffix("%").replace("−", "-")


def question_field(
    editor: Editor,
    question: Question,
    names: ThingNames,
    things: models.QuerySet | None = None,
    *,
    kept: str = "",
) -> forms.Field:
    """The form field of a question: what is cleaned is the text of a cell, or a ``Span``.

    ``things``: where it asks for a thing, those to choose from; left out: all that stand. ``kept``:
    the cell as it is, which may stay.
    """
    column = editor.column(question.column)
    inner, label, hint = column.field, question.label, question.hint
    needed = _needed(question, editor) if inner.required else ""
    if not needed:
        label += OPTIONAL
    if isinstance(inner, ReferenceField):
        return _reference_field(column, label, hint, needed, names, things, kept)
    if isinstance(inner, WrittenDateField | forms.DateField):
        exact = isinstance(inner, forms.DateField)
        return date_field(label, hint, needed=needed, exact=exact)
    if isinstance(inner, YesNoField):
        choices = [("yes", "Yes"), ("no", "No")]
        return choice_field(
            label, choices if needed else [*choices, ("", "Not known")], hint, needed=needed
        )
    if isinstance(inner, ListField):
        choices = getattr(inner.each, "choices", None)
        if choices:
            return ListOfChoicesField(
                choices=choices,
                label=label,
                help_text=hint,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        widget = forms.Textarea(attrs={"rows": 3})
        hint = f"{hint} One on each line".strip()
        return LinesField(label=label, help_text=hint, required=False, widget=widget)
    if isinstance(inner, forms.ChoiceField):
        choices = [(key, cell_words(column, key, names)) for key, _ in inner.choices if key]
        if not needed:
            choices.append(("", "Not known"))
        return choice_field(label, choices, hint, needed=needed)
    if isinstance(inner, ExactDecimalField | forms.IntegerField):
        return NumberField(
            label=label,
            help_text=hint,
            required=bool(needed),
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages={"required": needed},
        )
    of = editor.table.model._meta.get_field(column.attribute or column.name)
    rows = LONG_TEXT if isinstance(of, models.TextField) or (of.max_length or 0) > 250 else None
    if validate_markdown in of.validators:
        rows = WHOLE_PAGE
    return text_field(label, hint, needed=needed, rows=rows, length=of.max_length)


def _needed(question, editor):
    """What to do where an answer is needed and there is none."""
    if question.needed:
        return question.needed
    label = question.label
    words = label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"
    inner = editor.column(question.column).field
    chosen = isinstance(inner, ReferenceField | forms.ChoiceField)
    return f"{'Choose' if chosen else 'Enter'} the {words}"


def _reference_field(column, label, hint, needed, names, things, kept):
    found = names.to_choose(column.field.model, by=column.field.by, kept=kept)
    if things is not None:
        offered = set(things.values_list(column.field.by, flat=True))
        found = {key: name for key, name in found.items() if key in offered}
    if len(found) > LONGEST_LIST:
        hint = f"{hint} Write some words of its name".strip()
        return NameField(
            found,
            label=label,
            help_text=hint,
            required=bool(needed),
            error_messages={"required": needed},
        )
    choices = sorted(found.items(), key=lambda each: each[1].lower())
    return choice_field(
        label,
        [("", "Choose one"), *choices] if needed else choices,
        hint,
        needed=needed,
        empty="None",
        widget=forms.Select,
    )


def _choose_the_only_one(field):
    """Where a person has one thing to choose from, it is chosen already."""
    keys = [key for key, _ in getattr(field, "choices", ()) if key]
    if len(keys) == 1:
        field.initial = keys[0]


class RecordForm(forms.Form):
    """What one statement says, and what it rests on.

    ``row`` is the row that it corrects. ``why`` and ``source`` (its slug) were chosen before, and
    are kept in hidden fields. ``grounds``: what it may rest on, if not what ``grounds_for`` says.
    ``begun``: columns that name what was made with its proposal, so that nobody chooses another.
    ``person``: who writes it, and chooses among what is theirs.
    """

    why = forms.ChoiceField(choices=Why, widget=forms.HiddenInput)
    source = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = SeenField()

    def __init__(
        self,
        editor: Editor,
        *args,
        act,
        row=None,
        why,
        source="",
        cells=None,
        person,
        names,
        grounds=None,
        begun=frozenset(),
        **kwargs,
    ):
        self.editor, self.act, self.row, self.begun = editor, act, row, begun
        self.names, self.before = names, cells or {}
        self.own_end = self._own_end()
        initial = {name: self._initial(name, text) for name, text in self.before.items()}
        initial |= {"why": why, "source": source} | kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, **kwargs)
        grounds = grounds or (grounds_for() if act == Act.END else grounds_for(row))
        self.fields["why"].choices = [(each.value, each.label) for each in grounds]
        for question in editor.questions:
            if not self._is_asked(question.column):
                continue
            things = None
            if act == Act.ADD and question.column == reach_column(editor):
                things = within_reach(person, editor, question.column, names.at)
            # What an address names is no choice that anybody made: it must stand.
            kept = self.before.get(question.column, "") if row is not None else ""
            asked = question_field(editor, question, names, things, kept=kept)
            if things is not None:
                asked.error_messages["invalid_choice"] = NOT_YOURS
                if person.partner_scope(editor.kind.writer) is not None:
                    _choose_the_only_one(asked)
            if self.own_end and question.column in editor.own_end.columns:
                asked.choices = [each for each in asked.choices if each[0] != editor.own_end.value]
                asked.error_messages["invalid_choice"] = editor.own_end.words
            self._offer_no_thing_itself(question.column, asked)
            self.fields[question.column] = asked
        if act == Act.ADD and editor.begins and editor.begins not in self.begun:
            # What is added is new, unless it was added to something that is there.
            self.fields[editor.begins] = forms.CharField(required=False, widget=forms.HiddenInput)
        if act == Act.END:
            self.fields[editor.ends].label = self.fields[editor.ends].label.removesuffix(OPTIONAL)
        if why == Why.DOCUMENT:
            known = self["source"].value() and own_date(self["source"].value(), names.at)
            when = "it is the day of the source" if known else "the source has no date"
            self.fields["published_at"] = date_field(
                "When was it said? (optional)", f"Leave this empty if {when}"
            )
        if why not in (Why.NOW, Why.MISTAKE):
            self.fields["certainty"] = choice_field(
                "How sure is it?",
                [(key, label[:1].upper() + label[1:]) for key, label in Certainty.choices],
                needed="Choose how sure it is",
            )
            self.fields["certainty"].initial = Certainty.SOURCED
        self.fields["note"] = text_field(
            "Note for the reader (optional)", rows=2, length=NOTE_LENGTH
        )
        if act != Act.ADD:
            is_mend = why in (Why.SLIP, Why.MISTAKE)
            asked = "What was wrong?" if is_mend else "Why does it change?"
            self.fields["reason"] = text_field(
                asked, "Readers see this", needed="Say why it changes", rows=2, length=NOTE_LENGTH
            )
        if bound := self.data:
            self._offer_found(bound)

    def _own_end(self):
        """The page that ends what it is about, where it goes on and this form doesn't ask for its end."""
        editor = self.editor
        if not editor.own_end or editor.own_end.naming_end(self.before):
            return ""
        thing = editor.goes_on(self.before, self.names.at)
        return reverse(editor.own_end.page, args=[thing.slug]) if thing else ""

    def _offer_no_thing_itself(self, column, asked):
        """Leave out of a list the thing that the row is about; the kind's bounds refuse it in words."""
        models = dict(self.editor.references)
        own = {
            self.before[name]
            for name in self.editor.fixed
            if column not in self.editor.fixed
            and models.get(name) is not None
            and models[name] is models.get(column)
            and self.before.get(name)
        }
        if isinstance(asked.widget, forms.Select):
            asked.widget.choices = [each for each in asked.choices if each[0] not in own]

    def _is_asked(self, column):
        if self.act == Act.END:
            return column == self.editor.ends
        if column in self.begun:
            return False
        own_end = self.editor.own_end
        if self.own_end and not own_end.value and column in own_end.columns:
            return False
        if self.act == Act.ADD:
            return column != self.editor.begins
        return column not in self.editor.fixed

    def _offer_found(self, bound):
        """Where words of a name fit several, they are radios on the next page."""
        for name, field in self.fields.items():
            if isinstance(field, NameField):
                try:
                    field.clean(bound.get(self.add_prefix(name), ""))
                except forms.ValidationError:
                    if 0 < len(field.found) <= MOST_FOUND:
                        field.widget = forms.RadioSelect(choices=field.found)

    def _initial(self, name, text):
        if name not in {question.column for question in self.editor.questions}:
            return text
        inner = self.editor.column(name).field
        if isinstance(inner, ListField):
            parts = text.split(";") if text else []
            return parts if getattr(inner.each, "choices", None) else "\n".join(parts)
        if isinstance(inner, WrittenDateField | forms.DateField):
            return inner.clean(text) if text else None
        return text

    @property
    def untouched(self) -> list[tuple[str, str]]:
        """What a correction can't change, as pairs of a question and the words."""
        return [
            (question.label, cell_words(self.editor.column(question.column), text, self.names))
            for question in self.editor.questions
            if not (question.column in self.begun or self._is_asked(question.column))
            and (text := self.before.get(question.column, ""))
        ]

    def clean(self):
        cleaned = super().clean()
        require_source(self, cleaned)
        ends = self.editor.ends
        if self.act == Act.END and ends in cleaned and not cleaned[ends]:
            self.add_error(ends, "Say from which day it no longer holds")
        if self.act == Act.ADD:
            for name in self.editor.to_come:
                ask_if_past(self, name, london_day(self.names.at))
        if not self.errors:
            self._check()
        return cleaned

    def _check(self):
        """Check the row as a file's would be; its errors stand beside the questions."""
        row = self.proposed()
        cells = row.cells | {"made": "document"}
        if row.why != Why.DOCUMENT:
            cells |= {"published_at": "2000", "source": "", "made": "portal"}
        begins = self.editor.begins
        checked, errors = self.editor.table.check_one(cells)
        wrong = [
            (error.column, error.message)
            for error in errors
            if not (error.column == begins and cells[begins] == NEW_THING)
        ]
        wrong = wrong or self.editor.wrong_dates(cells, london_day(self.names.at))
        wrong += self._name_taken(cells)
        if not errors and not wrong:
            stated_on = stated_from(checked, row.why, self.row, self.names.at)
            wrong += self.editor.bounds_at(self.names.at)(checked.values, stated_on, self.row)
        asked = {field.name for field in self.visible_fields()}
        for column, sentence in wrong:
            self.add_error(column if column in asked else None, sentence)
        if checked is not None and self.act in (Act.ADD, Act.CORRECT):
            self._require_new(checked.values)

    def _name_taken(self, cells):
        """What is wrong with a name that is new, of a thing that is or of another."""
        named, name = self.editor.names, cells.get("name", "")
        if not named or name == self.before.get("name", ""):
            return []
        field = self.editor.column(named).field
        own = field.model.objects.filter(**{field.by: cells[named]}).first()
        return name_taken(field.model, name, self.names.at, but=own)

    def _require_new(self, values):
        """Lead to the row that stands on the same matter, which is corrected instead.

        A correction that says what its row is about in other words is of that other matter.
        """
        model = self.editor.table.model
        matter = {name: values.get(name) for name in model.identity_fields}
        if not matter or None in matter.values():
            return
        if self.row is not None and all(
            getattr(self.row, name) == value for name, value in matter.items()
        ):
            return
        if standing := standing_alike(model, values, self.row):
            page = reverse("staff:record_row", args=[self.editor.slug, standing.pk])
            sentence = 'This is on the record already. <a href="{}">Correct that one instead</a>'
            self.add_error(None, format_html(sentence, page))

    def proposed(self) -> ProposedRow:
        """The row as it would be proposed."""
        cells = {
            column.name: self._cell(column.name)
            for column in self.editor.table.all_columns
            if column.name not in ("made", "recorded_at", "taken_back_at", "taken_back_because")
        }
        for name, make in self.editor.made.items():
            before = self.before.get(name, "")
            is_kept = before and name in self.editor.table.key
            cells[name] = before if is_kept else make(cells | {name: before})
        if self.editor.begins and not cells[self.editor.begins]:
            cells[self.editor.begins] = NEW_THING
        why = self.cleaned_data["why"]
        cells["certainty"] = cells["certainty"] or Certainty.SOURCED
        if why == Why.SLIP:
            cells["source"] = self.before.get("source", "")
        if why in (Why.SLIP, Why.MISTAKE):
            cells["note"] = cells["note"] or cells["reason"]
        if why == Why.DOCUMENT and not cells["published_at"]:
            cells["published_at"] = source_date(cells["source"], self.names.at)
        replaces = self.row.pk if self.row else None
        return ProposedRow(self.editor.slug, self.act, cells, why, replaces)

    def _cell(self, name):
        if name not in self.fields:
            own = ("published_at", "note", "reason", "source", "certainty")
            return self.before.get(name, "") if name not in own else ""
        return _as_cell(self.cleaned_data.get(name))


def name_taken(
    model: type[Thing], name: str, at, instead: str = ANOTHER_NAME, *, but: Thing | None = None
) -> list[tuple[str | None, str]]:
    """The errors of a thing that is to be called like a public one, with a link to that; empty if none is.

    ``instead``: what to do. ``but``: the thing that is named itself.
    """
    found = []
    for other in model.called_like(name, at):
        if other != but:
            page = reverse("staff:record_thing", args=[model._meta.model_name, other.slug])
            look = 'See what is said of <a href="{}">{}</a>'
            found += [
                ("name", f"Something is called “{visible(other.called)}” already. {instead}"),
                # Of a field's own error the summary makes a link, so one in it has no place there.
                (None, format_html(look, page, other.called)),
            ]
    return found


def stated_from(checked, why: str, old, at):
    """The first day on which a checked row may have been said; ``old``: the row that it corrects."""
    if why == Why.DOCUMENT:
        return first_day(checked)
    return london_day(old.published_at if why == Why.SLIP else at)


def row_cells(editor: Editor, row) -> dict[str, str]:
    """A saved row as the texts of its table."""
    return {column.name: str(column.text(row)) for column in editor.table.all_columns}


class BeginningForm(forms.Form):
    """The few questions with which a thing begins, of several kinds of statement."""

    why = forms.ChoiceField(choices=Why, widget=forms.HiddenInput)
    source = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, beginning: Beginning, *args, person, names: ThingNames, **kwargs):
        super().__init__(*args, **kwargs)
        self.beginning, self.names = beginning, names
        self.fields["why"].choices = [(each.value, each.label) for each in grounds_for()]
        for part in beginning.parts:
            for question in part.questions:
                things = self._things(part, question, person)
                asked = question_field(part.editor, question, names, things)
                if part.may_be_left_out and not self._is_needed(part, person):
                    asked.required = False
                    asked.label = f"{asked.label.removesuffix(OPTIONAL)}{OPTIONAL}"
                if question.column == part.reach and self._is_needed(part, person):
                    _choose_the_only_one(asked)
                self.fields[_field_name(part, question)] = asked
        if beginning.code:
            self.fields["code"] = text_field(
                f"{beginning.code.label} (optional)", beginning.code.hint, length=20
            )

    def clean(self):
        cleaned = super().clean()
        require_source(self, cleaned)
        self._require_whole_parts(cleaned)
        self._ask_about_past()
        if not self.errors:
            self._check()
        return cleaned

    @staticmethod
    def _is_needed(part, person):
        """Whether a part is needed of who writes for some partners alone, since it names one of them."""
        return bool(part.reach) and person.partner_scope(part.editor.kind.writer) is not None

    def _things(self, part, question, person):
        """The things to choose from: what has ended begins nothing, and who writes for some partners
        alone begins what is theirs.
        """
        inner = part.editor.column(question.column).field
        if not isinstance(inner, ReferenceField):
            return None
        things = inner.model.objects.going_on(self.names.at)
        if question.column == part.reach:
            things = things.accessible_to(person, part.editor.kind.writer, self.names.at)
        return things

    def _require_whole_parts(self, cleaned):
        """Of a part that may be left out, all questions are answered or none."""
        for part in self.beginning.parts:
            asked = {_field_name(part, question): question for question in part.questions}
            empty = [name for name in asked if not cleaned.get(name)]
            if part.may_be_left_out and len(empty) < len(asked):
                for name in empty:
                    if name not in self.errors:
                        needed = _needed(asked[name], part.editor)
                        self.add_error(name, f"{needed}, or leave the rest of it empty")

    def _ask_about_past(self):
        for part in self.beginning.parts:
            for question in part.questions:
                if (
                    question.column in part.editor.to_come
                    and _field_name(part, question) not in self.errors
                ):
                    ask_if_past(self, _field_name(part, question), london_day(self.names.at))

    def _check(self):
        [(first, begun), *_] = rows = list(self._rows())
        model = first.editor.column(first.column).field.model
        instead = self.beginning.instead
        for column, sentence in name_taken(model, begun.cells["name"], self.names.at, instead):
            self.add_error(column and _field_name(first, Question(column, "")), sentence)
        for part, row in rows:
            cells = row.cells | {"made": "portal", "published_at": "2000", "source": ""}
            _, errors = part.editor.table.check_one(cells)
            for error in errors:
                if error.column == part.column:
                    continue
                name = _field_name(part, Question(error.column, ""))
                self.add_error(name if name in self.fields else None, error.message)

    def proposed(self) -> list[ProposedRow]:
        """The rows as they would be proposed; NEW_THING stands for the thing."""
        return [row for _, row in self._rows()]

    def _rows(self):
        for part in self.beginning.parts:
            answers = {
                question.column: _as_cell(self.cleaned_data.get(_field_name(part, question)))
                for question in part.questions
            }
            if part.may_be_left_out and not any(answers.values()):
                continue
            cells = {column.name: "" for column in part.editor.table.all_columns}
            for name in ("made", "recorded_at", "taken_back_at", "taken_back_because"):
                del cells[name]
            cells |= answers | part.given | {part.column: NEW_THING, "certainty": "sourced"}
            why = self.cleaned_data["why"]
            if why == Why.DOCUMENT:
                cells["source"] = self.cleaned_data["source"]
                cells["published_at"] = source_date(cells["source"], self.names.at)
            yield part, ProposedRow(part.kind, Act.ADD, cells, why)


class RowsForm(FileForm):
    """A file of rows of one kind, with what it rests on and why it changes what stands."""

    why = forms.ChoiceField(choices=Why, widget=forms.HiddenInput)
    source = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = SeenField()
    reason = text_field(
        "Why do the rows change? (optional)",
        "For changed rows with nothing in their column reason. Readers see this",
        rows=2,
        length=NOTE_LENGTH,
    )

    def clean(self):
        cleaned = super().clean()
        require_source(self, cleaned)
        return cleaned


def require_source(form, cleaned) -> None:
    """Adds an error to a form that says that a document says so, and not which."""
    slug = cleaned.get("source", "")
    if cleaned.get("why") != Why.DOCUMENT:
        return
    if Source.objects.withdrawn().filter(slug=slug).exists():
        form.add_error(None, "This source was withdrawn. Choose another")
    elif Source.objects.filter(slug=slug).exists():
        return
    elif moved := thing_once_at(Source, slug):
        cleaned["source"] = moved.slug
    else:
        form.add_error(None, "Choose the source that says so")


def require_newer(form, dated: str, rows) -> None:
    """Adds an error to a form whose source is older than one of the rows that it would end or correct.

    ``dated``: the date of the source as written; empty where it rests on none.
    """
    newer = [row for row in rows if dated and span(dated).last < london_day(row.published_at)]
    if not newer:
        return
    first = newer[0]
    came_with = Proposal.objects.published().giving(kind_of(type(first)).slug, first.pk).first()
    origin = f", which came with “{came_with}”" if came_with else ""
    form.add_error(
        None, f"This source is older than what it would change{origin}. Choose a newer one"
    )


def _field_name(part, question):
    return f"{part.name or part.kind}-{question.column}"


def _as_cell(value):
    return value.text if hasattr(value, "in_words") else to_text(value)


class ProposalForm(DecisionForm):
    """What becomes of a proposal: sent or deleted by who writes it, approved or returned by another.

    ``sure``: whether the person who deletes it was asked whether they mean to.
    """

    decision = button_field(
        ("approve", "Approve: make it public"),
        ("return", "Return it"),
        ("send", "Send for approval"),
        ("recall", "Take it back"),
        ("drop", "Delete it"),
    )
    sure = forms.BooleanField(required=False)

    def __init__(self, *args, is_of_another=False, **options):
        super().__init__(*args, **options)
        self.is_of_another = is_of_another
        if is_of_another and not super().may_refuse:
            self.fields["remarks"].label = "Why is it deleted?"
            self.fields[
                "remarks"
            ].help_text = "Needed if you delete it. Whoever wrote it reads this"
        elif is_of_another:
            self.fields["remarks"].label = "What should change, or why is it deleted?"
            self.fields[
                "remarks"
            ].help_text = "Needed if you return or delete it. Staff can read it, the public can not"

    @property
    def may_refuse(self) -> bool:
        """Whether a button is offered that needs words."""
        return super().may_refuse or self.is_of_another


class RenameForm(forms.Form):
    """A new name of a thing, as ``moved_to``, and why it changes."""

    seen = SeenField()
    reason = text_field(
        "Why does it change?", "Readers see this", needed="Say why it changes", length=NOTE_LENGTH
    )

    def __init__(self, thing: Thing, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.thing = thing


class NewCodeForm(RenameForm):
    """The new code of a thing."""

    moved_to = text_field("New code", needed="Write the new code", length=200)

    def __init__(self, thing: Thing, *args, **kwargs):
        super().__init__(thing, *args, **kwargs)
        field = thing._meta.get_field("code")
        shape = next((each for each in shapes.WRITTEN if each in field.validators), shapes.any_code)
        self.written = f"{shapes.WRITTEN[shape]}, at most {field.max_length}"
        self.fields["moved_to"].help_text = self.written

    def clean_moved_to(self):
        """The code: checked for its form, and free as a new one must be."""
        code, field = self.cleaned_data["moved_to"].upper(), self.thing._meta.get_field("code")
        if len(code) > field.max_length:
            written = self.written[0].lower() + self.written[1:]
            raise forms.ValidationError(f"This is too long. Write {written}")
        for shape in (field.run_validators, shapes.any_code):
            shape(code)
        if code == self.thing.code:
            raise forms.ValidationError("This is its code already. Write another")
        if refusal := code_refusal(code, self.thing):
            raise forms.ValidationError(refusal)
        return code


class AddressForm(RenameForm):
    """The new name of a thing in its web address, or the whole new address."""

    moved_to = text_field(
        "New address",
        "Small letters, digits and hyphens, such as care-at-home",
        needed="Write the new address",
        length=200,
    )

    def clean_moved_to(self):
        """The slug: checked for its form, and free as a new one of its kind must be."""
        model = type(self.thing)
        slug = self.cleaned_data["moved_to"].rstrip("/").rpartition("/")[2].rpartition("#")[2]
        tidy = slugify(slug)[: model._meta.get_field("slug").max_length].strip("-_")
        if not tidy or tidy in NO_SLUGS:
            raise forms.ValidationError(
                f"“{visible(slug)}” can’t be an address. Write another word"
            )
        tidy = tidy.replace("_", "-")
        if slug != tidy:
            raise forms.ValidationError(
                f"“{visible(slug)}” has other characters in it. Write “{tidy}”"
            )
        if slug == self.thing.slug:
            raise forms.ValidationError("This is its address already. Write another")
        if model.objects.filter(slug=slug).exists():
            raise forms.ValidationError(f"Something else is at “{slug}”. Write another")
        moved = thing_once_at(model, slug)
        if moved not in (None, self.thing):
            raise forms.ValidationError(
                f"“{slug}” was once the address of something else, to which it leads on. "
                "Write another"
            )
        return slug


# What the choices are called where nothing goes back to its author.
DISCARD = {"return": DiscardForm.NOT_PUBLISHED}


class OneOfSeveralForm(DecisionForm):
    """What becomes of one of several on a page; ``title`` tells its questions apart.

    ``returns``: what is not approved goes back to its author; else it is deleted. ``is_refused``:
    something is in the way of an approval, which is not offered then.
    """

    decision = choice_field(
        "Your decision",
        [
            ("approve", "Approve: make it public"),
            ("return", "Return it"),
            ("leave", "Leave it for now"),
        ],
        needed="Say what becomes of it",
    )

    def __init__(self, *args, title, returns=True, is_refused=False, **options):
        super().__init__(*args, **options)
        self.returns, self.is_refused = returns, is_refused
        if not returns:
            self.NEEDED = DiscardForm.NEEDED
            discard = [(value, DISCARD.get(value, words)) for value, words in self._choices()]
            self.fields["decision"].choices = discard
            refusal = DiscardForm.base_fields["remarks"]
            self.fields["remarks"].label = refusal.label
            self.fields["remarks"].help_text = refusal.help_text
        for field in (self.fields["decision"], self.fields["remarks"]):
            hidden = '{}<span class="nhsuk-u-visually-hidden"> ({})</span>'
            field.label = format_html(hidden, field.label, title)

    def choices(self):
        """What may become of it, each as a pair with the fields that it asks for."""
        found = choices_with_fields(self["decision"], {"return": ["remarks"]})
        return found[1:] if self.is_refused else found

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == "leave" and cleaned.get("remarks"):
            instead = (
                "You wrote what should change, so return it"
                if self.returns
                else "You wrote why not, so delete it"
            )
            self.add_error("decision", instead)
        return cleaned

    def _choices(self):
        return self.fields["decision"].choices


class MistakeForm(forms.Form):
    """Take back what was published by mistake."""

    reason = text_field(
        "Why is it taken back?",
        "Readers see this",
        needed="Say why it is taken back",
        rows=3,
        length=NOTE_LENGTH,
    )

    def clean_reason(self):
        reason = self.cleaned_data["reason"]
        if len(reason.strip()) < LEAST_REASON:
            raise forms.ValidationError(SAY_MORE)
        return reason
