"""The staff list of what readers asked about figures."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from bhcp_portal.kit.access import staff_only
from metrics import actions
from metrics.models import FigureQuestion
from partners.models import Partner
from partners.roles import CHANGE_METRICS

ON_A_PAGE = 25


@staff_only(CHANGE_METRICS)
def figure_questions(request):
    """Questions about figures that the person's partners are responsible for, the open ones first."""
    mine = FigureQuestion.objects.accessible_to(request.user, CHANGE_METRICS)
    rest = mine.exclude(pk__in=mine.open().values("pk")).select_related("answered_by")
    page = Paginator(rest, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "open": mine.open().order_by("sent_at", "pk")[:ON_A_PAGE],
        "open_count": mine.open().count(),
        "page": page,
        "owners": Partner.objects.filter(pk__in=mine.values("owner")).partner_names(
            request.moment.at
        ),
    }
    return render(request, "metrics/staff/questions.html", context)


@require_POST
@staff_only(CHANGE_METRICS)
def figure_question_answered(request, pk):
    """Mark a question as answered or, with ``open`` sent, as open again."""
    mine = FigureQuestion.objects.accessible_to(request.user, CHANGE_METRICS)
    question = get_object_or_404(mine, pk=pk)
    is_answered = "open" not in request.POST
    actions.answer_question(question=question, by=request.user, is_answered=is_answered)
    words = "marked as answered" if is_answered else "open again"
    messages.success(request, f"The question about “{question.figure}” is {words}.")
    return redirect("staff:figure_questions")
