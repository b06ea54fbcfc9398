"""Read models: rows that hold what was worked out once (HOUSE 10). They can be thrown away and made anew.

An app registers each of its own, with who makes its rows anew and who fills those that a publication left out.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction


class ReadModel(NamedTuple):
    """``rebuild`` makes all rows anew, tells its progress in lines of text, and gives how many there are.

    ``fill`` works out what is missing, if it is little; it is called after each action. The
    rows of others the database itself keeps.
    """

    rows: str
    rebuild: Callable[[Callable[[str], None]], int]
    fill: Callable[[], None] | None = None


_read_models: list[ReadModel] = []


def register(read_model: ReadModel) -> None:
    _read_models.append(read_model)


def read_models() -> list[ReadModel]:
    """All that were registered, in that order."""
    return list(_read_models)


def fill_after_commit() -> None:
    """Fill what this transaction leaves out, once it is committed. What fails is logged: pages work it out."""
    for each in _read_models:
        if each.fill:
            transaction.on_commit(each.fill, robust=True)
