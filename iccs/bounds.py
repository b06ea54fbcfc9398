"""Nothing stands in a community, or happens in it, beyond the day on which it ends.

What is said afterwards of the time before is a correction of the past, and stays possible.
"""

from dataclasses import dataclass
from datetime import date

from bhcp_portal.kit.dates import day_in_words, london_day, span
from iccs.models import IccSuccession


@dataclass(frozen=True, slots=True)
class End:
    """The first day on which a community is no more. ``words``: what becomes of it, a sentence."""

    day: date
    words: str


def ends_by_community(now) -> dict[int, End]:
    """The communities of which an end is known, by primary key; one query."""
    found = {}
    for each in IccSuccession.objects.live(now).endings().with_names(now, london_day(now)):
        if each.icc_id not in found or each.ended_on < found[each.icc_id].day:
            words = f"{each.icc_name} {each.words} {each.successor_name} {each.when_words}."
            found[each.icc_id] = End(each.ended_on, words)
    return found


def holding(now):
    """Bounds of what holds until a day (``Ending``): it ends with its community.

    What ends on its first day never holds, whenever that is.
    """
    ends = ends_by_community(now)

    def errors(values, stated_on):
        end = ends.get(values["icc"].pk)
        starts_on, ends_on = values.get("starts_on"), values["ends_on"]
        if end is None or (ends_on and ends_on <= max(end.day, starts_on or end.day)):
            return []
        until = f"Write {day_in_words(end.day)} or an earlier day here"
        return [("ends", f"{end.words} {until}, or say it of the community that follows.")]

    return errors


def dated(column, attribute=""):
    """Bounds of what was counted or happened on the day in a column, else when it was said."""

    def bounds(now):
        ends = ends_by_community(now)

        def errors(values, stated_on):
            written, icc = values[attribute or column], values["icc"]
            end = ends.get(icc.pk) if icc else None
            if end is None or (span(written).first if written else stated_on) < end.day:
                return []
            before = f"Write a day before {day_in_words(end.day)} here"
            return [(column, f"{end.words} {before}, or say it of the community that follows.")]

        return errors

    return bounds
