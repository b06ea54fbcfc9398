"""Find what somebody types among names, or names that are spelt like it.

The search runs in this process alone, so that what is typed reaches no log of the database or of
another host. Trigrams are counted as PostgreSQL's pg_trgm does: of each word, with two spaces
before it and one behind.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

# The share of the typed trigrams that a close name has: together with its town (CLOSE), and without
# it (BY_ITSELF). Half would be too little: the end of a short word (“leeds”) is in too many names.
CLOSE = 0.55
BY_ITSELF = 0.25
# Close names with less than this share of the best one's likeness are left out.
NEXT_BEST = 0.8
# Words with fewer letters are spelt like too many names.
SHORTEST_LIKE = 4
# For each of so many letters of a word, one that it is spelt like may be a letter longer or shorter.
LETTERS_FOR_ONE_APART = 3
# Words with fewer letters are not looked for with a slip in them.
SHORTEST_SLIP = 5
# Words with fewer letters find nothing where a name has not all the words.
SHORTEST_PART = 3
# Words that are in many names and find nothing by themselves.
SMALL_WORDS = frozenset({"a", "an", "and", "at", "by", "for", "in", "le", "of", "on", "the", "to"})
# Words that are in many names of practices and buildings: the name of a place outranks them.
COMMON_WORDS = frozenset(
    [
        "care",
        "centre",
        "centres",
        "clinic",
        "community",
        "doctor",
        "doctors",
        "gp",
        "gps",
        "group",
        "health",
        "hospital",
        "medical",
        "near",
        "nhs",
        "practice",
        "practices",
        "primary",
        "surgeries",
        "surgery",
        "team",
    ]
)
# A postcode district, alone or in a whole postcode.
DISTRICT = re.compile(r"([a-z]{1,2} ?[0-9][0-9a-z]?)( ?[0-9][a-z]{2})?")
# A postcode, a postcode district, or the beginning of one.
POSTCODE = re.compile(r"[a-z]{1,2} ?[0-9][0-9a-z]?( ?[0-9][a-z]{0,2})?")


@dataclass(frozen=True, slots=True)
class Name:
    """A name by which ``of`` may be found.

    ``more``: further words, such as a practice's town, that count only together with the name.
    """

    words: str
    of: object
    more: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The names that match, best first. ``is_close``: they are only spelt like the typed words.

    ``is_part``: they have some of the typed words, and no name has all. ``has_telling``: they have
    all but those that are in many names.
    """

    names: list[Name]
    is_close: bool = False
    is_part: bool = False
    has_telling: bool = False


def find(typed: str, names: Iterable[Name]) -> Found:
    """The names that have each typed word, or a word beginning with it, in any order and case.

    Where a name has all but words such as “surgery” and “care”, it is found by the others. If there
    is none: those that are spelt like all that was typed, or but for one slip in a word,
    else those with most of the words; a word that no name has counts for the names that are spelt
    like it. A postcode finds the
    names that are its district, and nothing else. Words such as “the” alone find nothing.
    """
    folded = fold(typed)
    words = folded.split()
    names = list(names)
    if POSTCODE.fullmatch(folded):
        district = district_of(folded)
        return Found([name for name in names if district and district_of(name.words) == district])
    if SMALL_WORDS.issuperset(words):
        return Found([])
    holding = [(_order(words, name), name) for name in names if _holds(words, name)]
    if holding:
        return Found([name for _, name in sorted(holding, key=lambda pair: pair[0])])
    rest = telling(folded)
    if rest != folded:
        holding = [name for name in names if _holds(rest.split(), name)]
        if holding:
            return Found(_with_most(words, holding), is_part=True, has_telling=True)
    if close := _close([rest], names):
        return Found(close, is_close=True)
    slipped = [name for name in names if _holds(words, name, _begins_but_for_a_slip)]
    if slipped:
        return Found(sorted(slipped, key=lambda name: _order(words, name)), is_close=True)
    long = [word for word in rest.split() if len(word) >= SHORTEST_PART]
    matched: Counter[int] = Counter()
    is_close = True
    for word in long:
        held = [name for name in names if _holds([word], name)]
        is_close = is_close and not held
        matched.update(id(name) for name in held or _close([word], names))
    most = max(matched.values(), default=0)
    best = [name for name in names if most and matched[id(name)] == most]
    best.sort(key=lambda name: _order(words, name))
    return Found(best, is_close=is_close, is_part=not is_close)


def telling(typed: str) -> str:
    """What was typed, folded, without words that are in many names; all of it where no others are."""
    words = fold(typed).split()
    rest = [word for word in words if word not in SMALL_WORDS | COMMON_WORDS]
    return " ".join(rest or words)


def district_of(text: str) -> str:
    """The postcode district that a text is, or that a postcode lies in: ``la4``; else empty."""
    found = DISTRICT.fullmatch(fold(text))
    return found[1].replace(" ", "") if found else ""


def fold(text: str) -> str:
    """A text in lower case, without accents, hyphens and apostrophes; “&” becomes “and”."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’‘")
    return " ".join(re.findall(r"[^\W_]+", plain))


def reads_like(name: str) -> str:
    """What names that a reader can’t tell apart have in common: without case, accents, spaces, hyphens
    and characters that nobody sees. ``Kendal``, ``KEN-DAL`` and ``ken dal`` give the same.
    """
    return fold(name).replace(" ", "") or name.strip().casefold()


def trigrams(folded: str) -> set[str]:
    """The runs of three characters in each word of a folded text."""
    padded = (f"  {word} " for word in folded.split())
    return {word[i : i + 3] for word in padded for i in range(len(word) - 2)}


def in_same_words(text):
    """What texts in the same words have in common, whatever their case and spaces; other values as they are."""
    return " ".join(text.split()).casefold() if isinstance(text, str) else text


def _holds(words, name, begins=str.startswith):
    """Whether each word begins a part of a name, and one of them a part of its own words."""
    own = fold(name.words).split()
    parts = own + fold(name.more).split()
    begun = [word for word in words if any(begins(part, word) for part in parts)]
    return begun == words and any(begins(part, word) for word in words for part in own)


def _begins_but_for_a_slip(part, word):
    return part.startswith(word) or (
        word.isalpha() and len(word) >= SHORTEST_SLIP and is_slip(word, part)
    )


def is_slip(one: str, other: str) -> bool:
    """Whether two words differ by one letter, or by two neighbours that changed places."""
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    one, other = one[same:], other[same:]
    is_swapped = one[:2] == other[:2][::-1] and one[2:] == other[2:]
    return is_swapped or one[1:] in (other, other[1:]) or one == other[1:]


def _close(asked, names):
    """The names that are spelt like one of some folded texts, the best first."""
    likened = [[(w, trigrams(w)) for w in text.split()] for text in asked if _may_be_like(text)]
    scored = [(max((_likeness(each, name) for each in likened), default=0), name) for name in names]
    best = max((score for score, _ in scored), default=0)
    wanted = max(CLOSE, best * NEXT_BEST)
    close = [(-score, name.words, name) for score, name in scored if score >= wanted]
    return [name for *_, name in sorted(close, key=lambda row: row[:2])]


def _may_be_like(folded):
    """Whether to look for names spelt alike: only for letters, and not for too few."""
    letters = folded.replace(" ", "")
    return letters.isalpha() and len(letters) >= SHORTEST_LIKE


def _with_most(words, names):
    """Those of some names that have the most of the words, best first."""
    held = [(sum(_holds([word], name) for word in words), name) for name in names]
    most = max(number for number, _ in held)
    return sorted((n for number, n in held if number == most), key=lambda n: _order(words, n))


def _order(words, name):
    """The sort key: the whole name first, then names that begin with the words, then the others."""
    folded, asked = fold(name.words), " ".join(words)
    return (folded != asked, not folded.startswith(asked), folded)


def _likeness(asked, name):
    """The share of the typed trigrams that the words of a name have, from 0 to 1.

    ``asked``: the trigrams of each typed word, with the word. Each is held against the one word of
    the name that is most like it, of about its length: “lund” begins like “Lunesdale” and is no slip
    for it.
    """
    number = sum(len(each) for _, each in asked)
    own = fold(name.words).split()
    alone = _shared(asked, own) / number
    return alone if alone < BY_ITSELF else _shared(asked, own + fold(name.more).split()) / number


def _shared(asked, parts):
    return sum(
        max(
            (
                len(each & trigrams(part))
                for part in parts
                if abs(len(word) - len(part)) <= max(1, len(word) // LETTERS_FOR_ONE_APART)
            ),
            default=0,
        )
        for word, each in asked
    )
