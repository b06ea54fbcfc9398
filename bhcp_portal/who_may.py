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
    DECIDE_PROGRAMMES,
    DECIDE_STATUS,
    OF_LEADS,
    REDACT,
    TAKE_BACK,
    roles_with,
)

# For which partner a role must be held, by the permission of who approves.
WHOSE = {
    DECIDE_PROGRAMMES: "the programme’s lead partner",
    DECIDE_STATUS: "the programme’s lead partner",
    CHANGE_METRICS: "the partner that owns the measure",
    CONFIRM_READINGS: "the partner that owns the measure",
    DECIDE_NEWS: "the item’s lead partner",
}
# What one person does at once, with a reason, since it must not wait.
AT_ONCE = (
    ("Withdraw a news item", DECIDE_NEWS),
    ("Undo a file of readings", CONFIRM_READINGS),
    ("Take back any other statement that was published by mistake", TAKE_BACK),
)


@staff_only()
def who_may(request):
    """Who writes and who approves each kind of statement, and which roles open which page."""
    context = {
        "two_people": _grouped(kind for kind in kinds() if not kind.takes_one),
        "one_person": [(kind.many, role_names(kind.writer)) for kind in kinds() if kind.takes_one],
        "at_once": [(words, role_names(permission)) for words, permission in AT_ONCE],
        "redacts": role_names(REDACT),
        "addresses": [
            (route, role_names(view.permission), view.for_all)
            for route, view in guarded_addresses()
        ],
    }
    return render(request, "staff/who_may.html", context)


def _grouped(found):
    """The kinds that the same people write and approve, as lists with whose they are and who."""
    groups = {}
    for kind in found:
        ours = "that partner" if kind.reach else "all partners"
        whose = WHOSE.get(kind.approver, ours)
        who = whose, role_names(kind.writer), role_names(kind.approver)
        groups.setdefault(who, []).append(kind.many)
    return [(kinds, *who) for who, kinds in groups.items()]


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
