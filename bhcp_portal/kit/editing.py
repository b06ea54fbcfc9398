"""What staff are asked about web addresses and codes. Their pages are the editor's own (``editor.views.addresses``)."""

from operator import itemgetter

from bhcp_portal.kit.addresses import OLD_NAMES, reached_with, thing_once_at
from bhcp_portal.kit.editor.editors import Editor, Question
from bhcp_portal.kit.tables import OldAddressTable, OldCodeTable


def _reach(by):
    def reach(cells):
        model, old = OLD_NAMES[by].models()[cells["table"]], cells[by]
        thing = model.objects.filter(**{by: old}).first() or thing_once_at(model, old, by=by)
        return thing and reached_with(thing)

    return reach


CARRIED = (
    Editor(
        OldAddressTable(),
        (
            Question("slug", "Name in the address until now"),
            Question("moved_to", "New name in the address"),
        ),
        made={"table": itemgetter("table")},
        reach=_reach("slug"),
    ),
    Editor(
        OldCodeTable(),
        (
            Question("code", "Code until now"),
            Question("moved_to", "New code"),
        ),
        made={"table": itemgetter("table")},
        reach=_reach("code"),
    ),
)
