"""Pages as these checks read them: what they link to, what they fetch, what they say."""

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


@dataclass
class Page:
    """One answer, read."""

    url: str
    status: int
    html: str
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    forms: list[dict] = field(default_factory=list)
    text: str = ""
    headers: dict = field(default_factory=dict)

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
        self.page, self.words, self.within = page, [], []

    def handle_starttag(self, tag, attributes):
        said = {name: value or "" for name, value in attributes}
        if tag in UNREAD:
            self.within.append(tag)
        if tag in BLOCKS:
            self.words.append(" ")
        if tag in ("a", "area") and "href" in said:
            self.page.links.append(said["href"])
        if tag == "form":
            self.page.forms.append({**said, "fields": []})
        if tag in ("input", "select", "textarea", "button") and self.page.forms:
            self.page.forms[-1]["fields"].append(said)
        if tag in FETCHED and not (tag == "link" and said.get("rel") in SAYING):
            for name in FETCHED[tag]:
                for part in said.get(name, "").split(","):
                    if address := part.split():
                        self.page.fetched.append(address[0])
        self.words += [f" {said[name]} " for name in READ_ALOUD if said.get(name)]

    def handle_endtag(self, tag):
        if self.within and self.within[-1] == tag:
            self.within.pop()
        if tag in BLOCKS:
            self.words.append(" ")

    def handle_data(self, data):
        if not self.within:
            self.words.append(data)
