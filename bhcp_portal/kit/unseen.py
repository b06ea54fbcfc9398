"""Characters that nobody sees: some are refused in every form, all are spelt out where a text is repeated."""

import re

from django.core.exceptions import ValidationError

# NUL, which PostgreSQL can't keep, and what turns round the direction of all text after it.
UNSEEN = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")


def refuse_unseen(validator, value):
    """Raise ``ValidationError`` for a text with characters that mislead because nobody sees them."""
    if UNSEEN.search(str(value)):
        raise ValidationError(validator.message, code=validator.code, params={"value": value})


def visible(text: str) -> str:
    """A text to be repeated in a sentence, with what nobody sees in it spelt out: ``careU+200B``."""
    return "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in text)
