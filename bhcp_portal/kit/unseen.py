"""Characters that nobody sees: some are refused in every form, all are spelt out where a text is repeated."""

import re

from django.core.exceptions import ValidationError

# NUL, which PostgreSQL can't keep, and what turns round the direction of all text after it.
UNSEEN = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")
# What joins or parts letters, fillers and spaces without width: alone they are no words.
BLANK = re.compile(
    "[\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufe0f\ufeff\uffa0\\s]+"
)


def refuse_unseen(validator, value):
    """Raise ``ValidationError`` for a text with characters that mislead because nobody sees them."""
    text = str(value)
    if UNSEEN.search(text) or (text.strip() and BLANK.fullmatch(text)):
        raise ValidationError(validator.message, code=validator.code, params={"value": value})


def visible(text: str) -> str:
    """A text to be repeated in a sentence, with what nobody sees in it spelt out: ``careU+200B``."""
    return "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in text)
