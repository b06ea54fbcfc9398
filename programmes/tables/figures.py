"""The table of reported figures."""

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    decimal_column,
    text_column,
    written_column,
    yes_no_column,
)
from iccs.tables import icc_column
from programmes.models import (
    Figure,
)
from programmes.tables.programmes import programme_column


class FigureTable(Table):
    name = "figures"
    title = "Reported figures"
    means = "Numbers that partners reported, with what each counts."
    model = Figure
    key = ("code",)
    columns = (
        text_column("code", "its name in this table", required=True),
        programme_column(required=False),
        icc_column(required=False),
        text_column("group", "figures about the same matter carry the same words here"),
        text_column("qualifier", "about, almost, more than"),
        decimal_column("value", "the number"),
        text_column("unit", "its unit; £ and % are written as such"),
        text_column("counts", "what it counts", required=True),
        text_column("period", "for when, in words"),
        written_column("period_as", "for when, as a date"),
        text_column("keep_apart", "why it can’t be compared with others"),
        choice_column(
            "kind",
            Figure.Kind,
            "what it tells of: result (what people got or what changed for them), activity (the work "
            "done), need (what is needed, or how things are) or plan (an aim, a plan, a forecast)",
            required=False,
        ),
        yes_no_column("is_aim", "whether it is an aim, not a result: yes where the kind is plan"),
    )


TABLES = (FigureTable(),)
