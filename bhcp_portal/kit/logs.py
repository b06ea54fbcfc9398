"""Log lines without the links that let somebody in."""

import logging
import re

# The part after these in an address is as good as a password, while it works.
LINK = re.compile(r"(/staff/(?:invitation|password/new)/)(?!done/)[^/\s\"']+")


def without_links(text: str) -> str:
    """A text in which each link of an invitation or to a new password ends in an ellipsis."""
    return LINK.sub(r"\1…", text)


class LinklessFormatter(logging.Formatter):
    """Formats a record, its traceback too, ``without_links``; what it says is kept to one line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 the library's name
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        return without_links(super().format(record))
