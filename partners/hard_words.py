"""The words of the glossary, found in texts of pages."""

import re
from datetime import UTC

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.revision import ReadOnce
from partners.models import TermMeaning


class HardWords:
    """The words of the glossary, to be found in texts, with their plurals and in any case."""

    def __init__(self, meanings):
        self._meanings = {
            name.lower(): meaning
            for meaning in meanings
            for name in (meaning.name, *meaning.other_names)
        }
        # The longest first, so that no part of a name is taken for another.
        names = sorted(map(_with_plural, self._meanings), key=len, reverse=True)
        self._pattern = re.compile(rf"\b({'|'.join(names)})(?!\w)", re.IGNORECASE)

    def split(self, text: str) -> list:
        """The text in parts, of which every second is a pair of a word as it stands and its meaning."""
        if not self._meanings:
            return [text]
        parts = self._pattern.split(text)
        parts[1::2] = [(word, self._meaning(word.lower())) for word in parts[1::2]]
        return parts

    def _meaning(self, word):
        return self._meanings.get(word) or self._meanings[_singular(word)]


def _with_plural(name):
    """A pattern for a name and its plural: ``limits``, ``community`` and ``communities``."""
    if name.endswith("s"):
        return re.escape(name)
    if name.endswith("y"):
        return f"{re.escape(name[:-1])}(?:y|ies)"
    return f"{re.escape(name)}s?"


def _singular(word):
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


@ReadOnce
def hard_words() -> HardWords:
    """The words of the glossary as it stands."""
    return HardWords(TermMeaning.objects.live(Present.now(UTC)).select_related("term"))
