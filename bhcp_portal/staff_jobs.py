"""The staff page of the work in the background: the queue, what failed for good, the nightly jobs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bhcp_portal.kit import queue
from bhcp_portal.kit.access import staff_only
from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.inbox import Box, InboxEntry
from bhcp_portal.kit.logs import without_links
from bhcp_portal.schedule import job_states
from partners.roles import RUN_TASKS, SEE_TASKS

ON_A_PAGE = 25
DECISIONS = {
    "again": (queue.try_again, "It waits for its turn again"),
    "remove": (queue.remove_failed, "It is removed and will not be done"),
}


@require_safe
@staff_only(SEE_TASKS, for_all=True)
def job_list(request):
    page = Paginator(queue.failed_tasks(), ON_A_PAGE).get_page(request.GET.get("page"))
    next_try = queue.tried_again().first()
    context = {
        "queue": queue.queue_state(request.moment.at),
        "next_try": next_try,
        "next_try_error": next_try and _error_of(next_try),
        "page": page,
        "failed": [(task, name_of(task), _error_of(task)) for task in page],
        "jobs": job_states(request.moment.at),
        "may_decide": request.user.has_perm(RUN_TASKS),
    }
    return render(request, "staff/jobs.html", context)


@require_POST
@staff_only(RUN_TASKS, for_all=True)
def task_decide(request, pk):
    """Put a task that failed for good back in the queue, or remove it."""
    decision = DECISIONS.get(request.POST.get("decision"))
    if decision is None:
        messages.error(request, "Choose whether to try the task again or to remove it.")
        return redirect("staff:jobs")
    decide, done = decision
    try:
        task = decide(pk)
    except ActionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{name_of(task)}: {done}.")
    return redirect("staff:jobs")


def waiting_for(user, at):
    """The entry of a person's inbox about tasks that failed for good, if there are any."""
    if user.has_perm(RUN_TASKS) and user.partner_scope(RUN_TASKS) is None:
        number = queue.failed_tasks().count()
        if number:
            what = "a task" if number == 1 else f"{number} tasks"
            yield InboxEntry(
                Box.DUE,
                f"Decide on {what} that failed for good",
                reverse("staff:jobs"),
                day=london_day(at),
            )


def name_of(task):
    """What a task does, in words: ``Send invitation``."""
    return task.task_name.replace("_", " ").capitalize()


def _error_of(task):
    """The last line of what went wrong, which says it."""
    return without_links(task.traceback.strip().rpartition("\n")[2])
