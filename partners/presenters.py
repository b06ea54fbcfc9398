"""What the list of partners, a partner’s page and the glossary show."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from unicodedata import normalize

from django.db.models import Q

from bhcp_portal.kit import family
from bhcp_portal.kit.bulk_read import bulk_read
from bhcp_portal.kit.dates import london_day, span
from partners.models import (
    Membership,
    Partner,
    PartnerCount,
    PartnerMailbox,
    PartnerProfile,
    PartnerSite,
    SourceProfile,
    Succession,
    TermMeaning,
)

LATELY = timedelta(days=90)
# What a browser says of itself names the browsers that it is like too, so the order counts.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrom": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
DEVICES = {
    "Android": "Android",
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Windows": "Windows",
    "Mac OS": "a Mac",
    "CrOS": "a Chromebook",
    "Linux": "Linux",
}


def browser_in_words(user_agent) -> str:
    """``Chrome on Windows``, from what a browser says of itself; else the start of it."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    device = next((name for mark, name in DEVICES.items() if mark in user_agent), "")
    return f"{browser} on {device}" if browser and device else user_agent[:60] or "A browser"


@dataclass(frozen=True, slots=True)
class Member:
    """A partner and its stays in the partnership, if any is known.

    ``named``: its membership statements, oldest first, superseded ones too. ``membership``: the
    stay of the day of reading, else the last before it or the first to come.
    """

    partner: Partner
    named: list[Membership]

    @property
    def stays(self):
        return Membership.stays_among(self.named)

    @property
    def membership(self):
        return Membership.of_day(self.stays, self.partner.on_day)

    @property
    def rests_on(self):
        """Of that stay the statement that first gave the day it joined, and the newest."""
        stay = self.membership
        first = next(each for each in self.named if each.joined_as == stay.joined_as)
        return [first, stay]

    @property
    def other_stays(self):
        """The stays before and after that one, in a sentence each."""
        day, shown = self.partner.on_day, self.membership
        for stay in sorted(self.stays, key=lambda stay: stay.joined_on):
            if stay is not shown and stay.has_ended(day):
                joined = stay.joined_words if stay.is_joined_by else f"joined {stay.joined_words}"
                yield f"It was a partner before: {joined}, left {stay.left_words}."
            elif stay is not shown:
                yield f"It is to join again {stay.joined_words}."

    @property
    def stay(self):
        """When it joined and left: ``Joined on 1 April 2016, left on 1 April 2017``.

        Of one that belongs and is not to leave ``Since 1 April 2016``.
        """
        stay = self.membership
        words = stay.joined_words
        if stay.joined_on > self.partner.on_day:
            words = f"is to join {words}"
        elif not (stay.is_joined_by or self.leaving or "/" in stay.joined_as):
            words = f"since {span(stay.joined_as).in_words()}"
        elif not stay.is_joined_by:
            words = f"joined {words}"
        words = ", ".join(filter(None, [words, self.leaving]))
        return words[0].upper() + words[1:]

    @property
    def stay_in_list(self):
        """The same where no label stands before it: ``Partner since 1 April 2016``."""
        words = f"{self.stay[0].lower()}{self.stay[1:]}"
        if words.startswith("is to join"):
            return f"It {words}"
        return f"Partner {words}" if words.startswith("since") else self.stay

    @property
    def leaving(self):
        """``left on 1 April 2017``, before that day ``is to leave on 1 April 2017``; or empty."""
        if not self.membership or not self.membership.left_on:
            return ""
        verb = "left" if self.membership.has_ended(self.partner.on_day) else "is to leave"
        return f"{verb} {self.membership.left_words}"


@dataclass(frozen=True, slots=True)
class Partners:
    """The partners known at a moment, by name, sorted into lists by their membership on a day.

    ``others``: those who join later or whose membership nothing is said of.
    """

    day: date
    now: list[Member]
    before: list[Member]
    others: list[Member]
    counts: list[PartnerCount]

    @property
    def last_named(self):
        """The newest membership statement of a present partner; ``None`` if there is none."""
        return _newest(member.membership for member in self.now)

    @property
    def old(self):
        """What was last said of the membership of each present partner that no source has named for 90 days."""
        rows = [member.membership for member in self.now]
        return [row for row in rows if self.day - london_day(row.published_at) > LATELY]

    @property
    def is_old(self):
        """Whether no source has named any present partner for 90 days."""
        return len(self.old) == len(self.now)

    @property
    def old_last_named(self):
        """The newest of ``old``."""
        return _newest(self.old)

    @property
    def is_disputed(self):
        return len({count.number for count in self.counts}) > 1

    @property
    def family(self):
        """How many partners there were as a picture: after each day on which one joined or left.

        It begins when all had been named: those that joined on or before the day of a text may have
        been there before.
        """
        stays = [stay for member in self.now + self.before for stay in member.stays]
        named = max((stay.joined_on for stay in stays if stay.is_joined_by), default=date.min)
        days = {day for stay in stays for day in (stay.joined_on, stay.left_on) if day}
        changes = sorted(day for day in days if named <= day <= self.day)
        ends = [(day - timedelta(days=1)).year for day in changes[1:]] + [None] * bool(changes)
        return family.draw(
            (sum(stay.is_on(day) for stay in stays), day.year, end)
            for day, end in zip(changes, ends, strict=True)
        )


def _newest(rows):
    return max(rows, key=lambda row: row.published_at, default=None)


def partners_on(at, day) -> Partners:
    """The partners known at a moment, by their membership on a day; five queries."""
    named = defaultdict(list)
    for each in sorted(Membership.objects.versions(at).with_sources(at), key=_turn):
        named[each.partner_id].append(each)
    known = Partner.objects.known_at(at).with_profile(at).with_name(at, day)
    members = [
        Member(partner, named[partner.pk])
        for partner in sorted(known, key=lambda partner: (partner.name, partner.code))
    ]
    stayed = [member for member in members if member.membership]
    counts = PartnerCount.objects.live(at).with_sources(at)
    return Partners(
        day=day,
        now=[m for m in stayed if m.membership.is_on(day)],
        before=[m for m in stayed if m.membership.has_ended(day)],
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
    """What became of a partner, or came to it.

    ``is_own``: it happened to this partner. ``other``: the other partner, or ``None`` if it is no
    partner.
    """

    statement: Succession
    other: Partner | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """What a partner's page shows.

    ``named``: its membership statements, oldest first, superseded ones too.
    """

    partner: Partner
    profile: PartnerProfile | None
    named: list[Membership]
    events: list[Event]
    mailboxes: list[PartnerMailbox]
    sites: list[PartnerSite]

    @property
    def member(self):
        """The partner with its stays in the partnership."""
        return Member(self.partner, self.named)

    @property
    def ended_on(self):
        """The day on which the partner itself ended, if it had by the day; else ``None``."""
        own = (event.statement for event in self.events if event.is_own)
        days = (each.ended_on for each in own if each.is_end)
        return min((day for day in days if day <= self.partner.on_day), default=None)

    @property
    def has_ended(self):
        return self.ended_on is not None

    @property
    def other_names(self):
        """The partner's names, except the one in use on the day."""
        return [name for name in self.partner.live_names if name.name != self.partner.name]


def partner_page(slug, *, at, day) -> PartnerPage | None:
    """The page of the partner with a slug; ``None`` if it has no name at the moment.

    Five queries.
    """
    successions = list(Succession.objects.live(at).touching(slug).with_sources(at))
    keys = {key for s in successions for key in (s.partner_id, s.successor_id) if key}
    partners = Partner.objects.filter(Q(slug=slug) | Q(pk__in=keys)).with_name(at, day)
    named = {partner.pk: partner for partner in partners if partner.live_names}
    own = next((partner for partner in named.values() if partner.slug == slug), None)
    if own is None:
        return None
    statements = _statements_of(own, at, day)
    return PartnerPage(
        partner=own,
        profile=next(iter(statements[PartnerProfile]), None),
        named=sorted(statements[Membership], key=_turn),
        events=[_event(succession, own, named) for succession in successions],
        mailboxes=sorted(statements[PartnerMailbox], key=lambda each: each.used_for.lower()),
        sites=sorted(statements[PartnerSite], key=lambda each: each.name.lower()),
    )


def led_and_others(programmes, day):
    """The programmes that a partner leads on a day, and those in which it has another part.

    ``programmes``: pairs of a programme and what the partner does on it.
    """
    led, others = [], []
    for programme, links in programmes:
        leads = any(link.role == link.Role.LEAD and link.is_on(day) for link in links)
        (led if leads else others).append((programme, links))
    return led, others


def going_badly(led):
    """The programmes, of those that ``led_and_others`` gave, that were last said to be off track or at risk."""
    return [programme for programme, _ in led if programme.standing.goes_badly]


def late_milestones(led):
    """The milestones, of what ``led_and_others`` gave as led, whose day has passed: triples of the
    programme, the title and the day in words.
    """
    return [
        (programme, late["title"], span(late["due_as"]).in_words())
        for programme, links in led
        for late in links[0].late_then
    ]


def _statements_of(partner, at, day):
    """What its page says of a partner itself, by kind, with sources; two queries."""
    found = bulk_read(
        partner.profiles.live(at),
        partner.memberships.versions(at),
        partner.mailboxes.live(at).on(day),
        partner.sites.live(at).on(day),
    )
    rows = [row for rows in found.values() for row in rows]
    profiles = SourceProfile.objects.live(at).select_related("cited")
    sources = {
        each.cited_id: each for each in profiles.filter(cited__in={r.source_id for r in rows})
    }
    for row in rows:
        row.source_profile = sources.get(row.source_id)
    return found


def _turn(membership):
    counts_from = min(membership.published_at, membership.recorded_at)
    return counts_from, membership.recorded_at


def _event(succession, own, named):
    is_own = succession.partner_id == own.pk
    other = succession.successor_id if is_own else succession.partner_id
    return Event(succession, named.get(other), is_own)


# -- the glossary ---------------------------------------------------------------------------------

NO_LETTER = "0–9"


def by_letter(meanings: Iterable[TermMeaning]) -> list[tuple[str, list[TermMeaning]]]:
    """The meanings from A to Z, as pairs of a first letter and its meanings.

    Letters are without accents. What begins with none comes first.
    """
    letters: dict[str, list[TermMeaning]] = {}
    for meaning in sorted(meanings, key=lambda each: (each.name.casefold(), each.term.slug)):
        first = normalize("NFKD", meaning.name)[:1].upper()
        letter = first if "A" <= first <= "Z" else NO_LETTER
        letters.setdefault(letter, []).append(meaning)
    return sorted(letters.items(), key=lambda pair: (pair[0] != NO_LETTER, pair[0]))
