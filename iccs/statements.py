"""What was said of the people of the communities, of whatever kind, in one query.

A community's page shows six kinds of statement of which each has a table of its own; asked one by one
they would use up the queries a public page may make.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, IntegerField, TextField, Value
from django.db.models.functions import Cast

from bhcp_portal.kit.dates import in_month, london_day, span
from bhcp_portal.kit.sources import Source
from iccs.models import Activity, IccMention, IccPlace, IccPractice, Population, Priority


@dataclass(frozen=True, slots=True)
class IccStatement:
    """One statement about an ICC. ``detail`` is a practice's town or a number's qualifier."""

    icc: int
    words: str
    detail: str
    number: int | None
    when_as: str
    certainty: str
    note: str
    published_at: datetime
    published_as: str
    source: Source | None
    is_main: bool = False

    @property
    def written_date(self):
        """When it was said, written as its source writes it, else the day in London."""
        return self.published_as or london_day(self.published_at).isoformat()

    @property
    def published_words(self):
        """When it was said: ``31 October 2022``, ``2016``."""
        return span(self.written_date).in_words()

    @property
    def published_in(self):
        """``in October 2022``."""
        return in_month(self.written_date)

    @property
    def when_words(self):
        """When it happened or was counted; where no source says, when it was told of: ``told in 2016``."""
        return span(self.when_as).in_words() if self.when_as else f"told {self.published_in}"


# Where each kind of statement has its words, detail, number and date.
COLUMNS = {
    IccPlace: ("name", "", "", ""),
    IccPractice: ("name", "town", "", ""),
    Population: ("counts", "qualifier", "people", "counted_as"),
    Priority: ("words", "", "", ""),
    Activity: ("words", "", "", "happened_as"),
    IccMention: ("named_as", "", "", ""),
}


def statements_of(at, *kinds, icc=None) -> dict[type, list[IccStatement]]:
    """What stood at a moment, by kind: main places before the others, the oldest said first; one query.

    ``kinds``: the models wanted. ``icc``: of that one alone. The bay's own populations are left out.
    """
    first, *others = (_rows(number, model, at, icc) for number, model in enumerate(kinds))
    found = {model: [] for model in kinds}
    rows = first.union(*others, all=True).order_by(
        "row_kind", "row_rank", "published_at", "row_words", "pk"
    )
    for row in rows:
        found[kinds[row["row_kind"]]].append(_read(row))
    return found


def _rows(number, model, at, icc):
    words, detail, count, when = COLUMNS[model]
    rows = model.objects.live(at).filter(icc__isnull=False).order_by()
    if icc is not None:
        rows = rows.filter(icc=icc)
    rank = -Cast("is_main", IntegerField()) if model is IccPlace else Value(0)
    return rows.annotate(
        row_kind=Value(number),
        row_rank=rank,
        row_words=F(words),
        row_detail=F(detail) if detail else Value("", TextField()),
        row_number=F(count) if count else Cast(None, IntegerField()),
        row_when=F(when) if when else Value("", TextField()),
    ).values(
        "pk", "icc", "row_kind", "row_rank", "row_words", "row_detail", "row_number",
        "row_when", "certainty", "note", "published_at", "published_as",
        "source__slug", "source__title", "source__publisher", "source__published_at",
        "source__published_as",
    )  # fmt: skip


def _read(row):
    source = row["source__slug"] and Source(
        slug=row["source__slug"],
        title=row["source__title"],
        publisher=row["source__publisher"],
        published_at=row["source__published_at"],
        published_as=row["source__published_as"],
    )
    return IccStatement(
        icc=row["icc"],
        words=row["row_words"],
        detail=row["row_detail"],
        number=row["row_number"],
        when_as=row["row_when"],
        certainty=row["certainty"],
        note=row["note"],
        published_at=row["published_at"],
        published_as=row["published_as"],
        source=source or None,
        is_main=row["row_rank"] < 0,
    )
