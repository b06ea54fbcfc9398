"""Answers that say no to how something was asked or sent: each is a page with a sentence and a way on."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.shortcuts import render
from django.template.loader import render_to_string

TOO_LARGE = (
    "What was sent is too large",
    "Nothing was saved. Go back, send less at a time, and copy longer texts first.",
)
TOO_MANY = (
    "What was sent has too many parts",
    "Nothing was saved. Go back and send fewer fields or files at a time.",
)
UNREADABLE = (
    "What was sent could not be read",
    "Nothing was saved. Go back, reload the page and send the form again. Copy longer texts first.",
)
ASKED_TOO_MUCH = (
    "Something in the address is wrong",
    "The address asks for too many things at once. Make it shorter.",
)


def bad_request(request, exception):
    """What Django shows where it cannot take a request: of what was sent it says more than of an address."""
    is_sent = request.method not in ("GET", "HEAD")
    status = 400
    if isinstance(exception, RequestDataTooBig):
        (title, message), status = TOO_LARGE, 413
    elif isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        title, message = TOO_MANY if is_sent else ASKED_TOO_MUCH
    else:
        title, message = UNREADABLE if is_sent else ("", "")
    if message:
        # For who says it in another way than a page does, too.
        request.refusal = message
    return render(request, "400.html", {"title": title, "message": message}, status=status)


class RefusedMethodMiddleware:
    """Gives the empty answer to a method that an address does not take (405) the words of a page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            context = {"is_read": "GET" in response["Allow"]}
            response.content = render_to_string("405.html", context, request)
            response["Content-Type"] = "text/html; charset=utf-8"
            response["Content-Length"] = str(len(response.content))
        return response
