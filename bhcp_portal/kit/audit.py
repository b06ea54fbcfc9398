"""The history of changes: who changed what, in which action, and why.

Triggers (django-pghistory) write a row for every insert, update and delete, also for bulk writes
and raw SQL. The web's role can only read them (``kit/guards.py``). Person, action and reason are
stored in the row itself.
"""

from contextlib import contextmanager

import pghistory
from django.db import OperationalError, transaction
from django.shortcuts import render
from django.utils.encoding import escape_uri_path

from bhcp_portal.kit.logs import without_links
from bhcp_portal.kit.read_models import fill_after_commit
from bhcp_portal.kit.statements import Statement

# The database works them out from what the history keeps.
SPANS = ("superseded_at", "here")


def tracked(*, exclude=(), in_bulk=False):
    """A class decorator: keeps an append-only history of a model, but not of ``exclude`` fields.

    ``in_bulk``: for models whose rows come by the ten thousand. The trigger then runs once for each
    SQL statement, not once for each row.
    """
    level = pghistory.Statement if in_bulk else pghistory.Row

    def track(model):
        spans = SPANS if issubclass(model, Statement) else ()
        return pghistory.track(
            pghistory.InsertEvent(level=level),
            pghistory.UpdateEvent(level=level),
            pghistory.DeleteEvent(level=level),
            exclude=[*exclude, *spans] or None,
        )(model)

    return track


@contextmanager
def action(name, *, by=None, reason=""):
    """A context manager: one transaction, whose history says what happened, who did it and why.

    ``name`` is what happened, like ``news.published``; ``by`` is the person, ``None`` if there is
    none.
    """
    context = {"action": name}
    if by is not None:
        context["by"] = by.email
    if reason:
        context["reason"] = reason
    with transaction.atomic(), pghistory.context() as tracking:
        outside = dict(tracking.metadata)
        tracking.metadata.update(context)
        try:
            yield
            fill_after_commit()
        finally:
            # Else the next action of the same request would be given this one's reason.
            tracking.metadata.clear()
            tracking.metadata.update(outside)


class AuditMiddleware:
    """Adds the person and the address to the history of each request that may write."""

    SAFE = ("GET", "HEAD", "OPTIONS")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Asking who somebody is would make a public page vary by cookie, so reading is left alone.
        if request.method in self.SAFE:
            return self.get_response(request)
        context = {"address": without_links(escape_uri_path(request.path))}
        if request.user.is_authenticated:
            context["by"] = request.user.email
        with pghistory.context(**context):
            return self.get_response(request)

    def process_exception(self, request, exception):
        """A page in place of an error, where a transaction went over midnight (kit/guards.sql)."""
        if isinstance(exception, OperationalError) and "turned midnight" in str(exception):
            return render(request, "midnight.html", status=409)
        return None
