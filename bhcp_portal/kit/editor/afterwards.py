"""What stands once rows are taken back, worked out before anything is; and what stands of a thing no more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.proposal import ProposedRow, may_be_superseded
from bhcp_portal.kit.editor.versions import changed_fields
from bhcp_portal.kit.editor.words import ThingNames, row_words
from bhcp_portal.kit.history import FieldChange
from bhcp_portal.kit.kinds import Kind, kind_of, kinds
from bhcp_portal.kit.last_steps import person_names
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing


def standing_after(kind: Kind, rows: Iterable[Statement]) -> dict[int, Statement]:
    """What stands on the matter of each row of a kind once all of them are taken back, by its key.

    Rows in whose place nothing stands then are left out. One query.
    """
    whole = [row for row in rows if may_be_superseded(row)]
    if not whole:
        return {}
    fields = [kind.model._meta.get_field(name).attname for name in kind.model.identity_fields]
    first = fields[0]
    now = Present.now(UTC)
    left = kind.model.objects.not_taken_back().exclude(pk__in=[row.pk for row in whole])
    left = left.filter(**{f"{first}__in": {getattr(row, first) for row in whole}})

    def matter(row):
        return tuple(getattr(row, name) for name in fields)

    last = {matter(each): each for each in left.with_sources(now).oldest_first(now)}
    return {row.pk: last[matter(row)] for row in whole if matter(row) in last}


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A row that was taken back: what it said, when, why and by whom (empty where nobody is known)."""

    kind: Kind
    row: Statement
    words: str
    by: str

    @property
    def at(self) -> datetime:
        return self.row.taken_back_at

    @property
    def reason(self) -> str:
        return self.row.taken_back_because


def taken_back(kind: Kind, row: Statement, names: ThingNames) -> TakenBack:
    """A row that was taken back, with its words and who did it, as its history has it."""
    events = kind.model.pgh_event_model.objects.filter(
        pgh_obj_id=row.pk, taken_back_at__isnull=False
    )
    event = events.order_by("pgh_id").first()
    by = ((event and event.pgh_context) or {}).get("by", "")
    words = row_words(row, editor_called(kind.slug), kind, names)
    return TakenBack(kind, row, words, person_names([by]).get(by, by) if by else "")


def nothing_stands_of(thing: Thing, names: ThingNames) -> TakenBack | None:
    """What was last taken back of a thing of which nothing stands any more; ``None`` of others."""
    model = type(thing)
    if model.objects.known_at(Present.now(UTC)).filter(pk=thing.pk).exists():
        return None
    named = model.naming_model().objects.filter(**{model.naming_field(): thing})
    last = named.exclude(taken_back_at=None).order_by("taken_back_at", "pk").last()
    return last and taken_back(kind_of(type(last)), last, names)


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What stands once a row is taken back.

    ``stood``: whether the row itself stands now. ``stands``: what does then, called ``words``, with
    what differs between the two. ``before``: where nothing does, what stood before it and was itself
    taken back. ``leaves``: the name of the thing of which nothing stands then; ``has_page``: whether it
    has a page of its own.
    """

    stood: bool
    stands: Statement | None
    words: str
    changes: list[FieldChange]
    before: TakenBack | None
    leaves: str
    has_page: bool

    @property
    def sentence(self) -> str:
        """What stands, once it is done."""
        if self.stands is None:
            return "Nothing stands in its place."
        return f"“{self.words}” stands in its place."


def afterwards(kind: Kind, row: Statement, names: ThingNames) -> Afterwards:
    """What stands once a row is taken back, or what stands now of one that is."""
    now = Present.now(UTC)
    stands, stood = standing_after(kind, [row]).get(row.pk), row.stands(now)
    differs, before, thing = [], None, None
    if stands is None:
        before, thing = _taken_before(kind, row, names), named_by(row)
    elif stood:
        differs = list(changed_fields(kind, row, stands, names))
    words = row_words(stands, editor_called(kind.slug), kind, names) if stands else ""
    leaves = names.of(type(thing), thing.slug) if thing else ""
    has_page = thing is not None and bool(thing.PAGE)
    return Afterwards(stood, stands, words, differs, before, leaves, has_page)


def _taken_before(kind, row, names):
    """What was said on its matter before a row, of what was taken back: the last of it."""
    if not may_be_superseded(row):
        return None
    matter = {name: getattr(row, name) for name in row.identity_fields}
    found = kind.model.objects.filter(**matter).exclude(taken_back_at=None)
    found = found.filter(recorded_at__lt=row.recorded_at)
    last = found.with_sources(Present.now(UTC)).oldest_first(Present.now(UTC)).last()
    return last and taken_back(kind, last, names)


def named_by(row: Statement) -> Thing | None:
    """The thing that a row names, of which nothing stands without one that does; ``None`` of other rows."""
    for field in row._meta.concrete_fields:
        model = field.related_model
        is_thing = model is not None and issubclass(model, Thing)
        if is_thing and (model.naming_model(), model.naming_field()) == (type(row), field.name):
            return getattr(row, field.name)
    return None


def leads_to_nothing(taken: Iterable[Statement]) -> Iterator[tuple[Kind, Statement, Thing]]:
    """What stands and leads to a thing of its own kind that these rows, taken back, leave without a name.

    Such as what a programme became part of, or which community followed: the kind, the row and the
    thing. What is among the rows themselves is left out.
    """
    by_model: dict[type[Thing], set[int]] = {}
    keys: dict[type[Statement], list[int]] = {}
    for row in taken:
        keys.setdefault(type(row), []).append(row.pk)
        if thing := named_by(row):
            by_model.setdefault(type(thing), set()).add(thing.pk)
    now = Present.now(UTC)
    for model, things in by_model.items():
        naming, field = model.naming_model(), model.naming_field()
        rest = naming.objects.not_taken_back().exclude(pk__in=keys[naming])
        gone = things - set(rest.filter(**{f"{field}__in": things}).values_list(field, flat=True))
        for kind in kinds() if gone else ():
            named = [each for each in kind.model._meta.fields if each.related_model is model]
            # The first is what a row is about, and another leads on to a thing of the same kind.
            for onward in named[1:]:
                own = {f"{named[0].name}__in": gone}
                rows = kind.model.objects.live(now).filter(**{f"{onward.name}__in": gone})
                rows = rows.exclude(pk__in=keys.get(kind.model, ())).exclude(**own)
                for row in rows.order_by("pk"):
                    yield kind, row, getattr(row, onward.name)


@dataclass(frozen=True, slots=True)
class AfterwardsOfAll:
    """What stands once many rows are taken back together: of how many something does, and of how many nothing.

    ``lines``: the first of them, pairs of what is taken back and of what stands then; or empty text.
    """

    again: int
    nothing: int
    lines: list[tuple[str, str]]

    @property
    def is_cut(self) -> bool:
        """Whether there are more than its lines."""
        return self.again + self.nothing > len(self.lines)

    @property
    def sentence(self) -> str:
        """What stands, once it is done."""
        if not self.again:
            return f"Nothing stands in {'their' if self.nothing > 1 else 'its'} place."
        if not self.nothing:
            return "What stood before stands again."
        return f"{_rows(self.again)} as {_they(self.again)} before. {_rows(self.nothing)} gone."


def _rows(number):
    return "1 row is" if number == 1 else f"{number:,} rows are"


def _they(number):
    return "it was" if number == 1 else "they were"


def afterwards_of_all(rows: list[ProposedRow], names: ThingNames, *, most: int) -> AfterwardsOfAll:
    """What stands once the results of rows of a proposal are taken back. ``most``: of so many, their words.

    What is taken back together may have taken each other's place; it is then one matter.
    """
    by_kind: dict[Kind, list[int]] = {}
    for row in rows:
        by_kind.setdefault(row.of_kind, []).append(row.result)
    again, nothing, lines = 0, 0, []
    now = Present.now(UTC)
    for kind, keys in by_kind.items():
        taken = list(kind.model.objects.filter(pk__in=keys).order_by("pk"))
        own = [row for row in taken if row.stands(now)]
        stands, editor = standing_after(kind, taken), editor_called(kind.slug)
        again += sum(row.pk in stands for row in own)
        nothing += sum(row.pk not in stands for row in own)
        for row in own[: max(0, most - len(lines))]:
            then = stands.get(row.pk)
            words = row_words(then, editor, kind, names) if then else ""
            lines.append((row_words(row, editor, kind, names), words))
    return AfterwardsOfAll(again, nothing, lines)
