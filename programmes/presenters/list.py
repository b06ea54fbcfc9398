"""The list of programmes: grouped by when each was last heard of, parts below their parent."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from bhcp_portal.kit.dates import in_month, in_years, months_later, span
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
    """The statuses reported in the ``MONTHS`` months up to ``last``, the oldest first.

    ``statuses``: of each month the last, empty where none was reported. ``ranges``: the reports of
    which no source says the month, each with the numbers of the first and the last month that it
    may be of. ``is_now``: the months go up to the one that is open for reports.
    """

    last: date
    statuses: list
    ranges: list
    is_now: bool

    @property
    def squares(self):
        """What is drawn: triples of the left edge, the width and the status."""
        return [(number * 10, 8, status or "none") for number, status in enumerate(self.statuses)]

    @property
    def bars(self):
        """The same of the reports without a month, over all the months that they may be of."""
        return [
            (first * 10, (last - first) * 10 + 8, report.status)
            for report, first, last in self.ranges
        ]

    @property
    def words(self):
        """The same in words, such as ``Of the last 24 months: on track in 9, no report for 15.``"""
        counts = Counter(self.statuses)
        parts = [
            f"{status.label.lower()} in {counts[status]}" for status in Status if counts[status]
        ]
        parts += [
            f"{report.get_status_display().lower()}, said once {in_month(report.written_date)}"
            for report, _, _ in self.ranges
        ]
        if self.is_now and counts[""] and not self.ranges:
            parts.append(f"no report for {counts['']}")
        to = span(self.last.isoformat()[:7]).in_words()
        months = f"last {MONTHS} months" if self.is_now else f"{MONTHS} months to {to}"
        return f"Of the {months}: {', '.join(parts)}."


def grouped(programmes, *, at, day):
    """Programmes in the order of the list, as triples (primary key, is_part, group's words), and the
    ``Concern``s among them.

    First those heard of lately, then year by year, at last those that had ended; by name in each.
    Where a source's dates leave the year open, the words of its group say so.
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
    """When a programme was last spoken of, as a ``Span``; ``None`` once it had ended."""
    return None if row.is_over(day) else span(newest_report(row)[1])


def _rank(heard, day):
    """What groups are sorted by, the first the highest."""
    if heard is None:
        return 0, 0
    if heard.first > day - LATELY:
        return day.year + 1, 0
    return heard.last.year, heard.first.year


def _words(heard, day):
    if heard is None:
        return ENDED_WORDS
    if heard.first > day - LATELY:
        return LATELY_WORDS
    return f"Last heard of {in_years(heard.text)}"


def _status_months(programmes, *, at, day):
    """The ``StatusMonths`` of programmes, by key, where there are reports; one query.

    They are those up to now, or where no report is of these, those up to the newest report.
    """
    reports = defaultdict(list)
    for report in (
        StatusUpdate.objects.live(at)
        .filter(programme__in=programmes)
        .exclude(status="")
        .only("programme", "period", "published_as", "published_at", "status")
        .order_by("published_at")
    ):
        reports[report.programme_id].append((report, *_months_of(report)))
    newest = open_period(day)
    return {
        key: _months_up_to(newest, found)
        for key, found in reports.items()
        if any(last <= newest for _, _, last in found)
    }


def _months_of(report):
    """The first and the last month that a report may be of."""
    when = span(report.written_date)
    return (report.period or when.first.replace(day=1), report.period or when.last.replace(day=1))


def _months_up_to(newest, reports):
    ends = [last for _, _, last in reports if last <= newest]
    is_now = max(ends) >= months_later(newest, 1 - MONTHS)
    shown_to = newest if is_now else max(ends)
    periods = [months_later(shown_to, -number) for number in reversed(range(MONTHS))]
    numbers = {period: number for number, period in enumerate(periods)}
    statuses, ranges = [""] * MONTHS, []
    for report, first, last in reports:
        if last not in numbers:
            continue
        if first == last:
            statuses[numbers[last]] = report.status
        else:
            ranges.append((report, numbers.get(first, 0), numbers[last]))
    if not is_now and len([*filter(None, statuses), *ranges]) == 1:
        # One old report is all there is, which the status beside it tells in words.
        return None
    return StatusMonths(shown_to, statuses, ranges, is_now)
