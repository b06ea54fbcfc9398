"""What waits for a person about people: whom to confirm, and whose roles end with their body."""

from datetime import timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.inbox import Box, InboxEntry, due_tag
from partners.models import AccessEnd, AccessReview, Partner
from partners.roles import MANAGE_PEOPLE, REVIEW_PEOPLE

URGENT = timedelta(days=7)


def waiting_for(user, at):
    """The entries about people whom a person is asked to confirm, and about bodies that end."""
    if user.has_perm(MANAGE_PEOPLE) and user.partner_scope(MANAGE_PEOPLE) is None:
        yield from _bodies_that_end(at)
    if not user.has_perm(REVIEW_PEOPLE):
        return
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
            colour="red" if last_day - day <= URGENT else "grey",
        )


def _bodies_that_end(at):
    day = london_day(at)
    ends = AccessEnd.objects.approved().with_roles_left()
    names = Partner.objects.with_name(at, day).in_bulk([end.partner_id for end in ends])
    for end in ends:
        number = end.roles_left().values("person").distinct().count()
        people = "1 person" if number == 1 else f"{number} people"
        verb = "loses their role" if number == 1 else "lose their roles"
        tag, _ = due_tag(max(end.last_day, day), day)
        yield InboxEntry(
            Box.DUE,
            f"{people} of {names[end.partner_id].name} {verb} after {day_in_words(end.last_day)}",
            end.get_absolute_url(),
            meta="End or move their roles",
            tag=tag,
            colour="red" if end.last_day - day <= URGENT else "grey",
        )
