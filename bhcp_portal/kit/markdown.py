"""Turns the Markdown that people write into HTML that is safe to publish, in the design system's look.

What people may write: paragraphs, headings, lists, links, tables, quotes, emphasis. HTML that they
write is shown as text.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import nh3
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MOST_BYTES = 100_000
# Each line may be a row or a heading of its own, which takes longer than the words in it.
MOST_LINES = 2_000
# In one paragraph marks without end take a time that grows with the square of its length.
LONGEST_PARAGRAPH = 2_000

# The page has the first level itself.
FIRST_LEVEL, LAST_LEVEL = 2, 6
HEADING_SIZES = {2: "l", 3: "m", 4: "s", 5: "xs", 6: "xs"}
CLASSES = {
    "bullet_list_open": "nhsuk-list nhsuk-list--bullet",
    "ordered_list_open": "nhsuk-list nhsuk-list--number",
    "table_open": "nhsuk-table",
    "thead_open": "nhsuk-table__head",
    "tbody_open": "nhsuk-table__body",
    "tr_open": "nhsuk-table__row",
    "th_open": "nhsuk-table__header",
    "td_open": "nhsuk-table__cell",
}
TO_THE_RIGHT = {"th_open": "nhsuk-table__header--numeric", "td_open": "nhsuk-table__cell--numeric"}

TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "blockquote", "a", "ul", "ol", "li", "div"),
    *(f"h{level}" for level in HEADING_SIZES),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "*": set(),
    "a": {"href"},
    "ol": {"class", "start"},
    "div": {"class", "role", "aria-label", "tabindex"},
    "th": {"class", "scope"},
    **{
        tag: {"class"}
        for tag in ("ul", "table", "thead", "tbody", "tr", "td", *map("h{}".format, HEADING_SIZES))
    },
}


def is_safe_link(address: str) -> bool:
    """Whether a link may lead there: to http, https or mailto, or to a page of ours from its “/” on."""
    if address.startswith("/"):
        # Two strokes lead to another site; browsers read a backslash as a stroke.
        return not address[1:].startswith(("/", "\\", "%5C", "%5c"))
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _parser(is_allowed, *left_out):
    """A parser that makes links of what is allowed, and leaves others as the text they are."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.disable(["code", "fence", *left_out])
    parser.validateLink = is_allowed
    parser.add_render_rule("table_open", _in_scroll_container)
    parser.add_render_rule("table_close", _after_scroll_container)
    # It gathers its rules when it first parses. Of two threads that did so at once, one would find only
    # some of them, and show a page without its words.
    parser.parse("Words.")
    return parser


def _in_scroll_container(renderer, tokens, index, options, env):
    """On a narrow screen a table scrolls in a box, which keys reach and which has a name of its own."""
    env["tables"] = env.get("tables", 0) + 1
    return (
        '<div class="nhsuk-scroll"><div class="nhsuk-scroll__content" role="region" '
        f'aria-label="Table {env["tables"]}" tabindex="0">'
        + renderer.renderToken(tokens, index, options, env)
    )


def _after_scroll_container(renderer, tokens, index, options, env):
    return renderer.renderToken(tokens, index, options, env) + "</div></div>\n"


_published = _parser(is_safe_link)
_as_written = _parser(lambda address: True)
_in_blocks = _parser(lambda address: True, "inline")


def to_html(
    text: str, keep: Callable[[str], str] = str, first_level: int = FIRST_LEVEL
) -> SafeString:
    """Markdown to safe HTML. Headings begin at a level, as a rule the second, and leave none out.

    ``keep``: gives the address of a page of ours on the day being read (``Moment.keep``). Links that
    are not safe stay text, and in place of a picture stands its description.
    """
    tokens = _published.parse(text)
    _dress(tokens, keep, first_level)
    html = _published.renderer.render(tokens, _published.options, {})
    return mark_safe(  # noqa: S308 - cleaned by nh3 on this line
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer",
        )
    )


def _dress(tokens, keep, first_level):
    """Give tokens the design system's classes, headings their level, links the day being read."""
    above: list[int] = []
    level = first_level
    for token in tokens:
        if token.type == "heading_open":
            written = int(token.tag[1])
            above = [*(each for each in above if each < written), written]
            level = min(first_level + len(above) - 1, LAST_LEVEL)
            token.attrSet("class", f"nhsuk-heading-{HEADING_SIZES[level]}")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
        if token.type in CLASSES:
            token.attrJoin("class", CLASSES[token.type])
        if token.type in TO_THE_RIGHT and "right" in str(token.attrs.pop("style", "")):
            token.attrJoin("class", TO_THE_RIGHT[token.type])
        if token.type == "th_open":
            token.attrSet("scope", "col")
        for part in token.children or ():
            if part.type == "link_open" and str(part.attrs["href"]).startswith("/"):
                part.attrSet("href", keep(str(part.attrs["href"])))
            elif part.type == "image":
                part.type, part.tag, part.children = "text", "", None


def validate_markdown(text: str) -> None:
    """Raise ``ValidationError`` with what to do if a text is too long, or if a part would not be shown."""
    size = len(text.encode())
    if size > MOST_BYTES:
        raise ValidationError(
            f"This is {size:,} bytes long; a page holds {MOST_BYTES:,}. Shorten it, or make two pages."
        )
    lines = len(text.splitlines())
    if lines > MOST_LINES:
        raise ValidationError(
            f"This has {lines:,} lines; a page holds {MOST_LINES:,}. Shorten it, or make two pages."
        )
    links: dict = {}
    blocks = _in_blocks.parse(text, links)
    for token in blocks:
        if len(token.content) > LONGEST_PARAGRAPH:
            raise ValidationError(
                f"The paragraph that begins “{token.content[:40]}” has {len(token.content):,} "
                f"characters; {LONGEST_PARAGRAPH:,} is the most. Part it by an empty line."
            )
    if sentences := list(dict.fromkeys(_not_shown(blocks, links))):
        raise ValidationError(sentences)


def _not_shown(blocks, links) -> Iterator[str]:
    for token in blocks:
        parts: list = []
        if token.type == "inline":
            _as_written.inline.parse(token.content, _as_written, links, parts)
        for part in parts:
            if part.type == "image":
                yield f"A page shows no pictures. Take out the picture “{part.content[:40]}”."
            elif part.type == "link_open" and not is_safe_link(str(part.attrs["href"])):
                yield (
                    f"A link can’t lead to “{str(part.attrs['href'])[:80]}”. Begin its address with "
                    "https://, http:// or mailto:, or with / for a page of this site."
                )
