"""All actions on files of readings: send, check, publish, discard and undo.

Views check who may do it. These actions make sure that two people took part, that what was checked
is what is published, and that nothing the check rested on has changed since.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import attrgetter

from django.db import connection

from bhcp_portal.kit.actions import (
    ActionError,
    SamePersonError,
    TransitionError,
    lock_names,
    take_back,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present, day_in_words, london_day
from bhcp_portal.kit.locks import lock
from bhcp_portal.kit.reviews import record_review
from metrics.imports.versions import (
    BESIDE_KEY,
    ReadingVersion,
    basis_hash,
    check_basis,
    on_record,
    pack_versions,
    unpack_versions,
)
from metrics.models import BatchState, Reading, ReadingBatch, Series
from metrics.models.batch import UNDONE_WITHIN
from partners.models import User

COLUMNS = ("series_id", "period", *BESIDE_KEY, "author_id", "batch_id", "here")
# An empty cell is no value, but in these, which hold words.
WORDS = [
    field.name for field in Reading._meta.fields if field.empty_strings_allowed and not field.null
]

NOTHING_NEW = "Every row says what is published already, so nothing would change."
CHECKED_WITHIN = timedelta(days=1)
UNCHECKED = "The check did not come to an end, by a fault of ours. Send the file again."
NO_ROWS = "There are no rows below the header, so nothing would change."


class ChangedError(ActionError):
    """The file, or what its check rested on, has changed since it was checked."""


class TooLateError(ActionError):
    """The file was published too long ago to be undone."""


def send_readings(
    *,
    file_name: str,
    content: bytes,
    by: User,
    at: datetime,
    then: Callable[[int], object] = lambda _: None,
) -> ReadingBatch:
    """Save a file of readings that somebody sent, and return its batch.

    ``then`` is called with the key of the batch, to have it checked. Sent twice, before anybody
    decided, it is one batch.
    """
    with action("readings.sent", by=by):
        lock_names(ReadingBatch)
        given = {"file_name": file_name, "content_hash": sha256(content).hexdigest()}
        open_ones = ReadingBatch.objects.filter(
            state__in=(BatchState.WAITING, BatchState.CHECKING, BatchState.CHECKED)
        )
        if there := open_ones.filter(sent_by=by, **given).first():
            return there
        batch = ReadingBatch.objects.create(content=content, sent_by=by, sent_at=at, **given)
        then(batch.pk)
    return batch


def begin_check(*, batch: ReadingBatch) -> bool:
    """Mark a batch as being checked; ``False`` if its check has ended already."""
    with action("readings.check_begun", by=batch.sent_by):
        locked = _locked_batch(batch)
        if not locked.may_become(BatchState.CHECKING):
            return False
        _set_state(batch, BatchState.CHECKING, rows_done=0, rows_total=None)
    return True


def update_progress(*, batch: ReadingBatch, rows_done: int) -> None:
    """Record how many rows of a batch have been read. The number never goes down."""
    running = ReadingBatch.objects.filter(pk=batch.pk, state=BatchState.CHECKING)
    running.filter(rows_done__lt=rows_done).update(rows_done=rows_done)


def refuse_batch(*, batch: ReadingBatch, report: dict, copy_to_mend: bytes = b"") -> None:
    """Mark a batch as refused, with the report of its errors. No checked rows are kept.

    If its check ended otherwise meanwhile, nothing changes.

    ``copy_to_mend``: the file with what to change in each row, if it could be read.
    """
    with action("readings.refused", by=batch.sent_by):
        if not _locked_batch(batch).may_become(BatchState.REFUSED):
            return
        total = report.get("total")
        _set_state(
            batch,
            BatchState.REFUSED,
            report=report,
            copy_to_mend=copy_to_mend,
            rows_done=total or 0,
            rows_total=total,
        )


def refuse_unchecked(*, at: datetime) -> None:
    """Refuse the batches whose check did not end in time, so that nobody waits for it in vain."""
    for batch in ReadingBatch.objects.unchecked().listed().filter(sent_at__lt=at - CHECKED_WITHIN):
        refuse_batch(batch=batch, report={"sentence": UNCHECKED})


def finish_check(
    *, batch: ReadingBatch, rows: list[ReadingVersion], report: dict, basis_hash: str
) -> None:
    """Keep the rows that passed until another person confirms them; if none, discard the batch.

    If its check ended otherwise meanwhile, nothing changes.

    ``rows`` are the checked rows that would change something. ``basis_hash`` is the hash of what
    the check rested on, taken before it began.
    """
    with action("readings.checked", by=batch.sent_by):
        if not _locked_batch(batch).may_become(BatchState.CHECKED):
            return
        _set_state(
            batch,
            BatchState.CHECKED,
            report=report,
            basis_hash=basis_hash,
            checked_rows=pack_versions(rows),
            rows_done=report["total"],
            rows_total=report["total"],
        )
        if not rows:
            reason = NOTHING_NEW if report["total"] else NO_ROWS
            _set_state(batch, BatchState.DISCARDED, decision_reason=reason)


def import_readings(*, batch: ReadingBatch, by: User, at: datetime) -> ReadingBatch:
    """Publish the checked rows of a batch, all of them or none, and return the batch.

    Raises ``SamePersonError`` for the person who sent it, ``TransitionError`` if it is decided
    already, and ``ChangedError`` if the file or what its check rested on has changed since.
    """
    with action("readings.published", by=by):
        locked = _locked_batch(batch)
        if locked.state != BatchState.CHECKED:
            raise TransitionError(locked)
        if locked.sent_by_id == by.pk:
            raise SamePersonError("You sent it, so another person approves it.")
        if sha256(bytes(locked.content)).hexdigest() != locked.content_hash:
            raise ChangedError("The file is not the one that was sent. Send it again.")
        metrics = set(locked.report["metrics"])
        lock_metrics(metrics)
        if basis_hash(check_basis(), metrics) != locked.basis_hash:
            raise ChangedError(
                "Readings or cards of its measures changed after it was checked. Delete this file "
                "and send it again: it is then checked beside what stands now."
            )
        rows = unpack_versions(bytes(locked.checked_rows))
        record_readings(rows=rows, by=locked.sent_by, at=at, batch=locked)
        _set_state(batch, BatchState.APPLIED, decided_by=by, decided_at=at)
    return batch


def discard_readings(*, batch: ReadingBatch, reason: str, by: User, at: datetime) -> ReadingBatch:
    """Discard a checked batch, with a reason, and return it. Nothing of it becomes public.

    Raises ``TransitionError`` if the batch does not wait for a decision.
    """
    with action("readings.discarded", by=by, reason=reason):
        locked = _locked_batch(batch)
        if not locked.may_become(BatchState.DISCARDED):
            raise TransitionError(locked)
        _set_state(
            batch, BatchState.DISCARDED, decided_by=by, decided_at=at, decision_reason=reason
        )
    return batch


def undo_readings(*, batch: ReadingBatch, reason: str, by: User, at: datetime) -> ReadingBatch:
    """Undo a published batch: take its readings back. What each superseded stands again.

    What a later file said of the same periods stays. What was undone counts as never published for
    a new file. Raises ``TransitionError`` if the batch is not published, and ``TooLateError`` after
    thirty days.
    """
    with action("readings.undone", by=by, reason=reason):
        locked = _locked_batch(batch)
        if not locked.may_become(BatchState.UNDONE):
            raise TransitionError(locked)
        if not locked.may_be_undone(at):
            last = day_in_words(london_day(locked.decided_at + UNDONE_WITHIN))
            raise TooLateError(f"It could be undone until {last}. Correct single readings instead.")
        lock_metrics(set(locked.report["metrics"]))
        take_back(locked.readings.all(), reason=reason)
        _set_state(batch, BatchState.UNDONE, undone_by=by, undone_at=at, undo_reason=reason)
    return batch


def review_undo(
    *, batch: ReadingBatch, seen: str, agrees: bool, remarks: str, by: User, at: datetime
) -> None:
    """Record what another person says of an undoing. If they disagree, it is published anew.

    Its readings then count from now; what later files said of the same periods stays. Raises
    ``StaleError`` if somebody looked at it before, ``SamePersonError`` for the person who undid it,
    and for the one who sent the file if they would publish it again.
    """
    with action("readings.undo_reviewed", by=by, reason=remarks):
        locked = _locked_batch(batch)
        record_review(locked.done_at_once, seen=seen, agrees=agrees, remarks=remarks, by=by, at=at)
        if agrees:
            return
        if locked.sent_by_id == by.pk:
            raise SamePersonError("You sent the file, so another person publishes it again.")
        lock_metrics(set(locked.report["metrics"]))
        later = {
            (each.series.metric_id, (each.series.icc_id, each.series.partner_id), each.period)
            for each in Reading.objects.live(Present.now(UTC)).in_place_of(locked)
        }
        # From the record, where words may have been removed since the file was checked.
        undone = locked.readings.order_by("series_id", "period", "-pk").distinct(
            "series_id", "period"
        )
        rows = [
            replace(
                row, published_at=None, recorded_at=None, taken_back_at=None, taken_back_because=""
            )
            for row in on_record(undone)
            if (row.metric_id, row.place, row.period) not in later
        ]
        record_readings(rows=rows, by=locked.sent_by, at=at, batch=locked)
        _set_state(
            batch,
            BatchState.APPLIED,
            decided_by=by,
            decided_at=at,
            undone_by=None,
            undone_at=None,
            undo_reason="",
        )


def _locked_batch(batch):
    return ReadingBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)


def _set_state(batch, state, **fields):
    """Set the state and other fields of a batch. Callers check whether it may become that."""
    for name, value in ({"state": state} | fields).items():
        setattr(batch, name, value)
    batch.save(update_fields=["state", *fields])


def record_readings(
    *, rows: list[ReadingVersion], by: User | None, at: datetime, batch: ReadingBatch | None = None
) -> int:
    """Publish checked rows, all at once, and return how many. Call it inside a transaction.

    A row without a moment counts from ``at``, to the second. It copies all rows in one command,
    because publishing thirty thousand statements one by one would take minutes.
    """
    if not rows:
        return 0
    lock_metrics({version.metric_id for version in rows})
    series = _series(rows)
    now = at.replace(microsecond=0)
    whose = by and by.pk, batch and batch.pk, "{}"
    beside_key = attrgetter(*BESIDE_KEY)
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    for version in rows:
        version.published_at = version.published_at or now
        key = series[version.metric_id, version.place], version.period
        writer.writerow((*key, *beside_key(version), *whose))
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(
            f"COPY metrics_reading ({', '.join(COLUMNS)}) FROM STDIN "
            f"(FORMAT csv, FORCE_NOT_NULL ({', '.join(WORDS)}))",
            lines,
        )
        # Check constraints here, so that a violation is an error of these rows, not of the commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return len(rows)


def lock_metrics(metrics: set[int]) -> None:
    """Lock metrics, by key, against others who record readings, until the transaction ends."""
    for metric in sorted(metrics):
        lock(f"readings of {metric}")


def _series(rows):
    """The key of each row's series, by metric and place. A series that is missing is made."""
    wanted = {(version.metric_id, version.place) for version in rows}
    metrics = {metric for metric, _ in wanted}

    def known():
        found = Series.objects.filter(metric__in=metrics).values_list(
            "metric", "icc", "partner", "pk"
        )
        return {(metric, (icc, partner)): pk for metric, icc, partner, pk in found}

    missing = wanted - known().keys()
    Series.objects.bulk_create(
        (
            Series(metric_id=metric, icc_id=icc, partner_id=partner)
            for metric, (icc, partner) in sorted(missing, key=str)
        ),
        ignore_conflicts=True,
    )
    return known()
