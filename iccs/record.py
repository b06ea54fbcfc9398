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
class Told:
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
    def said_as(self):
        """When it was said, written as its source writes it, else the day in London."""
        return self.published_as or london_day(self.published_at).isoformat()

    @property
    def said_words(self):
        """When it was said: ``31 October 2022``, ``2016``."""
        return span(self.said_as).in_words()

    @property
    def said_in(self):
        """``in October 2022``."""
        return in_month(self.said_as)

    @property
    def when_words(self):
        """When it happened or was counted; where no source says, when it was told of: ``told in 2016``."""
        return span(self.when_as).in_words() if self.when_as else f"told {self.said_in}"


# Where each kind of statement has its words, detail, number and date.
COLUMNS = {
    IccPlace: ("name", "", "", ""),
    IccPractice: ("name", "town", "", ""),
    Population: ("counts", "qualifier", "people", "counted_as"),
    Priority: ("words", "", "", ""),
    Activity: ("words", "", "", "happened_as"),
    IccMention: ("named_as", "", "", ""),
}


def told(at, *kinds, icc=None) -> dict[type, list[Told]]:
    """What stood at a moment, by kind: main places before the others, the oldest said first; one query.

    ``kinds``: the models wanted. ``icc``: of that one alone. The bay's own populations are left out.
    """
    first, *others = (_rows(number, model, at, icc) for number, model in enumerate(kinds))
    found = {model: [] for model in kinds}
    rows = first.union(*others, all=True).order_by(
        "told_kind", "told_rank", "published_at", "told_words", "pk"
    )
    for row in rows:
        found[kinds[row["told_kind"]]].append(_read(row))
    return found


def _rows(number, model, at, icc):
    words, detail, count, when = COLUMNS[model]
    rows = model.objects.live(at).filter(icc__isnull=False).order_by()
    if icc is not None:
        rows = rows.filter(icc=icc)
    rank = -Cast("is_main", IntegerField()) if model is IccPlace else Value(0)
    return rows.annotate(
        told_kind=Value(number),
        told_rank=rank,
        told_words=F(words),
        told_detail=F(detail) if detail else Value("", TextField()),
        told_number=F(count) if count else Cast(None, IntegerField()),
        told_when=F(when) if when else Value("", TextField()),
    ).values(
        "pk", "icc", "told_kind", "told_rank", "told_words", "told_detail", "told_number",
        "told_when", "certainty", "note", "published_at", "published_as",
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
    return Told(
        icc=row["icc"],
        words=row["told_words"],
        detail=row["told_detail"],
        number=row["told_number"],
        when_as=row["told_when"],
        certainty=row["certainty"],
        note=row["note"],
        published_at=row["published_at"],
        published_as=row["published_as"],
        source=source or None,
        is_main=row["told_rank"] < 0,
    )
