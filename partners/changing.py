"""What it takes on the record for a partner to leave, get another name or be succeeded: one proposal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date

from django.db.models import Q

from bhcp_portal.kit.actions import IncompleteError
from bhcp_portal.kit.dates import Present, day_in_words, on_or_in, span
from bhcp_portal.kit.editor.actions import BlockedError, as_written
from bhcp_portal.kit.editor.editors import Editor, editor_called
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.statements import Statement
from partners.models import Membership, Partner, RoleGrant, Succession

# The kind whose rows name a partner and may go to the one that follows.
PARTS = "programme-partners"
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


def leaving(membership: Membership, *, day: date, reason: str, on: Grounds) -> ProposedRow:
    """The row with which a membership ends."""
    cells = {"left": day.isoformat(), "left_reason": reason, "reason": reason}
    return _ended("memberships", membership, cells, on)


def renamed(partner: Partner, *, name: str, short_name: str, day: date, on: Grounds) -> ProposedRow:
    """The row with which a new name begins; from its day on the one before is a former name."""
    cells = {"partner": partner.code, "name": name, "short_name": short_name}
    return _added("partner-names", cells | {"valid_from": day.isoformat()}, on)


def joining(partner: Partner, *, day: date, on: Grounds) -> ProposedRow:
    """The row with which a partner joins."""
    cells = {"partner": partner.code, "joined": day.isoformat(), "is_joined_by": "no"}
    return _added("memberships", cells, on)


def former(at, day):
    """What stands of the memberships that have ended by a day, but of bodies that have ended too."""
    ended = Succession.objects.live(at).endings().values("partner")
    return Membership.objects.live(at).filter(left_on__lte=day).exclude(partner__in=ended)


def joining_again(membership: Membership, *, day: date, reason: str, on: Grounds) -> ProposedRow:
    """The row with which a partner joins again. The stay before it goes on to be shown."""
    cells = {"joined": day.isoformat(), "is_joined_by": "no", "left": "", "left_reason": ""}
    cells |= {"certainty": "sourced", "note": "", "reason": reason}
    kept = _kept(editor_called("memberships"), membership)
    return ProposedRow("memberships", Act.CORRECT, kept | on.cells | cells, on.why, membership.pk)


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
    return _added("successions", cells, on)


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
            rows.append(ProposedRow(PARTS, Act.CORRECT, begun, on.why, again.pk))
        else:
            rows.append(ProposedRow(PARTS, Act.ADD, begun, on.why))
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
