"""The staff home page: what waits for the person who is signed in, from every app."""

from django.shortcuts import render
from django.urls import reverse

from bhcp_portal.kit.access import opens, staff_only
from bhcp_portal.kit.inbox import Box, all_waiting_for, filled_boxes
from partners.models import Partner
from partners.roles import (
    CHANGE_METRICS,
    DECIDE_NEWS,
    DECIDE_RECORD,
    DECIDE_STATUS,
    KEEP_RECORD,
    MANAGE_PEOPLE,
    REVIEW_PEOPLE,
    RUN_TASKS,
    SEE_METRICS,
    SEE_NEWS,
    SEE_PEOPLE,
    SEE_PROGRAMMES,
    SEE_RECORD,
    SEE_SECURITY,
    SEE_TASKS,
    SEND_READINGS,
    WRITE_NEWS,
    WRITE_RECORD,
    WRITE_STATUS,
)

# For each page: pairs of a permission and what its holder can do there. The person is shown the
# first one that fits.
CAN = (
    (
        "staff:programmes",
        (
            (WRITE_STATUS, "Write status updates and change milestones"),
            (DECIDE_STATUS, "Approve status updates"),
            (SEE_PROGRAMMES, "Read how programmes stand and what is due"),
        ),
    ),
    (
        "staff:metrics",
        (
            (CHANGE_METRICS, "Look after measures, their readings and targets"),
            (SEE_METRICS, "Read how measures stand and what is late"),
        ),
    ),
    (
        "staff:readings",
        (
            (SEND_READINGS, "Send readings, and approve those of others"),
            (SEE_METRICS, "See which files of readings were sent"),
        ),
    ),
    (
        "staff:figure_questions",
        ((CHANGE_METRICS, "Answer what readers ask about figures"),),
    ),
    (
        "staff:news",
        (
            (DECIDE_NEWS, "Write, approve and publish news"),
            (WRITE_NEWS, "Write news"),
            (SEE_NEWS, "Read news before it is public"),
        ),
    ),
    (
        "staff:record",
        (
            (
                KEEP_RECORD,
                "Add, correct and end what the portal says, and approve what others wrote",
            ),
            (WRITE_RECORD, "Add, correct and end what the portal says of your programmes"),
            (DECIDE_RECORD, "Approve what others wrote about your programmes"),
            (SEE_RECORD, "Read what the record says of a thing, and its history"),
        ),
    ),
    (
        "staff:security",
        ((SEE_SECURITY, "Read the security log: sign-ins, refusals, changed roles"),),
    ),
    (
        "staff:review",
        ((REVIEW_PEOPLE, "Confirm who still needs an account"),),
    ),
    (
        "staff:jobs",
        (
            (RUN_TASKS, "See the work in the background, and decide on what failed"),
            (SEE_TASKS, "See the work in the background"),
        ),
    ),
    (
        "staff:people",
        (
            (MANAGE_PEOPLE, "Invite people, give and end their roles"),
            (SEE_PEOPLE, "See who holds which role"),
        ),
    ),
)


@staff_only()
def staff_home(request):
    """What waits for the person who asks, box by box, and what they can do here."""
    person, moment = request.user, request.moment
    entries = all_waiting_for(person, moment.at)
    own = Partner.objects.filter(pk=person.partner_id).partner_names(moment.at)
    context = {
        "boxes": filled_boxes(entries, own=own.get(person.partner_id, "")),
        "waits": any(entry.box in (Box.DECIDE, Box.RETURNED, Box.DUE) for entry in entries),
        "roles": _roles(person, moment),
        "can": _can(person),
    }
    return render(request, "staff/home.html", context)


def _roles(person, moment):
    """The person's roles in words: ``Programme editor for Lancashire County Council``."""
    grants = person.current_grants()
    partners = Partner.objects.with_name(moment.at, moment.today).in_bulk(
        [grant.partner_id for grant in grants if grant.partner_id]
    )
    return [
        f"{grant.get_role_display()} for {partners[grant.partner_id].name if grant.partner_id else 'all partners'}"
        for grant in grants
    ]


def _can(person):
    """What the person can do, as pairs of the words and the name of the page."""
    held = (
        (page, [words for may, words in rows if opens(person, reverse(page), may)])
        for page, rows in CAN
    )
    return [(words[0], page) for page, words in held if words]
