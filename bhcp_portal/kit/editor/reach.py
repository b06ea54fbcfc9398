"""Who may write and decide on which rows: by the partner of what a kind speaks of (CONTRACT 3)."""

from collections.abc import Mapping

from bhcp_portal.kit.addresses import thing_once_at
from bhcp_portal.kit.editor.editors import Editor
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.kinds import Kind, value_at
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing


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
    return value_at(thing or thing_once_at(field.model, key), further)


def may_all(person, role: str, proposal: Proposal, at) -> bool:
    """Whether a person holds a permission of the kind of each row of a proposal.

    ``role``: which one, ``writer`` or ``approver``. For a row that the proposal carries, of a kind
    with pages of its own, it is the permission of the first row.
    """
    rows = proposal.proposed
    return all(
        may(
            person,
            getattr(rows[0].of_kind if row.of_kind.has_own_pages else row.of_kind, role),
            row.of_kind,
            thing_of_cells(row.editor, row.cells),
            at,
        )
        for row in rows
    )
