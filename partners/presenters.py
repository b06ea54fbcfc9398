"""Shapes of the partners' pages: who belonged on a day, and what is said of one."""

from dataclasses import dataclass

from partners.models import Membership, Partner, PartnerCount, PartnerProfile, Succession


@dataclass(frozen=True, slots=True)
class Member:
    """A partner with what was said of its membership; ``None`` where nothing was."""

    partner: Partner
    membership: Membership | None


@dataclass(frozen=True, slots=True)
class Partners:
    """The partners known at a moment, parted by what a day makes of their membership; by name."""

    now: list[Member]
    before: list[Member]
    others: list[Member]
    counts: list[PartnerCount]

    @property
    def last_named(self):
        """The newest statement that one of those who belong was a partner."""
        named = [member.membership for member in self.now]
        return max(named, key=lambda m: m.published_at, default=None)

    @property
    def is_disputed(self):
        return len({count.number for count in self.counts}) > 1


def partners_on(at, day) -> Partners:
    """Who belonged on a day, as far as had been said by a moment; five queries."""
    memberships = {
        membership.partner_id: membership
        for membership in Membership.objects.live(at).select_related("source")
    }
    known = Partner.objects.known_at(at).with_profile(at).with_name(at, day)
    members = [
        Member(partner, memberships.get(partner.pk))
        for partner in sorted(known, key=lambda partner: (partner.name, partner.code))
    ]
    said = [member for member in members if member.membership]
    counts = PartnerCount.objects.live(at).select_related("source")
    return Partners(
        now=[m for m in said if m.membership.is_on(day)],
        before=[m for m in said if m.membership.has_ended(day)],
        others=[
            m
            for m in members
            if not m.membership or not (m.membership.is_on(day) or m.membership.has_ended(day))
        ],
        counts=list(counts.order_by("published_at", "-number", "source__slug")),
    )


# -- one partner ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """What became of a partner, or came to it. ``other``: the partner at the far end, if it is one."""

    said: Succession
    other: Partner | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """What was said of one partner. ``named``: each statement that it was a partner, the oldest first."""

    partner: Partner
    profile: PartnerProfile
    named: list[Membership]
    events: list[Event]

    @property
    def membership(self):
        """What stands of its membership."""
        return self.named[-1] if self.named else None

    @property
    def other_names(self):
        """Its names, but for the one in use on the day."""
        return [name for name in self.partner.names_said if name.name != self.partner.name]


def partner_page(slug, *, at, day) -> PartnerPage | None:
    """What had been said of a partner by a moment; ``None`` where nothing had. Five queries."""
    profile = PartnerProfile.objects.live(at).filter(partner__slug=slug)
    profile = profile.select_related("partner", "source").first()
    if profile is None:
        return None
    own = profile.partner
    successions = list(Succession.objects.live(at).touching(own))
    keys = {own.pk, *(s.partner_id for s in successions), *(s.successor_id for s in successions)}
    named = {p.pk: p for p in Partner.objects.filter(pk__in=keys - {None}).with_name(at, day)}
    return PartnerPage(
        partner=named[own.pk],
        profile=profile,
        named=list(own.memberships.ever_said(at)),
        events=[_event(succession, own, named) for succession in successions],
    )


def _event(succession, own, named):
    is_own = succession.partner_id == own.pk
    other = succession.successor_id if is_own else succession.partner_id
    return Event(succession, named.get(other), is_own)
