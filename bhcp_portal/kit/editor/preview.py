"""A proposal as the public will read it: carried out, rendered by the public view, and undone."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from bhcp_portal.kit.addresses import OldName
from bhcp_portal.kit.as_at import Moment
from bhcp_portal.kit.editor.actions import carried_out
from bhcp_portal.kit.editor.proposal import Proposal
from bhcp_portal.kit.kinds import value_at


def preview(proposal: Proposal, request: HttpRequest, *, row: int = 0) -> HttpResponse:
    """The public page that a row of it is shown on, the first or another, as after an approval now.

    Nothing is kept of it, and nothing that follows an approval happens. Raises an ``ActionError``
    if it can't be carried out.
    """
    day = request.moment.today
    rows = [number for number, each in enumerate(proposal.proposed) if not each.waits(day)]
    with carried_out(proposal, day=day) as statements:
        shown = rows.index(row) if row in rows else 0
        address = page_of(proposal.proposed[rows[shown]].of_kind, statements[shown])
        return _answer(address, request, proposal)


def page_of(kind, statement) -> str:
    """The address of the public page that shows a statement."""
    if isinstance(statement, OldName):
        return statement.get_absolute_url()
    thing = value_at(statement, kind.thing) if kind.thing else None
    return kind.address(thing.slug if thing else "")


def _answer(address, request, proposal):
    address = address.partition("#")[0]
    asked = HttpRequest()
    asked.method, asked.path, asked.path_info = "GET", address, address
    asked.META = {**request.META, "QUERY_STRING": "", "REQUEST_METHOD": "GET", "PATH_INFO": address}
    asked.user = AnonymousUser()
    asked.moment = Moment(request.moment.at, None, address, is_preview=True)
    asked.preview_of = proposal
    match = resolve(address)
    asked.resolver_match = match
    answer = match.func(asked, *match.args, **match.kwargs)
    if hasattr(answer, "render") and not getattr(answer, "is_rendered", True):
        answer.render()
    return answer
