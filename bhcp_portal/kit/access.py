"""Closed by default: a view is for people who signed in with a second factor, unless it is public."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.timezone import localtime

# A public page with a form: the form's token is checked.
public_form = login_not_required

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
READS = ("GET", "HEAD")
NOT_SAVED = "What you sent was not saved. Sign in and send it again."
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# A factor given so lately is not asked for again (BEHAVIOUR K).
FACTOR_COUNTS_FOR = timedelta(minutes=15)
# While there is no factor yet, a password given so lately lets its owner set one up.
PASSWORD_COUNTS_FOR = timedelta(minutes=5)
WARNED_BEFORE_END = timedelta(minutes=15)


def public(view):
    """Opens a view to everybody, to read; put it outside ``require_safe``.

    What is sent to it is refused for its method (405), not for the token of a form that it does not have.
    """
    view.csrf_exempt = True
    return login_not_required(view)


def staff_only(permission=None, *, for_all=False):
    """Guards a view: 403 unless the person holds the permission (``app.codename``) for some partner.

    Whether they hold it for the row at hand is the queryset's question (``editable_by``): a row that is
    another's is a 404. ``for_all``: what the page shows belongs to no one partner, so the permission must
    be held for all. Without a permission, any current role will do.
    """

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            person = request.user
            allowed = person.has_perm(permission) if permission else person.has_any_role()
            if allowed and for_all:
                allowed = person.partner_scope(permission) is None
            if not allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission or "any role"
        guarded.for_all = for_all
        return guarded

    return guard


def recently_confirmed(view):
    """Guards what must not be done by somebody who found a screen unlocked (BEHAVIOUR K).

    A form that comes in more than fifteen minutes after the person last gave their second factor waits
    while it is asked for again, and then goes on by itself. Reading asks nothing. Give the form no query
    in its address, and put this inside ``staff_only``.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.method not in SAFE_METHODS and not has_given_factor_lately(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    guarded.is_recently_confirmed = True
    return guarded


def factor_given_at(request):
    """When the person last gave their second factor in this session; ``None`` where they did not."""
    return _last_given(request, {"mfa"})


def has_given_factor_lately(request):
    """Whether the second factor was given in the last fifteen minutes."""
    given_at = factor_given_at(request)
    return given_at is not None and request.moment.at - given_at < FACTOR_COUNTS_FOR


def has_given_password_lately(request):
    """Whether the password was given or set in the last five minutes."""
    given_at = _last_given(request, {"password", "password_reset"})
    return given_at is not None and request.moment.at - given_at < PASSWORD_COUNTS_FOR


def _last_given(request, methods):
    records = get_authentication_records(request, request.user)
    moments = [record["at"] for record in records if record.get("method") in methods]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def is_public(view_func):
    return not getattr(view_func, "login_required", True)


def page_to_return_to(request):
    """Where a person reads on after signing in: what they asked for, or the page of the form they sent.

    An address that takes a form need not be a page, so of what was sent the page before it counts, where it
    is one of ours for staff; else it is the staff home page.
    """
    if request.method in READS:
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure()):
        page = urlsplit(before)
        with suppress(Resolver404):
            if not is_public(resolve(page.path).func):
                return page._replace(scheme="", netloc="", fragment="").geturl()
    return resolve_url(settings.LOGIN_REDIRECT_URL)


class SessionLimitMiddleware:
    """Ends a session twelve hours after sign-in, or after eight hours without a request.

    It comes before the wall, which then sends the person to sign in again.
    """

    BEGAN, SEEN, WARNED = "signed_in_at", "seen_at", "warned_of_end"
    SECONDS_UNNOTICED = 60

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    @classmethod
    def begin(cls, request):
        """Called at sign-in: the twelve hours run from here."""
        now = int(request.moment.at.timestamp())
        request.session[cls.BEGAN] = request.session[cls.SEEN] = now

    def process_view(self, request, view_func, view_args, view_kwargs):
        session = request.session
        if is_public(view_func) or SESSION_KEY not in session:
            return
        now = int(request.moment.at.timestamp())
        # A session that does not say when it began was not begun by signing in.
        end = session.get(self.BEGAN, 0) + settings.SESSION_COOKIE_AGE
        seen = session.get(self.SEEN, 0)
        if now >= min(end, seen + settings.SESSION_IDLE_SECONDS):
            logout(request)
            why = "12 hours after you signed in" if now >= end else "as you did nothing for 8 hours"
            messages.info(request, f"You were signed out {why}. Sign in again to go on.")
            return
        if now - seen >= self.SECONDS_UNNOTICED:
            session[self.SEEN] = now
        if end - now <= WARNED_BEFORE_END.total_seconds() and self.WARNED not in session:
            session[self.WARNED] = True
            at = localtime(datetime.fromtimestamp(end, UTC)).strftime("%H:%M")
            messages.warning(
                request, f"You will be signed out at {at}. Save what you are writing before then."
            )


class SignInWallMiddleware(LoginRequiredMiddleware):
    """Django's own wall, but it does not ask who somebody is on a public page.

    Asking would read the session and make every public answer vary by cookie.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if is_public(view_func):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        if request.method in READS:
            return super().handle_no_permission(request, view_func)
        messages.warning(request, NOT_SAVED)
        return redirect_to_login(page_to_return_to(request), self.get_login_url(view_func))


class SecondFactorMiddleware:
    """Lets a person do nothing before this session has seen a second factor of theirs.

    Who has none yet can set one up, and nothing else; who has one, but has not given it in this session,
    is asked for it. The session is asked, not the account: of two browsers that know the password, the
    one that sets up the factor does not open the door for the other.
    """

    TO_SET_UP = {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
    }
    TO_GIVE = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if is_public(view_func) or factor_given_at(request) is not None:
            return None
        here = request.resolver_match.view_name
        if is_mfa_enabled(request.user, FACTORS):
            if here in self.TO_GIVE:
                return None
            way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
            if request.method not in READS:
                messages.warning(request, NOT_SAVED)
            query = urlencode({REDIRECT_FIELD_NAME: page_to_return_to(request)})
            return redirect(f"{way}?{query}")
        return None if here in self.TO_SET_UP else redirect("mfa_index")
