"""Who may write and decide on which rows: by the partner of what a kind speaks of (CONTRACT 3)."""

from collections.abc import Mapping

from bhcp_portal.kit.editor.editors import Editor, editor_called
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.kinds import Kind, kind_called, value_at
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
    if not editor.kind.reach:
        return None
    column = editor.column(editor.kind.reach)
    key = cells.get(column.name, "")
    return column.field.model.objects.filter(**{column.field.by: key}).first() if key else None


def may_all(person, role: str, proposal: Proposal, at) -> bool:
    """Whether a person holds a permission of the kind of each row of a proposal.

    ``role``: which one, ``writer`` or ``approver``.
    """
    return all(
        may_reach(person, getattr(kind_called(slug), role), editor_called(slug), keys, at)
        for slug, keys in keys_reached(proposal).items()
    )


def may_review(person, done: Proposal, at) -> bool:
    """Whether a person may look at what another took back at once: all of its rows are in reach."""
    by_kind: dict[Kind, list[int | None]] = {}
    for row in done.proposed:
        by_kind.setdefault(row.of_kind, []).append(row.replaces)
    for kind, keys in by_kind.items():
        if person.has_perm(kind.approver) and person.partner_scope(kind.approver) is None:
            continue
        rows = kind.model.objects.filter(pk__in=keys)
        things = {thing_reached(kind, row) for row in rows}
        if not all(may(person, kind.approver, kind, thing, at) for thing in things):
            return False
    return True


def keys_reached(proposal: Proposal) -> dict[str, set[str]]:
    """For the kinds of a proposal's rows, the keys of what their reach leads to; empty text for all."""
    found: dict[str, set[str]] = {}
    for row in proposal.proposed:
        reach = row.of_kind.reach
        key = row.cells.get(row.editor.column(reach).name, "") if reach and row.editor else ""
        found.setdefault(row.kind, set()).add(key)
    return found


def may_reach(person, permission: str, editor: Editor, keys: set[str], at) -> bool:
    """As ``may``, of many rows by the keys of what they speak of, with one query."""
    if not person.has_perm(permission):
        return False
    if person.partner_scope(permission) is None:
        return True
    if "" in keys:
        return False
    field = editor.column(editor.kind.reach).field
    accessible = field.model.objects.accessible_to(person, permission, at)
    found = accessible.filter(**{f"{field.by}__in": keys}).values_list(field.by, flat=True)
    return keys == set(found)
