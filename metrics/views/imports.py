"""Staff pages of readings: files sent, the results of their check, and their approval."""

from datetime import UTC
from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import SamePersonError, TransitionError
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.decisions import say_decided
from bhcp_portal.kit.review_views import look_at
from bhcp_portal.kit.reviews import last_disagreement
from bhcp_portal.kit.spreadsheets.forms import FileForm
from bhcp_portal.kit.spreadsheets.reading import read_sheet
from bhcp_portal.kit.spreadsheets.writing import csv_file
from bhcp_portal.kit.staff_views import CSV, XLSX, download
from metrics import actions, staff_presenters, tasks
from metrics.forms.imports import BatchReasonForm, ReadingForm
from metrics.imports import presenters, template
from metrics.imports.as_sent import COLUMNS
from metrics.imports.check import check_sheet
from metrics.imports.columns import SHEET
from metrics.imports.versions import NOTHING
from metrics.models import BatchState, Metric, ReadingBatch
from metrics.models.batch import UNDONE_WITHIN
from partners.roles import CONFIRM_READINGS, SEE_METRICS, SEND_READINGS

ON_A_PAGE = 30
# After so many seconds the page of a file whose check is running loads itself again.
AGAIN_AFTER = 3


@require_safe
@staff_only(SEE_METRICS)
def readings(request):
    """The files that were sent, the newest first."""
    batches = ReadingBatch.objects.accessible_to(request.user, SEE_METRICS, request.moment.at)
    page = Paginator(batches.listed(), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_send": request.user.has_perm(SEND_READINGS)}
    return render(request, "metrics/staff/readings.html", context)


@require_http_methods(["GET", "POST"])
@staff_only(SEND_READINGS)
def readings_send(request):
    """Send a file. It is stored as it is, and the queue reads and checks it."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        return _send(request, sent.name, sent.read())
    return render(request, "metrics/staff/readings_send.html", {"form": form})


def _send(request, name, content):
    """Store a file, have it checked by the queue, and go to its page."""
    batch = actions.send_readings(
        file_name=name,
        content=content,
        by=request.user,
        at=request.moment.at,
        then=tasks.check_readings.enqueue,
    )
    return redirect("staff:readings_batch", batch.pk)


@require_http_methods(["GET", "POST"])
@staff_only(SEND_READINGS)
def readings_add(request, slug):
    """Send one reading of a metric without a spreadsheet, as a file of one row."""
    metric = _metric(request, slug)
    day = request.moment.today
    scope, period = template.rows_due(metric, metric.profile, day=day)[0]
    form = ReadingForm(
        request.POST if request.method == "POST" else None,
        metric=metric,
        card=metric.profile,
        scopes=staff_presenters.scopes_of(metric, at=request.moment.at, day=day),
        initial={"scope": scope, "period": period},
    )
    if request.method == "POST" and form.is_valid():
        content = form.as_file()
        # These bytes are ours, not a stranger's: one line of CSV.
        sheet = read_sheet(content, SHEET, COLUMNS)
        checked, _, _ = check_sheet(sheet, by=request.user, at=request.moment.at)
        if checked.errors:
            form.add_cell_errors(checked.errors)
        elif checked.count(NOTHING):
            form.add_error(None, "The same reading is public already.")
        else:
            return _send(request, f"One reading of {metric.code}", content)
    context = {"form": form, "metric": metric}
    return render(request, "metrics/staff/readings_add.html", context)


@require_safe
@staff_only(SEE_METRICS)
def readings_batch(request, pk):
    """The page of a file: the progress of its check, its errors, the preview, and who decides."""
    at = request.moment.at
    batch = _batch(request, pk, SEE_METRICS)
    waits = batch.state == BatchState.CHECKED
    is_own = batch.sent_by_id == request.user.pk
    context = {
        "batch": batch,
        "named": presenters.named(batch),
        "groups": presenters.preview(batch, at),
        "approvals": presenters.approvals(batch),
        "errors": presenters.errors(batch),
        "remarks": presenters.remarks(batch),
        "metrics": presenters.metrics_of(batch, at),
        "is_own": is_own,
        "may_confirm": waits and not is_own and _reaches(request, batch, CONFIRM_READINGS),
        "may_discard": waits and _reaches(request, batch, SEND_READINGS),
        "may_send": request.user.has_perm(SEND_READINGS),
        "may_undo": batch.may_be_undone(at) and _reaches(request, batch, CONFIRM_READINGS),
        "may_review": _reaches(request, batch, CONFIRM_READINGS),
        "disagreed": last_disagreement(ReadingBatch.objects.filter(pk=batch.pk)),
        "undone_until": batch.decided_at and batch.decided_at + UNDONE_WITHIN,
        "confirmers": presenters.confirmers(batch, at=at) if waits and is_own else [],
    }
    response = render(request, "metrics/staff/readings_batch.html", context)
    if batch.is_in_work:
        response["Refresh"] = str(AGAIN_AFTER)
    return response


@require_POST
@staff_only(CONFIRM_READINGS)
@recently_confirmed
def readings_confirm(request, pk):
    """Publish a checked file."""
    batch = _batch(request, pk, CONFIRM_READINGS)
    try:
        actions.import_readings(batch=batch, by=request.user, at=request.moment.at)
    except TransitionError as refused:
        messages.info(request, f"Nothing was changed. {refused}")
    except (SamePersonError, actions.ChangedError) as refused:
        messages.error(request, str(refused))
    else:
        _say_published(request, batch)
    return redirect("staff:readings_batch", pk)


@require_http_methods(["GET", "POST"])
@staff_only(SEND_READINGS)
def readings_discard(request, pk):
    """Discard a checked file, with a reason."""
    batch = _batch(request, pk, SEND_READINGS)
    form = BatchReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.discard_readings(
                batch=batch,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.moment.at,
            )
        except TransitionError as refused:
            messages.info(request, f"Nothing was changed. {refused}")
        else:
            say_decided(request, "The file is not published. Nothing public changed.")
        return redirect("staff:readings_batch", pk)
    return _ask(request, batch, form, "readings_discard", batch.state == BatchState.CHECKED)


@require_http_methods(["GET", "POST"])
@staff_only(CONFIRM_READINGS)
@recently_confirmed
def readings_undo(request, pk):
    """Undo a published file. The page names what later files said of the same periods."""
    at = request.moment.at
    batch = _batch(request, pk, CONFIRM_READINGS)
    form = BatchReasonForm(request.POST if request.method == "POST" else None)
    then = presenters.after_undoing(batch, Present.now(UTC))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            actions.undo_readings(batch=batch, reason=reason, by=request.user, at=at)
        except (TransitionError, actions.TooLateError) as refused:
            messages.info(request, f"Nothing was changed. {refused}")
        else:
            messages.success(request, f"It is undone. {then.sentence}")
        return redirect("staff:readings_batch", pk)
    later = presenters.later_readings(batch, at) if batch.may_be_undone(at) else []
    return _ask(request, batch, form, "readings_undo", batch.may_be_undone(at), later, then)


@require_http_methods(["GET", "POST"])
@staff_only(CONFIRM_READINGS)
@recently_confirmed
def readings_review(request, pk):
    """Look at an undoing that another person did at once."""
    batch = _batch(request, pk, CONFIRM_READINGS)
    return look_at(
        request,
        batch.done_at_once,
        partial(actions.review_undo, batch=batch),
        about=presenters.named(batch),
        title="Undone",
        if_not="the file is published again, from now. What later files said stays.",
        trail=[
            ("Files of readings", reverse("staff:readings")),
            (batch.file_name, batch.get_absolute_url()),
        ],
        back=batch.get_absolute_url(),
    )


def _ask(request, batch, form, page, may, later=(), then=None):
    """The page that asks for a reason, or back to the batch if ``may`` is false."""
    if not may:
        messages.info(request, f"It is “{batch.get_state_display()}” now.")
        return redirect("staff:readings_batch", batch.pk)
    context = {"batch": batch, "named": presenters.named(batch), "form": form}
    context |= {"later": later, "afterwards": then}
    return render(request, f"metrics/staff/{page}.html", context)


# -- files out ------------------------------------------------------------------------------------


@require_safe
@staff_only(SEND_READINGS)
def readings_template(request, slug):
    """A file to fill in: a workbook, or with ``?kind=csv`` a plain table."""
    metric = _metric(request, slug)
    header, lines = template.lines_due(metric, metric.profile, day=request.moment.today)
    if request.GET.get("kind") == "csv":
        content = csv_file([header, *lines])
        return download(content, f"{slug}.csv", CSV)
    return download(template.workbook(metric.profile, lines), f"{slug}.xlsx", XLSX)


@require_safe
@staff_only(SEE_METRICS)
def readings_errors(request, pk):
    """The file as it was sent, with one more column that says what to change in each row."""
    batch = _batch(request, pk, SEE_METRICS)
    if not batch.copy_to_mend:
        messages.info(request, "This file has no errors to show.")
        return redirect("staff:readings_batch", pk)
    made = bytes(batch.copy_to_mend)
    stem = batch.file_name.rpartition(".")[0] or batch.file_name
    if made.startswith(b"PK"):
        return download(made, f"{stem}-to-correct.xlsx", XLSX)
    return download(made, f"{stem}-to-correct.csv", CSV)


# -- what the views share -------------------------------------------------------------------------


def _batch(request, pk, permission):
    """A batch accessible to the person with this permission, or 404."""
    batches = ReadingBatch.objects.accessible_to(request.user, permission, request.moment.at)
    return get_object_or_404(
        batches.select_related("sent_by", "decided_by", "undone_by").defer(
            "checked_rows", "content"
        ),
        pk=pk,
    )


def _metric(request, slug):
    """A metric that the person may send readings for, with its card, or 404."""
    at = request.moment.at
    metrics = Metric.objects.known_at(at).with_profile(at)
    return get_object_or_404(metrics.accessible_to(request.user, SEND_READINGS, at), slug=slug)


def _reaches(request, batch, permission):
    if not request.user.has_perm(permission):
        return False
    batches = ReadingBatch.objects.accessible_to(request.user, permission, request.moment.at)
    return batches.filter(pk=batch.pk).exists()


def _say_published(request, batch):
    """Tell the person that the readings are public, with links to the pages of the metrics."""
    links = format_html_join(
        ", ",
        '<a class="nhsuk-notification-banner__link" href="{}">{}</a>',
        (
            (metric.get_absolute_url(), metric.profile.name)
            for metric in presenters.metrics_of(batch, request.moment.at)[:10]
        ),
    )
    say_decided(request, format_html("The readings are public: {}.", links))
