"""What waits for a person in the editor: to decide, returned, drafts, sent, and what was done."""

from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.urls import reverse

from bhcp_portal.kit.actions import seen_token
from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editor_carrying
from bhcp_portal.kit.editor.presenters import early_ends, shown_rows
from bhcp_portal.kit.editor.preview import page_of
from bhcp_portal.kit.editor.proposal import Proposal, State
from bhcp_portal.kit.editor.reach import Reach, somebody_else
from bhcp_portal.kit.editor.resting import counts_resting
from bhcp_portal.kit.editor.words import ThingNames
from bhcp_portal.kit.inbox import Box, InboxEntry
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.reviews import not_reviewed, review_entry
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.waiting import MOST_TOGETHER, Waiting, WaitingRow, sent_by, together

SHOWN_FOR = timedelta(days=7)
# How long a person sees that something of theirs was deleted, and why.
DELETED_SHOWN_FOR = timedelta(days=14)
# The same of what was taken back.
TAKEN_BACK_SHOWN_FOR = timedelta(days=14)


def waiting_for(user, at):
    """The inbox entries of a person about proposals and takings back."""
    if not user.has_perm("kit.view_proposal"):
        return
    yield from _withdrawn_sources(user)
    reach = Reach(user, at)
    own = set(Proposal.objects.open().written_by(user).values_list("pk", flat=True))
    concern = set(Proposal.objects.open().of_hand(user).values_list("pk", flat=True))
    for proposal in Proposal.objects.open().select_related("author", "submitted_by", "decided_by"):
        has_hand, is_concerned = proposal.pk in own, proposal.pk in concern
        yield from _open_entry(proposal, user, reach, has_hand=has_hand, is_concerned=is_concerned)
    yield from _deleted(user, at, reach)
    yield from _refused_on_their_day(reach)
    yield from _just_published(user, at, reach)
    yield from _taken_back_from(user, at)
    yield from _taken_back(user, at, reach)


def _open_entry(proposal, user, reach, *, has_hand, is_concerned):
    href = proposal.get_absolute_url()
    is_sent = proposal.state == State.SUBMITTED
    if is_sent and not has_hand and reach.may_all("approver", proposal):
        yield InboxEntry(
            Box.DECIDE,
            f"Approve: {proposal.title}",
            href,
            meta=f"Sent by {proposal.submitted_by} on {_day(proposal.submitted_at)}",
            day=london_day(proposal.submitted_at),
            partner=reach.partner_of(proposal),
            together=together(proposal.proposed[0].of_kind)
            if len(proposal.rows) <= MOST_TOGETHER
            else None,
            refusal=partial(actions.refusal_of, proposal, at=reach.at),
        )
    elif not is_concerned:
        return
    elif is_sent:
        yield InboxEntry(
            Box.SENT,
            proposal.title,
            href,
            meta=f"Sent on {_day(proposal.submitted_at)}. Another person approves it",
            day=london_day(proposal.submitted_at),
            partner=reach.partner_of(proposal),
        )
    elif proposal.state == State.RETURNED:
        yield InboxEntry(
            Box.RETURNED,
            f"Change: {proposal.title}",
            href,
            meta=f"{proposal.decided_by}: {proposal.remarks}",
            day=london_day(proposal.decided_at),
            partner=reach.partner_of(proposal),
        )
    elif proposal.author_id == user.pk:
        yield InboxEntry(
            Box.DUE,
            f"Finish: {proposal.title}",
            href,
            meta=f"Your draft of {_day(proposal.edited_at)}",
            partner=reach.partner_of(proposal),
        )


def _deleted(user, at, reach):
    """What the person wrote in or sent and somebody else deleted lately, with the reason."""
    lately = Proposal.objects.filter(state=State.DROPPED, decided_at__gt=at - DELETED_SHOWN_FOR)
    for proposal in lately.exclude(decided_by=user).of_hand(user).select_related("decided_by"):
        yield InboxEntry(
            Box.RETURNED,
            f"Draft deleted: {proposal.title}",
            proposal.get_absolute_url(),
            meta=f"{proposal.decided_by}: {proposal.remarks}".removesuffix(": "),
            day=london_day(proposal.decided_at),
        )


def _refused_on_their_day(reach):
    """What was approved for a day and could not go on the record on it."""
    for proposal in Proposal.objects.unfinished().exclude(remarks=""):
        if reach.may_all("writer", proposal) or reach.may_all("approver", proposal):
            yield InboxEntry(
                Box.DUE,
                f"Not on the record on its day: {proposal.title}",
                proposal.get_absolute_url(),
                meta=proposal.remarks,
                partner=reach.partner_of(proposal),
            )


def _just_published(user, at, reach):
    rows = Proposal.objects.filter(state=State.PUBLISHED, decided_at__gt=at - SHOWN_FOR)
    written = Proposal.objects.written_by(user).values("pk")
    for proposal in rows.filter(Q(pk__in=written) | Q(decided_by=user)).select_related(
        "decided_by"
    ):
        yield InboxEntry(
            Box.PUBLISHED,
            proposal.title,
            proposal.get_absolute_url(),
            meta=f"Approved by {proposal.decided_by} on {_day(proposal.decided_at)}",
            tag="Taken back" if actions.is_taken_back(proposal) else "",
            colour="red",
            day=london_day(proposal.decided_at),
            at=proposal.decided_at,
            partner=reach.partner_of(proposal),
        )


def _taken_back_from(user, at):
    """What the person wrote or approved and somebody else took back lately, with the reason."""
    lately = Proposal.objects.done_at_once().filter(decided_at__gt=at - TAKEN_BACK_SHOWN_FOR)
    lately = list(lately.exclude(author=user).select_related("author"))
    own = _own_taken_back(user, [row for done in lately for row in done.proposed])
    for done in lately:
        first = next((row for row in done.proposed if (row.kind, row.replaces) in own), None)
        if first:
            yield InboxEntry(
                Box.RETURNED,
                done.title,
                reverse("staff:record_row", args=[first.kind, first.replaces]),
                meta=f"Taken back by {done.author}: {done.remarks}",
                day=london_day(done.decided_at),
            )


def _own_taken_back(user, rows):
    """Which of some taken back rows a person wrote or approved: pairs of a kind and a key.

    What stands again is left out. Three queries a kind.
    """
    by_kind = {}
    for row in rows:
        by_kind.setdefault(row.of_kind, []).append(row.replaces)
    found = set()
    for kind, keys in by_kind.items():
        taken = kind.model.objects.filter(pk__in=keys, taken_back_at__isnull=False)
        events = kind.model.pgh_event_model.objects.filter(pgh_context__by=user.email)
        acted = events.filter(pgh_obj_id__in=keys, taken_back_at__isnull=True)
        own = {*acted.values_list("pgh_obj_id", flat=True)}
        own |= {*taken.written_by(user).values_list("pk", flat=True)}
        found |= {(kind.slug, pk) for pk in taken.values_list("pk", flat=True) if pk in own}
    return found


def _taken_back(user, at, reach):
    """What somebody took back at once and nobody has looked at yet."""
    rows = not_reviewed(Proposal.objects.done_at_once(), "decided_at").select_related("author")
    for proposal in rows:
        if reach.may_review(proposal):
            yield review_entry(
                proposal.done_at_once,
                user,
                about=proposal.title,
                href=reverse("staff:proposal_review", args=[proposal.rows[0]["kind"], proposal.pk]),
                day=london_day(at),
            )


def nobody_looks_at(at):
    """What somebody took back and nobody else may look at."""
    for done in not_reviewed(Proposal.objects.done_at_once(), "decided_at").select_related(
        "author"
    ):
        if not somebody_else(
            lambda person, done=done: Reach(person, at).may_review(done), but=done.author, at=at
        ):
            yield done


def _withdrawn_sources(user):
    """What still rests on a source that was withdrawn, for who keeps the record of all partners."""
    keep = kind_of(Source.profile_model()).writer
    may_keep = user.has_perm(keep) and user.partner_scope(keep) is None
    withdrawn = list(Source.objects.withdrawn()) if may_keep else []
    counts = counts_resting(withdrawn) if withdrawn else {}
    for source in withdrawn:
        if count := sum(number for _, number in counts.get(source.pk, ())):
            profile = source.last_profile
            rows = f"{count} statement{'' if count == 1 else 's'}"
            yield InboxEntry(
                Box.DUE,
                f"Withdrawn source: {profile.title}",
                reverse("staff:record_thing", args=["source", source.slug]),
                meta=f"{rows} still rest{'s' if count == 1 else ''} on it. "
                f"Withdrawn on {_day(profile.taken_back_at)}: {profile.taken_back_because}",
            )


class WaitingProposals(Waiting):
    """Proposals to the record, of one row or many of a kind."""

    name = "proposal"
    returns = True

    def drafts(self):
        found = Proposal.objects.first_of_kind(self.kind.slug).filter(state=State.SUBMITTED)
        return found.select_related("author", "submitted_by").order_by("submitted_at", "pk")

    def waiting(self, person, at):
        reach, found = Reach(person, at), self.drafts()
        own = set(found.written_by(person).values_list("pk", flat=True))
        found = [each for each in found if reach.may_all("approver", each)]
        decided = [each for each in found if each.takes_one or each.pk not in own]
        return decided, len(found) - len(decided)

    def sent(self, person, at, keys):
        reach = Reach(person, at)
        listed = Proposal.objects.first_of_kind(self.kind.slug).exclude(state=State.AT_ONCE)
        found = listed.select_related("author", "submitted_by").in_bulk(keys)
        sent = [found[key] for key in keys if key in found]
        return [each for each in sent if reach.may_all("approver", each)]

    def rows_of(self, row):
        return len(row.rows)

    def title(self, row, at):
        return row.title

    def seen(self, row):
        return seen_token(row)

    def shown(self, row, moment):
        names = ThingNames(moment.at)
        return WaitingRow(
            row.get_absolute_url(),
            sent_by(row.submitted_by, row.submitted_at),
            "kit/editor/_changed_rows.html",
            {"rows": shown_rows(row, names)},
            facts=[f"Is that day right? {words}" for words in early_ends(row, names)],
            refusal=actions.refusal_of(row, at=moment.at) or "",
        )

    def approve(self, row, *, seen, by, at):
        made = actions.approve(proposal=row, seen=seen, by=by, at=at)
        return page_of(kind_of(type(made[0])), made[0]) if made else ""

    def refuse(self, row, *, seen, remarks, by, at):
        actions.send_back(proposal=row, seen=seen, remarks=remarks, by=by, at=at)


def waiting_proposals(kind):
    """The proposals of a kind that the editor writes, by a form of its own or another's."""
    return WaitingProposals(kind) if editor_carrying(kind.slug) else None


WAITING = (waiting_proposals,)


def _day(moment):
    return day_in_words(london_day(moment))
