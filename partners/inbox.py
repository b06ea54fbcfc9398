"""What waits for a person about people, partners and sources, and whose roles end with their body."""

from datetime import UTC, timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import Present, day_in_words, london_day
from bhcp_portal.kit.editor.ageing import aged_entries
from bhcp_portal.kit.editor.inbox import nobody_looks_at
from bhcp_portal.kit.inbox import Box, InboxEntry, due_tag
from bhcp_portal.kit.kinds import kind_of, kinds
from bhcp_portal.kit.statements import Certainty
from bhcp_portal.kit.waiting import left_alone
from partners.models import AccessEnd, AccessReview, Partner, SourceProfile
from partners.roles import KEEP_RECORD, MANAGE_PEOPLE, REVIEW_PEOPLE, roles_with

URGENT = timedelta(days=7)


def waiting_for(user, at):
    """The entries about people to confirm, bodies that end, and partners and sources to look at."""
    if user.has_perm(MANAGE_PEOPLE) and user.partner_scope(MANAGE_PEOPLE) is None:
        yield from _bodies_that_end(at)
        yield from _roles_cut_short(at)
        yield from _left_alone(at)
    if user.has_perm(REVIEW_PEOPLE):
        yield from _people_to_confirm(user, at)
    if user.has_perm(KEEP_RECORD):
        members = Partner.objects.accessible_to(user, KEEP_RECORD, at).members(at, london_day(at))
        yield from aged_entries(members, duty="Partners with facts older than a year", at=at)
        if user.partner_scope(KEEP_RECORD) is None:
            yield from _unchecked_sources()


def _people_to_confirm(user, at):
    day = london_day(at)
    reviews = AccessReview.objects.waiting().asked_of(user, day).order_by("asked_at")
    if reviews:
        last_day = reviews[0].last_day
        # It may be confirmed until the night in which the person is suspended.
        tag, _ = due_tag(max(last_day, day), day)
        yield InboxEntry(
            Box.DUE,
            f"Confirm who still needs an account: {len(reviews)}",
            reverse("staff:review"),
            meta=f"Until {day_in_words(last_day)}; whoever is not confirmed is suspended",
            tag=tag,
            day=last_day,
            colour="red" if last_day - day <= URGENT else "grey",
        )


def _bodies_that_end(at):
    day = london_day(at)
    ends = AccessEnd.objects.in_force().with_roles_left()
    names = Partner.objects.with_name(at, day).in_bulk([end.partner_id for end in ends])
    for end in ends:
        number = end.roles_left().values("person").distinct().count()
        people = "1 person" if number == 1 else f"{number} people"
        verb = "holds" if number == 1 else "hold"
        tag, _ = due_tag(max(end.last_day, day), day)
        yield InboxEntry(
            Box.DUE,
            f"{people} {verb} a role for {names[end.partner_id].name} beyond "
            f"{day_in_words(end.last_day)}",
            end.get_absolute_url(),
            meta="No role ends by itself: end it, or give one elsewhere",
            tag=tag,
            day=end.last_day,
            colour="red" if end.last_day - day <= URGENT else "grey",
        )


def _roles_cut_short(at):
    """Whose roles end on a day that was said for a leaving which moved or was called off since."""
    day = london_day(at)
    overtaken = AccessEnd.objects.overtaken(day).with_names()
    in_force = {end.partner_id: end for end in AccessEnd.objects.in_force()}
    for end in overtaken:
        people = {grant.person for grant in end.cut_short().select_related("person")}
        if not people:
            continue
        who = "1 person" if len(people) == 1 else f"{len(people)} people"
        now = in_force.get(end.partner_id)
        why = (
            f"Its people may sign in until {day_in_words(now.last_day)}"
            if now
            else "It stays a partner"
        )
        tag, _ = due_tag(end.last_day, day)
        address = reverse("staff:people")
        yield InboxEntry(
            Box.DUE,
            f"The roles of {who} of {end.partner_name} end after {day_in_words(end.last_day)}",
            people.pop().get_absolute_url() if len(people) == 1 else address,
            meta=f"{why}. Give the roles again, if they should go on",
            tag=tag,
            day=end.last_day,
        )


def _left_alone(at):
    """What nobody holds a role to approve, or to look at after it was taken back."""
    seen = set()
    for way, row in left_alone(kinds(), at):
        if (type(row), row.pk) not in seen:
            seen.add((type(row), row.pk))
            yield _alone(f"Nobody may approve: {way.title(row, at)}", way.kind)
    for done in nobody_looks_at(at):
        yield _alone(f"Nobody else may look at: {done.title}", done.proposed[0].of_kind)


def _alone(words, kind):
    roles = " or ".join(role.label for role in roles_with(kind.approver))
    return InboxEntry(
        Box.DUE,
        words,
        reverse("staff:people"),
        meta=f"Give somebody the role: {roles}",
        duty="What waits for somebody with a role",
    )


def _unchecked_sources():
    unchecked = SourceProfile.objects.live(Present.now(UTC)).filter(certainty=Certainty.UNCHECKED)
    for profile in unchecked.order_by("title", "pk"):
        yield InboxEntry(
            Box.DUE,
            f"Check the source: {profile.title}",
            reverse("staff:record_row", args=[kind_of(SourceProfile).slug, profile.pk]),
            meta="What the portal says of it was never checked against the source itself",
            duty="Sources that nobody checked",
        )


INBOXES = (waiting_for,)
