"""What waits for a person about people: whom to confirm in the review of access."""

from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.inbox import Box, InboxEntry
from partners.models import AccessReview
from partners.roles import REVIEW_PEOPLE


def waiting_for(user, at):
    """The entry about the people whom a person is asked to confirm, if there are any."""
    if not user.has_perm(REVIEW_PEOPLE):
        return
    day = london_day(at)
    reviews = AccessReview.objects.waiting().asked_of(user, day).order_by("asked_at")
    if reviews:
        last_day = reviews[0].last_day
        days = (last_day - day).days
        yield InboxEntry(
            Box.DUE,
            f"Confirm who still needs an account: {len(reviews)}",
            reverse("staff:review"),
            meta=f"Until {day_in_words(last_day)}; whoever is not confirmed is suspended",
            tag="due today" if days < 1 else "due in 1 day" if days == 1 else f"due in {days} days",
            colour="red" if days <= 7 else "grey",
        )
