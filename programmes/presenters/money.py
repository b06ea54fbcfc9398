"""Amounts of money, by year."""

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One amount as its sources give it. ``disagree``: they give different amounts."""

    kind: str
    what_for: str
    amounts: list
    disagree: bool


@dataclass(frozen=True, slots=True)
class MoneyYear:
    year: str
    lines: list


def money_by_year(money):
    """Amounts by year; what several sources say of the same thing stands side by side; one query."""
    ordered = money.select_related("source").order_by(
        "year", "kind", "what_for", "published_at", "code"
    )
    return [
        MoneyYear(year, [_line(list(same)) for _, same in groupby(of_year, _same_amount)])
        for year, of_year in groupby(ordered, lambda amount: amount.year)
    ]


def _same_amount(amount):
    return amount.kind, amount.what_for


def _line(amounts):
    different = {(amount.amount, amount.qualifier) for amount in amounts}
    return MoneyLine(
        amounts[0].get_kind_display(), amounts[0].what_for, amounts, len(different) > 1
    )
