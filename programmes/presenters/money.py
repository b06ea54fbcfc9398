"""Amounts of money, by year."""

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """The ``Money`` statements of one kind and purpose. ``disagree``: their amounts differ."""

    kind: str
    what_for: str
    amounts: list
    disagree: bool

    @property
    def most(self):
        """The highest of its amounts."""
        return max(amount.amount for amount in self.amounts)


@dataclass(frozen=True, slots=True)
class MoneyYear:
    """``shares``: of each line, its highest amount in hundredths of the highest of all years."""

    year: str
    lines: list
    shares: list[int]

    @property
    def bars(self):
        """Pairs of a line and its share."""
        return list(zip(self.lines, self.shares, strict=True))


def money_by_year(money):
    """A list of ``MoneyYear`` in order, from a queryset of ``Money`` with sources; one query.

    What several sources say about the same purpose stands on one line.
    """
    ordered = money.order_by("year", "kind", "what_for", "published_at", "code")
    years = [
        (year, [_line(list(same)) for _, same in groupby(of_year, _same_amount)])
        for year, of_year in groupby(ordered, lambda amount: amount.year)
    ]
    most = max((line.most for _, lines in years for line in lines), default=0)
    return [
        MoneyYear(year, lines, [round(100 * line.most / most) if most else 0 for line in lines])
        for year, lines in years
    ]


def _same_amount(amount):
    return amount.kind, amount.what_for


def _line(amounts):
    different = {(amount.amount, amount.qualifier) for amount in amounts}
    return MoneyLine(
        amounts[0].get_kind_display(), amounts[0].what_for, amounts, len(different) > 1
    )
