"""What one proposal holds together because something ends in it, and what corrections made of that."""

from collections.abc import Iterator

from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, State
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.statements import Statement

# The states of proposals that rows come from: approved, or taken back and published anew.
GIVING = (State.PUBLISHED, State.AT_ONCE)


def ends_in(rows: list[ProposedRow]) -> list[list[ProposedRow]]:
    """The rows of a proposal that are of one end, a list for each end in it.

    A row that ends by itself is none, since nothing else rests on its day.
    """
    ends = [rows]
    if not any(row.ends_something for row in rows):
        # In a file of programmes each end has rows of its own.
        by_thing: dict[tuple, list[ProposedRow]] = {}
        for row in rows:
            by_thing.setdefault(_first_named(row), []).append(row)
        ends = [found for found in by_thing.values() if any(map(_says_end, found))]
    return [found for found in ends if len(found) > 1]


def _first_named(row):
    """What stands in the cell of the first thing that a row names."""
    return tuple(row.cells.get(name) for name, _ in row.editor.references[:1]) if row.editor else ()


def _says_end(row):
    """Whether a row says the end that other rows of its proposal follow from."""
    editor = row.editor
    return bool(row.replaces and editor and editor.along and row.cells.get(editor.ends_on_own_page))


def given_by(kind: Kind, pk: int) -> Iterator[tuple[Proposal, ProposedRow]]:
    """The proposals, with the row of each, that led to a row: its own, that of the row it replaced …."""
    key: int | None = pk
    giving = Proposal.objects.filter(state__in=GIVING)
    while key and (found := giving.giving(kind.slug, key).first()):
        own = next(row for row in found.proposed if (row.kind, row.result) == (kind.slug, key))
        yield found, own
        key = own.replaces


def end_with(proposal: Proposal, row: ProposedRow) -> list[ProposedRow]:
    """The rows of the end that a row of a proposal is part of; none if it is of none."""
    if proposal.state != State.PUBLISHED:
        return []
    return next((found for found in ends_in(proposal.proposed) if row in found), [])


def came_with(kind: Kind, row: Statement) -> Proposal | None:
    """The proposal in which something ended, and with which a row came or one that it corrects."""
    return next((found for found, own in given_by(kind, row.pk) if end_with(found, own)), None)


def day_set_with(kind: Kind, row: Statement, day: str, name: str) -> Proposal | None:
    """The proposal in which something ended on the day of a row, if the row has the day from it.

    ``day``: as it stands in the column called ``name``.
    """
    for found, own in given_by(kind, row.pk):
        before = own.replaced()
        if before is None or str(own.editor.column(name).text(before)) != day:
            others = [each for each in end_with(found, own) if each != own and each.editor]
            days = [each.cells.get(column) for each in others for column in each.editor.days]
            return found if day in days else None
    return None


def is_end(proposal: Proposal, row: ProposedRow) -> bool:
    """Whether something ends with a row of a proposal, alone or with others."""
    return row.act == Act.END or bool(end_with(proposal, row))


def made_since(proposal: Proposal) -> list[tuple[Proposal, ProposedRow]]:
    """What later proposals put in the place of rows of its ends, and in the place of that, in turn."""
    of_ends = [row for end in ends_in(proposal.proposed) for row in end if row.result]
    made, found = {(row.kind, row.result) for row in of_ends}, []
    later = Proposal.objects.filter(state__in=GIVING, decided_at__gte=proposal.decided_at)
    later = later.of_kind(*{row.kind for row in of_ends}).exclude(pk=proposal.pk)
    for other in later.order_by("decided_at", "pk"):
        for row in other.proposed:
            if row.replaces and (row.kind, row.replaces) in made:
                found.append((other, row))
                made.add((row.kind, row.result))
    return found
