"""An old address answers by leading on to the new one (``kit.addresses``)."""

from functools import cache
from urllib.parse import quote

from django.http import HttpResponsePermanentRedirect

from bhcp_portal.kit.addresses import addressed, thing_once_at


class LeadingOnMiddleware:
    """Where nothing is found at an address that a thing had once, leads on to its present one.

    The rest of the address and what it is asked stay: feeds, files, the API, ``?as-at=``, pages of
    staff. What was sent to it is sent on.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        match = request.resolver_match
        slug = match.kwargs.get("slug") if match else None
        path = _led_on(request.path, slug) if slug else ""
        if not path:
            return response
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(
            f"{path}?{query}" if query else path,
            preserve_request=request.method not in ("GET", "HEAD"),
        )


def _led_on(path, slug):
    """The path with the present slug in place of an old one; empty text if it is none."""
    parts = path.split("/")
    place = parts.index(slug) if slug in parts else 0
    model = next(
        (found for part in reversed(parts[:place]) if (found := _models().get(part))), None
    )
    thing = thing_once_at(model, slug) if model else None
    if thing is None:
        return ""
    parts[place] = thing.slug
    return quote("/".join(parts))


@cache
def _models():
    """The models of things with an address, by what stands before their slug in addresses."""
    found = {}
    for model in addressed().values():
        before = model.page_of("x").partition("#")[0].strip("/").split("/")[0]
        found |= {before: model, model._meta.model_name: model}
    return found
