"""What staff are asked about web addresses. Their page is the editor's own (``editor.views.addresses``)."""

from operator import itemgetter

from bhcp_portal.kit.addresses import addressed, reached_with, thing_once_at
from bhcp_portal.kit.editor.editors import Editor, Question
from bhcp_portal.kit.tables import OldAddressTable


def _reach(cells):
    model = addressed()[cells["table"]]
    thing = model.objects.filter(slug=cells["slug"]).first() or thing_once_at(model, cells["slug"])
    return thing and reached_with(thing)


CARRIED = (
    Editor(
        OldAddressTable(),
        (
            Question("slug", "Name in the address until now"),
            Question("moved_to", "New name in the address"),
        ),
        made={"table": itemgetter("table")},
        reach=_reach,
    ),
)
