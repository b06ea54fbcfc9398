"""What all answers have in common, whatever the page: their letters, methods, refusals and length."""

import re

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.shortcuts import render
from django.template.loader import render_to_string

CHARSET = re.compile(r'charset\s*=\s*"?\s*([^"\s;]*)', re.IGNORECASE)
# In UTF-8: the control characters but tab and the ends of lines, and what Unicode says is no character.
FORBIDDEN_IN_HTML = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xb7[\x90-\xaf]|\xef\xbf[\xbe\xbf]"
)
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


def replace_body(response, content, content_type=""):
    """Give an answer another body, with the length that it then has."""
    response.content = content
    if content_type:
        response["Content-Type"] = content_type
    # Another middleware may have measured the body that this one takes the place of.
    response["Content-Length"] = str(len(response.content))
    return response


class AllowedCharactersMiddleware:
    """Leaves out of every page what HTML forbids, so that what was typed may be shown as it came."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not getattr(response, "streaming", False):
            allowed = FORBIDDEN_IN_HTML.sub(b"", response.content)
            if allowed != response.content:
                replace_body(response, allowed)
        return response


class RefusedMethodMiddleware:
    """Gives the empty answer to a method that an address does not take (405) the words of a page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            context = {"is_read": "GET" in response["Allow"]}
            page = render_to_string("405.html", context, request)
            replace_body(response, page, "text/html; charset=utf-8")
        return response


def bad_request(request, exception):
    """The page for a request that Django cannot take: of what was sent it says more than of an address."""
    is_sent = request.method not in ("GET", "HEAD")
    status = 400
    if isinstance(exception, RequestDataTooBig):
        (title, message), status = TOO_LARGE, 413
    elif isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        title, message = TOO_MANY if is_sent else ASKED_TOO_MUCH
    else:
        title, message = UNREADABLE if is_sent else ("", "")
    if message:
        # The API puts the same sentence into its own shape.
        request.refusal = message
    return render(request, "400.html", {"title": title, "message": message}, status=status)


# -- around the whole application (bhcp_portal/wsgi.py) ---------------------------------------------


def utf_8_alone(application):
    """The application, for requests in UTF-8; others get 400 and a sentence.

    It stands before Django, which makes a request of the header first and fails where the header names a code
    that is none for text, such as base64.
    """

    def answer(environ, start_response):
        named = CHARSET.search(environ.get("CONTENT_TYPE", ""))
        if named and named[1].lower() not in ("utf-8", "utf8"):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This site reads UTF-8 alone. Send your words in UTF-8.\n"]
        return application(environ, start_response)

    return answer


def without_body_to_head(application):
    """The application; the body of an answer to HEAD is dropped.

    A WSGI server counts a body there as a fault of the application and logs every one. Django drops it in tests
    alone.
    """

    def answer(environ, start_response):
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer
