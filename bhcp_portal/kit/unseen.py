"""Characters that nobody sees: some are refused in every form, all are spelt out where a text is repeated."""

import re

from django.core.exceptions import ValidationError

# Signs for machines, such as NUL, but for tabs and ends of lines; what turns round the direction of all
# text after it; and hyphens, spaces and marks without width, by which names that look the same differ.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
# What joins or parts letters, which some scripts need, and fillers: alone they are no words.
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
