"""How hard a page is to read: the age at which it can be read, and how often it doubts what it says."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# What a reader with all disclosures closed does not see, or only hears.
HIDDEN_CLASSES = {"nhsuk-u-visually-hidden", "bhcp-print-only"}
# The numbers of sources (``sup``) stand at the end of sentences.
NOT_READ = {"script", "style", "template", "svg", "noscript", "select", "sup"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
PROSE = {"p", "li", "dd"}
DOUBT = re.compile(
    r"our reading|not checked|the source says|the sources? (?:gives?|names?) no|no source|"
    r"general knowledge|not known|may have|thought to|unsure|we read|not said",
    re.IGNORECASE,
)
FEWEST_WORDS = 4


@dataclass
class Plain:
    """A page as it is read: ``words`` of its main part, and the ``sentences`` among them."""

    words: str = ""
    sentences: list[str] = field(default_factory=list)

    @property
    def doubts(self):
        return DOUBT.findall(self.words)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.blocks, self.words, self.prose = [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag in VOID:
            return
        attributes = dict(attrs)
        above = self.open[-1] if self.open else ("", False, False)
        is_main = above[1] or tag == "main"
        classes = set((attributes.get("class") or "").split())
        is_hidden = (
            above[2]
            or tag in NOT_READ
            or bool(classes & HIDDEN_CLASSES)
            # It opens where somebody asks what a word means.
            or "popover" in attributes
        )
        # Of a closed disclosure its summary alone shows.
        if above[0] == "details" and tag != "summary":
            is_hidden = True
        name = tag if tag != "details" or "open" not in attributes else "open details"
        self.open.append((name, is_main, is_hidden))
        if tag in PROSE:
            self.blocks.append([])

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        while self.open:
            name = self.open.pop()[0].split()[-1]
            if name in PROSE and self.blocks:
                self._close()
            if name == tag:
                break

    def _close(self):
        text = " ".join("".join(self.blocks.pop()).split())
        if text:
            self.words.append(text)
            self.prose.append(text)

    def handle_data(self, data):
        if not self.open or not self.open[-1][1] or self.open[-1][2]:
            return
        if self.blocks:
            self.blocks[-1].append(data)
        else:
            self.words.append(data)


def plain(html: str) -> Plain:
    """What a page says to somebody who opens nothing."""
    reader = _Reader()
    reader.feed(html)
    found = Plain(" ".join(" ".join(reader.words).split()))
    for text in reader.prose:
        if text.endswith((".", "!", "?")):
            for sentence in re.split(r"(?<=[.!?:;])\s+", text):
                if len(_words(sentence)) >= FEWEST_WORDS:
                    found.sentences.append(sentence)
    return found


def reading_age(sentences) -> float:
    """The age from which sentences can be read: five more than the grade of Flesch and Kincaid (1975).

    A name within a sentence is known or looked up, not read, so it counts as a short word.
    """
    words = [_words(sentence) for sentence in sentences]
    number = sum(map(len, words))
    syllables = sum(
        1 if place and word[0].isupper() else _syllables(word)
        for sentence in words
        for place, word in enumerate(sentence)
    )
    return 0.39 * number / len(sentences) + 11.8 * syllables / number - 15.59 + 5


def _words(text):
    return re.findall(r"[A-Za-z][A-Za-z’'-]*", text)


def _syllables(word):
    word = re.sub(r"[^a-z]", "", word.lower())
    word = re.sub(r"(?:[^laeiouy]es|[^aeiouytd]ed|[^laeiouy]e)$", lambda end: end[0][0], word)
    return max(1, len(re.findall(r"[aeiouy]{1,2}", word)))
