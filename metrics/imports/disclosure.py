"""Which small numbers are hidden, and which others so that none can be worked out (BEHAVIOUR B-4).

Every version that was ever public can still be read, on past days and in the open data. So the
rules are applied for each moment at which a version of a period began to count, not for today
alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from metrics.imports.versions import Place, ReadingVersion
from metrics.models import MetricProfile

SMALLEST, LARGEST_SMALL = 1, 4
WHOLE = (None, None)
HIDDEN_WITH_OTHERS = (
    "This row together with the others of its period. Alone it could be worked out from the numbers that "
    "are public, today or on a past day."
)
HIDDEN_TOO = (
    "“yes” in hidden, and no number. With this number a small one of its period could be worked out, today "
    "or on a past day."
)


def hide_small(
    readings: list[ReadingVersion], card: MetricProfile, standing: dict, when
) -> Iterator[tuple[ReadingVersion, str]]:
    """Hide small counts, and as many others as needed that none is found by subtraction (B-4).

    It changes ``readings``, and yields each row that cannot become public beside what is, with what
    is wanted instead. ``standing`` are all versions on the record, by (place, period). ``when`` is
    a function that gives the moment from which a row counts.
    """
    for version in readings:
        if is_small(version, card):
            version.hide()
    sent = defaultdict(list)
    for version in readings:
        sent[version.period].append(version)
    stood: dict[date, dict[Place, list[ReadingVersion]]] = defaultdict(dict)
    for (place, period), versions in standing.items():
        stood[period][place] = versions
    for period, rows in sent.items():
        every = [*rows, *(each for versions in stood[period].values() for each in versions)]
        if any(version.is_hidden for version in every):
            yield from _Period(rows, stood[period], card, when).refused()


def is_small(version: ReadingVersion, card: MetricProfile) -> bool:
    """Whether a row holds a count of 1 to 4, which could identify a person."""
    counts = [version.numerator, version.denominator]
    if _is_count(card):
        counts.append(version.value)
    return any(count is not None and SMALLEST <= count <= LARGEST_SMALL for count in counts)


def _is_count(card):
    return not card.has_parts and not card.is_percentage and card.decimals == 0


class _Period:
    """All versions of a metric's readings in one period, on the record and in the file, by place.

    The ICCs add up to the whole area, and so do the partners. A hidden number is safe if at least
    two hidden places of its kind (ICC or partner) were never public, and if the total of the hidden
    numbers is too large to guess them.
    """

    def __init__(self, sent, standing, card, when):
        self.sent = sent
        self.card = card
        self.stood = defaultdict(list, standing)
        self.cells: dict[Place, list[tuple[datetime, ReadingVersion]]] = defaultdict(list)
        for place, versions in standing.items():
            self.cells[place] += [(version.published_at, version) for version in versions]
        for version in sent:
            self.cells[version.place].append((when(version), version))
        for versions in self.cells.values():
            versions.sort(key=lambda pair: pair[0])

    def refused(self):
        """Hide rows of the file as needed; returns the rows for which that is not enough."""
        while (unsafe := next(self._unsafe(), None)) is not None:
            now, members = unsafe
            seconds = self._seconds(now, members)
            if not seconds:
                return self._to_blame(now, members)
            for version in seconds:
                version.hide()
        return []

    def _unsafe(self):
        """Yields (version by place, places) where a hidden number can be found, latest first."""
        moments = {moment for versions in self.cells.values() for moment, _ in versions}
        for moment in sorted(moments, reverse=True):
            now = {}
            for place, versions in self.cells.items():
                begun = [version for began, version in versions if began <= moment]
                if begun and not begun[-1].is_withdrawn:
                    now[place] = begun[-1]
            for kind in (0, 1):
                members = [place for place in now if place[kind] is not None]
                if self._can_be_worked_out(now, members):
                    yield now, members

    def _can_be_worked_out(self, now, members):
        hidden = [place for place in members if now[place].is_hidden]
        whole = self._whole(now, members)
        if not hidden or whole is None:
            return False
        if sum(not self._was_public(place) for place in hidden) < 2:
            return True
        shown = [self._counts(now[place]) for place in members if not now[place].is_hidden]
        if any(len(counts) != len(whole) for counts in shown):
            return False
        left = [count - sum(counts) for count, *counts in zip(whole, *shown, strict=True)]
        return any(SMALLEST <= count <= max(LARGEST_SMALL, len(hidden)) for count in left)

    def _whole(self, now, members):
        """The counts of the whole area: its own, else the other kind's sum; ``None`` without either."""
        if WHOLE in now and not now[WHOLE].is_hidden:
            return self._counts(now[WHOLE])
        others = [
            version for place, version in now.items() if place != WHOLE and place not in members
        ]
        if not others or any(version.is_hidden for version in others):
            return None
        # If the card changed what is counted, only counts that all versions have can be added up.
        return [sum(counts) for counts in zip(*map(self._counts, others), strict=False)]

    def _counts(self, version) -> list[Decimal]:
        """The counts of a version that add up over places: two, one or none."""
        if version.numerator is not None:
            return [version.numerator, version.denominator]
        return [version.value] if _is_count(self.card) else []

    def _was_public(self, place):
        return any(_is_public(version) for _, version in self.cells[place])

    def _seconds(self, now, members):
        """The versions to hide next: of a member, else of the whole area, else of another place."""
        others = [place for place in now if place != WHOLE and place not in members]
        for places in (members, [WHOLE], others):
            free = {
                place: public
                for place in places
                if place in now and (public := self._only_sent(place, now[place]))
            }
            if free:
                best = min(free, key=lambda place: _to_hide(free[place][-1], self.stood[place]))
                return free[best]
        return []

    def _only_sent(self, place, version):
        """The public versions of a place, if all of them are in this file.

        Of the whole area, the version that counts, if it is in this file and its numbers are new.
        """
        public = [each for _, each in self.cells[place] if _is_public(each)]
        known = [each.numbers for each in self.stood[place] if _is_public(each)]
        if place == WHOLE:
            is_sent = any(version is each for each in self.sent)
            return (
                [version]
                if is_sent and _is_public(version) and version.numbers not in known
                else []
            )
        return [] if known else public

    def _to_blame(self, now, members):
        hidden = [place for place in members if now[place].is_hidden]
        sent = [version for version in self.sent if version.place in hidden]
        rows = [version for version in sent if version.is_hidden] or sent or self.sent
        return [
            (version, HIDDEN_WITH_OTHERS if version.is_hidden else HIDDEN_TOO) for version in rows
        ]


def _is_public(version):
    return not version.is_hidden and not version.has_no_number


def _to_hide(version, standing):
    """A sort key for what to hide first: one hidden before, else the smallest that is not 0."""
    was_hidden = any(each.is_hidden for each in standing)
    return not was_hidden, version.size == 0, version.size, version.scope
