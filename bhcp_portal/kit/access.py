"""Who may open a view.

Views are closed by default: unless a view is public, it needs sign-in and a second factor.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
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
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.timezone import localtime

# Opens a page with a form to everybody. Unlike with ``public``, the form's token is checked.
public_form = login_not_required

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
READS = ("GET", "HEAD")
# In the address of the sign-in page: it then says that what was sent was not saved.
UNSENT = "unsent"
NOT_SAVED = "What you sent was not saved. Sign in and send it again."
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# A second factor given so recently is not asked for again (BEHAVIOUR K).
FACTOR_COUNTS_FOR = timedelta(minutes=15)
# A person without a second factor may set one up if they gave their password so recently.
PASSWORD_COUNTS_FOR = timedelta(minutes=5)
WARNED_BEFORE_END = timedelta(minutes=15)


def public(view=None, *, takes=()):
    """A decorator: opens a view to everybody, for reading only. Put it outside ``require_safe``.

    The view has no form and checks no token, so that a POST is refused for its method (405).
    ``takes``: the names of what its address may be asked besides the day; others are left out, and
    the page says so (``kit.as_at``); with ``None`` the view sees to it itself.
    """
    if view is None:
        return partial(public, takes=takes)
    view.csrf_exempt = True
    view.takes = takes
    return login_not_required(view)


def staff_only(permission=None, *, for_all=False):
    """A decorator: answers 403 unless the person holds a permission for at least one partner.

    ``permission`` is ``app.codename``; without it, any current role will do. ``for_all``: it must
    be held for all partners, because the page belongs to no single one. Whether it covers the row
    at hand is for the queryset to say (``editable_by``): another partner's row is a 404.
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


def opens(person, address, permission=None):
    """Whether the page at an address opens to a person, by a permission or by the one it asks for.

    Some pages need it for all partners.
    """
    view = resolve(address).func
    permission = permission or view.permission
    if not person.has_perm(permission):
        return False
    return not view.for_all or person.partner_scope(permission) is None


def recently_confirmed(view):
    """A decorator: protects a form from somebody who found a screen unlocked (BEHAVIOUR K).

    If the second factor was last given more than fifteen minutes ago, the sent form waits while it
    is asked for again, and then goes on by itself. Reading asks nothing. Put it inside
    ``staff_only``, and give the form an address without a query.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.method not in SAFE_METHODS and not has_given_factor_lately(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    guarded.is_recently_confirmed = True
    return guarded


def has_waited(request):
    """Whether a sent form waited while the second factor was asked for, and goes on by itself.

    It is answered at the address where the factor was given, so that a file would leave that page as
    it was.
    """
    match = request.resolver_match
    return reverse(match.view_name, args=match.args, kwargs=match.kwargs) != request.path


def factor_given_at(request):
    """The moment the second factor was last given in this session; ``None`` if never."""
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
    """The address that a person returns to after signing in.

    For a read it is the address asked for. The address of a sent form need not be a page, so there
    it is the page that the form was on, if that is one of ours for staff, or else the staff home
    page.
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

    It comes before ``SignInWallMiddleware``, which then sends the person to sign in again.
    """

    BEGAN, SEEN, WARNED = "signed_in_at", "seen_at", "warned_of_end"
    SECONDS_UNNOTICED = 60

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    @classmethod
    def begin(cls, request):
        """Call this at sign-in: the twelve hours start now."""
        now = int(request.moment.at.timestamp())
        request.session[cls.BEGAN] = request.session[cls.SEEN] = now

    def process_view(self, request, view_func, view_args, view_kwargs):
        session = request.session
        if is_public(view_func) or SESSION_KEY not in session:
            return
        now = int(request.moment.at.timestamp())
        # A session without a beginning was not begun by signing in, so it ends at once.
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
    """Django's sign-in wall, except that it does not read the user on a public page.

    Reading the user would read the session and make every public answer vary by cookie.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if is_public(view_func):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        if request.method in READS:
            return super().handle_no_permission(request, view_func)
        # The words are asked for in the address: a message would make a session row for a stranger.
        return redirect_to_login(
            page_to_return_to(request), f"{self.get_login_url(view_func)}?{UNSENT}=1"
        )


class SecondFactorMiddleware:
    """Lets a person open staff pages only after they gave a second factor in this session.

    A person who has none yet can only set one up. A person who has one is asked for it. The session
    counts, not the account: if two browsers know the password and one of them sets up the factor,
    the other one is not let in by that.
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
