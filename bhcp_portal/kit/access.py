"""Closed by default: a view is for people who signed in, unless it says that it is public."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied

public = login_not_required


def staff_only(permission=None):
    """Guards a view: 403 unless the person holds the permission (``app.codename``) for some partner.

    Whether they hold it for the row at hand is the queryset's question (``editable_by``): a row that is
    another's is a 404. Without a permission, any current role will do.
    """

    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            allowed = (
                request.user.has_perm(permission) if permission else request.user.has_any_role()
            )
            if not allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission or "any role"
        return guarded

    return guard


class SignInWallMiddleware(LoginRequiredMiddleware):
    """Django's own wall, but it does not ask who somebody is on a public page.

    Asking would read the session and make every public answer vary by cookie.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class SecondFactorMiddleware:
    """Placeholder until sign-in is built: lets everybody on."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
