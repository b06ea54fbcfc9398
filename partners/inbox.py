"""What waits for a person about people: whom to confirm in the review of access."""

from datetime import timedelta

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.inbox import Box, InboxEntry, due_tag
from partners.models import AccessReview
from partners.roles import REVIEW_PEOPLE

URGENT = timedelta(days=7)


def waiting_for(user, at):
    """The entry about the people whom a person is asked to confirm, if there are any."""
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
