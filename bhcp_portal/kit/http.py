"""What all answers share: allowed characters, refused methods, error pages and length."""

import re

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.middleware.http import ConditionalGetMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string

CHARSET = re.compile(r'charset\s*=\s*"?\s*([^"\s;]*)', re.IGNORECASE)
# In UTF-8: control characters except tab and line ends, and Unicode's noncharacters.
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


def allowed(text: str) -> str:
    """A text without the characters that HTML, and so XML, forbids."""
    return FORBIDDEN_IN_HTML.sub(b"", text.encode()).decode()


def replace_body(response, content, content_type=""):
    """Give a response another body and the Content-Length of that body; gives the response."""
    response.content = content
    if content_type:
        response["Content-Type"] = content_type
    # Another middleware may have set the length of the former body.
    response["Content-Length"] = str(len(response.content))
    return response


class ETagMiddleware(ConditionalGetMiddleware):
    """Gives every answer an ETag, and who sends it in If-None-Match a 304 while nothing has changed.

    Django's own gives none to HEAD, which must say what GET would.
    """

    def process_response(self, request, response):
        method, request.method = (
            request.method,
            "GET" if request.method == "HEAD" else request.method,
        )
        try:
            return super().process_response(request, response)
        finally:
            request.method = method


class AllowedCharactersMiddleware:
    """Removes characters that HTML forbids from every page, so that it can show any typed text."""

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


class NothingKeptMiddleware:
    """Forbids browsers and caches to keep any page for staff, be it an error or a way in.

    On a shared computer nobody then reads it by pressing Back.
    """

    PLACES = ("/staff/", "/admin/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith(self.PLACES):
            response["Cache-Control"] = "no-store"
        return response


class RefusedMethodMiddleware:
    """Gives an empty 405 answer (the address does not take this method) a page that explains it."""

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
    """The page for a request that Django cannot take: 400, or 413 if it is too large.

    If something was sent, it says what to do about that.
    """
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


def wait_page(request, wait, message):
    """The page that says how long to wait, with status 429 and the header ``Retry-After``."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    message += f" Try again in {minutes} minute{'s' if minutes > 1 else ''}."
    response = render(request, "429.html", {"message": message}, status=429)
    response["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response


# -- around the whole application (bhcp_portal/wsgi.py) -------------------------------------------


def utf_8_alone(application):
    """Wrap a WSGI application: a request in another charset than UTF-8 gets 400 and a sentence.

    It stands before Django, which fails if the header names a Python codec that is not for text,
    such as base64.
    """

    def answer(environ, start_response):
        named = CHARSET.search(environ.get("CONTENT_TYPE", ""))
        if named and named[1].lower() not in ("utf-8", "utf8"):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This site reads UTF-8 alone. Send your words in UTF-8.\n"]
        return application(environ, start_response)

    return answer


def without_body_to_head(application):
    """Wrap a WSGI application: the answer to a HEAD request has no body.

    A WSGI server logs such a body as an error of the application, and Django removes it in tests
    only.
    """

    def answer(environ, start_response):
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer
