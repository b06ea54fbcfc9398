"""What the form templates (`templates/nhsuk/`) ask of a Django form field.

They draw the label, hint and error. The control itself is Django's, with the design system's class.
"""

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField

register = template.Library()

# A widget, its template in nhsuk/fields/ and the class of its control. The first that fits counts.
KINDS = (
    (forms.CheckboxInput, "checkbox", "nhsuk-checkboxes__input"),
    (forms.CheckboxSelectMultiple, "choices", "nhsuk-checkboxes__input"),
    (forms.RadioSelect, "choices", "nhsuk-radios__input"),
    (forms.MultiWidget, "parts", "nhsuk-input"),
    (forms.Textarea, "textarea", "nhsuk-textarea"),
    (forms.Select, "single", "nhsuk-select"),
    (forms.FileInput, "file", "nhsuk-file-upload__input"),
    (
        forms.PasswordInput,
        "password",
        "nhsuk-input nhsuk-password-input__input nhsuk-js-password-input-input",
    ),
    (forms.Widget, "single", "nhsuk-input"),
)

# The browser's own limits are left out on purpose: it would cut words off, or refuse them in its
# own way. Our error says what to do, beside the field and in the summary.
LEFT_TO_OUR_ERRORS = {"maxlength": False, "minlength": False, "required": False}


def _kind(field: BoundField) -> tuple[str, str]:
    widget = field.field.widget
    return next((name, css) for kind, name, css in KINDS if isinstance(widget, kind))


@register.filter
def field_template(field: BoundField) -> str:
    """The template that draws a field."""
    return f"nhsuk/fields/{_kind(field)[0]}.html"


@register.filter
def control(field: BoundField) -> str:
    """The field's control as HTML: Django's own, with the design system's class."""
    widget = field.field.widget
    name, css = _kind(field)
    if field.errors and name not in ("checkbox", "file"):
        css += f" {css.split()[0]}--error"
    if getattr(widget, "input_type", None) in ("date", "datetime-local", "time", "month"):
        css += " bhcp-date"
    attrs: dict[str, Any] = {}
    if counted(field):
        css += " nhsuk-js-character-count"
        named = (f"{field.auto_id}-info", field.aria_describedby)
        attrs["aria-describedby"] = " ".join(filter(None, named))
    if name == "textarea":
        attrs["cols"] = False
        attrs["rows"] = _own(widget, "rows", default="10", ours="5")
    if name == "password":
        attrs |= {"spellcheck": "false", "autocapitalize": "none"}
    own = widget.attrs.get("class")
    attrs["class"] = f"{css} {own}" if own else css
    attrs = (
        field.build_widget_attrs(attrs, widget) | {"id": field.id_for_label} | LEFT_TO_OUR_ERRORS
    )
    return widget.render(field.html_name, field.value(), attrs, renderer=field.form.renderer)


def _own(widget: forms.Widget, name: str, *, default: str, ours: str) -> Any:
    """The attribute that the form's author gave the widget; `ours` if it is Django's default."""
    given = widget.attrs.get(name)
    return ours if given in (None, default) else given


@register.filter
def counted(field: BoundField) -> int | None:
    """The limit shown under a long text and counted down by the script; `None` if there is none."""
    is_text = isinstance(field.field.widget, forms.Textarea)
    return getattr(field.field, "max_length", None) if is_text else None


@register.filter
def describes(field: BoundField) -> str | None:
    """The ids of the hint and error of a group of controls, for its fieldset, or `None`."""
    return field.aria_describedby or None


@register.filter
def choice_hint(field: BoundField, option) -> str:
    """A line under one choice, from `choice_hints` on the form's field: `{value: words}`."""
    return getattr(field.field, "choice_hints", {}).get(str(option.data["value"]), "")


@register.filter
def parts(field: BoundField) -> list[dict[str, Any]]:
    """The boxes of a field that has several, each with its label."""
    whole = field.subwidgets[0].data
    labels = getattr(field.field.widget, "labels", None) or [
        part["name"].removeprefix(f"{field.html_name}_").capitalize()
        for part in whole["subwidgets"]
    ]
    return [
        {
            "label": {"0": "Date", "1": "Time"}.get(label, label),
            "name": part["name"],
            "id": part["attrs"]["id"],
            "value": part["value"],
            "type": part["type"] if part["type"] in ("date", "time") else "text",
            "width": 10,
            "error": bool(field.errors),
        }
        for label, part in zip(labels, whole["subwidgets"], strict=True)
    ]


@register.filter
def field_href(field: BoundField) -> str:
    """The link from the error summary to the field's first control."""
    first = f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label
    return f"#{first}"
