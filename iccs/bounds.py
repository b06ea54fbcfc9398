"""Nothing stands in a community, or happens in it, beyond the day on which it ends.

What is said afterwards of the time before is a correction of the past, and stays possible.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from bhcp_portal.kit.dates import day_in_words, london_day, span
from bhcp_portal.kit.finding import reads_like
from iccs.models import IccProfile, IccSuccession


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

    def errors(values, stated_on, old):
        end = ends.get(values["icc"].pk)
        starts_on, ends_on = values.get("starts_on"), values["ends_on"]
        if end is None or (ends_on and ends_on <= max(end.day, starts_on or end.day)):
            return []
        until = f"Write {day_in_words(end.day)} or an earlier day here"
        return [("ends", f"{end.words} {until}, or say it of the community that follows.")]

    return errors


def in_one(model, *matter, code=""):
    """Bounds of what is in one community alone on each day, such as a place; else as ``holding``.

    ``matter``: the fields by which it is the same in two; ``code``: one that alone tells it, where it
    is not empty. What the rows before have said is minded: where a place moves, it ends in one
    community before it begins in another.
    """

    def keys(values):
        """What it is known by: what reads alike, and its code."""
        found = [tuple(reads_like(values[name]) for name in matter)]
        return found + ([values[code].strip().upper()] if code and values[code] else [])

    def bounds(now):
        beyond = holding(now)
        names = dict(IccProfile.objects.live(now).values_list("icc", "name"))
        standing: dict[object, dict[object, _Stay]] = {}
        fields = ("pk", "icc", "starts_on", "ends_on", *matter, *filter(None, [code]))
        for row in model.objects.live(now).values(*fields):
            held = _Stay(row["icc"], row["starts_on"], row["ends_on"], row[matter[0]])
            for key in keys(row):
                standing.setdefault(key, {})[row["pk"]] = held

        def errors(values, stated_on, old):
            if wrong := beyond(values, stated_on, old):
                return wrong
            for key in keys(vars(old)) if old is not None else ():
                standing.get(key, {}).pop(old.pk, None)
            name, icc = values[matter[0]], values["icc"].pk
            own = _Stay(icc, values.get("starts_on"), values["ends_on"], name)
            before = old and _Stay(old.icc_id, old.starts_on, old.ends_on, name)
            for key in keys(values):
                column = code if isinstance(key, str) else matter[0]
                for held in standing.setdefault(key, {}).values():
                    # Where one began as the other ended, the day is that of a whole change, which says so.
                    if held.icc == own.icc or not held.meets(own) or held.adjoins(before):
                        continue
                    called = held.name if column == code else name
                    there = f"{called} is in {names.get(held.icc, 'another community')}{held.days}"
                    if column == code:
                        words = (
                            f"{there}, with this code. End it there first, or write another code."
                        )
                    else:
                        words = f"{there}. End it there first, or write other days here."
                    return [(column, words)]
            for key in keys(values):
                standing[key][len(standing[key]), own] = own
            return []

        return errors

    return bounds


@dataclass(frozen=True, slots=True)
class _Stay:
    """Something of a community, by its key, between two days; ``None``: not known, or no end."""

    icc: int
    starts_on: date | None
    ends_on: date | None
    name: str

    def meets(self, other):
        """Whether both hold on one day."""
        days = [(each.starts_on or date.min, each.ends_on or date.max) for each in (self, other)]
        return all(first < last for first, last in days) and (
            max(first for first, _ in days) < min(last for _, last in days)
        )

    def adjoins(self, other):
        """Whether one of two ended on the day on which the other began; not where there is no other."""
        return other is not None and (
            (self.ends_on is not None and self.ends_on == other.starts_on)
            or (other.ends_on is not None and other.ends_on == self.starts_on)
        )

    @property
    def days(self):
        since = f" from {day_in_words(self.starts_on)}" if self.starts_on else ""
        until = f" until {day_in_words(self.ends_on - timedelta(days=1))}" if self.ends_on else ""
        return since + until


def dated(column, attribute=""):
    """Bounds of what was counted or happened on the day in a column, else when it was said."""

    def bounds(now):
        ends = ends_by_community(now)

        def errors(values, stated_on, old):
            written, icc = values[attribute or column], values["icc"]
            end = ends.get(icc.pk) if icc else None
            if end is None or (span(written).first if written else stated_on) < end.day:
                return []
            before = f"Write a day before {day_in_words(end.day)} here"
            return [(column, f"{end.words} {before}, or say it of the community that follows.")]

        return errors

    return bounds
