"""Who may write and decide on which rows: by the partner of what a kind speaks of (CONTRACT 3)."""

from collections.abc import Callable, Mapping

from django.contrib.auth import get_user_model

from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.editor.editors import Editor
from bhcp_portal.kit.editor.proposal import Proposal, ProposedRow
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
        rows = proposal.proposed
        return all(
            self.may(
                getattr(rows[0].of_kind if row.of_kind.has_own_pages else row.of_kind, role),
                *self._thing(row),
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
        return any(self.may(permission, *self._thing(row)) for row in proposal.proposed)

    def partner_of(self, proposal: Proposal) -> str:
        """The name of the partner who acts for what a proposal speaks of first; or empty text."""
        for row in proposal.proposed:
            model, pk = self._thing(row)
            if model and model not in self._partners:
                self._partners[model] = model.objects.partner_names(self.at)
            if model and (name := self._partners[model].get(pk)):
                return name
        return ""

    def _thing(self, row: ProposedRow) -> tuple[type[Thing] | None, int | None]:
        """The model and the key of the thing whose partner acts for a row, as ``thing_of_cells``."""
        if not row.cells:
            return None, None
        name, _, further = row.of_kind.reach.partition("__")
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
