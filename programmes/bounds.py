"""What hangs on a programme has no day after its end: partners, communities, money.

A figure may: what came of a programme is often counted once it is over.
"""

from bhcp_portal.kit.editor.editors import EndDay
from programmes.models import ProgrammeProfile


def ends_of_programmes(now) -> dict[int, EndDay]:
    """The programmes that have an end date, by primary key; one query."""
    ending = ProgrammeProfile.objects.live(now).exclude(ends_on=None)
    return {
        each.programme_id: EndDay(each.ends_on, each.ends_as, f"“{each.name}”") for each in ending
    }
