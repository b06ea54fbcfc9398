"""Staff pages of the history, and of redaction, the one lawful way to remove words."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bhcp_portal.kit import history
from bhcp_portal.kit.access import has_waited, recently_confirmed, staff_only
from bhcp_portal.kit.actions import redact, word_fields
from bhcp_portal.kit.spreadsheets.writing import csv_stream
from bhcp_portal.kit.staff_views import file_ready
from bhcp_portal.kit.statements import Statement
from partners import actions
from partners.adapters import address_of
from partners.forms import HistoryForm, RedactForm
from partners.models import AccessReview, Invitation, RoleGrant, SecurityEvent, SignIn, User
from partners.roles import REDACT, SEE_HISTORY, SEE_PEOPLE

ON_A_PAGE = 25
ABOUT_PEOPLE = {
    model._meta.label_lower
    for model in (User, RoleGrant, Invitation, AccessReview, SecurityEvent, SignIn)
}


@require_safe
@staff_only(SEE_HISTORY, for_all=True)
def history_list(request):
    """The changes of every row, by day, person and kind."""
    form = HistoryForm(request.GET, models=_models(request.user))
    page = Paginator(form.events(), ON_A_PAGE).get_page(request.GET.get("page"))
    entries = history.entries(page)
    may_redact = form.is_of_one_row and _holds_for_all(request.user, REDACT)
    return render(
        request,
        "partners/staff/history.html",
        {
            "form": form,
            "page": page,
            "entries": entries,
            "of_one_row": form.is_of_one_row,
            "redactable": next(
                (each for each in entries if each.is_statement and may_redact), None
            ),
        },
    )


@require_POST
@staff_only(SEE_HISTORY, for_all=True)
@recently_confirmed
def history_download(request):
    """The changes asked for as CSV, a line for each field. The security log keeps who took them."""
    form = HistoryForm(request.POST, models=_models(request.user))
    if not form.is_valid():
        messages.info(request, "Nothing was downloaded. Choose again which changes you want.")
        return redirect("staff:history")
    if has_waited(request):
        return file_ready(request, form, "staff:history")
    found = form.events()
    asked = "; ".join(
        f"{name}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in form.cleaned_data.items()
        if value
    )
    actions.record_security_event(
        what=SecurityEvent.What.EXPORTED,
        by=request.user,
        address=address_of(request),
        details=f"The history; changes: {found.count()}{'; ' if asked else ''}{asked}",
        at=request.moment.at,
    )
    lines = csv_stream(history.table(found.iterator()))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="history.csv"'
    return response


def _models(person):
    """The models whose changes a person reads; those about people only who may see people."""
    models = history.tracked_models()
    if _holds_for_all(person, SEE_PEOPLE):
        return models
    return {label: model for label, model in models.items() if label not in ABOUT_PEOPLE}


@require_http_methods(["GET", "POST"])
@staff_only(REDACT, for_all=True)
@recently_confirmed
def statement_redact(request, label, pk):
    model = history.tracked_models().get(label)
    if model is None or not issubclass(model, Statement):
        raise Http404
    statement = get_object_or_404(model, pk=pk)
    words = {name: getattr(statement, name) for name in word_fields(model)}
    form = RedactForm(
        request.POST if request.method == "POST" else None,
        fields=[
            (name, model._meta.get_field(name).verbose_name, text)
            for name, text in words.items()
            if text
        ],
    )
    if form.is_valid():
        try:
            with transaction.atomic():
                redact(
                    statement,
                    fields=form.cleaned_data["words"],
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                )
                actions.record_security_event(
                    what=SecurityEvent.What.REDACTED,
                    by=request.user,
                    address=address_of(request),
                    details=f"{label} {pk}. Why: {form.cleaned_data['reason']}",
                    at=request.moment.at,
                )
        except ValueError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The words are removed, on every past day too.")
            return redirect(f"{reverse('staff:history')}?what={label}&row={pk}")
    return render(request, "partners/staff/redact.html", {"form": form, "statement": statement})


def _holds_for_all(person, permission):
    return person.has_perm(permission) and person.partner_scope(permission) is None
