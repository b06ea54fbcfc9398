"""The staff page that says who writes and who approves what, from the code that holds it (CONTRACT 3)."""

import re

from django.shortcuts import render
from django.urls import get_resolver

from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.kinds import kinds
from partners.roles import (
    CHANGE_METRICS,
    CONFIRM_READINGS,
    DECIDE_NEWS,
    DECIDE_STATUS,
    OF_LEADS,
    REDACT,
    roles_with,
)

# For which partner a role must be held, by the permission of who approves.
WHOSE = {
    DECIDE_STATUS: "the programme’s lead partner",
    CHANGE_METRICS: "the partner that owns the measure",
    CONFIRM_READINGS: "the partner that owns the measure",
    DECIDE_NEWS: "the item’s lead partner",
}
# What one person does at once, with a reason, since it must not wait.
AT_ONCE = (
    ("Withdraw a news item", DECIDE_NEWS),
    ("Undo a file of readings", CONFIRM_READINGS),
)


@staff_only()
def who_may(request):
    """Who writes and who approves each kind of statement, and which roles open which page."""
    context = {
        "two_people": [
            (kind.many, WHOSE[kind.approver], role_names(kind.writer), role_names(kind.approver))
            for kind in kinds()
            if kind.approver
        ],
        "at_once": [(words, role_names(permission)) for words, permission in AT_ONCE],
        "redacts": role_names(REDACT),
        "from_tables": [kind.many for kind in kinds() if not kind.approver],
        "addresses": [
            (route, role_names(view.permission), view.for_all)
            for route, view in guarded_addresses()
        ],
    }
    return render(request, "staff/who_may.html", context)


def role_names(permission):
    """The names of the roles with a permission, in lower case, as one text."""
    if permission == "any role":
        return "every role"
    names = [role.label.lower() for role in roles_with(permission)]
    return ", ".join(names + ["whoever leads for the partner"] * (permission in OF_LEADS))


def guarded_addresses():
    """The addresses that ask for a role, as pairs of a route without converters and its view."""
    _, resolver = get_resolver().namespace_dict["staff"]
    return [
        ("/staff/" + re.sub(r"<\w+:", "<", str(entry.pattern)), entry.callback)
        for entry in resolver.url_patterns
        if hasattr(entry.callback, "permission")
    ]
