"""Staff pages of the review of access: who still needs their account."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError
from partners import actions
from partners.models import AccessReview, Partner, RoleGrant
from partners.models.review import CONFIRMED_WITHIN, first_day_of_quarter
from partners.roles import REVIEW_PEOPLE

ON_A_PAGE = 50


@require_safe
@staff_only(REVIEW_PEOPLE)
def review_list(request):
    """The people whom the one who asks may confirm, and those whom nobody confirmed."""
    moment = request.moment
    in_force = RoleGrant.objects.held_on(moment.today)
    reviews = (
        AccessReview.objects.accessible_to(request.user)
        .select_related("person")
        .prefetch_related(Prefetch("person__grants", in_force, to_attr="grants_now"))
        .order_by("asked_at", "person__name", "pk")
    )
    page = Paginator(reviews.waiting(), ON_A_PAGE).get_page(request.GET.get("page"))
    quarter = first_day_of_quarter(moment.today)
    partners = Partner.objects.with_name(moment.at, moment.today).in_bulk()
    context = {
        "page": page,
        "people": [
            (
                review,
                partners.get(review.person.partner_id),
                [(grant, partners.get(grant.partner_id)) for grant in review.person.grants_now],
            )
            for review in page
        ],
        "suspended": reviews.suspended().filter(quarter=quarter),
        "days": CONFIRMED_WITHIN.days,
    }
    return render(request, "partners/staff/review.html", context)


@require_POST
@staff_only(REVIEW_PEOPLE)
@recently_confirmed
def review_decide(request, pk):
    """Confirm that a person needs their account, or close it."""
    reviews = AccessReview.objects.accessible_to(request.user).select_related("person")
    review = get_object_or_404(reviews, pk=pk)
    person, by, at = review.person, request.user, request.moment.at
    decision = request.POST.get("decision")
    try:
        if decision == "confirm":
            actions.confirm_access(review=review, by=by, at=at)
            messages.success(request, f"{person.name} keeps their account.")
        elif decision == "close" and not by.may_manage(person, request.moment.today, REVIEW_PEOPLE):
            messages.error(
                request,
                f"{person.name} holds roles for others than your partner. Ask an administrator "
                "to close the account.",
            )
        elif decision == "close":
            reason = "No longer needed, by the review of access"
            actions.deactivate(person=person, reason=reason, by=by, at=at)
            messages.success(request, f"The account of {person.name} is closed.")
        else:
            messages.error(request, "Choose whether to confirm the account or to close it.")
    except ActionError as error:
        messages.error(request, str(error))
    return redirect("staff:review")
