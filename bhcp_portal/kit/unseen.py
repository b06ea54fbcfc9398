"""Characters that nobody sees: some are refused in every form, all are spelt out where a text is repeated."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import ValidationError

# Signs for machines, such as NUL, but for tabs and ends of lines; what turns round the direction of all
# text after it; and hyphens, spaces and marks without width, by which names that look the same differ.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
# Of them, what no text of the record may have: NUL, which PostgreSQL can't keep, and what turns round the
# direction of all text after it.
NEVER_KEPT = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")
# What joins or parts letters, which some scripts need, and fillers: alone they are no words.
BLANK = re.compile(
    "[\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufe0f\ufeff\uffa0\\s]+"
)


_refused: ContextVar[re.Pattern[str]] = ContextVar("refused", default=UNSEEN)


@contextmanager
def as_on_record() -> Iterator[None]:
    """A context manager in which texts are taken as they were published, whatever rule came later."""
    token = _refused.set(NEVER_KEPT)
    try:
        yield
    finally:
        _refused.reset(token)


def refuse_unseen(validator, value):
    """Raise ``ValidationError`` for a text with characters that mislead because nobody sees them."""
    text = str(value)
    if _refused.get().search(text) or (text.strip() and BLANK.fullmatch(text)):
        raise ValidationError(validator.message, code=validator.code, params={"value": value})


def visible(text: str) -> str:
    """A text to be repeated in a sentence, with what nobody sees in it spelt out: ``careU+200B``."""
    return "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in text)
