"""Pages for signing in and for a person's own account: what differs from allauth's views."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bhcp_portal.kit.access import public_form
from bhcp_portal.kit.actions import ActionError
from partners import actions
from partners.adapters import Outcome, Type, record_lock_out, record_sign_in
from partners.forms import JoinForm
from partners.models import Invitation, Partner
from partners.presenters import browser_in_words

SIGN_INS_SHOWN = 20


class SecondStepView(AuthenticateView):
    """Asks for the second step at sign-in, and records a wrong one."""

    def form_invalid(self, form):
        codes = {error.code for errors in form.errors.as_data().values() for error in errors}
        if "incorrect_code" in codes:
            record_sign_in(self.request, self.stage.login.user, Outcome.WRONG_FACTOR)
        elif "too_many_login_attempts" in codes:
            record_lock_out(self.request, self.stage.login.user)
        return super().form_invalid(form)


class PasskeyView(LoginWebAuthnView):
    """Signs somebody in by a passkey. A stranger who sends anything else makes no session row."""

    def form_invalid(self, form):
        if not self.request.session.session_key:
            return redirect("account_login")
        return super().form_invalid(form)


class AppView(ActivateTOTPView):
    """Adds an app. Its first code counts as the second step of this session."""

    def form_valid(self, form):
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type=Type.TOTP)
        return response


class KeyView(AddWebAuthnView):
    """Adds a key. As it was used just now, it counts as the second step of this session."""

    def form_valid(self, form):
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type=Type.WEBAUTHN)
        return response


class RemoveKeyView(RemoveWebAuthnView):
    """Removes a key, unless it is the last second step there is."""

    def dispatch(self, request, *args, **kwargs):
        key = self.get_queryset().filter(pk=kwargs["pk"]).first()
        if key and not get_adapter().can_delete_authenticator(key):
            messages.error(request, get_adapter().error_messages["cannot_delete_authenticator"])
            return redirect("mfa_list_webauthn")
        return super().dispatch(request, *args, **kwargs)


@public_form
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def invitation(request, token):
    at = request.moment.at
    found = Invitation.objects.open_at(at).with_token(token).select_related("person").first()
    if found is None:
        return render(request, "partners/staff/invitation_over.html", status=404)
    sent = request.POST if request.method == "POST" else None
    form = JoinForm(sent, person=found.person)
    if form.is_valid():
        try:
            actions.accept_invitation(
                invitation=found, password=form.cleaned_data["password1"], at=at
            )
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Your password is set. Now sign in with it.")
            return redirect("account_login")
    return render(request, "partners/staff/invitation.html", {"form": form, "person": found.person})


@require_safe
def account(request):
    person, moment = request.user, request.moment
    partners = Partner.objects.with_name(moment.at, moment.today).in_bulk(
        {grant.partner_id for grant in person.current_grants()}
    )
    return render(
        request,
        "partners/staff/account.html",
        {
            "grants": [(g, partners.get(g.partner_id)) for g in person.current_grants()],
            "sessions": [
                (session, browser_in_words(session.user_agent))
                for session in person.open_sessions(moment.at)
            ],
            "this_session": request.session.session_key,
            "sign_ins": person.sign_ins.all()[:SIGN_INS_SHOWN],
        },
    )


@require_POST
def session_end(request, pk):
    """End one of the person's other sessions; for this one there is “Sign out”."""
    others = request.user.open_sessions(request.moment.at).exclude(
        session_key=request.session.session_key
    )
    actions.end_session(session=get_object_or_404(others, pk=pk), by=request.user)
    messages.success(request, "That session has ended.")
    return redirect("staff:account")


@require_POST
def sign_out_everywhere(request):
    actions.end_sessions(person=request.user, by=request.user, at=request.moment.at)
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")
