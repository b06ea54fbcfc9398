"""Who may write and decide on which rows: by the partner of what a kind speaks of (CONTRACT 3)."""

from collections.abc import Callable, Iterable, Mapping

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.editor.editors import Editor, beginnings
from bhcp_portal.kit.editor.proposal import Proposal, ProposedRow, State
from bhcp_portal.kit.kinds import Kind, field_at, value_at
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing
from bhcp_portal.kit.waiting import NOBODY_ELSE

TAKE_BACK = "kit.take_back"
LOOKS = "Another person looks at it within three working days."
NOBODY_LOOKS = f"Another person has to look at it. {NOBODY_ELSE}"


def may(person, permission: str, kind: Kind, thing: Thing | None, at) -> bool:
    """Whether a person holds a permission for what a row of a kind speaks of.

    ``thing``: what the kind's ``reach`` leads to. Without one the permission is needed for all
    partners.
    """
    if not person.has_perm(permission):
        return False
    if person.partner_scope(permission) is None:
        return True
    if thing is None:
        return False
    accessible = type(thing).objects.accessible_to(person, permission, at)
    return accessible.filter(pk=thing.pk).exists()


def may_take_back(person, kind: Kind, thing: Thing | None, at) -> bool:
    """Whether a person may take back what was published of a kind by mistake; ``thing`` as in ``may``."""
    return (
        kind.takes_back
        and person.has_perm(TAKE_BACK)
        and may(person, kind.approver, kind, thing, at)
    )


def somebody_else(may_look: Callable[..., bool], *, but, at) -> bool:
    """Whether one of those who may take something back may look at what a person, ``but``, took back.

    ``may_look``: whether a person may, for what it is about.
    """
    others = get_user_model().objects.holding(TAKE_BACK, london_day(at)).exclude(pk=but.pk)
    return any(may_look(person) for person in others)


def second_look(may_look: Callable[..., bool], *, by, at) -> str:
    """A sentence on who looks at what a person takes back at once. ``may_look``: as in ``somebody_else``."""
    return LOOKS if somebody_else(may_look, but=by, at=at) else NOBODY_LOOKS


def thing_reached(kind: Kind, row: Statement) -> Thing | None:
    """The thing whose partner acts for a row; ``None`` if all partners do."""
    return value_at(row, kind.reach) if kind.reach else None


def thing_of_cells(editor: Editor, cells: Mapping[str, str]) -> Thing | None:
    """As ``thing_reached``, of a row that is not saved yet."""
    if editor.reach:
        return editor.reach(cells)
    name, _, further = editor.kind.reach.partition("__")
    if not name or not (key := cells.get(name, "")):
        return None
    field = editor.column(name).field
    thing = field.model.objects.filter(**{field.by: key}).first()
    return value_at(thing or thing_once_at(field.model, key, by=field.by), further)


def thing_beginning_for(rows: list[ProposedRow]) -> Thing | None:
    """The partner who acts for what rows begin; ``None`` if none is named, or all partners act."""
    for beginning in beginnings():
        part = beginning.reaching
        if part is None or rows[0].kind != beginning.parts[0].kind:
            continue
        field = part.editor.column(part.reach).field
        for row in rows:
            if part.fits(row.kind, row.cells):
                return field.model.objects.filter(**{field.by: row.cells[part.reach]}).first()
    return None


def reach_column(editor: Editor) -> str:
    """The column that names the thing whose partner acts for a row, or what belongs to it; or empty."""
    return "" if editor.reach else editor.kind.reach.partition("__")[0]


def within_reach(person, editor: Editor, column: str, at) -> QuerySet:
    """The things that a person may name in a column of a kind: all but in its ``reach_column``."""
    model = editor.column(column).field.model
    things, kind = model.objects.all(), editor.kind
    if column != reach_column(editor) or person.partner_scope(kind.writer) is None:
        return things
    further = kind.reach.partition("__")[2]
    reached = field_at(model, further).related_model if further else model
    accessible = reached.objects.accessible_to(person, kind.writer, at)
    return things.filter(**{f"{further}__in" if further else "pk__in": accessible})


class Reach:
    """What a person reaches, asked of the database once for each kind of thing and permission."""

    def __init__(self, person, at):
        self.person, self.at = person, at
        self._keys: dict[tuple[type[Thing], str, str], dict[str, int]] = {}
        self._accessible: dict[tuple[type[Thing], str], set[int]] = {}
        self._partners: dict[type[Thing], dict[int, str]] = {}

    def may(self, permission: str, model: type[Thing] | None, pk: int | None) -> bool:
        """Whether the person holds a permission for a thing; without one, for all partners."""
        if not self.person.has_perm(permission):
            return False
        if self.person.partner_scope(permission) is None:
            return True
        if model is None or pk is None:
            return False
        if (model, permission) not in self._accessible:
            found = model.objects.accessible_to(self.person, permission, self.at)
            self._accessible[model, permission] = set(found.values_list("pk", flat=True))
        return pk in self._accessible[model, permission]

    def may_all(self, role: str, proposal: Proposal) -> bool:
        """Whether the person holds a permission of the kind of each row of a proposal.

        ``role``: which one, ``writer`` or ``approver``. For a row that the proposal carries, of a
        kind with pages of its own, it is the permission of the first row.
        """
        return self.may_rows(role, proposal.proposed, _begun(proposal))

    def may_rows(self, role: str, rows: list[ProposedRow], begun: Iterable = ()) -> bool:
        """As ``may_all``, of rows that are not saved yet. ``begun``: as ``Proposal.begun``."""
        of_begun = begun and thing_beginning_for(rows)
        return all(
            self.may(
                getattr(rows[0].of_kind if row.of_kind.has_own_pages else row.of_kind, role),
                *self._thing(row, begun, of_begun),
            )
            for row in rows
        )

    def may_review(self, done: Proposal) -> bool:
        """Whether the person may look at what another took back at once: all of its rows.

        For rows that a proposal carried it is the permission of the first row, as in ``may_all``.
        """
        replaced: dict[Kind, list[int | None]] = {}
        for row in done.proposed:
            replaced.setdefault(row.of_kind, []).append(row.replaces)
        first = next(iter(replaced))
        return all(
            self.may(
                (first if kind.has_own_pages else kind).approver,
                type(thing) if thing else None,
                thing and thing.pk,
            )
            for kind, keys in replaced.items()
            for row in kind.model.objects.select_related(kind.reach or None).filter(pk__in=keys)
            for thing in [thing_reached(kind, row)]
        )

    def may_any(self, permission: str, proposal: Proposal) -> bool:
        """Whether the person holds a permission for what any row of a proposal speaks of."""
        rows, begun = proposal.proposed, _begun(proposal)
        of_begun = begun and thing_beginning_for(rows)
        return any(self.may(permission, *self._thing(row, begun, of_begun)) for row in rows)

    def partner_of(self, proposal: Proposal) -> str:
        """The name of the partner who acts for what a proposal speaks of first; or empty text."""
        rows, begun = proposal.proposed, _begun(proposal)
        of_begun = begun and thing_beginning_for(rows)
        for row in rows:
            model, pk = self._thing(row, begun, of_begun)
            if model and model not in self._partners:
                self._partners[model] = model.objects.partner_names(self.at)
            if model and (name := self._partners[model].get(pk)):
                return name
        return ""

    def _thing(
        self, row: ProposedRow, begun: Iterable, of_begun: Thing | None
    ) -> tuple[type[Thing] | None, int | None]:
        """The model and the key of the thing whose partner acts for a row, as ``thing_of_cells``.

        For a row of one of the things that began with its proposal that is ``of_begun``, if any is.
        """
        if not row.cells:
            return None, None
        name, _, further = row.of_kind.reach.partition("__")
        if of_begun and name and not row.editor.reach:
            label = row.editor.column(name).field.model._meta.label_lower
            if [label, row.cells.get(name)] in begun:
                return type(of_begun), of_begun.pk
        if not row.editor.reach and row.cells.get(name):
            field = row.editor.column(name).field
            asked = (field.model, field.by, further)
            if asked not in self._keys:
                keys = field.model.objects.values_list(field.by, further or "pk")
                self._keys[asked] = dict(keys)
            if (pk := self._keys[asked].get(row.cells[name])) is not None:
                model = field_at(field.model, further).related_model if further else field.model
                return model, pk
        thing = thing_of_cells(row.editor, row.cells)
        return (type(thing), thing.pk) if thing else (None, None)


def _begun(proposal):
    """The things that began with a proposal and have no partner of their own yet, as its ``begun``."""
    return () if proposal.state == State.PUBLISHED else proposal.begun
