"""Statements of several kinds about communities, read in one query.

A community's page shows eight kinds of statement, each with a table of its own. One query for each
would take up too many of the twelve that a public page may ask.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, IntegerField, TextField, Value
from django.db.models.functions import Cast, Coalesce

from bhcp_portal.kit.dates import in_month, london_day, span
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Ending, Statement
from iccs.models import (
    Activity,
    IccMailbox,
    IccMention,
    IccPlace,
    IccPractice,
    IccTrust,
    Population,
    Priority,
)
from partners.models import Partner, PartnerSite, SourceProfile


@dataclass(frozen=True, slots=True)
class IccStatement:
    """One statement about an ICC, of whatever kind (``model``).

    ``icc``: the primary key. ``detail``: a practice's town, a number's qualifier, a mailbox's
    address or a hospital trust's slug. ``number``: of people, or a hospital trust's primary key. ``when_as``: when it happened or was counted, as the source writes it.
    """

    model: type[Statement]
    pk: int
    icc: int
    words: str
    detail: str
    number: int | None
    when_as: str
    certainty: str
    note: str
    published_at: datetime
    published_as: str
    source_profile: SourceProfile | None
    source_slug: str
    is_main: bool = False

    @property
    def source_id(self):
        """What its source is known by; empty if it rests on none."""
        return self.source_slug

    @property
    def used_for(self):
        """What a mailbox is for."""
        return self.words

    @property
    def address(self):
        """The email address of a mailbox."""
        return self.detail

    @property
    def trust_address(self):
        """The address of a hospital trust's page."""
        return Partner.page_of(self.detail)

    @property
    def written_date(self):
        """The date of publication as its source writes it, else the day in London."""
        return self.published_as or london_day(self.published_at).isoformat()

    @property
    def published_words(self):
        """The date of publication in words: ``31 October 2022``, ``2016``."""
        return span(self.written_date).in_words()

    @property
    def published_in(self):
        """The month or year of publication in words: ``in October 2022``."""
        return in_month(self.written_date)

    @property
    def when_words(self):
        """When it happened or was counted; if no source says, when it was published.

        For example ``June 2016``, or ``reported in 2016``.
        """
        return span(self.when_as).in_words() if self.when_as else f"reported {self.published_in}"


# The fields of each kind that hold its words, detail, number and date; empty if it has none.
COLUMNS = {
    IccPlace: ("name", "", "", ""),
    IccPractice: ("name", "town", "", ""),
    IccTrust: ("partner__code", "partner__slug", "partner", ""),
    Population: ("counts", "qualifier", "people", "counted_as"),
    Priority: ("words", "", "", ""),
    Activity: ("words", "", "", "happened_as"),
    IccMention: ("named_as", "", "", ""),
    IccMailbox: ("used_for", "address", "", ""),
    PartnerSite: ("name", "town", "", ""),
}


def statements_of(at, *kinds, icc=None) -> dict[type, list[IccStatement]]:
    """The statements live at a moment that hold on its day, as a dict from model to list; one query.

    ``kinds``: the models. ``icc``: only statements about this one. Main places come first, then the
    oldest statements. Populations of the whole area are left out. ``PartnerSite`` gives the hospitals of
    the trusts that serve the ICC, and none without one.
    """
    first, *others = (_rows(number, model, at, icc) for number, model in enumerate(kinds))
    found = {model: [] for model in kinds}
    rows = first.union(*others, all=True).order_by(
        "row_kind", "row_rank", "published_at", "row_words", "pk"
    )
    for row in rows:
        model = kinds[row["row_kind"]]
        found[model].append(_read(model, row))
    return found


def _rows(number, model, at, icc):
    words, detail, count, when = COLUMNS[model]
    rows = model.objects.live(at).with_sources(at).order_by()
    if issubclass(model, Ending):
        rows = rows.on(london_day(at))
    if model is PartnerSite:
        serving = IccTrust.objects.live(at).on(london_day(at)).filter(icc=icc)
        hospitals = rows.filter(
            kind=PartnerSite.Kind.HOSPITAL, partner__in=serving.values("partner")
        )
        rows = hospitals.annotate(icc=Value(icc.pk if icc else None, IntegerField()))
    elif icc is None:
        rows = rows.filter(icc__isnull=False)
    else:
        rows = rows.filter(icc=icc)
    rank = -Cast("is_main", IntegerField()) if model is IccPlace else Value(0)
    return rows.annotate(
        row_kind=Value(number),
        row_rank=rank,
        row_words=Coalesce(Partner.name_at("partner", at), words) if model is IccTrust else F(words),
        row_detail=F(detail) if detail else Value("", TextField()),
        row_number=F(count) if count else Cast(None, IntegerField()),
        row_when=F(when) if when else Value("", TextField()),
    ).values(
        "pk", "icc", "row_kind", "row_rank", "row_words", "row_detail", "row_number",
        "row_when", "certainty", "note", "published_at", "published_as",
        "source__slug", "source_profile__cited__slug", "source_profile__title",
        "source_profile__publisher", "source_profile__dated_as",
    )  # fmt: skip


def _read(model, row):
    slug = row["source_profile__cited__slug"]
    profile = slug and SourceProfile(
        cited=Source(slug=slug),
        title=row["source_profile__title"],
        publisher=row["source_profile__publisher"],
        dated_as=row["source_profile__dated_as"],
    )
    return IccStatement(
        model=model,
        pk=row["pk"],
        icc=row["icc"],
        words=row["row_words"],
        detail=row["row_detail"],
        number=row["row_number"],
        when_as=row["row_when"],
        certainty=row["certainty"],
        note=row["note"],
        published_at=row["published_at"],
        published_as=row["published_as"],
        source_profile=profile or None,
        source_slug=row["source__slug"] or "",
        is_main=row["row_rank"] < 0,
    )
