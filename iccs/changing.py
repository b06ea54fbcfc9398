"""What moves when communities become one, or one becomes several, as the rows of one proposal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import SequenceMatcher
from itertools import combinations

from django.db.models import F, Q
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError
from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.dates import Present, day_in_words, london_day, span
from bhcp_portal.kit.editor.actions import BlockedError, as_written
from bhcp_portal.kit.editor.editors import Editor, editor_called
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why, new_thing
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.statements import Statement
from iccs.models import Icc, IccMailbox, IccPlace, IccPractice, IccProfile, IccSuccession

# The kind that says what becomes of a community.
ENDS = "icc-successions"
# The kinds whose rows hold until a day and then hold for who follows.
MOVING = ("icc-places", "icc-practices", "icc-trusts", "priorities", "programme-iccs")
# The share of letters from which on two names are nearly alike: Skerten and Skerton.
NEARLY = 0.8
SET_BY_THE_DATABASE = ("made", "recorded_at", "taken_back_at", "taken_back_because")


@dataclass(frozen=True, slots=True)
class Successor:
    """A community that follows. ``key``: its code, or what stands for it while it is new."""

    key: str
    name: str
    icc: Icc | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Communities that end on a day, and those that follow.

    ``kind``: merged or split. ``why`` and ``source``: what it rests on; ``dated``: the date of that.
    """

    kind: str
    ended: list[Icc]
    parts: list[Successor]
    day: date
    reason: str
    why: str
    source: str = ""
    dated: str = ""

    @property
    def own(self):
        """The cells that say what a row rests on."""
        if self.why == Why.NOW:
            return {"published_at": "", "source": ""}
        return {"published_at": self.dated, "source": self.source}


@dataclass(frozen=True, slots=True)
class Moving:
    """A row that ends with its community. ``words``: as people read it."""

    editor: Editor
    row: Statement
    words: str

    @property
    def key(self):
        return f"{self.editor.slug}-{self.row.pk}"


@dataclass(frozen=True, slots=True)
class NewProfile:
    """What a new community begins with, beside its name; all may be empty."""

    network: str = ""
    latitude: str = ""
    longitude: str = ""


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them: ``Castle, Bay and Lune``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def current(at, day) -> list[IccProfile]:
    """The profiles of the communities that are there on a day and of which no end is said, by name."""
    ended = IccSuccession.objects.live(at).endings().values("icc")
    profiles = IccProfile.objects.live(at).exclude(icc__in=ended).select_related("icc", "network")
    return [each for each in profiles.order_by("name") if each.is_begun(day)]


def moving_rows(iccs: Iterable[Icc], day, names: ThingNames) -> dict[Icc, dict[str, list[Moving]]]:
    """The rows of some communities that still hold on a day, by community and kind."""
    now = Present.now(names.at.tzinfo)
    found = {icc: {} for icc in iccs}
    for slug in MOVING:
        editor = editor_called(slug)
        rows = editor.table.model.objects.live(now).filter(icc__in=list(found))
        rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day))
        # What ends on its first day never holds.
        rows = rows.exclude(ends_on__lte=F("starts_on"))
        # Where work was that is over stays as it was.
        if over := _over_by(day, editor.table.model, found, now):
            rows = rows.exclude(programme__in=over)
        for row in rows.select_related("icc").order_by("pk"):
            words = row_words(row, editor, editor.kind, names, of=row.icc)
            moving = Moving(editor, row, words)
            found[row.icc].setdefault(slug, []).append(moving)
    return found


def _over_by(day, model, iccs, now):
    """The programmes in some communities that are over by a day; none of a kind that names no programme."""
    if not hasattr(model, "programme"):
        return []
    programmes = model.programme.field.related_model.objects.with_states(now)
    placed = programmes.filter(icc_links__icc__in=list(iccs)).distinct()
    return [each for each in placed if each.is_over(day)]


@dataclass(frozen=True, slots=True)
class OtherChange:
    """An approved change of which a community of this one is the follower.

    ``end``: with its names. ``proposal``: where it was proposed, if it was.
    """

    end: IccSuccession
    proposal: Proposal | None

    @property
    def words(self):
        """``Castle is to become part of Bay on 28 December 2026``."""
        end = self.end
        return f"{end.icc_name} {end.words} {end.successor_name} {end.when_words}"


def feeding(iccs: Iterable[Icc], day, now) -> list[OtherChange]:
    """The approved changes on a day or later with which other communities become part of some."""
    ends = IccSuccession.objects.live(now).endings().filter(successor__in=list(iccs))
    return [
        OtherChange(each, Proposal.objects.published().giving(ENDS, each.pk).first())
        for each in ends.with_names(now, london_day(now))
        if (span(each.happened_as).first if each.happened_as else each.ended_on) >= day
    ]


def to_end(day, now) -> list[OtherChange]:
    """The approved ends of communities that are still to come after a day, by their day."""
    ends = IccSuccession.objects.live(now).endings().filter(happened_on__gt=day)
    return [
        OtherChange(each, Proposal.objects.published().giving(ENDS, each.pk).first())
        for each in ends.with_names(now, day).order_by("happened_on", "pk")
    ]


def require_one_end(icc: Icc, kind: str, day, now, *, old: IccSuccession | None = None) -> None:
    """Raise ``IncompleteError`` where another end of a community is on the record already.

    The parts of one split go together. ``old``: the end that is corrected.
    """
    split = IccSuccession.Kind.SPLIT
    others = IccSuccession.objects.live(now).endings().filter(icc=icc)
    for end in others.exclude(pk=old.pk if old else None).with_names(now, london_day(now)):
        if kind == end.kind == split and (old or end.ended_on == day):
            continue
        named = f"{end.icc_name} {end.words} {end.successor_name} {end.when_words}"
        if found := Proposal.objects.published().giving(ENDS, end.pk).first():
            sentence = f"{as_written(named)}. A community ends only once: take that back first."
            raise BlockedError(f"{sentence} See {{it}}.", found, "successor")
        raise IncompleteError(
            [("successor", f"{named}. A community ends only once: correct that.")]
        )


def require_same_community(icc: Icc, successor: Icc, day, now) -> None:
    """Raise ``IncompleteError`` where what a community was renamed to is another that there is."""
    other = successor.profiles.live(now).first()
    ends = successor.successions.live(now).endings()
    if other and not any(end.ended_on <= day for end in ends):
        sentence = (
            f"{other.name} is a community of its own. If only the name changed, correct the name in "
            "the profile. If one became part of the other, say so on the page for that"
        )
        raise IncompleteError([("successor", f"{sentence}.")])


def require_it_fits(icc: Icc, successor: Icc | None, day, now) -> None:
    """Raise ``IncompleteError`` where an end on a day can't be, beside the others that are approved.

    Another community is to become part of the one that ends, or the one that follows has ended
    itself. ``successor``: ``None`` while it is new.
    """
    ends = successor.successions.live(now).endings() if successor else ()
    if any(end.ended_on <= day for end in ends):
        sentence = "The community that follows has itself ended by that day. Choose another."
        raise IncompleteError([("successor", sentence)])
    for other in feeding([icc], day, now):
        later = f"Choose a day after {day_in_words(other.end.ended_on)}, or"
        if other.proposal:
            sentence = f"{as_written(other.words)}. {later} take that change back first: {{it}}."
            raise BlockedError(sentence, other.proposal, "happened")
        raise IncompleteError([("happened", f"{other.words}. {later} correct that first.")])


def changes_in(rows: Iterable[ProposedRow], names: ThingNames) -> list[Change]:
    """The ends of communities that a proposal speaks of, by what follows and on which day."""
    present = present_names()
    rows = [replace(row, cells=row.editor.table.led_on(row.cells, present)) for row in rows]
    names.propose(rows)
    reasons = [row.cells["reason"] for row in rows if row.cells.get("reason")]
    by_code = Icc.objects.in_bulk(
        [row.cells[name] for row in rows if row.kind == ENDS for name in ("icc", "successor")],
        field_name="code",
    )
    parts: dict[str, list[ProposedRow]] = {}
    for row in rows:
        if row.kind == ENDS and row.cells["kind"] != IccSuccession.Kind.RENAMED:
            parts.setdefault(row.cells["icc"], []).append(row)
    found: dict[tuple, Change] = {}
    for code, ends in parts.items():
        first = ends[0]
        followers = tuple(row.cells["successor"] for row in ends)
        key = (first.cells["kind"], _day(first, names.at), followers)
        if key not in found:
            found[key] = Change(
                kind=first.cells["kind"],
                ended=[],
                parts=[
                    Successor(each, names.of(Icc, each, by="code"), by_code[each])
                    for each in followers
                ],
                day=key[1],
                reason=reasons[0] if reasons else "",
                # What mends a slip rests on the document that was copied wrongly.
                why=Why.DOCUMENT if first.cells["source"] and first.why != Why.NOW else Why.NOW,
                source=first.cells["source"],
                dated=first.cells["published_at"],
            )
        found[key].ended.append(by_code[code])
    return list(found.values())


def _day(row, at):
    """The day of an end: when it happened, else when it is said."""
    written = row.cells["happened"] or (
        row.cells["published_at"] if row.why == Why.DOCUMENT else ""
    )
    return span(written).last if written else london_day(at)


def moved_on(icc: Icc, day, now) -> bool:
    """Whether something that a community had ended on a day."""
    models = [editor_called(slug).table.model for slug in MOVING]
    return any(each.objects.live(now).filter(icc=icc, ends_on=day).exists() for each in models)


def left_behind(
    change: Change, rows: Iterable[ProposedRow], names: ThingNames
) -> dict[Icc, dict[str, list[Moving]]]:
    """What would still hold in communities that end, and that a proposal says nothing of."""
    ended = {(row.kind, row.replaces) for row in rows if row.replaces}
    return {
        icc: {
            slug: left
            for slug, found in kinds.items()
            if (left := [each for each in found if (slug, each.row.pk) not in ended])
        }
        for icc, kinds in moving_rows(change.ended, change.day, names).items()
    }


def left_out(proposal: Proposal, now) -> list[str]:
    """What a proposal would leave behind in a community that ends with it, a line each.

    Raises ``IncompleteError`` where it can't end then, whatever else is said.
    """
    names, rows = ThingNames(now), proposal.proposed
    changes = changes_in(rows, names)
    for change in changes:
        for icc in change.ended:
            for part in change.parts:
                require_it_fits(icc, part.icc, change.day, now)
    return [
        f"{each.editor.kind.one} of {names.of(Icc, icc.code, by='code')}: {each.words}"
        for change in changes
        for icc, kinds in left_behind(change, rows, names).items()
        for found in kinds.values()
        for each in found
    ]


def near_names(change: Change, now) -> list[str]:
    """Names that are spelt nearly alike in communities that this brings together, a line for each two.

    One may be a slip of the other. They are of places and GP practices, and of the communities that
    are new beside those that are there.
    """
    going = [*change.ended, *(part.icc for part in change.parts if part.icc)]
    communities = dict(IccProfile.objects.live(now).values_list("icc", "name"))
    lines = []
    for model in (IccPlace, IccPractice):
        rows = model.objects.live(now).on(change.day - timedelta(days=1)).filter(icc__in=going)
        pairs = combinations(sorted(set(rows.values_list("name", "icc"))), 2)
        lines += [
            f"{one} ({communities[first]}) and {other} ({communities[second]})"
            for (one, first), (other, second) in pairs
            if first != second and _is_near(one, other)
        ]
    for part in change.parts:
        if part.icc is None:
            lines += [
                f"{part.name} is new, and {name} is there already"
                for name in sorted(communities.values())
                if _is_near(part.name, name)
            ]
    return lines


def _is_near(one, other):
    one, other = one.casefold(), other.casefold()
    return one != other and SequenceMatcher(None, one, other).ratio() >= NEARLY


def words_of(change: Change, at) -> list[tuple[str, Statement]]:
    """What communities that end, and those that there are and follow, say of themselves: a line and the row.

    Their profiles, and the mailboxes of those that end.
    """
    going = [*change.ended, *(part.icc for part in change.parts if part.icc)]
    found: list[tuple[str, Statement]] = []
    profiles = IccProfile.objects.live(at).filter(icc__in=going)
    for each in profiles.select_related("icc").order_by("name"):
        own = [each.about, each.network_note, each.note]
        if words := " ".join(filter(None, dict.fromkeys(own))):
            found.append((f"{each.name}: {words}", each))
    ended = IccMailbox.objects.live(at).filter(icc__in=change.ended, ends_on=None)
    named = ended.annotate(icc_name=Icc.called_at("icc", at)).order_by("pk")
    return found + [(f"{each.icc_name}: mailbox {each.address}", each) for each in named]


def look_again(rows: list[ProposedRow], names: ThingNames) -> list[tuple[str, str]]:
    """Words on the record from before the ends that a published proposal speaks of, each with where it is corrected."""
    ends = IccSuccession.objects.filter(pk__in=[r.result for r in rows if r.kind == ENDS])
    recorded = max(ends.values_list("recorded_at", flat=True), default=None)
    return [
        (words, reverse("staff:record_correct", args=[kind_of(type(row)).slug, row.pk]))
        for change in changes_in(rows, names)
        for words, row in words_of(change, names.at)
        if recorded and row.recorded_at < recorded
    ]


def proposed_rows(
    change: Change,
    moving: Iterable[Moving],
    goes_to: dict[str, list[str]],
    profiles: dict[str, NewProfile],
) -> list[ProposedRow]:
    """The rows of the one proposal: new profiles, what became of each, and what ends and begins."""
    rows = [
        _added(change, "icc-profiles", _profile_cells(change, part, profiles.get(part.key)))
        for part in change.parts
        if part.icc is None
    ]
    day = change.day.isoformat()
    for icc in change.ended:
        for part in change.parts:
            cells = {"icc": icc.code, "successor": part.key, "kind": change.kind, "happened": day}
            cells["note"] = change.reason
            rows.append(_added(change, ENDS, cells))
    return rows + moved_rows(change, moving, goes_to)


def moved_rows(
    change: Change,
    moving: Iterable[Moving],
    goes_to: dict[str, list[str]],
    others: Iterable[ProposedRow] = (),
) -> list[ProposedRow]:
    """What ends and what begins with a change.

    ``goes_to``: the keys of the parts that take a row, by the row's key. Populations are in none:
    the people of several communities are not added up. ``others``: rows of the proposal so far.
    """
    rows, day = [], change.day.isoformat()
    parts = {part.key: part for part in change.parts}
    present = present_names()
    taken = {
        (row.kind, cells["icc"], _matter(row.editor, cells))
        for row in others
        if row.kind in MOVING and row.act != Act.END
        for cells in [row.editor.table.led_on(row.cells, present)]
    }
    for each in moving:
        cells = {
            name: text
            for name, text in row_cells(each.editor, each.row).items()
            if name not in SET_BY_THE_DATABASE
        }
        # What begins later never holds here.
        begun = max(day, each.row.starts_on.isoformat()) if each.row.starts_on else day
        ended = cells | change.own | {"ends": begun, "reason": change.reason}
        rows.append(ProposedRow(each.editor.slug, Act.END, ended, change.why, each.row.pk))
        for key in goes_to.get(each.key, []):
            matter = (each.editor.slug, key, _matter(each.editor, cells))
            if key not in parts or matter in taken:
                continue
            taken.add(matter)
            if is_there_already(change, each, parts[key]):
                continue
            given = cells | change.own | {"icc": key, "starts": begun, "ends": "", "reason": ""}
            rows += _taking(change, each, given)
    return rows


def _matter(editor, cells):
    """What a row is about, but for its community."""
    fields = editor.table.model.identity_fields
    return tuple(cells[name] for name in fields if name != "icc")


def _standing(moving, code):
    """What stands on the matter of a row in another community, whether it still holds or not."""
    model = moving.editor.table.model
    matter = {name: getattr(moving.row, name) for name in model.identity_fields if name != "icc"}
    now = Present.now(moving.row.recorded_at.tzinfo)
    return model.objects.live(now).filter(icc__code=code, **matter).first()


def is_there_already(change: Change, moving: Moving, part: Successor) -> bool:
    """Whether a community that follows has of its own what would move to it, from then and beyond the day.

    What it gets only later, with another change, comes to it on the earlier day.
    """
    standing = corrected(moving, part)
    if standing is None or standing.ends_on:
        return standing is not None and standing.ends_on > change.day
    begun = max(change.day, moving.row.starts_on or change.day)
    return standing.starts_on is None or standing.starts_on <= begun


def corrected(moving: Moving, part: Successor) -> Statement | None:
    """What a community that follows has on the matter of a row, which would be corrected to take it."""
    return _standing(moving, part.key) if part.icc else None


def _taking(change, moving, cells):
    """The row with which a community takes what another had; it has nothing standing beyond the day."""
    editor = moving.editor
    standing = _standing(moving, cells["icc"])
    if standing is None:
        return [ProposedRow(editor.slug, Act.ADD, cells, change.why, same_as=moving.row.pk)]
    again = cells | {"reason": change.reason}
    corrected = (editor.slug, Act.CORRECT, again, change.why, standing.pk)
    return [ProposedRow(*corrected, same_as=moving.row.pk)]


def _profile_cells(change, part, given):
    given = given or NewProfile()
    return {
        "icc": part.key,
        "name": part.name,
        "network": given.network,
        "latitude": given.latitude,
        "longitude": given.longitude,
        "began": change.day.isoformat(),
    }


def _added(change, kind, cells):
    editor = editor_called(kind)
    empty = {
        column.name: ""
        for column in editor.table.all_columns
        if column.name not in SET_BY_THE_DATABASE
    }
    own = change.own | {"certainty": "sourced"}
    return ProposedRow(kind, Act.ADD, empty | own | cells, change.why)


def new_parts(names: Iterable[str]) -> list[Successor]:
    """The communities that are new, by their names."""
    return [Successor(new_thing(number), name) for number, name in enumerate(names)]
