"""An old address answers by leading on to the new one (``kit.addresses``)."""

from datetime import UTC
from functools import cache
from urllib.parse import quote

from django.http import HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import reverse

from bhcp_portal.kit.access import opens
from bhcp_portal.kit.addresses import addressed, thing_once_at
from bhcp_portal.kit.dates import Present


class LeadingOnMiddleware:
    """Where nothing is found at an address that a thing had once, leads on to its present one.

    The rest of the address and what it is asked stay: feeds, files, the API, ``?as-at=``, pages of
    staff. What was sent to it is sent on. Pages of staff of a thing of which nothing stands any more
    lead to what was said of it.
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
            return _to_what_was(request, slug) or response
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


def _to_what_was(request, slug):
    """For staff, the page that tells what became of a thing of which nothing stands; ``None`` of others."""
    if not (slug and request.path.startswith("/staff/") and request.method in ("GET", "HEAD")):
        return None
    model = next(
        (found for part in request.path.split("/") if (found := _models().get(part))), None
    )
    thing = model and model.objects.filter(slug=slug).first()
    if thing is None or not model.objects.ever_known().filter(pk=thing.pk).exists():
        return None
    page = reverse("staff:record_thing", args=[model._meta.model_name, slug])
    is_known = model.objects.known_at(Present.now(UTC)).filter(pk=thing.pk).exists()
    if is_known or page == request.path or not opens(request.user, page):
        return None
    return HttpResponseRedirect(page)


@cache
def _models():
    """The models of things with an address, by what stands before their slug in addresses."""
    found = {}
    for model in addressed().values():
        before = model.page_of("x").partition("#")[0].strip("/").split("/")[0]
        found |= {before: model, model._meta.model_name: model}
    return found
