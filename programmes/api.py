"""The API of programmes (CONTRACT 5)."""

from typing import Annotated

from django.db.models import Prefetch
from django.http import Http404
from ninja import PathEx, Query, Router
from ninja.params import P
from pydantic import Field

from bhcp_portal.kit.api import (
    Asked,
    AskedPage,
    ThingOut,
    address,
    answers,
    chosen,
    list_schema,
    page,
    schema_for,
    serialise,
    serialise_all,
    word_of,
)
from bhcp_portal.kit.dates import london_day
from programmes.filters import NONE, ProgrammeFilters
from programmes.models import (
    Objective,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeStage,
    Stage,
    Status,
    StatusUpdate,
)
from programmes.tables.figures import FigureTable
from programmes.tables.metric_links import MetricProgrammeTable
from programmes.tables.milestones import MilestoneDateTable
from programmes.tables.money import MoneyTable
from programmes.tables.programmes import (
    ProgrammeIccTable,
    ProgrammePartnerTable,
    ProgrammeProfileTable,
    ProgrammeStageTable,
)
from programmes.tables.status import StatusUpdateTable

router = Router(tags=["Programmes"])
ROUTERS = {"programmes": router}

OWN = ("programme",)
PROFILES, UPDATES = ProgrammeProfileTable(), StatusUpdateTable()
PARTNERS, ICCS, STAGES = ProgrammePartnerTable(), ProgrammeIccTable(), ProgrammeStageTable()
MILESTONES, FIGURES, MONEY = MilestoneDateTable(), FigureTable(), MoneyTable()
LINKS = MetricProgrammeTable()
# The API gives only links that apply, so this column would always say yes.
OF_LINK = "applies"

ProgrammeProfileOut = schema_for("ProgrammeProfileOut", PROFILES, without=OWN)
ProgrammeRoleOut = schema_for("ProgrammeRoleOut", PARTNERS, without=OWN)
ProgrammePlaceOut = schema_for("ProgrammePlaceOut", ICCS, without=OWN)
ProgrammeStatusOut = schema_for(
    "ProgrammeStatusOut",
    UPDATES,
    without=OWN,
    is_stale=(
        bool,
        Field(description="whether it is too old to stand for how things are: 90 days"),
    ),
)
ProgrammeStageOut = schema_for("ProgrammeStageOut", STAGES, without=OWN)
MilestoneWordsOut = schema_for("MilestoneWordsOut", MILESTONES, without=("milestone",))
ReportedFigureOut = schema_for("ReportedFigureOut", FIGURES, without=OWN)
AmountOut = schema_for("AmountOut", MONEY, without=OWN)
ProgrammeMetricOut = schema_for("ProgrammeMetricOut", LINKS, without=(*OWN, OF_LINK))


class ProgrammeShortOut(ThingOut):
    """A programme as lists have it."""

    name: str
    profile: ProgrammeProfileOut
    status: Annotated[
        ProgrammeStatusOut | None,
        Field(description="the newest update; none where nothing was ever reported"),
    ]
    stage: Annotated[
        ProgrammeStageOut | None,
        Field(description="how far it has come; none where no source says so"),
    ]
    partners: Annotated[list[ProgrammeRoleOut], Field(description="who does what")]
    iccs: Annotated[list[ProgrammePlaceOut], Field(description="where a source places it")]


class ProgrammeMilestoneOut(ThingOut):
    """A milestone. What was said first is its baseline; the last is how it stands."""

    said: Annotated[list[MilestoneWordsOut], Field(description="all that was said, oldest first")]


class ProgrammeFullOut(ProgrammeShortOut):
    """A programme with all that its page shows."""

    milestones: list[ProgrammeMilestoneOut]
    figures: list[ReportedFigureOut]
    money: list[AmountOut]
    metrics: Annotated[
        list[ProgrammeMetricOut], Field(description="the measures that tell how well it works")
    ]


class AskedProgrammes(AskedPage):
    """The filters of the list, as its page has them. What they may say, ``ProgrammeFilters`` knows."""

    status: word_of(
        [*Status.choices, NONE], "The last status reported, or `none` where none was."
    ) = None
    stage: word_of(Stage.choices, "How far it has come.") = None
    objective: word_of(Objective.choices, "What it serves.") = None
    partner: Annotated[
        str | None, Field(description="Slug or code of a partner that has a part in it.")
    ] = None
    icc: Annotated[
        str | None, Field(description="Slug or code of a community that a source places it in.")
    ] = None
    q: Annotated[str | None, Field(description="Words of its name or purpose, all of them.")] = None


@router.get("", response=answers(list_schema(ProgrammeShortOut)), url_name="programmes")
def programme_list(request, asked: Query[AskedProgrammes]):
    """The programmes and how each is going"""
    at = request.moment.at
    filters = ProgrammeFilters(request.GET, at=at, day=request.moment.today)
    rows = _known_programmes(request).chosen_by(**chosen(filters), at=at).order_by("slug")
    return page(request, asked, rows, lambda each: _short_programme(request, each))


@router.get("/{slug:slug}", response=answers(ProgrammeFullOut), url_name="programme")
def programme_detail(
    request,
    slug: PathEx[str, P(description="the programme’s slug", example="a-programme")],
    asked: Query[Asked],
):
    """One programme: status, milestones, figures and money"""
    at = request.moment.at
    programme = _known_programmes(request).filter(slug=slug).first()
    if programme is None:
        raise Http404(f"No programme “{slug}” is known. /api/v1/programmes lists all there are.")
    milestones = programme.milestones.known_at(at).with_dates(at).order_by("slug")
    parts = {
        "figures": (FIGURES, programme.figures.live(at), OWN),
        "money": (MONEY, programme.money.live(at), OWN),
        "metrics": (LINKS, programme.metric_links.applying(at), (*OWN, OF_LINK)),
    }
    return (
        _short_programme(request, programme)
        | {"milestones": [_milestone(request, milestone) for milestone in milestones]}
        | {
            name: serialise_all(table, rows.order_by("published_at", "pk"), without=without)
            for name, (table, rows, without) in parts.items()
        }
    )


def _known_programmes(request):
    at = request.moment.at
    newest = StatusUpdate.objects.one_each(at).select_related("source", "merged_into")
    stages = ProgrammeStage.objects.live(at).select_related("source")
    roles = ProgrammePartner.objects.live(at).select_related("source", "partner")
    places = ProgrammeIcc.objects.live(at).on(london_day(at)).select_related("source", "icc")
    return (
        Programme.objects.known_at(at)
        .with_profile(at)
        .prefetch_related(
            Prefetch("updates", newest, to_attr="newest_updates"),
            Prefetch("stages", stages, to_attr="live_stages"),
            Prefetch("partner_links", roles.order_by("role", "pk"), to_attr="live_roles"),
            Prefetch("icc_links", places.order_by("icc__code"), to_attr="live_places"),
        )
    )


def _short_programme(request, programme):
    update = programme.newest_update
    return {
        "slug": programme.slug,
        "url": address(request, programme),
        "name": programme.profile.name,
        "profile": serialise(PROFILES, programme.profile, without=OWN),
        "status": update
        and serialise(UPDATES, update, without=OWN)
        | {"is_stale": bool(update.status) and update.is_stale(request.moment.at)},
        "stage": next(
            (serialise(STAGES, stage, without=OWN) for stage in programme.live_stages), None
        ),
        "partners": [serialise(PARTNERS, role, without=OWN) for role in programme.live_roles],
        "iccs": [serialise(ICCS, place, without=OWN) for place in programme.live_places],
    }


def _milestone(request, milestone):
    return {
        "slug": milestone.slug,
        "url": address(request, milestone),
        "said": [
            serialise(MILESTONES, each, without=("milestone",)) for each in milestone.statements
        ],
    }
