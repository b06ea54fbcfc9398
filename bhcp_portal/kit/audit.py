"""Who changed what, which action it was and why.

Triggers (django-pghistory) write a row for every insert, update and delete, also for bulk writes and raw
SQL, and the rows refuse to be changed. The context of a change is stored in the row itself.
"""

from contextlib import contextmanager

import pghistory
from django.db import transaction


def tracked(*, exclude=(), in_bulk=False):
    """A class decorator: keep the append-only history of a model, but for the fields named.

    ``in_bulk``: rows come by the ten thousand, so the history is written once a statement, not once a row.
    """
    level = pghistory.Statement if in_bulk else pghistory.Row
    return pghistory.track(
        pghistory.InsertEvent(level=level),
        pghistory.UpdateEvent(level=level),
        pghistory.DeleteEvent(level=level),
        exclude=list(exclude) or None,
        append_only=True,
    )


@contextmanager
def action(name, *, by=None, reason=""):
    """One transaction whose history says which action it was (``news.published``), who did it and why."""
    context = {"action": name}
    if by is not None:
        context["by"] = by.email
    if reason:
        context["reason"] = reason
    with transaction.atomic(), pghistory.context(**context):
        yield


class AuditMiddleware:
    """Gives the history of a request that may write the person and the address it came through."""

    SAFE = ("GET", "HEAD", "OPTIONS")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Asking who somebody is would make a public page vary by cookie, so reading is left alone.
        if request.method in self.SAFE:
            return self.get_response(request)
        context = {"address": request.path}
        if request.user.is_authenticated:
            context["by"] = request.user.email
        with pghistory.context(**context):
            return self.get_response(request)
