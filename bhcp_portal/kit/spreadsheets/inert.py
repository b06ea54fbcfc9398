"""Words that a spreadsheet would work out, made inert where we give them out (CONTRACT 4)."""

import re

WORKED_OUT = re.compile(r"'*[=+\-@\t\r\n]")
MARKED = re.compile(r"''*[=+\-@\t\r\n]")


class Number(str):
    """The text of a number, which is given out as it is."""

    __slots__ = ()


def with_mark(text: str) -> str:
    """A text with one ``'`` before it if a spreadsheet may work it out.

    That is where it begins with = + - @, a tab or the end of a line, after any number of ``'``.
    """
    return f"'{text}" if WORKED_OUT.match(text) else text


def without_mark(text: str) -> str:
    """A text as it was before ``with_mark``."""
    return text[1:] if MARKED.match(text) else text
