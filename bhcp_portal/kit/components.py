"""Components: one tag and one template each, with arguments that are checked.

A component is declared once (`templatetags/nhsuk.py`) and can then be used in three ways:

    {% nhsuk_button text="Save" %}                            a tag without a body
    {% nhsuk_details summary="Why" %} … {% endnhsuk_details %}   a tag with a body
    render_component("button", text="Save")                   from Python

Its template is `templates/components/<name>.html` and sees its own arguments only: every argument
it may take is there, `None` where it was not given, so that a component can't come to depend on
what happens to be in a page's context.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from types import NoneType
from typing import Any

from django.template import Node, TemplateSyntaxError, engines
from django.template.base import token_kwargs
from django.utils.safestring import SafeString, mark_safe

# The context variable in which a component collects the items that tags in its body give it.
COLLECTED = "nhsuk_collected"

# Every component takes these: they go on its outermost element.
EVERYWHERE = ("id", "classes", "attributes")


@dataclass(frozen=True)
class Component:
    """What one component takes, and how its arguments become the context of its template.

    `takes` and `needs` name the optional and the required arguments, separated by spaces. `body`
    names the argument that takes the text between the opening and the closing tag. `choices` lists
    the values that an argument may have. `lists` says for each argument that is a list of dicts
    which keys an item may have. Tags in the body add items to them, unless the component is
    `standalone`: its lists come from Python. Without `body` and such lists a component has no
    closing tag. `prepare` completes the checked arguments (ids that several parts share, for
    example).
    """

    name: str
    takes: str = ""
    needs: str = ""
    body: str = ""
    choices: Mapping[str, tuple] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[dict[str, Any]], None] | None = None
    standalone: bool = False
    prefix: str = "nhsuk_"

    @property
    def tag(self) -> str:
        return f"{self.prefix}{self.name}"

    @property
    def template(self) -> str:
        return f"components/{self.name}.html"

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        body = (self.body,) if self.body else ()
        names = (*self.needs.split(), *self.takes.split(), *self.lists, *body, *EVERYWHERE)
        return tuple(dict.fromkeys(names))

    def check_names(self, names) -> None:
        """Raise `TemplateSyntaxError` if an argument is unknown or a required one is missing."""
        unknown = sorted(set(names) - set(self.arguments))
        if unknown:
            raise TemplateSyntaxError(
                f"{self.tag} does not take {', '.join(unknown)}. "
                f"It takes: {', '.join(self.arguments)}."
            )
        missing = [name for name in self.needs.split() if name not in names]
        if missing:
            raise TemplateSyntaxError(f"{self.tag} needs {', '.join(missing)}: add it to the tag.")

    def check_values(self, values: dict[str, Any]) -> None:
        """Raise `ValueError` if a value is not among its choices, or an item has an unknown key."""
        for name, allowed in self.choices.items():
            if values[name] not in (None, "") and values[name] not in allowed:
                raise ValueError(
                    f"{self.tag} {name}={values[name]!r}: "
                    f"use one of {', '.join(map(repr, allowed))}."
                )
        for name, keys in self.lists.items():
            values[name] = [self._item(name, keys.split(), item) for item in values[name] or ()]
            values[name] = [item for item in values[name] if item is not None]

    def _item(self, name: str, keys: list[str], item: Any) -> dict[str, Any] | None:
        if not item:
            return None  # lets Python code write `show and {…}` inside a list
        if isinstance(item, (list, tuple)) and len(item) == 2 and {"value", "text"} <= set(keys):
            item = {"value": item[0], "text": item[1]}  # Django's choices
        if not isinstance(item, Mapping):
            raise ValueError(f"{self.tag} {name}: each item is a dict with {', '.join(keys)}.")
        unknown = sorted(set(item) - set(keys))
        if unknown:
            raise ValueError(
                f"{self.tag} {name}: an item does not take {', '.join(unknown)}. "
                f"It takes: {', '.join(keys)}."
            )
        return dict.fromkeys(keys) | dict(item)

    def context(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The template's context: every argument, checked, and what `prepare` adds."""
        values = dict.fromkeys(self.arguments) | dict(given)
        self.check_values(values)
        if self.prepare:
            self.prepare(values)
        return values

    def compile(self, parser, token) -> "ComponentNode":
        """Django's compile function for the tag."""
        kwargs, as_name = keyword_arguments(parser, token)
        body = None
        if self.body or (self.lists and not self.standalone):
            # The tag is always closed, even if an argument fills the body, so that a template need
            # not know which of the two ways is used.
            body = parser.parse((f"end{self.tag}",))
            parser.delete_first_token()
        # What the body may fill counts as given.
        fillable = {self.body, *self.lists} - {""} if body is not None else set()
        self.check_names({*kwargs, *fillable})
        return ComponentNode(self, kwargs, body, as_name)


class ComponentNode(Node):
    """A component in a template."""

    def __init__(self, component, kwargs, body, as_name):
        self.component, self.kwargs, self.body, self.as_name = component, kwargs, body, as_name

    def render(self, context) -> str:
        given = {name: value.resolve(context) for name, value in self.kwargs.items()}
        if self.body is not None:
            collected: dict[str, list] = {}
            with context.push(**{COLLECTED: collected}):
                content = self.body.render(context).strip()
            for name, items in collected.items():
                if name not in self.component.lists:
                    raise ValueError(f"{self.component.tag} has no list called {name}.")
                given[name] = [*(given.get(name) or ()), *items]
            if self.component.body and content:
                given[self.component.body] = mark_safe(content)  # noqa: S308 - rendered template
        html = _render(self.component, given, context)
        if self.as_name:
            context[self.as_name] = html
            return ""
        return html


class CollectNode(Node):
    """A tag that gives its arguments, as one item, to the component around it."""

    def __init__(self, tag, kwargs, body, body_name, default_list):
        self.tag, self.kwargs, self.body = tag, kwargs, body
        self.body_name, self.default_list = body_name, default_list

    def render(self, context) -> str:
        item = {name: value.resolve(context) for name, value in self.kwargs.items()}
        collected = context.get(COLLECTED)
        if collected is None:
            raise ValueError(f"{self.tag} belongs inside a component, such as nhsuk_breadcrumb.")
        if self.body is not None:
            with context.push():
                content = self.body.render(context).strip()
            if content:
                item[self.body_name] = mark_safe(content)  # noqa: S308 - a rendered template
        collected.setdefault(item.pop("to", None) or self.default_list, []).append(item)
        return ""


def collecting_tag(tag: str, *, into: str, body: str = ""):
    """A compile function for a tag that gives one item to the component around it.

    `into`: the list that the item goes to, unless the tag says `to=`. `body`: the item's key for
    the text inside the tag; without it the tag has no closing tag.
    """

    def compile_item(parser, token):
        kwargs, _ = keyword_arguments(parser, token)
        nodes = None
        if body:
            nodes = parser.parse((f"end{tag}",))
            parser.delete_first_token()
        return CollectNode(tag, kwargs, nodes, body, into)

    return compile_item


def keyword_arguments(parser, token):
    """The arguments of a tag, `name=value` only, and the name after `as` if there is one."""
    tag, *bits = token.split_contents()
    as_name = None
    if len(bits) > 1 and bits[-2] == "as":
        as_name, bits = bits[-1], bits[:-2]
    kwargs = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(
            f'{tag} takes its arguments by name only: write {tag} name="…" and not {bits[0]}.'
        )
    return kwargs, as_name


REGISTRY: dict[str, Component] = {}


def declare(name: str, takes: str = "", **options) -> Component:
    """Add a component to the registry; `templatetags/nhsuk.py` makes the tags from it."""
    component = Component(name, takes, **options)
    REGISTRY[name] = component
    return component


def render_component(component_name: str, /, **given) -> SafeString:
    """The HTML of a component, from Python. The arguments are those of its tag."""
    component = REGISTRY[component_name]
    component.check_names(given)
    return _render(component, given, None)


def _render(component: Component, given: Mapping[str, Any], context) -> SafeString:
    """Its HTML, remembered for plain arguments: a component sees nothing else."""
    try:
        key = (component.name, _frozen(given))
    except TypeError:
        return _rendered(component, given, context)
    html = _remembered.get(key)
    if html is None:
        html = _rendered(component, given, context)
        if len(html) <= LONGEST_REMEMBERED:
            with _forgetting:
                while len(_remembered) >= MOST_REMEMBERED:
                    del _remembered[next(iter(_remembered))]
                _remembered[key] = html
    return html


def _rendered(component: Component, given: Mapping[str, Any], context) -> SafeString:
    values = component.context(given)
    if context is None:
        html = engines["django"].get_template(component.template).render(values)
    else:
        template = context.template.engine.get_template(component.template)
        html = template.render(context.new(values))
    # White space at the template's ends would show, for example between a chip and a comma.
    return mark_safe(html.strip())  # noqa: S308 - a rendered template


# The components rendered lately, by name and arguments: some 8 MB at most.
MOST_REMEMBERED = 4_000
LONGEST_REMEMBERED = 2_000
_remembered: dict[tuple, SafeString] = {}
_forgetting = Lock()


def _frozen(value: Any) -> Any:
    """A key for an argument, its types within: a template escapes `str`, but not safe text.

    Raises `TypeError` for anything but text, whole numbers, `None` and lists and dicts of them.
    """
    kind = type(value)
    if kind in (str, SafeString, bool, int, NoneType):
        return kind, value
    if kind in (list, tuple):
        return kind, tuple(map(_frozen, value))
    if kind is dict:
        return kind, tuple((name, _frozen(each)) for name, each in value.items())
    raise TypeError
