"""What the list of communities, the search and a community's page show."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter

from django.db.models import Q

from bhcp_portal.kit import family, finding
from bhcp_portal.kit.dates import (
    in_month,
    last_second,
    london_day,
    months_later,
    span,
)
from bhcp_portal.kit.numbers import quantity
from bhcp_portal.kit.statements import Certainty
from iccs import coast
from iccs.map import KM_IN_A_MILE, Map, Place, PlaceGroup, draw, kilometres
from iccs.models import (
    Activity,
    IccCount,
    IccMailbox,
    IccMention,
    IccPlace,
    IccPractice,
    IccProfile,
    IccSuccession,
    IccTrust,
    NetworkProfile,
    Population,
    Priority,
    joined,
)
from iccs.statements import IccStatement, statements_of
from partners.models import PartnerSite


class Lineage:
    """What a community went into and came out of, in lists of which one sentence tells each."""

    __slots__ = ()

    @property
    def became_in_turn(self) -> list[list[IccSuccession]]:
        return joined(self.became)

    @property
    def came_from_in_turn(self) -> list[list[IccSuccession]]:
        return joined(self.came_from)


@dataclass(slots=True)
class Community(Lineage):
    """A community as a list shows it. ``became``: the statements on what it went into.

    ``came_from``: those on what went into it. ``earlier``: the names that it had before.
    """

    profile: IccProfile
    places: list[IccStatement] = field(default_factory=list)
    practices: list[IccStatement] = field(default_factory=list)
    mentions: list[IccStatement] = field(default_factory=list)
    became: list[IccSuccession] = field(default_factory=list)
    came_from: list[IccSuccession] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)

    def has_ended(self, day):
        """Whether a source says that it ended by a day: it was merged or split."""
        return any(each.is_end and each.ended_on <= day for each in self.became)

    def is_on(self, day):
        """Whether it had begun by a day, and not ended."""
        return self.profile.is_begun(day) and not self.has_ended(day)

    @property
    def main_places(self):
        """Its main places; all its places if none counts as a main one."""
        return main(self.places)

    @property
    def last_named(self):
        """The newest mention by a source; ``None`` if there is none."""
        return self.mentions[-1] if self.mentions else None


@dataclass(frozen=True, slots=True)
class Network:
    """A clinical network and its communities. ``profile``: ``None`` for those in no network."""

    profile: NetworkProfile | None
    communities: list[Community]


@dataclass(frozen=True, slots=True)
class Sourced:
    """Statements with the same source, certainty and note, so that a page can name these once."""

    statements: list[IccStatement]

    @property
    def first(self):
        return self.statements[0]


@dataclass(frozen=True, slots=True)
class Served:
    """A place in a sentence. ``after``: what joins it to the next; ``is_noted``: its source follows."""

    place: IccStatement
    after: str
    is_noted: bool


def served(groups: list[Sourced]) -> list[Served]:
    """The places of some groups as a sentence lists them; a source is named once for its group."""
    places = [(each, each is group.statements[-1]) for group in groups for each in group.statements]
    joins = [", "] * (len(places) - 2) + [" and "] * (len(places) > 1) + [""]
    return [
        Served(place, after, is_noted)
        for (place, is_noted), after in zip(places, joins, strict=True)
    ]


def is_sure(statement) -> bool:
    """Whether a source says it, in words that need no reading of ours."""
    return statement.certainty == Certainty.SOURCED


def main(places) -> list[IccStatement]:
    """The main places of some places; all of them if none counts as a main one."""
    return [place for place in places if place.is_main] or places


def communities(at, day, *, with_practices=False) -> list[Community]:
    """The communities known at a moment, by name, those that ended or are to begin too; four queries.

    ``day``: the day the page is read on, in London. Without ``with_practices`` their practices are
    not loaded.
    """
    found = {
        profile.icc_id: Community(profile)
        for profile in IccProfile.objects.live(at)
        .with_sources(at)
        .with_network_sign(at)
        .select_related("icc")
        .order_by("name")
    }
    kinds = [IccPlace, IccMention] + ([IccPractice] if with_practices else [])
    by_kind = statements_of(at, *kinds)
    lists = {IccPlace: "places", IccMention: "mentions", IccPractice: "practices"}
    for kind, rows in by_kind.items():
        for row in rows:
            if row.icc in found:
                getattr(found[row.icc], lists[kind]).append(row)
    for succession in IccSuccession.objects.live(at).with_names(at, day):
        if succession.icc_id in found:
            found[succession.icc_id].became.append(succession)
        if succession.successor_id in found:
            found[succession.successor_id].came_from.append(succession)
    for key, names in IccProfile.objects.earlier_names(at).items():
        if key in found:
            found[key].earlier = [name for name in names if name != found[key].profile.name]
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Communities:
    """The communities known at a moment, sorted by whether they are there on a day."""

    now: list[Community]
    to_come: list[Community]
    before: list[Community]


def on_day(communities, day) -> Communities:
    """Communities parted into those that are there on a day, and those that begin or ended."""
    return Communities(
        now=[c for c in communities if c.is_on(day)],
        to_come=[c for c in communities if not c.profile.is_begun(day) and not c.has_ended(day)],
        before=[c for c in communities if c.has_ended(day)],
    )


def by_network(communities, at) -> list[Network]:
    """The communities under their clinical networks, by name; one query.

    Those in no network come last. Networks without a community are left out.
    """
    networks = {
        profile.network_id: profile
        for profile in NetworkProfile.objects.live(at).with_sources(at).order_by("name")
    }
    groups = [
        Network(profile, [c for c in communities if c.profile.network_id == key])
        for key, profile in networks.items()
    ]
    groups.append(Network(None, [c for c in communities if c.profile.network_id not in networks]))
    return [group for group in groups if group.communities]


def notes_on(networks) -> list[NetworkProfile]:
    """The profiles of networks that have a note on how the network is known, one for each note."""
    notes = {n.profile.note: n.profile for n in networks if n.profile and n.profile.note}
    return list(notes.values())


def drawn(profiles, marked=None, first=()) -> Map | None:
    """The map of the communities with some profiles that have a position; ``None`` if none has.

    ``profiles``: loaded ``with_network_sign``. ``marked``: the community that the map is of;
    ``first``: the names of the places that it serves.
    """
    placed = (
        place_of(profile, is_marked=profile.icc == marked)
        for profile in profiles
        if profile.latitude is not None and profile.longitude is not None
    )
    return draw(placed, first)


def place_of(profile, *, is_marked=False) -> Place:
    """The main town of a community with a position, for a map; its profile ``with_network_sign``."""
    name = profile.network_name
    group = PlaceGroup(name, profile.network_number) if name else None
    latitude, longitude = float(profile.latitude), float(profile.longitude)
    return Place(profile.name, profile.icc, latitude, longitude, group, is_marked)


def map_with(profile, at, day, first=()) -> Map | None:
    """The map of the communities that are there on a day, with one of them marked; one query.

    The one is on it after its end too. ``first``: as ``drawn`` takes it. ``None`` if no source says where it is.
    """
    if profile.latitude is None or profile.longitude is None:
        return None
    ended = IccSuccession.objects.live(at).endings_by(day).values("icc")
    there = (
        IccProfile.objects.live(at)
        .filter(Q(began_on__isnull=True) | Q(began_on__lte=day))
        .exclude(icc__in=ended)
    )
    profiles = (
        IccProfile.objects.live(at)
        .filter(Q(icc=profile.icc) | Q(pk__in=there.values("pk")))
        .select_related("icc")
        .with_network_sign(at)
        .order_by("name")
    )
    return drawn(profiles, profile.icc, first)


@dataclass(frozen=True, slots=True)
class HowMany:
    """The numbers of communities that sources state.

    ``is_known``: at least one source says what became of a community.
    """

    counts: list[IccCount]
    is_known: bool

    @property
    def is_disputed(self):
        return len({count.number for count in self.counts}) > 1

    @property
    def family(self):
        """The numbers as a picture over the years in which they were stated."""
        stated = [
            (each.number, span(each.published_as or london_day(each.published_at).isoformat()))
            for each in self.counts
        ]
        return family.draw((number, when.first.year, when.last.year) for number, when in stated)


def how_many(communities, at) -> HowMany:
    """The numbers that sources had stated by a moment, oldest first; one query."""
    counts = IccCount.objects.live(at).with_sources(at)
    return HowMany(
        list(counts.order_by("published_at", "-number", "source__slug")),
        any(community.became for community in communities),
    )


# -- find your community --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a community was found. ``statement``: what says so; ``None`` if its own name matched."""

    words: str
    statement: IccStatement | IccSuccession | None = None


@dataclass(frozen=True, slots=True)
class Match:
    community: Community
    reasons: list[Reason]


NEAREST = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A community and how many miles its main town is away, about."""

    community: Community
    miles: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A place that no source puts in a community, and the communities that are nearest to it."""

    name: str
    nearest: list[Near]


@dataclass(frozen=True, slots=True)
class FoundCommunities:
    """The communities found. ``is_close``: they are only spelt like what was typed.

    ``is_part``: they have a part of it. ``beside``: where nothing has the name, a place of that
    name and the communities next to it.
    """

    matches: list[Match]
    is_close: bool = False
    is_part: bool = False
    beside: Beside | None = None


def find(typed, communities, day) -> FoundCommunities:
    """The communities that a typed practice, place or name leads to, best first.

    A place that no source puts in a community leads to those that are there on a day and near it.
    """
    found = finding.find(typed, [name for c in communities for name in _names(c)])
    matches = {}
    for name in found.names:
        community, reason = name.of
        reasons = matches.setdefault(community.profile.icc_id, Match(community, [])).reasons
        if reason.words not in [other.words for other in reasons]:
            reasons.append(reason)
    if not matches or found.is_close or (found.is_part and not found.has_telling):
        places = [finding.Name(place.name, place) for place in (*coast.TOWNS, *coast.VILLAGES)]
        known = finding.find(finding.telling(typed), places)
        if known.names and not known.is_part and known.is_close <= (not matches):
            return FoundCommunities([], beside=_beside(known.names[0].of, communities, day))
    return FoundCommunities(_going_on(matches, day), found.is_close, found.is_part)


def _going_on(matches, day):
    """The communities found, without those that became part of one that was found too.

    An ended one is found by its name alone where the one that goes on has what was typed.
    """
    return [
        match
        for match in matches.values()
        if not any(
            each.is_end and each.ended_on <= day and each.successor_id in matches
            for each in match.community.became
        )
    ]


def _beside(place, communities, day):
    placed = [c for c in communities if c.is_on(day) and c.profile.latitude is not None]
    near = [Near(c, round(kilometres(place, place_of(c.profile)) / KM_IN_A_MILE)) for c in placed]
    return Beside(place.name, sorted(near, key=attrgetter("miles"))[:NEAREST])


def _names(community):
    """Every name that leads to a community, with the reason to give."""
    profile = community.profile
    own = [profile.name, *profile.other_names, *community.earlier]
    for name in own:
        words = "" if name == profile.name else f"Also called {name}"
        if name in community.earlier:
            words = f"Formerly {name}"
        yield finding.Name(name, (community, Reason(words)))
    for succession in community.came_from:
        if succession.is_end and succession.icc_name not in own:
            other = succession.successor_name
            went = f"{succession.icc_name} {succession.words} {other} {succession.when_words}"
            yield finding.Name(succession.icc_name, (community, Reason(went, succession)))
    for mention in community.mentions:
        if mention.words not in own:
            reason = Reason(f"A source calls it {mention.words}", mention)
            yield finding.Name(mention.words, (community, reason))
    for place in community.places:
        here = "is one of its places"
        if not is_sure(place):
            here = "is thought to be here; ask your practice"
        words = f"{place.words[:1].upper()}{place.words[1:]} {here}"
        if finding.district_of(place.words):
            words = f"Some homes in {place.words} are in it"
        yield finding.Name(place.words, (community, Reason(words, place)))
    for practice in community.practices:
        where = f", GP practice in {practice.detail}" if practice.detail else ", GP practice"
        reason = Reason(f"{practice.words}{where}", practice)
        yield finding.Name(practice.words, (community, reason), practice.detail)
        if practice.detail:
            reason = Reason(f"It has a GP practice in {practice.detail}", practice)
            yield finding.Name(practice.detail, (community, reason))


# -- one community --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommunityPage(Lineage):
    """What a community's page shows. ``last_day``: the day before it ended, if it has a page of that day."""

    priorities: list[Sourced]
    activities: list[IccStatement]
    populations: list[tuple[str, IccStatement]]
    places: list[Sourced]
    main_places: list[IccStatement]
    practices: list[Sourced]
    trusts: list[IccStatement]
    hospitals: list[IccStatement]
    mentions: list[IccStatement]
    became: list[IccSuccession]
    came_from: list[IccSuccession]
    mailboxes: list[IccStatement]
    earlier: list[str]
    last_day: date | None

    @property
    def last_named(self):
        return self.mentions[-1] if self.mentions else None

    @property
    def serves(self) -> list[tuple[bool, list["Served"]]]:
        """What it serves, in two parts: what a source says, then what is only thought.

        Pairs of whether it is only thought so, and the places.
        """
        parts = [[g for g in self.places if is_sure(g.first) != thought] for thought in (0, 1)]
        return [(bool(thought), served(part)) for thought, part in enumerate(parts) if part]

    @property
    def place_names(self):
        """The names of all places that it serves."""
        return [place.words for group in self.places for place in group.statements]

    @property
    def trust_keys(self):
        """The primary keys of the hospital trusts that serve it."""
        return [trust.number for trust in self.trusts]


def community_page(profile, versions, at, day) -> CommunityPage:
    """What the page of the community with a profile shows at a moment; two queries.

    ``versions``: all that its profile was by then, the oldest first. ``day``: the day the page is read on, in London.
    """
    icc = profile.icc
    names = dict.fromkeys(version.name for version in versions)
    kinds = (
        IccPlace,
        IccPractice,
        IccTrust,
        PartnerSite,
        Population,
        Priority,
        Activity,
        IccMention,
        IccMailbox,
    )
    by_kind = statements_of(at, *kinds, icc=icc)
    successions = list(IccSuccession.objects.live(at).touching(icc).with_names(at, day))
    became = [s for s in successions if s.icc_id == icc.pk]
    return CommunityPage(
        priorities=sourced(by_kind[Priority]),
        activities=sorted(by_kind[Activity], key=_happened, reverse=True),
        populations=[(quantity(p.number, "", p.detail), p) for p in by_kind[Population]],
        places=sourced(by_kind[IccPlace]),
        main_places=main(by_kind[IccPlace]),
        practices=sourced(by_kind[IccPractice]),
        trusts=sorted(by_kind[IccTrust], key=attrgetter("words")),
        hospitals=sorted(by_kind[PartnerSite], key=attrgetter("words")),
        mentions=by_kind[IccMention],
        became=became,
        came_from=[s for s in successions if s.successor_id == icc.pk],
        last_day=_last_day(became, versions, day),
        mailboxes=sorted(by_kind[IccMailbox], key=attrgetter("words")),
        earlier=[name for name in names if name not in (profile.name, *profile.other_names)],
    )


def _last_day(became, versions, day):
    """The day before a community ended, if it did by a day and something stood of it then."""
    ended = [each.ended_on for each in became if each.is_end and each.ended_on <= day]
    before = min(ended) - timedelta(days=1) if ended else None
    stood = before and any(version.stands(last_second(before)) for version in versions)
    return before if stood else None


# -- near you now ---------------------------------------------------------------------------------

LATELY = 36  # months in which a report counts as one of now
MOST_REPORTS = 5


@dataclass(frozen=True, slots=True)
class Report:
    """Something that was reported of a community. ``day``: the last on which it may have happened;
    ``written``: the date as its source writes it, ``when``: that in words.

    ``thing``: what it leads to, if that has a page. ``statement``: what says so, for its source.
    """

    day: date
    written: str
    when: str
    words: str
    thing: object = None
    statement: object = None


@dataclass(frozen=True, slots=True)
class NearYou:
    """What was reported of a community in the last three years.

    ``last``: the newest report of all; ``None`` if there is none.
    """

    lately: list[Report]
    last: Report | None

    @property
    def last_in(self):
        """The month of the last report, or its year where no more is known, as ``in January 2022``."""
        return in_month(self.last.written)


def near_you(page: CommunityPage, programmes: Iterable, news: Iterable, day: date) -> NearYou:
    """What is dated nearest to a day: what happened, news, and updates of the programmes there.

    ``programmes``: pairs of a programme and its links to the community, as the page lists them.
    """
    found = [
        Report(span(written).last, written, each.when_words, each.words, statement=each)
        for each in page.activities
        for written in [each.when_as or each.written_date]
    ]
    for each in news:
        written, words = each.first_published_written, each.first_published_words
        found.append(Report(span(written).last, written, words, each.title, each.item))
    moved_on = {each.ended_on for each in (*page.became, *page.came_from) if each.is_end}
    for programme, placed in programmes:
        links = [link for link in placed if not _is_bookkeeping(link, moved_on)]
        dated = [(link.published_at, link.written_date, link) for link in links]
        standing = programme.standing
        if standing.status:
            dated.append((standing.reported_at, standing.reported_as, None))
        if not dated:
            continue
        moment, written, of = max(dated, key=itemgetter(0))
        when, name = span(written).in_words(), programme.profile.name
        found.append(Report(london_day(moment), written, when, name, programme, of))
    found.sort(key=attrgetter("day"), reverse=True)
    first = months_later(day, -LATELY)
    return NearYou(
        [each for each in found if each.day >= first][:MOST_REPORTS], next(iter(found), None)
    )


def _is_bookkeeping(link, moved_on):
    """Whether a row says nothing new: it moved with a community, or was only given an end.

    ``moved_on``: the days on which communities ended that this one came out of or went into.
    """
    is_ended = link.ends_on is not None and bool(link.reason)
    return is_ended or not moved_on.isdisjoint({link.starts_on, link.ends_on})


def sourced(rows) -> list[Sourced]:
    """Statements grouped by source, certainty and note, in the order given.

    Only neighbours are grouped.
    """
    return [Sourced(list(same)) for _, same in groupby(rows, key=_basis)]


def _basis(row):
    return (row.source_slug, row.certainty, row.note)


def _happened(activity):
    """The day to sort by: the last day it may have happened, or was said if no source says when."""
    return span(activity.when_as or activity.written_date).last
