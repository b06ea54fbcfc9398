"""Files of readings as the staff who send and approve them see them."""

from collections import defaultdict

from django.db.models import Exists, OuterRef, Q

from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.editor.afterwards import AfterwardsOfAll
from bhcp_portal.kit.spreadsheets.remarks import ranges, ranges_words
from iccs.models import Icc
from metrics.imports.versions import EARLIER, MENDED, NEW, NOTHING, RESTATED, WITHDRAWN
from metrics.models import WHOLE_BAY, BatchState, Metric, Reading
from metrics.models.frequency import period_words
from metrics.models.reading import worked_out
from metrics.verdict import WHOLE_BAY_NAME, distinct_words
from partners.models import Partner, RoleGrant, User
from partners.roles import CONFIRM_READINGS

SHOWN = 50
MOST_KINDS_OF_ERRORS = 300
MOST_ADVICE = 3
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


def report_of(checked, by_metric, codes):
    """The result of a check as the file's page shows it: counts, first rows of each group, errors.

    ``by_metric`` are the cards and ``codes`` the codes, both by metric key. A hidden row comes
    without its number, and nothing says which of two rows was the small one.
    """
    groups = defaultdict(list)
    counts = defaultdict(int)
    for version in checked.rows:
        hidden = version.is_hidden and version.outcome != NOTHING
        for group in [version.outcome, *(["hidden"] if hidden else [])]:
            counts[group] += 1
            if len(groups[group]) < SHOWN:
                frequency = by_metric[version.metric_id].frequency
                groups[group].append(
                    {
                        "row": version.row,
                        "metric": codes[version.metric_id],
                        "scope": version.scope,
                        "period": period_words(version.period, frequency),
                        "now": version.words(),
                        "before": version.before.words() if version.before else "",
                        "difference": _difference(version, by_metric[version.metric_id]),
                        "reason": version.reason,
                    }
                )
    refused = {error.row for error in checked.errors if not error.is_of_header}
    return {
        "total": len(checked.rows) + len(refused),
        "metrics": sorted(checked.metrics),
        "counts": dict(counts),
        "fresh": sum(n for group, n in counts.items() if group not in (NOTHING, "hidden")),
        "refused": len(refused),
        "groups": dict(groups),
        "errors": grouped_errors(checked.errors),
        "error_count": len(checked.errors),
    }


def _difference(version, card):
    """How far a number is above or below the one it replaces; empty if one of them is missing."""
    if version.before is None:
        return ""
    now, before = (worked_out(*each.numbers, card.multiplier) for each in (version, version.before))
    if now is None or before is None or now == before:
        return ""
    words, _ = distinct_words(abs(now - before), 0, card)
    if card.is_percentage:
        words = f"{words.removesuffix('%')} percentage points"
    return f"{'up' if now > before else 'down'} {words}"


def grouped_errors(errors):
    """The errors grouped by column and what is wanted, each with its rows as ranges.

    At most the first 300 groups, each with up to three examples of what was found.
    """
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


def advice(errors):
    """What to change in each row, by row number, for the copy of the file with its errors.

    Of a row with many errors it tells the first few, so that the copy stays of a size with the file.
    """
    by_row = defaultdict(list)
    for error in errors:
        by_row[error.row].append(error)
    return {
        row: " ".join(
            [
                *(f"{error.column}: {error.wanted}" for error in found[:MOST_ADVICE]),
                *(["There is more to change."] if len(found) > MOST_ADVICE else []),
            ]
        )
        for row, found in by_row.items()
    }


def preview(batch, at):
    """The groups of a batch's rows, each with its key, heading, count and first rows.

    The rows have the codes of their measure and place, and the names that stand at moment ``at``.
    """
    counts, groups = batch.report.get("counts", {}), batch.report.get("groups", {})
    rows = [row for group in groups.values() for row in group]
    _lead_on(rows)
    measures = Metric.objects.filter(code__in={row["metric"] for row in rows}).with_profile(at)
    measure_names = {each.code: each.profile.short_name for each in measures if each.profile}
    place_names = names_of_places(at) if rows else {}
    for row in rows:
        row["measure_name"] = measure_names.get(row["metric"], "")
        row["place_name"] = place_names.get(row["scope"], "")
    return [
        (key, heading, counts[key], groups.get(key, []))
        for key, heading in GROUPS
        if counts.get(key)
    ]


def _lead_on(rows):
    """Gives rows that were checked before a code changed the code of today."""
    present = present_names()
    for row in rows if present else ():
        for name, models in (("metric", (Metric,)), ("scope", (Partner, Icc))):
            found = (present.get((model, "code", row[name])) for model in models)
            row[name] = next(filter(None, found), row[name])


def names_of_places(at):
    """The names of the places that readings are of, by code."""
    partners = Partner.objects.known_at(at).with_name(at, london_day(at))
    iccs = Icc.objects.known_at(at).with_profile(at)
    return (
        {WHOLE_BAY: WHOLE_BAY_NAME}
        | {partner.code: partner.name for partner in partners}
        | {icc.code: icc.profile.name for icc in iccs}
    )


def approvals(batch):
    """Who published a batch and when, the first time first: again where an undoing was not agreed with.

    They are read from its history.
    """
    published = batch.events.filter(state=BatchState.APPLIED, decided_at__isnull=False)
    return (
        published.order_by("decided_at", "pgh_id")
        .distinct("decided_at")
        .select_related("decided_by")
    )


def errors(batch):
    """The grouped errors of a batch, each with its rows in words as ``where``."""
    return [
        kind | {"where": ranges_words(kind["ranges"])} for kind in batch.report.get("errors", [])
    ]


def remarks(batch):
    """How a file was read, each remark with its rows in words as ``where``."""
    return [
        remark | {"where": ranges_words(remark["ranges"]) if remark["ranges"] else ""}
        for remark in batch.report.get("remarks", [])
    ]


def metrics_of(batch, at):
    """The metrics that a batch has readings of, with their cards, by name."""
    keys = batch.report.get("metrics", [])
    found = Metric.objects.filter(pk__in=keys).with_profile(at)
    return sorted((m for m in found if m.profile), key=lambda m: m.profile.name)


def confirmers(batch, *, at):
    """The people who may approve a batch, by name.

    They may approve readings of every metric in it and did not send it.
    """
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


def later_readings(batch, at):
    """The first 50 readings that later files put in place of a batch's own, in words.

    They stay where the batch is undone.
    """
    found = list(Reading.objects.live(at).in_place_of(batch).select_related("batch")[:SHOWN])
    metrics = Metric.objects.with_profile(at).in_bulk({each.series.metric_id for each in found})
    places = names_of_places(at) if found else {}
    return [
        {
            "metric": metrics[each.series.metric_id].profile.short_name,
            "scope": places.get(each.series.scope, each.series.scope),
            "period": period_words(each.period, metrics[each.series.metric_id].profile.frequency),
            "published": day_in_words(london_day(each.published_at)),
            "batch": each.batch,
        }
        for each in found
    ]


def after_undoing(batch, at):
    """What stands once a batch is undone; two queries. ``at``: now."""
    own = Reading.objects.live(at).filter(batch=batch)
    same = Reading.objects.not_taken_back().filter(
        series=OuterRef("series"), period=OuterRef("period")
    )
    # One of a single number may have no file.
    others = same.exclude(pk__in=batch.readings.values("pk"))
    again = own.filter(Exists(others.order_by())).count()
    return AfterwardsOfAll(again, own.count() - again, [])


def named(batch):
    """A batch in a few words: ``readings.csv, 1,204 rows``."""
    rows = batch.rows_total
    if not rows:
        return batch.file_name
    return f"{batch.file_name}, {rows:,} row{'s' if rows != 1 else ''}"
