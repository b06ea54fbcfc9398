"""Characters that nobody sees: some are refused in every form, all are spelt out where a text is repeated."""

import re

from django.core.exceptions import ValidationError

# NUL, which PostgreSQL can't keep, what turns round the direction of all text after it, and spaces
# without width and fillers, with which two names that look alike differ.
UNSEEN = re.compile(
    "[\x00\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\ufeff\u115f\u1160\u180e\u2800\u3164\uffa0]"
)
# What joins or parts letters: it belongs into words, and alone it is none.
JOINERS = re.compile("[\u00ad\u200c-\u200f\ufe0f\\s]+")


def refuse_unseen(validator, value):
    """Raise ``ValidationError`` for a text with characters that mislead because nobody sees them."""
    text = str(value)
    if UNSEEN.search(text) or (text.strip() and JOINERS.fullmatch(text)):
        raise ValidationError(validator.message, code=validator.code, params={"value": value})


def visible(text: str) -> str:
    """A text to be repeated in a sentence, with what nobody sees in it spelt out: ``careU+200B``."""
    return "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in text)
