"""Who may write and decide on which rows: by the partner of what a kind speaks of (CONTRACT 3)."""

from collections.abc import Mapping

from django.db import models

from bhcp_portal.kit.editor.editors import Editor
from bhcp_portal.kit.kinds import Kind, field_at
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
    found = row
    for name in kind.reach.split("__") if kind.reach else ():
        found = getattr(found, name, None)
    return found if kind.reach else None


def thing_of_cells(editor: Editor, cells: Mapping[str, str]) -> Thing | None:
    """As ``thing_reached``, of a row that is not saved yet."""
    if not editor.kind.reach:
        return None
    column = editor.column(editor.kind.reach)
    key = cells.get(column.name, "")
    return column.field.model.objects.filter(**{column.field.by: key}).first() if key else None


def accessible(rows: models.QuerySet, kind: Kind, person, permission: str, at) -> models.QuerySet:
    """The rows of a kind for which a person holds a permission."""
    if not person.has_perm(permission):
        return rows.none()
    if person.partner_scope(permission) is None:
        return rows
    if not kind.reach:
        return rows.none()
    things = field_at(kind.model, kind.reach).related_model
    within = things.objects.accessible_to(person, permission, at)
    return rows.filter(**{f"{kind.reach}__in": within.values("pk")})
