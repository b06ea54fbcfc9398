"""The list of programmes: grouped by when each was last heard of, parts below their parent."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from bhcp_portal.kit.dates import london_day, months_later, span
from programmes.models import (
    Programme,
    Status,
    StatusUpdate,
)
from programmes.models.programme import newest_report
from programmes.models.status import open_period
from programmes.presenters.concerns import concerns

LATELY, LATELY_WORDS = timedelta(days=365), "Heard of in the last 12 months"
ENDED_WORDS = "Ended"
MONTHS = 24


def in_tree_order(entries):
    """Programmes sorted by name, each followed by its parts, as pairs (primary key, is_part).

    ``entries``: the tuples of ``in_the_tree``. ``is_part``: it stands under its parent. A programme
    whose parent is not among the entries stands by itself.
    """
    keys = {key for key, _, _, _ in entries}
    parts = {}
    for key, _, _, parent in entries:
        parts.setdefault(parent if parent in keys else None, []).append(key)
    ordered, seen = [], set()
    # A stack of what is still to be placed, the next one last. All entries lie at its bottom:
    # programmes that name each other as parent are reached from no other and so come at the end.
    waiting = [(key, False) for key, _, _, _ in reversed(entries)]
    waiting += [(key, False) for key in reversed(parts.get(None, []))]
    while waiting:
        key, is_part = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        ordered.append((key, is_part))
        waiting += [(part, True) for part in reversed(parts.get(key, []))]
    return ordered


@dataclass(frozen=True, slots=True)
class ListGroup:
    """Programmes of a page with one heading; ``number``: how many there are on all pages."""

    words: str
    number: int
    rows: list


@dataclass(frozen=True, slots=True)
class StatusMonths:
    """The statuses reported for the last ``MONTHS`` months, the oldest first; empty where none was."""

    statuses: list

    @property
    def squares(self):
        """What is drawn: pairs of the left edge and the status."""
        return [(number * 10, status or "none") for number, status in enumerate(self.statuses)]

    @property
    def words(self):
        """The same in words, such as ``On track in 9 months, at risk in 3, no report for 12``."""
        counts = Counter(self.statuses)
        parts = [
            f"{status.label.lower()} in {counts[status]}" for status in Status if counts[status]
        ]
        parts += [f"no report for {counts['']}"] if counts[""] else []
        return f"Of the last {MONTHS} months: {', '.join(parts)}."


def grouped(programmes, *, at, day):
    """Programmes in the order of the list, as triples (primary key, is_part, group's words), and the
    ``Concern``s among them.

    First those heard of lately, then year by year, at last those that had ended; by name in each.
    A part stands below its parent, in the parent's group. Four queries.
    """
    rows = list(_with_states(programmes, at=at))
    heard = {row.pk: _last_heard_of(row, day) for row in rows}
    entries = sorted(
        programmes.in_the_tree(at), key=lambda entry: _rank(heard[entry[0]], day), reverse=True
    )
    ordered, words = [], ""
    for key, is_part in in_tree_order(entries):
        words = words if is_part else _words(heard[key], day)
        ordered.append((key, is_part, words))
    return ordered, concerns(rows, at=at, day=day)


def groups_of(page, ordered, *, at, day):
    """The ``ListGroup``s of one page of what ``grouped`` gave; five queries."""
    programmes = Programme.objects.filter(pk__in=[key for key, _, _ in page]).with_rows(at, day)
    found = {programme.pk: programme for programme in programmes}
    months = _status_months(found, at=at, day=day)
    numbers = Counter(words for _, _, words in ordered)
    return [
        ListGroup(
            words, numbers[words], [(found[k], is_part, months.get(k)) for k, is_part, _ in rows]
        )
        for words, rows in groupby(page, key=lambda entry: entry[2])
    ]


def _with_states(programmes, *, at):
    known = programmes.known_at(at).with_states(at).with_last_report(at)
    return known.annotate(name_then=Programme.name_at("pk", at))


def _last_heard_of(row, day):
    """The day of the last statement about a programme; ``None`` once it had ended."""
    return None if row.is_over(day) else span(newest_report(row)[1]).last


def _rank(heard, day):
    """What groups are sorted by, the first the highest."""
    if heard is None:
        return 0
    return day.year + 1 if heard > day - LATELY else heard.year


def _words(heard, day):
    if heard is None:
        return ENDED_WORDS
    return LATELY_WORDS if heard > day - LATELY else f"Last heard of in {heard.year}"


def _status_months(programmes, *, at, day):
    """The ``StatusMonths`` of programmes, by key, where there are reports; one query.

    A status of a document counts for the month in which it was published.
    """
    newest = open_period(day)
    periods = [months_later(newest, -number) for number in reversed(range(MONTHS))]
    reports = (
        StatusUpdate.objects.live(at)
        .filter(programme__in=programmes)
        .exclude(status="")
        .order_by("published_at")
    )
    found = defaultdict(dict)
    for programme, period, published_at, status in reports.values_list(
        "programme", "period", "published_at", "status"
    ):
        month = period or london_day(published_at).replace(day=1)
        if periods[0] <= month <= newest:
            found[programme][month] = status
    return {
        key: StatusMonths([by_month.get(month, "") for month in periods])
        for key, by_month in found.items()
    }
