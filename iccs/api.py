"""The API of the Integrated Care Communities (CONTRACT 5)."""

from typing import Annotated

from django.http import Http404
from ninja import PathEx, Query, Router
from ninja.params import P
from pydantic import Field

from bhcp_portal.kit.api import (
    Asked,
    AskedPage,
    Thing,
    address,
    all_told,
    answers,
    described,
    listed,
    page,
    told,
)
from iccs.models import Icc
from iccs.tables import (
    ActivityTable,
    IccMentionTable,
    IccPlaceTable,
    IccPracticeTable,
    IccProfileTable,
    IccSuccessionTable,
    PopulationTable,
    PriorityTable,
)

router = Router(tags=["Integrated Care Communities"])

OWN = ("icc",)
PROFILES, SUCCESSIONS = IccProfileTable(), IccSuccessionTable()
# What a community's own address gives beside its profile, each by the relation it is reached by.
PARTS = {
    "mentions": IccMentionTable(),
    "places": IccPlaceTable(),
    "practices": IccPracticeTable(),
    "populations": PopulationTable(),
    "priorities": PriorityTable(),
    "activities": ActivityTable(),
}

IccProfile = described("IccProfile", PROFILES, without=OWN)
IccMention = described("IccMention", PARTS["mentions"], without=OWN)
IccPlace = described("IccPlace", PARTS["places"], without=OWN)
IccPractice = described("IccPractice", PARTS["practices"], without=OWN)
IccPopulation = described("IccPopulation", PARTS["populations"], without=OWN)
IccPriority = described("IccPriority", PARTS["priorities"], without=OWN)
IccActivity = described("IccActivity", PARTS["activities"], without=OWN)
IccSuccession = described("IccSuccession", SUCCESSIONS)


class IccShort(Thing):
    """A community as lists have it."""

    code: Annotated[str, Field(description="three letters")]
    name: str
    profile: Annotated[IccProfile, Field(description="what it is called, and where it is")]


class IccFull(IccShort):
    """A community with all that was said of it."""

    mentions: Annotated[list[IccMention], Field(description="each source that names it")]
    places: list[IccPlace]
    practices: Annotated[list[IccPractice], Field(description="its GP practices")]
    populations: list[IccPopulation]
    priorities: list[IccPriority]
    activities: Annotated[list[IccActivity], Field(description="what happened there")]
    successions: Annotated[
        list[IccSuccession], Field(description="what became of it, and what became it")
    ]


@router.get("", response=answers(listed(IccShort)), url_name="iccs")
def icc_list(request, asked: Query[AskedPage]):
    """The Integrated Care Communities"""
    return page(
        request, asked, _known(request).order_by("slug"), lambda each: _short(request, each)
    )


@router.get("/{slug:slug}", response=answers(IccFull), url_name="icc")
def icc_detail(
    request,
    slug: PathEx[str, P(description="the community’s slug", example="barrow-town")],
    asked: Query[Asked],
):
    """One community: its places, practices, people and what they set out to do"""
    at = request.moment.at
    icc = _known(request).filter(slug=slug).first()
    if icc is None:
        raise Http404(f"No community “{slug}” is known. /api/v1/iccs lists all there are.")
    successions = SUCCESSIONS.queryset().live(at).touching(icc).order_by("published_at", "pk")
    return (
        _short(request, icc)
        | {
            name: all_told(
                table, getattr(icc, name).live(at).order_by("published_at", "pk"), without=OWN
            )
            for name, table in PARTS.items()
        }
        | {"successions": all_told(SUCCESSIONS, successions)}
    )


def _known(request):
    return Icc.objects.known_at(request.moment.at).with_profile(request.moment.at)


def _short(request, icc):
    return {
        "slug": icc.slug,
        "url": address(request, icc),
        "code": icc.code,
        "name": icc.profile.name,
        "profile": told(PROFILES, icc.profile, without=OWN),
    }
