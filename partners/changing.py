"""What it takes on the record for a partner to leave, get another name or be succeeded: one proposal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from bhcp_portal.kit.actions import IncompleteError
from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.dates import Present, day_in_words, london_day, on_or_in, span
from bhcp_portal.kit.editor.actions import BlockedError, as_written
from bhcp_portal.kit.editor.editors import Editor, editor_called, editor_carrying
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.finding import in_same_words
from bhcp_portal.kit.kinds import kind_of, kinds
from bhcp_portal.kit.statements import Statement
from partners.models import (
    AccessEnd,
    Membership,
    Partner,
    PartnerName,
    PartnerProfile,
    RoleGrant,
    Succession,
)

# The kind whose rows name a partner and may go to the one that follows.
PARTS = "programme-partners"
MEMBERSHIPS, SUCCESSIONS = "memberships", "successions"
# What is said of a partner itself, and stays said of it when it leaves.
OWN = (Membership, PartnerName, PartnerProfile, Succession)
SET_BY_THE_DATABASE = ("made", "recorded_at", "taken_back_at", "taken_back_because")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the rows rest on. ``dated``: the date of the source."""

    why: str
    source: str = ""
    dated: str = ""

    @property
    def cells(self):
        given = (self.dated, self.source) if self.why == Why.DOCUMENT else ("", "")
        return dict(zip(("published_at", "source"), given, strict=True))


@dataclass(frozen=True, slots=True)
class ProgrammePart:
    """What a partner does on a programme. ``words``: as people read it."""

    editor: Editor
    row: Statement
    words: str

    @property
    def key(self):
        return str(self.row.pk)


def members(at, day):
    """The standing memberships of partners that belong to the partnership on a day."""
    return Membership.objects.stays(at).on(day).select_related("partner")


def parts_of(partner: Partner, day: date, names: ThingNames) -> list[ProgrammePart]:
    """What a partner does on programmes, as far as it goes on until a day."""
    editor = editor_called(PARTS)
    now = Present.now(UTC)
    rows = editor.table.model.objects.live(now).filter(partner=partner)
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day)).order_by("pk")
    return [
        ProgrammePart(editor, row, row_words(row, editor, editor.kind, names, of=partner))
        for row in rows
    ]


def roles_after(partner: Partner, day: date):
    """The roles held for a partner on a day or later."""
    return RoleGrant.objects.filter(partner=partner).overlapping(day, None)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A partner that a proposal makes leave, or leave on another day than before.

    ``day``: the first on which it no longer belongs. ``row``: what says so. ``membership``: what
    stands of it, if the proposal doesn't end that yet.
    """

    partner: Partner
    day: date
    row: ProposedRow
    membership: Membership | None = None

    @property
    def usual_last_day(self) -> date:
        """Until when its people may sign in if nobody says another day: who has today, has done so."""
        return max(self.day - timedelta(days=1), london_day(Present.now(UTC)))


def leaving_in(rows: Iterable[ProposedRow], now) -> list[Leaving]:
    """The partners that the rows of a proposal make leave, or leave on another day than before.

    One that ends leaves with that.
    """
    rows = [row for row in rows if row.kind in (MEMBERSHIPS, SUCCESSIONS) and row.cells]
    if not rows:
        return []
    present = present_names()
    cells = [row.editor.table.led_on(row.cells, present) for row in rows]
    partners = Partner.objects.with_name(now, london_day(now))
    partners = {p.code: p for p in partners.filter(code__in={each["partner"] for each in cells})}
    standing = {each.partner_id: each for each in Membership.objects.live(now)}
    before = {
        kind: model.objects.in_bulk([r.replaces for r in rows if r.kind == kind and r.replaces])
        for kind, model in ((MEMBERSHIPS, Membership), (SUCCESSIONS, Succession))
    }
    found: dict[str, Leaving] = {}
    ended, ends = set(), []
    for row, each in zip(rows, cells, strict=True):
        partner, old = partners[each["partner"]], before[row.kind].get(row.replaces)
        if row.kind == SUCCESSIONS:
            ends.append((row, each, partner, old))
        elif left := each["left"]:
            ended.add(partner.pk)
            day = span(left).last
            if old is None or old.left_on != day:
                found[partner.code] = Leaving(partner, day, row)
    for row, each, partner, old in ends:
        if each["is_end"] != "yes" or partner.pk in ended:
            continue
        written = each["happened"] or (each["published_at"] if row.why == Why.DOCUMENT else "")
        day = span(written).last if written else london_day(now)
        membership = standing.get(partner.pk)
        goes_on = membership and (membership.left_on is None or membership.left_on > day)
        if goes_on and not (old and old.is_end and old.ended_on == day):
            found[partner.code] = Leaving(partner, day, row, membership)
    return list(found.values())


def unasked(proposal: Proposal, now) -> list[Leaving]:
    """Those that leave with a proposal and of which it doesn't say enough.

    The membership of one that ends goes on, or its people hold roles after that day, or were told
    another one, and nobody said until when they may sign in.
    """
    known = {(end.partner_id, end.leaves_on) for end in proposal.access_ends.all()}
    found = []
    for each in leaving_in(proposal.proposed, now):
        is_known = (each.partner.pk, each.day) in known
        if each.membership or (not is_known and asks_of_people(each.partner, each.day)):
            found.append(each)
    return found


def asks_of_people(partner: Partner, day: date) -> bool:
    """Whether people of a partner that leaves on a day have to know until when they may sign in."""
    after = max(day, london_day(Present.now(UTC)))
    return (
        roles_after(partner, after).exists()
        or AccessEnd.objects.in_force().filter(partner=partner).exists()
    )


def left_out(proposal: Proposal, now) -> list[str]:
    """What a proposal with which partners leave still has to say, a line each."""
    lines = []
    for each in unasked(proposal, now):
        name = each.partner.name
        if each.membership:
            lines.append(f"The membership of {name}, which ends on {day_in_words(each.day)}")
        if asks_of_people(each.partner, each.day):
            number = len(people_after(each.partner, each.usual_last_day + timedelta(days=1)))
            who = "1 person" if number == 1 else f"{number} people"
            lines.append(f"{who} of {name} with a role for it: until when they may sign in")
    return lines


def resting_on(
    partner: Partner, day: date, names: ThingNames, *, but: str = ""
) -> list[tuple[str, list[str]]]:
    """What else names a partner and goes on on a day, kind by kind: its name, and the rows in words.

    Parts in programmes are a kind for each role. ``but``: a kind that is left out.
    """
    now, found = Present.now(UTC), {}
    for kind in kinds():
        named = [
            field.name
            for field in kind.model._meta.concrete_fields
            if field.related_model is Partner
        ]
        goes_on = kind.ends or (kind.thing_model and kind.model is kind.thing_model.profile_model())
        # News is of its day, and withdrawn rather than taken back.
        if not named or not goes_on or not kind.takes_back or kind.model in OWN or kind.slug == but:
            continue
        rows = kind.model.objects.live(now)
        rows = rows.filter(reduce(or_, [Q(**{name: partner}) for name in named]))
        if kind.ends:
            ends = kind.ends.removesuffix("_as") + "_on"
            rows = rows.filter(Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": day}))
        editor = editor_carrying(kind.slug)
        for row in rows.order_by("pk"):
            words = row_words(row, editor, kind, names, of=partner)
            role = kind.code if kind.code in kind.model.identity_fields else ""
            title = f"{kind.many}: {kind.code_words(getattr(row, role))}" if role else kind.many
            found.setdefault(title, []).append(words)
    return sorted(
        found.items(), key=lambda each: not each[0].startswith(editor_called(PARTS).kind.many)
    )


def people_after(partner: Partner, day: date) -> list[tuple[str, str]]:
    """Who holds roles for a partner on a day or later: names by alphabet, and the roles of each."""
    found: dict = {}
    for grant in roles_after(partner, day).select_related("person").order_by("person__name", "pk"):
        found.setdefault(grant.person, []).append(grant.get_role_display())
    return [(person.name, ", ".join(dict.fromkeys(roles))) for person, roles in found.items()]


def leaving(membership: Membership, *, day: date, reason: str, on: Grounds) -> ProposedRow:
    """The row with which a membership ends."""
    cells = {"left": day.isoformat(), "left_reason": reason, "reason": reason}
    return _ended(MEMBERSHIPS, membership, cells, on)


def leaving_with(end: Leaving) -> ProposedRow:
    """The row with which a partner that ends leaves too, resting on what its end rests on."""
    cells, row = end.row.cells, end.row
    why = row.why if row.why == Why.DOCUMENT else Why.NOW
    on = Grounds(why, cells["source"], cells["published_at"])
    return leaving(end.membership, day=end.day, reason=cells["words"][:300], on=on)


def renamed(partner: Partner, *, name: str, short_name: str, day: date, on: Grounds) -> ProposedRow:
    """The row with which a new name begins; from its day on the one before is a former name."""
    cells = {"partner": partner.code, "name": name, "short_name": short_name}
    return _added("partner-names", cells | {"valid_from": day.isoformat()}, on)


def one_first_day(now):
    """Bounds of a partner’s name: no other name of it begins on the same day."""
    standing = {
        (row.partner_id, row.valid_from_on): row
        for row in PartnerName.objects.live(now).filter(valid_from_on__isnull=False)
    }

    def errors(values, stated_on, old):
        other = standing.get((values["partner"].pk, values["valid_from_on"]))
        if other is None or other == old or other.name == values["name"]:
            return []
        begins = f"The name {other.name} begins {on_or_in(other.valid_from_as)} too"
        return [("valid_from", f"{begins}. Write another first day, or correct that name.")]

    return errors


def require_first_day(partner: Partner, name: str, day: date, now) -> None:
    """Raise ``IncompleteError`` where a partner has a name already, or another begins on the day."""
    names = partner.names.live(now).values_list("name", flat=True)
    if in_same_words(name) in map(in_same_words, names):
        sentence = f"It has the name {name} already. Write another, or correct that one."
        raise IncompleteError([(None, sentence)])
    values = {"partner": partner, "name": name, "valid_from_on": day}
    if errors := one_first_day(now)(values, day, None):
        raise IncompleteError([(None, sentence) for _, sentence in errors])


def joining(partner: Partner, *, day: date, on: Grounds) -> ProposedRow:
    """The row with which a partner joins."""
    cells = {"partner": partner.code, "joined": day.isoformat(), "is_joined_by": "no"}
    return _added(MEMBERSHIPS, cells, on)


def former(at, day):
    """What stands of the memberships that have ended by a day, but of bodies that have ended too."""
    ended = Succession.objects.live(at).endings().values("partner")
    return Membership.objects.live(at).filter(left_on__lte=day).exclude(partner__in=ended)


def joining_again(membership: Membership, *, day: date, reason: str, on: Grounds) -> ProposedRow:
    """The row with which a partner joins again. The stay before it goes on to be shown."""
    cells = {"joined": day.isoformat(), "is_joined_by": "no", "left": "", "left_reason": ""}
    cells |= {"certainty": "sourced", "note": "", "reason": reason}
    kept = _kept(editor_called(MEMBERSHIPS), membership)
    return ProposedRow(MEMBERSHIPS, Act.CORRECT, kept | on.cells | cells, on.why, membership.pk)


def stay_before(membership: Membership, cells: Mapping[str, str]) -> str:
    """What becomes of a stay that was over, where the cells say that another begins; else empty."""
    begins = cells.get("joined", "")
    if not membership.left_on or not begins or span(begins).last < membership.left_on:
        return ""
    return (
        f"It belonged before: it joined {membership.joined_words} and left {membership.left_words}. "
        f"That stays on the record. A new membership begins {on_or_in(begins)}."
    )


def followed(partner: Partner, *, by: Partner | None, name: str, words, day, is_end, on):
    """The row that says what became of a partner. ``name``: of a body that is no partner."""
    cells = {
        "partner": partner.code,
        "successor": by.code if by else "",
        "successor_name": name,
        "words": words,
        "happened": day.isoformat(),
        "is_end": "yes" if is_end else "no",
    }
    return _added(SUCCESSIONS, cells, on)


def require_one_end(partner: Partner, now, *, old: Succession | None = None) -> None:
    """Raise ``IncompleteError`` where another end of a partner is on the record already.

    ``old``: the end that is corrected.
    """
    others = Succession.objects.live(now).endings().filter(partner=partner)
    if end := others.exclude(pk=old.pk if old else None).first():
        named = f"It has ended already: {end.words} ({end.when_words}). A partner ends only once:"
        if found := Proposal.objects.published().giving(kind_of(Succession).slug, end.pk).first():
            sentence = f"{as_written(named)} take that back first. See {{it}}."
            raise BlockedError(sentence, found, "words")
        raise IncompleteError([("words", f"{named} correct that instead.")])


def require_it_fits(
    partner: Partner, successor: Partner | None, day: date, now, *, is_end: bool
) -> None:
    """Raise ``IncompleteError`` where what follows a partner on a day can't be, beside other changes.

    The one that follows has ended itself, or another is to be followed by the one that ends.
    """
    names = ThingNames(now)
    ends = successor.successions.live(now).endings() if successor else ()
    if any(end.ended_on <= day for end in ends):
        sentence = "The partner that follows has itself ended by that day. Choose another."
        raise IncompleteError([("successor", sentence)])
    others = Succession.objects.live(now).filter(successor=partner) if is_end else ()
    for other in others:
        if (span(other.happened_as).first if other.happened_as else other.ended_on) < day:
            continue
        name, when = names.of(Partner, other.partner.code, by="code"), day_in_words(other.ended_on)
        sentence = f"This one follows {name} on {when}. Choose a day after that, or"
        if found := Proposal.objects.published().giving(kind_of(Succession).slug, other.pk).first():
            words = as_written(sentence)
            raise BlockedError(f"{words} take that change back first: {{it}}.", found, "happened")
        raise IncompleteError([("happened", f"{sentence} correct that first.")])


def moving(
    parts: Iterable[ProgrammePart],
    moved: Iterable[str],
    *,
    to: Partner | None,
    day: date,
    reason: str,
    on: Grounds,
) -> list[ProposedRow]:
    """The rows with which parts in programmes end, and those in ``moved`` begin for another."""
    rows = []
    now = Present.now(UTC)
    for part in parts:
        # What begins later never holds.
        ends = max(day, part.row.starts_on or day)
        cells = {"ends": ends.isoformat(), "reason": reason}
        rows.append(_ended(PARTS, part.row, cells, on))
        if to is None or part.key not in moved:
            continue
        row, model = part.row, part.editor.table.model
        standing = model.objects.live(now).filter(
            programme=row.programme_id, partner=to, role=row.role
        )
        if standing.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day)).exists():
            continue
        begun = _kept(part.editor, row) | on.cells
        begun |= {"partner": to.code, "starts": ends.isoformat(), "ends": "", "reason": ""}
        if again := standing.first():
            begun["reason"] = reason
            rows.append(ProposedRow(PARTS, Act.CORRECT, begun, on.why, again.pk, same_as=row.pk))
        else:
            rows.append(ProposedRow(PARTS, Act.ADD, begun, on.why, same_as=row.pk))
    return rows


def _kept(editor, row):
    cells = row_cells(editor, row)
    return {name: text for name, text in cells.items() if name not in SET_BY_THE_DATABASE}


def _ended(kind, row, cells, on):
    kept = _kept(editor_called(kind), row)
    return ProposedRow(kind, Act.END, kept | on.cells | cells, on.why, row.pk)


def _added(kind, cells, on):
    names = [column.name for column in editor_called(kind).table.all_columns]
    empty = {name: "" for name in names if name not in SET_BY_THE_DATABASE}
    own = on.cells | {"certainty": "sourced"}
    return ProposedRow(kind, Act.ADD, empty | own | cells, on.why)
