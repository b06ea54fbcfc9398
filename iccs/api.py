"""The API of the Integrated Care Communities (CONTRACT 5)."""

from typing import Annotated

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
    list_schema,
    page,
    schema_for,
    serialise,
    serialise_all,
)
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.statements import Ending
from iccs.models import Icc
from iccs.tables import (
    ActivityTable,
    IccMailboxTable,
    IccMentionTable,
    IccPlaceTable,
    IccPracticeTable,
    IccProfileTable,
    IccSuccessionTable,
    IccTrustTable,
    PopulationTable,
    PriorityTable,
)

router = Router(tags=["Integrated Care Communities"])
ROUTERS = {"iccs": router}

OWN = ("icc",)
PROFILES, SUCCESSIONS = IccProfileTable(), IccSuccessionTable()
# What the address of one community gives beside its profile, by the name of the relation to it.
PARTS = {
    "mailboxes": IccMailboxTable(),
    "mentions": IccMentionTable(),
    "places": IccPlaceTable(),
    "practices": IccPracticeTable(),
    "trusts": IccTrustTable(),
    "populations": PopulationTable(),
    "priorities": PriorityTable(),
    "activities": ActivityTable(),
}

IccProfileOut = schema_for("IccProfileOut", PROFILES, without=OWN)
IccMailboxOut = schema_for("IccMailboxOut", PARTS["mailboxes"], without=OWN)
IccMentionOut = schema_for("IccMentionOut", PARTS["mentions"], without=OWN)
IccPlaceOut = schema_for("IccPlaceOut", PARTS["places"], without=OWN)
IccPracticeOut = schema_for("IccPracticeOut", PARTS["practices"], without=OWN)
IccTrustOut = schema_for("IccTrustOut", PARTS["trusts"], without=OWN)
IccPopulationOut = schema_for("IccPopulationOut", PARTS["populations"], without=OWN)
IccPriorityOut = schema_for("IccPriorityOut", PARTS["priorities"], without=OWN)
IccActivityOut = schema_for("IccActivityOut", PARTS["activities"], without=OWN)
IccSuccessionOut = schema_for("IccSuccessionOut", SUCCESSIONS)


class IccShortOut(ThingOut):
    """A community as lists have it."""

    code: Annotated[str, Field(description="three letters")]
    name: str
    profile: Annotated[IccProfileOut, Field(description="what it is called, and where it is")]


class IccFullOut(IccShortOut):
    """A community with all that was said of it."""

    mailboxes: Annotated[list[IccMailboxOut], Field(description="where its team is written to")]
    mentions: Annotated[list[IccMentionOut], Field(description="each source that names it")]
    places: list[IccPlaceOut]
    practices: Annotated[list[IccPracticeOut], Field(description="its GP practices")]
    trusts: Annotated[list[IccTrustOut], Field(description="the hospital trusts that serve it")]
    populations: list[IccPopulationOut]
    priorities: list[IccPriorityOut]
    activities: Annotated[list[IccActivityOut], Field(description="what happened there")]
    successions: Annotated[
        list[IccSuccessionOut], Field(description="what it became, and what it was before")
    ]


@router.get("", response=answers(list_schema(IccShortOut)), url_name="iccs")
def icc_list(request, asked: Query[AskedPage]):
    """The Integrated Care Communities"""
    return page(
        request, asked, _known(request).order_by("slug"), lambda each: _short(request, each)
    )


@router.get("/{slug:slug}", response=answers(IccFullOut), url_name="icc")
def icc_detail(
    request,
    slug: PathEx[str, P(description="the community’s slug", example="a-community")],
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
            name: serialise_all(table, _held(getattr(icc, name).live(at), at), without=OWN)
            for name, table in PARTS.items()
        }
        | {"successions": serialise_all(SUCCESSIONS, successions)}
    )


def _held(statements, at):
    """Some statements in the order in which they were said, without what has ended by a moment."""
    if issubclass(statements.model, Ending):
        statements = statements.on(london_day(at))
    return statements.order_by("published_at", "pk")


def _known(request):
    return Icc.objects.known_at(request.moment.at).with_profile(request.moment.at)


def _short(request, icc):
    return {
        "slug": icc.slug,
        "url": address(request, icc),
        "code": icc.code,
        "name": icc.profile.name,
        "profile": serialise(PROFILES, icc.profile, without=OWN),
    }
