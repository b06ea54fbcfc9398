"""Pages as these checks read them: what they link to, what they fetch, what they ask, what they say."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

# Which attributes of which elements make a browser fetch something by itself.
FETCHED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "link": ("href",),
}
# Links in the head that say something and fetch nothing.
SAYING = {"canonical", "alternate", "author", "license", "next", "prev", "search", "help"}
READ_ALOUD = ("alt", "aria-label", "title", "placeholder", "content")
UNREAD = {"script", "style", "template"}
# What stands apart from what is before and after it.
BLOCKS = {"p", "div", "li", "td", "th", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS |= {"section", "article", "br", "option", "summary"}
NEVER_CLOSED = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# What of an element's attributes decides how it looks and what it is to a screen reader.
TELLING = {"class", "role", "type"}
STATES = ("aria-", "hidden", "disabled", "open", "checked")


@dataclass
class Form:
    """A form of a page. ``fields`` are names with the values that it would send untouched.

    ``choices``: the names of those where one chooses from what is offered. ``buttons``: pairs of a name
    and a value, ``None`` for a button without.
    """

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str] | None] = field(default_factory=list)

    def untouched(self):
        """What it sends with its first button."""
        return self._sent(lambda name, value: value)

    def empty(self):
        """What it sends where everything is left empty, hidden fields too."""
        return self._sent(lambda name, value: "")

    def nonsense(self, words):
        """What it sends where every field holds the same words, also where one should choose."""
        return self._sent(lambda name, value: words)

    def _sent(self, say):
        sent = {}
        for name, value in self.fields:
            is_token = name == "csrfmiddlewaretoken"
            sent.setdefault(name, []).append(value if is_token else say(name, value))
        for name in self.choices - sent.keys():
            if published := say(name, ""):
                sent[name] = [published]
        if self.buttons and self.buttons[0]:
            sent.update([self.buttons[0]])
        return sent


@dataclass
class Page:
    """One answer, read. ``pieces``: each kind of element in each kind of element that holds it."""

    url: str
    status: int
    html: str
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    text: str = ""
    headers: dict = field(default_factory=dict)
    pieces: set[tuple[str, str]] = field(default_factory=set)

    def addresses(self):
        """The links that lead to pages of ours, as addresses without their fragment."""
        found = (urljoin(self.url, link.partition("#")[0]) for link in self.links if link)
        return [url for url in found if url.startswith("/") and not url.startswith("//")]


def read(url, status, html):
    """A page of its address and HTML."""
    page = Page(url, status, html)
    reader = _Reader(page)
    reader.feed(html)
    page.text = re.sub(r"\s+", " ", "".join(reader.words))
    return page


def query(url):
    """The questions of an address, by name."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


class _Reader(HTMLParser):
    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.page, self.words, self.unread = page, [], []
        self.form = self.select = self.textarea = None
        self.open = [("", "")]

    def handle_starttag(self, tag, attributes):
        published = {name: value or "" for name, value in attributes}
        self._place(tag, published)
        if tag in UNREAD:
            self.unread.append(tag)
        if tag in BLOCKS:
            self.words.append(" ")
        if tag in ("a", "area") and "href" in published:
            self.page.links.append(published["href"])
        if tag in FETCHED and not (tag == "link" and published.get("rel") in SAYING):
            for name in FETCHED[tag]:
                for part in published.get(name, "").split(","):
                    # What begins with # stands in the page itself.
                    if (address := part.split()) and not address[0].startswith("#"):
                        self.page.fetched.append(address[0])
        self.words += [f" {published[name]} " for name in READ_ALOUD if published.get(name)]
        if tag == "form":
            url = urljoin(self.page.url, published.get("action") or self.page.url)
            self.form = Form(url, published.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif self.form:
            self._control(tag, published)

    def _place(self, tag, published):
        looks = [f"{name}={published[name]}" for name in sorted(TELLING & published.keys())]
        kind = " ".join(
            [tag, *looks, *sorted(name for name in published if name.startswith(STATES))]
        )
        self.page.pieces.add((self.open[-1][1], kind))
        if tag not in NEVER_CLOSED:
            self.open.append((tag, kind))

    def _control(self, tag, published):
        form, name, value = self.form, published.get("name", ""), published.get("value", "")
        kind = published.get("type", "submit" if tag == "button" else "text")
        if tag == "option" and self.select:
            form.choices.add(self.select)
            if "selected" in published:
                form.fields.append((self.select, value))
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.textarea = name
            form.fields.append((name, ""))
        elif tag in ("button", "input") and kind == "submit":
            form.buttons.append((name, value) if name else None)
        elif tag == "input" and kind in ("radio", "checkbox"):
            form.choices.add(name)
            if "checked" in published:
                form.fields.append((name, value or "on"))
        elif tag == "input" and name:
            form.fields.append((name, value))

    def handle_endtag(self, tag):
        while len(self.open) > 1 and self.open.pop()[0] != tag:
            pass
        if self.unread and self.unread[-1] == tag:
            self.unread.pop()
        if tag in BLOCKS:
            self.words.append(" ")
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = None

    def handle_data(self, data):
        if self.unread:
            return
        self.words.append(data)
        if self.textarea and self.form:
            name, before = self.form.fields[-1]
            # The first line end in a text area is not part of it.
            self.form.fields[-1] = (name, before + (data if before else data.removeprefix("\n")))
