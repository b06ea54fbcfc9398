"""What moves when communities become one, or one becomes several, as the rows of one proposal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import Editor, editor_called
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, ProposedRow, Why, new_thing
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.statements import Statement
from iccs.models import Icc, IccProfile, IccSuccession

# The kinds whose rows hold until a day and then hold for who follows.
MOVING = ("icc-places", "icc-practices", "priorities", "programme-iccs")
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
        for row in rows.select_related("icc").order_by("pk"):
            words = row_words(row, editor, editor.kind, names, of=row.icc)
            moving = Moving(editor, row, words)
            found[row.icc].setdefault(slug, []).append(moving)
    return found


def proposed_rows(
    change: Change,
    moving: Iterable[Moving],
    goes_to: dict[str, list[str]],
    profiles: dict[str, NewProfile],
) -> list[ProposedRow]:
    """The rows of the one proposal: new profiles, what became of each, and what ends and begins.

    ``goes_to``: the keys of the parts that take a row, by the row's key. Populations are in none:
    the people of several communities are not added up.
    """
    rows = [
        _added(change, "icc-profiles", _profile_cells(change, part, profiles.get(part.key)))
        for part in change.parts
        if part.icc is None
    ]
    day = change.day.isoformat()
    for icc in change.ended:
        for part in change.parts:
            cells = {"icc": icc.code, "successor": part.key, "kind": change.kind, "happened": day}
            rows.append(_added(change, "icc-successions", cells))
    keys = {part.key for part in change.parts}
    taken = set()
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
            if key not in keys or matter in taken:
                continue
            taken.add(matter)
            given = cells | change.own | {"icc": key, "starts": begun, "ends": "", "reason": ""}
            rows += _taking(change, each, given)
    return rows


def _matter(editor, cells):
    """What a row is about, but for its community."""
    fields = editor.table.model.identity_fields
    return tuple(cells[name] for name in fields if name != "icc")


def _taking(change, moving, cells):
    """The row with which a community takes what another had, unless it has it already."""
    editor, model = moving.editor, moving.editor.table.model
    matter = {name: getattr(moving.row, name) for name in model.identity_fields if name != "icc"}
    now = Present.now(moving.row.recorded_at.tzinfo)
    standing = model.objects.live(now).filter(icc__code=cells["icc"], **matter).first()
    if standing is None:
        return [ProposedRow(editor.slug, Act.ADD, cells, change.why)]
    if standing.ends_on is None or standing.ends_on > change.day:
        return []
    again = cells | {"reason": change.reason}
    return [ProposedRow(editor.slug, Act.CORRECT, again, change.why, standing.pk)]


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
