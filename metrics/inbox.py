"""What waits for a person about metrics and files of readings."""

from datetime import timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.inbox import Box, InboxEntry
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposals import kinds_decided_by, proposals, thing_of
from bhcp_portal.kit.reviews import not_reviewed, review_entry
from metrics.imports.presenters import named
from metrics.imports.versions import NEW, RESTATED
from metrics.models import BatchState, Metric, MetricProfile, ReadingBatch
from partners.roles import CHANGE_METRICS, CONFIRM_READINGS, SEND_READINGS

# How long a person sees that a draft of theirs was deleted, and why.
SHOWN_FOR = timedelta(days=14)
# How long a file that has errors or was not published is shown, if nobody sends it again.
LEFT_SHOWN = timedelta(days=14)


def waiting_for(user, at):
    """The entries about metrics and readings in a person's inbox; each links to the task."""
    entries = []
    if user.has_perm(CHANGE_METRICS):
        entries += _cards(user, at)
    if user.has_perm(CONFIRM_READINGS):
        entries += _files_to_confirm(user, at)
        entries += _undone_files(user, at)
    if user.has_perm(SEND_READINGS):
        entries += _own_files(user, at)
    return entries


def _files_to_confirm(user, at):
    rows = ReadingBatch.objects.accessible_to(user, CONFIRM_READINGS, at).listed()
    for batch in rows.filter(state=BatchState.CHECKED).exclude(sent_by=user):
        yield InboxEntry(
            Box.DECIDE,
            f"Approve readings: {named(batch)}",
            reverse("staff:readings_batch", args=[batch.pk]),
            meta=f"Sent by {batch.sent_by} on {day_in_words(london_day(batch.sent_at))}",
            tag=_counted(batch),
        )


def _undone_files(user, at):
    rows = ReadingBatch.objects.accessible_to(user, CONFIRM_READINGS, at).listed()
    undone = rows.filter(state=BatchState.UNDONE).select_related("sent_by", "undone_by")
    for batch in not_reviewed(undone, "undone_at"):
        yield review_entry(
            batch.done_at_once,
            user,
            about=f"Undone readings: {named(batch)}",
            href=reverse("staff:readings_review", args=[batch.pk]),
            day=london_day(at),
        )


def _own_files(user, at):
    boxes = {
        BatchState.REFUSED: (Box.RETURNED, "Mend readings"),
        BatchState.DISCARDED: (Box.RETURNED, "Not published"),
        BatchState.CHECKED: (Box.SENT, "Readings"),
        BatchState.WAITING: (Box.SENT, "Readings"),
        BatchState.CHECKING: (Box.SENT, "Readings"),
    }
    for batch in ReadingBatch.objects.filter(sent_by=user).newest_of_each_name():
        box, words = boxes.get(batch.state, (None, ""))
        meta, came_back = f"Sent on {day_in_words(london_day(batch.sent_at))}", batch.sent_at
        if batch.state == BatchState.DISCARDED:
            if batch.decided_by_id in (None, user.pk):
                continue
            meta, came_back = f"{batch.decided_by}: {batch.decision_reason}", batch.decided_at
        if box and not (box == Box.RETURNED and came_back < at - LEFT_SHOWN):
            yield InboxEntry(
                box,
                f"{words}: {named(batch)}",
                reverse("staff:readings_batch", args=[batch.pk]),
                meta=meta,
                tag=batch.get_state_display() if box == Box.RETURNED else "",
                colour="red",
            )


def _counted(batch):
    counts = batch.report.get("counts", {})
    groups = [(counts.get(NEW), "new"), (counts.get(RESTATED), "restated")]
    return ", ".join(f"{count:,} {words}" for count, words in groups if count)


# -- cards and re-bases ----------------------------------------------------------------------------


def _cards(user, at):
    """Entries for drafts of cards and re-bases that wait, and for those that were deleted."""
    metrics = {
        metric.pk: metric
        for metric in Metric.objects.accessible_with_drafts(user, CHANGE_METRICS, at).with_profile(
            at
        )
    }
    cards = MetricProfile.objects.drafts().filter(metric__in=metrics)
    own = set(cards.written_by(user).values_list("pk", flat=True))
    for draft in cards.select_related("author"):
        yield _draft_entry(
            draft,
            draft.pk in own,
            f"measure card: {draft.name}",
            reverse("staff:metric_check", args=[metrics[draft.metric_id].slug]),
        )
    for kind in kinds_decided_by(CHANGE_METRICS):
        for draft in proposals(kind, Metric.objects.filter(pk__in=metrics)):
            name = metrics[thing_of(draft).pk].profile.name
            address = reverse("staff:metric_proposal", args=[kind.model._meta.model_name, draft.pk])
            what = _named(kind, name, draft)
            yield _draft_entry(draft, draft.author_id == user.pk, what, address)
    yield from _deleted_drafts(user, at, metrics)


def _deleted_drafts(user, at, metrics):
    """Entries for a person's drafts that somebody else deleted lately, with the reason."""
    lately = {"pgh_label": "delete", "author": user, "pgh_created_at__gte": at - SHOWN_FOR}
    found = []
    for kind in (kind_of(MetricProfile), *kinds_decided_by(CHANGE_METRICS)):
        for event in kind.model.pgh_event_model.objects.filter(**lately).exclude(
            pgh_context__by=user.email
        ):
            key = event.metric_id if hasattr(event, "metric_id") else event.series.metric_id
            found.append((kind, event, metrics.get(key)))
    for kind, event, metric in found:
        name = metric.profile.name if metric and metric.profile else getattr(event, "name", "")
        yield InboxEntry(
            Box.RETURNED,
            f"Thrown away: {_named(kind, name, event)}",
            reverse("staff:metric", args=[metric.slug]) if metric else reverse("staff:metrics"),
            meta=f"{event.pgh_context['by']}: {event.pgh_context['reason']}",
        )


def _named(kind, name, row):
    """What a draft is: its kind, its measure and the day that it speaks of, if it does."""
    if kind.model is MetricProfile:
        return f"measure card: {name}"
    if day := getattr(row, "starts_on", None):
        return f"{kind.one.lower()}: {name} from {day_in_words(day)}"
    if day := getattr(row, "period", None):
        return f"{kind.one.lower()}: {name}, {day_in_words(day)}"
    return f"{kind.one.lower()}: {name}"


def _draft_entry(draft, is_own, what, address):
    if is_own:
        return InboxEntry(
            Box.SENT,
            what[0].upper() + what[1:],
            address,
            meta="You wrote it. Another person checks it",
        )
    return InboxEntry(Box.DECIDE, f"Check {what}", address, meta=f"Written by {draft.author}")
