"""What waits for a person about metrics and files of readings."""

from collections import defaultdict
from datetime import UTC, timedelta
from functools import partial
from operator import attrgetter

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import Present, day_in_words, london_day
from bhcp_portal.kit.inbox import Box, EntryPart, InboxEntry, due_tag
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.proposals import (
    approved_lately,
    deleted_lately,
    kinds_decided_by,
    proposals,
    thing_of,
)
from bhcp_portal.kit.reviews import not_reviewed, review_entry
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.waiting import Waiting, WaitingRow, together
from metrics import actions, staff_presenters
from metrics.imports.presenters import named
from metrics.imports.versions import NEW, RESTATED
from metrics.models import BatchState, FigureQuestion, Metric, MetricProfile, ReadingBatch
from metrics.presenters.freshness import freshness
from metrics.verdict import main_series, value_words, verdicts
from partners.roles import CHANGE_METRICS, CONFIRM_READINGS, SEND_READINGS

# How long a person sees that a draft of theirs was deleted, and why.
SHOWN_FOR = timedelta(days=14)
# How long a file that has errors or was not published is shown, if nobody sends it again.
LEFT_SHOWN = timedelta(days=14)
WEEK = timedelta(days=7)
# Readings are listed so long before they are expected, and cards so long before their review.
SOON = timedelta(days=7)
REVIEWED_WITHIN = timedelta(days=30)
OTHER_DATA = "measures whose card names no data set"


def waiting_for(user, at):
    """The entries about metrics and readings in a person's inbox; each links to the task."""
    entries = []
    if user.has_perm(CHANGE_METRICS):
        entries += _cards(user, at)
        entries += _cards_to_review(user, at)
        entries += _just_published(user, at)
        entries += _questions(user)
    if user.has_perm(CONFIRM_READINGS):
        entries += _files_to_confirm(user, at)
        entries += _undone_files(user, at)
    if user.has_perm(SEND_READINGS):
        entries += _own_files(user, at)
        entries += _files_just_published(user, at)
        entries += _due_readings(user, at)
    return entries


def _questions(user):
    """What readers asked about figures and nobody has answered yet."""
    for question in FigureQuestion.objects.accessible_to(user, CHANGE_METRICS).open():
        yield InboxEntry(
            Box.DUE,
            f"Answer a reader about: {question.figure}",
            reverse("staff:figure_questions"),
            meta=f"Sent on {day_in_words(london_day(question.sent_at))}",
            day=london_day(question.sent_at),
            duty="Questions about figures",
        )


def _files_to_confirm(user, at):
    rows = ReadingBatch.objects.accessible_to(user, CONFIRM_READINGS, at).listed()
    for batch in rows.filter(state=BatchState.CHECKED).exclude(sent_by=user):
        yield InboxEntry(
            Box.DECIDE,
            f"Approve readings: {named(batch)}",
            reverse("staff:readings_batch", args=[batch.pk]),
            meta=f"Sent by {batch.sent_by} on {day_in_words(london_day(batch.sent_at))}",
            tag=_counted(batch),
            day=london_day(batch.sent_at),
        )


def _undone_files(user, at):
    rows = ReadingBatch.objects.accessible_to(user, CONFIRM_READINGS, at).listed()
    undone = rows.filter(state=BatchState.UNDONE).select_related("sent_by", "undone_by")
    for batch in not_reviewed(undone, "undone_at"):
        yield review_entry(
            batch.done_at_once,
            user,
            about=f"Undone: readings of {named(batch)}",
            href=reverse("staff:readings_review", args=[batch.pk]),
            day=london_day(at),
        )


def _own_files(user, at):
    boxes = {
        BatchState.REFUSED: (Box.RETURNED, "Correct readings"),
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
                day=london_day(came_back),
            )


def _files_just_published(user, at):
    """Files that the person sent or approved in the last week."""
    rows = ReadingBatch.objects.listed().filter(Q(sent_by=user) | Q(decided_by=user))
    for batch in rows.filter(state=BatchState.APPLIED, decided_at__gt=at - WEEK):
        yield InboxEntry(
            Box.PUBLISHED,
            f"Readings: {named(batch)}",
            reverse("staff:readings_batch", args=[batch.pk]),
            meta=f"Approved by {batch.decided_by} on {day_in_words(london_day(batch.decided_at))}",
            tag=_counted(batch),
            day=london_day(batch.decided_at),
            at=batch.decided_at,
        )


def _counted(batch):
    counts = batch.report.get("counts", {})
    groups = [(counts.get(NEW), "new"), (counts.get(RESTATED), "restated")]
    return ", ".join(f"{count:,} {words}" for count, words in groups if count)


# -- readings that are due, by data set --------------------------------------------------------------


def _due_readings(user, at):
    """An entry for each data set of which readings are late or soon due, with its measures."""
    day = london_day(at)
    accessible = set(
        Metric.objects.accessible_to(user, SEND_READINGS, at).values_list("pk", flat=True)
    )
    titles = dict(Source.objects.by_title(at).values_list("pk", "title"))
    by_set = defaultdict(lambda: defaultdict(list))
    for each in freshness(at=at, day=day):
        expected = each.expected
        if each.profile.metric_id in accessible and expected and expected.expected_on <= day + SOON:
            source = titles.get(each.profile.data_source_id, OTHER_DATA)
            by_set[source][each.profile.metric_id].append(each)
    for source, measures in by_set.items():
        parts = sorted((_due_measure(found) for found in measures.values()), key=attrgetter("text"))
        earliest = min(each.expected.expected_on for found in measures.values() for each in found)
        tag, colour = due_tag(earliest, day)
        yield InboxEntry(
            Box.DUE,
            f"Send readings: {source}",
            reverse("staff:readings_send"),
            tag=tag,
            colour=colour,
            day=earliest,
            parts=tuple(parts),
            parts_named="Measures",
        )


def _due_measure(found):
    """A measure with the period that is due longest, and in how many places any is."""
    first = min(found, key=lambda each: each.expected.expected_on)
    due_on = day_in_words(first.expected.expected_on)
    places = f", and in {len(found) - 1} more places" if len(found) > 2 else ""
    places = ", and in 1 more place" if len(found) == 2 else places
    return EntryPart(
        first.profile.name,
        reverse("staff:metric", args=[first.series.metric.slug]),
        f"{first.expected.next_words}, expected by {due_on}{places}",
    )


# -- cards and re-bases ----------------------------------------------------------------------------


def _cards(user, at):
    """Entries for drafts of cards and re-bases that wait, and for those that were deleted."""
    metrics = {
        metric.pk: metric
        for metric in Metric.objects.accessible_with_drafts(user, CHANGE_METRICS, at).with_profile(
            at
        )
    }
    owners = Metric.objects.filter(pk__in=metrics).partner_names(at)
    cards = MetricProfile.objects.drafts().filter(metric__in=metrics)
    own = set(cards.written_by(user).values_list("pk", flat=True))
    for draft in cards.select_related("author"):
        yield _draft_entry(
            draft,
            kind_of(MetricProfile),
            draft.pk in own,
            f"measure card: {draft.name}",
            reverse("staff:metric_check", args=[metrics[draft.metric_id].slug]),
            owners.get(draft.metric_id, ""),
        )
    for kind in kinds_decided_by(CHANGE_METRICS):
        for draft in proposals(kind, Metric.objects.filter(pk__in=metrics)):
            metric = metrics[thing_of(draft).pk]
            address = reverse("staff:metric_proposal", args=[kind.model._meta.model_name, draft.pk])
            what = _named(kind, metric.profile.name, draft)
            is_own = draft.author_id == user.pk
            yield _draft_entry(draft, kind, is_own, what, address, owners.get(metric.pk, ""))
    yield from _deleted_drafts(user, at, metrics)


def _cards_to_review(user, at):
    """Cards whose day of review has come or comes soon, and series that their limits no longer fit."""
    day = london_day(at)
    metrics = Metric.objects.accessible_to(user, CHANGE_METRICS, at)
    owners = metrics.partner_names(at)
    cards = MetricProfile.objects.live(at).exclude(state=MetricProfile.State.RETIRED)
    for card in cards.filter(
        metric__in=metrics, review_on__lte=day + REVIEWED_WITHIN
    ).select_related("metric"):
        tag, colour = due_tag(card.review_on, day)
        yield InboxEntry(
            Box.DUE,
            f"Review the card: {card.name}",
            reverse("staff:metric_card", args=[card.metric.slug]),
            tag=tag,
            colour=colour,
            day=card.review_on,
            partner=owners.get(card.metric_id, ""),
        )
    main = main_series(list(metrics.values_list("pk", flat=True)), at)
    for verdict in verdicts(main.values(), at=at, day=day, with_sources=False):
        if verdict.limits_may_not_fit and not verdict.is_over:
            yield InboxEntry(
                Box.DUE,
                f"Check the limits: {verdict.profile.name}",
                reverse("staff:metric", args=[verdict.metric.slug]),
                meta="Most of the latest figures lie outside them or on one side of the average",
                partner=owners.get(verdict.metric.pk, ""),
                duty="Limits that may no longer fit",
            )


def _just_published(user, at):
    """Cards, targets, re-bases and notes that the person wrote or approved in the last week."""
    cards = MetricProfile.objects.live(Present.now(UTC)).filter(
        Q(author=user) | Q(checked_by=user), recorded_at__gt=at - WEEK, checked_by__isnull=False
    )
    found = [(kind_of(MetricProfile), card) for card in cards]
    for kind in kinds_decided_by(CHANGE_METRICS):
        found += [(kind, row) for row in approved_lately(kind, user, at - WEEK)]
    keys = [_metric_of(row) for _, row in found]
    metrics = Metric.objects.filter(pk__in=keys).with_profile(at).in_bulk() if keys else {}
    for (kind, row), key in zip(found, keys, strict=True):
        metric = metrics[key]
        name = metric.profile.name if metric.profile else row.name
        what = _named(kind, name, row)
        yield InboxEntry(
            Box.PUBLISHED,
            what[0].upper() + what[1:],
            reverse("staff:metric", args=[metric.slug]),
            meta=f"Written by {row.author}",
            day=london_day(row.recorded_at),
            at=row.recorded_at,
        )


def _metric_of(row):
    """The key of the measure that a card, or a statement on a series, is of."""
    return row.metric_id if hasattr(row, "metric_id") else row.series.metric_id


def _deleted_drafts(user, at, metrics):
    """Entries for a person's drafts that somebody else deleted lately, with the reason."""
    found = []
    for kind in (kind_of(MetricProfile), *kinds_decided_by(CHANGE_METRICS)):
        found += [
            (kind, event, why, metrics.get(_metric_of(event)))
            for event, why in deleted_lately(kind, user, at - SHOWN_FOR)
        ]
    for kind, event, why, metric in found:
        name = metric.profile.name if metric and metric.profile else getattr(event, "name", "")
        yield InboxEntry(
            Box.RETURNED,
            f"Draft deleted: {_named(kind, name, event)}",
            reverse("staff:metric", args=[metric.slug]) if metric else reverse("staff:metrics"),
            meta=why,
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


def _draft_entry(draft, kind, is_own, what, address, owner):
    if is_own:
        return InboxEntry(
            Box.SENT,
            what[0].upper() + what[1:],
            address,
            meta="You wrote it. Another person checks it",
            partner=owner,
        )
    return InboxEntry(
        Box.DECIDE,
        f"Check {what}",
        address,
        meta=f"Written by {draft.author}",
        partner=owner,
        together=together(kind),
    )


# -- several on one page -----------------------------------------------------------------------------


class WaitingOfMeasures(Waiting):
    """Targets, re-bases, notes on charts and links of measures that are proposed."""

    def title(self, row, at):
        metric = Metric.objects.with_profile(at).get(pk=thing_of(row).pk)
        return capfirst(_named(self.kind, metric.profile.name, row))

    def shown(self, row, moment):
        metric = Metric.objects.with_profile(moment.at).get(pk=thing_of(row).pk)
        return WaitingRow(
            reverse("staff:metric_proposal", args=[self.kind.model._meta.model_name, row.pk]),
            f"Proposed by {row.author}.",
            "staff/_changed_draft.html",
            self.compared(row, number_words=partial(value_words, profile=metric.profile)),
            staff_presenters.facts_beside(row, metric, at=moment.at, day=moment.today),
        )


class WaitingCards(Waiting):
    """Drafts of measure cards."""

    def within(self, person, at):
        return Metric.objects.accessible_with_drafts(person, CHANGE_METRICS, at)

    def title(self, row, at):
        return f"Measure card: {row.name}"

    def seen(self, row):
        return seen_token(row)

    def shown(self, row, moment):
        standing = row.metric.profiles.live(moment.at).first()
        changed, same = staff_presenters.compared(row, standing)
        return WaitingRow(
            reverse("staff:metric_check", args=[row.metric.slug]),
            f"Written by {row.author}.",
            "staff/_changed_draft.html",
            {"proposal": row, "standing": standing, "changed": changed, "same": same},
        )

    def approve(self, row, *, seen, by, at):
        return actions.publish_card(card=row, seen=seen, by=by, at=at).metric.get_absolute_url()

    def refuse(self, row, *, seen, remarks, by, at):
        actions.discard_card(card=row, seen=seen, reason=remarks, by=by, at=at)


def _waiting(kind):
    if kind.model is MetricProfile:
        return WaitingCards(kind)
    return WaitingOfMeasures(kind) if kind in kinds_decided_by(CHANGE_METRICS) else None


INBOXES = (waiting_for,)
WAITING = (_waiting,)
