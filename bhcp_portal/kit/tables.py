"""CSV tables: the one mechanism for import, export, first data and open data (CONTRACT 4).

A table is a list of columns, each with a form field that checks one cell. ``check`` reads every row
and saves nothing; ``apply`` saves what was checked; ``rows`` gives the table back in the same
shape. An error names the column, and the row as a spreadsheet shows it (the header is row 1).
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from itertools import chain

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.validators import DecimalValidator, MinValueValidator
from django.db import DataError, IntegrityError, connection, models, transaction

from bhcp_portal.kit import shapes
from bhcp_portal.kit.actions import NO_SLUGS, publish, publish_all
from bhcp_portal.kit.addresses import OLD_NAMES, OldAddress, OldCode, present_names
from bhcp_portal.kit.constraints import refused_because
from bhcp_portal.kit.dates import Span, london_day, span
from bhcp_portal.kit.launch import launched_at
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.spreadsheets.inert import Number, without_mark
from bhcp_portal.kit.spreadsheets.writing import csv_text
from bhcp_portal.kit.statements import WRITTEN_DATE_LENGTH, Certainty, Origin, Statement
from bhcp_portal.kit.unseen import visible

# With these the model or the database refuses a row.
ENDS_TOO_SOON = "It can’t end before it starts. Check both dates"
REFUSALS = (ValidationError, IntegrityError, DataError)
# To so many unknown names of a file those spelt nearly so are offered; looking takes long.
MOST_OFFERED = 30
# Begins the sentence on where to look for what a cell names and nothing is called.
LOOK_UP = "Look it up in the table"
LICENCE = "OGL-UK-3.0"
EARLIEST = datetime.min.replace(tzinfo=UTC)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


@dataclass(frozen=True, slots=True)
class TableError:
    """What is wrong in one cell, and what to do. ``row`` is 0 if it is about the whole file."""

    table: str
    row: int
    column: str
    message: str

    def __str__(self):
        where = [self.table, f"row {self.row}" if self.row else "", self.column]
        return f"{', '.join(part for part in where if part)}: {self.message}"


# -- cells ----------------------------------------------------------------------------------------


class WrittenDateField(forms.CharField):
    """A date as a source writes it (``2017-06``); gives a ``Span``, or ``None`` if empty."""

    def __init__(self, **kwargs):
        super().__init__(max_length=WRITTEN_DATE_LENGTH, **kwargs)

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        try:
            return span(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class PublishedField(forms.CharField):
    """When something was published; ``None`` if empty.

    A written date gives a ``Span``, and a moment like 2026-11-05T09:30:00Z gives a ``datetime``.
    """

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        if MOMENT.match(value):
            return _moment(value)
        try:
            return span(value)
        except ValueError as error:
            raise ValidationError(
                f"{error} A moment is written like 2026-11-05T09:30:00Z."
            ) from None


class MomentField(forms.CharField):
    """A moment like 2026-11-05T09:30:00Z; ``None`` if empty."""

    def clean(self, value):
        value = super().clean(value)
        return _moment(value) if value else None


def _moment(text):
    try:
        if MOMENT.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValidationError(f"“{visible(text)}” is not a moment. Write it like 2026-11-05T09:30:00Z.")


class YesNoField(forms.Field):
    """``yes`` or ``no``; empty gives ``None``."""

    WORDS = {"yes": True, "no": False, "": None}

    def clean(self, value):
        value = value.strip().lower()
        if value not in self.WORDS:
            raise ValidationError(f"“{visible(value)}” is neither yes nor no.")
        if self.required and not value:
            raise ValidationError("Write yes or no.")
        return self.WORDS[value]


class ExactDecimalField(forms.DecimalField):
    """A number with a decimal point and no thousands separator."""

    def __init__(self, **kwargs):
        super().__init__(localize=False, **kwargs)

    def clean(self, value):
        if value and not re.fullmatch(r"-?\d+(\.\d+)?", value.strip()):
            raise ValidationError(f"“{visible(value)}” is not a number. Write it like 1234.5.")
        return super().clean(value)


class ReferenceField(forms.CharField):
    """The natural key of a row of another table, which is its field ``by``; gives that row.

    ``prepare`` reads the other table once, before the rows of a file are checked; ``prepare_for``
    only the row that one cell names. ``called``: names by natural key, of which those spelt nearly
    like an unknown one are offered; without it the natural keys of all that is there.
    """

    def __init__(self, model, by="slug", **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.by = by
        self.known, self.answers, self.called = {}, {}, None

    def prepare(self):
        self.answers = {}
        self.known = {getattr(thing, self.by): thing for thing in self.model.objects.all()}

    def lead_on(self):
        """Once prepared, knows the things by what they went by once too."""
        for (model, by, old), now in present_names().items():
            if (model, by) == (self.model, self.by) and now in self.known:
                self.known.setdefault(old, self.known[now])

    def prepare_for(self, value):
        self.answers = {}
        named = self.model.objects.filter(**{self.by: value.strip()}) if value.strip() else ()
        self.known = {getattr(thing, self.by): thing for thing in named}

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        if value not in self.known:
            raise ValidationError(self._unknown(value))
        return self.known[value]

    def _unknown(self, value):
        """What to do about a name that nothing has; for the first few, names spelt alike are offered."""
        if value not in self.answers:
            self.answers[value] = self._answer(value, offers=len(self.answers) < MOST_OFFERED)
        return self.answers[value]

    def _answer(self, value, *, offers):
        one, many = self.model.called()
        called = dict.fromkeys(self.known, "") if self.called is None else self.called
        keys = {name.lower(): key for key, name in called.items() if name} if offers else {}
        keys |= {key.lower(): key for key in called} if offers else {}
        found = dict.fromkeys(keys[key] for key in get_close_matches(value.lower(), keys, n=3))
        near = [f"“{key}”" + (f" ({called[key]})" if called[key] else "") for key in found]
        wanted = (
            f"Did you mean {' or '.join(near)}? Else add it to its own table first."
            if near
            else f"{LOOK_UP} of {many}, or add it there first."
        )
        return f"There is no {one} “{visible(value)}”. {wanted}"


class ListField(forms.CharField):
    """Several values separated by semicolons, each cleaned by the field ``each``; gives a list."""

    def __init__(self, each, **kwargs):
        super().__init__(required=False, **kwargs)
        self.each = each

    def __deepcopy__(self, memo):
        copied = super().__deepcopy__(memo)
        copied.each = deepcopy(self.each, memo)
        return copied

    def prepare(self):
        if hasattr(self.each, "prepare"):
            self.each.prepare()

    def clean(self, value):
        value = super().clean(value)
        return [self.each.clean(part.strip()) for part in value.split(";") if part.strip()]


class WebAddressField(forms.CharField):
    """A web address, with its scheme and host in small letters, as ``HTTPS://Example.org/Doc`` means the same."""

    def to_python(self, value):
        scheme, mark, rest = super().to_python(value).partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}"


# -- columns --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the form field that checks a cell, and what it means.

    ``attribute``: the model's name for it, if that is another; a written date fills the pair
    ``<attribute>_as`` and ``<attribute>_on``, or the text alone where the name ends in ``_as``.
    ``of``: a function that gives the value from a row instead.
    """

    name: str
    field: forms.Field
    means: str
    attribute: str = ""
    of: Callable | None = None

    def value(self, row):
        """The value of this column in a saved row."""
        if self.of:
            return self.of(row)
        attribute = self.attribute or self.name
        if isinstance(self.field, WrittenDateField):
            return getattr(row, f"{attribute.removesuffix('_as')}_as")
        value = getattr(row, attribute)
        if isinstance(self.field, ReferenceField) and value is not None:
            return getattr(value, self.field.by)
        return value

    def text(self, row):
        """The cell as it is written to a file."""
        text = to_text(self.value(row))
        is_number = isinstance(self.field, forms.DecimalField | forms.IntegerField)
        return Number(text) if is_number else text

    def fill(self, values, value):
        """Put a cleaned cell into ``values``, the dict that the model is made from."""
        attribute = self.attribute or self.name
        if isinstance(self.field, WrittenDateField):
            words = attribute.removesuffix("_as")
            values[f"{words}_as"] = value.text if value else ""
            if words == attribute:
                values[f"{words}_on"] = value.last if value else None
        elif isinstance(self.field, forms.CharField) and value is None:
            values[attribute] = None
        else:
            values[attribute] = value

    @property
    def schema(self):
        """The column as a field of a Frictionless table schema."""
        kinds = (
            (forms.IntegerField, "integer"),
            (YesNoField, "boolean"),
            (forms.DateField, "date"),
            (MomentField, "datetime"),
        )
        kind = next((name for cls, name in kinds if isinstance(self.field, cls)), "string")
        if isinstance(self.field, forms.DecimalField):
            kind = "number"
        described = {"name": self.name, "type": kind, "description": self.means}
        if kind == "boolean":
            described |= {"trueValues": ["yes"], "falseValues": ["no"]}
        constraints = {"required": True} if self.field.required else {}
        if isinstance(self.field, forms.ChoiceField):
            constraints["enum"] = [key for key, _ in self.field.choices if key]
        return described | ({"constraints": constraints} if constraints else {})


def to_text(value):
    """A value as text, as CONTRACT 4 writes it; ``None`` is empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list | tuple):
        return ";".join(to_text(part) for part in value)
    return str(value)


def text_column(name, means, *, length=None, required=False, validators=(), **kwargs):
    field_class = WebAddressField if shapes.web_address in validators else forms.CharField
    field = field_class(max_length=length, required=required, validators=validators)
    return Column(name, field, means, **kwargs)


def slug_column():
    return text_column(
        "slug", "its name in addresses", length=60, required=True, validators=[shapes.slug]
    )


def choice_column(name, choices, means, *, required=True, **kwargs):
    field = forms.ChoiceField(
        choices=[*([] if required else [("", "")]), *choices.choices], required=required
    )
    field.error_messages["invalid_choice"] = (
        f"“%(value)s” is not one of: {', '.join(choices.values)}."
    )
    return Column(name, field, means, **kwargs)


def whole_column(name, means, *, required=True, **kwargs):
    least = MinValueValidator(0, "Write a number of 0 or more")
    field = forms.IntegerField(required=required, validators=[least])
    field.error_messages["invalid"] = "Write a whole number, like 1200"
    return Column(name, field, means, **kwargs)


def decimal_column(name, means, *, required=True, validators=(), **kwargs):
    return Column(
        name, ExactDecimalField(required=required, validators=validators), means, **kwargs
    )


def day_column(name, means, *, required=False, **kwargs):
    field = forms.DateField(required=required, input_formats=["%Y-%m-%d"])
    field.error_messages["invalid"] = "Write the day like 2017-06-30."
    return Column(name, field, means, **kwargs)


def written_column(name, means, *, required=False, **kwargs):
    return Column(name, WrittenDateField(required=required), means, **kwargs)


def yes_no_column(name, means, *, required=True, **kwargs):
    return Column(name, YesNoField(required=required), means, **kwargs)


def reference_column(name, model, means, *, by="slug", required=True, **kwargs):
    return Column(name, ReferenceField(model, by=by, required=required), means, **kwargs)


def mailbox_columns():
    """The columns of what is said of a mailbox, but for whose it is."""
    return (
        text_column("used_for", "what it is for, like Enquiries", length=100, required=True),
        text_column(
            "address",
            "the email address, of a body and not of a person",
            length=254,
            required=True,
            validators=[shapes.mailbox],
        ),
        written_column("starts", "the first day it is read, where it is known"),
        written_column("ends", "the first day it is no longer read"),
    )


def list_column(name, each, means, **kwargs):
    return Column(name, ListField(each), means, **kwargs)


def _published_text(row):
    return row.published_as or row.published_at


def _made_text(row):
    return Origin.PORTAL if row.origin == Origin.RESTORED else row.origin


STATEMENT_COLUMNS = (
    Column(
        "published_at",
        PublishedField(),
        "when it was said: a day, YYYY-MM, YYYY or a range first/last, counting from its last "
        "second; or a moment",
        of=_published_text,
    ),
    choice_column(
        "made",
        models.TextChoices("Made", [("DOCUMENT", "document"), ("PORTAL", "portal")]),
        "copied from a document, or written in the portal",
        attribute="origin",
        of=_made_text,
    ),
    choice_column("certainty", Certainty, "how sure it is"),
    text_column("note", "words for the reader"),
    text_column("reason", "why it replaces what was said before"),
    reference_column("source", Source, "slug of the source it comes from", required=False),
)
# When a statement came on the record here. Files that people write have no need of these columns.
RECORD_COLUMNS = (
    Column(
        "recorded_at",
        MomentField(required=False),
        "when it came on the record of this portal; read only where an empty one is filled from an "
        "export",
    ),
    Column(
        "taken_back_at",
        MomentField(required=False),
        "when it was taken back as published by mistake; read as recorded_at is",
    ),
    text_column("taken_back_because", "why it was taken back"),
)
RECORD_NAMES = tuple(column.name for column in RECORD_COLUMNS)
ONLY_FROM_EXPORTS = (
    "This is believed only where an empty portal is filled from an export, with its launch.csv. "
    "Leave it empty."
)


class Loading(StrEnum):
    """What a load believes of when things were said and recorded (CONTRACT 4)."""

    FIRST = "into an empty record, from documents: when they said it"
    RESTORING = "into an empty record, from an export with its launch: when it was recorded too"
    LATER = "into a record that has begun: when documents said it"


def _renamed(name, unknown, missing):
    """The missing column that an unknown one may be, such as under the name that it had once."""
    if len(unknown) == len(missing) == 1:
        return missing[0]
    return next(iter(get_close_matches(name, missing, n=1)), "")


def header_errors(columns, header, *, optional=(), ignored=()) -> list[tuple[str, str]]:
    """What is wrong with the first row of a file: pairs of a column's name and what to do.

    ``optional`` columns may be missing; ``ignored`` ones may be there and are not read.
    """
    wanted = [column.name for column in columns]
    missing = [name for name in wanted if name not in header and name not in optional]
    unknown = [name for name in header if name not in (*wanted, *ignored)]
    doubled = sorted({name for name in header if header.count(name) > 1})
    renamed = {name: now for name in unknown if (now := _renamed(name, unknown, missing))}
    missing = [name for name in missing if name not in renamed.values()]
    return [
        *((name, "This column is missing. Add it, empty if need be.") for name in missing),
        *(
            (
                name,
                f"No column has this name. If you mean “{renamed[name]}”, write that in its place.",
            )
            if name in renamed
            else (name, f"No such column. The columns are: {', '.join(wanted)}.")
            for name in unknown
        ),
        *((name, "This column is there twice.") for name in doubled),
    ]


# -- tables ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class CheckedRow:
    """A row without errors, ready to be saved.

    ``values``: attributes of the model. ``extra``: values of the table's ``extra`` columns.
    ``published``: of a statement, its ``Span`` or moment. ``outcome``: new, changed, mended or
    unchanged.
    """

    row: int
    values: dict
    extra: dict = field(default_factory=dict)
    published: object = None
    outcome: str = "new"


def first_day(checked: CheckedRow) -> date:
    """The first day on which a row may have been said."""
    published = checked.published
    return published.first if isinstance(published, Span) else london_day(published)


@dataclass(slots=True)
class Checked:
    """The result of checking a file: the rows without errors, and every error found."""

    rows: list[CheckedRow]
    errors: list[TableError]

    def count(self, outcome):
        return sum(row.outcome == outcome for row in self.rows)


class ExportedTable:
    """A table that is exported. A child names its model, its columns and its natural key.

    ``extra``: names of columns that are not fields of the model. ``extra_references``: the things
    that those columns name, in the shape of ``references``.
    """

    name: str
    title: str
    means: str
    model: type[models.Model]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    extra: tuple[str, ...] = ()
    extra_references: tuple[tuple[type[models.Model], str], ...] = ()

    @property
    def is_statement(self):
        return issubclass(self.model, Statement)

    @property
    def all_columns(self):
        if not self.is_statement:
            return self.columns
        return (*self.columns, *STATEMENT_COLUMNS, *RECORD_COLUMNS)

    def attribute(self, name: str) -> str:
        """The model's name for a column."""
        return next(column.attribute or name for column in self.columns if column.name == name)

    @property
    def references(self):
        """The relations that its columns show: pairs of a model and the field that leads to it."""
        return [
            (column.field.model, column.attribute or column.name)
            for column in self.all_columns
            if isinstance(column.field, ReferenceField) and column.name not in self.extra
        ]

    def queryset(self):
        """The rows to export; of statements, the published ones."""
        rows = self.model.objects.all()
        return rows.published() if self.is_statement else rows

    def rows(self, queryset=None) -> Iterator[dict[str, str]]:
        """Rows as dicts of texts, ordered by natural key and, of statements, by when they were said and
        recorded.

        Without ``queryset`` all rows are given; of statements, all published versions.
        """
        queryset = self.queryset() if queryset is None else queryset
        found = []
        for row in queryset.select_related(*(path for _, path in self.references)):
            texts = {column.name: column.text(row) for column in self.all_columns}
            order = [texts[name] for name in self.key]
            if self.is_statement:
                order += [row.published_at.isoformat(), row.recorded_at.isoformat()]
            found.append((order, row.pk, texts))
        found.sort(key=lambda entry: entry[:2])
        return (texts for _, _, texts in found)

    def schema(self):
        """The table as a resource of a Frictionless data package."""
        moments = ("published_at", "recorded_at") if self.is_statement else ()
        return {
            "name": self.name.replace("_", "-"),
            "path": f"{self.name}.csv",
            "title": self.title,
            "description": self.means,
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": {
                "fields": [column.schema for column in self.all_columns],
                "primaryKey": [*self.key, *moments],
                "missingValues": [""],
            },
        }


class Table(ExportedTable):
    """A table that can also be imported, row by row.

    ``moves_its_things``: to save a row changes the thing that it speaks of too.
    """

    moves_its_things = False

    def check(
        self,
        rows: Iterable[tuple[int, dict[str, str]]],
        header: list[str],
        *,
        at=None,
        loading: Loading = Loading.LATER,
    ) -> Checked:
        """Check every row and save nothing.

        ``rows``: pairs of a row's number and a dict of texts by column. ``at``: the moment, for
        tables whose rows are judged by the day.
        """
        errors = [
            TableError(self.name, 1, name, message)
            for name, message in header_errors(self.all_columns, header, optional=RECORD_NAMES)
        ]
        checked = []
        if not errors:
            columns = self._prepared_columns()
            standing = self._standing()
            led_on = present_names()
            for number, texts in rows:
                texts = dict.fromkeys(RECORD_NAMES, "") | self.led_on(texts, led_on)
                row, wrong = self._check_row(columns, number, texts)
                if not wrong:
                    wrong = self._compare(row, texts, standing, loading, at)
                errors += wrong
                if not wrong:
                    checked.append(row)
        return Checked(checked, errors)

    def check_one(self, texts: dict[str, str]) -> tuple[CheckedRow, list[TableError]]:
        """Check one row that a person wrote in a form, and save nothing."""
        columns = self._own_columns()
        # What was written before a column was added has no cell in it.
        texts = dict.fromkeys((column.name for column in columns), "") | self.led_on(texts)
        for column in columns:
            if isinstance(column.field, ReferenceField):
                column.field.prepare_for(texts[column.name])
            elif hasattr(column.field, "prepare"):
                column.field.prepare()
        return self._check_row(columns, 0, texts)

    def led_on(self, texts: dict[str, str], present=None) -> dict[str, str]:
        """A row's texts, with the slug or code of today where they name a thing by one that it had once.

        ``present``: those of today, from ``present_names``.
        """
        present = present_names() if present is None else present
        if not present:
            return texts
        led = dict(texts)
        for column in self.all_columns:
            inner = getattr(column.field, "each", column.field)
            model, by = getattr(inner, "model", None), getattr(inner, "by", "")
            if column.name in OLD_NAMES and not self.is_statement:
                model, by = self.model, column.name
            if by in OLD_NAMES and (text := led.get(column.name)):
                parts = [part.strip() for part in text.split(";")]
                led[column.name] = ";".join(present.get((model, by, part), part) for part in parts)
        return led

    def checker(self, names_of=None) -> Callable:
        """A function that checks one row after another as ``check_one`` does, each with its number if it has one.

        The tables that the rows refer to are read once, now. ``names_of(model, by)`` gives the names
        of things by natural key, to be offered for one that there is not.
        """
        columns = self._prepared_columns()
        for column in columns if names_of else ():
            if isinstance(column.field, ReferenceField):
                column.field.called = names_of(column.field.model, column.field.by)
        empty = dict.fromkeys((column.name for column in columns), "")
        present = present_names()
        return lambda texts, number=0: self._check_row(
            columns, number, empty | self.led_on(texts, present)
        )

    def known_rows(self) -> Callable[[dict[str, str]], bool]:
        """A function that says whether a row, as an export has it, is on record word for word."""
        standing = self._standing()

        def is_known(texts):
            there = standing.get(self._key(texts), ())
            return any(self._same(texts, other) for other in there)

        return is_known

    def _prepared_columns(self):
        columns = self._own_columns()
        for column in columns:
            if hasattr(column.field, "prepare"):
                column.field.prepare()
        return columns

    def _own_columns(self):
        # A table serves all threads, so what its fields read is kept in copies of them.
        return [replace(each, field=deepcopy(each.field)) for each in self.all_columns]

    def _check_row(self, columns, number, texts):
        values, extra, errors, cleaned = {}, {}, [], {}
        for column in columns:
            try:
                value = column.field.clean(texts[column.name].strip())
                self._require_room(column, value)
                cleaned[column.name] = value
            except ValidationError as error:
                message = " ".join(error.messages)
                if column.field.required and not texts[column.name].strip():
                    message = f"This is empty. Fill in {column.means}."
                errors.append(TableError(self.name, number, column.name, message))
        if not errors:
            for column, message in self.errors_across(cleaned):
                errors.append(TableError(self.name, number, column, message))
        published = None
        for column in columns:
            if column.name not in cleaned:
                continue
            if column.name == "published_at" and self.is_statement:
                published = cleaned["published_at"]
            elif column.name in self.extra:
                extra[column.name] = cleaned[column.name]
            else:
                column.fill(values, cleaned[column.name])
        if self.is_statement and not errors:
            if values["origin"] == Origin.PORTAL:
                values["origin"] = Origin.RESTORED
            elif values["source"] is None:
                errors.append(
                    TableError(
                        self.name, number, "source", "A statement from a document names its source."
                    )
                )
        return CheckedRow(number, values, extra, published), errors

    def _require_room(self, column, value):
        """Raise ``ValidationError`` for a text or a number that its place in the database can't hold."""
        try:
            field = self.model._meta.get_field(column.attribute or column.name)
        except FieldDoesNotExist:
            return
        most = field.max_length if isinstance(field, models.CharField) else None
        if isinstance(value, str) and most and len(value) > most:
            raise ValidationError(
                f"This has {len(value):,} characters; {most:,} is the most. Shorten it."
            )
        if isinstance(value, int) and isinstance(field, models.IntegerField):
            _, most = connection.ops.integer_field_range(field.get_internal_type())
            if value > most:
                raise ValidationError(f"This is more than {most:,}. Write a smaller number.")
        if isinstance(value, Decimal) and isinstance(field, models.DecimalField):
            _require_digits(value, field.max_digits, field.decimal_places)

    def errors_across(self, cleaned) -> Iterable[tuple[str, str]]:
        """Errors across cells of a row: pairs of a column and a sentence. Children may add to it."""
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if isinstance(starts, Span) and isinstance(ends, Span) and ends.last < starts.first:
            yield "ends", ENDS_TOO_SOON

    def _standing(self):
        """The saved rows as the texts that an export would give, by key."""
        standing = {}
        for texts in self.rows():
            standing.setdefault(self._key(texts), []).append(texts)
        return standing

    def _key(self, texts):
        return tuple(
            texts[name].strip()
            for name in ((*self.key, "published_at") if self.is_statement else self.key)
        )

    def _compare(self, row, texts, standing, loading, at):
        """Set a row's ``outcome`` by comparing it with the saved rows; gives the errors found."""
        key = self._key(texts)
        written = {column.name: texts[column.name].strip() for column in self.all_columns}
        there = standing.setdefault(key, [])
        if any(self._same(written, other) for other in there):
            row.outcome = "unchanged"
            return []
        if self.is_statement:
            if wrong := self._wrong_in_record(row, written, there, loading, at):
                return [TableError(self.name, row.row, *wrong)]
            if loading is Loading.RESTORING:
                there.append(written)
                return []
        elif there and written.get("slug", "") != there[0].get("slug", ""):
            sentence = (
                f"Its address is “{there[0]['slug']}”. It is changed on the record’s page of it, in "
                "the browser, so that the old one leads on."
            )
            return [TableError(self.name, row.row, "slug", sentence)]
        if there:
            row.outcome = "mended" if self.is_statement else "changed"
        there.append(written)
        return []

    def _wrong_in_record(self, row, written, there, loading, at):
        """What is wrong in when a row was said and recorded: a column and a sentence, or ``None``."""
        if loading is Loading.RESTORING:
            return record_error(*(row.values[name] for name in RECORD_NAMES), at=at)
        for name in RECORD_NAMES:
            if written[name]:
                return name, ONLY_FROM_EXPORTS
        if row.values["origin"] == Origin.RESTORED:
            return "made", (
                "What was written in a portal comes back only where an empty one is filled from its "
                "export. Write “document”, and name the source."
            )
        if there and not written["note"]:
            return "note", (
                "Something else was said of this at that moment. Say in a note what this mends."
            )
        return None

    def _same(self, written, other):
        says_when = any(written.get(name) for name in RECORD_NAMES)
        return all(
            (column in RECORD_COLUMNS and not says_when)
            or written[column.name] == other[column.name]
            or (
                isinstance(column.field, forms.DecimalField)
                and written[column.name]
                and other[column.name]
                and Decimal(written[column.name]) == Decimal(other[column.name])
            )
            for column in self.all_columns
        )

    def apply(self, checked: Checked, *, at, by=None) -> list[TableError]:
        """Save the checked rows that differ from what is there; gives what the database refused.

        ``at``: the moment of import. ``by``: the author of the statements, if there is one.
        """
        errors = []
        # On one matter, what was recorded first comes first.
        for row in sorted(checked.rows, key=lambda row: row.values.get("recorded_at") or EARLIEST):
            if row.outcome == "unchanged":
                continue
            try:
                with transaction.atomic():
                    self._save(row, at, by)
                    with transaction.get_connection().cursor() as cursor:
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            except REFUSALS as error:
                errors.append(TableError(self.name, row.row, "", refusal_sentence(error)))
        return errors

    def _save(self, row, at, by):
        if self.is_statement:
            self.save_statement(row, at=at, by=by)
            return
        natural = {name: row.values[self.attribute(name)] for name in self.key}
        self.model.objects.update_or_create(defaults=row.values, **natural)

    def save_statement(self, row: CheckedRow, *, at: datetime, by=None) -> Statement:
        """Save a checked row as a statement and publish it.

        ``at``: the moment of what has no date of its own. ``by``: its author, if there is one.
        Raises one of ``REFUSALS``.
        """
        statement = self._made(row, by)
        if self.extra:
            statement.save()
            self.save_extra(statement, row.extra)
        self.before_publication(statement)
        moment, published_as = _published(row, at)
        return publish(statement, at=moment, published_as=published_as)

    def save_statements(self, rows: list[CheckedRow], *, at: datetime, by=None) -> list[Statement]:
        """Save checked rows as ``save_statement`` does, in few queries where nothing but the row is saved."""
        if self.extra or self.moves_its_things:
            return [self.save_statement(row, at=at, by=by) for row in rows]
        made = [(self._made(row, by), *_published(row, at)) for row in rows]
        for statement, *_ in made:
            self.before_publication(statement)
        return publish_all(made)

    def _made(self, row, by):
        statement = self.model(author=by, **row.values)
        # What it refers to was found when it was checked; to look for each again takes long.
        found = [each.name for each in self.model._meta.concrete_fields if each.is_relation]
        statement.full_clean(exclude=found, validate_unique=False, validate_constraints=False)
        return statement

    def save_extra(self, statement, extra):
        """Save a statement's ``extra`` columns before it is published. Children may fill it."""

    def before_publication(self, statement):
        """Set what a statement needs before it is published. Children may fill it."""


def _published(row, at):
    """The ``at`` and the ``published_as`` with which a checked row is published."""
    if isinstance(row.published, datetime):
        return row.published, ""
    return at, row.published.text


def _require_digits(value, most, decimals):
    try:
        DecimalValidator(most, decimals)(value)
    except ValidationError:
        raise ValidationError(
            f"This number is too long. Write at most {most - decimals} digits before the point and "
            f"{decimals} after it."
        ) from None


def record_error(
    recorded_at: datetime | None, taken_back_at: datetime | None, because: str, *, at: datetime
) -> tuple[str, str] | None:
    """What is wrong in when a row was recorded and taken back: a column and a sentence, or ``None``."""
    if recorded_at and recorded_at > at:
        return "recorded_at", "This is later than now. Correct it."
    launch = launched_at()
    if recorded_at and launch and recorded_at < launch:
        return "recorded_at", f"This is before the launch, {to_text(launch)}. Correct one of them."
    if bool(taken_back_at) != bool(because):
        return "taken_back_because", "What was taken back has a moment and a reason. Fill in both."
    if taken_back_at and not (recorded_at and recorded_at < taken_back_at <= at):
        return "taken_back_at", "This is not between when it was recorded and now. Correct it."
    return None


def refusal_sentence(error: ValidationError | IntegrityError | DataError) -> str:
    """Why the model or the database refused a row, as a sentence."""
    if isinstance(error, ValidationError):
        found = error.error_list if hasattr(error, "error_list") else []
        found = found or [each for errors in error.error_dict.values() for each in errors]
        return " ".join(_in_plain_words(each) for each in found)
    return refused_because(error)


# What Django says of a number or a text that its field can't hold begins with “Ensure”.
PLAIN_WORDS = {
    "max_value": "A number is too large. Write a smaller one.",
    "min_value": "A number is too small. Write a larger one.",
    "max_digits": "A number is too long. Write fewer digits.",
    "max_whole_digits": "A number is too long. Write fewer digits.",
    "max_decimal_places": "Write fewer digits after the decimal point.",
    "max_length": "A text is too long. Shorten it.",
}


def _in_plain_words(error):
    [sentence] = error.messages
    return PLAIN_WORDS.get(error.code, sentence) if sentence.startswith("Ensure ") else sentence


# -- files ----------------------------------------------------------------------------------------


def read_csv(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header of a CSV text, and its rows as pairs of a spreadsheet's row number and a dict.

    Raises ``ValueError`` with a sentence if it is empty, not CSV, or has a row of another length.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [[without_mark(cell) for cell in cells] for cells in reader]
    except csv.Error as error:
        raise ValueError(f"Line {reader.line_num} is not CSV: {error}.") from None
    if not lines:
        raise ValueError("The file is empty. Its first row must name the columns.")
    header, *body = lines
    rows = []
    for number, cells in enumerate(body, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise ValueError(
                f"Row {number} has {len(cells)} cells where the header has {len(header)}."
            )
        rows.append((number, dict(zip(header, cells, strict=True))))
    return header, rows


def write_csv(table: Table, queryset=None) -> str:
    """A table as CSV text with LF line ends; only the rows of ``queryset``, if it is given."""
    names = [column.name for column in table.all_columns]
    rows = ([texts[name] for name in names] for texts in table.rows(queryset))
    return csv_text(chain([names], rows))


class SourceTable(Table):
    name = "sources"
    title = "Sources"
    means = "The documents and data sets that facts came from."
    model = Source
    key = ("slug",)
    columns = (slug_column(),)


class OldNameTable(Table):
    """Names of things that were changed. Its key is the table of the things and their old name."""

    moves_its_things = True

    def errors_across(self, cleaned):
        named = self.model.models()
        if cleaned["table"] not in named:
            yield "table", f"Write one of: {', '.join(named)}."
        if self.model.FIELD == "slug" and cleaned["moved_to"] in NO_SLUGS:
            yield "moved_to", f"“{cleaned['moved_to']}” is the address of something else."

    def save_statement(self, row, *, at, by=None):
        """The thing itself takes its new name; where a load brings it later, it comes with that."""
        moved, field = super().save_statement(row, at=at, by=by), self.model.FIELD
        was = moved.models()[moved.table].objects.filter(**{field: getattr(moved, field)})
        was.update(**{field: moved.moved_to})
        return moved


class OldAddressTable(OldNameTable):
    name = "old_addresses"
    title = "Web addresses that were changed"
    means = "What stood in the address of a thing before, and what took its place. The old one leads on."
    model = OldAddress
    key = ("table", "slug")
    columns = (
        text_column("table", "the table of such things, like programmes", required=True),
        text_column(
            "slug",
            "its name in addresses until then",
            length=60,
            required=True,
            validators=[shapes.slug],
        ),
        text_column(
            "moved_to",
            "its name in addresses from then on",
            length=60,
            required=True,
            validators=[shapes.slug],
        ),
    )


class OldCodeTable(OldNameTable):
    name = "old_codes"
    title = "Codes that were changed"
    means = (
        "What the code of a thing was before, and what took its place. The old one still names it."
    )
    model = OldCode
    key = ("table", "code")
    columns = (
        text_column("table", "the table of such things, like partners", required=True),
        text_column(
            "code", "its code until then", length=40, required=True, validators=[shapes.any_code]
        ),
        text_column(
            "moved_to",
            "its code from then on",
            length=40,
            required=True,
            validators=[shapes.any_code],
        ),
    )


TABLES = (SourceTable(), OldAddressTable(), OldCodeTable())
