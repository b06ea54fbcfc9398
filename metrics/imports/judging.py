"""What the readings of a file would change on the record: the rules for every way of sending them.

``judge`` takes rows whose cells could be read and sets what would become of each. Small counts are
hidden (``disclosure``) before anything is compared or kept, so that no way of sending can forget
it.
"""

from collections import defaultdict
from datetime import date, timedelta

from bhcp_portal.kit.dates import MONTHS, day_in_words, last_second, london_day, span
from bhcp_portal.kit.statements import Origin
from bhcp_portal.kit.tables import (
    ONLY_FROM_EXPORTS,
    RECORD_NAMES,
    Loading,
    record_error,
    to_text,
)
from metrics.imports.disclosure import hide_small
from metrics.imports.versions import (
    BESIDE_KEY,
    EARLIER,
    MENDED,
    NEW,
    NOTHING,
    RESTATED,
    WITHDRAWN,
    CellError,
    ReadingVersion,
    on_record,
    plain,
)
from metrics.models import MetricProfile, Reading, ended_places
from metrics.models.frequency import (
    MUST_START,
    Frequency,
    last_day,
    period_words,
    starts_period,
)

FIRST_DAY = date(1948, 7, 5)  # the day the health service began: nothing was counted before it


def judge(
    rows: list[ReadingVersion], cards: dict[int, MetricProfile], *, at, loading, whole=False
) -> list[CellError]:
    """Set the ``outcome`` of each row, given the versions on the record; returns the errors.

    Rows of a first load count from when their documents said them, later ones from now; an export
    that fills an empty record is as it is.

    ``cards`` are by metric key. A note or source that is empty in a row is not compared. ``whole``
    means that the table came from an export: its rows are complete, so that every field is
    compared.
    """
    by_metric = defaultdict(list)
    for version in rows:
        by_metric[version.metric_id].append(version)
    # An export may hold what was published before it was known that the body had ended.
    errors, ended = [], {} if whole else ended_places(at)
    for metric, sent in by_metric.items():
        card = cards[metric]
        sent = [
            version
            for version in sent
            if not _refuse(errors, cell_errors(version, card, at, ended.get(version.place)))
        ]
        if loading is Loading.RESTORING:
            errors += _restored(sent, at)
            continue
        standing = _standing(metric)
        if card.frequency == Frequency.YEAR:
            errors += _other_years(sent, standing)
        if card.small_numbers == MetricProfile.SmallNumbers.HIDE:
            is_first = loading is Loading.FIRST
            when = _moments(sent, standing, card, at) if is_first else lambda v: _since(v, at)
            for version, wanted in hide_small(sent, card, standing, when):
                column, was = ("scope", version.scope) if version.is_hidden else ("hidden", "")
                errors.append(CellError(version.row, column, was, wanted))
        by_key = defaultdict(list)
        for version in sent:
            by_key[version.place, version.period].append(version)
        for key, versions in by_key.items():
            known = standing.get(key, [])
            if loading is Loading.FIRST:
                errors += _follow(versions, known, card, at, whole)
            else:
                errors += _from_now(versions, known, card, at, whole)
    return errors


def _restored(sent, at):
    """Yields the errors of rows that fill an empty record, which say themselves what they are."""
    seen = set()
    for version in sent:
        row = version.place, version.period, *(getattr(version, name) for name in BESIDE_KEY)
        version.outcome = NOTHING if row in seen else NEW
        seen.add(row)
        if wrong := record_error(
            version.recorded_at, version.taken_back_at, version.taken_back_because, at=at
        ):
            column, sentence = wrong
            yield CellError(version.row, column, "", sentence)


def _since(version, at):
    """The moment from which a version counts: one of a file (row 1 or more) from now."""
    return at if version.row else version.published_at


def _refuse(errors, found):
    errors += found
    return bool(found)


def _moments(sent, standing, card, at):
    """A function that gives the moment from which a row counts, as ``_without_moment`` does."""
    dated = {
        (version.place, version.period) for version in sent if version.published_at is not None
    }

    def when(version):
        if version.published_at is not None:
            return version.published_at
        key = version.place, version.period
        return at if key in standing or key in dated else min(at, _usual_moment(version, card))

    return when


def _usual_moment(version, card):
    return last_second(last_day(version.period, card.frequency) + timedelta(days=card.lag_days))


def _standing(metric):
    """Every version on the record of a metric's readings, by place and period, the newest last.

    What was taken back is among them: past days show it.
    """
    found = defaultdict(list)
    rows = Reading.objects.published().filter(series__metric=metric)
    for version in on_record(rows.order_by("published_at", "pk")):
        found[version.place, version.period].append(version)
    return found


def cell_errors(version: ReadingVersion, card: MetricProfile, at, ended_on=None) -> list[CellError]:
    """The errors of a row by itself: in its period, and in which numbers it has.

    ``ended_on`` is the first day on which the body of its scope was no more, if it ended.
    """
    found = []

    def add_error(column, was, wanted):
        found.append(CellError(version.row, column, was, wanted))

    day = london_day(at)
    period = version.period.isoformat()
    if version.period < FIRST_DAY:
        add_error("period", period, f"A day from {day_in_words(FIRST_DAY)} on.")
    elif not starts_period(version.period, card.frequency):
        add_error("period", period, _first_day_wanted(version.period, card.frequency))
    elif version.period > day or last_day(version.period, card.frequency) >= day:
        add_error("period", period, "A period that has ended.")
    elif ended_on and version.period >= ended_on:
        wanted = f"A period before {day_in_words(ended_on)}, when {version.scope} ended."
        add_error("period", period, f"{wanted} Or the code of the body that followed.")
    if version.is_hidden:
        for column in ("numerator", "denominator", "value"):
            number = getattr(version, column)
            if number is not None:
                add_error(column, plain(number), "An empty cell where hidden says yes.")
        return found
    if card.has_parts:
        if version.value is not None:
            wanted = "An empty cell: the value is worked out from numerator and denominator."
            add_error("value", plain(version.value), wanted)
        for column, other in (("numerator", "denominator"), ("denominator", "numerator")):
            if getattr(version, column) is None and getattr(version, other) is not None:
                add_error(column, "", f"A number, as there is one in {other}.")
    else:
        for column in ("numerator", "denominator"):
            number = getattr(version, column)
            if number is not None:
                add_error(
                    column, plain(number), "An empty cell: this measure is one number, in value."
                )
    for column in ("numerator", "denominator"):
        number = getattr(version, column)
        if number is not None and number < 0:
            add_error(column, plain(number), "A count, so 0 or more.")
    has_parts = version.numerator is not None and not found
    if card.is_percentage and has_parts and version.numerator > version.denominator:
        wanted = f"At most the denominator, {plain(version.denominator)}: this is a percentage."
        add_error("numerator", plain(version.numerator), wanted)
    return found


def _first_day_wanted(day, frequency):
    wanted = f"The first day of a period. {MUST_START[frequency]}."
    if frequency != Frequency.MONTH:
        return wanted
    first = day.replace(day=1)
    return f"{wanted} Is {period_words(first, frequency)} meant? Then write {first.isoformat()}."


def _other_years(sent, standing):
    """Yields errors for years that start in another month than their series and so overlap."""
    starts = {place: period.month for place, period in sorted(standing, key=str, reverse=True)}
    for version in sorted(sent, key=lambda version: version.row):
        month = starts.setdefault(version.place, version.period.month)
        if version.period.month != month:
            wanted = f"A year that starts in {MONTHS[month - 1]}, as the others of its series do."
            yield CellError(version.row, "period", version.period.isoformat(), wanted)


def _from_now(sent, standing, card, at, whole):
    """Judge the rows of one series and period that come after the launch: one of them counts from now.

    The others, as those of a file that was taken from here, have to stand already.
    """
    counted = [each for each in standing if each.taken_back_at is None]
    stands = counted[-1] if counted else None
    errors, fresh = [], []
    for version in sent:
        same = [each for each in standing if _is_on_record(version, each, whole)]
        if same:
            _unchanged(version, same[-1])
            continue
        if not whole:
            _forget_the_record(version, standing)
        found = _twice(version, fresh) or _judge_now(version, stands, card, at)
        errors += found
        if not found and version.outcome != NOTHING:
            fresh.append(version)
            given = version.published_at and london_day(version.published_at).isoformat()
            version.given_as = version.given_as or version.published_as or given or ""
            version.published_at, version.published_as, version.is_estimated = None, "", False
    return errors


def _forget_the_record(version, standing):
    """Empty what our own download says of the number that stands, in a row that was changed in it."""
    version.recorded_at = version.taken_back_at = None
    version.taken_back_because = version.given_as = ""
    if any(each.published_at == version.published_at and each.given_as for each in standing):
        version.published_at = None


def _is_on_record(version, other, whole):
    """Whether a row says what a version on the record says, of the same moment."""
    record = (version.recorded_at, version.taken_back_at, version.taken_back_because)
    if any(record):
        if record != (other.recorded_at, other.taken_back_at, other.taken_back_because):
            return False
    elif other.taken_back_at and not whole:
        return False
    return version.published_at == other.published_at and _agrees(version, other, whole)


def _judge_now(version, stands, card, at):
    def add_error(column, found, wanted):
        return [CellError(version.row, column, found, wanted)]

    for name in RECORD_NAMES:
        if was := getattr(version, name):
            return add_error(name, to_text(was), ONLY_FROM_EXPORTS)
    if found := _day_error(version, card, at):
        return found
    if stands is None:
        return _new(version, None)
    if _agrees(version, stands, whole=False):
        return _unchanged(version, stands)
    given = version.published_at and london_day(version.published_at)
    last = _given_on(stands)
    if given and last and given < last:
        wanted = f"{day_in_words(last)} or later: what stands was given then. "
        return add_error(
            "published_at", version.published_as, f"{wanted}Or an empty cell, if this mends it."
        )
    return _new(version, stands)


def _given_on(version):
    """The day on which its publisher gave a version on the record; ``None`` if that is not known."""
    if version.given_as:
        return span(version.given_as).last
    is_known = not version.is_estimated and version.published_at != version.recorded_at
    return london_day(version.published_at) if is_known else None


def _day_error(version, card, at):
    """The error of a row that names a day of publication that can't be right, in a list."""
    if version.published_at is None:
        return []
    day = london_day(version.published_at)
    if day > london_day(at):
        wanted = "A day that has been, or an empty cell: then it counts from now."
    elif day < last_day(version.period, card.frequency):
        wanted = "The end of the period or later: nothing is counted before."
    else:
        return []
    return [CellError(version.row, "published_at", version.published_as, wanted)]


def _follow(sent, standing, card, at, whole):
    """Judge the rows of one series and period in turn, each against all versions before it."""
    errors = []
    known = list(standing)
    rows_of = defaultdict(list)
    for version in sorted(
        sent, key=lambda s: (s.published_at or at, s.published_at is None, s.row)
    ):
        moment = version.published_at
        mendable = _may_mend(version)
        others = [e for e in rows_of[moment] if not mendable or _agrees(version, e, whole=True)]
        found = _twice(version, others) or _judge_one(version, known, card, at, whole)
        errors += found
        rows_of[moment].append(version)
        if not found and version.outcome != NOTHING:
            known.append(version)
            known.sort(key=lambda s: s.published_at or at)
    return errors


def _twice(version, others):
    """The error of a row where another of the file says the same, in a list."""
    for other in others:
        wanted = (
            f"Each reading once. Row {other.row} has the same metric, scope and period and says "
            f"{other.words()}, this row {version.words()}. Remove the wrong one."
        )
        return [CellError(version.row, "period", version.period.isoformat(), wanted)]
    return []


def _may_mend(version):
    """Whether a row may mend one of the same moment: it must have a note and a source."""
    return bool(version.note and version.source_id)


def _judge_one(version, known, card, at, whole):
    if version.published_at is None:
        return _without_moment(version, known, card, at)

    def add_error(wanted):
        found = version.published_as or version.published_at.isoformat()
        return [CellError(version.row, "published_at", found, wanted)]

    if found := _day_error(version, card, at):
        return found
    same = [each for each in known if each.published_at == version.published_at]
    for each in same:
        if _agrees(version, each, whole):
            return _unchanged(version, each)
    if same:
        if _may_mend(version):
            version.outcome, version.before = MENDED, same[-1]
            return []
        return add_error(
            "A later day than that of the number it replaces, or an empty cell: then now."
        )
    dated = [each for each in known if each.published_at is not None]
    earlier = [each for each in dated if each.published_at < version.published_at]
    before = earlier[-1] if earlier else None
    if before is not None and not whole and _agrees(version, before, whole):
        return _unchanged(version, before)
    if len(earlier) < len(dated):
        if version.source_id:
            return _new(version, before, EARLIER)
        last = day_in_words(london_day(dated[-1].published_at))
        return add_error(
            f"A day after {last}, from which what stands counts, or an empty cell: then now."
        )
    return _new(version, before)


def _without_moment(version, known, card, at):
    """Judge a row without a moment. Later versions count from now.

    The first version counts from the period's end and the usual lag.
    """
    stands = known[-1] if known else None
    if stands is None:
        usual = _usual_moment(version, card)
        if usual <= at:
            version.published_at, version.is_estimated = usual, True
        return _new(version, None)
    if _agrees(version, stands, whole=False):
        return _unchanged(version, stands)
    if stands.published_at is not None and stands.published_at > at:
        wanted = "Tomorrow or later: the number that it replaces counts from tonight."
        return [CellError(version.row, "published_at", "", wanted)]
    return _new(version, stands)


def _new(version, before, outcome=None):
    """Set the outcome of a row that changes something, or return the error of what it lacks."""
    version.before = before
    if version.is_withdrawn and (before is None or before.is_withdrawn):
        wanted = "A number. Only one that is public can be taken back by a row without a number."
        return [CellError(version.row, "value", "", wanted)]
    if before is not None and not version.reason:
        wanted = (
            "Why it changed: another number is public already, and readers are told the reason."
        )
        return [
            CellError(
                version.row, "reason", f"{before.words()} is public, {version.words()} here", wanted
            )
        ]
    if outcome is None and before is not None:
        outcome = WITHDRAWN if version.is_withdrawn else RESTATED
    version.outcome = outcome or NEW
    return []


def _unchanged(version, stands):
    version.outcome, version.before = NOTHING, stands
    return []


def _agrees(version, other, whole):
    """Whether two versions say the same; a note or source that the first leaves empty may differ.

    With ``whole`` every field is compared.
    """
    if (version.numbers, version.is_hidden, version.is_provisional) != (
        other.numbers,
        other.is_hidden,
        other.is_provisional,
    ):
        return False
    if whole:
        return (
            (
                version.note,
                version.reason,
                version.source_id,
                version.certainty,
                version.published_as or version.given_as,
            )
            == (
                other.note,
                other.reason,
                other.source_id,
                other.certainty,
                other.published_as or other.given_as,
            )
            and version.is_estimated == other.is_estimated
            and (version.origin == Origin.DOCUMENT) == (other.origin == Origin.DOCUMENT)
        )
    return version.note in ("", other.note) and version.source_id in (None, other.source_id)
