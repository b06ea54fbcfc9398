"""The aims of a programme, each beside what was reported of it."""

from dataclasses import dataclass, field

from programmes.models import Figure


@dataclass(frozen=True, slots=True)
class Aim:
    """``result``: the newest result on the same subject in the same unit, or ``None``.

    ``again``: aims of the same number on the same subject, as other sources set them.
    """

    figure: Figure
    result: Figure | None
    again: list[Figure] = field(default_factory=list)

    @property
    def not_reported(self):
        """That no result is known, with its time where that is a plain one: ``Not reported for 2019/20``."""
        period = self.figure.period
        return f"Not reported for {period}" if period[:1].isdigit() else "Not reported"


def aims_of(groups):
    """The ``Aim``s among figures that come as ``in_groups`` gives them."""
    found = []
    for group in groups:
        by_number = {}
        for figure in group.figures:
            if not figure.is_plan:
                continue
            number = figure.qualifier, figure.value, figure.unit
            if group.title and number in by_number:
                by_number[number].again.append(figure)
                continue
            result = group.newest_result(figure.unit) if group.title else None
            by_number[number] = Aim(figure, result)
            found.append(by_number[number])
    return found
