"""Versions of readings, in a file and on the record, and what a check of a file rests on."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from operator import attrgetter

from django.db.models import Count, Max, Q

from iccs.models import IccSuccession
from metrics.models import MetricProfile, Reading
from partners.models import Succession

NOTHING = "unchanged"
# The outcomes of a row that changes something. Each adds a version.
NEW, RESTATED, WITHDRAWN, MENDED, EARLIER = "new", "restated", "withdrawn", "mended", "earlier"
Place = tuple[int | None, int | None]


@dataclass(slots=True)
class ReadingVersion:
    """One version of a reading: a row of a file, or a version on the record with ``row`` 0.

    ``row`` counts as a spreadsheet does. ``place`` is the pair (key of the ICC, key of the
    partner), both ``None`` for the whole area. Without ``published_at`` it counts from the moment at
    which it is published; ``given_as`` is then its publisher's own date. ``outcome`` is what will
    become of it, ``before`` the version that it replaces.
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
    given_as: str = ""
    recorded_at: datetime | None = None
    taken_back_at: datetime | None = None
    taken_back_because: str = ""
    outcome: str = ""
    before: "ReadingVersion | None" = None

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
        """The count by which the smallest of several is found: the numerator, or else the value."""
        return self.value if self.numerator is None else self.numerator

    def hide(self):
        """Mark it as hidden and remove its numbers, which only the uploaded file then has."""
        self.numerator = self.denominator = self.value = None
        self.is_hidden = True

    def words(self):
        """Its numbers in a few words, for the preview."""
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


_FIELDS = tuple(field.name for field in fields(ReadingVersion))
# What a version says beside its metric, place and period, in the order of its fields.
BESIDE_KEY = _FIELDS[5:-2]
_PACKED = attrgetter(*_FIELDS[:-1])
# What JSON can't hold, and how it is read from what JSON holds of it.
_READ_BACK = (
    ("place", tuple),
    ("period", date.fromisoformat),
    *((name, Decimal) for name in ("numerator", "denominator", "value")),
    *((name, datetime.fromisoformat) for name in ("published_at", "recorded_at", "taken_back_at")),
)


def on_record(readings) -> Iterator[ReadingVersion]:
    """The versions on the record that a queryset of readings gives."""
    key = ("series__metric", "series__icc", "series__partner", "period")
    for metric, icc, partner, period, *beside in readings.values_list(*key, *BESIDE_KEY):
        yield ReadingVersion(0, metric, (icc, partner), "", period, *beside)


HEADER_ROW = 1


@dataclass(frozen=True, slots=True)
class CellError:
    """An error in a cell: what was found there and what is wanted."""

    row: int
    column: str
    found: str
    wanted: str
    is_of_header: bool = False

    @property
    def message(self) -> str:
        """What was found and what is wanted; in the header only what to do."""
        if self.is_of_header:
            return self.wanted
        found = f"“{self.found}”" if self.found else "nothing"
        return f"Found: {found}. Wanted: {self.wanted}"

    def __str__(self) -> str:
        return f"readings, row {self.row}, {self.column}: {self.message}"


def plain(number: Decimal) -> str:
    """A number as people write it: ``1204``, ``0.5``."""
    return f"{number.normalize():f}"


def cards(at) -> dict[int, MetricProfile]:
    """The card that the readings of each metric are checked by, by metric key.

    It is the live card at the moment, or else the newest that was published.
    """
    found: dict[int, MetricProfile] = {}
    for card in MetricProfile.objects.published().order_by("published_at", "pk"):
        standing = found.get(card.metric_id)
        if not (standing and standing.stands(at)):
            found[card.metric_id] = card
    return found


def check_basis() -> dict[int, list[int | None]]:
    """What a check rests on, by metric key: [newest reading, readings, newest card, ended bodies].

    The newest reading and card are given by their keys, ``None`` if there is none; of the others it
    is how many there are.
    """
    found: dict[int, list[int | None]] = {}
    ended = sum(m.objects.published().endings().count() for m in (IccSuccession, Succession))
    newest_cards = MetricProfile.objects.published().values_list("metric").annotate(Max("pk"))
    for metric, newest in newest_cards.order_by("metric"):
        found[metric] = [None, 0, newest, ended]
    standing = Count("pk", filter=Q(taken_back_at__isnull=True))
    readings = Reading.objects.values_list("series__metric").annotate(Max("pk"), standing=standing)
    for metric, newest, count in readings.order_by("series__metric"):
        found[metric] = [newest, count, found.get(metric, [None] * 3)[2], ended]
    return found


def basis_hash(basis: dict[int, list[int | None]], metrics: Iterable[int]) -> str:
    """A hash of the ``check_basis`` of some metrics; it changes as soon as any of that does."""
    facts = [[metric, basis.get(metric)] for metric in sorted(set(metrics))]
    return sha256(json.dumps(facts).encode()).hexdigest()


def pack_versions(rows: list[ReadingVersion]) -> bytes:
    """Checked rows as bytes, as a batch keeps them until another person confirms them."""
    lines = json.dumps([*map(_PACKED, rows)], ensure_ascii=False, default=str)
    return zlib.compress(lines.encode(), level=1)


def unpack_versions(kept: bytes) -> list[ReadingVersion]:
    """The rows that ``pack_versions`` packed. Their ``before`` is not kept."""
    rows = [ReadingVersion(*line) for line in json.loads(zlib.decompress(kept))]
    for version in rows:
        for name, read in _READ_BACK:
            if (written := getattr(version, name)) is not None:
                setattr(version, name, read(written))
    return rows
