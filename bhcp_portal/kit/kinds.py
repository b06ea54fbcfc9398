"""Kinds of statement: each model declares what the rest of the portal needs to know of it.

The change log, feeds, open data, export and the data dictionary are written once, over ``kinds()``.
A new kind touches its own app alone: a model with ``@kind`` and a table in the app's ``tables``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.core.checks import Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from bhcp_portal.kit.reversing import address_of
from bhcp_portal.kit.statements import Ending, Statement
from bhcp_portal.kit.things import Thing


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of statement. Fields are given by name, relations as paths like ``series__metric``.

    ``one``, ``many``: its name, singular and plural. ``thing``: the path to the thing it speaks of,
    if any. ``page``: the URL name of the page that shows it if it speaks of no thing, or of one
    without a page.

    ``words``, ``code``, ``number``, ``unit_field``, ``qualifier``: the fields with its content.
    ``unit``: the unit, if it is always the same. ``days``: fields with written dates, of which the
    first filled one is shown. ``starts``, ``ends``: the written dates of the first day on which it
    holds and the first on which it no longer does. ``other``: the path to another thing that it
    links to. ``announced``: what its code means before the day in ``days``. ``reads_on``: each part goes on from the one before (“1,200 people seen”).

    ``comes_in_bulk``: statements of one thing, moment and source are listed as one. ``places``: the
    fields with the code of where it holds; none filled is everywhere. ``is_work``: it
    says what the work achieved, not what things are called or made of. ``is_listed_once_corrected``:
    of a thing's statements, lists of changes leave out the first, which its first facts tell of.
    ``is_housekeeping``: it says how the record is kept, such as which measures stand on the home page,
    and not what happened. ``without_code``: what a statement without a code is called, if not as others.
    ``is_state``: its code says how its thing stands, so that each takes the place of the one before.

    ``writer``, ``approver``: the permissions of who writes it in the browser and of the other
    person who publishes it (CONTRACT 3). ``reach``: the path to the thing whose partner both act
    for; without one both act for all partners.

    ``has_own_pages``: pages of its own hold its rules, so that it is not written in the general
    editor (``kit.editor``). ``is_proposed``: there, a draft of one step waits for another person
    (``kit.proposals``). ``takes_back``: a row published by mistake may be taken back by itself.
    ``takes_one``: one person is enough to publish it. ``listed_under``: the heading of it in lists
    of all kinds, if that is not the name of its app.
    """

    model: type[Statement]
    one: str
    many: str
    thing: str = ""
    page: str = ""
    words: str = ""
    code: str = ""
    number: str = ""
    unit: str = ""
    unit_field: str = ""
    qualifier: str = ""
    days: tuple[str, ...] = ()
    starts: str = ""
    ends: str = ""
    other: str = ""
    announced: Mapping[str, str] = field(default_factory=dict, hash=False)
    reads_on: bool = False
    comes_in_bulk: bool = False
    places: tuple[str, ...] = ()
    is_work: bool = False
    is_state: bool = False
    is_listed_once_corrected: bool = False
    is_housekeeping: bool = False
    without_code: str = ""
    writer: str = ""
    approver: str = ""
    reach: str = ""
    has_own_pages: bool = False
    is_proposed: bool = False
    takes_back: bool = True
    takes_one: bool = False
    listed_under: str = ""

    @property
    def slug(self) -> str:
        """Its name in addresses of staff pages: that of its table, such as ``icc-places``."""
        return table_of(self.model).name.replace("_", "-")

    @property
    def name(self) -> str:
        """Its name in lists: the plural if it comes in bulk."""
        return self.many if self.comes_in_bulk else self.one

    @property
    def one_within(self) -> str:
        """Its singular within a sentence: ``place``, but ``GP practice``."""
        return self.one if self.one[1:2].isupper() else self.one.lower()

    @property
    def many_within(self) -> str:
        """Its plural within a sentence: ``places``, but ``GP practices``."""
        return self.many if self.many[1:2].isupper() else self.many.lower()

    @property
    def heading(self) -> str:
        """What it is under in lists of all kinds."""
        return self.listed_under or str(self.model._meta.app_config.verbose_name)

    @property
    def thing_model(self) -> type[Thing] | None:
        """The model of the thing that it speaks of; ``None`` if it speaks of none."""
        return field_at(self.model, self.thing).related_model if self.thing else None

    def code_words(self, code: str) -> str:
        """What a value of its code field means: the label of a choice, or empty text.

        In a yes-or-no field, no means that the statement was taken back.
        """
        if not self.code:
            return ""
        field = self.model._meta.get_field(self.code)
        if isinstance(field, models.BooleanField):
            return "Taken back" if code == "false" else ""
        return str(dict(field.flatchoices).get(code, ""))

    def address(self, slug: str) -> str:
        """The address of the page that shows it. ``slug``: that of its thing, or empty text."""
        model = self.thing_model
        return model.page_of(slug) if slug and model.PAGE else address_of(self.page)


_DECLARED: dict[type[Statement], Kind] = {}


def kind(one: str, many: str, **says):
    """A class decorator: declares a model's kind. ``says``: the other fields of ``Kind``."""

    def declare(model):
        of_ending = {"starts": "starts_as", "ends": "ends_as"} if issubclass(model, Ending) else {}
        _DECLARED[model] = Kind(model, one, many, **of_ending | says)
        return model

    return declare


def kinds() -> tuple[Kind, ...]:
    """Every kind of the installed apps, by app and then in the order of their declaration."""
    order = {config.label: number for number, config in enumerate(apps.get_app_configs())}
    found = [each for each in _DECLARED.values() if each.model._meta.app_label in order]
    return tuple(sorted(found, key=lambda each: order[each.model._meta.app_label]))


def kind_of(model: type[Statement]) -> Kind:
    """The kind of a model of statements."""
    return _DECLARED[model]


def kind_called(slug: str) -> Kind | None:
    """The kind with a name in addresses of staff pages; ``None`` if there is none."""
    model = _models_by_slug().get(slug)
    return _DECLARED.get(model) if model else None


@cache
def _models_by_slug():
    return {each.name.replace("_", "-"): each.model for each in tables()}


def value_at(row, path):
    """What a path of relations leads to from a row; ``None`` if a part of the way is empty."""
    for name in path.split("__") if path else ():
        row = getattr(row, name, None)
    return row


def field_at(model, path):
    """The field at the end of a path of relations, such as ``series__metric``."""
    *way, last = path.split("__")
    for name in way:
        model = model._meta.get_field(name).related_model
    return model._meta.get_field(last)


# -- tables ---------------------------------------------------------------------------------------


def tables():
    """Every public table of the installed apps (``TABLES`` of their ``tables``).

    Each table comes after those that it refers to.
    """
    return declared("tables", "TABLES")


def declared(module: str, name: str) -> tuple:
    """What the installed apps list under a name in a module of theirs, in the order of the apps."""
    return _declared(tuple(config.name for config in apps.get_app_configs()), module, name)


@cache
def _declared(app_names, module, name):
    modules = (f"{app}.{module}" for app in app_names)
    found = [import_module(each) for each in modules if find_spec(each)]
    return tuple(row for each in found for row in getattr(each, name, ()))


@cache
def table_of(model):
    """The public table of a model."""
    return next(table for table in tables() if table.model is model)


# -- what is declared must hold --------------------------------------------------------------------


@register()
def check_kinds(app_configs, **kwargs):
    """A system check of every statement model of the installed apps.

    Each must have a kind whose fields exist, one table, and the same fields in ``identity_fields``
    and in its ``one_live`` constraint.
    """
    errors = []
    for model in apps.get_models():
        if issubclass(model, Statement) and not hasattr(model, "pgh_tracked_model"):
            errors += [
                Error(f"{model._meta.label}: {sentence}", obj=model, id="kit.E001")
                for sentence in _errors_of(model)
            ]
    return errors


def _errors_of(model):
    if model not in _DECLARED:
        yield "Say what kind of statement it is: decorate it with @kind(…)."
        return
    declared = kind_of(model)
    fields = (
        declared.thing,
        declared.words,
        declared.code,
        declared.number,
        declared.unit_field,
        declared.qualifier,
        declared.starts,
        declared.ends,
        declared.other,
    )
    for path in (*fields, *declared.days, *declared.places, declared.reach):
        try:
            if path:
                field_at(model, path)
        except FieldDoesNotExist:
            yield f"Its kind names “{path}”, which is no field of it."
            return
    for path in filter(None, (declared.thing, declared.other)):
        if not issubclass(field_at(model, path).related_model, Thing):
            yield f"“{path}” leads to no thing."
    if not declared.ends and any(field.name == "ends_as" for field in model._meta.fields):
        yield "Say which field ends it: ends=…"
    always_has_page = (
        declared.thing
        and bool(declared.thing_model.PAGE)
        and not field_at(model, declared.thing).null
    )
    if not declared.page and not always_has_page:
        yield "Say on which page it is shown where it speaks of no thing: page=…"
    if [table.model for table in tables()].count(model) != 1:
        yield "Give it one table in its app’s tables.TABLES."
    live = [c for c in model._meta.constraints if c.name.endswith("_one_live")]
    matter = {name for c in live for name, _ in c.expressions[:-1]}
    if matter != set(model.identity_fields):
        yield "identity_fields and the one_live constraint must name the same fields."
