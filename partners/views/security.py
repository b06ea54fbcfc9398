"""Staff pages of the security log: to read, filter and download."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from bhcp_portal.kit.access import has_waited, recently_confirmed, staff_only
from bhcp_portal.kit.spreadsheets.writing import csv_file
from bhcp_portal.kit.staff_views import file_ready
from bhcp_portal.kit.tables import to_text
from partners import actions
from partners.adapters import address_of
from partners.forms import SecurityForm
from partners.models import SecurityEvent
from partners.roles import SEE_SECURITY

ON_A_PAGE = 50
HEADER = ("at", "what", "by", "person", "internet_address", "details")


@require_safe
@staff_only(SEE_SECURITY, for_all=True)
def security_list(request):
    form = SecurityForm(request.GET)
    page = Paginator(form.events(), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "partners/staff/security.html", {"form": form, "page": page})


@require_POST
@staff_only(SEE_SECURITY, for_all=True)
@recently_confirmed
def security_download(request):
    """The lines asked for as CSV. The download itself becomes a line of the log."""
    form = SecurityForm(request.POST)
    if not form.is_valid():
        messages.info(request, "Nothing was downloaded. Choose again which lines you want.")
        return redirect("staff:security")
    if has_waited(request):
        return file_ready(request, form, "staff:security")
    lines = [
        (
            to_text(event.at),
            event.what,
            event.by.email if event.by else "",
            event.person.email if event.person else "",
            event.address or "",
            event.details,
        )
        for event in form.events().iterator()
    ]
    actions.record_security_event(
        what=SecurityEvent.What.EXPORTED,
        by=request.user,
        address=address_of(request),
        details=f"The security log; lines: {len(lines)}",
        at=request.moment.at,
    )
    response = HttpResponse(csv_file([HEADER, *lines]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="security-log.csv"'
    return response
