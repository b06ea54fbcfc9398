from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    decimal_column,
    reference_column,
    slug_column,
    text_column,
)
from tests.walks.models import Walk, WalkProfile


class WalkTable(Table):
    name = "walks"
    title = "Walks"
    means = "The walks, by slug."
    model = Walk
    key = ("slug",)
    columns = (slug_column(),)


class WalkProfileTable(Table):
    name = "walk_profiles"
    title = "What is said of walks"
    means = "The name, length and pace of each walk."
    model = WalkProfile
    key = ("walk",)
    columns = (
        reference_column("walk", Walk, "slug of the walk"),
        text_column("name", "its name", required=True),
        decimal_column("length", "kilometres there and back"),
        choice_column("pace", WalkProfile.Pace, "how fast it is walked"),
    )


TABLES = (WalkTable(), WalkProfileTable())
