"""Characters that no page may hold, whatever was typed into an address."""

import re

# In UTF-8: the control characters but tab and the ends of lines, and what Unicode says is no character.
NOT_FOR_PAGES = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xb7[\x90-\xaf]|\xef\xbf[\xbe\xbf]"
)


class CharactersMiddleware:
    """Leaves out of every page what HTML forbids, so that what was typed may be shown as it came."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not getattr(response, "streaming", False):
            response.content = NOT_FOR_PAGES.sub(b"", response.content)
            if "Content-Length" in response:
                response["Content-Length"] = str(len(response.content))
        return response
