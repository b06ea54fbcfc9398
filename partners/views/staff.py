"""Staff pages of people: their accounts, their roles and how they sign in."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bhcp_portal.kit.access import FACTORS, recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError
from partners import actions
from partners.forms import GiveRoleForm, InviteForm, ReasonForm
from partners.models import Partner, RoleGrant, User
from partners.roles import MANAGE_PEOPLE, SEE_PEOPLE

ON_A_PAGE = 50
SIGN_INS_SHOWN = 20


@require_safe
@staff_only(SEE_PEOPLE)
def person_list(request):
    moment = request.moment
    in_force = RoleGrant.objects.held_on(moment.today)
    people = (
        User.objects.accessible_to(request.user, SEE_PEOPLE)
        .prefetch_related(Prefetch("grants", in_force, to_attr="grants_now"))
        .order_by("-is_active", "name", "pk")
    )
    page = Paginator(people, ON_A_PAGE).get_page(request.GET.get("page"))
    partners = Partner.objects.with_name(moment.at, moment.today).in_bulk()
    return render(
        request,
        "partners/staff/person_list.html",
        {
            "page": page,
            "people": [
                (
                    person,
                    partners.get(person.partner_id),
                    _with_partner(person.grants_now, partners),
                )
                for person in page
            ],
            "may_invite": request.user.has_perm(MANAGE_PEOPLE),
        },
    )


@require_safe
@staff_only(SEE_PEOPLE)
def person_detail(request, pk):
    moment = request.moment
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    people = User.objects.accessible_to(request.user, SEE_PEOPLE)
    person = get_object_or_404(people.annotate(has_factor=Exists(factors)), pk=pk)
    partners = Partner.objects.with_name(moment.at, moment.today).in_bulk()
    grants = person.grants.select_related("given_by").order_by("-starts_on", "role")
    return render(
        request,
        "partners/staff/person_detail.html",
        {
            "person": person,
            "partner": partners.get(person.partner_id),
            "roles": _with_partner(grants, partners),
            "today": moment.today,
            "sign_ins": person.sign_ins.all()[:SIGN_INS_SHOWN],
            "may_manage": request.user.has_perm(MANAGE_PEOPLE)
            and request.user.may_manage(person, moment.today),
            "is_self": person == request.user,
        },
    )


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def person_invite(request):
    form = _role_form(InviteForm, request)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            person = actions.invite(
                email=cleaned["email"],
                name=cleaned["name"],
                partner=cleaned["partner"],
                role=cleaned["role"],
                held_for=cleaned["held_for"],
                by=request.user,
                at=request.moment.at,
            )
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"An invitation is on its way to {person.email}.")
            return redirect(person)
    return render(request, "partners/staff/person_invite.html", {"form": form})


@require_POST
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def person_invite_again(request, pk):
    person = _manageable(request, pk)
    try:
        actions.invite_again(person=person, by=request.user, at=request.moment.at)
    except ActionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"A new invitation is on its way to {person.email}.")
    return redirect(person)


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def role_give(request, pk):
    person = _manageable(request, pk)
    today = request.moment.today
    form = _role_form(GiveRoleForm, request, today=today, initial={"starts_on": today})
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            grant = actions.give_role(
                person=person,
                role=cleaned["role"],
                held_for=cleaned["held_for"],
                starts_on=cleaned["starts_on"],
                ends_on=_day_after(cleaned["last_day"]),
                is_lead=cleaned["is_lead"],
                by=request.user,
                at=request.moment.at,
            )
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, f"{person.name} is given the role: {grant.get_role_display()}."
            )
            return redirect(person)
    return render(request, "partners/staff/role_give.html", {"form": form, "person": person})


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def role_end(request, pk, grant_pk):
    person = _manageable(request, pk)
    grant = get_object_or_404(person.grants, pk=grant_pk)
    return _with_reason(
        request,
        person,
        heading=f"End the role of {grant.get_role_display().lower()}",
        explains="The role ends at once. What was done with it stays.",
        button="End the role",
        done=f"The role of {grant.get_role_display().lower()} has ended.",
        change=lambda **kwargs: actions.end_role(grant=grant, **kwargs),
    )


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def factor_reset(request, pk):
    person = _manageable(request, pk)
    return _with_reason(
        request,
        person,
        heading=f"Reset the second step of {person.name}",
        explains="Make sure that it is really they who ask: call them on a number you know. "
        "Their app, keys and recovery codes stop working, they are signed out everywhere, "
        "and an email tells them and all administrators, with your reason.",
        button="Reset the second step",
        done=f"{person.name} sets up a new second step at the next sign-in.",
        change=lambda **kwargs: actions.reset_factor(person=person, **kwargs),
    )


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def person_sign_out(request, pk):
    person = _manageable(request, pk)
    return _with_reason(
        request,
        person,
        heading=f"Sign {person.name} out everywhere",
        explains="All their sessions end at once, and they can sign in again. "
        "An email tells them and all administrators, with your reason.",
        button="Sign them out",
        done=f"{person.name} is signed out everywhere.",
        change=lambda **kwargs: actions.end_sessions(person=person, **kwargs),
    )


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def person_deactivate(request, pk):
    person = _manageable(request, pk)
    return _with_reason(
        request,
        person,
        heading=f"Close the account of {person.name}",
        explains="They are signed out at once and can no longer sign in. What they did stays in their name.",
        button="Close the account",
        done=f"The account of {person.name} is closed.",
        change=lambda **kwargs: actions.deactivate(person=person, **kwargs),
    )


@require_http_methods(["GET", "POST"])
@staff_only(MANAGE_PEOPLE)
@recently_confirmed
def person_reactivate(request, pk):
    person = _manageable(request, pk)
    return _with_reason(
        request,
        person,
        heading=f"Open the account of {person.name} again",
        explains="They can sign in as before, with the roles that have not ended.",
        button="Open the account",
        done=f"The account of {person.name} is open again.",
        change=lambda **kwargs: actions.reactivate(person=person, **kwargs),
    )


def _with_reason(request, person, *, heading, explains, button, done, change):
    """A page that asks for a reason and then calls ``change`` with it."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change(reason=form.cleaned_data["reason"], by=request.user, at=request.moment.at)
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect(person)
    return render(
        request,
        "partners/staff/with_reason.html",
        {
            "form": form,
            "person": person,
            "heading": heading,
            "explains": explains,
            "button": button,
        },
    )


def _role_form(form_class, request, **kwargs):
    """A form that gives a role, with the partners for which the person may give it."""
    moment = request.moment
    reach = request.user.partner_scope(MANAGE_PEOPLE)
    partners = Partner.objects.with_name(moment.at, moment.today)
    return form_class(
        request.POST if request.method == "POST" else None,
        partners=partners if reach is None else partners.filter(pk__in=reach),
        may_give_for_all=reach is None,
        **kwargs,
    )


def _with_partner(grants, partners):
    """Pairs of a role grant and the partner that it is held for; ``None`` for all partners."""
    return [(grant, partners.get(grant.partner_id)) for grant in grants]


def _day_after(day):
    return day + timedelta(days=1) if day else None


def _manageable(request, pk):
    """The person whose account may be changed by the one who asks; else a 404."""
    people = User.objects.accessible_to(request.user, MANAGE_PEOPLE)
    person = get_object_or_404(people, pk=pk)
    if not request.user.may_manage(person, request.moment.today):
        raise Http404
    return person
