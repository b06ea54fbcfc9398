"""What a table's readings would do to those that stand: the rules that every door shares.

``judge`` takes rows whose cells could be read and says of each what would become of it. Small counts are
hidden before anything is compared or kept, so that no door can forget it (``small_numbers``).
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from django.db.models import Count, Max

from bhcp_portal.kit.dates import MONTHS, day_in_words, last_second, london_day
from bhcp_portal.kit.moments import Origin
from programmes.models import MetricProfile, Reading
from programmes.models.period import MUST_START, Frequency, last_day, starts_period
from programmes.small_numbers import hide_small

FIRST_DAY = date(1948, 7, 5)  # the day the health service began: nothing was counted before it
NOTHING = "unchanged"
# What becomes of a row that is not there yet; each is a version more.
NEW, RESTATED, WITHDRAWN, MENDED, EARLIER = "new", "restated", "withdrawn", "mended", "earlier"
Place = tuple[int | None, int | None]


@dataclass(slots=True)
class Said:
    """One version of a reading: a row of a table (``row`` as a spreadsheet counts), or one that stands.

    ``place`` is the pair of keys of its ICC and its partner, both empty for the whole bay. Without
    ``published_at`` it counts from the moment at which it is applied. ``outcome`` is what will become of
    it, ``before`` the version that it takes the place of.
    """

    row: int
    metric_id: int
    place: Place
    scope: str
    period: date
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    is_provisional: bool
    is_hidden: bool
    is_estimated: bool
    published_at: datetime | None
    published_as: str
    reason: str
    note: str
    source_id: int | None
    origin: str
    certainty: str
    outcome: str = ""
    before: "Said | None" = None

    @property
    def numbers(self):
        return self.numerator, self.denominator, self.value

    @property
    def has_no_number(self):
        return self.numerator is None and self.denominator is None and self.value is None

    @property
    def is_withdrawn(self):
        return self.has_no_number and not self.is_hidden

    @property
    def size(self):
        """What it counts, to find the smallest of several."""
        return self.value if self.numerator is None else self.numerator

    def hide(self):
        """Forget its numbers: from here on they stand in the uploaded file alone."""
        self.numerator = self.denominator = self.value = None
        self.is_hidden = True

    def words(self):
        """What it says, as short as the preview needs it."""
        if self.is_hidden:
            return "hidden"
        if self.has_no_number:
            return "no number"
        shown = (
            plain(self.value)
            if self.numerator is None
            else (f"{plain(self.numerator)} of {plain(self.denominator)}")
        )
        return f"{shown}, provisional" if self.is_provisional else shown


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell: what was found there and what is wanted."""

    row: int
    column: str
    found: str
    wanted: str


def plain(number: Decimal) -> str:
    """A number as people write it: ``1204``, ``0.5``."""
    return f"{number.normalize():f}"


def cards(at) -> dict[int, MetricProfile]:
    """The card that each metric's readings are checked by: the one that stands, else the newest."""
    found: dict[int, MetricProfile] = {}
    for card in MetricProfile.objects.published().order_by("published_at", "pk"):
        standing = found.get(card.metric_id)
        if not (standing and standing.stands(at)):
            found[card.metric_id] = card
    return found


def facts() -> dict[int, list[int | None]]:
    """Of each metric what a check rests on: the newest reading, how many there are, the newest card."""
    found: dict[int, list[int | None]] = {}
    cards_said = MetricProfile.objects.published().values_list("metric").annotate(Max("pk"))
    for metric, newest in cards_said.order_by("metric"):
        found[metric] = [None, 0, newest]
    readings = Reading.objects.values_list("series__metric").annotate(Max("pk"), Count("pk"))
    for metric, newest, count in readings.order_by("series__metric"):
        found[metric] = [newest, count, found.get(metric, [None] * 3)[2]]
    return found


def digest(facts: dict[int, list[int | None]], metrics: Iterable[int]) -> str:
    """A number for the facts of some metrics: another once any of them has changed."""
    told = [[metric, facts.get(metric)] for metric in sorted(set(metrics))]
    return sha256(json.dumps(told).encode()).hexdigest()


def packed(rows: list[Said]) -> bytes:
    """Checked rows, as a batch keeps them until another person confirms."""
    lines = [
        [
            said.row,
            said.metric_id,
            said.place,
            said.scope,
            said.period.isoformat(),
            *(None if number is None else str(number) for number in said.numbers),
            said.is_provisional,
            said.is_hidden,
            said.is_estimated,
            said.published_at and said.published_at.isoformat(),
            said.published_as,
            said.reason,
            said.note,
            said.source_id,
            said.origin,
            said.certainty,
            said.outcome,
        ]
        for said in rows
    ]
    return zlib.compress(json.dumps(lines, ensure_ascii=False).encode(), level=1)


def unpacked(kept: bytes) -> list[Said]:
    """The rows that were ``packed``."""
    rows = []
    for row, metric, place, scope, period, *rest in json.loads(zlib.decompress(kept)):
        numbers, (provisional, hidden, estimated, published_at, *words) = rest[:3], rest[3:]
        rows.append(
            Said(
                row,
                metric,
                tuple(place),
                scope,
                date.fromisoformat(period),
                *(None if number is None else Decimal(number) for number in numbers),
                provisional,
                hidden,
                estimated,
                published_at and datetime.fromisoformat(published_at),
                *words,
            )
        )
    return rows


def judge(rows: list[Said], cards: dict[int, MetricProfile], *, at, whole=False) -> list[Fault]:
    """Set what will become of each row, given what stands; gives what is wrong.

    Only what a row says is compared: an empty note or source says nothing. ``whole``: the table came from
    an export, where a row says all of itself, so all of it is compared.
    """
    by_metric = defaultdict(list)
    for said in rows:
        by_metric[said.metric_id].append(said)
    faults = []
    for metric, told in by_metric.items():
        card = cards[metric]
        told = [said for said in told if not _refuse(faults, fault_of(said, card, at))]
        standing = _standing(metric)
        if card.frequency == Frequency.YEAR:
            faults += _other_years(told, standing)
        if card.small_numbers == MetricProfile.SmallNumbers.HIDE:
            when = _moments(told, standing, card, at)
            for said, wanted in hide_small(told, card, standing, when):
                column, was = ("scope", said.scope) if said.is_hidden else ("hidden", "")
                faults.append(Fault(said.row, column, was, wanted))
        by_key = defaultdict(list)
        for said in told:
            by_key[said.place, said.period].append(said)
        for key, versions in by_key.items():
            faults += _follow(versions, standing.get(key, []), card, at, whole)
    return faults


def _refuse(faults, found):
    faults += found
    return bool(found)


def _moments(told, standing, card, at):
    """Gives from when each row counts; one without a moment as ``_without_moment`` will say it."""
    dated = {(said.place, said.period) for said in told if said.published_at is not None}

    def when(said):
        if said.published_at is not None:
            return said.published_at
        key = said.place, said.period
        return at if key in standing or key in dated else min(at, _usual_moment(said, card))

    return when


def _usual_moment(said, card):
    return last_second(last_day(said.period, card.frequency) + timedelta(days=card.lag_days))


def _standing(metric):
    """Every version on the record of a metric's readings, by place and period, the newest last."""
    found = defaultdict(list)
    rows = Reading.objects.published().filter(series__metric=metric)
    for (
        icc,
        partner,
        period,
        *said,
    ) in rows.order_by("published_at", "pk").values_list(
        "series__icc",
        "series__partner",
        "period",
        "numerator",
        "denominator",
        "value",
        "is_provisional",
        "is_hidden",
        "is_estimated",
        "published_at",
        "published_as",
        "reason",
        "note",
        "source",
        "origin",
        "certainty",
    ):
        place = icc, partner
        found[place, period].append(Said(0, metric, place, "", period, *said))
    return found


# -- one row by itself ----------------------------------------------------------------------------


def fault_of(said: Said, card: MetricProfile, at) -> list[Fault]:
    """What is wrong with a row by itself: its period, and which numbers it has."""
    found = []

    def fault(column, was, wanted):
        found.append(Fault(said.row, column, was, wanted))

    day = london_day(at)
    period = said.period.isoformat()
    if said.period < FIRST_DAY:
        fault("period", period, f"A day from {day_in_words(FIRST_DAY)} on.")
    elif not starts_period(said.period, card.frequency):
        fault("period", period, f"The first day of a period. {MUST_START[card.frequency]}.")
    elif said.period > day or last_day(said.period, card.frequency) >= day:
        fault("period", period, "A period that has ended.")
    if said.is_hidden:
        for column in ("numerator", "denominator", "value"):
            number = getattr(said, column)
            if number is not None:
                fault(column, plain(number), "An empty cell where hidden says yes.")
        return found
    if card.has_parts:
        if said.value is not None:
            wanted = "An empty cell: the value is worked out from numerator and denominator."
            fault("value", plain(said.value), wanted)
        for column, other in (("numerator", "denominator"), ("denominator", "numerator")):
            if getattr(said, column) is None and getattr(said, other) is not None:
                fault(column, "", f"A number, as there is one in {other}.")
    else:
        for column in ("numerator", "denominator"):
            number = getattr(said, column)
            if number is not None:
                fault(column, plain(number), "An empty cell: this metric is one number, in value.")
    for column in ("numerator", "denominator"):
        number = getattr(said, column)
        if number is not None and number < 0:
            fault(column, plain(number), "A count, so 0 or more.")
    has_parts = said.numerator is not None and not found
    if card.is_percentage and has_parts and said.numerator > said.denominator:
        wanted = f"At most the denominator, {plain(said.denominator)}: this is a percentage."
        fault("numerator", plain(said.numerator), wanted)
    return found


def _other_years(told, standing):
    """Those whose year starts in another month than the first of their series: the two would overlap."""
    starts = {place: period.month for place, period in sorted(standing, key=str, reverse=True)}
    for said in sorted(told, key=lambda said: said.row):
        month = starts.setdefault(said.place, said.period.month)
        if said.period.month != month:
            wanted = f"A year that starts in {MONTHS[month - 1]}, as the others of its series do."
            yield Fault(said.row, "period", said.period.isoformat(), wanted)


# -- a row beside what stands ---------------------------------------------------------------------


def _is_later(said, other):
    """Whether a version comes after another: one without a moment counts from now, so it is the last."""
    if said.published_at is None or other.published_at is None:
        return said.published_at is None
    return said.published_at >= other.published_at


def _follow(told, standing, card, at, whole):
    """Judge the rows of one reading, one after the other, each beside all that was said before it."""
    faults = []
    known = list(standing)
    rows_of = defaultdict(list)
    for said in sorted(told, key=lambda s: (s.published_at or at, s.published_at is None, s.row)):
        moment = said.published_at
        found = _twice(said, rows_of[moment]) or _judge_one(said, known, card, at, whole)
        faults += found
        rows_of[moment].append(said)
        if not found and said.outcome != NOTHING:
            known.append(said)
            known.sort(key=lambda s: s.published_at or at)
    return faults


def _twice(said, others):
    """A reading is said once at each moment, unless the second row mends the first and says so."""
    for other in others:
        if not _may_mend(said) or _agrees(said, other, whole=True):
            wanted = f"Each reading once. Row {other.row} has the same metric, scope and period."
            return [Fault(said.row, "period", said.period.isoformat(), wanted)]
    return []


def _may_mend(said):
    """Whether a row may stand in place of one of the same moment: a slip in copying a document."""
    return bool(said.note and said.source_id)


def _judge_one(said, known, card, at, whole):
    if said.published_at is None:
        return _without_moment(said, known, card, at)

    def fault(wanted):
        found = said.published_as or said.published_at.isoformat()
        return [Fault(said.row, "published_at", found, wanted)]

    if said.published_at > at and london_day(said.published_at) > london_day(at):
        return fault("A day that has been, or an empty cell: then it counts from now.")
    if london_day(said.published_at) < last_day(said.period, card.frequency):
        return fault("The end of the period or later: nothing is counted before.")
    same = [each for each in known if each.published_at == said.published_at]
    for each in same:
        if _agrees(said, each, whole):
            return _unchanged(said, each)
    if same:
        if _may_mend(said):
            said.outcome, said.before = MENDED, same[-1]
            return []
        return fault("A later day than that of the number it replaces, or an empty cell: then now.")
    dated = [each for each in known if each.published_at is not None]
    earlier = [each for each in dated if each.published_at < said.published_at]
    before = earlier[-1] if earlier else None
    if before is not None and not whole and _agrees(said, before, whole):
        return _unchanged(said, before)
    if len(earlier) < len(dated):
        if said.source_id:
            return _new(said, before, EARLIER)
        last = day_in_words(london_day(dated[-1].published_at))
        return fault(
            f"A day after {last}, from which what stands counts, or an empty cell: then now."
        )
    return _new(said, before)


def _without_moment(said, known, card, at):
    """The first version counts from the period's end and the usual lag, a later one from now."""
    stands = known[-1] if known else None
    if stands is None:
        usual = _usual_moment(said, card)
        if usual <= at:
            said.published_at, said.is_estimated = usual, True
        return _new(said, None)
    if _agrees(said, stands, whole=False):
        return _unchanged(said, stands)
    if stands.published_at is not None and stands.published_at > at:
        wanted = "Tomorrow or later: the number that it replaces counts from tonight."
        return [Fault(said.row, "published_at", "", wanted)]
    return _new(said, stands)


def _new(said, before, outcome=None):
    """A version that was not there: the first of its reading, or in place of another."""
    said.before = before
    if said.is_withdrawn and (before is None or before.is_withdrawn):
        wanted = "A number. Only one that is public can be taken back by a row without a number."
        return [Fault(said.row, "value", "", wanted)]
    if before is not None and not said.reason:
        wanted = (
            "Why it changed: another number is public already, and readers are told the reason."
        )
        return [
            Fault(said.row, "reason", f"{before.words()} is public, {said.words()} here", wanted)
        ]
    if outcome is None and before is not None:
        outcome = WITHDRAWN if said.is_withdrawn else RESTATED
    said.outcome = outcome or NEW
    return []


def _unchanged(said, stands):
    said.outcome, said.before = NOTHING, stands
    return []


def _agrees(said, other, whole):
    """Whether two versions say the same, as far as the first says anything."""
    if (said.numbers, said.is_hidden, said.is_provisional) != (
        other.numbers,
        other.is_hidden,
        other.is_provisional,
    ):
        return False
    if whole:
        return (
            (said.note, said.reason, said.source_id, said.certainty, said.published_as)
            == (other.note, other.reason, other.source_id, other.certainty, other.published_as)
            and said.is_estimated == other.is_estimated
            and (said.origin == Origin.DOCUMENT) == (other.origin == Origin.DOCUMENT)
        )
    return said.note in ("", other.note) and said.source_id in (None, other.source_id)
