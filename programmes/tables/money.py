"""The table of amounts of money."""

from bhcp_portal.kit.shapes import year
from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    decimal_column,
    text_column,
)
from programmes.models import (
    Money,
)
from programmes.tables.programmes import programme_column


class MoneyTable(Table):
    name = "money"
    title = "Money"
    means = "Amounts by year as sources give them; those that disagree stand side by side."
    model = Money
    key = ("code",)
    columns = (
        text_column("code", "its name in this table", required=True),
        programme_column(required=False),
        text_column(
            "year",
            "financial year such as 2017/18, or the year of the text",
            required=True,
            validators=[year],
        ),
        choice_column("kind", Money.Kind, "what kind of amount it is"),
        text_column("qualifier", "about, almost, up to"),
        decimal_column("amount", "pounds"),
        text_column("what_for", "what it is for", required=True),
    )


TABLES = (MoneyTable(),)
