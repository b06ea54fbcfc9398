"""The aims of a programme, each beside what was reported of it."""

from dataclasses import dataclass

from programmes.models import Figure


@dataclass(frozen=True, slots=True)
class Aim:
    """``result``: the newest result on the same subject in the same unit, or ``None``."""

    figure: Figure
    result: Figure | None


def aims_of(groups):
    """The ``Aim``s among figures that come as ``in_groups`` gives them."""
    return [
        Aim(figure, group.newest_result(figure.unit) if group.title else None)
        for group in groups
        for figure in group.figures
        if figure.is_plan
    ]
