"""The design system as template tags: `{% load nhsuk %}`. docs/components.md describes them all.

The markup is that of nhsuk-frontend 10.6, and `tests/kit/test_components.py` compares it with the
design system's own fixtures. Arguments are the design system's options in snake case and flat: what
it calls `heading: {text, level}` is `heading` and `heading_level` here. A text that is HTML is
given as a safe string, or between the tags.

After the NHS.UK components come the portal's own: status, sources, figures, moved dates.
"""

from typing import Any

from django import template
from django.utils.html import format_html_join

from bhcp_portal.kit.components import REGISTRY, collecting_tag, declare

register = template.Library()

LABEL = "label label_size label_is_heading label_heading_level label_id label_classes"
LEGEND = "legend legend_size legend_is_heading legend_heading_level legend_id legend_caption"
FIELD = "hint hint_id error error_id described_by disabled group_classes"
WIDTHS = (2, 3, 4, 5, 10, 20, 30)
SIZES = ("s", "m", "l", "xl")
ACTION = "text href type name value visually_hidden_text classes attributes"


# --- what several components share -----------------------------------------------------------


def _describe(values: dict[str, Any]) -> None:
    """Give a field the ids of its hint and its error, and the `aria-describedby` naming both."""
    values["id"] = values["id"] or values["name"]
    _describe_group(values)


def _describe_group(values: dict[str, Any]) -> None:
    stem = values["id"] or values.get("name")
    described_by = [values["described_by"]]
    if values["hint"]:
        values["hint_id"] = values["hint_id"] or f"{stem}-hint"
        described_by.append(values["hint_id"])
    if values["error"] and values["error"] is not True:
        values["error_id"] = values["error_id"] or f"{stem}-error"
        described_by.append(values["error_id"])
    values["described_by"] = " ".join(filter(None, described_by))


def _choices(values: dict[str, Any]) -> None:
    """Number the boxes or buttons of a group. The first has no number: the error summary links
    to it by the bare name."""
    values["id_prefix"] = values["id_prefix"] or values["name"]
    outer, values["id"] = values["id"], values["id_prefix"]
    _describe_group(values)
    values["id"] = outer
    chosen = values.get("values")
    if chosen is None:
        chosen = [values["value"]] if values.get("value") else []
    for number, item in enumerate(values["items"], start=1):
        if item["divider"]:
            continue
        suffix = f"-{number}" if number > 1 else ""
        item["id"] = item["id"] or f"{values['id_prefix']}{suffix}"
        item["name"] = item.get("name") or values["name"]
        if item["checked"] is None:
            item["checked"] = item["value"] in chosen
        if item["disabled"] is None:
            item["disabled"] = values["disabled"]
        item["hint_id"] = f"{item['id']}-item-hint" if item["hint"] else None
        # Boxes without a legend have nothing else to carry the group's hint and error.
        of_group = values["described_by"] if "values" in values and not values["legend"] else None
        item["described_by"] = " ".join(filter(None, (of_group, item["hint_id"])))


def _select(values: dict[str, Any]) -> None:
    _describe(values)
    for item in values["items"]:
        if item["selected"] is None:
            own = item["text"] if item["value"] is None else item["value"]
            item["selected"] = bool(values["value"]) and own == values["value"]


def _date_parts(values: dict[str, Any]) -> None:
    """Three boxes, or those given. Where nobody says which part is wrong, all are marked."""
    _describe_group(values)
    parts = values["items"] or [
        {"name": "day", "width": 2},
        {"name": "month", "width": 2},
        {"name": "year", "width": 4},
    ]
    given = values["values"] or {}
    wrong = values["wrong_parts"] or ()
    prefix = values["name_prefix"]
    values["parts"] = [
        {
            **part,
            "id": f"{values['id']}-{part['name']}",
            "input_name": f"{prefix}[{part['name']}]" if prefix else part["name"],
            "label": part.get("label") or part["name"].capitalize(),
            "width": part.get("width") or (4 if part["name"] == "year" else 2),
            "value": part.get("value") or given.get(part["name"]),
            "disabled": values["disabled"] if part.get("disabled") is None else part["disabled"],
            "error": part.get("error")
            or part["name"] in wrong
            or (bool(values["error"]) and not wrong and not _any_wrong(parts)),
        }
        for part in parts
    ]
    values["has_error"] = bool(values["error"] or wrong or _any_wrong(parts))


def _any_wrong(parts) -> bool:
    return any(part.get("error") for part in parts)


def _character_count(values: dict[str, Any]) -> None:
    values["id"] = values["id"] or values["name"]
    values["count_type"] = values["count_type"] or ("words" if values["maxwords"] else None)
    values["limit"] = values["maxwords"] or values["maxlength"]
    values["info_id"] = f"{values['id']}-info"
    values["described_by"] = " ".join(filter(None, (values["described_by"], values["info_id"])))
    _describe(values)


def _card(values: dict[str, Any]) -> None:
    """A care card says in words what its colour says."""
    words = {
        "non-urgent": "Non-urgent advice",
        "urgent": "Urgent advice",
        "emergency": "Immediate action required",
    }
    values["is_care"] = values["variant"] in words and bool(values["heading"])
    values["hidden_text"] = words.get(values["variant"])
    values["actions"] = values["actions"] or []


def _header(values: dict[str, Any]) -> None:
    """Mark the part of the site that `path` lies in."""
    here = values["path"]
    for item in values["items"]:
        address = (item["href"] or "").partition("?")[0]
        if not here or not address or item["current"] is not None or item["active"] is not None:
            continue
        item["current"] = here == address
        item["active"] = not item["exact"] and here.startswith(address)


def _password_input(values: dict[str, Any]) -> None:
    _describe(values)
    if values["button_disabled"] is None:
        values["button_disabled"] = values["disabled"]


def _footer(values: dict[str, Any]) -> None:
    """Lay the groups of links out in rows of `columns`."""
    columns = values["columns"] or 4
    named = {1: "full", 2: "one-half", 3: "one-third", 4: "one-quarter"}
    groups = values["navigation"]
    for group in groups:
        group["width"] = group["width"] or named[columns]
        group["items"] = [item for item in group["items"] or () if item]
    values["rows"] = [groups[i : i + columns] for i in range(0, len(groups), columns)]


def _summary_list(values: dict[str, Any]) -> None:
    for row in values["rows"]:
        row["actions"] = [action for action in row["actions"] or () if action]
    values["has_actions"] = any(row["actions"] for row in values["rows"])


def _table(values: dict[str, Any]) -> None:
    """Bring headings and cells to one shape. A heading may be a word, a cell a word or a number;
    `head` may be one text with bars between the headings: `head="Programme|Status"`."""
    head = values["head"] or []
    if isinstance(head, str):
        head = [text.strip() for text in head.split("|")]
    values["head"] = heads = [
        _cell(item) | {"sort": _sort(item)} for item in head if item not in (None, False)
    ]
    values["sortable"] = any(cell["sort"] for cell in heads)
    values["sorted_by_server"] = values["sortable"] and any(cell["href"] for cell in heads)
    values["rows"] = [
        _table_row([item for item in row if item not in (None, False)], values)
        for row in values["rows"] or ()
        if row
    ]
    if values["scroll"] and not values["caption_id"] and values["caption"]:
        stem = values["id"] or "table-" + values["caption"].replace(" ", "-").lower()[:40]
        values["caption_id"] = f"{stem}-caption"


def _table_row(row, values: dict[str, Any]) -> list[dict[str, Any]]:
    cells = []
    for number, item in enumerate(row):
        cell = _cell(item)
        head = values["head"][number] if number < len(values["head"]) else _cell("")
        moved_right = cell["format"] == "string" and head["format"] == "numeric"
        cell["align"] = cell["align"] or ("right" if moved_right else head["align"])
        cell["format"] = cell["format"] or head["format"]
        cell["is_header"] = bool(number == 0 and values["first_cell_is_header"])
        named = head["text"] or head["visually_hidden_text"]
        cell["heading"] = head if values["responsive"] and named else None
        cell["is_html"] = hasattr(cell["text"], "__html__")
        cells.append(cell)
    return cells


CELL = [
    "text",
    "visually_hidden_text",
    "format",
    "href",
    "colspan",
    "rowspan",
    "align",
    "width",
    "classes",
    "attributes",
    "sort",
    "sort_next",
    "sort_value",
]


def _cell(item: Any) -> dict[str, Any]:
    given = item if isinstance(item, dict) else {"text": item}
    unknown = sorted(set(given) - set(CELL))
    if unknown:
        raise ValueError(
            f"nhsuk_table: a cell does not take {', '.join(unknown)}. It takes: {', '.join(CELL)}."
        )
    return dict.fromkeys(CELL) | given


def _sort(item: Any) -> str | None:
    sort = item.get("sort") if isinstance(item, dict) else None
    return "none" if sort is True else sort


CONTENTS_ITEM = "text href current items classes attributes"


def _contents_list(values: dict[str, Any]) -> None:
    """Lists may lie inside lists."""

    def complete(items):
        keys = dict.fromkeys(CONTENTS_ITEM.split())
        return [
            keys | item | {"items": complete(item.get("items") or ())} for item in items if item
        ]

    values["items"] = complete(values["items"])


def _task_list(values: dict[str, Any]) -> None:
    prefix = values["id_prefix"] or "task-list"
    for number, item in enumerate(values["items"], start=1):
        item["hint_id"] = f"{prefix}-{number}-hint"
        item["status_id"] = f"{prefix}-{number}-status"


def _warning_callout(values: dict[str, Any]) -> None:
    """Say "Important" to those who don't see the yellow, unless the heading says it."""
    if values["heading"] and "important" not in values["heading"].lower():
        values["hidden_text"] = "Important"


# --- words and links -------------------------------------------------------------------------

declare("skip_link", "href text")
declare(
    "back_link", "text href type variant visually_hidden_text", choices={"variant": ("reverse",)}
)
declare(
    "action_link", "href type variant new_window", needs="text", choices={"variant": ("reverse",)}
)
declare(
    "button",
    "href type name value variant small icon icon_placement disabled prevent_double_click "
    "aria_label",
    needs="text",
    choices={
        "variant": ("brand", "login", "reverse", "secondary", "secondary-solid", "warning"),
        "icon_placement": ("start", "end"),
        "type": ("submit", "button", "reset"),
    },
)
declare("icon", "title size", needs="name", choices={"size": (25, 50, 75, 100)})
declare(
    "tag",
    "colour border",
    needs="text",
    choices={
        "colour": (
            False, "white", "grey", "green", "aqua-green", "blue", "purple", "pink", "red",
            "orange", "yellow",
        )
    },
)  # fmt: skip
declare("inset_text", "visually_hidden_text", needs="content", body="content")
declare(
    "warning_callout",
    "heading heading_level",
    needs="content",
    body="content",
    prepare=_warning_callout,
)
declare("details", "summary open variant", needs="summary content", body="content",
        choices={"variant": ("reverse",)})  # fmt: skip
declare("expander", "summary open", needs="summary content", body="content")
declare(
    "panel",
    "heading_level heading_size heading_id heading_classes variant",
    needs="heading",
    body="content",
    choices={"variant": ("interruption",), "heading_size": ("m", "l", "xl")},
)
declare(
    "notification_banner",
    "title title_id title_level heading heading_level heading_element variant role "
    "disable_auto_focus text",
    body="content",
    choices={"variant": ("success",), "role": ("alert", "region")},
)
declare(
    "card",
    "heading heading_level heading_size heading_id heading_classes href clickable variant "
    "description image image_alt",
    body="content",
    lists={"actions": ACTION},
    choices={
        "variant": (
            "feature", "primary", "secondary", "warning", "non-urgent", "urgent", "emergency",
        ),
        "heading_size": ("xs", *SIZES),
    },
    prepare=_card,
)  # fmt: skip
declare("image", "src alt caption width sizes srcset border background", body="content")

# --- finding the way -------------------------------------------------------------------------

declare(
    "header",
    "service service_href organisation organisation_split organisation_descriptor aria_label "
    "inline colour path navigation_label navigation_colour navigation_justified container_classes",
    lists={
        "items": "text href current active exact classes attributes",
        "account": "text href action method icon csrf_token classes",
    },
    choices={"colour": ("white",), "navigation_colour": ("white",)},
    prepare=_header,
)
declare(
    "footer",
    "columns copyright container_classes",
    body="content",
    lists={
        "items": "text href attributes",
        "navigation": "heading text items width",
    },
    choices={"columns": (1, 2, 3, 4)},
    prepare=_footer,
)
declare(
    "breadcrumb",
    "variant aria_label back_text back_href back_type back_id back_classes back_attributes",
    lists={"items": "text href classes attributes"},
    choices={"variant": ("reverse",)},
)
declare(
    "pagination",
    "previous_href previous_text previous_label next_href next_text next_label aria_label",
    lists={"items": "number href current ellipsis aria_label classes attributes"},
    standalone=True,
)
declare(
    "contents_list",
    "aria_label visually_hidden_text",
    lists={"items": CONTENTS_ITEM},
    prepare=_contents_list,
)
declare(
    "task_list",
    "id_prefix",
    lists={"items": "heading href hint status tag status_classes classes"},
    prepare=_task_list,
)

# --- facts -----------------------------------------------------------------------------------

declare(
    "summary_list",
    "border last_row_border card",
    lists={
        "rows": "key value key_width value_width key_classes value_classes actions border classes"
    },
    prepare=_summary_list,
)
declare(
    "table",
    "caption caption_size caption_id caption_classes head rows first_cell_is_header responsive "
    "compact striped scroll border last_row_border variant card",
    body="content",
    choices={"variant": ("reverse",), "caption_size": SIZES},
    prepare=_table,
)
declare(
    "cell",
    "heading format is_header align width scope colspan rowspan responsive",
    body="content",
    choices={"format": ("numeric",)},
)

# --- forms -----------------------------------------------------------------------------------

declare("label", "for size is_heading heading_level heading_id caption", needs="text",
        choices={"size": SIZES})  # fmt: skip
declare(
    "legend",
    "size is_heading heading_level heading_id caption",
    needs="text",
    choices={"size": SIZES},
)
declare("hint", needs="content", body="content")
declare("error_message", "visually_hidden_text", needs="text")
declare(
    "error_summary",
    "heading description disable_auto_focus",
    lists={"items": "text href attributes"},
)
declare(
    "fieldset",
    f"{LEGEND} role described_by",
    needs="legend",
    body="content",
    choices={"legend_size": SIZES},
)
declare(
    "input",
    f"{LABEL} {FIELD} value type width code inputmode spellcheck autocomplete autocapitalize "
    "pattern placeholder prefix suffix large before_input after_input wrapper_classes",
    needs="label name",
    choices={"width": (*WIDTHS, *map(str, WIDTHS)), "label_size": SIZES},
    prepare=_describe,
)
declare(
    "textarea",
    f"{LABEL} {FIELD} value rows autocomplete spellcheck",
    needs="label name",
    choices={"label_size": SIZES},
    prepare=_describe,
)
declare(
    "character_count",
    f"{LABEL} {FIELD} value rows autocomplete spellcheck maxlength maxwords threshold count_type",
    needs="label name",
    choices={"label_size": SIZES, "count_type": ("words", "characters", "unicode-characters")},
    prepare=_character_count,
)
declare(
    "select",
    f"{LABEL} {FIELD} value after_input",
    needs="label name",
    lists={"items": "value text selected disabled divider attributes"},
    choices={"label_size": SIZES},
    prepare=_select,
    standalone=True,
)
declare(
    "checkboxes",
    f"{LEGEND} {FIELD} id_prefix values small inline",
    needs="name",
    lists={
        "items": "value text hint checked disabled divider conditional id name behaviour "
        "behaviour_group attributes"
    },
    choices={"legend_size": SIZES},
    prepare=_choices,
    standalone=True,
)
declare(
    "radios",
    f"{LEGEND} {FIELD} id_prefix value small inline",
    needs="name",
    lists={"items": "value text hint checked disabled divider conditional id attributes"},
    choices={"legend_size": SIZES},
    prepare=_choices,
    standalone=True,
)
declare(
    "date_input",
    f"{LEGEND} {FIELD} name_prefix values wrong_parts",
    needs="legend id",
    lists={"items": "name label value width error disabled autocomplete"},
    choices={"legend_size": SIZES},
    prepare=_date_parts,
    standalone=True,
)
declare(
    "file_upload",
    f"{LABEL} {FIELD} multiple",
    needs="label name",
    choices={"label_size": SIZES},
    prepare=_describe,
)
declare(
    "password_input",
    f"{LABEL} {FIELD} value width autocomplete code prefix button_variant button_disabled "
    "button_prevent_double_click",
    needs="label name",
    choices={"label_size": SIZES},
    prepare=_password_input,
)
declare(
    "search_input",
    f"{LABEL} {FIELD} value width placeholder",
    needs="label name",
    choices={"label_size": SIZES},
    prepare=_describe,
)


# --- the portal's own ------------------------------------------------------------------------

STATUSES = {
    "not_started": "Not started",
    "on_track": "On track",
    "at_risk": "At risk",
    "off_track": "Off track",
    "paused": "Paused",
    "complete": "Complete",
    "stopped": "Stopped",
    "merged": "Merged",
    "none": "No status was reported",
}


def _status(values: dict[str, Any]) -> None:
    values["status"] = values["status"] or "none"
    values["word"] = STATUSES[values["status"]]


declare(
    "status_chip",
    "into stale_since source_words words_are_ours",
    needs="status",
    choices={"status": tuple(STATUSES)},
    prepare=_status,
    prefix="",
)


def _fold(values: dict[str, Any]) -> None:
    values["level"] = values["level"] or 2


declare("source_note", "moment certainty note statement", needs="source", prefix="")
declare(
    "figure_card",
    "unit period mark caveat href wrong_href",
    needs="value counts",
    prefix="",
)
declare(
    "slip_strip",
    "first first_published done slip",
    lists={"items": "date published reason later"},
    prefix="",
)
declare(
    "fold", "number of open level", needs="title content", body="content", prepare=_fold, prefix=""
)
declare("timeline", "", lists={"items": "date heading href text level"}, prefix="")

for _component in REGISTRY.values():
    register.tag(_component.tag, _component.compile)

register.tag("nhsuk_item", collecting_tag("nhsuk_item", into="items"))
register.tag("timeline_item", collecting_tag("timeline_item", into="items", body="text"))
register.tag("nhsuk_row", collecting_tag("nhsuk_row", into="rows", body="value"))


@register.filter
def html_attributes(attributes: dict[str, Any] | None) -> str:
    """A dict as attributes of an element, each with a space before it. `True` gives the bare name;
    `None` and `False` leave the attribute out."""
    if not attributes:
        return ""
    pairs = [
        (name, value)
        for name, value in attributes.items()
        if value is not None and value is not False
    ]
    bare = format_html_join("", " {}", ((name,) for name, value in pairs if value is True))
    full = format_html_join("", ' {}="{}"', (pair for pair in pairs if pair[1] is not True))
    return full + bare
