"""Finding a community by what somebody types: the name of a practice, a town, a village or the community.

Nothing typed leaves this process, so neither the database's log nor another's can keep it. Trigrams are
counted as PostgreSQL's pg_trgm does: of each word, with two spaces before it and one behind.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# The share of the typed trigrams that a name must hold to be called close, and how much of that by itself.
# Half is too little: the ends of a short word (“leeds”) are in too many names.
CLOSE = 0.55
BY_ITSELF = 0.25
# Close names further from the best one than this are left out.
NEXT_BEST = 0.8
# A shorter word is like too much.
SHORTEST_LIKE = 4
# Words that many names hold and nobody looks for by themselves.
SMALL_WORDS = frozenset({"a", "an", "and", "at", "by", "for", "in", "le", "of", "on", "the", "to"})
# A postcode, a district, or what is typed of one so far.
POSTCODE = re.compile(r"[a-z]{1,2} ?[0-9][0-9a-z]?( ?[0-9][a-z]{0,2})?")


@dataclass(frozen=True, slots=True)
class Name:
    """A name by which something may be found. ``more`` is read with it, never alone: a practice's town."""

    words: str
    of: object
    more: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The names that matched, best first. ``is_close``: none holds the words, these are only like them."""

    names: list[Name]
    is_close: bool = False


def find(typed: str, names: Iterable[Name]) -> Found:
    """The names that hold each typed word, in whatever order or case, if only its beginning.

    Where none does, those that are spelt much like it. A postcode finds nothing, nor do small words alone.
    """
    folded = fold(typed)
    words = folded.split()
    if SMALL_WORDS.issuperset(words) or POSTCODE.fullmatch(folded):
        return Found([])
    names = list(names)
    holding = [(_order(words, name), name) for name in names if _holds(words, name)]
    if holding:
        return Found([name for _, name in sorted(holding, key=lambda pair: pair[0])])
    if not _may_be_like(folded):
        return Found([])
    asked = trigrams(folded)
    scored = [(_likeness(asked, name), name) for name in names]
    best = max((score for score, _ in scored), default=0)
    wanted = max(CLOSE, best * NEXT_BEST)
    close = [(-score, name.words, name) for score, name in scored if score >= wanted]
    return Found([name for *_, name in sorted(close, key=lambda row: row[:2])], is_close=True)


def fold(text: str) -> str:
    """The letters and figures of a text alone: no case, accents, hyphens or apostrophes; & is “and”."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’‘")
    return " ".join(re.findall(r"[^\W_]+", plain))


def trigrams(folded: str) -> set[str]:
    """The runs of three characters of each word."""
    padded = (f"  {word} " for word in folded.split())
    return {word[i : i + 3] for word in padded for i in range(len(word) - 2)}


def _holds(words, name):
    own = fold(name.words).split()
    parts = own + fold(name.more).split()
    begun = [word for word in words if any(part.startswith(word) for part in parts)]
    return begun == words and any(part.startswith(word) for word in words for part in own)


def _may_be_like(folded):
    """Whether names spelt like it may be meant: not by a figure, nor by too few letters."""
    letters = folded.replace(" ", "")
    return letters.isalpha() and len(letters) >= SHORTEST_LIKE


def _order(words, name):
    """Whole names first, then names that begin so, then the rest; by the alphabet."""
    folded, asked = fold(name.words), " ".join(words)
    return (folded != asked, not folded.startswith(asked), folded)


def _likeness(asked, name):
    """The share of what was asked that a name holds."""
    own = trigrams(fold(name.words))
    alone = len(asked & own) / len(asked)
    if alone < BY_ITSELF:
        return alone
    return len(asked & (own | trigrams(fold(name.more)))) / len(asked)
