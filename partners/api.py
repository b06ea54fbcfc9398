"""The API of the partners (CONTRACT 5)."""

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
    list_schema,
    page,
    schema_for,
    serialise,
    serialise_all,
)
from partners.models import Membership, Partner
from partners.tables import (
    MembershipTable,
    PartnerMailboxTable,
    PartnerNameTable,
    PartnerProfileTable,
    PartnerSiteTable,
    SuccessionTable,
)

router = Router(tags=["Partners"])
ROUTERS = {"partners": router}

OWN = ("partner",)
NAMES, PROFILES = PartnerNameTable(), PartnerProfileTable()
MEMBERSHIPS, SUCCESSIONS = MembershipTable(), SuccessionTable()
MAILBOXES, SITES = PartnerMailboxTable(), PartnerSiteTable()

PartnerNameOut = schema_for("PartnerNameOut", NAMES, without=OWN)
PartnerProfileOut = schema_for("PartnerProfileOut", PROFILES, without=OWN)
PartnerMembershipOut = schema_for("PartnerMembershipOut", MEMBERSHIPS, without=OWN)
PartnerMailboxOut = schema_for("PartnerMailboxOut", MAILBOXES, without=OWN)
PartnerSiteOut = schema_for("PartnerSiteOut", SITES, without=OWN)
PartnerSuccessionOut = schema_for("PartnerSuccessionOut", SUCCESSIONS)


class PartnerShortOut(ThingOut):
    """A partner as lists have it."""

    code: Annotated[str, Field(description="its ODS or GSS code, else a short name in capitals")]
    name: Annotated[str, Field(description="its name on the day")]
    short_name: str
    profile: Annotated[PartnerProfileOut | None, Field(description="what kind of body it is")]
    is_member: Annotated[bool, Field(description="whether it belonged on the day")]
    membership: PartnerMembershipOut | None


class PartnerFullOut(PartnerShortOut):
    """A partner with all that was said of it."""

    names: Annotated[list[PartnerNameOut], Field(description="every name it carried")]
    mailboxes: Annotated[list[PartnerMailboxOut], Field(description="where it is written to")]
    sites: Annotated[list[PartnerSiteOut], Field(description="its hospitals and other sites")]
    successions: Annotated[
        list[PartnerSuccessionOut], Field(description="how it changed, and what came to it")
    ]


@router.get("", response=answers(list_schema(PartnerShortOut)), url_name="partners")
def partner_list(request, asked: Query[AskedPage]):
    """The organisations of the partnership, now and before"""
    return page(
        request, asked, _known(request).order_by("slug"), lambda each: _short(request, each)
    )


@router.get("/{slug:slug}", response=answers(PartnerFullOut), url_name="partner")
def partner_detail(
    request,
    slug: PathEx[str, P(description="the partner’s slug", example="a-partner")],
    asked: Query[Asked],
):
    """One partner: its names, membership and how it changed"""
    at = request.moment.at
    partner = _known(request).filter(slug=slug).first()
    if partner is None:
        raise Http404(f"No partner “{slug}” is known. /api/v1/partners lists all there are.")
    successions = SUCCESSIONS.queryset().live(at).touching(slug)
    mailboxes = partner.mailboxes.live(at).on(partner.on_day).order_by("used_for")
    sites = partner.sites.live(at).on(partner.on_day).order_by("name")
    return _short(request, partner) | {
        "names": [serialise(NAMES, name, without=OWN) for name in partner.live_names],
        "mailboxes": serialise_all(MAILBOXES, mailboxes, without=OWN),
        "sites": serialise_all(SITES, sites, without=OWN),
        "successions": serialise_all(SUCCESSIONS, successions),
    }


def _known(request):
    at, day = request.moment.at, request.moment.today
    memberships = Membership.objects.stays(at).select_related("source")
    return (
        Partner.objects.known_at(at)
        .with_profile(at)
        .with_name(at, day)
        .prefetch_related(Prefetch("memberships", memberships, to_attr="stays"))
    )


def _short(request, partner):
    membership = Membership.of_day(partner.stays, partner.on_day)
    return {
        "slug": partner.slug,
        "url": address(request, partner),
        "code": partner.code,
        "name": partner.name,
        "short_name": partner.short_name,
        "profile": partner.profile and serialise(PROFILES, partner.profile, without=OWN),
        "is_member": bool(membership and membership.is_on(partner.on_day)),
        "membership": membership and serialise(MEMBERSHIPS, membership, without=OWN),
    }
