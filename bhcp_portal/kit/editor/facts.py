"""What a fact rests on, where it is said again with an end, without it, or of who follows.

An end is new, and what ends is not: source, certainty and note of a row are those of the fact.
"""

from collections.abc import Mapping

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import Editor
from bhcp_portal.kit.editor.proposal import ProposedRow, may_be_superseded
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.tables import Column, WrittenDateField


def same_fact(
    row: ProposedRow,
    values: Mapping[str, object],
    old: Statement | None,
    followed: Statement | None,
    now: Present,
) -> Statement | None:
    """The statement whose fact a row says again, and changes nothing of it but its end; else ``None``.

    ``values``: those of the row, as checked. ``old``: what it replaces. ``followed``: what it says again
    of something else (``ProposedRow.same_as``). Where the end is called off, it is what stood before that.
    """
    editor = row.editor
    if followed is not None:
        moved = {*editor.days, *editor.fixed} | editor.of_end
        return followed if _differing(editor, values, followed) <= moved else None
    if old is None or not may_be_superseded(old):
        return None
    differs = _differing(editor, values, old)
    if not differs or not differs <= editor.of_end:
        return None
    if not _ends(editor, values):
        return _before_its_end(editor, values, old, now)
    # What tells its end in words of its own is said anew with it, and its page names both sources.
    return None if editor.ending_words else old


def kept_of(fact: Statement, old: Statement | None, note: object) -> dict[str, object]:
    """The values that a row keeps of its fact; ``note``: what was written in it."""
    untouched = old is None or note == old.note
    kept = {"source": fact.source, "certainty": fact.certainty}
    return kept | ({"note": fact.note} if untouched else {})


def note_with_source(fact: Statement, values: Mapping[str, object], now: Present) -> object:
    """The note of a row that rests on the document that tells an end, with where its fact is from."""
    note, source = values["note"], fact.source
    if source is None or source == values["source"]:
        return note
    title = Source.objects.by_title(now).filter(pk=source.pk).values_list("title", flat=True)
    sentence = f"This is known from “{title[0] if title else source.last_profile.title}”."
    return note if sentence in str(note) else f"{note} {sentence}".strip()


def _ends(editor, values):
    return any(values[_attribute(editor.column(name))] for name in editor.of_end)


def _before_its_end(editor, values, old, now):
    """The newest row on the matter of one that says the same and no end; that one, if there is none."""
    matter = {name: getattr(old, name) for name in old.identity_fields}
    found = type(old).objects.not_taken_back().filter(**matter).exclude(pk=old.pk)
    for each in found.select_related("source").oldest_first(now).reverse():
        if not _differing(editor, values, each):
            return each
        if not _differing(editor, values, each) <= editor.of_end:
            break
    return old


def _differing(editor: Editor, values, row):
    """The columns of a kind in which checked values differ from what a row says."""
    table = editor.table
    asked = [each for each in table.columns if each.name not in {*editor.made, *table.extra}]
    return {each.name for each in asked if not _is_same(each, values, row)}


def _is_same(column, values, row):
    name = _attribute(column)
    field = row._meta.get_field(name)
    given = values.get(name)
    # By keys: a file has a thousand rows, each of which would ask for what it names.
    return getattr(given, "pk", given) == getattr(row, field.attname)


def _attribute(column: Column) -> str:
    """The name of the field that a column is read from."""
    name = column.attribute or column.name
    return f"{name.removesuffix('_as')}_as" if isinstance(column.field, WrittenDateField) else name
