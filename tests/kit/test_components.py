"""Every component against the design system's own fixtures.

Each fixture of a component that we have is either rendered and compared, or named in `DIFFERENT` with
the reason. Nothing is left out in silence: a release of the design system with a new fixture, option
or component fails here until somebody has looked at it.
"""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateSyntaxError, engines
from django.utils.html import escape
from django.utils.safestring import mark_safe

from bhcp_portal.kit.components import REGISTRY, render_component
from bhcp_portal.kit.templatetags import nhsuk

FOLDER = Path("node_modules/nhsuk-frontend/dist/nhsuk/components")

# Their folder, our component.
COMPONENTS = {
    "action-link": "action_link",
    "back-link": "back_link",
    "breadcrumb": "breadcrumb",
    "button": "button",
    "card": "card",
    "character-count": "character_count",
    "checkboxes": "checkboxes",
    "contents-list": "contents_list",
    "date-input": "date_input",
    "details": "details",
    "error-message": "error_message",
    "error-summary": "error_summary",
    "fieldset": "fieldset",
    "file-upload": "file_upload",
    "footer": "footer",
    "header": "header",
    "hint": "hint",
    "images": "image",
    "input": "input",
    "inset-text": "inset_text",
    "label": "label",
    "legend": "legend",
    "notification-banner": "notification_banner",
    "pagination": "pagination",
    "panel": "panel",
    "password-input": "password_input",
    "radios": "radios",
    "search-input": "search_input",
    "select": "select",
    "skip-link": "skip_link",
    "summary-list": "summary_list",
    "tables": "table",
    "tag": "tag",
    "task-list": "task_list",
    "textarea": "textarea",
    "warning-callout": "warning_callout",
}

NOT_OURS = {
    "caption": "the small text over a heading: a class on a span, no tag needed",
    "code": "the portal shows no code",
    "do-dont-list": "the portal gives no medical advice",
    "heading": "a heading is an element with a class",
    "hero": "the portal has no marketing banner",
    "scroll": "drawn by the table's `scroll`",
    "tabs": "hides content from who reads without scripts; the portal uses headings",
}


def fixtures(folder):
    return json.loads((settings.BASE_DIR / FOLDER / folder / "fixtures.json").read_text())[
        "fixtures"
    ]


# --- from the design system's options to our arguments ---------------------------------------


def snake(name):
    return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)


def flat(options):
    """`heading: {text, level}` as `heading` and `heading_level`; HTML as a safe string."""
    arguments = {}
    for name, value in options.items():
        key = snake(name)
        if isinstance(value, dict) and key != "attributes":
            inner = flat(value)
            if "html" in inner:
                arguments[key] = mark_safe(inner.pop("html"))
                inner.pop("text", None)
            elif "text" in inner:
                arguments[key] = inner.pop("text")
            arguments |= {f"{key}_{part}": given for part, given in inner.items()}
        elif isinstance(value, list):
            arguments[key] = [flat(item) if isinstance(item, dict) else item for item in value]
        else:
            arguments[key] = value
    return arguments


def renamed(arguments, names):
    return {names.get(key, key): value for key, value in arguments.items()}


def as_text(arguments):
    """Some components are their text: `html` is a safe one."""
    if "html" in arguments:
        arguments["text"] = mark_safe(arguments.pop("html"))
    return arguments


def as_body(arguments, wrap="{}"):
    if "html" in arguments:
        arguments["content"] = mark_safe(arguments.pop("html"))
    elif "text" in arguments:
        arguments["content"] = mark_safe(wrap.format(escape(arguments.pop("text"))))
    return arguments


def with_heading(arguments, name):
    """`label: {heading}` says in one word what the label is and that it is the page's heading."""
    heading = f"{name}_heading"
    if heading in arguments:
        arguments[name] = arguments.pop(heading)
        arguments[f"{name}_is_heading"] = True
    if f"{name}_is_page_heading" in arguments:
        arguments[f"{name}_is_heading"] = arguments.pop(f"{name}_is_page_heading")
    return arguments


def field(options):
    arguments = renamed(flat(options), {"error_message": "error"})
    arguments = {re.sub(r"^fieldset_", "", key): value for key, value in arguments.items()}
    arguments |= {
        key.replace("form_group_", ""): mark_safe(value)
        for key, value in arguments.items()
        if key.startswith("form_group_")
    }
    arguments = {
        k: v for k, v in arguments.items() if not k.startswith(("form_group_", "fieldset"))
    }
    for name in ("label", "legend"):
        arguments = with_heading(arguments, name)
    return arguments


def itself(options):
    """Label and legend alone: their own options are what a field calls `label_…`."""
    options = dict(options)
    heading, says = options.pop("heading", None), options.pop("isPageHeading", None)
    arguments = as_text(flat(options))
    if says is not False and (heading or says):
        heading = {"text": heading} if isinstance(heading, str) else heading
        own = as_text(dict(heading)) if isinstance(heading, dict) else {}
        own = renamed(own, {"level": "heading_level", "id": "heading_id"})
        arguments |= {"is_heading": True} | own
    elif heading:
        arguments.setdefault("text", heading["text"])
    return arguments


def card(options):
    options = dict(options)
    actions = options.pop("actions", None)
    arguments = flat(options)
    if actions:
        items = actions["items"] if isinstance(actions, dict) else actions
        arguments["actions"] = [flat(item) if item else item for item in items]
    if "description" in arguments and hasattr(arguments["description"], "__html__"):
        arguments["content"] = arguments.pop("description")
    return renamed(arguments, {"image_src": "image"})


def summary_list(options):
    options = dict(options)
    box, rows = options.pop("card", None), options.pop("rows")
    arguments = flat(options)
    arguments["rows"] = []
    for row in rows:
        row = dict(row) if row else None
        if row:
            actions = row.pop("actions", [])
            items = actions["items"] if isinstance(actions, dict) else actions
            row = flat(row) | {"actions": [flat(item) if item else item for item in items]}
        arguments["rows"].append(row)
    if box:
        arguments["card"] = card(box)
    return arguments


def table(options):
    options = dict(options)
    box, head, rows = options.pop("card", None), options.pop("head"), options.pop("rows")
    arguments = flat(options)

    def cell(item):
        return as_text(flat(item)) if isinstance(item, dict) else item

    arguments["head"] = [cell(item) for item in head]
    arguments["rows"] = [[cell(item) for item in row] if row else row for row in rows]
    if box:
        arguments["card"] = card(box) if isinstance(box, dict) else {"heading": None}
    return arguments


def header(options):
    options = dict(options)
    navigation, account = options.pop("navigation", {}), options.pop("account", {})
    arguments = flat(options) | {
        "items": [flat(item) if item else item for item in navigation.get("items", [])],
        "account": [flat(item) if item else item for item in account.get("items", [])],
        "navigation_colour": navigation.get("colour"),
        "navigation_justified": navigation.get("justified"),
    }
    logo = arguments.pop("logo_href", None)
    if not arguments.get("service_href") and logo:
        arguments["service_href"] = logo
    return renamed(arguments, {"organisation_name": "organisation"})


def footer(options):
    options = dict(options)
    groups, meta = options.pop("navigation", []), options.pop("meta", {})
    arguments = flat(options)
    meta = {"text": meta} if isinstance(meta, str) else meta
    if "html" in meta or "text" in meta:
        arguments["content"] = as_body(dict(meta), '<p class="nhsuk-body-s">{}</p>')["content"]
    arguments["items"] = [flat(item) for item in meta.get("items", [])]
    arguments["navigation"] = [
        as_text(flat(group)) for group in ([groups] if isinstance(groups, dict) else groups)
    ]
    arguments.setdefault("copyright", "© NHS England")
    return arguments


def breadcrumb(options):
    arguments = flat(options)
    return {
        re.sub("^back_link(_|$)", r"back\1", key) if key != "back_link" else "back_text": value
        for key, value in arguments.items()
    }


def date_input(options):
    options = dict(options)
    parts = {name: options.pop(name) for name in ("day", "month", "year") if name in options}
    values = options.pop("values", None)
    arguments = field(options)
    if values:
        arguments["values"] = values
    if parts:
        arguments["items"] = [
            {"name": name} | flat(parts.get(name, {}))
            for name in ("day", "month", "year")
            if parts.get(name) is not False
        ]
    return arguments


def task_list(options):
    items = []
    for item in options["items"]:
        item = dict(item) if item else None
        if item:
            status = item.pop("status", None)
            item = flat(item)
            if isinstance(status, dict) and "tag" in status:
                item["tag"] = as_text(flat(status["tag"]))
            elif isinstance(status, dict):
                item["status"] = as_text(dict(status)).get("text")
            else:
                item["status"] = status
        items.append(item)
    return flat({key: value for key, value in options.items() if key != "items"}) | {"items": items}


ARGUMENTS = {
    "action_link": lambda options: as_text(flat(options)),
    "back_link": lambda options: as_text(flat(options)),
    "breadcrumb": breadcrumb,
    "button": lambda options: renamed(flat(options), {"icon_name": "icon"}),
    "card": card,
    "character_count": field,
    "checkboxes": field,
    "date_input": date_input,
    "details": lambda options: as_body(flat(options)),
    "error_message": lambda options: as_text(flat(options)),
    "error_summary": lambda options: renamed(flat(options), {"error_list": "items"}),
    "fieldset": lambda options: as_body(field(options)),
    "file_upload": field,
    "footer": footer,
    "header": header,
    "hint": lambda options: as_body(flat(options)),
    "input": field,
    "inset_text": lambda options: as_body(flat(options), "<p>{}</p>"),
    "label": itself,
    "legend": itself,
    "notification_banner": lambda options: (
        renamed(flat(options), {"html": "content"})
        | ({"content": mark_safe(options["html"])} if "html" in options else {})
    ),
    "pagination": lambda options: renamed(
        flat(options), {"previous": "previous_text", "next": "next_text"}
    ),
    "panel": lambda options: as_body(flat(options)),
    "password_input": field,
    "radios": field,
    "search_input": field,
    "select": field,
    "summary_list": summary_list,
    "table": table,
    "tag": lambda options: as_text(flat(options)),
    "task_list": task_list,
    "textarea": field,
    "warning_callout": lambda options: as_body(
        flat(options), '<p class="nhsuk-card__description">{}</p>'
    ),
}


# --- comparing -------------------------------------------------------------------------------


class Flattened(HTMLParser):
    """HTML as a list of tags, attributes in order of name and classes in order, and words."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.parts = []
        self.feed(html)
        self.close()
        self.parts = [part for part in self.parts if part]

    def handle_starttag(self, tag, attrs):
        pairs = {
            name: " ".join(sorted(value.split())) if name == "class" else value
            for name, value in attrs
        }
        self.parts.append((tag, *sorted(pairs.items(), key=lambda pair: pair[0])))

    def handle_endtag(self, tag):
        self.parts.append(f"/{tag}")

    def handle_data(self, data):
        self.parts.append(" ".join(data.split()))


def flattened(html):
    return Flattened(html).parts


def published(html):
    """The words as they are read, with the spaces between inline elements and none for the rest."""
    inline = r"</?(?:span|a|strong|b|em|i|code|br)\b[^>]*>"
    lines = re.sub(r"<[^>]+>", "\0", re.sub(inline, "", html)).split("\0")
    return [words for line in lines if (words := " ".join(line.split()))]


def without_logo(parts):
    """The NHS letters, and the label that reads them out, gone from a header."""
    logo = ("class", "nhsuk-header__logo")
    start = next(
        (i for i, part in enumerate(parts) if isinstance(part, tuple) and logo in part), None
    )
    if start is not None:
        parts = parts[:start] + parts[parts.index("/svg", start) + 1 :]
    return [
        tuple(pair for pair in part if pair[0] != "aria-label")
        if isinstance(part, tuple) and ("class", "nhsuk-header__service-logo") in part
        else part
        for part in parts
    ]


def without_role_text(parts):
    wrapped = ("span", ("role", "text"))
    while wrapped in parts:
        start = parts.index(wrapped)
        end = next(i for i in range(start + 1, len(parts)) if depth(parts, start, i) == 0)
        parts = parts[:start] + parts[start + 1 : end] + parts[end + 1 :]
    return parts


def depth(parts, start, end):
    """How many spans opened since `start` are still open after `end`."""
    within = parts[start : end + 1]
    return sum(part[0] == "span" for part in within if isinstance(part, tuple)) - within.count(
        "/span"
    )


def without_drop_box(parts):
    module = ("data-module", "nhsuk-file-upload")
    return [
        tuple(pair for pair in part if pair != module) if isinstance(part, tuple) else part
        for part in parts
    ]


def without_table_roles(parts):
    """The roles that repeat what the elements of a table are."""
    cells = ("table", "thead", "tr", "th", "td")
    return [
        tuple(pair for pair in part if pair[0] != "role") if part[0] in cells else part
        for part in parts
    ]


# Compared after a change to their markup that we make on purpose.
ADAPTED = {
    "header": (
        without_logo,
        "the NHS logo is for NHS bodies only, and councils are partners: words in its place",
    ),
    "card": (without_role_text, "there is no role called text in ARIA"),
    "file-upload": (
        without_drop_box,
        "its script makes a button whose name differs from its words, which axe refuses",
    ),
    "summary-list": (without_role_text, "there is no role called text in ARIA"),
    "tables": (without_table_roles, "the Nu HTML checker calls each of these roles an error"),
    "warning-callout": (without_role_text, "there is no role called text in ARIA"),
}

CLASS_AND_OPTION = "a class that fights an argument: give one of the two"
DEPRECATED = "the design system says not to use this any more"
ENGLISH_ONLY = "the portal's words are English; translation comes with the languages (BEHAVIOUR O)"
WITHOUT_SCRIPT = "says nothing without a script: a limit is always given"
CAPTION_PLACED = "one place for a caption: above the text"
SEARCH_IN_HEADER = "search has a page and a box of its own; the header stays short"
ONE_SEARCH_BOX = "one look of the search box is enough"
BUTTON_FROM_SCRIPT = "dresses a button that only a script makes"

# Not compared, and why.
DIFFERENT = {
    "card": {
        "with image and caption": "an image with a caption is `nhsuk_image`, in the body",
        "with image and custom HTML": "lines between heading and description belong in the body",
    },
    "character-count": {
        "with count type 'length'": DEPRECATED,
        "with neither maxlength nor maxwords set": WITHOUT_SCRIPT,
        "with translations": ENGLISH_ONLY,
    },
    "checkboxes": {
        'with "all" option (named group, unique)': "boxes of one group share a name",
        'with "none" option, deprecated': DEPRECATED,
        'with "none" option (named group)': DEPRECATED,
        'with "none" option (named group, unique)': DEPRECATED,
    },
    "error-summary": {"with description via call block": "its description is an argument"},
    "file-upload": {
        "button": BUTTON_FROM_SCRIPT,
        "with multiple": BUTTON_FROM_SCRIPT,
        "with translations": ENGLISH_ONLY,
    },
    "header": {
        "default": SEARCH_IN_HEADER,
        "white linked logo, ARIA label": "names a logo that we don't show",
        "white linked logo, custom": "an organisation's own logo: we have none",
        "with navigation (overflow)": SEARCH_IN_HEADER,
        "with navigation (overflow, white)": SEARCH_IN_HEADER,
        "with organisation name (split with descriptor), search": SEARCH_IN_HEADER,
        "with search": SEARCH_IN_HEADER,
        "with search inline": SEARCH_IN_HEADER,
        "with service name": "without a logo there is one link, not two",
        "with service name (linked with logo, empty)": "a header without a name says nothing",
        "with service name as separate link": "without a logo there is one link, not two",
        "with service name (linked)": "without a logo there is one link, not two",
        "with service name (linked and long), search": SEARCH_IN_HEADER,
        "with service name, search, account (logged in, complex), navigation": SEARCH_IN_HEADER,
        "with service name, search, account, navigation": SEARCH_IN_HEADER,
    },
    "input": {"width class overriding width option": CLASS_AND_OPTION},
    "label": {
        "size class overriding size option": CLASS_AND_OPTION,
        'text and caption "after" as a paragraph': CAPTION_PLACED,
        'text and caption "before" as a paragraph': CAPTION_PLACED,
    },
    "legend": {
        "size class overriding size option": CLASS_AND_OPTION,
        'text and caption "after" as a paragraph': CAPTION_PLACED,
    },
    "pagination": {"with deprecated options": DEPRECATED},
    "password-input": {"with translations": ENGLISH_ONLY},
    "search-input": {
        "disabled button": ONE_SEARCH_BOX,
        "disabled with enabled button": ONE_SEARCH_BOX,
        "large": ONE_SEARCH_BOX,
        "large with brand button": ONE_SEARCH_BOX,
        "with alternative icon": ONE_SEARCH_BOX,
        "with brand button": ONE_SEARCH_BOX,
        "with brand button text": ONE_SEARCH_BOX,
        "with brand button text only": ONE_SEARCH_BOX,
        "with prefix": ONE_SEARCH_BOX,
        "with prefix and error message": ONE_SEARCH_BOX,
        "with secondary button": ONE_SEARCH_BOX,
        "with secondary button text": ONE_SEARCH_BOX,
        "with secondary button text only": ONE_SEARCH_BOX,
        "without button": ONE_SEARCH_BOX,
    },
    "tables": {"as a card (feature) with deprecated options": DEPRECATED},
    "tag": {"colour class overriding colour option": CLASS_AND_OPTION},
    "task-list": {
        "with deprecated status classes": DEPRECATED,
        "with deprecated titles": DEPRECATED,
        "with empty items": "ids count the items shown, not the ones left out",
    },
}

# Compared but for their body, which is not among their options.
CALLED = {
    folder: {fixture["name"] for fixture in fixtures(folder) if "via call block" in fixture["name"]}
    for folder in COMPONENTS
} | {
    "card": {
        "default",
        "basic with custom HTML",
        "basic with custom HTML and heading as string",
        "basic with summary list",
        "basic with summary list and action",
        "basic with summary list and action as a button",
        "basic with summary list and actions",
        "basic with summary list and actions array",
        "basic with summary list and actions as buttons",
        "basic with summary list and actions (empty items)",
        "basic with summary list and actions, without heading",
        "basic with summary list and button",
        "basic with summary list and heading link",
        "basic with summary lists",
        "emergency (red and black)",
        "emergency (red and black) with action link",
        "feature with nested card and summary list",
        "feature with summary list",
        "heading",
        "secondary with custom HTML",
        "secondary with summary list",
        "secondary with summary list and actions",
        "secondary with summary list and actions (empty items)",
        "secondary with summary list and actions, without heading",
        "secondary with summary list and button",
        "secondary with summary list and heading link",
        "secondary with summary lists",
        "non-urgent (blue)",
        "urgent (red)",
    },
    "images": {"with custom HTML"},
}


def compared(folder):
    """The fixtures of a component that are not named as different."""
    return [each for each in fixtures(folder) if each["name"] not in DIFFERENT.get(folder, {})]


@pytest.mark.parametrize("folder", COMPONENTS)
def test_a_component_gives_the_design_systems_own_markup(folder):
    component = COMPONENTS[folder]
    adapt, _ = ADAPTED.get(folder, (lambda parts: parts, ""))
    for fixture in compared(folder):
        name = fixture["name"]
        arguments = ARGUMENTS.get(component, flat)(fixture["context"])
        theirs = adapt(flattened(fixture["html"]))
        if name in CALLED.get(folder, ()):
            # The body of these is not among their options: what stands round it is compared.
            arguments[REGISTRY[component].body or "text"] = "BODY"
            ours = flattened(render_component(component, **arguments))
            before, after = ours[: ours.index("BODY")], ours[ours.index("BODY") + 1 :]
            assert before == theirs[: len(before)], name
            assert after == theirs[len(theirs) - len(after) :], name
        else:
            html = render_component(component, **arguments)
            assert flattened(html) == theirs, name
            if folder != "header":  # theirs says "NHS" where the logo is
                assert published(unescape(html)) == published(unescape(fixture["html"])), name


# --- nothing is left out in silence ----------------------------------------------------------


def test_every_component_of_the_design_system_is_ours_or_said_not_to_be():
    theirs = {path.parent.name for path in (settings.BASE_DIR / FOLDER).glob("*/fixtures.json")}
    assert theirs == set(COMPONENTS) | set(NOT_OURS)


def test_every_fixture_named_as_different_exists_and_has_a_reason():
    for folder, names in DIFFERENT.items():
        assert set(names) <= {fixture["name"] for fixture in fixtures(folder)}
        assert all(names.values())
    for folder, names in CALLED.items():
        assert names <= {fixture["name"] for fixture in fixtures(folder)}


# --- the tags themselves ---------------------------------------------------------------------


def drawn(source, **context):
    return engines["django"].from_string("{% load nhsuk %}" + source).render(context)


def test_an_argument_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(
        TemplateSyntaxError, match=r"nhsuk_button does not take colour\. It takes: text"
    ):
        drawn('{% nhsuk_button text="Save" colour="red" %}')


def test_an_argument_that_is_missing_is_named():
    with pytest.raises(TemplateSyntaxError, match="nhsuk_button needs text"):
        drawn("{% nhsuk_button %}")


def test_an_argument_without_its_name_is_refused():
    with pytest.raises(TemplateSyntaxError, match='write nhsuk_button name="…"'):
        drawn('{% nhsuk_button "Save" %}')


def test_a_value_outside_the_list_is_refused_with_the_list():
    with pytest.raises(ValueError, match="variant='green': use one of 'brand'"):
        drawn('{% nhsuk_button text="Save" variant="green" %}')


def test_an_item_with_a_key_that_nobody_reads_is_refused():
    with pytest.raises(ValueError, match="an item does not take url"):
        render_component("breadcrumb", items=[{"text": "Home", "url": "/"}])


def test_an_item_outside_a_component_is_refused():
    with pytest.raises(ValueError, match="belongs inside a component"):
        drawn('{% nhsuk_item text="Home" %}')


def test_an_item_for_a_list_the_component_lacks_is_refused():
    with pytest.raises(ValueError, match="nhsuk_breadcrumb has no list called account"):
        drawn(
            '{% nhsuk_breadcrumb %}{% nhsuk_item to="account" text="A" %}{% endnhsuk_breadcrumb %}'
        )


def test_words_are_escaped_and_html_between_the_tags_is_not():
    html = drawn(
        "{% nhsuk_details summary=words %}<p>{{ words }}</p>{% endnhsuk_details %}",
        words="<b>A & B",
    )
    assert html.count("&lt;b&gt;A &amp; B") == 2
    assert "<p>&lt;b" in html


def test_a_component_sees_nothing_of_the_page():
    assert "secret" not in drawn('{% nhsuk_button text="Save" %}', name="secret", value="secret")


def test_items_are_collected_in_loops_and_conditions():
    html = drawn(
        "{% nhsuk_contents_list %}{% for year in years %}{% if year != 2016 %}"
        '{% nhsuk_item text=year href="#" %}{% endif %}{% endfor %}{% endnhsuk_contents_list %}',
        years=[2015, 2016, 2017],
    )
    assert re.findall(r">(\d+)<", html) == ["2015", "2017"]


def test_rows_take_html_between_their_tags():
    html = drawn(
        '{% nhsuk_summary_list %}{% nhsuk_row key="Lead" %}<a href="/x/">X</a>{% endnhsuk_row %}'
        "{% endnhsuk_summary_list %}"
    )
    assert '<dd class="nhsuk-summary-list__value"><a href="/x/">X</a></dd>' in html


def test_a_row_takes_its_value_as_an_argument_too():
    html = drawn(
        "{% nhsuk_summary_list %}{% nhsuk_row key='Strand' value=strand %}{% endnhsuk_row %}"
        "{% endnhsuk_summary_list %}",
        strand="A & B",
    )
    assert '<dd class="nhsuk-summary-list__value">A &amp; B</dd>' in html


def test_a_component_can_be_kept_for_later():
    assert drawn('{% nhsuk_tag text="New" as chip %}[{{ chip }}]') == (
        '[<strong class="nhsuk-tag">New</strong>]'
    )


def test_choices_as_django_writes_them_make_a_select():
    html = render_component(
        "select", label="Year", name="year", value="b", items=[("a", "A"), ("b", "B")]
    )
    assert '<option value="b" selected>B</option>' in html


def test_the_header_marks_the_part_of_the_site_one_is_in():
    items = [
        {"text": "Programmes", "href": "/programmes/?as-at=2017-06-30"},
        {"text": "News", "href": "/news/"},
    ]
    html = render_component("header", service="S", path="/programmes/better-care/", items=items)
    assert html.count('aria-current="true"') == 1
    assert 'href="/programmes/?as-at=2017-06-30" aria-current="true"' in html


def test_attributes_leave_out_what_is_not_set():
    html = render_component(
        "tag", text="A", attributes={"lang": "cy", "hidden": True, "title": None, "data-x": 'a"b'}
    )
    assert html.startswith('<strong class="nhsuk-tag" lang="cy" data-x="a&quot;b" hidden>')


# --- the portal's own ------------------------------------------------------------------------


@pytest.mark.parametrize("status", nhsuk.STATUSES)
def test_a_status_is_a_word_and_a_shape_of_its_own(status):
    shape = {
        each: re.search(r"<svg.*?</svg>", render_component("status_chip", status=each))[0]
        for each in nhsuk.STATUSES
    }
    html = render_component("status_chip", status=status)
    assert nhsuk.STATUSES[status] in html
    assert list(shape.values()).count(shape[status]) == 1


def test_no_status_says_so():
    for nothing in ("", None, "none"):
        assert "No status was reported" in render_component("status_chip", status=nothing)


def test_a_status_that_is_not_one_is_refused():
    with pytest.raises(ValueError, match="use one of"):
        render_component("status_chip", status="green")


def test_a_stale_status_loses_its_colour_and_says_since_when():
    html = render_component("status_chip", status="on_track", stale_since="3 May 2019")
    assert "On track, 3 May 2019" in html
    assert "(no status since then)." in html
    assert "bhcp-status--on_track" not in html


def test_a_sources_own_words_stand_beside_no_status():
    html = render_component("status_chip", status="none", source_words="Embedded")
    assert "The source says: “Embedded”" in html


def test_a_moved_date_says_from_when_to_when_and_why():
    html = drawn(
        '{% slip_strip first="March 2019" first_published="June 2018" %}'
        '{% nhsuk_item date="June 2019" published="January 2019" reason="building works." %}'
        '{% nhsuk_item date="July 2019" %}{% endslip_strip %}'
    )
    words = " ".join(re.sub(r"<[^>]+>", "", html.replace("</li>", " ")).split())
    assert words == (
        "March 2019 was the first date, given June 2018. "
        "Moved to June 2019, said January 2019: building works. "
        "Moved to July 2019. No reason was given."
    )
