"""Files of readings as those who send and confirm them see them."""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.inbox import Box, Entry
from iccs.models import Icc
from partners.models import Partner, RoleGrant, User
from partners.roles import CONFIRM_READINGS, SEND_READINGS
from programmes.models import BatchState, Metric, Reading, ReadingBatch, Series
from programmes.models.metric import WHOLE_BAY
from programmes.models.period import last_day, next_period, period_words
from programmes.models.reading import worked_out
from programmes.readings import (
    EARLIER,
    MENDED,
    NEW,
    NOTHING,
    RESTATED,
    WITHDRAWN,
)
from programmes.verdict import value_words

SHOWN = 50
MOST_KINDS_OF_ERRORS = 300
DUE_AT_MOST = 12
# A file with errors, or one that was not published, is given up if nobody sends it again in so long.
LEFT_SHOWN = timedelta(days=14)
# The groups of the preview in its order: the key, and its heading.
GROUPS = (
    (NEW, "New"),
    (RESTATED, "Restated"),
    (WITHDRAWN, "Taken back"),
    (MENDED, "Mended"),
    (EARLIER, "Earlier versions, which change nothing today"),
    ("hidden", "Hidden: too small to publish"),
    (NOTHING, "Unchanged"),
)


# -- what a check found ---------------------------------------------------------------------------


def report_of(checked, by_metric, codes):
    """What checking a file found, as its page shows it: counts, the first rows of each group, errors.

    ``by_metric``: the cards; ``codes``: of the metrics, by key. A row that is hidden is told without its
    number, and nothing says which of two was the small one.
    """
    groups = defaultdict(list)
    counts = defaultdict(int)
    for said in checked.rows:
        hidden = said.is_hidden and said.outcome != NOTHING
        for group in [said.outcome, *(["hidden"] if hidden else [])]:
            counts[group] += 1
            if len(groups[group]) < SHOWN:
                frequency = by_metric[said.metric_id].frequency
                groups[group].append(
                    {
                        "row": said.row,
                        "metric": codes[said.metric_id],
                        "scope": said.scope,
                        "period": period_words(said.period, frequency),
                        "now": said.words(),
                        "before": said.before.words() if said.before else "",
                        "difference": _difference(said, by_metric[said.metric_id]),
                        "reason": said.reason,
                    }
                )
    refused = {error.row for error in checked.errors}
    return {
        "total": len(checked.rows) + len(refused),
        "metrics": sorted(checked.metrics),
        "counts": dict(counts),
        "fresh": sum(n for group, n in counts.items() if group not in (NOTHING, "hidden")),
        "refused": len(refused),
        "groups": dict(groups),
        "errors": errors_of(checked.errors),
        "error_count": len(checked.errors),
    }


def _difference(said, card):
    """By how much the number differs from the one it takes the place of; empty where one has none."""
    if said.before is None:
        return ""
    now, before = (worked_out(*each.numbers, card.multiplier) for each in (said, said.before))
    if now is None or before is None or now == before:
        return ""
    words = value_words(abs(now - before), card)
    if card.is_percentage:
        words = f"{words.removesuffix('%')} percentage points"
    return f"{'up' if now > before else 'down'} {words}"


def errors_of(errors):
    """The errors by column and what is wanted, the same over many rows as ranges."""
    found = {}
    for error in errors:
        kind = found.setdefault((error.column, error.wanted), {"found": [], "rows": []})
        if error.found not in kind["found"] and len(kind["found"]) < 3:
            kind["found"].append(error.found)
        kind["rows"].append(error.row)
    return [
        {
            "column": column,
            "wanted": wanted,
            "found": kind["found"],
            "count": len(kind["rows"]),
            "ranges": ranges(kind["rows"]),
        }
        for (column, wanted), kind in list(found.items())[:MOST_KINDS_OF_ERRORS]
    ]


def ranges(rows):
    """Numbers of rows as ranges: ``[[2, 14], [17, 17]]``."""
    found = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return found


def ranges_words(found, most=12):
    """``2 to 14 and 17``."""
    parts = [str(a) if a == b else f"{a} to {b}" for a, b in found[:most]]
    if len(found) > most:
        parts.append("more")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def advice(report):
    """What to change in each row, for the copy with the errors."""
    told = defaultdict(list)
    for kind in report["errors"]:
        for first, last in kind["ranges"]:
            for row in range(first, last + 1):
                told[row].append(f"{kind['column']}: {kind['wanted']}")
    return {row: " ".join(words) for row, words in told.items()}


# -- what the pages show --------------------------------------------------------------------------


def preview(batch):
    """The groups of a batch's rows, each with its key, heading, count and first rows."""
    counts, rows = batch.report.get("counts", {}), batch.report.get("groups", {})
    return [
        (key, heading, counts[key], rows.get(key, [])) for key, heading in GROUPS if counts.get(key)
    ]


def errors(batch):
    """The errors of a batch with the rows they are in, in words."""
    return [
        kind | {"where": ranges_words(kind["ranges"])} for kind in batch.report.get("errors", [])
    ]


def metrics_of(batch, at):
    """The metrics that a batch speaks of, with their cards."""
    keys = batch.report.get("metrics", [])
    found = Metric.objects.filter(pk__in=keys).with_profile(at)
    return sorted((m for m in found if m.profile), key=lambda m: m.profile.name)


def confirmers(batch, *, at):
    """The people who may approve a batch, by name: they reach every metric of it and did not send it."""
    day = london_day(at)
    held = RoleGrant.objects.held_on(day)
    owners = {metric.profile.owner_id for metric in metrics_of(batch, at)}
    people = User.objects.filter(is_active=True).exclude(pk=batch.sent_by_id)
    wanted = Q(pk__in=held.carrying(CONFIRM_READINGS, []).values("person"))
    if owners and None not in owners:
        reaches = Q()
        for owner in owners:
            reaches &= Q(pk__in=held.carrying(CONFIRM_READINGS, [owner]).values("person"))
        wanted |= reaches
    return list(people.filter(wanted))


def hindering(batch, at):
    """The readings that keep a batch from being undone: metric, scope, period and when they came."""
    found = list(Reading.objects.in_place_of(batch)[:SHOWN])
    metrics = Metric.objects.with_profile(at).in_bulk({each.series.metric_id for each in found})
    return [
        {
            "metric": metrics[each.series.metric_id].profile.short_name,
            "scope": each.series.scope,
            "period": period_words(each.period, metrics[each.series.metric_id].profile.frequency),
            "published": day_in_words(london_day(each.published_at)),
        }
        for each in found
    ]


# -- what staff are asked for ---------------------------------------------------------------------


def rows_due(metric, card, *, day):
    """Of each scope of a metric the periods that have ended without a reading, as cells to fill in.

    Where none has ended since the newest, the one that runs now; where a metric has no series yet, the
    last period of the whole bay.
    """
    newest = {}
    readings = Reading.objects.published().filter(series__metric=metric)
    for series, period in readings.values_list("series", "period"):
        newest[series] = max(period, newest.get(series, period))
    due = []
    for series in Series.objects.filter(metric=metric).with_scope().main_first():
        if series.pk not in newest:
            continue
        period = next_period(newest[series.pk], card.frequency)
        for _ in range(DUE_AT_MOST):
            due.append((series.scope, period))
            period = next_period(period, card.frequency)
            if last_day(period, card.frequency) >= day:
                break
    return due or [(WHOLE_BAY, _last_ended(card.frequency, day))]


def scopes_of(metric, *, at, day):
    """The places a reading may be of, as choices: the whole bay, where it was counted before, every ICC."""
    names = {WHOLE_BAY: "The whole of Morecambe Bay"}
    partners = Partner.objects.with_name(at, day).in_bulk(
        list(metric.series.exclude(partner=None).values_list("partner", flat=True))
    )
    names |= {partner.code: partner.name for partner in partners.values()}
    for icc in Icc.objects.known_at(at).with_profile(at):
        names[icc.code] = icc.profile.name
    return list(names.items())


def about(card):
    """What a metric is, as pairs of words for the second sheet of a template."""
    return [
        ("metric", card.name),
        ("how it is worked out", card.method),
        *(
            [("numerator", card.numerator_words), ("denominator", card.denominator_words)]
            if card.has_parts
            else [("value", f"the number, in {card.unit}")]
        ),
        ("how often", card.get_frequency_display()),
        ("small numbers", card.get_small_numbers_display()),
    ]


def _last_ended(frequency, day):
    """The first day of the last period of a frequency that ended before a day."""
    start = date(day.year - 2, 1, 1)
    if frequency == "week":
        start = date.fromordinal(start.toordinal() - start.weekday())
    while last_day(next_period(start, frequency), frequency) < day:
        start = next_period(start, frequency)
    return start


# -- the staff home page --------------------------------------------------------------------------


def waiting_for(user, at):
    """What waits for a person among the files of readings, for the staff home page."""
    entries = []
    if user.has_perm(CONFIRM_READINGS):
        entries += _to_confirm(user, at)
    if user.has_perm(SEND_READINGS):
        entries += _own(user, at)
    return entries


def _to_confirm(user, at):
    rows = ReadingBatch.objects.within_reach(user, CONFIRM_READINGS, at).listed()
    for batch in rows.filter(state=BatchState.CHECKED).exclude(sent_by=user):
        yield Entry(
            Box.DECIDE,
            f"Approve readings: {named(batch)}",
            reverse("staff:readings_batch", args=[batch.pk]),
            meta=f"Sent by {batch.sent_by} on {day_in_words(london_day(batch.sent_at))}",
            tag=_counted(batch),
        )


def _own(user, at):
    boxes = {
        BatchState.REFUSED: (Box.RETURNED, "Mend readings"),
        BatchState.DISCARDED: (Box.RETURNED, "Not published"),
        BatchState.CHECKED: (Box.SENT, "Readings"),
        BatchState.WAITING: (Box.SENT, "Readings"),
        BatchState.CHECKING: (Box.SENT, "Readings"),
    }
    newest = {}
    for batch in ReadingBatch.objects.filter(sent_by=user).listed().order_by("sent_at", "pk"):
        # A file that was sent again is no longer waited for.
        newest[batch.file_name] = batch
    for batch in newest.values():
        box, words = boxes.get(batch.state, (None, ""))
        meta, came_back = f"Sent on {day_in_words(london_day(batch.sent_at))}", batch.sent_at
        if batch.state == BatchState.DISCARDED:
            if batch.decided_by_id in (None, user.pk):
                continue
            meta, came_back = f"{batch.decided_by}: {batch.decision_reason}", batch.decided_at
        if box and not (box == Box.RETURNED and came_back < at - LEFT_SHOWN):
            yield Entry(
                box,
                f"{words}: {named(batch)}",
                reverse("staff:readings_batch", args=[batch.pk]),
                meta=meta,
                tag=batch.get_state_display() if box == Box.RETURNED else "",
                colour="red",
            )


def named(batch):
    """A batch in a few words: ``readings.csv, 1,204 rows``."""
    rows = batch.rows_total
    if not rows:
        return batch.file_name
    return f"{batch.file_name}, {rows:,} row{'s' if rows != 1 else ''}"


def _counted(batch):
    counts = batch.report.get("counts", {})
    said = [(counts.get(NEW), "new"), (counts.get(RESTATED), "restated")]
    return ", ".join(f"{count:,} {words}" for count, words in said if count)
