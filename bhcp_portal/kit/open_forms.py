"""Forms that anybody may send, with no cookie and so no token (CONTRACT 5).

Instead the browser says which site a form came from, the form carries the signed time at which it
was made, and robots fill in a field that people don't see.
"""

from datetime import datetime, timedelta
from functools import partial, wraps

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from bhcp_portal.kit.http import allowed

# Nobody reads and writes faster, and a page that stood open longer may no longer be true.
FASTEST, LONGEST = timedelta(seconds=2), timedelta(hours=12)
ELSEWHERE = (
    "This form was sent from another site. Nothing was kept. Open the page here, and send it again."
)
TOO_FAST = "That was sent too fast for us to take it. Nothing was sent. Send it again"
TOO_LATE = "This page was open for too long. Nothing was sent. Send it again"


def open_form(view=None, *, takes=()):
    """A decorator: opens a page with a form to everybody. Its answers are never kept.

    A form sent from another site is refused. ``takes``: as of ``kit.access.public``.
    """
    if view is None:
        return partial(open_form, takes=takes)

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.method == "POST" and not is_from_here(request):
            response = render(
                request, "403.html", {"message": ELSEWHERE, "is_open": True}, status=403
            )
        else:
            response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    guarded.csrf_exempt = True
    guarded.takes = takes
    guarded.is_open_form = True
    return login_not_required(guarded)


def is_from_here(request):
    """Whether a form was sent from a page of this site, by what the browser says of it."""
    origin, site = (request.headers.get(name) for name in ("Origin", "Sec-Fetch-Site"))
    if site not in (None, "same-origin"):
        return False
    if origin is None:
        return site == "same-origin"
    return origin == f"{request.scheme}://{request.get_host()}"


class OpenForm(forms.Form):
    """The base of such a form; ``at`` is the moment of the request.

    The page writes ``signed_time`` as ``given``, and the field ``website`` out of sight. ``is_of_a_robot``
    says whether that was filled in: answer as if all was well, and keep nothing.
    """

    website = forms.CharField(required=False)
    given = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.at = at

    @property
    def signed_time(self):
        return signing.dumps(int(self.at.timestamp()), salt=self._salt)

    @property
    def is_of_a_robot(self):
        return bool(self.data.get("website"))

    @property
    def _salt(self):
        return f"open form {type(self).__name__}"

    def clean(self):
        if self.errors:
            # What is to be corrected is enough to say at once; the time is asked of what may be sent.
            return self.cleaned_data
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = allowed(value)
        try:
            given = signing.loads(self.data.get("given", ""), salt=self._salt)
        except signing.BadSignature:
            raise forms.ValidationError(TOO_LATE) from None
        since = self.at - datetime.fromtimestamp(given, self.at.tzinfo)
        if since < FASTEST:
            raise forms.ValidationError(TOO_FAST)
        if since > LONGEST:
            raise forms.ValidationError(TOO_LATE)
        return self.cleaned_data
