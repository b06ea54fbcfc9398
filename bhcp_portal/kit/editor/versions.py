"""How a statement came to say what it says: each version of it, by whom, why and what became other."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.editor.editors import editor_carrying
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Proposal, may_be_superseded
from bhcp_portal.kit.editor.words import OWN_WORDS, ThingNames, cell_words
from bhcp_portal.kit.history import FieldChange
from bhcp_portal.kit.kinds import Kind, table_of
from bhcp_portal.kit.reviews import last_disagreement
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import ListField, ReferenceField


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """What happened to a statement. ``done``: ``First said``, ``Corrected``, ``Taken back`` ….

    ``by`` and ``role``: who wrote it and in which role; empty where a document was copied before
    the launch, and of a taking back. ``changes``: what differs from the version before.
    """

    row: Statement
    at: datetime
    when: str
    done: str
    by: str = ""
    role: str = ""
    reason: str = ""
    changes: list[FieldChange] = field(default_factory=list)


def steps(kind: Kind, row: Statement, names: ThingNames) -> list[HistoryStep]:
    """All that happened to a statement, what it replaced and what replaced it; the newest first."""
    found, before = [], None
    for version in sorted(versions(kind, row), key=_turn):
        step = _step(kind, version, before, names)
        if again := Proposal.objects.done_at_once().giving(kind.slug, version.pk).first():
            review = last_disagreement(Proposal.objects.filter(pk=again.pk))
            if review:
                who, why = review.reviewer, review.remarks
                step = replace(step, done="Published again", by=who, role="", reason=why)
        found.append(step)
        if version.taken_back_at:
            found.append(
                HistoryStep(
                    version,
                    version.taken_back_at,
                    "",
                    "Taken back",
                    reason=version.taken_back_because,
                )
            )
        before = version
    found.sort(key=lambda step: step.at)
    return found[::-1]


def versions(kind: Kind, row: Statement) -> list[Statement]:
    """The published rows on the matter of a row, and on any that a correction brought it from or to."""
    published = kind.model.objects.published().with_sources(Present.now(UTC))
    found, asked = {}, {row.pk}
    while asked:
        for each in published.filter(pk__in=asked).select_related(*kind.model.writer_fields):
            found[each.pk] = each
        asked = {key for each in found.values() for key in _linked(kind, each)} - found.keys()
    return list(found.values())


def _linked(kind: Kind, row: Statement) -> Iterator[int]:
    """The keys of the other rows on its matter, of what it replaced and of what replaced it."""
    if may_be_superseded(row):
        matter = {name: getattr(row, name) for name in row.identity_fields}
        yield from kind.model.objects.published().filter(**matter).values_list("pk", flat=True)
    for proposal in Proposal.objects.published().about(kind.slug, row.pk):
        for each in proposal.proposed:
            if each.kind == kind.slug and row.pk in (each.replaces, each.result):
                yield from filter(None, (each.replaces, each.result))


def _turn(row):
    return min(row.published_at, row.recorded_at), row.recorded_at, row.pk


def _step(kind, row, before, names):
    author = getattr(row, row.writer_fields[0])
    day = london_day(row.recorded_at)
    editor = editor_carrying(kind.slug)
    is_beside = (
        before is not None
        and before.published_at < row.published_at
        and editor is not None
        and editor.stays is not None
        and bool(editor.stays(before, row_cells(editor, row)))
    )
    changes = list(changed_fields(kind, before, row, names)) if before and not is_beside else []
    return HistoryStep(
        row,
        max(row.published_at, row.recorded_at) if row.recorded_late_on else row.published_at,
        row.published_words,
        "Begun again" if is_beside else _done(kind, row, before, changes),
        by=author.name if author else "",
        role=author.role_with(kind.writer, day) if author else "",
        reason=row.reason,
        changes=changes,
    )


def _done(kind, row, before, changes):
    if before is None:
        return "First said"
    if kind.ends and getattr(row, kind.ends) and not getattr(before, kind.ends):
        return "Ended"
    return "Corrected" if changes else "Said again"


def changed_fields(
    kind: Kind, before: Statement, row: Statement, names: ThingNames
) -> Iterator[FieldChange]:
    """What differs between two versions, in words, as (label, before, after)."""
    editor, table = editor_carrying(kind.slug), table_of(kind.model)
    labels = {question.column: question.label for question in editor.questions} if editor else {}
    labels |= {name: label for name, label in OWN_WORDS if name != "reason"}
    for column in table.all_columns:
        is_own = column in table.columns or column.name in labels
        # A mended slip has its reason for the reader too; the step says it once.
        if column.name == "note" and row.note in (row.reason, before.taken_back_because):
            continue
        then, now = str(column.text(before)), str(column.text(row))
        if is_own and then != now:
            label = (labels.get(column.name) or _label(column)).removesuffix("?")
            yield FieldChange(
                label, cell_words(column, then, names), cell_words(column, now, names)
            )
    then, now = (_source(each) for each in (before, row))
    if then != now:
        yield FieldChange("Source", then, now)


def _label(column):
    """What people call a column that no editor asks for: of one that names a thing, that thing."""
    inner = column.field.each if isinstance(column.field, ListField) else column.field
    if isinstance(inner, ReferenceField):
        one, many = inner.model.called()
        return (one if inner is column.field else many).capitalize()
    return column.name.replace("_", " ").capitalize()


def _source(row):
    return row.source_profile.title if row.source_profile else "The partners themselves"
